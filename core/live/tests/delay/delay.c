/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links with a delay, for kernels without netem: each is a pair of TUN devices, and a packet that leaves one
 * enters the other after the delay, in order. The devices are made here; move one end to another network
 * namespace with ip. They go when this program ends.
 *
 *   delay link (DEVICE DEVICE MICROSECONDS)...  prints "ready" when all devices are there; goes on until
 * killed delay echo ADDRESS PORT                     prints "ready", then sends UDP datagrams back; goes on
 * until killed delay ask LOCAL ADDRESS PORT COUNT          asks an echo; prints the round trip of each in
 * nanoseconds, a line each
 *
 * Exit status: 1 something failed, with a sentence; 2 usage.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)
#define NEVER_NS UINT64_MAX

enum { LINKS_MAX = 4, QUEUE_PACKETS = 1024, PACKET_BYTES = 1500, ASK_EVERY_MS = 10 };

typedef struct packet {
    uint64_t due_ns;
    size_t len;
    uint8_t bytes[PACKET_BYTES];
} packet;

/* One direction of a link: a FIFO that drops what comes when it is full. */
typedef struct direction {
    int from, to;
    uint64_t delay_ns;
    size_t head, count;
    packet *queue;
} direction;

static uint64_t now_ns(void)
{
    struct timespec now;
    const int rv = clock_gettime(CLOCK_MONOTONIC, &now);
    assert(rv == 0);
    return (uint64_t)now.tv_sec * SECOND_NS + (uint64_t)now.tv_nsec;
}

static int failed(const char *what)
{
    (void)fprintf(stderr, "delay: %s: %s\n", what, strerror(errno));
    return 1;
}

