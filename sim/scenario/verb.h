/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_VERB_H
#define SIM_SCENARIO_VERB_H

/*
 * What the loader needs to know of a verb of the timeline. A verb X is a file verbs/x.c, with a `const
 * verb_descriptor SCENARIO_VERB_X`, and a row VERB(X) of SCENARIO_VERBS (event.h). A few verbs that share
 * their keys share a file. How a verb is carried out is written in sim/world/timeline.c.
 */

#include "sim/scenario/after_draft.h"
#include "sim/scenario/event.h"
#include "sim/scenario/groups.h"
#include "sim/scenario/internal.h"
#include "sim/scenario/order.h"

#define SCENARIO_LABEL_MAX_BYTES 63

typedef struct verb_descriptor verb_descriptor;

/* One entry, before it is repeated. It stays where it is as long as the scenario. */
typedef struct entry_draft {
    const verb_descriptor *verb;
    const tree_node *written;
    scenario_event event;
    key_pair pair;          /* of migrate, reconnect, dial, stage, attack */
    uint64_t every_ns;      /* 0: once */
    turns_draft turns;      /* of a group: its members' */
    scenario_turns told;    /* likewise, as `roam check` has them */
    uint32_t leads;         /* of the first member: how many members have the entry; else 0 */
    uint64_t times;         /* 0: to the end */
    uint64_t for_ns;        /* SCENARIO_NEVER: for good */
    scenario_impair impair; /* of faults */
    scenario_attack attack; /* of attacks */
    const char *file;       /* of a trace */
    after_draft after;
    scenario_after *starts; /* event.after, to be completed */
    bool good;              /* no key was faulty so far */
} entry_draft;

struct verb_descriptor {
    const char *name; /* the key whose value says what the entry is about */
    /* The keys besides scenario_entry_rows(). NULL: no entry has the verb, `for:` of another one makes it. */
    const key_row *rows;

    /* Defaults that are not 0. NULL: none. */
    void (*defaults)(entry_draft *draft);
    /* What the keys do not say. True when all is well; else it has been reported. NULL: nothing. */
    bool (*check)(scenario_reader *reader, const tree_node *entry, entry_draft *draft);
    /* The order check (order.h) of an event: reports what is impossible at that time, and keeps what the
     * event changes. NULL: nothing can be wrong, nothing changes. */
    void (*follow)(order_check *at, const scenario_event *event);
    /* All after the verb's name in the line of `roam check`. NULL: scenario_explain_where. */
    void (*explain)(const scenario *whole, const scenario_event *event, FILE *stream);
    /* What events.jsonl has of every event of the verb, besides the head's fields and the entry's keys.
     * False: out of memory. NULL: nothing. */
    bool (*record)(const scenario *whole, const scenario_event *event, struct json_t *object);

    scenario_verb undone_by; /* has the key `for:`: what ends it; that event has the same data */
    bool undone_at_once;     /* without `for:`; else it then lasts */
    bool lapses;             /* when made of `for:`, it is left out if what it is to end has ended by then */
    bool attaches;           /* after a faulty entry the networks of the node are not known */
};

/* By scenario_verb. */
extern const verb_descriptor *const SCENARIO_VERB_TABLE[];
#define SCENARIO_VERB_DECLARATION(NAME) extern const verb_descriptor SCENARIO_VERB_##NAME;
SCENARIO_VERBS(SCENARIO_VERB_DECLARATION)

/* The entry's one verb, stored in *found. False with a fault reported. */
bool scenario_verb_find(scenario_reader *reader, const tree_node *entry, scenario_verb *found);
/* Its keys; NULL when the entry has no verb, or several. */
const key_row *scenario_verb_rows(const tree_node *entry);

/* --- keys that many verbs have --- */

#define EVENT_FIELD(type, member) KEY_FIELD(type, entry_draft, event.member)
#define DATA_FIELD(type, member) KEY_FIELD(type, entry_draft, event.data.member)

/* The keys of every entry: at or after, every, times; and of one that may name a group: spread, step, within.
 */
const key_row *scenario_entry_rows(const verb_descriptor *verb);
#define SCENARIO_ENTRY_EXAMPLE "{at: 5s, detach: laptop, network: wifi}"

extern const key_choice SCENARIO_DIRECTIONS[];

#define NODE_ROW(verb, says)                                                                                 \
    {                                                                                                        \
        verb, EVENT_FIELD(KEY_NODE, node), .of_group = true, .about = says, .example = "laptop"              \
    }
#define NETWORK_ROW                                                                                          \
    {                                                                                                        \
        "network", EVENT_FIELD(KEY_NETWORK, network),                                                        \
            .required = true, .about = "The network whose link of the node is meant", .example = "wifi"      \
    }
#define DIRECTION_ROW                                                                                        \
    {                                                                                                        \
        "direction", EVENT_FIELD(KEY_CHOICE, direction),                                                     \
            .choices = SCENARIO_DIRECTIONS,                                                                  \
            .about = "The direction of the links, seen from the host; both: up and down",                    \
            .otherwise = "both", .example = "up"                                                             \
    }
/* How long the address stays that another one takes the place of. */
#define OVERLAP_ROW                                                                                          \
    {                                                                                                        \
        "overlap", KEY_FIELD(KEY_DURATION, entry_draft, for_ns),                                             \
            .min = 1, .max = SCENARIO_DAY_NS, .about = "How long the old address works beside the new one",  \
            .otherwise = "0s", .example = "10s"                                                              \
    }
#define FOR_ROW(shown)                                                                                       \
    {                                                                                                        \
        "for", KEY_FIELD(KEY_DURATION, entry_draft, for_ns),                                                 \
            .min = 1, .max = SCENARIO_DAY_NS, .about = "How long it lasts; without it, for good",            \
            .example = shown                                                                                 \
    }

/* --- what several verbs do --- */

/* The network of the entry, or NULL. */
const scenario_network *scenario_entry_network(const scenario_reader *reader, const entry_draft *draft);
/* The two nodes of migrate, reconnect, dial and stage: peers of each other. */
bool scenario_check_pair(scenario_reader *reader, const tree_node *entry, entry_draft *draft);
/* Likewise, and the first is the one that dials, by peers; a relay leads to the second. */
bool scenario_check_dialer(scenario_reader *reader, const tree_node *entry, entry_draft *draft);
/* No other entry has its `as:`, which is kept for expectations. */
bool scenario_check_as(scenario_reader *reader, const tree_node *entry, const entry_draft *draft);
/* A network is behind the NAT; or says so at the value's place. */
bool scenario_check_nat_used(scenario_reader *reader, const tree_node *value, uint32_t index);

/* " laptop -> server via relay network wifi (up)": those of them that the event has. */
void scenario_explain_where(const scenario *whole, const scenario_event *event, FILE *stream);
/* " NAT home" */
void scenario_explain_at_nat(const scenario *whole, const scenario_event *event, FILE *stream);
/* The node's name; its group's where it stands for all members. */
const char *scenario_explain_name(const scenario *whole, const scenario_event *event, uint32_t node);
/* That of the key's value, or "each of relay in turn". */
void scenario_explain_turn(const scenario *whole, const scenario_event *event, const char *key, uint32_t node,
                           FILE *stream);
void scenario_explain_time(FILE *stream, const char *before, uint64_t ns);

/* Gives each fault among the entries its turn, whatever their order in the file. */
void scenario_number_impairs(scenario_reader *reader, entry_draft *drafts, size_t count);

#endif
