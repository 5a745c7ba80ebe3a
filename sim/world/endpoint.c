/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/endpoint.h"

#include "sim/random_streams.h"
#include "sim/world/endpoint_internal.h"
#include "sim/world/node_settings.h"
#include "sim/world/quic_settings.h"
#include "sim/world/world.h"

#include <stdlib.h>
#include <string.h>

/* Steps at one and the same time, after which an endpoint is taken to ask for steps for ever. */
#define STEPS_AT_ONCE_MAX 1000

static int refused(const endpoint *self, const char *what, int status)
{
    const int code = status == ROAM_ERR_NO_MEMORY ? RUN_ERROR_MEMORY : RUN_ERROR_CORE;
    return run_error_set(self->options.error, code, "%s: %s: %s", self->name, what, roam_strerror(status));
}

static uint64_t now_of(const endpoint *self)
{
    return n3_world_now_ns(self->options.n3);
}

/* What the scenario says of the node. */
static const scenario_node *entry_of(const endpoint *self)
{
    return &self->options.scenario->nodes[self->options.node];
}

/* ---- callbacks of the node: what it needs ---- */

static void on_random(void *user_data, uint8_t *bytes, size_t len)
{
    const endpoint *const self = user_data;
    for (size_t at = 0; at < len; at += 8) {
        const uint64_t word = n3_random_u64(self->random);
        for (size_t i = 0; i < 8 && at + i < len; i++)
            bytes[at + i] = (uint8_t)(word >> (8 * i));
    }
}

static int on_open_adapter(void *user_data, const roam_addr *local, const roam_addr *remote,
                           roam_adapter **out)
{
    endpoint *const self = user_data;
    if (self->dial_relay) {
        relay_path_options options = *self->dial_relay;
        options.local = *local;
        options.server = *remote;
        return relay_path_open(&self->relay_paths, &options, out);
    }
    return host_open(self->host, local, remote, out);
}

/* ---- callbacks of the node: what it reports ---- */

uint32_t endpoint_other(endpoint *self, roam_peer_id peer)
{
    return peer_table_node(&self->peers, self->node, peer);
}

static void on_message(void *user_data, const roam_message *message, uint64_t now_ns)
{
    endpoint *const self = user_data;
    traffic_message received = {.from = endpoint_other(self, message->peer),
                                .to = self->end,
                                .key = message->key,
                                .data = message->data,
                                .len = message->len};
    if (received.from == SCENARIO_NONE)
        run_error_set(self->options.error, RUN_ERROR_CORE, "%s: a message came from an unknown peer",
                      self->name);
    else
        traffic_delivered(self->options.traffic, &received, now_ns);
}

static void on_stream_opened(void *user_data, const roam_stream *opened, uint64_t now_ns)
{
    endpoint *const self = user_data;
    const traffic_stream stream = {endpoint_other(self, opened->peer), self->end, opened->id,
                                   (const char *)opened->tag, opened->tag_len};
    (void)now_ns;
    if (stream.from != SCENARIO_NONE)
        traffic_stream_opened(self->options.traffic, &stream);
}

static void on_stream_data(void *user_data, roam_peer_id peer, roam_stream_id id, const uint8_t *data,
                           size_t len, bool fin, uint64_t now_ns)
{
    endpoint *const self = user_data;
    const traffic_stream stream = {.from = endpoint_other(self, peer), .to = self->end, .id = id};
    (void)fin;
    if (stream.from != SCENARIO_NONE)
        traffic_stream_data(self->options.traffic, &stream, data, len, now_ns);
}

static void on_keylog(void *user_data, const char *line)
{
    const endpoint *const self = user_data;
    observer_set_keylog(self->options.observers, self->options.node, line, now_of(self));
}

