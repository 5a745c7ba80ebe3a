/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/tests/preferred_traces.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

/* Sequence numbers of the connection IDs that are used on each path besides that of the handshake; of the
 * server's preferred address, 1 (RFC 9000 section 5.1.1). */
enum { PREFERRED_ID = 1, AWAY_ID = 7, FROM_PREFERRED_ID = 6, FROM_AWAY_ID = 5 };

/* ---- items ---- */

static bool is_from_client(const trace_item *item)
{
    return item->packet.sender == DISSECT_CLIENT;
}

/* The client's address is the local one. */
static bool is_at_client(const trace_item *item)
{
    return item->sent == is_from_client(item);
}

static roam_addr *client_of(trace_item *item)
{
    return is_at_client(item) ? &item->datagram.local : &item->datagram.remote;
}

static roam_addr *server_of(trace_item *item)
{
    return is_at_client(item) ? &item->datagram.remote : &item->datagram.local;
}

static bool is_non_probing(trace_item *item)
{
    for (size_t i = 0; i < item->packet.frame_count; i++)
        switch (item->frames[i].type) {
        case DISSECT_PADDING:
        case DISSECT_PATH_CHALLENGE:
        case DISSECT_PATH_RESPONSE:
        case DISSECT_NEW_CONNECTION_ID:
            break;
        default:
            return true;
        }
    return false;
}

/* NEW_CONNECTION_ID of that side. */
static const dissect_frame *issued(trace *self, dissect_side side, uint64_t sequence)
{
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        for (size_t j = 0; item->packet.sender == side && j < item->packet.frame_count; j++)
            if (item->frames[j].type == DISSECT_NEW_CONNECTION_ID && item->frames[j].value == sequence)
                return &item->frames[j];
    }
    CU_FAIL_FATAL("no such connection ID was issued");
    return NULL;
}

/* That of the handshake, 0, is the destination of the first 1-RTT packet. */
static dissect_id id_of(trace *self, dissect_side side, uint64_t sequence)
{
    const transport_parameters *const said = &self->parameters[0][DISSECT_SERVER].value;
    if (sequence == PREFERRED_ID && side == DISSECT_SERVER)
        return said->preferred_address.connection_id;
    for (size_t i = 0; sequence == 0 && i < self->count; i++)
        if (self->items[i].packet.sender != side && self->items[i].packet.type == DISSECT_ONE_RTT)
            return self->items[i].packet.destination;
    return issued(self, side, sequence)->id;
}

void preferred_reroute(trace *self, const trace_item *of, const roam_addr *client, const roam_addr *server,
                       uint64_t sequence)
{
    const dissect_side sender = of->packet.sender;
    const uint64_t number = of->packet.number;
    const dissect_side receiver = sender == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
    const dissect_id id = id_of(self, receiver, sequence);
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        if (item->packet.sender != sender || item->packet.type != DISSECT_ONE_RTT ||
            item->packet.number != number)
            continue;
        *client_of(item) = *client;
        *server_of(item) = *server;
        item->packet.destination = id;
    }
}

trace_item *preferred_find(trace *self, dissect_side sender, const roam_addr *client, const roam_addr *server,
                           uint64_t at_ns, size_t nth)
{
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        if (item->sent && item->packet.sender == sender && item->datagram.now_ns >= at_ns &&
            roam_addr_equal(client_of(item), client) && roam_addr_equal(server_of(item), server) &&
            trace_frame(item, DISSECT_STREAM) && nth-- == 0)
            return item;
    }
    CU_FAIL_FATAL("the trace has no such packet");
    return NULL;
}

void preferred_other_port(trace *self, preferred_places *places)
{
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        if (!roam_addr_equal(server_of(item), &places->preferred))
            continue;
        client_of(item)->port++;
        places->away = *client_of(item);
    }
}

/* ---- acknowledgements ---- */

static bool holds(const dissect_range *range, uint64_t number)
{
    return range->smallest <= number && number <= range->largest;
}

/* A frame without ranges left is PING: it says nothing. */
static void take_out(trace_item *item, dissect_frame *ack, uint64_t number)
{
    dissect_range *const made = calloc(ack->range_count + 1, sizeof *made);
    size_t count = 0;
    CU_ASSERT_PTR_NOT_NULL_FATAL(made);
    for (size_t i = 0; i < ack->range_count; i++) {
        const dissect_range *const range = &item->ranges[i];
        if (!holds(range, number)) {
            made[count++] = *range;
            continue;
        }
        if (range->largest > number)
            made[count++] = (dissect_range){number + 1, range->largest};
        if (range->smallest < number)
            made[count++] = (dissect_range){range->smallest, number - 1};
    }
    free(item->ranges);
    item->ranges = made;
    ack->range_count = count;
    ack->type = count > 0 ? DISSECT_ACK : DISSECT_PING;
}

void preferred_unack(trace *self, const trace_item *of)
{
    const dissect_side sender = of->packet.sender;
    const uint64_t number = of->packet.number;
    for (size_t i = 0; i < self->count; i++) {
        trace_item *const item = &self->items[i];
        dissect_frame *const ack = item->packet.sender != sender && item->packet.type == DISSECT_ONE_RTT
                                       ? trace_frame(item, DISSECT_ACK)
                                       : NULL;
        if (ack)
            take_out(item, ack, number);
    }
}

/* ---- the story ---- */

