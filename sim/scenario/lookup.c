/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/lookup.h"

#include "core/hash.h"

#include <string.h>

bool lookup_table_init(lookup_table *self, scenario_arena *arena, size_t count)
{
    size_t capacity = 8;
    while (capacity < 2 * count)
        capacity *= 2;
    self->slots = scenario_arena_alloc(arena, capacity, sizeof(*self->slots));
    self->mask = capacity - 1;
    if (self->slots)
        memset(self->slots, 0xff, capacity * sizeof(*self->slots)); /* SCENARIO_NONE */
    return self->slots != NULL;
}

/* --- names --- */

static uint64_t hash_name(const char *name)
{
    return core_hash_finish(core_hash_bytes(CORE_HASH_START, name, strlen(name)));
}

static uint32_t find_node(const scenario *whole, const char *name, uint64_t *slot)
{
    const lookup_table *const nodes = &whole->lookup->nodes;
    uint32_t index;
    *slot = hash_name(name);
    while ((index = lookup_at(nodes, slot)) != SCENARIO_NONE && strcmp(whole->nodes[index].name, name) != 0)
        ++*slot;
    return index;
}

static uint32_t find_group(const scenario *whole, const char *name, uint64_t *slot)
{
    const lookup_table *const groups = &whole->lookup->groups;
    uint32_t index;
    *slot = hash_name(name);
    while ((index = lookup_at(groups, slot)) != SCENARIO_NONE && strcmp(whole->groups[index].name, name) != 0)
        ++*slot;
    return index;
}

uint32_t scenario_node_index(const scenario *whole, const char *name)
{
    uint64_t slot;
    return whole->lookup ? find_node(whole, name, &slot) : SCENARIO_NONE;
}

uint32_t scenario_group_index(const scenario *whole, const char *name)
{
    uint64_t slot;
    return whole->lookup ? find_group(whole, name, &slot) : SCENARIO_NONE;
}

/* The later of two in the file is told to change. */
static void report_clash(scenario_reader *reader, const scenario_node *node, const scenario_node *earlier)
{
    const scenario_group *const of = earlier->group ? earlier->group : node->group;
    if (of) {
        scenario_fault(reader, node->place, "'%s' is the name of a node of the group '%s' too: rename one",
                       node->name, of->name);
    }
}

static void add_nodes(scenario_reader *reader, struct scenario_lookup *lookup)
{
    const scenario *const whole = reader->scenario;
    const scenario_group *told = NULL;
    for (uint32_t i = 0; i < whole->node_count; i++) {
        const scenario_node *const node = &whole->nodes[i];
        uint64_t slot;
        const uint32_t earlier = find_node(whole, node->name, &slot);
        if (earlier == SCENARIO_NONE)
            lookup_put(&lookup->nodes, slot, i);
        else if (!told || node->group != told)
            report_clash(reader, node, &whole->nodes[earlier]);
        told = earlier == SCENARIO_NONE ? told : node->group;
    }
}

static void add_groups(scenario_reader *reader, struct scenario_lookup *lookup)
{
    const scenario *const whole = reader->scenario;
    for (uint32_t i = 0; i < whole->group_count; i++) {
        const scenario_group *const group = &whole->groups[i];
        uint64_t slot;
        const uint32_t node = find_node(whole, group->name, &slot);
        if (node != SCENARIO_NONE && whole->nodes[node].group) {
            scenario_fault(reader, group->place,
                           "'%s' is the name of a node of the group '%s' too: rename one", group->name,
                           whole->nodes[node].group->name);
        }
        if (find_group(whole, group->name, &slot) == SCENARIO_NONE)
            lookup_put(&lookup->groups, slot, i);
    }
}

void scenario_lookup_nodes(scenario_reader *reader)
{
    scenario *const whole = reader->scenario;
    struct scenario_lookup *const lookup = scenario_arena_alloc(reader->arena, 1, sizeof(*lookup));
    if (!lookup || !lookup_table_init(&lookup->nodes, reader->arena, whole->node_count) ||
        !lookup_table_init(&lookup->groups, reader->arena, whole->group_count) ||
        !lookup_table_init(&lookup->peers, reader->arena, 0))
        return;
    whole->lookup = lookup;
    add_nodes(reader, lookup);
    add_groups(reader, lookup);
}

