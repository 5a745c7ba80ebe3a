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
    draft->event.data.prefix = prefix.prefix;
    return true;
}

static bool same_prefix(const scenario_prefix *a, const scenario_prefix *b)
{
    return a->bits == b->bits && memcmp(a->address, b->address, sizeof a->address) == 0;
}

static void follow(order_check *at, const scenario_event *event)
{
    const scenario *const whole = at->reader->scenario;
    const scenario_prefix *const prefix = scenario_event_prefix(event);
    const scenario_family family = whole->networks[event->network].family;
    const char *wrong = NULL;
    for (uint32_t i = 0; i < whole->network_count; i++)
        if (i == event->network && same_prefix(&at->prefixes[i], prefix))
            wrong = "has that prefix already";
        else if (i != event->network && whole->networks[i].family == family &&
                 scenario_prefixes_overlap(&at->prefixes[i], prefix))
            wrong = whole->networks[i].name;
    if (wrong && !order_reported(at, event, SCENARIO_NONE)) {
        char time[UNITS_TEXT_MAX];
        const bool same = same_prefix(&at->prefixes[event->network], prefix);
        scenario_fault(at->reader, event->place, "renumber: '%s' %s%s at %s",
                       whole->networks[event->network].name, same ? "" : "would have addresses of ", wrong,
                       units_format(UNITS_DURATION, event->at_ns, time));
    }
    at->prefixes[event->network] = *prefix;
}

static void explain(const scenario *whole, const scenario_event *event, FILE *stream)
{
    const scenario_prefix *const prefix = scenario_event_prefix(event);
    const bool v4 = whole->networks[event->network].family == SCENARIO_IPV4;
    char text[INET6_ADDRSTRLEN];
    inet_ntop(v4 ? AF_INET : AF_INET6, prefix->address, text, sizeof(text));
    fprintf(stream, " to %s/%u:", text, prefix->bits);
    scenario_explain_where(whole, event, stream);
}

static const key_row ROWS[] = {
    {"renumber", EVENT_FIELD(KEY_NETWORK, network), .example = "wifi"},
    {"prefix", KEY_OTHER, 0, 0, .required = true, .example = "10.200.0.0/16",
     .schema = "{\"$ref\": \"#/$defs/prefix\"}"},
    {0},
};

const verb_descriptor SCENARIO_VERB_RENUMBER = {"renumber", ROWS, .check = check, .follow = follow,
                                                .explain = explain};
