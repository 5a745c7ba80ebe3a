/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/plot/store.h"
#include "tools/stats/where.h"

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

static where_extent extent_of(const plot_store *self)
{
    return (where_extent){.scenarios = self->options->scenarios,
                          .scenario_count = self->options->scenario_count,
                          .build = self->build};
}

int plot_refuse_too_many(const plot_figure *figure, const plot_store *from, const char *format, ...)
{
    char what[PLOT_MESSAGE_MAX / 4];
    char keys[PLOT_MESSAGE_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    const where_extent of = extent_of(from);
    where_keys(from->store, &of, keys, sizeof keys);
    return plot_refuse(figure, COMMAND_USAGE, "%s%s%s", what,
                       keys[0] ? ", or --where KEY=VALUE with one of " : "", keys);
}

/* Conditions that no combination meets are a mistake of the caller's too. */
static int restrict_runs(const plot_figure *figure, const plot_store *self)
{
    char why[WHERE_MESSAGE_MAX];
    const where_extent of = extent_of(self);
    const int status = where_restrict(self->store, &self->options->where, &of, why);
    return status ? plot_refuse(figure, status, "%s: %s", self->options->db, why) : 0;
}

int plot_prepare(const plot_store *from, const plot_options *options, const char *format,
                 sqlite3_stmt **query)
{
    const bool some = options->scenario_count > 0;
    const char *const wanted = some ? "r.scenario IN (SELECT value FROM json_each(?3))" : "1";
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
    int status = read_builds(figure, &self);
    if (!status)
        status = check_scenarios(figure, options, &self);
    if (!status)
        status = restrict_runs(figure, &self);
    if (!status)
        status = kind->of_store(figure, options, &self);
    store_close(self.store);
    return status;
}
