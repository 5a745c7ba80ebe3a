/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/forger.h"

#include "core/hash.h"
#include "sim/refusal.h"
#include "sim/scenario/event.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Of core/membership/wire.h. */
enum {
    VERSION = 1,
    JOIN = 1,
    FORWARD_JOIN,
    NEIGHBOR,
    NEIGHBOR_REPLY,
    DISCONNECT,
    SHUFFLE,
    SHUFFLE_REPLY,
    BODY_MAX = 4096,  /* that the channel carries */
    MEMBERS_MAX = 32, /* of a message that is well-formed */
    WALK_MAX = 6,     /* as the default of honest nodes */
    JOINS = 200       /* of a flood */
};

typedef struct body {
    uint8_t bytes[BODY_MAX];
    size_t len;
} body;

typedef struct forgery {
    const forger_options *options;
    uint32_t from, to;
    uint64_t number; /* of the next member that does not exist */
} forgery;

/* ---- bodies ---- */

static void put(body *to, const void *bytes, size_t len)
{
    assert(to->len + len <= BODY_MAX);
    memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
}

static void put_byte(body *to, uint8_t byte)
{
    put(to, &byte, 1);
}

static body begin(uint8_t type)
{
    body made = {.len = 0};
    put_byte(&made, VERSION);
    put_byte(&made, type);
    return made;
}

static void put_id(body *to, uint64_t id)
{
    for (int shift = 56; shift >= 0; shift -= 8)
        put_byte(to, (uint8_t)(id >> shift));
}

static void put_member(body *to, const char *name, const uint8_t key[ROAM_KEY_BYTES], const roam_addr *addr)
{
    const size_t len = strlen(name);
    put_byte(to, (uint8_t)len);
    put(to, name, len);
    put(to, key, ROAM_KEY_BYTES);
    put_byte(to, addr->family == ROAM_FAMILY_IPV4 ? 4 : addr->family == ROAM_FAMILY_IPV6 ? 6 : 0);
    if (addr->family == ROAM_FAMILY_NONE)
        return;
    put(to, addr->bytes, addr->family == ROAM_FAMILY_IPV4 ? 4 : 16);
    put_byte(to, (uint8_t)(addr->port >> 8));
    put_byte(to, (uint8_t)addr->port);
}

/* ---- members ---- */

static const char *name_of(const forgery *self, uint32_t node)
{
    return self->options->scenario->nodes[node].name;
}

static const uint8_t *key_of(const forgery *self, uint32_t node)
{
    return roam_identity_public_key(endpoint_identity(self->options->endpoints[node]));
}

/* Where a node accepts connections; ROAM_FAMILY_NONE: nowhere. */
static roam_addr address_of(const forgery *self, uint32_t node)
{
    roam_addr addr = {.family = ROAM_FAMILY_NONE};
    addr.port = host_attached(endpoint_host(self->options->endpoints[node]), 0, &addr)
                    ? self->options->scenario->nodes[node].listen
                    : 0;
    return addr.port ? addr : (roam_addr){.family = ROAM_FAMILY_NONE};
}

static void put_node(const forgery *self, body *to, uint32_t node)
{
    const roam_addr addr = address_of(self, node);
    put_member(to, name_of(self, node), key_of(self, node), &addr);
}

/* A member that does not exist: at an address that nobody has, or inside of the receiver or its network. */
static void put_ghost(forgery *self, body *to)
{
    static const uint8_t places[][4] = {
        {10, 0, 99, 0},     /* like a node of the scenario; nobody is there */
        {127, 0, 0, 0},     /* the receiver itself (RFC 1122 section 3.2.1.3) */
        {192, 168, 0, 0},   /* its private network (RFC 1918) */
        {169, 254, 169, 0}, /* its link (RFC 3927) */
        {224, 0, 0, 0},     /* a group (RFC 5771) */
        {203, 0, 113, 0},   /* nobody (RFC 5737) */
    };
    const uint64_t number = self->number++;
    uint8_t key[ROAM_KEY_BYTES];
    char name[ROAM_NAME_MAX + 1];
    roam_addr addr = {.family = ROAM_FAMILY_IPV4, .port = 4433};
    snprintf(name, sizeof name, "ghost-%" PRIu32 "-%" PRIu64, self->from, number);
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)core_hash_mix(number << 8 | i);
    memcpy(addr.bytes, places[number % (sizeof places / sizeof places[0])], 4);
    addr.bytes[3] = (uint8_t)(1 + number % 250);
    put_member(to, name, key, &addr);
}

/* Another node than the two. */
static uint32_t bystander(const forgery *self)
{
    const uint32_t count = (uint32_t)self->options->scenario->node_count;
    uint32_t other = self->to;
    do
        other = (other + 1) % count;
    while (other == self->from && count > 2);
    return other;
}

/* ---- messages ---- */

