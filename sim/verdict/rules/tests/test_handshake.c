/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of handshake.c: a run that holds it, and the same run altered so that this rule alone is broken.
 */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/stories.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>
#include <string.h>

#define MS UINT64_C(1000000)

/* Nothing passes in the first five seconds: the client's Initial packet is sent again and again. */
#define LATE                                                                                                 \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 9s\n"                                                                                         \
    "networks: {wifi: {delay: 5ms}, datacentre: {delay: 1ms}}\n"                                             \
    "nodes: {laptop: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}\n"                  \
    "peers: [laptop -> server]\n"                                                                            \
    "timeline: [{at: 0s, blackhole: laptop, network: wifi, for: 5s}]\n"

/* All from that time on is left out. */
static void cut(trace *of, uint64_t at_ns)
{
    for (size_t i = 0; i < of->count; i++)
        of->items[i].gone |= of->items[i].datagram.now_ns >= at_ns;
}

/* The nth Initial packet that the side sends; as it arrives when `arrived`. */
static trace_item *initial_of(trace *of, dissect_side side, size_t nth, bool arrived)
{
    for (size_t i = 0; i < of->count; i++) {
        trace_item *const item = &of->items[i];
        if (item->sent != arrived && item->packet.sender == side && item->packet.type == DISSECT_INITIAL &&
            nth-- == 0)
            return item;
    }
    CU_FAIL_FATAL("the trace has no such Initial packet");
    return NULL;
}

static void initial_packets_are_padded(void)
{
    for (dissect_side side = DISSECT_CLIENT; side <= DISSECT_SERVER; side++) {
        trace of = trace_of(STORY_TALK_MOVE);
        CHECK_AT_LEAST(trace_exercised(&of, RULES_INITIAL_PADDED, side), 1, "exercised");
        initial_of(&of, side, 0, false)->datagram.len = 1199;
        trace_broken(&of, RULES_INITIAL_PADDED, side);
        trace_free(&of);
    }
}

/* The first Initial packet comes in a small datagram, and, at first, in a large one afterwards. */
static void small_initial_packets_are_dropped(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    const trace_item *const first = initial_of(&of, DISSECT_CLIENT, 0, true);
    trace_copy(&of, first, first->datagram.now_ns - 1)->datagram.len = 1199;
    CHECK(trace_exercised(&of, RULES_SMALL_INITIAL_DROPPED, DISSECT_SERVER), 1, "exercised");
    initial_of(&of, DISSECT_CLIENT, 1, true)->gone = true;
    trace_broken(&of, RULES_SMALL_INITIAL_DROPPED, DISSECT_SERVER);
    trace_free(&of);
}

static const uint8_t TOKEN[] = {1, 2, 3, 4, 5};

static void set_token(trace_item *item)
{
    item->packet.token = TOKEN;
    item->packet.token_len = sizeof TOKEN;
}

static void the_token_stays(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_INITIAL_TOKEN_REPEATED, DISSECT_CLIENT), 1, "exercised");
    set_token(initial_of(&of, DISSECT_CLIENT, 1, false));
    trace_broken(&of, RULES_INITIAL_TOKEN_REPEATED, DISSECT_CLIENT);
    trace_free(&of);
}

/* A Retry comes after the first Initial packet: with the connection ID to which the client sends the second.
 */
static void the_token_of_a_retry_is_taken(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    const dissect_id destination = initial_of(&of, DISSECT_CLIENT, 1, false)->packet.destination;
    trace_item *const first = initial_of(&of, DISSECT_SERVER, 0, true);
    trace_item *const retry = trace_copy(&of, first, first->datagram.now_ns - 1);
    retry->packet.type = DISSECT_RETRY;
    retry->packet.status = DISSECT_CLEAR;
    retry->packet.source = destination;
    retry->packet.frame_count = 0;
    set_token(retry);
    trace_broken(&of, RULES_INITIAL_TOKEN_REPEATED, DISSECT_CLIENT);
    set_token(initial_of(&of, DISSECT_CLIENT, 1, false));
    rules_free(trace_held(&of));
    trace_free(&of);
}

/* Without what the client sends between its first Initial packet and the one that arrives. */
static void a_client_probes(void)
{
    trace of = trace_of(LATE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_HANDSHAKE_PROBED, DISSECT_CLIENT), 1, "exercised");
    for (size_t i = 0; i < of.count; i++)
        of.items[i].gone |= of.items[i].datagram.now_ns > 0 && of.items[i].datagram.now_ns < 5000 * MS;
    trace_broken(&of, RULES_HANDSHAKE_PROBED, DISSECT_CLIENT);
    trace_free(&of);
}

