/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORDER_INTERNAL_H
#define SIM_RECORDER_INTERNAL_H

/* What the recorder_*.c files share. recorder.c is the observer and owns all; recorder_paths.c follows the
 * local addresses that taps see, recorder_flows.c messages, recorder_goodput.c
 * how many bytes of them in a time, recorder_amplification.c how many to whom, recorder_checks.c holds the
 * core's word against the taps. */

#include "core/map.h"
#include "sim/recorder.h"

/* --- datagrams under way, by their bytes --- */

#define RECORDER_WATCHED 16
#define RECORDER_ARRIVALS 8

/* The first few datagrams sent since a moment, to know one of them when it arrives. */
typedef struct recorder_watch {
    uint64_t tags[RECORDER_WATCHED];
    uint64_t sent_ns[RECORDER_WATCHED];
    uint32_t count;
} recorder_watch;

void recorder_watch_add(recorder_watch *watch, const observer_packet *packet, uint64_t now_ns);
/* True when the datagram is one of those, and then *sent_ns is when it left. */
bool recorder_watch_find(const recorder_watch *watch, const observer_packet *packet, uint64_t *sent_ns);

/* --- paths --- */

/* What must arrive next before the other end can have validated the path. */
typedef enum recorder_chain {
    RECORDER_CHAIN_WAIT,    /* for the result */
    RECORDER_CHAIN_TRIGGER, /* a datagram of the host */
    RECORDER_CHAIN_ANSWER,  /* one of the other end */
    RECORDER_CHAIN_CONFIRM, /* one of the host */
    RECORDER_CHAIN_END
} recorder_chain;

/* A local address and port of a node. */
typedef struct recorder_path {
    uint8_t key[19];
    roam_addr local;
    uint32_t node;
    uint32_t first_call; /* of those that use it as their new path; SCENARIO_NONE: none does */
    uint32_t last_call;
    uint32_t open_calls; /* without a result */
    bool kept;           /* one of them ended with ok */
    uint64_t sent_ns;    /* as in recorder_migration: challenge_sent_ns ... */
    uint64_t received_ns;
    uint64_t response_sent_ns;
    uint64_t response_received_ns;
    uint32_t sent_before_response;        /* datagrams */
    uint64_t arrivals[RECORDER_ARRIVALS]; /* the last ones at the host */
    uint32_t arrival_count;
    recorder_watch responses;
    recorder_chain chain;
    recorder_watch links; /* of the chain: what may complete its present step */
    uint64_t links_ns;    /* WAIT: when those in it left */
} recorder_path;

typedef struct recorder_call {
    recorder_path *path;
    uint32_t next;   /* call of the same path */
    bool superseded; /* another call asked for another address since */
} recorder_call;

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
    uint64_t sent_end; /* sequence after the last that counts */
    uint64_t begin_ns; /* when it is to begin */
    uint64_t next_ns;  /* of a rhythm: the next time */
    bool cut_short;    /* of a rhythm: times have passed since the last message */
    uint64_t longest_ns;
    uint64_t longest_start_ns;
} recorder_stream;

typedef struct recorder_tally {
    uint64_t count;
    uint64_t first_ns;
} recorder_tally;

typedef struct recorder_node {
    uint64_t arrival_ns; /* of the last datagram */
    recorder_path *from; /* the path it came from, the path it came to: only new paths, or NULL */
    recorder_path *to;
    recorder_tally events[SCENARIO_NEVER_TIMEOUT + 1];
} recorder_node;

typedef struct recorder_window {
    const scenario_expectation *expectation;
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
    const scenario_expectation *expectation;
    roam_addr *hosts; /* addresses that the other node has or had, port 0 */
    size_t host_count;
    core_map remote_map;
    recorder_remote **remotes;
    size_t remote_count;
} recorder_amplifier;

/* --- paths by the frames that challenge them --- */

#define RECORDER_CHALLENGES 512 /* of many moves at one time */

typedef struct recorder_challenge {
    recorder_path *path;
    uint8_t data[8];
} recorder_challenge;

/* What it means when a datagram arrives. */
typedef enum recorder_news {
    RECORDER_CHALLENGE,   /* at the other end: it holds the host's PATH_CHALLENGE */
    RECORDER_RESPONSE,    /* at the host: the answer to that */
    RECORDER_CONFIRMATION /* at the other end: the host's PATH_RESPONSE, from the new path */
} recorder_news;

typedef struct recorder_awaited {
    recorder_path *path;
    uint64_t tag;
    size_t len;
    recorder_news news;
    uint64_t sent_ns;
} recorder_awaited;

