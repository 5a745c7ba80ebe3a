/* SPDX-License-Identifier: GPL-2.0-or-later */
/* No rule of the witness (sim/verdict/rules) is broken. Every scenario expects that which says nothing of it.
 */
#include "sim/verdict/expect/internal.h"

#include "sim/verdict/rules/requirements.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

_Static_assert(RULES_COUNT <= 64 * SCENARIO_RULE_WORDS,
               "scenario_expect_rules.except has a bit for each rule");

static const key_choice NONE_BROKEN[] = {{"none broken", true}, {0}};

static const key_row ROWS[] = {
    {"rules", EXPECT_FIELD(KEY_CHOICE, rules.none_broken), .choices = NONE_BROKEN,
     .about = "No end of a connection breaks a rule of RFC 9000 on migration, as packets show",
     .example = "none broken"},
    {"except", KEY_OTHER, 0, 0,
     .about = "Rules that may be broken, or requirements of RFC 9000 for all rules that check them; roam "
              "rules prints both",
     .example = "[challenge-padded]",
     .schema = "{\"type\": \"array\", \"items\": {\"type\": \"string\"}, \"minItems\": 1}"},
    {0},
};

/* Rules, then requirements. */
static const char *name_at_index(const void *names, size_t index)
{
    (void)names;
    if (index < RULES_COUNT)
        return rules_name((rules_rule)index);
    index -= RULES_COUNT;
    return index < requirement_count() ? requirement_at(index)->id : NULL;
}

static bool is_excepted(const uint64_t *excepted, rules_rule rule)
{
    return excepted[rule / 64] >> rule % 64 & 1;
}

/* False: there is no rule or requirement of that name, or no rule that checks it. */
static bool except_name(const char *name, uint64_t *excepted)
{
    const requirement *const required = requirement_find(name);
    bool any = false;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        if (strcmp(rules_name(rule), name) != 0 &&
            !(required && requirement_names(required, rules_name(rule))))
            continue;
        excepted[rule / 64] |= UINT64_C(1) << rule % 64;
        any = true;
    }
    return any;
}

static void except(scenario_reader *reader, const tree_node *entry, uint64_t *excepted)
{
    const char *const name = entry->kind == TREE_SCALAR ? entry->text : "";
    if (except_name(name, excepted))
        return;
    const requirement *const required = requirement_find(name);
    const char *const near = scenario_suggest(name, name_at_index, NULL, NULL);
    if (required)
        scenario_fault(reader, entry->place, "no rule checks '%s': it is %s, %.200s", name,
                       requirement_standing_name(required->standing), required->why ? required->why : "");
    else
        scenario_fault(reader, entry->place, "unknown rule or requirement '%.60s'%s%s%s", name,
                       near ? "; did you mean '" : "; see roam rules", near ? near : "", near ? "'?" : "");
}

static void check(scenario_reader *reader, const tree_node *entry, expect_draft *draft)
{
    const tree_node *const list = tree_get(entry, "except");
    if (!list)
        return;
    if (list->kind != TREE_LIST || list->count == 0) {
        scenario_fault(reader, list->place,
                       "'except' is a list of rules or requirements, for example [challenge-padded]");
        return;
    }
    for (const tree_node *item = list->first; item; item = item->next)
        except(reader, item, draft->expectation.rules.except);
}

static void explain(const scenario_expectation *expectation, const char *indent, FILE *stream)
{
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        const requirement *const required = rules_requirement(rule);
        if (is_excepted(expectation->rules.except, rule))
            (void)fprintf(stream, "%sexcept %s (%s, RFC 9000 section %s): %s\n", indent, rules_name(rule),
                          requirement_level_name(required->level), required->section, required->text);
    }
}

/* ---- judging ---- */

/* The one that was broken first; RULES_COUNT: none. */
static rules_rule first_broken(const witness_rule *rules, const uint64_t *excepted)
{
    rules_rule first = RULES_COUNT;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        if (rules[rule].verdict == RULES_BROKEN && !is_excepted(excepted, rule) &&
            (first == RULES_COUNT || rules[rule].first_ns < rules[first].first_ns))
            first = rule;
    return first;
}

static int count_exercised(const witness_rule *rules, const uint64_t *excepted)
{
    int count = 0;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        count += rules[rule].verdict != RULES_NOT_EXERCISED && !is_excepted(excepted, rule);
    return count;
}

static void append_others(const witness_rule *rules, const uint64_t *excepted, rules_rule told,
                          expect_outcome *outcome)
{
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++) {
        if (rule == told || rules[rule].verdict != RULES_BROKEN || is_excepted(excepted, rule))
            continue;
        expect_append(outcome->text, EXPECT_TEXT_MAX, "; also ");
        expect_append(outcome->text, EXPECT_TEXT_MAX, rules_name(rule));
    }
}

static void judge(const scenario *whole, const scenario_expectation *expectation,
                  const expect_evidence *evidence, expect_outcome *outcome)
{
    char time[EXPECT_TIME_MAX];
    const uint64_t *const excepted = expectation->rules.except;
    const witness_rule *const rules = witness_rules(evidence->witness);
    const rules_rule worst = first_broken(rules, excepted);
    if (worst == RULES_COUNT) {
        expect_say(outcome, true, "none of %d that were exercised is broken",
                   count_exercised(rules, excepted));
        return;
    }
    const witness_finding *const first = &rules[worst].first;
    expect_say(outcome, false, "%s is broken by %s at %s: %s", rules_name(worst),
               whole->nodes[first->node].name, expect_time(rules[worst].first_ns, time),
               first->outcome.violation->text);
    append_others(rules, excepted, worst, outcome);
}

const expect_kind EXPECT_RULES = {
    .rows = ROWS,
    .blank = {.rules = {.none_broken = true}},
    .check = check,
    .explain = explain,
    .judge = judge,
    .witnessed = true,
};

const scenario_expectation EXPECT_IMPLIED = {
    .kind = SCENARIO_EXPECT_RULES, .text = "rules: none broken", .rules = {.none_broken = true}};

static bool speaks_of_rules(const scenario_expectation *expectations, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (expectations[i].kind == SCENARIO_EXPECT_RULES)
            return true;
    return false;
}

bool expect_is_implied(const scenario *whole)
{
    return !speaks_of_rules(whole->expectations, whole->expectation_count) &&
           !speaks_of_rules(whole->known_fault.expectations, whole->known_fault.expectation_count);
}
