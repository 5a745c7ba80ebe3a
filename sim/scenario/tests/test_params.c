/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parameters: where their values stand, how --set and vary change them, and what is refused. */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* PARAMS is on line 4; ends with line 13. */
#define FILE_WITH(params)                                                                                    \
    "roam: 1\nname: t\nduration: 20s\nparams: " params "\nnetworks:\n"                                       \
    "  wifi: {delay: 8ms}\n  far: {delay: 9ms}\nnodes:\n  a: {networks: [wifi, far]}\n"                      \
    "  b: {networks: [wifi], listen: 4433}\n  p: {count: 2, networks: [far]}\npeers: [a -> b, p -> b]\n"     \
    "traffic: [{flow: a -> b, send: 400B, every: 20ms}]\n"
#define PARAMS FILE_WITH("{rtt: 40ms, n: 3, to: far, who: a}")

static const struct {
    const char *text, *override, *faults;
} FAULTS[] = {
    {PARAMS "expect: [{gap: a -> b, max: \"${rtx}\"}]\n", NULL,
     "x.yaml:14:32: unknown parameter 'rtx'; did you mean 'rtt'?\n"},
    {PARAMS "expect: [{gap: a -> b, max: \"<= ${2 * rtt + n}\"}]\n", NULL,
     "x.yaml:14:43: a duration and a number have no sum\n"},
    {PARAMS "expect:\n  - gap: a -> b\n    max: ${rtt}..${rtt + 1}..\n", NULL,
     "x.yaml:16:24: a duration and a number have no sum\n"},
    {PARAMS "expect: [{gap: a -> b, max: \"${rtt\"}]\n", NULL, "x.yaml:14:30: '${' without its '}'\n"},
    {PARAMS "expect: [{gap: a -> b, max: \"${rtt / 7}\"}]\n", NULL,
     "x.yaml:14:32: the result is no whole number of ns\n"},
    {PARAMS "expect: [{gap: a -> b, max: \"${2 * to}\"}]\n", NULL,
     "x.yaml:14:36: 'to' is the name 'far': it stands alone, as ${to}\n"},
    {PARAMS "expect: [{gap: a -> b, max: \"${n}\"}]\n", NULL,
     "x.yaml:14:30: max: missing unit: write 3ms, not 3 (units: ns us ms s min)\n"},
    {PARAMS "expect: [{gap: \"${who} -> c\", max: 1s}]\n", NULL,
     "x.yaml:14:27: unknown node 'c'; known: p, a, b, p-1, p-2\n"},
    {PARAMS "vary: {networks.wifi.delay: [8ms, \"${rtt}\"]}\n", NULL,
     "x.yaml:14:36: values of vary are written out: vary a parameter, for example params.rtt: [40ms, "
     "80ms]\n"},
    {PARAMS "timeline: [{at: 1s, set: wifi, delay: ${rtt}}]\n", NULL,
     "x.yaml:14:40: not YAML: missing comma in flow mapping (${...} inside of {...} or [...] needs "
     "quotes)\n"},
    {FILE_WITH("{a: 1, b: \"${c}\", c: 2}"), NULL, "x.yaml:4:22: unknown parameter 'c'; known: a\n"},
    {FILE_WITH("{a: \"2 * 3\"}"), NULL,
     "x.yaml:4:14: '2 * 3' is no number, no quantity and no name: write for example 40ms; sums and products "
     "stand in "
     "${...}\n"},
    {FILE_WITH("{a: 40mss}"), NULL,
     "x.yaml:4:15: unknown unit 'mss': write for example 20ms, 20Mbps or 400B\n"},
    {FILE_WITH("{a: [1, 2]}"), NULL, "x.yaml:4:13: expected a value, found a list: write for example 40ms\n"},
    {FILE_WITH("{a-b: 1}"), NULL,
     "x.yaml:4:10: 'a-b' is no name of a parameter: write 1 to 31 of a-z 0-9 _, a letter first\n"},
    {FILE_WITH("{a: 1, a: 2}"), NULL, "x.yaml:4:16: duplicate key 'a': it is on line 4 already\n"},
    {FILE_WITH("[rtt]"), NULL,
     "x.yaml:4:9: expected a mapping of parameters, found a list: write for example {rtt: 40ms}\n"},
    {PARAMS, "params.rttt=80ms",
     "x.yaml: --set params.rttt: unknown parameter 'rttt'; did you mean 'rtt'?\n"},
    {PARAMS, "params.rtt=80 miles",
     "x.yaml: --set params.rtt: unknown unit 'miles': write for example 20ms, 20Mbps or 400B\n"},
    {PARAMS, "networks.wifi.delay=${rtt + n}",
     "x.yaml: --set networks.wifi.delay: a duration and a number have no sum\n"},
};

