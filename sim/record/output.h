/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_OUTPUT_H
#define SIM_RECORD_OUTPUT_H

/*
 * The output directory of a run. It is made when it is missing, with its parents. It may be empty, or hold an
 * earlier run, which is replaced: then events.jsonl is there and says so in its first line (as much of it as
 * a full disk let through), and every other entry is a regular file of a name that a run gives (summary.json,
 * timing.json, overlay.csv, packets.pcapng, packets-NODE.pcapng, *.sqlog, their .tmp) or that `roam trace`
 * gives what it makes of it (trace.json). Anything else is refused and left as it is.
 */

#include "core/roam.h"

#include <stddef.h>

#define OUTPUT_MESSAGE_MAX 512
#define OUTPUT_PATH_MAX 4096

typedef enum output_error {
    OUTPUT_OK = 0,
    OUTPUT_ERR_REFUSED = -1, /* the directory holds something else */
    OUTPUT_ERR_SYSTEM = -2   /* it could not be made, read or written */
} output_error;

/* Makes the directory ready and takes an earlier run out of it, its summary.json first. On failure message
 * (OUTPUT_MESSAGE_MAX bytes) says why; REFUSED: nothing was changed. */
ROAM_CHECKED int output_prepare(const char *dir, char *message);

/* Only looks: would output_prepare refuse? */
ROAM_CHECKED int output_check(const char *dir, char *message);

/* Likewise for a directory that takes one directory a run: REFUSED when it is a file, or holds a run itself.
 */
ROAM_CHECKED int output_check_several(const char *dir, char *message);

/* DIR/NAME into path (OUTPUT_PATH_MAX bytes). SYSTEM: too long. */
ROAM_CHECKED int output_path(const char *dir, const char *name, char *path, char *message);

/* Writes the whole file or none of it: text goes to PATH.tmp, which then takes the name. On failure nothing
 * is left. */
ROAM_CHECKED int output_write(const char *path, const char *text, char *message);

#endif
