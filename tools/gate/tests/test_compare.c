/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/compare.h"

#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEEDS = 100 };
#define MS INT64_C(1000000)

static const gate_tolerance TOLERANCE = {MS, MS, MS};

/* What a seed gives: of a validation, the only series, in a baseline of one combination. */
typedef struct seed_values {
    int64_t value_ns; /* -1: never */
    const char *outcome;
    const char *verdict;
} seed_values;

typedef seed_values values_fn(size_t seed);

/* In no order, and the same every time: 0 to 99,999. */
static int64_t scattered(size_t seed)
{
    uint64_t mixed = (seed + 1) * UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return (int64_t)((mixed ^ (mixed >> 27)) % 100000);
}

static json_t *baseline_with(const char *kind, const char *measure, values_fn *values)
{
    json_t *const verdicts = json_array();
    json_t *const outcomes = json_array();
    json_t *const worst = json_array();
    for (size_t i = 0; i < SEEDS; i++) {
        const seed_values one = values(i);
        (void)json_array_append_new(verdicts, json_string(one.verdict));
        (void)json_array_append_new(outcomes, json_string(one.outcome));
        (void)json_array_append_new(worst, one.value_ns < 0 ? json_null() : json_integer(one.value_ns));
    }
    json_t *const series =
        json_pack("{s:s, s:s, s:o, s:n, s:n, s:n, s:n, s:o}", "kind", measure, "label", "move", "outcomes",
                  outcomes, "p50_ns", "p90_ns", "p99_ns", "max_ns", "worst_ns", worst);
    return json_pack("{s:i, s:s, s:s, s:s, s:s, s:{s:i, s:i}, s:[{s:s, s:o, s:[o]}]}", "baseline", 1,
                     "scenario", "s", "directory", "d", "digest", "0", "kind", kind, "seeds", "first", 1,
                     "last", SEEDS, "combinations", "combination", "", "verdicts", verdicts, "series",
                     series);
}

/* ---- what seeds give ---- */

static seed_values plain(size_t seed)
{
    return (seed_values){100 * MS + scattered(seed) * 200, "ok 1", "passed"};
}

static seed_values redrawn(size_t seed)
{
    return plain(seed + 500);
}

static seed_values later_redrawn(size_t seed)
{
    return (seed_values){plain(seed + 500).value_ns + 8 * MS, "ok 1", "passed"};
}

static seed_values barely_later(size_t seed)
{
    return (seed_values){plain(seed).value_ns + MS - 1, "ok 1", "passed"};
}

static seed_values later(size_t seed)
{
    return (seed_values){plain(seed).value_ns + MS, "ok 1", "passed"};
}

static seed_values seldom_later(size_t seed)
{
    return (seed_values){plain(seed).value_ns + (seed % 5 == 0 ? 30 * MS : 0), "ok 1", "passed"};
}

static seed_values seldom_later_redrawn(size_t seed)
{
    return (seed_values){redrawn(seed).value_ns + (seed % 7 == 0 ? 30 * MS : 0), "ok 1", "passed"};
}

static seed_values seldom_failing(size_t seed)
{
    return seed % 5 == 0 ? (seed_values){-1, "timeout 1", "failed"} : plain(seed);
}

static seed_values once_failing(size_t seed)
{
    return seed == 7 ? (seed_values){-1, "timeout 1", "failed"} : plain(seed);
}

static seed_values once_crashing(size_t seed)
{
    return seed == 7 ? (seed_values){-1, "", "crashed"} : plain(seed);
}

static seed_values seldom_absent(size_t seed)
{
    return seed % 5 == 0 ? (seed_values){-1, "", "passed"} : plain(seed);
}

static seed_values rebound(size_t seed)
{
    return (seed_values){plain(seed).value_ns, "validated 1", "passed"};
}

static seed_values seldom_rebound(size_t seed)
{
    return seed % 5 ? (seed_values){-1, "", "passed"} : rebound(seed);
}

static seed_values failing(size_t seed)
{
    return (seed_values){plain(seed).value_ns, "ok 2, timeout 1", "passed"};
}

static seed_values all_well(size_t seed)
{
    return (seed_values){plain(seed).value_ns, "ok 3", "passed"};
}

static seed_values failing_otherwise(size_t seed)
{
    return (seed_values){plain(seed).value_ns, "no_conn 1, ok 2", "passed"};
}

