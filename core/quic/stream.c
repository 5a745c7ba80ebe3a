/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/quic/internal.h"

#include <assert.h>
#include <stdlib.h>

static core_stream_queue *queue_of(quic_ngtcp2 *quic, const core_stream *stream, core_stream_state state)
{
    return state == CORE_STREAM_READY ? &quic->ready[stream->urgency] : &quic->blocked;
}

core_stream *quic_stream_next(const quic_ngtcp2 *quic)
{
    for (size_t i = 0; i < CORE_URGENCIES; i++)
        if (quic->ready[i].first)
            return quic->ready[i].first;
    return NULL;
}

void quic_stream_enqueue(quic_ngtcp2 *quic, core_stream *stream, core_stream_state state)
{
    assert(stream->state == CORE_STREAM_IDLE && state != CORE_STREAM_IDLE);
    core_stream_queue *const queue = queue_of(quic, stream, state);
    stream->state = state;
    stream->next = NULL;
    if (queue->last)
        queue->last->next = stream;
    else
        queue->first = stream;
    queue->last = stream;
}

void quic_stream_dequeue(quic_ngtcp2 *quic, core_stream *stream)
{
    if (stream->state == CORE_STREAM_IDLE)
        return;
    core_stream_queue *const queue = queue_of(quic, stream, stream->state);
    core_stream *previous = NULL;
    for (core_stream *s = queue->first; s != stream; s = s->next)
        previous = s;
    if (previous)
        previous->next = stream->next;
    else
        queue->first = stream->next;
    if (queue->last == stream)
        queue->last = previous;
    stream->state = CORE_STREAM_IDLE;
}

void quic_streams_unblock(quic_ngtcp2 *quic)
{
    while (quic->blocked.first) {
        core_stream *const stream = quic->blocked.first;
        quic_stream_dequeue(quic, stream);
        quic_stream_enqueue(quic, stream, CORE_STREAM_READY);
    }
}

int quic_stream_open(core_quic *base, bool bidirectional, core_stream **out)
{
    quic_ngtcp2 *const quic = quic_of(base);
    core_stream *const stream = core_quic_stream_new(&quic->base, -1);
    if (!stream)
        return ROAM_ERR_NO_MEMORY;
    const int rv = bidirectional ? ngtcp2_conn_open_bidi_stream(quic->conn, &stream->id, stream)
                                 : ngtcp2_conn_open_uni_stream(quic->conn, &stream->id, stream);
    if (rv) {
        core_quic_stream_free(&quic->base, stream);
        return rv == NGTCP2_ERR_STREAM_ID_BLOCKED ? ROAM_ERR_WOULD_BLOCK : ROAM_ERR_NO_MEMORY;
    }
    *out = stream;
    return 0;
}

int quic_stream_append(core_quic *base, core_stream *stream, core_span head, core_span body)
{
    quic_ngtcp2 *const quic = quic_of(base);
    const int rv = core_sendq_append(&stream->out, head, body);
    if (rv == 0 && stream->state == CORE_STREAM_IDLE)
        quic_stream_enqueue(quic, stream, CORE_STREAM_READY);
    return rv;
}

void quic_stream_finish(core_quic *base, core_stream *stream)
{
    quic_ngtcp2 *const quic = quic_of(base);
    stream->fin = true;
    if (stream->state == CORE_STREAM_IDLE && !stream->fin_sent)
        quic_stream_enqueue(quic, stream, CORE_STREAM_READY);
}

void quic_stream_reset(core_quic *base, core_stream *stream)
{
    quic_ngtcp2 *const quic = quic_of(base);
    stream->reset = true;
    quic_stream_dequeue(quic, stream);
    /* Fails only without memory; the connection then ends in the next write for the same reason. */
    if (ngtcp2_conn_shutdown_stream(quic->conn, 0, stream->id, 0))
        quic->shutdown_failed = true;
}

/* Keeps what a handler returned; ngtcp2 then returns from the call under way. */
static int verdict(quic_ngtcp2 *quic, core_reject reject)
{
    if (!reject.is_set)
        return 0;
    quic->reject = reject;
    return NGTCP2_ERR_CALLBACK_FAILURE;
}

static int on_stream_open(ngtcp2_conn *conn, int64_t stream_id, void *user_data)
{
    quic_ngtcp2 *const quic = user_data;
    core_stream *const stream = core_quic_stream_new(&quic->base, stream_id);
    if (!stream)
        return NGTCP2_ERR_CALLBACK_FAILURE;
    ngtcp2_conn_set_stream_user_data(conn, stream_id, stream);
    return verdict(quic, quic->base.handlers->stream_opened(quic->base.owner, stream));
}

/* Flow control, of a stream that is gone too: the connection's. */
static void give_back(ngtcp2_conn *conn, int64_t stream_id, uint64_t len)
{
    ngtcp2_conn_extend_max_stream_offset(conn, stream_id, len);
    ngtcp2_conn_extend_max_offset(conn, len);
}

