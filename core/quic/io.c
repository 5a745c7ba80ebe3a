/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/quic/trace.h"

#include <stdlib.h>
#include <string.h>

/* More than a packet holds, or all there is: a look at more would touch memory far ahead for each packet. */
enum { SPANS_MAX = 1 + (CORE_UDP_PAYLOAD_MAX + CORE_SENDQ_SPAN_MIN - 1) / CORE_SENDQ_SPAN_MIN };
enum { CORE_SEGMENTS_MAX = 16 };

static void send_packets(quic_ngtcp2 *quic, const ngtcp2_path *path, uint8_t ecn, const uint8_t *data,
                         size_t len, size_t segment_len)
{
    roam_addr local;
    roam_datagram datagram = {.ecn = ecn, .data = data, .len = len, .segment_len = segment_len};
    quic_addr_from_ngtcp2(&path->local, &local);
    quic_addr_from_ngtcp2(&path->remote, &datagram.remote);
    (void)quic->base.handlers->send(quic->base.owner, &local, &datagram);
}

/* ---- The end ---- */

static void end(quic_ngtcp2 *quic, core_quic_end_kind kind, bool application, uint64_t code)
{
    if (quic->base.end.kind == CORE_QUIC_OPEN)
        quic->base.end = (core_quic_end){.kind = kind, .application = application, .code = code};
}

static void write_close(quic_ngtcp2 *quic, const ngtcp2_ccerr *error)
{
    uint8_t packet[CORE_UDP_PAYLOAD_MAX];
    ngtcp2_path_storage storage;
    ngtcp2_pkt_info info = {0};
    ngtcp2_path_storage_zero(&storage);
    quic_trace_hold(quic);
    const ngtcp2_ssize n = ngtcp2_conn_write_connection_close(
        quic->conn, &storage.path, quic->ecn ? &info : NULL, packet, sizeof packet, error, quic->base.now_ns);
    quic_trace_release(quic, &storage.path, packet, n);
    if (n <= 0)
        return;
    send_packets(quic, &storage.path, info.ecn, packet, (size_t)n, (size_t)n);
    quic->close_packet = malloc((size_t)n);
    if (!quic->close_packet)
        return; /* the connection then ends at the other end by its timers */
    memcpy(quic->close_packet, packet, (size_t)n);
    quic->close_packet_len = (size_t)n;
    quic_addr_from_ngtcp2(&storage.path.local, &quic->close_local);
    quic_addr_from_ngtcp2(&storage.path.remote, &quic->close_remote);
}

void quic_close(core_quic *base, bool application, uint64_t code, uint64_t now_ns)
{
    quic_ngtcp2 *const quic = quic_of(base);
    if (quic->base.end.kind != CORE_QUIC_OPEN)
        return;
    ngtcp2_ccerr error;
    ngtcp2_ccerr_default(&error);
    if (application)
        ngtcp2_ccerr_set_application_error(&error, code, NULL, 0);
    else
        ngtcp2_ccerr_set_transport_error(&error, code, NULL, 0);
    quic->base.now_ns = now_ns;
    write_close(quic, &error);
    end(quic, CORE_QUIC_CLOSED_HERE, application, code);
}

void quic_close_again(core_quic *base)
{
    quic_ngtcp2 *const quic = quic_of(base);
    roam_datagram datagram = {.remote = quic->close_remote,
                              .data = quic->close_packet,
                              .len = quic->close_packet_len,
                              .segment_len = quic->close_packet_len};
    if (quic->close_packet)
        (void)quic->base.handlers->send(quic->base.owner, &quic->close_local, &datagram);
}

static void on_draining(quic_ngtcp2 *quic)
{
    const ngtcp2_ccerr *const error = ngtcp2_conn_get_ccerr(quic->conn);
    const bool application = error->type == NGTCP2_CCERR_TYPE_APPLICATION;
    end(quic, CORE_QUIC_CLOSED_THERE, application, error->error_code);
}

