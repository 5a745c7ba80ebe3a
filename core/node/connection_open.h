/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a connection comes to be, and its memory. */
#ifndef CORE_NODE_CONNECTION_OPEN_H
#define CORE_NODE_CONNECTION_OPEN_H

#include "core/node/connection.h"

/* Errors: NO_MEMORY, TLS, QUIC. On success the connection owns the adapter. */
ROAM_CHECKED int core_connection_dial(roam_node *node, core_peer *peer, roam_adapter *adapter,
                                      const roam_addr *remote, uint64_t now_ns);
/* A client's first datagram came in on a listening adapter. Errors as above, and WOULD_BLOCK: too many
 * connections are half-open, the client must first prove its address. */
ROAM_CHECKED int core_connection_accept(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                                        uint64_t now_ns, core_connection **out);
/* A connection that the node's library has accepted. NO_MEMORY. */
ROAM_CHECKED int core_connection_adopt(roam_node *node, roam_adapter *adapter, const roam_addr *remote,
                                       core_quic *quic);
/* Answers a client's first datagram with Retry. */
void core_connection_retry(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns);
void core_connection_free(core_connection *connection);

#endif
