/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Active views over time, from events that are made by hand; and a model that looks at each moment anew. */
#include "core/tests/check.h"
#include "sim/record/overlay.h"
#include "sim/scenario/event.h"

#include <stdlib.h>
#include <string.h>

enum { NODES = 8, END_NS = 1000, STEPS = 24, MOMENTS = 200 };

/* What a node says at a time: a letter is a node. */
typedef struct told {
    enum {
        NONE,
        UP,
        DOWN,
        STOPPED,
        STARTED,
        REDIALS,
        JOINS,
        LEAVES
    } what; /* of the timeline: from STOPPED on */
    uint32_t node;
    uint32_t other;
    uint64_t at_ns;
} told;

enum { A, B, C, D, E, F, G, H };

#define TAKES_PART                                                                                           \
    {                                                                                                        \
        .membership = {.on = true }                                                                          \
    }
/* H has no membership. */
static const scenario_node ALL[NODES] = {TAKES_PART, TAKES_PART, TAKES_PART, TAKES_PART,
                                         TAKES_PART, TAKES_PART, TAKES_PART};
static const scenario WHOLE = {.nodes = ALL, .node_count = NODES, .duration_ns = END_NS};

static overlay *fresh(void)
{
    overlay *made = NULL;
    if (overlay_new(&WHOLE, &made) != 0)
        abort();
    return made;
}

static void tell(overlay *to, const told *of)
{
    const observer watcher = overlay_observer(to);
    const roam_event event = {.kind = of->what == UP ? ROAM_EVENT_PEER_UP : ROAM_EVENT_PEER_DOWN};
    static const scenario_verb VERBS[] = {[STOPPED] = SCENARIO_RESTART,
                                          [STARTED] = SCENARIO_START,
                                          [REDIALS] = SCENARIO_START,
                                          [JOINS] = SCENARIO_JOIN,
                                          [LEAVES] = SCENARIO_LEAVE};
    const scenario_event entry = {.verb = VERBS[of->what],
                                  .node = of->node,
                                  .to = of->other,
                                  .data.restart.redial = of->what == REDIALS};
    if (of->what >= STOPPED)
        watcher.timeline(watcher.ctx, &entry, of->at_ns);
    else
        watcher.core_event(watcher.ctx, of->node, of->other, &event, of->at_ns);
}

static overlay *overlay_of(const told *all, size_t count)
{
    overlay *const made = fresh();
    for (size_t i = 0; i < count && all[i].what != NONE; i++)
        tell(made, &all[i]);
    CHECK(overlay_finish(made), 0, "finish");
    return made;
}

static overlay_history history_of(const overlay *of, overlay_nodes nodes)
{
    overlay_history history;
    if (overlay_history_of(of, nodes, &history) != 0)
        abort();
    return history;
}

static overlay_state state_of(const overlay *of, uint64_t at_ns, overlay_nodes nodes)
{
    overlay_state state;
    if (overlay_state_at(of, at_ns, nodes, &state) != 0)
        abort();
    return state;
}

/* --- connected, and when --- */

typedef struct timed {
    const char *name;
    told told[STEPS];
    uint64_t connected_ns;
    uint64_t divided_ns;
    uint32_t members, components; /* at the end */
} timed;

