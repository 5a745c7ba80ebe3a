/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/overlays.h"

#include "tools/cli/combination.h"
#include "tools/cli/table.h"
#include "tools/stats/csv.h"
#include "tools/stats/estimators.h"
#include "tools/stats/samples.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SCENARIO, COMBINATION, IS_CONNECTED, FIRST_VALUE };
enum { CELL_MAX = 256 };

#define COLUMN(NAME, column) ", o." column
static const char SQL[] = "SELECT r.scenario, r.combination, o.connected" STATS_OVERLAY_VALUES(
    COLUMN) " FROM overlays o JOIN runs r ON r.id = o.run WHERE ?1 IS NULL OR r.scenario = ?1"
            " ORDER BY r.scenario, r.combination";

static int compare_groups(const void *left, const void *right)
{
    const stats_overlay_group *const a = left;
    const stats_overlay_group *const b = right;
    const int order = strcmp(a->scenario, b->scenario);
    return order ? order : combination_compare(a->combination, b->combination);
}

/* ---- reading ---- */

/* The last group, or a new one; NULL: out of memory. */
static stats_overlay_group *group_of(stats_overlays *self, sqlite3_stmt *row)
{
    stats_overlay_group *const last = self->count > 0 ? &self->groups[self->count - 1] : NULL;
    if (last && strcmp(last->scenario, store_text(row, SCENARIO)) == 0 &&
        strcmp(last->combination, store_text(row, COMBINATION)) == 0)
        return last;
    stats_overlay_group *const groups = realloc(self->groups, (self->count + 1) * sizeof *groups);
    if (!groups)
        return NULL;
    self->groups = groups;
    stats_overlay_group *const made = &groups[self->count++];
    *made = (stats_overlay_group){.scenario = strdup(store_text(row, SCENARIO)),
                                  .combination = strdup(store_text(row, COMBINATION))};
    return made->scenario && made->combination ? made : NULL;
}

static bool take_row(stats_overlays *self, sqlite3_stmt *row)
{
    stats_overlay_group *const group = group_of(self, row);
    if (!group || !samples_take(group->values, STATS_OVERLAY_COUNT, group->count, row, FIRST_VALUE))
        return false;
    group->connected += sqlite3_column_int(row, IS_CONNECTED) != 0;
    group->count++;
    return true;
}

static int read_rows(store *from, const char *scenario, stats_overlays *out)
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

int stats_overlays_read(store *from, const char *scenario, stats_overlays *out)
{
    *out = (stats_overlays){0};
    if (!store_has_column(from, "overlays", "run"))
        return STORE_OK;
    const int status = read_rows(from, scenario, out);
    if (status) {
        stats_overlays_fini(out);
        return status;
    }
    for (size_t i = 0; i < out->count; i++)
        samples_sort(out->groups[i].values, STATS_OVERLAY_COUNT, out->groups[i].count);
    if (out->count > 0)
        qsort(out->groups, out->count, sizeof *out->groups, compare_groups);
    return STORE_OK;
}

void stats_overlays_fini(stats_overlays *self)
{
    for (size_t i = 0; i < self->count; i++) {
        stats_overlay_group *const group = &self->groups[i];
        free(group->scenario);
        free(group->combination);
        samples_free(group->values, STATS_OVERLAY_COUNT);
    }
    free(self->groups);
    *self = (stats_overlays){0};
}

/* ---- for people ---- */

static void time_cells(table *out, const stats_overlay_group *group, stats_overlay_value value)
{
    samples_time_cell(out, group->values[value], group->count, 50);
    samples_time_cell(out, group->values[value], group->count, 90);
}

static void mean_cell(table *out, const stats_overlay_group *group, stats_overlay_value value, double unit,
                      int decimals)
{
    samples_mean_cell(out, group->values[value], group->count, unit, decimals);
}

static void group_row(table *out, const stats_overlay_group *group)
{
    char text[CELL_MAX];
    combination_short(group->combination, text, sizeof text);
    table_cell(out, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%zu of %zu", group->connected, group->count);
    table_cell(out, group->connected == group->count ? TABLE_GOOD : TABLE_PLAIN, text);
    time_cells(out, group, STATS_OVERLAY_CONNECTED);
    time_cells(out, group, STATS_OVERLAY_DISCONNECTED);
    mean_cell(out, group, STATS_OVERLAY_MEMBERS, 1, 1);
    mean_cell(out, group, STATS_OVERLAY_PATH, 1e6, 2);
    mean_cell(out, group, STATS_OVERLAY_CLUSTERING, 1e6, 3);
    (void)snprintf(text, sizeof text, "%" PRIu64 " to %" PRIu64,
                   group->values[STATS_OVERLAY_IN_DEGREE_MIN][0],
                   group->values[STATS_OVERLAY_IN_DEGREE_MAX][group->count - 1]);
    table_cell(out, TABLE_PLAIN, text);
    mean_cell(out, group, STATS_OVERLAY_UPS, 1, 1);
    mean_cell(out, group, STATS_OVERLAY_DOWNS, 1, 1);
}

bool stats_overlays_print(const stats_overlays *self, FILE *to, bool colour)
{
    static const char *const TITLES[] = {
        "",         ">connected", ">since: 50 %", ">90 %",      ">divided: 50 %", ">90 %",
        ">members", ">path",      ">clustering",  ">in-degree", ">ups",           ">downs"};
    bool good = true;
    for (size_t i = 0; good && i < self->count;) {
        const char *const scenario = self->groups[i].scenario;
        table *const out = table_new(TITLES, sizeof TITLES / sizeof *TITLES);
        (void)fprintf(to, "%s%s: the overlay at the end of a run, means but for times and in-degrees\n\n",
                      i ? "\n" : "", scenario);
        for (; i < self->count && strcmp(self->groups[i].scenario, scenario) == 0; i++)
            if (out)
                group_row(out, &self->groups[i]);
        good = out && table_print(out, to, colour);
        table_free(out);
    }
    return good;
}

/* ---- for programs ---- */

static void value_row(const stats_overlay_group *group, const char *name, const uint64_t *values, FILE *to)
{
    static const unsigned PERCENTS[] = {50, 90, 99};
    size_t never = 0;
    for (size_t i = 0; i < group->count; i++)
        never += values[i] == STATISTICS_NEVER;
    csv_field(to, group->scenario);
    (void)fputc(',', to);
    csv_field(to, group->combination);
    (void)fprintf(to, ",%s,%zu,%zu,", name, group->count, never);
    csv_number(to, values[0]);
    for (size_t i = 0; i < sizeof PERCENTS / sizeof *PERCENTS; i++) {
        (void)fputc(',', to);
        csv_number(to, statistics_percentile_of(values, group->count, PERCENTS[i]).value);
    }
    (void)fputc(',', to);
    csv_number(to, values[group->count - 1]);
    (void)fputc('\n', to);
}

void stats_overlays_csv(const stats_overlays *self, FILE *to)
{
    static const char *const NAMES[] = {
#define NAME(NAME, column) column,
        STATS_OVERLAY_VALUES(NAME)
#undef NAME
    };
    (void)fputs("scenario,combination,measure,n,never,min,p50,p90,p99,max\n", to);
    for (size_t i = 0; i < self->count; i++)
        for (int value = 0; value < STATS_OVERLAY_COUNT; value++)
            value_row(&self->groups[i], NAMES[value], self->groups[i].values[value], to);
}
