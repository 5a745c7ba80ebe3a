/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a network does to datagrams, and what comes from strangers. */
#include "tools/endpoint/check.h"
#include "tools/endpoint/closing.h"

#include "core/hash.h"

#include <string.h>

static void loss(endpoint_check *check)
{
    if (!check_make_pair(check))
        return;
    check->pair->loss_permille = 100;
    check->pair->reorder_ns = 15 * PAIR_MS;
    if (check_connect(check) &&
        check_transfer(check, check->client, check->server, 200000, 300 * PAIR_S, "200 kB to the server"))
        (void)check_transfer(check, check->server, check->client, 200000, 300 * PAIR_S,
                             "200 kB to the client");
}

static void datagram_size(endpoint_check *check)
{
    if (!check_make_pair(check))
        return;
    check->pair->mtu = 1280;
    if (check_connect(check) &&
        check_transfer(check, check->client, check->server, 100000, 60 * PAIR_S, "100 kB to the server"))
        (void)check_transfer(check, check->server, check->client, 100000, 60 * PAIR_S,
                             "100 kB to the client");
    if (check->outcome != CHECK_PASSED)
        return;
    check_note(check, "largest datagrams: %zu bytes of the client, %zu of the server",
               check->pair->nodes[PAIR_CLIENT].wire.largest, check->pair->nodes[PAIR_SERVER].wire.largest);
}

/* All datagrams arrive as CE, whatever they were sent with. */
static void ecn(endpoint_check *check)
{
    if (!check_make_pair(check))
        return;
    check->pair->marking = 2; /* ECT(0) */
    if (!check_connect(check) ||
        !check_transfer(check, check->client, check->server, 100000, 60 * PAIR_S, "to the server, ECT(0)"))
        return;
    check->pair->marking = 3;
    if (!check_transfer(check, check->server, check->client, 100000, 60 * PAIR_S, "to the client, CE"))
        return;
    const pair_side side = check->client_library == check->library ? PAIR_CLIENT : PAIR_SERVER;
    REQUIRE(
        check, check->pair->nodes[side].wire.ack_ecn_frames > 0,
        "no ACK frame of the %s has ECN counts, though datagrams came with ECT(0) and CE (RFC 9000 section "
        "13.4.1)",
        check->pair->nodes[side].options.node);
}

/* ---- Garbage ---- */

static void inject_garbage(endpoint_check *check, pair_side to, const roam_endpoint_address *from)
{
    static const size_t lengths[] = {0, 1, 2, 5, 20, 21, 22, 50, 100, 1199, 1200, 1452, 1500};
    const pair_node *const sender = &check->pair->nodes[to == PAIR_CLIENT ? PAIR_SERVER : PAIR_CLIENT];
    uint8_t bytes[PAIR_DATAGRAM_MAX] = {0};
    uint64_t state = check->seed;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++)
        for (size_t form = 0; form < 4; form++) { /* short, long, and both with a fixed bit */
            for (size_t j = 0; j < lengths[i]; j++)
                bytes[j] = (uint8_t)core_hash_next(&state);
            bytes[0] = (uint8_t)((bytes[0] & 0x3f) | form << 6);
            if ((form & 2) && lengths[i] > 4)
                memcpy(bytes + 1, "\0\0\0\1", 4);
            pair_inject(check->pair, to, from, bytes, lengths[i]);
        }
    for (size_t len = 0; len < sender->last_len;
         len += 1 + len / 8) /* a packet of the connection, cut short */
        pair_inject(check->pair, to, from, sender->last, len);
    for (size_t bit = 0; bit < 8 * sender->last_len; bit += 61) { /* the same with a bit turned */
        memcpy(bytes, sender->last, sender->last_len);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        pair_inject(check->pair, to, from, bytes, sender->last_len);
    }
}

static void garbage(endpoint_check *check)
{
    if (!check_connect(check))
        return;
    const pair_node *const client = &check->pair->nodes[PAIR_CLIENT], *const server =
                                                                          &check->pair->nodes[PAIR_SERVER];
    (void)check_transfer(check, check->client, check->server, 3000, 10 * PAIR_S, "before the garbage");
    check_pass_time(check, PAIR_S);
    inject_garbage(check, PAIR_SERVER, &client->addresses[0].seen);
    inject_garbage(check, PAIR_SERVER, NULL);
    inject_garbage(check, PAIR_CLIENT, &server->addresses[0].seen);
    inject_garbage(check, PAIR_CLIENT, NULL);
    check_pass_time(check, PAIR_S);
    REQUIRE(check, !check->client->closed && !check->server->closed,
            "garbage from the network ends the connection: %s gets CLOSED_EVENT (RFC 9000 section 5.2)",
            check->client->closed ? "the client" : "the server");
    REQUIRE(check, !client->connections[0].moved && check->server->moved == 0,
            "garbage from another address moves the connection (RFC 9000 section 9.3)");
    if (check_transfer(check, check->client, check->server, 3000, 10 * PAIR_S,
                       "to the server after the garbage"))
        (void)check_transfer(check, check->server, check->client, 3000, 10 * PAIR_S,
                             "to the client after the garbage");
}

/* ---- What belongs to no connection ---- */

