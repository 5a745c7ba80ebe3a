/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/rules/internal.h"

#include <string.h>

/* What an endpoint sends on its streams, and what of it again. Of a stream that comes back after many others
 * were used, what it had sent is not known any more, and counts as new. */

static rules_stream *stream_of(rules_end *end, const dissect_frame *frame)
{
    uint32_t at = 0;
    while (at < end->stream_count && end->streams[at].id != frame->stream_id)
        at++;
    rules_stream stream = {.id = frame->stream_id, .end = frame->offset};
    if (at < end->stream_count)
        stream = end->streams[at];
    else if (end->stream_count < RULES_STREAMS)
        end->stream_count++;
    else
        at--;
    memmove(&end->streams[1], &end->streams[0], at * sizeof stream);
    end->streams[0] = stream;
    return &end->streams[0];
}

static void frame_sent(const rules_event *event, const dissect_frame *frame)
{
    rules_end *const end = event->end;
    rules_stream *const stream = stream_of(end, frame);
    const uint64_t before = stream->end > frame->offset ? stream->end - frame->offset : 0;
    end->stream_bytes += frame->len;
    end->retransmitted_bytes += before < frame->len ? before : frame->len;
    if (frame->offset + frame->len > stream->end)
        stream->end = frame->offset + frame->len;
}

const rules_group rules_streams = {.frame_sent = frame_sent, .frames = RULES_FRAME(DISSECT_STREAM)};
