/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/network.h"

#include "core/live/address.h"
#include "core/live/listening.h"
#include "core/live/live_internal.h"
#include "core/live/membership.h"
#include "core/live/migrations.h"
#include "core/live/request.h"
#include "core/live/unix_socket.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uv.h>

#define MS_NS UINT64_C(1000000)

enum {
    PATIENCE = 5, /* debounce times after which a round begins in any case */
    RETRY_FIRST_MS = 1000,
    RETRY_LAST_MS = 8000,
    READS_MAX = 64,      /* a turn of the loop */
    BUFFER_BYTES = 32768 /* as netlink(7) and libmnl advise at least 8 KiB */
};

struct live_network {
    live_attachment attachment;
    live_node *live;
    live_network_options options;
    struct mnl_socket *netlink;
    live_unix_socket trigger;
    uv_poll_t netlink_poll, trigger_poll;
    uv_timer_t timer;
    uint32_t handles_open;
    roam_subscription subscription;
    /* The round that is being gathered. */
    const char *first;
    uint32_t changes;
    bool forced; /* move even those whose address is the right one */
    uint64_t begin_ns;
    /* Since the last one. */
    bool unsettled; /* a peer could not be moved, or waits for its link */
    uint64_t retry_ms;
    bool *hopeless; /* by peer id: cannot be migrated on this connection */
    size_t hopeless_count;
    _Alignas(struct nlmsghdr) uint8_t buffer[BUFFER_BYTES];
};

void live_network_options_default(live_network_options *options)
{
    *options = (live_network_options){.debounce_ns = 200 * MS_NS, .timeout_ns = 5000 * MS_NS};
}

static roam_node *core_of(const live_network *self)
{
    return live_node_core(self->live);
}

/* ---- Peers that cannot be migrated ---- */

static void mark(live_network *self, roam_peer_id peer, bool hopeless)
{
    if (peer.value >= self->hopeless_count) {
        if (!hopeless)
            return;
        const size_t count = (size_t)peer.value + 16;
        bool *const grown = realloc(self->hopeless, count * sizeof *grown);
        if (!grown)
            return; /* then it is looked at again in the next round */
        memset(grown + self->hopeless_count, 0, (count - self->hopeless_count) * sizeof *grown);
        self->hopeless = grown;
        self->hopeless_count = count;
    }
    self->hopeless[peer.value] = hopeless;
}

static bool is_hopeless(const live_network *self, roam_peer_id peer)
{
    return peer.value < self->hopeless_count && self->hopeless[peer.value];
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    live_network *const self = subscriber_data;
    (void)now_ns;
    if (live_is_channel_up(self->live, event) || live_is_channel_down(self->live, event))
        mark(self, event->peer, false);
    else if (event->kind == ROAM_EVENT_MIGRATION_DONE &&
             (event->migration->result == ROAM_ERR_NOT_INITIATOR ||
              event->migration->result == ROAM_ERR_PEER_DISABLE_MIGRATION))
        mark(self, event->peer, true);
}

/* ---- A round ---- */

static void on_timer(uv_timer_t *timer);

static void retry_later(live_network *self)
{
    self->unsettled = true;
    if (self->first || uv_is_closing((uv_handle_t *)&self->timer))
        return; /* another round comes anyway */
    self->retry_ms = self->retry_ms == 0 ? RETRY_FIRST_MS : self->retry_ms * 2;
    if (self->retry_ms > RETRY_LAST_MS)
        self->retry_ms = RETRY_LAST_MS;
    (void)uv_timer_start(&self->timer, on_timer, self->retry_ms, 0);
}

static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    (void)peer;
    (void)now_ns;
    if (record->result == ROAM_ERR_ADAPTER || record->result == ROAM_ERR_TIMEOUT)
        retry_later(done_data);
}

typedef enum verdict { MOVE, KEEP, OUTAGE, STRANDED } verdict;

static verdict judge(const live_network *self, roam_peer_id peer)
{
    roam_path_stats stats;
    roam_addr best;
    bool running = false;
    if (roam_peer_path_stats(core_of(self), peer, &stats))
        return KEEP;
    if (live_address_leading_to(&stats.remote, &best))
        return STRANDED;
    if (self->forced || !live_address_same_host(&best, &stats.local) ||
        live_migrations_are_astray(self->live, peer, &best))
        return MOVE;
    return live_address_interface(&stats.local, &running) != 0 && running ? KEEP : OUTAGE;
}

static void move(live_network *self, roam_peer_id peer, live_network_round *round, uint64_t now_ns)
{
    live_migration_call call = {.peer = peer, .trigger = round->trigger, .done = on_done, .done_data = self};
    live_migrate_options_default(&call.options);
    call.options.timeout_ns = self->options.timeout_ns;
    if (live_migrations_call(self->live, &call, now_ns))
        round->stranded++;
    else
        round->migrating++;
}

