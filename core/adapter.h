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

int core_adapter_send(roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns);

#endif
