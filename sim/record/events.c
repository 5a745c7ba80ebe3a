/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/events.h"

#include "core/hash.h"
#include "sim/record/timeline_line.h"
#include "sim/verdict/rules/requirements.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BUFFER_BYTES 65536

struct events {
    FILE *file; /* NULL: none */
    char *buffer;
    const scenario *scenario;
    void (*told)(void *ctx, const json_t *line); /* NULL: nobody */
    void *told_ctx;
    const witness *witness; /* NULL: none */
    uint32_t logged;        /* lines of endpoint_log */
    int failure;            /* errno value of the first */
};

static void fail(events *self, int failure)
{
    if (self->failure == 0)
        self->failure = failure ? failure : EIO;
}

static json_t *line_new(uint64_t now_ns, const char *event)
{
    return json_pack("{s:I,s:s}", "at_ns", (json_int_t)now_ns, "event", event);
}

static void put(json_t *line, const char *key, json_t *value)
{
    (void)json_object_set_new(line, key, value);
}

static void put_text(json_t *line, const char *key, const char *text)
{
    put(line, key, text ? json_string(text) : json_null());
}

static void put_count(json_t *line, const char *key, uint64_t value)
{
    put(line, key, value == UINT64_MAX ? json_null() : json_integer((json_int_t)value));
}

static void put_addr(json_t *line, const char *key, const roam_addr *addr)
{
    char text[ROAM_ADDR_STRING_MAX];
    put_text(line, key, addr->family == ROAM_FAMILY_NONE ? NULL : roam_addr_format(addr, text));
}

static void put_node(const events *self, json_t *line, const char *key, uint32_t node)
{
    if (node != SCENARIO_NONE)
        put_text(line, key, self->scenario->nodes[node].name);
}

static void put_network(const events *self, json_t *line, uint32_t network)
{
    if (network != SCENARIO_NONE)
        put_text(line, "network", self->scenario->networks[network].name);
}

/* Takes the line. A value for which there was no memory is left out; the dump, or the run elsewhere, then
 * fails. */
static void write_line(events *self, json_t *line)
{
    if (!line ||
        (self->file && (json_dumpf(line, self->file, JSON_COMPACT) != 0 || putc('\n', self->file) == EOF)))
        fail(self, line ? errno : ENOMEM);
    if (line && self->told)
        self->told(self->told_ctx, line);
    json_decref(line);
}

static void write_waiting(events *self, const scenario_after *after, uint64_t now_ns)
{
    const scenario_event *const event = &self->scenario->events[after->first];
    json_t *const line = line_new(now_ns, "not_started");
    put_text(line, "verb", scenario_verb_name(event->verb));
    put_count(line, "line", after->place.line);
    put_count(line, "column", after->place.column);
    put_node(self, line, "node", event->node);
    put_node(self, line, "to", event->to);
    if (!scenario_event_record(self->scenario, event, line))
        fail(self, ENOMEM);
    write_line(self, line);
}

void events_end(events *self, const recorder *recorded, uint64_t now_ns)
{
    size_t at = 0;
    const scenario_after *after;
    while ((after = recorder_next_waiting(recorded, &at)))
        write_waiting(self, after, now_ns);
    write_line(self, line_new(now_ns, "end"));
}

static void on_timeline(void *ctx, const scenario_event *event, uint64_t now_ns)
{
    events *const self = ctx;
    json_t *const line = line_new(now_ns, "timeline");
    if (!timeline_line_put(self->scenario, event, line))
        fail(self, ENOMEM);
    write_line(self, line);
}

static void on_refused(void *ctx, const observer_refused *refused, uint64_t now_ns)
{
    events *const self = ctx;
    json_t *const line = line_new(now_ns, "refused");
    put_text(line, "verb", scenario_verb_name(refused->verb));
    put_count(line, "line", refused->place.line);
    put_count(line, "column", refused->place.column);
    put_node(self, line, "node", refused->node);
    put_node(self, line, "to", refused->to);
    put_text(line, "status", refusal_name(refused->why));
    write_line(self, line);
}

