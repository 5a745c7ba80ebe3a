/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nodes that an expectation is about. */
#include "sim/scenario/expect_kind.h"
#include "sim/scenario/internal.h"

#include <string.h>

/* Room for the nodes of a set, and which of the scenario's are in it already. */
typedef struct draft {
    uint32_t *nodes;
    bool *taken;
    size_t count;
} draft;

static bool add_node(scenario_reader *reader, const tree_node *item, uint32_t node, draft *to)
{
    if (to->taken[node]) {
        scenario_fault(reader, item->place, "'%.60s' is listed twice", reader->scenario->nodes[node].name);
        return false;
    }
    to->taken[node] = true;
    to->nodes[to->count++] = node;
    return true;
}

/* A node, or all of a group. */
static bool add(scenario_reader *reader, const tree_node *item, draft *to)
{
    const scenario *const whole = reader->scenario;
    const uint32_t group =
        item->kind == TREE_SCALAR ? scenario_group_index(whole, item->text) : SCENARIO_NONE;
    uint32_t node;
    if (group == SCENARIO_NONE)
        return scenario_read_node(reader, item, &node) && add_node(reader, item, node, to);
    for (uint32_t i = 0; i < whole->groups[group].count; i++)
        if (!add_node(reader, item, whole->groups[group].first + i, to))
            return false;
    return true;
}

static bool add_all(scenario_reader *reader, const tree_node *value, draft *to)
{
    bool good = true;
    if (value->kind != TREE_LIST)
        return add(reader, value, to);
    if (value->count == 0) {
        scenario_fault(reader, value->place, "the list of nodes is empty: write for example [laptop]");
        return false;
    }
    for (const tree_node *item = value->first; item; item = item->next)
        good &= add(reader, item, to);
    return good;
}

bool scenario_check_nodes(scenario_reader *reader, const tree_node *value, scenario_node_set *out)
{
    const size_t count = reader->scenario->node_count;
    draft made = {.nodes = scenario_arena_alloc(reader->arena, count, sizeof *made.nodes),
                  .taken = scenario_arena_alloc(reader->arena, count, sizeof *made.taken)};
    if (!made.nodes || !made.taken || !add_all(reader, value, &made))
        return false;
    *out = (scenario_node_set){made.nodes, made.count};
    return true;
}

bool scenario_is_all(const scenario_reader *reader, const tree_node *value)
{
    return value->kind == TREE_SCALAR && strcmp(value->text, "all") == 0 &&
           scenario_node_index(reader->scenario, value->text) == SCENARIO_NONE &&
           scenario_group_index(reader->scenario, value->text) == SCENARIO_NONE;
}

bool scenario_check_nodes_or(scenario_reader *reader, const tree_node *value, const char *word,
                             scenario_node_set *out)
{
    if (value->kind != TREE_SCALAR || strcmp(value->text, word) != 0 ||
        scenario_node_index(reader->scenario, word) != SCENARIO_NONE)
        return scenario_check_nodes(reader, value, out);
    *out = (scenario_node_set){0};
    return true;
}

bool scenario_check_members(scenario_reader *reader, const tree_node *value, scenario_node_set *out)
{
    const scenario *const whole = reader->scenario;
    if (!scenario_check_nodes_or(reader, value, "all", out))
        return false;
    for (size_t i = 0; i < out->count; i++) {
        const scenario_node *const node = &whole->nodes[out->nodes[i]];
        if (!node->membership.on) {
            scenario_fault(reader, value->place, "'%s' has no membership: give it for example membership: {}",
                           node->name);
            return false;
        }
    }
    for (size_t i = 0; i < whole->node_count && out->count == 0; i++)
        if (whole->nodes[i].membership.on)
            return true;
    if (out->count == 0)
        scenario_fault(reader, value->place, "no node has membership: give one for example membership: {}");
    return out->count > 0;
}
