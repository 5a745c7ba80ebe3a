/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/options.h"

#include "core/number.h"
#include "tools/cli/numbers.h"
#include "tools/cli/options.h"

#include <stdio.h>

const char GATE_HELP[] =
    "usage: roam gate [OPTION]... FILE|DIR|NAME...\n"
    "\n"
    "Runs scenarios with the seeds of their baselines and compares. Time is virtual: of a\n"
    "scenario in which nothing depends on the seed, unchanged code gives no difference at\n"
    "all, and a time that grew by a millisecond or more (`gate:` in the scenario says\n"
    "otherwise), or an outcome or verdict that got worse, is red. A stochastic one is\n"
    "compared as a sample: of gates of unchanged code at most 1 of 100 is red.\n"
    "\n"
    "  --baseline DIR    where the baselines are, NAME.json each (results/baselines)\n"
    "  --update          make or replace the baselines instead of comparing\n"
    "  --strict          red also when a scenario has no baseline, when the scenario of a\n"
    "                    baseline is gone, and when one has too few seeds for any verdict\n"
    "  --seeds A..B      with --update, --against or --with-build: these seeds; else what\n"
    "                    `gate:` says, or 3 of an exact scenario and 200 of a stochastic one\n"
    "  --independent     likewise: each combination of what a scenario varies draws on its\n"
    "                    own; else all combinations of one seed share their draws\n"
    "  --against REF     compare with another commit, which is built beside this one; both\n"
    "                    are run now, and baselines are not looked at\n"
    "  --with-build DIR  compare with the program of another build: one with another\n"
    "                    version of ngtcp2, say (tools/setup --ngtcp2)\n"
    "  --power           run nothing: which changes the baselines' seeds would show\n"
    "  --experiment N    try the statistics out: N gates of unchanged code with draws made\n"
    "                    anew, and N of each stochastic scenario changed, by its `detect`\n"
    "                    (5 ms) or by --set; --seeds are those of the pool of runs\n"
    "  --set KEY=VALUE   the change of --experiment, several times if need be\n"
    "  --endpoint NAME=LIBRARY, --as WHO=NAME,...\n"
    "                    who runs another QUIC library, as roam run --help says; its baselines\n"
    "                    are others: give them a directory of their own\n"
    "  --no-isolate      runs with another QUIC library have no process of their own\n"
    "  --endpoint-time SECONDS, --endpoint-run SECONDS, --endpoint-memory MIB\n"
    "                    its limits, as roam run --help says\n"
    "  --junit FILE      the verdict as JUnit's XML\n"
    "  --markdown FILE   the verdict as Markdown\n"
    "  --jobs N          worker processes (as many as there are processors)\n"
    "  --patience TIME   a world that gives no sign of life for so long counts as hung, which\n"
    "                    is red: seconds of wall clock (60)\n"
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
    OPTION_INDEPENDENT,
    OPTION_AGAINST,
    OPTION_WITH_BUILD,
    OPTION_POWER,
    OPTION_EXPERIMENT,
    OPTION_SET,
    OPTION_ENDPOINT,
    OPTION_AS,
    OPTION_ISOLATION,
    OPTION_JUNIT = OPTION_ISOLATION + ISOLATION_OPTIONS,
    OPTION_MARKDOWN,
    OPTION_JOBS,
    OPTION_PATIENCE,
    OPTION_QUIET,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_BASELINE] = {"baseline", "DIR"},
    [OPTION_UPDATE] = {"update", NULL},
    [OPTION_STRICT] = {"strict", NULL},
    [OPTION_SEEDS] = {"seeds", "A..B"},
    [OPTION_INDEPENDENT] = {"independent", NULL},
    [OPTION_AGAINST] = {"against", "REF"},
    [OPTION_WITH_BUILD] = {"with-build", "DIR"},
    [OPTION_POWER] = {"power", NULL},
    [OPTION_EXPERIMENT] = {"experiment", "N"},
    [OPTION_SET] = {"set", "KEY=VALUE"},
    [OPTION_ENDPOINT] = {"endpoint", "NAME=LIBRARY"},
    [OPTION_AS] = {"as", "WHO=NAME"},
    ISOLATION_ROWS(OPTION_ISOLATION),
    [OPTION_JUNIT] = {"junit", "FILE"},
    [OPTION_MARKDOWN] = {"markdown", "FILE"},
    [OPTION_JOBS] = {"jobs", "N"},
    [OPTION_PATIENCE] = {"patience", "SECONDS"},
    [OPTION_QUIET] = {"quiet", NULL},
    [OPTION_HELP] = {"help", NULL},
    {NULL, NULL},
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
        {OPTION_JUNIT, &self->junit, NULL},
        {OPTION_MARKDOWN, &self->markdown, NULL},
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
    else if (ways == 1 && !other && (self->junit || self->markdown))
        fault = "--update, --power and --experiment compare nothing: leave --junit and --markdown out";
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