void quic_fail(quic_ngtcp2 *quic, int ngtcp2_error)
{
    if (quic->base.end.kind != CORE_QUIC_OPEN)
        return;
    if (quic->reject.is_set) {
        quic_close(&quic->base, true, quic->reject.code, quic->base.now_ns);
        return;
    }
    switch (ngtcp2_error) {
    case NGTCP2_ERR_DRAINING:
    case NGTCP2_ERR_CLOSING:
        on_draining(quic);
        return;
    case NGTCP2_ERR_IDLE_CLOSE:
        end(quic, CORE_QUIC_IDLE, false, 0);
        return;
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
        end(quic, CORE_QUIC_HANDSHAKE_TIMEOUT, false, 0);
        return;
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
        end(quic, CORE_QUIC_DROPPED, false, 0);
        return;
    default:
        break;
    }
    ngtcp2_ccerr error;
    ngtcp2_ccerr_default(&error);
    if (ngtcp2_error == NGTCP2_ERR_CRYPTO)
        ngtcp2_ccerr_set_tls_alert(&error, ngtcp2_conn_get_tls_alert(quic->conn), NULL, 0);
    else
        ngtcp2_ccerr_set_liberr(&error, ngtcp2_error, NULL, 0);
    write_close(quic, &error);
    end(quic, CORE_QUIC_CLOSED_HERE, false, error.error_code);
}

/* ---- In ---- */

int quic_crypto_data(ngtcp2_conn *conn, ngtcp2_encryption_level level, uint64_t offset, const uint8_t *data,
                     size_t len, void *user_data)
{
    quic_ngtcp2 *const quic = user_data;
    if (!core_tls_session_is_confirmed(quic->tls))
        return ngtcp2_crypto_recv_crypto_data_cb(conn, level, offset, data, len, user_data);
    const uint8_t alert = core_tls_session_late(quic->tls, data, len);
    if (alert == 0)
        return 0;
    ngtcp2_conn_set_tls_alert(conn, alert);
    return NGTCP2_ERR_CRYPTO;
}

/* Nothing needs TLS any more: connections at rest would hold tens of kilobytes for it. */
static void leave_handshake(quic_ngtcp2 *quic)
{
    ngtcp2_conn_set_tls_native_handle(quic->conn, NULL);
    core_tls_session_confirm(quic->tls);
}

void quic_read(core_quic *base, const roam_addr *local, const roam_datagram *datagram, uint64_t now_ns)
{
    quic_ngtcp2 *const quic = quic_of(base);
    if (quic->base.end.kind != CORE_QUIC_OPEN)
        return;
    quic_path path;
    quic_path_init(&path, local, &datagram->remote);
    ngtcp2_pkt_info info = {.ecn = quic->ecn ? datagram->ecn : NGTCP2_ECN_NOT_ECT};
    quic->base.now_ns = now_ns;
    quic_trace_reads(quic, local, datagram);
    const int rv = ngtcp2_conn_read_pkt(quic->conn, &path.path, &info, datagram->data, datagram->len, now_ns);
    quic_trace_has_read(quic);
    if (rv) {
        quic_fail(quic, rv);
        return;
    }
    if (quic->base.confirmed && !core_tls_session_is_confirmed(quic->tls))
        leave_handshake(quic);
    /* MAX_DATA has no callback of its own. */
    if (quic->blocked.first && ngtcp2_conn_get_max_data_left(quic->conn) > 0)
        quic_streams_unblock(quic);
}

void quic_expire(core_quic *base, uint64_t now_ns)
{
    quic_ngtcp2 *const quic = quic_of(base);
    if (quic->base.end.kind != CORE_QUIC_OPEN)
        return;
    quic->base.now_ns = now_ns;
    int rv = quic_rotations_expire(quic);
    if (rv == 0)
        rv = ngtcp2_conn_handle_expiry(quic->conn, now_ns);
    quic_trace_expired(quic);
    if (rv)
        quic_fail(quic, rv);
}

uint64_t quic_expiry(const core_quic *base)
{
    const quic_ngtcp2 *const quic = quic_of_const(base);
    if (quic->base.end.kind != CORE_QUIC_OPEN)
        return ROAM_NEVER;
    const uint64_t rotation_ns = quic_rotations_due(quic), expiry_ns = ngtcp2_conn_get_expiry(quic->conn);
    return rotation_ns < expiry_ns ? rotation_ns : expiry_ns;
}

/* ---- Out ---- */

