/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/asked.h"

#include <stdlib.h>

static void take_one(asked_set *self, const scenario_expectation *expectation)
{
    if (self->key(expectation) == ASKED_NOT)
        return;
    if (self->items)
        self->items[self->count] = expectation;
    self->count++;
}

static void take(asked_set *self, const scenario_expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const scenario_over *const over = expectations[i].over;
        if (!over || !over->members) {
            take_one(self, &expectations[i]);
            continue;
        }
        for (size_t j = 0; j < over->count; j++)
            take_one(self, &over->members[j]);
    }
}

static void take_all(asked_set *self, const scenario *whole)
{
    self->count = 0;
    take(self, whole->expectations, whole->expectation_count);
    take(self, whole->known_fault.expectations, whole->known_fault.expectation_count);
}

bool asked_init(asked_set *self, const scenario *whole, asked_key_fn *key)
{
    *self = (asked_set){.key = key};
    take_all(self, whole);
    self->items = calloc(self->count + 1, sizeof(const scenario_expectation *));
    if (!self->items || !chains_init(&self->by_key, self->count)) {
        free(self->items);
        return false;
    }
    take_all(self, whole);
    for (uint32_t i = 0; i < self->count; i++)
        chains_add(&self->by_key, key(self->items[i]));
    return true;
}

void asked_fini(asked_set *self)
{
    free(self->items);
    chains_fini(&self->by_key);
}

uint32_t asked_index(const asked_set *self, const scenario_expectation *expectation)
{
    const uint64_t key = self->key ? self->key(expectation) : ASKED_NOT;
    uint32_t at = key == ASKED_NOT ? CHAINS_END : chains_first(&self->by_key, key);
    while (at != CHAINS_END && self->items[at] != expectation)
        at = chains_next(&self->by_key, at);
    return at;
}
