/* SPDX-License-Identifier: GPL-2.0-or-later */
/* User streams: tag, order of priority, flow control and back-pressure, ends, and migrations under way. */
#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"
#include "core/tests/streams.h"

static void no_streams(roam_node_options *options)
{
    streams_watch(options);
    options->callbacks.stream_opened = NULL;
}

static void few_streams(roam_node_options *options)
{
    streams_watch(options);
    options->max_user_streams = 3;
}

static void small_windows(roam_node_options *options)
{
    streams_watch(options);
    options->max_queued_bytes = 50000;
    options->initial_stream_window = 20000;
    options->initial_connection_window = 40000;
}

static void raw(roam_node_options *options)
{
    streams_watch(options);
    options->protocol = ROAM_PROTOCOL_RAW;
    options->alpn = "echo";
}

/* What both ends see. */
typedef struct seen_streams {
    streams_watcher at_a, at_b;
} seen_streams;

static net_pair watched(seen_streams *seen, void (*change)(roam_node_options *options), bool apart)
{
    net_pair p = net_pair_new(
        &(net_pair_options){.change_a = change, .change_b = change, .apart = apart, .idle_ns = NET_S});
    memset(seen, 0, sizeof *seen);
    p.a->user = &seen->at_a;
    p.b->user = &seen->at_b;
    return p;
}

static roam_stream_id open_stream(net_host *host, roam_peer_id peer, const char *tag, uint8_t priority)
{
    roam_stream_id id = {-1};
    CHECK(roam_stream_open(host->node, peer, tag, strlen(tag), priority, &id), 0, "open %s", tag);
    streams_seen *s = streams_seen_of(host->user, id.value, true); /* what we opened we know */
    s->opened++;
    return id;
}

static uint8_t *pattern(size_t len, uint64_t seed)
{
    uint8_t *bytes = malloc(len + 8);
    for (size_t i = 0; i < len; i += 8) {
        uint64_t word = check_random(&seed);
        memcpy(bytes + i, &word, 8);
    }
    return bytes;
}

/* ---- Tag, and fin both ways ---- */

static void fin_both_ways(net_host *opener, net_host *other, roam_peer_id peer, size_t tag_len)
{
    char tag[ROAM_TAG_MAX];
    memset(tag, 't', sizeof tag);
    roam_stream_id id;
    streams_watcher *at_opener = opener->user, *at_other = other->user;
    at_other->echo = true;
    CHECK(roam_stream_open(opener->node, peer, tag, tag_len, 5, &id), 0, "open");
    streams_seen *mine = streams_seen_of(at_opener, id.value, true);
    mine->opened = 1;
    CHECK(roam_stream_send(opener->node, peer, id, "hello ", 6, false), 0, "send");
    CHECK(roam_stream_send(opener->node, peer, id, "world", 5, true), 0, "send the last");
    CHECK(roam_stream_send(opener->node, peer, id, "!", 1, false), ROAM_ERR_UNKNOWN_STREAM, "send after fin");
    net_poke(opener);
    net_run_for(opener->net, 2 * NET_S);
    const streams_seen *theirs = streams_seen_of(at_other, id.value, false);
    const char *who = opener->name;
    CHECK(theirs->opened, 1, "opened by %s: told, tag of %zu", who, tag_len);
    CHECK(theirs->tag_len, tag_len, "opened by %s: tag length", who);
    CHECK(memcmp(theirs->tag, tag, tag_len), 0, "opened by %s: tag", who);
    CHECK(theirs->priority, 5, "opened by %s: priority", who);
    CHECK(theirs->bytes, 11, "opened by %s: bytes there", who);
    CHECK(theirs->hash == streams_hash((const uint8_t *)"hello world", 11), true, "opened by %s: data there",
          who);
    CHECK(theirs->fins, 1, "opened by %s: fins there", who);
    CHECK(theirs->closed, 1, "opened by %s: closed there", who);
    CHECK(theirs->resets, 0, "opened by %s: reset there", who);
    CHECK(mine->bytes, 11, "opened by %s: bytes back", who);
    CHECK(mine->fins, 1, "opened by %s: fins back", who);
    CHECK(mine->closed, 1, "opened by %s: closed here", who);
    CHECK(mine->resets, 0, "opened by %s: reset here", who);
    CHECK(roam_stream_send(opener->node, peer, id, "!", 1, false), ROAM_ERR_UNKNOWN_STREAM, "send when over");
    CHECK(roam_stream_reset(opener->node, peer, id), ROAM_ERR_UNKNOWN_STREAM, "reset when over");
    at_other->echo = false;
}

