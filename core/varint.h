/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Variable-length integers of QUIC (RFC 9000 section 16). */
#ifndef CORE_VARINT_H
#define CORE_VARINT_H

#include <stddef.h>
#include <stdint.h>

#define CORE_VARINT_MAX ((UINT64_C(1) << 62) - 1)
#define CORE_VARINT_BYTES 8 /* longest encoding */

/* Writes value (at most CORE_VARINT_MAX) in the shortest form and returns its length, 1, 2, 4 or 8. */
size_t core_varint_put(uint8_t out[CORE_VARINT_BYTES], uint64_t value);

/* Length of the encoding that starts with this byte. */
size_t core_varint_len(uint8_t first);

/* Reads an encoding of core_varint_len(in[0]) bytes. */
uint64_t core_varint_get(const uint8_t *in);

#endif
