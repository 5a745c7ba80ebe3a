/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_RECORDER_INTERNAL_H
#define SIM_RECORD_RECORDER_INTERNAL_H

/* What the recorder_*.c files share. recorder.c is the observer and owns all; recorder_paths.c reads what the
 * taps see, recorder_attempts.c finds the calls to which a challenge belongs, recorder_challenges.c finds
 * challenges by their data, recorder_stages.c what validations waited for, recorder_flows.c follows messages,
 * recorder_goodput.c counts the bytes of messages in a time, recorder_amplification.c the bytes sent to an
 * address, recorder_ids.c follows connection IDs, recorder_wire.c packet numbers, recorder_moves.c
 * what moves cost, recorder_rounds.c the packets of a move, recorder_rebinds.c keeps what the core has told
 * of rebinds, recorder_checks.c compares the core's records with the taps. */

#include "core/map.h"
#include "sim/record/asked.h"
#include "sim/record/recorder.h"

/* --- connections, by what the taps read (sim/wire/dissect.h) --- */

#define RECORDER_REMOTES 8
#define RECORDER_KEY_MAX 26
#define RECORDER_EXPANDED_BYTES 1200 /* of UDP payload: RFC 9000 sections 8.2.1, 14 */
#define RECORDER_SENDINGS 8          /* of one frame that is sent again: the last are known */

typedef struct recorder_path recorder_path;
typedef struct recorder_lane recorder_lane;

/* A connection ID that a server gave its client. */
typedef struct recorder_id {
    dissect_id id;
    uint64_t sequence;
    uint64_t numbers[RECORDER_SENDINGS]; /* of the last packets that carried it */
    uint32_t number_count;
    uint64_t came_ns;    /* to the client; ROAM_NEVER: not yet, as are the following */
    uint64_t used_ns;    /* a packet left with it */
    uint64_t retired_ns; /* RETIRE_CONNECTION_ID left */
} recorder_id;

/* Packet number spaces (RFC 9000 section 12.3). */
enum { RECORDER_SPACES = 3 };

typedef struct recorder_connection {
    uint32_t index;      /* of sim/wire/dissect.h */
    uint32_t node[2];    /* by dissect_side; SCENARIO_NONE: has not sent yet */
    bool gone[2];        /* that end has no connection any more: nothing is opened there */
    recorder_lane *lane; /* NULL: only one end has sent */
    struct recorder_connection *next_of_lane;
    recorder_path *last;                 /* that the client sent from */
    roam_addr remotes[RECORDER_REMOTES]; /* that the client sent to: the last ones */
    uint32_t remote_count;
    uint64_t next_number[2]
                        [RECORDER_SPACES]; /* after the last that left: by dissect_side and space; 0: none */
    recorder_id *ids;                      /* in the order in which they were seen */
    size_t id_count;
    uint32_t ids_to_come;                     /* of these, that have not come */
    uint64_t confirmed_ns;                    /* HANDSHAKE_DONE came to the client; ROAM_NEVER: not yet */
    uint64_t done_numbers[RECORDER_SENDINGS]; /* of the last packets with it */
    uint32_t done_count;
    struct recorder_challenge *last_challenge; /* of the server */
    struct recorder_probe *last_probe;         /* recorder_preferred.c */
    dissect_id server_sent_to; /* destination connection ID of the server's last 1-RTT packet; empty: none */
    recorder_path *current;    /* of the handshake, or of the latest migration that ended with ok */
    uint32_t move;             /* reconnect that dialled it; SCENARIO_NONE: none */
} recorder_connection;

/* One run of a migration in the core: a call, and those that joined it. */
typedef struct recorder_attempt {
    struct recorder_attempt *next; /* of all */
    recorder_path *path;           /* NULL: no challenge left */
    uint32_t first_call;
    uint32_t last_call;
    uint32_t open_calls; /* without a result */
    bool kept;           /* one of them ended with ok */
    bool peer_validated;
    uint64_t done_ns; /* the last result; ROAM_NEVER: there is to be one, or none */
    uint64_t sent_ns; /* as in recorder_migration: challenge_sent_ns ... */
    uint64_t received_ns;
    uint64_t response_sent_ns;
    uint64_t response_received_ns;
    uint32_t challenges;        /* PATH_CHALLENGE frames that left */
    uint32_t challenges_before; /* of these, earlier than the last */
    uint64_t last_challenge_ns;
    recorder_flight *answers; /* the answers to its challenges that came: any of them, in order */
    size_t answer_count;
} recorder_attempt;

