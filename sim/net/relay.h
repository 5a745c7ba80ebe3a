/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A relay for UDP. On its own host it takes datagrams on one port and forwards those of each client to one
 * server, from a port of its own for each client, and the answers back. On a client's host a relay adapter
 * sends everything to the relay, and to QUIC it looks as if it led to the server. A second port leads to the
 * preferred address of the server (RFC 9000 section 9.6): the adapter sends there what QUIC sends to that.
 *
 * A server behind a NAT sends keepalives to that port (relay_binding.h). When a client comes, the relay sends
 * it a signal with the client's port, and the server opens its NAT towards that port with another keepalive;
 * datagrams of the client wait meanwhile.
 */
#ifndef SIM_NET_RELAY_H
#define SIM_NET_RELAY_H

#include "core/roam.h"
#include "sim/net/host.h"

#include <stdbool.h>
#include <stdint.h>

#define RELAY_CLIENTS_MAX 1024 /* datagrams of further clients are dropped */
#define RELAY_HELD_MAX 16      /* datagrams of a client wait for a server behind a NAT */

/* --- at the relay --- */

typedef struct relay relay;

typedef enum relay_reach {
    RELAY_NOWHERE,
    RELAY_STRAIGHT,
    RELAY_BY_BINDING /* the server is behind a NAT */
} relay_reach;

typedef struct relay_options {
    host *host; /* must outlive the relay */
    uint16_t port;
    uint16_t preferred_port; /* 0: there is none */
    /* How the server is reached now for clients that send to that address and port of the relay, and with
     * RELAY_STRAIGHT where. */
    relay_reach (*server)(void *ctx, const roam_addr *from, roam_addr *out);
    void *ctx;
} relay_options;

/* NULL when out of memory. */
ROAM_CHECKED relay *relay_new(const relay_options *options);
void relay_free(relay *self); /* closes its sockets; NULL is fine */

/* Takes datagrams at that address of the host, whose port is not looked at. Errors of host_open. */
ROAM_CHECKED int relay_listen(relay *self, const roam_addr *address);

/* A datagram came in on the host: true when it was for the relay. */
bool relay_receive(relay *self, const roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns);

/* --- at a client --- */

/* The relay adapters of one host. Each leaves when it is closed, and they must all be, before it is gone. */
typedef struct relay_path relay_path;

typedef struct relay_path_options {
    host *host;
    roam_addr local;            /* as host_open */
    roam_addr relay;            /* where datagrams go */
    roam_addr server;           /* the remote address that QUIC uses */
    uint16_t preferred_port;    /* of the relay, for what goes to one of preferred; 0: there is none */
    const roam_addr *preferred; /* two, which must outlive the adapter; of no family: none */
} relay_path_options;

/* Opens an adapter at an address and port of the host, for the caller to pass to a node, and enters it in
 * *paths. Errors of host_open. */
ROAM_CHECKED int relay_path_open(relay_path **paths, const relay_path_options *options, roam_adapter **out);

/* A datagram came in on the host. False: not for one of these. Else *outer is the adapter it is for, or NULL
 * when it is not from that one's relay, and *through the datagram as QUIC shall see it. */
bool relay_path_receive(const relay_path *paths, const roam_adapter *adapter, const roam_datagram *datagram,
                        roam_adapter **outer, roam_datagram *through);

#endif
