/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/wire/ip.h"

#include <CUnit/Basic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define V6(last)                                                                                             \
    {                                                                                                        \
        0x20, 0x01, 0x0d, 0xb8, [15] = (last)                                                                \
    }

/* Half of the bytes are 0x00 or 0xff: the two zeros of one's complement are where checksums go wrong. */
static uint8_t draw_byte(uint64_t *state)
{
    uint64_t r = core_hash_next(state);

    return (r & 1) != 0 ? (uint8_t)(r >> 8) : (r & 2) != 0 ? 0xff : 0;
}

/* A copy that ends where its allocation ends, for AddressSanitizer to see one byte too far. */
static uint8_t *exact_copy(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);

    if (copy == NULL)
        abort();
    memcpy(copy, bytes, len);
    return copy;
}

/* Bytes worked out with another program. */
typedef struct known {
    const char *name;
    ip_datagram datagram;
    size_t len;
    const char *bytes;
} known;

#define PAYLOAD(text) .payload = (const uint8_t *)(text), .payload_len = sizeof(text) - 1

static const known knowns[] = {
    {.name = "IPv4",
     .datagram = {.source = {ROAM_FAMILY_IPV4, 4433, {192, 168, 0, 1}},
                  .destination = {ROAM_FAMILY_IPV4, 50000, {192, 168, 0, 199}},
                  .ttl = 64,
                  PAYLOAD("roam")},
     .len = 32,
     .bytes = "\x45\x00\x00\x20\x00\x00\x40\x00\x40\x11\xb8\xb4\xc0\xa8\x00\x01"
              "\xc0\xa8\x00\xc7\x11\x51\xc3\x50\x00\x0c\xd5\x3e\x72\x6f\x61\x6d"},
    {.name = "IPv4, odd length, CE",
     .datagram = {.source = {ROAM_FAMILY_IPV4, 1, {203, 0, 113, 7}},
                  .destination = {ROAM_FAMILY_IPV4, 65535, {198, 51, 100, 15}},
                  .ttl = 1,
                  .ecn = 3,
                  PAYLOAD("odd")},
     .len = 31,
     .bytes = "\x45\x03\x00\x1f\x00\x00\x40\x00\x01\x11\x13\x81\xcb\x00\x71\x07"
              "\xc6\x33\x64\x0f\x00\x01\xff\xff\x00\x0b\xc6\x27\x6f\x64\x64"},
    {.name = "IPv4, empty, ECT(0)",
     .datagram = {.source = {ROAM_FAMILY_IPV4, 1000, {10, 0, 0, 1}},
                  .destination = {ROAM_FAMILY_IPV4, 2000, {10, 0, 0, 2}},
                  .ttl = 255,
                  .ecn = 2,
                  PAYLOAD("")},
     .len = 28,
     .bytes = "\x45\x02\x00\x1c\x00\x00\x40\x00\xff\x11\x67\xcc\x0a\x00\x00\x01"
              "\x0a\x00\x00\x02\x03\xe8\x07\xd0\x00\x08\xe0\x23"},
    {.name = "IPv4, UDP checksum computes to 0",
     .datagram = {.source = {ROAM_FAMILY_IPV4, 1000, {10, 0, 0, 1}},
                  .destination = {ROAM_FAMILY_IPV4, 2000, {10, 0, 0, 2}},
                  .ttl = 64,
                  .ecn = 1,
                  PAYLOAD("\xe0\x1f")},
     .len = 30,
     .bytes = "\x45\x01\x00\x1e\x00\x00\x40\x00\x40\x11\x26\xcc\x0a\x00\x00\x01"
              "\x0a\x00\x00\x02\x03\xe8\x07\xd0\x00\x0a\xff\xff\xe0\x1f"},
    {.name = "IPv6, odd length",
     .datagram = {.source = {ROAM_FAMILY_IPV6, 4433, V6(1)},
                  .destination = {ROAM_FAMILY_IPV6, 50000, {0x20, 0x01, 0x0d, 0xb8, 0, 1, [15] = 0x99}},
                  .ttl = 64,
                  PAYLOAD("roam!")},
     .len = 53,
     .bytes = "\x60\x00\x00\x00\x00\x0d\x11\x40\x20\x01\x0d\xb8\x00\x00\x00\x00"
              "\x00\x00\x00\x00\x00\x00\x00\x01\x20\x01\x0d\xb8\x00\x01\x00\x00"
              "\x00\x00\x00\x00\x00\x00\x00\x99\x11\x51\xc3\x50\x00\x0d\xda\x48"
              "\x72\x6f\x61\x6d\x21"},
    {.name = "IPv6, UDP checksum computes to 0",
     .datagram = {.source = {ROAM_FAMILY_IPV6, 1000, V6(1)},
                  .destination = {ROAM_FAMILY_IPV6, 2000, V6(2)},
                  .ttl = 7,
                  .ecn = 3,
                  PAYLOAD("\x98\xad")},
     .len = 50,
     .bytes = "\x60\x30\x00\x00\x00\x0a\x11\x07\x20\x01\x0d\xb8\x00\x00\x00\x00"
              "\x00\x00\x00\x00\x00\x00\x00\x01\x20\x01\x0d\xb8\x00\x00\x00\x00"
              "\x00\x00\x00\x00\x00\x00\x00\x02\x03\xe8\x07\xd0\x00\x0a\xff\xff"
              "\x98\xad"},
};

