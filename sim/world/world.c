/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/world.h"

#include "sim/net/internet.h"
#include "sim/net/network.h"
#include "sim/ns3/ns3.h"
#include "sim/random_streams.h"
#include "sim/scenario/node_index.h"
#include "sim/tap/observer_set.h"
#include "sim/tap/packet_inspector.h"
#include "sim/world/attacker.h"
#include "sim/world/endpoint.h"
#include "sim/world/timeline.h"
#include "sim/world/traffic.h"
#include "sim/world/triggers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Packets on their way at once: full queues of the greatest length on sixteen links. */
#define FRAMES_MAX (1u << 20)

struct world {
    const scenario *scenario;
    uint64_t seed;
    observer *observers;
    observer_set told;
    packet_inspector *inspector; /* NULL: no packet is inspected */
    uint32_t connections_max;    /* of the inspector; 0: its own limit */
    run_error error;
    n3_world *n3;
    node_index *nodes_by_name;
    internet *internet;
    nat_router **nats;      /* the internet owns them */
    address_realm **realms; /* behind each */
    network *networks;
    roam_identity **identities;
    roam_shared *shared; /* by all nodes */
    endpoint **endpoints;
    traffic *traffic;
    services *services;
    balancer **balancers; /* by scenario index */
    attackers *attackers;
    timeline *timeline;
    background *background; /* NULL: there is none */
    triggers *triggers;     /* NULL: no entry of the timeline has `after` */
};

/* ---- making ---- */

static int add_simulator(world *self)
{
    n3_world_options options;
    n3_world_options_default(&options);
    options.seed = self->seed;
    options.frames_max = FRAMES_MAX;
    int status = n3_world_new(&options, &self->n3);
    if (!status) {
        self->error.n3 = self->n3;
        status = internet_new(self->n3, &self->internet);
    }
    if (!status)
        return RUN_ERROR_NONE;
    return run_error_set(&self->error, status == N3_ERR_MEMORY ? RUN_ERROR_MEMORY : RUN_ERROR_NS3, "ns-3: %s",
                         n3_strerror(status));
}

static int add_tables(world *self, const world_options *options)
{
    const scenario *const whole = self->scenario;
    self->nodes_by_name = node_index_new(whole);
    self->observers = calloc(options->observer_count + 3, sizeof *self->observers);
    self->nats = calloc(whole->nat_count + 1, sizeof(nat_router *));
    self->realms = calloc(whole->nat_count + 1, sizeof(address_realm *));
    self->networks = calloc(whole->network_count + 1, sizeof *self->networks);
    self->identities = calloc(whole->node_count + 1, sizeof(roam_identity *));
    self->endpoints = calloc(whole->node_count + 1, sizeof(endpoint *));
    if (!self->nodes_by_name || !self->nats || !self->realms || !self->observers || !self->networks ||
        !self->identities || !self->endpoints)
        return run_error_set(&self->error, RUN_ERROR_MEMORY, "out of memory");
    if (options->observer_count)
        memcpy(self->observers, options->observers, options->observer_count * sizeof *self->observers);
    self->told = observer_set_of(self->observers, options->observer_count);
    for (uint32_t i = 0; i < whole->network_count; i++)
        network_init(&self->networks[i], whole, i);
    return RUN_ERROR_NONE;
}

static void on_core_event(void *ctx, uint32_t node, uint32_t other, const roam_event *event, uint64_t now_ns)
{
    const world *const self = ctx;
    timeline_core_event(self->timeline, node, other, event, now_ns);
}

static void on_trigger(void *ctx, const scenario_event *event, uint64_t now_ns)
{
    const world *const self = ctx;
    timeline_take(self->timeline, event, now_ns);
}

static int add_triggers(world *self, size_t *observer_count)
{
    const triggers_options options = {.n3 = self->n3,
                                      .scenario = self->scenario,
                                      .endpoints = self->endpoints,
                                      .error = &self->error,
                                      .take = on_trigger,
                                      .ctx = self};
    const int status = triggers_new(&options, &self->triggers);
    if (!status && self->triggers)
        self->observers[(*observer_count)++] = triggers_observer(self->triggers);
    return status;
}

