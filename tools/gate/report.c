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
    return gate_is_red(verdict)                                     ? "red"
           : gate_problem_count(verdict->problems, GATE_MISFIT) > 0 ? "undecided"
                                                                    : "green";
}

/* ---- for people ---- */

static bool any_parts(const gate_verdict *verdict)
{
    for (size_t i = 0; i < verdict->changes->count; i++)
        if (verdict->changes->items[i].parts[0])
            return true;
    return false;
}

static bool print_table(const gate_verdict *verdict, FILE *stream)
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
        if (problem->kind == GATE_MISFIT)
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
        if (!print_table(verdict, stream))
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

/* ---- JUnit ---- */

static void print_xml(FILE *stream, const char *text)
{
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '<')
            (void)fputs("&lt;", stream);
        else if (c == '>')
            (void)fputs("&gt;", stream);
        else if (c == '&')
            (void)fputs("&amp;", stream);
        else if (c == '"')
            (void)fputs("&quot;", stream);
        else if (c >= 0x20 || c == '\n' || c == '\t') /* no other control is XML */
            (void)fputc(c, stream);
    }
}

static void begin_case(FILE *stream, const char *name)
{
    (void)fprintf(stream, "<testcase classname=\"roam\" name=\"");
    print_xml(stream, name);
    (void)fputs("\">", stream);
}

static size_t worse_of(const gate_verdict *verdict, const gate_scenario *of)
{
    size_t worse = 0;
    for (size_t i = 0; i < verdict->changes->count; i++)
        worse += verdict->changes->items[i].weight == GATE_WORSE &&
                 strcmp(verdict->changes->items[i].scenario, of->name) == 0;
    return worse;
}

/* Nothing got worse, and nothing could be shown. */
static bool is_skipped(const gate_verdict *verdict, const gate_scenario *of)
{
    return of->unsupported && worse_of(verdict, of) == 0;
}

static void print_case(const gate_verdict *verdict, const gate_scenario *of, FILE *stream)
{
    char text[REPLAY_COMMAND_MAX];
    char line[GATE_LINE_MAX];
    const size_t worse = worse_of(verdict, of);
    begin_case(stream, of->name);
    if (is_skipped(verdict, of))
        (void)fputs("<skipped message=\"unsupported by a QUIC library\"/>", stream);
    if (worse)
        (void)fprintf(stream, "<failure message=\"%zu measure%s worse\">", worse,
                      worse == 1 ? " is" : "s are");
    for (size_t i = 0; worse && i < verdict->changes->count; i++) {
        const gate_change *const change = &verdict->changes->items[i];
        if (change->weight != GATE_WORSE || strcmp(change->scenario, of->name) != 0)
            continue;
        print_xml(stream, gate_text_sentence(change, line));
        (void)fputs("\n  ", stream);
        print_xml(stream, gate_text_replay(verdict, change, text));
        (void)fputs("\n", stream);
    }
    (void)fprintf(stream, "%s</testcase>\n", worse ? "</failure>" : "");
}

/* What was compared has a case of its own already; with too few seeds, it was. */
static void print_problem_case(const gate_verdict *verdict, const gate_problem *problem, FILE *stream)
{
    const char *const tag = problem->kind == GATE_MISFIT          ? "error"
                            : gate_text_matters(verdict, problem) ? "failure"
                                                                  : "skipped";
    char name[GATE_LINE_MAX];
    (void)snprintf(name, sizeof name, "%.200s%s", problem->scenario,
                   problem->kind == GATE_FEW ? " (seeds)" : "");
    begin_case(stream, name);
    (void)fprintf(stream, "<%s message=\"", tag);
    print_xml(stream, problem->text);
    (void)fputs("\"/></testcase>\n", stream);
}

void gate_junit(const gate_verdict *verdict, FILE *stream)
{
    const gate_problems *const problems = verdict->problems;
    const size_t errors = gate_problem_count(problems, GATE_MISFIT);
    const size_t others = problems->count - errors;
    size_t failures = verdict->strict ? others : 0;
    size_t skipped = verdict->strict ? 0 : others;
    for (size_t i = 0; i < verdict->scenario_count; i++) {
        failures += worse_of(verdict, &verdict->scenarios[i]) > 0;
        skipped += is_skipped(verdict, &verdict->scenarios[i]);
    }
    (void)fprintf(stream,
                  "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                  "<testsuites>\n<testsuite name=\"roam gate\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
                  "skipped=\"%zu\">\n",
                  verdict->scenario_count + problems->count, failures, errors, skipped);
    for (size_t i = 0; i < verdict->scenario_count; i++)
        print_case(verdict, &verdict->scenarios[i], stream);
    for (size_t i = 0; i < problems->count; i++)
        print_problem_case(verdict, &problems->items[i], stream);
    (void)fprintf(stream, "</testsuite>\n</testsuites>\n");
}
