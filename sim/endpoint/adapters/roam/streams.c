/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/adapters/roam/internal.h"

#include <stdlib.h>
#include <string.h>

/* What has come on a stream and waits to be read. It outlives the core's stream: the end is told once all was
 * read. */
struct inbox {
    inbox *next;
    int64_t stream;
    uint8_t *bytes;
    size_t at, len, capacity;
    uint64_t acked; /* of our part, as it was told */
    bool finished;  /* the end has come */
    bool given;     /* and was read */
    bool closed;    /* the core's stream is gone */
    bool full;      /* stream_write took less than it was given */
};

static inbox **find_inbox(roam_endpoint_connection *connection, int64_t stream)
{
    inbox **link = &connection->inboxes;
    while (*link && (*link)->stream != stream)
        link = &(*link)->next;
    return link;
}

/* NULL: no memory. */
static inbox *inbox_of(roam_endpoint_connection *connection, core_stream *stream)
{
    if (stream->reader)
        return stream->reader;
    inbox *const in = calloc(1, sizeof *in);
    if (!in)
        return NULL;
    in->stream = stream->id;
    in->next = connection->inboxes;
    connection->inboxes = in;
    stream->reader = in;
    return in;
}

static void inbox_free(inbox **link)
{
    inbox *const in = *link;
    *link = in->next;
    free(in->bytes);
    free(in);
}

/* False: no memory. */
static bool inbox_add(inbox *in, const uint8_t *data, size_t len)
{
    if (in->at == in->len)
        in->at = in->len = 0;
    if (in->len + len > in->capacity) {
        const size_t capacity = 2 * (in->len + len);
        uint8_t *const bytes = realloc(in->bytes, capacity);
        if (!bytes)
            return false;
        in->bytes = bytes;
        in->capacity = capacity;
    }
    memcpy(in->bytes + in->len, data, len);
    in->len += len;
    return true;
}

static core_stream *find(const roam_endpoint_connection *connection, int64_t id)
{
    core_stream *stream = core_quic_streams(connection->quic);
    while (stream && stream->id != id)
        stream = stream->older;
    return stream;
}

static void tell(roam_endpoint_connection *connection, roam_endpoint_event_kind kind,
                 const core_stream *stream, uint64_t bytes)
{
    const roam_endpoint_event event = {
        .kind = kind, .stream = stream->id, .bytes = bytes, .reset = stream->reset};
    connection_tell(connection, &event);
}

/* ---- Handlers of the core ---- */

core_reject streams_opened(void *owner, core_stream *stream)
{
    tell(owner, ROAM_ENDPOINT_STREAM_OPENED, stream, 0);
    return core_reject_none();
}

core_reject streams_data(void *owner, core_stream *stream, const uint8_t *data, size_t len, bool fin)
{
    inbox *const in = inbox_of(owner, stream);
    if (!in || (len > 0 && !inbox_add(in, data, len)))
        return core_reject_with(ROAM_CLOSE_FAILED);
    in->finished = fin;
    tell(owner, ROAM_ENDPOINT_STREAM_READABLE, stream, len);
    return core_reject_none();
}

void streams_acked(void *owner, core_stream *stream)
{
    inbox *const in = inbox_of(owner, stream);
    if (!in)
        return; /* told with the next */
    const uint64_t more = stream->out.acked - in->acked;
    in->acked = stream->out.acked;
    tell(owner, ROAM_ENDPOINT_STREAM_ACKNOWLEDGED, stream, more);
    if (!in->full)
        return;
    in->full = false;
    tell(owner, ROAM_ENDPOINT_STREAM_WRITABLE, stream, 0);
}

core_reject streams_closed(void *owner, core_stream *stream)
{
    inbox *const in = stream->reader;
    if (in && (in->at < in->len || (in->finished && !in->given)) && !stream->reset) {
        in->closed = true;
        return core_reject_none();
    }
    tell(owner, ROAM_ENDPOINT_STREAM_CLOSED, stream, 0);
    if (in)
        inbox_free(find_inbox(owner, stream->id));
    return core_reject_none();
}

