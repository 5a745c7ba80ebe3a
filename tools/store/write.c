/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"
#include "sim/verdict/rules/rules.h"
#include "tools/store/internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { SQL_MAX = 4096, RULE_NAMES_MAX = 40 * RULES_COUNT };

/* Expectations of a known fault are numbered on from 10000, so that both fit one table. */
enum { KNOWN_FAULT_FIRST = 10000 };

static store_items items_of(summary_table table)
{
    const bool expectations = table == SUMMARY_EXPECTATIONS || table == SUMMARY_FAULT_EXPECTATIONS;
    store_items items = {.table = summary_table_columns(table)->table,
                         .number = expectations ? "number" : STORE_ITEM_TABLE[table].number,
                         .first = table == SUMMARY_FAULT_EXPECTATIONS ? KNOWN_FAULT_FIRST : 0};
    items.count = store_columns_of(items.table, items.columns);
    return items;
}

/* What the store has of a run. */
typedef enum store_presence {
    STORE_ABSENT,
    STORE_UNFINISHED, /* it crashed or hung, and may be run again */
    STORE_THERE
} store_presence;

const char *store_status_name(store_status status)
{
    switch (status) {
    case STORE_FINISHED:
        return "finished";
    case STORE_CRASHED:
        return "crashed";
    case STORE_HUNG:
        return "hung";
    case STORE_REFUSED:
        return "refused";
    }
    return "unknown";
}

/* ---- statements ---- */

static int prepare_items(store *self, summary_table table, sqlite3_stmt **statement)
{
    const store_items *const items = &self->items[table];
    char names[SQL_MAX / 2] = "";
    char marks[SQL_MAX / 4] = "";
    char sql[SQL_MAX];
    for (size_t i = 0; i < items->count; i++) {
        (void)snprintf(names + strlen(names), sizeof names - strlen(names), ", %s",
                       store_column_name(items->columns[i]));
        (void)snprintf(marks + strlen(marks), sizeof marks - strlen(marks), ", ?");
    }
    (void)snprintf(sql, sizeof sql, "INSERT INTO %s (run, %s%s%s) VALUES (?, ?%s%s)", items->table,
                   items->number, names, (size_t)table >= STORE_ITEM_TABLES ? ", known_fault" : "", marks,
                   table == SUMMARY_EXPECTATIONS         ? ", 0"
                   : table == SUMMARY_FAULT_EXPECTATIONS ? ", 1"
                                                         : "");
    return store_prepare(self, sql, statement);
}

static int prepare_forget(store *self, size_t index)
{
    static const char *const OTHERS[STORE_OTHERS] = {"settings", "expectations", "timings"};
    char sql[128];
    (void)snprintf(sql, sizeof sql, "DELETE FROM %s WHERE run = ?",
                   index < STORE_OTHERS ? OTHERS[index] : STORE_ITEM_TABLE[index - STORE_OTHERS].table);
    return store_prepare(self, sql, &self->forget[index]);
}

int store_prepare_writes(store *self)
{
    const struct {
        const char *sql;
        sqlite3_stmt **statement;
    } ROWS[] = {
        {"INSERT OR IGNORE INTO builds (id, commit_id, committed_s, modified, roam, ngtcp2, wolfssl, ns3)"
         " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
         &self->add_build},
        {"INSERT INTO runs (id, build, scenario, directory, digest, combination, seed, status, verdict, "
         "message,"
         " duration_ns, rules_exercised, rules_broken, rules_set)"
         " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
         &self->add_run},
        {"INSERT INTO settings (run, key, value) VALUES (?, ?, ?)", &self->add_setting},
        {"INSERT INTO timings (run, wall_ns) VALUES (?, ?)", &self->add_timing},
        {"INSERT OR IGNORE INTO files (scenario, digest, file) VALUES (?, ?, ?)", &self->add_file},
        {"INSERT OR IGNORE INTO rule_sets (id, rules) VALUES (?, ?)", &self->add_rule_set},
        {"SELECT status IN ('crashed', 'hung') FROM runs WHERE id = ?", &self->has_run},
        {"DELETE FROM runs WHERE id = ?", &self->forget[STORE_FORGETS - 1]},
    };
    int status = STORE_OK;
    for (size_t i = 0; !status && i < sizeof ROWS / sizeof *ROWS; i++)
        status = store_prepare(self, ROWS[i].sql, ROWS[i].statement);
    for (size_t i = 0; !status && i + 1 < STORE_FORGETS; i++)
        status = prepare_forget(self, i);
    for (summary_table table = 0; !status && table < SUMMARY_TABLES; table++) {
        self->items[table] = items_of(table);
        status = prepare_items(self, table, &self->add_items[table]);
    }
    return status;
}