static void test_tag_and_fin(void)
{
    static const size_t lens[] = {0, 1, 63, 64, 255};
    seen_streams seen;
    net_pair p = watched(&seen, streams_watch, false);
    for (size_t i = 0; i < sizeof lens / sizeof lens[0]; i++) {
        fin_both_ways(p.a, p.b, p.b_at_a, lens[i]);
        fin_both_ways(p.b, p.a, p.a_at_b, lens[i]);
    }
    CHECK(seen.at_a.unknown + seen.at_b.unknown, 0, "calls about unknown streams");
    net_free(p.net);
}

/* fin alone, with no byte at all. */
static void test_empty(void)
{
    seen_streams seen;
    net_pair p = watched(&seen, streams_watch, false);
    seen.at_b.echo = true;
    roam_stream_id id = open_stream(p.a, p.b_at_a, "", 0);
    CHECK(roam_stream_send(p.a->node, p.b_at_a, id, NULL, 0, true), 0, "fin alone");
    net_poke(p.a);
    net_run_for(p.net, NET_S);
    CHECK(streams_seen_of(&seen.at_b, id.value, false)->fins, 1, "fins at b");
    CHECK(streams_seen_of(&seen.at_a, id.value, false)->fins, 1, "fins at a");
    CHECK(streams_seen_of(&seen.at_a, id.value, false)->closed, 1, "closed at a");
    CHECK(streams_seen_of(&seen.at_b, id.value, false)->closed, 1, "closed at b");
    net_free(p.net);
}

static void test_arguments(void)
{
    seen_streams seen;
    net_pair p = watched(&seen, streams_watch, false);
    char tag[ROAM_TAG_MAX + 1] = {0};
    roam_stream_id id = {-7};
    const roam_stream_id nowhere = {400}, control = {0};
    CHECK(roam_stream_open(p.a->node, p.b_at_a, tag, sizeof tag, 0, &id), ROAM_ERR_INVALID_ARGUMENT, "tag");
    CHECK(roam_stream_open(p.a->node, p.b_at_a, tag, 1, 8, &id), ROAM_ERR_INVALID_ARGUMENT, "priority");
    CHECK(roam_stream_open(p.a->node, (roam_peer_id){9}, tag, 1, 0, &id), ROAM_ERR_UNKNOWN_PEER, "peer");
    CHECK(id.value, -7, "output of those");
    CHECK(roam_stream_send(p.a->node, p.b_at_a, nowhere, "x", 1, false), ROAM_ERR_UNKNOWN_STREAM, "stream");
    CHECK(roam_stream_send(p.a->node, p.b_at_a, control, "x", 1, false), ROAM_ERR_UNKNOWN_STREAM,
          "the dist channel's own stream");
    CHECK(roam_stream_reset(p.a->node, p.b_at_a, control), ROAM_ERR_UNKNOWN_STREAM, "reset of that");
    CHECK(roam_stream_send(p.a->node, (roam_peer_id){9}, nowhere, "x", 1, false), ROAM_ERR_UNKNOWN_PEER,
          "send to nobody");
    CHECK(roam_stream_reset(p.a->node, (roam_peer_id){9}, nowhere), ROAM_ERR_UNKNOWN_PEER, "reset to nobody");
    CHECK(roam_hang_up(p.a->node, p.b_at_a), 0, "hang up");
    net_poke(p.a);
    CHECK(roam_stream_open(p.a->node, p.b_at_a, tag, 1, 0, &id), ROAM_ERR_NOT_CONNECTED, "open when down");
    CHECK(roam_stream_send(p.a->node, p.b_at_a, nowhere, "x", 1, false), ROAM_ERR_NOT_CONNECTED, "when down");
    CHECK(roam_stream_reset(p.a->node, p.b_at_a, nowhere), ROAM_ERR_NOT_CONNECTED, "reset when down");
    net_free(p.net);
}

