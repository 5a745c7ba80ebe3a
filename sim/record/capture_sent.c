/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/capture_sent.h"

#include <stdlib.h>

/* FNV-1a; never 0. */
static uint64_t hash_of(const uint8_t *payload, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ payload[i]) * UINT64_C(1099511628211);
    return hash ? hash : 1;
}

static uint64_t *slot_of(const capture_sent *self, uint64_t hash)
{
    size_t at = (size_t)(hash ^ hash >> 32) & (self->size - 1);
    while (self->slots[at] != 0 && self->slots[at] != hash)
        at = (at + 1) & (self->size - 1);
    return &self->slots[at];
}

static bool grow(capture_sent *self)
{
    capture_sent larger = {.size = self->size ? self->size * 2 : 1024, .count = self->count};
    larger.slots = calloc(larger.size, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < self->size; i++)
        if (self->slots[i] != 0)
            *slot_of(&larger, self->slots[i]) = self->slots[i];
    free(self->slots);
    *self = larger;
    return true;
}

bool capture_sent_add(capture_sent *self, const uint8_t *payload, size_t len)
{
    const uint64_t hash = hash_of(payload, len);
    if (self->count * 2 >= self->size && !grow(self))
        return false;
    uint64_t *const slot = slot_of(self, hash);
    self->count += *slot == 0;
    *slot = hash;
    return true;
}

bool capture_sent_has(const capture_sent *self, const uint8_t *payload, size_t len)
{
    return self->size > 0 && *slot_of(self, hash_of(payload, len)) != 0;
}

void capture_sent_free(capture_sent *self)
{
    free(self->slots);
    *self = (capture_sent){0};
}