/* All seeds alike: the same but for the verdict. */
static seed_values unsupported(size_t seed)
{
    return (seed_values){plain(seed).value_ns, "ok 1", "unsupported"};
}

static seed_values failed(size_t seed)
{
    return (seed_values){plain(seed).value_ns, "ok 1", "failed"};
}

/* ---- the gate's word on them ---- */

typedef struct expected {
    gate_weight weight;
    const char *measure;
    const char *what;
} expected;

static const char *weight_name(gate_weight weight)
{
    static const char *const NAMES[] = {"slight", "better", "worse", "chance"};
    return NAMES[weight];
}

static const struct {
    const char *name;
    const char *kind;
    const char *measure;
    values_fn *was;
    values_fn *is;
    expected found[4];
} CASES[] = {
    {.name = "what is not supported any more",
     .kind = "exact",
     .measure = "validation",
     .was = plain,
     .is = unsupported,
     .found = {{GATE_WORSE, "verdict", ""}}},
    {.name = "what is supported now",
     .kind = "exact",
     .measure = "validation",
     .was = unsupported,
     .is = plain,
     .found = {{GATE_BETTER, "verdict", ""}}},
    {.name = "unsupported, failed before",
     .kind = "exact",
     .measure = "validation",
     .was = failed,
     .is = unsupported,
     .found = {{GATE_BETTER, "verdict", ""}}},
    {.name = "failed, unsupported before",
     .kind = "exact",
     .measure = "validation",
     .was = unsupported,
     .is = failed,
     .found = {{GATE_WORSE, "verdict", ""}}},
    {.name = "the same", .kind = "stochastic", .measure = "validation", .was = plain, .is = plain},
    {.name = "draws made anew", .kind = "stochastic", .measure = "validation", .was = plain, .is = redrawn},
    {.name = "8 ms later, draws made anew",
     .kind = "stochastic",
     .measure = "validation",
     .was = plain,
     .is = later_redrawn,
     .found = {{GATE_WORSE, "validation: move", "typical"}}},
    {.name = "8 ms sooner, draws made anew",
     .kind = "stochastic",
     .measure = "validation",
     .was = later_redrawn,
     .is = plain,
     .found = {{GATE_BETTER, "validation: move", "typical"}}},
    {.name = "1 ms later on every seed",
     .kind = "stochastic",
     .measure = "validation",
     .was = plain,
     .is = later,
     .found = {{GATE_WORSE, "validation: move", "typical"}}},
    {.name = "1 ms sooner on every seed",
     .kind = "stochastic",
     .measure = "validation",
     .was = later,
     .is = plain,
     .found = {{GATE_BETTER, "validation: move", "typical"}}},
    {.name = "less than the tolerance",
     .kind = "stochastic",
     .measure = "validation",
     .was = plain,
     .is = barely_later,
     .found = {{GATE_SLIGHT, "validation: move", "typical"}}},
    {.name = "later in one run of five",
     .kind = "stochastic",
     .measure = "validation",
     .was = plain,
     .is = seldom_later,
     .found = {{GATE_WORSE, "validation: move", "typical"}}},
    {.name = "later in one run of seven, draws made anew",
     .kind = "stochastic",
     .measure = "validation",
     .was = plain,
     .is = seldom_later_redrawn,
     .found = {{GATE_WORSE, "validation: move", "over 119.144 ms"}}},
    {.name = "one run of five fails",
     .kind = "stochastic",
     .measure = "validation",
     .was = plain,
     .is = seldom_failing,
     .found = {{GATE_WORSE, "validation: move", "failed"},
               {GATE_WORSE, "validation: move", "typical"},
               {GATE_WORSE, "verdict", "not passed"}}},
    {.name = "one run of five no longer fails",
     .kind = "stochastic",
     .measure = "validation",
     .was = seldom_failing,
     .is = plain,
     .found = {{GATE_BETTER, "validation: move", "failed"},
               {GATE_BETTER, "validation: move", "typical"},
               {GATE_BETTER, "verdict", "not passed"}}},
    {.name = "one run fails: it is told",
     .kind = "stochastic",
     .measure = "validation",
     .was = plain,
     .is = once_failing,
     .found = {{GATE_SLIGHT, "verdict", "not passed"}}},
    {.name = "one run no longer fails",
     .kind = "stochastic",
     .measure = "validation",
     .was = once_failing,
     .is = plain},
    {.name = "a crash is never chance",
     .kind = "stochastic",
     .measure = "validation",
     .was = plain,
     .is = once_crashing,
     .found = {{GATE_SLIGHT, "verdict", "not passed"},
               {GATE_WORSE, "verdict", "crashed, hung or contradicted"}}},
    {.name = "a migration that is never asked for failed",
     .kind = "stochastic",
     .measure = "validation",
     .was = plain,
     .is = seldom_absent,
     .found = {{GATE_WORSE, "validation: move", "failed"}, {GATE_WORSE, "validation: move", "typical"}}},
    {.name = "a rebind is seldom noticed",
     .kind = "stochastic",
     .measure = "rebind",
     .was = rebound,
     .is = seldom_rebound,
     .found = {{GATE_WORSE, "rebind: move", "not noticed"}, {GATE_WORSE, "rebind: move", "typical"}}},
    {.name = "a rebind that was not there",
     .kind = "stochastic",
     .measure = "rebind",
     .was = seldom_rebound,
     .is = rebound,
     .found = {{GATE_WORSE, "rebind: move", "not noticed"}, {GATE_BETTER, "rebind: move", "typical"}}},
    {.name = "exact: better outcomes",
     .kind = "exact",
     .measure = "validation",
     .was = failing,
     .is = all_well,
     .found = {{GATE_BETTER, "validation: move", ""}}},
    {.name = "exact: worse outcomes",
     .kind = "exact",
     .measure = "validation",
     .was = all_well,
     .is = failing,
     .found = {{GATE_WORSE, "validation: move", ""}}},
    {.name = "exact: other outcomes",
     .kind = "exact",
     .measure = "validation",
     .was = failing,
     .is = failing_otherwise,
     .found = {{GATE_WORSE, "validation: move", ""}}},
    {.name = "exact: one seed fails",
     .kind = "exact",
     .measure = "validation",
     .was = plain,
     .is = once_failing,
     .found = {{GATE_WORSE, "validation: move", ""}, {GATE_WORSE, "verdict", ""}}},
    {.name = "exact: 1 ms later",
     .kind = "exact",
     .measure = "validation",
     .was = plain,
     .is = later,
     .found = {{GATE_WORSE, "validation: move", "worst of a seed"}}},
};

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        json_t *const was = baseline_with(CASES[i].kind, CASES[i].measure, CASES[i].was);
        json_t *const is = baseline_with(CASES[i].kind, CASES[i].measure, CASES[i].is);
        gate_changes changes = {0};
        CU_ASSERT_TRUE_FATAL(was && is && gate_compare(was, is, &TOLERANCE, &changes));
        CU_ASSERT_TRUE_FATAL(gate_changes_settle(&changes));
        size_t wanted = 0;
        while (wanted < 4 && CASES[i].found[wanted].measure)
            wanted++;
        bool good = changes.count == wanted;
        for (size_t j = 0; j < wanted && good; j++)
            good = changes.items[j].weight == CASES[i].found[j].weight &&
                   strcmp(changes.items[j].measure, CASES[i].found[j].measure) == 0 &&
                   strcmp(changes.items[j].what, CASES[i].found[j].what) == 0;
        for (size_t j = 0; j < changes.count && !good; j++)
            (void)printf("    %s: %s: %s, %s: %g\n", CASES[i].name, weight_name(changes.items[j].weight),
                         changes.items[j].measure, changes.items[j].what, changes.items[j].chance);
        if (!good)
            (void)printf("    %s: %zu changes, not %zu, or others\n", CASES[i].name, changes.count, wanted);
        CU_ASSERT_TRUE(good);
        gate_changes_free(&changes);
        json_decref(was);
        json_decref(is);
    }
}

