/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of congestion.c: a run that holds it, and the same run altered so that this rule alone is broken.
 */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/stories.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>

#define MS UINT64_C(1000000)

enum { WINDOW = 14720 };         /* bytes (RFC 9002 section 7.2) */
#define ROUND_TRIP (42 * MS + 1) /* cellular and back, and the PATH_RESPONSE has come */

/* The first datagram with data that the server sends to another address than before, from that time on. */
static trace_item *first_to_another(trace *of, uint64_t at_ns)
{
    const roam_addr before = trace_find(of, DISSECT_SERVER, DISSECT_STREAM, 0, 0)->datagram.remote;
    for (size_t nth = 0;; nth++) {
        trace_item *const item = trace_find(of, DISSECT_SERVER, DISSECT_STREAM, at_ns, nth);
        if (!roam_addr_equal(&item->datagram.remote, &before))
            return item;
    }
}

/* With forty copies of the first datagram that the server sends there once the client's address is validated.
 */
static void window_begins_anew(void)
{
    trace of = trace_of(STORY_DOWNLOAD_MOVE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_CONGESTION_RESET_ON_NEW_ADDRESS, DISSECT_SERVER), 1,
                   "exercised");
    const trace_item *item = first_to_another(&of, 1000 * MS);
    item = first_to_another(&of, item->datagram.now_ns + ROUND_TRIP);
    for (int i = 0; i < 40; i++)
        item = trace_copy(&of, item, item->datagram.now_ns);
    trace_broken(&of, RULES_CONGESTION_RESET_ON_NEW_ADDRESS, DISSECT_SERVER);
    trace_free(&of);
}

/* Without what the server sends to the new port beyond an initial window, before it hears of it. */
static void window_is_kept(void)
{
    trace of = trace_of(STORY_DOWNLOAD_PORT);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_CONGESTION_KEPT_ON_PORT_CHANGE, DISSECT_SERVER), 1,
                   "exercised");
    const trace_item *const first = first_to_another(&of, 1000 * MS);
    const roam_addr remote = first->datagram.remote;
    const uint64_t from_ns = first->datagram.now_ns + 1;
    size_t bytes = 0;
    for (size_t i = 0; i < of.count; i++) {
        trace_item *const item = &of.items[i];
        if (!item->sent || item->packet.sender != DISSECT_SERVER || item->datagram.now_ns < from_ns ||
            !roam_addr_equal(&item->datagram.remote, &remote) || !trace_frame(item, DISSECT_STREAM))
            continue;
        bytes += item->datagram.len;
        if (bytes > WINDOW)
            trace_drop(&of, item);
    }
    CHECK_AT_LEAST(bytes, 2 * WINDOW, "the run sends more than an initial window");
    trace_broken(&of, RULES_CONGESTION_KEPT_ON_PORT_CHANGE, DISSECT_SERVER);
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"the window begins anew on another address", window_begins_anew},
    {"the window is kept on another port", window_is_kept},
};

CHECK_MAIN("the rules of congestion control", TESTS)
