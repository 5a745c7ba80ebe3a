/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random valid scenarios, what random_judge.h claims of each. Without arguments a test of as many seeds as
 * fit into TEST_S; with arguments the program behind tools/worlds --kind scenarios.
 */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "core/tests/check.h"
#include "sim/tests/random_judge.h"
#include "sim/tests/random_world.h"
#include "sim/tests/seed_runs.h"
#include "sim/wall.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEST_S 30
#define COVERED_SEEDS 9000
#define COVERED_PREFERRED 500 /* from RANDOM_PREFERRED_FROM on: these are drawn, and not run */
#define INCLUDED_SEEDS 300
#define FILES_EVERY 4 /* seeds: of one in so many the captures and qlog are written and compared, too */
#define DIR_BYTES 256

/* ---- where runs leave their files ---- */

static struct scratch {
    char dir[DIR_BYTES];
    pid_t owner;
} scratch;

/* In the process that made it only: its children end by exit, too. */
static void clean(void)
{
    if (scratch.owner == getpid())
        random_judge_clean(scratch.dir);
}

static const char *scratch_dir(void)
{
    const char *const temporary = getenv("TMPDIR");
    if (scratch.owner == getpid())
        return scratch.dir;
    (void)snprintf(scratch.dir, sizeof scratch.dir, "%s/roam-scenarios-XXXXXX",
                   temporary ? temporary : "/tmp");
    const bool registered = scratch.owner != 0;
    scratch.owner = getpid();
    if (!mkdtemp(scratch.dir) || (!registered && atexit(clean) != 0))
        abort();
    return scratch.dir;
}

/* ---- one seed ---- */

static random_scenario *make(uint64_t seed, random_judged *out)
{
    random_scenario *const made = malloc(sizeof *made);
    char reason[RANDOM_REASON_MAX];
    if (!made)
        abort();
    if (!random_scenario_make(seed, made, reason)) {
        *out = (random_judged){.judgement = RANDOM_REFUSED};
        (void)snprintf(out->text, sizeof out->text, "%s", reason);
    }
    return made;
}

static random_trial trial_of(uint64_t seed, const char *text)
{
    return (random_trial){
        .text = text, .dir = scratch_dir(), .twice = true, .files = seed % FILES_EVERY == 0};
}

static void judge(uint64_t seed, random_judged *out)
{
    *out = (random_judged){.judgement = RANDOM_SOUND};
    random_scenario *const made = make(seed, out);
    if (out->judgement == RANDOM_SOUND) {
        char *const text = random_scenario_text(made, "");
        const random_trial trial = trial_of(seed, text);
        random_judge(&trial, out);
        free(text);
    }
    free(made);
}

/* Its scenario is the smaller one, and the judgement that of it. */
static void shrink(random_scenario *made, random_judged *judged)
{
    char *const whole = random_scenario_text(made, "");
    random_trial trial = trial_of(made->seed, whole);
    random_judge(&trial, judged);
    trial.twice = judged->judgement == RANDOM_DIFFERS;
    random_judge_shrink(made, &trial, judged);
    free(whole);
    char *const text = random_scenario_text(made, "");
    trial.text = text;
    random_judge(&trial, judged);
    free(text);
}

/* The scenario of a seed that failed, smaller, as a scenario file. */
static char *shrunk(uint64_t seed)
{
    char comment[1024];
    random_judged judged = {.judgement = RANDOM_SOUND};
    random_scenario *const made = make(seed, &judged);
    if (judged.judgement == RANDOM_SOUND)
        shrink(made, &judged);
    (void)snprintf(comment, sizeof comment, "# Seed %" PRIu64 " of random scenarios, made smaller. %s: %s.\n",
                   seed, random_judgement_name(judged.judgement), judged.text);
    char *const text = random_scenario_text(made, comment);
    free(made);
    return text;
}

/* ---- tests ---- */

static uint64_t seconds(void)
{
    return wall_ns() / 1000000000;
}

static void test_seeds(void)
{
    const uint64_t end_s = seconds() + TEST_S;
    uint64_t seed = 1;
    bool shown = false;
    for (; seconds() < end_s; seed++) {
        random_judged judged;
        judge(seed, &judged);
        if (CHECK(judged.judgement == RANDOM_SOUND, true, "seed %" PRIu64 ": %s: %s", seed,
                  random_judgement_name(judged.judgement), judged.text) ||
            shown)
            continue;
        char *const text = shrunk(seed);
        printf("\n%s\n", text);
        free(text);
        shown = true;
    }
    printf("seeds 1 to %" PRIu64 " ", seed - 1);
}

/* ---- what is drawn ---- */

#define WANTED_MAX 2048
#define WANTED_BYTES 160

/* What is yet to be seen: "table/key" and "table/key=value". */
typedef struct wanted {
    size_t count;
    char items[WANTED_MAX][WANTED_BYTES];
} wanted;

