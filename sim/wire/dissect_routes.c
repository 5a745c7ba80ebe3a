/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_routes.h"

#include <stdlib.h>
#include <string.h>

enum { ADDR_BYTES = 19, KEY_BYTES = 2 * ADDR_BYTES };
_Static_assert(KEY_BYTES <= DISSECT_KEY_MAX, "a key of the table");

struct dissect_route {
    uint8_t key[KEY_BYTES];
    uint64_t used; /* the higher, the later; 0: empty */
};

static void put(const roam_addr *addr, uint8_t *out)
{
    out[0] = (uint8_t)addr->family;
    out[1] = (uint8_t)(addr->port >> 8);
    out[2] = (uint8_t)addr->port;
    memcpy(out + 3, addr->bytes, sizeof addr->bytes);
}

static void key_of(const dissect_where *where, uint8_t out[KEY_BYTES])
{
    put(&where->source, out);
    put(&where->destination, out + ADDR_BYTES);
}

void dissect_routes_fini(dissect_routes *self)
{
    dissect_table_fini(&self->table);
}

const dissect_value *dissect_routes_find(const dissect_routes *self, const dissect_where *where)
{
    uint8_t key[KEY_BYTES];
    key_of(where, key);
    return dissect_table_find(&self->table, key, sizeof key);
}

bool dissect_routes_learn(dissect_routes *self, dissect_connection *connection, uint32_t index,
                          dissect_side receiver, const dissect_where *where)
{
    dissect_route **const routes = &connection->routes[receiver];
    const uint32_t value = index * 2 + (uint32_t)receiver;
    uint8_t key[KEY_BYTES];
    if (!*routes)
        *routes = calloc(DISSECT_ROUTES, sizeof **routes);
    if (!*routes)
        return false;
    dissect_route *oldest = *routes;
    key_of(where, key);
    for (dissect_route *at = *routes; at < *routes + DISSECT_ROUTES; at++) {
        if (at->used > 0 && memcmp(at->key, key, sizeof key) == 0) {
            at->used = ++self->clock;
            return true;
        }
        if (at->used < oldest->used)
            oldest = at;
    }
    if (oldest->used > 0)
        dissect_table_remove(&self->table, oldest->key, sizeof oldest->key, value);
    memcpy(oldest->key, key, sizeof key);
    oldest->used = ++self->clock;
    return dissect_table_add(&self->table, key, sizeof key, value);
}
