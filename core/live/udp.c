/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* recvmmsg */
#include "core/live/udp.h"

#include "core/live/address.h"
#include "core/live/live.h"
#include "core/live/sent_sizes.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

enum {
    BATCH = 8,             /* datagrams, or runs of them, a system call */
    ROUNDS = 4,            /* batches until others on the loop have their turn */
    DATAGRAM_MAX = 65536,  /* a run that UDP_GRO put together is no longer than one IP packet */
    SEGMENTS_MAX = 64,     /* UDP_MAX_SEGMENTS of the kernel */
    SEGMENTED_MAX = 65000, /* bytes of a run that is sent, below the limit of an IP packet */
    ECN_MASK = 3,
    SOCKET_BUFFER = 1 << 20,
    CONTROL_BYTES = 128,
    IPV4_HEADER = 20,
    IPV6_HEADER = 40,
    UDP_HEADER = 8,
    SENDS_MAX = 4,   /* calls until a datagram counts as not sent */
    ERRORS_MAX = 16, /* of the error queue, a turn of the loop */
    QUOTED_MAX = 2048
};

typedef union control {
    struct cmsghdr align;
    uint8_t bytes[CONTROL_BYTES];
} control;

struct live_udp_buffers {
    struct mmsghdr messages[BATCH];
    struct iovec vectors[BATCH];
    struct sockaddr_storage remotes[BATCH];
    control controls[BATCH];
    uint8_t data[BATCH][DATAGRAM_MAX];
};

/* A datagram that the kernel did not take yet. */
typedef struct unsent {
    struct unsent *next;
    roam_datagram datagram;
    uint8_t data[];
} unsent;

typedef struct udp {
    uv_poll_t poll;
    int fd;
    bool closed;
    bool segmentation;
    live_udp_options options;
    roam_adapter *adapter;
    unsent *first, *last;
    size_t unsent_bytes;
    live_sent_sizes sent;
} udp;

typedef enum outcome { SENT, AGAIN, TOO_LARGE, FAILED } outcome;

/* With IP_RECVERR a call may fail for what ICMP said of an earlier datagram: the call itself is good, and is
 * made once more. The error queue, which names the datagram, is read by the loop. */
static bool is_of_icmp(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == EHOSTDOWN ||
           error == ENONET || error == ENOPROTOOPT || error == EPROTO || error == EACCES;
}

int live_udp_buffers_new(live_udp_buffers **out)
{
    live_udp_buffers *const buffers = calloc(1, sizeof *buffers);
    if (!buffers)
        return ROAM_ERR_NO_MEMORY;
    *out = buffers;
    return 0;
}

void live_udp_buffers_free(live_udp_buffers *buffers)
{
    free(buffers);
}

/* ---- Out ---- */

static void *put_control(struct msghdr *message, int level, int type, size_t len)
{
    struct cmsghdr *const header =
        (struct cmsghdr *)(void *)((uint8_t *)message->msg_control + message->msg_controllen);
    *header = (struct cmsghdr){.cmsg_level = level, .cmsg_type = type, .cmsg_len = CMSG_LEN(len)};
    message->msg_controllen += CMSG_SPACE(len);
    return CMSG_DATA(header);
}

