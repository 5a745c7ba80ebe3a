/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The expectations for which something is recorded while a run goes on, by whom they are about: those of a
 * scenario and of its known fault, and in the place of one over a group that of each member. */
#ifndef SIM_RECORD_ASKED_H
#define SIM_RECORD_ASKED_H

#include "sim/record/chains.h"
#include "sim/scenario/scenario.h"

#define ASKED_NOT UINT64_MAX

/* By what it is found; ASKED_NOT: nothing is recorded for it. */
typedef uint64_t asked_key_fn(const scenario_expectation *expectation);

typedef struct asked_set {
    const scenario_expectation **items; /* in the file's order */
    uint32_t count;
    chains by_key;
    asked_key_fn *key;
} asked_set;

/* False: out of memory, and nothing is to be freed. The scenario outlives it. */
bool asked_init(asked_set *self, const scenario *whole, asked_key_fn *key);
void asked_fini(asked_set *self);

/* Its index among the items; CHAINS_END: it is none of them. */
uint32_t asked_index(const asked_set *self, const scenario_expectation *expectation);

#endif
