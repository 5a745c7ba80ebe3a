/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/wire/pcapng.h"

#include "sim/wire/ip.h"

#include <CUnit/Basic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- A directory for each test ------------------------------------------------------------------------ */

typedef struct place {
    char directory[64];
    char path[80];
    char temporary[84];
} place;

static place place_new(void)
{
    place at = {.directory = "/tmp/roam-test-pcapng-XXXXXX"};

    if (mkdtemp(at.directory) == NULL)
        abort();
    snprintf(at.path, sizeof(at.path), "%s/a.pcapng", at.directory);
    snprintf(at.temporary, sizeof(at.temporary), "%s.tmp", at.path);
    return at;
}

/* Fails when the test left more behind than the capture. */
static void place_remove(const place *at)
{
    remove(at->path);
    if (rmdir(at->directory) != 0)
        fprintf(stderr, "\n    left behind: %s", at->directory);
    CU_ASSERT_NOT_EQUAL(access(at->directory, F_OK), 0);
}

static size_t read_file(const char *path, uint8_t *bytes, size_t capacity)
{
    FILE *file = fopen(path, "rb");
    size_t len;

    if (file == NULL)
        return 0;
    len = fread(bytes, 1, capacity, file);
    fclose(file);
    return len;
}

static void write_old(const place *at)
{
    FILE *file = fopen(at->path, "wb");

    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    fputs("old", file);
    fclose(file);
}

static void expect_old(const place *at)
{
    char text[16] = "";

    read_file(at->path, (uint8_t *)text, sizeof(text) - 1);
    CHECK_STRING(text, "old", "the file that was there");
}

/* ---- Making captures ---------------------------------------------------------------------------------- */

static pcapng *open_at(const char *path)
{
    char message[PCAPNG_MESSAGE_MAX] = "";
    pcapng *p = NULL;
    int error = pcapng_open(path, &p, message);

    CHECK(error, PCAPNG_OK, "%s", message);
    if (error != PCAPNG_OK)
        abort();
    return p;
}

static pcapng_interface add_interface(pcapng *p, const char *name, const char *description)
{
    pcapng_interface id = {99};

    CHECK(pcapng_add_interface(p, name, description, &id), PCAPNG_OK, "%s", name);
    return id;
}

static void close_well(pcapng *p)
{
    char message[PCAPNG_MESSAGE_MAX] = "";

    CHECK(pcapng_close(p, message), PCAPNG_OK, "close");
    CHECK_STRING(message, "", "message");
}

static int add_datagram(pcapng *p, pcapng_packet packet, const ip_datagram *d)
{
    uint8_t bytes[2048];

    if (ip_encode(d, bytes, sizeof(bytes), &packet.len) != IP_OK)
        return 1;
    packet.bytes = bytes;
    return pcapng_add_packet(p, &packet);
}

static const ip_datagram ipv4 = {
    .source = {ROAM_FAMILY_IPV4, 40000, {192, 0, 2, 1}},
    .destination = {ROAM_FAMILY_IPV4, 4433, {203, 0, 113, 9}},
    .ttl = 64,
    .ecn = 2,
    .payload = (const uint8_t *)"odd",
    .payload_len = 3,
};

