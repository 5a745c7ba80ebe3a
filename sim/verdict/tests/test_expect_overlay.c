/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations on the overlay, on views, and on events by who saw them: held and failed, on what nodes say by
 * hand. */
#include "core/tests/check.h"
#include "sim/record/overlay.h"
#include "sim/tests/evidence.h"
#include "sim/verdict/expect/expect.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>

#define NETWORKS                                                                                             \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 20s\n"                                                                                        \
    "networks: {lan: {delay: 5ms}, other: {delay: 5ms}}\n"
/* Five members; n1 and n2 are moved, n1 to n3. The last change of who reaches whom is at 8 s, because a
 * migration is none. */
#define STORY                                                                                                \
    NETWORKS                                                                                                 \
    "nodes:\n"                                                                                               \
    "  n1: {networks: [lan, other], listen: 4433, membership: {}}\n"                                         \
    "  n2: {networks: [lan, other], listen: 4433, membership: {}}\n"                                         \
    "  n3: {networks: [lan], listen: 4433, membership: {}}\n"                                                \
    "  g: {count: 2, networks: [lan], listen: 4433, membership: {}}\n"                                       \
    "  plain: {networks: [lan]}\n"                                                                           \
    "peers: [n1 -> n3]\n"                                                                                    \
    "timeline:\n"                                                                                            \
    "  - {at: 5s, down: g-1, network: lan}\n"                                                                \
    "  - {at: 6s, up: g-1, network: lan}\n"                                                                  \
    "  - {at: 9s, migrate: n1 -> n3, network: other, as: move}\n"                                            \
    "  - {at: 8s, reconnect: n2, network: other, as: again}\n"                                               \
    "expect:\n"                                                                                              \
    "  - "

/* The last change of who reaches whom is the end of the partition, at 7 s. */
#define PARTED                                                                                               \
    NETWORKS                                                                                                 \
    "nodes:\n"                                                                                               \
    "  n: {count: 3, networks: [lan, other], listen: 4433, membership: {}}\n"                                \
    "  g: {count: 2, networks: [lan], listen: 4433, membership: {}}\n"                                       \
    "timeline:\n"                                                                                            \
    "  - {at: 3s, partition: [[lan], [other]], for: 4s}\n"                                                   \
    "expect:\n"                                                                                              \
    "  - "

enum { N1, N2, N3, G1, G2, NODES };

/* What nodes had at the end. */
static const expect_member MEMBERS[NODES + 1] = {
    [N1] = {.passive = 2, .counts = {.sent = 9, .refused_key = 1}},
    [N3] = {.passive = 30, .counts = {.sent = UINT64_C(5000000000), .refused_other_key = 4}},
    [G1] = {.passive = 7, .counts = {.refused_key = 2}},
    [G2] = {.passive = 7, .counts = {.refused_key = 3}},
};

#define SECOND UINT64_C(1000000000)

/* What one node says of another, at milliseconds. */
typedef struct told {
    enum { END, UP, DOWN, CHANNEL_UP } what;
    uint32_t node;
    uint32_t other;
    uint64_t at_ms;
} told;

/* A chain n1 - n2 - n3 - g-1, and g-2 with n1 and n3. From 5.5 s to 9 s g-1 is alone. */
static const told STORY_OF_FIVE[] = {
    {UP, N1, N2, 1000}, {UP, N2, N1, 1010}, {UP, N2, N3, 1100},   {UP, N3, N2, 1110},
    {UP, N3, G1, 1200}, {UP, G1, N3, 1210}, {UP, G2, N1, 1300},   {UP, N1, G2, 1310},
    {UP, G2, N3, 1320}, {UP, N3, G2, 1330}, {DOWN, N3, G1, 5500}, {DOWN, G1, N3, 6100},
    {UP, G1, N3, 8990}, {UP, N3, G1, 9000}, {UP, G1, N1, 15000},  {CHANNEL_UP, G1, N1, 14000},
};

typedef struct row {
    const char *expect;
    bool held;
    const char *text;
} row;

