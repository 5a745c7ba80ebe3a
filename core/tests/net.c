/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/net.h"

#include "core/hash.h"
#include "core/tests/allocation.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { HOSTS_MAX = 128, BINDINGS_MAX = 64 };

typedef struct flight {
    uint64_t arrive_ns, order;
    roam_addr from;
    roam_datagram datagram;
    uint8_t data[];
} flight;

typedef struct socket {
    net_host *host;
    roam_adapter *adapter;
    roam_addr local;
    struct socket *next;
} socket;

typedef struct binding {
    roam_addr inside, outside;
} binding;

struct net_fixture {
    uint64_t now_ns, order;
    bool ipv6;
    uint64_t delay_ns[NET_NETWORKS];
    bool block_up[NET_NETWORKS], block_down[NET_NETWORKS];
    bool (*drop)(void *user, const roam_addr *from, const roam_datagram *datagram);
    void *drop_user;
    net_host *hosts[HOSTS_MAX];
    size_t host_count;
    socket *sockets;
    binding bindings[BINDINGS_MAX];
    size_t binding_count;
    flight **heap;
    size_t count, capacity;
    net_stats stats;
};

/* ---- Datagrams in flight: a binary heap by time and order ---- */

static bool before(const flight *a, const flight *b)
{
    return a->arrive_ns != b->arrive_ns ? a->arrive_ns < b->arrive_ns : a->order < b->order;
}

static void push(net_fixture *net, flight *f)
{
    if (net->count == net->capacity) {
        net->capacity = net->capacity ? net->capacity * 2 : 64;
        net->heap = allocation_resize(net->heap, net->capacity * sizeof *net->heap);
        assert(net->heap);
    }
    size_t i = net->count++;
    for (; i > 0 && before(f, net->heap[(i - 1) / 2]); i = (i - 1) / 2)
        net->heap[i] = net->heap[(i - 1) / 2];
    net->heap[i] = f;
}

static flight *pop(net_fixture *net)
{
    flight *first = net->heap[0];
    flight *last = net->heap[--net->count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= net->count)
            break;
        if (child + 1 < net->count && before(net->heap[child + 1], net->heap[child]))
            child++;
        if (!before(net->heap[child], last))
            break;
        net->heap[i] = net->heap[child];
        i = child;
    }
    net->heap[i] = last;
    return first;
}

/* ---- Network address translation ---- */

void net_nat(net_fixture *net, const roam_addr *inside, const roam_addr *outside)
{
    size_t i = 0;
    while (i < net->binding_count && !roam_addr_equal(&net->bindings[i].inside, inside))
        i++;
    assert(i < BINDINGS_MAX);
    net->binding_count += i == net->binding_count;
    net->bindings[i] = (binding){.inside = *inside, .outside = *outside};
}

static roam_addr outside_of(const net_fixture *net, const roam_addr *inside)
{
    for (size_t i = 0; i < net->binding_count; i++)
        if (roam_addr_equal(&net->bindings[i].inside, inside))
            return net->bindings[i].outside;
    return *inside;
}

/* ---- Adapters ---- */

static int network_of(const roam_addr *addr)
{
    return addr->bytes[1];
}

static int on_send(void *ctx, const roam_datagram *datagram, uint64_t now_ns)
{
    socket *s = ctx;
    net_fixture *net = s->host->net;
    net->stats.datagrams++;
    net->stats.bytes += datagram->len;
    net->stats.hash = core_hash_bytes(net->stats.hash, &now_ns, sizeof now_ns);
    net->stats.hash = core_hash_bytes(net->stats.hash, s->local.bytes, sizeof s->local.bytes);
    net->stats.hash = core_hash_bytes(net->stats.hash, &s->local.port, sizeof s->local.port);
    net->stats.hash = core_hash_bytes(net->stats.hash, datagram->data, datagram->len);
    int from = network_of(&s->local), to = network_of(&datagram->remote);
    if (s->host->refuse_datagrams[from])
        return ROAM_ERR_ADAPTER;
    if (s->host->largest[from] && datagram->segment_len > s->host->largest[from])
        return ROAM_ERR_TOO_LARGE;
    bool dropped = net->drop && net->drop(net->drop_user, &s->local, datagram);
    if (dropped || to >= NET_NETWORKS || net->block_up[from] || net->block_down[to])
        return 0; /* also to a network that there is not */
    flight *f = allocation_resize(NULL, sizeof *f + datagram->len);
    assert(f);
    memcpy(f->data, datagram->data, datagram->len);
    f->arrive_ns = now_ns + net->delay_ns[from] + net->delay_ns[to];
    f->order = net->order++;
    f->from = outside_of(net, &s->local);
    f->datagram = *datagram;
    f->datagram.data = f->data;
    push(net, f);
    return 0;
}

