/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/timeline.h"

#include "sim/world.h"

#include <stdlib.h>

/* One roam_migrate and where its result goes. */
typedef struct migrate_call {
    timeline *owner;
    uint32_t number;
} migrate_call;

struct timeline {
    timeline_options options;
    n3_timer *timer;
    const scenario_peer **dials; /* by time, equal times in the file's order */
    size_t next_dial;
    size_t next_event;
    migrate_call *calls;
    uint32_t call_count; /* made so far */
};

static const char *name_of(const timeline *self, uint32_t node)
{
    return self->options.scenario->nodes[node].name;
}

/* ---- dials ---- */

static bool has_family(const host *who, roam_family family)
{
    roam_addr own;
    for (size_t i = 0; host_attached(who, i, &own); i++)
        if (own.family == family)
            return true;
    return false;
}

/* Where an acceptor is reached: its first address of a family that the dialler has one of; when it is on no
 * network, one that it had, as an old entry of a directory would say. */
static bool address_of(const timeline *self, const scenario_peer *peer, roam_addr *out)
{
    const host *dialer = endpoint_host(self->options.endpoints[peer->dialer]);
    const host *acceptor = endpoint_host(self->options.endpoints[peer->acceptor]);
    for (size_t i = 0; host_attached(acceptor, i, out); i++)
        if (has_family(dialer, out->family))
            return true;
    if (host_attached(acceptor, 0, out))
        return false;
    for (size_t i = 0; i < self->options.scenario->network_count; i++)
        if (host_address(acceptor, &self->options.networks[i], out) && has_family(dialer, out->family))
            return true;
    return false;
}

static void cannot_dial(const timeline *self, const scenario_peer *peer, int code, const char *why)
{
    fault_set(self->options.fault, code, "%s:%u:%u: %s cannot dial %s: %s", self->options.scenario->file,
              peer->place.line, peer->place.column, name_of(self, peer->dialer),
              name_of(self, peer->acceptor), why);
}

static void dial(timeline *self, const scenario_peer *peer, uint64_t now_ns)
{
    endpoint *dialer = self->options.endpoints[peer->dialer];
    roam_addr remote;
    if (!host_attached(endpoint_host(dialer), 0, &remote)) {
        cannot_dial(self, peer, WORLD_ERR_SCENARIO, "it is on no network");
        return;
    }
    if (!address_of(self, peer, &remote)) {
        cannot_dial(self, peer, WORLD_ERR_SCENARIO, "no address of a family that both have");
        return;
    }
    remote.port = self->options.scenario->nodes[peer->acceptor].listen;
    int status = endpoint_dial(dialer, peer->acceptor, &remote, now_ns);
    if (status)
        cannot_dial(self, peer, WORLD_ERR_CORE, roam_strerror(status));
    else
        endpoint_step(dialer, now_ns);
}

/* ---- events ---- */

static void on_migrate_done(void *done_data, roam_peer_id peer, const roam_migration_record *record,
                            uint64_t now_ns)
{
    const migrate_call *call = done_data;
    (void)peer;
    observer_set_migrate_done(call->owner->options.observers, call->number, record, now_ns);
}

/* Port 0: a new socket, even where the address stays. */
static roam_addr target_of(const timeline *self, const scenario_event *event)
{
    const endpoint *from = self->options.endpoints[event->node];
    const host *own = endpoint_host(self->options.endpoints[event->node]);
    roam_addr target = {.family = ROAM_FAMILY_NONE};
    roam_path_stats stats;
    if (event->network != SCENARIO_NONE) {
        const network *to = &self->options.networks[event->network];
        /* An address that is not the host's: the core shall say so, not this program. */
        if (!host_address(own, to, &target))
            target = network_vacant_address(to);
    } else if (endpoint_path_stats(from, event->to, &stats) && host_has(own, &stats.local)) {
        target = stats.local;
    }
    target.port = 0;
    return target;
}

static int migrate(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    endpoint *from = self->options.endpoints[event->node];
    migrate_call *call = &self->calls[self->call_count];
    *call = (migrate_call){self, self->call_count};
    roam_migrate_options options;
    roam_migrate_options_default(&options);
    options.local = target_of(self, event);
    options.timeout_ns = event->timeout_ns;
    options.mode = event->mode == SCENARIO_FOLLOW_FIRST ? ROAM_FOLLOW_FIRST : ROAM_VALIDATE_FIRST;
    options.trigger = "timeline";
    options.done = on_migrate_done;
    options.done_data = call;
    int status = endpoint_migrate(from, event->to, &options, now_ns);
    if (status)
        return fault_set(self->options.fault, WORLD_ERR_CORE, "%s: roam_migrate: %s",
                         name_of(self, event->node), roam_strerror(status));
    observer_migrate called = {.call = self->call_count++, .event = event, .local = options.local};
    observer_set_migrate_called(self->options.observers, &called, now_ns);
    endpoint_step(from, now_ns);
    return WORLD_OK;
}

