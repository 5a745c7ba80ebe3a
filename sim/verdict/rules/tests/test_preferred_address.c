/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of preferred_address*.c: a trace that holds it, and the same altered so that this rule alone is
 * broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/preferred_traces.h"
#include "sim/verdict/rules/tests/stories.h"

#include <CUnit/Basic.h>

#define MS UINT64_C(1000000)

/* The laptop calls at 1 s. Cellular is validated 42 ms later, in the server's eyes 108 ms later. */
#define SETTLED (1200 * MS)

/* Eight seconds, six of them with messages. */
#define LONG_HEAD                                                                                            \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 8s\n"                                                                                         \
    "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"        \
    "peers: [laptop -> server]\n"                                                                            \
    "traffic:\n"                                                                                             \
    "  - {flow: laptop -> server, send: 200B, every: 50ms, until: 6s}\n"                                     \
    "  - {flow: server -> laptop, send: 200B, every: 50ms, until: 6s}\n"
#define LONG LONG_HEAD STORY_NETWORKS
/* Cellular carries nothing. */
#define LONG_FAILED                                                                                          \
    LONG_HEAD STORY_MOVE                                                                                     \
        "networks: {wifi: {delay: 5ms}, cellular: {delay: 20ms, loss: 100%}, datacentre: {delay: 1ms}}\n"
/* A message every 400 ms, one way. */
#define SELDOM                                                                                               \
    STORY_HEAD STORY_NETWORKS                                                                                \
        "traffic: [{flow: laptop -> server, send: 200B, every: 400ms, until: 3s}]\n" STORY_MOVE

static preferred_places at;

/* ---- the client, section 9.6.1 ---- */

static void is_probed(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_PROBED, DISSECT_CLIENT), 1, "exercised");
    trace_free(&of);
    of = preferred_trace(LONG, PREFERRED_IS_NAMED, &at);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_PROBED, DISSECT_CLIENT);
    trace_free(&of);
}

/* A server that names its original address, or one to which the client has no address to send from. */
static void is_not_probed_without_need(void)
{
    trace of = preferred_trace(LONG, PREFERRED_IS_NAMED, &at);
    transport_parameters *const said = &of.parameters[0][DISSECT_SERVER].value;
    said->preferred_address.ipv4 = at.original;
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_PROBED, DISSECT_CLIENT), 0, "exercised");
    said->preferred_address.ipv4 = (roam_addr){0};
    said->preferred_address.ipv6 = (roam_addr){.family = ROAM_FAMILY_IPV6, .port = 4433, .bytes = {0xfd}};
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_PROBED, DISSECT_CLIENT), 0, "exercised");
    trace_free(&of);
}

static void is_used_once_validated(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_MIGRATES, DISSECT_CLIENT), 1, "exercised");
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_WINS, DISSECT_CLIENT), 0, "exercised");
    const trace_item *const item = preferred_find(&of, DISSECT_CLIENT, &at.home, &at.preferred, SETTLED, 0);
    preferred_reroute(&of, item, &at.home, &at.original, 5);
    preferred_unack(&of, item);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_MIGRATES, DISSECT_CLIENT);
    trace_free(&of);
}

/* The packet leaves, and arrives, at other times. */
static const trace_item *put_off(trace *of, uint64_t number, uint64_t sent_ns, uint64_t arrived_ns)
{
    trace_item *item = trace_arrived(of, DISSECT_CLIENT, number);
    (void)trace_copy(of, item, arrived_ns);
    item->gone = true;
    item = trace_sent(of, DISSECT_CLIENT, number);
    item->gone = true;
    item = trace_copy(of, item, sent_ns);
    item->gone = false;
    return item;
}

/* As long as it may take to act on the answer, 25 ms. */
static void is_used_soon(void)
{
    for (uint64_t late_ns = 0; late_ns < 2; late_ns++) {
        trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
        const uint64_t answer = trace_find(&of, DISSECT_SERVER, DISSECT_PATH_RESPONSE, 0, 0)->packet.number;
        const uint64_t validated_ns = trace_arrived(&of, DISSECT_SERVER, answer)->datagram.now_ns;
        const uint64_t until_ns = validated_ns + 25 * MS + late_ns;
        const uint64_t number = trace_find(&of, DISSECT_CLIENT, DISSECT_ACK, validated_ns, 0)->packet.number;
        const trace_item *const item = put_off(&of, number, until_ns, until_ns + 6 * MS);
        CU_ASSERT(roam_addr_equal(&item->datagram.remote, &at.preferred));
        preferred_reroute(&of, item, &at.home, &at.original, 5);
        if (late_ns > 0)
            trace_broken(&of, RULES_PREFERRED_ADDRESS_MIGRATES, DISSECT_CLIENT);
        else
            rules_free(trace_held(&of));
        trace_free(&of);
    }
}

