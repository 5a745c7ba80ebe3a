/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Peers that mean harm: closed with the right code, in bounded memory, and to nobody else's harm. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tests/allocation.h"
#include "core/tests/check.h"
#include "core/tests/net.h"
#include "core/tests/streams.h"

enum { MALLORY_NETWORK = 5, CODE_NONE = -1, HALF_OPEN = 256 };

/* RFC 9001 section 4.8, RFC 8446 section 6: no_application_protocol and bad_certificate as QUIC error codes.
 */
enum { NO_APPLICATION_PROTOCOL = 0x178 };

static void accepting(roam_node_options *options)
{
    options->accept = true;
    options->max_message_bytes = 100000;
    options->max_half_open = HALF_OPEN;
}

static void victim_options(roam_node_options *options)
{
    streams_watch(options);
    accepting(options);
}

/* Speaks the dist protocol's name, and whatever streams it likes. */
static void raw(roam_node_options *options)
{
    streams_watch(options);
    options->accept = false;
    options->protocol = ROAM_PROTOCOL_RAW;
    options->trust = ROAM_TRUST_ANY;
    options->alpn = ROAM_ALPN;
}

static void another_alpn(roam_node_options *options)
{
    options->alpn = "roam-dist/9";
}

typedef struct scene {
    net_fixture *net;
    net_host *victim, *honest, *mallory;
    roam_peer_id honest_peer; /* the victim at honest */
    roam_peer_id peer;        /* the victim at mallory */
    streams_watcher at_victim, at_mallory;
} scene;

static void scene_init(scene *s, void (*change_mallory)(roam_node_options *options))
{
    memset(s, 0, sizeof *s);
    s->net = net_new();
    s->victim = net_add(s->net, "victim", 1, victim_options);
    s->honest = net_add(s->net, "honest", 0, NULL);
    s->mallory = net_add(s->net, "mallory", MALLORY_NETWORK, change_mallory);
    s->victim->user = &s->at_victim;
    s->mallory->user = &s->at_mallory;
    net_listen(s->victim);
    s->honest_peer = net_connect(s->honest, s->victim);
    net_run_for(s->net, NET_S);
}

static void mallory_dials(scene *s)
{
    net_dial(s->mallory, s->victim);
    s->peer = roam_peer_find(s->mallory->node, "victim");
    net_run_for(s->net, NET_S);
}

/* The honest peer has noticed nothing. */
static void scene_end(scene *s, const char *what)
{
    net_run_for(s->net, NET_S);
    uint64_t at_honest = s->honest->messages, at_victim = s->victim->messages;
    net_send(s->honest, s->honest_peer, 0, "x", 1);
    net_send(s->victim, roam_peer_find(s->victim->node, "honest"), 0, "y", 1);
    net_run_for(s->net, NET_S);
    CHECK(s->honest->messages - at_honest, 1, "%s: message to the honest peer", what);
    CHECK(s->victim->messages - at_victim, 1, "%s: message from the honest peer", what);
    CHECK(net_count(s->honest, ROAM_EVENT_PEER_DOWN), 0, "%s: downs of the honest peer", what);
    net_free(s->net);
}

static int code_of(const net_host *host)
{
    const roam_event *down = net_last(host, ROAM_EVENT_PEER_DOWN);
    return down ? (int)down->down.code : CODE_NONE;
}

/* ---- Frames of the dist protocol ---- */

typedef enum where { CONTROL, USER, DATA } where;

typedef struct write {
    where stream;
    const char *bytes;
    size_t len;
    bool fin;
} write;

#define BYTES(literal) literal, sizeof literal - 1
#define HELLO                                                                                                \
    {                                                                                                        \
        CONTROL, BYTES("\1\5\1\x80\1\0\0"), false                                                            \
    } /* version 1, messages of 64 kB */

