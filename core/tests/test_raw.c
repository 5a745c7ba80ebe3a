/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The raw protocol: unidirectional streams of both ends, and peers without a name. */
#include <stdlib.h>

#include "core/tests/check.h"
#include "core/tests/net_pair.h"
#include "core/tests/streams.h"

enum { STREAMS_AT_ONCE = 64, MANY_STREAMS = 150, BIG = 300000 };

static void raw(roam_node_options *options)
{
    streams_watch(options);
    options->protocol = ROAM_PROTOCOL_RAW;
    options->alpn = "raw";
}

static void raw_any(roam_node_options *options)
{
    raw(options);
    options->trust = ROAM_TRUST_ANY;
}

typedef struct end {
    net_host *host;
    roam_peer_id other;
    streams_watcher watcher;
} end;

typedef struct ends {
    net_fixture *net;
    end a, b;
} ends;

static void ends_init(ends *p, void (*change)(roam_node_options *options))
{
    const net_pair pair =
        net_pair_new(&(net_pair_options){.change_a = change, .change_b = change, .idle_ns = NET_S});
    *p = (ends){.net = pair.net,
                .a = {.host = pair.a, .other = pair.b_at_a},
                .b = {.host = pair.b, .other = pair.a_at_b}};
    pair.a->user = &p->a.watcher;
    pair.b->user = &p->b.watcher;
}

static int open_unidirectional(end *e, roam_stream_id *id)
{
    int status = roam_stream_open_unidirectional(e->host->node, e->other, ROAM_PRIORITY_DEFAULT, id);
    if (status == 0)
        (void)streams_seen_of(&e->watcher, id->value, true);
    return status;
}

static roam_stream_id opened(end *e)
{
    roam_stream_id id = {-1};
    CHECK(open_unidirectional(e, &id), 0, "open");
    CHECK(id.value & 2, 2, "the bit of unidirectional streams in %lld", (long long)id.value);
    return id;
}

static int send_on(end *e, roam_stream_id id, const void *data, size_t len, bool fin)
{
    return roam_stream_send(e->host->node, e->other, id, data, len, fin);
}

static void still_up(const ends *p)
{
    CHECK(net_ups(p->a.host), 1, "ups of a");
    CHECK(net_ups(p->b.host), 1, "ups of b");
}

static void carries(ends *p, end *from, end *to, const char *about)
{
    uint8_t *bytes = malloc(BIG);
    uint64_t state = 7;
    for (size_t i = 0; bytes && i < BIG; i++)
        bytes[i] = (uint8_t)check_random(&state);
    roam_stream_id id = opened(from);
    CHECK(send_on(from, id, bytes, BIG - 1, false), 0, "%s: send", about);
    net_run_for(p->net, 5 * NET_S);
    CHECK(streams_seen_of(&to->watcher, id.value, false)->bytes, BIG - 1, "%s: bytes without the last",
          about);
    CHECK(send_on(to, id, "x", 1, false), ROAM_ERR_UNKNOWN_STREAM, "%s: the other way", about);
    CHECK(send_on(from, id, bytes + BIG - 1, 1, true), 0, "%s: send the last", about);
    CHECK(send_on(from, id, "x", 1, false), ROAM_ERR_UNKNOWN_STREAM, "%s: after the last", about);
    net_run_for(p->net, 5 * NET_S);
    const streams_seen *there = streams_seen_of(&to->watcher, id.value, false);
    CHECK(there->opened, 1, "%s: opened", about);
    CHECK(there->hash == streams_hash(bytes, BIG), true, "%s: the bytes sent", about);
    CHECK(there->fins, 1, "%s: fins", about);
    CHECK(there->closed, 1, "%s: closed there", about);
    CHECK(streams_seen_of(&from->watcher, id.value, false)->closed, 1, "%s: closed here", about);
    free(bytes);
}

static void test_both_ways(void)
{
    ends p;
    ends_init(&p, raw);
    carries(&p, &p.a, &p.b, "a to b");
    carries(&p, &p.b, &p.a, "b to a");
    still_up(&p);
    net_free(p.net);
}

