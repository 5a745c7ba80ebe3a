/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/netlink.h"
#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BUFFER = 1024, CHANGES = 16, INTERFACE = 7 };

/* A buffer of messages under construction. */
typedef struct builder {
    _Alignas(struct nlmsghdr) uint8_t bytes[BUFFER];
    size_t len, begin;
} builder;

static void put(builder *b, const void *data, size_t len)
{
    if (len > 0)
        memcpy(b->bytes + b->len, data, len);
    b->len += (len + 3) & ~(size_t)3;
}

static void begin(builder *b, uint16_t type, const void *header, size_t len)
{
    const struct nlmsghdr message = {.nlmsg_type = type};
    b->begin = b->len;
    put(b, &message, sizeof message);
    put(b, header, len);
}

static void attribute(builder *b, uint16_t type, const void *data, uint16_t len)
{
    const struct nlattr header = {.nla_len = (uint16_t)(sizeof header + len), .nla_type = type};
    put(b, &header, sizeof header);
    put(b, data, len);
}

static void end(builder *b)
{
    const uint32_t len = (uint32_t)(b->len - b->begin);
    memcpy(b->bytes + b->begin, &len, sizeof len);
}

typedef struct route_case {
    uint8_t af, dst_len, table, type;
    uint32_t long_table, flags;
} route_case;

static const uint8_t destination[16] = {198, 51, 100, 0, 5};

static void route(builder *b, uint16_t type, const route_case *c)
{
    const uint32_t interface = INTERFACE;
    const struct rtmsg header = {.rtm_family = c->af,
                                 .rtm_dst_len = c->dst_len,
                                 .rtm_table = c->table,
                                 .rtm_type = c->type,
                                 .rtm_flags = c->flags};
    begin(b, type, &header, sizeof header);
    if (c->dst_len > 0)
        attribute(b, RTA_DST, destination, c->af == AF_INET ? 4 : 16);
    if (c->long_table)
        attribute(b, RTA_TABLE, &c->long_table, sizeof c->long_table);
    attribute(b, RTA_OIF, &interface, sizeof interface);
    end(b);
}

static void address(builder *b, uint16_t type, uint8_t af, const uint8_t *bytes, uint32_t flags)
{
    const struct ifaddrmsg header = {.ifa_family = af, .ifa_index = INTERFACE, .ifa_flags = (uint8_t)flags};
    begin(b, type, &header, sizeof header);
    attribute(b, IFA_ADDRESS, bytes, af == AF_INET ? 4 : 16);
    attribute(b, IFA_FLAGS, &flags, sizeof flags);
    end(b);
}

static void link_message(builder *b, uint16_t type, int index, unsigned flags)
{
    const struct ifinfomsg header = {.ifi_index = index, .ifi_flags = flags};
    begin(b, type, &header, sizeof header);
    attribute(b, IFLA_IFNAME, "eth0", 5);
    end(b);
}

typedef struct seen {
    live_change changes[CHANGES];
    size_t count;
} seen;

static void on_change(void *ctx, const live_change *change)
{
    seen *const self = ctx;
    if (self->count < CHANGES)
        self->changes[self->count] = *change;
    self->count++;
}

static const char *name_of(const seen *found)
{
    return found->count == 0 ? "nothing" : live_change_name(found->changes[0].kind);
}

static void check_one(const char *what, const builder *b, const char *expected)
{
    seen found = {.count = 0};
    const int rv = live_netlink_parse(b->bytes, b->len, on_change, &found);
    if (rv != 0 || found.count > 1 || strcmp(name_of(&found), expected) != 0) {
        (void)printf("\n  %s: status %d, expected 0; %zu changes, %s, expected %s\n", what, rv, found.count,
                     name_of(&found), expected);
        CU_FAIL("change");
    }
}

