/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_STORE_SUMMARY_H
#define TOOLS_STORE_SUMMARY_H

/* A summary.json that was read from a file, as the values that a store takes (store_add_run). */

#include "sim/verdict/summary_rows.h"
#include "tools/store/store.h"

#include <jansson.h>

/* A field that is not there is NULL; what the store has no column for is passed over. The rows are to be
 * freed by summary_rows_free; their texts are the summary's. STORE_ERR_INPUT: a field is an array, an object
 * or a fraction; STORE_ERR_NO_MEMORY. *out is untouched then. */
ROAM_CHECKED int store_read_summary(const json_t *summary, summary_rows *out);

#endif
