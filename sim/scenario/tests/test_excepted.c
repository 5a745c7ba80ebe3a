/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of RFC 9000 that a scenario excepts: by name, or by a requirement that they check. */
#include "core/tests/check.h"
#include "sim/scenario/scenario.h"
#include "sim/scenario/tests/loading.h"
#include "sim/verdict/rules/requirements.h"
#include "sim/verdict/rules/rules.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The list begins on line 10, column 36. */
#define EXCEPT(list)                                                                                         \
    "roam: 1\nname: t\nduration: 20s\nnetworks:\n  n: {}\nnodes:\n"                                          \
    "  a: {networks: [n], listen: 1}\n  b: {networks: [n]}\n"                                                \
    "expect:\n  - {rules: none broken, except: " list "}\n"

static scenario *load(const char *text, scenario_diagnostics *faults)
{
    const scenario_source source = loading_text(text);
    return loading(&source, faults);
}

static void test_faults(void)
{
    static const struct {
        const char *text;
        const char *fault;
    } cases[] = {
        {EXCEPT("[]"),
         "x.yaml:10:34: 'except' is a list of rules or requirements, for example [challenge-padded]"},
        {EXCEPT("challenge-padded"),
         "x.yaml:10:34: 'except' is a list of rules or requirements, for example [challenge-padded]"},
        {EXCEPT("[challenge-paded]"), "x.yaml:10:35: unknown rule or requirement 'challenge-paded'; did you "
                                      "mean 'challenge-padded'?"},
        {EXCEPT("[response-once, rfc900-8.2.1-5]"), "x.yaml:10:50: unknown rule or requirement "
                                                    "'rfc900-8.2.1-5'; did you mean 'rfc9000-8.2.1-5'?"},
        {EXCEPT("[somethingquitedifferent]"),
         "x.yaml:10:35: unknown rule or requirement 'somethingquitedifferent'; see roam rules"},
        {EXCEPT("[[response-once]]"), "x.yaml:10:35: unknown rule or requirement ''; see roam rules"},
        {EXCEPT("[rfc9000-8.1.3-1]"),
         "x.yaml:10:35: no rule checks 'rfc9000-8.1.3-1': it is not applicable, "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scenario_diagnostics faults;
        scenario_diagnostics_init(&faults);
        scenario *const whole = load(cases[i].text, &faults);
        CU_ASSERT_PTR_NULL(whole);
        CU_ASSERT_EQUAL(faults.count, 1);
        const char *const got = faults.count > 0 ? faults.items[0].text : "";
        if (strncmp(got, cases[i].fault, strlen(cases[i].fault)) != 0) {
            printf("\n  got    %s\n  wanted %s\n", got, cases[i].fault);
            CU_FAIL("another fault");
        }
        scenario_free(whole);
        scenario_diagnostics_fini(&faults);
    }
}

static scenario *loaded(const char *text)
{
    const scenario_source source = loading_text(text);
    return loading_good(&source);
}

static bool is_excepted(const scenario *whole, rules_rule rule)
{
    return whole->expectations[0].rules.except[rule / 64] >> rule % 64 & 1;
}

/* Of each requirement the rules that check it are excepted, and no other. */
static void test_requirements(void)
{
    size_t checked = 0;
    for (size_t i = 0; i < requirement_count(); i++) {
        const requirement *const row = requirement_at(i);
        char text[512];
        if (row->standing != REQUIREMENT_CHECKED)
            continue;
        (void)snprintf(text, sizeof text, EXCEPT("[%s]"), row->id);
        scenario *const whole = loaded(text);
        for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
            CU_ASSERT_EQUAL(is_excepted(whole, rule), requirement_names(row, rules_name(rule)));
        scenario_free(whole);
        checked++;
    }
    CU_ASSERT(checked > 50);
}

static void test_explained(void)
{
    scenario *const whole = loaded(EXCEPT("[rfc9000-8.2.1-5, response-once]"));
    char *const said = loading_story(whole);
    CU_ASSERT_PTR_NOT_NULL(strstr(said,
                                  "  expect rules: none broken, except: [rfc9000-8.2.1-5, response-once]\n"
                                  "    except challenge-padded (MUST, RFC 9000 section 8.2.1): "));
    CU_ASSERT_PTR_NOT_NULL(strstr(said, "\n    except response-once (MUST NOT, RFC 9000 section 8.2.2): "));
    CU_ASSERT_PTR_NULL(strstr(said, "    except response-padded"));
    free(said);
    scenario_free(whole);
}

static const check_test TESTS[] = {
    {"faults", test_faults}, {"requirements", test_requirements}, {"explained", test_explained}};
CHECK_MAIN("excepted rules", TESTS)
