/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of responses.c: a run that holds it, and the same run altered so that this rule alone is broken.
 */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/probing_traces.h"

#include <CUnit/Basic.h>
#include <string.h>

/* The server's first PATH_RESPONSE. */
static trace_item *response_of(trace *of, dissect_side side)
{
    return trace_find(of, side, DISSECT_PATH_RESPONSE, 0, 0);
}

static void responses_are_padded(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_RESPONSE_PADDED, DISSECT_SERVER) > 0);
    CU_ASSERT(trace_exercised(&of, RULES_RESPONSE_PADDED, DISSECT_CLIENT) > 0);
    trace_resize(&of, response_of(&of, DISSECT_SERVER), 1199);
    trace_broken(&of, RULES_RESPONSE_PADDED, DISSECT_SERVER);
    trace_free(&of);
}

static void responses_echo(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_RESPONSE_ECHOES, DISSECT_SERVER) > 0);
    const dissect_frame other = {.type = DISSECT_PATH_RESPONSE, .path_data = {1, 2, 3, 4, 5, 6, 7, 8}};
    trace_add_frame(&of, response_of(&of, DISSECT_SERVER), &other);
    trace_broken(&of, RULES_RESPONSE_ECHOES, DISSECT_SERVER);
    trace_free(&of);
}

/* What the server last sent to the old address, as to addresses and connection ID. */
static void send_like_the_one_before(trace_item *item)
{
    const trace_item *before = item - 1;
    while (!before->sent || before->packet.sender != item->packet.sender ||
           roam_addr_equal(&before->datagram.remote, &item->datagram.remote))
        before--;
    item->datagram.remote = before->datagram.remote;
    item->packet.destination = before->packet.destination;
}

static void responses_keep_to_their_path(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_RESPONSE_ON_ITS_PATH, DISSECT_SERVER) > 0);
    send_like_the_one_before(response_of(&of, DISSECT_SERVER));
    trace_broken(&of, RULES_RESPONSE_ON_ITS_PATH, DISSECT_SERVER);
    trace_free(&of);
}

/* Of the challenge that the item answers. */
static const trace_item *arrival_of(trace_item *response)
{
    const uint8_t *const data = trace_frame(response, DISSECT_PATH_RESPONSE)->path_data;
    trace_item *item = response;
    const dissect_frame *frame;
    do
        frame = trace_frame(--item, DISSECT_PATH_CHALLENGE);
    while (item->sent || !frame || memcmp(frame->path_data, data, 8) != 0);
    return item;
}

/* A copy of a challenge comes first, over the old path: of the two either may be answered. */
static void a_copy_of_a_challenge_may_be_answered(void)
{
    for (int i = 0; i < 2; i++) {
        trace of = trace_of(STORY_TALK_MOVE);
        trace_item *const response = response_of(&of, DISSECT_SERVER);
        const trace_item *const challenge = arrival_of(response);
        const trace_item as_it_was = *response;
        send_like_the_one_before(response);
        const roam_addr old = response->datagram.remote;
        if (i > 0)
            *response = as_it_was;
        trace_copy(&of, challenge, challenge->datagram.now_ns - 1)->datagram.remote = old;
        rules_free(trace_held(&of));
        trace_free(&of);
    }
}

static void a_challenge_is_answered_once(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_RESPONSE_ONCE, DISSECT_SERVER) > 0);
    const trace_item *const response = response_of(&of, DISSECT_SERVER);
    trace_copy(&of, response, response->datagram.now_ns + 10 * TRACE_MS)->packet.number = 4096;
    trace_broken(&of, RULES_RESPONSE_ONCE, DISSECT_SERVER);
    trace_free(&of);
}

static void a_packet_that_leaves_twice_is_one_answer(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    const trace_item *const response = response_of(&of, DISSECT_SERVER);
    (void)trace_copy(&of, response, response->datagram.now_ns);
    rules_free(trace_held(&of));
    trace_free(&of);
}

static void two_frames_in_a_packet_are_two_answers(void)
{
    trace of = trace_of(STORY_TALK_MOVE);
    trace_item *const response = response_of(&of, DISSECT_SERVER);
    const dissect_frame again = *trace_frame(response, DISSECT_PATH_RESPONSE);
    trace_add_frame(&of, response, &again);
    trace_broken(&of, RULES_RESPONSE_ONCE, DISSECT_SERVER);
    trace_free(&of);
}

/* The laptop, which a NAT has moved, is challenged on the path that it uses. */
static void challenges_are_answered(void)
{
    trace of = trace_of(TRACE_REBIND);
    CU_ASSERT(trace_exercised(&of, RULES_RESPONSE_SENT, DISSECT_CLIENT) > 0);
    trace_drop_frames(&of, response_of(&of, DISSECT_CLIENT), DISSECT_PATH_RESPONSE);
    trace_broken(&of, RULES_RESPONSE_SENT, DISSECT_CLIENT);
    trace_free(&of);
}

