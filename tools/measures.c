/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/measures.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

/* Blocks that live as long as the measures. */
typedef struct block {
    struct block *next;
    max_align_t bytes[];
} block;

struct measures_memory {
    block *blocks;
    bool failed;
};

static void *take(struct measures_memory *memory, size_t count, size_t size)
{
    block *taken =
        size && count > (SIZE_MAX - sizeof *taken) / size ? NULL : calloc(1, sizeof *taken + count * size);
    if (!taken) {
        memory->failed = true;
        return NULL;
    }
    taken->next = memory->blocks;
    memory->blocks = taken;
    return taken->bytes;
}

static const char *take_text(struct measures_memory *memory, const unsigned char *text)
{
    const char *const from = text ? (const char *)text : "";
    char *copy = take(memory, strlen(from) + 1, 1);
    if (copy)
        memcpy(copy, from, strlen(from) + 1);
    return copy;
}

const char *measure_kind_name(measure_kind kind)
{
    switch (kind) {
    case MEASURE_VALIDATION:
        return "validation";
    case MEASURE_REBIND:
        return "rebind";
    case MEASURE_GAP:
        return "gap";
    }
    return "unknown";
}

/* ---- rows: what the store gives, in the order of the result ---- */

/* A point as it is read, before it is known how many its series has. */
typedef struct raw_point {
    struct raw_point *next;
    measure_point point;
    measure_kind kind;
    const char *label;
} raw_point;

typedef struct raw_run {
    struct raw_run *next;
    uint64_t seed;
    const char *verdict;
} raw_run;

typedef struct raw_group {
    measure_group group;
    raw_run *runs;
    raw_point *points;
    size_t point_count;
    struct raw_group *next;
} raw_group;

typedef struct reader {
    store *from;
    measures_filter filter;
    struct measures_memory *memory;
    raw_group *first;
    raw_group *last;
    size_t count;
} reader;

#define TEXT(column) sqlite3_column_text(row, column)
#define INTEGER(column) sqlite3_column_int64(row, column)

typedef void row_fn(reader *self, sqlite3_stmt *row);

static int for_each(reader *self, const char *sql, row_fn *take_row)
{
    sqlite3 *const db = store_database(self->from);
    sqlite3_stmt *row = NULL;
    int stepped = SQLITE_ERROR;
    if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_bind_text(row, 1, self->filter.scenario, -1, SQLITE_STATIC) == SQLITE_OK &&
        sqlite3_bind_int64(row, 2, self->filter.build) == SQLITE_OK &&
        sqlite3_bind_int(row, 3, self->filter.of_seeds) == SQLITE_OK &&
        sqlite3_bind_int64(row, 4, (sqlite3_int64)self->filter.first_seed) == SQLITE_OK &&
        sqlite3_bind_int64(row, 5, (sqlite3_int64)self->filter.last_seed) == SQLITE_OK) {
        while ((stepped = sqlite3_step(row)) == SQLITE_ROW && !self->memory->failed)
            take_row(self, row);
    }
    (void)sqlite3_finalize(row);
    if (self->memory->failed)
        return STORE_ERR_NO_MEMORY;
    return stepped == SQLITE_DONE ? STORE_OK : store_fault(self->from);
}

static bool same_group(const raw_group *group, int64_t build, const char *scenario, const char *combination,
                       const char *digest)
{
    return group && group->group.build == build && strcmp(group->group.scenario, scenario) == 0 &&
           strcmp(group->group.combination, combination) == 0 && strcmp(group->group.digest, digest) == 0;
}

static void count_run(measure_group *group, const char *verdict)
{
    const struct {
        const char *name;
        size_t *count;
    } ROWS[] = {
        {"passed", &group->passed},
        {"failed", &group->failed},
        {"contradiction", &group->contradictions},
        {"known fault", &group->known_faults},
        {"crashed", &group->crashed},
        {"hung", &group->hung},
        {"refused", &group->refused},
    };
    group->runs++;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        *ROWS[i].count += strcmp(ROWS[i].name, verdict) == 0;
}

/* build, commit, scenario, directory, digest, combination, seed, verdict */
static void take_run(reader *self, sqlite3_stmt *row)
{
    if (!same_group(self->last, INTEGER(0), (const char *)TEXT(2), (const char *)TEXT(5),
                    (const char *)TEXT(4))) {
        raw_group *group = take(self->memory, 1, sizeof *group);
        if (!group)
            return;
        group->group = (measure_group){.build = INTEGER(0),
                                       .commit = take_text(self->memory, TEXT(1)),
                                       .scenario = take_text(self->memory, TEXT(2)),
                                       .directory = take_text(self->memory, TEXT(3)),
                                       .digest = take_text(self->memory, TEXT(4)),
                                       .combination = take_text(self->memory, TEXT(5))};
        *(self->last ? &self->last->next : &self->first) = group;
        self->last = group;
        self->count++;
    }
    raw_run *run = take(self->memory, 1, sizeof *run);
    if (!run || self->memory->failed)
        return;
    *run = (raw_run){self->last->runs, (uint64_t)INTEGER(6), take_text(self->memory, TEXT(7))};
    self->last->runs = run;
    if (run->verdict)
        count_run(&self->last->group, run->verdict);
}

