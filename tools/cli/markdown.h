/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_CLI_MARKDOWN_H
#define TOOLS_CLI_MARKDOWN_H

/* Text in GitHub's Markdown: what it would read as markup is escaped. */

#include <stdio.h>

void markdown_text(FILE *stream, const char *text);
/* " TEXT |": the next cell of a row of a table, which begins with "|". */
void markdown_cell(FILE *stream, const char *text);

#endif
