/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_GATE_TEXT_H
#define TOOLS_GATE_TEXT_H

/* The texts of a gate's verdict, shared by the terminal, JUnit's XML and Markdown. */

#include "tools/cli/replay_command.h"
#include "tools/gate/report.h"

enum { GATE_LINE_MAX = 1024 };

size_t gate_text_count(const gate_verdict *verdict, gate_weight weight);

/* "scenario[combination]" */
const char *gate_text_name(const gate_change *change, char text[GATE_LINE_MAX]);
/* "3 of 200", "all 3" */
const char *gate_text_seeds(const gate_change *change, char text[GATE_LINE_MAX]);
/* How sure a change is: "exact", or the share of such findings that may be chance, "1 in 30,000". */
const char *gate_text_sure(const gate_change *change, char text[GATE_LINE_MAX]);
/* "3 scenarios, 206 runs, against ...: 1 worse, ..." */
void gate_text_summary(const gate_verdict *verdict, char text[GATE_LINE_MAX]);
/* One change in full: what, by how much, how sure. */
const char *gate_text_sentence(const gate_change *change, char text[GATE_LINE_MAX]);
/* The command that runs the worst seed again. */
const char *gate_text_replay(const gate_verdict *verdict, const gate_change *change,
                             char text[REPLAY_COMMAND_MAX]);
/* The commands that show the distribution of a stochastic scenario, by way of the store db, which is not
 * there yet; "" of an exact one. */
const char *gate_text_distribution(const gate_verdict *verdict, const gate_change *change, const char *db,
                                   char text[GATE_LINE_MAX]);
/* That of a change; NULL: none that was compared. */
const gate_scenario *gate_text_scenario(const gate_verdict *verdict, const gate_change *change);

/* The one to look at first: a verdict or outcome that changed, else the farthest move. NULL: nothing is
 * worse. */
const gate_change *gate_text_worst(const gate_verdict *verdict);

/* A problem turns the gate red, or its exit status to 2. */
bool gate_text_matters(const gate_verdict *verdict, const gate_problem *problem);

#endif