static void test_routes(void)
{
    static const struct {
        const char *what;
        uint16_t message;
        route_case route;
        const char *expected;
    } cases[] = {
        {.what = "default",
         .message = RTM_NEWROUTE,
         .route = {.af = AF_INET, .table = RT_TABLE_MAIN, .type = RTN_UNICAST},
         .expected = "default_route"},
        {.what = "default gone",
         .message = RTM_DELROUTE,
         .route = {.af = AF_INET6, .table = RT_TABLE_MAIN, .type = RTN_UNICAST},
         .expected = "default_route"},
        {.what = "half of one",
         .message = RTM_NEWROUTE,
         .route = {.af = AF_INET, .dst_len = 1, .table = RT_TABLE_MAIN, .type = RTN_UNICAST},
         .expected = "default_route"},
        {.what = "of a VPN",
         .message = RTM_NEWROUTE,
         .route = {.af = AF_INET, .table = RT_TABLE_UNSPEC, .type = RTN_UNICAST, .long_table = 51820},
         .expected = "default_route"},
        {.what = "to a net",
         .message = RTM_NEWROUTE,
         .route = {.af = AF_INET, .dst_len = 24, .table = RT_TABLE_MAIN, .type = RTN_UNICAST},
         .expected = "route"},
        {.what = "to a host",
         .message = RTM_DELROUTE,
         .route = {.af = AF_INET6, .dst_len = 128, .table = RT_TABLE_MAIN, .type = RTN_UNICAST},
         .expected = "route"},
        {.what = "unreachable",
         .message = RTM_NEWROUTE,
         .route = {.af = AF_INET6, .table = RT_TABLE_MAIN, .type = RTN_UNREACHABLE},
         .expected = "default_route"},
        {.what = "black hole",
         .message = RTM_NEWROUTE,
         .route = {.af = AF_INET, .dst_len = 32, .table = RT_TABLE_MAIN, .type = RTN_BLACKHOLE},
         .expected = "route"},
        {.what = "multicast",
         .message = RTM_NEWROUTE,
         .route = {.af = AF_INET, .dst_len = 4, .table = RT_TABLE_MAIN, .type = RTN_MULTICAST},
         .expected = "nothing"},
        {.what = "local",
         .message = RTM_NEWROUTE,
         .route = {.af = AF_INET, .table = RT_TABLE_LOCAL, .type = RTN_UNICAST},
         .expected = "nothing"},
        {.what = "cached",
         .message = RTM_NEWROUTE,
         .route = {.af = AF_INET, .table = RT_TABLE_MAIN, .type = RTN_UNICAST, .flags = RTM_F_CLONED},
         .expected = "nothing"},
        {.what = "MPLS",
         .message = RTM_NEWROUTE,
         .route = {.af = 28, .dst_len = 20, .table = RT_TABLE_MAIN, .type = RTN_UNICAST},
         .expected = "nothing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        builder b = {.len = 0};
        route(&b, cases[i].message, &cases[i].route);
        check_one(cases[i].what, &b, cases[i].expected);
    }
}

static void test_destination(void)
{
    builder b = {.len = 0};
    seen found = {.count = 0};
    route(&b, RTM_NEWROUTE, &(route_case){AF_INET, 24, RT_TABLE_MAIN, RTN_UNICAST, 0, 0});
    CU_ASSERT_EQUAL(live_netlink_parse(b.bytes, b.len, on_change, &found), 0);
    CU_ASSERT_EQUAL(found.changes[0].prefix_len, 24);
    CU_ASSERT_EQUAL(found.changes[0].addr.family, ROAM_FAMILY_IPV4);
    CU_ASSERT_EQUAL(memcmp(found.changes[0].addr.bytes, destination, 4), 0);
    CU_ASSERT_EQUAL(found.changes[0].addr.bytes[4], 0);
    b.len = 0;
    route(&b, RTM_NEWROUTE, &(route_case){AF_INET, 33, RT_TABLE_MAIN, RTN_UNICAST, 0, 0});
    CU_ASSERT_EQUAL(live_netlink_parse(b.bytes, b.len, on_change, &found), ROAM_ERR_INVALID_ARGUMENT);
}

static void test_rules(void)
{
    static const struct {
        const char *what;
        uint16_t message;
        uint8_t af;
        const char *expected;
    } cases[] = {{.what = "new", .message = RTM_NEWRULE, .af = AF_INET, .expected = "rule"},
                 {.what = "gone, IPv6", .message = RTM_DELRULE, .af = AF_INET6, .expected = "rule"},
                 {.what = "of multicast routing", .message = RTM_NEWRULE, .af = 128, .expected = "nothing"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct fib_rule_hdr header = {.family = cases[i].af, .table = 100, .action = FR_ACT_TO_TBL};
        builder b = {.len = 0};
        begin(&b, cases[i].message, &header, sizeof header);
        end(&b);
        check_one(cases[i].what, &b, cases[i].expected);
    }
}

static void test_addresses(void)
{
    static const uint8_t bytes[16] = {192, 0, 2, 1, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
    static const struct {
        const char *what;
        uint16_t message;
        uint8_t af;
        uint32_t flags;
        const char *expected;
    } cases[] = {
        {.what = "new",
         .message = RTM_NEWADDR,
         .af = AF_INET,
         .flags = IFA_F_PERMANENT,
         .expected = "address_new"},
        {.what = "gone",
         .message = RTM_DELADDR,
         .af = AF_INET,
         .flags = IFA_F_PERMANENT,
         .expected = "address_gone"},
        {.what = "new IPv6",
         .message = RTM_NEWADDR,
         .af = AF_INET6,
         .flags = IFA_F_PERMANENT,
         .expected = "address_new"},
        {.what = "tentative",
         .message = RTM_NEWADDR,
         .af = AF_INET6,
         .flags = IFA_F_TENTATIVE,
         .expected = "nothing"},
        {.what = "duplicate",
         .message = RTM_NEWADDR,
         .af = AF_INET6,
         .flags = IFA_F_DADFAILED,
         .expected = "nothing"},
        {.what = "tentative and gone",
         .message = RTM_DELADDR,
         .af = AF_INET6,
         .flags = IFA_F_TENTATIVE,
         .expected = "address_gone"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        builder b = {.len = 0};
        seen found = {.count = 0};
        address(&b, cases[i].message, cases[i].af, bytes, cases[i].flags);
        check_one(cases[i].what, &b, cases[i].expected);
        if (live_netlink_parse(b.bytes, b.len, on_change, &found) == 0 && found.count == 1) {
            CU_ASSERT_EQUAL(memcmp(found.changes[0].addr.bytes, bytes, cases[i].af == AF_INET ? 4 : 16), 0);
            CU_ASSERT_EQUAL(found.changes[0].interface, INTERFACE);
            CU_ASSERT_EQUAL(found.changes[0].family,
                            cases[i].af == AF_INET ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6);
        }
    }
}

static void test_point_to_point(void)
{
    static const uint8_t ours[4] = {10, 0, 0, 1}, theirs[4] = {10, 0, 0, 2};
    const struct ifaddrmsg header = {.ifa_family = AF_INET, .ifa_index = INTERFACE};
    builder b = {.len = 0};
    seen found = {.count = 0};
    begin(&b, RTM_DELADDR, &header, sizeof header);
    attribute(&b, IFA_ADDRESS, theirs, sizeof theirs);
    attribute(&b, IFA_LOCAL, ours, sizeof ours);
    end(&b);
    CU_ASSERT_EQUAL(live_netlink_parse(b.bytes, b.len, on_change, &found), 0);
    CU_ASSERT_EQUAL(found.changes[0].addr.bytes[3], 1);
}

static void test_links(void)
{
    static const struct {
        const char *what;
        uint16_t message;
        unsigned flags;
        const char *expected;
    } cases[] = {
        {.what = "up", .message = RTM_NEWLINK, .flags = IFF_UP | IFF_RUNNING, .expected = "link_up"},
        {.what = "no carrier", .message = RTM_NEWLINK, .flags = IFF_UP, .expected = "link_down"},
        {.what = "down", .message = RTM_NEWLINK, .flags = 0, .expected = "link_down"},
        {.what = "gone", .message = RTM_DELLINK, .flags = IFF_UP | IFF_RUNNING, .expected = "link_down"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        builder b = {.len = 0};
        link_message(&b, cases[i].message, INTERFACE, cases[i].flags);
        check_one(cases[i].what, &b, cases[i].expected);
    }
}

static void several(builder *b)
{
    static const uint8_t bytes[16] = {192, 0, 2, 1};
    static const route_case default_route = {AF_INET, 0, RT_TABLE_MAIN, RTN_UNICAST, 254, 0};
    begin(b, NLMSG_NOOP, NULL, 0);
    end(b);
    address(b, RTM_DELADDR, AF_INET, bytes, 0);
    route(b, RTM_NEWROUTE, &default_route);
    link_message(b, RTM_NEWLINK, INTERFACE, IFF_UP | IFF_RUNNING);
    begin(b, NLMSG_DONE, NULL, 0);
    end(b);
}

/* A heap copy of exactly that length, so that a sanitizer sees every byte too many that is read. */
static int parse_copy(const uint8_t *bytes, size_t len, seen *found)
{
    uint8_t *const copy = malloc(len ? len : 1);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    memcpy(copy, bytes, len);
    *found = (seen){.count = 0};
    const int rv = live_netlink_parse(copy, len, on_change, found);
    free(copy);
    return rv;
}

static void test_truncated(void)
{
    builder b = {.len = 0};
    several(&b);
    seen found;
    CU_ASSERT_EQUAL(parse_copy(b.bytes, b.len, &found), 0);
    CU_ASSERT_EQUAL_FATAL(found.count, 3);
    CU_ASSERT_EQUAL(found.changes[0].kind, LIVE_ADDRESS_GONE);
    CU_ASSERT_EQUAL(found.changes[1].kind, LIVE_DEFAULT_ROUTE);
    CU_ASSERT_EQUAL(found.changes[2].kind, LIVE_LINK_UP);
    size_t whole = 0;
    for (size_t len = 0; len < b.len; len++) {
        const int rv = parse_copy(b.bytes, len, &found);
        whole += rv == 0;
        CHECK_AT_MOST(found.count, 3, "changes in %zu of %zu bytes", len, b.len);
    }
    CU_ASSERT_EQUAL(whole, 5); /* between messages, and no bytes at all */
}

static void test_hostile(void)
{
    static const struct {
        const char *what;
        size_t at; /* byte of one address message */
        uint32_t value;
        size_t size;
    } cases[] = {
        {.what = "a message shorter than its header", .at = 0, .value = 15, .size = 4},
        {.what = "a message longer than the buffer", .at = 0, .value = 4096, .size = 4},
        {.what = "a message of no length", .at = 0, .value = 0, .size = 4},
        {.what = "a message without room for its fixed part", .at = 0, .value = 20, .size = 4},
        {.what = "an attribute of no length", .at = 24, .value = 0, .size = 2},
        {.what = "an attribute longer than the message", .at = 24, .value = 200, .size = 2},
        {.what = "an attribute shorter than its header", .at = 24, .value = 3, .size = 2},
        {.what = "an address too short", .at = 24, .value = 6, .size = 2},
        {.what = "an address too long for its family", .at = 17 - 1, .value = AF_INET6, .size = 1},
    };
    static const uint8_t bytes[16] = {192, 0, 2, 1};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        builder b = {.len = 0};
        seen found;
        address(&b, RTM_NEWADDR, AF_INET, bytes, 0);
        memcpy(b.bytes + cases[i].at, &cases[i].value, cases[i].size);
        const int rv = parse_copy(b.bytes, b.len, &found);
        if (rv != ROAM_ERR_INVALID_ARGUMENT || found.count != 0) {
            (void)printf("\n  %s: status %d, expected %d; %zu changes, expected 0\n", cases[i].what, rv,
                         ROAM_ERR_INVALID_ARGUMENT, found.count);
            CU_FAIL("hostile message");
        }
    }
}

/* Nothing comes after the message that could be taken for the rest of it. */
static void test_without_fixed_part(void)
{
    static const uint16_t types[] = {RTM_NEWROUTE, RTM_DELROUTE, RTM_NEWADDR,
                                     RTM_DELADDR,  RTM_NEWLINK,  RTM_DELLINK};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        for (size_t len = 0; len < sizeof(struct ifaddrmsg); len += 4) {
            static const uint8_t some[sizeof(struct ifaddrmsg)] = {AF_INET};
            builder b = {.len = 0};
            seen found;
            begin(&b, types[i], some, len);
            end(&b);
            const int rv = parse_copy(b.bytes, b.len, &found);
            if (rv != ROAM_ERR_INVALID_ARGUMENT || found.count != 0) {
                (void)printf("\n  type %d with %zu bytes: status %d, expected %d; %zu changes, expected 0\n",
                             types[i], len, rv, ROAM_ERR_INVALID_ARGUMENT, found.count);
                CU_FAIL("fixed part");
            }
        }
    }
}

static void test_random(void)
{
    uint64_t state = 1;
    for (int round = 0; round < 20000; round++) {
        builder b = {.len = 0};
        seen found;
        several(&b);
        for (int i = 0; i < 4; i++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407U;
            b.bytes[(state >> 33) % b.len] = (uint8_t)(state >> 24);
        }
        (void)parse_copy(b.bytes, b.len, &found);
        CU_ASSERT_TRUE(found.count <= 3 + b.len / 16);
    }
}

static const check_test TESTS[] = {{"default routes, and others", test_routes},
                                   {"the destination of a route", test_destination},
                                   {"rules", test_rules},
                                   {"addresses", test_addresses},
                                   {"on a point-to-point link the local end counts", test_point_to_point},
                                   {"links", test_links},
                                   {"a buffer cut anywhere", test_truncated},
                                   {"lengths that lie", test_hostile},
                                   {"messages without their fixed part", test_without_fixed_part},
                                   {"bytes turned at random", test_random}};
CHECK_MAIN("netlink", TESTS)
