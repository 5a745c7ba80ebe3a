/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/numbers_seen.h"

enum { WORD = 64, WORDS = NUMBERS_SEEN_MAX / WORD };

static uint64_t *word_of(numbers_seen *self, uint64_t number)
{
    return &self->bits[number / WORD % WORDS];
}

/* Forgets the numbers whose places those from `next` to `number` take. */
static void advance(numbers_seen *self, uint64_t number)
{
    const uint64_t first = (self->next + WORD - 1) / WORD, last = number / WORD;
    if (last >= first + WORDS)
        for (int i = 0; i < WORDS; i++)
            self->bits[i] = 0;
    else
        for (uint64_t word = first; word <= last; word++)
            self->bits[word % WORDS] = 0;
    self->next = number + 1;
}

void numbers_seen_add(numbers_seen *self, uint64_t number)
{
    if (number >= self->next)
        advance(self, number);
    if (self->next - number <= NUMBERS_SEEN_MAX - WORD)
        *word_of(self, number) |= UINT64_C(1) << number % WORD;
}

/* The first number that is known. */
static uint64_t known_from(const numbers_seen *self)
{
    return self->next > NUMBERS_SEEN_MAX - WORD ? self->next - (NUMBERS_SEEN_MAX - WORD) : 0;
}

bool numbers_seen_has(const numbers_seen *self, uint64_t number)
{
    if (number >= self->next || number < known_from(self))
        return number < self->next;
    return self->bits[number / WORD % WORDS] >> number % WORD & 1;
}

bool numbers_seen_missing(const numbers_seen *self, uint64_t smallest, uint64_t largest, uint64_t *out)
{
    const uint64_t known = known_from(self);
    if (largest >= self->next) {
        *out = largest;
        return true;
    }
    for (uint64_t at = largest + 1; at > smallest && at > known;) {
        const uint64_t number = at - 1;
        const uint64_t seen = self->bits[number / WORD % WORDS];
        if (!(seen >> number % WORD & 1)) {
            *out = number;
            return true;
        }
        at = seen == UINT64_MAX ? number / WORD * WORD : number;
    }
    return false;
}
