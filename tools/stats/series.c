/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/series_read.h"

#include "tools/cli/combination.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

const char *measure_kind_name(measure_kind kind)
{
    switch (kind) {
    case MEASURE_VALIDATION:
        return "validation";
    case MEASURE_REBIND:
        return "rebind";
    case MEASURE_GAP:
        return "gap";
    case MEASURE_PREFERRED:
        return "preferred address";
    }
    return "unknown";
}

static const char *good_outcome(measure_kind kind)
{
    switch (kind) {
    case MEASURE_VALIDATION:
    case MEASURE_PREFERRED:
        return "ok";
    case MEASURE_REBIND:
        return "validated";
    case MEASURE_GAP:
        return "complete";
    }
    return "";
}

/* ---- one series ---- */

typedef struct maker {
    const measures_rows *rows;
    struct measures_memory *memory;
    bool points;
} maker;

static int compare_outcomes(const void *left, const void *right)
{
    const measure_outcome *const a = left;
    const measure_outcome *const b = right;
    return strcmp(a->name, b->name);
}

static void count_outcomes(const maker *self, const measures_column *column, measure_series *series)
{
    size_t counts[MEASURES_NAMES_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < column->count; i++)
        count += counts[column->outcomes[i]]++ == 0;
    measure_outcome *const outcomes = measures_take(self->memory, count, sizeof *outcomes);
    if (!outcomes)
        return;
    for (size_t i = 0; i < self->rows->name_count; i++)
        if (counts[i] > 0)
            outcomes[series->outcome_count++] = (measure_outcome){self->rows->names[i], counts[i]};
    qsort(outcomes, count, sizeof *outcomes, compare_outcomes);
    series->outcomes = outcomes;
}

/* Points of a series in their order: by seed, then in the order of the run, or of every one by value. */
typedef struct numbered_point {
    measure_point point;
    uint32_t number;
} numbered_point;

