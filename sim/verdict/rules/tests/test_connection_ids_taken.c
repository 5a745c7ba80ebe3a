/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of connection_ids_taken.c: a run that holds it, and the same run altered so that this rule alone
 * is broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/id_traces.h"

#include <CUnit/Basic.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)

#define C DISSECT_CLIENT
#define S DISSECT_SERVER
#define ISSUE DISSECT_NEW_CONNECTION_ID

static void exercised(const trace *of, rules_rule rule, dissect_side side, uint32_t times)
{
    CHECK(trace_exercised(of, rule, side), times, "%s", rules_name(rule));
}

/* Of the first ACK frames of the side after a packet came under that connection ID, none has one of those. */
static void acknowledge_none_under(trace *of, dissect_side side, const dissect_id *id)
{
    uint64_t from_ns = ROAM_NEVER, last = 0;
    for (size_t i = 0; i < of->count; i++) {
        trace_item *const item = &of->items[i];
        dissect_frame *const ack = trace_frame(item, DISSECT_ACK);
        if (item->packet.type != DISSECT_ONE_RTT)
            continue;
        const bool under = memcmp(item->packet.destination.bytes, id->bytes, id->len) == 0;
        if (!item->sent && item->packet.sender != side && under) {
            from_ns = from_ns == ROAM_NEVER ? item->datagram.now_ns : from_ns;
            last = item->packet.number;
            item->gone = item->datagram.now_ns > from_ns + 100 * SECOND / 1000; /* a few will do */
        }
        if (item->packet.sender != side || from_ns == ROAM_NEVER || !ack)
            continue;
        item->ranges[0] = (dissect_range){last + 1, last + 1};
        ack->range_count = 1;
    }
}

static void packets_under_an_issued_one_are_taken(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    const dissect_id young = trace_issue_frame(&of, S, 7).id;
    exercised(&of, RULES_ISSUED_ID_ACCEPTED, S, 2);
    acknowledge_none_under(&of, S, &young);
    trace_broken(&of, RULES_ISSUED_ID_ACCEPTED, S);
    trace_free(&of);
}

/* The client goes over to another connection ID of the server at 2 s, after a packet whose number is that
 * much higher; the server acknowledges nothing under that ID. */
static trace overtaken_by(uint64_t ahead)
{
    trace of = trace_of(TRACE_ID_STAY);
    const dissect_id other = trace_issue_frame(&of, S, 7).id;
    for (trace_item *item = of.items; item < of.items + of.count; item++)
        if (item->sent && item->packet.sender == C && item->datagram.now_ns >= 2 * SECOND)
            trace_readdress(&of, item, &other);
    acknowledge_none_under(&of, S, &other);
    const uint64_t number = trace_data_packet(&of, C, 19 * SECOND / 10)->packet.number;
    trace_copy(&of, trace_sent(&of, C, number), 198 * SECOND / 100)->packet.number += ahead;
    trace_copy(&of, trace_arrived(&of, C, number), 199 * SECOND / 100)->packet.number += ahead;
    return of;
}

/* RFC 9000 section 12.3: below a minimum number an endpoint does not know whether it has had a packet. */
static void packets_that_many_overtook_may_be_discarded(void)
{
    trace few = overtaken_by(60), many = overtaken_by(80);
    trace_broken(&few, RULES_ISSUED_ID_ACCEPTED, S);
    exercised(&many, RULES_ISSUED_ID_ACCEPTED, S, 1);
    trace_free(&few);
    trace_free(&many);
}

static void a_frame_that_comes_again_is_no_error(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    const dissect_frame again = trace_issue_frame(&of, C, 5);
    const dissect_frame close = {
        .type = DISSECT_CONNECTION_CLOSE, .type_byte = 0x1c, .value = ISSUE, .error = 0x0a};
    trace_item *const repeats = trace_data_packet(&of, C, 2 * SECOND);
    trace_add_frame(&of, repeats, &again);
    exercised(&of, RULES_OLD_ID_FRAME_TOLERATED, S, 1);
    trace_item *at = trace_arrived(&of, C, repeats->packet.number);
    while (!(at->sent && at->packet.sender == S))
        at++;
    trace_add_frame(&of, at, &close);
    trace_cut_after(&of, at);
    trace_broken(&of, RULES_OLD_ID_FRAME_TOLERATED, S);
    trace_free(&of);
}

static void an_error_closes_the_connection(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    const dissect_frame close = {.type = DISSECT_CONNECTION_CLOSE, .type_byte = 0x1c, .error = 0x0a};
    trace_item *const bad = trace_data_packet(&of, C, 2 * SECOND);
    trace_retires(&of, C, 2 * SECOND, 9);
    trace_item *at = trace_arrived(&of, C, bad->packet.number);
    while (!(at->sent && at->packet.sender == S))
        at++;
    trace_add_frame(&of, at, &close);
    trace_cut_after(&of, at);
    CU_ASSERT_EQUAL(trace_exercised_by(&of, RULES_ID_VIOLATION_CLOSES, S, RULES_RETIRE_KNOWN_ID), 1);
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"packets under an issued one are taken", packets_under_an_issued_one_are_taken},
    {"packets that many overtook may be discarded", packets_that_many_overtook_may_be_discarded},
    {"a frame that comes again is no error", a_frame_that_comes_again_is_no_error},
    {"an error closes the connection", an_error_closes_the_connection},
};

CHECK_MAIN("the rules of how connection IDs are taken", TESTS)
