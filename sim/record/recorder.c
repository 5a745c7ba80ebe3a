/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/recorder.h"

#include "sim/record/recorder_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static bool counts(const recorder *self, uint64_t now_ns)
{
    return now_ns <= self->scenario->duration_ns;
}

static bool grow_calls(recorder *self)
{
    if (self->count < self->capacity)
        return true;
    const uint32_t capacity = self->capacity ? self->capacity * 2 : 16;
    recorder_migration *const migrations = realloc(self->migrations, capacity * sizeof *self->migrations);
    if (migrations)
        self->migrations = migrations;
    recorder_call *const calls = realloc(self->calls, capacity * sizeof *self->calls);
    if (calls)
        self->calls = calls;
    if (!migrations || !calls)
        return false;
    self->capacity = capacity;
    return true;
}

static void on_migrate_called(void *ctx, const observer_migrate *migrate, uint64_t now_ns)
{
    recorder *const self = ctx;
    self->now_ns = now_ns;
    assert(migrate->call == self->count);
    if (!grow_calls(self)) {
        self->failed = true;
        return;
    }
    const uint32_t call = self->count++;
    self->migrations[call] = (recorder_migration){
        .call = call,
        .event = migrate->event,
        .trigger = migrate->trigger,
        .to = migrate->to,
        .requested_ns = now_ns,
        .asked = migrate->local,
        .challenge_sent_ns = ROAM_NEVER,
        .challenge_received_ns = ROAM_NEVER,
        .response_sent_ns = ROAM_NEVER,
        .response_received_ns = ROAM_NEVER,
        .validated_ns = ROAM_NEVER,
        .peer_validated_ns = ROAM_NEVER,
        .first_payload_up_ns = ROAM_NEVER,
        .first_payload_down_ns = ROAM_NEVER,
        .done_ns = ROAM_NEVER,
        .joined = SCENARIO_NONE,
        .round_trip_ns = ROAM_NEVER,
    };
    recorder_attempts_called(self, call);
    recorder_moves_called(self, call);
}

static void count_one(recorder_tally *events, uint64_t now_ns)
{
    if (events->count++ == 0)
        events->first_ns = now_ns;
}

static void tally(recorder *self, const recorder_logged *event)
{
    count_one(&self->nodes[event->node].events[event->event], event->at_ns);
    recorder_log_event(self, event);
}

/* Likewise, of an event about another node, or SCENARIO_NONE. */
static void tally_about(recorder *self, uint32_t node, uint32_t other, scenario_never_event event,
                        uint64_t now_ns)
{
    recorder_node *const at = &self->nodes[node];
    const bool third = !at->moved && !at->other_end && (other == SCENARIO_NONE || !self->nodes[other].moved);
    tally(self, &(recorder_logged){event, node, other, third, now_ns});
    if (third)
        count_one(&at->third_events[event], now_ns);
}

static uint32_t peer_of(const recorder *self, uint32_t node, uint32_t other)
{
    return other == SCENARIO_NONE ? other : scenario_peer_index(self->scenario, node, other);
}

static recorder_end *end_of(recorder *self, uint32_t peer, uint32_t node)
{
    if (peer == SCENARIO_NONE)
        return NULL;
    return self->scenario->peers[peer].dialer == node ? &self->peers[peer].dialer
                                                      : &self->peers[peer].acceptor;
}

static void on_migrate_done(void *ctx, uint32_t call, const roam_migration_record *record, uint64_t now_ns)
{
    recorder *const self = ctx;
    self->now_ns = now_ns;
    if (call >= self->count)
        return;
    recorder_migration *const migration = &self->migrations[call];
    assert(!migration->done);
    recorder_attempts_done(self, call, record, now_ns);
    migration->done = true;
    migration->done_ns = now_ns;
    migration->record = *record;
    migration->record.trigger = "";
    if (record->result == ROAM_OK)
        migration->validated_ns = now_ns;
    recorder_check_done(self, call);
    if (record->result == ROAM_OK)
        recorder_stages_of_call(migration, self->calls[call].attempt);
    recorder_moves_done(self, self->calls[call].move, record->result, now_ns);

    const scenario_event *const event = migration->event;
    recorder_end *const end = end_of(self, peer_of(self, event->node, migration->to), event->node);
    tally(self, &(recorder_logged){SCENARIO_NEVER_MIGRATION_DONE, event->node, migration->to, false, now_ns});
    if (end)
        end->migrate_calls_done++;
    if (record->result == ROAM_ERR_TIMEOUT) {
        tally(self, &(recorder_logged){SCENARIO_NEVER_TIMEOUT, event->node, migration->to, false, now_ns});
        if (end)
            end->timeouts++;
    }
}

