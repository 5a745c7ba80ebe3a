/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SWEEP_BUNDLES_H
#define TOOLS_SWEEP_BUNDLES_H

/* Which runs of a sweep share their beginning (shared.h), brought together: a bundle is the work of one
 * worker. */

#include "tools/run/jobs.h"

#define SWEEP_BUNDLE_MAX 64 /* runs; so many are told of at once */

/* One run to be done. */
typedef struct sweep_job {
    uint32_t job; /* of the sweep's jobs */
    uint64_t seed;
    uint64_t shared_ns; /* with the one before it in its bundle */
} sweep_job;

typedef struct sweep_bundle {
    size_t first; /* of the runs to be done */
    size_t count; /* at least 1 */
} sweep_bundle;

typedef struct sweep_bundles {
    sweep_bundle *items;
    size_t count;
} sweep_bundles;

/* Brings the runs into another order, unless none shares anything. With so many processes in mind. False: out
 * of memory, and *out is empty. */
__attribute__((warn_unused_result)) bool
sweep_bundles_make(const run_jobs *jobs, size_t processes, sweep_job *todo, size_t count, sweep_bundles *out);
/* Each run by itself. Likewise. */
__attribute__((warn_unused_result)) bool sweep_bundles_alone(size_t count, sweep_bundles *out);
void sweep_bundles_fini(sweep_bundles *bundles);

#endif
