/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/link_schedule.h"

#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { STEPS_MAX = 100 };

/* One ramp or trace. Kept after its end, to be used again. */
typedef struct link_schedule {
    link_schedules *owner;
    n3_timer *timer;
    uint32_t node;
    uint32_t network;
    uint32_t changes_up; /* what it still changes; nothing both ways: it is over */
    uint32_t changes_down;
    uint64_t begun_ns;           /* of a trace: of its latest round */
    const scenario_trace *trace; /* NULL: a ramp */
    uint64_t done;               /* rows of a trace, steps of a ramp */
    uint64_t steps;
    uint64_t over_ns;
    scenario_link from_up;
    scenario_link from_down;
    scenario_link to;
    struct link_schedule *next;
} link_schedule;

struct link_schedules {
    link_schedules_options options;
    link_schedule *first;
};

link_schedules *link_schedules_new(const link_schedules_options *options)
{
    link_schedules *const self = calloc(1, sizeof *self);
    if (self)
        self->options = *options;
    return self;
}

void link_schedules_free(link_schedules *self)
{
    if (!self)
        return;
    for (link_schedule *each = self->first, *next; each; each = next) {
        next = each->next;
        n3_timer_free(each->timer);
        free(each);
    }
    free(self);
}

static bool is_over(const link_schedule *self)
{
    return (self->changes_up | self->changes_down) == 0;
}

/* ---- steps ---- */

static int apply(const link_schedule *self, scenario_direction direction, uint32_t changes,
                 const scenario_link *link)
{
    const link_schedules_options *const options = &self->owner->options;
    if (changes == 0)
        return RUN_ERROR_NONE;
    return options->apply(options->ctx, self->node, self->network, direction, changes, link);
}

/* Both directions at once in what is equal: a p2p link cannot have two delays, not even for an instant. */
static int apply_both(const link_schedule *self, const scenario_link *up, const scenario_link *down)
{
    const uint32_t both = self->changes_up & self->changes_down & scenario_link_equal(up, down);
    int status = apply(self, SCENARIO_BOTH, both, up);
    if (!status)
        status = apply(self, SCENARIO_UP, self->changes_up & ~both, up);
    return status ? status : apply(self, SCENARIO_DOWN, self->changes_down & ~both, down);
}

/* Exact, also where the difference times the step would not fit 64 bits: both are below 2^43 and 2^7. */
static uint64_t between(uint64_t from, uint64_t to, uint64_t step, uint64_t steps)
{
    return from < to ? from + (to - from) * step / steps : from - (from - to) * step / steps;
}

/* A value that is no quantity cannot be approached in steps: it is set at the end. */
static scenario_link at_step(const link_schedule *self, const scenario_link *from)
{
    const bool last = self->done == self->steps;
    scenario_link at = {0};
    for (size_t i = 0; i < LINK_FIELD_COUNT; i++) {
        const link_field *const field = &LINK_FIELD[i];
        if (!field->ramps)
            continue;
        const uint64_t begin = link_field_get(field, from);
        const uint64_t end = link_field_get(field, &self->to);
        const bool jumps = field->at_zero && (begin == 0 || end == 0);
        link_field_set(field, &at,
                       !jumps ? between(begin, end, self->done, self->steps)
                       : last ? end
                              : begin);
    }
    return at;
}

static void step_ramp(link_schedule *self)
{
    self->done++;
    const scenario_link up = at_step(self, &self->from_up);
    const scenario_link down = at_step(self, &self->from_down);
    if (apply_both(self, &up, &down))
        return; /* the run_error has it */
    if (self->done == self->steps)
        self->changes_up = self->changes_down = 0;
    else
        n3_timer_set(self->timer, self->begun_ns + self->over_ns * (self->done + 1) / self->steps);
}

/* With repeat, the last row's time is when the first one's comes again. */
static void follow_trace(link_schedule *self)
{
    const scenario_trace *const trace = self->trace;
    if (self->done == trace->count && trace->repeat) {
        self->begun_ns += trace->rows[trace->count - 1].at_ns - trace->rows[0].at_ns;
        self->done = 1;
    }
    if (self->done == trace->count)
        self->changes_up = self->changes_down = 0;
    else
        n3_timer_set(self->timer, self->begun_ns + trace->rows[self->done].at_ns);
}

