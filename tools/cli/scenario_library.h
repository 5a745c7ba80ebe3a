/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_SCENARIO_LIBRARY_H
#define TOOLS_CLI_SCENARIO_LIBRARY_H

/* The scenarios that come with roam, by name: those of the source tree, or of the installation. */

#include "tools/cli/options.h"

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#define SCENARIO_LIBRARY_PATH_MAX 4096
#define SCENARIO_LIBRARY_MESSAGE_MAX 512

/* What a directory has that is a scenario: *.yaml, but for *.inc.yaml, which scenarios include. */
bool scenario_library_is_scenario(const char *name);

/* As scandir: what a directory has, but for what is hidden, in the order of bytes, not of the locale: the
 * same everywhere. */
int scenario_library_entries(const char *dir, struct dirent ***entries);

/*
 * The path of a scenario that is called "wifi-to-cellular", "handover/wifi-to-cellular" or
 * "scenarios/handover/wifi-to-cellular.yaml", or of the folder "handover". False: message, which may be "",
 * says that several are called so, or what was probably meant.
 */
bool scenario_library_find(const char *name, char path[SCENARIO_LIBRARY_PATH_MAX],
                           char message[SCENARIO_LIBRARY_MESSAGE_MAX]);

/* "handover/wifi-to-cellular" of each, in the order of bytes. */
void scenario_library_words(const word_sink *out);

#endif
