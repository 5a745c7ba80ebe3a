/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/verdicts.h"

#include "tools/witness/numbers_seen.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* An endpoint of a connection. */
typedef struct verdicts_end {
    bool at_host;         /* the capture was made at its host, and may have been made elsewhere too */
    bool sends;           /* its packets are in the capture where they are sent */
    uint64_t host;        /* sighting.host of that; 0: not known */
    numbers_seen packets; /* its 1-RTT packets in the capture */
} verdicts_end;

typedef struct verdicts_connection {
    verdicts_end ends[2]; /* by dissect_side */
    bool ended;
    uint64_t until_ns;
    char why[VERDICTS_WHY_MAX]; /* ended */
} verdicts_connection;

struct verdicts {
    rules_judge *judge;
    verdicts_at at;
    verdicts_connection *connections[VERDICTS_CONNECTIONS_MAX]; /* by index; NULL: nothing seen */
    uint32_t left_out;
    bool began;
    bool passing;               /* as sightings_counts has it: no end is at its host */
    uint64_t first_ns, last_ns; /* of the capture, and of the witness */
    bool failed;                /* out of memory */
};

/* The time of the first datagram at the witness, to which 0 is no time. */
#define BEGIN_NS UINT64_C(1000000000)
/* Times far beyond it are a fault of the capture, and would overflow. */
#define SPAN_MAX_NS (UINT64_MAX / 4)

/*
 * The rules that one datagram decides, as its sender sent it, with what the handshake fixed. All others hang
 * on what the endpoint had received, on when it did, or on datagrams that may have been lost before the
 * capture. A server may have received less than the capture shows, so that it may not pad.
 */
static const struct {
    rules_rule rule;
    bool of_client_alone;
} BY_DATAGRAM[] = {
    {RULES_INITIAL_PADDED, true},
    {RULES_INITIAL_TOKEN_REPEATED, true},
    {RULES_PARAMETERS_VALID, false},
    {RULES_NEW_ID_FRAME_CONSISTENT, false},
    {RULES_RESET_TOKEN_UNIQUE, false},
    {RULES_RETIRE_NOT_OWN_DESTINATION, false},
    {RULES_CHALLENGE_PADDED, true},
    {RULES_CHALLENGE_UNPREDICTABLE, false},
    {RULES_CHALLENGE_ONE_PER_PACKET, false},
    {RULES_RESPONSE_PADDED, true},
    {RULES_PREFERRED_ADDRESS_HAS_ID, false},
};

static bool is_by_datagram(rules_rule rule, dissect_side side)
{
    for (size_t i = 0; i < sizeof BY_DATAGRAM / sizeof *BY_DATAGRAM; i++)
        if (BY_DATAGRAM[i].rule == rule)
            return side == DISSECT_CLIENT || !BY_DATAGRAM[i].of_client_alone;
    return false;
}

const char *verdicts_scope_name(verdicts_scope scope)
{
    switch (scope) {
    case VERDICTS_NOTHING:
        return "nothing";
    case VERDICTS_BY_DATAGRAMS:
        return "its datagrams alone";
    case VERDICTS_AT_HOST:
        return "all that passes at its host";
    }
    return "nothing";
}

int verdicts_new(verdicts_at at, verdicts **out)
{
    verdicts *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    const int status = rules_new(&self->judge);
    if (status != 0) {
        free(self);
        return status;
    }
    self->at = at;
    *out = self;
    return 0;
}

void verdicts_free(verdicts *self)
{
    if (!self)
        return;
    for (uint32_t i = 0; i < VERDICTS_CONNECTIONS_MAX; i++)
        free(self->connections[i]);
    rules_free(self->judge);
    free(self);
}

int verdicts_finish(verdicts *self)
{
    return rules_finish(self->judge) != 0 || self->failed ? ROAM_ERR_NO_MEMORY : 0;
}

/* ---- whose a packet is, and where ---- */

static dissect_side peer_of(dissect_side side)
{
    return side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
}

/* NULL: of none that is judged. */
static verdicts_connection *connection_of(verdicts *self, const dissect_packet *packet)
{
    const uint32_t index = packet->connection;
    if (index == DISSECT_NONE || index >= VERDICTS_CONNECTIONS_MAX) {
        if (index != DISSECT_NONE && index - VERDICTS_CONNECTIONS_MAX >= self->left_out)
            self->left_out = index - VERDICTS_CONNECTIONS_MAX + 1;
        return NULL;
    }
    verdicts_connection **const place = &self->connections[index];
    if (!*place) {
        *place = calloc(1, sizeof **place);
        self->failed |= !*place;
    }
    if (*place && self->at != VERDICTS_AT_FOUND) {
        (*place)->ends[DISSECT_CLIENT].at_host = self->at != VERDICTS_AT_SERVER;
        (*place)->ends[DISSECT_SERVER].at_host = self->at != VERDICTS_AT_CLIENT;
    }
    return *place;
}

