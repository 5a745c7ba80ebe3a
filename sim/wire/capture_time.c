/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/capture_time.h"

enum { BINARY = 0x80, DIGITS = 9, DIGITS_MAX = 19 };
#define SECOND_NS UINT64_C(1000000000)

static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static uint64_t from_decimal(unsigned digits, uint64_t timestamp)
{
    if (digits > DIGITS)
        return digits - DIGITS > DIGITS_MAX ? 0 : timestamp / power_of_ten(digits - DIGITS);
    const uint64_t factor = power_of_ten(DIGITS - digits);
    return timestamp > UINT64_MAX / factor ? UINT64_MAX : timestamp * factor;
}

/* Of the fraction of a second, 32 bits are less than a nanosecond. */
static uint64_t from_binary(unsigned bits, uint64_t timestamp)
{
    if (bits == 0)
        return from_decimal(0, timestamp);
    const uint64_t seconds = bits < 64 ? timestamp >> bits : 0;
    const uint64_t fraction = bits < 64 ? timestamp & ((UINT64_C(1) << bits) - 1) : timestamp;
    const unsigned dropped = bits > 32 ? bits - 32 : 0;
    const unsigned kept = bits - dropped;
    const uint64_t high = dropped < 64 ? fraction >> dropped : 0;
    const uint64_t whole = from_decimal(0, seconds);
    const uint64_t part = high * SECOND_NS >> kept;
    return whole > UINT64_MAX - part ? UINT64_MAX : whole + part;
}

uint64_t capture_time_ns(const capture_clock *clock, uint64_t timestamp)
{
    const unsigned n = clock->resolution & ~(unsigned)BINARY;
    const uint64_t ns = clock->resolution & BINARY ? from_binary(n, timestamp) : from_decimal(n, timestamp);
    if (clock->offset_s >= 0) {
        const uint64_t offset = from_decimal(0, (uint64_t)clock->offset_s);
        return ns > UINT64_MAX - offset ? UINT64_MAX : ns + offset;
    }
    const uint64_t back = from_decimal(0, (uint64_t)0 - (uint64_t)clock->offset_s);
    return ns < back ? 0 : ns - back;
}
