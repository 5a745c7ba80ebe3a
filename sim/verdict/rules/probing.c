/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

/* PATH_CHALLENGE and PATH_RESPONSE (RFC 9000 section 8.2). */

/* The limit of section 8 may forbid a datagram of that size: an endpoint may have forgotten an address that
 * it left, and what came from there, so that the last datagram alone counts. A client chooses the addresses
 * that it sends to. */
static bool limit_may_forbid(const rules_event *event, uint64_t size)
{
    const rules_path *const path = event->path;
    return event->end->side == DISSECT_SERVER &&
           path->sent_since + size > RULES_AMPLIFICATION * path->last_bytes;
}

static void challenge_sent(const rules_event *event)
{
    const size_t size = event->datagram->len;
    if (size >= RULES_EXPANDED || !limit_may_forbid(event, RULES_EXPANDED))
        RULES_CHECK(event, RULES_CHALLENGE_PADDED, size >= RULES_EXPANDED,
                    "a datagram with PATH_CHALLENGE has %zu bytes, and is to have %d", size, RULES_EXPANDED);
}

static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    if (frame->type == DISSECT_PATH_CHALLENGE)
        challenge_sent(event);
}

const rules_group rules_probing = {.frame_sent = frame_sent};
