/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* setns */
#include "sim/nat/tests/kernel.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    SOCKETS_MAX = 64,
    COMMAND_MAX = 512,
    ARRIVE_MS = 150, /* over a veth a datagram is there when sendto returns, or with the next softirq */
    LATE_MS = 200    /* half of what lies between a step and the next end of a timer */
};

#define MS_NS UINT64_C(1000000)
#define TIMER "/proc/sys/net/netfilter/nf_conntrack_udp_timeout"

typedef struct endpoint {
    roam_addr addr;
    int fd;
} endpoint;

struct nat_kernel {
    endpoint endpoints[SOCKETS_MAX];
    size_t count;
    uint32_t sent; /* the payload of the last datagram; one that comes after its step has another */
    uint64_t start_ns;
    bool late;
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "nat_kernel: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

static uint64_t clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* A command on the router. */
__attribute__((format(printf, 1, 2))) static void on_router(const char *format, ...)
{
    char command[COMMAND_MAX];
    va_list args;
    va_start(args, format);
    const int used = snprintf(command, sizeof command, "ip netns exec router ");
    vsnprintf(command + used, sizeof command - (size_t)used, format, args);
    va_end(args);
    if (system(command) != 0)
        die(command);
}

uint64_t nat_kernel_timer_s(const char *which)
{
    char command[COMMAND_MAX], text[32] = "";
    snprintf(command, sizeof command, "ip netns exec router cat " TIMER "%s", which);
    FILE *pipe = popen(command, "r");
    if (!pipe || !fgets(text, sizeof text, pipe))
        die(command);
    pclose(pipe);
    return strtoull(text, NULL, 10);
}

static void set_rules(const nat_story *story, nat_story_kind kind)
{
    char ports[32] = "";
    if (story->port_first > 0)
        snprintf(ports, sizeof ports, " to :%u-%u", story->port_first, story->port_last);
    on_router("nft 'flush ruleset; table ip nat { chain post { type nat hook postrouting priority srcnat; "
              "oifname core meta l4proto udp masquerade%s%s; }; }'",
              ports, kind == STORY_RANDOM ? " random" : "");
    if (kind == STORY_HOME_ROUTER)
        on_router("nft 'table ip filter { chain input { type filter hook input priority filter; "
                  "iifname core ct state established,related accept; iifname core drop; }; }'");
}

nat_kernel *nat_kernel_new(const nat_story *story, nat_story_kind kind)
{
    nat_kernel *self = calloc(1, sizeof *self);
    assert(self);
    set_rules(story, kind);
    on_router("sh -c 'echo %d >" TIMER "; echo %d >" TIMER "_stream; conntrack -F 2>/dev/null'",
              STORY_UNREPLIED_S, STORY_STREAM_S);
    self->start_ns = clock_ns();
    return self;
}

bool nat_kernel_free(nat_kernel *self)
{
    const bool late = self->late;
    for (size_t i = 0; i < self->count; i++)
        close(self->endpoints[i].fd);
    free(self);
    return late;
}

/* ---- Sockets ---- */

static void enter(const char *path)
{
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || setns(fd, CLONE_NEWNET) != 0)
        die(path);
    close(fd);
}

static struct sockaddr_in socket_address(const roam_addr *addr)
{
    struct sockaddr_in out = {.sin_family = AF_INET, .sin_port = htons(addr->port)};
    memcpy(&out.sin_addr, addr->bytes, sizeof out.sin_addr);
    return out;
}

static roam_addr addr_of(const struct sockaddr_in *from)
{
    roam_addr addr = {.family = ROAM_FAMILY_IPV4, .port = ntohs(from->sin_port)};
    memcpy(addr.bytes, &from->sin_addr, sizeof from->sin_addr);
    return addr;
}

/* The socket of an endpoint, inside or remote; made when it is first used. The process stays in its
 * namespace. */