static void on_qlog(void *user_data, uint32_t connection, bool dialled, const roam_qlog *told)
{
    endpoint *const self = user_data;
    connection += self->connections_before;
    if (connection > self->connections)
        self->connections = connection;
    observer_set_qlog(self->options.observers, self->options.node, connection, dialled, told);
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    endpoint *const self = subscriber_data;
    const uint32_t node = self->options.node;
    const uint32_t other = endpoint_other(self, event->peer);
    const bool is_member = self->member.core != NULL; /* PEER_UP and PEER_DOWN are then those of its view */
    observer_set_core_event(self->options.observers, node, other, event, now_ns);
    if (other == SCENARIO_NONE)
        return;
    switch (event->kind) {
    case ROAM_EVENT_CHANNEL_UP:
        endpoint_connected(self, event->peer, other, now_ns);
        break;
    case ROAM_EVENT_CHANNEL_DOWN:
        endpoint_disconnected(self, other, now_ns);
        break;
    case ROAM_EVENT_PEER_UP:
        if (!is_member)
            endpoint_connected(self, event->peer, other, now_ns);
        break;
    case ROAM_EVENT_PEER_DOWN:
        if (!is_member)
            endpoint_disconnected(self, other, now_ns);
        break;
    case ROAM_EVENT_WRITABLE:
        if (endpoint_has_traffic_of(self, other))
            traffic_writable(self->options.traffic, self->end, other, now_ns);
        break;
    case ROAM_EVENT_STREAM_WRITABLE:
        if (endpoint_has_traffic_of(self, other))
            traffic_stream_writable(self->options.traffic,
                                    &(traffic_stream){.from = self->end, .to = other, .id = event->stream},
                                    now_ns);
        break;
    case ROAM_EVENT_PATH_CHANGED:
    case ROAM_EVENT_MIGRATION_DONE:
    case ROAM_EVENT_LEFT:
    case ROAM_EVENT_REBOUND:
    case ROAM_EVENT_PREFERRED_ADDRESS:
    case ROAM_EVENT_KEY_PINNED:
        break;
    }
}

/* ---- time and datagrams ---- */

void endpoint_step(endpoint *self, uint64_t now_ns)
{
    if (!self->node || host_is_suspended(self->host))
        return;
    const int status = roam_node_step(self->node, now_ns);
    observer_set_stepped(self->options.observers, self->options.node);
    if (status)
        refused(self, "roam_node_step", status);
    else if (roam_node_overdue(self->node) > 0)
        run_error_set(self->options.error, RUN_ERROR_CORE, "%s: the step at %llu ns left a deadline unserved",
                      self->name, (unsigned long long)now_ns);
    else
        n3_timer_set(self->timer, roam_node_deadline(self->node));
}

static void on_timer(void *user, uint64_t now_ns)
{
    endpoint *const self = user;
    self->fired_count = now_ns == self->fired_ns ? self->fired_count + 1 : 0;
    self->fired_ns = now_ns;
    if (self->fired_count > STEPS_AT_ONCE_MAX)
        run_error_set(self->options.error, RUN_ERROR_CORE,
                      "%s: the endpoint asks for steps without end at %llu ns", self->name,
                      (unsigned long long)now_ns);
    else
        endpoint_step(self, now_ns);
}

static void on_receive(void *ctx, roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    endpoint *const self = ctx;
    roam_datagram through;
    if (self->redirect) {
        self->redirect(self->redirect_ctx, adapter, datagram, now_ns);
        return;
    }
    if (relay_binding_receive(self->binding, adapter, datagram, now_ns))
        return;
    if (self->relay && relay_receive(self->relay, adapter, datagram, now_ns))
        return;
    if (relay_path_receive(self->relay_paths, adapter, datagram, &adapter, &through))
        datagram = &through;
    if (!adapter)
        return;
    const int status = roam_node_receive(self->node, adapter, datagram, now_ns);
    if (status)
        refused(self, "roam_node_receive", status);
    else
        endpoint_step(self, now_ns);
}

/* What a kernel would tell the application of an ICMP error, and the application the core. */
static void on_error(void *ctx, roam_adapter *adapter, const icmp_error *error, uint64_t now_ns)
{
    endpoint *const self = ctx;
    const icmp_quote *const quote = &error->quote;
    const size_t headers = ip_headers_len(quote->source.family);
    int taken = 0;
    (void)adapter;
    if (!self->node || self->redirect)
        return;
    if (error->kind == ICMP_TOO_BIG) {
        const roam_too_big report = {.local = quote->source,
                                     .remote = quote->destination,
                                     .payload_max = error->mtu > headers ? error->mtu - headers : 0,
                                     .datagram_len = quote->payload_len,
                                     .quoted = quote->payload,
                                     .quoted_len = quote->quoted_len};
        taken = roam_node_too_big(self->node, &report, now_ns);
    } else if (error->kind != ICMP_OTHER) {
        taken = roam_node_unreachable(self->node, &quote->source, &quote->destination);
    }
    observer_set_icmp(self->options.observers, self->options.node, error, taken, now_ns);
    endpoint_step(self, now_ns);
}

