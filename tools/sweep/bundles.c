/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/sweep/bundles.h"

#include "tools/sweep/shared.h"

#include <stdlib.h>

#define BUNDLE_LEAST 8      /* runs; else what they share happens too often */
#define BUNDLES_A_PROCESS 4 /* so that no worker is alone in the end for long */

/* Of each job of the sweep. */
typedef struct rank {
    uint32_t of;     /* place among all, sorted: those that share time stand side by side */
    uint32_t leader; /* the first job that shares time with it */
} rank;

typedef struct ranking {
    rank *ranks;
    uint64_t *shared_ns; /* by place: with the place before */
} ranking;

static void rank_file(const run_jobs *jobs, size_t first, size_t count, scenario_variant *variants,
                      ranking *out)
{
    for (size_t i = 0; i < count; i++)
        variants[i] = (scenario_variant){.scenario = jobs->items[first + i].scenario, .number = first + i};
    scenario_variants_sort(variants, count);
    for (size_t from = 0, to; from < count; from = to) {
        size_t leader = variants[from].number;
        for (to = from + 1; to < count && shared_is_much(variants[to].scenario, variants[to].shared_ns); to++)
            leader = variants[to].number < leader ? variants[to].number : leader;
        for (size_t i = from; i < to; i++) {
            out->shared_ns[first + i] = i > from ? variants[i].shared_ns : 0;
            out->ranks[variants[i].number] = (rank){(uint32_t)(first + i), (uint32_t)leader};
        }
    }
}

static bool rank_jobs(const run_jobs *jobs, ranking *out)
{
    scenario_variant *const variants = calloc(jobs->count + 1, sizeof *variants);
    out->ranks = calloc(jobs->count + 1, sizeof *out->ranks);
    out->shared_ns = calloc(jobs->count + 1, sizeof *out->shared_ns);
    const bool good = variants && out->ranks && out->shared_ns;
    for (size_t from = 0, to; good && from < jobs->count; from = to) {
        for (to = from + 1; to < jobs->count && jobs->items[to].file == jobs->items[from].file;)
            to++;
        rank_file(jobs, from, to - from, variants, out);
    }
    free(variants);
    return good;
}

/* While they are sorted: of each run its job's rank. */
typedef struct ranked {
    sweep_job job;
    rank rank;
} ranked;

static int compare(const void *a, const void *b)
{
    const ranked *const one = a;
    const ranked *const other = b;
    if (one->rank.leader != other->rank.leader)
        return one->rank.leader < other->rank.leader ? -1 : 1;
    if (one->job.seed != other->job.seed)
        return one->job.seed < other->job.seed ? -1 : 1;
    return one->rank.of < other->rank.of ? -1 : one->rank.of > other->rank.of;
}

static uint64_t least(const uint64_t *shared_ns, uint32_t from, uint32_t to)
{
    uint64_t found_ns = SCENARIO_NEVER;
    for (uint32_t i = from + 1; i <= to; i++)
        found_ns = shared_ns[i] < found_ns ? shared_ns[i] : found_ns;
    return found_ns;
}

static void cut(const ranking *by, const ranked *sorted, size_t count, size_t most, sweep_job *todo,
                sweep_bundles *out)
{
    for (size_t i = 0; i < count; i++) {
        sweep_bundle *const last = out->count > 0 ? &out->items[out->count - 1] : NULL;
        todo[i] = sorted[i].job;
        if (last && last->count < most && sorted[i].rank.leader == sorted[i - 1].rank.leader &&
            sorted[i].job.seed == sorted[i - 1].job.seed) {
            todo[i].shared_ns = least(by->shared_ns, sorted[i - 1].rank.of, sorted[i].rank.of);
            last->count++;
            continue;
        }
        out->items[out->count++] = (sweep_bundle){i, 1};
    }
}

static size_t most_of(size_t count, size_t processes)
{
    const size_t most = count / (BUNDLES_A_PROCESS * processes);
    return most < BUNDLE_LEAST ? BUNDLE_LEAST : most > SWEEP_BUNDLE_MAX ? SWEEP_BUNDLE_MAX : most;
}

bool sweep_bundles_make(const run_jobs *jobs, size_t processes, sweep_job *todo, size_t count,
                        sweep_bundles *out)
{
    ranking by = {0};
    ranked *const sorted = calloc(count + 1, sizeof *sorted);
    *out = (sweep_bundles){.items = calloc(count + 1, sizeof *out->items)};
    const bool good = out->items && sorted && rank_jobs(jobs, &by);
    for (size_t i = 0; good && i < count; i++)
        sorted[i] = (ranked){todo[i], by.ranks[todo[i].job]};
    if (good) {
        qsort(sorted, count, sizeof *sorted, compare);
        cut(&by, sorted, count, most_of(count, processes), todo, out);
    } else {
        sweep_bundles_fini(out);
    }
    free(by.ranks);
    free(by.shared_ns);
    free(sorted);
    return good;
}

bool sweep_bundles_alone(size_t count, sweep_bundles *out)
{
    *out = (sweep_bundles){.items = calloc(count + 1, sizeof *out->items)};
    for (size_t i = 0; out->items && i < count; i++)
        out->items[out->count++] = (sweep_bundle){i, 1};
    return out->items;
}

void sweep_bundles_fini(sweep_bundles *bundles)
{
    free(bundles->items);
    *bundles = (sweep_bundles){0};
}
