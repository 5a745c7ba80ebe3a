/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * libFuzzer target: a peer that speaks QUIC well and the dist protocol as it likes. The input is a list of
 * steps: a byte with the stream (two bits) and the flags below, the number of bytes to send, and those bytes.
 */
#include <assert.h>
#include <string.h>

#include "core/tests/net.h"

enum { STREAMS = 4, CONTROL = 0, USER = 3, STREAM_BITS = 0x03 };
enum { FLAG_RESET = 0x20, FLAG_DELIVER = 0x40, FLAG_FIN = 0x80 };
enum { LONGEST_MESSAGE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void on_message(void *user_data, const roam_message *message, uint64_t now_ns)
{
    const net_host *host = user_data;
    (void)now_ns;
    assert(message->len <= LONGEST_MESSAGE);
    assert(roam_peer_is_up(host->node, message->peer));
}

static void on_stream_opened(void *user_data, const roam_stream *stream, uint64_t now_ns)
{
    const net_host *host = user_data;
    (void)now_ns;
    assert(stream->tag_len <= ROAM_TAG_MAX && stream->priority <= ROAM_PRIORITY_LAST);
    assert(roam_peer_is_up(host->node, stream->peer));
}

static void under_test(roam_node_options *options)
{
    options->accept = true;
    options->max_message_bytes = LONGEST_MESSAGE;
    options->initial_stream_window = 8192;
    options->callbacks.message = on_message;
    options->callbacks.stream_opened = on_stream_opened;
}

static void attacker(roam_node_options *options)
{
    options->protocol = ROAM_PROTOCOL_RAW;
    options->alpn = ROAM_ALPN;
}

static roam_stream_id open_stream(roam_node *node, roam_peer_id peer, unsigned which)
{
    roam_stream_id id = {-1};
    const int status = which == CONTROL || which == USER
                           ? roam_stream_open(node, peer, NULL, 0, ROAM_PRIORITY_DEFAULT, &id)
                           : roam_stream_open_unidirectional(node, peer, ROAM_PRIORITY_DEFAULT, &id);
    (void)status; /* refused once the peer has had enough */
    return id;
}

/* What the other end does not take any more is refused here, which is as good. */
static void play(net_host *host, roam_peer_id peer, const uint8_t *data, size_t len)
{
    roam_stream_id ids[STREAMS];
    for (unsigned i = 0; i < STREAMS; i++)
        ids[i] = open_stream(host->node, peer, i);
    while (len >= 2) {
        const uint8_t step = data[0];
        const roam_stream_id stream = ids[step & STREAM_BITS];
        const size_t n = data[1] < len - 2 ? data[1] : len - 2;
        if (roam_stream_send(host->node, peer, stream, data + 2, n, step & FLAG_FIN) == 0 &&
            step & FLAG_RESET)
            (void)roam_stream_reset(host->node, peer, stream);
        if (step & FLAG_DELIVER) {
            net_poke(host);
            net_run_for(host->net, 10 * NET_MS);
        }
        data += 2 + n;
        len -= 2 + n;
    }
    net_poke(host);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    net_fixture *net = net_new();
    net_host *host = net_add(net, "attacker", 0, attacker);
    net_host *victim = net_add(net, "victim", 1, under_test);
    net_listen(victim);
    net_dial(host, victim);
    net_run_for(net, 100 * NET_MS);
    const roam_peer_id peer = roam_peer_find(host->node, "victim");
    assert(roam_peer_is_up(host->node, peer));
    play(host, peer, data, len);
    net_run_for(net, NET_S);
    net_free(net);
    return 0;
}
