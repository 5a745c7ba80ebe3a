/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect.h"

#include "sim/wire/dissect_internal.h"
#include "sim/wire/dissect_packet.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_FORM = 0x80, FIXED_BIT = 0x40, KEY_PHASE = 0x04, NUMBER_LEN = 0x03 };
enum { CONNECTIONS_DEFAULT = 65536, CONNECTIONS_LIMIT = 1 << 24 };
enum { FIRST_DESTINATION_MIN = 8 }; /* RFC 9000 section 7.2 */

void dissect_options_default(dissect_options *options)
{
    *options = (dissect_options){.connections_max = CONNECTIONS_DEFAULT};
}

int dissect_new(const dissect_options *options, dissect **out)
{
    dissect *const self = malloc(sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    memset(self, 0, offsetof(dissect, header));
    dissect_options_default(&self->options);
    if (options)
        self->options = *options;
    if (self->options.connections_max > CONNECTIONS_LIMIT)
        self->options.connections_max = CONNECTIONS_LIMIT;
    self->key_log.max = self->options.connections_max;
    *out = self;
    return 0;
}

void dissect_free(dissect *self)
{
    if (!self)
        return;
    for (uint32_t i = 0; i < self->count; i++)
        dissect_connection_free(self->connections[i]);
    free(self->connections);
    dissect_table_fini(&self->ids);
    dissect_routes_fini(&self->routes);
    dissect_key_log_fini(&self->key_log);
    dissect_sent_free(self->sent);
    dissect_frames_fini(&self->frames);
    free(self);
}

bool dissect_failed(const dissect *self)
{
    return self->full || dissect_lacks_memory(self);
}

bool dissect_lacks_memory(const dissect *self)
{
    return self->failed || self->frames.failed;
}

uint32_t dissect_connection_count(const dissect *self)
{
    return self->count;
}

int dissect_keylog(dissect *self, const char *line)
{
    if (dissect_key_log_read(&self->key_log, line))
        return 0;
    if (self->key_log.count == self->key_log.max)
        self->full = true;
    else
        self->failed = true;
    return ROAM_ERR_NO_MEMORY;
}

void dissect_describe(const dissect *self, uint32_t connection, dissect_about *out)
{
    const dissect_connection *const of = self->connections[connection];
    *out = (dissect_about){.first_version = of->first_version->number,
                           .version = of->version->number,
                           .cipher_suite = of->cipher_suite,
                           .first_destination = of->first_destination,
                           .retried = of->retried,
                           .random_known = of->random_known,
                           .has_secrets =
                               of->random_known && dissect_key_log_find(&self->key_log, of->client_random)};
    memcpy(out->client_random, of->client_random, sizeof out->client_random);
}

const transport_parameters *dissect_parameters(const dissect *self, uint32_t connection, dissect_side side)
{
    return connection < self->count ? self->connections[connection]->parameters[side] : NULL;
}

/* ---- connections ---- */

static dissect_connection *add_connection(dissect *self, dissect_connection *connection)
{
    if (self->count == self->capacity) {
        const uint32_t capacity = self->capacity ? self->capacity * 2 : 4;
        dissect_connection **const grown = realloc(self->connections, capacity * sizeof(*grown));
        if (!grown)
            return NULL;
        self->connections = grown;
        self->capacity = capacity;
    }
    self->connections[self->count++] = connection;
    return connection;
}

/* ---- packets ---- */

static void learn_crypto(dissect *self, const dissect_packet *packet, const dissect_frame *frame)
{
    dissect_connection *const connection = self->connections[packet->connection];
    if (!dissect_connection_crypto(connection, packet, frame))
        self->failed = true;
    const transport_parameters *const parameters = connection->parameters[DISSECT_SERVER];
    if (packet->sender == DISSECT_SERVER && parameters)
        dissect_learn_id(self, packet->connection, DISSECT_SERVER,
                         &parameters->preferred_address.connection_id);
}

static void learn_frames(dissect *self, const dissect_packet *packet, size_t first)
{
    for (size_t i = first; i < self->frames.count; i++) {
        const dissect_frame *const frame = &self->frames.items[i];
        if (frame->type == DISSECT_NEW_CONNECTION_ID && dissect_frame_is_sound(frame))
            dissect_learn_id(self, packet->connection, packet->sender, &frame->id);
        else if (frame->type == DISSECT_CRYPTO &&
                 (packet->type == DISSECT_INITIAL || packet->type == DISSECT_HANDSHAKE))
            learn_crypto(self, packet, frame);
    }
}

/* The packet is authentic: what it says is taken over. */
static void accept(dissect *self, dissect_packet *packet, const dissect_opening *opening)
{
    const size_t first = self->first_frame[packet - self->packets];
    packet->number = opening->number;
    packet->first_byte = opening->first_byte;
    packet->key_phase = packet->type == DISSECT_ONE_RTT && opening->first_byte & KEY_PHASE;
    if (opening->head)
        packet->status = DISSECT_READ; /* the frames are there */
    else
        packet->status = dissect_frames_read(&self->frames, opening->clear, opening->clear_len)
                             ? DISSECT_READ
                             : DISSECT_BAD_FRAMES;
    packet->frame_count = self->frames.count - first;
    if (self->arriving)
        return;
    dissect_connection *const connection = self->connections[packet->connection];
    if (packet->type != DISSECT_ONE_RTT) {
        dissect_learn_id(self, packet->connection, packet->sender, &packet->source);
        connection->empty_id[packet->sender] |= packet->source.len == 0;
    }
    dissect_learn_route(self, packet);
    learn_frames(self, packet, first);
}

/* RFC 9287 section 3.1: a receiver that says so takes packets without the fixed bit too. */
static bool may_be_valid(const dissect *self, const dissect_who *receiver, uint8_t first_byte)
{
    const transport_parameters *const of =
        self->connections[receiver->connection]->parameters[receiver->side];
    return first_byte & FIXED_BIT || (of && of->grease_quic_bit);
}

/* The secrets are those that opened a packet before, and the only ones of the handshake: what does not open
 * under them is nobody's. */
static bool may_peek(const dissect *self, const dissect_packet *packet)
{
    dissect_connection *const of = self->connections[packet->connection];
    if (!self->own || packet->type != DISSECT_ONE_RTT || of->secrets == 0 || !of->random_known)
        return false;
    if (of->sole_of == self->key_log.count)
        return true;
    const dissect_value *const secrets = dissect_key_log_find(&self->key_log, of->client_random);
    if (!secrets || secrets->next)
        return false;
    of->sole_of = self->key_log.count;
    return true;
}

static bool read_head(dissect *self, const dissect_opening *opening)
{
    return opening->head_len == opening->clear_len
               ? dissect_frames_read(&self->frames, opening->clear, opening->clear_len)
               : dissect_frames_read_head(&self->frames, opening->clear, opening->head_len,
                                          opening->clear_len);
}

/* Takes protection off, of the whole packet or of as much as tells what is in it. */
static dissect_status unprotect(dissect *self, dissect_opening *opening, const dissect_packet *packet)
{
    opening->may_peek = may_peek(self, packet);
    const size_t first = self->frames.count;
    const size_t first_range = self->frames.range_count;
    const dissect_status status = dissect_unprotect(self, opening, packet);
    if (!opening->head)
        return status;
    do {
        if (read_head(self, opening))
            return status;
        self->frames.count = first;
        self->frames.range_count = first_range;
    } while (dissect_open_more(opening));
    opening->may_peek = false;
    return dissect_unprotect(self, opening, packet);
}

/* Tries the connections that have this destination connection ID. True: the packet is done with. */
static bool try_destination(dissect *self, dissect_opening *opening, dissect_packet *packet,
                            const dissect_id *destination)
{
    dissect_candidates all = dissect_candidates_of(self, destination);
    dissect_who whose;
    while (dissect_candidates_next(&all, &whose)) {
        if (!may_be_valid(self, &whose, opening->bytes[0]))
            continue;
        packet->connection = whose.connection;
        packet->sender = dissect_other_side(whose.side);
        packet->destination = *destination;
        packet->status = unprotect(self, opening, packet);
        if (packet->status == DISSECT_READ) {
            if (!all.by_route)
                dissect_touch(self, &whose);
            accept(self, packet, opening);
            return true;
        }
    }
    return false;
}

/* A client's first Initial makes a connection known, when it is correct. */
static void try_new_connection(dissect *self, dissect_opening *opening, dissect_packet *packet)
{
    if (self->arriving || packet->type != DISSECT_INITIAL || packet->destination.len < FIRST_DESTINATION_MIN)
        return;
    dissect_connection *const connection =
        dissect_connection_new(dissect_version_of(packet->version), &packet->destination);
    if (!connection) {
        self->failed = true;
        return;
    }
    packet->sender = DISSECT_CLIENT;
    if (!dissect_unprotect_initial(opening, connection, packet,
                                   &connection->expected[DISSECT_SPACE_INITIAL][DISSECT_CLIENT])) {
        packet->status = DISSECT_NOT_AUTHENTIC;
    } else if (self->count == self->options.connections_max) {
        packet->status = DISSECT_NO_ROOM;
        self->full = true;
    } else if (!add_connection(self, connection)) {
        self->failed = true;
    } else {
        packet->connection = self->count - 1;
        dissect_learn_id(self, packet->connection, DISSECT_SERVER, &packet->destination);
        accept(self, packet, opening);
        return;
    }
    dissect_connection_free(connection);
}

/* RFC 9000 section 17.2.5.2: the first Retry counts, and a client that had another packet takes none. */
static void learn_retry(dissect *self, const dissect_packet *packet)
{
    dissect_connection *const connection = self->connections[packet->connection];
    if (self->arriving || connection->retried)
        return;
    dissect_learn_id(self, packet->connection, DISSECT_SERVER, &packet->source);
    connection->empty_id[DISSECT_SERVER] |= packet->source.len == 0;
    dissect_learn_route(self, packet);
    dissect_connection_retry(connection, &packet->source);
}

static void read_retry(dissect *self, dissect_packet *packet, const uint8_t *bytes)
{
    const dissect_version *const version = dissect_version_of(packet->version);
    dissect_candidates all = dissect_candidates_of(self, &packet->destination);
    dissect_who whose;
    while (dissect_candidates_next(&all, &whose)) {
        if (whose.side != DISSECT_CLIENT)
            continue;
        packet->connection = whose.connection;
        packet->sender = DISSECT_SERVER;
        packet->status = DISSECT_NOT_AUTHENTIC;
        const dissect_id *const original = &self->connections[whose.connection]->first_destination;
        if (!dissect_retry_is_authentic(version, original, bytes, packet->size))
            continue;
        packet->status = DISSECT_CLEAR;
        learn_retry(self, packet);
        return;
    }
}

static void read_version_negotiation(const dissect *self, dissect_packet *packet)
{
    dissect_candidates all = dissect_candidates_of(self, &packet->destination);
    dissect_who whose;
    if (!dissect_candidates_next(&all, &whose))
        return;
    packet->connection = whose.connection;
    packet->sender = DISSECT_SERVER;
}

static void read_long(dissect *self, dissect_packet *packet, const uint8_t *bytes, size_t len)
{
    dissect_opening opening = {.bytes = bytes,
                               .header = self->header,
                               .clear = self->clear + packet->start,
                               .as_receiver = self->arriving};
    dissect_packet_read_long(bytes, len, packet, &opening.number_at);
    opening.len = packet->size;
    if (packet->status == DISSECT_CLEAR)
        read_version_negotiation(self, packet);
    if (packet->status != DISSECT_NO_CONNECTION)
        return;
    const dissect_id destination = packet->destination;
    if (packet->type == DISSECT_RETRY)
        read_retry(self, packet, bytes);
    else if (!try_destination(self, &opening, packet, &destination) && bytes[0] & FIXED_BIT)
        try_new_connection(self, &opening, packet);
    if (packet->status == DISSECT_NO_CONNECTION && !(bytes[0] & FIXED_BIT))
        packet->status = DISSECT_MALFORMED;
}

static void read_short(dissect *self, dissect_packet *packet, const uint8_t *bytes, size_t len)
{
    dissect_opening opening = {.bytes = bytes,
                               .len = len,
                               .header = self->header,
                               .clear = self->clear + packet->start,
                               .as_receiver = self->arriving};
    packet->type = DISSECT_ONE_RTT;
    packet->size = len;
    packet->status = DISSECT_NO_CONNECTION;
    for (uint8_t n = DISSECT_CONNECTION_ID_MAX; n > 0; n--) {
        dissect_id id = {.len = n};
        if (!(self->lengths >> n & 1) || len < 1u + n)
            continue;
        memcpy(id.bytes, bytes + 1, n);
        opening.number_at = 1u + n;
        if (try_destination(self, &opening, packet, &id))
            return;
    }
    const dissect_id empty = {.len = 0};
    opening.number_at = 1;
    if (self->where && try_destination(self, &opening, packet, &empty))
        return;
    if (packet->status == DISSECT_NO_CONNECTION && !(bytes[0] & FIXED_BIT))
        packet->status = DISSECT_MALFORMED;
}

static void link_frames(dissect *self)
{
    dissect_frames_link(&self->frames);
    for (size_t i = 0; i < self->view.packet_count; i++)
        self->packets[i].frames = self->frames.items + self->first_frame[i];
}

static const dissect_view *read_datagram(dissect *self, const uint8_t *payload, size_t len, bool arriving)
{
    size_t at = 0;
    self->arriving = arriving;
    dissect_frames_clear(&self->frames);
    self->view = (dissect_view){.packets = self->packets, .dissect = self};
    if (len > DISSECT_DATAGRAM_MAX)
        return &self->view;
    while (at < len && self->view.packet_count < DISSECT_PACKETS_MAX) {
        dissect_packet *const packet = &self->packets[self->view.packet_count];
        *packet = (dissect_packet){.connection = DISSECT_NONE, .start = at};
        self->first_frame[self->view.packet_count++] = self->frames.count;
        if (payload[at] & LONG_FORM)
            read_long(self, packet, payload + at, len - at);
        else
            read_short(self, packet, payload + at, len - at);
        at += packet->size;
    }
    if (self->frames.count > 0)
        link_frames(self);
    return &self->view;
}

/* ---- sent and arrived ---- */

static bool has_path_frame(const dissect_packet *packet)
{
    for (size_t i = 0; i < packet->frame_count; i++) {
        const dissect_frame_type type = packet->frames[i].type;
        if (type == DISSECT_PATH_CHALLENGE || type == DISSECT_PATH_RESPONSE)
            return true;
    }
    return false;
}

const dissect_view *dissect_datagram(dissect *self, const uint8_t *payload, size_t len)
{
    return dissect_datagram_at(self, NULL, payload, len);
}

const dissect_view *dissect_own_datagram(dissect *self, const uint8_t *payload, size_t len)
{
    self->own = true;
    const dissect_view *const view = dissect_datagram_at(self, NULL, payload, len);
    self->own = false;
    return view;
}

const dissect_view *dissect_datagram_at(dissect *self, const dissect_where *where, const uint8_t *payload,
                                        size_t len)
{
    self->where = where;
    if (self->sent)
        dissect_sent_prepare(self->sent, payload, len);
    const dissect_view *const view = read_datagram(self, payload, len, false);
    self->where = NULL;
    const dissect_packet *const packet = view->packets;
    if (self->sent && view->packet_count == 1 && packet->type == DISSECT_ONE_RTT &&
        packet->status == DISSECT_READ && !has_path_frame(packet))
        dissect_sent_keep(self->sent, payload, len, packet);
    return view;
}

/* The packet can be opened where its number is decoded as the one that it has. */
static const dissect_view *arrive_as_sent(dissect *self, dissect_packet *sent)
{
    const size_t number_len = (size_t)(sent->first_byte & NUMBER_LEN) + 1;
    const uint64_t expected = self->connections[sent->connection]->arrived[DISSECT_SPACE_DATA][sent->sender];
    const uint64_t truncated = sent->number & ((UINT64_C(1) << 8 * number_len) - 1);
    if (dissect_packet_number(expected, truncated, number_len) != sent->number)
        sent->status = DISSECT_NOT_AUTHENTIC;
    self->view = (dissect_view){.packets = self->packets, .packet_count = 1, .dissect = self};
    return &self->view;
}

const dissect_view *dissect_arrival(dissect *self, const uint8_t *payload, size_t len)
{
    return dissect_arrival_at(self, NULL, payload, len);
}

const dissect_view *dissect_arrival_at(dissect *self, const dissect_where *where, const uint8_t *payload,
                                       size_t len)
{
    if (self->options.undamaged && !self->sent)
        self->sent = dissect_sent_new(); /* without it, all is decrypted again */
    if (self->sent && dissect_sent_find(self->sent, payload, len, &self->packets[0]))
        return arrive_as_sent(self, &self->packets[0]);
    self->where = where;
    const dissect_view *const view = read_datagram(self, payload, len, true);
    self->where = NULL;
    return view;
}

void dissect_arrived(dissect *self, const dissect_packet *packet)
{
    static const dissect_space spaces[] = {[DISSECT_INITIAL] = DISSECT_SPACE_INITIAL,
                                           [DISSECT_ZERO_RTT] = DISSECT_SPACE_DATA,
                                           [DISSECT_HANDSHAKE] = DISSECT_SPACE_HANDSHAKE,
                                           [DISSECT_ONE_RTT] = DISSECT_SPACE_DATA};
    if (packet->status != DISSECT_READ && packet->status != DISSECT_BAD_FRAMES)
        return;
    uint64_t *const arrived =
        &self->connections[packet->connection]->arrived[spaces[packet->type]][packet->sender];
    if (packet->number >= *arrived)
        *arrived = packet->number + 1;
}