/* The packet holds what was lost: new data of another stream is offered for the next one. */
static void pass_turn(quic_ngtcp2 *quic, core_stream *stream)
{
    quic_stream_dequeue(quic, stream);
    quic_stream_enqueue(quic, stream, CORE_STREAM_READY);
}

/* What one call of ngtcp2 made of the stream whose turn it was. */
static void account(quic_ngtcp2 *quic, core_stream *stream, ngtcp2_ssize taken, bool fin_offered)
{
    if (!stream || taken < 0)
        return;
    core_sendq_sent(&stream->out, (size_t)taken);
    quic->base.unacknowledged += (size_t)taken;
    quic_stream_dequeue(quic, stream);
    if (stream->out.sent < stream->out.end)
        quic_stream_enqueue(quic, stream, CORE_STREAM_READY);
    else if (fin_offered)
        stream->fin_sent = true;
    else if (stream->fin && !stream->fin_sent)
        quic_stream_enqueue(quic, stream, CORE_STREAM_READY);
}

typedef struct offer {
    core_stream *stream; /* NULL: no stream has anything to send */
    ngtcp2_vec vectors[SPANS_MAX];
    size_t count;
    bool fin;
    uint32_t flags;
} offer;

static void make_offer(const quic_ngtcp2 *quic, offer *o)
{
    core_span spans[SPANS_MAX];
    uint64_t bytes = 0;
    *o = (offer){.stream = quic_stream_next(quic), .flags = NGTCP2_WRITE_STREAM_FLAG_NONE};
    if (!o->stream)
        return;
    o->count = core_sendq_peek(&o->stream->out, spans, SPANS_MAX);
    for (size_t i = 0; i < o->count; i++) {
        o->vectors[i] = (ngtcp2_vec){.base = (uint8_t *)(uintptr_t)spans[i].bytes, .len = spans[i].len};
        bytes += spans[i].len;
    }
    o->fin = o->stream->fin && o->stream->out.sent + bytes == o->stream->out.end;
    o->flags = NGTCP2_WRITE_STREAM_FLAG_MORE | (o->fin ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0);
}

/* The size belongs to a path (RFC 9000 section 14.2). */
static bool is_small(const quic_ngtcp2 *quic)
{
    roam_addr local, remote;
    if (quic->base.now_ns >= quic->small_until_ns)
        return false;
    core_quic_path(&quic->base, &local, &remote);
    return roam_addr_equal(&local, &quic->small_local) && roam_addr_equal(&remote, &quic->small_remote);
}

static void tell_challenge(quic_ngtcp2 *quic, const ngtcp2_path *path)
{
    roam_addr local, remote;
    quic_addr_from_ngtcp2(&path->local, &local);
    quic_addr_from_ngtcp2(&path->remote, &remote);
    quic_trace_challenge(quic, path);
    quic->base.handlers->challenge_sent(quic->base.owner, &local, &remote);
}

/* Puts into packet what is due: length, 0 when nothing may be sent now, or an error of ngtcp2. */
static ngtcp2_ssize fill_packet(quic_ngtcp2 *quic, ngtcp2_path *path, ngtcp2_pkt_info *info,
                                uint8_t packet[CORE_UDP_PAYLOAD_MAX])
{
    const size_t payload_max = is_small(quic) ? CORE_UDP_PAYLOAD_LEAST : CORE_UDP_PAYLOAD_MAX;
    quic_trace_hold(quic);
    for (;;) {
        offer o;
        make_offer(quic, &o);
        ngtcp2_ssize taken = -1;
        quic->challenge_drawn = false;
        const ngtcp2_ssize n = ngtcp2_conn_writev_stream(
            quic->conn, path, quic->ecn ? info : NULL, packet, payload_max, &taken, o.flags,
            o.stream ? o.stream->id : -1, o.vectors, o.count, quic->base.now_ns);
        switch (n) {
        case NGTCP2_ERR_WRITE_MORE:
            account(quic, o.stream, taken, o.fin);
            continue;
        case NGTCP2_ERR_STREAM_DATA_BLOCKED:
            quic_stream_dequeue(quic, o.stream);
            quic_stream_enqueue(quic, o.stream, CORE_STREAM_BLOCKED);
            continue;
        case NGTCP2_ERR_STREAM_NOT_FOUND:
        case NGTCP2_ERR_STREAM_SHUT_WR:
            quic_stream_dequeue(quic, o.stream); /* the peer has sent STOP_SENDING */
            continue;
        default:
            if (n > 0 && o.stream && taken < 0)
                pass_turn(quic, o.stream);
            account(quic, o.stream, taken, o.fin);
            quic_trace_release(quic, path, packet, n);
            /* It is drawn also when the limit to an unvalidated address leaves no room for it. */
            if (quic->challenge_drawn && n > 0)
                tell_challenge(quic, path);
            return n;
        }
    }
}