static void step_trace(link_schedule *self)
{
    const scenario_trace *const trace = self->trace;
    const bool again = trace->repeat && self->done + 1 == trace->count;
    const scenario_trace_row *const row = &trace->rows[again ? 0 : self->done];
    self->done++;
    link_schedule limited = *self;
    limited.changes_up &= row->changes;
    limited.changes_down &= row->changes;
    if (!apply_both(&limited, &row->link, &row->link))
        follow_trace(self);
}

static void on_timer(void *user, uint64_t now_ns)
{
    link_schedule *const self = user;
    (void)now_ns;
    if (is_over(self))
        return;
    if (self->trace)
        step_trace(self);
    else
        step_ramp(self);
}

/* ---- beginnings and ends ---- */

static void interrupt(const link_schedules *self, const scenario_event *event, uint32_t changes)
{
    for (link_schedule *each = self->first; each; each = each->next) {
        const bool same =
            each->network == event->network && (each->node == event->node || event->node == SCENARIO_NONE);
        if (same && event->direction != SCENARIO_DOWN)
            each->changes_up &= ~changes;
        if (same && event->direction != SCENARIO_UP)
            each->changes_down &= ~changes;
    }
}

void link_schedules_interrupt(const link_schedules *self, const scenario_event *event)
{
    interrupt(self, event, scenario_event_set(event)->changes);
}

static link_schedule *find_idle(link_schedules *self)
{
    for (link_schedule *each = self->first; each; each = each->next)
        if (is_over(each))
            return each;
    link_schedule *const added = calloc(1, sizeof *added);
    if (!added)
        return NULL;
    if (n3_timer_new(self->options.n3, on_timer, added, &added->timer)) {
        free(added);
        return NULL;
    }
    added->next = self->first;
    self->first = added;
    return added;
}

static link_schedule *begin(link_schedules *self, const scenario_event *event, uint32_t changes,
                            uint64_t now_ns)
{
    interrupt(self, event, changes);
    link_schedule *const begun = find_idle(self);
    if (!begun) {
        (void)run_error_set(self->options.error, RUN_ERROR_MEMORY, "out of memory");
        return NULL;
    }
    *begun = (link_schedule){.owner = self,
                             .timer = begun->timer,
                             .next = begun->next,
                             .node = event->node,
                             .network = event->network,
                             .begun_ns = now_ns,
                             .changes_up = event->direction == SCENARIO_DOWN ? 0 : changes,
                             .changes_down = event->direction == SCENARIO_UP ? 0 : changes};
    return begun;
}

int link_schedules_ramp(link_schedules *self, const scenario_event *event, const scenario_link *up,
                        const scenario_link *down, uint64_t now_ns)
{
    const scenario_set *const set = scenario_event_set(event);
    link_schedule *const ramp = begin(self, event, set->changes, now_ns);
    if (!ramp)
        return RUN_ERROR_MEMORY;
    ramp->from_up = *up;
    ramp->from_down = *down;
    ramp->to = set->link;
    ramp->over_ns = set->over_ns;
    ramp->steps = set->over_ns / MS < STEPS_MAX ? set->over_ns / MS : STEPS_MAX;
    ramp->steps = ramp->steps ? ramp->steps : 1;
    n3_timer_set(ramp->timer, now_ns + ramp->over_ns / ramp->steps);
    return RUN_ERROR_NONE;
}

int link_schedules_trace(link_schedules *self, const scenario_event *event, uint64_t now_ns)
{
    const scenario_trace *const from = scenario_event_trace(event);
    link_schedule *const trace = begin(self, event, from->changes, now_ns);
    if (!trace)
        return RUN_ERROR_MEMORY;
    trace->trace = from;
    n3_timer_set(trace->timer, now_ns + from->rows[0].at_ns);
    return RUN_ERROR_NONE;
}
