/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/explain_trace.h"

#include "core/hash.h"
#include "core/table.h"
#include "sim/wire/ip.h"
#include "sim/wire/transport_parameters.h"
#include "tools/witness/explain_capture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RESET_BYTES_MIN = 21 }; /* RFC 9000 section 10.3 */

/* A datagram at a host's end of a link. */
typedef struct sighting {
    uint64_t time_ns;
    uint64_t payload;
    explain_place place;
    uint32_t number;   /* in the file */
    uint32_t datagram; /* EXPLAIN_NONE: it did not leave a host with these bytes */
    uint32_t bytes;
    uint32_t comment;
    bool up;
    roam_addr source, destination;
} sighting;

typedef struct known_id {
    uint32_t connection;
    dissect_side side; /* who chose it */
    uint32_t sequence;
    dissect_id id;
    bool has_token;
    uint8_t token[TRANSPORT_RESET_TOKEN_BYTES];
} known_id;

typedef struct reading {
    explain_trace *trace;
    dissect *dissect;
    sighting *sightings;
    size_t sighting_count;
    known_id *ids;
    size_t id_count;
    explain_place *places; /* by number of the interface */
    size_t place_count;
    core_table by_payload; /* datagrams */
    core_table open;       /* hops that have not ended, and those that have: by payload */
} reading;

/* ---- what is in a datagram ---- */

static const known_id *find_id(const reading *self, uint32_t connection, dissect_side side,
                               const dissect_id *id)
{
    for (size_t i = self->id_count; i-- > 0;) {
        const known_id *const one = &self->ids[i];
        if (one->connection == connection && one->side == side && one->id.len == id->len &&
            memcmp(one->id.bytes, id->bytes, id->len) == 0)
            return one;
    }
    return NULL;
}

/* token: NULL without. */
static bool learn_id(reading *self, uint32_t connection, dissect_side side, uint64_t sequence,
                     const dissect_id *id, const uint8_t *token)
{
    if (connection == DISSECT_NONE || find_id(self, connection, side, id))
        return true;
    if (!explain_grow((void **)&self->ids, self->id_count, sizeof *self->ids))
        return false;
    known_id *const added = &self->ids[self->id_count++];
    *added = (known_id){.connection = connection, .side = side, .sequence = (uint32_t)sequence, .id = *id};
    added->has_token = token != NULL;
    if (token)
        (void)memcpy(added->token, token, sizeof added->token);
    return true;
}

static uint64_t extra_of(const dissect_frame *frame)
{
    if (frame->type == DISSECT_STREAM || frame->type == DISSECT_CRYPTO)
        return frame->offset;
    return frame->type == DISSECT_NEW_CONNECTION_ID ? frame->retire_prior_to : frame->error;
}

static bool add_frame(explain_trace *trace, const dissect_packet *packet, const dissect_frame *frame)
{
    if (!explain_grow((void **)&trace->frames, trace->frame_count, sizeof *trace->frames))
        return false;
    explain_frame *const added = &trace->frames[trace->frame_count++];
    *added = (explain_frame){.packet_type = (uint8_t)packet->type, .number = packet->number};
    if (!frame) {
        added->type = EXPLAIN_UNREADABLE;
        added->value = (uint64_t)packet->status;
        return true;
    }
    added->type = (uint8_t)frame->type;
    added->fin = frame->fin;
    added->len = frame->type == DISSECT_PADDING ? frame->wire_len : (uint32_t)frame->len;
    added->value = frame->type == DISSECT_STREAM ? frame->stream_id : frame->value;
    added->extra = extra_of(frame);
    (void)memcpy(added->data, frame->path_data, sizeof added->data);
    return true;
}

