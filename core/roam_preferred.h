/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The preferred address of a server (RFC 9000 section 9.6). A part of roam.h, which includes it. */
#ifndef ROAM_PREFERRED_H
#define ROAM_PREFERRED_H

#include "core/roam_adapter.h"

typedef struct roam_node roam_node;

/* Names the address to clients whose connections are accepted from now on: once the handshake is confirmed,
 * they are to validate it and to move to it. One address of each family; it takes the place of an earlier one
 * of its family. An adapter of roam_node_add_adapter must be bound to it, and no NAT be between it and the
 * clients. A connection that begins at a preferred address is named none. Errors: INVALID_ARGUMENT (no such
 * adapter), UNSUPPORTED (the node runs on another QUIC library). */
ROAM_CHECKED int roam_node_prefer(roam_node *node, const roam_addr *address);
/* No address of that family is named from now on. Clients that were told keep what they know. */
void roam_node_prefer_none(roam_node *node, roam_family family);

/* What a client made of its server's preferred address: it comes with ROAM_EVENT_PREFERRED_ADDRESS, once a
 * connection, from a client that follows (roam_quic_options.ignore_preferred_address). A call of roam_migrate
 * meanwhile makes the client validate the preferred address from its own new address as well (section 9.6.3).
 * A server has a ROAM_EVENT_PATH_CHANGED when its client has moved. */
typedef struct roam_preferred_record {
    int result;      /* OK: in use. TIMEOUT: not validated, the original address stays in use. NO_CONN: the
                      * connection ended before */
    roam_addr local; /* of the client, in the latest validation */
    roam_addr old_remote, new_remote;
    uint32_t challenges_sent;    /* PATH_CHALLENGE frames to the preferred address */
    uint32_t validation_rounds;  /* path validations started: one, and one for each address of the client */
    uint64_t started_ns;         /* the handshake was confirmed */
    uint64_t first_challenge_ns; /* UINT64_MAX: none was sent */
    uint64_t finished_ns;
    uint64_t srtt_before_ns, srtt_after_ns;
    uint64_t cwnd_before, cwnd_after;
} roam_preferred_record;

#endif
