/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/capture_sent.h"

#include "core/hash.h"

/* The upper half of a payload's hash, as a table's id; the lower half finds the slot. */
static uint32_t id_of(uint64_t hash)
{
    const uint32_t upper = (uint32_t)(hash >> 32);
    return upper == CORE_TABLE_NONE ? 0 : upper;
}

static bool has(const capture_sent *self, uint64_t hash)
{
    uint32_t slot;
    uint32_t id = core_table_first(&self->hashes, hash, &slot);
    while (id != CORE_TABLE_NONE && id != id_of(hash))
        id = core_table_next(&self->hashes, hash, &slot);
    return id != CORE_TABLE_NONE;
}

static uint64_t hash_of(const uint8_t *payload, size_t len)
{
    return core_hash_finish(core_hash_bytes(CORE_HASH_START, payload, len));
}

bool capture_sent_add(capture_sent *self, const uint8_t *payload, size_t len)
{
    const uint64_t hash = hash_of(payload, len);
    if (has(self, hash))
        return true;
    if (core_table_reserve(&self->hashes))
        return false;
    core_table_add(&self->hashes, hash, id_of(hash));
    return true;
}

bool capture_sent_has(const capture_sent *self, const uint8_t *payload, size_t len)
{
    return has(self, hash_of(payload, len));
}

void capture_sent_free(capture_sent *self)
{
    core_table_fini(&self->hashes);
}
