/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The QUIC library of a node that does not run the core's. */
#ifndef SIM_WORLD_QUIC_LIBRARY_H
#define SIM_WORLD_QUIC_LIBRARY_H

#include "sim/endpoint/foreign.h"
#include "sim/scenario/scenario.h"

/* All that is pointed to outlives what is made. */
typedef struct quic_library_options {
    const scenario *scenario;
    uint32_t node; /* with an endpoint */
    const roam_identity *identity;
    const core_random *random; /* for what the library does while it is loaded */
    uint64_t (*now)(void *ctx);
    void (*log)(void *ctx, const char *text); /* what the library's adapter says */
    void *ctx;
    run_error *error;
} quic_library_options;

/* Opens the adapter. RUN_ERROR_SCENARIO: it is not there, or cannot be used; MEMORY. */
ROAM_CHECKED int quic_library_new(const quic_library_options *options, foreign **out);

#endif
