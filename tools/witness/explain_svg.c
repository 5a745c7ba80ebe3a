/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/witness/explain_draw.h"

#include <inttypes.h>
#include <string.h>

enum {
    LEFT = 16,
    ROW = 20,    /* pixels from a row to the next */
    TIMES = 170, /* the two columns of times */
    SPAN = 130,  /* from a lifeline to the next */
    WORDS = 620, /* the words of a packet */
    TENTHS = 73, /* of a pixel, the width of a letter of 12 pixels */
    GAP = 24
};

static const char STYLE[] =
    "<style>\n"
    "svg { background: #ffffff; font: 12px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace }\n"
    "text { fill: #1c2126 } .dim { fill: #68717a } .good { fill: #1a7f37 } .bad { fill: #c4161c }\n"
    ".head { font-weight: bold } .life { stroke: #c3c9cf } .way { stroke: #1f5fa8; stroke-width: 1.5 }\n"
    ".lost { stroke: #c4161c; stroke-width: 1.5 } .tip { fill: #1f5fa8 } .pass { fill: #1f5fa8 }\n"
    ".event { fill: #eef2f6 }\n"
    "@media (prefers-color-scheme: dark) {\n"
    "svg { background: #14181c } text { fill: #dfe4e9 } .dim { fill: #97a1ab } .good { fill: #56d364 }\n"
    ".bad { fill: #ff8078 } .life { stroke: #3c454e } .way { stroke: #79b8ff } .lost { stroke: #ff8078 }\n"
    ".tip { fill: #79b8ff } .pass { fill: #79b8ff } .event { fill: #20272e }\n"
    "}\n"
    "</style>\n";

typedef struct figure {
    FILE *stream;
    const explain_section *section;
    int y; /* of the next row's middle */
    int width;
} figure;

static int x_of(uint32_t line)
{
    return LEFT + TIMES + (int)line * SPAN;
}

static int words_of(const explain_section *section)
{
    return x_of(section->lifeline_count > 0 ? (uint32_t)section->lifeline_count - 1 : 0) + GAP;
}

static void put_escaped(FILE *stream, const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        switch (text[i]) {
        case '<':
            (void)fputs("&lt;", stream);
            break;
        case '>':
            (void)fputs("&gt;", stream);
            break;
        case '&':
            (void)fputs("&amp;", stream);
            break;
        default:
            (void)fputc(text[i], stream);
        }
}

static void put_text(const figure *self, int x, int y, const char *style, const char *text, size_t len)
{
    (void)fprintf(self->stream, "<text x=\"%d\" y=\"%d\" class=\"%s\">", x, y + 4, style);
    put_escaped(self->stream, text, len);
    (void)fputs("</text>\n", self->stream);
}

/* So much of the text as there is room for, broken at a space. */
static size_t line_length(const char *text, int room)
{
    const size_t most = (size_t)(room * 10 / TENTHS);
    size_t len = strlen(text);
    if (len <= most)
        return len;
    for (len = most; len > 0 && text[len] != ' ';)
        len--;
    return len > 0 ? len : most;
}

/* The text in lines below one another; how many. */
static int put_lines(const figure *self, int x, int y, const char *style, const char *text)
{
    int lines = 0;
    while (*text) {
        const size_t len = line_length(text, self->width - x - LEFT);
        put_text(self, x, y + lines++ * (ROW - 4), style, text, len);
        text += len;
        text += strspn(text, " ");
    }
    return lines > 0 ? lines : 1;
}

static const char *style_of(explain_tone tone)
{
    static const char *const NAMES[] = {
        [EXPLAIN_PLAIN] = "", [EXPLAIN_GOOD] = "good", [EXPLAIN_BAD] = "bad", [EXPLAIN_DIM] = "dim"};
    return NAMES[tone];
}

static void put_times(const figure *self, const explain_row *row)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%" PRIu64 ".%06" PRIu64, row->at_ns / 1000000000,
                   row->at_ns % 1000000000 / 1000);
    (void)fprintf(self->stream, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" class=\"dim\">%s</text>\n",
                  LEFT + 75, self->y + 4, text);
    if (row->kind != EXPLAIN_ROW_PACKET)
        return;
    (void)snprintf(text, sizeof text, "%" PRIu64 ".%03" PRIu64, row->took_ns / 1000000,
                   row->took_ns % 1000000 / 1000);
    (void)fprintf(self->stream, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", LEFT + 150,
                  self->y + 4,
                  row->took_ns != EXPLAIN_NEVER   ? text
                  : row->end == EXPLAIN_UNDER_WAY ? "-"
                                                  : "lost");
}

