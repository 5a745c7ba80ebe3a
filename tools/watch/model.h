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

enum { WATCH_NAME_MAX = 64, WATCH_TEXT_MAX = 256, WATCH_LOG_MAX = 1000, WATCH_ADDRESSES_MAX = 8 };

typedef struct watch_address {
    char network[WATCH_NAME_MAX];
    char addr[ROAM_ADDR_STRING_MAX];
} watch_address;

typedef struct watch_node {
    char name[WATCH_NAME_MAX];
    watch_address addresses[WATCH_ADDRESSES_MAX];
    size_t address_count;
} watch_node;

typedef enum watch_path_state {
    WATCH_PATH_NONE, /* no migration so far */
    WATCH_PATH_VALIDATING,
    WATCH_PATH_VALIDATED,
    WATCH_PATH_FAILED
} watch_path_state;

/* What one end has of a connection. */
typedef struct watch_end {
    uint32_t node, peer; /* indices into nodes */
    bool up;
    bool was_up;
    char local[ROAM_ADDR_STRING_MAX]; /* of the current path; "": not known */
    char remote[ROAM_ADDR_STRING_MAX];
    watch_path_state state;
    char target[ROAM_ADDR_STRING_MAX]; /* local address of the path that the state is of; "": not known */
    bool sampled;                      /* the following are known, as of the last sample */
    uint64_t srtt_ns;
    uint64_t cwnd; /* bytes */
    uint64_t bytes_in_flight;
} watch_end;

typedef struct watch_nat {
    char name[WATCH_NAME_MAX];
    uint64_t bindings; /* UINT64_MAX: not known */
} watch_nat;

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
    uint64_t count; /* of lines that say the same one after another: drops */
    bool bad;       /* drops, failures, broken rules */
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
    watch_nat *nats;
    size_t nat_count;
    watch_flow *flows;
    size_t flow_count;
    watch_entry *coming; /* entries of the timeline, in order of time; those before now_ns have happened */
    size_t coming_count;
    size_t coming_first; /* the first that has not happened */
    watch_entry *log;    /* a ring of WATCH_LOG_MAX */
    size_t log_count;    /* all that were ever added */
    uint64_t drops;
    uint32_t *calls; /* by number of a migration: its end; UINT32_MAX: none */
    size_t call_count;
    json_t *index; /* "node NAME", "nat NAME", "end NAME NAME": where it is */
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
/* UINT32_MAX: there is none. */
uint32_t watch_model_node(const watch_model *self, const char *name);

/* The entry that was added so many entries before the last one; NULL: there is none, or it is gone. */
const watch_entry *watch_model_log(const watch_model *self, size_t back);

/* Time without a delivery, as of now_ns; ROAM_NEVER: nothing is to be delivered. */
uint64_t watch_flow_gap_ns(const watch_flow *flow, uint64_t now_ns);

#endif
