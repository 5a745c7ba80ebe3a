/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/probing.h"

#include <inttypes.h>

/*
 * How a server follows its client (RFC 9000 sections 9, 9.3, 9.3.3): the highest-numbered non-probing packet
 * says where the client is. A server is taken to have seen a packet once it acknowledges it, and to permit
 * the move once it challenges the new address, or three probe timeouts have passed: it may bound the number
 * of moves that it follows in a time. What it is to send has as long, as no text says how soon it must.
 */

enum { MOVE_VALIDATED = 1 << 0, OLD_ADDRESS = 1 << 1, TOKEN = 1 << 2, FOLLOWED = 1 << 3, TIMES_PTO = 3 };

static uint64_t patience_ns(const rules_end *end)
{
    return TIMES_PTO * rules_pto_ns(&end->rtt, rules_max_ack_delay_ns(end->other));
}

static bool is_late(const rules_event *event)
{
    return event->now_ns - event->end->peer.moved_ns > patience_ns(event->end);
}

/* ---- the client moves ---- */

/* Not by this packet, which an endpoint may read after it has noticed the address. */
static bool was_validated(const rules_event *event, const roam_addr *remote)
{
    for (const rules_path *path = event->end->paths; path; path = path->next)
        if (path->validated_ns < event->now_ns && roam_addr_equal(&path->remote, remote))
            return true;
    return false;
}

/* Whatever the port. */
static bool host_was_validated(const rules_event *event)
{
    for (const rules_path *path = event->end->paths; path; path = path->next)
        if (path->validated_ns < event->now_ns && rules_same_host(&path->remote, &event->datagram->remote))
            return true;
    return false;
}

/* An apparent migration keeps the connection ID; a client that moves on purpose changes it (section 9.5). A
 * token is of an IP address, whatever the port (section 8.1.4): those that the client has stay good at one
 * that the server has validated. */
static uint32_t pending_of(const rules_event *event, const rules_peer *from)
{
    if (rules_remote_is_validated(event->end, &event->datagram->remote))
        return FOLLOWED;
    const bool apparent =
        rules_same_id(&from->id, &event->packet->destination) && was_validated(event, &from->remote);
    return FOLLOWED | MOVE_VALIDATED | (host_was_validated(event) ? 0 : TOKEN) | (apparent ? OLD_ADDRESS : 0);
}

static void client_moves(const rules_event *event)
{
    rules_peer *const peer = &event->end->peer;
    const uint32_t pending = pending_of(event, peer);
    *peer = (rules_peer){.known = true,
                         .unsure = peer->unsure,
                         .remote = event->datagram->remote,
                         .local = event->datagram->local,
                         .id = event->packet->destination,
                         .before = peer->remote,
                         .pending = pending,
                         .was_validated = !(pending & MOVE_VALIDATED),
                         .number = event->packet->number,
                         .moved_ns = event->now_ns};
}

static void client_begins(const rules_event *event)
{
    event->end->peer = (rules_peer){.known = true,
                                    .remote = event->datagram->remote,
                                    .local = event->datagram->local,
                                    .id = event->packet->destination,
                                    .number = ROAM_NEVER,
                                    .followed = true};
}

static void older_packet(const rules_event *event)
{
    rules_peer *const peer = &event->end->peer;
    if (!peer->followed || roam_addr_equal(&peer->remote, &event->datagram->remote))
        return;
    rules_exercise(event, RULES_FOLLOWS_HIGHEST_PACKET_NUMBER);
    peer->late = true;
    peer->late_remote = event->datagram->remote;
}

static void newest_packet(const rules_event *event)
{
    rules_peer *const peer = &event->end->peer;
    if (!peer->known)
        client_begins(event);
    else if (!roam_addr_equal(&peer->remote, &event->datagram->remote))
        client_moves(event);
    peer->local = event->datagram->local;
    peer->id = event->packet->destination;
    peer->latest = event->packet->number;
}

/* The first packet of an address is for probing alone: it does not move the client. */
static void probing_packet(const rules_event *event)
{
    const rules_end *const end = event->end;
    if (event->path->first_received_ns == event->now_ns && event->path->first_sent_ns == ROAM_NEVER &&
        event->path->serial != end->handshake_path &&
        !roam_addr_equal(&end->peer.remote, &event->path->remote))
        rules_exercise(event, RULES_PROBING_FRAMES_DO_NOT_MOVE);
}

static void watch_rebinding(const rules_event *event)
{
    rules_end *const end = event->end;
    if (event->path_is_new && end->parameters && end->parameters->disable_active_migration &&
        end->closed_ns == ROAM_NEVER && event->packet->status == DISSECT_READ && end->peer.known &&
        !roam_addr_equal(&end->peer.remote, &event->datagram->remote))
        end->rebound = true;
}