/* What the channel has no room for, or after its end, is not sent. */
static void send_body(const forgery *self, const body *what)
{
    endpoint *const from = self->options->endpoints[self->from];
    const int status = endpoint_forge(from, self->to, what->bytes, what->len);
    (void)status;
}

/* A SHUFFLE of the node itself with so many members that do not exist; the count may say something else. */
static void send_shuffle(forgery *self, uint8_t ttl, uint32_t members, uint8_t count)
{
    body made = begin(SHUFFLE);
    put_id(&made, core_hash_mix(self->number));
    put_byte(&made, ttl);
    put_node(self, &made, self->from);
    put_byte(&made, count);
    for (uint32_t i = 0; i < members; i++)
        put_ghost(self, &made);
    send_body(self, &made);
}

/* One of a later version; more members than a message may have; a message that is cut short. */
static void send_oversize(forgery *self)
{
    body later = begin(JOIN);
    later.bytes[0] = VERSION + 1;
    put_node(self, &later, self->from);
    send_body(self, &later);
    send_shuffle(self, 1, MEMBERS_MAX + 1, MEMBERS_MAX + 1);
    send_shuffle(self, 1, MEMBERS_MAX, UINT8_MAX);
}

/* Walks that go on for ever. */
static void send_ttl(forgery *self)
{
    body made = begin(FORWARD_JOIN);
    put_byte(&made, UINT8_MAX);
    put_ghost(self, &made);
    send_body(self, &made);
    send_shuffle(self, UINT8_MAX, 1, 1);
}

/* The sender gives another's key as its own, then another's name as well. */
static void send_key(forgery *self)
{
    const uint32_t other = bystander(self);
    const roam_addr addr = address_of(self, self->from);
    body own_name = begin(NEIGHBOR);
    put_byte(&own_name, 1);
    put_member(&own_name, name_of(self, self->from), key_of(self, other), &addr);
    send_body(self, &own_name);
    body other_name = begin(JOIN);
    put_node(self, &other_name, other);
    send_body(self, &other_name);
}

static void send_joins(forgery *self)
{
    body made = begin(JOIN);
    put_node(self, &made, self->from);
    for (uint32_t i = 0; i < JOINS; i++)
        send_body(self, &made);
}

/* Members that nobody can reach, in a SHUFFLE and in a reply that nobody asked for. */
static void send_shuffles(forgery *self)
{
    send_shuffle(self, WALK_MAX, MEMBERS_MAX, MEMBERS_MAX);
    body made = begin(SHUFFLE_REPLY);
    put_id(&made, core_hash_mix(self->number));
    put_byte(&made, MEMBERS_MAX);
    for (uint32_t i = 0; i < MEMBERS_MAX; i++)
        put_ghost(self, &made);
    send_body(self, &made);
}

/* The receiver is to make itself its neighbour. */
static void send_self(forgery *self)
{
    body joins = begin(FORWARD_JOIN);
    put_byte(&joins, 0);
    put_node(self, &joins, self->to);
    send_body(self, &joins);
    body made = begin(SHUFFLE);
    put_id(&made, core_hash_mix(self->number++));
    put_byte(&made, 1);
    put_node(self, &made, self->from);
    put_byte(&made, 2);
    put_node(self, &made, self->to);
    put_node(self, &made, self->to);
    send_body(self, &made);
}

static void send_kind(forgery *self, scenario_forgery kind)
{
    switch (kind) {
    case SCENARIO_FORGE_ALL:
        for (scenario_forgery each = SCENARIO_FORGE_ALL + 1; each <= SCENARIO_FORGE_OVERSIZE; each++)
            send_kind(self, each);
        break;
    case SCENARIO_FORGE_OVERSIZE:
        send_oversize(self);
        break;
    case SCENARIO_FORGE_TTL:
        send_ttl(self);
        break;
    case SCENARIO_FORGE_KEY:
        send_key(self);
        break;
    case SCENARIO_FORGE_JOINS:
        send_joins(self);
        break;
    case SCENARIO_FORGE_SHUFFLES:
        send_shuffles(self);
        break;
    case SCENARIO_FORGE_SELF:
        send_self(self);
        break;
    }
}

int forger_send(const forger_options *options, const scenario_event *event, uint64_t now_ns)
{
    endpoint *const from = options->endpoints[event->node];
    roam_peer_id at = {0};
    uint32_t to;
    if (!endpoint_is_running(from))
        return REFUSAL_STOPPED;
    while ((to = endpoint_next_up(from, &at)) != SCENARIO_NONE) {
        forgery one = {.options = options,
                       .from = event->node,
                       .to = to,
                       .number = (uint64_t)event->repetition << 32 | (uint64_t)to << 8};
        send_kind(&one, scenario_event_forgery(event));
    }
    endpoint_step(from, now_ns);
    return 0;
}