static bool parse_number(const char *text, unsigned long max, unsigned long *out)
{
    char *end;
    errno = 0;
    *out = strtoul(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *out <= max;
}

/* ---- Links ---- */

/* -1 with errno. */
static int open_tun(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
    const size_t len = strlen(name);
    if (len >= sizeof request.ifr_name) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(request.ifr_name, name, len + 1);
    const int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd >= 0 && ioctl(fd, TUNSETIFF, &request)) {
        const int saved = errno;
        (void)close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static void take(direction *self)
{
    packet refused;
    for (;;) {
        packet *const at =
            self->count < QUEUE_PACKETS ? &self->queue[(self->head + self->count) % QUEUE_PACKETS] : &refused;
        const ssize_t n = read(self->from, at->bytes, sizeof at->bytes);
        if (n <= 0)
            return;
        at->len = (size_t)n;
        at->due_ns = now_ns() + self->delay_ns;
        if (at != &refused)
            self->count++;
    }
}

/* What the device does not take, because it is down or full, is lost: it is a network. */
static void give(direction *self, uint64_t now)
{
    while (self->count > 0 && self->queue[self->head].due_ns <= now) {
        const packet *const first = &self->queue[self->head];
        const ssize_t n = write(self->to, first->bytes, first->len);
        (void)n;
        self->head = (self->head + 1) % QUEUE_PACKETS;
        self->count--;
    }
}

static int arm(int timer, const direction *directions, size_t count)
{
    uint64_t first_ns = NEVER_NS;
    struct itimerspec when = {.it_value = {0}};
    for (size_t i = 0; i < count; i++)
        if (directions[i].count > 0 && directions[i].queue[directions[i].head].due_ns < first_ns)
            first_ns = directions[i].queue[directions[i].head].due_ns;
    if (first_ns != NEVER_NS) {
        when.it_value.tv_sec = (time_t)(first_ns / SECOND_NS);
        when.it_value.tv_nsec = (long)(first_ns % SECOND_NS);
    }
    return timerfd_settime(timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static int forward(direction *directions, size_t count)
{
    const int poller = epoll_create1(EPOLL_CLOEXEC);
    const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    uint64_t expirations;
    if (poller < 0 || timer < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, timer, &event))
        return failed("timer");
    for (size_t i = 0; i < count; i++)
        if (epoll_ctl(poller, EPOLL_CTL_ADD, directions[i].from, &event))
            return failed("poll");
    (void)puts("ready");
    (void)fflush(stdout);
    for (;;) {
        if (epoll_wait(poller, &event, 1, -1) < 0 && errno != EINTR)
            return failed("wait");
        const ssize_t n = read(timer, &expirations, sizeof expirations);
        (void)n;
        for (size_t i = 0; i < count; i++) {
            give(&directions[i], now_ns());
            take(&directions[i]);
        }
        if (arm(timer, directions, count))
            return failed("timer");
    }
}

static int run_links(int argc, char **argv)
{
    direction directions[2 * LINKS_MAX];
    size_t count = 0;
    if (argc == 0 || argc % 3 != 0 || argc / 3 > LINKS_MAX)
        return 2;
    for (int i = 0; i < argc; i += 3) {
        unsigned long delay_us;
        int ends[2];
        if (!parse_number(argv[i + 2], 1000000, &delay_us))
            return 2;
        for (int end = 0; end < 2; end++)
            if ((ends[end] = open_tun(argv[i + end])) < 0)
                return failed(argv[i + end]);
        for (int end = 0; end < 2; end++) {
            packet *const queue = calloc(QUEUE_PACKETS, sizeof *queue);
            if (!queue)
                return failed("memory");
            directions[count++] = (direction){.from = ends[end],
                                              .to = ends[1 - end],
                                              .delay_ns = delay_us * UINT64_C(1000),
                                              .queue = queue};
        }
    }
    return forward(directions, count); /* only to fail: the system takes all back */
}

/* ---- The round trip as UDP sees it ---- */

static bool parse_addr(const char *address, unsigned long port, struct sockaddr_in *out)
{
    *out = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    return inet_pton(AF_INET, address, &out->sin_addr) == 1;
}

/* -1 with a sentence. */
static int open_udp(const struct sockaddr_in *local)
{
    const struct timeval patience = {.tv_sec = 2};
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && bind(fd, (const struct sockaddr *)local, sizeof *local) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0)
        return fd;
    (void)failed("socket");
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

static int run_echo(int argc, char **argv)
{
    struct sockaddr_in local, from;
    uint8_t bytes[PACKET_BYTES];
    unsigned long port;
    if (argc != 2 || !parse_number(argv[1], 65535, &port) || !parse_addr(argv[0], port, &local))
        return 2;
    const int fd = open_udp(&local);
    if (fd < 0)
        return 1;
    (void)puts("ready");
    (void)fflush(stdout);
    for (;;) {
        socklen_t len = sizeof from;
        const ssize_t n = recvfrom(fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &len);
        if (n >= 0)
            (void)sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, len);
    }
}

static int run_ask(int argc, char **argv)
{
    const struct timespec pause = {.tv_nsec = ASK_EVERY_MS * 1000000L};
    struct sockaddr_in local, remote;
    unsigned long port, count;
    int status = 0;
    if (argc != 4 || !parse_addr(argv[0], 0, &local) || !parse_number(argv[2], 65535, &port) ||
        !parse_addr(argv[1], port, &remote) || !parse_number(argv[3], 10000, &count))
        return 2;
    const int fd = open_udp(&local);
    if (fd < 0)
        return 1;
    if (connect(fd, (const struct sockaddr *)&remote, sizeof remote))
        status = failed("connect");
    for (unsigned long i = 0; i < count && status == 0; i++) {
        const uint64_t began_ns = now_ns();
        uint64_t answer_ns = 0;
        if (send(fd, &began_ns, sizeof began_ns, 0) < 0 || recv(fd, &answer_ns, sizeof answer_ns, 0) < 0)
            status = failed("no echo");
        else
            (void)printf("%llu\n", (unsigned long long)(now_ns() - answer_ns));
        (void)nanosleep(&pause, NULL);
    }
    (void)close(fd);
    return status;
}

int main(int argc, char **argv)
{
    int status = 2;
    if (argc > 1 && strcmp(argv[1], "link") == 0)
        status = run_links(argc - 2, argv + 2);
    else if (argc > 1 && strcmp(argv[1], "echo") == 0)
        status = run_echo(argc - 2, argv + 2);
    else if (argc > 1 && strcmp(argv[1], "ask") == 0)
        status = run_ask(argc - 2, argv + 2);
    if (status == 2)
        (void)fprintf(stderr, "usage: delay link (DEVICE DEVICE MICROSECONDS)... | echo ADDRESS PORT | "
                              "ask LOCAL ADDRESS PORT COUNT\n");
    return status;
}
