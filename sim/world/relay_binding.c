/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/relay_binding.h"

#include "sim/net/relay_signal.h"
#include "sim/world/world.h"

#include <stdlib.h>

/* A port that a relay has for one of its clients, and the node's address towards it. */
typedef struct opening {
    roam_addr local;
    roam_addr relay;
} opening;

struct relay_binding {
    relay_binding_options options;
    n3_timer *timer;
    opening openings[RELAY_CLIENTS_MAX]; /* the latest ones */
    size_t opened;                       /* since the beginning */
};

static host *host_of(const relay_binding_options *options, uint32_t node)
{
    return endpoint_host(options->endpoints[node]);
}

/* ---- whether it is needed ---- */

static bool is_behind(const host *outside, const roam_addr *from, const host *inside, const roam_addr *local)
{
    const address_realm *const outer = host_realm(outside, from);
    const address_realm *const inner = host_realm(inside, local);
    return outer && inner && internet_needs_rendezvous(outer, inner);
}

/* The preferred address of the node that it serves. */
static relay_reach preferred_reach(const endpoint *served, const roam_addr *from, roam_addr *out)
{
    const roam_addr *const preferred = endpoint_preferred(served);
    for (size_t i = 0; i < 2; i++) {
        if (preferred[i].family != from->family)
            continue;
        *out = preferred[i];
        return RELAY_STRAIGHT;
    }
    return RELAY_NOWHERE;
}

relay_reach relay_binding_reach(const scenario *whole, endpoint *const *endpoints, uint32_t by,
                                const roam_addr *from, roam_addr *out)
{
    const uint32_t served = whole->nodes[by].relay_to;
    const host *const at = endpoint_host(endpoints[by]);
    const host *const node = endpoint_host(endpoints[served]);
    relay_reach reach = RELAY_NOWHERE;
    roam_addr local;
    if (from->port != whole->nodes[by].relay_port)
        return preferred_reach(endpoints[served], from, out);
    for (size_t i = 0; host_attached(node, i, &local); i++) {
        local.port = whole->nodes[served].listen;
        if (local.family != from->family)
            continue;
        if (!is_behind(at, from, node, &local)) {
            *out = local;
            return RELAY_STRAIGHT;
        }
        reach = RELAY_BY_BINDING;
    }
    return reach;
}

/* Where the relay takes datagrams, if the node is behind a NAT from there. */
static bool needs(const relay_binding *self, uint32_t by, const roam_addr *local, roam_addr *out)
{
    const relay_binding_options *const options = &self->options;
    const scenario_node *const node = &options->scenario->nodes[by];
    const host *const at = host_of(options, by);
    for (size_t i = 0; node->relay_to == options->node && host_attached(at, i, out); i++) {
        out->port = node->relay_port;
        if (out->family == local->family && is_behind(at, out, options->host, local))
            return true;
    }
    return false;
}

static bool is_served(const relay_binding_options *options)
{
    const scenario *const whole = options->scenario;
    for (size_t i = 0; whole->nat_count > 0 && i < whole->node_count; i++)
        if (whole->nodes[i].relay_to == options->node)
            return true;
    return false;
}

/* ---- keepalives ---- */

static void keep_alive(const relay_binding *self, const roam_addr *local, const roam_addr *to,
                       uint64_t now_ns)
{
    uint8_t bytes[RELAY_SIGNAL_MAX];
    const size_t len = relay_signal_write(RELAY_SIGNAL_KEEPALIVE, 0, bytes);
    const ip_datagram datagram = {
        .source = *local, .destination = *to, .ttl = IP_TTL_DEFAULT, .payload = bytes, .payload_len = len};
    (void)host_send_from(self->options.host, &datagram, now_ns); /* lost, as on any hop */
}

static size_t opening_count(const relay_binding *self)
{
    return self->opened < RELAY_CLIENTS_MAX ? self->opened : RELAY_CLIENTS_MAX;
}

static void on_timer(void *user, uint64_t now_ns)
{
    relay_binding *const self = user;
    const scenario *const whole = self->options.scenario;
    roam_addr local;
    roam_addr front;
    for (size_t i = 0; host_attached(self->options.host, i, &local); i++) {
        local.port = whole->nodes[self->options.node].listen;
        for (uint32_t k = 0; k < whole->node_count; k++)
            if (needs(self, k, &local, &front))
                keep_alive(self, &local, &front, now_ns);
    }
    for (size_t i = 0; i < opening_count(self); i++)
        keep_alive(self, &self->openings[i].local, &self->openings[i].relay, now_ns);
    n3_timer_set(self->timer, now_ns + RELAY_KEEPALIVE_NS);
}

void relay_binding_refresh(relay_binding *self, uint64_t now_ns)
{
    if (self)
        n3_timer_set(self->timer, now_ns);
}

/* ---- ports of relays ---- */

static void open_towards(relay_binding *self, const opening *wanted, uint64_t now_ns)
{
    bool known = false;
    for (size_t i = 0; i < opening_count(self); i++)
        known |= roam_addr_equal(&self->openings[i].relay, &wanted->relay) &&
                 roam_addr_equal(&self->openings[i].local, &wanted->local);
    if (!known)
        self->openings[self->opened++ % RELAY_CLIENTS_MAX] = *wanted;
    keep_alive(self, &wanted->local, &wanted->relay, now_ns);
}

bool relay_binding_receive(relay_binding *self, const roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns)
{
    uint16_t port;
    roam_addr front;
    if (!self || relay_signal_read(datagram->data, datagram->len, &port) != RELAY_SIGNAL_CLIENT)
        return false;
    opening wanted = {.local = *roam_adapter_local(adapter), .relay = datagram->remote};
    wanted.relay.port = port;
    for (uint32_t i = 0; i < self->options.scenario->node_count; i++)
        if (needs(self, i, &wanted.local, &front) && roam_addr_equal(&front, &datagram->remote)) {
            open_towards(self, &wanted, now_ns);
            return true;
        }
    return false;
}

/* ---- beginning and end ---- */

int relay_binding_new(const relay_binding_options *options, relay_binding **out)
{
    *out = NULL;
    if (!is_served(options))
        return RUN_ERROR_NONE;
    relay_binding *const self = calloc(1, sizeof *self);
    if (!self || n3_timer_new(options->n3, on_timer, self, &self->timer)) {
        free(self);
        return run_error_set(options->error, RUN_ERROR_MEMORY, "%s: out of memory",
                             options->scenario->nodes[options->node].name);
    }
    self->options = *options;
    *out = self;
    return RUN_ERROR_NONE;
}

void relay_binding_free(relay_binding *self)
{
    if (!self)
        return;
    n3_timer_free(self->timer);
    free(self);
}
