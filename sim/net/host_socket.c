/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/net/host_socket.h"

#include "sim/net/host.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define EPHEMERAL_COUNT (65536u - HOST_EPHEMERAL_FIRST)
#define KEY_BYTES (offsetof(roam_addr, bytes) + sizeof((roam_addr *)NULL)->bytes)

_Static_assert(offsetof(roam_addr, bytes) == sizeof(roam_family) + sizeof(uint16_t), "a key has no padding");

void host_sockets_init(host_sockets *self, uint16_t ports_except)
{
    *self = (host_sockets){.ports_except = ports_except};
    core_map_init(&self->others, 0);
}

static int make_room(host_sockets *self, size_t index)
{
    if (index < self->capacity)
        return 0;
    size_t capacity = self->capacity ? self->capacity : 4;
    while (capacity <= index)
        capacity *= 2;
    host_socket **const ephemeral = realloc(self->ephemeral, capacity * sizeof(host_socket *));
    if (!ephemeral)
        return ROAM_ERR_NO_MEMORY;
    memset(ephemeral + self->capacity, 0, (capacity - self->capacity) * sizeof(host_socket *));
    self->ephemeral = ephemeral;
    self->capacity = capacity;
    return 0;
}

static int add_ephemeral(host_sockets *self, host_socket *socket, uint32_t index)
{
    const int status = make_room(self, index);
    if (status)
        return status;
    if (self->ephemeral[index])
        return ROAM_ERR_ADDRESS_IN_USE;
    self->ephemeral[index] = socket;
    socket->local.port = (uint16_t)(HOST_EPHEMERAL_FIRST + index);
    return 0;
}

static int choose_ephemeral(host_sockets *self, host_socket *socket)
{
    for (uint32_t tried = 0; tried < EPHEMERAL_COUNT; tried++) {
        const uint32_t index = self->next;
        self->next = (self->next + 1) % EPHEMERAL_COUNT;
        if (HOST_EPHEMERAL_FIRST + index == self->ports_except)
            continue;
        const int status = add_ephemeral(self, socket, index);
        if (status != ROAM_ERR_ADDRESS_IN_USE)
            return status;
    }
    return ROAM_ERR_LIMIT;
}

/* A port that is kept back is not indexed, since one for each address may be open. */
static bool is_indexed(const host_sockets *self, uint16_t port)
{
    return port >= HOST_EPHEMERAL_FIRST && port != self->ports_except;
}

int host_sockets_add(host_sockets *self, host_socket *socket)
{
    int status = 0;
    if (socket->local.port == 0)
        status = choose_ephemeral(self, socket);
    else if (is_indexed(self, socket->local.port))
        status = add_ephemeral(self, socket, socket->local.port - HOST_EPHEMERAL_FIRST);
    else if (host_sockets_find(self, &socket->local))
        status = ROAM_ERR_ADDRESS_IN_USE;
    else
        status = core_map_add(&self->others, &socket->local, KEY_BYTES, socket);
    if (!status)
        self->count++;
    return status;
}

void host_sockets_remove(host_sockets *self, host_socket *socket)
{
    assert(self->count > 0);
    self->count--;
    if (is_indexed(self, socket->local.port)) {
        self->ephemeral[socket->local.port - HOST_EPHEMERAL_FIRST] = NULL;
        return;
    }
    core_map_remove(&self->others, &socket->local, KEY_BYTES);
}

host_socket *host_sockets_find(const host_sockets *self, const roam_addr *local)
{
    if (is_indexed(self, local->port)) {
        const size_t index = local->port - HOST_EPHEMERAL_FIRST;
        host_socket *const socket = index < self->capacity ? self->ephemeral[index] : NULL;
        return socket && roam_addr_equal(&socket->local, local) ? socket : NULL;
    }
    return core_map_get(&self->others, local, KEY_BYTES);
}

void host_sockets_fini(host_sockets *self)
{
    assert(self->count == 0);
    free(self->ephemeral);
    core_map_fini(&self->others);
}
