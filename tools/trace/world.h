/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_TRACE_WORLD_H
#define TOOLS_TRACE_WORLD_H

/* What a run left, and the document that is made of it: a process for the run itself, one a node, one a NAT.
 */

#include "tools/trace/document.h"
#include "tools/witness/explain_run.h"

#define TRACE_MESSAGE_MAX EXPLAIN_MESSAGE_MAX

/* Tracks of a process, from the top. */
typedef enum trace_rank {
    TRACE_RANK_TIMELINE,
    TRACE_RANK_MIGRATIONS,
    TRACE_RANK_MILESTONES,
    TRACE_RANK_CHALLENGES,
    TRACE_RANK_REBINDS,
    TRACE_RANK_RECONNECTS,
    TRACE_RANK_CONNECTIONS,
    TRACE_RANK_PATHS,
    TRACE_RANK_OUTAGES,
    TRACE_RANK_NETWORKS,
    TRACE_RANK_BINDINGS,
    TRACE_RANK_FLOWS,
    TRACE_RANK_EVENTS,
    TRACE_RANK_DROPS,
    TRACE_RANK_BACKGROUND,
} trace_rank;

typedef struct trace_world {
    const explain_run *run;
    trace_document *document;
    uint64_t end_ns; /* of what was recorded */
    trace_process whole;
    trace_process *nodes; /* by node */
    trace_process *nats;
    trace_process nobody; /* to whom names belong that the topology has not */
} trace_world;

/* Of the node, or NAT, with the name that the line has under the key. */
trace_process trace_node_of(const trace_world *world, const json_t *line, const char *key);
trace_process trace_nat_of(const trace_world *world, const json_t *line);
/* "KIND laptop"; other may be NULL. */
trace_track trace_named_track(const trace_world *world, trace_process process, trace_rank rank,
                              const char *kind, const char *other);
/* A copy without at_ns and event, which the trace has itself. */
json_t *trace_args(const json_t *line);

/* Events, connections, paths, addresses, NATs, drops (lines.c, paths.c). False: out of memory. */
void trace_tell_lines(const trace_world *world);
ROAM_CHECKED bool trace_tell_paths(const trace_world *world);
/* Migrations, rebinds, reconnects, outages, flows, as summary.json has them; of a run without it, as
 * events.jsonl has them. */
void trace_tell_summary(const trace_world *world);
/* Challenges, as packets.pcapng has them. False: message (TRACE_MESSAGE_MAX bytes) says why. */
ROAM_CHECKED bool trace_tell_challenges(const trace_world *world, const char *path, char *message);
/* RTT, congestion window, bytes in flight, as the .sqlog files of a directory have them. Likewise. */
ROAM_CHECKED bool trace_tell_logs(const trace_world *world, const char *dir, char *message);

#endif
