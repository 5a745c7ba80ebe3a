/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/qlog/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_BYTES_MAX = 1 << 20 };

typedef enum trace_state {
    BEGINNING, /* the header has not come */
    TRANSLATING,
    VERBATIM /* form 0.3, or a library with a form of its own */
} trace_state;

struct qlog_trace {
    qlog_trace_options options;
    trace_state state;
    int failure; /* errno value of the first */
    bool begun;
    uint64_t first_ns, last_ns; /* of the first call; written last */
    char *text;                 /* of a record that is not whole yet */
    size_t text_len, text_room;
    json_t *early; /* events that came before the header */
    qlog_tuples tuples;
    qlog_runs sent;
    bool started, closed;  /* the events of the connection's beginning and end were written */
    const char *migration; /* the state written last; NULL: none */
};

qlog_trace *qlog_trace_new(const qlog_trace_options *options)
{
    qlog_trace *const self = calloc(1, sizeof *self);
    json_t *const early = json_array();
    if (!self || !early) {
        free(self);
        json_decref(early);
        return NULL;
    }
    self->options = *options;
    self->early = early;
    self->state = options->form == QLOG_CURRENT ? BEGINNING : VERBATIM;
    return self;
}

void qlog_trace_free(qlog_trace *self)
{
    if (!self)
        return;
    json_decref(self->early);
    qlog_tuples_free(&self->tuples);
    free(self->text);
    free(self);
}

bool qlog_trace_is_whole(const qlog_trace *self, int *told)
{
    *told = self->failure;
    return self->failure == 0;
}

static void fail(qlog_trace *self, int failure)
{
    if (self->failure == 0)
        self->failure = failure ? failure : EIO;
}

/* ---- Out ---- */

static void write_bytes(qlog_trace *self, const void *data, size_t len)
{
    if (self->failure == 0 && len > 0 && !self->options.write(self->options.ctx, data, len))
        fail(self, errno);
}

/* Takes record. */
static void write_record(qlog_trace *self, json_t *record)
{
    char *const text = json_dumps(record, JSON_COMPACT | JSON_REAL_PRECISION(15));
    json_decref(record);
    if (!text) {
        fail(self, ENOMEM);
        return;
    }
    write_bytes(self, "\x1e", 1);
    write_bytes(self, text, strlen(text));
    write_bytes(self, "\n", 1);
    free(text);
}

/* Takes data. tuple: "" is the one that an event without one has. Times ascend. */
static void write_event(qlog_trace *self, uint64_t at_ns, const char *name, const char *tuple, json_t *data)
{
    json_t *const record = json_object();
    self->last_ns = at_ns > self->last_ns ? at_ns : self->last_ns;
    const uint64_t epoch_ns = self->options.epoch_ns;
    const uint64_t time_ns = self->last_ns > epoch_ns ? self->last_ns - epoch_ns : 0;
    (void)json_object_set_new(record, "time", json_real(qlog_ms(time_ns)));
    (void)json_object_set_new(record, "name", json_string(name));
    if (tuple && tuple[0])
        (void)json_object_set_new(record, "tuple", json_string(tuple));
    (void)json_object_set_new(record, "data", data);
    write_record(self, record);
}

/* ---- Header ---- */

static json_t *schemas_of(const qlog_trace *self)
{
    json_t *const schemas = json_array();
    (void)json_array_append_new(schemas, json_string(QLOG_SCHEMA_QUIC));
    if (!self->options.simulated)
        return schemas;
    (void)json_array_append_new(schemas, json_string(QLOG_SCHEMA_SIMULATION));
    (void)json_array_append_new(schemas, json_string(QLOG_SCHEMA_TIMELINE));
    return schemas;
}

