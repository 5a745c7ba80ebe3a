/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/gateway.h"

#include "sim/entropy.h"
#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

struct gateway {
    gateway_options options;
    const scenario_nat *scenario;
    nat *nat;
    n3_random *random; /* the NAT's own */
    n3_random *draws;  /* of the timeline */
    bool stopped;
};

static uint64_t on_random(void *ctx)
{
    return n3_random_u64(ctx);
}

static int out_of_memory(const gateway *self)
{
    return fault_set(self->options.fault, WORLD_ERR_MEMORY, "%s: out of memory", self->scenario->name);
}

static int add_dice(gateway *self)
{
    const entropy_consumer own = {.purpose = ENTROPY_NAT, .node = self->scenario->name, .network = ""};
    const entropy_consumer timeline = {
        .purpose = ENTROPY_NAT_SUBSCRIBERS, .node = self->scenario->name, .network = ""};
    if (n3_random_new(self->options.n3, entropy_stream(&own), &self->random) ||
        n3_random_new(self->options.n3, entropy_stream(&timeline), &self->draws))
        return out_of_memory(self);
    return WORLD_OK;
}

int gateway_new(const gateway_options *options, gateway **out)
{
    const scenario_nat *from = &options->scenario->nats[options->nat];
    gateway *self = calloc(1, sizeof *self);
    if (!self)
        return fault_set(options->fault, WORLD_ERR_MEMORY, "%s: out of memory", from->name);
    self->options = *options;
    self->scenario = from;
    int status = add_dice(self);
    if (!status) {
        nat_options wanted = from->options;
        wanted.random = on_random;
        wanted.random_ctx = self->random;
        int refused = nat_new(&wanted, &self->nat);
        if (refused)
            status =
                fault_set(options->fault, refused == NAT_ERR_MEMORY ? WORLD_ERR_MEMORY : WORLD_ERR_SCENARIO,
                          "%s: %s", from->name, nat_strerror(refused));
    }
    if (status) {
        gateway_free(self);
        return status;
    }
    *out = self;
    return WORLD_OK;
}

void gateway_free(gateway *self)
{
    if (!self)
        return;
    nat_free(self->nat);
    n3_random_free(self->random);
    n3_random_free(self->draws);
    free(self);
}

uint32_t gateway_index(const gateway *self)
{
    return self->options.nat;
}

const scenario_nat *gateway_scenario(const gateway *self)
{
    return self->scenario;
}

/* ---- datagrams ---- */

static observer_drop drop_of(const gateway *self, int refused)
{
    switch (refused) {
    case NAT_OK:
        return OBSERVER_NOT_DROPPED;
    case NAT_ERR_FAMILY:
        return OBSERVER_DROP_DETACHED;
    case NAT_ERR_NO_BINDING:
        return OBSERVER_DROP_NAT_NO_BINDING;
    case NAT_ERR_FILTERED:
        return OBSERVER_DROP_NAT_FILTERED;
    case NAT_ERR_MEMORY:
        out_of_memory(self);
        break;
    default:
        break;
    }
    return OBSERVER_DROP_NAT_EXHAUSTED;
}

static observer_drop drop(const gateway *self, observer_drop reason, uint64_t now_ns)
{
    const observer_nat told = {.kind = OBSERVER_NAT_DROPPED, .nat = self->options.nat, .drop = reason};
    if (reason != OBSERVER_NOT_DROPPED)
        observer_set_nat(self->options.observers, &told, now_ns);
    return reason;
}

observer_drop gateway_outward(gateway *self, n3_frame *frame, const ip_datagram *datagram, bool hairpin,
                              uint64_t now_ns)
{
    roam_addr external;
    if (self->stopped)
        return OBSERVER_DROP_DOWN;
    if (hairpin && !nat_hairpins(self->nat))
        return drop(self, OBSERVER_DROP_NAT_HAIRPIN, now_ns);
    int refused = nat_outbound(self->nat, &datagram->source, &datagram->destination, now_ns, &external);
    if (refused)
        return drop(self, drop_of(self, refused), now_ns);
    return ip_rewrite_source(frame->bytes, frame->length, &external) == IP_OK ? OBSERVER_NOT_DROPPED
                                                                              : OBSERVER_DROP_MALFORMED;
}

