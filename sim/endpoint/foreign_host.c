/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What an adapter may call. None of it reaches the adapter again before its own call has returned. */
#include "sim/endpoint/foreign_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* False: the host call comes at a wrong time, or after a fault. */
static bool is_allowed(foreign *self, const char *call)
{
    if (endpoint_call_current() != &self->call)
        foreign_fault(self, NULL, "it makes the host call %s outside of a call of its own endpoint", call);
    return !self->failed;
}

/* A connection that is being forgotten: nothing of it is heard any more. */
static bool is_forgotten(foreign *self, const char *call)
{
    const bool forgotten = strcmp(self->call.function, "connection_free") == 0;
    if (forgotten)
        foreign_fault(self, NULL, "%s: the host has forgotten the connection, and nothing comes of it", call);
    return forgotten;
}

static uint64_t on_now(roam_endpoint_host *host)
{
    const foreign *const self = host->self;
    return self->call.function ? self->call.now_ns : self->options.now(self->options.ctx);
}

static void on_random(roam_endpoint_host *host, uint8_t *bytes, size_t len)
{
    foreign *const self = host->self;
    memset(bytes, 0, len);
    if (is_allowed(self, "random"))
        self->random.fill(self->random.user_data, bytes, len);
}

/* The connection of a host call; sets a fault when it is none. */
static foreign_quic *known(foreign *self, const char *call, const roam_endpoint_connection *connection)
{
    foreign_quic *const quic = foreign_find(self, connection);
    if (!quic)
        foreign_fault(self, NULL, "%s is for a connection that was never announced, or was freed", call);
    return quic;
}

static int on_send(roam_endpoint_host *host, roam_endpoint_connection *connection,
                   const roam_endpoint_datagram *given)
{
    foreign *const self = host->self;
    roam_addr local;
    if (!is_allowed(self, "send") || is_forgotten(self, "send"))
        return ROAM_ENDPOINT_FAILED;
    if (!given || !given->data) {
        foreign_fault(self, NULL, "send without %s", given ? "bytes" : "a datagram");
        return ROAM_ENDPOINT_FAILED;
    }
    roam_datagram datagram = {
        .ecn = given->ecn & 3, .data = given->data, .len = given->len, .segment_len = given->len};
    if (!foreign_addr_from(&given->path.local, &local) ||
        !foreign_addr_from(&given->path.remote, &datagram.remote) || local.family != datagram.remote.family) {
        foreign_fault(self, NULL, "send without a path: both addresses must be there, and of one family");
        return ROAM_ENDPOINT_FAILED;
    }
    if (given->len == 0 || given->len > FOREIGN_MAX_DATAGRAM) {
        foreign_fault(self, NULL, "send of %zu bytes: a datagram has 1 to max_datagram, %d", given->len,
                      FOREIGN_MAX_DATAGRAM);
        return ROAM_ENDPOINT_FAILED;
    }
    if (!connection) {
        core_foreign_send(self->node, &local, &datagram);
        return ROAM_ENDPOINT_OK;
    }
    const foreign_quic *const quic = known(self, "send", connection);
    if (!quic || !quic->base.owner)
        return ROAM_ENDPOINT_FAILED;
    const int status = quic->base.handlers->send(quic->base.owner, &local, &datagram);
    return status == 0                    ? ROAM_ENDPOINT_OK
           : status == ROAM_ERR_TOO_LARGE ? ROAM_ENDPOINT_TOO_LARGE
                                          : ROAM_ENDPOINT_FAILED;
}