bool quic_too_large(core_quic *base, size_t len, uint64_t for_ns, uint64_t now_ns)
{
    quic_ngtcp2 *const quic = quic_of(base);
    if (len > ngtcp2_conn_get_path_max_tx_udp_payload_size(quic->conn))
        return false;
    const bool longer = !is_small(quic) || now_ns + for_ns > quic->small_until_ns;
    quic->small_until_ns = longer ? now_ns + for_ns : quic->small_until_ns;
    core_quic_path(base, &quic->small_local, &quic->small_remote);
    return true;
}

/* Packets of one size for one path, to be sent as one datagram with segments. */
typedef struct batch {
    ngtcp2_path_storage storage;
    uint8_t ecn;
    size_t segment_len, segments, len;
    bool complete; /* the last packet was shorter */
    uint8_t bytes[CORE_SEGMENTS_MAX * CORE_UDP_PAYLOAD_MAX];
} batch;

static void send_batch(quic_ngtcp2 *quic, batch *b)
{
    if (b->segments > 0)
        send_packets(quic, &b->storage.path, b->ecn, b->bytes, b->len, b->segment_len);
    b->segments = b->len = b->segment_len = 0;
    b->complete = false;
}

/* A packet of len bytes was written behind those of the batch: takes it in, or sends the batch before it. */
static void add_to_batch(quic_ngtcp2 *quic, batch *b, const ngtcp2_path *path, uint8_t ecn, size_t len)
{
    uint8_t *const packet = b->bytes + b->len;
    const bool fits = b->segments == 0 || (len <= b->segment_len && !b->complete && ecn == b->ecn &&
                                           ngtcp2_path_eq(path, &b->storage.path));
    if (!fits) {
        send_batch(quic, b);
        memmove(b->bytes, packet, len);
    }
    if (b->segments == 0) {
        ngtcp2_path_copy(&b->storage.path, path);
        b->ecn = ecn;
        b->segment_len = len;
    }
    b->complete = len < b->segment_len;
    b->segments++;
    b->len += len;
}

void quic_write(core_quic *base, size_t segments_max, uint64_t now_ns)
{
    quic_ngtcp2 *const quic = quic_of(base);
    if (quic->base.end.kind != CORE_QUIC_OPEN)
        return;
    quic->base.now_ns = now_ns;
    if (quic->shutdown_failed) {
        quic_fail(quic, NGTCP2_ERR_NOMEM);
        return;
    }
    ngtcp2_path_storage storage;
    ngtcp2_pkt_info info = {0};
    batch b;
    ngtcp2_path_storage_zero(&storage);
    ngtcp2_path_storage_zero(&b.storage);
    b.segments = b.len = b.segment_len = 0;
    b.complete = false;
    const size_t limit = segments_max < CORE_SEGMENTS_MAX ? segments_max : CORE_SEGMENTS_MAX;
    const size_t quantum = ngtcp2_conn_get_send_quantum(quic->conn);
    for (size_t written = 0; written < quantum;) {
        if (b.segments == limit || b.complete)
            send_batch(quic, &b);
        const ngtcp2_ssize n = fill_packet(quic, &storage.path, &info, b.bytes + b.len);
        if (n < 0) {
            send_batch(quic, &b);
            quic_fail(quic, (int)n);
            return;
        }
        if (n == 0)
            break;
        add_to_batch(quic, &b, &storage.path, info.ecn, (size_t)n);
        written += (size_t)n;
    }
    send_batch(quic, &b);
    quic_trace_mtu(quic);
    ngtcp2_conn_update_pkt_tx_time(quic->conn, now_ns);
}
