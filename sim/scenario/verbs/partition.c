/* SPDX-License-Identifier: GPL-2.0-or-later */
/* partition: sets of networks that do not hear each other; rejoin: what `for:` makes of it. */
#include "sim/scenario/verb.h"

#include <jansson.h>

#define SHOWN "[[wifi], [cellular, datacentre]]"
#define SCHEMA_NAMES "{\"type\": \"array\", \"minItems\": 1, \"items\": {\"$ref\": \"#/$defs/name\"}}"
#define SCHEMA_SETS "{\"type\": \"array\", \"minItems\": 2, \"items\": " SCHEMA_NAMES "}"

static bool read_set(scenario_reader *reader, const tree_node *list, uint32_t number, uint32_t *set_of)
{
    bool good = scenario_read_kind(reader, list, TREE_LIST, "a set of networks", SHOWN);
    if (good && list->count == 0) {
        scenario_fault(reader, list->place, "partition: a set of no network: write for example " SHOWN);
        return false;
    }
    for (const tree_node *item = good ? list->first : NULL; item; item = item->next) {
        uint32_t network = SCENARIO_NONE;
        const bool known = scenario_read_network(reader, item, &network);
        good = known && good;
        if (known && set_of[network] != 0) {
            scenario_fault(reader, item->place, "partition: '%.60s' is in a set already", item->text);
            good = false;
        } else if (network != SCENARIO_NONE) {
            set_of[network] = number;
        }
    }
    return good;
}

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const tree_node *const sets = tree_get(entry, "partition");
    scenario_partition *const partition = scenario_arena_alloc(reader->arena, 1, sizeof(*partition));
    uint32_t *const set_of =
        scenario_arena_alloc(reader->arena, reader->scenario->network_count, sizeof(*set_of));
    if (!partition || !set_of || !scenario_read_kind(reader, sets, TREE_LIST, "sets of networks", SHOWN))
        return false;
    bool good = true;
    for (const tree_node *set = sets->first; set; set = set->next)
        good = read_set(reader, set, ++partition->set_count, set_of) && good;
    if (good && partition->set_count < 2) {
        scenario_fault(reader, sets->place,
                       "partition: one set has nothing to part from: write for example " SHOWN);
        good = false;
    }
    partition->set_of = set_of;
    draft->event.data.partition = partition;
    return good;
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_partition *const partition = scenario_event_partition(event);
    for (uint32_t set = 1; set <= partition->set_count; set++) {
        const char *before = set > 1 ? " from [" : " [";
        for (size_t i = 0; i < whole->network_count; i++) {
            if (partition->set_of[i] == set) {
                fprintf(stream, "%s%s", before, whole->networks[i].name);
                before = ", ";
            }
        }
        fprintf(stream, "]");
    }
}

static bool record(const scenario *whole, const scenario_event *event, json_t *object)
{
    const scenario_partition *const partition = scenario_event_partition(event);
    json_t *const sets = json_array();
    bool good = true;
    for (uint32_t set = 1; set <= partition->set_count; set++) {
        json_t *const names = json_array();
        for (size_t i = 0; i < whole->network_count; i++)
            if (partition->set_of[i] == set)
                good = json_array_append_new(names, json_string(whole->networks[i].name)) == 0 && good;
        good = json_array_append_new(sets, names) == 0 && good;
    }
    return json_object_set_new(object, "sets", sets) == 0 && good;
}

static const key_row ROWS[] = {{"partition", KEY_OTHER, 0, 0,
                                .about = "Sets of networks: those of different sets do not hear each other",
                                .example = SHOWN, .schema = SCHEMA_SETS},
                               FOR_ROW("30s"),
                               {0}};

const verb_descriptor SCENARIO_VERB_PARTITION = {
    "partition", ROWS, .check = check, .explain = explain, .record = record, .undone_by = SCENARIO_REJOIN};
const verb_descriptor SCENARIO_VERB_REJOIN = {"rejoin", .explain = explain, .record = record};