/* A server reads no 1-RTT packet before its handshake is complete (RFC 9001 section 5.7), and keeps those for
 * later that it wants to keep: the client's address is to be stable as long (RFC 9000 section 9). */
static bool may_be_discarded(const rules_event *event)
{
    return event->end->confirmed_ns == ROAM_NEVER &&
           !roam_addr_equal(&event->end->handshake_remote, &event->datagram->remote);
}

static void received(const rules_event *event)
{
    rules_end *const end = event->end;
    if (end->side != DISSECT_SERVER || event->packet->type != DISSECT_ONE_RTT || event->repeated ||
        may_be_discarded(event))
        return;
    watch_rebinding(event);
    if (event->flags == 0)
        end->peer.unsure = true;
    else if (!(event->flags & RULES_NON_PROBING))
        probing_packet(event);
    else if (event->packet->number >= end->highest_non_probing)
        newest_packet(event);
    else
        older_packet(event);
}

/* ---- the server sends to the new address ---- */

static void judge_validated(const rules_event *event)
{
    const rules_end *const end = event->end;
    rules_peer *const peer = &event->end->peer;
    char text[ROAM_ADDR_STRING_MAX];
    if (rules_remote_was_challenged(end, &peer->remote))
        rules_exercise(event, RULES_MOVE_VALIDATED);
    else if (is_late(event) && (peer->followed || rules_ids_has_unused(&end->other->ids)))
        rules_break(event, RULES_MOVE_VALIDATED,
                    "%" PRIu64 " ns after packet %" PRIu64 " came from %s no PATH_CHALLENGE has gone there",
                    event->now_ns - peer->moved_ns, peer->number, roam_addr_format(&peer->remote, text));
    else
        return;
    peer->pending &= ~(uint32_t)MOVE_VALIDATED;
}

/* An answer to a challenge in less than RULES_EXPANDED bytes validates the address, and the path is validated
 * once more (section 8.2.1); until then the old address may wait. When the last validation of the new one
 * ended; ROAM_NEVER: not yet. */
static uint64_t validated_ns(const rules_event *event)
{
    const rules_end *const end = event->end;
    const uint64_t timeout_ns = TIMES_PTO * rules_pto_ns(&(rules_rtt){0}, rules_max_ack_delay_ns(end->other));
    uint64_t answered_ns = ROAM_NEVER;
    bool again = false;
    for (uint32_t i = 0; i < end->asked.count; i++) {
        const rules_challenge *const asked = &end->asked.items[i];
        const rules_path *const path = rules_path_of_serial(end, asked->path);
        if (!path || !roam_addr_equal(&path->remote, &end->peer.remote))
            continue;
        const bool expanded = asked->size >= RULES_EXPANDED;
        if (expanded && asked->answered_ns != ROAM_NEVER)
            return asked->answered_ns;
        if (asked->answered_ns < answered_ns)
            answered_ns = asked->answered_ns;
        again |= expanded && event->now_ns - asked->at_ns <= timeout_ns;
    }
    return again ? ROAM_NEVER : answered_ns;
}

static bool is_overdue(const rules_event *event)
{
    const uint64_t since_ns = validated_ns(event);
    return since_ns != ROAM_NEVER && event->now_ns > since_ns + patience_ns(event->end);
}

/* A PATH_CHALLENGE that was on its way there when the client moved is as good as one sent afterwards. */
static bool was_underway(const rules_end *end)
{
    const rules_peer *const peer = &end->peer;
    for (uint32_t i = end->asked.count; i > 0; i--) {
        const rules_challenge *const asked = &end->asked.items[i - 1];
        const rules_path *const path = rules_path_of_serial(end, asked->path);
        if (path && asked->answered_ns >= peer->moved_ns && roam_addr_equal(&path->remote, &peer->before))
            return true;
    }
    return false;
}

/* The last PATH_CHALLENGE to the client's address, if no answer has come to its validation; else NULL. One
 * that began after a move does not take the answers of the one before. */
static const rules_challenge *unanswered(const rules_end *end)
{
    const rules_challenge *answered = NULL, *open = NULL;
    for (uint32_t i = 0; i < end->asked.count; i++) {
        const rules_challenge *const asked = &end->asked.items[i];
        const rules_path *const path = rules_path_of_serial(end, asked->path);
        if (!path || !roam_addr_equal(&path->remote, &end->peer.remote))
            continue;
        if (asked->answered_ns == ROAM_NEVER)
            open = asked;
        else
            answered = asked;
    }
    const bool settled = open && answered && open->at_ns <= answered->answered_ns &&
                         (open < answered || open->flips == answered->flips);
    return settled ? NULL : open;
}

