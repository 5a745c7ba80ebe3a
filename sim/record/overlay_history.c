/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The components of an overlay after each change. Links come and go, and a union of sets cannot be taken
 * back in any order; but all times are known here. The time is halved again and again: a link that is there
 * for all of a part of it is united once for that part, and taken back, the last one first, when the part is
 * over. A link is united O(log(changes)) times in all.
 */
#include "sim/record/overlay_internal.h"
#include "sim/record/room.h"

#include <stdlib.h>

/* --- sets of nodes --- */

typedef struct undo {
    uint32_t child;   /* the root that was hung below another */
    uint32_t largest; /* nodes of the largest set before that */
} undo;

/* Without path compression, so that the last union can be taken back. */
typedef struct sets {
    uint32_t *parents;
    uint32_t *sizes;
    uint32_t largest;
    undo *undos;
    size_t undo_count; /* unions made */
} sets;

static uint32_t root_of(const sets *self, uint32_t node)
{
    while (self->parents[node] != node)
        node = self->parents[node];
    return node;
}

static void unite(sets *self, uint32_t a, uint32_t b)
{
    uint32_t parent = root_of(self, a);
    uint32_t child = root_of(self, b);
    if (parent == child)
        return;
    if (self->sizes[parent] < self->sizes[child]) {
        const uint32_t other = parent;
        parent = child;
        child = other;
    }
    self->undos[self->undo_count++] = (undo){child, self->largest};
    self->parents[child] = parent;
    self->sizes[parent] += self->sizes[child];
    if (self->sizes[parent] > self->largest)
        self->largest = self->sizes[parent];
}

static void take_back(sets *self, size_t to)
{
    while (self->undo_count > to) {
        const undo *const last = &self->undos[--self->undo_count];
        self->sizes[self->parents[last->child]] -= self->sizes[last->child];
        self->parents[last->child] = last->child;
        self->largest = last->largest;
    }
}

/* At most one union less than there are nodes is made at a time. */
static bool sets_init(sets *self, size_t nodes)
{
    self->parents = calloc(nodes + 1, sizeof *self->parents);
    self->sizes = calloc(nodes + 1, sizeof *self->sizes);
    self->undos = calloc(nodes + 1, sizeof *self->undos);
    self->largest = 1;
    if (!self->parents || !self->sizes || !self->undos)
        return false;
    for (size_t i = 0; i < nodes; i++) {
        self->parents[i] = (uint32_t)i;
        self->sizes[i] = 1;
    }
    return true;
}

static void sets_fini(sets *self)
{
    free(self->parents);
    free(self->sizes);
    free(self->undos);
}

/* --- times --- */

static int compare_times(const void *left, const void *right)
{
    const uint64_t a = *(const uint64_t *)left;
    const uint64_t b = *(const uint64_t *)right;
    return (a > b) - (a < b);
}

/* When anything changes, each time once, with 0 and without what is after the end. NULL: out of memory. */
static uint64_t *times_of(const overlay_links *links, uint64_t end_ns, size_t *count)
{
    uint64_t *const times = calloc(2 * links->count + 3 * links->span_count + 1, sizeof *times);
    size_t all = 1;
    size_t kept = 1;
    if (!times)
        return NULL;
    for (size_t i = 0; i < links->count; i++) {
        times[all++] = links->items[i].from_ns;
        times[all++] = links->items[i].until_ns;
    }
    for (size_t i = 0; i < links->span_count; i++) {
        times[all++] = links->spans[i].from_ns;
        times[all++] = links->spans[i].until_ns;
        times[all++] = links->spans[i].linked_ns;
    }
    qsort(times, all, sizeof *times, compare_times);
    for (size_t i = 1; i < all && times[i] <= end_ns; i++)
        if (times[i] != times[kept - 1])
            times[kept++] = times[i];
    *count = kept;
    return times;
}

/* The first step that is not before that time. */
static size_t step_of(const overlay_history *history, uint64_t at_ns)
{
    size_t low = 0;
    size_t high = history->count;
    while (low < high) {
        const size_t half = low + (high - low) / 2;
        if (history->steps[half].at_ns < at_ns)
            low = half + 1;
        else
            high = half;
    }
    return low;
}

/* How many members there are from one change to the next, and how many have entered. */
static void count_members(const overlay_links *links, overlay_history *history)
{
    for (size_t i = 0; i < links->span_count; i++) {
        const overlay_span *const span = &links->spans[i];
        const size_t until = step_of(history, span->until_ns);
        history->steps[step_of(history, span->from_ns)].members++;
        const size_t linked = step_of(history, span->linked_ns);
        if (linked < until)
            history->steps[linked].entered++;
        if (until < history->count) {
            history->steps[until].members--;
            history->steps[until].entered -= linked < until;
        }
    }
    for (size_t i = 1; i < history->count; i++) {
        history->steps[i].members += history->steps[i - 1].members;
        history->steps[i].entered += history->steps[i - 1].entered;
    }
}

