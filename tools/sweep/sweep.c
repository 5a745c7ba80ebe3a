/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"
#include "tools/cli/build_id.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/numbers.h"
#include "tools/cli/options.h"
#include "tools/cli/settings.h"
#include "tools/cli/words.h"
#include "tools/sweep/failures.h"
#include "tools/sweep/runs.h"
#include "tools/sweep/until.h"
#include "tools/sweep/verdicts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_DB,
    OPTION_SEEDS,
    OPTION_JOBS,
    OPTION_RESUME,
    OPTION_SHARD,
    OPTION_UNTIL,
    OPTION_INDEPENDENT,
    OPTION_NO_SHARE,
    OPTION_SET,
    OPTION_ENDPOINT,
    OPTION_AS,
    OPTION_ISOLATION,
    OPTION_PATIENCE = OPTION_ISOLATION + ISOLATION_OPTIONS,
    OPTION_JUNIT,
    OPTION_MARKDOWN,
    OPTION_GITHUB,
    OPTION_QUIET,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_DB] = {.name = "db",
                   .value = "FILE",
                   .kind = VALUE_FILE,
                   .help = "the store; it must not exist, unless with --resume"},
    [OPTION_SEEDS] = {.name = "seeds",
                      .value = "A..B",
                      .help = "the seeds from A to B; one number stands for itself (1..10)"},
    [OPTION_JOBS] = {.name = "jobs",
                     .value = "N",
                     .kind = VALUE_NUMBER,
                     .help = "worker processes (as many as there are processors)"},
    [OPTION_RESUME] = {.name = "resume",
                       .help = "go on: what the store has of this build is not run again; a\n"
                               "store that is not there is made"},
    [OPTION_SHARD] = {.name = "shard",
                      .value = "I/N",
                      .help = "part I of N, from 1: the same parts on every machine; roam merge\n"
                              "joins their stores"},
    [OPTION_UNTIL] = {.name = "until",
                      .value = "'MEASURE.STATISTIC <= WIDTH'",
                      .help =
                          "go on with more seeds, from A to at most B (1..10000), until the 95 %\n"
                          "interval of each series, as roam stats prints it, is that narrow: no\n"
                          "bound is further from the figure than WIDTH. MEASURE is validation,\n"
                          "rebind, gap or preferred address. STATISTIC is p1 to p99, with WIDTH in % of the\n"
                          "percentile or a time, or success, with WIDTH in percentage points:\n"
                          "'validation.p99 <= 5%', 'gap.p50 <= 2ms', 'rebind.success <= 1%'. May\n"
                          "be repeated: all must hold. They are looked at after 100 seeds, and\n"
                          "then after a quarter more each time; all combinations of a scenario\n"
                          "have the same seeds. The last seed does not depend on --jobs"},
    [OPTION_INDEPENDENT] = {.name = "independent",
                            .help = "each combination draws on its own; else all combinations of one\n"
                                    "seed share their draws (common random numbers)"},
    [OPTION_NO_SHARE] = {.name = "no-share",
                         .help = "run each combination from its beginning; else combinations that\n"
                                 "are the same up to an event share the time before it: it is run\n"
                                 "once, and each goes on from a copy, with the same results"},
    [OPTION_SET] = {.name = "set",
                    .value = "KEY=VALUE",
                    .kind = VALUE_SETTING,
                    .help = "replace a value; may be repeated"},
    [OPTION_ENDPOINT] = {.name = "endpoint", .value = "NAME=LIBRARY", .kind = VALUE_NAMED_FILE},
    [OPTION_AS] = {.name = "as",
                   .value = "WHO=NAME,...",
                   .kind = VALUE_LIST,
                   .help = "who runs another QUIC library, as roam run --help says",
                   .words = {.list = words_of_players}},
    ISOLATION_ROWS(OPTION_ISOLATION),
    [OPTION_PATIENCE] = {.name = "patience",
                         .value = "TIME",
                         .kind = VALUE_TIME,
                         .help = "a world that gives no sign of life for so long counts as hung:\n"
                                 "seconds of wall clock (60)"},
    [OPTION_JUNIT] = {.name = "junit",
                      .value = "FILE",
                      .kind = VALUE_FILE,
                      .help = "the verdicts as JUnit's XML: a case a scenario and combination"},
    [OPTION_MARKDOWN] = {.name = "markdown", .value = "FILE", .kind = VALUE_FILE, .help = "as Markdown"},
    [OPTION_GITHUB] = {.name = "github",
                       .help = "print what failed as GitHub's workflow commands, which show it at\n"
                               "its line of the scenario, and add the Markdown to the file that\n"
                               "GITHUB_STEP_SUMMARY names"},
    [OPTION_QUIET] = {.name = "quiet", .help = "no progress, no summary"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    scenario_files_options files;
    settings settings;
    isolation isolation;
    ci_outputs outputs;
    const char *db;
    sweep_seeds seeds; /* last 0: not given */
    until_condition conditions[UNTIL_CONDITIONS_MAX];
    until_options until;
    uint64_t jobs;
    uint64_t shard;
    uint64_t shards;
    uint64_t patience_s;
    bool resume;
    bool no_share;
    bool quiet;
    bool help;
} arguments;

