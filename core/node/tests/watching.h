/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two nodes, and a watchdog on the one that dialled. */
#ifndef CORE_NODE_TESTS_WATCHING_H
#define CORE_NODE_TESTS_WATCHING_H

#include "core/tests/net.h"

typedef struct watching_results {
    int count;
    int results[64];
    uint64_t requested_ns[64], at_ns[64];
    roam_addr new_local[64];
    char trigger[32];
} watching_results;

typedef struct watching {
    net_fixture *net;
    net_host *a, *b;
    roam_peer_id peer;
    roam_watchdog *watchdog;
    uint64_t start_ns; /* when the watchdog was made */
    watching_results done;
} watching;

/* Options of a node that accepts, and takes nobody for dead. */
void watching_accept(roam_node_options *options);

/* The migrate.done of a watchdog, with watching_results. */
void watching_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns);

/* A watchdog on that host that goes to network 2, otherwise with default options. */
void watching_begin(watching *f, net_host *host, uint64_t silence_ns);

/* a in network 0 has dialled b in network 1, and has a watchdog. */
void watching_init(watching *f, void (*change_b)(roam_node_options *options));

/* Runs until so long after the watchdog was made, with a message every 100 ms so that SRTT has samples. */
void watching_chat(watching *f, uint64_t until_ns);

/* Makes the path of network 0 worse than the threshold, and better. */
void watching_slow(watching *f);
void watching_fast(watching *f);

#endif
