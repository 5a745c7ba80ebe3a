/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parts of `roam endpoint`: argv[0] is the part's name; the return value is the exit status. */
#ifndef TOOLS_ENDPOINT_ENDPOINT_H
#define TOOLS_ENDPOINT_ENDPOINT_H

#include "sim/endpoint/library.h"

int endpoint_test(int argc, char **argv);
int endpoint_info(int argc, char **argv);
int endpoint_list(int argc, char **argv);
int endpoint_make(int argc, char **argv);

#define ENDPOINT_TEXT_MAX 8192

/* Opens the object, after it was opened in a process of its own: its constructors may do anything. NULL after
 * a refusal, with its text. */
const endpoint_library *endpoint_load(const char *path, char text[ENDPOINT_TEXT_MAX]);

/* The adapter that an argument names: a path, where it has a '/' or ends in ".so", else a name. NULL after a
 * message on standard error. */
const endpoint_library *endpoint_named(const char *command, const char *argument);

#endif
