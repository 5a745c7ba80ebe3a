/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/streams/dist.h"

#include "core/hash.h"
#include "core/varint.h"

#include <stdlib.h>
#include <string.h>

enum {
    FRAME_HELLO = 1,
    FRAME_TICK = 2,
    FRAME_MEMBERSHIP = 3,
    STREAM_DATA = 0,
    VERSION = 1,
    BODY_KEPT_MAX = 2048, /* bytes kept for the next body */
    HEAD_MAX = 2 * CORE_VARINT_BYTES
};

/* What is being read from a stream: first its type, then heads of two integers, each with a body. */
typedef enum reader_kind { READER_NEW, READER_CONTROL, READER_DATA } reader_kind;

typedef struct reader {
    reader_kind kind;
    uint8_t head[HEAD_MAX];
    size_t head_len;
    bool in_body;
    uint64_t first, second; /* the integers of the head */
    uint64_t body_len;
    uint8_t *body; /* when a body comes in pieces: what is there */
    size_t have, capacity;
    uint8_t *early; /* data that overtook the peer's HELLO, as it came */
    size_t early_len;
} reader;

void core_dist_init(core_dist *dist, const core_streams_owner *owner)
{
    *dist = (core_dist){.owner = owner};
}

static void reader_free(core_stream *stream)
{
    reader *const r = stream->reader;
    if (r) {
        free(r->body);
        free(r->early);
    }
    free(r);
    stream->reader = NULL;
}

static reader *reader_new(core_stream *stream, reader_kind kind)
{
    reader *const r = calloc(1, sizeof *r);
    if (r)
        r->kind = kind;
    stream->reader = r;
    return r;
}

/* ---- Out ---- */

static int say_hello(core_dist *dist)
{
    uint8_t payload[2 * CORE_VARINT_BYTES], frame[2 + sizeof payload];
    size_t len = core_varint_put(payload, VERSION);
    len += core_varint_put(payload + len, dist->owner->options->max_message_bytes);
    size_t head = core_varint_put(frame, FRAME_HELLO);
    head += core_varint_put(frame + head, len);
    memcpy(frame + head, payload, len);
    return core_quic_stream_append(dist->owner->quic, dist->control, (core_span){frame, head + len},
                                   (core_span){NULL, 0});
}

int core_dist_begin(core_dist *dist)
{
    core_stream *stream;
    const int rv = core_quic_open_stream(dist->owner->quic, true, &stream);
    if (rv)
        return rv;
    dist->control = stream;
    if (!reader_new(stream, READER_CONTROL))
        return ROAM_ERR_NO_MEMORY;
    return say_hello(dist);
}

int core_dist_tick(core_dist *dist)
{
    static const uint8_t frame[] = {FRAME_TICK, 0};
    return core_quic_stream_append(dist->owner->quic, dist->control, (core_span){frame, sizeof frame},
                                   (core_span){NULL, 0});
}

int core_dist_send_membership(core_dist *dist, core_span body)
{
    uint8_t head[HEAD_MAX];
    if (body.len > CORE_DIST_FRAME_MAX)
        return ROAM_ERR_TOO_LARGE;
    if (dist->control->out.end - dist->control->out.acked + body.len > CORE_DIST_CONTROL_MAX)
        return ROAM_ERR_WOULD_BLOCK;
    size_t head_len = core_varint_put(head, FRAME_MEMBERSHIP);
    head_len += core_varint_put(head + head_len, body.len);
    return core_quic_stream_append(dist->owner->quic, dist->control, (core_span){head, head_len}, body);
}

/* Key 0 has the first data stream for itself, the others share the rest. */
static size_t slot_of(const core_dist *dist, uint64_t key)
{
    const uint64_t streams = dist->owner->options->data_streams;
    const uint64_t hash = key * CORE_HASH_GOLDEN;
    return key == 0 || streams == 1 ? 0 : 1 + (hash >> 32) % (streams - 1);
}

/* What messages of a key may fill of the queue: an eighth is left to key 0. */
static uint64_t queue_limit(const core_dist *dist, uint64_t key)
{
    const uint64_t most = dist->owner->options->max_queued_bytes;
    return key == 0 ? most : most - most / 8;
}

/* The data stream of a key, opened on first use. */
static int stream_of(core_dist *dist, uint64_t key, core_stream **out)
{
    core_quic *const quic = dist->owner->quic;
    core_stream **const slot = &dist->data[slot_of(dist, key)];
    if (!*slot) {
        const int rv = core_quic_open_stream(quic, false, slot);
        if (rv)
            return rv;
    }
    if ((*slot)->out.end == 0) {
        uint8_t type[CORE_VARINT_BYTES];
        core_span head = {type, core_varint_put(type, STREAM_DATA)};
        const int rv = core_quic_stream_append(quic, *slot, head, (core_span){NULL, 0});
        if (rv)
            return rv;
    }
    *out = *slot;
    return 0;
}

