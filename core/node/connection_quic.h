/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The callbacks of QUIC and of the dist protocol to a connection. */
#ifndef CORE_NODE_CONNECTION_QUIC_H
#define CORE_NODE_CONNECTION_QUIC_H

#include "core/node/connection.h"

extern const core_quic_handlers core_connection_handlers;

/* core_streams_owner.channel_up of a connection. */
core_reject core_connection_channel_up(void *connection);

#endif
