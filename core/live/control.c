/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* accept4 */
#include "core/live/control.h"

#include "core/live/control_lists.h"
#include "core/live/live_internal.h"
#include "core/live/migrations.h"
#include "core/live/record.h"
#include "core/live/unix_socket.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

typedef struct live_control live_control;

struct live_control_client {
    live_control *control;
    int fd;                       /* -1: free */
    bool waiting;                 /* for a migration, or for the answer to a file */
    char peer[ROAM_NAME_MAX + 1]; /* of the file */
    uint64_t active_ns;           /* the connection was accepted, or was last read from or written to */
    uv_poll_t poll;
    char request[LIVE_REQUEST_MAX];
    size_t received;
    char *answer; /* what is still to be written */
    size_t answer_len, written;
};

typedef struct live_control_client client;

struct live_control {
    live_attachment attachment;
    live_node *live;
    live_control_options options;
    live_unix_socket socket;
    uv_poll_t poll;
    uint32_t handles_open;
    client clients[LIVE_CONTROL_CLIENTS];
};

/* ---- Beginning and end of a client ---- */

static void on_free(live_control *self)
{
    if (--self->handles_open == 0)
        free(self);
}

static void listen_again(live_control *self);

static void on_client_closed(uv_handle_t *handle)
{
    client *const c = handle->data;
    live_control *const self = c->control;
    (void)close(c->fd);
    free(c->answer);
    *c = (client){.fd = -1};
    listen_again(self);
    on_free(self);
}

static void close_client(client *c)
{
    if (uv_is_closing((uv_handle_t *)&c->poll))
        return;
    (void)uv_poll_stop(&c->poll);
    uv_close((uv_handle_t *)&c->poll, on_client_closed);
}

static void on_client(uv_poll_t *poll, int status, int events);

/* ---- Answers ---- */

static void write_answer(client *c)
{
    while (c->written < c->answer_len) {
        const ssize_t n =
            send(c->fd, c->answer + c->written, c->answer_len - c->written, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EAGAIN) {
            (void)uv_poll_start(&c->poll, UV_WRITABLE, on_client);
            return;
        }
        if (n <= 0)
            break;
        c->written += (size_t)n;
        c->active_ns = live_now_ns();
    }
    close_client(c);
}

/* Takes over text, which malloc gave. */
static void answer(client *c, char *text)
{
    if (!text || c->answer) {
        free(text);
        close_client(c);
        return;
    }
    c->answer = text;
    c->answer_len = strlen(text);
    write_answer(c);
}

static void answer_line(client *c, const char *key, const char *value)
{
    const size_t size = strlen(key) + strlen(value) + sizeof " \nend\n";
    char *const text = malloc(size);
    if (text)
        (void)snprintf(text, size, "%s %s\nend\n", key, value);
    answer(c, text);
}

static void on_done(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    client *const c = done_data;
    const char *const name = roam_peer_name(live_node_core(c->control->live), peer);
    char *const text = malloc(LIVE_RECORD_TEXT_MAX + sizeof "end\n");
    (void)now_ns;
    c->waiting = false;
    if (text) {
        const size_t len = live_record_format(name ? name : "", record, text);
        memcpy(text + len, "end\n", sizeof "end\n");
    }
    answer(c, text);
}

static void migrate(client *c, const live_request *request)
{
    live_node *const live = c->control->live;
    const live_migration_call call = {.peer = roam_peer_find(live_node_core(live), request->peer),
                                      .options = request->options,
                                      .trigger = "control_socket",
                                      .done = on_done,
                                      .done_data = c};
    c->waiting = true;
    if (live_migrations_call(live, &call, live_now_ns())) {
        c->waiting = false;
        answer_line(c, "error", "out of memory");
    }
}

void live_control_answer_sent(live_control_client *c, const char *file, uint64_t size,
                              live_transfer_status status)
{
    const size_t room = LIVE_FILE_NAME_MAX + ROAM_NAME_MAX + 128;
    char *const text = malloc(room);
    c->waiting = false;
    if (text)
        (void)snprintf(text, room, "result %s\npeer %s\nfile %s\nsize %llu\nend\n",
                       live_transfer_status_name(status), c->peer, file, (unsigned long long)size);
    answer(c, text);
}

static void send_file(client *c, const live_request *request)
{
    const live_control *const self = c->control;
    live_message message = {"this node sends no files"};
    memcpy(c->peer, request->peer, sizeof c->peer);
    c->waiting = true;
    if (self->options.send && self->options.send(self->options.ctx, request, c, &message) == 0)
        return;
    c->waiting = false;
    answer_line(c, "error", message.text);
}

static void list_views(client *c)
{
    live_node *const live = c->control->live;
    if (live_has_membership(live))
        answer(c, live_control_list_views(live));
    else
        answer_line(c, "error", "this node takes part in no overlay");
}

