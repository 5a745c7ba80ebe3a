/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/payload.h"

#include "core/hash.h"
#include "sim/random_streams.h"

#include <assert.h>
#include <string.h>

/* The pattern is an arithmetic sequence of 64-bit words: an addition a word, and no two words alike. */
#define STRIDE CORE_HASH_GOLDEN

static uint64_t base_of(const payload_id *id)
{
    return core_hash_mix(core_hash_mix(core_hash_mix(id->seed) ^ id->traffic) ^ id->sequence);
}

static void put_little_endian(uint8_t *bytes, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_little_endian(const uint8_t *bytes, size_t len)
{
    uint64_t value = 0;
    for (size_t i = len; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

/* Bytes of the header of a message of that length. */
static size_t put_header(const payload_id *id, size_t len, uint8_t bytes[PAYLOAD_HEADER_BYTES])
{
    if (len < PAYLOAD_HEADER_BYTES) {
        put_little_endian(bytes, id->traffic, 2);
        put_little_endian(bytes + 2, id->sequence, 5);
        return PAYLOAD_SHORT_HEADER_BYTES;
    }
    put_little_endian(bytes, id->traffic, 4);
    put_little_endian(bytes + 4, len, 4);
    put_little_endian(bytes + 8, id->sequence, 8);
    return PAYLOAD_HEADER_BYTES;
}

/* Four words of the pattern side by side. */
typedef uint64_t payload_words __attribute__((vector_size(32)));
#define WORDS_STRIDE (4 * STRIDE)

static void words_begin(payload_words *words, uint64_t word)
{
    *words = (payload_words){word, word + STRIDE, word + 2 * STRIDE, word + 3 * STRIDE};
}

void payload_fill(const payload_id *id, uint8_t *bytes, size_t len)
{
    payload_words words;
    uint8_t header[PAYLOAD_HEADER_BYTES];
    assert(len >= PAYLOAD_BYTES_MIN);
    size_t at = put_header(id, len, header);
    memcpy(bytes, header, at);
    words_begin(&words, base_of(id));
    for (; at + sizeof words <= len; at += sizeof words, words += WORDS_STRIDE)
        memcpy(bytes + at, &words, sizeof words);
    uint64_t word = words[0];
    for (; at + 8 <= len; at += 8, word += STRIDE)
        memcpy(bytes + at, &word, 8);
    put_little_endian(bytes + at, word, len - at);
}

bool payload_intact(const payload_id *id, const uint8_t *bytes, size_t len)
{
    payload_words words, differences = {0};
    uint8_t header[PAYLOAD_HEADER_BYTES];
    if (len < PAYLOAD_BYTES_MIN)
        return false;
    size_t at = put_header(id, len, header);
    if (memcmp(header, bytes, at) != 0)
        return false;
    words_begin(&words, base_of(id));
    for (; at + sizeof words <= len; at += sizeof words, words += WORDS_STRIDE) {
        payload_words found;
        memcpy(&found, bytes + at, sizeof found);
        differences |= found ^ words;
    }
    uint64_t word = words[0], difference = differences[0] | differences[1] | differences[2] | differences[3];
    for (; at + 8 <= len; at += 8, word += STRIDE) {
        uint64_t found;
        memcpy(&found, bytes + at, 8);
        difference |= found ^ word;
    }
    uint8_t tail[8];
    put_little_endian(tail, word, len - at);
    return difference == 0 && memcmp(tail, bytes + at, len - at) == 0;
}

bool payload_read(const uint8_t *bytes, size_t len, uint32_t *traffic, uint64_t *sequence)
{
    if (len < PAYLOAD_BYTES_MIN)
        return false;
    const bool is_short = len < PAYLOAD_HEADER_BYTES;
    *traffic = (uint32_t)get_little_endian(bytes, is_short ? 2 : 4);
    *sequence = is_short ? get_little_endian(bytes + 2, 5) : get_little_endian(bytes + 8, 8);
    return true;
}