static bool is_loopback(const roam_addr *addr)
{
    enum { NETWORK = 127, LAST = 15 };
    if (addr->family == ROAM_FAMILY_IPV4)
        return addr->bytes[0] == NETWORK;
    for (int i = 0; i < LAST; i++)
        if (addr->bytes[i] != 0)
            return false;
    return addr->family == ROAM_FAMILY_IPV6 && addr->bytes[LAST] == 1;
}

static bool is_senders(verdicts_end *sender, const sighting *seen)
{
    if (seen->at == SIGHTING_SENT && !sender->sends) {
        sender->sends = true;
        sender->host = seen->host;
    }
    return sender->host == 0 || seen->host == 0 || sender->host == seen->host || seen->at != SIGHTING_SENT;
}

static bool is_receivers(const verdicts_end *receiver, const sighting *seen)
{
    return receiver->host == 0 || seen->host == 0 || receiver->host == seen->host ||
           seen->at != SIGHTING_ARRIVED;
}

/* The packet shows where the capture was made. */
static void learn_place(verdicts *self, verdicts_connection *of, const sighting *seen, dissect_side sender)
{
    if (self->at != VERDICTS_AT_FOUND || self->passing)
        return;
    if (seen->direction == CAPTURE_OUTBOUND)
        of->ends[sender].at_host = true;
    else if (seen->direction == CAPTURE_INBOUND)
        of->ends[peer_of(sender)].at_host = true;
    else if (is_loopback(&seen->source) && is_loopback(&seen->destination))
        of->ends[DISSECT_CLIENT].at_host = of->ends[DISSECT_SERVER].at_host = true;
}

/* ---- what the capture lacks ---- */

__attribute__((format(printf, 3, 4))) static void end(verdicts_connection *of, const sighting *seen,
                                                      const char *format, ...)
{
    va_list arguments;
    of->ended = true;
    of->until_ns = seen->time_ns;
    va_start(arguments, format);
    (void)vsnprintf(of->why, sizeof of->why, format, arguments);
    va_end(arguments);
}

/* One that has arrived, and is not authentic there, was damaged or forged, and its receiver discards it. */
static bool is_lacking(const dissect_packet *packet, const sighting *seen)
{
    switch (packet->status) {
    case DISSECT_READ:
    case DISSECT_BAD_FRAMES:
    case DISSECT_CLEAR:
    case DISSECT_NO_CONNECTION:
    case DISSECT_NO_ROOM:
    case DISSECT_MALFORMED:
    case DISSECT_NOT_READ:
        return false;
    case DISSECT_NO_KEYS:
        return true;
    case DISSECT_NOT_AUTHENTIC:
        return seen->at != SIGHTING_ARRIVED;
    }
    return false;
}

static void look_at_acks(verdicts_connection *of, const sighting *seen, const dissect_packet *packet)
{
    const dissect_side peer = peer_of(packet->sender);
    uint64_t number;
    for (size_t i = 0; i < packet->frame_count; i++) {
        const dissect_frame *const frame = &packet->frames[i];
        for (size_t j = 0; frame->type == DISSECT_ACK && j < frame->range_count && !of->ended; j++)
            if (numbers_seen_missing(&of->ends[peer].packets, frame->ranges[j].smallest,
                                     frame->ranges[j].largest, &number))
                end(of, seen, "packet %" PRIu64 " of the %s is acknowledged, and is not in the capture",
                    number, peer == DISSECT_CLIENT ? "client" : "server");
    }
}

static bool is_numbered(const dissect_packet *packet)
{
    return (packet->type == DISSECT_ONE_RTT || packet->type == DISSECT_ZERO_RTT) &&
           (packet->status == DISSECT_READ || packet->status == DISSECT_BAD_FRAMES);
}

static void look_for_lack(verdicts_connection *of, const sighting *seen, const dissect_packet *packet)
{
    const bool cut = seen->payload_len < seen->full_len;
    if (cut || is_lacking(packet, seen))
        end(of, seen,
            cut ? "a datagram of the %s is cut by the capture" : "a packet of the %s cannot be read: %s",
            packet->sender == DISSECT_CLIENT ? "client" : "server", dissect_status_name(packet->status));
    if (of->ended || !is_numbered(packet))
        return;
    numbers_seen_add(&of->ends[packet->sender].packets, packet->number);
    if (packet->type == DISSECT_ONE_RTT &&
        (of->ends[DISSECT_CLIENT].at_host || of->ends[DISSECT_SERVER].at_host))
        look_at_acks(of, seen, packet);
}

/* ---- datagrams ---- */

static void begin(verdicts *self, const sightings *from, const sighting *seen)
{
    sightings_counts counts;
    sightings_count(from, &counts);
    self->passing = counts.passing;
    self->began = true;
    self->first_ns = seen->time_ns;
    self->last_ns = BEGIN_NS;
}

