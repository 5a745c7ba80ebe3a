/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_QLOG_FILES_H
#define SIM_RECORD_QLOG_FILES_H

/* qlog traces (JSON text sequences), one file an endpoint's connection: NODE-CONNECTION.sqlog. */

#include "sim/tap/observer.h"

#define QLOG_FILES_MESSAGE_MAX 512

typedef struct qlog_files qlog_files;

/* scenario must outlive it; dir is copied. 0, or ROAM_ERR_NO_MEMORY. */
ROAM_CHECKED int qlog_files_new(const char *dir, const scenario *scenario, qlog_files **out);
observer qlog_files_observer(qlog_files *files);
/* Closes all and frees. 0, or an errno value, and then message (QLOG_FILES_MESSAGE_MAX bytes) names the file.
 * NULL is fine. */
ROAM_CHECKED int qlog_files_close(qlog_files *files, char *message);

#endif
