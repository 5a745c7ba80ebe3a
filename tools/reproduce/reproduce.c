/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"
#include "sim/verdict/run.h"
#include "tools/cli/build_id.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/cli/settings.h"
#include "tools/cli/table.h"
#include "tools/reproduce/compare.h"
#include "tools/reproduce/files.h"
#include "tools/run/jobs.h"
#include "tools/run/print.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_OUT, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_OUT] = {.name = "out",
                    .value = "DIR",
                    .kind = VALUE_DIRECTORY,
                    .help = "where to write (SCENARIO-SEED)"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *out;
    const char *db;
    const char *run; /* NULL: list them */
    bool help;
} arguments;

/* The run as the store has it; owned. */
typedef struct recorded {
    reproduce_run run;
    char *scenario;
    char *digest;
    char *combination;
    char *verdict; /* or status */
    uint64_t seed;
} recorded;

static int fail(const char *what, const char *why, int status)
{
    (void)fprintf(stderr, "roam reproduce: %s: %s\n", what, why);
    return status;
}

/* ---- what the store has ---- */

static int list_runs(store *from)
{
    static const char SQL[] =
        "SELECT runs.id, scenario, combination, seed, coalesce(verdict, status), " STORE_BUILD_NAME
        " FROM runs JOIN builds AS b ON b.id = build ORDER BY scenario, combination, "
        "seed, committed_s, b.id";
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(store_database(from), SQL, -1, &row, NULL) != SQLITE_OK)
        return fail("the store", sqlite3_errmsg(store_database(from)), COMMAND_BROKEN);
    while (sqlite3_step(row) == SQLITE_ROW) {
        const char *const combination = (const char *)sqlite3_column_text(row, 2);
        (void)printf("%19lld  %s%s%s%s, seed %lld: %s (commit %s)\n", sqlite3_column_int64(row, 0),
                     (const char *)sqlite3_column_text(row, 1), combination[0] ? "[" : "", combination,
                     combination[0] ? "]" : "", sqlite3_column_int64(row, 3),
                     (const char *)sqlite3_column_text(row, 4), (const char *)sqlite3_column_text(row, 5));
    }
    return sqlite3_finalize(row) == SQLITE_OK
               ? COMMAND_OK
               : fail("the store", sqlite3_errmsg(store_database(from)), COMMAND_BROKEN);
}

static char *copy_of(sqlite3_stmt *row, int column)
{
    const char *const text = (const char *)sqlite3_column_text(row, column);
    return strdup(text ? text : "");
}

static int find_run(store *from, const char *text, recorded *out)
{
    static const char SQL[] =
        "SELECT id, build, scenario, digest, combination, seed, coalesce(verdict, status)"
        " FROM runs WHERE id = ?";
    uint64_t id;
    sqlite3_stmt *row = NULL;
    int status = COMMAND_USAGE;
    if (core_number_whole(text, 0, INT64_MAX, &id) &&
        sqlite3_prepare_v2(store_database(from), SQL, -1, &row, NULL) == SQLITE_OK &&
        sqlite3_bind_int64(row, 1, (sqlite3_int64)id) == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW) {
        *out = (recorded){.run = {from, sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1)},
                          .scenario = copy_of(row, 2),
                          .digest = copy_of(row, 3),
                          .combination = copy_of(row, 4),
                          .seed = (uint64_t)sqlite3_column_int64(row, 5),
                          .verdict = copy_of(row, 6)};
        const bool whole = out->scenario && out->digest && out->combination && out->verdict;
        status = whole ? COMMAND_OK : fail(text, "out of memory", COMMAND_BROKEN);
    } else {
        (void)fail(text, "no run of the store has this id; without one, roam reproduce lists them", 0);
    }
    (void)sqlite3_finalize(row);
    return status;
}

static void recorded_fini(recorded *self)
{
    free(self->scenario);
    free(self->digest);
    free(self->combination);
    free(self->verdict);
}

/* ---- again ---- */

