/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_VERDICT_SUMMARY_OVERLAY_H
#define SIM_VERDICT_SUMMARY_OVERLAY_H

/* What a run measured of the overlay of its nodes with membership: `overlay` of summary.json. */

#include "core/roam_membership.h"
#include "sim/record/overlay.h"

typedef struct summary_overlay {
    uint32_t nodes;        /* with membership; 0: there is no overlay, and nothing of it is told */
    overlay_state state;   /* of all members at the end */
    uint64_t connected_ns; /* since when it was connected; ROAM_NEVER: at the end it is not */
    uint64_t divided_ns;   /* the longest time in which it was not, as overlay_divided_ns */
    overlay_churn churn;
    roam_membership_counts counts; /* of all nodes, added up */
} summary_overlay;

/* All but counts, which stay as they are; *out is zero before the first call. ROAM_ERR_NO_MEMORY: untouched.
 */
ROAM_CHECKED int summary_overlay_of(const scenario *whole, const overlay *from, summary_overlay *out);
/* What one node counted since it was started last. */
void summary_overlay_add(summary_overlay *self, const roam_membership_counts *counts);
void summary_overlay_fini(summary_overlay *self);

/* A share, or a mean, in millionths, rounded down; 0 of nothing. */
uint64_t summary_ppm(uint64_t part, uint64_t whole);
uint64_t summary_ppm_of(double value);

/* "200 nodes, connected, mean path 3.1, clustering 0.02, in-degree 3 to 5, 410 up, 12 down" */
#define SUMMARY_OVERLAY_TEXT_MAX 200
void summary_overlay_text(const summary_overlay *self, char text[SUMMARY_OVERLAY_TEXT_MAX]);

#endif
