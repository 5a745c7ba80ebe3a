/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_VERBS_H
#define SIM_SCENARIO_VERBS_H

/*
 * The verbs of the timeline, one row each: what keys an entry has and what is checked besides. A new verb is
 * a row of the table in verbs.c; a family of verbs has its tables of keys and its checks in a file
 * of its own (scenario_verbs_X.c). What it does when its time comes is in timeline.c, what it needs to have
 * happened before in order.c.
 */

#include "sim/scenario/internal.h"

#define SCENARIO_LABEL_MAX_BYTES 63
#define SCENARIO_MILLISECOND_NS UINT64_C(1000000)

typedef struct verb_row verb_row;

/* One entry, before it is repeated. It stays where it is as long as the scenario. */
typedef struct entry_draft {
    const verb_row *verb;
    const tree_node *written;
    scenario_event event;
    key_pair migrate;
    uint64_t every_ns;      /* 0: once */
    uint64_t times;         /* 0: to the end */
    uint64_t for_ns;        /* SCENARIO_NEVER: for good */
    scenario_impair impair; /* of faults */
    scenario_attack attack; /* of attacks */
    const char *file;       /* of a trace */
    bool good;
} entry_draft;

#define EVENT_FIELD(member) KEY_FIELD(entry_draft, event.member)

/* --- keys that many verbs have --- */

extern const key_choice SCENARIO_DIRECTIONS[];
#define NODE_ROW(verb)                                                                                       \
    {                                                                                                        \
        verb, KEY_NODE, EVENT_FIELD(node), .example = "laptop"                                               \
    }
#define NETWORK_ROW                                                                                          \
    {                                                                                                        \
        "network", KEY_NETWORK, EVENT_FIELD(network), .required = true, .example = "wifi"                    \
    }
#define DIRECTION_ROW                                                                                        \
    {                                                                                                        \
        "direction", KEY_CHOICE, EVENT_FIELD(direction), .choices = SCENARIO_DIRECTIONS, .example = "up"     \
    }

/* True when all is well; else it has been reported. draft->good: no key was faulty so far. */
typedef bool verb_check_fn(scenario_reader *reader, const tree_node *entry, entry_draft *draft);

struct verb_row {
    const char *name;
    scenario_verb verb;
    const key_row *rows;
    verb_check_fn *check;    /* NULL: the keys say it all */
    scenario_verb undone_by; /* the verb that ends it after `for:` */
    bool undone_at_once;     /* without `for:`; else it then lasts */
    uint64_t timeout_ns;     /* default of `timeout:` */
};

/* The row of the entry's one verb, or NULL with a fault reported. */
const verb_row *scenario_verb_find(scenario_reader *reader, const tree_node *entry);

/* --- verbs_nat.c --- */
extern const key_row SCENARIO_SHUFFLE_ROWS[];
extern const key_row SCENARIO_EXPIRE_ROWS[];
extern const key_row SCENARIO_RENUMBER_ROWS[];
verb_check_fn scenario_check_subscribers, scenario_check_renumber;
/* `restart:` names a NAT, and then *good says whether all is well. */
bool scenario_check_restart_nat(scenario_reader *reader, const tree_node *entry, entry_draft *draft,
                                bool *good);

/* The keys of every entry: at, every, times. */
extern const key_row SCENARIO_ENTRY_ROWS[];
#define SCENARIO_ENTRY_EXAMPLE "{at: 5s, detach: laptop, network: wifi}"

/* --- trace.c --- */
extern const key_row SCENARIO_TRACE_ROWS[];
verb_check_fn scenario_check_trace;

/* --- verbs_impair.c: faults aimed at packets --- */
extern const key_row SCENARIO_DROP_ROWS[];
extern const key_row SCENARIO_DUPLICATE_ROWS[];
extern const key_row SCENARIO_REORDER_ROWS[];
extern const key_row SCENARIO_CORRUPT_ROWS[];
extern const key_row SCENARIO_MTU_ROWS[];
verb_check_fn scenario_check_impair;
/* Gives each fault among the entries its turn, whatever their order in the file. */
void scenario_number_impairs(scenario_reader *reader, entry_draft *drafts, size_t count);

/* --- verbs_attack.c: attackers --- */
extern const key_row SCENARIO_ATTACK_ROWS[];
verb_check_fn scenario_check_attack;

/* --- walking, and what shared media cannot do (verbs_medium.c) --- */

extern const key_row SCENARIO_WALK_ROWS[];
bool scenario_check_walk(scenario_reader *reader, const tree_node *entry, entry_draft *draft);
verb_check_fn scenario_check_mtu;
bool scenario_check_set_medium(scenario_reader *reader, const tree_node *entry, const entry_draft *draft);

#endif
