/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/baseline_record.h"
#include "tools/cli/own_seed.h"
#include "tools/cli/parts.h"
#include "tools/gate/baseline_rules.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const baseline_field BASELINE_FIELDS[] = {
    {"connection_id_changed", "connection ID changed", BASELINE_BOOL},
    {"challenges_sent", "challenges", BASELINE_COUNT},
    {"validation_rounds", "validation rounds", BASELINE_COUNT},
    {"cwnd_before", "window before", BASELINE_BYTES},
    {"cwnd_after", "window after", BASELINE_BYTES},
    {"srtt_before_ns", "SRTT before", BASELINE_TIME},
    {"srtt_after_ns", "SRTT after", BASELINE_TIME},
};
const size_t BASELINE_FIELD_COUNT = sizeof BASELINE_FIELDS / sizeof *BASELINE_FIELDS;

enum { SQL_MAX = 4096 };

int baseline_prepare(const baseline_origin *from, const json_t *baseline, const json_t *combination,
                     const char *sql, sqlite3_stmt **out)
{
    uint64_t first;
    uint64_t last;
    const char *const name = json_string_value(json_object_get(combination, "combination"));
    const bool independent =
        baseline_is_independent(baseline); /* then seeds of its own, which no range holds */
    baseline_seeds(baseline, &first, &last);
    if (sqlite3_prepare_v2(store_database(from->runs), sql, -1, out, NULL) == SQLITE_OK &&
        sqlite3_bind_text(*out, 1, baseline_scenario(baseline), -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_text(*out, 2, name, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_int64(*out, 3, independent ? INT64_MIN : (sqlite3_int64)first) == SQLITE_OK &&
        sqlite3_bind_int64(*out, 4, independent ? INT64_MAX : (sqlite3_int64)last) == SQLITE_OK &&
        sqlite3_bind_int64(*out, 5, from->build) == SQLITE_OK)
        return STORE_OK;
    const int status = store_fault(from->runs);
    (void)sqlite3_finalize(*out);
    return status;
}

/* ---- fields ---- */

static json_t *field_json(sqlite3_stmt *row, int column)
{
    const json_int_t least = sqlite3_column_int64(row, column);
    const json_int_t greatest = sqlite3_column_int64(row, column + 1);
    const json_int_t sum = sqlite3_column_int64(row, column + 2);
    return least == greatest ? json_integer(least) : json_pack("[I, I, I]", least, greatest, sum);
}

/* One seed's fields, which those of the seeds before have to equal. */
static void take_fields(sqlite3_stmt *row, json_t *fields, bool first)
{
    for (size_t i = 0; i < BASELINE_FIELD_COUNT; i++) {
        const char *const column = BASELINE_FIELDS[i].column;
        json_t *const value = field_json(row, 3 * (int)i);
        if (first)
            (void)json_object_set(fields, column, value);
        else if (!json_equal(json_object_get(fields, column), value))
            (void)json_object_del(fields, column);
        json_decref(value);
    }
}

static void fields_sql(char sql[SQL_MAX])
{
    size_t used = (size_t)snprintf(sql, SQL_MAX, "SELECT ");
    for (size_t i = 0; i < BASELINE_FIELD_COUNT; i++) {
        const char *const name = BASELINE_FIELDS[i].column;
        used += (size_t)snprintf(sql + used, SQL_MAX - used,
                                 "%smin(coalesce(%s, 0)), max(coalesce(%s, 0)), sum(coalesce(%s, 0))",
                                 i ? ", " : "", name, name, name);
    }
    (void)snprintf(sql + used, SQL_MAX - used,
                   " FROM runs r JOIN migrations ON run = r.id" BASELINE_OF_RUNS " AND (?6 = '" MEASURE_EVERY
                   "' OR coalesce(label, node || ' -> ' || peer) = ?6) GROUP BY r.id ORDER BY r.seed");
}

static int add_fields(json_t *baseline, const json_t *combination, json_t *series,
                      const baseline_origin *from)
{
    char sql[SQL_MAX];
    sqlite3_stmt *row = NULL;
    json_t *const fields = json_object();
    const char *const label = json_string_value(json_object_get(series, "label"));
    int step = SQLITE_ERROR;
    fields_sql(sql);
    int status = baseline_prepare(from, baseline, combination, sql, &row);
    if (!status) {
        if (sqlite3_bind_text(row, 6, label, -1, SQLITE_STATIC) == SQLITE_OK)
            for (bool first = true; (step = sqlite3_step(row)) == SQLITE_ROW; first = false)
                take_fields(row, fields, first);
        status = step == SQLITE_DONE ? STORE_OK : store_fault(from->runs);
        (void)sqlite3_finalize(row);
    }
    if (!status && json_object_size(fields) > 0)
        (void)json_object_set(series, "record", fields);
    json_decref(fields);
    return status;
}

/* ---- parts ---- */

/* The mean of each part, of the validations of a series. */
static void parts_sql(bool rebinds, char sql[SQL_MAX])
{
    size_t used = (size_t)snprintf(sql, SQL_MAX, "SELECT count(*)");
    for (size_t i = rebinds ? PARTS_OF_MIGRATIONS : 0; i < PARTS_COUNT; i++)
        used +=
            (size_t)snprintf(sql + used, SQL_MAX - used, ", CAST(avg(%s) AS INTEGER)", PARTS_NAMES[i].column);
    (void)snprintf(
        sql + used, SQL_MAX - used,
        " FROM runs r JOIN %s ON run = r.id" BASELINE_OF_RUNS " AND (?6 = '" MEASURE_EVERY "' OR %s = ?6)"
        " AND %s IS NOT NULL",
        rebinds ? "rebinds" : "migrations",
        rebinds ? "node || ' of ' || coalesce(peer, '?')" : "coalesce(label, node || ' -> ' || peer)",
        PARTS_NAMES[PARTS_COUNT - 1].column);
}

static void take_parts(sqlite3_stmt *row, json_t *series, bool rebinds)
{
    const size_t first = rebinds ? PARTS_OF_MIGRATIONS : 0;
    json_t *const parts = json_object();
    for (size_t i = first; i < PARTS_COUNT; i++) {
        const json_int_t mean = sqlite3_column_int64(row, 1 + (int)(i - first));
        if (mean > 0)
            (void)json_object_set_new(parts, PARTS_NAMES[i].key, json_integer(mean));
    }
    (void)json_object_set_new(series, "parts", parts);
}

/* A store that was made before it had the columns has none. */
static int add_parts(const json_t *baseline, const json_t *combination, json_t *series,
                     const baseline_origin *from)
{
    char sql[SQL_MAX];
    sqlite3_stmt *row = NULL;
    const char *const kind = json_string_value(json_object_get(series, "kind"));
    const char *const label = json_string_value(json_object_get(series, "label"));
    const bool rebinds = strcmp(kind, measure_kind_name(MEASURE_REBIND)) == 0;
    if (!rebinds && strcmp(kind, measure_kind_name(MEASURE_VALIDATION)) != 0)
        return STORE_OK;
    if (!store_has_column(from->runs, "migrations", PARTS_NAMES[0].column))
        return STORE_OK;
    parts_sql(rebinds, sql);
    int status = baseline_prepare(from, baseline, combination, sql, &row);
    if (status)
        return status;
    if (sqlite3_bind_text(row, 6, label, -1, SQLITE_STATIC) != SQLITE_OK || sqlite3_step(row) != SQLITE_ROW)
        status = store_fault(from->runs);
    else if (sqlite3_column_int64(row, 0) > 0)
        take_parts(row, series, rebinds);
    (void)sqlite3_finalize(row);
    return status;
}

/* ---- failures ---- */

/* What did not go as it should, the nearest to the cause first: measure, what is, the first seed, how often.
 * A known fault that is gone is a failure too. */
static const char FAILURES_SQL[] =
    "SELECT measure, what, seed, times, seeds FROM (SELECT *, count(*) OVER (PARTITION BY measure) AS times,"
    " group_concat(seed) OVER (PARTITION BY measure ORDER BY seed, number ROWS BETWEEN UNBOUNDED PRECEDING"
    " AND UNBOUNDED FOLLOWING) AS seeds,"
    " row_number() OVER (PARTITION BY measure ORDER BY seed, number) AS place FROM ("
    "SELECT 'contradiction: ' || coalesce(label, node || ' -> ' || peer) AS measure, contradiction AS what,"
    " seed, 0 AS turn, call AS number FROM runs r JOIN migrations ON run = r.id" BASELINE_OF_RUNS
    " AND contradiction IS NOT NULL"
    " UNION ALL SELECT CASE status WHEN 'finished' THEN 'contradiction' ELSE status END,"
    " coalesce(message, ''), seed, 1, 0 FROM runs r" BASELINE_OF_RUNS
    " AND (status <> 'finished' OR message IS NOT NULL)"
    " UNION ALL SELECT CASE WHEN held THEN 'known fault: ' ELSE 'expectation: ' END || text,"
    " coalesce(measured, ''), seed, 2, number FROM runs r JOIN expectations e ON run = r.id" BASELINE_OF_RUNS
    " AND CASE WHEN known_fault THEN verdict NOT IN ('passed', 'unsupported') AND NOT EXISTS (SELECT 1 FROM "
    "expectations o WHERE o.run = r.id"
    " AND o.known_fault AND NOT o.held) ELSE NOT held %s END)) WHERE place = 1 ORDER BY turn, number, "
    "measure";

uint64_t baseline_seed_of(const json_t *baseline, const json_t *combination, int64_t seed)
{
    const char *const own = json_string_value(json_object_get(combination, "combination"));
    return baseline_is_independent(baseline) ? own_seed_stands_for((uint64_t)seed, own) : (uint64_t)seed;
}

/* "3,3,17": each once, as the baseline calls it. */
static json_t *seeds_json(const json_t *baseline, const json_t *combination, const char *seeds)
{
    json_t *const array = json_array();
    json_int_t last = -1;
    for (char *at = NULL; *seeds; seeds = at + (*at == ',')) {
        const json_int_t seed = (json_int_t)baseline_seed_of(baseline, combination, strtoll(seeds, &at, 10));
        if (seed != last)
            (void)json_array_append_new(array, json_integer(seed));
        last = seed;
    }
    return array;
}

static json_t *failure_json(const json_t *baseline, const json_t *combination, sqlite3_stmt *row)
{
    return json_pack("{s:s, s:s, s:I, s:I, s:o}", "measure", (const char *)sqlite3_column_text(row, 0), "is",
                     (const char *)sqlite3_column_text(row, 1), "seed",
                     (json_int_t)baseline_seed_of(baseline, combination, sqlite3_column_int64(row, 2)),
                     "times", (json_int_t)sqlite3_column_int64(row, 3), "seeds",
                     seeds_json(baseline, combination, (const char *)sqlite3_column_text(row, 4)));
}

static int add_failures(const json_t *baseline, json_t *combination, const baseline_origin *from)
{
    sqlite3_stmt *row = NULL;
    json_t *const failures = json_array();
    int step = SQLITE_DONE;
    char sql[sizeof FAILURES_SQL + 64];
    (void)snprintf(sql, sizeof sql, FAILURES_SQL, /* a store from before the column has none of these */
                   store_has_column(from->runs, "expectations", "unsupported") ? "AND unsupported IS NULL"
                                                                               : "");
    const int status = baseline_prepare(from, baseline, combination, sql, &row);
    if (status) {
        json_decref(failures);
        return status;
    }
    while ((step = sqlite3_step(row)) == SQLITE_ROW)
        (void)json_array_append_new(failures, failure_json(baseline, combination, row));
    const int result = step == SQLITE_DONE ? STORE_OK : store_fault(from->runs);
    (void)sqlite3_finalize(row);
    if (json_array_size(failures) > 0)
        (void)json_object_set(combination, "failures", failures);
    json_decref(failures);
    return result;
}

int baseline_record_add(json_t *baseline, store *from, int64_t build)
{
    const baseline_origin runs = {from, build};
    const json_t *const combinations = json_object_get(baseline, "combinations");
    int status = STORE_OK;
    for (size_t i = 0; !status && i < json_array_size(combinations); i++) {
        json_t *const one = json_array_get(combinations, i);
        const json_t *const series = json_object_get(one, "series");
        status = add_failures(baseline, one, &runs);
        if (!status)
            status = baseline_rules_add(baseline, one, &runs);
        for (size_t j = 0; !status && j < json_array_size(series); j++) {
            json_t *const of = json_array_get(series, j);
            status = add_parts(baseline, one, of, &runs);
            if (!status && strcmp(json_string_value(json_object_get(of, "kind")),
                                  measure_kind_name(MEASURE_VALIDATION)) == 0)
                status = add_fields(baseline, one, of, &runs);
        }
    }
    return status;
}

void baseline_record_drop(json_t *baseline)
{
    const json_t *const combinations = json_object_get(baseline, "combinations");
    for (size_t i = 0; i < json_array_size(combinations); i++) {
        const json_t *const series = json_object_get(json_array_get(combinations, i), "series");
        for (size_t j = 0; j < json_array_size(series); j++)
            (void)json_object_del(json_array_get(series, j), "record");
    }
}
