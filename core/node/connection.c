/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/connection.h"

#include "core/node/attempts.h"
#include "core/node/migrate.h"

#include <stdlib.h>
#include <string.h>

/* ---- Creation ---- */

static core_connection *connection_new(roam_node *node, core_peer *peer, roam_adapter *adapter,
                                       uint64_t now_ns)
{
    if (core_node_reserve_timer(node))
        return NULL;
    core_connection *connection = calloc(1, sizeof *connection);
    if (!connection)
        return NULL;
    connection->node = node;
    connection->peer = peer;
    connection->adapter = adapter;
    connection->serial = ++node->connection_serial;
    connection->heard_ns = connection->ticked_ns = now_ns;
    connection->waiting_since_ns = connection->up_due_ns = ROAM_NEVER;
    connection->timer.owner = connection;
    connection->timer.fire = core_connection_expire;
    connection->streams_owner = (core_streams_owner){.options = &node->options,
                                                     .outbox = &node->outbox,
                                                     .channel_up = core_connection_channel_up,
                                                     .ctx = connection};
    core_dist_init(&connection->dist, &connection->streams_owner);
    core_user_streams_init(&connection->user_streams, &connection->streams_owner,
                           node->connections_by_id.seed);
    connection->older = node->connections;
    if (node->connections)
        node->connections->newer = connection;
    node->connections = connection;
    node->connection_count++;
    return connection;
}

static core_quic_options quic_options(roam_node *node, const roam_adapter *adapter, const roam_addr *remote)
{
    return (core_quic_options){.handlers = &core_connection_handlers,
                               .tls = node->tls,
                               .random = &node->random,
                               .token_secret = node->token_secret,
                               .reset_secret = node->reset_secret,
                               .node = &node->options,
                               .local = adapter->local,
                               .remote = *remote};
}

int core_connection_dial(roam_node *node, core_peer *peer, roam_adapter *adapter, const roam_addr *remote,
                         uint64_t now_ns)
{
    core_connection *connection = connection_new(node, peer, adapter, now_ns);
    if (!connection)
        return ROAM_ERR_NO_MEMORY;
    connection->dialled = true;
    adapter->connection = connection;
    connection->local = adapter->local;
    connection->remote = *remote;
    core_quic_options options = quic_options(node, adapter, remote);
    options.owner = connection;
    int rv = core_quic_dial(&options, now_ns, &connection->quic);
    if (rv) {
        connection->adapter = NULL; /* stays the caller's */
        core_connection_free(connection);
        return rv;
    }
    connection->streams_owner.quic = connection->quic;
    peer->connection = connection;
    core_connection_touch(connection);
    return 0;
}

int core_connection_accept(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns, core_connection **out)
{
    core_connection *connection = connection_new(node, NULL, adapter, now_ns);
    if (!connection)
        return ROAM_ERR_NO_MEMORY;
    connection->local = adapter->local;
    connection->remote = datagram->remote;
    core_quic_options options = quic_options(node, adapter, &datagram->remote);
    options.owner = connection;
    options.require_token = node->half_open >= node->options.max_half_open;
    int rv = core_quic_accept(&options, datagram->data, datagram->len, now_ns, &connection->quic);
    if (rv) {
        core_connection_free(connection);
        return rv;
    }
    connection->streams_owner.quic = connection->quic;
    connection->half_open = true;
    node->half_open++;
    *out = connection;
    return 0;
}

void core_connection_retry(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                           uint64_t now_ns)
{
    uint8_t packet[CORE_UDP_PAYLOAD_MAX];
    core_quic_options options = quic_options(node, adapter, &datagram->remote);
    size_t len = core_quic_retry(&options, datagram->data, datagram->len, now_ns, packet);
    roam_datagram answer = {.remote = datagram->remote, .data = packet, .len = len, .segment_len = len};
    if (len > 0 && core_adapter_send(adapter, &answer, now_ns))
        return; /* lost like any other */
}

void core_connection_settle(core_connection *connection)
{
    if (connection->half_open)
        connection->node->half_open--;
    connection->half_open = false;
}

/* ---- The end ---- */

void core_connection_forget_id(core_connection *connection, core_issued_id **link)
{
    core_issued_id *issued = *link;
    *link = issued->next;
    core_map_remove(&connection->node->connections_by_id, issued->id.bytes, issued->id.len);
    free(issued);
}