static const timed TIMED[] = {
    {"nobody", {{NONE}}, ROAM_NEVER, 0, 0, 0},
    {"one says that it has a peer", {{UP, A, B, 10}}, 10, 0, 1, 1},
    /* B is no member before it says so; one member is connected. */
    {"both do", {{UP, A, B, 10}, {UP, B, A, 15}}, 10, 0, 2, 1},
    /* C is a member from 20 on, and has a link from 30 on: nothing was divided. */
    {"a third one joins", {{UP, A, B, 10}, {UP, B, A, 15}, {UP, C, A, 20}, {UP, A, C, 30}}, 30, 0, 3, 1},
    {"two pairs meet",
     {{UP, A, B, 10}, {UP, B, A, 10}, {UP, C, D, 50}, {UP, D, C, 50}, {UP, B, C, 90}, {UP, C, B, 95}},
     95,
     45,
     4,
     1},
    {"two pairs never meet",
     {{UP, A, B, 10}, {UP, B, A, 10}, {UP, C, D, 50}, {UP, D, C, 50}},
     ROAM_NEVER,
     950,
     4,
     2},
    {"a link goes and comes back",
     {{UP, A, B, 10}, {UP, B, A, 10}, {DOWN, B, A, 100}, {UP, B, A, 340}},
     340,
     240,
     2,
     1},
    {"another way is there all the time",
     {{UP, A, B, 10},
      {UP, B, A, 10},
      {UP, A, C, 20},
      {UP, C, A, 20},
      {UP, B, C, 30},
      {UP, C, B, 30},
      {DOWN, A, B, 100}},
     10,
     0,
     3,
     1},
    /* C, which is stopped, is no member, and says no PEER_DOWN; the others say theirs much later. */
    {"the one between two is stopped",
     {{UP, A, C, 10},
      {UP, C, A, 10},
      {UP, B, C, 20},
      {UP, C, B, 20},
      {STOPPED, C, 0, 500},
      {DOWN, A, C, 900},
      {DOWN, B, C, 900}},
     ROAM_NEVER,
     500,
     2,
     2},
    {"it comes back",
     {{UP, A, C, 10},
      {UP, C, A, 10},
      {UP, B, C, 20},
      {UP, C, B, 20},
      {STOPPED, C, 0, 500},
      {UP, C, A, 600},
      {UP, C, B, 600}},
     600,
     100,
     3,
     1},
    /* A moment counts only when it lasts. */
    {"down and up at one time",
     {{UP, A, B, 10}, {UP, B, A, 10}, {DOWN, B, A, 100}, {UP, B, A, 100}},
     10,
     0,
     2,
     1},
    {"up twice", {{UP, A, B, 10}, {UP, B, A, 10}, {UP, B, A, 100}, {DOWN, B, A, 200}}, ROAM_NEVER, 800, 2, 2},
    {"down without up", {{DOWN, A, B, 5}, {UP, A, B, 10}, {UP, B, A, 10}}, 10, 0, 2, 1},
    {"its own peer", {{UP, A, A, 10}}, 10, 0, 1, 1},
    {"a peer without membership", {{UP, A, H, 10}, {UP, H, A, 10}}, 10, 0, 1, 1},
    {"a peer that is not of the scenario",
     {{UP, A, SCENARIO_NONE, 10}, {DOWN, A, SCENARIO_NONE, 20}},
     10,
     0,
     1,
     1},
    /* B and its contact A are members from 100 on, and linked from 130 on. */
    {"joins", {{JOINS, B, A, 100}, {UP, A, B, 120}, {UP, B, A, 130}}, 130, 0, 2, 1},
    {"joins in vain", {{JOINS, B, A, 100}}, ROAM_NEVER, 0, 2, 2},
    {"joins one that is stopped", {{STOPPED, A, 0, 50}, {JOINS, B, A, 100}}, 100, 0, 1, 1},
    {"is stopped, and cannot join",
     {{STOPPED, B, 0, 50}, {JOINS, B, A, 100}, {STARTED, B, 0, 200}},
     ROAM_NEVER,
     0,
     0,
     0},
    {"joins, is stopped, and joins again when it is started",
     {{JOINS, B, A, 100},
      {UP, A, B, 120},
      {UP, B, A, 130},
      {STOPPED, B, 0, 200},
      {REDIALS, B, 0, 300},
      {DOWN, A, B, 310},
      {UP, A, B, 320},
      {UP, B, A, 340}},
     340,
     0,
     2,
     1},
    {"one that was not told to join does not join again",
     {{JOINS, B, A, 100}, {UP, A, B, 120}, {UP, B, A, 130}, {STOPPED, A, 0, 200}, {REDIALS, A, 0, 300}},
     130,
     0,
     1,
     1},
    /* B says what it has lost a moment after it has left, and has another peer after it is back. */
    {"leaves, and joins again",
     {{JOINS, B, A, 100},
      {UP, A, B, 100},
      {UP, B, A, 100},
      {JOINS, C, A, 150},
      {UP, A, C, 150},
      {UP, C, A, 150},
      {LEAVES, B, 0, 200},
      {DOWN, B, A, 210},
      {DOWN, A, B, 220},
      {JOINS, B, C, 400},
      {UP, C, B, 420},
      {UP, B, C, 430}},
     430,
     0,
     3,
     1},
    {"leaves, and joins again before its peers have noticed",
     {{JOINS, B, A, 100}, {UP, A, B, 100}, {UP, B, A, 100}, {LEAVES, B, 0, 200}, {JOINS, B, A, 300}},
     100,
     0,
     2,
     1},
    {"the contact leaves and is stopped, and is none when it is started",
     {{JOINS, B, A, 100}, {LEAVES, B, 0, 200}, {STOPPED, B, 0, 300}, {REDIALS, B, 0, 400}},
     200,
     0,
     1,
     1},
    {"one that is not to dial again does not join again",
     {{JOINS, B, A, 100}, {UP, A, B, 120}, {UP, B, A, 130}, {STOPPED, B, 0, 200}, {STARTED, B, 0, 300}},
     130,
     0,
     1,
     1},
    {"the end counts",
     {{UP, A, B, 10}, {UP, B, A, 10}, {DOWN, B, A, 20}, {UP, B, A, END_NS}},
     END_NS,
     980,
     2,
     1},
    {"what comes after it does not", {{UP, A, B, 10}, {UP, B, A, 10}, {DOWN, A, B, END_NS + 1}}, 10, 0, 2, 1},
};

