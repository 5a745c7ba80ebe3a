/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of packet_size.c: a run that holds it, and the same run altered so that this rule alone is
 * broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/stories.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>

#define MS UINT64_C(1000000)

static void size_after_a_move(void)
{
    trace of = trace_of(STORY_DOWNLOAD_MOVE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_PACKET_SIZE_AFTER_MOVE, DISSECT_SERVER), 1, "exercised");
    /* Cellular is validated 42 ms after the call at 1 s, and the first probe of the PMTU is answered later.
     */
    trace_resize(&of, trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 1107 * MS, 0), 1201);
    trace_broken(&of, RULES_PACKET_SIZE_AFTER_MOVE, DISSECT_SERVER);
    trace_free(&of);
}

static void fragments(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_NOT_FRAGMENTED, DISSECT_CLIENT), 1, "exercised");
    trace_find(&of, DISSECT_CLIENT, DISSECT_STREAM, 1000 * MS, 0)->datagram.ip = RULES_IP_FRAGMENT;
    trace_broken(&of, RULES_NOT_FRAGMENTED, DISSECT_CLIENT);
    trace_free(&of);
}

/* The server's challenge to the new port has fewer than 1200 bytes, because the limit of section 8 forbids
 * more. */
static void small_datagrams(void)
{
    static const dissect_frame close = {.type = DISSECT_CONNECTION_CLOSE,
                                        .type_byte = DISSECT_CONNECTION_CLOSE,
                                        .error = 0x0a /* PROTOCOL_VIOLATION, RFC 9000 section 20.1 */};
    trace of = trace_of(STORY_TALK_PORT);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_SMALL_DATAGRAM_TOLERATED, DISSECT_CLIENT), 1, "exercised");
    trace_item *const answer = trace_find(&of, DISSECT_CLIENT, DISSECT_PATH_RESPONSE, 1000 * MS, 0);
    answer->frames[0] = close;
    answer->packet.frame_count = 1;
    const uint64_t closed_ns = answer->datagram.now_ns;
    for (size_t i = 0; i < of.count; i++)
        of.items[i].gone = of.items[i].datagram.now_ns > closed_ns;
    trace_broken(&of, RULES_SMALL_DATAGRAM_TOLERATED, DISSECT_CLIENT);
    trace_free(&of);
}

/* What has come through belongs to the hosts, and stays known when a client has had more ports than are kept.
 */
static void size_after_many_ports(void)
{
    trace of =
        trace_of("roam: 1\n"
                 "name: t\n"
                 "duration: 4s\n"
                 "nats: {home: {}}\n"
                 "networks: {wifi: {delay: 1ms, nat: home}, datacentre: {}}\n"
                 "nodes: {laptop: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}\n"
                 "peers: [laptop -> server]\n"
                 "traffic:\n"
                 "  - {flow: laptop -> server, send: 100B, every: 5ms}\n"
                 "  - {flow: server -> laptop, send: 2kB, every: 100ms, at: 3s}\n"
                 "timeline:\n"
                 "  - {at: 1s, shuffle: home, of: laptop, change: port, every: 10ms, times: 200}\n");
    CHECK_AT_LEAST(trace_exercised(&of, RULES_PACKET_SIZE_AFTER_MOVE, DISSECT_SERVER), 1, "exercised");
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"no datagram on a new path is larger than is known to pass", size_after_a_move},
    {"what is known to pass stays known after many ports", size_after_many_ports},
    {"no IP packet may be fragmented", fragments},
    {"a datagram that is too small closes nothing", small_datagrams},
};

CHECK_MAIN("the rules of packet sizes", TESTS)
