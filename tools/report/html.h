/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_REPORT_HTML_H
#define TOOLS_REPORT_HTML_H

/* Pieces of HTML. Text is escaped, and what is no text in XML is left out. */

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

void html_text(FILE *page, const char *text);
/* A name with a combination, which may go on in another line behind each comma. */
void html_name(FILE *page, const char *text);

/* A page that needs nothing but itself, up to <main>, with the style of all pages; and its end, with a script
 * unless that is NULL. */
void html_begin(FILE *page, const char *title);
void html_end(FILE *page, const char *script);

/* <td>; a class may be NULL. */
void html_cell(FILE *page, const char *class, const char *text);
/* A number that sorts: value is shown as text. UINT64_MAX: an empty cell that sorts last. */
void html_number(FILE *page, uint64_t value, const char *text);
/* The same with small print below; "" for none. UINT64_MAX is a number as any other: the greatest. */
void html_figure(FILE *page, uint64_t value, const char *text, const char *below);

/* <table> in a box that scrolls, up to <tbody>. A title that begins with '>' is of numbers. */
void html_table(FILE *page, const char *caption, const char *const *titles, size_t count, bool sorts);
void html_table_end(FILE *page);

#endif
