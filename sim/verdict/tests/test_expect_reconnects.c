/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Nodes that dial again: when, and what the expectations say of it. */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"
#include "sim/verdict/expect/expect.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { REDIALS_MAX = 16, EXPECTATIONS_MAX = 16 };

/* One way is 9 ms, a connection is up at its dialler after 36 ms. */
#define HEAD                                                                                                 \
    "roam: 1\nname: t\nduration: 20s\nnetworks: {wifi: {delay: 8ms}, dc: {delay: 1ms}}\n"                    \
    "nodes:\n  b: {networks: [dc], listen: 4433}\n"

typedef struct attempts {
    uint64_t at_ns[REDIALS_MAX];
    size_t count;
} attempts;

static void on_redial(void *ctx, const observer_redial *told, uint64_t now_ns)
{
    attempts *const seen = ctx;
    (void)told;
    CU_ASSERT_FATAL(seen->count < REDIALS_MAX);
    seen->at_ns[seen->count++] = now_ns;
}

static const struct redial_case {
    const char *name;
    const char *text;
    uint64_t at_ns[REDIALS_MAX]; /* attempts */
    size_t count;
    uint64_t lost_ns, regained_ns; /* of the first time without a connection; 0, 0: none */
} REDIALS[] = {
    {"each attempt waits longer, up to the most",
     "  a: {networks: [wifi], redial: {after: 1s, backoff: 2, max: 3s}}\npeers: [a -> b]\ntimeline:\n"
     "  - {at: 2s, restart: b, leave: true}\n  - {at: 2.5s, detach: a, network: wifi}\n"
     "  - {at: 10.5s, attach: a, network: wifi}\n",
     {3009 * MS, 5009 * MS, 8009 * MS, 11009 * MS},
     4,
     2009 * MS,
     11045 * MS},
    {"a connection begins it anew",
     "  a: {networks: [wifi], redial: {after: 1s, backoff: 2}}\npeers: [a -> b]\ntimeline:\n"
     "  - {at: 2s, restart: b, leave: true}\n  - {at: 5s, restart: b, leave: true}\n",
     {3009 * MS, 6009 * MS},
     2,
     2009 * MS,
     3045 * MS},
    {"so many attempts",
     "  a: {networks: [wifi], redial: {after: 1s, attempts: 2}}\npeers: [a -> b]\ntimeline:\n"
     "  - {at: 2s, restart: b, leave: true}\n  - {at: 2.5s, detach: a, network: wifi}\n",
     {3009 * MS, 4009 * MS},
     2,
     2009 * MS,
     ROAM_NEVER},
    {"a dial that is refused is dialled again; nothing is lost",
     "  a: {networks: [wifi], redial: {after: 1s}}\npeers: [{dial: a -> b, at: 3s}]\ntimeline:\n"
     "  - {at: 1s, refuse: a, network: wifi, for: 2500ms}\n",
     {4000 * MS},
     1,
     0,
     0},
    {"a node that is stopped dials no more",
     "  a: {networks: [wifi], redial: {after: 1s}}\npeers: [a -> b]\ntimeline:\n"
     "  - {at: 2s, restart: b, leave: true}\n  - {at: 2.5s, restart: a}\n",
     {0},
     0,
     2009 * MS,
     ROAM_NEVER},
    {"nor does one whose connection another entry has made",
     "  a: {networks: [wifi], redial: {after: 1s}}\npeers: [a -> b]\ntimeline:\n"
     "  - {at: 2s, restart: b, leave: true}\n  - {at: 2.5s, dial: a -> b}\n",
     {0},
     0,
     2009 * MS,
     2536 * MS},
    {"not at the end",
     "  a: {networks: [wifi], redial: {after: 1s}}\npeers: [a -> b]\ntimeline:\n"
     "  - {at: 19s, restart: b, leave: true}\n",
     {0},
     0,
     19009 * MS,
     ROAM_NEVER},
};

static void test_redials(void)
{
    for (size_t i = 0; i < sizeof REDIALS / sizeof REDIALS[0]; i++) {
        const struct redial_case *const one = &REDIALS[i];
        char text[1024];
        attempts seen = {.count = 0};
        size_t count;
        const observer watcher = {.ctx = &seen, .redial = on_redial};
        (void)snprintf(text, sizeof text, HEAD "%s", one->text);
        const evidence_options options = {
            .text = text, .watchers = &watcher, .watcher_count = 1, .recorded = true};
        evidence run = evidence_new(&options);
        evidence_finish(&run);
        const recorder_outage *const outages = recorder_outages(run.recorder, &count);
        (void)CHECK(seen.count, one->count, "%s: attempts", one->name);
        for (size_t at = 0; at < seen.count && at < one->count; at++)
            (void)CHECK(seen.at_ns[at], one->at_ns[at], "%s: attempt %zu", one->name, at + 1);
        (void)CHECK(count > 0, one->lost_ns > 0, "%s: lost", one->name);
        if (count > 0) {
            (void)CHECK(outages[0].lost_ns, one->lost_ns, "%s: lost at", one->name);
            (void)CHECK(outages[0].regained_ns, one->regained_ns, "%s: regained at", one->name);
        }
        evidence_free(&run);
    }
}

/* Lost at 2.009 s and 5.009 s, regained after 1.036 s each. */
#define TWICE                                                                                                \
    HEAD                                                                                                     \
        "  a: {networks: [wifi], redial: {after: 1s}}\n  c: {networks: [wifi]}\npeers: [a -> b, c -> b]\n"   \
        "timeline:\n  - {at: 2s, restart: b, leave: true}\n  - {at: 5s, restart: b, leave: true}\nexpect:\n"

