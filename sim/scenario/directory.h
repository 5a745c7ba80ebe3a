/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which node of a scenario bears a name, and with whom each has a connection, without a walk over all. */
#ifndef SIM_SCENARIO_DIRECTORY_H
#define SIM_SCENARIO_DIRECTORY_H

#include "sim/scenario/scenario.h"

#include <stddef.h>
#include <stdint.h>

typedef struct directory directory;

/* NULL when out of memory. The scenario must outlive it. */
__attribute__((warn_unused_result)) directory *directory_new(const scenario *whole);
void directory_free(directory *self); /* NULL is fine */

/* Node index, or SCENARIO_NONE. */
uint32_t directory_find(const directory *self, const char *name);

/* The nodes at the other ends of a node's peers, in the file's order. */
const uint32_t *directory_others(const directory *self, uint32_t node, size_t *count);

#endif