/* The client has a socket for each address of the server, and so another port. */
static void is_used_from_another_socket(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    preferred_other_port(&of, &at);
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_MIGRATES, DISSECT_CLIENT), 1, "exercised");
    const roam_addr away = at.away;
    const trace_item *const item = preferred_find(&of, DISSECT_CLIENT, &away, &at.preferred, SETTLED, 0);
    preferred_reroute(&of, item, &at.home, &at.original, 5);
    preferred_unack(&of, item);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_MIGRATES, DISSECT_CLIENT);
    trace_free(&of);
}

static void is_given_up(void)
{
    trace of = preferred_trace(LONG_FAILED, PREFERRED_FROM_HOME, &at);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_PREFERRED_ADDRESS_GIVEN_UP, DISSECT_CLIENT), 1, "exercised");
    preferred_reroute(&of, preferred_find(&of, DISSECT_CLIENT, &at.home, &at.original, 5000 * MS, 0),
                      &at.home, &at.preferred, 1);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_GIVEN_UP, DISSECT_CLIENT);
    trace_free(&of);
}

/* ---- the client, sections 9.6.2 and 9.6.3 ---- */

static void is_validated_first(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_PREFERRED_ADDRESS_VALIDATED, DISSECT_CLIENT), 10, "exercised");
    preferred_reroute(&of, preferred_find(&of, DISSECT_CLIENT, &at.home, &at.original, 1000 * MS, 0),
                      &at.home, &at.preferred, 1);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_VALIDATED, DISSECT_CLIENT);
    trace_free(&of);
}

static void both_are_probed(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_WHILE_MOVING, &at);
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_BOTH_PROBED, DISSECT_CLIENT), 1, "exercised");
    trace_free(&of);
    of = preferred_trace(STORY_TALK_MOVE, PREFERRED_IS_NAMED, &at);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_BOTH_PROBED, DISSECT_CLIENT);
    trace_free(&of);
}

/* Behind a NAT that has a port for each remote address. */
static void both_are_probed_through_a_nat(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_WHILE_MOVING, &at);
    preferred_other_port(&of, &at);
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_BOTH_PROBED, DISSECT_CLIENT), 1, "exercised");
    trace_free(&of);
}

/* A challenge in the place of the client's data. It does not arrive. */
static void put_challenge(trace *of, const trace_item *item)
{
    static const dissect_frame challenge = {.type = DISSECT_PATH_CHALLENGE,
                                            .type_byte = DISSECT_PATH_CHALLENGE,
                                            .path_data = {3, 1, 4, 1, 5, 9, 2, 6}};
    trace_drop_frames(of, item, DISSECT_STREAM);
    trace_drop_frames(of, item, DISSECT_ACK);
    trace_add_frame(of, item, &challenge);
    trace_resize(of, item, 1200);
    trace_arrived(of, DISSECT_CLIENT, item->packet.number)->gone = true;
}

/* Before it moves, the client challenges an address of a family in which the server prefers none, in the
 * place of data. The challenge is lost: the preferred address is left behind. */
static void is_left_behind_in_another_family(void)
{
    const roam_addr client = {.family = ROAM_FAMILY_IPV6, .port = 49152, .bytes = {0xfd, 1}};
    const roam_addr server = {.family = ROAM_FAMILY_IPV6, .port = 4433, .bytes = {0xfd, 2}};
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_IS_NAMED, &at);
    const trace_item *const item = preferred_find(&of, DISSECT_CLIENT, &at.home, &at.original, 950 * MS, 0);
    preferred_reroute(&of, item, &client, &server, 6);
    preferred_unack(&of, item);
    put_challenge(&of, item);
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_BOTH_PROBED, DISSECT_CLIENT), 0, "exercised");
    trace_free(&of);
}

static trace moving_to_original(const trace_item **item)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_WHILE_MOVING, &at);
    *item = preferred_find(&of, DISSECT_CLIENT, &at.away, &at.preferred, SETTLED, 0);
    preferred_reroute(&of, *item, &at.away, &at.original, 7);
    preferred_unack(&of, *item);
    return of;
}

static void wins_over_the_original(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_WHILE_MOVING, &at);
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_WINS, DISSECT_CLIENT), 1, "exercised");
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_MIGRATES, DISSECT_CLIENT), 0, "exercised");
    trace_free(&of);
    const trace_item *item;
    of = moving_to_original(&item);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_WINS, DISSECT_CLIENT);
    trace_free(&of);
}

