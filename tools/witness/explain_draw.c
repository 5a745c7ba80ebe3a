/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/explain_draw.h"

#include "tools/cli/table.h"

#include <inttypes.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { DIAGRAM_MAX = 160, TEXT_MIN = 30, SPAN_MIN = 4, SPAN_MAX = 12, LINE_MAX_BYTES = 2048 };

typedef enum glyph {
    GLYPH_BLANK,
    GLYPH_LIFELINE,
    GLYPH_DASH,
    GLYPH_FROM_LEFT, /* a lifeline where an arrow to the right begins */
    GLYPH_FROM_RIGHT,
    GLYPH_CROSSED,
    GLYPH_PASSED, /* a NAT or a relay that the packet passes */
    GLYPH_RIGHT,
    GLYPH_LEFT,
    GLYPH_LOST,
    GLYPH_RULE
} glyph;

static const char *const GLYPHS[][2] = {
    [GLYPH_BLANK] = {" ", " "},     [GLYPH_LIFELINE] = {"|", "│"},   [GLYPH_DASH] = {"-", "─"},
    [GLYPH_FROM_LEFT] = {"|", "├"}, [GLYPH_FROM_RIGHT] = {"|", "┤"}, [GLYPH_CROSSED] = {"+", "┼"},
    [GLYPH_PASSED] = {"o", "●"},    [GLYPH_RIGHT] = {">", ">"},      [GLYPH_LEFT] = {"<", "<"},
    [GLYPH_LOST] = {"X", "✗"},      [GLYPH_RULE] = {"=", "═"},
};

typedef struct drawing {
    const explain_terminal *terminal;
    const explain_section *section;
    FILE *stream;
    int time_width, took_width; /* columns */
    size_t span;                /* from a lifeline to the next */
    size_t begin, text;         /* the columns where the lifelines and the words begin */
} drawing;

explain_terminal explain_terminal_of(FILE *stream)
{
    explain_terminal terminal = {.columns = EXPLAIN_COLUMNS_MIN, .colour = table_colour(stream)};
    struct winsize size;
    const locale_t locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
    if (isatty(fileno(stream)) == 1 && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 &&
        size.ws_col > EXPLAIN_COLUMNS_MIN)
        terminal.columns = size.ws_col > EXPLAIN_COLUMNS_MAX ? EXPLAIN_COLUMNS_MAX : size.ws_col;
    if (locale) {
        terminal.utf8 = strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0;
        freelocale(locale);
    }
    return terminal;
}

/* ---- measures ---- */

static int digits_of(uint64_t number)
{
    int digits = 1;
    for (; number >= 10; number /= 10)
        digits++;
    return digits;
}

static void measure(drawing *self)
{
    const explain_section *const section = self->section;
    const size_t gaps = section->lifeline_count > 1 ? section->lifeline_count - 1 : 1;
    uint64_t last_ns = 0;
    uint64_t longest_ns = 0;
    for (size_t i = 0; i < section->row_count; i++) {
        last_ns = section->rows[i].at_ns > last_ns ? section->rows[i].at_ns : last_ns;
        if (section->rows[i].took_ns != EXPLAIN_NEVER && section->rows[i].took_ns > longest_ns)
            longest_ns = section->rows[i].took_ns;
    }
    self->time_width = digits_of(last_ns / 1000000000) + 7;
    self->took_width = digits_of(longest_ns / 1000000) + 4;
    self->took_width = self->took_width < 6 ? 6 : self->took_width;
    self->begin = (size_t)self->time_width + 1 + (size_t)self->took_width + 2;
    const size_t room = self->terminal->columns - self->begin - TEXT_MIN - 2;
    const size_t wanted = gaps == 1 ? SPAN_MAX : gaps == 2 ? 8 : 6;
    self->span = room / gaps < wanted ? room / gaps : wanted;
    self->span = self->span < SPAN_MIN ? SPAN_MIN : self->span;
    self->text = self->begin + self->span * gaps + 2;
    if (self->text > self->terminal->columns - TEXT_MIN / 2)
        self->text = self->terminal->columns - TEXT_MIN / 2;
}

static size_t column_of(const drawing *self, uint32_t line)
{
    return line * self->span < DIAGRAM_MAX ? line * self->span : DIAGRAM_MAX - 1;
}

/* ---- one row's arrow ---- */

static void put_lifelines(const drawing *self, uint8_t *cells, glyph line, size_t count)
{
    (void)memset(cells, GLYPH_BLANK, DIAGRAM_MAX);
    for (uint32_t i = 0; i < count; i++)
        cells[column_of(self, i)] = (uint8_t)line;
}

