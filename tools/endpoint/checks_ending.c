/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The end of connections and endpoints. */
#include "tools/endpoint/check.h"
#include "tools/endpoint/closing.h"

#include <malloc.h>

static void close_with(endpoint_check *check, pair_connection *from, pair_connection *to, bool application,
                       uint64_t code)
{
    pair_close(from, application, code);
    const roam_endpoint_event *const here = &from->close_event;
    REQUIRE(check, from->closed && here->closed.kind == ROAM_ENDPOINT_CLOSED_HERE,
            "CLOSED_EVENT in close has kind %s, not %s", closing_kind_text(here->closed.kind),
            closing_kind_text(ROAM_ENDPOINT_CLOSED_HERE));
    (void)check_until(check, 3 * PAIR_S, check_both_closed, check);
    const roam_endpoint_event *const there = &to->close_event;
    REQUIRE(check, to->closed, "the peer gets no CLOSED_EVENT: CONNECTION_CLOSE leaves in close");
    REQUIRE(check, there->closed.kind == ROAM_ENDPOINT_CLOSED_THERE,
            "CLOSED_EVENT of the peer has kind %s, not %s", closing_kind_text(there->closed.kind),
            closing_kind_text(ROAM_ENDPOINT_CLOSED_THERE));
    REQUIRE(check, there->closed.application == application && there->closed.code == code,
            "CLOSED_EVENT of the peer has code %llu of %s; %llu of %s was sent",
            (unsigned long long)there->closed.code, there->closed.application ? "the application" : "QUIC",
            (unsigned long long)code, application ? "the application" : "QUIC");
}

static void close_by_client(endpoint_check *check)
{
    if (check_connect(check))
        close_with(check, check->client, check->server, true, 7);
}

static void close_by_server(endpoint_check *check)
{
    if (check_connect(check))
        close_with(check, check->server, check->client, true, 12345);
}

/* INTERNAL_ERROR of QUIC (RFC 9000 section 20.1). */
static void close_transport(endpoint_check *check)
{
    if (!check_connect(check))
        return;
    pair_connection *const own = check->client_library == check->library ? check->client : check->server;
    pair_connection *const other = own == check->client ? check->server : check->client;
    pair_close(own, false, 1);
    (void)check_until(check, 3 * PAIR_S, check_both_closed, check);
    const roam_endpoint_event *const there = &other->close_event;
    REQUIRE(check, other->closed && there->closed.kind == ROAM_ENDPOINT_CLOSED_THERE,
            "the peer gets no CLOSED_EVENT with CLOSED_THERE");
    if (there->closed.application) {
        check_unsupported(check, "the library closes with codes of the application alone");
        return;
    }
    REQUIRE(check, there->closed.code == 1, "CLOSED_EVENT of the peer has code %llu; 1 was sent",
            (unsigned long long)there->closed.code);
}

static bool server_has_one(const endpoint_pair *pair, void *ctx)
{
    (void)ctx;
    return pair->nodes[PAIR_SERVER].connection_count > 0;
}

/* Before the handshake is complete: of a client without an answer, and of a server after the first datagram.
 */
static void close_early(endpoint_check *check)
{
    int status;
    if (!check_make_endpoints(check))
        return;
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++) {
        check->client = pair_connect(check->pair, &status);
        REQUIRE(check, check->client, "connect answers %s", pair_status_text(status));
        if (side == PAIR_SERVER)
            REQUIRE(check, check_until(check, PAIR_S, server_has_one, NULL),
                    "the server accepts no connection");
        pair_connection *const own =
            side == PAIR_CLIENT ? check->client : pair_newest(check->pair, PAIR_SERVER);
        pair_close(own, true, 3);
        REQUIRE(check, own->close_event.closed.kind == ROAM_ENDPOINT_CLOSED_HERE,
                "CLOSED_EVENT of the %s has kind %s, not %s", own->node->options.node,
                closing_kind_text(own->close_event.closed.kind),
                closing_kind_text(ROAM_ENDPOINT_CLOSED_HERE));
        check_pass_time(check, 30 * PAIR_S);
        pair_connection_free(check->client);
        for (size_t i = 0; i < check->pair->nodes[PAIR_SERVER].connection_count; i++)
            pair_connection_free(&check->pair->nodes[PAIR_SERVER].connections[i]);
        check->pair->nodes[PAIR_SERVER].connection_count = 0;
    }
}