/* One system call; a run of segments when the datagram is one. */
static outcome send_once(udp *self, const roam_datagram *datagram)
{
    bool too_large = false;
    struct sockaddr_storage remote = {0};
    struct iovec vector = {.iov_base = (void *)(uintptr_t)datagram->data, .iov_len = datagram->len};
    control ancillary = {.bytes = {0}};
    struct msghdr message = {.msg_name = &remote,
                             .msg_namelen = live_address_to_kernel(&datagram->remote, &remote),
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &ancillary};
    if (self->options.ecn && (datagram->ecn & ECN_MASK)) {
        const bool ipv6 = datagram->remote.family == ROAM_FAMILY_IPV6;
        const int mark = datagram->ecn & ECN_MASK;
        memcpy(
            put_control(&message, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_TCLASS : IP_TOS, sizeof mark),
            &mark, sizeof mark);
    }
    if (datagram->segment_len < datagram->len) {
        const uint16_t segment = (uint16_t)datagram->segment_len;
        memcpy(put_control(&message, IPPROTO_UDP, UDP_SEGMENT, sizeof segment), &segment, sizeof segment);
    }
    if (message.msg_controllen == 0)
        message.msg_control = NULL;
    for (int i = 0; i < SENDS_MAX; i++) {
        if (sendmsg(self->fd, &message, MSG_NOSIGNAL) >= 0) {
            live_sent_sizes_note(&self->sent, datagram);
            return SENT;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return AGAIN;
        /* Larger than the MTU of the device, as IP_PMTUDISC_PROBE ignores the path MTU: or what ICMP said of
         * another datagram, once. */
        if (errno == EMSGSIZE && too_large)
            return TOO_LARGE;
        too_large = too_large || errno == EMSGSIZE;
        if (errno != EINTR && errno != EMSGSIZE && !is_of_icmp(errno))
            return FAILED;
    }
    return FAILED;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The next part of rest that one call may carry: a run of segments, or one. */
static roam_datagram next_part(const udp *self, const roam_datagram *rest)
{
    roam_datagram part = *rest;
    size_t segments = 1;
    if (self->segmentation && rest->segment_len < rest->len)
        segments = smaller(SEGMENTS_MAX, SEGMENTED_MAX / rest->segment_len);
    part.len = smaller(rest->len, (segments ? segments : 1) * rest->segment_len);
    part.segment_len = smaller(rest->segment_len, part.len);
    return part;
}

/* Sends what can be sent now and takes it off rest. A kernel or device that refuses a run of segments gets
 * them one by one from then on. */
static outcome transmit(udp *self, roam_datagram *rest)
{
    while (rest->len > 0) {
        const roam_datagram part = next_part(self, rest);
        outcome result = send_once(self, &part);
        if ((result == FAILED || result == TOO_LARGE) && part.segment_len < part.len) {
            roam_datagram one = part;
            one.len = part.segment_len;
            result = send_once(self, &one);
            if (result == SENT) {
                self->segmentation = false;
                rest->data += one.len;
                rest->len -= one.len;
                continue;
            }
        }
        if (result != SENT)
            return result;
        rest->data += part.len;
        rest->len -= part.len;
    }
    return SENT;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void watch(udp *self)
{
    if (!self->closed)
        (void)uv_poll_start(&self->poll, UV_READABLE | (self->first ? UV_WRITABLE : 0), on_poll);
}

/* Keeps a copy until the socket is writable; a full queue loses it. */
static void keep(udp *self, const roam_datagram *datagram)
{
    if (self->unsent_bytes + datagram->len > self->options.max_unsent_bytes)
        return;
    unsent *const item = malloc(sizeof *item + datagram->len);
    if (!item)
        return;
    *item = (unsent){.datagram = *datagram};
    memcpy(item->data, datagram->data, datagram->len);
    item->datagram.data = item->data;
    self->unsent_bytes += datagram->len;
    if (self->last)
        self->last->next = item;
    else
        self->first = item;
    self->last = item;
}

static void drop_first(udp *self, size_t len)
{
    unsent *const item = self->first;
    self->first = item->next;
    if (!self->first)
        self->last = NULL;
    self->unsent_bytes -= len;
    free(item);
}

static void send_kept(udp *self)
{
    while (self->first) {
        const size_t before = self->first->datagram.len;
        if (transmit(self, &self->first->datagram) == AGAIN) {
            self->unsent_bytes -= before - self->first->datagram.len;
            break;
        }
        drop_first(self, before);
    }
    if (!self->first)
        watch(self);
}

static int on_send(void *ctx, const roam_datagram *datagram, uint64_t now_ns)
{
    udp *const self = ctx;
    (void)now_ns;
    roam_datagram rest = *datagram;
    if (rest.len == 0 || rest.segment_len == 0)
        return ROAM_ERR_ADAPTER;
    if (self->first) {
        keep(self, &rest);
        return 0;
    }
    const outcome result = transmit(self, &rest);
    switch (result) {
    case SENT:
        return 0;
    case AGAIN:
        keep(self, &rest);
        watch(self);
        return 0;
    case TOO_LARGE:
    case FAILED:
        break;
    }
    if (rest.len < datagram->len)
        return 0; /* what is left of a run is lost on its way */
    return result == TOO_LARGE ? ROAM_ERR_TOO_LARGE : ROAM_ERR_ADAPTER;
}

/* ---- In ---- */

/* The ECN mark, and the length of the segments that the kernel put together (0: it did not). */
static void read_controls(struct msghdr *message, uint8_t *ecn, size_t *segment_len)
{
    *ecn = 0;
    *segment_len = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(message); c; c = CMSG_NXTHDR(message, c)) {
        int value = 0;
        if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS) {
            *ecn = *CMSG_DATA(c) & ECN_MASK;
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_TCLASS) {
            memcpy(&value, CMSG_DATA(c), sizeof value);
            *ecn = (uint8_t)(value & ECN_MASK);
        } else if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            memcpy(&value, CMSG_DATA(c), sizeof value);
            *segment_len = value > 0 ? (size_t)value : 0;
        }
    }
}