/* A local address and port of a client, on one connection. */
struct recorder_path {
    recorder_path *next; /* of all */
    recorder_connection *connection;
    roam_addr local;
    roam_addr remote;          /* that it sent to last */
    bool in_use;               /* the handshake was made there, or a migration ended with ok */
    dissect_id id;             /* destination connection ID of its last challenge */
    dissect_id sent_to;        /* and of its last 1-RTT packet; empty: none */
    recorder_attempt *attempt; /* the latest; NULL: none */
    uint8_t local_key[RECORDER_KEY_MAX];
    uint8_t id_key[RECORDER_KEY_MAX];
};

/* Of one PATH_CHALLENGE: whose it is, and the packets that answer it. */
typedef struct recorder_challenge {
    struct recorder_challenge *next;   /* of all */
    struct recorder_challenge *before; /* of the same server, and connection */
    recorder_attempt *attempt;         /* whose path it validates; NULL: none */
    uint8_t key[RECORDER_KEY_MAX];
    roam_addr to;                              /* where a server sent it */
    recorder_flight flight;                    /* with the first answer that came */
    uint64_t answer_number[RECORDER_SENDINGS]; /* packet numbers of the last ones */
    uint64_t answer_sent_ns[RECORDER_SENDINGS];
    uint64_t answer_links_ns[RECORDER_SENDINGS];
    uint32_t answer_count;
} recorder_challenge;

/* A challenge that left while it is open whether the calls of its lane are of one attempt. */
typedef struct recorder_pending {
    recorder_path *path;
    dissect_id id;
    uint8_t data[8];
    uint64_t sent_ns;
    uint64_t queue_ns;
    uint64_t links_ns;
} recorder_pending;

#define RECORDER_PENDING 16 /* challenges of one connection in one step */

/* The calls of one node for the connections that it dialled to another. */
struct recorder_lane {
    uint8_t key[8];
    uint32_t from;
    uint32_t to;
    recorder_connection *first_connection;
    recorder_connection *up[2]; /* by dissect_side: at that end; NULL: none */
    uint32_t first_open;        /* call without a result; SCENARIO_NONE: none */
    uint32_t last_open;
    recorder_attempt *attempt; /* the latest; NULL: none */
    /* A call came while another was under way, and the step of the node in which the core says whether it
     * superseded that one is not over. */
    bool in_doubt;
    bool continues; /* a call of the attempt came to the end of its budget in this step */
    recorder_pending pending[RECORDER_PENDING];
    uint32_t pending_count;
    recorder_lane *next_in_doubt;
    recorder_lane *next;  /* of all */
    uint32_t first_move;  /* that is not over; SCENARIO_NONE: none */
    uint64_t peer_events; /* peer_up and peer_down of the two about each other: of nodes with membership */
};

typedef struct recorder_call {
    recorder_lane *lane;
    recorder_attempt *attempt; /* NULL: not known yet */
    uint32_t next;             /* call of the same attempt */
    uint32_t next_open;        /* of the same lane */
    uint32_t move;
} recorder_call;

/* --- moves --- */

#define RECORDER_ROUNDS 16
#define RECORDER_MOVE_IDS 4

/* Of a flow between the two nodes, by its number among those. */
typedef struct recorder_move_flow {
    uint64_t base; /* sequence of the first message that the move may lose */
    uint64_t end;  /* after the last one that was sent before the move was over */
    uint64_t longest_ns;
    bool waits; /* it was to send more, and its first delivery after the move has not come */
    bool counts;
} recorder_move_flow;

