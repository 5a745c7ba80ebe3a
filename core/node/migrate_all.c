/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Migrations of every peer, and one callback after the last. */
#include "core/node/connection.h"
#include "core/node/internal.h"
#include "core/node/migrate.h"

#include <stdlib.h>

typedef void finished_callback(void *finished_data, const roam_migrate_summary *summary, uint64_t now_ns);

/* One roam_migrate_all, until its last result. */
typedef struct core_round {
    roam_node *node;
    struct core_round *next;
    roam_migrate_summary summary;
    uint32_t pending; /* results to come, and one for the call itself */
    void (*done)(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns);
    void *done_data;
    finished_callback *finished;
    void *finished_data;
} core_round;

static void one_less(core_round *r, uint64_t now_ns)
{
    if (--r->pending > 0)
        return;
    core_round **link = &r->node->rounds;
    while (*link != r)
        link = &(*link)->next;
    *link = r->next;
    if (r->finished)
        r->finished(r->finished_data, &r->summary, now_ns);
    free(r);
}

void core_rounds_free(roam_node *node)
{
    while (node->rounds) {
        core_round *const next = node->rounds->next;
        free(node->rounds);
        node->rounds = next;
    }
}

static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    core_round *const r = done_data;
    if (record->result == ROAM_OK)
        r->summary.ok++;
    else
        r->summary.failed++;
    r->done(r->done_data, peer, record, now_ns);
    one_less(r, now_ns);
}

static void on_end_of_calls(void *done_data, roam_peer_id peer, const roam_migration_record *record,
                            uint64_t now_ns)
{
    (void)peer;
    (void)record;
    one_less(done_data, now_ns);
}

/* roam_migrate on each peer that is up. */
static int call_each(roam_node *node, core_round *r, const roam_migrate_options *options, uint64_t now_ns)
{
    roam_migrate_options each = *options;
    each.done = on_done;
    each.done_data = r;
    for (size_t i = 0; i < node->peer_count; i++) {
        const core_peer *const peer = node->peers[i];
        if (!peer->connection || peer->connection->state != CORE_CONNECTION_UP)
            continue;
        const int rv = roam_migrate(node, peer->id, &each, now_ns);
        if (rv)
            return rv;
        r->summary.calls++;
        r->pending++;
    }
    return 0;
}

int roam_migrate_all(roam_node *node, const roam_migrate_options *options, finished_callback *finished,
                     void *finished_data, uint64_t now_ns)
{
    if (!options->done)
        return ROAM_ERR_INVALID_ARGUMENT;
    core_round *const r = calloc(1, sizeof *r);
    core_result *const end = calloc(1, sizeof *end);
    if (!r || !end) {
        free(r);
        free(end);
        return ROAM_ERR_NO_MEMORY;
    }
    *r = (core_round){.node = node,
                      .next = node->rounds,
                      .pending = 1,
                      .done = options->done,
                      .done_data = options->done_data,
                      .finished = finished,
                      .finished_data = finished_data};
    node->rounds = r;
    *end = (core_result){.done = on_end_of_calls, .done_data = r, .silent = true};
    const int rv = call_each(node, r, options, now_ns);
    if (rv)
        r->finished = NULL;
    core_outbox_add(&node->outbox, end);
    return rv;
}
