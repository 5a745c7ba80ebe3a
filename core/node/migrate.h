/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Migration of one connection: from a call of roam_migrate to exactly one result.
 *
 *   WAITING      for confirmation of the handshake, or for an unused connection ID of the peer
 *   VALIDATING   a validation runs (RFC 9000 section 8.2); when QUIC gives up on it, back to WAITING at once
 *   (result)     validated: the connection uses the new adapter. Budget over: the new adapter is closed, and
 * the old path is the one in use.
 *
 * ROAM_VALIDATE_FIRST: data stays on the old path until the new one is validated. ROAM_FOLLOW_FIRST: data
 * moves at once; QUIC keeps the old path and its connection ID for the way back, which therefore needs
 * nothing of the peer. A round that begins while the old path is silent (data unacknowledged and nothing
 * received for two PTOs) follows in either mode. In VALIDATE_FIRST it is given up, and another one that does
 * not follow begins, when a datagram arrives on the old path three initial RTTs after its beginning or later:
 * an earlier one may only have been late.
 *
 * QUIC keeps the connection ID of an address whose validation failed or was given up, for the last
 * CORE_TRIED_MAX of them. Another attempt there that names no port opens the same port, where that is free,
 * and uses the same ID: attempts in a silence do not use up what the peer granted (RFC 9000 section 9.5).
 *
 * One migration a connection at a time. A call for the same target joins it with a budget of its own; a call
 * for another target supersedes it. A call that leaves the local address open means the address that leads to
 * the peer at the time of the call.
 */
#ifndef CORE_NODE_MIGRATE_H
#define CORE_NODE_MIGRATE_H

#include "core/node/connection.h"

typedef struct core_migration core_migration;

/* A call of roam_migrate on a peer. INVALID_ARGUMENT, NO_MEMORY: no result will come. */
ROAM_CHECKED int core_migrate_call(roam_node *node, core_peer *peer, roam_peer_id id,
                                   const roam_migrate_options *options, uint64_t now_ns);

/* Takes the next steps that are possible; also ends calls whose budget is over. True: QUIC has something to
 * write for it. */
bool core_migrate_advance(core_connection *connection, uint64_t now_ns);

/* When core_migrate_advance must be called at the latest. */
uint64_t core_migrate_deadline(const core_connection *connection);

/* From QUIC: the validation of a path ended; a PATH_CHALLENGE was written (below). */
void core_migrate_validation(core_connection *connection, const roam_addr *local, core_validation result,
                             uint64_t now_ns);
/* The path from that local address to another address of the server was validated and is in use: no other
 * address of the server may be used any more (RFC 9000 section 9.6.3). */
void core_migrate_remote_moved(core_connection *connection, const roam_addr *local, const roam_addr *remote,
                               uint64_t now_ns);
/* A datagram of the peer arrived on the adapter that the connection had before. */
void core_migrate_old_path_alive(core_connection *connection, uint64_t now_ns);
/* local: NULL when QUIC does not say where. To a preferred address of the server, too (preferred.h). */
void core_migrate_challenge_sent(core_connection *connection, const roam_addr *local, const roam_addr *remote,
                                 uint64_t now_ns);

/* The adapter of the migration bound to that address, or NULL. */
roam_adapter *core_migrate_adapter(const core_connection *connection, const roam_addr *local);
/* The adapter of the path that data uses. */
roam_adapter *core_migrate_adapter_in_use(const core_connection *connection);

/* The connection ended, its state not yet: every call gets its result. */
void core_migrate_connection_lost(core_connection *connection, uint64_t now_ns);

/* Frees without results. */
void core_migrate_free(core_connection *connection);

/* Frees what is under way of roam_migrate_all, without a callback. */
void core_rounds_free(roam_node *node);

#endif
