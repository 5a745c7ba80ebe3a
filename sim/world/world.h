/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A scenario at run time: hosts with core endpoints, access links, the internet core that joins them,
 * traffic, and the timeline, in virtual time. One world at a time in a process (ns-3's simulator is
 * process-wide).
 */
#ifndef SIM_WORLD_WORLD_H
#define SIM_WORLD_WORLD_H

#include "core/roam_membership.h"
#include "sim/run_error.h"
#include "sim/scenario/scenario.h"
#include "sim/tap/observer.h"
#include "sim/world/background.h"

typedef struct world world;

typedef struct world_options {
    const scenario *scenario; /* must outlive the world */
    uint64_t seed;
    /* Called in this order; copied, but what their ctx points to must outlive the world: traces may end in
     * world_free. */
    const observer *observers;
    size_t observer_count;
    uint32_t connections_max; /* of which packets are read; 0: packet_inspector_connections_max */
} world_options;

/* What one direction of a link did over the run. packets = delivered + dropped + what is still on its way or
 * was lost to a detach. */
typedef struct world_link_counts {
    uint64_t packets, bytes, delivered;
    uint64_t dropped_queue, dropped_loss, dropped_down, dropped_blackhole, dropped_fault, dropped_checksum;
    uint64_t dropped_medium;    /* by csma or wifi */
    uint64_t dropped_partition; /* on the way up */
    uint64_t copied, held, corrupted, ecn_marked,
        ecn_bleached; /* by faults; copies are counted under packets too */
    uint32_t queue_peak;
} world_link_counts;

/* 0, or a negative code of run_error_strerror with the message in error (NUL-terminated, may be cut). */
__attribute__((warn_unused_result)) int world_new(const world_options *options, world **out, char *error,
                                                  size_t error_size);
void world_free(world *world); /* NULL is fine */

/* Runs up to (and with) until_ns; call again to go on. 0 or a negative code, which is final: world_error says
 * more, and the world can only be freed. */
__attribute__((warn_unused_result)) int world_run(world *world, uint64_t until_ns);
const char *world_error(const world *world);

/* Its scenario, the plan of scenario_variants, has become another one. */
void world_follow(world *world);

uint64_t world_now_ns(const world *world);

/* Statistics of the path in use between node and the other end of peer. False when not connected. */
bool world_path_stats(const world *world, uint32_t peer, uint32_t node, roam_path_stats *out);

/* The version of the QUIC library that the scenario names for the node; NULL: it runs the core's. */
const char *world_library_version(const world *world, uint32_t node);

/* What the node's membership counted since it was started last; all 0 without one, and while it is stopped.
 */
roam_membership_counts world_membership_counts(const world *world, uint32_t node);
/* How many members are in the passive view of the node; 0 likewise. */
uint32_t world_passive_view(const world *world, uint32_t node);

/* Counts of a NAT of the scenario. */
nat_counts world_nat_count(const world *world, uint32_t nat);
/* Its live bindings, one after the other: as nat_next_binding, as of now. */
bool world_nat_next_binding(const world *world, uint32_t nat, uint32_t *cursor, nat_binding *out);

/* Counts of an entry of the scenario's background. */
background_counts world_background_count(const world *world, size_t index);

/* Counts of the access link of node in network, all attachments added up. */
world_link_counts world_link_count(const world *world, uint32_t node, uint32_t network, bool up);

#endif
