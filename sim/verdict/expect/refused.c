/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets for which a NAT had no port, no block or no room. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>

static const key_row ROWS[] = {
    {"refused", EXPECT_FIELD(KEY_NAT, refused.nat),
     .about = "The NAT that finds no port, block or room for a binding", .example = "home"},
    {"count", EXPECT_FIELD(KEY_COUNT, refused.count), .max = 1000000000,
     .about = "How many packets are refused so", .otherwise = "at least one", .example = "1.."},
    {0},
};

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_refused *const of = &expectation->refused;
    const recorder_nat *const counts = &recorder_nats(evidence->recorder)[of->nat];
    const char *const name = whole->nats[of->nat].name;
    char time[EXPECT_TIME_MAX];
    char wanted[EXPECT_LIST_MAX];
    const bool held = expect_within(counts->refused, &of->count);
    (void)expect_count(&of->count, wanted);
    if (counts->refused == 0)
        expect_say(outcome, held, "%s refused no packet, wanted %s", name, wanted);
    else
        expect_say(outcome, held, "%s refused %" PRIu64 " packets, the first at %s, wanted %s", name,
                   counts->refused, expect_time(counts->first_refused_ns, time), wanted);
}

const expect_kind EXPECT_REFUSED = {
    .rows = ROWS,
    .blank = {.refused = {.nat = SCENARIO_NONE, .count = {.min = 1, .max = UINT64_MAX}}},
    .judge = judge,
};
