/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hashes of bytes and of 64-bit words: the same on every machine and in every version, because random
 * streams, run numbers and digests are made of them. None of them resists chosen input; core/map.h adds a
 * secret seed. */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/* 2^64 divided by the golden ratio, odd: an arithmetic sequence with this difference spreads evenly. */
#define CORE_HASH_GOLDEN UINT64_C(0x9e3779b97f4a7c15)

/* The hash of no bytes. */
#define CORE_HASH_START UINT64_C(0xcbf29ce484222325)

/* FNV-1a, chained: `hash` is that of the bytes before, or CORE_HASH_START. */
static inline uint64_t core_hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    const uint8_t *byte = (const uint8_t *)bytes;
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

/* The finaliser of SplitMix64: a bijection that spreads every bit; 0 stays 0. */
static inline uint64_t core_hash_finish(uint64_t word)
{
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

/* One step of SplitMix64: the same bijection, with 0 spread as well. */
static inline uint64_t core_hash_mix(uint64_t word)
{
    return core_hash_finish(word + CORE_HASH_GOLDEN);
}

/* The next word of SplitMix64's sequence: a generator for tests and for draws that need not be unpredictable.
 */
static inline uint64_t core_hash_next(uint64_t *state)
{
    *state += CORE_HASH_GOLDEN;
    return core_hash_finish(*state);
}

#endif
