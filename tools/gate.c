/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/output.h"
#include "tools/command.h"
#include "tools/gate_measure.h"
#include "tools/gate_report.h"
#include "tools/numbers.h"
#include "tools/options.h"
#include "tools/table.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BASELINES "results/baselines"

static const char help_text[] =
    "usage: roam gate [OPTION]... FILE|DIR...\n"
    "\n"
    "Runs scenarios with the seeds of their baselines and compares: outcomes and verdicts\n"
    "seed by seed, percentiles and the worst of each seed of validation, rebind and gap\n"
    "times. Time is virtual, so unchanged code gives no difference at all; a\n"
    "time that grew by a millisecond or more (`gate:` in the scenario says otherwise) is\n"
    "worse, and the gate is red.\n"
    "\n"
    "  --baseline DIR    where the baselines are, NAME.json each (results/baselines)\n"
    "  --update          make or replace the baselines instead of comparing\n"
    "  --seeds A..B      with --update, --against or --with-build: these seeds; else those\n"
    "                    of the baseline, or 1..10, or what `gate:` says\n"
    "  --against REF     compare with another commit, which is built beside this one; both\n"
    "                    are run now, and baselines are not looked at\n"
    "  --with-build DIR  compare with the program of another build: one with another\n"
    "                    version of ngtcp2, say (tools/setup --ngtcp2)\n"
    "  --junit FILE      the verdict as JUnit's XML\n"
    "  --markdown FILE   the verdict as Markdown\n"
    "  --jobs N          worker processes (as many as there are processors)\n"
    "  --quiet           no progress\n"
    "  --help            this text\n"
    "\n"
    "Exit status: 0 nothing is worse; 1 something is; 2 usage, an invalid scenario, or a\n"
    "baseline that does not match its scenario any more; 3 roam itself failed; 130\n"
    "interrupted.\n";

enum {
    OPTION_BASELINE,
    OPTION_UPDATE,
    OPTION_SEEDS,
    OPTION_AGAINST,
    OPTION_WITH_BUILD,
    OPTION_JUNIT,
    OPTION_MARKDOWN,
    OPTION_JOBS,
    OPTION_QUIET,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_BASELINE] = {"baseline", "DIR"},
    [OPTION_UPDATE] = {"update", NULL},
    [OPTION_SEEDS] = {"seeds", "A..B"},
    [OPTION_AGAINST] = {"against", "REF"},
    [OPTION_WITH_BUILD] = {"with-build", "DIR"},
    [OPTION_JUNIT] = {"junit", "FILE"},
    [OPTION_MARKDOWN] = {"markdown", "FILE"},
    [OPTION_JOBS] = {"jobs", "N"},
    [OPTION_QUIET] = {"quiet", NULL},
    [OPTION_HELP] = {"help", NULL},
    {NULL, NULL},
};

typedef struct gate {
    scenario_files_options files;
    const char *baselines;
    const char *against;
    const char *with_build;
    const char *junit;
    const char *markdown;
    sweep_seeds seeds;
    uint64_t jobs;
    bool seeds_given;
    bool update;
    bool quiet;
    bool help;

    scenario_files loaded; /* those that take part */
    run_jobs runs;
    sweep_seeds *each;
    json_t **was; /* of each file */
    json_t **is;
    size_t without;
    gate_changes changes;
} gate;

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

static bool stop(void *ctx)
{
    (void)ctx;
    return interrupted;
}

/* ---- arguments ---- */

