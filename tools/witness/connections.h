/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the datagrams of a capture say of each connection: its handshake, its paths, and how its client came
 * from one to the next. Paths are as the server sees them: by the addresses with which the client's packets
 * arrive there, or pass the one point where the capture was made.
 *
 * Memory grows with connections, paths and moves, not with packets; a connection has at most
 * CONNECTION_PATHS_MAX paths and CONNECTION_MOVES_MAX moves, and counts what is beyond.
 */
#ifndef TOOLS_WITNESS_CONNECTIONS_H
#define TOOLS_WITNESS_CONNECTIONS_H

#include "tools/witness/sightings.h"

#define CONNECTION_PATHS_MAX 256
#define CONNECTION_MOVES_MAX 4096
#define CONNECTION_NEVER UINT64_MAX
#define CONNECTION_NO_PATH UINT32_MAX
#define CONNECTION_STATUSES 8 /* of dissect_status */

typedef struct connection_flow {
    uint64_t datagrams, packets, bytes; /* bytes of UDP payload */
} connection_flow;

/* Arrays of two are by the side that sent. */
typedef struct connection_path {
    roam_addr client, server;
    roam_addr client_local; /* the client's address where it sent from, if the capture has that; or client */
    uint64_t first_ns, last_ns;
    connection_flow flow[2];
    dissect_id id; /* the destination connection ID that the client used there last */
    uint32_t move; /* index of the move to it that is open, or CONNECTION_NO_PATH */
} connection_path;

typedef enum connection_move_kind {
    MOVE_MIGRATION, /* a new connection ID: the client means it (RFC 9000 section 9.5) */
    MOVE_REBIND,    /* the same one from another address: the client may not know (section 9.3) */
    MOVE_PREFERRED  /* to another address of the server (section 9.6) */
} connection_move_kind;

const char *connection_move_name(connection_move_kind kind);

/* A PATH_CHALLENGE that was answered; NEVER: not seen. */
typedef struct connection_flight {
    uint64_t sent_ns;
    uint64_t received_ns;      /* where it arrives; where one point is seen, the same */
    uint64_t response_sent_ns; /* likewise */
    bool apart;                /* both ends were seen: the times are those of each end */
} connection_flight;

/* How an endpoint validated the path. */
typedef struct connection_validation {
    uint64_t begin_ns;        /* the first packet that it sent there, a server: that came from there */
    uint64_t challenge_ns;    /* the first PATH_CHALLENGE left */
    uint64_t answered_ns;     /* the first PATH_RESPONSE with the data of one of them arrived */
    uint32_t challenges;      /* that left */
    connection_flight flight; /* that was answered first */
} connection_validation;

/* Nanoseconds; the parts add up to the time from begin_ns to answered_ns. */
typedef struct connection_parts {
    uint64_t before_ns;     /* until the first challenge left */
    uint64_t unanswered_ns; /* until the answered one did */
    uint64_t to_peer_ns, at_peer_ns, back_ns;
    uint64_t round_trip_ns; /* in place of these three, where one point was seen: there and back */
} connection_parts;

/* answered_ns is a time. */
connection_parts connection_parts_of(const connection_validation *validation);

typedef struct connection_move {
    uint32_t from, to; /* indices of paths */
    connection_move_kind kind;
    uint64_t first_ns; /* the first packet from there */
    uint64_t data_ns;  /* the first non-probing one that was the highest-numbered; NEVER: it only probed */
    connection_validation validation[2];
} connection_move;

/* A PATH_CHALLENGE that waits for its answer. */
typedef struct connection_challenge connection_challenge;

typedef struct connection {
    uint32_t index; /* of the dissector */
    roam_addr client, server;
    uint64_t first_ns, last_ns;
    uint64_t server_hello_ns; /* the server's first Initial */
    uint64_t one_rtt_ns[2];   /* the first 1-RTT packet */
    uint64_t confirmed_ns;    /* the first HANDSHAKE_DONE */
    connection_flow flow[2];
    uint64_t unread[2][CONNECTION_STATUSES]; /* packets, by status other than READ and CLEAR */
    uint32_t key_updates[2];
    bool version_negotiation;
    uint64_t closed_ns; /* the first CONNECTION_CLOSE */
    dissect_side closed_by;
    uint64_t close_error;
    bool close_by_application;
    connection_path *paths;
    uint32_t path_count, paths_left_out;
    connection_move *moves;
    uint32_t move_count, moves_left_out;
    uint32_t current; /* index of the path that the server sends to */
    /* How far it is. */
    uint64_t largest[2]; /* 1-RTT and 0-RTT packet number, plus 1 */
    bool phase[2];
    connection_challenge *challenges;
    uint32_t next_challenge;
} connection;

typedef struct connections {
    connection **items; /* by index of the dissector; NULL: nothing seen yet */
    uint32_t count;
    uint64_t other_datagrams;                    /* of no known connection */
    uint64_t other_packets[CONNECTION_STATUSES]; /* in them, by status */
    const dissect *dissect;                      /* that the views are of */
    bool failed;                                 /* out of memory */
} connections;                                   /* zero-initialised */

void connections_fini(connections *all);

/* The next datagram. */
void connections_add(connections *all, const sighting *seen);

#endif
