/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/random_rules.h"

#include <inttypes.h>
#include <stdio.h>

/* Rules that ngtcp2 1.11 breaks. */
static const rules_rule KNOWN[] = {
    /* conn_recv_non_probing_pkt_on_new_path: goes on with the connection ID of the old path when that with
     * which it answered challenges was retired */
    RULES_ID_PER_REMOTE_ADDRESS,
};

static bool is_known(rules_rule rule)
{
    for (size_t i = 0; i < sizeof KNOWN / sizeof *KNOWN; i++)
        if (KNOWN[i] == rule)
            return true;
    return false;
}

bool random_rules_broken(const scenario *whole, const witness *seen, char *text, size_t max)
{
    const witness_rule *const rules = witness_rules(seen);
    rules_rule first = RULES_COUNT;
    for (rules_rule rule = 0; rule < RULES_COUNT; rule++)
        if (rules[rule].verdict == RULES_BROKEN && !is_known(rule) &&
            (first == RULES_COUNT || rules[rule].first_ns < rules[first].first_ns))
            first = rule;
    if (first == RULES_COUNT)
        return false;
    const witness_finding *const finding = &rules[first].first;
    (void)snprintf(text, max, "%s is broken by %s at %" PRIu64 " ns: %s", rules_name(first),
                   whole->nodes[finding->node].name, rules[first].first_ns, finding->outcome.violation->text);
    return true;
}
