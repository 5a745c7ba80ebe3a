/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"
#include "sim/scenario/units.h"

#include <arpa/inet.h>
#include <inttypes.h>

static void print_time(FILE *stream, const char *before, uint64_t ns)
{
    char text[UNITS_TEXT_MAX];
    fprintf(stream, "%s%s", before, units_format(UNITS_DURATION, ns, text));
}

static void explain_nodes(const scenario *whole, FILE *stream)
{
    for (size_t i = 0; i < whole->node_count; i++) {
        const scenario_node *node = &whole->nodes[i];
        fprintf(stream, "  node %s", node->name);
        for (size_t j = 0; j < node->network_count; j++) {
            fprintf(stream, "%s%s", j ? ", " : " on ", whole->networks[node->networks[j]].name);
        }
        if (node->listen) {
            fprintf(stream, ", listens on %u", node->listen);
        }
        if (node->relay_to != SCENARIO_NONE) {
            fprintf(stream, ", relays to %s on %u", whole->nodes[node->relay_to].name, node->relay_port);
        }
        fprintf(stream, "%s\n", node->disable_active_migration ? ", refuses active migration" : "");
    }
    for (size_t i = 0; i < whole->network_count; i++) {
        const scenario_network *network = &whole->networks[i];
        fprintf(stream, "  network %s:", network->name);
        scenario_explain_link(stream, &network->link, scenario_explain_fields(&network->link));
        if (network->nat != SCENARIO_NONE) {
            fprintf(stream, ", behind NAT %s", whole->nats[network->nat].name);
        }
        fprintf(stream, "\n");
    }
}

/* A relay's access network is crossed on the way in and on the way out. */
static uint64_t relay_delay_ns(const scenario *whole, uint32_t via)
{
    if (via == SCENARIO_NONE || whole->nodes[via].network_count == 0) {
        return 0;
    }
    return 2 * whole->networks[whole->nodes[via].networks[0]].link.delay_ns;
}

/* A round trip crosses both access networks twice. */
static void explain_paths(const scenario *whole, FILE *stream)
{
    for (size_t i = 0; i < whole->peer_count; i++) {
        const scenario_peer *peer = &whole->peers[i];
        const scenario_node *acceptor = &whole->nodes[peer->acceptor];
        fprintf(stream, "  %s dials %s", whole->nodes[peer->dialer].name, acceptor->name);
        print_time(stream, " at ", peer->at_ns);
        if (peer->via != SCENARIO_NONE) {
            fprintf(stream, " via %s", whole->nodes[peer->via].name);
        }
        const uint64_t between_ns = relay_delay_ns(whole, peer->via);
        for (size_t n = 0; n < whole->network_count && acceptor->network_count > 0; n++) {
            uint64_t far_ns = whole->networks[acceptor->networks[0]].link.delay_ns;
            fprintf(stream, "%s%s", n ? ", " : "; round trip over ", whole->networks[n].name);
            print_time(stream, " ", 2 * (whole->networks[n].link.delay_ns + far_ns + between_ns));
        }
        fprintf(stream, "\n");
    }
    for (size_t i = 0; i < whole->traffic_count; i++) {
        const scenario_traffic *traffic = &whole->traffic[i];
        char size[UNITS_TEXT_MAX];
        bool bulk = traffic->kind == SCENARIO_BULK;
        fprintf(stream, "  %s sends %s %s", whole->nodes[traffic->from].name, whole->nodes[traffic->to].name,
                units_format(UNITS_SIZE, bulk ? traffic->total_bytes : traffic->message_bytes, size));
        if (!bulk) {
            print_time(stream, " every ", traffic->every_ns);
        }
        if (traffic->with_connection) {
            fprintf(stream, ", with the connection\n");
            continue;
        }
        print_time(stream, " from ", traffic->at_ns);
        fprintf(stream, "\n");
    }
}

