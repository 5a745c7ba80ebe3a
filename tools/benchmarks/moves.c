/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a move costs both ends, the core alone: a migration, and a reconnect. */
#include "tools/benchmarks/bench.h"
#include "tools/benchmarks/link.h"

#include <inttypes.h>

enum { MOVES = 400, MOVES_QUICK = 40, SLOTS = 128 };

#define DELAY_NS (11 * BENCH_MS)
#define REST_NS (500 * BENCH_MS) /* the old path is given up, and connection IDs come */

static int move_once(bench_link *link, bool reconnects)
{
    static const uint8_t data[400];
    int rv = reconnects ? bench_link_reconnect(link) : bench_link_migrate(link);
    if (rv == ROAM_OK && reconnects)
        rv = bench_link_send(link, BENCH_DIALER, data, sizeof data);
    bench_link_run(link, bench_link_now_ns(link) + REST_NS);
    if (rv == ROAM_OK && !reconnects)
        rv = bench_link_send(link, BENCH_DIALER, data, sizeof data);
    bench_link_run(link, bench_link_now_ns(link) + REST_NS);
    return rv;
}

static int measure(const bench_context *context, bool reconnects, bench_sample *sample,
                   char message[BENCH_MESSAGE_MAX])
{
    const unsigned count = context->quick ? MOVES_QUICK : MOVES;
    const bench_link_options options = {.seed = context->seed, .delay_ns = DELAY_NS, .slots = SLOTS};
    bench_link *link = NULL;
    unsigned moves = 0;
    int rv = bench_link_new(&options, &link);
    if (rv == ROAM_OK)
        rv = bench_link_connect(link);
    const bench_time start = bench_clock();
    for (; rv == ROAM_OK && moves < count; moves++)
        rv = move_once(link, reconnects);
    *sample = bench_rate(count, start);
    const uint64_t came = rv == ROAM_OK ? bench_link_received_bytes(link, BENCH_ACCEPTOR) : 0;
    const uint32_t migrations = rv == ROAM_OK ? bench_link_migrations(link) : 0;
    bench_link_free(link);
    if (rv == ROAM_OK && came == UINT64_C(400) * count && migrations == (reconnects ? 0 : count))
        return 0;
    (void)snprintf(message, BENCH_MESSAGE_MAX,
                   "moves: %s after %u of %u; %" PRIu64 " B came, %" PRIu32 " migrations", roam_strerror(rv),
                   moves, count, came, migrations);
    return -1;
}

int bench_stack_migrate(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    return measure(context, false, sample, message);
}

int bench_stack_reconnect(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    return measure(context, true, sample, message);
}
