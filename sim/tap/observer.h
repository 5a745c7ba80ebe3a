/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls that a world makes to its observers (the recorder, a packet capture) while it runs. Two sources
 * are kept apart: `packet` is what taps on the wire see, the ground truth; every other function reports what
 * the endpoints claim.
 *
 * Every function is optional. Pointers in the structs are valid during the call. Indices are those of the
 * scenario.
 */
#ifndef SIM_TAP_OBSERVER_H
#define SIM_TAP_OBSERVER_H

#include "core/roam.h"
#include "sim/refusal.h"
#include "sim/scenario/event.h"
#include "sim/wire/dissect.h"
#include "sim/wire/icmp.h"

#include <stdint.h>

typedef enum observer_drop {
    OBSERVER_NOT_DROPPED,
    OBSERVER_DROP_QUEUE,          /* drop-tail queue full */
    OBSERVER_DROP_LOSS,           /* lost on the link */
    OBSERVER_DROP_DOWN,           /* link down */
    OBSERVER_DROP_BLACKHOLE,      /* dropped by a black hole of the timeline */
    OBSERVER_DROP_DETACHED,       /* no such address (any more) */
    OBSERVER_DROP_MTU,            /* longer than the network's mtu */
    OBSERVER_DROP_MEDIUM,         /* given up by a shared medium: see n3_medium_kind */
    OBSERVER_DROP_MALFORMED,      /* not an IP and UDP datagram */
    OBSERVER_DROP_CHECKSUM,       /* damaged: a checksum is wrong */
    OBSERVER_DROP_FAULT,          /* chosen by a drop of the timeline */
    OBSERVER_DROP_PARTITION,      /* between networks that a partition of the timeline parts */
    OBSERVER_DROP_SUSPENDED,      /* its host is suspended */
    OBSERVER_DROP_NAT_EXHAUSTED,  /* a NAT has no port, block or room for a new binding */
    OBSERVER_DROP_NAT_FILTERED,   /* the binding does not let that remote endpoint in */
    OBSERVER_DROP_NAT_NO_BINDING, /* nothing stands behind that external endpoint */
    OBSERVER_DROP_NAT_HAIRPIN,    /* the NAT does not hairpin */
    OBSERVER_DROP_NAT_STALE,      /* the binding is stale that way */
    OBSERVER_DROP_NAT_MID_FLOW,   /* of no flow that the NAT knows, and not the beginning of one */
    OBSERVER_DROP_NAT_PREFIX      /* an address that the NAT cannot translate (RFC 6296) */
} observer_drop;

const char *observer_drop_name(observer_drop drop); /* "queue", ... ; "" for NOT_DROPPED */

/* A datagram at the host side of an access link: leaving (up) as the host hands it over, before anything can
 * happen to it; coming in (down) when the host has it. A datagram that is dropped shows once more at that
 * moment, with the reason, at the access link that dropped it. */
typedef struct observer_packet {
    uint32_t node;
    uint32_t network;
    bool up;
    bool forged; /* leaving: made by an attacker on that host, in the name of its endpoint or of another */
    observer_drop drop;
    /* Leaving: how long the access link sends what is ahead of it in its queue, as of now; 0 on shared media,
     * where nobody knows. */
    uint64_t queue_ns;
    uint64_t link_ns;     /* the delay of the access link, up and down, as it is set now */
    const uint8_t *bytes; /* the whole IP datagram */
    size_t len;
    roam_addr source, destination;
    const uint8_t *payload; /* UDP */
    size_t payload_len;
    /* What is in the payload of a datagram that is not dropped: leaving, all of it; coming to an endpoint's
     * host, what that endpoint can open. NULL for all others, and when no observer needs frames (leaving: and
     * no fault chooses packets by them). */
    const dissect_view *view;
} observer_packet;

/* Something happened to a NAT, or it did not let a datagram pass (shown as dropped, too). */
typedef enum observer_nat_kind {
    OBSERVER_NAT_DROPPED,   /* drop */
    OBSERVER_NAT_SHUFFLED,  /* subscriber, bindings, kept */
    OBSERVER_NAT_EXPIRED,   /* subscriber, bindings */
    OBSERVER_NAT_RESTARTED, /* bindings */
    OBSERVER_NAT_STALE,     /* subscriber, bindings */
    OBSERVER_NAT_COUNT      /* how many kinds there are */
} observer_nat_kind;

typedef struct observer_nat {
    observer_nat_kind kind;
    uint32_t nat;
    observer_drop drop;          /* one of OBSERVER_DROP_NAT_ */
    const roam_addr *subscriber; /* whose bindings; NULL: of all */
    uint32_t bindings;           /* moved, forgotten or stale */
    uint32_t kept;               /* that had nowhere to move */
} observer_nat;

/* roam_migrate has just been called, by a migrate verb or by a watchdog. call numbers them from 0 in the run.
 */
typedef struct observer_migrate {
    uint32_t call;
    const scenario_event *event; /* migrate or watchdog */
    const char *trigger;         /* as it was given to the core; valid as long as the program runs */
    uint32_t to;                 /* node at the other end of the connection */
    roam_addr local;             /* the address asked for, port 0; ROAM_FAMILY_NONE: any */
} observer_migrate;

/* An entry of the timeline, or a dial of the peers, was not carried out. */
typedef struct observer_refused {
    refusal why;
    scenario_verb verb;   /* a dial of the peers: SCENARIO_DIAL */
    scenario_place place; /* of the entry, or of the peer */
    uint32_t node;        /* SCENARIO_NONE: it concerns none, as does the next */
    uint32_t to;
} observer_refused;

/* A reconnect (sim/world/reconnect_calls.h) has just been called, dials, is over or has no result any more.
 */