/* ---- values ---- */

/* Texts outlive the step, and are bound anew before the next one: none is copied. */
static bool bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    return text ? sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC) == SQLITE_OK
                : sqlite3_bind_null(statement, at) == SQLITE_OK;
}

static bool bind_value(sqlite3_stmt *statement, int at, const summary_value *value)
{
    switch (value->kind) {
    case SUMMARY_NULL:
        return sqlite3_bind_null(statement, at) == SQLITE_OK;
    case SUMMARY_NUMBER:
        return sqlite3_bind_int64(statement, at, value->number) == SQLITE_OK;
    case SUMMARY_TEXT:
        break;
    }
    return bind_text(statement, at, value->text);
}

static int add_items(store *self, int64_t run, const summary_rows *rows, summary_table table)
{
    const store_items *const items = &self->items[table];
    const summary_column *const first = summary_table_columns(table);
    sqlite3_stmt *const statement = self->add_items[table];
    int status = STORE_OK;
    for (size_t i = 0; !status && i < rows->counts[table]; i++) {
        const summary_value *const row = summary_row(rows, table, i);
        int at = 3;
        bool bound = sqlite3_bind_int64(statement, 1, run) == SQLITE_OK &&
                     sqlite3_bind_int64(statement, 2, items->first + (int64_t)i) == SQLITE_OK;
        for (size_t n = 0; bound && n < items->count; n++)
            bound = bind_value(statement, at++, &row[items->columns[n] - first]);
        status = bound ? store_step(self, statement) : store_fail_sqlite(self, "writing");
    }
    return status;
}

/* ---- builds and runs ---- */

uint64_t store_hash(uint64_t hash, const char *text)
{
    return core_hash_bytes(hash, text, strlen(text) + 1);
}

static int64_t id_of(uint64_t hash)
{
    return (int64_t)(core_hash_finish(hash) >> 1);
}

int store_add_build(store *self, const build_id *build, int64_t *id)
{
    char when[32];
    (void)snprintf(when, sizeof when, "%lld", (long long)build->committed_s);
    const char *const texts[] = {build->commit, when,          build->modified ? "1" : "0",
                                 build->roam,   build->ngtcp2, build->wolfssl,
                                 build->ns3};
    uint64_t hash = CORE_HASH_START;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        hash = store_hash(hash, texts[i]);
    sqlite3_stmt *const row = self->add_build;
    const bool bound = sqlite3_bind_int64(row, 1, id_of(hash)) == SQLITE_OK &&
                       bind_text(row, 2, build->commit) &&
                       sqlite3_bind_int64(row, 3, build->committed_s) == SQLITE_OK &&
                       sqlite3_bind_int(row, 4, build->modified) == SQLITE_OK &&
                       bind_text(row, 5, build->roam) && bind_text(row, 6, build->ngtcp2) &&
                       bind_text(row, 7, build->wolfssl) && bind_text(row, 8, build->ns3);
    const int status = bound ? store_step(self, row) : store_fail_sqlite(self, "writing");
    if (!status)
        *id = id_of(hash);
    return status;
}

