/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/expect/over.h"

#include "sim/record/rank.h"
#include "sim/record/room.h"
#include "sim/scenario/units.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 3 }; /* of those that fail, in the text */

typedef struct taking {
    const scenario *whole;
    const scenario_over *over;
    bool is_rate; /* values are rates, of which the smaller is the worse; else times */
    expect_over *to;
    uint64_t *values; /* of all, ROAM_NEVER where there is none */
    size_t room;
    bool valued; /* one has a value */
    uint32_t failed[NAMES_MAX];
    bool no_memory;
} taking;

/* --- one by one --- */

/* What fails comes before what holds, then the worse value, then the earlier one. */
static bool is_worse(const expect_over_item *item, const expect_over_item *than, bool is_rate)
{
    if (item->held != than->held)
        return !item->held;
    return is_rate ? item->value < than->value : item->value > than->value;
}

static void keep(expect_over *to, const expect_over_item *item, bool is_rate)
{
    size_t place = to->worst_count;
    while (place > 0 && is_worse(item, &to->worst[place - 1], is_rate))
        place--;
    if (place == EXPECT_WORST_MAX)
        return;
    const size_t kept = to->worst_count < EXPECT_WORST_MAX ? to->worst_count : EXPECT_WORST_MAX - 1;
    memmove(&to->worst[place + 1], &to->worst[place], (kept - place) * sizeof *to->worst);
    to->worst[place] = *item;
    to->worst_count = kept + 1;
}

static void take(void *ctx, uint32_t node, const expect_outcome *one)
{
    taking *const self = ctx;
    expect_over_item item = {.node = node, .held = one->held, .value = one->value};
    uint64_t *const values = room_for_one(self->values, self->to->count, &self->room, sizeof *values);
    if (!values) {
        self->no_memory = true;
        return;
    }
    self->values = values;
    (void)snprintf(item.text, sizeof item.text, "%s", one->text);
    self->values[self->to->count++] = one->value;
    self->valued |= one->value != ROAM_NEVER;
    if (!one->held && self->to->failed < NAMES_MAX)
        self->failed[self->to->failed] = node;
    self->to->failed += !one->held;
    keep(self->to, &item, self->is_rate);
}

/* --- percentiles --- */

/* From the best to the worst of the bound: of a least value the largest is the best, but no value is always
 * the worst. */
static uint64_t rank(const uint64_t *sorted, size_t count, const scenario_percentile *of)
{
    const size_t place = (size_t)rank_nearest(count, of->share_ppb, SCENARIO_PPB);
    size_t none = 0;
    while (none < count && sorted[count - 1 - none] == ROAM_NEVER)
        none++;
    if (of->bound.max < UINT64_MAX)
        return sorted[place - 1];
    return place > count - none ? ROAM_NEVER : sorted[count - none - place];
}

static bool take_percentiles(taking *self)
{
    bool held = self->to->count > 0;
    rank_sort(self->values, self->to->count);
    for (size_t i = 0; i < self->over->percentile_count && self->to->count > 0; i++) {
        const scenario_percentile *const of = &self->over->percentiles[i];
        const uint64_t value = rank(self->values, self->to->count, of);
        self->to->percentiles[i] = value;
        held = held && value != ROAM_NEVER && expect_within(value, &of->bound);
    }
    return held;
}

/* --- words --- */

static void append_failed(const taking *self, expect_outcome *outcome)
{
    const expect_over *const to = self->to;
    char part[EXPECT_LIST_MAX];
    (void)snprintf(part, sizeof part, "%zu of %zu %s: ", to->failed, to->count,
                   to->failed == 1 ? "fails" : "fail");
    expect_append(outcome->text, sizeof outcome->text, part);
    for (size_t i = 0; i < to->failed && i < NAMES_MAX; i++) {
        (void)snprintf(part, sizeof part, "%s%s", i > 0 ? ", " : "",
                       self->whole->nodes[self->failed[i]].name);
        expect_append(outcome->text, sizeof outcome->text, part);
    }
    if (to->failed > NAMES_MAX) {
        (void)snprintf(part, sizeof part, " and %zu more", to->failed - NAMES_MAX);
        expect_append(outcome->text, sizeof outcome->text, part);
    }
    expect_append(outcome->text, sizeof outcome->text, "; ");
}

