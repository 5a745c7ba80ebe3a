/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_TRACE_DOCUMENT_H
#define TOOLS_TRACE_DOCUMENT_H

/*
 * A document in the Trace Event Format, as ui.perfetto.dev opens it: processes with tracks ("threads" in that
 * format), on which there are slices and instants, and counters. Times are nanoseconds of virtual time; the
 * file has them as microseconds with three decimals, exactly.
 *
 * A track whose slices overlap becomes several, so that on each thread slices lie apart or inside one
 * another, as the format wants it. Errors of memory stick; trace_document_write says so.
 */

#include "core/roam.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define TRACE_NONE UINT32_MAX
#define TRACE_NAME_MAX 256 /* bytes of a name, with what ends it */
#define TRACE_LANES_MAX 64 /* threads that one track becomes; more slices at one time are left out */

typedef struct trace_document trace_document;

/* One-field structs, so that the two are not taken for one another. */
typedef struct trace_process {
    uint32_t value;
} trace_process;

typedef struct trace_track {
    uint32_t value;
} trace_track;

typedef struct trace_span {
    uint64_t from_ns, to_ns;
} trace_span;

typedef enum trace_scope { TRACE_THREAD, TRACE_GLOBAL } trace_scope;

/* NULL: out of memory. */
trace_document *trace_document_new(void);
void trace_document_free(trace_document *self); /* NULL is fine */

/* Processes are shown in the order of these calls, and only those that have something. */
trace_process trace_add_process(trace_document *self, const char *name);
/* The track of the process with that name; it is made by the first call. Tracks of a process are shown by
 * rank, and of one rank in the order of these calls. */
trace_track trace_track_of(trace_document *self, trace_process process, uint32_t rank, const char *name);

/* args is an object of which the document becomes the owner; any other value, and NULL: none. A slice that
 * ends before it begins is left out: the result is TRACE_NONE. */
uint32_t trace_slice(trace_document *self, trace_track track, trace_span span, const char *name,
                     json_t *args);
/* A part of a slice, which is cut to lie in it; nothing of TRACE_NONE. Parts of one slice do not overlap. */
uint32_t trace_part(trace_document *self, uint32_t slice, trace_span span, const char *name, json_t *args);
void trace_instant(trace_document *self, trace_track track, trace_scope scope, uint64_t at_ns,
                   const char *name, json_t *args);
void trace_counter(trace_document *self, trace_process process, uint64_t at_ns, const char *name,
                   double value);

/* Slices that were left out since they are more than TRACE_LANES_MAX at one time; after writing. */
size_t trace_left_out(const trace_document *self);

/* Writes the document, once. other is what its head says (otherData), and stays the caller's. False: out of
 * memory, or the stream failed. */
ROAM_CHECKED bool trace_document_write(trace_document *self, const json_t *other, FILE *to);

#endif
