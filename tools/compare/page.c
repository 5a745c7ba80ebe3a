/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The comparison as a page of HTML: the matrix, and behind each cell why it is what it is. Whatever is
 * compared is text to it. */
#include "tools/cli/build_id.h"
#include "tools/compare/columns.h"
#include "tools/compare/text.h"
#include "tools/report/html.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *class_of(compare_kind kind)
{
    switch (kind) {
    case COMPARE_PASSED:
        return "good";
    case COMPARE_KNOWN_FAULT:
        return "known";
    case COMPARE_FAILED:
    case COMPARE_CRASHED:
    case COMPARE_REFUSED:
        return "bad";
    case COMPARE_NOT_RUN:
    case COMPARE_UNSUPPORTED:
    case COMPARE_KINDS:
        break;
    }
    return "soft";
}

static void element(FILE *page, const char *name, const char *text)
{
    (void)fprintf(page, "<%s>", name);
    html_text(page, text);
    (void)fprintf(page, "</%s>", name);
}

/* ---- the verdict ---- */

static void print_verdict(const compare_report *report, FILE *page)
{
    const compare_matrix *const matrix = report->matrix;
    const compare_totals all = compare_matrix_totals(matrix, COMPARE_ALL_COLUMNS);
    const size_t crashed = all.cells[COMPARE_CRASHED] + all.cells[COMPARE_REFUSED];
    const size_t bad = all.cells[COMPARE_FAILED] + crashed;
    char text[COMPARE_TEXT_MAX];
    (void)fprintf(page, "<div class=\"verdict%s\">\n", bad > 0 ? " bad" : "");
    if (crashed > 0)
        (void)snprintf(text, sizeof text, "%zu of %zu cells failed, and %zu crashed",
                       all.cells[COMPARE_FAILED], matrix->row_count * matrix->column_count, crashed);
    else if (bad > 0)
        (void)snprintf(text, sizeof text, "%zu of %zu cells failed", bad,
                       matrix->row_count * matrix->column_count);
    else
        (void)snprintf(text, sizeof text, "No cell failed");
    element(page, "h1", text);
    (void)fputs("\n<p class=\"soft\">", page);
    html_text(page, compare_summary(report, text));
    (void)fputs("</p>\n</div>\n", page);
}

/* ---- the matrix ---- */

/* A library heads the columns of its roles. */
static void print_heads(const compare_matrix *matrix, FILE *page)
{
    (void)fputs("<thead>\n<tr><th scope=\"col\" rowspan=\"2\">scenario</th>", page);
    for (size_t i = 0; i < matrix->column_count;) {
        const compare_column *const column = &matrix->columns[i];
        size_t end = i + 1;
        while (end < matrix->column_count && strcmp(matrix->columns[end].library, column->library) == 0)
            end++;
        (void)fprintf(page, "<th scope=\"colgroup\" colspan=\"%zu\">", end - i);
        html_text(page, column->library);
        (void)fputs("</th>", page);
        i = end;
    }
    (void)fputs("</tr>\n<tr>", page);
    for (size_t i = 0; i < matrix->column_count; i++)
        (void)fprintf(page, "<th scope=\"col\">%s</th>", compare_role_name(matrix->columns[i].role));
    (void)fputs("</tr>\n</thead>\n<tbody>\n", page);
}

static void print_count(FILE *page, size_t count, const char *class, const char *what)
{
    if (count > 0)
        (void)fprintf(page, "<small class=\"%s\">%zu rule%s broken%s</small>", class, count,
                      count == 1 ? "" : "s", what);
}

static void print_cell(const compare_matrix *matrix, size_t row, size_t column, FILE *page)
{
    const compare_cell *const cell = compare_matrix_cell(matrix, row, column);
    const compare_column *const of = &matrix->columns[column];
    const compare_kind kind = compare_cell_kind(cell);
    char text[COMPARE_TEXT_MAX];
    (void)fprintf(page, "<td class=\"%s\">", class_of(kind));
    if (cell->story_count > 0)
        (void)fprintf(page, "<a href=\"#r%zuc%zu\">", row, column);
    (void)fputs(compare_kind_name(kind), page);
    (void)fputs(cell->story_count > 0 ? "</a>" : "", page);
    if (cell->counts[kind] < cell->planned)
        (void)fprintf(page, "<small>%zu of %zu runs</small>", cell->counts[kind], cell->planned);
    if (compare_cell_validation(cell, text)[0])
        element(page, "small", text);
    print_count(page, compare_cell_broken(cell, of, true), "bad", "");
    print_count(page, compare_cell_broken(cell, of, false), "soft", " by the other end");
    (void)fputs("</td>", page);
}

