/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/varint.h"

#include <assert.h>

size_t core_varint_len(uint8_t first)
{
    return (size_t)1 << (first >> 6);
}

size_t core_varint_put(uint8_t out[CORE_VARINT_BYTES], uint64_t value)
{
    assert(value <= CORE_VARINT_MAX);
    const unsigned form = value < (1u << 6) ? 0 : value < (1u << 14) ? 1 : value < (1u << 30) ? 2 : 3;
    const size_t len = (size_t)1 << form;
    for (size_t i = len; i-- > 0; value >>= 8)
        out[i] = (uint8_t)value;
    out[0] = (uint8_t)(out[0] | (form << 6));
    return len;
}

uint64_t core_varint_get(const uint8_t *in)
{
    uint64_t value = in[0] & 0x3fu;
    for (size_t i = 1; i < core_varint_len(in[0]); i++)
        value = (value << 8) | in[i];
    return value;
}
