/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What summary.json and `roam run` say of an overlay, from what nodes say by hand. */
#include "core/tests/check.h"
#include "sim/verdict/summary_overlay.h"

#include <stdlib.h>

#define SECOND UINT64_C(1000000000)

enum { A, B, C, D, NODES };

#define TAKES_PART                                                                                           \
    {                                                                                                        \
        .membership = {.on = true }                                                                          \
    }
static const scenario_node ALL[NODES] = {TAKES_PART, TAKES_PART, TAKES_PART, TAKES_PART};
static const scenario WHOLE = {.nodes = ALL, .node_count = NODES, .duration_ns = 10 * SECOND};

static void link_both(const observer *to, uint32_t a, uint32_t b, roam_event_kind kind, uint64_t at_ns)
{
    const roam_event event = {.kind = kind};
    to->core_event(to->ctx, a, b, &event, at_ns);
    to->core_event(to->ctx, b, a, &event, at_ns);
}

/* A triangle at 1 s, and D behind C from 2 s until 4 s, and again from 5 s on, unless it is to stay away. */
static summary_overlay measured(bool away)
{
    overlay *of = NULL;
    summary_overlay made = {.counts = {.received = 9}};
    if (overlay_new(&WHOLE, &of) != 0)
        abort();
    const observer to = overlay_observer(of);
    link_both(&to, A, B, ROAM_EVENT_PEER_UP, SECOND);
    link_both(&to, B, C, ROAM_EVENT_PEER_UP, SECOND);
    link_both(&to, C, A, ROAM_EVENT_PEER_UP, SECOND);
    link_both(&to, C, D, ROAM_EVENT_PEER_UP, 2 * SECOND);
    link_both(&to, C, D, ROAM_EVENT_PEER_DOWN, 4 * SECOND);
    if (!away)
        link_both(&to, C, D, ROAM_EVENT_PEER_UP, 5 * SECOND);
    if (overlay_finish(of) != 0 || summary_overlay_of(&WHOLE, of, &made) != 0)
        abort();
    overlay_free(of);
    return made;
}

static void values(void)
{
    summary_overlay of = measured(false);
    char text[SUMMARY_OVERLAY_TEXT_MAX];
    CHECK(of.nodes, 4, "nodes");
    CHECK(of.state.edges, 8, "edges");
    CHECK(of.connected_ns, 5 * SECOND, "connected");
    CHECK(of.divided_ns, SECOND, "divided");
    CHECK(of.churn.ups, 10, "ups");
    CHECK(of.churn.downs, 2, "downs");
    /* Of 12 ordered pairs 8 are a hop apart, and 4 two. A and B have the coefficient 1, C 1/3, D 0. */
    CHECK(summary_ppm(of.state.paths.hops, of.state.paths.pairs), 1333333, "the mean path");
    CHECK(summary_ppm_of(of.state.clustering), 583333, "clustering");
    summary_overlay_text(&of, text);
    CHECK_STRING(
        text, "4 of 4 nodes, connected, mean path 1.33, clustering 0.583, in-degree 1 to 3, 10 up, 2 down");
    summary_overlay_fini(&of);
    of = measured(true);
    summary_overlay_text(&of, text);
    CHECK_STRING(text,
                 "4 of 4 nodes, 2 components, the largest of 3, mean path 1.00, clustering 0.750, in-degree "
                 "0 to 2, 8 up, 2 down");
    CHECK(of.connected_ns, ROAM_NEVER, "connected");
    CHECK(of.divided_ns, 6 * SECOND, "divided");
    CHECK(summary_ppm(1, 0), 0, "a share of nothing");
    summary_overlay_fini(&of);
}

static void counts(void)
{
    summary_overlay of = measured(false);
    summary_overlay_add(&of, &(roam_membership_counts){.sent = 3, .refused_other_key = 1});
    summary_overlay_add(&of, &(roam_membership_counts){.sent = 4, .refused_self = 2});
    CHECK(of.counts.received, 9, "received: what was there before stays");
    CHECK(of.counts.sent, 7, "sent");
    CHECK(of.counts.refused_self, 2, "refused_self");
    CHECK(of.counts.refused_other_key, 1, "refused_other_key");
    CHECK(of.counts.refused_key, 0, "refused_key");
    summary_overlay_fini(&of);
}

static const check_test TESTS[] = {{"values", values}, {"counts", counts}};

CHECK_MAIN("summary of an overlay", TESTS)
