/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_table.h"

#include "core/hash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* A string with the value that was added last; those before are in a list. One line of the cache. */
struct dissect_string {
    dissect_value value;
    uint8_t len;
    uint8_t key[DISSECT_KEY_MAX];
};

void dissect_table_fini(dissect_table *self)
{
    for (uint32_t i = 0; i < self->count; i++)
        for (dissect_value *at = self->strings[i].value.next, *next; at; at = next) {
            next = at->next;
            free(at);
        }
    core_table_fini(&self->places);
    free(self->strings);
    *self = (dissect_table){0};
}

static uint64_t hash_of(const uint8_t *key, size_t len)
{
    uint64_t hash = len;
    for (; len >= sizeof hash; key += sizeof hash, len -= sizeof hash) {
        uint64_t word;
        memcpy(&word, key, sizeof word);
        hash = (hash ^ word) * CORE_HASH_GOLDEN;
        hash ^= hash >> 32;
    }
    uint64_t word = 0;
    for (size_t i = 0; i < len; i++)
        word = word << 8 | key[i];
    return core_hash_finish(hash ^ word);
}

/* The place of a string; CORE_TABLE_NONE: it is not there. */
static uint32_t place_of(const dissect_table *self, const uint8_t *key, size_t len, uint64_t hash)
{
    uint32_t slot;
    uint32_t at = core_table_first(&self->places, hash, &slot);
    while (at != CORE_TABLE_NONE &&
           (self->strings[at].len != len || memcmp(self->strings[at].key, key, len) != 0))
        at = core_table_next(&self->places, hash, &slot);
    return at;
}

static bool reserve(dissect_table *self)
{
    enum { CAPACITY_FIRST = 16 };
    if (core_table_reserve(&self->places) != 0)
        return false;
    if (self->count < self->capacity)
        return true;
    const uint32_t capacity = self->capacity ? self->capacity * 2 : CAPACITY_FIRST;
    struct dissect_string *const grown = realloc(self->strings, capacity * sizeof *grown);
    if (!grown)
        return false;
    self->strings = grown;
    self->capacity = capacity;
    return true;
}

bool dissect_table_add(dissect_table *self, const uint8_t *key, size_t len, uint32_t value)
{
    assert(len <= DISSECT_KEY_MAX);
    const uint64_t hash = hash_of(key, len);
    const uint32_t at = place_of(self, key, len, hash);
    if (at != CORE_TABLE_NONE) {
        dissect_value *const before = malloc(sizeof *before);
        if (!before)
            return false;
        *before = self->strings[at].value;
        self->strings[at].value = (dissect_value){.value = value, .next = before};
        return true;
    }
    if (!reserve(self))
        return false;
    struct dissect_string *const added = &self->strings[self->count];
    *added = (struct dissect_string){.value = {.value = value}, .len = (uint8_t)len};
    memcpy(added->key, key, len);
    core_table_add(&self->places, hash, self->count++);
    return true;
}

/* No place stays empty. */
static void remove_string(dissect_table *self, uint32_t at, uint64_t hash)
{
    const uint32_t last = --self->count;
    core_table_remove(&self->places, hash, at);
    if (at == last)
        return;
    self->strings[at] = self->strings[last];
    const uint64_t moved = hash_of(self->strings[at].key, self->strings[at].len);
    core_table_remove(&self->places, moved, last);
    core_table_add(&self->places, moved, at);
}

void dissect_table_remove(dissect_table *self, const uint8_t *key, size_t len, uint32_t value)
{
    const uint64_t hash = hash_of(key, len);
    const uint32_t at = place_of(self, key, len, hash);
    dissect_value *of = at != CORE_TABLE_NONE ? &self->strings[at].value : NULL;
    dissect_value *before = NULL;
    while (of && of->value != value) {
        before = of;
        of = of->next;
    }
    if (!of)
        return;
    dissect_value *const next = of->next;
    if (before) {
        before->next = next;
        free(of);
    } else if (next) {
        *of = *next;
        free(next);
    } else {
        remove_string(self, at, hash);
    }
}

const dissect_value *dissect_table_find(const dissect_table *self, const uint8_t *key, size_t len)
{
    const uint32_t at = place_of(self, key, len, hash_of(key, len));
    return at != CORE_TABLE_NONE ? &self->strings[at].value : NULL;
}
