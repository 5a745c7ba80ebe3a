/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/node_settings.h"

static void set_service(const scenario *whole, uint32_t node, roam_quic_options *out)
{
    const scenario_balancer *const behind = whole->nodes[node].behind;
    if (!behind)
        return;
    out->no_stateless_reset = behind->silent;
    if (behind->by == SCENARIO_BY_CONNECTION_ID)
        out->server_id = (roam_server_id){.config_rotation = behind->config_rotation,
                                          .len = 1,
                                          .bytes = {(uint8_t)scenario_server_of(behind, node)}};
}

void node_settings_options(const node_settings *self, roam_node_options *out)
{
    const scenario_node *const from = &self->scenario->nodes[self->node];
    size_t peer_count;
    node_index_others(self->nodes_by_name, scenario_end_of(self->scenario, self->node), &peer_count);
    roam_node_options_default(out);
    out->identity = self->identities[self->node];
    out->shared = self->shared;
    out->trust = from->trust == SCENARIO_TRUST_STRICT ? ROAM_TRUST_STRICT : ROAM_TRUST_TOFU;
    out->accept = from->listen != 0;
    out->keep_alive_ns = from->keepalive_ns;
    out->dead_after_ns = from->dead_after_ns;
    out->idle_timeout_ns = from->idle_timeout_ns;
    out->active_connection_id_limit = from->active_connection_id_limit;
    out->quic = from->quic;
    set_service(self->scenario, self->node, &out->quic);
    if (out->max_peers < peer_count)
        out->max_peers = (uint32_t)peer_count;
    if (out->max_message_bytes < self->longest_message)
        out->max_message_bytes = self->longest_message;
    if (out->max_queued_bytes / 2 < out->max_message_bytes)
        out->max_queued_bytes = 2 * out->max_message_bytes;
}

static int pin(const node_settings *self, roam_node *core, uint32_t other)
{
    const roam_identity *const identity = self->identities[other];
    return roam_node_pin(core, roam_identity_name(identity), roam_identity_public_key(identity));
}

int node_settings_pin(const node_settings *self, roam_node *core)
{
    const scenario *const whole = self->scenario;
    const scenario_node *const node = &whole->nodes[self->node];
    size_t count;
    const uint32_t *const others =
        node_index_others(self->nodes_by_name, scenario_end_of(whole, self->node), &count);
    int status = 0;
    if (node->trust != SCENARIO_TRUST_STRICT)
        return 0;
    for (size_t i = 0; !status && i < count; i++)
        status = pin(self, core, others[i]);
    for (uint32_t i = 0; !status && node->membership.on && i < whole->node_count; i++)
        if (whole->nodes[i].membership.on && i != self->node)
            status = pin(self, core, i);
    return status;
}
