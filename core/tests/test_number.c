/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/number.h"

#include "core/tests/check.h"

static void test_whole(void)
{
    static const struct {
        const char *text;
        uint64_t min, max;
        bool good;
        uint64_t value;
    } cases[] = {
        {.text = "0", .max = 9, .good = true, .value = 0},
        {.text = "007", .max = 9, .good = true, .value = 7},
        {.text = "9", .max = 9, .good = true, .value = 9},
        {.text = "10", .max = 9},
        {.text = "4", .min = 5, .max = 9},
        {.text = "18446744073709551615", .max = UINT64_MAX, .good = true, .value = UINT64_MAX},
        {.text = "18446744073709551616", .max = UINT64_MAX},
        {.text = "99999999999999999999999", .max = UINT64_MAX},
        {.text = "", .max = 9},
        {.text = " 1", .max = 9},
        {.text = "1 ", .max = 9},
        {.text = "+1", .max = 9},
        {.text = "-1", .max = UINT64_MAX},
        {.text = "0x1", .max = 9},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t value = 77;
        const bool good = core_number_whole(cases[i].text, cases[i].min, cases[i].max, &value);
        CHECK(good, cases[i].good, "'%s'", cases[i].text);
        CHECK(value, cases[i].good ? cases[i].value : 77, "value of '%s'", cases[i].text);
    }
}

static void test_digits(void)
{
    uint64_t value = 1;
    bool fits = true;
    CHECK_STRING(core_number_digits("23.5", &value, &fits), ".5");
    CHECK(value, 123, "appended");
    CHECK_STRING(core_number_digits("x", &value, &fits), "x");
    CHECK(value, 123, "nothing appended");
    CHECK(fits, true, "so far");
    CHECK_STRING(core_number_digits("99999999999999999999 s", &value, &fits), " s");
    CHECK(value, UINT64_MAX, "too large");
    CHECK(fits, false, "too large");
}

static const check_test tests[] = {
    {"whole", test_whole},
    {"digits", test_digits},
};

CHECK_MAIN("number", tests)
