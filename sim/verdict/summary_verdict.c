/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict of a run. */
#include "sim/verdict/summary.h"

const char *summary_verdict_name(summary_verdict verdict)
{
    switch (verdict) {
    case SUMMARY_PASSED:
        return "passed";
    case SUMMARY_KNOWN_FAULT:
        return "known fault";
    case SUMMARY_UNSUPPORTED:
        return "unsupported";
    case SUMMARY_FAILED:
        return "failed";
    case SUMMARY_CONTRADICTION:
        break;
    }
    return "contradiction";
}

summary_verdict summary_judge(const summary_input *input)
{
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(input->recorder, &count);
    for (size_t i = 0; i < count; i++)
        if (migrations[i].contradiction[0] != '\0')
            return SUMMARY_CONTRADICTION;
    if (recorder_contradiction(input->recorder)[0] != '\0')
        return SUMMARY_CONTRADICTION;
    const scenario_known_fault *const fault = &input->scenario->known_fault;
    const size_t expected = input->scenario->expectation_count;
    const size_t faulty = fault->expectation_count;
    if (expect_count_failed(input->outcomes, expected) > 0 || !input->outcomes[expected + faulty].held)
        return SUMMARY_FAILED;
    const bool happened = expect_count_failed(input->outcomes + expected, faulty) > 0;
    if (expect_lacks_support(input->recorder))
        return happened ? SUMMARY_KNOWN_FAULT : SUMMARY_UNSUPPORTED;
    return happened                            ? SUMMARY_KNOWN_FAULT
           : faulty > 0 && !fault->may_be_gone ? SUMMARY_FAILED
                                               : SUMMARY_PASSED;
}
