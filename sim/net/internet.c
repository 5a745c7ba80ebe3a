/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/internet.h"

#include "core/hash.h"
#include "core/table.h"
#include "sim/net/packet.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct address_realm {
    internet *internet;
    nat_router *nat; /* between this realm and the outer; NULL: there is none */
    address_realm *outer;
    address_realm *next; /* of all */
};

typedef struct route {
    roam_addr address;           /* here, so that a search need not follow a pointer for each packet */
    const address_realm *in;     /* where the address is reached */
    access_link *link;           /* who has it, or ... */
    const address_realm *inside; /* ... behind which NAT it is an external one, or ... */
    balancer *balancer;          /* ... who gives what comes to it to servers */
} route;

struct internet {
    n3_world *n3;
    n3_node *node;
    core_table by_address; /* of routes, by their places */
    route *routes;         /* in no particular order */
    size_t capacity;
    size_t count;
    address_realm outside;
    address_realm *realms;                 /* behind NATs, the latest first */
    bool has_prefixes;                     /* one of them is behind a prefix translation */
    const scenario_partition **partitions; /* that last, in no particular order */
    size_t partition_count;
};

int internet_new(n3_world *n3, internet **out)
{
    internet *const self = calloc(1, sizeof *self);
    if (!self)
        return N3_ERR_MEMORY;
    self->n3 = n3;
    self->outside.internet = self;
    const int status = n3_node_new(n3, &self->node);
    if (status) {
        free(self);
        return status;
    }
    *out = self;
    return N3_OK;
}

void internet_free(internet *self)
{
    if (!self)
        return;
    for (address_realm *at = self->realms, *next; at; at = next) {
        next = at->next;
        nat_router_free(at->nat);
        free(at);
    }
    core_table_fini(&self->by_address);
    free(self->routes);
    free(self->partitions);
    free(self);
}

n3_node *internet_node(const internet *self)
{
    return self->node;
}

address_realm *internet_outside(internet *self)
{
    return &self->outside;
}

/* ---- routes ---- */

static uint64_t hash_of(const roam_addr *addr)
{
    uint64_t words[2];
    memcpy(words, addr->bytes, sizeof words);
    return core_hash_mix(words[0] ^ core_hash_mix(words[1] + (uint64_t)addr->family));
}