int64_t store_run_id(int64_t build, const store_key *key)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%lld", (long long)build);
    uint64_t hash = store_hash(CORE_HASH_START, number);
    hash = store_hash(hash, key->scenario);
    hash = store_hash(hash, key->digest);
    hash = store_hash(hash, key->combination);
    return (int64_t)(((uint64_t)id_of(hash) + key->seed) & INT64_MAX);
}

static int look_up(store *self, int64_t id, store_presence *found)
{
    int status = STORE_OK;
    const int stepped =
        sqlite3_bind_int64(self->has_run, 1, id) == SQLITE_OK ? sqlite3_step(self->has_run) : -1;
    if (stepped == SQLITE_ROW)
        *found = sqlite3_column_int(self->has_run, 0) ? STORE_UNFINISHED : STORE_THERE;
    else if (stepped == SQLITE_DONE)
        *found = STORE_ABSENT;
    else
        status = store_fail_sqlite(self, "reading");
    (void)sqlite3_reset(self->has_run);
    return status;
}

int store_has_run(store *self, int64_t id, bool *has)
{
    store_presence found = STORE_ABSENT;
    const int status = look_up(self, id, &found);
    if (!status)
        *has = found == STORE_THERE;
    return status;
}

/* "KEY=VALUE KEY=VALUE": no key or value holds a blank but inside brackets or quotes, so the next entry
 * begins after a blank with what stands before the next '='. */
static int add_settings(store *self, int64_t run, const char *combination)
{
    const char *at = combination;
    int status = STORE_OK;
    while (!status && *at) {
        const char *const equals = strchr(at, '=');
        if (!equals)
            return store_fail(self, STORE_ERR_INPUT, "combination '%s': no '='", combination);
        const char *end = equals + 1;
        for (int depth = 0; *end && (*end != ',' || depth > 0); end++)
            depth += (*end == '[' || *end == '{') - (*end == ']' || *end == '}');
        const bool bound =
            sqlite3_bind_int64(self->add_setting, 1, run) == SQLITE_OK &&
            sqlite3_bind_text(self->add_setting, 2, at, (int)(equals - at), SQLITE_STATIC) == SQLITE_OK &&
            sqlite3_bind_text(self->add_setting, 3, equals + 1, (int)(end - equals - 1), SQLITE_STATIC) ==
                SQLITE_OK;
        status = bound ? store_step(self, self->add_setting) : store_fail_sqlite(self, "writing");
        at = *end ? end + 1 : end;
    }
    return status;
}

/* The id of the set of the rules that were exercised, which is entered if it is new. */
static int add_rule_set(store *self, const summary_rows *rows, int64_t *id)
{
    char names[RULE_NAMES_MAX] = "";
    size_t used = 0;
    if (self->latest.rule_set &&
        memcmp(self->latest.exercised, rows->exercised, sizeof rows->exercised) == 0) {
        *id = self->latest.rule_set;
        return STORE_OK;
    }
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        if (rows->exercised[rule / 64] >> rule % 64 & 1)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%s", used ? " " : "",
                                     rules_name(rule));
    assert(used < sizeof names);
    *id = id_of(store_hash(CORE_HASH_START, names));
    const bool bound = sqlite3_bind_int64(self->add_rule_set, 1, *id) == SQLITE_OK &&
                       bind_text(self->add_rule_set, 2, names);
    const int status = bound ? store_step(self, self->add_rule_set) : store_fail_sqlite(self, "writing");
    if (!status) {
        self->latest.rule_set = *id;
        memcpy(self->latest.exercised, rows->exercised, sizeof rows->exercised);
    }
    return status;
}

