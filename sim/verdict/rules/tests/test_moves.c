/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of moves.c: a run that holds it, and the same run altered so that this rule alone is broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/preferred_traces.h"
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

/* Cellular carries nothing. */
#define PROBED_IN_VAIN                                                                                       \
    STORY_HEAD STORY_TALK STORY_MOVE                                                                         \
        "networks: {wifi: {delay: 5ms}, cellular: {delay: 20ms, loss: 100%}, datacentre: {delay: 1ms}}\n"

static bool is_used(const trace *of, const dissect_id *id)
{
    for (size_t i = 0; i < of->count; i++)
        if (memcmp(of->items[i].packet.destination.bytes, id->bytes, id->len) == 0)
            return true;
    return false;
}

/* The last one that the side issued of those to which nothing is sent. */
static dissect_id spare_id(const trace *of, dissect_side issuer)
{
    dissect_id spare = {0};
    for (size_t i = 0; i < of->count; i++) {
        const trace_item *const item = &of->items[i];
        if (!item->sent || item->packet.sender != issuer)
            continue;
        for (size_t j = 0; j < item->packet.frame_count; j++)
            if (item->frames[j].type == DISSECT_NEW_CONNECTION_ID && !is_used(of, &item->frames[j].id))
                spare = item->frames[j].id;
    }
    CU_ASSERT_FATAL(spare.len > 0);
    return spare;
}

static void only_the_client_moves(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_ONLY_CLIENT_MOVES, DISSECT_SERVER), 1, "exercised");
    trace_item *const item = trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 2000 * MS, 0);
    item->datagram.local.port += OTHER_PORT;
    item->packet.destination = spare_id(&of, DISSECT_CLIENT);
    trace_broken(&of, RULES_ONLY_CLIENT_MOVES, DISSECT_SERVER);
    trace_free(&of);
}

/* The client sends its first Initial packet from another port than all the rest. */
static void not_before_it_is_confirmed(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_NOT_BEFORE_CONFIRMED, DISSECT_CLIENT), 1, "exercised");
    CU_ASSERT_FATAL(of.items->sent && of.items->packet.sender == DISSECT_CLIENT);
    of.items->datagram.local.port += OTHER_PORT;
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

/* The server names a loopback address as its preferred one. */
static trace trace_to_loopback(const char *text)
{
    preferred_places at;
    const roam_addr loopback = {.family = ROAM_FAMILY_IPV4, .port = 4433, .bytes = {127, 0, 0, 1}};
    trace of = preferred_trace(text, PREFERRED_FROM_HOME, &at);
    for (size_t i = 0; i < of.count; i++) {
        rules_datagram *const datagram = &of.items[i].datagram;
        if (roam_addr_equal(&datagram->local, &at.preferred))
            datagram->local = loopback;
        if (roam_addr_equal(&datagram->remote, &at.preferred))
            datagram->remote = loopback;
    }
    of.parameters[0][DISSECT_SERVER].value.preferred_address.ipv4 = loopback;
    return of;
}

/* A client that probes there in vain and stays, and one that moves there. */
static void not_to_a_loopback_address(void)
{
    trace of = trace_to_loopback(PROBED_IN_VAIN);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_NO_MOVE_TO_LOOPBACK, DISSECT_CLIENT), 1, "exercised");
    trace_free(&of);
    of = trace_to_loopback(STORY_TALK_MOVE);
    trace_broken(&of, RULES_NO_MOVE_TO_LOOPBACK, DISSECT_CLIENT);
    trace_free(&of);
}

/* A Stateless Reset of the server with that token, at that time. */
static void add_reset_with(trace *of, uint64_t at_ns, const uint8_t token[TRANSPORT_RESET_TOKEN_BYTES])
{
    enum { RESET_BYTES = 43 };
    trace_item *const reset =
        trace_copy(of, trace_find(of, DISSECT_SERVER, DISSECT_NEW_CONNECTION_ID, 0, 0), at_ns);
    reset->packet.status = DISSECT_NO_CONNECTION;
    reset->packet.connection = DISSECT_NONE;
    reset->packet.frame_count = 0;
    reset->datagram.len = RESET_BYTES;
    memcpy(reset->bytes + RESET_BYTES - TRANSPORT_RESET_TOKEN_BYTES, token, TRANSPORT_RESET_TOKEN_BYTES);
}

/* Likewise, under its latest connection ID. */
static void add_reset(trace *of, uint64_t at_ns)
{
    trace_item *const issues = trace_find(of, DISSECT_SERVER, DISSECT_NEW_CONNECTION_ID, 0, 0);
    uint8_t token[TRANSPORT_RESET_TOKEN_BYTES];
    memcpy(token, trace_frame(issues, DISSECT_NEW_CONNECTION_ID)->reset_token, sizeof token);
    add_reset_with(of, at_ns, token);
}

/* A server restarts during the handshake, and answers Initial packets anew: a packet for the connection ID
 * that it had before gets a Stateless Reset. */
static void a_server_that_lost_its_state(void)
{
    trace of = trace_of("roam: 1\n"
                        "name: t\n"
                        "duration: 5s\n"
                        "networks: {wifi: {delay: 8ms}, dc: {delay: 200ms}}\n"
                        "nodes: {laptop: {networks: [wifi]}, server: {networks: [dc], listen: 4433}}\n"
                        "peers: [laptop -> server]\n"
                        "timeline:\n"
                        "  - {at: 107ms, set: wifi, delay: 1s}\n"
                        "  - {at: 1263ms, restart: server}\n");
    add_reset_with(&of, 2633 * MS, of.parameters[0][DISSECT_SERVER].value.stateless_reset_token);
    CHECK(trace_exercised(&of, RULES_NO_RESET_WHILE_LIVE, DISSECT_SERVER), 0, "exercised");
    trace_free(&of);
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
    {"a server that lost its state sends a reset", a_server_that_lost_its_state},
};

CHECK_MAIN("the rules of moves", TESTS)