/* build, scenario, digest, combination, seed, kind, label, value, outcome; the groups come in the same order.
 */
static void take_point(reader *self, sqlite3_stmt *row)
{
    if (!self->last)
        self->last = self->first;
    while (self->last && !same_group(self->last, INTEGER(0), (const char *)TEXT(1), (const char *)TEXT(3),
                                     (const char *)TEXT(2)))
        self->last = self->last->next;
    assert(self->last);
    raw_point *raw = take(self->memory, 1, sizeof *raw);
    if (!raw)
        return;
    *raw =
        (raw_point){.next = self->last->points,
                    .kind = (measure_kind)INTEGER(5),
                    .label = take_text(self->memory, TEXT(6)),
                    .point = {.seed = (uint64_t)INTEGER(4),
                              .value_ns = sqlite3_column_type(row, 7) == SQLITE_NULL ? MEASURE_NONE
                                                                                     : (uint64_t)INTEGER(7),
                              .outcome = take_text(self->memory, TEXT(8))}};
    self->last->points = raw;
    self->last->point_count++;
}

#define WHERE                                                                                                \
    " WHERE (?1 IS NULL OR r.scenario = ?1) AND (?2 = 0 OR r.build = ?2)"                                    \
    " AND (?3 = 0 OR r.seed BETWEEN ?4 AND ?5)"
#define BY " ORDER BY b.committed_s, r.build, r.scenario, r.combination, r.digest"

static const char RUNS[] =
    "SELECT r.build, " STORE_BUILD_NAME ", r.scenario, r.directory, r.digest, r.combination, r.seed,"
    " coalesce(r.verdict, r.status)"
    " FROM runs AS r JOIN builds AS b ON b.id = r.build" WHERE BY ", r.seed DESC";

/* Newest first within a group: lists are built from their ends. */
static const char POINTS[] =
    "SELECT r.build, r.scenario, r.digest, r.combination, r.seed, p.kind, p.label, p.value, p.outcome FROM ("
    "SELECT run, 0 AS kind, coalesce(label, node || ' -> ' || peer) AS label, validation_ns AS value,"
    " coalesce(result, 'none') AS outcome, call AS number FROM " STORE_VALIDATIONS
    " UNION ALL SELECT run, 1, node || ' of ' || coalesce(peer, '?'), CASE WHEN validated THEN finished_ns -"
    " noticed_ns END, CASE WHEN validated THEN 'validated' ELSE 'not validated' END, number FROM rebinds"
    " UNION ALL SELECT run, 2, sender || ' -> ' || receiver, max(gap_ns),"
    " CASE WHEN sum(missing) > 0 THEN 'incomplete' ELSE 'complete' END, 0 FROM gaps GROUP BY run, sender, "
    "receiver"
    ") AS p JOIN runs AS r ON r.id = p.run JOIN builds AS b ON b.id = r.build" WHERE BY
    ", p.kind DESC, p.label DESC, r.seed DESC, p.number DESC";

/* ---- groups ---- */

static int compare_outcomes(const void *left, const void *right)
{
    const measure_outcome *a = left;
    const measure_outcome *b = right;
    return strcmp(a->name, b->name);
}

static void count_outcomes(struct measures_memory *memory, measure_series *series)
{
    size_t count = 0;
    enum { OUTCOMES_MAX = 32 }; /* result codes are fewer */
    measure_outcome *outcomes = take(memory, OUTCOMES_MAX, sizeof *outcomes);
    for (size_t i = 0; outcomes && i < series->count; i++) {
        size_t at = 0;
        while (at < count && strcmp(outcomes[at].name, series->points[i].outcome) != 0)
            at++;
        if (at == count && count < OUTCOMES_MAX)
            outcomes[count++].name = series->points[i].outcome;
        if (at < OUTCOMES_MAX)
            outcomes[at].count++;
    }
    if (!outcomes)
        return;
    qsort(outcomes, count, sizeof *outcomes, compare_outcomes);
    series->outcomes = outcomes;
    series->outcome_count = count;
}

