/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/table.h"
#include "tools/gate/internal.h"
#include "tools/stats/paired.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERDICT "verdict"

enum { TAIL_PERCENT = 90 };

/* What one seed gave of a series. */
typedef struct sample_point {
    uint64_t value_ns; /* MEASURE_NONE: never */
    bool failed;
    bool absent;
} sample_point;

typedef struct sample_pair {
    sample_point was;
    sample_point is;
} sample_pair;

/* ---- samples from a baseline ---- */

static sample_point point_of(const json_t *series, size_t index)
{
    uint64_t good = 0;
    uint64_t bad = 0;
    if (series)
        gate_count_outcomes(json_string_value(baseline_of_seed(json_object_get(series, "outcomes"), index)),
                            &good, &bad);
    const json_t *const value = series ? baseline_of_seed(json_object_get(series, "worst_ns"), index) : NULL;
    return (sample_point){.value_ns =
                              json_is_integer(value) ? (uint64_t)json_integer_value(value) : MEASURE_NONE,
                          .failed = bad > 0,
                          .absent = good + bad == 0};
}

static int64_t difference(const sample_pair *pair)
{
    if (pair->was.value_ns == pair->is.value_ns)
        return 0;
    if (pair->is.value_ns == MEASURE_NONE)
        return PAIRED_NEVER;
    return pair->was.value_ns == MEASURE_NONE ? -PAIRED_NEVER
                                              : (int64_t)(pair->is.value_ns - pair->was.value_ns);
}

/* Of one side, sorted: the value that p percent do not exceed. */
static uint64_t percentile(const sample_pair *pairs, size_t count, bool is, unsigned p, uint64_t *scratch)
{
    for (size_t i = 0; i < count; i++)
        scratch[i] = is ? pairs[i].is.value_ns : pairs[i].was.value_ns;
    statistics_sort(scratch, count);
    return scratch[(count * p + 99) / 100 - 1];
}

/* ---- hypotheses ---- */

static void finish(gate_change *change, double worse, double better)
{
    change->by_chance = true;
    change->chance = worse;
    change->chance_better = better;
}

static void share_text(uint64_t part, size_t count, char text[GATE_TEXT_MAX])
{
    (void)snprintf(text, GATE_TEXT_MAX, "%.1f %%", 100 * (double)part / (double)count);
}

gate_change *gate_compare_shares(gate_comparison *self, const char *measure, const char *of,
                                 gate_property_fn *has, const void *ctx)
{
    paired_counts counts = {0};
    size_t worst = 0;
    for (size_t i = self->seeds; i-- > 0;) {
        const bool was = has(ctx, i, false);
        const bool is = has(ctx, i, true);
        *(was ? is ? &counts.both : &counts.only_before : is ? &counts.only_after : &counts.neither) += 1;
        worst = !was && is ? i : worst;
    }
    const uint64_t moved = counts.only_before + counts.only_after;
    gate_change *const change = moved > 0 ? gate_add_change(self, measure) : NULL;
    if (!change)
        return NULL;
    const paired_share share = paired_share_of(&counts);
    finish(change, paired_sign_test(counts.only_after, counts.only_before),
           paired_sign_test(counts.only_before, counts.only_after));
    change->seeds_moved = (size_t)moved;
    change->worst_seed = self->first + worst;
    (void)snprintf(change->what, sizeof change->what, "%s", of);
    share_text(counts.both + counts.only_before, self->seeds, change->was);
    share_text(counts.both + counts.only_after, self->seeds, change->is);
    (void)snprintf(change->by, sizeof change->by, "%+.1f points", 100 * share.value);
    (void)snprintf(change->interval, sizeof change->interval, "%+.1f to %+.1f points", 100 * share.low,
                   100 * share.high);
    return change;
}

static bool has_failed(const void *ctx, size_t index, bool is)
{
    const sample_pair *const pair = (const sample_pair *)ctx + index;
    return is ? pair->is.failed : pair->was.failed;
}

static bool is_absent(const void *ctx, size_t index, bool is)
{
    const sample_pair *const pair = (const sample_pair *)ctx + index;
    return is ? pair->is.absent : pair->was.absent;
}

typedef struct beyond {
    const sample_pair *pairs;
    uint64_t limit_ns;
    int64_t tolerance_ns;
} beyond;

/* A pair that lies within the tolerance does not cross the limit. */
static bool is_beyond(const void *ctx, size_t index, bool is)
{
    const beyond *const self = ctx;
    const sample_pair *const pair = &self->pairs[index];
    const bool apart = llabs(difference(pair)) >= self->tolerance_ns;
    return (is && apart ? pair->is.value_ns : pair->was.value_ns) > self->limit_ns;
}

