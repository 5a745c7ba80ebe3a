/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_TESTS_RANDOM_DRAW_H
#define SIM_TESTS_RANDOM_DRAW_H

/* What the files of the generator share: random_draw.c draws the entries, random_value.c the values. */

#include "sim/tests/random_scenario.h"

#define RANDOM_ENTRIES_MAX 16 /* of a room: as many as are picked from */
#define RANDOM_NONE UINT32_MAX

typedef struct random_drawing {
    random_scenario *whole;
    uint64_t state;
    uint32_t entry;   /* the one that is being drawn */
    const char *what; /* its table */
    uint32_t node;    /* of the last key that named one, or RANDOM_NONE */
    uint32_t labels;
    uint32_t after_percent; /* of the entries of the timeline: they start after an instant */
    bool ipv6;
} random_drawing;

/* Draws the parts of a scenario. */
void random_draw(uint64_t seed, random_scenario *out);

uint64_t random_draw_below(random_drawing *self, uint64_t bound);
bool random_draw_chance(random_drawing *self, uint32_t percent);

/* The part of an entry that has that key, or NULL. */
random_part *random_key_of(const random_drawing *self, uint32_t entry, const char *key);
/* The entries of a room: so many, at most RANDOM_ENTRIES_MAX. */
size_t random_entries_of(const random_drawing *self, random_room room, uint32_t *out);
/* "nobody" for RANDOM_NONE. */
const char *random_name_of(const random_drawing *self, uint32_t entry);

/* A value of a key of a table: fit for its type, mostly fit for the scenario. */
void random_draw_value(random_drawing *self, const key_row *row, const char *what, char *out, size_t size);

#endif
