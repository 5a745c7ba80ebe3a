/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which times are told: what was asked for, or those around what is of interest. */
#include "sim/scenario/units.h"
#include "tools/cli/options.h"
#include "tools/witness/explain_story.h"

#include <stdlib.h>
#include <string.h>

#define BEFORE_NS UINT64_C(50000000) /* told before what is of interest, and after it */
#define AFTER_NS UINT64_C(10000000)
#define CAUSE_NS UINT64_C(1000000000) /* an entry of the timeline so long before belongs to it */

typedef struct windows {
    const explain_run *run;
    const explain_section *section;
    explain_window *list;
    size_t count;
    bool memory;
} windows;

static void add(windows *self, uint64_t from_ns, uint64_t to_ns)
{
    if (!self->memory || !explain_grow((void **)&self->list, self->count, sizeof *self->list)) {
        self->memory = false;
        return;
    }
    self->list[self->count++] =
        (explain_window){from_ns < BEFORE_NS ? 0 : from_ns - BEFORE_NS,
                         to_ns > EXPLAIN_NEVER - AFTER_NS ? EXPLAIN_NEVER : to_ns + AFTER_NS};
}

static bool is_named(const explain_event *event, const char *name)
{
    return strcmp(event->name, name) == 0;
}

/* From the entry of the timeline that may have caused it. */
static uint64_t cause_of(const windows *self, uint64_t at_ns)
{
    for (size_t i = 0; i < self->run->event_count; i++) {
        const explain_event *const event = &self->run->events[i];
        if (event->at_ns <= at_ns && at_ns - event->at_ns <= CAUSE_NS && is_named(event, "timeline") &&
            explain_event_matters(self->run, self->section, event))
            return event->at_ns;
    }
    return at_ns;
}

/* What is asked of a node and has a result later: its events have its number under that key. */
static const struct {
    const char *verb;
    const char *requested;
    const char *number;
} CALLS[] = {{"migrate", "migration_requested", "call"}, {"reconnect", "reconnect_requested", "reconnect"}};
enum { CALL_KINDS = sizeof CALLS / sizeof *CALLS };

/* CALL_KINDS: it is no request. */
static size_t call_kind(const explain_event *event)
{
    size_t kind = 0;
    while (kind < CALL_KINDS && !is_named(event, CALLS[kind].requested))
        kind++;
    return kind;
}

/* A call, to the last that comes of it. */
static void add_call(windows *self, const explain_event *requested, const char *number)
{
    const uint64_t call = explain_count(requested->line, number, EXPLAIN_NEVER);
    uint64_t to_ns = requested->at_ns;
    for (size_t i = 0; i < self->run->event_count; i++) {
        const explain_event *const event = &self->run->events[i];
        if (explain_count(event->line, number, EXPLAIN_NEVER) == call)
            to_ns = event->at_ns > to_ns ? event->at_ns : to_ns;
    }
    add(self, cause_of(self, requested->at_ns), to_ns);
}

static void add_event(windows *self, const explain_event *event)
{
    const size_t kind = call_kind(event);
    if (kind < CALL_KINDS)
        add_call(self, event, CALLS[kind].number);
    else if (is_named(event, "rebound"))
        add(self, cause_of(self, explain_count(event->line, "noticed_ns", event->at_ns)), event->at_ns);
    else
        add(self, event->at_ns, event->at_ns);
}

/* Of the rules, those that an endpoint need not keep are told where something else is of interest. */
static bool is_broken(const explain_event *event)
{
    const char *const verdict = explain_text(event->line, "verdict");
    return is_named(event, EXPLAIN_RULE) && verdict && strcmp(verdict, "broken") == 0;
}

static bool is_of_interest(const explain_event *event)
{
    return call_kind(event) < CALL_KINDS || is_named(event, "rebound") || is_named(event, "peer_down") ||
           is_named(event, "nat_shuffled") || is_named(event, "nat_expired") ||
           is_named(event, "nat_restarted") || is_named(event, "nat_stale") || is_named(event, "refused") ||
           is_broken(event);
}

static void add_default(windows *self)
{
    for (size_t i = 0; i < self->run->event_count; i++) {
        const explain_event *const event = &self->run->events[i];
        if (is_of_interest(event) && explain_event_matters(self->run, self->section, event))
            add_event(self, event);
    }
}

/* ---- asked for ---- */

