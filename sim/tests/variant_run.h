/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Fixture: a run that begins as one variant of a scenario and goes on as another (sim/scenario/variants.h).
 */
#ifndef SIM_TESTS_VARIANT_RUN_H
#define SIM_TESTS_VARIANT_RUN_H

#include "sim/scenario/scenario.h"

typedef struct variant_trial {
    const char *about; /* in what is printed */
    const char *dir;   /* for what the runs leave: to be there, and to be empty */
    bool files;        /* with captures and qlog */
    uint64_t until_ns; /* how long it is the one variant: as variant_until_ns has it */
} variant_trial;

/* The latest time at which a run of the scenario can go on as another with which it shares that time. 0:
 * there is none. */
uint64_t variant_until_ns(const scenario *whole, uint64_t shared_ns);

/* Assertions: a run that begins as `begun` leaves the same summary and the same files as a run of `to`, with
 * the seed of `to`. */
void variant_compare(const scenario *begun, const scenario *to, const variant_trial *trial);

#endif
