/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/utf8.h"

#include <jansson.h>
#include <stdbool.h>

void utf8_make(char *text)
{
    bool ascii = true;
    for (const char *at = text; *at && ascii; at++)
        ascii = (unsigned char)*at < 0x80;
    json_t *const read = ascii ? NULL : json_string(text);
    for (char *at = text; !ascii && !read && *at; at++)
        if ((unsigned char)*at >= 0x80)
            *at = '?';
    json_decref(read);
}