static void times(void)
{
    for (size_t i = 0; i < sizeof TIMED / sizeof *TIMED; i++) {
        const timed *const row = &TIMED[i];
        overlay *const of = overlay_of(row->told, STEPS);
        overlay_history history = history_of(of, NULL);
        const overlay_step *const last = overlay_step_at(&history, END_NS);
        CHECK(overlay_connected_ns(&history), row->connected_ns, "%s: connected", row->name);
        CHECK(overlay_divided_ns(&history), row->divided_ns, "%s: divided", row->name);
        CHECK(last->members, row->members, "%s: members", row->name);
        CHECK(last->components, row->components, "%s: components", row->name);
        overlay_history_fini(&history);
        overlay_free(of);
    }
}

/* --- one moment --- */

static const told RING[] = {{UP, A, B, 10}, {UP, B, A, 10}, {UP, B, C, 10}, {UP, C, B, 10}, {UP, C, D, 10},
                            {UP, D, C, 10}, {UP, D, A, 10}, {UP, A, D, 10}, {UP, A, C, 20}, {DOWN, A, C, 40}};
enum { RING_COUNT = sizeof RING / sizeof *RING };

/* A ring of four; from 20 until before 40 A has C besides, and C not A. */
static void one_moment(void)
{
    static const uint32_t degrees[] = {0, 0, 3, 1};
    overlay *const of = overlay_of(RING, RING_COUNT);
    overlay_state state = state_of(of, 39, NULL);
    CHECK(state.nodes, 4, "nodes");
    CHECK(state.edges, 9, "edges");
    CHECK(state.symmetric, 8, "symmetric");
    CHECK(state.components.count, 1, "components");
    CHECK(state.paths.pairs, 12, "pairs");
    CHECK(state.paths.hops, 16, "hops: an edge one way is no link");
    CHECK(state.paths.longest, 2, "the diameter");
    CHECK(state.clustering == 0, true, "clustering %g", state.clustering);
    CHECK(state.in_degree_min, 2, "the least in-degree");
    CHECK(state.in_degree_max, 3, "the largest in-degree");
    for (uint32_t i = 0; i < 4; i++)
        CHECK(state.in_degrees[i], degrees[i], "members with the in-degree %u", i);
    overlay_state_fini(&state);
    state = state_of(of, 40, NULL);
    CHECK(state.edges, 8, "edges at 40");
    overlay_state_fini(&state);
    state = state_of(of, 9, NULL);
    CHECK(state.nodes, 0, "nodes before");
    CHECK(state.components.count, 0, "components before");
    overlay_state_fini(&state);
    overlay_free(of);
}

/* Without D the ring is a path, and A and C are its ends; without B and D nothing joins these two. */
static void some_nodes(void)
{
    static const bool three[NODES] = {true, true, true};
    static const bool two[NODES] = {[A] = true, [C] = true};
    overlay *const of = overlay_of(RING, RING_COUNT);
    overlay_state state = state_of(of, 100, three);
    overlay_history history = history_of(of, three);
    CHECK(state.nodes, 3, "nodes");
    CHECK(state.paths.hops, 8, "hops");
    CHECK(overlay_connected_ns(&history), 10, "three are connected");
    overlay_state_fini(&state);
    overlay_history_fini(&history);
    history = history_of(of, two);
    CHECK(overlay_connected_ns(&history), ROAM_NEVER, "two are not");
    CHECK(overlay_step_at(&history, END_NS)->components, 2, "components of two");
    overlay_history_fini(&history);
    overlay_free(of);
}

