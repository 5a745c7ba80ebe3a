/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of connection_ids.c and connection_ids_used.c: a run that holds it, and the same run altered so
 * that this rule alone is broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/id_traces.h"

#include <CUnit/Basic.h>
#include <string.h>

#define SECOND UINT64_C(1000000000)

enum { LIMIT = 8 };

#define C DISSECT_CLIENT
#define S DISSECT_SERVER
#define ISSUE DISSECT_NEW_CONNECTION_ID
#define RETIRE DISSECT_RETIRE_CONNECTION_ID

/* ---- alterations ---- */

static trace_item *issue_of(trace *of, dissect_side side, uint64_t at_ns)
{
    return trace_find(of, side, ISSUE, at_ns, 0);
}

/* The frame is another one wherever it is. */
static void replace(trace *of, dissect_side side, uint64_t sequence, const dissect_frame *by)
{
    for (size_t i = 0; i < of->count; i++)
        if (trace_issued(&of->items[i], side, sequence))
            *trace_issued(&of->items[i], side, sequence) = *by;
}

/* The connection ID of the handshake. */
static dissect_id first_id(const trace *of, dissect_side side)
{
    for (size_t i = 0; i < of->count; i++)
        if (of->items[i].packet.sender == side && of->items[i].packet.type == DISSECT_HANDSHAKE)
            return of->items[i].packet.source;
    CU_FAIL_FATAL("no handshake");
    return (dissect_id){0};
}

/* Drops what the side issues from then on. */
static void issue_nothing(trace *of, dissect_side side, uint64_t from_ns)
{
    for (size_t i = 0; i < of->count; i++)
        if (of->items[i].packet.sender == side && of->items[i].datagram.now_ns >= from_ns)
            trace_drop_frames(of, &of->items[i], ISSUE);
}

static void retire_nothing(trace *of, dissect_side side)
{
    for (size_t i = 0; i < of->count; i++)
        if (of->items[i].packet.sender == side)
            trace_drop_frames(of, &of->items[i], RETIRE);
}

static void exercised(const trace *of, rules_rule rule, dissect_side side, uint32_t times)
{
    CHECK(trace_exercised(of, rule, side), times, "%s", rules_name(rule));
}

/* ---- what is issued ---- */

static void sequence_numbers_go_up_by_one(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    exercised(&of, RULES_ID_SEQUENCE, C, 2);
    exercised(&of, RULES_ID_SEQUENCE, S, 2);
    dissect_frame frame = trace_issue_frame(&of, C, 8);
    frame.value = 9;
    replace(&of, C, 8, &frame);
    trace_broken(&of, RULES_ID_SEQUENCE, C);
    trace_free(&of);
}

/* Frames may leave in any order (RFC 9000 section 13.3): 9 in the place of 8, and 8 some time later. */
static void the_one_before_may_be_in_a_later_packet(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    of.parameters[0][S].value.active_connection_id_limit = LIMIT + 1;
    dissect_frame frame = trace_issue_frame(&of, C, 8);
    dissect_frame before = frame;
    before.id.bytes[0] ^= 1;
    before.reset_token[0] ^= 1;
    frame.value = 9;
    replace(&of, C, 8, &frame);
    trace_add_frame(&of, trace_data_packet(&of, C, 6 * SECOND), &before);
    exercised(&of, RULES_ID_SEQUENCE, C, 2);
    trace_free(&of);
}

static void a_packet_that_was_not_seen_may_have_had_the_one_before(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    dissect_frame frame = trace_issue_frame(&of, S, 8);
    frame.value = 9;
    replace(&of, S, 8, &frame);
    trace_item *const before = trace_data_packet(&of, S, SECOND / 2);
    trace_drop(&of, before);
    exercised(&of, RULES_ID_SEQUENCE, S, 2);
    trace_free(&of);
}

/* That of the preferred address is 1, and the frames go on with 2. */
static void a_preferred_address_has_the_second_one(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    transport_parameters *const said = &of.parameters[0][S].value;
    said->present |= UINT64_C(1) << TRANSPORT_PREFERRED_ADDRESS;
    said->preferred_address.connection_id = (dissect_id){.len = 4, .bytes = {1, 2, 3, 4}};
    trace_broken(&of, RULES_NEW_ID_FRAME_CONSISTENT, S);
    of.parameters[0][C].value.active_connection_id_limit = LIMIT + 1;
    for (size_t i = 0; i < of.count; i++)
        for (size_t j = 0; of.items[i].packet.sender == S && j < of.items[i].packet.frame_count; j++)
            of.items[i].frames[j].value += of.items[i].frames[j].type == ISSUE;
    exercised(&of, RULES_ID_SEQUENCE, S, 2);
    trace_free(&of);
}

