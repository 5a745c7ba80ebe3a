/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Another QUIC library under a node, in place of ngtcp2. It finds the connection of a datagram by itself;
 * what happens to a connection reaches the node through the handlers of core_quic.
 */
#ifndef CORE_QUIC_LIBRARY_H
#define CORE_QUIC_LIBRARY_H

#include "core/quic/quic.h"

/* ctx is that of core_quic_library. Times are those of the node's call under way. */
typedef struct core_quic_library_methods {
    /* The node is about to use it; what it is to accept connections for is the node. Errors of roam_node_new.
     */
    int (*open)(void *ctx, roam_node *node, const core_quic_options *options);
    /* The connections were freed before. */
    void (*close)(void *ctx);
    /* name: of the peer, for SNI. Errors: as core_quic_dial, UNSUPPORTED. */
    int (*dial)(void *ctx, const core_quic_options *options, const char *name, uint64_t now_ns,
                core_quic **out);
    /* The connection that a datagram is for, if that can be said before it is read; then read follows. NULL:
     * not. */
    core_quic *(*route)(void *ctx, const roam_addr *local, const roam_datagram *datagram);
    /* Reads a datagram that has no route. A connection that it begins is given to core_foreign_accept.
     * Returns that which it was for, or NULL; what it means for them waits for handle. */
    core_quic *(*receive)(void *ctx, const roam_addr *local, const roam_datagram *datagram, uint64_t now_ns);
    /* Calls the handlers for all that has happened. */
    void (*handle)(void *ctx);
} core_quic_library_methods;

typedef struct core_quic_library {
    const core_quic_library_methods *methods;
    void *ctx;
    uint8_t connection_id_len; /* of the connection IDs that it issues; 0: it varies */
    bool routes;               /* route may give a connection */
} core_quic_library;

#endif
