/* SPDX-License-Identifier: GPL-2.0-or-later */
/* renumber: the hosts of a network get addresses of another prefix. */
#include "sim/scenario/units.h"
#include "sim/scenario/verb.h"

#include <arpa/inet.h>
#include <string.h>

static bool check(scenario_reader *reader, const tree_node *entry, entry_draft *draft)
{
    const scenario *const whole = reader->scenario;
    const tree_node *const value = tree_get(entry, "prefix");
    key_prefix prefix = {0};
    const key_row row[] = {{"prefix", KEY_ALONE(KEY_PREFIX, prefix), .example = "fd00:a::/64"},
                           {"renumber", KEY_OTHER, 0, 0, .example = "wifi"},
                           {0}};
    if (!value || draft->event.network == SCENARIO_NONE || !scenario_read_value(reader, value, row, &prefix))
        return false;
    const scenario_network *const network = &whole->networks[draft->event.network];
    const char *const pool = scenario_pool_with(reader, &prefix);
    if (network->nat != SCENARIO_NONE && whole->nats[network->nat].prefixes) {
        scenario_fault(reader, value->place,
                       "prefix: '%s' translates the prefix that the network has: change its pool",
                       whole->nats[network->nat].name);
        return false;
    }
    if (prefix.family != network->family) {
        scenario_fault(reader, value->place, "the prefix is %s and network '%s' %s",
                       prefix.family == SCENARIO_IPV4 ? "ipv4" : "ipv6", network->name,
                       network->family == SCENARIO_IPV4 ? "ipv4" : "ipv6");
        return false;
    }
    if (pool) {
        scenario_fault(reader, value->place, "prefix: '%.60s' overlaps with the pool of '%s'", value->text,
                       pool);
        return false;
    }
    draft->event.data.renumber = (scenario_renumber){
        .prefix = prefix.prefix, .overlap_ns = draft->for_ns == SCENARIO_NEVER ? 0 : draft->for_ns};
    return true;
}

static bool same_prefix(const scenario_prefix *a, const scenario_prefix *b)
{
    return a->bits == b->bits && memcmp(a->address, b->address, sizeof a->address) == 0;
}

/* The network that has old addresses, of its own or of the prefix, in an overlap that is not over;
 * SCENARIO_NONE: none. */
static uint32_t leaving_network(const order_check *at, const scenario_event *event,
                                const scenario_prefix *prefix)
{
    const scenario *const whole = at->reader->scenario;
    for (uint32_t i = 0; i < whole->network_count; i++)
        if (at->leaving[i].until_ns > event->at_ns &&
            (i == event->network || (whole->networks[i].family == whole->networks[event->network].family &&
                                     scenario_prefixes_overlap(&at->leaving[i].prefix, prefix))))
            return i;
    return SCENARIO_NONE;
}

static void follow(order_check *at, const scenario_event *event)
{
    const scenario *const whole = at->reader->scenario;
    const scenario_prefix *const prefix = &scenario_event_renumber(event)->prefix;
    const scenario_family family = whole->networks[event->network].family;
    const char *wrong = NULL;
    for (uint32_t i = 0; i < whole->network_count; i++)
        if (i == event->network && same_prefix(&at->prefixes[i], prefix))
            wrong = "has that prefix already";
        else if (i != event->network && whole->networks[i].family == family &&
                 scenario_prefixes_overlap(&at->prefixes[i], prefix))
            wrong = whole->networks[i].name;
    const uint32_t other = leaving_network(at, event, prefix);
    if (!wrong && other != SCENARIO_NONE && !order_reported(at, event, SCENARIO_NONE)) {
        char time[UNITS_TEXT_MAX];
        scenario_fault(at->reader, event->place, "renumber: old addresses of '%s' stay until %s (overlap)",
                       whole->networks[other].name,
                       units_format(UNITS_DURATION, at->leaving[other].until_ns, time));
    }
    if (wrong && !order_reported(at, event, SCENARIO_NONE)) {
        char time[UNITS_TEXT_MAX];
        const bool same = same_prefix(&at->prefixes[event->network], prefix);
        scenario_fault(at->reader, event->place, "renumber: '%s' %s%s at %s",
                       whole->networks[event->network].name, same ? "" : "would have addresses of ", wrong,
                       units_format(UNITS_DURATION, event->at_ns, time));
    }
    const uint64_t overlap_ns = scenario_event_renumber(event)->overlap_ns;
    if (overlap_ns > 0)
        at->leaving[event->network] =
            (order_leaving){.prefix = at->prefixes[event->network], .until_ns = event->at_ns + overlap_ns};
    at->prefixes[event->network] = *prefix;
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_prefix *const prefix = &scenario_event_renumber(event)->prefix;
    const bool v4 = whole->networks[event->network].family == SCENARIO_IPV4;
    char text[INET6_ADDRSTRLEN];
    inet_ntop(v4 ? AF_INET : AF_INET6, prefix->address, text, sizeof(text));
    fprintf(stream, " to %s/%u:", text, prefix->bits);
    scenario_explain_where(whole, event, stream);
    if (scenario_event_renumber(event)->overlap_ns)
        scenario_explain_time(stream, ", the old addresses stay for ",
                              scenario_event_renumber(event)->overlap_ns);
}

static const key_row ROWS[] = {
    {"renumber", EVENT_FIELD(KEY_NETWORK, network),
     .about = "The network whose hosts get addresses of another prefix", .example = "wifi"},
    {"prefix", KEY_OTHER, 0, 0, .required = true, .about = "The new prefix, of IPv4 or IPv6",
     .example = "10.200.0.0/16", .schema = "{\"$ref\": \"#/$defs/prefix\"}"},
    OVERLAP_ROW,
    {0},
};

const verb_descriptor SCENARIO_VERB_RENUMBER = {
    "renumber", ROWS, .check = check, .follow = follow, .explain = explain, .undone_by = SCENARIO_WITHDRAW};
