/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/endpoints.h"
#include "sim/scenario/expect_kind.h"
#include "sim/scenario/over.h"

#include <string.h>

static const expect_kind *const KINDS[] = {
#define EXPECTATION(kind) [SCENARIO_EXPECT_##kind] = &EXPECT_##kind,
    SCENARIO_EXPECTATIONS(EXPECTATION)
#undef EXPECTATION
};

enum { KIND_COUNT = sizeof(KINDS) / sizeof(KINDS[0]), TEXT_MAX = 400 };

#define WHEN_ROW                                                                                             \
    {                                                                                                        \
        "when", KEY_OTHER, 0, 0, .about = "The combinations of vary in which it counts",                     \
                                 .example = "{networks.wifi.delay: [10ms, 50ms]}",                           \
                                 .schema = "{\"$ref\": \"#/$defs/when\"}"                                    \
    }

/* Of every expectation; and of those that can be over a group, or over calls. */
static const key_row COMMON_ROWS[] = {WHEN_ROW, {0}};
static const key_row OVER_ROWS[] = {WHEN_ROW, SCENARIO_SHARE_ROW, {0}};

static const key_row *common_rows(const expect_kind *kind)
{
    return scenario_over_possible(kind) ? OVER_ROWS : COMMON_ROWS;
}

const expect_kind *scenario_expect_kind_of(scenario_expect_kind kind)
{
    return KINDS[kind];
}

static const char *kind_name(const void *names, size_t index)
{
    (void)names;
    return index < KIND_COUNT ? KINDS[index]->rows[0].name : NULL;
}

bool scenario_expect_table(size_t index, key_table *table)
{
    if (index >= KIND_COUNT)
        return false;
    *table = (key_table){KINDS[index]->rows, common_rows(KINDS[index]), kind_name(NULL, index)};
    return true;
}

/* --- as written, in one line --- */

