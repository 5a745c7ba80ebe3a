/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <inttypes.h>
#include <string.h>

/* The connection IDs that an endpoint issues (RFC 9000 sections 5.1.1, 5.1.2, 19.15). */

/* How many connection IDs the peer takes; ROAM_NEVER: not known. */
static uint64_t limit_of_peer(const rules_end *end)
{
    const transport_parameters *const said = end->other->parameters;
    return said ? said->active_connection_id_limit : ROAM_NEVER;
}

static bool is_active(const rules_id *id, uint64_t retire_prior_to)
{
    return id->retirement_known_ns == ROAM_NEVER && id->sequence >= retire_prior_to;
}

static uint64_t count_active(const rules_ids *ids, uint64_t retire_prior_to)
{
    uint64_t active = 0;
    for (uint32_t i = 0; i < ids->count; i++)
        active += is_active(&ids->items[i], retire_prior_to);
    return active;
}

/* ---- what is in NEW_CONNECTION_ID ---- */

/* Not issued before, nor in a frame before it in this packet. */
static bool is_fresh(const rules_event *event, const dissect_frame *frame)
{
    const rules_ids *const ids = &event->end->ids;
    if (rules_id_of_sequence(ids, frame->value) || (ids->overflowed && frame->value < ids->next))
        return false;
    for (const dissect_frame *at = event->packet->frames; at < frame; at++)
        if (rules_is_issue(at) && at->value == frame->value)
            return false;
    return true;
}

static void check_consistent(const rules_event *event, const dissect_frame *frame)
{
    rules_ids *const ids = &event->end->ids;
    const rules_id *const same_sequence = rules_id_of_sequence(ids, frame->value);
    const rules_id *const same_id = rules_id_find(ids, &frame->id);
    const rules_rule rule = RULES_NEW_ID_FRAME_CONSISTENT;
    if (ids->zero_length)
        rules_break(event, rule, "NEW_CONNECTION_ID comes of an endpoint whose connection ID has length 0");
    else if (frame->id.len == 0)
        rules_break(event, rule, "NEW_CONNECTION_ID has a connection ID of length 0 or above %d",
                    DISSECT_CONNECTION_ID_MAX);
    else if (frame->retire_prior_to > frame->value)
        rules_break(event, rule,
                    "Retire Prior To is %" PRIu64 ", and the Sequence Number of its frame %" PRIu64,
                    frame->retire_prior_to, frame->value);
    else if (same_id && same_id->sequence != frame->value)
        rules_break(event, rule,
                    "the connection ID with sequence number %" PRIu64 " is that of %" PRIu64 " again",
                    frame->value, same_id->sequence);
    else if (same_sequence && !rules_same_id(&same_sequence->id, &frame->id))
        rules_break(event, rule, "sequence number %" PRIu64 " has another connection ID than before",
                    frame->value);
    else if (same_sequence && same_sequence->has_token &&
             memcmp(same_sequence->token, frame->reset_token, sizeof same_sequence->token) != 0)
        rules_break(event, rule,
                    "the connection ID with sequence number %" PRIu64 " has another token than before",
                    frame->value);
    else
        rules_exercise(event, rule);
}

/* That of another connection ID with the token of the frame; ROAM_NEVER: none has it. */
static uint64_t sequence_with_token(const rules_event *event, const dissect_frame *frame)
{
    const rules_ids *const ids = &event->end->ids;
    for (uint32_t i = 0; i < ids->count; i++)
        if (ids->items[i].has_token && ids->items[i].sequence != frame->value &&
            memcmp(ids->items[i].token, frame->reset_token, sizeof frame->reset_token) == 0)
            return ids->items[i].sequence;
    for (const dissect_frame *at = event->packet->frames; at < frame; at++)
        if (rules_is_issue(at) && at->value != frame->value &&
            memcmp(at->reset_token, frame->reset_token, sizeof frame->reset_token) == 0)
            return at->value;
    return ROAM_NEVER;
}

static void check_token(const rules_event *event, const dissect_frame *frame)
{
    const uint64_t other = is_fresh(event, frame) ? sequence_with_token(event, frame) : ROAM_NEVER;
    RULES_CHECK(event, RULES_RESET_TOKEN_UNIQUE, other == ROAM_NEVER,
                "the connection ID with sequence number %" PRIu64 " has the reset token of %" PRIu64,
                frame->value, other);
}

static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    if (event->packet->type != DISSECT_ONE_RTT)
        return;
    check_consistent(event, frame);
    if (rules_is_issue(frame))
        check_token(event, frame);
}

/* ---- what a packet issues ---- */

typedef struct issued {
    uint64_t fresh, lowest, highest; /* sequence numbers not issued before */
    uint64_t retire_prior_to;        /* the largest to date */
    uint64_t fresh_active;           /* of the fresh, those that it does not retire */
} issued;