static void on_migrate_dropped(void *ctx, uint32_t call, uint64_t now_ns)
{
    recorder *const self = ctx;
    self->now_ns = now_ns;
    if (call >= self->count)
        return;
    self->migrations[call].dropped = true;
    recorder_attempts_dropped(self, call);
    recorder_moves_dropped(self, self->calls[call].move, now_ns);
}

static void on_reconnect(void *ctx, const observer_reconnect *told, uint64_t now_ns)
{
    recorder *const self = ctx;
    self->now_ns = now_ns;
    recorder_moves_reconnect(self, told, now_ns);
}

static void on_stream(void *ctx, uint32_t traffic, bool lost, uint64_t now_ns)
{
    recorder *const self = ctx;
    self->now_ns = now_ns;
    if (counts(self, now_ns))
        recorder_moves_stream(self, traffic, lost);
}

static void on_nat(void *ctx, const observer_nat *told, uint64_t now_ns)
{
    recorder *const self = ctx;
    recorder_nat *const tallied = &self->nats[told->nat];
    self->now_ns = now_ns;
    if (told->kind != OBSERVER_NAT_DROPPED || told->drop != OBSERVER_DROP_NAT_EXHAUSTED ||
        !counts(self, now_ns))
        return;
    if (tallied->refused++ == 0)
        tallied->first_refused_ns = now_ns;
}

static void on_refused(void *ctx, const observer_refused *refused, uint64_t now_ns)
{
    recorder *const self = ctx;
    self->now_ns = now_ns;
    recorder_entry_refused(self, refused, now_ns);
}

static void on_dial(void *ctx, uint32_t node, uint32_t to, uint64_t now_ns)
{
    recorder_outages_dial(ctx, node, to, now_ns);
}

static void on_lacks(void *ctx, uint32_t node, const char *what, uint64_t now_ns)
{
    recorder *const self = ctx;
    (void)node;
    (void)what;
    self->now_ns = now_ns;
    self->lacks = true;
}

static void went_up(recorder_end *end, uint64_t now_ns)
{
    end->up = true;
    end->restarted = false;
    if (end->ups++ == 0)
        end->first_up_ns = now_ns;
}

static void went_down(recorder_end *end, const roam_event *event, uint64_t now_ns)
{
    end->up = end->restarted = false;
    end->downs++;
    end->last_down_ns = now_ns;
    end->reason = event->down.reason;
    end->code = event->down.code;
}

static void restarted(recorder_end *end, uint64_t now_ns)
{
    if (!end->up)
        return;
    end->up = false;
    end->restarted = true;
    end->restarted_ns = now_ns;
}

/* An endpoint that is stopped without closing has no peer_down, and datagrams of its earlier connections are
 * not opened any more. */
static void on_timeline(void *ctx, const scenario_event *event, uint64_t now_ns)
{
    recorder *const self = ctx;
    const scenario *const whole = self->scenario;
    if (event->verb == SCENARIO_SUSPEND) {
        self->nodes[event->node].suspended_ns = now_ns;
        self->nodes[event->node].woken_ns = ROAM_NEVER;
    }
    if (event->verb == SCENARIO_WAKE)
        self->nodes[event->node].woken_ns = now_ns;
    recorder_entry_event(self, event, now_ns);
    if (event->verb != SCENARIO_RESTART || event->node == SCENARIO_NONE)
        return;
    recorder_paths_restarted(self, event->node);
    recorder_outages_stopped(self, event->node, now_ns);
    for (size_t i = 0; i < whole->peer_count; i++) {
        if (whole->peers[i].dialer == event->node)
            restarted(&self->peers[i].dialer, now_ns);
        if (whole->peers[i].acceptor == event->node || recorder_server(self, (uint32_t)i) == event->node)
            restarted(&self->peers[i].acceptor, now_ns);
    }
}

