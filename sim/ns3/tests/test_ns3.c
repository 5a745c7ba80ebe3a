/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/ns3/ns3.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TIMERS = 4, LOG_SIZE = 256, MOVES = 8, WORLDS = 1000 };

static void expect_different(const char *what, uint64_t a, uint64_t b)
{
    if (a == b)
        fprintf(stderr, "\n    %s: both are %" PRIu64, what, a);
    CU_ASSERT_NOT_EQUAL(a, b);
}

static n3_world *make_world(uint64_t seed)
{
    n3_world_options options;
    n3_world *world = NULL;
    n3_world_options_default(&options);
    options.seed = seed;
    CHECK(n3_world_new(&options, &world), N3_OK, "n3_world_new");
    if (world == NULL)
        exit(EXIT_FAILURE);
    return world;
}

static n3_timer *make_timer(n3_world *world, n3_timer_fn fire, void *user)
{
    n3_timer *timer = NULL;
    CHECK(n3_timer_new(world, fire, user, &timer), N3_OK, "n3_timer_new");
    if (timer == NULL)
        exit(EXIT_FAILURE);
    return timer;
}

static void run(n3_world *world, uint64_t until_ns)
{
    CHECK(n3_world_run_until(world, until_ns), N3_OK, "n3_world_run_until");
}

/* ---- order of timers ---- */

/* At when_ns, timer (A, B, ...) is set to at_ns. Several of one when_ns happen in one event. */
typedef struct move {
    uint64_t when_ns;
    char timer; /* 0 ends the list */
    uint64_t at_ns;
} move;

typedef struct stage {
    const move *moves;
    n3_timer *driver;
    n3_timer *timers[TIMERS];
    char log[LOG_SIZE];
} stage;

typedef struct actor {
    stage *on;
    char name;
} actor;

static void note(stage *s, char name, uint64_t now_ns)
{
    size_t used = strlen(s->log);
    snprintf(s->log + used, LOG_SIZE - used, "%s%c%" PRIu64, used > 0 ? " " : "", name, now_ns);
}

static void act(void *user, uint64_t now_ns)
{
    actor *a = user;
    note(a->on, a->name, now_ns);
}

static void drive(void *user, uint64_t now_ns)
{
    stage *s = user;
    for (; s->moves->timer != 0 && s->moves->when_ns == now_ns; s->moves++)
        n3_timer_set(s->timers[s->moves->timer - 'A'], s->moves->at_ns);
    if (s->moves->timer != 0)
        n3_timer_set(s->driver, s->moves->when_ns);
}

