/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How connections live and end. */
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"

static void quick_tick(roam_node_options *options)
{
    options->accept = true;
    options->keep_alive_ns = 1 * NET_S;
    options->dead_after_ns = 4 * NET_S;
}

static void never_ticking(roam_node_options *options)
{
    options->accept = true;
    options->keep_alive_ns = ROAM_NEVER;
    options->dead_after_ns = ROAM_NEVER;
    options->idle_timeout_ns = 20 * NET_S;
}

static void silent_but_impatient(roam_node_options *options)
{
    options->accept = true;
    options->keep_alive_ns = ROAM_NEVER;
    options->dead_after_ns = 7 * NET_S;
}

static void short_handshake(roam_node_options *options)
{
    options->accept = true;
    options->handshake_timeout_ns = 3 * NET_S;
}

static net_pair alike(void (*change)(roam_node_options *options))
{
    return net_pair_new(&(net_pair_options){.change_a = change, .change_b = change, .apart = true});
}

static net_pair connected(void (*change)(roam_node_options *options))
{
    net_pair p = alike(change);
    net_pair_connect(&p);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_UP), 1, "up at a");
    CHECK(net_count(p.b, ROAM_EVENT_PEER_UP), 1, "up at b");
    return p;
}

static uint64_t time_of(const net_host *host, roam_event_kind kind)
{
    for (size_t i = host->event_count; i-- > 0;)
        if (host->events[i].event.kind == kind)
            return host->events[i].at_ns;
    return ROAM_NEVER;
}

static void check_down(const net_host *host, roam_down_reason reason, const char *when)
{
    const roam_event *down = net_last(host, ROAM_EVENT_PEER_DOWN);
    CHECK(net_count(host, ROAM_EVENT_PEER_DOWN), 1, "downs at %s, %s", host->name, when);
    if (down)
        CHECK_STRING(roam_down_reason_name(down->down.reason), roam_down_reason_name(reason));
}

/* ---- Liveness ---- */

static void test_keep_alive_keeps_it_up(void)
{
    net_pair p = connected(quick_tick);
    net_run_for(p.net, 600 * NET_S);
    CHECK(net_ups(p.a) + net_ups(p.b), 2, "both up after ten minutes of silence");
    CHECK(net_count(p.a, ROAM_EVENT_PEER_UP), 1, "and never down");
    net_free(p.net);
    p = connected(net_accepting); /* the defaults: 15 s, 60 s, 300 s */
    net_run_for(p.net, 3600 * NET_S);
    CHECK(net_ups(p.a) + net_ups(p.b), 2, "both up after an hour of silence");
    net_free(p.net);
}

static void note_time(net_host *host, const roam_message *message, uint64_t now_ns)
{
    (void)message;
    *(uint64_t *)host->user = now_ns;
}

/* When the other end vanishes, its last message counts. QUIC's idle timer starts once more with the
 * first packet sent after that (RFC 9000 section 10.1): the acknowledgement, after an eighth of the RTT. */
