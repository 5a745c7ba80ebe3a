/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <stdlib.h>
#include <string.h>

enum { PACKETS_FIRST = 16, ACK_LOOKS_BACK = 256 };

/* ---- what is in a packet ---- */

/* Of frames that say more than that they are acknowledged, and no probing frames. */
static const uint32_t FLAGS[DISSECT_DATAGRAM + 1] = {
    [DISSECT_PADDING] = RULES_HAS_PADDING,
    [DISSECT_ACK] = RULES_HAS_ACK | RULES_NON_PROBING,
    [DISSECT_CONNECTION_CLOSE] = RULES_HAS_CLOSE | RULES_NON_PROBING,
    [DISSECT_PATH_CHALLENGE] = RULES_HAS_CHALLENGE | RULES_ACK_ELICITING,
    [DISSECT_PATH_RESPONSE] = RULES_HAS_RESPONSE | RULES_ACK_ELICITING,
    [DISSECT_NEW_CONNECTION_ID] = RULES_HAS_NEW_ID | RULES_ACK_ELICITING,
    [DISSECT_RETIRE_CONNECTION_ID] = RULES_HAS_RETIRE | RULES_NON_PROBING | RULES_ACK_ELICITING,
    [DISSECT_HANDSHAKE_DONE] = RULES_HAS_DONE | RULES_NON_PROBING | RULES_ACK_ELICITING,
    [DISSECT_STREAM] = RULES_HAS_STREAM | RULES_NON_PROBING | RULES_ACK_ELICITING,
    [DISSECT_DATAGRAM] = RULES_HAS_STREAM | RULES_NON_PROBING | RULES_ACK_ELICITING,
};

static uint32_t flags_of_frame(dissect_frame_type type)
{
    return FLAGS[type] != 0 ? FLAGS[type] : (uint32_t)(RULES_NON_PROBING | RULES_ACK_ELICITING);
}

uint32_t rules_flags_of(const dissect_packet *packet)
{
    uint32_t flags = 0;
    for (size_t i = 0; i < packet->frame_count; i++)
        flags |= flags_of_frame(packet->frames[i].type);
    return flags;
}

bool rules_is_held_back(uint32_t flags)
{
    return flags & RULES_HAS_STREAM && !(flags & (RULES_HAS_CHALLENGE | RULES_HAS_RESPONSE));
}

/* ---- by number ---- */

rules_packet *rules_packet_find(const rules_packets *packets, uint64_t number)
{
    enum { AHEAD = 8 }; /* packets come, and are acknowledged, mostly in turn */
    if (packets->capacity == 0)
        return NULL;
    rules_packet *const at = &packets->items[number & (packets->capacity - 1)];
    __builtin_prefetch(&packets->items[(number + AHEAD) & (packets->capacity - 1)]);
    return at->flags != 0 && at->number == number ? at : NULL;
}

const dissect_range *rules_packet_ranges(const rules_packets *packets, const rules_packet *packet)
{
    return packets->ranges[packet->number & (packets->capacity - 1)];
}

/* The ranges go where their packets do. False: out of memory. */
static bool grow_ranges(rules_packets *packets, uint32_t capacity)
{
    if (!packets->ranges)
        return true;
    dissect_range(*const ranges)[RULES_ACK_RANGES] = calloc(capacity, sizeof *ranges);
    if (!ranges)
        return false;
    for (uint32_t i = 0; i < packets->capacity; i++)
        if (packets->items[i].range_count > 0)
            memcpy(ranges[packets->items[i].number & (capacity - 1)], packets->ranges[i], sizeof *ranges);
    free(packets->ranges);
    packets->ranges = ranges;
    return true;
}

/* Twice as many places, so that the packet in the way of the next one stays known. False: out of memory. */
static bool grow(rules_packets *packets)
{
    const uint32_t capacity = packets->capacity ? packets->capacity * 2 : PACKETS_FIRST;
    rules_packet *const items = calloc(capacity, sizeof *items);
    if (!items || !grow_ranges(packets, capacity)) {
        free(items);
        return false;
    }
    for (uint32_t i = 0; i < packets->capacity; i++)
        if (packets->items[i].flags != 0)
            items[packets->items[i].number & (capacity - 1)] = packets->items[i];
    free(packets->items);
    packets->items = items;
    packets->capacity = capacity;
    return true;
}

/* A packet is of no use any more when both ends have heard of it. */
static bool is_settled(const rules_packet *packet)
{
    return packet->flags == 0 || packet->acked ||
           (packet->received && !(packet->flags & RULES_ACK_ELICITING));
}

/* False: out of memory. */
static bool keep_ack(rules_packets *packets, rules_packet *out, const dissect_packet *packet)
{
    if (!packets->ranges)
        packets->ranges = calloc(packets->capacity, sizeof *packets->ranges);
    if (!packets->ranges)
        return false;
    for (size_t i = 0; i < packet->frame_count; i++) {
        const dissect_frame *const frame = &packet->frames[i];
        if (frame->type != DISSECT_ACK)
            continue;
        out->range_count =
            (uint8_t)(frame->range_count < RULES_ACK_RANGES ? frame->range_count : RULES_ACK_RANGES);
        out->cut = frame->range_count > RULES_ACK_RANGES;
        memcpy(packets->ranges[out - packets->items], frame->ranges,
               out->range_count * sizeof *frame->ranges);
    }
    return true;
}

