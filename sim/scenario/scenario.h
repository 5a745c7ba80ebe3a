/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_SCENARIO_H
#define SIM_SCENARIO_SCENARIO_H

/*
 * A scenario: what happens to a simulated network, and what must come of it. scenario_load() reads version 1
 * of the YAML format (scenarios/reference.md lists every key) into plain structs: integers in nanoseconds,
 * bits a second, bytes, packets and parts per billion; names resolved to indices; defaults filled in; the
 * timeline expanded and in order. What it hands out has been checked: a reader needs no second look at ranges
 * or names.
 */

#include "core/roam_quic.h"
#include "sim/nat/nat.h"
#include "sim/nat/prefix.h"
#include "sim/scenario/expectation.h"
#include "sim/scenario/link_field.h"
#include "sim/scenario/place.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SCENARIO_NONE UINT32_MAX        /* an index that names nothing */
#define SCENARIO_NEVER UINT64_MAX       /* a time that does not come */
#define SCENARIO_FILE_BYTES_MAX 1048576 /* default limit of a file's size */
#define SCENARIO_STANDARD_INPUT "-"     /* as a path */
#define SCENARIO_EVENTS_MAX 300000      /* limit of the expanded timeline, of dials and of flows */
#define SCENARIO_NODES_MAX 150000       /* with all that groups make; a day in ns a node: less than 64 bits */
#define SCENARIO_DIAGNOSTICS_MAX 50     /* diagnostics kept; further ones are counted */
#define SCENARIO_COMBINATIONS_MAX 1000  /* of the values of `vary` */

typedef enum scenario_error {
    SCENARIO_OK = 0,
    SCENARIO_ERR_INVALID = -1, /* the text is not a valid scenario: the diagnostics say where and why */
    SCENARIO_ERR_READ = -2,    /* the file cannot be read: one diagnostic says why */
    SCENARIO_ERR_MEMORY = -3   /* out of memory */
} scenario_error;

const char *scenario_strerror(int error);

/* --- diagnostics --- */

typedef struct scenario_diagnostic {
    scenario_place place;
    char *text; /* "FILE:LINE:COLUMN: message" or "--set KEY: message", no newline */
} scenario_diagnostic;

typedef struct scenario_diagnostics {
    scenario_diagnostic items[SCENARIO_DIAGNOSTICS_MAX]; /* by place: the file top down, then the overrides */
    size_t count;                                        /* items in use */
    size_t total;                                        /* found, kept or not */
} scenario_diagnostics;

void scenario_diagnostics_init(scenario_diagnostics *diagnostics);
void scenario_diagnostics_fini(scenario_diagnostics *diagnostics);

/* One line each, and "and N more" when some were not kept. */
void scenario_diagnostics_print(const scenario_diagnostics *diagnostics, FILE *stream);

/* --- NATs --- */

/* A static mapping: a port of the NAT's first address stands for that of a node behind it. */
typedef struct scenario_forward {
    uint32_t node;
    uint16_t port; /* of the node */
} scenario_forward;

typedef struct scenario_nat {
    const char *name;
    scenario_place place;
    const char *kind; /* NULL: of none */
    /* Defaults: one address (203.0.113.N, behind another NAT 100.64.0.N, N its number in the file from 1),
     * the rest by its kind (sim/nat/kinds.h). The pool is the scenario's; random is not
     * set; subscribers is the first address of the network behind it. */
    nat_options options;
    uint32_t behind; /* index of the NAT outside of this one; SCENARIO_NONE: the internet is */
    const scenario_forward *forwards; /* as many as options.forwards */
    bool drops_mid_flow; /* a packet from inside makes a binding only if a QUIC connection begins with it */
    bool icmp;           /* it answers what it drops, but not as a firewall or of kind nptv6 */
    bool prefixes;       /* kind nptv6: prefix is all that counts */
    nat_prefix prefix;   /* internal: that of the network behind it */
} scenario_nat;

/* --- networks --- */

typedef enum scenario_family { SCENARIO_IPV4, SCENARIO_IPV6 } scenario_family;
typedef enum scenario_link_type {
    SCENARIO_LINK_PIPE,
    SCENARIO_LINK_P2P,
    SCENARIO_LINK_CSMA, /* all nodes share a bus; link.rate_bps and .queue are the bus's */
    SCENARIO_LINK_WIFI  /* all nodes share the air; link is the wire behind the access point */
} scenario_link_type;

