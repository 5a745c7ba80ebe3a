/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_INTERNAL_H
#define SIM_SCENARIO_INTERNAL_H

/* What the files of this room share. The passes over a file: text -> tree (yaml.c) -> include (include.c) ->
 * overrides (override.c, vary.c) -> params (params.c) -> groups (groups.c) -> sections read by tables of keys
 * (read.c, networks.c, nats.c, traffic.c, timeline.c, expect.c) -> the timeline followed in order (order.c).
 */

#include "sim/scenario/event.h"
#include "sim/scenario/expect_kind.h"
#include "sim/scenario/keys.h"
#include "sim/scenario/units.h"

#define SCENARIO_KEY_MAX 256 /* a part of a dotted key, bytes */

/* --- memory: one owner, freed at once --- */

typedef struct scenario_arena scenario_arena;
scenario_arena *scenario_arena_new(void);
void scenario_arena_free(scenario_arena *arena);
/* Zeroed, for count items of size bytes; never NULL for count 0. NULL when out of memory, which also sticks.
 */
void *scenario_arena_alloc(scenario_arena *arena, size_t count, size_t size);
char *scenario_arena_text(scenario_arena *arena, const char *text, size_t bytes);
bool scenario_arena_failed(const scenario_arena *arena);

/* --- the reader: what is handed through every pass --- */

/* `as:` of an entry. */
typedef struct scenario_label {
    const char *name;
    scenario_verb verb;
} scenario_label;

/* A file that the scenario includes. */
typedef struct scenario_included {
    const char *path;  /* from the scenario's folder */
    const char *file;  /* in diagnostics */
    scenario_place by; /* where it is included */
} scenario_included;

struct scenario_reader {
    scenario *scenario;
    scenario_arena *arena;
    const scenario_source *source;
    const char *text; /* of the whole file */
    size_t text_bytes;
    scenario_diagnostics *diagnostics;
    const char *file;
    tree_node *root;
    bool *unsure;      /* a node: an entry about it was faulty, so where it is attached is not known */
    bool peers_unsure; /* an entry of `peers` was faulty, so who are peers is not known */
    bool all_unsure;   /* the same of every node */
    const struct nat_draft *nats; /* as many as the scenario has */
    scenario_label *labels;       /* of the timeline's migrates, watchdogs and reconnects, each once */
    size_t label_count;
    size_t over_count;           /* members of groups in the expectations so far (over.h) */
    scenario_included *included; /* by scenario_place.file, from 1; NULL: none */
    size_t included_count;
    size_t told_before; /* diagnostics before the first member of a group's entry (groups.h) */
};

/* Adds a file to the scenario's texts, unless it has one of that name. Name and text are valid as long as the
 * arena. */
void scenario_keep_text(scenario_reader *reader, const char *name, const char *text, size_t bytes);

/* The path of a file that the scenario names: a name that is not absolute begins where the scenario's file
 * is. NULL: out of memory, or a fault reported. */
const char *scenario_find_file(scenario_reader *reader, const tree_node *value);

/* The file of a place, as diagnostics call it. */
const char *scenario_place_file(const scenario_reader *reader, scenario_place place);
/* True when a fault at that very place was reported. */
bool scenario_fault_at(const scenario_reader *reader, scenario_place place);

/* --- text to tree: NULL with a fault reported. `from` says which file, or which override, it is. --- */
tree_node *scenario_yaml_parse(scenario_reader *reader, const char *text, size_t bytes, scenario_place from);

/* --- trees (tree_get is in keys.h) --- */
uint64_t tree_hash(const char *key);
void tree_append(tree_node *parent, tree_node *child);
/* Takes a node's children from it. */
void tree_clear(tree_node *node);
/* A copy as the last child, with the same children as the original; one without children. NULL: out of
 * memory.
 */
tree_node *tree_append_copy(scenario_reader *reader, tree_node *parent, const tree_node *from);
tree_node *tree_empty_copy(scenario_reader *reader, const tree_node *from);

/* --- include --- */
/* Puts what the files have before what the scenario has. Faults are reported. */
void scenario_include_read(scenario_reader *reader, tree_node *root);

/* --- overrides and vary --- */
void scenario_override_apply(scenario_reader *reader, tree_node *root);
/* The parent of a dotted key's last part. `path` is cut up. NULL with a fault reported. */
tree_node *scenario_override_walk(scenario_reader *reader, tree_node *root, scenario_place place, char *path,
                                  char **last);
