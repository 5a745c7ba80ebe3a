/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of one connection on a node: adapters, liveness, streams and migration around one core_quic, from
 * its first packet until its closing period is over.
 */
#ifndef CORE_NODE_CONNECTION_H
#define CORE_NODE_CONNECTION_H

#include "core/node/node.h"
#include "core/node/rebind.h"
#include "core/streams/dist.h"
#include "core/streams/user_stream.h"

typedef enum core_connection_state {
    CORE_CONNECTION_HANDSHAKE,
    CORE_CONNECTION_UP,     /* peer_up was told */
    CORE_CONNECTION_CLOSING /* over; kept to answer late packets (RFC 9000 section 10.2) */
} core_connection_state;

/* CORE_TRIED_MAX: QUIC keeps as many connection IDs bound to paths (NGTCP2_DCIDTR_MAX_BOUND_DCID_SIZE). */
enum { CORE_RETIRING_MAX = 8, CORE_RETIRED_IDS_MAX = 16, CORE_TRIED_MAX = 4 };

/* An adapter that lost its traffic to another and waits for late packets. */
typedef struct core_retiring {
    roam_adapter *adapter;
    uint64_t close_ns;
} core_retiring;

/* A connection ID that leads here. One that the peer has retired goes on to do so for a while: packets with
 * it may still be on their way over a slow path, and a stateless reset in answer to them would end a
 * connection that lives. */
typedef struct core_issued_id {
    struct core_issued_id *next;
    core_connection_id id;
    bool retired;
} core_issued_id;

struct core_connection {
    roam_node *node;
    core_peer *peer; /* NULL: accepted, and the certificate not yet seen */
    core_quic *quic;
    core_streams_owner streams_owner; /* of the two below */
    core_dist dist;
    core_user_streams user_streams;
    core_connection_state state;
    bool dialled;
    bool half_open;   /* counted in node->half_open */
    uint32_t serial;  /* from 1 on this node */
    uint64_t reject;  /* application close code plus one, found before it could be sent */
    bool leaving;     /* the next flush closes it on purpose */
    bool unreachable; /* in handshake: the network says that nobody is there */

    roam_adapter *adapter; /* of the path in use; while data follows a migration, of the way back */
    core_retiring retiring[CORE_RETIRING_MAX];
    size_t retiring_count;
    roam_addr local, remote; /* the path last told in an event */
    struct core_migration *migration;
    roam_addr tried[CORE_TRIED_MAX]; /* where migrations failed, the latest first: their connection IDs are
                                      * still bound to them */

    core_rebind *rebind; /* accepted: under way; NULL: none */
    core_rebind_budget rebind_budget;
    core_connection_id peer_uses; /* accepted: the connection ID by which the peer addressed us on its path */

    core_issued_id *ids; /* the newest first */
    size_t retired_ids;
    uint64_t
        up_due_ns; /* in handshake: TLS is through, and the rest must be until then; ROAM_NEVER: not yet */
    uint64_t heard_ns;         /* the peer's last sign of life that nobody else can give: stream data, or the
                                * acknowledgement         of ours */
    uint64_t ticked_ns;        /* the last TICK of ours */
    uint64_t waiting_since_ns; /* data is unacknowledged, nothing received since; ROAM_NEVER: no data is */
    bool owes_down;            /* closing: PEER_DOWN comes when it is freed, if the peer was not up since */
    uint32_t ups_before;       /* closing: of the peer, when this ended */
    uint64_t forget_ns;        /* closing: when it is freed */
    uint64_t closing_reads;    /* closing: datagrams received */
    uint64_t datagrams_sent, datagrams_failed, datagrams_received, datagrams_damped;

    core_timer timer;
    bool dirty;
    core_connection *next_dirty;
    core_connection *newer, *older; /* all connections of the node */
};

/* Errors: NO_MEMORY, TLS, QUIC. On success the connection owns the adapter. */
ROAM_CHECKED int core_connection_dial(roam_node *node, core_peer *peer, roam_adapter *adapter,
                                      const roam_addr *remote, uint64_t now_ns);
/* A client's first datagram came in on a listening adapter. Errors as above, and WOULD_BLOCK: too many
 * connections are half-open, the client must first prove its address. */
ROAM_CHECKED int core_connection_accept(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                                        uint64_t now_ns, core_connection **out);
/* Answers a client's first datagram with Retry. */
void core_connection_retry(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns);
void core_connection_free(core_connection *connection);

/* Not half-open any more, if it was. */
void core_connection_settle(core_connection *connection);

/* Tells PEER_DOWN with how the connection ended. */
void core_connection_tell_down(const core_connection *connection, uint64_t now_ns);

/* The QUIC connection is over: tells it, and starts the closing period. */
void core_connection_wind_up(core_connection *connection, uint64_t now_ns);

/* id: where the datagram is addressed to. */
void core_connection_receive(core_connection *connection, roam_adapter *adapter,
                             const roam_datagram *datagram, const core_connection_id *id, uint64_t now_ns);
/* A datagram without a connection ID of ours came in on an adapter of the connection: a stateless reset, if
 * it is anything (RFC 9000 section 10.3.1). */
void core_connection_receive_unknown(core_connection *connection, const roam_adapter *adapter,
                                     const roam_datagram *datagram, uint64_t now_ns);
/* The timer of the connection (owner) has come. */
void core_connection_expire(void *owner, uint64_t now_ns);
/* Does what is due and writes packets. Frees the connection when its time is over. */
void core_connection_flush(core_connection *connection, uint64_t now_ns);
void core_connection_close(core_connection *connection, roam_close_code code, uint64_t now_ns);
/* Closes with ROAM_CLOSE_LEFT in the next flush. */
void core_connection_leave(core_connection *connection);

/* What QUIC and the dist protocol call on a connection: connection_quic.c. */
extern const core_quic_handlers core_connection_handlers;
uint64_t core_connection_channel_up(void *connection);

/* A connection ID leads here no more. */
void core_connection_forget_id(core_connection *connection, core_issued_id **link);

/* QUIC has proof that the peer lives. */
void core_connection_heard(core_connection *connection);
/* TLS is through: who does not say HELLO in as much time again as a handshake may take is let go. */
void core_connection_must_come_up(core_connection *connection);

/* Has core_connection_flush called in the next step. */
void core_connection_touch(core_connection *connection);

/* Makes an open adapter the one in use; the old one stays open a while for late packets. */
void core_connection_switch(core_connection *connection, roam_adapter *adapter, uint64_t now_ns);

/* The dist channel can carry messages: tells peer_up. 0, or an application close code plus one when another
 * connection to the same peer is the one to stay. */
uint64_t core_connection_up(core_connection *connection);

#endif
