/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/probing.h"

#include <inttypes.h>

/*
 * How path validation begins, succeeds and fails (RFC 9000 sections 8.2.1, 8.2.3, 8.2.4, 9.3.2 and 9.6.3).
 *
 * A validation ends without a word. It is taken for another one when the endpoint challenges the path under
 * another connection ID, after an answer, after the peer was heard of there, or after either end has moved.
 *
 * The application of a client decides when a path is challenged, and when that ends: packets do not tell.
 * Rules on the time of a validation judge a server, which validates on its own account, and a client on the
 * path that it uses.
 */

enum {
    SMALLEST = 64,         /* bytes of a datagram with PATH_CHALLENGE, and more */
    ACK_LOOKS_BACK = 256,  /* packets in which the ACK of a response is looked for */
    INTERNAL_ERROR = 0x01, /* RFC 9000 section 20.1 */
    NO_VIABLE_PATH = 0x10
};

static rules_challenge *last_asked(const rules_end *end)
{
    return end->asked.count > 0 ? &end->asked.items[end->asked.count - 1] : NULL;
}

/* ---- the answer counts ---- */

/* The endpoint acknowledges that packet, or has done so: it has processed what is in it. */
static bool has_acknowledged(const rules_event *event, uint64_t number)
{
    const rules_end *const end = event->end;
    const uint64_t next = end->packets.next;
    if (probing_acknowledges(event->packet, number))
        return true;
    for (uint64_t i = next; i > 0 && i + ACK_LOOKS_BACK > next; i--) {
        const rules_packet *const packet = rules_packet_find(&end->packets, i - 1);
        const size_t count = packet ? packet->range_count : 0;
        const dissect_range *const ranges = count > 0 ? rules_packet_ranges(&end->packets, packet) : NULL;
        for (size_t j = 0; j < count; j++)
            if (ranges[j].smallest <= number && number <= ranges[j].largest)
                return true;
    }
    return false;
}

static bool came_as_asked(const rules_challenge *asked)
{
    return asked->answer_path == asked->path && asked->answer_size >= RULES_EXPANDED;
}

/* The application of a client may have given up a path that it does not use: packets do not tell. A server
 * validates on its own account. */
static bool must_count(const rules_end *end, const rules_path *path)
{
    return end->side == DISSECT_SERVER || probing_is_active(end, path);
}

/* The path was challenged once more before the answer came: of a client that may be another validation, which
 * its application began in place of the former. */
static bool may_be_replaced(const rules_end *end, const rules_challenge *asked)
{
    const rules_challenge *const last = last_asked(end);
    for (const rules_challenge *later = asked + 1; end->side == DISSECT_CLIENT && later <= last; later++)
        if (later->path == asked->path && later->at_ns > asked->at_ns + RULES_GRANULARITY_NS &&
            later->at_ns <= asked->answered_ns)
            return true;
    return false;
}

/* The time of a validation is one of the RTT when it began: what came later may have been forgotten. */
static bool came_in_time(const rules_challenge *asked)
{
    return asked->answered_ns - asked->round_ns < asked->least_ns;
}

/* An answer that came in time, and after which nothing asks for another validation of that path. */
static bool settles(const rules_event *event, const rules_challenge *asked)
{
    const rules_path *const path = event->path;
    const rules_end *const end = event->end;
    return asked->path == path->serial && must_count(end, path) && asked->answered_ns != ROAM_NEVER &&
           asked->flips == end->probing.flips && asked->size >= RULES_EXPANDED && came_in_time(asked) &&
           event->now_ns > asked->answered_ns + RULES_GRANULARITY_NS &&
           event->now_ns - asked->round_ns <= probing_validation_most_ns(end) && !may_be_replaced(end, asked);
}

/* Another challenge, when the path was validated in the time that a validation has. */
static void check_counted(const rules_event *event)
{
    const rules_challenges *const asked = &event->end->asked;
    for (uint32_t i = asked->count; i > 0; i--) {
        rules_challenge *const before = &asked->items[i - 1];
        if (before->judged || !settles(event, before) || !has_acknowledged(event, before->answer_number))
            continue;
        before->judged = true;
        rules_break(event, came_as_asked(before) ? RULES_VALIDATION_NOT_CUT_SHORT : RULES_RESPONSE_ACCEPTED,
                    "PATH_CHALLENGE goes out %" PRIu64
                    " ns after the answer to one before, which came on %s path in %" PRIu32 " bytes",
                    event->now_ns - before->answered_ns,
                    before->answer_path == before->path ? "its" : "another", before->answer_size);
        return;
    }
}

