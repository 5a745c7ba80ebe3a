/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The streams of a connection: the node's queue in front of the library's. */
#include "sim/endpoint/foreign_internal.h"

#include <stdlib.h>

core_stream *foreign_stream(const foreign_quic *quic, int64_t id)
{
    core_stream *stream = quic->base.newest;
    while (stream && stream->id != id)
        stream = stream->older;
    return stream;
}

int foreign_stream_open(core_quic *base, bool bidirectional, core_stream **out)
{
    foreign_quic *const quic = foreign_of(base);
    int64_t id = -1;
    if (!quic->established || base->end.kind != CORE_QUIC_OPEN)
        return ROAM_ERR_WOULD_BLOCK;
    if (!foreign_enter(quic->owner, "stream_open"))
        return ROAM_ERR_WOULD_BLOCK;
    const int status = quic->owner->options.library->stream_open(quic->connection, bidirectional, &id);
    foreign_leave(quic->owner);
    if (status)
        return status == ROAM_ENDPOINT_NO_MEMORY ? ROAM_ERR_NO_MEMORY : ROAM_ERR_WOULD_BLOCK;
    const int64_t kind = (bidirectional ? 0 : 2) + (base->dialled ? 0 : 1); /* RFC 9000 section 2.1 */
    if (id < 0 || (id & 3) != kind || foreign_stream(quic, id)) {
        foreign_fault(quic->owner, "stream_open", "stream %lld is not a new one of this end and kind",
                      (long long)id);
        return ROAM_ERR_WOULD_BLOCK;
    }
    core_stream *const stream = core_quic_stream_new(base, id);
    if (!stream)
        return ROAM_ERR_NO_MEMORY;
    *out = stream;
    return 0;
}

/* What it was set to before its first byte. */
static void give_priority(foreign_quic *quic, const core_stream *stream)
{
    const roam_endpoint_library *const library = quic->owner->options.library;
    if (stream->out.sent > 0 || stream->urgency == ROAM_PRIORITY_DEFAULT || !library->stream_priority ||
        !foreign_enter(quic->owner, "stream_priority"))
        return;
    library->stream_priority(quic->connection, stream->id, stream->urgency);
    foreign_leave(quic->owner);
}

/* One call: what the queue shows first. False: the library takes no more now. */
static bool give(foreign_quic *quic, core_stream *stream)
{
    core_span span = {NULL, 0}; /* of an end alone */
    size_t taken = 0;
    (void)core_sendq_peek(&stream->out, &span, 1);
    const bool last = stream->fin && stream->out.sent + span.len == stream->out.end;
    give_priority(quic, stream);
    if (!foreign_enter(quic->owner, "stream_write"))
        return false;
    const int status = quic->owner->options.library->stream_write(quic->connection, stream->id, span.bytes,
                                                                  span.len, last, &taken);
    foreign_leave(quic->owner);
    if (status == ROAM_ENDPOINT_CLOSED) {
        stream->state = CORE_STREAM_IDLE; /* cut short: what waits is lost with it */
        return false;
    }
    if (status && status != ROAM_ENDPOINT_BLOCKED) {
        foreign_fault(quic->owner, "stream_write", "status %d for stream %lld, which is open", status,
                      (long long)stream->id);
        return false;
    }
    if (status == ROAM_ENDPOINT_BLOCKED)
        taken = 0;
    if (taken > span.len) {
        foreign_fault(quic->owner, "stream_write", "it takes %zu of %zu bytes", taken, span.len);
        return false;
    }
    core_sendq_sent(&stream->out, taken);
    quic->taken += taken;
    quic->wrote = quic->wrote || taken > 0 || (last && status == 0);
    quic->acks_wait = quic->acks_wait || taken > 0;
    stream->fin_sent = last && status == 0 && taken == span.len;
    return taken == span.len && status == 0;
}

