/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/connection.h"

#include <stdlib.h>
#include <string.h>

void core_connection_touch(core_connection *connection)
{
    roam_node *const node = connection->node;
    if (connection->dirty)
        return;
    connection->dirty = true;
    connection->next_dirty = NULL;
    if (node->dirty_last)
        node->dirty_last->next_dirty = connection;
    else
        node->dirty_first = connection;
    node->dirty_last = connection;
}

void core_connection_untouch(core_connection *connection)
{
    roam_node *const node = connection->node;
    core_connection **link = &node->dirty_first;
    core_connection *previous = NULL;
    if (!connection->dirty)
        return;
    for (; *link != connection; link = &(*link)->next_dirty)
        previous = *link;
    *link = connection->next_dirty;
    if (node->dirty_last == connection)
        node->dirty_last = previous;
    connection->dirty = false;
}

/* ---- Liveness and connection IDs ---- */

void core_connection_settle(core_connection *connection)
{
    if (connection->half_open)
        connection->node->half_open--;
    connection->half_open = false;
}

void core_connection_heard(core_connection *connection)
{
    connection->heard_ns = connection->node->now_ns;
}

void core_connection_must_come_up(core_connection *connection)
{
    const roam_node *const node = connection->node;
    connection->up_due_ns = core_deadline(node->now_ns, node->options.handshake_timeout_ns);
}

/* ---- Adapters ---- */

roam_adapter *core_connection_listener(const core_connection *connection, const roam_addr *local)
{
    return connection->dialled ? NULL : core_node_listener(connection->node, local);
}

bool core_connection_is_retiring(const core_connection *connection, const roam_adapter *adapter)
{
    for (size_t i = 0; i < connection->retiring_count; i++)
        if (connection->retiring[i].adapter == adapter)
            return true;
    return false;
}

void core_connection_switch(core_connection *connection, roam_adapter *adapter, uint64_t now_ns)
{
    roam_path_stats stats = {0};
    core_quic_path_stats(connection->quic, &stats);
    if (connection->retiring_count == CORE_RETIRING_MAX) {
        roam_adapter_free(connection->retiring[0].adapter);
        connection->retiring_count--;
        memmove(&connection->retiring[0], &connection->retiring[1],
                connection->retiring_count * sizeof connection->retiring[0]);
    }
    connection->retiring[connection->retiring_count++] =
        (core_retiring){.adapter = connection->adapter, .close_ns = now_ns + 3 * stats.pto_ns};
    connection->adapter = adapter;
}

void core_connection_close_retired(core_connection *connection, uint64_t now_ns)
{
    size_t kept = 0;
    for (size_t i = 0; i < connection->retiring_count; i++)
        if (connection->retiring[i].close_ns <= now_ns)
            roam_adapter_free(connection->retiring[i].adapter);
        else
            connection->retiring[kept++] = connection->retiring[i];
    connection->retiring_count = kept;
}

void core_connection_tried(core_connection *connection, const roam_addr *local)
{
    roam_addr *const tried = connection->tried;
    size_t at = 0;
    while (at + 1 < CORE_TRIED_MAX && !roam_addr_equal(&tried[at], local))
        at++;
    memmove(&tried[1], &tried[0], at * sizeof tried[0]);
    tried[0] = *local;
}

void core_connection_untried(core_connection *connection, const roam_addr *local)
{
    for (size_t i = 0; i < CORE_TRIED_MAX; i++)
        if (roam_addr_equal(&connection->tried[i], local))
            connection->tried[i] = (roam_addr){.family = ROAM_FAMILY_NONE};
}

void core_connection_trace(const core_connection *connection, const roam_qlog *told)
{
    const roam_node_options *const options = &connection->node->options;
    roam_qlog timed = *told;
    timed.now_ns = connection->node->now_ns;
    if (options->callbacks.qlog)
        options->callbacks.qlog(options->user_data, connection->serial, connection->dialled, &timed);
}

void core_connection_trace_migration(const core_connection *connection, const roam_addr *local,
                                     const roam_addr *remote, roam_qlog_migration state)
{
    core_connection_trace(
        connection,
        &(roam_qlog){.kind = ROAM_QLOG_MIGRATION, .local = *local, .remote = *remote, .migration = state});
}
