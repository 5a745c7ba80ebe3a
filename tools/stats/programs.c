/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/programs.h"

#include "tools/stats/csv.h"
#include "tools/stats/failures.h"
#include "tools/stats/rules.h"
#include "tools/stats/series_text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const unsigned PERCENTS[] = {50, 90, 99, 100};
enum { PERCENT_COUNT = sizeof PERCENTS / sizeof *PERCENTS };

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

bool stats_programs_csv(const measures *all)
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

bool stats_programs_json(store *from, const measures *all, const stats_expectations *expected)
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
