/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"
#include "tools/cli/own_seed.h"
#include "tools/cli/table.h"
#include "tools/gate/internal.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

gate_change *gate_add_change(gate_comparison *self, const char *measure)
{
    gate_changes *const out = self->out;
    if (out->count == out->capacity) {
        const size_t capacity = out->capacity ? 2 * out->capacity : 16;
        gate_change *const items = realloc(out->items, capacity * sizeof *items);
        if (!items) {
            self->failed = true;
            return NULL;
        }
        out->items = items;
        out->capacity = capacity;
    }
    gate_change *const change = &out->items[out->count++];
    *change = (gate_change){.scenario = baseline_scenario(self->is),
                            .directory = json_string_value(json_object_get(self->is, "directory")),
                            .combination = self->combination,
                            .seeds = self->seeds,
                            .worst_seed = self->first};
    (void)snprintf(change->measure, sizeof change->measure, "%s", measure);
    return change;
}

/* ---- texts: verdicts and outcomes ---- */

bool gate_is_good(const char *verdict)
{
    return strcmp(verdict, "passed") == 0 || strcmp(verdict, "known fault") == 0;
}

void gate_count_outcomes(const char *outcomes, uint64_t *good, uint64_t *bad)
{
    static const char *const GOOD[] = {"ok ", "validated ", "complete "};
    *good = 0;
    *bad = 0;
    while (*outcomes) {
        const size_t len = strcspn(outcomes, ",");
        const char *count = outcomes + len;
        bool is_good = false;
        while (count > outcomes && count[-1] != ' ')
            count--;
        for (size_t i = 0; i < sizeof GOOD / sizeof *GOOD; i++)
            is_good = is_good || strncmp(outcomes, GOOD[i], strlen(GOOD[i])) == 0;
        uint64_t number = 0;
        bool fits = true;
        (void)core_number_digits(count, &number, &fits);
        *(is_good ? good : bad) += number;
        outcomes += len + strspn(outcomes + len, ", ");
    }
}

/* What a library cannot do is worse than what it does, and better than what it does wrong. */
static int rank_verdict(const char *verdict)
{
    return gate_is_good(verdict) ? 2 : strcmp(verdict, "unsupported") == 0;
}

static gate_weight weigh_verdicts(const char *was, const char *is)
{
    return rank_verdict(is) > rank_verdict(was) ? GATE_BETTER : GATE_WORSE;
}

/* Fewer failures and no fewer successes are better. Any other change of outcomes is worth a look. */
static gate_weight weigh_outcomes(const char *was, const char *is)
{
    uint64_t good_before;
    uint64_t bad_before;
    uint64_t good_after;
    uint64_t bad_after;
    gate_count_outcomes(was, &good_before, &bad_before);
    gate_count_outcomes(is, &good_after, &bad_after);
    return bad_after < bad_before && good_after >= good_before ? GATE_BETTER : GATE_WORSE;
}

static void compare_texts(gate_comparison *self, const char *measure, const json_t *was, const json_t *is,
                          gate_weight (*weigh)(const char *was, const char *is))
{
    gate_change *change = NULL;
    for (size_t i = 0; i < self->seeds && !self->failed; i++) {
        const char *const before = json_string_value(baseline_of_seed(was, i));
        const char *const after = json_string_value(baseline_of_seed(is, i));
        if (strcmp(before, after) == 0)
            continue;
        const gate_weight weight = weigh(before, after);
        if (!change && !(change = gate_add_change(self, measure)))
            return;
        change->seeds_moved++;
        if (change->seeds_moved > 1 && weight <= change->weight)
            continue;
        change->weight = weight;
        change->worst_seed = self->first + i;
        (void)snprintf(change->was, sizeof change->was, "%s", before[0] ? before : "none");
        (void)snprintf(change->is, sizeof change->is, "%s", after[0] ? after : "none");
    }
}

/* ---- times ---- */

/* How far it moved; a time that is gone, or came, is an outcome and no move. */
static int64_t moved(const json_t *was, const json_t *is)
{
    if (!json_is_integer(was) || !json_is_integer(is))
        return 0;
    return (int64_t)json_integer_value(is) - (int64_t)json_integer_value(was);
}

