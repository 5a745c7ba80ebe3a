/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of probing.c: a run that holds it, and the same run altered so that this rule alone is broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/probing_traces.h"

#include <CUnit/Basic.h>

static void challenges_are_padded(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_CHALLENGE_PADDED, DISSECT_CLIENT) > 0);
    trace_resize(&of, trace_find(&of, DISSECT_CLIENT, DISSECT_PATH_CHALLENGE, 0, 0), 1199);
    trace_broken(&of, RULES_CHALLENGE_PADDED, DISSECT_CLIENT);
    trace_free(&of);
}

/* A server may have forgotten all that came from an address but for the last datagram. */
static void a_server_is_held_to_its_limit(void)
{
    static const struct {
        size_t came;
        bool padded;
    } cases[] = {{399, false}, {400, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        trace of = trace_of(STORY_TALK_MOVE);
        trace_item *const challenge = trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 0, 0);
        const trace_item *before = challenge - 1;
        while (before->sent || !roam_addr_equal(&before->datagram.remote, &challenge->datagram.remote))
            before--;
        trace_resize(&of, before, cases[i].came);
        trace_resize(&of, challenge, 1199);
        if (cases[i].padded)
            trace_broken(&of, RULES_CHALLENGE_PADDED, DISSECT_SERVER);
        else
            rules_free(trace_held(&of));
        trace_free(&of);
    }
}

/* The second challenge of the laptop, by what it is in place of a number drawn. */
static void challenges_are_unpredictable(void)
{
    static const struct {
        uint64_t more; /* than the first; of the bytes in that order */
        bool broken;
    } cases[] = {
        {0, true},          {1, true},
        {UINT64_MAX, true}, {UINT64_C(1) << 56, true}, /* counted in the other order of bytes */
        {65535, true},      {65536 + (UINT64_C(1) << 40), false},
    };
    trace of = trace_of(STORY_TALK_MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_CHALLENGE_UNPREDICTABLE, DISSECT_CLIENT) > 0);
    trace_free(&of);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        of = trace_of(STORY_TALK_MOVE);
        const uint64_t first = trace_data(&of, DISSECT_CLIENT, 0);
        trace_redraw(&of, trace_data(&of, DISSECT_CLIENT, 1), first + cases[i].more);
        if (cases[i].broken)
            trace_broken(&of, RULES_CHALLENGE_UNPREDICTABLE, DISSECT_CLIENT);
        else
            rules_free(trace_held(&of));
        trace_free(&of);
    }
}

static void challenges_are_not_in_steps(void)
{
    trace of = trace_of(TRACE_LOST);
    const uint64_t step = UINT64_C(0x0123456789abcdef);
    const uint64_t first = trace_data(&of, DISSECT_CLIENT, 0);
    trace_redraw(&of, trace_data(&of, DISSECT_CLIENT, 1), first + step);
    rules_free(trace_held(&of));
    trace_redraw(&of, trace_data(&of, DISSECT_CLIENT, 2), first + 2 * step);
    trace_broken(&of, RULES_CHALLENGE_UNPREDICTABLE, DISSECT_CLIENT);
    trace_free(&of);
}

static void challenges_are_not_those_of_the_peer(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    const uint64_t clients = trace_data(&of, DISSECT_CLIENT, 0);
    trace_redraw(&of, trace_data(&of, DISSECT_SERVER, 0), clients);
    trace_broken(&of, RULES_CHALLENGE_UNPREDICTABLE, DISSECT_SERVER);
    trace_free(&of);
}

static void a_packet_has_one_challenge(void)
{
    trace of = trace_of(TRACE_LOST);
    CU_ASSERT(trace_exercised(&of, RULES_CHALLENGE_ONE_PER_PACKET, DISSECT_CLIENT) > 0);
    const trace_item *const challenge = trace_find(&of, DISSECT_CLIENT, DISSECT_PATH_CHALLENGE, 0, 0);
    const dissect_frame second = {.type = DISSECT_PATH_CHALLENGE,
                                  .path_data = {0x9c, 1, 0x77, 4, 0x2e, 6, 7, 8}};
    trace_add_frame(&of, challenge, &second);
    trace_broken(&of, RULES_CHALLENGE_ONE_PER_PACKET, DISSECT_CLIENT);
    trace_free(&of);
}

/* Whether challenges are repeated is a MAY. The server sends two to an address that never answers. */
static void challenges_are_repeated(void)
{
    trace of = trace_of(TRACE_SPOOFED);
    trace_silence(&of, trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 1000 * TRACE_MS, 0));
    CU_ASSERT(trace_exercised(&of, RULES_CHALLENGE_REPEATED, DISSECT_SERVER) > 0);
    trace_drop(&of, trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 1000 * TRACE_MS, 1));
    trace_broken(&of, RULES_CHALLENGE_REPEATED, DISSECT_SERVER);
    trace_free(&of);
}

/* The server's challenge to an address that never answers, and two more. The least round trip is 12 ms. */
static void challenges_are_as_rare_as_initials(void)
{
    static const struct {
        uint64_t apart_ms;
        bool broken;
    } cases[] = {{7, true}, {13, false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        trace of = trace_of(TRACE_SPOOFED);
        for (uint64_t time = 1; time <= 2; time++) {
            const trace_item *const first =
                trace_find(&of, DISSECT_SERVER, DISSECT_PATH_CHALLENGE, 1000 * TRACE_MS, 0);
            const uint64_t at_ns = first->datagram.now_ns + time * cases[i].apart_ms * TRACE_MS;
            trace_challenge_again(&of, first, at_ns)->datagram.len = 60;
        }
        if (cases[i].broken)
            trace_broken(&of, RULES_CHALLENGE_NOT_MORE_OFTEN_THAN_INITIAL, DISSECT_SERVER);
        else
            CU_ASSERT(trace_exercised(&of, RULES_CHALLENGE_NOT_MORE_OFTEN_THAN_INITIAL, DISSECT_SERVER) > 0);
        trace_free(&of);
    }
}

/* An application may ask for a path that is not used yet again and again. */
static void applications_may_ask_often(void)
{
    trace of = trace_of(TRACE_LOST);
    const trace_item *const first = trace_find(&of, DISSECT_CLIENT, DISSECT_PATH_CHALLENGE, 0, 0);
    trace_challenge_again(&of, first, first->datagram.now_ns + 5 * TRACE_MS);
    rules_free(trace_held(&of));
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"challenges are padded", challenges_are_padded},
    {"a server is held to its limit", a_server_is_held_to_its_limit},
    {"challenges are unpredictable", challenges_are_unpredictable},
    {"challenges are not in steps", challenges_are_not_in_steps},
    {"challenges are not those of the peer", challenges_are_not_those_of_the_peer},
    {"a packet has one challenge", a_packet_has_one_challenge},
    {"challenges are repeated", challenges_are_repeated},
    {"challenges are as rare as Initial packets", challenges_are_as_rare_as_initials},
    {"applications may ask often", applications_may_ask_often},
};

CHECK_MAIN("the rules of probing", TESTS)
