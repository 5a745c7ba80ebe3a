/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expectations on what an attacker can make of a node. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"amplification", EXPECT_FIELD(KEY_NODE, amplification.node), .of_group = true,
     .about = "The node whose bytes to the victim are compared with those from there (RFC 9000 section 8.1)",
     .example = "server"},
    {"to", EXPECT_FIELD(KEY_NODE, amplification.to), .required = true, .of_group = true,
     .about = "The victim", .example = "victim"},
    {"max", EXPECT_FIELD(KEY_INTEGER, amplification.factor), .required = true, .max = 1000,
     .about = "How many times as many bytes the node has sent at most", .example = "3"},
    {0},
};

/* RFC 9000 section 8.1, of addresses that are never validated. Without any datagram from the victim's
 * addresses there is nothing to judge. */
static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const recorder_amplification found = recorder_amplification_of(evidence->recorder, expectation);
    const uint64_t factor = expectation->amplification.factor;
    const char *const to = whole->nodes[expectation->amplification.to].name;
    const uint64_t hundredths = found.received ? found.sent * 100 / found.received : 0;
    if (!found.heard)
        expect_say(outcome, false, "nothing came from %s", to);
    else if (found.sent == 0)
        expect_say(outcome, true, "nothing was sent to %zu addresses of %s", found.addresses, to);
    else
        expect_say(outcome, found.sent <= factor * found.received,
                   "%" PRIu64 " B for %" PRIu64 " B, %" PRIu64 ".%02" PRIu64
                   " times, at the worst of %zu addresses, wanted at most %" PRIu64,
                   found.sent, found.received, hundredths / 100, hundredths % 100, found.addresses, factor);
}

const expect_kind EXPECT_AMPLIFICATION = {
    .rows = ROWS,
    .blank = {.amplification = {.node = SCENARIO_NONE, .to = SCENARIO_NONE}},
    .judge = judge,
    .asked = true,
};