/* The client's Initial comes again to a server that lost its state after the first answer. */
static void a_server_that_begins_anew_has_other_ones(void)
{
    trace of = trace_of("roam: 1\n"
                        "name: t\n"
                        "duration: 5s\n"
                        "networks: {far: {delay: 600ms}, datacentre: {delay: 1ms}}\n"
                        "nodes: {laptop: {networks: [far]}, server: {networks: [datacentre], listen: 4433}}\n"
                        "peers: [laptop -> server]\n"
                        "timeline: [{at: 700ms, restart: server}]\n");
    const dissect_id first = trace_find(&of, S, DISSECT_CRYPTO, 0, 0)->packet.source;
    const dissect_id second = trace_find(&of, S, DISSECT_CRYPTO, SECOND, 0)->packet.source;
    CU_ASSERT_NOT_EQUAL(memcmp(first.bytes, second.bytes, first.len), 0);
    exercised(&of, RULES_ID_SEQUENCE, S, 2);
    trace_free(&of);
}

static void connection_ids_are_not_issued_twice(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    exercised(&of, RULES_NEW_ID_FRAME_CONSISTENT, C, LIMIT);
    dissect_frame frame = trace_issue_frame(&of, C, 8);
    frame.id = trace_issue_frame(&of, C, 5).id;
    replace(&of, C, 8, &frame);
    trace_broken(&of, RULES_NEW_ID_FRAME_CONSISTENT, C);
    trace_free(&of);
}

static void a_frame_that_is_repeated_is_the_same(void)
{
    for (int token = 0; token < 2; token++) {
        trace of = trace_of(TRACE_ID_MOVE);
        dissect_frame frame = trace_issue_frame(&of, C, 5);
        *(token ? frame.reset_token : frame.id.bytes) ^= 1;
        trace_add_frame(&of, trace_data_packet(&of, C, SECOND / 2), &frame);
        trace_broken(&of, RULES_NEW_ID_FRAME_CONSISTENT, C);
        trace_free(&of);
    }
}

/* Those of which the peer makes nothing but an error. */
static void frames_that_are_errors_by_themselves(void)
{
    for (int prior = 0; prior < 2; prior++) {
        trace of = trace_of(TRACE_ID_MOVE);
        trace_item *const item = trace_data_packet(&of, C, 2 * SECOND);
        dissect_frame frame = trace_issue_frame(&of, C, 8);
        frame.value = 9;
        if (prior)
            frame.retire_prior_to = 10;
        else
            frame.id.len = 0;
        trace_add_frame(&of, item, &frame);
        trace_broken_by(&of, RULES_ID_VIOLATION_CLOSES, S, RULES_NEW_ID_FRAME_CONSISTENT);
        trace_lose(&of, item);
        trace_broken(&of, RULES_NEW_ID_FRAME_CONSISTENT, C);
        trace_free(&of);
    }
}

static void tokens_are_not_used_twice(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    exercised(&of, RULES_RESET_TOKEN_UNIQUE, S, LIMIT);
    dissect_frame frame = trace_issue_frame(&of, S, 6);
    const dissect_frame other = trace_issue_frame(&of, S, 5);
    memcpy(frame.reset_token, other.reset_token, sizeof frame.reset_token);
    replace(&of, S, 6, &frame);
    trace_broken(&of, RULES_RESET_TOKEN_UNIQUE, S);
    /* that of the handshake */
    memcpy(frame.reset_token, of.parameters[0][S].value.stateless_reset_token, sizeof frame.reset_token);
    of.parameters[0][S].value.present |= UINT64_C(1) << TRANSPORT_STATELESS_RESET_TOKEN;
    replace(&of, S, 6, &frame);
    trace_broken(&of, RULES_RESET_TOKEN_UNIQUE, S);
    trace_free(&of);
}

static void no_more_than_the_peer_takes(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    exercised(&of, RULES_IDS_WITHIN_LIMIT, C, 2);
    CU_ASSERT_EQUAL(of.parameters[0][S].value.active_connection_id_limit, LIMIT);
    of.parameters[0][S].value.active_connection_id_limit = LIMIT - 1;
    trace_broken_by(&of, RULES_ID_VIOLATION_CLOSES, S, RULES_IDS_WITHIN_LIMIT);
    trace_lose(&of, issue_of(&of, C, 0));
    trace_broken(&of, RULES_IDS_WITHIN_LIMIT, C);
    /* the same frames have the excess retired */
    issue_nothing(&of, C, SECOND);
    for (uint64_t i = 1; i < LIMIT; i++) {
        dissect_frame frame = trace_issue_frame(&of, C, i);
        frame.retire_prior_to = 1;
        replace(&of, C, i, &frame);
    }
    exercised(&of, RULES_IDS_WITHIN_LIMIT, C, 1);
    trace_free(&of);
}