static bool add_packet(reading *self, explain_datagram *datagram, const dissect_packet *packet)
{
    const bool read = packet->status == DISSECT_READ || packet->status == DISSECT_BAD_FRAMES;
    const dissect_side other = packet->sender == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT;
    bool good = true;
    if (packet->connection != DISSECT_NONE) {
        const known_id *const id = find_id(self, packet->connection, other, &packet->destination);
        datagram->connection = packet->connection;
        datagram->sender = packet->sender;
        datagram->id = id ? id->sequence : EXPLAIN_NONE;
    }
    if (!read)
        return add_frame(self->trace, packet, NULL);
    if (packet->type == DISSECT_INITIAL || packet->type == DISSECT_HANDSHAKE)
        good = learn_id(self, packet->connection, packet->sender, 0, &packet->source, NULL);
    for (size_t i = 0; good && i < packet->frame_count; i++) {
        const dissect_frame *const frame = &packet->frames[i];
        good = add_frame(self->trace, packet, frame);
        if (good && frame->type == DISSECT_NEW_CONNECTION_ID)
            good = learn_id(self, packet->connection, packet->sender, frame->value, &frame->id,
                            frame->reset_token);
    }
    return good;
}

/* ---- stateless resets (RFC 9000 section 10.3) ---- */

/* The connection whose server has given that token in its transport parameters. */
static uint32_t connection_of_token(const reading *self, const uint8_t *token)
{
    for (uint32_t i = 0; i < dissect_connection_count(self->dissect); i++) {
        const transport_parameters *const said = dissect_parameters(self->dissect, i, DISSECT_SERVER);
        if (said && transport_parameters_has(said, TRANSPORT_STATELESS_RESET_TOKEN) &&
            memcmp(said->stateless_reset_token, token, sizeof said->stateless_reset_token) == 0)
            return i;
    }
    return EXPLAIN_NONE;
}

/* A datagram of no connection that ends in a token: it is of the end that gave the token out. What was read
 * of it means nothing. False: out of memory. */
static bool take_reset(reading *self, explain_datagram *datagram, const ip_datagram *ip)
{
    explain_trace *const trace = self->trace;
    if (datagram->connection != EXPLAIN_NONE || ip->payload_len < RESET_BYTES_MIN)
        return true;
    const uint8_t *const token = ip->payload + ip->payload_len - TRANSPORT_RESET_TOKEN_BYTES;
    const known_id *known = NULL;
    for (size_t i = self->id_count; !known && i-- > 0;)
        if (self->ids[i].has_token && memcmp(self->ids[i].token, token, sizeof self->ids[i].token) == 0)
            known = &self->ids[i];
    datagram->connection = known ? known->connection : connection_of_token(self, token);
    if (datagram->connection == EXPLAIN_NONE)
        return true;
    datagram->sender = known ? known->side : DISSECT_SERVER;
    trace->frame_count = datagram->first_frame;
    if (!explain_grow((void **)&trace->frames, trace->frame_count, sizeof *trace->frames))
        return false;
    trace->frames[trace->frame_count++] = (explain_frame){
        .type = EXPLAIN_RESET, .packet_type = DISSECT_ONE_RTT, .value = known ? known->sequence : 0};
    return true;
}

static bool add_datagram(reading *self, uint64_t hash, const ip_datagram *ip)
{
    explain_trace *const trace = self->trace;
    if (!explain_grow((void **)&trace->datagrams, trace->datagram_count, sizeof *trace->datagrams) ||
        core_table_reserve(&self->by_payload) != 0)
        return false;
    const dissect_view *const view = dissect_datagram(self->dissect, ip->payload, ip->payload_len);
    explain_datagram added = {.payload = hash,
                              .bytes = (uint32_t)ip->payload_len,
                              .connection = EXPLAIN_NONE,
                              .id = EXPLAIN_NONE,
                              .first_frame = (uint32_t)trace->frame_count};
    for (size_t i = 0; i < view->packet_count; i++)
        if (!add_packet(self, &added, &view->packets[i]))
            return false;
    if (!take_reset(self, &added, ip))
        return false;
    added.frame_count = (uint32_t)trace->frame_count - added.first_frame;
    core_table_add(&self->by_payload, hash, (uint32_t)trace->datagram_count);
    trace->datagrams[trace->datagram_count++] = added;
    return true;
}

