/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/expectations.h"

#include "tools/cli/table.h"
#include "tools/stats/series_text.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

static const unsigned PERCENTS[] = {50, 90, 99, 100};
enum { PERCENT_COUNT = sizeof PERCENTS / sizeof *PERCENTS, TEXT_MAX = 256 };

typedef struct row_of {
    stats_expectation is;
    size_t held, runs, capacity;
    bool valued; /* one of the values is there */
} row_of;

typedef struct stats_expectations_group {
    int64_t build;
    char *scenario, *digest, *combination;
    row_of *rows;
    size_t count;
    stats_expectation *items; /* the rows when all are read */
} group_of;

/* ---- reading ---- */

/* Neighbours in the table are neighbours of a group (store_run_id), so that nothing has to be sorted. */
#define EACH(unsupported, ns, bps)                                                                           \
    "SELECT r.build, r.scenario, r.digest, r.combination, e.text, e.held, " unsupported ", " ns ", " bps     \
    " FROM expectations e CROSS JOIN runs r ON r.id = e.run WHERE e.known_fault = 0 AND r.status = "         \
    "'finished' AND (?1 IS NULL OR r.scenario = ?1) ORDER BY e.run, e.number"
enum { BUILD, SCENARIO, DIGEST, COMBINATION, TEXT, HELD, UNSUPPORTED, NANOSECONDS, BITS };

static const char ALL[] = EACH("e.unsupported", "e.value_ns", "e.value_bps");
static const char WITHOUT_VALUES[] = EACH("e.unsupported", "NULL", "NULL");
static const char BEFORE[] = EACH("NULL", "NULL", "NULL");

static bool is_group(const group_of *group, sqlite3_stmt *row)
{
    return group->build == sqlite3_column_int64(row, BUILD) &&
           strcmp(group->combination, store_text(row, COMBINATION)) == 0 &&
           strcmp(group->scenario, store_text(row, SCENARIO)) == 0 &&
           strcmp(group->digest, store_text(row, DIGEST)) == 0;
}

/* NULL: out of memory. The latest comes first, because rows of one follow one another. */
static group_of *find_group(stats_expectations *all, size_t *latest, sqlite3_stmt *row)
{
    if (*latest < all->count && is_group(&all->groups[*latest], row))
        return &all->groups[*latest];
    for (size_t i = 0; i < all->count; i++)
        if (is_group(&all->groups[i], row))
            return &all->groups[*latest = i];
    group_of *const groups = realloc(all->groups, (all->count + 1) * sizeof *groups);
    if (!groups)
        return NULL;
    all->groups = groups;
    group_of *const one = &groups[ *latest = all->count++];
    *one = (group_of){.build = sqlite3_column_int64(row, BUILD),
                      .scenario = strdup(store_text(row, SCENARIO)),
                      .digest = strdup(store_text(row, DIGEST)),
                      .combination = strdup(store_text(row, COMBINATION))};
    return one->scenario && one->digest && one->combination ? one : NULL;
}

/* By its text: the one that is implied has a row only where it does not hold. NULL: out of memory. */
static row_of *find_row(group_of *group, const char *text)
{
    for (size_t i = 0; i < group->count; i++)
        if (strcmp(group->rows[i].is.text, text) == 0)
            return &group->rows[i];
    row_of *const rows = realloc(group->rows, (group->count + 1) * sizeof *rows);
    if (!rows)
        return NULL;
    group->rows = rows;
    row_of *const one = &rows[group->count];
    *one = (row_of){.is = {.text = strdup(text)}};
    group->count += one->is.text != NULL;
    return one->is.text ? one : NULL;
}