/* Of the packets of a move that is not over. */
typedef struct recorder_rounds {
    dissect_id ids[RECORDER_MOVE_IDS]; /* migration: destination connection IDs of the new path, the last */
    uint32_t id_count;
    uint64_t links_ns; /* of the host; ROAM_NEVER: nothing has left yet */
    /* The last datagram that came: when, and whether it was of the new path or connection; by way. */
    uint64_t came_ns[2];
    bool came_anew[2];
    /* By dissect_side, round and packet number space: the first packet number of the round; ROAM_NEVER. */
    uint64_t first[2][RECORDER_ROUNDS][RECORDER_SPACES];
    uint32_t next[2]; /* of the client, that of its next datagram; of the server, one more than it has got */
} recorder_rounds;

/* What recorder_move does not say of a move. */
typedef struct recorder_move_state {
    uint32_t peer; /* SCENARIO_NONE: peers does not join the two */
    recorder_lane *lane;
    uint32_t next_of_lane; /* that is not over */
    uint32_t next_of_peer; /* of which a flow waits */
    uint32_t before;       /* the one before between the two of peers */
    uint32_t next_over;
    bool open;      /* not over */
    bool awaits[2]; /* a flow was to send more: by way, up and down */
    recorder_move_flow *flows;
    uint32_t flow_count;
    recorder_connection *connection; /* that is new, or that migrates; NULL: none yet */
    const recorder_path *old;        /* migration: in use at the request */
    recorder_rounds *rounds;         /* NULL: it is over */
    uint64_t about;                  /* churn: events before the request */
    uint64_t own;
} recorder_move_state;

/* --- flows --- */

#define RECORDER_HOLES 32

typedef struct recorder_hole {
    uint64_t first;
    uint64_t end;
} recorder_hole;

typedef struct recorder_stream {
    uint64_t next; /* sequence after the highest delivered */
    recorder_hole holes[RECORDER_HOLES];
    uint32_t hole_count;
    uint64_t sent_end;     /* sequence after the last that counts */
    uint64_t base;         /* of the first message that a move to come may lose */
    uint32_t number;       /* among the flows of its peer */
    uint32_t next_of_peer; /* flow; SCENARIO_NONE: the last */
    uint64_t begin_ns;     /* when it is to begin */
    uint64_t next_ns;      /* of a rhythm: the next time */
    bool cut_short;        /* of a rhythm: times have passed since the last message */
    uint64_t longest_ns;
    uint64_t longest_start_ns;
} recorder_stream;

typedef struct recorder_tally {
    uint64_t count;
    uint64_t first_ns;
} recorder_tally;

typedef struct recorder_node {
    uint64_t arrival_ns;          /* of the last datagram */
    const recorder_path *arrival; /* the new path that it came over, or NULL */
    recorder_tally events[SCENARIO_NEVER_TIMEOUT + 1];
    recorder_tally third_events[SCENARIO_NEVER_TIMEOUT + 1]; /* those of recorder_third_count */
    bool moved;                                              /* by the timeline */
    bool other_end;                                          /* of a connection that it moves */
    uint64_t suspended_ns; /* by the timeline, the last time; ROAM_NEVER: it was not */
    uint64_t woken_ns;     /* from that; ROAM_NEVER: not yet */
    uint64_t about;        /* peer_up and peer_down about it at nodes with membership */
} recorder_node;

/* On which servers of a balancer the connections of a peer landed. */
typedef struct recorder_landings {
    uint32_t count;   /* connections that were up at a server */
    uint32_t last;    /* the server of the last one, a node index; of no meaning without one */
    uint32_t servers; /* different ones */
    uint8_t seen[(SCENARIO_SERVERS_MAX + 7) / 8]; /* bits, by number among the servers */
} recorder_landings;

/* Of one of the scenario's peers. */
typedef struct recorder_pair {
    uint32_t first_flow; /* SCENARIO_NONE: none, as are the next two */
    uint32_t flow_count;
    uint32_t first_move; /* of which a flow waits */
    uint32_t last_move;  /* of all */
} recorder_pair;

typedef struct recorder_window {
    uint64_t bytes;
    uint64_t last_ns; /* delivery; ROAM_NEVER: none */
} recorder_window;

/* What went between a node and one address and port. */
typedef struct recorder_remote {
    uint8_t key[19];
    uint64_t received; /* bytes of UDP payload at the node's tap */
    uint64_t sent;
    uint64_t worst_received; /* when sent was most in relation */
    uint64_t worst_sent;
} recorder_remote;