/* ---- what was seen ---- */

static uint32_t datagram_of(const reading *self, uint64_t hash, size_t bytes)
{
    uint32_t slot;
    uint32_t id = core_table_first(&self->by_payload, hash, &slot);
    while (id != CORE_TABLE_NONE &&
           (self->trace->datagrams[id].payload != hash || self->trace->datagrams[id].bytes != bytes))
        id = core_table_next(&self->by_payload, hash, &slot);
    return id == CORE_TABLE_NONE ? EXPLAIN_NONE : id;
}

static explain_place place_named(const explain_run *run, const char *interface)
{
    const char *const slash = strchr(interface, '/');
    char node[512];
    if (!slash)
        return EXPLAIN_NONE;
    (void)snprintf(node, sizeof node, "%.*s", (int)(slash - interface), interface);
    return explain_run_place(run, explain_run_node(run, node), explain_run_network(run, slash + 1));
}

/* False: out of memory. The names of interfaces are looked up once. */
static bool place_of(reading *self, const explain_datagram_seen *seen, explain_place *place)
{
    while (self->place_count <= seen->number) {
        if (!explain_grow((void **)&self->places, self->place_count, sizeof *self->places))
            return false;
        self->places[self->place_count++] = EXPLAIN_NONE - 1;
    }
    if (self->places[seen->number] == EXPLAIN_NONE - 1)
        self->places[seen->number] = place_named(self->trace->run, seen->interface);
    *place = self->places[seen->number];
    return true;
}

/* False: out of memory. */
static bool keep_comment(explain_trace *trace, const explain_datagram_seen *seen, uint32_t *number)
{
    *number = EXPLAIN_NONE;
    if (!seen->comment)
        return true;
    if (!explain_grow((void **)&trace->comments, trace->comment_count, sizeof *trace->comments))
        return false;
    char *const text = strndup(seen->comment, seen->comment_len);
    if (!text)
        return false;
    for (char *at = text; *at; at++) /* nothing that moves a terminal's cursor */
        if ((unsigned char)*at < ' ' || *at == 127)
            *at = ' ';
    *number = (uint32_t)trace->comment_count;
    trace->comments[trace->comment_count++] = text;
    return true;
}

static bool on_packet(void *ctx, const explain_datagram_seen *seen)
{
    reading *const self = ctx;
    explain_place place;
    ip_datagram ip;
    if (!place_of(self, seen, &place))
        return false;
    if (place == EXPLAIN_NONE || ip_parse_headers(seen->bytes, seen->len, &ip) != IP_OK)
        return true;
    const uint64_t hash = core_hash_bytes(CORE_HASH_START, ip.payload, ip.payload_len);
    if (seen->up && datagram_of(self, hash, ip.payload_len) == EXPLAIN_NONE && !add_datagram(self, hash, &ip))
        return false;
    if (!explain_grow((void **)&self->sightings, self->sighting_count, sizeof *self->sightings))
        return false;
    uint32_t comment;
    if (!keep_comment(self->trace, seen, &comment))
        return false;
    self->sightings[self->sighting_count] = (sighting){.time_ns = seen->time_ns,
                                                       .payload = hash,
                                                       .place = place,
                                                       .number = (uint32_t)self->sighting_count,
                                                       .bytes = (uint32_t)ip.payload_len,
                                                       .comment = comment,
                                                       .up = seen->up,
                                                       .source = ip.source,
                                                       .destination = ip.destination};
    self->sighting_count++;
    return true;
}

static bool on_secrets(void *ctx, const char *lines)
{
    reading *const self = ctx;
    char line[1024];
    while (*lines) {
        const size_t len = strcspn(lines, "\n");
        (void)snprintf(line, sizeof line, "%.*s", (int)len, lines);
        if (dissect_keylog(self->dissect, line) != 0)
            return false;
        lines += len + (lines[len] == '\n');
    }
    return true;
}

