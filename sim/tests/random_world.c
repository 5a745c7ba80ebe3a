/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/random_world.h"

#include "core/tests/check.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

typedef const char *word;

/* ---- draws ---- */

/* The draws go on from the seed itself: the field holds the state until the world is made. */
uint64_t random_below(random_world *world, uint64_t bound)
{
    return check_random(&world->seed) % bound;
}

bool random_chance(random_world *world, uint32_t percent)
{
    return random_below(world, 100) < percent;
}

#define PICK(world, list) (list)[random_below(world, COUNT(list))]

uint32_t random_add(random_world *world, random_section section, uint32_t owner, uint32_t group,
                    const char *format, ...)
{
    va_list arguments;
    assert(world->count < RANDOM_PIECES_MAX);
    random_piece *const piece = &world->pieces[world->count];
    *piece = (random_piece){.section = section, .owner = owner, .group = group};
    va_start(arguments, format);
    const int len = vsnprintf(piece->text, sizeof piece->text, format, arguments);
    va_end(arguments);
    assert(len >= 0 && (size_t)len < sizeof piece->text);
    return (uint32_t)world->count++;
}

static void name_piece(random_world *world, uint32_t index, const char *name)
{
    (void)snprintf(world->pieces[index].name, sizeof world->pieces[index].name, "%s", name);
}

static void add_attribute(random_world *world, uint32_t owner, const char *key, const char *value)
{
    (void)random_add(world, RANDOM_ATTRIBUTE, owner, ++world->groups, "%s: %s", key, value);
}

/* ---- networks and NATs ---- */

static uint32_t add_nat(random_world *world, uint32_t number)
{
    static const word behaviours[] = {"endpoint-independent", "address-dependent",
                                      "address-and-port-dependent"};
    static const word ports[] = {"preserve", "sequential", "random"};
    static const word timeouts[] = {"2s", "5s", "30s"};
    static const word lifetimes[] = {"4s", "9s", "20s"};
    const uint32_t nat =
        random_add(world, RANDOM_NAT, 0, ++world->groups, "pool: 203.0.113.%u/29", 8 * number);
    char name[16];
    (void)snprintf(name, sizeof name, "nat%u", number);
    name_piece(world, nat, name);
    if (random_chance(world, 50))
        add_attribute(world, nat, "mapping", PICK(world, behaviours));
    if (random_chance(world, 50))
        add_attribute(world, nat, "filtering", PICK(world, behaviours));
    if (random_chance(world, 50))
        add_attribute(world, nat, "ports", PICK(world, ports));
    if (random_chance(world, 20))
        add_attribute(world, nat, "pooling", "arbitrary");
    if (random_chance(world, 20))
        add_attribute(world, nat, "timeout", PICK(world, timeouts));
    if (random_chance(world, 20))
        add_attribute(world, nat, "icmp", "true");
    if (random_chance(world, 15))
        add_attribute(world, nat, "lifetime", PICK(world, lifetimes));
    if (random_chance(world, 15))
        add_attribute(world, nat, "quarantine", PICK(world, timeouts));
    return nat;
}

static uint32_t add_network(random_world *world, uint32_t node, uint32_t group, const char *name,
                            const char *family)
{
    static const word delays[] = {"0ms", "1ms", "3ms", "8ms", "15ms", "35ms", "60ms", "100ms", "200ms"};
    static const word jitters[] = {"1ms", "5ms", "20ms"};
    static const word rates[] = {"1Mbps", "2Mbps", "5Mbps", "20Mbps", "50Mbps", "200Mbps"};
    static const word queues[] = {"10pkt", "30pkt", "300pkt"};
    static const word losses[] = {"0.1%", "0.5%", "1%"};
    const uint32_t network = random_add(world, RANDOM_NETWORK, node, group, "delay: %s", PICK(world, delays));
    name_piece(world, network, name);
    if (strcmp(family, "ipv4") != 0)
        (void)random_add(world, RANDOM_ATTRIBUTE, network, group, "family: %s", family);
    if (random_chance(world, 25))
        add_attribute(world, network, "jitter", PICK(world, jitters));
    if (random_chance(world, 50)) {
        add_attribute(world, network, "rate", PICK(world, rates));
        if (random_chance(world, 40))
            add_attribute(world, network, "queue", PICK(world, queues));
    }
    if (random_chance(world, 15))
        add_attribute(world, network, "loss", PICK(world, losses));
    if (random_chance(world, 20))
        add_attribute(world, network, "icmp", "true");
    return network;
}

/* The networks of a node that dials, some behind a NAT, two perhaps behind one. */
static void add_networks(random_world *world, uint32_t node, const word *names, size_t count,
                         const word *families)
{
    static const uint32_t none = UINT32_MAX;
    uint32_t nat = none;
    for (size_t i = 0; i < count; i++) {
        const uint32_t network = add_network(world, node, ++world->groups, names[i], families[i]);
        if (strcmp(families[i], "ipv4") != 0 || !random_chance(world, 40))
            continue;
        if (nat == none || random_chance(world, 60)) {
            uint32_t number = 1;
            for (size_t at = 0; at < world->count; at++)
                number += world->pieces[at].section == RANDOM_NAT;
            nat = add_nat(world, number);
        }
        add_attribute(world, network, "nat", world->pieces[nat].name);
    }
}

