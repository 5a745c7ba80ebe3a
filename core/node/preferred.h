/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The preferred address of a server (RFC 9000 section 9.6): what a node that listens names, and what the end
 * that dialled makes of it. QUIC begins to validate it when the handshake is confirmed, and uses it once it
 * is validated; the record is delivered then, or when the validation has failed.
 *
 * A migration of the client meanwhile begins a validation of the preferred address from the client's new
 * address, beside that of the original one (section 9.6.3). Whichever address of the server is validated
 * first is used; when it is the preferred one, QUIC gives up the validation of the original one, and the
 * migration has succeeded.
 */
#ifndef CORE_NODE_PREFERRED_H
#define CORE_NODE_PREFERRED_H

#include "core/node/connection.h"

typedef struct core_preferred core_preferred;

/* The addresses that a connection accepted at local is told; those of no family are none. */
void core_preferred_named(const roam_node *node, const roam_addr *local, roam_addr out[2]);

/* From QUIC, on dialled connections. False: it is not to be validated. */
bool core_preferred_begin(core_connection *connection, const roam_addr *remote, uint64_t now_ns);
/* True: the validation was that of the preferred address. */
bool core_preferred_validation(core_connection *connection, const roam_addr *local, const roam_addr *remote,
                               core_validation result, uint64_t now_ns);
/* remote: NULL when QUIC does not say where. */
/* The address to migrate to for one who asks for that of the server: the preferred one once it has taken the
 * place of that, where the server may read the connection's packets no more (section 9.6.2). */
roam_addr core_preferred_in_place_of(const core_connection *connection, const roam_addr *remote);

void core_preferred_challenge_sent(core_connection *connection, const roam_addr *remote, uint64_t now_ns);

/* A migration validates paths from that local address: QUIC validates the preferred address from there, too,
 * if it was under way. */
void core_preferred_from(core_connection *connection, const roam_addr *local);

/* The connection ended, its state not yet: delivers the record. */
void core_preferred_connection_lost(core_connection *connection, uint64_t now_ns);
void core_preferred_free(core_connection *connection);

#endif
