/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenarios of the loader's tests. */
#ifndef SIM_SCENARIO_TESTS_LOADING_H
#define SIM_SCENARIO_TESTS_LOADING_H

#include "sim/scenario/scenario.h"

/* The text of x.yaml. */
scenario_source loading_text(const char *text);
/* NULL: the faults say why. */
scenario *loading(const scenario_source *source, scenario_diagnostics *faults);
/* One assertion: the scenario has these faults, each a line, and no others. */
void loading_refused(const scenario_source *source, const char *wanted);
/* One that has none, or the test ends. */
scenario *loading_good(const scenario_source *source);
/* The only fault of a text, with x.yaml, its line and its column; "" when there is none. */
void loading_expect_fault(const char *text, const char *wanted);

#endif