/* ---- rounds ---- */

static bool goes_on(const rules_event *event)
{
    const rules_path *const path = event->path;
    const rules_path_probing *const probing = &path->probing;
    return probing->round_ns != 0 && !probing->round_answered &&
           probing_same_id(&probing->round_id, &event->packet->destination) &&
           probing->round_flips == event->end->probing.flips &&
           event->now_ns - probing->challenges_ns[1] <= probing_validation_most_ns(event->end) &&
           (path->last_received_ns == ROAM_NEVER || path->last_received_ns < probing->challenges_ns[1]);
}

static void begin_round(const rules_event *event)
{
    rules_path_probing *const probing = &event->path->probing;
    probing->round_ns = event->now_ns;
    probing->round_id = event->packet->destination;
    probing->round_flips = event->end->probing.flips;
    probing->round_least_ns = probing_validation_least_ns(event->end);
    probing->round_answered = false;
}

/* A validation of a server that goes on for twice its time, by a timer. */
static void check_given_up(const rules_event *event)
{
    const uint64_t age = event->now_ns - event->path->probing.round_ns;
    const uint64_t time_ns = probing_validation_most_ns(event->end);
    if (event->end->side == DISSECT_CLIENT || age <= 2 * time_ns)
        return;
    event->path->probing.round_ns = event->now_ns;
    rules_break(event, RULES_VALIDATION_GIVEN_UP,
                "a path is challenged for %" PRIu64 " ns without an answer, and a validation takes %" PRIu64
                " ns",
                age, time_ns);
}

/* ---- MTU ---- */

/* A path on which the handshake was is known to carry 1200 bytes (section 14.1). */
static void challenge_expands(const rules_event *event)
{
    rules_path_probing *const probing = &event->path->probing;
    if (event->datagram->len < RULES_EXPANDED)
        return;
    if (probing->small_ns != 0)
        rules_exercise(event, RULES_PATH_MTU_VALIDATED);
    probing->small_ns = 0;
    probing->expanded = true;
}

/* The validation of a path that the peer leaves is given up: its time begins anew when it comes back. */
static void check_expanded(const rules_event *event)
{
    rules_path_probing *const probing = &event->path->probing;
    if (probing->small_ns == 0 || !(event->flags & RULES_NON_PROBING))
        return;
    if (probing->small_flips != event->end->probing.flips) {
        probing->small_ns = event->now_ns;
        probing->small_flips = event->end->probing.flips;
    }
    if (event->now_ns - probing->small_ns <= probing_validation_most_ns(event->end))
        return;
    rules_break(event, RULES_PATH_MTU_VALIDATED,
                "a PATH_CHALLENGE below %d bytes was answered %" PRIu64
                " ns ago, and none of %d bytes has followed",
                RULES_EXPANDED, event->now_ns - probing->small_ns, RULES_EXPANDED);
    probing->small_ns = 0;
}

/* ---- a validation that fails ---- */

/* A path that is validated and has been heard of since that time, beside that one; NULL: none. */
static const rules_path *other_path(const rules_end *end, uint32_t serial, uint64_t since_ns)
{
    for (const rules_path *path = end->paths; path; path = path->next)
        if (path->serial != serial && path->validated_ns != ROAM_NEVER &&
            path->last_received_ns != ROAM_NEVER && path->last_received_ns >= since_ns)
            return path;
    return NULL;
}

/* One challenge alone went there, and nothing kept a second one back. */
static bool was_alone(const rules_end *end, const rules_path *path, const rules_challenge *challenge)
{
    return end->side == DISSECT_SERVER && path->probing.challenges_ns[1] == 0 &&
           challenge->flips == end->probing.flips && challenge == last_asked(end) &&
           !probing_limit_may_forbid(end, path, SMALLEST);
}

/* The challenge had no answer in twice the time of a validation, and the endpoint goes on. */
static void failed(const rules_event *event, const rules_challenge *challenge)
{
    const rules_end *const end = event->end;
    const rules_path *const path = rules_path_of_serial(end, challenge->path);
    if (!path || path->probing.challenges_ns[0] != challenge->at_ns)
        return;
    if (end->side == DISSECT_SERVER)
        rules_exercise(event, RULES_VALIDATION_GIVEN_UP);
    if (was_alone(end, path, challenge))
        rules_break(event, RULES_CHALLENGE_REPEATED, "one PATH_CHALLENGE alone went out, %" PRIu64 " ns ago",
                    event->now_ns - challenge->at_ns);
    if (event->path == path || event->path->validated_ns == ROAM_NEVER)
        return;
    rules_exercise(event, RULES_FAILED_VALIDATION_KEEPS_CONNECTION);
    if (event->flags & RULES_NON_PROBING && path->came_first && path->validated_ns == ROAM_NEVER &&
        end->probing.followed_path == path->serial)
        rules_exercise(event, RULES_REVERTS_AFTER_FAILURE);
}