/* Enters the run into a store of its own, which is compared with what was. */
static int compare(const recorded *was, run *finished)
{
    reproduce_run is = {0};
    summary_rows summary = {0};
    char message[STORE_MESSAGE_MAX];
    if (store_open(":memory:", STORE_CREATE, &is.in, message) != STORE_OK)
        return fail("the comparison", message, COMMAND_BROKEN);
    if (!run_summary_rows(finished, &summary)) {
        store_close(is.in);
        return fail("the comparison", "out of memory", COMMAND_BROKEN);
    }
    const store_run row = {.key = {.scenario = was->scenario,
                                   .directory = "",
                                   .digest = was->digest,
                                   .combination = was->combination,
                                   .seed = was->seed},
                           .status = STORE_FINISHED,
                           .rows = &summary};
    int status = store_add_build(is.in, &BUILD_ID, &is.build);
    is.id = store_run_id(is.build, &row.key);
    if (!status)
        status = store_add_run(is.in, is.build, &row);
    if (status)
        (void)fail("the comparison", store_message(is.in), 0);
    (void)puts("results:");
    const size_t differing = status ? SIZE_MAX : reproduce_compare_results(&was->run, &is, stdout);
    if (differing == 0)
        (void)puts("  the same");
    summary_rows_free(&summary);
    store_close(is.in);
    return differing == SIZE_MAX ? COMMAND_BROKEN : differing > 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int carry_out(const recorded *was, const scenario *whole, const char *out)
{
    char dir[REPRODUCE_PATH_MAX + 8];
    char message[RUN_MESSAGE_MAX] = "";
    run *finished = NULL;
    (void)snprintf(dir, sizeof dir, "%s/run", out);
    const run_options options = {.scenario = whole, .seed = was->seed, .out_dir = dir};
    if (run_scenario(&options, &finished, message) != RUN_OK)
        return fail(was->scenario, message, COMMAND_BROKEN);
    const run_print print = {.stream = stdout, .colour = table_colour(stdout)};
    const bool printed = run_print_result(&print, whole, was->seed, finished);
    const int status =
        printed ? compare(was, finished) : fail(was->scenario, "out of memory", COMMAND_BROKEN);
    run_free(finished);
    return status;
}

static int load_and_run(const recorded *was, char *path, const char *out)
{
    char *const paths[] = {path};
    scenario_files_options options = {.command = "roam reproduce", .paths = paths, .path_count = 1};
    settings given = {0};
    scenario_files files = {0};
    run_jobs jobs = {0};
    int status = settings_read(&given, was->combination)
                     ? COMMAND_OK
                     : fail(was->combination, "no settings", COMMAND_BROKEN);
    settings_give(&given, &options);
    if (status == COMMAND_OK)
        status = scenario_files_load(&options, &files);
    if (status == COMMAND_OK)
        status = run_jobs_make(&(run_jobs_options){.loaded = &options, .files = &files}, &jobs);
    if (status == COMMAND_OK && jobs.count != 1)
        status = fail(path, "the run's settings do not say all that the scenario varies", COMMAND_USAGE);
    if (status == COMMAND_OK)
        status = carry_out(was, jobs.items[0].scenario, out);
    run_jobs_fini(&jobs);
    scenario_files_fini(&files);
    settings_fini(&given);
    return status;
}

static int reproduce(const arguments *self, const recorded *was)
{
    char out[REPRODUCE_PATH_MAX];
    char path[REPRODUCE_PATH_MAX];
    if (self->out)
        (void)snprintf(out, sizeof out, "%s", self->out);
    else
        (void)snprintf(out, sizeof out, "%s-%" PRIu64, was->scenario, was->seed);
    const int status = reproduce_write(was->run.in, was->scenario, was->digest, out, path);
    if (status != COMMAND_OK)
        return status;
    (void)printf("%s, seed %" PRIu64 ", was: %s\n", path, was->seed, was->verdict);
    const char *at = was->combination;
    for (settings_item item; settings_next(&at, &item);)
        (void)printf("  --%s %.*s\n", settings_option(item.kind), (int)item.len, item.text);
    (void)puts("program and machine:");
    if (reproduce_compare_builds(&was->run, stdout) == 0)
        (void)puts("  the same");
    (void)fflush(stdout);
    return load_and_run(was, path, out);
}

/* ---- the command ---- */

static bool read_arguments(arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, "roam reproduce", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (option == OPTION_OUT)
            self->out = reader.value;
        else
            self->help = true;
    if (option == OPTION_INVALID || self->help)
        return option != OPTION_INVALID;
    if (reader.operands < 1 || reader.operands > 2) {
        (void)fprintf(stderr,
                      "roam reproduce: expected a store and a run: roam reproduce runs.db 123; see --help\n");
        return false;
    }
    self->db = argv[1];
    self->run = reader.operands > 1 ? argv[2] : NULL;
    return true;
}

static int command_reproduce(int argc, char **argv)
{
    arguments self = {0};
    store *from = NULL;
    recorded was = {0};
    char message[STORE_MESSAGE_MAX];
    if (!read_arguments(&self, argc, argv))
        return COMMAND_USAGE;
    if (self.help) {
        help_print(&COMMAND_REPRODUCE, stdout);
        return COMMAND_OK;
    }
    if (store_open(self.db, STORE_READ, &from, message) != STORE_OK)
        return fail("store", message, COMMAND_USAGE);
    int status = COMMAND_OK;
    if (!self.run) {
        status = list_runs(from);
    } else {
        status = find_run(from, self.run, &was);
        if (status == COMMAND_OK)
            status = reproduce(&self, &was);
        recorded_fini(&was);
    }
    store_close(from);
    return status;
}

const command_row COMMAND_REPRODUCE = {
    .name = "reproduce",
    .about = "run a run of a store again, and say what differs",
    .function = command_reproduce,
    .usage = "roam reproduce [--out DIR] STORE [RUN]",
    .text = "Runs one run of a store again, from the text of its scenario that the store holds, and\n"
            "says what differs: the program and the machine, and what was measured. RUN is an id of\n"
            "the table runs; without it the runs are listed. The scenario and the files that it\n"
            "names are written to DIR, what the run leaves to DIR/run; roam run takes both on.",
    .options = rows,
    .column = 13,
    .status = "0 the results are the same; 1 they differ; 2 usage, or the store does not\n"
              "have that run or its text; 3 the run cannot be made.",
    .operands = {{.kind = VALUE_FILE}, {.kind = VALUE_TEXT}},
    .operand_count = 2,
};
