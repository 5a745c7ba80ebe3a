/* SPDX-License-Identifier: GPL-2.0-or-later */
/* membership: what it is by default and at most; join and leave: what is impossible. */
#include "core/roam_membership.h"
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Lines 1 to 10. */
#define HEAD                                                                                                 \
    "roam: 1\nname: t\nduration: 10s\nnetworks:\n  n: {}\nnodes:\n"                                          \
    "  hub: {networks: [n], listen: 1, membership: {}}\n"                                                    \
    "  edge: {networks: [n], listen: 1, membership: {}}\n"                                                   \
    "  deaf: {networks: [n], membership: {}}\n"                                                              \
    "  plain: {networks: [n], listen: 1}\n"
#define EVENTS HEAD "timeline:\n" /* line 11 */

static scenario *load_good(const char *text)
{
    const scenario_source source = loading_text(text);
    return loading_good(&source);
}

/* `{}` is what roam_membership_options_default says. */
static void test_defaults(void)
{
    scenario *const whole = load_good(HEAD);
    const scenario_membership *const of = &whole->nodes[0].membership;
    roam_membership_options core;
    roam_membership_options_default(&core);
    CU_ASSERT(of->on && !whole->nodes[3].membership.on);
    CU_ASSERT_EQUAL(of->active_size, core.active_size);
    CU_ASSERT_EQUAL(of->passive_size, core.passive_size);
    CU_ASSERT_EQUAL(of->active_walk, core.active_walk);
    CU_ASSERT_EQUAL(of->passive_walk, core.passive_walk);
    CU_ASSERT_EQUAL(of->shuffle_active, core.shuffle_active);
    CU_ASSERT_EQUAL(of->shuffle_passive, core.shuffle_passive);
    CU_ASSERT_EQUAL(of->shuffle_ns, core.shuffle_ns);
    CU_ASSERT_EQUAL(of->retry_ns, core.retry_ns);
    CU_ASSERT_EQUAL(of->retry_max_ns, core.retry_max_ns);
    CU_ASSERT_EQUAL(of->failures_max, core.failures_max);
    scenario_free(whole);
}

static void test_values(void)
{
    char text[2048];
    (void)snprintf(
        text, sizeof text,
        HEAD "  all: {count: 2, membership: {active: %d, passive: %d, active_walk: %d, passive_walk: "
             "%d, shuffle: 3s, shuffle_length: %d, retry: 2s, retry_max: 4s, failures: 6}}\n",
        ROAM_ACTIVE_VIEW_MAX, ROAM_PASSIVE_VIEW_MAX, ROAM_WALK_MAX, ROAM_WALK_MAX, ROAM_SHUFFLE_MAX);
    scenario *const whole = load_good(text);
    const scenario_membership *const of = &whole->nodes[5].membership; /* all-2 */
    CU_ASSERT(of->on);
    CU_ASSERT_EQUAL(of->active_size, ROAM_ACTIVE_VIEW_MAX);
    CU_ASSERT_EQUAL(of->passive_size, ROAM_PASSIVE_VIEW_MAX);
    CU_ASSERT_EQUAL(of->active_walk, ROAM_WALK_MAX);
    CU_ASSERT_EQUAL(of->passive_walk, ROAM_WALK_MAX);
    CU_ASSERT_EQUAL(1 + of->shuffle_active + of->shuffle_passive, ROAM_SHUFFLE_MAX);
    CU_ASSERT_EQUAL(of->shuffle_active, (ROAM_SHUFFLE_MAX - 1) / 2);
    CU_ASSERT_EQUAL(of->shuffle_ns, 3000000000u);
    CU_ASSERT_EQUAL(of->retry_ns, 2000000000u);
    CU_ASSERT_EQUAL(of->retry_max_ns, 4000000000u);
    CU_ASSERT_EQUAL(of->failures_max, 6);
    scenario_free(whole);
}

