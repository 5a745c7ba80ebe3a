/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/failures.h"

#include "tools/cli/replay_command.h"
#include "tools/cli/table.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 512 };

/* By kind: its name, and as a phrase before the text. */
static const struct {
    const char *name, *phrase;
} KINDS[STATS_FAILURE_KINDS] = {
    [STATS_FAILURE_CRASHED] = {"crashed", "crashed"},
    [STATS_FAILURE_HUNG] = {"hung", "hung"},
    [STATS_FAILURE_REFUSED] = {"refused", "could not be run"},
    [STATS_FAILURE_CONTRADICTION] = {"contradiction", "contradicted by the packet taps"},
    [STATS_FAILURE_RULE] = {"rule", "rule broken"},
    [STATS_FAILURE_EXPECTATION] = {"expectation", ""},
    [STATS_FAILURE_NO_FAULT] = {"no fault", "the known fault did not happen"},
    [STATS_FAILURE_UNSUPPORTED] = {"unsupported", "unsupported"},
};

const char *stats_failure_name(stats_failure_kind kind)
{
    return KINDS[kind].name;
}

/* ---- reading ---- */

/* Columns of each query. */
enum { BUILD, SCENARIO, DIGEST, COMBINATION, TEXT, SEED, FIRST, COMMIT };

/* The runs, or what stands in `from` of them, of which `what` is true. By what they have in common, then by
 * seed. */
#define EACH(text, first, from, what)                                                                        \
    "SELECT r.build, r.scenario, r.digest, r.combination, " text ", r.seed, " first ", " STORE_BUILD_NAME    \
    " FROM " from " JOIN builds b ON b.id = r.build WHERE " what                                             \
    " AND (?1 IS NULL OR r.scenario = ?1) AND (?2 = 0 OR r.build = ?2)"                                      \
    " AND (?3 IS NULL OR r.digest || ' ' || r.combination IN (SELECT value FROM json_each(?3)))"             \
    " ORDER BY r.scenario, r.combination, r.build, r.digest, 5, r.seed"
#define EXPECTED(what)                                                                                       \
    EACH("e.text", "e.measured", "expectations e JOIN runs r ON r.id = e.run",                               \
         "e.held = 0 AND e.known_fault = 0 AND " what)
#define NOT_GOOD "coalesce(r.verdict, '') NOT IN ('passed', 'known fault')"

static const char *const SQL[STATS_FAILURE_KINDS] = {
    [STATS_FAILURE_CRASHED] = EACH("r.message", "r.message", "runs r", "r.status = 'crashed'"),
    [STATS_FAILURE_HUNG] = EACH("r.message", "r.message", "runs r", "r.status = 'hung'"),
    [STATS_FAILURE_REFUSED] = EACH("r.message", "r.message", "runs r", "r.status = 'refused'"),
    [STATS_FAILURE_CONTRADICTION] =
        EACH("''",
             "coalesce(r.message, (SELECT m.contradiction FROM migrations m WHERE m.run = r.id AND"
             " m.contradiction IS NOT NULL ORDER BY m.call LIMIT 1))",
             "runs r", "r.verdict = 'contradiction'"),
    [STATS_FAILURE_RULE] = EACH("t.rule || ' (' || t.level || ', ' || t.requirement || ')'",
                                "t.first_node || ': ' || t.first_text", "rules t JOIN runs r ON r.id = t.run",
                                "t.verdict = 'broken' AND " NOT_GOOD),
    [STATS_FAILURE_EXPECTATION] = EXPECTED("e.unsupported IS NULL"),
    [STATS_FAILURE_NO_FAULT] =
        EACH("''", "''", "runs r",
             "r.verdict = 'failed' AND NOT EXISTS (SELECT 1 FROM expectations e WHERE e.run = r.id AND"
             " e.known_fault = 0 AND e.held = 0)"),
    [STATS_FAILURE_UNSUPPORTED] = EXPECTED("e.unsupported IS NOT NULL"),
};
static const char EXPECTED_BEFORE[] = EXPECTED("1"); /* of stores from before there was `unsupported` */
static const char OF[] = "SELECT count(*) FROM runs WHERE build = ?1 AND scenario = ?2 AND digest = ?3 AND"
                         " combination = ?4";

typedef struct reader {
    store *from;
    stats_failures_filter filter;
    stats_failures *out;
    size_t capacity;
    sqlite3_stmt *of;
} reader;

static int prepare(store *from, const char *sql, sqlite3_stmt **row)
{
    return sqlite3_prepare_v2(store_database(from), sql, -1, row, NULL) == SQLITE_OK ? STORE_OK
                                                                                     : store_fault(from);
}