/* Views are what a node says, whatever became of the peer. */
static void views(void)
{
    static const told all[] = {
        {UP, A, C, 10}, {UP, A, B, 10}, {UP, B, A, 10}, {STOPPED, B, 0, 50}, {UP, A, H, 60}};
    overlay *const of = overlay_of(all, 5);
    graph *at = NULL;
    uint32_t count;
    CHECK(overlay_views_at(of, 55, &at), 0, "views");
    const uint32_t *view = graph_successors(at, A, &count);
    CHECK(count, 2, "the view of A");
    CHECK(view[0], B, "its first");
    CHECK(view[1], C, "its second");
    (void)graph_successors(at, B, &count);
    CHECK(count, 0, "the view of one that is stopped");
    graph_free(at);
    CHECK(overlay_views_at(of, END_NS, &at), 0, "views");
    CHECK(graph_has(at, A, H), true, "H is in a view, though it has no membership");
    graph_free(at);
    overlay_free(of);
}

static void churn(void)
{
    static const told all[] = {{UP, A, B, 10}, {UP, B, A, 10},      {DOWN, A, B, 20}, {UP, A, B, 30},
                               {UP, H, A, 30}, {STOPPED, B, 0, 40}, {DOWN, A, B, 50}, {UP, A, C, END_NS + 1}};
    overlay *const of = overlay_of(all, 8);
    CHECK(overlay_churn_of(of, SCENARIO_NONE).ups, 3, "ups");
    CHECK(overlay_churn_of(of, SCENARIO_NONE).downs, 2, "downs: what a stop ends is none");
    CHECK(overlay_churn_of(of, A).ups, 2, "of A");
    CHECK(overlay_churn_of(of, B).downs, 0, "of B");
    CHECK(overlay_churn_of(of, H).ups, 0, "of one without membership");
    overlay_free(of);
}

static void without_membership(void)
{
    static const scenario_node none[NODES] = {{0}};
    CHECK(overlay_nodes_of(&(scenario){.nodes = none, .node_count = NODES}), 0, "no node has membership");
    CHECK(overlay_nodes_of(&WHOLE), 7, "some have");
}

/* --- against a model --- */

typedef struct model {
    bool view[NODES][NODES];
    bool member[NODES];
    bool entered[NODES];
} model;

static void model_take(model *self, const told *of)
{
    if (of->node == H)
        return;
    if (of->what == STOPPED) {
        memset(self->view[of->node], 0, sizeof self->view[of->node]);
        self->member[of->node] = self->entered[of->node] = false;
        return;
    }
    if (of->what == UP)
        self->member[of->node] = true;
    self->view[of->node][of->other] = of->what == UP;
}

static bool model_links(const model *self, uint32_t a, uint32_t b)
{
    return a != b && self->member[a] && self->member[b] && self->view[a][b] && self->view[b][a];
}

static overlay_step model_step(model *self, uint64_t at_ns)
{
    overlay_step step = {.at_ns = at_ns};
    uint32_t colours[NODES];
    for (uint32_t i = 0; i < NODES; i++)
        colours[i] = i;
    for (uint32_t round = 0; round < NODES; round++)
        for (uint32_t i = 0; i < NODES; i++)
            for (uint32_t j = 0; j < NODES; j++)
                if (model_links(self, i, j) && colours[j] > colours[i])
                    colours[j] = colours[i];
    for (uint32_t i = 0; i < NODES; i++) {
        uint32_t size = 0;
        for (uint32_t j = 0; j < NODES; j++) {
            self->entered[i] |= model_links(self, i, j);
            size += self->member[j] && colours[j] == i;
        }
        step.members += self->member[i];
        step.entered += self->entered[i];
        step.components += self->member[i] && size > 0;
        step.largest = size > step.largest ? size : step.largest;
    }
    return step;
}

static told draw(uint64_t *state, uint64_t at_ns)
{
    const uint64_t dice = check_random(state) % 40;
    return (told){.what = dice == 0   ? STOPPED
                          : dice < 26 ? UP
                                      : DOWN,
                  .node = (uint32_t)(check_random(state) % NODES),
                  .other = (uint32_t)(check_random(state) % NODES),
                  .at_ns = at_ns};
}

/* Three of four events have a time of their own. */
static void check_against_model(uint64_t seed)
{
    uint64_t state = seed;
    model by_hand = {0};
    overlay *const of = fresh();
    overlay_step expected[MOMENTS];
    uint64_t at_ns = 0;
    size_t count = 0;
    for (size_t i = 0; i < 4 * MOMENTS && at_ns < END_NS && count < MOMENTS; i++) {
        const told next = draw(&state, at_ns);
        tell(of, &next);
        model_take(&by_hand, &next);
        if (check_random(&state) % 4 > 0) {
            expected[count++] = model_step(&by_hand, at_ns);
            at_ns += 1 + check_random(&state) % 8;
        }
    }
    overlay_history history = history_of(of, NULL);
    for (size_t i = 0; i < count; i++) {
        const overlay_step *const found = overlay_step_at(&history, expected[i].at_ns);
        CHECK(found->members, expected[i].members, "%llu: members", (unsigned long long)seed);
        CHECK(found->entered, expected[i].entered, "%llu: entered", (unsigned long long)seed);
        CHECK(found->components, expected[i].components, "%llu: components", (unsigned long long)seed);
        CHECK(found->largest, expected[i].largest, "%llu: largest", (unsigned long long)seed);
    }
    overlay_history_fini(&history);
    overlay_free(of);
}

