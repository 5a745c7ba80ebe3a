/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/series_read.h"

#include "core/hash.h"
#include "core/table.h"
#include "tools/cli/own_seed.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

void *measures_take(struct measures_memory *memory, size_t count, size_t size)
{
    measures_block *const taken =
        size && count > (SIZE_MAX - sizeof *taken) / size ? NULL : calloc(1, sizeof *taken + count * size);
    if (!taken) {
        memory->failed = true;
        return NULL;
    }
    taken->next = memory->blocks;
    memory->blocks = taken;
    return taken->bytes;
}

const char *measures_take_text(struct measures_memory *memory, const char *text)
{
    const char *const from = text ? text : "";
    char *const copy = measures_take(memory, strlen(from) + 1, 1);
    if (copy)
        memcpy(copy, from, strlen(from) + 1);
    return copy;
}

void measures_release(struct measures_memory *memory)
{
    measures_block *at = memory ? memory->blocks : NULL;
    while (at) {
        measures_block *const next = at->next;
        free(at);
        at = next;
    }
    free(memory);
}

/* ---- places by key ---- */

typedef struct reader {
    store *from;
    const measures_filter *filter;
    struct measures_memory *memory;
    measures_rows *rows;
    core_table groups;
    core_table columns;
    size_t run_capacity;
    size_t group_capacity;
    size_t column_capacity;
    size_t at;       /* the run of the latest row */
    uint64_t latest; /* hash of the latest validation's key */
} reader;

static uint64_t hash_text(uint64_t hash, const char *text)
{
    return core_hash_bytes(hash, text, strlen(text) + 1);
}

static uint64_t hash_number(uint64_t hash, uint64_t number)
{
    return core_hash_mix(hash ^ number);
}

static bool reserve_place(reader *self, core_table *of)
{
    self->memory->failed = self->memory->failed || core_table_reserve(of) != 0;
    return !self->memory->failed;
}

/* An array with room for one more, or NULL and the array as it was. */
static void *grow(reader *self, void *array, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity)
        return array;
    const size_t more = *capacity ? 2 * *capacity : 64;
    void *const grown = realloc(array, more * size);
    if (grown)
        *capacity = more;
    else
        self->memory->failed = true;
    return grown;
}

/* ---- names ---- */

static uint32_t name_of(reader *self, const char *text)
{
    measures_rows *const rows = self->rows;
    for (size_t i = 0; i < rows->name_count; i++)
        if (strcmp(rows->names[i], text) == 0)
            return (uint32_t)i;
    if (rows->name_count == MEASURES_NAMES_MAX)
        return MEASURES_NAMES_MAX - 1;
    const bool last = rows->name_count + 1 == MEASURES_NAMES_MAX;
    const char *const copy = measures_take_text(self->memory, last ? "others" : text);
    if (!copy)
        return 0;
    rows->names[rows->name_count] = copy;
    return (uint32_t)rows->name_count++;
}

/* ---- runs ---- */

#define TEXT(column) ((const char *)sqlite3_column_text(row, column))
#define INTEGER(column) sqlite3_column_int64(row, column)

/* Columns of RUNS. */
enum { ID, BUILD, COMMITTED, COMMIT, SCENARIO, DIRECTORY, DIGEST, COMBINATION, SEED, VERDICT };

static const char RUNS[] =
    "SELECT r.id, r.build, b.committed_s, " STORE_BUILD_NAME
    ", r.scenario, r.directory, r.digest, r.combination, "
    "r.seed, coalesce(r.verdict, r.status) FROM runs AS r CROSS JOIN builds AS b ON b.id = r.build";

static uint64_t hash_group(uint64_t build, const char *scenario, const char *combination, const char *digest)
{
    return hash_text(hash_text(hash_text(hash_number(CORE_HASH_START, build), scenario), combination),
                     digest);
}

static bool is_group(const measure_group *group, sqlite3_stmt *row)
{
    return group->build == INTEGER(BUILD) && strcmp(group->scenario, TEXT(SCENARIO)) == 0 &&
           strcmp(group->combination, TEXT(COMBINATION)) == 0 && strcmp(group->digest, TEXT(DIGEST)) == 0;
}