static void on_close(void *ctx)
{
    socket *s = ctx;
    socket **link = &s->host->net->sockets;
    while (*link != s)
        link = &(*link)->next;
    *link = s->next;
    s->host->adapters_open--;
    free(s);
}

static const roam_adapter_vtable adapter_vtable = {.send = on_send, .close = on_close};

static roam_adapter *open_at(net_host *host, const roam_addr *local)
{
    socket *s = allocation_resize(NULL, sizeof *s);
    assert(s);
    *s = (socket){.host = host, .local = *local, .next = host->net->sockets};
    if (roam_adapter_new(&adapter_vtable, s, local, &s->adapter)) {
        free(s);
        return NULL;
    }
    host->net->sockets = s;
    host->adapters_open++;
    return s->adapter;
}

roam_adapter *net_open(net_host *host, int network)
{
    roam_addr addr = net_addr(host, network, host->next_port++);
    return open_at(host, &addr);
}

/* ---- Callbacks of nodes ---- */

static void on_random(void *user_data, uint8_t *bytes, size_t len)
{
    net_host *host = user_data;
    for (size_t i = 0; i < len; i++) {
        host->random_state =
            host->random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        bytes[i] = (uint8_t)(host->random_state >> 56);
    }
}

static int on_open_adapter(void *user_data, const roam_addr *local, const roam_addr *remote,
                           roam_adapter **out)
{
    (void)remote;
    net_host *host = user_data;
    if (host->refuse_adapters)
        return host->refusal ? host->refusal : ROAM_ERR_ADAPTER;
    int network = local->family == ROAM_FAMILY_NONE ? host->network : network_of(local);
    uint16_t port = local->port ? local->port : host->next_port++;
    roam_addr addr = net_addr(host, network, port);
    roam_adapter *adapter = open_at(host, &addr);
    if (!adapter)
        return ROAM_ERR_NO_MEMORY;
    *out = adapter;
    return 0;
}

static void on_message(void *user_data, const roam_message *message, uint64_t now_ns)
{
    net_host *host = user_data;
    host->messages++;
    host->message_bytes += message->len;
    host->message_hash = core_hash_bytes(host->message_hash, &message->key, sizeof message->key);
    host->message_hash = core_hash_bytes(host->message_hash, message->data, message->len);
    if (host->on_message)
        host->on_message(host, message, now_ns);
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    net_host *host = subscriber_data;
    if (host->event_count < NET_EVENTS_MAX)
        host->events[host->event_count++] = (net_event){.at_ns = now_ns, .event = *event};
    if (host->on_event)
        host->on_event(host, event, now_ns);
}

/* A call of roam_migrate without a result yet. */
typedef struct net_call {
    struct net_call *next;
    net_host *host;
    void *data;
} net_call;

static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    net_call *call = done_data;
    net_host *host = call->host;
    assert(host->result_count < NET_RESULTS_MAX);
    host->results[host->result_count++] =
        (net_result){.at_ns = now_ns, .peer = peer, .record = *record, .done_data = call->data};
    net_call **link = &host->calls;
    while (*link != call)
        link = &(*link)->next; /* a second result of one call runs off the end */
    *link = call->next;
    free(call);
}

/* ---- The fixture ---- */

net_fixture *net_new(void)
{
    net_fixture *net = calloc(1, sizeof *net);
    assert(net);
    net->stats.hash = CORE_HASH_START;
    for (int i = 0; i < NET_NETWORKS; i++)
        net->delay_ns[i] = 10 * NET_MS;
    return net;
}

