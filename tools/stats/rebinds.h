/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_REBINDS_H
#define TOOLS_STATS_REBINDS_H

/* What the time of rebinds went by, in the runs of a store: those of one build, scenario, text and
 * combination that one node noticed of another, together. */

#include "tools/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Name for programs, what people read, and the expression. Nanoseconds; NULL: it did not happen. The first
 * four add up to the fifth. */
#define STATS_REBIND_VALUES(VALUE)                                                                           \
    VALUE(BEFORE, "before_challenge_ns", "noticed until the first challenge", "b.part_other_ns")             \
    VALUE(CHALLENGE, "challenge_ns", "until a challenge arrived",                                            \
          "b.part_unanswered_ns + b.part_queue_ns + b.part_to_peer_ns")                                      \
    VALUE(RESPONSE, "response_ns", "until its response arrived", "b.part_at_peer_ns + b.part_back_ns")       \
    VALUE(RESULT, "result_ns", "until the path was in use", "b.part_again_ns + b.part_result_ns")            \
    VALUE(VALIDATION, "validation_ns", "in all", "b.validation_ns")                                          \
    VALUE(GAP_FROM, "gap_from_ns", "longest gap of the run, from the one that moved", GAP("peer", "node"))   \
    VALUE(GAP_TO, "gap_to_ns", "longest gap of the run, to it", GAP("node", "peer"))

typedef enum stats_rebind_value {
#define STATS_REBIND_ENUMERATOR(NAME, name, words, sql) STATS_REBIND_##NAME,
    STATS_REBIND_VALUES(STATS_REBIND_ENUMERATOR)
#undef STATS_REBIND_ENUMERATOR
        STATS_REBIND_COUNT
} stats_rebind_value;

typedef struct stats_rebind_group {
    int64_t build;
    char *commit; /* STORE_BUILD_NAME */
    char *scenario;
    char *digest;
    char *combination; /* "" without */
    char *label;       /* "server of laptop": the node that noticed, and the one that moved */
    size_t count;
    size_t validated;
    uint64_t *values[STATS_REBIND_COUNT]; /* ascending; STATISTICS_NEVER: did not happen; of gaps: no flow */
} stats_rebind_group;

typedef struct stats_rebinds {
    stats_rebind_group *groups; /* by scenario, combination, build, text and label */
    size_t count;
} stats_rebinds;

/* Of a scenario (NULL: of all). A store from before rebinds had parts has none of these. Errors: store_error.
 * To be freed with stats_rebinds_fini. */
ROAM_CHECKED int stats_rebinds_read(store *from, const char *scenario, stats_rebinds *out);
void stats_rebinds_fini(stats_rebinds *self);

/* As people read them. False: out of memory. */
bool stats_rebinds_print(const stats_rebinds *self, FILE *to, bool colour);
/* The same for programs, a line a value. */
void stats_rebinds_csv(const stats_rebinds *self, FILE *to);

#endif
