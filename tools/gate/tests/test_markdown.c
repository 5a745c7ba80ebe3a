/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/groups.h"

#include "core/tests/check.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS INT64_C(1000000)
#define TYPICAL(name, values, ns, text)                                                                      \
    {                                                                                                        \
        .weight = GATE_WORSE, .scenario = name, .combination = values, .measure = "validation: move",        \
        .what = "typical", .was = "1.000 ms", .is = "2.000 ms", .by = text, .interval = text " to " text,    \
        .by_ns = ns, .seeds = 200, .seeds_moved = 200, .worst_seed = 7, .by_chance = true                    \
    }
#define OTHER(name, values, kind, of, before, now, text)                                                     \
    {                                                                                                        \
        .weight = GATE_WORSE, .scenario = name, .combination = values, .measure = kind, .what = of,          \
        .was = before, .is = now, .by = text, .seeds = 3, .seeds_moved = 3, .worst_seed = 1                  \
    }

static const gate_scenario GRID[] = {{.name = "one",
                                      .file = "one.yaml",
                                      .first = 1,
                                      .last = 200,
                                      .combinations = 1,
                                      .tolerance = {.validation_ns = MS, .rebind_ns = MS, .gap_ns = MS}},
                                     {.name = "two",
                                      .file = "a b/two.yaml",
                                      .first = 1,
                                      .last = 200,
                                      .combinations = 2,
                                      .tolerance = {.validation_ns = 5 * MS, .rebind_ns = MS, .gap_ns = MS}}};
static const gate_scenario PLAIN[] = {{.name = "one",
                                       .file = "one.yaml",
                                       .combinations = 1,
                                       .tolerance = {.validation_ns = MS, .rebind_ns = MS, .gap_ns = MS}},
                                      {.name = "two",
                                       .file = "two.yaml",
                                       .combinations = 1,
                                       .tolerance = {.validation_ns = MS, .rebind_ns = MS, .gap_ns = MS}}};

/* What got worse, and the first sentences of it. */
static const struct {
    const gate_scenario *scenarios; /* two */
    gate_change changes[4];
    const char *said[3];
} SENTENCES[] = {
    {.scenarios = GRID,
     .changes = {TYPICAL("one", "", 10 * MS, "+10.000 ms"), TYPICAL("two", "x=1", 10 * MS, "+10.000 ms"),
                 TYPICAL("two", "x=2", 10 * MS, "+10.000 ms"),
                 OTHER("two", "x=2", "verdict", "not passed: expectation: a", "0.0 %", "100.0 %",
                       "+100.0 points")},
     .said = {"In all 3 combinations of 2 scenarios a path validation typically takes 10.000 ms longer.",
              "In two[x=2] the share of runs that do not pass goes from 0.0 % to 100.0 %."}},
    {.scenarios = GRID, /* two labels of one combination are one */
     .changes = {TYPICAL("two", "x=1", 2 * MS, "+2.000 ms"),
                 TYPICAL("two", "x=1", 3 * MS, "+3.000 ms"),
                 TYPICAL("two", "x=2", 2 * MS, "+2.000 ms"),
                 {.weight = GATE_SLIGHT, /* is not told */
                  .scenario = "one",
                  .combination = "",
                  .measure = "validation: move",
                  .what = "typical",
                  .by = "+0.500 ms",
                  .by_ns = MS / 2}},
     .said =
         {"In 2 of 3 combinations (1 of 2 scenarios) a path validation typically takes 2.000 ms to 3.000 ms "
          "longer (2.000 ms in 2 of 3 changes)."}},
    {.scenarios = PLAIN,
     .changes = {OTHER("one", "", "challenges: a", "", "2", "4", "+2"),
                 OTHER("two", "", "challenges: b", "", "1", "3", "+2"),
                 OTHER("one", "", "validation: a", "", "ok 1", "timeout 1", "")},
     .said = {"In all 2 scenarios the number of PATH_CHALLENGE frames of a migration changes by +2.",
              "In one a path validation has another outcome: was ok 1, is timeout 1."}},
    {.scenarios = PLAIN,
     .changes = {TYPICAL("one", "", 0, "never"),
                 OTHER("one", "", "gap: a -> b", "failed", "1.0 %", "9.0 %", "+8.0 points"),
                 OTHER("two", "", "contradiction: move", "", "none", "a lie", "")},
     .said = {"In one a path validation typically does not end any more.",
              "In one the share of runs in which a flow is not complete goes from 1.0 % to 9.0 %.",
              "In two the packets contradict the program, or RFC 9000: was none, is a lie."}},
};

static gate_verdict verdict_of(const gate_scenario *scenarios, gate_changes *changes)
{
    static const gate_problems NONE = {0};
    return (gate_verdict){.scenarios = scenarios,
                          .scenario_count = 2,
                          .changes = changes,
                          .against = "the baselines in d",
                          .problems = &NONE};
}

