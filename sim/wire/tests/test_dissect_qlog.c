/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the dissector reads off the wire is what ngtcp2 says, in its qlog, that it has sent: the same packets
 * of the same types with the same numbers and frames, in every scenario of the library; and the core says
 * where each was sent, and to which connection ID. */
#include "core/tests/check.h"
#include "sim/world/world.h"

#include <CUnit/Basic.h>
#include <ftw.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRACES_MAX = 4096, NODES_MAX = 52, PATH_SIZE = 512, FILES_MAX = 512, SHOWN = 3 };

typedef struct text {
    char *bytes;
    size_t len, capacity;
} text;

/* One end of one connection. */
typedef struct trace {
    uint32_t node;
    uint32_t number; /* qlog: of the node's connections. Wire: of the dissector's */
    text lines;      /* wire: one a packet. qlog: as it came */
    bool compared;
} trace;

typedef struct traces {
    trace items[TRACES_MAX];
    size_t count;
} traces;

typedef struct record {
    const scenario *whole;
    traces wire, qlog;
} record;

static void put(text *t, const char *bytes, size_t len)
{
    if (t->len + len + 1 > t->capacity) {
        t->capacity = 2 * (t->len + len + 1);
        t->bytes = realloc(t->bytes, t->capacity);
        CU_ASSERT_PTR_NOT_NULL_FATAL(t->bytes);
    }
    memcpy(t->bytes + t->len, bytes, len);
    t->len += len;
    t->bytes[t->len] = '\0';
}

__attribute__((format(printf, 2, 3))) static void say(text *t, const char *format, ...)
{
    char line[256];
    va_list args;
    va_start(args, format);
    const int len = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    put(t, line, (size_t)len);
}

static void say_hex(text *t, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        say(t, "%02x", bytes[i]);
}

static trace *trace_of(traces *all, uint32_t node, uint32_t number)
{
    for (size_t i = all->count; i > 0; i--)
        if (all->items[i - 1].node == node && all->items[i - 1].number == number)
            return &all->items[i - 1];
    CU_ASSERT_FATAL(all->count < TRACES_MAX);
    trace *const added = &all->items[all->count++];
    *added = (trace){.node = node, .number = number};
    return added;
}

/* ---- the wire ---- */

static void say_frame(text *t, const dissect_frame *frame)
{
    say(t, " %s", dissect_frame_type_name(frame->type));
    switch (frame->type) {
    case DISSECT_ACK:
        for (size_t i = 0; i < frame->range_count; i++)
            say(t, ":%llu-%llu", (unsigned long long)frame->ranges[i].smallest,
                (unsigned long long)frame->ranges[i].largest);
        if (frame->ecn)
            say(t, ":%llu+%llu+%llu", (unsigned long long)frame->ect0, (unsigned long long)frame->ect1,
                (unsigned long long)frame->ce);
        break;
    case DISSECT_CRYPTO:
        say(t, ":%llu+%zu", (unsigned long long)frame->offset, frame->len);
        break;
    case DISSECT_STREAM:
        say(t, ":%llu@%llu+%zu%s", (unsigned long long)frame->stream_id, (unsigned long long)frame->offset,
            frame->len, frame->fin ? "fin" : "");
        break;
    case DISSECT_NEW_CONNECTION_ID:
        say(t, ":%llu:%llu:", (unsigned long long)frame->value, (unsigned long long)frame->retire_prior_to);
        say_hex(t, frame->id.bytes, frame->id.len);
        break;
    case DISSECT_RETIRE_CONNECTION_ID:
    case DISSECT_MAX_DATA:
    case DISSECT_MAX_STREAM_DATA:
        say(t, ":%llu", (unsigned long long)frame->value);
        break;
    case DISSECT_PATH_CHALLENGE:
    case DISSECT_PATH_RESPONSE:
        say(t, ":");
        say_hex(t, frame->path_data, sizeof frame->path_data);
        break;
    default:
        break;
    }
}

