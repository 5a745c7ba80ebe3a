/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/random_rules.h"

#include <inttypes.h>
#include <stdio.h>

/* RFC 9000 section 21.11 is about what a balancer does with its servers' packets, not about the servers. */
static bool is_judged(const scenario *whole, rules_rule rule)
{
    return rule != RULES_NO_RESET_WHILE_LIVE || whole->balancer_count == 0;
}

bool random_rules_broken(const scenario *whole, const witness *seen, char *text, size_t max)
{
    const witness_rule *const rules = witness_rules(seen);
    rules_rule first = RULES_COUNT;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        if (rules[rule].verdict == RULES_BROKEN && is_judged(whole, rule) &&
            (first == RULES_COUNT || rules[rule].first_ns < rules[first].first_ns))
            first = rule;
    if (first == RULES_COUNT)
        return false;
    const witness_finding *const finding = &rules[first].first;
    (void)snprintf(text, max, "%s is broken by %s at %" PRIu64 " ns: %s", rules_name(first),
                   whole->nodes[finding->node].name, rules[first].first_ns, finding->outcome.violation->text);
    return true;
}
