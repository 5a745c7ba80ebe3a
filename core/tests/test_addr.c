/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/roam.h"

#include <string.h>

#include "core/tests/check.h"

typedef struct example {
    roam_family family;
    uint16_t port;
    uint16_t groups[8]; /* IPv6; IPv4 uses the first two */
    const char *text;
} example;

static const example examples[] = {
    {.family = ROAM_FAMILY_NONE, .port = 0, .groups = {0}, .text = "none"},
    {.family = ROAM_FAMILY_IPV4, .port = 0, .groups = {0}, .text = "0.0.0.0:0"},
    {.family = ROAM_FAMILY_IPV4, .port = 4433, .groups = {0xc000, 0x0201}, .text = "192.0.2.1:4433"},
    {.family = ROAM_FAMILY_IPV4, .port = 65535, .groups = {0xffff, 0xffff}, .text = "255.255.255.255:65535"},
    /* RFC 5952 */
    {.family = ROAM_FAMILY_IPV6,
     .port = 80,
     .groups = {0x2001, 0xdb8, 0, 0, 0, 0, 2, 1},
     .text = "[2001:db8::2:1]:80"}, /* 4.2.1 */
    {.family = ROAM_FAMILY_IPV6,
     .port = 80,
     .groups = {0x2001, 0xdb8, 0, 1, 1, 1, 1, 1},
     .text = "[2001:db8:0:1:1:1:1:1]:80"}, /* 4.2.2 */
    {.family = ROAM_FAMILY_IPV6,
     .port = 80,
     .groups = {0x2001, 0, 0, 1, 0, 0, 0, 1},
     .text = "[2001:0:0:1::1]:80"}, /* 4.2.3 */
    {.family = ROAM_FAMILY_IPV6,
     .port = 80,
     .groups = {0x2001, 0xdb8, 0, 0, 1, 0, 0, 1},
     .text = "[2001:db8::1:0:0:1]:80"}, /* the first */
    {.family = ROAM_FAMILY_IPV6,
     .port = 80,
     .groups = {0x2001, 0xdb8, 0xaaaa, 0xbbbb, 0xcccc, 0xdddd, 0xeeee, 1},
     .text = "[2001:db8:aaaa:bbbb:cccc:dddd:eeee:1]:80"}, /* 4.1, 4.3 */
    {.family = ROAM_FAMILY_IPV6, .port = 1, .groups = {0}, .text = "[::]:1"},
    {.family = ROAM_FAMILY_IPV6, .port = 1, .groups = {0, 0, 0, 0, 0, 0, 0, 1}, .text = "[::1]:1"},
    {.family = ROAM_FAMILY_IPV6, .port = 1, .groups = {0xfe80}, .text = "[fe80::]:1"},
    {.family = ROAM_FAMILY_IPV6, .port = 1, .groups = {1, 0, 0, 0, 0, 0, 0, 1}, .text = "[1::1]:1"},
    {.family = ROAM_FAMILY_IPV6, .port = 1, .groups = {0, 0, 1, 1, 1, 1, 0, 0}, .text = "[::1:1:1:1:0:0]:1"},
    {.family = ROAM_FAMILY_IPV6, .port = 1, .groups = {0, 1, 1, 1, 1, 1, 0, 0}, .text = "[0:1:1:1:1:1::]:1"},
    {.family = ROAM_FAMILY_IPV6,
     .port = 1,
     .groups = {0, 1, 1, 1, 1, 1, 1, 0},
     .text = "[0:1:1:1:1:1:1:0]:1"},
    {.family = ROAM_FAMILY_IPV6,
     .port = 65535,
     .groups = {0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff, 0xffff},
     .text = "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535"},
};

static roam_addr address(const example *e)
{
    roam_addr addr = {.family = e->family, .port = e->port};
    for (size_t i = 0; i < 8; i++) {
        addr.bytes[2 * i] = (uint8_t)(e->groups[i] >> 8);
        addr.bytes[2 * i + 1] = (uint8_t)e->groups[i];
    }
    return addr;
}

static void test_texts(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        char text[ROAM_ADDR_STRING_MAX];
        roam_addr addr = address(&examples[i]);
        memset(text, 'x', sizeof text);
        CHECK(roam_addr_format(&addr, text) == text, true, "returns its argument");
        CHECK_STRING(text, examples[i].text);
    }
}

static void test_equality(void)
{
    enum { COUNT = sizeof examples / sizeof examples[0] };
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < COUNT; j++) {
            roam_addr a = address(&examples[i]), b = address(&examples[j]);
            CHECK(roam_addr_equal(&a, &b), i == j, "%s and %s", examples[i].text, examples[j].text);
        }
    }
    roam_addr one = address(&examples[2]), other = one;
    other.port++;
    CHECK(roam_addr_equal(&one, &other), false, "ports differ");
    other = one;
    other.bytes[3]++;
    CHECK(roam_addr_equal(&one, &other), false, "bytes differ");
    other = one;
    other.family = ROAM_FAMILY_IPV6;
    CHECK(roam_addr_equal(&one, &other), false, "families differ");
}

static const check_test tests[] = {{"texts", test_texts}, {"equality", test_equality}};

CHECK_MAIN("addr", tests)
