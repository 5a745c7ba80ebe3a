/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of qlog 0.3 as ngtcp2 writes them, those above all that few runs have, and what becomes of them. */
#include "core/tests/check.h"
#include "sim/qlog/qlog.h"

#include <CUnit/Basic.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_0_3                                                                                           \
    "\x1e{\"qlog_format\":\"JSON-SEQ\",\"qlog_version\":\"0.3\",\"trace\":{\"vantage_point\":{\"name\":"     \
    "\"ngtcp2\","                                                                                            \
    "\"type\":\"client\"},\"common_fields\":{\"protocol_type\":[\"QUIC\"],\"time_format\":\"relative\","     \
    "\"reference_time\":0,\"group_id\":\"c60c\"}}}\n"

#define HEADER                                                                                               \
    "\x1e{\"file_schema\":\"urn:ietf:params:qlog:file:sequential\",\"serialization_format\":"                \
    "\"application/qlog+json-seq\",\"trace\":{\"common_fields\":{\"group_id\":\"c60c\",\"time_format\":"     \
    "\"relative_to_epoch\",\"reference_time\":{\"clock_type\":\"monotonic\",\"epoch\":\"unknown\"}},"        \
    "\"vantage_point\":{\"name\":\"laptop\",\"type\":\"client\"},\"event_schemas\":"                         \
    "[\"urn:ietf:params:qlog:events:quic-13\"]}}\n"

typedef struct file {
    char text[8192];
    size_t len, room; /* room: what the disk takes */
} file;

static bool append(void *ctx, const void *data, size_t len)
{
    file *const to = ctx;
    if (to->len + len > to->room) {
        errno = ENOSPC;
        return false;
    }
    memcpy(to->text + to->len, data, len);
    to->len += len;
    to->text[to->len] = '\0';
    return true;
}

static qlog_trace *trace_to(file *to, qlog_form form)
{
    *to = (file){.room = sizeof to->text - 1};
    qlog_trace *const trace = qlog_trace_new(
        &(qlog_trace_options){.form = form, .node = "laptop", .dialled = true, .write = append, .ctx = to});
    CU_ASSERT_PTR_NOT_NULL_FATAL(trace);
    return trace;
}

static roam_qlog records(const char *text, uint64_t now_ns)
{
    return (roam_qlog){.kind = ROAM_QLOG_RECORDS, .data = text, .len = strlen(text), .now_ns = now_ns};
}

static void take(qlog_trace *trace, const char *text, uint64_t now_ns)
{
    const roam_qlog told = records(text, now_ns);
    qlog_trace_take(trace, &told);
}

static void expect_whole(qlog_trace *trace, int failure)
{
    int told = -1;
    CHECK(qlog_trace_is_whole(trace, &told), failure == 0, "whole");
    CHECK(told, failure, "errno");
    qlog_trace_free(trace);
}

/* ---- single records ---- */

typedef struct record_case {
    const char *before, *after; /* without the separator and the newline */
} record_case;

#define RECEIVED_0_3 "{\"time\":1,\"name\":\"transport:packet_received\",\"data\":"
#define RECEIVED "{\"time\":1.25,\"name\":\"quic:packet_received\",\"data\":"