/* A contact that is of the group does not join through itself. */
static void test_events(void)
{
    scenario *const whole =
        load_good(HEAD "  all: {count: 3, networks: [n], listen: 1, membership: {}}\ntimeline:\n"
                       "  - {at: 1s, join: all, contact: all-2, spread: 3s}\n"
                       "  - {at: 5s, leave: all}\n  - {at: 6s, join: all-1, contact: hub}\n"
                       "  - {at: 7s, detach: hub, network: n}\n  - {at: 8s, join: all-1, contact: hub}\n");
    static const struct {
        uint64_t at_ns;
        scenario_verb verb;
        uint32_t node, to;
    } wanted[] = {{1000000000, SCENARIO_JOIN, 4, 5},           {3000000000, SCENARIO_JOIN, 6, 5},
                  {5000000000, SCENARIO_LEAVE, 4, UINT32_MAX}, {5000000000, SCENARIO_LEAVE, 5, UINT32_MAX},
                  {5000000000, SCENARIO_LEAVE, 6, UINT32_MAX}, {6000000000, SCENARIO_JOIN, 4, 0}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        const scenario_event *const event = &whole->events[i];
        CU_ASSERT_EQUAL(event->at_ns, wanted[i].at_ns);
        CU_ASSERT_EQUAL(event->verb, wanted[i].verb);
        CU_ASSERT_EQUAL(event->node, wanted[i].node);
        CU_ASSERT_EQUAL(event->to, wanted[i].to);
    }
    char *const said = loading_story(whole);
    CU_ASSERT_PTR_NOT_NULL(strstr(said,
                                  "  group all: 3 nodes all-1 to all-3 on n, listens on 1, membership of "
                                  "active 5, passive 30\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "  1s join all through all-2, each of 2, one every 1s\n"));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "  5s leave all, each of 3\n"));
    free(said);
    scenario_free(whole);
}

static const struct {
    const char *text;
    const char *fault;
} FAULTS[] = {
    {HEAD "  a: {membership: {active: 0}}\n",
     "x.yaml:11:28: active: '0' is not a whole number from 1 to 32: write for example 5"},
    {HEAD "  a: {membership: {active: 33}}\n",
     "x.yaml:11:28: active: '33' is not a whole number from 1 to 32: write for example 5"},
    {HEAD "  a: {membership: {passive: 257}}\n",
     "x.yaml:11:29: passive: '257' is not a whole number from 1 to 256: write for example 30"},
    {HEAD "  a: {membership: {active_walk: 17}}\n",
     "x.yaml:11:33: active_walk: '17' is not a whole number from 1 to 16: write for example 6"},
    {HEAD "  a: {membership: {passive_walk: 7}}\n",
     "x.yaml:11:34: passive_walk: a walk of 6 hops never has 7 left: write at most the active_walk"},
    {HEAD "  a: {membership: {active_walk: 2}}\n",
     "x.yaml:11:33: passive_walk: a walk of 2 hops never has 3 left: write at most the active_walk"},
    {HEAD "  a: {membership: {shuffle_length: 33}}\n",
     "x.yaml:11:36: shuffle_length: '33' is not a whole number from 1 to 32: write for example 8"},
    {HEAD "  a: {membership: {shuffle: 10}}\n",
     "x.yaml:11:29: shuffle: missing unit: write 10ms, not 10 (units: ns us ms s min)"},
    {HEAD "  a: {membership: {retry: 301s}}\n",
     "x.yaml:11:27: retry_max: shorter than retry, which is the shortest wait"},
    {HEAD "  a: {membership: {failures: 0}}\n",
     "x.yaml:11:30: failures: '0' is not a whole number from 1 to 1000: write for example 5"},
    {HEAD "  a: {membership: {pasive: 3}}\n", "x.yaml:11:20: unknown key 'pasive'; did you mean 'passive'?"},
    {HEAD "  a: {membership: true}\n",
     "x.yaml:11:19: expected the membership's keys, found a plain value: write for example membership: {}"},
    {HEAD "  a: {attacker: true, membership: {}}\n",
     "x.yaml:11:3: 'a' is an attacker, which has no endpoint for a membership"},
    {EVENTS "  - {at: 1s, join: edge}\n",
     "x.yaml:12:5: join needs 'contact': write for example contact: server"},
    {EVENTS "  - {at: 1s, join: edge, contact: edge}\n", "x.yaml:12:35: 'edge' cannot join through itself"},
    {EVENTS "  - {at: 1s, join: edge, contact: plain}\n",
     "x.yaml:12:35: 'plain' has no membership: give it for example membership: {}"},
    {EVENTS "  - {at: 1s, join: plain, contact: edge}\n",
     "x.yaml:12:20: 'plain' has no membership: give it for example membership: {}"},
    {EVENTS "  - {at: 1s, join: edge, contact: deaf}\n",
     "x.yaml:12:35: node 'deaf' does not listen: give it for example listen: 4433"},
    {EVENTS "  - {at: 1s, leave: plain}\n",
     "x.yaml:12:21: 'plain' has no membership: give it for example membership: {}"},
    {EVENTS "  - {at: 1s, leave: edge}\n",
     "x.yaml:12:5: leave: 'edge' is in no overlay at 1s: it has not joined"},
    {EVENTS "  - {at: 1s, join: edge, contact: hub}\n  - {at: 2s, leave: edge, every: 1s, times: 2}\n",
     "x.yaml:13:5: leave: 'edge' is in no overlay at 3s: it has not joined"},
    {EVENTS "  - {at: 1s, join: edge, contact: hub}\n  - {at: 2s, join: edge, contact: hub}\n",
     "x.yaml:13:5: join: 'edge' has joined through 'hub' already at 2s"},
    {EVENTS "  - {at: 1s, join: edge, contact: hub, leave: edge}\n",
     "x.yaml:12:40: 'join' and 'leave' in one entry: write two"},
    {EVENTS "  - {at: 1s, leave: true, restart: edge, for: 2s}\n  - {at: 2s, join: edge, contact: hub}\n",
     "x.yaml:13:5: join: 'edge' is stopped by a restart at 2s"},
    {EVENTS "  - {at: 1s, detach: edge, network: n}\n  - {at: 2s, join: edge, contact: hub}\n",
     "x.yaml:13:5: join: 'edge' is on no network at 2s"},
    {EVENTS "  - {at: 1s, restart: edge, for: 2s}\n  - {at: 2s, join: edge, contact: hub}\n",
     "x.yaml:13:5: join: 'edge' is stopped by a restart at 2s"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++)
        loading_expect_fault(FAULTS[i].text, FAULTS[i].fault);
}

static const check_test TESTS[] = {
    {"defaults", test_defaults}, {"values", test_values}, {"events", test_events}, {"faults", test_faults}};
CHECK_MAIN("scenario membership", TESTS)
