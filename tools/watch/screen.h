/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_SCREEN_H
#define TOOLS_WATCH_SCREEN_H

/* The picture of a model: rows of characters, each with a style. All characters are printable ASCII, so that
 * a byte is a column. */

#include "tools/cli/table.h"
#include "tools/watch/model.h"

enum { SCREEN_COLUMNS_MAX = 300, SCREEN_ROWS_MAX = 200, SCREEN_COLUMNS_MIN = 60, SCREEN_ROWS_MIN = 16 };

typedef struct screen {
    size_t columns, rows;
    size_t page; /* rows of what is scrolled */
    char text[SCREEN_ROWS_MAX][SCREEN_COLUMNS_MAX];
    unsigned char style[SCREEN_ROWS_MAX][SCREEN_COLUMNS_MAX]; /* table_style */
} screen;

/* What the view says besides the model. */
typedef struct screen_view {
    const char *speed; /* "x1", "max" */
    bool paused;
    bool replay;
    size_t first;      /* of nodes, connections and flows, or in the panel: how many are scrolled past */
    uint32_t selected; /* node */
    bool follow;       /* nodes are scrolled so that the selected one is seen */
    bool panel;        /* what is known of the selected node, in place of the lists */
} screen_view;

/* Draws all of it; larger than the greatest size, that one is taken. Smaller than the least: it says so. */
void screen_draw(screen *self, size_t columns, size_t rows, const watch_model *model,
                 const screen_view *view);

/* How far `first` may go. */
size_t screen_scroll_max(const watch_model *model, const screen_view *view);

/* What turns a terminal that shows `before` (NULL: nothing is known of it) into `self`, to the stream, which
 * sees the sequences of ECMA-48; those for styles only with colour. */
void screen_write(const screen *self, const screen *before, bool colour, FILE *stream);

#endif
