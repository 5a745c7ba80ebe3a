/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/command.h"
#include "tools/gate_baselines.h"
#include "tools/gate_measure.h"
#include "tools/gate_report.h"
#include "tools/numbers.h"
#include "tools/options.h"
#include "tools/table.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BASELINES "results/baselines"

static const char help_text[] =
    "usage: roam gate [OPTION]... FILE|DIR...\n"
    "\n"
    "Runs scenarios with the seeds of their baselines and compares. Time is virtual: of a\n"
    "scenario in which nothing depends on the seed, unchanged code gives no difference at\n"
    "all, and a time that grew by a millisecond or more (`gate:` in the scenario says\n"
    "otherwise), or an outcome or verdict that got worse, is red. A stochastic one is\n"
    "compared as a sample: red is what chance gives in at most 1 of 100 gates.\n"
    "\n"
    "  --baseline DIR    where the baselines are, NAME.json each (results/baselines)\n"
    "  --update          make or replace the baselines instead of comparing\n"
    "  --strict          red also when a scenario has no baseline, when the scenario of a\n"
    "                    baseline is gone, and when one has too few seeds for any verdict\n"
    "  --seeds A..B      with --update, --against or --with-build: these seeds; else what\n"
    "                    `gate:` says, or 3 of an exact scenario and 200 of a stochastic one\n"
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
    "baseline that does not match its scenario any more, which the reports name; 3 roam\n"
    "itself failed; 130 interrupted.\n";

enum {
    OPTION_BASELINE,
    OPTION_UPDATE,
    OPTION_STRICT,
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
    [OPTION_BASELINE] = {"baseline", "DIR"}, [OPTION_UPDATE] = {"update", NULL},
    [OPTION_STRICT] = {"strict", NULL},      [OPTION_SEEDS] = {"seeds", "A..B"},
    [OPTION_AGAINST] = {"against", "REF"},   [OPTION_WITH_BUILD] = {"with-build", "DIR"},
    [OPTION_JUNIT] = {"junit", "FILE"},      [OPTION_MARKDOWN] = {"markdown", "FILE"},
    [OPTION_JOBS] = {"jobs", "N"},           [OPTION_QUIET] = {"quiet", NULL},
    [OPTION_HELP] = {"help", NULL},          {NULL, NULL},
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
    bool strict;
    bool quiet;
    bool help;

    scenario_files loaded; /* those that take part */
    run_jobs runs;
    sweep_seeds *each;
    json_t **was; /* of each file */
    json_t **is;
    gate_problems problems;
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
        {OPTION_BASELINE, &self->baselines, NULL},
        {OPTION_AGAINST, &self->against, NULL},
        {OPTION_WITH_BUILD, &self->with_build, NULL},
        {OPTION_JUNIT, &self->junit, NULL},
        {OPTION_MARKDOWN, &self->markdown, NULL},
        {OPTION_UPDATE, NULL, &self->update},
        {OPTION_STRICT, NULL, &self->strict},
        {OPTION_QUIET, NULL, &self->quiet},
        {OPTION_HELP, NULL, &self->help},
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

static int out_of_memory(void)
{
    (void)fprintf(stderr, "roam gate: out of memory\n");
    return COMMAND_BROKEN;
}

/* Scenarios are known by their names. */
static int check_names(gate *self)
{
    for (size_t i = 0; i < self->loaded.count; i++) {
        for (size_t j = 0; j < i; j++) {
            const scenario *const one = self->loaded.items[j];
            const scenario *const other = self->loaded.items[i];
            if (strcmp(one->name, other->name) != 0)
                continue;
            return gate_problem_add(&self->problems, GATE_MISFIT, one->name,
                                    "%.300s and %.300s have the same name '%.200s'", one->file, other->file,
                                    one->name)
                       ? COMMAND_USAGE
                       : out_of_memory();
        }
    }
    return COMMAND_OK;
}

/* Those that have a baseline take part. */
static int read_baselines(gate *self)
{
    size_t kept = 0;
    int status = gate_baselines_read(self->baselines, &self->loaded, self->was, &self->problems);
    if (status == COMMAND_OK)
        status = gate_baselines_find_gone(self->baselines, &self->loaded, &self->problems);
    if (status != COMMAND_OK)
        return status;
    for (size_t i = 0; i < self->loaded.count; i++) {
        json_t *const was = self->was[i];
        if (!was) {
            scenario_free(self->loaded.items[i]);
            continue;
        }
        self->loaded.items[kept] = self->loaded.items[i];
        self->was[kept] = was;
        baseline_seeds(was, &self->each[kept].first, &self->each[kept].last);
        kept++;
    }
    self->loaded.count = kept;
    return COMMAND_OK;
}

/* Says in the reports, too, that there is none to be compared. */
static int load(gate *self)
{
    const int status = scenario_files_load(&self->files, &self->loaded);
    if (status == COMMAND_USAGE &&
        !gate_problem_add(&self->problems, GATE_MISFIT, "scenarios",
                          "a scenario is not valid, so none was run: roam check says why"))
        return out_of_memory();
    return status;
}

static int prepare(gate *self)
{
    int status = load(self);
    if (status != COMMAND_OK)
        return status;
    self->was = calloc(self->loaded.count + 1, sizeof(json_t *));
    self->each = calloc(self->loaded.count + 1, sizeof *self->each);
    if (!self->was || !self->each)
        return out_of_memory();
    status = check_names(self);
    if (status != COMMAND_OK)
        return status;
    for (size_t i = 0; i < self->loaded.count; i++)
        self->each[i] = self->seeds;
    if (!self->update && !self->against && !self->with_build)
        status = read_baselines(self);
    const run_jobs_options wanted = {.loaded = &self->files, .files = &self->loaded};
    return status == COMMAND_OK ? run_jobs_make(&wanted, &self->runs) : status;
}

/* ---- updating ---- */

static int update(gate *self)
{
    int status = COMMAND_OK;
    size_t stochastic = 0;
    for (size_t i = 0; status == COMMAND_OK && i < self->loaded.count; i++) {
        status = gate_baseline_write(self->baselines, self->loaded.items[i], self->is[i]);
        stochastic += !baseline_is_exact(self->is[i]);
    }
    if (status == COMMAND_OK)
        (void)printf("%zu baseline%s written to %s: %zu exact, %zu stochastic\n", self->loaded.count,
                     self->loaded.count == 1 ? "" : "s", self->baselines, self->loaded.count - stochastic,
                     stochastic);
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

/* status: of what came before. The reports are written whatever it is. */
static int tell(const gate *self, const gate_scenario *scenarios, size_t count, int status)
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
                                  .problems = &self->problems,
                                  .against = against,
                                  .strict = self->strict,
                                  .colour = table_colour(stdout)};
    if (!gate_print(&verdict, stdout))
        return out_of_memory();
    int written = write_file(self->junit, &verdict, gate_junit);
    if (written == COMMAND_OK)
        written = write_file(self->markdown, &verdict, gate_markdown);
    if (written != COMMAND_OK || status != COMMAND_OK)
        return written > status ? written : status;
    if (gate_problem_count(&self->problems, GATE_MISFIT) > 0)
        return COMMAND_USAGE;
    return gate_is_red(&verdict) ? COMMAND_FAILED : COMMAND_OK;
}

