/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/combination.h"
#include "tools/cli/command.h"
#include "tools/plot/store.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int read_builds(plot_figure *figure, plot_store *self)
{
    static const char SQL[] = "SELECT b.id, " STORE_BUILD_NAME ", b.committed_s FROM builds AS b"
                              " WHERE EXISTS (SELECT 1 FROM runs WHERE build = b.id) ORDER BY "
                              "b.committed_s DESC, b.modified DESC, b.id DESC";
    sqlite3_stmt *query = NULL;
    int status = sqlite3_prepare_v2(store_database(self->store), SQL, -1, &query, NULL);
    while (status == SQLITE_OK && self->build_count < PLOT_BUILDS_MAX &&
           (status = sqlite3_step(query)) == SQLITE_ROW) {
        plot_build *const build = &self->builds[self->build_count++];
        const char *const commit = (const char *)sqlite3_column_text(query, 1);
        const time_t committed = (time_t)sqlite3_column_int64(query, 2);
        struct tm when;
        char date[sizeof build->date] = "";
        char name[PLOT_COMMIT_MAX];
        *build = (plot_build){.id = sqlite3_column_int64(query, 0)};
        if (committed > 0 && gmtime_r(&committed, &when))
            (void)strftime(date, sizeof date, "%Y-%m-%d", &when);
        plot_short_commit(commit ? commit : "", 8, name);
        (void)snprintf(build->name, sizeof build->name, "%s%s %s", name[0] == '+' || !name[0] ? "?" : "",
                       name, date);
        (void)memcpy(build->date, date, sizeof date);
        if (self->build_count == 1) {
            self->build = build->id;
            plot_short_commit(commit ? commit : "", 12, self->commit);
        }
        status = SQLITE_OK;
    }
    (void)sqlite3_finalize(query);
    for (size_t i = 0; i < self->build_count / 2; i++) {
        const plot_build swapped = self->builds[i];
        self->builds[i] = self->builds[self->build_count - 1 - i];
        self->builds[self->build_count - 1 - i] = swapped;
    }
    if (status != SQLITE_OK && status != SQLITE_DONE) {
        (void)store_fault(self->store);
        return plot_refuse(figure, COMMAND_BROKEN, "%s", store_message(self->store));
    }
    return 0;
}

/* Names that no run has are a mistake of the caller's, not an empty figure. */
static int check_scenarios(const plot_figure *figure, const plot_options *options, const plot_store *self)
{
    static const char SQL[] = "SELECT 1 FROM runs WHERE scenario = ?1 LIMIT 1";
    for (size_t i = 0; i < options->scenario_count; i++) {
        sqlite3_stmt *query = NULL;
        int status = sqlite3_prepare_v2(store_database(self->store), SQL, -1, &query, NULL);
        if (status == SQLITE_OK)
            status = sqlite3_bind_text(query, 1, options->scenarios[i], -1, SQLITE_STATIC);
        if (status == SQLITE_OK)
            status = sqlite3_step(query);
        (void)sqlite3_finalize(query);
        if (status == SQLITE_DONE)
            return plot_refuse(figure, COMMAND_USAGE, "%s has no run of '%s'", options->db,
                               options->scenarios[i]);
        if (status != SQLITE_ROW) {
            (void)store_fault(self->store);
            return plot_refuse(figure, COMMAND_BROKEN, "%s", store_message(self->store));
        }
    }
    return self->build_count > 0 ? 0 : plot_refuse(figure, COMMAND_USAGE, "%s has no runs", options->db);
}

/* Of combinations that are longer than a figure can name, what it can name is compared. */
static int collate(void *ctx, int left_bytes, const void *left, int right_bytes, const void *right)
{
    char a[PLOT_TEXT_MAX];
    char b[PLOT_TEXT_MAX];
    (void)ctx;
    (void)snprintf(a, sizeof a, "%.*s", left_bytes, (const char *)left);
    (void)snprintf(b, sizeof b, "%.*s", right_bytes, (const char *)right);
    return combination_compare(a, b);
}

bool plot_wants(const plot_options *options, const char *combination)
{
    return combination_meets(combination, options->where, options->where_count);
}

/* plot_wants(COMBINATION) of queries. */
static void wants(sqlite3_context *call, int count, sqlite3_value **values)
{
    const char *const combination = (const char *)sqlite3_value_text(values[0]);
    (void)count;
    sqlite3_result_int(call, plot_wants(sqlite3_user_data(call), combination ? combination : ""));
}

static bool add_functions(const plot_store *self)
{
    sqlite3 *const database = store_database(self->store);
    return sqlite3_create_collation(database, "combination", SQLITE_UTF8, NULL, collate) == SQLITE_OK &&
           sqlite3_create_function(database, "plot_wants", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC,
                                   (void *)(uintptr_t)self->options, wants, NULL, NULL) == SQLITE_OK;
}

/* ---- what --where can say ---- */

/* "networks.lte.delay (9ms, 49ms); networks.lte.loss (0%, 1%)", of the scenarios asked for; cut to the room
 * that there is. */