static void take(udp *self, struct mmsghdr *message, uint64_t now_ns)
{
    struct sockaddr_storage remote;
    roam_datagram datagram = {0};
    size_t segment_len;
    const uint8_t *data = message->msg_hdr.msg_iov->iov_base;
    size_t left = message->msg_len;
    memcpy(&remote, message->msg_hdr.msg_name, sizeof remote);
    live_address_from_kernel(&remote, &datagram.remote);
    if (datagram.remote.family == ROAM_FAMILY_NONE || (message->msg_hdr.msg_flags & MSG_TRUNC))
        return;
    read_controls(&message->msg_hdr, &datagram.ecn, &segment_len);
    while (left > 0 && !self->closed) {
        datagram.data = data;
        datagram.len = segment_len > 0 ? smaller(segment_len, left) : left;
        datagram.segment_len = datagram.len;
        self->options.received(self->options.receiver, self->adapter, &datagram, now_ns);
        data += datagram.len;
        left -= datagram.len;
    }
}

static int read_batch(udp *self)
{
    live_udp_buffers *const buffers = self->options.buffers;
    for (size_t i = 0; i < BATCH; i++) {
        buffers->vectors[i] = (struct iovec){.iov_base = buffers->data[i], .iov_len = DATAGRAM_MAX};
        buffers->messages[i] = (struct mmsghdr){.msg_hdr = {.msg_name = &buffers->remotes[i],
                                                            .msg_namelen = sizeof buffers->remotes[i],
                                                            .msg_iov = &buffers->vectors[i],
                                                            .msg_iovlen = 1,
                                                            .msg_control = &buffers->controls[i],
                                                            .msg_controllen = sizeof buffers->controls[i]}};
    }
    const int count = recvmmsg(self->fd, buffers->messages, BATCH, MSG_DONTWAIT, NULL);
    const uint64_t now_ns = live_now_ns();
    for (int i = 0; i < count && !self->closed; i++)
        take(self, &buffers->messages[i], now_ns);
    return count;
}

/* A router has a link that takes no datagram of that size. */
static void report_too_big(udp *self, const roam_addr *remote, size_t mtu, const uint8_t *quoted,
                           size_t quoted_len)
{
    const size_t headers =
        UDP_HEADER + (remote->family == ROAM_FAMILY_IPV4 ? (size_t)IPV4_HEADER : (size_t)IPV6_HEADER);
    const roam_too_big report = {.local = *roam_adapter_local(self->adapter),
                                 .remote = *remote,
                                 .payload_max = mtu > headers ? mtu - headers : 0,
                                 .datagram_len = live_sent_sizes_of(&self->sent, quoted, quoted_len),
                                 .quoted = quoted,
                                 .quoted_len = quoted_len};
    if (report.datagram_len > 0 && self->options.too_big)
        self->options.too_big(self->options.receiver, self->adapter, &report, live_now_ns());
}

/* What ICMP said of one datagram; false: the queue is empty. Errors of this machine (EMSGSIZE) are returned
 * by the call that met them. */