/* ---- from host to host ---- */

static uint32_t node_of(const explain_trace *trace, explain_place place)
{
    return place == EXPLAIN_NONE ? EXPLAIN_NONE : place / (uint32_t)trace->run->network_count;
}

static void learn_ends(explain_trace *trace, const explain_hop *hop)
{
    const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
    const uint32_t node = node_of(trace, hop->from);
    if (datagram->connection == EXPLAIN_NONE || hop->forged || hop->onward)
        return;
    explain_connection *const connection = &trace->connections[datagram->connection];
    uint32_t *const end = datagram->sender == DISSECT_CLIENT ? &connection->client : &connection->server;
    if (*end == EXPLAIN_NONE)
        *end = node;
}

static uint32_t hop_at_relay(const reading *self, const sighting *seen, uint32_t node)
{
    const explain_trace *const trace = self->trace;
    uint32_t slot;
    for (uint32_t id = core_table_first(&self->open, seen->payload, &slot); id != CORE_TABLE_NONE;
         id = core_table_next(&self->open, seen->payload, &slot)) {
        const explain_hop *const hop = &trace->hops[id];
        if (hop->arrived && node_of(trace, hop->to) == node && hop->next == EXPLAIN_NONE &&
            trace->datagrams[hop->datagram].payload == seen->payload)
            return id;
    }
    return EXPLAIN_NONE;
}

static bool begin_hop(reading *self, const sighting *seen)
{
    explain_trace *const trace = self->trace;
    const uint32_t node = node_of(trace, seen->place);
    if (!explain_grow((void **)&trace->hops, trace->hop_count, sizeof *trace->hops) ||
        core_table_reserve(&self->open) != 0)
        return false;
    const explain_place owner = explain_run_owner(trace->run, &seen->source, seen->time_ns);
    const uint32_t before =
        trace->run->nodes[node].relay_to != EXPLAIN_NONE ? hop_at_relay(self, seen, node) : EXPLAIN_NONE;
    explain_hop *const hop = &trace->hops[trace->hop_count];
    *hop = (explain_hop){.sent_ns = seen->time_ns,
                         .ended_ns = EXPLAIN_NEVER,
                         .from = seen->place,
                         .to = EXPLAIN_NONE,
                         .datagram = datagram_of(self, seen->payload, seen->bytes),
                         .next = EXPLAIN_NONE,
                         .path = EXPLAIN_NONE,
                         .drop = EXPLAIN_NONE,
                         .comment = seen->comment,
                         .forged = trace->run->nodes[node].attacker ||
                                   (owner != EXPLAIN_NONE && node_of(trace, owner) != node),
                         .onward = before != EXPLAIN_NONE,
                         .source = seen->source,
                         .destination = seen->destination};
    if (before != EXPLAIN_NONE)
        trace->hops[before].next = (uint32_t)trace->hop_count;
    learn_ends(trace, hop);
    core_table_add(&self->open, seen->payload, (uint32_t)trace->hop_count++);
    return true;
}

/* The hop of a datagram with these bytes that has not ended; one from that address first. */
static uint32_t open_hop(const reading *self, uint64_t payload, const roam_addr *source, uint32_t not_from)
{
    const explain_trace *const trace = self->trace;
    uint32_t found = EXPLAIN_NONE;
    uint32_t slot;
    for (uint32_t id = core_table_first(&self->open, payload, &slot); id != CORE_TABLE_NONE;
         id = core_table_next(&self->open, payload, &slot)) {
        const explain_hop *const hop = &trace->hops[id];
        if (hop->ended_ns != EXPLAIN_NEVER || trace->datagrams[hop->datagram].payload != payload ||
            node_of(trace, hop->from) == not_from)
            continue;
        if (found == EXPLAIN_NONE || roam_addr_equal(&hop->source, source))
            found = id;
    }
    return found;
}

