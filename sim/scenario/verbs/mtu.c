/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mtu: what the links of a network, or of one node there, carry. */
#include "sim/scenario/verb.h"

#include <inttypes.h>

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const scenario_network *const network = scenario_entry_network(reader, draft);
    return !draft->good || scenario_check_mtu_fits(reader, tree_get(entry, "bytes"), network->link_type,
                                                   draft->event.data.mtu.bytes);
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_mtu *const mtu = scenario_event_mtu(event);
    scenario_explain_where(whole, event, stream);
    fprintf(stream, " %" PRIu32 "B%s", mtu->bytes, mtu->silent ? ", silently" : "");
}

static const key_row ROWS[] = {
    {"mtu", EVENT_FIELD(KEY_NETWORK, network), .about = "The network whose links change their MTU",
     .example = "wifi"},
    {"node", EVENT_FIELD(KEY_NODE, node), .of_group = true, .about = "The node whose link it is",
     .otherwise = "all nodes of the network", .example = "laptop"},
    {"bytes", DATA_FIELD(KEY_SIZE, mtu.bytes), .required = true, .min = 576, .max = 65535,
     .about = "The largest packet that the links carry", .example = "1280B"},
    {"silent", DATA_FIELD(KEY_CHOICE, mtu.silent), .choices = SCENARIO_BOOLEANS,
     .about = "Whether a host that sends a longer packet gets no error", .otherwise = "false",
     .example = "true"},
    FOR_ROW("2s"),
    {0},
};

const verb_descriptor SCENARIO_VERB_MTU = {"mtu",
                                           ROWS,
                                           .check = check,
                                           .follow = order_follow_disturbance,
                                           .explain = explain,
                                           .undone_by = SCENARIO_HEAL};
