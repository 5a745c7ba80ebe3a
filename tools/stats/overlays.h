/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_OVERLAYS_H
#define TOOLS_STATS_OVERLAYS_H

/* What the overlays in the runs of a store were like: those of one scenario and combination together. */

#include "tools/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Name, column. Times in ns; of paths, clustering and in-degrees the mean of a run, in millionths. */
#define STATS_OVERLAY_VALUES(VALUE)                                                                          \
    VALUE(CONNECTED, "connected_ns")                                                                         \
    VALUE(DISCONNECTED, "disconnected_ns")                                                                   \
    VALUE(MEMBERS, "members")                                                                                \
    VALUE(LARGEST_SHARE, "largest_share_ppm")                                                                \
    VALUE(PATH, "path_mean_ppm")                                                                             \
    VALUE(CLUSTERING, "clustering_ppm")                                                                      \
    VALUE(IN_DEGREE_MIN, "in_degree_min")                                                                    \
    VALUE(IN_DEGREE, "in_degree_mean_ppm")                                                                   \
    VALUE(IN_DEGREE_MAX, "in_degree_max")                                                                    \
    VALUE(UPS, "ups")                                                                                        \
    VALUE(DOWNS, "downs")

typedef enum stats_overlay_value {
#define STATS_OVERLAY_ENUMERATOR(NAME, column) STATS_OVERLAY_##NAME,
    STATS_OVERLAY_VALUES(STATS_OVERLAY_ENUMERATOR)
#undef STATS_OVERLAY_ENUMERATOR
        STATS_OVERLAY_COUNT
} stats_overlay_value;

typedef struct stats_overlay_group {
    char *scenario;
    char *combination;                     /* "" without */
    size_t count;                          /* runs */
    size_t connected;                      /* of those, the ones whose members are all linked at the end */
    uint64_t *values[STATS_OVERLAY_COUNT]; /* ascending; STATISTICS_NEVER: connected at no time that lasted */
} stats_overlay_group;

typedef struct stats_overlays {
    stats_overlay_group *groups; /* by scenario, then combination, whose numbers count as numbers */
    size_t count;
} stats_overlays;

/* Of one scenario, or at NULL of all. Errors of the store. A store made before it had overlays has none. To
 * be freed with stats_overlays_fini. */
ROAM_CHECKED int stats_overlays_read(store *from, const char *scenario, stats_overlays *out);
void stats_overlays_fini(stats_overlays *self);

/* As people read them. False: out of memory. */
bool stats_overlays_print(const stats_overlays *self, FILE *to, bool colour);
/* A line a measure, with the name of its column. */
void stats_overlays_csv(const stats_overlays *self, FILE *to);

#endif
