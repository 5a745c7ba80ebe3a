/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_NET_HOST_INTERNAL_H
#define SIM_NET_HOST_INTERNAL_H

/* What the files of a host share: its attachments (host.c), its sockets (host_sending.c, host_service.c), and
 * what makes it wait (host_pause.c). */

#include "sim/net/host.h"
#include "sim/net/host_socket.h"

/* The state of a host in one network, kept over attachments. */
typedef struct presence {
    network *on;
    access_state state;
    host_attachment *latest; /* NULL: never attached */
    uint32_t attachments;
    bool refused; /* to sockets */
    struct presence *next;
} presence;

/* An address of the host. The addresses that it has in one network at a time share a link. */
struct host_attachment {
    host *owner;
    const presence *at;
    access_link *link;
    bool made_link; /* the others of the link came later */
    bool gone;      /* the host has it no more */
    roam_addr address;
    uint64_t since_ns;
    uint64_t until_ns;              /* deprecated, and gone then; ROAM_NEVER: it is not */
    host_attachment *earlier;       /* on the same network */
    host_attachment *next_attached; /* of those attached now, in order of attachment */
};

struct host {
    host_options options;
    n3_node *node;
    presence *presences;
    host_attachment *attached;
    host_sockets sockets;
    host_hook watch;
    bool suspended;
};

/* At that local address, over that attachment. Errors as host_open. */
ROAM_CHECKED int host_open_socket(host *self, host_attachment *attachment, const roam_addr *local,
                                  roam_adapter **out);

/* Port unreachable (RFC 1122 section 4.1.3.1), where the network has icmp. */
void host_answer_no_port(const host_attachment *at, const ip_datagram *datagram, uint64_t now_ns);

#endif