static void print_totals(const compare_matrix *matrix, FILE *page)
{
    const compare_totals all = compare_matrix_totals(matrix, COMPARE_ALL_COLUMNS);
    (void)fputs("</tbody>\n<tfoot>\n", page);
    for (compare_kind kind = 0; kind < COMPARE_KINDS; kind++) {
        if (all.cells[kind] == 0)
            continue;
        (void)fprintf(page, "<tr><th scope=\"row\">%s</th>", compare_kind_name(kind));
        for (size_t i = 0; i < matrix->column_count; i++)
            (void)fprintf(page, "<td>%zu</td>", compare_matrix_totals(matrix, i).cells[kind]);
        (void)fputs("</tr>\n", page);
    }
    (void)fputs("</tfoot>\n", page);
}

static void print_matrix(const compare_matrix *matrix, FILE *page)
{
    char text[COMPARE_TEXT_MAX];
    (void)fputs(
        "<h2 id=\"matrix\">Scenarios and libraries</h2>\n<p class=\"soft\">In a column a library is the "
        "client or the server, and roam the other end. Below the verdict: how many runs had it, "
        "where the runs differ; the longest validation of a migration; and how many rules of RFC "
        "9000 the packets show as broken. A verdict with a link has a story below.</p>\n"
        "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Scenarios and libraries\">\n"
        "<table class=\"matrix\">\n",
        page);
    print_heads(matrix, page);
    for (size_t row = 0; row < matrix->row_count; row++) {
        (void)fputs("<tr><th scope=\"row\">", page);
        html_text(page, compare_row_name(&matrix->rows[row], text));
        (void)fputs("</th>", page);
        for (size_t i = 0; i < matrix->column_count; i++)
            print_cell(matrix, row, i, page);
        (void)fputs("</tr>\n", page);
    }
    print_totals(matrix, page);
    (void)fputs("</table>\n</div>\n", page);
}

/* ---- rules ---- */

static bool print_rules(const compare_matrix *matrix, FILE *page)
{
    char title[COMPARE_TITLE_MAX];
    size_t count;
    const char **const names = compare_matrix_rules(matrix, COMPARE_ALL_COLUMNS, &count);
    if (!names)
        return false;
    if (count > 0) {
        (void)fputs(
            "<h2>Rules of RFC 9000</h2>\n<p class=\"soft\">In how many scenarios the column's library "
            "broke a rule. <code>roam rules NAME</code> says what it requires.</p>\n"
            "<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"Rules of RFC 9000\">\n"
            "<table class=\"matrix\">\n<thead><tr><th scope=\"col\">rule</th>",
            page);
        for (size_t i = 0; i < matrix->column_count; i++) {
            (void)fputs("<th scope=\"col\" class=\"n\">", page);
            html_text(page, compare_column_title(&matrix->columns[i], title));
            (void)fputs("</th>", page);
        }
        (void)fputs("</tr></thead>\n<tbody>\n", page);
        for (size_t n = 0; n < count; n++) {
            (void)fputs("<tr><th scope=\"row\">", page);
            html_text(page, names[n]);
            (void)fputs("</th>", page);
            for (size_t i = 0; i < matrix->column_count; i++) {
                const size_t cells = compare_matrix_rule_cells(matrix, i, names[n]);
                (void)snprintf(title, sizeof title, "%zu", cells);
                html_cell(page, "n", cells > 0 ? title : "");
            }
            (void)fputs("</tr>\n", page);
        }
        html_table_end(page);
    }
    free(names);
    return true;
}

/* ---- stories ---- */

static void print_story(const compare_matrix *matrix, size_t row, size_t column, const compare_story *story,
                        FILE *page)
{
    const compare_column *const of = &matrix->columns[column];
    char text[COMPARE_TEXT_MAX];
    char command[REPLAY_COMMAND_MAX];
    element(page, "p", compare_story_title(story, text));
    (void)fputs("\n<ul>\n", page);
    if (story->message)
        element(page, "li", story->message);
    for (size_t i = 0; i < story->reason_count; i++) {
        (void)fputs(story->reasons[i].unsupported ? "<li><span class=\"soft\">unsupported</span>: "
                                                  : "<li>expected: ",
                    page);
        html_text(page, story->reasons[i].expected);
        (void)fputs(story->reasons[i].measured[0] ? "<br>measured: " : "", page);
        html_text(page, story->reasons[i].measured);
        (void)fputs("</li>\n", page);
    }
    for (size_t i = 0; i < story->rule_count; i++) {
        const bool own = compare_column_has(of, story->rules[i].end);
        (void)fprintf(page, "<li><span class=\"%s\">rule broken%s</span>: ", own ? "bad" : "soft",
                      own ? "" : " by the other end");
        html_text(page, compare_rule_sentence(of, &story->rules[i], text));
        (void)fputs("</li>\n", page);
    }
    (void)fputs("</ul>\n<pre>", page);
    html_text(page, compare_story_command(&matrix->rows[row], of, story, command));
    (void)fputs("</pre>\n", page);
}