/* NULL: the store has nothing of the kind. */
static const char *sql_of(store *from, stats_failure_kind kind)
{
    const bool tells = store_has_column(from, "expectations", "unsupported");
    if (kind == STATS_FAILURE_UNSUPPORTED && !tells)
        return NULL;
    if (kind == STATS_FAILURE_RULE && !store_has_column(from, "rules", "run"))
        return NULL;
    return kind == STATS_FAILURE_EXPECTATION && !tells ? EXPECTED_BEFORE : SQL[kind];
}

static bool goes_on(const stats_failure *last, sqlite3_stmt *row)
{
    return last->build == sqlite3_column_int64(row, BUILD) &&
           strcmp(last->scenario, store_text(row, SCENARIO)) == 0 &&
           strcmp(last->digest, store_text(row, DIGEST)) == 0 &&
           strcmp(last->combination, store_text(row, COMBINATION)) == 0 &&
           strcmp(last->text, store_text(row, TEXT)) == 0;
}

static int count_runs(const reader *self, stats_failure *of)
{
    sqlite3_stmt *const row = self->of;
    const bool counted = sqlite3_bind_int64(row, 1, of->build) == SQLITE_OK &&
                         sqlite3_bind_text(row, 2, of->scenario, -1, SQLITE_STATIC) == SQLITE_OK &&
                         sqlite3_bind_text(row, 3, of->digest, -1, SQLITE_STATIC) == SQLITE_OK &&
                         sqlite3_bind_text(row, 4, of->combination, -1, SQLITE_STATIC) == SQLITE_OK &&
                         sqlite3_step(row) == SQLITE_ROW;
    const int status = counted ? STORE_OK : store_fault(self->from);
    of->of = counted ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
    (void)sqlite3_reset(row);
    return status;
}

static int begin(reader *self, stats_failure_kind kind, sqlite3_stmt *row)
{
    stats_failures *const out = self->out;
    if (out->count == self->capacity) {
        const size_t capacity = self->capacity ? 2 * self->capacity : 16;
        stats_failure *const items = realloc(out->items, capacity * sizeof *items);
        if (!items)
            return STORE_ERR_NO_MEMORY;
        out->items = items;
        self->capacity = capacity;
    }
    char command[REPLAY_COMMAND_MAX];
    char *const file = store_file(self->from, store_text(row, SCENARIO), store_text(row, DIGEST));
    stats_failure *const one = &out->items[out->count++];
    *one = (stats_failure){.build = sqlite3_column_int64(row, BUILD),
                           .commit = strdup(store_text(row, COMMIT)),
                           .scenario = strdup(store_text(row, SCENARIO)),
                           .digest = strdup(store_text(row, DIGEST)),
                           .combination = strdup(store_text(row, COMBINATION)),
                           .kind = kind,
                           .text = strdup(store_text(row, TEXT)),
                           .first = strdup(store_text(row, FIRST)),
                           .command = strdup(replay_command(
                               file ? file : store_text(row, SCENARIO), store_text(row, COMBINATION),
                               (uint64_t)sqlite3_column_int64(row, SEED), command))};
    free(file);
    const bool whole = one->commit && one->scenario && one->digest && one->combination && one->text &&
                       one->first && one->command;
    return whole ? count_runs(self, one) : STORE_ERR_NO_MEMORY;
}

static int take(reader *self, stats_failure_kind kind, size_t before, sqlite3_stmt *row)
{
    stats_failures *const out = self->out;
    int status = STORE_OK;
    if (out->count == before || !goes_on(&out->items[out->count - 1], row))
        status = begin(self, kind, row);
    if (status)
        return status;
    stats_failure *const one = &out->items[out->count - 1];
    if (one->runs < STATS_FAILURE_SEEDS)
        one->seeds[one->runs] = (uint64_t)sqlite3_column_int64(row, SEED);
    one->runs++;
    return STORE_OK;
}

static int read_kind(reader *self, stats_failure_kind kind)
{
    const char *const sql = sql_of(self->from, kind);
    const size_t before = self->out->count;
    sqlite3_stmt *row = NULL;
    int step = SQLITE_DONE;
    if (!sql)
        return STORE_OK;
    int status = prepare(self->from, sql, &row);
    if (!status && (sqlite3_bind_text(row, 1, self->filter.scenario, -1, SQLITE_STATIC) != SQLITE_OK ||
                    sqlite3_bind_int64(row, 2, self->filter.build) != SQLITE_OK ||
                    sqlite3_bind_text(row, 3, self->filter.of, -1, SQLITE_STATIC) != SQLITE_OK))
        status = store_fault(self->from);
    while (!status && (step = sqlite3_step(row)) == SQLITE_ROW)
        status = take(self, kind, before, row);
    if (!status && step != SQLITE_DONE)
        status = store_fault(self->from);
    (void)sqlite3_finalize(row);
    return status;
}

