/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

typedef struct string {
    dissect_value *values; /* at least one */
    uint8_t key[DISSECT_KEY_MAX];
} string;

static void free_string(string *of)
{
    for (dissect_value *at = of->values, *next; at; at = next) {
        next = at->next;
        free(at);
    }
    free(of);
}

void dissect_table_fini(dissect_table *self)
{
    for (size_t i = 0; i < self->strings.count; i++)
        free_string(self->strings.entries[i].value);
    core_map_fini(&self->strings);
}

/* NULL: out of memory. */
static string *add_string(dissect_table *self, const uint8_t *key, size_t len)
{
    string *const added = calloc(1, sizeof *added);
    if (!added)
        return NULL;
    memcpy(added->key, key, len);
    if (core_map_add(&self->strings, added->key, len, added)) {
        free(added);
        return NULL;
    }
    return added;
}

bool dissect_table_add(dissect_table *self, const uint8_t *key, size_t len, uint32_t value)
{
    assert(len <= DISSECT_KEY_MAX);
    dissect_value *const added = malloc(sizeof *added);
    string *of = core_map_get(&self->strings, key, len);
    if (added && !of)
        of = add_string(self, key, len);
    if (!added || !of) {
        free(added);
        return false;
    }
    *added = (dissect_value){.value = value, .next = of->values};
    of->values = added;
    return true;
}

void dissect_table_remove(dissect_table *self, const uint8_t *key, size_t len, uint32_t value)
{
    string *const of = core_map_get(&self->strings, key, len);
    dissect_value **link = of ? &of->values : NULL;
    while (link && *link && (*link)->value != value)
        link = &(*link)->next;
    if (!link || !*link)
        return;
    dissect_value *const gone = *link;
    *link = gone->next;
    free(gone);
    if (!of->values) {
        core_map_remove(&self->strings, key, len);
        free_string(of);
    }
}

const dissect_value *dissect_table_find(const dissect_table *self, const uint8_t *key, size_t len)
{
    const string *const of = core_map_get(&self->strings, key, len);
    return of ? of->values : NULL;
}
