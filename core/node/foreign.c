/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/node/foreign.h"

#include "core/node/connection_open.h"
#include "core/node/connection_step.h"

/* The connection ID by which the peer addresses us; len 0: not known. */
static core_connection_id destination_of(const core_quic_library *library, const roam_datagram *datagram)
{
    core_quic_header header;
    if (library->connection_id_len > 0 &&
        core_quic_header_read(datagram->data, datagram->len, library->connection_id_len, &header))
        return header.destination;
    return (core_connection_id){.len = 0};
}

void core_foreign_receive(roam_node *node, roam_adapter *adapter, const roam_datagram *datagram,
                          uint64_t now_ns)
{
    const core_quic_library *const library = node->library;
    /* Only a server asks by which connection ID it is addressed. */
    const core_connection_id id =
        node->options.accept ? destination_of(library, datagram) : (core_connection_id){.len = 0};
    /* ... and needs to know before it reads whether an address is followed (rebind.h). */
    core_quic *quic = node->options.accept && library->routes
                          ? library->methods->route(library->ctx, &adapter->local, datagram)
                          : NULL;
    node->receiving = adapter;
    if (quic) {
        core_connection_receive(quic->owner, adapter, datagram, &id, now_ns);
    } else {
        quic = library->methods->receive(library->ctx, &adapter->local, datagram, now_ns);
        if (quic)
            core_connection_received(quic->owner, adapter, datagram, &id, now_ns);
        library->methods->handle(library->ctx);
    }
    node->receiving = NULL;
}

bool core_foreign_accept(roam_node *node, core_quic *quic, const roam_addr *remote)
{
    if (!node->options.accept || !node->receiving || !node->receiving->listens ||
        node->connection_count >= 2 * (size_t)node->options.max_peers)
        return false;
    return core_connection_adopt(node, node->receiving, remote, quic) == 0;
}

void core_foreign_send(roam_node *node, const roam_addr *local, const roam_datagram *datagram)
{
    roam_adapter *const adapter = node->receiving && roam_addr_equal(&node->receiving->local, local)
                                      ? node->receiving
                                      : core_node_listener(node, local);
    if (adapter && core_adapter_send(adapter, datagram, node->now_ns))
        return; /* lost as any datagram may be */
}
