/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/compare/plan.h"

#include "core/hash.h"
#include "tools/cli/command.h"
#include "tools/cli/settings.h"

#include <stdlib.h>
#include <string.h>

enum { PLAYER_MAX = 64 };

static int out_of_memory(void)
{
    (void)fprintf(stderr, "roam compare: out of memory\n");
    return COMMAND_BROKEN;
}

/* The items with count more of size bytes behind the used ones. NULL: out of memory. */
static void *append(void *items, size_t used, const void *from, size_t count, size_t size)
{
    char *const more = realloc(items, (used + count + 1) * size);
    if (more && count > 0)
        memcpy(more + used * size, from, count * size);
    return more;
}

/* ---- a column ---- */

/* Takes the scenarios, which then belong to the plan. */
static int take_files(compare_plan *self, scenario_files *files)
{
    scenario **const items =
        append(self->files.items, self->files.count, files->items, files->count, sizeof *items);
    if (!items)
        return out_of_memory();
    self->files.items = items;
    self->files.count += files->count;
    files->count = 0;
    return COMMAND_OK;
}

static int take_jobs(compare_plan *self, run_jobs *jobs, size_t first_file)
{
    for (size_t i = 0; i < jobs->count; i++)
        jobs->items[i].file += first_file;
    scenario **const owned =
        append(self->jobs.owned, self->jobs.owned_count, jobs->owned, jobs->owned_count, sizeof *owned);
    if (!owned)
        return out_of_memory();
    self->jobs.owned = owned;
    self->jobs.owned_count += jobs->owned_count;
    jobs->owned_count = 0;
    run_job *const items =
        append(self->jobs.items, self->jobs.count, jobs->items, jobs->count, sizeof *items);
    if (!items)
        return out_of_memory();
    self->jobs.items = items;
    self->jobs.count += jobs->count;
    jobs->count = 0;
    return COMMAND_OK;
}

static int load_jobs(compare_plan *self, const scenario_files_options *wanted, uint64_t libraries)
{
    const size_t first = self->files.count;
    scenario_files files = {0};
    run_jobs jobs = {0};
    int status = scenario_files_load(wanted, &files);
    const run_jobs_options made_of = {.loaded = wanted, .files = &files};
    if (status == COMMAND_OK)
        status = run_jobs_make(&made_of, &jobs);
    for (size_t i = 0; status == COMMAND_OK && libraries != 0 && i < files.count; i++)
        files.items[i]->digest = core_hash_bytes(files.items[i]->digest, &libraries, sizeof libraries);
    if (status == COMMAND_OK) {
        self->files_each = files.count;
        self->jobs_each = jobs.count;
        status = take_jobs(self, &jobs, first);
    }
    if (status == COMMAND_OK)
        status = take_files(self, &files);
    run_jobs_fini(&jobs);
    scenario_files_fini(&files);
    return status;
}

/* Those of the given libraries (NAME=PATH) that have a part in the column: their number. */
static size_t given_for(const compare_options *options, const compare_column *column, const char **given)
{
    size_t count = 0;
    for (size_t i = 0; i < options->files.endpoint_count; i++) {
        const char *const name = options->files.endpoints[i];
        const size_t len = strcspn(name, "=");
        if ((strlen(column->client) == len && strncmp(name, column->client, len) == 0) ||
            (strlen(column->server) == len && strncmp(name, column->server, len) == 0))
            given[count++] = name;
    }
    return count;
}

/* The scenarios of the command line, with the libraries of a column. */
static int load_column(compare_plan *self, const compare_options *options, compare_column *column,
                       uint64_t libraries)
{
    char client[PLAYER_MAX];
    char server[PLAYER_MAX];
    const char *const players[] = {client, server};
    const char **const given = calloc(options->files.endpoint_count + 1, sizeof *given);
    scenario_files_options wanted = options->files;
    if (!given)
        return out_of_memory();
    (void)snprintf(client, sizeof client, "client=%s", column->client);
    (void)snprintf(server, sizeof server, "server=%s", column->server);
    wanted.players = players;
    wanted.player_count = 2;
    wanted.endpoints = given;
    wanted.endpoint_count = given_for(options, column, given);
    char *const text = settings_text(&wanted);
    self->settings[self->settings_count++] = text;
    column->settings = text ? text : "";
    const int status = text ? load_jobs(self, &wanted, libraries) : out_of_memory();
    free(given);
    return status;
}

/* ---- all ---- */

static int make_rows(compare_plan *self)
{
    self->row_count = self->each ? self->jobs_each : self->files_each;
    self->rows = calloc(self->row_count + 1, sizeof *self->rows);
    if (!self->rows)
        return out_of_memory();
    for (size_t i = 0; i < self->row_count; i++) {
        const run_job *const job = &self->jobs.items[i];
        const scenario *const whole = self->files.items[self->each ? job->file : i];
        const char *const combination = self->each ? job->scenario->combination : NULL;
        self->rows[i] = (compare_row){whole->name, whole->file, combination ? combination : "", whole};
    }
    return COMMAND_OK;
}

static int make_seeds(compare_plan *self, const compare_options *options)
{
    self->seeds = calloc(self->files.count + 1, sizeof *self->seeds);
    self->more = calloc(self->files.count + 1, sizeof *self->more);
    if (!self->seeds || !self->more)
        return out_of_memory();
    for (size_t i = 0; i < self->files.count; i++) {
        const uint64_t own = self->files.items[i]->seed;
        self->seeds[i] = options->seeds_given ? options->seeds : (sweep_seeds){.first = own, .last = own};
        self->more[i] = self->settings[i / self->files_each];
    }
    return COMMAND_OK;
}

int compare_plan_make(const compare_options *options, compare_columns *columns,
                      const compare_libraries *libraries, compare_plan *out)
{
    *out = (compare_plan){.columns = columns,
                          .each = options->each,
                          .settings = calloc(columns->count + 1, sizeof *out->settings)};
    int status = out->settings ? COMMAND_OK : out_of_memory();
    for (size_t i = 0; status == COMMAND_OK && i < columns->count; i++)
        status = load_column(out, options, &columns->items[i],
                             compare_libraries_digest(libraries, &columns->items[i]));
    if (status == COMMAND_OK)
        status = make_rows(out);
    if (status == COMMAND_OK)
        status = make_seeds(out, options);
    if (status != COMMAND_OK)
        compare_plan_free(out);
    return status;
}

void compare_plan_free(compare_plan *self)
{
    for (size_t i = 0; i < self->settings_count; i++)
        free(self->settings[i]);
    free(self->settings);
    free(self->rows);
    free(self->seeds);
    free(self->more);
    run_jobs_fini(&self->jobs);
    scenario_files_fini(&self->files);
    *self = (compare_plan){0};
}

size_t compare_plan_column(const compare_plan *self, size_t job)
{
    return job / self->jobs_each;
}

size_t compare_plan_row(const compare_plan *self, size_t job)
{
    return self->each ? job % self->jobs_each : self->jobs.items[job].file % self->files_each;
}