/* The figures of a change that is known exactly. */
static void test_figures(void)
{
    json_t *const was = baseline_with("stochastic", "validation", plain);
    json_t *const is = baseline_with("stochastic", "validation", later);
    gate_changes changes = {0};
    CU_ASSERT_TRUE_FATAL(gate_compare(was, is, &TOLERANCE, &changes) && gate_changes_settle(&changes));
    CU_ASSERT_EQUAL_FATAL(changes.count, 1);
    CU_ASSERT_STRING_EQUAL(changes.items[0].by, "+1.000 ms");
    CU_ASSERT_STRING_EQUAL(changes.items[0].interval, "+1.000 ms to +1.000 ms");
    CU_ASSERT_EQUAL(changes.items[0].by_ns, MS);
    CU_ASSERT_EQUAL(changes.items[0].seeds_moved, SEEDS);
    CU_ASSERT_EQUAL(changes.tested, 2); /* the typical time, and the share of late ones */
    gate_changes_free(&changes);
    json_decref(was);
    json_decref(is);
}

/* ---- fields and failures ---- */

/* record and failures as JSON; NULL: none. */
static json_t *recorded(const char *kind, const char *record, const char *failures)
{
    json_t *const baseline = baseline_with(kind, "validation", failures ? all_well : plain);
    json_t *const combination = json_array_get(json_object_get(baseline, "combinations"), 0);
    if (record)
        (void)json_object_set_new(json_array_get(json_object_get(combination, "series"), 0), "record",
                                  json_loads(record, 0, NULL));
    if (failures)
        (void)json_object_set_new(combination, "failures", json_loads(failures, 0, NULL));
    return baseline;
}

