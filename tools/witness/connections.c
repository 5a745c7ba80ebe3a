/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/connections.h"

#include "tools/witness/moves.h"

#include <stdlib.h>

static connection *new_connection(uint32_t index, const sighting *seen, dissect_side sender)
{
    connection *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    const bool by_client = sender == DISSECT_CLIENT;
    *self = (connection){.index = index,
                         .client = by_client ? seen->source : seen->destination,
                         .server = by_client ? seen->destination : seen->source,
                         .first_ns = seen->time_ns,
                         .server_hello_ns = CONNECTION_NEVER,
                         .one_rtt_ns = {CONNECTION_NEVER, CONNECTION_NEVER},
                         .confirmed_ns = CONNECTION_NEVER,
                         .closed_ns = CONNECTION_NEVER,
                         .current = CONNECTION_NO_PATH};
    return self;
}

static void free_connection(connection *self)
{
    if (!self)
        return;
    free(self->paths);
    free(self->moves);
    free(self->challenges);
    free(self);
}

void connections_fini(connections *self)
{
    for (uint32_t i = 0; i < self->count; i++)
        free_connection(self->items[i]);
    free(self->items);
}

/* NULL: out of memory. */
static connection *connection_of(connections *self, const sighting *seen, const dissect_packet *packet)
{
    if (packet->connection >= self->count) {
        const uint32_t count = (packet->connection / 64 + 1) * 64;
        connection **const grown = realloc(self->items, count * sizeof(*grown));
        if (!grown)
            return NULL;
        for (uint32_t i = self->count; i < count; i++)
            grown[i] = NULL;
        self->items = grown;
        self->count = count;
    }
    connection **const place = &self->items[packet->connection];
    if (!*place)
        *place = new_connection(packet->connection, seen, packet->sender);
    return *place;
}

/* ---- packets ---- */

static void at_first(uint64_t *time_ns, uint64_t now_ns)
{
    if (*time_ns == CONNECTION_NEVER)
        *time_ns = now_ns;
}

static void take_frames(connection *self, const sighting *seen, const dissect_packet *packet)
{
    for (size_t i = 0; i < packet->frame_count; i++) {
        const dissect_frame *const frame = &packet->frames[i];
        if (frame->type == DISSECT_HANDSHAKE_DONE)
            at_first(&self->confirmed_ns, seen->time_ns);
        if (frame->type != DISSECT_CONNECTION_CLOSE || self->closed_ns != CONNECTION_NEVER)
            continue;
        self->closed_ns = seen->time_ns;
        self->closed_by = packet->sender;
        self->close_error = frame->error;
        self->close_by_application = frame->type_byte == 0x1d;
    }
}

static void take_read(connection *self, const sighting *seen, const dissect_packet *packet)
{
    const dissect_side sender = packet->sender;
    if (packet->type == DISSECT_INITIAL && sender == DISSECT_SERVER)
        at_first(&self->server_hello_ns, seen->time_ns);
    if (packet->type == DISSECT_ONE_RTT) {
        at_first(&self->one_rtt_ns[sender], seen->time_ns);
        if (packet->number >= self->largest[sender] && packet->key_phase != self->phase[sender]) {
            self->phase[sender] = packet->key_phase;
            self->key_updates[sender]++;
        }
    }
    take_frames(self, seen, packet);
}

static bool is_read(const dissect_packet *packet)
{
    return packet->status == DISSECT_READ || packet->status == DISSECT_BAD_FRAMES;
}

/* What the packet says, once, wherever it was sent. */
static void take_packet(connection *self, const sighting *seen, const dissect_packet *packet)
{
    self->flow[packet->sender].packets++;
    if (packet->status != DISSECT_READ && packet->status != DISSECT_CLEAR)
        self->unread[packet->sender][packet->status]++;
    self->version_negotiation |= packet->type == DISSECT_VERSION_NEGOTIATION;
    if (is_read(packet))
        take_read(self, seen, packet);
}

static void take_others(connections *self, const sighting *seen)
{
    self->other_datagrams++;
    for (size_t i = 0; i < seen->view->packet_count; i++)
        self->other_packets[seen->view->packets[i].status]++;
}

void connections_add(connections *self, const sighting *seen)
{
    connection *of = NULL;
    const bool sent = seen->at != SIGHTING_ARRIVED && !seen->again && !seen->forwarded;
    for (size_t i = 0; i < seen->view->packet_count; i++) {
        const dissect_packet *const packet = &seen->view->packets[i];
        if (packet->connection == DISSECT_NONE)
            continue;
        connection *const one = connection_of(self, seen, packet);
        if (!one) {
            self->failed = true;
            return;
        }
        one->last_ns = seen->time_ns;
        if (sent)
            take_packet(one, seen, packet);
        if (sent && !of) {
            one->flow[packet->sender].datagrams++;
            one->flow[packet->sender].bytes += seen->full_len;
        }
        of = one;
        if (!seen->again && !moves_take(one, seen, packet, i == 0))
            self->failed = true;
    }
    if (!of && sent)
        take_others(self, seen);
}