/* A second copy: the hop of the first one. */
static void count_copy(reading *self, const sighting *seen)
{
    explain_trace *const trace = self->trace;
    uint32_t slot;
    for (uint32_t id = core_table_first(&self->open, seen->payload, &slot); id != CORE_TABLE_NONE;
         id = core_table_next(&self->open, seen->payload, &slot))
        if (trace->hops[id].arrived && trace->hops[id].to == seen->place &&
            trace->datagrams[trace->hops[id].datagram].payload == seen->payload) {
            trace->hops[id].copies++;
            return;
        }
}

/* The oldest hop of a datagram of that length between these addresses, one of which a NAT may have changed.
 */
static uint32_t hop_alike(const explain_trace *trace, uint64_t at_ns, size_t bytes, const roam_addr *source,
                          const roam_addr *destination)
{
    for (uint32_t i = 0; i < trace->hop_count && trace->hops[i].sent_ns <= at_ns; i++) {
        const explain_hop *const hop = &trace->hops[i];
        if (hop->ended_ns == EXPLAIN_NEVER && trace->datagrams[hop->datagram].bytes == bytes &&
            (roam_addr_equal(&hop->source, source) || roam_addr_equal(&hop->destination, destination)))
            return i;
    }
    return EXPLAIN_NONE;
}

static void end_hop(explain_trace *trace, uint32_t id, const sighting *seen)
{
    explain_hop *const hop = &trace->hops[id];
    hop->arrived = true;
    hop->ended_ns = seen->time_ns;
    hop->to = seen->place;
    hop->seen_source = seen->source;
    hop->seen_destination = seen->destination;
    if (hop->comment == EXPLAIN_NONE)
        hop->comment = seen->comment;
}

static int by_time(const void *left, const void *right)
{
    const sighting *const a = left;
    const sighting *const b = right;
    if (a->time_ns != b->time_ns)
        return a->time_ns < b->time_ns ? -1 : 1;
    return a->number < b->number ? -1 : a->number > b->number;
}

static bool join_sightings(reading *self)
{
    explain_trace *const trace = self->trace;
    if (self->sighting_count > 0)
        qsort(self->sightings, self->sighting_count, sizeof *self->sightings, by_time);
    for (size_t i = 0; i < self->sighting_count; i++) {
        const sighting *const seen = &self->sightings[i];
        if (seen->up) {
            if (!begin_hop(self, seen))
                return false;
            continue;
        }
        uint32_t id = open_hop(self, seen->payload, &seen->source, node_of(trace, seen->place));
        if (id == EXPLAIN_NONE && datagram_of(self, seen->payload, seen->bytes) == EXPLAIN_NONE) {
            id = hop_alike(trace, seen->time_ns, seen->bytes, &seen->source, &seen->destination);
            if (id != EXPLAIN_NONE)
                trace->hops[id].altered = true;
        }
        if (id != EXPLAIN_NONE)
            end_hop(trace, id, seen);
        else
            count_copy(self, seen);
    }
    return true;
}

static void join_drops(reading *self)
{
    explain_trace *const trace = self->trace;
    for (size_t i = 0; i < trace->run->drop_count; i++) {
        const explain_drop *const drop = &trace->run->drops[i];
        const size_t headers = ip_headers_len(drop->source.family);
        uint32_t id =
            drop->has_payload ? open_hop(self, drop->payload, &drop->source, EXPLAIN_NONE) : EXPLAIN_NONE;
        const bool known = drop->has_payload && drop->len > headers &&
                           datagram_of(self, drop->payload, drop->len - headers) != EXPLAIN_NONE;
        if (id == EXPLAIN_NONE && !known && drop->len > headers)
            id = hop_alike(trace, drop->at_ns, drop->len - headers, &drop->source, &drop->destination);
        if (id == EXPLAIN_NONE)
            continue;
        trace->hops[id].drop = (uint32_t)i;
        trace->hops[id].ended_ns = drop->at_ns;
        if (!drop->up)
            trace->hops[id].to = drop->place;
    }
}

