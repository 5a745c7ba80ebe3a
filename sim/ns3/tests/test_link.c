/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/ns3/ns3.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { FRAMES = 400, NUMBER_AT = 20, PPP_HEADER_BYTES = 2, FRAME_MIN = NUMBER_AT + 4 };

/* ---- an experiment: frames are sent one way on one link, and what became of each is written down ---- */

typedef struct experiment {
    const char *what;
    n3_device_params params;
    uint32_t size_min;
    uint32_t size_step; /* sizes go up by it, modulo size_span */
    uint32_t size_span;
    uint32_t burst; /* frames sent at once */
    uint64_t gap_ns;
    uint64_t change_at_ns; /* 0: never */
    n3_device_params changed;
    uint64_t seed; /* 0: 1 */
} experiment;

typedef struct fate {
    uint64_t sent_ns;
    uint64_t arrived_ns; /* 0: it did not */
    n3_status dropped;
    uint32_t length;
} fate;

typedef struct trial {
    const experiment *of;
    n3_world *world;
    n3_device *ends[2];
    n3_timer *sender;
    n3_timer *changer;
    uint32_t next;
    uint32_t last_arrived;
    bool out_of_order;
    n3_device_counters counters;
    fate fates[FRAMES];
} trial;

static fate *fate_of(trial *t, const n3_frame *frame, uint32_t *number)
{
    memcpy(number, frame->bytes + NUMBER_AT, sizeof(*number));
    CU_ASSERT_FATAL(*number < FRAMES);
    CHECK(frame->length, t->fates[*number].length, "length");
    return &t->fates[*number];
}

static void receive(void *user, n3_frame *frame, uint64_t now_ns)
{
    trial *t = user;
    uint32_t number;
    fate *f = fate_of(t, frame, &number);
    CHECK(f->arrived_ns, 0, "arrived before");
    f->arrived_ns = now_ns;
    t->out_of_order |= number < t->last_arrived;
    t->last_arrived = number;
    n3_frame_free(t->world, frame);
}

static void drop(void *user, const n3_frame *frame, n3_status reason, uint64_t now_ns)
{
    uint32_t number;
    fate *f = fate_of(user, frame, &number);
    CU_ASSERT_TRUE(now_ns >= f->sent_ns);
    f->dropped = reason;
}

static void send_burst(void *user, uint64_t now_ns)
{
    trial *t = user;
    const experiment *e = t->of;
    for (uint32_t i = 0; i < e->burst && t->next < FRAMES; i++, t->next++) {
        fate *f = &t->fates[t->next];
        uint32_t length = e->size_min + (e->size_span > 0 ? t->next * e->size_step % e->size_span : 0);
        n3_frame *frame = n3_frame_new(t->world, length);
        CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
        memset(frame->bytes, 0x45, length);
        memcpy(frame->bytes + NUMBER_AT, &t->next, sizeof(t->next));
        frame->length = length;
        *f = (fate){.sent_ns = now_ns, .length = length};
        n3_status status = n3_device_send(t->ends[0], frame);
        if (status != N3_OK)
            CHECK(status, f->dropped, "what send says and the drop hook");
    }
    /* Uneven, so that no send falls on the nanosecond at which a place in the queue comes free. */
    if (t->next < FRAMES)
        n3_timer_set(t->sender, now_ns + e->gap_ns + t->next * 7919 % 1009);
}

static void change(void *user, uint64_t now_ns)
{
    trial *t = user;
    (void)now_ns;
    CHECK(n3_device_set(t->ends[0], &t->of->changed), N3_OK, "n3_device_set");
}

