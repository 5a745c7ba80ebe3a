/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/variants.h"

#include "sim/scenario/expect_kind.h"
#include "sim/scenario/verb.h"

#include "core/hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- what is written --- */

static bool same_text(const char *a, const char *b)
{
    return !a == !b && (!a || strcmp(a, b) == 0);
}

static bool same_place(const scenario_place *a, const scenario_place *b)
{
    return a->line == b->line && a->column == b->column && a->file == b->file;
}

static bool same_tree(const tree_node *a, const tree_node *b)
{
    if (!a || !b)
        return a == b;
    if (a == b)
        return true;
    if (a->kind != b->kind || a->quoted != b->quoted || a->count != b->count || a->member != b->member ||
        !a->group != !b->group || !same_text(a->key, b->key) || !same_text(a->text, b->text))
        return false;
    const tree_node *other = b->first;
    for (const tree_node *child = a->first; child; child = child->next, other = other->next)
        if (!same_tree(child, other))
            return false;
    return true;
}

/* The first one from there that is compared as it is written. What `params` and `vary` give is in its place
 * already. */
static const tree_node *next_section(const tree_node *section)
{
    static const char *const APART[] = {"about",    "gate",   "vary",       "params",
                                        "timeline", "expect", "known_fault"};
    for (; section; section = section->next) {
        bool apart = false;
        for (size_t i = 0; i < sizeof APART / sizeof APART[0]; i++)
            apart = apart || same_text(section->key, APART[i]);
        if (!apart)
            return section;
    }
    return NULL;
}

static bool same_sections(const tree_node *a, const tree_node *b)
{
    const tree_node *one = next_section(a->first);
    const tree_node *other = next_section(b->first);
    while (one && other && same_tree(one, other)) {
        one = next_section(one->next);
        other = next_section(other->next);
    }
    return !one && !other;
}

/* What they name: a file that was changed between two loads is not the same. */
static bool same_files(const scenario *a, const scenario *b)
{
    for (const scenario_text *one = a->texts->next; one; one = one->next)
        for (const scenario_text *other = b->texts->next; other; other = other->next)
            if (strcmp(one->name, other->name) == 0 &&
                (one->bytes != other->bytes || memcmp(one->text, other->text, one->bytes) != 0))
                return false;
    return true;
}

/* What another QUIC library does is not known. */
static bool has_endpoints(const scenario *whole)
{
    for (size_t i = 0; i < whole->node_count; i++)
        if (whole->nodes[i].endpoint != SCENARIO_NONE)
            return true;
    return false;
}

/* --- expectations --- */

static bool same_places(const scenario_expectation *a, const scenario_expectation *b, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (a[i].kind != b[i].kind || !same_place(&a[i].place, &b[i].place))
            return false;
    return true;
}

/* Written alike, and `when` leaves out the same. */
static bool same_expectations(const scenario *a, const scenario *b)
{
    return a->expectation_count == b->expectation_count &&
           a->known_fault.expectation_count == b->known_fault.expectation_count &&
           same_tree(tree_get(a->written, "expect"), tree_get(b->written, "expect")) &&
           same_tree(tree_get(a->written, "known_fault"), tree_get(b->written, "known_fault")) &&
           same_places(a->expectations, b->expectations, a->expectation_count) &&
           same_places(a->known_fault.expectations, b->known_fault.expectations,
                       a->known_fault.expectation_count);
}

static bool are_asked(const scenario_expectation *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (scenario_expect_kind_of(items[i].kind)->asked)
            return true;
    return false;
}

static bool asks_before(const scenario *whole)
{
    return are_asked(whole->expectations, whole->expectation_count) ||
           are_asked(whole->known_fault.expectations, whole->known_fault.expectation_count);
}

/* --- events --- */

/* How many have a time of their own. */
static size_t timed_count(const scenario *whole)
{
    return whole->after_count > 0 ? whole->afters[0]->first : whole->event_count;
}

