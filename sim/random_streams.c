/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/random_streams.h"

#include "sim/ns3/ns3.h"

#include <string.h>

uint64_t random_mix(uint64_t word)
{
    word += UINT64_C(0x9e3779b97f4a7c15);
    word = (word ^ (word >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    word = (word ^ (word >> 27)) * UINT64_C(0x94d049bb133111eb);
    return word ^ (word >> 31);
}

uint64_t random_hash(uint64_t basis, const void *bytes, size_t len)
{
    const uint8_t *byte = bytes;
    uint64_t hash = basis ? basis : UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t random_stream(const random_consumer *consumer)
{
    /* The terminating NUL is hashed too: it keeps ("ab", "c") and ("a", "bc") apart. */
    uint64_t hash = random_hash(0, consumer->node, strlen(consumer->node) + 1);
    hash = random_hash(hash, consumer->network, strlen(consumer->network) + 1);
    hash = random_mix(hash ^ random_mix((uint64_t)consumer->purpose << 32 | consumer->attachment));
    if (consumer->use)
        hash = random_mix(hash ^ random_mix(consumer->use));
    return hash & N3_STREAM_MAX;
}

uint64_t random_stream_block(const random_consumer *consumer, uint64_t count)
{
    return random_stream(consumer) & ~(count - 1);
}

void random_node_key(uint64_t seed, const char *node, uint8_t key[ROAM_KEY_BYTES])
{
    uint64_t word = random_mix(seed) ^ random_hash(0, node, strlen(node));
    for (size_t i = 0; i < ROAM_KEY_BYTES; i++) {
        if (i % 8 == 0)
            word = random_mix(word + i);
        key[i] = (uint8_t)(word >> (8 * (i % 8)));
    }
}
