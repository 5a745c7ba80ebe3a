/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/migrations.h"

#include "core/live/address.h"
#include "core/live/live_internal.h"

#include <stdlib.h>

/* One call; the newest first. */
struct live_migrations {
    live_migrations *next;
    live_node *live;
    live_migration_call call; /* without done: of the watchdog */
    roam_addr local;          /* NONE: no address leads to the peer */
    bool any;                 /* the caller left the local address open */
};

static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    live_migrations *const self = done_data;
    live_migrations **link = live_node_migrations(self->live);
    while (*link != self)
        link = &(*link)->next;
    *link = self->next;
    self->call.done(self->call.done_data, peer, record, now_ns);
    free(self);
}

/* "Any local address" becomes the one that leads to the peer now, with the port that was asked for; NONE when
 * there is none. */
static void choose(live_node *live, roam_peer_id peer, roam_migrate_options *options)
{
    roam_path_stats stats = {0};
    roam_addr remote = options->remote, local = {0};
    if (!live_address_is_unspecified(&options->local))
        return;
    if (remote.family == ROAM_FAMILY_NONE && roam_peer_path_stats(live_node_core(live), peer, &stats) == 0)
        remote = stats.remote;
    if (remote.family == ROAM_FAMILY_NONE || live_address_leading_to(&remote, &local))
        local = (roam_addr){0};
    else
        local.port = options->local.port;
    options->local = local;
}

static void add(live_migrations *self)
{
    live_migrations **const list = live_node_migrations(self->live);
    self->next = *list;
    *list = self;
}

int live_migrations_call(live_node *live, const live_migration_call *call, uint64_t now_ns)
{
    roam_migrate_options options;
    live_migrations *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    self->live = live;
    self->call = *call;
    self->any = live_address_is_unspecified(&call->options.local);
    roam_migrate_options_default(&options);
    options.timeout_ns = call->options.timeout_ns;
    options.local = call->options.local;
    options.remote = call->options.remote;
    choose(live, call->peer, &options);
    self->local = options.local;
    options.mode = call->options.mode;
    options.trigger = call->trigger;
    options.done = on_done;
    options.done_data = self;
    const int rv = roam_migrate(live_node_core(live), call->peer, &options, now_ns);
    if (rv) {
        free(self);
        return rv;
    }
    add(self);
    return 0;
}

/* ---- The watchdog ---- */

typedef struct watch {
    live_attachment attachment;
    live_node *live;
    roam_addr local; /* of the call that is about to be made */
} watch;

static void on_resolve(void *done_data, roam_peer_id peer, roam_migrate_options *options)
{
    watch *const self = done_data;
    choose(self->live, peer, options);
    self->local = options->local;
}

static void on_called(void *done_data, roam_peer_id peer, uint64_t now_ns)
{
    const watch *const self = done_data;
    live_migrations *const entry = calloc(1, sizeof *entry);
    (void)now_ns;
    if (!entry) /* then a later trigger may join it */
        return;
    *entry = (live_migrations){.live = self->live, .call = {.peer = peer}, .local = self->local, .any = true};
    add(entry);
}

/* A watchdog has one call under way for a peer. */
static void on_watchdog_done(void *done_data, roam_peer_id peer, const roam_migration_record *record,
                             uint64_t now_ns)
{
    const watch *const self = done_data;
    live_migrations **link = live_node_migrations(self->live);
    (void)record;
    (void)now_ns;
    while (*link && ((*link)->call.done || (*link)->call.peer.value != peer.value))
        link = &(*link)->next;
    live_migrations *const entry = *link;
    if (!entry)
        return;
    *link = entry->next;
    free(entry);
}

int live_migrations_watch(live_node *live, const roam_watchdog_options *options)
{
    roam_watchdog *watchdog;
    roam_watchdog_options with = *options;
    watch *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    self->live = live;
    with.resolve = on_resolve;
    with.called = on_called;
    with.migrate.done = on_watchdog_done;
    with.migrate.done_data = self;
    const int rv = roam_watchdog_new(live_node_core(live), &with, live_now_ns(), &watchdog);
    if (rv) {
        free(self);
        return rv;
    }
    self->attachment = (live_attachment){.end = free, .data = self};
    live_node_attach(live, &self->attachment);
    return 0;
}

bool live_migrations_are_astray(live_node *live, roam_peer_id peer, const roam_addr *best)
{
    const live_migrations *at = *live_node_migrations(live);
    while (at && at->call.peer.value != peer.value)
        at = at->next;
    if (!at || at->local.family == ROAM_FAMILY_NONE)
        return false;
    return at->any ? !live_address_same_host(&at->local, best)
                   : live_address_interface(&at->local, NULL) == 0;
}

void live_migrations_free(live_migrations *list)
{
    while (list) {
        live_migrations *const next = list->next;
        free(list);
        list = next;
    }
}