static void on_lacks(void *ctx, uint32_t node, const char *what, uint64_t now_ns)
{
    events *const self = ctx;
    json_t *const line = line_new(now_ns, "unsupported");
    put_node(self, line, "node", node);
    put_text(line, "what", what);
    write_line(self, line);
}

/* The beginning of a text as JSON takes it: UTF-8 that is cut between characters, without control characters;
 * else with '?' for each byte that is not ASCII. */
static void clean_text(const char *from, char to[EVENTS_LOG_BYTES + 1])
{
    size_t len = strnlen(from, EVENTS_LOG_BYTES + 1);
    const bool cut = len > EVENTS_LOG_BYTES;
    len -= cut;
    while (cut && len > 0 && ((unsigned char)from[len] & 0xc0) == 0x80)
        len--;
    json_t *const text = json_stringn(from, len);
    for (size_t i = 0; i < len; i++) {
        const unsigned char byte = (unsigned char)from[i];
        const bool wrong = byte >= 128 && !text;
        to[i] = from[i];
        if (wrong || byte < ' ' || byte == 127)
            to[i] = wrong ? '?' : ' ';
    }
    to[len] = '\0';
    json_decref(text);
}

static void on_endpoint_log(void *ctx, uint32_t node, const char *text, uint64_t now_ns)
{
    events *const self = ctx;
    char cleaned[EVENTS_LOG_BYTES + 1];
    if (self->logged > EVENTS_LOG_LINES)
        return;
    json_t *const line = line_new(now_ns, "endpoint_log");
    put_node(self, line, "node", node);
    clean_text(text, cleaned);
    if (self->logged++ < EVENTS_LOG_LINES)
        put_text(line, "text", cleaned);
    else
        put(line, "dropped", json_true());
    write_line(self, line);
}

/* By which a reader of the capture tells the datagram from others of its length. Absent: it has no payload.
 */
static void put_payload(json_t *line, const observer_packet *packet)
{
    char text[17];
    if (!packet->payload)
        return;
    (void)snprintf(text, sizeof text, "%016" PRIx64,
                   core_hash_bytes(CORE_HASH_START, packet->payload, packet->payload_len));
    put_text(line, "payload", text);
}

/* The first breach of a rule by an endpoint; summary.json counts those that follow. */
static void write_breaches(events *self, uint64_t now_ns)
{
    size_t count = 0;
    const witness_breach *const breaches = self->witness ? witness_breaches(self->witness, &count) : NULL;
    for (size_t i = 0; i < count; i++) {
        const witness_breach *const breach = &breaches[i];
        const requirement *const principal = rules_requirement(breach->rule);
        if (!breach->first)
            continue;
        json_t *const line = line_new(now_ns, "rule_broken");
        put_node(self, line, "node", breach->node);
        put_node(self, line, "to", breach->other);
        put_text(line, "rule", rules_name(breach->rule));
        put_text(line, "id", principal->id);
        put_text(line, "level", requirement_level_name(principal->level));
        put_text(line, "text", breach->text);
        write_line(self, line);
    }
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    events *const self = ctx;
    write_breaches(self, now_ns);
    if (packet->drop == OBSERVER_NOT_DROPPED)
        return;
    json_t *const line = line_new(now_ns, "drop");
    put_text(line, "reason", observer_drop_name(packet->drop));
    put_node(self, line, "node", packet->node);
    put_network(self, line, packet->network);
    put_text(line, "direction", packet->up ? "up" : "down");
    put_addr(line, "source", &packet->source);
    put_addr(line, "destination", &packet->destination);
    put_count(line, "bytes", packet->len);
    put_payload(line, packet);
    write_line(self, line);
}

static void on_migrate_called(void *ctx, const observer_migrate *migrate, uint64_t now_ns)
{
    events *const self = ctx;
    const scenario_call *const call = scenario_event_call(migrate->event);
    json_t *const line = line_new(now_ns, "migration_requested");
    put_count(line, "call", migrate->call);
    if (call->label)
        put_text(line, "as", call->label);
    put_node(self, line, "node", migrate->event->node);
    put_node(self, line, "to", migrate->to);
    put_addr(line, "local", &migrate->local);
    put_count(line, "timeout_ns", call->timeout_ns);
    write_line(self, line);
}

