/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of `roam endpoint`. */
#ifndef TOOLS_ENDPOINT_ENDPOINT_H
#define TOOLS_ENDPOINT_ENDPOINT_H

#include "sim/endpoint/library.h"
#include "tools/cli/command.h"

extern const command_row ENDPOINT_TEST;
extern const command_row ENDPOINT_INFO;
extern const command_row ENDPOINT_LIST;
extern const command_row ENDPOINT_NEW;

#define ENDPOINT_TEXT_MAX 8192

/* Opens the object, after it was opened in a process of its own: its constructors may do anything. NULL after
 * a refusal, with its text. */
const endpoint_library *endpoint_load(const char *path, char text[ENDPOINT_TEXT_MAX]);

/* The adapter that an argument names: a path, where it has a '/' or ends in ".so", else a name. NULL after a
 * message on standard error. */
const endpoint_library *endpoint_named(const char *command, const char *argument);

#endif