/* ---- arguments ---- */

static bool refuse(const char *option, const char *value, const char *expected)
{
    (void)fprintf(stderr, "roam sweep: --%s %s: expected %s\n", option, value, expected);
    return false;
}

static bool take_condition(arguments *self, const char *value)
{
    if (self->until.count == UNTIL_CONDITIONS_MAX)
        return refuse("until", value, "at most 16 conditions");
    return until_parse(self->files.command, value, &self->conditions[self->until.count]) &&
           ++self->until.count > 0;
}

static bool take_option(arguments *self, int option, const char *value)
{
    if (option >= OPTION_ISOLATION && option < OPTION_ISOLATION + ISOLATION_OPTIONS)
        return isolation_take(&self->isolation, self->files.command,
                              (isolation_option)(option - OPTION_ISOLATION), value);
    switch (option) {
    case OPTION_DB:
        self->db = value;
        return true;
    case OPTION_SEEDS:
        return numbers_range(value, &self->seeds.first, &self->seeds.last) ||
               refuse("seeds", value, "A..B with A <= B, or one number, and at most 10,000,000 seeds");
    case OPTION_JOBS:
        return (core_number_whole(value, 1, 1024, &self->jobs)) ||
               refuse("jobs", value, "a number from 1 to 1024");
    case OPTION_RESUME:
        self->resume = true;
        return true;
    case OPTION_SHARD:
        return numbers_part(value, &self->shard, &self->shards) ||
               refuse("shard", value, "I/N with I from 1 to N, as in 2/4");
    case OPTION_UNTIL:
        return take_condition(self, value);
    case OPTION_INDEPENDENT:
        self->seeds.independent = true;
        return true;
    case OPTION_NO_SHARE:
        self->no_share = true;
        return true;
    case OPTION_SET:
    case OPTION_ENDPOINT:
    case OPTION_AS:
        return settings_take(&self->settings, self->files.command,
                             (settings_kind)(SETTINGS_SET + option - OPTION_SET), value);
    case OPTION_PATIENCE:
        return core_number_whole(value, 1, 86400, &self->patience_s) ||
               refuse("patience", value, "seconds from 1 to 86400");
    case OPTION_JUNIT:
    case OPTION_MARKDOWN:
        self->outputs.paths[option == OPTION_JUNIT ? CI_JUNIT : CI_MARKDOWN] = value;
        return true;
    case OPTION_GITHUB:
        self->outputs.github = true;
        return true;
    case OPTION_QUIET:
        self->quiet = true;
        return true;
    case OPTION_HELP:
        self->help = true;
        return true;
    }
    return false;
}