/* Of two entries that are written alike, and have begun. */
static bool same_event(const scenario_event *a, const scenario_event *b)
{
    const scenario_impair *const one = scenario_event_impair(a);
    const scenario_impair *const other = scenario_event_impair(b);
    assert(a->entry && b->entry);
    return a->at_ns == b->at_ns && a->verb == b->verb && a->ends == b->ends && a->until_ns == b->until_ns &&
           a->repetition == b->repetition && a->node == b->node && a->to == b->to && a->peer == b->peer &&
           a->network == b->network && a->via == b->via && a->nat == b->nat && a->direction == b->direction &&
           !a->after == !b->after && !one == !other && (!one || one->turn == other->turn) &&
           same_place(&a->place, &b->place) && same_tree(a->entry->written, b->entry->written);
}

/* The number of leading ones that are the same in both. */
static size_t same_events(const scenario_event *a, const scenario_event *b, size_t most)
{
    size_t count = 0;
    while (count < most && same_event(&a[count], &b[count]))
        count++;
    return count;
}

/* Those that an instant starts, which may come at any time, and where they stand among all. */
static bool same_started(const scenario *a, const scenario *b)
{
    const size_t timed = timed_count(a);
    const size_t started = a->event_count - timed;
    if (a->after_count == 0 && b->after_count == 0)
        return true;
    return a->after_count == b->after_count && timed == timed_count(b) && a->event_count == b->event_count &&
           same_events(a->events + timed, b->events + timed, started) == started;
}

/* What a run may prepare for. */
static uint64_t kind_of(const scenario_event *event)
{
    const scenario_impair *const impair = scenario_event_impair(event);
    const scenario_attack *const attack = scenario_event_attack(event);
    const uint32_t kind[] = {(uint32_t)event->verb,
                             event->node,
                             event->to,
                             impair && impair->frame != SCENARIO_FRAME_ANY,
                             attack ? (uint32_t)attack->kind : SCENARIO_NONE,
                             attack ? attack->from : SCENARIO_NONE};
    uint64_t hash = CORE_HASH_START;
    for (size_t i = 0; i < sizeof kind / sizeof kind[0]; i++)
        hash = core_hash_mix(hash ^ kind[i]);
    return hash;
}

static int compare_kinds(const void *a, const void *b)
{
    const uint64_t one = *(const uint64_t *)a;
    const uint64_t other = *(const uint64_t *)b;
    return one < other ? -1 : one > other;
}

/* Each once, in order. NULL: out of memory. */
static uint64_t *kinds_of(const scenario *whole, size_t *count)
{
    uint64_t *const kinds = calloc(whole->event_count + 1, sizeof *kinds);
    for (size_t i = 0; kinds && i < whole->event_count; i++)
        kinds[i] = kind_of(&whole->events[i]);
    if (kinds)
        qsort(kinds, whole->event_count, sizeof *kinds, compare_kinds);
    *count = 0;
    for (size_t i = 0; kinds && i < whole->event_count; i++)
        if (*count == 0 || kinds[*count - 1] != kinds[i])
            kinds[(*count)++] = kinds[i];
    return kinds;
}

static bool same_kinds(const scenario *a, const scenario *b)
{
    size_t count, others;
    uint64_t *const kinds = kinds_of(a, &count);
    uint64_t *const other = kinds_of(b, &others);
    const bool same = kinds && other && count == others && memcmp(kinds, other, count * sizeof *kinds) == 0;
    free(kinds);
    free(other);
    return same;
}

/* --- the time --- */

static uint64_t time_of(const scenario_event *events, size_t index, size_t count)
{
    return index < count ? events[index].at_ns : SCENARIO_NEVER;
}

uint64_t scenario_shared_ns(const scenario *a, const scenario *b)
{
    const size_t count = timed_count(a);
    const size_t others = timed_count(b);
    if (a == b)
        return SCENARIO_NEVER;
    if (!a->written || !b->written || !same_sections(a->written, b->written) || !same_files(a, b) ||
        has_endpoints(a) || has_endpoints(b) || !same_started(a, b))
        return 0;
    if (!same_expectations(a, b) && (asks_before(a) || asks_before(b)))
        return 0;
    const size_t same = same_events(a->events, b->events, count < others ? count : others);
    const uint64_t one_ns = time_of(a->events, same, count);
    const uint64_t other_ns = time_of(b->events, same, others);
    if (one_ns == SCENARIO_NEVER && other_ns == SCENARIO_NEVER)
        return SCENARIO_NEVER;
    return !same_kinds(a, b) ? 0 : one_ns < other_ns ? one_ns : other_ns;
}

