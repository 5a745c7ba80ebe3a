/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/report.h"

#include "tools/cli/table.h"
#include "tools/gate/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

bool gate_is_red(const gate_verdict *verdict)
{
    return gate_text_count(verdict, GATE_WORSE) > 0 || (verdict->strict && verdict->problems->count > 0);
}

const char *gate_colour(const gate_verdict *verdict)
{
    for (size_t i = 0; i < verdict->problems->count; i++)
        if (!gate_is_red(verdict) && gate_problem_is_fault(verdict->problems->items[i].kind))
            return "undecided";
    return gate_is_red(verdict) ? "red" : "green";
}

/* ---- for people ---- */

static bool any_parts(const gate_verdict *verdict)
{
    for (size_t i = 0; i < verdict->changes->count; i++)
        if (verdict->changes->items[i].parts[0])
            return true;
    return false;
}

bool gate_print_changes(const gate_verdict *verdict, FILE *stream)
{
    static const char *const TITLES[][11] = {
        {"scenario", "measure", "of", ">was", ">is", ">by", ">95 %", "seeds", "false alarm", "worst"},
        {"scenario", "measure", "of", ">was", ">is", ">by", "part", ">95 %", "seeds", "false alarm",
         "worst"}};
    static const table_style STYLES[] = {
        [GATE_SLIGHT] = TABLE_DIM, [GATE_BETTER] = TABLE_GOOD, [GATE_WORSE] = TABLE_BAD};
    static const gate_weight ORDER[] = {GATE_WORSE, GATE_BETTER, GATE_SLIGHT};
    const bool parts = any_parts(verdict);
    table *const moved = table_new(TITLES[parts], parts ? 11 : 10);
    char text[GATE_LINE_MAX];
    if (!moved)
        return false;
    for (size_t w = 0; w < 3; w++) {
        for (size_t i = 0; i < verdict->changes->count; i++) {
            const gate_change *const change = &verdict->changes->items[i];
            const table_style style = STYLES[ORDER[w]];
            if (change->weight != ORDER[w])
                continue;
            table_cell(moved, TABLE_PLAIN, gate_text_name(change, text));
            table_cell(moved, TABLE_PLAIN, change->measure);
            table_cell(moved, TABLE_PLAIN, change->what);
            table_cell(moved, TABLE_PLAIN, change->was);
            table_cell(moved, style, change->is);
            table_cell(moved, style, change->by);
            if (parts)
                table_cell(moved, style, change->parts);
            table_cell(moved, TABLE_PLAIN, change->interval);
            table_cell(moved, TABLE_PLAIN, gate_text_seeds(change, text));
            table_cell(moved, TABLE_PLAIN, gate_text_sure(change, text));
            (void)snprintf(text, sizeof text, "seed %" PRIu64, change->worst_seed);
            table_cell(moved, TABLE_PLAIN, text);
        }
    }
    const bool good = table_print(moved, stream, verdict->colour);
    table_free(moved);
    return good;
}

void gate_print_problems(const gate_problems *problems, FILE *stream)
{
    for (size_t i = 0; i < problems->count; i++) {
        const gate_problem *const problem = &problems->items[i];
        if (problem->kind == GATE_INVALID || problem->kind == GATE_ENDED)
            continue; /* said already */
        if (gate_problem_is_fault(problem->kind))
            (void)fprintf(stderr, "roam gate: %s: %s\n", problem->scenario, problem->text);
        else
            (void)fprintf(stream, "%s: %s\n", problem->scenario, problem->text);
    }
}

bool gate_print(const gate_verdict *verdict, FILE *stream)
{
    char text[REPLAY_COMMAND_MAX];
    char line[GATE_LINE_MAX];
    const char *const colour = gate_colour(verdict);
    if (verdict->changes->count > 0) {
        if (!gate_print_changes(verdict, stream))
            return false;
        (void)fputc('\n', stream);
    }
    const gate_change *const worst = gate_text_worst(verdict);
    if (worst)
        (void)fprintf(stream, "to see the worst: %s\n", gate_text_replay(verdict, worst, text));
    if (worst && gate_text_distribution(verdict, worst, "now.db", line)[0])
        (void)fprintf(stream, "to see all seeds: %s\n", line);
    if (!worst && gate_text_count(verdict, GATE_BETTER) > 0)
        (void)fprintf(stream, "better is not red; --update makes it the new baseline\n");
    gate_print_problems(verdict->problems, stream);
    gate_text_summary(verdict, line);
    (void)fprintf(
        stream, "%s%s%s: %s\n",
        table_style_sequence(strcmp(colour, "green") == 0 ? TABLE_GOOD : TABLE_BAD, verdict->colour), colour,
        table_style_sequence(TABLE_PLAIN, verdict->colour), line);
    return true;
}
