/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection IDs that lead to one connection, in the map of all. One that the peer has retired goes on to
 * do so for a while: packets with it may still be on their way over a slow path, and a stateless reset in
 * answer to them would end a connection that is in use.
 */
#ifndef CORE_QUIC_ISSUED_IDS_H
#define CORE_QUIC_ISSUED_IDS_H

#include "core/map.h"
#include "core/quic/quic.h"

typedef struct core_issued_id core_issued_id;

typedef struct core_issued_ids {
    core_map *by_id;  /* of all connections; outlives these */
    void *connection; /* its values */
    core_issued_id *newest;
    size_t retired;
} core_issued_ids;

void core_issued_ids_init(core_issued_ids *ids, core_map *by_id, void *connection);
/* None leads there any more. */
void core_issued_ids_fini(core_issued_ids *ids);

/* False: no memory, or it leads to a connection already. */
bool core_issued_ids_add(core_issued_ids *ids, const core_connection_id *id);
/* The peer has retired it. */
void core_issued_ids_retire(core_issued_ids *ids, const core_connection_id *id);

#endif
