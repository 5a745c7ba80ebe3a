/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_RECORDER_PARTS_H
#define SIM_RECORD_RECORDER_PARTS_H

/*
 * A path validation (RFC 9000 section 8.2) taken apart: how long each of its stages lasted, as the taps at
 * the hosts show them. The parts follow one another, and add up to the whole to the nanosecond.
 *
 *     begin .. first challenge      waiting, and for what
 *           .. answered challenge   challenges without an answer
 *           .. it leaves the queue  of the challenger's access link
 *           .. it is received       to the peer
 *           .. response sent        at the peer
 *           .. response received    back
 *           .. last answer          a second validation, where the challenge was in a small datagram
 *           .. end                  until the result is given
 */

#include <stddef.h>
#include <stdint.h>

/* PART(to, field, words), in the order in which they come; the words name what the time goes by, and `to` is
 * handed through. A rebind has the last of the waits alone. */
#define RECORDER_NAMED_WAITS(PART, to)                                                                       \
    PART(to, confirmation_ns, "waiting for confirmation of the handshake")                                   \
    PART(to, connection_id_ns, "waiting for a connection ID")                                                \
    PART(to, window_ns, "waiting for the congestion window or the pacer")
#define RECORDER_STAGES(PART, to)                                                                            \
    PART(to, other_ns, "before the first challenge for no reason that shows")                                \
    PART(to, unanswered_ns, "sending challenges without an answer")                                          \
    PART(to, queue_ns, "in the queue of the access link")                                                    \
    PART(to, to_peer_ns, "to the peer")                                                                      \
    PART(to, at_peer_ns, "at the peer")                                                                      \
    PART(to, back_ns, "back")                                                                                \
    PART(to, again_ns, "validating again with a full datagram")                                              \
    PART(to, result_ns, "until the result was given")
#define RECORDER_PARTS(PART, to) RECORDER_NAMED_WAITS(PART, to) RECORDER_STAGES(PART, to)

/* Nanoseconds. */
typedef struct recorder_parts {
    uint64_t confirmation_ns;  /* until HANDSHAKE_DONE came */
    uint64_t connection_id_ns; /* then, with no unused connection ID of the peer, until one came */
    uint64_t window_ns;        /* since the endpoint had begun to validate: QUIC held the challenge back */
    uint64_t other_ns;         /* nothing shows for what */
    uint64_t unanswered_ns;    /* from the first challenge to the one that was answered */
    uint64_t queue_ns;         /* that one waited, as of when it was sent, for those ahead of it */
    uint64_t to_peer_ns;
    uint64_t at_peer_ns;
    uint64_t back_ns;
    uint64_t
        again_ns; /* RFC 9000 section 8.2.1: the amplification limit had forbidden to pad the first one */
    uint64_t result_ns;
} recorder_parts;

/* A PATH_CHALLENGE and the PATH_RESPONSE to it, as the taps see them; ROAM_NEVER: not seen. */
typedef struct recorder_flight {
    uint64_t sent_ns;
    uint64_t queue_ns; /* wait in the challenger's access link */
    uint64_t received_ns;
    uint64_t response_sent_ns;
    uint64_t response_received_ns;
    uint64_t links_ns; /* delays of the access links that both pass */
    size_t bytes;      /* of the challenge's datagram, UDP payload */
} recorder_flight;

/* Of a flight of which nothing is seen. */
recorder_flight recorder_flight_none(void);

/* What is known of the time before the first challenge. ROAM_NEVER: did not happen. */
typedef struct recorder_waits {
    uint64_t confirmed_ns;     /* the handshake was */
    uint64_t connection_id_ns; /* a connection ID came, and none was free since begin_ns and confirmed_ns */
    uint64_t started_ns;       /* the endpoint began to validate */
} recorder_waits;

typedef struct recorder_validation {
    uint64_t begin_ns;
    uint64_t first_ns; /* the first challenge was sent; ROAM_NEVER: none is seen */
    uint64_t again_ns; /* the answer to a second one that was due came; ROAM_NEVER: none */
    uint64_t end_ns;
    const recorder_waits *waits;   /* NULL: nothing is known */
    const recorder_flight *flight; /* that was answered; NULL: none is seen */
} recorder_validation;

/* What lies before the begin (of a call that joins an attempt) or is not seen takes no time. The sum is
 * end_ns
 * - begin_ns. */
recorder_parts recorder_parts_of(const recorder_validation *validation);

uint64_t recorder_parts_sum(const recorder_parts *parts);

#endif
