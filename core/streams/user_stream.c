/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/streams/user_stream.h"

#include "core/varint.h"

#include <stdlib.h>
#include <string.h>

enum { STREAM_USER = 1, HEAD_NUMBERS = 3 };

/* What is kept with a user stream. Its opener's preamble is taken apart byte by byte. */
typedef struct user_stream {
    uint64_t numbers[HEAD_NUMBERS]; /* type, priority, tag length */
    uint8_t number[CORE_VARINT_BYTES];
    size_t number_len;
    size_t numbers_read;
    uint8_t tag[ROAM_TAG_MAX];
    size_t tag_len;
    bool begun;     /* the preamble is complete, or there is none */
    bool announced; /* it was announced to the application */
    bool blocked;   /* a send was refused; STREAM_WRITABLE follows once there is room */
    uint8_t *early; /* data that overtook what brings the peer up, as it came */
    size_t early_len;
    bool early_fin;
} user_stream;

void core_user_streams_init(core_user_streams *streams, const core_streams_owner *owner, uint64_t seed)
{
    *streams = (core_user_streams){.owner = owner};
    core_map_init(&streams->by_id, seed);
}

static void user_stream_free(core_stream *stream)
{
    user_stream *const user = stream->reader;
    if (user)
        free(user->early);
    free(user);
    stream->reader = NULL;
}

void core_user_streams_fini(core_user_streams *streams)
{
    for (size_t i = 0; i < streams->by_id.count; i++)
        user_stream_free(streams->by_id.entries[i].value);
    core_map_fini(&streams->by_id);
}

static int adopt(core_user_streams *streams, core_stream *stream, user_stream **out)
{
    user_stream *const user = calloc(1, sizeof *user);
    if (!user)
        return ROAM_ERR_NO_MEMORY;
    if (core_map_add(&streams->by_id, &stream->id, sizeof stream->id, stream)) {
        free(user);
        return ROAM_ERR_NO_MEMORY;
    }
    stream->reader = user;
    *out = user;
    return 0;
}

static const roam_node_options *options_of(const core_user_streams *streams)
{
    return streams->owner->options;
}

static bool is_raw(const core_user_streams *streams)
{
    return options_of(streams)->protocol == ROAM_PROTOCOL_RAW;
}

/* ---- Out ---- */

int core_user_stream_open(core_user_streams *streams, const core_user_stream_options *options,
                          roam_stream_id *out)
{
    core_quic *const quic = streams->owner->quic;
    core_stream *stream;
    if (options->unidirectional && !is_raw(streams))
        return ROAM_ERR_INVALID_ARGUMENT;
    int rv = core_quic_open_stream(quic, !options->unidirectional, &stream);
    if (rv)
        return rv;
    stream->urgency = options->priority;
    user_stream *user;
    rv = adopt(streams, stream, &user);
    if (rv)
        goto fail;
    if (!is_raw(streams)) {
        uint8_t head[HEAD_NUMBERS * CORE_VARINT_BYTES];
        size_t len = core_varint_put(head, STREAM_USER);
        len += core_varint_put(head + len, options->priority);
        len += core_varint_put(head + len, options->tag.len);
        rv = core_quic_stream_append(quic, stream, (core_span){head, len}, options->tag);
        if (rv)
            goto fail;
    }
    user->begun = user->announced = true;
    *out = (roam_stream_id){stream->id};
    return 0;
fail:
    core_quic_stream_reset(quic, stream);
    return rv;
}

static core_stream *find(const core_user_streams *streams, roam_stream_id id)
{
    return core_map_get(&streams->by_id, &id.value, sizeof id.value);
}

int core_user_stream_send(core_user_streams *streams, roam_stream_id id, core_span data, bool fin)
{
    core_stream *const stream = find(streams, id);
    if (!stream || stream->fin || stream->reset || !core_quic_stream_sends(streams->owner->quic, stream))
        return ROAM_ERR_UNKNOWN_STREAM;
    user_stream *const user = stream->reader;
    const uint64_t queued = stream->out.end - stream->out.acked;
    if (queued > 0 && queued + data.len > options_of(streams)->max_queued_bytes) {
        user->blocked = true;
        return ROAM_ERR_WOULD_BLOCK;
    }
    if (data.len > 0) {
        const int rv = core_quic_stream_append(streams->owner->quic, stream, (core_span){NULL, 0}, data);
        if (rv)
            return rv;
    }
    if (fin)
        core_quic_stream_finish(streams->owner->quic, stream);
    return 0;
}

int core_user_stream_reset(core_user_streams *streams, roam_stream_id id)
{
    core_stream *const stream = find(streams, id);
    if (!stream)
        return ROAM_ERR_UNKNOWN_STREAM;
    core_quic_stream_reset(streams->owner->quic, stream);
    return 0;
}

void core_user_stream_acked(core_user_streams *streams, core_stream *stream)
{
    user_stream *const user = stream->reader;
    if (!user || !user->blocked ||
        stream->out.end - stream->out.acked > options_of(streams)->max_queued_bytes / 2)
        return;
    user->blocked = false;
    core_outbox_emit(streams->owner->outbox,
                     &(roam_event){.kind = ROAM_EVENT_STREAM_WRITABLE,
                                   .peer = streams->owner->peer,
                                   .stream = {stream->id}},
                     core_quic_now(streams->owner->quic));
}

