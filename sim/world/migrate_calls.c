/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/migrate_calls.h"

#include "sim/world/world.h"

#include <stdlib.h>

/* Made before the core is asked, which gets it as done_data; kept until the end, so that a second result
 * shows. */
typedef struct call {
    migrate_calls *owner;
    const scenario_event *event;
    uint32_t to;
    roam_addr local;     /* asked for */
    const char *trigger; /* as it is reported */
    bool told;           /* the core has taken it, and it has a number */
    bool over;           /* the result is there, or will not come */
    uint32_t number;
    struct call *next; /* of those of one node */
} call;

/* A watchdog; the core gets it as done_data until a call is made. */
typedef struct watch {
    migrate_calls *owner;
    const scenario_event *event;
    struct watch *next;
} watch;

/* The calls of a node, in the order in which they were made. */
typedef struct call_list {
    call *first, *last;
} call_list;

struct migrate_calls {
    migrate_calls_options options;
    call_list *calls; /* by node */
    watch *watches;
    uint32_t count; /* of calls that were reported */
};

migrate_calls *migrate_calls_new(const migrate_calls_options *options)
{
    migrate_calls *const self = calloc(1, sizeof *self);
    call_list *const calls = calloc(options->scenario->node_count + 1, sizeof *calls);
    if (!self || !calls) {
        free(self);
        free(calls);
        return NULL;
    }
    *self = (migrate_calls){.options = *options, .calls = calls};
    return self;
}

void migrate_calls_free(migrate_calls *self)
{
    if (!self)
        return;
    for (uint32_t node = 0; node < self->options.scenario->node_count; node++) {
        for (call *at = self->calls[node].first, *next; at; at = next) {
            next = at->next;
            free(at);
        }
    }
    for (watch *at = self->watches, *next; at; at = next) {
        next = at->next;
        free(at);
    }
    free(self->calls);
    free(self);
}

/* ---- calls and results ---- */

/* NULL: out of memory, and the run_error has it. */
static call *call_new(migrate_calls *self, const scenario_event *event, uint32_t to)
{
    call_list *const of = &self->calls[event->node];
    call *const made = calloc(1, sizeof *made);
    if (!made) {
        run_error_set(self->options.error, RUN_ERROR_MEMORY, "migrations: out of memory");
        return NULL;
    }
    *made = (call){.owner = self, .event = event, .to = to};
    if (of->last)
        of->last->next = made;
    else
        of->first = made;
    of->last = made;
    return made;
}

/* The core has taken it. */
static void tell(call *taken, uint64_t now_ns)
{
    migrate_calls *const self = taken->owner;
    taken->told = true;
    taken->number = self->count++;
    const observer_migrate called = {.call = taken->number,
                                     .event = taken->event,
                                     .trigger = taken->trigger,
                                     .to = taken->to,
                                     .local = taken->local};
    observer_set_migrate_called(self->options.observers, &called, now_ns);
}

/* done_data NULL: there was no memory for the call, and the run ends. */
static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    call *const done = done_data;
    (void)peer;
    if (!done)
        return;
    migrate_calls *const self = done->owner;
    if (!done->told || done->over) {
        run_error_set(self->options.error, RUN_ERROR_CORE, "%s: a result came for no migration",
                      self->options.scenario->nodes[done->event->node].name);
        return;
    }
    done->over = true;
    observer_set_migrate_done(self->options.observers, done->number, record, now_ns);
}

void migrate_calls_drop(migrate_calls *self, uint32_t node, uint64_t now_ns)
{
    for (call *at = self->calls[node].first; at; at = at->next) {
        if (at->told && !at->over)
            observer_set_migrate_dropped(self->options.observers, at->number, now_ns);
        at->over = true;
    }
}

/* ---- the verbs ---- */

/* Where the connection with `to` is to go, as things are now. Port 0: a new socket, even where the address
 * stays. */
static roam_addr target_of(const migrate_calls *self, const scenario_event *event, uint32_t to)
{
    const endpoint *const from = self->options.endpoints[event->node];
    const host *const own = endpoint_host(self->options.endpoints[event->node]);
    roam_addr target = {.family = ROAM_FAMILY_NONE};
    roam_path_stats stats;
    if (event->network != SCENARIO_NONE) {
        const network *const there = &self->options.networks[event->network];
        /* An address that the host does not have: the core is to refuse it. */
        if (!host_address(own, there, &target))
            target = network_vacant_address(there);
    } else if (event->verb == SCENARIO_MIGRATE && to != SCENARIO_NONE &&
               endpoint_path_stats(from, to, &stats) && host_has(own, &stats.local)) {
        target = stats.local;
    }
    target.port = 0;
    return target;
}