static bool answers(const explain_event *event, const char *name)
{
    const char *const label = explain_text(event->line, "as");
    const char *const verb = explain_text(event->line, "verb");
    const size_t kind = call_kind(event);
    bool is_call = false; /* which is told by its request */
    for (size_t i = 0; verb && i < CALL_KINDS; i++)
        is_call = is_call || strcmp(verb, CALLS[i].verb) == 0;
    if (is_named(event, "timeline"))
        return verb && strcmp(verb, name) == 0 && !is_call;
    return is_named(event, name) || (kind < CALL_KINDS && ((label && strcmp(label, name) == 0) ||
                                                           strcmp(name, CALLS[kind].verb) == 0));
}

/* Three names an event: its own, its label, its verb. */
static const char *next_name(const void *ctx, size_t index)
{
    static const char *const KEYS[] = {"event", "as", "verb"};
    const explain_run *const run = ctx;
    if (index / 3 >= run->event_count)
        return NULL;
    const char *const name = explain_text(run->events[index / 3].line, KEYS[index % 3]);
    return name ? name : "";
}

static bool add_around(windows *self, const char *name, char *message)
{
    char ignored[UNITS_MESSAGE_MAX];
    uint64_t at_ns;
    bool found = false;
    if (units_parse(UNITS_DURATION, name, 0, INT64_MAX, &at_ns, ignored) == UNITS_OK) {
        add(self, at_ns, at_ns + BEFORE_NS);
        return true;
    }
    for (size_t i = 0; i < self->run->event_count; i++) {
        const explain_event *const event = &self->run->events[i];
        if (!answers(event, name))
            continue;
        found = true;
        if (explain_event_matters(self->run, self->section, event))
            add_event(self, event);
    }
    if (found)
        return true;
    const char *const nearest = option_nearest(name, next_name, self->run);
    (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "--around: this run has no '%s'%s%s%s", name,
                   nearest && *nearest ? "; did you mean '"
                                       : ": neither a label nor a verb nor an event, and no time (9s)",
                   nearest && *nearest ? nearest : "", nearest && *nearest ? "'?" : "");
    return false;
}

static bool add_between(windows *self, const char *text, char *message)
{
    const char *const dots = strstr(text, "..");
    char reason[UNITS_MESSAGE_MAX];
    char first[64];
    explain_window window;
    if (dots && (size_t)(dots - text) < sizeof first) {
        (void)snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
        if (units_parse(UNITS_DURATION, first, 0, INT64_MAX, &window.from_ns, reason) == UNITS_OK &&
            units_parse(UNITS_DURATION, dots + 2, 0, INT64_MAX, &window.to_ns, reason) == UNITS_OK &&
            window.from_ns <= window.to_ns) {
            self->memory = explain_grow((void **)&self->list, self->count, sizeof *self->list);
            if (self->memory)
                self->list[self->count++] = window;
            return true;
        }
    }
    (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "--between: '%s' is no pair of times like 5s..5.5s", text);
    return false;
}

static int by_begin(const void *left, const void *right)
{
    const explain_window *const a = left;
    const explain_window *const b = right;
    return a->from_ns < b->from_ns ? -1 : a->from_ns > b->from_ns;
}

/* In order, those that overlap made one. */
static void merge(windows *self)
{
    size_t kept = 0;
    if (self->count > 0)
        qsort(self->list, self->count, sizeof *self->list, by_begin);
    for (size_t i = 0; i < self->count; i++) {
        const explain_window window = self->list[i];
        if (kept > 0 && window.from_ns <= self->list[kept - 1].to_ns) {
            if (window.to_ns > self->list[kept - 1].to_ns)
                self->list[kept - 1].to_ns = window.to_ns;
        } else
            self->list[kept++] = window;
    }
    self->count = kept;
}

bool explain_windows_make(const explain_run *run, const explain_section *section, const explain_wish *wish,
                          explain_window **out, size_t *count, char *message)
{
    windows self = {.run = run, .section = section, .memory = true};
    bool good = true;
    if (wish->between)
        good = add_between(&self, wish->between, message);
    if (good && wish->around)
        good = add_around(&self, wish->around, message);
    if (!wish->between && !wish->around)
        add_default(&self);
    if (good && !self.memory)
        (void)snprintf(message, EXPLAIN_MESSAGE_MAX, "out of memory");
    if (!good || !self.memory) {
        free(self.list);
        return false;
    }
    merge(&self);
    *out = self.list;
    *count = self.count;
    return true;
}
