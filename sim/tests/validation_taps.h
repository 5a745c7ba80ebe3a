/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What taps at the hosts see of path validation: how long an end keeps a PATH_CHALLENGE or PATH_RESPONSE
 * (RFC 9000 section 8.2), and how long the network takes to carry it; and what qlog says of loss recovery.
 * Times are virtual nanoseconds; ROAM_NEVER stands for "did not happen".
 */
#ifndef SIM_TESTS_VALIDATION_TAPS_H
#define SIM_TESTS_VALIDATION_TAPS_H

#include "sim/world/world.h"

enum { VALIDATION_NODES = 2, VALIDATION_FLIGHTS_MAX = 512, VALIDATION_SOURCES_MAX = 64 };

/* A PATH_CHALLENGE frame, known by its data, and the PATH_RESPONSE to it. */
typedef struct validation_flight {
    uint8_t data[8];
    uint32_t challenger;  /* node */
    roam_addr from, to;   /* of the challenge, as it leaves */
    roam_addr arrived_at; /* local address of the node that it comes to */
    uint64_t heard;       /* bytes of UDP payload that had come to the challenger from there before */
    uint64_t challenge_digest, response_digest; /* of the datagrams that carry them */
    uint64_t challenge_sent_ns, challenge_received_ns;
    uint64_t response_sent_ns, response_received_ns;
} validation_flight;

/* An address from which a node received datagrams. */
typedef struct validation_source {
    uint32_t node;
    roam_addr address;
    uint64_t first_ns; /* the first datagram */
    uint64_t received; /* bytes of UDP payload from there */
    uint64_t sent;     /* and to there */
} validation_source;

/* A local address of a node, and the first datagram from there with a frame other than probing frames (RFC
 * 9000 section 9.1), which moves the peer. */
typedef struct validation_local {
    uint32_t node;
    roam_addr address;
    uint64_t digest;
    uint64_t sent_ns, received_ns;
} validation_local;

/* Loss recovery of a node, as qlog told it last (RFC 9002). */
typedef struct validation_recovery {
    uint64_t pto_count;
    uint64_t lost; /* packets declared lost */
    uint64_t last_lost_ns;
} validation_recovery;

typedef struct validation_taps {
    const world *world; /* to be set when it is made; qlog has no time of its own to be read */
    validation_flight flights[VALIDATION_FLIGHTS_MAX];
    size_t flight_count;
    validation_source sources[VALIDATION_SOURCES_MAX];
    size_t source_count;
    validation_local locals[VALIDATION_SOURCES_MAX];
    size_t local_count;
    validation_recovery recovery[VALIDATION_NODES];
    uint64_t last_queue_drop_ns;
    bool overflow; /* more of one kind than there is room for */
} validation_taps;

/* To give to a world; valid while taps is. The functions for results are the caller's to set, with the same
 * ctx. */
observer validation_taps_observer(validation_taps *taps);

/* NULL: the node received nothing from there. */
const validation_source *validation_source_of(const validation_taps *taps, uint32_t node,
                                              const roam_addr *address);

/* NULL: the node sent no frame but probing frames from there. */
const validation_local *validation_local_of(const validation_taps *taps, uint32_t node,
                                            const roam_addr *address);

/* Time that the network took to carry challenge and response; ROAM_NEVER: one did not arrive. */
uint64_t validation_flight_transit_ns(const validation_flight *flight);

#endif
