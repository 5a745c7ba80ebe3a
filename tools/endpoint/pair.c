/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/endpoint/pair_internal.h"

#include "core/hash.h"
#include "core/tls/identity.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    ROUNDS_MAX = 256,    /* of serving one connection at one time */
    SERVED_LATE_MAX = 8, /* expire and flush that leave a deadline that has come */
    STEPS_MAX = 2000000,
};

#define ALPN "roam-dist/1"
#define WINDOW (256 * 1024)

static void os_random(void *ctx, uint8_t *bytes, size_t len)
{
    endpoint_pair *const pair = ctx;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)(core_hash_next(&pair->os_random_state) >> 32);
}

static int init_node(endpoint_pair *pair, pair_side side, const endpoint_library *library)
{
    pair_node *const node = &pair->nodes[side];
    const char *const name = side == PAIR_CLIENT ? "client" : "server";
    uint8_t key[ROAM_KEY_BYTES];
    node->pair = pair;
    node->side = side;
    node->host.node = node;
    node->library = library;
    node->random_state = core_hash_mix(pair->seed * 2 + (uint64_t)side);
    uint64_t key_state = core_hash_mix((uint64_t)side + 77);
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)core_hash_next(&key_state);
    if (roam_identity_new(name, key, &node->identity) != ROAM_OK)
        return -1;
    const core_der certificate = core_identity_certificate(node->identity);
    const core_der private_key = core_identity_private_key(node->identity);
    node->calls = pair_calls;
    node->calls.qlog = NULL;
    node->options = (roam_endpoint_options){
        .size = sizeof node->options,
        .calls = &node->calls,
        .host = &node->host,
        .node = name,
        .server = side == PAIR_SERVER,
        .alpn = ALPN,
        .certificate = certificate.bytes,
        .certificate_len = certificate.len,
        .key = private_key.bytes,
        .key_len = private_key.len,
        .idle_timeout_ns = 30 * PAIR_S,
        .handshake_timeout_ns = 10 * PAIR_S,
        .initial_rtt_ns = 100 * PAIR_MS,
        .stream_window = WINDOW,
        .connection_window = 4 * WINDOW,
        .max_window = 16 * WINDOW,
        .max_streams_bidirectional = 16,
        .max_streams_unidirectional = 16,
        .active_connection_id_limit = 8,
        .max_datagram = 1452,
    };
    (void)pair_add_address(pair, side);
    return 0;
}

endpoint_pair *pair_new(const endpoint_library *client, const endpoint_library *server, uint64_t seed)
{
    endpoint_pair *const pair = calloc(1, sizeof *pair);
    if (!pair)
        return NULL;
    pair->now_ns = PAIR_START_NS;
    pair->seed = seed;
    pair->delay_ns = 20 * PAIR_MS;
    pair->network_state = core_hash_mix(seed ^ CORE_HASH_GOLDEN);
    pair->hash = pair->hash_of_times = CORE_HASH_START;
    pair->thread = pthread_self();
    pair->os_random_state = core_hash_mix(~seed);
    pair->call.random = os_random;
    pair->call.ctx = pair;
    if (init_node(pair, PAIR_CLIENT, client) != 0 || init_node(pair, PAIR_SERVER, server) != 0 ||
        dissect_new(NULL, &pair->dissect) != 0) {
        pair_free(pair);
        return NULL;
    }
    return pair;
}

void pair_free(endpoint_pair *pair)
{
    if (!pair)
        return;
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++) {
        if (pair->nodes[side].library)
            pair_unmake(pair, side);
        roam_identity_free(pair->nodes[side].identity);
    }
    for (pair_datagram *datagram; (datagram = pair_take(pair));)
        free(datagram);
    dissect_free(pair->dissect);
    free(pair);
}

pair_connection *pair_find(pair_node *node, const roam_endpoint_connection *handle)
{
    for (size_t i = node->connection_count; handle && i > 0; i--)
        if (node->connections[i - 1].handle == handle && !node->connections[i - 1].freed)
            return &node->connections[i - 1];
    return NULL;
}

pair_connection *pair_add(pair_node *node, roam_endpoint_connection *handle)
{
    if (node->connection_count == PAIR_CONNECTIONS_MAX) {
        pair_fault(node->pair, "there are more connections than the test makes (%d)", PAIR_CONNECTIONS_MAX);
        return NULL;
    }
    pair_connection *const connection = &node->connections[node->connection_count++];
    *connection = (pair_connection){
        .node = node, .handle = handle, .made_ns = node->pair->now_ns, .deadline_ns = ROAM_ENDPOINT_NEVER};
    return connection;
}

pair_connection *pair_newest(endpoint_pair *pair, pair_side side)
{
    pair_node *const node = &pair->nodes[side];
    for (size_t i = node->connection_count; i > 0; i--)
        if (!node->connections[i - 1].freed)
            return &node->connections[i - 1];
    return NULL;
}

roam_endpoint_path pair_path_from(const endpoint_pair *pair, size_t client_address)
{
    const roam_endpoint_path path = {.local = pair->nodes[PAIR_CLIENT].addresses[client_address].local,
                                     .remote = pair->nodes[PAIR_SERVER].addresses[0].seen};
    return path;
}

static void flush(pair_connection *connection)
{
    pair_enter(connection->node, "flush");
    connection->node->library->table.flush(connection->handle);
    pair_leave(connection->node);
}

static void expire(pair_connection *connection)
{
    connection->times_expired++;
    pair_enter(connection->node, "expire");
    connection->node->library->table.expire(connection->handle);
    pair_leave(connection->node);
}

