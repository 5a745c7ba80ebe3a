/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/ngtcp2-gnutls/internal.h"

#include <string.h>

enum { PIECES_MAX = 8, NO_APPLICATION_PROTOCOL = 120 /* RFC 7301 section 3.2 */ };

static uint64_t now_of(const roam_endpoint_connection *c)
{
    return c->endpoint->calls->now(c->endpoint->host);
}

static int send_packet(roam_endpoint_connection *c, const roam_endpoint_path *path, uint32_t ecn,
                       const uint8_t *data, size_t len)
{
    const roam_endpoint_datagram datagram = {.path = *path, .ecn = (uint8_t)ecn, .data = data, .len = len};
    return c->endpoint->calls->send(c->endpoint->host, c, &datagram);
}

/* ---- The end ---- */

static void end(roam_endpoint_connection *c, uint32_t kind, bool application, uint64_t code)
{
    roam_endpoint_event event = {.kind = ROAM_ENDPOINT_CLOSED_EVENT, .stream = -1};
    event.closed.kind = kind;
    event.closed.application = application;
    event.closed.code = code;
    connection_event(c, event);
    c->closed = true;
}

static void end_with(roam_endpoint_connection *c, const ngtcp2_connection_close_error *error)
{
    ngtcp2_path_storage storage;
    ngtcp2_pkt_info info = {0};
    ngtcp2_path_storage_zero(&storage);
    const ngtcp2_ssize n =
        ngtcp2_conn_write_connection_close(c->conn, &storage.path, c->endpoint->options.ecn ? &info : NULL,
                                           c->close_packet, sizeof c->close_packet, error, now_of(c));
    if (n > 0) {
        path_from_ngtcp2(&storage.path, &c->reported);
        c->close_len = (size_t)n;
        send_packet(c, &c->reported, info.ecn, c->close_packet, c->close_len);
    }
    end(c, ROAM_ENDPOINT_CLOSED_HERE, error->type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION,
        error->error_code);
}

static void end_as_told(roam_endpoint_connection *c)
{
    ngtcp2_connection_close_error error;
    ngtcp2_conn_get_connection_close_error(c->conn, &error);
    if (c->reset_came)
        end(c, ROAM_ENDPOINT_CLOSED_RESET, false, 0);
    else
        end(c, ROAM_ENDPOINT_CLOSED_THERE, error.type == NGTCP2_CONNECTION_CLOSE_ERROR_CODE_TYPE_APPLICATION,
            error.error_code);
}

static void fail(roam_endpoint_connection *c, int ngtcp2_error)
{
    ngtcp2_connection_close_error error;
    ngtcp2_connection_close_error_default(&error);
    switch (ngtcp2_error) {
    case NGTCP2_ERR_DRAINING:
    case NGTCP2_ERR_CLOSING:
        end_as_told(c);
        return;
    case NGTCP2_ERR_IDLE_CLOSE:
        end(c, ROAM_ENDPOINT_CLOSED_IDLE, false, 0);
        return;
    case NGTCP2_ERR_HANDSHAKE_TIMEOUT:
        end(c, ROAM_ENDPOINT_CLOSED_HANDSHAKE, false, 0);
        return;
    case NGTCP2_ERR_DROP_CONN:
    case NGTCP2_ERR_RETRY:
    case NGTCP2_ERR_RECV_VERSION_NEGOTIATION:
        end(c, ROAM_ENDPOINT_CLOSED_DROPPED, false, 0);
        return;
    case NGTCP2_ERR_CRYPTO:
        ngtcp2_connection_close_error_set_transport_error_tls_alert(
            &error, ngtcp2_conn_get_tls_alert(c->conn), NULL, 0);
        break;
    default:
        if (c->no_protocol)
            ngtcp2_connection_close_error_set_transport_error_tls_alert(&error, NO_APPLICATION_PROTOCOL, NULL,
                                                                        0);
        else
            ngtcp2_connection_close_error_set_transport_error_liberr(&error, ngtcp2_error, NULL, 0);
        break;
    }
    adapter_log(c->endpoint, c, "the connection ends: %s", ngtcp2_strerror(ngtcp2_error));
    end_with(c, &error);
}

void exchange_close(roam_endpoint_connection *c, bool application, uint64_t code)
{
    if (c->closed)
        return;
    ngtcp2_connection_close_error error;
    ngtcp2_connection_close_error_default(&error);
    if (application)
        ngtcp2_connection_close_error_set_application_error(&error, code, NULL, 0);
    else
        ngtcp2_connection_close_error_set_transport_error(&error, code, NULL, 0);
    end_with(c, &error);
}

/* ---- In ---- */

/* RFC 9000 section 10.2.1: CONNECTION_CLOSE again, ever more rarely. */
static void answer_after_close(roam_endpoint_connection *c)
{
    const uint64_t n = ++c->after_close;
    if (c->close_len > 0 && (n & (n - 1)) == 0)
        send_packet(c, &c->reported, 0, c->close_packet, c->close_len);
}

void exchange_receive(roam_endpoint_connection *c, const roam_endpoint_datagram *datagram)
{
    if (c->closed) {
        answer_after_close(c);
        return;
    }
    if (path_equal(&datagram->path, &c->deaf))
        return; /* an answer to the challenge would still move the connection there */
    quic_path path;
    const ngtcp2_pkt_info info = {.ecn = c->endpoint->options.ecn ? datagram->ecn : NGTCP2_ECN_NOT_ECT};
    quic_path_init(&path, &datagram->path);
    const uint64_t before = connection_packets_opened();
    const int rv = ngtcp2_conn_read_pkt(c->conn, &path.path, &info, datagram->data, datagram->len, now_of(c));
    c->packets_received += connection_packets_opened() - before;
    if (rv)
        fail(c, rv);
    else
        migration_follow_up(c);
}

