/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a migration and a reconnect cost, in worlds whose links have no rate, so that times are exact. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"

#include <CUnit/Basic.h>
#include <stdio.h>

#define MS UINT64_C(1000000)

enum { MOVES_MAX = 2, NEVER_MS = 999999 };

/* The round trip over wifi is 18 ms, over cellular 72 ms. From 1 s on a message leaves each way every 20 ms;
 * all is requested at 2.005 s. */
static const char HEAD[] = "roam: 1\nname: t\nduration: 6s\n"
                           "networks:\n  wifi: {delay: 8ms}\n  cellular: {delay: 35ms}\n  dc: {delay: 1ms}\n"
                           "nodes:\n  a: {networks: [wifi, cellular], trust: strict}\n"
                           "  b: {networks: [dc], listen: 4433, trust: strict}\n"
                           "peers: [a -> b]\n";
#define TWO_FLOWS                                                                                            \
    "traffic:\n  - {flow: a -> b, send: 100B, every: 20ms, at: 1s, stream: true}\n"                          \
    "  - {flow: b -> a, send: 100B, every: 20ms, at: 1s}\n"
#define AT "timeline:\n  - {at: 2005ms, "
#define CELLULAR " a -> b, network: cellular"

/* Times in ms from the request; NEVER_MS: never. */
typedef struct cost {
    recorder_move_kind kind;
    int result;
    uint64_t done_ms, over_ms, round_trip_ms, round_trips, first_up_ms, first_down_ms;
    uint64_t gap_up_ms, gap_down_ms, lost_up, lost_down, passed_over, streams_lost;
} cost;

typedef struct move_case {
    const char *name;
    const char *text;
    cost moves[MOVES_MAX];
    size_t count;
    uint64_t streams, streams_lost; /* of the first flow */
} move_case;

static const move_case CASES[] = {
    /* PATH_CHALLENGE and PATH_RESPONSE: 72 ms. The message of 2.060 s takes wifi and is there at 2.069 s,
     * that of 2.080 s takes cellular and is there at 2.116 s. What a sends at 2.077 s makes b follow at 2.113
     * s: its message of 2.100 s is there at 2.109 s, that of 2.120 s at 2.156 s. */
    {.name = "a migration, and the old path works",
     .text = TWO_FLOWS AT "migrate:" CELLULAR "}\n",
     .moves = {{.kind = RECORDER_MIGRATE,
                .done_ms = 72,
                .over_ms = 151,
                .round_trip_ms = 72,
                .round_trips = 1,
                .first_up_ms = 111,
                .first_down_ms = 151,
                .gap_up_ms = 27,
                .gap_down_ms = 27}},
     .count = 1,
     .streams = 1},
    /* The close is at b at 2.014 s. The new connection is up at b after a round trip and a half, at 2.113 s,
     * and at a after two, at 2.149 s; a message takes 36 ms from there. The message that b sent at 2.000 s
     * comes when a has no connection any more. Those of 2.020 to 2.140 s at a and to 2.100 s at b are passed
     * over. */
    {.name = "a reconnect, and the old path works",
     .text = TWO_FLOWS AT "reconnect:" CELLULAR "}\n",
     .moves = {{.kind = RECORDER_RECONNECT,
                .done_ms = 144,
                .over_ms = 180,
                .round_trip_ms = 72,
                .round_trips = 2,
                .first_up_ms = 180,
                .first_down_ms = 144,
                .gap_up_ms = 156,
                .gap_down_ms = 140,
                .lost_down = 1,
                .passed_over = 7 + 5,
                .streams_lost = 1}},
     .count = 1,
     .streams = 2,
     .streams_lost = 1},
    /* What a sent at 2.000 s has left, and arrives; what comes to a from 2.005 s on is lost: the messages of
     * 2.000 to 2.100 s. */
    {.name = "a reconnect, and the old path is gone",
     .text = TWO_FLOWS AT "detach: a, network: wifi}\n  - {at: 2005ms, reconnect:" CELLULAR "}\n",
     .moves = {{.kind = RECORDER_RECONNECT,
                .done_ms = 144,
                .over_ms = 180,
                .round_trip_ms = 72,
                .round_trips = 2,
                .first_up_ms = 180,
                .first_down_ms = 144,
                .gap_up_ms = 156,
                .gap_down_ms = 140,
                .lost_down = 6,
                .passed_over = 7,
                .streams_lost = 1}},
     .count = 1,
     .streams = 2,
     .streams_lost = 1},
    /* Nothing comes until the flows end, at 5.4 s. In the second that the call takes, 50 messages each way
     * are due. */
    {.name = "a reconnect without an answer",
     .text = TWO_FLOWS AT
     "blackhole: a, network: cellular}\n  - {at: 2005ms, timeout: 1s, reconnect:" CELLULAR "}\n",
     .moves = {{.kind = RECORDER_RECONNECT,
                .result = ROAM_ERR_TIMEOUT,
                .done_ms = 1000,
                .over_ms = 1000,
                .round_trip_ms = NEVER_MS,
                .round_trips = NEVER_MS,
                .first_up_ms = NEVER_MS,
                .first_down_ms = NEVER_MS,
                .gap_up_ms = 3371,
                .gap_down_ms = 3391,
                .lost_down = 1,
                .passed_over = 50 + 50,
                .streams_lost = 1}},
     .count = 1,
     .streams = 1,
     .streams_lost = 1},
    {.name = "without traffic, they are over with their results",
     .text = AT "migrate:" CELLULAR "}\n  - {at: 3s, reconnect: a -> b, network: wifi}\n",
     .moves = {{.kind = RECORDER_MIGRATE,
                .done_ms = 72,
                .over_ms = 72,
                .round_trip_ms = 72,
                .round_trips = 1,
                .first_up_ms = NEVER_MS,
                .first_down_ms = NEVER_MS,
                .gap_up_ms = NEVER_MS,
                .gap_down_ms = NEVER_MS},
               {.kind = RECORDER_RECONNECT,
                .done_ms = 36,
                .over_ms = 36,
                .round_trip_ms = 18,
                .round_trips = 2,
                .first_up_ms = NEVER_MS,
                .first_down_ms = NEVER_MS,
                .gap_up_ms = NEVER_MS,
                .gap_down_ms = NEVER_MS}},
     .count = 2},
    /* The second is asked for when the first is over; each loses the messages of its own time. */
    {.name = "two reconnects",
     .text = TWO_FLOWS AT "reconnect:" CELLULAR "}\n  - {at: 3005ms, reconnect:" CELLULAR "}\n",
     .moves =
         {{.kind = RECORDER_RECONNECT,
           .done_ms = 144,
           .over_ms = 180,
           .round_trip_ms = 72,
           .round_trips = 2,
           .first_up_ms = 180,
           .first_down_ms = 144,
           .gap_up_ms = 156,
           .gap_down_ms = 140,
           .lost_down = 1,
           .passed_over = 12,
           .streams_lost = 1},
          /* The rhythm of a has begun anew at 2.149 s, that of b at 2.113 s: a sent at 2.989 s, and that is
           * at b at 3.025 s; b sent at 2.973 s, and that came at 3.009 s, too late, as did that of 2.993 s,
           * 3.013 s and 3.033 s: the close is there at 3.041 s. The last that came is that of 2.953 s, at
           * 2.989 s. a passes over 3.009 to 3.149 s, b 3.053 to 3.113 s less the last, which it sends. */
          {.kind = RECORDER_RECONNECT,
           .done_ms = 144,
           .over_ms = 180,
           .round_trip_ms = 72,
           .round_trips = 2,
           .first_up_ms = 180,
           .first_down_ms = 144,
           .gap_up_ms = 140,
           .gap_down_ms = 140,
           .lost_down = 4,
           .passed_over = 7 + 3,
           .streams_lost = 1}},
     .count = 2,
     .streams = 3,
     .streams_lost = 2},
};