int core_dist_send(core_dist *dist, uint64_t key, core_span message)
{
    const roam_node_options *const options = dist->owner->options;
    if (message.len > options->max_message_bytes || message.len > dist->peer_max_message)
        return ROAM_ERR_TOO_LARGE;
    uint8_t head[HEAD_MAX];
    size_t head_len = core_varint_put(head, message.len);
    head_len += core_varint_put(head + head_len, key);
    /* An empty queue takes any message, or a long one could never be sent. */
    if (dist->queued > 0 && dist->queued + head_len + message.len > queue_limit(dist, key)) {
        dist->blocked = true;
        return ROAM_ERR_WOULD_BLOCK;
    }
    core_stream *stream;
    int rv = stream_of(dist, key, &stream);
    if (rv == 0)
        rv = core_quic_stream_append(dist->owner->quic, stream, (core_span){head, head_len}, message);
    if (rv == 0)
        dist->queued += head_len + message.len;
    return rv;
}

void core_dist_stream_acked(core_dist *dist, core_stream *stream)
{
    if (stream == dist->control)
        return;
    uint64_t queued = 0;
    for (size_t i = 0; i < dist->owner->options->data_streams; i++)
        if (dist->data[i])
            queued += dist->data[i]->out.end - dist->data[i]->out.acked;
    dist->queued = queued;
    if (dist->blocked && dist->queued <= dist->owner->options->max_queued_bytes / 2) {
        dist->blocked = false;
        core_outbox_emit(dist->owner->outbox,
                         &(roam_event){.kind = ROAM_EVENT_WRITABLE, .peer = dist->owner->peer},
                         core_quic_now(dist->owner->quic));
    }
}

/* ---- In ---- */

/* PEER_UP comes before the first message: what overtook the HELLO waits for it. No more than flow control
 * would ever let come at once. */
static core_reject keep_early(core_dist *dist, reader *r, const uint8_t *data, size_t len)
{
    if (len > dist->owner->options->max_window - dist->early)
        return core_reject_with(ROAM_CLOSE_PROTOCOL);
    uint8_t *const early = realloc(r->early, r->early_len + len);
    if (!early)
        return core_reject_with(ROAM_CLOSE_FAILED);
    memcpy(early + r->early_len, data, len);
    r->early = early;
    r->early_len += len;
    dist->early += len;
    return core_reject_none();
}

static core_reject read_early(core_dist *dist)
{
    core_reject reject = core_reject_none();
    for (core_stream *s = core_quic_streams(dist->owner->quic); s && !reject.is_set; s = s->older) {
        reader *const r = s->reader;
        if (!r || !r->early)
            continue;
        uint8_t *const early = r->early;
        r->early = NULL;
        reject = core_dist_stream_data(dist, s, early, r->early_len);
        free(early);
    }
    return reject;
}

static core_reject control_frame(core_dist *dist, uint64_t type, const uint8_t *body, size_t len)
{
    if (type != FRAME_HELLO && !dist->hello_received)
        return core_reject_with(ROAM_CLOSE_PROTOCOL);
    if (type == FRAME_MEMBERSHIP)
        return dist->owner->membership(dist->owner->ctx, (core_span){body, len});
    if (type != FRAME_HELLO)
        return core_reject_none();
    if (dist->hello_received || len == 0)
        return core_reject_with(ROAM_CLOSE_PROTOCOL);
    const size_t version_len = core_varint_len(body[0]);
    if (version_len >= len || version_len + core_varint_len(body[version_len]) > len)
        return core_reject_with(ROAM_CLOSE_PROTOCOL);
    if (core_varint_get(body) != VERSION)
        return core_reject_with(ROAM_CLOSE_PROTOCOL);
    dist->peer_max_message = core_varint_get(body + version_len);
    dist->hello_received = true;
    core_reject reject = dist->owner->channel_up(dist->owner->ctx);
    return reject.is_set ? reject : read_early(dist);
}

static void message(const core_streams_owner *owner, uint64_t key, const uint8_t *body, size_t len)
{
    const roam_node_options *const options = owner->options;
    roam_message m = {.peer = owner->peer, .key = key, .data = body, .len = len};
    if (options->callbacks.message)
        options->callbacks.message(options->user_data, &m, core_quic_now(owner->quic));
}

/* The head is complete: the length of the body is known. False: longer than allowed. */
static bool begin_body(const core_dist *dist, reader *r)
{
    uint64_t limit = CORE_DIST_FRAME_MAX;
    r->body_len = r->second;
    if (r->kind == READER_DATA) {
        limit = dist->owner->options->max_message_bytes;
        r->body_len = r->first;
    }
    r->in_body = true;
    r->have = 0;
    return r->body_len <= limit;
}

