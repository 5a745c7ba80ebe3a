/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ramps and traces: what is applied when. */
#include "core/tests/check.h"
#include "sim/tests/lab.h"
#include "sim/world/link_schedule.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 4096 };

typedef struct bench {
    n3_world *n3;
    run_error error;
    link_schedules *link_schedules;
    char log[TEXT_MAX]; /* "both 20@10": a delay of 20 ms at 10 ms, both ways; "up" and "down"; "5M" a rate */
    size_t applied;
} bench;

static int on_apply(void *ctx, uint32_t node, uint32_t on, scenario_direction direction, uint32_t changes,
                    const scenario_link *link)
{
    static const char *const WORDS[] = {
        [SCENARIO_BOTH] = "both", [SCENARIO_UP] = "up", [SCENARIO_DOWN] = "down"};
    bench *b = ctx;
    char what[48] = "";
    const size_t used = strlen(b->log);
    CU_ASSERT_EQUAL(node, SCENARIO_NONE);
    CU_ASSERT_EQUAL(on, 3);
    b->applied++;
    if (changes & SCENARIO_CHANGE_DELAY)
        snprintf(what, sizeof what, " %" PRIu64, link->delay_ns / MS);
    if (changes & SCENARIO_CHANGE_RATE)
        snprintf(what + strlen(what), 24, " %" PRIu64 "M", link->rate_bps / 1000000);
    snprintf(b->log + used, TEXT_MAX - used, "%s%s%s@%" PRIu64, used ? ", " : "", WORDS[direction], what,
             n3_world_now_ns(b->n3) / MS);
    return 0;
}

static void open_bench(bench *b)
{
    n3_world_options options;
    n3_world_options_default(&options);
    *b = (bench){0};
    CU_ASSERT_EQUAL_FATAL(n3_world_new(&options, &b->n3), N3_OK);
    b->link_schedules = link_schedules_new(&(link_schedules_options){b->n3, &b->error, on_apply, b});
    CU_ASSERT_PTR_NOT_NULL_FATAL(b->link_schedules);
}

static void close_bench(bench *b)
{
    link_schedules_free(b->link_schedules);
    n3_world_free(b->n3);
}

static void run(const bench *b, uint64_t until_ms)
{
    CU_ASSERT_EQUAL(n3_world_run_until(b->n3, until_ms * MS), N3_OK);
}

static scenario_event event_of(uint32_t changes, uint64_t over_ms, scenario_link link)
{
    return (scenario_event){.verb = SCENARIO_SET,
                            .node = SCENARIO_NONE,
                            .network = 3,
                            .data.set = {.changes = changes, .over_ns = over_ms * MS, .link = link}};
}

/* 4 ms have 4 steps; each direction from where it is. */
static void test_ramp(void)
{
    const scenario_event to40 = event_of(SCENARIO_CHANGE_DELAY, 4, (scenario_link){.delay_ns = 40 * MS});
    const scenario_link at20 = {.delay_ns = 20 * MS}, at80 = {.delay_ns = 80 * MS};
    bench b;
    open_bench(&b);
    CHECK(link_schedules_ramp(b.link_schedules, &to40, &at20, &at20, 0), 0, "ramp");
    run(&b, 100);
    CHECK_STRING(b.log, "both 25@1, both 30@2, both 35@3, both 40@4", "both");
    b.log[0] = '\0';
    CHECK(link_schedules_ramp(b.link_schedules, &to40, &at20, &at80, 100 * MS), 0, "ramp");
    run(&b, 102);
    CHECK_STRING(b.log, "up 25@101, down 70@101, up 30@102, down 60@102", "each way");
    close_bench(&b);
}

/* A long ramp has 100 steps, and one of less than 1 ms is one. A rate of no limit waits for the end. */
static void test_steps(void)
{
    static const struct {
        uint64_t over_ms;
        size_t steps;
    } cases[] = {{10000, 100}, {100, 100}, {50, 50}, {1, 1}};
    const scenario_link from = {.rate_bps = 0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const scenario_event event =
            event_of(SCENARIO_CHANGE_RATE, cases[i].over_ms, (scenario_link){.rate_bps = 7000000});
        bench b;
        open_bench(&b);
        CHECK(link_schedules_ramp(b.link_schedules, &event, &from, &from, 0), 0, "ramp");
        run(&b, 20000);
        CHECK(b.applied, cases[i].steps, "steps");
        char last[32];
        snprintf(last, sizeof last, " 7M@%" PRIu64, cases[i].over_ms);
        CU_ASSERT_PTR_NOT_NULL(strstr(b.log, last));
        CU_ASSERT_EQUAL(strstr(b.log, "both 7M") == b.log, cases[i].steps == 1);
        close_bench(&b);
    }
}