static uint64_t since(uint64_t time_ns, uint64_t requested_ns)
{
    return time_ns == ROAM_NEVER ? NEVER_MS * MS : time_ns - requested_ns;
}

static uint64_t known(uint64_t value)
{
    return value == ROAM_NEVER ? NEVER_MS : value;
}

static void check_move(const char *name, const recorder_move *is, const cost *wanted)
{
    CHECK(is->kind, wanted->kind, "%s: kind", name);
    CHECK(is->done ? is->result : 1, wanted->result, "%s: result", name);
    CHECK(since(is->done_ns, is->requested_ns), wanted->done_ms * MS, "%s: result after", name);
    CHECK(since(is->over_ns, is->requested_ns), wanted->over_ms * MS, "%s: over after", name);
    CHECK(since(is->round_trip_ns, 0), wanted->round_trip_ms * MS, "%s: round trip", name);
    CHECK(known(is->round_trips), wanted->round_trips, "%s: round trips", name);
    CHECK(since(is->up.first_message_ns, is->requested_ns), wanted->first_up_ms * MS, "%s: first up", name);
    CHECK(since(is->down.first_message_ns, is->requested_ns), wanted->first_down_ms * MS, "%s: first down",
          name);
    CHECK(since(is->up.gap_ns, 0), wanted->gap_up_ms * MS, "%s: gap up", name);
    CHECK(since(is->down.gap_ns, 0), wanted->gap_down_ms * MS, "%s: gap down", name);
    CHECK(is->up.lost, wanted->lost_up, "%s: lost up", name);
    CHECK(is->down.lost, wanted->lost_down, "%s: lost down", name);
    CHECK(is->up.passed_over + is->down.passed_over, wanted->passed_over, "%s: passed over", name);
    CHECK(is->streams_lost, wanted->streams_lost, "%s: streams lost", name);
    CHECK(is->up.repeated + is->down.repeated, 0, "%s: repeated", name);
    CHECK(is->churn, 0, "%s: churn", name);
}

static void test_moves(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        const move_case *const at = &CASES[i];
        char text[2048];
        size_t count;
        (void)snprintf(text, sizeof text, "%s%s", HEAD, at->text);
        evidence of = evidence_run(text);
        const recorder_move *const moves = recorder_moves(of.recorder, &count);
        CHECK(count, at->count, "%s: moves", at->name);
        for (size_t j = 0; j < at->count && j < count; j++)
            check_move(at->name, &moves[j], &at->moves[j]);
        if (of.scenario->traffic_count > 0) {
            CHECK(recorder_flows(of.recorder)[0].streams, at->streams, "%s: streams", at->name);
            CHECK(recorder_flows(of.recorder)[0].streams_lost, at->streams_lost, "%s: streams lost in all",
                  at->name);
        }
        evidence_free(&of);
    }
}

static const check_test TESTS[] = {{"what moves cost", test_moves}};
CHECK_MAIN("moves", TESTS)
