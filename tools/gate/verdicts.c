/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The gate as CI systems read it: a case a scenario, and one for each problem. */
#include "tools/gate/report.h"
#include "tools/gate/text.h"

#include <string.h>

/* A change as the expectation of the scenario that is about it would say it; "": none is. */
static const char *expected_of(const gate_change *change, char text[GATE_LINE_MAX])
{
    static const struct {
        const char *measure;
        const char *expectation;
    } KINDS[] = {{"expectation: ", ""}, {"known fault: ", ""},    {"validation: ", "migration: "},
                 {"gap: ", "gap: "},    {"rebind: ", "rebind: "}, {"challenges: ", "migration: "}};
    text[0] = '\0';
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++) {
        const size_t len = strlen(KINDS[i].measure);
        if (strncmp(change->measure, KINDS[i].measure, len) == 0)
            (void)snprintf(text, GATE_LINE_MAX, "%s%s", KINDS[i].expectation, change->measure + len);
    }
    return text;
}

static bool is_worse(const gate_change *change, const gate_scenario *of)
{
    return change->weight == GATE_WORSE && strcmp(change->scenario, of->name) == 0;
}

static void add_change(const gate_verdict *verdict, const gate_scenario *of, const gate_change *change,
                       ci_verdicts *out)
{
    char text[REPLAY_COMMAND_MAX];
    char line[GATE_LINE_MAX];
    char title[GATE_LINE_MAX];
    ci_place place = {.file = of->file};
    if (of->whole)
        place = ci_place_of(of->whole, expected_of(change, text));
    ci_line_add(out, "%s", gate_text_sentence(change, line));
    ci_line_add(out, "  %s", gate_text_replay(verdict, change, text));
    (void)snprintf(title, sizeof title, "%.300s: %.300s is worse", gate_text_name(change, text),
                   change->measure);
    ci_fault_add(out, place, title, line);
}

static void add_scenario(const gate_verdict *verdict, const gate_scenario *of, ci_verdicts *out)
{
    const gate_changes *const changes = verdict->changes;
    char message[64];
    size_t worse = 0;
    for (size_t i = 0; i < changes->count; i++)
        worse += is_worse(&changes->items[i], of);
    (void)snprintf(message, sizeof message, "%zu measure%s worse", worse, worse == 1 ? " is" : "s are");
    if (worse > 0)
        ci_case_add(out, CI_FAILED, of->name, message);
    else if (of->unsupported) /* nothing could be shown */
        ci_case_add(out, CI_SKIPPED, of->name, "unsupported by a QUIC library");
    else
        ci_case_add(out, CI_PASSED, of->name, "");
    for (size_t i = 0; i < changes->count; i++)
        if (is_worse(&changes->items[i], of))
            add_change(verdict, of, &changes->items[i], out);
}

/* What was compared has a case of its own already; with too few seeds, it was. */
static void add_problem(const gate_verdict *verdict, const gate_problem *problem, ci_verdicts *out)
{
    const ci_kind kind = gate_problem_is_fault(problem->kind)  ? CI_BROKEN
                         : gate_text_matters(verdict, problem) ? CI_FAILED
                                                               : CI_SKIPPED;
    char name[GATE_LINE_MAX];
    (void)snprintf(name, sizeof name, "%.200s%s", problem->scenario,
                   problem->kind == GATE_FEW ? " (seeds)" : "");
    ci_case_add(out, kind, name, problem->text);
    ci_fault_add(out, (ci_place){problem->file[0] ? problem->file : NULL, problem->line, problem->column},
                 name, problem->text);
}

void gate_verdicts(const gate_verdict *verdict, ci_verdicts *out)
{
    ci_suite_add(out, "roam gate", "roam");
    for (size_t i = 0; i < verdict->scenario_count; i++)
        add_scenario(verdict, &verdict->scenarios[i], out);
    for (size_t i = 0; i < verdict->problems->count; i++)
        add_problem(verdict, &verdict->problems->items[i], out);
}
