/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sight into the datagrams of a world: does this one hold a PATH_CHALLENGE? The world owns one when the
 * scenario names a QUIC frame, or when an observer wants to see frames; whoever has the world's observer_set
 * has it there (observer_set.sight). It is told all secrets, and shown every datagram at its sender's tap.
 */
#ifndef SIM_SIGHT_H
#define SIM_SIGHT_H

#include "sim/dissect.h"

typedef struct sight sight;

typedef enum sight_kind {
    SIGHT_ANY, /* any datagram, also one that cannot be read */
    SIGHT_PATH_CHALLENGE,
    SIGHT_PATH_RESPONSE,
    SIGHT_NEW_CONNECTION_ID,
    SIGHT_ACK_ONLY, /* ACK frames, and PADDING at most, in every packet of it */
    SIGHT_STREAM    /* a STREAM frame of the stream named */
} sight_kind;

typedef struct sight_pattern {
    sight_kind kind;
    uint64_t stream; /* SIGHT_STREAM: the stream ID (RFC 9000 section 2.1) */
} sight_pattern;

/* ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int sight_new(sight **out);
void sight_free(sight *sight); /* NULL is fine */

/* A line as roam_node_callbacks.keylog has it. ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int sight_keylog(sight *sight, const char *line);

/* What is in the UDP payload: at its sender's tap, in order of sending, and anywhere after. Looking again at
 * the datagram seen last costs next to nothing. Valid until the next look. */
const dissect_view *sight_look(sight *sight, const uint8_t *payload, size_t len);

/*
 * True when the datagram holds what the pattern names. For a datagram that leaves a host, before or after its
 * tap, and for one on its way (entering the down side of a link): a NAT in between does not matter. It may be
 * called any number of times for one datagram. sight may be NULL: then it sees nothing, and only SIGHT_ANY is
 * true.
 */
bool sight_holds(sight *sight, const sight_pattern *pattern, const uint8_t *payload, size_t len);

#endif
