/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/rules.h"

#include "sim/verdict/rules/requirements.h"
#include "sim/verdict/rules/rules.h"
#include "tools/report/html.h"
#include "tools/stats/rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_MAX_BYTES = 64, IS_MAX = 512, ROWS_MAX = 2 * RULES_COUNT };

/* A rule of the page; those of another build may be ones that this program does not know. */
typedef struct rule_row {
    char name[NAME_MAX_BYTES];
    char about[IS_MAX];                   /* "MUST, rfc9000-8.2.1-5" */
    uint64_t exercised, broken, declined; /* runs */
    uint64_t scenarios;                   /* in which it was broken or declined */
    char first[IS_MAX];
    char replay[REPLAY_COMMAND_MAX];
} rule_row;

typedef struct rule_rows {
    rule_row *items; /* ROWS_MAX */
    size_t count;
} rule_rows;

/* NULL: there are too many. */
static rule_row *row_of(rule_rows *self, const char *name)
{
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->items[i].name, name) == 0)
            return &self->items[i];
    if (self->count == ROWS_MAX)
        return NULL;
    rule_row *const row = &self->items[self->count++];
    (void)snprintf(row->name, sizeof row->name, "%s", name);
    return row;
}

static void take_told(void *ctx, const stats_rule *rule)
{
    rule_row *const row = row_of(ctx, rule->rule);
    if (!row)
        return;
    (void)snprintf(row->about, sizeof row->about, "%.20s, %.60s", rule->level, rule->id);
    if (strcmp(rule->verdict, "broken") == 0)
        row->broken = rule->runs;
    else
        row->declined = rule->runs;
    if (row->first[0]) /* it was broken elsewhere, which goes before */
        return;
    row->scenarios = rule->scenarios;
    (void)snprintf(row->first, sizeof row->first, "%s", rule->is);
    (void)snprintf(row->replay, sizeof row->replay, "%s", rule->replay);
}

static void take_exercised(void *ctx, const char *name, uint64_t runs)
{
    rule_row *const row = row_of(ctx, name);
    if (!row)
        return;
    row->exercised = runs;
    const rules_rule rule = rules_find(name);
    if (rule < RULES_COUNT && !row->about[0])
        (void)snprintf(row->about, sizeof row->about, "%s, %s",
                       requirement_level_name(rules_requirement(rule)->level), rules_requirement(rule)->id);
}

static void print_number(FILE *page, uint64_t value)
{
    char text[32];
    (void)snprintf(text, sizeof text, "%" PRIu64, value);
    html_number(page, value, value > 0 ? text : "");
}

static bool is_told(const rule_row *row)
{
    return row->broken + row->declined > 0;
}

static void print_row(const rule_row *row, FILE *page)
{
    char text[IS_MAX];
    (void)fputs("<tr><th scope=\"row\">", page);
    html_text(page, row->name);
    (void)fputs("</th>", page);
    html_cell(page, NULL, row->about);
    html_cell(page, row->broken ? "bad" : NULL, row->broken ? "broken" : row->declined ? "declined" : "held");
    print_number(page, row->exercised);
    if (!is_told(row)) {
        (void)fputs("</tr>\n", page);
        return;
    }
    print_number(page, row->broken);
    print_number(page, row->declined);
    (void)fputs("<td>", page);
    html_text(page, row->first);
    (void)snprintf(text, sizeof text, " (the first of %" PRIu64 " scenarios)", row->scenarios);
    html_text(page, row->scenarios > 1 ? text : "");
    (void)fputs("<br><code>", page);
    html_text(page, row->replay);
    (void)fputs("</code></td></tr>\n", page);
}

/* Those that were broken or declined; or those that held, which are folded. */
static void print_some(const rule_rows *rows, bool told, FILE *page)
{
    static const char *const TITLES[] = {"rule",    "requirement", "verdict",       ">exercised",
                                         ">broken", ">declined",   "the first time"};
    size_t count = 0;
    for (size_t i = 0; i < rows->count; i++)
        count += is_told(&rows->items[i]) == told;
    if (count == 0)
        return;
    if (!told)
        (void)fprintf(page, "<details><summary>Rules that held: %zu</summary>\n", count);
    html_table(page, told ? "Rules of RFC 9000" : "Rules of RFC 9000 that held", TITLES,
               sizeof TITLES / sizeof *TITLES - (told ? 0 : 3), true);
    for (size_t i = 0; i < rows->count; i++)
        if (is_told(&rows->items[i]) == told)
            print_row(&rows->items[i], page);
    html_table_end(page);
    if (!told)
        (void)fputs("</details>\n", page);
}

static void print_table(const rule_rows *rows, const stats_rules_sum *sum, FILE *page)
{
    char text[STATS_RULES_TEXT_MAX];
    (void)fputs(
        "<h2>Rules of RFC 9000</h2>\n<p class=\"soft\">What packets show of the ends of connections: ", page);
    html_text(page, stats_rules_text(sum, text));
    (void)fputs(". Exercised, broken, declined: the runs in which a rule could have been broken, was, or "
                "in which an end did not do what it may do. <code>roam rules</code> says what each rule "
                "requires.</p>\n",
                page);
    print_some(rows, true, page);
    print_some(rows, false, page);
}

int report_rules(store *from, int64_t build, FILE *page)
{
    const stats_rules_filter filter = {.build = build, .together = true};
    rule_rows rows = {.items = calloc(ROWS_MAX, sizeof *rows.items)};
    stats_rules_sum sum;
    int status = rows.items ? stats_rules_sum_of(from, filter, &sum) : STORE_ERR_NO_MEMORY;
    if (!status)
        status = stats_rules_each(from, filter, take_told, &rows);
    if (!status)
        status = stats_rules_exercised(from, filter, take_exercised, &rows);
    if (!status && sum.runs > 0)
        print_table(&rows, &sum, page);
    free(rows.items);
    return status;
}
