/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMPARE_MATRIX_H
#define TOOLS_COMPARE_MATRIX_H

/*
 * The matrix of roam compare: a row a scenario (or a combination of one), a column a library in a role, and
 * in a cell what all runs of that row and column gave. Made run by run; whoever writes it only reads.
 */

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of a run; from the best to the worst. The kind of a cell is that of its worst run. */
typedef enum compare_kind {
    COMPARE_NOT_RUN, /* of another shard, or the comparison was interrupted */
    COMPARE_PASSED,
    COMPARE_KNOWN_FAULT,
    COMPARE_UNSUPPORTED, /* an expectation is about what a library cannot do */
    COMPARE_FAILED,
    COMPARE_CRASHED, /* an adapter broke a rule, or the process of the run died or hung */
    COMPARE_REFUSED, /* the world could not be made */
    COMPARE_KINDS
} compare_kind;

/* Which nodes a library has: those that dial, those that are dialled, or all. */
typedef enum compare_role { COMPARE_BOTH, COMPARE_CLIENT, COMPARE_SERVER } compare_role;

typedef struct compare_column {
    const char *library; /* whose results these are: the heading, "quinn", or of a pair "quinn -> roam" */
    compare_role role;
    const char *client; /* libraries */
    const char *server;
    const char *settings; /* what its runs were given besides the scenario (tools/cli/settings.h) */
} compare_column;

typedef struct compare_row {
    const char *scenario;         /* its name */
    const char *file;             /* as it was given */
    const char *combination;      /* "KEY=VALUE,KEY=VALUE"; "": all combinations of the scenario */
    const struct scenario *whole; /* where its expectations stand; NULL: not known */
} compare_row;

/* A rule of RFC 9000 that a run broke. */
typedef struct compare_rule {
    const char *rule;        /* its name in `roam rules` */
    const char *requirement; /* "9000:8.2.2/3" */
    const char *level;       /* "MUST" */
    const char *node;        /* that broke it first */
    compare_role end;        /* of that node: CLIENT or SERVER */
    uint64_t at_ns;          /* when it did */
    uint64_t packet;         /* the number of the packet; UINT64_MAX: none */
    const char *text;        /* what was seen */
    uint64_t ends;           /* ends of connections that broke it */
} compare_rule;

/* An expectation that did not hold, or a contradiction between what an end says and what packets show. */
typedef struct compare_reason {
    const char *expected;
    const char *measured;
    bool unsupported; /* a library cannot do what it needs: no fault */
} compare_reason;

/* One run, as it is added. Texts and arrays are copied; no text is NULL but where it says so. What is not
 * UTF-8, as it may come from an adapter, is replaced. */
typedef struct compare_run {
    compare_kind kind;
    const char *combination; /* of what the scenario varies; "": nothing */
    uint64_t seed;
    uint64_t validation_ns; /* of its worst migration; UINT64_MAX: none was validated */
    uint64_t rebind_ns;     /* of its worst rebind by a NAT; likewise */
    const char *message;    /* why it is no result; NULL: it is one */
    const compare_reason *reasons;
    size_t reason_count;
    const compare_rule *rules;
    size_t rule_count;
} compare_run;

/* A run that did not pass or that broke a rule, and how many others are told by the same words. */
typedef struct compare_story {
    compare_kind kind;
    const char *combination; /* of the first of them */
    uint64_t seed;
    size_t runs;
    const char *message; /* NULL: none */
    compare_reason *reasons;
    size_t reason_count;
    compare_rule *rules;
    size_t rule_count;
} compare_story;

#define COMPARE_STORIES_MAX 6 /* of a cell: the others are counted */

/* A rule that runs of a cell broke, at an end. */
typedef struct compare_broken {
    const char *rule;
    compare_role end;
    size_t runs;
} compare_broken;

typedef struct compare_cell {
    size_t planned;               /* runs */
    size_t counts[COMPARE_KINDS]; /* of these; those of NOT_RUN are the rest */
    uint64_t validation_ns;       /* the worst; UINT64_MAX: none */
    uint64_t rebind_ns;
    compare_broken *broken; /* by the first run that broke it */
    size_t broken_count;
    compare_story *stories; /* the worst kinds first */
    size_t story_count;
    size_t more; /* runs that would have a story */
} compare_cell;

typedef struct compare_matrix {
    const compare_column *columns; /* not owned, as are the rows */
    size_t column_count;
    const compare_row *rows;
    size_t row_count;
    compare_cell *cells; /* row after row */
    char **texts;        /* owned */
    size_t text_count;
    size_t text_room;
} compare_matrix;

/* Columns and rows must outlive it. False: out of memory. */
ROAM_CHECKED bool compare_matrix_init(compare_matrix *self, const compare_column *columns,
                                      size_t column_count, const compare_row *rows, size_t row_count);
void compare_matrix_fini(compare_matrix *self);

compare_cell *compare_matrix_cell(const compare_matrix *self, size_t row, size_t column);

/* Adds a run to a cell. False: out of memory. */
ROAM_CHECKED bool compare_matrix_add(compare_matrix *self, size_t row, size_t column, const compare_run *run);

/* The kind of its worst run; NOT_RUN: there is none. */
compare_kind compare_cell_kind(const compare_cell *cell);
/* Runs that are done. */
size_t compare_cell_runs(const compare_cell *cell);

/* The library of the column is at that end. */
bool compare_column_has(const compare_column *column, compare_role end);

/* The different rules that were broken at the ends of the column's library; own false: at the other ends. */
size_t compare_cell_broken(const compare_cell *cell, const compare_column *column, bool own);

typedef struct compare_totals {
    size_t cells[COMPARE_KINDS]; /* by kind */
    size_t runs[COMPARE_KINDS];
    size_t planned;      /* runs */
    size_t own_broken;   /* cells in which the column's library broke a rule */
    size_t other_broken; /* in which the other end did */
    uint64_t validation_ns;
} compare_totals;

/* A column, or all of them. */
#define COMPARE_ALL_COLUMNS SIZE_MAX

/* The rules that the column's library broke, those of most cells first: names, to be freed, which live as
 * long as the matrix. NULL: out of memory. */
ROAM_CHECKED const char **compare_matrix_rules(const compare_matrix *self, size_t column, size_t *count);
/* The cells of the column in which its library broke that rule. */
size_t compare_matrix_rule_cells(const compare_matrix *self, size_t column, const char *rule);

compare_totals compare_matrix_totals(const compare_matrix *self, size_t column);

#endif
