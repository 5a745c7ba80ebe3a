/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_EXPECT_EVENTS_H
#define SIM_VERDICT_EXPECT_EVENTS_H

/* What the expectations on events share: never and happens. */

#include "sim/verdict/expect/internal.h"

extern const key_choice EXPECT_EVENTS[];
extern const key_choice EXPECT_VERBS[];
extern const key_choice EXPECT_STATUSES[];

/* The rows of a kind whose values are that member of the union: which events. */
#define EXPECT_EVENT_ROWS(member, says)                                                                      \
    {#member, EXPECT_FIELD(KEY_CHOICE, member.event), .choices = EXPECT_EVENTS, .about = says,               \
     .example = "peer_down"},                                                                                \
        {"node", EXPECT_FIELD(KEY_NODE, member.node), .of_group = true,                                      \
         .about = "The node at which the event is; without it, any", .example = "server"},                   \
        {"seen_by",                                                                                          \
         KEY_OTHER,                                                                                          \
         0,                                                                                                  \
         0,                                                                                                  \
         .about = "The nodes that see the event: a node, a group, a list of these, all, or third for nodes " \
                  "that no entry moves",                                                                     \
         .example = "third",                                                                                 \
         .schema = EXPECT_NODES_SCHEMA},                                                                     \
        {"verb", EXPECT_FIELD(KEY_CHOICE, member.verb), .choices = EXPECT_VERBS,                             \
         .about = "Of refused and not_started: the verb of the entry", .example = "dial"},                   \
    {                                                                                                        \
        "status", EXPECT_FIELD(KEY_CHOICE, member.status),                                                   \
            .choices = EXPECT_STATUSES, .about = "Of refused: why the entry is refused", .example = "exists" \
    }

#define EXPECT_ANY_EVENT                                                                                     \
    {                                                                                                        \
        .node = SCENARIO_NONE, .verb = SCENARIO_NONE, .count = EXPECT_UNBOUNDED,                             \
        .between = EXPECT_UNBOUNDED, .within_ns = SCENARIO_NEVER                                             \
    }

/* Reads `seen_by`, of events of nodes. Verb goes with refused and not_started alone, status with refused. */
void expect_event_check(scenario_reader *reader, const tree_node *entry, scenario_expect_event *expectation);

/* How many such events there were, and when the first came; what they are called: "refused dial (exists) on
 * laptop". */
uint64_t expect_event_count(const scenario *whole, const scenario_expect_event *expectation,
                            const recorder *recorded, uint64_t *first_ns);
/* The next of those events, in order of time; false: there is no further one. *at is 0 at first, then the
 * order of the last one. Of refused, and of what recorder_log has; not of not_started. */
typedef struct expect_event {
    size_t order; /* among all events of nodes, or refusals */
    uint64_t at_ns;
    uint32_t node;
    uint32_t other;
} expect_event;
bool expect_event_next(const scenario_expect_event *expectation, const recorder *recorded, size_t *at,
                       expect_event *out);
void expect_event_text(const scenario *whole, const scenario_expect_event *expectation,
                       char text[EXPECT_LIST_MAX]);

#endif