/* Before the endpoints, which look whether an observer needs their keys. */
static int add_attackers(world *self, size_t observer_count)
{
    const int added = add_triggers(self, &observer_count);
    if (added)
        return added;

    self->observers[observer_count++] = (observer){.ctx = self, .core_event = on_core_event};
    self->told = observer_set_of(self->observers, observer_count);
    attackers_options options = {
        .n3 = self->n3, .scenario = self->scenario, .endpoints = self->endpoints, .error = &self->error};
    const int status = attackers_new(&options, &self->attackers);
    if (!status && attackers_observer(self->attackers, &self->observers[observer_count]))
        self->told = observer_set_of(self->observers, observer_count + 1);
    return status;
}

/* After the observers are known. */
static int add_packet_inspector(world *self)
{
    if (!self->told.frames && !packet_inspector_is_needed(self->scenario))
        return RUN_ERROR_NONE;
    if (packet_inspector_new(self->scenario, self->connections_max, &self->inspector) != 0)
        return run_error_set(&self->error, RUN_ERROR_MEMORY, "out of memory");
    self->told.inspector = self->inspector;
    return RUN_ERROR_NONE;
}

static int add_nat(world *self, uint32_t index)
{
    const nat_router_options options = {.n3 = self->n3,
                                        .scenario = self->scenario,
                                        .observers = &self->told,
                                        .error = &self->error,
                                        .nat = index};
    const uint32_t outer = self->scenario->nats[index].behind;
    const int status = nat_router_new(&options, &self->nats[index]);
    if (status)
        return status;
    if (internet_add_nat(self->internet, self->nats[index],
                         outer == SCENARIO_NONE ? internet_outside(self->internet) : self->realms[outer],
                         &self->realms[index]))
        return run_error_set(&self->error, RUN_ERROR_MEMORY, "out of memory");
    return RUN_ERROR_NONE;
}

/* The outer one of two nested NATs comes first, wherever it stands in the file. */
static int add_nats(world *self)
{
    const scenario *const whole = self->scenario;
    size_t made = 0;
    while (made < whole->nat_count) {
        for (uint32_t i = 0; i < whole->nat_count; i++) {
            const uint32_t outer = whole->nats[i].behind;
            if (self->nats[i] || (outer != SCENARIO_NONE && !self->realms[outer]))
                continue;
            const int status = add_nat(self, i);
            if (status)
                return status;
            made++;
        }
    }
    for (size_t i = 0; i < whole->network_count; i++) {
        const uint32_t index = whole->networks[i].nat;
        self->networks[i].realm =
            index == SCENARIO_NONE ? internet_outside(self->internet) : self->realms[index];
    }
    return RUN_ERROR_NONE;
}

static access_link *on_server_link(void *ctx, uint32_t node, roam_family family)
{
    const world *const self = ctx;
    return host_link(endpoint_host(self->endpoints[node]), self->scenario->nodes[node].behind->network,
                     family);
}

static int add_services(world *self)
{
    self->services = services_new(self->scenario);
    self->balancers = calloc(self->scenario->balancer_count + 1, sizeof(balancer *));
    bool good = self->services && self->balancers;
    for (uint32_t i = 0; good && i < self->scenario->balancer_count; i++) {
        const balancer_options options = {
            .scenario = self->scenario, .index = i, .link = on_server_link, .ctx = self};
        self->balancers[i] = balancer_new(&options);
        good = self->balancers[i] && !internet_add_balancer(self->internet, self->balancers[i]);
    }
    return good ? RUN_ERROR_NONE : run_error_set(&self->error, RUN_ERROR_MEMORY, "out of memory");
}

static int add_identities(world *self)
{
    self->shared = roam_shared_new();
    if (!self->shared)
        return run_error_set(&self->error, RUN_ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < self->scenario->node_count; i++) {
        /* The servers of a service have its name and its key. */
        const char *const name = self->scenario->nodes[scenario_end_of(self->scenario, (uint32_t)i)].name;
        uint8_t key[ROAM_KEY_BYTES];
        random_node_key(self->seed, name, key);
        const int status = roam_identity_new(name, key, &self->identities[i]);
        if (status)
            return run_error_set(&self->error, RUN_ERROR_CORE, "%s: roam_identity_new: %s", name,
                                 roam_strerror(status));
    }
    return RUN_ERROR_NONE;
}

static int on_traffic_send(void *ctx, const traffic_message *message)
{
    const world *const self = ctx;
    const uint32_t from = services_node(self->services, message->from, message->to);
    return from == SCENARIO_NONE ? ROAM_ERR_NOT_CONNECTED : endpoint_send(self->endpoints[from], message);
}