static int on_stream_data(ngtcp2_conn *conn, uint32_t flags, int64_t stream_id, uint64_t offset,
                          const uint8_t *data, size_t len, void *user_data, void *stream_user_data)
{
    (void)offset;
    quic_ngtcp2 *const quic = user_data;
    const bool fin = flags & NGTCP2_STREAM_DATA_FLAG_FIN;
    const int rv =
        verdict(quic, quic->base.handlers->stream_data(quic->base.owner, stream_user_data, data, len, fin));
    if (rv)
        return rv;
    if (!quic->reads_later)
        give_back(conn, stream_id, len);
    return 0;
}

void core_quic_stream_read(core_quic *base, int64_t stream, size_t len)
{
    give_back(quic_of(base)->conn, stream, len);
}

static int tell_available(const quic_ngtcp2 *quic, bool bidirectional)
{
    if (quic->base.handlers->streams_available)
        quic->base.handlers->streams_available(quic->base.owner, bidirectional);
    return 0;
}

static int on_bidirectional_available(ngtcp2_conn *conn, uint64_t max_streams, void *user_data)
{
    (void)conn;
    (void)max_streams;
    return tell_available(user_data, true);
}

static int on_unidirectional_available(ngtcp2_conn *conn, uint64_t max_streams, void *user_data)
{
    (void)conn;
    (void)max_streams;
    return tell_available(user_data, false);
}

static int on_acked(ngtcp2_conn *conn, int64_t stream_id, uint64_t offset, uint64_t len, void *user_data,
                    void *stream_user_data)
{
    (void)conn;
    (void)stream_id;
    quic_ngtcp2 *const quic = user_data;
    core_stream *const stream = stream_user_data;
    quic->base.unacknowledged -= len;
    core_sendq_acked(&stream->out, offset + len);
    quic->base.handlers->stream_acked(quic->base.owner, stream);
    return 0;
}

static int on_stream_close(ngtcp2_conn *conn, uint32_t flags, int64_t stream_id, uint64_t app_error_code,
                           void *user_data, void *stream_user_data)
{
    (void)app_error_code;
    quic_ngtcp2 *const quic = user_data;
    core_stream *const stream = stream_user_data;
    if (!ngtcp2_conn_is_local_stream(conn, stream_id)) {
        if (ngtcp2_is_bidi_stream(stream_id))
            ngtcp2_conn_extend_max_streams_bidi(conn, 1);
        else
            ngtcp2_conn_extend_max_streams_uni(conn, 1);
    }
    if (!stream)
        return 0;
    if (flags & NGTCP2_STREAM_CLOSE_FLAG_APP_ERROR_CODE_SET)
        stream->reset = true; /* also when a STOP_SENDING made ngtcp2 reset it */
    const int rv = verdict(quic, quic->base.handlers->stream_closed(quic->base.owner, stream));
    quic_stream_dequeue(quic, stream);
    quic->base.unacknowledged -= stream->out.sent - stream->out.acked;
    core_quic_stream_free(&quic->base, stream);
    return rv;
}

/* The peer cut its part short: ours ends with it. */
static int on_stream_reset(ngtcp2_conn *conn, int64_t stream_id, uint64_t final_size, uint64_t app_error_code,
                           void *user_data, void *stream_user_data)
{
    (void)final_size;
    (void)app_error_code;
    quic_ngtcp2 *const quic = user_data;
    core_stream *const stream = stream_user_data;
    if (!stream)
        return 0;
    stream->reset = true;
    quic_stream_dequeue(quic, stream);
    if (!core_quic_stream_sends(&quic->base, stream))
        return 0;
    return ngtcp2_conn_shutdown_stream_write(conn, 0, stream_id, 0) ? NGTCP2_ERR_CALLBACK_FAILURE : 0;
}

static int on_max_stream_data(ngtcp2_conn *conn, int64_t stream_id, uint64_t max_data, void *user_data,
                              void *stream_user_data)
{
    (void)conn;
    (void)stream_id;
    (void)max_data;
    quic_ngtcp2 *const quic = user_data;
    core_stream *const stream = stream_user_data;
    if (stream && stream->state == CORE_STREAM_BLOCKED) {
        quic_stream_dequeue(quic, stream);
        quic_stream_enqueue(quic, stream, CORE_STREAM_READY);
    }
    return 0;
}

void quic_stream_callbacks(ngtcp2_callbacks *callbacks)
{
    callbacks->stream_open = on_stream_open;
    callbacks->recv_stream_data = on_stream_data;
    callbacks->acked_stream_data_offset = on_acked;
    callbacks->stream_close = on_stream_close;
    callbacks->extend_max_local_streams_bidi = on_bidirectional_available;
    callbacks->extend_max_local_streams_uni = on_unidirectional_available;
    callbacks->stream_reset = on_stream_reset;
    callbacks->extend_max_stream_data = on_max_stream_data;
}
