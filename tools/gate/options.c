/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/options.h"

#include "core/number.h"
#include "tools/cli/command.h"
#include "tools/cli/numbers.h"
#include "tools/cli/options.h"
#include "tools/cli/words.h"

#include <stdio.h>

enum {
    OPTION_BASELINE,
    OPTION_UPDATE,
    OPTION_STRICT,
    OPTION_SEEDS,
    OPTION_INDEPENDENT,
    OPTION_AGAINST,
    OPTION_WITH_BUILD,
    OPTION_POWER,
    OPTION_EXPERIMENT,
    OPTION_SET,
    OPTION_ENDPOINT,
    OPTION_AS,
    OPTION_ISOLATION,
    OPTION_JSON = OPTION_ISOLATION + ISOLATION_OPTIONS,
    OPTION_JUNIT,
    OPTION_MARKDOWN,
    OPTION_GITHUB,
    OPTION_JOBS,
    OPTION_PATIENCE,
    OPTION_QUIET,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_BASELINE] = {.name = "baseline",
                         .value = "DIR",
                         .kind = VALUE_DIRECTORY,
                         .help = "where the baselines are, NAME.json each (results/baselines)"},
    [OPTION_UPDATE] = {.name = "update",
                       .help = "make or replace the baselines instead of comparing, and say what they\n"
                               "accept: runs that fail, and measures that moved"},
    [OPTION_STRICT] = {.name = "strict",
                       .help = "red also when a scenario has no baseline, when the scenario of a\n"
                               "baseline is gone, and when one has too few seeds for any verdict"},
    [OPTION_SEEDS] = {.name = "seeds",
                      .value = "A..B",
                      .help = "with --update, --against or --with-build: these seeds; else what\n"
                              "`gate:` says, or 3 of an exact scenario and 200 of a stochastic one"},
    [OPTION_INDEPENDENT] = {.name = "independent",
                            .help = "likewise: each combination of what a scenario varies draws on its\n"
                                    "own; else all combinations of one seed share their draws"},
    [OPTION_AGAINST] = {.name = "against",
                        .value = "REF",
                        .help = "compare with another commit, which is built beside this one; both\n"
                                "are run now, and baselines are not looked at"},
    [OPTION_WITH_BUILD] = {.name = "with-build",
                           .value = "DIR",
                           .kind = VALUE_DIRECTORY,
                           .help = "compare with the program of another build: one with another\n"
                                   "version of ngtcp2, say (tools/setup --ngtcp2)"},
    [OPTION_POWER] = {.name = "power", .help = "run nothing: which changes the baselines' seeds would show"},
    [OPTION_EXPERIMENT] = {.name = "experiment",
                           .value = "N",
                           .kind = VALUE_NUMBER,
                           .help = "try the statistics out: N gates of unchanged code with draws made\n"
                                   "anew, and N of each stochastic scenario changed, by its `detect`\n"
                                   "(5 ms) or by --set; --seeds are those of the pool of runs"},
    [OPTION_SET] = {.name = "set",
                    .value = "KEY=VALUE",
                    .kind = VALUE_SETTING,
                    .help = "the change of --experiment, several times if need be"},
    [OPTION_ENDPOINT] = {.name = "endpoint", .value = "NAME=LIBRARY", .kind = VALUE_NAMED_FILE},
    [OPTION_AS] = {.name = "as",
                   .value = "WHO=NAME,...",
                   .kind = VALUE_LIST,
                   .help = "who runs another QUIC library, as roam run --help says; its baselines\n"
                           "are others: give them a directory of their own",
                   .words = {.list = words_of_players}},
    ISOLATION_ROWS_SHORT(OPTION_ISOLATION),
    [OPTION_JSON] = {.name = "json",
                     .value = "FILE",
                     .kind = VALUE_FILE,
                     .help = "the verdict as JSON (tools/gate/README.md)"},
    [OPTION_JUNIT] = {.name = "junit",
                      .value = "FILE",
                      .kind = VALUE_FILE,
                      .help = "the verdict as JUnit's XML"},
    [OPTION_MARKDOWN] = {.name = "markdown",
                         .value = "FILE",
                         .kind = VALUE_FILE,
                         .help = "the verdict as Markdown. These are written whatever the exit status\n"
                                 "is, also where nothing could be compared"},
    [OPTION_GITHUB] = {.name = "github",
                       .help = "print what is worse as GitHub's workflow commands, which show\n"
                               "it at its line of the scenario, and add the Markdown to the file\n"
                               "that GITHUB_STEP_SUMMARY names"},
    [OPTION_JOBS] = {.name = "jobs",
                     .value = "N",
                     .kind = VALUE_NUMBER,
                     .help = "worker processes (as many as there are processors)"},
    [OPTION_PATIENCE] = {.name = "patience",
                         .value = "TIME",
                         .kind = VALUE_TIME,
                         .help = "a world that gives no sign of life for so long counts as hung, which\n"
                                 "is red: seconds of wall clock (60)"},
    [OPTION_QUIET] = {.name = "quiet", .help = "no progress"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static bool take_option(gate_options *self, int option, const char *value)
{
    const struct {
        int option;
        const char **text;
        bool *flag;
    } PLAIN[] = {
        {OPTION_BASELINE, &self->baselines, NULL},
        {OPTION_AGAINST, &self->against, NULL},
        {OPTION_WITH_BUILD, &self->with_build, NULL},
        {OPTION_JSON, &self->outputs.paths[CI_JSON], NULL},
        {OPTION_JUNIT, &self->outputs.paths[CI_JUNIT], NULL},
        {OPTION_MARKDOWN, &self->outputs.paths[CI_MARKDOWN], NULL},
        {OPTION_GITHUB, NULL, &self->outputs.github},
        {OPTION_UPDATE, NULL, &self->update},
        {OPTION_STRICT, NULL, &self->strict},
        {OPTION_POWER, NULL, &self->power},
        {OPTION_QUIET, NULL, &self->quiet},
        {OPTION_HELP, NULL, &self->help},
        {OPTION_INDEPENDENT, NULL, &self->seeds.independent},
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
    if (option == OPTION_EXPERIMENT && core_number_whole(value, 1, 100000, &self->experiment))
        return true;
    if (option == OPTION_SET && self->set_count < GATE_SETS_MAX) {
        self->set[self->set_count++] = value;
        return true;
    }
    if (option >= OPTION_ISOLATION && option < OPTION_ISOLATION + ISOLATION_OPTIONS)
        return isolation_take(&self->isolation, self->files.command,
                              (isolation_option)(option - OPTION_ISOLATION), value);
    if (option == OPTION_ENDPOINT || option == OPTION_AS)
        return settings_take(&self->settings, self->files.command,
                             option == OPTION_AS ? SETTINGS_AS : SETTINGS_ENDPOINT, value);
    if (option == OPTION_JOBS && core_number_whole(value, 1, 1024, &self->jobs))
        return true;
    if (option == OPTION_PATIENCE && core_number_whole(value, 1, 86400, &self->patience_s))
        return true;
    (void)fprintf(stderr, "roam gate: --%s %s: expected %s\n", rows[option].name, value,
                  option == OPTION_SEEDS        ? "A..B with A <= B, at most 100,000 seeds"
                  : option == OPTION_EXPERIMENT ? "a number from 1 to 100000"
                  : option == OPTION_SET        ? "at most 16 of them"
                  : option == OPTION_PATIENCE   ? "seconds from 1 to 86400"
                                                : "a number from 1 to 1024");
    return false;
}

static bool check_arguments(const gate_options *self)
{
    const bool other = self->against || self->with_build;
    const int ways = self->update + (other ? 1 : 0) + self->power + (self->experiment > 0);
    const char *fault = NULL;
    if (self->files.path_count == 0)
        fault = "no scenario given";
    else if (self->against && self->with_build)
        fault = "--against or --with-build, not both";
    else if (ways > 1)
        fault = "one of --update, --power, --experiment, and --against or --with-build, at a time";
    else if (ways == 1 && !other && ci_outputs_wanted(&self->outputs))
        fault = "--update, --power and --experiment compare nothing: leave --json, --junit, --markdown and "
                "--github out";
    else if (ci_outputs_to_stdout(&self->outputs) > 0)
        fault = "--json, --junit and --markdown need files: the table is on standard output";
    else if (self->set_count > 0 && !self->experiment)
        fault = "--set is for --experiment";
    else if (self->seeds_given && !self->update && !other && !self->experiment)
        fault = "--seeds: the seeds are those of the baselines; --update makes them with others";
    else if (self->seeds.independent && !self->update && !other && !self->experiment)
        fault = "--independent: the draws are those of the baselines; --update makes them with others";
    if (fault)
        (void)fprintf(stderr, "roam gate: %s; see roam gate --help\n", fault);
    return !fault;
}

bool gate_options_read(gate_options *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, self->files.command, rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (!take_option(self, option, reader.value))
            return false;
    settings_give(&self->settings, &self->files);
    self->files.paths = argv + 1;
    self->files.path_count = (size_t)reader.operands;
    return option != OPTION_INVALID && (self->help || check_arguments(self));
}

const command_row COMMAND_GATE = {
    .name = "gate",
    .about = "compare with baselines, or with another build",
    .function = gate_command,
    .usage = "roam gate [OPTION]... FILE|DIR|NAME...",
    .text = "Runs scenarios with the seeds of their baselines and compares. Time is virtual: of a\n"
            "scenario in which nothing depends on the seed, unchanged code gives no difference at\n"
            "all, and a time that grew by a millisecond or more (`gate:` in the scenario says\n"
            "otherwise), or an outcome or verdict that got worse, is red. A stochastic one is\n"
            "compared as a sample: of gates of unchanged code at most 1 of 100 is red.",
    .options = rows,
    .column = 20,
    .status = "0 nothing is worse; 1 something is; 2 usage, an invalid scenario or baseline,\n"
              "or nothing is worse and a scenario says something else than its baseline was made for;\n"
              "3 roam itself failed; 130 interrupted.",
    .operands = {{.kind = VALUE_SCENARIO}},
    .operand_count = 1,
};