/* Calls for a connection that is over do no harm. */
static void after_close(endpoint_check *check)
{
    uint8_t byte = 0;
    size_t len;
    int status;
    int64_t id;
    if (!check_connect(check))
        return;
    pair_stream *const stream = pair_send(check->client, true, 1000, false, &status);
    REQUIRE(check, stream, "stream_open answers %s", pair_status_text(status));
    pair_close(check->client, true, 1);
    status = pair_stream_open(check->client, true, &id);
    REQUIRE(check, status == ROAM_ENDPOINT_CLOSED, "stream_open after close answers %s",
            pair_status_text(status));
    status = pair_stream_write(check->client, stream->id, &byte, 1, true, &len);
    REQUIRE(check, status == ROAM_ENDPOINT_CLOSED, "stream_write after close answers %s",
            pair_status_text(status));
    if (check->library->table.migrate && check->client_library == check->library) {
        const size_t address = pair_add_address(check->pair, PAIR_CLIENT);
        const roam_endpoint_path path = pair_path_from(check->pair, address);
        status = pair_migrate(check->client, &path, ROAM_ENDPOINT_PROBE_FIRST);
        REQUIRE(check, status == ROAM_ENDPOINT_CLOSED || status == ROAM_ENDPOINT_UNSUPPORTED,
                "migrate after close answers %s", pair_status_text(status));
    }
    const pair_node *const node = &check->pair->nodes[PAIR_CLIENT];
    const uint64_t sends = node->sends, closes = node->wire.frames[DISSECT_CONNECTION_CLOSE];
    pair_close(check->client, true, 2);
    REQUIRE(
        check,
        node->sends - sends == node->wire.frames[DISSECT_CONNECTION_CLOSE] - closes &&
            node->wire.close_error == 1,
        "a second close sends %llu datagrams with %llu CONNECTION_CLOSE frames, the last with code %llu: it "
        "sends the first one again, which has code 1, or nothing",
        (unsigned long long)(node->sends - sends),
        (unsigned long long)(node->wire.frames[DISSECT_CONNECTION_CLOSE] - closes),
        (unsigned long long)node->wire.close_error);
    (void)pair_deadline(check->client);
    (void)pair_path(check->client);
    check_pass_time(check, 5 * PAIR_S);
    pair_connection_free(check->client);
    check_pass_time(check, 5 * PAIR_S);
}

/* At each of the first datagrams of a connection with a transfer. */
static void free_at_any_time(endpoint_check *check)
{
    for (uint64_t steps = 0; steps < 24; steps++) {
        int status;
        if (!check_make_another_pair(check, check->seed) || !check_make_endpoints(check))
            return;
        check->client = pair_connect(check->pair, &status);
        REQUIRE(check, check->client, "connect answers %s", pair_status_text(status));
        const uint64_t until_ns = check->pair->now_ns + steps * 11 * PAIR_MS;
        if (pair_run(check->pair, until_ns, check_client_established, check))
            (void)pair_send(check->client, true, 100000, true, &status);
        (void)pair_run(check->pair, until_ns, NULL, NULL);
        pair_connection_free(check->client);
        if (steps % 2)
            pair_unmake(check->pair, PAIR_SERVER);
        check_pass_time(check, PAIR_S);
        pair_unmake(check->pair, steps % 2 ? PAIR_CLIENT : PAIR_SERVER);
        REQUIRE(check, true, "%s", "");
    }
}

static size_t heap_in_use(void)
{
    const struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
}

enum { WARM = 10, COUNTED = 50, LEAK_MAX = 4096 /* bytes a connection, of both ends */ };

