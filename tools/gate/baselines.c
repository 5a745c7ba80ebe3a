/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _XOPEN_SOURCE 700 /* realpath */

#include "tools/gate/baselines.h"

#include "sim/record/output.h"
#include "tools/cli/command.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- problems ---- */

bool gate_problem_add(gate_problems *self, gate_problem_kind kind, const char *name, const char *format, ...)
{
    va_list arguments;
    gate_problem *const more = realloc(self->items, (self->count + 1) * sizeof *more);
    if (!more)
        return false;
    self->items = more;
    gate_problem *const one = &more[self->count++];
    *one = (gate_problem){.kind = kind};
    (void)snprintf(one->scenario, sizeof one->scenario, "%s", name);
    va_start(arguments, format);
    (void)vsnprintf(one->text, sizeof one->text, format, arguments);
    va_end(arguments);
    return true;
}

void gate_problem_place(gate_problems *self, const char *file, uint32_t line, uint32_t column)
{
    gate_problem *const last = &self->items[self->count - 1];
    (void)snprintf(last->file, sizeof last->file, "%s", file);
    last->line = line;
    last->column = column;
}

bool gate_problem_is_fault(gate_problem_kind kind)
{
    return kind == GATE_MISFIT || kind == GATE_CHANGED || kind == GATE_INVALID || kind == GATE_ENDED;
}

size_t gate_problem_count(const gate_problems *self, gate_problem_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        count += self->items[i].kind == kind;
    return count;
}

void gate_problems_free(gate_problems *self)
{
    free(self->items);
    *self = (gate_problems){0};
}

static int out_of_memory(void)
{
    (void)fprintf(stderr, "roam gate: out of memory\n");
    return COMMAND_BROKEN;
}

/* ---- reading ---- */

static bool path_of(const char *directory, const scenario *whole, char path[OUTPUT_PATH_MAX], char *message)
{
    char name[256];
    (void)snprintf(name, sizeof name, "%s.json", whole->name);
    return output_path(directory, name, path, message) == OUTPUT_OK;
}

static void meaning_of(const scenario *whole, char text[17])
{
    (void)snprintf(text, 17, "%016llx", (unsigned long long)whole->meaning);
}

/* False: out of memory. */
static bool check_meaning(const char *path, const char *directory, const scenario *whole,
                          const json_t *baseline, gate_problems *problems)
{
    char digest[17];
    const char *const meaning = baseline_meaning(baseline);
    const char *const was = meaning ? meaning : baseline_digest(baseline);
    if (meaning)
        meaning_of(whole, digest);
    else
        (void)snprintf(digest, sizeof digest, "%016llx", (unsigned long long)whole->digest);
    return strcmp(was, digest) == 0 ||
           gate_problem_add(
               problems, GATE_CHANGED, whole->name,
               "%.300s: %s: '%.100s', and the scenario's is '%.100s': it was made for another "
               "text of %.100s; look at what changed, then: roam gate --update --baseline %.100s "
               "%.100s",
               path, meaning ? "meaning" : "digest", was, digest, whole->file, directory, whole->file);
}

/* False: out of memory. */
static bool read_one(const char *directory, const scenario *whole, json_t **out, gate_problems *problems)
{
    char path[OUTPUT_PATH_MAX];
    char message[BASELINE_MESSAGE_MAX > OUTPUT_MESSAGE_MAX ? BASELINE_MESSAGE_MAX : OUTPUT_MESSAGE_MAX];
    *out = NULL;
    if (!path_of(directory, whole, path, message))
        return gate_problem_add(problems, GATE_MISFIT, whole->name, "%s", message);
    if (access(path, F_OK) != 0)
        return gate_problem_add(problems, GATE_WITHOUT, whole->name,
                                "no baseline in %.200s, so it was not run; to make one: roam gate --update "
                                "--baseline %.200s %.300s",
                                directory, directory, whole->file);
    json_t *const baseline = baseline_read(path, message);
    if (!baseline)
        return gate_problem_add(problems, GATE_MISFIT, whole->name, "%s", message);
    const bool same_name = strcmp(baseline_scenario(baseline), whole->name) == 0;
    const bool memory =
        same_name ? check_meaning(path, directory, whole, baseline, problems)
                  : gate_problem_add(problems, GATE_MISFIT, whole->name,
                                     "%.300s: scenario: '%.100s', and the scenario's is '%.100s'; roam gate "
                                     "--update makes it anew",
                                     path, baseline_scenario(baseline), whole->name);
    if (same_name)
        *out = baseline;
    else
        json_decref(baseline);
    return memory;
}

int gate_baselines_read(const char *directory, const scenario_files *files, json_t **out,
                        gate_problems *problems)
{
    for (size_t i = 0; i < files->count; i++) {
        const size_t before = problems->count;
        if (!read_one(directory, files->items[i], &out[i], problems))
            return out_of_memory();
        if (problems->count > before)
            gate_problem_place(problems, files->items[i]->file, 0, 0);
    }
    return COMMAND_OK;
}

