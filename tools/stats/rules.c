/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/rules.h"

#include "tools/cli/table.h"

#include <inttypes.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OF_FILTER " WHERE (?1 IS NULL OR r.scenario = ?1) AND (?2 = 0 OR r.build = ?2)"

static int prepare(store *from, stats_rules_filter filter, const char *sql, sqlite3_stmt **row)
{
    if (sqlite3_prepare_v2(store_database(from), sql, -1, row, NULL) == SQLITE_OK &&
        sqlite3_bind_text(*row, 1, filter.scenario, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_int64(*row, 2, filter.build) == SQLITE_OK)
        return STORE_OK;
    const int status = store_fault(from);
    (void)sqlite3_finalize(*row);
    *row = NULL;
    return status;
}

static bool knows_rules(store *from)
{
    return store_has_column(from, "rules", "run") && store_has_column(from, "runs", "rules_broken");
}

enum {
    BUILD,
    SCENARIO,
    DIGEST,
    COMBINATION,
    RULE,
    ID,
    LEVEL,
    VERDICT,
    RUNS,
    OF,
    SEED,
    NODE,
    AT,
    TEXT,
    SCENARIOS
};

static void take_row(store *from, sqlite3_stmt *row, stats_rule_fn *take, void *ctx)
{
    char is[512];
    char time[TABLE_TIME_MAX];
    char replay[REPLAY_COMMAND_MAX];
    char *const file = store_file(from, store_text(row, SCENARIO), store_text(row, DIGEST));
    const uint64_t seed = (uint64_t)sqlite3_column_int64(row, SEED);
    (void)snprintf(is, sizeof is, "%.60s at %s: %.300s", store_text(row, NODE),
                   table_time((uint64_t)sqlite3_column_int64(row, AT), time), store_text(row, TEXT));
    const stats_rule rule = {
        .build = sqlite3_column_int64(row, BUILD),
        .scenarios = (uint64_t)sqlite3_column_int64(row, SCENARIOS),
        .scenario = store_text(row, SCENARIO),
        .digest = store_text(row, DIGEST),
        .combination = store_text(row, COMBINATION),
        .rule = store_text(row, RULE),
        .id = store_text(row, ID),
        .level = store_text(row, LEVEL),
        .verdict = store_text(row, VERDICT),
        .runs = (uint64_t)sqlite3_column_int64(row, RUNS),
        .of = (uint64_t)sqlite3_column_int64(row, OF),
        .seed = seed,
        .is = is,
        .replay = replay_command(file ? file : store_text(row, SCENARIO), store_text(row, COMBINATION), seed,
                                 replay),
    };
    take(ctx, &rule);
    free(file);
}

/* min() takes the other columns of its row along. `of` counts the runs that are known to say anything. */
#define EACH(of, groups)                                                                                     \
    "SELECT r.build, r.scenario, r.digest, r.combination, t.rule, t.requirement, t.level, t.verdict, "       \
    "count(*)," of ", min(r.seed), t.first_node, t.first_at_ns, t.first_text,"                               \
    " count(DISTINCT r.scenario || ' ' || r.combination) FROM rules t JOIN runs r ON r.id = t.run" OF_FILTER \
    " GROUP BY " groups " ORDER BY t.verdict <> 'broken', t.level NOT LIKE 'MUST%', t.rule, r.scenario,"     \
    " r.combination, r.build, r.digest"
#define OF_GROUP                                                                                             \
    " (SELECT count(o.rules_broken) FROM runs o WHERE o.build = r.build AND o.scenario = r.scenario AND"     \
    " o.digest = r.digest AND o.combination = r.combination)"
#define OF_FILTERED                                                                                          \
    " (SELECT count(o.rules_broken) FROM runs o WHERE (?1 IS NULL OR o.scenario = ?1) AND"                   \
    " (?2 = 0 OR o.build = ?2))"
#define OF_EACH "r.build, r.scenario, r.digest, r.combination, t.rule, t.verdict"
#define OF_ALL "t.rule, t.verdict"

int stats_rules_each(store *from, stats_rules_filter filter, stats_rule_fn *take, void *ctx)
{
    static const char *const SQL[] = {EACH(OF_GROUP, OF_EACH), EACH(OF_FILTERED, OF_ALL)};
    sqlite3_stmt *row = NULL;
    int step = SQLITE_DONE;
    if (!knows_rules(from))
        return STORE_OK;
    int status = prepare(from, filter, SQL[filter.together], &row);
    while (!status && (step = sqlite3_step(row)) == SQLITE_ROW)
        take_row(from, row, take, ctx);
    if (!status && step != SQLITE_DONE)
        status = store_fault(from);
    (void)sqlite3_finalize(row);
    return status;
}

int stats_rules_sum_of(store *from, stats_rules_filter filter, stats_rules_sum *out)
{
    static const char SQL[] = "SELECT count(rules_exercised), min(rules_exercised), max(rules_exercised),"
                              " total(rules_broken > 0) FROM runs r" OF_FILTER;
    sqlite3_stmt *row = NULL;
    *out = (stats_rules_sum){0};
    if (!knows_rules(from))
        return STORE_OK;
    int status = prepare(from, filter, SQL, &row);
    if (!status && sqlite3_step(row) == SQLITE_ROW)
        *out = (stats_rules_sum){.runs = (uint64_t)sqlite3_column_int64(row, 0),
                                 .least = (uint64_t)sqlite3_column_int64(row, 1),
                                 .most = (uint64_t)sqlite3_column_int64(row, 2),
                                 .broken = (uint64_t)sqlite3_column_int64(row, 3)};
    else if (!status)
        status = store_fault(from);
    (void)sqlite3_finalize(row);
    return status;
}

/* ---- exercised ---- */

static void count_names(json_t *counts, const char *names, json_int_t runs)
{
    char name[64];
    for (; *names; names += strcspn(names, " "), names += strspn(names, " ")) {
        (void)snprintf(name, sizeof name, "%.*s", (int)strcspn(names, " "), names);
        (void)json_object_set_new(counts, name,
                                  json_integer(runs + json_integer_value(json_object_get(counts, name))));
    }
}

static void tell_names(json_t *counts, stats_exercised_fn *take, void *ctx)
{
    const char *name;
    const json_t *runs;
    json_object_foreach(counts, name, runs)
    {
        take(ctx, name, (uint64_t)json_integer_value(runs));
    }
}

int stats_rules_exercised(store *from, stats_rules_filter filter, stats_exercised_fn *take, void *ctx)
{
    static const char SQL[] =
        "SELECT s.rules, count(*) FROM runs r JOIN rule_sets s ON s.id = r.rules_set" OF_FILTER
        " GROUP BY s.id ORDER BY s.id";
    sqlite3_stmt *row = NULL;
    int step = SQLITE_DONE;
    if (!knows_rules(from))
        return STORE_OK;
    json_t *const counts = json_object();
    int status = prepare(from, filter, SQL, &row);
    while (!status && (step = sqlite3_step(row)) == SQLITE_ROW)
        count_names(counts, store_text(row, 0), sqlite3_column_int64(row, 1));
    if (!status && step != SQLITE_DONE)
        status = store_fault(from);
    if (!status)
        tell_names(counts, take, ctx);
    (void)sqlite3_finalize(row);
    json_decref(counts);
    return status;
}

const char *stats_rules_text(const stats_rules_sum *sum, char text[STATS_RULES_TEXT_MAX])
{
    char range[64];
    char broken[64];
    if (sum->least == sum->most)
        (void)snprintf(range, sizeof range, "%" PRIu64, sum->most);
    else
        (void)snprintf(range, sizeof range, "%" PRIu64 " to %" PRIu64, sum->least, sum->most);
    (void)snprintf(broken, sizeof broken, "rules are broken in %" PRIu64 " runs", sum->broken);
    (void)snprintf(text, STATS_RULES_TEXT_MAX, "%s exercised in %s%" PRIu64 " run%s, %s", range,
                   sum->runs > 1 ? "each of " : "", sum->runs, sum->runs == 1 ? "" : "s",
                   sum->broken ? broken : "none broken");
    return text;
}
