/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of a node to its application: events at once, results of migrations at the end of the step, after
 * its connections. */
#ifndef CORE_OUTBOX_H
#define CORE_OUTBOX_H

#include "core/events.h"

/* The result of one call of roam_migrate. */
typedef struct core_result {
    struct core_result *next;
    roam_peer_id peer;
    roam_migration_record record;
    void (*done)(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns);
    void *done_data;
    bool silent; /* no event comes with it */
} core_result;

typedef struct core_outbox {
    core_subscribers subscribers;
    core_result *first, *last; /* in the order of delivery */
} core_outbox;

void core_outbox_init(core_outbox *outbox);
/* Frees the results that were not delivered. */
void core_outbox_fini(core_outbox *outbox);

void core_outbox_emit(core_outbox *outbox, const roam_event *event, uint64_t now_ns);

/* Queues a result; takes ownership. */
void core_outbox_add(core_outbox *outbox, core_result *result);
bool core_outbox_has_results(const core_outbox *outbox);
/* Delivers the results that are queued at the time of the call, and frees them. */
void core_outbox_tell_results(core_outbox *outbox, uint64_t now_ns);

#endif
