/* SPDX-License-Identifier: GPL-2.0-or-later */
/* RFC 9000 section 14: datagram sizes. */
#include "sim/verdict/rules/requirements_internal.h"

static const requirement rows[] = {
    NOT_OBSERVABLE("14", 1, MUST_NOT, "QUIC is not used on paths that cannot carry datagrams of 1200 bytes.",
                   "what a path could carry is not in packets"),
    CHECKED("14", 2, MUST_NOT, "Datagrams are not fragmented by IP.", "not-fragmented"),
    CHECKED("14", 3, MUST, "IPv4 packets have the DF bit set, if possible.", "not-fragmented"),
    CHECKED("14", 4, MUST_NOT, "An endpoint does not close the connection because a datagram is too small.",
            "small-datagram-tolerated"),

    CHECKED("14.1", 1, MUST, "A client expands datagrams with Initial packets to at least 1200 bytes.",
            "initial-padded"),
    CHECKED("14.1", 2, MUST,
            "A server expands datagrams with ack-eliciting Initial packets to at least 1200 bytes.",
            "initial-padded"),
    NOT_APPLICABLE("14.1", 3, MAY, "A datagram with an Initial packet is larger than 1200 bytes.", PERMITS),
    CHECKED("14.1", 4, MUST, "A server discards Initial packets in datagrams below 1200 bytes.",
            "small-initial-dropped"),
    CHECKED("14.1", 5, MAY, "A server closes with PROTOCOL_VIOLATION after such a datagram.",
            "small-initial-dropped"),
    CHECKED("14.1", 6, MUST,
            "A server limits the bytes that it sends before the client's address is validated.",
            "handshake-within-limit"),

    NOT_OBSERVABLE("14.2", 1, SHOULD, "An endpoint finds out the PMTU by DPLPMTUD or PMTUD.",
                   "PMTUD works by ICMP messages, and an endpoint that never sends more than 1200 bytes may "
                   "have searched"),
    CHECKED("14.2", 2, SHOULD_NOT,
            "An endpoint without PMTU discovery does not send datagrams above 1200 bytes.",
            "packet-size-after-move"),
    CHECKED("14.2", 3, SHOULD, "Packets other than PMTU probes fit the maximum datagram size.",
            "packet-size-after-move"),
    NOT_OBSERVABLE("14.2", 4, MUST,
                   "An endpoint sends no more on a path that it finds cannot carry 1200 bytes.",
                   "what an endpoint finds is not in packets"),
    NOT_APPLICABLE("14.2", 5, MAY, "An endpoint closes the connection when there is no other path.", PERMITS),
    CHECKED("14.2", 6, SHOULD, "An endpoint has a maximum datagram size for each pair of addresses.",
            "packet-size-after-move"),
    NOT_APPLICABLE("14.2", 7, MAY, "An endpoint leaves room for tunnels and IP options.", PERMITS),

    NOT_OBSERVABLE("14.2.1", 1, MUST,
                   "An endpoint ignores ICMP messages that claim a PMTU for less than 1200 bytes.",
                   ICMP_INSIDE),
    NOT_OBSERVABLE("14.2.1", 2, SHOULD, "An endpoint validates ICMP messages.", ICMP_INSIDE),
    NOT_OBSERVABLE("14.2.1", 3, SHOULD, "That validation uses the packet that is quoted.", ICMP_INSIDE),
    NOT_OBSERVABLE("14.2.1", 4, MUST,
                   "That validation compares addresses and ports, and connection IDs where possible.",
                   ICMP_INSIDE),
    NOT_OBSERVABLE("14.2.1", 5, SHOULD, "An endpoint ignores ICMP messages that fail validation.",
                   ICMP_INSIDE),
    NOT_OBSERVABLE("14.2.1", 6, MUST_NOT, "An endpoint does not raise the PMTU by ICMP messages.",
                   ICMP_INSIDE),
    NOT_APPLICABLE("14.2.1", 7, MAY,
                   "A reduction by ICMP messages is provisional until the quoted packet is lost.", PERMITS),

    CHECKED("14.3", 1, SHOULD, "An endpoint begins the search for the PMTU at 1200 bytes.",
            "packet-size-after-move"),

    NOT_OBSERVABLE("14.4", 1, SHOULD_NOT, "The loss of a PMTU probe has no effect on congestion control.",
                   "why an endpoint sends less is not in packets"),
};

const requirement_chapter REQUIREMENTS_14 = {rows, sizeof rows / sizeof rows[0]};