static int on_traffic_open(void *ctx, traffic_stream *stream)
{
    const world *const self = ctx;
    const uint32_t from = services_node(self->services, stream->from, stream->to);
    return from == SCENARIO_NONE ? ROAM_ERR_NOT_CONNECTED
                                 : endpoint_open_stream(self->endpoints[from], stream);
}

static void on_traffic_step(void *ctx, uint32_t node, uint64_t now_ns)
{
    const world *const self = ctx;
    const scenario_balancer *const service = self->scenario->nodes[node].balancer;
    for (size_t i = 0; service && i < service->server_count; i++)
        endpoint_step(self->endpoints[service->servers[i]], now_ns);
    endpoint_step(self->endpoints[node], now_ns);
}

static int add_traffic(world *self)
{
    traffic_options options = {.n3 = self->n3,
                               .scenario = self->scenario,
                               .observers = &self->told,
                               .error = &self->error,
                               .seed = self->seed,
                               .send = on_traffic_send,
                               .open = on_traffic_open,
                               .step = on_traffic_step,
                               .ctx = self};
    return traffic_new(&options, &self->traffic);
}

/* No earlier event can be the cause of a refusal: the scenario itself is impossible. */
static int attach_at_start(world *self, uint32_t node, network *on)
{
    const int status = endpoint_attach(self->endpoints[node], on, 0);
    if (status <= 0)
        return status;
    return run_error_set(&self->error, RUN_ERROR_SCENARIO, "%s on %s: %s", self->scenario->nodes[node].name,
                         on->scenario->name, refusal_sentence((refusal)status));
}

static int add_endpoints(world *self)
{
    endpoint_options options = {.n3 = self->n3,
                                .scenario = self->scenario,
                                .identities = (const roam_identity *const *)self->identities,
                                .shared = self->shared,
                                .nodes_by_name = self->nodes_by_name,
                                .observers = &self->told,
                                .error = &self->error,
                                .internet = self->internet,
                                .traffic = self->traffic,
                                .services = self->services,
                                .endpoints = self->endpoints,
                                .longest_message = traffic_longest_message(self->scenario)};
    for (uint32_t i = 0; i < self->scenario->node_count; i++) {
        const scenario_node *const node = &self->scenario->nodes[i];
        options.node = i;
        int status = endpoint_new(&options, &self->endpoints[i]);
        for (size_t j = 0; !status && j < node->network_count; j++)
            status = attach_at_start(self, i, &self->networks[node->networks[j]]);
        if (status)
            return status;
    }
    return RUN_ERROR_NONE;
}

static int add_timeline(world *self)
{
    timeline_options options = {.n3 = self->n3,
                                .scenario = self->scenario,
                                .networks = self->networks,
                                .nats = self->nats,
                                .endpoints = self->endpoints,
                                .attackers = self->attackers,
                                .balancers = self->balancers,
                                .observers = &self->told,
                                .error = &self->error};
    return timeline_new(&options, &self->timeline);
}

static int add_background(world *self)
{
    const background_options options = {.n3 = self->n3,
                                        .scenario = self->scenario,
                                        .networks = self->networks,
                                        .core = internet_node(self->internet),
                                        .observers = &self->told,
                                        .error = &self->error};
    return background_new(&options, &self->background);
}

int world_new(const world_options *options, world **out, char *error, size_t error_size)
{
    world *const self = calloc(1, sizeof *self);
    if (!self) {
        snprintf(error, error_size, "out of memory");
        return RUN_ERROR_MEMORY;
    }
    self->scenario = options->scenario;
    self->connections_max = options->connections_max;
    self->seed = options->seed;
    int status = add_simulator(self);
    if (!status)
        status = add_tables(self, options);
    if (!status)
        status = add_attackers(self, options->observer_count);
    if (!status)
        status = add_packet_inspector(self);
    if (!status)
        status = add_nats(self);
    if (!status)
        status = add_services(self);
    if (!status)
        status = add_identities(self);
    if (!status)
        status = add_traffic(self);
    if (!status)
        status = add_endpoints(self);
    if (!status)
        status = add_timeline(self);
    if (!status)
        status = add_background(self);
    if (status) {
        status = self->error.code ? self->error.code : status;
        snprintf(error, error_size, "%s", self->error.text);
        world_free(self);
        return status;
    }
    *out = self;
    return RUN_ERROR_NONE;
}