static void test_short(void)
{
    scenario_event event = event_of(SCENARIO_CHANGE_DELAY, 0, (scenario_link){.delay_ns = 40 * MS});
    const scenario_link none = {0};
    bench b;
    open_bench(&b);
    event.data.set.over_ns = MS / 2;
    CHECK(link_schedules_ramp(b.link_schedules, &event, &none, &none, 0), 0, "ramp");
    run(&b, 10);
    CHECK_STRING(b.log, "both 40@0", "log");
    close_bench(&b);
}

/* A set of the same parameter ends it in that direction; one of another does not. */
static void test_interrupt(void)
{
    const scenario_event ramp = event_of(SCENARIO_CHANGE_DELAY, 4, (scenario_link){.delay_ns = 40 * MS});
    scenario_event set = event_of(SCENARIO_CHANGE_RATE, 0, (scenario_link){.rate_bps = 1});
    const scenario_link none = {0};
    bench b;
    open_bench(&b);
    CHECK(link_schedules_ramp(b.link_schedules, &ramp, &none, &none, 0), 0, "ramp");
    run(&b, 1);
    link_schedules_interrupt(b.link_schedules, &set);
    run(&b, 2);
    set.data.set.changes = SCENARIO_CHANGE_DELAY;
    set.direction = SCENARIO_UP;
    link_schedules_interrupt(b.link_schedules, &set);
    run(&b, 3);
    set.direction = SCENARIO_DOWN;
    link_schedules_interrupt(b.link_schedules, &set);
    run(&b, 10);
    CHECK_STRING(b.log, "both 10@1, both 20@2, down 30@3", "log");
    close_bench(&b);
}

/* What is still equal both ways is applied to both at once: a p2p link has one delay. */
static void test_interrupted_one_way(void)
{
    const scenario_link from = {.delay_ns = 20 * MS, .rate_bps = 4000000};
    const scenario_event ramp = event_of(SCENARIO_CHANGE_DELAY | SCENARIO_CHANGE_RATE, 4,
                                         (scenario_link){.delay_ns = 40 * MS, .rate_bps = 8000000});
    scenario_event set = event_of(SCENARIO_CHANGE_RATE, 0, (scenario_link){.rate_bps = 1});
    bench b;
    open_bench(&b);
    CHECK(link_schedules_ramp(b.link_schedules, &ramp, &from, &from, 0), 0, "ramp");
    run(&b, 1);
    set.direction = SCENARIO_UP;
    link_schedules_interrupt(b.link_schedules, &set);
    run(&b, 3);
    CHECK_STRING(b.log, "both 25 5M@1, both 30@2, down 6M@2, both 35@3, down 7M@3", "log");
    close_bench(&b);
}

static void test_trace(void)
{
    static const scenario_trace_row rows[] = {
        {.at_ns = 5 * MS,
         .changes = SCENARIO_CHANGE_DELAY | SCENARIO_CHANGE_RATE,
         .link = {.delay_ns = 10 * MS, .rate_bps = 1000000}},
        {.at_ns = 7 * MS, .changes = SCENARIO_CHANGE_RATE, .link = {.rate_bps = 2000000}},
        {.at_ns = 9 * MS, .changes = SCENARIO_CHANGE_DELAY, .link = {.delay_ns = 30 * MS}},
    };
    static const char *const LOGS[] = {
        "both 10 1M@5, both 2M@7, both 30@9",
        "both 10 1M@5, both 2M@7, both 10 1M@9, both 2M@11, both 10 1M@13",
    };
    for (int repeat = 0; repeat < 2; repeat++) {
        const scenario_event event = {
            .verb = SCENARIO_TRACE,
            .node = SCENARIO_NONE,
            .network = 3,
            .data.trace = {rows, 3, SCENARIO_CHANGE_DELAY | SCENARIO_CHANGE_RATE, .repeat = repeat}};
        bench b;
        open_bench(&b);
        CHECK(link_schedules_trace(b.link_schedules, &event, 0), 0, "trace");
        run(&b, 14);
        CHECK_STRING(b.log, LOGS[repeat], "log");
        close_bench(&b);
    }
}

static const check_test TESTS[] = {{"ramp", test_ramp},
                                   {"steps", test_steps},
                                   {"shorter than a step", test_short},
                                   {"interrupt", test_interrupt},
                                   {"interrupted one way", test_interrupted_one_way},
                                   {"trace", test_trace}};
CHECK_MAIN("course", TESTS)
