/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder_internal.h"

#include <inttypes.h>

/* No packet leaves an endpoint twice (RFC 9000 section 12.3). */

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

/* Twice in a row, which an endpoint that sends a datagram twice shows. */
void recorder_wire_sent(recorder *self, recorder_connection *connection, const dissect_packet *read,
                        uint64_t now_ns)
{
    if (read->status != DISSECT_READ)
        return;
    uint64_t *const next = &connection->next_number[read->sender][space_of(read->type)];
    const recorder_attempt *const under_way =
        read->sender == DISSECT_CLIENT && connection->last ? connection->last->attempt : NULL;
    if (read->number + 1 == *next && !closes(read))
        recorder_contradict(self, under_way,
                            "packet %" PRIu64 " left a second time at %" PRIu64
                            " ns, and no number may be used again (RFC 9000 section 12.3)",
                            read->number, now_ns);
    *next = read->number + 1;
}
