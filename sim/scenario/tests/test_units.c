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
    {.kind = UNITS_DURATION, .text = "20ms", .status = UNITS_OK, .value = 20000000, .message = ""},
    {.kind = UNITS_DURATION, .text = "20 ms", .status = UNITS_OK, .value = 20000000, .message = ""},
    {.kind = UNITS_DURATION, .text = "1.5s", .status = UNITS_OK, .value = 1500000000, .message = ""},
    {.kind = UNITS_DURATION, .text = "2min", .status = UNITS_OK, .value = 120000000000, .message = ""},
    {.kind = UNITS_DURATION, .text = "0.5min", .status = UNITS_OK, .value = 30000000000, .message = ""},
    {.kind = UNITS_DURATION, .text = "0", .status = UNITS_OK, .message = ""},
    {.kind = UNITS_DURATION,
     .text = "20",
     .status = UNITS_ERR_SYNTAX,
     .message = "missing unit: write 20ms, not 20"},
    {.kind = UNITS_DURATION, .text = "20xs", .status = UNITS_ERR_SYNTAX, .message = "unknown unit 'xs'"},
    {.kind = UNITS_DURATION, .text = "-5ms", .status = UNITS_ERR_RANGE, .message = "-5ms is negative"},
    {.kind = UNITS_DURATION, .text = "0.5ns", .status = UNITS_ERR_RANGE, .message = "0.5ns is too fine"},
    {.kind = UNITS_DURATION,
     .text = "fast",
     .status = UNITS_ERR_SYNTAX,
     .message = "'fast' is not a duration"},
    {.kind = UNITS_DURATION, .text = "", .status = UNITS_ERR_SYNTAX, .message = "is not a duration"},
    {.kind = UNITS_DURATION, .text = "1.ms", .status = UNITS_ERR_SYNTAX, .message = "is not a duration"},
    {.kind = UNITS_DURATION,
     .text = "99999999999999999999s",
     .status = UNITS_ERR_RANGE,
     .message = "too large"},
    {.kind = UNITS_RATE, .text = "20Mbps", .status = UNITS_OK, .value = 20000000, .message = ""},
    {.kind = UNITS_RATE, .text = "20mbps", .status = UNITS_ERR_SYNTAX, .message = "unknown unit 'mbps'"},
    {.kind = UNITS_SIZE, .text = "1.5KiB", .status = UNITS_OK, .value = 1536, .message = ""},
    {.kind = UNITS_SIZE, .text = "4MB", .status = UNITS_OK, .value = 4000000, .message = ""},
    {.kind = UNITS_PACKETS, .text = "64pkt", .status = UNITS_OK, .value = 64, .message = ""},
    {.kind = UNITS_FRACTION, .text = "0.1%", .status = UNITS_OK, .value = 1000000, .message = ""},
    {.kind = UNITS_FRACTION, .text = "100%", .status = UNITS_OK, .value = 1000000000, .message = ""},
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
    } cases[] = {{.kind = UNITS_DURATION, .value = 35000000, .text = "35ms"},
                 {.kind = UNITS_DURATION, .value = 1500000000, .text = "1.5s"},
                 {.kind = UNITS_DURATION, .value = 1, .text = "1ns"},
                 {.kind = UNITS_RATE, .value = 20000000, .text = "20Mbps"},
                 {.kind = UNITS_SIZE, .value = 400, .text = "400B"},
                 {.kind = UNITS_FRACTION, .value = 1000000, .text = "0.1%"},
                 {.kind = UNITS_DURATION, .value = 5200000000, .text = "5.2s"},
                 {.kind = UNITS_DURATION, .value = 120000000000, .text = "2min"},
                 {.kind = UNITS_DURATION, .value = 80100000000, .text = "80.1s"},
                 {.kind = UNITS_DURATION, .value = 90000000000, .text = "90s"},
                 {.kind = UNITS_DURATION, .value = 0, .text = "0s"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[UNITS_TEXT_MAX];
        units_format(cases[i].kind, cases[i].value, text);
        CHECK_STRING(text, cases[i].text);
    }
}

static const check_test TESTS[] = {{"parse", test_parse}, {"format", test_format}};
CHECK_MAIN("units", TESTS)
