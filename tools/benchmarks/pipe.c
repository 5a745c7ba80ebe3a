/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the network costs under the stack: packets over one, two and four pipes in a row, and no endpoint. */
#include "sim/ns3/ns3.h"
#include "tools/benchmarks/bench.h"

enum { HOPS_MAX = 4, IN_FLIGHT = 64, FRAME_BYTES = 1400 };

typedef struct chain chain;

typedef struct stop {
    chain *of;
    n3_device *next; /* NULL: the packet has arrived */
} stop;

struct chain {
    n3_world *world;
    stop stops[HOPS_MAX + 1];
    uint32_t left; /* packets still to be sent */
    uint32_t arrived;
    bool short_of_frames;
};

static void depart(chain *of)
{
    if (of->left == 0)
        return;
    of->left--;
    n3_frame *const frame = n3_frame_new(of->world, FRAME_BYTES);
    if (!frame) {
        of->short_of_frames = true;
        return;
    }
    frame->length = FRAME_BYTES;
    n3_device_send(of->stops[0].next, frame);
}

static void forward(void *user, n3_frame *frame, uint64_t now_ns)
{
    (void)now_ns;
    stop *const at = user;
    if (at->next) {
        n3_device_send(at->next, frame);
        return;
    }
    n3_frame_free(at->of->world, frame);
    at->of->arrived++;
    depart(at->of);
}

static n3_status build(chain *of, unsigned hops)
{
    n3_world_options world_options;
    n3_world_options_default(&world_options);
    n3_status rv = n3_world_new(&world_options, &of->world);
    if (rv != N3_OK)
        return rv;
    n3_node *from, *to;
    rv = n3_node_new(of->world, &from);
    for (unsigned i = 0; i < hops && rv == N3_OK; i++, from = to) {
        rv = n3_node_new(of->world, &to);
        if (rv != N3_OK)
            break;
        n3_link_options options;
        n3_link_options_default(&options);
        options.a.rate_bps = options.b.rate_bps = BENCH_BULK_RATE_BPS;
        options.a.delay_ns = options.b.delay_ns = BENCH_MS;
        n3_device *a, *b;
        rv = n3_link_new(of->world, &options, from, to, &a, &b);
        if (rv != N3_OK)
            break;
        of->stops[i].next = a;
        of->stops[i + 1].of = of;
        n3_device_on_receive(b, forward, &of->stops[i + 1]);
    }
    return rv;
}

/* ns a packet, by both clocks. */
static int cross(unsigned hops, uint32_t packets, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    chain of = {.left = packets};
    n3_status rv = build(&of, hops);
    if (rv == N3_OK) {
        bench_time start = bench_clock();
        for (int i = 0; i < IN_FLIGHT; i++)
            depart(&of);
        rv = n3_world_run_until(of.world, N3_NEVER);
        bench_sample rate = bench_rate(packets, start);
        sample->wall = 1e9 / rate.wall;
        sample->on_cpu = 1e9 / rate.on_cpu;
    }
    n3_world_free(of.world);
    if (rv == N3_OK && of.arrived == packets && !of.short_of_frames)
        return 0;
    snprintf(message, BENCH_MESSAGE_MAX, "%s; %u of %u packets arrived over %u pipes", n3_strerror(rv),
             of.arrived, packets, hops);
    return -1;
}

/* The slope over the number of pipes, by least squares: what a packet costs once falls out. */
int bench_pipe_hop(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    static const unsigned hops[] = {1, 2, HOPS_MAX};
    enum { N = sizeof hops / sizeof hops[0] };
    const uint32_t packets = context->quick ? 100000 : 500000;
    double mean = 0, spread = 0;
    for (int i = 0; i < N; i++)
        mean += (double)hops[i] / N;
    bench_sample slope = {0};
    for (int i = 0; i < N; i++) {
        bench_sample cost;
        if (cross(hops[i], packets, &cost, message) != 0)
            return -1;
        const double away = (double)hops[i] - mean;
        spread += away * away;
        slope.wall += away * cost.wall;
        slope.on_cpu += away * cost.on_cpu;
    }
    sample->wall = slope.wall / spread;
    sample->on_cpu = slope.on_cpu / spread;
    return 0;
}