void net_ipv6(net_fixture *net)
{
    assert(net->host_count == 0);
    net->ipv6 = true;
}

void net_free(net_fixture *net)
{
    for (size_t i = 0; i < net->host_count; i++) {
        int rv = roam_node_free(net->hosts[i]->node);
        assert(rv == 0);
        roam_identity_free(net->hosts[i]->identity);
        assert(net->hosts[i]->adapters_open == 0);
        while (net->hosts[i]->calls) {
            net_call *next = net->hosts[i]->calls->next;
            free(net->hosts[i]->calls);
            net->hosts[i]->calls = next;
        }
        free(net->hosts[i]);
    }
    while (net->count > 0)
        free(pop(net));
    free(net->heap);
    free(net);
}

void net_crash(net_host *host)
{
    int rv = roam_node_free(host->node);
    assert(rv == 0);
    (void)rv;
    host->node = NULL;
}

void net_restart(net_host *host, void (*change)(roam_node_options *options))
{
    roam_node_options options;
    roam_node_options_default(&options);
    options.identity = host->identity;
    options.callbacks.random = on_random;
    options.callbacks.open_adapter = on_open_adapter;
    options.callbacks.message = on_message;
    options.user_data = host;
    if (change)
        change(&options);
    int rv = roam_node_new(&options, &host->node);
    assert(rv == 0);
    roam_subscription subscription;
    rv = roam_subscribe(host->node, on_event, host, &subscription);
    assert(rv == 0);
    (void)rv;
}

void net_accepting(roam_node_options *options)
{
    options->accept = true;
}

net_host *net_add(net_fixture *net, const char *name, int network, void (*change)(roam_node_options *options))
{
    assert(net->host_count < HOSTS_MAX);
    net_host *host = calloc(1, sizeof *host);
    assert(host);
    host->net = net;
    host->name = name;
    host->network = network;
    host->number = (uint8_t)(++net->host_count);
    host->random_state =
        core_hash_bytes(core_hash_bytes(CORE_HASH_START, &host->number, 1), name, strlen(name));
    host->next_port = 50000;
    net->hosts[net->host_count - 1] = host;
    uint8_t seed[ROAM_KEY_BYTES] = {host->number, 7}; /* of which the keys of the first three are in order */
    int rv = roam_identity_new(name, seed, &host->identity);
    assert(rv == 0);
    (void)rv;
    net_restart(host, change);
    return host;
}

roam_addr net_addr(const net_host *host, int network, uint16_t port)
{
    const bool ipv6 = host->net->ipv6;
    return (roam_addr){.family = ipv6 ? ROAM_FAMILY_IPV6 : ROAM_FAMILY_IPV4,
                       .port = port,
                       .bytes = {ipv6 ? 0xfd : 10, (uint8_t)network, 0, host->number}};
}

void net_listen(net_host *host)
{
    roam_addr local = net_addr(host, host->network, 4433);
    int rv = roam_node_add_adapter(host->node, open_at(host, &local));
    assert(rv == 0);
    (void)rv;
}

void net_dial(net_host *host, net_host *other)
{
    roam_addr remote = net_addr(other, other->network, 4433);
    roam_peer_id peer;
    int rv = roam_dial(host->node, other->name, &remote, NULL, host->net->now_ns, &peer);
    assert(rv == 0);
    (void)rv;
    net_poke(host);
}

roam_peer_id net_connect(net_host *host, net_host *other)
{
    net_dial(host, other);
    for (int i = 0; i < 200 && !(net_count(host, ROAM_EVENT_PEER_UP) && net_count(other, ROAM_EVENT_PEER_UP));
         i++)
        net_run_for(host->net, 100 * NET_MS);
    return roam_peer_find(host->node, other->name);
}

void net_delay(net_fixture *net, int network, uint64_t delay_ns)
{
    net->delay_ns[network] = delay_ns;
}

void net_block(net_fixture *net, int network, bool up, bool down)
{
    net->block_up[network] = up;
    net->block_down[network] = down;
}

