/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/migrate_calls.h"

#include "core/map.h"
#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

/* An event of the timeline that calls, once or more. The core is given it to tell results of. */
typedef struct source {
    migrate_calls *owner;
    const scenario_event *event;
    roam_addr local; /* asked for by the latest call */
} source;

/* A call without its result. */
typedef struct call {
    uint32_t number;
    struct call *next; /* in order of number */
} call;

/* The calls without a result of one event for one node, in order of number. */
typedef struct queue {
    uint8_t key[8];
    const scenario_event *event;
    call *first;
    call **end;
    struct queue *next; /* of all */
} queue;

struct migrate_calls {
    migrate_calls_options options;
    source *sources;    /* by index of the event */
    core_map queues;    /* by event and node at the other end */
    queue *first_queue; /* in the order of their first calls */
    queue **queues_end;
    uint32_t count;
};

migrate_calls *migrate_calls_new(const migrate_calls_options *options)
{
    const scenario *whole = options->scenario;
    migrate_calls *self = calloc(1, sizeof *self);
    source *sources = calloc(whole->event_count + 1, sizeof *sources);
    if (!self || !sources) {
        free(self);
        free(sources);
        return NULL;
    }
    self->options = *options;
    self->sources = sources;
    core_map_init(&self->queues, 0);
    self->queues_end = &self->first_queue;
    for (size_t i = 0; i < whole->event_count; i++)
        sources[i] = (source){.owner = self, .event = &whole->events[i]};
    return self;
}

void migrate_calls_free(migrate_calls *self)
{
    if (!self)
        return;
    core_map_fini(&self->queues);
    for (queue *from = self->first_queue, *after; from; from = after) {
        after = from->next;
        for (call *at = from->first, *next; at; at = next) {
            next = at->next;
            free(at);
        }
        free(from);
    }
    free(self->sources);
    free(self);
}

/* ---- calls and results ---- */

static void key_of(const migrate_calls *self, const scenario_event *event, uint32_t to, uint8_t key[8])
{
    const uint32_t index = (uint32_t)(event - self->options.scenario->events);
    memcpy(key, &index, 4);
    memcpy(key + 4, &to, 4);
}

/* Made when it is new; NULL: out of memory. */
static queue *queue_of(migrate_calls *self, const scenario_event *event, uint32_t to)
{
    uint8_t key[8];
    key_of(self, event, to, key);
    queue *known = core_map_get(&self->queues, key, sizeof key);
    if (known)
        return known;
    known = calloc(1, sizeof *known);
    if (known) {
        memcpy(known->key, key, sizeof key);
        known->event = event;
        known->end = &known->first;
    }
    if (!known || core_map_add(&self->queues, known->key, sizeof known->key, known)) {
        free(known);
        return NULL;
    }
    *self->queues_end = known;
    self->queues_end = &known->next;
    return known;
}

/* The core has taken a call. */
static int add_call(migrate_calls *self, const scenario_event *event, uint32_t to, const roam_addr *local,
                    uint64_t now_ns)
{
    queue *const of = queue_of(self, event, to);
    call *added = calloc(1, sizeof *added);
    if (!of || !added) {
        free(added);
        return run_error_set(self->options.error, RUN_ERROR_MEMORY, "migrations: out of memory");
    }
    *added = (call){.number = self->count++};
    *of->end = added;
    of->end = &added->next;
    observer_migrate called = {.call = added->number, .event = event, .to = to, .local = *local};
    observer_set_migrate_called(self->options.observers, &called, now_ns);
    return RUN_ERROR_NONE;
}

/* The number of the first call of the queue, which it then no longer holds. */
static uint32_t take_call(queue *self)
{
    call *const taken = self->first;
    const uint32_t number = taken->number;
    self->first = taken->next;
    if (!self->first)
        self->end = &self->first;
    free(taken);
    return number;
}

/* One that was never met has no id. */
static uint32_t other_end(const source *from, roam_peer_id peer)
{
    if (from->event->to != SCENARIO_NONE)
        return from->event->to;
    return endpoint_other(from->owner->options.endpoints[from->event->node], peer);
}

/* Results of one event for one peer come in the order of the calls, since they have one target and budget. */
static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    const source *from = done_data;
    migrate_calls *self = from->owner;
    uint8_t key[8];
    key_of(self, from->event, other_end(from, peer), key);
    queue *const of = core_map_get(&self->queues, key, sizeof key);
    if (of && of->first)
        observer_set_migrate_done(self->options.observers, take_call(of), record, now_ns);
    else
        run_error_set(self->options.error, RUN_ERROR_CORE, "%s: a result came for no migration",
                      self->options.scenario->nodes[from->event->node].name);
}

void migrate_calls_drop(migrate_calls *self, uint32_t node, uint64_t now_ns)
{
    for (queue *of = self->first_queue; of; of = of->next) {
        while (of->event->node == node && of->first)
            observer_set_migrate_dropped(self->options.observers, take_call(of), now_ns);
    }
}

/* ---- the verbs ---- */

/* Where the connection with `to` is to go, as things are now. Port 0: a new socket, even where the address
 * stays. */
