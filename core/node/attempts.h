/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Connections in handshake towards several addresses of one peer (RFC 8305 section 5). One of them is
 * peer->connection; the first whose handshake completes becomes it, and the others are abandoned. */
#ifndef CORE_NODE_ATTEMPTS_H
#define CORE_NODE_ATTEMPTS_H

#include "core/node/connection.h"

bool core_attempts_is_one(const core_connection *connection);
/* Whether the peer has no connection, or one of ours whose handshake is not completed. */
bool core_attempts_may_begin(const core_peer *peer);
/* Another attempt towards the peer; NULL: none is left. */
core_connection *core_attempts_other(const core_connection *connection);

#endif
