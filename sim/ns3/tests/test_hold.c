/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A pipe that is held: what has begun goes on, the rest waits in the queue and leaves in order. */
#include "core/tests/check.h"
#include "sim/ns3/ns3.h"

#include <CUnit/Basic.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { FRAMES = 10, FRAME_BYTES = 1250, QUEUE = 4 };

/* Five frames at 0, five more at 2.1 ms; holds at 1.5 ms and later. A frame takes 1 ms to be sent at 10 Mbps,
 * and 5 ms to arrive. */
typedef struct trial {
    n3_world *world;
    n3_device *end;
    const uint64_t *holds_ns; /* until when, one after the other, a millisecond apart; 0 ends them */
    n3_timer *hold;
    uint64_t arrived_ns[FRAMES]; /* 0: it did not */
    uint8_t sent;
    uint8_t seen;
} trial;

static void on_receive(void *user, n3_frame *frame, uint64_t now_ns)
{
    trial *const t = user;
    t->seen++;
    CU_ASSERT_FATAL(frame->bytes[0] < FRAMES);
    t->arrived_ns[frame->bytes[0]] = now_ns;
    n3_frame_free(t->world, frame);
}

static void send_burst(void *user, uint64_t now_ns)
{
    trial *const t = user;
    (void)now_ns;
    for (size_t i = 0; i < FRAMES / 2; i++) {
        n3_frame *const frame = n3_frame_new(t->world, FRAME_BYTES);
        CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
        memset(frame->bytes, 0, FRAME_BYTES);
        frame->bytes[0] = t->sent++;
        frame->length = FRAME_BYTES;
        (void)n3_device_send(t->end, frame);
    }
}

static void on_hold(void *user, uint64_t now_ns)
{
    trial *const t = user;
    CHECK(n3_device_hold(t->end, *t->holds_ns++), N3_OK, "held");
    if (*t->holds_ns)
        n3_timer_set(t->hold, now_ns + MS);
}

static void perform(trial *t, uint64_t rate_bps, const uint64_t *holds_ns)
{
    n3_world_options options;
    n3_link_options link;
    n3_node *nodes[2];
    n3_device *other;
    n3_timer *bursts[2];
    n3_device_counters counters;
    *t = (trial){.holds_ns = holds_ns};
    n3_world_options_default(&options);
    n3_link_options_default(&link);
    link.a.rate_bps = rate_bps;
    link.a.delay_ns = 5 * MS;
    link.a.queue_packets = QUEUE;
    CU_ASSERT_EQUAL_FATAL(n3_world_new(&options, &t->world), N3_OK);
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(n3_node_new(t->world, &nodes[i]), N3_OK);
    CU_ASSERT_EQUAL_FATAL(n3_link_new(t->world, &link, nodes[0], nodes[1], &t->end, &other), N3_OK);
    n3_device_on_receive(other, on_receive, t);
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(n3_timer_new(t->world, send_burst, t, &bursts[i]), N3_OK);
    CU_ASSERT_EQUAL_FATAL(n3_timer_new(t->world, on_hold, t, &t->hold), N3_OK);
    n3_timer_set(bursts[0], 0);
    n3_timer_set(t->hold, 3 * MS / 2);
    n3_timer_set(bursts[1], 21 * MS / 10);
    CHECK(n3_world_run_until(t->world, 1000 * MS), N3_OK, "run");
    n3_device_count(t->end, &counters);
    CHECK(counters.sent, counters.delivered + counters.dropped_queue, "sent");
    CHECK(counters.delivered, t->seen, "delivered");
    n3_timer_free(t->hold);
    for (size_t i = 0; i < 2; i++)
        n3_timer_free(bursts[i]);
    n3_world_free(t->world);
}

/* At 1.5 ms the second frame is being sent, and goes on. Of the second burst two frames find a place: then
 * four wait behind the one whose turn is next. */
static void test_hold(void)
{
    static const struct {
        const char *what;
        uint64_t rate_bps;
        uint64_t holds_ns[4];
        uint64_t arrived_ns[FRAMES];
    } cases[] = {
        {"to 20 ms", 10000000, {20 * MS}, {6 * MS, 7 * MS, 26 * MS, 27 * MS, 28 * MS, 29 * MS, 30 * MS}},
        {"a longer one after it, and a shorter one",
         10000000,
         {20 * MS, 40 * MS, 30 * MS},
         {6 * MS, 7 * MS, 46 * MS, 47 * MS, 48 * MS, 49 * MS, 50 * MS}},
        {"over before it begins", 10000000, {1}, {6 * MS, 7 * MS, 8 * MS, 9 * MS, 10 * MS, 11 * MS, 12 * MS}},
        {"without a rate: all at once, as many as the queue has places",
         0,
         {20 * MS},
         {5 * MS, 5 * MS, 5 * MS, 5 * MS, 5 * MS, 25 * MS, 25 * MS, 25 * MS, 25 * MS, 25 * MS}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        trial t;
        perform(&t, cases[i].rate_bps, cases[i].holds_ns);
        for (size_t k = 0; k < FRAMES; k++)
            CHECK(t.arrived_ns[k], cases[i].arrived_ns[k], "%s: frame %zu", cases[i].what, k);
    }
}

static void test_p2p_has_none(void)
{
    n3_world_options options;
    n3_link_options link;
    n3_world *world;
    n3_node *nodes[2];
    n3_device *ends[2];
    n3_world_options_default(&options);
    n3_link_options_default(&link);
    link.kind = N3_LINK_P2P;
    link.a.rate_bps = link.b.rate_bps = 10000000;
    link.a.header_bytes = link.b.header_bytes = 2;
    CU_ASSERT_EQUAL_FATAL(n3_world_new(&options, &world), N3_OK);
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(n3_node_new(world, &nodes[i]), N3_OK);
    CU_ASSERT_EQUAL_FATAL(n3_link_new(world, &link, nodes[0], nodes[1], &ends[0], &ends[1]), N3_OK);
    CHECK(n3_device_hold(ends[0], MS), N3_ERR_UNSUPPORTED, "p2p");
    n3_world_free(world);
}

static const check_test TESTS[] = {{"held frames", test_hold}, {"p2p", test_p2p_has_none}};
CHECK_MAIN("hold", TESTS)
