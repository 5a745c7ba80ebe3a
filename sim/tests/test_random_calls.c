/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random calls in random worlds, what random_check.h claims of each. Without arguments a test of a fixed
 * number of seeds; with arguments the program behind tools/worlds.
 */
#include "core/tests/check.h"
#include "sim/tests/random_check.h"
#include "sim/tests/seed_runs.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_SEEDS 300
#define TEST_SEEDS_PREFERRED 200 /* from RANDOM_PREFERRED_FROM on */
#define PATIENCE_S 120           /* wall clock: a world that takes so long hangs */

/* ---- one seed ---- */

/* The world of a seed that failed, smaller, as a scenario file. */
static char *shrunk_text(uint64_t seed, uint64_t late_max_ns, const random_verdict *verdict)
{
    char comment[1024];
    random_verdict again;
    random_world *const world = malloc(sizeof *world);
    if (!world)
        abort();
    random_world_make(seed, world);
    world->late_max_ns = late_max_ns;
    if (verdict->outcome != RANDOM_INVALID)
        random_shrink(world, verdict);
    random_check(world, &again);
    (void)snprintf(comment, sizeof comment, "# Seed %" PRIu64 " of random calls, made smaller. %s: %s.\n",
                   seed, random_outcome_name(verdict->outcome), again.text);
    char *const text = random_world_text(world, comment);
    free(world);
    return text;
}

static void check_seed(uint64_t seed, uint64_t late_max_ns, random_verdict *verdict)
{
    random_world *const world = malloc(sizeof *world);
    if (!world)
        abort();
    random_world_make(seed, world);
    world->late_max_ns = late_max_ns;
    random_check(world, verdict);
    free(world);
}

/* ---- the test ---- */

static void run_seeds(uint64_t first, uint64_t count)
{
    for (uint64_t seed = first; seed < first + count; seed++) {
        random_verdict verdict;
        check_seed(seed, UINT64_MAX, &verdict);
        if (CHECK(random_is_fault(verdict.outcome), false, "seed %" PRIu64 ": %s: %s", seed,
                  random_outcome_name(verdict.outcome), verdict.text))
            continue;
        char *const text = shrunk_text(seed, UINT64_MAX, &verdict);
        printf("\n%s\n", text ? text : "");
        free(text);
    }
}

static void test_seeds(void)
{
    run_seeds(1, TEST_SEEDS);
}

static void test_preferred_seeds(void)
{
    run_seeds(RANDOM_PREFERRED_FROM, TEST_SEEDS_PREFERRED);
}

/* ---- many seeds ---- */

static const char *const FIGURES[] = {"last messages within 1 s of the last event", "within 3 s",
                                      "within 6 s", "later", NULL};

static const char *name(unsigned outcome)
{
    return random_outcome_name((random_outcome)outcome);
}

static bool is_fault(unsigned outcome)
{
    return random_is_fault((random_outcome)outcome);
}

static void check(const seed_options *options, uint64_t seed, seed_verdict *out)
{
    random_verdict verdict;
    check_seed(seed, options->late_max_ns, &verdict);
    out->outcome = verdict.outcome;
    (void)snprintf(out->text, sizeof out->text, "%s", verdict.text);
    if (verdict.outcome == RANDOM_HELD) {
        const uint64_t late_s = verdict.late_ns / 1000000000;
        out->figures[late_s < 1 ? 0 : late_s < 3 ? 1 : late_s < 6 ? 2 : 3] = 1;
    }
}

static char *text_of(uint64_t seed)
{
    random_world *const made = malloc(sizeof *made);
    if (!made)
        abort();
    random_world_make(seed, made);
    char *const text = random_world_text(made, "");
    if (!text)
        abort();
    free(made);
    return text;
}

static char *shrunk(const seed_options *options, uint64_t seed, const seed_verdict *verdict)
{
    random_verdict judged = {.outcome = (random_outcome)verdict->outcome};
    (void)snprintf(judged.text, sizeof judged.text, "%s", verdict->text);
    return shrunk_text(seed, options->late_max_ns, &judged);
}

static bool replay(const char *path, const char *text)
{
    random_verdict verdict;
    random_check_text(text, UINT64_MAX, &verdict);
    printf("%s: %s%s%s; the last message %" PRIu64 " ms after the last event, %" PRIu64 " packets\n", path,
           random_outcome_name(verdict.outcome), verdict.text[0] ? ": " : "", verdict.text,
           verdict.late_ns / 1000000, verdict.packets);
    return !random_is_fault(verdict.outcome);
}

int main(int argc, char **argv)
{
    static const check_test tests[] = {{"random calls", test_seeds},
                                       {"with a preferred address", test_preferred_seeds}};
    static const seed_suite suite = {.about = "random calls",
                                     .outcomes = RANDOM_OUTCOMES,
                                     .name = name,
                                     .is_fault = is_fault,
                                     .figures = FIGURES,
                                     .patience_s = PATIENCE_S,
                                     .check = check,
                                     .text = text_of,
                                     .shrunk = shrunk,
                                     .replay = replay};
    return argc == 1 ? check_main("random_calls", tests, sizeof tests / sizeof tests[0])
                     : seed_runs_main(&suite, argc, argv);
}
