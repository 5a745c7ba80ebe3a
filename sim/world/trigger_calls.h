/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instants of migrations and reconnects that have a label (scenario_stage). */
#ifndef SIM_WORLD_TRIGGER_CALLS_H
#define SIM_WORLD_TRIGGER_CALLS_H

#include "sim/tap/observer.h"
#include "sim/world/trigger_instant.h"

typedef struct trigger_calls trigger_calls;

/* A packet at the host of an end of its connection. */
typedef struct trigger_wire {
    uint32_t node; /* at whose host */
    uint32_t other;
    bool leaves;             /* or it comes in */
    const roam_addr *source; /* of its datagram */
    const dissect_packet *packet;
} trigger_wire;

/* NULL: out of memory. */
ROAM_CHECKED trigger_calls *trigger_calls_new(const trigger_sink *sink);
void trigger_calls_free(trigger_calls *self); /* NULL is fine */

/* As the observer's functions of that name. False: out of memory. */
ROAM_CHECKED bool trigger_calls_called(trigger_calls *self, const observer_migrate *migrate, uint64_t now_ns);
void trigger_calls_done(trigger_calls *self, uint32_t call, const roam_migration_record *record,
                        uint64_t now_ns);
void trigger_calls_dropped(trigger_calls *self, uint32_t call);
void trigger_calls_reconnect(const trigger_calls *self, const observer_reconnect *told, uint64_t now_ns);

void trigger_calls_packet(const trigger_calls *self, const trigger_wire *wire, uint64_t now_ns);

#endif
