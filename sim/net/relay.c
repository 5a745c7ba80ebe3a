/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/relay.h"

#include "sim/net/relay_signal.h"

#include <stdlib.h>
#include <string.h>

/* A port that takes datagrams of clients, one or two for each address of the host. */
typedef struct front {
    roam_adapter *adapter;
    struct front *next;
} front;

/* A datagram that waits for the server to open its NAT. */
typedef struct held {
    uint8_t ecn;
    size_t len;
    uint8_t bytes[];
} held;

typedef struct client {
    roam_addr address;
    roam_addr server;    /* family NONE: its NAT is not open yet */
    roam_adapter *front; /* where it sends to */
    roam_adapter *back;  /* its own port towards the server */
    bool by_binding;
    held *held[RELAY_HELD_MAX];
    size_t held_count;
} client;

/* Where keepalives of the server come from. */
typedef struct registration {
    roam_addr server;    /* family NONE: none came */
    roam_adapter *front; /* and where to */
} registration;

struct relay {
    relay_options options;
    front *fronts;
    registration registered;
    client *clients;
    size_t count;
    size_t capacity;
};

struct relay_path {
    relay_path_options options;
    /* The addresses of the server as the sender names them, the second its preferred one: the relay leads to
     * the server whatever that is, one of the family in which the relay itself is not reached, say. */
    roam_addr named[2];
    roam_adapter *inner; /* a socket of the host */
    roam_adapter *outer;
    relay_path **list;
    relay_path *next;
};

/* ---- at the relay ---- */

relay *relay_new(const relay_options *options)
{
    relay *const self = calloc(1, sizeof *self);
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
    for (size_t i = 0; i < self->count; i++) {
        roam_adapter_free(self->clients[i].back);
        for (size_t k = 0; k < self->clients[i].held_count; k++)
            free(self->clients[i].held[k]);
    }
    free(self->clients);
    free(self);
}

static int listen_on(relay *self, const roam_addr *address, uint16_t port)
{
    roam_addr local = *address;
    local.port = port;
    front *const added = calloc(1, sizeof *added);
    if (!added)
        return ROAM_ERR_NO_MEMORY;
    const int status = host_open(self->options.host, &local, NULL, &added->adapter);
    if (status) {
        free(added);
        return status;
    }
    added->next = self->fronts;
    self->fronts = added;
    return 0;
}

int relay_listen(relay *self, const roam_addr *address)
{
    const int status = listen_on(self, address, self->options.port);
    return status || !self->options.preferred_port ? status
                                                   : listen_on(self, address, self->options.preferred_port);
}

static bool grow(relay *self)
{
    if (self->count < self->capacity)
        return true;
    if (self->count == RELAY_CLIENTS_MAX)
        return false;
    const size_t capacity = self->capacity ? 2 * self->capacity : 8;
    client *const clients = realloc(self->clients, capacity * sizeof *clients);
    if (!clients)
        return false;
    self->clients = clients;
    self->capacity = capacity;
    return true;
}

