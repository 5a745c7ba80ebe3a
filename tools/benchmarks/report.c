/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/benchmarks/bench.h"

#include "tools/cli/table.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef struct spread {
    double median, least, greatest;
} spread;

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static spread spread_of(const double *values, size_t count)
{
    double sorted[BENCH_ROUNDS_MAX];
    memcpy(sorted, values, count * sizeof *values);
    qsort(sorted, count, sizeof *sorted, compare);
    return (spread){.median = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2,
                    .least = sorted[0],
                    .greatest = sorted[count - 1]};
}

static spread series_spread(const bench_series *series, bool on_cpu)
{
    double values[BENCH_ROUNDS_MAX];
    for (size_t i = 0; i < series->count; i++)
        values[i] = on_cpu ? series->samples[i].on_cpu : series->samples[i].wall;
    return spread_of(values, series->count);
}

static bool met(const bench_series *series)
{
    const double median = series_spread(series, false).median;
    return series->row->at_most ? median <= series->row->budget : median >= series->row->budget;
}

bool bench_report_met(const bench_report *report)
{
    for (size_t i = 0; i < report->series_count; i++) {
        const bench_series *const series = &report->series[i];
        if (series->count > 0 && series->row->budget > 0 && !met(series))
            return false;
    }
    return true;
}

/* ---- Ratios ---- */

typedef struct ratio_row {
    const char *name, *about;
    const char *of, *to; /* rows */
    bool difference;     /* ns a piece that `of` takes more than `to`, both rates */
} ratio_row;

static const ratio_row ratios[] = {
    {"experiments-world-to-stack", "experiments: world / stack alone", "world-experiments",
     "stack-experiments", false},
    {"experiments-run-to-world", "experiments: recorded and judged / world", "run-experiments",
     "world-experiments", false},
    {"experiments-sweep-to-run", "experiments: roam sweep / recorded and judged", "sweep-experiments",
     "run-experiments", false},
    {"experiments-abi-to-run", "experiments: through the endpoint ABI / linked in", "abi-experiments",
     "run-experiments", false},
    {"bulk-world-to-stack", "bulk: world / stack alone", "world-bulk", "stack-bulk", false},
    {"bulk-world-minus-stack", "ns a bulk packet that the world adds", "world-bulk", "stack-bulk", true},
    {"reconnect-to-migrate", "a move: dialled anew / migrated", "stack-reconnect", "stack-migrate", false},
    {"nat-100000-to-1000", "NAT: 100,000 bindings / 1,000", "nat-100000", "nat-1000", false},
};

enum { RATIOS = sizeof ratios / sizeof ratios[0] };

static const bench_series *find(const bench_report *report, const char *name)
{
    for (size_t i = 0; i < report->series_count; i++)
        if (strcmp(report->series[i].row->name, name) == 0)
            return &report->series[i];
    return NULL;
}

/* By processor time, round by round. False: one of the two was not measured. */
static bool ratio_spread(const bench_report *report, const ratio_row *row, spread *out)
{
    const bench_series *of = find(report, row->of), *to = find(report, row->to);
    if (!of || !to || of->count == 0 || to->count != of->count)
        return false;
    double values[BENCH_ROUNDS_MAX];
    for (size_t i = 0; i < of->count; i++) {
        double a = of->samples[i].on_cpu, b = to->samples[i].on_cpu;
        values[i] = row->difference ? 1e9 / a - 1e9 / b : a / b;
    }
    *out = spread_of(values, of->count);
    return true;
}

/* ---- Table ---- */

/* Four digits that count, and a space between thousands. */
static void number(table *into, table_style style, double value)
{
    char text[48];
    if (value >= 100000)
        snprintf(text, sizeof text, "%ld %03ld", (long)value / 1000, (long)value % 1000);
    else
        snprintf(text, sizeof text, "%.*f", value >= 100 ? 0 : value >= 10 ? 1 : 3, value);
    table_cell(into, style, text);
}

static void print_row(table *into, const bench_series *series)
{
    const bench_row *const row = series->row;
    spread wall = series_spread(series, false);
    char rounds[24];
    snprintf(rounds, sizeof rounds, "%zu", series->count);
    table_cell(into, TABLE_PLAIN, row->name);
    table_cell(into, TABLE_PLAIN, row->about);
    number(into, TABLE_PLAIN, wall.median);
    number(into, TABLE_PLAIN, wall.least);
    number(into, TABLE_PLAIN, wall.greatest);
    number(into, TABLE_PLAIN, series_spread(series, true).median);
    table_cell(into, TABLE_PLAIN, row->unit);
    table_cell(into, TABLE_PLAIN, rounds);
    if (row->budget <= 0) {
        for (int i = 0; i < 3; i++)
            table_cell(into, TABLE_DIM, "-");
        return;
    }
    char budget[48];
    snprintf(budget, sizeof budget, "%s %.0f", row->at_most ? "<=" : ">=", row->budget);
    table_cell(into, TABLE_PLAIN, budget);
    number(into, TABLE_PLAIN, wall.median / row->budget);
    table_cell(into, met(series) ? TABLE_GOOD : TABLE_BAD, met(series) ? "met" : "missed");
}

