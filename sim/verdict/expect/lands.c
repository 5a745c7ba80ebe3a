/* SPDX-License-Identifier: GPL-2.0-or-later */
/* On which servers of a balancer the connections of a peer landed. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>
#include <stdio.h>

static const key_row ROWS[] = {
    {"lands", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "Where the connections of the first node with a balancer come up", .example = "phone -> vip"},
    {"on", EXPECT_FIELD(KEY_NODE, lands.on), .one = "a connection is on one server",
     .about = "The server on which the last of them comes up", .example = "s1"},
    {"times", EXPECT_FIELD(KEY_COUNT, lands.times), .max = 1000000,
     .about = "How many connections come up at a server", .example = "1"},
    {"servers", EXPECT_FIELD(KEY_COUNT, lands.servers), .max = SCENARIO_SERVERS_MAX,
     .about = "How many different servers they come up at", .example = "1"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    scenario_expect_lands *const of = &draft->expectation.lands;
    of->flow = scenario_check_flow(reader, tree_get(entry, "lands"), draft);
    scenario_check_landing(reader, entry, &of->flow, of->on);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_lands *const of = &expectation->lands;
    const recorder *const recorded = evidence->recorder;
    const uint32_t server = recorder_server(recorded, of->flow.peer);
    const uint32_t times = recorder_connections_landed(recorded, of->flow.peer);
    const uint32_t servers = recorder_servers_seen(recorded, of->flow.peer);
    const bool held = server != SCENARIO_NONE && (of->on == SCENARIO_NONE || of->on == server) &&
                      expect_within(times, &of->times) && expect_within(servers, &of->servers);
    if (server == SCENARIO_NONE)
        expect_say(outcome, false, "no connection came up at a server");
    else
        expect_say(outcome, held, "%" PRIu32 " connection%s on %" PRIu32 " server%s, the last on %s", times,
                   times == 1 ? "" : "s", servers, servers == 1 ? "" : "s", whole->nodes[server].name);
}

const expect_kind EXPECT_LANDS = {.rows = ROWS,
                                  .blank = {.lands = {.flow = EXPECT_NO_FLOW,
                                                      .on = SCENARIO_NONE,
                                                      .times = EXPECT_UNBOUNDED,
                                                      .servers = EXPECT_UNBOUNDED}},
                                  .check = check,
                                  .judge = judge};
