/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/node/overlay.h"

#include "tools/cli/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { PAUSE_FIRST_MS = 1000, PAUSE_LAST_MS = 8000, SAID_MAX = 512 };

typedef struct contact {
    live_node *live;
    const node_target *options;
    size_t next_endpoint;
    roam_addr found[LIVE_RESOLVED_MAX]; /* of the last host name */
    size_t found_count, next_found;     /* those before it were tried */
    live_resolve *resolve;              /* NULL: no lookup is under way */
    uv_timer_t timer;                   /* until the next address */
    uint64_t pause_ms;
    char said[SAID_MAX]; /* why it could not be joined: once is enough */
} contact;

struct node_overlay {
    contact *all;
    size_t count;
};

static void complain(contact *self, const char *place, const char *why)
{
    char text[SAID_MAX];
    (void)snprintf(text, sizeof text, "join %s at %s: %s", self->options->name, place, why);
    if (strcmp(text, self->said) != 0)
        (void)fprintf(stderr, "roam node: %s\n", text);
    memcpy(self->said, text, sizeof text);
}

static int join(contact *self, const roam_addr *addr)
{
    char text[ROAM_ADDR_STRING_MAX];
    const int rv = roam_join(live_node_core(self->live), self->options->name, addr, live_now_ns());
    if (rv)
        complain(self, roam_addr_format(addr, text), roam_strerror(rv));
    return rv;
}

/* ---- Addresses in turn ---- */

static void on_timer(uv_timer_t *timer);

static void try_later(contact *self)
{
    if (uv_is_active((uv_handle_t *)&self->timer))
        return;
    uv_update_time(live_node_loop(self->live));
    (void)uv_timer_start(&self->timer, on_timer, self->pause_ms, 0);
    if (self->pause_ms < PAUSE_LAST_MS)
        self->pause_ms *= 2;
}

static void on_resolved(void *ctx, const roam_addr *found, size_t count, const char *error)
{
    contact *const self = ctx;
    self->resolve = NULL;
    self->next_found = 0;
    self->found_count = count;
    if (count > 0) {
        memcpy(self->found, found, count * sizeof *found);
        (void)join(self, &self->found[self->next_found++]);
        return;
    }
    complain(self, "its name", error ? error : "no address");
    try_later(self);
}

static int try_next(contact *self)
{
    if (self->next_found < self->found_count)
        return join(self, &self->found[self->next_found++]);
    const live_endpoint *const endpoint = &self->options->endpoints[self->next_endpoint];
    self->next_endpoint = (self->next_endpoint + 1) % self->options->endpoint_count;
    if (endpoint->addr.family != ROAM_FAMILY_NONE)
        return join(self, &endpoint->addr);
    const int rv = live_resolve_new(self->live, endpoint, on_resolved, self, &self->resolve);
    if (rv) {
        complain(self, endpoint->host, "no memory to resolve it");
        try_later(self);
    }
    return rv;
}

static bool is_alone(const contact *self)
{
    return roam_active_view(live_node_core(self->live), NULL, 0) == 0;
}

static void on_timer(uv_timer_t *timer)
{
    contact *const self = timer->data;
    if (!self->resolve && is_alone(self))
        (void)try_next(self);
}

/* A single address needs no turns. */
static bool has_turns(const contact *self)
{
    return self->options->endpoint_count > 1 || self->options->endpoints[0].addr.family == ROAM_FAMILY_NONE;
}

/* NULL: it is none of them. */
static contact *find(node_overlay *self, roam_peer_id peer)
{
    for (size_t i = 0; self && i < self->count; i++)
        if (roam_peer_find(live_node_core(self->all[i].live), self->all[i].options->name).value == peer.value)
            return &self->all[i];
    return NULL;
}

void node_overlay_up(node_overlay *overlay, roam_peer_id peer)
{
    contact *const c = find(overlay, peer);
    if (!c)
        return;
    c->pause_ms = PAUSE_FIRST_MS;
    (void)uv_timer_stop(&c->timer);
}

void node_overlay_down(node_overlay *overlay, roam_peer_id peer)
{
    contact *const c = find(overlay, peer);
    if (c && has_turns(c) && !c->resolve)
        try_later(c);
}

/* ---- Beginning and end ---- */

int node_overlay_new(live_node *live, const node_options *options, node_overlay **out)
{
    node_overlay *const self = calloc(1, sizeof *self);
    if (!self)
        return COMMAND_BROKEN;
    *out = self;
    self->all = calloc(options->contact_count + 1, sizeof *self->all);
    if (!self->all)
        return COMMAND_BROKEN;
    for (; self->count < options->contact_count; self->count++) {
        contact *const c = &self->all[self->count];
        *c = (contact){.live = live, .options = &options->contacts[self->count], .pause_ms = PAUSE_FIRST_MS};
        (void)uv_timer_init(live_node_loop(live), &c->timer);
        c->timer.data = c;
    }
    for (size_t i = 0; i < self->count; i++)
        if (try_next(&self->all[i]))
            return COMMAND_USAGE;
    return COMMAND_OK;
}

void node_overlay_close(node_overlay *overlay)
{
    for (size_t i = 0; overlay && i < overlay->count; i++) {
        contact *const c = &overlay->all[i];
        if (c->resolve)
            live_resolve_cancel(c->resolve);
        c->resolve = NULL;
        uv_close((uv_handle_t *)&c->timer, NULL);
    }
}

void node_overlay_free(node_overlay *overlay)
{
    if (!overlay)
        return;
    free(overlay->all);
    free(overlay);
}