static bool read_arguments(arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, self->files.command, rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (!take_option(self, option, reader.value))
            return false;
    settings_give(&self->settings, &self->files);
    if (self->seeds.last == 0) {
        self->seeds.first = 1;
        self->seeds.last = self->until.count > 0 ? UNTIL_SEEDS : 10;
    }
    self->until.conditions = self->conditions;
    self->files.paths = argv + 1;
    self->files.path_count = (size_t)reader.operands;
    if (option == OPTION_INVALID || self->help)
        return option != OPTION_INVALID;
    if (reader.operands == 0)
        (void)fprintf(stderr, "roam sweep: no scenario given; see roam sweep --help\n");
    else if (!self->db)
        (void)fprintf(stderr, "roam sweep: no store given: --db FILE; see roam sweep --help\n");
    else if (ci_outputs_to_stdout(&self->outputs) > 0)
        (void)fprintf(stderr,
                      "roam sweep: --junit and --markdown need files: the summary is on standard output\n");
    else if (self->until.count > 0 && self->shards > 1)
        (void)fprintf(stderr,
                      "roam sweep: --until looks at all runs, and --shard has a part of them: give one\n");
    else
        return true;
    return false;
}

/* ---- the sweep ---- */

static void print_summary(const arguments *self, const sweep_result *result)
{
    const struct {
        size_t count;
        const char *what;
    } COUNTS[] = {
        {result->unsupported, "unsupported"},  {result->known_faults, "known faults"},
        {result->crashed, "crashed"},          {result->hung, "hung"},
        {result->refused, "could not be run"}, {result->stored, "there before"},
    };
    const size_t done = result->passed + result->failed + result->known_faults + result->unsupported +
                        result->crashed + result->hung + result->refused;
    if (result->stopped)
        (void)printf("interrupted; --resume goes on\n");
    (void)printf("%zu passed, %zu failed", result->passed, result->failed);
    if (result->contradictions > 0)
        (void)printf(" (of these %zu contradicted by the packet taps)", result->contradictions);
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++)
        if (COUNTS[i].count > 0)
            (void)printf(", %zu %s", COUNTS[i].count, COUNTS[i].what);
    if (result->planned > done + result->stored)
        (void)printf(", %zu not run", result->planned - done - result->stored);
    (void)printf("\n%zu runs in %.1f s: %.0f a second", done, (double)result->wall_ns / 1e9,
                 sweep_rate(result));
    if (result->shared > 0)
        (void)printf(", %zu from a shared beginning", result->shared);
    (void)printf("; in %s\n", self->db);
}

static int exit_status(const sweep_result *result)
{
    if (result->stopped)
        return COMMAND_INTERRUPTED;
    if (result->crashed - result->adapters + result->hung + result->refused > 0)
        return COMMAND_BROKEN;
    return result->failed + result->adapters > 0 ? COMMAND_FAILED : COMMAND_OK;
}

static int open_store(const arguments *self, store **into)
{
    char message[STORE_MESSAGE_MAX];
    const bool there = access(self->db, F_OK) == 0;
    const int status =
        store_open(self->db, self->resume && there ? STORE_APPEND : STORE_CREATE, into, message);
    if (!status)
        return COMMAND_OK;
    (void)fprintf(stderr, "roam sweep: %s\n", message);
    return status == STORE_ERR_SYSTEM || status == STORE_ERR_NO_MEMORY ? COMMAND_BROKEN : COMMAND_USAGE;
}

/* What failed, to whoever reads it. */
static bool tell(const arguments *self, const sweep_options *options, const sweep_result *result,
                 ci_verdicts *verdicts)
{
    const bool wanted = ci_outputs_wanted(&self->outputs);
    stats_failures all;
    if (self->quiet && !wanted)
        return true;
    if (!sweep_failures_read(options, result, &all))
        return false;
    bool good = self->quiet || sweep_failures_print(options, &all, self->db);
    good = (!wanted || sweep_verdicts_add(verdicts, options, result, &all)) && good;
    stats_failures_fini(&all);
    return good;
}

