/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WITNESS_EXPLAIN_RUN_H
#define TOOLS_WITNESS_EXPLAIN_RUN_H

/* What events.jsonl of a run says: its hosts, what stands between them, what happened, what was dropped; and
 * what summary.json adds. */

#include "core/roam.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPLAIN_NONE UINT32_MAX
#define EXPLAIN_NEVER UINT64_MAX
#define EXPLAIN_MESSAGE_MAX 4608
#define EXPLAIN_RULE                                                                                         \
    "rule_broken" /* the event of a rule that an endpoint broke, or declined, as in events.jsonl */

typedef struct explain_node {
    const char *name;
    uint32_t relay_to; /* node; EXPLAIN_NONE: it is no relay */
    bool listens;
    bool attacker;
} explain_node;

typedef struct explain_network {
    const char *name;
    uint32_t nat; /* EXPLAIN_NONE: none */
} explain_network;

typedef struct explain_nat {
    const char *name;
    uint32_t behind; /* the NAT outside of it; EXPLAIN_NONE: none */
} explain_nat;

/* A host's side of a network: node * network_count + network. */
typedef uint32_t explain_place;

typedef struct explain_event {
    uint64_t at_ns;
    const char *name; /* "timeline", "migration_done", ... */
    json_t *line;
} explain_event;

typedef struct explain_drop {
    uint64_t at_ns;
    const char *reason; /* "queue", ... */
    explain_place place;
    bool up;
    bool has_payload;
    uint64_t payload; /* FNV-1a of the UDP payload */
    roam_addr source, destination;
    size_t len; /* of the IP datagram */
} explain_drop;

/* An address of a host. until_ns: EXPLAIN_NEVER when it is never taken away. */
typedef struct explain_address {
    explain_place place;
    roam_addr addr; /* port 0 */
    uint64_t from_ns, until_ns;
} explain_address;

typedef struct explain_run {
    const char *scenario;
    uint64_t seed;
    uint64_t end_ns; /* of the scenario; EXPLAIN_NEVER: the run was interrupted */
    explain_node *nodes;
    size_t node_count;
    explain_network *networks;
    size_t network_count;
    explain_nat *nats;
    size_t nat_count;
    explain_event *events; /* all but drops and addresses, in order of time */
    size_t event_count;
    uint32_t *calls; /* by number: its migration_requested among the events */
    size_t call_count;
    explain_drop *drops;
    size_t drop_count;
    explain_address *addresses;
    size_t address_count;
    json_t *summary; /* summary.json; NULL: there is none */
    json_t *head;    /* owns the names */
    json_t *topology;
} explain_run;

/* Reads DIR/events.jsonl. A last line that is cut off is passed over. False: message (EXPLAIN_MESSAGE_MAX
 * bytes) says what is missing. Whatever it returns, explain_run_fini frees. */
ROAM_CHECKED bool explain_run_read(const char *dir, explain_run *run, char *message);
void explain_run_fini(explain_run *run);
/* Reads DIR/summary.json, which may be missing. Each rule that an endpoint broke becomes an event
 * EXPLAIN_RULE, with the keys of the rule, the endpoint and its first violation, in
 * place of those of events.jsonl. False: out of memory. */
ROAM_CHECKED bool explain_run_summary(const char *dir, explain_run *run);

/* EXPLAIN_NONE: no such name. */
uint32_t explain_run_node(const explain_run *run, const char *name);
uint32_t explain_run_network(const explain_run *run, const char *name);
explain_place explain_run_place(const explain_run *run, uint32_t node, uint32_t network);
/* Whose address this is at that time; EXPLAIN_NONE: nobody's. The port does not count. */
explain_place explain_run_owner(const explain_run *run, const roam_addr *addr, uint64_t at_ns);
/* The latest before that time, or NULL. */
const explain_address *explain_run_address(const explain_run *run, explain_place place, uint64_t at_ns);

/* The migration_requested of the call that a line names; NULL: it names none. */
const explain_event *explain_run_call(const explain_run *run, const json_t *line);
/* What summary.json has in migrations[] of the call that a line names; NULL: nothing. */
const json_t *explain_run_migration(const explain_run *run, const json_t *line);
/* What it has in rebinds[] of the event `rebound`, if that was validated; NULL: nothing. */
const json_t *explain_run_rebind(const explain_run *run, const json_t *line);
/* Of a `verdict` in rules[]: broken or declined. */
bool explain_rule_broken(const json_t *verdict);

/* Text of a line's key, or NULL; its integer, or none. */
const char *explain_text(const json_t *line, const char *key);
uint64_t explain_count(const json_t *line, const char *key, uint64_t none);
/* ROAM_FAMILY_NONE: no address. */
roam_addr explain_addr(const json_t *line, const char *key);

/* Room for one more of *count things of that size. False: out of memory. */
ROAM_CHECKED bool explain_grow(void **things, size_t count, size_t size);

#endif