static void obey(client *c)
{
    live_request request = {0};
    live_control *const self = c->control;
    const char *const why = live_request_parse(c->request, c->received, &request);
    if (why) {
        answer_line(c, "error", why);
        return;
    }
    switch (request.kind) {
    case LIVE_REQUEST_MIGRATE:
        migrate(c, &request);
        return;
    case LIVE_REQUEST_PEERS:
        answer(c, live_control_list_peers(c->control->live));
        return;
    case LIVE_REQUEST_VIEWS:
        list_views(c);
        return;
    case LIVE_REQUEST_SEND:
        send_file(c, &request);
        return;
    case LIVE_REQUEST_CHANGED:
        if (self->options.changed)
            self->options.changed(self->options.ctx);
        answer_line(c, self->options.changed ? "result" : "error",
                    self->options.changed ? "ok" : "this node has no triggers");
        return;
    }
}

/* ---- In ---- */

static void read_request(client *c)
{
    if (c->waiting || c->answer) { /* the request is complete; only the end of the connection can follow */
        (void)uv_poll_stop(&c->poll);
        return;
    }
    const ssize_t n = recv(c->fd, c->request + c->received, sizeof c->request - c->received, MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        close_client(c);
        return;
    }
    c->received += (size_t)n;
    c->active_ns = live_now_ns();
    const char *const newline = memchr(c->request, '\n', c->received);
    if (newline) {
        c->received = (size_t)(newline - c->request);
        obey(c);
    } else if (c->received == sizeof c->request) {
        answer_line(c, "error", "the request is too long");
    }
}

static void on_client(uv_poll_t *poll, int status, int events)
{
    client *const c = poll->data;
    if (events & UV_WRITABLE)
        write_answer(c);
    else if (status < 0 || (events & UV_READABLE))
        read_request(c);
}

static client *free_client(live_control *self)
{
    for (size_t i = 0; i < LIVE_CONTROL_CLIENTS; i++)
        if (self->clients[i].fd < 0)
            return &self->clients[i];
    return NULL;
}

/* Makes room: closes the client that has been silent for the longest time and waits for no answer. */
static void close_idlest(live_control *self)
{
    client *idlest = NULL;
    for (size_t i = 0; i < LIVE_CONTROL_CLIENTS; i++) {
        client *const c = &self->clients[i];
        if (uv_is_closing((uv_handle_t *)&c->poll))
            return; /* a place is about to become free */
        if (!c->waiting && (!idlest || c->active_ns < idlest->active_ns))
            idlest = c;
    }
    if (idlest)
        close_client(idlest);
}

static void on_accept(uv_poll_t *poll, int status, int events)
{
    live_control *const self = poll->data;
    client *const c = free_client(self);
    (void)status;
    (void)events;
    if (!c) {
        (void)uv_poll_stop(poll);
        close_idlest(self);
        return;
    }
    const int fd = accept4(self->socket.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (uv_poll_init(live_node_loop(self->live), &c->poll, fd)) {
        (void)close(fd);
        return;
    }
    c->control = self;
    c->fd = fd;
    c->active_ns = live_now_ns();
    c->poll.data = c;
    self->handles_open++;
    (void)uv_poll_start(&c->poll, UV_READABLE, on_client);
}

static void listen_again(live_control *self)
{
    if (!uv_is_closing((uv_handle_t *)&self->poll))
        (void)uv_poll_start(&self->poll, UV_READABLE, on_accept);
}

/* ---- Beginning and end ---- */

static void on_closed(uv_handle_t *handle)
{
    live_control *const self = handle->data;
    live_unix_socket_close(&self->socket);
    on_free(self);
}

static void end(void *data)
{
    live_control *const self = data;
    for (size_t i = 0; i < LIVE_CONTROL_CLIENTS; i++)
        if (self->clients[i].fd >= 0)
            close_client(&self->clients[i]);
    (void)uv_poll_stop(&self->poll);
    uv_close((uv_handle_t *)&self->poll, on_closed);
}

int live_control_new(live_node *live, const live_control_options *options, live_message *message)
{
    live_control *const self = calloc(1, sizeof *self);
    if (!self) {
        (void)snprintf(message->text, sizeof message->text, "out of memory");
        return ROAM_ERR_NO_MEMORY;
    }
    self->live = live;
    self->options = *options;
    for (size_t i = 0; i < LIVE_CONTROL_CLIENTS; i++)
        self->clients[i].fd = -1;
    const int rv = live_unix_socket_open(options->path, SOCK_STREAM, &self->socket, message);
    if (rv) {
        free(self);
        return rv;
    }
    if (uv_poll_init(live_node_loop(live), &self->poll, self->socket.fd)) {
        (void)snprintf(message->text, sizeof message->text, "%s: cannot be watched", options->path);
        live_unix_socket_close(&self->socket);
        free(self);
        return ROAM_ERR_INVALID_ARGUMENT;
    }
    self->poll.data = self;
    self->handles_open = 1;
    listen_again(self);
    self->attachment = (live_attachment){.end = end, .data = self};
    live_node_attach(live, &self->attachment);
    return 0;
}
