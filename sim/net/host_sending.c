/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host sends: its sockets, which are roam adapters, and datagrams as they stand. */
#include "sim/net/host_internal.h"
#include "sim/net/packet.h"

#include <stdlib.h>

/* The datagram in a frame; NULL when none can be made. */
static n3_frame *frame_of(host *self, const ip_datagram *packet)
{
    const size_t length = ip_headers_len(packet->source.family) + packet->payload_len;
    n3_frame *frame = length <= N3_FRAME_MAX ? n3_frame_new(self->options.n3, (uint32_t)length) : NULL;
    if (!frame && length <= N3_FRAME_MAX)
        run_error_set(self->options.error, RUN_ERROR_MEMORY, "%s: too many packets on their way",
                      self->options.name);
    if (frame && packet_put(frame, packet, self->options.observers->checksums) != IP_OK) {
        n3_frame_free(self->options.n3, frame);
        frame = NULL;
    }
    return frame;
}

static int send_over(host *self, const host_attachment *from, const ip_datagram *packet, uint64_t now_ns)
{
    n3_frame *const frame = self->suspended ? NULL : frame_of(self, packet);
    if (!frame)
        return ROAM_ERR_ADAPTER;
    return from->gone && access_is_attached(from->link) ? access_refuse_up(from->link, frame, packet, now_ns)
                                                        : access_send_up(from->link, frame, packet, now_ns);
}

void host_answer_no_port(const host_attachment *at, const ip_datagram *datagram, uint64_t now_ns)
{
    host *const self = at->owner;
    ip_datagram shown = {.source = datagram->destination, .destination = datagram->source};
    shown.source.port = shown.destination.port = 0;
    if (access_router(at->link).family == ROAM_FAMILY_NONE)
        return;
    n3_frame *const about = frame_of(self, datagram);
    n3_frame *const answer = n3_frame_new(self->options.n3, ICMP_MAX);
    if (about && answer) {
        packet_settle(about);
        answer->length =
            (uint32_t)icmp_answer(&shown.source, ICMP_NO_PORT, 0, about->bytes, about->length, answer->bytes);
        (void)access_send_up(at->link, answer, &shown, now_ns);
    } else if (answer) {
        n3_frame_free(self->options.n3, answer);
    }
    if (about)
        n3_frame_free(self->options.n3, about);
}

static int send_one(const host_socket *socket, const roam_datagram *datagram, size_t offset, size_t len,
                    uint64_t now_ns)
{
    host *const self = socket->attachment->owner;
    ip_datagram packet = {.source = socket->local,
                          .destination = datagram->remote,
                          .ecn = datagram->ecn,
                          .ttl = IP_TTL_DEFAULT,
                          .payload = datagram->data + offset,
                          .payload_len = len};
    if (self->watch.leaving)
        self->watch.leaving(self->watch.ctx, &packet, now_ns);
    return send_over(self, socket->attachment, &packet, now_ns);
}

int host_inject(host *self, const ip_datagram *datagram, uint64_t now_ns)
{
    for (const host_attachment *at = self->attached; at; at = at->next_attached)
        if (at->address.family == datagram->source.family) {
            n3_frame *const frame = frame_of(self, datagram);
            return frame ? access_forge_up(at->link, frame, datagram, now_ns) : ROAM_ERR_ADAPTER;
        }
    return ROAM_ERR_ADAPTER;
}

int host_send_from(host *self, const ip_datagram *datagram, uint64_t now_ns)
{
    roam_addr source = datagram->source;
    source.port = 0;
    for (const host_attachment *at = self->attached; at; at = at->next_attached)
        if (roam_addr_equal(&at->address, &source))
            return send_over(self, at, datagram, now_ns);
    return ROAM_ERR_NO_ROUTE;
}

void host_set_hook(host *self, const host_hook *watch)
{
    self->watch = *watch;
}

static int socket_send(void *ctx, const roam_datagram *datagram, uint64_t now_ns)
{
    const size_t step = datagram->segment_len ? datagram->segment_len : datagram->len;
    size_t offset = 0;
    int status;
    do {
        const size_t left = datagram->len - offset;
        const size_t len = left < step ? left : step;
        status = send_one(ctx, datagram, offset, len, now_ns);
        offset += len;
    } while (!status && offset < datagram->len);
    return status;
}

static void socket_close(void *ctx)
{
    host_socket *const socket = ctx;
    host_sockets_remove(&socket->attachment->owner->sockets, socket);
    free(socket);
}

static const roam_adapter_vtable SOCKET_VTABLE = {.send = socket_send, .close = socket_close};

/* Whether a socket with that local address, which leads to remote, can be one of the attachment. */
static bool serves(const host_attachment *at, const roam_addr *local, const roam_addr *remote)
{
    roam_addr address = at->address;
    if (local->family == ROAM_FAMILY_NONE)
        return !remote || address.family == remote->family;
    address.port = local->port;
    return roam_addr_equal(&address, local);
}

/* The attachment with the address; without one, the latest that has the family of remote, and of several that
 * came at once the first. */
static int choose_attachment(const host *self, const roam_addr *local, const roam_addr *remote,
                             host_attachment **out)
{
    host_attachment *chosen = NULL;
    bool refused = false;
    for (host_attachment *at = self->attached; at; at = at->next_attached) {
        if (!serves(at, local, remote))
            continue;
        refused |= at->at->refused;
        if (!at->at->refused && (!chosen || at->since_ns > chosen->since_ns))
            chosen = at;
    }
    if (chosen)
        *out = chosen;
    else if (refused)
        return ROAM_ERR_ADDRESS_REFUSED;
    else
        return local->family == ROAM_FAMILY_NONE ? ROAM_ERR_NO_ROUTE : ROAM_ERR_ADDRESS_NOT_LOCAL;
    return 0;
}

int host_open_socket(host *self, host_attachment *attachment, const roam_addr *local, roam_adapter **out)
{
    host_socket *const socket = calloc(1, sizeof *socket);
    if (!socket)
        return ROAM_ERR_NO_MEMORY;
    socket->attachment = attachment;
    socket->local = *local;
    int status = host_sockets_add(&self->sockets, socket);
    if (status) {
        free(socket);
        return status;
    }
    status = roam_adapter_new(&SOCKET_VTABLE, socket, &socket->local, &socket->adapter);
    if (status) {
        socket_close(socket);
        return status;
    }
    *out = socket->adapter;
    return 0;
}

int host_open(host *self, const roam_addr *local, const roam_addr *remote, roam_adapter **out)
{
    host_attachment *attachment;
    const int status = choose_attachment(self, local, remote, &attachment);
    if (status)
        return status;
    roam_addr bound = attachment->address;
    bound.port = local->port;
    return host_open_socket(self, attachment, &bound, out);
}

int host_send(const roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    return socket_send(roam_adapter_context(adapter), datagram, now_ns);
}