/* ---- Priority ---- */

/* Streams of all priorities, opened in the reverse order, over a slow start: the lower number ends first. */
static void test_priority(void)
{
    seen_streams seen;
    net_pair p = watched(&seen, streams_watch, false);
    roam_stream_id ids[ROAM_PRIORITY_LAST + 1];
    uint8_t *bytes = pattern(100000, 1);
    for (int priority = ROAM_PRIORITY_LAST; priority >= 0; priority--) {
        ids[priority] = open_stream(p.a, p.b_at_a, "p", (uint8_t)priority);
        CHECK(roam_stream_send(p.a->node, p.b_at_a, ids[priority], bytes, 100000, true), 0, "send");
    }
    net_poke(p.a);
    net_run_for(p.net, 20 * NET_S);
    for (int i = 0; i <= ROAM_PRIORITY_LAST; i++) {
        const streams_seen *s = streams_seen_of(&seen.at_b, ids[i].value, false);
        CHECK(s->bytes, 100000, "bytes of priority %d", i);
        if (i > 0)
            CHECK(s->last_ns >= streams_seen_of(&seen.at_b, ids[i - 1].value, false)->last_ns, true,
                  "priority %d does not end before %d", i, i - 1);
    }
    CHECK(streams_seen_of(&seen.at_b, ids[0].value, false)->last_ns <
              streams_seen_of(&seen.at_b, ids[ROAM_PRIORITY_LAST].value, false)->first_ns,
          true, "the first ends before the last begins");
    free(bytes);
    net_free(p.net);
}

/* Equal priorities take turns: none waits for another's end. */
static void test_turns(void)
{
    seen_streams seen;
    net_pair p = watched(&seen, streams_watch, false);
    roam_stream_id ids[4];
    uint8_t *bytes = pattern(100000, 1);
    for (int i = 0; i < 4; i++) {
        ids[i] = open_stream(p.a, p.b_at_a, "t", 3);
        CHECK(roam_stream_send(p.a->node, p.b_at_a, ids[i], bytes, 100000, true), 0, "send");
    }
    net_poke(p.a);
    net_run_for(p.net, 20 * NET_S);
    for (int i = 1; i < 4; i++)
        CHECK(streams_seen_of(&seen.at_b, ids[i].value, false)->first_ns <
                  streams_seen_of(&seen.at_b, ids[0].value, false)->last_ns,
              true, "stream %d begins before the first ends", i);
    free(bytes);
    net_free(p.net);
}

/* ---- Many at once, the limit, and windows ---- */

static void limit_of(net_host *host, net_host *other, roam_peer_id peer)
{
    roam_stream_id ids[3], more;
    streams_watcher *there = other->user;
    there->echo = true;
    for (int turn = 0; turn < 20; turn++) { /* those that ended make room */
        for (int i = 0; i < 3; i++)
            ids[i] = open_stream(host, peer, "l", 0);
        CHECK(roam_stream_open(host->node, peer, "l", 1, 0, &more), ROAM_ERR_WOULD_BLOCK,
              "a fourth of %s, turn %d", host->name, turn);
        for (int i = 0; i < 3; i++)
            CHECK(roam_stream_send(host->node, peer, ids[i], "x", 1, true), 0, "send");
        net_poke(host);
        net_run_for(host->net, NET_S);
    }
    there->echo = false;
}

static void test_limit(void)
{
    seen_streams seen;
    net_pair p = watched(&seen, few_streams, false);
    limit_of(p.a, p.b, p.b_at_a);
    limit_of(p.b, p.a, p.a_at_b);
    CHECK(seen.at_a.unknown + seen.at_b.unknown, 0, "calls about unknown streams");
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN), 0, "downs");
    net_free(p.net);
}

/* Sends what is left of each stream's bytes as long as it is taken, and goes on when it is writable. */
typedef struct source {
    streams_watcher watched; /* first: what the callbacks of streams look for */
    const uint8_t *bytes;
    size_t len;
    roam_stream_id ids[STREAMS_SEEN_MAX];
    size_t sent[STREAMS_SEEN_MAX];
    size_t count, refused, writable;
} source;

