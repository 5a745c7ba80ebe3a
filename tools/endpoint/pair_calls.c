/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The functions of the adapter, one wrapper each, and the rules for what they return. */
#include "tools/endpoint/pair_internal.h"

#include <stdio.h>

const char *pair_status_text(int status)
{
    static const char *const texts[] = {
        "OK",        "BLOCKED", "NO_CONNECTION_ID", "UNSUPPORTED", "INVALID",
        "NO_MEMORY", "TLS",     "CLOSED",           "FAILED",      "TOO_LARGE"};
    static char other[32];
    if (status <= 0 && status > -(int)(sizeof texts / sizeof texts[0]))
        return texts[-status];
    (void)snprintf(other, sizeof other, "%d, which is no status", status);
    return other;
}

static int status_of(pair_node *node, const char *function, int status)
{
    if (status > 0 || status < ROAM_ENDPOINT_TOO_LARGE)
        pair_fault(node->pair, "%s returns %d, which is no roam_endpoint_status", function, status);
    return status;
}

static const roam_endpoint_library *table_of(const pair_connection *connection)
{
    return &connection->node->library->table;
}

int pair_make(endpoint_pair *pair, pair_side side)
{
    pair_node *const node = &pair->nodes[side];
    node->endpoint = NULL;
    pair_enter(node, "endpoint_new");
    const int status = node->library->table.endpoint_new(&node->options, &node->endpoint);
    pair_leave(node);
    if (status == ROAM_ENDPOINT_OK && !node->endpoint)
        pair_fault(pair, "endpoint_new returns OK and no endpoint");
    if (status != ROAM_ENDPOINT_OK)
        node->endpoint = NULL;
    return status_of(node, "endpoint_new", status);
}

void pair_unmake(endpoint_pair *pair, pair_side side)
{
    pair_node *const node = &pair->nodes[side];
    for (size_t i = 0; i < node->connection_count; i++)
        pair_connection_free(&node->connections[i]);
    if (!node->endpoint)
        return;
    pair_enter(node, "endpoint_free");
    node->library->table.endpoint_free(node->endpoint);
    pair_leave(node);
    node->endpoint = NULL;
}

pair_connection *pair_connect_only(endpoint_pair *pair, int *status)
{
    pair_node *const node = &pair->nodes[PAIR_CLIENT];
    const roam_endpoint_path path = pair_path_from(pair, 0);
    roam_endpoint_connection *handle = NULL;
    pair->being_made = NULL;
    pair_enter(node, "connect");
    *status =
        node->library->table.connect(node->endpoint, &path, pair->nodes[PAIR_SERVER].options.node, &handle);
    pair_leave(node);
    (void)status_of(node, "connect", *status);
    if (*status != ROAM_ENDPOINT_OK)
        return NULL;
    if (!handle)
        pair_fault(pair, "connect returns OK and no connection");
    else if (pair->being_made && pair->being_made != handle)
        pair_fault(pair, "connect named another connection in a host call than the one that it returns");
    else if (pair_find(node, handle))
        pair_fault(pair, "connect returns a connection that the host has already");
    return pair->fault[0] != '\0' ? NULL : pair_add(node, handle);
}

pair_connection *pair_connect(endpoint_pair *pair, int *status)
{
    pair_connection *const connection = pair_connect_only(pair, status);
    if (connection)
        pair_serve(connection);
    return connection;
}

roam_endpoint_connection *pair_route(pair_node *node, const roam_endpoint_datagram *datagram)
{
    pair_enter(node, "route");
    roam_endpoint_connection *const handle = node->library->table.route(node->endpoint, datagram);
    pair_leave(node);
    if (handle && !pair_find(node, handle))
        pair_fault(node->pair, "route returns a connection that the host does not know");
    return handle;
}

void pair_close(pair_connection *connection, bool application, uint64_t code)
{
    pair_node *const node = connection->node;
    const bool over = connection->closed;
    pair_enter(node, "close");
    table_of(connection)->close(connection->handle, application, code);
    pair_leave(node);
    if (!over && !connection->closed)
        pair_fault(node->pair, "close returns without CLOSED_EVENT, which comes inside of it");
}

void pair_connection_free(pair_connection *connection)
{
    if (connection->freed)
        return;
    pair_enter(connection->node, "connection_free");
    table_of(connection)->connection_free(connection->handle);
    pair_leave(connection->node);
    connection->freed = true;
}

int pair_migrate(pair_connection *connection, const roam_endpoint_path *path, uint32_t mode)
{
    pair_enter(connection->node, "migrate");
    const int status = table_of(connection)->migrate(connection->handle, path, mode);
    pair_leave(connection->node);
    pair_serve(connection);
    return status_of(connection->node, "migrate", status);
}

