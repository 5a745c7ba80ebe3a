/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of live.h that other threads call. */
#include "core/live/live.h"

#include "core/live/call.h"
#include "core/live/live_internal.h"
#include "core/live/migrations.h"

static int make(live_node *live, int (*function)(void *owner, live_pending_call *call), void *data)
{
    live_pending_call call = {.function = function, .data = data};
    return live_calls_make(live_node_calls(live), &call);
}

typedef struct plain_call {
    int (*function)(live_node *live, void *data);
    void *data;
} plain_call;

static int run_plain(void *owner, live_pending_call *call)
{
    const plain_call *const plain = call->data;
    return plain->function(owner, plain->data);
}

int live_call(live_node *live, int (*function)(live_node *live, void *data), void *data)
{
    plain_call plain = {.function = function, .data = data};
    return make(live, run_plain, &plain);
}

typedef struct dial_call {
    const char *name;
    const roam_addr *remote, *local;
} dial_call;

static int run_dial(void *owner, live_pending_call *call)
{
    const dial_call *const dial = call->data;
    roam_peer_id peer;
    return roam_dial(live_node_core(owner), dial->name, dial->remote, dial->local, live_now_ns(), &peer);
}

int live_dial(live_node *live, const char *name, const roam_addr *remote, const roam_addr *local)
{
    dial_call dial = {.name = name, .remote = remote, .local = local};
    return make(live, run_dial, &dial);
}

typedef struct send_call {
    const char *name;
    uint64_t key;
    const void *data;
    size_t len;
} send_call;

static int run_send(void *owner, live_pending_call *call)
{
    const send_call *const send = call->data;
    roam_node *const node = live_node_core(owner);
    return roam_send(node, roam_peer_find(node, send->name), send->key, send->data, send->len);
}

int live_send(live_node *live, const char *name, uint64_t key, const void *data, size_t len)
{
    send_call send = {.name = name, .key = key, .data = data, .len = len};
    return make(live, run_send, &send);
}

typedef struct migrate_call {
    live_node *live;
    live_pending_call *call;
    const char *name;
    const live_migrate_options *options;
    roam_migration_record *record;
} migrate_call;

static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    const migrate_call *const migrate = done_data;
    (void)peer;
    (void)now_ns;
    if (migrate->record)
        *migrate->record = *record;
    live_calls_answer(live_node_calls(migrate->live), migrate->call, record->result);
}

static int run_migrate(void *owner, live_pending_call *call)
{
    migrate_call *const migrate = call->data;
    const live_migration_call options = {.peer = roam_peer_find(live_node_core(owner), migrate->name),
                                         .options = *migrate->options,
                                         .trigger = "call",
                                         .done = on_done,
                                         .done_data = migrate};
    migrate->call = call;
    const int rv = live_migrations_call(owner, &options, live_now_ns());
    return rv ? rv : LIVE_CALL_PENDING;
}

void live_migrate_options_default(live_migrate_options *options)
{
    roam_migrate_options defaults;
    roam_migrate_options_default(&defaults);
    *options = (live_migrate_options){.timeout_ns = defaults.timeout_ns, .mode = defaults.mode};
}

int live_migrate_peer(live_node *live, const char *name, const live_migrate_options *options,
                      roam_migration_record *record)
{
    live_migrate_options defaults;
    live_migrate_options_default(&defaults);
    migrate_call migrate = {
        .live = live, .name = name, .options = options ? options : &defaults, .record = record};
    return make(live, run_migrate, &migrate);
}
