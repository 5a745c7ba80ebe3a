/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate_compare.h"

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
    {"the same", "stochastic", "validation", plain, plain, {{0}}},
    {"draws made anew", "stochastic", "validation", plain, redrawn, {{0}}},
    {"8 ms later, draws made anew",
     "stochastic",
     "validation",
     plain,
     later_redrawn,
     {{GATE_WORSE, "validation: move", "typical"}}},
    {"8 ms sooner, draws made anew",
     "stochastic",
     "validation",
     later_redrawn,
     plain,
     {{GATE_BETTER, "validation: move", "typical"}}},
    {"1 ms later on every seed",
     "stochastic",
     "validation",
     plain,
     later,
     {{GATE_WORSE, "validation: move", "typical"}}},
    {"1 ms sooner on every seed",
     "stochastic",
     "validation",
     later,
     plain,
     {{GATE_BETTER, "validation: move", "typical"}}},
    {"less than the tolerance",
     "stochastic",
     "validation",
     plain,
     barely_later,
     {{GATE_SLIGHT, "validation: move", "typical"}}},
    {"later in one run of five",
     "stochastic",
     "validation",
     plain,
     seldom_later,
     {{GATE_WORSE, "validation: move", "typical"}}},
    {"later in one run of seven, draws made anew",
     "stochastic",
     "validation",
     plain,
     seldom_later_redrawn,
     {{GATE_WORSE, "validation: move", "over 119.144 ms"}}},
    {"one run of five fails",
     "stochastic",
     "validation",
     plain,
     seldom_failing,
     {{GATE_WORSE, "verdict", "not passed"},
      {GATE_WORSE, "validation: move", "failed"},
      {GATE_WORSE, "validation: move", "typical"}}},
    {"one run of five no longer fails",
     "stochastic",
     "validation",
     seldom_failing,
     plain,
     {{GATE_BETTER, "verdict", "not passed"},
      {GATE_BETTER, "validation: move", "failed"},
      {GATE_BETTER, "validation: move", "typical"}}},
    {"one run fails: it is told",
     "stochastic",
     "validation",
     plain,
     once_failing,
     {{GATE_SLIGHT, "verdict", "not passed"}}},
    {"one run no longer fails", "stochastic", "validation", once_failing, plain, {{0}}},
    {"a crash is never chance",
     "stochastic",
     "validation",
     plain,
     once_crashing,
     {{GATE_SLIGHT, "verdict", "not passed"}, {GATE_WORSE, "verdict", "crashed, hung or contradicted"}}},
    {"a migration that is never asked for failed",
     "stochastic",
     "validation",
     plain,
     seldom_absent,
     {{GATE_WORSE, "validation: move", "failed"}, {GATE_WORSE, "validation: move", "typical"}}},
    {"a rebind is seldom noticed",
     "stochastic",
     "rebind",
     rebound,
     seldom_rebound,
     {{GATE_WORSE, "rebind: move", "not noticed"}, {GATE_WORSE, "rebind: move", "typical"}}},
    {"a rebind that was not there",
     "stochastic",
     "rebind",
     seldom_rebound,
     rebound,
     {{GATE_WORSE, "rebind: move", "not noticed"}, {GATE_BETTER, "rebind: move", "typical"}}},
    {"exact: better outcomes",
     "exact",
     "validation",
     failing,
     all_well,
     {{GATE_BETTER, "validation: move", ""}}},
    {"exact: worse outcomes",
     "exact",
     "validation",
     all_well,
     failing,
     {{GATE_WORSE, "validation: move", ""}}},
    {"exact: other outcomes",
     "exact",
     "validation",
     failing,
     failing_otherwise,
     {{GATE_WORSE, "validation: move", ""}}},
    {"exact: one seed fails",
     "exact",
     "validation",
     plain,
     once_failing,
     {{GATE_WORSE, "verdict", ""}, {GATE_WORSE, "validation: move", ""}}},
    {"exact: 1 ms later",
     "exact",
     "validation",
     plain,
     later,
     {{GATE_WORSE, "validation: move", "worst of a seed"}}},
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

int main(void)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite suite = CU_add_suite("gate_compare", NULL, NULL);
    CU_add_test(suite, "what is worse, better, or chance", test_cases);
    CU_add_test(suite, "the figures of a change", test_figures);
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    const unsigned failed = CU_get_number_of_failures();
    CU_cleanup_registry();
    return failed > 0;
}