static json_t *common_fields_of(const qlog_trace *self, const json_t *before)
{
    json_t *const common = json_object();
    json_t *const reference = json_object();
    json_t *const group = json_object_get(json_object_get(before, "common_fields"), "group_id");
    if (group)
        (void)json_object_set(common, "group_id", group);
    (void)json_object_set_new(common, "time_format", json_string("relative_to_epoch"));
    (void)json_object_set_new(reference, "clock_type", json_string("monotonic"));
    (void)json_object_set_new(reference, "epoch", json_string("unknown"));
    if (self->options.wall_clock)
        (void)json_object_set_new(reference, "wall_clock_time", json_string(self->options.wall_clock));
    (void)json_object_set_new(common, "reference_time", reference);
    return common;
}

static void write_header(qlog_trace *self, const json_t *before)
{
    json_t *const header = json_object();
    json_t *const trace = json_object();
    json_t *const point = json_object();
    (void)json_object_set_new(header, "file_schema", json_string("urn:ietf:params:qlog:file:sequential"));
    (void)json_object_set_new(header, "serialization_format", json_string("application/qlog+json-seq"));
    if (self->options.title)
        (void)json_object_set_new(trace, "title", json_string(self->options.title));
    (void)json_object_set_new(trace, "common_fields", common_fields_of(self, before));
    (void)json_object_set_new(point, "name", json_string(self->options.node));
    (void)json_object_set_new(point, "type", json_string(self->options.dialled ? "client" : "server"));
    (void)json_object_set_new(trace, "vantage_point", point);
    (void)json_object_set_new(trace, "event_schemas", schemas_of(self));
    (void)json_object_set_new(header, "trace", trace);
    write_record(self, header);
}

/* ---- Tuples ---- */

static const char *id_of(const qlog_tuple *tuple)
{
    return tuple ? tuple->id : "";
}

static void assign(qlog_trace *self, uint64_t at_ns, qlog_tuple *tuple)
{
    tuple->assigned = true;
    write_event(self, at_ns, "quic:tuple_assigned", tuple->id, qlog_tuple_data(tuple));
}

/* The tuple, which is announced when it is new. */
static qlog_tuple *tuple_of(qlog_trace *self, const roam_qlog *told)
{
    qlog_tuple *const tuple = qlog_tuples_find(&self->tuples, &told->local, &told->remote);
    if (tuple && !tuple->assigned)
        assign(self, told->now_ns, tuple);
    return tuple;
}

/* The tuple of a packet to or from the connection ID. */
static qlog_tuple *tuple_of_packet(qlog_trace *self, const roam_qlog *told, bool sent)
{
    qlog_tuple *const tuple = qlog_tuples_find(&self->tuples, &told->local, &told->remote);
    qlog_connection_id id = {.len = told->destination_len};
    if (!tuple || id.len == 0)
        return tuple_of(self, told);
    memcpy(id.bytes, told->destination, id.len);
    qlog_connection_id *const place = sent ? &tuple->to_remote : &tuple->to_local;
    const qlog_connection_id before = *place;
    if (before.len == id.len && memcmp(before.bytes, id.bytes, id.len) == 0)
        return tuple;
    *place = id;
    assign(self, told->now_ns, tuple);
    json_t *const data = json_object();
    (void)json_object_set_new(data, "initiator", json_string(sent ? "remote" : "local"));
    if (before.len > 0)
        (void)json_object_set_new(data, "old", qlog_id(&before));
    (void)json_object_set_new(data, "new", qlog_id(&id));
    write_event(self, told->now_ns, "quic:connection_id_updated", tuple->id, data);
    return tuple;
}

/* ---- Events of the library ---- */

/* The connection is over with this frame. */
static void write_closed(qlog_trace *self, const roam_qlog *told, const json_t *frame, bool sent,
                         const char *tuple)
{
    const char *const space = json_string_value(json_object_get(frame, "error_space"));
    const bool application = space && strcmp(space, "application") == 0;
    json_t *const data = json_object();
    json_t *const code = json_object_get(frame, "error_code");
    (void)json_object_set_new(data, "initiator", json_string(sent ? "local" : "remote"));
    (void)json_object_set(data, application ? "application_error" : "connection_error",
                          json_object_get(frame, "error"));
    if (code)
        (void)json_object_set(data, "error_code", code);
    (void)json_object_set_new(data, "trigger", json_string(application ? "application" : "error"));
    write_event(self, told->now_ns, "quic:connection_closed", tuple, data);
    self->closed = true;
}

