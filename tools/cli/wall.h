/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_WALL_H
#define TOOLS_CLI_WALL_H

/* Time that passes for people: progress, patience, rates. Nothing that is measured depends on it. */

#include <stdint.h>

/* Nanoseconds since some moment, never going back. */
uint64_t wall_ns(void);

#endif
