/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of an adapter: the public part is in roam.h. */
#ifndef CORE_ADAPTER_H
#define CORE_ADAPTER_H

#include "core/roam.h"

struct roam_adapter {
    const roam_adapter_vtable *vtable;
    void *ctx;
    roam_addr local;
    bool listens; /* connections are accepted on it */
    struct core_connection
        *connection; /* that dialled or migrates through it; NULL: it listens or is staged */
};

/* How many datagrams of one size it takes at once, at least 1. */
size_t core_adapter_segments(const roam_adapter *adapter);

/* Sends it as one or in parts, as the adapter can. 0, or what the adapter says of the last part that could
 * not be sent. */
int core_adapter_send(roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns);

/* Why open_adapter could not open one, from its answer. */
roam_migration_detail core_adapter_detail(int status);

#endif
