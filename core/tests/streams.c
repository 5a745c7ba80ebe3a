/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/streams.h"

#include <string.h>

#include "core/hash.h"
#include "core/tests/check.h"
#include "core/tests/net.h"

streams_seen *streams_seen_of(streams_watcher *w, int64_t id, bool opened)
{
    for (size_t i = 0; i < w->count; i++)
        if (w->streams[i].id == id)
            return &w->streams[i];
    w->unknown += !opened;
    if (w->count == STREAMS_SEEN_MAX)
        w->count = 0;
    w->streams[w->count] = (streams_seen){.id = id, .hash = CORE_HASH_START};
    return &w->streams[w->count++];
}

static void on_opened(void *user_data, const roam_stream *stream, uint64_t now_ns)
{
    net_host *host = user_data;
    streams_seen *s = streams_seen_of(host->user, stream->id.value, true);
    (void)now_ns;
    s->opened++;
    s->tag_len = stream->tag_len;
    memcpy(s->tag, stream->tag, stream->tag_len);
    s->priority = stream->priority;
    CHECK(roam_peer_is_up(host->node, stream->peer), true, "%s knows the peer as up", host->name);
}

static void on_data(void *user_data, roam_peer_id peer, roam_stream_id stream, const uint8_t *data,
                    size_t len, bool fin, uint64_t now_ns)
{
    net_host *host = user_data;
    streams_watcher *w = host->user;
    streams_seen *s = streams_seen_of(w, stream.value, false);
    if (s->bytes == 0)
        s->first_ns = now_ns;
    s->last_ns = now_ns;
    s->bytes += len;
    s->hash = core_hash_bytes(s->hash, data, len);
    s->fins += fin;
    if (w->echo)
        CHECK(roam_stream_send(host->node, peer, stream, data, len, fin), 0, "echo");
    if (w->reset_on_data)
        CHECK(roam_stream_reset(host->node, peer, stream), 0, "reset");
}

static void on_closed(void *user_data, roam_peer_id peer, roam_stream_id stream, bool reset, uint64_t now_ns)
{
    (void)peer;
    (void)now_ns;
    net_host *host = user_data;
    streams_seen *s = streams_seen_of(host->user, stream.value, false);
    s->closed++;
    s->resets += reset;
}

uint64_t streams_hash(const uint8_t *data, size_t len)
{
    return core_hash_bytes(CORE_HASH_START, data, len);
}

void streams_watch(roam_node_options *options)
{
    options->accept = true;
    options->callbacks.stream_opened = on_opened;
    options->callbacks.stream_data = on_data;
    options->callbacks.stream_closed = on_closed;
}