static scenario_source source_of(const char *text, const char *const *override)
{
    scenario_source source = loading_text(text);
    source.overrides = override;
    source.override_count = *override ? 1 : 0;
    return source;
}

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        const scenario_source source = source_of(FAULTS[i].text, &FAULTS[i].override);
        loading_refused(&source, FAULTS[i].faults);
    }
}

#define STORY                                                                                                \
    PARAMS "timeline:\n"                                                                                     \
           "  - {at: \"${10 * rtt}\", migrate: \"${who} -> b\", network: \"${to}\", as: move}\n"             \
           "  - {at: 2s, say: \"${rtt} is left as it is\"}\n"                                                \
           "  - {at: 3s, set: far, node: p, delay: \"${rtt / 2 - 12ms}\", every: \"${rtt}\", times: "        \
           "\"${n}\"}\n"                                                                                     \
           "expect:\n  - {gap: a -> b, max: \"${2 * rtt + 5ms}\"}\n"                                         \
           "  - {migration: move, validation: \"${rtt}..${2 * rtt}\", when: {params.rtt: 40ms}}\n"

static void check_story(const char *override, uint64_t rtt_ns, size_t expectations)
{
    const scenario_source source = source_of(STORY, &override);
    scenario *const whole = loading_good(&source);
    CHECK(whole->event_count, 8, "events");
    CHECK(whole->events[0].at_ns, 10 * rtt_ns, "at");
    CHECK(whole->events[0].network, 1, "network");
    CHECK_STRING(scenario_event_text(&whole->events[1]), "${rtt} is left as it is");
    CHECK(whole->events[4].at_ns - whole->events[2].at_ns, rtt_ns, "every");
    CHECK(whole->expectations[0].gap.max.max, 2 * rtt_ns + 5000000, "max");
    CHECK(whole->expectation_count, expectations, "expectations");
    scenario_free(whole);
}

static void test_values(void)
{
    check_story(NULL, 40000000, 2);
    check_story("params.rtt=80ms", 80000000, 1);
    check_story("params.rtt=0.03s", 30000000, 1);
}

static void test_vary(void)
{
    const scenario_source source = loading_text(STORY "vary: {params.rtt: [40ms, 60ms]}\n");
    scenario_diagnostics faults;
    scenario *const whole = loading_good(&source);
    scenario_diagnostics_init(&faults);
    CHECK(scenario_combination_count(whole), 2, "combinations");
    for (size_t i = 0; i < 2; i++) {
        scenario *one = NULL;
        CHECK(scenario_load_combination(&source, whole, i, &one, &faults), SCENARIO_OK, "combination %zu", i);
        CHECK(one->expectations[0].gap.max.max, i ? 125000000 : 85000000, "max");
        CHECK_STRING(one->combination, i ? "params.rtt=60ms" : "params.rtt=40ms");
        scenario_free(one);
    }
    scenario_free(whole);
    scenario_diagnostics_fini(&faults);
    const scenario_source wrong = loading_text(STORY "vary: {params.rtt: [40ms, 7]}\n");
    loading_refused(&wrong,
                    "x.yaml:21:27: with params.rtt=7 line 17 is wrong: a number and a duration have no "
                    "difference\n");
}

static void test_explained(void)
{
    const scenario_source source = loading_text(STORY);
    scenario *const whole = loading_good(&source);
    char *const text = loading_story(whole);
    CHECK_CONTAINS(text, "  params rtt = 40ms, n = 3, to = far, who = a\n");
    CHECK_CONTAINS(text, "  400ms migrate a -> b network far within 5s, as move\n");
    CHECK_CONTAINS(text, "  expect gap: a -> b, max: 85ms\n");
    free(text);
    scenario_free(whole);
}

/* As many as there may be, and one more. */
static void test_many(void)
{
    for (int count = 64; count <= 65; count++) {
        char text[4096] = "roam: 1\nname: t\nduration: 1s\nparams:\n";
        for (int i = 0; i < count; i++)
            (void)snprintf(text + strlen(text), sizeof text - strlen(text), "  p%d: %d\n", i, i);
        strcat(text, "networks: {n: {}}\nnodes: {a: {networks: [n], listen: \"${p63}\"}}\n");
        const scenario_source source = loading_text(text);
        if (count == 64) {
            scenario *const whole = loading_good(&source);
            CHECK(whole->nodes[0].listen, 63, "listen");
            scenario_free(whole);
        } else {
            loading_refused(&source, "x.yaml:5:3: 65 parameters: at most 64\n");
        }
    }
}

static const check_test TESTS[] = {{"faults", test_faults},
                                   {"values", test_values},
                                   {"vary", test_vary},
                                   {"many", test_many},
                                   {"explained", test_explained}};
CHECK_MAIN("parameters", TESTS)
