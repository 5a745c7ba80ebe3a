/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/record/capture_secrets.h"
#include "sim/record/capture_sent.h"
#include "sim/record/capture_text.h"
#include "sim/record/capture_words.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
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

static size_t lines_of(const char *text)
{
    size_t count = text != NULL;
    for (; text && (text = strchr(text, '\n')) != NULL; text++)
        count++;
    return count;
}

/* A packet has as many comments as there is room for, each whole, and one that counts the others. */
static void test_comments(void)
{
    capture_text text = {0};
    capture_text other = {0};
    char line[201];
    memset(line, 'x', sizeof line - 1);
    line[sizeof line - 1] = '\0';
    CU_ASSERT_PTR_NULL(capture_text_lines(&text));
    CU_ASSERT_TRUE_FATAL(capture_text_add(&text, "a\nb %d", 1));
    CU_ASSERT_TRUE_FATAL(capture_text_add(&other, "c"));
    CU_ASSERT_TRUE_FATAL(capture_text_add(&other, "d"));
    CU_ASSERT_TRUE_FATAL(capture_text_join(&text, &other));
    CHECK_STRING(capture_text_lines(&text), "a b 1\nc\nd");
    for (size_t i = 0; i < 100; i++)
        CU_ASSERT_TRUE_FATAL(capture_text_add(&text, "%s", line));
    const char *const all = capture_text_lines(&text);
    const size_t kept = (CAPTURE_TEXT_MAX - 64 - 10) / 201;
    CHECK(strlen(all) < CAPTURE_TEXT_MAX, 1, "bytes of all comments");
    CHECK(lines_of(all), 3 + kept + 1, "comments");
    char last[64];
    (void)snprintf(last, sizeof last, "\n" CAPTURE_MORE "%zu comments without room", 100 - kept);
    CHECK_STRING(strrchr(all, '\n'), last);
    capture_text_clear(&text);
    CU_ASSERT_PTR_NULL(capture_text_lines(&text));
    capture_text_fini(&text);
    capture_text_fini(&other);
}

static void test_times(void)
{
    static const struct {
        uint64_t ns;
        const char *text;
    } table[] = {{0, "0 ms"},
                 {1, "0.000001 ms"},
                 {300000000, "300 ms"},
                 {5008622640, "5008.62264 ms"},
                 {UINT64_MAX, "18446744073709.551615 ms"}};
    char text[CAPTURE_TIME_MAX];
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        CHECK_STRING(capture_time(table[i].ns, text), table[i].text);
}

static void test_words(void)
{
    CU_ASSERT_TRUE(capture_tells_event("timeline 5 ms: x", 16));
    CU_ASSERT_TRUE(capture_tells_event("drop 5", 5));
    CU_ASSERT_FALSE(capture_tells_event("drop 5", 4));
    CU_ASSERT_FALSE(capture_tells_event("laptop breaks a rule", 20));
    CU_ASSERT_FALSE(capture_tells_event("altered on the way", 18));
    CU_ASSERT_FALSE(capture_tells_event("", 0));
}

static const check_test tests[] = {
    {"comments of a packet", test_comments},
    {"times of comments", test_times},
    {"comments that tell events", test_words},
    {"which hosts secrets are for", test_secrets},
    {"what was sent", test_sent},
};

CHECK_MAIN("capture", tests)