/* Adapters that are ours alone; a listener belongs to the node. */
static void free_adapters(core_connection *connection)
{
    for (size_t i = 0; i < connection->retiring_count; i++)
        roam_adapter_free(connection->retiring[i].adapter);
    connection->retiring_count = 0;
    if (connection->dialled)
        roam_adapter_free(connection->adapter);
    connection->adapter = NULL;
}

static void remove_dirty(core_connection *connection)
{
    roam_node *node = connection->node;
    core_connection **link = &node->dirty_first;
    core_connection *previous = NULL;
    for (; *link != connection; link = &(*link)->next_dirty)
        previous = *link;
    *link = connection->next_dirty;
    if (node->dirty_last == connection)
        node->dirty_last = previous;
    connection->dirty = false;
}

void core_connection_free(core_connection *connection)
{
    roam_node *node = connection->node;
    if (connection->dirty)
        remove_dirty(connection);
    core_connection_settle(connection);
    core_migrate_free(connection);
    core_rebind_free(connection);
    core_user_streams_fini(&connection->user_streams);
    if (connection->quic) {
        core_dist_fini(&connection->dist);
        core_quic_free(connection->quic);
    }
    while (connection->ids)
        core_connection_forget_id(connection, &connection->ids);
    free_adapters(connection);
    core_heap_set(&node->timers, &connection->timer, ROAM_NEVER);
    if (connection->peer && connection->peer->connection == connection)
        connection->peer->connection = NULL;
    if (connection->newer)
        connection->newer->older = connection->older;
    else
        node->connections = connection->older;
    if (connection->older)
        connection->older->newer = connection->newer;
    node->connection_count--;
    free(connection);
}

/* Transport error codes (RFC 9000 section 20.1). */
enum {
    NO_ERROR = 0x00,
    INTERNAL_ERROR = 0x01,
    APPLICATION_ERROR = 0x0c,
    AEAD_LIMIT_REACHED = 0x0f,
    NO_VIABLE_PATH = 0x10
};

/* What a code of CONNECTION_CLOSE says besides that one end refused the other. */
typedef struct close_reason {
    bool application;
    uint64_t code;
    roam_down_reason reason;
} close_reason;

static const close_reason close_reasons[] = {
    {true, ROAM_CLOSE_LEFT, ROAM_DOWN_LEFT},           {true, ROAM_CLOSE_TICK, ROAM_DOWN_TICK},
    {true, ROAM_CLOSE_HANDSHAKE, ROAM_DOWN_HANDSHAKE}, {true, ROAM_CLOSE_DUPLICATE, ROAM_DOWN_REPLACED},
    {true, ROAM_CLOSE_FAILED, ROAM_DOWN_ERROR},        {false, NO_ERROR, ROAM_DOWN_LEFT},
    {false, INTERNAL_ERROR, ROAM_DOWN_ERROR},          {false, APPLICATION_ERROR, ROAM_DOWN_HANDSHAKE},
    {false, AEAD_LIMIT_REACHED, ROAM_DOWN_ERROR},      {false, NO_VIABLE_PATH, ROAM_DOWN_ERROR},
};

static roam_down_reason closed_for(const core_connection *connection, const core_quic_end *end)
{
    bool there = end->kind == CORE_QUIC_CLOSED_THERE;
    bool foreign = there && connection->node->options.protocol == ROAM_PROTOCOL_RAW;
    if (!there && !end->application && end->code == NO_ERROR)
        return ROAM_DOWN_REJECTED; /* the other end speaks no version of QUIC that is spoken here */
    if (foreign && end->application && end->code != ROAM_CLOSE_LEFT)
        return ROAM_DOWN_REJECTED;
    if (connection->owes_down)
        return ROAM_DOWN_REJECTED; /* as a duplicate of a connection that never came up */
    for (size_t i = 0; i < sizeof close_reasons / sizeof close_reasons[0]; i++) {
        if (close_reasons[i].application == end->application && close_reasons[i].code == end->code)
            return close_reasons[i].reason;
    }
    return ROAM_DOWN_REJECTED;
}

static roam_down_reason down_reason(const core_connection *connection)
{
    core_quic_end end = core_quic_ended(connection->quic);
    if (connection->unreachable)
        return ROAM_DOWN_UNREACHABLE;
    switch (end.kind) {
    case CORE_QUIC_IDLE:
        return ROAM_DOWN_IDLE;
    case CORE_QUIC_HANDSHAKE_TIMEOUT:
        return ROAM_DOWN_HANDSHAKE;
    case CORE_QUIC_RESET:
        return ROAM_DOWN_RESET;
    case CORE_QUIC_CLOSED_HERE:
    case CORE_QUIC_CLOSED_THERE:
        return closed_for(connection, &end);
    case CORE_QUIC_OPEN:
    case CORE_QUIC_DROPPED:
        break;
    }
    return ROAM_DOWN_ERROR;
}

