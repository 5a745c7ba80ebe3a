/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Host names, looked up by a thread of their own: the loop goes on, and ends without waiting for an answer.
 */
#ifndef CORE_LIVE_RESOLVE_H
#define CORE_LIVE_RESOLVE_H

#include "core/live/live.h"

#define LIVE_HOST_MAX 255    /* bytes of a host name, without the terminating NUL */
#define LIVE_RESOLVED_MAX 16 /* addresses of a name that are looked at */

/* Where a peer may be: a host name or an address, and a port. */
typedef struct live_endpoint {
    char host[LIVE_HOST_MAX + 1];
    uint16_t port;
    roam_addr addr; /* NONE: host is a name */
} live_endpoint;

/* Reads "example.org:4433", "192.0.2.1:4433" or "[2001:db8::1]:4433"; the port is needed, and not 0. */
ROAM_CHECKED bool live_endpoint_parse(const char *text, live_endpoint *out);

typedef struct live_resolve live_resolve;

/* found: in the order of RFC 6724; error: NULL, or why there are none, for people. The loop thread. */
typedef void live_resolved(void *ctx, const roam_addr *found, size_t count, const char *error);

/* The loop thread. done comes once, from the loop, unless live_resolve_cancel is called before. endpoint is
 * copied. NO_MEMORY: no thread to be had either. */
ROAM_CHECKED int live_resolve_new(live_node *live, const live_endpoint *endpoint, live_resolved *done,
                                  void *ctx, live_resolve **out);
/* Before done, or not at all. */
void live_resolve_cancel(live_resolve *resolve);

#endif
