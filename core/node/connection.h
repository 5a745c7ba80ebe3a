/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection on a node: adapters, liveness, streams and migration around one core_quic, from its first
 * packet until its closing period is over. This is what its parts share: connection_open makes and frees it,
 * connection_step gives it time and datagrams, connection_quic has the callbacks of QUIC, connection_end
 * brings it up and ends it, migrate and rebind change its path.
 */
#ifndef CORE_NODE_CONNECTION_H
#define CORE_NODE_CONNECTION_H

#include "core/node/internal.h"
#include "core/quic/issued_ids.h"
#include "core/streams/dist.h"
#include "core/streams/user_stream.h"

typedef enum core_connection_state {
    CORE_CONNECTION_HANDSHAKE,
    CORE_CONNECTION_UP,     /* PEER_UP was delivered */
    CORE_CONNECTION_CLOSING /* over; kept to answer late packets (RFC 9000 section 10.2) */
} core_connection_state;

/* CORE_TRIED_MAX: QUIC keeps as many connection IDs bound to paths (NGTCP2_DCIDTR_MAX_BOUND_DCID_SIZE). */
enum { CORE_RETIRING_MAX = 8, CORE_TRIED_MAX = 4 };

/* An adapter that lost its traffic to another and waits for late packets. */
typedef struct core_retiring {
    roam_adapter *adapter;
    uint64_t close_ns;
} core_retiring;

/* Changes of address that are followed (rebind.h); all zero at first. */
typedef struct core_rebind_budget {
    uint32_t spent;
    uint64_t since_ns; /* when the last one spent came back */
} core_rebind_budget;

struct core_connection {
    roam_node *node;
    core_peer *peer; /* NULL: accepted, and the certificate not yet seen */
    core_quic *quic;
    core_streams_owner streams_owner; /* of the two below */
    core_dist dist;
    core_user_streams user_streams;
    core_connection_state state;
    bool dialled;
    bool half_open;     /* counted in node->half_open */
    uint32_t serial;    /* from 1 on this node */
    core_reject reject; /* found before it could be sent */
    bool leaving;       /* the next flush closes it on purpose */
    bool unreachable;   /* in handshake: ICMP reports that the peer is unreachable */

    roam_adapter *adapter; /* of the path in use; while data follows a migration, of the way back */
    core_retiring retiring[CORE_RETIRING_MAX];
    size_t retiring_count;
    roam_addr local, remote; /* the path in the latest event */
    struct core_migration *migration;
    roam_addr tried[CORE_TRIED_MAX]; /* where migrations failed, the latest first: their connection IDs are
                                      * still bound to them */

    struct core_preferred *preferred; /* dialled: being validated; NULL: none */
    roam_addr left_remote; /* dialled: the address that the server's preferred one took the place of;
                            * of no family: none did */
    roam_addr preferred_remote;

    struct core_rebind *rebind; /* accepted: under way; NULL: none */
    core_rebind_budget rebind_budget;
    core_connection_id peer_uses; /* accepted: the connection ID by which the peer addressed us on its path */

    core_issued_ids ids;
    uint64_t
        up_due_ns; /* in handshake: TLS is through, and the rest must be until then; ROAM_NEVER: not yet */
    uint64_t heard_ns;  /* the peer was last heard for certain: stream data, or an acknowledgement of ours */
    uint64_t ticked_ns; /* the last TICK of ours */
    uint64_t waiting_since_ns; /* data is unacknowledged, nothing received since; ROAM_NEVER: no data is */
    /* Data is unacknowledged, and none was acknowledged since, whatever was received; ROAM_NEVER as above. */
    uint64_t unanswered_since_ns;
    uint64_t unacknowledged; /* bytes, at the end of the last flush */
    bool owes_down;          /* closing: PEER_DOWN comes when it is freed, if the peer was not up since */
    uint32_t ups_before;     /* closing: of the peer, when this ended */
    uint64_t forget_ns;      /* closing: when it is freed */
    uint64_t closing_reads;  /* closing: datagrams received */
    uint64_t datagrams_sent, datagrams_failed, datagrams_received, datagrams_damped;

    core_timer timer;
    bool dirty;
    core_connection *next_dirty;
    core_connection *newer, *older; /* all connections of the node */
};

/* Has core_connection_flush called in the next step. */
void core_connection_touch(core_connection *connection);
/* Not in the next step, if it was to be. */
void core_connection_untouch(core_connection *connection);

/* Local addresses from which a migration was tried: adds one as the latest, or takes it out. */
void core_connection_tried(core_connection *connection, const roam_addr *local);
void core_connection_untried(core_connection *connection, const roam_addr *local);

/* Hands it on for the qlog trace, with the time, where somebody wants qlog. */
void core_connection_trace(const core_connection *connection, const roam_qlog *told);
/* The end that dialled: a state of the migration to that path. */
void core_connection_trace_migration(const core_connection *connection, const roam_addr *local,
                                     const roam_addr *remote, roam_qlog_migration state);

/* Not half-open any more, if it was. */
void core_connection_settle(core_connection *connection);
/* QUIC has proof that the peer received or sent something now. */
void core_connection_heard(core_connection *connection);
/* The TLS handshake is complete: a peer whose HELLO does not arrive within another handshake timeout is
 * closed. */
void core_connection_must_come_up(core_connection *connection);

/* Makes an open adapter the one in use; the old one stays open a while for late packets. */
void core_connection_switch(core_connection *connection, roam_adapter *adapter, uint64_t now_ns);
/* The end that accepted: the node's adapter bound to that address, or NULL. */
roam_adapter *core_connection_listener(const core_connection *connection, const roam_addr *local);
/* Whether traffic has moved from that adapter to another, and it waits for late packets. */
bool core_connection_is_retiring(const core_connection *connection, const roam_adapter *adapter);
/* Closes those that have waited long enough. */
void core_connection_close_retired(core_connection *connection, uint64_t now_ns);

#endif
