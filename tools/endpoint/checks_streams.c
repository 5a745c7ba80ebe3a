/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Streams. */
#include "sim/wire/transport_parameters.h"
#include "tools/endpoint/check.h"

#include <string.h>

enum { SMALL = 300 };

/* ---- A stream there and back ---- */

typedef struct exchange {
    pair_connection *opener, *other;
    pair_stream *sent;
    bool answered;
} exchange;

static bool exchange_done(const endpoint_pair *pair, void *ctx)
{
    exchange *const wanted = ctx;
    pair_stream *const got = pair_stream_of(wanted->other, wanted->sent->id);
    (void)pair;
    if (got && got->finished && !wanted->answered) {
        wanted->answered = true;
        got->to_send = 2 * SMALL;
        got->finish = true;
        pair_serve(wanted->other);
    }
    return got && got->over && wanted->sent->over;
}

static void there_and_back(endpoint_check *check, pair_connection *opener, pair_connection *other)
{
    int status;
    exchange wanted = {.opener = opener, .other = other};
    wanted.sent = pair_send(opener, true, SMALL, true, &status);
    REQUIRE(check, wanted.sent, "stream_open answers %s", pair_status_text(status));
    (void)check_until(check, 10 * PAIR_S, exchange_done, &wanted);
    const pair_stream *const got = pair_stream_of(other, wanted.sent->id);
    REQUIRE(check, wanted.sent->taken == SMALL && wanted.sent->finish_taken,
            "stream_write took %llu of %d bytes, and %s", (unsigned long long)wanted.sent->taken, SMALL,
            wanted.sent->finish_taken ? "the end" : "not the end");
    REQUIRE(check, got, "no STREAM_OPENED comes at the peer for stream %lld", (long long)wanted.sent->id);
    REQUIRE(check, got->read > 0, "no byte of stream %lld comes out of stream_read at the peer",
            (long long)wanted.sent->id);
    REQUIRE(check, !got->corrupt && got->read == SMALL, "%llu of %d bytes came%s",
            (unsigned long long)got->read, SMALL, got->corrupt ? ", others than were sent" : "");
    REQUIRE(check, got->finished, "stream_read never says *finished, though the stream was finished");
    REQUIRE(check, wanted.sent->read == 2 * SMALL && wanted.sent->finished && !wanted.sent->corrupt,
            "of the answer %llu of %d bytes came, %s end%s", (unsigned long long)wanted.sent->read, 2 * SMALL,
            wanted.sent->finished ? "with the" : "without an",
            wanted.sent->corrupt ? ", others than were sent" : "");
    REQUIRE(check, wanted.sent->over && got->over, "STREAM_CLOSED came %s at the opener, %s at the peer",
            wanted.sent->over ? "once" : "never", got->over ? "once" : "never");
    REQUIRE(check, !wanted.sent->reset && !got->reset,
            "STREAM_CLOSED says reset of a stream that ended whole");
}

static void stream_of_client(endpoint_check *check)
{
    if (check_connect(check))
        there_and_back(check, check->client, check->server);
}

static void stream_of_server(endpoint_check *check)
{
    if (check_connect(check))
        there_and_back(check, check->server, check->client);
}

static void one_way(endpoint_check *check)
{
    if (check_connect(check) &&
        check_transfer(check, check->client, check->server, SMALL, 10 * PAIR_S, "client to server"))
        (void)check_transfer(check, check->server, check->client, SMALL, 10 * PAIR_S, "server to client");
}

static void closed_at_both_ends(endpoint_check *check)
{
    one_way(check);
    check_pass_time(check, PAIR_S);
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER && check->outcome == CHECK_PASSED; side++) {
        const pair_connection *const at = side == PAIR_CLIENT ? check->client : check->server;
        for (size_t i = 0; i < at->stream_count; i++)
            REQUIRE(check, at->streams[i].over,
                    "no STREAM_CLOSED comes at the %s for stream %lld, which it %s", at->node->options.node,
                    (long long)at->streams[i].id,
                    at->streams[i].opened_here ? "has sent, and whose end was acknowledged"
                                               : "has read to the end");
    }
}

static void empty(endpoint_check *check)
{
    if (check_connect(check))
        (void)check_transfer(check, check->client, check->server, 0, 10 * PAIR_S,
                             "a stream of its end alone");
}

