/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Adapters in this process: shared objects with roam_endpoint_library_get (roam_endpoint.h), found, opened
 * and checked. Each refusal is a sentence that names the file and the rule.
 *
 * An object is opened once a process and never closed: libraries that have made threads, exit handlers or
 * thread-local storage cannot be unloaded safely.
 */
#ifndef SIM_ENDPOINT_LIBRARY_H
#define SIM_ENDPOINT_LIBRARY_H

#include "sim/endpoint/call.h"
#include "sim/endpoint/roam_endpoint.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENDPOINT_LIBRARY_TEXT_MAX 1024 /* room for any refusal; longer ones are cut */

/* Lives as long as the process. */
typedef struct endpoint_library {
    /* A copy, in which members beyond the adapter's size are zero: NULL, as functions that are not there. */
    roam_endpoint_library table;
    const char *path; /* of the object, absolute and without links */
} endpoint_library;

/*
 * Opens the object at path, or gives the one that was opened before. Its constructors and
 * roam_endpoint_library_get run inside call; NULL: outside of any. Returns NULL after a refusal, with its
 * text.
 */
const endpoint_library *endpoint_library_open(const char *path, const endpoint_call *call, char *text,
                                              size_t text_size);

/* The rules for a table that came from path: true, or false with a text. table may be NULL. */
bool endpoint_library_check(const roam_endpoint_library *table, const char *path, char *text,
                            size_t text_size);

/* The path of the adapter that is found by name, NAME.so in one of the directories of endpoints of this
 * program: endpoints/ beside it, or lib/roam/endpoints/ of an installation. False with a text: an invalid
 * name, or none. */
bool endpoint_library_find(const char *name, char *path, size_t path_size, char *text, size_t text_size);

/* endpoint_library_find and endpoint_library_open. */
const endpoint_library *endpoint_library_open_name(const char *name, const endpoint_call *call, char *text,
                                                   size_t text_size);

/* Names of all adapters that are found by name, sorted. The caller frees each and the array. NULL: none. */
char **endpoint_library_names(size_t *count);

/* A capability in words. */
typedef struct endpoint_capability {
    uint64_t bit;
    const char *name;  /* as in roam_endpoint.h, without prefix: "CAN_REBIND" */
    const char *about; /* for people */
} endpoint_capability;

/* In order of the bits; NULL from the end on. */
const endpoint_capability *endpoint_capability_at(size_t index);

#endif