static void ends_the_validation_of_the_original(void)
{
    const trace_item *item;
    trace of = moving_to_original(&item);
    put_challenge(&of, item);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_WINS, DISSECT_CLIENT);
    trace_free(&of);
}

/* The client gives the move up and is at home again, as an answer from the preferred address still comes to
 * where it was. */
static void does_not_win_elsewhere(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_WHILE_MOVING, &at);
    const trace_item *const item = preferred_find(&of, DISSECT_CLIENT, &at.away, &at.preferred, SETTLED, 0);
    preferred_reroute(&of, item, &at.home, &at.original, 5);
    preferred_unack(&of, item);
    rules_free(trace_held(&of));
    trace_free(&of);
}

/* ---- the server ---- */

static void server_waits_for_validation(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_PREFERRED_ADDRESS_BY_CLIENT_ONLY, DISSECT_SERVER), 10,
                   "exercised");
    preferred_reroute(&of, preferred_find(&of, DISSECT_SERVER, &at.home, &at.original, 1065 * MS, 0),
                      &at.home, &at.preferred, 6);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_BY_CLIENT_ONLY, DISSECT_SERVER);
    trace_free(&of);
}

/* Behind a NAT that has a port for each remote address. A server that has challenged the client when it
 * probed, and gave that validation up, goes on from its original address until the one that began with the
 * move has its answer. */
static void server_waits_for_the_validation_after_the_move(void)
{
    static const dissect_frame challenge = {.type = DISSECT_PATH_CHALLENGE,
                                            .type_byte = DISSECT_PATH_CHALLENGE,
                                            .path_data = {3, 1, 4, 1, 5, 9, 2, 6}};
    dissect_frame response = challenge;
    response.type = DISSECT_PATH_RESPONSE;
    response.type_byte = DISSECT_PATH_RESPONSE;
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    preferred_other_port(&of, &at);
    trace_add_frame(&of, trace_find(&of, DISSECT_SERVER, DISSECT_PATH_RESPONSE, 1000 * MS, 0), &challenge);
    /* right after the first packet that moves the client */
    const trace_item *const answers =
        trace_find(&of, DISSECT_CLIENT, DISSECT_RETIRE_CONNECTION_ID, 1000 * MS, 0);
    trace_add_frame(&of, answers, &response);
    trace_resize(&of, answers, 1200);
    CHECK(trace_exercised(&of, RULES_MOVE_FOLLOWED, DISSECT_SERVER), 1, "exercised");
    trace_free(&of);
}

/* Without any PATH_CHALLENGE of the server's. */
static trace without_challenges(const char *text)
{
    trace of = preferred_trace(text, PREFERRED_FROM_HOME, &at);
    for (size_t i = 0; i < of.count; i++) {
        const trace_item *const item = &of.items[i];
        if (item->packet.sender == DISSECT_SERVER)
            trace_drop_frames(&of, item, DISSECT_PATH_CHALLENGE);
        else
            trace_drop_frames(&of, item, DISSECT_PATH_RESPONSE);
    }
    return of;
}

static void server_probes_before_it_moves(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_SERVER_PROBES, DISSECT_SERVER), 1, "exercised");
    trace_free(&of);
    of = without_challenges(STORY_TALK_MOVE);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_SERVER_PROBES, DISSECT_SERVER);
    trace_free(&of);
}

/* It answers at its preferred address, and sends all else from the original one. */
static void server_probes_though_it_stays(void)
{
    trace of = without_challenges(LONG STORY_MOVE);
    for (size_t i = 0; i < of.count; i++) {
        trace_item *const item = &of.items[i];
        if (item->packet.sender == DISSECT_SERVER && item->sent &&
            roam_addr_equal(&item->datagram.local, &at.preferred) &&
            !trace_frame(item, DISSECT_PATH_RESPONSE))
            preferred_reroute(&of, item, &at.home, &at.original, 5);
    }
    trace_broken(&of, RULES_PREFERRED_ADDRESS_SERVER_PROBES, DISSECT_SERVER);
    trace_free(&of);
}

