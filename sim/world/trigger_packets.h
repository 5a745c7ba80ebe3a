/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Instants that packets show: frames, and those of a handshake. */
#ifndef SIM_WORLD_TRIGGER_PACKETS_H
#define SIM_WORLD_TRIGGER_PACKETS_H

#include "sim/tap/observer.h"
#include "sim/world/endpoint.h"
#include "sim/world/trigger_calls.h"
#include "sim/world/trigger_instant.h"

typedef struct trigger_packets trigger_packets;

typedef struct trigger_packets_options {
    const scenario *scenario; /* all that is pointed to must outlive it */
    endpoint *const *endpoints;
    trigger_calls *calls; /* hear of packets, too */
    run_error *error;     /* set when memory runs out */
    trigger_sink sink;
} trigger_packets_options;

/* NULL: out of memory. */
ROAM_CHECKED trigger_packets *trigger_packets_new(const trigger_packets_options *options);
void trigger_packets_free(trigger_packets *self); /* NULL is fine */

/* As the observer's functions of that name. */
void trigger_packets_packet(trigger_packets *self, const observer_packet *packet, uint64_t now_ns);
void trigger_packets_dial(trigger_packets *self, uint32_t node, uint32_t to, uint64_t now_ns);

#endif
