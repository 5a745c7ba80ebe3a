/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Until when two variants of a scenario are one, and what a run leaves that was one until then. */
#define _XOPEN_SOURCE 700 /* mkdtemp */
#include "core/tests/check.h"
#include "sim/scenario/variants.h"
#include "sim/tests/random_judge.h"
#include "sim/tests/variant_run.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define TEXT_MAX 4096

/* The connection is up at 44 ms, so there is a message at 6.044 s. It is asked for at 4.044 s, after the next
 * step of the timeline, which is therefore carried out before it when both have one time. The loss that
 * begins at 2 s goes on until 7 s. */
static const char BASE[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 10s\n"
    "params: {late: 30ms}\n"
    "networks: {wifi: {delay: 10ms}, cellular: {delay: 30ms}, datacentre: {delay: 1ms}}\n"
    "nodes:\n"
    "  laptop: {networks: [wifi, cellular]}\n"
    "  server: {networks: [datacentre], listen: 4433}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 400B, every: 2s, at: 0s}\n"
    "  - {flow: server -> laptop, send: 400B, every: 50ms, until: 3s}\n"
    "timeline:\n"
    "  - {at: 2s, drop: server, network: datacentre, fraction: 50%, for: 5s}\n"
    "  - {at: 4500ms, migrate: laptop -> server, network: cellular, as: move}\n"
    "  - {at: 8s, set: cellular, delay: \"${late}\"}\n"
    "  - {at: 9s, say: end}\n"
    "expect:\n"
    "  - {migration: move, result: ok}\n"
    "  - {delivered: all}\n";

/* The base. */
typedef struct variant {
    const char *set;        /* with that override */
    const char *out, *into; /* with the second text in the place of the first */
} variant;

#define TIMED "  - {at: 9s, say: end}\n"
#define LAST "  - {delivered: all}\n"
#define FRAMES "  - {frames: laptop -> server, frame: path_challenge}\n"
#define STARTED "  - {after: {migration: move, is: committed}, say: moved}\n"

static const struct {
    const char *about;
    variant one, other;
    uint64_t shared_ns;
} CASES[] = {
    {"the same", {0}, {0}, SCENARIO_NEVER},
    {"a later migration", {0}, {.set = "timeline.1.at=6044ms"}, 4500 * MS},
    {"a migration to the other network", {0}, {.set = "timeline.1.network=wifi"}, 4500 * MS},
    {"another value", {.set = "timeline.2.delay=40ms"}, {.set = "timeline.2.delay=50ms"}, 8000 * MS},
    {"another parameter", {0}, {.set = "params.late=60ms"}, 8000 * MS},
    {"a loss that lasts longer", {0}, {.set = "timeline.0.for=6s"}, 2000 * MS},
    {"a greater loss", {0}, {.set = "timeline.0.fraction=30%"}, 2000 * MS},
    {"another expectation", {0}, {.set = "expect.0.result=timeout"}, SCENARIO_NEVER},
    {"an entry more of a kind that is there",
     {0},
     {.out = TIMED, .into = TIMED "  - {at: 9.5s, say: end}\n"},
     9500 * MS},
    {"an entry of another kind, which a run prepares for",
     {0},
     {.out = TIMED, .into = "  - {at: 9s, corrupt: server, network: datacentre, fraction: 1%}\n"},
     0},
    {"frames are counted in one of them", {0}, {.out = LAST, .into = FRAMES}, 0},
    {"frames are counted in both",
     {.out = LAST, .into = FRAMES},
     {.set = "timeline.1.at=6044ms", .out = LAST, .into = FRAMES},
     4500 * MS},
    {"what an instant starts, in both",
     {.out = TIMED, .into = TIMED STARTED},
     {.out = TIMED, .into = "  - {at: 9300ms, say: end}\n" STARTED},
     9000 * MS},
    {"what an instant starts, in one", {0}, {.out = TIMED, .into = TIMED STARTED}, 0},
    {"a network", {0}, {.set = "networks.wifi.delay=11ms"}, 0},
    {"traffic", {0}, {.set = "traffic.0.every=1s"}, 0},
    {"the duration", {0}, {.set = "duration=11s"}, 0},
};

static scenario *load(const variant *of)
{
    char text[TEXT_MAX];
    scenario *loaded = NULL;
    const char *const at = of->out ? strstr(BASE, of->out) : NULL;
    const int before = at ? (int)(at - BASE) : (int)strlen(BASE);
    (void)snprintf(text, sizeof text, "%.*s%s%s", before, BASE, at ? of->into : "",
                   at ? at + strlen(of->out) : "");
    scenario_diagnostics *const diagnostics = malloc(sizeof *diagnostics);
    const scenario_source source = {.text = text,
                                    .text_bytes = strlen(text),
                                    .name = "t.yaml",
                                    .overrides = &of->set,
                                    .override_count = of->set ? 1 : 0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(diagnostics);
    scenario_diagnostics_init(diagnostics);
    const int status = scenario_load(&source, &loaded, diagnostics);
    scenario_diagnostics_print(diagnostics, stdout);
    scenario_diagnostics_fini(diagnostics);
    free(diagnostics);
    CU_ASSERT_EQUAL_FATAL(status, SCENARIO_OK);
    return loaded;
}

static void test_time(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        scenario *const one = load(&CASES[i].one);
        scenario *const other = load(&CASES[i].other);
        (void)CHECK(scenario_shared_ns(one, other), CASES[i].shared_ns, "%s", CASES[i].about);
        (void)CHECK(scenario_shared_ns(other, one), CASES[i].shared_ns, "%s, turned", CASES[i].about);
        scenario_free(one);
        scenario_free(other);
    }
}

/* Of six, in an order in which no two that share anything are neighbours. */
static void test_order(void)
{
    static const char *const MEMBERS[] = {"timeline.2.delay=40ms",    "timeline.0.fraction=30%",
                                          "timeline.1.at=5s",         "timeline.2.delay=30ms",
                                          "networks.wifi.delay=11ms", "timeline.2.delay=50ms"};
    enum { COUNT = sizeof MEMBERS / sizeof MEMBERS[0] };
    scenario_variant variants[COUNT];
    scenario *loaded[COUNT];
    size_t shared[4] = {0};
    for (size_t i = 0; i < COUNT; i++)
        variants[i].scenario = loaded[i] = load(&(variant){.set = MEMBERS[i]});
    scenario_variants_sort(variants, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        const uint64_t shared_ns = variants[i].shared_ns;
        shared[0] += shared_ns == 8000 * MS;
        shared[1] += shared_ns == 4500 * MS;
        shared[2] += shared_ns == 2000 * MS;
        shared[3] += shared_ns == 0;
    }
    (void)CHECK(shared[0], 2, "of delays of 30, 40 and 50 ms");
    (void)CHECK(shared[1], 1, "of these and the later migration");
    (void)CHECK(shared[2], 1, "of these and the greater loss");
    (void)CHECK(shared[3], 2, "the first, and the other network");
    for (size_t i = 0; i < COUNT; i++)
        scenario_free(loaded[i]);
}

static void compare(const variant *begun, const variant *to, const char *about, uint64_t shared_ns)
{
    char dir[256];
    const char *const temporary = getenv("TMPDIR");
    (void)snprintf(dir, sizeof dir, "%s/roam-variants-XXXXXX", temporary ? temporary : "/tmp");
    CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
    scenario *const one = load(begun);
    scenario *const other = load(to);
    const variant_trial trial = {
        .about = about, .dir = dir, .files = true, .until_ns = variant_until_ns(other, shared_ns)};
    variant_compare(one, other, &trial);
    scenario_free(one);
    scenario_free(other);
    random_judge_clean(dir);
}

static void test_runs(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        if (CASES[i].shared_ns == 0)
            continue;
        compare(&CASES[i].one, &CASES[i].other, CASES[i].about, CASES[i].shared_ns);
        compare(&CASES[i].other, &CASES[i].one, CASES[i].about, CASES[i].shared_ns);
    }
}

int main(void)
{
    static const check_test tests[] = {
        {"until when", test_time}, {"an order", test_order}, {"the same bytes", test_runs}};
    return check_main("variants", tests, sizeof tests / sizeof tests[0]);
}
