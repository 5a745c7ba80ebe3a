/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_WATCH_LINE_H
#define TOOLS_WATCH_LINE_H

/* A line of events.jsonl as a line of text for a terminal: printable ASCII alone, whatever the line holds. */

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* "migration_done laptop call 0 result ok local 10.2.0.1:49153", without the time. of_timeline: without the
 * first word. Longer texts are cut. */
void watch_line_text(const json_t *line, bool of_timeline, char *text, size_t size);

/* The text as a terminal may have it: '?' for each byte that is not printable ASCII. "" for NULL. */
void watch_line_clean(char *to, size_t size, const char *from);

/* It says that something was lost, refused, broken or failed. */
bool watch_line_bad(const json_t *line);

#endif
