/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verb partition: its sets, what `for:` makes of it, and what is no partition. */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Line 7 is the event, the value of partition in column 25. */
#define FILE_WITH(rest)                                                                                      \
    "roam: 1\nname: t\nduration: 20s\nnetworks: {a: {}, b: {}, c: {}, d: {}}\nnodes: {x: {}}\ntimeline:\n"   \
    "  - {at: 1s, partition: " rest "}\n"

static void test_values(void)
{
    static const uint32_t wanted[] = {1, 2, 0, 1};
    const scenario_source source = loading_text(FILE_WITH("[[a, d], [b]], for: 2s, every: 5s, times: 2"));
    scenario *const whole = loading_good(&source);
    CU_ASSERT_EQUAL_FATAL(whole->event_count, 4);
    for (size_t i = 0; i < 4; i++) {
        const scenario_event *const event = &whole->events[i];
        CU_ASSERT_EQUAL(event->verb, i % 2 == 0 ? SCENARIO_PARTITION : SCENARIO_REJOIN);
        CU_ASSERT_EQUAL(event->at_ns, (i / 2 * 5 + i % 2 * 2 + 1) * 1000000000);
        CU_ASSERT_EQUAL(scenario_event_partition(event)->set_count, 2);
        CU_ASSERT_EQUAL(memcmp(scenario_event_partition(event)->set_of, wanted, sizeof wanted), 0);
    }
    char *const said = loading_story(whole);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(said, "  1s partition [a, d] from [b]\n  3s partition ends [a, d] from [b]\n"));
    free(said);
    scenario_free(whole);
}

static const struct {
    const char *text;
    const char *fault;
} FAULTS[] = {
    {FILE_WITH("a"),
     "x.yaml:7:25: expected sets of networks, found a plain value: write for example [[wifi], [cellular, "
     "datacentre]]"},
    {FILE_WITH("[a, [b]]"), "x.yaml:7:26: expected a set of networks, found a plain value: write for example "
                            "[[wifi], [cellular, datacentre]]"},
    {FILE_WITH("[[a, b]]"), "x.yaml:7:25: partition: one set has nothing to part from: write for example "
                            "[[wifi], [cellular, datacentre]]"},
    {FILE_WITH("[]"), "x.yaml:7:25: partition: one set has nothing to part from: write for example "
                      "[[wifi], [cellular, datacentre]]"},
    {FILE_WITH("[[a], []]"),
     "x.yaml:7:31: partition: a set of no network: write for example [[wifi], [cellular, datacentre]]"},
    {FILE_WITH("[[a], [b, a]]"), "x.yaml:7:35: partition: 'a' is in a set already"},
    {FILE_WITH("[[a], [b, b]]"), "x.yaml:7:35: partition: 'b' is in a set already"},
    {FILE_WITH("[[a], [elsewhere]]"), "x.yaml:7:32: unknown network 'elsewhere'; known: a, b, c, d"},
    {FILE_WITH("[[a], [b]], fro: 2s"), "x.yaml:7:37: unknown key 'fro'; did you mean 'for'?"},
    {FILE_WITH("[[a], [b]], spread: 2s"),
     "x.yaml:7:37: unknown key 'spread'; known: at, after, every, times, partition, for"},
};

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof FAULTS / sizeof FAULTS[0]; i++)
        loading_expect_fault(FAULTS[i].text, FAULTS[i].fault);
}

static const check_test TESTS[] = {{"values", test_values}, {"faults", test_faults}};
CHECK_MAIN("scenario partitions", TESTS)
