/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect.h"

#include "sim/wire/dissect_frames.h"
#include "sim/wire/dissect_key_log.h"
#include "sim/wire/dissect_open.h"
#include "sim/wire/dissect_packet.h"
#include "sim/wire/dissect_sent.h"
#include "sim/wire/dissect_table.h"

#include <stdlib.h>
#include <string.h>

enum { LONG_FORM = 0x80, FIXED_BIT = 0x40, KEY_PHASE = 0x04, NUMBER_LEN = 0x03 };
enum { CONNECTIONS_DEFAULT = 65536, CONNECTIONS_LIMIT = 1 << 24 };
enum { FIRST_DESTINATION_MIN = 8 }; /* RFC 9000 section 7.2 */
enum { CANDIDATES = 4 };            /* connections with the same connection ID, of which one may be right */

struct dissect {
    dissect_options options;
    dissect_connection **connections;
    uint32_t count, capacity;
    dissect_table ids; /* to who_of */
    uint32_t lengths;  /* of those IDs: a bit for each length that one of them has */
    dissect_key_log key_log;
    uint64_t clock; /* counts uses of connection IDs */
    bool failed;
    bool arriving;      /* the datagram is read as its receiver does */
    uint64_t expected;  /* packet number, likewise */
    dissect_sent *sent; /* NULL: nothing has arrived so far, or it may be damaged */
    dissect_frames frames;
    dissect_packet packets[DISSECT_PACKETS_MAX];
    size_t first_frame[DISSECT_PACKETS_MAX];
    dissect_view view;
    uint8_t header[DISSECT_DATAGRAM_MAX];
    uint8_t clear[DISSECT_DATAGRAM_MAX];
};

void dissect_options_default(dissect_options *options)
{
    *options = (dissect_options){.connections_max = CONNECTIONS_DEFAULT};
}

int dissect_new(const dissect_options *options, dissect **out)
{
    dissect *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
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
    dissect_key_log_fini(&self->key_log);
    dissect_sent_free(self->sent);
    dissect_frames_fini(&self->frames);
    free(self);
}

bool dissect_failed(const dissect *self)
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
    self->failed = true;
    return ROAM_ERR_NO_MEMORY;
}

const transport_parameters *dissect_parameters(const dissect *self, uint32_t connection, dissect_side side)
{
    return connection < self->count ? self->connections[connection]->parameters[side] : NULL;
}

/* ---- connection IDs ---- */

/* Where a connection ID is kept. Value in the table: connection, side that chose it, place in its list. */
typedef struct who {
    uint32_t connection;
    dissect_side side;
    uint32_t place;
} who;

static uint32_t value_of(const who *whose)
{
    return (whose->connection * 2 + (uint32_t)whose->side) * DISSECT_IDS + whose->place;
}

static who who_of(uint32_t value)
{
    return (who){.connection = value / DISSECT_IDS / 2,
                 .side = value / DISSECT_IDS % 2 ? DISSECT_SERVER : DISSECT_CLIENT,
                 .place = value % DISSECT_IDS};
}

static void touch(dissect *self, const who *whose)
{
    self->connections[whose->connection]->ids[whose->side][whose->place].used = ++self->clock;
}

static uint32_t place_for(dissect *self, const who *whose)
{
    dissect_connection *const connection = self->connections[whose->connection];
    dissect_known_id *const ids = connection->ids[whose->side];
    uint32_t oldest = 0;
    if (connection->id_count[whose->side] < DISSECT_IDS)
        return connection->id_count[whose->side]++;
    for (uint32_t i = 1; i < DISSECT_IDS; i++)
        if (ids[i].used < ids[oldest].used)
            oldest = i;
    const who gone = {whose->connection, whose->side, oldest};
    dissect_table_remove(&self->ids, ids[oldest].id.bytes, ids[oldest].id.len, value_of(&gone));
    return oldest;
}

static void learn_id(dissect *self, uint32_t connection, dissect_side side, const dissect_id *id)
{
    who whose = {connection, side, 0};
    if (id->len == 0)
        return;
    for (const dissect_value *at = dissect_table_find(&self->ids, id->bytes, id->len); at; at = at->next) {
        const who known = who_of(at->value);
        if (known.connection == connection && known.side == side)
            return;
    }
    whose.place = place_for(self, &whose);
    dissect_known_id *const known = &self->connections[connection]->ids[side][whose.place];
    known->id = *id;
    known->used = ++self->clock;
    if (!dissect_table_add(&self->ids, id->bytes, id->len, value_of(&whose)))
        self->failed = true;
    self->lengths |= UINT32_C(1) << id->len;
}

/* ---- connections ---- */

static dissect_connection *add_connection(dissect *self, dissect_connection *connection)
{
    if (self->count == self->options.connections_max)
        return NULL;
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
        learn_id(self, packet->connection, DISSECT_SERVER, &parameters->preferred_address.connection_id);
}

