/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/markdown.h"

#include <string.h>

void markdown_text(FILE *stream, const char *text)
{
    for (; *text; text++) {
        if (strchr("|\\`*_<>[]", *text))
            (void)fputc('\\', stream);
        (void)fputc(*text, stream);
    }
}

void markdown_cell(FILE *stream, const char *text)
{
    (void)fputs(" ", stream);
    markdown_text(stream, text);
    (void)fputs(" |", stream);
}
