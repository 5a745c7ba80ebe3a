/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/internal.h"

#include <string.h>

/* `when: {KEY: VALUE}` or `{KEY: [VALUE, VALUE]}`: the expectation counts where each key has one of its
 * values, as the file, --set or a combination of `vary` gives it. */

static const char *vary_key(const void *names, size_t index)
{
    const tree_node *child = names ? ((const tree_node *)names)->first : NULL;
    while (child && index-- > 0)
        child = child->next;
    return child ? child->key : NULL;
}

static bool is_among(const tree_node *values, const char *text)
{
    if (values->kind == TREE_SCALAR)
        return strcmp(values->text, text) == 0;
    for (const tree_node *value = values->first; value; value = value->next)
        if (value->kind == TREE_SCALAR && strcmp(value->text, text) == 0)
            return true;
    return false;
}

/* A value that the key never has is a mistake. */
static void check_value(scenario_reader *reader, const tree_node *value, const tree_node *varied)
{
    if (scenario_read_kind(reader, value, TREE_SCALAR, "a value", "50ms") && varied &&
        varied->kind == TREE_LIST && !is_among(varied, value->text)) {
        scenario_fault(reader, value->place, "vary does not give '%.80s' the value '%.60s'", varied->key,
                       value->text);
    }
}

static void check_values(scenario_reader *reader, const tree_node *values, const tree_node *varied)
{
    if (values->kind == TREE_LIST && values->count == 0)
        scenario_fault(reader, values->place, "no values: write for example [10ms, 50ms]");
    if (values->kind != TREE_LIST) {
        check_value(reader, values, varied);
        return;
    }
    for (const tree_node *value = values->first; value; value = value->next)
        check_value(reader, value, varied);
}

static void report_key(scenario_reader *reader, const tree_node *condition, const tree_node *vary)
{
    const char *const near = vary ? scenario_suggest(condition->key, vary_key, vary, NULL) : NULL;
    scenario_fault(reader, condition->key_place,
                   near ? "'%.80s' is neither varied nor written in this file; did you mean '%s'?"
                        : "'%.80s' is neither varied nor written in this file",
                   condition->key, near);
}

static when_answer answer(scenario_reader *reader, const tree_node *condition)
{
    const tree_node *const vary = tree_get(reader->root, "vary");
    const tree_node *const varied = vary && vary->kind == TREE_MAP ? tree_get(vary, condition->key) : NULL;
    const tree_node *const value = scenario_override_find(reader->root, condition->key);
    check_values(reader, condition, varied);
    if (varied && !reader->source->one_combination && !scenario_override_names(reader, condition->key))
        return WHEN_UNDECIDED;
    if (!varied && !value)
        report_key(reader, condition, vary && vary->kind == TREE_MAP ? vary : NULL);
    const bool holds = value && value->kind == TREE_SCALAR && is_among(condition, value->text);
    return holds ? WHEN_HOLDS : WHEN_NOT_HERE;
}

when_answer scenario_when(scenario_reader *reader, const tree_node *entry)
{
    const tree_node *const when = tree_get(entry, "when");
    when_answer all = WHEN_HOLDS;
    if (!when || !scenario_read_kind(reader, when, TREE_MAP, "a mapping of dotted keys",
                                     "{networks.wifi.delay: [10ms, 50ms]}"))
        return WHEN_HOLDS;
    for (const tree_node *condition = when->first; condition; condition = condition->next) {
        const when_answer one = answer(reader, condition);
        if (one == WHEN_NOT_HERE || all == WHEN_HOLDS)
            all = one;
    }
    return all;
}
