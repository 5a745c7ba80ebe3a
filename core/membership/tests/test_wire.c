/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The messages byte by byte, and bodies that are none. */
#include <string.h>

#include "core/membership/wire.h"
#include "core/tests/check.h"

static roam_member member_of(const char *name, uint8_t key, roam_family family)
{
    roam_member member = {.addr = {.family = family}};
    memcpy(member.name, name, strlen(name) + 1);
    memset(member.key, key, sizeof member.key);
    if (family != ROAM_FAMILY_NONE)
        member.addr.port = 4433;
    for (size_t i = 0; i < (family == ROAM_FAMILY_IPV4 ? 4U : family == ROAM_FAMILY_IPV6 ? 16U : 0U); i++)
        member.addr.bytes[i] = (uint8_t)(0xa0 + i);
    return member;
}

static void check_member(const roam_member *actual, const roam_member *expected, const char *what)
{
    CHECK_STRING(actual->name, expected->name, "%s", what);
    CHECK_BYTES(actual->key, expected->key, ROAM_KEY_BYTES, "%s: key", what);
    CHECK_ADDR(actual->addr, expected->addr, "%s: address", what);
    CHECK(actual->failures, 0, "%s: failures", what);
    CHECK(actual->retry_ns, 0, "%s: retry", what);
}

/* One of each type, with every field that it has. */
static core_message example(core_message_type type)
{
    core_message m = {.type = type};
    switch (type) {
    case CORE_JOIN:
    case CORE_ADVERTISE:
        m.member = member_of("a", 1, ROAM_FAMILY_IPV4);
        break;
    case CORE_FORWARD_JOIN:
        m.ttl = 6;
        m.member = member_of("joins", 2, ROAM_FAMILY_IPV6);
        break;
    case CORE_NEIGHBOR:
    case CORE_NEIGHBOR_REPLY:
        m.flag = true;
        m.member = member_of("b", 3, ROAM_FAMILY_NONE);
        break;
    case CORE_DISCONNECT:
        m.flag = true;
        break;
    case CORE_SHUFFLE:
        m.ttl = 255;
        m.member = member_of("origin", 4, ROAM_FAMILY_IPV4);
        /* fall through */
    case CORE_SHUFFLE_REPLY:
        m.id = UINT64_C(0x0102030405060708);
        m.member_count = 2;
        m.members[0] = member_of("c", 5, ROAM_FAMILY_IPV6);
        m.members[1] = member_of("d", 6, ROAM_FAMILY_NONE);
        break;
    }
    return m;
}

static void test_round_trips(void)
{
    for (int type = CORE_JOIN; type <= CORE_ADVERTISE; type++) {
        static core_message read;
        const core_message m = example((core_message_type)type);
        uint8_t body[CORE_MESSAGE_BYTES_MAX];
        const size_t len = core_message_write(&m, body);
        memset(&read, 0xee, sizeof read);
        if (!CHECK(core_message_read((core_span){body, len}, &read), CORE_MESSAGE_OK, "type %d", type))
            continue;
        CHECK(read.type, m.type, "type");
        CHECK(read.id, m.id, "type %d: id", type);
        CHECK(read.ttl, m.ttl, "type %d: ttl", type);
        CHECK(read.flag, m.flag, "type %d: flag", type);
        check_member(&read.member, &m.member, "member");
        CHECK(read.member_count, m.member_count, "type %d: members", type);
        for (size_t i = 0; i < m.member_count; i++)
            check_member(&read.members[i], &m.members[i], "members");
    }
}

#define KEY(byte)                                                                                            \
    byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte byte \
        byte byte byte byte byte byte byte byte byte byte byte

