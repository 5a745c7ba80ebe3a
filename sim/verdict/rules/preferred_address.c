/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/preferred_address.h"
#include "sim/verdict/rules/probing.h"

/*
 * What a server does with its preferred address (RFC 9000 sections 9.6.2 and 18.2). The client's part is in
 * preferred_address_client.c. A server may have another address than the one it names, behind a NAT: any
 * local address but that of the handshake, of a family in which it names one, counts as the preferred one.
 * That no packet of the client came there before the server uses it is for only-client-moves.
 */

#include <inttypes.h>

/* ---- both ends ---- */

const transport_parameters *preferred_parameters(const rules_event *event)
{
    const transport_parameters *const said = event->connection->end[DISSECT_SERVER].parameters;
    return event->end->handshake_path != 0 && said &&
                   transport_parameters_has(said, TRANSPORT_PREFERRED_ADDRESS)
               ? said
               : NULL;
}

/* ---- its connection IDs ---- */

/* Once its parameters are known. */
static void check_ids(const rules_event *event, const transport_parameters *said)
{
    rules_preferred *const state = &event->end->preferred;
    if (state->ids_told)
        return;
    state->ids_told = true;
    const bool has_source = transport_parameters_has(said, TRANSPORT_INITIAL_SOURCE_CONNECTION_ID);
    const bool handshake_holds = !has_source || said->initial_source_connection_id.len > 0;
    RULES_CHECK(event, RULES_PREFERRED_ADDRESS_HAS_ID,
                handshake_holds && said->preferred_address.connection_id.len > 0,
                "a server names a preferred address, and the connection ID %s has length zero",
                handshake_holds ? "of that address" : "of its handshake");
}

/* ---- it moves there ---- */

/* What an endpoint has seen at a local address, whatever the remote one. */
typedef struct local_facts {
    bool heard; /* a non-probing packet has come */
    bool asked; /* PATH_CHALLENGE was sent */
    bool validated;
} local_facts;

static local_facts facts_at(const rules_end *end, const roam_addr *local)
{
    local_facts facts = {0};
    for (const rules_path *path = end->paths; path; path = path->next) {
        if (!roam_addr_equal(&path->local, local))
            continue;
        facts.heard |= path->first_non_probing_received_ns != ROAM_NEVER;
        facts.asked |= path->challenged_ns != ROAM_NEVER;
        facts.validated |= path->validated_ns != ROAM_NEVER;
    }
    return facts;
}

/* A packet that closes may be a mere answer to what came (section 10.2.1). */
static void check_move(const rules_event *event)
{
    rules_preferred *const state = &event->end->preferred;
    if (event->flags & RULES_HAS_CLOSE || !(event->flags & RULES_NON_PROBING))
        return;
    const local_facts facts = state->moved && event->path->validated_ns != ROAM_NEVER
                                  ? (local_facts){true, true, true}
                                  : facts_at(event->end, &event->datagram->local);
    state->moved |= facts.heard && facts.validated;
    if (!facts.heard)
        return;
    char local[ROAM_ADDR_STRING_MAX];
    if (!facts.asked && !facts.validated)
        rules_break(event, RULES_PREFERRED_ADDRESS_SERVER_PROBES,
                    "a server sends a non-probing packet from %s, and has sent no PATH_CHALLENGE from there",
                    roam_addr_format(&event->datagram->local, local));
    else
        RULES_CHECK(event, RULES_PREFERRED_ADDRESS_BY_CLIENT_ONLY, facts.validated,
                    "a server sends a non-probing packet from %s before an answer to its PATH_CHALLENGE came",
                    roam_addr_format(&event->datagram->local, local));
}

static void from_preferred(const rules_event *event)
{
    rules_preferred *const state = &event->end->preferred;
    state->alive = true;
    if (event->flags & RULES_HAS_CHALLENGE) {
        if (!state->asked)
            rules_exercise(event, RULES_PREFERRED_ADDRESS_SERVER_PROBES);
        state->asked = true;
    }
    check_move(event);
}

/* A server that answers at its preferred address, to which a client has moved, and goes on without
 * PATH_CHALLENGE from there for as long as a validation takes. */
