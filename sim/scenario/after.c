/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/frame_types.h"
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

#include <inttypes.h>
#include <string.h>

/* --- keys --- */

static const key_choice INSTANTS[] = {
#define INSTANT(name, text) {text, SCENARIO_INSTANT_##name},
    SCENARIO_INSTANTS(INSTANT)
#undef INSTANT
        {0}};
static const key_choice STAGES[] = {
    {"called", SCENARIO_STAGE_CALLED},       {"challenged", SCENARIO_STAGE_CHALLENGED},
    {"validated", SCENARIO_STAGE_VALIDATED}, {"committed", SCENARIO_STAGE_COMMITTED},
    {"failed", SCENARIO_STAGE_FAILED},       {0}};
static const key_choice ENDS[] = {{"up", SCENARIO_UP}, {"down", SCENARIO_DOWN}, {0}};

#define AFTER_FIELD(type, member) KEY_FIELD(type, after_draft, member)
const key_row SCENARIO_AFTER_ROWS[] = {
    {"happens", AFTER_FIELD(KEY_CHOICE, happens), .choices = INSTANTS,
     .about = "An event or a packet of the connection", .example = "handshake_confirmed"},
    {"frame", AFTER_FIELD(KEY_CHOICE, frame), .choices = SCENARIO_FRAME_TYPES,
     .about = "A datagram with such a frame goes from the first node of the connection to the second",
     .example = "path_challenge"},
    {"migration", AFTER_FIELD(KEY_NAME, label), .max = SCENARIO_LABEL_MAX_BYTES,
     .about = "The label of a migrate, watchdog or reconnect", .example = "move"},
    {"is", AFTER_FIELD(KEY_CHOICE, stage), .choices = STAGES, .about = "The state that it reaches",
     .example = "committed"},
    {"of", AFTER_FIELD(KEY_NODE_OR_PAIR, of), .of_group = true,
     .about = "The node, or its connection with another one, that this is about",
     .example = "laptop -> server"},
    {"direction", AFTER_FIELD(KEY_CHOICE, direction), .choices = ENDS,
     .about = "Whether the frame leaves the first node (up) or comes to the second (down)", .otherwise = "up",
     .example = "up"},
    {"nth", AFTER_FIELD(KEY_INTEGER, nth), .min = 1, .max = SCENARIO_AFTER_NTH_MAX,
     .about = "The instant is the time of that number, from 1", .otherwise = "1", .example = "2"},
    {"delay", AFTER_FIELD(KEY_DURATION, delay_ns), .max = SCENARIO_DAY_NS,
     .about = "How long after the instant the entry starts", .otherwise = "0s", .example = "20ms"},
    {0},
};

/* --- one entry --- */

/* By scenario_after_kind. */
static const char *const KINDS[] = {[SCENARIO_AFTER_HAPPENS] = "happens",
                                    [SCENARIO_AFTER_FRAME] = "frame",
                                    [SCENARIO_AFTER_MIGRATION] = "migration"};
enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]) };

static bool find_kind(scenario_reader *reader, const tree_node *map, scenario_after_kind *kind)
{
    const tree_node *found = NULL;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const tree_node *const value = tree_get(map, KINDS[i]);
        if (value && found) {
            scenario_fault(reader, value->key_place, "'%s' besides '%s' in one after: write one of them",
                           value->key, found->key);
            return false;
        }
        if (value) {
            found = value;
            *kind = (scenario_after_kind)i;
        }
    }
    if (!found)
        scenario_fault(reader, map->place, "after: which instant? write for example %s",
                       SCENARIO_AFTER_EXAMPLE);
    return found != NULL;
}

/* Keys that go with one kind alone. */
static bool check_keys(scenario_reader *reader, const tree_node *map, scenario_after_kind kind)
{
    static const struct special {
        const char *key;
        scenario_after_kind of;
    } SPECIAL[] = {{"is", SCENARIO_AFTER_MIGRATION}, {"direction", SCENARIO_AFTER_FRAME}};
    bool good = true;
    for (size_t i = 0; i < sizeof(SPECIAL) / sizeof(SPECIAL[0]); i++) {
        const tree_node *const value = tree_get(map, SPECIAL[i].key);
        if (value && SPECIAL[i].of != kind) {
            scenario_fault(reader, value->key_place, "'%s' goes with '%s', and not with '%s'", value->key,
                           KINDS[SPECIAL[i].of], KINDS[kind]);
            good = false;
        }
    }
    if (kind == SCENARIO_AFTER_MIGRATION && !tree_get(map, "is")) {
        scenario_fault(reader, map->place, "after: which state of the migration? write for example is: %s",
                       "committed");
        good = false;
    }
    if (kind != SCENARIO_AFTER_MIGRATION && !tree_get(map, "of")) {
        scenario_fault(reader, map->place, "after needs 'of': write for example of: laptop -> server");
        good = false;
    }
    return good;
}

