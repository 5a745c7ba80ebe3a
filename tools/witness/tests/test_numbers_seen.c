/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packet numbers were seen, against a plain list of them. */
#include "core/tests/check.h"
#include "tools/witness/numbers_seen.h"

#include <CUnit/Basic.h>
#include <stdlib.h>

static void test_missing(void)
{
    numbers_seen seen = {0};
    uint64_t number = 0;
    CHECK(numbers_seen_missing(&seen, 0, 0, &number), true, "of none");
    CHECK(number, 0, "the first");
    for (uint64_t i = 0; i < 300; i++)
        if (i != 70 && i != 130)
            numbers_seen_add(&seen, i);
    CHECK(numbers_seen_missing(&seen, 131, 299, &number), false, "all that were seen");
    CHECK(numbers_seen_missing(&seen, 71, 129, &number), false, "all between");
    CHECK(numbers_seen_missing(&seen, 0, 299, &number), true, "two are missing");
    CHECK(number, 130, "the higher");
    CHECK(numbers_seen_missing(&seen, 0, 129, &number), true, "one is missing");
    CHECK(number, 70, "the lower");
    CHECK(numbers_seen_missing(&seen, 290, 300, &number), true, "beyond");
    CHECK(number, 300, "the one beyond");
    numbers_seen_add(&seen, 130); /* late */
    CHECK(numbers_seen_missing(&seen, 71, 299, &number), false, "it has come");
    CHECK(numbers_seen_has(&seen, 130), true, "it is there");
    CHECK(numbers_seen_has(&seen, 70), false, "it is not");
    CHECK(numbers_seen_has(&seen, 300), false, "not yet");
}

/* What is long past is not told to be missing, and is no news. */
static void test_old(void)
{
    numbers_seen seen = {0};
    uint64_t number = 0;
    numbers_seen_add(&seen, 0);
    numbers_seen_add(&seen, UINT64_C(1) << 40);
    CHECK(numbers_seen_missing(&seen, 0, 100, &number), false, "long ago");
    CHECK(numbers_seen_has(&seen, 100), true, "long ago");
    CHECK(numbers_seen_has(&seen, (UINT64_C(1) << 40) - 1), false, "just before");
    numbers_seen_add(&seen, 5); /* takes nobody's place */
    CHECK(numbers_seen_missing(&seen, UINT64_C(1) << 40, UINT64_C(1) << 40, &number), false, "the latest");
    CHECK(numbers_seen_missing(&seen, 0, UINT64_C(1) << 40, &number), true, "between");
    CHECK(number, (UINT64_C(1) << 40) - 1, "just before");
}

/* Steps forward of all sizes, and numbers in any order behind the highest. */
static void test_against_list(void)
{
    enum { NUMBERS = 60000, LATE = 3000 };
    static bool list[NUMBERS];
    numbers_seen seen = {0};
    uint64_t next = 0, random = 1;
    while (next + 200 < NUMBERS) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        const uint64_t step = random >> 33 & 1 ? random >> 40 & 0x7f : 0;
        const uint64_t number = step ? next + step : next - (random >> 40) % (next < LATE ? next + 1 : LATE);
        numbers_seen_add(&seen, number);
        list[number] = true;
        next = number >= next ? number + 1 : next;
        const uint64_t asked = next - 1 - (random >> 20) % (next < LATE ? next : LATE);
        if (numbers_seen_has(&seen, asked) != list[asked]) {
            CHECK(numbers_seen_has(&seen, asked), list[asked], "number %d of %d", (int)asked, (int)next);
            return;
        }
    }
}

static const check_test TESTS[] = {
    {"missing", test_missing}, {"old", test_old}, {"against a list", test_against_list}};
CHECK_MAIN("numbers_seen", TESTS)