#define ALL                                                                                                  \
    "{\"connection_id_changed\": 1, \"challenges_sent\": 2, \"cwnd_after\": 12000, \"srtt_after_ns\": "      \
    "5000000}"

static const struct {
    const char *kind;
    const char *was;
    const char *is;
    struct {
        gate_weight weight;
        const char *measure;
        const char *texts[4]; /* what, was, is, by */
    } found[4];
} FIELDS[] = {
    {.kind = "exact", .was = ALL, .is = ALL},
    {.kind = "exact", .is = ALL},
    {.kind = "stochastic", .was = ALL, .is = "{}"},
    {.kind = "exact",
     .was = ALL,
     .is = "{\"connection_id_changed\": 0, \"challenges_sent\": 1, \"cwnd_after\": 12001, \"srtt_after_ns\": "
           "4000000}",
     .found = {{GATE_WORSE, "connection ID changed: move", {"", "yes", "no", ""}},
               {GATE_WORSE, "challenges: move", {"", "2", "1", "-1"}},
               {GATE_WORSE, "window after: move", {"", "12000 B", "12001 B", "+1 B"}},
               {GATE_WORSE, "SRTT after: move", {"", "5.000 ms", "4.000 ms", "-1.000 ms"}}}},
    {.kind = "exact",
     .was = "{\"challenges_sent\": 2, \"srtt_after_ns\": 5000000}",
     .is = "{\"srtt_after_ns\": 5999999}",
     .found = {{GATE_WORSE, "challenges: move", {"", "2", "depends on the seed", ""}},
               {GATE_SLIGHT, "SRTT after: move", {"", "5.000 ms", "5.999 ms", "+999.999 us"}}}},
    {.kind = "exact",
     .was = "{\"challenges_sent\": [2, 4, 12], \"validation_rounds\": [1, 2, 5]}",
     .is = "{\"challenges_sent\": [2, 4, 14], \"validation_rounds\": 1}",
     .found = {{GATE_WORSE, "challenges: move", {"sum", "12", "14", "+2"}},
               {GATE_WORSE, "validation rounds: move", {"greatest", "2", "1", "-1"}}}},
};

static void test_fields(void)
{
    for (size_t i = 0; i < sizeof FIELDS / sizeof *FIELDS; i++) {
        json_t *const was = recorded(FIELDS[i].kind, FIELDS[i].was, NULL);
        json_t *const is = recorded(FIELDS[i].kind, FIELDS[i].is, NULL);
        gate_changes changes = {0};
        size_t wanted = 0;
        CU_ASSERT_TRUE_FATAL(gate_compare(was, is, &TOLERANCE, &changes) && gate_changes_settle(&changes));
        while (wanted < 4 && FIELDS[i].found[wanted].measure)
            wanted++;
        CU_ASSERT_EQUAL(changes.count, wanted);
        for (size_t j = 0; j < changes.count && j < wanted; j++) {
            const gate_change *const found = &changes.items[j];
            const char *const texts[] = {found->what, found->was, found->is, found->by};
            CU_ASSERT_EQUAL(found->weight, FIELDS[i].found[j].weight);
            CU_ASSERT_STRING_EQUAL(found->measure, FIELDS[i].found[j].measure);
            for (size_t k = 0; k < 4; k++)
                CHECK_STRING(texts[k], FIELDS[i].found[j].texts[k], "%zu, %s", i, found->measure);
        }
        gate_changes_free(&changes);
        json_decref(was);
        json_decref(is);
    }
}

