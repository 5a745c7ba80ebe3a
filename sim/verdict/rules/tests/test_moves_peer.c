/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of moves_peer.c: a run that holds it, and the same run altered so that this rule alone is broken.
 */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/stories.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

/* The address of the client at the server, before it changes at 1 s and afterwards. */
typedef struct addresses {
    roam_addr before, after;
} addresses;

static addresses addresses_of(trace *of)
{
    return (addresses){.before = trace_find(of, DISSECT_SERVER, DISSECT_STREAM, 0, 0)->datagram.remote,
                       .after =
                           trace_find(of, DISSECT_SERVER, DISSECT_STREAM, 2000 * MS, 0)->datagram.remote};
}

/* All after that time is left out. */
static void cut(trace *of, uint64_t at_ns)
{
    for (size_t i = 0; i < of->count; i++)
        of->items[i].gone |= of->items[i].datagram.now_ns > at_ns;
}

/* No PATH_CHALLENGE goes from the server to that address from 1 s on, and no answer comes; how many. */
static unsigned drop_challenges(trace *of, const roam_addr *remote)
{
    unsigned dropped = 0;
    for (size_t i = 0; i < of->count; i++) {
        trace_item *const item = &of->items[i];
        const dissect_frame *const challenge = trace_frame(item, DISSECT_PATH_CHALLENGE);
        if (!item->sent || item->packet.sender != DISSECT_SERVER || item->datagram.now_ns < 1000 * MS ||
            !challenge || !roam_addr_equal(&item->datagram.remote, remote))
            continue;
        trace_drop(of, item);
        dropped++;
        for (size_t j = i; j < of->count; j++) {
            const dissect_frame *const response = trace_frame(&of->items[j], DISSECT_PATH_RESPONSE);
            if (response && memcmp(response->path_data, challenge->path_data, 8) == 0)
                trace_drop(of, &of->items[j]);
        }
    }
    return dropped;
}

/* A server that closes with PROTOCOL_VIOLATION when its client has another port. */
static void a_rebinding_is_not_punished(void)
{
    const dissect_frame close = {
        .type = DISSECT_CONNECTION_CLOSE, .type_byte = DISSECT_CONNECTION_CLOSE, .error = 0x0a};
    trace of = trace_of(STORY_TALK_PORT);
    of.parameters[0][DISSECT_SERVER].value.disable_active_migration = true;
    CHECK(trace_exercised(&of, RULES_REBIND_NOT_PUNISHED, DISSECT_SERVER), 1, "exercised");
    const roam_addr after = addresses_of(&of).after;
    const trace_item *closes = of.items;
    while (!closes->sent || closes->packet.sender != DISSECT_SERVER ||
           !roam_addr_equal(&closes->datagram.remote, &after))
        closes++;
    trace_drop_frames(&of, closes, DISSECT_PATH_CHALLENGE);
    trace_add_frame(&of, closes, &close);
    cut(&of, closes->datagram.now_ns);
    for (trace_item *rest = (trace_item *)closes + 1; rest < of.items + of.count; rest++)
        rest->gone = true;
    trace_broken(&of, RULES_REBIND_NOT_PUNISHED, DISSECT_SERVER);
    trace_free(&of);
}

/* The server sends to cellular when a PATH_CHALLENGE alone has come from there. */
static void a_probe_moves_nothing(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CHECK_AT_LEAST(trace_exercised(&of, RULES_PROBING_FRAMES_DO_NOT_MOVE, DISSECT_SERVER), 1, "exercised");
    const trace_item *const answer = trace_find(&of, DISSECT_SERVER, DISSECT_PATH_RESPONSE, 1000 * MS, 0);
    trace_item *const early = trace_find(&of, DISSECT_SERVER, DISSECT_ACK, answer->datagram.now_ns + 1, 0);
    CHECK(roam_addr_equal(&early->datagram.remote, &answer->datagram.remote), false, "it goes to Wi-Fi");
    early->datagram.remote = answer->datagram.remote;
    early->packet.destination = answer->packet.destination;
    trace_broken(&of, RULES_PROBING_FRAMES_DO_NOT_MOVE, DISSECT_SERVER);
    trace_free(&of);
}