static void test_sentences(void)
{
    for (size_t i = 0; i < sizeof SENTENCES / sizeof *SENTENCES; i++) {
        gate_change items[4];
        gate_changes changes = {.items = items};
        gate_group groups[4];
        char text[GATE_LINE_MAX];
        memcpy(items, SENTENCES[i].changes, sizeof items);
        while (changes.count < 4 && items[changes.count].scenario)
            changes.count++;
        const gate_verdict verdict = verdict_of(SENTENCES[i].scenarios, &changes);
        size_t wanted = 0;
        while (wanted < 3 && SENTENCES[i].said[wanted])
            wanted++;
        CHECK(gate_groups_find(&verdict, groups, 4), wanted, "groups of %zu", i);
        for (size_t j = 0; j < wanted; j++)
            CHECK_STRING(gate_group_sentence(&verdict, &groups[j], text), SENTENCES[i].said[j], "%zu", i);
        groups[0] = (gate_group){.changes = 77};
        CHECK(gate_groups_find(&verdict, groups, 0), wanted, "groups without room of %zu", i);
        CHECK(groups[0].changes, 77, "the group that has no room, of %zu", i);
    }
}

/* The Markdown; the caller's. */
static char *markdown(const gate_verdict *verdict)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    gate_markdown(verdict, stream);
    (void)fclose(stream);
    return text;
}

static size_t times_in(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        count++;
    return count;
}

static void check_lacks(const char *text, const char *part)
{
    CHECK(times_in(text, part), 0, "times that '%s' is there", part);
}

/* Only the words that stand in the table are explained, each once. */
static void test_words(void)
{
    gate_change items[] = {TYPICAL("one", "", 10 * MS, "+10.000 ms"),
                           TYPICAL("two", "x=1", 10 * MS, "+10.000 ms")};
    gate_changes changes = {.items = items, .count = 2};
    const gate_verdict verdict = verdict_of(GRID, &changes);
    char *text = markdown(&verdict);
    static const char *const ONCE[] = {"- *typical*:", "- *validation: LABEL*:", "- *false alarm: 1 in N*:",
                                       "- *95 % interval of by*:", "validation 1.000 ms to 5.000 ms.\n"};
    static const char *const NEVER[] = {
        "*never*", "*over",       "*failed*", "*exact*", "*gap", "*points*", "*validation rounds*",
        "*50 %",   "gap 1.000 ms"};
    for (size_t i = 0; i < sizeof ONCE / sizeof *ONCE; i++)
        CHECK(times_in(text, ONCE[i]), 1, "times that '%s' is there", ONCE[i]);
    for (size_t i = 0; i < sizeof NEVER / sizeof *NEVER; i++)
        check_lacks(text, NEVER[i]);
    CHECK_CONTAINS(text, "The first of these 2 changes, which are equal: one: ");
    CHECK_CONTAINS(text, "probably has one cause");
    free(text);
    items[1] = (gate_change)OTHER("one", "", "gap: a -> b", "over 5.000 ms", "never", "1.0 %", "+1.0 points");
    text = markdown(&verdict);
    CHECK(times_in(text, "- *over TIME*:") + times_in(text, "- *never*:") + times_in(text, "- *exact*:"), 3,
          "words of the second change");
    CHECK_CONTAINS(text, "In full: one: ");
    check_lacks(text, "probably has one cause");
    free(text);
}

/* Each scenario has its commands once, and its own store. */
static void test_commands(void)
{
    gate_change items[] = {TYPICAL("one", "", 9 * MS, "+9.000 ms"),
                           TYPICAL("two", "x=1", 10 * MS, "+10.000 ms"),
                           OTHER("one", "", "verdict", "", "passed", "failed", "")};
    gate_changes changes = {.items = items, .count = 3};
    gate_verdict verdict = verdict_of(GRID, &changes);
    char *text = markdown(&verdict);
    CHECK(times_in(text, "\nroam run --seed 7 "), 2, "runs at the seed that got worse most");
    CHECK(times_in(text, "\nroam run "), 2, "runs");
    CHECK(times_in(text, "roam sweep --db one-now.db "), 1, "times that one is swept");
    CHECK(times_in(text, " 'a b/two.yaml'; roam stats --db two-now.db\n"), 1, "times that two is swept");
    CHECK_CONTAINS(text, "The greatest of these: two");
    CHECK_CONTAINS(text, "roam gate --against main 'a b/two.yaml'\n");
    CHECK_CONTAINS(text, "/.build/against/$(git rev-parse main^{commit})/.build/release/roam\n");
    CHECK_CONTAINS(text, "\n\"$before\" run --seed 7 --set 'x=1' 'a b/two.yaml'\n");
    free(text);
    verdict.commit = "v1 '";
    text = markdown(&verdict);
    check_lacks(text, "--against main");
    CHECK_CONTAINS(text, "$(git rev-parse 'v1 '\\'''^{commit})");
    free(text);
    verdict.commit = NULL;
    verdict.build = "other";
    text = markdown(&verdict);
    check_lacks(text, "git rev-parse");
    CHECK_CONTAINS(text, "before=other/roam; ");
    free(text);
}

/* Nothing is worse: no sentence, no command. */
static void test_better(void)
{
    gate_change items[] = {TYPICAL("one", "", -9 * MS, "-9.000 ms")};
    gate_changes changes = {.items = items, .count = 1};
    items[0].weight = GATE_BETTER;
    const gate_verdict verdict = verdict_of(GRID, &changes);
    char *const text = markdown(&verdict);
    CHECK_CONTAINS(text, "### Migration latency: green\n\n2 scenarios, 0 runs");
    CHECK_CONTAINS(text, "- *typical*:");
    check_lacks(text, "```");
    free(text);
}

static const check_test TESTS[] = {{"what got worse, in sentences", test_sentences},
                                   {"the words that are explained", test_words},
                                   {"how to see it", test_commands},
                                   {"nothing is worse", test_better}};
CHECK_MAIN("gate_markdown", TESTS)
