/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/capture.h"

#include <stdio.h>
#include <stdlib.h>

typedef struct capture_interface {
    bool known;
    pcapng_interface id;
} capture_interface;

struct capture {
    pcapng *file;
    const scenario *scenario;
    capture_interface *interfaces; /* one for each node and network, node by node */
    int failure;
};

static void keep(capture *self, int result)
{
    if (self->failure == 0)
        self->failure = result;
}

static capture_interface *interface_of(capture *self, uint32_t node, uint32_t network)
{
    capture_interface *const interface = &self->interfaces[node * self->scenario->network_count + network];
    char name[256];
    if (interface->known)
        return interface;
    (void)snprintf(name, sizeof name, "%s/%s", self->scenario->nodes[node].name,
                   self->scenario->networks[network].name);
    const int result = pcapng_add_interface(self->file, name, NULL, &interface->id);
    if (result != 0) {
        keep(self, result);
        return NULL;
    }
    interface->known = true;
    return interface;
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    capture *const self = ctx;
    if (self->failure || packet->drop != OBSERVER_NOT_DROPPED)
        return;
    const capture_interface *const interface = interface_of(self, packet->node, packet->network);
    if (!interface)
        return;
    keep(self, pcapng_add_packet(self->file, &(pcapng_packet){
                                                 .interface = interface->id,
                                                 .direction = packet->up ? PCAPNG_OUTBOUND : PCAPNG_INBOUND,
                                                 .time_ns = now_ns,
                                                 .bytes = packet->bytes,
                                                 .len = packet->len,
                                             }));
}

static void on_keylog(void *ctx, uint32_t node, const char *line, uint64_t now_ns)
{
    capture *const self = ctx;
    (void)node;
    (void)now_ns;
    if (!self->failure)
        keep(self, pcapng_add_secrets(self->file, line));
}

int capture_open(const char *path, const scenario *whole, capture **out, char *message)
{
    capture *const self = calloc(1, sizeof *self);
    capture_interface *const interfaces =
        calloc(whole->node_count * whole->network_count + 1, sizeof *interfaces);
    int result = PCAPNG_ERR_NO_MEMORY;
    (void)snprintf(message, PCAPNG_MESSAGE_MAX, "%s: out of memory", path);
    if (self && interfaces)
        result = pcapng_open(path, &self->file, message);
    if (result != 0) {
        free(interfaces);
        free(self);
        return result;
    }
    self->scenario = whole;
    self->interfaces = interfaces;
    *out = self;
    return 0;
}

observer capture_observer(capture *self)
{
    return (observer){.ctx = self, .packet = on_packet, .keylog = on_keylog};
}

int capture_close(capture *self, char *message)
{
    if (!self)
        return 0;
    int result = pcapng_close(self->file, message);
    if (result == 0 && self->failure != 0) {
        result = self->failure;
        (void)snprintf(message, PCAPNG_MESSAGE_MAX, "packets.pcapng: %s", pcapng_strerror(result));
    }
    free(self->interfaces);
    free(self);
    return result;
}