enum { KNOWNS = sizeof(knowns) / sizeof(knowns[0]), ODD_IPV4 = 1, ODD_IPV6 = 4 };

static const uint8_t *bytes_of(const known *k)
{
    return (const uint8_t *)k->bytes;
}

static void test_checksum(void)
{
    static const struct {
        const char *name;
        size_t len;
        uint8_t bytes[8];
        uint16_t wanted;
    } table[] = {
        {.name = "RFC 1071 section 3",
         .len = 8,
         .bytes = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7},
         .wanted = 0x220d},
        {.name = "the same, odd",
         .len = 7,
         .bytes = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6},
         .wanted = 0x2304},
        {.name = "nothing", .wanted = 0xffff},
        {.name = "zeros", .len = 8, .wanted = 0xffff},
        {.name = "ones", .len = 4, .bytes = {0xff, 0xff, 0xff, 0xff}, .wanted = 0x0000},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        CHECK(ip_checksum(table[i].bytes, table[i].len), table[i].wanted, "%s", table[i].name);
}

static uint16_t slow_checksum(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i < len; i++) {
        sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    return (uint16_t)~sum;
}

static void test_checksum_against_slow_one(void)
{
    uint64_t state = 1;
    uint8_t bytes[308];

    for (size_t len = 0; len <= 300; len++) {
        for (size_t i = 0; i < sizeof(bytes); i++)
            bytes[i] = draw_byte(&state);
        for (size_t offset = 0; offset < 8; offset++)
            CHECK(ip_checksum(bytes + offset, len), slow_checksum(bytes + offset, len), "checksum");
    }
}