static int sweep_files(const arguments *self, const scenario_files *files, ci_verdicts *verdicts)
{
    const run_jobs_options wanted = {.loaded = &self->files, .files = files};
    run_jobs jobs = {0};
    store *into = NULL;
    sweep_result result = {0};
    char *const set = settings_text(&self->files);
    sweep_seeds *const seeds = calloc(files->count + 1, sizeof *seeds);
    int status = set && seeds ? run_jobs_make(&wanted, &jobs) : COMMAND_BROKEN;
    for (size_t i = 0; seeds && i < files->count; i++)
        seeds[i] = self->seeds;
    if (status == COMMAND_OK)
        status = open_store(self, &into);
    if (status == COMMAND_OK) {
        const sweep_options options = {.command = "roam sweep",
                                       .jobs = &jobs,
                                       .files = files,
                                       .set = set,
                                       .seeds = seeds,
                                       .processes = self->jobs,
                                       .silence_ns = self->patience_s * UINT64_C(1000000000),
                                       .isolation = self->isolation,
                                       .shard = (uint32_t)(self->shard - 1),
                                       .shards = (uint32_t)self->shards,
                                       .alone = self->no_share,
                                       .into = into,
                                       .stop = interrupt_came,
                                       .progress = !self->quiet};
        bool narrow = true;
        status = self->until.count > 0 ? until_run(&options, &self->until, &result, &narrow)
                                       : sweep_run(&options, &result);
        if (status == COMMAND_OK)
            status = exit_status(&result);
        if (status == COMMAND_OK && !narrow)
            status = COMMAND_FAILED;
        if (!self->quiet)
            print_summary(self, &result);
        if (result.build && !tell(self, &options, &result, verdicts))
            status = COMMAND_BROKEN;
    }
    store_close(into);
    run_jobs_fini(&jobs);
    free(seeds);
    free(set);
    return status;
}

static int sweep_all(const arguments *self)
{
    scenario_files files = {0};
    ci_verdicts verdicts = {0};
    scenario_files_options given = self->files;
    int status = COMMAND_BROKEN;
    given.fault = ci_invalid_add;
    given.ctx = &verdicts;
    ci_suite_add(&verdicts, "roam sweep", "roam");
    if (ci_outputs_check(&self->outputs))
        status = scenario_files_load(&given, &files);
    if (status == COMMAND_OK) {
        interrupt_catch(INTERRUPT_SECOND_IGNORED);
        status = sweep_files(self, &files, &verdicts);
        scenario_files_fini(&files);
    }
    status = sweep_verdicts_write(&verdicts, &self->outputs, status);
    ci_verdicts_free(&verdicts);
    return status;
}

static int command_sweep(int argc, char **argv)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    arguments self = {.files = {.command = "roam sweep"},
                      .outputs = {.command = "roam sweep"},
                      .jobs = processors > 0 ? (uint64_t)processors : 1,
                      .shard = 1,
                      .shards = 1,
                      .patience_s = 60};
    int status = COMMAND_USAGE;
    if (read_arguments(&self, argc, argv)) {
        if (self.help)
            help_print(&COMMAND_SWEEP, stdout);
        status = self.help ? COMMAND_OK : sweep_all(&self);
    }
    settings_fini(&self.settings);
    return status;
}

const command_row COMMAND_SWEEP = {
    .name = "sweep",
    .about = "run scenarios with many seeds into a store",
    .function = command_sweep,
    .usage = "roam sweep --db FILE [OPTION]... FILE|DIR|NAME...",
    .text = "Runs scenarios with many seeds, and with every combination of what they `vary`, over\n"
            "worker processes, and keeps the results in a store: one SQLite file. Results are entered\n"
            "in batches of at most a second, and what is in the store is safe, whatever happens to\n"
            "the sweep; --resume does the rest. A world that\n"
            "crashes or hangs is recorded with its seed and stops no other.",
    .options = rows,
    .column = 19,
    .status = "0 all runs passed; 1 some failed, or the adapter of another QUIC library\n"
              "crashed, hung or broke a rule, or with --until an interval is still too wide after the\n"
              "last seed; 2 usage, or an invalid scenario; 3 a world crashed or\n"
              "hung, or the store cannot be written; 130 interrupted, what was finished is kept.",
    .operands = {{.kind = VALUE_SCENARIO}},
    .operand_count = 1,
};
