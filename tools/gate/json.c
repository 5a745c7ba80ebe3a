/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The verdict as JSON (README.md has the fields). */
#include "tools/gate/report.h"
#include "tools/gate/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { GATE_JSON_VERSION = 1, INDENT = 1 };

static const char *const WEIGHTS[] = {
    [GATE_SLIGHT] = "within tolerance", [GATE_BETTER] = "better", [GATE_WORSE] = "worse"};
static const char *const PROBLEMS[] = {
    [GATE_WITHOUT] = "without a baseline", [GATE_GONE] = "gone",       [GATE_FEW] = "too few seeds",
    [GATE_MISFIT] = "not compared",        [GATE_CHANGED] = "changed", [GATE_INVALID] = "invalid",
    [GATE_ENDED] = "not measured"};

static json_t *scenario_json(const gate_verdict *verdict, const gate_scenario *of)
{
    size_t counts[GATE_CHANCE] = {0};
    for (size_t i = 0; i < verdict->changes->count; i++)
        if (strcmp(verdict->changes->items[i].scenario, of->name) == 0)
            counts[verdict->changes->items[i].weight]++;
    return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:b}", "name", of->name, "file", of->file,
                     "kind", of->exact ? "exact" : "stochastic", "runs", (json_int_t)of->runs, "first_seed",
                     (json_int_t)of->first, "last_seed", (json_int_t)of->last, "worse",
                     (json_int_t)counts[GATE_WORSE], "better", (json_int_t)counts[GATE_BETTER],
                     "within_tolerance", (json_int_t)counts[GATE_SLIGHT], "unsupported", of->unsupported);
}

static json_t *change_json(const gate_verdict *verdict, const gate_change *change)
{
    char command[REPLAY_COMMAND_MAX];
    char sure[GATE_LINE_MAX];
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:I, s:I, s:I, s:s, s:s}",
                     "is_a", WEIGHTS[change->weight], "scenario", change->scenario, "combination",
                     change->combination, "measure", change->measure, "of", change->what, "was", change->was,
                     "is", change->is, "by", change->by, "by_ns", (json_int_t)change->by_ns, "interval",
                     change->interval, "parts", change->parts, "seeds_that_differ",
                     (json_int_t)change->seeds_moved, "seeds", (json_int_t)change->seeds, "worst_seed",
                     (json_int_t)change->worst_seed, "false_alarm", gate_text_sure(change, sure), "command",
                     gate_text_replay(verdict, change, command));
}

static json_t *problem_json(const gate_verdict *verdict, const gate_problem *problem)
{
    return json_pack("{s:s, s:s, s:s, s:b, s:s*, s:I, s:I}", "is_a", PROBLEMS[problem->kind], "scenario",
                     problem->scenario, "text", problem->text, "matters", gate_text_matters(verdict, problem),
                     "file", problem->file[0] ? problem->file : NULL, "line", (json_int_t)problem->line,
                     "column", (json_int_t)problem->column);
}

bool gate_json(const gate_verdict *verdict, FILE *stream)
{
    char summary[GATE_LINE_MAX];
    json_t *const scenarios = json_array();
    json_t *const changes = json_array();
    json_t *const problems = json_array();
    bool good = true;
    for (size_t i = 0; i < verdict->scenario_count; i++)
        good &= json_array_append_new(scenarios, scenario_json(verdict, &verdict->scenarios[i])) == 0;
    for (size_t i = 0; i < verdict->changes->count; i++)
        good &= json_array_append_new(changes, change_json(verdict, &verdict->changes->items[i])) == 0;
    for (size_t i = 0; i < verdict->problems->count; i++)
        good &= json_array_append_new(problems, problem_json(verdict, &verdict->problems->items[i])) == 0;
    gate_text_summary(verdict, summary);
    json_t *const all =
        json_pack("{s:i, s:s, s:s, s:s, s:b, s:o, s:o, s:o}", "gate", GATE_JSON_VERSION, "verdict",
                  gate_colour(verdict), "summary", summary, "against", verdict->against, "strict",
                  verdict->strict, "scenarios", scenarios, "changes", changes, "problems", problems);
    char *const text = good && all ? json_dumps(all, JSON_INDENT(INDENT) | JSON_PRESERVE_ORDER) : NULL;
    if (text)
        (void)fprintf(stream, "%s\n", text);
    json_decref(all);
    free(text);
    return text;
}
