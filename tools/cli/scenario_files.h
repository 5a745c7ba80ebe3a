/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_SCENARIO_FILES_H
#define TOOLS_CLI_SCENARIO_FILES_H

/* The scenarios that a command was given: files; directories, which are searched for *.yaml but for
 * *.inc.yaml; "-", standard input; and names of scenarios of the library (scenario_library.h). */

#include "sim/scenario/scenario.h"

typedef struct scenario_files {
    scenario **items; /* in the order given; those of a directory in the order of their paths */
    size_t count;
    size_t capacity;
    bool several; /* anything but one file was given */
} scenario_files;

/* A fault of a scenario, or of what was given in its place: text without the file; line and column 0: of all
 * of it. */
typedef void scenario_files_fault_fn(void *ctx, const char *file, uint32_t line, uint32_t column,
                                     const char *text);

typedef struct scenario_files_options {
    const char *command; /* for messages: "roam run" */
    char *const *paths;
    size_t path_count;
    const char *const *overrides; /* KEY=VALUE */
    size_t override_count;
    const char *const *endpoints; /* "NAME=PATH" */
    size_t endpoint_count;
    const char *const *players; /* "WHO=NAME" */
    size_t player_count;
    scenario_files_fault_fn *fault; /* each fault, besides the message on standard error; optional */
    void *ctx;
} scenario_files_options;

/* What one of them is loaded from. */
scenario_source scenario_files_source(const scenario_files_options *options, const char *path);

/* Loads them all. Faults go to standard error, all of them. The exit status: COMMAND_OK, COMMAND_USAGE when
 * any is invalid or none was found, COMMAND_BROKEN without memory. On failure *out is empty. */
__attribute__((warn_unused_result)) int scenario_files_load(const scenario_files_options *options,
                                                            scenario_files *out);
void scenario_files_fini(scenario_files *files);

#endif