/* The last packet with data that came from the old port comes at 2 s. */
static void delay_one(trace *of)
{
    const trace_item *late = NULL;
    const roam_addr before = addresses_of(of).before;
    for (size_t i = 0; i < of->count; i++)
        if (!of->items[i].sent && of->items[i].packet.sender == DISSECT_CLIENT &&
            roam_addr_equal(&of->items[i].datagram.remote, &before) &&
            trace_frame(&of->items[i], DISSECT_STREAM))
            late = &of->items[i];
    const uint64_t number = late->packet.number;
    trace_arrived(of, DISSECT_CLIENT, number)->gone = true;
    trace_copy(of, trace_arrived(of, DISSECT_CLIENT, number), 2000 * MS)->gone = false;
}

static void a_late_packet_moves_nothing(void)
{
    trace of = trace_of(STORY_TALK_PORT);
    const roam_addr before = addresses_of(&of).before;
    delay_one(&of);
    CHECK(trace_exercised(&of, RULES_FOLLOWS_HIGHEST_PACKET_NUMBER, DISSECT_SERVER), 1, "exercised");
    trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 2000 * MS + 1, 0)->datagram.remote = before;
    trace_broken(&of, RULES_FOLLOWS_HIGHEST_PACKET_NUMBER, DISSECT_SERVER);
    trace_free(&of);
}

static void a_move_is_followed(void)
{
    trace of = trace_of(STORY_TALK_PORT);
    const roam_addr before = addresses_of(&of).before;
    CHECK(trace_exercised(&of, RULES_MOVE_FOLLOWED, DISSECT_SERVER), 1, "exercised");
    trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 2000 * MS, 0)->datagram.remote = before;
    trace_broken(&of, RULES_MOVE_FOLLOWED, DISSECT_SERVER);
    trace_free(&of);
}

/* The client's Handshake packet comes from the new port as well: a server without its keys any more cannot
 * read it. */
static void replay_handshake(trace *of, const roam_addr *remote)
{
    const trace_item *item = of->items;
    while (item->sent || item->packet.sender != DISSECT_CLIENT || item->packet.type != DISSECT_HANDSHAKE)
        item++;
    trace_item *const copy = trace_copy(of, item, 900 * MS);
    copy->datagram.remote = *remote;
    copy->datagram.len = 50;
}

static void a_move_is_validated(void)
{
    trace of = trace_of(STORY_TALK_PORT);
    const roam_addr after = addresses_of(&of).after;
    replay_handshake(&of, &after);
    CHECK(trace_exercised(&of, RULES_MOVE_VALIDATED, DISSECT_SERVER), 1, "exercised");
    CHECK_AT_LEAST(drop_challenges(&of, &after), 1, "challenges");
    trace_broken(&of, RULES_MOVE_VALIDATED, DISSECT_SERVER);
    trace_free(&of);
}

/* Each path takes a connection ID of its own, and the server has none left. */
static void a_move_is_not_validated_without_an_id(void)
{
    trace of = trace_of(STORY_TALK_PORT);
    const addresses at = addresses_of(&of);
    CHECK_AT_LEAST(drop_challenges(&of, &at.after), 1, "challenges");
    for (size_t i = 0; i < of.count; i++) {
        trace_item *const item = &of.items[i];
        if (item->packet.sender == DISSECT_CLIENT)
            trace_drop_frames(&of, item, DISSECT_NEW_CONNECTION_ID);
        else if (item->sent && roam_addr_equal(&item->datagram.remote, &at.after))
            item->datagram.remote = at.before;
    }
    CHECK(trace_exercised(&of, RULES_MOVE_VALIDATED, DISSECT_SERVER), 0, "exercised");
    trace_free(&of);
}

