/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <stdlib.h>
#include <string.h>

enum { URGENCY_DEFAULT = 3, URGENCY_LAST = 7, PIECES_MAX = 8 };

static stream *find(const roam_endpoint_connection *c, int64_t id)
{
    for (stream *s = c->streams; s; s = s->next)
        if (s->id == id)
            return s;
    return NULL;
}

static stream *add(roam_endpoint_connection *c, int64_t id)
{
    stream *const s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    const bool local = ngtcp2_conn_is_local_stream(c->conn, id), both = ngtcp2_is_bidi_stream(id);
    s->id = id;
    s->urgency = URGENCY_DEFAULT;
    s->turn = ++c->turns;
    s->write_over = !both && !local;
    s->read_over = !both && local;
    s->next = c->streams;
    c->streams = s;
    return s;
}

static void unlink_stream(roam_endpoint_connection *c, stream *s)
{
    stream **at = &c->streams;
    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    chunks_clear(&s->out);
    chunks_clear(&s->in);
    free(s);
}

void streams_free(roam_endpoint_connection *c)
{
    while (c->streams)
        unlink_stream(c, c->streams);
}

static void report(roam_endpoint_connection *c, uint32_t kind, const stream *s, uint64_t bytes)
{
    connection_event(c, (roam_endpoint_event){.kind = kind, .stream = s->id, .bytes = bytes});
}

/* The end of a stream that ngtcp2 has forgotten, once all that came is read. ngtcp2 0.12 never closes a
 * unidirectional stream of the peer: that is over when it has been read. */
static void finish_if_over(roam_endpoint_connection *c, stream *s)
{
    const bool local = ngtcp2_conn_is_local_stream(c->conn, s->id), both = ngtcp2_is_bidi_stream(s->id);
    const bool closed = s->closed || (!local && !both && s->read_over);
    if (!closed || !(s->read_over || s->cut))
        return;
    if (!s->closed)
        (void)ngtcp2_conn_set_stream_user_data(c->conn, s->id, NULL);
    if (!local) {
        if (both)
            ngtcp2_conn_extend_max_streams_bidi(c->conn, 1);
        else
            ngtcp2_conn_extend_max_streams_uni(c->conn, 1);
    }
    ngtcp2_conn_extend_max_offset(c->conn, s->in.end - s->read); /* what nobody will read */
    c->unacknowledged -= s->sent - s->acknowledged;
    connection_event(
        c, (roam_endpoint_event){.kind = ROAM_ENDPOINT_STREAM_CLOSED, .stream = s->id, .reset = s->cut});
    unlink_stream(c, s);
}

/* ---- Sending ---- */

static bool has_more(const stream *s)
{
    return !s->write_over && (s->sent < s->out.end || (s->fin && !s->fin_sent));
}

void streams_release(roam_endpoint_connection *c)
{
    for (stream *s = c->streams; s; s = s->next)
        s->held = false;
}

stream *stream_next(roam_endpoint_connection *c)
{
    stream *best = NULL;
    for (stream *s = c->streams; s; s = s->next) {
        if (!has_more(s) || s->held)
            continue;
        if (!best || s->urgency < best->urgency || (s->urgency == best->urgency && s->turn < best->turn))
            best = s;
    }
    return best;
}

size_t stream_offer(const stream *s, ngtcp2_vec *pieces, size_t count, bool *fin)
{
    const size_t found = chunks_from(&s->out, s->sent, pieces, count);
    uint64_t end = s->sent;
    for (size_t i = 0; i < found; i++)
        end += pieces[i].len;
    *fin = s->fin && end == s->out.end;
    return found;
}

static void offer_room(roam_endpoint_connection *c, stream *s)
{
    if (!s->wants_write)
        return;
    s->wants_write = false;
    report(c, ROAM_ENDPOINT_STREAM_WRITABLE, s, 0);
}

