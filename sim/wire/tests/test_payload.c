/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/wire/payload.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 300, BITS_LONGEST = 170 };

static const payload_id ID = {.seed = 7, .traffic = 3, .sequence = UINT64_C(0x1122334455)};

static void test_every_length(void)
{
    uint8_t *bytes = malloc(LONGEST); /* so that a sanitizer sees its end */
    CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
    for (size_t len = PAYLOAD_BYTES_MIN; len <= LONGEST; len++) {
        uint32_t traffic = 0;
        uint64_t sequence = 0;
        memset(bytes, 0xaa, LONGEST);
        payload_fill(&ID, bytes, len);
        CU_ASSERT_TRUE(payload_intact(&ID, bytes, len));
        CU_ASSERT_TRUE(len == LONGEST || bytes[len] == 0xaa);
        CU_ASSERT_TRUE(payload_read(bytes, len, &traffic, &sequence));
        CU_ASSERT_EQUAL(traffic, ID.traffic);
        CU_ASSERT_EQUAL(sequence, ID.sequence);
    }
    for (size_t len = 0; len < PAYLOAD_BYTES_MIN; len++) {
        uint32_t traffic;
        uint64_t sequence;
        CU_ASSERT_FALSE(payload_intact(&ID, bytes, len));
        CU_ASSERT_FALSE(payload_read(bytes, len, &traffic, &sequence));
    }
    free(bytes);
}

/* The pattern word by word, as the head of payload.c has it, against the whole message. */
static void test_pattern(void)
{
    uint8_t bytes[LONGEST];
    uint64_t word, next;
    payload_fill(&ID, bytes, LONGEST);
    memcpy(&word, bytes + PAYLOAD_HEADER_BYTES, 8);
    for (size_t at = PAYLOAD_HEADER_BYTES + 8; at + 8 <= LONGEST; at += 8, word = next) {
        memcpy(&next, bytes + at, 8);
        CHECK(next - word, CORE_HASH_GOLDEN, "step to byte %zu", at);
    }
    for (size_t len = PAYLOAD_HEADER_BYTES; len < LONGEST; len++) {
        uint8_t shorter[LONGEST];
        payload_fill(&ID, shorter, len);
        CHECK(
            memcmp(shorter + PAYLOAD_HEADER_BYTES, bytes + PAYLOAD_HEADER_BYTES, len - PAYLOAD_HEADER_BYTES),
            0, "pattern of %zu bytes", len);
    }
}

/* Every single bit counts, at every length. */
static void test_every_bit(void)
{
    size_t missed = 0;
    for (size_t len = PAYLOAD_BYTES_MIN; len <= BITS_LONGEST; len++) {
        uint8_t bytes[BITS_LONGEST];
        payload_fill(&ID, bytes, len);
        for (size_t bit = 0; bit < 8 * len; bit++) {
            bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
            missed += payload_intact(&ID, bytes, len);
            bytes[bit / 8] = (uint8_t)(bytes[bit / 8] ^ 1u << bit % 8);
        }
    }
    CHECK(missed, 0, "changed bits missed");
}

/* Nobody else's message is taken for this one. */
static void test_others(void)
{
    static const struct {
        const char *what;
        payload_id id;
        size_t len;
    } cases[] = {
        {.what = "another seed",
         .id = {.seed = 8, .traffic = 3, .sequence = UINT64_C(0x1122334455)},
         .len = 64},
        {.what = "another traffic",
         .id = {.seed = 7, .traffic = 4, .sequence = UINT64_C(0x1122334455)},
         .len = 64},
        {.what = "the next", .id = {.seed = 7, .traffic = 3, .sequence = UINT64_C(0x1122334456)}, .len = 64},
        {.what = "another seed, short",
         .id = {.seed = 8, .traffic = 3, .sequence = UINT64_C(0x1122334455)},
         .len = 15},
        {.what = "another traffic, short",
         .id = {.seed = 7, .traffic = 4, .sequence = UINT64_C(0x1122334455)},
         .len = 15},
        {.what = "the next, short",
         .id = {.seed = 7, .traffic = 3, .sequence = UINT64_C(0x1122334456)},
         .len = 15},
        {.what = "another seed, shortest",
         .id = {.seed = 8, .traffic = 3, .sequence = UINT64_C(0x1122334455)},
         .len = 8},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t bytes[64];
        payload_fill(&cases[i].id, bytes, cases[i].len);
        bool intact = payload_intact(&ID, bytes, cases[i].len);
        CHECK(intact, false, "intact: %s", cases[i].what);
    }
    uint8_t longer[64];
    payload_fill(&ID, longer, 64);
    CU_ASSERT_FALSE(payload_intact(&ID, longer, 63));
}

/* The largest that a short header holds come out as they went in. */
static void test_short_header(void)
{
    static const payload_id LARGEST = {7, PAYLOAD_SHORT_TRAFFIC_MAX, PAYLOAD_SHORT_SEQUENCE_MAX};
    uint8_t bytes[PAYLOAD_BYTES_MIN];
    uint32_t traffic = 0;
    uint64_t sequence = 0;
    payload_fill(&LARGEST, bytes, sizeof bytes);
    CU_ASSERT_TRUE(payload_read(bytes, sizeof bytes, &traffic, &sequence));
    CU_ASSERT_EQUAL(traffic, LARGEST.traffic);
    CU_ASSERT_EQUAL(sequence, LARGEST.sequence);
}

static const check_test TESTS[] = {{"every length", test_every_length},
                                   {"pattern", test_pattern},
                                   {"short header", test_short_header},
                                   {"every bit", test_every_bit},
                                   {"others", test_others}};
CHECK_MAIN("payload", TESTS)