static void feed(net_host *host, source *s, size_t i, roam_peer_id peer)
{
    while (s->sent[i] < s->len) {
        size_t n = s->len - s->sent[i] < 7000 ? s->len - s->sent[i] : 7000;
        int rv =
            roam_stream_send(host->node, peer, s->ids[i], s->bytes + s->sent[i], n, s->sent[i] + n == s->len);
        if (rv) {
            CHECK(rv, ROAM_ERR_WOULD_BLOCK, "send of stream %zu", i);
            s->refused++;
            return;
        }
        s->sent[i] += n;
    }
}

static void on_writable(net_host *host, const roam_event *event, uint64_t now_ns)
{
    (void)now_ns;
    source *s = host->user;
    if (event->kind != ROAM_EVENT_STREAM_WRITABLE)
        return;
    s->writable++;
    for (size_t i = 0; i < s->count; i++)
        if (s->ids[i].value == event->stream.value)
            feed(host, s, i, event->peer);
}

static void source_start(net_host *host, source *s, roam_peer_id peer, size_t count)
{
    host->user = s;
    host->on_event = on_writable;
    s->count = count;
    for (size_t i = 0; i < count; i++) {
        s->ids[i] = open_stream(host, peer, "bulk", (uint8_t)(i % 8));
        feed(host, s, i, peer);
    }
    net_poke(host);
}

static void test_windows_and_back_pressure(void)
{
    seen_streams seen;
    net_pair p = watched(&seen, small_windows, false);
    source s = {.bytes = pattern(300000, 5), .len = 300000};
    source_start(p.a, &s, p.b_at_a, 30);
    for (size_t i = 0; i < 30; i++)
        CHECK(s.sent[i] <= 50000, true, "queued of stream %zu: %zu", i, s.sent[i]);
    CHECK(s.refused, 30, "refused at first");
    net_run_for(p.net, 200 * NET_S);
    for (size_t i = 0; i < 30; i++) {
        const streams_seen *there = streams_seen_of(&seen.at_b, s.ids[i].value, false);
        CHECK(there->bytes, 300000, "bytes of stream %zu", i);
        CHECK(there->hash == streams_hash(s.bytes, s.len), true, "data of stream %zu", i);
        CHECK(there->fins, 1, "fins of stream %zu", i);
    }
    CHECK(s.writable, s.refused, "one STREAM_WRITABLE for each refusal");
    CHECK(seen.at_b.unknown, 0, "calls about unknown streams");
    free((void *)(uintptr_t)s.bytes);
    net_free(p.net);
}

/* ---- Resets ---- */

static void test_reset(void)
{
    for (int by_opener = 0; by_opener < 2; by_opener++) {
        for (int inside = 0; inside < 2; inside++) {
            seen_streams seen;
            net_pair p = watched(&seen, streams_watch, false);
            uint8_t *bytes = pattern(500000, 2);
            seen.at_b.reset_on_data = !by_opener && inside;
            roam_stream_id id = open_stream(p.a, p.b_at_a, "r", 0),
                           other = open_stream(p.a, p.b_at_a, "o", 7);
            CHECK(roam_stream_send(p.a->node, p.b_at_a, id, bytes, 500000, false), 0, "send");
            net_poke(p.a);
            net_run_for(p.net, 150 * NET_MS);
            if (by_opener)
                CHECK(roam_stream_reset(p.a->node, p.b_at_a, id), 0, "reset by its opener");
            else if (!inside)
                CHECK(roam_stream_reset(p.b->node, p.a_at_b, id), 0, "reset by the other");
            CHECK(roam_stream_send(p.a->node, p.b_at_a, other, bytes, 1000, true), 0, "another stream");
            net_poke(by_opener ? p.a : p.b);
            net_run_for(p.net, 5 * NET_S);
            const streams_seen *here = streams_seen_of(&seen.at_a, id.value, false),
                               *there = streams_seen_of(&seen.at_b, id.value, false);
            CHECK(here->closed, 1, "closed at a, by opener %d", by_opener);
            CHECK(here->resets, 1, "reset at a, by opener %d", by_opener);
            CHECK(there->closed, 1, "closed at b, by opener %d", by_opener);
            CHECK(there->resets, 1, "reset at b, by opener %d", by_opener);
            CHECK(there->fins, 0, "fins, by opener %d", by_opener);
            seen.at_b.reset_on_data = false;
            net_run_for(p.net, 5 * NET_S);
            CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN) + net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "downs");
            if (!inside)
                CHECK(streams_seen_of(&seen.at_b, other.value, false)->bytes, 1000,
                      "bytes of the other stream");
            free(bytes);
            net_free(p.net);
        }
    }
}

