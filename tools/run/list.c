/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/output.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/cli/scenario_files.h"
#include "tools/cli/table.h"

#include <dirent.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEFAULT_DIR "scenarios"
#define DEFAULT_RUNS "results/runs"
#define DIGEST_MAX 17
#define VERDICT_MAX 64

enum { OPTION_RUNS, OPTION_PATHS, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_RUNS] = {.name = "runs",
                     .value = "DIR",
                     .kind = VALUE_DIRECTORY,
                     .help = "where `roam run --out DIR` of several scenarios has left its files;\n"
                             "default: " DEFAULT_RUNS},
    [OPTION_PATHS] = {.name = "paths", .help = "their files alone, one a line, for xargs"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

/* --- the last verdict --- */

typedef struct verdicts {
    size_t runs;
    size_t good;
    size_t unsupported;
    bool changed; /* the scenario is not the text that was run */
    char last[VERDICT_MAX];
} verdicts;

/* DIR/summary.json, if there is one that can be read. */
static void add_summary(const char *dir, const char *digest, verdicts *out)
{
    char path[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    if (output_path(dir, "summary.json", path, message) != 0)
        return;
    json_t *const root = json_load_file(path, 0, NULL);
    const char *const verdict = json_string_value(json_object_get(root, "verdict"));
    const char *const found = json_string_value(json_object_get(root, "digest"));
    if (verdict) {
        out->runs++;
        out->good += strcmp(verdict, "passed") == 0 || strcmp(verdict, "known fault") == 0;
        out->unsupported += strcmp(verdict, "unsupported") == 0;
        out->changed = out->changed || (digest && (!found || strcmp(found, digest) != 0));
        (void)snprintf(out->last, sizeof out->last, "%s", verdict);
    }
    json_decref(root);
}

/* Each combination of `vary` has left a directory of its own. */
static void add_combinations(const char *dir, verdicts *out)
{
    char path[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    DIR *const stream = opendir(dir);
    const struct dirent *entry;
    while (stream && (entry = readdir(stream)))
        if (entry->d_name[0] != '.' && output_path(dir, entry->d_name, path, message) == 0)
            add_summary(path, NULL, out);
    if (stream)
        (void)closedir(stream);
}

static table_style last_verdict(const char *runs, const scenario *whole, char text[VERDICT_MAX])
{
    char dir[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    char digest[DIGEST_MAX];
    verdicts found = {0};
    (void)snprintf(digest, sizeof digest, "%016" PRIx64, whole->digest);
    if (output_path(runs, whole->name, dir, message) == 0) {
        if (whole->vary_count == 0)
            add_summary(dir, digest, &found);
        else
            add_combinations(dir, &found);
    }
    if (found.runs == 0)
        (void)snprintf(text, VERDICT_MAX, "-");
    else if (whole->vary_count == 0)
        (void)snprintf(text, VERDICT_MAX, "%.40s%s", found.last, found.changed ? ", changed since" : "");
    else
        (void)snprintf(text, VERDICT_MAX, "%zu of %zu combinations are good", found.good, found.runs);
    if (found.runs == 0 || found.changed ||
        (found.unsupported > 0 && found.good + found.unsupported == found.runs))
        return TABLE_PLAIN;
    return found.good == found.runs ? TABLE_GOOD : TABLE_BAD;
}

/* --- the list --- */

static int list(const scenario_files_options *options, const char *runs)
{
    static const char *const titles[] = {"scenario", "last", "about"};
    char verdict[VERDICT_MAX];
    scenario_files files;
    const int status = scenario_files_load(options, &files);
    if (status != COMMAND_OK)
        return status;
    table *const out = table_new(titles, sizeof titles / sizeof titles[0]);
    for (size_t i = 0; out && i < files.count; i++) {
        const scenario *const whole = files.items[i];
        const table_style style = last_verdict(runs, whole, verdict);
        table_cell(out, TABLE_PLAIN, whole->name);
        table_cell(out, style, verdict);
        table_cell(out, TABLE_PLAIN, whole->about);
    }
    const bool printed = out && table_print(out, stdout, table_colour(stdout));
    table_free(out);
    scenario_files_fini(&files);
    if (!printed)
        (void)fprintf(stderr, "roam list: out of memory\n");
    return printed ? COMMAND_OK : COMMAND_BROKEN;
}

/* Each file as it was found, so that the command that reads the lines finds it. */
static int list_paths(const scenario_files_options *options)
{
    scenario_files files;
    const int status = scenario_files_load(options, &files);
    if (status != COMMAND_OK)
        return status;
    for (size_t i = 0; i < files.count; i++)
        (void)puts(files.items[i]->file);
    scenario_files_fini(&files);
    return COMMAND_OK;
}

static int command_list(int argc, char **argv)
{
    char everything[] = DEFAULT_DIR;
    char *defaults[] = {everything};
    const char *runs = DEFAULT_RUNS;
    bool given = false;
    bool paths = false;
    option_reader reader;
    int option;
    option_reader_init(&reader, "roam list", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        switch (option) {
        case OPTION_RUNS:
            runs = reader.value;
            given = true;
            break;
        case OPTION_PATHS:
            paths = true;
            break;
        case OPTION_HELP:
            help_print(&COMMAND_LIST, stdout);
            return COMMAND_OK;
        }
    }
    if (option == OPTION_INVALID)
        return COMMAND_USAGE;
    struct stat about;
    if (given && (stat(runs, &about) != 0 || !S_ISDIR(about.st_mode))) {
        (void)fprintf(stderr, "roam list: --runs %s: no such directory\n", runs);
        return COMMAND_USAGE;
    }
    const scenario_files_options options = {
        .command = "roam list",
        .paths = reader.operands > 0 ? argv + 1 : defaults,
        .path_count = reader.operands > 0 ? (size_t)reader.operands : 1,
    };
    return paths ? list_paths(&options) : list(&options, runs);
}

const command_row COMMAND_LIST = {
    .name = "list",
    .about = "list scenarios, and how each went last time",
    .function = command_list,
    .usage = "roam list [OPTION]... [FILE|DIR]...",
    .text = "Lists scenarios: name, what each is about, and its last verdict. Without an\n"
            "argument those of the directory " DEFAULT_DIR ".",
    .options = rows,
    .column = 14,
    .status = "0 listed; 2 usage, or an invalid scenario; 3 roam itself failed.",
    .operands = {{.kind = VALUE_SCENARIO}},
    .operand_count = 1,
};
