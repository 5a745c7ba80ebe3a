/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/probing.h"

#include <inttypes.h>
#include <string.h>

/* What an endpoint sends when PATH_CHALLENGE has come (RFC 9000 sections 8.2.2 and 9.3.3). */

enum {
    SMALLEST = 64,     /* bytes of a datagram with PATH_RESPONSE, and more */
    FREE_TIMES = 3,    /* at which a response could have gone out, when none did: it is missing */
    FRESH_WINDOW = 10, /* datagrams that a new path takes without an ACK (RFC 9002 section 7.2) */
    FRESH_BYTES = FRESH_WINDOW * RULES_EXPANDED
};

static bool has_same_data(const rules_challenge *challenge, const dissect_frame *frame)
{
    return memcmp(challenge->data, frame->path_data, sizeof challenge->data) == 0;
}

/* ---- a response ---- */

/* The challenges that have come with the data of a response. */
typedef struct asked_for {
    uint32_t count;
    uint32_t answers; /* to all of them, before */
    bool here;        /* one came over the path of the response */
} asked_for;

/* A packet that comes again counts as the first does: of several copies an endpoint may have discarded the
 * first. */
static asked_for find_asked(const rules_event *event, const dissect_frame *frame)
{
    const rules_challenges *const heard = &event->end->heard;
    asked_for found = {0};
    for (uint32_t i = 0; i < heard->count; i++) {
        const rules_challenge *const challenge = &heard->items[i];
        if (!has_same_data(challenge, frame))
            continue;
        found.count++;
        found.answers += challenge->answers;
        found.here |= challenge->path == event->path->serial || challenge->again_path == event->path->serial;
    }
    return found;
}

/* Frames before this one in its packet with the same data. */
static uint32_t count_before(const rules_event *event, const dissect_frame *frame)
{
    uint32_t count = 0;
    for (const dissect_frame *at = event->packet->frames; at < frame; at++)
        count += at->type == DISSECT_PATH_RESPONSE && memcmp(at->path_data, frame->path_data, 8) == 0;
    return count;
}

/* The path is told by its remote address, or by the local one where that alone is another. */
static void check_path(const rules_event *event, const dissect_frame *frame, bool here)
{
    const rules_challenge *const heard = rules_challenge_find(&event->end->heard, frame->path_data);
    const rules_path *const path = rules_path_of_serial(event->end, heard->path);
    char came[ROAM_ADDR_STRING_MAX] = "a path";
    char went[ROAM_ADDR_STRING_MAX];
    const rules_datagram *const datagram = event->datagram;
    const bool local = path && roam_addr_equal(&path->remote, &datagram->remote);
    if (path)
        (void)roam_addr_format(local ? &path->local : &path->remote, came);
    RULES_CHECK(event, RULES_RESPONSE_ON_ITS_PATH, here,
                "PATH_RESPONSE goes %s %s, and its PATH_CHALLENGE came %s %s", local ? "from" : "to",
                roam_addr_format(local ? &datagram->local : &datagram->remote, went), local ? "to" : "from",
                came);
}

static void response_sent(const rules_event *event, const dissect_frame *frame)
{
    rules_end *const end = event->end;
    const asked_for asked = find_asked(event, frame);
    probing_check_padded(event, RULES_RESPONSE_PADDED, "PATH_RESPONSE");
    if (asked.count > 0 || end->heard.dropped == 0)
        RULES_CHECK(event, RULES_RESPONSE_ECHOES, asked.count > 0,
                    "PATH_RESPONSE has the data of none of the %" PRIu32 " PATH_CHALLENGE frames that came",
                    end->heard.count);
    if (asked.count == 0)
        return;
    const uint32_t answers = asked.answers + count_before(event, frame) + 1;
    check_path(event, frame, asked.here);
    RULES_CHECK(event, RULES_RESPONSE_ONCE, answers <= asked.count,
                "%" PRIu32 " PATH_RESPONSE frames answer %" PRIu32 " PATH_CHALLENGE", answers, asked.count);
    if (!rules_challenge_find(&end->heard, frame->path_data)->judged)
        rules_exercise(event, RULES_RESPONSE_SENT);
}

/* ---- no response ---- */

/* When the challenge came, there was a connection ID for its path: the one in use there, or a spare one
 * (section 9.5). */
static bool had_id(const rules_end *end, const rules_challenge *challenge, const rules_path *path)
{
    rules_ids *const ids = &end->other->ids;
    const rules_id *const used = path->used_id.len > 0 ? rules_id_find(ids, &path->used_id) : NULL;
    if (used && used->retired_ns == ROAM_NEVER)
        return true;
    for (uint32_t i = 0; i < ids->count; i++)
        if (ids->items[i].known_ns <= challenge->at_ns && ids->items[i].used_ns == ROAM_NEVER &&
            ids->items[i].retired_ns == ROAM_NEVER)
            return true;
    return false;
}

/* Neither the timer of a lost packet sends this packet, which the window does not hold, nor does the window
 * hold what could go out in its place. */
static bool is_free(const rules_event *event)
{
    const rules_end *const end = event->end;
    const uint64_t last = end->probing.eliciting_ns[end->probing.eliciting_ns[0] == event->now_ns];
    return event->flags & RULES_ACK_ELICITING && end->rtt.measured && last > 0 &&
           event->now_ns - last < end->rtt.least_ns;
}

