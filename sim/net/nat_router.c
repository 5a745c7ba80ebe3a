/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/nat_router.h"

#include "sim/random_streams.h"

#include <stdlib.h>
#include <string.h>

struct nat_router {
    nat_router_options options;
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

static int out_of_memory(const nat_router *self)
{
    return run_error_set(self->options.error, RUN_ERROR_MEMORY, "%s: out of memory", self->scenario->name);
}

static int add_dice(nat_router *self)
{
    const random_consumer own = {.purpose = RANDOM_NAT, .node = self->scenario->name, .network = ""};
    const random_consumer timeline = {
        .purpose = RANDOM_NAT_SUBSCRIBERS, .node = self->scenario->name, .network = ""};
    if (n3_random_new(self->options.n3, random_stream(&own), &self->random) ||
        n3_random_new(self->options.n3, random_stream(&timeline), &self->draws))
        return out_of_memory(self);
    return RUN_ERROR_NONE;
}

int nat_router_new(const nat_router_options *options, nat_router **out)
{
    const scenario_nat *const from = &options->scenario->nats[options->nat];
    nat_router *const self = calloc(1, sizeof *self);
    if (!self)
        return run_error_set(options->error, RUN_ERROR_MEMORY, "%s: out of memory", from->name);
    self->options = *options;
    self->scenario = from;
    int status = add_dice(self);
    if (!status) {
        nat_options wanted = from->options;
        wanted.random = on_random;
        wanted.random_ctx = self->random;
        const int refused = nat_new(&wanted, &self->nat);
        if (refused)
            status = run_error_set(options->error,
                                   refused == NAT_ERR_MEMORY ? RUN_ERROR_MEMORY : RUN_ERROR_SCENARIO,
                                   "%s: %s", from->name, nat_strerror(refused));
    }
    if (status) {
        nat_router_free(self);
        return status;
    }
    *out = self;
    return RUN_ERROR_NONE;
}

void nat_router_free(nat_router *self)
{
    if (!self)
        return;
    nat_free(self->nat);
    n3_random_free(self->random);
    n3_random_free(self->draws);
    free(self);
}

const scenario_nat *nat_router_scenario(const nat_router *self)
{
    return self->scenario;
}

/* ---- datagrams ---- */

static observer_drop drop_of(const nat_router *self, int refused)
{
    switch ((nat_error)refused) {
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
    case NAT_ERR_OPTIONS:
    case NAT_ERR_NO_PORT:
    case NAT_ERR_NO_BLOCK:
    case NAT_ERR_SUBSCRIBER_LIMIT:
    case NAT_ERR_TABLE_FULL:
        break;
    }
    return OBSERVER_DROP_NAT_EXHAUSTED;
}

static observer_drop drop(const nat_router *self, observer_drop reason, uint64_t now_ns)
{
    const observer_nat told = {.kind = OBSERVER_NAT_DROPPED, .nat = self->options.nat, .drop = reason};
    if (reason != OBSERVER_NOT_DROPPED)
        observer_set_nat(self->options.observers, &told, now_ns);
    return reason;
}

observer_drop nat_router_outward(nat_router *self, n3_frame *frame, const ip_datagram *datagram, bool hairpin,
                                 uint64_t now_ns)
{
    roam_addr external;
    if (self->stopped)
        return OBSERVER_DROP_DOWN;
    if (hairpin && !nat_hairpins(self->nat))
        return drop(self, OBSERVER_DROP_NAT_HAIRPIN, now_ns);
    const int refused = nat_outbound(self->nat, &datagram->source, &datagram->destination, now_ns, &external);
    if (refused)
        return drop(self, drop_of(self, refused), now_ns);
    return ip_rewrite_source(frame->bytes, frame->length, &external) == IP_OK ? OBSERVER_NOT_DROPPED
                                                                              : OBSERVER_DROP_MALFORMED;
}

observer_drop nat_router_inward(nat_router *self, n3_frame *frame, const ip_datagram *datagram,
                                uint64_t now_ns)
{
    roam_addr internal;
    if (self->stopped)
        return OBSERVER_DROP_DOWN;
    const int refused = nat_inbound(self->nat, &datagram->source, &datagram->destination, now_ns, &internal);
    if (refused)
        return drop(self, drop_of(self, refused), now_ns);
    return ip_rewrite_destination(frame->bytes, frame->length, &internal) == IP_OK ? OBSERVER_NOT_DROPPED
                                                                                   : OBSERVER_DROP_MALFORMED;
}

bool nat_router_open(nat_router *self, const roam_addr *internal, const roam_addr *destination,
                     uint64_t now_ns, roam_addr *external)
{
    return !self->stopped && nat_outbound(self->nat, internal, destination, now_ns, external) == NAT_OK;
}

/* ---- what the timeline asks for ---- */

static void tell(const nat_router *self, observer_nat_kind kind, const roam_addr *subscriber,
                 const nat_shuffled *bindings, uint64_t now_ns)
{
    const observer_nat told = {.kind = kind,
                               .nat = self->options.nat,
                               .subscriber = subscriber,
                               .bindings = bindings->moved,
                               .kept = bindings->kept};
    observer_set_nat(self->options.observers, &told, now_ns);
}

int nat_router_shuffle(nat_router *self, nat_change change, const roam_addr *subscriber, uint64_t now_ns)
{
    nat_shuffled shuffled = {0};
    if (nat_shuffle(self->nat, change, subscriber, now_ns, &shuffled))
        return out_of_memory(self);
    tell(self, OBSERVER_NAT_SHUFFLED, subscriber, &shuffled, now_ns);
    return RUN_ERROR_NONE;
}

void nat_router_expire_towards(nat_router *self, const roam_addr *subscriber, const roam_addr *remotes,
                               size_t count, uint64_t now_ns)
{
    nat_shuffled expired = {0};
    for (size_t i = 0; i < count; i++)
        expired.moved += nat_expire_towards(self->nat, subscriber, &remotes[i], now_ns);
    tell(self, OBSERVER_NAT_EXPIRED, subscriber, &expired, now_ns);
}

void nat_router_expire(nat_router *self, const roam_addr *subscriber, uint64_t now_ns)
{
    const nat_shuffled expired = {.moved = nat_expire(self->nat, subscriber, now_ns)};
    tell(self, OBSERVER_NAT_EXPIRED, subscriber, &expired, now_ns);
}

void nat_router_stop(nat_router *self, uint64_t now_ns)
{
    const nat_shuffled lost = {.moved = nat_restart(self->nat, now_ns)};
    self->stopped = true;
    tell(self, OBSERVER_NAT_RESTARTED, NULL, &lost, now_ns);
}

void nat_router_start(nat_router *self)
{
    self->stopped = false;
}

static int compare_addresses(const void *left, const void *right)
{
    const roam_addr *const a = left;
    const roam_addr *const b = right;
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

int nat_router_subscribers(nat_router *self, uint64_t now_ns, roam_addr **out, size_t *count)
{
    const nat_counts counts = nat_count(self->nat, now_ns);
    roam_addr *const found = calloc((size_t)counts.live + 1, sizeof *found);
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
    return RUN_ERROR_NONE;
}

uint64_t nat_router_draw(nat_router *self, uint64_t bound)
{
    return n3_random_below(self->draws, bound);
}

nat_counts nat_router_count(nat_router *self, uint64_t now_ns)
{
    return nat_count(self->nat, now_ns);
}