static issued issued_in(const rules_event *event)
{
    issued in = {.lowest = ROAM_NEVER, .retire_prior_to = event->end->ids.retire_prior_to};
    const dissect_frame *const frames = event->packet->frames;
    for (size_t i = 0; i < event->packet->frame_count; i++)
        if (rules_is_issue(&frames[i]) && frames[i].retire_prior_to > in.retire_prior_to)
            in.retire_prior_to = frames[i].retire_prior_to;
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const uint64_t sequence = frames[i].value;
        if (!rules_is_issue(&frames[i]) || !is_fresh(event, &frames[i]))
            continue;
        in.fresh++;
        in.fresh_active += sequence >= in.retire_prior_to;
        in.lowest = sequence < in.lowest ? sequence : in.lowest;
        in.highest = sequence > in.highest ? sequence : in.highest;
    }
    return in;
}

/* Each connection ID that is issued has the next sequence number. Their frames may leave in any order, in one
 * packet or in several (RFC 9000 section 13.3), so that a gap is open until the frames of its numbers leave,
 * too. What was in packets that were not seen is not known, nor whether there is a preferred address before
 * the transport parameters are known. */
static void note_sequence(const rules_event *event, const issued *in)
{
    rules_end *const end = event->end;
    rules_id_state *const state = &end->id_state;
    const uint64_t next = end->ids.next;
    if (in->fresh == 0 || next == 0 || end->ids.zero_length)
        return;
    const bool may_skip = state->unseen || (next == 1 && !end->ids.complete && end->side == DISSECT_SERVER);
    const uint64_t first = may_skip && in->lowest > next ? in->lowest : next;
    const uint64_t expected = state->missing + (in->highest >= first ? in->highest + 1 - first : 0);
    state->missing = expected > in->fresh ? expected - in->fresh : 0;
    if (state->missing == 0) {
        state->gap_ns = ROAM_NEVER;
        rules_exercise(event, RULES_ID_SEQUENCE);
    } else if (state->gap_ns == ROAM_NEVER) {
        state->gap_ns = event->now_ns;
    }
}

/* An endpoint that sends application data could have sent the frames, too. */
static void check_sequence(const rules_event *event)
{
    rules_id_state *const state = &event->end->id_state;
    if (state->gap_ns == ROAM_NEVER || !(event->flags & RULES_HAS_STREAM) ||
        !rules_ids_overdue(event, state->gap_ns, rules_ids_grace_ns(event)))
        return;
    rules_break(event, RULES_ID_SEQUENCE,
                "of the sequence numbers below %" PRIu64 " there are %" PRIu64
                " not issued, and the gap is there since %" PRIu64 " ns",
                event->end->ids.next, state->missing, state->gap_ns);
    state->missing = 0; /* told once */
    state->gap_ns = ROAM_NEVER;
}

/* An active connection ID is one that the peer has not retired, as far as its issuer knows. */
static void check_limit(const rules_event *event, const issued *in)
{
    const uint64_t limit = limit_of_peer(event->end);
    const uint64_t active = count_active(&event->end->ids, in->retire_prior_to) + in->fresh_active;
    if (in->fresh > 0 && limit != ROAM_NEVER)
        RULES_CHECK(event, RULES_IDS_WITHIN_LIMIT, active <= limit,
                    "the peer has %" PRIu64 " active connection IDs, and takes %" PRIu64, active, limit);
}

static void check_pace(const rules_event *event, const issued *in)
{
    const rules_ids *const ids = &event->end->ids;
    const rules_id *open = NULL;
    if (ids->retire_prior_to == 0 || in->retire_prior_to == ids->retire_prior_to)
        return;
    for (uint32_t i = 0; i < ids->count; i++)
        if (ids->items[i].sequence < ids->retire_prior_to && ids->items[i].retirement_known_ns == ROAM_NEVER)
            open = &ids->items[i];
    RULES_CHECK(event, RULES_RETIRE_PRIOR_TO_PACED, !open,
                "Retire Prior To goes from %" PRIu64 " to %" PRIu64 " before %" PRIu64 " is retired",
                ids->retire_prior_to, in->retire_prior_to, open ? open->sequence : 0);
}

static void check_issue(const rules_event *event)
{
    const issued in = issued_in(event);
    note_sequence(event, &in);
    check_limit(event, &in);
    check_pace(event, &in);
    if (in.fresh > 0)
        event->end->id_state.unseen = false;
}

/* ---- enough of them ---- */

/* A peer whose server forbids migration has no need of another one. */
static bool need_not_supply(const rules_event *event)
{
    const rules_end *const server = &event->connection->end[DISSECT_SERVER];
    return event->end->ids.zero_length || event->end->ids.overflowed ||
           limit_of_peer(event->end) == ROAM_NEVER || !server->parameters ||
           server->parameters->disable_active_migration;
}

