/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/probing.h"

#include <inttypes.h>
#include <string.h>

/* PATH_CHALLENGE as an endpoint sends it (RFC 9000 sections 8.2.1 and 9.4). */

enum {
    SERIES = 16,         /* of the last challenges, the data is compared */
    FAR_APART = 1 << 16, /* numbers nearer than that are counted, not drawn */
    FLIGHT = 2           /* datagrams that a timer sends at most (RFC 9002 section 6.2.4) */
};

/* ---- what is shared ---- */

bool probing_limit_may_forbid(const rules_end *end, const rules_path *path, uint64_t size)
{
    return end->side == DISSECT_SERVER && path->sent_since + size > RULES_AMPLIFICATION * path->last_bytes;
}

void probing_check_padded(const rules_event *event, rules_rule rule, const char *frame_name)
{
    const size_t size = event->datagram->len;
    if (size >= RULES_EXPANDED || !probing_limit_may_forbid(event->end, event->path, RULES_EXPANDED))
        RULES_CHECK(event, rule, size >= RULES_EXPANDED,
                    "a datagram with %s has %zu bytes, and is to have %d", frame_name, size, RULES_EXPANDED);
}

/* The peer's delay of its ACK may be in what is measured here, and not in what the endpoint reckons with. */
uint64_t probing_pto_least_ns(const rules_end *end)
{
    const uint64_t delay = rules_max_ack_delay_ns(end->other);
    const uint64_t smoothed = end->rtt.smoothed_ns > delay ? end->rtt.smoothed_ns - delay : 0;
    return smoothed > end->rtt.least_ns ? smoothed : end->rtt.least_ns;
}

uint64_t probing_pto_most_ns(const rules_end *end)
{
    return rules_pto_ns(&end->rtt, rules_max_ack_delay_ns(end->other));
}

static uint64_t new_path_pto_ns(uint64_t delay_ns)
{
    return rules_pto_ns(&(rules_rtt){.measured = false}, delay_ns);
}

uint64_t probing_validation_least_ns(const rules_end *end)
{
    const uint64_t current = probing_pto_least_ns(end);
    const uint64_t fresh = new_path_pto_ns(0);
    return 3 * (current > fresh ? current : fresh);
}

uint64_t probing_validation_most_ns(const rules_end *end)
{
    const uint64_t current = probing_pto_most_ns(end);
    const uint64_t fresh = new_path_pto_ns(rules_max_ack_delay_ns(end->other));
    return 3 * (current > fresh ? current : fresh);
}

bool probing_is_active(const rules_end *end, const rules_path *path)
{
    return path->serial == end->probing.active_path;
}

