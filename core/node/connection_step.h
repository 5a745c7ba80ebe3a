/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Time, datagrams in and datagrams out of a connection. */
#ifndef CORE_NODE_CONNECTION_STEP_H
#define CORE_NODE_CONNECTION_STEP_H

#include "core/node/connection.h"

/* id: where the datagram is addressed to. */
void core_connection_receive(core_connection *connection, roam_adapter *adapter,
                             const roam_datagram *datagram, const core_connection_id *id, uint64_t now_ns);
/* The node's library has read the datagram, and its handlers are still to be called. */
void core_connection_received(core_connection *connection, const roam_adapter *adapter,
                              const roam_datagram *datagram, const core_connection_id *id, uint64_t now_ns);
/* A datagram without a connection ID of ours came in on an adapter of the connection: a stateless reset, if
 * it is anything (RFC 9000 section 10.3.1). */
void core_connection_receive_unknown(core_connection *connection, const roam_adapter *adapter,
                                     const roam_datagram *datagram, uint64_t now_ns);
/* The timer of the connection (owner) has come. */
void core_connection_expire(void *owner, uint64_t now_ns);
/* Does what is due and writes packets. False: the time of the connection is over, it is to be freed. */
ROAM_CHECKED bool core_connection_flush(core_connection *connection, uint64_t now_ns);

#endif
