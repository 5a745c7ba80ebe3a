/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules of RFC 9000: those that are broken now and were not, those that are declined, and those that packets
 * exercise no more. Baselines that say nothing of rules are compared with none. */
#include "tools/gate/baseline_rules.h"
#include "tools/gate/internal.h"

#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *const text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* NULL: it is not told so. */
static const json_t *find_told(const json_t *rules, const char *rule, const char *verdict)
{
    const json_t *const told = json_object_get(rules, "told");
    for (size_t i = 0; i < json_array_size(told); i++) {
        const json_t *const one = json_array_get(told, i);
        if (strcmp(text_of(one, "rule"), rule) == 0 &&
            (!verdict || strcmp(text_of(one, "verdict"), verdict) == 0))
            return one;
    }
    return NULL;
}

static bool is_exercised(const json_t *rules, const char *rule)
{
    return baseline_rules_has(json_object_get(rules, "exercised"), rule) ||
           baseline_rules_has(json_object_get(rules, "sometimes"), rule);
}

/* "held", "declined by laptop at ...", "not exercised" */
static void put_state(const json_t *rules, const char *rule, char text[GATE_TEXT_MAX])
{
    const json_t *const told =
        find_told(rules, rule, "broken") ? find_told(rules, rule, "broken") : find_told(rules, rule, NULL);
    if (told)
        (void)snprintf(text, GATE_TEXT_MAX, "%.20s by %.290s", text_of(told, "verdict"), text_of(told, "is"));
    else
        (void)snprintf(text, GATE_TEXT_MAX, "%s", is_exercised(rules, rule) ? "held" : "not exercised");
}

static gate_change *add_change(gate_comparison *self, const char *rule)
{
    char measure[GATE_TEXT_MAX];
    (void)snprintf(measure, sizeof measure, "rule: %.200s", rule);
    return gate_add_change(self, measure);
}

/* Seeds of `is` that are none of `was`; *worst: the first of them. */
static size_t count_moved(const gate_comparison *self, const json_t *was, const json_t *is, size_t *worst)
{
    size_t moved = 0;
    for (size_t i = self->seeds; i-- > 0;) {
        const bool apart = baseline_rules_in(is, i) && !baseline_rules_in(was, i);
        moved += apart;
        *worst = apart ? i : *worst;
    }
    return moved;
}

/* An item of "told"; better: of the baseline, and not, or of fewer seeds, told now. */
static void tell(gate_comparison *self, const json_t *was, const json_t *is, const json_t *told,
                 gate_weight weight)
{
    const char *const rule = text_of(told, "rule");
    const json_t *const other = find_told(weight == GATE_BETTER ? is : was, rule, text_of(told, "verdict"));
    size_t worst = 0;
    const size_t moved = count_moved(self, other, told, &worst);
    gate_change *const change = moved > 0 ? add_change(self, rule) : NULL;
    if (!change)
        return;
    change->weight = weight;
    change->seeds_moved = moved;
    change->worst_seed = self->first + worst;
    (void)snprintf(change->what, sizeof change->what, "%.20s, %.60s", text_of(told, "level"),
                   text_of(told, "id"));
    put_state(was, rule, change->was);
    put_state(is, rule, change->is);
}

/* Of the rules that are told in `of`, and not, or of fewer seeds, in `with`. */
static void tell_all(gate_comparison *self, const json_t *was, const json_t *is, const json_t *of,
                     const char *verdict, gate_weight weight)
{
    const json_t *const told = json_object_get(of, "told");
    for (size_t i = 0; i < json_array_size(told) && !self->failed; i++)
        if (strcmp(text_of(json_array_get(told, i), "verdict"), verdict) == 0)
            tell(self, was, is, json_array_get(told, i), weight);
}

/* What packets exercised in every run, and do in none. */
static void tell_blind(gate_comparison *self, const json_t *was, const json_t *is)
{
    const char *names = text_of(was, "exercised");
    while (*names && !self->failed) {
        char name[GATE_TEXT_MAX / 4];
        const size_t len = strcspn(names, " ");
        (void)snprintf(name, sizeof name, "%.*s", (int)len, names);
        names += len + strspn(names + len, " ");
        if (is_exercised(is, name))
            continue;
        gate_change *const change = add_change(self, name);
        if (!change)
            return;
        change->weight = GATE_SLIGHT;
        change->seeds_moved = self->seeds;
        put_state(was, name, change->was);
        put_state(is, name, change->is);
    }
}

void gate_compare_rules(gate_comparison *self, const json_t *of_was, const json_t *of_is)
{
    const json_t *const was = json_object_get(of_was, "rules");
    const json_t *const is = json_object_get(of_is, "rules");
    if (!was || !is)
        return;
    tell_all(self, was, is, is, "broken", GATE_WORSE);
    tell_all(self, was, is, is, "declined", GATE_SLIGHT);
    tell_all(self, was, is, was, "broken", GATE_BETTER);
    tell_blind(self, was, is);
}

/* ---- as samples ---- */

typedef struct told_pair {
    const json_t *was; /* NULL: in no run */
    const json_t *is;
} told_pair;

static bool is_told(const void *ctx, size_t index, bool is)
{
    const told_pair *const pair = ctx;
    return baseline_rules_in(is ? pair->is : pair->was, index);
}

static void compare_share(gate_comparison *self, const told_pair *pair)
{
    const json_t *const told = pair->is ? pair->is : pair->was;
    const char *const verdict = text_of(told, "verdict");
    char measure[GATE_TEXT_MAX];
    char what[GATE_TEXT_MAX];
    (void)snprintf(measure, sizeof measure, "rule: %.200s", text_of(told, "rule"));
    (void)snprintf(what, sizeof what, "%.20s: %.20s, %.60s", verdict, text_of(told, "level"),
                   text_of(told, "id"));
    gate_change *const change = gate_compare_shares(self, measure, what, is_told, pair);
    if (change && strcmp(verdict, "declined") == 0)
        change->slight = true; /* told, and neither better nor worse */
}

void gate_sample_rules(gate_comparison *self, const json_t *of_was, const json_t *of_is)
{
    const json_t *const was = json_object_get(of_was, "rules");
    const json_t *const is = json_object_get(of_is, "rules");
    const json_t *const before = json_object_get(was, "told");
    const json_t *const after = json_object_get(is, "told");
    if (!was || !is)
        return;
    for (size_t i = 0; i < json_array_size(after) && !self->failed; i++) {
        const json_t *const one = json_array_get(after, i);
        const told_pair pair = {find_told(was, text_of(one, "rule"), text_of(one, "verdict")), one};
        compare_share(self, &pair);
    }
    for (size_t i = 0; i < json_array_size(before) && !self->failed; i++) {
        const json_t *const one = json_array_get(before, i);
        const told_pair pair = {one, NULL};
        if (!find_told(is, text_of(one, "rule"), text_of(one, "verdict")))
            compare_share(self, &pair);
    }
    tell_blind(self, was, is);
}