/* ---- parts ---- */

static json_t *parted(const char *kind, values_fn *values, const char *parts)
{
    json_t *const baseline = baseline_with(kind, "validation", values);
    const json_t *const combination = json_array_get(json_object_get(baseline, "combinations"), 0);
    if (parts)
        (void)json_object_set_new(json_array_get(json_object_get(combination, "series"), 0), "parts",
                                  json_loads(parts, 0, NULL));
    return baseline;
}

static const struct {
    const char *was;
    const char *is;
    const char *told;
} PARTED[] = {
    {"{\"to_peer_ns\": 5000000, \"back_ns\": 5000000}",
     "{\"to_peer_ns\": 5000000, \"at_peer_ns\": 1000000, \"back_ns\": 5000000}", "at the peer +1.000 ms"},
    {"{\"queue_ns\": 7000000, \"back_ns\": 5000000}", "{\"back_ns\": 13000000}",
     "in the queue of the access link -7.000 ms, back +8.000 ms"},
    {"{\"to_peer_ns\": 5000000, \"back_ns\": 5000000}", "{\"to_peer_ns\": 15000000, \"back_ns\": 5999999}",
     "to the peer +10.000 ms"},
    {"{\"to_peer_ns\": 5000000}", "{\"to_peer_ns\": 5000000}", ""},
    {NULL, "{\"to_peer_ns\": 5000000}", ""},
    {"{\"to_peer_ns\": 5000000}", NULL, ""},
};

/* Of what moved, exactly and as samples. */
static void test_parts(void)
{
    static const char *const KINDS_OF[] = {"exact", "stochastic"};
    for (size_t i = 0; i < 2 * (sizeof PARTED / sizeof *PARTED); i++) {
        json_t *const was = parted(KINDS_OF[i % 2], plain, PARTED[i / 2].was);
        json_t *const is = parted(KINDS_OF[i % 2], later, PARTED[i / 2].is);
        gate_changes changes = {0};
        CU_ASSERT_TRUE_FATAL(gate_compare(was, is, &TOLERANCE, &changes) && gate_changes_settle(&changes));
        CU_ASSERT_FATAL(changes.count > 0);
        CHECK_STRING(changes.items[0].parts, PARTED[i / 2].told, "%s, %zu", KINDS_OF[i % 2], i / 2);
        gate_changes_free(&changes);
        json_decref(was);
        json_decref(is);
    }
    json_t *const was = parted("exact", plain, PARTED[0].was);
    json_t *const is = parted("exact", plain, PARTED[0].is);
    gate_changes changes = {0};
    CU_ASSERT_TRUE_FATAL(gate_compare(was, is, &TOLERANCE, &changes));
    CHECK(changes.count, 0, "parts alone are no difference");
    gate_changes_free(&changes);
    json_decref(was);
    json_decref(is);
}

/* What failed stands before what is farther from the cause; what failed before is told no more. */
static void test_failures(void)
{
    json_t *const was = recorded(
        "exact", NULL, "[{\"measure\": \"expectation: old\", \"is\": \"x\", \"seed\": 1, \"times\": 1}]");
    json_t *const is =
        recorded("exact", NULL,
                 "[{\"measure\": \"expectation: old\", \"is\": \"x\", \"seed\": 1, \"times\": 1},"
                 " {\"measure\": \"expectation: new\", \"is\": \"7 ms\", \"seed\": 3, \"times\": 2},"
                 " {\"measure\": \"contradiction: move\", \"is\": \"a lie\", \"seed\": 2, \"times\": 900}]");
    gate_changes changes = {0};
    CU_ASSERT_TRUE_FATAL(gate_compare(was, is, &TOLERANCE, &changes) && gate_changes_settle(&changes));
    CU_ASSERT_EQUAL_FATAL(changes.count, 2);
    CU_ASSERT_STRING_EQUAL(changes.items[0].measure, "contradiction: move");
    CU_ASSERT_STRING_EQUAL(changes.items[0].is, "a lie");
    CU_ASSERT_EQUAL(changes.items[0].seeds_moved, SEEDS);
    CU_ASSERT_STRING_EQUAL(changes.items[1].measure, "expectation: new");
    CU_ASSERT_STRING_EQUAL(changes.items[1].was, "held");
    CU_ASSERT_STRING_EQUAL(changes.items[1].is, "7 ms");
    CU_ASSERT_EQUAL(changes.items[1].worst_seed, 3);
    CU_ASSERT_EQUAL(changes.items[1].seeds_moved, 2);
    gate_changes_free(&changes);
    json_decref(was);
    json_decref(is);
}

