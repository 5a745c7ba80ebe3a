/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/node/lines.h"

#include "core/live/transfer.h"
#include "tools/cli/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum { FOREGROUND_MS = 500 }; /* until a node in the background looks whether it still is */

struct node_lines {
    live_node *live;
    int fd;            /* standard input, or the terminal opened once more */
    uv_poll_t poll;    /* of a terminal, pipe or socket */
    uv_idle_t idle;    /* of a file, which is always readable */
    uv_timer_t paused; /* in the background: until the terminal may be read */
    bool terminal, polled, reading, closed;
    int flags; /* of standard input, which others may share: libuv makes it non-blocking; -1: as it was */
    bool acknowledged;
    bool ended, end_sent, answered;
    roam_peer_id next; /* the peer that gets the first line of the buffer next; those before have it */
    size_t len;        /* bytes in buffer */
    char buffer[LIVE_LINE_MAX];
};

static void on_poll(uv_poll_t *poll, int status, int events);
static void on_idle(uv_idle_t *idle);

static bool somebody_is_up(node_lines *self)
{
    roam_node *const node = live_node_core(self->live);
    for (roam_peer_id peer = {1}; roam_peer_name(node, peer); peer.value++)
        if (roam_peer_is_up(node, peer))
            return true;
    return false;
}

static void set_reading(node_lines *self, bool reading)
{
    if (self->closed || self->reading == reading)
        return;
    self->reading = reading;
    (void)uv_timer_stop(&self->paused);
    if (self->polled)
        (void)(reading ? uv_poll_start(&self->poll, UV_READABLE, on_poll) : uv_poll_stop(&self->poll));
    else
        (void)(reading ? uv_idle_start(&self->idle, on_idle) : uv_idle_stop(&self->idle));
}

/* The line is sent to all peers that are up; false: one has no room now, and is next when it has. */
static bool send_line(node_lines *self, size_t len)
{
    roam_node *const node = live_node_core(self->live);
    for (; roam_peer_name(node, self->next); self->next.value++) {
        if (!roam_peer_is_up(node, self->next))
            continue;
        if (live_line_send(node, self->next, self->buffer, len) == ROAM_ERR_WOULD_BLOCK)
            return false;
    }
    self->next.value = 1;
    return true;
}

/* The length of the first line of the buffer with its newline; 0: there is none yet. */
static size_t first_line(const node_lines *self)
{
    const char *const newline = memchr(self->buffer, '\n', self->len);
    if (newline)
        return (size_t)(newline - self->buffer) + 1;
    return self->len == sizeof self->buffer || self->ended ? self->len : 0;
}

static void send_end(node_lines *self)
{
    roam_node *const node = live_node_core(self->live);
    for (; roam_peer_name(node, self->next); self->next.value++)
        if (roam_peer_is_up(node, self->next) &&
            live_line_end(node, self->next, NODE_LINES_ID) == ROAM_ERR_WOULD_BLOCK)
            return;
    self->next.value = 1;
    self->end_sent = true;
}

/* Sends what is there, and reads on if there is room. */
static void advance(node_lines *self)
{
    bool blocked = !somebody_is_up(self);
    while (!blocked) {
        const size_t whole = first_line(self);
        if (whole == 0)
            break;
        blocked = !send_line(self, whole - (self->buffer[whole - 1] == '\n'));
        if (!blocked) {
            self->len -= whole;
            memmove(self->buffer, self->buffer + whole, self->len);
        }
    }
    if (!blocked && self->ended && self->acknowledged && !self->end_sent)
        send_end(self);
    set_reading(self, !blocked && !self->ended);
}

/* The terminal belongs to another job: its input is not for this process, and reading it would stop this
 * process (SIGTTIN). */
static bool in_background(const node_lines *self)
{
    const pid_t foreground = self->terminal ? tcgetpgrp(self->fd) : -1;
    return foreground >= 0 && foreground != getpgrp();
}

static void on_paused(uv_timer_t *timer)
{
    node_lines *const self = timer->data;
    if (!self->reading || in_background(self))
        return;
    (void)uv_timer_stop(timer);
    (void)uv_poll_start(&self->poll, UV_READABLE, on_poll);
}

static void pause_reading(node_lines *self)
{
    (void)uv_poll_stop(&self->poll);
    (void)uv_timer_start(&self->paused, on_paused, FOREGROUND_MS, FOREGROUND_MS);
}

static void read_some(node_lines *self)
{
    if (in_background(self)) {
        pause_reading(self);
        return;
    }
    const ssize_t n = read(self->fd, self->buffer + self->len, sizeof self->buffer - self->len);
    if (n < 0 && (errno == EAGAIN || errno == EINTR || (errno == EIO && in_background(self))))
        return;
    if (n <= 0)
        self->ended = true;
    else
        self->len += (size_t)n;
    advance(self);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    read_some(poll->data);
}

static void on_idle(uv_idle_t *idle)
{
    read_some(idle->data);
}

/* A terminal is shared with the shell and with whatever else runs there: it is opened once more, so that it
 * is non-blocking for us alone. */
static void open_input(node_lines *self)
{
    self->flags = -1;
    self->terminal = isatty(STDIN_FILENO);
    self->fd = self->terminal ? open("/proc/self/fd/0", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC) : -1;
    if (self->fd < 0) {
        self->fd = STDIN_FILENO;
        self->flags = fcntl(STDIN_FILENO, F_GETFL);
    }
    if (self->terminal)
        (void)signal(SIGTTIN, SIG_IGN); /* the foreground may change between a look and a read */
}

int node_lines_new(live_node *live, bool acknowledged, node_lines **out)
{
    node_lines *const self = calloc(1, sizeof *self);
    if (!self)
        return COMMAND_BROKEN;
    self->live = live;
    self->acknowledged = acknowledged;
    self->next.value = 1;
    open_input(self);
    self->polled = uv_poll_init(live_node_loop(live), &self->poll, self->fd) == 0;
    if (!self->polled)
        (void)uv_idle_init(live_node_loop(live), &self->idle);
    (void)uv_timer_init(live_node_loop(live), &self->paused);
    self->poll.data = self->idle.data = self->paused.data = self;
    *out = self;
    return COMMAND_OK;
}

void node_lines_close(node_lines *lines)
{
    if (!lines)
        return;
    lines->closed = true;
    if (lines->flags >= 0)
        (void)fcntl(STDIN_FILENO, F_SETFL, lines->flags);
    uv_close((uv_handle_t *)&lines->paused, NULL);
    uv_close(lines->polled ? (uv_handle_t *)&lines->poll : (uv_handle_t *)&lines->idle, NULL);
}

void node_lines_free(node_lines *lines)
{
    if (lines && lines->fd != STDIN_FILENO)
        (void)close(lines->fd);
    free(lines);
}

void node_lines_writable(node_lines *lines, roam_peer_id peer)
{
    (void)peer;
    advance(lines);
}

/* What was not acknowledged by a peer that is gone is lost: lines, unlike files, are not sent again. */
void node_lines_peer_down(node_lines *lines, roam_peer_id peer)
{
    (void)peer;
    if (lines->end_sent && !lines->answered)
        lines->end_sent = false;
    if (!somebody_is_up(lines))
        set_reading(lines, false);
}

void node_lines_answered(node_lines *lines, roam_peer_id peer)
{
    (void)peer;
    lines->answered = lines->end_sent;
}

bool node_lines_are_done(const node_lines *lines)
{
    return lines->answered;
}