/* ---- Much ---- */

static void bulk(endpoint_check *check)
{
    if (!check_make_pair(check))
        return;
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++) {
        roam_endpoint_options *const given = &check->pair->nodes[side].options;
        given->stream_window = given->connection_window = given->max_window = 64 * 1024;
    }
    if (!check_connect(check))
        return;
    if (!check_transfer(check, check->client, check->server, 1 << 20, 120 * PAIR_S, "1 MiB to the server") ||
        !check_transfer(check, check->server, check->client, 1 << 20, 120 * PAIR_S, "1 MiB to the client"))
        return;
    const pair_stream *const up = &check->client->streams[0];
    check_note(check, "the client waited %llu times for STREAM_WRITABLE",
               (unsigned long long)up->times_blocked);
}

static bool writer_waits(const endpoint_pair *pair, void *ctx)
{
    const pair_stream *const stream = ctx;
    (void)pair;
    return stream->taken == stream->to_send || stream->write_closed;
}

static bool reader_done(const endpoint_pair *pair, void *ctx)
{
    const pair_stream *const stream = ctx;
    (void)pair;
    return stream->finished || stream->read_closed;
}

enum { WINDOW = 64 * 1024, OFFERED = 24 * 1024 * 1024 };

/* A reader that does not read: STREAM_READABLE is left alone. */
static void flow_control(endpoint_check *check)
{
    int status;
    if (!check_make_pair(check))
        return;
    roam_endpoint_options *const given = &check->pair->nodes[PAIR_SERVER].options;
    given->stream_window = given->connection_window = given->max_window = WINDOW;
    if (!check_connect(check))
        return;
    pair_stream *const sent = pair_send(check->client, false, OFFERED, true, &status);
    REQUIRE(check, sent, "stream_open answers %s", pair_status_text(status));
    check->pair->hold_new = true;
    (void)check_until(check, 20 * PAIR_S, writer_waits, sent);
    const uint64_t on_wire = check->pair->nodes[PAIR_CLIENT].wire.stream_bytes;
    REQUIRE(check, on_wire <= WINDOW, "%llu bytes were sent into a window of %d", (unsigned long long)on_wire,
            WINDOW);
    REQUIRE(
        check, sent->taken < OFFERED,
        "stream_write took all of %d MiB with a window of 64 KiB that is full: nothing holds the writer back",
        OFFERED >> 20);
    const uint64_t held_back_at = sent->taken;
    sent->to_send = sent->taken + 2 * WINDOW;
    pair_stream *const got = pair_stream_of(check->server, sent->id);
    REQUIRE(check, got, "no STREAM_OPENED comes at the server");
    REQUIRE(check, got->readable, "no STREAM_READABLE comes at the server");
    check->pair->hold_new = got->hold = false;
    pair_serve(check->server);
    (void)check_until(check, 120 * PAIR_S, reader_done, got);
    REQUIRE(check, got->finished && got->read == sent->to_send && !got->corrupt,
            "after the reader began to read, %llu of %llu bytes came%s: stream_read gives flow control back "
            "(MAX_STREAM_DATA, MAX_DATA), and STREAM_WRITABLE follows (it came %llu times)",
            (unsigned long long)got->read, (unsigned long long)sent->to_send, got->corrupt ? ", others" : "",
            (unsigned long long)sent->writable_events);
    check_note(check, "the writer was held back after %llu bytes", (unsigned long long)held_back_at);
}

/* ---- Limits ---- */

enum { STREAM_LIMIT = 3, OPENED_MAX = PAIR_STREAMS_MAX - 8 };

static bool more_streams(const endpoint_pair *pair, void *ctx)
{
    const pair_connection *const connection = ctx;
    (void)pair;
    return connection->streams_available > 0;
}

/* What the server lets the client open, as it is on the wire: not each library can be told. */
static uint64_t limit_of_server(const endpoint_check *check, bool bidirectional)
{
    const transport_parameters *const sent = dissect_parameters(check->pair->dissect, 0, DISSECT_SERVER);
    return !sent ? 0 : bidirectional ? sent->initial_max_streams_bidi : sent->initial_max_streams_uni;
}

