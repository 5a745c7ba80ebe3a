/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a QUIC library cannot do: expectations that are unsupported, and the verdict; and the known faults of
 * one library. */
#include "core/tests/check.h"
#include "sim/tests/small_scenario.h"
#include "sim/verdict/expect/expect.h"
#include "sim/verdict/summary.h"

#include <CUnit/Basic.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define MS UINT64_C(1000000)
#define CALL_NS (1000 * MS)

enum { OUTCOMES_MAX = 8 };

/* What was seen of laptop -> server. */
typedef struct scene {
    int result;      /* of the call of "move" */
    bool refused;    /* the dial, because the library is no client */
    bool lacks;      /* what the scenario wants of the server from the start, its library cannot do */
    bool down;       /* the peer went down */
    bool rules_hold; /* else one is broken */
    bool may_be_gone;
} scene;

/* Results at once, without a packet, that the taps do not deny. */
#define GOOD ROAM_ERR_NOT_CONNECTED
#define BAD ROAM_ERR_NO_CONN
#define LACKING ROAM_ERR_UNSUPPORTED

#define MOVE "  - {migration: move, result: not_connected}\n"
#define ANY "  - {migration: move, count: 0..}\n"
#define COST "  - {move: move, result: not_connected}\n"
#define NEVER "  - {never: peer_down}\n"
#define FAULT "known_fault: {reference: x, expect: [{never: peer_down}]}\n"
#define FAULT_OF_MOVE "known_fault: {reference: x, expect: [{migration: move, result: not_connected}]}\n"

static const struct {
    const char *expect;
    scene scene;
    const char *outcomes; /* a letter each: held, Failed, unsupported; of expect, then of the known fault */
    summary_verdict verdict;
} CASES[] = {
    {MOVE NEVER, {.result = GOOD, .rules_hold = true}, "hh", SUMMARY_PASSED},
    {MOVE NEVER, {.result = BAD, .rules_hold = true}, "Fh", SUMMARY_FAILED},
    /* One that names it is unsupported, whatever it wants; another that holds, holds. */
    {MOVE NEVER, {.result = LACKING, .rules_hold = true}, "uh", SUMMARY_UNSUPPORTED},
    {ANY, {.result = LACKING, .rules_hold = true}, "u", SUMMARY_UNSUPPORTED},
    {COST, {.result = LACKING, .rules_hold = true}, "u", SUMMARY_UNSUPPORTED},
    {NEVER, {.result = LACKING, .rules_hold = true}, "h", SUMMARY_UNSUPPORTED},
    /* One that does not hold, either. */
    {MOVE NEVER, {.result = LACKING, .down = true, .rules_hold = true}, "uu", SUMMARY_UNSUPPORTED},
    {MOVE NEVER,
     {.result = GOOD, .refused = true, .down = true, .rules_hold = true},
     "hu",
     SUMMARY_UNSUPPORTED},
    {MOVE NEVER, {.result = BAD, .refused = true, .rules_hold = true}, "uh", SUMMARY_UNSUPPORTED},
    {MOVE NEVER, {.result = BAD, .lacks = true, .rules_hold = true}, "uh", SUMMARY_UNSUPPORTED},
    {MOVE NEVER, {.result = GOOD, .lacks = true, .rules_hold = true}, "hh", SUMMARY_UNSUPPORTED},
    /* RFC 9000 counts for every library. */
    {MOVE NEVER, {.result = LACKING}, "uh", SUMMARY_FAILED},
    /* A known fault that does not show itself where much cannot be done is not gone. */
    {MOVE FAULT, {.result = GOOD, .rules_hold = true}, "hh", SUMMARY_FAILED},
    {MOVE FAULT, {.result = GOOD, .down = true, .rules_hold = true}, "hF", SUMMARY_KNOWN_FAULT},
    {MOVE FAULT, {.result = GOOD, .rules_hold = true, .may_be_gone = true}, "hh", SUMMARY_PASSED},
    {MOVE FAULT,
     {.result = GOOD, .down = true, .rules_hold = true, .may_be_gone = true},
     "hF",
     SUMMARY_KNOWN_FAULT},
    {MOVE FAULT, {.result = LACKING, .rules_hold = true}, "uh", SUMMARY_UNSUPPORTED},
    {MOVE FAULT, {.result = LACKING, .down = true, .rules_hold = true}, "uu", SUMMARY_UNSUPPORTED},
    {NEVER FAULT_OF_MOVE, {.result = LACKING, .rules_hold = true}, "hu", SUMMARY_UNSUPPORTED},
};

