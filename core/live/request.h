/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What other processes may ask of a running node, one line of text:
 *
 *   changed                       the path of this machine changed: migrate every peer
 *   migrate NAME [timeout=5s] [local=ADDRESS] [remote=ADDRESS:PORT]
 *                                 migrate that peer
 *   peers                         list the peers that have a connection, and the path of each
 *   views                         list the views of the node's membership, and what it counts
 *   send NAME PATH                send the file at PATH, all that follows, to that peer
 *
 * All is printable ASCII, but PATH, which may be anything without control characters. The trigger socket
 * takes the first two and answers nothing; the control socket takes all five.
 */
#ifndef CORE_LIVE_REQUEST_H
#define CORE_LIVE_REQUEST_H

#include "core/live/live.h"

#define LIVE_PATH_MAX 4095                     /* bytes of the path of a file, without the terminating NUL */
#define LIVE_REQUEST_MAX (LIVE_PATH_MAX + 512) /* bytes of a line, newline included */

typedef enum live_request_kind {
    LIVE_REQUEST_CHANGED,
    LIVE_REQUEST_MIGRATE,
    LIVE_REQUEST_PEERS,
    LIVE_REQUEST_VIEWS,
    LIVE_REQUEST_SEND
} live_request_kind;

typedef struct live_request {
    live_request_kind kind;
    char peer[ROAM_NAME_MAX + 1]; /* MIGRATE, SEND */
    live_migrate_options options; /* MIGRATE */
    char path[LIVE_PATH_MAX + 1]; /* SEND */
} live_request;

/* Reads a request from len bytes; one newline at the end may be there. NULL, or what is wrong with it. */
ROAM_CHECKED const char *live_request_parse(const char *text, size_t len, live_request *out);

/* Reads a whole number and its unit, "500ms": ns, us, ms, s or min. Not 0, at most a day. */
ROAM_CHECKED bool live_duration_parse(const char *text, uint64_t *out_ns);

#endif