/* A relay stands between what QUIC sends to and where the datagram goes. */
static bool has_relay(const scenario *whole)
{
    bool found = false;
    for (uint32_t i = 0; i < whole->node_count; i++)
        found = found || whole->nodes[i].relay_to != SCENARIO_NONE;
    return found;
}

static void say_way(const record *r, text *t, const roam_addr *source, const roam_addr *destination)
{
    char from[ROAM_ADDR_STRING_MAX], to[ROAM_ADDR_STRING_MAX];
    say(t, " from %s to %s ", roam_addr_format(source, from),
        has_relay(r->whole) ? "" : roam_addr_format(destination, to));
}

static void on_packet(void *ctx, const observer_packet *packet, uint64_t now_ns)
{
    record *const r = ctx;
    (void)now_ns;
    if (!packet->up || packet->forged)
        return;
    for (size_t i = 0; packet->view && i < packet->view->packet_count; i++) {
        const dissect_packet *const p = &packet->view->packets[i];
        if (p->connection == DISSECT_NONE)
            continue; /* a stateless reset */
        trace *const t = trace_of(&r->wire, packet->node, p->connection);
        if (p->status != DISSECT_READ) {
            say(&t->lines, "%s: %s\n", dissect_packet_type_name(p->type), dissect_status_name(p->status));
            continue;
        }
        say(&t->lines, "%s %llu", dissect_packet_type_name(p->type), (unsigned long long)p->number);
        for (size_t j = 0; j < p->frame_count; j++)
            say_frame(&t->lines, &p->frames[j]);
        say_way(r, &t->lines, &packet->source, &packet->destination);
        say_hex(&t->lines, p->destination.bytes, p->destination.len);
        say(&t->lines, "\n");
    }
}

/* ---- qlog ---- */

static void on_qlog(void *ctx, uint32_t node, uint32_t connection, bool dialled, const roam_qlog *told)
{
    record *const r = ctx;
    (void)dialled;
    if (told->kind != ROAM_QLOG_RECORDS)
        return;
    text *const lines = &trace_of(&r->qlog, node, connection)->lines;
    put(lines, "\x1e{\"way\":\"", 9);
    say_way(r, lines, &told->local, &told->remote);
    say_hex(lines, told->destination, told->destination_len);
    put(lines, "\"}\n", 3);
    put(lines, told->data, told->len);
}

static unsigned long long number_of(const json_t *object, const char *key)
{
    return (unsigned long long)json_integer_value(json_object_get(object, key));
}

static const char *string_of(const json_t *object, const char *key)
{
    const char *const value = json_string_value(json_object_get(object, key));
    return value ? value : "";
}

static void say_qlog_ack(text *t, const json_t *frame)
{
    const json_t *const ranges = json_object_get(frame, "acked_ranges");
    for (size_t i = 0; i < json_array_size(ranges); i++) {
        const json_t *const range = json_array_get(ranges, i);
        say(t, ":%lld-%lld", json_integer_value(json_array_get(range, 0)),
            json_integer_value(json_array_get(range, json_array_size(range) - 1)));
    }
    if (json_object_get(frame, "ect0"))
        say(t, ":%llu+%llu+%llu", number_of(frame, "ect0"), number_of(frame, "ect1"), number_of(frame, "ce"));
}

static void say_qlog_frame(text *t, const json_t *frame)
{
    const char *const type = string_of(frame, "frame_type");
    say(t, " %s", type);
    if (strcmp(type, "ack") == 0)
        say_qlog_ack(t, frame);
    else if (strcmp(type, "crypto") == 0)
        say(t, ":%llu+%llu", number_of(frame, "offset"), number_of(frame, "length"));
    else if (strcmp(type, "stream") == 0)
        say(t, ":%llu@%llu+%llu%s", number_of(frame, "stream_id"), number_of(frame, "offset"),
            number_of(frame, "length"), json_is_true(json_object_get(frame, "fin")) ? "fin" : "");
    else if (strcmp(type, "new_connection_id") == 0)
        say(t, ":%llu:%llu:%s", number_of(frame, "sequence_number"), number_of(frame, "retire_prior_to"),
            string_of(frame, "connection_id"));
    else if (strcmp(type, "retire_connection_id") == 0)
        say(t, ":%llu", number_of(frame, "sequence_number"));
    else if (strcmp(type, "max_data") == 0 || strcmp(type, "max_stream_data") == 0)
        say(t, ":%llu", number_of(frame, "maximum"));
    else if (strcmp(type, "path_challenge") == 0 || strcmp(type, "path_response") == 0)
        say(t, ":%s", string_of(frame, "data"));
}

