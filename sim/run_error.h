/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first thing that went wrong in a world, from wherever in it: it ends the run. */
#ifndef SIM_RUN_ERROR_H
#define SIM_RUN_ERROR_H

#include "sim/ns3/ns3.h"

#define RUN_ERROR_TEXT_MAX 256

typedef enum run_error_code {
    RUN_ERROR_NONE = 0,
    RUN_ERROR_SCENARIO = -1, /* the scenario asks for what cannot be: an address too many at the start */
    RUN_ERROR_MEMORY = -2,   /* out of memory, or a bound on it is reached */
    RUN_ERROR_NS3 = -3,      /* the simulator refused */
    RUN_ERROR_CORE = -4,     /* a core endpoint refused, or contradicts itself */
    RUN_ERROR_ENDPOINT =
        -5 /* the adapter of another QUIC library broke a rule of roam_endpoint.h, or failed */
} run_error_code;

/* A sentence for people, never NULL; total over all ints. */
const char *run_error_strerror(int error);

typedef struct run_error {
    n3_world *n3; /* stopped by a fault; may be NULL */
    int code;     /* a run_error_code, 0: none so far */
    char text[RUN_ERROR_TEXT_MAX];
} run_error;

/* Keeps code and text if they are the first, and stops the run after the event under way. Returns code. */
__attribute__((format(printf, 3, 4))) int run_error_set(run_error *error, int code, const char *format, ...);

#endif
