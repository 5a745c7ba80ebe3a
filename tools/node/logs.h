/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_NODE_LOGS_H
#define TOOLS_NODE_LOGS_H

/* The files of --keylog and --qlog. */

#include "core/roam.h"
#include "sim/qlog/qlog.h"

typedef struct node_logs node_logs;

/* All must outlive the logs. */
typedef struct node_logs_options {
    const char *keylog_file;    /* NULL: none */
    const char *qlog_directory; /* NULL: none */
    qlog_form form;
    const char *node;
} node_logs_options;

/* The exit status; faults are reported on standard error. */
int node_logs_new(const node_logs_options *options, node_logs **out);
/* Closes them all, and frees it. False: something was not written, which was reported when it happened. */
bool node_logs_close(node_logs *logs);
void node_logs_key(node_logs *logs, const char *line);
/* Appends to DIR/NODE-CONNECTION.sqlog. Beyond 64 connections at once there are no further files. */
void node_logs_qlog(node_logs *logs, uint32_t connection, bool dialled, const roam_qlog *told);

#endif
