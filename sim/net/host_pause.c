/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/host_internal.h"

int host_hold(host *self, const network *on, scenario_direction direction, uint64_t until_ns)
{
    for (host_attachment *at = self->attached; at; at = at->next_attached) {
        const int status = at->at->on == on ? access_hold(at->link, direction, until_ns) : N3_OK;
        if (status)
            return run_error_set(self->options.error, RUN_ERROR_NS3, "%s: hold on %s: %s", self->options.name,
                                 on->scenario->name, n3_strerror(status));
    }
    return RUN_ERROR_NONE;
}

void host_suspend(host *self, bool suspended)
{
    self->suspended = suspended;
}

bool host_is_suspended(const host *self)
{
    return self->suspended;
}
