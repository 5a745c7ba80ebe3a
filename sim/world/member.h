/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The membership of an endpoint: starts it as its scenario says, keeps the address that it advertises, and
 * joins and leaves. */
#ifndef SIM_WORLD_MEMBER_H
#define SIM_WORLD_MEMBER_H

#include "core/roam_membership.h"
#include "sim/net/host.h"
#include "sim/scenario/scenario.h"

/* Zero, and all of the first three set, at first. */
typedef struct member {
    const scenario *scenario; /* both must outlive it */
    const host *host;
    uint32_t node;
    roam_node *core;  /* NULL: not running, or a node without membership */
    uint32_t contact; /* of the last join */
    roam_addr contact_at;
    bool joined; /* and has not left since */
} member;

/* The core of the node is there. Errors of roam_membership_start. */
ROAM_CHECKED int member_start(member *self, roam_node *core, uint64_t now_ns);
/* It is gone. */
void member_stop(member *self);
/* The addresses of the host have changed. */
void member_advertise(const member *self, uint64_t now_ns);

/* Joins through another node at that address, or, at NULL, through the last contact as before the core was
 * gone; nothing if there was none. Errors of roam_join; NOT_CONNECTED: the core is gone. */
ROAM_CHECKED int member_join(member *self, uint32_t contact, const roam_addr *at, uint64_t now_ns);
void member_leave(member *self, uint64_t now_ns);

#endif
