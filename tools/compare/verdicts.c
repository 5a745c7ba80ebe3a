/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The comparison as CI systems read it: a suite a column, a case a row. */
#include "tools/compare/columns.h"
#include "tools/compare/text.h"

#include <string.h>

static ci_kind kind_of(compare_kind kind)
{
    switch (kind) {
    case COMPARE_PASSED:
    case COMPARE_KNOWN_FAULT:
    case COMPARE_KINDS:
        break;
    case COMPARE_NOT_RUN:
    case COMPARE_UNSUPPORTED:
        return CI_SKIPPED;
    case COMPARE_FAILED:
        return CI_FAILED;
    case COMPARE_CRASHED:
    case COMPARE_REFUSED:
        return CI_BROKEN;
    }
    return CI_PASSED;
}

typedef struct teller {
    ci_verdicts *verdicts;
    const compare_row *row;
    const compare_column *column;
    char title[COMPARE_TEXT_MAX];
} teller;

static ci_place place_of(const compare_row *row, const char *expectation)
{
    return row->whole ? ci_place_of(row->whole, expectation) : (ci_place){.file = row->file};
}

static void add_story(const teller *self, const compare_story *story)
{
    char text[COMPARE_TEXT_MAX];
    char command[REPLAY_COMMAND_MAX];
    ci_verdicts *const to = self->verdicts;
    ci_line_add(to, "%s", compare_story_title(story, text));
    if (story->message) {
        ci_line_add(to, "  %s", story->message);
        ci_fault_add(to, place_of(self->row, ""), self->title, story->message);
    }
    for (size_t i = 0; i < story->reason_count; i++) {
        ci_line_add(to, "  %s", compare_reason_sentence(&story->reasons[i], text));
        ci_fault_add(to, place_of(self->row, story->reasons[i].expected), self->title, text);
    }
    for (size_t i = 0; i < story->rule_count; i++) {
        ci_line_add(to, "  %s", compare_rule_sentence(self->column, &story->rules[i], text));
        ci_fault_add(to, place_of(self->row, ""), self->title, text);
    }
    ci_line_add(to, "  %s", compare_story_command(self->row, self->column, story, command));
}

static void add_cell(teller *self, const compare_cell *cell)
{
    const ci_kind kind = kind_of(compare_cell_kind(cell));
    char name[COMPARE_TEXT_MAX];
    char text[COMPARE_TEXT_MAX];
    char title[COMPARE_TITLE_MAX];
    (void)compare_row_name(self->row, name);
    (void)snprintf(self->title, sizeof self->title, "%.500s, %.200s", name,
                   compare_column_title(self->column, title));
    ci_case_add(self->verdicts, kind, name, kind == CI_PASSED ? "" : compare_cell_verdict(cell, text));
    for (size_t i = 0; i < cell->story_count; i++)
        add_story(self, &cell->stories[i]);
}

void compare_verdicts(const compare_report *report, ci_verdicts *out)
{
    const compare_matrix *const matrix = report->matrix;
    teller self = {.verdicts = out};
    for (size_t i = 0; i < matrix->column_count; i++) {
        char title[COMPARE_TITLE_MAX];
        self.column = &matrix->columns[i];
        (void)compare_column_title(self.column, title);
        ci_suite_add(out, title, title);
        for (size_t row = 0; row < matrix->row_count; row++) {
            self.row = &matrix->rows[row];
            add_cell(&self, compare_matrix_cell(matrix, row, i));
        }
    }
}

bool compare_junit(const compare_report *report, FILE *stream)
{
    ci_verdicts verdicts = {0};
    compare_verdicts(report, &verdicts);
    const bool good = ci_junit(&verdicts, stream);
    ci_verdicts_free(&verdicts);
    return good;
}
