/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/run.h"
#include "sim/output.h"
#include "tools/command.h"
#include "tools/options.h"
#include "tools/run_print.h"
#include "tools/scenario_files.h"
#include "tools/table.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char help_text[] =
    "usage: roam run [OPTION]... FILE|DIR...\n"
    "\n"
    "Runs scenarios, and prints for each a table of migrations, a table of\n"
    "expectations and the verdict. A directory is searched for *.yaml. Nothing is\n"
    "written without --out.\n"
    "\n"
    "  --seed N         the seed of every random draw, instead of the scenario's\n"
    "  --set KEY=VALUE  put another value in, as in --set networks.wifi.delay=50ms;\n"
    "                   may be repeated\n"
    "  --out DIR        write summary.json, events.jsonl and timing.json there; with\n"
    "                   several scenarios each into DIR/NAME. The directory is made\n"
    "                   if need be. It must be empty, or hold nothing but the files\n"
    "                   of an earlier run, which are replaced.\n"
    "  --pcap           with --out: packets.pcapng as well, the TLS secrets in it\n"
    "  --qlog           with --out: NODE-CONNECTION.sqlog as well, one for each end\n"
    "                   of a connection\n"
    "  --json           print the summary as JSON instead; an array when several\n"
    "                   scenarios are given\n"
    "  --quiet          print verdicts only\n"
    "  --help           this text\n"
    "\n"
    "Exit status: 0 all held; 1 an expectation failed, or the core and the taps\n"
    "contradict each other; 2 usage, or an invalid scenario, and then nothing was\n"
    "run or written; 3 roam itself failed; 130 interrupted, and what was finished is\n"
    "kept.\n";

enum {
    OPTION_SEED,
    OPTION_SET,
    OPTION_OUT,
    OPTION_PCAP,
    OPTION_QLOG,
    OPTION_JSON,
    OPTION_QUIET,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_SEED] = {"seed", "N"},    [OPTION_SET] = {"set", "KEY=VALUE"}, [OPTION_OUT] = {"out", "DIR"},
    [OPTION_PCAP] = {"pcap", NULL},   [OPTION_QLOG] = {"qlog", NULL},      [OPTION_JSON] = {"json", NULL},
    [OPTION_QUIET] = {"quiet", NULL}, [OPTION_HELP] = {"help", NULL},      {NULL, NULL},
};

typedef struct arguments {
    scenario_files_options files;
    const char **overrides;
    bool seed_given;
    uint64_t seed;
    const char *out;
    bool pcap, qlog, json, quiet, help;
} arguments;

typedef struct tally {
    size_t passed, failed, broken;
    bool interrupted;
    size_t printed; /* summaries, of --json */
} tally;

/* --- interruption: a signal handler has no other place for its word --- */

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* The first signal ends the run in good order, the second ends the process. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)(SA_RESETHAND | SA_RESTART)};
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

static bool stop(void *ctx)
{
    (void)ctx;
    return interrupted != 0;
}

/* --- progress --- */

typedef struct progress {
    const char *name;
    time_t next_s; /* 0: it never shows */
    bool shown;
} progress;

static time_t seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static void on_progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
    progress *const self = ctx;
    char now[TABLE_TIME_MAX];
    char end[TABLE_TIME_MAX];
    if (self->next_s == 0 || seconds() < self->next_s)
        return;
    self->next_s = seconds() + 1;
    self->shown = true;
    (void)fprintf(stderr, "\r%s: %s of %s\033[K", self->name, table_time(now_ns, now),
                  table_time(end_ns, end));
}

static void clear_progress(const progress *self)
{
    if (self->shown)
        (void)fputs("\r\033[K", stderr);
}

/* --- arguments --- */

