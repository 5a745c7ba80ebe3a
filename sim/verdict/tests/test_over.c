/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations over the members of a group and over calls; and what summary.json has of a large group. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"
#include "sim/verdict/expect/expect.h"
#include "sim/verdict/summary.h"

#include <CUnit/Basic.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define S UINT64_C(1000000000)
enum { SERVER = 0, FIRST = 1, TEXT_MAX = 2048 };

/* Member i, from 1, is noticed at i ms by the server, and validated in i ms; `lost` members never are. It
 * migrates at its turn, in i ms. */
typedef struct scene {
    uint32_t members;
    uint32_t lost; /* the first so many */
} scene;

static const char *text_of(const scene *seen, const char *expect, char text[TEXT_MAX])
{
    (void)snprintf(text, TEXT_MAX,
                   "roam: 1\nname: t\nduration: 10s\nnetworks: {lte: {}, core: {}}\n"
                   "nodes:\n  server: {networks: [core], listen: 4433}\n"
                   "  phone: {count: %u, networks: [lte]}\n"
                   "peers: [phone -> server]\n"
                   "traffic: [{flow: phone -> server, send: 100B, every: 20ms, at: 1s}]\n"
                   "timeline: [{at: 2s, migrate: phone -> server, spread: 1s, as: move}]\n"
                   "expect: [%s]\n",
                   seen->members, expect);
    return text;
}

static evidence recorded(const scene *seen, const char *expect)
{
    char text[TEXT_MAX];
    evidence of = evidence_of(evidence_scenario(text_of(seen, expect, text)));
    const observer *const to = &of.told;
    for (uint32_t i = 0; i < seen->members; i++) {
        const uint64_t took_ns = (i + 1) * MS;
        const roam_rebind_record record = {
            .validated = i >= seen->lost, .noticed_ns = S + took_ns, .finished_ns = S + 2 * took_ns};
        const roam_event rebound = {.kind = ROAM_EVENT_REBOUND, .rebind = &record};
        const observer_migrate call = {.call = i, .event = &of.scenario->events[i], .to = SERVER};
        const roam_migration_record moved = {.result = i < seen->lost ? ROAM_ERR_TIMEOUT : ROAM_OK};
        to->core_event(to->ctx, SERVER, FIRST + i, &rebound, record.finished_ns);
        to->migrate_called(to->ctx, &call, 3 * S);
        to->migrate_done(to->ctx, i, &moved, 3 * S + took_ns);
    }
    evidence_finish(&of);
    return of;
}

#define REBIND "{rebind: server, of: phone, "
#define MOVED(time) "1, validated in " time " ms, window 0 then 0 B, SRTT 0.000 ms then 0.000 ms"
#define NOT_MOVED "1, not validated in 1.000 ms, window 0 then 0 B, SRTT 0.000 ms then 0.000 ms"