/* The column where the arrow ends, which is beside a lifeline: the head, or the cross. */
static size_t end_column(const drawing *self, const explain_row *row, bool right)
{
    const size_t from = column_of(self, row->from);
    const size_t to = column_of(self, row->to);
    switch (row->end) {
    case EXPLAIN_LOST_EARLY:
        return right ? from + 2 : from - 2;
    case EXPLAIN_LOST_BETWEEN:
        return column_of(self, row->via[row->via_count - 1]);
    case EXPLAIN_ARRIVES:
    case EXPLAIN_LOST_LATE:
    case EXPLAIN_UNDER_WAY:
        break;
    }
    return right ? to - 1 : to + 1;
}

static void put_arrow(const drawing *self, const explain_row *row, uint8_t *cells)
{
    const bool right = row->to > row->from;
    const size_t from = column_of(self, row->from);
    if (row->to == row->from)
        return;
    const size_t end = end_column(self, row, right);
    for (size_t at = right ? from + 1 : from - 1; at != end; at = right ? at + 1 : at - 1)
        cells[at] = cells[at] == GLYPH_LIFELINE ? GLYPH_CROSSED : GLYPH_DASH;
    cells[from] = right ? GLYPH_FROM_LEFT : GLYPH_FROM_RIGHT;
    for (uint32_t i = 0; i < row->via_count; i++)
        if (cells[column_of(self, row->via[i])] == GLYPH_CROSSED)
            cells[column_of(self, row->via[i])] = GLYPH_PASSED;
    cells[end] = row->end == EXPLAIN_UNDER_WAY ? GLYPH_DASH
                 : row->end != EXPLAIN_ARRIVES ? GLYPH_LOST
                 : right                       ? GLYPH_RIGHT
                                               : GLYPH_LEFT;
}

/* ---- lines ---- */

static void put_cells(const drawing *self, const uint8_t *cells)
{
    const size_t count = self->text - self->begin;
    size_t last = count;
    while (last > 0 && cells[last - 1] == GLYPH_BLANK)
        last--;
    for (size_t i = 0; i < last; i++)
        (void)fputs(GLYPHS[cells[i]][self->terminal->utf8], self->stream);
    (void)fprintf(self->stream, "%*s", (int)(count - last), "");
}

static const char *colour_of(const drawing *self, explain_tone tone)
{
    static const table_style STYLES[] = {[EXPLAIN_PLAIN] = TABLE_PLAIN,
                                         [EXPLAIN_GOOD] = TABLE_GOOD,
                                         [EXPLAIN_BAD] = TABLE_BAD,
                                         [EXPLAIN_DIM] = TABLE_DIM};
    return tone == EXPLAIN_PLAIN ? "" : table_style_sequence(STYLES[tone], self->terminal->colour);
}

/* As much of the text as a line holds, broken at a space; what is left of it is returned. */
static const char *next_line(const char *text, size_t width, char *line)
{
    size_t len = strlen(text);
    if (len > width) {
        len = width;
        while (len > 0 && text[len] != ' ')
            len--;
        if (len == 0)
            len = width;
    }
    (void)snprintf(line, LINE_MAX_BYTES, "%.*s", (int)len, text);
    text += len;
    return text + strspn(text, " ");
}

static void put_words(const drawing *self, explain_tone tone, const char *line)
{
    (void)fprintf(self->stream, "%s%s%s\n", colour_of(self, tone), line,
                  tone == EXPLAIN_PLAIN ? "" : table_style_sequence(TABLE_PLAIN, self->terminal->colour));
}

static void put_times(const drawing *self, const explain_row *row)
{
    char took[32] = "";
    if (row->took_ns != EXPLAIN_NEVER)
        (void)snprintf(took, sizeof took, "%" PRIu64 ".%03" PRIu64, row->took_ns / 1000000,
                       row->took_ns % 1000000 / 1000);
    else if (row->kind == EXPLAIN_ROW_PACKET)
        (void)snprintf(took, sizeof took, "%s", row->end == EXPLAIN_UNDER_WAY ? "-" : "lost");
    (void)fprintf(self->stream, "%*" PRIu64 ".%06" PRIu64 " %*s  ", self->time_width - 7,
                  row->at_ns / 1000000000, row->at_ns % 1000000000 / 1000, self->took_width, took);
}

