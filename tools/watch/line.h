/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_LINE_H
#define TOOLS_WATCH_LINE_H

/* A line of events.jsonl as a line of text for a terminal: printable ASCII alone, whatever the line holds. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum watch_line_form {
    WATCH_LINE_WHOLE,
    WATCH_LINE_BRIEF,   /* without what has no room in a row of a screen: where a path was before, counts */
    WATCH_LINE_TIMELINE /* without the first word */
} watch_line_form;

/* "migration_done laptop call 0 result ok local 10.2.0.1:49153", without the time. Longer texts are cut. */
void watch_line_text(const json_t *line, watch_line_form form, char *text, size_t size);

/* The text as a terminal may have it: '?' for each byte that is not printable ASCII. "" for NULL. */
void watch_line_clean(char *to, size_t size, const char *from);

/* It says that something was lost, refused, broken or failed. */
bool watch_line_bad(const json_t *line);

#endif
