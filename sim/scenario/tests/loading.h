/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenarios of the loader's tests. */
#ifndef SIM_SCENARIO_TESTS_LOADING_H
#define SIM_SCENARIO_TESTS_LOADING_H

#include "sim/scenario/scenario.h"

/* The text of x.yaml. */
scenario_source loading_text(const char *text);
/* NULL: the faults say why. */
scenario *loading(const scenario_source *source, scenario_diagnostics *faults);
/* One that has none, or the test ends. */
scenario *loading_good(const scenario_source *source);

#endif