static void look_for_close(qlog_trace *self, const roam_qlog *told, const json_t *data, bool sent,
                           const char *tuple)
{
    const json_t *const frames = json_object_get(data, "frames");
    for (size_t i = 0; !self->closed && i < json_array_size(frames); i++) {
        const json_t *const frame = json_array_get(frames, i);
        const char *const type = json_string_value(json_object_get(frame, "frame_type"));
        if (type && strcmp(type, "connection_close") == 0)
            write_closed(self, told, frame, sent, tuple);
    }
}

/* Long headers name the connection ID; of short ones connection_id_updated does. */
static void put_destination(json_t *header, const roam_qlog *told)
{
    const char *const type = json_string_value(json_object_get(header, "packet_type"));
    qlog_connection_id id = {.len = told->destination_len};
    if (!type || strcmp(type, "1RTT") == 0 || id.len == 0)
        return;
    memcpy(id.bytes, told->destination, id.len);
    (void)json_object_set_new(header, "dcil", json_integer(id.len));
    (void)json_object_set_new(header, "dcid", qlog_id(&id));
}

/* Takes data. */
static void take_packet(qlog_trace *self, const roam_qlog *told, uint64_t at_ns, const char *name,
                        json_t *data)
{
    const bool sent = strcmp(name, "quic:packet_sent") == 0;
    json_t *const header = json_object_get(data, "header");
    const char *const type = json_string_value(json_object_get(header, "packet_type"));
    const json_t *const number = json_object_get(header, "packet_number");
    const char *const id = id_of(tuple_of_packet(self, told, sent));
    put_destination(header, told);
    if (sent && number && type && strcmp(type, "1RTT") == 0)
        qlog_runs_add(&self->sent, (uint64_t)json_integer_value(number), id);
    json_incref(data);
    write_event(self, at_ns, name, id, data);
    look_for_close(self, told, data, sent, id);
    json_decref(data);
}

static void put_ms(json_t *data, const char *key, uint64_t ns)
{
    if (json_object_get(data, key))
        (void)json_object_set_new(data, key, json_real(qlog_ms(ns)));
}

/* The library's record counts whole milliseconds. Takes data. */
static void take_metrics(qlog_trace *self, const roam_qlog *told, uint64_t at_ns, const char *name,
                         json_t *data)
{
    if (told->srtt_ns > 0) {
        put_ms(data, "latest_rtt", told->latest_rtt_ns);
        put_ms(data, "min_rtt", told->min_rtt_ns);
        put_ms(data, "smoothed_rtt", told->srtt_ns);
        put_ms(data, "rtt_variance", told->rttvar_ns);
    }
    write_event(self, at_ns, name, id_of(tuple_of(self, told)), data);
}

/* On the tuple that it was sent on. Takes data. */
static void take_lost(qlog_trace *self, uint64_t at_ns, const char *name, json_t *data)
{
    const json_t *const header = json_object_get(data, "header");
    const char *const type = json_string_value(json_object_get(header, "packet_type"));
    const uint64_t number = (uint64_t)json_integer_value(json_object_get(header, "packet_number"));
    const bool short_header = type && strcmp(type, "1RTT") == 0;
    write_event(self, at_ns, name, short_header ? qlog_runs_find(&self->sent, number) : "", data);
}

/* When it happened: now, where the record's whole milliseconds say so too. */
static uint64_t time_of(const qlog_trace *self, const roam_qlog *told, const json_t *record)
{
    const json_t *const time = json_object_get(record, "time");
    const uint64_t since_ns = told->now_ns - self->first_ns;
    if (!json_is_integer(time) || json_integer_value(time) < 0)
        return told->now_ns;
    const uint64_t whole_ms = (uint64_t)json_integer_value(time);
    return since_ns / 1000000 == whole_ms ? told->now_ns : self->first_ns + whole_ms * 1000000;
}