static void test_dead_after(void)
{
    static const struct {
        const char *name;
        void (*change)(roam_node_options *options);
        uint64_t dead_ns;
        roam_down_reason reason;
    } cases[] = {
        {.name = "tick", .change = quick_tick, .dead_ns = 4 * NET_S, .reason = ROAM_DOWN_TICK},
        {.name = "tick, the defaults",
         .change = net_accepting,
         .dead_ns = 60 * NET_S,
         .reason = ROAM_DOWN_TICK},
        {.name = "tick without keep-alive",
         .change = silent_but_impatient,
         .dead_ns = 7 * NET_S,
         .reason = ROAM_DOWN_TICK},
        {.name = "idle timeout",
         .change = never_ticking,
         .dead_ns = 20 * NET_S + 5 * NET_MS,
         .reason = ROAM_DOWN_IDLE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        net_pair p = connected(cases[i].change);
        net_run_for(p.net, 2 * NET_S);
        uint64_t last_ns = 0;
        p.a->user = &last_ns;
        p.a->on_message = note_time;
        net_send(p.b, (roam_peer_id){1}, 0, "last", 4);
        net_run_for(p.net, 30 * NET_MS);
        net_crash(p.b);
        net_run_for(p.net, 400 * NET_S);
        check_down(p.a, cases[i].reason, cases[i].name);
        uint64_t silent_ns = time_of(p.a, ROAM_EVENT_PEER_DOWN) - last_ns;
        CHECK(silent_ns, cases[i].dead_ns, "%s: silence", cases[i].name);
        CHECK(roam_peer_is_up(p.a->node, p.b_at_a), false, "%s: up", cases[i].name);
        CHECK(p.a->adapters_open, 0, "%s: adapters", cases[i].name);
        net_free(p.net);
    }
}

static void test_no_answer(void)
{
    net_pair p = alike(short_handshake);
    net_block(p.net, 1, true, true);
    net_dial(p.a, p.b);
    net_run_for(p.net, 60 * NET_S);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_UP), 0, "ups");
    check_down(p.a, ROAM_DOWN_HANDSHAKE, "no answer");
    CHECK(time_of(p.a, ROAM_EVENT_PEER_DOWN), 3 * NET_S, "time");
    CHECK(p.a->adapters_open, 0, "adapters");
    net_free(p.net);
}

/* ---- Ends on purpose ---- */

static void hang_up_a(net_pair *p)
{
    CHECK(roam_hang_up(p->a->node, p->b_at_a), 0, "hang up");
    CHECK(roam_peer_is_up(p->a->node, p->b_at_a), true, "up until the next step");
    net_poke(p->a);
}

static void hang_up_b(net_pair *p)
{
    CHECK(roam_hang_up(p->b->node, roam_peer_find(p->b->node, "a")), 0, "hang up");
    net_poke(p->b);
}

static void leave_b(net_pair *p)
{
    roam_node_leave(p->b->node);
    roam_node_leave(p->b->node); /* twice is once */
    net_poke(p->b);
}

static void test_leaving(void)
{
    static const struct {
        const char *name;
        void (*act)(net_pair *p);
        bool by_a;
    } cases[] = {{.name = "a hangs up", .act = hang_up_a, .by_a = true},
                 {.name = "b hangs up", .act = hang_up_b},
                 {.name = "b leaves", .act = leave_b}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        net_pair p = connected(net_accepting);
        cases[i].act(&p);
        net_run_for(p.net, 60 * NET_S);
        check_down(p.a, ROAM_DOWN_LEFT, cases[i].name);
        check_down(p.b, ROAM_DOWN_LEFT, cases[i].name);
        CHECK(net_count(p.a, ROAM_EVENT_LEFT), !cases[i].by_a, "%s: left at a", cases[i].name);
        CHECK(net_count(p.b, ROAM_EVENT_LEFT), cases[i].by_a, "%s: left at b", cases[i].name);
        CHECK(p.a->adapters_open, 0, "%s: adapters of a", cases[i].name);
        CHECK(p.b->adapters_open, 1, "%s: adapters of b, which listens", cases[i].name);
        CHECK(roam_send(p.a->node, p.b_at_a, 0, "x", 1), ROAM_ERR_NOT_CONNECTED, "%s: send", cases[i].name);
        CHECK(roam_hang_up(p.a->node, p.b_at_a), ROAM_ERR_NOT_CONNECTED, "%s: hang up again", cases[i].name);
        CHECK(roam_hang_up(p.a->node, (roam_peer_id){9}), ROAM_ERR_UNKNOWN_PEER, "%s: unknown",
              cases[i].name);
        net_free(p.net);
    }
}