static bool add_group(reader *self, sqlite3_stmt *row)
{
    measures_rows *const rows = self->rows;
    size_t capacity = self->group_capacity;
    measure_group *const groups =
        grow(self, rows->groups, rows->group_count, &self->group_capacity, sizeof *groups);
    rows->groups = groups ? groups : rows->groups;
    int64_t *const committed_s =
        grow(self, rows->committed_s, rows->group_count, &capacity, sizeof *committed_s);
    rows->committed_s = committed_s ? committed_s : rows->committed_s;
    if (!groups || !committed_s)
        return false;
    rows->committed_s[rows->group_count] = INTEGER(COMMITTED);
    rows->groups[rows->group_count++] =
        (measure_group){.build = INTEGER(BUILD),
                        .commit = measures_take_text(self->memory, TEXT(COMMIT)),
                        .scenario = measures_take_text(self->memory, TEXT(SCENARIO)),
                        .directory = measures_take_text(self->memory, TEXT(DIRECTORY)),
                        .digest = measures_take_text(self->memory, TEXT(DIGEST)),
                        .combination = measures_take_text(self->memory, TEXT(COMBINATION)),
                        .first_seed = UINT64_MAX};
    return !self->memory->failed;
}

/* False: out of memory. */
static bool find_group(reader *self, sqlite3_stmt *row, uint32_t *place)
{
    const uint64_t hash =
        hash_group((uint64_t)INTEGER(BUILD), TEXT(SCENARIO), TEXT(COMBINATION), TEXT(DIGEST));
    uint32_t slot;
    *place = core_table_first(&self->groups, hash, &slot);
    while (*place != CORE_TABLE_NONE && !is_group(&self->rows->groups[*place], row))
        *place = core_table_next(&self->groups, hash, &slot);
    if (*place != CORE_TABLE_NONE)
        return true;
    *place = (uint32_t)self->rows->group_count;
    if (!reserve_place(self, &self->groups) || !add_group(self, row))
        return false;
    core_table_add(&self->groups, hash, *place);
    return true;
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
        {"unsupported", &group->unsupported},
        {"crashed", &group->crashed},
        {"hung", &group->hung},
        {"refused", &group->refused},
    };
    group->runs++;
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        *ROWS[i].count += strcmp(ROWS[i].name, verdict) == 0;
}

static void take_run(reader *self, sqlite3_stmt *row)
{
    measures_rows *const rows = self->rows;
    measures_run run = {.id = INTEGER(ID)};
    const measures_filter *const filter = self->filter;
    const uint64_t stored = (uint64_t)INTEGER(SEED);
    const uint64_t seed = filter->independent ? own_seed_stands_for(stored, TEXT(COMBINATION)) : stored;
    if (filter->of_seeds && (seed < filter->first_seed || seed > filter->last_seed))
        return;
    size_t capacity = self->run_capacity;
    measures_run *const runs = grow(self, rows->runs, rows->run_count, &self->run_capacity, sizeof *runs);
    rows->runs = runs ? runs : rows->runs;
    if (!runs || !find_group(self, row, &run.group))
        return;
    if (!filter->without_points) {
        uint64_t *const seeds = grow(self, rows->seeds, rows->run_count, &capacity, sizeof *seeds);
        rows->seeds = seeds ? seeds : rows->seeds;
        if (!seeds)
            return;
        seeds[rows->run_count] = seed;
    }
    measure_group *const group = &rows->groups[run.group];
    count_run(group, TEXT(VERDICT));
    group->first_seed = seed < group->first_seed ? seed : group->first_seed;
    group->last_seed = seed > group->last_seed ? seed : group->last_seed;
    run.verdict = name_of(self, TEXT(VERDICT));
    rows->runs[rows->run_count++] = run;
}

static int step_all(reader *self, sqlite3_stmt *row, void (*take_row)(reader *self, sqlite3_stmt *row))
{
    int stepped = SQLITE_DONE;
    while (!self->memory->failed && (stepped = sqlite3_step(row)) == SQLITE_ROW)
        take_row(self, row);
    const int status = self->memory->failed     ? STORE_ERR_NO_MEMORY
                       : stepped == SQLITE_DONE ? STORE_OK
                                                : store_fault(self->from);
    (void)sqlite3_reset(row);
    return status;
}

