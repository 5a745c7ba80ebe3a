/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captures of both formats and byte orders, written here byte by byte, and those of roam's own writer. */
#include "core/tests/check.h"
#include "sim/wire/capture_reader.h"

#include "sim/wire/capture_time.h"
#include "sim/wire/pcapng.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a file in memory ---- */

typedef struct writer {
    uint8_t bytes[4096];
    size_t len;
    bool big; /* byte order */
} writer;

static void put(writer *w, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        w->bytes[w->len++] = (uint8_t)(value >> 8 * (w->big ? len - 1 - i : i));
}

static void put_bytes(writer *w, const void *bytes, size_t len)
{
    memcpy(w->bytes + w->len, bytes, len);
    w->len += len;
    while (w->len % 4)
        w->bytes[w->len++] = 0;
}

static size_t begin_block(writer *w, uint32_t type)
{
    put(w, type, 4);
    put(w, 0, 4);
    return w->len - 8;
}

static void end_block(writer *w, size_t start)
{
    const size_t end = w->len, total = end + 4 - start;
    w->len = start + 4;
    put(w, total, 4);
    w->len = end;
    put(w, total, 4);
}

static void put_section(writer *w)
{
    const size_t at = begin_block(w, 0x0a0d0d0a);
    put(w, 0x1a2b3c4d, 4);
    put(w, 1, 2);
    put(w, 0, 2);
    put(w, UINT64_MAX, 8);
    put(w, 4, 2); /* shb_userappl */
    put(w, 5, 2);
    put_bytes(w, "tests", 5);
    put(w, 0, 4);
    end_block(w, at);
}

/* resolution 255: the option is not there. */
static void put_interface(writer *w, uint16_t link_type, const char *name, uint8_t resolution, int64_t offset)
{
    const size_t at = begin_block(w, 1);
    put(w, link_type, 2);
    put(w, 0, 2);
    put(w, 96, 4);
    put(w, 2, 2);
    put(w, strlen(name), 2);
    put_bytes(w, name, strlen(name));
    if (resolution != 255) {
        put(w, 9, 2);
        put(w, 1, 2);
        put_bytes(w, &resolution, 1);
        put(w, 14, 2);
        put(w, 8, 2);
        put(w, (uint64_t)offset, 8);
        put(w, 0, 4);
    }
    end_block(w, at);
}

static void put_packet(writer *w, uint32_t interface, uint64_t time, const char *text, uint32_t flags)
{
    const size_t at = begin_block(w, 6);
    put(w, interface, 4);
    put(w, time >> 32, 4);
    put(w, time & UINT32_MAX, 4);
    put(w, strlen(text), 4);
    put(w, 2000, 4);
    put_bytes(w, text, strlen(text));
    if (flags) {
        put(w, 1, 2); /* opt_comment */
        put(w, 3, 2);
        put_bytes(w, "hi!", 3);
        put(w, 2, 2);
        put(w, 4, 2);
        put(w, flags, 4);
        put(w, 0, 4);
    }
    end_block(w, at);
}

static void put_secrets(writer *w, uint32_t type, const char *text)
{
    const size_t at = begin_block(w, 10);
    put(w, type, 4);
    put(w, strlen(text), 4);
    put_bytes(w, text, strlen(text));
    end_block(w, at);
}

static void put_pcap(writer *w, uint32_t magic, uint32_t link_type)
{
    put(w, magic, 4);
    put(w, 2, 2);
    put(w, 4, 2);
    put(w, 0, 4);
    put(w, 0, 4);
    put(w, 65535, 4);
    put(w, link_type, 4);
}

static void put_pcap_packet(writer *w, uint32_t seconds, uint32_t fraction, const char *text)
{
    put(w, seconds, 4);
    put(w, fraction, 4);
    put(w, strlen(text), 4);
    put(w, 2000, 4);
    memcpy(w->bytes + w->len, text, strlen(text));
    w->len += strlen(text);
}

static capture_reader *open_bytes(writer *w, size_t len)
{
    capture_reader *reader = NULL;
    FILE *const file = fmemopen(w->bytes, len, "rb");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL_FATAL(capture_reader_new(file, &reader), 0);
    return reader;
}

static void check_record(capture_reader *reader, const char *text, uint32_t interface, uint64_t time_ns,
                         capture_direction direction)
{
    capture_record record;
    CHECK(capture_reader_next(reader, &record), CAPTURE_RECORD, "record of %s", text);
    CHECK(record.kind, CAPTURE_PACKET, "kind of %s", text);
    CHECK(record.len, strlen(text), "length of %s", text);
    CHECK_BYTES(record.bytes, (const uint8_t *)text, strlen(text), "bytes");
    CHECK(record.full_len, 2000, "full length of %s", text);
    CHECK(record.interface, interface, "interface of %s", text);
    CHECK(record.time_ns, time_ns, "time of %s", text);
    CHECK(record.direction, direction, "direction of %s", text);
}