static void test_checksum_update(void)
{
    static const struct {
        const char *name;
        uint16_t checksum, old_word, new_word, wanted;
    } table[] = {
        {.name = "RFC 1624 section 4",
         .checksum = 0xdd2f,
         .old_word = 0x5555,
         .new_word = 0x3285,
         .wanted = 0x0000},
        {.name = "same word", .checksum = 0x1234, .old_word = 0x5555, .new_word = 0x5555, .wanted = 0x1234},
        {.name = "carry", .checksum = 0x0001, .old_word = 0x0000, .new_word = 0xffff, .wanted = 0x0001},
        {.name = "by one", .checksum = 0xb861, .old_word = 0x4011, .new_word = 0x3f11, .wanted = 0xb961},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
        CHECK(ip_checksum_update(table[i].checksum, table[i].old_word, table[i].new_word), table[i].wanted,
              "%s", table[i].name);
}

/* With the payload elsewhere, and in its place already. */
static void test_encode_known(void)
{
    for (size_t i = 0; i < KNOWNS; i++) {
        const known *k = &knowns[i];
        ip_datagram d = k->datagram;
        uint8_t bytes[64];

        memset(bytes, 0xa5, sizeof(bytes));
        for (int in_place = 0; in_place < 2; in_place++) {
            size_t len = 0;

            CHECK(ip_encode(&d, bytes, k->len, &len), IP_OK, "%s", k->name);
            CHECK(len, k->len, "%s", k->name);
            CHECK_BYTES(bytes, bytes_of(k), k->len, "%s", k->name);
            d.payload = bytes + ip_headers_len(d.source.family);
            memset(bytes, 0xa5, ip_headers_len(d.source.family));
        }
    }
}

static const struct {
    const char *name;
    roam_family source, destination;
    size_t payload_len, capacity;
    int wanted;
} encodings[] = {
    {.name = "no family", .payload_len = 4, .capacity = 70000, .wanted = IP_ERR_FAMILY},
    {.name = "4 to 6",
     .source = ROAM_FAMILY_IPV4,
     .destination = ROAM_FAMILY_IPV6,
     .payload_len = 4,
     .capacity = 70000,
     .wanted = IP_ERR_FAMILY},
    {.name = "6 to none",
     .source = ROAM_FAMILY_IPV6,
     .payload_len = 4,
     .capacity = 70000,
     .wanted = IP_ERR_FAMILY},
    {.name = "one byte short",
     .source = ROAM_FAMILY_IPV4,
     .destination = ROAM_FAMILY_IPV4,
     .payload_len = 4,
     .capacity = 31,
     .wanted = IP_ERR_TOO_LARGE},
    {.name = "no room for headers",
     .source = ROAM_FAMILY_IPV6,
     .destination = ROAM_FAMILY_IPV6,
     .capacity = 47,
     .wanted = IP_ERR_TOO_LARGE},
    {.name = "longest IPv4",
     .source = ROAM_FAMILY_IPV4,
     .destination = ROAM_FAMILY_IPV4,
     .payload_len = 65507,
     .capacity = 70000},
    {.name = "over the longest IPv4",
     .source = ROAM_FAMILY_IPV4,
     .destination = ROAM_FAMILY_IPV4,
     .payload_len = 65508,
     .capacity = 70000,
     .wanted = IP_ERR_TOO_LARGE},
    {.name = "longest IPv6",
     .source = ROAM_FAMILY_IPV6,
     .destination = ROAM_FAMILY_IPV6,
     .payload_len = 65527,
     .capacity = IP_DATAGRAM_MAX},
    {.name = "over the longest IPv6",
     .source = ROAM_FAMILY_IPV6,
     .destination = ROAM_FAMILY_IPV6,
     .payload_len = 65528,
     .capacity = 70000,
     .wanted = IP_ERR_TOO_LARGE},
    {.name = "no overflow",
     .source = ROAM_FAMILY_IPV4,
     .destination = ROAM_FAMILY_IPV4,
     .payload_len = SIZE_MAX,
     .capacity = 70000,
     .wanted = IP_ERR_TOO_LARGE},
};

static void test_encode_refuses(void)
{
    uint8_t *payload = calloc(1, 70000), *bytes = calloc(1, 70000);

    CU_ASSERT_PTR_NOT_NULL_FATAL(payload);
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
        ip_datagram d = {.source = {.family = encodings[i].source},
                         .destination = {.family = encodings[i].destination},
                         .payload = payload,
                         .payload_len = encodings[i].payload_len},
                    out;
        size_t len = 12345;
        int error = ip_encode(&d, bytes, encodings[i].capacity, &len);

        CHECK(error, encodings[i].wanted, "%s", encodings[i].name);
        if (encodings[i].wanted != IP_OK)
            CHECK(len, 12345, "%s", encodings[i].name);
        else
            CHECK(ip_parse(bytes, len, &out), IP_OK, "%s", encodings[i].name);
    }
    free(bytes);
    free(payload);
}