/* Which packet of a queue is dropped, and which leaves next: as n3_discipline (sim/ns3/ns3.h). */
typedef enum scenario_discipline {
    SCENARIO_DROPTAIL,
    SCENARIO_CODEL,
    SCENARIO_FQ_CODEL,
    SCENARIO_RED
} scenario_discipline;

/* Seen from the host: up leaves it, down comes in. */
typedef enum scenario_direction { SCENARIO_BOTH, SCENARIO_UP, SCENARIO_DOWN } scenario_direction;

typedef struct scenario_prefix {
    uint8_t address[16]; /* network byte order; the first 4 for IPv4; host bits are 0 */
    uint8_t bits;
} scenario_prefix;

typedef struct scenario_network {
    const char *name;
    scenario_place place;
    scenario_link link;           /* both directions, for every node that attaches */
    uint32_t nat;                 /* index of the NAT that its hosts are behind; SCENARIO_NONE: none */
    uint32_t mtu;                 /* of an IP packet, bytes; 1200 to 65535, default 1500 */
    scenario_family family;       /* of the addresses hosts use here; default IPv4 */
    scenario_link_type link_type; /* default pipe */
    bool icmp;                    /* its router and its hosts answer what they drop */
    bool shared; /* pipe: all nodes share a queue in each direction, with the rate; default false */
    scenario_discipline discipline; /* pipe: of the queue; default droptail */
    uint64_t distance_mm;           /* wifi: of a node that attaches, from the access point; default 5 m */
    scenario_prefix prefix4;        /* default 10.N.0.0/16, N the network's number in the file from 1 */
    scenario_prefix prefix6;        /* default fd00:N::/64; `prefix:` replaces the one of its own family */
} scenario_network;

/* --- cross traffic --- */

typedef enum scenario_pattern { SCENARIO_CONSTANT, SCENARIO_ON_OFF, SCENARIO_POISSON } scenario_pattern;

#define SCENARIO_BACKGROUND_PACKETS_MAX 10000000 /* of one entry, in one direction */

/* Packets that are of no node and not QUIC, in one direction of a network whose nodes share its queue or
 * medium. */
typedef struct scenario_background {
    scenario_place place;
    uint32_t network;         /* index */
    bool up;                  /* else down */
    scenario_pattern pattern; /* default constant */
    uint64_t rate_bps;        /* of whole packets; on-off: while it is busy; poisson: in the mean */
    uint64_t busy_ns;         /* on-off: default 1 s, as the next; it begins busy */
    uint64_t idle_ns;
    uint32_t packet_bytes; /* with IP header; default 1200 */
    uint64_t at_ns;        /* default 0 */
    uint64_t until_ns;     /* no packet at or after this; default the end */
} scenario_background;

/* --- endpoints of other QUIC libraries --- */

/* One option of an adapter, which alone knows what it means. */
typedef struct scenario_option {
    const char *name, *value;
} scenario_option;

/* An adapter (sim/endpoint/roam_endpoint.h) that nodes may run in the place of roam's core. */
typedef struct scenario_endpoint {
    const char *name;
    scenario_place place;
    const char *library; /* path of the shared object, to be opened as it is; NULL: found by its name */
    const scenario_option *options;
    size_t option_count;
} scenario_endpoint;

/* --- nodes, peers, traffic --- */

typedef enum scenario_trust { SCENARIO_TRUST_TOFU, SCENARIO_TRUST_STRICT } scenario_trust;

/* HyParView on a node, as roam_membership_options (core/roam_membership.h). All 0: none. */
typedef struct scenario_membership {
    bool on;
    uint32_t active_size;     /* default 5 */
    uint32_t passive_size;    /* default 30 */
    uint32_t active_walk;     /* default 6 */
    uint32_t passive_walk;    /* at most active_walk; default 3 */
    uint32_t shuffle_active;  /* half of `shuffle_length` less the node itself, rounded down; default 3 */
    uint32_t shuffle_passive; /* the rest of it; default 4 */
    uint64_t shuffle_ns;      /* default 10 s */
    uint64_t retry_ns;        /* default 1 s */
    uint64_t retry_max_ns;    /* at least retry_ns; default 300 s */
    uint32_t failures_max;    /* default 5 */
} scenario_membership;

/* A node dials again: `after` a connection that it dialled is down, or a dial has failed; each further
 * attempt waits `backoff` times as long, at most max_ns, until there is a connection. All 0: it does not. */