/* Across the lifelines: an event, or how much is folded. */
static void draw_across(const drawing *self, const explain_row *row)
{
    char line[LINE_MAX_BYTES];
    const char *const mark =
        row->kind == EXPLAIN_ROW_EVENT ? GLYPHS[GLYPH_RULE][self->terminal->utf8] : "...";
    const size_t indent = row->kind == EXPLAIN_ROW_EVENT ? 2 : 4;
    const char *left = row->text;
    if (row->kind == EXPLAIN_ROW_EVENT)
        put_times(self, row);
    for (bool first = true; first || *left; first = false) {
        if (!first || row->kind != EXPLAIN_ROW_EVENT)
            (void)fprintf(self->stream, "%*s", (int)self->begin, "");
        left = next_line(left, self->terminal->columns - self->begin - indent, line);
        (void)fprintf(self->stream, "%s%*s", first ? mark : "", first ? 1 : (int)indent, "");
        put_words(self, row->tone, line);
    }
}

static void draw_packet(const drawing *self, const explain_row *row)
{
    uint8_t cells[DIAGRAM_MAX];
    char line[LINE_MAX_BYTES];
    put_lifelines(self, cells, GLYPH_LIFELINE, self->section->lifeline_count);
    put_times(self, row);
    put_arrow(self, row, cells);
    put_cells(self, cells);
    const char *left = next_line(row->text, self->terminal->columns - self->text, line);
    put_words(self, row->tone, line);
    put_lifelines(self, cells, GLYPH_LIFELINE, self->section->lifeline_count);
    while (*left) {
        (void)fprintf(self->stream, "%*s", (int)self->begin, "");
        put_cells(self, cells);
        left = next_line(left, self->terminal->columns - self->text - 2, line);
        (void)fputs("  ", self->stream);
        put_words(self, row->tone, line);
    }
}

/* The name of each lifeline where it begins, beside those before it. */
static void draw_head(const drawing *self)
{
    uint8_t cells[DIAGRAM_MAX];
    for (uint32_t i = 0; i < self->section->lifeline_count; i++) {
        put_lifelines(self, cells, GLYPH_LIFELINE, i);
        if (i == 0)
            (void)fprintf(self->stream, "%*s %*s  ", self->time_width, "left", self->took_width, "took");
        else
            (void)fprintf(self->stream, "%*s", (int)self->begin, "");
        const size_t len = strlen(self->section->lifelines[i].text);
        const size_t room = self->terminal->columns - self->begin;
        const size_t at = len + column_of(self, i) <= room ? column_of(self, i) : len < room ? room - len : 0;
        for (size_t k = 0; k < at; k++)
            (void)fputs(GLYPHS[cells[k]][self->terminal->utf8], self->stream);
        (void)fprintf(self->stream, "%s\n", self->section->lifelines[i].text);
    }
}

static void draw_text(const drawing *self, const char *text, size_t indent)
{
    char line[LINE_MAX_BYTES];
    for (bool first = true; *text; first = false) {
        const size_t space = first ? 0 : indent;
        text = next_line(text, self->terminal->columns - space, line);
        (void)fprintf(self->stream, "%*s%s\n", (int)space, "", line);
    }
}

static void draw_section(drawing *self, const explain_story *story)
{
    char text[EXPLAIN_TEXT_MAX];
    explain_title(story, self->section, text);
    (void)fprintf(self->stream, "\n%s\n\n", text);
    measure(self);
    draw_head(self);
    for (size_t i = 0; i < self->section->row_count; i++)
        if (self->section->rows[i].kind == EXPLAIN_ROW_PACKET)
            draw_packet(self, &self->section->rows[i]);
        else
            draw_across(self, &self->section->rows[i]);
    if (self->section->sum_count > 0)
        (void)fputc('\n', self->stream);
    for (size_t i = 0; i < self->section->sum_count; i++)
        draw_text(self, self->section->sums[i], 2);
    explain_rest(self->section, text);
    draw_text(self, text, 0);
}

void explain_draw(const explain_story *story, const explain_terminal *terminal, FILE *stream)
{
    drawing self = {.terminal = terminal, .stream = stream};
    for (size_t i = 0; explain_legend(i); i++)
        draw_text(&self, explain_legend(i), 0);
    for (size_t i = 0; i < story->section_count; i++) {
        self.section = &story->sections[i];
        draw_section(&self, story);
    }
    if (story->section_count == 0)
        (void)fputs("\nno connection was made\n", stream);
    if (story->pairs > story->section_count)
        (void)fprintf(stream, "\nand %zu more pairs of nodes: --of NODE\n",
                      story->pairs - story->section_count);
}