/* --- by halves --- */

/* A link by its steps. */
typedef struct lasting {
    uint32_t a;
    uint32_t b;
    size_t from;
    size_t until;
} lasting;

typedef struct halving {
    sets sets;
    overlay_history *history;
    lasting *links; /* those that are there for some of each part under way, part by part */
    size_t count;
    size_t capacity;
} halving;

static bool push(halving *self, const lasting *link)
{
    lasting *const links = room_for_one(self->links, self->count, &self->capacity, sizeof *links);
    if (!links)
        return false;
    self->links = links;
    self->links[self->count++] = *link;
    return true;
}

static void settle(halving *self, size_t step)
{
    overlay_step *const at = &self->history->steps[step];
    at->components = at->members - (uint32_t)self->sets.undo_count;
    at->largest = at->members > 0 ? self->sets.largest : 0;
}

/* The steps from `from` to before `until`; links that are there for some of them begin at `first`. */
static bool halve(halving *self, size_t from, size_t until, size_t first, size_t count)
{
    const size_t made = self->sets.undo_count;
    const size_t kept = self->count;
    bool good = true;
    for (size_t i = first; good && i < first + count; i++) {
        const lasting link = self->links[i];
        if (link.from <= from && link.until >= until)
            unite(&self->sets, link.a, link.b);
        else if (link.from < until && link.until > from)
            good = push(self, &link);
    }
    const size_t rest = self->count - kept;
    const size_t middle = from + (until - from) / 2;
    if (until - from == 1)
        settle(self, from);
    else
        good = good && halve(self, from, middle, kept, rest) && halve(self, middle, until, kept, rest);
    self->count = kept;
    take_back(&self->sets, made);
    return good;
}

static bool follow(const overlay *self, const overlay_links *links, overlay_history *history)
{
    halving work = {.history = history};
    bool good = sets_init(&work.sets, self->scenario->node_count);
    for (size_t i = 0; good && i < links->count; i++) {
        const overlay_link *const link = &links->items[i];
        good = push(&work, &(lasting){.a = link->a,
                                      .b = link->b,
                                      .from = step_of(history, link->from_ns),
                                      .until = step_of(history, link->until_ns)});
    }
    good = good && halve(&work, 0, history->count, 0, work.count);
    free(work.links);
    sets_fini(&work.sets);
    return good;
}

int overlay_history_of(const overlay *self, overlay_nodes of, overlay_history *out)
{
    overlay_links links;
    overlay_history history = {.end_ns = self->scenario->duration_ns};
    if (!overlay_links_of(self, of, &links))
        return ROAM_ERR_NO_MEMORY;
    uint64_t *const times = times_of(&links, history.end_ns, &history.count);
    history.steps = times ? calloc(history.count, sizeof *history.steps) : NULL;
    bool good = history.steps != NULL;
    for (size_t i = 0; good && i < history.count; i++)
        history.steps[i].at_ns = times[i];
    if (good) {
        count_members(&links, &history);
        good = follow(self, &links, &history);
    }
    free(times);
    overlay_links_fini(&links);
    if (!good) {
        overlay_history_fini(&history);
        return ROAM_ERR_NO_MEMORY;
    }
    *out = history;
    return 0;
}

void overlay_history_fini(overlay_history *history)
{
    free(history->steps);
    *history = (overlay_history){0};
}

/* --- what it says --- */

const overlay_step *overlay_step_at(const overlay_history *history, uint64_t at_ns)
{
    const size_t next = step_of(history, at_ns);
    const bool exact = next < history->count && history->steps[next].at_ns == at_ns;
    return &history->steps[exact ? next : next - 1];
}

uint64_t overlay_connected_ns(const overlay_history *history)
{
    uint64_t since_ns = ROAM_NEVER;
    for (size_t i = history->count; i > 0 && overlay_is_connected(&history->steps[i - 1]); i--)
        since_ns = history->steps[i - 1].at_ns;
    return since_ns;
}

/* Members that have not entered are alone: components of their own. */
static bool is_divided(const overlay_step *step)
{
    return step->components > 1 + step->members - step->entered;
}

uint64_t overlay_divided_ns(const overlay_history *history)
{
    uint64_t longest_ns = 0;
    uint64_t since_ns = 0;
    for (size_t i = 0; i < history->count; i++) {
        const uint64_t until_ns = i + 1 < history->count ? history->steps[i + 1].at_ns : history->end_ns;
        if (!is_divided(&history->steps[i])) {
            since_ns = until_ns;
            continue;
        }
        if (until_ns - since_ns > longest_ns)
            longest_ns = until_ns - since_ns;
    }
    return longest_ns;
}
