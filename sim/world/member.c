/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/member.h"

/* The first address of the host at which the node listens. */
static roam_addr own_address(const member *self)
{
    roam_addr address = {.family = ROAM_FAMILY_NONE};
    const uint16_t port = self->scenario->nodes[self->node].listen;
    if (!port || !host_attached(self->host, 0, &address))
        return (roam_addr){.family = ROAM_FAMILY_NONE};
    address.port = port;
    return address;
}

int member_start(member *self, roam_node *core, uint64_t now_ns)
{
    const scenario_membership *const from = &self->scenario->nodes[self->node].membership;
    roam_membership_options options;
    if (!from->on)
        return 0;
    roam_membership_options_default(&options);
    options.advertise = own_address(self);
    options.active_size = from->active_size;
    options.passive_size = from->passive_size;
    options.active_walk = from->active_walk;
    options.passive_walk = from->passive_walk;
    options.shuffle_active = from->shuffle_active;
    options.shuffle_passive = from->shuffle_passive;
    options.shuffle_ns = from->shuffle_ns;
    options.retry_ns = from->retry_ns;
    options.retry_max_ns = from->retry_max_ns;
    options.failures_max = from->failures_max;
    const int status = roam_membership_start(core, &options, now_ns);
    if (!status)
        self->core = core;
    return status;
}

void member_stop(member *self)
{
    self->core = NULL;
}

void member_advertise(const member *self, uint64_t now_ns)
{
    const roam_addr address = own_address(self);
    if (self->core && address.family != ROAM_FAMILY_NONE)
        roam_membership_advertise(self->core, &address, now_ns);
}

int member_join(member *self, uint32_t contact, const roam_addr *at, uint64_t now_ns)
{
    if (at) {
        self->contact = contact;
        self->contact_at = *at;
        self->joined = true;
    }
    if (!self->joined)
        return 0;
    if (!self->core)
        return ROAM_ERR_NOT_CONNECTED;
    return roam_join(self->core, self->scenario->nodes[self->contact].name, &self->contact_at, now_ns);
}

void member_leave(member *self, uint64_t now_ns)
{
    self->joined = false;
    if (self->core)
        roam_leave(self->core, now_ns);
}
