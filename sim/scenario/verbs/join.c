/* SPDX-License-Identifier: GPL-2.0-or-later */
/* join: a node enters the overlay through a member of it, the contact; leave: it tells its neighbours and is
 * out. */
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

static bool check_member(scenario_reader *reader, const tree_node *value, uint32_t node)
{
    const scenario_node *const who = node == SCENARIO_NONE ? NULL : &reader->scenario->nodes[node];
    if (!who || who->membership.on)
        return who != NULL;
    scenario_fault(reader, value->place, "'%s' has no membership: give it for example membership: {}",
                   who->name);
    return false;
}

static bool check_join(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const tree_node *const contact = tree_get(entry, "contact");
    const scenario_event *const event = &draft->event;
    if (!draft->good)
        return false;
    if (event->node == event->to && entry->group && entry->group->count > 1)
        return false; /* the contact is one of the group that joins through it */
    if (event->node == event->to) {
        scenario_fault(reader, contact->place, "'%s' cannot join through itself",
                       reader->scenario->nodes[event->to].name);
        return false;
    }
    if (!check_member(reader, tree_get(entry, "join"), event->node) ||
        !check_member(reader, contact, event->to))
        return false;
    if (reader->scenario->nodes[event->to].listen == 0) {
        scenario_fault(reader, contact->place, "node '%s' does not listen: give it for example listen: 4433",
                       reader->scenario->nodes[event->to].name);
        return false;
    }
    return true;
}

static bool check_leave(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    return draft->good && check_member(reader, tree_get(entry, "leave"), draft->event.node);
}

/* A second join is of use when something came between that may have parted the node from the overlay. */
static void follow_join(order_check *at, const scenario_event *event)
{
    const scenario *const whole = at->reader->scenario;
    order_member *const member = &at->members[event->node];
    char time[UNITS_TEXT_MAX];
    order_follow_call(at, event);
    if (member->contact == event->to && member->upset == at->upset &&
        !order_reported(at, event, event->node)) {
        scenario_fault(at->reader, event->place, "join: '%s' has joined through '%s' already at %s",
                       whole->nodes[event->node].name, whole->nodes[event->to].name,
                       units_format(UNITS_DURATION, event->at_ns, time));
    }
    *member = (order_member){.known = true, .contact = event->to, .upset = at->upset};
    at->members[event->to].known = true;
}

static void follow_leave(order_check *at, const scenario_event *event)
{
    order_member *const member = &at->members[event->node];
    char time[UNITS_TEXT_MAX];
    order_follow_node(at, event);
    if (!member->known && !order_reported(at, event, event->node)) {
        scenario_fault(at->reader, event->place, "leave: '%s' is in no overlay at %s: it has not joined",
                       at->reader->scenario->nodes[event->node].name,
                       units_format(UNITS_DURATION, event->at_ns, time));
    }
    *member = (order_member){.contact = SCENARIO_NONE};
}

static void explain_join(const scenario *whole, const scenario_event *event, FILE *stream)
{
    scenario_event alone = *event;
    alone.to = SCENARIO_NONE;
    scenario_explain_where(whole, &alone, stream);
    fprintf(stream, " through ");
    scenario_explain_turn(whole, event, "contact", event->to, stream);
}

static const key_row JOIN_ROWS[] = {
    NODE_ROW("join", "The node that enters the overlay"),
    {"contact", EVENT_FIELD(KEY_NODE, to), .required = true, .in_turn = true,
     .about = "The member through which the node joins, which listens", .example = "server"},
    {0},
};
static const key_row LEAVE_ROWS[] = {NODE_ROW("leave", "The member that leaves the overlay"), {0}};

const verb_descriptor SCENARIO_VERB_JOIN = {"join", JOIN_ROWS, .check = check_join, .follow = follow_join,
                                            .explain = explain_join};
const verb_descriptor SCENARIO_VERB_LEAVE = {"leave", LEAVE_ROWS, .check = check_leave,
                                             .follow = follow_leave};