int64_t gate_tolerance_of(const gate_tolerance *tolerance, const char *kind)
{
    if (strcmp(kind, measure_kind_name(MEASURE_GAP)) == 0)
        return (int64_t)tolerance->gap_ns;
    if (strcmp(kind, measure_kind_name(MEASURE_REBIND)) == 0)
        return (int64_t)tolerance->rebind_ns;
    return (int64_t)tolerance->validation_ns;
}

/* The move that counts: the farthest for the worse, or, when none is, the farthest for the better. */
typedef struct extreme {
    int64_t by_ns;
    const char *name; /* of the percentile; NULL: of a seed */
    const json_t *was;
    const json_t *is;
    size_t seed;
} extreme;

static void consider(extreme *farthest, const extreme *candidate)
{
    const int64_t by = candidate->by_ns;
    if ((by > 0 && by > farthest->by_ns) || (by < 0 && farthest->by_ns <= 0 && by < farthest->by_ns))
        *farthest = *candidate;
}

static void time_text(const json_t *value, char text[GATE_TEXT_MAX])
{
    char time[TABLE_TIME_MAX];
    (void)table_time(json_is_integer(value) ? (uint64_t)json_integer_value(value) : UINT64_MAX, time);
    (void)snprintf(text, GATE_TEXT_MAX, "%s", time);
}

void gate_time_by(int64_t by_ns, char text[GATE_TEXT_MAX])
{
    char time[TABLE_TIME_MAX];
    (void)snprintf(text, GATE_TEXT_MAX, "%c%s", by_ns < 0 ? '-' : '+',
                   table_time((uint64_t)llabs(by_ns), time));
}

static void compare_times(gate_comparison *self, const char *measure, const json_t *was, const json_t *is)
{
    static const struct {
        const char *name;
        const char *shown;
    } PERCENTILES[] = {{"p50_ns", "50 %"}, {"p90_ns", "90 %"}, {"p99_ns", "99 %"}, {"max_ns", "max"}};
    const int64_t tolerance =
        gate_tolerance_of(self->tolerance, json_string_value(json_object_get(was, "kind")));
    extreme farthest = {0};
    extreme of_seeds = {0};
    size_t count = 0;
    for (size_t i = 0; i < self->seeds; i++) {
        extreme at = {.was = baseline_of_seed(json_object_get(was, "worst_ns"), i),
                      .is = baseline_of_seed(json_object_get(is, "worst_ns"), i),
                      .name = "worst of a seed",
                      .seed = i};
        at.by_ns = moved(at.was, at.is);
        count += at.by_ns != 0;
        consider(&of_seeds, &at);
    }
    for (size_t i = 0; i < sizeof PERCENTILES / sizeof *PERCENTILES; i++) {
        extreme at = {.was = json_object_get(was, PERCENTILES[i].name),
                      .is = json_object_get(is, PERCENTILES[i].name),
                      .name = PERCENTILES[i].shown,
                      .seed = of_seeds.seed};
        at.by_ns = moved(at.was, at.is);
        consider(&farthest, &at);
    }
    if (of_seeds.by_ns != 0 && (farthest.by_ns == 0 || of_seeds.by_ns > farthest.by_ns))
        farthest = of_seeds;
    if (farthest.by_ns == 0)
        return;
    gate_change *const change = gate_add_change(self, measure);
    if (!change)
        return;
    change->weight = farthest.by_ns >= tolerance    ? GATE_WORSE
                     : farthest.by_ns <= -tolerance ? GATE_BETTER
                                                    : GATE_SLIGHT;
    change->by_ns = farthest.by_ns;
    change->seeds_moved = count;
    change->worst_seed = self->first + of_seeds.seed;
    (void)snprintf(change->what, sizeof change->what, "%s", farthest.name);
    time_text(farthest.was, change->was);
    time_text(farthest.is, change->is);
    gate_time_by(farthest.by_ns, change->by);
    gate_compare_parts(change, was, is);
}

/* ---- series and combinations ---- */

const json_t *gate_find_series(const json_t *combination, const json_t *like)
{
    const json_t *const all = json_object_get(combination, "series");
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *const one = json_array_get(all, i);
        if (json_equal(json_object_get(one, "kind"), json_object_get(like, "kind")) &&
            json_equal(json_object_get(one, "label"), json_object_get(like, "label")))
            return one;
    }
    return NULL;
}