void exchange_expire(roam_endpoint_connection *c)
{
    if (c->closed)
        return;
    c->expired_ns = now_of(c);
    const int rv = ngtcp2_conn_handle_expiry(c->conn, c->expired_ns);
    if (rv)
        fail(c, rv);
    else
        migration_follow_up(c);
}

uint64_t exchange_deadline(const roam_endpoint_connection *c)
{
    const uint64_t expiry_ns = c->closed ? ROAM_ENDPOINT_NEVER : ngtcp2_conn_get_expiry(c->conn);
    return expiry_ns > c->not_before_ns ? expiry_ns : c->not_before_ns;
}

/* ---- Out ---- */

typedef struct offer {
    stream *stream; /* NULL: none has anything to send */
    ngtcp2_vec pieces[PIECES_MAX];
    size_t count;
    bool fin;
} offer;

static ngtcp2_ssize write_packet(roam_endpoint_connection *c, offer *o, ngtcp2_path *path,
                                 ngtcp2_pkt_info *info, uint8_t *packet, size_t capacity, ngtcp2_ssize *taken)
{
    *o = (offer){.stream = stream_next(c)};
    uint32_t flags = NGTCP2_WRITE_STREAM_FLAG_NONE;
    if (o->stream) {
        o->count = stream_offer(o->stream, o->pieces, PIECES_MAX, &o->fin);
        flags = NGTCP2_WRITE_STREAM_FLAG_MORE | (o->fin ? NGTCP2_WRITE_STREAM_FLAG_FIN : 0);
    }
    c->challenge_drawn = false;
    return ngtcp2_conn_writev_stream(c->conn, path, c->endpoint->options.ecn ? info : NULL, packet, capacity,
                                     taken, flags, o->stream ? o->stream->id : -1, o->pieces, o->count,
                                     now_of(c));
}

/* Fills one packet: its length, 0 when nothing may be sent now, or an error of ngtcp2. */
static ngtcp2_ssize fill_packet(roam_endpoint_connection *c, ngtcp2_path *path, ngtcp2_pkt_info *info,
                                uint8_t *packet, size_t capacity)
{
    for (;;) {
        offer o;
        ngtcp2_ssize taken = -1;
        const ngtcp2_ssize n = write_packet(c, &o, path, info, packet, capacity, &taken);
        if (n == NGTCP2_ERR_STREAM_DATA_BLOCKED) {
            o.stream->held = true;
            continue;
        }
        if (n == NGTCP2_ERR_STREAM_SHUT_WR || n == NGTCP2_ERR_STREAM_NOT_FOUND) {
            stream_stopped(c, o.stream);
            continue;
        }
        if (o.stream && taken >= 0)
            stream_sent(c, o.stream, (size_t)taken, o.fin);
        else if (o.stream && n > 0)
            o.stream->turn = ++c->turns; /* the packet holds what was lost */
        if (n != NGTCP2_ERR_WRITE_MORE)
            return n;
    }
}

static void send_filled(roam_endpoint_connection *c, const ngtcp2_path *ngtcp2_path, uint32_t ecn,
                        const uint8_t *packet, size_t len)
{
    roam_endpoint_path path;
    path_from_ngtcp2(ngtcp2_path, &path);
    if (path_equal(&path, &c->deaf))
        return;
    const int rv = send_packet(c, &path, ecn, packet, len);
    if (rv == ROAM_ENDPOINT_TOO_LARGE && len <= ngtcp2_conn_get_path_max_tx_udp_payload_size(c->conn))
        c->small = true; /* no probe of the path's MTU: this version never makes packets smaller by itself */
    if (c->challenge_drawn && !path_equal(&path, &c->mute))
        connection_event(
            c, (roam_endpoint_event){.kind = ROAM_ENDPOINT_CHALLENGE_SENT, .stream = -1, .path = path});
}

void exchange_flush(roam_endpoint_connection *c)
{
    uint8_t packet[NGTCP2_MAX_PMTUD_UDP_PAYLOAD_SIZE];
    ngtcp2_path_storage storage;
    ngtcp2_pkt_info info = {0};
    if (c->closed)
        return;
    ngtcp2_path_storage_zero(&storage);
    streams_release(c);
    const size_t quantum = ngtcp2_conn_get_send_quantum(c->conn);
    for (size_t written = 0; written < quantum;) {
        const size_t capacity = c->small ? SMALL_PACKET : sizeof packet;
        const ngtcp2_ssize n = fill_packet(c, &storage.path, &info, packet, capacity);
        if (n < 0) {
            fail(c, (int)n);
            return;
        }
        if (n == 0)
            break;
        send_filled(c, &storage.path, info.ecn, packet, (size_t)n);
        written += (size_t)n;
    }
    const uint64_t now_ns = now_of(c);
    ngtcp2_conn_update_pkt_tx_time(c->conn, now_ns);
    migration_follow_up(c);
    /* It gives the time at which a retired connection ID may go, and removes it only after that time. */
    if (c->expired_ns == now_ns && ngtcp2_conn_get_expiry(c->conn) <= now_ns)
        c->not_before_ns = now_ns + 1;
}
