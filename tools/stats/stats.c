/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/cli/table.h"
#include "tools/stats/benchmark.h"
#include "tools/stats/expectations.h"
#include "tools/stats/failures.h"
#include "tools/stats/moves.h"
#include "tools/stats/overlays.h"
#include "tools/stats/programs.h"
#include "tools/stats/rebinds.h"
#include "tools/stats/rules.h"
#include "tools/stats/series_text.h"
#include "tools/stats/series_texts.h"
#include "tools/stats/where.h"

#include <stdlib.h>
#include <string.h>

enum {
    OPTION_DB,
    OPTION_CSV,
    OPTION_JSON,
    OPTION_BENCHMARK,
    OPTION_FAILURES,
    OPTION_REBINDS,
    OPTION_MOVES,
    OPTION_OVERLAY,
    OPTION_WHERE,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_DB] = {.name = "db",
                   .value = "FILE",
                   .kind = VALUE_FILE,
                   .help = "the store, as roam sweep makes it"},
    [OPTION_CSV] = {.name = "csv",
                    .help = "a table for a spreadsheet: one line a measure, times in nanoseconds"},
    [OPTION_JSON] = {.name = "json", .help = "the same as JSON"},
    [OPTION_BENCHMARK] = {.name = "benchmark",
                          .value = "FORMAT",
                          .kind = VALUE_WORD,
                          .help =
                              "50 %, 90 % and 99 % of each measure with its interval, and the share that\n"
                              "failed, for trackers of benchmarks: github (github-action-benchmark's\n"
                              "customSmallerIsBetter) or bencher (Bencher's Metric Format)",
                          .words = {.choices = "github|bencher"}},
    [OPTION_FAILURES] = {.name = "failures",
                         .help =
                             "all that failed: in how many runs, the first seeds, and the command to see\n"
                             "the first; without this option the first 20 stand at the end"},
    [OPTION_REBINDS] = {.name = "rebinds",
                        .help =
                            "what the time of rebinds by NATs went by: noticed until the first challenge,\n"
                            "until a challenge and until its response arrived, and the longest gaps;\n"
                            "with --csv a line a measure"},
    [OPTION_MOVES] = {.name = "moves",
                      .help = "what migrations and reconnects cost, side by side: times to the result,\n"
                              "gaps, messages and streams lost, bytes on the wire (roam export has all)"},
    [OPTION_OVERLAY] = {.name = "overlay",
                        .help = "of the nodes with membership, at the end of a run: how many runs left\n"
                                "all members connected, since when, and the longest time in which they\n"
                                "were not; how many members, mean path, clustering coefficient, the\n"
                                "least and the greatest in-degree of any run, changes of active views;\n"
                                "with --csv a line a measure, called as the column of the store"},
    [OPTION_WHERE] = WHERE_ROW,
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static const unsigned PERCENTS[] = {50, 90, 99, 100};
enum { PERCENT_COUNT = sizeof PERCENTS / sizeof *PERCENTS };

typedef struct arguments {
    const char *db;
    bool csv;
    bool json;
    bool benchmark;
    benchmark_format format;
    bool failures;
    bool rebinds;
    bool moves;
    bool overlay;
    where_conditions where;
    bool help;
    char **scenarios;
    size_t scenario_count;
} arguments;

/* ---- for people ---- */

