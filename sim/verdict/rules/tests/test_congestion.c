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

/* For 2 s nothing of the laptop arrives. Two probes leave whenever a PTO has passed, and the server is heard.
 */
static void probes_are_not_held_back(void)
{
    trace of =
        trace_of("roam: 1\n"
                 "name: t\n"
                 "duration: 4s\n"
                 "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: "
                 "4433}}\n"
                 "peers: [laptop -> server]\n"
                 "networks: {wifi: {delay: 5ms}, cellular: {delay: 1ms}, datacentre: {delay: 1ms}}\n"
                 "traffic:\n"
                 "  - {flow: laptop -> server, send: 400B, every: 50ms, until: 3s}\n"
                 "  - {flow: server -> laptop, send: 400B, every: 50ms, until: 3s}\n"
                 "timeline:\n"
                 "  - {at: 500ms, migrate: laptop -> server, network: cellular}\n"
                 "  - {at: 700ms, blackhole: server, network: datacentre, direction: down, for: 2s}\n");
    CHECK_AT_LEAST(trace_exercised(&of, RULES_CONGESTION_RESET_ON_NEW_ADDRESS, DISSECT_CLIENT), 1,
                   "exercised");
    trace_free(&of);
}

/* Three times the laptop tries cellular, from where nothing arrives, with a window that begins anew. */
static void window_begins_anew_each_time(void)
{
    trace of = trace_of(
        STORY_HEAD STORY_NETWORKS
        "traffic:\n"
        "  - {flow: laptop -> server, send: 100B, every: 20ms, until: 3s}\n"
        "  - {flow: laptop -> server, bulk: 100kB, at: 1s}\n"
        "timeline:\n"
        "  - {at: 990ms, blackhole: server, network: datacentre, for: 2s}\n"
        "  - {at: 1100ms, migrate: laptop -> server, network: cellular, mode: follow-first, timeout: 20ms}\n"
        "  - {at: 1200ms, migrate: laptop -> server, network: cellular, mode: follow-first, timeout: 20ms}\n"
        "  - {at: 1300ms, migrate: laptop -> server, network: cellular, mode: follow-first, timeout: "
        "20ms}\n");
    /* Whatever the client breaks but for that fails the test. */
    CHECK(trace_exercised_by(&of, RULES_CONGESTION_RESET_ON_NEW_ADDRESS, DISSECT_SERVER,
                             RULES_PROBED_BEFORE_MOVE),
          0, "exercised by the server");
    trace_free(&of);
}

/* The same copies, of an endpoint whose initial window is 64 packets (sim/scenario: initial_window). */
static void another_initial_window(void)
{
    trace of = trace_of(STORY_DOWNLOAD_MOVE);
    const trace_item *item = first_to_another(&of, 1000 * MS);
    item = first_to_another(&of, item->datagram.now_ns + ROUND_TRIP);
    for (int i = 0; i < 40; i++)
        item = trace_copy(&of, item, item->datagram.now_ns);
    for (size_t i = 0; i < of.count; i++)
        of.items[i].datagram.initial_window = 64;
    rules_free(trace_held(&of));
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"the window begins anew on another address", window_begins_anew},
    {"the window is kept on another port", window_is_kept},
    {"probes of a timer are not held back", probes_are_not_held_back},
    {"the window begins anew each time", window_begins_anew_each_time},
    {"another initial window", another_initial_window},
};

CHECK_MAIN("the rules of congestion control", TESTS)