/* The server retires one in a packet of which a copy comes first, from an address that the client has not
 * sent to: the client discards that copy and takes the packet (RFC 9000 section 9). */
static void a_copy_that_is_discarded_does_not_hide_the_packet(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    const uint64_t number = trace_find(&of, S, RETIRE, 0, 0)->packet.number;
    const trace_item *const arrived = trace_arrived(&of, S, number);
    trace_copy(&of, arrived, arrived->datagram.now_ns - 1)->datagram.remote.port++;
    exercised(&of, RULES_IDS_WITHIN_LIMIT, C, 2);
    exercised(&of, RULES_IDS_REPLACED, C, 1);
    issue_nothing(&of, C, SECOND);
    trace_broken(&of, RULES_IDS_REPLACED, C);
    trace_free(&of);
}

static void retire_prior_to_waits_for_the_last_one(void)
{
    for (int waits = 0; waits < 2; waits++) {
        trace of = trace_of(TRACE_ID_MOVE);
        dissect_frame frame = trace_issue_frame(&of, S, 8);
        frame.retire_prior_to = 3;
        replace(&of, S, 8, &frame);
        frame.value = 9;
        frame.retire_prior_to = 4;
        frame.id.bytes[0] ^= 1;
        frame.reset_token[0] ^= 1;
        for (uint64_t i = 1; i < 3; i++)
            trace_retires(&of, C, waits ? 3 * SECOND / 2 : 5 * SECOND / 2, i);
        trace_retires(&of, C, 5 * SECOND / 2, 3);
        trace_add_frame(&of, trace_data_packet(&of, S, 2 * SECOND), &frame);
        if (waits)
            exercised(&of, RULES_RETIRE_PRIOR_TO_PACED, S, 1);
        else
            trace_broken(&of, RULES_RETIRE_PRIOR_TO_PACED, S);
        trace_free(&of);
    }
}

/* ---- enough of them ---- */

static void there_is_one_to_spare_for_a_move(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_SPARE_ID_SUPPLIED, C) > 0);
    dissect_frame frame = trace_issue_frame(&of, C, 8);
    issue_nothing(&of, C, 0);
    frame.value = 1;
    trace_add_frame(&of, trace_data_packet(&of, C, 5 * SECOND), &frame);
    trace_broken(&of, RULES_SPARE_ID_SUPPLIED, C);
    trace_free(&of);
}

static void there_is_one_to_spare_at_any_time(void)
{
    trace of = trace_of(TRACE_ID_STAY);
    CU_ASSERT(trace_exercised(&of, RULES_SPARE_ID_SUPPLIED, S) > 0);
    issue_nothing(&of, S, 0);
    trace_broken(&of, RULES_SPARE_ID_SUPPLIED, S);
    /* whose client may not move */
    of.parameters[0][S].value.disable_active_migration = true;
    exercised(&of, RULES_SPARE_ID_SUPPLIED, S, 0);
    trace_free(&of);
}

static void what_is_retired_is_replaced(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    exercised(&of, RULES_IDS_REPLACED, S, 1);
    exercised(&of, RULES_IDS_REPLACED, C, 1);
    issue_nothing(&of, S, SECOND);
    trace_broken(&of, RULES_IDS_REPLACED, S);
    trace_free(&of);
}

/* Nothing comes or goes after 1.5 s but one datagram of the server at 5 s: the path may not have worked. */
static void nothing_is_due_in_a_silence(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    issue_nothing(&of, S, SECOND);
    const trace_item *const last = trace_data_packet(&of, S, 5 * SECOND);
    for (size_t i = 0; i < of.count; i++)
        of.items[i].gone |= of.items[i].datagram.now_ns > 3 * SECOND / 2 && &of.items[i] != last;
    exercised(&of, RULES_IDS_REPLACED, S, 0);
    trace_free(&of);
}

/* ---- where they are used ---- */

static void a_connection_id_has_one_local_address(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    const dissect_id old = first_id(&of, S);
    exercised(&of, RULES_ID_PER_LOCAL_ADDRESS, C, 1);
    trace_readdress(&of, trace_find(&of, C, DISSECT_PATH_CHALLENGE, SECOND, 0), &old);
    trace_broken(&of, RULES_ID_PER_LOCAL_ADDRESS, C);
    trace_free(&of);
}

