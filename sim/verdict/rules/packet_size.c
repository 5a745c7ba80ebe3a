/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <inttypes.h>

/* Sizes of datagrams (RFC 9000 section 14). */

/* ---- what a path is known to carry ---- */

/* RFC 9000 section 14.2: a maximum datagram size belongs to a pair of IP addresses, whatever the ports. */
static bool same_hosts(const rules_path *a, const rules_path *b)
{
    return rules_same_host(&a->local, &b->local) && rules_same_host(&a->remote, &b->remote);
}

/* The largest datagram that is known to have come through between the hosts of that path. */
static uint32_t carried(const rules_end *end, const rules_path *path)
{
    uint32_t size = RULES_EXPANDED;
    for (const rules_path *at = end->paths; at; at = at->next)
        if (at->carried > size && same_hosts(at, path))
            size = at->carried;
    return size;
}

/* One of that size may have come through, by an ACK of which some ranges are not kept. */
static bool may_have_carried(const rules_end *end, const rules_path *path, size_t size)
{
    const rules_packets *const packets = &end->packets;
    const uint64_t from = packets->doubtful > RULES_PACKETS_MAX ? packets->doubtful - RULES_PACKETS_MAX : 0;
    for (uint64_t number = from; number < packets->doubtful; number++) {
        const rules_packet *const packet = rules_packet_find(packets, number);
        const rules_path *const at =
            packet && packet->size >= size ? rules_path_of_serial(end, packet->path) : NULL;
        if (at && !packet->acked && same_hosts(at, path))
            return true;
    }
    return false;
}

/* A larger datagram than is known to pass holds no data, but for a probe of the PMTU (section 14.4). */
static void sent(const rules_event *event)
{
    const size_t size = event->datagram->len;
    if (size <= RULES_EXPANDED || !(event->flags & RULES_HAS_STREAM))
        return;
    const uint32_t most = carried(event->end, event->path);
    if (size > most && may_have_carried(event->end, event->path, size))
        return;
    RULES_CHECK(event, RULES_PACKET_SIZE_AFTER_MOVE, size <= most,
                "a datagram with data has %zu bytes, and none above %" PRIu32
                " is known to pass on this path",
                size, most);
}

/* ---- IP ---- */

static void datagram_sent(const rules_event *event)
{
    if (event->datagram->ip == RULES_IP_UNKNOWN)
        return;
    RULES_CHECK(event, RULES_NOT_FRAGMENTED, event->datagram->ip == RULES_IP_WHOLE,
                "an IP packet may be fragmented: it is a fragment, or IPv4 without DF");
}

/* ---- datagrams that are too small ---- */

static void received(const rules_event *event)
{
    const bool small = event->first && event->datagram->len < RULES_EXPANDED &&
                       event->flags & (RULES_HAS_CHALLENGE | RULES_HAS_RESPONSE);
    if (small && event->end->small_ns == ROAM_NEVER)
        event->end->small_ns = event->now_ns;
}

/* Whatever comes after the first one: the connection goes on, or it is closed for what came. */
static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    rules_end *const end = event->end;
    if (end->small_ns == ROAM_NEVER || end->small_told)
        return;
    const bool closes = frame->type == DISSECT_CONNECTION_CLOSE &&
                        frame->type_byte == DISSECT_CONNECTION_CLOSE &&
                        frame->error == RULES_PROTOCOL_VIOLATION;
    end->small_told = true;
    RULES_CHECK(event, RULES_SMALL_DATAGRAM_TOLERATED, !closes,
                "CONNECTION_CLOSE with PROTOCOL_VIOLATION follows a datagram that was not expanded");
}

const rules_group rules_packet_size = {
    .datagram_sent = datagram_sent, .sent = sent, .frame_sent = frame_sent, .received = received};
