/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The same work as stack.c, in the simulated world. */
#include "sim/world/world.h"
#include "sim/scenario/scenario.h"
#include "sim/verdict/run.h"
#include "tools/benchmarks/load.h"

#include <inttypes.h>
#include <string.h>

/* The far end has no rate and no delay: one hop that costs time, one that costs the work of a hop. */
static const char bulk_text[] = "roam: 1\n"
                                "name: bench-bulk\n"
                                "duration: 60s\n"
                                "networks:\n"
                                "  line: {delay: 5ms, rate: 100Mbps, queue: 100pkt}\n"
                                "  datacentre: {delay: 0ms}\n"
                                "nodes:\n"
                                "  laptop: {networks: [line]}\n"
                                "  server: {networks: [datacentre], listen: 4433}\n"
                                "peers:\n"
                                "  - laptop -> server\n"
                                "traffic:\n"
                                "  - {flow: laptop -> server, bulk: 100MB}\n";

enum { LAPTOP, SERVER };
enum { NEAR_NETWORK, FAR_NETWORK }; /* of bulk */

#define SLICE_NS (10 * BENCH_MS)

typedef struct tally {
    uint64_t bytes[2]; /* delivered intact, by traffic */
    uint32_t migrations;
} tally;

static void on_migrated(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    (void)call;
    (void)now_ns;
    tally *const all = ctx;
    all->migrations += record->result == ROAM_OK;
}

static void on_delivered(void *ctx, const observer_message *message, uint64_t now_ns)
{
    (void)now_ns;
    tally *const all = ctx;
    if (message->intact)
        all->bytes[message->traffic] += message->len;
}

static int open_world(const scenario *from, uint64_t seed, tally *all, world **out,
                      char message[BENCH_MESSAGE_MAX])
{
    const observer watch = {.ctx = all, .migrate_done = on_migrated, .message_delivered = on_delivered};
    const world_options options = {.scenario = from, .seed = seed, .observers = &watch, .observer_count = 1};
    return world_new(&options, out, message, BENCH_MESSAGE_MAX) == RUN_ERROR_NONE ? 0 : -1;
}

static int experiment(const scenario *from, uint64_t seed, char message[BENCH_MESSAGE_MAX])
{
    tally all = {0};
    world *in;
    if (open_world(from, seed, &all, &in, message) != 0)
        return -1;
    const int rv = world_run(in, from->duration_ns);
    if (rv != RUN_ERROR_NONE)
        snprintf(message, BENCH_MESSAGE_MAX, "%s", world_error(in));
    world_free(in);
    if (rv != RUN_ERROR_NONE)
        return -1;
    if (all.bytes[0] == BENCH_TRANSFER_BYTES && all.bytes[1] == BENCH_TRANSFER_BYTES && all.migrations == 1)
        return 0;
    snprintf(message, BENCH_MESSAGE_MAX,
             "experiment: %" PRIu64 " B up, %" PRIu64 " B down, %" PRIu32 " migrations", all.bytes[0],
             all.bytes[1], all.migrations);
    return -1;
}

static int judged_experiment(const scenario *from, uint64_t seed, char message[BENCH_MESSAGE_MAX])
{
    const run_options options = {.scenario = from, .seed = seed};
    run *of;
    if (run_scenario(&options, &of, message) != RUN_OK)
        return -1;
    const summary_verdict verdict = run_verdict(of);
    run_free(of);
    if (verdict == SUMMARY_PASSED)
        return 0;
    snprintf(message, BENCH_MESSAGE_MAX, "experiment: %s", summary_verdict_name(verdict));
    return -1;
}

typedef int experiment_fn(const scenario *from, uint64_t seed, char message[BENCH_MESSAGE_MAX]);

/* player: as of --as; NULL: the core at both ends. */
static int repeat(experiment_fn *once, const char *player, const bench_context *context, bench_sample *sample,
                  char message[BENCH_MESSAGE_MAX])
{
    scenario *from;
    if (bench_load(&(bench_text){.text = BENCH_EXPERIMENT, .player = player}, &from, message) != 0)
        return -1;
    const unsigned count = bench_experiment_count(context);
    /* The first world of a process makes ns-3's tables of random streams, and is not counted. */
    int rv = once(from, context->seed, message);
    bench_time start = bench_clock();
    for (unsigned i = 0; i < count && rv == 0; i++)
        rv = once(from, context->seed * count + i, message);
    if (rv == 0)
        *sample = bench_rate(count, start);
    scenario_free(from);
    return rv;
}

int bench_world_experiments(const bench_context *context, bench_sample *sample,
                            char message[BENCH_MESSAGE_MAX])
{
    return repeat(experiment, NULL, context, sample, message);
}

int bench_run_experiments(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    _Static_assert(RUN_MESSAGE_MAX <= BENCH_MESSAGE_MAX, "a run's message must fit");
    return repeat(judged_experiment, NULL, context, sample, message);
}

int bench_abi_experiments(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    return repeat(judged_experiment, "all=roam-abi", context, sample, message);
}

static int transfer(world *in, const tally *all, uint64_t bytes, uint64_t end_ns,
                    char message[BENCH_MESSAGE_MAX])
{
    while (all->bytes[0] < bytes && world_now_ns(in) < end_ns) {
        if (world_run(in, world_now_ns(in) + SLICE_NS) != RUN_ERROR_NONE) {
            snprintf(message, BENCH_MESSAGE_MAX, "%s", world_error(in));
            return -1;
        }
    }
    if (all->bytes[0] == bytes)
        return 0;
    snprintf(message, BENCH_MESSAGE_MAX, "bulk: %" PRIu64 " of %" PRIu64 " B arrived", all->bytes[0], bytes);
    return -1;
}

/* Datagrams that the hosts sent, data and acknowledgements. */
int bench_world_bulk(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    const uint64_t bytes = bench_bulk_bytes(context);
    char size[64];
    snprintf(size, sizeof size, "traffic.0.bulk=%" PRIu64 "B", bytes);
    scenario *from;
    if (bench_load(&(bench_text){.text = bulk_text, .override = size}, &from, message) != 0)
        return -1;
    tally all = {0};
    world *in = NULL;
    int rv = open_world(from, context->seed, &all, &in, message);
    bench_time start = bench_clock();
    if (rv == 0)
        rv = transfer(in, &all, bytes, from->duration_ns, message);
    if (rv == 0) {
        const uint64_t packets = world_link_count(in, LAPTOP, NEAR_NETWORK, true).packets +
                                 world_link_count(in, SERVER, FAR_NETWORK, true).packets;
        *sample = bench_rate((double)packets, start);
    }
    world_free(in);
    scenario_free(from);
    return rv;
}
