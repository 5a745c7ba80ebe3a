/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why a peer is down: each way in which a connection ends, and what each of the two ends says of it. */
#include <string.h>

#include "core/node/connection.h"
#include "core/tests/check.h"
#include "core/tests/net_pair.h"
#include "core/tests/streams.h"

/* A way from a to b takes 20 ms: b has a's first datagram at 20 ms, TLS is through at a at 40 ms, at b at 60
 * ms.
 */
enum { NONE = -1 };

/* Transport error codes (RFC 9000 section 20.1, RFC 9001 section 4.8, RFC 8446 section 6). */
enum {
    NO_ERROR = 0x00,
    INTERNAL_ERROR = 0x01,
    CONNECTION_REFUSED = 0x02,
    APPLICATION_ERROR = 0x0c,
    NO_VIABLE_PATH = 0x10,
    NO_APPLICATION_PROTOCOL = 0x178
};

typedef struct scene {
    net_fixture *net;
    net_host *a, *b; /* a dials b, which listens */
    uint8_t first[1500];
    size_t first_len; /* of a's first datagram */
    streams_watcher seen;
} scene;

/* ---- Options ---- */

static void impatient(roam_node_options *options)
{
    options->accept = true;
    options->keep_alive_ns = NET_S;
    options->dead_after_ns = 4 * NET_S;
}

static void never_ticking(roam_node_options *options)
{
    options->accept = true;
    options->keep_alive_ns = ROAM_NEVER;
    options->dead_after_ns = ROAM_NEVER;
    options->idle_timeout_ns = 20 * NET_S;
}

static void strict(roam_node_options *options)
{
    options->accept = true;
    options->trust = ROAM_TRUST_STRICT;
}

static void another_alpn(roam_node_options *options)
{
    options->alpn = "roam-dist/9";
}

static void without_room(roam_node_options *options)
{
    options->accept = true;
    options->max_peers = 1;
}

/* QUIC streams under the name of the dist protocol. */
static void raw(roam_node_options *options)
{
    streams_watch(options);
    options->protocol = ROAM_PROTOCOL_RAW;
    options->trust = ROAM_TRUST_ANY;
    options->alpn = ROAM_ALPN;
}

static void raw_accepting(roam_node_options *options)
{
    raw(options);
    options->accept = true;
}

static void raw_impatient(roam_node_options *options)
{
    raw(options);
    options->dead_after_ns = 4 * NET_S;
}

/* ---- Ways to end ---- */

static roam_peer_id b_of(const scene *s)
{
    return roam_peer_find(s->a->node, "b");
}

static void connect(scene *s)
{
    net_connect(s->a, s->b);
    net_run_for(s->net, NET_S);
}

static void dial(scene *s, uint64_t ms)
{
    net_dial(s->a, s->b);
    net_run_for(s->net, ms * NET_MS);
}

static void a_hangs_up(scene *s)
{
    connect(s);
    CHECK(roam_hang_up(s->a->node, b_of(s)), 0, "hang up");
    net_poke(s->a);
}

static void b_leaves(scene *s)
{
    connect(s);
    roam_node_leave(s->b->node);
    net_poke(s->b);
}

static void a_leaves_early(scene *s)
{
    dial(s, 10);
    roam_node_leave(s->a->node);
    net_poke(s->a);
}

static void b_leaves_early(scene *s)
{
    dial(s, 30);
    roam_node_leave(s->b->node);
    net_poke(s->b);
}

/* What b sends vanishes, so that a hears nothing; what a says of it arrives. */
static void a_hears_nothing(scene *s)
{
    connect(s);
    net_block(s->net, 1, true, false);
}

static void black_hole(scene *s)
{
    connect(s);
    net_block(s->net, 1, true, true);
}

static void no_answer(scene *s)
{
    net_block(s->net, 1, true, true);
    net_dial(s->a, s->b);
}

/* After b's first flight has left. */
static void black_hole_in_handshake(scene *s)
{
    dial(s, 30);
    net_block(s->net, 0, true, false);
}

static bool short_header_of_b(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    (void)user;
    return from->bytes[1] == 1 && !(datagram->data[0] & 0x80);
}

/* Nor HANDSHAKE_DONE. */
static void hello_of_b_never_comes(scene *s)
{
    net_filter(s->net, short_header_of_b, NULL);
    net_dial(s->a, s->b);
}

static void only_dial(scene *s)
{
    net_dial(s->a, s->b);
}

static void dial_with_another_name(scene *s)
{
    roam_addr remote = net_addr(s->b, 1, 4433);
    roam_peer_id peer;
    CHECK(roam_dial(s->a->node, "c", &remote, NULL, net_now(s->net), &peer), 0, "dial");
    net_poke(s->a);
}

