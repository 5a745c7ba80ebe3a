/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Replay: what an adapter draws from the operating system follows from the seed and the virtual time. */
#include "sim/endpoint/virtual_os.h"

#include "core/tests/check.h"
#include "sim/endpoint/isolate.h"
#include "sim/endpoint/tests/hostile.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW_NS UINT64_C(86401500000000)

/* Lines "SOURCE VALUE", to be freed. */
static char *draw(uint64_t seed, bool unmarked)
{
    hostile what = {.act = "draw", .seed = seed, .now_ns = NOW_NS, .unmarked = unmarked};
    isolate_result result = {0};
    CHECK(isolate_run(&(isolate_options){.work = hostile_run, .ctx = &what}, &result), 0, "isolate_run");
    CHECK(result.outcome, ISOLATE_DONE, "outcome: %s", result.text);
    return result.bytes ? result.bytes : strdup("");
}

/* The value of one source. */
static const char *value_of(const char *lines, const char *source, char value[256])
{
    const size_t len = strlen(source);
    value[0] = '\0';
    for (const char *line = lines; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
        if (strncmp(line, source, len) == 0 && line[len] == ' ')
            (void)snprintf(value, 256, "%.*s", (int)strcspn(line + len + 1, "\n"), line + len + 1);
    return value;
}

static const char *const RANDOM[] = {"dlopen",     "getrandom", "getentropy", "syscall",
                                     "arc4random", "open",      "fopen"};

static void test_same_seed(void)
{
    char *const first = draw(7, false);
    char *const again = draw(7, false);
    CHECK_STRING(again, first);
    CHECK_CONTAINS(first, "getrandom ");
    free(again);
    free(first);
}

/* The constructor of the library is the first to draw; a source that was not answered would not be the next
 * bytes of the stream. */
static void test_sources_share_a_stream(void)
{
    char *const lines = draw(7, false);
    uint64_t state = 7;
    for (size_t i = 0; i < sizeof RANDOM / sizeof *RANDOM; i++) {
        char expected[64] = "";
        char value[256];
        for (size_t byte = 0; byte < 16; byte++)
            (void)snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%s%02x",
                           byte > 0 ? " " : "", (unsigned)(uint8_t)check_random(&state));
        CHECK_STRING(value_of(lines, RANDOM[i], value), expected, "%s", RANDOM[i]);
    }
    free(lines);
}

static void test_other_seed(void)
{
    char *const first = draw(7, false);
    char *const other = draw(8, false);
    for (size_t i = 0; i < sizeof RANDOM / sizeof *RANDOM; i++) {
        char a[256];
        char b[256];
        CU_ASSERT_STRING_NOT_EQUAL(value_of(first, RANDOM[i], a), value_of(other, RANDOM[i], b));
    }
    free(other);
    free(first);
}

static void test_times(void)
{
    static const struct {
        const char *source, *value;
    } ROWS[] = {
        {"monotonic", "86401 500000000"},
        {"processor", "86401 500000000"},
        {"realtime", "1767312001 500000000"},
        {"clock-syscall", "86401 500000000"},
        {"timespec_get", "1767312001 500000000"},
        {"gettimeofday", "1767312001 500000"},
        {"time", "1767312001 0"},
        {"getpid", "2 0"},
    };
    char *const lines = draw(7, false);
    char value[256];
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++)
        CHECK_STRING(value_of(lines, ROWS[i].source, value), ROWS[i].value, "%s", ROWS[i].source);
    free(lines);
}

/* Outside of a call the operating system answers: each process differs. */
static void test_unmarked(void)
{
    char *const first = draw(7, true);
    char *const again = draw(7, true);
    char a[256];
    char b[256];
    static const char *const DIFFER[] = {"dlopen", "getrandom", "getentropy", "syscall",
                                         "open",   "fopen",     "monotonic",  "getpid"};
    for (size_t i = 0; i < sizeof DIFFER / sizeof *DIFFER; i++)
        CU_ASSERT_STRING_NOT_EQUAL(value_of(first, DIFFER[i], a), value_of(again, DIFFER[i], b));
    free(again);
    free(first);
}

static const check_test tests[] = {
    {"the same seed, the same bytes", test_same_seed},
    {"all sources draw from the call", test_sources_share_a_stream},
    {"another seed, other bytes", test_other_seed},
    {"clocks are virtual", test_times},
    {"outside of a call the operating system answers", test_unmarked},
};

CHECK_MAIN("virtual_os", tests)
