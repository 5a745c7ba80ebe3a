/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WITNESS_EXPLAIN_DRAW_H
#define TOOLS_WITNESS_EXPLAIN_DRAW_H

/* A story on a terminal, and as a figure. */

#include "tools/witness/explain_story.h"

#define EXPLAIN_COLUMNS_MIN 80
#define EXPLAIN_COLUMNS_MAX 200

typedef struct explain_terminal {
    size_t columns;
    bool colour;
    bool utf8; /* else ASCII */
} explain_terminal;

/* What standard output is: as wide as its terminal, 80 when it is none; the characters of the locale. */
explain_terminal explain_terminal_of(FILE *stream);

void explain_draw(const explain_story *story, const explain_terminal *terminal, FILE *stream);
/* An SVG image; light or dark as the reader has it. */
void explain_draw_svg(const explain_story *story, FILE *stream);

/* What both say beside the rows. */
void explain_title(const explain_story *story, const explain_section *section, char *text);
/* What stands below a section: a sentence, or "". */
void explain_rest(const explain_section *section, char *text);
/* The lines of the legend: NULL after the last. */
const char *explain_legend(size_t index);

#endif