static bool compare_one(gate *self, size_t file, gate_scenario *told)
{
    const scenario *const whole = self->loaded.items[file];
    const gate_tolerance tolerance = {whole->gate.validation_ns, whole->gate.rebind_ns, whole->gate.gap_ns};
    const size_t seeds = (size_t)(self->each[file].last - self->each[file].first) + 1;
    const bool exact = baseline_is_exact(self->was[file]);
    *told = (gate_scenario){.name = whole->name,
                            .file = whole->file,
                            .runs = seeds * json_array_size(json_object_get(self->is[file], "combinations")),
                            .first = self->each[file].first,
                            .last = self->each[file].last,
                            .exact = exact};
    if (!exact && seeds < GATE_SEEDS_LEAST &&
        !gate_problem_add(
            &self->problems, GATE_FEW, whole->name,
            "its results depend on the seed, and %zu seed%s show nothing that chance cannot: at least "
            "%d are needed (`gate: {seeds: ...}`)",
            seeds, seeds == 1 ? "" : "s", GATE_SEEDS_LEAST))
        return false;
    return gate_compare(self->was[file], self->is[file], &tolerance, &self->changes);
}

static int compare(gate *self)
{
    gate_scenario *const scenarios = calloc(self->loaded.count + 1, sizeof *scenarios);
    size_t count = 0;
    bool good = scenarios;
    for (size_t i = 0; good && i < self->loaded.count; i++)
        if (self->was[i]) /* NULL: the other program could not run it */
            good = compare_one(self, i, &scenarios[count++]);
    good = good && gate_changes_settle(&self->changes);
    const int status = good ? tell(self, scenarios, count, COMMAND_OK) : out_of_memory();
    free(scenarios);
    return status;
}

/* With the seeds that `is` was measured with, and of the same kind. */
static int measure_other(gate *self, const gate_plan *plan)
{
    char *built = NULL;
    int status = self->against ? gate_build(self->against, &built) : COMMAND_OK;
    if (status != COMMAND_OK)
        return status;
    free(self->was);
    self->was = NULL;
    status = gate_measure_with(plan, self->against ? built : self->with_build, &self->was);
    for (size_t i = 0; status == COMMAND_OK && i < self->loaded.count; i++)
        if (self->was[i])
            baseline_set_exact(self->was[i], baseline_is_exact(self->is[i]));
    free(built);
    return status;
}

static int carry_out(gate *self)
{
    const bool other = self->against || self->with_build;
    int status = prepare(self);
    if (status == COMMAND_USAGE && !self->update)
        return tell(self, NULL, 0, status);
    if (status != COMMAND_OK) {
        gate_print_problems(&self->problems, stderr);
        return status;
    }
    const gate_plan plan = {.files = &self->loaded,
                            .jobs = &self->runs,
                            .seeds = self->each,
                            .choose = (self->update || other) && !self->seeds_given,
                            .processes = self->jobs,
                            .stop = stop,
                            .progress = !self->quiet};
    status = gate_measure(&plan, &self->is);
    if (status == COMMAND_OK && other)
        status = measure_other(self, &plan);
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
    gate_problems_free(&self->problems);
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
