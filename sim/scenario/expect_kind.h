/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_SCENARIO_EXPECT_KIND_H
#define SIM_SCENARIO_EXPECT_KIND_H

/*
 * A kind of expectation: how an entry of it is written, and how it is judged. The descriptors are defined in
 * sim/verdict/expect, one file each, because their judgements need what was recorded; the loader reads
 * entries by them. They are linked, not included: no header of a room above is needed here.
 */

#include "sim/scenario/keys.h"

#include <stdio.h>

/* An expectation while it is read. */
typedef struct expect_draft {
    scenario_expectation expectation;
    key_pair pair; /* of kinds that are about a flow */
    bool ranked;   /* percentiles are asked for */
} expect_draft;

/* What the keys alone do not say; what is wrong is reported. */
typedef void expect_check_fn(scenario_reader *reader, const tree_node *entry, expect_draft *draft);

/* What an expectation says that its text does not: lines, each after the indent. */
typedef void expect_explain_fn(const scenario_expectation *expectation, const char *indent, FILE *stream);

/* Says whether it held, and in words what was measured and what was wanted (sim/verdict/expect/expect.h). */
struct expect_evidence;
struct expect_outcome;
typedef void expect_judge_fn(const scenario *whole, const scenario_expectation *expectation,
                             const struct expect_evidence *evidence, struct expect_outcome *outcome);

/* Judges each call of the expectation's label, and hands on which node made it and what came of it. */
typedef void expect_item_fn(void *ctx, uint32_t node, const struct expect_outcome *outcome);
typedef void expect_each_fn(const scenario *whole, const scenario_expectation *expectation,
                            const struct expect_evidence *evidence, expect_item_fn *item, void *ctx);

typedef struct expect_kind {
    const key_row *rows; /* offsets in expect_draft; an entry is known by the first key */
    /* The values of keys that are not written; place, kind and text are filled in. */
    scenario_expectation blank;
    expect_check_fn *check;     /* NULL: the keys say it all */
    expect_explain_fn *explain; /* NULL: its text says it all */
    expect_judge_fn *judge;
    /* The key, of a bound, whose values percentiles are taken of: the judgement stores them as the outcome's
     * value. NULL: there are no percentiles. */
    const char *measure;
    const key_row *ranked; /* in its place, where no key is such a bound: what the percentiles are; or NULL */
    expect_each_fn *each;  /* the first key is a label of calls; NULL: it is none */
    /* What is recorded depends on whether it is asked for. */
    bool asked;
    bool witnessed; /* it is about packets of which the witness tells: it holds only if the witness saw all */
} expect_kind;

#define EXPECT_FIELD(type, member) KEY_FIELD(type, expect_draft, expectation.member)
#define EXPECT_UNBOUNDED                                                                                     \
    {                                                                                                        \
        .min = 0, .max = UINT64_MAX                                                                          \
    }
/* Of a share that is not written: all. */
#define EXPECT_WHOLE                                                                                         \
    {                                                                                                        \
        .min = SCENARIO_PPB, .max = SCENARIO_PPB                                                             \
    }
#define EXPECT_NO_FLOW                                                                                       \
    {                                                                                                        \
        SCENARIO_NONE, SCENARIO_NONE, SCENARIO_NONE                                                          \
    }

#define EXPECTATION(kind) extern const expect_kind EXPECT_##kind;
SCENARIO_EXPECTATIONS(EXPECTATION)
#undef EXPECTATION

/* The descriptor. */
const expect_kind *scenario_expect_kind_of(scenario_expect_kind kind);

/* The keys of the kind of an entry; NULL: it has none, or several. Nothing is reported. */
const key_row *scenario_expect_rows(const tree_node *entry);

/* --- what checks share --- */

/* The value is a node or a group, or a list of these; a key of that sort is KEY_OTHER and has
 * EXPECT_NODES_SCHEMA. False: it is not, and that is reported. */
bool scenario_check_nodes(scenario_reader *reader, const tree_node *value, scenario_node_set *out);
/* `all`, where no node or group has that name. */
bool scenario_is_all(const scenario_reader *reader, const tree_node *value);
/* The same, or the word, of which the set is that of all. A node of that name comes first. */
bool scenario_check_nodes_or(scenario_reader *reader, const tree_node *value, const char *word,
                             scenario_node_set *out);
/* The same of nodes with membership, or all of these. */
bool scenario_check_members(scenario_reader *reader, const tree_node *value, scenario_node_set *out);

#define EXPECT_NODES_SCHEMA                                                                                  \
    "{\"anyOf\": [{\"$ref\": \"#/$defs/name\"}, {\"type\": \"array\", \"items\": {\"$ref\": "                \
    "\"#/$defs/name\"},"                                                                                     \
    " \"minItems\": 1}]}"

/* A migrate or watchdog of the timeline is called so, or, unless it must be a migration, a reconnect; or that
 * none is is reported at the value's place. */
void scenario_check_label(scenario_reader *reader, const tree_node *value, bool migration);
/* The draft's pair as a flow. That its nodes are no peers is reported at the value's place. */
scenario_flow scenario_check_flow(scenario_reader *reader, const tree_node *value, const expect_draft *draft);
/* That the second node of the flow dials the first is reported at the value's place. */
void scenario_check_dials(scenario_reader *reader, const tree_node *value, const scenario_flow *flow);
/* As scenario_check_flow; that the flow has no traffic, so that nothing can be measured, is reported too. */
scenario_flow scenario_check_traffic(scenario_reader *reader, const tree_node *value,
                                     const expect_draft *draft, const char *measured);

/* The entry's flow, `lands`, leads to a service, its server `on` (SCENARIO_NONE: not written) is one of the
 * service's, and something is expected of it; or that it is not is reported. */
void scenario_check_landing(scenario_reader *reader, const tree_node *entry, const scenario_flow *flow,
                            uint32_t on);

/* The draft's pair as a flow from a client to a server that has a preferred address, which the client does
 * not ignore; or what is wrong is reported. */
scenario_flow scenario_check_preferred(scenario_reader *reader, const tree_node *value,
                                       const expect_draft *draft);

#endif