/* What changed may have brought the path back that the peer uses: data need not wait for a PTO of many
 * seconds to find out. */
static void probe(const live_network *self, roam_peer_id peer, uint64_t now_ns)
{
    (void)roam_peer_probe(core_of(self), peer, now_ns); /* one that went down just now needs none */
}

static void handle_peer(live_network *self, roam_peer_id peer, live_network_round *round, uint64_t now_ns)
{
    switch (judge(self, peer)) {
    case MOVE:
        move(self, peer, round, now_ns);
        break;
    case KEEP:
        round->kept++;
        probe(self, peer, now_ns);
        break;
    case OUTAGE:
        round->outage++;
        break;
    case STRANDED:
        round->stranded++;
        break;
    }
}

static void on_timer(uv_timer_t *timer)
{
    live_network *const self = timer->data;
    const uint64_t now_ns = live_now_ns();
    live_network_round round = {.trigger = self->first ? self->first : "retry", .changes = self->changes};
    self->unsettled = false;
    if (self->first)
        self->retry_ms = 0;
    for (roam_peer_id peer = {1}; roam_peer_name(core_of(self), peer); peer.value++) {
        if (!roam_peer_is_up(core_of(self), peer))
            continue;
        if (is_hopeless(self, peer)) {
            probe(self, peer, now_ns);
            continue;
        }
        handle_peer(self, peer, &round, now_ns);
    }
    self->first = NULL;
    self->changes = 0;
    self->forced = false;
    self->unsettled = self->unsettled || round.outage > 0;
    if (round.stranded > 0)
        retry_later(self);
    if (self->options.round && round.migrating + round.kept + round.outage + round.stranded > 0)
        self->options.round(self->options.ctx, &round, now_ns);
}

static void gather(live_network *self, const char *what, bool forced)
{
    const uint64_t now_ns = live_now_ns();
    if (!self->first) {
        self->first = what;
        self->begin_ns = now_ns;
    }
    self->changes++;
    self->forced = self->forced || forced;
    const uint64_t latest_ns = self->begin_ns + PATIENCE * self->options.debounce_ns;
    uint64_t at_ns = now_ns + self->options.debounce_ns;
    if (at_ns > latest_ns)
        at_ns = latest_ns;
    uv_update_time(live_node_loop(self->live));
    const uint64_t wait_ms = at_ns > now_ns ? (at_ns - now_ns + MS_NS - 1) / MS_NS : 0;
    (void)uv_timer_start(&self->timer, on_timer, wait_ms, 0);
}

void live_network_changed(live_network *network, const char *what)
{
    gather(network, what, true);
}

/* ---- The kernel ---- */

/* Whether the change may concern the path that is in use. */
static bool concerns(const live_change *change, const roam_path_stats *path)
{
    switch (change->kind) {
    case LIVE_DEFAULT_ROUTE:
    case LIVE_ROUTE:
        return live_address_is_within(&path->remote, &change->addr, change->prefix_len);
    case LIVE_RULE:
        return path->remote.family == change->family;
    case LIVE_ADDRESS_GONE:
        return live_address_same_host(&path->local, &change->addr);
    case LIVE_LINK_DOWN: {
        const unsigned interface = live_address_interface(&path->local, NULL);
        return interface == 0 || interface == change->interface;
    }
    case LIVE_ADDRESS_NEW:
    case LIVE_LINK_UP:
        return false; /* may help peers that could not be moved before */
    }
    return false;
}

static void on_change(void *ctx, const live_change *change)
{
    live_network *const self = ctx;
    bool counts = self->unsettled || self->first;
    for (roam_peer_id peer = {1}; !counts && roam_peer_name(core_of(self), peer); peer.value++) {
        roam_path_stats path;
        counts = roam_peer_path_stats(core_of(self), peer, &path) == 0 && concerns(change, &path);
    }
    if (counts)
        gather(self, live_change_name(change->kind), false);
}

/* Where the node can be dialled: whatever has changed, both are cheap. */
static void follow(live_network *self)
{
    live_listening_follow(self->live);
    live_membership_follow(self->live, live_now_ns());
}

static void read_netlink(live_network *self)
{
    for (int i = 0; i < READS_MAX; i++) {
        const ssize_t n = mnl_socket_recvfrom(self->netlink, self->buffer, sizeof self->buffer);
        if (n < 0 && errno == ENOBUFS)
            gather(self, "netlink_overrun", false); /* messages were lost: all peers are looked at */
        else if (n <= 0)
            return;
        else if (live_netlink_parse(self->buffer, (size_t)n, on_change, self))
            gather(self, "netlink_malformed", false);
    }
}

static void on_netlink(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    read_netlink(poll->data);
    follow(poll->data);
}

