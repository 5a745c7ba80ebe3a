/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Many laptops that migrate at one instant, each judged right. Without arguments 1,000 of them, or 300 under
 * a sanitizer; `test_many_calls N` takes N.
 */
#include "core/tests/check.h"
#include "sim/tests/evidence.h"
#include "sim/verdict/run.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define LINE_BYTES 128

static uint32_t laptops = 1000;

/* Each has a round trip of 42 ms to the server on its new network, and all challenges are there at one time.
 */
static char *text_of(void)
{
    const size_t size = 1024 + (size_t)laptops * 3 * LINE_BYTES;
    char *const text = malloc(size);
    if (!text)
        abort();
    size_t len = (size_t)snprintf(text, size,
                                  "roam: 1\nname: many\nduration: 4s\nnetworks:\n  wifi: {delay: 10ms}\n"
                                  "  cellular: {delay: 20ms}\n  far: {delay: 1ms}\n"
                                  "nodes:\n  server: {networks: [far], listen: 4433}\n");
    for (uint32_t i = 0; i < laptops; i++)
        len += (size_t)snprintf(text + len, size - len, "  laptop-%u: {networks: [wifi, cellular]}\n", i);
    len += (size_t)snprintf(text + len, size - len, "peers:\n");
    for (uint32_t i = 0; i < laptops; i++)
        len += (size_t)snprintf(text + len, size - len, "  - laptop-%u -> server\n", i);
    len += (size_t)snprintf(text + len, size - len, "timeline:\n");
    for (uint32_t i = 0; i < laptops; i++)
        len += (size_t)snprintf(text + len, size - len,
                                "  - {at: 2s, migrate: laptop-%u -> server, network: cellular}\n", i);
    return text;
}

static void expect_call(uint32_t number, const recorder_migration *call)
{
    CU_ASSERT_STRING_EQUAL(call->contradiction, "");
    CHECK(call->event->node, number + 1, "call %u: node", number);
    CHECK((uint64_t)-call->record.result, ROAM_OK, "call %u: result", number);
    CHECK(call->joined, SCENARIO_NONE, "call %u: joined", number);
    CHECK(call->challenge_sent_ns, 2000 * MS, "call %u: challenge_sent", number);
    CHECK(call->challenge_received_ns, 2021 * MS, "call %u: challenge_received", number);
    CHECK(call->response_sent_ns, 2021 * MS, "call %u: response_sent", number);
    CHECK(call->response_received_ns, 2042 * MS, "call %u: response_received", number);
    CHECK(call->validated_ns, 2042 * MS, "call %u: validated", number);
}

static void test_at_one_instant(void)
{
    char message[RUN_MESSAGE_MAX] = "";
    char *const text = text_of();
    scenario *const whole = evidence_scenario(text);
    run *finished = NULL;
    size_t count = 0;
    const run_options options = {.scenario = whole, .seed = 1};
    if (run_scenario(&options, &finished, message) != 0)
        (void)printf("\n    %s", message);
    CU_ASSERT_PTR_NOT_NULL_FATAL(finished);
    const recorder_migration *const calls = recorder_migrations(run_recorder(finished), &count);
    CU_ASSERT_EQUAL(count, laptops);
    for (uint32_t i = 0; i < count; i++)
        expect_call(i, &calls[i]);
    run_free(finished);
    scenario_free(whole);
    free(text);
}

static const check_test TESTS[] = {{"at one instant", test_at_one_instant}};

int main(int argc, char **argv)
{
    if (argc == 2)
        laptops = (uint32_t)strtoul(argv[1], NULL, 10);
    return laptops == 0 || argc > 2 || check_main("many calls", TESTS, sizeof TESTS / sizeof TESTS[0]);
}