/* --- the plan --- */

struct scenario_variants {
    scenario plan;
    const scenario *first; /* what a world is made of */
    scenario_event *events;
    scenario_step *steps;
};

/* Of an entry that has begun, the event is made of what a world holds of it. */
static scenario_event adopt(const scenario_variants *self, const scenario *to, size_t index, size_t same)
{
    const scenario_event *const event = &to->events[index];
    size_t begun = event->repetition > 0 || scenario_event_ends(event) ? same : 0;
    while (begun > 0 && to->events[begun - 1].entry != event->entry)
        begun--;
    if (begun == 0)
        return *event;
    scenario_event adopted = self->events[begun - 1];
    adopted.verb = event->verb;
    adopted.ends = event->ends;
    adopted.at_ns = event->at_ns;
    adopted.until_ns = event->until_ns;
    adopted.repetition = event->repetition;
    adopted.direction = event->direction;
    return adopted;
}

/* Those that both have stay, and those that an instant starts. */
static void take_events(scenario_variants *self, const scenario *to)
{
    const size_t had = timed_count(&self->plan);
    const size_t count = timed_count(to);
    const size_t same = same_events(self->events, to->events, had < count ? had : count);
    for (size_t i = same; i < count; i++)
        self->events[i] = adopt(self, to, i, same);
}

static void take_steps(scenario_variants *self, const scenario *to)
{
    for (size_t i = 0; i < to->step_count; i++) {
        const scenario_step *const step = &to->steps[i];
        self->steps[i] = *step;
        if (step->dial)
            self->steps[i].dial = self->first->peers + (step->dial - to->peers);
        else
            self->steps[i].event = self->events + (step->event - to->events);
    }
}

/* What a world was made of, and is written alike in both. */
static void keep_made(scenario *plan, const scenario *first)
{
    plan->nats = first->nats;
    plan->networks = first->networks;
    plan->background = first->background;
    plan->nodes = first->nodes;
    plan->groups = first->groups;
    plan->balancers = first->balancers;
    plan->peers = first->peers;
    plan->traffic = first->traffic;
    plan->afters = first->afters;
}

void scenario_variants_take(scenario_variants *self, const scenario *to)
{
    const scenario *const first = self->first;
    take_events(self, to);
    take_steps(self, to);
    self->plan = *to;
    keep_made(&self->plan, first);
    self->plan.events = self->events;
    self->plan.steps = self->steps;
    if (same_expectations(first, to)) { /* those that observers know */
        self->plan.expectations = first->expectations;
        self->plan.known_fault.expectations = first->known_fault.expectations;
    }
}

scenario_variants *scenario_variants_new(const scenario *const *of, size_t count)
{
    scenario_variants *const self = calloc(1, sizeof *self);
    size_t events = 0;
    size_t steps = 0;
    assert(count > 0);
    for (size_t i = 0; i < count; i++) {
        events = of[i]->event_count > events ? of[i]->event_count : events;
        steps = of[i]->step_count > steps ? of[i]->step_count : steps;
    }
    if (!self)
        return NULL;
    self->first = of[0];
    self->plan = *of[0];
    self->events = calloc(events + 1, sizeof *self->events);
    self->steps = calloc(steps + 1, sizeof *self->steps);
    if (!self->events || !self->steps) {
        scenario_variants_free(self);
        return NULL;
    }
    if (of[0]->event_count > 0)
        memcpy(self->events, of[0]->events, of[0]->event_count * sizeof *self->events);
    scenario_variants_take(self, of[0]);
    return self;
}

void scenario_variants_free(scenario_variants *self)
{
    if (!self)
        return;
    free(self->events);
    free(self->steps);
    free(self);
}

const scenario *scenario_variants_plan(const scenario_variants *self)
{
    return &self->plan;
}
