/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which QUIC library a node runs: `endpoints`, `endpoint` of a node, and what the command line says of both.
 */
#ifndef SIM_SCENARIO_ENDPOINTS_H
#define SIM_SCENARIO_ENDPOINTS_H

#include "sim/scenario/internal.h"

#define ENDPOINT_CORE "roam" /* the name of roam's own core, which no entry may have */

/* `endpoint` of a node: the index of that endpoint, or SCENARIO_NONE for the core. A name that no entry has
 * is a library that is found by its name when the run begins; it gets an entry. */
void scenario_endpoint_read(scenario_reader *reader, const tree_node *value, uint32_t *index);

/* The index of the endpoint of that name, or SCENARIO_NONE for the core; a name without an entry gets one.
 * False with a fault reported, and then *index is of what was probably meant. */
bool scenario_endpoint_find(scenario_reader *reader, scenario_place place, const char *name, uint32_t *index);

/* True when it may name an endpoint; or says so at the place. */
bool scenario_endpoint_check_name(scenario_reader *reader, scenario_place place, const char *name);

/* The part before '=' and the one after it. False with a fault reported. */
bool scenario_endpoint_split(scenario_reader *reader, scenario_place place, const char *text,
                             const char **name, const char **value);

/* Reports libraries that are given by their path, that some node runs, and that are not there. */
void scenario_endpoints_look(scenario_reader *reader);

/* Read as sections are, without a part of the file: scenario_source.endpoints; and scenario_source.players,
 * before scenario_endpoints_look. */
void scenario_endpoints_given(scenario_reader *reader, const tree_node *section);
void scenario_endpoints_assign(scenario_reader *reader, const tree_node *section);

extern const key_table SCENARIO_ENDPOINT_TABLE;
#define SCENARIO_ENDPOINT_NAME_PATTERN "^[a-z0-9][a-z0-9._-]{0,30}$"

#endif
