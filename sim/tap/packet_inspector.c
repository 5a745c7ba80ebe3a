/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tap/packet_inspector.h"

#include "sim/scenario/after.h"

#include <stdlib.h>
#include <string.h>

enum { REMEMBERED = 2048 }; /* bytes; longer datagrams are read again each time */

/* Of one connection, by dissect_side: the first node that sent as that end. SCENARIO_NONE: none has. */
typedef struct ends {
    uint32_t node[2];
} ends;

struct packet_inspector {
    const scenario *scenario;
    ends *ends; /* by connection */
    uint32_t ends_count;
    dissect *dissect;
    bool remembers;           /* a fault may ask for what was looked at */
    const dissect_view *view; /* of the datagram in last; NULL: of none */
    size_t last_len;
    uint8_t last[REMEMBERED];
};

bool packet_inspector_is_needed(const scenario *whole)
{
    for (size_t i = 0; i < whole->event_count; i++) {
        const scenario_impair *const impair = scenario_event_impair(&whole->events[i]);
        if (impair && impair->frame != SCENARIO_FRAME_ANY)
            return true;
    }
    return false;
}

static bool has_corrupt(const scenario *whole)
{
    for (size_t i = 0; i < whole->event_count; i++)
        if (whole->events[i].verb == SCENARIO_CORRUPT)
            return true;
    return false;
}

/* An entry waits for frames to come in that dissect_arrival leaves out of what is undamaged. */
static bool awaits_arrivals(const scenario *whole)
{
    for (size_t i = 0; i < whole->after_count; i++) {
        const scenario_after *const after = whole->afters[i];
        if (after->kind == SCENARIO_AFTER_FRAME ? after->direction == SCENARIO_DOWN
                                                : after->kind == SCENARIO_AFTER_HAPPENS &&
                                                      after->what == SCENARIO_INSTANT_HANDSHAKE_CONFIRMED)
            return true;
    }
    return false;
}

/* A node dials again when it, its peer or their connection has gone, and an overlay dials as it likes. */
uint32_t packet_inspector_connections_max(const scenario *whole)
{
    enum { TIMES = 8 };
    dissect_options options;
    dissect_options_default(&options);
    return options.connections_max + TIMES * (uint32_t)(whole->peer_count + whole->node_count);
}

int packet_inspector_new(const scenario *whole, uint32_t connections_max, packet_inspector **out)
{
    packet_inspector *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    self->scenario = whole;
    self->remembers = packet_inspector_is_needed(whole);
    dissect_options options;
    dissect_options_default(&options);
    options.connections_max = connections_max ? connections_max : packet_inspector_connections_max(whole);
    options.undamaged = !has_corrupt(whole) && !awaits_arrivals(whole);
    const int status = dissect_new(&options, &self->dissect);
    if (status != 0) {
        free(self);
        return status;
    }
    *out = self;
    return 0;
}

void packet_inspector_free(packet_inspector *self)
{
    if (!self)
        return;
    dissect_free(self->dissect);
    free(self->ends);
    free(self);
}

void packet_inspector_keylog(packet_inspector *self, const char *line)
{
    const int status = dissect_keylog(self->dissect, line);
    (void)status; /* a packet that cannot be read without it has a status that says so */
}

static const dissect_view *look(packet_inspector *self, bool own, const uint8_t *payload, size_t len)
{
    if (self->view && len == self->last_len && memcmp(payload, self->last, len) == 0)
        return self->view;
    const dissect_view *const view = own ? dissect_own_datagram(self->dissect, payload, len)
                                         : dissect_datagram(self->dissect, payload, len);
    self->view = NULL;
    if (self->remembers && len > 0 && len <= sizeof self->last) {
        memcpy(self->last, payload, len);
        self->last_len = len;
        self->view = view;
    }
    return view;
}