/* A change for all: of links to come, and of every link there is. */
static int set_network(timeline *self, const scenario_event *event)
{
    network *on = &self->options.networks[event->network];
    if (event->direction != SCENARIO_DOWN)
        network_change_link(&on->up, event->changes, &event->link);
    if (event->direction != SCENARIO_UP)
        network_change_link(&on->down, event->changes, &event->link);
    for (size_t i = 0; i < self->options.scenario->node_count; i++) {
        int status = host_follow_network(endpoint_host(self->options.endpoints[i]), on, event->direction,
                                         event->changes, &event->link);
        if (status)
            return status;
    }
    return WORLD_OK;
}

static int carry_out(timeline *self, const scenario_event *event, uint64_t now_ns)
{
    endpoint *node = event->node == SCENARIO_NONE ? NULL : self->options.endpoints[event->node];
    network *on = event->network == SCENARIO_NONE ? NULL : &self->options.networks[event->network];
    switch (event->verb) {
    case SCENARIO_ATTACH:
        return endpoint_attach(node, on, now_ns);
    case SCENARIO_DETACH:
        return host_detach(endpoint_host(node), on, now_ns);
    case SCENARIO_SET:
        if (!node)
            return set_network(self, event);
        return host_set_link(endpoint_host(node), on, event->direction, event->changes, &event->link);
    case SCENARIO_LINK_DOWN:
    case SCENARIO_LINK_UP:
        return host_set_down(endpoint_host(node), on, event->verb == SCENARIO_LINK_DOWN);
    case SCENARIO_BLACKHOLE:
    case SCENARIO_HEAL:
        return host_set_blackhole(endpoint_host(node), on, event->direction,
                                  event->verb == SCENARIO_BLACKHOLE);
    case SCENARIO_MIGRATE:
        return migrate(self, event, now_ns);
    case SCENARIO_SAY:
        return WORLD_OK;
    }
    return WORLD_OK;
}

/* ---- time ---- */

static uint64_t next_dial_ns(const timeline *self)
{
    return self->next_dial < self->options.scenario->peer_count ? self->dials[self->next_dial]->at_ns
                                                                : SCENARIO_NEVER;
}

static uint64_t next_event_ns(const timeline *self)
{
    const scenario *whole = self->options.scenario;
    return self->next_event < whole->event_count ? whole->events[self->next_event].at_ns : SCENARIO_NEVER;
}

static void on_timer(void *user, uint64_t now_ns)
{
    timeline *self = user;
    while (!self->options.fault->code && next_dial_ns(self) <= now_ns)
        dial(self, self->dials[self->next_dial++], now_ns);
    while (!self->options.fault->code && next_event_ns(self) <= now_ns) {
        const scenario_event *event = &self->options.scenario->events[self->next_event++];
        observer_set_timeline(self->options.observers, event, now_ns);
        if (carry_out(self, event, now_ns))
            return; /* the fault has it */
    }
    uint64_t dial_ns = next_dial_ns(self);
    uint64_t event_ns = next_event_ns(self);
    n3_timer_set(self->timer, dial_ns < event_ns ? dial_ns : event_ns);
}

static int compare_dials(const void *left, const void *right)
{
    const scenario_peer *a = *(const scenario_peer *const *)left;
    const scenario_peer *b = *(const scenario_peer *const *)right;
    if (a->at_ns != b->at_ns)
        return a->at_ns < b->at_ns ? -1 : 1;
    return (a > b) - (a < b); /* one array: its order */
}

static int out_of_memory(const timeline *self)
{
    return fault_set(self->options.fault, WORLD_ERR_MEMORY, "timeline: out of memory");
}

static int prepare(timeline *self)
{
    const scenario *whole = self->options.scenario;
    size_t migrations = 0;
    for (size_t i = 0; i < whole->event_count; i++)
        migrations += whole->events[i].verb == SCENARIO_MIGRATE;
    self->dials = calloc(whole->peer_count + 1, sizeof(const scenario_peer *));
    self->calls = calloc(migrations + 1, sizeof *self->calls);
    if (!self->dials || !self->calls || n3_timer_new(self->options.n3, on_timer, self, &self->timer))
        return out_of_memory(self);
    for (size_t i = 0; i < whole->peer_count; i++)
        self->dials[i] = &whole->peers[i];
    qsort(self->dials, whole->peer_count, sizeof(const scenario_peer *), compare_dials);
    n3_timer_set(self->timer, 0);
    return WORLD_OK;
}

int timeline_new(const timeline_options *options, timeline **out)
{
    timeline *self = calloc(1, sizeof *self);
    if (!self)
        return fault_set(options->fault, WORLD_ERR_MEMORY, "timeline: out of memory");
    self->options = *options;
    int status = prepare(self);
    if (status)
        timeline_free(self);
    else
        *out = self;
    return status;
}

void timeline_free(timeline *self)
{
    if (!self)
        return;
    n3_timer_free(self->timer);
    free(self->dials);
    free(self->calls);
    free(self);
}