/* ---- beginning and end ---- */

static int add_host(endpoint *self)
{
    const endpoint_options *const options = &self->options;
    host_options wanted = {.n3 = options->n3,
                           .internet = options->internet,
                           .observers = options->observers,
                           .error = options->error,
                           .name = self->name,
                           .node = options->node,
                           .ports_except = options->scenario->nodes[options->node].listen,
                           .receive = on_receive,
                           .receive_error = on_error,
                           .receive_ctx = self};
    return host_new(&wanted, &self->host);
}

static node_settings settings_of(const endpoint *self)
{
    return (node_settings){.scenario = self->options.scenario,
                           .nodes_by_name = self->options.nodes_by_name,
                           .identities = self->options.identities,
                           .shared = self->options.shared,
                           .node = self->options.node,
                           .longest_message = self->options.longest_message};
}

static void set_callbacks(endpoint *self, roam_node_options *node)
{
    const observer_set *const observers = self->options.observers;
    node->callbacks.random = on_random;
    node->callbacks.open_adapter = on_open_adapter;
    node->callbacks.message = on_message;
    node->callbacks.stream_opened = on_stream_opened;
    node->callbacks.stream_data = on_stream_data;
    node->callbacks.keylog = observers->keylog || observers->inspector ? on_keylog : NULL;
    node->callbacks.qlog = observers->qlog ? on_qlog : NULL;
    node->user_data = self;
}

static uint64_t now_of_ctx(void *ctx)
{
    return now_of(ctx);
}

static void on_library_log(void *ctx, const char *text)
{
    const endpoint *const self = ctx;
    observer_set_endpoint_log(self->options.observers, self->options.node, text, now_of(self));
}

/* Tells what the scenario asks of the node, and its library cannot do. */
static void tell_lacks(const endpoint *self, const roam_node_options *options)
{
    const observer_set *const observers = self->options.observers;
    const scenario_node *const node = entry_of(self);
    if (options->accept && !foreign_can(self->library, ROAM_ENDPOINT_SERVER))
        observer_set_lacks(observers, self->options.node, "server", now_of(self));
    if (scenario_prefers_address(node))
        observer_set_lacks(observers, self->options.node, "preferred_address", now_of(self));
    if (options->disable_active_migration && !foreign_can(self->library, ROAM_ENDPOINT_HONOURS_DISABLE))
        observer_set_lacks(observers, self->options.node, "disable_active_migration", now_of(self));
    const uint64_t asked = quic_settings_asked(node);
    for (uint64_t bit = 1; bit != 0; bit <<= 1)
        if (asked & bit && !foreign_can(self->library, bit))
            observer_set_lacks(observers, self->options.node, quic_settings_name(bit), now_of(self));
}

/* On the QUIC library that the scenario names for it. */
static int new_node(endpoint *self, const roam_node_options *options)
{
    const scenario *const whole = self->options.scenario;
    const core_random random = {.fill = on_random, .user_data = self};
    const quic_library_options library = {.scenario = whole,
                                          .node = self->options.node,
                                          .identity = options->identity,
                                          .random = &random,
                                          .now = now_of_ctx,
                                          .log = on_library_log,
                                          .ctx = self,
                                          .error = self->options.error};
    const bool is_foreign = scenario_endpoint_of(whole, self->options.node) != NULL;
    int status = is_foreign ? quic_library_new(&library, &self->library) : RUN_ERROR_NONE;
    if (status)
        return status;
    self->version = is_foreign ? foreign_version(self->library) : NULL;
    if (is_foreign)
        tell_lacks(self, options);
    status = is_foreign ? foreign_node_new(self->library, options, &self->node)
                        : roam_node_new(options, &self->node);
    return status ? refused(self, "roam_node_new", status) : RUN_ERROR_NONE;
}