/* The server waits for an answer to a challenge that it sent after the move. */
static bool is_validated_anew(const rules_end *end)
{
    const rules_challenge *const open = unanswered(end);
    return open && open->at_ns >= end->peer.moved_ns;
}

/* A token of that IP address was given, whatever the port, when the client's packets came from two ports at
 * once. */
static bool has_token(const rules_end *end, const roam_addr *remote)
{
    for (const rules_path *path = end->paths; path; path = path->next)
        if (path->token_sent && rules_same_host(&path->remote, remote))
            return true;
    return false;
}

static bool gives_token(const dissect_packet *packet)
{
    for (size_t i = 0; i < packet->frame_count; i++)
        if (packet->frames[i].type == DISSECT_NEW_TOKEN)
            return true;
    return false;
}

static void judge_overdue(const rules_event *event)
{
    rules_peer *const peer = &event->end->peer;
    char text[ROAM_ADDR_STRING_MAX];
    if (peer->pending & OLD_ADDRESS)
        RULES_CHECK(event, RULES_OLD_ADDRESS_VALIDATED_TOO, was_underway(event->end),
                    "no PATH_CHALLENGE has gone to %s since packet %" PRIu64 " came from another address",
                    roam_addr_format(&peer->before, text), peer->number);
    peer->pending &= ~(uint32_t)OLD_ADDRESS;
    if (!(peer->pending & TOKEN) || !rules_is_held_back(event->flags) || gives_token(event->packet) ||
        is_validated_anew(event->end))
        return; /* the token waits for the congestion window, as data does, and for the validation under way
                 */
    RULES_CHECK(event, RULES_TOKEN_AFTER_MOVE, has_token(event->end, &peer->remote),
                "no NEW_TOKEN has been sent since the new address %s was validated",
                roam_addr_format(&peer->remote, text));
    peer->pending &= ~(uint32_t)TOKEN;
}

static void goes_to_client(const rules_event *event)
{
    rules_peer *const peer = &event->end->peer;
    peer->followed = true;
    peer->late = false;
    if (peer->pending == 0)
        return;
    if (peer->pending & FOLLOWED)
        rules_exercise(event, RULES_MOVE_FOLLOWED);
    peer->pending &= ~(uint32_t)FOLLOWED;
    if (peer->pending & MOVE_VALIDATED)
        judge_validated(event);
    if (peer->pending & (OLD_ADDRESS | TOKEN) && is_overdue(event))
        judge_overdue(event);
}

/* ---- the server sends elsewhere ---- */

static bool has_moved_there(const rules_end *end, const roam_addr *remote)
{
    bool any = false, non_probing = roam_addr_equal(&end->handshake_remote, remote);
    for (const rules_path *path = end->paths; path && !non_probing; path = path->next) {
        if (!roam_addr_equal(&path->remote, remote))
            continue;
        any |= path->first_received_ns != ROAM_NEVER;
        non_probing |= path->first_non_probing_received_ns != ROAM_NEVER;
    }
    return non_probing || !any;
}

/* The new address has failed validation, or the server has given up on it, and goes back (section 9.3.2). One
 * that is known may be validated once more, and one that answered a small PATH_CHALLENGE is (section 8.2.1).
 * Where only PATH_CHALLENGE went to the new address, it followed as well. No answer comes in less than a
 * round trip. */
static bool may_have_failed(const rules_event *event)
{
    const rules_end *const end = event->end;
    const rules_peer *const peer = &end->peer;
    if (peer->followed && !rules_remote_is_validated(end, &peer->remote))
        return true;
    const rules_challenge *const open = unanswered(end);
    return open && (peer->followed || open->at_ns >= peer->moved_ns) &&
           event->now_ns - open->at_ns > end->rtt.least_ns;
}

/* The server permits the move, and may send there: by the limit, with a connection ID (section 9.3), and,
 * when the client sends to another address than that from which the server sends, once the path is validated
 * (section 9.6.2): it may have moved to the preferred address before. */
static bool is_to_follow(const rules_event *event)
{
    const rules_peer *const peer = &event->end->peer;
    return (peer->permitted || is_late(event)) &&
           rules_remote_allows(event->end, &peer->remote, event->datagram->len) &&
           (peer->followed || rules_ids_has_unused(&event->end->other->ids)) &&
           (roam_addr_equal(&peer->local, &event->datagram->local) ||
            (rules_remote_is_validated(event->end, &peer->remote) && !is_validated_anew(event->end)));
}