/* Of 200 members with 1 to 200 ms: 50 % have up to 100 ms, 99 % up to 198 ms, 99.9 % up to 200 ms. */
static const struct {
    const char *expect;
    scene scene;
    bool held;
    size_t failed;
    const char *text;
} CASES[] = {
    {REBIND "validation: <= 200ms}",
     {200, 0},
     true,
     0,
     "at worst phone-200 of all: " MOVED("200.000") ", wanted 1 or more validated in <= 200ms"},
    {REBIND "validation: <= 197ms}",
     {200, 0},
     false,
     3,
     "3 of 200 fail: phone-198, phone-199, phone-200; at worst phone-200: " MOVED(
         "200.000") ", wanted 1 or more validated in <= 197ms"},
    {REBIND "validation: <= 195ms}",
     {200, 0},
     false,
     5,
     "5 of 200 fail: phone-196, phone-197, phone-198 and 2 more; at worst phone-200: " MOVED(
         "200.000") ", wanted 1 or more validated in <= 195ms"},
    {REBIND "count: 2}",
     {1, 0},
     false,
     1,
     "1 of 1 fails: phone-1; at worst phone-1: " MOVED("1.000") ", wanted 2"},
    /* of 200, 99 % are 198 */
    {REBIND "validation: <= 198ms, share: \">= 99%\"}",
     {200, 0},
     true,
     2,
     "2 of 200 fail: phone-199, phone-200; at worst phone-200: " MOVED(
         "200.000") ", wanted 1 or more validated in <= 198ms, share >= 99%"},
    {REBIND "validation: <= 197ms, share: 99%}",
     {200, 0},
     false,
     3,
     "3 of 200 fail: phone-198, phone-199, phone-200; at worst phone-200: " MOVED(
         "200.000") ", wanted 1 or more validated in <= 197ms, share >= 99%"},
    {REBIND "validation: <= 100ms, share: \"<= 50%\"}",
     {200, 0},
     true,
     100,
     "100 of 200 fail: phone-101, phone-102, phone-103 and 97 more; at worst phone-200: " MOVED(
         "200.000") ", wanted 1 or more validated in <= 100ms, share <= 50%"},
    {REBIND "validation: <= 101ms, share: \"<= 50%\"}",
     {200, 0},
     false,
     99,
     "99 of 200 fail: phone-102, phone-103, phone-104 and 96 more; at worst phone-200: " MOVED(
         "200.000") ", wanted 1 or more validated in <= 101ms, share <= 50%"},
    {REBIND "validation: <= 100ms, share: 50%..50%}",
     {200, 0},
     true,
     100,
     "100 of 200 fail: phone-101, phone-102, phone-103 and 97 more; at worst phone-200: " MOVED(
         "200.000") ", wanted 1 or more validated in <= 100ms, share 50% to 50%"},
    {REBIND "p50: <= 100ms, p99: <= 198ms, p99.9: <= 200ms}",
     {200, 0},
     true,
     0,
     "p50 100.000 ms, p99 198.000 ms, p99.9 200.000 ms, at worst phone-200 of all: " MOVED(
         "200.000") ", wanted 1 or more, p50 <= 100ms, p99 <= 198ms, p99.9 <= 200ms"},
    {REBIND "p50: <= 99ms}",
     {200, 0},
     false,
     0,
     "p50 100.000 ms, at worst phone-200 of all: " MOVED("200.000") ", wanted 1 or more, p50 <= 99ms"},
    {REBIND "p99: <= 197ms}",
     {200, 0},
     false,
     0,
     "p99 198.000 ms, at worst phone-200 of all: " MOVED("200.000") ", wanted 1 or more, p99 <= 197ms"},
    /* from the best, which is then the longest: 99 % have at least 3 ms */
    {REBIND "p99: \">= 3ms\"}",
     {200, 0},
     true,
     0,
     "p99 3.000 ms, at worst phone-200 of all: " MOVED("200.000") ", wanted 1 or more, p99 >= 3ms"},
    {REBIND "p99: \">= 4ms\"}",
     {200, 0},
     false,
     0,
     "p99 3.000 ms, at worst phone-200 of all: " MOVED("200.000") ", wanted 1 or more, p99 >= 4ms"},
    /* what was not validated is the worst */
    {REBIND "p50: <= 10ms}",
     {4, 2},
     true,
     0,
     "p50 4.000 ms, at worst phone-1 of all: " NOT_MOVED ", wanted 1 or more, p50 <= 10ms"},
    {REBIND "p75: <= 1min}",
     {4, 2},
     false,
     0,
     "p75 never, at worst phone-1 of all: " NOT_MOVED ", wanted 1 or more, p75 <= 1min"},
    {REBIND "p75: \">= 1ms\"}",
     {4, 2},
     false,
     0,
     "p75 never, at worst phone-1 of all: " NOT_MOVED ", wanted 1 or more, p75 >= 1ms"},
    {"{never: peer_down, node: phone}", {3, 0}, true, 0, "all 3, phone-1: no peer_down on phone-1"},
    {"{migration: move, result: ok, share: \">= 50%\"}",
     {4, 2},
     true,
     2,
     "2 of 4 fail: phone-1, phone-2; at worst phone-1: timeout in 1.000 ms, wanted ok, share >= 50%"},
    {"{migration: move, result: ok, share: \">= 51%\"}",
     {4, 2},
     false,
     2,
     "2 of 4 fail: phone-1, phone-2; at worst phone-1: timeout in 1.000 ms, wanted ok, share >= 51%"},
    {"{move: move, p50: <= 2ms}",
     {4, 0},
     true,
     0,
     "p50 2.000 ms, at worst phone-4 of all: took 4.000 ms, wanted p50 <= 2ms"},
};

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        evidence of = recorded(&CASES[i].scene, CASES[i].expect);
        expect_outcome outcome = evidence_judge(&of);
        CHECK(outcome.held, CASES[i].held, "held: %s", CASES[i].expect);
        CHECK_STRING(outcome.text, CASES[i].text, "%s", CASES[i].expect);
        CU_ASSERT_FATAL(outcome.over != NULL);
        CHECK(outcome.over->failed, CASES[i].failed, "failed: %s", CASES[i].expect);
        CHECK(outcome.over->count, CASES[i].scene.members, "count: %s", CASES[i].expect);
        expect_outcomes_fini(&outcome, 1);
        evidence_free(&of);
    }
}