static void print_rows(const bench_report *report, FILE *stream, bool colour)
{
    static const char *const titles[] = {"figure", "what", ">median", ">min",   ">max",   ">on cpu",
                                         "unit",   ">n",   ">budget", ">ratio", "verdict"};
    table *const all = table_new(titles, sizeof titles / sizeof titles[0]);
    if (!all)
        return;
    for (size_t i = 0; i < report->series_count; i++)
        if (report->series[i].count > 0)
            print_row(all, &report->series[i]);
    (void)!table_print(all, stream, colour);
    table_free(all);
}

static void print_ratios(const bench_report *report, FILE *stream, bool colour)
{
    static const char *const titles[] = {"round by round, by processor time", ">median", ">min", ">max"};
    table *const all = table_new(titles, sizeof titles / sizeof titles[0]);
    size_t shown = 0;
    for (size_t i = 0; i < RATIOS && all; i++) {
        spread values;
        if (!ratio_spread(report, &ratios[i], &values))
            continue;
        table_cell(all, TABLE_PLAIN, ratios[i].about);
        number(all, TABLE_PLAIN, values.median);
        number(all, TABLE_PLAIN, values.least);
        number(all, TABLE_PLAIN, values.greatest);
        shown++;
    }
    if (shown > 0) {
        (void)fputs("\n", stream);
        (void)!table_print(all, stream, colour);
    }
    table_free(all);
}

void bench_report_print(const bench_report *report, FILE *stream)
{
    const bool colour = table_colour(stream);
    print_rows(report, stream, colour);
    print_ratios(report, stream, colour);
    if (report->quick)
        (void)fputs("\nquick: a tenth of the work, rough figures\n", stream);
    if (!report->pinned)
        (void)fputs("\nnot pinned to one processor\n", stream);
}

/* ---- JSON ---- */

static json_t *json_spread(spread values)
{
    return json_pack("{s:f, s:f, s:f}", "median", values.median, "min", values.least, "max", values.greatest);
}

static json_t *json_samples(const bench_series *series, bool on_cpu)
{
    json_t *const array = json_array();
    for (size_t i = 0; i < series->count; i++)
        json_array_append_new(array, json_real(on_cpu ? series->samples[i].on_cpu : series->samples[i].wall));
    return array;
}

static json_t *json_series(const bench_series *series)
{
    const bench_row *const row = series->row;
    spread wall = series_spread(series, false);
    json_t *const object =
        json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "name", row->name, "about", row->about, "unit",
                  row->unit, "wall", json_spread(wall), "on_cpu", json_spread(series_spread(series, true)),
                  "wall_samples", json_samples(series, false), "on_cpu_samples", json_samples(series, true));
    if (object && row->budget > 0)
        json_object_update_new(object, json_pack("{s:f, s:s, s:f, s:b}", "budget", row->budget, "bound",
                                                 row->at_most ? "at_most" : "at_least", "ratio",
                                                 wall.median / row->budget, "met", (int)met(series)));
    return object;
}

char *bench_report_json(const bench_report *report)
{
    json_t *figures = json_array(), *relations = json_array();
    for (size_t i = 0; i < report->series_count; i++)
        if (report->series[i].count > 0)
            json_array_append_new(figures, json_series(&report->series[i]));
    for (size_t i = 0; i < RATIOS; i++) {
        spread values;
        if (!ratio_spread(report, &ratios[i], &values))
            continue;
        json_array_append_new(relations, json_pack("{s:s, s:s, s:o}", "name", ratios[i].name, "about",
                                                   ratios[i].about, "on_cpu", json_spread(values)));
    }
    json_t *const whole = json_pack("{s:i, s:b, s:b, s:b, s:o, s:o}", "schema", 1, "quick",
                                    (int)report->quick, "pinned", (int)report->pinned, "met",
                                    (int)bench_report_met(report), "figures", figures, "ratios", relations);
    char *const text = whole ? json_dumps(whole, JSON_INDENT(2) | JSON_REAL_PRECISION(6)) : NULL;
    char *const line = text ? malloc(strlen(text) + 2) : NULL;
    if (line)
        strcat(strcpy(line, text), "\n");
    free(text);
    json_decref(whole);
    return line;
}