static void pin_wrong(net_host *host, const char *name)
{
    static const uint8_t key[ROAM_KEY_BYTES] = {1, 2, 3};
    CHECK(roam_node_pin(host->node, name, key), 0, "pin");
}

static void a_knows_another_key(scene *s)
{
    pin_wrong(s->a, "b");
    net_dial(s->a, s->b);
}

/* a may say so only once its handshake is confirmed, and that never comes. */
static void a_knows_another_key_and_hears_no_more(scene *s)
{
    net_filter(s->net, short_header_of_b, NULL);
    a_knows_another_key(s);
}

static void b_knows_another_key(scene *s)
{
    pin_wrong(s->b, "a");
    net_dial(s->a, s->b);
}

static void b_knows_somebody_else(scene *s)
{
    net_host *other = net_add(s->net, "other", 2, NULL);
    net_connect(other, s->b);
    net_dial(s->a, s->b);
}

/* HELLO, and then HELLO again: only the first is allowed. */
static void a_says_hello_twice(scene *s)
{
    static const uint8_t hello[] = {1, 5, 1, 0x80, 1, 0, 0};
    roam_stream_id id = {NONE};
    s->a->user = &s->seen;
    dial(s, 1000);
    CHECK(roam_stream_open(s->a->node, b_of(s), NULL, 0, 0, &id), 0, "open");
    for (int i = 0; i < 2; i++) {
        CHECK(roam_stream_send(s->a->node, b_of(s), id, hello, sizeof hello, false), 0, "send");
        net_poke(s->a);
        net_run_for(s->net, NET_S);
        CHECK(net_count(s->b, ROAM_EVENT_PEER_UP), 1, "up at b");
    }
}

/* A raw end is up, and the other waits for its HELLO. */
static void a_is_silent(scene *s)
{
    s->a->user = &s->seen;
    net_dial(s->a, s->b);
}

static void a_crashes_and_dials(scene *s)
{
    connect(s);
    net_crash(s->a);
    net_restart(s->a, net_accepting);
    s->a->event_count = 0;
    net_dial(s->a, s->b);
}

static void b_crashes(scene *s)
{
    connect(s);
    net_crash(s->b);
    net_restart(s->b, net_accepting);
    s->b->event_count = 0;
    net_listen(s->b);
}

static bool dialled_by_a(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    (void)user;
    (void)datagram;
    return from->bytes[1] == 0 && from->port != 4433;
}

/* Each end dials; that of a, which is to stay, comes to nothing. */
static void the_preferred_dial_fails(scene *s)
{
    net_listen(s->a);
    net_filter(s->net, dialled_by_a, NULL);
    net_dial(s->a, s->b);
    net_dial(s->b, s->a);
}

static bool keep_first(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    scene *s = user;
    if (from->bytes[1] == 0 && s->first_len == 0 && datagram->len <= sizeof s->first) {
        s->first_len = datagram->len;
        memcpy(s->first, datagram->data, datagram->len);
    }
    return true;
}

/* b answers with Version Negotiation for a version of its own (RFC 9000 section 17.2.1). */
static void b_speaks_another_version(scene *s)
{
    uint8_t packet[64] = {0x80};
    roam_addr local = net_addr(s->a, 0, (uint16_t)(s->a->next_port)), from = net_addr(s->b, 1, 4433);
    size_t len = 5;
    net_filter(s->net, keep_first, s);
    dial(s, 1);
    const uint8_t *destination = s->first + 5, *source = destination + 1 + destination[0];
    memcpy(packet + len, source, 1 + source[0]);
    len += 1 + source[0];
    memcpy(packet + len, destination, 1 + destination[0]);
    len += 1 + destination[0];
    memcpy(packet + len, "\xff\0\0\x1d", 4);
    net_inject(s->a, &local, &from, packet, len + 4);
}

/* b is another implementation: it closes with a transport error code of its own choice, and is gone. */
static void b_closes(scene *s, uint64_t code)
{
    core_tls_scope scope = core_tls_enter(s->b->node->tls);
    core_quic_close(s->b->node->connections->quic, false, code, net_now(s->net));
    core_tls_leave(scope);
    net_crash(s->b);
}

static void b_closes_without_error(scene *s)
{
    connect(s);
    b_closes(s, NO_ERROR);
}

static void b_fails(scene *s)
{
    connect(s);
    b_closes(s, INTERNAL_ERROR);
}

static void b_finds_no_path(scene *s)
{
    connect(s);
    b_closes(s, NO_VIABLE_PATH);
}

