/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/refusal.h"
#include "sim/scenario/internal.h"

#include <string.h>

typedef struct expect_draft {
    scenario_expectation expectation;
    key_pair pair;
    uint32_t all;
} expect_draft;

/* What the keys alone do not say; what is wrong is reported. */
typedef void expect_check_fn(scenario_reader *reader, const tree_node *entry, expect_draft *draft);

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
    {"refused", SCENARIO_NEVER_REFUSED},
    {0},
};

/* What can meet a state of the world that refuses it. */
static const key_choice VERBS[] = {{"attach", SCENARIO_ATTACH},     {"detach", SCENARIO_DETACH},
                                   {"renumber", SCENARIO_RENUMBER}, {"walk", SCENARIO_WALK},
                                   {"restart", SCENARIO_RESTART},   {"dial", SCENARIO_DIAL},
                                   {"stage", SCENARIO_STAGE},       {0}};
static const key_choice STATUSES[] = {
#define STATUS(name, text, status, sentence) {text, REFUSAL_##name},
    REFUSALS(STATUS)
#undef STATUS
        {0}};

static const key_choice ALL[] = {{"all", 1}, {0}};

static const key_choice ARRIVED[] = {{"all", true}, {0}};

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

static const key_choice CONGESTION[] = {
    {"kept", SCENARIO_CONGESTION_KEPT}, {"reset", SCENARIO_CONGESTION_RESET}, {0}};

static const key_choice STATES[] = {
    {"alive", SCENARIO_PEER_ALIVE}, {"down", SCENARIO_PEER_DOWN}, {"either", SCENARIO_PEER_EITHER}, {0}};

/* Of every expectation. */
static const key_row COMMON_ROWS[] = {{"when", KEY_OTHER, 0, 0,
                                       .example = "{networks.wifi.delay: [10ms, 50ms]}",
                                       .schema = "{\"$ref\": \"#/$defs/when\"}"},
                                      {0}};

static const key_row GAP_ROWS[] = {
    {"gap", KEY_PAIR, KEY_FIELD(expect_draft, pair), .example = "laptop -> server"},
    {"max", KEY_BOUND, KEY_FIELD(expect_draft, expectation.gap), .required = true, .max = SCENARIO_DAY_NS,
     .example = "<= 500ms"},
    {0},
};

static const key_row DELIVERED_ROWS[] = {
    {"delivered", KEY_CHOICE, KEY_FIELD(expect_draft, all), .choices = ALL, .example = "all"},
    {0},
};

/* Of an event: which ones. */
#define EVENT_ROWS                                                                                           \
    {"node", KEY_NODE, KEY_FIELD(expect_draft, expectation.node), .example = "server"},                      \
        {"verb", KEY_CHOICE, KEY_FIELD(expect_draft, expectation.verb), .choices = VERBS,                    \
         .example = "dial"},                                                                                 \
    {                                                                                                        \
        "status", KEY_CHOICE, KEY_FIELD(expect_draft, expectation.status), .choices = STATUSES,              \
                                                                           .example = "exists"               \
    }

static const key_row NEVER_ROWS[] = {
    {"never", KEY_CHOICE, KEY_FIELD(expect_draft, expectation.event), .choices = EVENTS,
     .example = "peer_down"},
    EVENT_ROWS,
    {0},
};

static const key_row HAPPENS_ROWS[] = {
    {"happens", KEY_CHOICE, KEY_FIELD(expect_draft, expectation.event), .choices = EVENTS,
     .example = "peer_down"},
    EVENT_ROWS,
    {"between", KEY_BOUND, KEY_FIELD(expect_draft, expectation.between), .max = SCENARIO_DAY_NS,
     .example = "5s..70s"},
    {0},
};

static const key_row REBIND_ROWS[] = {
    {"rebind", KEY_NODE, KEY_FIELD(expect_draft, expectation.node), .example = "server"},
    {"of", KEY_NODE, KEY_FIELD(expect_draft, expectation.to), .required = true, .example = "laptop"},
    {"count", KEY_COUNT, KEY_FIELD(expect_draft, expectation.count), .max = SCENARIO_EVENTS_MAX,
     .example = "1"},
    {"validation", KEY_BOUND, KEY_FIELD(expect_draft, expectation.validation), .max = SCENARIO_DAY_NS,
     .example = "<= 60ms"},
    {"congestion", KEY_CHOICE, KEY_FIELD(expect_draft, expectation.congestion), .choices = CONGESTION,
     .example = "kept"},
    {0},
};