static trial *perform(const experiment *e, n3_link_kind kind)
{
    trial *t = calloc(1, sizeof(*t));
    n3_world_options options;
    n3_link_options link;
    n3_node *nodes[2] = {NULL, NULL};
    CU_ASSERT_PTR_NOT_NULL_FATAL(t);
    t->of = e;
    n3_world_options_default(&options);
    if (e->seed != 0)
        options.seed = e->seed;
    CHECK(n3_world_new(&options, &t->world), N3_OK, "n3_world_new");
    CHECK(n3_node_new(t->world, &nodes[0]), N3_OK, "n3_node_new");
    CHECK(n3_node_new(t->world, &nodes[1]), N3_OK, "n3_node_new");
    n3_link_options_default(&link);
    link.kind = kind;
    link.a = link.b = e->params;
    link.a_loss_stream = 11;
    n3_status status = n3_link_new(t->world, &link, nodes[0], nodes[1], &t->ends[0], &t->ends[1]);
    CHECK(status, N3_OK, "n3_link_new");
    CU_ASSERT_EQUAL_FATAL(status, N3_OK);
    n3_device_on_receive(t->ends[1], receive, t);
    n3_device_on_drop(t->ends[0], drop, t);
    CHECK(n3_timer_new(t->world, send_burst, t, &t->sender), N3_OK, "n3_timer_new");
    CHECK(n3_timer_new(t->world, change, t, &t->changer), N3_OK, "n3_timer_new");
    n3_timer_set(t->sender, 1);
    if (e->change_at_ns != 0)
        n3_timer_set(t->changer, e->change_at_ns);
    CHECK(n3_world_run_until(t->world, N3_NEVER), N3_OK, "n3_world_run_until");
    n3_device_count(t->ends[0], &t->counters);
    CHECK(n3_world_frames(t->world), 0, "frames alive at the end");
    n3_timer_free(t->sender);
    n3_timer_free(t->changer);
    n3_world_free(t->world);
    return t;
}

static uint64_t count_fates(const trial *t, n3_status dropped)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < FRAMES; i++)
        count += t->fates[i].dropped == dropped;
    return count;
}

static void expect_balance(const trial *t)
{
    const n3_device_counters *c = &t->counters;
    CHECK(c->sent, FRAMES, "sent");
    CHECK(c->delivered, count_fates(t, N3_OK), "delivered");
    CHECK(c->dropped_queue, count_fates(t, N3_DROP_QUEUE), "dropped at the queue");
    CHECK(c->dropped_loss, count_fates(t, N3_DROP_LOSS), "lost");
    CHECK(c->dropped_down, count_fates(t, N3_DROP_DOWN), "dropped while down");
    CHECK(c->delivered + c->dropped_queue + c->dropped_loss + c->dropped_down, c->sent, "sum");
}

static void expect_same(const char *what, const trial *a, const trial *b)
{
    for (uint32_t i = 0; i < FRAMES; i++) {
        const fate *x = &a->fates[i], *y = &b->fates[i];
        if (x->arrived_ns == y->arrived_ns && x->dropped == y->dropped)
            continue;
        fprintf(stderr,
                "\n    %s, frame %u of %u bytes sent at %" PRIu64 ": %s at %" PRIu64 ", %s at %" PRIu64, what,
                i, x->length, x->sent_ns, n3_strerror(x->dropped), x->arrived_ns, n3_strerror(y->dropped),
                y->arrived_ns);
        CU_FAIL("two links differ");
        break;
    }
    CHECK(a->counters.queue_peak, b->counters.queue_peak, "queue peak");
    CHECK(a->counters.delivered_bytes, b->counters.delivered_bytes, "bytes delivered");
}

#define PARAMS(rate, delay, queue, lost)                                                                     \
    {                                                                                                        \
        .rate_bps = (rate), .delay_ns = (delay), .queue_packets = (queue), .loss = (lost),                   \
        .header_bytes = PPP_HEADER_BYTES, .up = true                                                         \
    }

#define FRAMES(min, step, span, at_once, gap)                                                                \
    .size_min = (min), .size_step = (step), .size_span = (span), .burst = (at_once), .gap_ns = (gap)

#define THEN(rate, delay, queue, lost)                                                                       \
    .change_at_ns = 50 * MS + 13, .changed = PARAMS(rate, delay, queue, lost)

