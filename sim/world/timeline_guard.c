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

int timeline_guard_event(const timeline_options *options, const scenario_event *event)
{
    if (scenario_event_ends(event))
        return RUN_ERROR_NONE; /* what it ends was there */
    switch (event->verb) {
    case SCENARIO_MIGRATE:
    case SCENARIO_WATCHDOG:
    case SCENARIO_SUSPEND:
        return running(options, event);
    case SCENARIO_RESTART:
        if (event->nat == SCENARIO_NONE)
            return running(options, event);
        return nat_router_is_stopped(options->nats[event->nat]) ? REFUSAL_NAT_STOPPED : RUN_ERROR_NONE;
    case SCENARIO_SET:
    case SCENARIO_TRACE:
    case SCENARIO_LINK_DOWN:
    case SCENARIO_LINK_UP:
    case SCENARIO_BLACKHOLE:
    case SCENARIO_HEAL:
    case SCENARIO_MTU:
    case SCENARIO_REFUSE:
    case SCENARIO_PERMIT:
    case SCENARIO_DROP:
    case SCENARIO_DUPLICATE:
    case SCENARIO_REORDER:
    case SCENARIO_CORRUPT:
    case SCENARIO_TEMPORARY:
    case SCENARIO_HOLD:
        return attached(options, event);
    case SCENARIO_RENUMBER:
        return free_prefix(options, event);
    case SCENARIO_ATTACH: /* these say themselves what refuses them, or are possible at any time */
    case SCENARIO_DETACH:
    case SCENARIO_SAY:
    case SCENARIO_SHUFFLE:
    case SCENARIO_EXPIRE:
    case SCENARIO_STALE:
    case SCENARIO_WITHDRAW:
    case SCENARIO_DIAL:
    case SCENARIO_STAGE:
    case SCENARIO_WALK:
    case SCENARIO_ATTACK:
    case SCENARIO_RECONNECT:
    case SCENARIO_JOIN:
    case SCENARIO_LEAVE:
    case SCENARIO_PARTITION:
    case SCENARIO_FORGE:
    case SCENARIO_START:
    case SCENARIO_STAND_DOWN:
    case SCENARIO_REJOIN:
    case SCENARIO_WAKE:
    case SCENARIO_DRAIN:
    case SCENARIO_REMOVE:
    case SCENARIO_RESTORE:
    case SCENARIO_REROUTE:
        break;
    }
    return RUN_ERROR_NONE;
}
