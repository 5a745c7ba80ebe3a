/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/timeline_links.h"

#include <assert.h>

/* What all verbs are told: the event, and whom it is about. */
typedef struct change {
    const timeline_options *options;
    const scenario_event *event;
    endpoint *node; /* NULL: all hosts of the network */
    host *who;      /* likewise */
    network *on;
    uint64_t now_ns;
} change;

static int attach(const change *to)
{
    return endpoint_attach(to->node, to->on, to->now_ns);
}

static int link_down(const change *to)
{
    return host_set_down(to->who, to->on, true);
}

static int link_up(const change *to)
{
    const int status = host_set_down(to->who, to->on, false);
    if (!status)
        endpoint_link_up(to->node, to->on, to->now_ns);
    return status;
}

static int begin_fault(const change *to)
{
    return host_begin_fault(to->who, to->on, to->event->direction, scenario_event_impair(to->event));
}

static int blackhole(const change *to)
{
    return host_set_blackhole(to->who, to->on, to->event->direction, true);
}

static int walk(const change *to)
{
    return host_walk(to->who, to->on, scenario_event_walk(to->event));
}

static int refuse(const change *to)
{
    return host_set_refused(to->who, to->on, true);
}

static int permit(const change *to)
{
    return host_set_refused(to->who, to->on, false);
}

/* Of one host's link, or of all that the network has and gives from now on. */
static int set_mtu(const change *to, const scenario_mtu *mtu)
{
    if (to->who)
        return host_set_mtu(to->who, to->on, mtu);
    to->on->mtu = *mtu;
    for (size_t i = 0; i < to->options->scenario->node_count; i++) {
        host *const who = endpoint_host(to->options->endpoints[i]);
        const int status = host_has_been_on(who, to->on) ? host_set_mtu(who, to->on, mtu) : RUN_ERROR_NONE;
        if (status)
            return status;
    }
    return RUN_ERROR_NONE;
}

static int change_mtu(const change *to)
{
    return set_mtu(to, scenario_event_mtu(to->event));
}

/* All that is wrong with a host's link, or what one entry with `for:` has begun. */
static int end_faults(const change *to, const scenario_event *event)
{
    const scenario_impair *const rule = scenario_event_impair(event);
    int status = RUN_ERROR_NONE;
    if (event->ends == SCENARIO_HEAL || rule)
        host_end_fault(to->who, to->on, event->direction, rule);
    if (event->ends == SCENARIO_HEAL || event->ends == SCENARIO_BLACKHOLE)
        status = host_set_blackhole(to->who, to->on, event->direction, false);
    if (!status && event->ends == SCENARIO_HEAL && host_has_been_on(to->who, to->on))
        status = host_set_mtu(to->who, to->on, &to->on->mtu);
    return status;
}

static int heal(const change *to)
{
    if (to->event->ends == SCENARIO_MTU)
        return set_mtu(to, &(scenario_mtu){.bytes = to->on->scenario->mtu});
    return end_faults(to, to->event);
}

/* What is wrong with a link ends with it, and is not there when the host attaches again. */
static int detach(const change *to)
{
    const int status = endpoint_detach(to->node, to->on, to->now_ns);
    return status ? status : end_faults(to, &(scenario_event){.verb = SCENARIO_HEAL, .ends = SCENARIO_HEAL});
}

/* By verb. */
static int (*const CHANGES[])(const change *to) = {
    [SCENARIO_ATTACH] = attach,       [SCENARIO_DETACH] = detach,       [SCENARIO_LINK_DOWN] = link_down,
    [SCENARIO_LINK_UP] = link_up,     [SCENARIO_DROP] = begin_fault,    [SCENARIO_DUPLICATE] = begin_fault,
    [SCENARIO_REORDER] = begin_fault, [SCENARIO_CORRUPT] = begin_fault, [SCENARIO_HEAL] = heal,
    [SCENARIO_MTU] = change_mtu,      [SCENARIO_WALK] = walk,           [SCENARIO_REFUSE] = refuse,
    [SCENARIO_BLACKHOLE] = blackhole, [SCENARIO_PERMIT] = permit,
};

int timeline_links_event(const timeline_options *options, const scenario_event *event, uint64_t now_ns)
{
    endpoint *const node = event->node == SCENARIO_NONE ? NULL : options->endpoints[event->node];
    const change asked = {.options = options,
                          .event = event,
                          .node = node,
                          .who = node ? endpoint_host(node) : NULL,
                          .on = &options->networks[event->network],
                          .now_ns = now_ns};
    assert((size_t)event->verb < sizeof CHANGES / sizeof *CHANGES && CHANGES[event->verb]);
    return CHANGES[event->verb](&asked);
}