json_t *gate_baseline_find(const char *directory, const scenario *whole, char *message)
{
    char path[OUTPUT_PATH_MAX];
    char why[OUTPUT_MESSAGE_MAX];
    message[0] = '\0';
    if (!path_of(directory, whole, path, why) || access(path, F_OK) != 0)
        return NULL;
    return baseline_read(path, message);
}

/* ---- scenarios that are gone ---- */

static bool is_loaded(const scenario_files *files, const char *name)
{
    for (size_t i = 0; i < files->count; i++)
        if (strcmp(files->items[i]->name, name) == 0)
            return true;
    return false;
}

/* The file is one of those loaded, which have other names. */
static bool is_renamed(const scenario_files *files, const char *path)
{
    struct stat there;
    struct stat here;
    bool same = false;
    for (size_t i = 0; i < files->count && !same && stat(path, &there) == 0; i++)
        same = stat(files->items[i]->file, &here) == 0 && here.st_dev == there.st_dev &&
               here.st_ino == there.st_ino;
    return same;
}

/* False: out of memory. */
static bool look_for(const char *directory, const char *entry, const scenario_files *files,
                     gate_problems *problems)
{
    char path[PATH_MAX];
    char file[PATH_MAX];
    bool good = true;
    (void)snprintf(path, sizeof path, "%s/%s", directory, entry);
    json_t *const baseline = json_load_file(path, 0, NULL);
    const char *const name = json_string_value(json_object_get(baseline, "scenario"));
    const char *const from = json_string_value(json_object_get(baseline, "file"));
    if (name && from && !is_loaded(files, name)) {
        (void)snprintf(file, sizeof file, "%s/%s", directory, from);
        const bool exists = access(file, F_OK) == 0;
        if (!exists || is_renamed(files, file))
            good = gate_problem_add(
                problems, GATE_GONE, name,
                "%.300s is its baseline, but %.300s %s; if that is meant, delete the baseline", path, file,
                exists ? "has another name now" : "is not there any more");
    }
    json_decref(baseline);
    return good;
}

static int is_baseline(const struct dirent *entry)
{
    const size_t len = strlen(entry->d_name);
    return entry->d_name[0] != '.' && len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0;
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int gate_baselines_find_gone(const char *directory, const scenario_files *files, gate_problems *problems)
{
    struct dirent **entries = NULL;
    const int count = scandir(directory, &entries, is_baseline, compare_entries);
    bool good = true;
    for (int i = 0; i < count; i++) {
        good = good && look_for(directory, entries[i]->d_name, files, problems);
        free(entries[i]);
    }
    free(entries);
    return good ? COMMAND_OK : out_of_memory();
}

/* ---- writing ---- */

static int make_directory(const char *path)
{
    char part[OUTPUT_PATH_MAX];
    const size_t len = strlen(path);
    for (size_t i = 1; i <= len && i < sizeof part; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        (void)snprintf(part, sizeof part, "%.*s", (int)i, path);
        if (mkdir(part, 0777) != 0 && errno != EEXIST) {
            (void)fprintf(stderr, "roam gate: %s: %s\n", part, strerror(errno));
            return COMMAND_BROKEN;
        }
    }
    return COMMAND_OK;
}

/* Where a file is, as seen from a directory: it stays right when both move together. */
static bool relative_path(const char *directory, const char *file, char out[2 * PATH_MAX])
{
    char from[PATH_MAX];
    char to[PATH_MAX];
    size_t common = 0;
    size_t used = 0;
    if (!realpath(directory, from) || !realpath(file, to))
        return false;
    (void)strncat(from, "/", sizeof from - strlen(from) - 1);
    for (size_t i = 0; from[i] && from[i] == to[i]; i++)
        common = from[i] == '/' ? i + 1 : common;
    out[0] = '\0';
    for (const char *at = from + common; *at && used < PATH_MAX; at++)
        used += *at == '/' ? (size_t)snprintf(out + used, 2 * PATH_MAX - used, "../") : 0;
    (void)snprintf(out + used, 2 * PATH_MAX - used, "%s", to + common);
    return true;
}

int gate_baseline_write(const char *directory, const scenario *whole, json_t *baseline)
{
    char path[OUTPUT_PATH_MAX];
    char file[2 * PATH_MAX];
    char meaning[17];
    char message[OUTPUT_MESSAGE_MAX] = "out of memory";
    int status = make_directory(directory);
    if (status != COMMAND_OK)
        return status;
    if (!path_of(directory, whole, path, message)) {
        (void)fprintf(stderr, "roam gate: %s\n", message);
        return COMMAND_USAGE;
    }
    if (relative_path(directory, whole->file, file))
        baseline_set_file(baseline, file);
    meaning_of(whole, meaning);
    baseline_set_meaning(baseline, meaning);
    char *const text = baseline_text(baseline);
    if (!text || output_write(path, text, message) != OUTPUT_OK) {
        (void)fprintf(stderr, "roam gate: %s: %s\n", path, message);
        status = COMMAND_BROKEN;
    }
    free(text);
    return status;
}