void gate_series_name(const json_t *series, char name[GATE_TEXT_MAX])
{
    (void)snprintf(name, GATE_TEXT_MAX, "%s: %s", json_string_value(json_object_get(series, "kind")),
                   json_string_value(json_object_get(series, "label")));
}

static void only_one_has(gate_comparison *self, const char *measure, bool gone)
{
    gate_change *const change = gate_add_change(self, measure);
    if (!change)
        return;
    change->weight = gone ? GATE_WORSE : GATE_SLIGHT;
    change->seeds_moved = self->seeds;
    (void)snprintf(change->was, sizeof change->was, "%s", gone ? "measured" : "not measured");
    (void)snprintf(change->is, sizeof change->is, "%s", gone ? "not measured" : "measured");
}

static void compare_combination(gate_comparison *self, const json_t *was, const json_t *is)
{
    char name[GATE_TEXT_MAX];
    const json_t *const before = json_object_get(was, "series");
    const json_t *const after = json_object_get(is, "series");
    compare_texts(self, "verdict", json_object_get(was, "verdicts"), json_object_get(is, "verdicts"),
                  weigh_verdicts);
    gate_compare_failures(self, was, is);
    gate_compare_rules(self, was, is);
    for (size_t i = 0; i < json_array_size(before) && !self->failed; i++) {
        const json_t *const one = json_array_get(before, i);
        const json_t *const other = gate_find_series(is, one);
        gate_series_name(one, name);
        if (!other) {
            only_one_has(self, name, true);
            continue;
        }
        compare_texts(self, name, json_object_get(one, "outcomes"), json_object_get(other, "outcomes"),
                      weigh_outcomes);
        compare_times(self, name, one, other);
        gate_compare_fields(self, one, other);
    }
    for (size_t i = 0; i < json_array_size(after) && !self->failed; i++) {
        const json_t *const one = json_array_get(after, i);
        gate_series_name(one, name);
        if (!gate_find_series(was, one))
            only_one_has(self, name, false);
    }
}

static const json_t *find_combination(const json_t *baseline, const json_t *name)
{
    const json_t *const all = json_object_get(baseline, "combinations");
    for (size_t i = 0; i < json_array_size(all); i++)
        if (json_equal(json_object_get(json_array_get(all, i), "combination"), name))
            return json_array_get(all, i);
    return NULL;
}

/* Those of `of`, compared with what `with` has of the same name. */
static void compare_combinations(gate_comparison *self, const json_t *of, const json_t *with, bool gone)
{
    const json_t *const all = json_object_get(of, "combinations");
    for (size_t i = 0; i < json_array_size(all) && !self->failed; i++) {
        const json_t *const one = json_array_get(all, i);
        const json_t *const name = json_object_get(one, "combination");
        const json_t *const other = find_combination(with, name);
        self->combination = json_string_value(name);
        if (!other)
            only_one_has(self, "combination", gone);
        else if (gone && baseline_is_exact(self->was))
            compare_combination(self, one, other);
        else if (gone)
            gate_compare_samples(self, one, other);
    }
}

/* The seeds that replay them: those that their combinations had. */
static void name_own_seeds(gate_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        changes[i].worst_seed = own_seed(changes[i].worst_seed, changes[i].combination);
}

bool gate_compare(const json_t *was, const json_t *is, const gate_tolerance *tolerance, gate_changes *out)
{
    gate_comparison self = {.was = was, .is = is, .tolerance = tolerance, .out = out};
    const size_t before = out->count;
    uint64_t first;
    uint64_t last;
    baseline_seeds(was, &self.first, &last);
    self.seeds = (size_t)(last - self.first) + 1;
    baseline_seeds(is, &first, &last);
    assert(first == self.first && last - first + 1 == self.seeds);
    compare_combinations(&self, was, is, true);
    compare_combinations(&self, is, was, false);
    if (baseline_is_independent(is))
        name_own_seeds(out->items + before, out->count - before);
    return !self.failed;
}

void gate_changes_free(gate_changes *changes)
{
    free(changes->items);
    *changes = (gate_changes){0};
}
