/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/timeline_guard.h"

static int running(const timeline_options *options, const scenario_event *event)
{
    return endpoint_is_running(options->endpoints[event->node]) ? RUN_ERROR_NONE : REFUSAL_STOPPED;
}

/* Of one node's link; an event of all links of a network needs none. */
static int attached(const timeline_options *options, const scenario_event *event)
{
    if (event->node == SCENARIO_NONE || event->network == SCENARIO_NONE)
        return RUN_ERROR_NONE;
    return host_is_on(endpoint_host(options->endpoints[event->node]), &options->networks[event->network])
               ? RUN_ERROR_NONE
               : REFUSAL_NOT_ATTACHED;
}

/* A prefix has addresses of one network. */
static int free_prefix(const timeline_options *options, const scenario_event *event)
{
    const scenario *const whole = options->scenario;
    const scenario_prefix *const wanted = &scenario_event_renumber(event)->prefix;
    for (uint32_t i = 0; i < whole->network_count; i++)
        if (whole->networks[i].family == whole->networks[event->network].family &&
            scenario_prefixes_overlap(&options->networks[i].prefix, wanted))
            return REFUSAL_NO_ADDRESS;
    return RUN_ERROR_NONE;
}

/* Of a NAT: not while it restarts. */
static int restartable(const timeline_options *options, const scenario_event *event)
{
    if (event->nat == SCENARIO_NONE)
        return running(options, event);
    return nat_router_is_stopped(options->nats[event->nat]) ? REFUSAL_NAT_STOPPED : RUN_ERROR_NONE;
}

/* By verb. The others say themselves what refuses them, or are possible at any time. */
static int (*const GUARDS[])(const timeline_options *options, const scenario_event *event) = {
    [SCENARIO_MIGRATE] = running,     [SCENARIO_WATCHDOG] = running,     [SCENARIO_SUSPEND] = running,
    [SCENARIO_RESTART] = restartable, [SCENARIO_SET] = attached,         [SCENARIO_TRACE] = attached,
    [SCENARIO_LINK_DOWN] = attached,  [SCENARIO_LINK_UP] = attached,     [SCENARIO_BLACKHOLE] = attached,
    [SCENARIO_HEAL] = attached,       [SCENARIO_MTU] = attached,         [SCENARIO_REFUSE] = attached,
    [SCENARIO_PERMIT] = attached,     [SCENARIO_DROP] = attached,        [SCENARIO_DUPLICATE] = attached,
    [SCENARIO_REORDER] = attached,    [SCENARIO_CORRUPT] = attached,     [SCENARIO_TEMPORARY] = attached,
    [SCENARIO_HOLD] = attached,       [SCENARIO_RENUMBER] = free_prefix,
};

int timeline_guard_event(const timeline_options *options, const scenario_event *event)
{
    const size_t verb = event->verb;
    if (scenario_event_ends(event) || verb >= sizeof GUARDS / sizeof *GUARDS || !GUARDS[verb])
        return RUN_ERROR_NONE; /* what it ends was there */
    return GUARDS[verb](options, event);
}