static void take_event(qlog_trace *self, const roam_qlog *told, json_t *record)
{
    const char *const before = json_string_value(json_object_get(record, "name"));
    json_t *const data = json_object_get(record, "data");
    const uint64_t at_ns = time_of(self, told, record);
    if (!before || !json_is_object(data))
        return; /* no event of qlog */
    const char *const name = qlog_translate(before, data);
    json_incref(data);
    if (!name)
        write_event(self, at_ns, before, "", data);
    else if (strncmp(name, "quic:packet_", 12) == 0 && strcmp(name, "quic:packet_lost") != 0)
        take_packet(self, told, at_ns, name, data);
    else if (strcmp(name, "quic:packet_lost") == 0)
        take_lost(self, at_ns, name, data);
    else if (strcmp(name, "quic:recovery_metrics_updated") == 0)
        take_metrics(self, told, at_ns, name, data);
    else
        write_event(self, at_ns, name, "", data);
}

/* ---- The stream of records ---- */

static void start(qlog_trace *self, const roam_qlog *told)
{
    /* The first tuple is the default one, and has no name. */
    if (!qlog_tuples_find(&self->tuples, &told->local, &told->remote))
        return;
    json_t *const data = json_object();
    (void)json_object_set_new(data, "local", qlog_endpoint(&told->local, NULL));
    (void)json_object_set_new(data, "remote", qlog_endpoint(&told->remote, NULL));
    write_event(self, told->now_ns, "quic:connection_started", "", data);
}

/* The header that the library writes; false: it is not that of qlog 0.3. */
static bool take_header(qlog_trace *self, const roam_qlog *told, const json_t *record)
{
    const char *const version = json_string_value(json_object_get(record, "qlog_version"));
    const json_t *const trace = json_object_get(record, "trace");
    size_t index;
    json_t *early;
    if (!version || strcmp(version, "0.3") != 0 || !json_is_object(trace))
        return false;
    write_header(self, trace);
    self->state = TRANSLATING;
    json_array_foreach(self->early, index, early) write_event(
        self, (uint64_t)json_integer_value(json_object_get(early, "at_ns")),
        json_string_value(json_object_get(early, "name")), "", json_incref(json_object_get(early, "data")));
    (void)json_array_clear(self->early);
    start(self, told);
    return true;
}

static void take_record(qlog_trace *self, const roam_qlog *told, const char *text, size_t len)
{
    if (self->state == VERBATIM) {
        write_bytes(self, text, len);
        return;
    }
    const size_t mark = len > 0 && text[0] == '\x1e';
    json_t *const record = json_loadb(text + mark, len - mark, 0, NULL);
    if (self->state == TRANSLATING) {
        if (record)
            take_event(self, told, record);
    } else if (!take_header(self, told, record)) {
        self->state = VERBATIM;
        write_bytes(self, text, len);
    }
    json_decref(record);
}

static bool keep_text(qlog_trace *self, const char *data, size_t len)
{
    if (self->text_len + len > RECORD_BYTES_MAX)
        return false;
    if (self->text_len + len > self->text_room) {
        char *const more = realloc(self->text, 2 * (self->text_len + len));
        if (!more)
            return false;
        self->text = more;
        self->text_room = 2 * (self->text_len + len);
    }
    memcpy(self->text + self->text_len, data, len);
    self->text_len += len;
    return true;
}

/* A record ends with its line. Of one that is too long nothing is written, nor of what one piece has after
 * it. */
static void take_text(qlog_trace *self, const roam_qlog *told)
{
    const char *data = told->data;
    size_t left = told->len;
    while (left > 0) {
        const char *const end = memchr(data, '\n', left);
        const size_t len = end ? (size_t)(end - data) + 1 : left;
        if (!keep_text(self, data, len)) {
            fail(self, ENOMEM);
            return;
        }
        data += len;
        left -= len;
        if (!end)
            return;
        take_record(self, told, self->text, self->text_len);
        self->text_len = 0;
    }
}