/* Who does not want streams resets them, and hears nothing of them. */
static void test_unwanted(void)
{
    seen_streams seen;
    net_pair p = watched(&seen, no_streams, false);
    roam_stream_id id = open_stream(p.a, p.b_at_a, "unwanted", 0);
    CHECK(roam_stream_send(p.a->node, p.b_at_a, id, "hello", 5, false), 0, "send");
    net_poke(p.a);
    net_run_for(p.net, NET_S);
    CHECK(streams_seen_of(&seen.at_a, id.value, false)->resets, 1, "reset at a");
    CHECK(seen.at_b.count, 0, "streams that b was told of");
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN), 0, "downs");
    net_free(p.net);
}

/* ---- The beginning ---- */

static void open_when_up(net_host *host, const roam_event *event, uint64_t now_ns)
{
    (void)now_ns;
    if (event->kind != ROAM_EVENT_PEER_UP)
        return;
    roam_stream_id id = open_stream(host, event->peer, "early", 0);
    CHECK(roam_stream_send(host->node, event->peer, id, "first", 5, true), 0, "send inside peer_up");
}

typedef struct loss {
    uint64_t count, lost;
    int host;
} loss;

static bool lose_one(void *user, const roam_addr *from, const roam_datagram *datagram)
{
    loss *l = user;
    (void)datagram;
    return from->bytes[3] == l->host && l->count++ == l->lost;
}

/* Whichever of the first datagrams is lost, a stream opened inside PEER_UP arrives, after the PEER_UP there.
 */
static void early(void (*change)(roam_node_options *options), const char *what)
{
    for (int host = 1; host <= 2; host++) {
        for (uint64_t lost = 0; lost < 14; lost++) {
            seen_streams seen;
            net_pair p = watched(&seen, change, true);
            loss l = {.lost = lost, .host = host};
            p.a->on_event = p.b->on_event = open_when_up;
            net_filter(p.net, lose_one, &l);
            net_dial(p.a, p.b);
            while (!net_count(p.b, ROAM_EVENT_PEER_UP) && net_now(p.net) < 20 * NET_S)
                net_run_for(p.net, 5 * NET_MS);
            roam_stream_id id = open_stream(p.b, (roam_peer_id){1}, "later", 0); /* in another datagram */
            CHECK(roam_stream_send(p.b->node, (roam_peer_id){1}, id, "second", 6, true), 0, "send");
            net_poke(p.b);
            net_run_for(p.net, 10 * NET_S);
            uint64_t at_a = 0, at_b = 0;
            for (size_t i = 0; i < seen.at_a.count; i++)
                at_a += seen.at_a.streams[i].bytes;
            for (size_t i = 0; i < seen.at_b.count; i++)
                at_b += seen.at_b.streams[i].bytes;
            CHECK(at_a, 11, "%s: bytes at a, datagram %d of %d lost", what, (int)lost, host);
            CHECK(at_b, 5, "%s: bytes at b, datagram %d of %d lost", what, (int)lost, host);
            CHECK(net_ups(p.a) + net_ups(p.b), 2, "%s: ups, datagram %d of %d lost", what, (int)lost, host);
            CHECK(seen.at_a.unknown + seen.at_b.unknown, 0, "%s: calls about unknown streams", what);
            net_free(p.net);
        }
    }
}

static void test_early(void)
{
    early(streams_watch, "dist");
    early(raw, "raw");
}

/* ---- Over a migration ---- */

