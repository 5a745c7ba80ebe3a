/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Headers of packets (RFC 9000 section 17), as far as they can be read without keys, and packet numbers. */
#ifndef SIM_WIRE_DISSECT_PACKET_H
#define SIM_WIRE_DISSECT_PACKET_H

#include "sim/wire/dissect.h"

/*
 * Reads the long header at the front of bytes. out->status becomes DISSECT_NO_CONNECTION when a packet to
 * decrypt follows, DISSECT_CLEAR, DISSECT_NOT_READ or DISSECT_MALFORMED otherwise; type, version,
 * destination, source, token and size are set as far as there are any. Of a packet that is not well-formed,
 * size is all of len. The fixed bit is looked at of a Retry alone (RFC 9287). *number_at: where the packet
 * number begins, when there is one.
 */
void dissect_packet_read_long(const uint8_t *bytes, size_t len, dissect_packet *out, size_t *number_at);

/* RFC 9000 appendix A.3: the number nearest to expected of which the lowest number_len bytes are truncated.
 * expected: one more than the largest so far, 0 at first. */
uint64_t dissect_packet_number(uint64_t expected, uint64_t truncated, size_t number_len);

#endif