/* A client that uses its server's preferred address does not use the original one any more (section 9.6.1),
 * nor has it a connection ID for it. */
static bool has_left(const rules_end *end, const rules_path *path)
{
    return end->side == DISSECT_CLIENT && end->preferred.moved &&
           roam_addr_equal(&path->remote, &end->handshake_remote);
}

/* The endpoint sends this packet, and could have sent the response in its place. */
static bool could_answer(const rules_event *event, const rules_challenge *challenge, const rules_path *path)
{
    const rules_end *const end = event->end;
    const uint64_t age = event->now_ns - challenge->at_ns;
    const bool same = path == event->path;
    if (has_left(end, path))
        return false;
    if (same && is_free(event) && age > RULES_GRANULARITY_NS)
        return true;
    const bool heard =
        same || probing_is_active(end, path) ||
        (roam_addr_equal(&path->local, &event->datagram->local) && path->sent_bytes < FRESH_BYTES);
    return heard && age > probing_pto_most_ns(end) && (is_free(event) || end->packets.unacked <= 1);
}

/* False: the challenge needs no more attention. */
static bool is_due(const rules_event *event, rules_challenge *challenge)
{
    const rules_end *const end = event->end;
    if (challenge->judged || challenge->answers > 0)
        return false;
    challenge->acked |=
        event->flags & RULES_HAS_ACK && probing_acknowledges(event->packet, challenge->number);
    if (!challenge->acked || challenge->free_ns == event->now_ns || event->flags & RULES_HAS_RESPONSE)
        return true;
    const rules_path *const path = rules_path_of_serial(end, challenge->path);
    if (!path || !could_answer(event, challenge, path))
        return path != NULL;
    if (probing_limit_may_forbid(end, path, SMALLEST) || !had_id(end, challenge, path))
        return true;
    challenge->free_ns = event->now_ns;
    if (++challenge->free_count < FREE_TIMES)
        return true;
    challenge->judged = true;
    rules_break(event, RULES_RESPONSE_SENT,
                "a PATH_CHALLENGE in %" PRIu32 " bytes came %" PRIu64
                " ns ago, and is acknowledged, but not answered",
                challenge->size, event->now_ns - challenge->at_ns);
    return false;
}

static void look_for_missing(const rules_event *event)
{
    rules_end *const end = event->end;
    uint32_t due = 0;
    for (uint32_t i = 0; i < end->heard.count; i++)
        due += is_due(event, &end->heard.items[i]);
    end->probing.answers_due = due;
}

/* ---- a non-probing packet ---- */

/* Packets that follow the challenge on its path are to be non-probing ones, and an ACK is one. */
static void look_for_non_probing(const rules_event *event)
{
    uint64_t *const received_ns = &event->path->probing.challenge_received_ns;
    if (*received_ns == 0)
        return;
    const uint64_t age = event->now_ns - *received_ns;
    const bool non_probing = event->flags & RULES_NON_PROBING;
    const bool moved = !probing_is_active(event->end, event->path);
    const bool late = age > probing_pto_most_ns(event->end) + rules_max_ack_delay_ns(event->end);
    if (!non_probing && !moved && !late)
        return;
    *received_ns = 0;
    if (!moved)
        RULES_CHECK(event, RULES_CHALLENGE_ANSWERED_NON_PROBING, non_probing,
                    "probing packets alone follow a PATH_CHALLENGE that came on the active path %" PRIu64
                    " ns ago",
                    age);
}

/* ---- packets ---- */

static void note_eliciting(const rules_event *event)
{
    uint64_t *const last = event->end->probing.eliciting_ns;
    if (!(event->flags & RULES_ACK_ELICITING) || last[0] == event->now_ns)
        return;
    last[1] = last[0];
    last[0] = event->now_ns;
}

static void sent(const rules_event *event)
{
    rules_end *const end = event->end;
    if (event->packet->type != DISSECT_ONE_RTT || event->repeated)
        return;
    if (end->closed_ns == ROAM_NEVER && !(event->flags & RULES_HAS_CLOSE)) {
        look_for_non_probing(event);
        if (end->probing.answers_due > 0)
            look_for_missing(event);
    }
    note_eliciting(event);
}

static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    if (frame->type == DISSECT_PATH_RESPONSE && !event->repeated)
        response_sent(event, frame);
}

static void frame_received(const rules_event *event, const dissect_frame *frame)
{
    rules_end *const end = event->end;
    if (frame->type != DISSECT_PATH_CHALLENGE)
        return;
    if (event->repeated) {
        rules_challenge *const known = rules_challenge_find(&end->heard, frame->path_data);
        if (known)
            known->again_path = event->path->serial;
        return;
    }
    end->probing.answers_due++;
    /* Before its handshake is complete a server may discard it (RFC 9001 section 5.7). */
    if (end->confirmed_ns != ROAM_NEVER && probing_is_active(end, event->path) &&
        event->path->probing.challenge_received_ns == 0)
        event->path->probing.challenge_received_ns = event->now_ns;
}

const rules_group rules_responses = {.sent = sent,
                                     .frame_sent = frame_sent,
                                     .frame_received = frame_received,
                                     .frames = RULES_FRAME(DISSECT_PATH_CHALLENGE) |
                                               RULES_FRAME(DISSECT_PATH_RESPONSE)};