static void test_timer_order(void)
{
    static const struct {
        const char *what;
        move moves[MOVES];
        const char *wanted;
    } cases[] = {
        {.what = "equal times in the order set",
         .moves = {{0, 'B', 9}, {0, 'A', 9}, {0, 'C', 9}},
         .wanted = "B9 A9 C9"},
        {.what = "setting again is a new place",
         .moves = {{0, 'A', 9}, {0, 'B', 9}, {0, 'A', 9}},
         .wanted = "B9 A9"},
        {.what = "moved later", .moves = {{0, 'A', 5}, {2, 'A', 9}}, .wanted = "A9"},
        {.what = "moved later keeps the place of the call",
         .moves = {{0, 'A', 5}, {1, 'A', 9}, {2, 'B', 9}},
         .wanted = "A9 B9"},
        {.what = "moved later after another",
         .moves = {{0, 'A', 5}, {1, 'B', 9}, {2, 'A', 9}},
         .wanted = "B9 A9"},
        {.what = "moved earlier", .moves = {{0, 'A', 9}, {2, 'A', 5}}, .wanted = "A5"},
        {.what = "moved earlier, then back",
         .moves = {{0, 'A', 9}, {0, 'B', 9}, {2, 'A', 5}, {3, 'A', 9}},
         .wanted = "B9 A9"},
        {.what = "earlier four times over, then late again",
         .moves = {{0, 'A', 90},
                   {1, 'A', 80},
                   {2, 'A', 70},
                   {3, 'A', 60},
                   {4, 'A', 50},
                   {5, 'A', 40},
                   {45, 'A', 90}},
         .wanted = "A40 A90"},
        {.what = "a queued entry serves later",
         .moves = {{0, 'A', 90}, {1, 'A', 10}, {20, 'A', 91}},
         .wanted = "A10 A91"},
        {.what = "disarmed", .moves = {{0, 'A', 5}, {0, 'B', 6}, {2, 'A', N3_NEVER}}, .wanted = "B6"},
        {.what = "disarmed, then armed",
         .moves = {{0, 'A', 5}, {2, 'A', N3_NEVER}, {3, 'A', 5}},
         .wanted = "A5"},
        {.what = "the past is now", .moves = {{0, 'B', 7}, {7, 'A', 3}}, .wanted = "B7 A7"},
        {.what = "over ns-3's largest time is never",
         .moves = {{0, 'A', UINT64_C(1) << 63}, {0, 'B', 1}},
         .wanted = "B1"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        n3_world *world = make_world(1);
        stage s = {.moves = cases[i].moves};
        actor actors[TIMERS];
        s.driver = make_timer(world, drive, &s);
        for (int t = 0; t < TIMERS; t++) {
            actors[t] = (actor){&s, (char)('A' + t)};
            s.timers[t] = make_timer(world, act, &actors[t]);
        }
        n3_timer_set(s.driver, 0);
        run(world, N3_NEVER);
        CHECK_STRING(s.log, cases[i].wanted, "%s", cases[i].what);
        for (int t = 0; t < TIMERS; t++)
            n3_timer_free(s.timers[t]);
        n3_timer_free(s.driver);
        n3_world_free(world);
    }
}

/* ---- timers from inside their own callbacks ---- */

typedef struct self {
    n3_timer *timer;
    n3_world *world;
    uint64_t step_ns;
    unsigned left;
    bool free_at_end;
    bool stop_at_end;
    unsigned fired;
} self;

static void again(void *user, uint64_t now_ns)
{
    self *s = user;
    s->fired++;
    CHECK(n3_world_now_ns(s->world), now_ns, "now in a callback");
    CHECK(n3_timer_at_ns(s->timer), N3_NEVER, "a timer that fired is disarmed");
    if (--s->left > 0) {
        n3_timer_set(s->timer, now_ns + s->step_ns);
        CHECK(n3_timer_at_ns(s->timer), now_ns + s->step_ns, "a timer knows its time");
        return;
    }
    if (s->stop_at_end)
        n3_world_stop(s->world);
    if (s->free_at_end) {
        n3_timer_free(s->timer);
        s->timer = NULL;
    }
}

static void test_timer_in_callback(void)
{
    n3_world *world = make_world(1);
    self sets = {.world = world, .step_ns = 10, .left = 5};
    self at_once = {.world = world, .step_ns = 0, .left = 3};
    self frees = {.world = world, .left = 1, .free_at_end = true};
    sets.timer = make_timer(world, again, &sets);
    at_once.timer = make_timer(world, again, &at_once);
    frees.timer = make_timer(world, again, &frees);
    n3_timer_set(sets.timer, 1);
    n3_timer_set(at_once.timer, 2);
    /* Leaves entries of its own in the queue when it is freed. */
    n3_timer_set(frees.timer, 60);
    n3_timer_set(frees.timer, 3);
    run(world, N3_NEVER);
    CHECK(sets.fired, 5, "set in own callback");
    CHECK(at_once.fired, 3, "set to now in own callback");
    CHECK(frees.fired, 1, "freed in own callback");
    CU_ASSERT_PTR_NULL(frees.timer);
    n3_timer_free(sets.timer);
    n3_timer_free(at_once.timer);

    n3_timer *armed = make_timer(world, again, &sets);
    n3_timer_set(armed, n3_world_now_ns(world) + 5);
    n3_timer_free(armed);
    run(world, N3_NEVER);
    CHECK(sets.fired, 5, "freed while armed");
    n3_world_free(world);
}

/* ---- running ---- */

static void test_run_until(void)
{
    n3_world *world = make_world(1);
    self s = {.world = world, .step_ns = 10, .left = 7};
    s.timer = make_timer(world, again, &s);
    n3_timer_set(s.timer, 10);
    static const struct {
        uint64_t until_ns;
        n3_status status;
        unsigned fired;
        uint64_t now_ns;
    } steps[] = {
        {.until_ns = 0, .status = N3_OK, .fired = 0, .now_ns = 0},
        {.until_ns = 9, .status = N3_OK, .fired = 0, .now_ns = 9},
        {.until_ns = 10, .status = N3_OK, .fired = 1, .now_ns = 10},
        {.until_ns = 10, .status = N3_OK, .fired = 1, .now_ns = 10},
        {.until_ns = 39, .status = N3_OK, .fired = 3, .now_ns = 39},
        {.until_ns = 38, .status = N3_ERR_INVALID, .fired = 3, .now_ns = 39},
        {.until_ns = 50, .status = N3_OK, .fired = 5, .now_ns = 50},
        {.until_ns = N3_NEVER - 1, .status = N3_ERR_INVALID, .fired = 5, .now_ns = 50},
        {.until_ns = N3_NEVER, .status = N3_OK, .fired = 7, .now_ns = 70},
        {.until_ns = 1000, .status = N3_OK, .fired = 7, .now_ns = 1000},
    };
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        CHECK(n3_world_run_until(world, steps[i].until_ns), steps[i].status, "run_until");
        CHECK(s.fired, steps[i].fired, "events run");
        CHECK(n3_world_now_ns(world), steps[i].now_ns, "clock");
    }

    /* What comes up at the last nanosecond still runs, after what was there. */
    s = (self){.timer = s.timer, .world = world, .step_ns = 0, .left = 4};
    n3_timer_set(s.timer, 2000);
    run(world, 2000);
    CHECK(s.fired, 4, "events that come up at the end");

    s = (self){.timer = s.timer, .world = world, .step_ns = 1, .left = 2, .stop_at_end = true};
    n3_timer_set(s.timer, 3000);
    run(world, 9000);
    CHECK(n3_world_now_ns(world), 3001, "clock after a stop");
    run(world, 20000);
    CHECK(n3_world_now_ns(world), 20000, "clock after going on");
    n3_timer_free(s.timer);
    n3_world_free(world);
}

