/* SPDX-License-Identifier: GPL-2.0-or-later */
/* regenerate: a node generates another temporary address (RFC 8981); withdraw: what `overlap` makes of it,
 * and of a renumber. */
#include "sim/scenario/verb.h"

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    (void)reader, (void)entry;
    draft->event.data.renumber.overlap_ns = draft->for_ns == SCENARIO_NEVER ? 0 : draft->for_ns;
    return true;
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    scenario_explain_where(whole, event, stream);
    if (scenario_event_renumber(event)->overlap_ns)
        scenario_explain_time(stream, ", the old address stays for ",
                              scenario_event_renumber(event)->overlap_ns);
}

static const key_row ROWS[] = {
    NODE_ROW("regenerate", "The node that generates another temporary address (RFC 8981)"),
    NETWORK_ROW,
    OVERLAP_ROW,
    {0}};

const verb_descriptor SCENARIO_VERB_TEMPORARY = {"regenerate",       ROWS,
                                                 .check = check,     .follow = order_follow_on,
                                                 .explain = explain, .undone_by = SCENARIO_WITHDRAW};
const verb_descriptor SCENARIO_VERB_WITHDRAW = {.name = "withdraw"};
