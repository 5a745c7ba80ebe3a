/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/dissect_sent.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 2048, LANES = 8 };
#define FACTOR UINT64_C(0x9e3779b97f4a7c15)

/* By the low bits of its hash. */
typedef struct place {
    uint64_t hash;
    dissect_packet packet; /* size 0: empty */
} place;

struct dissect_sent {
    place places[PLACES];
};

dissect_sent *dissect_sent_new(void)
{
    return calloc(1, sizeof(dissect_sent));
}

void dissect_sent_free(dissect_sent *self)
{
    free(self);
}

static uint64_t mix(uint64_t hash, uint64_t word)
{
    const uint64_t product = (hash ^ word) * FACTOR;
    return product << 29 | product >> 35;
}

/* Words of different lanes do not wait for each other. */
static uint64_t hash_of(const uint8_t *payload, size_t len)
{
    uint64_t lanes[LANES] = {len, 1, 2, 3, 4, 5, 6, 7};
    uint64_t words[LANES] = {0};
    size_t at = 0;
    for (; at + sizeof words <= len; at += sizeof words) {
        memcpy(words, payload + at, sizeof words);
        for (int i = 0; i < LANES; i++)
            lanes[i] = mix(lanes[i], words[i]);
    }
    memset(words, 0, sizeof words);
    memcpy(words, payload + at, len - at);
    uint64_t hash = 0;
    for (int i = 0; i < LANES; i++)
        hash = mix(hash, mix(lanes[i], words[i]));
    return hash ^ hash >> 32;
}

void dissect_sent_keep(dissect_sent *self, const uint8_t *payload, size_t len, const dissect_packet *packet)
{
    const uint64_t hash = hash_of(payload, len);
    place *const at = &self->places[hash % PLACES];
    *at = (place){.hash = hash, .packet = *packet};
    at->packet.frames = NULL;
    at->packet.frame_count = 0;
}

const dissect_packet *dissect_sent_find(const dissect_sent *self, const uint8_t *payload, size_t len)
{
    const uint64_t hash = hash_of(payload, len);
    const place *const at = &self->places[hash % PLACES];
    return at->hash == hash && at->packet.size == len && len > 0 ? &at->packet : NULL;
}