static void test_parse_known(void)
{
    for (size_t i = 0; i < KNOWNS; i++) {
        const known *k = &knowns[i];
        ip_datagram d = {.ttl = 0};

        CHECK(ip_parse(bytes_of(k), k->len, &d), IP_OK, "%s", k->name);
        CHECK_ADDR(*(&d.source), *(&k->datagram.source), "%s", k->name);
        CHECK_ADDR(*(&d.destination), *(&k->datagram.destination), "%s", k->name);
        CHECK(d.ecn, k->datagram.ecn, "%s", k->name);
        CHECK(d.ttl, k->datagram.ttl, "%s", k->name);
        CHECK(d.payload_len, k->datagram.payload_len, "%s", k->name);
        CU_ASSERT_PTR_EQUAL(d.payload, bytes_of(k) + k->len - d.payload_len);
    }
}

static void test_parse_refuses(void)
{
    static const struct {
        const char *name;
        int known;
        size_t at;
        uint8_t value;
        int wanted;
    } table[] = {
        {.name = "version 5", .known = ODD_IPV4, .value = 0x55, .wanted = IP_ERR_VERSION},
        {.name = "version 6 on IPv4", .known = ODD_IPV4, .value = 0x65, .wanted = IP_ERR_TRUNCATED},
        {.name = "IHL 4", .known = ODD_IPV4, .value = 0x44, .wanted = IP_ERR_HEADER},
        {.name = "IHL 0", .known = ODD_IPV4, .value = 0x40, .wanted = IP_ERR_HEADER},
        {.name = "IHL 15", .known = ODD_IPV4, .value = 0x4f, .wanted = IP_ERR_TRUNCATED},
        {.name = "IHL 6 without an option", .known = ODD_IPV4, .value = 0x46, .wanted = IP_ERR_TRUNCATED},
        {.name = "total length over", .known = ODD_IPV4, .at = 3, .value = 0x20, .wanted = IP_ERR_LENGTH},
        {.name = "total length under", .known = ODD_IPV4, .at = 3, .value = 0x1e, .wanted = IP_ERR_LENGTH},
        {.name = "more fragments", .known = ODD_IPV4, .at = 6, .value = 0x20, .wanted = IP_ERR_FRAGMENT},
        {.name = "fragment offset", .known = ODD_IPV4, .at = 7, .value = 0x01, .wanted = IP_ERR_FRAGMENT},
        {.name = "TCP", .known = ODD_IPV4, .at = 9, .value = 6, .wanted = IP_ERR_PROTOCOL},
        {.name = "header checksum", .known = ODD_IPV4, .at = 11, .value = 0x80, .wanted = IP_ERR_CHECKSUM},
        {.name = "header changed", .known = ODD_IPV4, .at = 8, .value = 2, .wanted = IP_ERR_CHECKSUM},
        {.name = "UDP length over", .known = ODD_IPV4, .at = 25, .value = 12, .wanted = IP_ERR_LENGTH},
        {.name = "UDP length under", .known = ODD_IPV4, .at = 25, .value = 10, .wanted = IP_ERR_LENGTH},
        {.name = "UDP length 0", .known = ODD_IPV4, .at = 25, .wanted = IP_ERR_LENGTH},
        {.name = "UDP checksum", .known = ODD_IPV4, .at = 27, .value = 0x28, .wanted = IP_ERR_CHECKSUM},
        {.name = "payload", .known = ODD_IPV4, .at = 30, .value = 'D', .wanted = IP_ERR_CHECKSUM},
        {.name = "version 4 on IPv6", .known = ODD_IPV6, .value = 0x45, .wanted = IP_ERR_LENGTH},
        {.name = "payload length over", .known = ODD_IPV6, .at = 5, .value = 14, .wanted = IP_ERR_LENGTH},
        {.name = "payload length 0", .known = ODD_IPV6, .at = 5, .wanted = IP_ERR_LENGTH},
        {.name = "fragment header", .known = ODD_IPV6, .at = 6, .value = 44, .wanted = IP_ERR_FRAGMENT},
        {.name = "hop-by-hop options", .known = ODD_IPV6, .at = 6, .wanted = IP_ERR_PROTOCOL},
        {.name = "IPv6 UDP length", .known = ODD_IPV6, .at = 45, .value = 12, .wanted = IP_ERR_LENGTH},
        {.name = "IPv6 UDP checksum", .known = ODD_IPV6, .at = 47, .value = 0x49, .wanted = IP_ERR_CHECKSUM},
        {.name = "IPv6 address", .known = ODD_IPV6, .at = 23, .value = 2, .wanted = IP_ERR_CHECKSUM},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const known *k = &knowns[table[i].known];
        uint8_t *bytes = exact_copy(bytes_of(k), k->len);
        ip_datagram d = {.ttl = 77};

        bytes[table[i].at] = table[i].value;
        CHECK(ip_parse(bytes, k->len, &d), table[i].wanted, "%s", table[i].name);
        CHECK(d.ttl, 77, "output untouched");
        free(bytes);
    }
}

