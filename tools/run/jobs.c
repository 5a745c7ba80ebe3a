/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/jobs.h"

#include "sim/record/output.h"
#include "tools/cli/command.h"
#include "tools/cli/own_seed.h"
#include "tools/cli/settings.h"

#include <stdlib.h>
#include <string.h>

#define ENTRY_MAX 255 /* bytes of a file's name */

typedef struct maker {
    const run_jobs_options *options;
    run_jobs *jobs;
    char message[OUTPUT_MESSAGE_MAX];
} maker;

static int out_of_memory(const maker *self)
{
    (void)fprintf(stderr, "%s: out of memory\n", self->options->loaded->command);
    return COMMAND_BROKEN;
}

static char *name_of(const scenario *whole)
{
    const char *const combination = whole->combination ? whole->combination : "";
    const size_t room = strlen(whole->name) + strlen(combination) + 3;
    char *const name = malloc(room);
    if (name)
        (void)snprintf(name, room, whole->combination ? "%s[%s]" : "%s%s", whole->name, combination);
    return name;
}

/* --- output directories --- */

/* A combination as a name that any file system takes: other characters as %XX. One that is too long is known
 * by its number. */
static void entry_of(const scenario *whole, size_t number, char name[ENTRY_MAX + 1])
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-=,+";
    size_t used = 0;
    for (const char *at = whole->combination; *at; at++) {
        if (used + 4 > ENTRY_MAX) {
            (void)snprintf(name, ENTRY_MAX + 1, "combination-%zu", number);
            return;
        }
        if (strchr(plain, *at))
            name[used++] = *at;
        else
            used += (size_t)snprintf(name + used, 4, "%%%02X", (unsigned)(unsigned char)*at);
    }
    name[used] = '\0';
}

/* DIR, or DIR/NAME of several scenarios, and in it one directory a combination. */
static int place(maker *self, const scenario *whole, size_t number, run_job *job)
{
    const char *const out = self->options->out;
    char dir[OUTPUT_PATH_MAX];
    char path[OUTPUT_PATH_MAX];
    char entry[ENTRY_MAX + 1];
    int result = 0;
    if (!out)
        return COMMAND_OK;
    if (self->options->files->several)
        result = output_path(out, whole->name, dir, self->message);
    else if (snprintf(dir, sizeof dir, "%s", out) >= (int)sizeof dir)
        result = OUTPUT_ERR_SYSTEM;
    memcpy(path, dir, sizeof path);
    if (result == 0 && whole->combination) {
        entry_of(whole, number, entry);
        result = output_path(dir, entry, path, self->message);
    }
    if (result != 0) {
        (void)fprintf(stderr, "%s: --out %.100s...: too long\n", self->options->loaded->command, out);
        return COMMAND_USAGE;
    }
    job->out_dir = strdup(path);
    if (!job->out_dir)
        return out_of_memory(self);
    if (self->options->files->several)
        result = output_check_several(out, self->message);
    if (result == 0 && whole->combination)
        result = output_check_several(dir, self->message);
    if (result == 0)
        result = output_check(path, self->message);
    if (result == 0)
        return COMMAND_OK;
    (void)fprintf(stderr, "%s: %s\n", self->options->loaded->command, self->message);
    return result == OUTPUT_ERR_REFUSED ? COMMAND_USAGE : COMMAND_BROKEN;
}

static int check_names(const maker *self)
{
    const scenario_files *const files = self->options->files;
    for (size_t i = 0; self->options->out && i < files->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(files->items[i]->name, files->items[j]->name) != 0)
                continue;
            (void)fprintf(stderr, "%s: %s and %s have the same name '%s', and so the same output directory\n",
                          self->options->loaded->command, files->items[j]->file, files->items[i]->file,
                          files->items[i]->name);
            return COMMAND_USAGE;
        }
    }
    return COMMAND_OK;
}

/* --- jobs --- */