static void on_migrate_done(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    events *const self = ctx;
    json_t *const line = line_new(now_ns, "migration_done");
    put_count(line, "call", call);
    put_text(line, "result", roam_result_name(record->result));
    if (record->detail != ROAM_DETAIL_NONE)
        put_text(line, "detail", roam_migration_detail_name(record->detail));
    put_addr(line, "local", &record->new_local);
    put_count(line, "challenges_sent", record->challenges_sent);
    put_count(line, "validation_rounds", record->validation_rounds);
    put_count(line, "took_ns", now_ns - record->requested_ns);
    write_line(self, line);
}

static void on_migrate_dropped(void *ctx, uint32_t call, uint64_t now_ns)
{
    json_t *const line = line_new(now_ns, "migration_dropped");
    put_count(line, "call", call);
    write_line(ctx, line);
}

static void put_reconnect(const events *self, json_t *line, const observer_reconnect *told)
{
    const scenario_call *const call = scenario_event_call(told->event);
    put_count(line, "reconnect", told->number);
    if (call->label)
        put_text(line, "as", call->label);
    put_node(self, line, "node", told->event->node);
    put_node(self, line, "to", told->to);
    if (told->kind == OBSERVER_RECONNECT_CALLED)
        put_count(line, "timeout_ns", call->timeout_ns);
    if (told->kind == OBSERVER_RECONNECT_DONE)
        put_text(line, "result", roam_result_name(told->result));
}

static void on_reconnect(void *ctx, const observer_reconnect *told, uint64_t now_ns)
{
    static const char *const NAMES[] = {[OBSERVER_RECONNECT_CALLED] = "reconnect_requested",
                                        [OBSERVER_RECONNECT_DIALS] = "reconnect_dials",
                                        [OBSERVER_RECONNECT_DONE] = "reconnect_done",
                                        [OBSERVER_RECONNECT_DROPPED] = "reconnect_dropped"};
    json_t *const line = line_new(now_ns, NAMES[told->kind]);
    put_reconnect(ctx, line, told);
    write_line(ctx, line);
}

static void on_redial(void *ctx, const observer_redial *told, uint64_t now_ns)
{
    events *const self = ctx;
    json_t *const line = line_new(now_ns, "redial");
    put_node(self, line, "node", told->node);
    put_node(self, line, "to", told->to);
    put_count(line, "attempt", told->attempt);
    write_line(self, line);
}

static void on_milestone(void *ctx, const recorder_migration *migration, const char *name, uint64_t now_ns)
{
    json_t *const line = line_new(now_ns, name);
    put_count(line, "call", migration->call);
    put_addr(line, "local", &migration->local);
    write_line(ctx, line);
}

static void on_core_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    events *const self = ctx;
    if (event->kind == ROAM_EVENT_MIGRATION_DONE || event->kind == ROAM_EVENT_WRITABLE)
        return;
    json_t *const line = line_new(now_ns, roam_event_name(event->kind));
    put_node(self, line, "node", node);
    put_node(self, line, "peer", other);
    if (event->kind == ROAM_EVENT_PEER_DOWN || event->kind == ROAM_EVENT_CHANNEL_DOWN) {
        put_text(line, "reason", roam_down_reason_name(event->down.reason));
        put_count(line, "code", event->down.code);
    } else if (event->kind == ROAM_EVENT_PATH_CHANGED) {
        put_addr(line, "old_local", &event->path.old_local);
        put_addr(line, "old_remote", &event->path.old_remote);
        put_addr(line, "local", &event->path.local);
        put_addr(line, "remote", &event->path.remote);
    } else if (event->kind == ROAM_EVENT_REBOUND) {
        put(line, "port_only", json_boolean(event->rebind->port_only));
        put(line, "validated", json_boolean(event->rebind->validated));
        put_addr(line, "old_remote", &event->rebind->old_remote);
        put_addr(line, "new_remote", &event->rebind->new_remote);
        put_count(line, "noticed_ns", event->rebind->noticed_ns);
    } else if (event->kind == ROAM_EVENT_PREFERRED_ADDRESS) {
        put_text(line, "result", roam_result_name(event->preferred->result));
        put_addr(line, "local", &event->preferred->local);
        put_addr(line, "old_remote", &event->preferred->old_remote);
        put_addr(line, "new_remote", &event->preferred->new_remote);
        put_count(line, "started_ns", event->preferred->started_ns);
        put_count(line, "challenges", event->preferred->challenges_sent);
        put_count(line, "rounds", event->preferred->validation_rounds);
    }
    write_line(self, line);
}

