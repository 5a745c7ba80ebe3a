/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What summary.json measured: migrations and rebinds with the parts of their validation, reconnects, outages,
 * flows with their longest gap. */
#include "tools/cli/parts.h"
#include "tools/trace/world.h"

#include <stdio.h>
#include <string.h>

static const json_t *list_of(const trace_world *world, const char *key)
{
    return json_object_get(world->run->summary, key);
}

static uint64_t time_of(const json_t *object, const char *key)
{
    return explain_count(object, key, EXPLAIN_NEVER);
}

static uint64_t later(uint64_t a, uint64_t b)
{
    if (a == EXPLAIN_NEVER || b == EXPLAIN_NEVER)
        return a == EXPLAIN_NEVER ? b : a;
    return a > b ? a : b;
}

static const char *text_or(const json_t *object, const char *key, const char *otherwise)
{
    const char *const text = explain_text(object, key);
    return text ? text : otherwise;
}

/* A validation, and in it its parts, which follow one another. */
static void tell_validation(const trace_world *world, uint32_t whole, trace_span span, const char *name,
                            const json_t *parts)
{
    const uint32_t validation = trace_part(world->document, whole, span, name, json_deep_copy(parts));
    uint64_t at_ns = span.from_ns;
    for (size_t i = 0; i < PARTS_COUNT && json_is_object(parts); i++) {
        const uint64_t part_ns = explain_count(parts, PARTS_NAMES[i].key, 0);
        if (part_ns > span.to_ns - at_ns)
            return;
        if (part_ns > 0)
            (void)trace_part(world->document, validation, (trace_span){at_ns, at_ns + part_ns},
                             PARTS_NAMES[i].words, NULL);
        at_ns += part_ns;
    }
}

/* ---- migrations ---- */

static void name_call(const json_t *item, const char *label, char name[TRACE_NAME_MAX])
{
    const char *const text = explain_text(item, label);
    if (text)
        (void)snprintf(name, TRACE_NAME_MAX, "migration %.200s", text);
    else
        (void)snprintf(name, TRACE_NAME_MAX, "migration, call %llu",
                       (unsigned long long)explain_count(item, "call", 0));
}

/* From the call until all of it is over: the result, the validation by the peer, data both ways. */
static void tell_migration(const trace_world *world, const json_t *item)
{
    static const char *const ENDS[] = {"finished_ns", "peer_validated_ns", "first_payload_up_ns",
                                       "first_payload_down_ns"};
    char name[TRACE_NAME_MAX];
    char validation[TRACE_NAME_MAX];
    const uint64_t requested_ns = time_of(item, "requested_ns");
    const uint64_t finished_ns = time_of(item, "finished_ns");
    uint64_t over_ns = finished_ns == EXPLAIN_NEVER ? world->end_ns : requested_ns;
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++)
        over_ns = later(over_ns, time_of(item, ENDS[i]));
    name_call(item, "label", name);
    const uint32_t whole =
        trace_slice(world->document,
                    trace_named_track(world, trace_node_of(world, item, "node"), TRACE_RANK_MIGRATIONS,
                                      "migrations to", explain_text(item, "to")),
                    (trace_span){requested_ns, over_ns}, name, json_deep_copy(item));
    const bool validated = time_of(item, "validated_ns") != EXPLAIN_NEVER;
    (void)snprintf(validation, sizeof validation, "validation%s%.100s", validated ? "" : ": ",
                   validated ? "" : text_or(item, "result", "the run ended"));
    const uint64_t end_ns = validated                      ? time_of(item, "validated_ns")
                            : finished_ns == EXPLAIN_NEVER ? world->end_ns
                                                           : finished_ns;
    if (requested_ns <= end_ns)
        tell_validation(world, whole, (trace_span){requested_ns, end_ns}, validation,
                        json_object_get(item, "parts"));
}

/* Of a run that was interrupted: what events.jsonl has. */
static void tell_call(const trace_world *world, const explain_event *call)
{
    const uint64_t number = time_of(call->line, "call");
    uint64_t end_ns = world->end_ns;
    char name[TRACE_NAME_MAX];
    for (size_t i = 0; i < world->run->event_count; i++) {
        const explain_event *const event = &world->run->events[i];
        if (strcmp(event->name, "migration_done") == 0 && time_of(event->line, "call") == number)
            end_ns = event->at_ns;
    }
    name_call(call->line, "as", name);
    (void)trace_slice(world->document,
                      trace_named_track(world, trace_node_of(world, call->line, "node"),
                                        TRACE_RANK_MIGRATIONS, "migrations to",
                                        explain_text(call->line, "to")),
                      (trace_span){call->at_ns, end_ns}, name, trace_args(call->line));
}

