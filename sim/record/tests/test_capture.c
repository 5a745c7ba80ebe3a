/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/record/capture_secrets.h"
#include "sim/record/capture_sent.h"

#include <CUnit/CUnit.h>
#include <string.h>

#define A "aa00000000000000000000000000000000000000000000000000000000000000"
#define B "bb00000000000000000000000000000000000000000000000000000000000000"

/* Node 1 accepts and has everything at once; node 0 dials and learns a line at a time; 2 has another
 * connection.
 */
static void test_secrets(void)
{
    static const struct {
        uint32_t node;
        const char *line;
        bool is_new, joins;
        const char *lines;
        size_t ends;
    } table[] = {
        {.node = 1, .line = "X " A " 01", .is_new = true, .joins = true, .lines = "X " A " 01\n", .ends = 1},
        {.node = 1, .line = "Y " A " 02\n", .is_new = true, .lines = "X " A " 01\nY " A " 02\n", .ends = 1},
        {.node = 2, .line = "X " B " 03", .is_new = true, .joins = true, .lines = "X " B " 03\n", .ends = 1},
        {.node = 0, .line = "X " A " 01", .joins = true, .lines = "X " A " 01\nY " A " 02\n", .ends = 2},
        {.node = 0, .line = "Y " A " 02", .lines = "X " A " 01\nY " A " 02\n", .ends = 2},
        {.node = 0,
         .line = "Z " A " 0",
         .is_new = true,
         .lines = "X " A " 01\nY " A " 02\nZ " A " 0\n",
         .ends = 2},
        {.node = 1,
         .line = "X " A " 0",
         .is_new = true,
         .lines = "X " A " 01\nY " A " 02\nZ " A " 0\nX " A " 0\n",
         .ends = 2},
        {.node = 3,
         .line = "X " A " 01",
         .lines = "X " A " 01\nY " A " 02\nZ " A " 0\nX " A " 0\n",
         .ends = 2},
    };
    capture_secrets *const secrets = capture_secrets_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(secrets);
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const capture_connection *connection = NULL;
        bool is_new = false;
        bool joins = false;
        CU_ASSERT_TRUE_FATAL(
            capture_secrets_take(secrets, table[i].node, table[i].line, &connection, &is_new, &joins));
        CHECK(is_new, table[i].is_new, "is new: line %zu", i);
        CHECK(joins, table[i].joins, "joins: line %zu", i);
        CHECK_STRING(connection->lines, table[i].lines);
        CHECK(connection->end_count, table[i].ends, "ends: line %zu", i);
    }
    const capture_connection *connection = NULL;
    bool is_new;
    bool joins;
    CU_ASSERT_FALSE(capture_secrets_take(secrets, 0, "no-keylog", &connection, &is_new, &joins));
    capture_secrets_free(secrets);
    capture_secrets_free(NULL);
}

static void test_sent(void)
{
    capture_sent sent = {0};
    uint8_t payload[16] = {0};
    CU_ASSERT_FALSE(capture_sent_has(&sent, payload, sizeof payload));
    for (size_t round = 0; round < 2; round++) { /* what is sent twice counts once */
        for (uint32_t i = 0; i < 5000; i++) {
            memcpy(payload, &i, sizeof i);
            CU_ASSERT_TRUE_FATAL(capture_sent_add(&sent, payload, sizeof payload));
        }
    }
    CHECK(sent.hashes.count, 5000, "payloads");
    for (uint32_t i = 0; i < 10000; i++) {
        memcpy(payload, &i, sizeof i);
        CHECK(capture_sent_has(&sent, payload, sizeof payload), i < 5000, "payload %u", i);
    }
    CU_ASSERT_FALSE(capture_sent_has(&sent, payload, 3));
    capture_sent_free(&sent);
}

static const check_test tests[] = {
    {"which hosts secrets are for", test_secrets},
    {"what was sent", test_sent},
};

CHECK_MAIN("capture", tests)