/* Whether all that came was read before a stream was over. */
static void check_over(pair_connection *connection)
{
    for (size_t i = 0; i < connection->stream_count; i++) {
        const pair_stream *const stream = &connection->streams[i];
        const bool receives = !stream->opened_here || !(stream->id & 2);
        if (stream->over && !stream->reset && receives && !stream->finished)
            pair_fault(connection->node->pair,
                       "STREAM_CLOSED of stream %lld comes before stream_read has given its end",
                       (long long)stream->id);
    }
}

/* Until nothing is new. */
static void exchange(pair_connection *connection)
{
    endpoint_pair *const pair = connection->node->pair;
    for (size_t i = 0; i < ROUNDS_MAX; i++) {
        connection->news = false;
        pair_pump(connection);
        check_over(connection);
        if (connection->closed || pair->fault[0] != '\0')
            return;
        flush(connection);
        if (!connection->news || pair->fault[0] != '\0')
            return;
    }
    pair_fault(pair, "events come without end: %d rounds of stream calls and flush at one time", ROUNDS_MAX);
}

void pair_serve(pair_connection *connection)
{
    endpoint_pair *const pair = connection->node->pair;
    for (size_t late = 0; !connection->freed && pair->fault[0] == '\0'; late++) {
        exchange(connection);
        if (connection->closed || pair->fault[0] != '\0')
            break;
        connection->deadline_ns = pair_deadline(connection);
        if (connection->deadline_ns > pair->now_ns)
            return;
        if (late == SERVED_LATE_MAX) {
            const uint64_t late_ns = pair->now_ns - connection->deadline_ns;
            if (late_ns == 0)
                pair_fault(pair, "deadline stays in the past after expire and flush: it is still now");
            else
                pair_fault(pair, "deadline stays in the past after expire and flush: %llu ns before now",
                           (unsigned long long)late_ns);
            return;
        }
        expire(connection);
    }
    connection->deadline_ns = ROAM_ENDPOINT_NEVER;
}

/* Connections that were not named, and have something new. */
static void serve_news(pair_node *node)
{
    for (size_t i = 0; i < node->connection_count && node->pair->fault[0] == '\0'; i++)
        if (node->connections[i].news && !node->connections[i].freed)
            pair_serve(&node->connections[i]);
}

static void arrive(endpoint_pair *pair, const pair_datagram *datagram)
{
    pair_node *const node = &pair->nodes[datagram->to];
    if (!node->endpoint)
        return;
    const roam_endpoint_datagram given = {
        .path = {.local = node->addresses[datagram->address].local, .remote = datagram->from},
        .ecn = datagram->ecn,
        .data = datagram->data,
        .len = datagram->len,
    };
    roam_endpoint_connection *expected = NULL;
    if (node->library->table.route)
        expected = pair_route(node, &given);
    pair_enter(node, "receive");
    roam_endpoint_connection *const handle = node->library->table.receive(node->endpoint, &given);
    pair_leave(node);
    pair_connection *const connection = pair_find(node, handle);
    if (handle && !connection)
        pair_fault(pair, "receive returns a connection that accepted() did not announce");
    if (expected && expected != handle)
        pair_fault(pair, "receive gives a datagram to another connection than route said before");
    if (connection) {
        connection->received++;
        pair_serve(connection);
    }
    serve_news(node);
}

static pair_connection *first_deadline(endpoint_pair *pair)
{
    pair_connection *first = NULL;
    for (size_t side = 0; side < 2; side++)
        for (size_t i = 0; i < pair->nodes[side].connection_count; i++) {
            pair_connection *const connection = &pair->nodes[side].connections[i];
            if (!connection->freed && !connection->closed && connection->deadline_ns != ROAM_ENDPOINT_NEVER &&
                (!first || connection->deadline_ns < first->deadline_ns))
                first = connection;
        }
    return first;
}

static void pause_wall(const endpoint_pair *pair)
{
    const struct timespec span = {.tv_nsec = (long)pair->pause_wall_ns};
    if (pair->pause_wall_ns)
        (void)nanosleep(&span, NULL);
}

/* The next thing that happens, not after until_ns. False: there is none. */
static bool step(endpoint_pair *pair, uint64_t until_ns)
{
    pair_connection *const timed = first_deadline(pair);
    const uint64_t arrival_ns = pair_next_arrival(pair);
    const uint64_t deadline_ns = timed ? timed->deadline_ns : ROAM_ENDPOINT_NEVER;
    const uint64_t next_ns = arrival_ns < deadline_ns ? arrival_ns : deadline_ns;
    if (next_ns == ROAM_ENDPOINT_NEVER || next_ns > until_ns)
        return false;
    pair_node *const node = timed ? timed->node : NULL;
    pause_wall(pair);
    if (next_ns > pair->now_ns)
        pair->now_ns = next_ns;
    if (++pair->steps > STEPS_MAX) {
        pair_fault(pair, "%d datagrams and timers without an end", STEPS_MAX);
    } else if (arrival_ns <= deadline_ns) {
        pair_datagram *const datagram = pair_take(pair);
        arrive(pair, datagram);
        free(datagram);
    } else {
        expire(timed);
        pair_serve(timed);
        serve_news(node);
    }
    return true;
}

bool pair_run(endpoint_pair *pair, uint64_t until_ns, bool (*done)(const endpoint_pair *pair, void *ctx),
              void *ctx)
{
    while (pair->fault[0] == '\0') {
        if (done && done(pair, ctx))
            return true;
        if (!step(pair, until_ns))
            break;
    }
    if (pair->fault[0] == '\0' && pair->now_ns < until_ns)
        pair->now_ns = until_ns;
    return false;
}
