/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a connection is up at the end, and whether all that was sent over it has arrived. */
#include "sim/verdict/expect/internal.h"

#include <inttypes.h>
#include <stdio.h>

static const key_choice STATES[] = {
    {"alive", SCENARIO_PEER_ALIVE}, {"down", SCENARIO_PEER_DOWN}, {"either", SCENARIO_PEER_EITHER}, {0}};

static const key_choice ARRIVED[] = {{"all", true}, {0}};

static const key_row ROWS[] = {
    {"peer", KEY_FIELD(KEY_PAIR, expect_draft, pair), .of_group = true,
     .about = "The connection of the two nodes at the end of the run", .example = "laptop -> server"},
    {"is", EXPECT_FIELD(KEY_CHOICE, peer.state), .required = true, .choices = STATES,
     .about = "Whether the connection is up at both ends; either only shows it", .example = "alive"},
    {"arrived", EXPECT_FIELD(KEY_CHOICE, peer.all_arrived), .choices = ARRIVED,
     .about = "Every message from the first node to the second has arrived besides", .example = "all"},
    {"as", EXPECT_FIELD(KEY_NAME, peer.label), .max = 63, .about = "The label of the expectation in tables",
     .example = "port-rebind"},
    {0},
};

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    const tree_node *const value = tree_get(entry, "peer");
    draft->expectation.peer.flow = tree_get(entry, "arrived")
                                       ? scenario_check_traffic(reader, value, draft, "arrival")
                                       : scenario_check_flow(reader, value, draft);
}

/* "alive", or at which end it is down and why. The end that dialled is looked at first. */
static void describe_state(const scenario *whole, const scenario_peer *ends, const recorder_peer *peer,
                           char text[EXPECT_LIST_MAX])
{
    const recorder_end *const down = peer->dialer.up ? &peer->acceptor : &peer->dialer;
    const char *const name = whole->nodes[peer->dialer.up ? ends->acceptor : ends->dialer].name;
    char time[EXPECT_TIME_MAX];
    if (down->up)
        (void)snprintf(text, EXPECT_LIST_MAX, "alive");
    else if (down->restarted)
        (void)snprintf(text, EXPECT_LIST_MAX, "down: %s was restarted at %s", name,
                       expect_time(down->restarted_ns, time));
    else if (down->ups == 0)
        (void)snprintf(text, EXPECT_LIST_MAX, "down: %s never had it up", name);
    else
        (void)snprintf(text, EXPECT_LIST_MAX, "down: %s on %s at %s", roam_down_reason_name(down->reason),
                       name, expect_time(down->last_down_ns, time));
}

/* What flows that way have brought, apart from the state of the connection. */
static void judge_arrival(const scenario *whole, const scenario_flow *flow, const recorder *recorded,
                          expect_outcome *outcome)
{
    const recorder_flow *const flows = recorder_flows(recorded);
    uint64_t wanted = 0;
    uint64_t came = 0;
    bool silent = false;
    for (uint32_t i = scenario_flow_first(whole, flow->from, flow->to); i != SCENARIO_NONE;
         i = scenario_flow_next(whole, i)) {
        outcome->has_traffic = true;
        silent = silent || expect_silent(&flows[i]);
        wanted += flows[i].sent + flows[i].unsent;
        came += flows[i].delivered;
    }
    outcome->arrived = outcome->has_traffic && came == wanted && !silent;
    if (!outcome->has_traffic)
        return;
    char text[EXPECT_LIST_MAX];
    (void)snprintf(text, sizeof text, ", %" PRIu64 " of %" PRIu64 " messages arrived", came, wanted);
    expect_append(outcome->text, sizeof outcome->text, text);
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    const scenario_expect_peer *const of = &expectation->peer;
    static const char *const wanted[] = {
        [SCENARIO_PEER_EITHER] = "either", [SCENARIO_PEER_ALIVE] = "alive", [SCENARIO_PEER_DOWN] = "down"};
    const recorder_peer *const peer = &recorder_peers(evidence->recorder)[of->flow.peer];
    char state[EXPECT_LIST_MAX];
    outcome->alive = peer->dialer.up && peer->acceptor.up;
    describe_state(whole, &whole->peers[of->flow.peer], peer, state);
    expect_say(outcome,
               of->state == SCENARIO_PEER_EITHER || (of->state == SCENARIO_PEER_ALIVE) == outcome->alive,
               "%s", state);
    judge_arrival(whole, &of->flow, evidence->recorder, outcome);
    outcome->held = outcome->held && (!of->all_arrived || outcome->arrived);
    expect_append(outcome->text, sizeof outcome->text, ", wanted ");
    expect_append(outcome->text, sizeof outcome->text, wanted[of->state]);
    if (of->all_arrived)
        expect_append(outcome->text, sizeof outcome->text, " and every message");
}

const expect_kind EXPECT_PEER = {
    .rows = ROWS, .blank = {.peer = {.flow = EXPECT_NO_FLOW}}, .check = check, .judge = judge};