static const struct {
    experiment e;
    bool drops; /* the queue overflows */
    bool loses;
} alike[] = {
    {.e = {.what = "idle", .params = PARAMS(100000000, 5 * MS, 100, 0), FRAMES(1200, 0, 0, 1, 5 * MS)}},
    {.e = {.what = "busy", .params = PARAMS(50000000, 8 * MS, 64, 0), FRAMES(1200, 0, 0, 3, MS / 4)},
     .drops = true},
    {.e = {.what = "one place", .params = PARAMS(10000000, 35 * MS, 1, 0), FRAMES(40, 97, 1400, 4, MS)},
     .drops = true},
    {.e = {.what = "two places", .params = PARAMS(9999991, 1, 2, 0), FRAMES(40, 131, 1461, 2, MS)},
     .drops = true},
    {.e = {.what = "odd rate", .params = PARAMS(7777777, 123456789, 30, 0), FRAMES(24, 1, 1500, 7, MS)},
     .drops = true},
    {.e = {.what = "prime rate", .params = PARAMS(999983, 0, 10, 0), FRAMES(100, 13, 777, 1, 4 * MS)},
     .drops = true},
    {.e = {.what = "slow", .params = PARAMS(9600, 300 * MS, 5, 0), FRAMES(60, 17, 300, 2, 90 * MS)},
     .drops = true},
    {.e = {.what = "fast", .params = PARAMS(40000000000, 50000, 100, 0), FRAMES(1500, 0, 0, 50, 9000)},
     .drops = true},
    {.e = {.what = "1 Tbps", .params = PARAMS(N3_RATE_MAX_BPS, 0, 10, 0), FRAMES(24, 1, 1500, 5, 100)}},
    {.e = {.what = "jumbo", .params = PARAMS(1000000000, MS, 20, 0), FRAMES(24, 6553, 65000, 2, 300000)},
     .drops = true},
    {.e = {.what = "lossy", .params = PARAMS(20000000, 35 * MS, 100, 0.1), FRAMES(1200, 1, 100, 1, MS)},
     .loses = true},
    {.e = {.what = "lossy and full",
           .params = PARAMS(20000000, 35 * MS, 4, 0.3),
           FRAMES(1200, 1, 100, 5, MS)},
     .drops = true,
     .loses = true},
    {.e = {.what = "all lost", .params = PARAMS(20000000, 35 * MS, 4, 1), FRAMES(1200, 1, 100, 5, MS)},
     .drops = true,
     .loses = true},
    {.e = {.what = "rate falls with a full queue",
           .params = PARAMS(20000000, 9 * MS, 30, 0),
           FRAMES(300, 77, 900, 5, MS),
           THEN(3000001, 9 * MS, 30, 0)},
     .drops = true},
    {.e = {.what = "rate rises with a full queue",
           .params = PARAMS(3000001, 9 * MS, 30, 0),
           FRAMES(300, 77, 900, 5, MS),
           THEN(20000000, 9 * MS, 30, 0)},
     .drops = true},
    {.e = {.what = "delay rises with a full queue",
           .params = PARAMS(3000001, 9 * MS, 30, 0),
           FRAMES(300, 77, 900, 5, MS),
           THEN(3000001, 90 * MS, 30, 0)},
     .drops = true},
    {.e = {.what = "delay falls a little",
           .params = PARAMS(3000001, 9 * MS, 30, 0),
           FRAMES(300, 77, 900, 5, MS),
           THEN(3000001, 9 * MS - 100000, 30, 0)},
     .drops = true},
    {.e = {.what = "rate falls, lossy, longer queue",
           .params = PARAMS(20000000, 9 * MS, 30, 0.2),
           FRAMES(300, 77, 900, 5, MS),
           THEN(3000001, 9 * MS, 60, 0.2)},
     .drops = true,
     .loses = true},
    {.e = {.what = "rate rises with a full queue and nobody in flight",
           .params = PARAMS(3000001, 0, 30, 0.9),
           FRAMES(300, 77, 900, 5, MS),
           THEN(20000000, 0, 30, 0.9)},
     .drops = true,
     .loses = true},
    {.e = {.what = "down",
           .params = PARAMS(20000000, 9 * MS, 30, 0),
           FRAMES(300, 77, 900, 5, MS),
           .change_at_ns = 50 * MS + 13,
           .changed = {.rate_bps = 20000000, .delay_ns = 9 * MS, .queue_packets = 30, .header_bytes = 2}},
     .drops = true},
};

