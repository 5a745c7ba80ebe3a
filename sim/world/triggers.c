/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/triggers.h"

#include "sim/world/trigger_calls.h"
#include "sim/world/trigger_packets.h"

#include <stdlib.h>
#include <string.h>

/* One entry. */
typedef struct trigger {
    const scenario_after *after;
    uint64_t left;       /* times that the instant has yet to come, 0: it is started */
    uint64_t started_ns; /* of meaning once it is started */
    uint32_t next;       /* of its events */
    n3_timer *timer;
    triggers *owner;
    struct trigger *next_waiting; /* in the file's order */
} trigger;

struct triggers {
    triggers_options options;
    trigger *items;
    trigger **waiting; /* by node, at whose host or endpoint the instant is; the last: for migrations */
    trigger_packets *packets;
    trigger_calls *calls;
};

/* ---- an entry that is started ---- */

static const scenario_event *next_of(const trigger *self)
{
    const scenario *const whole = self->owner->options.scenario;
    return self->next < self->after->count ? &whole->events[self->after->first + self->next] : NULL;
}

/* Nothing of the timeline begins at the scenario's duration or after it. */
static void set_timer(const trigger *self)
{
    const scenario_event *const event = next_of(self);
    const uint64_t left_ns = self->owner->options.scenario->duration_ns - self->started_ns;
    n3_timer_set(self->timer, event && event->at_ns < left_ns ? self->started_ns + event->at_ns : N3_NEVER);
}

static void on_timer(void *user, uint64_t now_ns)
{
    trigger *const self = user;
    const triggers_options *const options = &self->owner->options;
    const scenario_event *event;
    while (!options->error->code && (event = next_of(self)) && self->started_ns + event->at_ns <= now_ns) {
        self->next++;
        options->take(options->ctx, event, now_ns);
    }
    set_timer(self);
}

static void start(trigger *self, uint64_t now_ns)
{
    const triggers_options *const options = &self->owner->options;
    if (now_ns >= options->scenario->duration_ns)
        return;
    if (n3_timer_new(options->n3, on_timer, self, &self->timer)) {
        (void)run_error_set(options->error, RUN_ERROR_MEMORY, "triggers: out of memory");
        return;
    }
    self->started_ns = now_ns;
    set_timer(self);
}

/* ---- instants ---- */

static bool is_it(const trigger *self, const trigger_instant *now)
{
    const scenario_after *const after = self->after;
    return after->kind == now->kind && after->what == now->what &&
           (after->node == SCENARIO_NONE || after->node == now->node) &&
           (after->other == SCENARIO_NONE || after->other == now->other) &&
           (after->kind != SCENARIO_AFTER_FRAME || after->direction == now->direction) &&
           (after->kind != SCENARIO_AFTER_MIGRATION || strcmp(after->label, now->label) == 0);
}

/* The list in which those stand that wait for it. */
static trigger **list_of(triggers *self, scenario_after_kind kind, scenario_direction direction,
                         uint32_t node, uint32_t other)
{
    if (kind == SCENARIO_AFTER_MIGRATION)
        return &self->waiting[self->options.scenario->node_count];
    return &self->waiting[direction == SCENARIO_DOWN ? other : node];
}

/* Started entries leave the list. */
static void on_instant(void *ctx, const trigger_instant *now, uint64_t now_ns)
{
    triggers *const self = ctx;
    if (now->direction == SCENARIO_DOWN && now->other == SCENARIO_NONE)
        return;
    trigger **at = list_of(self, now->kind, now->direction, now->node, now->other);
    while (*at) {
        trigger *const one = *at;
        if (is_it(one, now) && --one->left == 0) {
            *at = one->next_waiting;
            start(one, now_ns);
        } else {
            at = &one->next_waiting;
        }
    }
}

static void on_core_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    static const struct row {
        roam_event_kind kind;
        scenario_instant instant;
    } ROWS[] = {{ROAM_EVENT_PEER_UP, SCENARIO_INSTANT_PEER_UP},
                {ROAM_EVENT_PEER_DOWN, SCENARIO_INSTANT_PEER_DOWN},
                {ROAM_EVENT_PATH_CHANGED, SCENARIO_INSTANT_PATH_CHANGED},
                {ROAM_EVENT_LEFT, SCENARIO_INSTANT_LEFT},
                {ROAM_EVENT_REBOUND, SCENARIO_INSTANT_REBOUND},
                {ROAM_EVENT_CHANNEL_UP, SCENARIO_INSTANT_CHANNEL_UP},
                {ROAM_EVENT_CHANNEL_DOWN, SCENARIO_INSTANT_CHANNEL_DOWN}};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        const trigger_instant seen = {
            .kind = SCENARIO_AFTER_HAPPENS, .what = ROWS[i].instant, .node = node, .other = other};
        if (ROWS[i].kind == event->kind)
            on_instant(ctx, &seen, now_ns);
    }
}

