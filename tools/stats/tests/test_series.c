/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "tools/stats/series.h"
#include "tools/tests/rows_of_text.h"

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUMMARY_MAX = 8192 };

static char path[] = "/tmp/roam-measures-XXXXXX";
static store *made;
static int64_t builds[2];

#define SAME(actual, expected)                                                                               \
    do {                                                                                                     \
        const uint64_t a = (uint64_t)(actual), e = (uint64_t)(expected);                                     \
        if (a != e)                                                                                          \
            (void)printf("    line %d: %s is %" PRIu64 ", not %" PRIu64 "\n", __LINE__, #actual, a, e);      \
        CU_ASSERT_EQUAL(a, e);                                                                               \
    } while (0)
#define SAME_TEXT(actual, expected)                                                                          \
    do {                                                                                                     \
        if (strcmp(actual, expected) != 0)                                                                   \
            (void)printf("    line %d: %s is '%s', not '%s'\n", __LINE__, #actual, actual, expected);        \
        CU_ASSERT_STRING_EQUAL(actual, expected);                                                            \
    } while (0)

static void add(int64_t build, const char *scenario, const char *combination, uint64_t seed,
                const char *summary)
{
    const store_run run = {.key = {.scenario = scenario,
                                   .directory = "",
                                   .digest = "d",
                                   .combination = combination,
                                   .seed = seed},
                           .status = summary ? STORE_FINISHED : STORE_HUNG,
                           .rows = rows_of_text(summary),
                           .message = summary ? NULL : "too long"};
    if (store_add_run(made, build, &run) != STORE_OK)
        CU_FAIL_FATAL("store_add_run");
}

/* Two migrations "move" of which the second may time out, and two flows in one direction. */
static const char *move(uint64_t first_ns, uint64_t second_ns, uint64_t gap_ns, unsigned missing)
{
    static char text[SUMMARY_MAX];
    char second[64];
    (void)snprintf(second, sizeof second, second_ns == MEASURE_NONE ? "null" : "%" PRIu64, second_ns);
    (void)snprintf(text, sizeof text,
                   "{\"verdict\":\"passed\",\"migrations\":["
                   "{\"label\":\"move\",\"node\":\"a\",\"to\":\"b\",\"result\":\"ok\","
                   "\"validation_ns\":%" PRIu64 "},"
                   "{\"label\":\"move\",\"node\":\"a\",\"to\":\"b\",\"result\":\"%s\",\"validation_ns\":%s}],"
                   "\"traffic\":[{\"from\":\"a\",\"to\":\"b\",\"gap_ns\":%" PRIu64 ",\"missing\":0},"
                   "{\"from\":\"a\",\"to\":\"b\",\"gap_ns\":1,\"missing\":%u}],"
                   "\"rebinds\":[{\"node\":\"b\",\"peer\":\"a\",\"validated\":true,\"noticed_ns\":10,"
                   "\"finished_ns\":15}]}",
                   first_ns, second_ns == MEASURE_NONE ? "timeout" : "ok", second, gap_ns, missing);
    return text;
}

/* A hundred flows, each in a direction of its own. */
static const char *crowd(uint64_t seed)
{
    static char text[4 * SUMMARY_MAX];
    size_t used = (size_t)snprintf(text, sizeof text, "{\"verdict\":\"failed\",\"traffic\":[");
    for (unsigned i = 0; i < 100; i++)
        used += (size_t)snprintf(text + used, sizeof text - used,
                                 "%s{\"from\":\"n%u\",\"to\":\"hub\",\"gap_ns\":%" PRIu64 "}", i ? "," : "",
                                 i, 1000 * seed + i);
    (void)snprintf(text + used, sizeof text - used, "]}");
    return text;
}

static void fill(void)
{
    const build_id old = {"old", 100, false, "1", "1", "1", "1"};
    const build_id new = {"new", 200, false, "1", "1", "1", "1"};
    if (store_begin(made) || store_add_build(made, &new, &builds[1]) ||
        store_add_build(made, &old, &builds[0]))
        CU_FAIL_FATAL("the store");
    add(builds[1], "move", "", 1, move(7, 8, 9, 0));
    add(builds[0], "move", "", 2, move(30, MEASURE_NONE, 500, 0));
    add(builds[0], "move", "", 1, move(20, 10, 400, 1));
    add(builds[0], "move", "rtt=5ms", 1, move(1, 2, 3, 0));
    add(builds[0], "move", "", 3, NULL);
    add(builds[0], "crowd", "", 2, crowd(2));
    add(builds[0], "crowd", "", 1, crowd(1));
    if (store_commit(made))
        CU_FAIL_FATAL("the store");
}

static void test_groups(void)
{
    static const struct {
        size_t build;
        const char *commit, *scenario, *combination;
        size_t runs, passed, failed, hung;
    } EXPECTED[] = {
        {.commit = "old", .scenario = "crowd", .combination = "", .runs = 2, .failed = 2},
        {.commit = "old", .scenario = "move", .combination = "", .runs = 3, .passed = 2, .hung = 1},
        {.commit = "old", .scenario = "move", .combination = "rtt=5ms", .runs = 1, .passed = 1},
        {.build = 1, .commit = "new", .scenario = "move", .combination = "", .runs = 1, .passed = 1},
    };
    measures all;
    CU_ASSERT_EQUAL_FATAL(measures_load(made, (measures_filter){0}, &all), STORE_OK);
    SAME(all.count, 4);
    for (size_t i = 0; i < 4 && i < all.count; i++) {
        const measure_group *const group = &all.groups[i];
        CU_ASSERT_EQUAL(group->build, builds[EXPECTED[i].build]);
        SAME_TEXT(group->commit, EXPECTED[i].commit);
        SAME_TEXT(group->scenario, EXPECTED[i].scenario);
        SAME_TEXT(group->combination, EXPECTED[i].combination);
        SAME(group->runs, EXPECTED[i].runs);
        SAME(group->passed, EXPECTED[i].passed);
        SAME(group->failed, EXPECTED[i].failed);
        SAME(group->hung, EXPECTED[i].hung);
    }
    SAME(all.groups[1].seeds[2], 3);
    SAME_TEXT(all.groups[1].verdicts[2], "hung");
    SAME_TEXT(all.groups[1].verdicts[0], "passed");
    measures_free(&all);
}

static void test_series(void)
{
    measures all;
    uint64_t worst = 0;
    const measures_filter filter = {.scenario = "move", .build = builds[0]};
    CU_ASSERT_EQUAL_FATAL(measures_load(made, filter, &all), STORE_OK);
    SAME(all.count, 2);
    SAME(all.groups[0].series_count, 3);
    const measure_series *series = measures_find(&all.groups[0], MEASURE_VALIDATION, "move");
    CU_ASSERT_PTR_NOT_NULL_FATAL(series);
    SAME(series->count, 4);
    SAME(series->points[0].value_ns, 20);
    SAME(series->points[1].value_ns, 10);
    SAME(series->points[2].seed, 2);
    SAME(series->points[3].value_ns, MEASURE_NONE);
    SAME(series->sorted_count, 3);
    SAME(series->sorted[0], 10);
    SAME(series->sorted[2], 30);
    SAME(series->outcome_count, 2);
    SAME_TEXT(series->outcomes[0].name, "ok");
    SAME(series->outcomes[0].count, 3);
    SAME_TEXT(series->outcomes[1].name, "timeout");
    CU_ASSERT(measures_worst(series, 1, &worst));
    SAME(worst, 20);
    CU_ASSERT(measures_worst(series, 2, &worst));
    SAME(worst, MEASURE_NONE);
    CU_ASSERT(!measures_worst(series, 3, &worst));
    series = measures_find(&all.groups[0], MEASURE_GAP, "a -> b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(series);
    SAME(series->count, 2);
    SAME(series->points[0].value_ns, 400);
    SAME_TEXT(series->points[0].outcome, "incomplete");
    SAME_TEXT(series->points[1].outcome, "complete");
    series = measures_find(&all.groups[0], MEASURE_REBIND, "b of a");
    CU_ASSERT_PTR_NOT_NULL_FATAL(series);
    SAME(series->points[0].value_ns, 5);
    SAME_TEXT(series->points[0].outcome, "validated");
    CU_ASSERT_PTR_NULL(measures_find(&all.groups[0], MEASURE_GAP, "b -> a"));
    measures_free(&all);
}

static void test_a_crowd_is_one_series(void)
{
    measures all;
    uint64_t worst = 0;
    CU_ASSERT_EQUAL_FATAL(measures_load(made, (measures_filter){.scenario = "crowd"}, &all), STORE_OK);
    SAME(all.groups[0].series_count, 1);
    const measure_series *const series = measures_find(&all.groups[0], MEASURE_GAP, MEASURE_EVERY);
    CU_ASSERT_PTR_NOT_NULL_FATAL(series);
    SAME(series->count, 200);
    SAME(series->points[0].value_ns, 1000);
    SAME(series->points[199].value_ns, 2099);
    CU_ASSERT(measures_worst(series, 1, &worst));
    SAME(worst, 1099);
    measures_free(&all);
}

/* Calls of one connection with one first challenge are one validation; of those of another connection, and of
 * one that was superseded as its challenge left, each is its own. */
static void test_joined_calls(void)
{
    static const char summary[] =
        "{\"verdict\":\"passed\",\"migrations\":["
        "{\"label\":\"m\",\"node\":\"a\",\"to\":\"b\",\"result\":\"timeout\",\"challenge_sent_ns\":5},"
        "{\"label\":\"m\",\"node\":\"a\",\"to\":\"b\",\"result\":\"ok\",\"challenge_sent_ns\":5,"
        "\"validation_ns\":30},"
        "{\"label\":\"m\",\"node\":\"a\",\"to\":\"b\",\"result\":\"ok\",\"challenge_sent_ns\":5,"
        "\"validation_ns\":20},"
        "{\"label\":\"m\",\"node\":\"a\",\"to\":\"c\",\"result\":\"ok\",\"challenge_sent_ns\":5,"
        "\"validation_ns\":40},"
        "{\"label\":\"m\",\"node\":\"a\",\"to\":\"c\",\"result\":\"superseded\",\"challenge_sent_ns\":5,"
        "\"finished_ns\":5},"
        "{\"label\":\"m\",\"node\":\"a\",\"to\":\"b\",\"result\":\"no_conn\"},"
        "{\"label\":\"m\",\"node\":\"a\",\"to\":\"b\",\"result\":\"no_conn\"}]}";
    measures all;
    if (store_begin(made) != STORE_OK)
        CU_FAIL_FATAL("the store");
    add(builds[1], "joined", "", 1, summary);
    CU_ASSERT_EQUAL_FATAL(store_commit(made), STORE_OK);
    CU_ASSERT_EQUAL_FATAL(measures_load(made, (measures_filter){.scenario = "joined"}, &all), STORE_OK);
    const measure_series *const series = measures_find(&all.groups[0], MEASURE_VALIDATION, "m");
    CU_ASSERT_PTR_NOT_NULL_FATAL(series);
    SAME(series->count, 5);
    SAME(series->sorted_count, 2);
    SAME(series->sorted[0], 30);
    SAME(series->sorted[1], 40);
    SAME(series->outcome_count, 3); /* none timed out */
    SAME_TEXT(series->outcomes[0].name, "no_conn");
    SAME(series->outcomes[0].count, 2);
    measures_free(&all);
}

/* A failure is in the sample, as a time that was never reached; values of a run stand side by side. */
static void test_never(void)
{
    measures all;
    statistics_percentile at;
    const measures_filter filter = {.scenario = "move", .build = builds[0]};
    CU_ASSERT_EQUAL_FATAL(measures_load(made, filter, &all), STORE_OK);
    const measure_series *series = measures_find(&all.groups[0], MEASURE_VALIDATION, "move");
    CU_ASSERT_PTR_NOT_NULL_FATAL(series);
    SAME(series->never, 1);
    SAME(series->sorted[3], MEASURE_NONE);
    SAME(series->sample.count, 4);
    CU_ASSERT_PTR_NOT_NULL_FATAL(series->sample.values);
    CU_ASSERT(series->sample.runs[0] == series->sample.runs[1]);
    CU_ASSERT(series->sample.runs[1] != series->sample.runs[2]);
    CU_ASSERT(series->sample.runs[2] == series->sample.runs[3]);
    CU_ASSERT(measures_percentile(series, 75, &at));
    SAME(at.value, 30);
    CU_ASSERT(measures_percentile(series, 76, &at));
    SAME(at.value, STATISTICS_NEVER);
    SAME(series->success.successes, 3);
    SAME(series->success.trials, 4);
    SAME(series->success.low_ppm, statistics_wilson(1, 2).low_ppm); /* two runs, and one that failed */
    series = measures_find(&all.groups[0], MEASURE_GAP, "a -> b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(series);
    SAME(series->never, 0);
    SAME(series->success.successes, 1);
    CU_ASSERT_PTR_NULL(series->sample.values); /* a run has one */
    measures_free(&all);
}

/* A flow that had nothing to send has no gap, which is not one that never ended. */
static void test_no_gap(void)
{
    measures all;
    statistics_percentile at;
    if (store_begin(made) != STORE_OK)
        CU_FAIL_FATAL("the store");
    add(builds[1], "idle", "", 1, "{\"traffic\":[{\"from\":\"a\",\"to\":\"b\",\"gap_ns\":null}]}");
    CU_ASSERT_EQUAL_FATAL(store_commit(made), STORE_OK);
    CU_ASSERT_EQUAL_FATAL(measures_load(made, (measures_filter){.scenario = "idle"}, &all), STORE_OK);
    const measure_series *const series = measures_find(&all.groups[0], MEASURE_GAP, "a -> b");
    CU_ASSERT_PTR_NOT_NULL_FATAL(series);
    SAME(series->count, 1);
    SAME(series->never, 0);
    SAME(series->sorted_count, 0);
    CU_ASSERT(!measures_percentile(series, 50, &at));
    measures_free(&all);
}

static void test_what_is_asked_for(void)
{
    static const char *const NAMES[] = {"joined", "move"};
    measures all;
    const measures_filter filter = {
        .scenarios = NAMES, .scenario_count = 2, .without_points = true, .validations_alone = true};
    CU_ASSERT_EQUAL_FATAL(measures_load(made, filter, &all), STORE_OK);
    SAME(all.count, 4);
    SAME_TEXT(all.groups[0].scenario, "move");
    SAME_TEXT(all.groups[2].scenario, "joined");
    SAME(all.groups[0].runs, 3);
    SAME(all.groups[0].first_seed, 1);
    SAME(all.groups[0].last_seed, 3);
    SAME(all.groups[0].series_count, 1);
    SAME(all.groups[0].series[0].count, 4);
    SAME(all.groups[0].series[0].sorted[0], 10);
    CU_ASSERT_PTR_NULL(all.groups[0].series[0].points);
    CU_ASSERT_PTR_NULL(all.groups[0].seeds);
    measures_free(&all);
    const measures_filter few = {.scenario = "move", .of_seeds = true, .first_seed = 2, .last_seed = 2};
    CU_ASSERT_EQUAL_FATAL(measures_load(made, few, &all), STORE_OK);
    SAME(all.count, 1);
    SAME(all.groups[0].runs, 1);
    SAME(all.groups[0].series[0].count, 2);
    SAME(all.groups[0].series[0].points[0].value_ns, 30);
    measures_free(&all);
}

static void test_nothing_found(void)
{
    measures all;
    CU_ASSERT_EQUAL_FATAL(measures_load(made, (measures_filter){.scenario = "none"}, &all), STORE_OK);
    SAME(all.count, 0);
    measures_free(&all);
}

static const check_test TESTS[] = {{"(a store is filled)", fill},
                                   {"groups", test_groups},
                                   {"series", test_series},
                                   {"a crowd is one series", test_a_crowd_is_one_series},
                                   {"joined calls", test_joined_calls},
                                   {"never reached", test_never},
                                   {"no gap", test_no_gap},
                                   {"what is asked for", test_what_is_asked_for},
                                   {"nothing found", test_nothing_found}};

int main(void)
{
    char message[STORE_MESSAGE_MAX];
    char file[64];
    if (!mkdtemp(path))
        return 1;
    (void)snprintf(file, sizeof file, "%s/db", path);
    if (store_open(file, STORE_CREATE, &made, message))
        return 1;
    const int failed = check_main("series", TESTS, sizeof TESTS / sizeof TESTS[0]);
    store_close(made);
    (void)unlink(file);
    (void)rmdir(path);
    return failed;
}
