/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An adapter that speaks no QUIC. What it does wrong is an option of the scenario, act, and in which of its
 * functions is another, in: endpoint_new, connect or receive (as it is without one). act: draw logs what it
 * gets of each source of randomness and time; send, in receive, sends random bytes and the time.
 */
#define _GNU_SOURCE /* getrandom, syscall */
#include "sim/endpoint/roam_endpoint.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define DRAW_BYTES 16
#define LOOP_CALLS_DEADLINE 1 /* always in the past, so that it is asked for again and again */

/* Older C libraries have none. */
__attribute__((weak)) void arc4random_buf(void *bytes, size_t len);

struct roam_endpoint {
    const roam_endpoint_calls *calls;
    roam_endpoint_host *host;
    char act[32], in[32];
    roam_endpoint_path path; /* of the latest datagram */
};

struct roam_endpoint_connection {
    roam_endpoint *endpoint;
    roam_endpoint_path path;
};

static uint8_t drawn_at_load[DRAW_BYTES];

__attribute__((constructor)) static void load(void)
{
    (void)!getrandom(drawn_at_load, sizeof drawn_at_load, 0);
}

/* --- acts --- */

static void say(const roam_endpoint *self, const char *what, const uint8_t *bytes, size_t len)
{
    char text[256];
    int at = snprintf(text, sizeof text, "%s", what);
    for (size_t i = 0; i < len; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, " %02x", bytes[i]);
    self->calls->log(self->host, NULL, text);
}

static void say_time(const roam_endpoint *self, const char *what, int64_t seconds, int64_t rest)
{
    char text[128];
    (void)snprintf(text, sizeof text, "%s %lld %lld", what, (long long)seconds, (long long)rest);
    self->calls->log(self->host, NULL, text);
}

static void draw_bytes(const roam_endpoint *self)
{
    uint8_t bytes[DRAW_BYTES] = {0};
    say(self, "dlopen", drawn_at_load, sizeof drawn_at_load);
    (void)!getrandom(bytes, sizeof bytes, 0);
    say(self, "getrandom", bytes, sizeof bytes);
    (void)!getentropy(bytes, sizeof bytes);
    say(self, "getentropy", bytes, sizeof bytes);
    (void)syscall(SYS_getrandom, bytes, sizeof bytes, 0);
    say(self, "syscall", bytes, sizeof bytes);
    if (arc4random_buf)
        arc4random_buf(bytes, sizeof bytes);
    say(self, "arc4random", bytes, sizeof bytes);
    const int fd = open("/dev/urandom", O_RDONLY);
    (void)!read(fd, bytes, sizeof bytes);
    (void)close(fd);
    say(self, "open", bytes, sizeof bytes);
    FILE *const stream = fopen("/dev/random", "rb");
    if (stream) {
        (void)!fread(bytes, 1, sizeof bytes, stream);
        (void)fclose(stream);
    }
    say(self, "fopen", bytes, sizeof bytes);
}

static void draw_times(const roam_endpoint *self)
{
    struct timespec at = {0};
    struct timeval day = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &at);
    say_time(self, "monotonic", at.tv_sec, at.tv_nsec);
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    say_time(self, "processor", at.tv_sec, at.tv_nsec);
    (void)clock_gettime(CLOCK_REALTIME, &at);
    say_time(self, "realtime", at.tv_sec, at.tv_nsec);
    (void)syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &at);
    say_time(self, "clock-syscall", at.tv_sec, at.tv_nsec);
    (void)timespec_get(&at, TIME_UTC);
    say_time(self, "timespec_get", at.tv_sec, at.tv_nsec);
    (void)gettimeofday(&day, NULL);
    say_time(self, "gettimeofday", day.tv_sec, day.tv_usec);
    say_time(self, "time", time(NULL), 0);
    say_time(self, "getpid", getpid(), 0);
}

static void draw(const roam_endpoint *self)
{
    draw_bytes(self);
    draw_times(self);
}