static void goes_elsewhere(const rules_event *event)
{
    const rules_end *const end = event->end;
    const rules_peer *const peer = &end->peer;
    const roam_addr *const remote = &event->datagram->remote;
    const uint64_t number = event->packet->number;
    char there[ROAM_ADDR_STRING_MAX], client[ROAM_ADDR_STRING_MAX];
    (void)roam_addr_format(remote, there);
    (void)roam_addr_format(&peer->remote, client);
    if (peer->pending & MOVE_VALIDATED && peer->processed)
        judge_validated(event);
    if (!has_moved_there(end, remote))
        rules_break(event, RULES_PROBING_FRAMES_DO_NOT_MOVE,
                    "packet %" PRIu64 " goes to %s, from where only probing packets came", number, there);
    else if (peer->late && roam_addr_equal(&peer->late_remote, remote) &&
             !(may_have_failed(event) && is_late(event)))
        rules_break(event, RULES_FOLLOWS_HIGHEST_PACKET_NUMBER,
                    "packet %" PRIu64
                    " goes to %s after a late packet from there, and a newer one came from %s",
                    number, there, client);
    else if (peer->number != ROAM_NEVER && peer->processed && !may_have_failed(event) && is_to_follow(event))
        rules_break(event, RULES_MOVE_FOLLOWED,
                    "packet %" PRIu64 " goes to %s, and the client has moved to %s by packet %" PRIu64,
                    number, there, client, peer->number);
}

/* ---- what the server sends ---- */

/* Packets that go where they must, not where the client is. */
static bool is_bound(uint32_t flags)
{
    return flags & RULES_HAS_CLOSE ||
           (flags & (RULES_HAS_CHALLENGE | RULES_HAS_RESPONSE) && !(flags & RULES_HAS_STREAM));
}

/* Some causes of a close are not in what the peer sends: the application's, and that no path is left. */
static bool punishes(const dissect_packet *packet)
{
    enum { NO_ERROR = 0x00, APPLICATION_ERROR = 0x0c, NO_VIABLE_PATH = 0x10, BY_TRANSPORT = 0x1c };
    for (size_t i = 0; i < packet->frame_count; i++) {
        const dissect_frame *const frame = &packet->frames[i];
        if (frame->type == DISSECT_CONNECTION_CLOSE && frame->type_byte == BY_TRANSPORT &&
            frame->error != NO_ERROR && frame->error != APPLICATION_ERROR && frame->error != NO_VIABLE_PATH)
            return true;
    }
    return false;
}

static void judge_rebinding(const rules_event *event)
{
    char text[ROAM_ADDR_STRING_MAX];
    RULES_CHECK(event, RULES_REBIND_NOT_PUNISHED, !punishes(event->packet),
                "the server closes after a packet from the new address %s",
                roam_addr_format(&event->end->peer.remote, text));
    event->end->rebound = false;
}

static void sent(const rules_event *event)
{
    rules_end *const end = event->end;
    rules_peer *const peer = &end->peer;
    if (end->side != DISSECT_SERVER || event->packet->type != DISSECT_ONE_RTT)
        return;
    if (end->rebound)
        judge_rebinding(event);
    if (!peer->known || peer->unsure || end->closed_ns != ROAM_NEVER)
        return;
    if (peer->number != ROAM_NEVER && !peer->processed && event->flags & RULES_HAS_ACK)
        peer->processed = probing_acknowledges(event->packet, peer->number) ||
                          probing_acknowledges(event->packet, peer->latest);
    if (!(event->flags & RULES_NON_PROBING) || is_bound(event->flags))
        return;
    if (roam_addr_equal(&peer->remote, &event->datagram->remote))
        goes_to_client(event);
    else
        goes_elsewhere(event);
}

static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    rules_peer *const peer = &event->end->peer;
    peer->permitted |= frame->type == DISSECT_PATH_CHALLENGE && !peer->was_validated &&
                       roam_addr_equal(&peer->remote, &event->datagram->remote);
    if (peer->pending & OLD_ADDRESS && frame->type == DISSECT_PATH_CHALLENGE &&
        roam_addr_equal(&peer->before, &event->datagram->remote)) {
        rules_exercise(event, RULES_OLD_ADDRESS_VALIDATED_TOO);
        peer->pending &= ~(uint32_t)OLD_ADDRESS;
    }
    event->path->token_sent |= frame->type == DISSECT_NEW_TOKEN;
    if (peer->pending & TOKEN && frame->type == DISSECT_NEW_TOKEN &&
        rules_remote_is_validated(event->end, &peer->remote)) {
        rules_exercise(event, RULES_TOKEN_AFTER_MOVE);
        peer->pending &= ~(uint32_t)TOKEN;
    }
}

const rules_group rules_moves_peer = {.sent = sent,
                                      .frame_sent = frame_sent,
                                      .received = received,
                                      .frames = RULES_FRAME(DISSECT_PATH_CHALLENGE) |
                                                RULES_FRAME(DISSECT_NEW_TOKEN)};
