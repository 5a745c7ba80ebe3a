/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/own_seed.h"

#include "core/hash.h"
#include "sim/random_streams.h"

/* ns-3's sub-streams that one seed of its own has in this use (sim/ns3/ns3.h): the upper bits stay as they
 * are.
 */
#define MASK ((UINT64_C(1) << 48) - 1)

/* An odd factor, and what undoes it. */
#define FACTOR CORE_HASH_GOLDEN
#define FACTOR_INVERSE UINT64_C(0xf1de83e19937733d)

/* A sum over the settings, which no order changes; a comma inside brackets belongs to its value. */
static uint64_t salt_of(const char *combination)
{
    uint64_t sum = 0;
    for (const char *at = combination; *at;) {
        const char *end = at;
        for (int depth = 0; *end && (*end != ',' || depth > 0); end++)
            depth += (*end == '[' || *end == '{') - (*end == ']' || *end == '}');
        sum += core_hash_mix(core_hash_bytes(CORE_HASH_START, at, (size_t)(end - at)));
        at = *end ? end + 1 : end;
    }
    return core_hash_mix(sum);
}

uint64_t own_seed(uint64_t seed, const char *combination)
{
    if (!combination || combination[0] == '\0')
        return seed;
    /* Each step can be undone: an addition, an odd factor, and a shift that is more than half of the bits. */
    const uint64_t salt = salt_of(combination);
    uint64_t word = (seed + salt) & MASK;
    for (int round = 0; round < 3; round++) {
        word ^= word >> 25;
        word = (word * FACTOR + (salt >> 16)) & MASK;
    }
    return (seed & ~MASK) | (word ^ word >> 25);
}

uint64_t own_seed_stands_for(uint64_t own, const char *combination)
{
    if (!combination || combination[0] == '\0')
        return own;
    const uint64_t salt = salt_of(combination);
    uint64_t word = own & MASK;
    word ^= word >> 25;
    for (int round = 0; round < 3; round++) {
        word = (word - (salt >> 16)) * FACTOR_INVERSE & MASK;
        word ^= word >> 25;
    }
    return (own & ~MASK) | ((word - salt) & MASK);
}
