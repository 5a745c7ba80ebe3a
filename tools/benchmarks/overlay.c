/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An overlay of a thousand members in one process: how long it takes to form, and what a member costs, with
 * its host and link: all that malloc holds more than before. */
#include "sim/scenario/scenario.h"
#include "sim/world/world.h"
#include "tools/benchmarks/load.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

enum { MEMBERS = 1000, MEMBERS_QUICK = 100, VIEW = 5, TEXT_MAX = 1024 };

/* Members that join evenly over a time that is a tenth of a second for each; five more seconds. */
static const char overlay_text[] =
    "roam: 1\n"
    "name: bench-overlay\n"
    "duration: %us\n"
    "networks: {net: {delay: 2ms}}\n"
    "nodes: {node: {count: %u, networks: [net], listen: 4433, membership: {}}}\n"
    "timeline: [{at: 0s, join: node, contact: node-1, spread: %us}]\n";

typedef struct views {
    int64_t entries; /* of all active views */
} views;

static void on_core_event(void *ctx, uint32_t node, uint32_t peer, const roam_event *event, uint64_t now_ns)
{
    (void)node;
    (void)peer;
    (void)now_ns;
    views *const all = ctx;
    all->entries += event->kind == ROAM_EVENT_PEER_UP;
    all->entries -= event->kind == ROAM_EVENT_PEER_DOWN;
}

/* What malloc holds, its own overhead with it. */
static double held_kb(void)
{
    const struct mallinfo2 held = mallinfo2();
    return ((double)held.uordblks + (double)held.hblkhd) / 1000;
}

static int load(unsigned members, scenario **out, char message[BENCH_MESSAGE_MAX])
{
    char text[TEXT_MAX];
    snprintf(text, sizeof text, overlay_text, members / 10 + 5, members, members / 10);
    return bench_load(&(bench_text){.text = text}, out, message);
}

typedef struct formed {
    bench_time start;
    double node_kb;
} formed;

static int form(const bench_context *context, formed *out, char message[BENCH_MESSAGE_MAX])
{
    const unsigned members = context->quick ? MEMBERS_QUICK : MEMBERS;
    views all = {0};
    const observer watch = {.ctx = &all, .core_event = on_core_event};
    scenario *from;
    world *in = NULL;
    if (load(members, &from, message) != 0)
        return -1;
    const world_options options = {
        .scenario = from, .seed = context->seed, .observers = &watch, .observer_count = 1};
    const double before_kb = held_kb();
    out->start = bench_clock();
    int rv = world_new(&options, &in, message, BENCH_MESSAGE_MAX) == RUN_ERROR_NONE ? 0 : -1;
    if (rv == 0 && world_run(in, from->duration_ns) != RUN_ERROR_NONE) {
        snprintf(message, BENCH_MESSAGE_MAX, "%s", world_error(in));
        rv = -1;
    }
    out->node_kb = (held_kb() - before_kb) / members;
    if (rv == 0 && all.entries < (int64_t)members * (VIEW - 1)) {
        snprintf(message, BENCH_MESSAGE_MAX, "overlay: %" PRId64 " entries in the active views of %u members",
                 all.entries, members);
        rv = -1;
    }
    world_free(in);
    scenario_free(from);
    return rv;
}

int bench_overlay_formed(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    formed made;
    if (form(context, &made, message) != 0)
        return -1;
    const bench_time end = bench_clock();
    *sample = (bench_sample){.wall = end.wall_s - made.start.wall_s, .on_cpu = end.cpu_s - made.start.cpu_s};
    return 0;
}

int bench_overlay_memory(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    formed made;
    if (form(context, &made, message) != 0)
        return -1;
    if (made.node_kb <= 0) {
        snprintf(message, BENCH_MESSAGE_MAX, "this malloc keeps no count (a sanitizer's does not)");
        return -1;
    }
    *sample = (bench_sample){.wall = made.node_kb, .on_cpu = made.node_kb};
    return 0;
}