static void check_probes(const rules_event *event)
{
    rules_preferred *const state = &event->end->preferred;
    if (state->heard_ns == 0 || state->asked || state->asked_told || !state->alive ||
        event->end->closed_ns != ROAM_NEVER || event->flags & RULES_HAS_CLOSE ||
        event->now_ns <= state->heard_ns + probing_validation_most_ns(event->end))
        return;
    state->asked_told = true;
    rules_break(event, RULES_PREFERRED_ADDRESS_SERVER_PROBES,
                "no PATH_CHALLENGE has left the preferred address in %" PRIu64
                " ns since the client's first non-probing packet came there",
                event->now_ns - state->heard_ns);
}

/* ---- packets that still come to the old address ---- */

static bool covers(const dissect_frame *ack, uint64_t number)
{
    for (size_t i = 0; i < ack->range_count; i++)
        if (ack->ranges[i].smallest <= number && number <= ack->ranges[i].largest)
            return true;
    return false;
}

static void check_dropped(const rules_event *event)
{
    rules_preferred *const state = &event->end->preferred;
    uint64_t largest = 0;
    bool acked = false;
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        if (frame->type != DISSECT_ACK)
            continue;
        acked |= covers(frame, state->late_number);
        largest = frame->ranges[0].largest;
    }
    if (!acked && largest < state->late_number)
        return;
    state->late = false;
    RULES_CHECK(event, RULES_PREFERRED_ADDRESS_OLD_DROPPED, !acked,
                "packet %" PRIu64
                " is acknowledged, which came to the old address after the server had moved",
                state->late_number);
}

/* One that no delayed packet is: its number is above those of all that came to the preferred address. A
 * probing packet may be the answer to a PATH_CHALLENGE of section 9.3.3. */
static void look_for_late(const rules_event *event)
{
    rules_preferred *const state = &event->end->preferred;
    const uint64_t number = event->packet->number;
    const uint32_t probing = RULES_HAS_CHALLENGE | RULES_HAS_RESPONSE | RULES_HAS_CLOSE;
    if (!state->moved || state->late || event->repeated || !(event->flags & RULES_NON_PROBING) ||
        event->flags & probing || !state->heard || number < state->highest)
        return;
    state->late = true;
    state->late_number = number;
}

static void at_preferred(const rules_event *event)
{
    rules_preferred *const state = &event->end->preferred;
    const uint64_t number = event->packet->number;
    state->heard = true;
    state->highest = number > state->highest ? number : state->highest;
    state->late = state->late && state->late_number != number;
    if (event->flags & RULES_NON_PROBING && state->heard_ns == 0)
        state->heard_ns = event->now_ns;
}

/* ---- the group ---- */

static bool is_away(const rules_event *event, const transport_parameters *said)
{
    const roam_addr *const local = &event->datagram->local;
    const roam_family family = local->family;
    const bool named =
        said->preferred_address.ipv4.family == family || said->preferred_address.ipv6.family == family;
    return named && !roam_addr_equal(local, &event->end->handshake_local);
}

static void server_sent(const rules_event *event, const transport_parameters *said)
{
    if (event->end->preferred.late && event->flags & RULES_HAS_ACK)
        check_dropped(event);
    if (is_away(event, said))
        from_preferred(event);
    else
        check_probes(event);
}

static void sent(const rules_event *event)
{
    const bool is_server = event->end->side == DISSECT_SERVER;
    const transport_parameters *const said = preferred_parameters(event);
    if (!said)
        return;
    if (is_server)
        check_ids(event, said);
    if (is_server && event->packet->type == DISSECT_ONE_RTT)
        server_sent(event, said);
    else if (!is_server)
        preferred_client_sent(event, said);
}

static void received(const rules_event *event)
{
    const transport_parameters *const said = preferred_parameters(event);
    if (!said || event->packet->type != DISSECT_ONE_RTT)
        return;
    if (event->end->side == DISSECT_CLIENT)
        preferred_client_received(event, said);
    else if (is_away(event, said))
        at_preferred(event);
    else if (roam_addr_equal(&event->datagram->local, &event->end->handshake_local))
        look_for_late(event);
}

const rules_group rules_preferred_address = {.sent = sent, .received = received};
