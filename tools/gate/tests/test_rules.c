/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of RFC 9000 from the runs of a store to the sentences of the gate. */
#include "tools/gate/baseline_rules.h"
#include "tools/gate/compare.h"
#include "tools/gate/groups.h"
#include "tools/gate/text.h"
#include "tools/tests/rows_of_text.h"

#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const gate_tolerance TOLERANCE = {1, 1, 1};
static const build_id BUILD = {
    .commit = "abc", .roam = "0.1.0", .ngtcp2 = "1.11.0", .wolfssl = "5.7.2", .ns3 = "3.37"};
static char directory[] = "/tmp/roam-gate-rules-XXXXXX";

/* ---- what a run says ---- */

#define PADDED_AS(verdict, at)                                                                               \
    "{\"rule\": \"challenge-padded\", \"id\": \"rfc9000-8.2.1-5\", \"level\": \"MUST\", \"verdict\": "       \
    "\"" verdict "\", \"first_node\": \"laptop\", \"first_at_ns\": " at ", \"first_text\": \"57 bytes\"}"
#define PADDED PADDED_AS("broken", "3100000000")
#define RESPONSE_HELD "{\"rule\": \"response-once\", \"verdict\": \"pass\"}"
#define MAY                                                                                                  \
    "{\"rule\": \"response-padded\", \"id\": \"rfc9000-8.2.2-9\", \"level\": \"MAY\", \"verdict\": "         \
    "\"declined\", \"first_node\": \"server\", \"first_at_ns\": 5000000, \"first_text\": \"no\"}"
#define MAY_TAKEN "{\"rule\": \"response-padded\", \"verdict\": \"pass\"}"

typedef const char *rules_fn(uint64_t seed);

static const char *held(uint64_t seed)
{
    (void)seed;
    return "\"rules\": [" PADDED_AS("pass", "null") ", " RESPONSE_HELD ", " MAY_TAKEN "]";
}

static const char *broken(uint64_t seed)
{
    (void)seed;
    return "\"rules\": [" PADDED ", " RESPONSE_HELD ", " MAY_TAKEN "]";
}

static const char *broken_once(uint64_t seed)
{
    return seed == 2 ? broken(seed) : held(seed);
}

static const char *broken_in_a_tenth(uint64_t seed)
{
    return seed % 10 == 0 ? broken(seed) : held(seed);
}

static const char *declined(uint64_t seed)
{
    (void)seed;
    return "\"rules\": [" PADDED_AS("pass", "null") ", " RESPONSE_HELD ", " MAY "]";
}

static const char *blind(uint64_t seed)
{
    (void)seed;
    return "\"rules\": [" PADDED_AS("pass", "null") ", " MAY_TAKEN "]";
}

static const char *blind_but_once(uint64_t seed)
{
    return seed == 2 ? held(seed) : blind(seed);
}

static const char *without_a_witness(uint64_t seed)
{
    (void)seed;
    return "\"traffic\": []";
}

/* ---- a baseline of runs ---- */

static void fill(store *into, rules_fn *says, uint64_t seeds)
{
    int64_t build = 0;
    CU_ASSERT_EQUAL_FATAL(store_begin(into), STORE_OK);
    CU_ASSERT_EQUAL_FATAL(store_add_build(into, &BUILD, &build), STORE_OK);
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        char text[1024];
        (void)snprintf(text, sizeof text, "{\"verdict\": \"passed\", \"duration_ns\": 20, %s}", says(seed));
        const store_run run = {
            .key = {.scenario = "s", .directory = "d", .digest = "0", .combination = "", .seed = seed},
            .rows = rows_of_text(text)};
        CU_ASSERT_EQUAL_FATAL(store_add_run(into, build, &run), STORE_OK);
    }
    CU_ASSERT_EQUAL_FATAL(store_commit(into), STORE_OK);
}

static json_t *baseline(const char *kind, rules_fn *says, int seeds)
{
    char path[sizeof directory + 16];
    char message[STORE_MESSAGE_MAX] = "";
    store *runs = NULL;
    json_t *const self =
        json_pack("{s:i, s:s, s:s, s:s, s:s, s:{s:i, s:i}, s:[{s:s, s:s, s:[]}]}", "baseline", 1, "scenario",
                  "s", "directory", "d", "digest", "0", "kind", kind, "seeds", "first", 1, "last", seeds,
                  "combinations", "combination", "", "verdicts", "passed", "series");
    json_t *const combination = json_array_get(json_object_get(self, "combinations"), 0);
    (void)snprintf(path, sizeof path, "%s/runs.db", directory);
    CHECK(store_open(path, STORE_CREATE, &runs, message), STORE_OK, "%s", message);
    fill(runs, says, (uint64_t)seeds);
    const baseline_origin from = {runs, 0};
    CU_ASSERT_EQUAL_FATAL(baseline_rules_add(self, combination, &from), STORE_OK);
    store_close(runs);
    (void)unlink(path);
    const char *const fault = baseline_rules_fault(combination, (size_t)seeds);
    CHECK_STRING(fault ? fault : "", "", "the rules of the baseline");
    return self;
}