static void connect_and_forget(endpoint_check *check)
{
    int status;
    check->server = NULL;
    check->client = pair_connect(check->pair, &status);
    REQUIRE(check, check->client, "connect answers %s", pair_status_text(status));
    REQUIRE(check, check_until(check, 10 * PAIR_S, check_both_confirmed, check),
            "connection number %zu is not confirmed", check->pair->nodes[PAIR_CLIENT].connection_count);
    if (!check_transfer(check, check->client, check->server, 5000, 10 * PAIR_S, "client to server"))
        return;
    pair_close(check->client, true, 0);
    check_pass_time(check, 30 * PAIR_S);
    pair_connection_free(check->client);
    pair_connection_free(check->server);
}

static void leak(endpoint_check *check)
{
    if (!check_make_pair(check))
        return;
    dissect_free(check->pair->dissect); /* it remembers connections */
    check->pair->dissect = NULL;
    if (!check_make_endpoints(check))
        return;
    size_t before = 0;
    for (int i = 0; i < WARM + COUNTED && check->outcome == CHECK_PASSED; i++) {
        if (i == WARM)
            before = heap_in_use();
        connect_and_forget(check);
    }
    const size_t after = heap_in_use();
    if (after == 0) {
        check_unsupported(check, "the allocator of this program does not say how much is in use");
        return;
    }
    const long growth = ((long)after - (long)before) / COUNTED;
    REQUIRE(check, growth <= LEAK_MAX,
            "the heap grows by %ld bytes with each connection that was closed and freed", growth);
    check_note(check, "the heap grows by %ld bytes a connection", growth);
}

static void ping(endpoint_check *check)
{
    if (!check->library->table.ping) {
        check_unsupported(check, "the adapter has no function ping");
        return;
    }
    if (!check_connect(check))
        return;
    check_pass_time(check, 5 * PAIR_S);
    pair_connection *const own = check->client_library == check->library ? check->client : check->server;
    pair_connection *const other = own == check->client ? check->server : check->client;
    const uint64_t sends = own->node->sends, answers = other->node->sends;
    pair_ping(own, false);
    REQUIRE(check, own->node->sends > sends, "no datagram leaves in the flush after ping");
    check_pass_time(check, PAIR_S);
    REQUIRE(check, other->node->sends > answers,
            "the peer does not answer: the packet asks for no acknowledgement");
    pair_ping(own, true);
    check_pass_time(check, PAIR_S);
}

const check_row checks_of_ending[] = {
    {"ping", "confirmed", 0, ping, "ping sends a packet that the peer acknowledges",
     "send a PING frame in the flush after ping, or leave it NULL"},
    {"close-client", "confirmed", 0, close_by_client,
     "close of the client: CLOSED_HERE inside the call, CLOSED_THERE at the server with code 7",
     "write close: send CONNECTION_CLOSE and report CLOSED_EVENT before it returns"},
    {"close-server", "confirmed", 0, close_by_server, "the same of the server, with code 12345",
     "write close for a server's connection too"},
    {"close-early", "handshake", 0, close_early,
     "close before the handshake is complete: CLOSED_HERE inside the call, of a client and of a server",
     "report CLOSED_EVENT in close even where nothing can be sent yet"},
    {"close-transport", "confirmed", 0, close_transport, "close with a code of QUIC, not of the application",
     "tell codes of the application from those of QUIC (RFC 9000 section 20)"},
    {"after-close", "close-client keylog", 0, after_close,
     "after close, stream calls and migrate answer CLOSED, a second close sends the same CONNECTION_CLOSE or "
     "nothing and makes no event, and nothing more comes",
     "remember that the connection is over, and look at it first in each function"},
    {"free", "handshake", 0, free_at_any_time,
     "connection_free and endpoint_free at any time, also in handshakes and transfers, send nothing and do "
     "no harm",
     "write connection_free: take the connection out of every table of the endpoint"},
    {"leak", "close-client", 0, leak,
     "50 connections that are closed and freed leave less than 4 KiB each in the heap",
     "free what connect and accepted made: run the test under a leak checker"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};
