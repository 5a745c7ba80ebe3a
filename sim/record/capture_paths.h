/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_CAPTURE_PATHS_H
#define SIM_RECORD_CAPTURE_PATHS_H

/*
 * What of path validation and of paths a packet holds, as comments of it. A path is one of an end of a
 * connection: its local and its remote address, in order of their first packet, from 0. Challenge and
 * response belong together by their data, whatever NATs and relays they pass. What relays and attackers send
 * is of no path.
 */

#include "sim/record/capture_text.h"
#include "sim/tap/observer.h"

#define CAPTURE_PATHS_MAX 64 /* of an end; what others begin is not told */

typedef struct capture_paths capture_paths;

/* NULL: out of memory. The scenario must outlive it. */
capture_paths *capture_paths_new(const scenario *whole);
void capture_paths_free(capture_paths *self); /* NULL is fine */

/* Adds the comments of a packet that is not dropped. False: out of memory. */
ROAM_CHECKED bool capture_paths_packet(capture_paths *self, const observer_packet *packet, uint64_t now_ns,
                                       capture_text *text);

#endif