static void put_arrow(const figure *self, const explain_row *row)
{
    const int step = row->to > row->from ? 1 : -1;
    const int from = x_of(row->from);
    int to = x_of(row->to);
    if (row->end == EXPLAIN_LOST_EARLY)
        to = from + step * 24;
    else if (row->end == EXPLAIN_LOST_BETWEEN)
        to = x_of(row->via[row->via_count - 1]);
    else if (row->end == EXPLAIN_LOST_LATE)
        to -= step * 14;
    (void)fprintf(self->stream, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"%s\"/>\n", from,
                  self->y, to - (row->end == EXPLAIN_ARRIVES ? step * 6 : 0), self->y,
                  row->end == EXPLAIN_ARRIVES ? "way" : "lost");
    for (uint32_t i = 0; i < row->via_count; i++)
        (void)fprintf(self->stream, "<circle cx=\"%d\" cy=\"%d\" r=\"4\" class=\"pass\"/>\n",
                      x_of(row->via[i]), self->y);
    if (row->end == EXPLAIN_ARRIVES)
        (void)fprintf(self->stream, "<path d=\"M%d %d l%d -4 v8 z\" class=\"tip\"/>\n", to, self->y,
                      -step * 8);
    else if (row->end != EXPLAIN_UNDER_WAY)
        (void)fprintf(self->stream, "<path d=\"M%d %d l10 10 m0 -10 l-10 10\" class=\"lost\"/>\n", to - 5,
                      self->y - 5);
}

static void put_row(figure *self, const explain_row *row)
{
    const int words = words_of(self->section);
    char text[EXPLAIN_TEXT_MAX + 4];
    int lines = 1;
    switch (row->kind) {
    case EXPLAIN_ROW_EVENT:
        lines = (int)(strlen(row->text) * TENTHS / 10) / (self->width - LEFT - TIMES - 32) + 1;
        (void)fprintf(self->stream, "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" class=\"event\"/>\n",
                      LEFT + TIMES - 10, self->y - 9, self->width - 2 * LEFT - TIMES + 10,
                      lines * (ROW - 4) + 2);
        put_times(self, row);
        lines = put_lines(self, LEFT + TIMES, self->y, style_of(row->tone), row->text);
        break;
    case EXPLAIN_ROW_GAP:
        (void)snprintf(text, sizeof text, "... %s", row->text);
        lines = put_lines(self, words, self->y, style_of(row->tone), text);
        break;
    case EXPLAIN_ROW_PACKET:
        put_times(self, row);
        put_arrow(self, row);
        lines = put_lines(self, words, self->y, style_of(row->tone), row->text);
        break;
    }
    self->y += ROW + (lines - 1) * (ROW - 4);
}

/* How many pixels the rows take: what put_row adds up. */
static int height_of(const explain_section *section, int width)
{
    int height = 0;
    for (size_t i = 0; i < section->row_count; i++) {
        const int x = section->rows[i].kind == EXPLAIN_ROW_EVENT ? LEFT + TIMES : words_of(section);
        int lines = 0;
        for (const char *text = section->rows[i].text; *text; text += strspn(text, " ")) {
            text += line_length(text, width - x - LEFT);
            lines++;
        }
        height += ROW + (lines > 1 ? lines - 1 : 0) * (ROW - 4);
    }
    return height;
}

static void put_section(figure *self, const explain_story *story)
{
    const explain_section *const section = self->section;
    char text[EXPLAIN_TEXT_MAX];
    explain_title(story, section, text);
    put_text(self, LEFT, self->y, "head", text, strlen(text));
    self->y += ROW + 8;
    put_text(self, LEFT + 26, self->y, "dim", "left, s", 7);
    put_text(self, LEFT + 94, self->y, "dim", "took, ms", 8);
    const int end = self->y + (int)section->lifeline_count * ROW + height_of(section, self->width);
    for (uint32_t i = 0; i < section->lifeline_count; i++, self->y += ROW) {
        (void)fprintf(self->stream, "<line x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\" class=\"life\"/>\n",
                      x_of(i), self->y + 8, x_of(i), end);
        put_text(self, x_of(i) - 4, self->y, "head", section->lifelines[i].text,
                 strlen(section->lifelines[i].text));
    }
    for (size_t i = 0; i < section->row_count; i++)
        put_row(self, &section->rows[i]);
    self->y += 8;
    for (size_t i = 0; i < section->sum_count; i++)
        self->y += put_lines(self, LEFT, self->y, "head", section->sums[i]) * (ROW - 4);
    explain_rest(section, text);
    self->y += *text ? put_lines(self, LEFT, self->y, "dim", text) * (ROW - 4) : 0;
    self->y += ROW;
}

void explain_draw_svg(const explain_story *story, FILE *stream)
{
    figure self = {.stream = stream, .y = 24, .width = 0};
    int height = 80;
    for (size_t i = 0; i < story->section_count; i++) {
        const int width = words_of(&story->sections[i]) + WORDS;
        self.width = width > self.width ? width : self.width;
    }
    self.width = self.width > 0 ? self.width : WORDS;
    for (size_t i = 0; i < story->section_count; i++) {
        const explain_section *const section = &story->sections[i];
        height += height_of(section, self.width) +
                  (int)(section->lifeline_count + 4 + 2 * section->sum_count) * ROW;
    }
    (void)fprintf(
        stream,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">\n%s",
        self.width, height, self.width, height, STYLE);
    for (size_t i = 0; i < story->section_count; i++) {
        self.section = &story->sections[i];
        put_section(&self, story);
    }
    for (size_t i = 0; explain_legend(i); i++)
        self.y += put_lines(&self, LEFT, self.y, "dim", explain_legend(i)) * (ROW - 4);
    (void)fputs("</svg>\n", stream);
}