void world_free(world *self)
{
    if (!self)
        return;
    attackers_free(self->attackers);
    for (size_t i = 0; self->endpoints && i < self->scenario->node_count; i++)
        endpoint_free(self->endpoints[i]);
    for (size_t i = 0; self->identities && i < self->scenario->node_count; i++)
        roam_identity_free(self->identities[i]);
    roam_shared_free(self->shared);
    timeline_free(self->timeline);
    background_free(self->background);
    triggers_free(self->triggers);
    traffic_free(self->traffic);
    services_free(self->services);
    for (size_t i = 0; self->balancers && i < self->scenario->balancer_count; i++)
        balancer_free(self->balancers[i]);
    free(self->balancers);
    internet_free(self->internet);
    node_index_free(self->nodes_by_name);
    free(self->endpoints);
    free(self->identities);
    free(self->nats);
    free(self->realms);
    free(self->networks);
    free(self->observers);
    packet_inspector_free(self->inspector);
    n3_world_free(self->n3);
    free(self);
}

/* ---- running and inspection ---- */

int world_run(world *self, uint64_t until_ns)
{
    if (self->error.code)
        return self->error.code;
    const n3_status status = n3_world_run_until(self->n3, until_ns);
    if (status)
        return run_error_set(&self->error, RUN_ERROR_NS3, "ns-3: %s: %s", n3_strerror(status),
                             n3_world_error(self->n3));
    return self->error.code;
}

void world_follow(world *self)
{
    timeline_follow(self->timeline);
}

const char *world_error(const world *self)
{
    return self->error.text;
}

uint64_t world_now_ns(const world *self)
{
    return n3_world_now_ns(self->n3);
}

bool world_path_stats(const world *self, uint32_t peer, uint32_t node, roam_path_stats *out)
{
    const scenario_peer *const ends = &self->scenario->peers[peer];
    const uint32_t other = ends->dialer == node ? ends->acceptor : ends->dialer;
    const uint32_t at = services_node(self->services, node, other);
    return at != SCENARIO_NONE && endpoint_path_stats(self->endpoints[at], other, out);
}

const char *world_library_version(const world *self, uint32_t node)
{
    return endpoint_version(self->endpoints[node]);
}

roam_membership_counts world_membership_counts(const world *self, uint32_t node)
{
    roam_membership_counts counts = {0};
    const member *const of = endpoint_member(self->endpoints[node]);
    if (of->core)
        roam_membership_count(of->core, &counts);
    return counts;
}

uint32_t world_passive_view(const world *self, uint32_t node)
{
    const member *const of = endpoint_member(self->endpoints[node]);
    return of->core ? (uint32_t)roam_passive_view(of->core, NULL, 0) : 0;
}

nat_counts world_nat_count(const world *self, uint32_t index)
{
    return nat_router_count(self->nats[index], world_now_ns(self));
}

bool world_nat_next_binding(const world *self, uint32_t index, uint32_t *cursor, nat_binding *out)
{
    return nat_router_next_binding(self->nats[index], world_now_ns(self), cursor, out);
}

background_counts world_background_count(const world *self, size_t index)
{
    return background_count(self->background, index);
}

world_link_counts world_link_count(const world *self, uint32_t node, uint32_t on, bool up)
{
    access_counts counts = host_count(endpoint_host(self->endpoints[node]), &self->networks[on], up);
    return (world_link_counts){.packets = counts.packets,
                               .bytes = counts.bytes,
                               .delivered = counts.delivered,
                               .dropped_queue = counts.dropped_queue,
                               .dropped_loss = counts.dropped_loss,
                               .dropped_down = counts.dropped_down,
                               .dropped_blackhole = counts.dropped_blackhole,
                               .dropped_fault = counts.dropped_fault,
                               .dropped_partition = counts.dropped_partition,
                               .dropped_checksum = counts.dropped_checksum,
                               .dropped_medium = counts.dropped_medium,
                               .copied = counts.copied,
                               .held = counts.held,
                               .corrupted = counts.corrupted,
                               .ecn_marked = counts.ecn_marked,
                               .ecn_bleached = counts.ecn_bleached,
                               .queue_peak = counts.queue_peak};
}