/* Rates that do not divide a second, sizes from the smallest to jumbo, queues from one place to many. */
static void test_pipe_is_p2p(void)
{
    for (size_t i = 0; i < sizeof(alike) / sizeof(alike[0]); i++) {
        trial *pipe = perform(&alike[i].e, N3_LINK_PIPE), *p2p = perform(&alike[i].e, N3_LINK_P2P);
        expect_same(alike[i].e.what, pipe, p2p);
        expect_balance(pipe);
        expect_balance(p2p);
        CHECK(pipe->counters.dropped_queue > 0, alike[i].drops, "%s: drops", alike[i].e.what);
        CHECK(pipe->counters.dropped_loss > 0, alike[i].loses, "%s: loses", alike[i].e.what);
        free(pipe);
        free(p2p);
    }
}

/* By hand: 1250 bytes at 10 Mbps are 1 ms. */
static void test_pipe_times(void)
{
    const experiment e = {
        .what = "by hand",
        .params = {.rate_bps = 10000000, .delay_ns = 5 * MS, .queue_packets = 2, .up = true},
        .size_min = 1250,
        .burst = 5,
        .gap_ns = 100 * MS};
    static const uint64_t wanted_ns[] = {1 + 6 * MS, 1 + 7 * MS, 1 + 8 * MS, 0, 0};
    trial *t = perform(&e, N3_LINK_PIPE);
    for (size_t i = 0; i < 5; i++) {
        CHECK(t->fates[i].arrived_ns, wanted_ns[i], "arrival");
        CHECK(t->fates[i].dropped, wanted_ns[i] == 0 ? N3_DROP_QUEUE : N3_OK, "drop");
    }
    CHECK(t->counters.queue_peak, 2, "queue peak");
    free(t);
}

static n3_status try_link(n3_world *world, n3_link_kind kind, const n3_device_params *a, n3_device **end)
{
    n3_link_options options;
    n3_node *node = NULL;
    n3_device *other;
    n3_link_options_default(&options);
    options.kind = kind;
    options.a = *a;
    options.b = *a;
    CHECK(n3_node_new(world, &node), N3_OK, "n3_node_new");
    return n3_link_new(world, &options, node, node, end, &other);
}

/* 1250 bytes every 1 ms at 10 Mbps: each is sent at the very nanosecond at which the place comes free. */
static void test_full_queue_at_the_nanosecond(void)
{
    n3_world_options options;
    n3_world *world = NULL;
    n3_device *end = NULL;
    n3_device_params params;
    n3_device_counters counters;
    n3_world_options_default(&options);
    n3_device_params_default(&params);
    params.rate_bps = 10000000;
    params.queue_packets = 1;
    CHECK(n3_world_new(&options, &world), N3_OK, "n3_world_new");
    CHECK(try_link(world, N3_LINK_PIPE, &params, &end), N3_OK, "n3_link_new");
    for (uint64_t i = 0; i < 10; i++) {
        CHECK(n3_world_run_until(world, i * MS), N3_OK, "n3_world_run_until");
        for (int j = 0; j < (i == 0 ? 2 : 1); j++) {
            n3_frame *frame = n3_frame_new(world, 1250);
            CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
            frame->length = 1250;
            CHECK(n3_device_send(end, frame), N3_OK, "a place that has just come free");
        }
    }
    n3_device_count(end, &counters);
    CHECK(counters.sent, 11, "sent");
    CHECK(counters.delivered, 9, "delivered");
    n3_world_free(world);
}

