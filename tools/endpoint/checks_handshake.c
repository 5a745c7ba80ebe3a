/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The handshake. */
#include "tools/endpoint/check.h"
#include "tools/endpoint/closing.h"

#include <string.h>

/* RFC 9000 section 14.1: the UDP datagram with an Initial of a client has 1200 bytes at least. */
enum { INITIAL_DATAGRAM_MIN = 1200 };

static bool connect_only(endpoint_check *check)
{
    int status;
    if (!check_make_endpoints(check))
        return false;
    check->client = pair_connect_only(check->pair, &status);
    if (!check->client)
        check_fail(check, "connect answers %s", pair_status_text(status));
    return check->client;
}

static void first_flight(endpoint_check *check)
{
    if (!connect_only(check))
        return;
    const pair_node *const node = &check->pair->nodes[PAIR_CLIENT];
    REQUIRE(check, node->sends == 0, "connect sends %llu datagrams: its first leaves in flush",
            (unsigned long long)node->sends);
    pair_serve(check->client);
    REQUIRE(check, node->sends > 0, "no datagram leaves in flush after connect");
    REQUIRE(check, node->wire.packets[DISSECT_INITIAL] > 0,
            "the first datagram, of %zu bytes, holds no Initial packet of QUIC version 1 or 2",
            node->last_len);
    REQUIRE(check, node->wire.unread[DISSECT_NOT_AUTHENTIC] == 0,
            "the first Initial packet does not decrypt");
    REQUIRE(check, node->wire.short_initials == 0, "the datagram with the Initial has %zu bytes",
            node->last_len);
    REQUIRE(check,
            check->client->deadline_ns > check->pair->now_ns &&
                check->client->deadline_ns <= check->pair->now_ns + 10 * PAIR_S,
            "deadline is %s: a client that waits for an answer has one within its handshake timeout of 10 s",
            check->client->deadline_ns == ROAM_ENDPOINT_NEVER ? "NEVER" : "in hours of virtual time");
}

static bool client_closed(const endpoint_pair *pair, void *ctx)
{
    const endpoint_check *const check = ctx;
    (void)pair;
    return check->client->closed;
}

static void handshake_timeout(endpoint_check *check)
{
    if (!check_make_pair(check))
        return;
    check->pair->cut = true;
    if (!connect_only(check))
        return;
    pair_serve(check->client);
    const bool closed = check_until(check, 60 * PAIR_S, client_closed, check);
    const uint64_t sends = check->pair->nodes[PAIR_CLIENT].sends;
    REQUIRE(check, sends >= 3,
            "the client sends %llu datagrams in a network without an answer: a PTO that "
            "doubles from 300 ms gives at least 3 in 10 s (RFC 9002 section 6.2)",
            (unsigned long long)sends);
    REQUIRE(check, closed, "no CLOSED_EVENT within 60 s");
    const uint64_t took_ns = check->client->closed_ns - check->client->made_ns;
    const uint32_t kind = check->client->close_event.closed.kind;
    REQUIRE(check, kind == ROAM_ENDPOINT_CLOSED_HANDSHAKE, "CLOSED_EVENT has kind %s, not %s",
            closing_kind_text(kind), closing_kind_text(ROAM_ENDPOINT_CLOSED_HANDSHAKE));
    REQUIRE(check, took_ns >= 9 * PAIR_S && took_ns <= 11 * PAIR_S,
            "CLOSED_EVENT comes after %.3f s; the handshake timeout is 10 s",
            (double)took_ns / (double)PAIR_S);
}

static bool both_established(const endpoint_pair *pair, void *ctx)
{
    endpoint_check *const check = ctx;
    (void)pair;
    if (!check->server)
        check->server = pair_newest(check->pair, PAIR_SERVER);
    return check->client->established && check->server && check->server->established;
}

static void handshake(endpoint_check *check)
{
    char client[CHECK_HOW_FAR_MAX], server[CHECK_HOW_FAR_MAX];
    if (!check->client_library || !check->server_library) {
        check_unsupported(check, "the adapter is no %s, and no other adapter plays one: see --with",
                          check->client_library ? "server" : "client");
        return;
    }
    if (!connect_only(check))
        return;
    pair_serve(check->client);
    const bool done = check_until(check, 5 * PAIR_S, both_established, check);
    const endpoint_pair *const pair = check->pair;
    REQUIRE(
        check, pair->nodes[PAIR_SERVER].connection_count > 0,
        "the server announces no connection with accepted(): %llu datagrams were sent to it, %llu came back",
        (unsigned long long)pair->nodes[PAIR_CLIENT].sends,
        (unsigned long long)pair->nodes[PAIR_SERVER].sends);
    REQUIRE(check, done,
            "no ESTABLISHED of both within 5 s: the client's connection %s; the server%s %s; %llu and %llu "
            "datagrams",
            check_how_far(check, check->client, client), check->server ? "'s" : "",
            check_how_far(check, check->server, server), (unsigned long long)pair->nodes[PAIR_CLIENT].sends,
            (unsigned long long)pair->nodes[PAIR_SERVER].sends);
    check_note(check, "client after %.3f ms, server after %.3f ms",
               check_ms(check, check->client->established_ns),
               check_ms(check, check->server->established_ns));
}