/* NULL: no room, no server, or no port. */
static client *add_client(relay *self, roam_adapter *entry, const roam_addr *address)
{
    const relay_options *const options = &self->options;
    client added = {.address = *address, .front = entry};
    const roam_addr any = {.family = ROAM_FAMILY_NONE};
    const relay_reach reach = options->server(options->ctx, roam_adapter_local(entry), &added.server);
    added.by_binding = reach == RELAY_BY_BINDING;
    const roam_addr *const towards = added.by_binding ? &self->registered.server : &added.server;
    if (reach == RELAY_NOWHERE || towards->family == ROAM_FAMILY_NONE || !grow(self) ||
        host_open(options->host, &any, towards, &added.back))
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

/* ---- a server behind a NAT ---- */

/* Sends it a signal with the client's port. */
static void ask(const relay *self, const client *whose, uint64_t now_ns)
{
    uint8_t bytes[RELAY_SIGNAL_MAX];
    const uint16_t port = roam_adapter_local(whose->back)->port;
    const roam_datagram signal = {.data = bytes, .len = relay_signal_write(RELAY_SIGNAL_CLIENT, port, bytes)};
    forward(self->registered.front, &self->registered.server, &signal, now_ns);
}

static void hold(client *whose, const roam_datagram *datagram)
{
    held *const kept = whose->held_count < RELAY_HELD_MAX ? malloc(sizeof *kept + datagram->len) : NULL;
    if (!kept)
        return; /* lost, as at a full queue */
    kept->ecn = datagram->ecn;
    kept->len = datagram->len;
    memcpy(kept->bytes, datagram->data, datagram->len);
    whose->held[whose->held_count++] = kept;
}

/* The server's NAT is open from there. */
static void open_client(client *whose, const roam_addr *server, uint64_t now_ns)
{
    whose->server = *server;
    for (size_t i = 0; i < whose->held_count; i++) {
        held *const kept = whose->held[i];
        const roam_datagram waited = {.ecn = kept->ecn, .data = kept->bytes, .len = kept->len};
        forward(whose->back, server, &waited, now_ns);
        free(kept);
    }
    whose->held_count = 0;
}

/* ---- datagrams ---- */

static void from_client(relay *self, roam_adapter *entry, const roam_datagram *datagram, uint64_t now_ns)
{
    client *const sender = client_at(self, entry, &datagram->remote);
    if (!sender)
        return;
    if (sender->server.family != ROAM_FAMILY_NONE) {
        forward(sender->back, &sender->server, datagram, now_ns);
        return;
    }
    hold(sender, datagram);
    ask(self, sender, now_ns);
}

/* A NAT may have given the server another address meanwhile: it is where its datagrams come from. */
static void from_server(client *to, const roam_datagram *datagram, uint64_t now_ns)
{
    uint16_t port;
    const bool same = roam_addr_equal(&datagram->remote, &to->server);
    const bool signal = relay_signal_read(datagram->data, datagram->len, &port) != RELAY_SIGNAL_NONE;
    if (to->by_binding && !same)
        open_client(to, &datagram->remote, now_ns);
    if (!signal && (same || to->by_binding))
        forward(to->front, &to->address, datagram, now_ns);
}

bool relay_receive(relay *self, const roam_adapter *adapter, const roam_datagram *datagram, uint64_t now_ns)
{
    uint16_t port;
    for (const front *at = self->fronts; at; at = at->next) {
        if (at->adapter != adapter)
            continue;
        if (relay_signal_read(datagram->data, datagram->len, &port) == RELAY_SIGNAL_KEEPALIVE)
            self->registered = (registration){.server = datagram->remote, .front = at->adapter};
        else
            from_client(self, at->adapter, datagram, now_ns);
        return true;
    }
    for (size_t i = 0; i < self->count; i++) {
        if (self->clients[i].back != adapter)
            continue;
        from_server(&self->clients[i], datagram, now_ns);
        return true;
    }
    return false;
}

/* ---- at a client ---- */

static bool is_preferred(const relay_path_options *options, const roam_addr *server)
{
    return options->preferred_port && (roam_addr_equal(&options->preferred[0], server) ||
                                       roam_addr_equal(&options->preferred[1], server));
}

/* Where datagrams go at the relay. */
static roam_addr entry_of(const relay_path_options *options, bool preferred)
{
    roam_addr entry = options->relay;
    if (preferred)
        entry.port = options->preferred_port;
    return entry;
}

static int path_send(void *ctx, const roam_datagram *datagram, uint64_t now_ns)
{
    relay_path *const self = ctx;
    roam_datagram wrapped = *datagram;
    const bool preferred = is_preferred(&self->options, &datagram->remote);
    self->named[preferred] = datagram->remote;
    wrapped.remote = entry_of(&self->options, preferred);
    return host_send(self->inner, &wrapped, now_ns);
}

static void path_close(void *ctx)
{
    relay_path *const self = ctx;
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
    relay_path *const self = calloc(1, sizeof *self);
    if (!self)
        return ROAM_ERR_NO_MEMORY;
    *self = (relay_path){.options = *options, .list = paths};
    self->named[is_preferred(options, &options->server)] = options->server;
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
    const roam_addr entries[] = {entry_of(&paths->options, false), entry_of(&paths->options, true)};
    const bool preferred = !roam_addr_equal(&datagram->remote, &entries[0]);
    const bool from_relay = roam_addr_equal(&datagram->remote, &entries[preferred]);
    *outer = from_relay && paths->named[preferred].family != ROAM_FAMILY_NONE ? paths->outer : NULL;
    *through = *datagram;
    through->remote = paths->named[preferred];
    return true;
}
