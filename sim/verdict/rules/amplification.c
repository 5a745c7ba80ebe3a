/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <inttypes.h>

/*
 * What goes to an address that is not validated: at most three times what came from there (RFC 9000 section
 * 8). Addresses that an endpoint sent to before anything came from there are its own choice.
 */

static void datagram_sent(const rules_event *event)
{
    const roam_addr *const remote = &event->datagram->remote;
    if (!event->path->came_first || rules_remote_is_validated(event->end, remote))
        return;
    const uint64_t sent = rules_remote_sent(event->end, remote) + event->datagram->len;
    const uint64_t received = rules_remote_received(event->end, remote);
    const rules_rule rule = event->path->serial == event->end->handshake_path
                                ? RULES_HANDSHAKE_WITHIN_LIMIT
                                : RULES_NEW_ADDRESS_WITHIN_LIMIT;
    char text[ROAM_ADDR_STRING_MAX];
    RULES_CHECK(event, rule, sent <= RULES_AMPLIFICATION * received,
                "%" PRIu64 " bytes went to %s, which is not validated, and %" PRIu64 " had come from there",
                sent, roam_addr_format(remote, text), received);
}

const rules_group rules_amplification = {.datagram_sent = datagram_sent};
