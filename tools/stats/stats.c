/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/cli/table.h"
#include "tools/stats/benchmark.h"
#include "tools/stats/csv.h"
#include "tools/stats/expectations.h"
#include "tools/stats/failures.h"
#include "tools/stats/moves.h"
#include "tools/stats/overlays.h"
#include "tools/stats/rules.h"
#include "tools/stats/series_text.h"
#include "tools/stats/series_texts.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_DB,
    OPTION_CSV,
    OPTION_JSON,
    OPTION_BENCHMARK,
    OPTION_FAILURES,
    OPTION_MOVES,
    OPTION_OVERLAY,
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
    [OPTION_MOVES] = {.name = "moves",
                      .help = "what migrations and reconnects cost, side by side: times to the result,\n"
                              "gaps, messages and streams lost, bytes on the wire (roam export has all)"},
    [OPTION_OVERLAY] = {.name = "overlay",
                        .help = "of the nodes with membership, at the end of a run: how many runs left\n"
                                "all members connected, since when, and the longest time in which they\n"
                                "were not; how many members, mean path, clustering coefficient, the\n"
                                "least and the greatest in-degree of any run, changes of active views;\n"
                                "with --csv a line a measure, called as the column of the store"},
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
    bool moves;
    bool overlay;
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

/* ---- for programs ---- */

/* Nothing where there is no value or no bound; "inf" of what was never reached. */
static void print_time(bool has, uint64_t value_ns)
{
    (void)putchar(',');
    if (has)
        csv_number(stdout, value_ns);
}

static void print_series(const measure_group *group, const measure_series *series)
{
    const statistics_proportion success = series->success;
    char text[MEASURES_TEXT_MAX];
    csv_field(stdout, group->commit);
    (void)putchar(',');
    csv_field(stdout, group->scenario);
    (void)putchar(',');
    csv_field(stdout, group->combination);
    (void)printf(",%zu,%s,", group->runs, measure_kind_name(series->kind));
    csv_field(stdout, series->label);
    (void)printf(",%zu,%.6f,%.6f,%.6f", series->count, success.ppm / 1e6, success.low_ppm / 1e6,
                 success.high_ppm / 1e6);
    for (size_t p = 0; p < PERCENT_COUNT; p++) {
        statistics_percentile at = {0};
        const bool has = measures_percentile(series, PERCENTS[p], &at);
        print_time(has, at.value);
        print_time(has && at.has_low, at.low);
        print_time(has && at.has_high, at.high);
    }
    (void)putchar(',');
    csv_field(stdout, measures_outcomes_text(series, text));
    (void)printf(",%zu,%s\n", series->never, group->digest);
}

static bool print_csv(const measures *all)
{
    (void)fputs("commit,scenario,combination,runs,kind,label,n,success,success_low,success_high", stdout);
    for (size_t i = 0; i < PERCENT_COUNT; i++)
        (void)printf(",p%u_ns,p%u_low_ns,p%u_high_ns", PERCENTS[i], PERCENTS[i], PERCENTS[i]);
    (void)puts(",outcomes,never,digest");
    for (size_t g = 0; g < all->count; g++)
        for (size_t i = 0; i < all->groups[g].series_count; i++)
            print_series(&all->groups[g], &all->groups[g].series[i]);
    return true;
}

/* null where there is no value or no bound; "never" of what was never reached. */
static json_t *time_json(bool has, uint64_t value_ns)
{
    if (!has)
        return json_null();
    return value_ns == STATISTICS_NEVER ? json_string("never") : json_integer((json_int_t)value_ns);
}

static json_t *proportion_json(statistics_proportion of)
{
    return json_pack("{s:I, s:I, s:f, s:f, s:f}", "successes", (json_int_t)of.successes, "trials",
                     (json_int_t)of.trials, "share", of.ppm / 1e6, "low", of.low_ppm / 1e6, "high",
                     of.high_ppm / 1e6);
}

static json_t *series_json(const measure_series *series)
{
    json_t *const percentiles = json_object();
    json_t *const outcomes = json_object();
    for (size_t i = 0; i < PERCENT_COUNT; i++) {
        char name[16];
        statistics_percentile at = {0};
        const bool has = measures_percentile(series, PERCENTS[i], &at);
        (void)snprintf(name, sizeof name, "p%u", PERCENTS[i]);
        (void)json_object_set_new(percentiles, name,
                                  json_pack("{s:o, s:o, s:o}", "value_ns", time_json(has, at.value), "low_ns",
                                            time_json(has && at.has_low, at.low), "high_ns",
                                            time_json(has && at.has_high, at.high)));
    }
    for (size_t i = 0; i < series->outcome_count; i++)
        (void)json_object_set_new(outcomes, series->outcomes[i].name,
                                  json_integer((json_int_t)series->outcomes[i].count));
    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:o, s:o}", "kind", measure_kind_name(series->kind), "label",
                     series->label, "n", (json_int_t)series->count, "never", (json_int_t)series->never,
                     "success", proportion_json(series->success), "percentiles", percentiles, "outcomes",
                     outcomes);
}

typedef struct rules_of_group {
    const measure_group *group;
    json_t *rules;
} rules_of_group;

static void append_rule(void *ctx, const stats_rule *rule)
{
    rules_of_group *const self = ctx;
    const measure_group *const group = self->group;
    if (rule->build != group->build || strcmp(rule->digest, group->digest) != 0 ||
        strcmp(rule->combination, group->combination) != 0)
        return;
    (void)json_array_append_new(self->rules,
                                json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s}", "rule", rule->rule,
                                          "id", rule->id, "level", rule->level, "verdict", rule->verdict,
                                          "runs", (json_int_t)rule->runs, "of", (json_int_t)rule->of,
                                          "first_seed", (json_int_t)rule->seed, "first", rule->is));
}