static void send_draw(const roam_endpoint *self)
{
    uint8_t bytes[DRAW_BYTES + sizeof(struct timespec)] = {0};
    struct timespec at = {0};
    (void)clock_gettime(CLOCK_REALTIME, &at);
    (void)!getrandom(bytes, DRAW_BYTES, 0);
    memcpy(bytes + DRAW_BYTES, &at, sizeof at);
    const roam_endpoint_datagram datagram = {.path = self->path, .data = bytes, .len = sizeof bytes};
    (void)self->calls->send(self->host, NULL, &datagram);
}

static void crash(const roam_endpoint *self)
{
    (void)self;
    volatile int *volatile nowhere = NULL;
    *nowhere = 1;
}

static void end_by_abort(const roam_endpoint *self)
{
    (void)self;
    abort();
}

static void end_by_kill(const roam_endpoint *self)
{
    (void)self;
    (void)kill(getpid(), SIGKILL);
}

static void end_by_exit(const roam_endpoint *self)
{
    (void)self;
    exit(0);
}

static void loop(const roam_endpoint *self)
{
    (void)self;
    for (volatile unsigned turns = 0;; turns++)
        continue;
}

static void take_memory(const roam_endpoint *self)
{
    (void)self;
    for (;;) {
        char *const more = malloc(1 << 20);
        if (more)
            memset(more, 1, 1 << 20);
    }
}

static void *routine(void *argument)
{
    return argument;
}

static void start_thread(const roam_endpoint *self)
{
    pthread_t thread;
    (void)self;
    (void)pthread_create(&thread, NULL, routine, NULL);
}

static void start_process(const roam_endpoint *self)
{
    (void)self;
    if (fork() == 0)
        _exit(0);
}

static void open_socket(const roam_endpoint *self)
{
    (void)self;
    (void)socket(AF_INET, SOCK_DGRAM, 0);
}

static void wait_for_nothing(const roam_endpoint *self)
{
    (void)self;
    (void)poll(NULL, 0, 1);
}

static void sleep_a_moment(const roam_endpoint *self)
{
    (void)self;
    (void)nanosleep(&(struct timespec){.tv_nsec = 1}, NULL);
}

/* It prints, which is no fault. */
static void print(const roam_endpoint *self)
{
    (void)self;
    (void)printf("the adapter prints\n");
    (void)fflush(stdout);
}

static const struct {
    const char *name;
    void (*act)(const roam_endpoint *self);
} ACTS[] = {
    {"draw", draw},
    {"send", send_draw},
    {"crash", crash},
    {"abort", end_by_abort},
    {"kill", end_by_kill},
    {"exit", end_by_exit},
    {"loop", loop},
    {"memory", take_memory},
    {"thread", start_thread},
    {"process", start_process},
    {"socket", open_socket},
    {"poll", wait_for_nothing},
    {"sleep", sleep_a_moment},
    {"print", print},
};

static void act_in(const roam_endpoint *self, const char *function)
{
    for (size_t i = 0; strcmp(self->in, function) == 0 && i < sizeof ACTS / sizeof *ACTS; i++)
        if (strcmp(self->act, ACTS[i].name) == 0)
            ACTS[i].act(self);
}

/* --- the adapter --- */

static int endpoint_new(const roam_endpoint_options *options, roam_endpoint **out)
{
    roam_endpoint *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ENDPOINT_NO_MEMORY;
    self->calls = options->calls;
    self->host = options->host;
    (void)snprintf(self->in, sizeof self->in, "receive");
    for (size_t i = 0; i < options->option_count; i++)
        (void)snprintf(strcmp(options->options[i].name, "act") == 0 ? self->act : self->in, sizeof self->in,
                       "%s", options->options[i].value);
    act_in(self, "endpoint_new");
    *out = self;
    return ROAM_ENDPOINT_OK;
}

static void endpoint_free(roam_endpoint *self)
{
    free(self);
}