/* Queued messages leave before the connection does. */
static void test_messages_before_hanging_up(void)
{
    net_pair p = connected(net_accepting);
    CHECK(roam_send(p.a->node, p.b_at_a, 0, "farewell", 8), 0, "send");
    CHECK(roam_hang_up(p.a->node, p.b_at_a), 0, "hang up");
    net_poke(p.a);
    net_run_for(p.net, NET_S);
    CHECK(p.b->messages, 1, "messages");
    CHECK(net_count(p.b, ROAM_EVENT_LEFT), 1, "left");
    net_free(p.net);
}

/* ---- Many, and slow ones ---- */

static void test_many_clients_of_one_node(void)
{
    enum { CLIENTS = 20 };
    net_fixture *net = net_new();
    net_host *server = net_add(net, "server", 1, net_accepting), *clients[CLIENTS];
    static const char names[CLIENTS][4] = {"c0",  "c1",  "c2",  "c3",  "c4",  "c5",  "c6",
                                           "c7",  "c8",  "c9",  "c10", "c11", "c12", "c13",
                                           "c14", "c15", "c16", "c17", "c18", "c19"};
    net_listen(server);
    for (size_t i = 0; i < CLIENTS; i++) {
        clients[i] = net_add(net, names[i], 0, NULL);
        net_dial(clients[i], server);
    }
    net_run_for(net, 2 * NET_S);
    CHECK(net_ups(server), CLIENTS, "ups at the server");
    for (size_t i = 0; i < CLIENTS; i++) {
        CHECK(net_ups(clients[i]), 1, "ups at client %zu", i);
        net_send(clients[i], (roam_peer_id){1}, i, names[i], 3);
    }
    net_run_for(net, NET_S);
    CHECK(server->messages, CLIENTS, "messages");
    net_free(net);
}

/* The connection IDs that b gives itself in long headers: one a connection. */
typedef struct sources {
    uint8_t id[20];
    size_t count;
} sources;

static bool note_source(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    sources *s = user;
    const uint8_t *d = datagram->data;
    if (from->bytes[3] != 2 || !(d[0] & 0x80))
        return false;
    const uint8_t *source = d + 6 + d[5]; /* RFC 8999 section 5.1 */
    if (s->count == 0 || memcmp(s->id, source, 1 + (size_t)source[0]) != 0)
        s->count++;
    memcpy(s->id, source, 1 + (size_t)source[0]);
    return false;
}

/* The client repeats its first packet before the answer comes: still one connection. */
static void test_slow_handshake(void)
{
    net_pair p = alike(net_accepting);
    sources seen = {.count = 0};
    net_filter(p.net, note_source, &seen);
    net_delay(p.net, 1, 1500 * NET_MS); /* a round trip of 3 s; the first PTO is 999 ms */
    net_dial(p.a, p.b);
    net_run_for(p.net, 30 * NET_S);
    CHECK(seen.count, 1, "connections that b began");
    CHECK(net_count(p.a, ROAM_EVENT_PEER_UP), 1, "ups at a");
    CHECK(net_count(p.b, ROAM_EVENT_PEER_UP), 1, "ups at b");
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN) + net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "downs");
    net_free(p.net);
}

/* ---- Beginning again ---- */

static void check_talk(net_pair *p, const char *when)
{
    uint64_t at_a = p->a->messages, at_b = p->b->messages;
    CHECK(net_ups(p->a), 1, "ups less downs at a, %s", when);
    CHECK(net_ups(p->b), 1, "ups less downs at b, %s", when);
    if (!roam_peer_is_up(p->a->node, roam_peer_find(p->a->node, "b")) ||
        !roam_peer_is_up(p->b->node, roam_peer_find(p->b->node, "a")))
        return;
    net_send(p->a, roam_peer_find(p->a->node, "b"), 0, "x", 1);
    net_send(p->b, roam_peer_find(p->b->node, "a"), 0, "x", 1);
    net_run_for(p->net, NET_S);
    CHECK(p->a->messages - at_a, 1, "messages at a, %s", when);
    CHECK(p->b->messages - at_b, 1, "messages at b, %s", when);
}