static void check_end(capture_reader *reader, capture_ending ending, uint64_t packets, uint64_t bad)
{
    capture_record record;
    capture_summary summary;
    CHECK(capture_reader_next(reader, &record), CAPTURE_END, "end");
    CHECK(capture_reader_next(reader, &record), CAPTURE_END, "end again");
    capture_reader_summary(reader, &summary);
    CHECK(summary.ending, ending, "how it ended");
    CHECK(summary.packets, packets, "packets");
    CHECK(summary.bad_packets, bad, "bad packets");
    capture_reader_free(reader);
}

/* ---- pcapng ---- */

#define START_NS UINT64_C(1764212345123456789)

static void put_two_sections(writer *w)
{
    put_section(w);
    put_interface(w, 1, "eth0", 255, 0);
    put_packet(w, 0, START_NS / 1000, "first", 1);
    put_secrets(w, 0x544c534b, "CLIENT_RANDOM 00 00\n");
    put_interface(w, 276, "any", 9, 0);
    put_packet(w, 1, START_NS, "second", 0x102); /* direction and another flag */
    const size_t at = begin_block(w, 5);         /* interface statistics */
    put(w, 0, 4);
    put(w, 0, 8);
    end_block(w, at);
    w->big = !w->big;
    put_section(w);
    put_interface(w, 101, "", 0x9e, -7); /* 2^-30 s, 7 s back */
    put_packet(w, 0, UINT64_C(5) << 30 << 1 | UINT64_C(1) << 29, "third", 3);
    put_secrets(w, 0x57474b4c, "another tunnel");
}

static void test_pcapng(bool big)
{
    writer w = {.big = big};
    capture_record record;
    put_two_sections(&w);
    capture_reader *const reader = open_bytes(&w, w.len);
    check_record(reader, "first", 0, START_NS / 1000 * 1000, CAPTURE_INBOUND);
    CHECK(capture_reader_next(reader, &record), CAPTURE_RECORD, "secrets");
    CHECK(record.kind, CAPTURE_SECRETS, "kind");
    CHECK(record.len, 20, "length of secrets");
    CHECK_BYTES(record.bytes, (const uint8_t *)"CLIENT_RANDOM 00 00\n", 20, "secrets");
    check_record(reader, "second", 1, START_NS, CAPTURE_OUTBOUND);
    check_record(reader, "third", 2, UINT64_C(3500000000), CAPTURE_UNKNOWN);
    CHECK(capture_reader_interface_count(reader), 3, "interfaces");
    CHECK(capture_reader_interface(reader, 0)->link_type, 1, "link type");
    CHECK(capture_reader_interface(reader, 0)->snaplen, 96, "snaplen");
    CHECK_STRING(capture_reader_interface(reader, 0)->name, "eth0");
    CHECK(capture_reader_interface(reader, 1)->link_type, 276, "link type");
    CHECK_STRING(capture_reader_interface(reader, 2)->name, "");
    check_end(reader, CAPTURE_WHOLE, 3, 0);
}

static void test_little_endian(void)
{
    test_pcapng(false);
}

static void test_big_endian(void)
{
    test_pcapng(true);
}

static void test_old_packets(void)
{
    writer w = {.len = 0};
    capture_record record;
    put_section(&w);
    put_interface(&w, 1, "eth0", 9, 0);
    size_t at = begin_block(&w, 2); /* Packet Block: interface and drop count in one word */
    put(&w, 0, 2);
    put(&w, 9, 2);
    put(&w, START_NS >> 32, 4);
    put(&w, START_NS & UINT32_MAX, 4);
    put(&w, 3, 4);
    put(&w, 2000, 4);
    put_bytes(&w, "old", 3);
    end_block(&w, at);
    at = begin_block(&w, 3); /* Simple Packet Block */
    put(&w, 2000, 4);
    for (int i = 0; i < 96; i++)
        w.bytes[w.len++] = 's';
    end_block(&w, at);
    capture_reader *const reader = open_bytes(&w, w.len);
    check_record(reader, "old", 0, START_NS, CAPTURE_UNKNOWN);
    CHECK(capture_reader_next(reader, &record), CAPTURE_RECORD, "simple");
    CHECK(record.len, 96, "as much as the interface's snaplen");
    CHECK(record.time_ns, START_NS, "time of the packet before");
    check_end(reader, CAPTURE_WHOLE, 2, 0);
}