static void keys_text(const plot_store *self, char *text, size_t size)
{
    plot_options all = *self->options;
    sqlite3_stmt *query = NULL;
    char key[PLOT_TEXT_MAX] = "";
    size_t used = 0;
    all.where_count = 0;
    all.label = NULL;
    text[0] = '\0';
    int status = plot_prepare(self, &all,
                              "SELECT DISTINCT s.key, s.value FROM settings s JOIN runs r ON r.id = s.run"
                              " WHERE r.build = ?1 AND ?2 IS NULL AND " PLOT_WANTED
                              " ORDER BY 1, 2 COLLATE combination, 2",
                              &query);
    while (status == SQLITE_OK && used < size && sqlite3_step(query) == SQLITE_ROW) {
        const char *const name = (const char *)sqlite3_column_text(query, 0);
        const bool same = strcmp(name, key) == 0;
        used +=
            (size_t)snprintf(text + used, size - used, "%s%s%s%s",
                             same   ? ", "
                             : used ? "); "
                                    : "",
                             same ? "" : name, same ? "" : " (", (const char *)sqlite3_column_text(query, 1));
        (void)snprintf(key, sizeof key, "%s", name);
    }
    (void)sqlite3_finalize(query);
    if (used > 0 && used + 1 < size)
        (void)snprintf(text + used, size - used, ")");
}

int plot_refuse_too_many(const plot_figure *figure, const plot_store *from, const char *format, ...)
{
    char what[PLOT_MESSAGE_MAX / 4];
    char keys[PLOT_MESSAGE_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    keys_text(from, keys, sizeof keys);
    return plot_refuse(figure, COMMAND_USAGE, "%s%s%s", what,
                       keys[0] ? ", or --where KEY=VALUE with one of " : "", keys);
}

/* Conditions that no combination meets are a mistake of the caller's too. */
static int check_where(const plot_figure *figure, const plot_store *self)
{
    char keys[PLOT_MESSAGE_MAX / 2];
    sqlite3_stmt *query = NULL;
    if (self->options->where_count == 0)
        return 0;
    int status = plot_prepare(self, self->options,
                              "SELECT 1 FROM runs r WHERE r.build = ?1 AND " PLOT_WANTED " LIMIT 1", &query);
    if (status == SQLITE_OK)
        status = sqlite3_step(query);
    (void)sqlite3_finalize(query);
    if (status == SQLITE_ROW)
        return 0;
    if (status != SQLITE_DONE) {
        (void)store_fault(self->store);
        return plot_refuse(figure, COMMAND_BROKEN, "%s", store_message(self->store));
    }
    keys_text(self, keys, sizeof keys);
    return plot_refuse(figure, COMMAND_USAGE, "%s: no combination has what --where says; %s%s",
                       self->options->db, keys[0] ? "there are " : "nothing is varied", keys);
}

int plot_prepare(const plot_store *from, const plot_options *options, const char *format,
                 sqlite3_stmt **query)
{
    const bool some = options->scenario_count > 0;
    const bool where = options->where_count > 0;
    const char *const wanted =
        some    ? where ? "r.scenario IN (SELECT value FROM json_each(?3)) AND plot_wants(r.combination)"
                        : "r.scenario IN (SELECT value FROM json_each(?3))"
        : where ? "plot_wants(r.combination)"
                : "1";
    char *const sql = sqlite3_mprintf(format, wanted, wanted);
    char *const names = some ? store_names(options->scenarios, options->scenario_count) : NULL;
    int status = sql && (names || !some)
                     ? sqlite3_prepare_v2(store_database(from->store), sql, -1, query, NULL)
                     : SQLITE_NOMEM;
    if (status == SQLITE_OK)
        status = sqlite3_bind_int64(*query, 1, from->build);
    if (status == SQLITE_OK && sqlite3_bind_parameter_count(*query) > 1)
        status = sqlite3_bind_text(*query, 2, options->label, -1, SQLITE_STATIC);
    if (status == SQLITE_OK && some)
        status = sqlite3_bind_text(*query, 3, names, -1, SQLITE_TRANSIENT);
    free(names);
    sqlite3_free(sql);
    return status;
}

int plot_data_store(plot_figure *figure, const plot_kind *kind, const plot_options *options)
{
    char message[STORE_MESSAGE_MAX];
    plot_store self = {.options = options};
    const int opened = store_open(options->db, STORE_READ, &self.store, message);
    if (opened)
        return plot_refuse(figure,
                           opened == STORE_ERR_SYSTEM || opened == STORE_ERR_NO_MEMORY ? COMMAND_BROKEN
                                                                                       : COMMAND_USAGE,
                           "%s", message);
    int status = 0;
    if (!add_functions(&self))
        status = plot_refuse(figure, COMMAND_BROKEN, "out of memory");
    if (!status)
        status = read_builds(figure, &self);
    if (!status)
        status = check_scenarios(figure, options, &self);
    if (!status)
        status = check_where(figure, &self);
    if (!status)
        status = kind->of_store(figure, options, &self);
    store_close(self.store);
    return status;
}
