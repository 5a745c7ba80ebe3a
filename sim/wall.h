/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_WALL_H
#define SIM_WALL_H

/* Wall-clock time, for progress, patience and rates. Nothing that is measured depends on it. core/live has
 * the same clock as live_now_ns, because neither library needs the other. */

#include <stdint.h>

/* Nanoseconds since some moment, never going back. */
uint64_t wall_ns(void);

#endif