static void append(char *text, const char *piece)
{
    const size_t used = strlen(text);
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

/* `when` is shown only where the combination does not decide it. */
static const char *one_line(scenario_reader *reader, const tree_node *entry, bool undecided)
{
    char text[TEXT_MAX] = "";
    for (const tree_node *child = entry->first; child; child = child->next) {
        if (strcmp(child->key, "when") == 0 && !undecided)
            continue;
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
    const scenario_reader *const reader = names;
    return index < reader->label_count ? reader->labels[index].name : NULL;
}

static void check_verb(scenario_reader *reader, const tree_node *value, scenario_verb verb)
{
    if (verb == SCENARIO_RECONNECT)
        scenario_fault(reader, value->place,
                       "'%.60s' is a reconnect, which has no result of a migration: write move: %.60s",
                       value->text, value->text);
}

void scenario_check_label(scenario_reader *reader, const tree_node *value, bool migration)
{
    if (value->kind != TREE_SCALAR || reader->diagnostics->total >= SCENARIO_DIAGNOSTICS_MAX)
        return;
    for (size_t i = 0; i < reader->label_count; i++)
        if (strcmp(reader->labels[i].name, value->text) == 0) {
            if (migration)
                check_verb(reader, value, reader->labels[i].verb);
            return;
        }
    const char *const near = scenario_suggest(value->text, label_name, reader, NULL);
    if (near && near[strspn(near, "abcdefghijklmnopqrstuvwxyz0123456789_-")] != '\0')
        return; /* the label was no name, and that is reported */
    if (near) {
        scenario_fault(reader, value->place, "unknown %s '%.60s'; did you mean '%s'?",
                       migration ? "migration" : "move", value->text, near);
    } else {
        scenario_fault(reader, value->place,
                       "unknown %s '%.60s': no migrate%s in the timeline has 'as: %.60s'",
                       migration ? "migration" : "move", value->text,
                       migration ? " or watchdog" : ", watchdog or reconnect", value->text);
    }
}

scenario_flow scenario_check_flow(scenario_reader *reader, const tree_node *value, const expect_draft *draft)
{
    return (scenario_flow){.peer = scenario_peer_of_pair(reader, value, draft->pair),
                           .from = draft->pair.from,
                           .to = draft->pair.to};
}

void scenario_check_dials(scenario_reader *reader, const tree_node *value, const scenario_flow *flow)
{
    const scenario *const whole = reader->scenario;
    if (flow->peer == SCENARIO_NONE || whole->peers[flow->peer].dialer == flow->from)
        return;
    const char *const from = whole->nodes[flow->from].name;
    const char *const to = whole->nodes[flow->to].name;
    scenario_fault(reader, value->place, "'%s' dials '%s': write %s -> %s", to, from, to, from);
}

scenario_flow scenario_check_traffic(scenario_reader *reader, const tree_node *value,
                                     const expect_draft *draft, const char *measured)
{
    const scenario *const whole = reader->scenario;
    const scenario_flow flow = scenario_check_flow(reader, value, draft);
    if (flow.peer == SCENARIO_NONE)
        return flow;
    if (scenario_flow_first(whole, flow.from, flow.to) != SCENARIO_NONE)
        return flow;
    scenario_fault(reader, value->place, "no traffic flows %s -> %s: its %s cannot be measured",
                   whole->nodes[flow.from].name, whole->nodes[flow.to].name, measured);
    return flow;
}

/* --- the section --- */

static void report_no_kind(scenario_reader *reader, const tree_node *entry)
{
    const tree_node *const first = entry->first;
    const char *const near = first ? scenario_suggest(first->key, kind_name, NULL, NULL) : NULL;
    char known[SCENARIO_NAMES_MAX];
    if (near) {
        scenario_fault(reader, first->key_place, "unknown expectation '%.60s'; did you mean '%s'?",
                       first->key, near);
    } else {
        scenario_list_names(known, kind_name, NULL, " or ");
        scenario_fault(reader, first ? first->key_place : entry->place,
                       "no expectation: write %s, for example {never: peer_down}", known);
    }
}

/* The kind has a key of that name. */
static bool has_key(size_t kind, const char *name)
{
    for (const key_row *row = KINDS[kind]->rows; row->name; row++)
        if (strcmp(row->name, name) == 0)
            return true;
    return false;
}

/* Its index; KIND_COUNT with a fault reported, but without a reader. A key of one kind may be called as
 * another kind is: `path` of `frames`. */
static size_t find_kind(scenario_reader *reader, const tree_node *entry)
{
    size_t found = KIND_COUNT;
    for (size_t i = 0; i < KIND_COUNT; i++) {
        const tree_node *const value = tree_get(entry, kind_name(NULL, i));
        if (!value || (found < KIND_COUNT && has_key(found, kind_name(NULL, i))))
            continue;
        if (found < KIND_COUNT && !has_key(i, kind_name(NULL, found)) && reader) {
            scenario_fault(reader, value->key_place, "'%s' and '%s' in one entry: write two",
                           kind_name(NULL, found), kind_name(NULL, i));
            return KIND_COUNT;
        }
        found = i;
    }
    if (found == KIND_COUNT && reader)
        report_no_kind(reader, entry);
    return found;
}

const key_row *scenario_expect_rows(const tree_node *entry)
{
    const size_t found = find_kind(NULL, entry);
    return found == KIND_COUNT ? NULL : KINDS[found]->rows;
}

/* Of an entry that names a group, for its first member; then for all. */
static void read_keys(scenario_reader *reader, const tree_node *entry, const expect_kind *kind,
                      expect_draft *draft)
{
    const size_t before = reader->diagnostics->total;
    over_draft over;
    group_mention mention;
    const tree_node *const plain = scenario_over_split(reader, entry, kind, &over);
    const tree_node *lead =
        plain ? scenario_groups_lead(reader, plain, scenario_expect_rows, &mention) : NULL;
    if (lead && !mention.group)
        lead = scenario_over_all(reader, lead, kind, &mention);
    if (!lead)
        return;
    draft->ranked = over.over.percentile_count > 0;
    scenario_read_map(reader, lead, (key_table){kind->rows, common_rows(kind), "an expectation"}, draft);
    const bool several = mention.group || mention.nodes;
    if (several && reader->diagnostics->total > before)
        return;
    if (kind->check && !several)
        kind->check(reader, lead, draft);
    (void)scenario_over_take(reader, lead, &mention, kind, &over, draft);
}

/* False when there is none that counts here, or that could be read. */
static bool read_expectation(scenario_reader *reader, const tree_node *entry, scenario_expectation *out)
{
    if (!scenario_read_kind(reader, entry, TREE_MAP, "an expectation", "{migration: move, result: ok}"))
        return false;
    const size_t index = find_kind(reader, entry);
    if (index == KIND_COUNT)
        return false;
    const expect_kind *const kind = KINDS[index];
    const when_answer when = scenario_when(reader, entry);
    expect_draft draft = {.expectation = kind->blank, .pair = {SCENARIO_NONE, SCENARIO_NONE}};
    draft.expectation.place = entry->place;
    draft.expectation.kind = (scenario_expect_kind)index;
    draft.expectation.text = one_line(reader, entry, when == WHEN_UNDECIDED);
    read_keys(reader, entry, kind, &draft);
    *out = draft.expectation;
    reader->scenario->unmet_count += when == WHEN_NOT_HERE;
    return when != WHEN_NOT_HERE;
}

static const scenario_expectation *read_list(scenario_reader *reader, const tree_node *section, size_t *count)
{
    if (!scenario_read_kind(reader, section, TREE_LIST, "a list of expectations",
                            "- {migration: move, result: ok}"))
        return NULL;
    scenario_expectation *const list = scenario_arena_alloc(reader->arena, section->count, sizeof(*list));
    for (const tree_node *entry = section->first; list && entry; entry = entry->next)
        *count += read_expectation(reader, entry, &list[*count]);
    return list;
}

void scenario_expect_read(scenario_reader *reader, const tree_node *section)
{
    reader->scenario->expectations = read_list(reader, section, &reader->scenario->expectation_count);
}

/* --- known_fault --- */

typedef struct fault_draft {
    const char *reference;
    const char *about;
    uint32_t node;
} fault_draft;

#define SCHEMA_ENDPOINT "{\"type\": \"string\", \"pattern\": \"" SCENARIO_ENDPOINT_NAME_PATTERN "\"}"

static const key_row KNOWN_FAULT_ROWS[] = {
    {"reference", KEY_FIELD(KEY_TEXT, fault_draft, reference), .required = true,
     .about = "Where the fault is reported", .example = "\"ngtcp2#2257\""},
    {"about", KEY_FIELD(KEY_TEXT, fault_draft, about), .about = "What is wrong, in a sentence",
     .example = "a late answer is not taken"},
    {"expect", KEY_OTHER, 0, 0, .required = true,
     .about = "What ought to hold: at least one of these expectations fails",
     .example = "[{migration: move, result: ok}]",
     .schema = "{\"$ref\": \"#/$defs/expect\", \"minItems\": 1}"},
    {"endpoint", KEY_OTHER, 0, 0, .about = "The QUIC library that has the fault", .otherwise = "roam",
     .example = "quinn", .schema = SCHEMA_ENDPOINT},
    {"node", KEY_FIELD(KEY_NODE, fault_draft, node), .one = "a known fault is of one node",
     .about = "The node that runs that library", .otherwise = "any node", .example = "server"},
    {0},
};

const key_table SCENARIO_KNOWN_FAULT_TABLE = {KNOWN_FAULT_ROWS, NULL, "a known fault"};

typedef enum fault_applies { FAULT_ABSENT, FAULT_PERHAPS, FAULT_CERTAIN } fault_applies;

/* An entry is of one library: of one node that runs it, or of any. */
static fault_applies applies(const scenario *whole, const char *endpoint, uint32_t node)
{
    size_t with = 0, without = 0;
    for (uint32_t i = 0; i < whole->node_count; i++) {
        const scenario_node *const one = &whole->nodes[i];
        if (one->attacker || (node == SCENARIO_NONE ? one->relay_to != SCENARIO_NONE : i != node))
            continue;
        *(strcmp(scenario_endpoint_name(whole, one->endpoint), endpoint) == 0 ? &with : &without) += 1;
    }
    return with == 0 ? FAULT_ABSENT : without > 0 ? FAULT_PERHAPS : FAULT_CERTAIN;
}

static const scenario_expectation *join(scenario_reader *reader, const scenario_expectation *list,
                                        size_t *count, const scenario_expectation *more, size_t more_count)
{
    scenario_expectation *const all = scenario_arena_alloc(reader->arena, *count + more_count, sizeof(*all));
    if (!all)
        return list;
    if (*count > 0)
        memcpy(all, list, *count * sizeof(*all));
    memcpy(all + *count, more, more_count * sizeof(*all));
    *count += more_count;
    return all;
}

/* "a, b"; one of them may be empty. */
static const char *join_texts(scenario_reader *reader, const char *text, const char *between,
                              const char *more)
{
    const size_t room = strlen(text) + strlen(between) + strlen(more) + 1;
    char *const all = scenario_arena_alloc(reader->arena, room, 1);
    if (all)
        (void)snprintf(all, room, "%s%s%s", text, text[0] && more[0] ? between : "", more);
    return all ? all : text;
}

static void take(scenario_reader *reader, const fault_draft *draft, fault_applies how,
                 const scenario_expectation *expectations, size_t count)
{
    scenario *const whole = reader->scenario;
    scenario_known_fault *const fault = &whole->known_fault;
    if (count == 0)
        return;
    if (how == FAULT_ABSENT) {
        whole->expectations =
            join(reader, whole->expectations, &whole->expectation_count, expectations, count);
        return;
    }
    const bool first = fault->expectation_count == 0;
    fault->may_be_gone = (first || fault->may_be_gone) && how == FAULT_PERHAPS;
    fault->reference =
        first ? draft->reference : join_texts(reader, fault->reference, ", ", draft->reference);
    fault->about = first ? draft->about : join_texts(reader, fault->about, "; ", draft->about);
    fault->expectations = join(reader, fault->expectations, &fault->expectation_count, expectations, count);
}

static void read_fault(scenario_reader *reader, const tree_node *entry)
{
    fault_draft draft = {.about = "", .node = SCENARIO_NONE};
    const char *endpoint = ENDPOINT_CORE;
    if (!scenario_read_kind(reader, entry, TREE_MAP, "a known fault",
                            "{reference: \"ngtcp2#2257\", expect: [{migration: move, result: ok}]}"))
        return;
    const bool good = scenario_read_map(reader, entry, SCENARIO_KNOWN_FAULT_TABLE, &draft);
    const tree_node *const of = tree_get(entry, "endpoint");
    if (of && scenario_read_kind(reader, of, TREE_SCALAR, "an endpoint's name", "quinn") &&
        scenario_endpoint_check_name(reader, of->place, of->text))
        endpoint = of->text;
    const tree_node *const expect = tree_get(entry, "expect");
    if (!expect)
        return;
    size_t count = 0;
    const scenario_expectation *const expectations = read_list(reader, expect, &count);
    if (expect->kind == TREE_LIST && expect->count == 0) {
        scenario_fault(reader, expect->place,
                       "no expectation: write those that fail, for example [{migration: move, result: ok}]");
    }
    if (good)
        take(reader, &draft, applies(reader->scenario, endpoint, draft.node), expectations, count);
}

/* Expectations that `when` leaves nothing of: then the fault is none of this combination. */
void scenario_known_fault_read(scenario_reader *reader, const tree_node *section)
{
    if (section->kind != TREE_LIST) {
        read_fault(reader, section);
        return;
    }
    for (const tree_node *entry = section->first; entry; entry = entry->next)
        read_fault(reader, entry);
}
