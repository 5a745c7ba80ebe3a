/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/arguments.h"

#include "core/number.h"
#include "sim/qlog/qlog.h"
#include "sim/verdict/run.h"
#include "tools/cli/command.h"
#include "tools/cli/options.h"
#include "tools/cli/words.h"

#include <inttypes.h>
#include <stdio.h>

#define JOBS_MAX 1024

enum {
    OPTION_SEED,
    OPTION_INDEPENDENT,
    OPTION_SET,
    OPTION_ENDPOINT,
    OPTION_AS,
    OPTION_ISOLATION,
    OPTION_JOBS = OPTION_ISOLATION + ISOLATION_OPTIONS,
    OPTION_WATCH,
    OPTION_OUT = OPTION_WATCH + WATCH_OPTIONS,
    OPTION_PCAP,
    OPTION_QLOG,
    OPTION_EACH,
    OPTION_JSON,
    OPTION_JUNIT,
    OPTION_MARKDOWN,
    OPTION_GITHUB,
    OPTION_QUIET,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_SEED] = {.name = "seed",
                     .value = "N",
                     .kind = VALUE_NUMBER,
                     .help = "the seed of every random draw, instead of the scenario's"},
    [OPTION_INDEPENDENT] = {.name = "independent",
                            .help = "each combination of `vary` draws on its own; else all share the\n"
                                    "draws of the seed (common random numbers)"},
    [OPTION_SET] = {.name = "set",
                    .value = "KEY=VALUE",
                    .kind = VALUE_SETTING,
                    .help = "replace a value, as in --set networks.wifi.delay=50ms;\n"
                            "may be repeated. A key under `vary` then has this value alone."},
    [OPTION_ENDPOINT] = {.name = "endpoint",
                         .value = "NAME=LIBRARY",
                         .kind = VALUE_NAMED_FILE,
                         .help = "adds another QUIC library: the file of its adapter"},
    [OPTION_AS] = {.name = "as",
                   .value = "WHO=NAME,...",
                   .kind = VALUE_LIST,
                   .help = "who runs such a library, or roam's core (roam), instead of what\n"
                           "the scenario says: client, server, all, a group or a node",
                   .words = {.list = words_of_players}},
    ISOLATION_ROWS(OPTION_ISOLATION),
    [OPTION_JOBS] = {.name = "jobs",
                     .value = "N",
                     .kind = VALUE_NUMBER,
                     .help = "worker processes; default: as many as there are processors"},
    WATCH_ROWS(OPTION_WATCH),
    [OPTION_OUT] = {.name = "out",
                    .value = "DIR",
                    .kind = VALUE_DIRECTORY,
                    .help = "write summary.json, events.jsonl and timing.json there; with\n"
                            "several scenarios each into DIR/NAME, and each combination of\n"
                            "`vary` into a directory KEY=VALUE,... in it. The directory is\n"
                            "made if need be. It must be empty, or hold nothing but the\n"
                            "files of an earlier run, which are replaced."},
    [OPTION_PCAP] = {.name = "pcap", .help = "with --out: packets.pcapng as well, the TLS secrets in it"},
    [OPTION_QLOG] = {.name = "qlog",
                     .value = "current|0.3",
                     .optional = true,
                     .kind = VALUE_WORD,
                     .help = "with --out: NODE-CONNECTION.sqlog as well, one for each end\n"
                             "of a connection, in the form of the drafts (current) or that\n"
                             "which qvis reads (0.3)",
                     .words = {.choices = "current|0.3"}},
    [OPTION_EACH] = {.name = "each",
                     .help = "tables and summary.json list every member of a large group; else\n"
                             "they have the group, with percentiles, and its worst members"},
    [OPTION_JSON] = {.name = "json",
                     .help = "print the summary as JSON instead; an array when there are\n"
                             "several scenarios or combinations"},
    [OPTION_JUNIT] = {.name = "junit",
                      .value = "FILE",
                      .kind = VALUE_FILE,
                      .help = "the verdicts as JUnit's XML: a case a run"},
    [OPTION_MARKDOWN] = {.name = "markdown", .value = "FILE", .kind = VALUE_FILE, .help = "as Markdown"},
    [OPTION_GITHUB] = {.name = "github",
                       .help = "print what did not hold as GitHub's workflow commands, which show\n"
                               "it at its line of the scenario, and add the Markdown to the file\n"
                               "that GITHUB_STEP_SUMMARY names"},
    [OPTION_QUIET] = {.name = "quiet", .help = "print verdicts only"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static bool read_seed(const char *text, uint64_t *seed)
{
    if (core_number_whole(text, 0, RUN_SEED_MAX, seed))
        return true;
    (void)fprintf(stderr, "roam run: --seed %s: expected a number from 0 to %" PRIu64 "\n", text,
                  RUN_SEED_MAX);
    return false;
}

static bool read_jobs(const char *text, uint64_t *processes)
{
    if (core_number_whole(text, 1, JOBS_MAX, processes))
        return true;
    (void)fprintf(stderr, "roam run: --jobs %s: expected a number from 1 to %d\n", text, JOBS_MAX);
    return false;
}

static const char *qlog_form_at(const void *ctx, size_t index)
{
    (void)ctx;
    return qlog_form_name((qlog_form)(QLOG_CURRENT + index));
}

/* text may be NULL. */
static bool read_qlog(const char *text, qlog_form *form)
{
    *form = text ? qlog_form_named(text) : QLOG_CURRENT;
    if (*form != QLOG_NONE)
        return true;
    const char *const nearest = option_nearest(text, qlog_form_at, NULL);
    (void)fprintf(stderr, "roam run: --qlog=%s: expected %s or %s", text, qlog_form_name(QLOG_CURRENT),
                  qlog_form_name(QLOG_0_3));
    if (nearest)
        (void)fprintf(stderr, "; did you mean '--qlog=%s'?", nearest);
    (void)fputc('\n', stderr);
    return false;
}

static bool take_option(run_arguments *self, int option, const char *value)
{
    if (option >= OPTION_ISOLATION && option < OPTION_ISOLATION + ISOLATION_OPTIONS)
        return isolation_take(&self->isolation, self->files.command,
                              (isolation_option)(option - OPTION_ISOLATION), value);
    if (option >= OPTION_WATCH && option < OPTION_WATCH + WATCH_OPTIONS)
        return watch_take(&self->watch, self->files.command, (watch_option)(option - OPTION_WATCH), value);
    switch (option) {
    case OPTION_SEED:
        self->seed_given = true;
        return read_seed(value, &self->seed);
    case OPTION_INDEPENDENT:
        self->independent = true;
        return true;
    case OPTION_SET:
    case OPTION_ENDPOINT:
    case OPTION_AS:
        return settings_take(&self->settings, self->files.command,
                             (settings_kind)(SETTINGS_SET + option - OPTION_SET), value);
    case OPTION_JOBS:
        return read_jobs(value, &self->processes);
    case OPTION_OUT:
        self->out = value;
        return true;
    case OPTION_PCAP:
        return self->pcap = true;
    case OPTION_QLOG:
        return read_qlog(value, &self->qlog);
    case OPTION_EACH:
        return self->each = true;
    case OPTION_JSON:
        return self->json = true;
    case OPTION_JUNIT:
    case OPTION_MARKDOWN:
        self->outputs.paths[option == OPTION_JUNIT ? CI_JUNIT : CI_MARKDOWN] = value;
        return true;
    case OPTION_GITHUB:
        return self->outputs.github = true;
    case OPTION_QUIET:
        return self->quiet = true;
    case OPTION_HELP:
        return self->help = true;
    }
    return false;
}

bool run_arguments_read(run_arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, self->files.command, rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (!take_option(self, option, reader.value))
            return false;
    if (option == OPTION_INVALID)
        return false;
    settings_give(&self->settings, &self->files);
    self->files.paths = argv + 1;
    self->files.path_count = (size_t)reader.operands;
    if (self->help)
        return true;
    if (reader.operands == 0) {
        (void)fprintf(stderr, "roam run: no scenario given; see roam run --help\n");
        return false;
    }
    if (ci_outputs_to_stdout(&self->outputs) > 0) {
        (void)fprintf(stderr,
                      "roam run: --junit and --markdown need files: the tables are on standard output\n");
        return false;
    }
    if (self->watch.speed_given && !self->watch.on) {
        (void)fprintf(stderr, "roam run: --speed is of what --watch shows\n");
        return false;
    }
    if (self->watch.on && (self->json || self->quiet)) {
        (void)fprintf(stderr, "roam run: --watch prints more than --%s lets through\n",
                      self->json ? "json" : "quiet");
        return false;
    }
    if (!self->out && (self->pcap || self->qlog)) {
        (void)fprintf(stderr, "roam run: --%s needs a directory to write to: --out DIR\n",
                      self->pcap ? "pcap" : "qlog");
        return false;
    }
    return true;
}

const command_row COMMAND_RUN = {
    .name = "run",
    .about = "run scenarios and print what came of them",
    .function = run_command,
    .usage = "roam run [OPTION]... FILE|DIR|NAME...",
    .text = "Runs scenarios, and prints for each a table of migrations, a table of\n"
            "expectations and the verdict; of several, one table of all at the end. Of a\n"
            "scenario with `vary` each combination is run. A directory is searched for\n"
            "*.yaml; a NAME is that of a scenario of roam's own, as wifi-to-cellular or\n"
            "handover/wifi-to-cellular; - is standard input. Nothing is written without\n"
            "--out.",
    .options = rows,
    .column = 19,
    .status = "0 all held, but for known faults, and for what a QUIC library cannot\n"
              "do (unsupported, which is counted apart); 1 an expectation failed, a known fault did\n"
              "not happen, the core and the taps contradict each other, or the adapter of another\n"
              "QUIC library crashed, hung or broke a rule; 2 usage, or\n"
              "an invalid scenario, and then nothing was run or written; 3 roam itself failed;\n"
              "130 interrupted, and what was finished is kept.",
    .operands = {{.kind = VALUE_SCENARIO}},
    .operand_count = 1,
};