static bool read_error(udp *self)
{
    struct sockaddr_storage destination = {0};
    control controls;
    uint8_t quoted[QUOTED_MAX];
    struct iovec vector = {.iov_base = quoted, .iov_len = sizeof quoted};
    struct msghdr message = {.msg_name = &destination,
                             .msg_namelen = sizeof destination,
                             .msg_iov = &vector,
                             .msg_iovlen = 1,
                             .msg_control = &controls,
                             .msg_controllen = sizeof controls};
    roam_addr remote;
    const ssize_t quoted_len = recvmsg(self->fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (quoted_len < 0)
        return false;
    live_address_from_kernel(&destination, &remote);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
        struct sock_extended_err error;
        if (!((c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
              (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR)))
            continue;
        memcpy(&error, CMSG_DATA(c), sizeof error);
        if (error.ee_origin == SO_EE_ORIGIN_LOCAL)
            continue;
        if (error.ee_errno == EMSGSIZE)
            report_too_big(self, &remote, error.ee_info, quoted, (size_t)quoted_len);
        else if (is_of_icmp((int)error.ee_errno) && self->options.unreachable)
            self->options.unreachable(self->options.receiver, self->adapter, &remote, (int)error.ee_errno,
                                      live_now_ns());
    }
    return true;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    udp *const self = poll->data;
    if (events & UV_WRITABLE)
        send_kept(self);
    if (status < 0) { /* libuv stops there */
        for (int i = 0; i < ERRORS_MAX && !self->closed && read_error(self); i++)
            ;
        watch(self);
    }
    if (status < 0 || (events & UV_READABLE)) {
        int round = 0;
        while (round++ < ROUNDS && !self->closed && read_batch(self) == BATCH)
            ;
    }
}

/* ---- Beginning and end ---- */

static void on_closed(uv_handle_t *handle)
{
    udp *const self = handle->data;
    (void)close(self->fd); /* not earlier: until now the loop may refer to it */
    free(self);
}

static void on_close(void *ctx)
{
    udp *const self = ctx;
    if (self->first)
        send_kept(self); /* the last chance of a CONNECTION_CLOSE */
    while (self->first)
        drop_first(self, self->first->datagram.len);
    self->closed = true;
    (void)uv_poll_stop(&self->poll);
    uv_close((uv_handle_t *)&self->poll, on_closed);
}

static const roam_adapter_vtable vtable = {.send = on_send, .close = on_close, .segments_max = SEGMENTS_MAX};

/* Options of which none is required: a failure to set one is ignored. */
static void set_options(udp *self, roam_family family)
{
    const int yes = 1;
    const int size = SOCKET_BUFFER;
    const int probe = IP_PMTUDISC_PROBE;
    const int probe6 = IPV6_PMTUDISC_PROBE;
    (void)setsockopt(self->fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(self->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (family == ROAM_FAMILY_IPV6) {
        (void)setsockopt(self->fd, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
        (void)setsockopt(self->fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &probe6, sizeof probe6);
        (void)setsockopt(self->fd, IPPROTO_IPV6, IPV6_RECVERR, &yes, sizeof yes);
        if (self->options.ecn)
            (void)setsockopt(self->fd, IPPROTO_IPV6, IPV6_RECVTCLASS, &yes, sizeof yes);
    } else {
        (void)setsockopt(self->fd, IPPROTO_IP, IP_MTU_DISCOVER, &probe, sizeof probe);
        (void)setsockopt(self->fd, IPPROTO_IP, IP_RECVERR, &yes, sizeof yes);
        if (self->options.ecn)
            (void)setsockopt(self->fd, IPPROTO_IP, IP_RECVTOS, &yes, sizeof yes);
    }
    if (self->options.segmentation)
        (void)setsockopt(self->fd, IPPROTO_UDP, UDP_GRO, &yes, sizeof yes);
}

/* The bound socket, and at *bound its address; -1 with errno. */
static int open_socket(udp *self, const roam_addr *local, roam_addr *bound)
{
    struct sockaddr_storage storage = {0};
    socklen_t len = live_address_to_kernel(local, &storage);
    self->fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (self->fd < 0)
        return -1;
    set_options(self, local->family);
    if (bind(self->fd, (const struct sockaddr *)&storage, len))
        return -1;
    len = sizeof storage;
    if (getsockname(self->fd, (struct sockaddr *)&storage, &len))
        return -1;
    live_address_from_kernel(&storage, bound);
    return 0;
}

int live_udp_open(const live_udp_options *options, const roam_addr *local, roam_adapter **out)
{
    roam_addr bound;
    int rv = ROAM_ERR_ADAPTER;
    udp *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    self->fd = -1;
    self->options = *options;
    self->segmentation = options->segmentation;
    if (local->family == ROAM_FAMILY_NONE) {
        errno = EAFNOSUPPORT;
        goto out;
    }
    if (open_socket(self, local, &bound))
        goto out;
    const int failed = uv_poll_init_socket(options->loop, &self->poll, self->fd);
    if (failed) {
        errno = -failed;
        goto out;
    }
    self->poll.data = self;
    rv = roam_adapter_new(&vtable, self, &bound, &self->adapter);
    if (rv) {
        uv_close((uv_handle_t *)&self->poll, on_closed);
        return rv;
    }
    watch(self);
    *out = self->adapter;
    return 0;
out:
    if (self->fd >= 0) {
        const int why = errno;
        (void)close(self->fd);
        errno = why;
    }
    free(self);
    return rv;
}
