/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <inttypes.h>

/* What an endpoint makes of the connection IDs that its peer issued: where it uses them, and when it retires
 * them (RFC 9000 sections 5.1.2, 9.5, 19.16). */

/* A time is not named. An address may be kept until another is sure to work, and while its path is under
 * validation, which is longer than this by rules_ids_grace_ns (RFC 9000 section 8.2.4). */
#define LEFT_NS UINT64_C(3000000000)
#define LOOK_NS UINT64_C(100000000)

static uint64_t pto_ns(const rules_event *event)
{
    return rules_pto_ns(&event->end->rtt, rules_max_ack_delay_ns(event->end->other));
}

/* ---- where they are used ---- */

static void check_local(const rules_event *event, const rules_id *id)
{
    const rules_path *const before = event->end->sent_path;
    const roam_addr *const local = &event->datagram->local;
    char first[ROAM_ADDR_STRING_MAX];
    char now[ROAM_ADDR_STRING_MAX];
    if (id->used_ns != ROAM_NEVER && !roam_addr_equal(&id->used_from, local))
        rules_break(event, RULES_ID_PER_LOCAL_ADDRESS,
                    "the connection ID with sequence number %" PRIu64 " was used from %s, and is from %s",
                    id->sequence, roam_addr_format(&id->used_from, first), roam_addr_format(local, now));
    else if (before && !roam_addr_equal(&before->local, local))
        rules_exercise(event, RULES_ID_PER_LOCAL_ADDRESS);
}

/* A peer whose packets come from another address under the same connection ID has not moved itself: then the
 * endpoint may go on with the one that it uses. A server that has no other must go on too: section 9.3 has it
 * send to the new address. */
static bool may_go_on(const rules_event *event, const rules_id *id)
{
    const rules_path *const before = rules_path_between(event->end, &event->datagram->local, &id->last_to);
    return !before || (before->arrived_under & event->path->arrived_under) != 0 ||
           (event->end->side == DISSECT_SERVER && !rules_ids_has_unused(&event->end->other->ids));
}

/* A server sends where packets come from. When none was seen from there, another's were taken for the
 * client's. */
static bool is_unexplained(const rules_event *event)
{
    return event->end->side == DISSECT_SERVER && event->path->arrived_under == 0;
}

static void check_remote(const rules_event *event, const rules_id *id)
{
    const rules_path *const before = event->end->sent_path;
    const rules_datagram *const datagram = event->datagram;
    char first[ROAM_ADDR_STRING_MAX];
    char now[ROAM_ADDR_STRING_MAX];
    if (!before || roam_addr_equal(&before->remote, &datagram->remote) || is_unexplained(event))
        return;
    const bool other = id->used_ns != ROAM_NEVER && roam_addr_equal(&id->used_from, &datagram->local) &&
                       !roam_addr_equal(&id->last_to, &datagram->remote) && !may_go_on(event, id);
    RULES_CHECK(event, RULES_ID_PER_REMOTE_ADDRESS, !other,
                "the connection ID with sequence number %" PRIu64
                " was used to %s, and is to %s, where the peer uses another one",
                id->sequence, roam_addr_format(&id->last_to, first),
                roam_addr_format(&datagram->remote, now));
}

static void check_not_retired(const rules_event *event, const rules_id *id)
{
    const rules_ids *const theirs = &event->end->other->ids;
    const bool asked =
        id->sequence < theirs->asked_prior_to && event->now_ns > theirs->asked_ns + pto_ns(event);
    if (event->end->closed_ns != ROAM_NEVER || event->flags & RULES_HAS_CLOSE)
        return;
    if (id->retired_ns != ROAM_NEVER)
        rules_break(event, RULES_ID_NOT_USED_AFTER_RETIREMENT,
                    "the connection ID with sequence number %" PRIu64
                    " is used, and its retirement was sent at %" PRIu64 " ns",
                    id->sequence, id->retired_ns);
    else if (asked)
        rules_break(event, RULES_ID_NOT_USED_AFTER_RETIREMENT,
                    "the connection ID with sequence number %" PRIu64
                    " is used, and the peer asked to retire those below %" PRIu64 " at %" PRIu64 " ns",
                    id->sequence, theirs->asked_prior_to, theirs->asked_ns);
    else if (theirs->retirements > 0 || theirs->asked_prior_to > 0)
        rules_exercise(event, RULES_ID_NOT_USED_AFTER_RETIREMENT);
}

static void check_use(const rules_event *event)
{
    const rules_id *const id = rules_id_find(&event->end->other->ids, &event->packet->destination);
    if (!id)
        return;
    check_not_retired(event, id);
    if (rules_same_id(&event->path->used_id, &id->id))
        return;
    check_local(event, id);
    check_remote(event, id);
}

/* ---- what is to be retired ---- */

/* The addresses of its use are another pair than those of the event. NULL: they are not, or it is in use. */
static const rules_path *path_left(const rules_event *event, const rules_id *id)
{
    if (id->used_ns == ROAM_NEVER || rules_same_id(&id->id, &event->packet->destination))
        return NULL;
    const rules_path *const path = rules_path_between(event->end, &id->used_from, &id->last_to);
    return path != event->path ? path : NULL;
}