/* Of one amplification expectation. */
typedef struct recorder_amplifier {
    core_map remote_map;
    recorder_remote **remotes;
    size_t remote_count;
} recorder_amplifier;

/* What the dialling end of a connection knows of it. */
typedef struct recorder_peer_link {
    bool up;
    uint64_t dialled_ns; /* not up: the first dial since; ROAM_NEVER: none */
    uint32_t open;       /* outage without an end; SCENARIO_NONE: none */
} recorder_peer_link;

struct recorder {
    const scenario *scenario;
    recorder_milestones milestones;
    recorder_migration *migrations;
    recorder_call *calls; /* as many */
    uint32_t count;
    uint32_t capacity;
    uint32_t open_count; /* calls without a result */
    recorder_move *moves;
    recorder_move_state *move_states; /* as many */
    uint32_t move_count;
    uint32_t move_capacity;
    uint32_t *reconnects; /* moves, by number */
    uint32_t reconnect_count;
    uint32_t reconnect_capacity;
    uint32_t reconnects_open; /* without a result */
    uint32_t moves_open;      /* that are not over */
    uint32_t first_over;      /* whose churn is still counted, in order of over_ns */
    uint32_t last_over;
    uint32_t dialling; /* reconnect whose connection begins at dialling_ns; SCENARIO_NONE: none */
    uint64_t dialling_ns;
    recorder_pair *pairs;              /* by index of peers */
    recorder_connection **connections; /* by index of sim/wire/dissect.h; NULL: not seen */
    uint32_t connection_count;
    core_map lanes;
    core_map paths;      /* by connection and local address */
    core_map path_ids;   /* by connection and destination connection ID */
    core_map challenges; /* by connection, side that sent it, and data */
    recorder_lane *first_lane;
    recorder_lane *first_in_doubt;
    recorder_path *first_path;
    recorder_attempt *first_attempt;
    recorder_challenge *first_challenge;
    recorder_rebind *rebinds;
    size_t rebind_count;
    size_t rebind_capacity;
    chains rebinds_of; /* by node and other end, from recorder_finish on */
    recorder_preferred *preferred;
    size_t preferred_count;
    size_t preferred_capacity;
    bool lacks; /* a QUIC library cannot do what the scenario wants of its node */
    bool logs;  /* all events of nodes are kept */
    recorder_logged *logged;
    chains logged_of; /* by node, from recorder_finish on */
    size_t logged_count;
    size_t logged_capacity;
    recorder_peer_link *links_of_peers; /* by index of peers; NULL: outages are not counted */
    recorder_outage *outages;
    size_t outage_count;
    size_t outage_capacity;
    uint64_t *started_ns; /* by number of the scenario's afters */
    recorder_refusal *refusals;
    size_t refusal_count;
    size_t refusal_capacity;
    char contradiction[RECORDER_TEXT_MAX]; /* the first that is of no migration; "" for none */
    recorder_peer *peers;
    recorder_flow *flows;
    recorder_stream *streams;
    recorder_node *nodes;
    recorder_nat *nats;
    recorder_landings *landings; /* by peer */
    asked_set windows_asked;
    recorder_window *windows; /* by its items */
    asked_set amplifiers_asked;
    recorder_amplifier *amplifiers;          /* likewise */
    core_map owners;                         /* by address, port 0: the nodes that have or had it */
    struct recorder_latency_flow *latencies; /* by index of the traffic; NULL: no flow is measured */
    uint64_t packets;
    uint64_t now_ns;
    uint64_t outstanding; /* messages that count and have not come */
    bool failed;          /* out of memory */
};

/* 19 bytes that are equal for equal addresses and ports, and else not. */
void recorder_address_key(const roam_addr *addr, uint8_t key[19]);

/* --- recorder_attempts.c: the calls of a challenge --- */

/* That of a node and another; made when it is new. NULL: out of memory. */
recorder_lane *recorder_lane_of(recorder *recorder, uint32_t from, uint32_t to);
/* Likewise; NULL: there is none. */
recorder_lane *recorder_lane_find(const recorder *recorder, uint32_t from, uint32_t to);

