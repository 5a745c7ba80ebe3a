/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/benchmarks/link.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { DATAGRAM_MAX = 2048, SOCKETS_MAX = 8, LISTEN_PORT = 4433, DIAL_PORT = 50000 };

#define CONNECT_NS UINT64_C(1000000000)
#define BITS_NS UINT64_C(8000000000) /* bits of a byte times ns of a second */

typedef struct slot {
    uint64_t arrive_ns;
    roam_addr from, to;
    size_t len;
    uint8_t bytes[DATAGRAM_MAX];
} slot;

/* From one end to the other, in order: all take the same time. */
typedef struct ring {
    slot *slots;
    uint32_t first, count;
    uint64_t free_ns; /* when the last datagram has been serialised */
} ring;

typedef struct end end;

typedef struct socket {
    end *at;
    roam_adapter *adapter; /* NULL: closed */
    roam_addr local;
} socket;

struct end {
    bench_link *link;
    bench_end which;
    roam_identity *identity;
    roam_node *node;
    ring out;
    socket sockets[SOCKETS_MAX];
    uint16_t next_port;
    uint64_t random_state;
    uint64_t received_bytes;
    bool up;
};

struct bench_link {
    bench_link_options options;
    end ends[2];
    uint64_t now_ns;
    uint64_t datagrams;
    uint32_t migrations;
    roam_peer_id peer; /* the acceptor, to the dialer */
};

/* ---- Datagrams ---- */

static void push(bench_link *link, ring *out, const socket *from, const roam_datagram *datagram, size_t at,
                 size_t len)
{
    const bench_link_options *const options = &link->options;
    const uint64_t start_ns = out->free_ns > link->now_ns ? out->free_ns : link->now_ns;
    link->datagrams++;
    if (out->count == options->slots || (options->rate_bps && start_ns - link->now_ns > options->queue_ns))
        return;
    assert(len <= DATAGRAM_MAX);
    out->free_ns = options->rate_bps ? start_ns + len * BITS_NS / options->rate_bps : start_ns;
    slot *const s = &out->slots[(out->first + out->count++) % options->slots];
    s->arrive_ns = out->free_ns + options->delay_ns;
    s->from = from->local;
    s->to = datagram->remote;
    s->len = len;
    memcpy(s->bytes, datagram->data + at, len);
}

static int on_send(void *ctx, const roam_datagram *datagram, uint64_t now_ns)
{
    (void)now_ns;
    const socket *const from = ctx;
    for (size_t at = 0; at < datagram->len; at += datagram->segment_len) {
        const size_t left = datagram->len - at;
        push(from->at->link, &from->at->out, from, datagram, at,
             left < datagram->segment_len ? left : datagram->segment_len);
    }
    return 0;
}

static void on_close(void *ctx)
{
    socket *const s = ctx;
    s->adapter = NULL;
}

static const roam_adapter_vtable adapter_vtable = {.send = on_send, .close = on_close};

static int open_socket(end *at, uint16_t port, roam_adapter **out)
{
    socket *s = at->sockets;
    while (s < at->sockets + SOCKETS_MAX && s->adapter)
        s++;
    if (s == at->sockets + SOCKETS_MAX)
        return ROAM_ERR_ADAPTER;
    *s = (socket){
        .at = at,
        .local = {.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {192, 0, 2, (uint8_t)(1 + at->which)}}};
    const int rv = roam_adapter_new(&adapter_vtable, s, &s->local, &s->adapter);
    if (rv == ROAM_OK)
        *out = s->adapter;
    return rv;
}

/* ---- Callbacks of a node ---- */

static void on_random(void *user_data, uint8_t *bytes, size_t len)
{
    end *const at = user_data;
    for (size_t i = 0; i < len; i++) {
        at->random_state = at->random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        bytes[i] = (uint8_t)(at->random_state >> 56);
    }
}

static int on_open_adapter(void *user_data, const roam_addr *local, const roam_addr *remote,
                           roam_adapter **out)
{
    (void)local;
    (void)remote;
    end *const at = user_data;
    return open_socket(at, at->next_port++, out);
}

static void on_message(void *user_data, const roam_message *message, uint64_t now_ns)
{
    (void)now_ns;
    end *const at = user_data;
    at->received_bytes += message->len;
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    (void)now_ns;
    end *const at = subscriber_data;
    if (event->kind == ROAM_EVENT_PEER_UP)
        at->up = true;
    else if (event->kind == ROAM_EVENT_PEER_DOWN)
        at->up = false;
}

static void on_migrated(void *done_data, roam_peer_id peer, const roam_migration_record *record,
                        uint64_t now_ns)
{
    (void)peer;
    (void)now_ns;
    bench_link *const link = done_data;
    link->migrations += record->result == ROAM_OK;
}

/* ---- The link ---- */

static const char *end_name(bench_end which)
{
    return which == BENCH_DIALER ? "dialer" : "acceptor";
}

static int open_end(bench_link *link, bench_end which)
{
    end *const at = &link->ends[which];
    at->link = link;
    at->which = which;
    at->next_port = DIAL_PORT;
    at->random_state = link->options.seed * 2 + which;
    at->out.slots = malloc(link->options.slots * sizeof *at->out.slots);
    if (!at->out.slots)
        return ROAM_ERR_NO_MEMORY;
    uint8_t seed[ROAM_KEY_BYTES];
    on_random(at, seed, sizeof seed);
    int rv = roam_identity_new(end_name(which), seed, &at->identity);
    if (rv != ROAM_OK)
        return rv;
    roam_node_options options;
    roam_node_options_default(&options);
    options.identity = at->identity;
    options.user_data = at;
    options.accept = which == BENCH_ACCEPTOR;
    options.callbacks.random = on_random;
    options.callbacks.open_adapter = on_open_adapter;
    options.callbacks.message = on_message;
    rv = roam_node_new(&options, &at->node);
    if (rv != ROAM_OK)
        return rv;
    roam_subscription subscription;
    rv = roam_subscribe(at->node, on_event, at, &subscription);
    if (rv != ROAM_OK || which == BENCH_DIALER)
        return rv;
    roam_adapter *adapter;
    rv = open_socket(at, LISTEN_PORT, &adapter);
    if (rv != ROAM_OK)
        return rv;
    rv = roam_node_add_adapter(at->node, adapter);
    if (rv != ROAM_OK)
        roam_adapter_free(adapter);
    return rv;
}

