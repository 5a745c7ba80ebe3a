/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The matrix on a terminal. */
#include "tools/cli/table.h"
#include "tools/compare/columns.h"
#include "tools/compare/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { HEADS = 2, TOTALS = COMPARE_KINDS + 2, CELL_MAX = 128, INDENT = 2, GAP = 2, WIDTH = 80 };

typedef struct grid_cell {
    char text[CELL_MAX];
    table_style style;
} grid_cell;

/* Text, row after row: the first column has the rows' names. */
typedef struct grid {
    grid_cell *cells;
    size_t rows;
    size_t columns;
    size_t *widths;
} grid;

static grid_cell *at(const grid *self, size_t row, size_t column)
{
    assert(row < self->rows && column < self->columns);
    return &self->cells[row * self->columns + column];
}

__attribute__((format(printf, 4, 5))) static void put(grid_cell *cell, table_style style, bool more,
                                                      const char *format, ...)
{
    const size_t used = more ? strlen(cell->text) : 0;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(cell->text + used, CELL_MAX - used, format, arguments);
    va_end(arguments);
    cell->style = style;
}

/* ---- cells ---- */

/* Three digits, in milliseconds: "73.0", "1097". */
static void put_time(grid_cell *cell, uint64_t time_ns, const char *behind)
{
    const double ms = (double)time_ns / 1e6;
    put(cell, cell->style, true, " %.*f%s", ms < 9.995 ? 2 : ms < 99.95 ? 1 : 0, ms, behind);
}

static table_style style_of(compare_kind kind)
{
    switch (kind) {
    case COMPARE_PASSED:
        return TABLE_GOOD;
    case COMPARE_FAILED:
    case COMPARE_CRASHED:
    case COMPARE_REFUSED:
        return TABLE_BAD;
    case COMPARE_NOT_RUN:
    case COMPARE_UNSUPPORTED:
        return TABLE_DIM;
    case COMPARE_KNOWN_FAULT:
    case COMPARE_KINDS:
        break;
    }
    return TABLE_PLAIN;
}

/* Whose columns are of two libraries: both may have broken a rule. */
static bool is_pair(const compare_column *column)
{
    return column->role == COMPARE_BOTH && strcmp(column->library, column->client) != 0;
}

static bool has_pairs(const compare_matrix *matrix)
{
    return matrix->column_count > 0 && is_pair(&matrix->columns[0]);
}

/* By the column's library and by the other end; of a pair by its client and by its server. */
static void put_broken(grid_cell *to, const compare_cell *cell, const compare_column *column)
{
    const bool pair = is_pair(column);
    compare_column one = *column;
    if (pair)
        one.role = COMPARE_CLIENT;
    const size_t own = compare_cell_broken(cell, &one, true);
    const size_t other = compare_cell_broken(cell, &one, false);
    if (own > 0)
        put(to, to->style, true, " %s%zu", pair ? "c" : "r", own);
    if (other > 0)
        put(to, to->style, true, " %s%zu", pair ? "s" : "o", other);
}

static void put_cell(grid_cell *to, const compare_cell *cell, const compare_column *column)
{
    const compare_kind kind = compare_cell_kind(cell);
    put(to, style_of(kind), false, "%s", compare_kind_letter(kind));
    if (cell->counts[kind] < cell->planned)
        put(to, to->style, true, " %zu/%zu", cell->counts[kind], cell->planned);
    if (cell->validation_ns != UINT64_MAX)
        put_time(to, cell->validation_ns, "");
    else if (cell->rebind_ns != UINT64_MAX)
        put_time(to, cell->rebind_ns, "*");
    put_broken(to, cell, column);
}

/* ---- the grid ---- */

static void put_heads(const grid *to, const compare_matrix *matrix)
{
    put(at(to, 1, 0), TABLE_DIM, false, "scenario");
    for (size_t i = 0; i < matrix->column_count; i++) {
        const compare_column *const column = &matrix->columns[i];
        const bool pair = is_pair(column);
        const bool same = i > 0 && !pair && strcmp(column->library, matrix->columns[i - 1].library) == 0;
        put(at(to, 0, i + 1), TABLE_DIM, false, pair ? "%s ->" : "%s",
            pair   ? column->client
            : same ? ""
                   : column->library);
        put(at(to, 1, i + 1), TABLE_DIM, false, "%s",
            pair                           ? column->server
            : column->role == COMPARE_BOTH ? "both"
                                           : compare_role_name(column->role));
    }
}