void streams_available(void *owner, bool bidirectional)
{
    roam_endpoint_connection *const connection = owner;
    if (!connection->wants_stream[bidirectional])
        return;
    connection->wants_stream[bidirectional] = false;
    connection_tell(owner, &(roam_endpoint_event){.kind = ROAM_ENDPOINT_STREAMS_AVAILABLE, .stream = -1});
}

void streams_free(roam_endpoint_connection *connection)
{
    while (connection->inboxes)
        inbox_free(&connection->inboxes);
}

/* ---- Calls of the host ---- */

int stream_open(roam_endpoint_connection *connection, bool bidirectional, int64_t *stream)
{
    core_stream *opened;
    if (core_quic_ended(connection->quic).kind != CORE_QUIC_OPEN)
        return ROAM_ENDPOINT_CLOSED;
    const core_tls_scope scope = connection_enter(connection);
    const int status = core_quic_open_stream(connection->quic, bidirectional, &opened);
    connection_leave(connection, scope);
    connection->wants_stream[bidirectional] = status == ROAM_ERR_WOULD_BLOCK;
    if (status)
        return status == ROAM_ERR_NO_MEMORY ? ROAM_ENDPOINT_NO_MEMORY : ROAM_ENDPOINT_BLOCKED;
    *stream = opened->id;
    return ROAM_ENDPOINT_OK;
}

int stream_write(roam_endpoint_connection *connection, int64_t stream, const uint8_t *data, size_t len,
                 bool finish, size_t *taken)
{
    core_stream *const s = find(connection, stream);
    *taken = 0;
    if (!s || s->fin || s->reset || core_quic_ended(connection->quic).kind != CORE_QUIC_OPEN)
        return ROAM_ENDPOINT_CLOSED;
    inbox *const in = inbox_of(connection, s);
    if (!in)
        return ROAM_ENDPOINT_NO_MEMORY;
    const uint64_t room = connection->endpoint->node.max_window - (s->out.end - s->out.acked);
    const size_t fits = len < room ? len : (size_t)room;
    in->full = fits < len;
    if (in->full && fits == 0)
        return ROAM_ENDPOINT_BLOCKED;
    if (fits > 0 &&
        core_quic_stream_append(connection->quic, s, (core_span){data, fits}, (core_span){NULL, 0}))
        return ROAM_ENDPOINT_NO_MEMORY;
    *taken = fits;
    if (finish && fits == len)
        core_quic_stream_finish(connection->quic, s);
    return ROAM_ENDPOINT_OK;
}

int stream_read(roam_endpoint_connection *connection, int64_t stream, uint8_t *data, size_t capacity,
                size_t *len, bool *finished)
{
    inbox **const link = find_inbox(connection, stream);
    inbox *const in = *link;
    const core_stream *const open = find(connection, stream);
    *len = 0;
    *finished = false;
    if (open && open->reset)
        return ROAM_ENDPOINT_CLOSED;
    if (!in)
        return open ? ROAM_ENDPOINT_OK : ROAM_ENDPOINT_CLOSED;
    *len = in->len - in->at < capacity ? in->len - in->at : capacity;
    if (*len > 0)
        memcpy(data, in->bytes + in->at, *len);
    in->at += *len;
    core_quic_stream_read(connection->quic, stream, *len);
    in->given = *finished = in->finished && in->at == in->len;
    if (in->closed && in->at == in->len) {
        const roam_endpoint_event closed = {.kind = ROAM_ENDPOINT_STREAM_CLOSED, .stream = stream};
        connection_tell(connection, &closed);
        inbox_free(link);
    }
    return ROAM_ENDPOINT_OK;
}

int stream_reset(roam_endpoint_connection *connection, int64_t stream, uint64_t code)
{
    core_stream *const s = find(connection, stream);
    (void)code; /* the core resets with 0 */
    if (!s)
        return ROAM_ENDPOINT_CLOSED;
    const core_tls_scope scope = connection_enter(connection);
    core_quic_stream_reset(connection->quic, s);
    connection_leave(connection, scope);
    return ROAM_ENDPOINT_OK;
}

/* As the core's own streams: before anything is queued. */
void stream_priority(roam_endpoint_connection *connection, int64_t stream, uint8_t urgency)
{
    core_stream *const s = find(connection, stream);
    if (s && urgency < CORE_URGENCIES && s->state == CORE_STREAM_IDLE)
        s->urgency = urgency;
}
