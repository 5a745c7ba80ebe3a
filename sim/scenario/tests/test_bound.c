/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Upper bounds, and labels that entries share. */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <string.h>

/* Ends with line 11. */
#define HEAD                                                                                                 \
    "roam: 1\nname: t\nduration: 20s\nnetworks:\n  wifi: {delay: 8ms}\nnodes:\n"                             \
    "  a: {networks: [wifi]}\n  b: {networks: [wifi], listen: 4433}\npeers: [a -> b]\n"                      \
    "traffic: [{flow: a -> b, send: 400B, every: 20ms}]\n"                                                   \
    "timeline:\n"
#define MOVES HEAD "  - {at: 1s, migrate: a -> b, as: m}\n  - {at: 2s, watchdog: a, as: m}\n"

static const struct {
    const char *text, *faults;
} FAULTS[] = {
    {MOVES "expect:\n  - {gap: a -> b, max: 10ms..}\n",
     "x.yaml:15:24: max: '10ms..' has no upper end: write for example 500ms\n"},
    {MOVES "expect:\n  - {gap: a -> b, max: '>= 10ms'}\n",
     "x.yaml:15:25: max: '>= 10ms' has no upper end: write for example 500ms\n"},
    {MOVES "expect:\n  - {gap: a -> b, max: 500}\n",
     "x.yaml:15:24: max: missing unit: write 500ms, not 500 (units: ns us ms s min)\n"},
    {MOVES "expect:\n  - {happens: peer_down, between: 5s}\n",
     "x.yaml:15:35: between: '5s' is no bound: write <= 120ms, 40ms..50ms or 40ms..\n"},
    {MOVES "  - {at: 3s, reconnect: a -> b, as: m}\n",
     "x.yaml:14:37: 'm' is the label of migrations: reconnects need another one\n"},
    {HEAD "  - {at: 1s, reconnect: a -> b, as: m}\n  - {at: 2s, migrate: a, as: m}\n",
     "x.yaml:13:30: 'm' is the label of reconnects: migrations need another one\n"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++) {
        const scenario_source source = loading_text(FAULTS[i].text);
        loading_refused(&source, FAULTS[i].faults);
    }
}

static void test_alone(void)
{
    const scenario_source source =
        loading_text(MOVES "expect:\n  - {gap: a -> b, max: 1s}\n  - {gap: a -> b, max: 40ms..1s}\n"
                           "  - {migration: m, validation: 20ms}\n  - {move: m, up: 30ms, down: 10ms..}\n"
                           "  - {rebind: b, of: a, validation: 60ms}\n");
    scenario *const whole = loading_good(&source);
    const scenario_expectation *const of = whole->expectations;
    CHECK(of[0].gap.max.min, 0, "gap, least");
    CHECK(of[0].gap.max.max, 1000000000, "gap, most");
    CHECK(of[1].gap.max.min, 40000000, "range, least");
    CHECK(of[2].migration.validation.min, 0, "validation, least");
    CHECK(of[2].migration.validation.max, 20000000, "validation, most");
    CHECK(of[3].move.bounds[SCENARIO_MOVE_UP].max, 30000000, "up, most");
    CHECK(of[3].move.bounds[SCENARIO_MOVE_DOWN].min, 10000000, "down, least");
    CHECK(of[4].rebind.validation.max, 60000000, "rebind, most");
    scenario_free(whole);
}

static void test_shared_labels(void)
{
    const scenario_source source =
        loading_text(MOVES "  - {at: 3s, migrate: a, as: m}\n  - {at: 4s, reconnect: a -> b, as: again}\n"
                           "  - {at: 5s, reconnect: a -> b, as: again}\n"
                           "expect:\n  - {migration: m, count: 2..}\n  - {move: again, result: ok}\n");
    scenario *const whole = loading_good(&source);
    CHECK(whole->event_count, 5, "events");
    for (size_t i = 0; i < whole->event_count; i++)
        CHECK_STRING(scenario_event_call(&whole->events[i])->label, i < 3 ? "m" : "again");
    scenario_free(whole);
}

static const check_test TESTS[] = {{"refused", test_faults},
                                   {"a time alone is the most", test_alone},
                                   {"labels that entries share", test_shared_labels}};
CHECK_MAIN("scenario bounds and labels", TESTS)