typedef struct scenario_redial {
    bool on;
    uint64_t after_ns;
    uint64_t max_ns;   /* default a day; at least after_ns */
    uint32_t backoff;  /* default 1 */
    uint32_t attempts; /* in a row without a connection; 0: until the end */
} scenario_redial;

/* Nodes that one entry of the file makes by `count:` NAME-1, NAME-2 and so on, alike but for their names and,
 * with `networks: {in_turn: []}`, their networks. What a member is does not depend on how many there are. */
typedef struct scenario_group {
    const char *name;
    scenario_place place;
    uint32_t first; /* node index of the first member; the others follow */
    uint32_t count; /* how many there are, at least 1 */
    uint32_t from;  /* number of the first, from 0: NAME-1 is member 0; other than 0 with `only` */
    uint32_t size;  /* `count:` of the file: how many there are without `only` */
    uint32_t turns; /* networks that the members are on in turn: member i on number i % turns; 1: no turns */
} scenario_group;

/* When members have their turns in an entry that names their group. */
typedef struct scenario_turns {
    uint64_t step_ns;   /* from a member to the next; 0: all at once */
    uint64_t within_ns; /* a turn comes at step * member modulo this; 0: not */
} scenario_turns;

typedef struct scenario_node {
    const char *name;
    scenario_place place;
    const uint32_t *networks; /* indices of the networks attached at time 0, in the file's order */
    size_t network_count;
    uint16_t listen;                     /* UDP port; 0: the node accepts nothing */
    bool disable_active_migration;       /* transport parameter of RFC 9000 §18.2; default false */
    scenario_trust trust;                /* default tofu */
    uint64_t keepalive_ns;               /* default 15 s */
    uint64_t dead_after_ns;              /* default 60 s */
    uint64_t idle_timeout_ns;            /* default 300 s; 0: none */
    uint32_t active_connection_id_limit; /* default 8 */
    uint32_t quic_written; /* a bit 1 << scenario_quic_key for each key of `quic` that the file has */
    roam_quic_options quic;
    uint32_t preferred[2]; /* network of the preferred address, by scenario_family; SCENARIO_NONE: none */
    uint32_t
        relay_to; /* node index: this node is a relay, and forwards to that one; SCENARIO_NONE: it is none */
    uint16_t relay_port; /* UDP port on which the relay takes its clients' datagrams; default 3478. The
                          * next port is for those to the preferred address of the other node */
    bool attacker;       /* it has no endpoint; the verb attack says what it does */
    uint32_t endpoint;   /* index into endpoints; SCENARIO_NONE: roam's core */
    const scenario_group *group;              /* NULL: of none */
    const struct scenario_balancer *balancer; /* the node is that service, and no host; NULL: it is a host */
    const struct scenario_balancer *behind;   /* the node is one of its servers; NULL: of none */
    scenario_membership membership;
    scenario_redial redial;
} scenario_node;

/* The keys of a node's `quic` that the file may have. */
typedef enum scenario_quic_key {
    SCENARIO_QUIC_ACTIVE_CONNECTION_ID_LIMIT,
    SCENARIO_QUIC_CONGESTION,
    SCENARIO_QUIC_INITIAL_WINDOW,
    SCENARIO_QUIC_PMTUD,
    SCENARIO_QUIC_ECN,
    SCENARIO_QUIC_MAX_IDLE,
    SCENARIO_QUIC_MAX_ACK_DELAY,
    SCENARIO_QUIC_ACK_DELAY_EXPONENT,
    SCENARIO_QUIC_ACK_EVERY,
    SCENARIO_QUIC_ROTATE_CONNECTION_IDS,
    SCENARIO_QUIC_RETIRE_CONNECTION_IDS,
    SCENARIO_QUIC_PREFERRED_ADDRESS,
    SCENARIO_QUIC_IGNORE_PREFERRED_ADDRESS,
    SCENARIO_QUIC_KEYS
} scenario_quic_key;

/* --- balancers --- */

#define SCENARIO_SERVERS_MAX 250 /* of a balancer: a server ID of one byte tells them apart */

typedef enum scenario_balancing {
    SCENARIO_BY_FOUR_TUPLE,    /* by addresses and ports of a datagram */
    SCENARIO_BY_CONNECTION_ID, /* by the server ID in its connection ID, if that is one of a server's */
    SCENARIO_BY_ROUTE          /* anycast: all of a client network to one server */
} scenario_balancing;