void net_filter(net_fixture *net,
                bool (*drop)(void *user, const roam_addr *from, const roam_datagram *datagram), void *user)
{
    net->drop = drop;
    net->drop_user = user;
}

uint64_t net_now(const net_fixture *net)
{
    return net->now_ns;
}

net_stats net_stats_of(const net_fixture *net)
{
    return net->stats;
}

void net_poke(net_host *host)
{
    int rv = roam_node_step(host->node, host->net->now_ns);
    assert(rv == 0);
    assert(roam_node_overdue(host->node) == 0);
    (void)rv;
}

static void arrive(net_fixture *net, const flight *f)
{
    for (socket *s = net->sockets; s; s = s->next) {
        roam_addr outside = outside_of(net, &s->local);
        if (roam_addr_equal(&outside, &f->datagram.remote)) {
            roam_datagram datagram = f->datagram;
            datagram.remote = f->from;
            int rv = roam_node_receive(s->host->node, s->adapter, &datagram, net->now_ns);
            assert(rv == 0);
            (void)rv;
            if (!s->host->batch)
                net_poke(s->host);
            return;
        }
    }
}

void net_inject(net_host *to, const roam_addr *local, const roam_addr *from, const void *data, size_t len)
{
    flight *f = malloc(sizeof *f + len);
    assert(f);
    memcpy(f->data, data, len);
    f->from = *from;
    f->datagram = (roam_datagram){.remote = *local, .data = f->data, .len = len, .segment_len = len};
    arrive(to->net, f);
    free(f);
}

void net_run(net_fixture *net, uint64_t until_ns)
{
    for (;;) {
        net_host *next = NULL;
        uint64_t at_ns = net->count > 0 ? net->heap[0]->arrive_ns : ROAM_NEVER;
        for (size_t i = 0; i < net->host_count; i++) {
            const roam_node *node = net->hosts[i]->node;
            uint64_t deadline = node && !net->hosts[i]->batch ? roam_node_deadline(node) : ROAM_NEVER;
            if (deadline < at_ns) {
                at_ns = deadline;
                next = net->hosts[i];
            }
        }
        if (at_ns > until_ns)
            break;
        if (at_ns > net->now_ns)
            net->now_ns = at_ns;
        if (next) {
            net_poke(next);
            continue;
        }
        flight *f = pop(net);
        arrive(net, f);
        free(f);
    }
    net->now_ns = until_ns;
}

void net_run_for(net_fixture *net, uint64_t ns)
{
    net_run(net, net->now_ns + ns);
}

bool net_migrate(net_host *host, roam_peer_id peer, int network, uint64_t timeout_ns, roam_migrate_mode mode,
                 void *data)
{
    net_call *call = allocation_resize(NULL, sizeof *call);
    assert(call);
    *call = (net_call){.next = host->calls, .host = host, .data = data};
    host->calls = call;
    roam_migrate_options options;
    roam_migrate_options_default(&options);
    if (network != NET_ANY)
        options.local = net_addr(host, network, 0);
    options.timeout_ns = timeout_ns;
    options.mode = mode;
    options.done = on_done;
    options.done_data = call;
    if (roam_migrate(host->node, peer, &options, host->net->now_ns) == 0)
        return true;
    host->calls = call->next;
    free(call);
    return false;
}

size_t net_count(const net_host *host, roam_event_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < host->event_count; i++)
        n += host->events[i].event.kind == kind;
    return n;
}

const roam_event *net_last(const net_host *host, roam_event_kind kind)
{
    for (size_t i = host->event_count; i-- > 0;)
        if (host->events[i].event.kind == kind)
            return &host->events[i].event;
    return NULL;
}

int net_ups(const net_host *host)
{
    return (int)net_count(host, ROAM_EVENT_PEER_UP) - (int)net_count(host, ROAM_EVENT_PEER_DOWN);
}

void net_send(net_host *host, roam_peer_id peer, uint64_t key, const void *data, size_t len)
{
    int rv = roam_send(host->node, peer, key, data, len);
    assert(rv == 0);
    (void)rv;
    net_poke(host);
}