static bool take_option(gate *self, int option, const char *value)
{
    const struct {
        int option;
        const char **text;
        bool *flag;
    } PLAIN[] = {
        {OPTION_BASELINE, &self->baselines, NULL},    {OPTION_AGAINST, &self->against, NULL},
        {OPTION_WITH_BUILD, &self->with_build, NULL}, {OPTION_JUNIT, &self->junit, NULL},
        {OPTION_MARKDOWN, &self->markdown, NULL},     {OPTION_UPDATE, NULL, &self->update},
        {OPTION_QUIET, NULL, &self->quiet},           {OPTION_HELP, NULL, &self->help},
    };
    for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++) {
        if (PLAIN[i].option != option)
            continue;
        if (PLAIN[i].flag)
            *PLAIN[i].flag = true;
        else
            *PLAIN[i].text = value;
        return true;
    }
    if (option == OPTION_SEEDS && numbers_range(value, &self->seeds.first, &self->seeds.last) &&
        self->seeds.last - self->seeds.first < 100000)
        return self->seeds_given = true;
    if (option == OPTION_JOBS && numbers_whole(value, 1, 1024, &self->jobs))
        return true;
    (void)fprintf(stderr, "roam gate: --%s %s: expected %s\n", rows[option].name, value,
                  option == OPTION_SEEDS ? "A..B with A <= B, at most 100,000 seeds"
                                         : "a number from 1 to 1024");
    return false;
}

static bool check_arguments(const gate *self)
{
    const bool other = self->against || self->with_build;
    const char *fault = NULL;
    if (self->files.path_count == 0)
        fault = "no scenario given";
    else if (self->against && self->with_build)
        fault = "--against or --with-build, not both";
    else if (self->update && (other || self->junit || self->markdown))
        fault = "--update compares nothing: leave --against, --with-build, --junit and --markdown out";
    else if (self->seeds_given && !self->update && !other)
        fault = "--seeds: the seeds are those of the baselines; --update makes them with others";
    if (fault)
        (void)fprintf(stderr, "roam gate: %s; see roam gate --help\n", fault);
    return !fault;
}

static bool read_arguments(gate *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, self->files.command, rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        if (!take_option(self, option, reader.value))
            return false;
    }
    self->files.paths = argv + 1;
    self->files.path_count = (size_t)reader.operands;
    return option != OPTION_INVALID && (self->help || check_arguments(self));
}

/* ---- what is compared ---- */

/* Scenarios are known by their names. */
static bool check_names(const gate *self)
{
    for (size_t i = 0; i < self->loaded.count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(self->loaded.items[i]->name, self->loaded.items[j]->name) != 0)
                continue;
            (void)fprintf(stderr, "roam gate: %s and %s have the same name '%s'\n",
                          self->loaded.items[j]->file, self->loaded.items[i]->file,
                          self->loaded.items[i]->name);
            return false;
        }
    }
    return true;
}

static int out_of_memory(void)
{
    (void)fprintf(stderr, "roam gate: out of memory\n");
    return COMMAND_BROKEN;
}

static int baseline_path(const gate *self, const scenario *whole, char path[OUTPUT_PATH_MAX])
{
    char name[256];
    char message[OUTPUT_MESSAGE_MAX];
    (void)snprintf(name, sizeof name, "%s.json", whole->name);
    if (output_path(self->baselines, name, path, message) == OUTPUT_OK)
        return COMMAND_OK;
    (void)fprintf(stderr, "roam gate: %s\n", message);
    return COMMAND_USAGE;
}

/* The baseline of one file; none is no fault. */
static int read_baseline(const gate *self, const scenario *whole, json_t **out)
{
    char path[OUTPUT_PATH_MAX];
    char message[BASELINE_MESSAGE_MAX];
    char digest[17];
    const int status = baseline_path(self, whole, path);
    if (status != COMMAND_OK || access(path, F_OK) != 0)
        return status;
    json_t *const baseline = baseline_read(path, message);
    if (!baseline) {
        (void)fprintf(stderr, "roam gate: %s\n", message);
        return COMMAND_USAGE;
    }
    (void)snprintf(digest, sizeof digest, "%016llx", (unsigned long long)whole->digest);
    const bool same_name = strcmp(baseline_scenario(baseline), whole->name) == 0;
    if (same_name && strcmp(baseline_digest(baseline), digest) == 0) {
        *out = baseline;
        return COMMAND_OK;
    }
    (void)fprintf(stderr,
                  "roam gate: %s: %s: '%s', and the scenario's is '%s': it was made for another text of %s; "
                  "look at what "
                  "changed, then: roam gate --update --baseline %s %s\n",
                  path, same_name ? "digest" : "scenario",
                  same_name ? baseline_digest(baseline) : baseline_scenario(baseline),
                  same_name ? digest : whole->name, whole->file, self->baselines, whole->file);
    json_decref(baseline);
    return COMMAND_USAGE;
}