static void count_spare(const rules_event *event)
{
    rules_end *const end = event->end;
    rules_ids *const ids = &end->ids;
    bool spare = false;
    ids->changed = false;
    for (uint32_t i = 0; i < ids->count; i++)
        spare |= is_active(&ids->items[i], ids->retire_prior_to) && ids->items[i].use_known_ns == ROAM_NEVER;
    if (spare)
        rules_exercise(event, RULES_SPARE_ID_SUPPLIED);
    if (spare || count_active(ids, ids->retire_prior_to) >= limit_of_peer(end))
        end->id_state.bare_ns = ROAM_NEVER;
    else if (end->id_state.bare_ns == ROAM_NEVER)
        end->id_state.bare_ns = event->now_ns;
}

/* The first packet from another local address than the one before. */
static bool begins_to_move(const rules_event *event)
{
    const rules_path *const before = event->end->sent_path;
    return event->path->first_sent_ns == ROAM_NEVER && before &&
           !roam_addr_equal(&before->local, &event->path->local);
}

/* An endpoint that sends application data could have sent the frame too. */
static void check_spare(const rules_event *event)
{
    rules_id_state *const state = &event->end->id_state;
    if (event->end->ids.changed)
        count_spare(event);
    if (state->bare_ns == ROAM_NEVER || event->flags & RULES_HAS_NEW_ID)
        return;
    const bool moves = begins_to_move(event);
    const uint64_t grace_ns = rules_ids_grace_ns(event) / (moves ? 3 : 1);
    if (!rules_ids_overdue(event, state->bare_ns, grace_ns) || !(event->flags & RULES_HAS_STREAM || moves))
        return;
    rules_break(event, RULES_SPARE_ID_SUPPLIED,
                "the peer has no unused connection ID since %" PRIu64 " ns, and takes %" PRIu64,
                state->bare_ns, limit_of_peer(event->end));
    state->bare_ns = event->now_ns;
}

/* Of its own accord, and not because the endpoint asked for it. Connection IDs that were issued since the
 * peer first had use for another one count as replacements: they may have been sent in advance. */
static void count_retired(const rules_event *event)
{
    rules_id_state *const state = &event->end->id_state;
    const rules_ids *const ids = &event->end->ids;
    if (!state->counts_issued && (ids->used > 1 || event->flags & RULES_HAS_RETIRE)) {
        state->counts_issued = true;
        state->first_issued = ids->issued;
    }
    for (uint32_t i = 0; event->flags & RULES_HAS_RETIRE && i < ids->count; i++)
        state->retired += ids->items[i].retirement_known_ns == event->now_ns &&
                          ids->items[i].sequence >= ids->retire_prior_to && !ids->items[i].told_retired;
    for (uint32_t i = 0; event->flags & RULES_HAS_RETIRE && i < ids->count; i++)
        ids->items[i].told_retired |= ids->items[i].retirement_known_ns == event->now_ns;
    if (state->owed_ns == ROAM_NEVER && state->retired > state->owed) {
        state->owed_ns = event->now_ns;
        state->owed = state->retired;
    }
}

static void check_replaced(const rules_event *event)
{
    rules_id_state *const state = &event->end->id_state;
    const rules_ids *const ids = &event->end->ids;
    if (state->owed_ns == ROAM_NEVER || event->flags & RULES_HAS_NEW_ID ||
        !(event->flags & RULES_HAS_STREAM) ||
        !rules_ids_overdue(event, state->owed_ns, rules_ids_grace_ns(event)))
        return;
    const uint64_t replaced = ids->issued - state->first_issued;
    const uint64_t missing = replaced < state->owed ? state->owed - replaced : 0;
    const bool full = count_active(ids, ids->retire_prior_to) >= limit_of_peer(event->end);
    RULES_CHECK(event, RULES_IDS_REPLACED, missing == 0 || full,
                "the peer retired %" PRIu64 " connection IDs by %" PRIu64 " ns, and got %" PRIu64 " new ones",
                state->owed, state->owed_ns, replaced);
    state->first_issued -= missing; /* told once */
    state->owed_ns = state->retired > state->owed ? event->now_ns : ROAM_NEVER;
    state->owed = state->retired;
}

/* ---- events ---- */

static void sent(const rules_event *event)
{
    rules_end *const end = event->end;
    if (event->packet->type != DISSECT_ONE_RTT)
        return;
    if (event->packet->number > end->packets.next) {
        end->id_state.unseen = end->id_state.unseen_ever = true;
        end->id_state.missing = 0; /* they may have had what is missing */
        end->id_state.gap_ns = ROAM_NEVER;
    }
    if (event->flags & RULES_HAS_NEW_ID)
        check_issue(event);
    check_sequence(event);
    if (end->confirmed_ns == ROAM_NEVER || end->closed_ns != ROAM_NEVER || need_not_supply(event))
        return;
    check_spare(event);
    check_replaced(event);
}

static void received(const rules_event *event)
{
    if (event->packet->type == DISSECT_ONE_RTT && event->end->ids.changed)
        count_retired(event);
}

const rules_group rules_connection_ids = {.sent = sent,
                                          .received = received,
                                          .frame_sent = frame_sent,
                                          .frames = RULES_FRAME(DISSECT_NEW_CONNECTION_ID)};
