/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams that wait for those before them. */
#include "core/tests/check.h"
#include "tools/witness/held.h"

#include <CUnit/Basic.h>
#include <stdlib.h>

static void add(held_heap *heap, uint64_t time_ns, uint8_t byte)
{
    const held next = {.time_ns = time_ns, .datagram = {.payload = &byte, .payload_len = 1, .full_len = 1}};
    CU_ASSERT_TRUE_FATAL(held_add(heap, &next));
}

/* The byte of the first; it goes. */
static uint8_t take(held_heap *heap)
{
    held *const first = held_take(heap);
    const uint8_t byte = first->datagram.payload[0];
    CHECK(first->datagram.payload == first->bytes, true, "the bytes are its own");
    free(first);
    return byte;
}

/* By time, and of one time as they came. */
static void test_order(void)
{
    static const struct {
        uint64_t time_ns;
        uint8_t byte;
    } came[] = {{50, 5}, {10, 1}, {30, 3}, {30, 4}, {20, 2}, {90, 8}, {60, 6}, {60, 7}, {0, 0}};
    held_heap heap = {.count = 0};
    for (size_t i = 0; i < sizeof came / sizeof *came; i++)
        add(&heap, came[i].time_ns, came[i].byte);
    CHECK(heap.latest_ns, 90, "latest");
    for (uint8_t i = 0; i < sizeof came / sizeof *came; i++)
        CHECK(take(&heap), i, "place %u", i);
    CU_ASSERT_PTR_NULL(held_first(&heap));
    held_fini(&heap);
}

/* Many, taken while others come, against a sorted sequence. */
static void test_many(void)
{
    held_heap heap = {.count = 0};
    uint64_t state = 1, last = 0;
    for (int i = 0; i < 2000; i++) {
        state = state * UINT64_C(6364136223846793005) + 1;
        add(&heap, (uint64_t)i + (state >> 59), 0); /* up to 31 late */
        while (heap.latest_ns - held_first(&heap)->time_ns >= 32) {
            CHECK_AT_LEAST(held_first(&heap)->time_ns, last, "order");
            last = held_first(&heap)->time_ns;
            (void)take(&heap);
        }
    }
    CHECK_AT_LEAST(last, 1900, "how far");
    held_fini(&heap);
}

static const check_test TESTS[] = {{"order", test_order}, {"many", test_many}};
CHECK_MAIN("held", TESTS)
