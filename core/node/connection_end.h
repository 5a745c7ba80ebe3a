/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the connections with a peer stays, how a connection ends, and the events of both. */
#ifndef CORE_NODE_CONNECTION_END_H
#define CORE_NODE_CONNECTION_END_H

#include "core/node/connection.h"

/* The dist channel can carry messages: delivers PEER_UP. Rejects when another connection to the same peer is
 * the one to stay. */
core_reject core_connection_up(core_connection *connection);

/* The handshake completed: abandons the other attempts (attempts.h), unless another connection is in use. */
void core_connection_end_other_attempts(core_connection *connection);

void core_connection_close(core_connection *connection, roam_close_code code, uint64_t now_ns);
/* Closes with ROAM_CLOSE_LEFT in the next flush. */
void core_connection_leave(core_connection *connection);

/* The QUIC connection is over: delivers its events, and starts the closing period. */
void core_connection_wind_up(core_connection *connection, uint64_t now_ns);
/* Delivers PEER_DOWN with how the connection ended. */
void core_connection_tell_down(const core_connection *connection, uint64_t now_ns);

#endif
