/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/compare/options.h"

#include "core/number.h"
#include "tools/cli/command.h"
#include "tools/cli/numbers.h"
#include "tools/cli/options.h"
#include "tools/cli/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    OPTION_ENDPOINTS,
    OPTION_ENDPOINT,
    OPTION_PAIRS,
    OPTION_EACH,
    OPTION_SEEDS,
    OPTION_SET,
    OPTION_DB,
    OPTION_RESUME,
    OPTION_SHARD,
    OPTION_JOBS,
    OPTION_ISOLATION,
    OPTION_PATIENCE = OPTION_ISOLATION + ISOLATION_OPTIONS,
    OPTION_JSON,
    OPTION_JUNIT,
    OPTION_MARKDOWN,
    OPTION_REPORT,
    OPTION_GITHUB,
    OPTION_QUIET,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_ENDPOINTS] = {.name = "endpoints",
                          .value = "LIST",
                          .kind = VALUE_LIST,
                          .help = "the libraries: roam, and adapters by their names",
                          .words = {.list = words_of_adapters}},
    [OPTION_ENDPOINT] = {.name = "endpoint",
                         .value = "NAME=LIBRARY",
                         .kind = VALUE_NAMED_FILE,
                         .help = "the adapter of that name is this file; may be repeated"},
    [OPTION_PAIRS] = {.name = "pairs", .help = "a column for each ordered pair of the libraries instead"},
    [OPTION_EACH] = {.name = "each", .help = "a row for each combination of what a scenario varies"},
    [OPTION_SEEDS] = {.name = "seeds",
                      .value = "A..B",
                      .help = "the seeds from A to B (each scenario's own seed)"},
    [OPTION_SET] = {.name = "set",
                    .value = "KEY=VALUE",
                    .kind = VALUE_SETTING,
                    .help = "replace a value; may be repeated"},
    [OPTION_DB] = {.name = "db",
                   .value = "FILE",
                   .kind = VALUE_FILE,
                   .help = "keep the runs in a store; it must not exist, unless with --resume"},
    [OPTION_RESUME] = {.name = "resume",
                       .help = "go on: what the store has of this build and of these libraries is\n"
                               "not run again"},
    [OPTION_SHARD] = {.name = "shard",
                      .value = "I/N",
                      .help = "run part I of N, from 1: roam merge joins their stores, and --resume\n"
                              "of the joined store prints the whole matrix"},
    [OPTION_JOBS] = {.name = "jobs",
                     .value = "N",
                     .kind = VALUE_NUMBER,
                     .help = "worker processes (as many as there are processors)"},
    ISOLATION_ROWS(OPTION_ISOLATION),
    [OPTION_PATIENCE] = {.name = "patience",
                         .value = "TIME",
                         .kind = VALUE_TIME,
                         .help = "a world that gives no sign of life for so long counts as hung:\n"
                                 "seconds of wall clock (60)"},
    [OPTION_JSON] = {.name = "json",
                     .value = "FILE",
                     .kind = VALUE_FILE,
                     .help = "the matrix and the story of each cell as JSON"},
    [OPTION_JUNIT] = {.name = "junit",
                      .value = "FILE",
                      .kind = VALUE_FILE,
                      .help = "as JUnit's XML: a suite a column"},
    [OPTION_MARKDOWN] = {.name = "markdown", .value = "FILE", .kind = VALUE_FILE, .help = "as Markdown"},
    [OPTION_REPORT] = {.name = "report",
                       .value = "FILE",
                       .kind = VALUE_FILE,
                       .help = "as a page of HTML; in a directory it is compare.html. One of these\n"
                               "FILEs may be -, which is standard output"},
    [OPTION_GITHUB] = {.name = "github",
                       .help = "print what did not hold as GitHub's workflow commands, which show\n"
                               "it at its line of the scenario, and add the Markdown to the file\n"
                               "that GITHUB_STEP_SUMMARY names"},
    [OPTION_QUIET] = {.name = "quiet", .help = "no progress, and of the matrix the last line alone"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static bool refuse(const char *option, const char *value, const char *expected)
{
    (void)fprintf(stderr, "roam compare: --%s %s: expected %s\n", option, value, expected);
    return false;
}

/* Texts and flags; false: it is none of them. */
static bool take_plain(compare_options *self, int option, const char *value)
{
    const struct {
        int option;
        const char **text;
        bool *flag;
    } PLAIN[] = {
        {OPTION_ENDPOINTS, &self->libraries, NULL},
        {OPTION_PAIRS, NULL, &self->pairs},
        {OPTION_EACH, NULL, &self->each},
        {OPTION_DB, &self->db, NULL},
        {OPTION_RESUME, NULL, &self->resume},
        {OPTION_JSON, &self->outputs.paths[CI_JSON], NULL},
        {OPTION_JUNIT, &self->outputs.paths[CI_JUNIT], NULL},
        {OPTION_MARKDOWN, &self->outputs.paths[CI_MARKDOWN], NULL},
        {OPTION_REPORT, &self->outputs.paths[CI_REPORT], NULL},
        {OPTION_GITHUB, NULL, &self->outputs.github},
        {OPTION_QUIET, NULL, &self->quiet},
        {OPTION_HELP, NULL, &self->help},
    };
    for (size_t i = 0; i < sizeof PLAIN / sizeof *PLAIN; i++) {
        if (PLAIN[i].option != option)
            continue;
        if (PLAIN[i].text)
            *PLAIN[i].text = value;
        else
            *PLAIN[i].flag = true;
        return true;
    }
    return false;
}

static bool take_option(compare_options *self, int option, const char *value)
{
    if (option >= OPTION_ISOLATION && option < OPTION_ISOLATION + ISOLATION_OPTIONS)
        return isolation_take(&self->isolation, self->files.command,
                              (isolation_option)(option - OPTION_ISOLATION), value);
    switch (option) {
    case OPTION_ENDPOINT:
    case OPTION_SET:
        return settings_take(&self->given, self->files.command,
                             option == OPTION_SET ? SETTINGS_SET : SETTINGS_ENDPOINT, value);
    case OPTION_SEEDS:
        self->seeds_given = true;
        return numbers_range(value, &self->seeds.first, &self->seeds.last) ||
               refuse("seeds", value, "A..B with A <= B, or one number, and at most 10,000,000 seeds");
    case OPTION_SHARD:
        return numbers_part(value, &self->shard, &self->shards) ||
               refuse("shard", value, "I/N with I from 1 to N, as in 2/4");
    case OPTION_JOBS:
        return core_number_whole(value, 1, 1024, &self->jobs) ||
               refuse("jobs", value, "a number from 1 to 1024");
    case OPTION_PATIENCE:
        return core_number_whole(value, 1, 86400, &self->patience_s) ||
               refuse("patience", value, "seconds from 1 to 86400");
    }
    return take_plain(self, option, value);
}

static bool check(const compare_options *self)
{
    const char *fault = NULL;
    if (self->files.path_count == 0)
        fault = "no scenario given";
    else if (!self->libraries)
        fault = "no libraries given: --endpoints roam,NAME";
    else if (self->resume && !self->db)
        fault = "--resume needs the store to go on with: --db FILE";
    else if (self->shards > 1 && !self->db)
        fault = "--shard needs a store to keep its part in: --db FILE";
    else if (ci_outputs_to_stdout(&self->outputs) > 1)
        fault = "only one of --json, --junit, --markdown and --report can be standard output";
    if (fault)
        (void)fprintf(stderr, "roam compare: %s; see roam compare --help\n", fault);
    return !fault;
}

bool compare_options_read(compare_options *self, int argc, char **argv)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    option_reader reader;
    int option;
    *self = (compare_options){.files = {.command = "roam compare"},
                              .outputs = {.command = "roam compare"},
                              .jobs = processors > 0 ? (uint64_t)processors : 1,
                              .shard = 1,
                              .shards = 1,
                              .patience_s = 60};
    option_reader_init(&reader, "roam compare", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (!take_option(self, option, reader.value))
            return false;
    settings_give(&self->given, &self->files);
    self->files.paths = argv + 1;
    self->files.path_count = (size_t)reader.operands;
    return option != OPTION_INVALID && (self->help || check(self));
}

void compare_options_free(compare_options *self)
{
    settings_fini(&self->given);
    *self = (compare_options){0};
}

const command_row COMMAND_COMPARE = {
    .name = "compare",
    .about = "run scenarios with several QUIC libraries, side by side",
    .function = compare_command,
    .usage = "roam compare --endpoints NAME,NAME... [OPTION]... FILE|DIR|NAME...",
    .text = "Runs the same scenarios with several QUIC libraries, and prints a matrix: a row a\n"
            "scenario, a column a library as client and one as server, the other end being roam.\n"
            "roam itself has one column, with roam at both ends. A cell says what came of the runs,\n"
            "how long the longest validation of a migration took, and how many rules of RFC 9000\n"
            "the packets show as broken.",
    .options = rows,
    .column = 19,
    .status = "0 nothing failed or crashed (what is unsupported, and known faults, are\n"
              "no failure); 1 something did; 2 usage, or an invalid scenario; 3 a world crashed\n"
              "outside of an adapter, hung or could not be made, or a file cannot be written; 130\n"
              "interrupted, and --db keeps what was finished.",
    .operands = {{.kind = VALUE_SCENARIO}},
    .operand_count = 1,
};
