/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_sent.h"

#include "sim/wire/dissect_keys.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 2048 };

typedef struct place {
    uint8_t tag[DISSECT_TAG_BYTES];
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

/* Its last bytes, where the tag is: of two packets under one key none are the same. */
static place *place_of(dissect_sent *self, const uint8_t *payload, size_t len, uint8_t tag[DISSECT_TAG_BYTES])
{
    uint64_t words[2];
    memcpy(tag, payload + len - DISSECT_TAG_BYTES, DISSECT_TAG_BYTES);
    memcpy(words, tag, sizeof words);
    return &self->places[(words[0] ^ words[1]) % PLACES];
}

void dissect_sent_keep(dissect_sent *self, const uint8_t *payload, size_t len, const dissect_packet *packet)
{
    uint8_t tag[DISSECT_TAG_BYTES];
    place *const at = place_of(self, payload, len, tag);
    memcpy(at->tag, tag, sizeof tag);
    at->packet = *packet;
    at->packet.frames = NULL;
    at->packet.frame_count = 0;
}

const dissect_packet *dissect_sent_find(dissect_sent *self, const uint8_t *payload, size_t len)
{
    uint8_t tag[DISSECT_TAG_BYTES];
    if (len < DISSECT_TAG_BYTES)
        return NULL;
    const place *const at = place_of(self, payload, len, tag);
    return at->packet.size == len && memcmp(at->tag, tag, sizeof tag) == 0 ? &at->packet : NULL;
}
