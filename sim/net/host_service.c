/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An address that a host has besides those of its links: that of the service whose server it is. */
#include "sim/net/host_internal.h"

static host_attachment *attachment_of(const host *self, uint32_t network_index, roam_family family)
{
    host_attachment *at = self->attached;
    while (at && (at->address.family != family ||
                  (network_index != SCENARIO_NONE && at->at->on->index != network_index)))
        at = at->next_attached;
    return at;
}

access_link *host_link(const host *self, uint32_t network_index, roam_family family)
{
    const host_attachment *const at = attachment_of(self, network_index, family);
    return at ? at->link : NULL;
}

int host_open_service(host *self, const roam_addr *service, uint32_t network_index, roam_adapter **out)
{
    host_attachment *const attachment = attachment_of(self, network_index, service->family);
    host_socket *const open = host_sockets_find(&self->sockets, service);
    *out = NULL;
    if (!attachment)
        return ROAM_ERR_NO_ROUTE;
    if (!open)
        return host_open_socket(self, attachment, service, out);
    open->attachment = attachment;
    return 0;
}
