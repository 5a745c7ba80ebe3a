/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_MOVES_H
#define TOOLS_STATS_MOVES_H

/* What moves cost in the runs of a store: migrations and reconnects of one scenario, combination and label
 * together. */

#include "tools/store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Name, and the column or expression. Times in ns. */
#define STATS_MOVE_VALUES(VALUE)                                                                             \
    VALUE(TOOK, "CASE WHEN m.result = 'ok' THEN m.finished_ns - m.requested_ns END")                         \
    VALUE(UP, "m.to_first_message_up_ns")                                                                    \
    VALUE(DOWN, "m.to_first_message_down_ns")                                                                \
    VALUE(GAP_UP, "m.gap_up_ns")                                                                             \
    VALUE(GAP_DOWN, "m.gap_down_ns")                                                                         \
    VALUE(GAP, "max(coalesce(m.gap_up_ns, m.gap_down_ns), coalesce(m.gap_down_ns, m.gap_up_ns))")            \
    VALUE(ROUND_TRIPS, "m.round_trips")                                                                      \
    VALUE(LOST, "m.lost")                                                                                    \
    VALUE(PASSED_OVER, "m.passed_over")                                                                      \
    VALUE(STREAMS_LOST, "m.streams_lost")                                                                    \
    VALUE(DATAGRAMS, "m.datagrams_up + m.datagrams_down")                                                    \
    VALUE(BYTES, "m.bytes_up + m.bytes_down")

typedef enum stats_move_value {
#define STATS_MOVE_ENUMERATOR(NAME, sql) STATS_MOVE_##NAME,
    STATS_MOVE_VALUES(STATS_MOVE_ENUMERATOR)
#undef STATS_MOVE_ENUMERATOR
        STATS_MOVE_COUNT
} stats_move_value;

typedef struct stats_move_group {
    char *scenario;
    char *combination; /* "" without */
    char *kind;        /* migrate, reconnect */
    char *label;       /* or "NODE -> PEER" */
    size_t count;
    size_t ok;
    uint64_t round_trip_ns;             /* the least; STATISTICS_NEVER: not known of any */
    uint64_t *values[STATS_MOVE_COUNT]; /* ascending; STATISTICS_NEVER: did not happen */
} stats_move_group;

typedef struct stats_moves {
    stats_move_group *groups; /* by scenario and combination, whose numbers count as numbers, then label */
    size_t count;
} stats_moves;

typedef struct stats_moves_filter {
    int64_t build;        /* 0: of all builds together */
    const char *scenario; /* NULL: of all */
} stats_moves_filter;

/* Errors of the store. A store made before it had moves has none. To be freed with stats_moves_fini. */
int stats_moves_read(store *from, stats_moves_filter filter, stats_moves *out);
void stats_moves_fini(stats_moves *self);

/* As people read them. False: out of memory. */
bool stats_moves_print(const stats_moves *self, FILE *to, bool colour);

#endif