static void stream_limit(endpoint_check *check)
{
    int status;
    int64_t id;
    if (!check_make_pair(check))
        return;
    check->pair->nodes[PAIR_SERVER].options.max_streams_unidirectional = STREAM_LIMIT;
    check->pair->nodes[PAIR_SERVER].options.max_streams_bidirectional = STREAM_LIMIT + 1;
    if (!check_connect(check))
        return;
    const bool both_ways = limit_of_server(check, true) < limit_of_server(check, false);
    const uint64_t limit = limit_of_server(check, both_ways);
    REQUIRE(check, limit > 0, "the server allows no streams, or its transport parameters cannot be read");
    if (limit > OPENED_MAX) {
        check_unsupported(check, "the server allows %llu streams, whatever it is asked for",
                          (unsigned long long)limit);
        return;
    }
    for (uint64_t i = 0; i < limit; i++)
        REQUIRE(check, pair_send(check->client, both_ways, SMALL, false, &status),
                "stream_open number %llu of %llu that the peer allows answers %s", (unsigned long long)i + 1,
                (unsigned long long)limit, pair_status_text(status));
    status = pair_stream_open(check->client, both_ways, &id);
    REQUIRE(check, status == ROAM_ENDPOINT_BLOCKED,
            "stream_open number %llu, one more than the peer allows, answers %s",
            (unsigned long long)limit + 1, pair_status_text(status));
    check->pair->answer_new = both_ways;
    for (size_t i = 0; i < check->client->stream_count; i++)
        check->client->streams[i].finish = true;
    pair_serve(check->client);
    REQUIRE(check, check_until(check, 10 * PAIR_S, more_streams, check->client),
            "no STREAMS_AVAILABLE comes, though all streams are over at the peer");
    REQUIRE(check, pair_send(check->client, both_ways, SMALL, true, &status),
            "stream_open after STREAMS_AVAILABLE answers %s", pair_status_text(status));
    check_note(check, "%s, %llu of them", both_ways ? "bidirectional streams" : "unidirectional streams",
               (unsigned long long)limit);
}

/* ---- Reset, and what comes after the end ---- */

static void reset(endpoint_check *check)
{
    int status;
    if (!check_connect(check))
        return;
    pair_stream *const sent = pair_send(check->client, true, SMALL, false, &status);
    REQUIRE(check, sent, "stream_open answers %s", pair_status_text(status));
    check_pass_time(check, PAIR_S);
    pair_stream *const got = pair_stream_of(check->server, sent->id);
    REQUIRE(check, got && got->read == SMALL, "the stream did not come");
    status = pair_stream_reset(check->client, sent->id, 77);
    sent->write_closed = sent->read_closed = true;
    pair_serve(check->client);
    REQUIRE(check, status == ROAM_ENDPOINT_OK, "stream_reset answers %s", pair_status_text(status));
    check_pass_time(check, 2 * PAIR_S);
    const pair_wire *const wire = &check->pair->nodes[PAIR_CLIENT].wire;
    REQUIRE(check, wire->frames[DISSECT_RESET_STREAM] > 0, "no RESET_STREAM frame is sent");
    REQUIRE(check, wire->frames[DISSECT_STOP_SENDING] > 0, "no STOP_SENDING frame is sent");
    REQUIRE(check, !got->finished, "stream_read says *finished of a stream that was reset");
    REQUIRE(check, got->over || got->read_closed,
            "the peer learns nothing of the reset: neither STREAM_CLOSED, nor CLOSED from stream_read");
    REQUIRE(check, !got->over || got->reset, "STREAM_CLOSED of a stream that was reset does not say so");
    (void)check_transfer(check, check->client, check->server, SMALL, 5 * PAIR_S,
                         "another stream after the reset");
}

static bool refuses(int status)
{
    return status == ROAM_ENDPOINT_CLOSED || status == ROAM_ENDPOINT_INVALID;
}

