/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What test messages consist of: bytes that follow from (seed, traffic, sequence), so that the receiver can
 * tell a message that was changed, cut, swapped or made up from the one that was sent.
 *
 * A message of PAYLOAD_HEADER_BYTES or more begins with its traffic, length and sequence, little-endian. A
 * shorter one is pattern alone: the receiver must know what it expects, and bytes this few can agree by
 * chance.
 */
#ifndef SIM_PAYLOAD_H
#define SIM_PAYLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAYLOAD_HEADER_BYTES 16

typedef struct payload_id {
    uint64_t seed; /* of the run */
    uint32_t traffic;
    uint64_t sequence;
} payload_id;

void payload_fill(const payload_id *id, uint8_t *bytes, size_t len);

/* These are the bytes that payload_fill gives. */
bool payload_intact(const payload_id *id, const uint8_t *bytes, size_t len);

/* What the header says, be it true or not. False when there is none. */
bool payload_read(const uint8_t *bytes, size_t len, uint32_t *traffic, uint64_t *sequence);

#endif
