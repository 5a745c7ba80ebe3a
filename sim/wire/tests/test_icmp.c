/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ICMP errors: what they quote, what a NAT changes of it, and what is no error. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/wire/icmp.h"
#include "sim/wire/ip.h"

#include <CUnit/Basic.h>
#include <arpa/inet.h>
#include <string.h>

enum { DATAGRAM_MAX = 1500, PAYLOAD_MAX = 1400 };

static roam_addr address(bool ipv4, const char *text4, const char *text6, uint16_t port)
{
    roam_addr addr = {.family = ipv4 ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6, .port = port};
    const int status = inet_pton(ipv4 ? AF_INET : AF_INET6, ipv4 ? text4 : text6, addr.bytes);
    CU_ASSERT_EQUAL_FATAL(status, 1);
    return addr;
}

/* A datagram whose payload counts up. */
static size_t make_datagram(const roam_addr *from, const roam_addr *to, size_t payload_len,
                            uint8_t bytes[DATAGRAM_MAX])
{
    uint8_t payload[PAYLOAD_MAX];
    size_t len = 0;
    for (size_t i = 0; i < payload_len; i++)
        payload[i] = (uint8_t)i;
    const ip_datagram made = {
        .source = *from, .destination = *to, .ttl = 63, .payload = payload, .payload_len = payload_len};
    CHECK(ip_encode(&made, bytes, DATAGRAM_MAX, &len), IP_OK, "datagram");
    return len;
}

/* Both families, long and short: what comes back of what was made, and how much is quoted. */
static void test_made_and_read(void)
{
    static const struct {
        icmp_kind kind;
        size_t payload_len, quoted4, quoted6, len4, len6;
        uint8_t type4, code4, type6, code6;
    } cases[] = {
        /* 576 less two IPv4 headers of 20 and two of 8; 1280 less two IPv6 headers of 40 and two of 8. */
        {ICMP_TOO_BIG, 1400, 520, 1184, 576, 1280, 3, 4, 2, 0},
        {ICMP_NO_HOST, 10, 10, 10, 66, 106, 3, 1, 1, 3},
        {ICMP_NO_PORT, 0, 0, 0, 56, 96, 3, 3, 1, 4},
        {ICMP_PROHIBITED, 520, 520, 520, 576, 616, 3, 13, 1, 1},
    };
    for (size_t i = 0; i < 2 * sizeof cases / sizeof cases[0]; i++) {
        const bool ipv4 = i % 2;
        uint8_t datagram[DATAGRAM_MAX], bytes[ICMP_MAX];
        icmp_error got;
        const roam_addr from = address(ipv4, "10.1.0.1", "fd00::1", 49152);
        const roam_addr to = address(ipv4, "10.2.0.1", "fd01::1", 4433);
        const roam_addr router = address(ipv4, "10.1.255.254", "fd00::fffe", 0);
        const size_t len = make_datagram(&from, &to, cases[i / 2].payload_len, datagram);
        const size_t made = icmp_answer(&router, cases[i / 2].kind, 1280, datagram, len, bytes);
        CHECK(made, ipv4 ? cases[i / 2].len4 : cases[i / 2].len6, "length %zu", i);
        CHECK(bytes[ipv4 ? 20 : 40], ipv4 ? cases[i / 2].type4 : cases[i / 2].type6, "type %zu", i);
        CHECK(bytes[ipv4 ? 21 : 41], ipv4 ? cases[i / 2].code4 : cases[i / 2].code6, "code %zu", i);
        if (!CHECK(icmp_parse(bytes, made, &got), true, "read %zu", i))
            continue;
        roam_addr sender = from;
        sender.port = 0;
        CHECK_ADDR(got.source, router, "source %zu", i);
        CHECK_ADDR(got.destination, sender, "destination %zu", i);
        CHECK(got.kind, cases[i / 2].kind, "kind %zu", i);
        CHECK(got.mtu, got.kind == ICMP_TOO_BIG ? 1280 : 0, "mtu %zu", i);
        CHECK_ADDR(got.quote.source, from, "quoted source %zu", i);
        CHECK_ADDR(got.quote.destination, to, "quoted destination %zu", i);
        CHECK(got.quote.payload_len, cases[i / 2].payload_len, "payload %zu", i);
        CHECK(got.quote.quoted_len, ipv4 ? cases[i / 2].quoted4 : cases[i / 2].quoted6, "quoted %zu", i);
        CHECK(got.quote.quoted_len == 0 ||
                  got.quote.payload[got.quote.quoted_len - 1] == (uint8_t)(got.quote.quoted_len - 1),
              true, "last byte %zu", i);
        CHECK(icmp_answer(&router, ICMP_NO_PORT, 0, bytes, made, datagram), 0, "about an error %zu", i);
    }
}