static const key_row PEER_ROWS[] = {
    {"peer", KEY_PAIR, KEY_FIELD(expect_draft, pair), .example = "laptop -> server"},
    {"is", KEY_CHOICE, KEY_FIELD(expect_draft, expectation.state), .required = true, .choices = STATES,
     .example = "alive"},
    {"arrived", KEY_CHOICE, KEY_FIELD(expect_draft, expectation.all_arrived), .choices = ARRIVED,
     .example = "all"},
    {"as", KEY_NAME, KEY_FIELD(expect_draft, expectation.label), .max = 63, .example = "port-rebind"},
    {0},
};

static const key_row GOODPUT_ROWS[] = {
    {"goodput", KEY_PAIR, KEY_FIELD(expect_draft, pair), .example = "server -> laptop"},
    {"from", KEY_DURATION, KEY_FIELD(expect_draft, expectation.since_ns), .max = SCENARIO_DAY_NS,
     .example = "10s"},
    {"until", KEY_DURATION, KEY_FIELD(expect_draft, expectation.until_ns), .min = 1, .max = SCENARIO_DAY_NS,
     .example = "20s"},
    {"min", KEY_RATE, KEY_FIELD(expect_draft, expectation.rate.min), .min = 1, .max = SCENARIO_RATE_MAX_BPS,
     .example = "80Mbps"},
    {"max", KEY_RATE, KEY_FIELD(expect_draft, expectation.rate.max), .min = 1, .max = SCENARIO_RATE_MAX_BPS,
     .example = "100Mbps"},
    {0},
};

static const key_row AMPLIFICATION_ROWS[] = {
    {"amplification", KEY_NODE, KEY_FIELD(expect_draft, expectation.node), .example = "server"},
    {"to", KEY_NODE, KEY_FIELD(expect_draft, expectation.to), .required = true, .example = "victim"},
    {"max", KEY_INTEGER, KEY_FIELD(expect_draft, expectation.factor), .required = true, .max = 1000,
     .example = "3"},
    {0},
};

static const key_row REFUSED_ROWS[] = {
    {"refused", KEY_NAT, KEY_FIELD(expect_draft, expectation.nat), .example = "home"},
    {"count", KEY_COUNT, KEY_FIELD(expect_draft, expectation.count), .max = 1000000000, .example = "1.."},
    {0},
};

static expect_check_fn check_event, check_refused, check_migration, check_gap, check_rebind, check_peer,
    check_goodput;

/* An expectation is known by its first key. */
static const struct expect_kind {
    const char *name;
    scenario_expect_kind kind;
    const key_row *rows;
    expect_check_fn *check; /* NULL: the keys say it all */
} KINDS[] = {
    {"migration", SCENARIO_EXPECT_MIGRATION, MIGRATION_ROWS, check_migration},
    {"gap", SCENARIO_EXPECT_GAP, GAP_ROWS, check_gap},
    {"delivered", SCENARIO_EXPECT_DELIVERED, DELIVERED_ROWS, NULL},
    {"never", SCENARIO_EXPECT_NEVER, NEVER_ROWS, check_event},
    {"happens", SCENARIO_EXPECT_HAPPENS, HAPPENS_ROWS, check_event},
    {"rebind", SCENARIO_EXPECT_REBIND, REBIND_ROWS, check_rebind},
    {"peer", SCENARIO_EXPECT_PEER, PEER_ROWS, check_peer},
    {"refused", SCENARIO_EXPECT_REFUSED, REFUSED_ROWS, check_refused},
    {"goodput", SCENARIO_EXPECT_GOODPUT, GOODPUT_ROWS, check_goodput},
    {"amplification", SCENARIO_EXPECT_AMPLIFICATION, AMPLIFICATION_ROWS, NULL},
};

enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]), TEXT_MAX = 400 };

bool scenario_expect_table(size_t index, key_table *table)
{
    if (index >= KIND_COUNT) {
        return false;
    }
    *table = (key_table){KINDS[index].rows, COMMON_ROWS, KINDS[index].name};
    return true;
}

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