/* The value of a dotted key, or NULL. */
const tree_node *scenario_override_find(const tree_node *root, const char *key);
/* True when --set gives the key a value. */
bool scenario_override_names(const scenario_reader *reader, const char *key);
void scenario_vary_read(scenario_reader *reader, tree_node *root, const tree_node *section);

/* --- params --- */
/* Puts the values of ${...} in place. False with a fault reported. */
bool scenario_params_expand(scenario_reader *reader, tree_node *root);

/* --- `when` of an expectation --- */
typedef enum when_answer {
    WHEN_HOLDS,    /* or there is none */
    WHEN_NOT_HERE, /* the key has another value */
    WHEN_UNDECIDED /* the key has yet to be varied */
} when_answer;
when_answer scenario_when(scenario_reader *reader, const tree_node *entry);

/* Reads the map's keys into *object. False if any was faulty; the good ones are stored all the same, and a
 * name that is misspelt is taken for the one that was probably meant, so that one slip makes one fault. */
bool scenario_read_map(scenario_reader *reader, const tree_node *map, key_table table, void *object);
/* One value, by a row. */
bool scenario_read_value(scenario_reader *reader, const tree_node *value, const key_row *row, void *object);
/* A bound of what the row's type counts. */
bool scenario_read_bound(scenario_reader *reader, const tree_node *value, const key_row *row,
                         scenario_bound *bound);
bool scenario_read_name(scenario_reader *reader, scenario_place place, const char *name, size_t max);
/* "unknown WHAT 'x'" with the word that was probably meant, or else all there are. Its index, or
 * SCENARIO_NONE. */
uint32_t scenario_report_unknown(scenario_reader *reader, scenario_place place, const char *what,
                                 const char *name, name_at at, const void *names);
bool scenario_read_pair(scenario_reader *reader, const tree_node *value, key_pair *pair);
bool scenario_read_node(scenario_reader *reader, const tree_node *value, uint32_t *index);
/* The same, where no group can stand: why. */
bool scenario_read_one_node(scenario_reader *reader, const tree_node *value, const char *why,
                            uint32_t *index);
bool scenario_read_nat(scenario_reader *reader, const tree_node *value, uint32_t *index);
bool scenario_read_network(scenario_reader *reader, const tree_node *value, uint32_t *index);
/* A prefix, or a single address when that is allowed. False when it is neither; nothing is reported. */
bool scenario_parse_prefix(const char *text, bool or_address, key_prefix *out);
/* True when hosts can have its addresses, and it was written without bits of a host; or says so. */
bool scenario_check_prefix(scenario_reader *reader, const tree_node *value, const key_prefix *prefix);
/* Packets, bytes or a time, as scenario_queue. */
bool scenario_read_queue(scenario_reader *reader, const tree_node *value, const key_row *row,
                         uint64_t *queue);
/* What the network's links and its queue, as written, have of each other is reported. */
void scenario_check_queue(scenario_reader *reader, const tree_node *entry, const scenario_network *network);
/* The queue of a change, or of a network, suits links of that type; or says so at the key's place. */
bool scenario_check_queue_unit(scenario_reader *reader, const tree_node *entry, scenario_link_type type,
                               scenario_queue queue);
/* "64pkt", "90kB", "100ms" */
const char *scenario_queue_format(scenario_queue queue, char *text);
/* True if `value` is of that kind; or says what is expected. */
bool scenario_read_kind(scenario_reader *reader, const tree_node *value, tree_kind kind, const char *what,
                        const char *example);

/* An integer, a choice or an index, as it was stored. */
uint64_t key_load(const key_row *row, const void *object);
/* How such quantities are written. */
units_kind key_units(key_type type);

/* " did you mean 'x'?" and such. */
#define SCENARIO_NAMES_MAX 400
/* "a, b and c", where last is " and ". Text holds SCENARIO_NAMES_MAX bytes. */
void scenario_list_names(char *text, name_at at, const void *names, const char *last);

/* The tables of the sections, for schemas. */
extern const key_table SCENARIO_ROOT_TABLE;
extern const key_table SCENARIO_NETWORK_TABLE;
extern const key_table SCENARIO_NAT_TABLE;
extern const key_table SCENARIO_NODE_TABLE;
extern const key_table SCENARIO_BACKGROUND_TABLE;
extern const key_table SCENARIO_BALANCER_TABLE;
extern const key_table SCENARIO_PEER_TABLE;
extern const key_table SCENARIO_KNOWN_FAULT_TABLE;
extern const key_table SCENARIO_GATE_TABLE;
/* By index: a verb, a shape of traffic, a kind of expectation; `what` is its name. False past the last. */
bool scenario_verb_table(size_t index, key_table *table);
bool scenario_traffic_table(size_t index, key_table *table);
bool scenario_expect_table(size_t index, key_table *table);