static void version_negotiation(endpoint_check *check)
{
    uint8_t initial[1200] = {0xc3, 0x0a, 0x1a, 0x2a, 0x3a, 8, 1, 2, 3, 4, 5, 6, 7, 8, 5, 11, 12, 13, 14, 15};
    if (!check_make_endpoints(check))
        return;
    const pair_node *const node = &check->pair->nodes[PAIR_SERVER];
    pair_inject(check->pair, PAIR_SERVER, NULL, initial, 700);
    check_pass_time(check, PAIR_S);
    const uint64_t to_short = node->sends;
    pair_inject(check->pair, PAIR_SERVER, NULL, initial, sizeof initial);
    check_pass_time(check, PAIR_S);
    REQUIRE(check, node->connection_count == 0, "a packet of an unknown version makes a connection");
    if (node->sends == to_short) {
        check_unsupported(check,
                          "no Version Negotiation packet is sent (RFC 9000 section 5.2.2 says SHOULD)");
        return;
    }
    static const uint8_t head[] = {0, 0, 0, 0, 5, 11, 12, 13, 14, 15, 8, 1, 2, 3, 4, 5, 6, 7, 8};
    REQUIRE(check,
            node->last_len > sizeof head && (node->last[0] & 0x80) &&
                memcmp(node->last + 1, head, sizeof head) == 0,
            "the answer is no Version Negotiation packet with both connection IDs exchanged (RFC 8999 "
            "section 6)");
    if (to_short > 0)
        check_note(check,
                   "the library also answers a datagram of 700 bytes: RFC 9000 section 5.2.2 says that it "
                   "MUST drop it");
}

static bool client_over(const endpoint_pair *pair, void *ctx)
{
    const endpoint_check *const check = ctx;
    (void)pair;
    return check->client->closed;
}

/* The server forgets the connection; a packet of the client is answered by the same endpoint, or by a new one
 * with the same key. */
static void reset_from(endpoint_check *check, bool new_endpoint)
{
    const char *const who = new_endpoint ? "a new endpoint with the same key" : "the server";
    int status;
    if (!check_make_another_pair(check, check->seed) || !check_connect(check))
        return;
    check_pass_time(check, PAIR_S);
    const pair_node *const node = &check->pair->nodes[PAIR_SERVER];
    const uint64_t sends = node->sends;
    pair_connection_free(check->server);
    if (new_endpoint) {
        pair_unmake(check->pair, PAIR_SERVER);
        status = pair_make(check->pair, PAIR_SERVER);
        REQUIRE(check, status == ROAM_ENDPOINT_OK, "endpoint_new after endpoint_free answers %s",
                pair_status_text(status));
    }
    REQUIRE(check, pair_send(check->client, false, 900, true, &status), "stream_open answers %s",
            pair_status_text(status));
    (void)check_until(check, 5 * PAIR_S, client_over, check);
    if (node->sends == sends && !new_endpoint) {
        check_unsupported(check, "the server sends no stateless reset: peers wait for their idle timeout");
        return;
    }
    REQUIRE(check, node->sends > sends, "%s sends nothing for a packet of a connection from before", who);
    REQUIRE(
        check, check->client->closed,
        "%s answers a packet of a connection that it does not know, and the client does not take it for a "
        "stateless reset (RFC 9000 section 10.3)",
        who);
    REQUIRE(check, check->client->close_event.closed.kind == ROAM_ENDPOINT_CLOSED_RESET,
            "CLOSED_EVENT of the client has kind %s, not %s, after the answer of %s",
            closing_kind_text(check->client->close_event.closed.kind),
            closing_kind_text(ROAM_ENDPOINT_CLOSED_RESET), who);
}

static void stateless_reset(endpoint_check *check)
{
    reset_from(check, false);
    if (check->outcome == CHECK_PASSED && check->library == check->server_library)
        reset_from(check, true);
}

const check_row checks_of_network[] = {
    {"loss", "bulk", 0, loss, "a handshake and 200 kB each way come whole with 10 % of loss and reordering",
     "report the deadline of loss detection, and call the library's timer functions in expire"},
    {"datagram-size", "bulk", 0, datagram_size,
     "datagrams over 1280 bytes are TOO_LARGE for the link: all comes whole",
     "take TOO_LARGE of send() for a lost datagram, and leave the discovery of the path MTU to the library"},
    {"ecn", "bulk keylog", 0, ecn, "datagrams that arrive with ECT(0) or CE are acknowledged with ECN counts",
     "pass the ECN codepoint of each datagram to the library"},
    {"garbage", "stream-uni", 0, garbage,
     "datagrams of 0 to 1500 random bytes, and packets cut short or changed, do no harm",
     "have receive return NULL for what no connection takes; check lengths before the header is read"},
    {"version-negotiation", "server-new", ROAM_ENDPOINT_SERVER, version_negotiation,
     "a server answers an unknown version in a datagram of 1200 bytes with Version Negotiation, a shorter "
     "one never",
     "send a Version Negotiation packet from receive, at once"},
    {"stateless-reset", "confirmed", ROAM_ENDPOINT_SERVER, stateless_reset,
     "a packet for a connection that the server has forgotten is answered with a stateless reset, also by a "
     "new endpoint with the same key: CLOSED_RESET",
     "derive the tokens from options->key (RFC 9000 section 10.3.2), and send the reset from receive"},
    {NULL, NULL, 0, NULL, NULL, NULL},
};
