/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the adapter tells of a connection, handled between its calls. */
#include "sim/endpoint/foreign_internal.h"

void foreign_apply(foreign_quic *quic, core_reject reject)
{
    if (reject.is_set && quic->base.end.kind == CORE_QUIC_OPEN)
        quic->base.methods->close(&quic->base, true, reject.code, quic->base.now_ns);
}

/* ---- The handshake ---- */

static void ask_peer(foreign_quic *quic)
{
    foreign *const self = quic->owner;
    roam_endpoint_peer peer = {.size = sizeof peer};
    if (!foreign_enter(self, "peer"))
        return;
    const int status = self->options.library->peer(quic->connection, &peer);
    foreign_leave(self);
    if (status) {
        foreign_fault(self, "peer", "after ESTABLISHED it answers with status %d", status);
        return;
    }
    quic->disables_migration = peer.disables_migration;
    if (!peer.certificate)
        return; /* the node refuses a peer without one */
    quic->has_peer =
        core_certificate_parse((core_der){peer.certificate, peer.certificate_len}, &quic->peer) == 0;
}

static void on_established(foreign_quic *quic)
{
    if (quic->established) {
        foreign_fault(quic->owner, "event", "ESTABLISHED comes twice");
        return;
    }
    quic->established = true;
    ask_peer(quic);
    if (!quic->owner->failed)
        quic->base.handlers->handshake_completed(quic->base.owner);
}

static void on_confirmed(foreign_quic *quic)
{
    if (!quic->established || quic->base.confirmed) {
        foreign_fault(quic->owner, "event",
                      quic->established ? "CONFIRMED comes twice" : "CONFIRMED before ESTABLISHED");
        return;
    }
    quic->base.confirmed = true;
    foreign_apply(quic, quic->base.handlers->handshake_confirmed(quic->base.owner));
}

/* ---- Streams ---- */

static void on_stream_opened(foreign_quic *quic, const roam_endpoint_event *event)
{
    const bool ours = ((event->stream & 1) == 0) == quic->base.dialled;
    if (event->stream < 0 || ours || foreign_stream(quic, event->stream)) {
        foreign_fault(quic->owner, "event", "STREAM_OPENED of %lld, which is %s", (long long)event->stream,
                      event->stream < 0 ? "no stream"
                      : ours            ? "one of this end"
                                        : "open");
        return;
    }
    core_stream *const stream = core_quic_stream_new(&quic->base, event->stream);
    if (!stream) {
        foreign_apply(quic, core_reject_with(ROAM_CLOSE_FAILED));
        return;
    }
    foreign_apply(quic, quic->base.handlers->stream_opened(quic->base.owner, stream));
}

static void note_acknowledged(foreign_quic *quic, uint64_t bytes)
{
    quic->acknowledged += bytes;
    quic->base.unacknowledged -= bytes < quic->base.unacknowledged ? bytes : quic->base.unacknowledged;
}

static void on_acknowledged(foreign_quic *quic, core_stream *stream, uint64_t bytes)
{
    if (bytes > stream->out.sent - stream->out.acked) {
        foreign_fault(quic->owner, "event", "STREAM_ACKNOWLEDGED of more bytes than stream %lld took",
                      (long long)stream->id);
        return;
    }
    if (!foreign_can(quic->owner, ROAM_ENDPOINT_REPORTS_ACKNOWLEDGED)) {
        foreign_fault(quic->owner, "event", "STREAM_ACKNOWLEDGED without REPORTS_ACKNOWLEDGED");
        return;
    }
    core_sendq_acked(&stream->out, stream->out.acked + bytes);
    note_acknowledged(quic, bytes);
    quic->base.handlers->stream_acked(quic->base.owner, stream);
}

static void on_stream_closed(foreign_quic *quic, core_stream *stream, bool reset)
{
    if (!reset)
        foreign_stream_read(quic, stream, 0);
    stream->reset = stream->reset || reset;
    note_acknowledged(quic, stream->out.sent - stream->out.acked); /* of it nothing more is told */
    const core_reject reject = quic->base.handlers->stream_closed(quic->base.owner, stream);
    core_quic_stream_free(&quic->base, stream);
    foreign_apply(quic, reject);
}

static void on_stream(foreign_quic *quic, const roam_endpoint_event *event)
{
    core_stream *const stream = foreign_stream(quic, event->stream);
    if (!stream) {
        foreign_fault(quic->owner, "event", "event %u is for stream %lld, which is not open", event->kind,
                      (long long)event->stream);
        return;
    }
    switch (event->kind) {
    case ROAM_ENDPOINT_STREAM_READABLE:
        foreign_stream_read(quic, stream, event->bytes);
        break;
    case ROAM_ENDPOINT_STREAM_WRITABLE:
        foreign_stream_push(quic, stream);
        break;
    case ROAM_ENDPOINT_STREAM_ACKNOWLEDGED:
        on_acknowledged(quic, stream, event->bytes);
        break;
    default:
        on_stream_closed(quic, stream, event->reset);
        break;
    }
}

