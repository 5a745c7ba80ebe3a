/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/preferred_address.h"
#include "sim/verdict/rules/probing.h"

#include <inttypes.h>

/*
 * What a client does with the preferred address of its server (RFC 9000 sections 9.6.1, 9.6.2 and 9.6.3). A
 * server may name its original address: that one is never a preferred one here. Where the datagrams were seen
 * behind a NAT, the client's address may differ from one server address to the other.
 */

/* ---- addresses ---- */

static bool is_original(const rules_event *event)
{
    return roam_addr_equal(&event->datagram->remote, &event->end->handshake_remote);
}

static bool is_home(const rules_event *event)
{
    return roam_addr_equal(&event->datagram->local, &event->end->handshake_local);
}

static bool is_preferred(const rules_end *end, const transport_parameters *said, const roam_addr *remote)
{
    return (roam_addr_equal(&said->preferred_address.ipv4, remote) ||
            roam_addr_equal(&said->preferred_address.ipv6, remote)) &&
           !roam_addr_equal(&end->handshake_remote, remote);
}

/* There is one to which this local address can send. */
static const roam_addr *offered(const rules_event *event, const transport_parameters *said)
{
    const roam_family family = event->datagram->local.family;
    const roam_addr *const address =
        family == ROAM_FAMILY_IPV6 ? &said->preferred_address.ipv6 : &said->preferred_address.ipv4;
    return address->family == family && is_preferred(event->end, said, address) ? address : NULL;
}

/* ---- the validation ---- */

static bool has_failed(const rules_event *event)
{
    const rules_preferred *const state = &event->end->preferred;
    return state->asked_ns != 0 && !state->validated &&
           event->now_ns > state->asked_ns + probing_validation_most_ns(event->end);
}

/* How long the client may take to act on what has come: no longer than it may delay an acknowledgement. */
static uint64_t reaction_ns(const rules_end *end)
{
    return rules_max_ack_delay_ns(end);
}

/* When it is to begin is not said: a client that could have given a validation up has not begun in time. */
static void check_probed(const rules_event *event, const transport_parameters *said)
{
    rules_preferred *const state = &event->end->preferred;
    const uint64_t confirmed_ns = event->end->confirmed_ns;
    if (state->asked_told)
        return;
    if (event->flags & RULES_HAS_CHALLENGE && !is_original(event)) {
        state->asked_told = true;
        rules_exercise(event, RULES_PREFERRED_ADDRESS_PROBED);
        return;
    }
    if (confirmed_ns == ROAM_NEVER || event->end->closed_ns != ROAM_NEVER || !offered(event, said) ||
        !(event->flags & RULES_ACK_ELICITING) ||
        event->now_ns <= confirmed_ns + probing_validation_most_ns(event->end))
        return;
    state->asked_told = true;
    rules_break(event, RULES_PREFERRED_ADDRESS_PROBED,
                "no PATH_CHALLENGE has gone to the preferred address in %" PRIu64
                " ns since the handshake was confirmed",
                event->now_ns - confirmed_ns);
}

/* ---- non-probing packets to the preferred address ---- */

/* Section 9.6.3 is about a client that has moved before it used the preferred address. */
static rules_rule whether_used(const rules_preferred *state)
{
    return state->moved_first ? RULES_PREFERRED_ADDRESS_WINS : RULES_PREFERRED_ADDRESS_MIGRATES;
}

static void check_unvalidated(const rules_event *event)
{
    char remote[ROAM_ADDR_STRING_MAX];
    roam_addr_format(&event->datagram->remote, remote);
    if (has_failed(event))
        rules_break(event, RULES_PREFERRED_ADDRESS_GIVEN_UP,
                    "a non-probing packet goes to %s, of which the first PATH_CHALLENGE was not answered in "
                    "%" PRIu64 " ns",
                    remote, event->now_ns - event->end->preferred.asked_ns);
    else
        rules_break(event, RULES_PREFERRED_ADDRESS_VALIDATED,
                    "a non-probing packet goes to %s, and no answer to a PATH_CHALLENGE has come from there",
                    remote);
}