static void test_redial_keeps_the_peer_id(void)
{
    net_pair p = connected(net_accepting);
    for (int i = 0; i < 5; i++) {
        hang_up_a(&p);
        net_run_for(p.net, NET_S);
        net_dial(p.a, p.b);
        net_run_for(p.net, NET_S);
        CHECK(roam_peer_find(p.a->node, "b").value, p.b_at_a.value, "peer id");
        check_talk(&p, "redialled");
    }
    net_free(p.net);
}

/* The end that dialled crashes and comes again: its new connection replaces the old one at the other end. */
static void test_dialling_end_crashes(void)
{
    net_pair p = connected(net_accepting);
    net_crash(p.a);
    net_run_for(p.net, NET_S);
    net_restart(p.a, net_accepting);
    p.a->event_count = 0;
    net_dial(p.a, p.b);
    net_run_for(p.net, 2 * NET_S);
    CHECK(net_count(p.b, ROAM_EVENT_PEER_UP), 2, "ups at b");
    CHECK(net_last(p.b, ROAM_EVENT_PEER_DOWN)->down.code, ROAM_CLOSE_DUPLICATE, "code at b");
    check_talk(&p, "after a's crash");
    net_free(p.net);
}

/* The accepting end crashes and comes again with its old key: the first datagram that it cannot understand,
 * here a keep-alive PING, it answers with a stateless reset that the other end believes. */
static void test_accepting_end_crashes(void)
{
    net_pair p = connected(net_accepting);
    net_crash(p.b);
    net_restart(p.b, net_accepting);
    p.b->event_count = 0;
    net_listen(p.b);
    net_run_for(p.net, 20 * NET_S);
    check_down(p.a, ROAM_DOWN_RESET, "b restarted");
    net_dial(p.a, p.b);
    net_run_for(p.net, 2 * NET_S);
    check_talk(&p, "after b's crash");
    net_free(p.net);
}

static void dial_when_down(net_host *host, const roam_event *event, uint64_t now_ns)
{
    net_host *other = host->user;
    roam_addr remote = net_addr(other, other->network, 4433);
    roam_peer_id peer;
    if (event->kind == ROAM_EVENT_PEER_DOWN) {
        int rv = roam_dial(host->node, other->name, &remote, NULL, now_ns, &peer);
        CHECK(rv == 0 || rv == ROAM_ERR_EXISTS, true, "dial inside the callback: %d", rv);
    }
}

/* Whoever is told that the peer is down dials at once, inside the callback. */
static void test_dial_inside_peer_down(void)
{
    net_pair p = connected(net_accepting);
    net_listen(p.a);
    p.a->on_event = p.b->on_event = dial_when_down;
    p.a->user = p.b;
    p.b->user = p.a;
    for (int i = 0; i < 3; i++) {
        CHECK(roam_hang_up(p.a->node, roam_peer_find(p.a->node, "b")), 0, "hang up");
        net_poke(p.a);
        net_run_for(p.net, 5 * NET_S);
        check_talk(&p, "dialled from the callback");
        CHECK(p.a->adapters_open + p.b->adapters_open, 3, "adapters");
    }
    net_free(p.net);
}

static const check_test tests[] = {
    {"keep-alive keeps it up", test_keep_alive_keeps_it_up},
    {"dead after silence", test_dead_after},
    {"no answer", test_no_answer},
    {"leaving", test_leaving},
    {"messages before hanging up", test_messages_before_hanging_up},
    {"many clients of one node", test_many_clients_of_one_node},
    {"a slow handshake", test_slow_handshake},
    {"a redial keeps the peer id", test_redial_keeps_the_peer_id},
    {"the dialling end crashes", test_dialling_end_crashes},
    {"the accepting end crashes", test_accepting_end_crashes},
    {"dialling inside peer_down", test_dial_inside_peer_down},
};

CHECK_MAIN("connection", tests)