/* Streams that are over, or never were. */
static void closed_stream(endpoint_check *check)
{
    static const int64_t unknown[] = {400, 401, 402, 403, INT64_C(1) << 61, -1};
    uint8_t byte = 1;
    size_t len;
    bool finished;
    if (!check_connect(check) ||
        !check_transfer(check, check->client, check->server, SMALL, 10 * PAIR_S, "client to server"))
        return;
    check_pass_time(check, PAIR_S);
    const int64_t over = check->client->streams[0].id;
    int status = pair_stream_write(check->client, over, &byte, 1, false, &len);
    REQUIRE(check, refuses(status), "stream_write after the end answers %s", pair_status_text(status));
    status = pair_stream_read(check->server, over, &byte, 1, &len, &finished);
    REQUIRE(check, refuses(status) || (status == ROAM_ENDPOINT_OK && len == 0 && finished),
            "stream_read after the end answers %s and %zu bytes", pair_status_text(status), len);
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        const int wrote = pair_stream_write(check->client, unknown[i], &byte, 1, false, &len);
        const int read = pair_stream_read(check->client, unknown[i], &byte, 1, &len, &finished);
        const int cut = pair_stream_reset(check->client, unknown[i], 1);
        REQUIRE(check, refuses(wrote) && refuses(read),
                "of stream %lld, which there is not, stream_write answers %s and stream_read %s",
                (long long)unknown[i], pair_status_text(wrote), pair_status_text(read));
        REQUIRE(check, refuses(cut) || cut == ROAM_ENDPOINT_OK,
                "stream_reset of stream %lld, which there is not, answers %s", (long long)unknown[i],
                pair_status_text(cut));
    }
    pair_serve(check->client);
    (void)check_transfer(check, check->client, check->server, SMALL, 5 * PAIR_S,
                         "another stream after these");
}

static void acknowledged(endpoint_check *check)
{
    if (!check_connect(check) ||
        !check_transfer(check, check->client, check->server, 100000, 20 * PAIR_S, "client to server"))
        return;
    check_pass_time(check, PAIR_S);
    REQUIRE(check, check->client->streams[0].acknowledged == 100000,
            "STREAM_ACKNOWLEDGED says %llu bytes in all; 100000 were sent and acknowledged",
            (unsigned long long)check->client->streams[0].acknowledged);
}

/* late_first: in which order the two streams are opened. One of the orders is that of a library without
 * priorities. */
static void one_before_the_other(endpoint_check *check, bool late_first)
{
    int status;
    if (!check_connect(check))
        return;
    pair_connection *const own = check->client_library == check->library ? check->client : check->server;
    pair_connection *const other = own == check->client ? check->server : check->client;
    pair_stream *const one = pair_send(own, false, 0, false, &status);
    pair_stream *const two = one ? pair_send(own, false, 0, false, &status) : NULL;
    REQUIRE(check, one && two, "stream_open answers %s", pair_status_text(status));
    pair_stream *const late = late_first ? one : two, *const early = late_first ? two : one;
    pair_stream_priority(own, late->id, 7);
    pair_stream_priority(own, early->id, 0);
    late->to_send = early->to_send = 150000;
    late->finish = early->finish = true;
    pair_serve(own);
    check_pass_time(check, 30 * PAIR_S);
    const pair_stream *const first = pair_stream_of(other, early->id), *const second =
                                                                           pair_stream_of(other, late->id);
    REQUIRE(check, first && second && first->finished && second->finished, "not both streams came whole");
    REQUIRE(check, first->finished_ns < second->finished_ns,
            "the stream of urgency 7, which was opened %s, is whole at %.3f ms, that of urgency 0 at %.3f ms",
            late_first ? "first" : "second", check_ms(check, second->finished_ns),
            check_ms(check, first->finished_ns));
}

static void priority(endpoint_check *check)
{
    if (!check->library->table.stream_priority) {
        check_unsupported(check, "the adapter has no function stream_priority");
        return;
    }
    for (int late_first = 0; late_first < 2 && check->outcome == CHECK_PASSED; late_first++)
        if (check_make_another_pair(check, check->seed))
            one_before_the_other(check, late_first);
}

/* ---- Connections at a time ---- */

enum { MANY = 8 };

static bool all_established(const endpoint_pair *pair, void *ctx)
{
    (void)ctx;
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++) {
        const pair_node *const node = &pair->nodes[side];
        if (node->connection_count < MANY)
            return false;
        for (size_t i = 0; i < node->connection_count; i++)
            if (!node->connections[i].confirmed)
                return false;
    }
    return true;
}