void stream_sent(roam_endpoint_connection *c, stream *s, size_t bytes, bool fin)
{
    s->sent += bytes;
    c->unacknowledged += bytes;
    s->turn = ++c->turns;
    s->fin_sent = s->fin_sent || (fin && s->sent == s->out.end);
    if (s->out.end - s->sent <= c->endpoint->options.send_buffer / 2)
        offer_room(c, s);
}

void stream_stopped(roam_endpoint_connection *c, stream *s)
{
    s->cut = s->write_over = true;
    offer_room(c, s); /* stream_write then says that it is over */
}

/* ---- Callbacks of ngtcp2 ---- */

static int on_open(ngtcp2_conn *conn, int64_t id, void *user_data)
{
    roam_endpoint_connection *const c = user_data;
    stream *const s = add(c, id);
    if (!s || ngtcp2_conn_set_stream_user_data(conn, id, s))
        return NGTCP2_ERR_CALLBACK_FAILURE;
    report(c, ROAM_ENDPOINT_STREAM_OPENED, s, 0);
    return 0;
}

static int on_data(ngtcp2_conn *conn, uint32_t flags, int64_t id, uint64_t offset, const uint8_t *data,
                   size_t len, void *user_data, void *stream_user_data)
{
    (void)conn, (void)id, (void)offset;
    roam_endpoint_connection *const c = user_data;
    stream *const s = stream_user_data; /* NULL: the stream is over for the host */
    if (!s)
        return 0;
    if (!chunks_add(&s->in, data, len))
        return NGTCP2_ERR_CALLBACK_FAILURE;
    s->read_fin = s->read_fin || (flags & NGTCP2_STREAM_DATA_FLAG_FIN);
    report(c, ROAM_ENDPOINT_STREAM_READABLE, s, 0);
    return 0;
}

static int on_acknowledged(ngtcp2_conn *conn, int64_t id, uint64_t offset, uint64_t len, void *user_data,
                           void *stream_user_data)
{
    (void)conn, (void)id;
    roam_endpoint_connection *const c = user_data;
    stream *const s = stream_user_data;
    s->acknowledged = offset + len;
    c->unacknowledged -= len;
    chunks_drop(&s->out, s->acknowledged);
    if (len > 0)
        report(c, ROAM_ENDPOINT_STREAM_ACKNOWLEDGED, s, len);
    return 0;
}

static int on_reset(ngtcp2_conn *conn, int64_t id, uint64_t final_size, uint64_t code, void *user_data,
                    void *stream_user_data)
{
    (void)conn, (void)id, (void)final_size, (void)code;
    stream *const s = stream_user_data;
    if (!s)
        return 0;
    s->cut = s->read_over = true;
    report(user_data, ROAM_ENDPOINT_STREAM_READABLE, s, 0); /* stream_read then says that it is over */
    finish_if_over(user_data, s);
    return 0;
}

static int on_close(ngtcp2_conn *conn, uint32_t flags, int64_t id, uint64_t code, void *user_data,
                    void *stream_user_data)
{
    (void)conn, (void)id, (void)code;
    stream *const s = stream_user_data;
    if (!s)
        return 0;
    s->cut = s->cut || (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET);
    s->closed = s->write_over = true;
    finish_if_over(user_data, s);
    return 0;
}

static void streams_available(roam_endpoint_connection *c, bool bidirectional)
{
    if (!c->wants_stream[bidirectional])
        return;
    c->wants_stream[bidirectional] = false;
    connection_event(c, (roam_endpoint_event){.kind = ROAM_ENDPOINT_STREAMS_AVAILABLE, .stream = -1});
}

static int on_more_bidirectional(ngtcp2_conn *conn, uint64_t max, void *user_data)
{
    (void)conn, (void)max;
    streams_available(user_data, true);
    return 0;
}

static int on_more_unidirectional(ngtcp2_conn *conn, uint64_t max, void *user_data)
{
    (void)conn, (void)max;
    streams_available(user_data, false);
    return 0;
}

