/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths of a connection, and how its client came from one to the next. */
#ifndef TOOLS_WITNESS_MOVES_H
#define TOOLS_WITNESS_MOVES_H

#include "tools/witness/connections.h"

/* A packet of the connection; first: of its datagram. False: out of memory. */
ROAM_CHECKED bool moves_take(connection *of, const sighting *seen, const dissect_packet *packet, bool first);

#endif
