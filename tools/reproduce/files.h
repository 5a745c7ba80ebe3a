/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPRODUCE_FILES_H
#define TOOLS_REPRODUCE_FILES_H

#include "tools/store/store.h"

#define REPRODUCE_PATH_MAX 4096

/*
 * Writes the files of a scenario as the store has them below dir, which is made: the scenario as NAME.yaml,
 * the files that it names where it finds them. path (REPRODUCE_PATH_MAX bytes) is then the scenario's. Files
 * that are there with other bytes are left alone, and it is an error. The exit status; faults go to standard
 * error.
 */
ROAM_CHECKED int reproduce_write(store *from, const char *scenario, const char *digest, const char *dir,
                                 char *path);

#endif
