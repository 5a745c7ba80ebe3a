/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/adapter.h"

#include <stdlib.h>

int roam_adapter_new(const roam_adapter_vtable *vtable, void *ctx, const roam_addr *local, roam_adapter **out)
{
    roam_adapter *adapter = malloc(sizeof *adapter);
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

int core_adapter_send(roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    return adapter->vtable->send(adapter->ctx, datagram, now_ns);
}