static const ip_datagram ipv6 = {
    .source = {ROAM_FAMILY_IPV6, 40001, {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
    .destination = {ROAM_FAMILY_IPV6, 4434, {0x20, 0x01, 0x0d, 0xb8, [15] = 2}},
    .ttl = 3,
    .payload = (const uint8_t *)"even",
    .payload_len = 4,
};

/* ---- Tests -------------------------------------------------------------------------------------------- */

/* Worked out by hand from the draft: section header, interface, secrets, packet. */
static const uint8_t known[] =
    "\x0a\x0d\x0d\x0a\x28\x00\x00\x00\x4d\x3c\x2b\x1a\x01\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff"
    "\x04\x00\x04\x00roam\x00\x00\x00\x00\x28\x00\x00\x00"
    "\x01\x00\x00\x00\x30\x00\x00\x00\x65\x00\x00\x00\x00\x00\x00\x00\x02\x00\x02\x00h0\x00\x00"
    "\x03\x00\x04\x00side\x09\x00\x01\x00\x09\x00\x00\x00\x00\x00\x00\x00\x30\x00\x00\x00"
    "\x0a\x00\x00\x00\x1c\x00\x00\x00KSLT\x06\x00\x00\x00"
    "A 1 2\n\x00\x00\x1c\x00\x00\x00"
    "\x06\x00\x00\x00\x3c\x00\x00\x00\x00\x00\x00\x00"
    "\xcf\x4c\x23\x0d\x01\x00\x43\x52\x05\x00\x00\x00\x05\x00\x00\x00hello\x00\x00\x00"
    "\x02\x00\x04\x00\x02\x00\x00\x00\x01\x00\x02\x00no\x00\x00\x00\x00\x00\x00\x3c\x00\x00\x00";

static void write_known(const char *path, const char *secrets)
{
    pcapng *p = open_at(path);
    pcapng_packet packet = {.interface = add_interface(p, "h0", "side"),
                            .direction = PCAPNG_OUTBOUND,
                            .time_ns = 1,
                            .bytes = (const uint8_t *)"hello",
                            .len = 5,
                            .comments = "no"};

    CHECK(pcapng_add_secrets(p, ""), PCAPNG_OK, "nothing secret");
    CHECK(pcapng_add_secrets(p, secrets), PCAPNG_OK, "secrets");
    CHECK(pcapng_add_packet(p, &packet), PCAPNG_OK, "packet");
    close_well(p);
}

static void test_known_bytes(void)
{
    static const char *const secrets[] = {"A 1 2", "A 1 2\n"};
    place at = place_new();

    for (size_t i = 0; i < 2; i++) {
        uint8_t bytes[512];
        size_t len, same = 0;

        write_old(&at);
        write_known(at.path, secrets[i]);
        len = read_file(at.path, bytes, sizeof(bytes));
        while (same < len && same < sizeof(known) - 1 && bytes[same] == known[same])
            same++;
        if (len != sizeof(known) - 1 || same != len)
            fprintf(stderr, "\n    got %zu bytes, wanted %zu; the first %zu agree", len, sizeof(known) - 1,
                    same);
        CU_ASSERT_EQUAL(len, sizeof(known) - 1);
        CU_ASSERT_EQUAL(same, len);
    }
    place_remove(&at);
}

static void tshark(const char *path, char *text, size_t capacity)
{
    char command[1024];
    FILE *pipe;
    size_t len;

    snprintf(
        command, sizeof(command),
        "tshark -n -r %s -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -T fields -E separator='|' "
        "-e frame.time_epoch -e frame.interface_name -e frame.interface_description "
        "-e frame.packet_flags_direction -e frame.comment -e ip.src -e ipv6.src -e udp.srcport "
        "-e udp.dstport -e ip.ttl -e ipv6.hlim -e ip.flags.df -e ip.id -e udp.length "
        "-e ip.checksum.status -e udp.checksum.status 2>&1 | grep -v '^Running as user'",
        path);
    pipe = popen(command, "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(pipe);
    len = fread(text, 1, capacity - 1, pipe);
    text[len] = '\0';
    pclose(pipe);
}

/* The judge is another program: names, times, directions, comments, and that it finds both checksums good. */
static void test_tshark_reads_it(void)
{
    place at = place_new();
    pcapng *p = open_at(at.path);
    pcapng_interface home = add_interface(p, "laptop.home", "Wi-Fi");
    pcapng_packet out = {.interface = home, .direction = PCAPNG_OUTBOUND},
                  in = {.direction = PCAPNG_INBOUND,
                        .time_ns = UINT64_C(1500000001),
                        .comments = "lost: bl\xc3\xbc\nagain"};
    uint8_t wrong[] = "\x45\x00\x00\x20\x00\x00\x40\x00\x40\x11\xb8\xb5\xc0\xa8\x00\x01"
                      "\xc0\xa8\x00\xc7\x11\x51\xc3\x50\x00\x0c\xd5\x3f\x72\x6f\x61\x6d";
    char text[4096];

    CHECK(add_datagram(p, out, &ipv4), 0, "out");
    in.interface = add_interface(p, "server", NULL);
    CHECK(pcapng_add_secrets(p, "CLIENT_RANDOM 00 11"), PCAPNG_OK, "secrets");
    CHECK(add_datagram(p, in, &ipv6), 0, "in");
    out = (pcapng_packet){.interface = home,
                          .direction = PCAPNG_INBOUND,
                          .bytes = wrong,
                          .len = 32,
                          .time_ns = UINT64_C(86400000000000)};
    CHECK(pcapng_add_packet(p, &out), PCAPNG_OK, "wrong checksums");
    close_well(p);

    tshark(at.path, text, sizeof(text));
    /* Status 1 is good, 0 is bad. */
    CHECK_STRING(
        text,
        "946684800.000000000|laptop.home|Wi-Fi|0x00000002||192.0.2.1||40000|4433|64||1|0x0000|11|1|1\n"
        "946684801.500000001|server||0x00000001|lost: bl\xc3\xbc,again||2001:db8::1|40001|4434||3|||12||1\n"
        "946771200.000000000|laptop.home|Wi-Fi|0x00000001||192.168.0.1||4433|50000|64||1|0x0000|12|0|0\n",
        "tshark");
    place_remove(&at);
}

/* Datagrams of every length, so that every carry and odd byte meets another program's checksum. */
static void test_tshark_agrees_on_checksums(void)
{
    enum { LENGTHS = 150 };
    place at = place_new();
    pcapng *p = open_at(at.path);
    pcapng_packet packet = {.interface = add_interface(p, "i", NULL), .direction = PCAPNG_INBOUND};
    static char text[65536];
    uint8_t payload[LENGTHS];
    int good = 0;

    for (size_t i = 0; i < LENGTHS; i++)
        payload[i] = (uint8_t)(i * i * 31 + 250);
    for (size_t len = 0; len < LENGTHS; len++) {
        ip_datagram d = len % 3 == 0 ? ipv4 : ipv6;

        d.payload = payload;
        d.payload_len = len;
        d.source.port = (uint16_t)(30000 + len);
        CHECK(add_datagram(p, packet, &d), 0, "packet");
    }
    close_well(p);
    tshark(at.path, text, sizeof(text));
    for (const char *line = text; (line = strchr(line, '\n')) != NULL; line++)
        good += line - text > 2 && strncmp(line - 2, "|1", 2) == 0;
    CHECK(good, LENGTHS, "good checksums in\n%s", text);
    place_remove(&at);
}

/* More than the buffer, in pieces larger and smaller than it. */
static void test_long_capture(void)
{
    enum { PACKETS = 40 };
    place at = place_new();
    pcapng *p = open_at(at.path);
    pcapng_packet packet = {.interface = add_interface(p, "i", NULL), .direction = PCAPNG_INBOUND};
    uint8_t *bytes = malloc(PCAPNG_PACKET_MAX);
    struct stat status = {.st_size = 0};
    long long wanted = 40 + 40; /* section header and interface */

    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    memset(bytes, 7, PCAPNG_PACKET_MAX);
    packet.bytes = bytes;
    for (size_t i = 0; i < PACKETS; i++) {
        packet.len = i % 4 == 3 ? PCAPNG_PACKET_MAX : 4 * 100 * i;
        wanted += 44 + (long long)packet.len;
        CHECK(pcapng_add_packet(p, &packet), PCAPNG_OK, "packet");
    }
    close_well(p);
    CU_ASSERT_EQUAL(stat(at.path, &status), 0);
    CHECK(status.st_size, wanted, "size");
    free(bytes);
    place_remove(&at);
}

static void test_limits(void)
{
    static const struct {
        const char *name;
        size_t len, comment_len;
        uint32_t interface;
        int wanted;
    } table[] = {
        {.name = "longest packet", .len = PCAPNG_PACKET_MAX, .wanted = PCAPNG_OK},
        {.name = "longer packet", .len = PCAPNG_PACKET_MAX + 1, .wanted = PCAPNG_ERR_TOO_LARGE},
        {.name = "longest comment", .len = 1, .comment_len = PCAPNG_TEXT_MAX, .wanted = PCAPNG_OK},
        {.name = "longer comment",
         .len = 1,
         .comment_len = PCAPNG_TEXT_MAX + 1,
         .wanted = PCAPNG_ERR_TOO_LARGE},
        {.name = "no such interface", .len = 1, .interface = 1, .wanted = PCAPNG_ERR_INTERFACE},
        {.name = "empty packet", .wanted = PCAPNG_OK},
    };
    place at = place_new();
    pcapng *p = open_at(at.path);
    char *text = malloc(PCAPNG_SECRETS_MAX + 2);
    pcapng_interface id = add_interface(p, "i", NULL);

    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    memset(text, 'x', PCAPNG_SECRETS_MAX + 1);
    text[PCAPNG_SECRETS_MAX + 1] = '\0';
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        pcapng_packet packet = {.interface = {table[i].interface},
                                .direction = PCAPNG_INBOUND,
                                .bytes = (const uint8_t *)text,
                                .len = table[i].len,
                                .comments = text + PCAPNG_SECRETS_MAX + 1 - table[i].comment_len};

        CHECK(pcapng_add_packet(p, &packet), table[i].wanted, "%s", table[i].name);
    }
    CHECK(pcapng_add_interface(p, text, NULL, &id), PCAPNG_ERR_TOO_LARGE, "long name");
    CHECK(pcapng_add_interface(p, "j", text, &id), PCAPNG_ERR_TOO_LARGE, "long description");
    CHECK(pcapng_add_secrets(p, text), PCAPNG_ERR_TOO_LARGE, "longer secrets");
    CHECK(pcapng_add_secrets(p, text + 1), PCAPNG_OK, "longest secrets");
    CU_ASSERT_EQUAL(id.value, 0);
    close_well(p);
    free(text);
    place_remove(&at);
}

static void test_open_fails(void)
{
    static const char *const paths[] = {"/nonexistent-directory/a.pcapng", "/dev/null/a.pcapng",
                                        "/proc/a.pcapng", "/tmp", ""};

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char message[PCAPNG_MESSAGE_MAX] = "";
        pcapng *p = NULL;

        CHECK(pcapng_open(paths[i], &p, message), PCAPNG_ERR_OPEN, "%s", paths[i]);
        CHECK_CONTAINS(message, paths[i], "message");
        CU_ASSERT_PTR_NULL(p);
    }
}

/* Adds packets until one fails, at most so many; returns the last answer. */
static int add_many(pcapng *p, int packets)
{
    pcapng_packet packet = {.direction = PCAPNG_INBOUND};
    int error = PCAPNG_OK;

    packet.interface = add_interface(p, "i", NULL);
    for (int i = 0; i < packets && error == PCAPNG_OK; i++)
        error = add_datagram(p, packet, &ipv4);
    return error;
}

/* By a link: a mistake replaces the link, not the machine's device. */
static void test_device_full(void)
{
    static const struct {
        int packets, wanted;
    } table[] = {{1, PCAPNG_OK}, {100000, PCAPNG_ERR_WRITE}};

    for (size_t i = 0; i < 2; i++) {
        char message[PCAPNG_MESSAGE_MAX] = "";
        place at = place_new();
        pcapng *p;

        CU_ASSERT_EQUAL_FATAL(symlink("/dev/full", at.path), 0);
        p = open_at(at.path);
        CHECK(access(at.temporary, F_OK) == 0, 0, "exists: %s", at.temporary);
        CHECK(add_many(p, table[i].packets), table[i].wanted, "packets");
        CHECK(pcapng_close(p, message), PCAPNG_ERR_WRITE, "close");
        CHECK_CONTAINS(message, at.path, "message");
        CHECK_CONTAINS(message, "No space left", "message");
        place_remove(&at);
    }
}

/* The limit on file sizes stands in for a full disk, which /dev/full cannot: there is no file beside it. */
static void test_disk_full(void)
{
    struct rlimit before, limit;
    char message[PCAPNG_MESSAGE_MAX] = "";
    place at = place_new();
    pcapng *p;

    write_old(&at);
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 1000;
    signal(SIGXFSZ, SIG_IGN);
    p = open_at(at.path);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
    (void)!add_many(p, 100000);
    CHECK(access(at.temporary, F_OK) == 0, 1, "exists: %s", at.temporary);
    CHECK(pcapng_close(p, message), PCAPNG_ERR_WRITE, "close");
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_FSIZE, &before), 0);
    CHECK_CONTAINS(message, at.path, "message");
    CHECK(access(at.temporary, F_OK) == 0, 0, "exists: %s", at.temporary);
    expect_old(&at);
    place_remove(&at);
}