static void the_old_address_is_validated_too(void)
{
    trace of = trace_of(STORY_TALK_PORT);
    const roam_addr before = addresses_of(&of).before;
    CHECK(trace_exercised(&of, RULES_OLD_ADDRESS_VALIDATED_TOO, DISSECT_SERVER), 1, "exercised");
    CHECK_AT_LEAST(drop_challenges(&of, &before), 1, "challenges");
    trace_broken(&of, RULES_OLD_ADDRESS_VALIDATED_TOO, DISSECT_SERVER);
    trace_free(&of);
}

/* A server that gives no token for the new IP address of its client; one that gives it in the packet in which
 * it is overdue, the first after its congestion window was full; and one that does not have to, as the port
 * alone is another. */
static void a_new_address_has_its_token(void)
{
    trace of = trace_of(STORY_TALK_ADDRESS);
    CHECK(trace_exercised(&of, RULES_TOKEN_AFTER_MOVE, DISSECT_SERVER), 1, "exercised");
    trace_item *const gives = trace_find(&of, DISSECT_SERVER, DISSECT_NEW_TOKEN, 1000 * MS, 0);
    const dissect_frame token = *trace_frame(gives, DISSECT_NEW_TOKEN);
    trace_drop_frames(&of, gives, DISSECT_NEW_TOKEN);
    trace_broken(&of, RULES_TOKEN_AFTER_MOVE, DISSECT_SERVER);
    rules_judge *const judge = trace_shown(&of);
    const uint64_t due_ns =
        rules_outcome_of(judge, 0, DISSECT_SERVER, RULES_TOKEN_AFTER_MOVE).violation->at_ns;
    rules_free(judge);
    trace_add_frame(&of, trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, due_ns, 0), &token);
    CHECK(trace_exercised(&of, RULES_TOKEN_AFTER_MOVE, DISSECT_SERVER), 1, "exercised by the packet itself");
    trace_free(&of);
    of = trace_of(STORY_TALK_PORT);
    CHECK(trace_exercised(&of, RULES_TOKEN_AFTER_MOVE, DISSECT_SERVER), 0, "exercised by another port");
    trace_free(&of);
}

/* The challenges of 1200 bytes that follow an answer to a smaller one are lost: a second later come others.
 */
static void the_old_address_may_wait(void)
{
    trace of =
        trace_of(STORY_HEAD STORY_NAT STORY_TALK
                 "timeline:\n"
                 "  - {at: 1s, shuffle: home, of: laptop, change: port}\n"
                 "  - {at: 1065ms, drop: server, network: datacentre, frame: path_challenge, count: 2}\n");
    const roam_addr before = addresses_of(&of).before;
    CHECK(trace_exercised(&of, RULES_OLD_ADDRESS_VALIDATED_TOO, DISSECT_SERVER), 1, "exercised");
    CHECK_AT_LEAST(drop_challenges(&of, &before), 1, "challenges");
    trace_broken(&of, RULES_OLD_ADDRESS_VALIDATED_TOO, DISSECT_SERVER);
    trace_free(&of);
}

/* Of what the server sends to the address, PATH_CHALLENGE of 1200 bytes is left, with an ACK of all packets.
 */
static void keep_challenges(trace *of, const roam_addr *remote)
{
    const uint64_t largest = trace_find(of, DISSECT_CLIENT, DISSECT_STREAM, 1000 * MS, 0)->packet.number;
    const dissect_frame ack = {.type = DISSECT_ACK, .range_count = 1};
    for (size_t i = 0; i < of->count; i++) {
        trace_item *const item = &of->items[i];
        if (!item->sent || item->packet.sender != DISSECT_SERVER ||
            !roam_addr_equal(&item->datagram.remote, remote))
            continue;
        if (!trace_frame(item, DISSECT_PATH_CHALLENGE) || item->datagram.len < 1200) {
            trace_drop(of, item);
            continue;
        }
        trace_add_frame(of, item, &ack);
        item->ranges = calloc(1, sizeof *item->ranges);
        CU_ASSERT_PTR_NOT_NULL_FATAL(item->ranges);
        item->ranges->largest = largest;
    }
}

