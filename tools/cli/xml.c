/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/xml.h"

void xml_text(FILE *stream, const char *text)
{
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        switch (c) {
        case '<':
            (void)fputs("&lt;", stream);
            break;
        case '>':
            (void)fputs("&gt;", stream);
            break;
        case '&':
            (void)fputs("&amp;", stream);
            break;
        case '"':
            (void)fputs("&quot;", stream);
            break;
        case '\'':
            (void)fputs("&#39;", stream);
            break;
        default:
            if (c >= 0x20 || c == '\n' || c == '\t')
                (void)fputc(c, stream);
        }
    }
}
