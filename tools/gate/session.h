/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_SESSION_H
#define TOOLS_GATE_SESSION_H

/* One call of roam gate, and what it does besides comparing. */

#include "tools/gate/baselines.h"
#include "tools/gate/compare.h"
#include "tools/gate/measure.h"
#include "tools/gate/options.h"

typedef struct gate {
    gate_options wanted;
    scenario_files loaded; /* those that take part */
    run_jobs runs;
    sweep_seeds *each;
    json_t **was; /* of each file */
    json_t **is;
    gate_problems problems;
    gate_changes changes;
} gate;

gate_tolerance gate_tolerance_in(const scenario *whole);

/* Adds a problem where a stochastic scenario has too few seeds for any test to be sure. False: out of memory.
 */
ROAM_CHECKED bool gate_note_few(gate *self, size_t file, bool exact);

/* Writes what was measured as the new baselines, after it has printed what they accept. A command_status. */
ROAM_CHECKED int gate_update(gate *self);

/* Says so; COMMAND_BROKEN. */
int gate_out_of_memory(void);

/* Prints which changes the baselines would show. A command_status. */
ROAM_CHECKED int gate_show_power(const gate *self);

/* Tries the statistics out, after each file has been measured as for a baseline. A command_status. */
ROAM_CHECKED int gate_run_experiment(gate *self, const gate_plan *plan);

#endif
