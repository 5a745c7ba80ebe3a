/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/baseline_rules.h"

#include "tools/cli/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char ALL[] = "all";

/* ---- what was exercised ---- */

enum { LIST_MAX = 8192, NAME_MAX_BYTES = 64 };

/* Adds so many runs to the names in a list. */
static void count_names(json_t *counts, const char *names, json_int_t runs)
{
    char name[NAME_MAX_BYTES];
    while (*names) {
        const size_t len = strcspn(names, " ");
        if (len < sizeof name) {
            memcpy(name, names, len);
            name[len] = '\0';
            (void)json_object_set_new(counts, name,
                                      json_integer(runs + json_integer_value(json_object_get(counts, name))));
        }
        names += len + strspn(names + len, " ");
    }
}

/* Those that were counted in all runs, or those in some; sorted. NULL: out of memory. */
static json_t *names_of(const json_t *counts, json_int_t runs, bool all)
{
    json_t *const names = json_object();
    const char *name;
    const json_t *value;
    json_object_foreach((json_t *)counts, name, value)
    {
        if ((json_integer_value(value) == runs) == all)
            (void)json_object_set_new(names, name, json_true());
    }
    char *const sorted = json_dumps(names, JSON_SORT_KEYS | JSON_COMPACT);
    json_decref(names);
    char list[LIST_MAX] = "";
    size_t used = 0;
    for (char *at = sorted ? strchr(sorted, '"') : NULL; at; at = strchr(at, '"')) {
        const size_t len = strcspn(at + 1, "\"");
        used += (size_t)snprintf(list + used, used < sizeof list ? sizeof list - used : 0, "%s%.*s",
                                 used ? " " : "", (int)len, at + 1);
        at += len + 2;
    }
    free(sorted);
    return json_string(list);
}

/* *rules: untouched when the runs are of a program without a witness. */
static int take_exercised(const json_t *baseline, const json_t *combination, const baseline_origin *from,
                          json_t *rules)
{
    static const char SQL[] =
        "SELECT s.rules, count(*) FROM runs r JOIN rule_sets s ON s.id = r.rules_set" BASELINE_OF_RUNS
        " GROUP BY s.id";
    sqlite3_stmt *row = NULL;
    json_t *const counts = json_object();
    json_int_t runs = 0;
    int step = SQLITE_DONE;
    int status = baseline_prepare(from, baseline, combination, SQL, &row);
    while (!status && (step = sqlite3_step(row)) == SQLITE_ROW) {
        count_names(counts, (const char *)sqlite3_column_text(row, 0), sqlite3_column_int64(row, 1));
        runs += sqlite3_column_int64(row, 1);
    }
    if (!status && step != SQLITE_DONE)
        status = store_fault(from->runs);
    if (!status && runs > 0) {
        (void)json_object_set_new(rules, "exercised", names_of(counts, runs, true));
        (void)json_object_set_new(rules, "sometimes", names_of(counts, runs, false));
    }
    (void)sqlite3_finalize(row);
    json_decref(counts);
    return status;
}

/* ---- what was broken, or declined ---- */

enum { RULE, ID, LEVEL, VERDICT, NODE, AT, TEXT, SEED };

/* NULL: out of memory. */
static char *no_runs(size_t seeds)
{
    char *const runs = malloc(seeds + 1);
    if (runs) {
        memset(runs, '0', seeds);
        runs[seeds] = '\0';
    }
    return runs;
}

static json_t *told_json(sqlite3_stmt *row, uint64_t seed, size_t seeds)
{
    char is[512];
    char time[TABLE_TIME_MAX];
    char *const runs = no_runs(seeds);
    (void)snprintf(is, sizeof is, "%.60s at %s: %.300s", store_text(row, NODE),
                   table_time((uint64_t)sqlite3_column_int64(row, AT), time), store_text(row, TEXT));
    json_t *const told =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:s}", "rule", store_text(row, RULE), "id",
                  store_text(row, ID), "level", store_text(row, LEVEL), "verdict", store_text(row, VERDICT),
                  "is", is, "seed", (json_int_t)seed, "runs", runs);
    free(runs);
    return told;
}

static bool is_same(const json_t *told, sqlite3_stmt *row)
{
    return told && strcmp(json_string_value(json_object_get(told, "rule")), store_text(row, RULE)) == 0 &&
           strcmp(json_string_value(json_object_get(told, "verdict")), store_text(row, VERDICT)) == 0;
}

static void mark(json_t *told, size_t place)
{
    char *const runs = strdup(json_string_value(json_object_get(told, "runs")));
    if (!runs)
        return;
    if (place < strlen(runs))
        runs[place] = '1';
    (void)json_object_set_new(told, "runs", json_string(strchr(runs, '0') ? runs : ALL));
    free(runs);
}

