/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Inside of an adapter: the public part is in roam.h. */
#ifndef CORE_ADAPTER_H
#define CORE_ADAPTER_H

#include "core/roam.h"

struct roam_adapter {
    const roam_adapter_vtable *vtable;
    void *ctx;
    roam_addr local;
};

int core_adapter_send(roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns);

#endif
