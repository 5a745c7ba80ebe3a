/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What test messages consist of: bytes that follow from (seed, traffic, sequence), so that the receiver can
 * distinguish a message that was changed, cut, swapped or invented from the one that was sent.
 *
 * Every message begins with a header, little-endian. One of PAYLOAD_HEADER_BYTES or more has its traffic (4
 * bytes), length (4) and sequence (8); a shorter one its traffic (2) and sequence (5). At least one byte of
 * pattern follows a short header. A message shorter than PAYLOAD_BYTES_MIN cannot be identified.
 */
#ifndef SIM_WIRE_PAYLOAD_H
#define SIM_WIRE_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAYLOAD_HEADER_BYTES 16
#define PAYLOAD_SHORT_HEADER_BYTES 7
#define PAYLOAD_BYTES_MIN 8
/* What a short header can hold. */
#define PAYLOAD_SHORT_TRAFFIC_MAX UINT32_C(0xffff)
#define PAYLOAD_SHORT_SEQUENCE_MAX UINT64_C(0xffffffffff)

typedef struct payload_id {
    uint64_t seed; /* of the run */
    uint32_t traffic;
    uint64_t sequence;
} payload_id;

/* len is at least PAYLOAD_BYTES_MIN; below PAYLOAD_HEADER_BYTES traffic and sequence fit a short header. */
void payload_fill(const payload_id *id, uint8_t *bytes, size_t len);

/* These are the bytes that payload_fill gives. False for fewer than PAYLOAD_BYTES_MIN. */
bool payload_intact(const payload_id *id, const uint8_t *bytes, size_t len);

/* What the header says, be it true or not. False for fewer bytes than PAYLOAD_BYTES_MIN. */
bool payload_read(const uint8_t *bytes, size_t len, uint32_t *traffic, uint64_t *sequence);

#endif