static const struct {
    const char *what;
    write writes[4];
    int code;
} violations[] = {
    {.what = "nothing but HELLO", .writes = {HELLO}, .code = CODE_NONE},
    {.what = "a tick before HELLO", .writes = {{CONTROL, BYTES("\2\0"), false}}, .code = ROAM_CLOSE_PROTOCOL},
    {.what = "HELLO twice", .writes = {HELLO, HELLO}, .code = ROAM_CLOSE_PROTOCOL},
    {.what = "HELLO of another version",
     .writes = {{CONTROL, BYTES("\1\2\2\1"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "HELLO with no payload",
     .writes = {{CONTROL, BYTES("\1\0"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "HELLO with half a payload",
     .writes = {{CONTROL, BYTES("\1\1\1"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "HELLO with half a number",
     .writes = {{CONTROL, BYTES("\1\2\1\x80"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "a version longer than the frame",
     .writes = {{CONTROL, BYTES("\1\2\xc0\1"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "half of HELLO, and the end", .writes = {{CONTROL, BYTES("\1\5\1"), true}}, .code = CODE_NONE},
    {.what = "an unknown frame after HELLO",
     .writes = {HELLO, {CONTROL, BYTES("\x3f\3abc"), false}},
     .code = CODE_NONE},
    {.what = "a long control frame",
     .writes = {HELLO, {CONTROL, BYTES("\3\x50\1"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "an endless control frame",
     .writes = {HELLO, {CONTROL, BYTES("\3\xff\xff\xff\xff\xff\xff\xff\xff"), false}},
     .code = 4},
    {.what = "the control stream ends", .writes = {HELLO, {CONTROL, BYTES("\2\0"), true}}, .code = CODE_NONE},
    {.what = "a message", .writes = {HELLO, {DATA, BYTES("\0\3\7abc"), false}}, .code = CODE_NONE},
    {.what = "a data stream of another type",
     .writes = {HELLO, {DATA, BYTES("\1"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "an oversize message",
     .writes = {HELLO, {DATA, BYTES("\0\x80\1\x86\xa1\0"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "the largest number",
     .writes = {HELLO, {DATA, BYTES("\0\xff\xff\xff\xff\xff\xff\xff\xff\0"), false}},
     .code = 4},
    {.what = "half a message, and the end",
     .writes = {HELLO, {DATA, BYTES("\0\11\7abc"), true}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "half a head, and the end",
     .writes = {HELLO, {DATA, BYTES("\0\x80"), true}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "a data stream that ends",
     .writes = {HELLO, {DATA, BYTES("\0\3\7abc"), true}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "a message before HELLO",
     .writes = {{DATA, BYTES("\0\3\7abc"), false}},
     .code = ROAM_CLOSE_HANDSHAKE},
    {.what = "a user stream before HELLO",
     .writes = {{USER, BYTES("\1\0\0abc"), false}},
     .code = ROAM_CLOSE_HANDSHAKE},
    {.what = "a user stream", .writes = {HELLO, {USER, BYTES("\1\7\3tagdata"), true}}, .code = CODE_NONE},
    {.what = "a user stream of another type",
     .writes = {HELLO, {USER, BYTES("\2\0\0"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "a user stream of priority 8",
     .writes = {HELLO, {USER, BYTES("\1\x08\0"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "a tag of 256 bytes",
     .writes = {HELLO, {USER, BYTES("\1\0\x41\0"), false}},
     .code = ROAM_CLOSE_PROTOCOL},
    {.what = "half a preamble, and the end",
     .writes = {HELLO, {USER, BYTES("\1\0\3ta"), true}},
     .code = ROAM_CLOSE_PROTOCOL},
};

static void write_to(scene *s, roam_stream_id ids[3], const write *w)
{
    roam_node *node = s->mallory->node;
    if (ids[w->stream].value < 0 && w->stream == DATA)
        CHECK(roam_stream_open_unidirectional(node, s->peer, 0, &ids[DATA]), 0, "open");
    else if (ids[w->stream].value < 0)
        CHECK(roam_stream_open(node, s->peer, NULL, 0, 0, &ids[w->stream]), 0, "open");
    streams_seen_of(&s->at_mallory, ids[w->stream].value, true);
    if (!roam_peer_is_up(node, s->peer))
        return;
    CHECK(roam_stream_send(node, s->peer, ids[w->stream], w->bytes, w->len, w->fin), 0, "send");
    net_poke(s->mallory);
    net_run_for(s->net, 200 * NET_MS);
}

static void test_violations(void)
{
    for (size_t i = 0; i < sizeof violations / sizeof violations[0]; i++) {
        scene s;
        scene_init(&s, raw);
        mallory_dials(&s);
        roam_stream_id ids[3] = {{-1}, {-1}, {-1}};
        if (!CHECK(roam_peer_is_up(s.mallory->node, s.peer), true, "%s: handshake", violations[i].what))
            continue;
        /* Bidirectional streams are numbered in order: the first is the control stream, used or not. */
        CHECK(roam_stream_open(s.mallory->node, s.peer, NULL, 0, 0, &ids[CONTROL]), 0, "open");
        for (size_t w = 0; w < 4 && violations[i].writes[w].bytes; w++)
            write_to(&s, ids, &violations[i].writes[w]);
        bool waits_for_hello = violations[i].writes[0].stream != CONTROL;
        net_run_for(s.net, waits_for_hello ? 12 * NET_S : NET_S);
        CHECK(code_of(s.mallory), violations[i].code, "%s: close code", violations[i].what);
        CHECK(net_ups(s.victim),
              violations[i].code == CODE_NONE && strncmp(violations[i].what, "half of", 7) ? 2 : 1,
              "%s: peers that are up", violations[i].what);
        scene_end(&s, violations[i].what);
    }
}

/* Who is let in by TLS and then says nothing is let go. */
static void test_silent(void)
{
    scene s;
    scene_init(&s, raw);
    mallory_dials(&s);
    net_run_for(s.net, 8 * NET_S);
    CHECK(code_of(s.mallory), CODE_NONE, "close code before 10 s");
    net_run_for(s.net, 2 * NET_S);
    CHECK(code_of(s.mallory), ROAM_CLOSE_HANDSHAKE, "close code after 10 s");
    CHECK(net_count(s.victim, ROAM_EVENT_PEER_UP), 1, "ups at the victim");
    scene_end(&s, "silent");
}

/* ---- Who they are ---- */

static void test_wrong_alpn(void)
{
    scene s;
    scene_init(&s, another_alpn);
    mallory_dials(&s);
    const roam_event *down = net_last(s.mallory, ROAM_EVENT_PEER_DOWN);
    CHECK(code_of(s.mallory), NO_APPLICATION_PROTOCOL, "close code");
    CHECK(down && !down->down.application && down->down.reason == ROAM_DOWN_REJECTED, true,
          "rejected by TLS");
    CHECK(net_count(s.victim, ROAM_EVENT_PEER_UP), 1, "ups at the victim");
    scene_end(&s, "wrong ALPN");
}

static void test_wrong_key(void)
{
    scene s;
    uint8_t key[ROAM_KEY_BYTES] = {1, 2, 3};
    scene_init(&s, NULL);
    CHECK(roam_node_pin(s.victim->node, "mallory", key), 0, "pin of another key");
    mallory_dials(&s);
    CHECK(code_of(s.mallory), ROAM_CLOSE_KEY_MISMATCH, "close code");
    CHECK(net_count(s.victim, ROAM_EVENT_PEER_UP), 1, "ups at the victim");
    scene_end(&s, "wrong key");
}

/* ---- Memory ---- */

/* Long messages are announced on all streams, and never come: what they say costs nothing. */
static void test_announced_and_never_sent(void)
{
    scene s;
    scene_init(&s, raw);
    mallory_dials(&s);
    roam_stream_id ids[3] = {{-1}, {-1}, {-1}};
    const write hello = HELLO;
    write_to(&s, ids, &hello);
    size_t before = allocation_look().bytes;
    int opened = 0;
    for (;; opened++) {
        if (roam_stream_open_unidirectional(s.mallory->node, s.peer, 0, &ids[DATA]))
            break;
        CHECK(roam_stream_send(s.mallory->node, s.peer, ids[DATA], "\0\x80\1\x86\x9f\0abc", 9, false), 0,
              "send");
    }
    net_poke(s.mallory);
    net_run_for(s.net, NET_S);
    size_t after = allocation_look().bytes;
    CHECK(opened, 64, "streams that the victim allows");
    CHECK(code_of(s.mallory), CODE_NONE, "close code");
    CHECK(after - before < 64 * 8192, true, "bytes for 64 streams, both ends: %zu", after - before);
    scene_end(&s, "announced and never sent");
}

/* Streams opened and cut short, over and over. */
static void test_streams_over_and_over(void)
{
    scene s;
    scene_init(&s, NULL);
    mallory_dials(&s);
    size_t before = 0, blocked = 0;
    for (int i = 0; i < 5000; i++) {
        roam_stream_id id;
        int rv = roam_stream_open(s.mallory->node, s.peer, "x", 1, 0, &id);
        blocked += rv == ROAM_ERR_WOULD_BLOCK;
        if (rv == 0) {
            CHECK(roam_stream_send(s.mallory->node, s.peer, id, "abc", 3, false), 0, "send");
            if (i % 2)
                net_poke(s.mallory); /* half of them are never seen */
            CHECK(roam_stream_reset(s.mallory->node, s.peer, id), 0, "reset");
        }
        if (i % 50 == 0)
            net_run_for(s.net, 100 * NET_MS);
        if (i == 500)
            before = allocation_look().bytes;
    }
    net_run_for(s.net, 5 * NET_S);
    size_t after = allocation_look().bytes;
    CHECK(after < before + 100000, true, "bytes after 500 streams %zu, after 5000 %zu", before, after);
    CHECK(net_ups(s.victim), 2, "ups");
    CHECK(blocked < 100, true, "refused: %zu", blocked);
    scene_end(&s, "streams over and over");
}

/* A flood of messages is held back by flow control, not kept. */
static void test_user_stream_that_floods(void)
{
    scene s;
    scene_init(&s, raw);
    mallory_dials(&s);
    roam_stream_id ids[3] = {{-1}, {-1}, {-1}};
    static const uint8_t zeros[1 << 20];
    const write early = {DATA, (const char *)zeros, sizeof zeros, false};
    size_t before = allocation_look().bytes;
    for (int i = 0; i < 4; i++)
        CHECK(roam_stream_open(s.mallory->node, s.peer, NULL, 0, 0, &ids[CONTROL]), 0, "open");
    write_to(&s, ids, &early); /* before HELLO: kept, up to the window */
    net_run_for(s.net, 3 * NET_S);
    size_t after = allocation_look().bytes;
    CHECK(after - before < 5 << 20, true, "bytes, both ends: %zu", after - before);
    net_run_for(s.net, 10 * NET_S);
    CHECK(code_of(s.mallory), ROAM_CLOSE_HANDSHAKE, "close code");
    scene_end(&s, "a flood before HELLO");
}

/* ---- First flights ---- */

typedef struct capture {
    uint8_t data[1500];
    size_t len;
    uint64_t to_mallory, from_mallory; /* bytes */
} capture;

static bool keep(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    capture *c = user;
    if (from->bytes[1] == MALLORY_NETWORK)
        c->from_mallory += datagram->len;
    if (datagram->remote.bytes[1] == MALLORY_NETWORK)
        c->to_mallory += datagram->len;
    if (c->len == 0 && from->bytes[3] == 3) {
        c->len = datagram->len;
        memcpy(c->data, datagram->data, datagram->len);
    }
    return false;
}

/* A first flight again and again from elsewhere: while its connection lives, and after. */
static void test_replayed_first_flight(void)
{
    scene s;
    capture c = {.len = 0};
    scene_init(&s, NULL);
    net_filter(s.net, keep, &c);
    mallory_dials(&s);
    CHECK(net_ups(s.victim), 2, "ups");
    size_t before = allocation_look().bytes;
    roam_addr local = net_addr(s.victim, 1, 4433);
    for (int life = 0; life < 2; life++) {
        for (uint16_t i = 0; i < 500; i++) {
            roam_addr from = {.family = ROAM_FAMILY_IPV4, .port = (uint16_t)(1 + i), .bytes = {10, 4, 0, 99}};
            net_inject(s.victim, &local, &from, c.data, c.len);
        }
        size_t after = allocation_look().bytes;
        CHECK(after < before + 400000, true, "bytes before %zu, after %zu, life %d", before, after, life);
        CHECK(net_count(s.victim, ROAM_EVENT_PEER_UP), 2, "ups told, life %d", life);
        if (life == 0) {
            net_send(s.mallory, s.peer, 0, "x", 1);
            net_run_for(s.net, NET_S);
            CHECK(s.victim->messages, 1, "messages of the connection that was replayed");
            CHECK(roam_hang_up(s.mallory->node, s.peer), 0, "hang up");
            net_run_for(s.net, 15 * NET_S);
        }
    }
    scene_end(&s, "replayed first flight");
}

/* 10,000 handshakes that never go on, each from another address: a bounded number is kept, the others are
 * asked for proof of their address; who is honest comes in all the same, and all is forgotten in the end. */
static void test_half_open(void)
{
    enum { FLOOD = 10000, BATCH = 500, BYTES_EACH = 120000 };
    scene s;
    capture c = {.len = 1};
    scene_init(&s, NULL);
    net_filter(s.net, keep, &c);
    net_block(s.net, MALLORY_NETWORK, false,
              true); /* nothing comes back to an address that is not one's own */
    roam_addr remote = net_addr(s.victim, 1, 4433);
    net_crash(s.mallory);
    size_t before = allocation_look().bytes, most = 0;
    for (int i = 0; i < FLOOD; i++) {
        char name[32];
        roam_peer_id peer;
        if (i % BATCH == 0)
            net_restart(s.mallory, NULL);
        snprintf(name, sizeof name, "x%d", i);
        if (roam_dial(s.mallory->node, name, &remote, NULL, net_now(s.net), &peer))
            CHECK(i, -1, "dial");
        if (i % BATCH < BATCH - 1)
            continue;
        net_poke(s.mallory);
        net_crash(s.mallory);
        net_run_for(s.net, 50 * NET_MS); /* 10,000 in one second */
        size_t now = allocation_look().bytes;
        most = now > most ? now : most;
    }
    CHECK(most - before < (size_t)HALF_OPEN * BYTES_EACH, true, "bytes at most: %zu", most - before);
    CHECK(c.to_mallory <= 3 * c.from_mallory, true, "%d bytes in answer to %d", (int)c.to_mallory,
          (int)c.from_mallory);
    net_host *late = net_add(s.net, "late", 3, NULL);
    net_connect(late, s.victim);
    CHECK(net_ups(late), 1, "ups of who comes meanwhile");
    CHECK(net_count(s.victim, ROAM_EVENT_PEER_UP), 2, "ups at the victim");
    net_run_for(s.net, 25 * NET_S);
    size_t after = allocation_look().bytes;
    CHECK(after - before < 1 << 20, true, "bytes in the end: %zu", after - before);
    net_restart(s.mallory, NULL); /* for net_free */
    scene_end(&s, "half-open handshakes");
}

static const check_test tests[] = {
    {"violations of the dist protocol", test_violations},
    {"silent after the handshake", test_silent},
    {"wrong ALPN", test_wrong_alpn},
    {"wrong key", test_wrong_key},
    {"announced and never sent", test_announced_and_never_sent},
    {"streams over and over", test_streams_over_and_over},
    {"a flood before HELLO", test_user_stream_that_floods},
    {"replayed first flight", test_replayed_first_flight},
    {"10,000 half-open handshakes", test_half_open},
};

CHECK_MAIN("hostile", tests)
