/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An endpoint that is suspended, as a phone in Doze: virtual time goes on, and it sees one jump. */
#include "sim/world/endpoint_internal.h"

void endpoint_suspend(endpoint *self, uint64_t now_ns)
{
    host_suspend(self->host, true);
    n3_timer_set(self->timer, N3_NEVER);
    traffic_pause(self->options.traffic, self->options.node, now_ns);
}

void endpoint_wake(endpoint *self, uint64_t now_ns)
{
    if (!host_is_suspended(self->host))
        return;
    host_suspend(self->host, false);
    endpoint_step(self, now_ns);
    traffic_resume(self->options.traffic, self->options.node, now_ns);
    endpoint_step(self, now_ns);
}

bool endpoint_is_suspended(const endpoint *self)
{
    return host_is_suspended(self->host);
}