/* What a NAT has translated one way comes out of it the other way as it was. */
static void test_rewritten(void)
{
    for (int i = 0; i < 4; i++) {
        const bool ipv4 = i % 2, long_one = i / 2;
        uint8_t inside[DATAGRAM_MAX], outside[DATAGRAM_MAX], wanted[ICMP_MAX], bytes[ICMP_MAX];
        const roam_addr internal = address(ipv4, "10.1.0.1", "fd00::1", 49152);
        const roam_addr external = address(ipv4, "203.0.113.7", "2001:db8::7", 1024);
        const roam_addr remote = address(ipv4, "10.2.0.1", "fd01::1", 4433);
        const roam_addr router = address(ipv4, "10.2.255.254", "fd01::fffe", 0);
        const size_t len = make_datagram(&internal, &remote, long_one ? 1400 : 11, inside);
        memcpy(outside, inside, len);
        CHECK(ip_rewrite_source(outside, len, &external), IP_OK, "translated");
        const size_t made = icmp_answer(&router, ICMP_TOO_BIG, 1280, outside, len, bytes);
        CHECK(icmp_answer(&router, ICMP_TOO_BIG, 1280, inside, len, wanted), made, "length %d", i);
        icmp_rewrite(bytes, made, &(icmp_change){.destination = &internal, .quoted_source = &internal});
        CHECK(memcmp(bytes, wanted, made), 0, "inwards %d", i);

        const size_t back = make_datagram(&remote, &external, long_one ? 1400 : 11, outside);
        memcpy(inside, outside, back);
        CHECK(ip_rewrite_destination(inside, back, &internal), IP_OK, "translated");
        (void)icmp_answer(&external, ICMP_NO_PORT, 0, outside, back, wanted);
        (void)icmp_answer(&internal, ICMP_NO_PORT, 0, inside, back, bytes);
        icmp_rewrite(bytes, made, &(icmp_change){.source = &external, .quoted_destination = &external});
        CHECK(memcmp(bytes, wanted, made), 0, "outwards %d", i);
    }
}

/* Every length and every bit: an error that was damaged is none, and nothing beyond its end is read. */
static void test_damaged(void)
{
    for (int ipv4 = 0; ipv4 < 2; ipv4++) {
        uint8_t datagram[DATAGRAM_MAX], bytes[ICMP_MAX];
        const roam_addr from = address(ipv4, "10.1.0.1", "fd00::1", 49152);
        const roam_addr to = address(ipv4, "10.2.0.1", "fd01::1", 4433);
        const size_t len = make_datagram(&from, &to, 40, datagram);
        const size_t made = icmp_answer(&to, ICMP_NO_PORT, 0, datagram, len, bytes);
        icmp_error got;
        size_t taken = 0;
        for (size_t i = 0; i < made; i++) {
            uint8_t exact[ICMP_MAX];
            memcpy(exact, bytes, i);
            taken += icmp_parse(exact, i, &got);
        }
        CHECK(taken, 0, "cut short, ipv4 %d", ipv4);
        for (size_t bit = 0; bit < made * 8; bit++) {
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            taken += icmp_parse(bytes, made, &got);
            bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        /* IPv6 has no checksum of its header: traffic class, flow label and hop limit may be any, 36 bits. */
        CHECK(taken, ipv4 ? 0 : 36, "damaged, ipv4 %d", ipv4);
        CHECK(icmp_parse(bytes, made, &got), true, "whole, ipv4 %d", ipv4);
        CHECK(icmp_parse(datagram, len, &got) || icmp_is(datagram, len), false, "a datagram, ipv4 %d", ipv4);
    }
}

static const check_test TESTS[] = {
    {"made and read", test_made_and_read}, {"rewritten", test_rewritten}, {"damaged", test_damaged}};
CHECK_MAIN("icmp", TESTS)