/* No answer comes to those of 1200 bytes: the server goes back to the old address. */
static void a_second_validation_fails(void)
{
    trace of =
        trace_of("roam: 1\n"
                 "name: t\n"
                 "duration: 6s\n"
                 "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: "
                 "4433}}\n"
                 "peers: [laptop -> server]\n" STORY_NAT "traffic:\n"
                 "  - {flow: laptop -> server, send: 200B, every: 50ms, until: 5s}\n"
                 "  - {flow: server -> laptop, send: 200B, every: 50ms, until: 5s}\n"
                 "timeline:\n"
                 "  - {at: 1s, shuffle: home, of: laptop, change: port}\n"
                 "  - {at: 1065ms, blackhole: laptop, network: wifi, direction: down, for: 4s}\n");
    const roam_addr before = addresses_of(&of).before;
    const roam_addr after = trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 2000 * MS, 0)->datagram.remote;
    CHECK(trace_exercised(&of, RULES_MOVE_FOLLOWED, DISSECT_SERVER), 1, "exercised");
    CHECK(roam_addr_equal(&trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 4139 * MS, 0)->datagram.remote,
                          &before),
          true, "the server sends to the old address");
    /* A server that sent nothing else but PATH_CHALLENGE there, and ACK with it: the client answers others.
     */
    keep_challenges(&of, &after);
    CHECK(trace_exercised_by(&of, RULES_MOVE_FOLLOWED, DISSECT_SERVER, RULES_RESPONSE_ECHOES), 0,
          "exercised");
    trace_free(&of);
}

/* A NAT gives the client another port in the handshake, and takes it back; then follows `more`. */
#define STORY_SHUFFLED_HANDSHAKE(more)                                                                       \
    STORY_HEAD "nats: {home: {}}\n"                                                                          \
               "networks: {wifi: {delay: 5ms, nat: home}, cellular: {}, datacentre: {}}\n" STORY_TALK        \
               "timeline:\n"                                                                                 \
               "  - {at: 5285us, shuffle: home, change: port, of: laptop}\n"                                 \
               "  - {at: 15127us, shuffle: home, change: back, of: laptop}\n" more

/* The server completes the handshake with what comes from the first port: it need not read 1-RTT that came
 * from another one before. */
static void a_move_in_the_handshake_is_none(void)
{
    static const struct {
        const char *text;
        uint32_t moves;
    } stories[] = {
        {STORY_SHUFFLED_HANDSHAKE(""), 0},
        {STORY_SHUFFLED_HANDSHAKE("  - {at: 1s, shuffle: home, change: port, of: laptop}\n"), 1},
    };
    for (size_t i = 0; i < sizeof stories / sizeof stories[0]; i++) {
        trace of = trace_of(stories[i].text);
        const roam_addr port = trace_find(&of, DISSECT_SERVER, DISSECT_CRYPTO, 0, 0)->datagram.remote;
        const roam_addr other = trace_arrived(&of, DISSECT_CLIENT, 0)->datagram.remote;
        CHECK(roam_addr_equal(&port, &other), false, "story %zu: 1-RTT comes from the first port", i);
        CHECK(trace_exercised(&of, RULES_MOVE_VALIDATED, DISSECT_SERVER), stories[i].moves, "story %zu", i);
        CHECK(trace_exercised(&of, RULES_OLD_ADDRESS_VALIDATED_TOO, DISSECT_SERVER), stories[i].moves,
              "story %zu", i);
        trace_free(&of);
    }
}

static const check_test TESTS[] = {
    {"a rebinding is not punished", a_rebinding_is_not_punished},
    {"a probing packet moves nothing", a_probe_moves_nothing},
    {"a late packet moves nothing", a_late_packet_moves_nothing},
    {"a move is followed", a_move_is_followed},
    {"a move is validated", a_move_is_validated},
    {"a move is not validated without a connection ID", a_move_is_not_validated_without_an_id},
    {"the old address is validated too", the_old_address_is_validated_too},
    {"a new address has its token", a_new_address_has_its_token},
    {"the old address may wait for the new one", the_old_address_may_wait},
    {"a second validation fails", a_second_validation_fails},
    {"a move in the handshake is none", a_move_in_the_handshake_is_none},
};

CHECK_MAIN("the rules of following a client", TESTS)