static roam_addr target_of(const migrate_calls *self, const scenario_event *event, uint32_t to)
{
    const endpoint *from = self->options.endpoints[event->node];
    const host *own = endpoint_host(self->options.endpoints[event->node]);
    roam_addr target = {.family = ROAM_FAMILY_NONE};
    roam_path_stats stats;
    if (event->network != SCENARIO_NONE) {
        const network *there = &self->options.networks[event->network];
        /* An address that is not the host's: the core shall say so, not this program. */
        if (!host_address(own, there, &target))
            target = network_vacant_address(there);
    } else if (event->verb == SCENARIO_MIGRATE && to != SCENARIO_NONE &&
               endpoint_path_stats(from, to, &stats) && host_has(own, &stats.local)) {
        target = stats.local;
    }
    target.port = 0;
    return target;
}

/* The other end's address of the family of the wanted local one, where that is another than the one in use.
 */
static roam_addr remote_of(const migrate_calls *self, const scenario_event *event, uint32_t to,
                           roam_family family)
{
    const roam_addr same = {.family = ROAM_FAMILY_NONE};
    roam_path_stats stats;
    roam_addr address;
    if (family == ROAM_FAMILY_NONE || to == SCENARIO_NONE ||
        !endpoint_path_stats(self->options.endpoints[event->node], to, &stats) ||
        stats.remote.family == family)
        return same;
    const host *other = endpoint_host(self->options.endpoints[to]);
    for (size_t i = 0; i < self->options.scenario->network_count; i++) {
        if (!host_address(other, &self->options.networks[i], &address) || address.family != family)
            continue;
        address.port = stats.remote.port;
        return address;
    }
    return same;
}

static void resolve(migrate_calls *self, const scenario_event *event, uint32_t to,
                    roam_migrate_options *options)
{
    options->local = target_of(self, event, to);
    options->remote = remote_of(self, event, to, options->local.family);
    self->sources[event - self->options.scenario->events].local = options->local;
}

/* Without a target. */
static roam_migrate_options options_of(migrate_calls *self, const scenario_event *event)
{
    roam_migrate_options options;
    roam_migrate_options_default(&options);
    options.timeout_ns = event->timeout_ns;
    options.mode = event->mode == SCENARIO_FOLLOW_FIRST ? ROAM_FOLLOW_FIRST : ROAM_VALIDATE_FIRST;
    options.trigger = event->verb == SCENARIO_WATCHDOG ? "watchdog" : "timeline";
    options.done = on_done;
    options.done_data = &self->sources[event - self->options.scenario->events];
    return options;
}

static int refused(const migrate_calls *self, const scenario_event *event, const char *what, int status)
{
    return refusal_or_error(self->options.error, self->options.scenario->nodes[event->node].name, what,
                            status);
}

/* In the order of the peers' ids, which is that in which they came to be known, no matter: none waits for
 * another. */
static int add_calls(migrate_calls *self, const scenario_event *event, const roam_addr *local,
                     uint64_t now_ns)
{
    const endpoint *from = self->options.endpoints[event->node];
    int status = RUN_ERROR_NONE;
    for (uint32_t to = 0; !status && to < self->options.scenario->node_count; to++)
        if (endpoint_is_up(from, to))
            status = add_call(self, event, to, local, now_ns);
    return status;
}

int migrate_calls_call(migrate_calls *self, const scenario_event *event, uint64_t now_ns)
{
    endpoint *from = self->options.endpoints[event->node];
    roam_migrate_options options = options_of(self, event);
    const bool all = event->to == SCENARIO_NONE;
    resolve(self, event, event->to, &options);
    int status = all ? endpoint_migrate_all(from, &options, now_ns)
                     : endpoint_migrate(from, event->to, &options, now_ns);
    if (status)
        return refused(self, event, "roam_migrate", status);
    status = all ? add_calls(self, event, &options.local, now_ns)
                 : add_call(self, event, event->to, &options.local, now_ns);
    endpoint_step(from, now_ns);
    return status;
}

/* A watchdog is about to call. */
static void on_resolve(void *done_data, roam_peer_id peer, roam_migrate_options *options)
{
    const source *from = done_data;
    resolve(from->owner, from->event, other_end(from, peer), options);
}

static void on_called(void *done_data, roam_peer_id peer, uint64_t now_ns)
{
    const source *from = done_data;
    (void)add_call(from->owner, from->event, other_end(from, peer), &from->local,
                   now_ns); /* the fault has it */
}

int migrate_calls_watch(migrate_calls *self, const scenario_event *event, uint64_t now_ns)
{
    endpoint *node = self->options.endpoints[event->node];
    roam_watchdog_options options;
    roam_watchdog_options_default(&options);
    options.threshold_ns = event->watchdog.threshold_ns;
    options.sample_ns = event->watchdog.sample_ns;
    options.silence_ns = event->watchdog.silence_ns;
    options.strikes = event->watchdog.strikes;
    options.migrate = options_of(self, event);
    options.resolve = on_resolve;
    options.called = on_called;
    int status = endpoint_watch(node, &options, now_ns);
    if (status)
        return refused(self, event, "roam_watchdog_new", status);
    endpoint_step(node, now_ns);
    return RUN_ERROR_NONE;
}