static bool add_value(row_of *to, sqlite3_stmt *row)
{
    const bool is_rate = sqlite3_column_type(row, BITS) != SQLITE_NULL;
    const int column = is_rate ? BITS : NANOSECONDS;
    const bool none = sqlite3_column_type(row, column) == SQLITE_NULL;
    stats_expectation *const is = &to->is;
    if (is->value_count == to->capacity) {
        const size_t capacity = to->capacity ? 2 * to->capacity : 16;
        uint64_t *const values = realloc(is->values, capacity * sizeof *values);
        if (!values)
            return false;
        is->values = values;
        to->capacity = capacity;
    }
    is->values[is->value_count++] = none ? STATISTICS_NEVER : (uint64_t)sqlite3_column_int64(row, column);
    is->is_rate |= is_rate;
    to->valued |= !none;
    return true;
}

static bool take(stats_expectations *all, size_t *latest, sqlite3_stmt *row)
{
    group_of *const group = find_group(all, latest, row);
    row_of *const one = group ? find_row(group, store_text(row, TEXT)) : NULL;
    if (!one)
        return false;
    one->runs++;
    one->held += sqlite3_column_int64(row, HELD) != 0;
    one->is.unsupported += sqlite3_column_type(row, UNSUPPORTED) != SQLITE_NULL;
    return add_value(one, row);
}

static bool close_group(group_of *group)
{
    group->items = calloc(group->count + 1, sizeof *group->items);
    for (size_t i = 0; group->items && i < group->count; i++) {
        row_of *const row = &group->rows[i];
        row->is.held = statistics_wilson(row->held, row->runs);
        if (!row->valued)
            row->is.value_count = 0;
        statistics_sort(row->is.values, row->is.value_count);
        group->items[i] = row->is;
    }
    return group->items;
}

int stats_expectations_read(store *from, const char *scenario, stats_expectations *out)
{
    stats_expectations all = {0};
    sqlite3_stmt *row = NULL;
    size_t latest = 0;
    int step = SQLITE_DONE;
    int status = STORE_OK;
    const char *const sql = store_has_column(from, "expectations", "value_bps")     ? ALL
                            : store_has_column(from, "expectations", "unsupported") ? WITHOUT_VALUES
                                                                                    : BEFORE;
    if (sqlite3_prepare_v2(store_database(from), sql, -1, &row, NULL) != SQLITE_OK ||
        sqlite3_bind_text(row, 1, scenario, -1, SQLITE_STATIC) != SQLITE_OK)
        status = store_fault(from);
    while (!status && (step = sqlite3_step(row)) == SQLITE_ROW)
        status = take(&all, &latest, row) ? STORE_OK : STORE_ERR_NO_MEMORY;
    if (!status && step != SQLITE_DONE)
        status = store_fault(from);
    (void)sqlite3_finalize(row);
    for (size_t i = 0; !status && i < all.count; i++)
        status = close_group(&all.groups[i]) ? STORE_OK : STORE_ERR_NO_MEMORY;
    if (status)
        stats_expectations_fini(&all);
    else
        *out = all;
    return status;
}

void stats_expectations_fini(stats_expectations *self)
{
    for (size_t i = 0; i < self->count; i++) {
        group_of *const group = &self->groups[i];
        for (size_t r = 0; r < group->count; r++) {
            free(group->rows[r].is.text);
            free(group->rows[r].is.values);
        }
        free(group->rows);
        free(group->items);
        free(group->scenario);
        free(group->digest);
        free(group->combination);
    }
    free(self->groups);
    *self = (stats_expectations){0};
}

const stats_expectation *stats_expectations_of(const stats_expectations *self, const measure_group *group,
                                               size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < self->count; i++) {
        const group_of *const one = &self->groups[i];
        if (one->build != group->build || strcmp(one->scenario, group->scenario) != 0 ||
            strcmp(one->digest, group->digest) != 0 || strcmp(one->combination, group->combination) != 0)
            continue;
        *count = one->count;
        return one->items;
    }
    return NULL;
}

/* ---- printing ---- */