static bool is_member(const scenario_reader *reader, uint32_t node)
{
    return reader->scenario->nodes[node].membership.on;
}

/* Those that are peers, or that a membership may join. */
static bool check_of(scenario_reader *reader, const tree_node *of, scenario_after_kind kind,
                     const after_draft *draft)
{
    const bool channel = kind == SCENARIO_AFTER_HAPPENS && (draft->happens == SCENARIO_INSTANT_CHANNEL_UP ||
                                                            draft->happens == SCENARIO_INSTANT_CHANNEL_DOWN);
    if (!of || draft->of.from == SCENARIO_NONE)
        return !of;
    if (channel && !is_member(reader, draft->of.from)) {
        scenario_fault(reader, of->place, "'%s' has no membership, and so no %s: write for example peer_up",
                       reader->scenario->nodes[draft->of.from].name,
                       key_choice_name(INSTANTS, draft->happens));
        return false;
    }
    if (draft->of.to == SCENARIO_NONE) {
        if (kind == SCENARIO_AFTER_FRAME)
            scenario_fault(reader, of->place,
                           "of: a frame goes from one node to another: write for example laptop -> server");
        return kind != SCENARIO_AFTER_FRAME;
    }
    return (is_member(reader, draft->of.from) && is_member(reader, draft->of.to)) ||
           scenario_peer_of_pair(reader, of, draft->of) != SCENARIO_NONE;
}

static uint32_t what_of(scenario_after_kind kind, const after_draft *draft)
{
    switch (kind) {
    case SCENARIO_AFTER_HAPPENS:
        return draft->happens;
    case SCENARIO_AFTER_FRAME:
        return draft->frame;
    case SCENARIO_AFTER_MIGRATION:
        break;
    }
    return draft->stage;
}

scenario_after *scenario_after_read(scenario_reader *reader, const tree_node *entry, after_draft *draft)
{
    const tree_node *const map = tree_get(entry, "after");
    scenario_after_kind kind = SCENARIO_AFTER_HAPPENS;
    *draft = (after_draft){.of = {SCENARIO_NONE, SCENARIO_NONE}};
    if (!scenario_read_kind(reader, map, TREE_MAP, "an instant", SCENARIO_AFTER_EXAMPLE))
        return NULL;
    bool good = scenario_read_map(reader, map, (key_table){SCENARIO_AFTER_ROWS, NULL, "after"}, draft);
    good = find_kind(reader, map, &kind) && good;
    good = good && check_keys(reader, map, kind);
    good = good && check_of(reader, tree_get(map, "of"), kind, draft);
    scenario_after *const made = good ? scenario_arena_alloc(reader->arena, 1, sizeof(*made)) : NULL;
    if (made) {
        *made =
            (scenario_after){.place = entry->place,
                             .kind = kind,
                             .what = what_of(kind, draft),
                             .node = draft->of.from,
                             .other = draft->of.to,
                             .direction = draft->direction == SCENARIO_BOTH ? SCENARIO_UP : draft->direction,
                             .label = draft->label,
                             .nth = draft->nth ? draft->nth : 1};
    }
    return made;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

int scenario_after_compare(const scenario_after *a, const scenario_after *b)
{
    if (!a || !b)
        return compare(a != NULL, b != NULL);
    const uint64_t fields[][2] = {{a->kind, b->kind},   {a->what, b->what},           {a->node, b->node},
                                  {a->other, b->other}, {a->direction, b->direction}, {a->nth, b->nth}};
    int order = 0;
    for (size_t i = 0; !order && i < sizeof(fields) / sizeof(fields[0]); i++)
        order = compare(fields[i][0], fields[i][1]);
    return order || !a->label || !b->label ? order : strcmp(a->label, b->label);
}

/* --- entries that wait for the label of another --- */

static const char *label_of(const entry_draft *draft)
{
    const scenario_verb verb = draft->event.verb;
    const bool calls = verb == SCENARIO_MIGRATE || verb == SCENARIO_WATCHDOG || verb == SCENARIO_RECONNECT;
    return draft->verb && calls ? scenario_event_call(&draft->event)->label : NULL;
}

static uint32_t find_label(const scenario_reader *reader, const char *label)
{
    for (uint32_t i = 0; label && i < reader->label_count; i++)
        if (strcmp(reader->labels[i].name, label) == 0)
            return i;
    return SCENARIO_NONE;
}

/* What a label's call cannot become: a reconnect validates no path. */
static void check_stage(scenario_reader *reader, const tree_node *map, const scenario_after *after,
                        scenario_verb verb)
{
    const bool of_paths = after->what == SCENARIO_STAGE_CHALLENGED || after->what == SCENARIO_STAGE_VALIDATED;
    if (verb == SCENARIO_RECONNECT && of_paths)
        scenario_fault(reader, tree_get(map, "is")->place,
                       "'%s' is a reconnect, which validates no path: write called, committed or failed",
                       after->label);
}

/* For each entry: the label that it waits for, and the label that it has. */
typedef struct chain {
    uint32_t waits; /* SCENARIO_NONE: for none, so it can start */
    uint32_t has;
} chain;

static bool find_chains(scenario_reader *reader, const entry_draft *drafts, size_t count, chain *chains)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        const scenario_after *const after = drafts[i].good ? drafts[i].event.after : NULL;
        const bool waits = after && after->kind == SCENARIO_AFTER_MIGRATION;
        chains[i] = (chain){SCENARIO_NONE, SCENARIO_NONE};
        chains[i].has = find_label(reader, label_of(&drafts[i]));
        if (!waits)
            continue;
        const tree_node *const map = tree_get(drafts[i].written, "after");
        chains[i].waits = find_label(reader, after->label);
        any = any || chains[i].waits != SCENARIO_NONE;
        if (drafts[i].written->member > 0)
            continue; /* the first of its group has been told */
        if (chains[i].waits == SCENARIO_NONE)
            scenario_check_label(reader, tree_get(map, "migration"), false);
        else
            check_stage(reader, map, after, reader->labels[chains[i].waits].verb);
    }
    return any;
}

