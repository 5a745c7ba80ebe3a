/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The application on top: patterns of bytes on streams. */
#include "tools/endpoint/pair_internal.h"

enum { CHUNK_MAX = 16384 };

static uint8_t pattern(pair_side sender, int64_t id, uint64_t offset)
{
    return (uint8_t)(offset * 131 + (offset >> 8) * 7 + (uint64_t)id * 29 + (uint64_t)sender * 101 + 17);
}

pair_stream *pair_stream_of(pair_connection *connection, int64_t id)
{
    for (size_t i = 0; i < connection->stream_count; i++)
        if (connection->streams[i].id == id)
            return &connection->streams[i];
    return NULL;
}

pair_stream *pair_stream_add(pair_connection *connection, int64_t id, bool opened_here)
{
    if (connection->stream_count == PAIR_STREAMS_MAX) {
        pair_fault(connection->node->pair, "a connection has more streams than the test opens (%d)",
                   PAIR_STREAMS_MAX);
        return NULL;
    }
    pair_stream *const stream = &connection->streams[connection->stream_count++];
    *stream = (pair_stream){
        .id = id, .opened_here = opened_here, .hold = !opened_here && connection->node->pair->hold_new};
    return stream;
}

pair_stream *pair_send(pair_connection *connection, bool bidirectional, uint64_t bytes, bool finish,
                       int *status)
{
    int64_t id;
    *status = pair_stream_open(connection, bidirectional, &id);
    if (*status != ROAM_ENDPOINT_OK || connection->node->pair->fault[0] != '\0')
        return NULL;
    pair_stream *const stream = pair_stream_add(connection, id, true);
    if (stream) {
        stream->to_send = bytes;
        stream->finish = finish;
        pair_serve(connection);
    }
    return stream;
}

static bool may_write(const pair_stream *stream)
{
    return !stream->over && !stream->blocked && !stream->write_closed &&
           (stream->taken < stream->to_send || (stream->finish && !stream->finish_taken));
}

static void write_stream(pair_connection *connection, pair_stream *stream)
{
    uint8_t bytes[CHUNK_MAX];
    const endpoint_pair *const pair = connection->node->pair;
    while (may_write(stream) && pair->fault[0] == '\0') {
        const uint64_t left = stream->to_send - stream->taken;
        const size_t len = left < sizeof bytes ? (size_t)left : sizeof bytes;
        const bool last = stream->finish && len == left;
        size_t taken;
        for (size_t i = 0; i < len; i++)
            bytes[i] = pattern(connection->node->side, stream->id, stream->taken + i);
        const int status = pair_stream_write(connection, stream->id, bytes, len, last, &taken);
        if (status == ROAM_ENDPOINT_CLOSED) {
            stream->write_closed = true;
        } else if (status != ROAM_ENDPOINT_OK && status != ROAM_ENDPOINT_BLOCKED) {
            pair_fault(connection->node->pair, "stream_write answers %s for stream %lld, which is open",
                       pair_status_text(status), (long long)stream->id);
        } else {
            stream->taken += taken;
            stream->finish_taken = last && taken == len && status == ROAM_ENDPOINT_OK;
            stream->blocked = status == ROAM_ENDPOINT_BLOCKED || taken < len;
            stream->times_blocked += stream->blocked;
        }
    }
}

static void check_pattern(pair_connection *connection, pair_stream *stream, const uint8_t *bytes, size_t len)
{
    const pair_side sender = connection->node->side == PAIR_CLIENT ? PAIR_SERVER : PAIR_CLIENT;
    for (size_t i = 0; i < len; i++)
        if (bytes[i] != pattern(sender, stream->id, stream->read + i))
            stream->corrupt = true;
    stream->read += len;
}

static void read_stream(pair_connection *connection, pair_stream *stream)
{
    uint8_t bytes[CHUNK_MAX];
    const endpoint_pair *const pair = connection->node->pair;
    size_t len = 1;
    while (len > 0 && !stream->finished && !stream->over && !stream->read_closed && pair->fault[0] == '\0') {
        const int status =
            pair_stream_read(connection, stream->id, bytes, sizeof bytes, &len, &stream->finished);
        if (status == ROAM_ENDPOINT_CLOSED)
            stream->read_closed = true;
        else if (status == ROAM_ENDPOINT_BLOCKED)
            len = 0;
        else if (status != ROAM_ENDPOINT_OK)
            pair_fault(connection->node->pair, "stream_read answers %s for stream %lld, which is open",
                       pair_status_text(status), (long long)stream->id);
        else if (pair->fault[0] == '\0')
            check_pattern(connection, stream, bytes, len);
    }
    stream->finished_ns = pair->now_ns;
    if (stream->finished && pair->answer_new && !stream->opened_here && !(stream->id & 2))
        stream->finish = true;
}

void pair_pump(pair_connection *connection)
{
    const endpoint_pair *const pair = connection->node->pair;
    for (size_t i = 0; i < connection->stream_count && !connection->closed && pair->fault[0] == '\0'; i++) {
        pair_stream *const stream = &connection->streams[i];
        if (stream->readable && !stream->hold && !stream->over) {
            stream->readable = false;
            read_stream(connection, stream);
        }
        write_stream(connection, stream);
    }
}