void core_connection_tell_down(const core_connection *connection, uint64_t now_ns)
{
    core_quic_end end = core_quic_ended(connection->quic);
    roam_event down = {.kind = ROAM_EVENT_PEER_DOWN, .peer = connection->peer->id};
    down.down.reason = down_reason(connection);
    down.down.code = end.code;
    down.down.application = end.application;
    core_outbox_emit(&connection->node->outbox, &down, now_ns);
}

void core_connection_wind_up(core_connection *connection, uint64_t now_ns)
{
    core_quic_end end = core_quic_ended(connection->quic);
    core_peer *peer = connection->peer;
    bool told_up = connection->state == CORE_CONNECTION_UP;
    bool in_use = peer && peer->connection == connection;
    core_migrate_connection_lost(connection, now_ns);
    core_connection_settle(connection);
    connection->state = CORE_CONNECTION_CLOSING;
    connection->forget_ns = now_ns;
    if (end.kind == CORE_QUIC_CLOSED_HERE || end.kind == CORE_QUIC_CLOSED_THERE) {
        roam_path_stats stats = {0};
        core_quic_path_stats(connection->quic, &stats);
        connection->forget_ns = now_ns + 3 * stats.pto_ns; /* RFC 9000 section 10.2 */
    }
    if (in_use)
        peer->connection = told_up || connection->leaving ? NULL : core_attempts_other(connection);
    if (in_use && connection->leaving)
        peer->had_channel = false;
    if (in_use && peer->connection)
        return; /* one of several attempts */
    if (!told_up && !in_use)
        return; /* accepted and never heard of, or replaced before it was up */
    const bool closed_there = end.kind == CORE_QUIC_CLOSED_THERE;
    if (!told_up && closed_there && down_reason(connection) == ROAM_DOWN_REPLACED) {
        /* The other end keeps the connection that it dialled: PEER_UP follows, or else the PEER_DOWN that is
         * due. */
        connection->owes_down = true;
        connection->ups_before = peer->ups;
        connection->forget_ns = now_ns + connection->node->options.handshake_timeout_ns;
        return;
    }
    if (closed_there && down_reason(connection) == ROAM_DOWN_LEFT)
        core_outbox_emit(&connection->node->outbox, &(roam_event){.kind = ROAM_EVENT_LEFT, .peer = peer->id},
                         now_ns);
    core_connection_tell_down(connection, now_ns);
}

void core_connection_close(core_connection *connection, roam_close_code code, uint64_t now_ns)
{
    core_quic_close(connection->quic, true, code, now_ns);
    core_connection_touch(connection);
}

void core_connection_leave(core_connection *connection)
{
    connection->leaving = true;
    core_connection_touch(connection);
}

/* Two connections between the same two nodes. When each end dialled one, the one that the smaller name
 * dialled stays; when one end dialled twice, it has lost the first. */
static bool loses_to(const core_connection *connection, const core_connection *other)
{
    bool ours_stays =
        strcmp(roam_identity_name(connection->node->options.identity), connection->peer->name) < 0;
    return other->dialled != connection->dialled && connection->dialled != ours_stays;
}

uint64_t core_connection_up(core_connection *connection)
{
    roam_node *node = connection->node;
    core_peer *peer = connection->peer;
    core_connection *other = peer->connection;
    if (other && other != connection) {
        if (loses_to(connection, other))
            return ROAM_CLOSE_DUPLICATE + UINT64_C(1);
        core_connection_close(other, ROAM_CLOSE_DUPLICATE, node->now_ns);
        peer->connection = connection; /* first: callbacks may dial */
        core_connection_wind_up(other, node->now_ns);
    }
    peer->connection = connection;
    peer->had_channel = true;
    peer->ups++;
    connection->state = CORE_CONNECTION_UP;
    connection->streams_owner.peer = peer->id;
    connection->streams_owner.up = true;
    core_outbox_emit(&node->outbox, &(roam_event){.kind = ROAM_EVENT_PEER_UP, .peer = peer->id},
                     node->now_ns);
    return 0;
}