static int compare(const void *left, const void *right)
{
    const stats_failure *const a = left;
    const stats_failure *const b = right;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    if (a->runs != b->runs)
        return a->runs > b->runs ? -1 : 1;
    const int by[] = {strcmp(a->scenario, b->scenario), strcmp(a->combination, b->combination),
                      strcmp(a->text, b->text), strcmp(a->commit, b->commit), strcmp(a->digest, b->digest)};
    for (size_t i = 0; i < sizeof by / sizeof *by; i++)
        if (by[i])
            return by[i];
    return (a->build > b->build) - (a->build < b->build);
}

int stats_failures_read(store *from, stats_failures_filter filter, stats_failures *out)
{
    stats_failures all = {0};
    reader self = {.from = from, .filter = filter, .out = &all};
    int status = prepare(from, OF, &self.of);
    for (stats_failure_kind kind = 0; !status && kind < STATS_FAILURE_KINDS; kind++)
        status = read_kind(&self, kind);
    (void)sqlite3_finalize(self.of);
    if (status) {
        stats_failures_fini(&all);
        return status;
    }
    if (all.count > 0)
        qsort(all.items, all.count, sizeof *all.items, compare);
    *out = all;
    return STORE_OK;
}

void stats_failures_fini(stats_failures *self)
{
    for (size_t i = 0; i < self->count; i++) {
        stats_failure *const one = &self->items[i];
        char *const texts[] = {one->commit, one->scenario, one->digest, one->combination,
                               one->text,   one->first,    one->command};
        for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
            free(texts[t]);
    }
    free(self->items);
    *self = (stats_failures){0};
}

/* ---- printing ---- */

static bool has_builds(const stats_failures *self)
{
    for (size_t i = 1; i < self->count; i++)
        if (self->items[i].build != self->items[0].build)
            return true;
    return false;
}

const char *stats_failure_seeds(const stats_failure *self, char text[STATS_FAILURE_SEEDS_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < STATS_FAILURE_SEEDS && i < self->runs; i++)
        used += (size_t)snprintf(text + used, STATS_FAILURE_SEEDS_MAX - used, "%s%" PRIu64, i ? ", " : "",
                                 self->seeds[i]);
    (void)snprintf(text + used, STATS_FAILURE_SEEDS_MAX - used, "%s",
                   self->runs > STATS_FAILURE_SEEDS ? ", ..." : "");
    return text;
}

const char *stats_failure_what(const stats_failure *self, char *text, size_t size)
{
    const char *const phrase = KINDS[self->kind].phrase;
    (void)snprintf(text, size, "%s%s%s", phrase, phrase[0] && self->text[0] ? ": " : "", self->text);
    return text;
}

static void add_row(table *to, const stats_failure *one, bool with_build)
{
    char text[2 * TEXT_MAX];
    char seeds[STATS_FAILURE_SEEDS_MAX];
    (void)snprintf(text, sizeof text, "%s%s%s%s", one->scenario, one->combination[0] ? " [" : "",
                   one->combination, one->combination[0] ? "]" : "");
    table_cell(to, TABLE_PLAIN, text);
    table_cell(to, TABLE_BAD, stats_failure_what(one, text, sizeof text));
    (void)snprintf(text, sizeof text, "%" PRIu64 " of %" PRIu64, one->runs, one->of);
    table_cell(to, TABLE_PLAIN, text);
    table_cell(to, TABLE_PLAIN, stats_failure_seeds(one, seeds));
    if (with_build)
        table_cell(to, TABLE_DIM, one->commit);
    table_cell(to, TABLE_PLAIN, one->command);
}

bool stats_failures_print(const stats_failures *self, size_t shown, const char *db, FILE *to, bool colour)
{
    static const char *const TITLES[] = {"scenario", "what failed", ">runs", "seeds", "to see the first"};
    static const char *const OF_BUILDS[] = {"scenario", "what failed", ">runs",
                                            "seeds",    "commit",      "to see the first"};
    const bool builds = has_builds(self);
    char word[REPLAY_COMMAND_MAX];
    if (self->count == 0)
        return true;
    table *const all = builds ? table_new(OF_BUILDS, sizeof OF_BUILDS / sizeof *OF_BUILDS)
                              : table_new(TITLES, sizeof TITLES / sizeof *TITLES);
    if (!all)
        return false;
    for (size_t i = 0; i < self->count && i < shown; i++)
        add_row(all, &self->items[i], builds);
    const bool good = table_print(all, to, colour);
    table_free(all);
    if (self->count > shown)
        (void)fprintf(to, "and %zu more: roam stats --failures --db %s\n", self->count - shown,
                      replay_word(db, word));
    return good;
}
