/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assertions that print both values, and the main function that all tests share. */
#ifndef CORE_TESTS_CHECK_H
#define CORE_TESTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/roam.h"

typedef struct check_test {
    const char *name;
    void (*run)(void);
} check_test;

/* Runs the tests as one suite; the exit status of the process. */
int check_main(const char *suite, const check_test *tests, size_t count);
#define CHECK_MAIN(suite, tests)                                                                             \
    int main(void)                                                                                           \
    {                                                                                                        \
        return check_main(suite, tests, sizeof tests / sizeof tests[0]);                                     \
    }

/*
 * Each of the following is one assertion, and true when it holds. Otherwise it fails the test, and prints
 * both values and what they are about: a printf format, which is a literal, and its arguments. Where the
 * expected value says enough (CHECK_STRING, CHECK_CONTAINS), nothing need be said.
 */
#define CHECK(actual, expected, ...)                                                                         \
    check_integers((int64_t)(actual), (int64_t)(expected), __FILE__, __LINE__, __VA_ARGS__)

/* Bounds are inclusive. Unsigned: ROAM_NEVER is the greatest of all times. */
#define CHECK_BETWEEN(actual, least, most, ...)                                                              \
    check_range((uint64_t)(actual), (uint64_t)(least), (uint64_t)(most), __FILE__, __LINE__, __VA_ARGS__)
#define CHECK_AT_LEAST(actual, least, ...) CHECK_BETWEEN(actual, least, UINT64_MAX, __VA_ARGS__)
#define CHECK_AT_MOST(actual, most, ...) CHECK_BETWEEN(actual, 0, most, __VA_ARGS__)

/* NULL equals NULL alone. Of texts of several lines, the first that differs is printed. */
#define CHECK_STRING(actual, expected, ...)                                                                  \
    check_strings(actual, expected, __FILE__, __LINE__, " " __VA_ARGS__)
/* The part is somewhere in the text. */
#define CHECK_CONTAINS(text, part, ...) check_contains(text, part, __FILE__, __LINE__, " " __VA_ARGS__)

/* The first len bytes; and as many as the text has pairs of hexadecimal digits. Bytes are printed from the
 * first that differs on. */
#define CHECK_BYTES(actual, expected, len, ...)                                                              \
    check_bytes(actual, expected, len, __FILE__, __LINE__, __VA_ARGS__)
#define CHECK_HEX(actual, hex, ...) check_hex(actual, hex, __FILE__, __LINE__, __VA_ARGS__)

/* Values of roam_addr. */
#define CHECK_ADDR(actual, expected, ...) check_addrs(actual, expected, __FILE__, __LINE__, __VA_ARGS__)

#define CHECK_FORMAT(about) __attribute__((format(printf, about, (about) + 1)))
CHECK_FORMAT(5)
bool check_integers(int64_t actual, int64_t expected, const char *file, int line, const char *about, ...);
CHECK_FORMAT(6)
bool check_range(uint64_t actual, uint64_t least, uint64_t most, const char *file, int line,
                 const char *about, ...);
CHECK_FORMAT(5)
bool check_strings(const char *actual, const char *expected, const char *file, int line, const char *about,
                   ...);
CHECK_FORMAT(5)
bool check_contains(const char *text, const char *part, const char *file, int line, const char *about, ...);
CHECK_FORMAT(6)
bool check_bytes(const void *actual, const void *expected, size_t len, const char *file, int line,
                 const char *about, ...);
CHECK_FORMAT(5)
bool check_hex(const void *actual, const char *hex, const char *file, int line, const char *about, ...);
CHECK_FORMAT(5)
bool check_addrs(roam_addr actual, roam_addr expected, const char *file, int line, const char *about, ...);

/* The bytes that pairs of hexadecimal digits stand for, up to the first other character; how many. */
size_t check_bytes_of(const char *hex, uint8_t *bytes);

/* The next number of a fixed sequence (splitmix64), for tests against a model. */
uint64_t check_random(uint64_t *state);

#endif