static bool read_seed(const char *text, uint64_t *seed)
{
    char *end;
    errno = 0;
    const unsigned long long value = strtoull(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > RUN_SEED_MAX) {
        (void)fprintf(stderr, "roam run: --seed %s: expected a number from 0 to %" PRIu64 "\n", text,
                      RUN_SEED_MAX);
        return false;
    }
    *seed = value;
    return true;
}

static bool take_set(arguments *self, const char *value)
{
    if (value[0] == '=' || !strchr(value, '=')) {
        (void)fprintf(stderr, "roam run: --set %s: expected KEY=VALUE, as in networks.wifi.delay=50ms\n",
                      value);
        return false;
    }
    self->overrides[self->files.override_count++] = value;
    return true;
}

static bool take_option(arguments *self, int option, const char *value)
{
    switch (option) {
    case OPTION_SEED:
        self->seed_given = true;
        return read_seed(value, &self->seed);
    case OPTION_SET:
        return take_set(self, value);
    case OPTION_OUT:
        self->out = value;
        return true;
    case OPTION_PCAP:
        self->pcap = true;
        return true;
    case OPTION_QLOG:
        self->qlog = true;
        return true;
    case OPTION_JSON:
        self->json = true;
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
    while ((option = option_next(&reader)) >= 0) {
        if (!take_option(self, option, reader.value))
            return false;
    }
    if (option == OPTION_INVALID)
        return false;
    self->files.overrides = self->overrides;
    self->files.paths = argv + 1;
    self->files.path_count = (size_t)reader.operands;
    if (self->help)
        return true;
    if (reader.operands == 0) {
        (void)fprintf(stderr, "roam run: no scenario given; see roam run --help\n");
        return false;
    }
    if (!self->out && (self->pcap || self->qlog)) {
        (void)fprintf(stderr, "roam run: --%s needs a directory to write to: --out DIR\n",
                      self->pcap ? "pcap" : "qlog");
        return false;
    }
    return true;
}

/* --- runs --- */

/* Where a scenario's files go: DIR, or DIR/NAME of several. False after a message. */
static bool out_dir_of(const arguments *self, const scenario_files *files, size_t index,
                       char path[OUTPUT_PATH_MAX])
{
    char message[OUTPUT_MESSAGE_MAX];
    const int len = files->several ? 0 : snprintf(path, OUTPUT_PATH_MAX, "%s", self->out);
    if (files->several ? output_path(self->out, files->items[index]->name, path, message) == 0
                       : len < OUTPUT_PATH_MAX)
        return true;
    (void)fprintf(stderr, "roam run: --out %.100s...: too long\n", self->out);
    return false;
}

/* What can be known of the output before anything is run. */
static int check_output(const arguments *self, const scenario_files *files)
{
    char path[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    for (size_t i = 0; i < files->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(files->items[i]->name, files->items[j]->name) != 0)
                continue;
            (void)fprintf(stderr,
                          "roam run: %s and %s have the same name '%s', and so the same output directory\n",
                          files->items[j]->file, files->items[i]->file, files->items[i]->name);
            return COMMAND_USAGE;
        }
        if (!out_dir_of(self, files, i, path))
            return COMMAND_USAGE;
        const int result = output_check(path, message);
        if (result != 0) {
            (void)fprintf(stderr, "roam run: %s\n", message);
            return result == OUTPUT_ERR_REFUSED ? COMMAND_USAGE : COMMAND_BROKEN;
        }
    }
    return COMMAND_OK;
}

static bool report(const arguments *self, const scenario *whole, uint64_t seed, const run *finished,
                   tally *counts)
{
    const run_print print = {.stream = stdout, .colour = table_colour(stdout), .quiet = self->quiet};
    if (run_verdict(finished) == SUMMARY_PASSED)
        counts->passed++;
    else
        counts->failed++;
    if (!self->json) {
        if (counts->passed + counts->failed > 1 && !self->quiet)
            (void)putchar('\n');
        return run_print_result(&print, whole, seed, finished);
    }
    (void)printf("%s%s", counts->printed++ > 0 ? "," : "", run_summary(finished));
    return true;
}