static int socket_of(nat_kernel *self, const roam_addr *addr)
{
    for (size_t i = 0; i < self->count; i++)
        if (roam_addr_equal(&self->endpoints[i].addr, addr))
            return self->endpoints[i].fd;
    assert(self->count < SOCKETS_MAX);
    const struct sockaddr_in bound = socket_address(addr);
    const int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    enter(addr->bytes[1] == nat_story_external().bytes[1] ? "/run/netns/server" : "/run/netns/client");
    const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&bound, sizeof bound) != 0)
        die("a socket of a story");
    if (home < 0 || setns(home, CLONE_NEWNET) != 0)
        die("back home");
    close(home);
    self->endpoints[self->count++] = (endpoint){*addr, fd};
    return fd;
}

static void send_from(nat_kernel *self, const roam_addr *from, const roam_addr *to)
{
    const struct sockaddr_in address = socket_address(to);
    const int fd = socket_of(self, from);
    self->sent++;
    /* What came back as ICMP for an earlier one is no fault of this one. */
    while (sendto(fd, &self->sent, sizeof self->sent, 0, (const struct sockaddr *)&address, sizeof address) <
           0)
        if (errno != ECONNREFUSED)
            die("sendto");
}

/* A datagram, if there is one: whether it is the last that was sent, and its source. */
static bool receive(nat_kernel *self, int fd, roam_addr *source)
{
    struct sockaddr_in from = {0};
    socklen_t length = sizeof from;
    uint32_t payload = 0;
    const ssize_t got =
        recvfrom(fd, &payload, sizeof payload, MSG_DONTWAIT, (struct sockaddr *)&from, &length);
    if (got != sizeof payload)
        return false;
    self->late |= payload != self->sent; /* its step took it for lost */
    *source = addr_of(&from);
    return payload == self->sent;
}

/* Where the datagram sent last arrives, and from where; NULL: nowhere. */
static const endpoint *await(nat_kernel *self, roam_addr *source)
{
    const uint64_t until_ns = clock_ns() + ARRIVE_MS * MS_NS;
    struct pollfd fds[SOCKETS_MAX];
    for (size_t i = 0; i < self->count; i++)
        fds[i] = (struct pollfd){.fd = self->endpoints[i].fd, .events = POLLIN};
    for (uint64_t now_ns = clock_ns(); now_ns < until_ns; now_ns = clock_ns()) {
        if (poll(fds, (nfds_t)self->count, (int)((until_ns - now_ns) / MS_NS) + 1) < 0)
            die("poll");
        for (size_t i = 0; i < self->count; i++)
            if (fds[i].revents != 0 && receive(self, fds[i].fd, source))
                return &self->endpoints[i];
    }
    return NULL;
}

/* ---- The stage ---- */

static void on_until(void *ctx, uint64_t at_ns)
{
    nat_kernel *self = ctx;
    const uint64_t due_ns = self->start_ns + at_ns;
    const struct timespec due = {.tv_sec = (time_t)(due_ns / 1000000000),
                                 .tv_nsec = (long)(due_ns % 1000000000)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL) == EINTR)
        continue;
    self->late |= at_ns > 0 && clock_ns() - due_ns > LATE_MS * MS_NS;
}

static bool on_out(void *ctx, const roam_addr *inside, const roam_addr *remote, roam_addr *external)
{
    nat_kernel *self = ctx;
    socket_of(self, remote);
    send_from(self, inside, remote);
    const endpoint *at = await(self, external);
    return at && roam_addr_equal(&at->addr, remote);
}

static bool on_in(void *ctx, const roam_addr *from, const roam_addr *external, roam_addr *inside)
{
    nat_kernel *self = ctx;
    roam_addr source;
    send_from(self, from, external);
    const endpoint *at = await(self, &source);
    if (at)
        *inside = at->addr;
    return at;
}

static void on_expire(void *ctx, const roam_addr *inside, const roam_addr *remote)
{
    (void)ctx;
    if (inside)
        on_router("conntrack -D -p udp -s 10.%u.0.%u -d 10.%u.0.%u >/dev/null 2>&1", inside->bytes[1],
                  inside->bytes[3], remote->bytes[1], remote->bytes[3]);
    else
        on_router("conntrack -F 2>/dev/null");
}

nat_stage nat_kernel_stage(nat_kernel *self)
{
    return (nat_stage){self, on_until, on_out, on_in, on_in, on_expire};
}
