/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_NODE_OUTPUT_H
#define TOOLS_NODE_OUTPUT_H

/* A file or stream that `roam node` writes to for as long as it runs. A fault of writing is reported on
 * standard error when it happens, and once more when it comes back after writing went well again; the node
 * goes on. Only when the reader has gone (EPIPE) closed is called, once. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define NODE_OUTPUT_NAME_MAX 256

typedef struct node_output {
    FILE *file;
    char name[NODE_OUTPUT_NAME_MAX]; /* for messages; cut when longer */
    void (*closed)(void *ctx);       /* optional */
    void *ctx;
    bool lost; /* something was not written */
    bool failing, told_closed;
} node_output;

/* file stays the caller's until node_output_close. */
void node_output_init(node_output *out, FILE *file, const char *name);
/* Looks whether what was written went well; flush: writes out what is buffered first. */
void node_output_check(node_output *out, bool flush);
/* Closes the file, unless it is standard output, which is flushed. */
void node_output_close(node_output *out);
/* Reports errno for a file that could not be opened. */
void node_output_complain(const char *name, const char *consequence);

/* Writes text of a peer: well-formed UTF-8 without control characters stands as it is, and tabs do; any other
 * byte is written as \xNN, so that no text of a peer controls a terminal. */
void node_output_text(node_output *out, const char *text, size_t len);

#endif
