/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How `after:` is read. */
#ifndef SIM_SCENARIO_AFTER_DRAFT_H
#define SIM_SCENARIO_AFTER_DRAFT_H

#include "sim/scenario/after.h"
#include "sim/scenario/keys.h"

typedef struct after_draft {
    uint32_t happens; /* a scenario_instant */
    uint32_t frame;   /* a dissect_frame_type */
    uint32_t stage;
    const char *label;
    key_pair of;
    scenario_direction direction;
    uint64_t nth;
    uint64_t delay_ns;
} after_draft;

extern const key_row SCENARIO_AFTER_ROWS[]; /* offsets in after_draft */
#define SCENARIO_AFTER_EXAMPLE "{happens: handshake_confirmed, of: laptop -> server}"

/* Reads the entry's `after:`. NULL: a fault is reported, or out of memory. */
scenario_after *scenario_after_read(scenario_reader *reader, const tree_node *entry, after_draft *draft);

struct entry_draft;
/* Once all entries have been read: each label is one of the timeline, and no entry waits for itself, by way
 * of others or not. */
void scenario_after_check_chains(scenario_reader *reader, const struct entry_draft *drafts, size_t count);

/* By all that they say, 0: the same; of an entry without one NULL. */
int scenario_after_compare(const scenario_after *a, const scenario_after *b);

#endif
