/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each rule of probing.c: a run that holds it, and the same run altered so that this rule alone is broken. */
#include "core/tests/check.h"
#include "sim/verdict/rules/tests/trace.h"

#include <CUnit/Basic.h>

/* Without a loss: a laptop that moves from Wi-Fi to cellular at 1 s. */
static const char MOVE[] =
    "roam: 1\n"
    "name: t\n"
    "duration: 4s\n"
    "networks: {wifi: {delay: 5ms}, cellular: {delay: 20ms}, datacentre: {delay: 1ms}}\n"
    "nodes: {laptop: {networks: [wifi, cellular]}, server: {networks: [datacentre], listen: 4433}}\n"
    "peers: [laptop -> server]\n"
    "traffic:\n"
    "  - {flow: laptop -> server, send: 200B, every: 50ms, until: 3s}\n"
    "  - {flow: server -> laptop, send: 200B, every: 50ms, until: 3s}\n"
    "timeline:\n"
    "  - {at: 1s, migrate: laptop -> server, network: cellular, as: move}\n";

static void challenges_are_padded(void)
{
    trace of = trace_of(MOVE);
    CU_ASSERT(trace_exercised(&of, RULES_CHALLENGE_PADDED, DISSECT_CLIENT) > 0);
    trace_resize(&of, trace_find(&of, DISSECT_CLIENT, DISSECT_PATH_CHALLENGE, 0, 0), 1199);
    trace_broken(&of, RULES_CHALLENGE_PADDED, DISSECT_CLIENT);
    trace_free(&of);
}

static const check_test TESTS[] = {
    {"challenges are padded", challenges_are_padded},
};

CHECK_MAIN("the rules of probing", TESTS)