static void learn_frames(dissect *self, const dissect_packet *packet, size_t first)
{
    for (size_t i = first; i < self->frames.count; i++) {
        const dissect_frame *const frame = &self->frames.items[i];
        if (frame->type == DISSECT_NEW_CONNECTION_ID)
            learn_id(self, packet->connection, packet->sender, &frame->id);
        else if (frame->type == DISSECT_CRYPTO && packet->type != DISSECT_ONE_RTT)
            learn_crypto(self, packet, frame);
    }
}

/* The packet is authentic: what it says is taken over. */
static void accept(dissect *self, dissect_packet *packet, const dissect_opening *opening)
{
    const size_t first = self->frames.count;
    packet->number = opening->number;
    packet->first_byte = opening->first_byte;
    packet->key_phase = packet->type == DISSECT_ONE_RTT && opening->first_byte & KEY_PHASE;
    packet->status = dissect_frames_read(&self->frames, opening->clear, opening->clear_len)
                         ? DISSECT_READ
                         : DISSECT_BAD_FRAMES;
    packet->frame_count = self->frames.count - first;
    if (self->arriving)
        return;
    if (packet->type != DISSECT_ONE_RTT)
        learn_id(self, packet->connection, packet->sender, &packet->source);
    learn_frames(self, packet, first);
}

/* Where the packet numbers of that space and sender are counted; those at the receiver are a copy. */
static uint64_t *expected_of(dissect *self, dissect_connection *connection, dissect_space space,
                             dissect_side sender)
{
    if (!self->arriving)
        return &connection->expected[space][sender];
    self->expected = connection->arrived[space][sender];
    return &self->expected;
}

static bool open_initial(dissect_opening *opening, dissect_connection *connection, dissect_side sender,
                         uint64_t *expected)
{
    dissect_keys *const later = connection->initial[1][sender];
    return (later && dissect_open(opening, later, expected)) ||
           dissect_open(opening, connection->initial[0][sender], expected);
}

/* Under the keys of one TLS handshake. */
static dissect_status open_under(dissect *self, dissect_opening *opening, const dissect_packet *packet,
                                 dissect_secrets *secrets)
{
    dissect_connection *const connection = self->connections[packet->connection];
    const dissect_side sender = packet->sender;
    bool opened;
    if (packet->type == DISSECT_HANDSHAKE) {
        dissect_keys *const keys = dissect_secrets_handshake(secrets, connection->cipher, sender);
        if (!keys)
            return DISSECT_NO_KEYS;
        opened = dissect_open(opening, keys, expected_of(self, connection, DISSECT_SPACE_HANDSHAKE, sender));
    } else {
        dissect_phases *const phases = dissect_secrets_data(secrets, connection->cipher, sender);
        if (!phases)
            return DISSECT_NO_KEYS;
        opened =
            dissect_open_data(opening, phases, expected_of(self, connection, DISSECT_SPACE_DATA, sender));
    }
    return opened ? DISSECT_READ : DISSECT_NOT_AUTHENTIC;
}

static dissect_status open_secret(dissect *self, dissect_opening *opening, const dissect_packet *packet)
{
    dissect_connection *const connection = self->connections[packet->connection];
    dissect_status status = DISSECT_NO_KEYS;
    if (connection->secrets > 0 &&
        open_under(self, opening, packet, &self->key_log.secrets[connection->secrets - 1]) == DISSECT_READ)
        return DISSECT_READ;
    const dissect_value *at =
        connection->random_known ? dissect_key_log_find(&self->key_log, connection->client_random) : NULL;
    for (; at; at = at->next) {
        const dissect_status under = open_under(self, opening, packet, &self->key_log.secrets[at->value]);
        if (under == DISSECT_READ) {
            dissect_connection_turn(connection, at->value + 1);
            return under;
        }
        if (under == DISSECT_NOT_AUTHENTIC)
            status = under;
    }
    return status;
}

static dissect_status open_of(dissect *self, dissect_opening *opening, const dissect_packet *packet)
{
    dissect_connection *const connection = self->connections[packet->connection];
    switch (packet->type) {
    case DISSECT_INITIAL:
        return open_initial(opening, connection, packet->sender,
                            expected_of(self, connection, DISSECT_SPACE_INITIAL, packet->sender))
                   ? DISSECT_READ
                   : DISSECT_NOT_AUTHENTIC;
    case DISSECT_HANDSHAKE:
    case DISSECT_ONE_RTT:
        return open_secret(self, opening, packet);
    case DISSECT_ZERO_RTT:
    case DISSECT_RETRY:
    case DISSECT_VERSION_NEGOTIATION:
    case DISSECT_OTHER_VERSION:
        break;
    }
    return DISSECT_NO_KEYS;
}

