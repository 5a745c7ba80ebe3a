/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STATS_SERIES_READ_H
#define TOOLS_STATS_SERIES_READ_H

/*
 * The rows of a store, read once from end to end in the order of their keys, and kept by columns: eight bytes
 * a value, four for its run and one for its outcome. For series.c alone.
 */

#include "tools/stats/series.h"

#include <stdbool.h>

/* Blocks of memory that are valid as long as the measures. */
typedef struct measures_block {
    struct measures_block *next;
    max_align_t bytes[];
} measures_block;

struct measures_memory {
    measures_block *blocks;
    bool failed; /* sticks */
};

/* Zeroed; NULL: out of memory. */
void *measures_take(struct measures_memory *memory, size_t count, size_t size);
const char *measures_take_text(struct measures_memory *memory, const char *text);
void measures_release(struct measures_memory *memory);

/* One kind and label of one group. Points come by run, and within one as the store has them. */
typedef struct measures_column {
    uint32_t group;
    measure_kind kind;
    const char *label;
    size_t count;
    size_t capacity;
    uint64_t *values;
    uint32_t *runs;    /* places in the array of runs */
    uint8_t *outcomes; /* places in the array of outcomes */
    uint32_t *numbers; /* the order within a run */
} measures_column;

typedef struct measures_run {
    int64_t id;
    uint32_t group;
    uint32_t verdict; /* place in the array of outcomes */
} measures_run;

enum { MEASURES_NAMES_MAX = 255 };

typedef struct measures_rows {
    measure_group *groups; /* as they come */
    int64_t *committed_s;  /* of each the time of its build's commit */
    size_t group_count;
    measures_run *runs; /* by id */
    uint64_t *seeds;    /* of each; NULL without points */
    size_t run_count;
    measures_column *columns; /* as they come */
    size_t column_count;
    const char *names[MEASURES_NAMES_MAX]; /* outcomes and verdicts */
    size_t name_count;
} measures_rows;

/* Texts are of the memory; the arrays are of the rows. On failure there are none. */
ROAM_CHECKED int measures_read(store *from, const measures_filter *filter, struct measures_memory *memory,
                               measures_rows *out);
void measures_rows_free(measures_rows *self);
void measures_column_free(measures_column *self);

#endif