/* ---- Paths ---- */

static void on_path(foreign_quic *quic, const roam_endpoint_event *event)
{
    roam_addr local, remote;
    if (!foreign_addr_from(&event->path.local, &local) || !foreign_addr_from(&event->path.remote, &remote)) {
        foreign_fault(quic->owner, "event", "event %u is for a path without addresses", event->kind);
        return;
    }
    if (event->kind == ROAM_ENDPOINT_MOVED) {
        quic->local = local;
        quic->remote = remote;
        return;
    }
    const bool validated = event->kind == ROAM_ENDPOINT_PATH_VALIDATED;
    quic->base.handlers->validation(quic->base.owner, &local, &remote,
                                    validated ? CORE_VALIDATED : CORE_VALIDATION_FAILED);
}

static void on_closed(foreign_quic *quic, const roam_endpoint_event *event)
{
    static const core_quic_end_kind KINDS[] = {
        [ROAM_ENDPOINT_CLOSED_HERE] = CORE_QUIC_CLOSED_HERE,
        [ROAM_ENDPOINT_CLOSED_THERE] = CORE_QUIC_CLOSED_THERE,
        [ROAM_ENDPOINT_CLOSED_RESET] = CORE_QUIC_RESET,
        [ROAM_ENDPOINT_CLOSED_IDLE] = CORE_QUIC_IDLE,
        [ROAM_ENDPOINT_CLOSED_HANDSHAKE] = CORE_QUIC_HANDSHAKE_TIMEOUT,
        [ROAM_ENDPOINT_CLOSED_DROPPED] = CORE_QUIC_DROPPED,
    };
    if (event->closed.kind < 1 || event->closed.kind > ROAM_ENDPOINT_CLOSED_DROPPED) {
        foreign_fault(quic->owner, "event", "CLOSED_EVENT of kind %u, which there is not",
                      event->closed.kind);
        return;
    }
    if (quic->base.end.kind == CORE_QUIC_OPEN)
        quic->base.end = (core_quic_end){.kind = KINDS[event->closed.kind],
                                         .application = event->closed.application,
                                         .code = event->closed.code};
}

/* ---- The queue ---- */

static void handle(foreign_quic *quic, const roam_endpoint_event *event)
{
    switch (event->kind) {
    case ROAM_ENDPOINT_ESTABLISHED:
        on_established(quic);
        return;
    case ROAM_ENDPOINT_CONFIRMED:
        on_confirmed(quic);
        return;
    case ROAM_ENDPOINT_STREAM_OPENED:
        on_stream_opened(quic, event);
        return;
    case ROAM_ENDPOINT_STREAM_READABLE:
    case ROAM_ENDPOINT_STREAM_WRITABLE:
    case ROAM_ENDPOINT_STREAM_ACKNOWLEDGED:
    case ROAM_ENDPOINT_STREAM_CLOSED:
        on_stream(quic, event);
        return;
    case ROAM_ENDPOINT_STREAMS_AVAILABLE:
        return; /* whoever wants a stream asks again when it next sends */
    case ROAM_ENDPOINT_CHALLENGE_SENT:
        quic->base.handlers->challenge_sent(quic->base.owner, NULL, NULL); /* it does not say where */
        return;
    case ROAM_ENDPOINT_PATH_VALIDATED:
    case ROAM_ENDPOINT_PATH_FAILED:
    case ROAM_ENDPOINT_MOVED:
        on_path(quic, event);
        return;
    case ROAM_ENDPOINT_CLOSED_EVENT:
        on_closed(quic, event);
        return;
    default:
        foreign_fault(quic->owner, "event", "event %u, which there is not", event->kind);
        return;
    }
}

void foreign_handle(void *ctx)
{
    foreign *const self = ctx;
    if (self->handling)
        return;
    self->handling = true;
    while (self->event_at < self->event_count && !self->failed) {
        const foreign_event next = self->events[self->event_at++];
        const bool wanted = next.quic && next.quic->base.owner;
        if (wanted &&
            (next.quic->base.end.kind == CORE_QUIC_OPEN || next.event.kind == ROAM_ENDPOINT_CLOSED_EVENT)) {
            next.quic->base.now_ns = self->call.now_ns; /* of the call that told it */
            handle(next.quic, &next.event);
        }
    }
    self->event_at = self->event_count = 0;
    self->handling = false;
}