static void on_refused(void *ctx, const observer_refused *refused, uint64_t now_ns)
{
    const trigger_instant seen = {.kind = SCENARIO_AFTER_HAPPENS,
                                  .what = SCENARIO_INSTANT_REFUSED,
                                  .node = refused->node,
                                  .other = refused->to};
    if (refused->node != SCENARIO_NONE)
        on_instant(ctx, &seen, now_ns);
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    const triggers *const self = ctx;
    trigger_packets_packet(self->packets, packet, now_ns);
}

static void on_dial(void *ctx, uint32_t node, uint32_t to, uint64_t now_ns)
{
    const triggers *const self = ctx;
    trigger_packets_dial(self->packets, node, to, now_ns);
}

static void on_migrate_called(void *ctx, const observer_migrate *migrate, uint64_t now_ns)
{
    const triggers *const self = ctx;
    if (!trigger_calls_called(self->calls, migrate, now_ns))
        (void)run_error_set(self->options.error, RUN_ERROR_MEMORY, "triggers: out of memory");
}

static void on_migrate_done(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    const triggers *const self = ctx;
    trigger_calls_done(self->calls, call, record, now_ns);
}

static void on_migrate_dropped(void *ctx, uint32_t call, uint64_t now_ns)
{
    const triggers *const self = ctx;
    (void)now_ns;
    trigger_calls_dropped(self->calls, call);
}

static void on_reconnect(void *ctx, const observer_reconnect *told, uint64_t now_ns)
{
    const triggers *const self = ctx;
    trigger_calls_reconnect(self->calls, told, now_ns);
}

/* Packets are inspected only where an entry waits for what they show. */
static bool is_of_packets(const scenario_after *after)
{
    return after->kind == SCENARIO_AFTER_FRAME ||
           (after->kind == SCENARIO_AFTER_HAPPENS && after->what <= SCENARIO_INSTANT_HANDSHAKE_CONFIRMED) ||
           (after->kind == SCENARIO_AFTER_MIGRATION &&
            (after->what == SCENARIO_STAGE_CHALLENGED || after->what == SCENARIO_STAGE_VALIDATED));
}

observer triggers_observer(triggers *self)
{
    const scenario *const whole = self->options.scenario;
    bool packets = false;
    for (size_t i = 0; i < whole->after_count; i++)
        packets = packets || is_of_packets(whole->afters[i]);
    return (observer){.ctx = self,
                      .frames = packets,
                      .packet = packets ? on_packet : NULL,
                      .dial = on_dial,
                      .core_event = on_core_event,
                      .refused = on_refused,
                      .migrate_called = on_migrate_called,
                      .migrate_done = on_migrate_done,
                      .migrate_dropped = on_migrate_dropped,
                      .reconnect = on_reconnect};
}

/* ---- beginning and end ---- */

static void wait_for_all(triggers *self)
{
    const scenario *const whole = self->options.scenario;
    for (size_t i = whole->after_count; i-- > 0;) {
        const scenario_after *const after = whole->afters[i];
        trigger **const list =
            list_of(self, after->kind, after->kind == SCENARIO_AFTER_FRAME ? after->direction : SCENARIO_UP,
                    after->node, after->other);
        self->items[i] = (trigger){.after = after, .left = after->nth, .owner = self, .next_waiting = *list};
        *list = &self->items[i];
    }
}

int triggers_new(const triggers_options *options, triggers **out)
{
    const scenario *const whole = options->scenario;
    if (whole->after_count == 0)
        return RUN_ERROR_NONE;
    triggers *const self = calloc(1, sizeof *self);
    if (!self)
        return run_error_set(options->error, RUN_ERROR_MEMORY, "triggers: out of memory");
    self->options = *options;
    self->items = calloc(whole->after_count, sizeof *self->items);
    self->waiting = calloc(whole->node_count + 1, sizeof(trigger *));
    const trigger_sink sink = {.see = on_instant, .ctx = self};
    self->calls = trigger_calls_new(&sink);
    const trigger_packets_options packets = {.scenario = whole,
                                             .endpoints = options->endpoints,
                                             .calls = self->calls,
                                             .error = options->error,
                                             .sink = sink};
    self->packets = trigger_packets_new(&packets);
    if (!self->items || !self->waiting || !self->calls || !self->packets) {
        triggers_free(self);
        return run_error_set(options->error, RUN_ERROR_MEMORY, "triggers: out of memory");
    }
    wait_for_all(self);
    *out = self;
    return RUN_ERROR_NONE;
}

void triggers_free(triggers *self)
{
    if (!self)
        return;
    for (size_t i = 0; self->items && i < self->options.scenario->after_count; i++)
        n3_timer_free(self->items[i].timer);
    trigger_packets_free(self->packets);
    trigger_calls_free(self->calls);
    free(self->items);
    free(self->waiting);
    free(self);
}
