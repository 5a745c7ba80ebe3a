/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/variants.h"

#include "sim/scenario/expect_kind.h"
#include "sim/scenario/verb.h"

#include "core/hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* --- what is written --- */

static int compare_numbers(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

static int compare_texts(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) : compare_numbers(!b, !a);
}

static bool same_place(const scenario_place *a, const scenario_place *b)
{
    return a->line == b->line && a->column == b->column && a->file == b->file;
}

static int compare_trees(const tree_node *a, const tree_node *b)
{
    int order = compare_texts(a->key, b->key);
    order = order ? order : compare_texts(a->text, b->text);
    order = order ? order : compare_numbers(a->kind, b->kind);
    order = order ? order : compare_numbers(a->quoted, b->quoted);
    order = order ? order : compare_numbers(a->count, b->count);
    order = order ? order : compare_numbers(a->member, b->member);
    order = order ? order : compare_numbers(!a->group, !b->group);
    const tree_node *other = b->first;
    for (const tree_node *child = a->first; !order && child; child = child->next, other = other->next)
        order = compare_trees(child, other);
    return order;
}

static bool same_tree(const tree_node *a, const tree_node *b)
{
    return a == b || (a && b && compare_trees(a, b) == 0);
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
            apart = apart || compare_texts(section->key, APART[i]) == 0;
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

/* 0: what they do is the same, and so are the entries that they are of. */
static int compare_events(const scenario_event *a, const scenario_event *b)
{
    const scenario_impair *const one = scenario_event_impair(a);
    const scenario_impair *const other = scenario_event_impair(b);
    const uint64_t numbers[][2] = {{a->at_ns, b->at_ns},
                                   {a->verb, b->verb},
                                   {a->ends, b->ends},
                                   {a->until_ns, b->until_ns},
                                   {a->repetition, b->repetition},
                                   {a->node, b->node},
                                   {a->to, b->to},
                                   {a->peer, b->peer},
                                   {a->network, b->network},
                                   {a->via, b->via},
                                   {a->nat, b->nat},
                                   {a->direction, b->direction},
                                   {!a->after, !b->after},
                                   {one ? one->turn : 0, other ? other->turn : 0},
                                   {a->place.file, b->place.file},
                                   {a->place.line, b->place.line},
                                   {a->place.column, b->place.column}};
    int order = 0;
    assert(a->entry && b->entry);
    for (size_t i = 0; !order && i < sizeof numbers / sizeof numbers[0]; i++)
        order = compare_numbers(numbers[i][0], numbers[i][1]);
    return order ? order : compare_trees(a->entry->written, b->entry->written);
}

/* The number of leading ones that are the same in both. */
static size_t same_events(const scenario_event *a, const scenario_event *b, size_t most)
{
    size_t count = 0;
    while (count < most && compare_events(&a[count], &b[count]) == 0)
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
    return compare_numbers(*(const uint64_t *)a, *(const uint64_t *)b);
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

/* --- an order --- */

/* By the sections that are compared, then by the timeline. */
static int compare_variants(const void *a, const void *b)
{
    const scenario *const one = ((const scenario_variant *)a)->scenario;
    const scenario *const other = ((const scenario_variant *)b)->scenario;
    const size_t count = timed_count(one);
    const size_t others = timed_count(other);
    int order = compare_numbers(((const scenario_variant *)a)->shared_ns, /* of the sections: see the sort */
                                ((const scenario_variant *)b)->shared_ns);
    for (size_t i = 0; !order && i < count && i < others; i++)
        order = compare_events(&one->events[i], &other->events[i]);
    return order ? order : compare_numbers(count, others);
}

static uint64_t hash_tree(uint64_t hash, const tree_node *node)
{
    const char *const texts[] = {node->key, node->text};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i])
            hash = core_hash_bytes(hash, texts[i], strlen(texts[i]) + 1);
    for (const tree_node *child = node->first; child; child = child->next)
        hash = hash_tree(hash, child);
    return core_hash_bytes(hash, "", 1);
}

void scenario_variants_sort(scenario_variant *variants, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const tree_node *const written = variants[i].scenario->written;
        uint64_t hash = CORE_HASH_START;
        for (const tree_node *section = written ? next_section(written->first) : NULL; section;
             section = next_section(section->next))
            hash = hash_tree(hash, section);
        variants[i].shared_ns = hash;
    }
    qsort(variants, count, sizeof *variants, compare_variants);
    for (size_t i = 0; i < count; i++)
        variants[i].shared_ns =
            i > 0 ? scenario_shared_ns(variants[i - 1].scenario, variants[i].scenario) : 0;
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
