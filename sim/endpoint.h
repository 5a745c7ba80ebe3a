/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A core endpoint on a simulated host: gives it time, datagrams and sockets, and takes its word to others. */
#ifndef SIM_ENDPOINT_H
#define SIM_ENDPOINT_H

#include "core/roam.h"
#include "sim/directory.h"
#include "sim/fault.h"
#include "sim/host.h"
#include "sim/ns3.h"
#include "sim/observer_set.h"
#include "sim/scenario.h"
#include "sim/traffic.h"

#include <stdbool.h>
#include <stdint.h>

typedef struct endpoint endpoint;

typedef struct endpoint_options {
    n3_world *n3;
    const scenario *scenario; /* all that is pointed to must outlive the endpoint */
    uint32_t node;
    const roam_identity *const *identities; /* of all nodes */
    const directory *directory;
    const observer_set *observers;
    fault_latch *fault;
    internet *internet;
    traffic *traffic;
    uint32_t longest_message; /* bytes, of all traffic */
} endpoint_options;

/* Host and endpoint of a node, attached to no network yet. Errors: world_error_code, with the text in the
 * fault; the same for all functions here unless they say. */
ROAM_CHECKED int endpoint_new(const endpoint_options *options, endpoint **out);

/* Frees both; traces may end meanwhile. NULL is fine. */
void endpoint_free(endpoint *self);

host *endpoint_host(endpoint *self);

/* Attaches the host to a network, and listens there if the node does. */
ROAM_CHECKED int endpoint_attach(endpoint *self, network *on, uint64_t now_ns);

/* Connects to another node. Errors of roam_dial. */
ROAM_CHECKED int endpoint_dial(endpoint *self, uint32_t other, const roam_addr *remote, uint64_t now_ns);

/* Migrates the connection with another node. Errors of roam_migrate. */
ROAM_CHECKED int endpoint_migrate(endpoint *self, uint32_t other, const roam_migrate_options *options,
                                  uint64_t now_ns);

/* Sends to another node. Errors of roam_send. */
ROAM_CHECKED int endpoint_send(endpoint *self, const traffic_message *message);

/* Does what is due and sees to what is due later: after every call from outside. */
void endpoint_step(endpoint *self, uint64_t now_ns);

bool endpoint_path_stats(const endpoint *self, uint32_t other, roam_path_stats *out);

#endif
