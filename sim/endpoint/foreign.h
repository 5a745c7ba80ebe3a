/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The adapter of another QUIC library under a node of the core: what roam_endpoint.h says on the one side,
 * what core/quic/library.h wants on the other. Each rule of the ABI is checked here; a breach ends the run.
 */
#ifndef SIM_ENDPOINT_FOREIGN_H
#define SIM_ENDPOINT_FOREIGN_H

#include "core/node/foreign.h"
#include "sim/endpoint/roam_endpoint.h"
#include "sim/run_error.h"

typedef struct foreign foreign;

/* All that is pointed to outlives the foreign. */
typedef struct foreign_options {
    const roam_endpoint_library *library;
    const char *name; /* of the endpoint in the scenario, for messages */
    const char *node;
    const roam_identity *identity;
    roam_endpoint_option *options; /* from malloc; foreign_new takes them, whatever it answers */
    size_t option_count;
    bool server;       /* the node accepts connections */
    uint64_t settings; /* ROAM_ENDPOINT_SETS_ bits of what is asked for, by the roam_node_options */
    run_error *error;
    uint64_t (*now)(void *ctx); /* virtual time */
    /* What the adapter says with log(): any bytes, and any number of lines. NULL: nobody hears it. */
    void (*log)(void *ctx, const char *text);
    void *ctx;
} foreign_options;

/* NO_MEMORY. */
ROAM_CHECKED int foreign_new(const foreign_options *options, foreign **out);
/* After the node. NULL is fine. */
void foreign_free(foreign *self);

/* The version of the QUIC library, as the adapter says it; for as long as the process. */
const char *foreign_version(const foreign *self);

/* A capability of roam_endpoint.h. */
bool foreign_can(const foreign *self, uint64_t capability);

/* A node of the core on it. At most one at a time. Errors of roam_node_new, and those that the adapter
 * answers; the run_error may be set besides. */
ROAM_CHECKED int foreign_node_new(foreign *self, const roam_node_options *options, roam_node **out);

#endif
