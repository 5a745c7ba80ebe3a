/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/adapter.h"

#include <stdlib.h>

int roam_adapter_new(const roam_adapter_vtable *vtable, void *ctx, const roam_addr *local, roam_adapter **out)
{
    roam_adapter *const adapter = malloc(sizeof *adapter);
    if (!adapter)
        return ROAM_ERR_NO_MEMORY;
    *adapter = (roam_adapter){.vtable = vtable, .ctx = ctx, .local = *local};
    *out = adapter;
    return 0;
}

void roam_adapter_free(roam_adapter *adapter)
{
    if (!adapter)
        return;
    adapter->vtable->close(adapter->ctx);
    free(adapter);
}

const roam_addr *roam_adapter_local(const roam_adapter *adapter)
{
    return &adapter->local;
}

void *roam_adapter_context(const roam_adapter *adapter)
{
    return adapter->ctx;
}

size_t core_adapter_segments(const roam_adapter *adapter)
{
    return adapter->vtable->segments_max > 1 ? adapter->vtable->segments_max : 1;
}

int core_adapter_send(roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    roam_datagram part = *datagram;
    const size_t most = core_adapter_segments(adapter) * datagram->segment_len;
    int rv = 0;
    if (most == 0 || datagram->len <= most)
        return adapter->vtable->send(adapter->ctx, datagram, now_ns);
    for (size_t sent = 0; sent < datagram->len; sent += part.len) {
        part.data = datagram->data + sent;
        part.len = datagram->len - sent < most ? datagram->len - sent : most;
        part.segment_len = part.len < datagram->segment_len ? part.len : datagram->segment_len;
        const int status = adapter->vtable->send(adapter->ctx, &part, now_ns);
        rv = status ? status : rv;
    }
    return rv;
}

roam_migration_detail core_adapter_detail(int status)
{
    static const struct {
        int status;
        roam_migration_detail detail;
    } causes[] = {
        {ROAM_ERR_ADDRESS_NOT_LOCAL, ROAM_DETAIL_ADDRESS_NOT_LOCAL},
        {ROAM_ERR_ADDRESS_IN_USE, ROAM_DETAIL_ADDRESS_IN_USE},
        {ROAM_ERR_ADDRESS_REFUSED, ROAM_DETAIL_ADDRESS_REFUSED},
        {ROAM_ERR_NO_ROUTE, ROAM_DETAIL_NO_ROUTE},
        {ROAM_ERR_FAMILY, ROAM_DETAIL_FAMILY},
        {ROAM_ERR_LIMIT, ROAM_DETAIL_LIMIT},
        {ROAM_ERR_NO_MEMORY, ROAM_DETAIL_NO_MEMORY},
    };
    for (size_t i = 0; i < sizeof causes / sizeof causes[0]; i++)
        if (causes[i].status == status)
            return causes[i].detail;
    return ROAM_DETAIL_NONE;
}