static int add_row(store *self, int64_t id, int64_t build, const store_run *run, const summary_rows *rows)
{
    summary_value rules_set = {0};
    int status = STORE_OK;
    if (rows->rules_exercised.kind == SUMMARY_NUMBER) {
        rules_set.kind = SUMMARY_NUMBER;
        status = add_rule_set(self, rows, &rules_set.number);
    }
    if (status)
        return status;
    sqlite3_stmt *const row = self->add_run;
    const store_key *const key = &run->key;
    const bool contradicts = rows->contradiction.kind == SUMMARY_TEXT;
    const bool bound =
        sqlite3_bind_int64(row, 1, id) == SQLITE_OK && sqlite3_bind_int64(row, 2, build) == SQLITE_OK &&
        bind_text(row, 3, key->scenario) && bind_text(row, 4, key->directory) &&
        bind_text(row, 5, key->digest) && bind_text(row, 6, key->combination) &&
        sqlite3_bind_int64(row, 7, (int64_t)key->seed) == SQLITE_OK &&
        bind_text(row, 8, store_status_name(run->status)) && bind_value(row, 9, &rows->verdict) &&
        bind_text(row, 10, contradicts ? rows->contradiction.text : run->message) &&
        bind_value(row, 11, &rows->duration_ns) && bind_value(row, 12, &rows->rules_exercised) &&
        bind_value(row, 13, &rows->rules_broken) && bind_value(row, 14, &rules_set);
    return bound ? store_step(self, row) : store_fail_sqlite(self, "writing");
}

/* Takes away all rows of a run. */
static int forget(store *self, int64_t id)
{
    int status = STORE_OK;
    for (size_t i = 0; !status && i < STORE_FORGETS; i++)
        status = sqlite3_bind_int64(self->forget[i], 1, id) == SQLITE_OK ? store_step(self, self->forget[i])
                                                                         : store_fail_sqlite(self, "writing");
    return status;
}

/* The scenario's file; runs of one scenario follow one another. */
static int add_file(store *self, const store_key *key)
{
    const uint64_t hash =
        store_hash(store_hash(store_hash(CORE_HASH_START, key->scenario), key->digest), key->file);
    if (self->latest.has_file && self->latest.file == hash)
        return STORE_OK;
    const bool bound = bind_text(self->add_file, 1, key->scenario) &&
                       bind_text(self->add_file, 2, key->digest) && bind_text(self->add_file, 3, key->file);
    const int status = bound ? store_step(self, self->add_file) : store_fail_sqlite(self, "writing");
    self->latest.has_file = !status;
    self->latest.file = hash;
    return status;
}

static int add_all(store *self, int64_t id, int64_t build, const store_run *run, const summary_rows *rows)
{
    int status = add_row(self, id, build, run, rows);
    if (!status)
        status = add_settings(self, id, run->key.combination);
    for (summary_table table = 0; !status && table < SUMMARY_TABLES; table++)
        status = add_items(self, id, rows, table);
    if (!status && run->key.file)
        status = add_file(self, &run->key);
    if (!status && run->wall_ns > 0) {
        const bool bound = sqlite3_bind_int64(self->add_timing, 1, id) == SQLITE_OK &&
                           sqlite3_bind_int64(self->add_timing, 2, (int64_t)run->wall_ns) == SQLITE_OK;
        status = bound ? store_step(self, self->add_timing) : store_fail_sqlite(self, "writing");
    }
    return status;
}

/* A savepoint would do the same, at the price of a copy of every page that a run changes. */
static void undo(store *self, int64_t id)
{
    char message[STORE_MESSAGE_MAX];
    memcpy(message, self->message, sizeof message);
    if (forget(self, id) != STORE_OK)
        (void)sqlite3_exec(self->db, "ROLLBACK", NULL, NULL, NULL);
    self->latest = (store_latest){0};
    memcpy(self->message, message, sizeof message);
}

int store_add_run(store *self, int64_t build, const store_run *run)
{
    const int64_t id = store_run_id(build, &run->key);
    store_presence found = STORE_ABSENT;
    static const summary_rows NONE = {0};
    const bool finished = run->status == STORE_FINISHED;
    assert(run->rows || !finished);
    int status = look_up(self, id, &found);
    if (status || found == STORE_THERE)
        return status;
    if (found == STORE_UNFINISHED)
        status = forget(self, id);
    if (!status)
        status = add_all(self, id, build, run, finished ? run->rows : &NONE);
    if (status)
        undo(self, id);
    return status;
}
