/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_PLOT_STORE_H
#define TOOLS_PLOT_STORE_H

/* What the figures of a store share. */

#include "tools/plot/figure.h"
#include "tools/store/store.h"

#define PLOT_BUILDS_MAX 40
#define PLOT_COMMIT_MAX 40

struct sqlite3_stmt;

typedef struct plot_build {
    int64_t id;
    char name[PLOT_COMMIT_MAX + 24]; /* of the commit, short, and its date */
    char date[16];                   /* UTC; "" when not known */
} plot_build;

/* An open store, and what it was filled by. */
typedef struct plot_store {
    store *store;
    int64_t build;                      /* the newest one */
    char commit[PLOT_COMMIT_MAX];       /* its name, short; "" when not known */
    plot_build builds[PLOT_BUILDS_MAX]; /* the newest ones, the oldest of them first */
    size_t build_count;
    const plot_options *options;
} plot_store;

__attribute__((format(printf, 3, 4))) int plot_refuse(const plot_figure *figure, int status,
                                                      const char *format, ...);

/* A query that has the build as ?1, the label as ?2, and PLOT_WANTED, the condition on runs r to be of a
 * scenario that is asked for, at most twice; any other per cent sign is doubled. Returns SQLite's code. */
#define PLOT_WANTED "%s"
ROAM_CHECKED int plot_prepare(const plot_store *from, const plot_options *options, const char *format,
                              struct sqlite3_stmt **query);
/* Refuses a figure of more than it has room for: names --where, and the keys and values that there are. what:
 * "120 distributions are too many for one figure (8): name scenarios, or --as LABEL". */
__attribute__((format(printf, 3, 4))) int
plot_refuse_too_many(const plot_figure *figure, const plot_store *from, const char *format, ...);
void plot_combination_text(const char *combination, bool keys, char *text, size_t size);
/* The name of a build (STORE_BUILD_NAME) with so many digits of the commit, and of the hash of its changes:
 * "0123abcd+01234567". */
void plot_short_commit(const char *name, int digits, char text[PLOT_COMMIT_MAX]);
void plot_commit_text(const plot_store *from, char *text, size_t size);

#endif
