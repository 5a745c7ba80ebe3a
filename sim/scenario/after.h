/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `after:` of an entry of the timeline, in the place of `at`: the instant of the protocol that starts it. The
 * times of its events count from there. What an instant is, sim/world/triggers.h sees.
 */
#ifndef SIM_SCENARIO_AFTER_H
#define SIM_SCENARIO_AFTER_H

#include "sim/scenario/scenario.h"

#define SCENARIO_AFTER_NTH_MAX 1000000u

/* What `happens` names. The first ones are of packets, at a host of the connection: of each connection the
 * first packet of a type that leaves it, or comes to it; the client's Finished leaves, or the server's
 * HANDSHAKE_DONE (RFC 9001 section 4.1.1); HANDSHAKE_DONE leaves the server, or comes to the client (section
 * 4.1.2). The others are events of the node. */
#define SCENARIO_INSTANTS(X)                                                                                 \
    X(INITIAL_SENT, "initial_sent")                                                                          \
    X(INITIAL_ARRIVED, "initial_arrived")                                                                    \
    X(HANDSHAKE_SENT, "handshake_sent")                                                                      \
    X(HANDSHAKE_ARRIVED, "handshake_arrived")                                                                \
    X(ONE_RTT_SENT, "one_rtt_sent")                                                                          \
    X(ONE_RTT_ARRIVED, "one_rtt_arrived")                                                                    \
    X(HANDSHAKE_COMPLETED, "handshake_completed")                                                            \
    X(HANDSHAKE_CONFIRMED, "handshake_confirmed")                                                            \
    X(PEER_UP, "peer_up")                                                                                    \
    X(PEER_DOWN, "peer_down")                                                                                \
    X(PATH_CHANGED, "path_changed")                                                                          \
    X(LEFT, "left")                                                                                          \
    X(REBOUND, "rebound")                                                                                    \
    X(CHANNEL_UP, "channel_up")                                                                              \
    X(CHANNEL_DOWN, "channel_down")                                                                          \
    X(REFUSED, "refused")

typedef enum scenario_instant {
#define INSTANT(name, text) SCENARIO_INSTANT_##name,
    SCENARIO_INSTANTS(INSTANT)
#undef INSTANT
} scenario_instant;

/* What becomes of a migrate or reconnect of a label. */
typedef enum scenario_stage {
    SCENARIO_STAGE_CALLED,
    SCENARIO_STAGE_CHALLENGED, /* its first PATH_CHALLENGE leaves */
    SCENARIO_STAGE_VALIDATED,  /* a PATH_RESPONSE to one of its challenges comes in */
    SCENARIO_STAGE_COMMITTED,  /* its result is ok */
    SCENARIO_STAGE_FAILED      /* it has another result */
} scenario_stage;

typedef enum scenario_after_kind {
    SCENARIO_AFTER_HAPPENS,
    SCENARIO_AFTER_FRAME,
    SCENARIO_AFTER_MIGRATION
} scenario_after_kind;

typedef struct scenario_after {
    scenario_place place; /* of the entry */
    uint32_t number;      /* among the scenario's, from 0 */
    scenario_after_kind kind;
    uint32_t what;  /* a scenario_instant, a dissect_frame_type or a scenario_stage */
    uint32_t node;  /* at whose host or endpoint; migration: that calls, or SCENARIO_NONE */
    uint32_t other; /* the other end of the connection; SCENARIO_NONE: any */
    /* frame: UP, a datagram with the frame leaves the node for the other; DOWN: one comes to the other from
     * the node. */
    scenario_direction direction;
    const char *label; /* migration */
    uint64_t nth;      /* the how many-th time, from 1 */
    uint32_t first;    /* of the scenario's events, those that it starts, by time; */
    uint32_t count;    /* at least 1 */
} scenario_after;

#define SCENARIO_AFTER_TEXT_MAX 192

/* The instant: "peer_up of laptop -> server, time 2". */
const char *scenario_after_text(const scenario *whole, const scenario_after *after,
                                char text[SCENARIO_AFTER_TEXT_MAX]);

#endif