static const row ROWS[] = {
    {"{overlay: all, connected: true}", true, "5 members, connected from 9.000 s on, wanted connected"},
    {"{overlay: all, connected: false}", false, "5 members, connected from 9.000 s on, wanted not connected"},
    {"{overlay: all, connected: true, within: 1s}", true,
     "5 members, connected from 9.000 s on, wanted connected within 1s after 8s"},
    {"{overlay: all, connected: true, within: 999ms}", false,
     "5 members, connected from 9.000 s on, wanted connected within 999ms after 8s"},
    {"{overlay: all, connected: true, within: 1s, since: 8s}", true,
     "5 members, connected from 9.000 s on, wanted connected within 1s after 8s"},
    {"{overlay: all, connected: true, within: 0s, since: 19s}", true,
     "5 members, connected from 9.000 s on, wanted connected within 0s after 19s"},
    {"{overlay: all, connected: false, components: 2, at: 7s}", true,
     "5 members in 2 components, the largest of 4 at 7.000 s, wanted not connected, in components: 2"},
    {"{overlay: all, components: 1, at: 7s}", false,
     "5 members in 2 components, the largest of 4 at 7.000 s, wanted in components: 1"},
    {"{overlay: all, members: 3..5}", true, "5 members, connected from 9.000 s on, wanted members: 3 to 5"},
    {"{overlay: all, members: 6}", false, "5 members, connected from 9.000 s on, wanted members: 6"},
    {"{overlay: all, connected: true, at: 500ms}", false, "0 members at 500.000 ms, wanted connected"},
    {"{overlay: [n1, n2, n3], connected: true}", true,
     "3 members, connected from 1.000 s on, wanted connected"},
    {"{overlay: [g, n3], connected: true}", true, "3 members, connected from 9.000 s on, wanted connected"},
    {"{overlay: [n1, n3], connected: true}", false,
     "2 members in 2 components, the largest of 1 at the end, wanted connected"},
    {"{overlay: g-1, members: 1}", true, "1 member, connected from 1.210 s on, wanted members: 1"},
    {"{overlay: all, symmetric: true}", false,
     "5 members, connected from 9.000 s on, 10 of 11 edges symmetric, wanted all symmetric"},
    {"{overlay: all, symmetric: true, connected: true, at: 14s}", true,
     "5 members, connected at 14.000 s, 10 of 10 edges symmetric, wanted connected, all symmetric"},
    {"{overlay: all, symmetric: true, at: 1ms}", false,
     "0 members at 1.000 ms, 0 of 0 edges symmetric, wanted all symmetric"},
    {"{view: n3, active: 3..5, contains: [n2, g-1]}", true,
     "3 peers: n2, g-1, g-2, wanted 3 to 5 with n2, g-1"},
    {"{view: n3, active: 4}", false, "3 peers: n2, g-1, g-2, wanted 4"},
    {"{view: n3, contains: n1}", false, "3 peers: n2, g-1, g-2, wanted n1"},
    {"{view: g-1, active: 0, at: 6100ms}", true, "0 peers, wanted 0"},
    {"{view: g-1, active: 1, at: 6099ms}", true, "1 peer: n3, wanted 1"},
    {"{view: all, active: 2..3}", true, "5 nodes with 2 to 3 peers, wanted 2 to 3"},
    {"{view: all, active: 3..}", false, "n1 has 2 peers: n2, g-2, wanted 3 or more"},
    {"{view: all, active: 0.., at: 1ms}", false, "no member"},
    {"{view: [n2, g-1], active: 2, contains: n3}", true, "2 nodes with 2 to 2 peers, wanted 2 with n3"},
    /* Itself it need not contain. */
    {"{view: [n2, n3, g-1], contains: n3}", true, "3 nodes with 2 to 3 peers, wanted n3"},
    {"{view: n1, passive: 1..30}", true, "2 peers: n2, g-2, passive view of 2, wanted passive: 1 to 30"},
    {"{view: n1, passive: 3..}", false, "2 peers: n2, g-2, passive view of 2, wanted passive: 3 or more"},
    {"{view: g, active: 1..2, passive: 7}", true,
     "2 nodes with 2 to 2 peers, passive view of 7, wanted 1 to 2, passive: 7"},
    {"{view: all, contains: n3, passive: 0..30}", false,
     "n1 has 2 peers: n2, g-2, passive view of 2, wanted n3, passive: 0 to 30"},
    {"{view: all, passive: 0..30}", true,
     "5 nodes with 2 to 3 peers, passive views of 0 to 30, wanted passive: 0 to 30"},
    {"{view: all, passive: 1..30}", false,
     "n2 has 2 peers: n1, n3, passive view of 0, wanted passive: 1 to 30"},
    {"{overlay: all, share: 80%, at: 7s}", true,
     "5 members in 2 components, the largest of 4 at 7.000 s, wanted >= 80% in the largest"},
    {"{overlay: all, members: 5, share: 81%, at: 7s}", false,
     "5 members in 2 components, the largest of 4 at 7.000 s, wanted members: 5, >= 81% in the largest"},
    {"{overlay: all, share: 80%, at: 500ms}", false, "0 members at 500.000 ms, wanted >= 80% in the largest"},
    /* n3 has 3 peers, the others have 2. */
    {"{view: all, active: 2, share: 80%}", true,
     "n3 has 3 peers: n2, g-1, g-2, wanted 2; so in 4 of 5, wanted share >= 80%"},
    {"{view: all, active: 2, share: \"<= 79.9%\"}", false,
     "n3 has 3 peers: n2, g-1, g-2, wanted 2; so in 4 of 5, wanted share <= 79.9%"},
    {"{view: all, active: 0.., at: 1ms, share: 0%}", false, "no member; so in 0 of 0, wanted share <= 100%"},
    {"{membership: all, counted: refused_key, count: 0, share: 40%..50%}", true,
     "0 to 3 refused_key, wanted 0 of each; so in 2 of 5, wanted share 40% to 50%"},
    {"{membership: [n1, g], counted: refused_key, count: 1..2, share: 70%}", false,
     "1 to 3 refused_key, wanted 1 to 2 of each; so in 2 of 3, wanted share >= 70%"},
    {"{membership: n1, counted: refused_key}", true, "1 refused_key, wanted 1 or more"},
    {"{membership: n2, counted: refused_key}", false, "0 refused_key, wanted 1 or more"},
    {"{membership: n3, counted: refused_key, count: 0}", true, "0 refused_key, wanted 0"},
    {"{membership: g, counted: refused_key, count: 4}", false, "5 refused_key by g-1 and 1 other, wanted 4"},
    {"{membership: [n2, g-1], counted: refused_key, count: 2}", true, "2 refused_key by g-1, wanted 2"},
    {"{membership: all, counted: refused_key, count: 6}", true, "6 refused_key by n1 and 2 others, wanted 6"},
    {"{membership: all, counted: refused_other_key, count: 4}", true, "4 refused_other_key by n3, wanted 4"},
    {"{membership: all, counted: sent, count: 5000000009}", true,
     "5000000009 sent by n1 and 1 other, wanted 5000000009"},
    {"{happens: peer_down, count: 2}", true, "2 peer_down, the first at 5.500 s, wanted 2"},
    {"{happens: peer_down, count: 0}", false, "2 peer_down, the first at 5.500 s, wanted 0"},
    {"{happens: peer_down, count: 0, seen_by: g-2}", true, "no peer_down on g-2, wanted 0"},
    {"{happens: peer_down, count: 1.., seen_by: g-2}", false, "no peer_down on g-2, wanted 1 or more"},
    {"{happens: peer_down, count: <= 2, between: 5s..5500ms}", true,
     "2 peer_down, the first at 5.500 s, wanted 0 to 2, the first 5s to 5.5s"},
    {"{happens: peer_down, count: 2, between: 5s..5499ms}", false,
     "2 peer_down, the first at 5.500 s, wanted 2, the first 5s to 5.499s"},
    {"{happens: peer_up, seen_by: [g-1, g-2], between: 1210ms..1210ms}", true,
     "peer_up on g-1 and 1 other at 1.210 s, wanted 1.21s to 1.21s"},
    {"{happens: peer_up, count: 5, seen_by: [g-1, g-2, n2]}", false,
     "7 peer_up on g-1 and 2 others, the first at 1.010 s, wanted 5"},
    {"{never: peer_down, seen_by: g}", false,
     "1 peer_down on g-1 and 1 other, the first at 6.100 s, wanted none"},
    /* g-1 of n3 twice, g-2 of n3; not of n1, which is moved; n3 is the other end. */
    {"{happens: peer_up, count: 3, seen_by: third}", true,
     "3 peer_up on third nodes, the first at 1.210 s, wanted 3"},
    {"{never: peer_down, seen_by: third}", false,
     "1 peer_down on third nodes, the first at 6.100 s, wanted none"},
    {"{never: left, seen_by: third}", true, "no left on third nodes"},
    {"{happens: channel_up, node: g-1, between: 14s..14s}", true,
     "channel_up on g-1 at 14.000 s, wanted 14s to 14s"},
    {"{never: channel_down}", true, "no channel_down"},
};

