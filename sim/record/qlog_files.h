/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_QLOG_FILES_H
#define SIM_RECORD_QLOG_FILES_H

/*
 * qlog traces (sim/qlog), one file an endpoint's connection: NODE-CONNECTION.sqlog. In the current form each
 * has the scenario, and the entries of the timeline until the connection's end as simulation:marker; of
 * entries for single members of a group those that name the trace's node.
 */

#include "sim/qlog/qlog.h"
#include "sim/tap/observer.h"

#define QLOG_FILES_MESSAGE_MAX 512

typedef struct qlog_files qlog_files;

typedef struct qlog_files_options {
    const char *dir;          /* copied */
    const scenario *scenario; /* must outlive the files */
    uint64_t seed;
    qlog_form form;
} qlog_files_options;

/* 0, or ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int qlog_files_new(const qlog_files_options *options, qlog_files **out);
observer qlog_files_observer(qlog_files *files);
/* Closes all and frees. 0, or an errno value, and then message (QLOG_FILES_MESSAGE_MAX bytes) names the file.
 * NULL is fine. */
ROAM_CHECKED int qlog_files_close(qlog_files *files, char *message);

#endif
