/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_sent.h"

#include "sim/wire/dissect_keys.h"

#include <stdlib.h>
#include <string.h>

enum { PLACES = 2048, KEY_PHASE = 0x04 };

/* What a packet with a short header is made of. One line of the cache. */
typedef struct place {
    uint8_t tag[DISSECT_TAG_BYTES];
    uint64_t number;
    uint32_t connection;
    uint16_t size; /* 0: empty */
    uint8_t first_byte;
    uint8_t sender;
    dissect_id destination;
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
    const place *const at = place_of(self, payload, len, tag);
    if (at->size != len || memcmp(at->tag, tag, sizeof tag) != 0)
        return false;
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
