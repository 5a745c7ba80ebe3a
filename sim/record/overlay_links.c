/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When two members were linked: each had the other in its active view. */
#include "sim/record/overlay_internal.h"
#include "sim/record/room.h"

#include <stdlib.h>

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* --- spans --- */

static int compare_spans(const void *left, const void *right)
{
    const overlay_span *const a = left;
    const overlay_span *const b = right;
    return a->node != b->node ? compare(a->node, b->node) : compare(a->from_ns, b->from_ns);
}

static bool take_spans(const overlay *self, overlay_nodes of, overlay_links *to)
{
    to->spans = calloc(self->span_count + 1, sizeof *to->spans);
    if (!to->spans)
        return false;
    for (size_t i = 0; i < self->span_count; i++) {
        const overlay_span *const span = &self->spans[i];
        if (overlay_has(of, span->node) && span->from_ns < span->until_ns)
            to->spans[to->span_count++] = *span;
    }
    qsort(to->spans, to->span_count, sizeof *to->spans, compare_spans);
    return true;
}

/* The first span of the node that ends after that time, if it has one: else another node's, or none. */
static size_t find_span(const overlay_links *links, uint32_t node, uint64_t at_ns)
{
    size_t low = 0;
    size_t high = links->span_count;
    while (low < high) {
        const size_t half = low + (high - low) / 2;
        const overlay_span *const span = &links->spans[half];
        if (span->node < node || (span->node == node && span->until_ns <= at_ns))
            low = half + 1;
        else
            high = half;
    }
    return low;
}

/* --- links --- */

static bool add_link(overlay_links *links, const overlay_link *link)
{
    overlay_link *const items = room_for_one(links->items, links->count, &links->capacity, sizeof *items);
    if (!items)
        return false;
    links->items = items;
    links->items[links->count++] = *link;
    return true;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* Both views had the other in that time: they were linked while both were members. */
static bool add_between(overlay_links *links, uint32_t a, uint32_t b, uint64_t from_ns, uint64_t until_ns)
{
    size_t i = find_span(links, a, from_ns);
    size_t j = find_span(links, b, from_ns);
    while (i < links->span_count && links->spans[i].node == a && j < links->span_count &&
           links->spans[j].node == b) {
        overlay_span *const of_a = &links->spans[i];
        overlay_span *const of_b = &links->spans[j];
        const overlay_link link = {.a = a,
                                   .b = b,
                                   .from_ns = later(from_ns, later(of_a->from_ns, of_b->from_ns)),
                                   .until_ns = earlier(until_ns, earlier(of_a->until_ns, of_b->until_ns))};
        if (link.from_ns < link.until_ns) {
            of_a->linked_ns = earlier(of_a->linked_ns, link.from_ns);
            of_b->linked_ns = earlier(of_b->linked_ns, link.from_ns);
            if (!add_link(links, &link))
                return false;
        }
        i += of_a->until_ns <= of_b->until_ns;
        j += of_b->until_ns <= of_a->until_ns;
        if (link.until_ns >= until_ns)
            break;
    }
    return true;
}

static uint32_t lower_of(const overlay_edge *edge)
{
    return edge->from < edge->to ? edge->from : edge->to;
}

static uint32_t higher_of(const overlay_edge *edge)
{
    return edge->from < edge->to ? edge->to : edge->from;
}

static bool same_pair(const overlay_edge *a, const overlay_edge *b)
{
    return lower_of(a) == lower_of(b) && higher_of(a) == higher_of(b);
}

/* By pair, then by direction, then by time. */
static int compare_edges(const void *left, const void *right)
{
    const overlay_edge *const a = left;
    const overlay_edge *const b = right;
    if (lower_of(a) != lower_of(b))
        return compare(lower_of(a), lower_of(b));
    if (higher_of(a) != higher_of(b))
        return compare(higher_of(a), higher_of(b));
    return a->from != b->from ? compare(a->from, b->from) : compare(a->from_ns, b->from_ns);
}

/* Edges of one pair, of which `there` are one way and the rest the other. */
static bool add_pair(overlay_links *links, const overlay_edge *edges, size_t there, size_t count)
{
    size_t i = 0;
    size_t j = there;
    while (i < there && j < count) {
        const uint64_t from_ns = later(edges[i].from_ns, edges[j].from_ns);
        const uint64_t until_ns = earlier(edges[i].until_ns, edges[j].until_ns);
        if (from_ns < until_ns && !add_between(links, edges[i].from, edges[i].to, from_ns, until_ns))
            return false;
        const bool first = edges[i].until_ns <= edges[j].until_ns;
        const bool second = edges[j].until_ns <= edges[i].until_ns;
        i += first;
        j += second;
    }
    return true;
}

static bool add_pairs(overlay_links *links, const overlay_edge *edges, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t there = 0;
        size_t all = 0;
        while (i + all < count && same_pair(&edges[i], &edges[i + all]))
            there += edges[i + all++].from == edges[i].from;
        if (!add_pair(links, &edges[i], there, all))
            return false;
        i += all;
    }
    return true;
}

bool overlay_links_of(const overlay *self, overlay_nodes of, overlay_links *out)
{
    overlay_links links = {0};
    overlay_edge *const edges = calloc(self->edge_count + 1, sizeof *edges);
    size_t count = 0;
    bool good = edges && take_spans(self, of, &links);
    for (size_t i = 0; good && i < self->edge_count; i++)
        if (overlay_has(of, self->edges[i].from) && overlay_has(of, self->edges[i].to))
            edges[count++] = self->edges[i];
    if (good) {
        qsort(edges, count, sizeof *edges, compare_edges);
        good = add_pairs(&links, edges, count);
    }
    free(edges);
    if (!good) {
        overlay_links_fini(&links);
        return false;
    }
    *out = links;
    return true;
}

void overlay_links_fini(overlay_links *links)
{
    free(links->items);
    free(links->spans);
    *links = (overlay_links){0};
}
