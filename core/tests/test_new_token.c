/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client that has moved has a token for its new address, and its next connection begins there without a
 * Retry (RFC 9000 sections 8.1.3 and 9.3). The server asks for a token each time. */
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

/* Of an Initial to and from connection IDs of 8 bytes. Its length, one byte, is before it. */
enum { TOKEN_AT = 1 + 4 + 1 + 8 + 1 + 8 + 1, TOKEN_BYTES = 41 };

static void no_half_open(roam_node_options *options)
{
    options->accept = true;
    options->max_half_open = 0;
}

static void anybody(roam_node_options *options)
{
    options->trust = ROAM_TRUST_ANY;
}

typedef struct tap {
    uint64_t retries;      /* Retry packets (RFC 9000 section 17.2.5) */
    uint8_t initial[1500]; /* the first flight of a */
    size_t len, flights;
    uint64_t from_b; /* bytes */
    bool lose_initials;
} tap;

static bool watch(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    tap *t = user;
    const uint8_t first = datagram->data[0] & 0xf0;
    t->retries += first == 0xf0;
    t->from_b += from->bytes[3] == 2 ? datagram->len : 0;
    if (from->bytes[3] != 1 || first != 0xc0)
        return false;
    if (t->flights++ == 0) {
        memcpy(t->initial, datagram->data, datagram->len);
        t->len = datagram->len;
    }
    return t->lose_initials;
}

/* a is up, has moved to that network (NET_ANY: not at all), and then left. */
static net_pair left(tap *seen, void (*change_a)(roam_node_options *options), int moves_to)
{
    net_pair p =
        net_pair_new(&(net_pair_options){.change_a = change_a, .change_b = no_half_open, .apart = true});
    *seen = (tap){0};
    net_filter(p.net, watch, seen);
    net_pair_connect(&p);
    CHECK(seen->retries, 1, "Retry packets at first");
    if (moves_to != NET_ANY) {
        net_migrate(p.a, p.b_at_a, moves_to, NET_S, ROAM_VALIDATE_FIRST, NULL);
        net_run_for(p.net, NET_S);
        CHECK(p.a->results[0].record.result, ROAM_OK, "migration");
        p.a->network = moves_to;
    }
    CHECK(roam_hang_up(p.a->node, p.b_at_a), 0, "hang up");
    net_run_for(p.net, 5 * NET_S);
    seen->retries = seen->flights = 0;
    return p;
}

/* The next connection: how many bytes the token of its first flight has, and how many Retry packets it takes.
 */
typedef struct opening {
    uint64_t token_len, retries;
} opening;

static opening dial_again(net_pair *p, tap *seen)
{
    const size_t before = net_count(p->a, ROAM_EVENT_PEER_UP);
    seen->retries = seen->flights = 0;
    net_dial(p->a, p->b);
    net_run_for(p->net, NET_S);
    CHECK(net_count(p->a, ROAM_EVENT_PEER_UP) - before, 1, "connections up");
    CHECK(roam_hang_up(p->a->node, p->b_at_a), 0, "hang up");
    net_run_for(p->net, 5 * NET_S);
    return (opening){.token_len = seen->initial[TOKEN_AT - 1], .retries = seen->retries};
}

static void check_opening(net_pair *p, tap *seen, opening expected, const char *what, size_t row)
{
    const opening found = dial_again(p, seen);
    CHECK(found.token_len, expected.token_len, "bytes of the token of the %s connection, row %zu", what, row);
    CHECK(found.retries, expected.retries, "Retry packets of the %s connection, row %zu", what, row);
}

/* The token is used once. It is of the address that a moved to, and of no other; who has not moved has none.
 */
static void test_next_connection(void)
{
    static const struct {
        int moves_to, dials_from;
        bool restarted;
        opening second, third;
    } rows[] = {
        {.moves_to = 2, .dials_from = 2, .second = {TOKEN_BYTES, 0}, .third = {0, 1}},
        {.moves_to = 2, .dials_from = 0, .second = {TOKEN_BYTES, 1}, .third = {0, 1}},
        {.moves_to = 0, .dials_from = 0, .second = {0, 1}, .third = {0, 1}}, /* to another port */
        {.moves_to = NET_ANY, .dials_from = 0, .second = {0, 1}, .third = {0, 1}},
        /* The server has another secret. */
        {.moves_to = 2, .dials_from = 2, .restarted = true, .second = {TOKEN_BYTES, 1}, .third = {0, 1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tap seen;
        net_pair p = left(&seen, NULL, rows[i].moves_to);
        p.a->network = rows[i].dials_from;
        if (rows[i].restarted) {
            net_crash(p.b);
            net_restart(p.b, no_half_open);
            net_listen(p.b);
        }
        check_opening(&p, &seen, rows[i].second, "second", i);
        check_opening(&p, &seen, rows[i].third, "third", i);
        net_free(p.net);
    }
}

/* Where the name of a peer is not proved, another server may answer to it, and is to have no token. */
static void test_unproved_name(void)
{
    tap seen;
    net_pair p = left(&seen, anybody, 2);
    check_opening(&p, &seen, (opening){0, 1}, "second", 0);
    net_free(p.net);
}

/* What b sends in answer to the first Initial of a's second connection, which comes alone: with its token
 * three times as much is no limit (RFC 9000 section 8.1), once. Without a valid one there is a Retry. */
static void test_limit(void)
{
    static const struct {
        uint8_t last_byte;
        bool altered, replayed, valid;
    } rows[] = {
        {.last_byte = 1, .valid = true},
        {.last_byte = 1, .altered = true},
        {.last_byte = 9},
        {.last_byte = 1, .replayed = true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        tap seen;
        net_pair p = left(&seen, NULL, 2);
        seen.lose_initials = !rows[i].replayed;
        net_dial(p.a, p.b);
        net_run_for(p.net, 50 * NET_MS);
        net_crash(p.a);
        net_run_for(p.net, 400 * NET_S); /* b has forgotten what came of it */
        roam_addr local = net_addr(p.b, 1, 4433), from = net_addr(p.a, 2, 50999);
        from.bytes[3] = rows[i].last_byte;
        seen.initial[TOKEN_AT + 5] ^= rows[i].altered;
        seen.retries = seen.from_b = 0;
        net_inject(p.b, &local, &from, seen.initial, seen.len);
        net_run_for(p.net, 30 * NET_S);
        CHECK(seen.retries, !rows[i].valid, "Retry packets, row %zu", i);
        CHECK(seen.from_b > 3 * seen.len, rows[i].valid, "row %zu: %d bytes in answer to %d", i,
              (int)seen.from_b, (int)seen.len);
        net_free(p.net);
    }
}

static const check_test tests[] = {
    {"next connection", test_next_connection},
    {"unproved name", test_unproved_name},
    {"limit", test_limit},
};

CHECK_MAIN("new token", tests)