static void put_totals(grid *to, const compare_matrix *matrix)
{
    const compare_totals all = compare_matrix_totals(matrix, COMPARE_ALL_COLUMNS);
    const size_t first = HEADS + matrix->row_count;
    size_t row = first + 1; /* an empty line */
    for (compare_kind kind = 0; kind <= COMPARE_KINDS; kind++) {
        const bool rules = kind == COMPARE_KINDS;
        const compare_kind counted = kind;
        if (rules ? all.own_broken == 0 : all.cells[counted] == 0)
            continue;
        put(at(to, row, 0), TABLE_DIM, false, "%s", rules ? "rules broken" : compare_kind_name(counted));
        for (size_t i = 0; i < matrix->column_count; i++) {
            const compare_totals one = compare_matrix_totals(matrix, i);
            const size_t count = rules ? one.own_broken : one.cells[counted];
            put(at(to, row, i + 1), count ? TABLE_PLAIN : TABLE_DIM, false, "%zu", count);
        }
        row++;
    }
    to->rows = row;
}

/* The first column, from `column` on, that has another library's heading. */
static size_t group_end(const compare_matrix *matrix, size_t column)
{
    const compare_column *const all = matrix->columns;
    return column + 1 < matrix->column_count && all[column].role == COMPARE_CLIENT &&
                   all[column + 1].role == COMPARE_SERVER &&
                   strcmp(all[column].library, all[column + 1].library) == 0
               ? column + 2
               : column + 1;
}

/* A heading may reach over both columns of its library. */
static void measure(const grid *self, const compare_matrix *matrix)
{
    for (size_t row = 0; row < self->rows; row++) {
        for (size_t i = 0; i < self->columns; i++) {
            const size_t width = strlen(at(self, row, i)->text);
            const bool shared = row == 0 && i > 0 && group_end(matrix, i - 1) > i;
            if (!shared && width > self->widths[i])
                self->widths[i] = width;
        }
    }
    for (size_t i = 0; i < matrix->column_count; i = group_end(matrix, i)) {
        const size_t width = strlen(at(self, 0, i + 1)->text);
        const size_t room = self->widths[i + 1] + GAP + self->widths[i + 2 < self->columns ? i + 2 : i + 1];
        if (group_end(matrix, i) == i + 2 && width > room)
            self->widths[i + 2] += width - room;
    }
}

static bool grid_make(grid *self, const compare_matrix *matrix)
{
    *self = (grid){.rows = HEADS + matrix->row_count + TOTALS, .columns = matrix->column_count + 1};
    self->cells = calloc(self->rows * self->columns, sizeof *self->cells);
    self->widths = calloc(self->columns, sizeof *self->widths);
    if (!self->cells || !self->widths)
        return false;
    put_heads(self, matrix);
    for (size_t row = 0; row < matrix->row_count; row++) {
        char name[COMPARE_TEXT_MAX];
        put(at(self, HEADS + row, 0), TABLE_PLAIN, false, "%s", compare_row_name(&matrix->rows[row], name));
        for (size_t i = 0; i < matrix->column_count; i++)
            put_cell(at(self, HEADS + row, i + 1), compare_matrix_cell(matrix, row, i), &matrix->columns[i]);
    }
    put_totals(self, matrix);
    measure(self, matrix);
    return true;
}

static void grid_free(grid *self)
{
    free(self->cells);
    free(self->widths);
}

/* ---- printing ---- */

/* The cell from column `start` of the line on; *used: how much of the line there is. */
static void print_text(const grid_cell *cell, size_t start, size_t *used, FILE *stream, bool colour)
{
    const bool styled = cell->style != TABLE_PLAIN;
    if (!cell->text[0])
        return;
    (void)fprintf(stream, "%*s%s%s%s", (int)(start > *used ? start - *used : 0), "",
                  styled ? table_style_sequence(cell->style, colour) : "", cell->text,
                  styled ? table_style_sequence(TABLE_PLAIN, colour) : "");
    *used = (start > *used ? start : *used) + strlen(cell->text);
}

/* The names, and the columns from first to before end. */
static void print_part(const grid *self, size_t first, size_t end, FILE *stream, bool colour)
{
    for (size_t row = 0; row < self->rows; row++) {
        size_t start = INDENT + self->widths[0];
        size_t used = 0;
        print_text(at(self, row, 0), INDENT, &used, stream, colour);
        for (size_t i = first; i < end; i++) {
            print_text(at(self, row, i), start + GAP, &used, stream, colour);
            start += GAP + self->widths[i];
        }
        (void)putc('\n', stream);
    }
}

static void print_parts(const grid *self, const compare_matrix *matrix, size_t width, FILE *stream,
                        bool colour)
{
    size_t first = 0;
    while (first < matrix->column_count) {
        size_t used = INDENT + self->widths[0];
        size_t end = first;
        while (end < matrix->column_count) {
            const size_t next = group_end(matrix, end);
            for (size_t i = end; i < next; i++)
                used += GAP + self->widths[i + 1];
            if (width > 0 && used > width && end > first)
                break;
            end = next;
        }
        print_part(self, first + 1, end + 1, stream, colour);
        (void)putc('\n', stream);
        first = end;
    }
}