/* Those that are broken or declined in a run of the group. NULL: the store cannot be read. */
static json_t *rules_json(store *from, const measure_group *group)
{
    rules_of_group self = {.group = group, .rules = json_array()};
    if (stats_rules_each(from, (stats_rules_filter){.scenario = group->scenario, .build = group->build},
                         append_rule, &self) == STORE_OK)
        return self.rules;
    json_decref(self.rules);
    return NULL;
}

static json_t *failure_json(const stats_failure *one)
{
    json_t *const seeds = json_array();
    for (size_t i = 0; i < STATS_FAILURE_SEEDS && i < one->runs; i++)
        (void)json_array_append_new(seeds, json_integer((json_int_t)one->seeds[i]));
    return json_pack("{s:s, s:s, s:I, s:I, s:o, s:s, s:s}", "kind", stats_failure_name(one->kind), "what",
                     one->text, "runs", (json_int_t)one->runs, "of", (json_int_t)one->of, "seeds", seeds,
                     "first", one->first, "command", one->command);
}

/* What failed in a run of the group. NULL: the store cannot be read. */
static json_t *failures_json(store *from, const measure_group *group)
{
    stats_failures all;
    const stats_failures_filter filter = {.scenario = group->scenario, .build = group->build};
    if (stats_failures_read(from, filter, &all) != STORE_OK)
        return NULL;
    json_t *const array = json_array();
    for (size_t i = 0; i < all.count; i++)
        if (strcmp(all.items[i].digest, group->digest) == 0 &&
            strcmp(all.items[i].combination, group->combination) == 0)
            (void)json_array_append_new(array, failure_json(&all.items[i]));
    stats_failures_fini(&all);
    return array;
}

static bool print_json(store *from, const measures *all, const stats_expectations *expected)
{
    json_t *const groups = json_array();
    for (size_t i = 0; i < all->count; i++) {
        const measure_group *const group = &all->groups[i];
        json_t *const series = json_array();
        for (size_t j = 0; j < group->series_count; j++)
            (void)json_array_append_new(series, series_json(&group->series[j]));
        json_t *const one = json_pack(
            "{s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}", "commit",
            group->commit, "scenario", group->scenario, "digest", group->digest, "combination",
            group->combination, "runs", (json_int_t)group->runs, "passed", (json_int_t)group->passed,
            "failed", (json_int_t)group->failed, "contradictions", (json_int_t)group->contradictions,
            "known_faults", (json_int_t)group->known_faults, "crashed", (json_int_t)group->crashed, "hung",
            (json_int_t)group->hung, "refused", (json_int_t)group->refused, "measures", series,
            "expectations", stats_expectations_json(expected, group), "rules", rules_json(from, group),
            "failures", failures_json(from, group));
        if (group->unsupported > 0)
            (void)json_object_set_new(one, "unsupported", json_integer((json_int_t)group->unsupported));
        (void)json_array_append_new(groups, one);
    }
    char *const text = json_dumps(groups, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    const bool good = text && json_array_size(groups) == all->count;
    if (good)
        (void)puts(text);
    free(text);
    json_decref(groups);
    return good;
}

/* ---- the command ---- */

static bool read_arguments(arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    bool known = true;
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
        case OPTION_MOVES:
            self->moves = true;
            break;
        case OPTION_OVERLAY:
            self->overlay = true;
            break;
        case OPTION_HELP:
            self->help = true;
            break;
        }
    }
    self->scenarios = argv + 1;
    self->scenario_count = (size_t)reader.operands;
    const int forms =
        (self->csv && !self->overlay) + self->json + self->benchmark + self->failures + self->moves + self->overlay;
    if (option == OPTION_INVALID || self->help)
        return option != OPTION_INVALID;
    if (!self->db)
        (void)fprintf(
            stderr, "roam stats: no store given: --db FILE, as roam sweep made it; see roam stats --help\n");
    else if (!known)
        (void)fprintf(stderr, "roam stats: --benchmark: expected github or bencher\n");
    else if (forms > 1)
        (void)fprintf(
            stderr, "roam stats: --csv, --json, --benchmark, --failures, --moves or --overlay, one of them, or --overlay "
                    "with --csv\n");
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
        good = self->csv    ? print_csv(&all)
               : self->json ? print_json(from, &all, &expected)
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

static int print_store(const arguments *self)
{
    store *from = NULL;
    char message[STORE_MESSAGE_MAX];
    const int opened = store_open(self->db, STORE_READ, &from, message);
    if (opened) {
        (void)fprintf(stderr, "roam stats: %s\n", message);
        return opened == STORE_ERR_SYSTEM || opened == STORE_ERR_NO_MEMORY ? COMMAND_BROKEN : COMMAND_USAGE;
    }
    int (*print)(const arguments *of, store *in, const char *scenario) = print_one;
    if (self->moves || self->overlay)
        print = self->moves ? print_moves : print_overlays;
    if (self->failures)
        print = print_failures;
    int status = self->benchmark             ? print_benchmark(self, from)
                 : self->scenario_count == 0 ? print(self, from, NULL)
                                             : COMMAND_OK;
    for (size_t i = 0; !self->benchmark && !status && i < self->scenario_count; i++)
        status = print(self, from, self->scenarios[i]);
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
             "                  --moves | --overlay [--csv]] [SCENARIO...]",
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
