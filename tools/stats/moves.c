/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/moves.h"

#include "tools/cli/combination.h"
#include "tools/cli/table.h"
#include "tools/stats/estimators.h"
#include "tools/stats/samples.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { SCENARIO, COMBINATION, KIND, LABEL, RESULT, ROUND_TRIP, FIRST_VALUE };
enum { CELL_MAX = 256 };

#define COLUMN(NAME, sql) ", " sql
static const char SQL[] =
    "SELECT r.scenario, r.combination, m.kind, coalesce(m.label, m.node || ' -> ' || m.peer), m.result,"
    " m.round_trip_ns" STATS_MOVE_VALUES(
        COLUMN) " FROM moves m JOIN runs r ON r.id = m.run"
                " WHERE (?1 = 0 OR r.build = ?1) AND (?2 IS NULL OR r.scenario = ?2)"
                " ORDER BY r.scenario, r.combination, 4, m.kind";

/* ---- order ---- */

static int compare_groups(const void *left, const void *right)
{
    const stats_move_group *const a = left;
    const stats_move_group *const b = right;
    int order = strcmp(a->scenario, b->scenario);
    if (!order)
        order = combination_compare(a->combination, b->combination);
    if (!order)
        order = strcmp(a->label, b->label);
    return order ? order : strcmp(a->kind, b->kind);
}

/* ---- reading ---- */

static bool is_of(const stats_move_group *group, sqlite3_stmt *row)
{
    return strcmp(group->scenario, store_text(row, SCENARIO)) == 0 &&
           strcmp(group->combination, store_text(row, COMBINATION)) == 0 &&
           strcmp(group->label, store_text(row, LABEL)) == 0 &&
           strcmp(group->kind, store_text(row, KIND)) == 0;
}

/* The last group, or a new one; NULL: out of memory. */
static stats_move_group *group_of(stats_moves *self, sqlite3_stmt *row)
{
    if (self->count > 0 && is_of(&self->groups[self->count - 1], row))
        return &self->groups[self->count - 1];
    stats_move_group *const groups = realloc(self->groups, (self->count + 1) * sizeof *groups);
    if (!groups)
        return NULL;
    self->groups = groups;
    stats_move_group *const made = &groups[self->count++];
    *made = (stats_move_group){.scenario = strdup(store_text(row, SCENARIO)),
                               .combination = strdup(store_text(row, COMBINATION)),
                               .kind = strdup(store_text(row, KIND)),
                               .label = strdup(store_text(row, LABEL)),
                               .round_trip_ns = STATISTICS_NEVER};
    return made->scenario && made->combination && made->kind && made->label ? made : NULL;
}

static bool take_row(stats_moves *self, sqlite3_stmt *row)
{
    stats_move_group *const group = group_of(self, row);
    if (!group || !samples_take(group->values, STATS_MOVE_COUNT, group->count, row, FIRST_VALUE))
        return false;
    const uint64_t round_trip_ns = samples_number(row, ROUND_TRIP);
    group->round_trip_ns = round_trip_ns < group->round_trip_ns ? round_trip_ns : group->round_trip_ns;
    group->ok += strcmp(store_text(row, RESULT), "ok") == 0;
    group->count++;
    return true;
}

static int read_rows(store *from, const stats_moves_filter *filter, stats_moves *out)
{
    sqlite3_stmt *row = NULL;
    int stepped = SQLITE_ERROR;
    bool taken = true;
    if (sqlite3_prepare_v2(store_database(from), SQL, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_bind_int64(row, 1, filter->build) == SQLITE_OK &&
        sqlite3_bind_text(row, 2, filter->scenario, -1, SQLITE_STATIC) == SQLITE_OK)
        while (taken && (stepped = sqlite3_step(row)) == SQLITE_ROW)
            taken = take_row(out, row);
    const int status = !taken ? STORE_ERR_NO_MEMORY : stepped == SQLITE_DONE ? STORE_OK : store_fault(from);
    (void)sqlite3_finalize(row);
    return status;
}

int stats_moves_read(store *from, stats_moves_filter filter, stats_moves *out)
{
    *out = (stats_moves){0};
    if (!store_has_column(from, "moves", "run"))
        return STORE_OK;
    const int status = read_rows(from, &filter, out);
    if (status) {
        stats_moves_fini(out);
        return status;
    }
    for (size_t i = 0; i < out->count; i++)
        samples_sort(out->groups[i].values, STATS_MOVE_COUNT, out->groups[i].count);
    if (out->count > 0)
        qsort(out->groups, out->count, sizeof *out->groups, compare_groups);
    return STORE_OK;
}

void stats_moves_fini(stats_moves *self)
{
    for (size_t i = 0; i < self->count; i++) {
        stats_move_group *const group = &self->groups[i];
        free(group->scenario);
        free(group->combination);
        free(group->kind);
        free(group->label);
        samples_free(group->values, STATS_MOVE_COUNT);
    }
    free(self->groups);
    *self = (stats_moves){0};
}

/* ---- for people ---- */

static void time_cells(table *out, const stats_move_group *group, stats_move_value value)
{
    samples_time_cell(out, group->values[value], group->count, 50);
    samples_time_cell(out, group->values[value], group->count, 90);
}

static void mean_cell(table *out, const stats_move_group *group, stats_move_value value)
{
    samples_mean_cell(out, group->values[value], group->count, 1, 1);
}

static void group_row(table *out, const stats_move_group *group)
{
    char text[CELL_MAX];
    combination_short(group->combination, text, sizeof text);
    table_cell(out, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%s (%s)", group->label, group->kind);
    table_cell(out, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%zu of %zu", group->ok, group->count);
    table_cell(out, group->ok == group->count ? TABLE_GOOD : TABLE_PLAIN, text);
    time_cells(out, group, STATS_MOVE_TOOK);
    time_cells(out, group, STATS_MOVE_GAP_UP);
    time_cells(out, group, STATS_MOVE_GAP_DOWN);
    mean_cell(out, group, STATS_MOVE_LOST);
    mean_cell(out, group, STATS_MOVE_STREAMS_LOST);
    mean_cell(out, group, STATS_MOVE_BYTES);
}

bool stats_moves_print(const stats_moves *self, FILE *to, bool colour)
{
    static const char *const TITLES[] = {"",      "move",          ">ok",      ">took: 50 %",
                                         ">90 %", ">gap up: 50 %", ">90 %",    ">gap down: 50 %",
                                         ">90 %", ">lost",         ">streams", ">bytes"};
    bool good = true;
    for (size_t i = 0; good && i < self->count;) {
        const char *const scenario = self->groups[i].scenario;
        table *const out = table_new(TITLES, sizeof TITLES / sizeof *TITLES);
        (void)fprintf(to, "%s%s: what each move cost, means of what was lost and sent\n\n", i ? "\n" : "",
                      scenario);
        for (; i < self->count && strcmp(self->groups[i].scenario, scenario) == 0; i++)
            if (out)
                group_row(out, &self->groups[i]);
        good = out && table_print(out, to, colour);
        table_free(out);
    }
    return good;
}
