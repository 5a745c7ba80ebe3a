/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/preferred.h"
#include "sim/scenario/quic.h"
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

#include <arpa/inet.h>
#include <inttypes.h>

void scenario_explain_time(FILE *stream, const char *before, uint64_t ns)
{
    char text[UNITS_TEXT_MAX];
    fprintf(stream, "%s%s", before, units_format(UNITS_DURATION, ns, text));
}

/* A group is told of its first member. */
static bool is_first(const scenario *whole, const scenario_node *node)
{
    return !node->group || node == &whole->nodes[node->group->first];
}

static void explain_who(const scenario *whole, const scenario_node *node, FILE *stream)
{
    const scenario_group *const group = node->group;
    if (group) {
        fprintf(stream, "  group %s: %" PRIu32 "%s", group->name, group->count,
                group->count < group->size ? " of " : "");
        if (group->count < group->size)
            fprintf(stream, "%" PRIu32, group->size);
        fprintf(stream, " node%s %s", group->size == 1 ? "" : "s", node->name);
        if (group->count > 1)
            fprintf(stream, " to %s", whole->nodes[group->first + group->count - 1].name);
    } else {
        fprintf(stream, "  node %s", node->name);
    }
}

/* " on wifi, lte", of a group with turns " on lte-1, wifi, or lte-2, wifi in turn". */
static void explain_networks(const scenario *whole, const scenario_node *node, FILE *stream)
{
    const scenario_group *const group = node->group;
    const uint32_t turns = !group ? 1 : group->turns < group->count ? group->turns : group->count;
    for (uint32_t i = 0; i < turns; i++)
        for (size_t j = 0; j < node[i].network_count; j++)
            fprintf(stream, "%s%s",
                    j   ? ", "
                    : i ? " or "
                        : " on ",
                    whole->networks[node[i].networks[j]].name);
    if (turns > 1)
        fprintf(stream, " in turn");
}

static void explain_endpoint(const scenario_endpoint *endpoint, FILE *stream)
{
    fprintf(stream, "  endpoint %s: library %s", endpoint->name,
            endpoint->library ? endpoint->library : "found by its name");
    for (size_t i = 0; i < endpoint->option_count; i++)
        fprintf(stream, "%s%s=%s", i ? ", " : "; ", endpoint->options[i].name, endpoint->options[i].value);
    fprintf(stream, "\n");
}

static void explain_redial(const scenario_redial *redial, FILE *stream)
{
    scenario_explain_time(stream, ", dials again after ", redial->after_ns);
    if (redial->backoff > 1) {
        fprintf(stream, ", then each time %" PRIu32 " times as long", redial->backoff);
        if (redial->max_ns < SCENARIO_DAY_NS)
            scenario_explain_time(stream, ", at most ", redial->max_ns);
    }
    if (redial->attempts)
        fprintf(stream, ", %" PRIu32 " time%s at most", redial->attempts, redial->attempts == 1 ? "" : "s");
}

static void explain_nodes(const scenario *whole, FILE *stream)
{
    for (size_t i = 0; i < whole->node_count; i++) {
        const scenario_node *const node = &whole->nodes[i];
        if (!is_first(whole, node) || node->balancer)
            continue;
        explain_who(whole, node, stream);
        explain_networks(whole, node, stream);
        if (node->listen)
            fprintf(stream, ", listens on %u", node->listen);
        if (node->relay_to != SCENARIO_NONE)
            fprintf(stream, ", relays to %s on %u", whole->nodes[node->relay_to].name, node->relay_port);
        if (node->endpoint != SCENARIO_NONE)
            fprintf(stream, ", endpoint %s", whole->endpoints[node->endpoint].name);
        if (node->membership.on) {
            fprintf(stream, ", membership of active %" PRIu32 ", passive %" PRIu32,
                    node->membership.active_size, node->membership.passive_size);
        }
        scenario_quic_explain(node, stream);
        scenario_preferred_explain(whole, node, stream);
        if (node->redial.on)
            explain_redial(&node->redial, stream);
        fprintf(stream, "%s\n", node->disable_active_migration ? ", refuses active migration" : "");
    }
    scenario_balancers_explain(whole, stream);
    for (size_t i = 0; i < whole->network_count; i++) {
        const scenario_network *const network = &whole->networks[i];
        fprintf(stream, "  network %s:", network->name);
        scenario_explain_link(stream, &network->link, scenario_explain_fields(&network->link));
        scenario_explain_queue(network, stream);
        if (network->nat != SCENARIO_NONE)
            fprintf(stream, ", behind NAT %s", whole->nats[network->nat].name);
        fprintf(stream, "\n");
    }
}

/* A relay's access network is crossed on the way in and on the way out. */
static uint64_t relay_delay_ns(const scenario *whole, uint32_t via)
{
    if (via == SCENARIO_NONE || whole->nodes[via].network_count == 0)
        return 0;
    return 2 * whole->networks[whole->nodes[via].networks[0]].link.delay_ns;
}

