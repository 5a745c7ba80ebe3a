/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/attached.h"

#include <string.h>

#define SCHEMA_NAMES "{\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/name\"}}"
#define SCHEMA_TURNS "{\"type\": \"array\", \"minItems\": 1, \"items\": {\"$ref\": \"#/$defs/name\"}}"

const key_row SCENARIO_ATTACHED_ROWS[] = {
    {"each", KEY_OTHER, 0, 0, .about = "Networks that each member of the group is on", .example = "[wifi]",
     .schema = SCHEMA_NAMES},
    {"in_turn", KEY_OTHER, 0, 0, .about = "Networks of which each member of the group is on one, in turn",
     .example = "[lte-1, lte-2]", .schema = SCHEMA_TURNS},
    {0},
};

/* What was read of one list: its networks, none of them twice. */
typedef struct names {
    uint32_t *indices;
    size_t count;
} names;

static bool is_among(const names *list, uint32_t index)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->indices[i] == index)
            return true;
    return false;
}

/* Appends to *list, which has room; none may be in `others` either. */
static bool read_list(scenario_reader *reader, const tree_node *value, const names *others, names *list)
{
    bool good = true;
    list->indices = scenario_arena_alloc(reader->arena, value->count, sizeof(*list->indices));
    for (const tree_node *item = value->first; list->indices && item; item = item->next) {
        uint32_t index = SCENARIO_NONE;
        good &= scenario_read_network(reader, item, &index);
        if (index != SCENARIO_NONE && (is_among(list, index) || is_among(others, index)))
            scenario_fault(reader, item->place, "'%.60s' is listed twice", item->text);
        else if (index != SCENARIO_NONE)
            list->indices[list->count++] = index;
    }
    return good && list->indices;
}

/* The lists of all turns, in the order in which `each` and `in_turn` are written. */
static void lay_out(scenario_reader *reader, const names *each, const names *in_turn, bool turn_first,
                    attached *out)
{
    const uint32_t turns = in_turn->count > 0 ? (uint32_t)in_turn->count : 1;
    const size_t count = each->count + (in_turn->count > 0);
    uint32_t *const networks = scenario_arena_alloc(reader->arena, turns * count, sizeof(*networks));
    for (uint32_t turn = 0; networks && turn < turns; turn++) {
        uint32_t *const own = networks + turn * count;
        if (each->count > 0)
            memcpy(own + (turn_first && in_turn->count > 0), each->indices, each->count * sizeof(*own));
        if (in_turn->count > 0)
            own[turn_first ? 0 : each->count] = in_turn->indices[turn];
    }
    if (networks)
        *out = (attached){networks, count, turns};
}

static bool read_turns(scenario_reader *reader, const tree_node *value, const tree_node *entry, names *each,
                       names *in_turn)
{
    const tree_node *const all = tree_get(value, "each");
    const tree_node *const turns = tree_get(value, "in_turn");
    bool good = scenario_read_map(reader, value, (key_table){SCENARIO_ATTACHED_ROWS, NULL, "networks"}, NULL);
    if (good && !all && !turns)
        scenario_fault(reader, value->place,
                       "networks: neither 'each' nor 'in_turn': write for example {in_turn: [lte-1, lte-2]}");
    if (all)
        good &= scenario_read_kind(reader, all, TREE_LIST, "a list of networks", "[wifi]") &&
                read_list(reader, all, in_turn, each);
    if (turns)
        good &= scenario_read_kind(reader, turns, TREE_LIST, "a list of networks", "[lte-1, lte-2]") &&
                read_list(reader, turns, each, in_turn);
    if (turns && !entry->group)
        scenario_fault(reader, turns->key_place, "'in_turn' needs a group: write for example count: 40");
    else if (turns && turns->kind == TREE_LIST && turns->count == 0)
        scenario_fault(reader, turns->place, "in_turn: the list is empty: write for example [lte-1, lte-2]");
    else
        return good && (all || turns);
    return false;
}

bool scenario_attached_read(scenario_reader *reader, const tree_node *value, const tree_node *entry,
                            attached *out)
{
    names each = {0}, in_turn = {0};
    bool good;
    *out = (attached){.turns = 1};
    if (value->kind == TREE_MAP)
        good = read_turns(reader, value, entry, &each, &in_turn);
    else
        good = scenario_read_kind(reader, value, TREE_LIST, "a list of networks", ATTACHED_EXAMPLE) &&
               read_list(reader, value, &in_turn, &each);
    const bool turn_first = value->kind == TREE_MAP && value->first && strcmp(value->first->key, "each") != 0;
    lay_out(reader, &each, &in_turn, turn_first, out);
    return good;
}