/* A call has begun. */
void recorder_attempts_called(recorder *recorder, uint32_t call);
/* It has its result. */
void recorder_attempts_done(recorder *recorder, uint32_t call, const roam_migration_record *record,
                            uint64_t now_ns);
/* It will have none. */
void recorder_attempts_dropped(recorder *recorder, uint32_t call);
/* A step of the node (SCENARIO_NONE: of any) is over: open questions about its calls are settled. */
void recorder_attempts_settle(recorder *recorder, uint32_t node);
void recorder_attempts_fini(recorder *recorder);

/* A challenge of a client left. */
void recorder_attempt_challenges(recorder *recorder, const recorder_pending *challenge);
/* The attempt's challenge came to the other end; an answer left there; one came, with the challenge's flight;
 * the other end has validated the path; a message was completed over it. */
void recorder_attempt_received(recorder *recorder, recorder_attempt *attempt, uint64_t now_ns);
void recorder_attempt_answer_sent(const recorder *recorder, const recorder_attempt *attempt, uint64_t now_ns);
void recorder_attempt_answered(recorder *recorder, recorder_attempt *attempt, const recorder_flight *flight);
void recorder_attempt_validated(recorder *recorder, recorder_attempt *attempt, uint64_t now_ns);
void recorder_attempt_message(recorder *recorder, const recorder_attempt *attempt, bool up, uint64_t now_ns);

/* --- recorder_challenges.c: challenges by their data --- */

/* The one that the side sent with that data; made, without attempt and flight, unless it is known. NULL: out
 * of memory. */
recorder_challenge *recorder_challenge_keep(recorder *recorder, const recorder_connection *connection,
                                            dissect_side side, const uint8_t data[8]);
/* The one that the side sent with that data, or NULL. */
recorder_challenge *recorder_challenge_find(const recorder *recorder, const recorder_connection *connection,
                                            dissect_side side, const uint8_t data[8]);
/* What the frames of a packet say of challenges: it left its end (a challenge of the server, an answer of
 * either), it passes a host on its way, it came to the other end. */
void recorder_challenges_sent(recorder *recorder, recorder_connection *connection, const dissect_packet *read,
                              const observer_packet *packet, uint64_t now_ns);
void recorder_challenges_pass(const recorder *recorder, const recorder_connection *connection,
                              const dissect_packet *read, const observer_packet *packet);
void recorder_challenge_came(recorder_challenge *challenge, uint64_t now_ns);
/* The flight with the answer in that packet. The first one stays the challenge's. */
recorder_flight recorder_challenge_answered(recorder_challenge *challenge, const dissect_packet *read,
                                            uint64_t now_ns);
void recorder_challenges_fini(recorder *recorder);

/* --- recorder_stages.c: what validations waited for --- */

/* The call ended with ok. */
void recorder_stages_of_call(recorder_migration *migration, const recorder_attempt *attempt);
/* The rebind was validated. */
void recorder_stages_of_rebind(const recorder *recorder, recorder_rebind *rebind);

/* --- recorder_preferred.c: a server's preferred address --- */

/* A client's PATH_CHALLENGE left; an answer to one came to it. */
void recorder_preferred_challenge(recorder *recorder, recorder_connection *connection, const uint8_t data[8],
                                  const roam_addr *to, uint64_t now_ns);
void recorder_preferred_answer(const recorder_connection *connection, const uint8_t data[8], uint64_t now_ns);
/* The core's record: kept, and compared with what the taps saw. */
void recorder_preferred_done(recorder *recorder, uint32_t node, uint32_t other,
                             const roam_preferred_record *record);
/* Before the connections are freed. */
void recorder_preferred_fini(recorder *recorder);

/* --- recorder_paths.c: what the taps see --- */

/* The path is used with that destination connection ID. */
void recorder_path_identify(recorder *recorder, recorder_path *path, const dissect_id *id);
void recorder_paths_packet(recorder *recorder, const observer_packet *packet, uint64_t now_ns);
/* A message of the flow was completed by the datagram that came last. */
void recorder_paths_message(recorder *recorder, uint32_t traffic, uint64_t now_ns);
/* The node has no connection any more; the one with that other one that was up is gone, or those that began
 * to be; the latest is up. */
