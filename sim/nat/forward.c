/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/nat/internal.h"

#include <stdlib.h>
#include <string.h>

int nat_forwards_open(nat *self, const nat_options *options)
{
    const size_t count = options->forward_count;
    if (count == 0)
        return NAT_OK;
    if (count > NAT_FORWARDS_MAX || !options->forwards)
        return NAT_ERR_OPTIONS;
    uint16_t *const ports = malloc(count * sizeof *ports);
    self->options.forwards = ports;
    self->forwarded = calloc(count, sizeof *self->forwarded);
    if (!ports || !self->forwarded || nat_ports_open(self->ports, 0) != NAT_OK)
        return NAT_ERR_MEMORY;
    self->options.forward_count = 0;
    for (size_t i = 0; i < count; i++) {
        const uint16_t port = options->forwards[i];
        if (port == 0 || nat_forwards_port(self, 0, port))
            return NAT_ERR_OPTIONS;
        ports[self->options.forward_count++] = port;
        if (!self->options.overloading && self->options.port_first <= port && port <= self->options.port_last)
            nat_ports_take(self->ports, 0, port);
    }
    return NAT_OK;
}

void nat_forwards_fini(nat *self)
{
    free((uint16_t *)self->options.forwards);
    free(self->forwarded);
}

bool nat_forwards_port(const nat *self, uint32_t address, uint16_t port)
{
    for (size_t i = 0; address == 0 && i < self->options.forward_count; i++)
        if (self->options.forwards[i] == port)
            return true;
    return false;
}

int nat_forward(nat *self, size_t number, const roam_addr *internal)
{
    static const roam_addr nobody = {.family = ROAM_FAMILY_NONE};
    if (internal && internal->family != self->options.pool[0].family)
        return NAT_ERR_FAMILY;
    self->forwarded[number] = internal ? *internal : nobody;
    return NAT_OK;
}

bool nat_forwards_to(const nat *self, size_t number, const roam_addr *internal)
{
    return roam_addr_equal(&self->forwarded[number], internal);
}

bool nat_forwards_out(const nat *self, const roam_addr *internal, roam_addr *external)
{
    for (size_t i = 0; i < self->options.forward_count; i++) {
        if (roam_addr_equal(&self->forwarded[i], internal)) {
            *external = nat_external(self, 0, self->options.forwards[i]);
            return true;
        }
    }
    return false;
}

bool nat_forwards_in(const nat *self, const roam_addr *external, roam_addr *internal)
{
    for (size_t i = 0; i < self->options.forward_count; i++) {
        const roam_addr own = nat_external(self, 0, self->options.forwards[i]);
        if (roam_addr_equal(&own, external)) {
            *internal = self->forwarded[i];
            return true;
        }
    }
    return false;
}