/* The ten worst: what fails, and then by value. */
static void test_worst(void)
{
    evidence of = recorded(&(scene){30, 2}, REBIND "validation: <= 27ms}");
    expect_outcome outcome = evidence_judge(&of);
    static const uint32_t members[EXPECT_WORST_MAX] = {1, 2, 30, 29, 28, 27, 26, 25, 24, 23};
    CU_ASSERT_EQUAL(outcome.over->worst_count, EXPECT_WORST_MAX);
    for (size_t i = 0; i < EXPECT_WORST_MAX; i++) {
        CHECK(outcome.over->worst[i].node, FIRST + members[i] - 1, "place %zu", i);
        CHECK(outcome.over->worst[i].held, i >= 5, "place %zu", i);
    }
    expect_outcomes_fini(&outcome, 1);
    evidence_free(&of);
}

/* --- summary.json --- */

static json_t *summary_of(const evidence *of, bool each)
{
    expect_outcome outcomes[2] = {evidence_judge(of), {.held = true}};
    summary_path *const paths = calloc(2 * of->scenario->peer_count, sizeof *paths);
    summary_groups groups;
    CU_ASSERT_FATAL(paths != NULL);
    CU_ASSERT_FATAL(summary_groups_of(of->scenario, of->recorder, SUMMARY_EACH_MAX, each, &groups));
    const summary_input input = {.scenario = of->scenario,
                                 .seed = 1,
                                 .recorder = of->recorder,
                                 .witness = of->witness,
                                 .outcomes = outcomes,
                                 .paths = paths,
                                 .groups = &groups};
    char *const text = summary_text(&input);
    json_t *const root = text ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    summary_rows rows;
    CU_ASSERT_FATAL(root != NULL);
    CU_ASSERT_FATAL(summary_rows_of(&input, &rows));
    CHECK(rows.counts[SUMMARY_GROUPS], json_array_size(json_object_get(root, "groups")), "rows");
    CHECK(rows.counts[SUMMARY_REBINDS], json_array_size(json_object_get(root, "rebinds")), "rows");
    summary_rows_free(&rows);
    free(text);
    free(paths);
    summary_groups_free(&groups);
    expect_outcomes_fini(outcomes, 2);
    return root;
}

static uint64_t number(const json_t *object, const char *key)
{
    return (uint64_t)json_integer_value(json_object_get(object, key));
}

static const json_t *group_with(const json_t *root, const char *items)
{
    size_t i;
    const json_t *one;
    json_array_foreach(json_object_get(root, "groups"), i, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "items")), items) == 0)
            return one;
    }
    return NULL;
}

