/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario_internal.h"

#include <string.h>

typedef struct expect_draft {
    scenario_expectation expectation;
    key_pair gap;
    uint32_t all;
} expect_draft;

static const key_choice RESULTS[] = {
    {"ok", SCENARIO_RESULT_OK},
    {"not_connected", SCENARIO_RESULT_NOT_CONNECTED},
    {"no_conn", SCENARIO_RESULT_NO_CONN},
    {"peer_disable_migration", SCENARIO_RESULT_PEER_DISABLE_MIGRATION},
    {"timeout", SCENARIO_RESULT_TIMEOUT},
    {"not_initiator", SCENARIO_RESULT_NOT_INITIATOR},
    {"superseded", SCENARIO_RESULT_SUPERSEDED},
    {"adapter", SCENARIO_RESULT_ADAPTER},
    {0},
};

static const key_choice EVENTS[] = {
    {"peer_up", SCENARIO_NEVER_PEER_UP},
    {"peer_down", SCENARIO_NEVER_PEER_DOWN},
    {"path_changed", SCENARIO_NEVER_PATH_CHANGED},
    {"migration_done", SCENARIO_NEVER_MIGRATION_DONE},
    {"left", SCENARIO_NEVER_LEFT},
    {"timeout", SCENARIO_NEVER_TIMEOUT},
    {0},
};

static const key_choice ALL[] = {{"all", 1}, {0}};

static const key_choice NEW[] = {{"new", true}, {0}};

static const key_row MIGRATION_ROWS[] = {
    {"migration", KEY_TEXT, KEY_FIELD(expect_draft, expectation.label), .example = "move"},
    {"result", KEY_CHOICES, KEY_FIELD(expect_draft, expectation.results), .choices = RESULTS,
     .example = "ok"},
    {"count", KEY_COUNT, KEY_FIELD(expect_draft, expectation.count), .max = SCENARIO_EVENTS_MAX,
     .example = "2.."},
    {"connection_id", KEY_CHOICE, KEY_FIELD(expect_draft, expectation.new_connection_id), .choices = NEW,
     .example = "new"},
    {"validation", KEY_BOUND, KEY_FIELD(expect_draft, expectation.validation), .max = SCENARIO_DAY_NS,
     .example = "<= 120ms"},
    {0},
};

static const key_row GAP_ROWS[] = {
    {"gap", KEY_PAIR, KEY_FIELD(expect_draft, gap), .example = "laptop -> server"},
    {"max", KEY_BOUND, KEY_FIELD(expect_draft, expectation.gap), .required = true, .max = SCENARIO_DAY_NS,
     .example = "<= 500ms"},
    {0},
};

static const key_row DELIVERED_ROWS[] = {
    {"delivered", KEY_CHOICE, KEY_FIELD(expect_draft, all), .choices = ALL, .example = "all"},
    {0},
};

static const key_row NEVER_ROWS[] = {
    {"never", KEY_CHOICE, KEY_FIELD(expect_draft, expectation.event), .choices = EVENTS,
     .example = "peer_down"},
    {"node", KEY_NODE, KEY_FIELD(expect_draft, expectation.node), .example = "server"},
    {0},
};

/* An expectation is known by its first key. */
static const struct expect_kind {
    const char *name;
    scenario_expect_kind kind;
    const key_row *rows;
} KINDS[] = {
    {"migration", SCENARIO_EXPECT_MIGRATION, MIGRATION_ROWS},
    {"gap", SCENARIO_EXPECT_GAP, GAP_ROWS},
    {"delivered", SCENARIO_EXPECT_DELIVERED, DELIVERED_ROWS},
    {"never", SCENARIO_EXPECT_NEVER, NEVER_ROWS},
};

enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]), TEXT_MAX = 400 };

const char *scenario_result_name(uint32_t result)
{
    return key_choice_name(RESULTS, result);
}

const char *scenario_never_event_name(scenario_never_event event)
{
    return key_choice_name(EVENTS, event);
}

/* --- as written, in one line --- */

static void append(char *text, const char *piece)
{
    size_t used = strlen(text);
    snprintf(text + used, TEXT_MAX - used, "%s", piece);
}

static const char *one_line(scenario_reader *reader, const tree_node *entry)
{
    char text[TEXT_MAX] = "";
    for (const tree_node *child = entry->first; child; child = child->next) {
        append(text, child == entry->first ? "" : ", ");
        append(text, child->key);
        append(text, child->kind == TREE_LIST ? ": [" : ": ");
        append(text, child->kind == TREE_SCALAR ? child->text : "");
        for (const tree_node *item = child->first; child->kind == TREE_LIST && item; item = item->next) {
            append(text, item == child->first ? "" : ", ");
            append(text, item->kind == TREE_SCALAR ? item->text : "");
        }
        append(text, child->kind == TREE_LIST ? "]" : "");
    }
    return scenario_arena_text(reader->arena, text, strlen(text));
}

/* --- names --- */

