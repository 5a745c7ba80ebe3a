/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/capture_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct capture_interface {
    bool known;
    pcapng_interface id;
} capture_interface;

struct capture_file {
    pcapng *file;
    const scenario *scenario;
    uint32_t first_node;
    capture_interface *interfaces; /* one for each node and network, node by node */
    int failure;
    char path[];
};

void capture_file_fail(capture_file *self, pcapng_error error)
{
    if (self->failure == PCAPNG_OK)
        self->failure = (int)error;
}

int capture_file_open(const char *path, const scenario *whole, uint32_t first_node, size_t nodes,
                      capture_file **out, char *message)
{
    const size_t size = strlen(path) + 1;
    capture_file *const self = calloc(1, sizeof *self + size);
    capture_interface *const interfaces = calloc(nodes * whole->network_count + 1, sizeof *interfaces);
    int result = PCAPNG_ERR_NO_MEMORY;
    (void)snprintf(message, PCAPNG_MESSAGE_MAX, "%s: out of memory", path);
    if (self && interfaces)
        result = pcapng_open(path, &self->file, message);
    if (result != PCAPNG_OK) {
        free(interfaces);
        free(self);
        return result;
    }
    self->scenario = whole;
    self->first_node = first_node;
    self->interfaces = interfaces;
    memcpy(self->path, path, size);
    *out = self;
    return PCAPNG_OK;
}

static const capture_interface *interface_of(capture_file *self, uint32_t node, uint32_t network)
{
    const scenario *const whole = self->scenario;
    capture_interface *const interface =
        &self->interfaces[(node - self->first_node) * whole->network_count + network];
    char name[256];
    if (interface->known)
        return interface;
    (void)snprintf(name, sizeof name, "%s/%s", whole->nodes[node].name, whole->networks[network].name);
    const int result = pcapng_add_interface(self->file, name, NULL, &interface->id);
    if (result != PCAPNG_OK) {
        capture_file_fail(self, (pcapng_error)result);
        return NULL;
    }
    interface->known = true;
    return interface;
}

void capture_file_packet(capture_file *self, const capture_packet *packet)
{
    if (self->failure)
        return;
    const capture_interface *const interface = interface_of(self, packet->node, packet->network);
    if (!interface)
        return;
    const pcapng_packet entry = {
        .interface = interface->id,
        .direction = packet->up ? PCAPNG_OUTBOUND : PCAPNG_INBOUND,
        .time_ns = packet->time_ns,
        .bytes = packet->bytes,
        .len = packet->altered ? packet->len - packet->payload_len : packet->len,
        .full_len = packet->len,
        .comments = packet->comment,
    };
    capture_file_fail(self, (pcapng_error)pcapng_add_packet(self->file, &entry));
}

void capture_file_secrets(capture_file *self, const char *keylog)
{
    if (!self->failure)
        capture_file_fail(self, (pcapng_error)pcapng_add_secrets(self->file, keylog));
}

int capture_file_close(capture_file *self, char *message)
{
    if (!self)
        return PCAPNG_OK;
    int result = pcapng_close(self->file, message);
    if (result == PCAPNG_OK && self->failure != PCAPNG_OK) {
        result = self->failure;
        (void)snprintf(message, PCAPNG_MESSAGE_MAX, "%.400s: %s", self->path, pcapng_strerror(result));
    }
    free(self->interfaces);
    free(self);
    return result;
}

/* ---- packets that are kept ---- */

bool capture_keep(capture_kept *kept, const capture_packet *packet)
{
    const size_t comment = packet->comment ? strlen(packet->comment) + 1 : 0;
    uint8_t *const bytes = realloc(kept->bytes, packet->len + comment + 1);
    if (!bytes) {
        capture_forget(kept);
        return false;
    }
    memcpy(bytes, packet->bytes, packet->len);
    kept->bytes = bytes;
    kept->packet = *packet;
    kept->packet.bytes = bytes;
    if (comment)
        kept->packet.comment = memcpy(bytes + packet->len, packet->comment, comment);
    return true;
}

bool capture_is_kept(const capture_kept *kept)
{
    return kept->packet.bytes != NULL;
}

void capture_forget(capture_kept *kept)
{
    kept->packet = (capture_packet){0};
}

void capture_kept_free(capture_kept *kept)
{
    free(kept->bytes);
    *kept = (capture_kept){0};
}
