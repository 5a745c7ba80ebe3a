/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The core alone: QUIC and TLS on both ends, and no network between. */
#include "tools/benchmarks/bench.h"
#include "tools/benchmarks/link.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>

enum { EXPERIMENT_SLOTS = 128, BULK_SLOTS = 1024, PAIR_SLOTS = 64, PAIRS = 200, PAIRS_QUICK = 50 };

#define EXPERIMENT_DELAY_NS (11 * BENCH_MS)
#define MIGRATE_NS (300 * BENCH_MS)
#define EXPERIMENT_END_NS (1000 * BENCH_MS)
#define BULK_SLICE_NS BENCH_MS

static int say(char message[BENCH_MESSAGE_MAX], const char *what, int status)
{
    snprintf(message, BENCH_MESSAGE_MAX, "%s: %s", what, roam_strerror(status));
    return -1;
}

/* Both ways at once. */
static int exchange(bench_link *link)
{
    static const uint8_t data[BENCH_TRANSFER_BYTES];
    for (int i = 0; i < 2; i++) {
        const int rv = bench_link_send(link, (bench_end)i, data, sizeof data);
        if (rv != ROAM_OK)
            return rv;
    }
    return ROAM_OK;
}

static int experiment(const bench_link_options *options, char message[BENCH_MESSAGE_MAX])
{
    bench_link *link;
    int rv = bench_link_new(options, &link);
    if (rv != ROAM_OK)
        return say(message, "nodes", rv);
    rv = bench_link_connect(link);
    if (rv == ROAM_OK)
        rv = exchange(link);
    if (rv == ROAM_OK) {
        bench_link_run(link, MIGRATE_NS);
        rv = bench_link_migrate(link);
    }
    bench_link_run(link, EXPERIMENT_END_NS);
    const uint64_t up = bench_link_received_bytes(link, BENCH_ACCEPTOR);
    const uint64_t down = bench_link_received_bytes(link, BENCH_DIALER);
    const uint32_t migrations = bench_link_migrations(link);
    bench_link_free(link);
    if (rv != ROAM_OK)
        return say(message, "experiment", rv);
    if (up == BENCH_TRANSFER_BYTES && down == BENCH_TRANSFER_BYTES && migrations == 1)
        return 0;
    snprintf(message, BENCH_MESSAGE_MAX,
             "experiment: %" PRIu64 " B up, %" PRIu64 " B down, %" PRIu32 " migrations", up, down,
             migrations);
    return -1;
}

int bench_stack_experiments(const bench_context *context, bench_sample *sample,
                            char message[BENCH_MESSAGE_MAX])
{
    const unsigned count = bench_experiment_count(context);
    bench_time start = bench_clock();
    for (unsigned i = 0; i < count; i++) {
        bench_link_options options = {
            .seed = context->seed * count + i, .delay_ns = EXPERIMENT_DELAY_NS, .slots = EXPERIMENT_SLOTS};
        if (experiment(&options, message) != 0)
            return -1;
    }
    *sample = bench_rate(count, start);
    return 0;
}

/* Keeps the dialer's queue full until all has arrived. */
static int transfer(bench_link *link, uint64_t bytes)
{
    static const uint8_t data[BENCH_MESSAGE_BYTES];
    uint64_t sent = 0, limit_ns = bench_link_now_ns(link) + 8 * bytes * 2 * 1000000000 / BENCH_BULK_RATE_BPS;
    while (bench_link_received_bytes(link, BENCH_ACCEPTOR) < bytes && bench_link_now_ns(link) < limit_ns) {
        while (sent < bytes) {
            const size_t len = bytes - sent < sizeof data ? (size_t)(bytes - sent) : sizeof data;
            const int rv = bench_link_send(link, BENCH_DIALER, data, len);
            if (rv == ROAM_ERR_WOULD_BLOCK)
                break;
            if (rv != ROAM_OK)
                return rv;
            sent += len;
        }
        bench_link_run(link, bench_link_now_ns(link) + BULK_SLICE_NS);
    }
    return bench_link_received_bytes(link, BENCH_ACCEPTOR) == bytes ? ROAM_OK : ROAM_ERR_TIMEOUT;
}

int bench_stack_bulk(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    bench_link_options options = {.seed = context->seed,
                                  .delay_ns = BENCH_BULK_DELAY_NS,
                                  .rate_bps = BENCH_BULK_RATE_BPS,
                                  .queue_ns = BENCH_BULK_QUEUE_PACKETS * UINT64_C(1500) * 8 * 1000000000 /
                                              BENCH_BULK_RATE_BPS,
                                  .slots = BULK_SLOTS};
    bench_link *link;
    int rv = bench_link_new(&options, &link);
    if (rv != ROAM_OK)
        return say(message, "nodes", rv);
    bench_time start = bench_clock();
    rv = bench_link_connect(link);
    if (rv == ROAM_OK)
        rv = transfer(link, bench_bulk_bytes(context));
    if (rv == ROAM_OK)
        *sample = bench_rate((double)bench_link_datagrams(link), start);
    bench_link_free(link);
    return rv == ROAM_OK ? 0 : say(message, "bulk", rv);
}

static int measure_pairs(bench_link **links, unsigned count, bench_sample *sample,
                         char message[BENCH_MESSAGE_MAX])
{
    int rv = ROAM_OK;
    for (unsigned i = 0; i < count && rv == ROAM_OK; i++) {
        bench_link_options options = {.seed = i, .delay_ns = EXPERIMENT_DELAY_NS, .slots = PAIR_SLOTS};
        rv = bench_link_new(&options, &links[i]);
    }
    struct mallinfo2 before = mallinfo2();
    for (unsigned i = 0; i < count && rv == ROAM_OK; i++) {
        rv = bench_link_connect(links[i]);
        if (rv == ROAM_OK)
            rv = exchange(links[i]);
        bench_link_run(links[i], EXPERIMENT_END_NS);
    }
    if (rv != ROAM_OK)
        return say(message, "pairs", rv);
    struct mallinfo2 after = mallinfo2();
    const double bytes =
        (double)after.uordblks + (double)after.hblkhd - (double)before.uordblks - (double)before.hblkhd;
    if (bytes <= 0) {
        snprintf(message, BENCH_MESSAGE_MAX, "this malloc keeps no count (a sanitizer's does not)");
        return -1;
    }
    sample->wall = sample->on_cpu = bytes / count / 1000;
    return 0;
}

/*
 * What malloc holds more, its own overhead with it, once each of many pairs of nodes has a connection that
 * has carried an experiment's data both ways and is at rest. The nodes themselves are made before.
 */
int bench_pair_memory(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    const unsigned count = context->quick ? PAIRS_QUICK : PAIRS;
    bench_link **const links = calloc(count, sizeof(bench_link *));
    if (!links)
        return say(message, "pairs", ROAM_ERR_NO_MEMORY);
    const int rv = measure_pairs(links, count, sample, message);
    for (unsigned i = 0; i < count; i++)
        bench_link_free(links[i]);
    free(links);
    return rv;
}