static bool is_of_scenarios(const measures_filter *filter)
{
    return filter->scenario || filter->scenario_count > 0;
}

/* A condition that is not asked for is not in the query, so that the rest can use an index. */
static sqlite3_stmt *prepare_runs(const reader *self, const char *names)
{
    char sql[1024];
    sqlite3_stmt *row = NULL;
    const measures_filter *const filter = self->filter;
    const bool of_seeds = filter->of_seeds && !filter->independent;
    (void)snprintf(sql, sizeof sql, "%s WHERE ?1 <> 0%s%s%s ORDER BY r.id", RUNS,
                   filter->build ? " AND r.build = ?1" : "", of_seeds ? " AND r.seed BETWEEN ?2 AND ?3" : "",
                   names ? " AND r.scenario IN (SELECT value FROM json_each(?4))" : "");
    if (sqlite3_prepare_v2(store_database(self->from), sql, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_bind_int64(row, 1, filter->build ? filter->build : 1) == SQLITE_OK &&
        (!of_seeds || (sqlite3_bind_int64(row, 2, (sqlite3_int64)filter->first_seed) == SQLITE_OK &&
                       sqlite3_bind_int64(row, 3, (sqlite3_int64)filter->last_seed) == SQLITE_OK)) &&
        (!names || sqlite3_bind_text(row, 4, names, -1, SQLITE_TRANSIENT) == SQLITE_OK))
        return row;
    (void)sqlite3_finalize(row);
    return NULL;
}

static int read_runs(reader *self)
{
    const measures_filter *const filter = self->filter;
    char *names = NULL;
    if (is_of_scenarios(filter)) {
        names = filter->scenario ? store_names(&filter->scenario, 1)
                                 : store_names(filter->scenarios, filter->scenario_count);
        if (!names)
            return STORE_ERR_NO_MEMORY;
    }
    sqlite3_stmt *const row = prepare_runs(self, names);
    free(names);
    const int status = row ? step_all(self, row, take_run) : store_fault(self->from);
    (void)sqlite3_finalize(row);
    return status;
}

/* ---- points ---- */

static uint64_t hash_column(uint32_t group, measure_kind kind, const char *label)
{
    return hash_text(hash_number(CORE_HASH_START, (uint64_t)group << 2 | (uint64_t)kind), label);
}

/* NULL: out of memory. */
static measures_column *find_column(reader *self, measure_kind kind, const char *label)
{
    measures_rows *const rows = self->rows;
    const uint32_t group = rows->runs[self->at].group;
    const uint64_t hash = hash_column(group, kind, label);
    uint32_t slot;
    uint32_t place = core_table_first(&self->columns, hash, &slot);
    for (; place != CORE_TABLE_NONE; place = core_table_next(&self->columns, hash, &slot)) {
        measures_column *const column = &rows->columns[place];
        if (column->group == group && column->kind == kind && strcmp(column->label, label) == 0)
            return column;
    }
    if (!reserve_place(self, &self->columns))
        return NULL;
    measures_column *const columns =
        grow(self, rows->columns, rows->column_count, &self->column_capacity, sizeof *columns);
    const char *const copy = measures_take_text(self->memory, label);
    rows->columns = columns ? columns : rows->columns;
    if (!columns || !copy)
        return NULL;
    core_table_add(&self->columns, hash, (uint32_t)rows->column_count);
    columns[rows->column_count] = (measures_column){.group = group, .kind = kind, .label = copy};
    return &columns[rows->column_count++];
}

static bool grow_column(reader *self, measures_column *column)
{
    if (column->count < column->capacity)
        return true;
    const size_t capacity = column->capacity ? 2 * column->capacity : 4;
    uint64_t *const values = realloc(column->values, capacity * sizeof *values);
    column->values = values ? values : column->values;
    uint32_t *const runs = realloc(column->runs, capacity * sizeof *runs);
    column->runs = runs ? runs : column->runs;
    uint8_t *const outcomes = realloc(column->outcomes, capacity * sizeof *outcomes);
    column->outcomes = outcomes ? outcomes : column->outcomes;
    uint32_t *const numbers =
        self->filter->without_points ? NULL : realloc(column->numbers, capacity * sizeof *numbers);
    column->numbers = numbers ? numbers : column->numbers;
    if (values && runs && outcomes && (numbers || self->filter->without_points)) {
        column->capacity = capacity;
        return true;
    }
    self->memory->failed = true;
    return false;
}

static void add_point(reader *self, measures_column *column, uint64_t value, uint32_t outcome,
                      uint32_t number)
{
    if (!column || !grow_column(self, column))
        return;
    column->values[column->count] = value;
    column->runs[column->count] = (uint32_t)self->at;
    column->outcomes[column->count] = (uint8_t)outcome;
    if (column->numbers)
        column->numbers[column->count] = number;
    column->count++;
}

/* The run that the row is of; rows come by run. False: it is none of those read. */
static bool find_run(reader *self, int64_t id)
{
    const measures_rows *const rows = self->rows;
    while (self->at < rows->run_count && rows->runs[self->at].id < id)
        self->at++;
    return self->at < rows->run_count && rows->runs[self->at].id == id;
}

static uint64_t value_of(sqlite3_stmt *row, int column)
{
    return sqlite3_column_type(row, column) == SQLITE_NULL ? MEASURE_NONE : (uint64_t)INTEGER(column);
}

/* run, number, label, value, outcome, then what calls that joined have in common, of which the first counts.
 */
static void take_validation(reader *self, sqlite3_stmt *row)
{
    if (!find_run(self, INTEGER(0)))
        return;
    uint64_t key = hash_text(hash_text(hash_number(CORE_HASH_START, (uint64_t)INTEGER(0)), TEXT(5)), TEXT(6));
    key = hash_number(hash_number(key, (uint64_t)INTEGER(7)), (uint64_t)INTEGER(8));
    if (key == self->latest)
        return;
    self->latest = key;
    add_point(self, find_column(self, MEASURE_VALIDATION, TEXT(2)), value_of(row, 3), name_of(self, TEXT(4)),
              (uint32_t)INTEGER(1));
}

/* run, number, label, value, outcome */
static void take_rebind(reader *self, sqlite3_stmt *row)
{
    if (find_run(self, INTEGER(0)))
        add_point(self, find_column(self, MEASURE_REBIND, TEXT(2)), value_of(row, 3), name_of(self, TEXT(4)),
                  (uint32_t)INTEGER(1));
}

static void take_preferred(reader *self, sqlite3_stmt *row)
{
    if (find_run(self, INTEGER(0)))
        add_point(self, find_column(self, MEASURE_PREFERRED, TEXT(2)), value_of(row, 3),
                  name_of(self, TEXT(4)), (uint32_t)INTEGER(1));
}

/* run, number, label, value, outcome; of the flows of one direction the greatest, and whether any lacks some.
 */
static void take_gap(reader *self, sqlite3_stmt *row)
{
    measures_column *const column =
        find_run(self, INTEGER(0)) ? find_column(self, MEASURE_GAP, TEXT(2)) : NULL;
    if (!column)
        return;
    const uint64_t value = value_of(row, 3);
    const uint32_t incomplete = name_of(self, "incomplete");
    const uint32_t outcome = name_of(self, TEXT(4));
    if (column->count == 0 || column->runs[column->count - 1] != self->at) {
        add_point(self, column, value, outcome, 0);
        return;
    }
    uint64_t *const most = &column->values[column->count - 1];
    *most = *most == MEASURE_NONE || (value != MEASURE_NONE && value > *most) ? value : *most;
    if (outcome == incomplete)
        column->outcomes[column->count - 1] = (uint8_t)incomplete;
}

/* A table is read from end to end, or of few runs what each has. */
#define OF_RUNS " WHERE run BETWEEN ?1 AND ?2 ORDER BY run"

static const struct {
    const char *sql;
    void (*take_row)(reader *self, sqlite3_stmt *row);
} TABLES[] = {
    [MEASURE_VALIDATION] = {"SELECT run, call, coalesce(label, node || ' -> ' || peer), validation_ns,"
                            " coalesce(result, 'none'), " STORE_VALIDATION_OF " FROM migrations" OF_RUNS
                            ", " STORE_VALIDATION_OF ", " STORE_VALIDATION_FIRST,
                            take_validation},
    [MEASURE_REBIND] = {"SELECT run, number, node || ' of ' || coalesce(peer, '?'), CASE WHEN validated THEN"
                        " finished_ns - noticed_ns END, CASE WHEN validated THEN 'validated' ELSE"
                        " 'not validated' END FROM rebinds" OF_RUNS ", number",
                        take_rebind},
    [MEASURE_GAP] = {"SELECT run, flow, sender || ' -> ' || receiver, gap_ns, CASE WHEN missing > 0 THEN"
                     " 'incomplete' ELSE 'complete' END FROM gaps" OF_RUNS ", flow",
                     take_gap},
    [MEASURE_PREFERRED] =
        {"SELECT run, number, node || ' -> ' || coalesce(peer, '?'), validation_ns, result FROM"
         " preferred_addresses" OF_RUNS ", number",
         take_preferred},
};

static int step_between(reader *self, sqlite3_stmt *row, int64_t first, int64_t last, measure_kind kind)
{
    if (sqlite3_bind_int64(row, 1, first) != SQLITE_OK || sqlite3_bind_int64(row, 2, last) != SQLITE_OK)
        return store_fault(self->from);
    return step_all(self, row, TABLES[kind].take_row);
}

/* Whether the runs that were read are few of those there are. */
static int are_few(reader *self, bool *few)
{
    enum { FEW = 8 };
    sqlite3_stmt *row = NULL;
    int status = STORE_OK;
    *few = false;
    if (!is_of_scenarios(self->filter) && !self->filter->build && !self->filter->of_seeds)
        return STORE_OK;
    if (sqlite3_prepare_v2(store_database(self->from), "SELECT count(*) FROM runs", -1, &row, NULL) !=
            SQLITE_OK ||
        sqlite3_step(row) != SQLITE_ROW)
        status = store_fault(self->from);
    else
        *few = self->rows->run_count < (size_t)INTEGER(0) / FEW;
    (void)sqlite3_finalize(row);
    return status;
}

static int read_points(reader *self, measure_kind kind, bool few)
{
    const measures_rows *const rows = self->rows;
    sqlite3_stmt *row = NULL;
    self->at = 0;
    self->latest = 0;
    if (sqlite3_prepare_v2(store_database(self->from), TABLES[kind].sql, -1, &row, NULL) != SQLITE_OK)
        return store_fault(self->from);
    int status = few ? STORE_OK : step_between(self, row, 0, INT64_MAX, kind);
    for (size_t i = 0; few && !status && i < rows->run_count; i++)
        status = step_between(self, row, rows->runs[i].id, rows->runs[i].id, kind);
    (void)sqlite3_finalize(row);
    return status;
}

int measures_read(store *from, const measures_filter *filter, struct measures_memory *memory,
                  measures_rows *out)
{
    reader self = {.from = from, .filter = filter, .memory = memory, .rows = out};
    bool few = false;
    *out = (measures_rows){0};
    int status = read_runs(&self);
    if (!status)
        status = are_few(&self, &few);
    const measure_kind last = filter->validations_alone     ? MEASURE_VALIDATION
                              : filter->preferred_addresses ? MEASURE_PREFERRED
                                                            : MEASURE_GAP;
    for (size_t kind = 0; !status && kind <= (size_t)last; kind++)
        status = read_points(&self, (measure_kind)kind, few);
    core_table_fini(&self.groups);
    core_table_fini(&self.columns);
    if (status)
        measures_rows_free(out);
    return status;
}

void measures_column_free(measures_column *self)
{
    free(self->values);
    free(self->runs);
    free(self->outcomes);
    free(self->numbers);
    *self = (measures_column){0};
}

void measures_rows_free(measures_rows *self)
{
    for (size_t i = 0; i < self->column_count; i++)
        measures_column_free(&self->columns[i]);
    free(self->columns);
    free(self->groups);
    free(self->committed_s);
    free(self->runs);
    free(self->seeds);
    *self = (measures_rows){0};
}
