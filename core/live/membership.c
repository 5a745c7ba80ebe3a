/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/membership.h"

#include "core/live/address.h"
#include "core/live/listening.h"
#include "core/live/live_internal.h"

#include <string.h>

/* ---- The address that is advertised ---- */

static bool is_loopback(const roam_addr *addr)
{
    static const roam_addr v4 = {ROAM_FAMILY_IPV4, 0, {127}}, v6 = {ROAM_FAMILY_IPV6, 0, {[15] = 1}};
    return live_address_is_within(addr, &v4, 8) || live_address_is_within(addr, &v6, 128);
}

/* The local address of the peer's connection; when it is none of this machine's any more, the one from which
 * the kernel would reach the peer. */
static bool local_of(live_node *live, roam_peer_id peer, roam_addr *out)
{
    roam_path_stats path;
    if (roam_peer_path_stats(live_node_core(live), peer, &path))
        return false;
    *out = path.local;
    return live_address_interface(&path.local, NULL) != 0 || live_address_leading_to(&path.remote, out) == 0;
}

void live_membership_follow(live_node *live, uint64_t now_ns)
{
    live_membership *const self = live_node_membership(live);
    const live_listening *const listening = live_node_listening(live);
    const roam_addr *at = NULL;
    roam_addr local;
    if (!self->on || self->fixed)
        return;
    if (local_of(live, self->peer, &local))
        at = live_listening_at_host(listening, &local);
    if (!at && self->advertised.family == ROAM_FAMILY_NONE && listening->everywhere_count == 0)
        at = listening->at; /* NONE as long as there is none */
    if (!at || roam_addr_equal(at, &self->advertised))
        return;
    self->advertised = *at;
    roam_membership_advertise(live_node_core(live), at, now_ns);
}

/* ---- Its changes ---- */

/* A peer of the active view: its connection is up. */
static roam_peer_id any_peer(live_node *live)
{
    roam_peer_id peer = {0};
    (void)roam_active_view(live_node_core(live), &peer, 1);
    return peer;
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    live_node *const live = subscriber_data;
    live_membership *const self = live_node_membership(live);
    const bool same = event->peer.value == self->peer.value;
    if (event->kind == ROAM_EVENT_CHANNEL_UP && (self->peer.value == 0 || is_loopback(&self->advertised)))
        self->peer = event->peer;
    else if (event->kind == ROAM_EVENT_CHANNEL_DOWN && same)
        self->peer = any_peer(live);
    else if (event->kind != ROAM_EVENT_PATH_CHANGED || !same)
        return;
    live_membership_follow(live, now_ns);
}

int live_membership_start(live_node *live, const roam_membership_options *options)
{
    live_membership *const self = live_node_membership(live);
    if (!options)
        return 0;
    int rv = roam_membership_start(live_node_core(live), options, live_now_ns());
    if (rv == 0)
        rv = roam_subscribe(live_node_core(live), on_event, live, &self->subscription);
    self->on = rv == 0;
    self->advertised = options->advertise;
    self->fixed = options->advertise.family != ROAM_FAMILY_NONE;
    return rv;
}

bool live_has_membership(live_node *live)
{
    return live_node_membership(live)->on;
}

bool live_is_channel_up(live_node *live, const roam_event *event)
{
    return event->kind == (live_node_membership(live)->on ? ROAM_EVENT_CHANNEL_UP : ROAM_EVENT_PEER_UP);
}

bool live_is_channel_down(live_node *live, const roam_event *event)
{
    return event->kind == (live_node_membership(live)->on ? ROAM_EVENT_CHANNEL_DOWN : ROAM_EVENT_PEER_DOWN);
}

const roam_addr *live_advertised(live_node *live)
{
    return &live_node_membership(live)->advertised;
}

/* ---- Calls of other threads ---- */

typedef struct join_call {
    const char *contact;
    const roam_addr *addr;
} join_call;

static int run_join(live_node *live, void *data)
{
    const join_call *const join = data;
    return roam_join(live_node_core(live), join->contact, join->addr, live_now_ns());
}

int live_join(live_node *live, const char *contact, const roam_addr *addr)
{
    join_call join = {.contact = contact, .addr = addr};
    return live_call(live, run_join, &join);
}

static int run_leave(live_node *live, void *data)
{
    (void)data;
    roam_leave(live_node_core(live), live_now_ns());
    return 0;
}

int live_leave(live_node *live)
{
    return live_call(live, run_leave, NULL);
}

typedef struct active_call {
    live_active_peer *peers;
    size_t capacity, count;
} active_call;

static int run_active(live_node *live, void *data)
{
    active_call *const call = data;
    roam_node *const node = live_node_core(live);
    roam_peer_id ids[ROAM_ACTIVE_VIEW_MAX];
    const size_t count = roam_active_view(node, ids, ROAM_ACTIVE_VIEW_MAX);
    for (size_t i = 0; i < count && i < call->capacity; i++) {
        live_active_peer *const peer = &call->peers[i];
        roam_path_stats path = {0};
        const char *const name = roam_peer_name(node, ids[i]);
        if (roam_peer_path_stats(node, ids[i], &path))
            path = (roam_path_stats){0}; /* another connection is about to take the place of its own */
        *peer = (live_active_peer){.id = ids[i], .local = path.local, .remote = path.remote};
        memcpy(peer->name, name, strlen(name) + 1);
    }
    call->count = count;
    return 0;
}

int live_active_view(live_node *live, live_active_peer *peers, size_t capacity, size_t *count)
{
    active_call call = {.peers = peers, .capacity = capacity};
    const int rv = live_call(live, run_active, &call);
    if (rv == 0)
        *count = call.count;
    return rv;
}

typedef struct passive_call {
    roam_member *members;
    size_t capacity, count;
} passive_call;

static int run_passive(live_node *live, void *data)
{
    passive_call *const call = data;
    call->count = roam_passive_view(live_node_core(live), call->members, call->capacity);
    return 0;
}

int live_passive_view(live_node *live, roam_member *members, size_t capacity, size_t *count)
{
    passive_call call = {.members = members, .capacity = capacity};
    const int rv = live_call(live, run_passive, &call);
    if (rv == 0)
        *count = call.count;
    return rv;
}

static int run_count(live_node *live, void *data)
{
    roam_membership_count(live_node_core(live), data);
    return 0;
}

int live_membership_count(live_node *live, roam_membership_counts *out)
{
    return live_call(live, run_count, out);
}