/* ---- In ---- */

core_reject core_user_stream_opened(core_user_streams *streams, core_stream *stream)
{
    user_stream *user;
    return adopt(streams, stream, &user) ? core_reject_with(ROAM_CLOSE_FAILED) : core_reject_none();
}

static void announce(core_user_streams *streams, core_stream *stream, user_stream *user)
{
    const core_streams_owner *const owner = streams->owner;
    const roam_node_options *const options = options_of(streams);
    user->begun = true;
    if (!options->callbacks.stream_opened) {
        core_quic_stream_reset(owner->quic, stream);
        return;
    }
    user->announced = true;
    roam_stream told = {.peer = owner->peer,
                        .id = {stream->id},
                        .tag = user->tag,
                        .tag_len = user->tag_len,
                        .priority = is_raw(streams) ? ROAM_PRIORITY_DEFAULT : (uint8_t)user->numbers[1]};
    stream->urgency = told.priority;
    options->callbacks.stream_opened(options->user_data, &told, core_quic_now(owner->quic));
}

/* Takes one byte of the preamble. False: it is not one. */
static bool take_preamble(core_user_streams *streams, core_stream *stream, user_stream *user, uint8_t byte)
{
    if (user->numbers_read < HEAD_NUMBERS) {
        user->number[user->number_len++] = byte;
        if (user->number_len < core_varint_len(user->number[0]))
            return true;
        user->numbers[user->numbers_read++] = core_varint_get(user->number);
        user->number_len = 0;
        if (user->numbers_read < HEAD_NUMBERS)
            return true;
        if (user->numbers[0] != STREAM_USER || user->numbers[1] > ROAM_PRIORITY_LAST ||
            user->numbers[2] > ROAM_TAG_MAX)
            return false;
    } else {
        user->tag[user->tag_len++] = byte;
    }
    if (user->tag_len == user->numbers[2])
        announce(streams, stream, user);
    return true;
}

/* PEER_UP comes before the first stream: what overtook it waits. No more than flow control would ever let
 * come at once. */
static core_reject keep_early(core_user_streams *streams, user_stream *user, core_span data, bool fin)
{
    if (data.len > options_of(streams)->max_window - streams->early)
        return core_reject_with(ROAM_CLOSE_PROTOCOL);
    if (data.len > 0) {
        uint8_t *const early = realloc(user->early, user->early_len + data.len);
        if (!early)
            return core_reject_with(ROAM_CLOSE_FAILED);
        memcpy(early + user->early_len, data.bytes, data.len);
        user->early = early;
        user->early_len += data.len;
        streams->early += data.len;
    }
    user->early_fin = fin;
    return core_reject_none();
}

core_reject core_user_streams_up(core_user_streams *streams)
{
    core_reject reject = core_reject_none();
    for (core_stream *s = core_quic_streams(streams->owner->quic); s && !reject.is_set; s = s->older) {
        user_stream *const user = find(streams, (roam_stream_id){s->id}) ? s->reader : NULL;
        if (!user || (user->early_len == 0 && !user->early_fin))
            continue;
        uint8_t *const early = user->early;
        user->early = NULL;
        reject = core_user_stream_data(streams, s, (core_span){early, user->early_len}, user->early_fin);
        free(early);
    }
    return reject;
}

core_reject core_user_stream_data(core_user_streams *streams, core_stream *stream, core_span data, bool fin)
{
    const core_streams_owner *const owner = streams->owner;
    user_stream *const user = stream->reader;
    if (!user)
        return core_reject_with(ROAM_CLOSE_PROTOCOL);
    if (!owner->up)
        return keep_early(streams, user, data, fin);
    if (is_raw(streams) && !user->begun)
        announce(streams, stream, user);
    for (; !user->begun && data.len > 0; data.bytes++, data.len--)
        if (!take_preamble(streams, stream, user, data.bytes[0]))
            return core_reject_with(ROAM_CLOSE_PROTOCOL);
    if (!user->begun)
        return fin ? core_reject_with(ROAM_CLOSE_PROTOCOL) : core_reject_none();
    const roam_node_options *const options = options_of(streams);
    if ((data.len > 0 || fin) && user->announced && !stream->reset && options->callbacks.stream_data)
        options->callbacks.stream_data(options->user_data, owner->peer, (roam_stream_id){stream->id},
                                       data.bytes, data.len, fin, core_quic_now(owner->quic));
    return core_reject_none();
}

void core_user_stream_closed(core_user_streams *streams, core_stream *stream)
{
    const core_streams_owner *const owner = streams->owner;
    const roam_node_options *const options = options_of(streams);
    user_stream *const user = stream->reader;
    core_map_remove(&streams->by_id, &stream->id, sizeof stream->id);
    if (user && user->announced && options->callbacks.stream_closed)
        options->callbacks.stream_closed(options->user_data, owner->peer, (roam_stream_id){stream->id},
                                         stream->reset, core_quic_now(owner->quic));
    user_stream_free(stream);
}