static void tell(const observer *to, const told *of)
{
    static const roam_event_kind KINDS[] = {
        [UP] = ROAM_EVENT_PEER_UP, [DOWN] = ROAM_EVENT_PEER_DOWN, [CHANNEL_UP] = ROAM_EVENT_CHANNEL_UP};
    const roam_event event = {.kind = KINDS[of->what]};
    to->core_event(to->ctx, of->node, of->other, &event, of->at_ms * 1000000);
}

/* When the first event of the first entry with `after` is carried out; 0: not. */
static uint64_t restarted_ns;

static void judge(const char *story, const row *wanted)
{
    char text[2048];
    overlay *views = NULL;
    expect_outcome outcome = {0};
    (void)snprintf(text, sizeof text, "%s%s\n", story, wanted->expect);
    evidence of = evidence_of(evidence_scenario(text));
    if (overlay_new(of.scenario, &views) != 0)
        abort();
    const observer watcher = overlay_observer(views);
    for (size_t i = 0; i < sizeof STORY_OF_FIVE / sizeof *STORY_OF_FIVE; i++) {
        tell(&watcher, &STORY_OF_FIVE[i]);
        tell(&of.told, &STORY_OF_FIVE[i]);
    }
    if (restarted_ns > 0)
        of.told.timeline(of.told.ctx, &of.scenario->events[of.scenario->afters[0]->first], restarted_ns);
    evidence_finish(&of);
    CHECK(overlay_finish(views), 0, "finish");
    const expect_evidence found = {
        .recorder = of.recorder, .witness = of.witness, .overlay = views, .members = MEMBERS};
    expect_judge(of.scenario, of.scenario->expectations, 1, &found, &outcome);
    CHECK(outcome.held, wanted->held, "%s", wanted->expect);
    CHECK_STRING(outcome.text, wanted->text, "%s", wanted->expect);
    overlay_free(views);
    evidence_free(&of);
}

