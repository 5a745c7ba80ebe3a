/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Short byte strings to numbers; one string may have several. */
#ifndef SIM_WIRE_DISSECT_TABLE_H
#define SIM_WIRE_DISSECT_TABLE_H

#include "core/table.h"
#include "sim/wire/dissect.h"

#define DISSECT_KEY_MAX 38

typedef struct dissect_value {
    uint32_t value;
    struct dissect_value *next; /* of the same string, added before */
} dissect_value;

/* Zero-initialised; to be ended with dissect_table_fini. */
typedef struct dissect_table {
    core_table places;
    struct dissect_string *strings; /* in no particular order */
    uint32_t count, capacity;
} dissect_table;

void dissect_table_fini(dissect_table *table);

/* False: out of memory. */
ROAM_CHECKED bool dissect_table_add(dissect_table *table, const uint8_t *key, size_t len, uint32_t value);
void dissect_table_remove(dissect_table *table, const uint8_t *key, size_t len, uint32_t value);

/* The values of that string, the latest added first; NULL: it has none. Valid until the table changes. */
const dissect_value *dissect_table_find(const dissect_table *table, const uint8_t *key, size_t len);

#endif
