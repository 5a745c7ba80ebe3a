/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_RECORDER_H
#define SIM_RECORD_RECORDER_H

/*
 * What came of a run: migrations, connections, traffic. The recorder is an observer. Times of a migration
 * come from the taps at the hosts; the core's own records are kept beside them and compared with them; a
 * difference is a contradiction, which fails the run.
 *
 * All times are virtual nanoseconds from the start; ROAM_NEVER stands for "did not happen" and for "cannot be
 * known". Memory grows with migrations, connections and flows, not with packets or messages.
 */

#include "core/roam.h"
#include "sim/record/chains.h"
#include "sim/record/recorder_parts.h"
#include "sim/scenario/after.h"
#include "sim/scenario/event.h"
#include "sim/tap/observer.h"

#define RECORDER_TEXT_MAX 256

typedef struct recorder recorder;

/*
 * One call of roam_migrate. A call that joins one under way is of the same attempt, and has its path and its
 * times. The new path is the local address and port from which the first PATH_CHALLENGE of the attempt
 * leaves. All of this follows from the contents of packets (sim/wire/dissect.h), whatever NATs and relays
 * they pass: connection IDs name the connection and path of a packet, and the data of a challenge identifies
 * its response. A datagram is received when its receiver can open it.
 */
typedef struct recorder_migration {
    uint32_t call;               /* from 0 in the run */
    const scenario_event *event; /* the timeline's entry: migrate or watchdog */
    const char *trigger;         /* as it was given to the core: "timeline", "watchdog" */
    uint32_t to;                 /* node at the other end of the connection */
    uint64_t requested_ns;
    roam_addr asked; /* local address asked for, port 0; ROAM_FAMILY_NONE: any */
    roam_addr local; /* of the new path; ROAM_FAMILY_NONE: no challenge left */
    uint32_t joined; /* the call that began the attempt; SCENARIO_NONE: this one did */

    /* The first datagram with a PATH_CHALLENGE leaves the host on the new path. */
    uint64_t challenge_sent_ns;
    /* One of those arrives at the other end: the first, or, if it was lost, a later one. */
    uint64_t challenge_received_ns;
    /* The first PATH_RESPONSE that arrives, to any of the attempt's challenges: when it left the other end,
     * and when it came. It counts on any path (RFC 9000 section 8.2.3), but from no other address than one of
     * the other end's (section 9). One that was lost or damaged on its way leaves no trace here. */
    uint64_t response_sent_ns;
    uint64_t response_received_ns;
    /* The result ROAM_OK was given. */
    uint64_t validated_ns;
    /* The first PATH_RESPONSE of the host from its new path arrives at the other end, which then has
     * validated the host's new address (RFC 9000 section 8.2.3). */
    uint64_t peer_validated_ns;
    /* First message that was complete with a datagram of the new path, from the host (up) and to it (down).
     */
    uint64_t first_payload_up_ns;
    uint64_t first_payload_down_ns;

    /* With the result ROAM_OK: what the time went by, which adds up to validated - requested. */
    recorder_parts parts;
    /* The delays of the access links that the answered challenge and its response passed, as they were set
     * then: the round trip of the path, but for what packets take to be sent, jitter and queues. */
    uint64_t round_trip_ns;

    bool done;
    bool dropped; /* its node was restarted: there will be no result */
    uint64_t done_ns;
    roam_migration_record record;          /* the core's own, when done; its trigger is not kept ("") */
    char contradiction[RECORDER_TEXT_MAX]; /* the first between core and taps; "" for none */
} recorder_migration;

typedef enum recorder_move_kind { RECORDER_MIGRATE, RECORDER_RECONNECT } recorder_move_kind;

/* What a move cost on one way: up from the node that moves, down to it. Messages are those of the flows
 * between the two nodes. */
typedef struct recorder_move_way {
    /* The first message that was complete with a datagram of the new path, or of the new connection, after
     * the request. */
    uint64_t first_message_ns;
    /* The longest time without a delivery that includes or follows the request, and begins before the move is
     * over, less the sending interval; of all flows that were to send more the worst. ROAM_NEVER: none was.
     */
    uint64_t gap_ns;
    uint64_t datagrams; /* that left the sending host from the request until the move is over */
    uint64_t bytes;     /* of UDP payload in these */
    /* Messages that were handed to the core before the move was over, and since the connection was up before,
     * and were never delivered; delivered once more; and that were due in that time and not sent. */
    uint64_t lost;
    uint64_t repeated;
    uint64_t passed_over;
} recorder_move_way;