static int connect_to(roam_endpoint *self, const roam_endpoint_path *path, const char *server_name,
                      roam_endpoint_connection **out)
{
    (void)server_name;
    roam_endpoint_connection *const made = calloc(1, sizeof *made);
    if (!made)
        return ROAM_ENDPOINT_NO_MEMORY;
    *made = (roam_endpoint_connection){self, *path};
    act_in(self, "connect");
    *out = made;
    return ROAM_ENDPOINT_OK;
}

static roam_endpoint_connection *receive(roam_endpoint *self, const roam_endpoint_datagram *datagram)
{
    self->path = datagram->path;
    act_in(self, "receive");
    return NULL;
}

static void nothing(roam_endpoint_connection *connection)
{
    (void)connection;
}

static uint64_t deadline(const roam_endpoint_connection *connection)
{
    const bool loops = strcmp(connection->endpoint->act, "deadline") == 0;
    return loops ? LOOP_CALLS_DEADLINE : ROAM_ENDPOINT_NEVER;
}

static void close_connection(roam_endpoint_connection *connection, bool application, uint64_t code)
{
    const roam_endpoint_event closed = {.kind = ROAM_ENDPOINT_CLOSED_EVENT,
                                        .stream = -1,
                                        .closed = {ROAM_ENDPOINT_CLOSED_HERE, application, code}};
    connection->endpoint->calls->event(connection->endpoint->host, connection, &closed);
}

static void connection_free(roam_endpoint_connection *connection)
{
    free(connection);
}

static int peer(const roam_endpoint_connection *connection, roam_endpoint_peer *out)
{
    (void)connection;
    (void)out;
    return ROAM_ENDPOINT_UNSUPPORTED;
}

static void path_of(const roam_endpoint_connection *connection, roam_endpoint_path *out)
{
    *out = connection->path;
}

static int stream_open(roam_endpoint_connection *connection, bool bidirectional, int64_t *stream)
{
    (void)connection;
    (void)bidirectional;
    (void)stream;
    return ROAM_ENDPOINT_BLOCKED;
}

static int stream_write(roam_endpoint_connection *connection, int64_t stream, const uint8_t *data, size_t len,
                        bool finish, size_t *taken)
{
    (void)connection;
    (void)stream;
    (void)data;
    (void)len;
    (void)finish;
    (void)taken;
    return ROAM_ENDPOINT_BLOCKED;
}

static int stream_read(roam_endpoint_connection *connection, int64_t stream, uint8_t *data, size_t capacity,
                       size_t *len, bool *finished)
{
    (void)connection;
    (void)stream;
    (void)data;
    (void)capacity;
    (void)len;
    (void)finished;
    return ROAM_ENDPOINT_CLOSED;
}

static int stream_reset(roam_endpoint_connection *connection, int64_t stream, uint64_t code)
{
    (void)connection;
    (void)stream;
    (void)code;
    return ROAM_ENDPOINT_CLOSED;
}

__attribute__((visibility("default"))) const roam_endpoint_library *roam_endpoint_library_get(uint32_t abi)
{
    static const roam_endpoint_library library = {
        .abi = ROAM_ENDPOINT_ABI,
        .size = sizeof library,
        .name = "hostile",
        .version = "1",
        .capabilities = ROAM_ENDPOINT_CLIENT | ROAM_ENDPOINT_SERVER,
        .connection_id_len = 8,
        .endpoint_new = endpoint_new,
        .endpoint_free = endpoint_free,
        .connect = connect_to,
        .receive = receive,
        .flush = nothing,
        .deadline = deadline,
        .expire = nothing,
        .close = close_connection,
        .connection_free = connection_free,
        .peer = peer,
        .path = path_of,
        .stream_open = stream_open,
        .stream_write = stream_write,
        .stream_read = stream_read,
        .stream_reset = stream_reset,
    };
    return abi == ROAM_ENDPOINT_ABI ? &library : NULL;
}
