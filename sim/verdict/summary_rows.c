/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/summary_rows.h"

#include "sim/record/latency.h"
#include "sim/verdict/rules/requirements.h"
#include "sim/verdict/summary.h"
#include "sim/verdict/summary_fields.h"

#include <assert.h>
#include <stdlib.h>

/* ---- rows ---- */

size_t summary_rows_total(const summary_rows *self)
{
    size_t total = 0;
    for (summary_table table = 0; table < SUMMARY_TABLES; table++)
        total += self->counts[table] * summary_table_width(table);
    return total;
}

bool summary_rows_alloc(summary_rows *self)
{
    self->values = calloc(summary_rows_total(self) + 1, sizeof *self->values);
    return self->values;
}

void summary_rows_free(summary_rows *self)
{
    free(self->values);
    *self = (summary_rows){0};
}

summary_value *summary_row(const summary_rows *self, summary_table table, size_t index)
{
    assert(table < SUMMARY_TABLES && index < self->counts[table]);
    summary_value *at = self->values;
    for (summary_table before = 0; before < table; before++)
        at += self->counts[before] * summary_table_width(before);
    return at + index * summary_table_width(table);
}

/* ---- values of a run ---- */

summary_value summary_value_of(const char *text)
{
    return text ? (summary_value){.kind = SUMMARY_TEXT, .text = text} : (summary_value){0};
}

static summary_value value_of_count(uint64_t value)
{
    return (summary_value){.kind = SUMMARY_NUMBER, .number = (int64_t)value};
}

static summary_value value_of_time(uint64_t time_ns)
{
    return time_ns == ROAM_NEVER ? (summary_value){0} : value_of_count(time_ns);
}

static summary_value value_of_maybe(uint64_t value)
{
    return value_of_time(value);
}

static summary_value value_of_flag(bool value)
{
    return value_of_count(value);
}

static summary_value value_of_mark(bool value)
{
    return value ? value_of_flag(value) : (summary_value){0};
}

static summary_value value_of_span(uint64_t time_ns)
{
    return value_of_time(time_ns);
}

static summary_value value_of_text(const char *text)
{
    return summary_value_of(text);
}

static summary_value value_of_name(const char *name)
{
    return summary_value_of(name);
}

/* A field of summary_fields.h: its value, if the store has it, goes to *at. There is no value_of_ for the
 * kinds of which the store has none. */
#define STORED 1
#define STORED_AS(column) 1
#define STORED_AFTER(column) 1
#define STORED_LATER 1
#define NOT_STORED 0
#define FIELD(kind, key, value, about, stored) *at++ = VALUE(stored, kind, value);
#define VALUE(stored, kind, value) VALUE_IF(stored, kind, value)
#define VALUE_IF(stored, kind, value) VALUE_IF_##stored(kind, value)
#define VALUE_IF_1(kind, value) value_of_##kind(value)
#define VALUE_IF_0(kind, value) ((void)sizeof(value), (summary_value){0})

/* Like every function below: fills a row from `at` on, and returns where it ends. */
static summary_value *core_values(summary_value *at, const roam_migration_record *record)
{
    SUMMARY_CORE(FIELD)
    return at;
}

static summary_value *parts_values(summary_value *at, const recorder_parts *parts)
{
    SUMMARY_MIGRATION_PARTS(FIELD)
    return at;
}

static summary_value *rebind_parts_values(summary_value *at, const recorder_parts *parts)
{
    SUMMARY_REBIND_PARTS(FIELD)
    return at;
}

static summary_value *migration_values(summary_value *at, const scenario *whole,
                                       const recorder_migration *migration)
{
    const scenario_event *const event = migration->event;
    SUMMARY_MIGRATION(FIELD, at = migration->validated_ns != ROAM_NEVER
                                      ? parts_values(at, &migration->parts)
                                      : at + SUMMARY_COUNT(SUMMARY_MIGRATION_PARTS(SUMMARY_ONE));
                      , at = migration->done ? core_values(at, &migration->record)
                                             : at + SUMMARY_COUNT(SUMMARY_CORE(SUMMARY_ONE));)
    return at;
}

static summary_value *rebind_values(summary_value *at, const scenario *whole, const recorder_rebind *rebind)
{
    const roam_rebind_record *const record = &rebind->record;
    SUMMARY_REBIND(FIELD, at = record->validated ? rebind_parts_values(at, &rebind->parts)
                                                 : at + SUMMARY_COUNT(SUMMARY_REBIND_PARTS(SUMMARY_ONE));)
    return at;
}

static summary_value *flow_values(summary_value *at, const scenario *whole, const scenario_traffic *traffic,
                                  const recorder_flow *flow, const recorder_latency *latency)
{
    SUMMARY_FLOW(FIELD)
    return at;
}

static summary_value *path_values(summary_value *at, const roam_path_stats *stats)
{
    SUMMARY_LAST_PATH(FIELD)
    return at;
}