__attribute__((format(printf, 2, 3))) static void want(wanted *self, const char *format, ...)
{
    va_list arguments;
    if (self->count >= WANTED_MAX)
        abort();
    va_start(arguments, format);
    (void)vsnprintf(self->items[self->count++], WANTED_BYTES, format, arguments);
    va_end(arguments);
}

static void want_rows(wanted *self, const char *what, const key_row *rows)
{
    for (const key_row *row = rows; row && row->name; row++) {
        want(self, "%s/%s", what, row->name);
        for (const key_choice *choice = row->choices; choice && choice->name; choice++)
            want(self, "%s/%s=%s", what, row->name, choice->name);
        for (const key_row *inner = row->inner; inner && inner->name; inner++)
            want(self, "%s/%s/%s", what, row->name, inner->name);
    }
}

static void strike(wanted *self, const char *item)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i], item) == 0)
            memmove(self->items[i], self->items[--self->count], WANTED_BYTES);
}

static const char *table_of(const random_scenario *made, const random_part *part)
{
    key_table table;
    const char *const name = made->parts[part->entry].name;
    (void)random_scenario_table(part->room, 0, &table);
    return part->room == RANDOM_ROOM_TRAFFIC || part->room >= RANDOM_ROOM_TIMELINE ? name : table.what;
}

/* Each "key: " of the value's inner map. */
static void strike_inner(wanted *self, const char *what, const random_part *part)
{
    for (const char *at = part->value; *at == '{' || *at == ','; at += 1 + strcspn(at + 1, ",")) {
        char item[WANTED_BYTES];
        const char *const key = at + 1 + strspn(at + 1, " ");
        (void)snprintf(item, sizeof item, "%s/%s/%.*s", what, part->name, (int)strcspn(key, ":"), key);
        strike(self, item);
    }
}

static void strike_made(wanted *self, const random_scenario *made)
{
    for (size_t i = 0; i < made->count; i++) {
        char item[WANTED_BYTES * 2];
        const random_part *const part = &made->parts[i];
        if (part->dropped || made->parts[part->entry].dropped || part->entry == i)
            continue;
        const char *const what = table_of(made, part);
        (void)snprintf(item, sizeof item, "%s/%s", what, part->name);
        strike(self, item);
        (void)snprintf(item, sizeof item, "%s/%s=%s", what, part->name, part->value);
        strike(self, item);
        strike_inner(self, what, part);
    }
}

/* Drawn from RANDOM_PREFERRED_FROM on alone, for the faults that are known there. */
static bool is_of_preferred(const char *item)
{
    static const char *const beginnings[] = {"preferred_address/", "a node/quic/preferred_address"};
    return strncmp(item, beginnings[0], strlen(beginnings[0])) == 0 || strcmp(item, beginnings[1]) == 0;
}

/* What the loader refuses whatever stands beside it: `of` is an event that a node has. */
static bool is_refused(const char *item)
{
    return strcmp(item, "happens/of=refused") == 0 || strcmp(item, "happens/of=not_started") == 0;
}

/* Of what is of preferred addresses, or of all else, each is in some scenario of the seeds from `first` on.
 */
static void check_drawn(uint64_t first, uint64_t seeds, bool of_preferred)
{
    wanted *const missing = calloc(1, sizeof *missing);
    if (!missing)
        abort();
    for (int room = 0; room < RANDOM_ROOMS; room++) {
        key_table table;
        for (size_t i = 0; random_scenario_table((random_room)room, i, &table); i++) {
            want_rows(missing, table.what, table.rows);
            want_rows(missing, table.what, table.more);
        }
    }
    for (size_t i = missing->count; i > 0; i--)
        if (is_of_preferred(missing->items[i - 1]) != of_preferred || is_refused(missing->items[i - 1]))
            memmove(missing->items[i - 1], missing->items[--missing->count], WANTED_BYTES);
    for (uint64_t seed = first; seed < first + seeds && missing->count > 0; seed++) {
        random_judged judged = {.judgement = RANDOM_SOUND};
        random_scenario *const made = make(seed, &judged);
        (void)CHECK(judged.judgement == RANDOM_SOUND, true, "seed %" PRIu64 ": %s", seed, judged.text);
        strike_made(missing, made);
        free(made);
    }
    for (size_t i = 0; i < missing->count; i++)
        (void)CHECK(false, true, "%s is in no scenario of %" PRIu64 " seeds", missing->items[i], seeds);
    free(missing);
}

static void test_all_is_drawn(void)
{
    check_drawn(1, COVERED_SEEDS, false);
    check_drawn(RANDOM_PREFERRED_FROM, COVERED_PREFERRED, true);
}

/* ---- in two files ---- */

