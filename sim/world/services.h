/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which server of a balancer has the connection with a node: what the traffic and the verbs say of the
 * service is about that one. */
#ifndef SIM_WORLD_SERVICES_H
#define SIM_WORLD_SERVICES_H

#include "core/roam.h"
#include "sim/scenario/scenario.h"

typedef struct services services;

/* The scenario must outlive it. NULL when out of memory. */
services *services_new(const scenario *whole);
void services_free(services *self); /* NULL is fine */

/* A connection with `other` is up at that server; the server that had one before, or SCENARIO_NONE. */
uint32_t services_up(services *self, uint32_t server, uint32_t other);
/* It is down. False: it is not the one that counts. */
bool services_down(services *self, uint32_t server, uint32_t other);

/* The node that is meant by a node of the scenario in what it does with `other`: of a service the server that
 * has the connection, SCENARIO_NONE when none has one; of any other node itself. */
uint32_t services_node(const services *self, uint32_t node, uint32_t other);

#endif