static void fill_series(struct measures_memory *memory, measure_series *series, const measure_point *points,
                        size_t count)
{
    uint64_t *sorted = take(memory, count, sizeof *sorted);
    series->points = points;
    series->count = count;
    for (size_t i = 0; sorted && i < count; i++)
        if (points[i].value_ns != MEASURE_NONE)
            sorted[series->sorted_count++] = points[i].value_ns;
    if (!sorted)
        return;
    statistics_sort(sorted, series->sorted_count);
    series->sorted = sorted;
    count_outcomes(memory, series);
}

static bool same_label(const raw_point *a, const raw_point *b)
{
    return a->kind == b->kind && strcmp(a->label, b->label) == 0;
}

/* Which kinds have more labels than are kept apart. */
static void find_crowds(const raw_group *raw, bool crowded[MEASURE_GAP + 1])
{
    size_t labels[MEASURE_GAP + 1] = {0};
    const raw_point *before = NULL;
    for (const raw_point *at = raw->points; at; before = at, at = at->next)
        labels[at->kind] += !before || !same_label(before, at);
    for (size_t i = 0; i <= MEASURE_GAP; i++)
        crowded[i] = labels[i] > MEASURE_LABELS_MAX;
}

static bool same_series(const raw_point *a, const raw_point *b, const bool *crowded)
{
    return a->kind == b->kind && (crowded[a->kind] || strcmp(a->label, b->label) == 0);
}

static int compare_points(const void *left, const void *right)
{
    const measure_point *a = left;
    const measure_point *b = right;
    if (a->seed != b->seed)
        return a->seed < b->seed ? -1 : 1;
    if (a->value_ns != b->value_ns)
        return a->value_ns < b->value_ns ? -1 : 1;
    return strcmp(a->outcome, b->outcome);
}

static void fill_all_series(struct measures_memory *memory, const raw_group *raw, measure_group *group)
{
    bool crowded[MEASURE_GAP + 1];
    size_t count = 0;
    const raw_point *before = NULL;
    find_crowds(raw, crowded);
    for (const raw_point *at = raw->points; at; before = at, at = at->next)
        count += !before || !same_series(before, at, crowded);
    measure_series *series = take(memory, count, sizeof *series);
    measure_point *points = take(memory, raw->point_count, sizeof *points);
    if (!series || !points)
        return;
    const raw_point *at = raw->points;
    for (size_t i = 0; i < count && !memory->failed; i++) {
        const raw_point *const head = at;
        size_t n = 0;
        for (; at && same_series(head, at, crowded); at = at->next)
            points[n++] = at->point;
        if (crowded[head->kind])
            qsort(points, n, sizeof *points, compare_points);
        series[i] =
            (measure_series){.kind = head->kind, .label = crowded[head->kind] ? MEASURE_EVERY : head->label};
        fill_series(memory, &series[i], points, n);
        points += n;
    }
    group->series = series;
    group->series_count = count;
}

static void fill_runs(struct measures_memory *memory, const raw_group *raw, measure_group *group)
{
    uint64_t *seeds = take(memory, group->runs, sizeof *seeds);
    const char **verdicts = take(memory, group->runs, sizeof *verdicts);
    size_t i = 0;
    if (!seeds || !verdicts)
        return;
    for (const raw_run *at = raw->runs; at; at = at->next, i++) {
        seeds[i] = at->seed;
        verdicts[i] = at->verdict;
    }
    group->seeds = seeds;
    group->verdicts = verdicts;
}

static void fill(reader *self, measures *out)
{
    measure_group *groups = take(self->memory, self->count, sizeof *groups);
    size_t i = 0;
    for (const raw_group *raw = self->first; groups && raw && !self->memory->failed; raw = raw->next, i++) {
        groups[i] = raw->group;
        fill_runs(self->memory, raw, &groups[i]);
        fill_all_series(self->memory, raw, &groups[i]);
    }
    *out = (measures){.groups = groups, .count = self->count, .memory = self->memory};
}

int measures_load(store *from, measures_filter filter, measures *out)
{
    reader self = {.from = from, .filter = filter, .memory = calloc(1, sizeof *self.memory)};
    measures loaded = {.memory = self.memory};
    if (!self.memory)
        return STORE_ERR_NO_MEMORY;
    int status = for_each(&self, RUNS, take_run);
    self.last = NULL;
    if (!status)
        status = for_each(&self, POINTS, take_point);
    if (!status)
        fill(&self, &loaded);
    if (!status && self.memory->failed)
        status = STORE_ERR_NO_MEMORY;
    if (status)
        measures_free(&loaded);
    else
        *out = loaded;
    return status;
}

void measures_free(measures *self)
{
    block *at = self->memory ? self->memory->blocks : NULL;
    while (at) {
        block *const next = at->next;
        free(at);
        at = next;
    }
    free(self->memory);
    *self = (measures){0};
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
