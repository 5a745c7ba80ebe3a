/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/relay.h"

#include <stdlib.h>

/* A port that takes datagrams of clients, one for each address of the host. */
typedef struct front {
    roam_adapter *adapter;
    struct front *next;
} front;

typedef struct client {
    roam_addr address;
    roam_addr server;
    roam_adapter *front; /* where it sends to */
    roam_adapter *back;  /* its own port towards the server */
} client;

struct relay {
    relay_options options;
    front *fronts;
    client *clients;
    size_t count;
    size_t capacity;
};

struct relay_path {
    relay_path_options options;
    roam_adapter *inner; /* a socket of the host */
    roam_adapter *outer;
    relay_path **list;
    relay_path *next;
};

/* ---- at the relay ---- */

relay *relay_new(const relay_options *options)
{
    relay *self = calloc(1, sizeof *self);
    if (self)
        self->options = *options;
    return self;
}

void relay_free(relay *self)
{
    if (!self)
        return;
    for (front *at = self->fronts, *next; at; at = next) {
        next = at->next;
        roam_adapter_free(at->adapter);
        free(at);
    }
    for (size_t i = 0; i < self->count; i++)
        roam_adapter_free(self->clients[i].back);
    free(self->clients);
    free(self);
}

int relay_listen(relay *self, const roam_addr *address)
{
    roam_addr local = *address;
    local.port = self->options.port;
    front *added = calloc(1, sizeof *added);
    if (!added)
        return ROAM_ERR_NO_MEMORY;
    int status = host_open(self->options.host, &local, NULL, &added->adapter);
    if (status) {
        free(added);
        return status;
    }
    added->next = self->fronts;
    self->fronts = added;
    return 0;
}

static bool grow(relay *self)
{
    if (self->count < self->capacity)
        return true;
    if (self->count == RELAY_CLIENTS_MAX)
        return false;
    size_t capacity = self->capacity ? 2 * self->capacity : 8;
    client *clients = realloc(self->clients, capacity * sizeof *clients);
    if (!clients)
        return false;
    self->clients = clients;
    self->capacity = capacity;
    return true;
}

/* NULL: no room, no server, or no port. */
static client *add_client(relay *self, roam_adapter *entry, const roam_addr *address)
{
    const relay_options *options = &self->options;
    client added = {.address = *address, .front = entry};
    const roam_addr any = {.family = ROAM_FAMILY_NONE};
    if (!grow(self) || !options->server(options->ctx, address->family, &added.server) ||
        host_open(options->host, &any, &added.server, &added.back))
        return NULL;
    self->clients[self->count] = added;
    return &self->clients[self->count++];
}

static client *client_at(relay *self, roam_adapter *entry, const roam_addr *address)
{
    for (size_t i = 0; i < self->count; i++)
        if (self->clients[i].front == entry && roam_addr_equal(&self->clients[i].address, address))
            return &self->clients[i];
    return add_client(self, entry, address);
}

/* What cannot be sent is lost, as on any hop. */
static void forward(const roam_adapter *from, const roam_addr *to, const roam_datagram *datagram,
                    uint64_t now_ns)
{
    roam_datagram forwarded = *datagram;
    forwarded.remote = *to;
    (void)host_send(from, &forwarded, now_ns);
}

bool relay_receive(relay *self, const roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    for (front *at = self->fronts; at; at = at->next) {
        if (at->adapter != adapter)
            continue;
        const client *sender = client_at(self, at->adapter, &datagram->remote);
        if (sender)
            forward(sender->back, &sender->server, datagram, now_ns);
        return true;
    }
    for (size_t i = 0; i < self->count; i++) {
        const client *at = &self->clients[i];
        if (at->back != adapter)
            continue;
        if (roam_addr_equal(&datagram->remote, &at->server))
            forward(at->front, &at->address, datagram, now_ns);
        return true;
    }
    return false;
}

/* ---- at a client ---- */

static int path_send(void *ctx, const roam_datagram *datagram, uint64_t now_ns)
{
    const relay_path *self = ctx;
    roam_datagram wrapped = *datagram;
    if (!roam_addr_equal(&datagram->remote, &self->options.server))
        return ROAM_ERR_ADAPTER;
    wrapped.remote = self->options.relay;
    return host_send(self->inner, &wrapped, now_ns);
}

static void path_close(void *ctx)
{
    relay_path *self = ctx;
    relay_path **link = self->list;
    while (*link && *link != self)
        link = &(*link)->next;
    if (*link)
        *link = self->next;
    roam_adapter_free(self->inner);
    free(self);
}

static const roam_adapter_vtable PATH_VTABLE = {.send = path_send, .close = path_close};

int relay_path_open(relay_path **paths, const relay_path_options *options, roam_adapter **out)
{
    relay_path *self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    *self = (relay_path){.options = *options, .list = paths};
    int status = host_open(options->host, &options->local, &options->relay, &self->inner);
    if (!status)
        status = roam_adapter_new(&PATH_VTABLE, self, roam_adapter_local(self->inner), &self->outer);
    if (status) {
        roam_adapter_free(self->inner);
        free(self);
        return status;
    }
    self->next = *paths;
    *paths = self;
    *out = self->outer;
    return 0;
}

bool relay_path_receive(const relay_path *paths, const roam_adapter *adapter, const roam_datagram *datagram,
                        roam_adapter **outer, roam_datagram *through)
{
    while (paths && paths->inner != adapter)
        paths = paths->next;
    if (!paths)
        return false;
    *outer = roam_addr_equal(&datagram->remote, &paths->options.relay) ? paths->outer : NULL;
    *through = *datagram;
    through->remote = paths->options.server;
    return true;
}