/* A server goes on to send on the old path, and does not answer on the new one. */
static void probes_are_answered(void)
{
    trace of = trace_of(TRACE_UNANSWERED);
    CU_ASSERT(trace_exercised(&of, RULES_RESPONSE_SENT, DISSECT_SERVER) > 0);
    for (size_t i = 0; i < of.count; i++)
        if (of.items[i].packet.sender == DISSECT_SERVER)
            trace_drop_frames(&of, &of.items[i], DISSECT_PATH_RESPONSE);
    trace_broken(&of, RULES_RESPONSE_SENT, DISSECT_SERVER);
    trace_free(&of);
}

/* No connection ID for the new path has come to the server, which sends nothing there. */
static void an_answer_needs_a_connection_id(void)
{
    trace of = trace_of(TRACE_UNANSWERED);
    const roam_addr new = response_of(&of, DISSECT_SERVER)->datagram.remote;
    for (size_t i = 0; i < of.count; i++) {
        trace_item *const item = &of.items[i];
        const bool server = item->packet.sender == DISSECT_SERVER;
        item->gone = server ? roam_addr_equal(&item->datagram.remote, &new)
                            : !item->sent && trace_frame(item, DISSECT_NEW_CONNECTION_ID) != NULL;
    }
    rules_free(trace_held(&of));
    trace_free(&of);
}

/* So late that data has left again and again in place of the answer. */
static void answers_are_not_delayed(void)
{
    static const struct {
        const char *text;
        uint64_t late_ms;
        bool broken;
    } cases[] = {{TRACE_REBIND, 1, false},
                 {TRACE_REBIND, 60, false}, /* a PTO is not over */
                 {TRACE_REBIND, 400, true},
                 {TRACE_DENSE, 5, false},
                 {TRACE_DENSE, 30, true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        trace of = trace_of(cases[i].text);
        const trace_item *response = response_of(&of, DISSECT_CLIENT);
        const uint64_t at_ns = response->datagram.now_ns + cases[i].late_ms * TRACE_MS;
        const dissect_frame answer = *trace_frame((trace_item *)response, DISSECT_PATH_RESPONSE);
        trace_drop_frames(&of, response, DISSECT_PATH_RESPONSE);
        trace_item *const late = trace_copy(&of, response, at_ns);
        late->packet.number = 4096;
        late->frames[0] = answer;
        late->packet.frame_count = 1;
        if (cases[i].broken)
            trace_broken(&of, RULES_RESPONSE_SENT, DISSECT_CLIENT);
        else
            rules_free(trace_held(&of));
        trace_free(&of);
    }
}

/* An endpoint that does not acknowledge the challenge has not processed it. */
static void a_challenge_that_is_not_processed_needs_no_answer(void)
{
    trace of = trace_of(TRACE_REBIND);
    trace_drop_frames(&of, response_of(&of, DISSECT_CLIENT), DISSECT_PATH_RESPONSE);
    for (size_t i = 0; i < of.count; i++)
        if (of.items[i].packet.sender == DISSECT_CLIENT && of.items[i].datagram.now_ns > 1000 * TRACE_MS)
            trace_drop_frames(&of, &of.items[i], DISSECT_ACK);
    rules_free(trace_held(&of));
    trace_free(&of);
}

/* After the challenge on its active path, the laptop sends probing packets alone. */
static void a_non_probing_packet_answers_too(void)
{
    trace of = trace_of(TRACE_REBIND);
    CU_ASSERT(trace_exercised(&of, RULES_CHALLENGE_ANSWERED_NON_PROBING, DISSECT_CLIENT) > 0);
    const trace_item *const response = response_of(&of, DISSECT_CLIENT);
    const uint64_t from_ns = response->datagram.now_ns;
    for (size_t i = 0; i < of.count; i++) {
        trace_item *const item = &of.items[i];
        if (item->packet.sender != DISSECT_CLIENT || item->datagram.now_ns < from_ns)
            continue;
        for (dissect_frame_type type = DISSECT_PING; type <= DISSECT_DATAGRAM; type++)
            if (type != DISSECT_PATH_RESPONSE)
                trace_drop_frames(&of, item, type);
        if (item->packet.frame_count == 0)
            item->frames[item->packet.frame_count++] = (dissect_frame){.type = DISSECT_PADDING};
    }
    trace_broken(&of, RULES_CHALLENGE_ANSWERED_NON_PROBING, DISSECT_CLIENT);
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"responses are padded", responses_are_padded},
    {"responses echo", responses_echo},
    {"responses keep to their path", responses_keep_to_their_path},
    {"a copy of a challenge may be answered", a_copy_of_a_challenge_may_be_answered},
    {"a challenge is answered once", a_challenge_is_answered_once},
    {"a packet that leaves twice is one answer", a_packet_that_leaves_twice_is_one_answer},
    {"two frames in a packet are two answers", two_frames_in_a_packet_are_two_answers},
    {"challenges are answered", challenges_are_answered},
    {"probes are answered", probes_are_answered},
    {"an answer needs a connection ID", an_answer_needs_a_connection_id},
    {"answers are not delayed", answers_are_not_delayed},
    {"a challenge that is not processed needs no answer", a_challenge_that_is_not_processed_needs_no_answer},
    {"a non-probing packet answers too", a_non_probing_packet_answers_too},
};

CHECK_MAIN("the rules of responses", TESTS)
