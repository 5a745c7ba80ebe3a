/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_RULES_H
#define TOOLS_STATS_RULES_H

/* What the runs of a store say of the rules of RFC 9000. */

#include "tools/cli/replay_command.h"
#include "tools/store/store.h"

/* A rule that was broken, or declined: in the runs of a scenario and combination, of one build; or in all
 * that the filter names, together: then these are of the first such run. */
typedef struct stats_rule {
    int64_t build;
    uint64_t scenarios; /* in how many scenarios and combinations */
    const char *scenario, *digest, *combination;
    const char *rule, *id, *level, *verdict;
    uint64_t runs;      /* in which it was so */
    uint64_t of;        /* runs, of which packets are known to say anything */
    uint64_t seed;      /* the least of those runs */
    const char *is;     /* "laptop at 3.100 s: TEXT", of that run */
    const char *replay; /* the command that runs it again */
} stats_rule;

/* How many runs exercised how many rules, and what came of it. */
typedef struct stats_rules_sum {
    uint64_t runs;        /* 0: the store says nothing of rules */
    uint64_t least, most; /* rules exercised in a run */
    uint64_t broken;      /* runs in which a rule is broken */
} stats_rules_sum;

typedef void stats_rule_fn(void *ctx, const stats_rule *rule);

/* What to look at: NULL, all scenarios; 0, all builds. */
typedef struct stats_rules_filter {
    const char *scenario;
    int64_t build;
    bool together;
} stats_rules_filter;

/* Broken ones first, those of a MUST before those of a SHOULD, then by name, scenario and combination. The
 * texts are valid during the call. Errors: store_error. */
ROAM_CHECKED int stats_rules_each(store *from, stats_rules_filter filter, stats_rule_fn *take, void *ctx);
ROAM_CHECKED int stats_rules_sum_of(store *from, stats_rules_filter filter, stats_rules_sum *out);

typedef void stats_exercised_fn(void *ctx, const char *rule, uint64_t runs);
/* In how many runs each rule was exercised, by name; of one in none nothing is said. */
ROAM_CHECKED int stats_rules_exercised(store *from, stats_rules_filter filter, stats_exercised_fn *take,
                                       void *ctx);

/* The rules of a scenario (NULL: of all) on standard output, as people read them. *good: there was memory. */
ROAM_CHECKED int stats_rules_print(store *from, const char *scenario, bool *good);

/* "3 to 5 exercised in 200 runs, none broken", "..., in 7 runs one is broken". Returns text. */
#define STATS_RULES_TEXT_MAX 160
const char *stats_rules_text(const stats_rules_sum *sum, char text[STATS_RULES_TEXT_MAX]);

#endif
