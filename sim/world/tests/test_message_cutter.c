/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages on a stream are the same, whatever pieces the stream comes in. */
#include "sim/world/message_cutter.h"

#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <string.h>

enum { LONGEST = 300, COUNT = 4, BYTES_MAX = 1024 };

static const size_t LENGTHS[COUNT] = {8, LONGEST, 1, 255};

static size_t fill(uint8_t bytes[BYTES_MAX])
{
    size_t len = 0;
    for (size_t i = 0; i < COUNT; i++) {
        message_cutter_head(bytes + len, LENGTHS[i]);
        memset(bytes + len + MESSAGE_CUTTER_HEAD_BYTES, (int)('a' + i), LENGTHS[i]);
        len += MESSAGE_CUTTER_HEAD_BYTES + LENGTHS[i];
    }
    return len;
}

static void take(message_cutter *cutter, const uint8_t *data, size_t len, size_t *seen)
{
    const uint8_t *message;
    size_t message_len;
    message_cutter_status status;
    while ((status = message_cutter_take(cutter, LONGEST, &data, &len, &message, &message_len)) ==
           MESSAGE_CUTTER_MESSAGE) {
        CU_ASSERT_FATAL(*seen < COUNT);
        CHECK(message_len, LENGTHS[*seen], "length of message %zu", *seen);
        for (size_t i = 0; i < message_len; i++)
            CU_ASSERT_EQUAL(message[i], 'a' + *seen);
        ++*seen;
    }
    CHECK(status, MESSAGE_CUTTER_MORE, "status");
    CHECK(len, 0, "bytes left");
}

static void test_pieces(void)
{
    uint8_t bytes[BYTES_MAX];
    const size_t len = fill(bytes);
    for (size_t piece = 1; piece <= len; piece++) {
        message_cutter cutter = {0};
        size_t seen = 0;
        for (size_t at = 0; at < len; at += piece)
            take(&cutter, bytes + at, len - at < piece ? len - at : piece, &seen);
        CHECK(seen, COUNT, "messages in pieces of %zu bytes", piece);
        message_cutter_fini(&cutter);
    }
}

/* Another stream begins in the middle of a message. */
static void test_reset(void)
{
    uint8_t bytes[BYTES_MAX];
    const size_t len = fill(bytes);
    message_cutter cutter = {0};
    size_t seen = 0;
    take(&cutter, bytes, 7, &seen);
    message_cutter_reset(&cutter);
    take(&cutter, bytes, len, &seen);
    CHECK(seen, COUNT, "messages");
    message_cutter_fini(&cutter);
}

static void test_too_long(void)
{
    uint8_t head[MESSAGE_CUTTER_HEAD_BYTES];
    const uint8_t *data = head;
    size_t len = sizeof head;
    const uint8_t *message;
    size_t message_len;
    message_cutter cutter = {0};
    message_cutter_head(head, LONGEST + 1);
    CHECK(message_cutter_take(&cutter, LONGEST, &data, &len, &message, &message_len), MESSAGE_CUTTER_TOO_LONG,
          "status");
    message_cutter_fini(&cutter);
}

static const check_test TESTS[] = {
    {"pieces", test_pieces}, {"another stream", test_reset}, {"too long", test_too_long}};
CHECK_MAIN("message_cutter", TESTS)