/* A service: several servers behind one address, with one name and one key. It is a node of the scenario,
 * which peers dial and flows name, and which has no host. */
typedef struct scenario_balancer {
    const char *name;
    scenario_place place;
    uint32_t node;           /* index of the service's node */
    const uint32_t *servers; /* node indices, at least 1; a server is behind one balancer */
    size_t server_count;
    scenario_balancing by;
    scenario_family family;
    uint8_t address[16];     /* network byte order; no host, network or NAT has it */
    uint32_t network;        /* where servers are reached; SCENARIO_NONE: on the first one that they are on */
    bool silent;             /* servers answer a connection ID that they do not know with silence */
    uint8_t config_rotation; /* by connection ID: the first three bits of the servers' connection IDs */
} scenario_balancer;

/* The node at the end of a connection of that node: the service, for one of its servers, else itself. */
struct scenario;
uint32_t scenario_end_of(const struct scenario *whole, uint32_t node);
/* Its number among the servers of the balancer, or SCENARIO_NONE. */
uint32_t scenario_server_of(const scenario_balancer *balancer, uint32_t node);
/* Where the service is reached, with that port. */
roam_addr scenario_balancer_address(const scenario_balancer *balancer, uint16_t port);

/* One connection; no two join the same pair. */
typedef struct scenario_peer {
    scenario_place place;
    uint32_t dialer;             /* node index: the QUIC client */
    uint32_t acceptor;           /* node index: listens */
    uint64_t at_ns;              /* when it dials; default 0 */
    uint32_t via;                /* node index of the relay it dials through; SCENARIO_NONE: straight */
    const scenario_group *group; /* that the entry names, which makes a connection for each member; or NULL */
    uint32_t member;             /* of the group, from 0 */
    const scenario_group *relays; /* whose members take turns as via; or NULL */
    scenario_turns turns;
} scenario_peer;

typedef enum scenario_traffic_kind {
    SCENARIO_SEND,
    SCENARIO_BULK,
    SCENARIO_REQUEST, /* the next one think_ns after the response to the last has come */
    SCENARIO_RESPONSE /* one to each request that comes */
} scenario_traffic_kind;

typedef struct scenario_traffic {
    scenario_place place;
    scenario_traffic_kind kind;
    uint32_t peer;          /* index into peers */
    uint32_t from;          /* node index: sends; the other end of the peer receives */
    uint32_t to;            /* node index */
    uint64_t message_bytes; /* send: of each message; bulk: of all but a shorter last one, default 16 KiB.
                             * None is shorter than PAYLOAD_BYTES_MIN (sim/wire/payload.h) */
    uint64_t total_bytes;   /* bulk: all of it; send: 0 */
    uint64_t every_ns;      /* send: time between two messages; bulk: 0 */
    /* First message; default 0. Before peer_up: on peer_up, no backlog of missed ones. */
    uint64_t at_ns;
    bool with_connection; /* at_ns is not written: it is to begin when its connection is up for the first time
                           */
    /* send: no message at or after this. SCENARIO_NEVER, the default: at the end of the run less the time
     * that the last ones need to arrive, min(2 s, duration / 10). bulk: SCENARIO_NEVER */
    uint64_t until_ns;
    /* Request: index of the entry that answers it, which goes the other way and stands behind all entries of
     * the file. Response: index of the request. Else SCENARIO_NONE. */
    uint32_t other;
    uint64_t think_ns; /* request: default 0 */
    bool measured;     /* the latency of its messages is */
    bool stream;       /* the messages go on a user stream, one after the other; default false */
    uint64_t key; /* ordering key of the messages; default the entry's number from 0, or, if another entry is
                   * given that key, a number that no entry has */
    const scenario_group *group; /* as of a peer, and the next two */
    uint32_t member;
    scenario_turns turns;
} scenario_traffic;

/* --- timeline: event.h --- */

typedef struct scenario_event scenario_event;

/* What comes next: a peer dials, or an event happens. At one time dials come first, then events, each in the
 * file's order. */
typedef struct scenario_step {
    uint64_t at_ns;
    const scenario_peer *dial;   /* NULL: it is an event */
    const scenario_event *event; /* NULL: it is a dial */
} scenario_step;

/* --- expectations: expectation.h --- */

/* Expectations that fail today because of a fault in a library: those of all entries that apply to the
 * libraries that the nodes run. What an entry expects that does not apply is among the scenario's
 * expectations. */