static void migrates(roam_migrate_mode mode)
{
    enum { LEN = 5000000, MESSAGES = 300 };
    seen_streams seen;
    net_pair p = watched(&seen, streams_watch, false);
    source from_a = {.bytes = pattern(LEN, 3), .len = LEN}, from_b = {.bytes = pattern(LEN, 4), .len = LEN};
    source_start(p.a, &from_a, p.b_at_a, 1);
    source_start(p.b, &from_b, p.a_at_b, 1);
    for (int i = 0; i < MESSAGES; i++) {
        if (i == 30 || i == 60)
            net_migrate(p.a, p.b_at_a, i == 30 ? 2 : 3, 5 * NET_S, mode, NULL);
        net_send(p.a, p.b_at_a, 1, &i, sizeof i);
        net_send(p.b, p.a_at_b, 1, &i, sizeof i);
        net_run_for(p.net, 10 * NET_MS);
    }
    net_run_for(p.net, 120 * NET_S);
    const streams_seen *at_b = streams_seen_of(&from_b.watched, from_a.ids[0].value, false);
    const streams_seen *at_a = streams_seen_of(&from_a.watched, from_b.ids[0].value, false);
    CHECK(p.a->result_count, 2, "results, mode %d", mode);
    for (size_t i = 0; i < p.a->result_count; i++)
        CHECK(p.a->results[i].record.result, ROAM_OK, "result %zu, mode %d", i, mode);
    CHECK(at_b->bytes, LEN, "bytes at b, mode %d", mode);
    CHECK(at_a->bytes, LEN, "bytes at a, mode %d", mode);
    CHECK(at_b->hash == streams_hash(from_a.bytes, LEN), true, "data at b, mode %d", mode);
    CHECK(at_a->hash == streams_hash(from_b.bytes, LEN), true, "data at a, mode %d", mode);
    CHECK(at_a->fins + at_b->fins, 2, "fins, mode %d", mode);
    CHECK(p.a->messages, MESSAGES, "messages at a, mode %d", mode);
    CHECK(p.b->messages, MESSAGES, "messages at b, mode %d", mode);
    CHECK(net_count(p.a, ROAM_EVENT_PEER_DOWN) + net_count(p.b, ROAM_EVENT_PEER_DOWN), 0, "downs");
    free((void *)(uintptr_t)from_a.bytes);
    free((void *)(uintptr_t)from_b.bytes);
    net_free(p.net);
}

static void test_over_migrations(void)
{
    migrates(ROAM_VALIDATE_FIRST);
    migrates(ROAM_FOLLOW_FIRST);
}

/* ---- The raw protocol ---- */

static void test_raw(void)
{
    seen_streams seen;
    net_pair p = watched(&seen, raw, false);
    seen.at_b.echo = true;
    CHECK(net_ups(p.a) + net_ups(p.b), 2, "ups");
    roam_stream_id id = open_stream(p.a, p.b_at_a, "ignored", 0);
    CHECK(id.value, 0, "the first stream is the application's");
    CHECK(roam_stream_send(p.a->node, p.b_at_a, id, "GET /\r\n", 7, true), 0, "send");
    CHECK(roam_send(p.a->node, p.b_at_a, 0, "x", 1), ROAM_ERR_NOT_CONNECTED, "no dist messages");
    net_migrate(p.a, p.b_at_a, 2, NET_S, ROAM_VALIDATE_FIRST, NULL);
    net_run_for(p.net, 5 * NET_S);
    const streams_seen *there = streams_seen_of(&seen.at_b, 0, false),
                       *here = streams_seen_of(&seen.at_a, 0, false);
    CHECK(there->opened, 1, "opened at b");
    CHECK(there->tag_len, 0, "tag at b");
    CHECK(here->hash == streams_hash((const uint8_t *)"GET /\r\n", 7), true, "echoed");
    CHECK(here->closed, 1, "closed");
    CHECK(p.a->result_count, 1, "results");
    CHECK(p.a->results[0].record.result, ROAM_OK, "result");
    net_free(p.net);
}

static const check_test tests[] = {
    {"tag, and fin both ways", test_tag_and_fin},
    {"empty", test_empty},
    {"arguments", test_arguments},
    {"priority", test_priority},
    {"turns", test_turns},
    {"the limit", test_limit},
    {"windows and back-pressure", test_windows_and_back_pressure},
    {"reset by either end", test_reset},
    {"unwanted", test_unwanted},
    {"opened inside peer_up", test_early},
    {"over migrations", test_over_migrations},
    {"the raw protocol", test_raw},
};

CHECK_MAIN("user_stream", tests)