void recorder_paths_restarted(recorder *recorder, uint32_t node);
void recorder_paths_down(const recorder *recorder, uint32_t node, uint32_t other);
void recorder_paths_up(const recorder *recorder, uint32_t node, uint32_t other);
void recorder_paths_fini(recorder *recorder);

/* --- recorder_ids.c: connection IDs --- */

void recorder_ids_server_sent(recorder *recorder, recorder_connection *connection,
                              const dissect_packet *read);
void recorder_ids_client_sent(const recorder_connection *connection, recorder_path *path,
                              const dissect_packet *read, uint64_t now_ns);
/* The call ended with ok, on that path. */
void recorder_ids_migrated(recorder *recorder, uint32_t call, recorder_path *path);
/* A packet of the server came to the client. */
void recorder_ids_client_opened(recorder_connection *connection, const dissect_packet *read, uint64_t now_ns);
/* When a connection ID came to the client, and none that it could use on a new path was there since since_ns;
 * ROAM_NEVER: one was, or none came. */
uint64_t recorder_ids_awaited(const recorder_connection *connection, uint64_t since_ns);

/* --- recorder_entries.c: entries of the timeline that an instant starts, and those that are refused --- */

bool recorder_entries_init(recorder *recorder);
void recorder_entries_fini(recorder *recorder);
void recorder_entry_event(recorder *recorder, const scenario_event *event, uint64_t now_ns);
void recorder_entry_refused(recorder *recorder, const observer_refused *refused, uint64_t now_ns);

/* --- recorder_log.c: events with their times --- */

void recorder_log_init(recorder *recorder);
void recorder_log_fini(recorder *recorder);
void recorder_log_event(recorder *recorder, const recorder_logged *event);
/* Before recorder_log_first. False: out of memory. */
bool recorder_log_finish(recorder *recorder);

/* --- recorder_outages.c: times without a connection --- */

bool recorder_outages_init(recorder *recorder);
void recorder_outages_fini(recorder *recorder);
void recorder_outages_event(recorder *recorder, uint32_t node, uint32_t other, const roam_event *event,
                            uint64_t now_ns);
void recorder_outages_dial(recorder *recorder, uint32_t node, uint32_t other, uint64_t now_ns);
/* The node is restarted, and its connections are gone without an event. */
void recorder_outages_stopped(recorder *recorder, uint32_t node, uint64_t now_ns);
void recorder_outages_finish(recorder *recorder, uint64_t end_ns);

/* --- recorder_rebinds.c: what the core has told of rebinds --- */

void recorder_rebind_add(recorder *recorder, uint32_t node, uint32_t other, const roam_rebind_record *record);
void recorder_rebinds_fini(recorder *recorder);
/* Before recorder_rebind_first. False: out of memory. */
bool recorder_rebinds_finish(recorder *recorder);

/* --- recorder_wire.c: a packet number is used once --- */

/* A packet left its end. */
void recorder_wire_sent(recorder *recorder, recorder_connection *connection, const dissect_packet *read,
                        uint64_t now_ns);

/* Before all else. */
void recorder_flows_begin(recorder *recorder);
void recorder_flow_sent(recorder *recorder, const observer_message *message, uint64_t now_ns);
void recorder_flow_delivered(recorder *recorder, const observer_message *message, uint64_t now_ns);
/* After recorder_flows_finish: all that the flow was to send has arrived. */
bool recorder_flow_ended(const recorder *recorder, uint32_t index);
/* Takes the scenario's goodput expectations. False: out of memory. */
bool recorder_windows_init(recorder *recorder);
void recorder_windows_fini(recorder *recorder);
void recorder_windows_delivered(recorder *recorder, const observer_message *message, uint64_t now_ns);

/* Takes the scenario's amplification expectations. False: out of memory. */
bool recorder_amplifiers_init(recorder *recorder);
void recorder_amplifiers_fini(recorder *recorder);
void recorder_amplifiers_address(recorder *recorder, uint32_t node, const roam_addr *addr);
void recorder_amplifiers_packet(recorder *recorder, const observer_packet *packet);

/* --- recorder_latency.c: how long messages take --- */

