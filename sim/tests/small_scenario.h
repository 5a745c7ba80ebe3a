/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_TESTS_SMALL_SCENARIO_H
#define SIM_TESTS_SMALL_SCENARIO_H

/* Fixture: a laptop on wifi that moves its connection with a server to cellular. */

#include "sim/tests/evidence.h"

/* Nodes, networks and flows of the scenario, by index. */
enum { LAPTOP, SERVER };
enum { WIFI, CELLULAR, DATACENTRE };
enum { FLOW_UP, FLOW_DOWN, FLOW_BULK }; /* the bulk goes up, in 4 messages */

/* With these timeline and expect sections, each a text of YAML or NULL for one migrate labelled "move", and
 * no expectation. To be freed with scenario_free, or by the evidence_of it. */
scenario *small_scenario(const char *timeline, const char *expect);

#endif
