/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_PARTS_H
#define TOOLS_CLI_PARTS_H

/* The parts of a validation (sim/record/recorder_parts.h) as people read them, wherever they come from: a
 * run, a summary.json, a store. */

#include "sim/record/recorder_parts.h"

#include <stddef.h>
#include <stdint.h>

enum { PARTS_COUNT = 11, PARTS_OF_MIGRATIONS = 3, PARTS_TEXT_MAX = 512 };

/* A validation that takes so much longer than the round trip of its path is worth a line. */
#define PARTS_TOLD_NS UINT64_C(5000000)

typedef struct parts_name {
    const char *key;    /* in `parts` of summary.json: "to_peer_ns" */
    const char *column; /* of the store: "part_to_peer_ns" */
    const char *words;  /* "to the peer" */
} parts_name;

/* In the order in which they come; the first PARTS_OF_MIGRATIONS are of migrations alone, and not of rebinds.
 */
extern const parts_name PARTS_NAMES[PARTS_COUNT];

void parts_values(const recorder_parts *parts, uint64_t values[PARTS_COUNT]);

/* Those that are not 0: "1.024 s sending challenges without an answer, 36.501 ms to the peer, 36.501 ms
 * back". Returns text. */
const char *parts_text(const uint64_t values[PARTS_COUNT], char text[PARTS_TEXT_MAX]);

/* That of one with the parts of `values`, if it is worth a line beside a round trip (UINT64_MAX: not known,
 * which counts as 0): "took 1.097 s, and a round trip of the path takes 72.000 ms: 1.024 s sending ...";
 * NULL: it is not. */
const char *parts_line(const uint64_t values[PARTS_COUNT], uint64_t round_trip_ns, char text[PARTS_TEXT_MAX]);

#endif
