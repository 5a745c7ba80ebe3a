/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A node on another QUIC library than ngtcp2 (core/quic/library.h). */
#ifndef CORE_NODE_FOREIGN_H
#define CORE_NODE_FOREIGN_H

#include "core/node/internal.h"

/* roam_node_new with that library, which must outlive the node; NULL: ngtcp2. Errors: those of roam_node_new,
 * and of the library. */
ROAM_CHECKED int core_node_new_on(const roam_node_options *options, const core_quic_library *library,
                                  roam_node **out);

/* A datagram for a node with a library. */
void core_foreign_receive(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                          uint64_t now_ns);

/* From the library's receive: the datagram began a connection. Its handlers and its owner are set. False: the
 * node takes no more, and knows nothing of it. */
ROAM_CHECKED bool core_foreign_accept(roam_node *node, core_quic *quic, const roam_addr *remote);

/* From any call of the library: a datagram that belongs to no connection, by the adapter at that local
 * address. One that cannot be sent is lost. */
void core_foreign_send(roam_node *node, const roam_addr *local, const roam_datagram *datagram);

#endif
