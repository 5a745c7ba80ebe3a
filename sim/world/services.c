/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/world/services.h"

#include <stdlib.h>

struct services {
    const scenario *scenario;
    uint32_t **holders; /* by balancer and other node */
};

services *services_new(const scenario *whole)
{
    services *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->scenario = whole;
    self->holders = calloc(whole->balancer_count + 1, sizeof(uint32_t *));
    bool good = self->holders != NULL;
    for (size_t i = 0; good && i < whole->balancer_count; i++) {
        self->holders[i] = malloc(whole->node_count * sizeof(uint32_t));
        good = self->holders[i] != NULL;
        for (size_t node = 0; good && node < whole->node_count; node++)
            self->holders[i][node] = SCENARIO_NONE;
    }
    if (good)
        return self;
    services_free(self);
    return NULL;
}

void services_free(services *self)
{
    if (!self)
        return;
    for (size_t i = 0; self->holders && i < self->scenario->balancer_count; i++)
        free(self->holders[i]);
    free(self->holders);
    free(self);
}

static uint32_t *holder(const services *self, const scenario_balancer *of, uint32_t other)
{
    return &self->holders[of - self->scenario->balancers][other];
}

uint32_t services_up(services *self, uint32_t server, uint32_t other)
{
    uint32_t *const at = holder(self, self->scenario->nodes[server].behind, other);
    const uint32_t before = *at;
    *at = server;
    return before;
}

bool services_down(services *self, uint32_t server, uint32_t other)
{
    uint32_t *const at = holder(self, self->scenario->nodes[server].behind, other);
    if (*at != server)
        return false;
    *at = SCENARIO_NONE;
    return true;
}

uint32_t services_node(const services *self, uint32_t node, uint32_t other)
{
    const scenario_balancer *const of = self->scenario->nodes[node].balancer;
    return of ? *holder(self, of, other) : node;
}