enum { CHALLENGES_MAX = 16 };

/* What an end has seen of the paths so far. */
typedef struct progress {
    bool asked_original;             /* one challenge has gone to the original address, while moving */
    uint8_t data[CHALLENGES_MAX][8]; /* of its challenges on the path of the preferred address */
    size_t data_count;
    bool validated; /* that path */
    bool heard;     /* a non-probing packet has come on it */
} progress;

typedef struct telling {
    trace *trace;
    preferred_places places;
    bool moving;
    progress end[2]; /* by dissect_side */
} telling;

static void begin(telling *self)
{
    trace_item *const first = &self->trace->items[0];
    self->places.home = *client_of(first);
    self->places.original = *server_of(first);
    self->places.preferred = self->places.original;
    self->places.preferred.bytes[3]++;
    self->places.away = self->places.home;
    for (size_t i = 0; i < self->trace->count; i++)
        if (!roam_addr_equal(client_of(&self->trace->items[i]), &self->places.home)) {
            self->places.away = *client_of(&self->trace->items[i]);
            return;
        }
}

/* The server's connection ID with sequence number 1 comes by its parameters. */
static void name_preferred(telling *self)
{
    trace *const of = self->trace;
    transport_parameters *const said = &of->parameters[0][DISSECT_SERVER].value;
    const dissect_frame frame = *issued(of, DISSECT_SERVER, PREFERRED_ID);
    said->present |= UINT64_C(1) << TRANSPORT_PREFERRED_ADDRESS;
    said->preferred_address.ipv4 = self->places.preferred;
    said->preferred_address.connection_id = frame.id;
    memcpy(said->preferred_address.stateless_reset_token, frame.reset_token, sizeof frame.reset_token);
    for (size_t i = 0; i < of->count; i++) {
        trace_item *const item = &of->items[i];
        size_t kept = 0;
        for (size_t j = 0; j < item->packet.frame_count; j++)
            if (item->packet.sender != DISSECT_SERVER || item->frames[j].type != DISSECT_NEW_CONNECTION_ID ||
                item->frames[j].value != PREFERRED_ID)
                item->frames[kept++] = item->frames[j];
        item->packet.frame_count = kept;
    }
}

/* The challenge with the data of this answer came to the preferred address. */
static bool answers_preferred(const progress *asker, const dissect_frame *response)
{
    for (size_t i = 0; i < asker->data_count; i++)
        if (memcmp(asker->data[i], response->path_data, 8) == 0)
            return true;
    return false;
}

/* While moving, the first challenge is for the original address. */
static bool challenges_preferred(progress *end, bool moving, const dissect_frame *challenge)
{
    if (moving && !end->asked_original) {
        end->asked_original = true;
        return false;
    }
    CU_ASSERT_FATAL(end->data_count < CHALLENGES_MAX);
    memcpy(end->data[end->data_count++], challenge->path_data, 8);
    return true;
}

static bool goes_to_preferred(telling *self, trace_item *item)
{
    progress *const end = &self->end[item->packet.sender];
    const progress *const other = &self->end[!item->packet.sender];
    const dissect_frame *const response = trace_frame(item, DISSECT_PATH_RESPONSE);
    const dissect_frame *const challenge = trace_frame(item, DISSECT_PATH_CHALLENGE);
    if (response)
        return answers_preferred(other, response);
    if (challenge)
        return challenges_preferred(end, self->moving, challenge);
    return end->validated && (is_from_client(item) || end->heard);
}

static void leave(telling *self, trace_item *item)
{
    const bool from_client = is_from_client(item);
    const preferred_places *const at = &self->places;
    const roam_addr *const client = self->moving ? &at->away : &at->home;
    const uint64_t original_id = from_client ? AWAY_ID : FROM_AWAY_ID;
    if (goes_to_preferred(self, item))
        preferred_reroute(self->trace, item, client, &at->preferred,
                          from_client ? PREFERRED_ID : FROM_PREFERRED_ID);
    else
        preferred_reroute(self->trace, item, client, &at->original, self->moving ? original_id : 0);
}

static void arrive(telling *self, trace_item *item)
{
    progress *const end = &self->end[!item->packet.sender];
    const dissect_frame *const response = trace_frame(item, DISSECT_PATH_RESPONSE);
    if (response && answers_preferred(end, response))
        end->validated = true;
    if (is_non_probing(item) && roam_addr_equal(server_of(item), &self->places.preferred))
        end->heard = true;
}

/* A client that stays has left no address: of a challenge there only PADDING is left. */
static void tell(telling *self)
{
    for (size_t i = 0; i < self->trace->count; i++) {
        trace_item *const item = &self->trace->items[i];
        if (!item->sent)
            arrive(self, item);
        else if (!roam_addr_equal(client_of(item), &self->places.home))
            leave(self, item);
        else if (!self->moving && trace_frame(item, DISSECT_PATH_CHALLENGE))
            trace_drop_frames(self->trace, item, DISSECT_PATH_CHALLENGE);
    }
}

trace preferred_trace(const char *text, preferred_story story, preferred_places *places)
{
    trace of = trace_of(text);
    telling self = {.trace = &of, .moving = story == PREFERRED_WHILE_MOVING};
    begin(&self);
    name_preferred(&self);
    if (story != PREFERRED_IS_NAMED)
        tell(&self);
    *places = self.places;
    return of;
}
