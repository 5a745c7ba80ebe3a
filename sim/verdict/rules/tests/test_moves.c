/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of moves.c: a run that holds it, and the same run altered so that this rule alone is broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/stories.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { OTHER_PORT = 7 };

/* The client stays, as the server asks. */
#define DISABLED                                                                                             \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 2s\n"                                                                                         \
    "networks: {wifi: {delay: 5ms}, datacentre: {delay: 1ms}}\n"                                             \
    "nodes:\n"                                                                                               \
    "  laptop: {networks: [wifi]}\n"                                                                         \
    "  server: {networks: [datacentre], listen: 4433, disable_active_migration: true}\n"                     \
    "peers: [laptop -> server]\n"

static void only_the_client_moves(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_ONLY_CLIENT_MOVES, DISSECT_SERVER), 1, "exercised");
    trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 2000 * MS, 0)->datagram.local.port += OTHER_PORT;
    trace_broken(&of, RULES_ONLY_CLIENT_MOVES, DISSECT_SERVER);
    trace_free(&of);
}

/* All that the client sends after its first Initial packet, until the server has confirmed, from another
 * port.
 */
static void not_before_it_is_confirmed(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_NOT_BEFORE_CONFIRMED, DISSECT_CLIENT), 1, "exercised");
    const uint64_t done_ns = trace_find(&of, DISSECT_SERVER, DISSECT_HANDSHAKE_DONE, 0, 0)->datagram.now_ns;
    for (size_t i = 0; i < of.count; i++)
        if (of.items[i].sent && of.items[i].packet.sender == DISSECT_CLIENT &&
            of.items[i].datagram.now_ns > 0 && of.items[i].datagram.now_ns < done_ns)
            of.items[i].datagram.local.port += OTHER_PORT;
    trace_broken(&of, RULES_NOT_BEFORE_CONFIRMED, DISSECT_CLIENT);
    trace_free(&of);
}

/* It is a permission: the rule tells whether it was taken. The client sends an ACK from cellular before the
 * server has answered there. */
static void a_move_may_be_probed(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CHECK(trace_exercised(&of, RULES_PROBED_BEFORE_MOVE, DISSECT_CLIENT), 1, "exercised");
    const trace_item *const probe = trace_find(&of, DISSECT_CLIENT, DISSECT_PATH_CHALLENGE, 0, 0);
    trace_item *const early = trace_find(&of, DISSECT_CLIENT, DISSECT_ACK, probe->datagram.now_ns + 1, 0);
    CHECK(early->datagram.local.port == probe->datagram.local.port, false,
          "it is sent over Wi-Fi in the run");
    early->datagram.local = probe->datagram.local;
    early->packet.destination = probe->packet.destination;
    trace_broken(&of, RULES_PROBED_BEFORE_MOVE, DISSECT_CLIENT);
    trace_free(&of);
}

static void the_servers_wish_is_obeyed(void)
{
    trace of = trace_of(DISABLED);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_OBEYS_DISABLE_ACTIVE_MIGRATION, DISSECT_CLIENT), 1,
                   "exercised");
    trace_free(&of);
    of = trace_of(STORY_TALK_MOVE);
    of.parameters[0][DISSECT_SERVER].value.disable_active_migration = true;
    trace_broken(&of, RULES_OBEYS_DISABLE_ACTIVE_MIGRATION, DISSECT_CLIENT);
    trace_free(&of);
}

/* A packet of the server that arrives from an unknown address as well, and one that arrives from there alone
 * and is acknowledged all the same. */
static void unknown_addresses_are_ignored(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    const uint64_t number = trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 500 * MS, 0)->packet.number;
    const trace_item *const arrived = trace_arrived(&of, DISSECT_SERVER, number);
    trace_item *const stray = trace_copy(&of, arrived, arrived->datagram.now_ns - 1);
    stray->datagram.remote.port += OTHER_PORT;
    CHECK(trace_exercised(&of, RULES_UNKNOWN_SERVER_ADDRESS_IGNORED, DISSECT_CLIENT), 1, "exercised");
    trace_arrived(&of, DISSECT_SERVER, number)->gone = true;
    trace_broken(&of, RULES_UNKNOWN_SERVER_ADDRESS_IGNORED, DISSECT_CLIENT);
    trace_free(&of);
}

/* The server names its loopback address as preferred, and the client sends there once. */
static void not_to_a_loopback_address(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    transport_parameters *const theirs = &of.parameters[0][DISSECT_SERVER].value;
    const roam_addr loopback = {.family = ROAM_FAMILY_IPV4, .port = 4433, .bytes = {127, 0, 0, 1}};
    theirs->present |= UINT64_C(1) << TRANSPORT_PREFERRED_ADDRESS;
    theirs->preferred_address.ipv4 = loopback;
    theirs->preferred_address.connection_id = (dissect_id){.len = 8, .bytes = {1, 2, 3, 4, 5, 6, 7, 8}};
    CHECK_AT_LEAST(trace_exercised(&of, RULES_NO_MOVE_TO_LOOPBACK, DISSECT_CLIENT), 1, "exercised");
    trace_find(&of, DISSECT_CLIENT, DISSECT_STREAM, 500 * MS, 0)->datagram.remote = loopback;
    trace_broken(&of, RULES_NO_MOVE_TO_LOOPBACK, DISSECT_CLIENT);
    trace_free(&of);
}

/* A Stateless Reset of the server under its latest connection ID, at that time. */
static void add_reset(trace *of, uint64_t at_ns)
{
    enum { RESET_BYTES = 43 };
    trace_item *const issues = trace_find(of, DISSECT_SERVER, DISSECT_NEW_CONNECTION_ID, 0, 0);
    uint8_t token[TRANSPORT_RESET_TOKEN_BYTES];
    memcpy(token, trace_frame(issues, DISSECT_NEW_CONNECTION_ID)->reset_token, sizeof token);
    trace_item *const reset = trace_copy(of, issues, at_ns);
    reset->packet.status = DISSECT_NO_CONNECTION;
    reset->packet.connection = DISSECT_NONE;
    reset->packet.frame_count = 0;
    reset->datagram.len = RESET_BYTES;
    memcpy(reset->bytes + RESET_BYTES - sizeof token, token, sizeof token);
}

static void no_reset_of_a_live_connection(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    const uint64_t end_ns = of.items[of.count - 1].datagram.now_ns;
    add_reset(&of, end_ns);
    CHECK(trace_exercised(&of, RULES_NO_RESET_WHILE_LIVE, DISSECT_SERVER), 1, "exercised");
    trace_free(&of);
    of = trace_of(STORY_TALK_MOVE);
    add_reset(&of, 500 * MS);
    trace_broken(&of, RULES_NO_RESET_WHILE_LIVE, DISSECT_SERVER);
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"only the client moves", only_the_client_moves},
    {"nobody moves before the handshake is confirmed", not_before_it_is_confirmed},
    {"a move may be probed first", a_move_may_be_probed},
    {"disable_active_migration is obeyed", the_servers_wish_is_obeyed},
    {"unknown server addresses are ignored", unknown_addresses_are_ignored},
    {"nobody moves to a loopback address", not_to_a_loopback_address},
    {"no Stateless Reset of a live connection", no_reset_of_a_live_connection},
};

CHECK_MAIN("the rules of moves", TESTS)
