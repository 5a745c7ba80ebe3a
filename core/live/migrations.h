/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The migrations that a live node has under way, and where each goes. "Any local address" becomes the one
 * that leads to the peer when the migration is called: a later call then joins an attempt that goes there
 * still, and supersedes one that goes elsewhere.
 */
#ifndef CORE_LIVE_MIGRATIONS_H
#define CORE_LIVE_MIGRATIONS_H

#include "core/live/live.h"

typedef struct live_migration_call {
    roam_peer_id peer;
    live_migrate_options options;
    const char *trigger; /* must live until the result */
    void (*done)(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns);
    void *done_data;
} live_migration_call;

/* As roam_migrate; the loop thread. */
ROAM_CHECKED int live_migrations_call(live_node *live, const live_migration_call *call, uint64_t now_ns);

/* A watchdog of the core whose calls count among these; it is valid as long as the node. resolve, called,
 * done and done_data of the options are not used. Before the loop runs, or on its thread. Errors: as
 * roam_watchdog_new. */
ROAM_CHECKED int live_migrations_watch(live_node *live, const roam_watchdog_options *options);

/* Whether what is under way for the peer goes where it cannot arrive: to an address that the machine has no
 * more, or, when any was asked for, to another one than best, which now leads to the peer. */
bool live_migrations_are_astray(live_node *live, roam_peer_id peer, const roam_addr *best);

typedef struct live_migrations live_migrations;

/* Frees what still waits for a result when the node is gone. */
void live_migrations_free(live_migrations *list);

#endif