/* Routers read headers only; who has no UDP checksum is let through on IPv4 and refused on IPv6. */
static void test_udp_checksum_absent_or_wrong(void)
{
    static const struct {
        const char *name;
        int known;
        size_t at;
        uint8_t checksum[2];
        int headers, whole;
    } table[] = {
        {.name = "IPv4 none", .known = ODD_IPV4, .at = 26},
        {.name = "IPv4 wrong", .known = ODD_IPV4, .at = 26, .checksum = {1, 2}, .whole = IP_ERR_CHECKSUM},
        {.name = "IPv6 none",
         .known = ODD_IPV6,
         .at = 46,
         .headers = IP_ERR_CHECKSUM,
         .whole = IP_ERR_CHECKSUM},
        {.name = "IPv6 wrong", .known = ODD_IPV6, .at = 46, .checksum = {1, 2}, .whole = IP_ERR_CHECKSUM},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        const known *k = &knowns[table[i].known];
        roam_addr other = {k->datagram.source.family, 9, {1, 2, 3, 4}};
        uint8_t *bytes = exact_copy(bytes_of(k), k->len);
        ip_datagram d;

        memcpy(bytes + table[i].at, table[i].checksum, 2);
        CHECK(ip_parse_headers(bytes, k->len, &d), table[i].headers, "%s", table[i].name);
        CHECK(ip_parse(bytes, k->len, &d), table[i].whole, "%s", table[i].name);
        CHECK(ip_rewrite_source(bytes, k->len, &other), IP_OK, "%s", table[i].name);
        CHECK(ip_parse_headers(bytes, k->len, &d), table[i].headers, "rewritten");
        CHECK(ip_parse(bytes, k->len, &d), table[i].whole, "rewritten");
        free(bytes);
    }
}

static void test_ipv4_options(void)
{
    static const uint8_t plain[] = "\x46\x00\x00\x24\x00\x00\x40\x00\x40\x11\x00\x00\xc0\xa8\x00\x01"
                                   "\xc0\xa8\x00\xc7\x01\x01\x01\x00\x11\x51\xc3\x50\x00\x0c\xd5\x3e"
                                   "roam";
    roam_addr other = {ROAM_FAMILY_IPV4, 7, {10, 1, 2, 3}};
    uint8_t *bytes = exact_copy(plain, 36);
    uint16_t checksum = ip_checksum(bytes, 24);
    ip_datagram d;

    bytes[10] = (uint8_t)(checksum >> 8);
    bytes[11] = (uint8_t)checksum;
    CHECK(ip_parse(bytes, 36, &d), IP_OK, "options");
    CHECK(d.payload_len, 4, "payload");
    CHECK(ip_rewrite_destination(bytes, 36, &other), IP_OK, "rewrite");
    CHECK(ip_parse(bytes, 36, &d), IP_OK, "rewritten");
    CHECK_ADDR(*(&d.destination), *(&other), "rewritten");
    free(bytes);
}

