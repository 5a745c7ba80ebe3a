/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPRODUCE_COMPARE_H
#define TOOLS_REPRODUCE_COMPARE_H

#include "tools/store/store.h"

#include <stdio.h>

/* A run in a store. */
typedef struct reproduce_run {
    store *in;
    int64_t id;
    int64_t build;
} reproduce_run;

/* Prints what this program and machine are that the run's were not: commit, versions, compiler, flags,
 * changes, CPU, kernel; each "WHAT: was X, is Y". Returns how many lines. */
size_t reproduce_compare_builds(const reproduce_run *was, FILE *stream);

/* Prints each value that differs, of all tables: "migrations 0: validation_ns: was 1, is 2", at most 20
 * lines. Returns how many differ; SIZE_MAX when a store cannot be read. */
size_t reproduce_compare_results(const reproduce_run *was, const reproduce_run *is, FILE *stream);

#endif
