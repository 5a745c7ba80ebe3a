/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_CAPTURE_SECRETS_H
#define SIM_RECORD_CAPTURE_SECRETS_H

/*
 * Which hosts each connection's secrets are for: those at its ends. Lines of SSLKEYLOGFILE name a connection
 * by its client's random. The accepting end has all secrets at the first datagram of the dialling end. The
 * dialling end gets them one by one, and may receive packets before it can open them.
 */

#include "core/roam.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CAPTURE_ENDS = 2 };

typedef struct capture_secrets capture_secrets;

/* The lines of one connection, and the nodes at its ends that have given a line themselves. */
typedef struct capture_connection {
    struct capture_connection *next;
    uint32_t ends[CAPTURE_ENDS];
    size_t end_count;
    char *lines; /* each with its newline */
    size_t len;
    char random[65];
} capture_connection;

/* NULL: out of memory. */
capture_secrets *capture_secrets_new(void);
void capture_secrets_free(capture_secrets *self); /* NULL is fine */

/*
 * Takes a line that the node has given. is_new: the connection did not have it; joins: the first one of that
 * node, which has none of the connection's lines so far. False: out of memory, or no line of a keylog.
 */
ROAM_CHECKED bool capture_secrets_take(capture_secrets *self, uint32_t node, const char *line,
                                       const capture_connection **connection, bool *is_new, bool *joins);

#endif