static void run_inside(void *user, uint64_t now_ns)
{
    CHECK(n3_world_run_until(user, now_ns + 1), N3_ERR_BUSY, "run_until in a callback");
}

/* ---- random streams ---- */

static uint64_t draw(uint64_t seed, uint64_t stream)
{
    n3_world *world = make_world(seed);
    n3_random *random = NULL;
    uint64_t value = 0;
    CHECK(n3_random_new(world, stream, &random), N3_OK, "n3_random_new");
    if (random != NULL)
        value = n3_random_u64(random);
    n3_random_free(random);
    n3_world_free(world);
    return value;
}

static void test_random_seeds(void)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        char what[64];
        snprintf(what, sizeof(what), "seed bit %u", bit);
        expect_different(what, draw(7, 3), draw(7 ^ UINT64_C(1) << bit, 3));
        CHECK(draw(7 ^ UINT64_C(1) << bit, 3), draw(7 ^ UINT64_C(1) << bit, 3), "%s", what);
    }
    expect_different("streams 3 and 4", draw(7, 3), draw(7, 4));
    expect_different("the first and the last stream", draw(7, 0), draw(7, N3_STREAM_MAX));
    expect_different("seeds 0 and all ones", draw(0, 0), draw(UINT64_MAX, 0));
}

/*
 * L'Ecuyer's MRG32k3a, as its paper has it, in integers: an independent account of where a sub-stream lies. A
 * state is two triples, each moved on by a matrix modulo its own prime; 2^n steps are n squarings of it.
 */
typedef struct component {
    uint64_t modulus;
    uint64_t step[3][3];
    uint64_t state[3];
} component;

static void multiply(uint64_t modulus, uint64_t a[3][3], uint64_t b[3][3], uint64_t out[3][3])
{
    uint64_t product[3][3] = {0};
    for (int i = 0; i < 9; i++)
        for (int k = 0; k < 3; k++)
            product[i / 3][i % 3] = (product[i / 3][i % 3] + a[i / 3][k] * b[k][i % 3] % modulus) % modulus;
    memcpy(out, product, sizeof(product));
}

/* Moves the state on by count times 2^bits steps. */
static void move_on(component *part, uint64_t count, unsigned bits)
{
    uint64_t power[3][3];
    memcpy(power, part->step, sizeof(power));
    for (unsigned i = 0; i < bits; i++)
        multiply(part->modulus, power, power, power);
    for (; count; count >>= 1) {
        uint64_t moved[3] = {0};
        for (int i = 0; count & 1 && i < 9; i++)
            moved[i / 3] =
                (moved[i / 3] + power[i / 3][i % 3] * part->state[i % 3] % part->modulus) % part->modulus;
        if (count & 1)
            memcpy(part->state, moved, sizeof(moved));
        multiply(part->modulus, power, power, power);
    }
}

static const uint64_t M1 = 4294967087, M2 = 4294944443;

static void expected_stream(uint64_t stream, uint64_t substream, component parts[2])
{
    parts[0] = (component){
        .modulus = M1, .step = {{0, 1, 0}, {0, 0, 1}, {M1 - 810728, 1403580, 0}}, .state = {1, 1, 1}};
    parts[1] = (component){
        .modulus = M2, .step = {{0, 1, 0}, {0, 0, 1}, {M2 - 1370589, 0, 527612}}, .state = {1, 1, 1}};
    for (int i = 0; i < 2; i++) {
        move_on(&parts[i], stream, 127);
        move_on(&parts[i], substream, 76);
    }
}