/* The group's name, where the node stands for all members. */
static const char *name_in_entry(const scenario *whole, const scenario_group *group, uint32_t member,
                                 uint32_t node)
{
    return group && node == group->first + member - group->from ? group->name : whole->nodes[node].name;
}

/* ", each of 40, one every 50ms, modulo 500ms" */
static void explain_members(uint32_t count, const scenario_turns *turns, FILE *stream)
{
    fprintf(stream, ", each of %" PRIu32, count);
    if (turns->step_ns > 0)
        scenario_explain_time(stream, ", one every ", turns->step_ns);
    if (turns->within_ns > 0)
        scenario_explain_time(stream, " modulo ", turns->within_ns);
}

/* A round trip crosses both access networks twice. */
static void explain_peers(const scenario *whole, FILE *stream)
{
    for (size_t i = 0; i < whole->peer_count; i++) {
        const scenario_peer *const peer = &whole->peers[i];
        const scenario_node *const acceptor = &whole->nodes[peer->acceptor];
        if (peer->group && !scenario_leads(peer->group, peer->member))
            continue;
        fprintf(stream, "  %s dials %s", name_in_entry(whole, peer->group, peer->member, peer->dialer),
                name_in_entry(whole, peer->group, peer->member, peer->acceptor));
        scenario_explain_time(stream, " at ", peer->at_ns);
        if (peer->via != SCENARIO_NONE)
            fprintf(stream, " via %s%s%s", peer->relays ? "each of " : "",
                    peer->relays ? peer->relays->name : whole->nodes[peer->via].name,
                    peer->relays ? " in turn" : "");
        const uint64_t between_ns = relay_delay_ns(whole, peer->via);
        for (size_t n = 0; n < whole->network_count && acceptor->network_count > 0; n++) {
            const uint64_t far_ns = whole->networks[acceptor->networks[0]].link.delay_ns;
            fprintf(stream, "%s%s", n ? ", " : "; round trip over ", whole->networks[n].name);
            scenario_explain_time(stream, " ", 2 * (whole->networks[n].link.delay_ns + far_ns + between_ns));
        }
        if (peer->group)
            explain_members(peer->group->count, &peer->turns, stream);
        fprintf(stream, "\n");
    }
}

/* What is sent, and how often. */
static void explain_shape(const scenario *whole, const scenario_traffic *traffic, FILE *stream)
{
    char size[UNITS_TEXT_MAX];
    const bool bulk = traffic->kind == SCENARIO_BULK;
    fprintf(stream, "%s",
            units_format(UNITS_SIZE, bulk ? traffic->total_bytes : traffic->message_bytes, size));
    if (traffic->kind == SCENARIO_SEND)
        scenario_explain_time(stream, " every ", traffic->every_ns);
    if (traffic->kind != SCENARIO_REQUEST)
        return;
    fprintf(stream, ", is answered with %s",
            units_format(UNITS_SIZE, whole->traffic[traffic->other].message_bytes, size));
    scenario_explain_time(stream, ", and again after ", traffic->think_ns);
}

static void explain_traffic(const scenario *whole, FILE *stream)
{
    for (size_t i = 0; i < whole->traffic_count; i++) {
        const scenario_traffic *const traffic = &whole->traffic[i];
        if (traffic->kind == SCENARIO_RESPONSE ||
            (traffic->group && !scenario_leads(traffic->group, traffic->member)))
            continue;
        fprintf(stream, "  %s sends %s ",
                name_in_entry(whole, traffic->group, traffic->member, traffic->from),
                name_in_entry(whole, traffic->group, traffic->member, traffic->to));
        explain_shape(whole, traffic, stream);
        if (traffic->with_connection)
            fprintf(stream, ", with the connection");
        else
            scenario_explain_time(stream, " from ", traffic->at_ns);
        if (traffic->group)
            explain_members(traffic->group->count, &traffic->turns, stream);
        fprintf(stream, "\n");
    }
}

/* --- the timeline --- */

void scenario_explain_at_nat(const scenario *whole, const scenario_event *event, FILE *stream)
{
    if (event->nat != SCENARIO_NONE)
        fprintf(stream, " NAT %s", whole->nats[event->nat].name);
}

const char *scenario_explain_name(const scenario *whole, const scenario_event *event, uint32_t node)
{
    const tree_node *const written = event->entry ? event->entry->written : NULL;
    return name_in_entry(whole, written ? written->group : NULL, written ? written->member : 0, node);
}

void scenario_explain_turn(const scenario *whole, const scenario_event *event, const char *key, uint32_t node,
                           FILE *stream)
{
    const tree_node *const value = event->entry ? tree_get(event->entry->written, key) : NULL;
    if (value && value->group)
        fprintf(stream, "each of %s in turn", value->group->name);
    else
        fprintf(stream, "%s", whole->nodes[node].name);
}

