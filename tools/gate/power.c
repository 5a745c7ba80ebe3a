/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/power.h"

#include "core/hash.h"
#include "tools/cli/table.h"
#include "tools/gate/internal.h"
#include "tools/stats/paired.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS = 400, STEPS = 14 };

uint64_t gate_power_draw(uint64_t *state, uint64_t bound)
{
    return core_hash_next(state) % bound;
}

static bool is_seen(size_t found)
{
    return found * 100 >= (size_t)TRIALS * GATE_POWER_PERCENT;
}

static bool is_sure(double chance)
{
    return chance <= GATE_DISCOVERY_RATE / GATE_POWER_TESTS;
}

/* ---- times ---- */

static int64_t drawn_difference(const uint64_t *values, size_t count, int64_t shift, uint64_t *state)
{
    const uint64_t was = values[gate_power_draw(state, count)];
    const uint64_t is = values[gate_power_draw(state, count)];
    if (was == MEASURE_NONE || is == MEASURE_NONE)
        return was == is ? 0 : is == MEASURE_NONE ? PAIRED_NEVER : -PAIRED_NEVER;
    return (int64_t)is - (int64_t)was + shift;
}

static bool sees_shift(const uint64_t *values, size_t count, int64_t shift, int64_t *differences,
                       size_t seeds)
{
    uint64_t state = 1;
    size_t found = 0;
    for (size_t i = 0; i < TRIALS; i++) {
        for (size_t j = 0; j < seeds; j++)
            differences[j] = drawn_difference(values, count, shift, &state);
        found += is_sure(paired_signed_rank(differences, seeds));
    }
    return is_seen(found);
}

uint64_t gate_power_shift(const uint64_t *values, size_t count, size_t seeds)
{
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    int64_t *const differences = calloc(seeds + 1, sizeof *differences);
    for (size_t i = 0; i < count; i++) {
        least = values[i] < least ? values[i] : least;
        most = values[i] != MEASURE_NONE && values[i] > most ? values[i] : most;
    }
    uint64_t low = 0;
    uint64_t high = most > least ? most - least : 1;
    if (!differences || !sees_shift(values, count, (int64_t)high, differences, seeds)) {
        free(differences);
        return UINT64_MAX;
    }
    for (int i = 0; i < STEPS && high - low > 1; i++) {
        const uint64_t middle = low + (high - low) / 2;
        if (sees_shift(values, count, (int64_t)middle, differences, seeds))
            high = middle;
        else
            low = middle;
    }
    free(differences);
    return high;
}

/* ---- shares ---- */

static bool draw_chance(double chance, uint64_t *state)
{
    return (double)gate_power_draw(state, UINT64_C(1) << 53) < chance * 0x1p53;
}

static bool sees_share(double before, double after, size_t seeds)
{
    uint64_t state = 1;
    size_t found = 0;
    for (size_t i = 0; i < TRIALS; i++) {
        uint64_t worse = 0;
        uint64_t better = 0;
        for (size_t j = 0; j < seeds; j++) {
            const bool was = draw_chance(before, &state);
            const bool is = draw_chance(after, &state);
            worse += !was && is;
            better += was && !is;
        }
        found += is_sure(paired_sign_test(worse, better));
    }
    return is_seen(found);
}

