/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenarios of the loader's tests. */
#ifndef SIM_SCENARIO_TESTS_LOADING_H
#define SIM_SCENARIO_TESTS_LOADING_H

#include "sim/scenario/scenario.h"

/* The text of x.yaml. */
scenario_source loading_text(const char *text);
/* As scenario_load, which tests here do not call themselves. Where ROAM_TEST_DOCUMENTS names a directory, the
 * text is kept there as HASH.yaml: tools/tests/loader_documents.py shows it to editors. */
int loading_load(const scenario_source *source, scenario **out, scenario_diagnostics *faults);
/* NULL: the faults say why. */
scenario *loading(const scenario_source *source, scenario_diagnostics *faults);
/* One assertion: the scenario has these faults, each a line, and no others. */
void loading_refused(const scenario_source *source, const char *wanted);
/* One that has none, or the test ends. */
scenario *loading_good(const scenario_source *source);
/* The only fault of a scenario, with its file, line and column; "" when it has none. */
void loading_expect_fault_of(const scenario_source *source, const char *wanted);
/* The same of a text, the file is x.yaml. */
void loading_expect_fault(const char *text, const char *wanted);
/* What scenario_explain says of it, to be freed. */
char *loading_story(const scenario *whole);

#endif
