/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <inttypes.h>

/* How an endpoint takes what its peer sends of and under connection IDs: packets under those that it issued,
 * frames that it has had before, frames that it must close the connection for (RFC 9000 sections 5.1.1,
 * 19.15, 19.16). */

enum {
    CLOSED_BY_TRANSPORT = 0x1c, /* the type of CONNECTION_CLOSE */
    CONNECTION_ID_LIMIT_ERROR = 0x09,
    REMEMBERED = 64 /* packet numbers below the highest of which an endpoint knows whether it had them */
};

static uint64_t pto_ns(const rules_event *event)
{
    return rules_pto_ns(&event->end->rtt, rules_max_ack_delay_ns(event->end->other));
}

static const dissect_frame *frame_of(const rules_event *event, dissect_frame_type type)
{
    for (size_t i = 0; i < event->packet->frame_count; i++)
        if (event->packet->frames[i].type == type)
            return &event->packet->frames[i];
    return NULL;
}

/* ---- packets under a connection ID that was issued ---- */

/* The endpoint has no excuse not to take a packet there: it has its own address in use, and a client sends to
 * that address of the server, while a server has not forbidden migration. A client may have closed an address
 * from which it only probed. */
static bool must_take(const rules_event *event)
{
    const rules_end *const end = event->end;
    if (!end->sent_path || !roam_addr_equal(&end->sent_path->local, &event->path->local))
        return false;
    if (end->sent_path == event->path)
        return end->side == DISSECT_SERVER || end->probing.active_path == event->path->serial;
    return end->side == DISSECT_SERVER && end->parameters && !end->parameters->disable_active_migration;
}

/* Of a packet that so many overtook an endpoint may not know any more whether it is a duplicate: it must then
 * discard it (RFC 9000 section 12.3), which says nothing of the connection ID. */
static bool may_seem_duplicate(const rules_event *event)
{
    const rules_end *const end = event->end;
    return end->non_probing_received && end->highest_non_probing > event->packet->number + REMEMBERED;
}

/* The latest packets are kept: one that is acknowledged settles it. */
static void doubt(const rules_event *event)
{
    rules_id *const id = rules_id_find(&event->end->ids, &event->packet->destination);
    rules_id_doubt *const open = id ? &id->doubt : NULL;
    if (!id || open->settled || id->retirement_known_ns != ROAM_NEVER ||
        !(event->flags & RULES_ACK_ELICITING) || !must_take(event) || may_seem_duplicate(event))
        return;
    if (open->count == 0) {
        event->end->id_state.doubted++;
        open->since_ns = event->now_ns;
    }
    open->numbers[open->count++ % RULES_DOUBTS] = event->packet->number;
    open->path = event->path->serial;
}

static bool acknowledges(const dissect_frame *ack, uint64_t number)
{
    for (size_t i = 0; i < ack->range_count; i++)
        if (number >= ack->ranges[i].smallest && number <= ack->ranges[i].largest)
            return true;
    return false;
}

/* A client may have closed the address that they came to. */
static bool is_still_there(const rules_event *event, const rules_id_doubt *doubt)
{
    return event->end->side == DISSECT_SERVER || doubt->path == event->path->serial;
}

static void settle(const rules_event *event, const dissect_frame *ack, rules_id *id)
{
    rules_id_doubt *const open = &id->doubt;
    bool taken = false;
    bool later = true; /* the ACK is one of packets after all of them */
    for (size_t i = 0; i < RULES_DOUBTS && i < open->count; i++) {
        taken |= acknowledges(ack, open->numbers[i]);
        later &= ack->ranges[0].largest > open->numbers[i];
    }
    const bool overdue = open->count >= RULES_DOUBTS && later && is_still_there(event, open) &&
                         event->now_ns > open->since_ns + 3 * pto_ns(event);
    open->settled = taken || overdue || id->retirement_known_ns != ROAM_NEVER;
    event->end->id_state.doubted -= open->settled;
    if (taken || overdue)
        RULES_CHECK(event, RULES_ISSUED_ID_ACCEPTED, taken,
                    "none of the %" PRIu32 " packets under the connection ID with sequence number %" PRIu64
                    " is acknowledged since %" PRIu64 " ns, and packets after them are",
                    open->count, id->sequence, open->since_ns);
}

static void settle_doubts(const rules_event *event)
{
    rules_ids *const ours = &event->end->ids;
    const dissect_frame *const ack = event->end->id_state.doubted > 0 && event->flags & RULES_HAS_ACK
                                         ? frame_of(event, DISSECT_ACK)
                                         : NULL;
    for (uint32_t i = 0; ack && i < ours->count; i++)
        if (ours->items[i].doubt.count > 0 && !ours->items[i].doubt.settled)
            settle(event, ack, &ours->items[i]);
}

/* ---- frames that it has had before ---- */

/* A frame that came already, or one whose Retire Prior To is less than an earlier one's. */
static void see_repeat(const rules_event *event)
{
    const rules_ids *const theirs = &event->end->other->ids;
    const uint64_t number = event->packet->number;
    for (uint32_t i = 0; i < theirs->count; i++) {
        const rules_id *const id = &theirs->items[i];
        if ((id->issued_numbers[0] == number || id->issued_numbers[1] == number) &&
            (id->known_ns < event->now_ns || id->retire_prior_to < theirs->asked_prior_to))
            event->end->id_state.repeat_ns = event->now_ns;
    }
}

