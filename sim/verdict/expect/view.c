/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The views of nodes with membership: how many peers, and which; how many members in the passive one. */
#include "sim/scenario/over.h"
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static const key_row ROWS[] = {
    {"view", KEY_OTHER, 0, 0,
     .about = "The nodes whose views are meant: a node, a group, a list of these, or all for all members",
     .example = "laptop", .schema = EXPECT_NODES_SCHEMA},
    {"active", EXPECT_FIELD(KEY_COUNT, view.active), .max = UINT32_MAX,
     .about = "How many peers the active view has", .example = "3..5"},
    {"contains", KEY_OTHER, 0, 0, .about = "Nodes that the active view has among others", .example = "server",
     .schema = EXPECT_NODES_SCHEMA},
    {"passive", EXPECT_FIELD(KEY_COUNT, view.passive), .max = UINT32_MAX,
     .about = "How many members the passive view has, at the end only", .example = "1..30"},
    {"at", EXPECT_FIELD(KEY_DURATION, view.at_ns), .max = SCENARIO_DAY_NS,
     .about = "When the view is looked at", .otherwise = "the end", .example = "30s"},
    SCENARIO_SHARE_ROW,
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_view *const of = &draft->expectation.view;
    const tree_node *const contains = tree_get(entry, "contains");
    const tree_node *const passive = tree_get(entry, "passive");
    const tree_node *const share = tree_get(entry, "share");
    if (share)
        (void)scenario_read_share(reader, share, &of->share);
    (void)scenario_check_members(reader, tree_get(entry, "view"), &of->of);
    if (contains)
        (void)scenario_check_nodes(reader, contains, &of->contains);
    else if (!tree_get(entry, "active") && !passive)
        scenario_fault(reader, entry->place,
                       "nothing is expected of the view: write for example active: 3..5");
    if (passive && tree_get(entry, "at"))
        scenario_fault(reader, passive->key_place,
                       "'passive' is about the end of the run, 'at' about a moment: write two");
}

/* The first of them that is not in the node's view; SCENARIO_NONE: all are. */
static uint32_t missing(const graph *views, uint32_t node, const scenario_node_set *of)
{
    for (size_t i = 0; i < of->count; i++)
        if (of->nodes[i] != node && !graph_has(views, node, of->nodes[i]))
            return of->nodes[i];
    return SCENARIO_NONE;
}

/* "a, b, c", as many as there is room for. */
static void list_view(const scenario *whole, const graph *views, uint32_t node, char text[EXPECT_LIST_MAX])
{
    enum { ROOM = EXPECT_LIST_MAX - 40 };
    uint32_t count;
    uint32_t told = 0;
    const uint32_t *const view = graph_successors(views, node, &count);
    size_t used = 0;
    text[0] = '\0';
    for (; told < count && used < ROOM; told++)
        used += (size_t)snprintf(text + used, EXPECT_LIST_MAX - used, "%s%.30s", told > 0 ? ", " : "",
                                 whole->nodes[view[told]].name);
    if (told < count)
        (void)snprintf(text + used, EXPECT_LIST_MAX - used, " and %" PRIu32 " more", count - told);
}

typedef struct seen {
    uint32_t nodes; /* looked at */
    uint32_t least, most;
    uint32_t passive_least, passive_most;
    uint32_t wrong; /* the first that is not as it should be; SCENARIO_NONE: none */
    uint32_t wrong_count;
} seen;

static void look_at(const scenario_expect_view *of, const graph *views, const expect_member *members,
                    uint32_t node, seen *to)
{
    const uint32_t passive = members ? members[node].passive : 0;
    uint32_t count;
    (void)graph_successors(views, node, &count);
    to->nodes++;
    to->least = count < to->least ? count : to->least;
    to->most = count > to->most ? count : to->most;
    to->passive_least = passive < to->passive_least ? passive : to->passive_least;
    to->passive_most = passive > to->passive_most ? passive : to->passive_most;
    const bool good = expect_within(count, &of->active) && expect_within(passive, &of->passive) &&
                      missing(views, node, &of->contains) == SCENARIO_NONE;
    to->wrong_count += !good;
    to->wrong = to->wrong == SCENARIO_NONE && !good ? node : to->wrong;
}

