/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

/*
 * Who moves, when and whereto (RFC 9000 sections 9, 9.1, 9.6, 10.3, 21.5.6). An endpoint's own addresses are
 * those of its host. How a server follows its client is in moves_peer.c.
 */

static bool is_one_rtt(const rules_event *event)
{
    return event->packet->type == DISSECT_ONE_RTT;
}

/* From another local address than the handshake's. */
static bool is_away(const rules_event *event)
{
    return !roam_addr_equal(&event->datagram->local, &event->end->handshake_local);
}

/* Something of this kind was on a path with that local address, by the field of rules_path that tells. */
static bool any_on_local(const rules_end *end, const roam_addr *local, size_t time_field)
{
    for (const rules_path *path = end->paths; path; path = path->next) {
        const uint64_t at_ns = *(const uint64_t *)((const char *)path + time_field);
        if (at_ns != ROAM_NEVER && roam_addr_equal(&path->local, local))
            return true;
    }
    return false;
}

/* ---- a server ---- */

static void server_stays(const rules_event *event)
{
    const roam_addr *const local = &event->datagram->local;
    const bool holds = !is_away(event) ||
                       any_on_local(event->end, local, offsetof(rules_path, first_non_probing_received_ns));
    char text[ROAM_ADDR_STRING_MAX];
    RULES_CHECK(event, RULES_ONLY_CLIENT_MOVES, holds,
                "a server sends a non-probing packet from %s, and none of the client's had come there",
                roam_addr_format(local, text));
}

/* ---- a client ---- */

static void not_before_confirmed(const rules_event *event)
{
    const rules_end *const end = event->end;
    char text[ROAM_ADDR_STRING_MAX], home[ROAM_ADDR_STRING_MAX];
    if (end->confirmed_ns == ROAM_NEVER)
        RULES_CHECK(event, RULES_NOT_BEFORE_CONFIRMED, !is_away(event),
                    "a packet leaves from %s, the handshake began at %s and is not confirmed",
                    roam_addr_format(&event->datagram->local, text),
                    roam_addr_format(&end->handshake_local, home));
}

static void probed_before_move(const rules_event *event)
{
    const rules_end *const end = event->end;
    const rules_path *const path = event->path;
    char text[ROAM_ADDR_STRING_MAX];
    if (is_away(event) && path->first_non_probing_sent_ns == ROAM_NEVER && end->confirmed_ns != ROAM_NEVER &&
        !any_on_local(end, &path->local, offsetof(rules_path, first_non_probing_sent_ns)))
        RULES_CHECK(event, RULES_PROBED_BEFORE_MOVE, path->validated_ns != ROAM_NEVER,
                    "a non-probing packet leaves from %s, and no path from there is validated",
                    roam_addr_format(&path->local, text));
}

static bool is_named(const transport_parameters *parameters, const roam_addr *remote)
{
    return transport_parameters_has(parameters, TRANSPORT_PREFERRED_ADDRESS) &&
           (roam_addr_equal(&parameters->preferred_address.ipv4, remote) ||
            roam_addr_equal(&parameters->preferred_address.ipv6, remote));
}

/* The client has acted on the preferred address: it moved there. */
static bool used_preferred(const rules_end *end, const transport_parameters *parameters)
{
    for (const rules_path *path = end->paths; path; path = path->next)
        if (path->first_non_probing_sent_ns != ROAM_NEVER && is_named(parameters, &path->remote))
            return true;
    return false;
}

static void obeys_disable(const rules_event *event)
{
    const rules_end *const end = event->end;
    const transport_parameters *const theirs = end->other->parameters;
    if (!theirs || !theirs->disable_active_migration || !is_one_rtt(event))
        return;
    const bool goes_home = roam_addr_equal(&event->datagram->remote, &end->handshake_remote);
    char text[ROAM_ADDR_STRING_MAX];
    RULES_CHECK(event, RULES_OBEYS_DISABLE_ACTIVE_MIGRATION,
                !is_away(event) || !goes_home || used_preferred(end, theirs),
                "a packet leaves from %s, and the peer has sent disable_active_migration",
                roam_addr_format(&event->datagram->local, text));
}

