/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct table_text {
    char *text;
    table_style style;
} table_text;

struct table {
    size_t columns;
    bool right[TABLE_COLUMNS_MAX];
    table_text *cells; /* titles first, then row after row */
    size_t count;
    size_t capacity;
    size_t more; /* rows that are not there; 0: nothing is said */
    const char *more_of;
    bool failed;
};

/* In characters: bytes of UTF-8 but those that continue one. */
static size_t width_of(const char *text)
{
    size_t width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

table *table_new(const char *const *titles, size_t columns)
{
    table *const self = calloc(1, sizeof *self);
    if (!self)
        return NULL;
    self->columns = columns;
    for (size_t i = 0; i < columns; i++) {
        self->right[i] = titles[i][0] == '>';
        table_cell(self, TABLE_DIM, titles[i] + self->right[i]);
    }
    return self;
}

void table_free(table *self)
{
    if (!self)
        return;
    for (size_t i = 0; i < self->count; i++)
        free(self->cells[i].text);
    free(self->cells);
    free(self);
}

void table_cell(table *self, table_style style, const char *text)
{
    if (self->count == self->capacity) {
        const size_t capacity = self->capacity ? self->capacity * 2 : 64;
        table_text *const cells = realloc(self->cells, capacity * sizeof *cells);
        if (!cells) {
            self->failed = true;
            return;
        }
        self->cells = cells;
        self->capacity = capacity;
    }
    char *const copy = strdup(text);
    if (!copy) {
        self->failed = true;
        return;
    }
    self->cells[self->count++] = (table_text){.text = copy, .style = style};
}

void table_count_cell(table *self, uint64_t count)
{
    char text[TABLE_TIME_MAX];
    (void)snprintf(text, sizeof text, "%" PRIu64, count);
    table_cell(self, TABLE_PLAIN, text);
}

void table_time_cell(table *self, uint64_t time_ns)
{
    char text[TABLE_TIME_MAX];
    table_cell(self, TABLE_PLAIN, table_time(time_ns, text));
}

void table_more(table *self, size_t count, const char *of)
{
    self->more = count;
    self->more_of = of;
}

static void print_cell(const table *self, size_t index, size_t width, FILE *stream, bool colour)
{
    const table_text *const cell = &self->cells[index];
    const size_t column = index % self->columns;
    const int blanks = (int)(width - width_of(cell->text));
    const bool last = column + 1 == self->columns;
    const bool styled = cell->style != TABLE_PLAIN;
    (void)fprintf(stream, "%s%*s%s%s%s%*s", column == 0 ? "  " : "   ", self->right[column] ? blanks : 0, "",
                  styled ? table_style_sequence(cell->style, colour) : "", cell->text,
                  styled ? table_style_sequence(TABLE_PLAIN, colour) : "",
                  self->right[column] || last ? 0 : blanks, "");
    if (last)
        (void)putc('\n', stream);
}

bool table_print(const table *self, FILE *stream, bool colour)
{
    size_t widths[TABLE_COLUMNS_MAX] = {0};
    if (self->failed)
        return false;
    for (size_t i = 0; i < self->count; i++) {
        const size_t width = width_of(self->cells[i].text);
        if (width > widths[i % self->columns])
            widths[i % self->columns] = width;
    }
    for (size_t i = 0; i < self->count; i++)
        print_cell(self, i, widths[i % self->columns], stream, colour);
    if (self->more > 0)
        (void)fprintf(stream, "  and %zu more%s%s\n", self->more, self->more_of[0] ? " " : "", self->more_of);
    return true;
}

bool table_end(table *self, FILE *stream, bool colour)
{
    const bool printed = self && table_print(self, stream, colour);
    (void)putc('\n', stream);
    table_free(self);
    return printed;
}

bool table_colour(FILE *stream)
{
    const char *const no_color = getenv("NO_COLOR");
    const char *const term = getenv("TERM");
    if ((no_color && no_color[0] != '\0') || !term || strcmp(term, "dumb") == 0)
        return false;
    return isatty(fileno(stream)) == 1;
}

const char *table_style_sequence(table_style style, bool colour)
{
    if (!colour)
        return "";
    switch (style) {
    case TABLE_PLAIN:
        break;
    case TABLE_GOOD:
        return "\033[32m";
    case TABLE_BAD:
        return "\033[1;31m";
    case TABLE_DIM:
        return "\033[2m";
    }
    return "\033[0m";
}

const char *table_time(uint64_t time_ns, char text[TABLE_TIME_MAX])
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};
    if (time_ns == UINT64_MAX) {
        (void)snprintf(text, TABLE_TIME_MAX, "-");
        return text;
    }
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (time_ns < units[i].ns)
            continue;
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 ".%03" PRIu64 " %s", time_ns / units[i].ns,
                       time_ns % units[i].ns / (units[i].ns / 1000), units[i].name);
        return text;
    }
    (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 " ns", time_ns);
    return text;
}