static void print_legend(const compare_matrix *matrix, FILE *stream)
{
    const compare_totals all = compare_matrix_totals(matrix, COMPARE_ALL_COLUMNS);
    bool part = false;
    bool rebind = false;
    for (size_t i = 0; i < matrix->row_count * matrix->column_count; i++) {
        const compare_cell *const cell = &matrix->cells[i];
        part = part || cell->counts[compare_cell_kind(cell)] < cell->planned;
        rebind = rebind || (cell->validation_ns == UINT64_MAX && cell->rebind_ns != UINT64_MAX);
    }
    for (compare_kind kind = 0, first = true; kind < COMPARE_KINDS; kind++) {
        if (all.cells[kind] == 0)
            continue;
        (void)fprintf(stream, "%s%s %s", first ? "" : ", ", compare_kind_letter(kind),
                      compare_kind_name(kind));
        first = false;
    }
    (void)fputs("\n", stream);
    if (part)
        (void)fputs("3/10: so many runs of so many, and no other run is worse\n", stream);
    if (all.validation_ns != UINT64_MAX || rebind)
        (void)fprintf(stream, "73.0: the longest validation of a migration, in ms%s\n",
                      rebind ? "; 73.0*: of a rebind by a NAT, where no migration was validated" : "");
    if (all.own_broken > 0 && has_pairs(matrix))
        (void)fputs("c2: the column's client broke 2 rules of RFC 9000; s2: its server did\n", stream);
    else if (all.own_broken > 0)
        (void)fputs("r2: the column's library broke 2 rules of RFC 9000\n", stream);
    if (all.other_broken > 0)
        (void)fputs("o2: the other end broke 2\n", stream);
}

/* " (client)": which of a pair broke that rule in cells of the column; else "". */
static const char *end_of(const compare_matrix *matrix, size_t column, const char *rule)
{
    bool ends[COMPARE_SERVER + 1] = {false};
    if (!is_pair(&matrix->columns[column]))
        return "";
    for (size_t row = 0; row < matrix->row_count; row++) {
        const compare_cell *const cell = compare_matrix_cell(matrix, row, column);
        for (size_t i = 0; i < cell->broken_count; i++)
            if (strcmp(cell->broken[i].rule, rule) == 0)
                ends[cell->broken[i].end] = true;
    }
    return ends[COMPARE_CLIENT] && ends[COMPARE_SERVER] ? " (client and server)"
           : ends[COMPARE_CLIENT]                       ? " (client)"
                                                        : " (server)";
}

/* "quinn server: response-once 3, ...", in lines of the width. */
static bool print_column_rules(const compare_matrix *matrix, size_t column, size_t width, FILE *stream)
{
    char text[CELL_MAX];
    size_t count;
    const char **const names = compare_matrix_rules(matrix, column, &count);
    if (!names)
        return false;
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0)
            used = (size_t)fprintf(stream, "%s:", compare_column_title(&matrix->columns[column], text));
        const size_t len = (size_t)snprintf(text, sizeof text, " %s %zu%s%s", names[i],
                                            compare_matrix_rule_cells(matrix, column, names[i]),
                                            end_of(matrix, column, names[i]), i + 1 < count ? "," : "");
        if (used + len > width)
            used = (size_t)fprintf(stream, "\n  %s", text + 1) - 1;
        else
            used += (size_t)fprintf(stream, "%s", text);
    }
    (void)fputs(count > 0 ? "\n" : "", stream);
    free(names);
    return true;
}

static bool print_rules(const compare_matrix *matrix, size_t width, FILE *stream)
{
    bool whole = true;
    if (compare_matrix_totals(matrix, COMPARE_ALL_COLUMNS).own_broken == 0)
        return true;
    (void)fprintf(stream, "\nRules of RFC 9000 that %s broke, and in how many cells:\n",
                  has_pairs(matrix) ? "a library of the column" : "the column's library");
    for (size_t i = 0; whole && i < matrix->column_count; i++)
        whole = print_column_rules(matrix, i, width > 0 ? width : WIDTH, stream);
    return whole;
}

bool compare_print(const compare_report *report, FILE *stream, bool colour, size_t width)
{
    char text[COMPARE_TEXT_MAX];
    grid all;
    bool made = grid_make(&all, report->matrix);
    if (made) {
        print_parts(&all, report->matrix, width, stream, colour);
        print_legend(report->matrix, stream);
        made = print_rules(report->matrix, width, stream);
        (void)fprintf(stream, "\n%s\n", compare_summary(report, text));
    }
    grid_free(&all);
    return made;
}
