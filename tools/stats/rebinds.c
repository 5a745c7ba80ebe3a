/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/rebinds.h"

#include "tools/cli/combination.h"
#include "tools/cli/table.h"
#include "tools/stats/csv.h"
#include "tools/stats/estimators.h"
#include "tools/stats/samples.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static const unsigned PERCENTS[] = {50, 90, 99, 100};
enum { PERCENT_COUNT = sizeof PERCENTS / sizeof *PERCENTS };

static const struct {
    const char *name, *words;
} VALUES[STATS_REBIND_COUNT] = {
#define ROW(NAME, name, words, sql) {name, words},
    STATS_REBIND_VALUES(ROW)
#undef ROW
};

/* ---- reading ---- */

#define GAP(from, to)                                                                                        \
    "(SELECT max(g.gap_ns) FROM gaps g WHERE g.run = b.run AND g.sender = b." from " AND g.receiver = b." to \
    ")"
#define COLUMN(NAME, name, words, sql) ", " sql
enum { BUILD, COMMIT, SCENARIO, DIGEST, COMBINATION, LABEL, VALIDATED, FIRST_VALUE };
static const char SQL[] = "SELECT t.build, t.commit_name, t.scenario, t.digest, t.combination,"
                          " b.node || ' of ' || coalesce(b.peer, '?'), b.validated" STATS_REBIND_VALUES(
                              COLUMN) " FROM rebinds b"
                                      " JOIN (SELECT r.id, r.build, " STORE_BUILD_NAME
                                      " AS commit_name, b.committed_s, r.scenario, r.digest, r.combination"
                                      " FROM runs r JOIN builds b ON b.id = r.build) t ON t.id = b.run"
                                      " WHERE ?1 IS NULL OR t.scenario = ?1 ORDER BY t.scenario,"
                                      " t.combination, t.committed_s, t.build, t.digest, 6, b.run, b.number";

static bool is_group(const stats_rebind_group *group, sqlite3_stmt *row)
{
    return group->build == sqlite3_column_int64(row, BUILD) &&
           strcmp(group->scenario, store_text(row, SCENARIO)) == 0 &&
           strcmp(group->digest, store_text(row, DIGEST)) == 0 &&
           strcmp(group->combination, store_text(row, COMBINATION)) == 0 &&
           strcmp(group->label, store_text(row, LABEL)) == 0;
}

/* The last group, or a new one; NULL: out of memory. */
static stats_rebind_group *group_of(stats_rebinds *self, sqlite3_stmt *row)
{
    if (self->count > 0 && is_group(&self->groups[self->count - 1], row))
        return &self->groups[self->count - 1];
    stats_rebind_group *const groups = realloc(self->groups, (self->count + 1) * sizeof *groups);
    if (!groups)
        return NULL;
    self->groups = groups;
    stats_rebind_group *const made = &groups[self->count++];
    *made = (stats_rebind_group){.build = sqlite3_column_int64(row, BUILD),
                                 .commit = strdup(store_text(row, COMMIT)),
                                 .scenario = strdup(store_text(row, SCENARIO)),
                                 .digest = strdup(store_text(row, DIGEST)),
                                 .combination = strdup(store_text(row, COMBINATION)),
                                 .label = strdup(store_text(row, LABEL))};
    const bool whole = made->commit && made->scenario && made->digest && made->combination && made->label;
    return whole ? made : NULL;
}

static bool take_row(stats_rebinds *self, sqlite3_stmt *row)
{
    stats_rebind_group *const group = group_of(self, row);
    if (!group || !samples_take(group->values, STATS_REBIND_COUNT, group->count, row, FIRST_VALUE))
        return false;
    group->validated += sqlite3_column_int(row, VALIDATED) != 0;
    group->count++;
    return true;
}