/* Packets that cannot be, with one after them that can. */
static void test_bad_packets(void)
{
    writer w = {.len = 0};
    put_section(&w);
    put_packet(&w, 0, 0, "before any interface", 0);
    put_interface(&w, 1, "eth0", 9, 0);
    put_packet(&w, 1, 0, "of another interface", 0);
    put_packet(&w, 0, 0, "longer than its block", 0);
    w.bytes[w.len - 36] = 200; /* captured length */
    size_t at = begin_block(&w, 6);
    put(&w, 0, 4);
    end_block(&w, at);
    put_section(&w); /* forgets the interfaces */
    put_packet(&w, 0, 0, "of the section before", 0);
    put_interface(&w, 1, "eth1", 9, 0);
    put_packet(&w, 0, 77, "good", 0);
    capture_reader *const reader = open_bytes(&w, w.len);
    check_record(reader, "good", 1, 77, CAPTURE_UNKNOWN);
    check_end(reader, CAPTURE_WHOLE, 1, 5);
}

/* Every cut: what is whole is given, and the end is said to be a cut, but between blocks. */
static void test_cut(void)
{
    writer w = {.len = 0};
    size_t ends[8], count = 0;
    put_section(&w);
    const size_t first = w.len;
    ends[count++] = w.len;
    put_interface(&w, 1, "eth0", 9, 0);
    ends[count++] = w.len;
    put_packet(&w, 0, 1, "one", 2);
    ends[count++] = w.len;
    put_packet(&w, 0, 2, "two", 0);
    ends[count++] = w.len;
    for (size_t len = first; len <= w.len; len++) {
        capture_reader *const reader = open_bytes(&w, len);
        uint64_t packets = 0;
        bool between = false;
        for (size_t i = 0; i < count; i++) {
            between |= ends[i] == len;
            packets += i >= 2 && ends[i] <= len;
        }
        if (packets >= 1)
            check_record(reader, "one", 0, 1, CAPTURE_OUTBOUND);
        if (packets >= 2)
            check_record(reader, "two", 0, 2, CAPTURE_UNKNOWN);
        check_end(reader, between ? CAPTURE_WHOLE : CAPTURE_CUT, packets, 0);
    }
}

