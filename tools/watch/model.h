/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_MODEL_H
#define TOOLS_WATCH_MODEL_H

/*
 * What is known of a run at one moment. The model is fed with the lines of events.jsonl, of a run that goes
 * on or of one that was recorded, and with samples, which only a run that goes on has: what nobody said is
 * not in the model. Lines come from outside: a key that is missing, or has another type, counts as not said.
 */

#include "core/roam.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    WATCH_NAME_MAX = 64,
    WATCH_TEXT_MAX = 256,
    WATCH_LOG_MAX = 5000,
    WATCH_ADDRESSES_MAX = 16, /* of a node; further ones are not kept */
    WATCH_PATHS_MAX = 4       /* of an end: the latest */
};
#define WATCH_NONE UINT32_MAX /* an index that names nothing */

typedef struct watch_network {
    char name[WATCH_NAME_MAX];
    uint32_t nat; /* in front of it; WATCH_NONE: none */
} watch_network;

typedef struct watch_address {
    uint32_t network; /* WATCH_NONE: one that the topology does not have */
    roam_addr addr;   /* port 0 */
} watch_address;

typedef struct watch_node {
    char name[WATCH_NAME_MAX];
    watch_address addresses[WATCH_ADDRESSES_MAX];
    size_t address_count;
    bool membership; /* its peer_up and peer_down are of its active view: channel_up and channel_down count */
} watch_node;

typedef enum watch_path_state {
    WATCH_PATH_NONE, /* of an end: no migration so far; of a path: nothing is known of its validation */
    WATCH_PATH_VALIDATING,
    WATCH_PATH_VALIDATED,
    WATCH_PATH_FAILED
} watch_path_state;

/* One of an end. */
typedef struct watch_path {
    char local[ROAM_ADDR_STRING_MAX];
    char remote[ROAM_ADDR_STRING_MAX]; /* "": not known */
    watch_path_state state;            /* of its validation by this end */
    bool sampled; /* the following are known, as of the last sample while it was in use */
    uint64_t srtt_ns;
    uint64_t cwnd; /* bytes */
} watch_path;

/* What one end has of a connection. */
typedef struct watch_end {
    uint32_t node, peer; /* indices into nodes */
    bool up;
    bool was_up;
    char local[ROAM_ADDR_STRING_MAX]; /* of the current path; "": not known */
    char remote[ROAM_ADDR_STRING_MAX];
    watch_path_state state;            /* of the latest validation */
    char target[ROAM_ADDR_STRING_MAX]; /* local address of the path that the state is of; "": not known */
    uint32_t open;                     /* migrate calls without a result */
    watch_path *paths;                 /* in the order in which they became known */
    size_t path_count;
    bool sampled; /* the following are known, as of the last sample */
    uint64_t srtt_ns;
    uint64_t cwnd; /* bytes */
    uint64_t bytes_in_flight;
    /* The destination connection ID of what it sends; length 0: not known. */
    uint8_t connection_id[ROAM_CONNECTION_ID_MAX];
    size_t connection_id_len;
} watch_end;

typedef struct watch_nat {
    char name[WATCH_NAME_MAX];
    uint32_t behind;   /* the NAT outside of it; WATCH_NONE: none */
    uint64_t bindings; /* UINT64_MAX: not known */
} watch_nat;

/* Of a NAT, as a sample has it. */
typedef struct watch_binding {
    uint32_t nat;
    roam_addr internal, external;
    roam_addr destination; /* family NONE, or port 0: the mapping does not depend on it */
    uint64_t expires_ns;   /* unless refreshed */
} watch_binding;

typedef struct watch_call {
    uint32_t end; /* WATCH_NONE: of none that is known */
    bool open;    /* without a result */
} watch_call;

/* Messages from one node to another, as a sample has them. */
typedef struct watch_flow {
    uint32_t from, to;
    uint64_t sent, delivered;
    uint64_t last_delivery_ns; /* ROAM_NEVER: none */
    uint64_t over_ns;          /* no message is sent any more from then on; ROAM_NEVER: not known */
} watch_flow;

typedef struct watch_entry {
    uint64_t at_ns;
    char text[WATCH_TEXT_MAX];
    uint64_t count;       /* of lines that say the same one after another: drops */
    bool bad;             /* drops, failures, broken rules */
    uint32_t node, other; /* whom it is about; WATCH_NONE: nobody */
    uint32_t nat;         /* likewise: all that stand behind it */
} watch_entry;

typedef struct watch_model {
    char scenario[WATCH_NAME_MAX];
    uint64_t seed;
    uint64_t now_ns;
    uint64_t end_ns; /* of the scenario; ROAM_NEVER: not known */
    bool ended;      /* what follows is of messages under way */
    bool live;       /* there are samples */
    watch_node *nodes;
    size_t node_count;
    watch_end *ends;
    size_t end_count;
    watch_network *networks;
    size_t network_count;
    watch_nat *nats;
    size_t nat_count;
    watch_binding *bindings; /* of all NATs */
    size_t binding_count;
    watch_flow *flows;
    size_t flow_count;
    watch_entry *coming; /* entries of the timeline, in order of time; those before now_ns have happened */
    size_t coming_count;
    size_t coming_first; /* the first that has not happened */
    watch_entry *log;    /* a ring of WATCH_LOG_MAX */
    size_t log_count;    /* all that were ever added */
    uint64_t drops;
    watch_call *calls; /* by number of a migration */
    size_t call_count;
    json_t *index; /* "node NAME", "nat NAME", "network NAME", "end NAME NAME", "address ADDR": where it is;
                      of an address its node */
    bool no_memory;
} watch_model;

/* False: out of memory. watch_model_fini is to be called whatever it returns. */
ROAM_CHECKED bool watch_model_init(watch_model *self);
void watch_model_fini(watch_model *self);

/* Takes a line of events.jsonl. Lack of memory sticks in no_memory. */
void watch_model_line(watch_model *self, const json_t *line);
/* Adds an entry of the timeline that is to come: a line `timeline`. Those of one time in the order of calls.
 */
void watch_model_coming(watch_model *self, uint64_t at_ns, const json_t *line);

/* The end of a connection, which is made when it is not there; NULL: no such node, or out of memory. */
watch_end *watch_model_end(watch_model *self, const char *node, const char *peer);
/* WATCH_NONE: there is none. */
uint32_t watch_model_node(const watch_model *self, const char *name);
/* The NAT in front of the network of that address; WATCH_NONE: none. */
uint32_t watch_model_nat_of(const watch_model *self, const watch_address *address);
/* One of that NAT's bindings, of what a sample says; false: out of memory, which sticks. They are emptied
 * with binding_count. */
bool watch_model_binding(watch_model *self, const watch_binding *binding);

/* What a sample says of the end: its current path, and how that is. */
void watch_model_sample(watch_model *self, watch_end *end, const roam_path_stats *stats);
/* It is the one in use at the end. */
bool watch_path_in_use(const watch_end *end, const watch_path *path);

/* The entry is about the node, or about a NAT that it stands behind. */
bool watch_model_concerns(const watch_model *self, const watch_entry *entry, uint32_t node);
/* The entry that was added so many entries before the last one; NULL: there is none, or it is gone. */
const watch_entry *watch_model_log(const watch_model *self, size_t back);

/* Time without a delivery, as of now_ns; ROAM_NEVER: nothing is to be delivered. */
uint64_t watch_flow_gap_ns(const watch_flow *flow, uint64_t now_ns);

#endif