static bool is_loopback(const roam_addr *address)
{
    static const uint8_t ipv6[16] = {[15] = 1};
    if (address->family == ROAM_FAMILY_IPV4)
        return address->bytes[0] == 127;
    return address->family == ROAM_FAMILY_IPV6 && memcmp(address->bytes, ipv6, sizeof ipv6) == 0;
}

static void not_to_loopback(const rules_event *event)
{
    const rules_end *const end = event->end;
    const transport_parameters *const theirs = end->other->parameters;
    if (!theirs || !transport_parameters_has(theirs, TRANSPORT_PREFERRED_ADDRESS) ||
        is_loopback(&end->handshake_remote) ||
        !(is_loopback(&theirs->preferred_address.ipv4) || is_loopback(&theirs->preferred_address.ipv6)))
        return;
    char text[ROAM_ADDR_STRING_MAX], home[ROAM_ADDR_STRING_MAX];
    RULES_CHECK(event, RULES_NO_MOVE_TO_LOOPBACK, !is_loopback(&event->datagram->remote),
                "a non-probing packet goes to %s, which a server at %s has named",
                roam_addr_format(&event->datagram->remote, text),
                roam_addr_format(&end->handshake_remote, home));
}

static void strays_acked(const rules_event *event)
{
    rules_doubtful *const stray = &event->end->stray;
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        const uint64_t number = frame->type == DISSECT_ACK ? rules_doubtful_acked(stray, frame) : ROAM_NEVER;
        if (number != ROAM_NEVER)
            rules_break(event, RULES_UNKNOWN_SERVER_ADDRESS_IGNORED,
                        "packet %" PRIu64 " is acknowledged, which came only from an address to which "
                        "the client had sent nothing",
                        number);
    }
}

static void client_sent(const rules_event *event)
{
    not_before_confirmed(event);
    obeys_disable(event);
    if (!is_one_rtt(event))
        return;
    if (event->flags & RULES_NON_PROBING) {
        probed_before_move(event);
        not_to_loopback(event);
    }
    if (event->end->stray.count > 0 && event->flags & RULES_HAS_ACK)
        strays_acked(event);
}

static bool is_stray(const rules_event *event)
{
    const rules_end *const end = event->end;
    if (event->path->first_sent_ns != ROAM_NEVER)
        return false;
    for (const rules_path *path = end->paths; path; path = path->next)
        if (path->first_sent_ns != ROAM_NEVER && roam_addr_equal(&path->remote, &event->path->remote))
            return false;
    return !(end->other->parameters && is_named(end->other->parameters, &event->path->remote));
}

/* A client that has forgotten more paths than are kept may know this one. */
static void client_received(const rules_event *event)
{
    rules_end *const end = event->end;
    if (!is_one_rtt(event) || end->path_count == RULES_PATHS_MAX)
        return;
    if (!is_stray(event)) {
        if (end->stray.count > 0)
            rules_doubtful_clear(&end->stray, event->packet->number);
    } else if (event->known && !event->repeated) {
        rules_exercise(event, RULES_UNKNOWN_SERVER_ADDRESS_IGNORED);
        rules_doubtful_add(&end->stray, event->packet->number);
    }
}

/* ---- both ---- */

static void no_reset(const rules_event *event)
{
    rules_end *const end = event->end;
    if (end->reset_ns == ROAM_NEVER)
        return;
    rules_break(event, RULES_NO_RESET_WHILE_LIVE,
                "a packet is sent, and %" PRIu64 " ns before a Stateless Reset was",
                event->now_ns - end->reset_ns);
    end->reset_ns = ROAM_NEVER;
}

static void sent(const rules_event *event)
{
    no_reset(event);
    if (event->end->handshake_path == 0)
        return;
    if (event->end->side == DISSECT_CLIENT)
        client_sent(event);
    else if (is_one_rtt(event) && event->flags & RULES_NON_PROBING)
        server_stays(event);
}

static void received(const rules_event *event)
{
    if (event->end->side == DISSECT_CLIENT)
        client_received(event);
}

const rules_group rules_moves = {.sent = sent, .received = received};
