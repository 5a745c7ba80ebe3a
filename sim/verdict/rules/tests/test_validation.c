/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of validation.c: a run that holds it, and the same run altered so that this rule alone is broken.
 */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/probing_traces.h"

#include <CUnit/Basic.h>

/* As the laptop's first answer to the server came. */
static trace_item *answer_to(trace *of, dissect_side side)
{
    const dissect_side other = side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
    return trace_arrived(of, other, trace_find(of, other, DISSECT_PATH_RESPONSE, 0, 0)->packet.number);
}

/* The server challenges the laptop's new path once more, when the answer came 100 ms ago. */
static void challenge_again(trace *of)
{
    const uint64_t at_ns = answer_to(of, DISSECT_SERVER)->datagram.now_ns;
    const trace_item *challenge = trace_find(of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 0, 0);
    trace_challenge_again(of, challenge, at_ns + 100 * TRACE_MS);
}

static void answers_count_though_small(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    for (size_t i = 0; i < of.count; i++)
        if (!of.items[i].sent && trace_frame(&of.items[i], DISSECT_PATH_RESPONSE))
            of.items[i].datagram.len = 57;
    CU_ASSERT(trace_exercised(&of, RULES_RESPONSE_ACCEPTED, DISSECT_SERVER) > 0);
    challenge_again(&of);
    trace_broken(&of, RULES_RESPONSE_ACCEPTED, DISSECT_SERVER);
    trace_free(&of);
}

/* An answer comes over the old path: a copy that an attacker forwards, say (RFC 9000 section 9.3.3). */
static void answers_count_from_elsewhere(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    const roam_addr old = trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 0, 0)->datagram.remote;
    for (size_t i = 0; i < of.count; i++) {
        trace_item *const item = &of.items[i];
        if (item->packet.sender != DISSECT_CLIENT || !trace_frame(item, DISSECT_PATH_RESPONSE))
            continue;
        trace_drop_frames(&of, item, DISSECT_ACK);
        if (!item->sent)
            item->datagram.remote = old;
    }
    CU_ASSERT(trace_exercised(&of, RULES_RESPONSE_ACCEPTED, DISSECT_SERVER) > 0);
    challenge_again(&of);
    trace_broken(&of, RULES_RESPONSE_ACCEPTED, DISSECT_SERVER);
    trace_free(&of);
}

static void an_answer_in_time_ends_validation(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_VALIDATION_NOT_CUT_SHORT, DISSECT_SERVER) > 0);
    challenge_again(&of);
    trace_broken(&of, RULES_VALIDATION_NOT_CUT_SHORT, DISSECT_SERVER);
    trace_free(&of);
}

/* The round trip becomes 4 s while the server validates the laptop's new port, which takes 3 s by the round
 * trip before: the validation fails, the laptop is followed again, and the answer to the first challenge, of
 * a validation that is over, comes while the second is under way. */
static void an_answer_to_a_validation_that_is_over_does_not_count(void)
{
    static const char LATE[] = "roam: 1\n"
                               "name: t\n"
                               "duration: 13s\n"
                               "networks: {core: {delay: 33ms}}\n"
                               "nodes:\n"
                               "  server: {listen: 4433, networks: [core]}\n"
                               "  laptop: {networks: [core]}\n"
                               "peers: [laptop -> server]\n"
                               "traffic:\n"
                               "  - {send: 20kB, every: 20ms, until: 3108ms, flow: laptop -> server}\n"
                               "timeline:\n"
                               "  - {at: 1677ms, migrate: laptop -> server}\n"
                               "  - {at: 2551ms, set: core, delay: 1s}\n"
                               "  - {at: 2768ms, migrate: laptop -> server, mode: follow-first}\n";
    trace of = trace_of(LATE);
    rules_judge *const judge = trace_shown(&of);
    CHECK(rules_outcome_of(judge, 0, DISSECT_SERVER, RULES_VALIDATION_NOT_CUT_SHORT).broken, 0, "broken");
    rules_free(judge);
    trace_free(&of);
}

/* An endpoint that has not acknowledged the answer has not processed it. */
static void an_answer_that_is_not_processed_does_not_count(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    const uint64_t from_ns = answer_to(&of, DISSECT_SERVER)->datagram.now_ns;
    challenge_again(&of);
    for (size_t i = 0; i < of.count; i++)
        if (of.items[i].packet.sender == DISSECT_SERVER && of.items[i].datagram.now_ns >= from_ns)
            trace_drop_frames(&of, &of.items[i], DISSECT_ACK);
    rules_free(trace_held(&of));
    trace_free(&of);
}

/* Answers come in the time of a validation, and after that of the call: the laptop may challenge again. */
static void a_client_may_give_up(void)
{
    trace of = trace_of(TRACE_IMPATIENT);
    rules_free(trace_held(&of));
    trace_free(&of);
}