/* A share of seeds that are late: later than 90 % of all, before and after together, are. */
static void compare_tail(gate_comparison *self, const char *name, int64_t tolerance, const sample_pair *pairs)
{
    char limit[TABLE_TIME_MAX];
    char of[GATE_TEXT_MAX];
    beyond late = {.pairs = pairs, .tolerance_ns = tolerance};
    const size_t count = self->seeds;
    uint64_t *const all = calloc(2 * count, sizeof *all);
    if (!all) {
        self->failed = true;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        all[2 * i] = pairs[i].was.value_ns;
        all[2 * i + 1] = pairs[i].is.value_ns;
    }
    statistics_sort(all, 2 * count);
    late.limit_ns = all[(2 * count * TAIL_PERCENT + 99) / 100 - 1];
    free(all);
    if (late.limit_ns == MEASURE_NONE)
        return;
    (void)snprintf(of, sizeof of, "over %s", table_time(late.limit_ns, limit));
    gate_change *const change = gate_compare_shares(self, name, of, is_beyond, &late);
    if (change)
        change->tail = true;
}

static const char *signed_time(int64_t by_ns, char text[GATE_TEXT_MAX])
{
    char time[TABLE_TIME_MAX];
    if (by_ns == PAIRED_NEVER || by_ns == -PAIRED_NEVER)
        (void)snprintf(text, GATE_TEXT_MAX, "%s", by_ns > 0 ? "never" : "no longer never");
    else
        (void)snprintf(text, GATE_TEXT_MAX, "%c%s", by_ns < 0 ? '-' : '+',
                       table_time((uint64_t)llabs(by_ns), time));
    return text;
}

static void interval_text(const paired_shift *shift, char text[GATE_TEXT_MAX])
{
    char low[GATE_TEXT_MAX];
    char high[GATE_TEXT_MAX];
    (void)snprintf(text, GATE_TEXT_MAX, "%.60s to %.60s",
                   shift->low == -PAIRED_NEVER ? "no lower bound" : signed_time(shift->low, low),
                   shift->high == PAIRED_NEVER ? "no upper bound" : signed_time(shift->high, high));
}

static void time_text(uint64_t value_ns, char text[GATE_TEXT_MAX])
{
    char time[TABLE_TIME_MAX];
    (void)snprintf(text, GATE_TEXT_MAX, "%s",
                   value_ns == MEASURE_NONE ? "never" : table_time(value_ns, time));
}

static void compare_typical(gate_comparison *self, const char *name, int64_t tolerance,
                            const sample_pair *pairs)
{
    const size_t count = self->seeds;
    int64_t *const differences = calloc(2 * count, sizeof *differences);
    uint64_t *const scratch = calloc(count, sizeof *scratch);
    size_t worst = 0;
    for (size_t i = 0; differences && i < count; i++) {
        differences[i] = difference(&pairs[i]);
        differences[count + i] = -differences[i];
        worst = differences[i] > differences[worst] ? i : worst;
    }
    const paired_shift shift =
        differences && scratch ? paired_shift_of(differences, count) : (paired_shift){0};
    gate_change *const change = shift.moved > 0 ? gate_add_change(self, name) : NULL;
    if (change) {
        finish(change, paired_signed_rank(differences, count),
               paired_signed_rank(differences + count, count));
        change->slight = shift.value > -tolerance && shift.value < tolerance;
        change->by_ns = shift.value == PAIRED_NEVER || shift.value == -PAIRED_NEVER ? 0 : shift.value;
        change->seeds_moved = shift.moved;
        change->worst_seed = self->first + worst;
        (void)snprintf(change->what, sizeof change->what, "typical");
        time_text(percentile(pairs, count, false, 50, scratch), change->was);
        time_text(percentile(pairs, count, true, 50, scratch), change->is);
        (void)signed_time(shift.value, change->by);
        interval_text(&shift, change->interval);
    }
    self->failed = self->failed || !differences || !scratch;
    free(differences);
    free(scratch);
}

/* was or is: NULL when that side has no such series, so that all its seeds lack it. */
static void compare_series(gate_comparison *self, const json_t *was, const json_t *is)
{
    char name[GATE_TEXT_MAX];
    const char *const kind = json_string_value(json_object_get(was ? was : is, "kind"));
    const bool rebind = strcmp(kind, measure_kind_name(MEASURE_REBIND)) == 0;
    sample_pair *const pairs = calloc(self->seeds, sizeof *pairs);
    gate_series_name(was ? was : is, name);
    for (size_t i = 0; pairs && i < self->seeds; i++) {
        pairs[i] = (sample_pair){point_of(was, i), point_of(is, i)};
        if (!rebind) { /* a rebind that did not happen is no failure of it */
            pairs[i].was.failed |= pairs[i].was.absent;
            pairs[i].is.failed |= pairs[i].is.absent;
        }
    }
    if (!pairs) {
        self->failed = true;
        return;
    }
    (void)gate_compare_shares(self, name, rebind ? "not validated" : "failed", has_failed, pairs);
    gate_change *const noticed =
        rebind ? gate_compare_shares(self, name, "not noticed", is_absent, pairs) : NULL;
    if (noticed) { /* neither way is better */
        noticed->chance = fmin(1, 2 * fmin(noticed->chance, noticed->chance_better));
        noticed->chance_better = 1;
    }
    const int64_t tolerance = gate_tolerance_of(self->tolerance, kind);
    const size_t before = self->out->count;
    compare_typical(self, name, tolerance, pairs);
    if (self->out->count > before)
        gate_compare_parts(&self->out->items[before], was, is);
    compare_tail(self, name, tolerance, pairs);
    free(pairs);
}

