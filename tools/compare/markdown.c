/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The comparison as GitHub's Markdown: the matrix, and below it what did not pass. */
#include "tools/cli/markdown.h"
#include "tools/compare/columns.h"
#include "tools/compare/text.h"

#include <string.h>

static void print_heads(const compare_matrix *matrix, FILE *stream)
{
    char title[COMPARE_TITLE_MAX];
    (void)fputs("| scenario |", stream);
    for (size_t i = 0; i < matrix->column_count; i++)
        markdown_cell(stream, compare_column_title(&matrix->columns[i], title));
    (void)fputs("\n|---|", stream);
    for (size_t i = 0; i < matrix->column_count; i++)
        (void)fputs("---|", stream);
    (void)fputc('\n', stream);
}

/* "**failed**, 3 of 10 runs<br>73.002 ms<br>2 rules broken" */
static void print_cell(const compare_cell *cell, const compare_column *column, FILE *stream)
{
    char text[COMPARE_TEXT_MAX];
    const bool bad = compare_kind_is_bad(compare_cell_kind(cell));
    const size_t own = compare_cell_broken(cell, column, true);
    const size_t other = compare_cell_broken(cell, column, false);
    (void)fprintf(stream, " %s%s%s", bad ? "**" : "", compare_cell_verdict(cell, text), bad ? "**" : "");
    if (compare_cell_validation(cell, text)[0])
        (void)fprintf(stream, "<br>%s", text);
    if (own > 0)
        (void)fprintf(stream, "<br>%zu rule%s broken", own, own == 1 ? "" : "s");
    if (other > 0)
        (void)fprintf(stream, "<br>%zu by the other end", other);
    (void)fputs(" |", stream);
}

static void print_totals(const compare_matrix *matrix, FILE *stream)
{
    const compare_totals all = compare_matrix_totals(matrix, COMPARE_ALL_COLUMNS);
    for (compare_kind kind = 0; kind < COMPARE_KINDS; kind++) {
        if (all.cells[kind] == 0)
            continue;
        (void)fprintf(stream, "| *%s* |", compare_kind_name(kind));
        for (size_t i = 0; i < matrix->column_count; i++)
            (void)fprintf(stream, " %zu |", compare_matrix_totals(matrix, i).cells[kind]);
        (void)fputc('\n', stream);
    }
}

static void print_item(FILE *stream, const char *text)
{
    (void)fputs("  - ", stream);
    markdown_text(stream, text);
    (void)fputc('\n', stream);
}

static void print_story(const compare_row *row, const compare_column *column, const compare_story *story,
                        FILE *stream)
{
    char text[COMPARE_TEXT_MAX];
    char command[REPLAY_COMMAND_MAX];
    (void)fputs("- ", stream);
    markdown_text(stream, compare_story_title(story, text));
    (void)fputc('\n', stream);
    if (story->message)
        print_item(stream, story->message);
    for (size_t i = 0; i < story->reason_count; i++)
        print_item(stream, compare_reason_sentence(&story->reasons[i], text));
    for (size_t i = 0; i < story->rule_count; i++)
        print_item(stream, compare_rule_sentence(column, &story->rules[i], text));
    (void)fprintf(stream, "  - `%s`\n", compare_story_command(row, column, story, command));
}

static void print_column(const compare_matrix *matrix, size_t column, FILE *stream)
{
    char text[COMPARE_TEXT_MAX];
    size_t told = 0;
    for (size_t i = 0; i < matrix->row_count; i++)
        told += compare_matrix_cell(matrix, i, column)->story_count > 0;
    if (told == 0)
        return;
    (void)fputs("\n<details><summary>", stream);
    markdown_text(stream, compare_column_title(&matrix->columns[column], text));
    (void)fprintf(stream, ": %zu of %zu cells have a story</summary>\n", told, matrix->row_count);
    for (size_t i = 0; i < matrix->row_count; i++) {
        const compare_cell *const cell = compare_matrix_cell(matrix, i, column);
        if (cell->story_count == 0)
            continue;
        (void)fputs("\n**", stream);
        markdown_text(stream, compare_row_name(&matrix->rows[i], text));
        (void)fprintf(stream, "**: %s\n\n", compare_cell_verdict(cell, text));
        for (size_t n = 0; n < cell->story_count; n++)
            print_story(&matrix->rows[i], &matrix->columns[column], &cell->stories[n], stream);
        if (cell->more > 0)
            (void)fprintf(stream, "- and %zu more\n", cell->more);
    }
    (void)fputs("\n</details>\n", stream);
}

bool compare_markdown(const compare_report *report, FILE *stream)
{
    const compare_matrix *const matrix = report->matrix;
    char text[COMPARE_TEXT_MAX];
    (void)fprintf(stream, "%s\n\n", compare_summary(report, text));
    print_heads(matrix, stream);
    for (size_t i = 0; i < matrix->row_count; i++) {
        (void)fputc('|', stream);
        markdown_cell(stream, compare_row_name(&matrix->rows[i], text));
        for (size_t n = 0; n < matrix->column_count; n++)
            print_cell(compare_matrix_cell(matrix, i, n), &matrix->columns[n], stream);
        (void)fputc('\n', stream);
    }
    print_totals(matrix, stream);
    (void)fputs("\nTimes: the longest validation of a migration.\n", stream);
    for (size_t i = 0; i < report->library_count; i++) {
        if (!report->libraries[i].version[0])
            continue;
        (void)fprintf(stream, "`%s`: ", report->libraries[i].name);
        markdown_text(stream, report->libraries[i].version);
        (void)fputs(".\n", stream);
    }
    for (size_t i = 0; i < matrix->column_count; i++)
        print_column(matrix, i, stream);
    return true;
}