static summary_value *end_values(summary_value *at, const char *node, const recorder_end *end,
                                 const summary_path *path)
{
    SUMMARY_END(FIELD, STORED,
                at = path->connected ? path_values(at, &path->stats)
                                     : at + SUMMARY_COUNT(SUMMARY_LAST_PATH(SUMMARY_ONE));)
    return at;
}

static summary_value *landed_values(summary_value *at, const summary_input *input, uint32_t peer)
{
    const scenario *const whole = input->scenario;
    const recorder *const recorded = input->recorder;
    const uint32_t server = recorder_server(recorded, peer);
    SUMMARY_LANDED(FIELD)
    return at;
}

static summary_value *peer_values(summary_value *at, const summary_input *input, size_t index)
{
    const scenario_peer *const peer = &input->scenario->peers[index];
    const recorder_peer *const seen = &recorder_peers(input->recorder)[index];
    const summary_path *const paths = &input->paths[2 * index];
    at = end_values(at, input->scenario->nodes[peer->dialer].name, &seen->dialer, &paths[0]);
    at = end_values(at, input->scenario->nodes[peer->acceptor].name, &seen->acceptor, &paths[1]);
    return input->scenario->nodes[peer->acceptor].balancer ? landed_values(at, input, (uint32_t)index)
                                                           : at + SUMMARY_COUNT(SUMMARY_LANDED(SUMMARY_ONE));
}

static summary_value *overlay_values(summary_value *at, const summary_overlay *of)
{
    const overlay_state *const state = &of->state;
    SUMMARY_OVERLAY(FIELD, ROAM_MEMBERSHIP_COUNTS(SUMMARY_COUNTED))
    return at;
}

static summary_value *move_values(summary_value *at, const scenario *whole, const recorder_move *move)
{
    SUMMARY_MOVE(FIELD)
    return at;
}

static summary_value *outage_values(summary_value *at, const scenario *whole, const recorder_outage *outage)
{
    const scenario_peer *const peer = &whole->peers[outage->peer];
    SUMMARY_OUTAGE(FIELD)
    return at;
}

static summary_value *preferred_values(summary_value *at, const scenario *whole,
                                       const recorder_preferred *preferred)
{
    const roam_preferred_record *const record = &preferred->record;
    SUMMARY_PREFERRED(FIELD)
    return at;
}

static summary_value *expectation_values(summary_value *at, const scenario_expectation *expectation,
                                         const expect_outcome *outcome)
{
    SUMMARY_EXPECTATION(FIELD)
    return at;
}

static summary_value *group_values(summary_value *at, const scenario *whole, const summary_group *of)
{
    const char *const worst = whole->nodes[of->worst_nodes[0]].name;
    SUMMARY_GROUP(FIELD)
    return at;
}

/* How many of so many items are rows. */
static size_t count_listed(const summary_input *input, summary_table table, size_t count)
{
    size_t listed = 0;
    for (size_t i = 0; i < count; i++)
        listed += summary_is_listed(input->groups, table, i);
    return listed;
}

/* Those of the connections that are rows. */
static size_t count_outages(const summary_input *input)
{
    size_t count;
    size_t listed = 0;
    const recorder_outage *const outages = recorder_outages(input->recorder, &count);
    for (size_t i = 0; i < count; i++)
        listed += summary_is_listed(input->groups, SUMMARY_PEERS, outages[i].peer);
    return listed;
}

static summary_value *put_outages(summary_value *at, const summary_input *input)
{
    size_t count;
    const recorder_outage *const outages = recorder_outages(input->recorder, &count);
    for (size_t i = 0; i < count; i++)
        if (summary_is_listed(input->groups, SUMMARY_PEERS, outages[i].peer))
            at = outage_values(at, input->scenario, &outages[i]);
    return at;
}

static size_t count_preferred(const summary_input *input)
{
    size_t count;
    size_t listed = 0;
    const recorder_preferred *const all = recorder_preferred_addresses(input->recorder, &count);
    for (size_t i = 0; i < count; i++)
        listed += summary_is_peer_listed(input->groups, input->scenario, all[i].node, all[i].other);
    return listed;
}

static summary_value *put_preferred(summary_value *at, const summary_input *input)
{
    size_t count;
    const recorder_preferred *const all = recorder_preferred_addresses(input->recorder, &count);
    for (size_t i = 0; i < count; i++)
        if (summary_is_peer_listed(input->groups, input->scenario, all[i].node, all[i].other))
            at = preferred_values(at, input->scenario, &all[i]);
    return at;
}

/* ---- rules ---- */

_Static_assert(RULES_COUNT <= 64 * SUMMARY_RULE_WORDS, "summary_rows.exercised has a bit for each rule");

static bool is_told(const witness_rule *of)
{
    return of->verdict == RULES_BROKEN || of->verdict == RULES_DECLINED;
}