static evidence evidence_of_scene(const char *expect, const scene *seen)
{
    evidence of = evidence_of(small_scenario(NULL, expect));
    const observer *const told = &of.told;
    const observer_migrate migrate = {.call = 0, .event = &of.scenario->events[0], .to = SERVER};
    const roam_migration_record record = {.result = seen->result,
                                          .requested_ns = CALL_NS,
                                          .first_challenge_ns = ROAM_NEVER,
                                          .first_round_ns = ROAM_NEVER,
                                          .response_ns = ROAM_NEVER,
                                          .finished_ns = CALL_NS};
    const observer_refused dial = {REFUSAL_UNSUPPORTED, SCENARIO_DIAL, {0}, LAPTOP, SERVER};
    const roam_event down = {.kind = ROAM_EVENT_PEER_DOWN};
    of.scenario->known_fault.may_be_gone = seen->may_be_gone;
    told->migrate_called(told->ctx, &migrate, CALL_NS);
    told->migrate_done(told->ctx, 0, &record, CALL_NS);
    if (seen->refused)
        told->refused(told->ctx, &dial, 0);
    if (seen->lacks)
        told->lacks(told->ctx, SERVER, "disable_active_migration", 0);
    if (seen->down)
        told->core_event(told->ctx, LAPTOP, SERVER, &down, 5250 * MS);
    evidence_finish(&of);
    return of;
}

/* All outcomes, the implied one as the scene has it. */
static size_t judge(const evidence *of, bool rules_hold, expect_outcome *outcomes)
{
    const scenario *const whole = of->scenario;
    const scenario_known_fault *const fault = &whole->known_fault;
    const expect_evidence found = {.recorder = of->recorder, .witness = of->witness};
    const size_t count = whole->expectation_count + fault->expectation_count;
    CU_ASSERT_FATAL(count < OUTCOMES_MAX);
    expect_judge(whole, whole->expectations, whole->expectation_count, &found, outcomes);
    expect_judge(whole, fault->expectations, fault->expectation_count, &found,
                 outcomes + whole->expectation_count);
    outcomes[count].held = rules_hold;
    return count;
}

static void tell(const expect_outcome *outcomes, size_t count, char *text)
{
    for (size_t i = 0; i < count; i++)
        text[i] = outcomes[i].unsupported ? outcomes[i].held ? '?' : 'u' : outcomes[i].held ? 'h' : 'F';
    text[count] = '\0';
}

static summary_verdict verdict_of(const evidence *of, const expect_outcome *outcomes)
{
    const summary_input input = {
        .scenario = of->scenario, .recorder = of->recorder, .witness = of->witness, .outcomes = outcomes};
    return summary_judge(&input);
}

static void test_cases(void)
{
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        evidence of = evidence_of_scene(CASES[i].expect, &CASES[i].scene);
        expect_outcome outcomes[OUTCOMES_MAX] = {0};
        char told[OUTCOMES_MAX];
        const size_t count = judge(&of, CASES[i].scene.rules_hold, outcomes);
        /* A timeout at once, or a success without a packet, is denied by the taps: the records alone count.
         */
        tell(outcomes, count, told);
        CHECK_STRING(told, CASES[i].outcomes, "case %zu", i);
        CHECK(verdict_of(&of, outcomes), CASES[i].verdict, "case %zu", i);
        evidence_free(&of);
    }
}

/* An item of summary.json says so only where it is; a store has the same. */
static void test_summary(void)
{
    const scene seen = {.result = LACKING, .rules_hold = true};
    evidence of = evidence_of_scene(MOVE NEVER, &seen);
    expect_outcome outcomes[OUTCOMES_MAX] = {0};
    const summary_path paths[2] = {{0}, {0}};
    (void)judge(&of, true, outcomes);
    const summary_input input = {.scenario = of.scenario,
                                 .recorder = of.recorder,
                                 .witness = of.witness,
                                 .outcomes = outcomes,
                                 .paths = paths};
    char *const text = summary_text(&input);
    CU_ASSERT_PTR_NOT_NULL_FATAL(text);
    json_t *const root = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    const json_t *const expectations = json_object_get(root, "expectations");
    const json_t *const move = json_array_get(expectations, 0);
    const json_t *const never = json_array_get(expectations, 1);
    CHECK_STRING(json_string_value(json_object_get(root, "verdict")), "unsupported");
    CHECK_STRING(
        json_string_value(json_object_get(json_array_get(json_object_get(root, "migrations"), 0), "result")),
        "unsupported");
    CU_ASSERT(json_is_true(json_object_get(move, "unsupported")));
    CU_ASSERT(json_is_false(json_object_get(move, "held")));
    CU_ASSERT(json_is_true(json_object_get(never, "held")));
    CU_ASSERT_PTR_NULL(json_object_get(never, "unsupported"));
    CU_ASSERT_PTR_NULL(json_object_get(root, "endpoints"));
    json_decref(root);
    free(text);
    evidence_free(&of);
}

static const check_test TESTS[] = {{"cases", test_cases}, {"summary", test_summary}};
CHECK_MAIN("what a library cannot do", TESTS)