static void the_new_connection_id_stays_on_the_new_path(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    const dissect_id young = trace_issue_frame(&of, S, 7).id;
    trace_item *const probe = trace_find(&of, C, DISSECT_PATH_CHALLENGE, SECOND, 0);
    trace_item *const data = trace_data_packet(&of, C, probe->datagram.now_ns + 1);
    CU_ASSERT_FALSE_FATAL(roam_addr_equal(&probe->datagram.local, &data->datagram.local));
    trace_readdress(&of, data, &young);
    trace_broken(&of, RULES_ID_PER_LOCAL_ADDRESS, C);
    trace_free(&of);
}

static void a_connection_id_has_one_remote_address(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    const dissect_id old = first_id(&of, C);
    CU_ASSERT(trace_exercised(&of, RULES_ID_PER_REMOTE_ADDRESS, S) > 0);
    trace_readdress(&of, trace_find(&of, S, DISSECT_PATH_RESPONSE, SECOND, 0), &old);
    trace_broken(&of, RULES_ID_PER_REMOTE_ADDRESS, S);
    trace_free(&of);
}

/* Likewise, but the client sends there under the connection ID of the old path: a NAT has moved it. */
static void a_server_goes_on_with_a_client_that_did_not_move_itself(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    const dissect_id old_client = first_id(&of, C);
    const dissect_id old_server = first_id(&of, S);
    trace_readdress(&of, trace_find(&of, S, DISSECT_PATH_RESPONSE, SECOND, 0), &old_client);
    for (size_t i = 0; i < of.count; i++) /* what the client did has no part in this */
        if (!of.items[i].sent && of.items[i].packet.sender == C && of.items[i].datagram.now_ns > SECOND)
            of.items[i].packet.destination = old_server;
    CU_ASSERT(trace_exercised(&of, RULES_ID_PER_REMOTE_ADDRESS, S) > 0);
    trace_free(&of);
}

static void nothing_is_sent_under_a_retired_one(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    const dissect_id other = trace_issue_frame(&of, S, 5).id;
    CU_ASSERT(trace_exercised(&of, RULES_ID_NOT_USED_AFTER_RETIREMENT, C) > 0);
    trace_readdress(&of, trace_data_packet(&of, C, 9 * SECOND), &other);
    trace_retires(&of, C, 9 * SECOND, 7);
    trace_broken(&of, RULES_ID_NOT_USED_AFTER_RETIREMENT, C);
    trace_free(&of);
}

static void nor_under_one_whose_retirement_was_asked_for(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    dissect_frame frame = trace_issue_frame(&of, S, 8);
    frame.retire_prior_to = 8;
    trace_item *const late = trace_data_packet(&of, S, 9 * SECOND);
    trace_add_frame(&of, late, &frame);
    trace_broken(&of, RULES_ID_NOT_USED_AFTER_RETIREMENT, C);
    trace_free(&of);
}

/* A client must discard such a packet (RFC 9000 section 9). This one acknowledges it, which is all that it
 * breaks. */
static void but_not_from_an_unknown_server_address(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    dissect_frame frame = trace_issue_frame(&of, S, 8);
    frame.retire_prior_to = 8;
    const trace_item late = *trace_data_packet(&of, S, 9 * SECOND);
    trace_add_frame(&of, &late, &frame);
    trace_arrived(&of, S, late.packet.number)->datagram.remote.port++;
    trace_broken(&of, RULES_UNKNOWN_SERVER_ADDRESS_IGNORED, C);
    trace_free(&of);
}

static void a_peer_without_connection_ids_is_not_moved(void)
{
    for (int moves = 0; moves < 2; moves++) {
        trace of = trace_of(moves ? TRACE_ID_MOVE : TRACE_ID_STAY);
        const dissect_id old = first_id(&of, S);
        of.parameters[0][S].value.initial_source_connection_id.len = 0;
        issue_nothing(&of, S, 0);
        retire_nothing(&of, C);
        for (size_t i = 0; i < of.count; i++) {
            dissect_packet *const packet = &of.items[i].packet;
            const bool after =
                packet->type == DISSECT_ONE_RTT || memcmp(packet->destination.bytes, old.bytes, old.len) == 0;
            if (packet->sender == S)
                packet->source.len = 0;
            else if (after)
                packet->destination.len = 0;
        }
        if (moves)
            trace_broken(&of, RULES_ZERO_LENGTH_ID_NOT_MOVED, C);
        else
            exercised(&of, RULES_ZERO_LENGTH_ID_NOT_MOVED, C, 200);
        trace_free(&of);
    }
}