static core_reject end_body(core_dist *dist, reader *r, const uint8_t *body)
{
    r->in_body = false;
    r->head_len = 0;
    if (r->kind == READER_CONTROL)
        return control_frame(dist, r->first, body, (size_t)r->body_len);
    message(dist->owner, r->second, body, (size_t)r->body_len);
    return core_reject_none();
}

/* Takes bytes of a head; returns how many. Sets *reject when what they say is not allowed. */
static size_t take_head(core_dist *dist, reader *r, const uint8_t *data, size_t len, core_reject *reject)
{
    size_t wanted = r->head_len == 0 ? 1 : core_varint_len(r->head[0]);
    if (r->kind != READER_NEW && r->head_len >= wanted)
        wanted += r->head_len == wanted ? 1 : core_varint_len(r->head[wanted]);
    const size_t n = wanted - r->head_len < len ? wanted - r->head_len : len;
    memcpy(r->head + r->head_len, data, n);
    r->head_len += n;

    const size_t first_len = core_varint_len(r->head[0]);
    if (r->head_len < first_len)
        return n;
    r->first = core_varint_get(r->head);
    if (r->kind == READER_NEW) {
        if (r->first != STREAM_DATA)
            *reject = core_reject_with(ROAM_CLOSE_PROTOCOL);
        r->kind = READER_DATA;
        r->head_len = 0;
        return n;
    }
    if (r->head_len == first_len || r->head_len < first_len + core_varint_len(r->head[first_len]))
        return n;
    r->second = core_varint_get(r->head + first_len);
    if (!begin_body(dist, r))
        *reject = core_reject_with(ROAM_CLOSE_PROTOCOL);
    return n;
}

/* Makes room as bytes arrive, so that a length alone costs no memory. */
static bool reserve(reader *r, size_t len)
{
    if (r->have + len <= r->capacity)
        return true;
    size_t capacity = r->capacity ? r->capacity * 4 : 1024;
    while (capacity < r->have + len)
        capacity *= 4;
    if (capacity > r->body_len)
        capacity = (size_t)r->body_len;
    uint8_t *const body = realloc(r->body, capacity);
    if (!body)
        return false;
    r->body = body;
    r->capacity = capacity;
    return true;
}

/* A stream may be idle for long after a message: a large buffer is freed meanwhile. */
static void keep_small(reader *r)
{
    if (r->capacity <= BODY_KEPT_MAX)
        return;
    free(r->body);
    r->body = NULL;
    r->capacity = 0;
}

/* Takes bytes of a body; a whole one that lies in data is handed on where it is. */
static size_t take_body(core_dist *dist, reader *r, const uint8_t *data, size_t len, core_reject *reject)
{
    const uint64_t missing = r->body_len - r->have;
    if (r->have == 0 && missing <= len) {
        *reject = end_body(dist, r, data);
        return (size_t)missing;
    }
    const size_t n = missing < len ? (size_t)missing : len;
    if (!reserve(r, n)) {
        *reject = core_reject_with(ROAM_CLOSE_FAILED);
        return n;
    }
    memcpy(r->body + r->have, data, n);
    r->have += n;
    if (r->have == r->body_len) {
        *reject = end_body(dist, r, r->body);
        keep_small(r);
    }
    return n;
}

core_reject core_dist_stream_data(core_dist *dist, core_stream *stream, const uint8_t *data, size_t len)
{
    reader *const r = stream->reader;
    if (!r)
        return core_reject_with(ROAM_CLOSE_PROTOCOL);
    if (r->kind != READER_CONTROL && !dist->hello_received)
        return len > 0 ? keep_early(dist, r, data, len) : core_reject_none();
    core_reject reject = core_reject_none();
    while (!reject.is_set && (len > 0 || (r->in_body && r->body_len == r->have))) {
        const size_t n =
            r->in_body ? take_body(dist, r, data, len, &reject) : take_head(dist, r, data, len, &reject);
        data += n;
        len -= n;
    }
    return reject;
}

core_reject core_dist_stream_opened(core_dist *dist, core_stream *stream)
{
    const bool control = stream->id == 0;
    if (!reader_new(stream, control ? READER_CONTROL : READER_NEW))
        return core_reject_with(ROAM_CLOSE_FAILED);
    if (!control)
        return core_reject_none();
    dist->control = stream;
    return say_hello(dist) ? core_reject_with(ROAM_CLOSE_FAILED) : core_reject_none();
}

core_reject core_dist_stream_closed(core_dist *dist, core_stream *stream)
{
    (void)dist;
    reader_free(stream);
    return core_reject_with(ROAM_CLOSE_PROTOCOL); /* they end with the connection alone */
}

void core_dist_fini(core_dist *dist)
{
    for (core_stream *s = core_quic_streams(dist->owner->quic); s; s = s->older)
        if (s->id == 0 || !core_stream_is_bidirectional(s))
            reader_free(s);
}