/* False: out of memory. */
bool recorder_latencies_init(recorder *recorder);
void recorder_latencies_fini(recorder *recorder);
void recorder_latency_sent(recorder *recorder, const observer_message *message);
/* For the first time. */
void recorder_latency_delivered(recorder *recorder, const observer_message *message, uint64_t now_ns);
void recorder_latencies_finish(recorder *recorder);

void recorder_flows_finish(recorder *recorder, uint64_t end_ns);
/* Messages of the flow from first to before end that were sent and have not come. */
uint64_t recorder_flow_missing(const recorder *recorder, uint32_t index, uint64_t first, uint64_t end);
/* The flow has begun by then, and is to send more messages, or, a bulk, not all of its have come. */
bool recorder_flow_has_more(const recorder *recorder, uint32_t index, uint64_t now_ns);
/* Times of a rhythm since the last message and before then. */
uint64_t recorder_flow_due(const recorder *recorder, uint32_t index, uint64_t now_ns);

/* --- recorder_moves.c: what a migration or a reconnect cost --- */

/* False: out of memory. */
bool recorder_moves_init(recorder *recorder);
void recorder_moves_fini(recorder *recorder);
void recorder_moves_finish(recorder *recorder);
/* The call has begun, has its result, will have none. */
void recorder_moves_called(recorder *recorder, uint32_t call);
void recorder_moves_done(recorder *recorder, uint32_t move, int result, uint64_t now_ns);
void recorder_moves_dropped(recorder *recorder, uint32_t move, uint64_t now_ns);
void recorder_moves_reconnect(recorder *recorder, const observer_reconnect *told, uint64_t now_ns);
/* A message was sent; one came, the flow was silent since since_ns; it was complete with the datagram that
 * came last; one came again; messages of which it is given up to know whether they come are lost. */
void recorder_moves_sent(recorder *recorder, const observer_message *message);
void recorder_moves_delivered(recorder *recorder, uint32_t traffic, uint64_t since_ns, uint64_t now_ns);
void recorder_moves_message(recorder *recorder, uint32_t traffic, uint64_t now_ns);
void recorder_moves_repeated(recorder *recorder, const observer_message *message);
void recorder_moves_given_up(recorder *recorder, uint32_t traffic, uint64_t first, uint64_t end);
/* The flow's record ends: silent from since_ns to stop_ns, with so many times of its rhythm passed over. */
void recorder_moves_flow_end(recorder *recorder, uint32_t traffic, uint64_t since_ns, uint64_t stop_ns,
                             uint64_t passed);
void recorder_moves_stream(recorder *recorder, uint32_t traffic, bool lost);
/* The node's connection of those peers (index, or SCENARIO_NONE) is up; its membership tells of the other. */
void recorder_moves_up(recorder *recorder, uint32_t peer, uint32_t node);
void recorder_moves_membership(recorder *recorder, uint32_t node, uint32_t other, uint64_t now_ns);

/* --- recorder_rounds.c: the packets of moves that are not over --- */

/* NULL: out of memory. To be freed. */
recorder_rounds *recorder_rounds_new(void);
/* A node began a connection. */
void recorder_rounds_dialled(recorder *recorder, recorder_connection *connection, uint32_t node,
                             uint64_t now_ns);
/* A datagram of the connection left its end, came to the other. */
void recorder_rounds_left(recorder *recorder, const recorder_connection *connection, dissect_side sender,
                          const observer_packet *packet);
void recorder_rounds_came(recorder *recorder, const recorder_connection *connection, dissect_side sender,
                          const observer_packet *packet, uint64_t now_ns);

/* The server's connection of that peer is up, or down. False: it is down, and another server has one since.
 */
bool recorder_landings_follow(recorder *recorder, uint32_t peer, uint32_t server, observer_channel channel);

/* Sets the migration's contradiction, unless it has one. */
void recorder_check_done(recorder *recorder, uint32_t call);
/* Likewise of the attempt's latest call; NULL: of the run. */
__attribute__((format(printf, 3, 4))) void
recorder_contradict(recorder *recorder, const recorder_attempt *attempt, const char *format, ...);
void recorder_check_late_datagram(recorder *recorder, const recorder_path *path, uint64_t now_ns);
void recorder_check_end(recorder *recorder);

#endif
