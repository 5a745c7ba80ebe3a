/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/redial.h"

enum { BACKOFF_MAX = 100, ATTEMPTS_MAX = 1000000 };

const key_row SCENARIO_REDIAL_ROWS[] = {
    {"after", KEY_FIELD(KEY_DURATION, scenario_redial, after_ns), .required = true,
     .min = SCENARIO_MILLISECOND_NS, .max = SCENARIO_DAY_NS,
     .about = "How long after a connection is lost, or a dial has failed, the node dials again",
     .example = "1s"},
    {"backoff", KEY_FIELD(KEY_INTEGER, scenario_redial, backoff), .min = 1, .max = BACKOFF_MAX,
     .about = "How many times as long each further attempt waits", .otherwise = "1", .example = "2"},
    {"max", KEY_FIELD(KEY_DURATION, scenario_redial, max_ns), .min = SCENARIO_MILLISECOND_NS,
     .max = SCENARIO_DAY_NS, .about = "How long an attempt waits at most", .otherwise = "a day",
     .example = "60s"},
    {"attempts", KEY_FIELD(KEY_INTEGER, scenario_redial, attempts), .min = 1, .max = ATTEMPTS_MAX,
     .about = "How many attempts in a row there are", .otherwise = "no limit", .example = "10"},
    {0},
};

void scenario_redial_read(scenario_reader *reader, const tree_node *value, scenario_redial *out)
{
    const key_table table = {SCENARIO_REDIAL_ROWS, NULL, "redial"};
    scenario_redial read = {.on = true, .backoff = 1, .max_ns = SCENARIO_DAY_NS};
    if (scenario_read_kind(reader, value, TREE_MAP, "the redial's keys", "redial: {after: 1s}") &&
        scenario_read_map(reader, value, table, &read) && read.max_ns < read.after_ns)
        scenario_fault(reader, tree_get(value, "max")->place,
                       "max: shorter than after, which is the shortest wait");
    *out = read;
}

/* A node that dials nobody dials nobody again; one with membership does it by itself. */
void scenario_redials_check(scenario_reader *reader, const tree_node *section)
{
    const scenario *const whole = reader->scenario;
    bool *const dials = scenario_arena_alloc(reader->arena, whole->node_count, sizeof(*dials));
    const tree_node *const nodes = tree_get(reader->root, "nodes");
    (void)section;
    if (!dials || !nodes || nodes->kind != TREE_MAP)
        return;
    for (size_t i = 0; i < whole->peer_count; i++)
        dials[whole->peers[i].dialer] = true;
    for (size_t i = 0; i < whole->node_count; i++) {
        const scenario_node *const node = &whole->nodes[i];
        if (!node->redial.on || (node->group && i != node->group->first))
            continue;
        const tree_node *const entry = tree_get(nodes, node->group ? node->group->name : node->name);
        const tree_node *const value = entry ? tree_get(entry, "redial") : NULL;
        if (!value)
            continue;
        if (node->membership.on)
            scenario_fault(reader, value->key_place,
                           "'redial' besides 'membership', which dials what its views need: leave one out");
        else if (!dials[i] && !reader->peers_unsure)
            scenario_fault(reader, value->key_place,
                           "'%s' dials nobody: write for example peers: [%s -> server]", entry->key,
                           entry->key);
    }
}
