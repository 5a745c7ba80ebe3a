/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/tests/http3_end.h"

#include "core/live/address.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define MS UINT64_C(1000000)

enum { PATIENCE_MS = 20000, TRICKLE_MS = 2, TRICKLE_BYTES = 600, PIECE_BYTES = 16384, MOVE_BUDGET_MS = 5000 };

static bool is_unidirectional(roam_stream_id stream)
{
    return (stream.value & 2) != 0; /* RFC 9000 section 2.1 */
}

/* What cannot fail in these tests unless the core is broken. */
static void must(int status, const char *what)
{
    if (status)
        (void)printf("\n  %s: %s\n", what, roam_strerror(status));
    assert(status == 0);
}

static void send_bytes(http3_end *self, roam_stream_id stream, const void *data, size_t len, bool fin)
{
    must(roam_stream_send(live_node_core(self->live), self->peer, stream, data, len, fin), "send");
}

/* RFC 9114 section 6.2.1: each end opens one, and it stays open. */
static void open_control_stream(http3_end *self)
{
    uint8_t bytes[HTTP3_HEAD_MAX];
    roam_stream_id control;
    must(roam_stream_open_unidirectional(live_node_core(self->live), self->peer, 0, &control),
         "open the control stream");
    send_bytes(self, control, bytes, http3_control_stream(bytes), false);
}

/* ---- Client ---- */

static void send_request(http3_end *self)
{
    uint8_t bytes[HTTP3_HEAD_MAX];
    must(roam_stream_open(live_node_core(self->live), self->peer, NULL, 0, ROAM_PRIORITY_DEFAULT,
                          &self->request),
         "open the request");
    send_bytes(self, self->request, bytes, http3_request(bytes, HTTP3_SERVER_NAME, self->options.path), true);
}

static bool has_all(const http3_end *self)
{
    return self->received_all && self->moves_done == self->options.moves;
}

static void on_moved(void *done_data, roam_peer_id peer, const roam_migration_record *record, uint64_t now_ns)
{
    http3_end *const self = done_data;
    (void)peer;
    (void)now_ns;
    self->moves[self->moves_done] = *record;
    self->received_at_move[self->moves_done] = self->received;
    self->moves_done++;
    if (has_all(self))
        live_node_stop(self->live);
}

static void move(http3_end *self)
{
    char local[32];
    roam_migrate_options options;
    roam_migrate_options_default(&options);
    (void)snprintf(local, sizeof local, "127.0.0.%u", 2 + self->moves_begun);
    bool parsed = live_address_parse(local, &options.local);
    assert(parsed);
    (void)parsed;
    options.timeout_ns = MOVE_BUDGET_MS * MS;
    options.mode = self->options.mode;
    options.done = on_moved;
    options.done_data = self;
    self->moves_begun++;
    must(roam_migrate(live_node_core(self->live), self->peer, &options, live_now_ns()), "migrate");
}

static void on_content(void *context, const uint8_t *data, size_t len)
{
    http3_end *const self = context;
    for (size_t i = 0; i < len; i++) {
        const size_t at = self->received + i;
        self->wrong += at >= self->options.content_len || data[i] != self->options.content[at];
    }
    self->received += len;
    if (self->moves_begun < self->options.moves && self->moves_begun == self->moves_done &&
        self->received >= self->options.content_len / (self->options.moves + 1) * (self->moves_begun + 1) / 2)
        move(self);
}

/* ---- Server ---- */

/* A DATA frame with the next bytes, the last with the end of the stream; false: the queue is full. */
static bool send_piece(http3_end *self, size_t len)
{
    uint8_t piece[HTTP3_HEAD_MAX + PIECE_BYTES];
    const bool last = self->sent + len == self->options.content_len;
    const size_t head_len = http3_data(piece, len);
    memcpy(piece + head_len, self->options.content + self->sent, len);
    const int status =
        roam_stream_send(live_node_core(self->live), self->peer, self->request, piece, head_len + len, last);
    if (status == ROAM_ERR_WOULD_BLOCK)
        return false;
    must(status, "send content");
    self->sent += len;
    return true;
}

/* As much as the queue takes; the rest with ROAM_EVENT_STREAM_WRITABLE. */
static void send_rest(http3_end *self)
{
    for (size_t left; (left = self->options.content_len - self->sent) > 0;)
        if (!send_piece(self, left < PIECE_BYTES ? left : PIECE_BYTES))
            return;
}

/* Little by little, so that the client has something to acknowledge on its new path. */
static void on_trickle(uv_timer_t *timer)
{
    http3_end *const self = timer->data;
    if (self->events[ROAM_EVENT_PATH_CHANGED] >= self->options.path_changes) {
        (void)uv_timer_stop(timer);
        send_rest(self);
    } else if (self->options.content_len - self->sent > PIECE_BYTES) {
        (void)send_piece(self, TRICKLE_BYTES);
    }
}

