/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRC-64/XZ (ECMA-182, reflected): tells whether a file arrived as it was sent. The bytes in between are
 * authenticated by TLS already. */
#ifndef CORE_LIVE_CRC64_H
#define CORE_LIVE_CRC64_H

#include <stddef.h>
#include <stdint.h>

typedef struct live_crc64 {
    uint64_t table[256];
    uint64_t state;
} live_crc64;

void live_crc64_init(live_crc64 *crc);
void live_crc64_add(live_crc64 *crc, const void *data, size_t len);
uint64_t live_crc64_value(const live_crc64 *crc); /* of all bytes so far */

#endif
