/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random scenarios in two variants that differ in an entry of the timeline: a run that begins as the one and
 * goes on as the other leaves the same bytes as a run of the other. Without arguments a test of as many seeds
 * as fit into TEST_S; with the numbers A B, of those seeds.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "core/tests/check.h"
#include "sim/scenario/variants.h"
#include "sim/tests/random_judge.h"
#include "sim/tests/random_scenario.h"
#include "sim/tests/variant_run.h"
#include "sim/wall.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST_S 5
#define SHARED_LEAST 5 /* pairs, of which the test must have seen so many */
#define FILES_EVERY 4  /* seeds: of one in so many the captures and qlog are written and compared, too */
#define PATH_BYTES 320

static size_t shared_count;

/* ---- two variants ---- */

static uint32_t draw(uint64_t *state, uint32_t bound)
{
    return (uint32_t)(check_random(state) % bound);
}

static bool is_entry(const random_scenario *whole, uint32_t index)
{
    const random_part *const part = &whole->parts[index];
    return part->room == RANDOM_ROOM_TIMELINE && part->entry == index && !part->dropped;
}

/* An entry of the timeline; RANDOM_PARTS_MAX: there is none. */
static uint32_t draw_entry(const random_scenario *whole, uint64_t *state)
{
    uint32_t chosen = RANDOM_PARTS_MAX;
    uint32_t seen = 0;
    for (uint32_t i = 0; i < whole->count; i++)
        if (is_entry(whole, i) && draw(state, ++seen) == 0)
            chosen = i;
    return chosen;
}

/* The value that an entry of the verb has for the key in another scenario. */
static bool find_value(const random_scenario *other, const char *verb, const char *key, char *value)
{
    for (uint32_t i = 0; i < other->count; i++) {
        const random_part *const part = &other->parts[i];
        if (part->room != RANDOM_ROOM_TIMELINE || part->entry == i || part->dropped ||
            strcmp(other->parts[part->entry].name, verb) != 0 || strcmp(part->name, key) != 0)
            continue;
        (void)snprintf(value, RANDOM_VALUE_MAX, "%s", part->value);
        return true;
    }
    return false;
}

/* Another value, a later time, or one key less. */
static void change_key(random_scenario *whole, const random_scenario *other, uint32_t entry, uint64_t *state)
{
    random_part *chosen = NULL;
    uint32_t seen = 0;
    for (uint32_t i = entry + 1; i < whole->count; i++)
        if (whole->parts[i].entry == entry && !whole->parts[i].dropped && draw(state, ++seen) == 0)
            chosen = &whole->parts[i];
    if (!chosen)
        return;
    if (strcmp(chosen->name, "at") == 0)
        (void)snprintf(chosen->value, sizeof chosen->value, "%" PRIu64 "ms",
                       whole->duration_ms / 2 + draw(state, (uint32_t)(whole->duration_ms / 2)));
    else if (!find_value(other, whole->parts[entry].name, chosen->name, chosen->value))
        chosen->dropped = strcmp(chosen->name, whole->parts[entry].name) != 0;
}

static bool vary(random_scenario *whole, uint64_t *state)
{
    char reason[RANDOM_REASON_MAX];
    random_scenario *const other = malloc(sizeof *other);
    if (!other)
        abort();
    for (uint32_t i = 1 + draw(state, 2); i > 0; i--) {
        const uint32_t entry = draw_entry(whole, state);
        if (entry == RANDOM_PARTS_MAX || !random_scenario_make(check_random(state) % 100000, other, reason))
            continue;
        if (draw(state, 8) == 0)
            whole->parts[entry].dropped = true;
        else
            change_key(whole, other, entry, state);
    }
    free(other);
    return random_scenario_settle(whole, reason);
}

static scenario *load(random_scenario *made)
{
    char reason[RANDOM_JUDGED_MAX];
    char *const text = random_scenario_text(made, "");
    scenario *const loaded = random_judge_load(text, reason);
    if (!loaded)
        printf("%s\n", reason);
    free(text);
    return loaded;
}

static void check_seed(uint64_t seed)
{
    char dir[PATH_BYTES], reason[RANDOM_REASON_MAX], about[64];
    const char *const temporary = getenv("TMPDIR");
    uint64_t state = seed;
    random_scenario *const made = malloc(sizeof *made);
    (void)snprintf(dir, sizeof dir, "%s/roam-variants-XXXXXX", temporary ? temporary : "/tmp");
    if (!made || !mkdtemp(dir))
        abort();
    const bool first_made = random_scenario_make(seed, made, reason);
    variant_trial trial = {.dir = dir, .files = seed % FILES_EVERY == 0};
    scenario *const one = first_made ? load(made) : NULL;
    scenario *const other = one && vary(made, &state) ? load(made) : NULL;
    const uint64_t shared_ns = other ? scenario_shared_ns(one, other) : 0;
    if (other)
        (void)CHECK(scenario_shared_ns(other, one), shared_ns, "seed %" PRIu64 ": the same both ways", seed);
    trial.until_ns = other ? variant_until_ns(other, shared_ns) : 0;
    if (trial.until_ns > 0) {
        shared_count++;
        (void)snprintf(about, sizeof about, "seed %" PRIu64, seed);
        trial.about = about;
        variant_compare(one, other, &trial);
    }
    random_judge_clean(dir);
    scenario_free(one);
    scenario_free(other);
    free(made);
}

static void test_seeds(void)
{
    const uint64_t end_ns = wall_ns() + TEST_S * UINT64_C(1000000000);
    uint64_t seed = 1;
    for (; wall_ns() < end_ns || shared_count < SHARED_LEAST; seed++)
        check_seed(seed);
    printf("seeds 1 to %" PRIu64 ", %zu with a shared beginning ", seed - 1, shared_count);
}

static uint64_t bounds[2];

static void test_range(void)
{
    for (uint64_t seed = bounds[0]; seed <= bounds[1]; seed++)
        check_seed(seed);
    printf("%zu with a shared beginning ", shared_count);
}

int main(int argc, char **argv)
{
    const check_test tests[] = {{"random variants", argc == 3 ? test_range : test_seeds}};
    for (int i = 1; argc == 3 && i < 3; i++)
        bounds[i - 1] = strtoull(argv[i], NULL, 10);
    return check_main("random_variants", tests, 1);
}