static void respond(http3_end *self)
{
    uint8_t bytes[HTTP3_HEAD_MAX];
    open_control_stream(self);
    send_bytes(self, self->request, bytes, http3_response(bytes), false);
    (void)uv_timer_start(&self->trickle, on_trickle, 0, TRICKLE_MS);
}

/* ---- What the node tells ---- */

static void on_stream_opened(void *user_data, const roam_stream *stream, uint64_t now_ns)
{
    http3_end *const self = live_node_context(user_data);
    (void)now_ns;
    self->opened_there++;
    if (!is_unidirectional(stream->id))
        self->request = stream->id;
}

static void on_stream_data(void *user_data, roam_peer_id peer, roam_stream_id stream, const uint8_t *data,
                           size_t len, bool fin, uint64_t now_ns)
{
    http3_end *const self = live_node_context(user_data);
    (void)peer;
    (void)now_ns;
    if (is_unidirectional(stream) || stream.value != self->request.value)
        return; /* settings and tables, which say nothing to such a small implementation */
    http3_read(&self->reader, data, len);
    if (!fin)
        return;
    self->received_all = true;
    if (self->options.accept)
        respond(self);
    else if (has_all(self))
        live_node_stop(self->live);
}

static void on_event(void *subscriber_data, const roam_event *event, uint64_t now_ns)
{
    http3_end *const self = subscriber_data;
    if (event->kind == ROAM_EVENT_PATH_CHANGED && self->events[event->kind] < HTTP3_MOVES_MAX)
        self->path_changed_ns[self->events[event->kind]] = now_ns;
    self->events[event->kind]++;
    if (event->kind == ROAM_EVENT_REBOUND)
        self->last_rebind = *event->rebind;
    if (event->kind == ROAM_EVENT_PEER_DOWN) {
        self->last_down = *event;
        (void)uv_timer_stop(&self->trickle);
        live_node_stop(self->live);
    }
    if (event->kind == ROAM_EVENT_STREAM_WRITABLE && event->stream.value == self->request.value)
        send_rest(self);
    if (event->kind == ROAM_EVENT_PEER_UP) {
        self->peer = event->peer;
        if (!self->options.accept) {
            open_control_stream(self);
            send_request(self);
        }
    }
}

/* ---- Its life ---- */

static void on_patience(uv_timer_t *timer)
{
    http3_end *const self = timer->data;
    self->timed_out = true;
    live_node_stop(self->live);
}

static live_node_options node_options(http3_end *self)
{
    live_node_options options;
    live_node_options_default(&options);
    options.node.identity = self->identity;
    options.node.accept = self->options.accept;
    options.node.protocol = ROAM_PROTOCOL_RAW;
    options.node.trust = self->options.trust;
    options.node.alpn = self->options.alpn ? self->options.alpn : "h3";
    /* Small, so that a transfer takes many round trips also where one takes no time. */
    options.node.initial_stream_window = options.node.initial_connection_window = 65536;
    options.node.max_window = 131072;
    options.node.callbacks.stream_opened = on_stream_opened;
    options.node.callbacks.stream_data = on_stream_data;
    options.context = self;
    return options;
}

void http3_end_init(http3_end *self, const http3_end_options *options)
{
    static const uint8_t seed[ROAM_KEY_BYTES] = {'h', 't', 't', 'p', '3'};
    roam_subscription subscription;
    assert(options->moves <= HTTP3_MOVES_MAX);
    *self = (http3_end){.options = *options, .request = {-1}};
    self->reader.content = options->accept ? NULL : on_content;
    self->reader.context = self;
    must(roam_identity_new("roam", seed, &self->identity), "identity");
    const live_node_options live = node_options(self);
    must(live_node_new(&live, &self->live), "node");
    must(roam_subscribe(live_node_core(self->live), on_event, self, &subscription), "subscribe");
    self->patience.data = self->trickle.data = self;
    (void)uv_timer_init(live_node_loop(self->live), &self->patience);
    (void)uv_timer_init(live_node_loop(self->live), &self->trickle);
    (void)uv_timer_start(&self->patience, on_patience, PATIENCE_MS, 0);
}

void http3_end_fini(http3_end *self)
{
    uv_close((uv_handle_t *)&self->patience, NULL);
    uv_close((uv_handle_t *)&self->trickle, NULL);
    must(live_node_free(self->live), "free");
    roam_identity_free(self->identity);
}

static roam_addr loopback(uint16_t port)
{
    return (roam_addr){.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {127, 0, 0, 1}};
}

roam_addr http3_end_listen(http3_end *self)
{
    const roam_addr local = loopback(0);
    roam_addr bound;
    must(live_node_listen(self->live, &local, &bound), "listen");
    return bound;
}

void http3_end_get(http3_end *self, uint16_t port)
{
    const roam_addr remote = loopback(port), local = loopback(0);
    must(
        roam_dial(live_node_core(self->live), HTTP3_SERVER_NAME, &remote, &local, live_now_ns(), &self->peer),
        "dial");
    http3_end_serve(self);
}

void http3_end_serve(http3_end *self)
{
    must(live_node_run(self->live), "run");
}