/* Connections, and what membership tells of other nodes. */
static void follow_peer(recorder *self, uint32_t node, uint32_t other, const roam_event *event,
                        observer_channel channel)
{
    if (channel == OBSERVER_CHANNEL_UP) {
        recorder_paths_up(self, node, other);
        recorder_moves_up(self, peer_of(self, node, other), node);
    }
    if (channel == OBSERVER_CHANNEL_DOWN)
        recorder_paths_down(self, node, other);
    if (self->scenario->nodes[node].membership.on &&
        (event->kind == ROAM_EVENT_PEER_UP || event->kind == ROAM_EVENT_PEER_DOWN))
        recorder_moves_membership(self, node, other, self->now_ns);
}

static void on_core_event(void *ctx, uint32_t server, uint32_t other, const roam_event *event,
                          uint64_t now_ns)
{
    recorder *const self = ctx;
    recorder_end unknown = {0};
    const uint32_t node = scenario_end_of(self->scenario, server);
    recorder_end *end = end_of(self, peer_of(self, node, other), node);
    observer_channel channel = observer_channel_of(self->scenario, node, event);
    self->now_ns = now_ns;
    if (node != server && end &&
        !recorder_landings_follow(self, peer_of(self, node, other), server, channel)) {
        channel = OBSERVER_CHANNEL_AS_BEFORE;
        end = NULL;
    }
    if (other != SCENARIO_NONE)
        follow_peer(self, node, other, event, channel);
    if (!counts(self, now_ns))
        return;
    if (!end)
        end = &unknown;
    if (channel == OBSERVER_CHANNEL_UP)
        went_up(end, now_ns);
    if (channel == OBSERVER_CHANNEL_DOWN)
        went_down(end, event, now_ns);
    recorder_outages_event(self, node, other, event, now_ns);
    switch (event->kind) {
    case ROAM_EVENT_PEER_UP:
        tally_about(self, node, other, SCENARIO_NEVER_PEER_UP, now_ns);
        break;
    case ROAM_EVENT_PEER_DOWN:
        tally_about(self, node, other, SCENARIO_NEVER_PEER_DOWN, now_ns);
        break;
    case ROAM_EVENT_PATH_CHANGED:
        end->path_changes++;
        tally_about(self, node, other, SCENARIO_NEVER_PATH_CHANGED, now_ns);
        break;
    case ROAM_EVENT_LEFT:
        end->left++;
        tally_about(self, node, other, SCENARIO_NEVER_LEFT, now_ns);
        break;
    case ROAM_EVENT_REBOUND:
        recorder_rebind_add(self, node, other, event->rebind);
        break;
    case ROAM_EVENT_PREFERRED_ADDRESS:
        recorder_preferred_done(self, node, other, event->preferred);
        tally_about(self, node, other, SCENARIO_NEVER_PREFERRED_ADDRESS, now_ns);
        break;
    case ROAM_EVENT_MIGRATION_DONE: /* counted with its result */
    case ROAM_EVENT_WRITABLE:
    case ROAM_EVENT_STREAM_WRITABLE:
    case ROAM_EVENT_KEY_PINNED:
        break;
    case ROAM_EVENT_CHANNEL_UP:
        tally_about(self, node, other, SCENARIO_NEVER_CHANNEL_UP, now_ns);
        break;
    case ROAM_EVENT_CHANNEL_DOWN:
        tally_about(self, node, other, SCENARIO_NEVER_CHANNEL_DOWN, now_ns);
        break;
    }
}

static void on_stepped(void *ctx, uint32_t node)
{
    recorder_attempts_settle(ctx, node);
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    recorder *const self = ctx;
    self->now_ns = now_ns;
    if (packet->drop != OBSERVER_NOT_DROPPED)
        return;
    self->packets++;
    recorder_amplifiers_packet(self, packet);
    recorder_paths_packet(self, packet, now_ns);
}