typedef struct scenario_known_fault {
    const char *reference; /* where the fault is reported: "ngtcp2#2257"; NULL: the scenario has none */
    bool may_be_gone;      /* other nodes run other libraries: it is not known which of them shows it */
    const char *about;     /* may be "" */
    const scenario_expectation *expectations;
    size_t expectation_count;
} scenario_known_fault;

/* What the regression gate lets pass: a measurement that grew by less than this is no regression. And of how
 * many seeds, to see what. */
typedef struct scenario_gate {
    uint64_t validation_ns; /* of a migration; default 1 ms, at least 1 ns, as the next two */
    uint64_t rebind_ns;     /* noticed to validated, when a NAT moved the peer */
    uint64_t gap_ns;
    uint64_t detect_ns; /* of a stochastic one: a change of a validation that is to be seen; 0: not said */
    uint32_t seeds;     /* a new baseline has the seeds 1 to this; 0: as many as its kind needs */
} scenario_gate;

extern const scenario_gate SCENARIO_GATE_DEFAULT;

/* Values of one dotted key. Each combination of the values of all keys is a run of its own. */
typedef struct scenario_vary {
    scenario_place place;
    const char *key;
    const char *const *values; /* as --set takes them */
    size_t value_count;
} scenario_vary;

/* A value that the file has a name for. */
typedef struct scenario_param {
    const char *name;
    const char *value; /* as a scenario writes it */
} scenario_param;

/* --- the whole --- */

/* What was read: the scenario's file, then each file that it names. */
typedef struct scenario_text {
    const char *name; /* "" for the scenario's own, else as the scenario names it */
    const char *text; /* without what overrides changed */
    size_t bytes;
    const struct scenario_text *next; /* NULL: the last */
} scenario_text;

typedef struct scenario {
    const char *file; /* display name */
    const char *name;
    const char *about; /* may be "" */
    uint64_t duration_ns;
    uint64_t seed;    /* default 1 */
    uint64_t digest;  /* of what the file, the overrides and other files say, on every machine the same;
                       * comments, `about` and `gate` are no part of it */
    uint64_t meaning; /* the same, without the order of sections, and of keys inside an entry; the order of
                       * names (of nodes, networks, ...) is a part, because addresses and draws follow it */
    const scenario_nat *nats;
    size_t nat_count;
    const scenario_network *networks;
    size_t network_count;
    const scenario_background *background; /* one for each direction of an entry, up first */
    size_t background_count;
    const scenario_endpoint *endpoints; /* those of the file, then those that a node alone names */
    size_t endpoint_count;
    const scenario_node *nodes;
    size_t node_count;
    const scenario_group *groups;
    size_t group_count;
    const scenario_balancer *balancers;
    size_t balancer_count;
    const scenario_peer *peers;
    size_t peer_count;
    const scenario_traffic *traffic;
    size_t traffic_count;
    const scenario_event *events; /* expanded, by time, equal times in the file's order; then those with
                                   * `after`, in the order of `afters` */
    size_t event_count;
    const struct scenario_after *const *afters; /* sim/scenario/after.h; in the file's order */
    size_t after_count;
    const scenario_step *steps; /* the dials of the peers and the events that have a time, as scenario_step
                                 * says */
    size_t step_count;
    const scenario_expectation *expectations;
    size_t expectation_count;
    size_t unmet_count; /* those that `when` leaves out, a known fault's too */
    scenario_known_fault known_fault;
    scenario_gate gate;
    const scenario_param *params; /* in the file's order */
    size_t param_count;
    const scenario_vary *vary;
    size_t vary_count;
    const char *combination;        /* "KEY=VALUE,KEY=VALUE" of what was varied; NULL: not one of several */
    const char *const *choice_keys; /* of a combination: each varied key, in the file's order, ... */
    const char *const *choices;     /* ... and its value; vary is then empty */
    size_t choice_count;
    const scenario_text *texts;           /* of a valid scenario at least one */
    const struct tree_node *written;      /* all of it, as overrides changed it, for variants.h; likewise */
    const struct scenario_lookup *lookup; /* lookup.h; NULL: a plan that was not loaded */
    struct scenario_arena *arena;         /* owns all of the above */
} scenario;

/* Either a path, or text with a display name. Overrides are "KEY=VALUE", KEY dotted, a number picks from a
 * list: "networks.cellular.delay=50ms", "timeline.2.at=6s". The key's parent must be there. */