static void on_address(void *ctx, uint32_t node, uint32_t network, const roam_addr *addr, bool attached,
                       uint64_t now_ns)
{
    events *const self = ctx;
    json_t *const line = line_new(now_ns, attached ? "address_attached" : "address_detached");
    put_node(self, line, "node", node);
    put_network(self, line, network);
    put_addr(line, "address", addr);
    write_line(self, line);
}

/* A datagram that a NAT did not let pass is a drop, and is recorded as one. */
static void on_nat(void *ctx, const observer_nat *told, uint64_t now_ns)
{
    static const char *const NAMES[OBSERVER_NAT_COUNT] = {[OBSERVER_NAT_SHUFFLED] = "nat_shuffled",
                                                          [OBSERVER_NAT_EXPIRED] = "nat_expired",
                                                          [OBSERVER_NAT_RESTARTED] = "nat_restarted",
                                                          [OBSERVER_NAT_STALE] = "nat_stale"};
    events *const self = ctx;
    if (!NAMES[told->kind])
        return;
    json_t *const line = line_new(now_ns, NAMES[told->kind]);
    put_text(line, "nat", self->scenario->nats[told->nat].name);
    if (told->subscriber)
        put_addr(line, "subscriber", told->subscriber);
    put_count(line, "bindings", told->bindings);
    if (told->kind == OBSERVER_NAT_SHUFFLED)
        put_count(line, "kept", told->kept);
    write_line(self, line);
}

static void on_background(void *ctx, const observer_background *told, uint64_t now_ns)
{
    events *const self = ctx;
    const scenario_background *const entry = &self->scenario->background[told->entry];
    json_t *const line = line_new(now_ns, told->over ? "background_over" : "background");
    put_network(self, line, entry->network);
    put_text(line, "direction", entry->up ? "up" : "down");
    put_text(line, "pattern", scenario_pattern_name(entry->pattern));
    if (told->over) {
        put_count(line, "sent", told->sent);
        put_count(line, "delivered", told->delivered);
        put_count(line, "dropped", told->dropped);
    } else {
        put_count(line, "rate_bps", entry->rate_bps);
        put_count(line, "packet_bytes", entry->packet_bytes);
    }
    write_line(self, line);
}

static void on_icmp(void *ctx, uint32_t node, const icmp_error *error, int taken, uint64_t now_ns)
{
    static const char *const KINDS[] = {[ICMP_TOO_BIG] = "too_big",
                                        [ICMP_NO_HOST] = "no_host",
                                        [ICMP_NO_PORT] = "no_port",
                                        [ICMP_PROHIBITED] = "prohibited",
                                        [ICMP_OTHER] = "other"};
    events *const self = ctx;
    json_t *const line = line_new(now_ns, "icmp");
    put_node(self, line, "node", node);
    put_text(line, "kind", KINDS[error->kind]);
    put_addr(line, "from", &error->source);
    put_addr(line, "source", &error->quote.source);
    put_addr(line, "destination", &error->quote.destination);
    if (error->kind == ICMP_TOO_BIG)
        put_count(line, "mtu_bytes", error->mtu);
    put_count(line, "bytes", error->quote.payload_len);
    put_count(line, "taken", (uint64_t)taken);
    write_line(self, line);
}

/* The first line goes to disk at once: it marks the directory as one of a run even when nothing else is
 * written. */
static void write_first_line(events *self, uint64_t seed)
{
    json_t *const line = line_new(0, "run");
    put_text(line, "scenario", self->scenario->name);
    put_count(line, "seed", seed);
    write_line(self, line);
    if (self->file && fflush(self->file) != 0)
        fail(self, errno);
}