/* As many at once as the other end allows; each that ends makes room for another. */
static void test_limit(void)
{
    ends p;
    ends_init(&p, raw);
    roam_stream_id ids[STREAMS_AT_ONCE], more;
    for (size_t i = 0; i < STREAMS_AT_ONCE; i++)
        ids[i] = opened(&p.a);
    CHECK(open_unidirectional(&p.a, &more), ROAM_ERR_WOULD_BLOCK, "one too many");
    for (size_t i = 0; i < STREAMS_AT_ONCE; i++)
        CHECK(send_on(&p.a, ids[i], "x", 1, true), 0, "send on stream %zu", i);
    net_run_for(p.net, NET_S);
    for (size_t i = STREAMS_AT_ONCE; i < MANY_STREAMS; i++) {
        if (!CHECK(open_unidirectional(&p.a, &more), 0, "open stream %zu", i))
            break;
        CHECK(send_on(&p.a, more, "x", 1, true), 0, "send on stream %zu", i);
        net_run_for(p.net, NET_S);
    }
    CHECK(p.b.watcher.count, MANY_STREAMS, "streams that b saw");
    still_up(&p);
    net_free(p.net);
}

static void cut_short(bool by_opener)
{
    const char *about = by_opener ? "by the opener" : "by the other end";
    ends p;
    ends_init(&p, raw);
    roam_stream_id id = opened(&p.a);
    CHECK(send_on(&p.a, id, "x", 1, false), 0, "%s: send", about);
    net_run_for(p.net, NET_S);
    end *cutter = by_opener ? &p.a : &p.b;
    CHECK(roam_stream_reset(cutter->host->node, cutter->other, id), 0, "%s: reset", about);
    net_run_for(p.net, NET_S);
    CHECK(send_on(&p.a, id, "x", 1, false), ROAM_ERR_UNKNOWN_STREAM, "%s: send after it", about);
    const streams_seen *there = streams_seen_of(&p.b.watcher, id.value, false),
                       *here = streams_seen_of(&p.a.watcher, id.value, false);
    CHECK(here->closed, 1, "%s: closed here", about);
    CHECK(here->resets, 1, "%s: reset here", about);
    CHECK(there->closed, 1, "%s: closed there", about);
    CHECK(there->resets, 1, "%s: reset there", about);
    carries(&p, &p.a, &p.b, "another");
    still_up(&p);
    net_free(p.net);
}

static void test_reset(void)
{
    cut_short(true);
    cut_short(false);
}

static void test_refused(void)
{
    ends p;
    roam_stream_id id = {-1};
    ends_init(&p, raw);
    roam_node *node = p.a.host->node;
    CHECK(roam_stream_open_unidirectional(node, (roam_peer_id){99}, 0, &id), ROAM_ERR_UNKNOWN_PEER, "peer");
    CHECK(roam_stream_open_unidirectional(node, p.a.other, ROAM_PRIORITY_LAST + 1, &id),
          ROAM_ERR_INVALID_ARGUMENT, "priority");
    CHECK(roam_hang_up(node, p.a.other), 0, "hang up");
    net_run_for(p.net, NET_S);
    CHECK(roam_stream_open_unidirectional(node, p.a.other, 0, &id), ROAM_ERR_NOT_CONNECTED, "closed");
    CHECK(id.value, -1, "id after refusals");
    net_free(p.net);
    ends_init(&p, streams_watch);
    CHECK(open_unidirectional(&p.a, &id), ROAM_ERR_INVALID_ARGUMENT, "dist protocol");
    still_up(&p);
    net_free(p.net);
}

/* Without a check of the other end a client shows no certificate, and has no name. */
static void test_without_names(void)
{
    ends p;
    ends_init(&p, raw_any);
    CHECK_STRING(roam_peer_name(p.b.host->node, p.b.other), "anonymous-1");
    carries(&p, &p.a, &p.b, "a to b");
    carries(&p, &p.b, &p.a, "b to a");
    still_up(&p);
    net_free(p.net);
}

static const check_test tests[] = {
    {"both ways", test_both_ways},         {"the limit", test_limit},
    {"reset by either end", test_reset},   {"refused", test_refused},
    {"without names", test_without_names},
};

CHECK_MAIN("raw", tests)
