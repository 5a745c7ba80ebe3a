/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections by addresses: an endpoint whose connection ID has length zero tells its connections apart by
 * where their packets come from and go to (RFC 9000 section 5.2). */
#ifndef SIM_WIRE_DISSECT_ROUTES_H
#define SIM_WIRE_DISSECT_ROUTES_H

#include "sim/wire/dissect_connection.h"
#include "sim/wire/dissect_table.h"

#define DISSECT_ROUTES 8 /* kept of each endpoint of a connection, those last in use */

/* Zero-initialised. */
typedef struct dissect_routes {
    dissect_table table;
    uint64_t clock;
} dissect_routes;

void dissect_routes_fini(dissect_routes *routes);

/* Packets to that endpoint, of the connection with that index, go from where->source to where->destination.
 * False: out of memory. */
ROAM_CHECKED bool dissect_routes_learn(dissect_routes *routes, dissect_connection *connection, uint32_t index,
                                       dissect_side receiver, const dissect_where *where);

/* Twice the index of the connection, plus the side of the receiver; the latest learnt first. NULL: none. */
const dissect_value *dissect_routes_find(const dissect_routes *routes, const dissect_where *where);

#endif
