/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate_report.h"

#include "tools/replay_command.h"
#include "tools/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 512 };

static size_t count_of(const gate_verdict *verdict, gate_weight weight)
{
    size_t count = 0;
    for (size_t i = 0; i < verdict->changes->count; i++)
        count += verdict->changes->items[i].weight == weight;
    return count;
}

bool gate_is_red(const gate_verdict *verdict)
{
    return count_of(verdict, GATE_WORSE) > 0;
}

/* ---- texts of a change ---- */

static const char *by_text(int64_t by_ns, char text[TABLE_TIME_MAX + 1])
{
    char time[TABLE_TIME_MAX];
    if (by_ns == 0)
        return "";
    (void)table_time((uint64_t)(by_ns < 0 ? -by_ns : by_ns), time);
    (void)snprintf(text, TABLE_TIME_MAX + 1, "%c%s", by_ns < 0 ? '-' : '+', time);
    return text;
}

static const char *seeds_text(const gate_change *change, char text[TEXT_MAX])
{
    if (change->seeds_moved == change->seeds)
        (void)snprintf(text, TEXT_MAX, "all %zu", change->seeds);
    else
        (void)snprintf(text, TEXT_MAX, "%zu of %zu", change->seeds_moved, change->seeds);
    return text;
}

static const char *name_text(const gate_change *change, char text[TEXT_MAX])
{
    (void)snprintf(text, TEXT_MAX, "%s%s%s%s", change->scenario, change->combination[0] ? "[" : "",
                   change->combination, change->combination[0] ? "]" : "");
    return text;
}

static const char *replay_text(const gate_verdict *verdict, const gate_change *change,
                               char text[REPLAY_COMMAND_MAX])
{
    const char *file = change->scenario;
    for (size_t i = 0; i < verdict->scenario_count; i++)
        if (strcmp(verdict->scenarios[i].name, change->scenario) == 0)
            file = verdict->scenarios[i].file;
    return replay_command(file, change->combination, change->worst_seed, text);
}

/* The one to look at first: a verdict or outcome that changed, else the farthest move. */
static const gate_change *worst_of(const gate_verdict *verdict)
{
    const gate_change *worst = NULL;
    for (size_t i = 0; i < verdict->changes->count; i++) {
        const gate_change *const at = &verdict->changes->items[i];
        if (at->weight != GATE_WORSE)
            continue;
        if (!worst || (worst->by_ns != 0 && (at->by_ns == 0 || at->by_ns > worst->by_ns)))
            worst = at;
    }
    return worst;
}

static void summary_text(const gate_verdict *verdict, char text[TEXT_MAX])
{
    size_t runs = 0;
    for (size_t i = 0; i < verdict->scenario_count; i++)
        runs += verdict->scenarios[i].runs;
    const size_t worse = count_of(verdict, GATE_WORSE);
    const size_t better = count_of(verdict, GATE_BETTER);
    const size_t slight = count_of(verdict, GATE_SLIGHT);
    size_t used = (size_t)snprintf(text, TEXT_MAX,
                                   "%zu scenario%s, %zu runs, against %.200s: ", verdict->scenario_count,
                                   verdict->scenario_count == 1 ? "" : "s", runs, verdict->against);
    if (worse + better + slight == 0)
        (void)snprintf(text + used, TEXT_MAX - used, "no difference");
    else
        (void)snprintf(text + used, TEXT_MAX - used, "%zu worse, %zu better, %zu moved within tolerance",
                       worse, better, slight);
}

/* ---- for people ---- */

static bool print_table(const gate_verdict *verdict, FILE *stream)
{
    static const char *const TITLES[] = {"scenario", "measure", ">was", ">is", ">by", "seeds", "worst"};
    static const table_style STYLES[] = {
        [GATE_SLIGHT] = TABLE_DIM, [GATE_BETTER] = TABLE_GOOD, [GATE_WORSE] = TABLE_BAD};
    static const gate_weight ORDER[] = {GATE_WORSE, GATE_BETTER, GATE_SLIGHT};
    table *const moved = table_new(TITLES, sizeof TITLES / sizeof *TITLES);
    char text[TEXT_MAX];
    if (!moved)
        return false;
    for (size_t w = 0; w < 3; w++) {
        for (size_t i = 0; i < verdict->changes->count; i++) {
            const gate_change *const change = &verdict->changes->items[i];
            const table_style style = STYLES[change->weight];
            if (change->weight != ORDER[w])
                continue;
            table_cell(moved, TABLE_PLAIN, name_text(change, text));
            table_cell(moved, TABLE_PLAIN, change->measure);
            table_cell(moved, TABLE_PLAIN, change->was);
            table_cell(moved, style, change->is);
            table_cell(moved, style, by_text(change->by_ns, text));
            table_cell(moved, TABLE_PLAIN, seeds_text(change, text));
            (void)snprintf(text, sizeof text, "seed %" PRIu64, change->worst_seed);
            table_cell(moved, TABLE_PLAIN, text);
        }
    }
    const bool good = table_print(moved, stream, verdict->colour);
    table_free(moved);
    return good;
}

