/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/stats/benchmark.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 1, DIGITS = 12, NAME_MAX_BYTES = 1024 };

bool benchmark_format_read(const char *name, benchmark_format *out)
{
    static const char *const NAMES[] = {[BENCHMARK_GITHUB] = "github", [BENCHMARK_BENCHER] = "bencher"};
    for (benchmark_format format = BENCHMARK_GITHUB; format <= BENCHMARK_BENCHER; format++) {
        if (strcmp(name, NAMES[format]) != 0)
            continue;
        *out = format;
        return true;
    }
    return false;
}

const measure_group *benchmark_double(const measures *all)
{
    for (size_t i = 0; i < all->count; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(all->groups[i].scenario, all->groups[j].scenario) == 0 &&
                strcmp(all->groups[i].combination, all->groups[j].combination) == 0)
                return &all->groups[i];
    return NULL;
}

/* One value with its interval, in the unit of the tracker. */
typedef struct figure {
    char name[NAME_MAX_BYTES];
    const char *measure; /* Bencher's */
    const char *unit;    /* of github */
    double scale;        /* github's unit in that of the value */
    double value;
    double low, high;
    bool has_low, has_high;
    size_t count; /* of what it was made of */
} figure;

static json_t *number(double value)
{
    return value == (double)(json_int_t)value ? json_integer((json_int_t)value) : json_real(value);
}

static bool add_bencher(json_t *to, const figure *of)
{
    json_t *const value = json_pack("{s:o}", "value", number(of->value));
    bool good = value;
    if (good && of->has_low)
        good = json_object_set_new(value, "lower_value", number(of->low)) == 0;
    if (good && of->has_high)
        good = json_object_set_new(value, "upper_value", number(of->high)) == 0;
    json_t *const one = good ? json_pack("{s:O}", of->measure, value) : NULL;
    json_decref(value);
    return one && json_object_set_new(to, of->name, one) == 0;
}

static bool add_github(json_t *to, const figure *of)
{
    char low[64] = "no bound";
    char high[64] = "no bound";
    char range[160];
    char extra[64];
    if (of->has_low)
        (void)snprintf(low, sizeof low, "%.*g", DIGITS, of->low / of->scale);
    if (of->has_high)
        (void)snprintf(high, sizeof high, "%.*g", DIGITS, of->high / of->scale);
    (void)snprintf(range, sizeof range, "%s to %s", low, high);
    (void)snprintf(extra, sizeof extra, "n=%zu, 95 %% interval", of->count);
    json_t *const one = json_pack("{s:s, s:s, s:o, s:s, s:s}", "name", of->name, "unit", of->unit, "value",
                                  number(of->value / of->scale), "range", range, "extra", extra);
    return one && json_array_append_new(to, one) == 0;
}

static void name_figure(figure *self, const measure_group *group, const measure_series *series,
                        const char *statistic)
{
    const bool varied = group->combination[0];
    (void)snprintf(self->name, sizeof self->name, "%.200s%s%.400s%s/%s: %.200s/%s", group->scenario,
                   varied ? "[" : "", group->combination, varied ? "]" : "", measure_kind_name(series->kind),
                   series->label, statistic);
}

static bool add_series(json_t *to, const measure_group *group, const measure_series *series,
                       bool (*add)(json_t *to, const figure *of))
{
    static const unsigned PERCENTS[] = {50, 90, 99};
    const statistics_proportion success = series->success;
    bool good = true;
    for (size_t i = 0; good && i < sizeof PERCENTS / sizeof *PERCENTS; i++) {
        char statistic[16];
        statistics_percentile at;
        if (!measures_percentile(series, PERCENTS[i], &at) || at.value == STATISTICS_NEVER)
            continue;
        figure one = {.measure = "latency",
                      .unit = "ms",
                      .scale = 1e6,
                      .value = (double)at.value,
                      .low = (double)at.low,
                      .high = (double)at.high,
                      .has_low = at.has_low,
                      .has_high = at.has_high && at.high != STATISTICS_NEVER,
                      .count = series->sample.count};
        (void)snprintf(statistic, sizeof statistic, "p%u", PERCENTS[i]);
        name_figure(&one, group, series, statistic);
        good = add(to, &one);
    }
    figure failed = {.measure = "failed",
                     .unit = "%",
                     .scale = 1,
                     .value = (1e6 - success.ppm) / 1e4,
                     .low = (1e6 - success.high_ppm) / 1e4,
                     .high = (1e6 - success.low_ppm) / 1e4,
                     .has_low = true,
                     .has_high = true,
                     .count = (size_t)success.trials};
    name_figure(&failed, group, series, "failed");
    return good && (success.trials == 0 || add(to, &failed));
}

bool benchmark_print(const measures *all, benchmark_format format, FILE *stream)
{
    json_t *const to = format == BENCHMARK_GITHUB ? json_array() : json_object();
    bool good = to;
    for (size_t i = 0; i < all->count; i++)
        for (size_t j = 0; good && j < all->groups[i].series_count; j++)
            good = add_series(to, &all->groups[i], &all->groups[i].series[j],
                              format == BENCHMARK_GITHUB ? add_github : add_bencher);
    char *const text =
        good ? json_dumps(to, JSON_INDENT(INDENT) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(DIGITS)) : NULL;
    if (text)
        (void)fprintf(stream, "%s\n", text);
    free(text);
    json_decref(to);
    return text;
}
