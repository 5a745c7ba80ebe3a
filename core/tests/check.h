/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assertions that print both values, and the main function that all tests of a folder share. */
#ifndef CORE_TESTS_CHECK_H
#define CORE_TESTS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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

/* Fails the test, and says what it is about (printf) and both integers, when they differ. */
#define CHECK(actual, expected, ...)                                                                         \
    check_integers((int64_t)(actual), (int64_t)(expected), __FILE__, __LINE__, __VA_ARGS__)
__attribute__((format(printf, 5, 6))) bool check_integers(int64_t actual, int64_t expected, const char *file,
                                                          int line, const char *about, ...);

#define CHECK_STRING(actual, expected) check_strings(actual, expected, __FILE__, __LINE__)
bool check_strings(const char *actual, const char *expected, const char *file, int line);

/* The next number of a fixed sequence (splitmix64), for tests against a model. */
uint64_t check_random(uint64_t *state);

#endif
