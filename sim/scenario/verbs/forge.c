/* SPDX-License-Identifier: GPL-2.0-or-later */
/* forge: a hostile member of an overlay says to its peers what no honest one does. */
#include "sim/scenario/verb.h"

static const key_choice KINDS[] = {
    {"all", SCENARIO_FORGE_ALL},           {"ttl", SCENARIO_FORGE_TTL},
    {"key", SCENARIO_FORGE_KEY},           {"self", SCENARIO_FORGE_SELF},
    {"joins", SCENARIO_FORGE_JOINS},       {"shuffles", SCENARIO_FORGE_SHUFFLES},
    {"oversize", SCENARIO_FORGE_OVERSIZE}, {0}};

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const tree_node *const value = tree_get(entry, "forge");
    if (!draft->good)
        return false;
    const scenario_node *const who = &reader->scenario->nodes[draft->event.node];
    if (who->membership.on)
        return true;
    scenario_fault(reader, value->place,
                   "'%s' has no membership, and so nobody who would listen: give it for "
                   "example membership: {}",
                   who->name);
    return false;
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    scenario_explain_where(whole, event, stream);
    fprintf(stream, ": %s", key_choice_name(KINDS, scenario_event_forgery(event)));
}

static const key_row ROWS[] = {
    NODE_ROW("forge", "The hostile member, which sends membership messages that no honest one sends"),
    {"kind", DATA_FIELD(KEY_CHOICE, forgery), .choices = KINDS, .about = "What the hostile member sends",
     .otherwise = "all", .example = "shuffles"},
    {0},
};

const verb_descriptor SCENARIO_VERB_FORGE = {"forge", ROWS, .check = check, .follow = order_follow_call,
                                             .explain = explain};