static void against_a_model(void)
{
    for (uint64_t seed = 1; seed <= 100; seed++)
        check_against_model(seed);
}

/* --- overlay.csv --- */

static void check_file(const scenario *whole, const told *all, size_t count, const char *expected)
{
    overlay *of = NULL;
    if (overlay_new(whole, &of) != 0)
        abort();
    for (size_t i = 0; i < count; i++)
        tell(of, &all[i]);
    CHECK(overlay_finish(of), 0, "finish");
    char *const text = overlay_csv(of);
    if (!text)
        abort();
    if (expected)
        CHECK_STRING(text, expected);
    size_t lines = 0;
    for (const char *at = text; *at; at++)
        lines += *at == '\n';
    CHECK_AT_MOST(lines, OVERLAY_ROWS_MAX + 1, "lines");
    free(text);
    overlay_free(of);
}

#define MS UINT64_C(1000000)

static void file(void)
{
    static const scenario half_a_second = {.nodes = ALL, .node_count = NODES, .duration_ns = 500 * MS};
    static const scenario as_many_rows = {.nodes = ALL, .node_count = NODES, .duration_ns = 100000 * MS};
    static const scenario an_hour = {.nodes = ALL, .node_count = NODES, .duration_ns = 3600000 * MS};
    static const told all[] = {{UP, A, B, 100 * MS},      {UP, B, A, 110 * MS},  {DOWN, A, B, 250 * MS},
                               {UP, A, B, 260 * MS},      {UP, C, A, 300 * MS},  {UP, A, C, 399 * MS},
                               {STOPPED, C, 0, 400 * MS}, {DOWN, A, C, 500 * MS}};
    check_file(&half_a_second, all, 8,
               "at_ns,members,components,largest,ups,downs\n"
               "0,0,0,0,0,0\n"
               "100000000,1,1,1,2,0\n"
               "200000000,2,2,1,1,1\n"
               "300000000,3,2,2,2,0\n"
               "400000000,3,1,3,0,0\n"
               "500000000,2,1,2,0,1\n");
    check_file(&as_many_rows, all, 8, NULL);
    check_file(&an_hour, all, 8, NULL);
}

/* --- many --- */

/* A ring of 2,000 nodes in which one link after the other goes and comes back: each time its two ends stay
 * connected the other way round. */
static void many(void)
{
    enum { MANY = 2000 };
    static scenario_node nodes[MANY];
    const scenario whole = {.nodes = nodes, .node_count = MANY, .duration_ns = 10 * MANY};
    overlay *of = NULL;
    for (size_t i = 0; i < MANY; i++)
        nodes[i].membership.on = true;
    if (overlay_new(&whole, &of) != 0)
        abort();
    for (uint32_t i = 0; i < MANY; i++) {
        const uint32_t next = (i + 1) % MANY;
        tell(of, &(told){UP, i, next, i});
        tell(of, &(told){UP, next, i, i});
    }
    for (uint32_t i = 0; i < 2 * MANY; i++) {
        tell(of, &(told){DOWN, i % MANY, (i + 1) % MANY, MANY + 4 * i});
        tell(of, &(told){UP, i % MANY, (i + 1) % MANY, MANY + 4 * i + 3});
    }
    overlay_history history = history_of(of, NULL);
    CHECK(overlay_connected_ns(&history), 0, "connected");
    CHECK(overlay_divided_ns(&history), 0, "never divided");
    CHECK(overlay_step_at(&history, 9 * MANY)->largest, MANY, "all are one");
    overlay_history_fini(&history);
    overlay_free(of);
}

static const check_test TESTS[] = {
    {"times", times},
    {"one moment", one_moment},
    {"some nodes", some_nodes},
    {"views", views},
    {"churn", churn},
    {"without membership", without_membership},
    {"against a model", against_a_model},
    {"file", file},
    {"many", many},
};

CHECK_MAIN("overlay", TESTS)