static void tell_migrations(const trace_world *world)
{
    const json_t *const list = list_of(world, "migrations");
    for (size_t i = 0; i < json_array_size(list); i++)
        tell_migration(world, json_array_get(list, i));
    for (size_t i = 0; !world->run->summary && i < world->run->call_count; i++)
        tell_call(world, &world->run->events[world->run->calls[i]]);
}

/* ---- rebinds, reconnects, outages ---- */

static void tell_rebind(const trace_world *world, const json_t *item)
{
    char name[TRACE_NAME_MAX];
    const trace_span span = {time_of(item, "noticed_ns"), time_of(item, "finished_ns")};
    const bool validated = json_is_true(json_object_get(item, "validated"));
    (void)snprintf(name, sizeof name, "rebind of %.100s to %.100s%s", text_or(item, "peer", "?"),
                   text_or(item, "new_remote", "?"), validated ? "" : ", not validated");
    const uint32_t whole =
        trace_slice(world->document,
                    trace_named_track(world, trace_node_of(world, item, "node"), TRACE_RANK_REBINDS,
                                      "rebinds of", explain_text(item, "peer")),
                    span, name, json_deep_copy(item));
    if (span.from_ns <= span.to_ns && span.to_ns != EXPLAIN_NEVER)
        tell_validation(world, whole, span, "validation", json_object_get(item, "parts"));
}

static void tell_move(const trace_world *world, const json_t *item)
{
    char name[TRACE_NAME_MAX];
    const char *const kind = explain_text(item, "kind");
    if (!kind || strcmp(kind, "reconnect") != 0)
        return;
    (void)snprintf(name, sizeof name, "reconnect %.100s: %.100s", text_or(item, "label", ""),
                   text_or(item, "result", "the run ended"));
    const uint64_t over_ns = later(time_of(item, "over_ns"), time_of(item, "finished_ns"));
    (void)trace_slice(
        world->document,
        trace_named_track(world, trace_node_of(world, item, "node"), TRACE_RANK_RECONNECTS, "reconnects to",
                          explain_text(item, "peer")),
        (trace_span){time_of(item, "requested_ns"), over_ns == EXPLAIN_NEVER ? world->end_ns : over_ns}, name,
        json_deep_copy(item));
}

static void tell_outage(const trace_world *world, const json_t *item)
{
    char name[TRACE_NAME_MAX];
    const uint64_t regained_ns = time_of(item, "regained_ns");
    (void)snprintf(name, sizeof name, "outage: %.100s", text_or(item, "reason", "restarted"));
    (void)trace_slice(
        world->document,
        trace_named_track(world, trace_node_of(world, item, "node"), TRACE_RANK_OUTAGES, "outages to",
                          explain_text(item, "peer")),
        (trace_span){time_of(item, "lost_ns"), regained_ns == EXPLAIN_NEVER ? world->end_ns : regained_ns},
        name, json_deep_copy(item));
}

/* ---- flows ---- */

/* At the receiver, from the first delivery to the last, and in it the longest gap. */
static void tell_flow(const trace_world *world, const json_t *item)
{
    char name[TRACE_NAME_MAX];
    const uint64_t first_ns = time_of(item, "first_delivery_ns");
    const uint64_t last_ns = time_of(item, "last_delivery_ns");
    const uint64_t gap_ns = explain_count(item, "gap_ns", 0);
    const uint64_t start_ns = time_of(item, "gap_start_ns");
    const bool has_gap = start_ns != EXPLAIN_NEVER && gap_ns > 0 && gap_ns <= EXPLAIN_NEVER - 1 - start_ns;
    trace_span span = {first_ns, last_ns};
    if (has_gap) {
        span.from_ns = start_ns < first_ns ? start_ns : first_ns;
        span.to_ns = later(last_ns, start_ns + gap_ns);
    }
    (void)snprintf(name, sizeof name, "%.20s %.100s -> %.100s", text_or(item, "kind", "flow"),
                   text_or(item, "from", "?"), text_or(item, "to", "?"));
    const uint32_t whole =
        trace_slice(world->document,
                    trace_named_track(world, trace_node_of(world, item, "to"), TRACE_RANK_FLOWS, "flow from",
                                      explain_text(item, "from")),
                    span, name, json_deep_copy(item));
    if (has_gap)
        (void)trace_part(world->document, whole, (trace_span){start_ns, start_ns + gap_ns}, "longest gap",
                         NULL);
}

void trace_tell_summary(const trace_world *world)
{
    static const struct {
        const char *key;
        void (*tell)(const trace_world *world, const json_t *item);
    } LISTS[] = {
        {"rebinds", tell_rebind}, {"moves", tell_move}, {"outages", tell_outage}, {"traffic", tell_flow}};
    tell_migrations(world);
    for (size_t i = 0; i < sizeof LISTS / sizeof *LISTS; i++) {
        const json_t *const list = list_of(world, LISTS[i].key);
        for (size_t k = 0; k < json_array_size(list); k++)
            LISTS[i].tell(world, json_array_get(list, k));
    }
}