/* What roam check says of it; NULL with a CHECK that failed. */
static char *story_of(uint64_t seed, const char *text, const char *path)
{
    char *said = NULL;
    size_t len;
    scenario *whole = NULL;
    scenario_diagnostics *const diagnostics = malloc(sizeof *diagnostics);
    if (!diagnostics)
        abort();
    const scenario_source source = {
        .text = text, .text_bytes = strlen(text), .name = "random.yaml", .path = path};
    scenario_diagnostics_init(diagnostics);
    if (CHECK(scenario_load(&source, &whole, diagnostics), SCENARIO_OK, "seed %" PRIu64 ": %s", seed,
              diagnostics->count > 0 ? diagnostics->items[0].text : "")) {
        FILE *const stream = open_memstream(&said, &len);
        if (!stream)
            abort();
        scenario_explain(whole, stream);
        (void)fclose(stream);
    }
    scenario_diagnostics_fini(diagnostics);
    free(diagnostics);
    scenario_free(whole);
    return said;
}

/* A scenario whose networks are in a file that it includes is the same. */
static void test_included(void)
{
    char path[DIR_BYTES * 2], folder[DIR_BYTES * 2];
    (void)snprintf(folder, sizeof folder, "%s/random.yaml", scratch_dir());
    (void)snprintf(path, sizeof path, "%s/%s", scratch_dir(), RANDOM_INCLUDED);
    for (uint64_t seed = 1; seed <= INCLUDED_SEEDS; seed++) {
        random_judged judged = {.judgement = RANDOM_SOUND};
        random_scenario *const made = make(seed, &judged);
        char *included;
        char *const text = random_scenario_text(made, "");
        char *const main_text = random_scenario_parts(made, &included);
        FILE *const file = fopen(path, "w");
        if (!file || fputs(included, file) < 0 || fclose(file) != 0)
            abort();
        char *const one = story_of(seed, text, folder);
        char *const two = story_of(seed, main_text, folder);
        CHECK_STRING(two ? two : "", one ? one : "nothing", "seed %" PRIu64, seed);
        free(one);
        free(two);
        free(text);
        free(main_text);
        free(included);
        free(made);
    }
    (void)remove(path);
}

/* ---- many seeds ---- */

static const char *const FIGURES[] = {
    "entries of timelines", "refused", "calls of migrate", "packets", "ms", NULL};

static const char *name(unsigned outcome)
{
    return random_judgement_name((random_judgement)outcome);
}

static bool is_fault(unsigned outcome)
{
    return outcome != RANDOM_SOUND;
}

static void check(const seed_options *options, uint64_t seed, seed_verdict *out)
{
    random_judged judged;
    (void)options;
    judge(seed, &judged);
    out->outcome = judged.judgement;
    (void)snprintf(out->text, sizeof out->text, "%s", judged.text);
    out->figures[0] = judged.entries;
    out->figures[1] = judged.refused;
    out->figures[2] = judged.calls;
    out->figures[3] = judged.packets;
    out->figures[4] = judged.wall_ms;
}

static char *text_of(uint64_t seed)
{
    random_judged judged;
    random_scenario *const made = make(seed, &judged);
    char *const text = random_scenario_text(made, "");
    free(made);
    return text;
}

static char *shrunk_of(const seed_options *options, uint64_t seed, const seed_verdict *verdict)
{
    (void)options;
    (void)verdict;
    return shrunk(seed);
}

static bool replay(const char *path, const char *text)
{
    random_judged judged;
    const random_trial trial = {.text = text, .dir = scratch_dir(), .twice = true, .files = true};
    random_judge(&trial, &judged);
    printf("%s: %s%s%s; %zu entries, %zu refused, %zu calls, %" PRIu64 " packets, %" PRIu64 " ms\n", path,
           random_judgement_name(judged.judgement), judged.text[0] ? ": " : "", judged.text, judged.entries,
           judged.refused, judged.calls, judged.packets, judged.wall_ms);
    return judged.judgement == RANDOM_SOUND;
}

int main(int argc, char **argv)
{
    static const check_test tests[] = {{"networks of another file", test_included},
                                       {"random scenarios", test_seeds},
                                       {"every key is drawn", test_all_is_drawn}};
#ifdef __SANITIZE_ADDRESS__ /* of the last, thousands are drawn and none is run */
    const size_t count = 2;
#else
    const size_t count = 3;
#endif
    static const seed_suite suite = {.about = "random scenarios",
                                     .outcomes = RANDOM_JUDGEMENTS,
                                     .name = name,
                                     .is_fault = is_fault,
                                     .figures = FIGURES,
                                     .check = check,
                                     .text = text_of,
                                     .shrunk = shrunk_of,
                                     .replay = replay};
    return argc == 1 ? check_main("random_scenarios", tests, count) : seed_runs_main(&suite, argc, argv);
}