/* --- sections --- */
void scenario_nats_read(scenario_reader *reader, const tree_node *section);
/* What can be said when the networks are known, too. */
void scenario_nats_check(scenario_reader *reader);
/* The name of the NAT that has an address of the prefix, or NULL. */
const char *scenario_pool_with(const scenario_reader *reader, const key_prefix *prefix);
void scenario_endpoints_read(scenario_reader *reader, const tree_node *section);
void scenario_networks_read(scenario_reader *reader, const tree_node *section);
void scenario_background_read(scenario_reader *reader, const tree_node *section);
void scenario_nodes_read(scenario_reader *reader, const tree_node *section);
/* A node of which nothing else is said. */
scenario_node scenario_node_default(const char *name, scenario_place place);
/* The services are nodes, and the last ones: how many there are, and their nodes, whatever else is said of
 * them. */
size_t scenario_balancers_count(const scenario_reader *reader);
void scenario_balancers_declare(scenario_reader *reader, scenario_node *nodes);
/* Then what is said. */
void scenario_balancers_read(scenario_reader *reader, const tree_node *section);
/* False, with a fault at that place, when the node is a service; `what` it cannot: "attach". */
bool scenario_check_host(scenario_reader *reader, scenario_place place, uint32_t node, const char *what);
void scenario_balancers_explain(const scenario *whole, FILE *stream);
/* After the peers: nodes with `redial` that have nobody to dial. The section is not used. */
void scenario_redials_check(scenario_reader *reader, const tree_node *section);
void scenario_peers_read(scenario_reader *reader, const tree_node *section);
void scenario_traffic_read(scenario_reader *reader, const tree_node *section);
void scenario_timeline_read(scenario_reader *reader, const tree_node *section);
void scenario_expect_read(scenario_reader *reader, const tree_node *section);
void scenario_gate_read(scenario_reader *reader, const tree_node *section);
void scenario_known_fault_read(scenario_reader *reader, const tree_node *section);
void scenario_order_check(scenario_reader *reader);
/* In words: the fields named; those worth telling of a network; a NAT; the verb, or what ends; who goes
 * first.
 */
void scenario_explain_link(FILE *stream, const scenario_link *link, uint32_t fields);
/* The value of a row that holds a number, as a scenario writes it: in text, of UNITS_TEXT_MAX bytes, or of
 * the row's choices. */
const char *scenario_explain_value(const key_row *row, uint64_t value, char *text);
uint32_t scenario_explain_fields(const scenario_link *link);
/* ", 100ms of queue (90kB), shared, fq-codel": nothing of a drop-tail queue in packets of each node's own. */
void scenario_explain_queue(const scenario_network *network, FILE *stream);
void scenario_explain_background(const scenario *whole, FILE *stream);
void scenario_explain_nat(const scenario *whole, const scenario_nat *item, FILE *stream);
void scenario_explain_verb(const scenario_event *event, FILE *stream);
void scenario_explain_order(const scenario *whole, FILE *stream);
/* --- link_field.c --- */
extern const key_choice SCENARIO_BOOLEANS[];
extern const key_row SCENARIO_BURST_ROWS[];
extern const key_row SCENARIO_LINK_ROWS[]; /* offsets in scenario_link; by LINK_ index, as LINK_FIELD */
/* The SCENARIO_CHANGE_ bits of the fields that an entry has. */
uint32_t scenario_link_written(const tree_node *entry);
/* True when `over` can change all fields that the entry has; or says which it cannot. */
bool scenario_check_ramps(scenario_reader *reader, const tree_node *entry);
/* LINK_ index of a trace's column, from 1; SCENARIO_NONE past the last. */
uint32_t scenario_link_column(size_t number);

/* Reads the entry's `burst:`, if it has one. False when it is faulty. */
bool scenario_burst_read(scenario_reader *reader, const tree_node *entry, scenario_burst *burst);
/* True when links of that type carry packets of so many bytes; or says so at the value's place. */
bool scenario_check_mtu_fits(scenario_reader *reader, const tree_node *value, scenario_link_type type,
                             uint32_t bytes);
/* True when `via`, if it is any node, relays to the pair's second one and is not its first; or says so at the
 * value's place. */
bool scenario_check_via(scenario_reader *reader, const tree_node *value, uint32_t via, key_pair pair);

#endif