/* The client, which has not heard of the preferred address for a while, sends to the original one. */
static void server_drops_what_comes_to_the_old_address(void)
{
    trace of = preferred_trace(SELDOM, PREFERRED_FROM_HOME, &at);
    const trace_item *const item = preferred_find(&of, DISSECT_CLIENT, &at.home, &at.preferred, 2000 * MS, 0);
    preferred_reroute(&of, item, &at.home, &at.original, 5);
    trace_broken(&of, RULES_PREFERRED_ADDRESS_OLD_DROPPED, DISSECT_SERVER);
    preferred_unack(&of, item);
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_OLD_DROPPED, DISSECT_SERVER), 1, "exercised");
    trace_free(&of);
}

/* What the client sent before it moved comes afterwards. */
static void server_takes_what_is_delayed(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    trace_item *const item = preferred_find(&of, DISSECT_CLIENT, &at.home, &at.original, 1000 * MS, 0);
    trace_item *const arrived = trace_arrived(&of, DISSECT_CLIENT, item->packet.number);
    arrived->gone = true;
    trace_copy(&of, arrived, SETTLED)->gone = false;
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_OLD_DROPPED, DISSECT_SERVER), 0, "exercised");
    trace_free(&of);
}

/* Somebody sends a copy to the old address, which is faster. */
static void server_may_have_it_from_the_new_address(void)
{
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    const trace_item *const item = preferred_find(&of, DISSECT_CLIENT, &at.home, &at.preferred, SETTLED, 0);
    trace_item *const arrived = trace_arrived(&of, DISSECT_CLIENT, item->packet.number);
    trace_copy(&of, arrived, arrived->datagram.now_ns - MS)->datagram.local = at.original;
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_OLD_DROPPED, DISSECT_SERVER), 0, "exercised");
    trace_free(&of);
}

/* ---- connection IDs of the server ---- */

/* The client closes with TRANSPORT_PARAMETER_ERROR (RFC 9000 section 20.1) when it has seen the parameters.
 */
static trace closed_at_once(void)
{
    static const dissect_frame close = {
        .type = DISSECT_CONNECTION_CLOSE, .type_byte = DISSECT_CONNECTION_CLOSE, .error = 0x08};
    trace of = preferred_trace(STORY_TALK_MOVE, PREFERRED_FROM_HOME, &at);
    bool closed = false;
    for (size_t i = 0; i < of.count; i++) {
        trace_item *const item = &of.items[i];
        item->gone = closed;
        if (!item->sent || item->packet.sender != DISSECT_CLIENT || item->packet.type != DISSECT_HANDSHAKE)
            continue;
        closed = true;
        item->frames[0] = close;
        item->packet.frame_count = 1;
    }
    return of;
}

static void has_a_connection_id(void)
{
    trace of = closed_at_once();
    transport_parameters *const said = &of.parameters[0][DISSECT_SERVER].value;
    CHECK(trace_exercised(&of, RULES_PREFERRED_ADDRESS_HAS_ID, DISSECT_SERVER), 1, "exercised");
    said->preferred_address.connection_id.len = 0;
    trace_broken(&of, RULES_PREFERRED_ADDRESS_HAS_ID, DISSECT_SERVER);
    said->preferred_address.connection_id.len = 8;
    said->initial_source_connection_id.len = 0;
    trace_broken(&of, RULES_PREFERRED_ADDRESS_HAS_ID, DISSECT_SERVER);
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"the client probes the preferred address", is_probed},
    {"it need not when there is nothing to be gained", is_not_probed_without_need},
    {"it sends there once that is validated", is_used_once_validated},
    {"it does so as soon as it can", is_used_soon},
    {"it may send there from another socket", is_used_from_another_socket},
    {"it stays when the validation fails", is_given_up},
    {"it sends only probes there before", is_validated_first},
    {"a client that moves probes both addresses", both_are_probed},
    {"it may have another port there", both_are_probed_through_a_nat},
    {"the preferred address is left behind in another family", is_left_behind_in_another_family},
    {"it sends to the preferred one", wins_over_the_original},
    {"it challenges the original one no more", ends_the_validation_of_the_original},
    {"it goes on from where it came when it gives the move up", does_not_win_elsewhere},
    {"the server moves once the path is validated", server_waits_for_validation},
    {"the server moves once the validation after the move has its answer",
     server_waits_for_the_validation_after_the_move},
    {"the server challenges the client before it moves", server_probes_before_it_moves},
    {"the server challenges the client that has moved", server_probes_though_it_stays},
    {"the server drops what comes to the old address", server_drops_what_comes_to_the_old_address},
    {"the server takes packets that are late", server_takes_what_is_delayed},
    {"the server takes packets of which a copy came elsewhere", server_may_have_it_from_the_new_address},
    {"the server's connection IDs have a length", has_a_connection_id},
};

CHECK_MAIN("the rules of the preferred address", TESTS)