static void confirmed(endpoint_check *check)
{
    if (!check_connect(check))
        return;
    const uint64_t established_ns = check->client->established_ns;
    REQUIRE(check, check->client->confirmed_ns > established_ns,
            "the client is confirmed at the time of ESTABLISHED: it is so with HANDSHAKE_DONE, a round trip "
            "later "
            "(RFC 9001 section 4.1.2)");
    check_note(check, "client after %.3f ms, server after %.3f ms",
               check_ms(check, check->client->confirmed_ns), check_ms(check, check->server->confirmed_ns));
}

static void alpn(endpoint_check *check)
{
    if (!check_make_pair(check))
        return;
    check->pair->nodes[PAIR_SERVER].options.alpn = "another/7";
    if (!connect_only(check))
        return;
    pair_serve(check->client);
    (void)check_until(check, 15 * PAIR_S, client_closed, check);
    REQUIRE(check, !check->client->established,
            "the client is ESTABLISHED with a server that has another protocol (RFC 9001 section 8.1)");
    REQUIRE(check, check->client->closed, "the client gets no CLOSED_EVENT within 15 s");
}

static void certificate_of(endpoint_check *check, pair_connection *connection, pair_side other)
{
    const roam_endpoint_options *const sent = &check->pair->nodes[other].options;
    roam_endpoint_peer peer;
    const int status = pair_peer(connection, &peer);
    const char *const who = connection->node->options.node;
    REQUIRE(check, status == ROAM_ENDPOINT_OK, "peer() of the %s answers %s", who, pair_status_text(status));
    REQUIRE(check, peer.certificate && peer.certificate_len > 0, "peer() of the %s has no certificate%s", who,
            other == PAIR_CLIENT ? ": a server asks for one, and takes any" : "");
    REQUIRE(check,
            peer.certificate_len == sent->certificate_len &&
                memcmp(peer.certificate, sent->certificate, peer.certificate_len) == 0,
            "peer() of the %s has a certificate of %zu bytes; the peer was given another one, of %zu", who,
            peer.certificate_len, sent->certificate_len);
}

static void certificates(endpoint_check *check)
{
    if (!check_connect(check))
        return;
    certificate_of(check, check->client, PAIR_SERVER);
    if (check->outcome == CHECK_PASSED)
        certificate_of(check, check->server, PAIR_CLIENT);
}

static void keylog(endpoint_check *check)
{
    if (!check_connect(check))
        return;
    check_pass_time(check, PAIR_S);
    for (pair_side side = PAIR_CLIENT; side <= PAIR_SERVER; side++) {
        const pair_node *const node = &check->pair->nodes[side];
        const pair_wire *const wire = &node->wire;
        REQUIRE(check, wire->unread[DISSECT_NO_KEYS] == 0,
                "%llu packets of the %s leave before the key log has their secret",
                (unsigned long long)wire->unread[DISSECT_NO_KEYS], node->options.node);
        for (size_t status = 0; status <= DISSECT_NOT_READ; status++)
            REQUIRE(check, wire->unread[status] == 0, "%llu packets of the %s are '%s'",
                    (unsigned long long)wire->unread[status], node->options.node,
                    dissect_status_name((dissect_status)status));
        REQUIRE(check, wire->packets[DISSECT_HANDSHAKE] > 0 && wire->packets[DISSECT_ONE_RTT] > 0,
                "the %s sends %llu Handshake and %llu 1-RTT packets", node->options.node,
                (unsigned long long)wire->packets[DISSECT_HANDSHAKE],
                (unsigned long long)wire->packets[DISSECT_ONE_RTT]);
    }
}

#define BOTH_NEW "client-new|server-new"

const check_row checks_of_handshake[] = {
    {"first-flight", "client-new", ROAM_ENDPOINT_CLIENT, first_flight,
     "connect makes a connection; flush sends an Initial in a datagram of at least 1200 bytes, and a "
     "deadline is set",
     "write connect, flush and deadline: take what the library wants to send, and pass it to send()"},
    {"handshake-timeout", "first-flight", ROAM_ENDPOINT_CLIENT, handshake_timeout,
     "without any answer the client repeats its Initial, and is CLOSED_HANDSHAKE after handshake_timeout_ns",
     "write expire; close with CLOSED_HANDSHAKE when handshake_timeout_ns passes before ESTABLISHED"},
    {"handshake", BOTH_NEW, 0, handshake, "both ends are ESTABLISHED, the server after accepted()",
     "write receive; announce a new connection with accepted(), then report ESTABLISHED; a TLS alert is the "
     "TLS library's reason"},
    {"confirmed", "handshake", 0, confirmed,
     "both ends are CONFIRMED after ESTABLISHED; the client with HANDSHAKE_DONE",
     "report CONFIRMED: a server when its handshake is complete, a client when HANDSHAKE_DONE came"},
    {"alpn", "handshake", 0, alpn,
     "a client is not ESTABLISHED with a server of another protocol, and is closed",
     "set options->alpn as the only protocol, at both roles (RFC 7301), and have a mismatch fail the "
     "handshake"},
    {"certificates", "confirmed", 0, certificates,
     "peer() gives each end the certificate of the other, as it was sent",
     "have the server ask for a certificate, accept any at both ends, and keep the DER of the leaf for "
     "peer()"},
    {"keylog", "confirmed", 0, keylog, "the key log decrypts each packet of both ends, from the first on",
     "pass each line of the key log to keylog() before the first packet under its secret is sent"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};