static void look_for_failures(const rules_event *event)
{
    rules_end *const end = event->end;
    if (event->now_ns < end->probing.failures_due_ns || end->probing.failures_due_ns == 0)
        return;
    const uint64_t patience = 2 * probing_validation_most_ns(end);
    end->probing.failures_due_ns = 0;
    for (uint32_t i = 0; i < end->asked.count; i++) {
        rules_challenge *const challenge = &end->asked.items[i];
        if (challenge->judged || challenge->answered_ns != ROAM_NEVER)
            continue;
        if (event->now_ns - challenge->at_ns > patience) {
            challenge->judged = true;
            failed(event, challenge);
        } else if (end->probing.failures_due_ns == 0) {
            end->probing.failures_due_ns = challenge->at_ns + patience;
        }
    }
}

/* Errors of the endpoint itself: all others are about what its peer sent, or what an application wants. */
static bool is_own_error(const dissect_frame *frame)
{
    return frame->type_byte == DISSECT_CONNECTION_CLOSE &&
           (frame->error == NO_VIABLE_PATH || frame->error == INTERNAL_ERROR);
}

static void check_close(const rules_event *event, const dissect_frame *frame)
{
    const rules_end *const end = event->end;
    const rules_challenge *const last = last_asked(end);
    if (!last || last->answered_ns != ROAM_NEVER || !is_own_error(frame) ||
        event->now_ns - last->at_ns > 2 * probing_validation_most_ns(end))
        return;
    const rules_path *const path = rules_path_of_serial(end, last->path);
    if (path && other_path(end, path->serial, path->probing.round_ns))
        rules_break(event, RULES_FAILED_VALIDATION_KEEPS_CONNECTION,
                    "CONNECTION_CLOSE with error 0x%" PRIx64 " %" PRIu64
                    " ns after a PATH_CHALLENGE without an answer, while another path is validated and used",
                    frame->error, event->now_ns - last->at_ns);
}

/* What goes on to an address from which the peer's packets came once, and that no answer validates. */
static void check_reverts(const rules_event *event)
{
    rules_path *const path = event->path;
    const rules_end *const end = event->end;
    if (path->probing.round_ns == 0 || path->validated_ns != ROAM_NEVER || !path->came_first ||
        !(event->flags & RULES_NON_PROBING))
        return;
    const uint64_t time_ns = probing_validation_most_ns(end);
    if (event->now_ns - path->probing.round_ns <= 2 * time_ns ||
        event->now_ns - path->last_received_ns <= 2 * time_ns ||
        rules_remote_is_validated(end, &path->remote) || !other_path(end, path->serial, 0))
        return;
    char text[ROAM_ADDR_STRING_MAX];
    rules_break(event, RULES_REVERTS_AFTER_FAILURE,
                "non-probing packets go to %s, the validation of which began %" PRIu64
                " ns ago, and there is an address that is validated",
                roam_addr_format(&path->remote, text), event->now_ns - path->probing.round_ns);
}

/* ---- a probe of the client ---- */

/* Section 9.6.3 is about clients of a server with a preferred address: the probe comes there, and from an
 * address that is not that of the handshake. */
static bool is_moved_probe(const rules_end *end, const rules_path *path)
{
    const rules_path *const handshake = rules_path_of_serial(end, end->handshake_path);
    return end->parameters && handshake &&
           (roam_addr_equal(&end->parameters->preferred_address.ipv4, &path->local) ||
            roam_addr_equal(&end->parameters->preferred_address.ipv6, &path->local)) &&
           !roam_addr_equal(&handshake->remote, &path->remote) &&
           !rules_remote_is_validated(end, &path->remote);
}

static void note_probe(const rules_event *event)
{
    rules_path *const path = event->path;
    rules_end *const end = event->end;
    if (end->side != DISSECT_SERVER || event->flags & RULES_NON_PROBING ||
        path->probing.probe_received_ns != 0 || rules_remote_was_challenged(end, &path->remote) ||
        !is_moved_probe(end, path))
        return;
    path->probing.probe_received_ns = event->now_ns;
    end->probing.probe_path = path->serial;
}

/* An endpoint that answered the probe has processed it, and has a connection ID for that path, for which it
 * may have had to wait. */