/* Tries the connections that know the destination. True: the packet is done with. */
static bool try_destination(dissect *self, dissect_opening *opening, dissect_packet *packet,
                            const dissect_id *destination)
{
    const dissect_value *at = dissect_table_find(&self->ids, destination->bytes, destination->len);
    for (int i = 0; i < CANDIDATES && at; i++, at = at->next) {
        const who whose = who_of(at->value);
        packet->connection = whose.connection;
        packet->sender = whose.side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
        packet->destination = *destination;
        packet->status = open_of(self, opening, packet);
        if (packet->status == DISSECT_READ) {
            touch(self, &whose);
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
    dissect_connection *const connection = dissect_connection_new(&packet->destination);
    if (!connection) {
        self->failed = true;
        return;
    }
    if (!open_initial(opening, connection, DISSECT_CLIENT,
                      &connection->expected[DISSECT_SPACE_INITIAL][DISSECT_CLIENT])) {
        packet->status = DISSECT_NOT_AUTHENTIC;
    } else if (!add_connection(self, connection)) {
        self->failed = true;
    } else {
        packet->connection = self->count - 1;
        packet->sender = DISSECT_CLIENT;
        learn_id(self, packet->connection, DISSECT_SERVER, &packet->destination);
        accept(self, packet, opening);
        return;
    }
    dissect_connection_free(connection);
}

static void read_retry(dissect *self, dissect_packet *packet, const uint8_t *bytes)
{
    const dissect_value *const known =
        dissect_table_find(&self->ids, packet->destination.bytes, packet->destination.len);
    if (!known)
        return;
    const who whose = who_of(known->value);
    dissect_connection *const connection = self->connections[whose.connection];
    packet->connection = whose.connection;
    packet->sender = DISSECT_SERVER;
    packet->status = DISSECT_NOT_AUTHENTIC;
    if (!dissect_retry_is_authentic(&connection->first_destination, bytes, packet->size))
        return;
    packet->status = DISSECT_CLEAR;
    if (self->arriving ||
        connection->retry_source.len > 0) /* RFC 9000 section 17.2.5.2: the first one counts */
        return;
    learn_id(self, whose.connection, DISSECT_SERVER, &packet->source);
    if (!dissect_connection_retry(connection, &packet->source))
        self->failed = true;
}

static void read_version_negotiation(const dissect *self, dissect_packet *packet)
{
    const dissect_value *const known =
        dissect_table_find(&self->ids, packet->destination.bytes, packet->destination.len);
    if (!known)
        return;
    packet->connection = who_of(known->value).connection;
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
    else if (!try_destination(self, &opening, packet, &destination))
        try_new_connection(self, &opening, packet);
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
    packet->status = bytes[0] & FIXED_BIT ? DISSECT_NO_CONNECTION : DISSECT_MALFORMED;
    if (packet->status == DISSECT_MALFORMED)
        return;
    for (uint8_t n = DISSECT_CONNECTION_ID_MAX; n > 0; n--) {
        dissect_id id = {.len = n};
        if (!(self->lengths >> n & 1) || len < 1u + n)
            continue;
        memcpy(id.bytes, bytes + 1, n);
        opening.number_at = 1u + n;
        if (try_destination(self, &opening, packet, &id))
            return;
    }
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
    self->view = (dissect_view){.packets = self->packets};
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
    const dissect_view *const view = read_datagram(self, payload, len, false);
    const dissect_packet *const packet = view->packets;
    if (self->sent && view->packet_count == 1 && packet->type == DISSECT_ONE_RTT &&
        packet->status == DISSECT_READ && !has_path_frame(packet))
        dissect_sent_keep(self->sent, payload, len, packet);
    return view;
}

/* The packet can be opened where its number is decoded as the one that it has. */
static const dissect_view *arrive_as_sent(dissect *self, const dissect_packet *sent)
{
    const size_t number_len = (size_t)(sent->first_byte & NUMBER_LEN) + 1;
    const uint64_t expected = self->connections[sent->connection]->arrived[DISSECT_SPACE_DATA][sent->sender];
    const uint64_t truncated = sent->number & ((UINT64_C(1) << 8 * number_len) - 1);
    self->packets[0] = *sent;
    if (dissect_packet_number(expected, truncated, number_len) != sent->number)
        self->packets[0].status = DISSECT_NOT_AUTHENTIC;
    self->view = (dissect_view){.packets = self->packets, .packet_count = 1};
    return &self->view;
}

const dissect_view *dissect_arrival(dissect *self, const uint8_t *payload, size_t len)
{
    if (self->options.undamaged && !self->sent)
        self->sent = dissect_sent_new(); /* without it, all is decrypted again */
    const dissect_packet *const sent = self->sent ? dissect_sent_find(self->sent, payload, len) : NULL;
    return sent ? arrive_as_sent(self, sent) : read_datagram(self, payload, len, true);
}

void dissect_arrived(dissect *self, const dissect_packet *packet)
{
    static const dissect_space spaces[] = {[DISSECT_INITIAL] = DISSECT_SPACE_INITIAL,
                                           [DISSECT_HANDSHAKE] = DISSECT_SPACE_HANDSHAKE,
                                           [DISSECT_ONE_RTT] = DISSECT_SPACE_DATA};
    if (packet->status != DISSECT_READ && packet->status != DISSECT_BAD_FRAMES)
        return;
    uint64_t *const arrived =
        &self->connections[packet->connection]->arrived[spaces[packet->type]][packet->sender];
    if (packet->number >= *arrived)
        *arrived = packet->number + 1;
}