static void append_value(char *text, const tree_node *value)
{
    append(text, value->kind == TREE_LIST ? "[" : value->kind == TREE_MAP ? "{" : value->text);
    for (const tree_node *item = value->first; item; item = item->next) {
        append(text, item == value->first ? "" : ", ");
        append(text, value->kind == TREE_MAP ? item->key : "");
        append(text, value->kind == TREE_MAP ? ": " : "");
        append(text, item->kind == TREE_SCALAR ? item->text : "");
        for (const tree_node *choice = item->first; choice; choice = choice->next) {
            append(text, choice == item->first ? "" : " or ");
            append(text, choice->kind == TREE_SCALAR ? choice->text : "");
        }
    }
    append(text, value->kind == TREE_LIST ? "]" : value->kind == TREE_MAP ? "}" : "");
}

/* `when` is told only while it is in doubt. */
static const char *one_line(scenario_reader *reader, const tree_node *entry, bool undecided)
{
    char text[TEXT_MAX] = "";
    for (const tree_node *child = entry->first; child; child = child->next) {
        if (strcmp(child->key, "when") == 0 && !undecided) {
            continue;
        }
        append(text, text[0] ? ", " : "");
        append(text, child->key);
        append(text, ": ");
        append_value(text, child);
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
    if (near && near[strspn(near, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0') {
        return; /* the label was no name, and that is reported */
    }
    if (near) {
        scenario_fault(reader, value->place, "unknown migration '%.60s'; did you mean '%s'?", value->text,
                       near);
    } else {
        scenario_fault(reader, value->place,
                       "unknown migration '%.60s': no migrate or watchdog in the timeline has 'as: %.60s'",
                       value->text, value->text);
    }
}

static void check_flow(scenario_reader *reader, const tree_node *value, expect_draft *draft,
                       const char *measured)
{
    const scenario *whole = reader->scenario;
    scenario_expectation *expectation = &draft->expectation;
    expectation->from = draft->pair.from;
    expectation->to = draft->pair.to;
    expectation->peer = scenario_peer_of_pair(reader, value, draft->pair);
    if (expectation->peer == SCENARIO_NONE) {
        return;
    }
    for (size_t i = 0; i < whole->traffic_count; i++) {
        if (whole->traffic[i].from == expectation->from && whole->traffic[i].to == expectation->to) {
            return;
        }
    }
    scenario_fault(reader, value->place, "no traffic flows %s -> %s: its %s cannot be measured",
                   whole->nodes[expectation->from].name, whole->nodes[expectation->to].name, measured);
}

/* --- each kind --- */

static void check_migration(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    check_label(reader, tree_get(entry, "migration"));
    draft->expectation.counted = tree_get(entry, "count");
}

static void check_gap(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    check_flow(reader, tree_get(entry, "gap"), draft, "gap");
}

static void check_peer(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    const tree_node *value = tree_get(entry, "peer");
    if (tree_get(entry, "arrived")) {
        check_flow(reader, value, draft, "arrival");
        return;
    }
    draft->expectation.from = draft->pair.from;
    draft->expectation.to = draft->pair.to;
    draft->expectation.peer = scenario_peer_of_pair(reader, value, draft->pair);
}

static void check_goodput(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    const scenario_expectation *expectation = &draft->expectation;
    const tree_node *until = tree_get(entry, "until");
    check_flow(reader, tree_get(entry, "goodput"), draft, "goodput");
    if (!tree_get(entry, "min") && !tree_get(entry, "max")) {
        scenario_fault(reader, entry->place, "no bound: write for example min: 80Mbps");
    } else if (expectation->rate.min > expectation->rate.max) {
        scenario_fault(reader, tree_get(entry, "max")->place, "max is below min");
    }
    if (until && expectation->until_ns <= expectation->since_ns) {
        scenario_fault(reader, until->place, "until is not after from");
    }
}

static void check_event(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    const tree_node *verb = tree_get(entry, "verb");
    const tree_node *odd = verb ? verb : tree_get(entry, "status");
    if (draft->expectation.event != SCENARIO_NEVER_REFUSED && odd) {
        scenario_fault(reader, odd->key_place,
                       "'%s' is about what is refused: write for example happens: refused", odd->key);
    }
}

static void check_refused(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    (void)reader;
    if (!tree_get(entry, "count")) {
        draft->expectation.count.min = 1;
    }
}

static void check_rebind(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expectation *expectation = &draft->expectation;
    const key_pair pair = {expectation->node, expectation->to};
    if (!tree_get(entry, "count")) {
        expectation->count.min = 1;
    }
    if (pair.from != SCENARIO_NONE && pair.to != SCENARIO_NONE) {
        (void)scenario_peer_of_pair(reader, tree_get(entry, "rebind"), pair);
    }
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
            "no expectation: write migration, gap, delivered, never, happens, rebind, peer, refused, "
            "goodput or amplification, for example {never: peer_down}");
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

static expect_draft empty_draft(const tree_node *entry)
{
    const scenario_bound open = {.min = 0, .max = UINT64_MAX};
    return (expect_draft){.expectation = {.place = entry->place,
                                          .validation = open,
                                          .count = open,
                                          .peer = SCENARIO_NONE,
                                          .from = SCENARIO_NONE,
                                          .to = SCENARIO_NONE,
                                          .gap = open,
                                          .node = SCENARIO_NONE,
                                          .nat = SCENARIO_NONE,
                                          .verb = SCENARIO_NONE,
                                          .between = open,
                                          .until_ns = SCENARIO_NEVER,
                                          .rate = open},
                          .pair = {SCENARIO_NONE, SCENARIO_NONE}};
}

/* False when there is none that counts here, or that could be read. */
static bool read_expectation(scenario_reader *reader, const tree_node *entry, scenario_expectation *out)
{
    if (!scenario_read_kind(reader, entry, TREE_MAP, "an expectation", "{migration: move, result: ok}")) {
        return false;
    }
    expect_draft draft = empty_draft(entry);
    const struct expect_kind *kind = find_kind(reader, entry);
    if (!kind) {
        return false;
    }
    const when_answer when = scenario_when(reader, entry);
    draft.expectation.kind = kind->kind;
    draft.expectation.text = one_line(reader, entry, when == WHEN_UNDECIDED);
    scenario_read_map(reader, entry, (key_table){kind->rows, COMMON_ROWS, "an expectation"}, &draft);
    if (kind->check) {
        kind->check(reader, entry, &draft);
    }
    *out = draft.expectation;
    reader->scenario->unmet_count += when == WHEN_NOT_HERE;
    return when != WHEN_NOT_HERE;
}

static const scenario_expectation *read_list(scenario_reader *reader, const tree_node *section, size_t *count)
{
    if (!scenario_read_kind(reader, section, TREE_LIST, "a list of expectations",
                            "- {migration: move, result: ok}")) {
        return NULL;
    }
    scenario_expectation *list = scenario_arena_alloc(reader->arena, section->count, sizeof(*list));
    for (const tree_node *entry = section->first; list && entry; entry = entry->next) {
        *count += read_expectation(reader, entry, &list[*count]);
    }
    return list;
}

void scenario_expect_read(scenario_reader *reader, const tree_node *section)
{
    reader->scenario->expectations = read_list(reader, section, &reader->scenario->expectation_count);
}

/* --- known_fault --- */

static const key_row KNOWN_FAULT_ROWS[] = {
    {"reference", KEY_TEXT, KEY_FIELD(scenario_known_fault, reference), .required = true,
     .example = "\"ngtcp2#2257\""},
    {"about", KEY_TEXT, KEY_FIELD(scenario_known_fault, about), .example = "a late answer is not taken"},
    {"expect", KEY_OTHER, 0, 0, .required = true, .example = "[{migration: move, result: ok}]",
     .schema = "{\"$ref\": \"#/$defs/expect\", \"minItems\": 1}"},
    {0},
};

const key_table SCENARIO_KNOWN_FAULT_TABLE = {KNOWN_FAULT_ROWS, NULL, "a known fault"};

/* Expectations that `when` leaves nothing of: then the fault is none of this combination. */
void scenario_known_fault_read(scenario_reader *reader, const tree_node *section)
{
    scenario_known_fault fault = {.about = ""};
    if (!scenario_read_kind(reader, section, TREE_MAP, "a known fault",
                            "{reference: \"ngtcp2#2257\", expect: [{migration: move, result: ok}]}")) {
        return;
    }
    scenario_read_map(reader, section, (key_table){KNOWN_FAULT_ROWS, NULL, "a known fault"}, &fault);
    const tree_node *expect = tree_get(section, "expect");
    if (!expect) {
        return;
    }
    fault.expectations = read_list(reader, expect, &fault.expectation_count);
    if (expect->kind == TREE_LIST && expect->count == 0) {
        scenario_fault(reader, expect->place,
                       "no expectation: write those that fail, for example [{migration: move, result: ok}]");
    }
    if (fault.expectation_count > 0) {
        reader->scenario->known_fault = fault;
    }
}