/* The packets sent, in the form of the wire's. Before each record stands the way of its packet. */
static text packets_of(const text *qlog)
{
    text out = {0};
    char way[256] = "";
    put(&out, "", 0);
    for (char *at = qlog->bytes, *end; at && *at; at = end) {
        end = at + 1 + strcspn(at + 1, "\x1e");
        json_t *const entry = json_loadb(at + 1, (size_t)(end - at - 1), 0, NULL);
        const json_t *const data = json_object_get(entry, "data");
        if (json_object_get(entry, "way"))
            (void)snprintf(way, sizeof way, "%s", string_of(entry, "way"));
        if (entry && strcmp(string_of(entry, "name"), "transport:packet_sent") == 0) {
            const json_t *const header = json_object_get(data, "header");
            const json_t *const frames = json_object_get(data, "frames");
            say(&out, "%s %llu", string_of(header, "packet_type"), number_of(header, "packet_number"));
            for (size_t i = 0; i < json_array_size(frames); i++)
                say_qlog_frame(&out, json_array_get(frames, i));
            say(&out, "%s\n", way);
        }
        json_decref(entry);
    }
    return out;
}

/* ---- both ---- */

/* A PATH_CHALLENGE for a path whose adapter the core has closed meanwhile (a rollback) is written, and goes
 * nowhere. Whatever else qlog has and the wire has not is a difference. */
static bool went_nowhere(const char *wire, const char *qlog, size_t len)
{
    static const char challenge[] = " path_challenge:";
    const char *const at = strstr(qlog, challenge);
    const unsigned long long number = strtoull(qlog + strcspn(qlog, " "), NULL, 10);
    return at && at < qlog + len && strncmp(wire, "1RTT ", 5) == 0 && strtoull(wire + 5, NULL, 10) > number;
}

/* A closed connection sends its last datagram again (RFC 9000 section 10.2.1): the same packets, once in
 * qlog. */
static bool is_said_again(const text *wire, const char *line, size_t len)
{
    const char *const close = strstr(line, "connection_close");
    bool found = false;
    for (const char *at = wire->bytes; close && close < line + len && at < line && !found;
         at += strcspn(at, "\n") + 1)
        found = strncmp(at, line, len + 1) == 0;
    return found;
}

static bool compare(const char *name, const char *node, const text *wire, const text *qlog)
{
    unsigned shown = 0;
    const char *a = wire->bytes ? wire->bytes : "", *b = qlog->bytes ? qlog->bytes : "";
    while (*a || *b) {
        const size_t a_len = strcspn(a, "\n"), b_len = strcspn(b, "\n");
        const bool differs = a_len != b_len || memcmp(a, b, a_len) != 0;
        if (differs && went_nowhere(a, b, b_len)) {
            b += b_len + 1;
            continue;
        }
        if (differs && is_said_again(wire, a, a_len)) {
            a += a_len + 1;
            continue;
        }
        if (differs && shown++ < SHOWN)
            fprintf(stderr, "\n    %s, %s: the wire has '%.*s', qlog '%.*s'", name, node, (int)a_len, a,
                    (int)b_len, b);
        a += a_len + (a[a_len] != '\0');
        b += b_len + (b[b_len] != '\0');
    }
    return shown == 0;
}

