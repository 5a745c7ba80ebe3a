/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of the dissector share. */
#ifndef SIM_WIRE_DISSECT_INTERNAL_H
#define SIM_WIRE_DISSECT_INTERNAL_H

#include "sim/wire/dissect_frames.h"
#include "sim/wire/dissect_key_log.h"
#include "sim/wire/dissect_open.h"
#include "sim/wire/dissect_routes.h"
#include "sim/wire/dissect_sent.h"

struct dissect {
    dissect_options options;
    dissect_connection **connections;
    uint32_t count, capacity;
    dissect_table ids;     /* to who_of */
    dissect_routes routes; /* of endpoints with a connection ID of length zero */
    uint32_t lengths;      /* of those IDs: a bit for each length that one of them has */
    dissect_key_log key_log;
    uint64_t clock;             /* counts uses of connection IDs */
    bool failed;                /* out of memory */
    bool full;                  /* a limit was reached */
    const dissect_where *where; /* of the datagram; NULL: not given */
    bool own;                   /* it is read where its endpoint sends it */
    bool arriving;              /* the datagram is read as its receiver does */
    uint64_t expected;          /* packet number, likewise */
    dissect_sent *sent;         /* NULL: nothing has arrived so far, or it may be damaged */
    dissect_frames frames;
    dissect_packet packets[DISSECT_PACKETS_MAX];
    size_t first_frame[DISSECT_PACKETS_MAX];
    dissect_view view;
    /* Not set before they are used: a dissector is made for every run. */
    uint8_t header[DISSECT_DATAGRAM_MAX];
    uint8_t clear[DISSECT_DATAGRAM_MAX];
};

/* ---- dissect_unprotect.c ---- */

/* Takes protection off the packet, whose connection and sender are supposed. READ, NO_KEYS or NOT_AUTHENTIC.
 */
dissect_status dissect_unprotect(dissect *dissect, dissect_opening *opening, const dissect_packet *packet);

/* Likewise of an Initial packet, from keys that everybody can derive. False: not authentic. */
bool dissect_unprotect_initial(dissect_opening *opening, dissect_connection *connection,
                               const dissect_packet *packet, uint64_t *expected);

/* ---- dissect_ids.c ---- */

/* Where a connection ID is kept. Value in the table: connection, side that chose it, place in its list. */
typedef struct dissect_who {
    uint32_t connection;
    dissect_side side;
    uint32_t place;
} dissect_who;

/* side chose that connection ID. */
void dissect_learn_id(dissect *dissect, uint32_t connection, dissect_side side, const dissect_id *id);

/* What the peer sends to where this packet came from is of the same connection, if its addresses are known
 * and its sender chose a connection ID of length zero. */
void dissect_learn_route(dissect *dissect, const dissect_packet *packet);

/* The connection ID was used. */
void dissect_touch(dissect *dissect, const dissect_who *whose);

/* A connection that a packet may be of. */
typedef struct dissect_candidates {
    const dissect_value *at; /* NULL: no more */
    bool by_route;
    int tried;
} dissect_candidates;

/* By destination connection ID, or by addresses when that is empty. */
dissect_candidates dissect_candidates_of(const dissect *dissect, const dissect_id *destination);
bool dissect_candidates_next(dissect_candidates *all, dissect_who *out); /* false: there is none */

#endif
