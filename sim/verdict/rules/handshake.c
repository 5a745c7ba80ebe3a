/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include "core/hash.h"

#include <inttypes.h>

/*
 * The handshake, as far as addresses are validated in it (RFC 9000 sections 8.1, 14.1, 18.2). How much a
 * server may send in it is in amplification.c.
 */

/* ---- Initial packets ---- */

static uint64_t token_of(const dissect_packet *packet)
{
    return packet->token_len > 0 ? core_hash_bytes(CORE_HASH_START, packet->token, packet->token_len) : 0;
}

/* The token is that of the packets before. A Retry replaces it once, and has when the client uses the
 * connection ID that came with it. */
static bool token_holds(const rules_opening *opening, const dissect_packet *packet, uint64_t token)
{
    if (opening->retry_received && !opening->token_changed) {
        if (token == opening->retry_token)
            return true;
        if (rules_same_id(&packet->destination, &opening->retry_id))
            return false;
    }
    return token == opening->token;
}

static void token_repeated(const rules_event *event)
{
    rules_opening *const opening = &event->end->opening;
    const uint64_t token = token_of(event->packet);
    if (opening->initial_sent)
        RULES_CHECK(event, RULES_INITIAL_TOKEN_REPEATED, token_holds(opening, event->packet, token),
                    "an Initial packet has %s of %zu bytes, and is to have that of %s",
                    token ? "a token" : "no token, one", event->packet->token_len,
                    opening->retry_received ? "the Retry" : "the first Initial packet");
    else
        opening->token = token;
    opening->initial_sent = true;
    if (opening->retry_received && token == opening->retry_token) {
        opening->token_changed = true;
        opening->token = token;
    }
}

/* A server at its limit may not expand (section 8.1). */
static void padded(const rules_event *event)
{
    const rules_end *const end = event->end;
    const size_t size = event->datagram->len;
    if (end->side == DISSECT_SERVER && (!(event->flags & RULES_ACK_ELICITING) ||
                                        !rules_remote_allows(end, &event->datagram->remote, RULES_EXPANDED)))
        return;
    RULES_CHECK(event, RULES_INITIAL_PADDED, size >= RULES_EXPANDED,
                "a datagram with an Initial packet has %zu bytes, and is to have %d", size, RULES_EXPANDED);
}

/* What is acknowledged was not discarded. */
static void small_acked(const rules_event *event)
{
    rules_doubtful *const small = &event->end->opening.small;
    for (size_t i = 0; small->count > 0 && i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        const uint64_t number = frame->type == DISSECT_ACK ? rules_doubtful_acked(small, frame) : ROAM_NEVER;
        if (number != ROAM_NEVER)
            rules_break(event, RULES_SMALL_INITIAL_DROPPED,
                        "Initial packet %" PRIu64 " is acknowledged, which came in less than %d bytes",
                        number, RULES_EXPANDED);
    }
}

static void initial_received(const rules_event *event)
{
    enum { NUMBERS = 64 };
    rules_opening *const opening = &event->end->opening;
    const uint64_t number = event->packet->number;
    if (event->end->side != DISSECT_SERVER || number >= NUMBERS || opening->accepted >> number & 1)
        return;
    if (event->datagram->len >= RULES_EXPANDED) {
        opening->accepted |= UINT64_C(1) << number;
        rules_doubtful_clear(&opening->small, number);
        return;
    }
    rules_exercise(event, RULES_SMALL_INITIAL_DROPPED);
    rules_doubtful_add(&opening->small, number);
}

static void retry_received(const rules_event *event)
{
    rules_opening *const opening = &event->end->opening;
    if (event->end->side != DISSECT_CLIENT || opening->retry_received)
        return;
    opening->retry_received = true;
    opening->retry_token = token_of(event->packet);
    opening->retry_id = event->packet->source;
}

/* ---- probe timeouts of a client ---- */

/* An endpoint may take a larger initial round-trip time, and double with each packet (RFC 9002 section 6.2).
 */
static uint64_t longest_silence_ns(const rules_event *event)
{
    enum { DOUBLINGS_MAX = 8, RTT_TIMES = 3 };
    const rules_path *const path = event->path;
    const rules_rtt unknown = {0};
    uint64_t timeout_ns = rules_pto_ns(&unknown, 0);
    if (path->first_received_ns != ROAM_NEVER && path->first_sent_ns < path->first_received_ns)
        timeout_ns += RTT_TIMES * (path->first_received_ns - path->first_sent_ns);
    const uint32_t sent = event->end->opening.datagrams;
    return timeout_ns << (sent < DOUBLINGS_MAX ? sent : DOUBLINGS_MAX);
}

/* Until its server has acknowledged a Handshake packet, the client does not know that the server may send. */
static void probed(const rules_event *event)
{
    const rules_end *const end = event->end;
    if (end->side != DISSECT_CLIENT || end->opening.acked || end->confirmed_ns != ROAM_NEVER ||
        end->last_sent_ns == ROAM_NEVER || end->last_sent_ns == event->now_ns)
        return;
    if (end->last_received_ns != ROAM_NEVER && end->last_received_ns >= end->last_sent_ns)
        return;
    const uint64_t silence_ns = event->now_ns - end->last_sent_ns;
    const uint64_t longest_ns = longest_silence_ns(event);
    RULES_CHECK(event, RULES_HANDSHAKE_PROBED, silence_ns <= longest_ns,
                "the client sends nothing for %" PRIu64 " ns, and is to probe after %" PRIu64 " ns at most",
                silence_ns, longest_ns);
}