/* A connection of one is that of the other whose first packet is the same, in order of the first packets. */
static bool compare_all(record *r, const char *name, size_t *packets)
{
    bool same = true;
    for (size_t i = 0; i < r->qlog.count; i++) {
        trace *const q = &r->qlog.items[i];
        text sent = packets_of(&q->lines);
        trace *found = NULL;
        for (size_t j = 0; j < r->wire.count && !found; j++) {
            trace *const w = &r->wire.items[j];
            const size_t len = w->lines.bytes ? strcspn(w->lines.bytes, "\n") : 0;
            if (w->node == q->node && len > 0 && sent.len > len &&
                memcmp(w->lines.bytes, sent.bytes, len) == 0 && !w->compared) {
                found = w;
                w->compared = true;
            }
        }
        const text none = {0};
        for (size_t k = 0; k < sent.len; k++)
            *packets += sent.bytes[k] == '\n';
        same &= compare(name, r->whole->nodes[q->node].name, found ? &found->lines : &none, &sent);
        free(sent.bytes);
    }
    return same;
}

static void free_traces(traces *all)
{
    for (size_t i = 0; i < all->count; i++)
        free(all->items[i].lines.bytes);
}

static scenario *load(const char *path)
{
    scenario *loaded = NULL;
    scenario_diagnostics diagnostics;
    const scenario_source source = {.path = path};
    scenario_diagnostics_init(&diagnostics);
    if (scenario_load(&source, &loaded, &diagnostics) != SCENARIO_OK)
        scenario_diagnostics_print(&diagnostics, stderr);
    scenario_diagnostics_fini(&diagnostics);
    return loaded;
}

static size_t run(const char *path)
{
    char error[256] = "";
    size_t packets = 0;
    world *made = NULL;
    scenario *const whole = load(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
    record *const r = calloc(1, sizeof *r);
    CU_ASSERT_PTR_NOT_NULL_FATAL(r);
    r->whole = whole;
    if (whole->node_count > NODES_MAX)
        goto out; /* as many of the same connections as of any other scenario, and a minute more */
    const observer watcher = {.ctx = r, .frames = true, .packet = on_packet, .qlog = on_qlog};
    const world_options options = {
        .scenario = whole, .seed = whole->seed, .observers = &watcher, .observer_count = 1};
    CU_ASSERT_EQUAL_FATAL(world_new(&options, &made, error, sizeof error), RUN_ERROR_NONE);
    CU_ASSERT_EQUAL(world_run(made, whole->duration_ns), RUN_ERROR_NONE);
    world_free(made);
    (void)CHECK(compare_all(r, whole->name, &packets), true, "%s: packets of the wire are those of qlog",
                whole->name);
out:
    free_traces(&r->wire);
    free_traces(&r->qlog);
    free(r);
    scenario_free(whole);
    return packets;
}

static char files[FILES_MAX][PATH_SIZE];
static size_t file_count;

static int add_file(const char *path, const struct stat *info, int kind)
{
    const size_t len = strlen(path);
    (void)info;
    if (strstr(path, ".inc.yaml"))
        return 0; /* a part of scenarios */
    if (strstr(path, "/challenge-flood.yaml"))
        return 0; /* there an attacker makes packets of a connection, which no qlog has */
    if (strstr(path, "/restart-in-the-handshake.yaml"))
        return 0; /* there a server begins a connection twice: one on the wire, and two qlogs */
    if (kind == FTW_F && len > 5 && strcmp(path + len - 5, ".yaml") == 0 && file_count < FILES_MAX)
        snprintf(files[file_count++], PATH_SIZE, "%s", path);
    return 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void test_library(void)
{
    size_t packets = 0;
    CU_ASSERT_EQUAL_FATAL(ftw(ROAM_SOURCE_DIR "/scenarios", add_file, 16), 0);
    CU_ASSERT_FATAL(file_count > 0);
    qsort(files, file_count, PATH_SIZE, by_name);
#ifdef __SANITIZE_ADDRESS__
    const size_t step = 8; /* some of each folder */
#else
    const size_t step = 1;
#endif
    for (size_t i = 0; i < file_count; i += step)
        packets += run(files[i]);
    printf("%zu packets of %zu scenarios ", packets, (file_count + step - 1) / step);
    CU_ASSERT_TRUE(packets > 1000);
}

static const check_test TESTS[] = {{"library", test_library}};
CHECK_MAIN("dissect_qlog", TESTS)