/* Of a stochastic scenario, the verdict names the expectation that fails more often than it did. */
static void test_frequent_failure(void)
{
    json_t *const was = baseline_with("stochastic", "validation", plain);
    json_t *const is = baseline_with("stochastic", "validation", seldom_failing);
    json_t *const combination = json_array_get(json_object_get(is, "combinations"), 0);
    (void)json_object_set_new(
        combination, "failures",
        json_loads("[{\"measure\": \"expectation: a\", \"is\": \"\", \"seed\": 1, \"times\": 3},"
                   " {\"measure\": \"expectation: b\", \"is\": \"\", \"seed\": 1, \"times\": 20}]",
                   0, NULL));
    gate_changes changes = {0};
    CU_ASSERT_TRUE_FATAL(gate_compare(was, is, &TOLERANCE, &changes) && gate_changes_settle(&changes));
    CU_ASSERT_EQUAL_FATAL(changes.count, 3);
    CU_ASSERT_STRING_EQUAL(changes.items[2].measure, "verdict");
    CU_ASSERT_STRING_EQUAL(changes.items[2].what, "not passed: expectation: b");
    gate_changes_free(&changes);
    json_decref(was);
    json_decref(is);
}

/* ---- order ---- */

static void test_order(void)
{
    static const struct {
        const char *scenario, *measure;
        gate_weight weight;
    } FOUND[] = {
        {.scenario = "a", .measure = "verdict", .weight = GATE_WORSE},
        {.scenario = "a", .measure = "SRTT before: move", .weight = GATE_WORSE},
        {.scenario = "a", .measure = "gap: a -> b", .weight = GATE_WORSE},
        {.scenario = "a", .measure = "gap: b -> a", .weight = GATE_WORSE},
        {.scenario = "b", .measure = "verdict", .weight = GATE_WORSE},
        {.scenario = "b", .measure = "validation: move", .weight = GATE_WORSE},
        {.scenario = "b", .measure = "gap: a -> b", .weight = GATE_WORSE},
        {.scenario = "c", .measure = "validation: move", .weight = GATE_WORSE},
        {.scenario = "c", .measure = "challenges: move", .weight = GATE_BETTER},
        {.scenario = "d", .measure = "challenges: move", .weight = GATE_BETTER},
        {.scenario = "d", .measure = "contradiction: move", .weight = GATE_WORSE},
    };
    static const char *const RIGHT[] = {"contradiction: move",
                                        "validation: move",
                                        "validation: move",
                                        "gap: a -> b",
                                        "gap: b -> a",
                                        "gap: a -> b",
                                        "SRTT before: move",
                                        "challenges: move",
                                        "challenges: move",
                                        "verdict",
                                        "verdict"};
    enum { COUNT = sizeof FOUND / sizeof *FOUND };
    gate_changes changes = {.items = calloc(COUNT, sizeof *changes.items), .count = COUNT, .capacity = COUNT};
    for (size_t i = 0; i < COUNT; i++) {
        changes.items[i].scenario = FOUND[i].scenario;
        changes.items[i].weight = FOUND[i].weight;
        (void)snprintf(changes.items[i].measure, sizeof changes.items[i].measure, "%s", FOUND[i].measure);
    }
    CU_ASSERT_FATAL(gate_changes_settle(&changes));
    for (size_t i = 0; i < COUNT; i++)
        CHECK_STRING(changes.items[i].measure, RIGHT[i]);
    gate_changes_free(&changes);
}

static const check_test TESTS[] = {{"what is worse, better, or chance", test_cases},
                                   {"the figures of a change", test_figures},
                                   {"parts of what moved", test_parts},
                                   {"fields of the records", test_fields},
                                   {"why runs fail", test_failures},
                                   {"what fails more often", test_frequent_failure},
                                   {"what is told first", test_order}};
CHECK_MAIN("gate_compare", TESTS)
