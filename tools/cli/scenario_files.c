/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/scenario_files.h"

#include "tools/cli/command.h"
#include "tools/cli/scenario_library.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 32 /* of directories: a link that leads back up ends there */

typedef struct walk {
    const scenario_files_options *options;
    scenario_files *files;
    int status;
} walk;

static void worsen(walk *walker, int status)
{
    if (status > walker->status)
        walker->status = status;
}

static void complain(walk *walker, const char *path, const char *reason, int status)
{
    (void)fprintf(stderr, "%s: %s: %s\n", walker->options->command, path, reason);
    if (walker->options->fault)
        walker->options->fault(walker->options->ctx, path, 0, 0, reason);
    worsen(walker, status);
}

static bool make_room(scenario_files *files)
{
    if (files->count < files->capacity)
        return true;
    const size_t capacity = files->capacity ? files->capacity * 2 : 8;
    scenario **const items = realloc(files->items, capacity * sizeof(*items));
    if (!items)
        return false;
    files->items = items;
    files->capacity = capacity;
    return true;
}

scenario_source scenario_files_source(const scenario_files_options *options, const char *path)
{
    return (scenario_source){.path = path,
                             .overrides = options->overrides,
                             .override_count = options->override_count,
                             .endpoints = options->endpoints,
                             .endpoint_count = options->endpoint_count,
                             .players = options->players,
                             .player_count = options->player_count};
}

/* Its text begins with the file, which may be one that the scenario includes, and with line and column. */
static void hand_over(const walk *walker, const char *path, const scenario_diagnostic *item)
{
    const scenario_files_options *const options = walker->options;
    const scenario_place place = item->place;
    char where[64];
    char file[1024];
    (void)snprintf(where, sizeof where, ":%" PRIu32 ":%" PRIu32 ": ", place.line, place.column);
    const char *const found = place.line > 0 ? strstr(item->text, where) : NULL;
    (void)snprintf(file, sizeof file, "%.*s", found ? (int)(found - item->text) : 0, item->text);
    options->fault(options->ctx, found ? file : path, found ? place.line : 0, found ? place.column : 0,
                   found ? found + strlen(where) : item->text);
}

static void load_file(walk *walker, const char *path)
{
    const scenario_source source = scenario_files_source(walker->options, path);
    scenario_diagnostics *const diagnostics = malloc(sizeof *diagnostics);
    if (!diagnostics || !make_room(walker->files)) {
        complain(walker, path, "out of memory", COMMAND_BROKEN);
        free(diagnostics);
        return;
    }
    scenario_diagnostics_init(diagnostics);
    const int result = scenario_load(&source, &walker->files->items[walker->files->count], diagnostics);
    scenario_diagnostics_print(diagnostics, stderr);
    for (size_t i = 0; walker->options->fault && i < diagnostics->count; i++)
        hand_over(walker, path, &diagnostics->items[i]);
    if (result == 0)
        walker->files->count++;
    else
        worsen(walker, result == SCENARIO_ERR_MEMORY ? COMMAND_BROKEN : COMMAND_USAGE);
    scenario_diagnostics_fini(diagnostics);
    free(diagnostics);
}

static void load_directory(walk *walker, const char *dir, int depth);

static void load_entry(walk *walker, const char *dir, const char *name, int depth)
{
    const size_t size = strlen(dir) + strlen(name) + 2;
    char *const path = malloc(size);
    struct stat status;
    if (!path) {
        complain(walker, dir, "out of memory", COMMAND_BROKEN);
        return;
    }
    (void)snprintf(path, size, "%s%s%s", dir, dir[strlen(dir) - 1] == '/' ? "" : "/", name);
    if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
        load_directory(walker, path, depth + 1);
    else if (scenario_library_is_scenario(name))
        load_file(walker, path);
    free(path);
}

static void load_directory(walk *walker, const char *dir, int depth)
{
    struct dirent **entries = NULL;
    if (depth > DEPTH_MAX) {
        complain(walker, dir, "directories nest too deeply", COMMAND_USAGE);
        return;
    }
    const int count = scenario_library_entries(dir, &entries);
    if (count < 0) {
        complain(walker, dir, strerror(errno), COMMAND_USAGE);
        return;
    }
    for (int i = 0; i < count; i++) {
        load_entry(walker, dir, entries[i]->d_name, depth);
        free(entries[i]);
    }
    free(entries);
}

/* What is no path is the name of a scenario of the library; or what is wrong is said. */
static bool find_by_name(walk *walker, const char *name, char found[SCENARIO_LIBRARY_PATH_MAX])
{
    char message[SCENARIO_LIBRARY_MESSAGE_MAX] = "";
    char reason[SCENARIO_LIBRARY_MESSAGE_MAX + 128];
    const int why = errno;
    if (why == ENOENT && scenario_library_find(name, found, message))
        return true;
    (void)snprintf(reason, sizeof reason, "%.100s%s%s", strerror(why), message[0] ? "; " : "", message);
    complain(walker, name, reason, COMMAND_USAGE);
    return false;
}

static void load_operand(walk *walker, const char *path)
{
    char found[SCENARIO_LIBRARY_PATH_MAX];
    struct stat status;
    const size_t before = walker->files->count;
    if (strcmp(path, SCENARIO_STANDARD_INPUT) == 0) {
        load_file(walker, path);
        return;
    }
    if (stat(path, &status) != 0) {
        if (!find_by_name(walker, path, found) || stat(found, &status) != 0)
            return;
        path = found;
    }
    if (S_ISDIR(status.st_mode)) {
        walker->files->several = true;
        load_directory(walker, path, 0);
        if (walker->files->count == before && walker->status == COMMAND_OK)
            complain(walker, path, "no *.yaml is in it", COMMAND_USAGE);
    } else {
        load_file(walker, path);
    }
}

int scenario_files_load(const scenario_files_options *options, scenario_files *out)
{
    *out = (scenario_files){.several = options->path_count > 1};
    walk walker = {.options = options, .files = out, .status = COMMAND_OK};
    for (size_t i = 0; i < options->path_count; i++)
        load_operand(&walker, options->paths[i]);
    if (walker.status != COMMAND_OK)
        scenario_files_fini(out);
    return walker.status;
}

void scenario_files_fini(scenario_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        scenario_free(files->items[i]);
    free(files->items);
    *files = (scenario_files){0};
}