static void test_large(void)
{
    static const char *const arrays[] = {"rebinds", "migrations", "peers", "traffic", "moves"};
    for (int each = 0; each < 2; each++) {
        evidence of = recorded(&(scene){201, 1}, REBIND "count: 1}");
        json_t *const root = summary_of(&of, each);
        for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
            CHECK(json_array_size(json_object_get(root, arrays[i])), each ? 201 : 10, "%s", arrays[i]);
        CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "groups")), 5);
        const json_t *const rebinds = group_with(root, "rebinds");
        CU_ASSERT_FATAL(rebinds != NULL);
        CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(rebinds, "of")), "server -> phone");
        CHECK(number(rebinds, "count"), 201, "count");
        CHECK(number(rebinds, "valued"), 200, "valued"); /* 2 to 201 ms */
        CHECK(number(rebinds, "p50_ns"), 101 * MS, "p50");
        CHECK(number(rebinds, "p90_ns"), 181 * MS, "p90");
        CHECK(number(rebinds, "p99_ns"), 199 * MS, "p99");
        CHECK(number(rebinds, "max_ns"), 201 * MS, "max");
        CU_ASSERT_STRING_EQUAL(json_string_value(json_object_get(rebinds, "worst_member")), "phone-1");
        const json_t *const worst = json_object_get(rebinds, "worst");
        CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(worst, 1)), "phone-201");
        CU_ASSERT_STRING_EQUAL(json_string_value(json_array_get(worst, 9)), "phone-193");
        json_decref(root);
        evidence_free(&of);
    }
}

/* A smaller group is listed, and has no more to it. */
static void test_small(void)
{
    evidence of = recorded(&(scene){200, 0}, REBIND "count: 1}");
    json_t *const root = summary_of(&of, false);
    CU_ASSERT_EQUAL(json_array_size(json_object_get(root, "rebinds")), 200);
    CU_ASSERT_PTR_NULL(json_object_get(root, "groups"));
    json_decref(root);
    evidence_free(&of);
}

/* phone-1 and phone-3 are on the slow network: the median is the fast one's, p90 theirs. */
static void test_goodput(void)
{
#define RATES(expect)                                                                                        \
    "roam: 1\nname: t\nduration: 6s\n"                                                                       \
    "networks: {slow: {delay: 5ms, rate: 1Mbps}, fast: {delay: 5ms, rate: 8Mbps}, core: {}}\n"               \
    "nodes:\n  server: {networks: [core], listen: 4433}\n"                                                   \
    "  phone: {count: 4, networks: {in_turn: [slow, fast]}}\n"                                               \
    "peers: [phone -> server]\ntraffic: [{flow: server -> phone, bulk: 300kB, at: 1s}]\n"                    \
    "expect: [{goodput: server -> phone, " expect "}]\n"
    evidence of = evidence_run(RATES("p50: \">= 1500kbps\", p90: \">= 500kbps\""));
    expect_outcome outcome = evidence_judge(&of);
    CU_ASSERT_TRUE(outcome.held);
    CU_ASSERT_FATAL(outcome.over && outcome.over->count == 4);
    CU_ASSERT(outcome.over->percentiles[0] > 1500000 && outcome.over->percentiles[0] < 8000000);
    CU_ASSERT(outcome.over->percentiles[1] > 500000 && outcome.over->percentiles[1] < 1000000);
    CU_ASSERT(outcome.over->worst[0].node % 2 == 1 && outcome.over->worst[3].node % 2 == 0);
    CHECK_CONTAINS(outcome.text, " Mbps, p90 0.", "both");
    CHECK_CONTAINS(outcome.text, ", wanted p50 >= 1.5Mbps, p90 >= 500kbps", "bounds");
    expect_outcomes_fini(&outcome, 1);
    evidence_free(&of);
    of = evidence_run(RATES("min: 1500kbps, share: 51%"));
    outcome = evidence_judge(&of);
    CU_ASSERT_FALSE(outcome.held);
    CHECK_CONTAINS(outcome.text, "2 of 4 fail: phone-1, phone-3; at worst phone-", "share");
    expect_outcomes_fini(&outcome, 1);
    evidence_free(&of);
}

static const check_test TESTS[] = {{"goodput", test_goodput},
                                   {"cases", test_cases},
                                   {"worst", test_worst},
                                   {"large", test_large},
                                   {"small", test_small}};
CHECK_MAIN("expectations over groups", TESTS)
