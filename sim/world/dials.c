/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/dials.h"

static uint32_t family_bit(const roam_addr *addr)
{
    return 1u << (addr->family == ROAM_FAMILY_IPV4 ? SCENARIO_IPV4 : SCENARIO_IPV6);
}

static uint32_t families_of(const host *who)
{
    roam_addr own;
    uint32_t bits = 0;
    for (size_t i = 0; host_attached(who, i, &own); i++)
        bits |= family_bit(&own);
    return bits;
}

static uint32_t families_before(const dials *self, const host *who)
{
    roam_addr own;
    uint32_t bits = 0;
    for (size_t i = 0; i < self->scenario->network_count; i++)
        bits |= host_address(who, &self->networks[i], &own) ? family_bit(&own) : 0;
    return bits;
}

/* Where an acceptor is reached: the first of its addresses, or of those that it had, in a family that serves.
 */
static bool address_of(const dials *self, uint32_t acceptor_node, uint32_t dialer_families, roam_addr *out)
{
    const scenario_balancer *const service = self->scenario->nodes[acceptor_node].balancer;
    if (service) {
        *out = scenario_balancer_address(service, 0);
        return dialer_families & family_bit(out);
    }
    const host *const acceptor = endpoint_host(self->endpoints[acceptor_node]);
    const uint32_t families =
        scenario_dial_families(dialer_families, families_of(acceptor), families_before(self, acceptor));
    for (size_t i = 0; host_attached(acceptor, i, out); i++)
        if (families & family_bit(out))
            return true;
    for (size_t i = 0; families && i < self->scenario->network_count; i++)
        if (host_address(acceptor, &self->networks[i], out) && (families & family_bit(out)))
            return true;
    return false;
}

bool dials_relay_address(const dials *self, uint32_t relay, roam_family family, roam_addr *out)
{
    const host *const at = endpoint_host(self->endpoints[relay]);
    for (size_t i = 0; host_attached(at, i, out); i++) {
        out->port = self->scenario->nodes[relay].relay_port;
        if (out->family == family)
            return true;
    }
    return false;
}

int dials_find(const dials *self, const dial_request *wanted, dial_addresses *out)
{
    endpoint *const dialer = self->endpoints[wanted->dialer];
    const host *const own = endpoint_host(dialer);
    const bool straight = wanted->via == SCENARIO_NONE;
    uint32_t families = families_of(own);
    *out = (dial_addresses){.local = {.family = ROAM_FAMILY_NONE}};
    if (!endpoint_is_running(dialer))
        return REFUSAL_STOPPED;
    if (endpoint_is_suspended(dialer))
        return REFUSAL_SUSPENDED;
    if (!host_attached(own, 0, &out->remote))
        return REFUSAL_NO_ROUTE;
    if (wanted->network != SCENARIO_NONE) {
        const network *const there = &self->networks[wanted->network];
        if (!host_is_on(own, there) || !host_address(own, there, &out->local))
            return REFUSAL_ADDRESS_NOT_LOCAL;
        out->local.port = 0;
        families = family_bit(&out->local);
    }
    if (!address_of(self, wanted->acceptor, families, &out->remote))
        return REFUSAL_FAMILY;
    if (!straight && !dials_relay_address(self, wanted->via, out->remote.family, &out->relay))
        return REFUSAL_NO_RELAY;
    out->remote.port = self->scenario->nodes[wanted->acceptor].listen;
    return RUN_ERROR_NONE;
}

int dials_dial(const dials *self, const dial_request *wanted, uint64_t now_ns)
{
    endpoint *const dialer = self->endpoints[wanted->dialer];
    const bool straight = wanted->via == SCENARIO_NONE;
    dial_addresses found;
    int status = dials_find(self, wanted, &found);
    if (status)
        return status;
    if (straight &&
        !endpoint_meet(dialer, self->endpoints[wanted->acceptor], &found.remote, &found.local, now_ns))
        return REFUSAL_NO_BINDING;
    status = endpoint_dial(dialer, wanted->acceptor, &found.remote, straight ? NULL : &found.relay,
                           &found.local, now_ns);
    if (status)
        return refusal_or_error(self->error, self->scenario->nodes[wanted->dialer].name, "roam_dial", status);
    observer_set_dial(self->observers, wanted->dialer, wanted->acceptor, now_ns);
    endpoint_step(dialer, now_ns);
    return RUN_ERROR_NONE;
}