/* Lengths that cannot be: the first packet is given, the file ends there. */
static void test_not_valid(void)
{
    static const struct {
        size_t back; /* from the end: which byte */
        uint8_t value;
        const char *why;
    } cases[] = {{4, 8, "the two lengths differ"},
                 {28, 0, "length below a block's overhead"},
                 {28, 39, "length not of whole words"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        writer w = {.len = 0};
        put_section(&w);
        put_interface(&w, 1, "eth0", 9, 0);
        put_packet(&w, 0, 1, "one", 0);
        put_packet(&w, 0, 2, "", 0);
        CHECK(w.len % 4, 0, "whole words");
        w.bytes[w.len - cases[i].back] = cases[i].value;
        capture_reader *const reader = open_bytes(&w, w.len);
        check_record(reader, "one", 0, 1, CAPTURE_UNKNOWN);
        capture_record record;
        CHECK(capture_reader_next(reader, &record), CAPTURE_END, "%s", cases[i].why);
        check_end(reader, CAPTURE_NOT_VALID, 1, 0);
    }
}

/* A block that is longer than any that is kept is read over. */
static void test_long_block(void)
{
    writer head = {.len = 0}, tail = {.len = 0};
    const uint32_t total = CAPTURE_BLOCK_MAX + 64;
    put_section(&head);
    put_interface(&head, 1, "eth0", 9, 0);
    const size_t room = head.len + 2 * (size_t)total + sizeof tail.bytes;
    uint8_t *const bytes = calloc(1, room);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    size_t len = head.len;
    memcpy(bytes, head.bytes, head.len);
    for (uint32_t type = 5; type <= 6; type++) { /* statistics, packet */
        memcpy(bytes + len, &type, 4);
        memcpy(bytes + len + 4, &total, 4);
        memcpy(bytes + len + total - 4, &total, 4);
        len += total;
    }
    put_packet(&tail, 0, 5, "after", 0);
    memcpy(bytes + len, tail.bytes, tail.len);
    len += tail.len;
    capture_reader *reader = NULL;
    CU_ASSERT_EQUAL_FATAL(capture_reader_new(fmemopen(bytes, len, "rb"), &reader), 0);
    check_record(reader, "after", 0, 5, CAPTURE_UNKNOWN);
    check_end(reader, CAPTURE_WHOLE, 1, 1);
    free(bytes);
}

/* Blocks and packets of no bytes, before any other. */
static void test_empty(void)
{
    writer w = {.len = 0}, pcap = {.len = 0};
    put_section(&w);
    end_block(&w, begin_block(&w, 5));
    put_interface(&w, 1, "eth0", 9, 0);
    put_packet(&w, 0, 7, "", 0);
    capture_reader *const reader = open_bytes(&w, w.len);
    check_record(reader, "", 0, 7, CAPTURE_UNKNOWN);
    check_end(reader, CAPTURE_WHOLE, 1, 0);
    put_pcap(&pcap, 0xa1b23c4d, 1);
    put_pcap_packet(&pcap, 0, 7, "");
    capture_reader *const second = open_bytes(&pcap, pcap.len);
    check_record(second, "", 0, 7, CAPTURE_UNKNOWN);
    check_end(second, CAPTURE_WHOLE, 1, 0);
}

/* ---- pcap ---- */

static void test_pcap(void)
{
    static const struct {
        uint32_t magic;
        bool big;
        uint64_t unit_ns;
    } cases[] = {
        {0xa1b2c3d4, false, 1000}, {0xa1b2c3d4, true, 1000}, {0xa1b23c4d, false, 1}, {0xa1b23c4d, true, 1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        writer w = {.big = cases[i].big};
        put_pcap(&w, cases[i].magic, 0x40000071); /* with a length of the frame check sequence */
        put_pcap_packet(&w, 1764212345, 654321, "odd");
        put_pcap_packet(&w, 1764212346, 0, "next");
        const size_t whole = w.len;
        capture_reader *const reader = open_bytes(&w, whole);
        CHECK(capture_reader_interface(reader, 0)->link_type, 0x71, "link type");
        check_record(reader, "odd", 0, UINT64_C(1764212345000000000) + 654321 * cases[i].unit_ns,
                     CAPTURE_UNKNOWN);
        check_record(reader, "next", 0, UINT64_C(1764212346000000000), CAPTURE_UNKNOWN);
        check_end(reader, CAPTURE_WHOLE, 2, 0);
        capture_reader *const cut = open_bytes(&w, whole - 1);
        check_record(cut, "odd", 0, UINT64_C(1764212345000000000) + 654321 * cases[i].unit_ns,
                     CAPTURE_UNKNOWN);
        check_end(cut, CAPTURE_CUT, 1, 0);
    }
}

static void test_pcap_not_valid(void)
{
    writer w = {.len = 0};
    put_pcap(&w, 0xa1b2c3d4, 1);
    put_pcap_packet(&w, 1, 0, "x");
    w.bytes[24 + 8 + 3] = 0x7f; /* captured length */
    check_end(open_bytes(&w, w.len), CAPTURE_NOT_VALID, 0, 0);
}

/* ---- what is no capture ---- */

static void test_no_capture(void)
{
    static const char *const files[] = {"", "x", "GIF89a and more, more than twenty-four bytes",
                                        "\x0a\x0d\x0d\x0a\x1c\x00\x00\x00nonsense and so on ....",
                                        "\xd4\xc3\xb2\xa1\x02"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char message[CAPTURE_MESSAGE_MAX] = "", path[] = "/tmp/roam-test-XXXXXX";
        const size_t len = i == 3 ? 31 : strlen(files[i]);
        capture_reader *reader = NULL;
        const int descriptor = mkstemp(path);
        CU_ASSERT_TRUE_FATAL(descriptor >= 0);
        CHECK(write(descriptor, files[i], len), len, "written");
        (void)close(descriptor);
        CHECK(capture_reader_open(path, &reader, message), CAPTURE_ERR_FORMAT, "file %zu", i);
        CHECK_CONTAINS(message, path);
        CHECK_CONTAINS(message, "is neither a pcapng nor a pcap file");
        (void)unlink(path);
    }
    char message[CAPTURE_MESSAGE_MAX];
    capture_reader *reader = NULL;
    CHECK(capture_reader_open("/nowhere/at/all", &reader, message), CAPTURE_ERR_OPEN, "no file");
    CHECK_STRING(message, "/nowhere/at/all: No such file or directory");
    CHECK(capture_reader_open("/", &reader, message), CAPTURE_ERR_READ, "a folder");
    CHECK_STRING(message, "/: Is a directory");
}

/* ---- time ---- */

static void test_time(void)
{
    static const struct {
        capture_clock clock;
        uint64_t timestamp, wanted;
    } cases[] = {{{6, 0}, 1, 1000},
                 {{9, 0}, 12345, 12345},
                 {{0, 0}, 3, UINT64_C(3000000000)},
                 {{12, 0}, 1999, 1},
                 {{28, 0}, UINT64_C(10000000000000000000), 1},
                 {{29, 0}, UINT64_MAX, 0},
                 {{127, 0}, UINT64_MAX, 0},
                 {{0, 0}, UINT64_MAX, UINT64_MAX},
                 {{0x80, 0}, 3, UINT64_C(3000000000)},
                 {{0x8a, 0}, 1536, UINT64_C(1500000000)},
                 {{0xbf, 0}, UINT64_C(1) << 62, 500000000},
                 {{0xc0, 0}, UINT64_C(1) << 63, 500000000},
                 {{0xff, 0}, UINT64_MAX, 0},
                 {{9, 2}, 1, UINT64_C(2000000001)},
                 {{9, -2}, UINT64_C(2000000001), 1},
                 {{9, -2}, 1, 0},
                 {{9, INT64_MIN}, 1, 0},
                 {{9, INT64_MAX}, 1, UINT64_MAX}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        CHECK(capture_time_ns(&cases[i].clock, cases[i].timestamp), cases[i].wanted, "case %zu", i);
}

/* ---- roam's own captures ---- */

static void test_own(void)
{
    char message[PCAPNG_MESSAGE_MAX], path[] = "/tmp/roam-test-XXXXXX";
    const int descriptor = mkstemp(path);
    pcapng *out = NULL;
    pcapng_interface laptop, server;
    capture_reader *reader = NULL;
    capture_record record;
    CU_ASSERT_TRUE_FATAL(descriptor >= 0);
    (void)close(descriptor);
    CU_ASSERT_EQUAL_FATAL(pcapng_open(path, &out, message), 0);
    CU_ASSERT_EQUAL(pcapng_add_interface(out, "laptop", "a host", &laptop), 0);
    CU_ASSERT_EQUAL(pcapng_add_interface(out, "server", NULL, &server), 0);
    const uint8_t bytes[] = {0x45, 0, 0};
    const pcapng_packet packet = {.interface = server,
                                  .direction = PCAPNG_INBOUND,
                                  .time_ns = 123456789,
                                  .bytes = bytes,
                                  .len = sizeof bytes,
                                  .full_len = 30,
                                  .comments = "lost"};
    CU_ASSERT_EQUAL(pcapng_add_secrets(out, "CLIENT_RANDOM 01 02"), 0);
    CU_ASSERT_EQUAL(pcapng_add_packet(out, &packet), 0);
    CU_ASSERT_EQUAL_FATAL(pcapng_close(out, message), 0);
    CU_ASSERT_EQUAL_FATAL(capture_reader_open(path, &reader, message), 0);
    CHECK(capture_reader_next(reader, &record), CAPTURE_RECORD, "secrets");
    CHECK(record.kind, CAPTURE_SECRETS, "their kind");
    CHECK_BYTES(record.bytes, (const uint8_t *)"CLIENT_RANDOM 01 02", 19, "secrets");
    CHECK(capture_reader_next(reader, &record), CAPTURE_RECORD, "packet");
    CHECK(record.time_ns, PCAPNG_EPOCH_S * 1000000000 + 123456789, "time");
    CHECK(record.interface, 1, "interface");
    CHECK_STRING(capture_reader_interface(reader, 1)->name, "server");
    CHECK(capture_reader_interface(reader, 1)->link_type, 101, "link type");
    CHECK(record.direction, CAPTURE_INBOUND, "direction");
    CHECK(record.len, 3, "length");
    CHECK(record.full_len, 30, "full length");
    check_end(reader, CAPTURE_WHOLE, 1, 0);
    (void)unlink(path);
}

static const check_test TESTS[] = {{"pcapng, little-endian first", test_little_endian},
                                   {"pcapng, big-endian first", test_big_endian},
                                   {"older packet blocks", test_old_packets},
                                   {"bad packets", test_bad_packets},
                                   {"cut", test_cut},
                                   {"not valid", test_not_valid},
                                   {"long block", test_long_block},
                                   {"no bytes", test_empty},
                                   {"pcap", test_pcap},
                                   {"pcap, not valid", test_pcap_not_valid},
                                   {"no capture", test_no_capture},
                                   {"time", test_time},
                                   {"own captures", test_own}};
CHECK_MAIN("capture reader", TESTS)