static const record_case cases[] = {
    {RECEIVED_0_3
     "{\"header\":{\"packet_type\":\"retry\",\"packet_number\":0},\"retry_token\":{\"data\":\"b600\"}}}",
     RECEIVED
     "{\"header\":{\"packet_type\":\"retry\",\"token\":{\"type\":\"retry\",\"raw\":{\"length\":2,\"data\":"
     "\"b600\"}}}}}"},
    {RECEIVED_0_3
     "{\"header\":{\"packet_type\":\"version_negotiation\",\"packet_number\":0},\"supported_versions\":"
     "[\"00000001\",\"6b3343cf\"]}}",
     RECEIVED "{\"header\":{\"packet_type\":\"version_negotiation\"},\"supported_versions\":[\"00000001\","
              "\"6b3343cf\"]}}"},
    {RECEIVED_0_3
     "{\"header\":{\"packet_type\":\"stateless_reset\",\"packet_number\":0},\"stateless_reset_token\":"
     "\"00112233445566778899aabbccddeeff\"}}",
     RECEIVED "{\"header\":{\"packet_type\":\"stateless_reset\"},\"stateless_reset_token\":"
              "\"00112233445566778899aabbccddeeff\"}}"},
    {RECEIVED_0_3
     "{\"frames\":[],\"header\":{\"packet_type\":\"initial\",\"packet_number\":7,\"token\":{\"data\":"
     "\"ab\"}},\"raw\":{\"length\":1200}}}",
     RECEIVED "{\"frames\":[],\"header\":{\"packet_type\":\"initial\",\"packet_number\":7,\"token\":{\"raw\":"
              "{\"length\":1,\"data\":\"ab\"}}},\"raw\":{\"length\":1200}}}"},
    {RECEIVED_0_3
     "{\"frames\":[{\"frame_type\":\"new_token\",\"length\":3,\"token\":{\"data\":\"b7aabb\"}},"
     "{\"frame_type\":\"reset_stream\",\"stream_id\":4,\"error_code\":9,\"final_size\":12},"
     "{\"frame_type\":\"stop_sending\",\"stream_id\":4,\"error_code\":9},"
     "{\"frame_type\":\"datagram\",\"length\":5}],\"header\":{\"packet_type\":\"1RTT\",\"packet_number\":3},"
     "\"raw\":{\"length\":60}}}",
     RECEIVED
     "{\"frames\":[{\"frame_type\":\"new_token\",\"token\":{\"type\":\"resumption\",\"raw\":{\"length\":3,"
     "\"data\":\"b7aabb\"}}},{\"frame_type\":\"reset_stream\",\"stream_id\":4,\"final_size\":12,\"error_"
     "code\":9,"
     "\"error\":\"unknown\"},{\"frame_type\":\"stop_sending\",\"stream_id\":4,\"error_code\":9,\"error\":"
     "\"unknown\"},{\"frame_type\":\"datagram\",\"raw\":{\"length\":5}}],\"header\":{\"packet_type\":"
     "\"1RTT\","
     "\"packet_number\":3},\"raw\":{\"length\":60}}}"},
    {"{\"time\":1,\"name\":\"recovery:packet_lost\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_"
     "number\":3}}}",
     "{\"time\":1.25,\"name\":\"quic:packet_lost\",\"data\":{\"header\":{\"packet_type\":\"1RTT\",\"packet_"
     "number\":3}}}"},
    {"{\"time\":1,\"name\":\"transport:parameters_set\",\"data\":{\"owner\":\"remote\",\"preferred_address\":"
     "{\"ip_v4\":"
     "\"c0000201\",\"port_v4\":4433,\"ip_v6\":\"20010db8000000000000000000000001\",\"port_v6\":4434,"
     "\"connection_id\":"
     "\"0a\",\"stateless_reset_token\":{\"data\":\"00112233445566778899aabbccddeeff\"}}}}",
     "{\"time\":1.25,\"name\":\"quic:parameters_set\",\"data\":{\"preferred_address\":{\"ip_v4\":\"192.0.2."
     "1\",\"port_v4\":"
     "4433,\"ip_v6\":\"2001:db8::1\",\"port_v6\":4434,\"connection_id\":\"0a\",\"stateless_reset_token\":"
     "\"00112233445566778899aabbccddeeff\"},\"initiator\":\"remote\"}}"},
    /* An event that the current form has under no other name. */
    {"{\"time\":1,\"name\":\"library:own\",\"data\":{\"a\":1}}",
     "{\"time\":1.25,\"name\":\"library:own\",\"data\":{\"a\":1}}"},
    /* The record is of another time than the call: its whole milliseconds count. */
    {"{\"time\":9,\"name\":\"library:own\",\"data\":{}}",
     "{\"time\":9.0,\"name\":\"library:own\",\"data\":{}}"},
};

