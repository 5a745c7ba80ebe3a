/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The UDP sockets of one host: which port of which attachment belongs to which adapter. For host.c alone. */
#ifndef SIM_NET_HOST_SOCKET_H
#define SIM_NET_HOST_SOCKET_H

#include "core/map.h"

#include <stddef.h>
#include <stdint.h>

typedef struct host_socket host_socket;
typedef struct host_attachment host_attachment;

struct host_socket {
    host_attachment *attachment;
    roam_adapter *adapter;
    roam_addr local;
};

/* Ephemeral ports find their socket by index, in an array that grows with use; the others (the port a node
 * listens on, once for each address that it has or had) by their address. */
typedef struct host_sockets {
    host_socket **ephemeral;
    size_t capacity;
    uint32_t next; /* index that is tried first */
    uint16_t ports_except;
    core_map others;
    size_t count;
} host_sockets;

/* ports_except: a port that may be open once for each address, though it is in the ephemeral range; 0: none.
 */
void host_sockets_init(host_sockets *self, uint16_t ports_except);
/* Enters the socket under its local address; port 0 is replaced by an ephemeral one. ROAM_ERR_ADDRESS_IN_USE,
 * ROAM_ERR_LIMIT when no port is left, ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int host_sockets_add(host_sockets *self, host_socket *socket);
void host_sockets_remove(host_sockets *self, host_socket *socket);
host_socket *host_sockets_find(const host_sockets *self, const roam_addr *local);
void host_sockets_fini(host_sockets *self);

#endif