/* Of several files those without a baseline are left out; one that was asked for alone must have its own. */
static int read_baselines(gate *self)
{
    size_t kept = 0;
    int status = COMMAND_OK;
    for (size_t i = 0; i < self->loaded.count; i++) {
        scenario *const whole = self->loaded.items[i];
        const int result = read_baseline(self, whole, &self->was[kept]);
        if (result > status)
            status = result;
        if (self->was[kept]) {
            baseline_seeds(self->was[kept], &self->each[kept].first, &self->each[kept].last);
            self->loaded.items[kept++] = whole;
            continue;
        }
        self->without += result == COMMAND_OK;
        scenario_free(whole);
    }
    self->loaded.count = kept;
    if (status == COMMAND_OK && kept == 0) {
        (void)fprintf(
            stderr,
            "roam gate: no baseline in %s for what was given; roam gate --update --baseline %s makes "
            "them\n",
            self->baselines, self->baselines);
        return COMMAND_USAGE;
    }
    return status;
}

static int prepare(gate *self)
{
    int status = scenario_files_load(&self->files, &self->loaded);
    if (status != COMMAND_OK)
        return status;
    self->was = calloc(self->loaded.count + 1, sizeof(json_t *));
    self->each = calloc(self->loaded.count + 1, sizeof *self->each);
    if (!self->was || !self->each)
        return out_of_memory();
    if (!check_names(self))
        return COMMAND_USAGE;
    for (size_t i = 0; i < self->loaded.count; i++)
        self->each[i] = self->seeds_given ? self->seeds : (sweep_seeds){1, self->loaded.items[i]->gate.seeds};
    if (!self->update && !self->against && !self->with_build)
        status = read_baselines(self);
    const run_jobs_options wanted = {.loaded = &self->files, .files = &self->loaded};
    return status == COMMAND_OK ? run_jobs_make(&wanted, &self->runs) : status;
}

/* ---- updating ---- */

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

static int write_baseline(const gate *self, size_t file)
{
    char path[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX] = "out of memory";
    int status = baseline_path(self, self->loaded.items[file], path);
    if (status != COMMAND_OK)
        return status;
    char *const text = baseline_text(self->is[file]);
    if (!text || output_write(path, text, message) != OUTPUT_OK) {
        (void)fprintf(stderr, "roam gate: %s: %s\n", path, message);
        status = COMMAND_BROKEN;
    }
    free(text);
    return status;
}

static int update(gate *self)
{
    int status = make_directory(self->baselines);
    for (size_t i = 0; status == COMMAND_OK && i < self->loaded.count; i++)
        status = write_baseline(self, i);
    if (status == COMMAND_OK)
        (void)printf("%zu baseline%s written to %s\n", self->loaded.count, self->loaded.count == 1 ? "" : "s",
                     self->baselines);
    return status;
}

/* ---- comparing ---- */

static int write_file(const char *path, const gate_verdict *verdict,
                      void (*write)(const gate_verdict *verdict, FILE *stream))
{
    FILE *const file = path ? fopen(path, "w") : NULL;
    if (!path)
        return COMMAND_OK;
    if (file)
        write(verdict, file);
    const bool failed = !file || ferror(file);
    if ((file && fclose(file) != 0) || failed) {
        (void)fprintf(stderr, "roam gate: %s: %s\n", path, strerror(errno));
        return COMMAND_BROKEN;
    }
    return COMMAND_OK;
}