static void look_for_validation(const rules_event *event)
{
    rules_end *const end = event->end;
    const rules_path *const path = rules_path_of_serial(end, end->probing.probe_path);
    if (path && !rules_remote_was_challenged(end, &path->remote) && path->serial != end->highest_path) {
        const uint64_t age = event->now_ns - path->probing.probe_received_ns;
        if (!(event->flags & RULES_ACK_ELICITING) || age <= 2 * probing_pto_most_ns(end) ||
            path->first_sent_ns == ROAM_NEVER ||
            event->now_ns <= path->first_sent_ns + 2 * probing_pto_most_ns(end) ||
            probing_limit_may_forbid(end, path, SMALLEST))
            return;
        char text[ROAM_ADDR_STRING_MAX];
        rules_break(event, RULES_PROBE_VALIDATED,
                    "a probing packet came from %s %" PRIu64 " ns ago, and no PATH_CHALLENGE has gone there",
                    roam_addr_format(&path->remote, text), age);
    }
    end->probing.probe_path = 0;
}

/* ---- packets ---- */

/* A client moves, and a server follows. */
static void note_path(rules_end *end, uint32_t *serial, uint32_t now, dissect_side mover)
{
    if (*serial == now)
        return;
    end->probing.flips += *serial != 0 && end->side == mover;
    *serial = now;
}

static void sent(const rules_event *event)
{
    rules_end *const end = event->end;
    if (event->packet->type != DISSECT_ONE_RTT || event->repeated)
        return;
    if (end->closed_ns == ROAM_NEVER && !(event->flags & RULES_HAS_CLOSE)) {
        look_for_failures(event);
        check_expanded(event);
        check_reverts(event);
        if (end->probing.probe_path != 0 && !(event->flags & RULES_HAS_CHALLENGE))
            look_for_validation(event);
    }
    if (!(event->flags & RULES_NON_PROBING))
        return;
    note_path(end, &end->probing.active_path, event->path->serial, DISSECT_CLIENT);
}

static void challenge_sent(const rules_event *event)
{
    if (event->path->probing.probe_received_ns != 0 && event->path->challenged_ns == ROAM_NEVER)
        rules_exercise(event, RULES_PROBE_VALIDATED);
    check_counted(event);
    challenge_expands(event);
    if (event->end->probing.failures_due_ns == 0)
        event->end->probing.failures_due_ns = event->now_ns + 2 * probing_validation_most_ns(event->end);
    if (goes_on(event))
        check_given_up(event);
    else
        begin_round(event);
}

static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    if (event->repeated || event->end->closed_ns != ROAM_NEVER)
        return;
    if (frame->type == DISSECT_PATH_CHALLENGE)
        challenge_sent(event);
    else if (frame->type == DISSECT_CONNECTION_CLOSE)
        check_close(event, frame);
}

static void answer_received(const rules_event *event, const dissect_frame *frame)
{
    rules_end *const end = event->end;
    const rules_challenge *const asked = rules_challenge_find(&end->asked, frame->path_data);
    rules_path *const path = asked ? rules_path_of_serial(end, asked->path) : NULL;
    if (!path || asked->answers > 1 || !rules_may_take(event))
        return;
    rules_path_probing *const probing = &path->probing;
    if (asked->size < RULES_EXPANDED && !probing->expanded && path->serial != end->handshake_path) {
        probing->small_ns = event->now_ns;
        probing->small_flips = asked->flips;
    }
    probing->round_answered |= asked->at_ns >= probing->round_ns;
    if (must_count(end, path) && event->now_ns - asked->round_ns < asked->least_ns)
        rules_exercise(event,
                       came_as_asked(asked) ? RULES_VALIDATION_NOT_CUT_SHORT : RULES_RESPONSE_ACCEPTED);
}

static void received(const rules_event *event)
{
    rules_end *const end = event->end;
    if (end->non_probing_received)
        note_path(end, &end->probing.followed_path, end->highest_path, DISSECT_SERVER);
}

static void frame_received(const rules_event *event, const dissect_frame *frame)
{
    if (event->repeated)
        return;
    if (frame->type == DISSECT_PATH_CHALLENGE)
        note_probe(event);
    else if (frame->type == DISSECT_PATH_RESPONSE)
        answer_received(event, frame);
}

const rules_group rules_validation = {.sent = sent,
                                      .frame_sent = frame_sent,
                                      .received = received,
                                      .frame_received = frame_received,
                                      .frames = RULES_FRAME(DISSECT_PATH_CHALLENGE) |
                                                RULES_FRAME(DISSECT_PATH_RESPONSE) |
                                                RULES_FRAME(DISSECT_CONNECTION_CLOSE)};