static void test_records(void)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char line[2048], wanted[4096];
        file to;
        qlog_trace *const trace = trace_to(&to, QLOG_CURRENT);
        (void)snprintf(line, sizeof line, "\x1e%s\n", cases[i].before);
        (void)snprintf(wanted, sizeof wanted, "%s\x1e%s\n", HEADER, cases[i].after);
        take(trace, HEADER_0_3, 0);
        take(trace, line, 1250999);
        CHECK_STRING(to.text, wanted, "case %zu", i);
        expect_whole(trace, 0);
    }
}

/* ---- errors of CONNECTION_CLOSE ---- */

static void test_closed(void)
{
    static const struct {
        const char *space, *event;
        unsigned code;
    } ends[] = {
        {"transport", "\"connection_error\":\"no_error\",\"trigger\":\"error\"", 0},
        {"transport", "\"connection_error\":\"protocol_violation\",\"trigger\":\"error\"", 0xa},
        {"transport", "\"connection_error\":\"crypto_error_0x178\",\"trigger\":\"error\"", 0x178},
        {"transport", "\"connection_error\":\"unknown\",\"error_code\":512,\"trigger\":\"error\"", 512},
        {"application", "\"application_error\":\"unknown\",\"error_code\":0,\"trigger\":\"application\"", 0},
    };
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char line[512], wanted[512];
        file to;
        qlog_trace *const trace = trace_to(&to, QLOG_CURRENT);
        (void)snprintf(
            line, sizeof line,
            "\x1e{\"time\":1,\"name\":\"transport:packet_sent\",\"data\":{\"frames\":[{\"frame_type\":"
            "\"connection_close\",\"error_space\":\"%s\",\"error_code\":%u,\"raw_error_code\":%u}],"
            "\"header\":"
            "{\"packet_type\":\"1RTT\",\"packet_number\":3},\"raw\":{\"length\":60}}}\n",
            ends[i].space, ends[i].code, ends[i].code);
        (void)snprintf(wanted, sizeof wanted,
                       "\"name\":\"quic:connection_closed\",\"data\":{\"initiator\":\"local\",%s}}\n",
                       ends[i].event);
        take(trace, HEADER_0_3, 0);
        take(trace, line, 1000000);
        take(trace, line, 1000000); /* once is enough */
        const char *const found = strstr(to.text, "\"name\":\"quic:connection_closed\"");
        CU_ASSERT_PTR_NOT_NULL_FATAL(found);
        CU_ASSERT_TRUE(strncmp(found, wanted, strlen(wanted)) == 0);
        CU_ASSERT_PTR_NULL(strstr(found + strlen(wanted), "connection_closed"));
        expect_whole(trace, 0);
    }
}

/* ---- tuples ---- */

static roam_addr at(uint8_t host, uint16_t port)
{
    return (roam_addr){.family = ROAM_FAMILY_IPV4, .port = port, .bytes = {192, 0, 2, host}};
}

static void take_packet(qlog_trace *trace, uint8_t host, unsigned number, uint8_t id)
{
    char line[256];
    (void)snprintf(line, sizeof line,
                   "\x1e{\"time\":0,\"name\":\"transport:packet_sent\",\"data\":{\"frames\":[],\"header\":{"
                   "\"packet_type\":"
                   "\"1RTT\",\"packet_number\":%u},\"raw\":{\"length\":60}}}\n",
                   number);
    roam_qlog told = records(line, 0);
    told.local = at(host, 1);
    told.remote = at(9, 443);
    told.destination_len = 1;
    told.destination[0] = id;
    qlog_trace_take(trace, &told);
}

static bool has(const file *in, const char *text)
{
    return strstr(in->text, text) != NULL;
}