/* Never less than before. */
static uint64_t now_of(verdicts *self, const sighting *seen)
{
    const uint64_t span_ns = seen->time_ns > self->first_ns ? seen->time_ns - self->first_ns : 0;
    const uint64_t now_ns = BEGIN_NS + (span_ns < SPAN_MAX_NS ? span_ns : SPAN_MAX_NS);
    self->last_ns = now_ns > self->last_ns ? now_ns : self->last_ns;
    return self->last_ns;
}

uint64_t verdicts_time(const verdicts *self, uint64_t at_ns)
{
    return self->first_ns + (at_ns - BEGIN_NS);
}

/* What is to be told of a datagram. */
typedef struct telling {
    bool sent, received;
} telling;

/* NULL: the packet is of no connection that is judged, or is forged, or for another host. */
static verdicts_connection *judged_of(verdicts *self, const sighting *seen, const dissect_packet *packet)
{
    verdicts_connection *const of = connection_of(self, packet);
    if (!of || !is_receivers(&of->ends[peer_of(packet->sender)], seen) ||
        !is_senders(&of->ends[packet->sender], seen))
        return NULL;
    return of;
}

/* Where an end is not at its host, what it sends is told when it arrives at the other. A packet that is there
 * another time is a copy: an endpoint takes each number once (RFC 9000 section 12.3). */
static telling tell_packet(const verdicts_connection *of, const sighting *seen, const dissect_packet *packet)
{
    const bool once = seen->at == SIGHTING_BOTH;
    const bool arrived = seen->at == SIGHTING_ARRIVED;
    const bool copy = seen->again || (is_numbered(packet) &&
                                      numbers_seen_has(&of->ends[packet->sender].packets, packet->number));
    return (telling){.sent = !copy && (!arrived || !of->ends[packet->sender].sends),
                     .received = arrived || (once && !(seen->again && seen->direction == CAPTURE_OUTBOUND))};
}

/* A datagram of no known connection may be a Stateless Reset. */
static telling tell(verdicts *self, const sighting *seen)
{
    const dissect_view *const view = seen->view;
    const bool unknown = view->packet_count == 1 && view->packets[0].connection == DISSECT_NONE;
    const bool whole = seen->payload_len == seen->full_len;
    telling out = {whole && unknown && !seen->again && seen->at != SIGHTING_ARRIVED, false};
    for (size_t i = 0; i < view->packet_count; i++) {
        const dissect_packet *const packet = &view->packets[i];
        verdicts_connection *const of = judged_of(self, seen, packet);
        if (!of)
            continue;
        learn_place(self, of, seen, packet->sender);
        const telling one = tell_packet(of, seen, packet);
        if (!of->ended)
            look_for_lack(of, seen, packet);
        if (of->ended)
            return (telling){false, false};
        out.sent |= one.sent;
        out.received |= one.received;
    }
    return out;
}

void verdicts_take(verdicts *self, sightings *from, const sighting *seen)
{
    if (seen->forwarded || seen->payload_len == 0)
        return;
    if (!self->began)
        begin(self, from, seen);
    const telling what = tell(self, seen);
    rules_datagram datagram = {.now_ns = now_of(self, seen),
                               .local = seen->source,
                               .remote = seen->destination,
                               .ip = seen->may_be_fragmented ? RULES_IP_FRAGMENT : RULES_IP_WHOLE,
                               .payload = seen->payload,
                               .len = seen->payload_len,
                               .view = seen->view};
    if (what.sent)
        rules_sent(self->judge, &datagram);
    if (!what.received)
        return;
    datagram.local = seen->destination;
    datagram.remote = seen->source;
    datagram.view = sightings_arrival(from, seen);
    rules_received(self->judge, &datagram);
    if (seen->at == SIGHTING_ARRIVED)
        sightings_arrived(from, datagram.view);
}

/* ---- what came of it ---- */

static const verdicts_connection *known(const verdicts *self, uint32_t connection)
{
    return connection < VERDICTS_CONNECTIONS_MAX ? self->connections[connection] : NULL;
}

verdicts_scope verdicts_scope_of(const verdicts *self, uint32_t connection, dissect_side side)
{
    const verdicts_connection *const of = known(self, connection);
    if (!of)
        return VERDICTS_NOTHING;
    return of->ends[side].at_host ? VERDICTS_AT_HOST : VERDICTS_BY_DATAGRAMS;
}

const char *verdicts_ended(const verdicts *self, uint32_t connection, uint64_t *until_ns)
{
    const verdicts_connection *const of = known(self, connection);
    if (!of || !of->ended)
        return NULL;
    *until_ns = of->until_ns;
    return of->why;
}

rules_outcome verdicts_outcome(const verdicts *self, uint32_t connection, dissect_side side, rules_rule rule)
{
    const verdicts_scope scope = verdicts_scope_of(self, connection, side);
    if (scope == VERDICTS_AT_HOST || (scope == VERDICTS_BY_DATAGRAMS && is_by_datagram(rule, side)))
        return rules_outcome_of(self->judge, connection, side, rule);
    return (rules_outcome){.verdict = RULES_NOT_EXERCISED};
}

uint32_t verdicts_left_out(const verdicts *self)
{
    return self->left_out;
}
