/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/quic/quic.h"

#include <stdlib.h>
#include <string.h>

/* Bits of a stream ID (RFC 9000 section 2.1). */
enum { FROM_SERVER = 0x01, UNIDIRECTIONAL = 0x02 };

bool core_connection_id_equal(const core_connection_id *a, const core_connection_id *b)
{
    return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

core_stream *core_quic_stream_new(core_quic *quic, int64_t id)
{
    core_stream *const stream = calloc(1, sizeof *stream);
    if (!stream)
        return NULL;
    stream->id = id;
    stream->urgency = ROAM_PRIORITY_DEFAULT;
    core_sendq_init(&stream->out);
    stream->older = quic->newest;
    if (quic->newest)
        quic->newest->newer = stream;
    quic->newest = stream;
    return stream;
}

void core_quic_stream_free(core_quic *quic, core_stream *stream)
{
    if (stream->newer)
        stream->newer->older = stream->older;
    else
        quic->newest = stream->older;
    if (stream->older)
        stream->older->newer = stream->newer;
    core_sendq_fini(&stream->out);
    free(stream);
}

bool core_stream_is_bidirectional(const core_stream *stream)
{
    return (stream->id & UNIDIRECTIONAL) == 0;
}

bool core_quic_stream_sends(const core_quic *quic, const core_stream *stream)
{
    const bool from_server = stream->id & FROM_SERVER;
    return core_stream_is_bidirectional(stream) || from_server != quic->dialled;
}