/* ---- retirement ---- */

static void what_was_left_is_retired(void)
{
    for (dissect_side side = C; side <= S; side++) {
        trace of = trace_of(TRACE_ID_MOVE);
        exercised(&of, RULES_ID_RETIRED_AFTER_MOVE, side, 1);
        retire_nothing(&of, side);
        issue_nothing(&of, side == C ? S : C, SECOND);
        trace_broken(&of, RULES_ID_RETIRED_AFTER_MOVE, side);
        trace_free(&of);
    }
}

static void what_is_asked_for_is_retired(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    dissect_frame frame = trace_issue_frame(&of, S, 8);
    frame.retire_prior_to = 3;
    replace(&of, S, 8, &frame);
    trace_retires(&of, C, 2 * SECOND, 1);
    trace_broken(&of, RULES_ID_RETIRED_WHEN_ASKED, C);
    trace_retires(&of, C, 2 * SECOND, 2);
    exercised(&of, RULES_ID_RETIRED_WHEN_ASKED, C, 2);
    trace_free(&of);
}

static void what_was_never_issued_is_not_retired(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    exercised(&of, RULES_RETIRE_KNOWN_ID, C, 1);
    trace_retires(&of, C, 2 * SECOND, 9);
    trace_broken_by(&of, RULES_ID_VIOLATION_CLOSES, S, RULES_RETIRE_KNOWN_ID);
    trace_lose(&of, trace_data_packet(&of, C, 2 * SECOND));
    trace_broken(&of, RULES_RETIRE_KNOWN_ID, C);
    trace_free(&of);
}

static void a_packet_does_not_retire_its_own(void)
{
    trace of = trace_of(TRACE_ID_MOVE);
    exercised(&of, RULES_RETIRE_NOT_OWN_DESTINATION, C, 1);
    trace_retires(&of, C, 9 * SECOND, 7);
    trace_cut_after(&of, trace_data_packet(&of, C, 9 * SECOND));
    trace_broken(&of, RULES_RETIRE_NOT_OWN_DESTINATION, C);
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"sequence numbers go up by one", sequence_numbers_go_up_by_one},
    {"the one before may be in a later packet", the_one_before_may_be_in_a_later_packet},
    {"a packet that was not seen may have had the one before",
     a_packet_that_was_not_seen_may_have_had_the_one_before},
    {"a preferred address has the second one", a_preferred_address_has_the_second_one},
    {"a server that begins anew has other ones", a_server_that_begins_anew_has_other_ones},
    {"connection IDs are not issued twice", connection_ids_are_not_issued_twice},
    {"a frame that is repeated is the same", a_frame_that_is_repeated_is_the_same},
    {"frames that are errors by themselves", frames_that_are_errors_by_themselves},
    {"tokens are not used twice", tokens_are_not_used_twice},
    {"no more than the peer takes", no_more_than_the_peer_takes},
    {"a copy that is discarded does not hide the packet", a_copy_that_is_discarded_does_not_hide_the_packet},
    {"Retire Prior To waits for the last one", retire_prior_to_waits_for_the_last_one},
    {"there is one to spare for a move", there_is_one_to_spare_for_a_move},
    {"there is one to spare at any time", there_is_one_to_spare_at_any_time},
    {"what is retired is replaced", what_is_retired_is_replaced},
    {"nothing is due in a silence", nothing_is_due_in_a_silence},
    {"a connection ID has one local address", a_connection_id_has_one_local_address},
    {"the new connection ID stays on the new path", the_new_connection_id_stays_on_the_new_path},
    {"a connection ID has one remote address", a_connection_id_has_one_remote_address},
    {"a server goes on with a client that did not move itself",
     a_server_goes_on_with_a_client_that_did_not_move_itself},
    {"nothing is sent under a retired one", nothing_is_sent_under_a_retired_one},
    {"nor under one whose retirement was asked for", nor_under_one_whose_retirement_was_asked_for},
    {"but not from an unknown server address", but_not_from_an_unknown_server_address},
    {"a peer without connection IDs is not moved", a_peer_without_connection_ids_is_not_moved},
    {"what was left is retired", what_was_left_is_retired},
    {"what is asked for is retired", what_is_asked_for_is_retired},
    {"what was never issued is not retired", what_was_never_issued_is_not_retired},
    {"a packet does not retire its own", a_packet_does_not_retire_its_own},
};

CHECK_MAIN("the rules of connection IDs", TESTS)