/* The other end's address of the family of the local one, where that differs from the family in use.
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
    const host *const other = endpoint_host(self->options.endpoints[to]);
    for (size_t i = 0; i < self->options.scenario->network_count; i++) {
        if (!host_address(other, &self->options.networks[i], &address) || address.family != family)
            continue;
        address.port = stats.remote.port;
        return address;
    }
    return same;
}

static void resolve(const migrate_calls *self, const scenario_event *event, uint32_t to,
                    roam_migrate_options *options)
{
    options->local = target_of(self, event, to);
    options->remote = remote_of(self, event, to, options->local.family);
}

/* All but target, trigger and done_data. */
static void set_options(const scenario_event *event, roam_migrate_options *options)
{
    const scenario_call *const asked = scenario_event_call(event);
    options->timeout_ns = asked->timeout_ns;
    options->mode = asked->mode == SCENARIO_FOLLOW_FIRST ? ROAM_FOLLOW_FIRST : ROAM_VALIDATE_FIRST;
    options->done = on_done;
}

static int refused(const migrate_calls *self, const scenario_event *event, const char *what, int status)
{
    return refusal_or_error(self->options.error, self->options.scenario->nodes[event->node].name, what,
                            status);
}

/* The call is to be made with these options. */
static void ask(call *made, roam_migrate_options *options)
{
    made->local = options->local;
    made->trigger = options->trigger;
    options->done_data = made;
}

static int call_one(call *made, roam_migrate_options *options, uint64_t now_ns)
{
    const migrate_calls *const self = made->owner;
    ask(made, options);
    return endpoint_migrate(self->options.endpoints[made->event->node], made->to, options, now_ns);
}

/* Numbered in the order of the nodes, called in the order of the node's peer ids. */
static int call_all(migrate_calls *self, const scenario_event *event, roam_migrate_options *options,
                    uint64_t now_ns)
{
    const size_t node_count = self->options.scenario->node_count;
    endpoint *const from = self->options.endpoints[event->node];
    call **const made = calloc(node_count, sizeof *made); /* by node at the other end */
    int status = made ? 0 : ROAM_ERR_NO_MEMORY;
    for (uint32_t to = 0; !status && to < node_count; to++) {
        if (!endpoint_is_up(from, to))
            continue;
        made[to] = call_new(self, event, to);
        status = made[to] ? 0 : ROAM_ERR_NO_MEMORY;
    }
    roam_peer_id at = {0};
    for (uint32_t to = endpoint_next_up(from, &at); !status && to != SCENARIO_NONE;
         to = endpoint_next_up(from, &at))
        status = call_one(made[to], options, now_ns);
    for (uint32_t to = 0; !status && to < node_count; to++)
        if (made[to])
            tell(made[to], now_ns);
    free(made);
    return status;
}

int migrate_calls_call(migrate_calls *self, const scenario_event *event, uint64_t now_ns)
{
    endpoint *const from = self->options.endpoints[event->node];
    roam_migrate_options options;
    int status = ROAM_ERR_NO_MEMORY;
    roam_migrate_options_default(&options);
    set_options(event, &options);
    options.trigger = "timeline";
    resolve(self, event, event->to, &options);
    if (event->to == SCENARIO_NONE) {
        status = call_all(self, event, &options, now_ns);
    } else {
        call *const made = call_new(self, event, event->to);
        if (made)
            status = call_one(made, &options, now_ns);
        if (!status)
            tell(made, now_ns);
    }
    if (status)
        return refused(self, event, "roam_migrate", status);
    endpoint_step(from, now_ns);
    return RUN_ERROR_NONE;
}

/* A watchdog is about to call. */
static void on_resolve(void *done_data, roam_peer_id peer, roam_migrate_options *options)
{
    const watch *const from = done_data;
    const uint32_t to = endpoint_other(from->owner->options.endpoints[from->event->node], peer);
    resolve(from->owner, from->event, to, options);
    call *const made = call_new(from->owner, from->event, to);
    if (made)
        ask(made, options);
    else
        options->done_data = NULL;
}

static void on_called(void *done_data, roam_peer_id peer, uint64_t now_ns)
{
    (void)peer;
    if (done_data)
        tell(done_data, now_ns);
}

int migrate_calls_watch(migrate_calls *self, const scenario_event *event, uint64_t now_ns)
{
    const scenario_watchdog *const watchdog = scenario_event_watchdog(event);
    endpoint *const node = self->options.endpoints[event->node];
    roam_watchdog_options options;
    watch *const made = calloc(1, sizeof *made);
    if (!made)
        return refused(self, event, "roam_watchdog_new", ROAM_ERR_NO_MEMORY);
    *made = (watch){.owner = self, .event = event, .next = self->watches};
    self->watches = made;
    roam_watchdog_options_default(&options);
    options.threshold_ns = watchdog->threshold_ns;
    options.sample_ns = watchdog->sample_ns;
    options.silence_ns = watchdog->silence_ns;
    options.strikes = watchdog->strikes;
    set_options(event, &options.migrate);
    options.migrate.done_data = made;
    options.resolve = on_resolve;
    options.called = on_called;
    const int status = endpoint_watch(node, &options, now_ns);
    if (status)
        return refused(self, event, "roam_watchdog_new", status);
    endpoint_step(node, now_ns);
    return RUN_ERROR_NONE;
}
