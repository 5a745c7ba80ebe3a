/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A run with more connections than the witness reads: what it prints, its summary and its verdict say so. */
#include "core/tests/check.h"
#include "sim/verdict/run.h"
#include "tools/run/print.h"

#include <CUnit/Basic.h>
#include <stdlib.h>
#include <string.h>

/* Two connections. */
#define WORLD                                                                                                \
    "roam: 1\n"                                                                                              \
    "name: t\n"                                                                                              \
    "duration: 2s\n"                                                                                         \
    "networks: {wifi: {delay: 5ms}, datacentre: {delay: 1ms}}\n"                                             \
    "nodes:\n"                                                                                               \
    "  laptop: {networks: [wifi]}\n"                                                                         \
    "  phone: {networks: [wifi]}\n"                                                                          \
    "  server: {networks: [datacentre], listen: 4433}\n"                                                     \
    "peers: [laptop -> server, phone -> server]\n"                                                           \
    "traffic:\n"                                                                                             \
    "  - {flow: laptop -> server, send: 200B, every: 50ms, until: 1s}\n"                                     \
    "  - {flow: phone -> server, send: 200B, every: 50ms, until: 1s}\n"

#define FRAMES "{frames: laptop -> server, frame: path_challenge, count: 0}"

static const struct {
    const char *expect;
    uint32_t connections_max;
    bool all_seen;
    size_t held; /* of expect */
} CASES[] = {
    {"expect: [{delivered: all}]\n", 0, true, 1},
    {"expect: [{delivered: all}]\n", 2, true, 1},
    {"expect: [{delivered: all}]\n", 1, false, 1}, /* that none is broken, which is implied, does not hold */
    {"expect: [{delivered: all}, {rules: none broken}]\n", 2, true, 2},
    {"expect: [{delivered: all}, {rules: none broken}]\n", 1, false, 1},
    {"expect: [{rules: none broken}, " FRAMES "]\n", 2, true, 2},
    {"expect: [{rules: none broken}, " FRAMES "]\n", 1, false, 0},
};

static scenario *load(const char *text)
{
    scenario *loaded = NULL;
    scenario_diagnostics *const diagnostics = malloc(sizeof *diagnostics);
    const scenario_source source = {.text = text, .text_bytes = strlen(text), .name = "t"};
    CU_ASSERT_PTR_NOT_NULL_FATAL(diagnostics);
    scenario_diagnostics_init(diagnostics);
    CU_ASSERT_EQUAL_FATAL(scenario_load(&source, &loaded, diagnostics), 0);
    scenario_diagnostics_fini(diagnostics);
    free(diagnostics);
    return loaded;
}

static bool is_printed(const scenario *whole, const run *finished, const char *text)
{
    char *printed = NULL;
    size_t len;
    FILE *const stream = open_memstream(&printed, &len);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_TRUE(run_print_result(&(run_print){.stream = stream}, whole, 1, finished));
    CU_ASSERT_EQUAL_FATAL(fclose(stream), 0);
    const bool found = strstr(printed, text);
    free(printed);
    return found;
}

static void check_case(size_t i)
{
    char text[2048], message[RUN_MESSAGE_MAX] = "";
    run *finished = NULL;
    (void)snprintf(text, sizeof text, "%s%s", WORLD, CASES[i].expect);
    scenario *const whole = load(text);
    const run_options options = {.scenario = whole, .seed = 1, .connections_max = CASES[i].connections_max};
    CHECK(run_scenario(&options, &finished, message), 0, "case %zu: %s", i, message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(finished);
    const bool all = CASES[i].all_seen;
    CHECK(witness_unread(run_witness(finished)) == 0, all, "case %zu: unread", i);
    CHECK(run_verdict(finished), all ? SUMMARY_PASSED : SUMMARY_FAILED, "case %zu", i);
    CHECK(expect_count_held(run_outcomes(finished), whole->expectation_count), CASES[i].held, "case %zu", i);
    CHECK(is_printed(whole, finished, "\nnot all was seen: "), !all, "case %zu: printed", i);
    CHECK(is_printed(whole, finished, "none broken in what was seen"), !all, "case %zu: printed", i);
    char *const summary = run_summary(finished);
    CU_ASSERT_PTR_NOT_NULL_FATAL(summary);
    CHECK(strstr(summary, "\"unread_initials\": ") != NULL, !all, "case %zu: in the summary", i);
    CHECK(strstr(summary, "the witness did not see all connections") != NULL, !all, "case %zu: likewise", i);
    free(summary);
    run_free(finished);
    scenario_free(whole);
}

static void says_what_it_did_not_see(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++)
        check_case(i);
}

static const check_test TESTS[] = {{"it says what it did not see", says_what_it_did_not_see}};

CHECK_MAIN("more connections than are read", TESTS)