static void uses_preferred(const rules_event *event)
{
    rules_preferred *const state = &event->end->preferred;
    const rules_path *const path = event->path;
    if (path->validated_ns == ROAM_NEVER &&
        !(state->validated && rules_remote_is_validated(event->end, &path->remote))) {
        check_unvalidated(event);
        return;
    }
    rules_exercise(event, RULES_PREFERRED_ADDRESS_VALIDATED);
    if (path->first_non_probing_sent_ns == ROAM_NEVER && path->validated_ns != ROAM_NEVER)
        rules_exercise(event, whether_used(state));
    state->moved = true;
}

/* ---- packets to the original address ---- */

/* A path to the preferred address that is to be used in the place of this one: validated when the client
 * still wanted it, from the same local address, or from any by a client that sends from its first one (a
 * client may have a socket for each address of the server), unless it is back from a move that it gave up. A
 * client that moved there and has heard nothing for a PTO may try its luck elsewhere. */
static const rules_path *better_path(const rules_event *event, const transport_parameters *said)
{
    const rules_end *const end = event->end;
    const bool own_socket = is_home(event) && !end->preferred.moved_first;
    const rules_path *path = end->paths;
    while (path && !(path->wanted_ns != 0 && is_preferred(end, said, &path->remote) &&
                     (own_socket || roam_addr_equal(&path->local, &event->datagram->local))))
        path = path->next;
    if (!path || event->now_ns <= path->wanted_ns + reaction_ns(end))
        return NULL;
    const bool silent = path->first_non_probing_sent_ns != ROAM_NEVER &&
                        path->last_received_ns != ROAM_NEVER &&
                        event->now_ns > path->last_received_ns + probing_pto_most_ns(end);
    return silent ? NULL : path;
}

static void check_left(const rules_event *event, const transport_parameters *said)
{
    const rules_preferred *const state = &event->end->preferred;
    const uint32_t probing = RULES_HAS_CHALLENGE | RULES_HAS_RESPONSE | RULES_HAS_CLOSE;
    const bool uses = event->flags & RULES_NON_PROBING && !(event->flags & probing);
    const bool validates = event->flags & RULES_HAS_CHALLENGE && state->moved_first;
    const rules_path *const better = uses || validates ? better_path(event, said) : NULL;
    if (!better)
        return;
    rules_break(event, whether_used(state),
                "%s goes to the original address %" PRIu64 " ns after the preferred one was validated",
                validates ? "PATH_CHALLENGE" : "a non-probing packet", event->now_ns - better->wanted_ns);
}

static void to_original(const rules_event *event, const transport_parameters *said)
{
    if (event->end->preferred.abandoned)
        return;
    if (event->end->preferred.validated)
        check_left(event, said);
    else if (event->flags & RULES_NON_PROBING && has_failed(event))
        rules_exercise(event, RULES_PREFERRED_ADDRESS_GIVEN_UP);
}

/* ---- a client that moves meanwhile ---- */

/* Each path takes a connection ID of its own (section 9.5). */
static void check_both(const rules_event *event)
{
    rules_preferred *const state = &event->end->preferred;
    const uint64_t due_ns = state->both_ns + probing_pto_most_ns(event->end);
    if (state->both_ns == 0 || event->now_ns <= due_ns || event->flags & RULES_HAS_CLOSE)
        return;
    if (rules_ids_has_unused(&event->end->other->ids))
        rules_break(event, RULES_PREFERRED_ADDRESS_BOTH_PROBED,
                    "PATH_CHALLENGE went to the original address from a new one %" PRIu64
                    " ns ago, and none to the preferred address",
                    event->now_ns - state->both_ns);
    state->both_ns = 0;
    state->both_told = true;
}

/* From another local address than that of the handshake: the original address is challenged, and the
 * preferred one is to be, too. A client that goes to another family, of which the server prefers no address,
 * leaves the validation of the preferred one behind (section 8.2.4). */
