/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 64 };

/* Entries are named by their index plus 1, so that 0 is none. */

static uint32_t bucket_of(const dissect_table *self, const uint8_t *key, size_t len)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ key[i]) * UINT64_C(1099511628211);
    return (uint32_t)(hash >> 32) & (self->capacity - 1);
}

static bool is_entry(const dissect_entry *entry, const uint8_t *key, size_t len)
{
    return entry->len == len && memcmp(entry->key, key, len) == 0;
}

void dissect_table_fini(dissect_table *self)
{
    free(self->entries);
    free(self->buckets);
}

static void chain(dissect_table *self, uint32_t name)
{
    dissect_entry *const entry = &self->entries[name - 1];
    uint32_t *const bucket = &self->buckets[bucket_of(self, entry->key, entry->len)];
    entry->next = *bucket;
    *bucket = name;
}

static bool grow(dissect_table *self)
{
    const uint32_t capacity = self->capacity ? self->capacity * 2 : CAPACITY_FIRST;
    uint32_t *const buckets = calloc(capacity, sizeof *buckets);
    dissect_entry *const entries = buckets ? realloc(self->entries, capacity * sizeof *entries) : NULL;
    if (!entries) {
        free(buckets);
        return false;
    }
    free(self->buckets);
    self->buckets = buckets;
    self->entries = entries;
    self->capacity = capacity;
    for (uint32_t name = 1; name <= self->count; name++) /* none is unused, or it would not have grown */
        chain(self, name);
    return true;
}

bool dissect_table_add(dissect_table *self, const uint8_t *key, size_t len, uint32_t value)
{
    uint32_t name = self->unused;
    assert(len <= DISSECT_KEY_MAX);
    if (name) {
        self->unused = self->entries[name - 1].next;
    } else {
        if (self->count == self->capacity && !grow(self))
            return false;
        name = ++self->count;
    }
    dissect_entry *const entry = &self->entries[name - 1];
    *entry = (dissect_entry){.value = value, .len = (uint8_t)len};
    memcpy(entry->key, key, len);
    chain(self, name);
    return true;
}

void dissect_table_remove(dissect_table *self, const uint8_t *key, size_t len, uint32_t value)
{
    if (self->capacity == 0)
        return;
    for (uint32_t *link = &self->buckets[bucket_of(self, key, len)]; *link;) {
        const uint32_t name = *link;
        dissect_entry *const entry = &self->entries[name - 1];
        if (entry->value == value && is_entry(entry, key, len)) {
            *link = entry->next;
            entry->next = self->unused;
            self->unused = name;
            return;
        }
        link = &entry->next;
    }
}

uint32_t dissect_table_find(const dissect_table *self, const uint8_t *key, size_t len, uint32_t *cursor)
{
    if (self->capacity == 0)
        return DISSECT_NONE;
    uint32_t name = *cursor ? self->entries[*cursor - 1].next : self->buckets[bucket_of(self, key, len)];
    while (name && !is_entry(&self->entries[name - 1], key, len))
        name = self->entries[name - 1].next;
    if (!name)
        return DISSECT_NONE;
    *cursor = name;
    return self->entries[name - 1].value;
}
