/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A queue that becomes shorter than what waits in it, on both kinds of link. */
#include "core/tests/check.h"
#include "sim/ns3/ns3.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define RATE_BPS UINT64_C(10000000)

enum { FRAMES = 60, NUMBER_AT = 20, PPP_HEADER_BYTES = 2, FRAME_BYTES = 1250 - PPP_HEADER_BYTES };

/* What became of frames that take 1 ms each to be sent, and 5 ms to arrive. */
typedef struct trial {
    n3_world *world;
    n3_device *end;
    n3_device_params changed;
    uint64_t arrived_ns[FRAMES]; /* 0: it did not */
    n3_status dropped[FRAMES];
    uint32_t sent;
    uint32_t burst;
} trial;

static uint32_t number_of(const n3_frame *frame)
{
    uint32_t number;
    memcpy(&number, frame->bytes + NUMBER_AT, sizeof number);
    CU_ASSERT_EQUAL(frame->length, FRAME_BYTES);
    CU_ASSERT_FATAL(number < FRAMES);
    return number;
}

static void on_receive(void *user, n3_frame *frame, uint64_t now_ns)
{
    trial *t = user;
    t->arrived_ns[number_of(frame)] = now_ns;
    n3_frame_free(t->world, frame);
}

static void on_drop(void *user, const n3_frame *frame, n3_status reason, uint64_t now_ns)
{
    trial *t = user;
    (void)now_ns;
    t->dropped[number_of(frame)] = reason;
}

static void send_burst(void *user, uint64_t now_ns)
{
    trial *t = user;
    (void)now_ns;
    for (uint32_t i = 0; i < t->burst && t->sent < FRAMES; i++, t->sent++) {
        n3_frame *frame = n3_frame_new(t->world, FRAME_BYTES);
        CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
        memset(frame->bytes, 0x45, FRAME_BYTES);
        memcpy(frame->bytes + NUMBER_AT, &t->sent, sizeof t->sent);
        frame->length = FRAME_BYTES;
        (void)n3_device_send(t->end, frame); /* the drop hook has it */
    }
}

static void change(void *user, uint64_t now_ns)
{
    const trial *t = user;
    (void)now_ns;
    CU_ASSERT_EQUAL(n3_device_set(t->end, &t->changed), N3_OK);
}

static n3_device_params params_of(uint32_t queue_packets, double loss)
{
    return (n3_device_params){.rate_bps = RATE_BPS,
                              .delay_ns = 5 * MS,
                              .queue_packets = queue_packets,
                              .loss = loss,
                              .header_bytes = PPP_HEADER_BYTES,
                              .up = true};
}

/* Two bursts, at 0 and at second_ns; the queue has so many places, and other params from 1.5 ms on. */
static void perform(trial *t, n3_link_kind kind, n3_device_params first, n3_device_params then,
                    uint32_t burst, uint64_t second_ns)
{
    n3_world_options options;
    n3_link_options link;
    n3_node *nodes[2] = {NULL, NULL};
    n3_timer *timers[3] = {NULL, NULL, NULL};
    n3_device *other;
    n3_device_counters counters;
    *t = (trial){.changed = then, .burst = burst};
    n3_world_options_default(&options);
    CU_ASSERT_EQUAL_FATAL(n3_world_new(&options, &t->world), N3_OK);
    n3_link_options_default(&link);
    link.kind = kind;
    link.a = link.b = first;
    for (size_t i = 0; i < 2; i++)
        CU_ASSERT_EQUAL_FATAL(n3_node_new(t->world, &nodes[i]), N3_OK);
    CU_ASSERT_EQUAL_FATAL(n3_link_new(t->world, &link, nodes[0], nodes[1], &t->end, &other), N3_OK);
    n3_device_on_receive(other, on_receive, t);
    n3_device_on_drop(t->end, on_drop, t);
    for (size_t i = 0; i < 3; i++)
        CU_ASSERT_EQUAL_FATAL(n3_timer_new(t->world, i == 1 ? change : send_burst, t, &timers[i]), N3_OK);
    n3_timer_set(timers[0], 0);
    n3_timer_set(timers[1], 3 * MS / 2);
    n3_timer_set(timers[2], second_ns);
    CU_ASSERT_EQUAL(n3_world_run_until(t->world, 1000 * MS), N3_OK);
    n3_device_count(t->end, &counters);
    CU_ASSERT_EQUAL(counters.sent, counters.delivered + counters.dropped_queue + counters.dropped_loss);
    for (size_t i = 0; i < 3; i++)
        n3_timer_free(timers[i]);
    n3_world_free(t->world);
}

/* At 1.5 ms the second frame is being sent and three wait: the one place that is left is that of the first of
 * them. The next frame to come finds it free when that has begun to be sent. */
static void test_latest_are_dropped(void)
{
    static const n3_link_kind kinds[] = {N3_LINK_PIPE, N3_LINK_P2P};
    static const uint64_t wanted_ns[] = {6 * MS, 7 * MS, 8 * MS, 0, 0, 9 * MS, 0};
    for (size_t kind = 0; kind < 2; kind++) {
        trial t;
        perform(&t, kinds[kind], params_of(4, 0), params_of(1, 0), 5, 2 * MS + 1);
        for (size_t i = 0; i < sizeof wanted_ns / sizeof wanted_ns[0]; i++) {
            CHECK(t.arrived_ns[i], wanted_ns[i], "kind %zu, frame %zu arrived", kind, i);
            CHECK(t.dropped[i], wanted_ns[i] ? N3_OK : N3_DROP_QUEUE, "kind %zu, frame %zu dropped", kind, i);
        }
    }
}

/* Both kinds, to the nanosecond, for each length, also with other rate and delay from then on. */
static void test_pipe_is_p2p(void)
{
    for (uint32_t places = 1; places <= 31; places++) {
        trial pipe, p2p;
        n3_device_params then = params_of(places, 0);
        then.rate_bps += places % 2 ? 0 : 777777;
        then.delay_ns += places % 3 ? 0 : 4 * MS;
        perform(&pipe, N3_LINK_PIPE, params_of(30, 0), then, 30, 7 * MS + 1);
        perform(&p2p, N3_LINK_P2P, params_of(30, 0), then, 30, 7 * MS + 1);
        for (size_t i = 0; i < FRAMES; i++) {
            CHECK(pipe.arrived_ns[i], p2p.arrived_ns[i], "%u places, frame %zu arrived", places, i);
            CHECK(pipe.dropped[i], p2p.dropped[i], "%u places, frame %zu dropped", places, i);
        }
    }
}

/* What waits has been lost already, all of it, and nothing is in flight: its places come free all the same.
 */
static void test_lost_frames(void)
{
    trial t;
    perform(&t, N3_LINK_PIPE, params_of(4, 1), params_of(1, 0), 5, 2 * MS + 1);
    for (size_t i = 0; i < 5; i++)
        CHECK(t.dropped[i], N3_DROP_LOSS, "frame %zu", i);
    CHECK(t.arrived_ns[5], 9 * MS, "the next, behind the third");
    CHECK(t.dropped[6], N3_DROP_QUEUE, "the one after it");
}

static const check_test TESTS[] = {{"the latest are dropped", test_latest_are_dropped},
                                   {"a pipe does as a link of ns-3's", test_pipe_is_p2p},
                                   {"frames that are lost already", test_lost_frames}};
CHECK_MAIN("ns3 queue", TESTS)