static void count_rules(const witness_rule *rules, summary_rows *out)
{
    uint64_t exercised = 0;
    uint64_t broken = 0;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        const bool any = rules[rule].verdict != RULES_NOT_EXERCISED;
        exercised += any;
        broken += rules[rule].verdict == RULES_BROKEN;
        out->counts[SUMMARY_RULES] += is_told(&rules[rule]);
        out->exercised[rule / 64] |= (uint64_t)any << rule % 64;
    }
    out->rules_exercised = value_of_count(exercised);
    out->rules_broken = value_of_count(broken);
}

static summary_value *rule_values(summary_value *at, const scenario *whole, rules_rule rule,
                                  const witness_rule *of)
{
    const requirement *const principal = rules_requirement(rule);
    const rules_violation *const first = of->first.outcome.violation;
    SUMMARY_RULE(FIELD)
    return at;
}

/* ---- all of it ---- */

bool summary_rows_of(const summary_input *input, summary_rows *out)
{
    const scenario *const whole = input->scenario;
    const scenario_known_fault *const fault = &whole->known_fault;
    const char *const contradiction = recorder_contradiction(input->recorder);
    size_t migration_count;
    size_t rebind_count;
    size_t move_count;
    const recorder_migration *const migrations = recorder_migrations(input->recorder, &migration_count);
    const recorder_rebind *const rebinds = recorder_rebinds(input->recorder, &rebind_count);
    const recorder_move *const moves = recorder_moves(input->recorder, &move_count);
    const recorder_flow *const flows = recorder_flows(input->recorder);
    const expect_outcome *outcome = input->outcomes;
    const expect_outcome *const implied = outcome + whole->expectation_count + fault->expectation_count;
    summary_rows rows = {
        .verdict = summary_value_of(summary_verdict_name(summary_judge(input))),
        .contradiction = summary_value_of(contradiction[0] ? contradiction : NULL),
        .duration_ns = value_of_count(whole->duration_ns),
        .counts = {[SUMMARY_MIGRATIONS] = count_listed(input, SUMMARY_MIGRATIONS, migration_count),
                   [SUMMARY_REBINDS] = count_listed(input, SUMMARY_REBINDS, rebind_count),
                   [SUMMARY_FLOWS] = count_listed(input, SUMMARY_FLOWS, whole->traffic_count),
                   [SUMMARY_PEERS] = count_listed(input, SUMMARY_PEERS, whole->peer_count),
                   [SUMMARY_OVERLAYS] = input->overlay != NULL,
                   [SUMMARY_MOVES] = count_listed(input, SUMMARY_MOVES, move_count),
                   [SUMMARY_OUTAGES] = count_outages(input),
                   [SUMMARY_PREFERRED_ADDRESSES] = count_preferred(input),
                   [SUMMARY_GROUPS] = input->groups ? input->groups->count : 0,
                   [SUMMARY_EXPECTATIONS] = whole->expectation_count + !implied->held,
                   [SUMMARY_FAULT_EXPECTATIONS] = fault->expectation_count}};
    const witness_rule *const rules = witness_rules(input->witness);
    count_rules(rules, &rows);
    if (!summary_rows_alloc(&rows))
        return false;
    summary_value *at = rows.values;
    for (size_t i = 0; i < migration_count; i++)
        if (summary_is_listed(input->groups, SUMMARY_MIGRATIONS, i))
            at = migration_values(at, whole, &migrations[i]);
    for (size_t i = 0; i < rebind_count; i++)
        if (summary_is_listed(input->groups, SUMMARY_REBINDS, i))
            at = rebind_values(at, whole, &rebinds[i]);
    for (size_t i = 0; i < whole->traffic_count; i++)
        if (summary_is_listed(input->groups, SUMMARY_FLOWS, i))
            at = flow_values(at, whole, &whole->traffic[i], &flows[i],
                             recorder_latency_of_flow(input->recorder, (uint32_t)i));
    for (size_t i = 0; i < whole->peer_count; i++)
        if (summary_is_listed(input->groups, SUMMARY_PEERS, i))
            at = peer_values(at, input, i);
    for (size_t i = 0; i < move_count; i++)
        if (summary_is_listed(input->groups, SUMMARY_MOVES, i))
            at = move_values(at, whole, &moves[i]);
    at = put_outages(at, input);
    at = put_preferred(at, input);
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        if (is_told(&rules[rule]))
            at = rule_values(at, whole, rule, &rules[rule]);
    if (input->overlay)
        at = overlay_values(at, input->overlay);
    for (size_t i = 0; input->groups && i < input->groups->count; i++)
        at = group_values(at, whole, &input->groups->rows[i]);
    for (size_t i = 0; i < whole->expectation_count; i++)
        at = expectation_values(at, &whole->expectations[i], outcome++);
    if (!implied->held)
        at = expectation_values(at, &EXPECT_IMPLIED, implied);
    for (size_t i = 0; i < fault->expectation_count; i++)
        at = expectation_values(at, &fault->expectations[i], outcome++);
    assert(at == rows.values + summary_rows_total(&rows));
    *out = rows;
    return true;
}
