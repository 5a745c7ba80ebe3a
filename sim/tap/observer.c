/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tap/observer.h"

const char *observer_drop_name(observer_drop drop)
{
    switch (drop) {
    case OBSERVER_NOT_DROPPED:
        return "";
    case OBSERVER_DROP_QUEUE:
        return "queue";
    case OBSERVER_DROP_LOSS:
        return "loss";
    case OBSERVER_DROP_DOWN:
        return "down";
    case OBSERVER_DROP_BLACKHOLE:
        return "blackhole";
    case OBSERVER_DROP_DETACHED:
        return "detached";
    case OBSERVER_DROP_MTU:
        return "mtu";
    case OBSERVER_DROP_MEDIUM:
        return "medium";
    case OBSERVER_DROP_MALFORMED:
        return "malformed";
    case OBSERVER_DROP_CHECKSUM:
        return "checksum";
    case OBSERVER_DROP_FAULT:
        return "fault";
    case OBSERVER_DROP_PARTITION:
        return "partition";
    case OBSERVER_DROP_SUSPENDED:
        return "suspended";
    case OBSERVER_DROP_NAT_EXHAUSTED:
        return "nat_exhausted";
    case OBSERVER_DROP_NAT_FILTERED:
        return "nat_filtered";
    case OBSERVER_DROP_NAT_NO_BINDING:
        return "nat_no_binding";
    case OBSERVER_DROP_NAT_HAIRPIN:
        return "nat_hairpin";
    case OBSERVER_DROP_NAT_STALE:
        return "nat_stale";
    case OBSERVER_DROP_NAT_MID_FLOW:
        return "nat_mid_flow";
    case OBSERVER_DROP_NAT_PREFIX:
        return "nat_prefix";
    }
    return "";
}

observer_channel observer_channel_of(const scenario *whole, uint32_t node, const roam_event *event)
{
    const bool membership = whole->nodes[node].membership.on;
    if (event->kind == (membership ? ROAM_EVENT_CHANNEL_UP : ROAM_EVENT_PEER_UP))
        return OBSERVER_CHANNEL_UP;
    if (event->kind == (membership ? ROAM_EVENT_CHANNEL_DOWN : ROAM_EVENT_PEER_DOWN))
        return OBSERVER_CHANNEL_DOWN;
    return OBSERVER_CHANNEL_AS_BEFORE;
}
