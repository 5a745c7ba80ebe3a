/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which datagrams were seen already. */
#include "core/tests/check.h"
#include "tools/witness/seen.h"

#include <CUnit/Basic.h>
#include <string.h>

static void test_entries(void)
{
    uint8_t bytes[40];
    seen_table *const table = seen_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    memset(bytes, 7, sizeof bytes);
    seen_entry(table, bytes, sizeof bytes)->sent.time_ns = 1;
    CHECK(seen_entry(table, bytes, sizeof bytes)->sent.time_ns, 1, "the same bytes");
    CHECK(seen_entry(table, bytes, sizeof bytes - 1)->sent.time_ns, 0, "one byte less");
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] ^= 1;
        CHECK(seen_entry(table, bytes, sizeof bytes)->sent.time_ns, 0, "another byte %zu", i);
        bytes[i] ^= 1;
    }
    CHECK(seen_entry(table, bytes, sizeof bytes)->sent.time_ns, 1, "the same bytes still");
    seen_free(table);
}

/* The latest thousand of a long row are all there; the first is forgotten in the end. */
static void test_many(void)
{
    enum { ALL = 100000, LATEST = 1000 };
    seen_table *const table = seen_new();
    CU_ASSERT_PTR_NOT_NULL_FATAL(table);
    uint32_t kept = 0;
    for (uint64_t i = 0; i < ALL; i++)
        seen_entry(table, (const uint8_t *)&i, sizeof i)->sent.time_ns = i + 1;
    for (uint64_t i = ALL - LATEST; i < ALL; i++)
        kept += seen_entry(table, (const uint8_t *)&i, sizeof i)->sent.time_ns == i + 1;
    CHECK(kept, LATEST, "kept");
    const uint64_t first = 0;
    CHECK(seen_entry(table, (const uint8_t *)&first, sizeof first)->sent.time_ns, 0, "first");
    seen_free(table);
}

static const check_test TESTS[] = {{"entries", test_entries}, {"many", test_many}};
CHECK_MAIN("seen", TESTS)