typedef struct scenario_source {
    const char *path; /* read when text is NULL; its own display name unless `name` is set; other files that
                       * the scenario names are found from where it is, with standard input from the current
                       * directory */
    const char *text;
    size_t text_bytes;
    const char *name;
    const char *const *overrides;
    size_t override_count;
    const char *const
        *endpoints; /* "NAME=PATH": adds an endpoint, or gives one of the file another library */
    size_t endpoint_count;
    /* "WHO=NAME": what runs that endpoint, or roam's core; WHO is `all`, `client`, `server` (a node that an
     * entry of `peers` dials), a group or a node. A name goes before a role, and a later one before an
     * earlier. */
    const char *const *players;
    size_t player_count;
    bool one_combination;  /* the overrides say what is varied, and `vary` is passed over */
    size_t file_bytes_max; /* 0: SCENARIO_FILE_BYTES_MAX */
} scenario_source;

/* Reads, applies overrides, checks. *out is the caller's to free, and untouched on failure. Diagnostics is
 * initialised by the caller and emptied first; every fault found is in it, nothing is printed. */
__attribute__((warn_unused_result)) int scenario_load(const scenario_source *source, scenario **out,
                                                      scenario_diagnostics *diagnostics);
void scenario_free(scenario *whole); /* NULL is fine */

/* The combinations of the values of `vary`: 1 without. The last key's values change first. */
size_t scenario_combination_count(const scenario *whole);
/* Loads combination `index` of a scenario that was loaded from source. As scenario_load. */
__attribute__((warn_unused_result)) int scenario_load_combination(const scenario_source *source,
                                                                  const scenario *varied, size_t index,
                                                                  scenario **out,
                                                                  scenario_diagnostics *diagnostics);

/* Index by name, or SCENARIO_NONE. */
uint32_t scenario_node_index(const scenario *whole, const char *name);
uint32_t scenario_group_index(const scenario *whole, const char *name);
uint32_t scenario_network_index(const scenario *whole, const char *name);

const char *scenario_pattern_name(scenario_pattern pattern);
/* "send", "bulk", "request", "response" */
const char *scenario_traffic_name(scenario_traffic_kind kind);
uint32_t scenario_nat_index(const scenario *whole, const char *name);
/* What a node runs in the place of roam's core; NULL: the core. */
const scenario_endpoint *scenario_endpoint_of(const scenario *whole, uint32_t node);
uint32_t scenario_endpoint_index(const scenario *whole, const char *name);
/* "roam" for SCENARIO_NONE. */
const char *scenario_endpoint_name(const scenario *whole, uint32_t endpoint);

/* The node names a preferred address to its clients (RFC 9000 section 9.6). */
bool scenario_prefers_address(const scenario_node *node);

/* The network's hosts are behind that NAT, or behind another that is. */
bool scenario_is_behind(const scenario *whole, uint32_t network, uint32_t nat);

/* Some address is of both; the prefixes are of one family. */
bool scenario_prefixes_overlap(const scenario_prefix *a, const scenario_prefix *b);

/* Index of the connection between two nodes, in either direction, or SCENARIO_NONE. */
uint32_t scenario_peer_index(const scenario *whole, uint32_t node, uint32_t other);

/* The first entry of traffic from one node to another, and the next one the same way; SCENARIO_NONE: none. */
uint32_t scenario_flow_first(const scenario *whole, uint32_t from, uint32_t to);
uint32_t scenario_flow_next(const scenario *whole, uint32_t flow);

/* Families in which a node can dial another, as bits 1 << scenario_family: of the addresses that the dialer
 * has, those that the acceptor has, and those that it has had. An acceptor on no network is dialled at an
 * address that it had, as an old entry of a directory would say. */
uint32_t scenario_dial_families(uint32_t dialer, uint32_t acceptor, uint32_t acceptor_before);

/* The format as a JSON Schema (draft 2020-12) for editors: structure, types, units and names of keys, from
 * the tables that the loader reads by. To be freed; NULL: out of memory. */
char *scenario_schema_text(void);

/* The scenario in words and in order of time: nodes, paths with their round trips, events, expectations. */
void scenario_explain(const scenario *whole, FILE *stream);
/* Likewise one event, without its time, and of a group's entry the node that it is about: "detach laptop
 * network wifi". */
void scenario_explain_event(const scenario *whole, const scenario_event *event, FILE *stream);

#endif