static void free_node(endpoint *self)
{
    if (self->node)
        roam_node_free(self->node);
    foreign_free(self->library);
    self->node = NULL;
    self->library = NULL;
}

static int add_node(endpoint *self)
{
    const node_settings settings = settings_of(self);
    roam_node_options options;
    roam_subscription subscription;
    node_settings_options(&settings, &options);
    options.disable_active_migration = self->disable_active_migration;
    set_callbacks(self, &options);
    int status = new_node(self, &options);
    if (status)
        return status;
    status = roam_subscribe(self->node, on_event, self, &subscription);
    if (status)
        return refused(self, "roam_subscribe", status);
    status = node_settings_pin(&settings, self->node);
    if (status)
        return refused(self, "roam_node_pin", status);
    status = member_start(&self->member, self->node, now_of(self));
    return status ? refused(self, "roam_membership_start", status) : RUN_ERROR_NONE;
}

static int add_clock_and_dice(endpoint *self)
{
    n3_world *const n3 = self->options.n3;
    random_consumer consumer = {.purpose = RANDOM_CORE, .node = self->name, .network = ""};
    n3_status status = n3_timer_new(n3, on_timer, self, &self->timer);
    if (!status)
        status = n3_random_new(n3, random_stream(&consumer), &self->random);
    if (!status)
        return RUN_ERROR_NONE;
    return run_error_set(self->options.error, status == N3_ERR_MEMORY ? RUN_ERROR_MEMORY : RUN_ERROR_NS3,
                         "%s: %s", self->name, n3_strerror(status));
}

static relay_reach on_relay_server(void *ctx, const roam_addr *from, roam_addr *out)
{
    const endpoint *const self = ctx;
    return relay_binding_reach(self->options.scenario, self->options.endpoints, self->options.node, from,
                               out);
}

static int add_binding(endpoint *self)
{
    const relay_binding_options options = {.n3 = self->options.n3,
                                           .scenario = self->options.scenario,
                                           .endpoints = self->options.endpoints,
                                           .host = self->host,
                                           .error = self->options.error,
                                           .node = self->options.node};
    return relay_binding_new(&options, &self->binding);
}

static int add_relay(endpoint *self)
{
    const scenario_node *const node = entry_of(self);
    relay_options options = {
        .host = self->host, .port = node->relay_port, .server = on_relay_server, .ctx = self};
    const int status = add_binding(self);
    if (status || node->relay_to == SCENARIO_NONE)
        return status;
    options.preferred_port =
        preferred_relay_port(&self->options.scenario->nodes[node->relay_to], node->relay_port);
    self->relay = relay_new(&options);
    return self->relay ? RUN_ERROR_NONE
                       : run_error_set(self->options.error, RUN_ERROR_MEMORY, "out of memory");
}

int endpoint_new(const endpoint_options *options, endpoint **out)
{
    endpoint *const self = calloc(1, sizeof *self);
    if (!self)
        return run_error_set(options->error, RUN_ERROR_MEMORY, "out of memory");
    self->options = *options;
    self->name = entry_of(self)->name;
    self->end = scenario_end_of(options->scenario, options->node);
    self->disable_active_migration = entry_of(self)->disable_active_migration;
    self->fired_ns = ROAM_NEVER;
    peer_table_init(&self->peers, options->scenario, options->nodes_by_name);
    int status = add_host(self);
    self->member = (member){.scenario = options->scenario, .host = self->host, .node = options->node};
    if (!status)
        status = add_clock_and_dice(self);
    if (!status)
        status = add_node(self);
    if (!status)
        status = add_relay(self);
    if (status)
        endpoint_free(self);
    else
        *out = self;
    return status;
}

void endpoint_free(endpoint *self)
{
    if (!self)
        return;
    free_node(self);
    relay_free(self->relay);
    relay_binding_free(self->binding);
    n3_random_free(self->random);
    n3_timer_free(self->timer);
    host_free(self->host);
    peer_table_fini(&self->peers);
    free(self);
}

const roam_identity *endpoint_identity(const endpoint *self)
{
    return self->options.identities[self->options.node];
}

host *endpoint_host(endpoint *self)
{
    return self->host;
}

/* ---- actions of the timeline ---- */