static void held_and_failed(void)
{
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        judge(STORY, &ROWS[i]);
}

static void partition(void)
{
    judge(PARTED, &(row){"{overlay: all, connected: true, within: 2s}", true,
                         "5 members, connected from 9.000 s on, wanted connected within 2s after 7s"});
}

/* What an instant starts counts by when it came: with the delay of 1 s the restart is at 5 s, the start at 8
 * s; what was not started by the end does not count. */
static void started(void)
{
    static const char STORY_AFTER[] =
        NETWORKS "nodes:\n"
                 "  n: {count: 3, networks: [lan, other], listen: 4433, membership: {}}\n"
                 "  g: {count: 2, networks: [lan], listen: 4433, membership: {}}\n"
                 "timeline:\n"
                 "  - {at: 3s, down: g-1, network: lan}\n  - {at: 4s, up: g-1, network: lan}\n"
                 "  - {after: {happens: peer_up, of: n-2, delay: 1s}, restart: g-1, for: 3s}\n"
                 "  - {after: {happens: peer_up, of: n-3, delay: 12s}, restart: g-2, for: 1s}\n"
                 "expect:\n  - ";
    restarted_ns = 5 * SECOND;
    judge(STORY_AFTER, &(row){"{overlay: all, connected: true, within: 1s}", true,
                              "5 members, connected from 9.000 s on, wanted connected within 1s after 8s"});
    judge(STORY_AFTER,
          &(row){"{overlay: all, connected: true, within: 999ms}", false,
                 "5 members, connected from 9.000 s on, wanted connected within 999ms after 8s"});
    restarted_ns = 0;
    judge(STORY_AFTER, &(row){"{overlay: all, connected: true, within: 5s}", true,
                              "5 members, connected from 9.000 s on, wanted connected within 5s after 4s"});
}

