/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/experiment.h"

#include "tools/cli/table.h"
#include "tools/gate/power.h"

#include <stdlib.h>
#include <string.h>

/* What one file is compared with in a gate. */
typedef enum gate_candidate {
    CANDIDATE_UNCHANGED, /* draws made anew */
    CANDIDATE_ANEW,      /* changed, draws made anew */
    CANDIDATE_KEPT,      /* changed, with the draws of before */
    CANDIDATES
} gate_candidate;

typedef struct trial {
    json_t *was;
    json_t *is[CANDIDATES];
    gate_changes changes[CANDIDATES]; /* not settled */
} trial;

typedef struct experiment {
    const gate_experiment_file *files;
    size_t count;
    size_t gates;
    uint64_t state;
    size_t red;
    size_t (*found)[CANDIDATES]; /* of each file */
    trial *trials;               /* of each file, in this gate */
} experiment;

static size_t seeds_of(const json_t *baseline)
{
    uint64_t first;
    uint64_t last;
    baseline_seeds(baseline, &first, &last);
    return (size_t)(last - first) + 1;
}

/* ---- one gate ---- */

/* 0 to count - 1 in an order drawn at random (Fisher and Yates). To be freed. */
static size_t *shuffled(size_t count, uint64_t *state)
{
    size_t *const places = calloc(count, sizeof *places);
    for (size_t i = 0; places && i < count; i++) {
        const size_t at = (size_t)gate_power_draw(state, i + 1);
        places[i] = places[at];
        places[at] = i;
    }
    return places;
}

static json_t *later(const json_t *value, uint64_t by_ns)
{
    return json_is_integer(value) ? json_integer(json_integer_value(value) + (json_int_t)by_ns) : json_null();
}

/* Every validation takes longer. */
static void delay(json_t *baseline, uint64_t by_ns)
{
    const json_t *const combinations = json_object_get(baseline, "combinations");
    for (size_t i = 0; i < json_array_size(combinations); i++) {
        const json_t *const all = json_object_get(json_array_get(combinations, i), "series");
        for (size_t j = 0; j < json_array_size(all); j++) {
            json_t *const series = json_array_get(all, j);
            json_t *const values = json_object_get(series, "worst_ns");
            if (strcmp(json_string_value(json_object_get(series, "kind")),
                       measure_kind_name(MEASURE_VALIDATION)) != 0)
                continue;
            if (!json_is_array(values))
                (void)json_object_set_new(series, "worst_ns", later(values, by_ns));
            for (size_t k = 0; k < json_array_size(values); k++)
                (void)json_array_set_new(values, k, later(json_array_get(values, k), by_ns));
        }
    }
}

/* The change can be made: it is a real one, or there are validations that may take longer. */
static bool can_change(const gate_experiment_file *file)
{
    const json_t *const combinations = json_object_get(file->pool, "combinations");
    for (size_t i = 0; i < json_array_size(combinations); i++) {
        const json_t *const all = json_object_get(json_array_get(combinations, i), "series");
        for (size_t j = 0; j < json_array_size(all); j++)
            if (strcmp(json_string_value(json_object_get(json_array_get(all, j), "kind")),
                       measure_kind_name(MEASURE_VALIDATION)) == 0)
                return true;
    }
    return file->changed;
}

static bool try_file(const gate_experiment_file *file, uint64_t *state, trial *out)
{
    size_t *const places = shuffled(seeds_of(file->pool), state);
    const json_t *const changed = file->changed ? file->changed : file->pool;
    if (!places)
        return false;
    out->was = baseline_pick(file->pool, places, file->seeds);
    out->is[CANDIDATE_UNCHANGED] = baseline_pick(file->pool, places + file->seeds, file->seeds);
    out->is[CANDIDATE_ANEW] = baseline_pick(changed, places + file->seeds, file->seeds);
    out->is[CANDIDATE_KEPT] = baseline_pick(changed, places, file->seeds);
    free(places);
    if (!file->changed) {
        delay(out->is[CANDIDATE_ANEW], file->detect_ns);
        delay(out->is[CANDIDATE_KEPT], file->detect_ns);
    }
    bool good = out->was;
    for (size_t i = 0; good && i < CANDIDATES; i++)
        good = out->is[i] && gate_compare(out->was, out->is[i], &file->tolerance, &out->changes[i]);
    return good;
}

static void forget(trial *self)
{
    json_decref(self->was);
    for (size_t i = 0; i < CANDIDATES; i++) {
        json_decref(self->is[i]);
        gate_changes_free(&self->changes[i]);
    }
    *self = (trial){0};
}