static json_t *rules_of(const json_t *self)
{
    return json_object_get(json_array_get(json_object_get(self, "combinations"), 0), "rules");
}

static void test_what_a_baseline_holds(void)
{
    json_t *const self = baseline("exact", broken_once, 3);
    const json_t *const told = json_array_get(json_object_get(rules_of(self), "told"), 0);
    CHECK_STRING(json_string_value(json_object_get(rules_of(self), "exercised")),
                 "challenge-padded response-once response-padded", "exercised");
    CHECK_STRING(json_string_value(json_object_get(rules_of(self), "sometimes")), "", "sometimes");
    CHECK(json_array_size(json_object_get(rules_of(self), "told")), 1, "rules that are told");
    CHECK_STRING(json_string_value(json_object_get(told, "is")), "laptop at 3.100 s: 57 bytes", "is");
    CHECK_STRING(json_string_value(json_object_get(told, "runs")), "010", "runs");
    CHECK(json_integer_value(json_object_get(told, "seed")), 2, "seed");
    const size_t places[] = {1, 0, 1};
    json_t *const combination = json_array_get(json_object_get(self, "combinations"), 0);
    baseline_rules_pick(combination, places, 3);
    CHECK_STRING(json_string_value(json_object_get(told, "runs")), "101", "runs that were picked");
    baseline_rules_pick(combination, (const size_t[]){1}, 1);
    CHECK(json_array_size(json_object_get(rules_of(self), "told")), 0, "rules told of the seed 1 alone");
    json_decref(self);
    json_t *const other = baseline("exact", blind_but_once, 3);
    CHECK_STRING(json_string_value(json_object_get(rules_of(other), "sometimes")), "response-once",
                 "sometimes");
    json_decref(other);
    json_t *const none = baseline("exact", without_a_witness, 3);
    CU_ASSERT_PTR_NULL(rules_of(none));
    json_decref(none);
}

/* ---- comparing ---- */