static bool same_host(const roam_addr *a, const roam_addr *b)
{
    return a->family == b->family && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* The place of the address among the routes; CORE_TABLE_NONE: there is none. */
static uint32_t place_of(const internet *self, const roam_addr *addr, uint64_t hash)
{
    uint32_t slot;
    uint32_t at = core_table_first(&self->by_address, hash, &slot);
    while (at != CORE_TABLE_NONE && !same_host(&self->routes[at].address, addr))
        at = core_table_next(&self->by_address, hash, &slot);
    return at;
}

static bool grow(internet *self)
{
    const size_t capacity = self->capacity ? 2 * self->capacity : 8;
    route *const routes = realloc(self->routes, capacity * sizeof *routes);
    if (!routes)
        return false;
    self->routes = routes;
    self->capacity = capacity;
    return true;
}

static int add(internet *self, const route *to)
{
    const uint64_t hash = hash_of(&to->address);
    if ((self->count == self->capacity && !grow(self)) || core_table_reserve(&self->by_address) != 0)
        return N3_ERR_MEMORY;
    assert(place_of(self, &to->address, hash) == CORE_TABLE_NONE);
    core_table_add(&self->by_address, hash, (uint32_t)self->count);
    self->routes[self->count++] = *to;
    return N3_OK;
}

int internet_add(const address_realm *in, access_link *link, const roam_addr *address)
{
    return add(in->internet, &(route){.address = *address, .in = in, .link = link});
}

int internet_add_balancer(internet *self, balancer *added)
{
    return add(self, &(route){.address = *balancer_address(added), .in = &self->outside, .balancer = added});
}

int internet_add_nat(internet *self, nat_router *gate, address_realm *outer, address_realm **inside)
{
    const nat_options *const options = &nat_router_scenario(gate)->options;
    address_realm *const made = calloc(1, sizeof *made);
    if (!made) {
        nat_router_free(gate);
        return N3_ERR_MEMORY;
    }
    *made = (address_realm){.internet = self, .nat = gate, .outer = outer, .next = self->realms};
    self->realms = made;
    self->has_prefixes |= nat_router_scenario(gate)->prefixes;
    const bool has_pool = !options->transparent && !nat_router_scenario(gate)->prefixes;
    for (size_t i = 0; has_pool && i < options->pool_count; i++) {
        const int status = add(self, &(route){.address = options->pool[i], .in = outer, .inside = made});
        if (status)
            return status;
    }
    *inside = made;
    return N3_OK;
}

void internet_remove(internet *self, const access_link *link, const roam_addr *address)
{
    const uint64_t hash = hash_of(address);
    const uint32_t at = place_of(self, address, hash);
    assert(at != CORE_TABLE_NONE && self->routes[at].link == link);
    core_table_remove(&self->by_address, hash, at);
    const uint32_t last = (uint32_t)--self->count;
    if (at == last)
        return;
    self->routes[at] = self->routes[last]; /* no place stays empty */
    const uint64_t moved = hash_of(&self->routes[at].address);
    core_table_remove(&self->by_address, moved, last);
    core_table_add(&self->by_address, moved, at);
}

static const route *find(const internet *self, const roam_addr *addr)
{
    const uint32_t at = place_of(self, addr, hash_of(addr));
    return at == CORE_TABLE_NONE ? NULL : &self->routes[at];
}

access_link *internet_route(const internet *self, const roam_addr *addr)
{
    const route *const found = find(self, addr);
    return found ? found->link : NULL;
}

/* ---- datagrams ---- */

void internet_announce(const address_realm *in, uint32_t node, const roam_addr *addr, bool attached)
{
    if (in->nat)
        nat_router_announce(in->nat, node, addr, attached);
}

/* The realm just inside of `in` that leads to an address; NULL: none does. */
static const address_realm *way_in(const address_realm *in, const route *owner, const roam_addr *addr)
{
    if (owner && owner->in == in)
        return owner->inside;
    for (const address_realm *at = owner ? owner->in : NULL; at && at->nat; at = at->outer) {
        if (!nat_router_scenario(at->nat)->options.transparent)
            break;
        if (at->outer == in)
            return at;
    }
    for (const address_realm *at = in->internet->has_prefixes ? in->internet->realms : NULL; at;
         at = at->next)
        if (at->outer == in && nat_router_has_prefix(at->nat, addr))
            return at;
    return NULL;
}

/* A datagram, or an ICMP error. */
typedef struct passing {
    const ip_datagram *datagram; /* NULL: an error */
    icmp_error error;
} passing;

static bool read_headers(n3_frame *frame, passing *out)
{
    out->datagram = packet_headers(frame);
    return out->datagram || icmp_parse(frame->bytes, frame->length, &out->error);
}

static observer_drop pass_inward(nat_router *gate, n3_frame *frame, const passing *what, uint64_t now_ns)
{
    return what->datagram ? nat_router_inward(gate, frame, what->datagram, now_ns)
                          : nat_router_error_inward(gate, frame, &what->error, now_ns);
}

static observer_drop pass_outward(nat_router *gate, n3_frame *frame, const passing *what, bool hairpin,
                                  uint64_t now_ns)
{
    return what->datagram ? nat_router_outward(gate, frame, what->datagram, hairpin, now_ns)
                          : nat_router_error_outward(gate, frame, &what->error, now_ns);
}

/* Where a datagram has come to. */
typedef struct way {
    const address_realm *in;
    nat_router *refuses; /* the NAT at its border, which has dropped it; NULL: none has */
    access_link *link;
    uint32_t network; /* of the sender, for balancers */
} way;

/* The link that a datagram of that realm goes to, rewritten by the NATs on its way; or why there is none.
 * Each step takes one of its TTL, so that none goes round for ever. */
static observer_drop find_way(way *at, n3_frame *frame, uint64_t now_ns)
{
    for (;;) {
        passing what;
        if (!read_headers(frame, &what) || ip_decrement_ttl(frame->bytes, frame->length) != IP_OK)
            return OBSERVER_DROP_MALFORMED;
        const roam_addr *const to = what.datagram ? &what.datagram->destination : &what.error.destination;
        const route *const owner = find(at->in->internet, to);
        if (owner && owner->in == at->in && owner->link) {
            at->link = owner->link;
            return OBSERVER_NOT_DROPPED;
        }
        if (owner && owner->in == at->in && owner->balancer && what.datagram) {
            at->link = balancer_forward(owner->balancer, what.datagram, at->network);
            return at->link ? OBSERVER_NOT_DROPPED : OBSERVER_DROP_DETACHED;
        }
        const address_realm *const inside = way_in(at->in, owner, to);
        if (!inside && !at->in->nat)
            return OBSERVER_DROP_DETACHED;
        at->refuses = inside ? inside->nat : at->in->nat;
        const observer_drop refused =
            inside ? pass_inward(at->refuses, frame, &what, now_ns)
                   : pass_outward(at->refuses, frame, &what, owner && owner->inside == at->in, now_ns);
        if (refused != OBSERVER_NOT_DROPPED)
            return refused;
        at->refuses = NULL;
        at->in = inside ? inside : at->in->outer;
    }
}

void internet_send_error(const address_realm *in, const internet_answer *answer, n3_frame *about,
                         uint64_t now_ns)
{
    internet *const self = in->internet;
    way at = {.in = in};
    if (answer->from.family == ROAM_FAMILY_NONE)
        return;
    n3_frame *const frame = n3_frame_new(self->n3, ICMP_MAX);
    if (!frame)
        return; /* as when a router is out of memory: it need not answer */
    packet_settle(about);
    frame->length = (uint32_t)icmp_answer(&answer->from, answer->kind, answer->mtu, about->bytes,
                                          about->length, frame->bytes);
    if (frame->length > 0 && find_way(&at, frame, now_ns) == OBSERVER_NOT_DROPPED)
        access_send_down(at.link, frame, now_ns);
    else
        n3_frame_free(self->n3, frame);
}

/* What drops it tells its sender: the NAT, or the first router on its way, which has no route for it. */
static void answer_drop(const way *at, const access_link *from, observer_drop drop, n3_frame *frame,
                        uint64_t now_ns)
{
    internet_answer answer = {.kind = ICMP_NO_HOST};
    const bool tells = at->refuses ? nat_router_answers(at->refuses, drop, &answer.kind, &answer.from)
                                   : drop == OBSERVER_DROP_DETACHED;
    if (tells && !at->refuses)
        answer.from = access_router(from);
    if (tells)
        internet_send_error(at->in, &answer, frame, now_ns);
}

/* ---- partitions ---- */

int internet_part(const address_realm *in, const scenario_partition *partition)
{
    internet *const self = in->internet;
    const size_t bytes = (self->partition_count + 1) * sizeof(const scenario_partition *);
    const scenario_partition **const grown = realloc(self->partitions, bytes);
    if (!grown)
        return N3_ERR_MEMORY;
    self->partitions = grown;
    self->partitions[self->partition_count++] = partition;
    return N3_OK;
}

void internet_rejoin(const address_realm *in, const scenario_partition *partition)
{
    internet *const self = in->internet;
    size_t at = 0;
    while (at < self->partition_count && self->partitions[at] != partition)
        at++;
    assert(at < self->partition_count);
    self->partitions[at] = self->partitions[--self->partition_count];
}

static bool are_parted(const internet *self, const access_link *from, const access_link *to)
{
    for (size_t i = 0; i < self->partition_count; i++) {
        const uint32_t *const set_of = self->partitions[i]->set_of;
        const uint32_t set = set_of[access_network(from)];
        const uint32_t other = set_of[access_network(to)];
        if (set && other && set != other)
            return true;
    }
    return false;
}

void internet_forward(void *ctx, access_link *link, n3_frame *frame, uint64_t now_ns)
{
    way at = {.in = ctx, .network = access_network(link)};
    observer_drop refused = find_way(&at, frame, now_ns);
    if (refused == OBSERVER_NOT_DROPPED && are_parted(at.in->internet, link, at.link))
        refused = OBSERVER_DROP_PARTITION;
    if (refused == OBSERVER_NOT_DROPPED) {
        access_send_down(at.link, frame, now_ns);
        return;
    }
    answer_drop(&at, link, refused, frame, now_ns);
    access_drop(link, frame, true, refused, now_ns);
}

/* ---- rendezvous ---- */

static bool is_within(const address_realm *inner, const address_realm *outer)
{
    while (inner && inner != outer)
        inner = inner->outer;
    return inner != NULL;
}

bool internet_needs_rendezvous(const address_realm *dialler, const address_realm *acceptor)
{
    return !is_within(dialler, acceptor);
}

/* The end as it is seen from the realm `from`, within which it is, when it sends to that destination. */
static bool seen_from(const address_realm *from, const internet_end *end, const roam_addr *destination,
                      uint64_t now_ns, roam_addr *out)
{
    *out = end->local;
    for (const address_realm *at = end->in; at != from; at = at->outer)
        if (!nat_router_open(at->nat, out, destination, now_ns, out))
            return false;
    return true;
}

bool internet_rendezvous(const internet_end *dialler, const internet_end *acceptor, uint64_t now_ns,
                         roam_addr *out)
{
    const address_realm *shared = dialler->in;
    roam_addr server = acceptor->local; /* stands for the rendezvous server, whose address is of no account */
    roam_addr seen;
    while (!is_within(acceptor->in, shared))
        shared = shared->outer;
    return seen_from(shared, dialler, &server, now_ns, &seen) &&
           seen_from(shared, acceptor, &seen, now_ns, out);
}