static void test_infinite_rate(void)
{
    experiment e = {.what = "infinite rate", .size_min = 1200, .burst = 50, .gap_ns = 1000};
    n3_device_params_default(&e.params);
    e.params.delay_ns = 7;
    e.params.queue_packets = 1;
    trial *t = perform(&e, N3_LINK_PIPE);
    for (uint32_t i = 0; i < FRAMES; i++)
        CHECK(t->fates[i].arrived_ns, t->fates[i].sent_ns + 7, "arrival");
    CU_ASSERT_FALSE(t->out_of_order);
    free(t);

    /* What waits leaves at once when a slow link becomes infinitely fast. */
    e.params.rate_bps = 1000000;
    e.params.queue_packets = 1000;
    e.change_at_ns = MS;
    e.changed = e.params;
    e.changed.rate_bps = 0;
    t = perform(&e, N3_LINK_PIPE);
    CHECK(t->fates[0].arrived_ns, 1 + 1200 * 8 * 1000 + 7, "the one being serialised");
    CHECK(t->fates[FRAMES - 1].arrived_ns, 1 + 1200 * 8 * 1000 + 7, "the last");
    CU_ASSERT_FALSE(t->out_of_order);
    free(t);
}

static void test_jitter(void)
{
    experiment e = {.what = "jitter", .size_min = 1200, .burst = 1, .gap_ns = MS};
    uint64_t distinct = 0, previous_ns = 0, sum_ns = 0, extremes = 0;
    n3_device_params_default(&e.params);
    e.params.delay_ns = 10 * MS;
    e.params.jitter_ns = MS / 2;
    trial *t = perform(&e, N3_LINK_PIPE);
    for (uint32_t i = 0; i < FRAMES; i++) {
        uint64_t extra_ns = t->fates[i].arrived_ns - t->fates[i].sent_ns - e.params.delay_ns;
        extremes += extra_ns > e.params.jitter_ns;
        distinct += extra_ns != previous_ns;
        sum_ns += extra_ns;
        previous_ns = extra_ns;
    }
    CHECK(extremes, 0, "outside the jitter");
    CU_ASSERT_TRUE(distinct > FRAMES - 10);
    /* Mean 0.25 ms, standard error 7.2 us: six of them. */
    CU_ASSERT_TRUE(sum_ns / FRAMES > 205000 && sum_ns / FRAMES < 295000);
    free(t);

    /* Jitter of many sending intervals: still in order, and never sooner than the delay. */
    e.params.jitter_ns = 20 * MS;
    t = perform(&e, N3_LINK_PIPE);
    for (uint32_t i = 0; i < FRAMES; i++)
        CU_ASSERT_TRUE(t->fates[i].arrived_ns >= t->fates[i].sent_ns + e.params.delay_ns);
    CU_ASSERT_FALSE(t->out_of_order);
    CHECK(t->counters.delivered, FRAMES, "delivered");
    free(t);
}

static void test_lowered_delay_keeps_order(void)
{
    experiment e = {
        .what = "lowered delay", .size_min = 1200, .burst = 1, .gap_ns = MS, .change_at_ns = 100 * MS};
    n3_device_params_default(&e.params);
    e.params.delay_ns = 50 * MS;
    e.changed = e.params;
    e.changed.delay_ns = MS;
    trial *t = perform(&e, N3_LINK_PIPE);
    uint64_t last_old_ns = 0;
    CU_ASSERT_FALSE(t->out_of_order);
    for (uint32_t i = 0; i < FRAMES; i++) {
        const fate *f = &t->fates[i];
        if (f->sent_ns < e.change_at_ns)
            last_old_ns = f->sent_ns + 50 * MS;
        uint64_t wanted_ns = f->sent_ns + (f->sent_ns < e.change_at_ns ? 50 * MS : MS);
        CHECK(f->arrived_ns, wanted_ns < last_old_ns ? last_old_ns : wanted_ns, "arrival");
    }
    free(t);
}