static void test_changes(void)
{
    static const struct {
        const char *kind;
        rules_fn *was, *is;
        gate_weight weight;
        const char *said; /* ""; no change */
    } cases[] = {
        {"exact", held, broken, GATE_WORSE,
         "s: rule challenge-padded (MUST, rfc9000-8.2.1-5): held, is broken by laptop at 3.100 s: 57 bytes; "
         "differs on all 40 seeds; not by chance"},
        {"exact", held, broken_once, GATE_WORSE,
         "s: rule challenge-padded (MUST, rfc9000-8.2.1-5): held, is broken by laptop at 3.100 s: 57 bytes; "
         "differs on 1 of 40 seeds; not by chance"},
        {"exact", broken, held, GATE_BETTER,
         "s: rule challenge-padded (MUST, rfc9000-8.2.1-5): broken by laptop at 3.100 s: 57 bytes, is held; "
         "differs on all 40 seeds; not by chance"},
        {"exact", held, declined, GATE_SLIGHT,
         "s: rule response-padded (MAY, rfc9000-8.2.2-9): held, is declined by server at 5.000 ms: no; "
         "differs on all 40 seeds; not by chance"},
        {"exact", held, blind, GATE_SLIGHT,
         "s: rule response-once: held, is not exercised; differs on all 40 seeds; not by chance"},
        {"stochastic", held, blind, GATE_SLIGHT,
         "s: rule response-once: held, is not exercised; differs on all 40 seeds; not by chance"},
        {"stochastic", held, broken, GATE_WORSE, NULL},
        {"stochastic", broken, held, GATE_BETTER, NULL},
        {"stochastic", held, declined, GATE_SLIGHT, NULL},
        {"exact", held, held, GATE_SLIGHT, ""},
        {"exact", broken, broken, GATE_SLIGHT, ""},
        {"exact", broken, broken_once, GATE_BETTER, NULL},
        {"exact", held, blind_but_once, GATE_SLIGHT, ""},
        {"stochastic", blind_but_once, blind, GATE_SLIGHT, ""},
        {"stochastic", held, broken_once, GATE_SLIGHT, ""}, /* one in 40 is chance */
        {"exact", without_a_witness, broken, GATE_SLIGHT, ""},
        {"exact", held, without_a_witness, GATE_SLIGHT, ""},
        {"stochastic", without_a_witness, broken, GATE_SLIGHT, ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *const was = baseline(cases[i].kind, cases[i].was, 40);
        json_t *const is = baseline(cases[i].kind, cases[i].is, 40);
        gate_changes changes = {0};
        char line[GATE_LINE_MAX] = "";
        CU_ASSERT(gate_compare(was, is, &TOLERANCE, &changes));
        CU_ASSERT(gate_changes_settle(&changes));
        const bool any = !cases[i].said || cases[i].said[0];
        CHECK(changes.count, any ? 1 : 0, "changes of case %zu", i);
        if (any && changes.count > 0) {
            CHECK(changes.items[0].weight, cases[i].weight, "weight of case %zu", i);
            if (cases[i].said)
                CHECK_STRING(gate_text_sentence(&changes.items[0], line), cases[i].said, "case %zu", i);
        }
        gate_changes_free(&changes);
        json_decref(was);
        json_decref(is);
    }
}

static void test_shares(void)
{
    json_t *const was = baseline("stochastic", held, 200);
    json_t *const is = baseline("stochastic", broken_in_a_tenth, 200);
    gate_changes changes = {0};
    CU_ASSERT(gate_compare(was, is, &TOLERANCE, &changes));
    CU_ASSERT(gate_changes_settle(&changes));
    CHECK(changes.count, 1, "changes");
    if (changes.count > 0) {
        const gate_change *const change = &changes.items[0];
        CHECK(change->weight, GATE_WORSE, "weight");
        CHECK_STRING(change->measure, "rule: challenge-padded", "measure");
        CHECK_STRING(change->what, "broken: MUST, rfc9000-8.2.1-5", "what");
        CHECK_STRING(change->was, "0.0 %", "was");
        CHECK_STRING(change->is, "10.0 %", "is");
        CHECK(change->worst_seed, 10, "the seed to see it");
        CU_ASSERT(change->by_chance);
    }
    gate_changes_free(&changes);
    json_decref(was);
    json_decref(is);
}

/* ---- sentences ---- */

static void test_groups(void)
{
    const struct {
        const char *was, *is, *by, *what;
    } kinds[] = {
        {"held", "broken by laptop at 3.100 s: 57 bytes", "", "MUST, rfc9000-8.2.1-5"},
        {"0.0 %", "10.0 %", "+10.0 points", "broken: MUST, rfc9000-8.2.1-5"},
    };
    static const char *const said[] = {"In 2 of 3 scenarios rule challenge-padded (MUST, rfc9000-8.2.1-5) is "
                                       "broken by laptop at 3.100 s: 57 "
                                       "bytes.",
                                       "In 2 of 3 scenarios the share of runs in which rule challenge-padded "
                                       "of RFC 9000 is broken goes from "
                                       "0.0 % to 10.0 %."};
    const gate_scenario scenarios[] = {
        {.name = "a", .combinations = 1}, {.name = "b", .combinations = 1}, {.name = "c", .combinations = 1}};
    for (size_t i = 0; i < 2; i++) {
        gate_change items[] = {{.weight = GATE_WORSE, .scenario = "a", .combination = "", .seeds = 1},
                               {.weight = GATE_WORSE, .scenario = "a", .combination = "", .seeds = 1},
                               {.weight = GATE_WORSE, .scenario = "b", .combination = "", .seeds = 1}};
        gate_changes changes = {.items = items, .count = 3};
        const gate_verdict verdict = {.scenarios = scenarios, .scenario_count = 3, .changes = &changes};
        gate_group groups[4];
        char line[GATE_LINE_MAX];
        for (size_t j = 0; j < 3; j++) {
            (void)snprintf(items[j].measure, sizeof items[j].measure, "rule: %s",
                           j == 1 ? "response-once" : "challenge-padded");
            (void)snprintf(items[j].what, sizeof items[j].what, "%s", kinds[i].what);
            (void)snprintf(items[j].was, sizeof items[j].was, "%s", kinds[i].was);
            (void)snprintf(items[j].is, sizeof items[j].is, "%s", kinds[i].is);
            (void)snprintf(items[j].by, sizeof items[j].by, "%s", kinds[i].by);
        }
        CHECK(gate_groups_find(&verdict, groups, 4), 2, "groups: each rule is one");
        CHECK_STRING(gate_group_sentence(&verdict, &groups[0], line), said[i], "%zu", i);
    }
}

static const check_test TESTS[] = {{"what a baseline holds", test_what_a_baseline_holds},
                                   {"changes", test_changes},
                                   {"shares of runs", test_shares},
                                   {"groups", test_groups}};

int main(void)
{
    if (!mkdtemp(directory))
        return 1;
    const int failed = check_main("rules of the gate", TESTS, sizeof TESTS / sizeof TESTS[0]);
    (void)rmdir(directory);
    return failed;
}