/*
 * A call for a migration, or a reconnect: what it cost, from the request until the move is over. A move with
 * the result ok is over when it has that result and the first message each way has arrived over the new path
 * or connection, of the ways on which a flow was to send more at the request; any other move with its result.
 * All is taken from the taps and from what applications sent and got.
 */
typedef struct recorder_move {
    recorder_move_kind kind;
    const scenario_event *event; /* migrate, watchdog or reconnect */
    uint32_t to;                 /* node at the other end of the connection */
    uint64_t requested_ns;
    bool done;
    bool dropped; /* its node was restarted: there will be no result */
    int result;   /* when done: as roam_result_name has it */
    uint64_t done_ns;
    uint64_t over_ns; /* ROAM_NEVER: not by the end */
    /* The delays of the access links that the new path leads over, up and down; without jitter, queues and
     * what packets take to be sent. */
    uint64_t round_trip_ns;
    /* How often the host had to wait for the other end before it could send data of its application on the
     * new path or connection: until such data left, or the result was ok, whichever was first. A datagram is
     * of the round that is one more than the last one of which an answer had come, where an answer is what
     * left the other end when it had got a datagram of that round. 0: at once. ROAM_NEVER: it never could. */
    uint64_t round_trips;
    recorder_move_way up, down;
    /* Of the datagrams of both ways those that hold neither application data (STREAM frames of streams other
     * than 0, which is the control stream) nor ACK and PADDING frames alone: handshakes, path validation,
     * connection IDs, probes of the path's MTU, closing. */
    uint64_t overhead_datagrams;
    uint64_t overhead_bytes;
    uint64_t streams_lost; /* user streams of flows that ended with their connection before they were done */
    /* peer_up and peer_down at other nodes about one of the two, from the request until RECORDER_CHURN_NS
     * after the move is over: of nodes with membership. */
    uint64_t churn;
} recorder_move;

#define RECORDER_CHURN_NS UINT64_C(1000000000)

/* A peer that a NAT moved to another address, as the node at its other end noticed. */
typedef struct recorder_rebind {
    uint32_t node;
    uint32_t other;
    roam_rebind_record record;
    /* Of one that was validated, as in recorder_migration; all wait is other_ns. They add up to finished -
     * noticed. Without a challenge (the address was validated before) the round trip is ROAM_NEVER. */
    recorder_parts parts;
    uint64_t round_trip_ns;
} recorder_rebind;

/* What a client made of its server's preferred address (RFC 9000 section 9.6). */
typedef struct recorder_preferred {
    uint32_t node;  /* the client */
    uint32_t other; /* SCENARIO_NONE: not known */
    roam_preferred_record record;
} recorder_preferred;

/* One end's view of one connection. */
typedef struct recorder_end {
    bool up;                     /* at the end */
    bool restarted;              /* since it was up its node was restarted, without a peer_down */
    uint32_t ups;                /* peer_up events */
    uint32_t downs;              /* peer_down events */
    uint64_t first_up_ns;        /* ROAM_NEVER: never up */
    uint64_t last_down_ns;       /* peer_down; ROAM_NEVER: none */
    uint64_t restarted_ns;       /* the last restart that ended it; ROAM_NEVER: none */
    roam_down_reason reason;     /* of the last down */
    uint64_t code;               /* likewise */
    uint32_t path_changes;       /* path_changed events */
    uint32_t migrate_calls_done; /* migration_done events */
    uint32_t timeouts;           /* those of them with the result timeout */
    uint32_t left;               /* left events */
} recorder_end;

/* One connection of the scenario. */
typedef struct recorder_peer {
    recorder_end dialer;
    recorder_end acceptor;
} recorder_peer;

/* One flow: an entry of the scenario's traffic. Messages given to the core at or after the end of the
 * scenario do not count. */
