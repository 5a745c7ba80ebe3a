/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A host as small as can be for the adapter of tests/objects/hostile.c: it is loaded, an endpoint is made,
 * and a datagram received. */
#ifndef SIM_ENDPOINT_TESTS_HOSTILE_H
#define SIM_ENDPOINT_TESTS_HOSTILE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct hostile {
    const char *act;
    const char *in; /* NULL: receive */
    uint64_t seed;
    uint64_t now_ns;
    bool unmarked;    /* calls are not marked as such (call.h) */
    unsigned repeats; /* calls of receive; 0: one */
} hostile;

/* Writes what the adapter logs, a line each. A `work` of isolate_options; ctx: a hostile. */
void hostile_run(void *ctx, FILE *answer);

#endif