/* Takes what comes to an address of the host. */
static int listen_at(endpoint *self, const roam_addr *at)
{
    roam_addr address = *at;
    roam_adapter *adapter;
    int status = self->relay ? relay_listen(self->relay, &address) : 0;
    if (status)
        return refusal_or_error(self->options.error, self->name, "relay", status);
    address.port = entry_of(self)->listen;
    if (!self->node || !address.port)
        return RUN_ERROR_NONE;
    status = self->end == self->options.node ? host_open(self->host, &address, NULL, &adapter)
                                             : endpoint_open_service(self, &adapter);
    if (status)
        return refusal_or_error(self->options.error, self->name, "listen", status);
    if (!adapter)
        return RUN_ERROR_NONE;
    status = roam_node_add_adapter(self->node, adapter);
    if (status) {
        roam_adapter_free(adapter);
        return refused(self, "roam_node_add_adapter", status);
    }
    status = self->library ? 0 : preferred_listens(&self->preferred, self->node, &address);
    if (status)
        return refused(self, "roam_node_prefer", status);
    relay_binding_refresh(self->binding, now_of(self));
    member_advertise(&self->member, now_of(self));
    return RUN_ERROR_NONE;
}

/* The host has a new address there. */
static int take_address(endpoint *self, const network *on, const roam_addr *address)
{
    preferred_attached(&self->preferred, entry_of(self), on, address);
    return listen_at(self, address);
}

int endpoint_attach(endpoint *self, network *on, uint64_t now_ns)
{
    roam_addr address;
    const int status = host_attach(self->host, on, now_ns, &address);
    return status ? status : take_address(self, on, &address);
}

int endpoint_detach(endpoint *self, network *on, uint64_t now_ns)
{
    const int status = host_detach(self->host, on, now_ns);
    if (!status)
        preferred_detached(&self->preferred, self->library ? NULL : self->node, entry_of(self), on);
    return status;
}

int endpoint_replace_address(endpoint *self, network *on, uint64_t until_ns, uint64_t now_ns)
{
    roam_addr address;
    const int status = host_replace_address(self->host, on, until_ns, now_ns, &address);
    return status ? status : take_address(self, on, &address);
}

void endpoint_link_up(endpoint *self, const network *on, uint64_t now_ns)
{
    roam_addr address;
    roam_path_stats stats;
    if (!self->node || !host_address(self->host, on, &address))
        return;
    for (roam_peer_id peer = {1}; roam_peer_name(self->node, peer); peer.value++) {
        if (roam_peer_path_stats(self->node, peer, &stats))
            continue;
        stats.local.port = address.port;
        if (roam_addr_equal(&stats.local, &address))
            roam_peer_probe(self->node, peer, now_ns);
    }
    endpoint_step(self, now_ns);
}

void endpoint_stop(endpoint *self, bool leave, uint64_t now_ns)
{
    size_t count;
    const uint32_t *const others = node_index_others(self->options.nodes_by_name, self->end, &count);
    if (leave) {
        roam_node_leave(self->node);
        endpoint_step(self, now_ns);
    }
    member_stop(&self->member);
    free_node(self);
    relay_free(self->relay);
    self->relay = NULL;
    relay_binding_free(self->binding);
    self->binding = NULL;
    n3_timer_set(self->timer, N3_NEVER);
    self->connections_before = self->connections;
    peer_table_forget(&self->peers);
    for (size_t i = 0; i < count; i++)
        endpoint_disconnected(self, others[i], now_ns);
}

const char *endpoint_version(const endpoint *self)
{
    return self->version;
}

member *endpoint_member(endpoint *self)
{
    return &self->member;
}

int endpoint_start(endpoint *self, scenario_change active_migration)
{
    roam_addr address;
    if (active_migration != SCENARIO_AS_BEFORE)
        self->disable_active_migration = active_migration == SCENARIO_DISABLED;
    int status = add_node(self);
    if (!status)
        status = add_relay(self);
    for (size_t i = 0; status >= 0 && host_attached(self->host, i, &address); i++)
        status = refusal_worse(status, listen_at(self, &address));
    return status;
}

bool endpoint_is_running(const endpoint *self)
{
    return self->node != NULL;
}
