/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_PLOT_TIMELINE_H
#define TOOLS_PLOT_TIMELINE_H

/* What a timeline takes from qlog files (draft-ietf-quic-qlog-main-schema, JSON-SEQ). */

#include "tools/plot/figure.h"

#define TIMELINE_BIN_S 0.1 /* of goodput */

/* Part of a run, in seconds since its start. */
typedef struct timeline_window {
    double from_s;
    double to_s;
} timeline_window;

typedef struct timeline_log {
    const char *path;
    double up_s; /* this end reported that the peer is up: a log's own clock starts with the connection */
    timeline_window window;
    double requested_s;  /* when the move was asked for */
    double commit_s;     /* from here on path statistics are surely the new path's; NAN: never */
    bool statistics;     /* lines of SRTT and congestion window too */
    const char *goodput; /* the name of its series */
    FILE *to;
} timeline_log;

/* The logs of the two ends of one connection: the first of node's that one of peer's has the group of. False:
 * none. */
ROAM_CHECKED bool timeline_find_logs(const char *directory, const char *node, const char *peer, char *ours,
                                     char *theirs, size_t size);

/* Writes its series within the window: "path-old" and "path-new" (SRTT in ms, window in kB), and
 * goodput (Mbit/s): bytes of streams that had not come before. False: it cannot be read, or out of memory. */
ROAM_CHECKED bool timeline_read_log(const timeline_log *log);

#endif
