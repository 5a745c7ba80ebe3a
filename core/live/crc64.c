/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/crc64.h"

#define POLYNOMIAL UINT64_C(0xc96c5795d7870f42)

void live_crc64_init(live_crc64 *crc)
{
    for (uint64_t i = 0; i < 256; i++) {
        uint64_t value = i;
        for (int bit = 0; bit < 8; bit++)
            value = value & 1 ? value >> 1 ^ POLYNOMIAL : value >> 1;
        crc->table[i] = value;
    }
    crc->state = UINT64_MAX;
}

void live_crc64_add(live_crc64 *crc, const void *data, size_t len)
{
    const uint8_t *const bytes = data;
    for (size_t i = 0; i < len; i++)
        crc->state = crc->table[(uint8_t)(crc->state ^ bytes[i])] ^ crc->state >> 8;
}

uint64_t live_crc64_value(const live_crc64 *crc)
{
    return ~crc->state;
}