static int tell(const gate *self, const gate_scenario *scenarios, size_t count)
{
    char against[256];
    (void)snprintf(against, sizeof against, "%s%.200s",
                   self->against      ? "commit "
                   : self->with_build ? "the build in "
                                      : "the baselines in ",
                   self->against      ? self->against
                   : self->with_build ? self->with_build
                                      : self->baselines);
    const gate_verdict verdict = {.scenarios = scenarios,
                                  .scenario_count = count,
                                  .changes = &self->changes,
                                  .against = against,
                                  .without = self->without,
                                  .colour = table_colour(stdout)};
    if (!gate_print(&verdict, stdout))
        return out_of_memory();
    int status = write_file(self->junit, &verdict, gate_junit);
    if (status == COMMAND_OK)
        status = write_file(self->markdown, &verdict, gate_markdown);
    return status != COMMAND_OK ? status : gate_is_red(&verdict) ? COMMAND_FAILED : COMMAND_OK;
}

static int compare(gate *self)
{
    gate_scenario *const scenarios = calloc(self->loaded.count + 1, sizeof *scenarios);
    size_t count = 0;
    bool good = scenarios;
    for (size_t i = 0; good && i < self->loaded.count; i++) {
        const scenario *const whole = self->loaded.items[i];
        const gate_tolerance tolerance = {whole->gate.validation_ns, whole->gate.rebind_ns,
                                          whole->gate.gap_ns};
        if (!self->was[i])
            continue; /* the other program could not run it */
        const size_t seeds = (size_t)(self->each[i].last - self->each[i].first) + 1;
        scenarios[count++] = (gate_scenario){
            whole->name, whole->file, seeds * json_array_size(json_object_get(self->is[i], "combinations"))};
        good = gate_compare(self->was[i], self->is[i], &tolerance, &self->changes);
    }
    const int status = good ? tell(self, scenarios, count) : out_of_memory();
    free(scenarios);
    return status;
}

static int carry_out(gate *self)
{
    int status = prepare(self);
    if (status != COMMAND_OK)
        return status;
    const gate_plan plan = {.files = &self->loaded,
                            .jobs = &self->runs,
                            .seeds = self->each,
                            .processes = self->jobs,
                            .stop = stop,
                            .progress = !self->quiet};
    char *built = NULL;
    if (self->against)
        status = gate_build(self->against, &built);
    if (status != COMMAND_OK)
        return status;
    const char *const other = self->against ? built : self->with_build;
    if (other) {
        free(self->was);
        self->was = NULL;
        status = gate_measure_with(&plan, other, &self->was);
    }
    free(built);
    if (status == COMMAND_OK)
        status = gate_measure(&plan, &self->is);
    if (status != COMMAND_OK)
        return status;
    return self->update ? update(self) : compare(self);
}

static int run_gate(gate *self)
{
    const struct sigaction action = {.sa_handler = on_signal};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    const int status = carry_out(self);
    if (status == COMMAND_INTERRUPTED)
        (void)fprintf(stderr, "roam gate: interrupted\n");
    gate_changes_free(&self->changes);
    gate_measured_free(self->was, self->loaded.count);
    gate_measured_free(self->is, self->loaded.count);
    run_jobs_fini(&self->runs);
    scenario_files_fini(&self->loaded);
    free(self->each);
    return status;
}

int command_gate(int argc, char **argv)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    gate self = {.files = {.command = "roam gate"},
                 .baselines = BASELINES,
                 .jobs = processors > 0 ? (uint64_t)processors : 1};
    if (!read_arguments(&self, argc, argv))
        return COMMAND_USAGE;
    if (!self.help)
        return run_gate(&self);
    (void)fputs(help_text, stdout);
    return COMMAND_OK;
}
