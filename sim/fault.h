/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The first thing that went wrong in a world, from wherever in it: it ends the run. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "sim/ns3/ns3.h"

#define FAULT_TEXT_MAX 256

typedef struct fault_latch {
    n3_world *n3; /* stopped by a fault; may be NULL */
    int code;     /* a world_error_code, 0: none so far */
    char text[FAULT_TEXT_MAX];
} fault_latch;

/* Keeps code and text if they are the first, and stops the run after the event under way. Returns code. */
__attribute__((format(printf, 3, 4))) int fault_set(fault_latch *fault, int code, const char *format, ...);

#endif