static void on_address(void *ctx, uint32_t node, uint32_t network, const roam_addr *addr, bool attached,
                       uint64_t now_ns)
{
    (void)network, (void)now_ns;
    if (attached)
        recorder_amplifiers_address(ctx, node, addr);
}

static void on_message_sent(void *ctx, const observer_message *message, uint64_t now_ns)
{
    recorder_flow_sent(ctx, message, now_ns);
}

static void on_message_delivered(void *ctx, const observer_message *message, uint64_t now_ns)
{
    recorder *const self = ctx;
    recorder_flow_delivered(self, message, now_ns);
    recorder_paths_message(self, message->traffic, now_ns);
    recorder_moves_message(self, message->traffic, now_ns);
}

/* Whom the timeline moves. */
static void find_moved(recorder *self)
{
    const scenario *const whole = self->scenario;
    for (size_t i = 0; i < whole->event_count; i++) {
        const scenario_event *const event = &whole->events[i];
        if (event->verb != SCENARIO_MIGRATE && event->verb != SCENARIO_RECONNECT &&
            event->verb != SCENARIO_WATCHDOG)
            continue;
        self->nodes[event->node].moved = true;
        if (event->to != SCENARIO_NONE)
            self->nodes[event->to].other_end = true;
    }
}

static bool allocate(recorder *self, const scenario *whole)
{
    self->peers = calloc(whole->peer_count + 1, sizeof *self->peers);
    self->flows = calloc(whole->traffic_count + 1, sizeof *self->flows);
    self->streams = calloc(whole->traffic_count + 1, sizeof *self->streams);
    self->nodes = calloc(whole->node_count + 1, sizeof *self->nodes);
    self->nats = calloc(whole->nat_count + 1, sizeof *self->nats);
    self->landings = calloc(whole->peer_count + 1, sizeof *self->landings);
    return self->peers && self->flows && self->streams && self->nodes && self->nats && self->landings;
}

static void set_never(recorder *self)
{
    const recorder_end never = {
        .first_up_ns = ROAM_NEVER, .last_down_ns = ROAM_NEVER, .restarted_ns = ROAM_NEVER};
    for (size_t i = 0; i < self->scenario->peer_count; i++)
        self->peers[i] = (recorder_peer){.dialer = never, .acceptor = never};
    for (size_t i = 0; i < self->scenario->traffic_count; i++) {
        self->flows[i].first_delivery_ns = self->flows[i].last_delivery_ns = ROAM_NEVER;
        self->flows[i].gap_ns = self->flows[i].gap_start_ns = ROAM_NEVER;
    }
    for (size_t i = 0; i < self->scenario->node_count; i++)
        self->nodes[i].arrival_ns = self->nodes[i].suspended_ns = self->nodes[i].woken_ns = ROAM_NEVER;
}

int recorder_new(const scenario *whole, const recorder_milestones *milestones, recorder **out)
{
    recorder *const created = calloc(1, sizeof *created);
    if (!created)
        return ROAM_ERR_NO_MEMORY;
    core_map_init(&created->lanes, 0);
    core_map_init(&created->paths, 0);
    core_map_init(&created->path_ids, 0);
    core_map_init(&created->challenges, 0);
    created->scenario = whole;
    if (milestones)
        created->milestones = *milestones;
    if (!allocate(created, whole) || !recorder_moves_init(created) || !recorder_windows_init(created) ||
        !recorder_amplifiers_init(created) || !recorder_latencies_init(created) ||
        !recorder_entries_init(created) || !recorder_outages_init(created)) {
        recorder_free(created);
        return ROAM_ERR_NO_MEMORY;
    }
    set_never(created);
    recorder_log_init(created);
    find_moved(created);
    recorder_flows_begin(created);
    *out = created;
    return 0;
}

void recorder_free(recorder *self)
{
    if (!self)
        return;
    recorder_preferred_fini(self);
    recorder_paths_fini(self);
    recorder_challenges_fini(self);
    recorder_attempts_fini(self);
    recorder_amplifiers_fini(self);
    recorder_latencies_fini(self);
    recorder_moves_fini(self);
    recorder_windows_fini(self);
    recorder_rebinds_fini(self);
    free(self->nodes);
    free(self->nats);
    free(self->landings);
    free(self->streams);
    free(self->flows);
    recorder_entries_fini(self);
    recorder_log_fini(self);
    recorder_outages_fini(self);
    free(self->peers);
    free(self->calls);
    free(self->migrations);
    free(self);
}