/* The values of `vary` and of --set, as a sweep names the combination. False: out of memory. */
static bool seed_of(const maker *self, const scenario *whole, uint64_t *out)
{
    const scenario_files_options *const loaded = self->options->loaded;
    *out = self->options->seed ? *self->options->seed : whole->seed;
    if (!self->options->independent)
        return true;
    const char *const own = whole->combination ? whole->combination : "";
    char *const given = settings_text(loaded);
    const size_t room = strlen(own) + strlen(given ? given : "") + 2;
    char *const all = given ? malloc(room) : NULL;
    if (all) {
        (void)snprintf(all, room, "%s%s%s", own, own[0] && given[0] ? "," : "", given);
        *out = own_seed(*out, all);
    }
    free(given);
    free(all);
    return all != NULL;
}

static int add(maker *self, const scenario *whole, size_t file, size_t number)
{
    run_job *const job = &self->jobs->items[self->jobs->count++];
    *job = (run_job){.scenario = whole, .file = file, .name = name_of(whole)};
    return job->name && seed_of(self, whole, &job->seed) ? place(self, whole, number, job)
                                                         : out_of_memory(self);
}

static int load_combination(maker *self, size_t file, size_t number)
{
    const scenario *const varied = self->options->files->items[file];
    scenario_source source = scenario_files_source(self->options->loaded, varied->file);
    scenario_diagnostics *const diagnostics = malloc(sizeof *diagnostics);
    scenario *loaded = NULL;
    if (!diagnostics)
        return out_of_memory(self);
    source.text = varied->texts->text; /* standard input is read once, and a file may have changed */
    source.text_bytes = varied->texts->bytes;
    scenario_diagnostics_init(diagnostics);
    const int result = scenario_load_combination(&source, varied, number, &loaded, diagnostics);
    scenario_diagnostics_print(diagnostics, stderr);
    scenario_diagnostics_fini(diagnostics);
    free(diagnostics);
    if (result == SCENARIO_ERR_MEMORY)
        return out_of_memory(self);
    if (result != 0) {
        (void)fprintf(stderr, "%s: %s: combination %zu of `vary` is not a valid scenario\n",
                      self->options->loaded->command, varied->file, number + 1);
        return COMMAND_USAGE;
    }
    self->jobs->owned[self->jobs->owned_count++] = loaded;
    return add(self, loaded, file, number);
}

static int add_file(maker *self, size_t file)
{
    const scenario *const whole = self->options->files->items[file];
    const size_t count = scenario_combination_count(whole);
    int status = COMMAND_OK;
    if (whole->vary_count == 0)
        return add(self, whole, file, 0);
    for (size_t i = 0; status == COMMAND_OK && i < count; i++)
        status = load_combination(self, file, i);
    return status;
}

int run_jobs_make(const run_jobs_options *options, run_jobs *out)
{
    size_t room = 0;
    for (size_t i = 0; i < options->files->count; i++)
        room += scenario_combination_count(options->files->items[i]);
    *out = (run_jobs){.items = calloc(room + 1, sizeof *out->items),
                      .owned = calloc(room + 1, sizeof(scenario *))};
    maker self = {.options = options, .jobs = out};
    int status = out->items && out->owned ? check_names(&self) : out_of_memory(&self);
    for (size_t i = 0; status == COMMAND_OK && i < options->files->count; i++)
        status = add_file(&self, i);
    if (status != COMMAND_OK)
        run_jobs_fini(out);
    return status;
}

void run_jobs_fini(run_jobs *jobs)
{
    for (size_t i = 0; i < jobs->count; i++) {
        free(jobs->items[i].name);
        free(jobs->items[i].out_dir);
    }
    for (size_t i = 0; i < jobs->owned_count; i++)
        scenario_free(jobs->owned[i]);
    free(jobs->items);
    free(jobs->owned);
    *jobs = (run_jobs){0};
}