void stream_callbacks(ngtcp2_callbacks *callbacks)
{
    callbacks->stream_open = on_open;
    callbacks->recv_stream_data = on_data;
    callbacks->acked_stream_data_offset = on_acknowledged;
    callbacks->stream_reset = on_reset;
    callbacks->stream_close = on_close;
    callbacks->extend_max_local_streams_bidi = on_more_bidirectional;
    callbacks->extend_max_local_streams_uni = on_more_unidirectional;
}

/* ---- Functions of the ABI ---- */

int stream_open(roam_endpoint_connection *c, bool bidirectional, int64_t *id)
{
    if (c->closed)
        return ROAM_ENDPOINT_CLOSED;
    int64_t opened;
    const int rv = bidirectional ? ngtcp2_conn_open_bidi_stream(c->conn, &opened, NULL)
                                 : ngtcp2_conn_open_uni_stream(c->conn, &opened, NULL);
    if (rv == NGTCP2_ERR_STREAM_ID_BLOCKED) {
        c->wants_stream[bidirectional] = true;
        return ROAM_ENDPOINT_BLOCKED;
    }
    stream *const s = rv ? NULL : add(c, opened);
    if (!s || ngtcp2_conn_set_stream_user_data(c->conn, opened, s))
        return ROAM_ENDPOINT_NO_MEMORY;
    *id = opened;
    return 0;
}

int stream_write(roam_endpoint_connection *c, int64_t id, const uint8_t *data, size_t len, bool finish,
                 size_t *taken)
{
    stream *const s = find(c, id);
    *taken = 0;
    if (!s || c->closed || s->write_over || s->fin)
        return ROAM_ENDPOINT_CLOSED;
    const uint64_t waiting = s->out.end - s->sent, bound = c->endpoint->options.send_buffer;
    const uint64_t room = bound > waiting ? bound - waiting : 0;
    const size_t n = len < room ? len : (size_t)room;
    s->wants_write = n < len;
    if (n == 0 && len > 0)
        return ROAM_ENDPOINT_BLOCKED;
    if (!chunks_add(&s->out, data, n))
        return ROAM_ENDPOINT_NO_MEMORY;
    s->fin = finish && n == len;
    *taken = n;
    return 0;
}

int stream_read(roam_endpoint_connection *c, int64_t id, uint8_t *data, size_t capacity, size_t *len,
                bool *finished)
{
    stream *const s = find(c, id);
    *len = 0;
    *finished = false;
    if (!s || (s->read_over && !s->read_fin))
        return ROAM_ENDPOINT_CLOSED;
    ngtcp2_vec pieces[PIECES_MAX];
    const size_t count = chunks_from(&s->in, s->read, pieces, PIECES_MAX);
    for (size_t i = 0; i < count && *len < capacity; i++) {
        const size_t n = pieces[i].len < capacity - *len ? pieces[i].len : capacity - *len;
        memcpy(data + *len, pieces[i].base, n);
        *len += n;
    }
    s->read += *len;
    chunks_drop(&s->in, s->read);
    *finished = s->read_fin && s->read == s->in.end;
    if (!c->closed) {
        ngtcp2_conn_extend_max_offset(c->conn, *len);
        if (!s->closed && !*finished && ngtcp2_conn_extend_max_stream_offset(c->conn, id, *len))
            return ROAM_ENDPOINT_NO_MEMORY;
    }
    if (*finished) {
        s->read_over = true;
        finish_if_over(c, s);
    }
    return 0;
}

int stream_reset(roam_endpoint_connection *c, int64_t id, uint64_t code)
{
    stream *const s = find(c, id);
    if (!s || c->closed)
        return ROAM_ENDPOINT_CLOSED;
    if (!s->closed && ngtcp2_conn_shutdown_stream(c->conn, id, code))
        return ROAM_ENDPOINT_NO_MEMORY;
    s->cut = s->write_over = s->read_over = true;
    s->read_fin = false;
    finish_if_over(c, s);
    return 0;
}

void stream_priority(roam_endpoint_connection *c, int64_t id, uint8_t urgency)
{
    stream *const s = find(c, id);
    if (s)
        s->urgency = urgency < URGENCY_LAST ? urgency : URGENCY_LAST;
}