/* ---- What the core tells ---- */

static void take_mtu(qlog_trace *self, const roam_qlog *told)
{
    json_t *const data = json_object();
    if (told->mtu_before > 0)
        (void)json_object_set_new(data, "old", json_integer(told->mtu_before));
    (void)json_object_set_new(data, "new", json_integer(told->mtu));
    write_event(self, told->now_ns, "quic:mtu_updated", id_of(tuple_of(self, told)), data);
}

static void take_timer(qlog_trace *self, const roam_qlog *told)
{
    static const char *const names[] = {[ROAM_QLOG_TIMER_SET] = "set",
                                        [ROAM_QLOG_TIMER_EXPIRED] = "expired",
                                        [ROAM_QLOG_TIMER_CANCELLED] = "cancelled"};
    json_t *const data = json_object();
    (void)json_object_set_new(data, "timer_type", json_string("path_validation"));
    (void)json_object_set_new(data, "event_type", json_string(names[told->timer]));
    if (told->timer == ROAM_QLOG_TIMER_SET)
        (void)json_object_set_new(data, "delta", json_real(qlog_ms(told->delta_ns)));
    write_event(self, told->now_ns, "quic:timer_updated", id_of(tuple_of(self, told)), data);
}

static void take_migration(qlog_trace *self, const roam_qlog *told)
{
    static const char *const names[] = {[ROAM_QLOG_PROBING_STARTED] = "probing_started",
                                        [ROAM_QLOG_PROBING_ABANDONED] = "probing_abandoned",
                                        [ROAM_QLOG_PROBING_SUCCESSFUL] = "probing_successful",
                                        [ROAM_QLOG_MIGRATION_STARTED] = "migration_started",
                                        [ROAM_QLOG_MIGRATION_ABANDONED] = "migration_abandoned",
                                        [ROAM_QLOG_MIGRATION_COMPLETE] = "migration_complete"};
    const qlog_tuple *const tuple = tuple_of(self, told);
    json_t *const data = tuple ? qlog_tuple_data(tuple) : json_object();
    if (self->migration)
        (void)json_object_set_new(data, "old", json_string(self->migration));
    self->migration = names[told->migration];
    (void)json_object_set_new(data, "new", json_string(self->migration));
    write_event(self, told->now_ns, "quic:migration_state_updated", id_of(tuple), data);
}

void qlog_trace_take(qlog_trace *self, const roam_qlog *told)
{
    if (!self->begun)
        self->first_ns = told->now_ns;
    self->begun = true;
    if (told->kind == ROAM_QLOG_RECORDS && self->state == VERBATIM) {
        write_bytes(self, self->text, self->text_len);
        self->text_len = 0;
        write_bytes(self, told->data, told->len);
        return;
    }
    switch (told->kind) {
    case ROAM_QLOG_RECORDS:
        take_text(self, told);
        return;
    case ROAM_QLOG_MTU:
        if (self->state == TRANSLATING)
            take_mtu(self, told);
        return;
    case ROAM_QLOG_TIMER:
        if (self->state == TRANSLATING)
            take_timer(self, told);
        return;
    case ROAM_QLOG_MIGRATION:
        if (self->state == TRANSLATING)
            take_migration(self, told);
        return;
    }
}

void qlog_trace_event(qlog_trace *self, const char *name, json_t *data, uint64_t now_ns)
{
    if (self->state == TRANSLATING) {
        write_event(self, now_ns, name, "", data);
        return;
    }
    if (self->state == BEGINNING)
        (void)json_array_append_new(
            self->early, json_pack("{s:I,s:s,s:O}", "at_ns", (json_int_t)now_ns, "name", name, "data", data));
    json_decref(data);
}
