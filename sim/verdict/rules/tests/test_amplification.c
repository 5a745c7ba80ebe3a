/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of amplification.c: a run that holds it, and the same run altered so that this rule alone is
 * broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/stories.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>
#include <string.h>

#define MS UINT64_C(1000000)

/* The first PATH_CHALLENGE to the new port of the client is larger than three times the packet that came. */
static void a_new_address_is_within_the_limit(void)
{
    trace of = trace_of(STORY_TALK_PORT);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_NEW_ADDRESS_WITHIN_LIMIT, DISSECT_SERVER), 1, "exercised");
    trace_resize(&of, trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 1000 * MS, 0), 1200);
    trace_broken(&of, RULES_NEW_ADDRESS_WITHIN_LIMIT, DISSECT_SERVER);
    trace_free(&of);
}

/* The same PATH_CHALLENGE leaves before the packet comes, at the same time. */
static void what_is_sent_first_is_no_answer(void)
{
    trace of = trace_of(STORY_TALK_PORT);
    trace_item *const challenge = trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 1000 * MS, 0);
    trace_item *arrival = of.items;
    while (arrival->sent || !roam_addr_equal(&arrival->datagram.remote, &challenge->datagram.remote))
        arrival++;
    trace_resize(&of, challenge, 1200);
    CHECK(arrival < challenge, true, "the packet comes first");
    CHECK(arrival->datagram.now_ns, challenge->datagram.now_ns, "at the same time");
    const trace_item moved = *challenge;
    memmove(arrival + 1, arrival, (size_t)(challenge - arrival) * sizeof *arrival);
    *arrival = moved;
    (void)trace_exercised(&of, RULES_NEW_ADDRESS_WITHIN_LIMIT, DISSECT_SERVER);
    trace_free(&of);
}

/* Datagrams of the client that a server must count though it cannot read them; and a server that answers the
 * first datagram, of 1200 bytes, four times. */
static void a_handshake_is_within_the_limit(void)
{
    trace of = trace_of(STORY_TALK_PORT);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_HANDSHAKE_WITHIN_LIMIT, DISSECT_SERVER), 1, "exercised");
    const trace_item *item = trace_find(&of, DISSECT_SERVER, DISSECT_CRYPTO, 0, 0);
    const uint64_t at_ns = item->datagram.now_ns;
    for (uint64_t number = 100; number < 104; number++) {
        trace_item *const copy = trace_copy(&of, item, at_ns + 1);
        copy->packet.number = number;
        copy->datagram.len = 1200;
        item = copy;
    }
    trace_broken(&of, RULES_HANDSHAKE_WITHIN_LIMIT, DISSECT_SERVER);

    const trace_item *const first = trace_find(&of, DISSECT_CLIENT, DISSECT_CRYPTO, 0, 0);
    const size_t at = (size_t)(first - of.items);
    CU_ASSERT_FATAL(!of.items[at + 1].sent);
    for (int i = 0; i < 2; i++) {
        trace_item *const unread = trace_copy(&of, &of.items[at + 1], of.items[at + 1].datagram.now_ns);
        unread->packet.status = DISSECT_NOT_AUTHENTIC;
        unread->packet.frame_count = 0;
    }
    rules_free(trace_held(&of));
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"a new address is within the limit", a_new_address_is_within_the_limit},
    {"what is sent first is no answer", what_is_sent_first_is_no_answer},
    {"a handshake is within the limit", a_handshake_is_within_the_limit},
};

CHECK_MAIN("the rules of amplification", TESTS)
