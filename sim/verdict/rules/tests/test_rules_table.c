/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of rules (rule_list.h) and the rules that the table of requirements names are the same. */
#include "core/tests/check.h"
#include "sim/verdict/rules/requirements.h"
#include "sim/verdict/rules/rules.h"

#include <CUnit/Basic.h>
#include <string.h>

static void each_rule_of_the_list_checks_a_requirement(void)
{
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        size_t rows = 0;
        for (size_t i = 0; i < requirement_count(); i++)
            rows += requirement_names(requirement_at(i), rules_name(rule));
        CHECK(rows > 0, 1, "no requirement names %s", rules_name(rule));
        CHECK(requirement_names(rules_requirement(rule), rules_name(rule)), 1, "the principal of %s",
              rules_name(rule));
    }
}

static void each_rule_of_the_table_is_in_the_list(void)
{
    for (size_t i = 0; requirement_rule(i); i++)
        CHECK(rules_find(requirement_rule(i)) < RULES_COUNT, 1, "rule_list.h has no %s", requirement_rule(i));
}

static void each_rule_is_in_the_list_once(void)
{
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        CHECK(rules_find(rules_name(rule)), rule, "the first rule of the name %s", rules_name(rule));
    CU_ASSERT_EQUAL(rules_find("no-such-rule"), RULES_COUNT);
}

static const check_test TESTS[] = {
    {"each rule of the list checks a requirement", each_rule_of_the_list_checks_a_requirement},
    {"each rule of the table is in the list", each_rule_of_the_table_is_in_the_list},
    {"each rule is in the list once", each_rule_is_in_the_list_once},
};

CHECK_MAIN("the table of rules", TESTS)