static const struct judged {
    const char *expectation;
    bool held;
    const char *text;
} JUDGED[] = {
    {"{reconnects: a -> b}", true, "2, 1.036 s without one from 2.009 s on, wanted 1 or more"},
    {"{reconnects: a -> b, count: 2, longest: 1036ms}", true, NULL},
    {"{reconnects: a -> b, count: <= 1}", false, NULL},
    {"{reconnects: a -> b, longest: 1035ms}", false, NULL},
    {"{reconnects: c -> b, count: 0, longest: 17991ms..}", true, NULL},
    {"{reconnects: c -> b, count: 1}", false, NULL},
    {"{happens: peer_up, node: a, nth: 3, between: 6045ms..6045ms}", true, NULL},
    {"{happens: peer_up, node: a, nth: 2, between: 6045ms..6045ms}", false, NULL},
    {"{happens: peer_up, node: a, nth: 4}", false, "3 peer_up on a, wanted number 4"},
    {"{happens: peer_up, node: a, within: 1036ms, of: peer_down}", true, NULL},
    {"{happens: peer_up, node: a, within: 1035ms, of: peer_down}", false, NULL},
    {"{happens: peer_up, node: a, nth: 3, within: 1036ms, of: peer_down}", true, NULL},
    {"{happens: peer_up, node: a, nth: 1, within: 1036ms, of: peer_down}", false,
     "no peer_down that peer_up on a follows, wanted within 1.036 s"},
    {"{happens: peer_up, within: 10s, of: peer_down}", false, NULL},
    {"{happens: peer_up, node: a, within: 1s, of: left}", false, NULL},
};

static void test_judged(void)
{
    for (size_t i = 0; i < sizeof JUDGED / sizeof JUDGED[0]; i++) {
        char text[1024];
        (void)snprintf(text, sizeof text, TWICE "  - %s\n", JUDGED[i].expectation);
        evidence run = evidence_run(text);
        const expect_outcome outcome = evidence_judge(&run);
        (void)CHECK(outcome.held, JUDGED[i].held, "%s: %s", JUDGED[i].expectation, outcome.text);
        if (JUDGED[i].text)
            CHECK_STRING(outcome.text, JUDGED[i].text, "%s", JUDGED[i].expectation);
        evidence_free(&run);
    }
}

static const struct fault_case {
    const char *text; /* from line 7 on */
    const char *fault;
} FAULTS[] = {
    {"  a: {networks: [wifi], redial: {}}\npeers: [a -> b]\n",
     "t:7:33: redial needs 'after': write for example after: 1s"},
    {"  a: {networks: [wifi], redial: {after: 5s, max: 1s}}\npeers: [a -> b]\n",
     "t:7:50: max: shorter than after, which is the shortest wait"},
    {"  a: {networks: [wifi], redial: {after: 1s, backof: 2}}\npeers: [a -> b]\n",
     "t:7:45: unknown key 'backof'; did you mean 'backoff'?"},
    {"  a: {networks: [wifi], redial: {after: 1s}}\n",
     "t:7:25: 'a' dials nobody: write for example peers: [a -> server]"},
    {"  a: {networks: [wifi], redial: {after: 1s}, membership: {}}\npeers: [a -> b]\n",
     "t:7:25: 'redial' besides 'membership', which dials what its views need: leave one out"},
    {"  a: {networks: [wifi]}\npeers: [a -> b]\nexpect: [{reconnects: b -> a}]\n",
     "t:9:23: 'a' dials 'b': write a -> b"},
    {"  a: {networks: [wifi]}\npeers: [a -> b]\nexpect: [{happens: peer_up, within: 3s}]\n",
     "t:9:29: 'within' needs 'of': write for example of: peer_down"},
    {"  a: {networks: [wifi]}\npeers: [a -> b]\nexpect: [{happens: peer_up, of: peer_down}]\n",
     "t:9:29: 'of' needs 'within': write for example within: 3s"},
    {"  a: {networks: [wifi]}\npeers: [a -> b]\nexpect: [{happens: peer_up, nth: 2, count: 3}]\n",
     "t:9:29: 'nth' besides 'count': write two expectations"},
    {"  a: {networks: [wifi]}\npeers: [a -> b]\nexpect: [{happens: peer_up, within: 3s, of: refused}]\n",
     "t:9:45: 'of' is about events of nodes: write for example of: peer_down"},
    {"  a: {networks: [wifi]}\npeers: [a -> b]\nexpect: [{happens: not_started, nth: 2}]\n",
     "t:9:33: nth: what is not started has no order"},
    {"  a: {networks: [wifi]}\npeers: [a -> b]\nexpect: [{never: peer_up, verb: dial}]\n",
     "t:9:27: 'verb' is about what is refused: write for example happens: refused"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++) {
        char text[1024];
        scenario *whole = NULL;
        scenario_diagnostics faults;
        scenario_diagnostics_init(&faults);
        (void)snprintf(text, sizeof text, HEAD "%s", FAULTS[i].text);
        const scenario_source source = {.text = text, .text_bytes = strlen(text), .name = "t"};
        (void)CHECK(scenario_load(&source, &whole, &faults), SCENARIO_ERR_INVALID, "%s", FAULTS[i].fault);
        if (faults.count > 0)
            CHECK_STRING(faults.items[0].text, FAULTS[i].fault, "%zu", i);
        scenario_free(whole);
        scenario_diagnostics_fini(&faults);
    }
}

static const check_test TESTS[] = {
    {"redials", test_redials}, {"judged", test_judged}, {"faults", test_faults}};
CHECK_MAIN("reconnects", TESTS)