/* The server goes on to challenge the victim, each PTO of a new path: 3 * 333 ms + 25 ms. */
static void validations_are_given_up(void)
{
    static const struct {
        uint64_t times;
        bool broken;
    } cases[] = {{6, false}, {7, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        trace of = trace_of(TRACE_SPOOFED);
        CU_ASSERT(trace_exercised(&of, RULES_VALIDATION_GIVEN_UP, DISSECT_SERVER) > 0);
        for (uint64_t time = 0; time <= cases[i].times; time++) {
            const trace_item *const first =
                trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 1000 * TRACE_MS, 0);
            trace_challenge_again(&of, first, (1500 + time * 1024) * TRACE_MS)->datagram.len = 60;
        }
        if (cases[i].broken)
            trace_broken(&of, RULES_VALIDATION_GIVEN_UP, DISSECT_SERVER);
        else
            rules_free(trace_held(&of));
        trace_free(&of);
    }
}

/* Each call of an application may begin another validation of the same path. */
static void applications_may_go_on(void)
{
    trace of = trace_of(TRACE_CALLS);
    const trace_item *const last =
        trace_find(&of, DISSECT_CLIENT, DISSECT_PATH_CHALLENGE, 9000 * TRACE_MS, 0);
    const trace_item *const first = trace_find(&of, DISSECT_CLIENT, DISSECT_PATH_CHALLENGE, 0, 0);
    CU_ASSERT(roam_addr_equal(&first->datagram.local, &last->datagram.local));
    rules_free(trace_held(&of));
    trace_free(&of);
}

static void failure_keeps_the_connection(void)
{
    static const struct {
        uint8_t type_byte;
        uint64_t error;
        bool broken;
    } cases[] = {
        {0x1c, 0x10, true},  /* NO_VIABLE_PATH */
        {0x1c, 0x01, true},  /* INTERNAL_ERROR */
        {0x1c, 0x00, false}, /* NO_ERROR */
        {0x1c, 0x0a, false}, /* PROTOCOL_VIOLATION, which is the peer's */
        {0x1d, 0x10, false}, /* of the application */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        trace of = trace_of(TRACE_LOST);
        CU_ASSERT(trace_exercised(&of, RULES_FAILED_VALIDATION_KEEPS_CONNECTION, DISSECT_CLIENT) > 0);
        const dissect_frame close = {
            .type = DISSECT_CONNECTION_CLOSE, .type_byte = cases[i].type_byte, .error = cases[i].error};
        const trace_item *const last = trace_find(&of, DISSECT_CLIENT, DISSECT_STREAM, 4000 * TRACE_MS, 0);
        const uint64_t at_ns = last->datagram.now_ns;
        trace_add_frame(&of, last, &close);
        for (size_t j = 0; j < of.count; j++)
            of.items[j].gone |= of.items[j].datagram.now_ns > at_ns;
        if (cases[i].broken)
            trace_broken(&of, RULES_FAILED_VALIDATION_KEEPS_CONNECTION, DISSECT_CLIENT);
        else
            rules_free(trace_held(&of));
        trace_free(&of);
    }
}

static void a_failed_address_is_left(void)
{
    trace of = trace_of(TRACE_SPOOFED);
    const trace_item *challenge = trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 1000 * TRACE_MS, 0);
    trace_silence(&of, challenge);
    CU_ASSERT(trace_exercised(&of, RULES_REVERTS_AFTER_FAILURE, DISSECT_SERVER) > 0);
    const roam_addr victim = challenge->datagram.remote;
    trace_item *const late = trace_find(&of, DISSECT_SERVER, DISSECT_STREAM, 8000 * TRACE_MS, 0);
    late->datagram.remote = victim;
    late->packet.destination = challenge->packet.destination;
    trace_broken(&of, RULES_REVERTS_AFTER_FAILURE, DISSECT_SERVER);
    trace_free(&of);
}

/* The answer to the laptop's probe of the server's other address comes too late for the call, so that the
 * probe is all that the server has: it is to challenge the laptop's new address. */
static void probes_are_validated(void)
{
    trace of = trace_of(TRACE_FAMILY);
    const trace_item *const response = trace_find(&of, DISSECT_SERVER, DISSECT_PATH_RESPONSE, 0, 0);
    CU_ASSERT_EQUAL(trace_exercised(&of, RULES_PROBE_VALIDATED, DISSECT_SERVER), 0);
    CU_ASSERT_FATAL(of.parameters[0][DISSECT_SERVER].known);
    of.parameters[0][DISSECT_SERVER].value.preferred_address.ipv4 = response->datagram.local;
    trace_broken(&of, RULES_PROBE_VALIDATED, DISSECT_SERVER);
    const dissect_frame challenge = {.type = DISSECT_PATH_CHALLENGE,
                                     .path_data = {0x9c, 1, 0x77, 4, 0x2e, 6, 7, 8}};
    trace_add_frame(&of, response, &challenge);
    CU_ASSERT(trace_exercised(&of, RULES_PROBE_VALIDATED, DISSECT_SERVER) > 0);
    trace_free(&of);
}