/* A lost packet is of the tuple that it was sent on. */
static void test_tuples(void)
{
    file to;
    qlog_trace *const trace = trace_to(&to, QLOG_CURRENT);
    take(trace, HEADER_0_3, 0);
    take_packet(trace, 1, 5, 0xaa);
    CU_ASSERT_TRUE(has(
        &to, "\"quic:tuple_assigned\",\"data\":{\"tuple_id\":\"\",\"tuple_remote\":{\"ip_v4\":\"192.0.2.9\","
             "\"port_v4\":443,\"connection_ids\":[\"aa\"]},\"tuple_local\":{\"ip_v4\":\"192.0.2.1\","
             "\"port_v4\":1}}"));
    take_packet(trace, 2, 6, 0xbb);
    CU_ASSERT_TRUE(
        has(&to, "\"quic:connection_id_updated\",\"tuple\":\"1\",\"data\":{\"initiator\":\"remote\",\"new\":"
                 "\"bb\"}"));
    CU_ASSERT_TRUE(has(&to, "\"quic:packet_sent\",\"tuple\":\"1\""));
    take_packet(trace, 2, 7, 0xcc);
    CU_ASSERT_TRUE(has(&to, "{\"initiator\":\"remote\",\"old\":\"bb\",\"new\":\"cc\"}"));
    take_packet(trace, 1, 8, 0xaa);
    const size_t before = to.len;
    for (unsigned number = 5; number <= 8; number++) {
        char line[128];
        (void)snprintf(line, sizeof line,
                       "\x1e{\"time\":0,\"name\":\"recovery:packet_lost\",\"data\":{\"header\":{\"packet_"
                       "type\":\"1RTT\","
                       "\"packet_number\":%u}}}\n",
                       number);
        take(trace, line, 0);
    }
    CHECK_STRING(to.text + before,
                 "\x1e{\"time\":0.0,\"name\":\"quic:packet_lost\",\"data\":{\"header\":{\"packet_type\":"
                 "\"1RTT\",\"packet_number\":5}}}\n"
                 "\x1e{\"time\":0.0,\"name\":\"quic:packet_lost\",\"tuple\":\"1\",\"data\":{\"header\":{"
                 "\"packet_type\":\"1RTT\",\"packet_number\":6}}}\n"
                 "\x1e{\"time\":0.0,\"name\":\"quic:packet_lost\",\"tuple\":\"1\",\"data\":{\"header\":{"
                 "\"packet_type\":\"1RTT\",\"packet_number\":7}}}\n"
                 "\x1e{\"time\":0.0,\"name\":\"quic:packet_lost\",\"data\":{\"header\":{\"packet_type\":"
                 "\"1RTT\",\"packet_number\":8}}}\n",
                 "lost packets");
    expect_whole(trace, 0);
}

/* ---- what comes in pieces, in another form, or is no JSON ---- */

static void test_pieces(void)
{
    static const char text[] = HEADER_0_3 "\x1e{\"time\":0,\"name\":\"library:own\",\"data\":{\"a\":1}}\n";
    file whole, pieces;
    qlog_trace *const one = trace_to(&whole, QLOG_CURRENT);
    qlog_trace *const many = trace_to(&pieces, QLOG_CURRENT);
    qlog_trace_event(one, "simulation:marker", json_object(), 0);
    qlog_trace_event(many, "simulation:marker", json_object(), 0);
    take(one, text, 0);
    for (size_t i = 0; text[i]; i++) {
        const char piece[2] = {text[i], '\0'};
        take(many, piece, 0);
    }
    CHECK_STRING(pieces.text, whole.text, "byte by byte");
    CU_ASSERT_TRUE(has(&whole, "simulation:marker"));
    CU_ASSERT_TRUE(has(&whole, "library:own"));
    expect_whole(one, 0);
    expect_whole(many, 0);
}

