/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/endpoint_internal.h"

static roam_peer_id peer_of(const endpoint *self, uint32_t other)
{
    return peer_table_id(&self->peers, self->node, other);
}

bool endpoint_meet(endpoint *self, const endpoint *acceptor, roam_addr *remote, roam_addr *local,
                   uint64_t now_ns)
{
    internet_end there = {host_realm(acceptor->host, remote), *remote};
    internet_end here;
    roam_adapter *adapter;
    if (!there.in || !internet_needs_rendezvous(internet_outside(self->options.internet), there.in) ||
        host_open(self->host, local, remote, &adapter))
        return true; /* the dial will say what is wrong */
    here.local = *roam_adapter_local(adapter);
    here.in = host_realm(self->host, &here.local);
    roam_adapter_free(adapter);
    if (!internet_needs_rendezvous(here.in, there.in))
        return true;
    *local = here.local;
    return internet_rendezvous(&here, &there, now_ns, remote);
}

/* An adapter through a relay to that node, but for the addresses of its ends. */
static relay_path_options through_relay(const endpoint *self, uint32_t other, const roam_addr *through)
{
    return (relay_path_options){
        .host = self->host,
        .relay = *through,
        .preferred_port = preferred_relay_port(&self->options.scenario->nodes[other], through->port),
        .preferred = endpoint_preferred(self->options.endpoints[other])};
}

int endpoint_dial(endpoint *self, uint32_t other, const roam_addr *remote, const roam_addr *through,
                  const roam_addr *local, uint64_t now_ns)
{
    roam_peer_id peer;
    const bool chosen = local->family != ROAM_FAMILY_NONE;
    relay_path_options by_relay;
    if (through) {
        by_relay = through_relay(self, other, through);
        self->dial_relay = &by_relay;
    }
    const int status = roam_dial(self->node, self->options.scenario->nodes[other].name, remote,
                                 chosen ? local : NULL, now_ns, &peer);
    self->dial_relay = NULL;
    return status;
}

const roam_addr *endpoint_preferred(const endpoint *self)
{
    return self->preferred.at;
}

void endpoint_hang_up(endpoint *self, uint32_t other, uint64_t now_ns)
{
    if (!self->node)
        return;
    (void)roam_hang_up(self->node, peer_of(self, other));
    endpoint_step(self, now_ns);
}

int endpoint_remote(const endpoint *self, uint32_t other, roam_addr *remote)
{
    const roam_peer_id peer = peer_of(self, other);
    roam_path_stats stats;
    if (endpoint_path_stats(self, other, &stats)) {
        *remote = stats.remote;
        return 0;
    }
    return peer_table_had_channel(&self->peers, peer) ? ROAM_ERR_NO_CONN : ROAM_ERR_NOT_CONNECTED;
}

int endpoint_stage(endpoint *self, uint32_t other, const roam_addr *local, const roam_addr *through)
{
    roam_addr remote;
    roam_adapter *adapter;
    int status = endpoint_remote(self, other, &remote);
    if (status)
        return status;
    relay_path_options options = through_relay(self, other, through);
    options.local = *local;
    options.server = remote;
    status = relay_path_open(&self->relay_paths, &options, &adapter);
    if (status)
        return status;
    status = roam_stage_adapter(self->node, peer_of(self, other), adapter);
    if (status)
        roam_adapter_free(adapter);
    return status;
}

int endpoint_migrate(endpoint *self, uint32_t other, const roam_migrate_options *options, uint64_t now_ns)
{
    return roam_migrate(self->node, peer_of(self, other), options, now_ns);
}

/* Tells what a watchdog looks at, and the node's library does not report. */
static void tell_unseen(const endpoint *self, const roam_watchdog_options *options, uint64_t now_ns)
{
    const observer_set *const observers = self->options.observers;
    if (!foreign_can(self->library, ROAM_ENDPOINT_REPORTS_STATISTICS))
        observer_set_lacks(observers, self->options.node, "smoothed RTT", now_ns);
    if (options->silence_ns > 0 && !foreign_can(self->library, ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED))
        observer_set_lacks(observers, self->options.node, "acknowledged bytes", now_ns);
}

int endpoint_watch(endpoint *self, const roam_watchdog_options *options, uint64_t now_ns)
{
    roam_watchdog *watchdog; /* the node's */
    if (self->library)
        tell_unseen(self, options, now_ns);
    return roam_watchdog_new(self->node, options, now_ns, &watchdog);
}

void endpoint_divert(endpoint *self, host_receive_fn *receive, void *ctx)
{
    self->redirect = receive;
    self->redirect_ctx = ctx;
}

bool endpoint_is_up(const endpoint *self, uint32_t other)
{
    return self->node && roam_peer_is_up(self->node, peer_of(self, other));
}

uint32_t endpoint_next_up(endpoint *self, roam_peer_id *at)
{
    while (self->node && roam_peer_name(self->node, (roam_peer_id){at->value + 1})) {
        at->value++;
        const uint32_t other = endpoint_other(self, *at);
        if (other != SCENARIO_NONE && roam_peer_is_up(self->node, *at))
            return other;
    }
    return SCENARIO_NONE;
}

int endpoint_send(endpoint *self, const traffic_message *message)
{
    if (!self->node)
        return ROAM_ERR_NOT_CONNECTED;
    const roam_peer_id peer = peer_of(self, message->to);
    if (message->on_stream)
        return roam_stream_send(self->node, peer, message->stream, message->data, message->len, false);
    return roam_send(self->node, peer, message->key, message->data, message->len);
}

int endpoint_open_stream(endpoint *self, traffic_stream *stream)
{
    if (!self->node)
        return ROAM_ERR_NOT_CONNECTED;
    return roam_stream_open(self->node, peer_of(self, stream->to), stream->tag, stream->tag_len,
                            ROAM_PRIORITY_DEFAULT, &stream->id);
}

int endpoint_forge(endpoint *self, uint32_t other, const void *body, size_t len)
{
    return self->node ? roam_membership_forge(self->node, peer_of(self, other), body, len)
                      : ROAM_ERR_NOT_CONNECTED;
}

bool endpoint_path_stats(const endpoint *self, uint32_t other, roam_path_stats *out)
{
    return self->node && roam_peer_path_stats(self->node, peer_of(self, other), out) == 0;
}