/* --- pairs --- */

static uint64_t hash_pair(uint32_t node, uint32_t other)
{
    const uint64_t low = node < other ? node : other;
    const uint64_t high = node < other ? other : node;
    return core_hash_mix(low << 32 | high);
}

static bool joins(const scenario_peer *peer, uint32_t node, uint32_t other)
{
    return (peer->dialer == node && peer->acceptor == other) ||
           (peer->dialer == other && peer->acceptor == node);
}

static uint32_t find_peer(const scenario *whole, uint32_t node, uint32_t other, uint64_t *slot)
{
    const lookup_table *const peers = &whole->lookup->peers;
    uint32_t index;
    *slot = hash_pair(node, other);
    while ((index = lookup_at(peers, slot)) != SCENARIO_NONE && !joins(&whole->peers[index], node, other))
        ++*slot;
    return index;
}

/* A plan that was not loaded, as tests make them, has no tables. */
uint32_t scenario_peer_index(const scenario *whole, uint32_t node, uint32_t other)
{
    uint64_t slot;
    if (whole->lookup)
        return find_peer(whole, node, other, &slot);
    for (uint32_t i = 0; i < whole->peer_count; i++)
        if (joins(&whole->peers[i], node, other))
            return i;
    return SCENARIO_NONE;
}

bool scenario_lookup_peers(scenario_reader *reader, size_t count)
{
    struct scenario_lookup *const lookup = (struct scenario_lookup *)reader->scenario->lookup;
    return lookup && lookup_table_init(&lookup->peers, reader->arena, count);
}

void scenario_lookup_add_peer(scenario_reader *reader, uint32_t peer)
{
    struct scenario_lookup *const lookup = (struct scenario_lookup *)reader->scenario->lookup;
    const scenario_peer *const added = &reader->scenario->peers[peer];
    uint64_t slot;
    if (find_peer(reader->scenario, added->dialer, added->acceptor, &slot) == SCENARIO_NONE)
        lookup_put(&lookup->peers, slot, peer);
}

/* --- traffic --- */

static uint32_t find_flow(const scenario *whole, uint32_t from, uint32_t to, uint64_t *slot)
{
    const lookup_table *const flows = &whole->lookup->flows;
    uint32_t index;
    *slot = core_hash_mix((uint64_t)from << 32 | to);
    while ((index = lookup_at(flows, slot)) != SCENARIO_NONE &&
           (whole->traffic[index].from != from || whole->traffic[index].to != to))
        ++*slot;
    return index;
}

/* From the last to the first, so that each is put before those that follow it. */
void scenario_lookup_flows(scenario_reader *reader)
{
    const scenario *const whole = reader->scenario;
    struct scenario_lookup *const lookup = (struct scenario_lookup *)whole->lookup;
    uint32_t *const next = scenario_arena_alloc(reader->arena, whole->traffic_count, sizeof(*next));
    if (!lookup || !next || !lookup_table_init(&lookup->flows, reader->arena, whole->traffic_count))
        return;
    for (uint32_t i = (uint32_t)whole->traffic_count; i-- > 0;) {
        uint64_t slot;
        next[i] = find_flow(whole, whole->traffic[i].from, whole->traffic[i].to, &slot);
        lookup_put(&lookup->flows, slot, i);
    }
    lookup->next_flows = next;
}

static uint32_t scan_flows(const scenario *whole, uint32_t at, uint32_t from, uint32_t to)
{
    while (at < whole->traffic_count && (whole->traffic[at].from != from || whole->traffic[at].to != to))
        at++;
    return at < whole->traffic_count ? at : SCENARIO_NONE;
}

uint32_t scenario_flow_first(const scenario *whole, uint32_t from, uint32_t to)
{
    uint64_t slot;
    if (whole->lookup && whole->lookup->next_flows)
        return find_flow(whole, from, to, &slot);
    return scan_flows(whole, 0, from, to);
}

uint32_t scenario_flow_next(const scenario *whole, uint32_t flow)
{
    if (whole->lookup && whole->lookup->next_flows)
        return whole->lookup->next_flows[flow];
    return scan_flows(whole, flow + 1, whole->traffic[flow].from, whole->traffic[flow].to);
}