static void test_bytes(void)
{
    static const struct {
        core_message_type type;
        const char *hex;
    } rows[] = {
        {CORE_JOIN, "0101 0161" KEY("01") "04a0a1a2a31151"},
        {CORE_FORWARD_JOIN, "0102 06 056a6f696e73" KEY("02") "06a0a1a2a3a4a5a6a7a8a9aaabacadaeaf1151"},
        {CORE_NEIGHBOR, "0103 01 0162" KEY("03") "00"},
        {CORE_NEIGHBOR_REPLY, "0104 01 0162" KEY("03") "00"},
        {CORE_DISCONNECT, "0105 01"},
        {CORE_SHUFFLE, "0106 0102030405060708 ff 066f726967696e" KEY("04") "04a0a1a2a31151 02 0163" KEY(
                           "05") "06a0a1a2a3a4a5a6a7a8a9aaabacadaeaf1151 0164" KEY("06") "00"},
        {CORE_SHUFFLE_REPLY, "0107 0102030405060708 02 0163" KEY(
                                 "05") "06a0a1a2a3a4a5a6a7a8a9aaabacadaeaf1151 0164" KEY("06") "00"},
        {CORE_ADVERTISE, "0108 0161" KEY("01") "04a0a1a2a31151"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const core_message m = example(rows[i].type);
        uint8_t body[CORE_MESSAGE_BYTES_MAX];
        char hex[2 * CORE_MESSAGE_BYTES_MAX + 1];
        size_t n = 0;
        for (const char *c = rows[i].hex; *c; c++)
            if (*c != ' ')
                hex[n++] = *c;
        hex[n] = 0;
        CHECK(core_message_write(&m, body), n / 2, "type %d: length", (int)rows[i].type);
        CHECK_HEX(body, hex, "type %d", (int)rows[i].type);
    }
}

/* Cut short anywhere, or with a byte too many: malformed, whatever the type. */
static void test_lengths(void)
{
    for (int type = CORE_JOIN; type <= CORE_ADVERTISE; type++) {
        static core_message read;
        const core_message m = example((core_message_type)type);
        uint8_t body[CORE_MESSAGE_BYTES_MAX + 1] = {0};
        const size_t len = core_message_write(&m, body);
        for (size_t cut = 0; cut < len; cut++)
            CHECK(core_message_read((core_span){body, cut}, &read), CORE_MESSAGE_MALFORMED,
                  "type %d, %d bytes of it", type, (int)cut);
        CHECK(core_message_read((core_span){body, len + 1}, &read), CORE_MESSAGE_MALFORMED,
              "type %d, a byte too many", type);
    }
}

/* A member as in the body of JOIN. */
#define JOIN(member) "0101" member

static void test_values(void)
{
    static const struct {
        const char *what, *hex;
        core_message_status status;
    } rows[] = {
        {"version 0", "0001", CORE_MESSAGE_UNKNOWN},
        {"version 2", "0205ff", CORE_MESSAGE_UNKNOWN},
        {"version 1 in two bytes", "4001 0501", CORE_MESSAGE_OK},
        {"type 0", "0100", CORE_MESSAGE_UNKNOWN},
        {"type 9", "0109", CORE_MESSAGE_UNKNOWN},
        {"type 2^62 - 1", "01ffffffffffffffff", CORE_MESSAGE_UNKNOWN},
        {"a type cut short", "01c0", CORE_MESSAGE_MALFORMED},
        {"no name", JOIN("00" KEY("01") "00"), CORE_MESSAGE_MALFORMED},
        {"a name of 64 bytes", JOIN("40" KEY("61") KEY("61") KEY("01") "00"), CORE_MESSAGE_MALFORMED},
        {"a name of 255 bytes",
         JOIN("ff" KEY("61") KEY("61") KEY("61") KEY("61") KEY("61") KEY("61") KEY("61") KEY("61")
                  KEY("01") "00"),
         CORE_MESSAGE_MALFORMED},
        {"a space in the name", JOIN("026120" KEY("01") "00"), CORE_MESSAGE_MALFORMED},
        {"a NUL in the name", JOIN("03610062" KEY("01") "00"), CORE_MESSAGE_MALFORMED},
        {"a byte over 127 in the name", JOIN("0180" KEY("01") "00"), CORE_MESSAGE_MALFORMED},
        {"family 5", JOIN("0161" KEY("01") "05"), CORE_MESSAGE_MALFORMED},
        {"port 0",
         JOIN("0161" KEY("01") "04"
                               "0a000001"
                               "0000"),
         CORE_MESSAGE_MALFORMED},
        {"flag 2", "010502", CORE_MESSAGE_MALFORMED},
        {"no members", "0107 0102030405060708 00", CORE_MESSAGE_OK},
        {"33 members", "0107 0102030405060708 21", CORE_MESSAGE_MALFORMED},
        {"255 members", "0107 0102030405060708 ff", CORE_MESSAGE_MALFORMED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        static core_message read;
        uint8_t body[512];
        size_t len = 0;
        for (const char *at = rows[i].hex; *at;) {
            const size_t n = check_bytes_of(at, body + len);
            at += 2 * n;
            len += n;
            while (*at == ' ')
                at++;
        }
        CHECK(core_message_read((core_span){body, len}, &read), rows[i].status, "%s", rows[i].what);
    }
}

/* The longest of all fits into a frame of the control stream. */
static void test_longest(void)
{
    static core_message m, read;
    static char name[ROAM_NAME_MAX + 1];
    memset(name, 'x', ROAM_NAME_MAX);
    m = (core_message){.type = CORE_SHUFFLE, .member_count = ROAM_SHUFFLE_MAX};
    m.member = member_of(name, 1, ROAM_FAMILY_IPV6);
    for (size_t i = 0; i < ROAM_SHUFFLE_MAX; i++)
        m.members[i] = m.member;
    uint8_t body[CORE_MESSAGE_BYTES_MAX];
    CHECK(core_message_write(&m, body), CORE_MESSAGE_BYTES_MAX, "length");
    CHECK_AT_MOST(CORE_MESSAGE_BYTES_MAX, 4096, "a frame");
    CHECK(core_message_read((core_span){body, CORE_MESSAGE_BYTES_MAX}, &read), CORE_MESSAGE_OK, "read");
    check_member(&read.members[ROAM_SHUFFLE_MAX - 1], &m.member, "the last");
}

static const check_test tests[] = {{"round trips", test_round_trips},
                                   {"bytes", test_bytes},
                                   {"lengths", test_lengths},
                                   {"values", test_values},
                                   {"longest", test_longest}};

CHECK_MAIN("wire", tests)
