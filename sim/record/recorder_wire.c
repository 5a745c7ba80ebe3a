/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/*
 * Requirements of RFC 9000 for packets that probe a path, of which the core has no record: datagrams of
 * PATH_CHALLENGE and PATH_RESPONSE are expanded (sections 8.2.1, 8.2.2), the data of challenges is
 * unpredictable (8.2.1), no connection ID is used on two local addresses (9.5), that of a path that was left
 * is retired (5.1.2), and no packet leaves twice (12.3).
 */

enum {
    AMPLIFICATION = 3,  /* section 8 */
    FAR_APART = 1 << 16 /* numbers nearer than that are counted, not drawn */
};

/* ---- size ---- */

static recorder_heard *heard_of(recorder_connection *connection, const roam_addr *addr)
{
    for (uint32_t i = 0; i < RECORDER_REMOTES && i < connection->heard_count; i++)
        if (roam_addr_equal(&connection->heard[i].addr, addr))
            return &connection->heard[i];
    return NULL;
}

/* The latest datagram from an address counts alone: a server may have forgotten what came before a path was
 * left and taken up again. */
void recorder_wire_came(recorder_connection *connection, const observer_packet *packet)
{
    recorder_heard *heard = heard_of(connection, &packet->source);
    if (!heard)
        heard = &connection->heard[connection->heard_count++ % RECORDER_REMOTES];
    *heard = (recorder_heard){.addr = packet->source, .received = packet->payload_len};
}

/* A server may send three times of what came from an address that is not validated. */
static bool may_expand(recorder_connection *connection, dissect_side side, const observer_packet *packet)
{
    const recorder_heard *const heard = heard_of(connection, &packet->destination);
    return side == DISSECT_CLIENT ||
           (heard && heard->sent + RECORDER_EXPANDED_BYTES <= AMPLIFICATION * heard->received);
}

static void check_size(recorder *self, recorder_connection *connection, dissect_side side,
                       const recorder_attempt *attempt, const observer_packet *packet, const char *frame,
                       const char *section, uint64_t now_ns)
{
    if (packet->payload_len < RECORDER_EXPANDED_BYTES && may_expand(connection, side, packet))
        recorder_contradict(self, attempt,
                            "a datagram with %s left with %zu bytes at %" PRIu64
                            " ns, and is to be expanded to 1200 (RFC 9000 section %s)",
                            frame, packet->payload_len, now_ns, section);
}

/* ---- data ---- */

static uint64_t swapped(uint64_t number)
{
    uint64_t out = 0;
    for (int i = 0; i < 8; i++, number >>= 8)
        out = out << 8 | (number & 0xff);
    return out;
}

static bool near(uint64_t a, uint64_t b)
{
    return a - b < FAR_APART || b - a < FAR_APART;
}

static const char *pattern_of(const recorder_series *series, uint64_t data)
{
    const uint32_t count = series->count < RECORDER_CHALLENGES ? series->count : RECORDER_CHALLENGES;
    for (uint32_t i = 0; i < count; i++) {
        if (series->data[i] == data)
            return "the data of one before";
        if (near(series->data[i], data) || near(swapped(series->data[i]), swapped(data)))
            return "data that counts on from one before";
    }
    if (series->count < 2)
        return NULL;
    const uint64_t last = series->data[(series->count - 1) % RECORDER_CHALLENGES];
    const uint64_t before = series->data[(series->count - 2) % RECORDER_CHALLENGES];
    return data - last == last - before || swapped(data) - swapped(last) == swapped(last) - swapped(before)
               ? "data as far from the last as that from the one before"
               : NULL;
}

static void check_data(recorder *self, recorder_series *series, const recorder_attempt *attempt,
                       const uint8_t bytes[8], uint64_t now_ns)
{
    uint64_t data = 0;
    for (int i = 0; i < 8; i++)
        data = data << 8 | bytes[i];
    const char *const pattern = pattern_of(series, data);
    if (pattern)
        recorder_contradict(self, attempt,
                            "PATH_CHALLENGE %016" PRIx64 " left at %" PRIu64
                            " ns with %s, and is to be unpredictable (RFC 9000 section 8.2.1)",
                            data, now_ns, pattern);
    series->data[series->count++ % RECORDER_CHALLENGES] = data;
}

/* ---- number ---- */

static size_t space_of(dissect_packet_type type)
{
    return type == DISSECT_INITIAL ? 0 : type == DISSECT_HANDSHAKE ? 1 : 2;
}

/* The packet that closes a connection may be sent again as it is (section 10.2.1). */
static bool closes(const dissect_packet *read)
{
    for (size_t i = 0; i < read->frame_count; i++)
        if (read->frames[i].type == DISSECT_CONNECTION_CLOSE)
            return true;
    return false;
}

/* The same packet twice in a row, which an endpoint that sends a datagram twice shows. False: it is that, and
 * what is in it says nothing new. */
static bool check_number(recorder *self, recorder_connection *connection, const dissect_packet *read,
                         const recorder_attempt *attempt, uint64_t now_ns)
{
    uint64_t *const next = &connection->next_number[read->sender][space_of(read->type)];
    const bool again = read->number + 1 == *next && !closes(read);
    if (again)
        recorder_contradict(self, attempt,
                            "packet %" PRIu64 " left a second time at %" PRIu64
                            " ns, and no number may be used again (RFC 9000 section 12.3)",
                            read->number, now_ns);
    *next = read->number + 1;
    return !again;
}

/* ---- leaving ---- */

static const recorder_attempt *attempt_of(const recorder *self, const recorder_connection *connection,
                                          dissect_side side, const dissect_frame *frame)
{
    const recorder_challenge *asked = NULL;
    if (frame->type == DISSECT_PATH_RESPONSE)
        asked = recorder_challenge_find(
            self, connection, side == DISSECT_CLIENT ? DISSECT_SERVER : DISSECT_CLIENT, frame->path_data);
    if (asked)
        return asked->attempt;
    return side == DISSECT_CLIENT && connection->last ? connection->last->attempt : NULL;
}

void recorder_wire_sent(recorder *self, recorder_connection *connection, const dissect_packet *read,
                        const observer_packet *packet, uint64_t now_ns)
{
    const dissect_side side = read->sender;
    const recorder_attempt *const under_way =
        side == DISSECT_CLIENT && connection->last ? connection->last->attempt : NULL;
    if (read->status == DISSECT_READ && !check_number(self, connection, read, under_way, now_ns))
        return;
    for (size_t i = 0; i < read->frame_count; i++) {
        const dissect_frame *const frame = &read->frames[i];
        const recorder_attempt *const attempt = attempt_of(self, connection, side, frame);
        if (frame->type == DISSECT_PATH_CHALLENGE) {
            check_size(self, connection, side, attempt, packet, "PATH_CHALLENGE", "8.2.1", now_ns);
            check_data(self, &connection->series[side], attempt, frame->path_data, now_ns);
        } else if (frame->type == DISSECT_PATH_RESPONSE) {
            check_size(self, connection, side, attempt, packet, "PATH_RESPONSE", "8.2.2", now_ns);
        }
    }
    recorder_heard *const heard =
        side == DISSECT_SERVER && read->start == 0 ? heard_of(connection, &packet->destination) : NULL;
    if (heard)
        heard->sent += packet->payload_len;
}
