/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the datagrams of a pair hold. */
#include "tools/endpoint/pair_internal.h"

#include <string.h>

enum { INITIAL_DATAGRAM_MIN = 1200 /* RFC 9000 section 14.1 */ };

static void count_frame(pair_wire *wire, const dissect_frame *frame)
{
    if ((size_t)frame->type < PAIR_FRAME_TYPES)
        wire->frames[frame->type]++;
    if (frame->type == DISSECT_CONNECTION_CLOSE)
        wire->close_error = frame->error;
    if (frame->type == DISSECT_NEW_CONNECTION_ID)
        wire->id_lengths |= UINT32_C(1) << frame->id.len;
    if (frame->type == DISSECT_ACK && frame->ecn)
        wire->ack_ecn_frames++;
    if (frame->type == DISSECT_STREAM && frame->offset + frame->len > wire->stream_bytes)
        wire->stream_bytes = frame->offset + frame->len;
}

static bool is_read(dissect_status status)
{
    return status == DISSECT_READ || status == DISSECT_CLEAR;
}

/* The local address from which each connection ID of the peer is used. */
static void note_id(pair_node *node, const dissect_id *id, uint16_t port)
{
    pair_ids *const ids = &node->ids;
    for (size_t i = 0; i < ids->count; i++)
        if (ids->id[i].len == id->len && memcmp(ids->id[i].bytes, id->bytes, id->len) == 0) {
            if (ids->port[i] != port)
                node->wire.ids_on_two++;
            return;
        }
    if (ids->count == PAIR_IDS_MAX)
        return;
    ids->id[ids->count] = *id;
    ids->port[ids->count++] = port;
}

void pair_look(pair_node *node, const roam_endpoint_datagram *datagram)
{
    pair_wire *const wire = &node->wire;
    bool initial = false;
    wire->datagrams++;
    wire->bytes += datagram->len;
    if (datagram->len > wire->largest)
        wire->largest = datagram->len;
    if (!node->pair->dissect)
        return;
    const dissect_view *const view = dissect_datagram(node->pair->dissect, datagram->data, datagram->len);
    for (size_t i = 0; i < view->packet_count; i++) {
        const dissect_packet *const packet = &view->packets[i];
        wire->packets[packet->type]++;
        initial = initial || packet->type == DISSECT_INITIAL;
        if (!is_read(packet->status))
            wire->unread[packet->status]++;
        if (packet->type == DISSECT_ONE_RTT && is_read(packet->status))
            note_id(node, &packet->destination, datagram->path.local.port);
        for (size_t j = 0; j < packet->frame_count; j++)
            count_frame(wire, &packet->frames[j]);
    }
    if (initial && node->side == PAIR_CLIENT && datagram->len < INITIAL_DATAGRAM_MIN)
        wire->short_initials++;
}