static bool grow_ends(packet_inspector *self, uint32_t connection)
{
    uint32_t count = self->ends_count ? self->ends_count : 16;
    while (count <= connection)
        count *= 2;
    if (count == self->ends_count)
        return true;
    ends *const grown = realloc(self->ends, count * sizeof *grown);
    if (!grown)
        return false; /* what arrives is then read as if nothing had arrived before */
    for (uint32_t i = self->ends_count; i < count; i++)
        grown[i] = (ends){{SCENARIO_NONE, SCENARIO_NONE}};
    self->ends = grown;
    self->ends_count = count;
    return true;
}

static void learn_ends(packet_inspector *self, uint32_t node, const dissect_view *view)
{
    for (size_t i = 0; i < view->packet_count; i++) {
        const dissect_packet *const packet = &view->packets[i];
        if (packet->connection == DISSECT_NONE || !grow_ends(self, packet->connection))
            continue;
        uint32_t *const end = &self->ends[packet->connection].node[packet->sender];
        *end = *end == SCENARIO_NONE ? node : *end;
    }
}

const dissect_view *packet_inspector_look(packet_inspector *self, uint32_t node, bool forged,
                                          const uint8_t *payload, size_t len)
{
    const bool own = !forged && !self->scenario->nodes[node].attacker;
    const dissect_view *const view =
        look(self, own && self->scenario->nodes[node].relay_to == SCENARIO_NONE, payload, len);
    if (own)
        learn_ends(self, node, view);
    return view;
}

static bool is_for(const packet_inspector *self, uint32_t node, const dissect_packet *packet)
{
    const dissect_side receiver = dissect_other_side(packet->sender);
    return packet->connection < self->ends_count && self->ends[packet->connection].node[receiver] == node;
}

const dissect_view *packet_inspector_arrival(packet_inspector *self, uint32_t node, const uint8_t *payload,
                                             size_t len)
{
    if (self->scenario->nodes[node].attacker)
        return NULL;
    self->view = NULL;
    const dissect_view *const view = dissect_arrival(self->dissect, payload, len);
    for (size_t i = 0; i < view->packet_count; i++)
        if (is_for(self, node, &view->packets[i]))
            dissect_arrived(self->dissect, &view->packets[i]);
    return view;
}

static bool is_read(const dissect_packet *packet)
{
    return packet->status == DISSECT_READ;
}

static bool has_frame(const dissect_view *view, dissect_frame_type type, uint64_t stream)
{
    for (size_t i = 0; i < view->packet_count; i++) {
        const dissect_packet *const packet = &view->packets[i];
        for (size_t j = 0; is_read(packet) && j < packet->frame_count; j++)
            if (packet->frames[j].type == type && packet->frames[j].stream_id == stream)
                return true;
    }
    return false;
}

static bool is_ack_only(const dissect_view *view)
{
    bool acks = view->packet_count > 0;
    for (size_t i = 0; i < view->packet_count && acks; i++) {
        const dissect_packet *const packet = &view->packets[i];
        bool ack = false;
        for (size_t j = 0; j < packet->frame_count; j++) {
            const dissect_frame_type type = packet->frames[j].type;
            ack |= type == DISSECT_ACK;
            acks &= type == DISSECT_ACK || type == DISSECT_PADDING;
        }
        acks &= ack && is_read(packet);
    }
    return acks;
}

bool packet_inspector_holds(packet_inspector *self, scenario_frame kind, uint64_t stream,
                            const uint8_t *payload, size_t len)
{
    if (kind == SCENARIO_FRAME_ANY)
        return true;
    if (!self)
        return false;
    const dissect_view *const view = look(self, false, payload, len);
    switch (kind) {
    case SCENARIO_FRAME_ANY:
        break;
    case SCENARIO_FRAME_PATH_CHALLENGE:
        return has_frame(view, DISSECT_PATH_CHALLENGE, 0);
    case SCENARIO_FRAME_PATH_RESPONSE:
        return has_frame(view, DISSECT_PATH_RESPONSE, 0);
    case SCENARIO_FRAME_NEW_CONNECTION_ID:
        return has_frame(view, DISSECT_NEW_CONNECTION_ID, 0);
    case SCENARIO_FRAME_ACK_ONLY:
        return is_ack_only(view);
    case SCENARIO_FRAME_STREAM:
        return has_frame(view, DISSECT_STREAM, stream);
    }
    return false;
}