/* ---- verdicts ---- */

typedef struct verdicts {
    const json_t *was;
    const json_t *is;
} verdicts;

static const char *verdict_of(const verdicts *self, size_t index, bool is)
{
    return json_string_value(baseline_of_seed(is ? self->is : self->was, index));
}

static bool is_not_good(const void *ctx, size_t index, bool is)
{
    return !gate_is_good(verdict_of(ctx, index, is));
}

/* What chance does not excuse: a program that crashes, or that contradicts its taps. */
static bool is_fault(const void *ctx, size_t index, bool is)
{
    const char *const verdict = verdict_of(ctx, index, is);
    return !gate_is_good(verdict) && strcmp(verdict, "failed") != 0 && strcmp(verdict, "unsupported") != 0;
}

static void compare_verdicts(gate_comparison *self, const verdicts *both, const char *failure)
{
    gate_change *const share = gate_compare_shares(self, VERDICT, "not passed", is_not_good, both);
    if (share && failure && share->chance < share->chance_better)
        (void)snprintf(share->what, sizeof share->what, "not passed: %.300s", failure);
    for (size_t i = 0; i < self->seeds; i++)
        if (is_fault(both, i, false))
            return;
    gate_change *const change =
        gate_compare_shares(self, VERDICT, "crashed, hung or contradicted", is_fault, both);
    if (change) {
        change->by_chance = false;
        change->weight = GATE_WORSE;
    }
}

void gate_compare_samples(gate_comparison *self, const json_t *was, const json_t *is)
{
    const json_t *const before = json_object_get(was, "series");
    const json_t *const after = json_object_get(is, "series");
    const verdicts both = {json_object_get(was, "verdicts"), json_object_get(is, "verdicts")};
    compare_verdicts(self, &both, gate_worst_failure(was, is));
    gate_compare_failures(self, was, is);
    gate_sample_rules(self, was, is);
    for (size_t i = 0; i < json_array_size(before) && !self->failed; i++)
        compare_series(self, json_array_get(before, i), gate_find_series(is, json_array_get(before, i)));
    for (size_t i = 0; i < json_array_size(after) && !self->failed; i++)
        if (!gate_find_series(was, json_array_get(after, i)))
            compare_series(self, NULL, json_array_get(after, i));
}

/* ---- all together ---- */

/* The false discovery rates of one direction instead of its chances. */
static bool adjust(gate_changes *changes, bool better)
{
    double *const values = calloc(changes->count + 1, sizeof *values);
    size_t count = 0;
    for (size_t i = 0; values && i < changes->count; i++)
        if (changes->items[i].by_chance)
            values[count++] = better ? changes->items[i].chance_better : changes->items[i].chance;
    const bool good = values && paired_discoveries(values, count);
    count = 0;
    for (size_t i = 0; good && i < changes->count; i++)
        if (changes->items[i].by_chance)
            *(better ? &changes->items[i].chance_better : &changes->items[i].chance) = values[count++];
    free(values);
    return good;
}

static gate_weight weigh(const gate_change *change)
{
    if (change->chance <= GATE_DISCOVERY_RATE)
        return change->slight ? GATE_SLIGHT : GATE_WORSE;
    if (change->chance_better <= GATE_DISCOVERY_RATE)
        return change->slight ? GATE_SLIGHT : GATE_BETTER;
    /* Runs that fail now are reported, even where chance explains them. */
    return strcmp(change->measure, VERDICT) == 0 && change->chance < change->chance_better ? GATE_SLIGHT
                                                                                           : GATE_CHANCE;
}

/* The tail says nothing more where the typical value, which stands before it, moved the same way. */
static bool says_more(const gate_change *change, const gate_change *before)
{
    return !before || !change->tail || before->weight != change->weight ||
           strcmp(before->measure, change->measure) != 0 || before->combination != change->combination;
}

bool gate_changes_settle(gate_changes *changes)
{
    size_t kept = 0;
    if (!adjust(changes, false) || !adjust(changes, true))
        return false;
    changes->tested = 0;
    for (size_t i = 0; i < changes->count; i++) {
        gate_change *const change = &changes->items[i];
        if (change->by_chance) {
            changes->tested++;
            change->weight = weigh(change);
        }
        if (change->weight == GATE_CHANCE)
            continue;
        if (says_more(change, kept > 0 ? &changes->items[kept - 1] : NULL))
            changes->items[kept++] = *change;
    }
    changes->count = kept;
    return gate_changes_order(changes);
}