/* False: nothing further should be run. */
static bool run_one(const arguments *self, const scenario_files *files, size_t index, tally *counts)
{
    char path[OUTPUT_PATH_MAX];
    char message[RUN_MESSAGE_MAX];
    const scenario *const whole = files->items[index];
    progress shown = {.name = whole->name, .next_s = isatty(STDERR_FILENO) ? seconds() + 2 : 0};
    run_options options = {
        .scenario = whole,
        .seed = self->seed_given ? self->seed : whole->seed,
        .pcap = self->pcap,
        .qlog = self->qlog,
        .stop = stop,
        .progress = on_progress,
        .ctx = &shown,
    };
    run *finished = NULL;
    if (self->out) {
        if (!out_dir_of(self, files, index, path))
            return false;
        options.out_dir = path;
    }
    const int result = run_scenario(&options, &finished, message);
    clear_progress(&shown);
    if (result == RUN_ERR_INTERRUPTED) {
        counts->interrupted = true;
        return false;
    }
    if (result != 0) {
        (void)fprintf(stderr, "roam run: %s: %s\n", whole->name, message);
        counts->broken++;
        return result == RUN_ERR_WORLD;
    }
    if (!report(self, whole, options.seed, finished, counts)) {
        (void)fprintf(stderr, "roam run: out of memory\n");
        counts->broken++;
    }
    run_free(finished);
    return true;
}

static int exit_status(const tally *counts)
{
    if (counts->interrupted)
        return COMMAND_INTERRUPTED;
    if (counts->broken > 0)
        return COMMAND_BROKEN;
    return counts->failed > 0 ? COMMAND_FAILED : COMMAND_OK;
}

static void close_report(const arguments *self, const scenario_files *files, const tally *counts)
{
    const size_t left = files->count - counts->passed - counts->failed - counts->broken;
    if (self->json && files->several)
        (void)puts("]");
    if (!self->json && files->several) {
        (void)printf("%s%zu passed, %zu failed", self->quiet ? "" : "\n", counts->passed, counts->failed);
        if (counts->broken > 0)
            (void)printf(", %zu could not be run", counts->broken);
        if (left > 0)
            (void)printf(", %zu not run", left);
        (void)putchar('\n');
    }
    if (counts->interrupted)
        (void)fprintf(stderr, "roam run: interrupted\n");
    else if (self->out && !self->json && !self->quiet && counts->broken == 0)
        (void)printf("written to %s\n", self->out);
    else if (counts->failed > 0 && !self->out && !self->json && !self->quiet)
        (void)printf("--out DIR --pcap keeps what happened, packet by packet\n");
}

static int run_all(const arguments *self)
{
    scenario_files files;
    tally counts = {0};
    int status = scenario_files_load(&self->files, &files);
    if (status == COMMAND_OK && self->out)
        status = check_output(self, &files);
    if (status != COMMAND_OK) {
        scenario_files_fini(&files);
        return status;
    }
    catch_signals();
    if (self->json && files.several)
        (void)puts("[");
    for (size_t i = 0; i < files.count; i++) {
        if (!run_one(self, &files, i, &counts))
            break;
    }
    close_report(self, &files, &counts);
    scenario_files_fini(&files);
    return exit_status(&counts);
}

int command_run(int argc, char **argv)
{
    arguments self = {.files = {.command = "roam run"}};
    int status = COMMAND_USAGE;
    self.overrides = calloc((size_t)argc + 1, sizeof(*self.overrides));
    if (!self.overrides) {
        (void)fprintf(stderr, "roam run: out of memory\n");
        return COMMAND_BROKEN;
    }
    if (read_arguments(&self, argc, argv)) {
        if (self.help)
            (void)fputs(help_text, stdout);
        status = self.help ? COMMAND_OK : run_all(&self);
    }
    free(self.overrides);
    return status;
}