static void check_left(const rules_event *event, rules_id *id)
{
    const rules_path *const left = id->told_left ? NULL : path_left(event, id);
    const uint64_t validated_ns = event->path->validated_ns;
    const uint64_t after_ns = LEFT_NS + rules_ids_grace_ns(event);
    char from[ROAM_ADDR_STRING_MAX];
    char to[ROAM_ADDR_STRING_MAX];
    if (!left || validated_ns == ROAM_NEVER || !rules_ids_overdue(event, validated_ns, after_ns) ||
        !rules_ids_overdue(event, left->last_sent_ns, after_ns))
        return;
    id->told_left = true;
    rules_break(event, RULES_ID_RETIRED_AFTER_MOVE,
                "the connection ID with sequence number %" PRIu64 ", of %s to %s, was last used at %" PRIu64
                " ns and is not retired",
                id->sequence, roam_addr_format(&id->used_from, from), roam_addr_format(&id->last_to, to),
                id->last_used_ns);
}

static void check_asked(const rules_event *event, rules_id *id)
{
    const rules_ids *const theirs = &event->end->other->ids;
    if (id->told_asked || id->sequence >= theirs->asked_prior_to || id->known_ns == ROAM_NEVER)
        return;
    const uint64_t since_ns = id->known_ns > theirs->asked_ns ? id->known_ns : theirs->asked_ns;
    if (!rules_ids_overdue(event, since_ns, rules_ids_grace_ns(event)))
        return;
    id->told_asked = true;
    rules_break(event, RULES_ID_RETIRED_WHEN_ASKED,
                "the peer asked to retire connection IDs below %" PRIu64 " at %" PRIu64 " ns, and %" PRIu64
                " is not retired",
                theirs->asked_prior_to, theirs->asked_ns, id->sequence);
}

/* An endpoint that sends application data could have sent RETIRE_CONNECTION_ID too. */
static void look_at_open(const rules_event *event)
{
    rules_ids *const theirs = &event->end->other->ids;
    rules_id_state *const state = &event->end->id_state;
    if (event->now_ns < state->look_ns || !(event->flags & RULES_HAS_STREAM) ||
        event->flags & RULES_HAS_RETIRE)
        return;
    state->look_ns = event->now_ns + LOOK_NS;
    for (uint32_t i = 0; i < theirs->count; i++) {
        if (theirs->items[i].retired_ns != ROAM_NEVER)
            continue;
        check_left(event, &theirs->items[i]);
        check_asked(event, &theirs->items[i]);
    }
}

/* ---- RETIRE_CONNECTION_ID ---- */

static void check_known(const rules_event *event, uint64_t sequence)
{
    const rules_end *const issuer = event->end->other;
    if (issuer->ids.zero_length)
        rules_break(event, RULES_RETIRE_KNOWN_ID,
                    "RETIRE_CONNECTION_ID goes to an endpoint whose connection ID has length 0");
    else if (sequence < issuer->ids.next || !issuer->id_state.unseen_ever)
        RULES_CHECK(event, RULES_RETIRE_KNOWN_ID, sequence < issuer->ids.next,
                    "the connection ID with sequence number %" PRIu64
                    " is retired, and the last issued is %" PRIu64,
                    sequence, issuer->ids.next - 1);
}

static void retire_sent(const rules_event *event, uint64_t sequence)
{
    const rules_ids *const theirs = &event->end->other->ids;
    const rules_id *const id = rules_id_of_sequence(theirs, sequence);
    check_known(event, sequence);
    if (!id)
        return;
    RULES_CHECK(event, RULES_RETIRE_NOT_OWN_DESTINATION, !rules_same_id(&id->id, &event->packet->destination),
                "the packet retires sequence number %" PRIu64 ", its own destination connection ID",
                sequence);
    if (id->retired_ns != ROAM_NEVER)
        return;
    if (sequence < theirs->asked_prior_to)
        rules_exercise(event, RULES_ID_RETIRED_WHEN_ASKED);
    if (path_left(event, id))
        rules_exercise(event, RULES_ID_RETIRED_AFTER_MOVE);
}

/* ---- zero-length connection IDs ---- */

/* A packet with another than a probing frame, from another local address than that of the handshake. */
static void check_move(const rules_event *event)
{
    rules_end *const end = event->end;
    const rules_path *const first = rules_path_of_serial(end, end->handshake_path);
    if (!end->other->ids.zero_length || end->id_state.moved_to_none || !first ||
        end->side != DISSECT_CLIENT || !(event->flags & RULES_NON_PROBING))
        return;
    const bool moves = !roam_addr_equal(&first->local, &event->datagram->local);
    char from[ROAM_ADDR_STRING_MAX];
    char to[ROAM_ADDR_STRING_MAX];
    end->id_state.moved_to_none = moves;
    if (moves || (event->flags & RULES_HAS_STREAM && end->confirmed_ns != ROAM_NEVER))
        RULES_CHECK(event, RULES_ZERO_LENGTH_ID_NOT_MOVED, !moves,
                    "the client moves from %s to %s, and the server's connection ID has length 0",
                    roam_addr_format(&first->local, from), roam_addr_format(&event->datagram->local, to));
}

/* ---- events ---- */

static void sent(const rules_event *event)
{
    if (event->packet->type != DISSECT_ONE_RTT)
        return;
    check_use(event);
    check_move(event);
    if (event->end->closed_ns == ROAM_NEVER)
        look_at_open(event);
}

static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    if (event->packet->type == DISSECT_ONE_RTT)
        retire_sent(event, frame->value);
}

const rules_group rules_connection_ids_used = {
    .sent = sent, .frame_sent = frame_sent, .frames = RULES_FRAME(DISSECT_RETIRE_CONNECTION_ID)};