typedef struct recorder_flow {
    uint64_t sent;      /* messages taken by the core */
    uint64_t delivered; /* different messages that came out at the other end */
    uint64_t bytes;     /* in those */
    uint64_t missing;   /* sent and not delivered */
    uint64_t unsent;    /* bulk: messages that the scenario's end left unsent */
    /* With an interval: messages that were due, from the beginning to the end of sending, and not sent: there
     * was no connection, or no room in it. passed_over_at_start: those before the first message. */
    uint64_t passed_over;
    uint64_t passed_over_at_start;
    uint64_t duplicated;
    uint64_t reordered; /* delivered after a later one */
    uint64_t corrupt;   /* delivered with other bytes than were sent */
    uint64_t first_delivery_ns;
    uint64_t last_delivery_ns;
    /*
     * The longest time without a delivery, less the sending interval (0 for bulk), at least 0. It is taken
     * from when the flow is to begin (sim/world/traffic.h) to the end of sending (traffic_stop_ns), with or
     * without a connection; of a bulk, to its last delivery, or, if it has not all arrived, to the end of the
     * scenario. ROAM_NEVER: the flow was to begin at or after its end.
     */
    uint64_t gap_ns;
    uint64_t gap_start_ns; /* when that time began; ROAM_NEVER likewise */
    uint64_t streams;      /* of a flow on user streams: how many were opened */
    uint64_t streams_lost; /* of these, those that ended with their connection before they were done */
} recorder_flow;

/* One NAT. */
typedef struct recorder_nat {
    uint64_t refused; /* packets for which it had no port, block or room for a new binding */
    uint64_t first_refused_ns;
} recorder_nat;

/* An entry of the timeline that was not carried out. */
typedef struct recorder_refusal {
    observer_refused told;
    uint64_t at_ns;
} recorder_refusal;

/* A time without a connection, as the node that dials has it. */
typedef struct recorder_outage {
    uint32_t peer;           /* index of peers */
    bool was_up;             /* before; else the first dial failed */
    bool has_reason;         /* else the node itself was restarted */
    roam_down_reason reason; /* of the loss, or of the first failure */
    uint32_t dials;          /* meanwhile */
    uint64_t lost_ns;        /* the connection went down; or the dial that failed */
    uint64_t regained_ns;    /* ROAM_NEVER: not */
    uint64_t end_ns;         /* the same, or the end of the run */
} recorder_outage;

/* An event of a node. */
typedef struct recorder_logged {
    scenario_never_event event;
    uint32_t node;
    uint32_t other; /* SCENARIO_NONE: about none */
    bool third;     /* as recorder_third_count */
    uint64_t at_ns;
} recorder_logged;

/* Milestones of migrations, for a record of events. name is that of the field, without "_ns". */
typedef struct recorder_milestones {
    void *ctx;
    void (*reached)(void *ctx, const recorder_migration *migration, const char *name, uint64_t now_ns);
} recorder_milestones;

/* scenario must outlive the recorder; milestones may be NULL. ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int recorder_new(const scenario *scenario, const recorder_milestones *milestones,
                              recorder **out);
void recorder_free(recorder *recorder);

/* To give to a world; valid while the recorder is. */
observer recorder_observer(recorder *recorder);

/* True when every message that counts has come and every migration has its result: nothing is left to wait
 * for. */
bool recorder_is_settled(const recorder *recorder);

/* Ends the record: gaps and what is missing are settled as of end_ns (the scenario's end, or earlier when it
 * was interrupted). ROAM_ERR_NO_MEMORY: something could not be recorded, the figures are not to be trusted.
 */
ROAM_CHECKED int recorder_finish(recorder *recorder, uint64_t end_ns);

/* Valid until the recorder is freed; of use after recorder_finish. Migrations are in order of call, peers and
 * flows in order of the scenario. */
const recorder_migration *recorder_migrations(const recorder *recorder, size_t *count);
/* In order of the requests. */
const recorder_move *recorder_moves(const recorder *recorder, size_t *count);
/* The first contradiction that belongs to no migration; "" for none. */
const char *recorder_contradiction(const recorder *recorder);
const recorder_rebind *recorder_rebinds(const recorder *recorder, size_t *count);
/* The first of those that a node noticed of another, and the next of these; CHAINS_END: none. */
uint32_t recorder_rebind_first(const recorder *recorder, uint32_t node, uint32_t other);
uint32_t recorder_rebind_next(const recorder *recorder, uint32_t rebind);
/* In the order of their ends. */
const recorder_preferred *recorder_preferred_addresses(const recorder *recorder, size_t *count);
/* finished - started, of one that was validated, or ROAM_NEVER. */
uint64_t recorder_preferred_ns(const recorder_preferred *preferred);
/* A node's QUIC library cannot do what the scenario wants of it from the start. */
bool recorder_lacks(const recorder *recorder);
const recorder_refusal *recorder_refusals(const recorder *recorder, size_t *count);
/* All that recorder_event_count counts, in order of time. None unless an expectation asks for times beyond
 * the first. */