static int open_netlink(live_network *self, live_message *message)
{
    const unsigned groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR | RTMGRP_IPV4_ROUTE |
                            RTMGRP_IPV6_ROUTE | RTMGRP_IPV4_RULE | 1U << (RTNLGRP_IPV6_RULE - 1);
    self->netlink = mnl_socket_open2(NETLINK_ROUTE, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (!self->netlink || mnl_socket_bind(self->netlink, groups, MNL_SOCKET_AUTOPID) ||
        uv_poll_init(live_node_loop(self->live), &self->netlink_poll, mnl_socket_get_fd(self->netlink))) {
        (void)snprintf(message->text, sizeof message->text, "rtnetlink: %s", strerror(errno));
        return ROAM_ERR_INVALID_ARGUMENT;
    }
    self->handles_open++;
    self->netlink_poll.data = self;
    (void)uv_poll_start(&self->netlink_poll, UV_READABLE, on_netlink);
    return 0;
}

/* ---- The trigger socket ---- */

static void migrate_one(live_network *self, const live_request *request, uint64_t now_ns)
{
    const live_migration_call call = {.peer = roam_peer_find(core_of(self), request->peer),
                                      .options = request->options,
                                      .trigger = "trigger_socket",
                                      .done = on_done,
                                      .done_data = self};
    const char *why = call.peer.value == 0 ? "no such peer" : NULL;
    if (!why && live_migrations_call(self->live, &call, now_ns))
        why = "out of memory";
    if (why && self->options.refused)
        self->options.refused(self->options.ctx, why, now_ns);
}

static void on_trigger(uv_poll_t *poll, int status, int events)
{
    live_network *const self = poll->data;
    char text[LIVE_REQUEST_MAX + 1];
    (void)status;
    (void)events;
    for (int i = 0; i < READS_MAX; i++) {
        live_request request = {0};
        const ssize_t n = recv(self->trigger.fd, text, sizeof text, MSG_DONTWAIT);
        if (n < 0)
            return;
        const char *why = live_request_parse(text, (size_t)n, &request);
        if (!why && request.kind != LIVE_REQUEST_CHANGED && request.kind != LIVE_REQUEST_MIGRATE)
            why = "a trigger socket gives no answers: ask the control socket";
        if (why) {
            if (self->options.refused)
                self->options.refused(self->options.ctx, why, live_now_ns());
        } else if (request.kind == LIVE_REQUEST_CHANGED) {
            gather(self, "trigger_socket", true);
        } else {
            migrate_one(self, &request, live_now_ns());
        }
    }
}

static int open_trigger(live_network *self, live_message *message)
{
    const int rv = live_unix_socket_open(self->options.trigger_path, SOCK_DGRAM, &self->trigger, message);
    if (rv)
        return rv;
    if (uv_poll_init(live_node_loop(self->live), &self->trigger_poll, self->trigger.fd)) {
        (void)snprintf(message->text, sizeof message->text, "%s: cannot be watched",
                       self->options.trigger_path);
        return ROAM_ERR_INVALID_ARGUMENT;
    }
    self->handles_open++;
    self->trigger_poll.data = self;
    (void)uv_poll_start(&self->trigger_poll, UV_READABLE, on_trigger);
    return 0;
}

/* ---- Beginning and end ---- */

static void on_closed(uv_handle_t *handle)
{
    live_network *const self = handle->data;
    if (--self->handles_open > 0)
        return;
    if (self->netlink)
        (void)mnl_socket_close(self->netlink);
    live_unix_socket_close(&self->trigger);
    free(self->hopeless);
    free(self);
}

static void end(void *data)
{
    live_network *const self = data;
    roam_unsubscribe(core_of(self), self->subscription);
    if (self->netlink_poll.data) {
        (void)uv_poll_stop(&self->netlink_poll);
        uv_close((uv_handle_t *)&self->netlink_poll, on_closed);
    }
    if (self->trigger_poll.data) {
        (void)uv_poll_stop(&self->trigger_poll);
        uv_close((uv_handle_t *)&self->trigger_poll, on_closed);
    }
    uv_close((uv_handle_t *)&self->timer, on_closed);
}

int live_network_new(live_node *live, const live_network_options *options, live_network **out,
                     live_message *message)
{
    live_network *const self = calloc(1, sizeof *self);
    if (!self) {
        (void)snprintf(message->text, sizeof message->text, "out of memory");
        return ROAM_ERR_NO_MEMORY;
    }
    self->live = live;
    self->options = *options;
    self->trigger.fd = -1;
    (void)uv_timer_init(live_node_loop(live), &self->timer);
    self->timer.data = self;
    self->handles_open = 1;
    int rv = roam_subscribe(live_node_core(live), on_event, self, &self->subscription);
    if (rv == 0 && options->netlink)
        rv = open_netlink(self, message);
    if (rv == 0 && options->trigger_path)
        rv = open_trigger(self, message);
    if (rv) {
        end(self);
        return rv;
    }
    self->attachment = (live_attachment){.end = end, .data = self};
    live_node_attach(live, &self->attachment);
    *out = self;
    return 0;
}