double gate_power_share(double share, size_t seeds)
{
    double low = share;
    double high = 1;
    if (!sees_share(share, 1, seeds))
        return 2;
    while (high - low > 0.0005) {
        const double middle = (low + high) / 2;
        if (sees_share(share, middle, seeds))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* ---- of a baseline ---- */

/* The values of a series, in the order of the seeds, to be freed; and how many are never. */
static uint64_t *values_of(const json_t *series, size_t count, size_t *never)
{
    uint64_t *const values = calloc(count + 1, sizeof *values);
    *never = 0;
    for (size_t i = 0; values && i < count; i++) {
        const json_t *const value = baseline_of_seed(json_object_get(series, "worst_ns"), i);
        values[i] = json_is_integer(value) ? (uint64_t)json_integer_value(value) : MEASURE_NONE;
        *never += values[i] == MEASURE_NONE;
    }
    return values;
}

static size_t seeds_of(const json_t *baseline)
{
    uint64_t first;
    uint64_t last;
    baseline_seeds(baseline, &first, &last);
    return (size_t)(last - first) + 1;
}

/* The error of a mean falls with the root of the number of values. */
static double needed(uint64_t seen_ns, size_t seeds, uint64_t detect_ns)
{
    const double ratio = (double)seen_ns / (double)detect_ns;
    return seen_ns == UINT64_MAX ? INFINITY : ceil((double)seeds * ratio * ratio);
}

static bool is_validation(const json_t *series)
{
    return strcmp(json_string_value(json_object_get(series, "kind")),
                  measure_kind_name(MEASURE_VALIDATION)) == 0;
}

uint64_t gate_power_seeds(const json_t *baseline, uint64_t detect_ns)
{
    const json_t *const combinations = json_object_get(baseline, "combinations");
    const size_t seeds = seeds_of(baseline);
    double most = (double)seeds;
    for (size_t i = 0; i < json_array_size(combinations); i++) {
        const json_t *const series = json_object_get(json_array_get(combinations, i), "series");
        for (size_t j = 0; j < json_array_size(series); j++) {
            size_t never;
            const json_t *const one = json_array_get(series, j);
            uint64_t *const values = is_validation(one) ? values_of(one, seeds, &never) : NULL;
            if (values)
                most = fmax(most, needed(gate_power_shift(values, seeds, seeds), seeds, detect_ns));
            free(values);
        }
    }
    return (uint64_t)fmin(most, GATE_SEEDS_MOST);
}

/* ---- the table ---- */

struct gate_power_table {
    table *rows;
};

gate_power_table *gate_power_table_new(void)
{
    static const char *const TITLES[] = {"scenario",          "measure",          ">seeds",  ">typical",
                                         ">seen: drawn anew", ">drawn as before", ">failed", ">seen",
                                         ">seeds for detect"};
    gate_power_table *const self = calloc(1, sizeof *self);
    if (!self || !(self->rows = table_new(TITLES, sizeof TITLES / sizeof *TITLES))) {
        free(self);
        return NULL;
    }
    return self;
}

void gate_power_table_free(gate_power_table *self)
{
    table_free(self->rows);
    free(self);
}

bool gate_power_table_print(const gate_power_table *self, FILE *stream, bool colour)
{
    return table_print(self->rows, stream, colour);
}

static void cell(gate_power_table *self, const char *text)
{
    table_cell(self->rows, TABLE_PLAIN, text);
}

static void shift_cell(gate_power_table *self, uint64_t shift_ns)
{
    char time[TABLE_TIME_MAX];
    char text[TABLE_TIME_MAX + 1];
    (void)snprintf(text, sizeof text, "+%s", table_time(shift_ns, time));
    cell(self, shift_ns == UINT64_MAX ? "none" : text);
}

static void share_cell(gate_power_table *self, double share)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.1f %%", 100 * share);
    cell(self, share > 1 ? "none" : text);
}

/* The time, and the share of failures, of one series. */
static void add_series(gate_power_table *self, const json_t *series, size_t seeds,
                       const gate_tolerance *tolerance, uint64_t detect_ns)
{
    char text[TABLE_TIME_MAX];
    size_t never;
    const uint64_t kept =
        (uint64_t)gate_tolerance_of(tolerance, json_string_value(json_object_get(series, "kind")));
    uint64_t *const values = values_of(series, seeds, &never);
    if (!values)
        return;
    const uint64_t found = gate_power_shift(values, seeds, seeds);
    const uint64_t seen = found < kept ? kept : found;
    statistics_sort(values, seeds);
    cell(self, table_time(values[(seeds - 1) / 2], text));
    shift_cell(self, seen);
    shift_cell(self, seeds >= GATE_SEEDS_LEAST ? kept : UINT64_MAX);
    share_cell(self, (double)never / (double)seeds);
    share_cell(self, gate_power_share((double)never / (double)seeds, seeds));
    const double wanted = needed(seen, seeds, detect_ns);
    (void)snprintf(text, sizeof text, "%.0f", fmax(wanted, GATE_SEEDS_LEAST));
    cell(self, isfinite(wanted) && detect_ns > 0 ? text : "");
    free(values);
}

static void add_combination(gate_power_table *self, const char *name, const json_t *combination, size_t seeds,
                            const gate_tolerance *tolerance, uint64_t detect_ns)
{
    char full[2 * GATE_TEXT_MAX];
    char text[GATE_TEXT_MAX];
    const char *const values = json_string_value(json_object_get(combination, "combination"));
    const json_t *const series = json_object_get(combination, "series");
    (void)snprintf(full, sizeof full, "%s%s%s%s", name, values[0] ? "[" : "", values, values[0] ? "]" : "");
    for (size_t i = 0; i < json_array_size(series); i++) {
        cell(self, full);
        gate_series_name(json_array_get(series, i), text);
        cell(self, text);
        (void)snprintf(text, sizeof text, "%zu", seeds);
        cell(self, text);
        add_series(self, json_array_get(series, i), seeds, tolerance, detect_ns);
    }
}

void gate_power_table_add(gate_power_table *self, const json_t *baseline, const gate_tolerance *tolerance,
                          uint64_t detect_ns)
{
    const json_t *const combinations = json_object_get(baseline, "combinations");
    const size_t seeds = seeds_of(baseline);
    char text[32];
    if (!baseline_is_exact(baseline)) {
        for (size_t i = 0; i < json_array_size(combinations); i++)
            add_combination(self, baseline_scenario(baseline), json_array_get(combinations, i), seeds,
                            tolerance, detect_ns);
        return;
    }
    (void)snprintf(text, sizeof text, "%zu", seeds);
    cell(self, baseline_scenario(baseline));
    cell(self, "exact: all");
    cell(self, text);
    cell(self, "");
    shift_cell(self, tolerance->validation_ns);
    shift_cell(self, tolerance->validation_ns);
    cell(self, "");
    cell(self, "any");
    cell(self, "");
}
