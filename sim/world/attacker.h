/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attackers: nodes that are no endpoints, but see, alter, keep or make datagrams of others, as RFC 9000
 * sections 8, 9.3 and 21.5 describe them. An off-path attacker gets copies of what a host sends at the moment
 * at which the host sends it, and can neither delay nor drop any; whether its copies win the race follows
 * from its own access link. An on-path one sits between the host's link and the core, and may change what
 * passes. Both send over their own link, where they are attached.
 */
#ifndef SIM_WORLD_ATTACKER_H
#define SIM_WORLD_ATTACKER_H

#include "sim/ns3/ns3.h"
#include "sim/run_error.h"
#include "sim/scenario/event.h"
#include "sim/world/endpoint.h"

/* All attackers of a world. */
typedef struct attackers attackers;

#define ATTACKER_CAPTURED_MAX 4096 /* datagrams that an attacker keeps; later ones it cannot */

typedef struct attackers_options {
    n3_world *n3;
    const scenario *scenario; /* all that is pointed to must outlive the attackers */
    endpoint **endpoints;     /* by scenario index */
    run_error *error;
} attackers_options;

/* Errors here: run_error_code, with the text in the run_error. */
ROAM_CHECKED int attackers_new(const attackers_options *options, attackers **out);

/* Before the endpoints, whose hosts have the attackers' sockets. NULL is fine. */
void attackers_free(attackers *self);

/* True when some attack needs the keys of a node: then *out must be one of the world's observers. */
bool attackers_observer(attackers *self, observer *out);

/* An attack begins (SCENARIO_ATTACK), and ends (SCENARIO_STAND_DOWN with the same scenario_attack). One that
 * has begun already begins anew. */
ROAM_CHECKED int attackers_begin(attackers *self, const scenario_event *event, uint64_t now_ns);
void attackers_end(attackers *self, const scenario_event *event);

#endif
