/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/sight.h"

#include <stdlib.h>
#include <string.h>

enum { REMEMBERED = 2048 }; /* bytes; longer datagrams are read again each time */

struct sight {
    const scenario *scenario;
    dissect *dissect;
    const dissect_view *view; /* of the datagram in last; NULL: of none */
    size_t last_len;
    uint8_t last[REMEMBERED];
};

bool sight_is_needed(const scenario *whole)
{
    for (size_t i = 0; i < whole->event_count; i++) {
        const scenario_impair *const impair = whole->events[i].impair;
        if (impair && impair->frame != SCENARIO_FRAME_ANY)
            return true;
    }
    return false;
}

int sight_new(const scenario *whole, sight **out)
{
    sight *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    self->scenario = whole;
    const int status = dissect_new(NULL, &self->dissect);
    if (status != 0) {
        free(self);
        return status;
    }
    *out = self;
    return 0;
}

void sight_free(sight *self)
{
    if (!self)
        return;
    dissect_free(self->dissect);
    free(self);
}

void sight_keylog(sight *self, const char *line)
{
    const int status = dissect_keylog(self->dissect, line);
    (void)status; /* what cannot be read for want of it says so itself */
}

const dissect_view *sight_look(sight *self, const uint8_t *payload, size_t len)
{
    if (self->view && len == self->last_len && memcmp(payload, self->last, len) == 0)
        return self->view;
    const dissect_view *const view = dissect_datagram(self->dissect, payload, len);
    self->view = NULL;
    if (len > 0 && len <= sizeof self->last) {
        memcpy(self->last, payload, len);
        self->last_len = len;
        self->view = view;
    }
    return view;
}

/* A relay may have peers, too; what it only passes on is of no connection of its own. */
static bool is_endpoint(const scenario_node *node)
{
    return !node->attacker;
}

const dissect_view *sight_arrival(sight *self, uint32_t node, const uint8_t *payload, size_t len)
{
    if (!is_endpoint(&self->scenario->nodes[node]))
        return NULL;
    self->view = NULL;
    return dissect_arrival(self->dissect, payload, len);
}

static bool is_read(const dissect_packet *packet)
{
    return packet->status == DISSECT_READ;
}

static bool has_frame(const dissect_view *view, dissect_frame_type type, uint64_t stream)
{
    for (size_t i = 0; i < view->packet_count; i++) {
        const dissect_packet *const packet = &view->packets[i];
        for (size_t j = 0; is_read(packet) && j < packet->frame_count; j++) {
            if (packet->frames[j].type == type && packet->frames[j].stream_id == stream)
                return true;
        }
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

bool sight_holds(sight *self, scenario_frame kind, uint64_t stream, const uint8_t *payload, size_t len)
{
    if (kind == SCENARIO_FRAME_ANY)
        return true;
    if (!self)
        return false;
    const dissect_view *const view = sight_look(self, payload, len);
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