/* With the factor that ns-3's source has. */
static double expected_draw(component parts[2])
{
    for (int i = 0; i < 2; i++)
        move_on(&parts[i], 1, 0);
    const uint64_t p1 = parts[0].state[2], p2 = parts[1].state[2];
    return (double)(p1 > p2 ? p1 - p2 : p1 + M1 - p2) * 2.328306549295727688e-10;
}

/*
 * Seed n begins n times 2^76 steps into its stream, and streams lie 2^127 apart in a period of 2^191: 2^51
 * seeds, each with 2^76 draws a consumer, have no draw in common. A run has fewer than 2^32 events
 * (N3_ERR_LIMIT).
 */
static void test_random_substreams(void)
{
    enum { DRAWS = 300 };
    static const uint64_t seeds[] = {0, 1, 2, 999999, 1000000, (UINT64_C(1) << 48) - 1};
    static const uint64_t streams[] = {0, 1, N3_STREAM_MAX};
    for (size_t i = 0; i < sizeof(seeds) / sizeof(seeds[0]) * 3; i++) {
        n3_world *world = make_world(seeds[i / 3]);
        n3_random *random = NULL;
        CHECK(n3_random_new(world, streams[i % 3], &random), N3_OK, "n3_random_new");
        component parts[2];
        expected_stream((UINT64_C(1) << 63) + streams[i % 3], seeds[i / 3], parts);
        for (int draw = 0; draw < DRAWS; draw++) {
            const double wanted = expected_draw(parts), got = n3_random_uniform(random);
            if (got < wanted || got > wanted)
                fprintf(stderr,
                        "\n    seed %" PRIu64 ", stream %" PRIu64 ", draw %d: got %.17g, wanted %.17g",
                        seeds[i / 3], streams[i % 3], draw, got, wanted);
            CU_ASSERT_TRUE_FATAL(got <= wanted && got >= wanted);
        }
        n3_random_free(random);
        n3_world_free(world);
    }
}

static void test_random_ranges(void)
{
    static const uint64_t bounds[] = {1, 2, 3, 10, 1000003, UINT64_C(1) << 63, UINT64_MAX};
    n3_world *world = make_world(1);
    n3_random *random = NULL;
    unsigned seen[10] = {0}, low_halves = 0;
    CHECK(n3_random_new(world, 5, &random), N3_OK, "n3_random_new");
    for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
        for (int j = 0; j < 100; j++)
            CU_ASSERT_TRUE(n3_random_below(random, bounds[i]) < bounds[i]);
    CHECK(n3_random_below(random, 0), 0, "below 0");
    for (int i = 0; i < 10000; i++) {
        double u = n3_random_uniform(random);
        CU_ASSERT_TRUE(u >= 0 && u < 1);
        low_halves += u < 0.5;
        seen[n3_random_below(random, 10)]++;
    }
    /* 10,000 draws, standard deviation 50 and 30: six of them. */
    CU_ASSERT_TRUE(low_halves > 4700 && low_halves < 5300);
    for (int i = 0; i < 10; i++)
        CHECK_BETWEEN(seen[i], 820, 1180, "%d, of 10000 draws", i);
    n3_random_free(random);
    n3_world_free(world);
}

/* ---- frames ---- */

static void test_frames(void)
{
    static const uint32_t capacities[] = {0, 1, 1500, N3_FRAME_POOLED, N3_FRAME_POOLED + 1, N3_FRAME_MAX};
    n3_world_options options;
    n3_world *world = NULL;
    n3_world_options_default(&options);
    options.frames_max = 40;
    CHECK(n3_world_new(&options, &world), N3_OK, "n3_world_new");
    n3_frame *frames[40];
    for (size_t i = 0; i < 40; i++) {
        uint32_t capacity = capacities[i % 6];
        frames[i] = n3_frame_new(world, capacity);
        CU_ASSERT_PTR_NOT_NULL_FATAL(frames[i]);
        CU_ASSERT_TRUE(frames[i]->capacity >= capacity);
        CHECK(frames[i]->length, 0, "length of a new frame");
        CHECK(frames[i]->id, i + 1, "id");
        memset(frames[i]->bytes, (int)i, frames[i]->capacity);
        frames[i]->length = frames[i]->capacity;
    }
    CU_ASSERT_PTR_NULL(n3_frame_new(world, 1));
    CU_ASSERT_PTR_NULL(n3_frame_copy(world, frames[0]));
    for (size_t i = 0; i < 40; i++) {
        CHECK(frames[i]->bytes[0], i, "first byte");
        CHECK(frames[i]->bytes[frames[i]->length - 1], i, "last byte");
    }
    n3_frame_free(world, frames[39]);
    CU_ASSERT_PTR_NULL(n3_frame_new(world, N3_FRAME_MAX + 1));
    frames[39] = n3_frame_copy(world, frames[5]);
    CU_ASSERT_PTR_NOT_NULL_FATAL(frames[39]);
    CHECK(frames[39]->length, N3_FRAME_MAX, "length of a copy");
    CHECK((uint64_t)memcmp(frames[39]->bytes, frames[5]->bytes, N3_FRAME_MAX), 0, "bytes of a copy");
    CHECK(frames[39]->id, 41, "id of a copy");
    CHECK(n3_world_frames(world), 40, "frames alive");
    for (size_t i = 0; i < 40; i++)
        n3_frame_free(world, frames[i]);
    n3_frame_free(world, NULL);
    CHECK(n3_world_frames(world), 0, "frames alive at the end");
    n3_world_free(world);
}

