/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The bytes of transfer.h. */
#ifndef CORE_LIVE_TRANSFER_WIRE_H
#define CORE_LIVE_TRANSFER_WIRE_H

#include <stddef.h>
#include <stdint.h>

typedef enum wire_kind {
    WIRE_LINE = 'L',
    WIRE_LINE_END = 'Q',
    WIRE_BEGIN = 'B',
    WIRE_DATA = 'D',
    WIRE_END = 'E',
    WIRE_ANSWER = 'A'
} wire_kind;

enum {
    WIRE_ID = 4,
    WIRE_NUMBER = 8,
    WIRE_HEADER = 1 + WIRE_ID,                    /* kind and id */
    WIRE_LONG_HEADER = WIRE_HEADER + WIRE_NUMBER, /* and a size, an offset or a CRC */
    WIRE_CHUNK = 65536                            /* bytes of a file in a message */
};

/* Numbers of that many bytes, big-endian. */
void live_wire_put(uint8_t *at, uint64_t value, size_t bytes);
uint64_t live_wire_get(const uint8_t *at, size_t bytes);

#endif
