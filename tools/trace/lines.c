/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of events.jsonl that are moments; drops; addresses. */
#include "tools/trace/world.h"

#include <stdio.h>
#include <string.h>

trace_process trace_node_of(const trace_world *world, const json_t *line, const char *key)
{
    const uint32_t node = explain_run_node(world->run, explain_text(line, key));
    return node == EXPLAIN_NONE ? world->nobody : world->nodes[node];
}

trace_process trace_nat_of(const trace_world *world, const json_t *line)
{
    const char *const name = explain_text(line, "nat");
    for (size_t i = 0; name && i < world->run->nat_count; i++)
        if (strcmp(world->run->nats[i].name, name) == 0)
            return world->nats[i];
    return world->nobody;
}

trace_track trace_named_track(const trace_world *world, trace_process process, trace_rank rank,
                              const char *kind, const char *other)
{
    char name[TRACE_NAME_MAX];
    (void)snprintf(name, sizeof name, "%.100s%s%.140s", kind, other ? " " : "", other ? other : "");
    return trace_track_of(world->document, process, rank, name);
}

json_t *trace_args(const json_t *line)
{
    json_t *const args = json_copy((json_t *)line);
    (void)json_object_del(args, "at_ns");
    (void)json_object_del(args, "event");
    return args;
}

/* ---- the timeline ---- */

/* "migrate laptop -> server, cellular" */
static void name_entry(const json_t *line, char name[TRACE_NAME_MAX])
{
    static const struct {
        const char *key, *before;
    } PARTS[] = {{"verb", ""},      {"ends", " of "},  {"node", " "},  {"to", " -> "},  {"via", " via "},
                 {"network", ", "}, {"nat", ", NAT "}, {"text", ": "}, {"status", ": "}};
    size_t used = 0;
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS && used < TRACE_NAME_MAX; i++) {
        const char *const text = explain_text(line, PARTS[i].key);
        if (text)
            used += (size_t)snprintf(name + used, TRACE_NAME_MAX - used, "%s%.100s", PARTS[i].before, text);
    }
}

static void tell_entry(const trace_world *world, const explain_event *event)
{
    char entry[TRACE_NAME_MAX] = "";
    char name[TRACE_NAME_MAX + 16];
    const bool is_entry = strcmp(event->name, "timeline") == 0;
    name_entry(event->line, entry);
    (void)snprintf(name, sizeof name, "%s%s",
                   is_entry                ? ""
                   : event->name[0] == 'r' ? "refused: "
                                           : "not started: ",
                   entry);
    trace_instant(world->document,
                  trace_named_track(world, world->whole, TRACE_RANK_TIMELINE, "timeline", NULL),
                  is_entry ? TRACE_GLOBAL : TRACE_THREAD, event->at_ns, name, trace_args(event->line));
}

/* ---- events ---- */

/* Milestones of a migration are lines without a node: whether they are of the one at the other end. */
static const struct milestone {
    const char *name;
    bool at_peer;
} MILESTONES[] = {{"migration_requested", false}, {"challenge_sent", false},    {"challenge_received", true},
                  {"response_sent", true},        {"response_received", false}, {"migration_done", false},
                  {"migration_dropped", false},   {"peer_validated", true},     {"first_payload_up", true},
                  {"first_payload_down", false}};

static bool tell_milestone(const trace_world *world, const explain_event *event)
{
    const explain_event *const call = explain_run_call(world->run, event->line);
    for (size_t i = 0; call && i < sizeof MILESTONES / sizeof *MILESTONES; i++) {
        if (strcmp(event->name, MILESTONES[i].name) != 0)
            continue;
        const bool at_peer = MILESTONES[i].at_peer;
        const trace_process process = trace_node_of(world, call->line, at_peer ? "to" : "node");
        trace_instant(
            world->document,
            trace_named_track(world, process, TRACE_RANK_MILESTONES,
                              at_peer ? "milestones of migrations of" : "milestones of migrations to",
                              explain_text(call->line, at_peer ? "node" : "to")),
            TRACE_THREAD, event->at_ns, event->name, trace_args(event->line));
        return true;
    }
    return false;
}