static void add_parameter(trace *of, dissect_side side, transport_parameter which)
{
    of->parameters[0][side].value.present |= UINT64_C(1) << which;
}

/* The trace ends before the peer can act on it. */
static void parameters_are_valid(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    for (dissect_side side = DISSECT_CLIENT; side <= DISSECT_SERVER; side++)
        CHECK(trace_exercised(&of, RULES_PARAMETERS_VALID, side), 1, "exercised by side %d", (int)side);
    cut(&of, initial_of(&of, DISSECT_CLIENT, 1, false)->datagram.now_ns);
    static const transport_parameter of_servers[] = {
        TRANSPORT_STATELESS_RESET_TOKEN, TRANSPORT_PREFERRED_ADDRESS,
        TRANSPORT_ORIGINAL_DESTINATION_CONNECTION_ID, TRANSPORT_RETRY_SOURCE_CONNECTION_ID};
    const uint64_t present = of.parameters[0][DISSECT_CLIENT].value.present;
    for (size_t i = 0; i < sizeof of_servers / sizeof *of_servers; i++) {
        add_parameter(&of, DISSECT_CLIENT, of_servers[i]);
        trace_broken(&of, RULES_PARAMETERS_VALID, DISSECT_CLIENT);
        of.parameters[0][DISSECT_CLIENT].value.present = present;
    }
    of.parameters[0][DISSECT_SERVER].value.active_connection_id_limit = 1;
    trace_broken(&of, RULES_PARAMETERS_VALID, DISSECT_SERVER);
    trace_free(&of);
}

/* What came of it at that side; the parameters are at fault at the other. */
static rules_verdict on_violation(const trace *of, dissect_side side)
{
    rules_judge *const judge = trace_shown(of);
    const rules_verdict verdict = rules_outcome_of(judge, 0, side, RULES_PARAMETER_VIOLATION_CLOSES).verdict;
    rules_free(judge);
    return verdict;
}

static void close_with(trace *of, dissect_side side, uint64_t error)
{
    const dissect_frame close = {
        .type = DISSECT_CONNECTION_CLOSE, .type_byte = DISSECT_CONNECTION_CLOSE, .error = error};
    const trace_item *const item = trace_find(of, side, DISSECT_CRYPTO, 1, 0);
    trace_add_frame(of, item, &close);
    cut(of, item->datagram.now_ns + 1);
}

static void check_violation(dissect_side side, void (*spoil)(transport_parameters *theirs))
{
    const dissect_side other = side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
    for (uint64_t error = 0; error <= 0x08; error += 0x08) {
        trace of = trace_of(STORY_TALK_MOVE);
        CHECK(on_violation(&of, side), RULES_NOT_EXERCISED, "without violation");
        spoil(&of.parameters[0][other].value);
        CHECK(on_violation(&of, side), RULES_BROKEN, "the connection goes on");
        close_with(&of, side, error);
        CHECK(on_violation(&of, side), error == 0x08 ? RULES_PASS : RULES_BROKEN, "it is closed");
        trace_free(&of);
    }
}

static void small_limit(transport_parameters *theirs)
{
    theirs->active_connection_id_limit = 1;
}

static void servers_parameter(transport_parameters *theirs)
{
    theirs->present |= UINT64_C(1) << TRANSPORT_STATELESS_RESET_TOKEN;
}

static void preferred_without_id(transport_parameters *theirs)
{
    theirs->present |= UINT64_C(1) << TRANSPORT_PREFERRED_ADDRESS;
}

static void violations_close(void)
{
    check_violation(DISSECT_CLIENT, small_limit);
    check_violation(DISSECT_SERVER, small_limit);
    check_violation(DISSECT_SERVER, servers_parameter);
    check_violation(DISSECT_CLIENT, preferred_without_id);
}

static const check_test TESTS[] = {
    {"Initial packets are padded", initial_packets_are_padded},
    {"small Initial packets are dropped", small_initial_packets_are_dropped},
    {"a client keeps its token", the_token_stays},
    {"a client takes the token of a Retry", the_token_of_a_retry_is_taken},
    {"a client probes", a_client_probes},
    {"transport parameters are valid", parameters_are_valid},
    {"a violation by transport parameters closes", violations_close},
};

CHECK_MAIN("the rules of the handshake", TESTS)