static void test_other_forms(void)
{
    static const char *const texts[] = {
        "\x1e{\"qlog_format\":\"JSON-SEQ\",\"qlog_version\":\"0.4\",\"trace\":{}}\n\x1e{\"time\":0}\n",
        "no JSON\n and no line", "{}\n", "\n\n", "\x1e{\"qlog_version\":\"0.3\"}\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        file to;
        qlog_trace *const trace = trace_to(&to, QLOG_CURRENT);
        qlog_trace_event(trace, "simulation:marker", json_object(), 0);
        take(trace, texts[i], 0);
        take(trace, "more", 0);
        char wanted[256];
        (void)snprintf(wanted, sizeof wanted, "%smore", texts[i]);
        CHECK_STRING(to.text, wanted, "text %zu goes through", i);
        expect_whole(trace, 0);
    }
}

/* A record that is none leaves the others. */
static void test_broken_records(void)
{
    file to;
    qlog_trace *const trace = trace_to(&to, QLOG_CURRENT);
    take(trace,
         HEADER_0_3 "\x1e{\"time\":\n\x1e[]\n\x1e{}\n\x1e{\"name\":\"a:b\",\"data\":7}\n\x1e{\"name\":\"a:"
                    "b\",\"data\":{}}\n",
         3000);
    CHECK_STRING(to.text, HEADER "\x1e{\"time\":0.003,\"name\":\"a:b\",\"data\":{}}\n", "what is an event");
    expect_whole(trace, 0);
}

static void test_older_form(void)
{
    static const char text[] = HEADER_0_3 "\x1e{\"time\":0,\"name\":\"transport:packet_sent\",\"data\":{}}\n";
    file to;
    qlog_trace *const trace = trace_to(&to, QLOG_0_3);
    qlog_trace_event(trace, "simulation:marker", json_object(), 0);
    take(trace, text, 0);
    qlog_trace_take(trace, &(roam_qlog){.kind = ROAM_QLOG_MTU, .mtu = 1400});
    CHECK_STRING(to.text, text, "as the library has written it");
    expect_whole(trace, 0);
}

/* ---- limits ---- */

static void test_full_disk(void)
{
    file to;
    qlog_trace *const trace = trace_to(&to, QLOG_CURRENT);
    to.room = 100;
    take(trace, HEADER_0_3, 0);
    to.room = sizeof to.text - 1;
    take(trace, "\x1e{\"name\":\"a:b\",\"data\":{}}\n", 0);
    CU_ASSERT_PTR_NULL(strstr(to.text, "a:b"));
    expect_whole(trace, ENOSPC);
}

static void test_endless_record(void)
{
    file to;
    qlog_trace *const trace = trace_to(&to, QLOG_CURRENT);
    static char piece[65537];
    memset(piece, 'x', sizeof piece - 1);
    for (size_t i = 0; i < 32; i++)
        take(trace, piece, 0);
    CHECK(to.len, 0, "bytes written");
    expect_whole(trace, ENOMEM);
}

static void test_forms(void)
{
    CHECK(qlog_form_named("current"), QLOG_CURRENT, "current");
    CHECK(qlog_form_named("0.3"), QLOG_0_3, "0.3");
    CHECK(qlog_form_named(""), QLOG_NONE, "no name");
    CU_ASSERT_PTR_NULL(qlog_form_name(QLOG_NONE));
    CU_ASSERT_PTR_NULL(qlog_form_name(QLOG_FORMS));
}

static const check_test TESTS[] = {
    {"records", test_records},
    {"closed", test_closed},
    {"tuples", test_tuples},
    {"pieces", test_pieces},
    {"other forms", test_other_forms},
    {"broken records", test_broken_records},
    {"the older form", test_older_form},
    {"a full disk", test_full_disk},
    {"an endless record", test_endless_record},
    {"forms", test_forms},
};
CHECK_MAIN("qlog_trace", TESTS)