static void b_refuses(scene *s)
{
    dial(s, 30);
    b_closes(s, CONNECTION_REFUSED);
}

static void b_gives_up_early(scene *s)
{
    dial(s, 30);
    b_closes(s, APPLICATION_ERROR);
}

/* ---- The table ---- */

typedef struct told {
    int reason; /* NONE: the end was told of no PEER_DOWN */
    int code;
    bool application;
} told;

#define NOTHING                                                                                              \
    {                                                                                                        \
        .reason = NONE                                                                                       \
    }

static const struct {
    const char *name;
    void (*change_a)(roam_node_options *options);
    void (*change_b)(roam_node_options *options); /* NULL: b accepts connections */
    void (*act)(scene *s);
    told a, b;
} ways[] = {
    {.name = "a hangs up",
     .act = a_hangs_up,
     .a = {.reason = ROAM_DOWN_LEFT, .application = true},
     .b = {.reason = ROAM_DOWN_LEFT, .application = true}},
    {.name = "b leaves",
     .act = b_leaves,
     .a = {.reason = ROAM_DOWN_LEFT, .application = true},
     .b = {.reason = ROAM_DOWN_LEFT, .application = true}},
    {.name = "a leaves in its handshake",
     .act = a_leaves_early,
     .a = {.reason = ROAM_DOWN_LEFT, .application = true},
     .b = NOTHING},
    {.name = "b leaves in a's handshake",
     .act = b_leaves_early,
     .a = {.reason = ROAM_DOWN_LEFT, .application = true},
     .b = NOTHING},
    {.name = "b closes without an error",
     .act = b_closes_without_error,
     .a = {.reason = ROAM_DOWN_LEFT, .code = NO_ERROR},
     .b = NOTHING},
    {.name = "b fails",
     .act = b_fails,
     .a = {.reason = ROAM_DOWN_ERROR, .code = INTERNAL_ERROR},
     .b = NOTHING},
    {.name = "b finds no path",
     .act = b_finds_no_path,
     .a = {.reason = ROAM_DOWN_ERROR, .code = NO_VIABLE_PATH},
     .b = NOTHING},
    {.name = "b refuses",
     .act = b_refuses,
     .a = {.reason = ROAM_DOWN_REJECTED, .code = CONNECTION_REFUSED},
     .b = NOTHING},
    {.name = "b gives a's handshake up, and must not say why",
     .act = b_gives_up_early,
     .a = {.reason = ROAM_DOWN_HANDSHAKE, .code = APPLICATION_ERROR},
     .b = NOTHING},
    {.name = "a hears nothing",
     .change_a = impatient,
     .act = a_hears_nothing,
     .a = {.reason = ROAM_DOWN_TICK, .code = ROAM_CLOSE_TICK, .application = true},
     .b = {.reason = ROAM_DOWN_TICK, .code = ROAM_CLOSE_TICK, .application = true}},
    {.name = "both hear nothing",
     .change_a = impatient,
     .change_b = impatient,
     .act = black_hole,
     .a = {.reason = ROAM_DOWN_TICK, .code = ROAM_CLOSE_TICK, .application = true},
     .b = {.reason = ROAM_DOWN_TICK, .code = ROAM_CLOSE_TICK, .application = true}},
    {.name = "idle",
     .change_a = never_ticking,
     .change_b = never_ticking,
     .act = black_hole,
     .a = {.reason = ROAM_DOWN_IDLE},
     .b = {.reason = ROAM_DOWN_IDLE}},
    {.name = "no answer", .act = no_answer, .a = {.reason = ROAM_DOWN_HANDSHAKE}, .b = NOTHING},
    {.name = "a black hole between the handshakes of the two ends",
     .act = black_hole_in_handshake,
     .a = {.reason = ROAM_DOWN_HANDSHAKE, .code = ROAM_CLOSE_HANDSHAKE, .application = true},
     .b = NOTHING},
    {.name = "b's HELLO never comes",
     .act = hello_of_b_never_comes,
     .a = {.reason = ROAM_DOWN_HANDSHAKE, .code = ROAM_CLOSE_HANDSHAKE, .application = true},
     .b = {.reason = ROAM_DOWN_HANDSHAKE, .code = ROAM_CLOSE_HANDSHAKE, .application = true}},
    {.name = "a's HELLO never comes, and its protocol knows no code of ours",
     .change_a = raw,
     .act = a_is_silent,
     .a = {.reason = ROAM_DOWN_REJECTED, .code = ROAM_CLOSE_HANDSHAKE, .application = true},
     .b = NOTHING},
    {.name = "raw: a hears nothing",
     .change_a = raw_impatient,
     .change_b = raw_accepting,
     .act = a_hears_nothing,
     .a = {.reason = ROAM_DOWN_TICK, .code = ROAM_CLOSE_TICK, .application = true},
     .b = {.reason = ROAM_DOWN_REJECTED, .code = ROAM_CLOSE_TICK, .application = true}},
    {.name = "another ALPN",
     .change_a = another_alpn,
     .act = only_dial,
     .a = {.reason = ROAM_DOWN_REJECTED, .code = NO_APPLICATION_PROTOCOL},
     .b = NOTHING},
    {.name = "another version of QUIC",
     .act = b_speaks_another_version,
     .a = {.reason = ROAM_DOWN_REJECTED},
     .b = NOTHING},
    {.name = "another name",
     .act = dial_with_another_name,
     .a = {.reason = ROAM_DOWN_REJECTED, .code = ROAM_CLOSE_NAME, .application = true},
     .b = NOTHING},
    {.name = "a knows another key of b",
     .act = a_knows_another_key,
     .a = {.reason = ROAM_DOWN_REJECTED, .code = ROAM_CLOSE_KEY_MISMATCH, .application = true},
     .b = NOTHING},
    {.name = "a knows another key of b, and hears no more",
     .act = a_knows_another_key_and_hears_no_more,
     .a = {.reason = ROAM_DOWN_REJECTED, .code = ROAM_CLOSE_KEY_MISMATCH, .application = true},
     .b = NOTHING},
    {.name = "b knows another key of a",
     .act = b_knows_another_key,
     .a = {.reason = ROAM_DOWN_REJECTED, .code = ROAM_CLOSE_KEY_MISMATCH, .application = true},
     .b = NOTHING},
    {.name = "b knows nobody",
     .change_b = strict,
     .act = only_dial,
     .a = {.reason = ROAM_DOWN_REJECTED, .code = ROAM_CLOSE_KEY_UNKNOWN, .application = true},
     .b = NOTHING},
    {.name = "b has no room",
     .change_b = without_room,
     .act = b_knows_somebody_else,
     .a = {.reason = ROAM_DOWN_ERROR, .code = ROAM_CLOSE_FAILED, .application = true},
     .b = NOTHING},
    {.name = "a violates the dist protocol",
     .change_a = raw,
     .act = a_says_hello_twice,
     .a = {.reason = ROAM_DOWN_REJECTED, .code = ROAM_CLOSE_PROTOCOL, .application = true},
     .b = {.reason = ROAM_DOWN_REJECTED, .code = ROAM_CLOSE_PROTOCOL, .application = true}},
    {.name = "a crashes and dials anew",
     .change_a = net_accepting,
     .act = a_crashes_and_dials,
     .a = NOTHING,
     .b = {.reason = ROAM_DOWN_REPLACED, .code = ROAM_CLOSE_DUPLICATE, .application = true}},
    {.name = "b crashes", .act = b_crashes, .a = {.reason = ROAM_DOWN_RESET}, .b = NOTHING},
    {.name = "both dial, and the one that would be preferred is dead",
     .change_a = net_accepting,
     .act = the_preferred_dial_fails,
     .a = NOTHING,
     .b = NOTHING},
};

