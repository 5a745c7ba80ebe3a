/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the connections of a node are set up: transport parameters (RFC 9000 section 18.2), and what RFC 9000
 * and RFC 9002 leave open. A part of roam.h, which includes it. */
#ifndef ROAM_QUIC_H
#define ROAM_QUIC_H

#include <stdbool.h>
#include <stdint.h>

typedef enum roam_congestion {
    ROAM_CONGESTION_CUBIC, /* RFC 9438 */
    ROAM_CONGESTION_RENO,  /* RFC 9002 section 7 */
    ROAM_CONGESTION_BBR    /* draft-cardwell-iccrg-bbr-congestion-control */
} roam_congestion;

#define ROAM_SERVER_ID_MAX 3

/* What a load balancer finds in the connection IDs of its servers (draft-ietf-quic-load-balancers, plaintext
 * algorithm): three bits of configuration, five random ones, and the server ID. All 0: connection IDs are
 * random. */
typedef struct roam_server_id {
    uint8_t config_rotation; /* 0 to 6 */
    uint8_t len;             /* octets of the server ID; 0: connection IDs are random */
    uint8_t bytes[ROAM_SERVER_ID_MAX];
} roam_server_id;

/* Of all connections of a node, whoever dials. */
typedef struct roam_quic_options {
    roam_congestion congestion;
    /* Packets of the size in use on a path, 2 to 65536: the congestion window with which each path begins. 0:
     * that of RFC 9002 section 7.2. */
    uint32_t initial_window;
    bool pmtud; /* packets grow beyond 1200 bytes where a path takes larger ones (RFC 9000 section 14.3) */
    bool ecn;   /* packets are marked ECT(0), and marks are reported (RFC 9000 section 13.4) */
    /* So many ack-eliciting packets are acknowledged at once, 1 to 65536 (RFC 9000 section 13.2.2). */
    uint32_t ack_every;
    uint32_t ack_delay_exponent; /* transport parameter, 0 to 20 */
    /* Transport parameter, whole milliseconds below 2^14. Fewer packets are acknowledged after this, or after
     * an eighth of the smoothed RTT if that is shorter. */
    uint64_t max_ack_delay_ns;
    /* How often another connection ID of the peer is used on the same path, from the confirmed handshake on
     * (RFC 9000 section 5.1.2); 0: never. A change is left out while a path is validated, or without an
     * unused one. */
    uint64_t rotate_connection_ids_ns;
    /* How often the peer is given connection IDs that replace all that it has (Retire Prior To, RFC 9000
     * section 19.15), from the confirmed handshake on; 0: never. Left out until it has retired those of the
     * last time. */
    uint64_t retire_connection_ids_ns;
    roam_server_id server_id; /* in the connection IDs of connections that the node accepts */
    bool no_stateless_reset;  /* a packet of an unknown connection is not answered (RFC 9000 section 10.3) */
    bool ignore_preferred_address; /* a client stays at the address that it dialled (roam_preferred.h) */
} roam_quic_options;

/* Sets every field to its default: CUBIC, initial window of RFC 9002, PMTUD and ECN, every second packet,
 * exponent 3, 25 ms, no change of connection IDs without another path. */
void roam_quic_options_default(roam_quic_options *options);

#endif
