/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JUnit's XML, as CI systems read it: a suite a column, a test case a row. */
#include "tools/compare/columns.h"
#include "tools/compare/text.h"
#include "tools/report/html.h"

/* What a kind is to JUnit; NULL: a case that passed. */
static const char *tag_of(compare_kind kind)
{
    switch (kind) {
    case COMPARE_PASSED:
    case COMPARE_KNOWN_FAULT:
    case COMPARE_KINDS:
        break;
    case COMPARE_NOT_RUN:
    case COMPARE_UNSUPPORTED:
        return "skipped";
    case COMPARE_FAILED:
        return "failure";
    case COMPARE_CRASHED:
    case COMPARE_REFUSED:
        return "error";
    }
    return NULL;
}

static void print_line(FILE *stream, const char *indent, const char *text)
{
    (void)fputs(indent, stream);
    html_text(stream, text);
    (void)fputc('\n', stream);
}

static void print_stories(const compare_matrix *matrix, size_t row, size_t column, FILE *stream)
{
    const compare_column *const of = &matrix->columns[column];
    const compare_cell *const cell = compare_matrix_cell(matrix, row, column);
    char text[COMPARE_TEXT_MAX];
    char command[REPLAY_COMMAND_MAX];
    for (size_t i = 0; i < cell->story_count; i++) {
        const compare_story *const story = &cell->stories[i];
        print_line(stream, "", compare_story_title(story, text));
        if (story->message)
            print_line(stream, "  ", story->message);
        for (size_t n = 0; n < story->reason_count; n++)
            print_line(stream, "  ", compare_reason_sentence(&story->reasons[n], text));
        for (size_t n = 0; n < story->rule_count; n++)
            print_line(stream, "  ", compare_rule_sentence(of, &story->rules[n], text));
        print_line(stream, "  ", compare_story_command(&matrix->rows[row], of, story, command));
    }
}

static void print_case(const compare_matrix *matrix, size_t row, size_t column, const char *suite,
                       FILE *stream)
{
    const compare_cell *const cell = compare_matrix_cell(matrix, row, column);
    const char *const tag = tag_of(compare_cell_kind(cell));
    char text[COMPARE_TEXT_MAX];
    (void)fputs("<testcase classname=\"", stream);
    html_text(stream, suite);
    (void)fputs("\" name=\"", stream);
    html_text(stream, compare_row_name(&matrix->rows[row], text));
    (void)fputs("\">", stream);
    if (tag) {
        (void)fprintf(stream, "<%s message=\"", tag);
        html_text(stream, compare_cell_verdict(cell, text));
        (void)fputs("\">", stream);
        print_stories(matrix, row, column, stream);
        (void)fprintf(stream, "</%s>", tag);
    } else if (cell->story_count > 0) {
        (void)fputs("<system-out>", stream);
        print_stories(matrix, row, column, stream);
        (void)fputs("</system-out>", stream);
    }
    (void)fputs("</testcase>\n", stream);
}

bool compare_junit(const compare_report *report, FILE *stream)
{
    const compare_matrix *const matrix = report->matrix;
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", stream);
    for (size_t i = 0; i < matrix->column_count; i++) {
        const compare_totals all = compare_matrix_totals(matrix, i);
        char title[COMPARE_TITLE_MAX];
        (void)compare_column_title(&matrix->columns[i], title);
        (void)fputs("<testsuite name=\"", stream);
        html_text(stream, title);
        (void)fprintf(stream, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n",
                      matrix->row_count, all.cells[COMPARE_FAILED],
                      all.cells[COMPARE_CRASHED] + all.cells[COMPARE_REFUSED],
                      all.cells[COMPARE_UNSUPPORTED] + all.cells[COMPARE_NOT_RUN]);
        for (size_t row = 0; row < matrix->row_count; row++)
            print_case(matrix, row, i, title, stream);
        (void)fputs("</testsuite>\n", stream);
    }
    (void)fputs("</testsuites>\n", stream);
    return true;
}