/* "p99 12.000 ms, " */
static void append_percentiles(const taking *self, expect_outcome *outcome)
{
    for (size_t i = 0; i < self->over->percentile_count; i++) {
        char part[EXPECT_LIST_MAX];
        char value[EXPECT_TIME_MAX];
        (void)snprintf(part, sizeof part, "%s %s, ", self->over->percentiles[i].name,
                       (self->is_rate ? expect_rate : expect_time)(self->to->percentiles[i], value));
        expect_append(outcome->text, sizeof outcome->text, part);
    }
}

static void append_wanted(const scenario_over *over, bool is_rate, expect_outcome *outcome)
{
    bool any = strstr(outcome->text, ", wanted ") != NULL;
    char bound[EXPECT_LIST_MAX];
    char part[EXPECT_LIST_MAX + 16];
    for (size_t i = 0; i < over->percentile_count; i++, any = true) {
        (void)snprintf(part, sizeof part, "%s%s %s", any ? ", " : ", wanted ", over->percentiles[i].name,
                       (is_rate ? expect_rates : expect_bound)(&over->percentiles[i].bound, bound));
        expect_append(outcome->text, sizeof outcome->text, part);
    }
    if (over->share.min == SCENARIO_PPB && over->share.max == SCENARIO_PPB)
        return;
    (void)snprintf(part, sizeof part, "%sshare %s", any ? ", " : ", wanted ",
                   expect_share(&over->share, bound));
    expect_append(outcome->text, sizeof outcome->text, part);
}

static void say(const taking *self, bool held, expect_outcome *outcome)
{
    const expect_over *const to = self->to;
    expect_say(outcome, held, "%s", "");
    if (to->count == 0) {
        expect_append(outcome->text, sizeof outcome->text, "never called");
    } else {
        const expect_over_item *const worst = &to->worst[0];
        const bool alike = !self->valued && to->failed == 0;
        char part[EXPECT_LIST_MAX];
        if (to->failed > 0)
            append_failed(self, outcome);
        append_percentiles(self, outcome);
        if (alike)
            (void)snprintf(part, sizeof part, "all %zu, %s: ", to->count,
                           self->whole->nodes[worst->node].name);
        else
            (void)snprintf(part, sizeof part, "at worst %s%s: ", self->whole->nodes[worst->node].name,
                           to->failed > 0 ? "" : " of all");
        expect_append(outcome->text, sizeof outcome->text, part);
        expect_append(outcome->text, sizeof outcome->text, worst->text);
    }
    append_wanted(self->over, self->is_rate, outcome);
}

/* --- all of it --- */

static void judge_members(const scenario *whole, const scenario_expectation *expectation,
                          const expect_evidence *evidence, taking *self)
{
    const scenario_over *const over = expectation->over;
    const expect_kind *const kind = scenario_expect_kind_of(expectation->kind);
    for (size_t i = 0; i < over->count; i++) {
        expect_outcome one = {.value = ROAM_NEVER};
        kind->judge(whole, &over->members[i], evidence, &one);
        take(self, over->nodes ? over->nodes[i] : over->group->first + (uint32_t)i, &one);
    }
}

void expect_judge_over(const scenario *whole, const scenario_expectation *expectation,
                       const expect_evidence *evidence, expect_outcome *outcome)
{
    const expect_kind *const kind = scenario_expect_kind_of(expectation->kind);
    taking self = {
        .whole = whole, .over = expectation->over, .is_rate = kind->ranked, .to = calloc(1, sizeof *self.to)};
    outcome->over = self.to;
    if (self.to && expectation->over->members)
        judge_members(whole, expectation, evidence, &self);
    else if (self.to)
        kind->each(whole, expectation, evidence, take, &self);
    if (!self.to || self.no_memory) {
        expect_say(outcome, false, "out of memory");
    } else {
        const bool ranked = take_percentiles(&self);
        const size_t good = self.to->count - self.to->failed;
        say(&self, ranked && expect_is_share(good, self.to->count, &expectation->over->share), outcome);
    }
    free(self.values);
}

void expect_outcomes_fini(expect_outcome *outcomes, size_t count)
{
    for (size_t i = 0; outcomes && i < count; i++) {
        free(outcomes[i].over);
        outcomes[i].over = NULL;
    }
}
