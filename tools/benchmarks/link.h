/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_BENCHMARKS_LINK_H
#define TOOLS_BENCHMARKS_LINK_H

/*
 * Two nodes, one of which dials, and between them no network: a ring of datagrams each way with a delay and a
 * rate, in virtual time. It is as lean as can be, so that what it measures is the core, QUIC and TLS.
 */

#include "core/roam.h"

typedef struct bench_link bench_link;

typedef struct bench_link_options {
    uint64_t seed;
    uint64_t delay_ns; /* one way */
    uint64_t rate_bps; /* each way; 0: no limit */
    uint64_t queue_ns; /* what would wait longer for its turn is dropped; needs a rate */
    uint32_t slots;    /* datagrams under way in each direction, at most; the next is dropped */
} bench_link_options;

typedef enum bench_end { BENCH_DIALER, BENCH_ACCEPTOR } bench_end;

/* Link, identities and nodes; nothing is dialled. 0 or a roam_status. */
ROAM_CHECKED int bench_link_new(const bench_link_options *options, bench_link **out);
void bench_link_free(bench_link *link); /* NULL is fine */

/* Dials, and runs until both ends are up. ROAM_ERR_NOT_CONNECTED after a second. */
ROAM_CHECKED int bench_link_connect(bench_link *link);

/* Closes the connection, dials anew from a fresh address, and runs until both ends are up. Likewise. */
ROAM_CHECKED int bench_link_reconnect(bench_link *link);

/* Sends as roam_send does, with key 0. The caller runs the link afterwards. */
ROAM_CHECKED int bench_link_send(bench_link *link, bench_end from, const void *data, size_t len);

/* Starts a migration of the dialer to a fresh address. */
ROAM_CHECKED int bench_link_migrate(bench_link *link);

void bench_link_run(bench_link *link, uint64_t until_ns);
uint64_t bench_link_now_ns(const bench_link *link);

uint64_t bench_link_received_bytes(const bench_link *link, bench_end at); /* of messages */
uint64_t bench_link_datagrams(const bench_link *link);                    /* sent by both ends */
uint32_t bench_link_migrations(const bench_link *link);                   /* that ended with ROAM_OK */

#endif