void scenario_explain_where(const scenario *whole, const scenario_event *event, FILE *stream)
{
    if (event->node != SCENARIO_NONE)
        fprintf(stream, " %s", scenario_explain_name(whole, event, event->node));
    if (event->to != SCENARIO_NONE)
        fprintf(stream, " -> %s", scenario_explain_name(whole, event, event->to));
    if (event->via != SCENARIO_NONE) {
        fprintf(stream, " via ");
        scenario_explain_turn(whole, event, "via", event->via, stream);
    }
    if (event->network != SCENARIO_NONE)
        fprintf(stream, " network %s", whole->networks[event->network].name);
    if (event->direction != SCENARIO_BOTH)
        fprintf(stream, " (%s)", event->direction == SCENARIO_UP ? "up" : "down");
}

/* "20ms after peer_up of laptop -> server:", or "at" it. */
static void explain_start(const scenario *whole, const scenario_event *event, FILE *stream)
{
    char text[SCENARIO_AFTER_TEXT_MAX];
    if (event->at_ns > 0)
        scenario_explain_time(stream, "  ", event->at_ns);
    fprintf(stream, event->at_ns > 0 ? " after " : "  at ");
    fprintf(stream, "%s:", scenario_after_text(whole, event->after, text));
}

static void explain_what(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const verb_descriptor *const verb = SCENARIO_VERB_TABLE[event->verb];
    scenario_explain_verb(event, stream);
    (verb->explain ? verb->explain : scenario_explain_where)(whole, event, stream);
}

void scenario_explain_event(const scenario *whole, const scenario_event *event, FILE *stream)
{
    scenario_event alone = *event;
    alone.entry = NULL; /* by which a node is told as its group */
    explain_what(whole, &alone, stream);
}

static void explain_event(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const tree_node *const written = event->entry ? event->entry->written : NULL;
    if (written && written->group && event->entry->leads == 0)
        return;
    if (event->after)
        explain_start(whole, event, stream);
    else
        scenario_explain_time(stream, "  ", event->at_ns);
    explain_what(whole, event, stream);
    if (written && written->group)
        explain_members(event->entry->leads, &event->entry->told, stream);
    fprintf(stream, "\n");
}

static void explain_expectations(const scenario_expectation *items, size_t count, const char *indent,
                                 FILE *stream)
{
    char deeper[8];
    (void)snprintf(deeper, sizeof deeper, "%s  ", indent);
    for (size_t i = 0; i < count; i++) {
        const expect_kind *const kind = scenario_expect_kind_of(items[i].kind);
        fprintf(stream, "%sexpect %s\n", indent, items[i].text);
        if (kind->explain)
            kind->explain(&items[i], deeper, stream);
    }
}

static void explain_known_fault(const scenario *whole, FILE *stream)
{
    const scenario_known_fault *const fault = &whole->known_fault;
    if (fault->expectation_count > 0) {
        fprintf(stream, "  known fault %s%s%s: of these at least one %s\n", fault->reference,
                fault->about[0] ? ", " : "", fault->about, fault->may_be_gone ? "may fail" : "fails");
    }
    explain_expectations(fault->expectations, fault->expectation_count, "    ", stream);
}

static void explain_vary(const scenario *whole, FILE *stream)
{
    for (size_t i = 0; i < whole->vary_count; i++) {
        const scenario_vary *const vary = &whole->vary[i];
        fprintf(stream, "  varies %s:", vary->key);
        for (size_t j = 0; j < vary->value_count; j++)
            fprintf(stream, "%s %s", j ? "," : "", vary->values[j]);
        fprintf(stream, "\n");
    }
    if (whole->vary_count > 0)
        fprintf(stream, "  %zu runs, one a combination\n", scenario_combination_count(whole));
}

void scenario_explain(const scenario *whole, FILE *stream)
{
    fprintf(stream, "%s: %s\n", whole->name, whole->about);
    scenario_explain_time(stream, "  lasts ", whole->duration_ns);
    fprintf(stream, ", seed %" PRIu64 "\n", whole->seed);
    for (size_t i = 0; i < whole->param_count; i++)
        fprintf(stream, "%s%s = %s%s", i ? ", " : "  params ", whole->params[i].name, whole->params[i].value,
                i + 1 < whole->param_count ? "" : "\n");
    for (size_t i = 0; i < whole->endpoint_count; i++)
        explain_endpoint(&whole->endpoints[i], stream);
    explain_nodes(whole, stream);
    for (size_t i = 0; i < whole->nat_count; i++)
        scenario_explain_nat(whole, &whole->nats[i], stream);
    scenario_explain_background(whole, stream);
    explain_peers(whole, stream);
    explain_traffic(whole, stream);
    for (size_t i = 0; i < whole->event_count; i++)
        explain_event(whole, &whole->events[i], stream);
    scenario_explain_order(whole, stream);
    explain_expectations(whole->expectations, whole->expectation_count, "  ", stream);
    if (whole->unmet_count > 0) {
        fprintf(stream, "  note: %zu expectation%s, because of `when`\n", whole->unmet_count,
                whole->unmet_count == 1 ? " does not count" : "s do not count");
    }
    if (whole->expectation_count == 0)
        fprintf(stream, "  note: no expectation applies\n");
    explain_known_fault(whole, stream);
    explain_vary(whole, stream);
}