static void explain_watchdog(const scenario_watchdog *watchdog, FILE *stream)
{
    print_time(stream, ", round trip over ", watchdog->threshold_ns);
    fprintf(stream, " in %" PRIu32 " samples in a row", watchdog->strikes);
    print_time(stream, ", each ", watchdog->sample_ns);
    if (watchdog->silence_ns) {
        print_time(stream, ", or no answer for ", watchdog->silence_ns);
    }
    fprintf(stream, ": migrates");
}

static void explain_walk(const scenario_walk *walk, FILE *stream)
{
    char text[UNITS_TEXT_MAX];
    fprintf(stream, " to %s", units_format(UNITS_LENGTH, walk->to_mm, text));
    if (walk->over_ns == SCENARIO_NEVER) {
        fprintf(stream, " at %s", units_format(UNITS_SPEED, walk->speed_mmps, text));
    } else {
        print_time(stream, " over ", walk->over_ns);
    }
}

/* Addresses behind the NAT that hosts have at some time. */
static uint32_t behind_count(const scenario *whole, uint32_t index)
{
    uint32_t count = 0;
    for (size_t i = 0; i < whole->node_count; i++) {
        for (size_t j = 0; j < whole->nodes[i].network_count; j++) {
            count += scenario_is_behind(whole, whole->nodes[i].networks[j], index);
        }
    }
    for (size_t i = 0; i < whole->event_count; i++) {
        const scenario_event *event = &whole->events[i];
        count += event->verb == SCENARIO_ATTACH && scenario_is_behind(whole, event->network, index);
    }
    return count;
}

static void explain_nat_event(const scenario *whole, const scenario_event *event, FILE *stream)
{
    static const char *const CHANGES[] = {[NAT_CHANGE_PORT] = "ports",
                                          [NAT_CHANGE_ADDRESS] = "addresses",
                                          [NAT_CHANGE_BOTH] = "addresses and ports",
                                          [NAT_CHANGE_BACK] = "back to the last ones"};
    const scenario_subscribers *of = &event->subscribers;
    char text[UNITS_TEXT_MAX];
    fprintf(stream, " NAT %s", whole->nats[event->nat].name);
    if (event->verb == SCENARIO_SHUFFLE) {
        fprintf(stream, event->nat_change == NAT_CHANGE_BACK ? ", %s" : ", other %s",
                CHANGES[event->nat_change]);
    }
    if (event->verb == SCENARIO_SHUFFLE || event->verb == SCENARIO_EXPIRE) {
        for (size_t i = 0; i < of->count; i++) {
            fprintf(stream, "%s%s", i ? ", " : " for ", whole->nodes[of->nodes[i]].name);
        }
        if (of->number) {
            fprintf(stream, " for %" PRIu32 " subscribers", of->number);
            if (event->repetition == 0 && of->number > behind_count(whole, event->nat)) {
                fprintf(stream, " (more than there are: all)");
            }
        } else if (of->share) {
            fprintf(stream, " for %s of all", units_format(UNITS_FRACTION, of->share, text));
        } else if (of->count == 0) {
            fprintf(stream, " for all");
        }
    }
}

static void explain_prefix(const scenario_prefix *prefix, scenario_family family, FILE *stream)
{
    char text[INET6_ADDRSTRLEN];
    inet_ntop(family == SCENARIO_IPV4 ? AF_INET : AF_INET6, prefix->address, text, sizeof(text));
    fprintf(stream, " to %s/%u:", text, prefix->bits);
}

