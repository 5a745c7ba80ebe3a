/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_BASELINES_H
#define TOOLS_GATE_BASELINES_H

/* The directory of baselines: NAME.json is that of the scenario NAME. And why something was not compared. */

#include "tools/cli/scenario_files.h"
#include "tools/gate/baseline.h"

#define GATE_PROBLEM_MAX 1024

typedef enum gate_problem_kind {
    GATE_WITHOUT, /* a scenario has no baseline */
    GATE_GONE,    /* a baseline has no scenario any more */
    GATE_FEW,     /* a stochastic scenario has too few seeds for any test to be sure */
    GATE_MISFIT,  /* a baseline is invalid, or of another scenario: exit status 2, and it is not compared */
    GATE_CHANGED, /* the scenario says something else than when its baseline was made: it is compared all the
                   * same, and if nothing is worse the exit status is 2 */
    GATE_INVALID, /* why a scenario is invalid; standard error has it already, as it has the next */
    GATE_ENDED    /* nothing was measured: roam itself failed, or was interrupted */
} gate_problem_kind;

typedef struct gate_problem {
    gate_problem_kind kind;
    char scenario[256];
    char text[GATE_PROBLEM_MAX]; /* what is the matter, and what to do */
    char file[512];              /* where; "": nowhere */
    uint32_t line, column;       /* from 1; 0: all of the file */
} gate_problem;

typedef struct gate_problems {
    gate_problem *items;
    size_t count;
} gate_problems;

/* False: out of memory. */
__attribute__((format(printf, 4, 5))) ROAM_CHECKED bool
gate_problem_add(gate_problems *self, gate_problem_kind kind, const char *name, const char *format, ...);
/* The place of the last one. */
void gate_problem_place(gate_problems *self, const char *file, uint32_t line, uint32_t column);
/* Nothing could be said of the scenario. */
bool gate_problem_is_fault(gate_problem_kind kind);
size_t gate_problem_count(const gate_problems *self, gate_problem_kind kind);
void gate_problems_free(gate_problems *self);

/*
 * The baseline of each file, the caller's: NULL when it has none, or none that fits, and *problems says why.
 * A command_status: COMMAND_OK also then.
 */
ROAM_CHECKED int gate_baselines_read(const char *directory, const scenario_files *files, json_t **out,
                                     gate_problems *problems);

/* That of a scenario, whether it fits or not; the caller's. NULL: there is none, and message
 * (BASELINE_MESSAGE_MAX bytes) is "", or it cannot be read, and message says why. */
ROAM_CHECKED json_t *gate_baseline_find(const char *directory, const scenario *whole, char *message);

/* Looks for baselines whose scenario's file is not where it was when they were made, or has another name. A
 * command_status. */
ROAM_CHECKED int gate_baselines_find_gone(const char *directory, const scenario_files *files,
                                          gate_problems *problems);

/* Makes the directory and the file. A command_status; on failure after a message on standard error. */
ROAM_CHECKED int gate_baseline_write(const char *directory, const scenario *whole, json_t *baseline);

#endif