/* The last ones. */
typedef struct recorder_frames {
    recorder_challenge challenges[RECORDER_CHALLENGES];
    uint64_t challenge_count;
    recorder_awaited awaited[RECORDER_CHALLENGES];
    size_t awaited_count; /* in the order of sending */
} recorder_frames;

#define RECORDER_CACHE 16

struct recorder {
    const scenario *scenario;
    recorder_milestones milestones;
    recorder_migration *migrations;
    recorder_call *calls; /* as many */
    uint32_t count;
    uint32_t capacity;
    uint32_t *open; /* calls without a result; capacity as above */
    uint32_t open_count;
    recorder_path **paths;
    size_t path_count;
    size_t path_capacity;
    core_map path_map;
    recorder_path *cache[RECORDER_CACHE];
    recorder_rebind *rebinds;
    size_t rebind_count;
    size_t rebind_capacity;
    recorder_refusal *refusals;
    size_t refusal_count;
    size_t refusal_capacity;
    recorder_peer *peers;
    recorder_flow *flows;
    recorder_stream *streams;
    recorder_node *nodes;
    recorder_nat *nats;
    recorder_window *windows;
    size_t window_count;
    recorder_amplifier *amplifiers;
    size_t amplifier_count;
    uint64_t packets;
    uint64_t now_ns;
    uint64_t outstanding; /* messages that count and have not come */
    recorder_frames frames;
    bool sighted; /* taps see frames: what addresses would tell is not looked at */
    bool failed;  /* out of memory */
};

/* 19 bytes that are equal for equal addresses and ports, and else not. */
void recorder_address_key(const roam_addr *addr, uint8_t key[19]);

uint64_t recorder_tag_of(const observer_packet *packet);
/* The first datagram of the path came to the other end; the other end has validated it. */
void recorder_path_received(recorder *recorder, recorder_path *path, uint64_t now_ns);
/* An answer to the host's challenge came, which left at sent_ns. */
void recorder_path_answered(recorder *recorder, recorder_path *path, uint64_t sent_ns, uint64_t now_ns);
void recorder_path_validated(recorder *recorder, recorder_path *path, uint64_t now_ns);

/* A datagram whose content is known left its host, on path; one came to its host. */
void recorder_frames_sent(recorder *recorder, recorder_path *path, const observer_packet *packet,
                          uint64_t now_ns);
void recorder_frames_arrived(recorder *recorder, const observer_packet *packet, uint64_t now_ns);
/* It holds a CONNECTION_CLOSE: an end that closes answers whatever comes (RFC 9000 section 10.2.1). */
bool recorder_frames_close(const observer_packet *packet);

void recorder_paths_fini(recorder *recorder);
void recorder_paths_packet(recorder *recorder, const observer_packet *packet, uint64_t now_ns);
/* A call has begun: it joins the path of one under way to the same address. */
void recorder_paths_called(recorder *recorder, uint32_t call, uint64_t now_ns);
/* It has its result. */
void recorder_paths_done(recorder *recorder, uint32_t call, uint64_t now_ns);
/* It will have none. */
void recorder_paths_dropped(recorder *recorder, uint32_t call);
/* A message of the flow was completed by the datagram that came last. */
void recorder_paths_message(recorder *recorder, uint32_t traffic, uint64_t now_ns);

/* Before all else. */
void recorder_flows_begin(recorder *recorder);
void recorder_flow_sent(recorder *recorder, const observer_message *message, uint64_t now_ns);
void recorder_flow_delivered(recorder *recorder, const observer_message *message, uint64_t now_ns);
/* After recorder_flows_finish: all that the flow was to send has arrived. */
bool recorder_flow_ended(const recorder *recorder, uint32_t index);
/* Takes the scenario's goodput expectations. False: out of memory. */
bool recorder_windows_init(recorder *recorder);
void recorder_windows_delivered(recorder *recorder, const observer_message *message, uint64_t now_ns);

/* Takes the scenario's amplification expectations. False: out of memory. */
bool recorder_amplifiers_init(recorder *recorder);
void recorder_amplifiers_fini(recorder *recorder);
void recorder_amplifiers_address(recorder *recorder, uint32_t node, const roam_addr *addr);
void recorder_amplifiers_packet(recorder *recorder, const observer_packet *packet);

void recorder_flows_finish(recorder *recorder, uint64_t end_ns);

/* Sets the migration's contradiction, unless it has one. */
void recorder_check_done(recorder *recorder, uint32_t call);
void recorder_check_late_datagram(recorder *recorder, const recorder_path *path, uint64_t now_ns);
void recorder_check_end(recorder *recorder);

#endif
