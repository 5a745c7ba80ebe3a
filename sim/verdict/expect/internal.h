/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_EXPECT_INTERNAL_H
#define SIM_VERDICT_EXPECT_INTERNAL_H

/* What the kinds of expectation share: how they are described (expect_kind.h), and words. */

#include "sim/scenario/expect_kind.h"
#include "sim/verdict/expect/expect.h"

#define EXPECT_LIST_MAX 200
#define EXPECT_TIME_MAX 40

__attribute__((format(printf, 3, 4))) void expect_say(expect_outcome *outcome, bool held, const char *format,
                                                      ...);
/* "43.112 ms", cut to three decimals: never more than was measured. */
const char *expect_time(uint64_t time_ns, char text[EXPECT_TIME_MAX]);
/* Of durations: "<= 120ms", ">= 1s", "10ms to 20ms", or "" without bounds. */
const char *expect_bound(const scenario_bound *bound, char text[EXPECT_LIST_MAX]);
/* "2", "1 or more", "0 to 3". */
const char *expect_count(const scenario_bound *count, char text[EXPECT_LIST_MAX]);
/* Likewise of sizes in bytes. */
const char *expect_sizes(const scenario_bound *bound, char text[EXPECT_LIST_MAX]);
/* Likewise of rates. */
const char *expect_rates(const scenario_bound *bound, char text[EXPECT_LIST_MAX]);
/* "12.345 Mbps", cut to three decimals. */
const char *expect_rate(uint64_t rate_bps, char text[EXPECT_TIME_MAX]);
/* There is a min or a max, and the one is not above the other; or what is wrong is reported. */
void expect_check_bounds(scenario_reader *reader, const tree_node *entry, const scenario_bound *bound,
                         const char *example);
bool expect_within(uint64_t value, const scenario_bound *bound);
bool expect_bounded(const scenario_bound *bound);
/* `good` of `count` are a share of them, parts per billion, that the bound allows. */
bool expect_is_share(uint64_t good, uint64_t count, const scenario_bound *share);
/* "; so in 38 of 40, wanted share >= 90%", unless the bound is that of all. */
void expect_append_share(uint64_t good, uint64_t count, const scenario_bound *share,
                         char text[EXPECT_TEXT_MAX]);
/* ">= 90%", "<= 10%", "40% to 60%" */
const char *expect_share(const scenario_bound *share, char text[EXPECT_LIST_MAX]);
void expect_append(char *text, size_t size, const char *more);

/* A flag a node of the scenario, to be freed; of the set of all: NULL. False: out of memory. */
bool expect_node_flags(const scenario *whole, const scenario_node_set *set, bool **flags);

/* Of a flow that was to bring something, nothing came. */
bool expect_silent(const recorder_flow *flow);

#endif