observer_drop gateway_inward(gateway *self, n3_frame *frame, const ip_datagram *datagram, uint64_t now_ns)
{
    roam_addr internal;
    if (self->stopped)
        return OBSERVER_DROP_DOWN;
    int refused = nat_inbound(self->nat, &datagram->source, &datagram->destination, now_ns, &internal);
    if (refused)
        return drop(self, drop_of(self, refused), now_ns);
    return ip_rewrite_destination(frame->bytes, frame->length, &internal) == IP_OK ? OBSERVER_NOT_DROPPED
                                                                                   : OBSERVER_DROP_MALFORMED;
}

bool gateway_open(gateway *self, const roam_addr *internal, const roam_addr *destination, uint64_t now_ns,
                  roam_addr *external)
{
    return !self->stopped && nat_outbound(self->nat, internal, destination, now_ns, external) == NAT_OK;
}

/* ---- what the timeline asks for ---- */

static void tell(const gateway *self, observer_nat_kind kind, const roam_addr *subscriber,
                 const nat_shuffled *bindings, uint64_t now_ns)
{
    const observer_nat told = {.kind = kind,
                               .nat = self->options.nat,
                               .subscriber = subscriber,
                               .bindings = bindings->moved,
                               .kept = bindings->kept};
    observer_set_nat(self->options.observers, &told, now_ns);
}

int gateway_shuffle(gateway *self, nat_change change, const roam_addr *subscriber, uint64_t now_ns)
{
    nat_shuffled shuffled = {0};
    if (nat_shuffle(self->nat, change, subscriber, now_ns, &shuffled))
        return out_of_memory(self);
    tell(self, OBSERVER_NAT_SHUFFLED, subscriber, &shuffled, now_ns);
    return WORLD_OK;
}

void gateway_expire_towards(gateway *self, const roam_addr *subscriber, const roam_addr *remotes,
                            size_t count, uint64_t now_ns)
{
    nat_shuffled expired = {0};
    for (size_t i = 0; i < count; i++)
        expired.moved += nat_expire_towards(self->nat, subscriber, &remotes[i], now_ns);
    tell(self, OBSERVER_NAT_EXPIRED, subscriber, &expired, now_ns);
}

void gateway_expire(gateway *self, const roam_addr *subscriber, uint64_t now_ns)
{
    const nat_shuffled expired = {.moved = nat_expire(self->nat, subscriber, now_ns)};
    tell(self, OBSERVER_NAT_EXPIRED, subscriber, &expired, now_ns);
}

void gateway_stop(gateway *self, uint64_t now_ns)
{
    const nat_shuffled lost = {.moved = nat_restart(self->nat, now_ns)};
    self->stopped = true;
    tell(self, OBSERVER_NAT_RESTARTED, NULL, &lost, now_ns);
}

void gateway_start(gateway *self)
{
    self->stopped = false;
}

static int compare_addresses(const void *left, const void *right)
{
    const roam_addr *a = left;
    const roam_addr *b = right;
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

int gateway_subscribers(gateway *self, uint64_t now_ns, roam_addr **out, size_t *count)
{
    const nat_counts counts = nat_count(self->nat, now_ns);
    roam_addr *found = calloc((size_t)counts.live + 1, sizeof *found);
    size_t used = 0;
    size_t different = 0;
    uint32_t cursor = 0;
    nat_binding binding;
    if (!found)
        return out_of_memory(self);
    while (used < counts.live && nat_next_binding(self->nat, now_ns, &cursor, &binding)) {
        found[used] = binding.internal;
        found[used++].port = 0;
    }
    qsort(found, used, sizeof *found, compare_addresses);
    for (size_t i = 0; i < used; i++)
        if (different == 0 || compare_addresses(&found[different - 1], &found[i]) != 0)
            found[different++] = found[i];
    *out = found;
    *count = different;
    return WORLD_OK;
}

uint64_t gateway_draw(gateway *self, uint64_t bound)
{
    return n3_random_below(self->draws, bound);
}

nat_counts gateway_count(gateway *self, uint64_t now_ns)
{
    return nat_count(self->nat, now_ns);
}