void scenario_after_check_chains(scenario_reader *reader, const entry_draft *drafts, size_t count)
{
    chain *const chains = scenario_arena_alloc(reader->arena, count, sizeof(*chains));
    bool *const starts = scenario_arena_alloc(reader->arena, reader->label_count, sizeof(*starts));
    bool more = chains && starts && find_chains(reader, drafts, count, chains);
    if (!more)
        return;
    while (more) {
        more = false;
        for (size_t i = 0; i < count; i++) {
            const chain *const at = &chains[i];
            const bool can = at->waits == SCENARIO_NONE || starts[at->waits];
            if (at->has == SCENARIO_NONE || starts[at->has] || !can)
                continue;
            starts[at->has] = true;
            more = true;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (chains[i].waits == SCENARIO_NONE || starts[chains[i].waits] || drafts[i].written->member > 0)
            continue;
        const tree_node *const map = tree_get(drafts[i].written, "after");
        scenario_fault(reader, tree_get(map, "migration")->place,
                       "after: '%s' waits, by its own after, for what waits for it: none of them starts",
                       reader->labels[chains[i].waits].name);
    }
}

/* --- words --- */

const char *scenario_after_text(const scenario *whole, const scenario_after *after,
                                char text[SCENARIO_AFTER_TEXT_MAX])
{
    const char *const node = after->node == SCENARIO_NONE ? NULL : whole->nodes[after->node].name;
    const char *const other = after->other == SCENARIO_NONE ? NULL : whole->nodes[after->other].name;
    char what[96] = "";
    char nth[32] = "";
    switch (after->kind) {
    case SCENARIO_AFTER_HAPPENS:
        (void)snprintf(what, sizeof what, "%s", key_choice_name(INSTANTS, after->what));
        break;
    case SCENARIO_AFTER_FRAME:
        (void)snprintf(what, sizeof what, "%s %s", key_choice_name(SCENARIO_FRAME_TYPES, after->what),
                       key_choice_name(ENDS, after->direction));
        break;
    case SCENARIO_AFTER_MIGRATION:
        (void)snprintf(what, sizeof what, "%s %s", after->label, key_choice_name(STAGES, after->what));
        break;
    }
    if (after->nth > 1)
        (void)snprintf(nth, sizeof nth, ", time %" PRIu64, after->nth);
    (void)snprintf(text, SCENARIO_AFTER_TEXT_MAX, "%s%s%s%s%s%s", what, node ? " of " : "", node ? node : "",
                   other ? " -> " : "", other ? other : "", nth);
    return text;
}