typedef enum observer_reconnect_kind {
    OBSERVER_RECONNECT_CALLED,  /* before the old connection is closed */
    OBSERVER_RECONNECT_DIALS,   /* the next connection that the node begins at this time is its */
    OBSERVER_RECONNECT_DONE,    /* result */
    OBSERVER_RECONNECT_DROPPED, /* its node was restarted */
} observer_reconnect_kind;

typedef struct observer_reconnect {
    observer_reconnect_kind kind;
    uint32_t number;             /* from 0 in the run */
    const scenario_event *event; /* reconnect */
    uint32_t to;                 /* node at the other end */
    int result;                  /* DONE: ROAM_OK, or ROAM_ERR_TIMEOUT, _SUPERSEDED, _ADAPTER */
} observer_reconnect;

/* A node with `redial` is about to dial again. */
typedef struct observer_redial {
    uint32_t node;
    uint32_t to;
    uint32_t attempt; /* from 1, since there was a connection or the scenario dialled */
} observer_redial;

/* Cross traffic begins, or is over: no packet of the entry follows. */
typedef struct observer_background {
    size_t entry; /* index into the scenario's background */
    bool over;    /* with what became of its packets; those that are neither are on their way */
    uint64_t sent, delivered, dropped;
} observer_background;

typedef struct observer_message {
    uint32_t traffic;  /* index into the scenario's traffic */
    uint64_t sequence; /* from 0 in each traffic entry */
    size_t len;
    bool intact; /* delivered: the bytes are those that were sent */
    /* Sent: when the flow was to begin. Of one with an interval: times of its rhythm that have passed without
     * a message since the one before, or since that beginning; and the next time. */
    uint64_t begin_ns;
    uint64_t passed;
    uint64_t next_ns;
    uint64_t due_ns; /* sent: when it was to be (sim/record/latency.h) */
} observer_message;

typedef struct observer {
    void *ctx;
    bool frames;    /* it needs observer_packet.view */
    bool checksums; /* it needs those in observer_packet.bytes, which may be wrong otherwise */
    void (*packet)(void *ctx, const observer_packet *packet, uint64_t now_ns);
    /* An event of the timeline took place (before its effects are seen). */
    void (*timeline)(void *ctx, const scenario_event *event, uint64_t now_ns);
    /* One could not, or not for one of its nodes. */
    void (*refused)(void *ctx, const observer_refused *refused, uint64_t now_ns);
    /* What the scenario wants of a node and its QUIC library cannot do: "server", "disable_active_migration",
     * a key of `quic`, or does not report to a watchdog: "smoothed RTT", "acknowledged bytes". */
    void (*lacks)(void *ctx, uint32_t node, const char *what, uint64_t now_ns);
    /* The adapter of the node's QUIC library says something to people: any bytes, however many. */
    void (*endpoint_log)(void *ctx, uint32_t node, const char *text, uint64_t now_ns);
    void (*migrate_called)(void *ctx, const observer_migrate *migrate, uint64_t now_ns);
    void (*migrate_done)(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns);
    /* Its result will not come, because its node was restarted. */
    void (*migrate_dropped)(void *ctx, uint32_t call, uint64_t now_ns);
    /* The node dials the other, by the scenario; nothing of the new connection has been sent yet. */
    void (*dial)(void *ctx, uint32_t node, uint32_t to, uint64_t now_ns);
    void (*redial)(void *ctx, const observer_redial *told, uint64_t now_ns);
    void (*reconnect)(void *ctx, const observer_reconnect *reconnect, uint64_t now_ns);
    /* A user stream of a traffic entry was opened; lost: it ended with its connection, before its end. */
    void (*stream)(void *ctx, uint32_t traffic, bool lost, uint64_t now_ns);
    /* An event of the core on a node; other is the scenario's node on the far end, SCENARIO_NONE if unknown.
     */
    void (*core_event)(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns);
    /* A step of the core on a node is over: its callbacks for that step have all been made. */
    void (*stepped)(void *ctx, uint32_t node);
    /* A message was handed to roam_send and taken; a message came out at the other end. */
    void (*message_sent)(void *ctx, const observer_message *message, uint64_t now_ns);
    void (*message_delivered)(void *ctx, const observer_message *message, uint64_t now_ns);
    /* Addresses come and go. */
    void (*address)(void *ctx, uint32_t node, uint32_t network, const roam_addr *addr, bool attached,
                    uint64_t now_ns);
    void (*nat)(void *ctx, const observer_nat *nat, uint64_t now_ns);
    void (*background)(void *ctx, const observer_background *told, uint64_t now_ns);
    /* An ICMP error has come to the node's endpoint; so many of its connections make something of it. */
    void (*icmp)(void *ctx, uint32_t node, const icmp_error *error, int taken, uint64_t now_ns);
    /* Secrets of connections, as roam_node_callbacks.keylog gives them: all that leaves the core so that
     * packets can be read (sim/wire/dissect.h). Always before the first packet under them. */
    void (*keylog)(void *ctx, uint32_t node, const char *line, uint64_t now_ns);
    void (*qlog)(void *ctx, uint32_t node, uint32_t connection, bool dialled, const roam_qlog *told);
} observer;

/* Whether an event of a node says that its connection with the peer is up or down: on a node with membership
 * peer_up and peer_down do not, because they are of its active view. */
typedef enum observer_channel {
    OBSERVER_CHANNEL_AS_BEFORE,
    OBSERVER_CHANNEL_UP,
    OBSERVER_CHANNEL_DOWN
} observer_channel;

observer_channel observer_channel_of(const scenario *whole, uint32_t node, const roam_event *event);

#endif