/* ---- rules that were broken ---- */

size_t explain_hop_at(const explain_trace *trace, uint64_t at_ns)
{
    size_t low = 0;
    size_t high = trace->hop_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (trace->hops[middle].sent_ns < at_ns)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The datagram with which it showed is told, if it is the endpoint's own. */
static void mark_notes(explain_trace *trace)
{
    for (size_t i = 0; i < trace->run->event_count; i++) {
        const explain_event *const event = &trace->run->events[i];
        const uint64_t number = explain_count(event->line, "packet", EXPLAIN_NEVER);
        const uint32_t node = explain_run_node(trace->run, explain_text(event->line, "node"));
        if (strcmp(event->name, EXPLAIN_RULE) != 0 || number == EXPLAIN_NEVER)
            continue;
        for (size_t k = explain_hop_at(trace, event->at_ns);
             k < trace->hop_count && trace->hops[k].sent_ns == event->at_ns; k++) {
            explain_hop *const hop = &trace->hops[k];
            const explain_datagram *const datagram = &trace->datagrams[hop->datagram];
            for (uint32_t f = 0; node_of(trace, hop->from) == node && f < datagram->frame_count; f++)
                hop->noted = hop->noted || trace->frames[datagram->first_frame + f].number == number;
        }
    }
}

/* ---- the whole ---- */

const explain_hop *explain_last_hop(const explain_trace *trace, const explain_hop *hop)
{
    while (hop->next != EXPLAIN_NONE)
        hop = &trace->hops[hop->next];
    return hop;
}

bool explain_holds(const explain_trace *trace, const explain_datagram *datagram, uint8_t type)
{
    for (uint32_t i = 0; i < datagram->frame_count; i++)
        if (trace->frames[datagram->first_frame + i].type == type)
            return true;
    return false;
}

bool explain_holds_data(const explain_trace *trace, const explain_datagram *datagram)
{
    return explain_holds(trace, datagram, DISSECT_STREAM) || explain_holds(trace, datagram, DISSECT_DATAGRAM);
}

static bool make_connections(explain_trace *trace, uint32_t count)
{
    trace->connections = calloc((size_t)count + 1, sizeof *trace->connections);
    trace->connection_count = trace->connections ? count : 0;
    for (size_t i = 0; i < trace->connection_count; i++)
        trace->connections[i] = (explain_connection){EXPLAIN_NONE, EXPLAIN_NONE};
    return trace->connections != NULL;
}

bool explain_trace_read(const explain_run *run, const char *path, explain_trace *trace, char *message)
{
    reading self = {.trace = trace};
    const explain_capture_reader reader = {.ctx = &self, .packet = on_packet, .secrets = on_secrets};
    *trace = (explain_trace){.run = run};
    (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "out of memory");
    bool good =
        dissect_new(NULL, &self.dissect) == 0 && explain_capture_read(path, &reader, &trace->cut, message);
    if (good) {
        trace->failed = dissect_failed(self.dissect);
        good = make_connections(trace, dissect_connection_count(self.dissect)) && join_sightings(&self);
    }
    if (good) {
        join_drops(&self);
        mark_notes(trace);
        good = explain_trace_paths(trace) && explain_trace_follow(trace);
    }
    dissect_free(self.dissect);
    core_table_fini(&self.by_payload);
    core_table_fini(&self.open);
    free(self.sightings);
    free(self.ids);
    free(self.places);
    return good;
}

void explain_trace_fini(explain_trace *trace)
{
    for (size_t i = 0; i < trace->comment_count; i++)
        free(trace->comments[i]);
    free(trace->comments);
    free(trace->frames);
    free(trace->datagrams);
    free(trace->hops);
    free(trace->connections);
    free(trace->paths);
    *trace = (explain_trace){0};
}
