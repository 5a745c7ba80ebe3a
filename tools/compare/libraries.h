/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_COMPARE_LIBRARIES_H
#define TOOLS_COMPARE_LIBRARIES_H

/* The shared objects of the libraries that are compared. */

#include "tools/compare/columns.h"
#include "tools/compare/report.h"

#define COMPARE_VERSION_MAX 128

typedef struct compare_libraries {
    compare_library items[COMPARE_LIBRARIES_MAX]; /* as the columns name them, the core too */
    uint64_t digests[COMPARE_LIBRARIES_MAX];      /* of the content of the objects; of the core 0 */
    char versions[COMPARE_LIBRARIES_MAX][COMPARE_VERSION_MAX];
    char *paths[COMPARE_LIBRARIES_MAX]; /* owned */
    size_t count;
} compare_libraries;

/* Finds each library of the columns: where `given` (NAME=PATH) says, else as an adapter of this program, by
 * its name. False with a message: one is not found or cannot be read, or a name that is given is none of
 * them. To be freed either way. */
ROAM_CHECKED bool compare_libraries_find(const compare_columns *columns, const char *const *given,
                                         size_t given_count, compare_libraries *out, char *message);
void compare_libraries_free(compare_libraries *self);

/* What the objects of a column are: runs with other objects are other runs. 0: roam at both ends. */
uint64_t compare_libraries_digest(const compare_libraries *self, const compare_column *column);

#endif
