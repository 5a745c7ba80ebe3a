/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/trigger_calls.h"

#include <stdlib.h>
#include <string.h>

enum { CHALLENGES_MAX = 16, DATA_BYTES = 8 };

/* A migration without a result. */
typedef struct call {
    uint32_t number;
    uint32_t to;
    const scenario_event *event;
    roam_addr local; /* asked for; ROAM_FAMILY_NONE: any */
    bool validated;
    uint32_t challenges;                      /* that have left; of the last ones the data are known */
    uint8_t data[CHALLENGES_MAX][DATA_BYTES]; /* by number modulo CHALLENGES_MAX */
    struct call *next;
} call;

struct trigger_calls {
    trigger_sink sink;
    call *open; /* the latest first */
};

trigger_calls *trigger_calls_new(const trigger_sink *sink)
{
    trigger_calls *const self = calloc(1, sizeof *self);
    if (self)
        self->sink = *sink;
    return self;
}

void trigger_calls_free(trigger_calls *self)
{
    if (!self)
        return;
    for (call *at = self->open, *next; at; at = next) {
        next = at->next;
        free(at);
    }
    free(self);
}

static void see(const trigger_calls *self, const scenario_event *event, uint32_t to, scenario_stage stage,
                uint64_t now_ns)
{
    const trigger_instant seen = {.kind = SCENARIO_AFTER_MIGRATION,
                                  .what = stage,
                                  .node = event->node,
                                  .other = to,
                                  .label = scenario_event_call(event)->label};
    trigger_sink_see(&self->sink, &seen, now_ns);
}

bool trigger_calls_called(trigger_calls *self, const observer_migrate *migrate, uint64_t now_ns)
{
    if (!scenario_event_call(migrate->event)->label)
        return true;
    call *const made = calloc(1, sizeof *made);
    if (!made)
        return false;
    *made = (call){.number = migrate->call,
                   .to = migrate->to,
                   .event = migrate->event,
                   .local = migrate->local,
                   .next = self->open};
    self->open = made;
    see(self, made->event, made->to, SCENARIO_STAGE_CALLED, now_ns);
    return true;
}

/* Out of the list, and the caller's to free. NULL: it has no label. */
static call *take(trigger_calls *self, uint32_t number)
{
    call **at = &self->open;
    while (*at && (*at)->number != number)
        at = &(*at)->next;
    call *const found = *at;
    if (found)
        *at = found->next;
    return found;
}

void trigger_calls_done(trigger_calls *self, uint32_t number, const roam_migration_record *record,
                        uint64_t now_ns)
{
    call *const done = take(self, number);
    if (done)
        see(self, done->event, done->to,
            record->result == ROAM_OK ? SCENARIO_STAGE_COMMITTED : SCENARIO_STAGE_FAILED, now_ns);
    free(done);
}

void trigger_calls_dropped(trigger_calls *self, uint32_t number)
{
    free(take(self, number));
}

void trigger_calls_reconnect(const trigger_calls *self, const observer_reconnect *told, uint64_t now_ns)
{
    const bool called = told->kind == OBSERVER_RECONNECT_CALLED;
    if ((!called && told->kind != OBSERVER_RECONNECT_DONE) || !scenario_event_call(told->event)->label)
        return;
    see(self, told->event, told->to,
        called                    ? SCENARIO_STAGE_CALLED
        : told->result == ROAM_OK ? SCENARIO_STAGE_COMMITTED
                                  : SCENARIO_STAGE_FAILED,
        now_ns);
}

/* ---- packets ---- */

/* From the address that was asked for, where one was. */
static bool is_from(const call *self, const roam_addr *source)
{
    roam_addr asked = self->local;
    asked.port = source->port;
    return self->local.family == ROAM_FAMILY_NONE || roam_addr_equal(&asked, source);
}

static void challenge(const trigger_calls *self, call *of, const dissect_frame *frame, uint64_t now_ns)
{
    memcpy(of->data[of->challenges % CHALLENGES_MAX], frame->path_data, DATA_BYTES);
    if (of->challenges++ == 0)
        see(self, of->event, of->to, SCENARIO_STAGE_CHALLENGED, now_ns);
}

static void respond(const trigger_calls *self, call *of, const dissect_frame *frame, uint64_t now_ns)
{
    bool own = false;
    for (uint32_t i = 0; i < of->challenges && i < CHALLENGES_MAX; i++)
        own = own || memcmp(of->data[i], frame->path_data, DATA_BYTES) == 0;
    if (own && !of->validated) {
        of->validated = true;
        see(self, of->event, of->to, SCENARIO_STAGE_VALIDATED, now_ns);
    }
}

void trigger_calls_packet(const trigger_calls *self, const trigger_wire *wire, uint64_t now_ns)
{
    for (call *at = self->open; at; at = at->next) {
        if (at->event->node != wire->node || at->to != wire->other)
            continue;
        for (size_t i = 0; i < wire->packet->frame_count; i++) {
            const dissect_frame *const frame = &wire->packet->frames[i];
            if (wire->leaves && frame->type == DISSECT_PATH_CHALLENGE && is_from(at, wire->source))
                challenge(self, at, frame, now_ns);
            if (!wire->leaves && frame->type == DISSECT_PATH_RESPONSE)
                respond(self, at, frame, now_ns);
        }
    }
}