static void challenges_away(const rules_event *event, const transport_parameters *said)
{
    rules_preferred *const state = &event->end->preferred;
    state->abandoned |= !state->wanted && !offered(event, said);
    if (state->both_told)
        return;
    if (is_preferred(event->end, said, &event->datagram->remote))
        state->asked_away_ns = event->now_ns;
    else if (is_original(event) && state->both_ns == 0 && !state->moved && !state->validated &&
             !state->abandoned && offered(event, said) && !has_failed(event))
        state->both_ns = event->now_ns;
    if (state->both_ns == 0 || state->asked_away_ns == 0 ||
        state->both_ns > state->asked_away_ns + probing_pto_most_ns(event->end))
        return;
    state->both_ns = 0;
    state->both_told = true;
    rules_exercise(event, RULES_PREFERRED_ADDRESS_BOTH_PROBED);
}

/* ---- the client's packets ---- */

/* Section 10.2.1: a packet that closes may be a mere answer to what came. */
void preferred_client_sent(const rules_event *event, const transport_parameters *said)
{
    rules_preferred *const state = &event->end->preferred;
    const bool to_preferred = is_preferred(event->end, said, &event->datagram->remote);
    check_probed(event, said);
    if (event->flags & RULES_HAS_CHALLENGE && !is_home(event))
        challenges_away(event, said);
    check_both(event);
    state->moved_first |= is_original(event) && !is_home(event) && !state->moved;
    if (event->flags & RULES_HAS_CHALLENGE && to_preferred && state->asked_ns == 0)
        state->asked_ns = event->now_ns;
    if (to_preferred && event->flags & RULES_NON_PROBING && !(event->flags & RULES_HAS_CLOSE))
        uses_preferred(event);
    else if (is_original(event))
        to_original(event, said);
}

/* ---- the client's answers ---- */

/* Some address of the server was validated from there, then or before. */
static bool has_worked(const rules_end *end, const roam_addr *local, uint64_t then_ns)
{
    for (const rules_path *path = end->paths; path; path = path->next)
        if (path->validated_ns <= then_ns && roam_addr_equal(&path->local, local))
            return true;
    return false;
}

/* An endpoint may give a validation up at any time (section 8.2.4). A client has, when it has challenged the
 * server since from another address, which worked by then, or works and is the one in use: it is back from a
 * move, or has made one. */
static bool is_given_up(const rules_end *end, const roam_addr *local, uint64_t asked_ns, uint64_t now_ns)
{
    const rules_path *const used = rules_path_of_serial(end, end->data_path);
    for (uint32_t i = end->asked.count; i > 0 && end->asked.items[i - 1].at_ns > asked_ns; i--) {
        const rules_challenge *const later = &end->asked.items[i - 1];
        const rules_path *const path = rules_path_of_serial(end, later->path);
        if (!path || roam_addr_equal(&path->local, local))
            continue;
        const bool in_use = used && roam_addr_equal(&path->local, &used->local);
        if (has_worked(end, &path->local, in_use ? now_ns : later->at_ns))
            return true;
    }
    return false;
}

static void answered(const rules_event *event, const transport_parameters *said, const dissect_frame *frame)
{
    rules_end *const end = event->end;
    const rules_challenge *const asked = rules_challenge_find(&end->asked, frame->path_data);
    rules_path *const path = asked ? rules_path_of_serial(end, asked->path) : NULL;
    if (!path || !is_preferred(end, said, &path->remote))
        return;
    end->preferred.validated = true;
    if (path->wanted_ns != 0 || is_given_up(end, &path->local, asked->at_ns, event->now_ns))
        return;
    path->wanted_ns = event->now_ns;
    end->preferred.wanted = true;
}

void preferred_client_received(const rules_event *event, const transport_parameters *said)
{
    for (size_t i = 0; event->flags & RULES_HAS_RESPONSE && i < event->packet->frame_count; i++)
        if (event->packet->frames[i].type == DISSECT_PATH_RESPONSE)
            answered(event, said, &event->packet->frames[i]);
}
