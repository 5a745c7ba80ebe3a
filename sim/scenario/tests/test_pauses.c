/* SPDX-License-Identifier: GPL-2.0-or-later */
/* suspend and hold, as the loader reads them. */
#include "core/tests/check.h"
#include "sim/scenario/event.h"
#include "sim/scenario/tests/loading.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <string.h>

#define HEAD                                                                                                 \
    "roam: 1\nname: t\nduration: 10s\n"                                                                      \
    "networks: {wifi: {}, bus: {link: csma, rate: 10Mbps}, far: {},\n"                                       \
    "  fair: {rate: 10Mbps, discipline: fq-codel}, uplink: {rate: 10Mbps, shared: true}}\n"                  \
    "nodes:\n"                                                                                               \
    "  phone: {networks: [wifi]}\n"                                                                          \
    "  server: {networks: [far], listen: 4433}\n"                                                            \
    "  mallory: {networks: [far], attacker: true}\n"                                                         \
    "peers: [phone -> server]\n"                                                                             \
    "timeline:\n"

static void test_faults(void)
{
    static const char *const cases[][2] = {
        {"  - {at: 1s, suspend: phone}\n", "x.yaml:12:5: suspend needs 'for': write for example for: 9min"},
        {"  - {at: 1s, suspend: phone, for: 0s}\n", "x.yaml:12:35: for: 0s is too small: at least 1ns"},
        {"  - {at: 1s, suspend: phone, for: 1441min}\n",
         "x.yaml:12:35: for: 1441min is too large: at most 1440min"},
        {"  - {at: 1s, suspend: mallory, for: 1s}\n",
         "x.yaml:12:23: 'mallory' is an attacker, which has no endpoint to suspend"},
        {"  - {at: 1s, suspend: phone, for: 3s}\n  - {at: 2s, suspend: phone, for: 1s}\n",
         "x.yaml:13:5: suspend: 'phone' is suspended at 2s"},
        {"  - {at: 1s, suspend: phone, for: 3s}\n  - {at: 2s, migrate: phone -> server}\n",
         "x.yaml:13:5: migrate: 'phone' is suspended at 2s"},
        {"  - {at: 1s, suspend: phone, for: 3s}\n  - {at: 2s, restart: phone}\n",
         "x.yaml:13:5: restart: 'phone' is suspended at 2s"},
        {"  - {at: 1s, restart: phone, for: 3s}\n  - {at: 2s, suspend: phone, for: 1s}\n",
         "x.yaml:13:5: suspend: 'phone' is stopped by a restart at 2s"},
        {"  - {at: 1s, hold: wifi}\n", "x.yaml:12:5: hold needs 'for': write for example for: 250ms"},
        {"  - {at: 1s, hold: wifi, for: 61min}\n", "x.yaml:12:31: for: 61min is too large: at most 60min"},
        {"  - {at: 1s, hold: bus, for: 1s}\n",
         "x.yaml:12:20: 'bus' has links of ns-3's own models, which cannot be held: hold needs link: pipe"},
        {"  - {at: 1s, hold: fair, for: 1s}\n", "x.yaml:12:20: 'fair' has queues of its own, which cannot be "
                                                "held: hold needs discipline: drop-tail, "
                                                "and no queue that is shared"},
        {"  - {at: 1s, hold: uplink, for: 1s}\n", "x.yaml:12:20: 'uplink' has queues of its own, which "
                                                  "cannot be held: hold needs discipline: drop-tail, "
                                                  "and no queue that is shared"},
        {"  - {at: 1s, hold: wifi, node: server, for: 1s}\n",
         "x.yaml:12:5: hold: 'server' is not on network 'wifi' at 1s"},
        /* None. */
        {"  - {at: 1s, suspend: phone, for: 1s}\n  - {at: 2s, migrate: phone -> server}\n", ""},
        {"  - {at: 1s, suspend: phone, for: 60min}\n", ""},
        {"  - {at: 1s, hold: wifi, node: phone, direction: up, for: 60min}\n", ""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[2048];
        scenario_diagnostics faults;
        scenario_diagnostics_init(&faults);
        (void)snprintf(text, sizeof text, HEAD "%s", cases[i][0]);
        const scenario_source source = loading_text(text);
        scenario *const loaded = loading(&source, &faults);
        CHECK_STRING(faults.count ? faults.items[0].text : "", cases[i][1], "%s", cases[i][0]);
        CHECK(loaded == NULL, *cases[i][1] != '\0', "refused: %s", cases[i][0]);
        scenario_diagnostics_fini(&faults);
        scenario_free(loaded);
    }
}

/* What is left of a suspension when its end is not in the scenario, and when it is. */
static void test_ends(void)
{
    const scenario_source source = loading_text(HEAD "  - {at: 1s, suspend: phone, for: 2s}\n"
                                                     "  - {at: 9s, suspend: phone, for: 1s}\n"
                                                     "  - {at: 4s, hold: wifi, for: 5s}\n");
    scenario *const loaded = loading_good(&source);
    static const scenario_verb wanted[] = {SCENARIO_SUSPEND, SCENARIO_WAKE, SCENARIO_HOLD, SCENARIO_SUSPEND};
    CHECK(loaded->event_count, sizeof wanted / sizeof *wanted, "events");
    for (size_t i = 0; i < loaded->event_count && i < sizeof wanted / sizeof *wanted; i++)
        CHECK(loaded->events[i].verb, wanted[i], "event %zu", i);
    CHECK(scenario_event_hold(&loaded->events[2])->for_ns, UINT64_C(5000000000), "held for");
    scenario_free(loaded);
}

static const check_test TESTS[] = {{"faults", test_faults}, {"ends", test_ends}};
CHECK_MAIN("pauses", TESTS)
