/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whom the connections of an endpoint belong to: the node, or the service whose server it is. */
#include "sim/world/endpoint_internal.h"

static bool is_server(const endpoint *self)
{
    return self->end != self->options.node;
}

void endpoint_connected(endpoint *self, roam_peer_id peer, uint32_t other, uint64_t now_ns)
{
    traffic *const applications = self->options.traffic;
    peer_table_up(&self->peers, peer);
    if (is_server(self)) {
        const uint32_t before = services_up(self->options.services, self->options.node, other);
        if (before != SCENARIO_NONE && before != self->options.node)
            traffic_peer_down(applications, self->end, other, now_ns);
    }
    traffic_peer_up(applications, self->end, other, now_ns);
}

void endpoint_disconnected(endpoint *self, uint32_t other, uint64_t now_ns)
{
    if (!is_server(self) || services_down(self->options.services, self->options.node, other))
        traffic_peer_down(self->options.traffic, self->end, other, now_ns);
}

bool endpoint_has_traffic_of(const endpoint *self, uint32_t other)
{
    return services_node(self->options.services, self->end, other) == self->options.node;
}

int endpoint_open_service(endpoint *self, roam_adapter **out)
{
    const scenario *const whole = self->options.scenario;
    const scenario_balancer *const behind = whole->nodes[self->options.node].behind;
    const roam_addr service = scenario_balancer_address(behind, whole->nodes[self->options.node].listen);
    const int status = host_open_service(self->host, &service, behind->network, out);
    return status == ROAM_ERR_NO_ROUTE ? 0 : status; /* a network over which it is not reached */
}
