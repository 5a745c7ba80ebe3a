/* SPDX-License-Identifier: GPL-2.0-or-later */
/* restart: of a node or of a NAT; start: what `for:` makes of it. */
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

static bool is_nat(const scenario_reader *reader, const tree_node *value)
{
    return value->kind == TREE_SCALAR && scenario_nat_index(reader->scenario, value->text) != SCENARIO_NONE;
}

static bool check_nat(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    static const char *const OF_NODES[] = {"leave", "redial", "disable_active_migration"};
    const tree_node *const value = tree_get(entry, "restart");
    bool good = scenario_read_nat(reader, value, &draft->event.nat) &&
                scenario_check_nat_used(reader, value, draft->event.nat);
    if (scenario_node_index(reader->scenario, value->text) != SCENARIO_NONE ||
        scenario_group_index(reader->scenario, value->text) != SCENARIO_NONE) {
        scenario_fault(reader, value->place, "restart: '%.60s' is a node and a NAT: rename one of them",
                       value->text);
        good = false;
    }
    for (size_t i = 0; i < sizeof(OF_NODES) / sizeof(OF_NODES[0]); i++) {
        const tree_node *const odd = tree_get(entry, OF_NODES[i]);
        if (odd) {
            scenario_fault(reader, odd->key_place, "'%s' is about nodes, and '%.60s' is a NAT", OF_NODES[i],
                           value->text);
            good = false;
        }
    }
    return good;
}

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const tree_node *const value = tree_get(entry, "restart");
    return is_nat(reader, value) ? check_nat(reader, entry, draft)
                                 : scenario_read_node(reader, value, &draft->event.node);
}

/* A NAT is stopped while `for:` of its restart lasts. */
static void follow_nat(order_check *at, const scenario_event *event)
{
    bool *const stopped = &at->stopped_nats[event->nat];
    if (event->verb == SCENARIO_RESTART && *stopped && !order_reported(at, event, SCENARIO_NONE)) {
        char time[UNITS_TEXT_MAX];
        scenario_fault(at->reader, event->place, "restart: '%s' is stopped by a restart at %s",
                       at->reader->scenario->nats[event->nat].name,
                       units_format(UNITS_DURATION, event->at_ns, time));
    }
    *stopped = event->verb == SCENARIO_RESTART;
}

static void follow(order_check *at, const scenario_event *event)
{
    if (event->nat != SCENARIO_NONE) {
        follow_nat(at, event);
    } else if (event->verb == SCENARIO_RESTART) {
        order_follow_node(at, event);
        at->stopped[event->node] = true;
    } else {
        at->stopped[event->node] = false;
    }
}

static void explain_restart(const scenario *whole, const scenario_event *event, FILE *stream)
{
    scenario_explain_at_nat(whole, event, stream);
    scenario_explain_where(whole, event, stream);
    fprintf(stream, "%s", scenario_event_restart(event)->leave ? ", leaving first" : "");
}

static void explain_start(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_restart *const start = scenario_event_restart(event);
    scenario_explain_at_nat(whole, event, stream);
    scenario_explain_where(whole, event, stream);
    if (start->active_migration != SCENARIO_AS_BEFORE) {
        fprintf(stream, ", %s active migration",
                start->active_migration == SCENARIO_DISABLED ? "refuses" : "allows");
    }
    fprintf(stream, "%s", start->redial ? ", dialling again" : "");
}

static const key_choice CHANGES[] = {{"true", SCENARIO_DISABLED}, {"false", SCENARIO_ENABLED}, {0}};

static const key_row ROWS[] = {
    {"restart", KEY_OTHER, 0, 0, .of_group = true,
     .about = "The node whose endpoint ends and begins anew, or the NAT that loses its bindings",
     .example = "laptop", .schema = "{\"$ref\": \"#/$defs/name\"}"}, /* or a NAT */
    {"for", KEY_FIELD(KEY_DURATION, entry_draft, for_ns), .max = SCENARIO_DAY_NS,
     .about = "How long it is stopped", .otherwise = "0s", .example = "3s"},
    {"leave", DATA_FIELD(KEY_CHOICE, restart.leave), .choices = SCENARIO_BOOLEANS,
     .about = "Whether the endpoint closes its connections before it ends", .otherwise = "false",
     .example = "true"},
    {"redial", DATA_FIELD(KEY_CHOICE, restart.redial), .choices = SCENARIO_BOOLEANS,
     .about = "Whether the node dials again what peers says it dials", .otherwise = "false",
     .example = "true"},
    {"disable_active_migration", DATA_FIELD(KEY_CHOICE, restart.active_migration), .choices = CHANGES,
     .about = "The transport parameter of the new endpoint", .otherwise = "as before", .example = "false"},
    {0},
};

const verb_descriptor SCENARIO_VERB_RESTART = {"restart",
                                               ROWS,
                                               .check = check,
                                               .follow = follow,
                                               .explain = explain_restart,
                                               .undone_by = SCENARIO_START,
                                               .undone_at_once = true};
const verb_descriptor SCENARIO_VERB_START = {"start", .follow = follow, .explain = explain_start};