void foreign_stream_push(foreign_quic *quic, core_stream *stream)
{
    bool goes_on = stream->state == CORE_STREAM_READY && quic->base.end.kind == CORE_QUIC_OPEN;
    while (goes_on && (stream->out.sent < stream->out.end || (stream->fin && !stream->fin_sent)))
        goes_on = give(quic, stream);
    if (stream->out.sent == stream->out.end && (!stream->fin || stream->fin_sent))
        stream->state = CORE_STREAM_IDLE;
    quic->streams_wait = quic->streams_wait || stream->state == CORE_STREAM_READY;
}

void foreign_streams_push(foreign_quic *quic)
{
    if (!quic->streams_wait)
        return;
    quic->streams_wait = false;
    for (core_stream *s = quic->base.newest; s; s = s->older)
        if (s->state == CORE_STREAM_READY)
            foreign_stream_push(quic, s);
}

int foreign_stream_append(core_quic *base, core_stream *stream, core_span head, core_span body)
{
    foreign_quic *const quic = foreign_of(base);
    const bool waits = stream->state == CORE_STREAM_READY;
    const int status = core_sendq_append(&stream->out, head, body);
    if (status)
        return status;
    stream->state = CORE_STREAM_READY;
    if (!waits)
        foreign_stream_push(quic, stream);
    return 0;
}

void foreign_stream_finish(core_quic *base, core_stream *stream)
{
    stream->fin = true;
    stream->state = CORE_STREAM_READY;
    foreign_stream_push(foreign_of(base), stream);
}

void foreign_stream_reset(core_quic *base, core_stream *stream)
{
    foreign_quic *const quic = foreign_of(base);
    stream->reset = true;
    stream->state = CORE_STREAM_IDLE;
    if (base->end.kind != CORE_QUIC_OPEN || !foreign_enter(quic->owner, "stream_reset"))
        return;
    (void)quic->owner->options.library->stream_reset(quic->connection, stream->id, 0);
    foreign_leave(quic->owner);
    quic->wrote = true;
}

void foreign_streams_tell_taken(foreign_quic *quic)
{
    if (!quic->acks_wait || foreign_can(quic->owner, ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED))
        return;
    quic->acks_wait = false;
    for (core_stream *s = quic->base.newest; s; s = s->older) {
        if (s->out.acked == s->out.sent)
            continue;
        core_sendq_acked(&s->out, s->out.sent);
        quic->base.handlers->stream_taken(quic->base.owner, s);
    }
}

void foreign_stream_read(foreign_quic *quic, core_stream *stream, uint64_t limit)
{
    foreign *const self = quic->owner;
    const uint64_t most = limit > 0 ? limit : UINT64_MAX;
    uint64_t read = 0;
    bool finished = false;
    if (!self->bytes)
        self->bytes = malloc(FOREIGN_READ_BYTES);
    if (!self->bytes) {
        foreign_apply(quic, core_reject_with(ROAM_CLOSE_FAILED));
        return;
    }
    while (read < most && !finished && !stream->reset && !self->failed &&
           quic->base.end.kind == CORE_QUIC_OPEN) {
        const size_t room = most - read < FOREIGN_READ_BYTES ? (size_t)(most - read) : FOREIGN_READ_BYTES;
        size_t len = 0;
        if (!foreign_enter(self, "stream_read"))
            return;
        const int status = self->options.library->stream_read(quic->connection, stream->id, self->bytes, room,
                                                              &len, &finished);
        foreign_leave(self);
        if (status == ROAM_ENDPOINT_CLOSED)
            return;
        if (status || len > room) {
            foreign_fault(self, "stream_read", "status %d and %zu bytes for stream %lld, which is open",
                          status, len, (long long)stream->id);
            return;
        }
        if (len == 0 && !finished)
            return;
        read += len;
        foreign_apply(quic,
                      quic->base.handlers->stream_data(quic->base.owner, stream, self->bytes, len, finished));
    }
}