const recorder_logged *recorder_log(const recorder *recorder, size_t *count);
/* The first of those of a node, and its next one; CHAINS_END: none. */
uint32_t recorder_log_first(const recorder *recorder, uint32_t node);
uint32_t recorder_log_next(const recorder *recorder, uint32_t event);
/* In order of their beginning. None unless recorder_counts_outages. */
const recorder_outage *recorder_outages(const recorder *recorder, size_t *count);
/* A node dials again by itself, or an expectation speaks of reconnects. */
bool recorder_counts_outages(const scenario *whole);
/* The first event of an entry that an instant starts; ROAM_NEVER: it has not come. */
uint64_t recorder_started_ns(const recorder *recorder, const scenario_after *after);
/* The next entry that has not been started, in the file's order; NULL: no further one. *at is 0 at first. */
const scenario_after *recorder_next_waiting(const recorder *recorder, size_t *at);
const recorder_peer *recorder_peers(const recorder *recorder);
/* The destination connection ID of the last 1-RTT packet that node sent to other from that local address, on
 * the connection that is up between the two; an acceptor's from any. Its length, at most
 * ROAM_CONNECTION_ID_MAX; 0: there is none, or it is empty. */
size_t recorder_connection_id(const recorder *recorder, uint32_t node, uint32_t other, const roam_addr *local,
                              uint8_t id[ROAM_CONNECTION_ID_MAX]);
const recorder_nat *recorder_nats(const recorder *recorder);
/* Of a peer whose acceptor is a service: the server on which its last connection landed, a node index or
 * SCENARIO_NONE; how many connections were up at a server; at how many different ones. */
uint32_t recorder_server(const recorder *recorder, uint32_t peer);
uint32_t recorder_connections_landed(const recorder *recorder, uint32_t peer);
uint32_t recorder_servers_seen(const recorder *recorder, uint32_t peer);

const recorder_flow *recorder_flows(const recorder *recorder);

/* validated - requested, or ROAM_NEVER. */
uint64_t recorder_validation_ns(const recorder_migration *migration);

/* first message - requested, or ROAM_NEVER; way: one of the move's two. */
uint64_t recorder_move_to_first_ns(const recorder_move *move, const recorder_move_way *way);

/* finished - noticed, of one that was validated, or ROAM_NEVER. */
uint64_t recorder_rebind_ns(const recorder_rebind *rebind);

/* The worst gap of the flows from one node to the other, and the flow (index, SCENARIO_NONE for none) that
 * had it. ROAM_NEVER: no flow that way was to begin. */
uint64_t recorder_gap_ns(const recorder *recorder, uint32_t from, uint32_t to, uint32_t *flow);

/* How often an event took place before the end; node SCENARIO_NONE: on any. first_ns: ROAM_NEVER when never.
 */
uint64_t recorder_event_count(const recorder *recorder, scenario_never_event event, uint32_t node,
                              uint64_t *first_ns);

/* Likewise, on third nodes: those that no migrate, reconnect or watchdog of the timeline moves, nor names as
 * the other end. What they say of a node that is moved does not count either. */
uint64_t recorder_third_count(const recorder *recorder, scenario_never_event event, uint64_t *first_ns);

/* What a goodput expectation of the scenario asks for: payload of messages delivered from start_ns to end_ns;
 * with everything delivered, to the last delivery if that came before. */
typedef struct recorder_goodput {
    uint64_t bytes;
    uint64_t start_ns;
    uint64_t end_ns;
} recorder_goodput;

recorder_goodput recorder_goodput_of(const recorder *recorder, const scenario_expectation *expectation);

/* What an amplification expectation asks for: UDP payload between its node and that address and port of the
 * other node's at which the node was most generous, up to the moment at which it was. Equal generosity: where
 * it was so first. */
typedef struct recorder_amplification {
    uint64_t received; /* bytes that had come from there */
    uint64_t sent;     /* bytes that the node had sent there */
    size_t addresses;  /* from or to which anything went; 0: none */
    bool heard;        /* something came from one of them */
} recorder_amplification;

recorder_amplification recorder_amplification_of(const recorder *recorder,
                                                 const scenario_expectation *expectation);

/* Datagrams that left a host or came to one, drops not counted. */
uint64_t recorder_packet_count(const recorder *recorder);

#endif