static json_t *servers_of(const events *self, const scenario_balancer *balancer)
{
    json_t *const servers = json_array();
    for (size_t i = 0; i < balancer->server_count; i++)
        (void)json_array_append_new(servers, json_string(self->scenario->nodes[balancer->servers[i]].name));
    return servers;
}

static json_t *nodes_of(const events *self)
{
    json_t *const nodes = json_array();
    for (size_t i = 0; i < self->scenario->node_count; i++) {
        const scenario_node *const node = &self->scenario->nodes[i];
        json_t *const entry = json_pack("{s:s}", "node", node->name);
        if (node->listen)
            put_count(entry, "listen", node->listen);
        if (node->attacker)
            put(entry, "attacker", json_true());
        put_node(self, entry, "relay_to", node->relay_to);
        if (node->balancer)
            put(entry, "servers", servers_of(self, node->balancer));
        json_t *const settings = scenario_quic_record(self->scenario, node);
        if (settings)
            put(entry, "quic", settings);
        (void)json_array_append_new(nodes, entry);
    }
    return nodes;
}

static void put_nat(const events *self, json_t *entry, const char *key, uint32_t index)
{
    if (index != SCENARIO_NONE)
        put_text(entry, key, self->scenario->nats[index].name);
}

/* What stands between the hosts, in the order of the scenario. */
static void write_topology(events *self)
{
    json_t *const line = line_new(0, "topology");
    json_t *const networks = json_array();
    json_t *const nats = json_array();
    for (size_t i = 0; i < self->scenario->network_count; i++) {
        json_t *const entry = json_pack("{s:s}", "network", self->scenario->networks[i].name);
        put_nat(self, entry, "nat", self->scenario->networks[i].nat);
        (void)json_array_append_new(networks, entry);
    }
    for (size_t i = 0; i < self->scenario->nat_count; i++) {
        json_t *const entry = json_pack("{s:s}", "nat", self->scenario->nats[i].name);
        put_nat(self, entry, "behind", self->scenario->nats[i].behind);
        (void)json_array_append_new(nats, entry);
    }
    put(line, "nodes", nodes_of(self));
    put(line, "networks", networks);
    put(line, "nats", nats);
    write_line(self, line);
}

/* 0, or an errno value. */
static int open_file(events *self, const char *path)
{
    self->buffer = malloc(BUFFER_BYTES);
    if (!self->buffer)
        return ENOMEM;
    self->file = fopen(path, "we");
    if (!self->file)
        return errno;
    (void)setvbuf(self->file, self->buffer, _IOFBF, BUFFER_BYTES);
    return 0;
}

int events_open(const events_options *options, events **out)
{
    events *const self = calloc(1, sizeof *self);
    if (!self)
        return ENOMEM;
    self->scenario = options->scenario;
    self->told = options->told;
    self->told_ctx = options->ctx;
    const int failure = options->path ? open_file(self, options->path) : 0;
    if (failure) {
        free(self->buffer);
        free(self);
        return failure;
    }
    write_first_line(self, options->seed);
    write_topology(self);
    if (self->failure)
        return events_close(self);
    *out = self;
    return 0;
}

void events_witness(events *self, const witness *seen)
{
    self->witness = seen;
}

observer events_observer(events *self)
{
    return (observer){
        .ctx = self,
        .packet = on_packet,
        .timeline = on_timeline,
        .refused = on_refused,
        .lacks = on_lacks,
        .endpoint_log = on_endpoint_log,
        .migrate_called = on_migrate_called,
        .migrate_done = on_migrate_done,
        .migrate_dropped = on_migrate_dropped,
        .reconnect = on_reconnect,
        .redial = on_redial,
        .core_event = on_core_event,
        .address = on_address,
        .nat = on_nat,
        .background = on_background,
        .icmp = on_icmp,
    };
}

recorder_milestones events_milestones(events *self)
{
    return (recorder_milestones){.ctx = self, .reached = on_milestone};
}

int events_close(events *self)
{
    if (!self)
        return 0;
    if (self->file && fclose(self->file) != 0)
        fail(self, errno);
    const int failure = self->failure;
    free(self->buffer);
    free(self);
    return failure;
}