static void test_loss(void)
{
    experiment e = {.what = "loss", .size_min = 100, .burst = 1, .gap_ns = MS, .seed = 5};
    n3_device_params_default(&e.params);
    e.params.loss = 0.25;
    trial *first = perform(&e, N3_LINK_PIPE), *again = perform(&e, N3_LINK_PIPE);
    e.seed = 6;
    trial *other = perform(&e, N3_LINK_PIPE);
    uint32_t differences = 0;
    /* 400 frames, standard deviation 8.7: six of them. */
    CHECK_BETWEEN(first->counters.dropped_loss, 48, 152, "lost, of 1 in 100");
    expect_same("one seed", first, again);
    for (uint32_t i = 0; i < FRAMES; i++)
        differences += first->fates[i].dropped != other->fates[i].dropped;
    CHECK_AT_LEAST(differences, 20, "differences of two seeds, about 150");
    free(first);
    free(again);
    free(other);
}

/* ---- order ---- */

static void note_frame(void *user, n3_frame *frame, uint64_t now_ns)
{
    char *log = user;
    (void)now_ns;
    log[strlen(log)] = (char)('0' + frame->id);
}

static void note_timer(void *user, uint64_t now_ns)
{
    char *log = user;
    (void)now_ns;
    log[strlen(log)] = 'T';
}

/* Frames behind the head of their line keep the place among other events that they were sent at. */
static void test_equal_times(void)
{
    char log[16] = "";
    n3_world_options options;
    n3_world *world = NULL;
    n3_device *end = NULL;
    n3_device_params params;
    n3_frame *frames[4];
    n3_timer *timers[4] = {NULL};
    n3_world_options_default(&options);
    n3_device_params_default(&params);
    params.delay_ns = 10;
    CHECK(n3_world_new(&options, &world), N3_OK, "n3_world_new");
    CHECK(try_link(world, N3_LINK_PIPE, &params, &end), N3_OK, "n3_link_new");
    n3_device_on_receive(end, note_frame, log);
    n3_device *other = n3_device_peer(end);
    for (int i = 0; i < 4; i++) {
        frames[i] = n3_frame_new(world, 100);
        CU_ASSERT_PTR_NOT_NULL_FATAL(frames[i]);
        frames[i]->length = 100;
        CHECK(n3_timer_new(world, note_timer, log, &timers[i]), N3_OK, "n3_timer_new");
        CHECK(n3_device_send(other, frames[i]), N3_OK, "n3_device_send");
        n3_timer_set(timers[i], 10);
    }
    CHECK(n3_world_run_until(world, 10), N3_OK, "n3_world_run_until");
    CHECK_STRING(log, "1T2T3T4T", "order");
    for (int i = 0; i < 4; i++) {
        n3_frame_free(world, frames[i]);
        n3_timer_free(timers[i]);
    }
    n3_world_free(world);
}

/* ---- bad input ---- */

