/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMPARE_COLUMNS_H
#define TOOLS_COMPARE_COLUMNS_H

/* The columns of a comparison, from the list of libraries that the command line gives. */

#include "tools/compare/matrix.h"

#define COMPARE_CORE "roam" /* the library that the others are compared against: roam's core */
#define COMPARE_LIBRARIES_MAX 16
#define COMPARE_MESSAGE_MAX 512

typedef struct compare_columns {
    char *libraries[COMPARE_LIBRARIES_MAX]; /* in the order given */
    size_t library_count;
    compare_column *items; /* without settings */
    size_t count;
    char **names; /* of pairs */
} compare_columns;

/*
 * From "roam,quinn": for `roam` one column with roam at both ends; for any other library one as a client of
 * roam and one as a server of roam. pairs: each ordered pair of the libraries, a pair of equals too. False
 * with a message (COMPARE_MESSAGE_MAX bytes), and then *out is empty: a name is missing, twice there or
 * invalid, or memory ran out.
 */
ROAM_CHECKED bool compare_columns_make(const char *list, bool pairs, compare_columns *out, char *message);
void compare_columns_free(compare_columns *self);

/* "quinn client", "roam", "quinn -> roam". Returns text. */
#define COMPARE_TITLE_MAX 128
const char *compare_column_title(const compare_column *column, char text[COMPARE_TITLE_MAX]);

/* "both ends", "client", "server". */
const char *compare_role_name(compare_role role);

#endif
