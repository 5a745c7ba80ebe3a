/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prefix translation of RFC 6296: its own examples, there and back, and checksums that stay. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/nat/prefix.h"

#include <CUnit/Basic.h>
#include <arpa/inet.h>
#include <string.h>

static roam_addr address(const char *text)
{
    roam_addr addr = {.family = ROAM_FAMILY_IPV6, .port = 4433};
    CU_ASSERT_EQUAL_FATAL(inet_pton(AF_INET6, text, addr.bytes), 1);
    return addr;
}

static nat_prefix prefix(const char *internal, const char *external, unsigned bits)
{
    nat_prefix made = {.internal = address(internal), .external = address(external), .bits = bits};
    made.internal.port = made.external.port = 0;
    return made;
}

/* The sum that a transport's checksum has of it (RFC 1071); 0xffff is 0. */
static uint32_t sum(const roam_addr *addr)
{
    uint32_t total = 0;
    for (size_t i = 0; i < 16; i += 2)
        total += (uint32_t)addr->bytes[i] << 8 | addr->bytes[i + 1];
    while (total >> 16)
        total = (total & 0xffff) + (total >> 16);
    return total % 0xffff;
}

static void test_addresses(void)
{
    static const struct {
        const char *internal, *external;
        unsigned bits;
        const char *inside, *outside; /* NULL: it cannot be translated */
    } cases[] = {
        /* RFC 6296 section 3.3: the example. */
        {"fd01:203:405::", "2001:db8:1::", 48, "fd01:203:405:1::1234", "2001:db8:1:d550::1234"},
        /* Sums: fd01 + 0203 + 0405 = 0x030a, 2001 + 0db8 + 0001 = 0x2dba; 0x030a - 0x2dba = 0xd54f. The
         * subnet 0x2ab0 would become 0xffff, which is 0. */
        {"fd01:203:405::", "2001:db8:1::", 48, "fd01:203:405:2ab0::1", "2001:db8:1:0::1"},
        {"fd01:203:405::", "2001:db8:1::", 48, "fd01:203:405:ffff::1", NULL},
        {"fd01:203:405::", "2001:db8:1::", 48, "fd01:203:406:1::1", NULL},
        /* Section 3.5: a /64, in the first word of the interface identifier that is not 0xffff. fd00 + 1 =
         * 0xfd01, 2001 + 0db8 + 1 = 0x2dba; the difference is 0xcf47. */
        {"fd00:1::", "2001:db8:0:1::", 64, "fd00:1::5", "2001:db8:0:1:cf47::5"},
        {"fd00:1::", "2001:db8:0:1::", 64, "fd00:1::ffff:1:0:5", "2001:db8:0:1:ffff:cf48:0:5"},
        {"fd00:1::", "2001:db8:0:1::", 64, "fd00:1::ffff:ffff:ffff:ffff", NULL},
        /* A prefix that ends within a byte: fd00 + 1230 = 0x0f31, 2001 + 0db0 = 0x2db1; the difference is
           0xe17f. */
        {"fd00:1230::", "2001:db0::", 28, "fd00:1234:5:6::7", "2001:db4:5:e185::7"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const nat_prefix by = prefix(cases[i].internal, cases[i].external, cases[i].bits);
        const roam_addr inside = address(cases[i].inside);
        roam_addr got = {0}, back = {0};
        CHECK(nat_prefix_out(&by, &inside, &got), cases[i].outside != NULL, "%s", cases[i].inside);
        if (!cases[i].outside)
            continue;
        CHECK_ADDR(got, address(cases[i].outside), "%s", cases[i].inside);
        CHECK(nat_prefix_in(&by, &got, &back), true, "%s: back", cases[i].inside);
        CHECK_ADDR(back, inside, "%s: back", cases[i].inside);
    }
}

/* Addresses of all lengths of prefix: none is another's, and no sum changes. */
static void test_there_and_back(void)
{
    uint64_t random = 1;
    for (unsigned bits = NAT_PREFIX_BITS_MIN; bits <= NAT_PREFIX_BITS_MAX; bits++) {
        nat_prefix by = prefix("::", "::", bits);
        for (unsigned i = 0; i < bits; i++) {
            by.internal.bytes[i / 8] |= (uint8_t)((core_hash_mix(random++) & 1) << (7 - i % 8));
            by.external.bytes[i / 8] |= (uint8_t)((core_hash_mix(random++) & 1) << (7 - i % 8));
        }
        for (unsigned round = 0; round < 200; round++) {
            roam_addr inside = by.internal, outside = {0}, back = {0};
            inside.port = (uint16_t)(round + 1);
            for (unsigned i = bits; i < 128; i++)
                inside.bytes[i / 8] |= (uint8_t)((core_hash_mix(random++) & 1) << (7 - i % 8));
            if (!CHECK(nat_prefix_out(&by, &inside, &outside), true, "/%u: out", bits))
                continue;
            CHECK(nat_prefix_has(&by.external, bits, &outside), true, "/%u: of the prefix", bits);
            CHECK(sum(&outside), sum(&inside), "/%u: sum", bits);
            CHECK(nat_prefix_in(&by, &outside, &back), true, "/%u: in", bits);
            CHECK_ADDR(back, inside, "/%u: there and back", bits);
        }
    }
}

static const check_test TESTS[] = {{"addresses", test_addresses}, {"there and back", test_there_and_back}};
CHECK_MAIN("nat prefix", TESTS)
