/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_PASSAGE_H
#define SIM_RECORD_PASSAGE_H

/*
 * What a scenario's expectations ask of packets that passed: frames of a type, ECN marks, and the path that
 * data took. A path is named by a network of the node at one of its ends; what the other end sends is on the
 * path whose packets it answers. Without such an expectation nothing is kept.
 */

#include "sim/scenario/scenario.h"
#include "sim/tap/observer.h"

typedef struct passage passage;

/* scenario must outlive it. NULL in *out: no expectation asks. ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int passage_new(const scenario *whole, passage **out);
void passage_free(passage *self); /* NULL is fine */

/* A datagram of that connection leaves, or comes to, the node that is the sender or receiver of its packets;
 * other is at the other end, SCENARIO_NONE: it has sent nothing yet. self may be NULL. False: out of memory.
 */
bool passage_packet(passage *self, const observer_packet *packet, const dissect_packet *read, uint32_t other,
                    uint64_t now_ns);

/* Of an expectation of the scenario: how many frames there were. */
uint64_t passage_frames(const passage *self, const scenario_expectation *expectation);
/* Likewise: packets that left with ECT(0) or ECT(1), and that came with CE. */
typedef struct passage_marks {
    uint64_t ect, ce;
} passage_marks;

passage_marks passage_marks_of(const passage *self, const scenario_expectation *expectation);
/* The way that data took: over a network of its sender, and, once that is known, one of its receiver. */
typedef struct passage_way {
    uint32_t own;    /* SCENARIO_NONE: there was no data */
    uint32_t others; /* SCENARIO_NONE: not known */
    uint64_t at_ns;
} passage_way;

/* Likewise: the way of the last data by then. */
passage_way passage_way_of(const passage *self, const scenario_expectation *expectation);

#endif
