/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_sent.h"

#include "sim/wire/dissect_keys.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES_FIRST = 64, PLACES_MAX = 65536, KEY_PHASE = 0x04 }; /* places: powers of two */

/* What a packet with a short header is made of. One line of the cache. */
typedef struct place {
    uint8_t tag[DISSECT_TAG_BYTES];
    uint64_t number;
    uint32_t connection;
    uint16_t size; /* 0: empty */
    uint8_t first_byte;
    uint8_t sender;
    dissect_id destination;
    bool found;
} place;

struct dissect_sent {
    place *places;
    size_t count;   /* of places */
    size_t kept;    /* in this round of as many packets as there are places */
    size_t crowded; /* of them, how many took the place of one that had not been found: lost, or on its way */
};

dissect_sent *dissect_sent_new(void)
{
    dissect_sent *const self = malloc(sizeof *self);
    place *const places = calloc(PLACES_FIRST, sizeof *places);
    if (!self || !places) {
        free(places);
        free(self);
        return NULL;
    }
    *self = (dissect_sent){.places = places, .count = PLACES_FIRST};
    return self;
}

void dissect_sent_free(dissect_sent *self)
{
    if (!self)
        return;
    free(self->places);
    free(self);
}

static size_t index_of(const uint8_t tag[DISSECT_TAG_BYTES], size_t count)
{
    uint64_t words[2];
    memcpy(words, tag, sizeof words);
    return (words[0] ^ words[1]) & (count - 1);
}

/* Its last bytes, where the tag is: of two packets under one key none are the same. */
static place *place_of(dissect_sent *self, const uint8_t *payload, size_t len, uint8_t tag[DISSECT_TAG_BYTES])
{
    memcpy(tag, payload + len - DISSECT_TAG_BYTES, DISSECT_TAG_BYTES);
    return &self->places[index_of(tag, self->count)];
}

/* More are on their way at a time than there is room for. Without memory the table stays as it is. */
static void grow(dissect_sent *self)
{
    const size_t count = self->count * 2;
    place *const places = count <= PLACES_MAX ? calloc(count, sizeof *places) : NULL;
    if (!places)
        return;
    for (size_t i = 0; i < self->count; i++)
        if (self->places[i].size > 0)
            places[index_of(self->places[i].tag, count)] = self->places[i];
    free(self->places);
    self->places = places;
    self->count = count;
}

void dissect_sent_prepare(const dissect_sent *self, const uint8_t *payload, size_t len)
{
    if (len >= DISSECT_TAG_BYTES)
        __builtin_prefetch(&self->places[index_of(payload + len - DISSECT_TAG_BYTES, self->count)]);
}

void dissect_sent_keep(dissect_sent *self, const uint8_t *payload, size_t len, const dissect_packet *packet)
{
    uint8_t tag[DISSECT_TAG_BYTES];
    place *at = place_of(self, payload, len, tag);
    self->crowded += at->size > 0 && !at->found;
    if (++self->kept == self->count) {
        if (self->crowded > self->count / 4)
            grow(self);
        self->kept = self->crowded = 0;
        at = place_of(self, payload, len, tag);
    }
    *at = (place){.number = packet->number,
                  .connection = packet->connection,
                  .size = (uint16_t)len,
                  .first_byte = packet->first_byte,
                  .sender = (uint8_t)packet->sender,
                  .destination = packet->destination};
    memcpy(at->tag, tag, sizeof tag);
}

bool dissect_sent_find(dissect_sent *self, const uint8_t *payload, size_t len, dissect_packet *out)
{
    uint8_t tag[DISSECT_TAG_BYTES];
    if (len < DISSECT_TAG_BYTES)
        return false;
    place *const at = place_of(self, payload, len, tag);
    if (at->size != len || memcmp(at->tag, tag, sizeof tag) != 0)
        return false;
    at->found = true;
    *out = (dissect_packet){.type = DISSECT_ONE_RTT,
                            .status = DISSECT_READ,
                            .first_byte = at->first_byte,
                            .connection = at->connection,
                            .sender = (dissect_side)at->sender,
                            .number = at->number,
                            .key_phase = at->first_byte & KEY_PHASE,
                            .destination = at->destination,
                            .size = len};
    return true;
}
