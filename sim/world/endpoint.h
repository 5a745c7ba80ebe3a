/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A core endpoint on a simulated host: gives it time, datagrams and sockets, and passes its events on. */
#ifndef SIM_WORLD_ENDPOINT_H
#define SIM_WORLD_ENDPOINT_H

#include "core/roam.h"
#include "sim/net/host.h"
#include "sim/ns3/ns3.h"
#include "sim/run_error.h"
#include "sim/scenario/node_index.h"
#include "sim/scenario/scenario.h"
#include "sim/tap/observer_set.h"
#include "sim/world/member.h"
#include "sim/world/services.h"
#include "sim/world/traffic.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct endpoint endpoint;

typedef struct endpoint_options {
    n3_world *n3;
    const scenario *scenario; /* all that is pointed to must outlive the endpoint */
    uint32_t node;
    const roam_identity *const *identities; /* of all nodes */
    roam_shared *shared;                    /* by all nodes */
    const node_index *nodes_by_name;
    const observer_set *observers;
    run_error *error;
    internet *internet;
    traffic *traffic;
    services *services;
    endpoint *const *endpoints; /* of all nodes: asked when the world runs */
    uint32_t longest_message;   /* bytes, of all traffic */
} endpoint_options;

/* Host and endpoint of a node, attached to no network yet. Errors: run_error_code, with the text in the
 * run_error; the same for all functions here unless they say. Where a function says "refusals", see
 * refusal.h. */
ROAM_CHECKED int endpoint_new(const endpoint_options *options, endpoint **out);

/* Frees both; traces may end meanwhile. NULL is fine. */
void endpoint_free(endpoint *self);

host *endpoint_host(endpoint *self);
const roam_identity *endpoint_identity(const endpoint *self);

/* Attaches the host to a network, and listens there if the node does. Refusals: those of host_attach, the
 * host is then not attached; those of host_open, it is attached and does not listen there. */
ROAM_CHECKED int endpoint_attach(endpoint *self, network *on, uint64_t now_ns);

/* Detaches the host. Refusal: that of host_detach. */
ROAM_CHECKED int endpoint_detach(endpoint *self, network *on, uint64_t now_ns);

/* The host gets one more address there, and the node listens there if it does; the one it had is deprecated
 * until that time (host_replace_address). Refusals: those of both. */
ROAM_CHECKED int endpoint_replace_address(endpoint *self, network *on, uint64_t until_ns, uint64_t now_ns);

/* The host's link to a network works again, and the node gets notice of it, as from a kernel: it probes the
 * peers whose path leads over that link. */
void endpoint_link_up(endpoint *self, const network *on, uint64_t now_ns);

/* The endpoint is gone without closing its connections, or, with leave, after it has closed them; its host
 * stays. Then, made anew with the same identity, it listens where its host is attached. Refusals, of start:
 * those of host_open, it does not listen there. */
void endpoint_stop(endpoint *self, bool leave, uint64_t now_ns);
ROAM_CHECKED int endpoint_start(endpoint *self, scenario_change active_migration);
bool endpoint_is_running(const endpoint *self);

/* Its timers stand still, it hears nothing and sends nothing, and its traffic pauses. */
void endpoint_suspend(endpoint *self, uint64_t now_ns);
/* All that is overdue is done; nothing for one that is not suspended. */
void endpoint_wake(endpoint *self, uint64_t now_ns);
bool endpoint_is_suspended(const endpoint *self);

/* The version of the QUIC library that the scenario names for it; NULL: it runs the core's. */
const char *endpoint_version(const endpoint *self);

/* Its membership; endpoint_step is due after calls of it. */
member *endpoint_member(endpoint *self);

/* For an acceptor behind a NAT that the dialler is not behind: *remote, its endpoint, becomes the one that a
 * rendezvous server would give (internet.h), and *local the one to dial from. False when a NAT refuses. */
ROAM_CHECKED bool endpoint_meet(endpoint *self, const endpoint *acceptor, roam_addr *remote, roam_addr *local,
                                uint64_t now_ns);

/* Connects to another node; through: the address of a relay that leads there, or NULL; local: to dial from,
 * or ROAM_FAMILY_NONE. Errors of roam_dial. */
ROAM_CHECKED int endpoint_dial(endpoint *self, uint32_t other, const roam_addr *remote,
                               const roam_addr *through, const roam_addr *local, uint64_t now_ns);

/* Closes the connection with another node, or ends its handshake; nothing when there is none. */
void endpoint_hang_up(endpoint *self, uint32_t other, uint64_t now_ns);

/* The address at the other end of the connection. ROAM_ERR_NOT_CONNECTED, ROAM_ERR_NO_CONN: there is no
 * connection, as the result of a migration would say. */
ROAM_CHECKED int endpoint_remote(const endpoint *self, uint32_t other, roam_addr *remote);

/* Where the node listens for clients that follow it (RFC 9000 section 9.6): two addresses, of no family where
 * it has none. Valid as long as the endpoint. */
const roam_addr *endpoint_preferred(const endpoint *self);

/* Hands over an adapter at the local address (port 0; ROAM_FAMILY_NONE: any) that goes through a relay to the
 * remote address in use, for the next migration. Errors of host_open, endpoint_remote and
 * roam_stage_adapter. */
ROAM_CHECKED int endpoint_stage(endpoint *self, uint32_t other, const roam_addr *local,
                                const roam_addr *through);

/* Migrates the connection with another node. Errors of roam_migrate. */
ROAM_CHECKED int endpoint_migrate(endpoint *self, uint32_t other, const roam_migrate_options *options,
                                  uint64_t now_ns);

/* Watches all connections, until the endpoint is stopped. Errors of roam_watchdog_new. */
ROAM_CHECKED int endpoint_watch(endpoint *self, const roam_watchdog_options *options, uint64_t now_ns);

/* From now on all that comes to the host goes there, and none of it to the core: for nodes that are no
 * endpoints. */
void endpoint_divert(endpoint *self, host_receive_fn *receive, void *ctx);

/* The node behind a peer id of this endpoint, or SCENARIO_NONE. */
uint32_t endpoint_other(endpoint *self, roam_peer_id peer);

/* There is a connection with the other node, and it is up. */
bool endpoint_is_up(const endpoint *self, uint32_t other);

/* The next node, in the order of this endpoint's peer ids, with which there is a connection that is up;
 * SCENARIO_NONE: no further one. *at: where it stands, {0} at first. */
uint32_t endpoint_next_up(endpoint *self, roam_peer_id *at);

/* Opens a user stream to stream->to, and sets its id. Errors of roam_stream_open. */
ROAM_CHECKED int endpoint_open_stream(endpoint *self, traffic_stream *stream);

/* Sends to another node. Errors of roam_send or roam_stream_send. */
ROAM_CHECKED int endpoint_send(endpoint *self, const traffic_message *message);

/* Sends bytes as a membership message, whatever they are. Errors of roam_membership_forge. */
ROAM_CHECKED int endpoint_forge(endpoint *self, uint32_t other, const void *body, size_t len);

/* Does what is due and sets the timer for what is due later: to be called after every call from outside. */
void endpoint_step(endpoint *self, uint64_t now_ns);

bool endpoint_path_stats(const endpoint *self, uint32_t other, roam_path_stats *out);

#endif