void pair_abandon(pair_connection *connection)
{
    const uint32_t failed = connection->failed, validated = connection->validated;
    pair_enter(connection->node, "migrate_abandon");
    table_of(connection)->migrate_abandon(connection->handle);
    pair_leave(connection->node);
    if (connection->failed != failed || connection->validated != validated)
        pair_fault(connection->node->pair,
                   "migrate_abandon makes an event of the validation that it gives up");
    pair_serve(connection);
}

void pair_ping(pair_connection *connection, bool resume)
{
    pair_enter(connection->node, "ping");
    table_of(connection)->ping(connection->handle, resume);
    pair_leave(connection->node);
    pair_serve(connection);
}

int pair_peer(pair_connection *connection, roam_endpoint_peer *out)
{
    *out = (roam_endpoint_peer){.size = sizeof *out};
    pair_enter(connection->node, "peer");
    const int status = table_of(connection)->peer(connection->handle, out);
    pair_leave(connection->node);
    return status_of(connection->node, "peer", status);
}

roam_endpoint_path pair_path(pair_connection *connection)
{
    roam_endpoint_path path = {.local = {.family = 0}};
    pair_enter(connection->node, "path");
    table_of(connection)->path(connection->handle, &path);
    pair_leave(connection->node);
    return path;
}

void pair_statistics(pair_connection *connection, roam_endpoint_statistics *out)
{
    *out = (roam_endpoint_statistics){.size = sizeof *out};
    pair_enter(connection->node, "statistics");
    table_of(connection)->statistics(connection->handle, out);
    pair_leave(connection->node);
    if (out->connection_id_len > ROAM_ENDPOINT_CONNECTION_ID_MAX)
        pair_fault(connection->node->pair,
                   "statistics has a connection ID of %u bytes: at most %d (RFC 9000 section 17.2)",
                   out->connection_id_len, ROAM_ENDPOINT_CONNECTION_ID_MAX);
}

int pair_stream_open(pair_connection *connection, bool bidirectional, int64_t *id)
{
    *id = -1;
    pair_enter(connection->node, "stream_open");
    const int status = table_of(connection)->stream_open(connection->handle, bidirectional, id);
    pair_leave(connection->node);
    if (status != ROAM_ENDPOINT_OK)
        return status_of(connection->node, "stream_open", status);
    const int64_t kind = (connection->node->side == PAIR_SERVER ? 1 : 0) + (bidirectional ? 0 : 2);
    if (*id < 0 || (*id & 3) != kind)
        pair_fault(connection->node->pair,
                   "stream_open gives stream %lld: those of this end and direction are 4n+%lld (RFC 9000 "
                   "section 2.1)",
                   (long long)*id, (long long)kind);
    else if (pair_stream_of(connection, *id))
        pair_fault(connection->node->pair, "stream_open gives stream %lld a second time", (long long)*id);
    return status;
}

int pair_stream_write(pair_connection *connection, int64_t id, const uint8_t *data, size_t len, bool finish,
                      size_t *taken)
{
    *taken = 0;
    pair_enter(connection->node, "stream_write");
    const int status = table_of(connection)->stream_write(connection->handle, id, data, len, finish, taken);
    pair_leave(connection->node);
    if (*taken > len)
        pair_fault(connection->node->pair, "stream_write took %zu of %zu bytes", *taken, len);
    else if (status == ROAM_ENDPOINT_BLOCKED && *taken > 0)
        pair_fault(connection->node->pair,
                   "stream_write answers BLOCKED and took %zu bytes: then it answers OK", *taken);
    return status_of(connection->node, "stream_write", status);
}

int pair_stream_read(pair_connection *connection, int64_t id, uint8_t *data, size_t capacity, size_t *len,
                     bool *finished)
{
    *len = 0;
    *finished = false;
    pair_enter(connection->node, "stream_read");
    const int status =
        table_of(connection)->stream_read(connection->handle, id, data, capacity, len, finished);
    pair_leave(connection->node);
    if (*len > capacity)
        pair_fault(connection->node->pair, "stream_read gives %zu bytes where %zu fit", *len, capacity);
    return status_of(connection->node, "stream_read", status);
}

int pair_stream_reset(pair_connection *connection, int64_t id, uint64_t code)
{
    pair_enter(connection->node, "stream_reset");
    const int status = table_of(connection)->stream_reset(connection->handle, id, code);
    pair_leave(connection->node);
    return status_of(connection->node, "stream_reset", status);
}

void pair_stream_priority(pair_connection *connection, int64_t id, uint8_t urgency)
{
    pair_enter(connection->node, "stream_priority");
    table_of(connection)->stream_priority(connection->handle, id, urgency);
    pair_leave(connection->node);
}

uint64_t pair_deadline(pair_connection *connection)
{
    pair_enter(connection->node, "deadline");
    const uint64_t deadline_ns = table_of(connection)->deadline(connection->handle);
    pair_leave(connection->node);
    return deadline_ns;
}