static int compare_numbers(const void *left, const void *right)
{
    const numbered_point *const a = left;
    const numbered_point *const b = right;
    if (a->point.seed != b->point.seed)
        return a->point.seed < b->point.seed ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

static int compare_points(const void *left, const void *right)
{
    const numbered_point *const a = left;
    const numbered_point *const b = right;
    if (a->point.seed != b->point.seed)
        return a->point.seed < b->point.seed ? -1 : 1;
    if (a->point.value_ns != b->point.value_ns)
        return a->point.value_ns < b->point.value_ns ? -1 : 1;
    return strcmp(a->point.outcome, b->point.outcome);
}

static void fill_points(const maker *self, const measures_column *column, measure_series *series)
{
    measure_point *const points = measures_take(self->memory, column->count, sizeof *points);
    numbered_point *const sorted = calloc(column->count, sizeof *sorted);
    if (!points || !sorted) {
        self->memory->failed = true;
        free(sorted);
        return;
    }
    for (size_t i = 0; i < column->count; i++)
        sorted[i] = (numbered_point){.point = {.seed = self->rows->seeds[column->runs[i]],
                                               .value_ns = column->values[i],
                                               .outcome = self->rows->names[column->outcomes[i]]},
                                     .number = column->numbers[i]};
    qsort(sorted, column->count, sizeof *sorted,
          strcmp(series->label, MEASURE_EVERY) == 0 ? compare_points : compare_numbers);
    for (size_t i = 0; i < column->count; i++)
        points[i] = sorted[i].point;
    free(sorted);
    series->points = points;
}

static bool gives_several(const measures_column *column)
{
    for (size_t i = 1; i < column->count; i++)
        if (column->runs[i] == column->runs[i - 1])
            return true;
    return false;
}

static statistics_proportion success_of(const maker *self, const measures_column *column, bool several)
{
    const char *const good = good_outcome(column->kind);
    statistics_runs runs = {0};
    size_t all = 0;
    for (size_t i = 0; i < column->count;) {
        const size_t first = i;
        size_t k = 0;
        for (; i < column->count && column->runs[i] == column->runs[first]; i++)
            k += strcmp(self->rows->names[column->outcomes[i]], good) == 0;
        all += k;
        statistics_runs_add(&runs, i - first, k);
    }
    return several ? statistics_wilson_of_runs(&runs) : statistics_wilson(all, column->count);
}

/* Values side by side by run, without those that are none: a gap of nothing. */
static void fill_clusters(const maker *self, const measures_column *column, measure_series *series)
{
    uint64_t *const values = measures_take(self->memory, column->count, sizeof *values);
    uint32_t *const runs = measures_take(self->memory, column->count, sizeof *runs);
    size_t count = 0;
    for (size_t i = 0; values && runs && i < column->count; i++) {
        if (column->kind == MEASURE_GAP && column->values[i] == MEASURE_NONE)
            continue;
        values[count] = column->values[i];
        runs[count++] = column->runs[i];
    }
    series->sample.values = values;
    series->sample.runs = runs;
}

static void fill_series(const maker *self, const measures_column *column, measure_series *series)
{
    const bool several = gives_several(column);
    uint64_t *const sorted = measures_take(self->memory, column->count, sizeof *sorted);
    *series = (measure_series){.kind = column->kind, .label = column->label, .count = column->count};
    if (!sorted)
        return;
    memcpy(sorted, column->values, column->count * sizeof *sorted);
    statistics_sort(sorted, column->count);
    series->sorted = sorted;
    series->sorted_count = column->count;
    while (series->sorted_count > 0 && sorted[series->sorted_count - 1] == MEASURE_NONE)
        series->sorted_count--;
    series->never = column->kind == MEASURE_GAP ? 0 : column->count - series->sorted_count;
    series->sample = (statistics_sample){.sorted = sorted, .count = series->sorted_count + series->never};
    series->success = success_of(self, column, several);
    if (several)
        fill_clusters(self, column, series);
    if (self->points)
        fill_points(self, column, series);
    count_outcomes(self, column, series);
}

/* ---- groups ---- */

static int compare_columns(const void *left, const void *right)
{
    const measures_column *const a = left;
    const measures_column *const b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return strcmp(a->label, b->label);
}

typedef struct crowd_point {
    uint64_t value;
    uint32_t run;
    uint8_t outcome;
} crowd_point;

static int compare_crowd(const void *left, const void *right)
{
    const crowd_point *const a = left;
    const crowd_point *const b = right;
    return (a->run > b->run) - (a->run < b->run);
}

/* Many labels of one kind as one column, by run. */
static void join_columns(const maker *self, const measures_column *columns, size_t count,
                         measures_column *out)
{
    size_t total = 0;
    for (size_t i = 0; i < count; i++)
        total += columns[i].count;
    assert(total > 0); /* a column is made for its first point */
    crowd_point *const points = calloc(total, sizeof *points);
    *out = (measures_column){.kind = columns->kind,
                             .label = MEASURE_EVERY,
                             .values = calloc(total, sizeof *out->values),
                             .runs = calloc(total, sizeof *out->runs),
                             .outcomes = calloc(total, sizeof *out->outcomes),
                             .numbers = calloc(total, sizeof *out->numbers)};
    if (!points || !out->values || !out->runs || !out->outcomes || !out->numbers) {
        self->memory->failed = true;
        free(points);
        return;
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < columns[i].count; j++)
            points[out->count++] =
                (crowd_point){columns[i].values[j], columns[i].runs[j], columns[i].outcomes[j]};
    qsort(points, total, sizeof *points, compare_crowd);
    for (size_t i = 0; i < total; i++) {
        out->values[i] = points[i].value;
        out->runs[i] = points[i].run;
        out->outcomes[i] = points[i].outcome;
    }
    free(points);
}

static void fill_crowd(const maker *self, const measures_column *columns, size_t count,
                       measure_series *series)
{
    measures_column every;
    join_columns(self, columns, count, &every);
    if (!self->memory->failed)
        fill_series(self, &every, series);
    measures_column_free(&every);
}

/* The columns of a group, by kind and label; they are freed one by one. */
static void fill_all_series(const maker *self, measures_column *columns, size_t count, measure_group *group)
{
    measure_series *const series = measures_take(self->memory, count, sizeof *series);
    for (size_t i = 0; series && i < count && !self->memory->failed;) {
        const size_t first = i;
        while (i < count && columns[i].kind == columns[first].kind)
            i++;
        if (i - first > MEASURE_LABELS_MAX) {
            fill_crowd(self, &columns[first], i - first, &series[group->series_count++]);
            continue;
        }
        for (size_t j = first; j < i; j++) {
            fill_series(self, &columns[j], &series[group->series_count++]);
            measures_column_free(&columns[j]);
        }
    }
    group->series = series;
}

typedef struct seeded_run {
    uint64_t seed;
    uint32_t group;
    uint32_t verdict;
} seeded_run;

static int compare_by_seed(const void *left, const void *right)
{
    const seeded_run *const a = left;
    const seeded_run *const b = right;
    if (a->group != b->group)
        return a->group < b->group ? -1 : 1;
    return (a->seed > b->seed) - (a->seed < b->seed);
}

/* Each group's seeds and verdicts. */
static void fill_runs(const maker *self, measure_group **by_place)
{
    const size_t count = self->rows->run_count;
    uint64_t *const seeds = measures_take(self->memory, count, sizeof *seeds);
    const char **const verdicts = measures_take(self->memory, count, sizeof *verdicts);
    seeded_run *const runs = calloc(count, sizeof *runs);
    if (!seeds || !verdicts || !runs) {
        self->memory->failed = true;
        free(runs);
        return;
    }
    for (size_t i = 0; i < count; i++)
        runs[i] = (seeded_run){self->rows->seeds[i], self->rows->runs[i].group, self->rows->runs[i].verdict};
    qsort(runs, count, sizeof *runs, compare_by_seed);
    for (size_t i = 0; i < count; i++) {
        measure_group *const group = by_place[runs[i].group];
        if (!group->seeds) {
            group->seeds = &seeds[i];
            group->verdicts = &verdicts[i];
        }
        seeds[i] = runs[i].seed;
        verdicts[i] = self->rows->names[runs[i].verdict];
    }
    free(runs);
}

/* A group and where it stood. */
typedef struct placed_group {
    measure_group group;
    int64_t committed_s;
    uint32_t place;
} placed_group;

static int compare_groups(const void *left, const void *right)
{
    const placed_group *const a = left;
    const placed_group *const b = right;
    if (a->committed_s != b->committed_s)
        return a->committed_s < b->committed_s ? -1 : 1;
    if (a->group.build != b->group.build)
        return a->group.build < b->group.build ? -1 : 1;
    const int by[] = {strcmp(a->group.scenario, b->group.scenario),
                      combination_compare(a->group.combination, b->group.combination),
                      strcmp(a->group.combination, b->group.combination),
                      strcmp(a->group.digest, b->group.digest)};
    return by[0] ? by[0] : by[1] ? by[1] : by[2] ? by[2] : by[3];
}

/* by_place: of each place in the rows the group in its order. */
static bool order_groups(const maker *self, measure_group *groups, measure_group **by_place)
{
    const measures_rows *const rows = self->rows;
    placed_group *const placed = calloc(rows->group_count, sizeof *placed);
    if (!placed)
        return false;
    for (size_t i = 0; i < rows->group_count; i++)
        placed[i] = (placed_group){rows->groups[i], rows->committed_s[i], (uint32_t)i};
    qsort(placed, rows->group_count, sizeof *placed, compare_groups);
    for (size_t i = 0; i < rows->group_count; i++) {
        groups[i] = placed[i].group;
        by_place[placed[i].place] = &groups[i];
    }
    free(placed);
    return true;
}

static void fill(const maker *self, measures_rows *rows, measures *out)
{
    measure_group *const groups = measures_take(self->memory, rows->group_count, sizeof *groups);
    measure_group **const by_place = measures_take(self->memory, rows->group_count, sizeof *by_place);
    if (rows->group_count > 0 && (!groups || !by_place || !order_groups(self, groups, by_place)))
        self->memory->failed = true;
    if (rows->column_count > 1)
        qsort(rows->columns, rows->column_count, sizeof *rows->columns, compare_columns);
    for (size_t i = 0; i < rows->column_count && !self->memory->failed;) {
        const size_t first = i;
        while (i < rows->column_count && rows->columns[i].group == rows->columns[first].group)
            i++;
        fill_all_series(self, &rows->columns[first], i - first, by_place[rows->columns[first].group]);
    }
    if (self->points && rows->run_count > 0 && !self->memory->failed)
        fill_runs(self, by_place);
    *out = (measures){.groups = groups, .count = rows->group_count, .memory = self->memory};
}

int measures_load(store *from, measures_filter filter, measures *out)
{
    measures_rows rows;
    measures loaded = {.memory = calloc(1, sizeof *loaded.memory)};
    if (!loaded.memory)
        return STORE_ERR_NO_MEMORY;
    int status = measures_read(from, &filter, loaded.memory, &rows);
    if (!status) {
        const maker self = {&rows, loaded.memory, !filter.without_points};
        fill(&self, &rows, &loaded);
        measures_rows_free(&rows);
        status = loaded.memory->failed ? STORE_ERR_NO_MEMORY : STORE_OK;
    }
    if (status)
        measures_free(&loaded);
    else
        *out = loaded;
    return status;
}

void measures_free(measures *self)
{
    measures_release(self->memory);
    *self = (measures){0};
}

bool measures_percentile(const measure_series *series, unsigned p, statistics_percentile *out)
{
    if (series->sample.count > 0)
        *out = statistics_percentile_of_sample(&series->sample, p);
    return series->sample.count > 0;
}

const measure_series *measures_find(const measure_group *group, measure_kind kind, const char *label)
{
    for (size_t i = 0; i < group->series_count; i++)
        if (group->series[i].kind == kind && strcmp(group->series[i].label, label) == 0)
            return &group->series[i];
    return NULL;
}

bool measures_worst(const measure_series *series, uint64_t seed, uint64_t *value_ns)
{
    size_t low = 0;
    size_t high = series->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (series->points[middle].seed < seed)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = false;
    for (; low < series->count && series->points[low].seed == seed; low++) {
        const uint64_t value = series->points[low].value_ns;
        *value_ns = found && *value_ns > value ? *value_ns : value; /* MEASURE_NONE is the greatest */
        found = true;
    }
    return found;
}
