/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/scenario/units.h"

#include <CUnit/Basic.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    units_kind kind;
    const char *text;
    int status;
    uint64_t value;
    const char *message; /* or part of it */
} CASES[] = {
    {UNITS_DURATION, "20ms", UNITS_OK, 20000000, ""},
    {UNITS_DURATION, "20 ms", UNITS_OK, 20000000, ""},
    {UNITS_DURATION, "1.5s", UNITS_OK, 1500000000, ""},
    {UNITS_DURATION, "2min", UNITS_OK, 120000000000, ""},
    {UNITS_DURATION, "0.5min", UNITS_OK, 30000000000, ""},
    {UNITS_DURATION, "0", UNITS_OK, 0, ""},
    {UNITS_DURATION, "20", UNITS_ERR_SYNTAX, 0, "missing unit: write 20ms, not 20"},
    {UNITS_DURATION, "20xs", UNITS_ERR_SYNTAX, 0, "unknown unit 'xs'"},
    {UNITS_DURATION, "-5ms", UNITS_ERR_RANGE, 0, "-5ms is negative"},
    {UNITS_DURATION, "0.5ns", UNITS_ERR_RANGE, 0, "0.5ns is too fine"},
    {UNITS_DURATION, "fast", UNITS_ERR_SYNTAX, 0, "'fast' is not a duration"},
    {UNITS_DURATION, "", UNITS_ERR_SYNTAX, 0, "is not a duration"},
    {UNITS_DURATION, "1.ms", UNITS_ERR_SYNTAX, 0, "is not a duration"},
    {UNITS_DURATION, "99999999999999999999s", UNITS_ERR_RANGE, 0, "too large"},
    {UNITS_RATE, "20Mbps", UNITS_OK, 20000000, ""},
    {UNITS_RATE, "20mbps", UNITS_ERR_SYNTAX, 0, "unknown unit 'mbps'"},
    {UNITS_SIZE, "1.5KiB", UNITS_OK, 1536, ""},
    {UNITS_SIZE, "4MB", UNITS_OK, 4000000, ""},
    {UNITS_PACKETS, "64pkt", UNITS_OK, 64, ""},
    {UNITS_FRACTION, "0.1%", UNITS_OK, 1000000, ""},
    {UNITS_FRACTION, "100%", UNITS_OK, 1000000000, ""},
};

static void test_parse(void)
{
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char message[UNITS_MESSAGE_MAX] = "";
        uint64_t value = 0;
        int status = units_parse(CASES[i].kind, CASES[i].text, 0, UINT64_MAX - 1, &value, message);
        bool same = status == CASES[i].status && value == CASES[i].value && strstr(message, CASES[i].message);
        if (!same) {
            printf("\n'%s': got %d, %" PRIu64 ", '%s'; want %d, %" PRIu64 ", '%s'\n", CASES[i].text, status,
                   value, message, CASES[i].status, CASES[i].value, CASES[i].message);
        }
        CU_ASSERT(same);
    }
}

static void test_format(void)
{
    static const struct {
        units_kind kind;
        uint64_t value;
        const char *text;
    } cases[] = {{UNITS_DURATION, 35000000, "35ms"},
                 {UNITS_DURATION, 1500000000, "1.5s"},
                 {UNITS_DURATION, 1, "1ns"},
                 {UNITS_RATE, 20000000, "20Mbps"},
                 {UNITS_SIZE, 400, "400B"},
                 {UNITS_FRACTION, 1000000, "0.1%"},
                 {UNITS_DURATION, 5200000000, "5.2s"},
                 {UNITS_DURATION, 0, "0s"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[UNITS_TEXT_MAX];
        units_format(cases[i].kind, cases[i].value, text);
        CHECK_STRING(text, cases[i].text);
    }
}

static const check_test TESTS[] = {{"parse", test_parse}, {"format", test_format}};
CHECK_MAIN("units", TESTS)
