/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_internal.h"

enum { CANDIDATES = 16 }; /* connections with the same connection ID, of which one may be right */

/* ---- by connection ID ---- */

static uint32_t value_of(const dissect_who *whose)
{
    return (whose->connection * 2 + (uint32_t)whose->side) * DISSECT_IDS + whose->place;
}

static dissect_who who_of(uint32_t value)
{
    return (dissect_who){.connection = value / DISSECT_IDS / 2,
                         .side = value / DISSECT_IDS % 2 ? DISSECT_SERVER : DISSECT_CLIENT,
                         .place = value % DISSECT_IDS};
}

/* Only the order of those of one side counts. */
void dissect_touch(dissect *self, const dissect_who *whose)
{
    dissect_connection *const connection = self->connections[whose->connection];
    if (connection->touched[whose->side] == whose->place)
        return;
    connection->touched[whose->side] = (uint8_t)whose->place;
    connection->ids[whose->side][whose->place].used = ++self->clock;
}

static uint32_t place_for(dissect *self, const dissect_who *whose)
{
    dissect_connection *const connection = self->connections[whose->connection];
    dissect_known_id *const ids = connection->ids[whose->side];
    uint32_t oldest = 0;
    if (connection->id_count[whose->side] < DISSECT_IDS)
        return connection->id_count[whose->side]++;
    for (uint32_t i = 1; i < DISSECT_IDS; i++)
        if (ids[i].used < ids[oldest].used)
            oldest = i;
    const dissect_who gone = {whose->connection, whose->side, oldest};
    dissect_table_remove(&self->ids, ids[oldest].id.bytes, ids[oldest].id.len, value_of(&gone));
    return oldest;
}

void dissect_learn_id(dissect *self, uint32_t connection, dissect_side side, const dissect_id *id)
{
    dissect_who whose = {connection, side, 0};
    if (id->len == 0)
        return;
    for (const dissect_value *at = dissect_table_find(&self->ids, id->bytes, id->len); at; at = at->next) {
        const dissect_who known = who_of(at->value);
        if (known.connection == connection && known.side == side)
            return;
    }
    whose.place = place_for(self, &whose);
    dissect_known_id *const known = &self->connections[connection]->ids[side][whose.place];
    known->id = *id;
    known->used = ++self->clock;
    self->connections[connection]->touched[side] = (uint8_t)whose.place;
    if (!dissect_table_add(&self->ids, id->bytes, id->len, value_of(&whose)))
        self->failed = true;
    self->lengths |= UINT32_C(1) << id->len;
}

/* ---- by addresses ---- */

void dissect_learn_route(dissect *self, const dissect_packet *packet)
{
    dissect_connection *const connection = self->connections[packet->connection];
    if (!self->where || !connection->empty_id[packet->sender])
        return;
    const dissect_where back = {self->where->destination, self->where->source};
    if (!dissect_routes_learn(&self->routes, connection, packet->connection, packet->sender, &back))
        self->failed = true;
}

/* ---- candidates ---- */

dissect_candidates dissect_candidates_of(const dissect *self, const dissect_id *destination)
{
    dissect_candidates all = {.by_route = destination->len == 0};
    if (!all.by_route)
        all.at = dissect_table_find(&self->ids, destination->bytes, destination->len);
    else if (self->where)
        all.at = dissect_routes_find(&self->routes, self->where);
    return all;
}

bool dissect_candidates_next(dissect_candidates *all, dissect_who *out)
{
    if (!all->at || all->tried++ == CANDIDATES)
        return false;
    const uint32_t value = all->at->value;
    *out = all->by_route
               ? (dissect_who){.connection = value / 2, .side = value % 2 ? DISSECT_SERVER : DISSECT_CLIENT}
               : who_of(value);
    all->at = all->at->next;
    return true;
}
