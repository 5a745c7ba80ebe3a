/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Says which QUIC frames a datagram of a world holds: a PATH_CHALLENGE, say. The world owns one when the
 * scenario names a QUIC frame, or when an observer needs frames (observer.frames); the world's observer_set
 * holds it. It gets all secrets, and every datagram at its sender's tap. A world that needs none has none, at
 * no cost.
 */
#ifndef SIM_TAP_PACKET_INSPECTOR_H
#define SIM_TAP_PACKET_INSPECTOR_H

#include "sim/scenario/event.h"
#include "sim/wire/dissect.h"

typedef struct packet_inspector packet_inspector;

/* True when an entry of the timeline names a frame. */
bool packet_inspector_is_needed(const scenario *whole);

/* Connections of which an inspector of this scenario reads the packets, at most: several for each dial and
 * node that it may have (SCENARIO_EVENTS_MAX, SCENARIO_NODES_MAX). */
uint32_t packet_inspector_connections_max(const scenario *whole);

/* The scenario must outlive it. Packets of connections_max connections are read; 0: of
 * packet_inspector_connections_max. ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int packet_inspector_new(const scenario *whole, uint32_t connections_max,
                                      packet_inspector **out);
void packet_inspector_free(packet_inspector *inspector); /* NULL is fine */

/* A line as roam_node_callbacks.keylog has it. */
void packet_inspector_keylog(packet_inspector *inspector, const char *line);

/* What is in the UDP payload of a datagram that leaves the node's host, in order of sending; `forged` as in
 * observer_packet. Looking again at the datagram seen last costs next to nothing. Valid until the next look
 * or arrival. */
const dissect_view *packet_inspector_look(packet_inspector *inspector, uint32_t node, bool forged,
                                          const uint8_t *payload, size_t len);

/* What the node can open of a UDP payload that has come to its host, in order of arrival: packets of
 * connections that end elsewhere are not opened. NULL: the node is an attacker. Valid until the next look or
 * arrival. */
const dissect_view *packet_inspector_arrival(packet_inspector *inspector, uint32_t node,
                                             const uint8_t *payload, size_t len);

/*
 * True when the datagram holds what kind says, of that stream ID when it is SCENARIO_FRAME_STREAM; ACK_ONLY:
 * every packet of it holds nothing but ACK and PADDING. For a datagram that leaves a host, before or after
 * its tap, and for one on its way: a NAT in between does not matter. It may be called any number of times for
 * one datagram. inspector may be NULL: then only SCENARIO_FRAME_ANY is true.
 */
bool packet_inspector_holds(packet_inspector *inspector, scenario_frame kind, uint64_t stream,
                            const uint8_t *payload, size_t len);

#endif