static void on_accepted(roam_endpoint_host *host, roam_endpoint_connection *connection,
                        const roam_endpoint_path *path)
{
    foreign *const self = host->self;
    roam_addr local, remote;
    if (!is_allowed(self, "accepted"))
        return;
    if (strcmp(self->call.function, "receive") != 0 || !self->options.server) {
        foreign_fault(self, NULL, "accepted() %s",
                      self->options.server ? "outside of receive" : "at an endpoint that is no server");
        return;
    }
    if (!path || !foreign_addr_from(&path->local, &local) || !foreign_addr_from(&path->remote, &remote)) {
        foreign_fault(self, NULL, "accepted() without a path");
        return;
    }
    if (!connection || foreign_find(self, connection)) {
        foreign_fault(self, NULL, "accepted() of %s", connection ? "a connection that is known" : "none");
        return;
    }
    foreign_quic *const quic = foreign_quic_new(self, connection, &local, &remote, false);
    if (!quic) {
        run_error_set(self->options.error, RUN_ERROR_MEMORY, "%s: out of memory", self->options.node);
        return;
    }
    if (core_foreign_accept(self->node, &quic->base, &remote))
        return;
    quic->next_refused = self->refused;
    self->refused = quic;
}

void foreign_queue(foreign *self, foreign_quic *quic, const roam_endpoint_event *event)
{
    if (self->event_count == self->event_capacity) {
        const size_t capacity = self->event_capacity ? 2 * self->event_capacity : 64;
        foreign_event *const events = realloc(self->events, capacity * sizeof *events);
        if (!events) {
            run_error_set(self->options.error, RUN_ERROR_MEMORY, "%s: out of memory", self->options.node);
            return;
        }
        self->events = events;
        self->event_capacity = capacity;
    }
    self->events[self->event_count++] = (foreign_event){quic, *event};
}

static void on_event(roam_endpoint_host *host, roam_endpoint_connection *connection,
                     const roam_endpoint_event *event)
{
    foreign *const self = host->self;
    if (!is_allowed(self, "event") || is_forgotten(self, "event"))
        return;
    foreign_quic *const quic = known(self, "an event", connection);
    if (!quic)
        return;
    if (!event) {
        foreign_fault(self, NULL, "event() without an event");
        return;
    }
    if (quic->over) {
        foreign_fault(self, "event", "event %u follows CLOSED_EVENT", event->kind);
        return;
    }
    quic->over = event->kind == ROAM_ENDPOINT_CLOSED_EVENT;
    if (++self->events_of_call > ROAM_ENDPOINT_EVENTS_MAX)
        foreign_fault(self, NULL, "more than %d events in one call", ROAM_ENDPOINT_EVENTS_MAX);
    else
        foreign_queue(self, quic, event);
}

static void on_keylog(roam_endpoint_host *host, const char *line)
{
    foreign *const self = host->self;
    const roam_node_options *const node = self->node_options;
    if (!is_allowed(self, "keylog"))
        return;
    if (!line || strlen(line) > 512 || strchr(line, '\n'))
        foreign_fault(self, NULL, "keylog() wants one line of at most 512 characters, without newline");
    else if (node->callbacks.keylog)
        node->callbacks.keylog(node->user_data, line);
}

static void on_qlog(roam_endpoint_host *host, roam_endpoint_connection *connection, const void *data,
                    size_t len, bool last)
{
    foreign *const self = host->self;
    if (!is_allowed(self, "qlog"))
        return;
    const foreign_quic *const quic = known(self, "qlog", connection);
    if (len > 0 && !data)
        foreign_fault(self, NULL, "qlog of %zu bytes that are not there", len);
    else if (quic && quic->base.owner)
        quic->base.handlers->qlog(
            quic->base.owner,
            &(roam_qlog){.kind = ROAM_QLOG_RECORDS, .data = data, .len = len, .last = last});
}

static void on_log(roam_endpoint_host *host, roam_endpoint_connection *connection, const char *text)
{
    foreign *const self = host->self;
    (void)connection;
    if (!is_allowed(self, "log") || !text)
        return;
    (void)snprintf(self->said, sizeof self->said, "%s", text);
    if (self->options.log)
        self->options.log(self->options.ctx, text);
}

const roam_endpoint_calls foreign_host_calls = {
    .size = sizeof(roam_endpoint_calls),
    .now = on_now,
    .random = on_random,
    .send = on_send,
    .accepted = on_accepted,
    .event = on_event,
    .keylog = on_keylog,
    .qlog = on_qlog,
    .log = on_log,
};
