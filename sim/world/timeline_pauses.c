/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/timeline_pauses.h"

#include "sim/world/endpoint.h"

int timeline_pauses_refuse(const timeline_options *options, const scenario_event *event)
{
    static const scenario_verb CALLS[] = {SCENARIO_MIGRATE,   SCENARIO_WATCHDOG, SCENARIO_STAGE,
                                          SCENARIO_RECONNECT, SCENARIO_RESTART,  SCENARIO_JOIN,
                                          SCENARIO_LEAVE,     SCENARIO_FORGE,    SCENARIO_SUSPEND};
    if (event->node == SCENARIO_NONE || !endpoint_is_suspended(options->endpoints[event->node]))
        return RUN_ERROR_NONE;
    for (size_t i = 0; i < sizeof CALLS / sizeof CALLS[0]; i++)
        if (event->verb == CALLS[i])
            return REFUSAL_SUSPENDED;
    return RUN_ERROR_NONE;
}

/* All links of the network that there are, or that of one host. */
static int hold(const timeline_options *options, const scenario_event *event, uint64_t now_ns)
{
    const network *const on = &options->networks[event->network];
    const uint64_t until_ns = now_ns + scenario_event_hold(event)->for_ns;
    int status = RUN_ERROR_NONE;
    if (event->node != SCENARIO_NONE)
        return host_hold(endpoint_host(options->endpoints[event->node]), on, event->direction, until_ns);
    for (size_t i = 0; !status && i < options->scenario->node_count; i++)
        status = host_hold(endpoint_host(options->endpoints[i]), on, event->direction, until_ns);
    return status;
}

int timeline_pauses_event(const timeline_options *options, const scenario_event *event, uint64_t now_ns)
{
    if (event->verb == SCENARIO_HOLD)
        return hold(options, event, now_ns);
    endpoint *const node = options->endpoints[event->node];
    if (event->verb == SCENARIO_WAKE)
        endpoint_wake(node, now_ns);
    else if (endpoint_is_running(node))
        endpoint_suspend(node, now_ns);
    else
        return REFUSAL_STOPPED;
    return RUN_ERROR_NONE;
}