/* ---- transport parameters ---- */

static const struct {
    transport_parameter which;
    const char *name;
} OF_SERVERS[] = {
    {TRANSPORT_STATELESS_RESET_TOKEN, "stateless_reset_token"},
    {TRANSPORT_PREFERRED_ADDRESS, "preferred_address"},
    {TRANSPORT_ORIGINAL_DESTINATION_CONNECTION_ID, "original_destination_connection_id"},
    {TRANSPORT_RETRY_SOURCE_CONNECTION_ID, "retry_source_connection_id"},
};

/* A parameter that the endpoint must not send so; NULL: none. */
static const char *invalid_parameter(const rules_end *of)
{
    enum { LIMIT_LEAST = 2 };
    const transport_parameters *const parameters = of->parameters;
    if (parameters->active_connection_id_limit < LIMIT_LEAST)
        return "active_connection_id_limit";
    for (size_t i = 0; of->side == DISSECT_CLIENT && i < sizeof OF_SERVERS / sizeof *OF_SERVERS; i++)
        if (transport_parameters_has(parameters, OF_SERVERS[i].which))
            return OF_SERVERS[i].name;
    return NULL;
}

/* That the peer must close for: a server's preferred address without connection ID, too. */
static const char *violation(const rules_end *of)
{
    const transport_parameters *const parameters = of->parameters;
    const bool without_id = transport_parameters_has(parameters, TRANSPORT_PREFERRED_ADDRESS) &&
                            (parameters->preferred_address.connection_id.len == 0 ||
                             (transport_parameters_has(parameters, TRANSPORT_INITIAL_SOURCE_CONNECTION_ID) &&
                              parameters->initial_source_connection_id.len == 0));
    return without_id ? "preferred_address" : invalid_parameter(of);
}

static void own_parameters(const rules_event *event)
{
    rules_opening *const opening = &event->end->opening;
    if (!event->end->parameters || opening->parameters_judged)
        return;
    const char *const invalid = invalid_parameter(event->end);
    RULES_CHECK(event, RULES_PARAMETERS_VALID, !invalid, "a %s sends %s as it must not",
                event->end->side == DISSECT_CLIENT ? "client" : "server", invalid);
    opening->parameters_judged = true;
}

/* An endpoint may use a more general error code (section 11), or that of TLS (RFC 9001 section 4.8). */
static bool is_applicable(uint64_t error)
{
    enum { INTERNAL_ERROR = 0x01, PARAMETER_ERROR = 0x08, PROTOCOL_VIOLATION = 0x0a, CRYPTO = 0x0100 };
    return error == INTERNAL_ERROR || error == PARAMETER_ERROR || error == PROTOCOL_VIOLATION ||
           (error >= CRYPTO && error <= CRYPTO + UINT8_MAX);
}

static void judge_close(const rules_event *event)
{
    for (size_t i = 0; i < event->packet->frame_count; i++) {
        const dissect_frame *const frame = &event->packet->frames[i];
        if (frame->type == DISSECT_CONNECTION_CLOSE)
            RULES_CHECK(event, RULES_PARAMETER_VIOLATION_CLOSES, is_applicable(frame->error),
                        "the connection is closed with error 0x%" PRIx64 ", and the peer's %s is invalid",
                        frame->error, violation(event->end->other));
    }
}

static void peers_parameters(const rules_event *event)
{
    const rules_end *const end = event->end;
    rules_opening *const opening = &event->end->opening;
    if (opening->violation_judged || !end->other->parameters)
        return;
    const bool closes = event->flags & RULES_HAS_CLOSE;
    const bool goes_on = event->packet->type == DISSECT_ONE_RTT && end->confirmed_ns != ROAM_NEVER;
    if (!closes && !goes_on)
        return;
    opening->violation_judged = true;
    const char *const invalid = violation(end->other);
    if (invalid && closes)
        judge_close(event);
    else if (invalid)
        rules_break(event, RULES_PARAMETER_VIOLATION_CLOSES,
                    "the connection goes on, and the peer's %s is invalid", invalid);
}

/* ---- packets ---- */

static void datagram_sent(const rules_event *event)
{
    probed(event);
    event->end->opening.datagrams++;
}

static void sent(const rules_event *event)
{
    own_parameters(event);
    peers_parameters(event);
    if (event->packet->type != DISSECT_INITIAL)
        return;
    padded(event);
    if (event->end->side == DISSECT_CLIENT)
        token_repeated(event);
    else
        small_acked(event);
}

static void received(const rules_event *event)
{
    switch (event->packet->type) {
    case DISSECT_INITIAL:
        initial_received(event);
        break;
    case DISSECT_RETRY:
        retry_received(event);
        break;
    case DISSECT_HANDSHAKE:
        event->end->opening.acked |= (event->flags & RULES_HAS_ACK) != 0;
        break;
    case DISSECT_ONE_RTT:
    case DISSECT_ZERO_RTT:
    case DISSECT_VERSION_NEGOTIATION:
    case DISSECT_OTHER_VERSION:
        break;
    }
}

const rules_group rules_handshake = {.datagram_sent = datagram_sent, .sent = sent, .received = received};
