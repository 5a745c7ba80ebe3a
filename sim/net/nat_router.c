/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/nat_router.h"

#include "sim/net/packet.h"
#include "sim/random_streams.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct nat_router {
    nat_router_options options;
    const scenario_nat *scenario;
    nat *nat;          /* NULL: it translates prefixes */
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
    if (!status && !from->prefixes) {
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
    case NAT_ERR_STALE:
        return OBSERVER_DROP_NAT_STALE;
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

/* The first byte of an Initial packet (RFC 9000 section 17.2.2, RFC 9369 section 3.2), after which a
 * middlebox that follows handshakes looks (RFC 9312 section 4.2). */
static bool begins_flow(const ip_datagram *datagram)
{
    static const uint8_t V2[] = {0x6b, 0x33, 0x43, 0xcf};
    if (datagram->payload_len < 5 || !(datagram->payload[0] & 0x80))
        return false;
    const bool v2 = memcmp(datagram->payload + 1, V2, sizeof V2) == 0;
    return (datagram->payload[0] & 0x30) == (v2 ? 0x10 : 0);
}

static bool is_mid_flow(const nat_router *self, const ip_datagram *datagram, uint64_t now_ns)
{
    nat_binding known;
    roam_addr fixed;
    return self->scenario->drops_mid_flow && !begins_flow(datagram) &&
           !nat_forwards_out(self->nat, &datagram->source, &fixed) &&
           !nat_find_binding(self->nat, &datagram->source, &datagram->destination, now_ns, &known);
}

static observer_drop rewrite_source(n3_frame *frame, const roam_addr *addr)
{
    return packet_rewrite_source(frame, addr) == IP_OK ? OBSERVER_NOT_DROPPED : OBSERVER_DROP_MALFORMED;
}

static observer_drop rewrite_destination(n3_frame *frame, const roam_addr *addr)
{
    return packet_rewrite_destination(frame, addr) == IP_OK ? OBSERVER_NOT_DROPPED : OBSERVER_DROP_MALFORMED;
}

observer_drop nat_router_outward(nat_router *self, n3_frame *frame, const ip_datagram *datagram, bool hairpin,
                                 uint64_t now_ns)
{
    roam_addr external;
    if (self->stopped)
        return OBSERVER_DROP_DOWN;
    if (!self->nat)
        return nat_prefix_out(&self->scenario->prefix, &datagram->source, &external)
                   ? rewrite_source(frame, &external)
                   : drop(self, OBSERVER_DROP_NAT_PREFIX, now_ns);
    if (is_mid_flow(self, datagram, now_ns))
        return drop(self, OBSERVER_DROP_NAT_MID_FLOW, now_ns);
    if (hairpin && !nat_hairpins(self->nat))
        return drop(self, OBSERVER_DROP_NAT_HAIRPIN, now_ns);
    const int refused = nat_outbound(self->nat, &datagram->source, &datagram->destination, now_ns, &external);
    if (refused)
        return drop(self, drop_of(self, refused), now_ns);
    return rewrite_source(frame, &external);
}

observer_drop nat_router_inward(nat_router *self, n3_frame *frame, const ip_datagram *datagram,
                                uint64_t now_ns)
{
    roam_addr internal;
    if (self->stopped)
        return OBSERVER_DROP_DOWN;
    if (!self->nat)
        return nat_prefix_in(&self->scenario->prefix, &datagram->destination, &internal)
                   ? rewrite_destination(frame, &internal)
                   : drop(self, OBSERVER_DROP_NAT_PREFIX, now_ns);
    const int refused = nat_inbound(self->nat, &datagram->source, &datagram->destination, now_ns, &internal);
    if (refused)
        return drop(self, drop_of(self, refused), now_ns);
    return rewrite_destination(frame, &internal);
}

/* ---- errors of ICMP ---- */

/* The external endpoint that a datagram from outside had on its way to that internal one. */
static bool external_of(const nat_router *self, const icmp_quote *quote, uint64_t now_ns, roam_addr *out)
{
    nat_binding known;
    if (!self->nat)
        return nat_prefix_out(&self->scenario->prefix, &quote->destination, out);
    if (nat_forwards_out(self->nat, &quote->destination, out))
        return true;
    if (!nat_find_binding(self->nat, &quote->destination, &quote->source, now_ns, &known))
        return false;
    *out = known.external;
    return true;
}

static bool internal_of(const nat_router *self, const icmp_quote *quote, uint64_t now_ns, roam_addr *out)
{
    nat_binding known;
    if (!self->nat)
        return nat_prefix_in(&self->scenario->prefix, &quote->source, out);
    if (nat_forwards_in(self->nat, &quote->source, out))
        return out->family != ROAM_FAMILY_NONE;
    if (!nat_find_external(self->nat, &quote->source, &quote->destination, now_ns, &known))
        return false;
    *out = known.internal;
    return true;
}

observer_drop nat_router_error_outward(nat_router *self, n3_frame *frame, const icmp_error *error,
                                       uint64_t now_ns)
{
    roam_addr external;
    if (self->stopped)
        return OBSERVER_DROP_DOWN;
    if (!external_of(self, &error->quote, now_ns, &external))
        return drop(self, OBSERVER_DROP_NAT_NO_BINDING, now_ns);
    if (self->nat && self->scenario->options.transparent)
        return OBSERVER_NOT_DROPPED;
    icmp_rewrite(frame->bytes, frame->length,
                 &(icmp_change){.source = &external, .quoted_destination = &external});
    return OBSERVER_NOT_DROPPED;
}

observer_drop nat_router_error_inward(nat_router *self, n3_frame *frame, const icmp_error *error,
                                      uint64_t now_ns)
{
    roam_addr internal;
    if (self->stopped)
        return OBSERVER_DROP_DOWN;
    if (!internal_of(self, &error->quote, now_ns, &internal))
        return drop(self, OBSERVER_DROP_NAT_NO_BINDING, now_ns);
    icmp_rewrite(frame->bytes, frame->length,
                 &(icmp_change){.destination = &internal, .quoted_source = &internal});
    return OBSERVER_NOT_DROPPED;
}

/* RFC 6888 REQ-11 b for what finds no room; RFC 5508 REQ-8 for what a rule forbids; the NAT's own host
 * answers what is for no binding. What is stale is not known to be so. */
bool nat_router_answers(const nat_router *self, observer_drop drop, icmp_kind *kind, roam_addr *from)
{
    static const struct {
        observer_drop drop;
        icmp_kind kind;
    } ANSWERS[] = {{OBSERVER_DROP_NAT_EXHAUSTED, ICMP_NO_HOST},
                   {OBSERVER_DROP_NAT_NO_BINDING, ICMP_NO_PORT},
                   {OBSERVER_DROP_NAT_FILTERED, ICMP_PROHIBITED},
                   {OBSERVER_DROP_NAT_HAIRPIN, ICMP_PROHIBITED},
                   {OBSERVER_DROP_NAT_MID_FLOW, ICMP_PROHIBITED}};
    for (size_t i = 0; self->scenario->icmp && i < sizeof ANSWERS / sizeof ANSWERS[0]; i++) {
        if (ANSWERS[i].drop == drop) {
            *kind = ANSWERS[i].kind;
            *from = self->scenario->options.pool[0];
            return true;
        }
    }
    return false;
}

/* ---- what is behind it ---- */

void nat_router_announce(nat_router *self, uint32_t node, const roam_addr *addr, bool attached)
{
    for (size_t i = 0; self->nat && i < self->scenario->options.forward_count; i++) {
        const scenario_forward *const to = &self->scenario->forwards[i];
        roam_addr internal = *addr;
        internal.port = to->port;
        if (to->node != node)
            continue;
        if (attached ? nat_forward(self->nat, i, &internal) != NAT_OK
                     : nat_forwards_to(self->nat, i, &internal) && nat_forward(self->nat, i, NULL) != NAT_OK)
            assert(!"a node and its NAT are of one family");
    }
}

bool nat_router_has_prefix(const nat_router *self, const roam_addr *addr)
{
    const nat_prefix *const prefix = &self->scenario->prefix;
    return self->scenario->prefixes && nat_prefix_has(&prefix->external, prefix->bits, addr);
}

bool nat_router_open(nat_router *self, const roam_addr *internal, const roam_addr *destination,
                     uint64_t now_ns, roam_addr *external)
{
    if (self->stopped)
        return false;
    return self->nat ? nat_outbound(self->nat, internal, destination, now_ns, external) == NAT_OK
                     : nat_prefix_out(&self->scenario->prefix, internal, external);
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

void nat_router_make_stale(nat_router *self, nat_way way, const roam_addr *subscriber, uint64_t now_ns)
{
    const nat_shuffled stale = {.moved = nat_make_stale(self->nat, way, subscriber, now_ns)};
    tell(self, OBSERVER_NAT_STALE, subscriber, &stale, now_ns);
}

void nat_router_stop(nat_router *self, uint64_t now_ns)
{
    const nat_shuffled lost = {.moved = self->nat ? nat_restart(self->nat, now_ns) : 0};
    self->stopped = true;
    tell(self, OBSERVER_NAT_RESTARTED, NULL, &lost, now_ns);
}

void nat_router_start(nat_router *self)
{
    self->stopped = false;
}

bool nat_router_is_stopped(const nat_router *self)
{
    return self->stopped;
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
    return self->nat ? nat_count(self->nat, now_ns) : (nat_counts){0};
}

bool nat_router_next_binding(nat_router *self, uint64_t now_ns, uint32_t *cursor, nat_binding *out)
{
    return self->nat && nat_next_binding(self->nat, now_ns, cursor, out);
}
