/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/result.h"

#include "sim/verdict/expect/result_set.h"

#include <stddef.h>
#include <string.h>

/* The fields that are texts, in the order in which they are written after the rest. */
static const size_t TEXTS[] = {offsetof(run_result, text),    offsetof(run_result, json),
                               offsetof(run_result, outcome), offsetof(run_result, moves),
                               offsetof(run_result, faults),  offsetof(run_result, message)};
enum { TEXT_COUNT = sizeof TEXTS / sizeof TEXTS[0] };

static void append(char *text, size_t size, const char *more)
{
    const size_t len = strlen(text);
    (void)snprintf(text + len, size - len, "%s", more);
}

static void append_peers(const scenario_expectation *expectations, size_t count,
                         const expect_outcome *outcomes, char *text, size_t size)
{
    for (size_t i = 0; i < count; i++) {
        if (expectations[i].kind != SCENARIO_EXPECT_PEER || !expectations[i].peer.label)
            continue;
        append(text, size, text[0] ? ", " : "");
        append(text, size, expectations[i].peer.label);
        append(text, size, outcomes[i].alive ? " alive" : " down");
    }
}

/* Each result once, in the order of the codes. */
static void append_results(const recorder_migration *migrations, size_t count, char *text, size_t size)
{
    for (int result = 0; result > -RESULT_SET_COUNT; result--) {
        bool found = false;
        for (size_t i = 0; i < count && !found; i++)
            found = migrations[i].done && migrations[i].record.result == result;
        if (!found)
            continue;
        append(text, size, text[0] ? ", " : "");
        append(text, size, roam_result_name(result));
    }
}

void run_result_of(const scenario *whole, const run *finished, char *outcome, size_t size, run_result *out)
{
    const recorder *const recorded = run_recorder(finished);
    const expect_outcome *const outcomes = run_outcomes(finished);
    const scenario_known_fault *const fault = &whole->known_fault;
    const recorder_flow *const flows = recorder_flows(recorded);
    size_t count;
    const recorder_migration *const migrations = recorder_migrations(recorded, &count);
    *out = (run_result){.verdict = run_verdict(finished),
                        .migrations = count,
                        .validation_ns = ROAM_NEVER,
                        .gap_ns = ROAM_NEVER,
                        .outcome = outcome};
    for (size_t i = 0; i < count; i++) {
        const uint64_t took_ns = recorder_validation_ns(&migrations[i]);
        out->migrations_ok += migrations[i].done && migrations[i].record.result == ROAM_OK;
        if (took_ns != ROAM_NEVER && (out->validation_ns == ROAM_NEVER || took_ns > out->validation_ns))
            out->validation_ns = took_ns;
    }
    for (size_t i = 0; i < whole->traffic_count; i++)
        if (flows[i].gap_ns != ROAM_NEVER && (out->gap_ns == ROAM_NEVER || flows[i].gap_ns > out->gap_ns))
            out->gap_ns = flows[i].gap_ns;
    outcome[0] = '\0';
    append_peers(whole->expectations, whole->expectation_count, outcomes, outcome, size);
    append_peers(fault->expectations, fault->expectation_count, outcomes + whole->expectation_count, outcome,
                 size);
    if (outcome[0] == '\0')
        append_results(migrations, count, outcome, size);
}

/* The struct goes as it is, between two copies of one process; its pointers mean nothing then. */
void run_result_write(const run_result *answer, FILE *stream)
{
    (void)fwrite(answer, sizeof *answer, 1, stream);
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        const char *text;
        memcpy(&text, (const char *)answer + TEXTS[i], sizeof text);
        text = text ? text : "";
        (void)fwrite(text, strlen(text) + 1, 1, stream);
    }
}

bool run_result_read(const char *bytes, size_t len, run_result *out)
{
    run_result read;
    if (len < sizeof read)
        return false;
    memcpy(&read, bytes, sizeof read);
    const char *at = bytes + sizeof read;
    for (size_t i = 0; i < TEXT_COUNT; i++) {
        if (at >= bytes + len)
            return false;
        memcpy((char *)&read + TEXTS[i], &at, sizeof at);
        at += strlen(at) + 1;
    }
    if (at != bytes + len)
        return false;
    *out = read;
    return true;
}