static void add_percentile(table *to, const stats_expectation *one, unsigned percent)
{
    char text[MEASURES_TEXT_MAX] = "";
    if (one->value_count > 0) {
        const uint64_t value = statistics_percentile_of(one->values, one->value_count, percent).value;
        if (one->is_rate && value != STATISTICS_NEVER)
            (void)snprintf(text, sizeof text, "%.3f Mbps", (double)value / 1e6);
        else
            (void)measures_time_text(value, text);
    }
    table_cell(to, TABLE_PLAIN, text);
}

static void add_row(table *to, const stats_expectation *one)
{
    char text[TEXT_MAX];
    const statistics_proportion held = one->held;
    table_cell(to, TABLE_PLAIN, one->text);
    (void)snprintf(text, sizeof text, "%zu of %zu", (size_t)held.successes, (size_t)held.trials);
    table_cell(to, held.successes == held.trials ? TABLE_GOOD : TABLE_BAD, text);
    (void)snprintf(text, sizeof text, "%.1f %%", held.ppm / 1e4);
    table_cell(to, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%.1f to %.1f %%", held.low_ppm / 1e4, held.high_ppm / 1e4);
    table_cell(to, TABLE_DIM, text);
    for (size_t i = 0; i < PERCENT_COUNT; i++)
        add_percentile(to, one, PERCENTS[i]);
}

bool stats_expectations_print(const stats_expectations *self, const measure_group *group, FILE *to,
                              bool colour)
{
    static const char *const TITLES[] = {"expectation", ">held", ">of runs", ">95 %",
                                         ">50 %",       ">90 %", ">99 %",    ">max"};
    size_t count;
    const stats_expectation *const items = stats_expectations_of(self, group, &count);
    if (count == 0)
        return true;
    table *const all = table_new(TITLES, sizeof TITLES / sizeof *TITLES);
    if (!all)
        return false;
    for (size_t i = 0; i < count; i++)
        add_row(all, &items[i]);
    (void)fputc('\n', to);
    const bool good = table_print(all, to, colour);
    table_free(all);
    return good;
}

/* null where there is no bound; "never" of what was never reached. */
static json_t *value_json(bool has, uint64_t value)
{
    if (!has)
        return json_null();
    return value == STATISTICS_NEVER ? json_string("never") : json_integer((json_int_t)value);
}

static json_t *percentiles_json(const stats_expectation *one)
{
    json_t *const all = json_object();
    for (size_t i = 0; i < PERCENT_COUNT && one->value_count > 0; i++) {
        char name[16];
        const unsigned percent = PERCENTS[i];
        const statistics_percentile at = statistics_percentile_of(one->values, one->value_count, percent);
        (void)snprintf(name, sizeof name, "p%u", percent);
        (void)json_object_set_new(all, name,
                                  json_pack("{s:o, s:o, s:o}", "value", value_json(true, at.value), "low",
                                            value_json(at.has_low, at.low), "high",
                                            value_json(at.has_high, at.high)));
    }
    return all;
}

json_t *stats_expectations_json(const stats_expectations *self, const measure_group *group)
{
    size_t count;
    const stats_expectation *const items = stats_expectations_of(self, group, &count);
    json_t *const array = json_array();
    for (size_t i = 0; i < count; i++) {
        const stats_expectation *const one = &items[i];
        json_t *const object =
            json_pack("{s:s, s:I, s:I, s:f, s:f, s:f, s:I}", "expectation", one->text, "held",
                      (json_int_t)one->held.successes, "runs", (json_int_t)one->held.trials, "share",
                      one->held.ppm / 1e6, "low", one->held.low_ppm / 1e6, "high", one->held.high_ppm / 1e6,
                      "unsupported", (json_int_t)one->unsupported);
        if (one->value_count > 0) {
            (void)json_object_set_new(object, "unit", json_string(one->is_rate ? "bps" : "ns"));
            (void)json_object_set_new(object, "percentiles", percentiles_json(one));
        }
        (void)json_array_append_new(array, object);
    }
    return array;
}