static int take_told(const json_t *baseline, const json_t *combination, const baseline_origin *from,
                     json_t *rules)
{
    static const char SQL[] =
        "SELECT t.rule, t.requirement, t.level, t.verdict, t.first_node, t.first_at_ns,"
        " t.first_text, r.seed FROM runs r JOIN rules t ON t.run = r.id" BASELINE_OF_RUNS
        " ORDER BY t.rule, t.verdict, r.seed";
    sqlite3_stmt *row = NULL;
    json_t *const all = json_array();
    json_t *last = NULL;
    uint64_t first;
    uint64_t end;
    int step = SQLITE_DONE;
    baseline_seeds(baseline, &first, &end);
    int status = baseline_prepare(from, baseline, combination, SQL, &row);
    while (!status && (step = sqlite3_step(row)) == SQLITE_ROW) {
        const uint64_t seed = baseline_seed_of(baseline, combination, sqlite3_column_int64(row, SEED));
        if (seed < first || seed > end)
            continue;
        if (!is_same(last, row)) {
            last = told_json(row, seed, (size_t)(end - first) + 1);
            (void)json_array_append_new(all, last);
        }
        mark(last, (size_t)(seed - first));
    }
    if (!status && step != SQLITE_DONE)
        status = store_fault(from->runs);
    if (!status && json_array_size(all) > 0)
        (void)json_object_set(rules, "told", all);
    (void)sqlite3_finalize(row);
    json_decref(all);
    return status;
}

int baseline_rules_add(const json_t *baseline, json_t *combination, const baseline_origin *from)
{
    json_t *const rules = json_object();
    int status = STORE_OK;
    if (store_has_column(from->runs, "runs", "rules_set"))
        status = take_exercised(baseline, combination, from, rules);
    if (!status && json_object_size(rules) > 0)
        status = take_told(baseline, combination, from, rules);
    if (!status && json_object_size(rules) > 0)
        (void)json_object_set(combination, "rules", rules);
    json_decref(rules);
    return status;
}

/* ---- use ---- */

static bool is_runs(const json_t *runs, size_t seeds)
{
    const char *const text = json_string_value(runs);
    return text && (strcmp(text, ALL) == 0 || (strspn(text, "01") == seeds && strlen(text) == seeds));
}

const char *baseline_rules_fault(const json_t *combination, size_t seeds)
{
    static const char *const TEXTS[] = {"rule", "id", "level", "verdict", "is"};
    const json_t *const rules = json_object_get(combination, "rules");
    const json_t *const told = json_object_get(rules, "told");
    if (!rules)
        return NULL;
    if (!json_is_string(json_object_get(rules, "exercised")) ||
        !json_is_string(json_object_get(rules, "sometimes")))
        return "rules: expected exercised and sometimes, names with blanks between them";
    if (told && !json_is_array(told))
        return "rules.told: expected an array";
    for (size_t i = 0; i < json_array_size(told); i++) {
        const json_t *const one = json_array_get(told, i);
        for (size_t j = 0; j < sizeof TEXTS / sizeof *TEXTS; j++)
            if (!json_is_string(json_object_get(one, TEXTS[j])))
                return "rules.told: expected rule, id, level, verdict and is, which are texts";
        if (!is_runs(json_object_get(one, "runs"), seeds))
            return "rules.told.runs: expected all, or a 0 or 1 for each seed";
    }
    return NULL;
}

bool baseline_rules_in(const json_t *told, size_t index)
{
    const char *const runs = json_string_value(json_object_get(told, "runs"));
    return runs && (strcmp(runs, ALL) == 0 || (index < strlen(runs) && runs[index] == '1'));
}

bool baseline_rules_has(const json_t *list, const char *name)
{
    const size_t len = strlen(name);
    const char *const names = json_string_value(list);
    for (const char *at = names ? strstr(names, name) : NULL; at; at = strstr(at + 1, name))
        if ((at == names || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
            return true;
    return false;
}

/* What is left in none of the seeds is taken out. */
void baseline_rules_pick(json_t *combination, const size_t *places, size_t count)
{
    json_t *const told = json_object_get(json_object_get(combination, "rules"), "told");
    for (size_t i = json_array_size(told); i-- > 0;) {
        json_t *const one = json_array_get(told, i);
        char *const runs = no_runs(count);
        if (!runs)
            return;
        for (size_t j = 0; j < count; j++)
            runs[j] = baseline_rules_in(one, places[j]) ? '1' : '0';
        if (!strchr(runs, '1'))
            (void)json_array_remove(told, i);
        else
            (void)json_object_set_new(one, "runs", json_string(strchr(runs, '0') ? runs : ALL));
        free(runs);
    }
}