/* Every function that reads hostile bytes, on the same. Returns what ip_parse said. */
static int read_all(uint8_t *bytes, size_t len, ip_datagram *d)
{
    roam_addr ipv4 = {.family = ROAM_FAMILY_IPV4}, ipv6 = {.family = ROAM_FAMILY_IPV6};
    int error = ip_parse(bytes, len, d), ignored = 0;
    uint8_t *copy = exact_copy(bytes, len);

    ignored |= ip_rewrite_source(copy, len, &ipv4);
    ignored |= ip_rewrite_destination(copy, len, &ipv6);
    ignored |= ip_decrement_ttl(copy, len);
    ignored |= ip_set_ecn(copy, len, 3);
    CU_ASSERT_TRUE(ignored <= 0);
    free(copy);
    return error;
}

static void test_every_truncation(void)
{
    ip_datagram d;

    for (size_t i = 0; i < KNOWNS; i++) {
        for (size_t len = 0; len <= knowns[i].len + 1; len++) {
            uint8_t longer[64] = {0}, *bytes;
            int error;

            memcpy(longer, knowns[i].bytes, knowns[i].len);
            bytes = exact_copy(longer, len);
            error = read_all(bytes, len, &d);
            if (len == knowns[i].len)
                CHECK(error, IP_OK, "whole");
            else if (len < ip_headers_len(knowns[i].datagram.source.family) - 8)
                CHECK(error, IP_ERR_TRUNCATED, "in the IP header");
            else
                CHECK(error, IP_ERR_LENGTH, "after the IP header");
            free(bytes);
        }
    }
}

/* One bit changed is always found, but where no checksum looks: class, flow label and hop limit of IPv6. */
static void test_every_bit(void)
{
    for (size_t i = 0; i < KNOWNS; i++) {
        bool ipv6 = knowns[i].datagram.source.family == ROAM_FAMILY_IPV6;

        for (size_t bit = 0; bit < knowns[i].len * 8; bit++) {
            uint8_t *bytes = exact_copy(bytes_of(&knowns[i]), knowns[i].len);
            bool covered = !ipv6 || bit < 4 || (bit >= 32 && bit / 8 != 7);
            ip_datagram d;

            bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 0x80 >> bit % 8);
            if ((read_all(bytes, knowns[i].len, &d) == IP_OK) == covered) {
                fprintf(stderr, "\n    %s, bit %zu: covered %d", knowns[i].name, bit, covered);
                CU_FAIL("bit");
            }
            free(bytes);
        }
    }
}

static void test_mutations(void)
{
    uint64_t state = 2, taken = 0;

    for (int round = 0; round < 50000; round++) {
        const known *k = &knowns[core_hash_next(&state) % KNOWNS];
        uint8_t longer[128] = {0}, *bytes;
        size_t len = core_hash_next(&state) % 4 == 0 ? core_hash_next(&state) % 128 : k->len;
        ip_datagram d;

        memcpy(longer, k->bytes, k->len);
        for (uint64_t n = core_hash_next(&state) % 6; n > 0; n--)
            longer[core_hash_next(&state) % k->len] = draw_byte(&state);
        bytes = exact_copy(longer, len);
        if (read_all(bytes, len, &d) == IP_OK) {
            taken++;
            CU_ASSERT_PTR_EQUAL(d.payload + d.payload_len, bytes + len);
        }
        free(bytes);
    }
    CU_ASSERT_TRUE(taken > 1000); /* else the rounds prove nothing */
}

static roam_addr draw_addr(uint64_t *state, roam_family family)
{
    roam_addr addr = {.family = family, .port = (uint16_t)(draw_byte(state) << 8 | draw_byte(state))};

    for (size_t i = 0; i < (family == ROAM_FAMILY_IPV4 ? 4u : 16u); i++)
        addr.bytes[i] = draw_byte(state);
    return addr;
}