static const char *label_name(const void *names, size_t index)
{
    const scenario_reader *reader = names;
    return index < reader->label_count ? reader->labels[index] : NULL;
}

static void check_label(scenario_reader *reader, const tree_node *value)
{
    if (value->kind != TREE_SCALAR || reader->diagnostics->total >= SCENARIO_DIAGNOSTICS_MAX) {
        return;
    }
    for (size_t i = 0; i < reader->label_count; i++) {
        if (strcmp(reader->labels[i], value->text) == 0) {
            return;
        }
    }
    const char *near = scenario_suggest(value->text, label_name, reader, NULL);
    if (near) {
        scenario_fault(reader, value->place, "unknown migration '%.60s'; did you mean '%s'?", value->text,
                       near);
    } else {
        scenario_fault(reader, value->place,
                       "unknown migration '%.60s': no migrate or watchdog in the timeline has 'as: %.60s'",
                       value->text, value->text);
    }
}

static void check_flow(scenario_reader *reader, const tree_node *value, expect_draft *draft)
{
    const scenario *whole = reader->scenario;
    scenario_expectation *expectation = &draft->expectation;
    expectation->from = draft->gap.from;
    expectation->to = draft->gap.to;
    expectation->peer = scenario_peer_of_pair(reader, value, draft->gap);
    if (expectation->peer == SCENARIO_NONE) {
        return;
    }
    for (size_t i = 0; i < whole->traffic_count; i++) {
        if (whole->traffic[i].from == expectation->from && whole->traffic[i].to == expectation->to) {
            return;
        }
    }
    scenario_fault(reader, value->place, "no traffic flows %s -> %s: its gap cannot be measured",
                   whole->nodes[expectation->from].name, whole->nodes[expectation->to].name);
}

/* --- the section --- */

static const char *kind_name(const void *names, size_t index)
{
    return names && index < KIND_COUNT ? KINDS[index].name : NULL;
}

static void report_no_kind(scenario_reader *reader, const tree_node *entry)
{
    const tree_node *first = entry->first;
    const char *near = first ? scenario_suggest(first->key, kind_name, KINDS, NULL) : NULL;
    if (near) {
        scenario_fault(reader, first->key_place, "unknown expectation '%.60s'; did you mean '%s'?",
                       first->key, near);
    } else {
        scenario_fault(
            reader, first ? first->key_place : entry->place,
            "no expectation: write migration, gap, delivered or never, for example {never: peer_down}");
    }
}

static const struct expect_kind *find_kind(scenario_reader *reader, const tree_node *entry)
{
    const struct expect_kind *found = NULL;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const tree_node *value = tree_get(entry, KINDS[i].name);
        if (value && found) {
            scenario_fault(reader, value->key_place, "'%s' and '%s' in one entry: write two", found->name,
                           KINDS[i].name);
            return NULL;
        }
        found = value ? &KINDS[i] : found;
    }
    if (!found) {
        report_no_kind(reader, entry);
    }
    return found;
}

static void add_expectation(scenario_reader *reader, const tree_node *entry, scenario_expectation *list)
{
    scenario *whole = reader->scenario;
    scenario_bound open = {.min = 0, .max = UINT64_MAX};
    expect_draft draft = {.expectation = {.place = entry->place,
                                          .validation = open,
                                          .count = open,
                                          .peer = SCENARIO_NONE,
                                          .from = SCENARIO_NONE,
                                          .to = SCENARIO_NONE,
                                          .gap = open,
                                          .node = SCENARIO_NONE},
                          .gap = {SCENARIO_NONE, SCENARIO_NONE}};
    if (!scenario_read_kind(reader, entry, TREE_MAP, "an expectation", "{migration: move, result: ok}")) {
        return;
    }
    const struct expect_kind *kind = find_kind(reader, entry);
    if (!kind) {
        return;
    }
    draft.expectation.kind = kind->kind;
    draft.expectation.text = one_line(reader, entry);
    scenario_read_map(reader, entry, (key_table){kind->rows, NULL, "an expectation"}, &draft);
    if (kind->kind == SCENARIO_EXPECT_MIGRATION) {
        check_label(reader, tree_get(entry, "migration"));
        draft.expectation.counted = tree_get(entry, "count");
    } else if (kind->kind == SCENARIO_EXPECT_GAP) {
        check_flow(reader, tree_get(entry, "gap"), &draft);
    }
    list[whole->expectation_count++] = draft.expectation;
}

void scenario_expect_read(scenario_reader *reader, const tree_node *section)
{
    if (!scenario_read_kind(reader, section, TREE_LIST, "a list of expectations",
                            "- {migration: move, result: ok}")) {
        return;
    }
    scenario_expectation *list = scenario_arena_alloc(reader->arena, section->count, sizeof(*list));
    if (!list) {
        return;
    }
    reader->scenario->expectations = list;
    for (const tree_node *entry = section->first; entry; entry = entry->next) {
        add_expectation(reader, entry, list);
    }
}