rules_packet *rules_packet_add(rules_packets *packets, const rules_event *event)
{
    const dissect_packet *const packet = event->packet;
    const uint64_t number = packet->number;
    while (packets->capacity == 0 || (packets->capacity < RULES_PACKETS_MAX &&
                                      packets->items[number & (packets->capacity - 1)].number != number &&
                                      !is_settled(&packets->items[number & (packets->capacity - 1)])))
        if (!grow(packets))
            return NULL;
    rules_packet *const at = &packets->items[number & (packets->capacity - 1)];
    *at = (rules_packet){.number = number,
                         .sent_ns = event->now_ns,
                         .flags = event->flags,
                         .size = (uint32_t)event->datagram->len,
                         .path = event->path->serial};
    if (event->flags & RULES_HAS_ACK && !keep_ack(packets, at, packet))
        return NULL;
    packets->next = number >= packets->next ? number + 1 : packets->next;
    packets->unacked += (at->flags & RULES_ACK_ELICITING) != 0;
    return at;
}

void rules_packets_fini(rules_packets *packets)
{
    free(packets->items);
    free(packets->ranges);
}

/* ---- acknowledgements ---- */

void rules_rtt_sample(rules_rtt *rtt, uint64_t sample_ns)
{
    rtt->latest_ns = sample_ns;
    if (!rtt->measured) {
        *rtt = (rules_rtt){.measured = true,
                           .latest_ns = sample_ns,
                           .smoothed_ns = sample_ns,
                           .variation_ns = sample_ns / 2,
                           .least_ns = sample_ns,
                           .most_ns = sample_ns};
        return;
    }
    const uint64_t apart =
        rtt->smoothed_ns > sample_ns ? rtt->smoothed_ns - sample_ns : sample_ns - rtt->smoothed_ns;
    rtt->least_ns = sample_ns < rtt->least_ns ? sample_ns : rtt->least_ns;
    rtt->most_ns = sample_ns > rtt->most_ns ? sample_ns : rtt->most_ns;
    rtt->variation_ns = (3 * rtt->variation_ns + apart) / 4;
    rtt->smoothed_ns = (7 * rtt->smoothed_ns + sample_ns) / 8;
}

uint64_t rules_pto_ns(const rules_rtt *rtt, uint64_t max_ack_delay_ns)
{
    const uint64_t smoothed = rtt->measured ? rtt->smoothed_ns : RULES_INITIAL_RTT_NS;
    const uint64_t variation = 4 * (rtt->measured ? rtt->variation_ns : RULES_INITIAL_RTT_NS / 2);
    return smoothed + (variation > RULES_GRANULARITY_NS ? variation : RULES_GRANULARITY_NS) +
           max_ack_delay_ns;
}

/* A datagram of that size has come through on the path of that serial. */
static void carry(rules_end *end, uint32_t serial, uint32_t size)
{
    rules_path *const path = size > RULES_EXPANDED ? rules_path_of_serial(end, serial) : NULL;
    if (path && size > path->carried)
        path->carried = size;
}

/* False: the packet was acknowledged before, or is not known. */
static bool acknowledge(rules_end *end, uint64_t number)
{
    rules_packet *const packet = rules_packet_find(&end->packets, number);
    if (!packet || packet->acked)
        return false;
    packet->acked = true;
    carry(end, packet->path, packet->size);
    end->packets.unacked -= packet->flags & RULES_ACK_ELICITING && end->packets.unacked > 0;
    return true;
}

/* The least number that a later ACK may acknowledge anew: all below are acknowledged, or not known. Gaps that
 * stay, of packets that were lost, are looked at no longer than ACK_LOOKS_BACK. */
static void settle(rules_packets *packets)
{
    const uint64_t least =
        packets->largest_acked > ACK_LOOKS_BACK ? packets->largest_acked - ACK_LOOKS_BACK : 0;
    packets->settled = packets->settled > least ? packets->settled : least;
    while (packets->settled < packets->largest_acked) {
        const rules_packet *const packet = rules_packet_find(packets, packets->settled);
        if (packet && !packet->acked)
            return;
        packets->settled++;
    }
}

static bool acknowledge_range(rules_end *end, const dissect_range *range)
{
    const rules_packets *const packets = &end->packets;
    const uint64_t last = range->largest < packets->next ? range->largest : packets->next - 1;
    bool any = false;
    uint64_t number = range->smallest > packets->settled ? range->smallest : packets->settled;
    if (last > RULES_PACKETS_MAX && number < last - RULES_PACKETS_MAX)
        number = last - RULES_PACKETS_MAX;
    for (; number <= last; number++)
        any |= acknowledge(end, number);
    return any;
}

bool rules_packets_acked(rules_end *end, const rules_packet *ack, uint64_t now_ns)
{
    rules_packets *const packets = &end->packets;
    if (ack->range_count == 0 || packets->next == 0)
        return false;
    const dissect_range *const ranges = rules_packet_ranges(&end->other->packets, ack);
    const uint64_t largest = ranges[0].largest;
    const rules_packet *const newest = rules_packet_find(packets, largest);
    if (newest && !newest->acked && newest->flags & RULES_ACK_ELICITING)
        rules_rtt_sample(&end->rtt, now_ns - newest->sent_ns);
    bool any = false;
    for (int i = ack->range_count - 1; i >= 0; i--)
        any |= acknowledge_range(end, &ranges[i]);
    const uint64_t least = ranges[ack->range_count - 1].smallest;
    packets->doubtful = ack->cut && least > packets->doubtful ? least : packets->doubtful;
    if (any && largest < packets->next && (!packets->acked_any || largest > packets->largest_acked)) {
        packets->acked_any = true;
        packets->largest_acked = largest;
        settle(packets);
    }
    return any;
}
