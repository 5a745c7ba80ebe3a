/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"

#include "core/hash.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <CUnit/Basic.h>

int check_main(const char *suite, const check_test *tests, size_t count)
{
    if (CU_initialize_registry() != CUE_SUCCESS)
        return 1;
    CU_pSuite s = CU_add_suite(suite, NULL, NULL);
    bool complete = s;
    for (size_t i = 0; s && i < count; i++)
        complete = CU_add_test(s, tests[i].name, tests[i].run) && complete;
    CU_basic_set_mode(CU_BRM_VERBOSE);
    CU_basic_run_tests();
    bool failed = !complete || CU_get_number_of_failures() > 0;
    CU_cleanup_registry();
    return failed;
}

static bool judge(bool equal, const char *file, int line)
{
    CU_assertImplementation(equal, (unsigned)line, "both values are equal", file, "", CU_FALSE);
    return equal;
}

bool check_integers(int64_t actual, int64_t expected, const char *file, int line, const char *about, ...)
{
    if (actual != expected) {
        va_list arguments;
        va_start(arguments, about);
        printf("\n  %s:%d: ", file, line);
        vprintf(about, arguments);
        printf(": %" PRId64 ", expected %" PRId64, actual, expected);
        va_end(arguments);
    }
    return judge(actual == expected, file, line);
}

bool check_strings(const char *actual, const char *expected, const char *file, int line)
{
    bool equal = strcmp(actual, expected) == 0;
    if (!equal)
        printf("\n  %s:%d: \"%s\", expected \"%s\"", file, line, actual, expected);
    return judge(equal, file, line);
}

uint64_t check_random(uint64_t *state)
{
    return core_hash_next(state);
}