/* A gate over all files, of which the one called `odd` is changed; settled. */
static bool gate_of(const experiment *self, size_t odd, gate_candidate candidate, gate_changes *out)
{
    size_t count = 0;
    *out = (gate_changes){0};
    for (size_t i = 0; i < self->count; i++)
        count += self->trials[i].changes[i == odd ? candidate : CANDIDATE_UNCHANGED].count;
    out->items = calloc(count + 1, sizeof *out->items);
    out->capacity = count + 1;
    for (size_t i = 0; out->items && i < self->count; i++) {
        const gate_changes *const some = &self->trials[i].changes[i == odd ? candidate : CANDIDATE_UNCHANGED];
        if (some->count > 0)
            memcpy(out->items + out->count, some->items, some->count * sizeof *some->items);
        out->count += some->count;
    }
    return out->items && gate_changes_settle(out);
}

/* Something of the scenario is worse; NULL: of any. */
static bool is_worse(const gate_changes *changes, const char *name)
{
    for (size_t i = 0; i < changes->count; i++)
        if (changes->items[i].weight == GATE_WORSE &&
            (!name || strcmp(changes->items[i].scenario, name) == 0))
            return true;
    return false;
}

static bool one_gate(experiment *self)
{
    gate_changes changes;
    bool good = true;
    for (size_t i = 0; good && i < self->count; i++)
        good = try_file(&self->files[i], &self->state, &self->trials[i]);
    good = good && gate_of(self, self->count, CANDIDATE_UNCHANGED, &changes);
    if (good) {
        self->red += is_worse(&changes, NULL);
        gate_changes_free(&changes);
    }
    for (size_t i = 0; i < self->count; i++) {
        if (!can_change(&self->files[i]))
            continue;
        for (gate_candidate candidate = CANDIDATE_ANEW; good && candidate < CANDIDATES; candidate++) {
            good = gate_of(self, i, candidate, &changes);
            if (good)
                self->found[i][candidate] += is_worse(&changes, baseline_scenario(self->files[i].pool));
            gate_changes_free(&changes);
        }
    }
    for (size_t i = 0; i < self->count; i++)
        forget(&self->trials[i]);
    return good;
}

/* ---- the table ---- */

static void add_row(table *rows, const char *name, const char *change, const char *draws, size_t seeds,
                    statistics_proportion share)
{
    char text[64];
    table_cell(rows, TABLE_PLAIN, name);
    table_cell(rows, TABLE_PLAIN, change);
    table_cell(rows, TABLE_PLAIN, draws);
    (void)snprintf(text, sizeof text, "%zu", seeds);
    table_cell(rows, TABLE_PLAIN, seeds ? text : "");
    (void)snprintf(text, sizeof text, "%llu of %llu", (unsigned long long)share.successes,
                   (unsigned long long)share.trials);
    table_cell(rows, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%.1f %%", share.ppm / 1e4);
    table_cell(rows, TABLE_PLAIN, text);
    (void)snprintf(text, sizeof text, "%.1f to %.1f %%", share.low_ppm / 1e4, share.high_ppm / 1e4);
    table_cell(rows, TABLE_PLAIN, text);
}

static bool print(const experiment *self, FILE *stream, bool colour)
{
    static const char *const TITLES[] = {"scenario", "change", "draws", ">seeds", ">red", ">share", ">95 %"};
    char change[TABLE_TIME_MAX + 32];
    char time[TABLE_TIME_MAX];
    table *const rows = table_new(TITLES, sizeof TITLES / sizeof *TITLES);
    if (!rows)
        return false;
    add_row(rows, "all", "none", "anew", 0, statistics_wilson(self->red, self->gates));
    for (size_t i = 0; i < self->count; i++) {
        const gate_experiment_file *const file = &self->files[i];
        if (!can_change(file))
            continue;
        (void)snprintf(change, sizeof change, "validation +%s", table_time(file->detect_ns, time));
        for (gate_candidate candidate = CANDIDATE_ANEW; candidate < CANDIDATES; candidate++)
            add_row(rows, baseline_scenario(file->pool), file->changed ? file->change : change,
                    candidate == CANDIDATE_ANEW ? "anew" : "as before", file->seeds,
                    statistics_wilson(self->found[i][candidate], self->gates));
    }
    const bool good = table_print(rows, stream, colour);
    table_free(rows);
    return good;
}

bool gate_experiment(const gate_experiment_file *files, size_t count, size_t gates, FILE *stream, bool colour)
{
    experiment self = {.files = files, .count = count, .gates = gates, .state = 1};
    self.found = calloc(count + 1, sizeof *self.found);
    self.trials = calloc(count + 1, sizeof *self.trials);
    bool good = self.found && self.trials;
    for (size_t i = 0; good && i < gates; i++)
        good = one_gate(&self);
    good = good && print(&self, stream, colour);
    free(self.found);
    free(self.trials);
    return good;
}
