/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_SCREEN_PEN_H
#define TOOLS_WATCH_SCREEN_PEN_H

/* What screen*.c and panel.c write with: texts on a screen, from left to right; what has no room is cut. */

#include "tools/watch/screen.h"

/* Where the next text goes. */
typedef struct pen {
    screen *on;
    size_t row, column;
} pen;

__attribute__((format(printf, 3, 4))) void pen_put(pen *self, table_style style, const char *format, ...);
void pen_next_row(pen *self);
/* A cell that is too long for its column ends with a blank. */
void pen_to_column(pen *self, size_t column);
/* A title, and at the right of its row which of so many follow, unless all do. Ends the row. */
void pen_title(pen *self, const char *title, size_t first, size_t shown, size_t count);

/* "5.008": seconds. As the following: returns text. */
const char *pen_seconds(uint64_t at_ns, char text[TABLE_TIME_MAX]);
/* "24 kB" */
const char *pen_bytes(uint64_t count, char text[TABLE_TIME_MAX]);
/* "5.1 ms": one decimal is all that there is room for. */
const char *pen_brief_time(uint64_t time_ns, char text[TABLE_TIME_MAX]);

/* Two names, "laptop > server", in so many columns: the middle of long names is left out. */
void pen_pair(pen *self, const char *from, const char *to, size_t columns);
/* "wifi 10.1.0.1" */
void pen_address(pen *self, const watch_model *model, const watch_address *address);
/* An entry of the log, with its time. Ends the row. */
void pen_entry(pen *self, const watch_entry *entry);

/* Lists that share rows: the longest gives one away until all have room. */
typedef struct share {
    size_t fixed; /* rows that it takes besides: its title */
    size_t shown;
} share;

void share_rows(share *lists, size_t count, size_t rows);

#endif