static void explain_event(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const char *network = event->network == SCENARIO_NONE ? NULL : whole->networks[event->network].name;
    print_time(stream, "  ", event->at_ns);
    scenario_explain_verb(event, stream);
    if (event->verb == SCENARIO_SAY) {
        fprintf(stream, ": %s", event->text);
    }
    if (event->nat != SCENARIO_NONE) {
        explain_nat_event(whole, event, stream);
    }
    if (event->verb == SCENARIO_RENUMBER) {
        explain_prefix(&event->prefix, whole->networks[event->network].family, stream);
    }
    if (event->node != SCENARIO_NONE) {
        fprintf(stream, " %s", whole->nodes[event->node].name);
    }
    if (event->to != SCENARIO_NONE) {
        fprintf(stream, " -> %s", whole->nodes[event->to].name);
    }
    if (event->via != SCENARIO_NONE) {
        fprintf(stream, " via %s", whole->nodes[event->via].name);
    }
    if (network) {
        fprintf(stream, " network %s", network);
    }
    if (event->direction != SCENARIO_BOTH) {
        fprintf(stream, " (%s)", event->direction == SCENARIO_UP ? "up" : "down");
    }
    scenario_explain_change(event, stream);
    if (event->verb == SCENARIO_WALK) {
        explain_walk(&event->walk, stream);
    }
    if (event->verb == SCENARIO_WATCHDOG) {
        explain_watchdog(&event->watchdog, stream);
    }
    if (event->attack) {
        fprintf(stream, ": %s of %s", scenario_attack_name(event->attack->kind),
                whole->nodes[event->attack->from].name);
    }
    if (event->leave && event->verb == SCENARIO_RESTART) {
        fprintf(stream, ", leaving first");
    }
    if (event->active_migration != SCENARIO_AS_BEFORE && event->verb == SCENARIO_START) {
        fprintf(stream, ", %s active migration",
                event->active_migration == SCENARIO_DISABLED ? "refuses" : "allows");
    }
    if (event->redial && event->verb == SCENARIO_START) {
        fprintf(stream, ", dialling again");
    }
    if (event->verb == SCENARIO_MIGRATE || event->verb == SCENARIO_WATCHDOG) {
        print_time(stream, " within ", event->timeout_ns);
        fprintf(stream, "%s%s%s", event->mode == SCENARIO_FOLLOW_FIRST ? ", follow first" : "",
                event->label ? ", as " : "", event->label ? event->label : "");
    }
    fprintf(stream, "\n");
}

static void explain_known_fault(const scenario *whole, FILE *stream)
{
    const scenario_known_fault *fault = &whole->known_fault;
    if (fault->expectation_count > 0) {
        fprintf(stream, "  known fault %s%s%s: of these at least one fails\n", fault->reference,
                fault->about[0] ? ", " : "", fault->about);
    }
    for (size_t i = 0; i < fault->expectation_count; i++) {
        fprintf(stream, "    expect %s\n", fault->expectations[i].text);
    }
}

static void explain_vary(const scenario *whole, FILE *stream)
{
    for (size_t i = 0; i < whole->vary_count; i++) {
        const scenario_vary *vary = &whole->vary[i];
        fprintf(stream, "  varies %s:", vary->key);
        for (size_t j = 0; j < vary->value_count; j++) {
            fprintf(stream, "%s %s", j ? "," : "", vary->values[j]);
        }
        fprintf(stream, "\n");
    }
    if (whole->vary_count > 0) {
        fprintf(stream, "  %zu runs, one a combination\n", scenario_combination_count(whole));
    }
}

void scenario_explain(const scenario *whole, FILE *stream)
{
    fprintf(stream, "%s: %s\n", whole->name, whole->about);
    print_time(stream, "  lasts ", whole->duration_ns);
    fprintf(stream, ", seed %" PRIu64 "\n", whole->seed);
    explain_nodes(whole, stream);
    for (size_t i = 0; i < whole->nat_count; i++) {
        scenario_explain_nat(whole, &whole->nats[i], stream);
    }
    explain_paths(whole, stream);
    for (size_t i = 0; i < whole->event_count; i++) {
        explain_event(whole, &whole->events[i], stream);
    }
    scenario_explain_order(whole, stream);
    for (size_t i = 0; i < whole->expectation_count; i++) {
        fprintf(stream, "  expect %s\n", whole->expectations[i].text);
    }
    if (whole->unmet_count > 0) {
        fprintf(stream, "  note: %zu expectation%s, because of `when`\n", whole->unmet_count,
                whole->unmet_count == 1 ? " does not count" : "s do not count");
    }
    if (whole->expectation_count == 0) {
        fprintf(stream, "  note: no expectation applies\n");
    }
    explain_known_fault(whole, stream);
    explain_vary(whole, stream);
}