static void test_rewrite_is_encode(void)
{
    uint64_t state = 3;

    for (int round = 0; round < 10000; round++) {
        roam_family family = core_hash_next(&state) % 2 == 0 ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6;
        uint8_t payload[40], before[128], after[128];
        ip_datagram d = {draw_addr(&state, family),
                         draw_addr(&state, family),
                         core_hash_next(&state) % 4,
                         (uint8_t)core_hash_next(&state),
                         payload,
                         core_hash_next(&state) % sizeof(payload)};
        roam_addr other = {.port = 1};
        size_t len = 0;

        for (size_t i = 0; i < sizeof(payload); i++)
            payload[i] = draw_byte(&state);
        CHECK(ip_encode(&d, before, sizeof(before), &len), IP_OK, "encode");
        d.source = draw_addr(&state, family);
        d.destination = draw_addr(&state, family);
        CHECK(ip_encode(&d, after, sizeof(after), &len), IP_OK, "encode");
        CHECK(ip_rewrite_source(before, len, &d.source), IP_OK, "source");
        CHECK(ip_rewrite_destination(before, len, &d.destination), IP_OK, "destination");
        CHECK_BYTES(before, after, len, "rewritten");

        other.family = family == ROAM_FAMILY_IPV4 ? ROAM_FAMILY_IPV6 : ROAM_FAMILY_IPV4;
        CHECK(ip_rewrite_source(before, len, &other), IP_ERR_FAMILY, "other family");
        CHECK(ip_rewrite_destination(before, len, &(roam_addr){.port = 1}), IP_ERR_FAMILY, "no family");
        CHECK_BYTES(before, after, len, "untouched");
        CHECK(ip_parse(before, len, &d), IP_OK, "rewritten");
    }
}

/* Both in-place changes give the bytes that encoding the changed datagram gives. */
static void test_ttl_and_ecn(void)
{
    uint8_t bytes[64], wanted[64];
    size_t len = 0;

    for (size_t i = 0; i < KNOWNS; i++) {
        ip_datagram d = knowns[i].datagram;

        for (int ttl = 255; ttl >= 0; ttl--) {
            d.ttl = (uint8_t)ttl;
            CHECK(ip_encode(&d, bytes, sizeof(bytes), &len), IP_OK, "encode");
            CHECK(ip_decrement_ttl(bytes, len), ttl > 1 ? IP_OK : IP_ERR_TTL, "TTL");
            d.ttl = (uint8_t)(ttl > 1 ? ttl - 1 : ttl);
            CHECK(ip_encode(&d, wanted, sizeof(wanted), &len), IP_OK, "encode");
            CHECK_BYTES(bytes, wanted, len, "TTL");
        }
        for (uint8_t pair = 0; pair < 16; pair++) {
            d.ecn = pair / 4;
            CHECK(ip_encode(&d, bytes, sizeof(bytes), &len), IP_OK, "encode");
            d.ecn = pair % 4;
            CHECK(ip_set_ecn(bytes, len, d.ecn), IP_OK, "ECN");
            CHECK(ip_encode(&d, wanted, sizeof(wanted), &len), IP_OK, "encode");
            CHECK_BYTES(bytes, wanted, len, "ECN");
        }
    }
}

static void test_strerror(void)
{
    for (int error = -100; error <= 100; error++)
        CU_ASSERT_PTR_NOT_NULL(ip_strerror(error));
    for (int error = IP_ERR_TTL; error <= IP_OK; error++)
        CU_ASSERT_STRING_NOT_EQUAL(ip_strerror(error), ip_strerror(1));
}

static const check_test TESTS[] = {{"checksum", test_checksum},
                                   {"checksum against a slow one", test_checksum_against_slow_one},
                                   {"checksum update", test_checksum_update},
                                   {"encode known datagrams", test_encode_known},
                                   {"encode refuses", test_encode_refuses},
                                   {"parse known datagrams", test_parse_known},
                                   {"parse refuses", test_parse_refuses},
                                   {"UDP checksum absent or wrong", test_udp_checksum_absent_or_wrong},
                                   {"IPv4 options", test_ipv4_options},
                                   {"every truncation", test_every_truncation},
                                   {"every bit", test_every_bit},
                                   {"mutations", test_mutations},
                                   {"rewrite is encode", test_rewrite_is_encode},
                                   {"TTL and ECN", test_ttl_and_ecn},
                                   {"strerror", test_strerror}};
CHECK_MAIN("ip", TESTS)