bool gate_print(const gate_verdict *verdict, FILE *stream)
{
    char text[REPLAY_COMMAND_MAX];
    const bool red = gate_is_red(verdict);
    if (verdict->changes->count > 0) {
        if (!print_table(verdict, stream))
            return false;
        (void)fputc('\n', stream);
    }
    const gate_change *const worst = worst_of(verdict);
    if (worst)
        (void)fprintf(stream, "to see the worst: %s\n", replay_text(verdict, worst, text));
    if (!red && count_of(verdict, GATE_BETTER) > 0)
        (void)fprintf(stream, "better is not red; --update makes it the new baseline\n");
    if (verdict->without > 0)
        (void)fprintf(stream, "%zu scenario%s no baseline, and %s not run; --update makes one\n",
                      verdict->without, verdict->without == 1 ? " has" : "s have",
                      verdict->without == 1 ? "was" : "were");
    summary_text(verdict, text);
    (void)fprintf(stream, "%s%s%s: %s\n", table_style_sequence(red ? TABLE_BAD : TABLE_GOOD, verdict->colour),
                  red ? "red" : "green", table_style_sequence(TABLE_PLAIN, verdict->colour), text);
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

static void print_change(const gate_verdict *verdict, const gate_change *change, FILE *stream,
                         void (*print)(FILE *stream, const char *text))
{
    char text[REPLAY_COMMAND_MAX];
    char by[TABLE_TIME_MAX + 1];
    char seeds[TEXT_MAX];
    char name[TEXT_MAX];
    (void)snprintf(text, sizeof text, "%s: %s: was %s, is %s%s%s, on seeds: %s\n  ", name_text(change, name),
                   change->measure, change->was, change->is, change->by_ns ? ", " : "",
                   by_text(change->by_ns, by), seeds_text(change, seeds));
    print(stream, text);
    print(stream, replay_text(verdict, change, text));
    print(stream, "\n");
}

void gate_junit(const gate_verdict *verdict, FILE *stream)
{
    size_t failures = 0;
    for (size_t pass = 0; pass < 2; pass++) {
        if (pass == 1)
            (void)fprintf(stream,
                          "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                          "<testsuites>\n<testsuite name=\"roam gate\" tests=\"%zu\" failures=\"%zu\">\n",
                          verdict->scenario_count, failures);
        for (size_t s = 0; s < verdict->scenario_count; s++) {
            const gate_scenario *const scenario = &verdict->scenarios[s];
            size_t worse = 0;
            for (size_t i = 0; i < verdict->changes->count; i++)
                worse += verdict->changes->items[i].weight == GATE_WORSE &&
                         strcmp(verdict->changes->items[i].scenario, scenario->name) == 0;
            failures += pass == 0 && worse > 0;
            if (pass == 0)
                continue;
            (void)fprintf(stream, "<testcase classname=\"roam\" name=\"");
            print_xml(stream, scenario->name);
            (void)fprintf(stream, worse ? "\"><failure message=\"%zu measures are worse\">" : "\"/>\n",
                          worse);
            for (size_t i = 0; worse && i < verdict->changes->count; i++)
                if (verdict->changes->items[i].weight == GATE_WORSE &&
                    strcmp(verdict->changes->items[i].scenario, scenario->name) == 0)
                    print_change(verdict, &verdict->changes->items[i], stream, print_xml);
            if (worse)
                (void)fprintf(stream, "</failure></testcase>\n");
        }
    }
    (void)fprintf(stream, "</testsuite>\n</testsuites>\n");
}

/* ---- Markdown ---- */

/* In a cell of a table. */
static void print_cell(FILE *stream, const char *text)
{
    (void)fputs(" ", stream);
    for (; *text; text++) {
        if (strchr("|\\`*_<>[]", *text))
            (void)fputc('\\', stream);
        (void)fputc(*text, stream);
    }
    (void)fputs(" |", stream);
}

void gate_markdown(const gate_verdict *verdict, FILE *stream)
{
    static const char *const WEIGHTS[] = {
        [GATE_SLIGHT] = "within tolerance", [GATE_BETTER] = "better", [GATE_WORSE] = "**worse**"};
    char text[REPLAY_COMMAND_MAX];
    summary_text(verdict, text);
    (void)fprintf(stream, "### Migration latency: %s\n\n%s\n", gate_is_red(verdict) ? "red" : "green", text);
    if (verdict->changes->count > 0)
        (void)fprintf(stream,
                      "\n| | scenario | measure | was | is | by | seeds |\n|---|---|---|--:|--:|--:|---|\n");
    for (size_t i = 0; i < verdict->changes->count; i++) {
        const gate_change *const change = &verdict->changes->items[i];
        (void)fprintf(stream, "| %s |", WEIGHTS[change->weight]);
        print_cell(stream, name_text(change, text));
        print_cell(stream, change->measure);
        print_cell(stream, change->was);
        print_cell(stream, change->is);
        print_cell(stream, by_text(change->by_ns, text));
        print_cell(stream, seeds_text(change, text));
        (void)fputc('\n', stream);
    }
    const gate_change *const worst = worst_of(verdict);
    if (worst)
        (void)fprintf(stream, "\nTo see the worst:\n\n```sh\n%s\n```\n", replay_text(verdict, worst, text));
}