static void print_cell_stories(const compare_matrix *matrix, size_t row, size_t column, FILE *page)
{
    const compare_cell *const cell = compare_matrix_cell(matrix, row, column);
    char text[COMPARE_TEXT_MAX];
    char title[COMPARE_TITLE_MAX];
    if (cell->story_count == 0)
        return;
    (void)fprintf(page, "<h4 id=\"r%zuc%zu\">", row, column);
    html_text(page, compare_column_title(&matrix->columns[column], title));
    (void)fprintf(page, ": <span class=\"%s\">%s</span></h4>\n", class_of(compare_cell_kind(cell)),
                  compare_cell_verdict(cell, text));
    for (size_t i = 0; i < cell->story_count; i++)
        print_story(matrix, row, column, &cell->stories[i], page);
    if (cell->more > 0)
        (void)fprintf(page, "<p class=\"soft\">And %zu more runs with other stories.</p>\n", cell->more);
}

static void print_stories(const compare_matrix *matrix, FILE *page)
{
    char text[COMPARE_TEXT_MAX];
    bool first = true;
    for (size_t row = 0; row < matrix->row_count; row++) {
        size_t count = 0;
        for (size_t i = 0; i < matrix->column_count; i++)
            count += compare_matrix_cell(matrix, row, i)->story_count;
        if (count == 0)
            continue;
        (void)fputs(first ? "<h2>What is behind the cells</h2>\n" : "", page);
        first = false;
        (void)fputs("<section>\n<h3>", page);
        html_text(page, compare_row_name(&matrix->rows[row], text));
        (void)fputs(" <small><a href=\"#matrix\">to the table</a></small></h3>\n", page);
        for (size_t i = 0; i < matrix->column_count; i++)
            print_cell_stories(matrix, row, i, page);
        (void)fputs("</section>\n", page);
    }
}

/* ---- what was run ---- */

static void print_pair(FILE *page, const char *name, const char *text)
{
    element(page, "dt", name);
    element(page, "dd", text);
    (void)fputs("\n", page);
}

static void print_library(FILE *page, const compare_library *library)
{
    char text[COMPARE_TEXT_MAX];
    if (library->path)
        (void)snprintf(text, sizeof text, "%.200s%s%.1500s", library->version,
                       library->version[0] ? ": " : "", library->path);
    else
        (void)snprintf(text, sizeof text, "roam's core: ngtcp2 %.200s, wolfSSL %.200s", BUILD_ID.ngtcp2,
                       BUILD_ID.wolfssl);
    print_pair(page, library->name, text);
}

static void print_what(const compare_report *report, FILE *page)
{
    char text[COMPARE_TEXT_MAX];
    char title[COMPARE_TITLE_MAX];
    (void)fputs("<h2>What was run</h2>\n<dl>\n", page);
    print_pair(page, "Built from", report->build);
    for (size_t i = 0; i < report->library_count; i++)
        print_library(page, &report->libraries[i]);
    if (report->seeds)
        (void)snprintf(text, sizeof text, "%" PRIu64 " to %" PRIu64, report->first_seed, report->last_seed);
    print_pair(page, "Seeds", report->seeds ? text : "each scenario's own");
    for (size_t i = 0; i < report->matrix->column_count; i++) {
        const compare_column *const column = &report->matrix->columns[i];
        if (column->settings[0])
            print_pair(page, compare_column_title(column, title), column->settings);
    }
    (void)fputs("</dl>\n<p class=\"soft\">Times are virtual: they depend on commit, libraries, scenario and "
                "seed alone.</p>\n",
                page);
}

bool compare_page(const compare_report *report, FILE *stream)
{
    html_begin(stream, "Comparison of QUIC libraries");
    print_verdict(report, stream);
    print_matrix(report->matrix, stream);
    const bool whole = print_rules(report->matrix, stream);
    print_stories(report->matrix, stream);
    print_what(report, stream);
    html_end(stream, NULL);
    return whole;
}