static int read_rows(store *from, const char *scenario, stats_rebinds *out)
{
    sqlite3_stmt *row = NULL;
    int stepped = SQLITE_ERROR;
    bool taken = true;
    if (sqlite3_prepare_v2(store_database(from), SQL, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_bind_text(row, 1, scenario, -1, SQLITE_STATIC) == SQLITE_OK)
        while (taken && (stepped = sqlite3_step(row)) == SQLITE_ROW)
            taken = take_row(out, row);
    const int status = !taken ? STORE_ERR_NO_MEMORY : stepped == SQLITE_DONE ? STORE_OK : store_fault(from);
    (void)sqlite3_finalize(row);
    return status;
}

/* A group and its place: groups that are otherwise equal stay as they came, by build. */
static int compare_groups(const void *left, const void *right)
{
    const stats_rebind_group *const a = left;
    const stats_rebind_group *const b = right;
    const int order = strcmp(a->scenario, b->scenario);
    const int by_value = order ? order : combination_compare(a->combination, b->combination);
    return by_value ? by_value : strcmp(a->combination, b->combination);
}

/* Stable, which qsort is not: an insertion into what is nearly in order. */
static void sort_groups(stats_rebinds *self)
{
    for (size_t i = 1; i < self->count; i++) {
        const stats_rebind_group one = self->groups[i];
        size_t at = i;
        for (; at > 0 && compare_groups(&self->groups[at - 1], &one) > 0; at--)
            self->groups[at] = self->groups[at - 1];
        self->groups[at] = one;
    }
}

int stats_rebinds_read(store *from, const char *scenario, stats_rebinds *out)
{
    *out = (stats_rebinds){0};
    if (!store_has_column(from, "rebinds", "part_result_ns"))
        return STORE_OK;
    const int status = read_rows(from, scenario, out);
    if (status) {
        stats_rebinds_fini(out);
        return status;
    }
    for (size_t i = 0; i < out->count; i++)
        samples_sort(out->groups[i].values, STATS_REBIND_COUNT, out->groups[i].count);
    sort_groups(out);
    return STORE_OK;
}

void stats_rebinds_fini(stats_rebinds *self)
{
    for (size_t i = 0; i < self->count; i++) {
        stats_rebind_group *const group = &self->groups[i];
        free(group->commit);
        free(group->scenario);
        free(group->digest);
        free(group->combination);
        free(group->label);
        samples_free(group->values, STATS_REBIND_COUNT);
    }
    free(self->groups);
    *self = (stats_rebinds){0};
}

/* ---- printing ---- */

/* A gap that is not there is no time that was never reached: there was no flow. */
static size_t sample_count(const stats_rebind_group *group, stats_rebind_value value)
{
    size_t count = group->count;
    const bool gap = value == STATS_REBIND_GAP_FROM || value == STATS_REBIND_GAP_TO;
    while (gap && count > 0 && group->values[value][count - 1] == STATISTICS_NEVER)
        count--;
    return count;
}

static void value_row(table *out, const stats_rebind_group *group, stats_rebind_value value)
{
    const size_t count = sample_count(group, value);
    if (count == 0)
        return;
    table_cell(out, TABLE_PLAIN, VALUES[value].words);
    for (size_t p = 0; p < PERCENT_COUNT; p++)
        samples_time_cell(out, group->values[value], count, PERCENTS[p]);
}

bool stats_rebinds_print(const stats_rebinds *self, FILE *to, bool colour)
{
    static const char *const TITLES[] = {"rebind", ">50 %", ">90 %", ">99 %", ">max"};
    bool good = true;
    for (size_t i = 0; good && i < self->count; i++) {
        const stats_rebind_group *const group = &self->groups[i];
        const statistics_proportion validated = statistics_wilson(group->validated, group->count);
        table *const out = table_new(TITLES, sizeof TITLES / sizeof *TITLES);
        if (i == 0 || self->groups[i - 1].build != group->build)
            (void)fprintf(to, "%scommit %s\n\n", i ? "\n" : "",
                          group->commit[0] ? group->commit : "not known");
        else
            (void)fputc('\n', to);
        (void)fprintf(to, "%s%s%s%s, %s: %zu of %zu validated, %.1f %%\n\n", group->scenario,
                      group->combination[0] ? " [" : "", group->combination, group->combination[0] ? "]" : "",
                      group->label, group->validated, group->count, validated.ppm / 1e4);
        for (stats_rebind_value value = 0; out && value < STATS_REBIND_COUNT; value++)
            value_row(out, group, value);
        good = out && table_print(out, to, colour);
        table_free(out);
    }
    return good;
}

static void csv_row(const stats_rebind_group *group, stats_rebind_value value, FILE *to)
{
    const uint64_t *const values = group->values[value];
    const size_t count = sample_count(group, value);
    size_t never = 0;
    const char *const names[] = {group->commit, group->scenario, group->digest, group->combination,
                                 group->label};
    for (size_t i = 0; i < count; i++)
        never += values[i] == STATISTICS_NEVER;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        csv_field(to, names[i]);
        (void)fputc(',', to);
    }
    (void)fprintf(to, "%s,%zu,%zu", VALUES[value].name, count, never);
    for (size_t p = 0; p < PERCENT_COUNT; p++) {
        (void)fputc(',', to);
        if (count > 0)
            csv_number(to, statistics_percentile_of(values, count, PERCENTS[p]).value);
    }
    (void)fputc('\n', to);
}

void stats_rebinds_csv(const stats_rebinds *self, FILE *to)
{
    (void)fputs("commit,scenario,digest,combination,label,measure,n,never,p50,p90,p99,max\n", to);
    for (size_t i = 0; i < self->count; i++)
        for (stats_rebind_value value = 0; value < STATS_REBIND_COUNT; value++)
            csv_row(&self->groups[i], value, to);
}
