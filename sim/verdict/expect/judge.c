/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/expect/over.h"

#include <string.h>

bool expect_silent(const recorder_flow *flow)
{
    return flow->delivered == 0 && flow->sent + flow->unsent + flow->passed_over > 0;
}

/* ---- what a library cannot do ---- */

static bool is_unsupported(const recorder_migration *migration)
{
    return migration->done && migration->record.result == ROAM_ERR_UNSUPPORTED;
}

bool expect_lacks_support(const recorder *recorded)
{
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(recorded, &count);
    for (size_t i = 0; i < count; i++)
        if (is_unsupported(&migrations[i]))
            return true;
    if (recorder_lacks(recorded))
        return true;
    const recorder_refusal *const refusals = recorder_refusals(recorded, &count);
    for (size_t i = 0; i < count; i++)
        if (refusals[i].told.why == REFUSAL_UNSUPPORTED)
            return true;
    return false;
}

/* The label of calls that an expectation is about; NULL: of none. */
static const char *label_of(const scenario_expectation *expectation)
{
    return expectation->kind == SCENARIO_EXPECT_MIGRATION ? expectation->migration.label
           : expectation->kind == SCENARIO_EXPECT_MOVE    ? expectation->move.label
                                                          : NULL;
}

static bool names_unsupported(const scenario_expectation *expectation, const recorder *recorded)
{
    size_t count;
    const char *const label = label_of(expectation);
    const recorder_migration *const migrations = recorder_migrations(recorded, &count);
    for (size_t i = 0; label && i < count; i++) {
        const char *const name = scenario_event_call(migrations[i].event)->label;
        if (name && is_unsupported(&migrations[i]) && strcmp(name, label) == 0)
            return true;
    }
    return false;
}

/* What holds of the packets that were seen may not hold of the others. */
static void doubt(const scenario_expectation *expectation, const witness *seen, expect_outcome *outcome)
{
    if (!outcome->held || !scenario_expect_kind_of(expectation->kind)->witnessed || witness_unread(seen) == 0)
        return;
    outcome->held = false;
    expect_append(outcome->text, EXPECT_TEXT_MAX, ", and the witness did not see all connections");
}

void expect_judge(const scenario *whole, const scenario_expectation *expectations, size_t count,
                  const expect_evidence *evidence, expect_outcome *outcomes)
{
    const bool lacking = expect_lacks_support(evidence->recorder);
    for (size_t i = 0; i < count; i++) {
        const scenario_expectation *const one = &expectations[i];
        (one->over ? expect_judge_over : scenario_expect_kind_of(one->kind)->judge)(whole, one, evidence,
                                                                                    &outcomes[i]);
        doubt(one, evidence->witness, &outcomes[i]);
        outcomes[i].unsupported = lacking && one->kind != SCENARIO_EXPECT_RULES &&
                                  (!outcomes[i].held || names_unsupported(one, evidence->recorder));
        outcomes[i].held = outcomes[i].held && !outcomes[i].unsupported;
    }
}

/* ---- values ---- */

uint64_t expect_value_ns(const scenario_expectation *expectation, const expect_outcome *outcome)
{
    const bool has = !expectation->over && scenario_expect_kind_of(expectation->kind)->measure;
    return has ? outcome->value : ROAM_NEVER;
}

uint64_t expect_value_bps(const scenario_expectation *expectation, const expect_outcome *outcome)
{
    const bool has = !expectation->over && expectation->kind == SCENARIO_EXPECT_GOODPUT;
    return has ? outcome->value : ROAM_NEVER;
}

/* ---- counts ---- */

size_t expect_count_held(const expect_outcome *outcomes, size_t count)
{
    size_t held = 0;
    for (size_t i = 0; i < count; i++)
        held += outcomes[i].held;
    return held;
}

size_t expect_count_failed(const expect_outcome *outcomes, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++)
        failed += !outcomes[i].held && !outcomes[i].unsupported;
    return failed;
}
