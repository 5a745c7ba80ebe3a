/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A connection outlives the eviction of its peer while user streams are open on it. */
#include <string.h>

#include "core/membership/tests/overlay.h"
#include "core/membership/tests/puppet.h"
#include "core/tests/check.h"

typedef struct story {
    overlay o;
    net_host *host, *evicted; /* the host has room for one neighbour, the other keeps a puppet besides */
    puppet x, y;
    roam_peer_id peer; /* the host, for the one that is evicted */
} story;

static uint64_t bytes_received;

static void on_opened(void *user_data, const roam_stream *stream, uint64_t now_ns)
{
    (void)user_data;
    (void)stream;
    (void)now_ns;
}

static void on_data(void *user_data, roam_peer_id peer, roam_stream_id stream, const uint8_t *data,
                    size_t len, bool fin, uint64_t now_ns)
{
    const net_host *const host = user_data;
    (void)data;
    (void)now_ns;
    bytes_received += len;
    if (fin && strcmp(host->name, "host") == 0)
        CHECK(roam_stream_send(host->node, peer, stream, NULL, 0, true), 0, "fin");
}

static void with_streams(roam_node_options *options)
{
    options->accept = true;
    options->callbacks.stream_opened = on_opened;
    options->callbacks.stream_data = on_data;
}

static void start(const story *s, net_host *host, uint32_t active_size)
{
    roam_membership_options options;
    roam_membership_options_default(&options);
    options.advertise = net_addr(host, host->network, 4433);
    options.active_size = active_size;
    options.shuffle_ns = 1000 * NET_S;
    net_listen(host);
    CHECK(roam_membership_start(host->node, &options, net_now(s->o.net)), 0, "start");
}

/* The one that is to be evicted has joined, and dialled. */
static void begin(story *s)
{
    s->o = overlay_new(0, NULL);
    s->host = net_add(s->o.net, "host", 0, with_streams);
    s->evicted = net_add(s->o.net, "evicted", 1, with_streams);
    start(s, s->host, 1);
    start(s, s->evicted, 2);
    puppet_init(&s->x, s->o.net, "x");
    puppet_init(&s->y, s->o.net, "y");
    puppet_connect(&s->x, s->host);
    puppet_connect(&s->y, s->evicted);
    overlay_join(s->evicted, s->host);
    net_run_for(s->o.net, NET_S);
    puppet_ask(&s->y, false);
    CHECK(overlay_active_count(s->evicted), 2, "active view before");
    s->peer = roam_peer_find(s->evicted->node, "host");
    bytes_received = 0;
}

static void evict(story *s)
{
    puppet_ask(&s->x, true);
    CHECK(overlay_has_active(s->host, s->x.host), true, "the new one is active");
    CHECK(overlay_has_active(s->host, s->evicted), false, "the other is not");
    CHECK(overlay_has_active(s->evicted, s->host), false, "nor at the other end");
    CHECK(net_last(s->evicted, ROAM_EVENT_PEER_DOWN)->down.reason, ROAM_DOWN_EVICTED, "reason");
}

static void test_without(void)
{
    story s;
    begin(&s);
    evict(&s);
    net_run_for(s.o.net, 2 * NET_S);
    CHECK(roam_peer_is_up(s.evicted->node, s.peer), false, "the connection is closed");
    CHECK(net_last(s.evicted, ROAM_EVENT_CHANNEL_DOWN)->down.reason, ROAM_DOWN_LEFT, "reason");
    CHECK(overlay_passive(s.evicted, "host") != NULL, true, "the host is kept");
    overlay_free(&s.o);
}

static void test_with(void)
{
    story s;
    roam_stream_id stream;
    begin(&s);
    CHECK(roam_stream_open(s.evicted->node, s.peer, "tag", 3, 1, &stream), 0, "open");
    CHECK(roam_stream_send(s.evicted->node, s.peer, stream, "before", 6, false), 0, "send");
    net_poke(s.evicted);
    evict(&s);
    net_run_for(s.o.net, 60 * NET_S);
    CHECK(roam_peer_is_up(s.evicted->node, s.peer), true, "the connection stays");
    CHECK(roam_stream_send(s.evicted->node, s.peer, stream, "after", 5, true), 0, "send");
    net_poke(s.evicted);
    net_run_for(s.o.net, 200 * NET_MS);
    CHECK(bytes_received, 11, "bytes received");
    net_run_for(s.o.net, 2 * NET_S);
    CHECK(roam_peer_is_up(s.evicted->node, s.peer), false, "the connection is closed after the stream");
    CHECK(net_count(s.host, ROAM_EVENT_PEER_DOWN), 1, "peer_down of the host");
    overlay_free(&s.o);
}

/* Messages of the dist channel are not lost either. */
static void test_messages(void)
{
    story s;
    begin(&s);
    net_block(s.o.net, 1, true, false);
    evict(&s);
    net_send(s.evicted, s.peer, 1, "message", 7);
    net_run_for(s.o.net, 3 * NET_S);
    CHECK(s.host->messages, 0, "nothing passes");
    net_block(s.o.net, 1, false, false);
    net_run_for(s.o.net, 20 * NET_S);
    CHECK(s.host->messages, 1, "messages in the end");
    CHECK(roam_peer_is_up(s.evicted->node, s.peer), false, "and then it is closed");
    overlay_free(&s.o);
}

static const check_test tests[] = {{"no stream is open", test_without},
                                   {"one is open", test_with},
                                   {"a message is on its way", test_messages}};

CHECK_MAIN("streams", tests)