static void check_told(const net_host *host, const told *expected, const char *way)
{
    const roam_event *down = net_last(host, ROAM_EVENT_PEER_DOWN);
    bool left = expected->reason == ROAM_DOWN_LEFT;
    CHECK(net_count(host, ROAM_EVENT_PEER_DOWN), expected->reason != NONE, "%s: downs at %s", way,
          host->name);
    CHECK(net_count(host, ROAM_EVENT_LEFT) <= left, true, "%s: left at %s", way, host->name);
    if (!down || expected->reason == NONE)
        return;
    CHECK(down->down.reason, expected->reason, "%s: reason at %s, %s", way, host->name,
          roam_down_reason_name(down->down.reason));
    CHECK(down->down.code, expected->code, "%s: code at %s", way, host->name);
    CHECK(down->down.application, expected->application, "%s: kind of code at %s", way, host->name);
}

static void test_ways(void)
{
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        const net_pair p = net_pair_new(
            &(net_pair_options){.change_a = ways[i].change_a, .change_b = ways[i].change_b, .apart = true});
        scene s = {.net = p.net, .a = p.a, .b = p.b};
        ways[i].act(&s);
        net_run_for(s.net, 30 * NET_S);
        check_told(s.a, &ways[i].a, ways[i].name);
        check_told(s.b, &ways[i].b, ways[i].name);
        net_free(s.net);
    }
}

static const check_test tests[] = {
    {"ways to end", test_ways},
};

CHECK_MAIN("reasons", tests)