int bench_link_new(const bench_link_options *options, bench_link **out)
{
    bench_link *const link = calloc(1, sizeof *link);
    if (!link)
        return ROAM_ERR_NO_MEMORY;
    link->options = *options;
    int rv = open_end(link, BENCH_DIALER);
    if (rv == ROAM_OK)
        rv = open_end(link, BENCH_ACCEPTOR);
    if (rv == ROAM_OK)
        *out = link;
    else
        bench_link_free(link);
    return rv;
}

void bench_link_free(bench_link *link)
{
    if (!link)
        return;
    for (int i = 0; i < 2; i++) {
        end *const at = &link->ends[i];
        if (at->node)
            roam_node_free(at->node);
        roam_identity_free(at->identity);
        free(at->out.slots);
    }
    free(link);
}

static void step(end *at)
{
    const int rv = roam_node_step(at->node, at->link->now_ns);
    assert(rv == ROAM_OK);
    (void)rv;
}

static void arrive(end *to, const slot *s)
{
    for (socket *at = to->sockets; at < to->sockets + SOCKETS_MAX; at++) {
        if (!at->adapter || at->local.port != s->to.port)
            continue;
        roam_datagram datagram = {.remote = s->from, .data = s->bytes, .len = s->len, .segment_len = s->len};
        const int rv = roam_node_receive(to->node, at->adapter, &datagram, to->link->now_ns);
        assert(rv == ROAM_OK);
        (void)rv;
        step(to);
        return;
    }
}

static bool run_next(bench_link *link, uint64_t until_ns)
{
    uint64_t at_ns = ROAM_NEVER;
    end *next = NULL;
    bool datagram = false;
    for (int i = 0; i < 2; i++) {
        end *const at = &link->ends[i];
        if (at->out.count > 0 && at->out.slots[at->out.first].arrive_ns < at_ns) {
            at_ns = at->out.slots[at->out.first].arrive_ns;
            next = at;
            datagram = true;
        }
        const uint64_t deadline_ns = roam_node_deadline(at->node);
        if (deadline_ns < at_ns) {
            at_ns = deadline_ns;
            next = at;
            datagram = false;
        }
    }
    if (!next || at_ns > until_ns)
        return false;
    if (at_ns > link->now_ns)
        link->now_ns = at_ns;
    if (datagram) {
        /* The slot is given back after the call: what is sent meanwhile goes the other way. */
        arrive(&link->ends[!next->which], &next->out.slots[next->out.first]);
        next->out.first = (next->out.first + 1) % link->options.slots;
        next->out.count--;
    } else {
        step(next);
    }
    return true;
}

void bench_link_run(bench_link *link, uint64_t until_ns)
{
    while (run_next(link, until_ns))
        ;
    if (until_ns > link->now_ns)
        link->now_ns = until_ns;
}

int bench_link_connect(bench_link *link)
{
    end *const dialer = &link->ends[BENCH_DIALER];
    const roam_addr *const remote = &link->ends[BENCH_ACCEPTOR].sockets[0].local;
    const int rv = roam_dial(dialer->node, end_name(BENCH_ACCEPTOR), remote, NULL, link->now_ns, &link->peer);
    if (rv != ROAM_OK)
        return rv;
    step(dialer);
    const uint64_t until_ns = link->now_ns + CONNECT_NS;
    while (!(dialer->up && link->ends[BENCH_ACCEPTOR].up) && run_next(link, until_ns))
        ;
    return dialer->up && link->ends[BENCH_ACCEPTOR].up ? ROAM_OK : ROAM_ERR_NOT_CONNECTED;
}

int bench_link_reconnect(bench_link *link)
{
    end *const dialer = &link->ends[BENCH_DIALER];
    const int rv = roam_hang_up(dialer->node, link->peer);
    if (rv != ROAM_OK)
        return rv;
    step(dialer);
    link->ends[BENCH_ACCEPTOR].up = false;
    return bench_link_connect(link);
}

int bench_link_send(bench_link *link, bench_end from, const void *data, size_t len)
{
    roam_node *const node = link->ends[from].node;
    roam_peer_id peer = from == BENCH_DIALER ? link->peer : roam_peer_find(node, end_name(BENCH_DIALER));
    return roam_send(node, peer, 0, data, len);
}

int bench_link_migrate(bench_link *link)
{
    roam_migrate_options options;
    roam_migrate_options_default(&options);
    options.done = on_migrated;
    options.done_data = link;
    return roam_migrate(link->ends[BENCH_DIALER].node, link->peer, &options, link->now_ns);
}

uint64_t bench_link_now_ns(const bench_link *link)
{
    return link->now_ns;
}

uint64_t bench_link_received_bytes(const bench_link *link, bench_end at)
{
    return link->ends[at].received_bytes;
}

uint64_t bench_link_datagrams(const bench_link *link)
{
    return link->datagrams;
}

uint32_t bench_link_migrations(const bench_link *link)
{
    return link->migrations;
}
