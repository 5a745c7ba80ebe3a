/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/plot/timeline_subject.h"

#include "tools/cli/command.h"

#include <math.h>
#include <string.h>

double timeline_seconds(const json_t *object, const char *key)
{
    const json_t *const value = json_object_get(object, key);
    return json_is_integer(value) ? (double)json_integer_value(value) / 1e9 : NAN;
}

const char *timeline_text(const json_t *object, const char *key)
{
    const char *const text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const json_t *find_migration(const json_t *summary, const char *label)
{
    const json_t *const all = json_object_get(summary, "migrations");
    const json_t *first = NULL;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const json_t *const at = json_array_get(all, i);
        if (label && strcmp(timeline_text(at, "label"), label) != 0)
            continue;
        first = first ? first : at;
        if (strcmp(timeline_text(at, "result"), "ok") == 0)
            return at;
    }
    return first;
}

/* number: from 1; 0: the first that was validated. */
static const json_t *find_rebind(const json_t *summary, size_t number)
{
    const json_t *const all = json_object_get(summary, "rebinds");
    if (number > 0)
        return json_array_get(all, number - 1);
    for (size_t i = 0; i < json_array_size(all); i++)
        if (json_is_true(json_object_get(json_array_get(all, i), "validated")))
            return json_array_get(all, i);
    return json_array_get(all, 0);
}

static timeline_subject of_migration(const json_t *record)
{
    const double validated = timeline_seconds(record, "validated_ns");
    return (timeline_subject){.record = record,
                              .node = timeline_text(record, "node"),
                              .peer = timeline_text(record, "to"),
                              .started_s = timeline_seconds(record, "requested_ns"),
                              .validated_s = validated,
                              .finished_s = timeline_seconds(record, "finished_ns"),
                              .new_path_s = validated};
}

/* The endpoint sends to the new address as soon as a packet came from there (RFC 9000 section 9.3). */
static timeline_subject of_rebind(const json_t *record)
{
    const double noticed = timeline_seconds(record, "noticed_ns");
    const double finished = timeline_seconds(record, "finished_ns");
    const bool validated = json_is_true(json_object_get(record, "validated"));
    return (timeline_subject){.record = record,
                              .rebind = true,
                              .node = timeline_text(record, "node"),
                              .peer = timeline_text(record, "peer"),
                              .started_s = noticed,
                              .validated_s = validated ? finished : NAN,
                              .finished_s = finished,
                              .new_path_s = noticed};
}

int timeline_find_subject(const json_t *summary, const plot_options *options, timeline_subject *subject,
                          char *message)
{
    const json_t *const migration = options->rebind ? NULL : find_migration(summary, options->label);
    const json_t *const rebind = options->label ? NULL : find_rebind(summary, options->rebind);
    message[0] = '\0';
    if (migration || rebind)
        *subject = migration ? of_migration(migration) : of_rebind(rebind);
    else if (options->label)
        (void)snprintf(message, PLOT_MESSAGE_MAX, "%s: no migration is labelled '%s'", options->run,
                       options->label);
    else if (options->rebind)
        (void)snprintf(message, PLOT_MESSAGE_MAX, "%s: the run has %zu rebindings, and no number %zu",
                       options->run, json_array_size(json_object_get(summary, "rebinds")), options->rebind);
    else
        (void)snprintf(message, PLOT_MESSAGE_MAX, "%s: the run has no migration and no rebinding",
                       options->run);
    return message[0] ? COMMAND_USAGE : COMMAND_OK;
}

void timeline_rebind_events(const timeline_subject *subject,
                            void (*take)(void *ctx, double at_s, const char *text), void *ctx)
{
    static const struct {
        const char *parts[2]; /* that have passed by then, since the event before */
        const char *text;
    } EVENTS[] = {{{"other_ns", NULL}, "challenge sent"},
                  {{"unanswered_ns", NULL}, "challenge sent that is answered"},
                  {{"queue_ns", "to_peer_ns"}, "challenge received"},
                  {{"at_peer_ns", NULL}, "response sent"},
                  {{"back_ns", NULL}, "response received"}};
    const json_t *const parts = json_object_get(subject->record, "parts");
    json_int_t at_ns = json_integer_value(json_object_get(subject->record, "noticed_ns"));
    take(ctx, subject->started_s, "first packet from the new address");
    for (size_t i = 0; json_is_object(parts) && i < sizeof EVENTS / sizeof *EVENTS; i++) {
        json_int_t passed_ns = 0;
        for (size_t p = 0; p < 2 && EVENTS[i].parts[p]; p++)
            passed_ns += json_integer_value(json_object_get(parts, EVENTS[i].parts[p]));
        at_ns += passed_ns;
        if (i != 1 || passed_ns > 0)
            take(ctx, (double)at_ns / 1e9, EVENTS[i].text);
    }
    if (!isnan(subject->validated_s))
        take(ctx, subject->validated_s, "new address validated");
}

void timeline_title(const timeline_subject *subject, const char *scenario, const char *from,
                    char title[PLOT_TEXT_MAX])
{
    if (subject->rebind)
        (void)snprintf(title, PLOT_TEXT_MAX, "%.100s, seen by %.100s: %.60s -> %.60s, in %.100s",
                       subject->peer, subject->node, timeline_text(subject->record, "old_remote"),
                       timeline_text(subject->record, "new_remote"), scenario);
    else
        (void)snprintf(title, PLOT_TEXT_MAX, "%.100s: %.100s%s-> %.100s, in %.100s", subject->node, from,
                       from[0] ? " " : "", timeline_text(subject->record, "network"), scenario);
}