/* ---- worlds ---- */

static void test_world_errors(void)
{
    n3_world_options options;
    n3_world *world = make_world(1), *second = NULL;
    n3_timer *timer = NULL;
    n3_random *random = NULL;
    n3_world_options_default(&options);
    CHECK_STRING(n3_world_error(world), "", "no error yet");
    CHECK(n3_world_new(&options, &second), N3_ERR_BUSY, "a second world");
    CU_ASSERT_PTR_NULL(second);
    CHECK(n3_timer_new(world, NULL, NULL, &timer), N3_ERR_INVALID, "no callback");
    CHECK_STRING(n3_world_error(world), "a timer needs a callback", "message");
    CHECK(n3_random_new(world, N3_STREAM_MAX + 1, &random), N3_ERR_INVALID, "stream");
    CHECK_STRING(n3_world_error(world), "a stream number is over N3_STREAM_MAX", "message");
    timer = make_timer(world, run_inside, world);
    n3_timer_set(timer, 1);
    run(world, 10);
    n3_timer_free(timer);
    n3_world_free(world);
    n3_world_free(NULL);
    options.frames_max = 0;
    CHECK(n3_world_new(&options, &second), N3_ERR_INVALID, "no frames");
}

static void send_one(n3_world *world, n3_device *device)
{
    n3_frame *frame = n3_frame_new(world, 100);
    CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
    memset(frame->bytes, 0x45, 100);
    frame->length = 100;
    (void)n3_device_send(device, frame);
}

/* Ends while frames are in flight and timers are due, in both kinds of link. */
static void test_worlds_in_a_row(void)
{
    for (uint64_t i = 0; i < WORLDS; i++) {
        n3_world *world = make_world(i);
        n3_node *nodes[2] = {NULL, NULL};
        CHECK(n3_node_new(world, &nodes[0]), N3_OK, "n3_node_new");
        CHECK(n3_node_new(world, &nodes[1]), N3_OK, "n3_node_new");
        for (int l = 0; l < 4; l++) {
            n3_link_options options;
            n3_device *ends[2] = {NULL, NULL};
            n3_link_options_default(&options);
            options.kind = l == 3 && i % 10 == 0 ? N3_LINK_P2P : N3_LINK_PIPE;
            options.a.rate_bps = options.b.rate_bps = 1000000;
            options.a.delay_ns = options.b.delay_ns = 1000000;
            options.a.header_bytes = options.b.header_bytes = 2;
            options.a.loss = 0.5;
            CHECK(n3_link_new(world, &options, nodes[0], nodes[1], &ends[0], &ends[1]), N3_OK, "n3_link_new");
            for (int f = 0; f < 5; f++)
                send_one(world, ends[f % 2]);
        }
        self s = {.world = world, .step_ns = 1000000, .left = 9};
        s.timer = make_timer(world, again, &s);
        n3_timer_set(s.timer, 0);
        run(world, 1900000);
        CHECK(s.fired, 2, "timers fired");
        n3_timer_free(s.timer);
        n3_world_free(world);
    }
}

static const check_test TESTS[] = {{"timer order", test_timer_order},
                                   {"timers in their own callbacks", test_timer_in_callback},
                                   {"run until", test_run_until},
                                   {"random seeds and streams", test_random_seeds},
                                   {"random sub-streams", test_random_substreams},
                                   {"random ranges", test_random_ranges},
                                   {"frames", test_frames},
                                   {"world errors", test_world_errors},
                                   {"worlds in a row", test_worlds_in_a_row}};
CHECK_MAIN("ns3", TESTS)