static void append_wanted(const scenario *whole, const scenario_expect_view *of, char text[EXPECT_TEXT_MAX])
{
    char count[EXPECT_LIST_MAX];
    char part[EXPECT_LIST_MAX];
    const bool bounded = expect_bounded(&of->active);
    if (bounded) {
        (void)snprintf(part, sizeof part, ", wanted %s", expect_count(&of->active, count));
        expect_append(text, EXPECT_TEXT_MAX, part);
    }
    for (size_t i = 0; i < of->contains.count; i++) {
        expect_append(text, EXPECT_TEXT_MAX, i > 0 ? ", " : bounded ? " with " : ", wanted ");
        expect_append(text, EXPECT_TEXT_MAX, whole->nodes[of->contains.nodes[i]].name);
    }
    if (expect_bounded(&of->passive)) {
        (void)snprintf(part, sizeof part, "%spassive: %s",
                       bounded || of->contains.count > 0 ? ", " : ", wanted ",
                       expect_count(&of->passive, count));
        expect_append(text, EXPECT_TEXT_MAX, part);
    }
}

/* One node is told with its peers; of several the one that is wrong, or how many peers they have. */
static void append_passive(uint32_t least, uint32_t most, char text[EXPECT_TEXT_MAX])
{
    char part[EXPECT_LIST_MAX];
    if (least == most)
        (void)snprintf(part, sizeof part, ", passive view of %" PRIu32, least);
    else
        (void)snprintf(part, sizeof part, ", passive views of %" PRIu32 " to %" PRIu32, least, most);
    expect_append(text, EXPECT_TEXT_MAX, part);
}

static void say(const scenario *whole, const scenario_expect_view *of, const graph *views,
                const expect_member *members, const seen *found, expect_outcome *outcome)
{
    char text[EXPECT_TEXT_MAX] = "";
    char list[EXPECT_LIST_MAX];
    uint32_t count;
    const uint32_t node = found->wrong != SCENARIO_NONE ? found->wrong
                          : of->of.count == 1           ? of->of.nodes[0]
                                                        : SCENARIO_NONE;
    if (found->nodes == 0) {
        (void)snprintf(text, sizeof text, "no member");
    } else if (node == SCENARIO_NONE) {
        (void)snprintf(text, sizeof text, "%" PRIu32 " nodes with %" PRIu32 " to %" PRIu32 " peers",
                       found->nodes, found->least, found->most);
    } else {
        (void)graph_successors(views, node, &count);
        list_view(whole, views, node, list);
        (void)snprintf(text, sizeof text, "%.40s%s%" PRIu32 " peer%s%s%s",
                       of->of.count == 1 ? "" : whole->nodes[node].name, of->of.count == 1 ? "" : " has ",
                       count, count == 1 ? "" : "s", count > 0 ? ": " : "", list);
    }
    if (expect_bounded(&of->passive) && members && found->nodes > 0)
        append_passive(node == SCENARIO_NONE ? found->passive_least : members[node].passive,
                       node == SCENARIO_NONE ? found->passive_most : members[node].passive, text);
    append_wanted(whole, of, text);
    const uint32_t good = found->nodes - found->wrong_count;
    expect_append_share(good, found->nodes, &of->share, text);
    expect_say(outcome, found->nodes > 0 && expect_is_share(good, found->nodes, &of->share), "%s", text);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_view *const of = &expectation->view;
    const uint64_t at_ns = of->at_ns < whole->duration_ns ? of->at_ns : whole->duration_ns;
    bool *const members = calloc(whole->node_count + 1, sizeof *members);
    graph *views = NULL;
    seen found = {.least = UINT32_MAX, .passive_least = UINT32_MAX, .wrong = SCENARIO_NONE};
    if (!members || overlay_views_at(evidence->overlay, at_ns, &views) != 0) {
        free(members);
        expect_say(outcome, false, "out of memory");
        return;
    }
    overlay_members_at(evidence->overlay, at_ns, members);
    for (size_t i = 0; i < of->of.count; i++)
        look_at(of, views, evidence->members, of->of.nodes[i], &found);
    for (uint32_t i = 0; of->of.count == 0 && i < whole->node_count; i++)
        if (members[i])
            look_at(of, views, evidence->members, i, &found);
    say(whole, of, views, evidence->members, &found, outcome);
    graph_free(views);
    free(members);
}

const expect_kind EXPECT_VIEW = {
    .rows = ROWS,
    .blank = {.view = {.active = EXPECT_UNBOUNDED,
                       .passive = EXPECT_UNBOUNDED,
                       .at_ns = SCENARIO_NEVER,
                       .share = EXPECT_WHOLE}},
    .check = check,
    .judge = judge,
};