static void add_measure(table *into, const measure_series *series)
{
    char text[MEASURES_TEXT_MAX];
    statistics_percentile at = {0};
    const statistics_proportion success = series->success;
    (void)snprintf(text, sizeof text, "%s: %.200s", measure_kind_name(series->kind), series->label);
    table_cell(into, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%zu", series->count);
    table_cell(into, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%zu", series->never);
    table_cell(into, TABLE_PLAIN, series->never > 0 ? text : "");
    (void)snprintf(text, sizeof text, "%.1f %%", success.ppm / 1e4);
    table_cell(into, success.successes == success.trials ? TABLE_GOOD : TABLE_BAD, text);
    for (size_t i = 0; i < PERCENT_COUNT; i++)
        table_cell(into, TABLE_PLAIN,
                   measures_percentile(series, PERCENTS[i], &at) ? measures_time_text(at.value, text) : "-");
    table_cell(into, TABLE_PLAIN, measures_outcomes_text(series, text));

    for (size_t i = 0; i < 3; i++)
        table_cell(into, TABLE_DIM, "");
    (void)snprintf(text, sizeof text, "%.1f to %.1f %%", success.low_ppm / 1e4, success.high_ppm / 1e4);
    table_cell(into, TABLE_DIM, text);
    for (size_t i = 0; i < PERCENT_COUNT; i++)
        table_cell(into, TABLE_DIM,
                   measures_percentile(series, PERCENTS[i], &at)
                       ? measures_interval_text(&at, PERCENTS[i], text)
                       : "");
    table_cell(into, TABLE_DIM, "");
}

static void print_counts(const measure_group *group, bool with_text)
{
    const struct {
        size_t count;
        const char *what;
    } COUNTS[] = {
        {group->passed, "passed"},
        {group->failed, "failed"},
        {group->contradictions, "contradicted by the taps"},
        {group->known_faults, "known faults"},
        {group->unsupported, "unsupported"},
        {group->crashed, "crashed"},
        {group->hung, "hung"},
        {group->refused, "could not be run"},
    };
    const statistics_proportion good = statistics_wilson(group->passed + group->known_faults, group->runs);
    (void)printf("%s%s%s%s: %zu run%s", group->scenario, group->combination[0] ? " [" : "",
                 group->combination, group->combination[0] ? "]" : "", group->runs,
                 group->runs == 1 ? "" : "s");
    for (size_t i = 0; i < sizeof COUNTS / sizeof *COUNTS; i++)
        if (COUNTS[i].count > 0)
            (void)printf(", %zu %s", COUNTS[i].count, COUNTS[i].what);
    (void)printf("; success %.1f %% (%.1f to %.1f %%)%s%s\n", good.ppm / 1e4, good.low_ppm / 1e4,
                 good.high_ppm / 1e4, with_text ? "; text " : "", with_text ? group->digest : "");
}

static bool print_group(const measure_group *group, const stats_expectations *expected, bool with_text)
{
    static const char *const TITLES[] = {"measure", ">n",    ">never", ">success", ">50 %",
                                         ">90 %",   ">99 %", ">max",   "outcomes"};
    print_counts(group, with_text);
    if (group->series_count == 0)
        return stats_expectations_print(expected, group, stdout, table_colour(stdout));
    table *const measured = table_new(TITLES, sizeof TITLES / sizeof *TITLES);
    if (!measured)
        return false;
    for (size_t i = 0; i < group->series_count; i++)
        add_measure(measured, &group->series[i]);
    (void)putchar('\n');
    const bool good = table_print(measured, stdout, table_colour(stdout));
    table_free(measured);
    return stats_expectations_print(expected, group, stdout, table_colour(stdout)) && good;
}

static bool print_people(const measures *all, const stats_expectations *expected)
{
    int64_t build = 0;
    bool good = true;
    measures_texts texts;
    if (!measures_texts_find(all, &texts))
        return false;
    for (size_t i = 0; i < all->count; i++) {
        const measure_group *const group = &all->groups[i];
        if (i > 0)
            (void)putchar('\n');
        if (group->build != build)
            (void)printf("%scommit %s\n\n", i > 0 ? "\n" : "",
                         group->commit[0] ? group->commit : "not known");
        build = group->build;
        good = print_group(group, expected, measures_texts_has(&texts, group->scenario)) && good;
    }
    measures_texts_fini(&texts);
    return good;
}

/* ---- the command ---- */

static bool read_arguments(arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    bool known = true;
    bool good = true;
    option_reader_init(&reader, "roam stats", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        switch (option) {
        case OPTION_DB:
            self->db = reader.value;
            break;
        case OPTION_CSV:
            self->csv = true;
            break;
        case OPTION_JSON:
            self->json = true;
            break;
        case OPTION_BENCHMARK:
            self->benchmark = true;
            known = benchmark_format_read(reader.value, &self->format);
            break;
        case OPTION_FAILURES:
            self->failures = true;
            break;
        case OPTION_REBINDS:
            self->rebinds = true;
            break;
        case OPTION_MOVES:
            self->moves = true;
            break;
        case OPTION_OVERLAY:
            self->overlay = true;
            break;
        case OPTION_WHERE:
            good = where_add(&self->where, "roam stats", reader.value) && good;
            break;
        case OPTION_HELP:
            self->help = true;
            break;
        }
    }
    self->scenarios = argv + 1;
    self->scenario_count = (size_t)reader.operands;
    const int forms = (self->csv && !self->overlay && !self->rebinds) + self->json + self->benchmark +
                      self->failures + self->rebinds + self->moves + self->overlay;
    if (option == OPTION_INVALID || !good || self->help)
        return option != OPTION_INVALID && good;
    if (!self->db)
        (void)fprintf(
            stderr, "roam stats: no store given: --db FILE, as roam sweep made it; see roam stats --help\n");
    else if (!known)
        (void)fprintf(stderr, "roam stats: --benchmark: expected github or bencher\n");
    else if (forms > 1)
        (void)fprintf(stderr,
                      "roam stats: --csv, --json, --benchmark, --failures, --rebinds, --moves or --overlay, "
                      "one of them, or --rebinds or --overlay with --csv\n");
    return self->db && known && forms <= 1;
}

/* shown: so many of them, after a title; SIZE_MAX: all, or that there is none. */
static int print_some_failures(const arguments *self, store *from, const char *scenario, size_t shown)
{
    stats_failures all;
    const int status = stats_failures_read(from, (stats_failures_filter){.scenario = scenario}, &all);
    if (status) {
        (void)fprintf(stderr, "roam stats: %s\n",
                      status == STORE_ERR_NO_MEMORY ? "out of memory" : store_message(from));
        return COMMAND_BROKEN;
    }
    if (shown < SIZE_MAX && all.count > 0)
        (void)printf("\nwhat failed:\n\n");
    if (shown == SIZE_MAX && all.count == 0)
        (void)printf("nothing failed\n");
    const bool good = stats_failures_print(&all, shown, self->db, stdout, table_colour(stdout));
    stats_failures_fini(&all);
    if (!good)
        (void)fprintf(stderr, "roam stats: out of memory\n");
    return good ? COMMAND_OK : COMMAND_BROKEN;
}

static int print_failures(const arguments *self, store *from, const char *scenario)
{
    return print_some_failures(self, from, scenario, SIZE_MAX);
}

static int print_moves(const arguments *self, store *from, const char *scenario)
{
    stats_moves all;
    const int status = stats_moves_read(from, (stats_moves_filter){.scenario = scenario}, &all);
    if (status) {
        (void)fprintf(stderr, "roam stats: %s\n",
                      status == STORE_ERR_NO_MEMORY ? "out of memory" : store_message(from));
        return COMMAND_BROKEN;
    }
    const bool any = all.count > 0;
    const bool good = stats_moves_print(&all, stdout, table_colour(stdout));
    stats_moves_fini(&all);
    if (!any)
        (void)fprintf(stderr, "roam stats: %s has no move%s%s\n", self->db, scenario ? " of " : "",
                      scenario ? scenario : "");
    if (!good)
        (void)fprintf(stderr, "roam stats: out of memory\n");
    return !any ? COMMAND_USAGE : good ? COMMAND_OK : COMMAND_BROKEN;
}

static int print_overlays(const arguments *self, store *from, const char *scenario)
{
    stats_overlays all;
    const int status = stats_overlays_read(from, scenario, &all);
    if (status) {
        (void)fprintf(stderr, "roam stats: %s\n",
                      status == STORE_ERR_NO_MEMORY ? "out of memory" : store_message(from));
        return COMMAND_BROKEN;
    }
    const bool any = all.count > 0;
    bool good = true;
    if (any && self->csv)
        stats_overlays_csv(&all, stdout);
    else
        good = stats_overlays_print(&all, stdout, table_colour(stdout));
    stats_overlays_fini(&all);
    if (!any)
        (void)fprintf(stderr, "roam stats: %s has no run%s%s with an overlay\n", self->db,
                      scenario ? " of " : "", scenario ? scenario : "");
    if (!good)
        (void)fprintf(stderr, "roam stats: out of memory\n");
    return !any ? COMMAND_USAGE : good ? COMMAND_OK : COMMAND_BROKEN;
}

static int print_rebinds(const arguments *self, store *from, const char *scenario)
{
    stats_rebinds all;
    const int status = stats_rebinds_read(from, scenario, &all);
    if (status) {
        (void)fprintf(stderr, "roam stats: %s\n",
                      status == STORE_ERR_NO_MEMORY ? "out of memory" : store_message(from));
        return COMMAND_BROKEN;
    }
    const bool any = all.count > 0;
    bool good = true;
    if (any && self->csv)
        stats_rebinds_csv(&all, stdout);
    else
        good = stats_rebinds_print(&all, stdout, table_colour(stdout));
    stats_rebinds_fini(&all);
    if (!any)
        (void)fprintf(stderr, "roam stats: %s has no rebind%s%s\n", self->db, scenario ? " of " : "",
                      scenario ? scenario : "");
    if (!good)
        (void)fprintf(stderr, "roam stats: out of memory\n");
    return !any ? COMMAND_USAGE : good ? COMMAND_OK : COMMAND_BROKEN;
}

static int print_one(const arguments *self, store *from, const char *scenario)
{
    measures all = {0};
    stats_expectations expected = {0};
    int status = stats_expectations_read(from, scenario, &expected);
    if (!status)
        status = measures_load(
            from,
            (measures_filter){.scenario = scenario, .without_points = true, .preferred_addresses = true},
            &all);
    if (status) {
        (void)fprintf(stderr, "roam stats: %s\n",
                      status == STORE_ERR_NO_MEMORY ? "out of memory" : store_message(from));
        stats_expectations_fini(&expected);
        return COMMAND_BROKEN;
    }
    bool good = true;
    int result = COMMAND_OK;
    if (all.count == 0) {
        (void)fprintf(stderr,
                      scenario ? "roam stats: %s has no run of '%s'\n" : "roam stats: %s has no runs\n",
                      self->db, scenario);
        result = COMMAND_USAGE;
    } else {
        good = self->csv    ? stats_programs_csv(&all)
               : self->json ? stats_programs_json(from, &all, &expected)
                            : print_people(&all, &expected);
        if (good && !self->csv && !self->json && stats_rules_print(from, scenario, &good) != STORE_OK)
            result = COMMAND_BROKEN;
        if (good && !self->csv && !self->json && !result)
            result = print_some_failures(self, from, scenario, STATS_FAILURES_SHOWN);
    }
    measures_free(&all);
    stats_expectations_fini(&expected);
    if (!good)
        (void)fprintf(stderr, "roam stats: out of memory\n");
    return good ? result : COMMAND_BROKEN;
}

/* One document of all that is asked for. */
static int print_benchmark(const arguments *self, store *from)
{
    measures all;
    const measures_filter filter = {.scenarios = (const char *const *)self->scenarios,
                                    .scenario_count = self->scenario_count,
                                    .without_points = true,
                                    .preferred_addresses = true};
    const int loaded = measures_load(from, filter, &all);
    int status = COMMAND_BROKEN;
    if (loaded) {
        (void)fprintf(stderr, "roam stats: %s\n",
                      loaded == STORE_ERR_NO_MEMORY ? "out of memory" : store_message(from));
        return COMMAND_BROKEN;
    }
    const measure_group *const twice = benchmark_double(&all);
    if (all.count == 0 || twice) {
        (void)fprintf(stderr, "roam stats: %s has %s%s%s\n", self->db,
                      twice ? "runs of two builds, or of two texts, of " : "no such runs",
                      twice ? twice->scenario : "", twice ? ": a tracker knows one of a name" : "");
        status = COMMAND_USAGE;
    } else if (benchmark_print(&all, self->format, stdout))
        status = COMMAND_OK;
    else
        (void)fprintf(stderr, "roam stats: out of memory\n");
    measures_free(&all);
    return status;
}

/* The scenarios that are asked for, or all; of several those that --where leaves something of. */
static int print_scenarios(const arguments *self, store *from)
{
    int (*print)(const arguments *of, store *in, const char *scenario) = print_one;
    if (self->moves || self->overlay)
        print = self->moves ? print_moves : print_overlays;
    if (self->failures || self->rebinds)
        print = self->failures ? print_failures : print_rebinds;
    int status = self->scenario_count == 0 ? print(self, from, NULL) : COMMAND_OK;
    for (size_t i = 0; !status && i < self->scenario_count; i++)
        if (self->where.count == 0 || !where_leaves_none(from, self->scenarios[i]))
            status = print(self, from, self->scenarios[i]);
        else
            (void)fprintf(stderr, "roam stats: no combination of '%s' has what --where says\n",
                          self->scenarios[i]);
    return status;
}

static int print_store(const arguments *self)
{
    store *from = NULL;
    char message[STORE_MESSAGE_MAX];
    char why[WHERE_MESSAGE_MAX];
    const where_extent of = {.scenarios = (const char *const *)self->scenarios,
                             .scenario_count = self->scenario_count};
    const int opened = store_open(self->db, STORE_READ, &from, message);
    if (opened) {
        (void)fprintf(stderr, "roam stats: %s\n", message);
        return opened == STORE_ERR_SYSTEM || opened == STORE_ERR_NO_MEMORY ? COMMAND_BROKEN : COMMAND_USAGE;
    }
    int status = where_restrict(from, &self->where, &of, why);
    if (status)
        (void)fprintf(stderr, "roam stats: %s: %s\n", self->db, why);
    else
        status = self->benchmark ? print_benchmark(self, from) : print_scenarios(self, from);
    store_close(from);
    return status;
}

static int command_stats(int argc, char **argv)
{
    arguments self = {0};
    if (!read_arguments(&self, argc, argv))
        return COMMAND_USAGE;
    if (self.help) {
        help_print(&COMMAND_STATS, stdout);
        return COMMAND_OK;
    }
    return print_store(&self);
}

const command_row COMMAND_STATS = {
    .name = "stats",
    .about = "print what the runs of a store say",
    .function = command_stats,
    .usage = "roam stats --db FILE [--csv | --json | --benchmark FORMAT | --failures |\n"
             "                  --moves | --rebinds [--csv] | --overlay [--csv]]\n"
             "                 [--where KEY=VALUE]... [SCENARIO...]",
    .text = "What the runs of a store say, for each scenario and combination: how many passed,\n"
            "what came of each migration, and how long path validation and gaps took. A\n"
            "percentile is one of the values that were measured. A validation that failed is a\n"
            "time that was never reached: \"never\" is greater than all times, and the column of\n"
            "that name has how many of n. The second line of each measure has 95 % intervals:\n"
            "Wilson's for success, from one value to another for percentiles. One whose n is too\n"
            "small has no bound, and a maximum has none. Several of one run count as so many as\n"
            "they are worth. Behind that stands which rules of RFC 9000 packets show to be broken,\n"
            "or a MAY to be declined, in how many runs, and the command to see one; and what failed.",
    .options = rows,
    .column = 14,
    .notes = "SCENARIO names those to print; all when none is named.\n",
    .status = "0 printed; 2 usage, or there is no such store or scenario; 3 the store\n"
              "cannot be read.",
    .operands = {{.kind = VALUE_TEXT}},
    .operand_count = 1,
};
