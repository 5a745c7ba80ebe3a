/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A UDP datagram in a frame, with what is known of it kept in the frame's note: its headers are read once,
 * and its checksums are computed when something reads them. A datagram that a host has sent has right
 * checksums until something damages it, so that they need not be verified either.
 *
 * A frame whose checksums are due has other bytes than it would have on a wire: whoever shows its bytes,
 * copies them or changes them otherwise than by these functions calls packet_settle before. A frame without a
 * note (from a medium of ns-3's own, an ICMP error, cross traffic) is read and verified as it stands.
 */
#ifndef SIM_NET_PACKET_H
#define SIM_NET_PACKET_H

#include "sim/ns3/ns3.h"
#include "sim/wire/ip.h"

#include <stdbool.h>

/* As ip_encode, errors included, into a frame that holds nothing yet. checksums: they are put in place at
 * once. */
ROAM_CHECKED int packet_put(n3_frame *frame, const ip_datagram *datagram, bool checksums);

/* What ip_parse_headers reads of it; NULL: nothing. Valid until the frame changes. */
const ip_datagram *packet_headers(n3_frame *frame);
/* Likewise, without a note of it. False: nothing. */
bool packet_peek(const n3_frame *frame, ip_datagram *out);
/* As ip_parse, errors included; *out as packet_headers. */
ROAM_CHECKED int packet_read(n3_frame *frame, const ip_datagram **out);

/* As ip_rewrite_source, ip_rewrite_destination and ip_decrement_ttl. The frame's datagram has been read. */
ROAM_CHECKED int packet_rewrite_source(n3_frame *frame, const roam_addr *addr);
ROAM_CHECKED int packet_rewrite_destination(n3_frame *frame, const roam_addr *addr);

/* The checksums are in place. */
void packet_settle(n3_frame *frame);
/* The bytes were changed, after packet_settle: nothing is known of them any more. */
void packet_forget(n3_frame *frame);

#endif