/* ---- nodes and traffic ---- */

static uint32_t add_node(random_world *world, const char *name, uint32_t group)
{
    const uint32_t node = random_add(world, RANDOM_NODE, 0, group, "%s", "");
    name_piece(world, node, name);
    if (random_chance(world, 50))
        add_attribute(world, node, "keepalive", "1s");
    return node;
}

static void add_flow(random_world *world, const char *from, const char *to, uint32_t group)
{
    static const uint32_t sizes[] = {50, 100, 400, 1000, 2000};
    static const uint32_t intervals[] = {10, 20, 50, 100, 300};
    const uint32_t size = PICK(world, sizes);
    const uint32_t every = size > 400 ? 100 : PICK(world, intervals);
    (void)random_add(world, RANDOM_TRAFFIC, 0, group, "flow: %s -> %s, send: %uB, every: %ums", from, to,
                     size, every);
}

static void add_bulk(random_world *world, const char *from, const char *to)
{
    /* Small: a watchdog may take the congestion window back to its start in every round trip. */
    static const uint32_t sizes[] = {20, 50, 100};
    static const uint32_t messages[] = {1, 4, 16};
    (void)random_add(world, RANDOM_TRAFFIC, 0, ++world->groups,
                     "flow: %s -> %s, bulk: %ukB, message: %uKiB, at: %" PRIu64 "ms, key: 9", from, to,
                     PICK(world, sizes), PICK(world, messages), 500 + random_below(world, 2000));
}

static void add_traffic(random_world *world, const char *dialer)
{
    add_flow(world, dialer, "server", 0); /* opens the NATs on the way, whatever they have forgotten */
    if (random_chance(world, 70))
        add_flow(world, "server", dialer, ++world->groups);
    if (random_chance(world, 25))
        add_bulk(world, dialer, "server");
    if (random_chance(world, 25))
        add_bulk(world, "server", dialer);
}

/* An end that gives its peer up after four seconds of silence. */
static void make_impatient(random_world *world, uint32_t node)
{
    add_attribute(world, node, "dead_after", "4s");
}

static void add_phone(random_world *world, const char *family)
{
    static const word names[] = {"hotel"};
    const uint32_t group = ++world->groups;
    const uint32_t phone = add_node(world, "phone", group);
    const size_t first = world->count;
    add_networks(world, phone, names, 1, &family);
    (void)random_add(world, RANDOM_PEER, 0, group, "phone -> server");
    const size_t flows = world->count;
    add_traffic(world, "phone");
    for (size_t i = first; i < world->count; i++) {
        const random_piece *const piece = &world->pieces[i];
        if ((i >= flows && piece->group == 0) || piece->section == RANDOM_NETWORK ||
            strncmp(piece->text, "family:", 7) == 0)
            world->pieces[i].group = group;
    }
}

static void add_relay(random_world *world)
{
    const uint32_t group = ++world->groups;
    const uint32_t relay = random_add(world, RANDOM_NODE, 0, group, "relay: server");
    name_piece(world, relay, "relay");
    const uint32_t cloud =
        random_add(world, RANDOM_NETWORK, relay, group, "delay: %" PRIu64 "ms", 1 + random_below(world, 30));
    name_piece(world, cloud, "cloud");
}

/* The server prefers its address on one more network (RFC 9000 section 9.6). */
static void add_preferred(random_world *world, uint32_t server, const char *family)
{
    const uint32_t group = ++world->groups;
    (void)add_network(world, server, group, "own", family);
    (void)random_add(world, RANDOM_ATTRIBUTE, server, group, "quic: {preferred_address: own}");
}

void random_world_make(uint64_t seed, random_world *out)
{
    static const word names[] = {"wifi", "cellular", "wired"};
    word families[3];
    *out = (random_world){.seed = seed, .late_max_ns = UINT64_MAX};
    const uint64_t kind = random_below(out, 10); /* 0: IPv6, 1 and 2: both, else IPv4 */
    const size_t count = 1 + random_below(out, 3);
    for (size_t i = 0; i < COUNT(families); i++)
        families[i] = kind == 0 || (kind <= 2 && random_chance(out, 50)) ? "ipv6" : "ipv4";
    const uint32_t laptop = add_node(out, "laptop", 0);
    add_networks(out, laptop, names, count, families);
    const uint32_t server = add_node(out, "server", 0);
    (void)random_add(out, RANDOM_ATTRIBUTE, server, 0, "listen: 4433");
    if (kind != 0)
        (void)add_network(out, server, 0, "dc", "ipv4");
    if (kind <= 2)
        (void)add_network(out, server, 0, "dc6", "ipv6");
    (void)random_add(out, RANDOM_PEER, 0, 0, "laptop -> server");
    add_traffic(out, "laptop");
    if (random_chance(out, 8))
        make_impatient(out, random_chance(out, 50) ? laptop : server);
    if (random_chance(out, 20))
        add_phone(out, kind == 0 ? "ipv6" : "ipv4");
    if (kind > 2 && random_chance(out, 15))
        add_relay(out);
    random_acts_add(out, laptop, server);
    if (seed >= RANDOM_PREFERRED_FROM) /* the last draw: the world is else that of the other seeds */
        add_preferred(out, server, kind == 0 ? "ipv6" : "ipv4");
    out->seed = seed;
}

