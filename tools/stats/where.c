/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/where.h"

#include "tools/cli/combination.h"
#include "tools/cli/command.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEYS_MAX = 512 };

bool where_add(where_conditions *self, const char *command, const char *condition)
{
    const size_t key_bytes = strcspn(condition, "=");
    if (key_bytes == 0 || !condition[key_bytes]) {
        (void)fprintf(stderr, "%s: --where: '%s' is not KEY=VALUE; see %s --help\n", command, condition,
                      command);
        return false;
    }
    if (self->count == WHERE_MAX) {
        (void)fprintf(stderr, "%s: --where: more than %d of them\n", command, WHERE_MAX);
        return false;
    }
    self->items[self->count++] = condition;
    return true;
}

/* where_meets(COMBINATION) of queries. */
static void meets(sqlite3_context *call, int count, sqlite3_value **values)
{
    const where_conditions *const conditions = sqlite3_user_data(call);
    const char *const combination = (const char *)sqlite3_value_text(values[0]);
    (void)count;
    sqlite3_result_int(
        call, combination_meets(combination ? combination : "", conditions->items, conditions->count));
}

/* Of the extent: the build is ?1, names of scenarios are ?2. */
#define OF_EXTENT                                                                                            \
    " (?1 = 0 OR r.build = ?1) AND (?2 IS NULL OR r.scenario IN (SELECT value FROM json_each(?2)))"

static int prepare(store *from, const where_extent *of, const char *sql, sqlite3_stmt **row)
{
    char *const names = of->scenario_count > 0 ? store_names(of->scenarios, of->scenario_count) : NULL;
    int status = names || of->scenario_count == 0
                     ? sqlite3_prepare_v2(store_database(from), sql, -1, row, NULL)
                     : SQLITE_NOMEM;
    if (status == SQLITE_OK)
        status = sqlite3_bind_int64(*row, 1, of->build);
    if (status == SQLITE_OK)
        status = sqlite3_bind_text(*row, 2, names, -1, SQLITE_TRANSIENT);
    free(names);
    return status;
}

static const char *separator(bool same, bool first)
{
    if (same)
        return ", ";
    return first ? "" : "); ";
}

void where_keys(store *from, const where_extent *of, char *text, size_t size)
{
    sqlite3_stmt *row = NULL;
    char key[KEYS_MAX] = "";
    size_t used = 0;
    text[0] = '\0';
    int status = prepare(from, of,
                         "SELECT DISTINCT s.key, s.value FROM settings s JOIN main.runs r ON r.id = s.run"
                         " WHERE" OF_EXTENT " ORDER BY 1, 2 COLLATE combination, 2",
                         &row);
    while (status == SQLITE_OK && used < size && sqlite3_step(row) == SQLITE_ROW) {
        const char *const name = store_text(row, 0);
        const bool same = used > 0 && strcmp(name, key) == 0;
        used += (size_t)snprintf(text + used, size - used, "%s%s%s%s", separator(same, used == 0),
                                 same ? "" : name, same ? "" : " (", store_text(row, 1));
        (void)snprintf(key, sizeof key, "%s", name);
    }
    (void)sqlite3_finalize(row);
    if (used > 0 && used + 1 < size)
        (void)snprintf(text + used, size - used, ")");
}

int where_restrict(store *from, const where_conditions *conditions, const where_extent *of,
                   char message[WHERE_MESSAGE_MAX])
{
    sqlite3 *const database = store_database(from);
    sqlite3_stmt *row = NULL;
    char keys[KEYS_MAX];
    if (conditions->count == 0)
        return COMMAND_OK;
    int status = sqlite3_create_function(database, "where_meets", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                         (void *)(uintptr_t)conditions, meets, NULL, NULL);
    if (status == SQLITE_OK)
        status = sqlite3_exec(
            database, "CREATE TEMP VIEW runs AS SELECT * FROM main.runs WHERE where_meets(combination)", NULL,
            NULL, NULL);
    if (status == SQLITE_OK)
        status = prepare(from, of, "SELECT 1 FROM runs r WHERE" OF_EXTENT " LIMIT 1", &row);
    if (status == SQLITE_OK)
        status = sqlite3_step(row);
    (void)sqlite3_finalize(row);
    if (status == SQLITE_ROW)
        return COMMAND_OK;
    if (status != SQLITE_DONE) {
        (void)store_fault(from);
        (void)snprintf(message, WHERE_MESSAGE_MAX, "%s", store_message(from));
        return COMMAND_BROKEN;
    }
    where_keys(from, of, keys, sizeof keys);
    (void)snprintf(message, WHERE_MESSAGE_MAX, "no combination has what --where says; %s%s",
                   keys[0] ? "there are " : "nothing is varied", keys);
    return COMMAND_USAGE;
}

bool where_leaves_none(store *from, const char *scenario)
{
    const where_extent of = {.scenarios = &scenario, .scenario_count = 1};
    sqlite3_stmt *row = NULL;
    bool none = false;
    if (prepare(from, &of,
                "SELECT EXISTS (SELECT 1 FROM main.runs r WHERE" OF_EXTENT ")"
                " AND NOT EXISTS (SELECT 1 FROM runs r WHERE" OF_EXTENT ")",
                &row) == SQLITE_OK &&
        sqlite3_step(row) == SQLITE_ROW)
        none = sqlite3_column_int(row, 0) != 0;
    (void)sqlite3_finalize(row);
    return none;
}
