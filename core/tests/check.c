/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"

#include "core/hash.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <CUnit/Basic.h>

enum { BYTES_PRINTED = 32 };

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

/* Begins the line of an assertion that does not hold. An optional subject begins with a space, and is that
 * space alone when there is none. */
__attribute__((format(printf, 3, 0))) static void print_about(const char *file, int line, const char *about,
                                                              va_list arguments)
{
    printf("\n  %s:%d:%s", file, line, about[0] == ' ' ? "" : " ");
    if (strcmp(about, " ") == 0)
        return;
    vprintf(about, arguments);
    printf(":");
}

#define PRINT_ABOUT                                                                                          \
    do {                                                                                                     \
        va_list arguments;                                                                                   \
        va_start(arguments, about);                                                                          \
        print_about(file, line, about, arguments);                                                           \
        va_end(arguments);                                                                                   \
    } while (false)

static bool judge(bool holds, const char *file, int line)
{
    CU_assertImplementation(holds, (unsigned)line, "as expected", file, "", CU_FALSE);
    return holds;
}

bool check_integers(int64_t actual, int64_t expected, const char *file, int line, const char *about, ...)
{
    if (actual != expected) {
        PRINT_ABOUT;
        printf(" %" PRId64 ", expected %" PRId64, actual, expected);
    }
    return judge(actual == expected, file, line);
}

bool check_range(uint64_t actual, uint64_t least, uint64_t most, const char *file, int line,
                 const char *about, ...)
{
    const bool within = actual >= least && actual <= most;
    if (!within) {
        PRINT_ABOUT;
        printf(" %" PRIu64 ", expected %" PRIu64, actual, least);
        if (most == UINT64_MAX)
            printf(" or more");
        else
            printf(" to %" PRIu64, most);
    }
    return judge(within, file, line);
}

/* All of two texts, or their first lines that differ. */
static void print_texts(const char *actual, const char *expected)
{
    const bool of_lines = strchr(actual, '\n') || strchr(expected, '\n');
    size_t same = 0, begin = 0;
    unsigned line = 1;
    for (; actual[same] && actual[same] == expected[same]; same++) {
        if (actual[same] == '\n') {
            begin = same + 1;
            line++;
        }
    }
    if (of_lines)
        printf(" line %u:", line);
    printf("\n    \"%.*s\", expected\n    \"%.*s\"", (int)strcspn(actual + begin, "\n"), actual + begin,
           (int)strcspn(expected + begin, "\n"), expected + begin);
}

bool check_strings(const char *actual, const char *expected, const char *file, int line, const char *about,
                   ...)
{
    const bool equal = actual && expected ? strcmp(actual, expected) == 0 : actual == expected;
    if (!equal) {
        PRINT_ABOUT;
        print_texts(actual ? actual : "(NULL)", expected ? expected : "(NULL)");
    }
    return judge(equal, file, line);
}

bool check_contains(const char *text, const char *part, const char *file, int line, const char *about, ...)
{
    const bool found = strstr(text, part) != NULL;
    if (!found) {
        PRINT_ABOUT;
        printf("\n    \"%s\", expected to have in it\n    \"%s\"", text, part);
    }
    return judge(found, file, line);
}

static void print_some(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len && i < BYTES_PRINTED; i++)
        printf("%02x", bytes[i]);
    printf("%s", len > BYTES_PRINTED ? "..." : "");
}

/* From the first byte that differs on. */
static void print_bytes(const uint8_t *actual, const uint8_t *expected, size_t len)
{
    size_t from = 0;
    while (from < len && actual[from] == expected[from])
        from++;
    printf(" from byte %zu of %zu on:\n    ", from, len);
    print_some(actual + from, len - from);
    printf(", expected\n    ");
    print_some(expected + from, len - from);
}

bool check_bytes(const void *actual, const void *expected, size_t len, const char *file, int line,
                 const char *about, ...)
{
    const bool equal = memcmp(actual, expected, len) == 0;
    if (!equal) {
        PRINT_ABOUT;
        print_bytes(actual, expected, len);
    }
    return judge(equal, file, line);
}

size_t check_bytes_of(const char *hex, uint8_t *bytes)
{
    size_t len = 0;
    for (; isxdigit((unsigned char)hex[0]) && isxdigit((unsigned char)hex[1]); hex += 2) {
        unsigned value = 0;
        sscanf(hex, "%2x", &value);
        bytes[len++] = (uint8_t)value;
    }
    return len;
}

bool check_hex(const void *actual, const char *hex, const char *file, int line, const char *about, ...)
{
    uint8_t *const expected = malloc(strlen(hex) / 2 + 1);
    if (!expected)
        abort();
    const size_t len = check_bytes_of(hex, expected);
    const bool equal = 2 * len == strlen(hex) && memcmp(actual, expected, len) == 0;
    if (!equal) {
        PRINT_ABOUT;
        print_bytes(actual, expected, len);
    }
    free(expected);
    return judge(equal, file, line);
}

bool check_addrs(roam_addr actual, roam_addr expected, const char *file, int line, const char *about, ...)
{
    const bool equal = roam_addr_equal(&actual, &expected);
    if (!equal) {
        char texts[2][ROAM_ADDR_STRING_MAX];
        PRINT_ABOUT;
        printf(" %s, expected %s", roam_addr_format(&actual, texts[0]),
               roam_addr_format(&expected, texts[1]));
    }
    return judge(equal, file, line);
}

uint64_t check_random(uint64_t *state)
{
    return core_hash_next(state);
}
