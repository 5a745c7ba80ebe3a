/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SWEEP_SHARED_H
#define TOOLS_SWEEP_SHARED_H

/*
 * Runs of variants with one seed that share their beginning: it happens once, in a process of its own, and
 * goes on in a process for each that is forked from it (copy on write), one after the other. Where several of
 * these share more, they do so in a process that is forked, and their own are forked from that one.
 */

#include "sim/scenario/variants.h"
#include "sim/verdict/run.h"
#include "tools/cli/workers.h"

typedef struct shared_options {
    const scenario_variant
        *variants; /* as scenario_variants_sort has them: each shares time with all others */
    size_t count;
    uint64_t seed;
    uint64_t silence_ns;  /* wall clock without a sign of life, after which a world counts as hung */
    workers_pulse *pulse; /* of this process */
    /* In the process of what is shared: frees what no variant needs. What is mapped costs each fork. */
    void (*forget)(void *ctx);
    /* In the variant's process: writes what is to be said of its run, which has ended with that result; of
     * RUN_OK alone `finished`, else the message. wall_ns is without what was shared. */
    void (*tell)(run *finished, int result, const char *message, uint64_t wall_ns, FILE *answer);
    bool (*stop)(void *ctx); /* true: no variant is begun any more */
    void *ctx;
} shared_options;

/* Whether it is worth while that the two share so much. */
bool shared_is_much(const scenario *whole, uint64_t shared_ns);

/* Writes an entry for each variant that was run. There is none for the others: of those that were not begun
 * after a stop, and where what was shared did not come to its end. */
void shared_run(const shared_options *options, FILE *answer);

/* The next entry from *at on, which is then behind it: as a worker's result, with the index of the variant in
 * the place of the job. False: there is none as a whole. */
bool shared_read(const char **at, const char *end, workers_result *out);

#endif