static void several(endpoint_check *check)
{
    int status;
    if (!check_make_endpoints(check))
        return;
    for (int i = 0; i < MANY; i++)
        REQUIRE(check, pair_connect(check->pair, &status), "connect number %d answers %s", i + 1,
                pair_status_text(status));
    REQUIRE(
        check, check_until(check, 10 * PAIR_S, all_established, NULL),
        "not all of %d connections of one client endpoint are confirmed at both ends after 10 s; the server "
        "accepted %zu",
        MANY, check->pair->nodes[PAIR_SERVER].connection_count);
    for (size_t i = 0; i < MANY; i++) {
        int opened;
        REQUIRE(check,
                pair_send(&check->pair->nodes[PAIR_CLIENT].connections[i], true, 1000 + i, true, &opened),
                "stream_open of connection %zu answers %s", i + 1, pair_status_text(opened));
    }
    check_pass_time(check, PAIR_S);
    for (size_t i = 0; i < MANY; i++) {
        const pair_connection *const at = &check->pair->nodes[PAIR_SERVER].connections[i];
        REQUIRE(check, at->stream_count == 1 && at->streams[0].finished && !at->streams[0].corrupt,
                "connection %zu of the server has %zu streams where one whole one was sent", i + 1,
                at->stream_count);
    }
}

const check_row checks_of_streams[] = {
    {"stream-uni", "confirmed", 0, one_way, "unidirectional streams come whole in both directions",
     "write stream_open, stream_write, stream_read; report STREAM_OPENED and STREAM_READABLE"},
    {"stream-closed", "stream-uni", 0, closed_at_both_ends,
     "STREAM_CLOSED comes at the end that has sent a unidirectional stream, and at the one that has read it",
     "report STREAM_CLOSED when the end was acknowledged, and when stream_read has given it"},
    {"stream-bidi", "confirmed", 0, stream_of_client,
     "a bidirectional stream of the client is answered, whole in both directions, and closed at both ends",
     "report STREAM_CLOSED when both directions are over and all was read"},
    {"stream-empty", "stream-uni", 0, empty,
     "a stream of an end without bytes: *finished at the peer, then STREAM_CLOSED",
     "report STREAM_READABLE for an end alone, and STREAM_CLOSED after stream_read has given it"},
    {"stream-of-server", "confirmed", 0, stream_of_server, "the same for a stream that the server opens",
     "have the server open streams, and the client report those of the peer"},
    {"bulk", "stream-uni", 0, bulk, "1 MiB comes whole in each direction through windows of 64 KiB",
     "report STREAM_WRITABLE each time when a stream that took less than all takes bytes again; give flow "
     "control back in stream_read, of stream and connection (MAX_STREAM_DATA, MAX_DATA)"},
    {"flow-control", "stream-uni keylog", 0, flow_control,
     "a reader that does not read holds the writer back within the window; when it reads, the rest comes",
     "give flow control back in stream_read alone, and bound what stream_write takes beyond the window"},
    {"several", "stream-uni", 0, several, "8 connections of one endpoint at a time are kept apart",
     "find the connection of a datagram by its destination connection ID, and return it from receive"},
    {"stream-limit", "stream-uni keylog", 0, stream_limit,
     "one stream more than the peer allows is BLOCKED; STREAMS_AVAILABLE comes when it may be opened",
     "set max_streams_*; report STREAMS_AVAILABLE when MAX_STREAMS came after a BLOCKED"},
    {"reset", "stream-bidi keylog", 0, reset,
     "stream_reset sends RESET_STREAM and STOP_SENDING, and the peer learns of it",
     "write stream_reset; answer CLOSED from stream_read, and set reset in STREAM_CLOSED, of a stream cut "
     "short"},
    {"after-stream", "stream-uni", 0, closed_stream,
     "stream calls for a stream that is over, or never was, answer CLOSED or INVALID and do no harm",
     "look each stream id up before it is given to the library"},
    {"acknowledged", "stream-uni", ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED, acknowledged,
     "the bytes of STREAM_ACKNOWLEDGED add up to those that were written",
     "report newly acknowledged bytes of each stream once, without the end"},
    {"priority", "bulk", 0, priority,
     "a stream of urgency 0 is whole before one of urgency 7, whichever was opened first",
     "pass the urgency to the library's scheduler of streams, or leave stream_priority NULL"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};