/* --- what is wrong with one --- */

typedef struct fault {
    const char *expect;
    const char *message; /* after the place */
} fault;

static const fault FAULTS[] = {
    {"{overlay: all}", "18:5: nothing is expected of the overlay: write for example connected: true"},
    {"{overlay: al, connected: true}", "18:15: unknown node 'al'"},
    {"{overlay: plain, connected: true}",
     "18:15: 'plain' has no membership: give it for example membership: {}"},
    {"{overlay: [], connected: true}", "18:15: the list of nodes is empty: write for example [laptop]"},
    {"{overlay: [n1, n2, n1], connected: true}", "18:24: 'n1' is listed twice"},
    {"{overlay: [g, g-2], connected: true}", "18:19: 'g-2' is listed twice"},
    {"{overlay: all, connected: true, since: 3s}",
     "18:37: 'since' is where the time of 'within' begins: write within"},
    {"{overlay: all, connected: false, within: 3s}", "18:38: 'within' goes with connected: true"},
    {"{overlay: all, connected: true, within: 3s, at: 3s}",
     "18:49: 'within' is about the time until the end, 'at' about a moment: write two"},
    {"{view: n1}", "18:5: nothing is expected of the view: write for example active: 3..5"},
    {"{view: n1, passive: 3.., at: 3s}",
     "18:16: 'passive' is about the end of the run, 'at' about a moment: write two"},
    {"{membership: n1}", "18:5: an expectation needs 'counted': write for example counted: refused_key"},
    {"{membership: n1, counted: refused}", "18:31: unknown counted 'refused'; known: sent, received,"},
    {"{membership: plain, counted: sent}",
     "18:18: 'plain' has no membership: give it for example membership: {}"},
    {"{view: n1, active: 1, share: 101%}",
     "18:34: share: '101%' is no bound: write <= 120ms, 40ms..50ms or 40ms.."},
    {"{view: n1, contains: all}", "18:26: unknown node 'all'"},
    {"{happens: refused, seen_by: n1}", "18:24: 'seen_by' is about events of nodes: write for example node"},
    {"{never: peer_down, node: n1, seen_by: n2}",
     "18:34: 'node' and 'seen_by' in one entry: write seen_by alone"},
    {"{happens: peer_down, count: 0, between: 1s..}", "18:36: between: with count: 0 there is no first one"},
    {"{happens: peer_down, seen_by: thirds}", "18:35: unknown node 'thirds'"},
};

static void faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof *FAULTS; i++) {
        static scenario_diagnostics diagnostics;
        char text[2048];
        scenario *loaded = NULL;
        const int bytes = snprintf(text, sizeof text, "%s%s\n", STORY, FAULTS[i].expect);
        const scenario_source source = {.text = text, .text_bytes = (size_t)bytes, .name = "t"};
        scenario_diagnostics_init(&diagnostics);
        CHECK(scenario_load(&source, &loaded, &diagnostics), SCENARIO_ERR_INVALID, "%s", FAULTS[i].expect);
        CHECK(diagnostics.total, 1, "%s", FAULTS[i].expect);
        CHECK_CONTAINS(diagnostics.count > 0 ? diagnostics.items[0].text : "", FAULTS[i].message, "%s",
                       FAULTS[i].expect);
        scenario_diagnostics_fini(&diagnostics);
        scenario_free(loaded);
    }
}

static const check_test TESTS[] = {
    {"held and failed", held_and_failed},
    {"partition", partition},
    {"started", started},
    {"faults", faults},
};

CHECK_MAIN("expectations on the overlay", TESTS)