/* It had to wait for a connection ID, and has answered just now. */
static void probes_are_validated_when_there_is_an_id(void)
{
    trace of = trace_of(TRACE_FAMILY);
    const trace_item *const response = trace_find(&of, DISSECT_SERVER, DISSECT_PATH_RESPONSE, 0, 0);
    const uint64_t number = response->packet.number;
    uint64_t last_ns = 0;
    of.parameters[0][DISSECT_SERVER].value.preferred_address.ipv4 = response->datagram.local;
    for (size_t i = 0; i < of.count; i++) {
        of.items[i].gone |=
            of.items[i].packet.sender == DISSECT_SERVER && trace_frame(&of.items[i], DISSECT_PATH_RESPONSE);
        if (of.items[i].sent && of.items[i].packet.sender == DISSECT_SERVER &&
            trace_frame(&of.items[i], DISSECT_STREAM))
            last_ns = of.items[i].datagram.now_ns;
    }
    trace_copy(&of, trace_sent(&of, DISSECT_SERVER, number), last_ns - TRACE_MS)->gone = false;
    CU_ASSERT_EQUAL(trace_exercised(&of, RULES_PROBE_VALIDATED, DISSECT_SERVER), 0);
    trace_free(&of);
}

/* What the NAT's other address sent first is too small for a challenge of 1200 bytes. */
static void a_small_challenge_is_followed_by_a_large_one(void)
{
    trace of = trace_of(TRACE_REBIND);
    CU_ASSERT(trace_exercised(&of, RULES_PATH_MTU_VALIDATED, DISSECT_SERVER) > 0);
    const trace_item *const small = trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 0, 0);
    CU_ASSERT(small->datagram.len < 1200);
    const roam_addr new = small->datagram.remote;
    for (size_t i = 0; i < of.count; i++) {
        trace_item *const item = &of.items[i];
        const dissect_frame *const challenge = trace_frame(item, DISSECT_PATH_CHALLENGE);
        if (!item->sent || item->packet.sender != DISSECT_SERVER || !challenge || item->datagram.len < 1200 ||
            !roam_addr_equal(&item->datagram.remote, &new))
            continue;
        trace_forget(&of, challenge->path_data);
        i = 0;
    }
    trace_broken(&of, RULES_PATH_MTU_VALIDATED, DISSECT_SERVER);
    trace_free(&of);
}

/* The laptop is back at its first address when the answer to the small challenge comes, and at the other one
 * again 7 s later: only then is a large challenge due there, after the answer to another small one. */
static void but_not_while_the_peer_is_elsewhere(void)
{
    trace of =
        trace_of("roam: 1\n"
                 "name: t\n"
                 "duration: 9s\n"
                 "networks: {wifi: {delay: 5ms, nat: home}, datacentre: {delay: 1ms}}\n"
                 "nats: {home: {pool: [203.0.113.7, 203.0.113.8]}}\n"
                 "nodes: {laptop: {networks: [wifi]}, server: {networks: [datacentre], listen: 4433}}\n"
                 "peers: [laptop -> server]\n"
                 "traffic:\n"
                 "  - {flow: laptop -> server, send: 100B, every: 4ms}\n"
                 "  - {flow: server -> laptop, send: 100B, every: 4ms}\n"
                 "timeline:\n"
                 "  - {at: 1s, shuffle: home, change: address, of: laptop}\n"
                 "  - {at: 1006ms, shuffle: home, change: back, of: laptop}\n"
                 "  - {at: 8s, shuffle: home, change: back, of: laptop}\n");
    const trace_item *const small = trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 0, 0);
    const trace_item *const again =
        trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 8 * UINT64_C(1000000000), 0);
    CU_ASSERT(small->datagram.len < 1200);
    CU_ASSERT(roam_addr_equal(&again->datagram.remote, &small->datagram.remote));
    CU_ASSERT(trace_exercised(&of, RULES_PATH_MTU_VALIDATED, DISSECT_SERVER) > 0);
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"answers count though small", answers_count_though_small},
    {"answers count from elsewhere", answers_count_from_elsewhere},
    {"an answer in time ends validation", an_answer_in_time_ends_validation},
    {"an answer to a validation that is over does not count",
     an_answer_to_a_validation_that_is_over_does_not_count},
    {"an answer that is not processed does not count", an_answer_that_is_not_processed_does_not_count},
    {"a client may give up", a_client_may_give_up},
    {"validations are given up", validations_are_given_up},
    {"applications may go on", applications_may_go_on},
    {"failure keeps the connection", failure_keeps_the_connection},
    {"a failed address is left", a_failed_address_is_left},
    {"probes are validated", probes_are_validated},
    {"a probe that waits for a connection ID is, too", probes_are_validated_when_there_is_an_id},
    {"a small challenge is followed by a large one", a_small_challenge_is_followed_by_a_large_one},
    {"but not while the peer is elsewhere", but_not_while_the_peer_is_elsewhere},
};

CHECK_MAIN("the rules of validation", TESTS)