static void test_rename_fails(void)
{
    char message[PCAPNG_MESSAGE_MAX] = "";
    place at = place_new();
    pcapng *p = open_at(at.path);

    CU_ASSERT_EQUAL_FATAL(mkdir(at.path, 0700), 0);
    CHECK(pcapng_close(p, message), PCAPNG_ERR_RENAME, "close");
    CHECK_CONTAINS(message, at.path, "message");
    CHECK(access(at.temporary, F_OK) == 0, 0, "exists: %s", at.temporary);
    place_remove(&at);
}

static void test_abort(void)
{
    place at = place_new();
    pcapng *p;

    write_old(&at);
    p = open_at(at.path);
    CHECK(add_many(p, 10000), PCAPNG_OK, "packets");
    expect_old(&at);
    CHECK(access(at.temporary, F_OK) == 0, 1, "exists: %s", at.temporary);
    pcapng_abort(p);
    pcapng_abort(NULL);
    CHECK(access(at.temporary, F_OK) == 0, 0, "exists: %s", at.temporary);
    expect_old(&at);
    place_remove(&at);
}

static void test_strerror(void)
{
    for (int error = -100; error <= 100; error++)
        CU_ASSERT_PTR_NOT_NULL(pcapng_strerror(error));
    for (int error = PCAPNG_ERR_INTERFACE; error <= PCAPNG_OK; error++)
        CU_ASSERT_STRING_NOT_EQUAL(pcapng_strerror(error), pcapng_strerror(1));
}

static const check_test TESTS[] = {{"known bytes", test_known_bytes},
                                   {"tshark reads it", test_tshark_reads_it},
                                   {"tshark agrees on checksums", test_tshark_agrees_on_checksums},
                                   {"long capture", test_long_capture},
                                   {"limits", test_limits},
                                   {"open fails", test_open_fails},
                                   {"device full", test_device_full},
                                   {"disk full", test_disk_full},
                                   {"rename fails", test_rename_fails},
                                   {"abort", test_abort},
                                   {"strerror", test_strerror}};
CHECK_MAIN("pcapng", TESTS)
