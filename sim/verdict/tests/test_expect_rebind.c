/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What `congestion: reset` and `kept` of `rebind` say of a node whose initial window the scenario sets: so
 * many packets of at most 1472 bytes, in place of 14720 bytes (RFC 9002 section 7.2). */
#include "core/tests/check.h"
#include "sim/tests/small_scenario.h"
#include "sim/verdict/expect/expect.h"

#include <CUnit/Basic.h>
#include <stdio.h>

#define MS UINT64_C(1000000)

enum { INITIAL_RTT_MS = 333, MEASURED_RTT_MS = 30 };

typedef struct window_case {
    const char *settings; /* of the server, which notices */
    const char *of_laptop;
    uint64_t cwnd_before, cwnd_after, srtt_after_ms;
    bool reset, kept; /* which of the two holds */
} window_case;

static const window_case cases[] = {
    /* 40 packets are 48000 bytes where they have 1200, and 58880 at most. */
    {"initial_window: 40pkt", "", 90000, 48000, INITIAL_RTT_MS, true, false},
    {"initial_window: 40pkt", "", 90000, 58880, INITIAL_RTT_MS, true, false},
    {"initial_window: 40pkt", "", 90000, 58881, INITIAL_RTT_MS, false, false},
    {"initial_window: 40pkt", "", 90000, 58880, MEASURED_RTT_MS, false, false},
    {"initial_window: 40pkt", "", 90000, 58881, MEASURED_RTT_MS, false, true},
    {"initial_window: 40pkt", "", 50000, 48000, MEASURED_RTT_MS, false, true}, /* it was no larger before */
    {"initial_window: 2pkt", "", 90000, 2944, INITIAL_RTT_MS, true, false},
    {"initial_window: 2pkt", "", 90000, 12000, INITIAL_RTT_MS, false, false},
    /* That of the other end, or of nobody. */
    {"ecn: false", "initial_window: 40pkt", 90000, 14720, INITIAL_RTT_MS, true, false},
    {"ecn: false", "initial_window: 40pkt", 90000, 48000, INITIAL_RTT_MS, false, false},
};

static bool holds(const window_case *at, const char *congestion)
{
    char text[1024];
    (void)snprintf(text, sizeof text,
                   "roam: 1\nname: r\nduration: 9s\nnetworks: {n: {}}\nnodes:\n"
                   "  laptop: {networks: [n], quic: {%s}}\n"
                   "  server: {networks: [n], listen: 1, quic: {%s}}\n"
                   "peers: [laptop -> server]\n"
                   "expect:\n  - {rebind: server, of: laptop, congestion: %s}\n",
                   at->of_laptop, at->settings, congestion);
    evidence of = evidence_of(evidence_scenario(text));
    const roam_rebind_record rebind = {.validated = true,
                                       .noticed_ns = 3000 * MS,
                                       .finished_ns = 3020 * MS,
                                       .srtt_before_ns = MEASURED_RTT_MS * MS,
                                       .srtt_after_ns = at->srtt_after_ms * MS,
                                       .cwnd_before = at->cwnd_before,
                                       .cwnd_after = at->cwnd_after};
    const roam_event rebound = {.kind = ROAM_EVENT_REBOUND, .rebind = &rebind};
    of.told.core_event(of.told.ctx, SERVER, LAPTOP, &rebound, 3020 * MS);
    evidence_finish(&of);
    const expect_outcome outcome = evidence_judge(&of);
    evidence_free(&of);
    return outcome.held;
}

static void test_windows(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK(holds(&cases[i], "reset"), cases[i].reset, "reset, case %zu", i);
        CHECK(holds(&cases[i], "kept"), cases[i].kept, "kept, case %zu", i);
    }
}

static const check_test TESTS[] = {{"windows", test_windows}};
CHECK_MAIN("expect rebind", TESTS)
