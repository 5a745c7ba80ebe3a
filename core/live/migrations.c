/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/migrations.h"

#include "core/live/address.h"
#include "core/live/live_internal.h"

#include <stdlib.h>

/* One call; the newest first. */
struct live_migrations {
    live_migrations *next;
    live_node *live;
    live_migration_call call;
    roam_addr local; /* NONE: no address leads to the peer */
    bool any;        /* the caller had no wish */
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

/* The address that leads to the peer now, with the port that was asked for; NONE when there is none. */
static roam_addr choose(live_node *live, const live_migration_call *call)
{
    roam_path_stats stats = {0};
    roam_addr remote = call->options.remote, local = {0};
    if (remote.family == ROAM_FAMILY_NONE &&
        roam_peer_path_stats(live_node_core(live), call->peer, &stats) == 0)
        remote = stats.remote;
    if (remote.family == ROAM_FAMILY_NONE || live_address_leading_to(&remote, &local))
        return (roam_addr){0};
    local.port = call->options.local.port;
    return local;
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
    self->local = self->any ? choose(live, call) : call->options.local;
    roam_migrate_options_default(&options);
    options.timeout_ns = call->options.timeout_ns;
    options.local = self->local;
    options.remote = call->options.remote;
    options.mode = call->options.mode;
    options.trigger = call->trigger;
    options.done = on_done;
    options.done_data = self;
    const int rv = roam_migrate(live_node_core(live), call->peer, &options, now_ns);
    if (rv) {
        free(self);
        return rv;
    }
    live_migrations **const list = live_node_migrations(live);
    self->next = *list;
    *list = self;
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
