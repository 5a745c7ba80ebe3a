/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which random stream a fault of the timeline has does not hang on its place in the file. */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/tests/evidence.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 4096, ENTRIES = 8 };

typedef struct fault_entry {
    const char *text;
    int turn; /* -1: it is none */
} fault_entry;

/* Turns are counted for each link, verb and frame, by time; of one time by what they say. */
static const fault_entry FAULTS[ENTRIES] = {
    {"{at: 4s, corrupt: a, network: x, fraction: 1%}", 1},
    {"{at: 2s, corrupt: a, network: x, fraction: 9%}", 0},
    {"{at: 2s, corrupt: a, network: y, fraction: 9%}", 0},
    {"{at: 2s, corrupt: b, network: x, fraction: 9%}", 0},
    {"{at: 3s, drop: a, network: x, fraction: 2%}", 1},
    {"{at: 3s, drop: a, network: x, fraction: 1%}", 0},
    {"{at: 3s, drop: a, network: x, frame: ack-only, fraction: 2%}", 0},
    {"{at: 1s, say: nothing}", -1},
};

static scenario *load(const size_t order[ENTRIES])
{
    char text[TEXT_MAX] = "roam: 1\nname: turns\nduration: 9s\nnetworks: {x: {delay: 1ms}, y: {delay: 1ms}}\n"
                          "nodes: {a: {networks: [x, y]}, b: {networks: [x], listen: 1}}\npeers: [a -> b]\n"
                          "timeline:\n";
    for (size_t i = 0; i < ENTRIES; i++) {
        const size_t used = strlen(text);
        snprintf(text + used, sizeof text - used, "  - %s\n", FAULTS[order[i]].text);
    }
    return evidence_scenario(text);
}

/* The entry stands in the line of the same number, counted from the first. */
static void check_turns(const size_t order[ENTRIES])
{
    scenario *const whole = load(order);
    size_t faults = 0;
    for (size_t i = 0; i < whole->event_count; i++) {
        const scenario_event *const event = &whole->events[i];
        const scenario_impair *const impair = scenario_event_impair(event);
        if (!impair)
            continue;
        const fault_entry *const entry = &FAULTS[order[event->place.line - 8]];
        CHECK(impair->turn, entry->turn, "%s in line %u", entry->text, event->place.line);
        faults++;
    }
    CHECK(faults, ENTRIES - 1, "faults");
    scenario_free(whole);
}

static void test_any_order(void)
{
    size_t order[ENTRIES];
    uint64_t state = 1;
    for (size_t i = 0; i < ENTRIES; i++)
        order[i] = i;
    for (int round = 0; round < 50; round++) {
        check_turns(order);
        for (size_t i = ENTRIES - 1; i > 0; i--) {
            const size_t other = check_random(&state) % (i + 1);
            const size_t kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
    }
}

static const check_test TESTS[] = {{"any order", test_any_order}};
CHECK_MAIN("fault turns", TESTS)