static void test_bad_params(void)
{
#define GOOD .rate_bps = 1000000, .queue_packets = 10, .header_bytes = 2, .up = true
    static const struct {
        n3_link_kind kind; /* not given: a pipe */
        n3_device_params params;
        n3_status status;
        const char *message;
    } cases[] = {
        {.params = {GOOD, .loss = -0.1}, .status = N3_ERR_INVALID, .message = "loss is not in 0..1"},
        {.params = {GOOD, .loss = 1.1}, .status = N3_ERR_INVALID, .message = "loss is not in 0..1"},
        {.params = {GOOD, .loss = (double)NAN}, .status = N3_ERR_INVALID, .message = "loss is not in 0..1"},
        {.params = {GOOD, .delay_ns = N3_DELAY_MAX_NS + 1},
         .status = N3_ERR_INVALID,
         .message = "delay_ns is over an hour"},
        {.params = {GOOD, .jitter_ns = N3_NEVER},
         .status = N3_ERR_INVALID,
         .message = "jitter_ns is over an hour"},
        {.params = {.rate_bps = 999, .queue_packets = 1},
         .status = N3_ERR_INVALID,
         .message = "rate_bps is neither 0 nor 1 kbps to 1 Tbps"},
        {.params = {.rate_bps = N3_RATE_MAX_BPS + 1, .queue_packets = 1},
         .status = N3_ERR_INVALID,
         .message = "rate_bps is neither 0 nor 1 kbps to 1 Tbps"},
        {.params = {.queue_packets = 0},
         .status = N3_ERR_INVALID,
         .message = "queue_packets is not in 1..65536"},
        {.params = {.queue_packets = 65537},
         .status = N3_ERR_INVALID,
         .message = "queue_packets is not in 1..65536"},
        {.params = {.queue_packets = 1, .header_bytes = 1025},
         .status = N3_ERR_INVALID,
         .message = "header_bytes is over 1024"},
        {.kind = N3_LINK_P2P,
         .params = {GOOD, .jitter_ns = 1},
         .status = N3_ERR_UNSUPPORTED,
         .message = "a p2p link has no jitter"},
        {.kind = N3_LINK_P2P,
         .params = {.queue_packets = 1, .header_bytes = 2},
         .status = N3_ERR_UNSUPPORTED,
         .message = "a p2p link needs a rate"},
        {.kind = N3_LINK_P2P,
         .params = {.rate_bps = 1000, .queue_packets = 1},
         .status = N3_ERR_UNSUPPORTED,
         .message = "a p2p link has header_bytes 2"},
    };
    static const n3_device_params good = {GOOD};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        n3_world_options options;
        n3_world *world = NULL;
        n3_device *end = NULL;
        n3_device_params now;
        n3_world_options_default(&options);
        CHECK(n3_world_new(&options, &world), N3_OK, "n3_world_new");
        CHECK(try_link(world, cases[i].kind, &cases[i].params, &end), cases[i].status, "n3_link_new");
        CU_ASSERT_STRING_EQUAL(n3_world_error(world), cases[i].message);
        CU_ASSERT_PTR_NULL(end);
        CHECK(try_link(world, cases[i].kind, &good, &end), N3_OK, "n3_link_new");
        CHECK(n3_device_set(end, &cases[i].params), cases[i].status, "n3_device_set");
        n3_device_get(end, &now);
        CHECK(now.rate_bps, good.rate_bps, "rate after a refused set");
        n3_world_free(world);
    }
}

static void test_bad_frames(void)
{
    n3_world_options options;
    n3_world *world = NULL;
    n3_device *end = NULL;
    n3_device_params params;
    n3_device_counters counters;
    n3_world_options_default(&options);
    n3_device_params_default(&params);
    CHECK(n3_world_new(&options, &world), N3_OK, "n3_world_new");
    CHECK(try_link(world, N3_LINK_PIPE, &params, &end), N3_OK, "n3_link_new");
    for (uint32_t i = 0; i < 2; i++) {
        n3_frame *frame = n3_frame_new(world, 10);
        CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
        frame->length = i == 0 ? 0 : frame->capacity + 1;
        CHECK(n3_device_send(end, frame), N3_ERR_INVALID, "n3_device_send");
    }
    n3_device_count(end, &counters);
    CHECK(counters.sent, 0, "sent");
    CHECK(n3_world_frames(world), 0, "frames alive");
    n3_world_free(world);
}

static const check_test TESTS[] = {{"pipe is p2p to the nanosecond", test_pipe_is_p2p},
                                   {"pipe times by hand", test_pipe_times},
                                   {"a full queue, at the nanosecond", test_full_queue_at_the_nanosecond},
                                   {"infinite rate", test_infinite_rate},
                                   {"jitter", test_jitter},
                                   {"lowered delay keeps order", test_lowered_delay_keeps_order},
                                   {"loss and seeds", test_loss},
                                   {"equal times", test_equal_times},
                                   {"bad parameters", test_bad_params},
                                   {"bad frames", test_bad_frames}};
CHECK_MAIN("ns3 link", TESTS)