/* What the peer issued leaves a reason to close: such frames permit it, or ask for it. */
static bool may_close(const rules_end *end)
{
    const rules_tally *const of_peer = end->other->tallies;
    return end->id_state.close_due_ns != ROAM_NEVER || end->id_state.excess_ns != ROAM_NEVER ||
           of_peer[RULES_NEW_ID_FRAME_CONSISTENT].broken > 0 || of_peer[RULES_RESET_TOKEN_UNIQUE].broken > 0;
}

/* CONNECTION_CLOSE that names NEW_CONNECTION_ID, or the limit of connection IDs. */
static bool closes_for_id(const dissect_frame *close)
{
    return close->type_byte == CLOSED_BY_TRANSPORT &&
           (close->value == DISSECT_NEW_CONNECTION_ID || close->error == CONNECTION_ID_LIMIT_ERROR);
}

static void check_repeat(const rules_event *event)
{
    rules_id_state *const state = &event->end->id_state;
    const dissect_frame *const close =
        event->flags & RULES_HAS_CLOSE ? frame_of(event, DISSECT_CONNECTION_CLOSE) : NULL;
    const uint64_t came_ns = state->repeat_ns;
    if (came_ns == ROAM_NEVER)
        return;
    state->repeat_ns = ROAM_NEVER;
    if (close && (may_close(event->end) || !closes_for_id(close)))
        return;
    RULES_CHECK(event, RULES_OLD_ID_FRAME_TOLERATED, !close,
                "the connection is closed with error %" PRIu64
                " after a NEW_CONNECTION_ID that was not new came at %" PRIu64 " ns",
                close ? close->error : 0, came_ns);
}

/* ---- frames that it must close for ---- */

/* The peer of the endpoint that sends this frame must close the connection. */
static bool is_fault(const rules_event *event, const dissect_frame *frame)
{
    const rules_end *const peer = event->end->other;
    if (frame->type == DISSECT_NEW_CONNECTION_ID)
        return event->end->ids.zero_length || !rules_is_issue(frame);
    if (frame->type == DISSECT_RETIRE_CONNECTION_ID)
        return peer->ids.zero_length || (frame->value >= peer->ids.next && !peer->id_state.unseen_ever);
    return false;
}

static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    rules_id_state *const state = &event->end->id_state;
    if (event->packet->type == DISSECT_ONE_RTT && state->fault_number == ROAM_NEVER && is_fault(event, frame))
        state->fault_number = event->packet->number;
}

/* The connection IDs that the peer issued are more than the endpoint takes, and its limit is known. */
static bool is_in_excess(const rules_end *end)
{
    const rules_ids *const theirs = &end->other->ids;
    uint64_t active = 0;
    for (uint32_t i = 0; i < theirs->count; i++)
        active += theirs->items[i].known_ns != ROAM_NEVER && theirs->items[i].retired_ns == ROAM_NEVER &&
                  theirs->items[i].sequence >= theirs->asked_prior_to;
    return end->parameters && active > end->parameters->active_connection_id_limit;
}

/* Any error code will do: a general one may stand for a special one (RFC 9000 section 11). */
static void check_closes(const rules_event *event)
{
    rules_id_state *const state = &event->end->id_state;
    const bool closes = (event->flags & RULES_HAS_CLOSE) != 0;
    if (state->close_due_ns == ROAM_NEVER || state->closes_judged ||
        (!closes && event->now_ns <= state->close_due_ns + pto_ns(event)))
        return;
    state->closes_judged = true;
    RULES_CHECK(event, RULES_ID_VIOLATION_CLOSES, closes,
                "the connection goes on after packet %" PRIu64 ", whose frame is an error, came at %" PRIu64
                " ns",
                event->end->other->id_state.fault_number, state->close_due_ns);
}

/* What the endpoint has retired without having sent so is no excess: it is looked at again when it had the
 * time to send it. */
static void check_excess(const rules_event *event)
{
    rules_id_state *const state = &event->end->id_state;
    const bool closes = (event->flags & RULES_HAS_CLOSE) != 0;
    if (state->excess_ns == ROAM_NEVER || state->excess_judged || event->flags & RULES_HAS_RETIRE ||
        (!closes && event->now_ns <= state->excess_ns + pto_ns(event)))
        return;
    if (!is_in_excess(event->end)) {
        state->excess_ns = ROAM_NEVER;
        return;
    }
    state->excess_judged = true;
    RULES_CHECK(event, RULES_ID_VIOLATION_CLOSES, closes,
                "the connection goes on with more connection IDs of the peer than %" PRIu64
                ", which came at %" PRIu64 " ns",
                event->end->parameters->active_connection_id_limit, state->excess_ns);
}

/* ---- events ---- */

static void sent(const rules_event *event)
{
    if (event->packet->type != DISSECT_ONE_RTT || event->end->closed_ns != ROAM_NEVER)
        return;
    settle_doubts(event);
    check_repeat(event);
    check_closes(event);
    check_excess(event);
}

static void received(const rules_event *event)
{
    rules_end *const end = event->end;
    if (event->packet->type != DISSECT_ONE_RTT || event->repeated)
        return;
    doubt(event);
    if (end->other->id_state.fault_number == event->packet->number &&
        end->id_state.close_due_ns == ROAM_NEVER)
        end->id_state.close_due_ns = event->now_ns;
    if (!(event->flags & RULES_HAS_NEW_ID))
        return;
    see_repeat(event);
    if (end->id_state.excess_ns == ROAM_NEVER && is_in_excess(end))
        end->id_state.excess_ns = event->now_ns;
}

const rules_group rules_connection_ids_taken = {.sent = sent,
                                                .received = received,
                                                .frame_sent = frame_sent,
                                                .frames = RULES_FRAME(DISSECT_NEW_CONNECTION_ID) |
                                                          RULES_FRAME(DISSECT_RETIRE_CONNECTION_ID)};