static void tell_event(const trace_world *world, const explain_event *event)
{
    static const char *const DETAILS[] = {"rule", "reason", "result", "kind", "what", "text"};
    const bool of_nat = strncmp(event->name, "nat_", 4) == 0;
    const bool of_background = strncmp(event->name, "background", 10) == 0;
    const char *const other = explain_text(event->line, json_object_get(event->line, "peer") ? "peer" : "to");
    const char *detail = NULL;
    char name[TRACE_NAME_MAX];
    for (size_t i = 0; !detail && i < sizeof DETAILS / sizeof *DETAILS; i++)
        detail = explain_text(event->line, DETAILS[i]);
    (void)snprintf(name, sizeof name, "%.60s%s%.90s%s%.90s", event->name, other ? " " : "",
                   other ? other : "", detail ? ": " : "", detail ? detail : "");
    const trace_process process = of_nat          ? trace_nat_of(world, event->line)
                                  : of_background ? world->whole
                                                  : trace_node_of(world, event->line, "node");
    const trace_rank rank = of_nat          ? TRACE_RANK_BINDINGS
                            : of_background ? TRACE_RANK_BACKGROUND
                                            : TRACE_RANK_EVENTS;
    const char *const kind = of_nat ? "bindings" : of_background ? "background" : "events";
    trace_instant(world->document, trace_named_track(world, process, rank, kind, NULL), TRACE_THREAD,
                  event->at_ns, name, trace_args(event->line));
}

/* ---- drops and addresses ---- */

static json_t *args_of_drop(const explain_drop *drop)
{
    char source[ROAM_ADDR_STRING_MAX] = "?";
    char destination[ROAM_ADDR_STRING_MAX] = "?";
    if (drop->source.family != ROAM_FAMILY_NONE)
        (void)roam_addr_format(&drop->source, source);
    if (drop->destination.family != ROAM_FAMILY_NONE)
        (void)roam_addr_format(&drop->destination, destination);
    return json_pack("{s:s, s:s, s:s, s:I}", "source", source, "destination", destination, "direction",
                     drop->up ? "up" : "down", "bytes", (json_int_t)drop->len);
}

static void tell_drops(const trace_world *world)
{
    const explain_run *const run = world->run;
    for (size_t i = 0; i < run->drop_count; i++) {
        const explain_drop *const drop = &run->drops[i];
        const bool known = drop->place != EXPLAIN_NONE;
        const trace_process process = known ? world->nodes[drop->place / run->network_count] : world->nobody;
        trace_instant(world->document,
                      trace_named_track(world, process, TRACE_RANK_DROPS, "drops",
                                        known ? run->networks[drop->place % run->network_count].name : NULL),
                      TRACE_THREAD, drop->at_ns, drop->reason, args_of_drop(drop));
    }
}

static void tell_addresses(const trace_world *world)
{
    const explain_run *const run = world->run;
    for (size_t i = 0; i < run->address_count; i++) {
        const explain_address *const address = &run->addresses[i];
        char text[ROAM_ADDR_STRING_MAX];
        if (address->place == EXPLAIN_NONE || address->addr.family == ROAM_FAMILY_NONE)
            continue;
        const trace_span span = {address->from_ns,
                                 address->until_ns < world->end_ns ? address->until_ns : world->end_ns};
        (void)trace_slice(world->document,
                          trace_named_track(world, world->nodes[address->place / run->network_count],
                                            TRACE_RANK_NETWORKS, "on",
                                            run->networks[address->place % run->network_count].name),
                          span, roam_addr_format(&address->addr, text), NULL);
    }
}

void trace_tell_lines(const trace_world *world)
{
    for (size_t i = 0; i < world->run->event_count; i++) {
        const explain_event *const event = &world->run->events[i];
        if (strcmp(event->name, "timeline") == 0 || strcmp(event->name, "refused") == 0 ||
            strcmp(event->name, "not_started") == 0)
            tell_entry(world, event);
        else if (!tell_milestone(world, event))
            tell_event(world, event);
    }
    tell_drops(world);
    tell_addresses(world);
}