/* ---- text ---- */

uint64_t random_world_last_ns(const random_world *world)
{
    uint64_t last_ms = RANDOM_LAST_MIN_MS;
    for (size_t i = 0; i < world->count; i++) {
        const random_piece *const piece = &world->pieces[i];
        if (piece->section == RANDOM_EVENT && !piece->dropped && piece->end_ms > last_ms)
            last_ms = piece->end_ms;
    }
    return last_ms * 1000000;
}

static void write_attributes(const random_world *world, uint32_t owner, bool first, FILE *stream)
{
    for (size_t i = 0; i < world->count; i++) {
        const random_piece *const piece = &world->pieces[i];
        if (piece->section != RANDOM_ATTRIBUTE || piece->owner != owner || piece->dropped)
            continue;
        (void)fprintf(stream, "%s%s", first ? "" : ", ", piece->text);
        first = false;
    }
}

static void write_networks_of(const random_world *world, uint32_t node, FILE *stream)
{
    const char *separator = "networks: [";
    for (size_t i = 0; i < world->count; i++) {
        const random_piece *const piece = &world->pieces[i];
        if (piece->section != RANDOM_NETWORK || piece->owner != node || piece->dropped)
            continue;
        (void)fprintf(stream, "%s%s", separator, piece->name);
        separator = ", ";
    }
    (void)fputs("]", stream);
}

static void write_map(const random_world *world, random_section section, const char *key, FILE *stream)
{
    for (uint32_t i = 0; i < world->count; i++) {
        const random_piece *const piece = &world->pieces[i];
        if (piece->section != section || piece->dropped)
            continue;
        if (key)
            (void)fprintf(stream, "%s:\n", key);
        key = NULL;
        (void)fprintf(stream, "  %s: {", piece->name);
        if (section == RANDOM_NODE)
            write_networks_of(world, i, stream);
        (void)fprintf(stream, "%s%s", section == RANDOM_NODE && piece->text[0] ? ", " : "", piece->text);
        write_attributes(world, i, false, stream);
        (void)fputs("}\n", stream);
    }
}

static void write_lists(const random_world *world, uint64_t last_ms, FILE *stream)
{
    (void)fputs("peers:\n", stream);
    for (size_t i = 0; i < world->count; i++)
        if (world->pieces[i].section == RANDOM_PEER && !world->pieces[i].dropped)
            (void)fprintf(stream, "  - %s\n", world->pieces[i].text);
    (void)fputs("traffic:\n", stream);
    for (size_t i = 0; i < world->count; i++) {
        const random_piece *const piece = &world->pieces[i];
        if (piece->section != RANDOM_TRAFFIC || piece->dropped)
            continue;
        (void)fprintf(stream, "  - {%s", piece->text);
        if (!strstr(piece->text, "bulk:"))
            (void)fprintf(stream, ", until: %" PRIu64 "ms", last_ms + 1000);
        (void)fputs("}\n", stream);
    }
}

/* Events in order of time, those of one time in the order of their pieces. */
static void write_events(const random_world *world, FILE *stream)
{
    const char *key = "timeline:\n";
    const random_piece *last = NULL;
    for (;;) {
        const random_piece *next = NULL;
        for (const random_piece *at = world->pieces; at < world->pieces + world->count; at++) {
            const bool later = !last || at->at_ms > last->at_ms || (at->at_ms == last->at_ms && at > last);
            if (at->section == RANDOM_EVENT && !at->dropped && later && (!next || at->at_ms < next->at_ms))
                next = at;
        }
        if (!next)
            return;
        (void)fprintf(stream, "%s  - {at: %" PRIu64 "ms, %s}\n", key, next->at_ms, next->text);
        key = "";
        last = next;
    }
}

char *random_world_text(const random_world *world, const char *comment)
{
    char *text = NULL;
    size_t len;
    FILE *const stream = open_memstream(&text, &len);
    const uint64_t last_ms = random_world_last_ns(world) / 1000000;
    if (!stream)
        return NULL;
    (void)fprintf(stream, "%sroam: 1\nname: random-%" PRIu64 "\nabout: Random calls, seed %" PRIu64 ".\n",
                  comment, world->seed, world->seed);
    (void)fprintf(stream, "duration: %" PRIu64 "ms\nseed: %" PRIu64 "\n", last_ms + RANDOM_WHOLE_NS / 1000000,
                  world->seed);
    write_map(world, RANDOM_NAT, "nats", stream);
    write_map(world, RANDOM_NETWORK, "networks", stream);
    write_map(world, RANDOM_NODE, "nodes", stream);
    write_lists(world, last_ms, stream);
    write_events(world, stream);
    (void)fputs("expect: [{delivered: all}]\n", stream);
    return fclose(stream) == 0 ? text : NULL;
}