observer recorder_observer(recorder *self)
{
    return (observer){
        .ctx = self,
        .frames = true,
        .packet = on_packet,
        .timeline = on_timeline,
        .refused = on_refused,
        .dial = on_dial,
        .lacks = on_lacks,
        .migrate_called = on_migrate_called,
        .migrate_done = on_migrate_done,
        .migrate_dropped = on_migrate_dropped,
        .reconnect = on_reconnect,
        .stream = on_stream,
        .core_event = on_core_event,
        .stepped = on_stepped,
        .address = on_address,
        .nat = on_nat,
        .message_sent = on_message_sent,
        .message_delivered = on_message_delivered,
    };
}

bool recorder_is_settled(const recorder *self)
{
    return self->outstanding == 0 && self->open_count == 0 && self->reconnects_open == 0;
}

int recorder_finish(recorder *self, uint64_t end_ns)
{
    recorder_attempts_settle(self, SCENARIO_NONE);
    if (self->failed)
        return ROAM_ERR_NO_MEMORY;
    recorder_flows_finish(self, end_ns);
    recorder_moves_finish(self);
    recorder_outages_finish(self, end_ns);
    recorder_check_end(self);
    return recorder_rebinds_finish(self) && recorder_log_finish(self) ? 0 : ROAM_ERR_NO_MEMORY;
}

const recorder_migration *recorder_migrations(const recorder *self, size_t *count)
{
    *count = self->count;
    return self->migrations;
}

const char *recorder_contradiction(const recorder *self)
{
    return self->contradiction;
}

bool recorder_lacks(const recorder *self)
{
    return self->lacks;
}

const recorder_peer *recorder_peers(const recorder *self)
{
    return self->peers;
}

const recorder_nat *recorder_nats(const recorder *self)
{
    return self->nats;
}

const recorder_flow *recorder_flows(const recorder *self)
{
    return self->flows;
}

uint64_t recorder_validation_ns(const recorder_migration *migration)
{
    return migration->validated_ns == ROAM_NEVER ? ROAM_NEVER
                                                 : migration->validated_ns - migration->requested_ns;
}

uint64_t recorder_gap_ns(const recorder *self, uint32_t from, uint32_t to, uint32_t *flow)
{
    uint64_t worst = ROAM_NEVER;
    *flow = SCENARIO_NONE;
    for (uint32_t i = scenario_flow_first(self->scenario, from, to); i != SCENARIO_NONE;
         i = scenario_flow_next(self->scenario, i)) {
        const uint64_t gap_ns = self->flows[i].gap_ns;
        if (gap_ns == ROAM_NEVER || (worst != ROAM_NEVER && gap_ns <= worst))
            continue;
        worst = gap_ns;
        *flow = i;
    }
    return worst;
}

static void add_up(const recorder_tally *events, uint64_t *count, uint64_t *first_ns)
{
    *count += events->count;
    if (events->count > 0 && events->first_ns < *first_ns)
        *first_ns = events->first_ns;
}

uint64_t recorder_event_count(const recorder *self, scenario_never_event event, uint32_t node,
                              uint64_t *first_ns)
{
    uint64_t count = 0;
    *first_ns = ROAM_NEVER;
    if (node != SCENARIO_NONE)
        add_up(&self->nodes[node].events[event], &count, first_ns);
    for (uint32_t i = 0; node == SCENARIO_NONE && i < self->scenario->node_count; i++)
        add_up(&self->nodes[i].events[event], &count, first_ns);
    return count;
}

uint64_t recorder_third_count(const recorder *self, scenario_never_event event, uint64_t *first_ns)
{
    uint64_t count = 0;
    *first_ns = ROAM_NEVER;
    for (uint32_t i = 0; i < self->scenario->node_count; i++)
        add_up(&self->nodes[i].third_events[event], &count, first_ns);
    return count;
}

uint64_t recorder_packet_count(const recorder *self)
{
    return self->packets;
}
