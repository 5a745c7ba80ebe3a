/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames in the payload of a packet (RFC 9000 section 19, RFC 9221 section 4). */
#ifndef SIM_WIRE_DISSECT_FRAMES_H
#define SIM_WIRE_DISSECT_FRAMES_H

#include "sim/wire/dissect.h"

/* Bytes that are read from the front. Value; left falls to 0. */
typedef struct dissect_reader {
    const uint8_t *at;
    size_t left;
} dissect_reader;

/* False when the bytes end before, and then nothing is read. */
bool dissect_read_byte(dissect_reader *reader, uint8_t *out);
bool dissect_read_long_varint(dissect_reader *reader, uint64_t *out); /* of more than one byte */
bool dissect_read_bytes(dissect_reader *reader, size_t len, const uint8_t **out);

/* RFC 9000 section 16; most of them are of one byte. */
static inline bool dissect_read_varint(dissect_reader *reader, uint64_t *out)
{
    if (reader->left == 0)
        return false;
    if (reader->at[0] >> 6 != 0)
        return dissect_read_long_varint(reader, out);
    *out = *reader->at++;
    reader->left--;
    return true;
}

/* Frames and ranges of all packets of a datagram; the arrays are kept for the next one. */
typedef struct dissect_frames {
    dissect_frame *items;
    size_t count, capacity;
    dissect_range *ranges;
    size_t range_count, range_capacity;
    bool failed; /* out of memory; to be cleared by the owner */
} dissect_frames;

void dissect_frames_clear(dissect_frames *frames);
void dissect_frames_fini(dissect_frames *frames);

/*
 * Appends the frames of one payload. False when it is not well-formed to its end; those before the fault are
 * there. Pointers to ranges are set by dissect_frames_link.
 */
bool dissect_frames_read(dissect_frames *frames, const uint8_t *payload, size_t len);

/*
 * Likewise of a payload of which the first head bytes alone are there: frames that end within them, and after
 * them a STREAM or DATAGRAM frame that ends with the payload, without its data. False, and nothing is
 * appended: it is another one.
 */
bool dissect_frames_read_head(dissect_frames *frames, const uint8_t *payload, size_t head, size_t len);

/* After the last payload: sets the pointers to ranges. */
void dissect_frames_link(dissect_frames *frames);

#endif