bool probing_same_id(const dissect_id *a, const dissect_id *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

bool probing_acknowledges(const dissect_packet *packet, uint64_t number)
{
    for (size_t i = 0; i < packet->frame_count; i++) {
        const dissect_frame *const frame = &packet->frames[i];
        for (size_t j = 0; frame->type == DISSECT_ACK && j < frame->range_count; j++)
            if (frame->ranges[j].smallest <= number && number <= frame->ranges[j].largest)
                return true;
    }
    return false;
}

/* ---- data ---- */

static uint64_t number_of(const uint8_t bytes[8])
{
    uint64_t out = 0;
    for (int i = 0; i < 8; i++)
        out = out << 8 | bytes[i];
    return out;
}

static uint64_t swapped(uint64_t number)
{
    uint64_t out = 0;
    for (int i = 0; i < 8; i++, number >>= 8)
        out = out << 8 | (number & 0xff);
    return out;
}

static bool is_near(uint64_t a, uint64_t b)
{
    return a - b < FAR_APART || b - a < FAR_APART;
}

static const char *pattern_of(const rules_end *end, const uint8_t bytes[8])
{
    const rules_challenges *const asked = &end->asked;
    const uint64_t data = number_of(bytes);
    for (uint32_t i = asked->count; i > 0 && i + SERIES > asked->count; i--) {
        const uint64_t before = number_of(asked->items[i - 1].data);
        if (before == data)
            return "the data of one before";
        if (is_near(before, data) || is_near(swapped(before), swapped(data)))
            return "data that counts on from one before";
    }
    if (rules_challenge_find(&end->heard, bytes))
        return "the data of one of its peer";
    if (asked->count < 2)
        return NULL;
    const uint64_t last = number_of(asked->items[asked->count - 1].data);
    const uint64_t before = number_of(asked->items[asked->count - 2].data);
    return data - last == last - before || swapped(data) - swapped(last) == swapped(last) - swapped(before)
               ? "data as far from the last as that from the one before"
               : NULL;
}

static void check_data(const rules_event *event, const dissect_frame *frame)
{
    const rules_end *const end = event->end;
    if (end->asked.count + end->heard.count == 0)
        return;
    const char *const pattern = pattern_of(end, frame->path_data);
    RULES_CHECK(event, RULES_CHALLENGE_UNPREDICTABLE, !pattern, "PATH_CHALLENGE %016" PRIx64 " has %s",
                number_of(frame->path_data), pattern);
}

/* ---- how many, and how often ---- */

static void check_alone(const rules_event *event)
{
    size_t count = 0;
    for (size_t i = 0; i < event->packet->frame_count; i++)
        count += event->packet->frames[i].type == DISSECT_PATH_CHALLENGE;
    RULES_CHECK(event, RULES_CHALLENGE_ONE_PER_PACKET, count == 1,
                "a packet has %zu PATH_CHALLENGE frames, and is to have one", count);
}

/* An Initial packet is sent again after a PTO, in a flight of two at most. Of a new path alone: one that is
 * validated has shown what it carries. With another connection ID, or after either end has moved, it is
 * another attempt, as another connection is. The application of a client may ask for another attempt at any
 * time, which packets do not tell: a server is judged, which validates on its own account. */
static void check_often(const rules_event *event)
{
    const rules_path *const path = event->path;
    const uint64_t *const before = path->probing.challenges_ns;
    if (before[0] == 0 || path->validated_ns != ROAM_NEVER || !event->end->rtt.measured ||
        event->end->side == DISSECT_CLIENT)
        return;
    const uint64_t current = probing_pto_least_ns(event->end);
    const uint64_t least = current < RULES_INITIAL_RTT_NS ? current : RULES_INITIAL_RTT_NS;
    RULES_CHECK(event, RULES_CHALLENGE_NOT_MORE_OFTEN_THAN_INITIAL,
                before[FLIGHT - 1] == 0 || event->now_ns - before[FLIGHT - 1] >= least,
                "%d packets with PATH_CHALLENGE went to a new path in %" PRIu64
                " ns, and a PTO is at least %" PRIu64 " ns",
                FLIGHT + 1, event->now_ns - before[FLIGHT - 1], least);
}

/* ---- repetition ---- */

static void exercise_repeated(const rules_event *event)
{
    const rules_challenges *const asked = &event->end->asked;
    const rules_challenge *const last = asked->count > 0 ? &asked->items[asked->count - 1] : NULL;
    if (last && last->path == event->path->serial && last->answered_ns == ROAM_NEVER)
        rules_exercise(event, RULES_CHALLENGE_REPEATED);
}

static void challenge_sent(const rules_event *event, const dissect_frame *frame)
{
    probing_check_padded(event, RULES_CHALLENGE_PADDED, "PATH_CHALLENGE");
    check_data(event, frame);
}

static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    if (!event->repeated)
        challenge_sent(event, frame);
}

static void sent(const rules_event *event)
{
    uint64_t *const last = event->path->probing.challenges_ns;
    if (!(event->flags & RULES_HAS_CHALLENGE) || event->repeated)
        return;
    if (!probing_same_id(&event->path->used_id, &event->packet->destination) ||
        event->path->probing.round_flips != event->end->probing.flips)
        last[0] = last[1] = 0;
    check_alone(event);
    check_often(event);
    exercise_repeated(event);
    last[1] = last[0];
    last[0] = event->now_ns;
}

const rules_group rules_probing = {
    .sent = sent, .frame_sent = frame_sent, .frames = RULES_FRAME(DISSECT_PATH_CHALLENGE)};
