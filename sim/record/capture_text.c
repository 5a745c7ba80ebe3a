/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/capture_text.h"

#include "sim/record/capture_words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LAST_LINE_BYTES = 64 }; /* of the line that counts the others, and what ends it */

static bool add(capture_text *self, const char *lines, size_t len)
{
    const size_t needed = self->len + 1 + len + LAST_LINE_BYTES;
    if (self->more > 0 || needed > CAPTURE_TEXT_MAX) {
        self->more++;
        return true;
    }
    char *const bytes = realloc(self->bytes, needed);
    if (!bytes)
        return false;
    self->bytes = bytes;
    if (self->len > 0)
        self->bytes[self->len++] = '\n';
    memcpy(self->bytes + self->len, lines, len);
    self->len += len;
    self->bytes[self->len] = '\0';
    return true;
}

bool capture_text_add(capture_text *self, const char *format, ...)
{
    char line[CAPTURE_LINE_MAX];
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    if (len < 0)
        return false;
    for (char *at = line; (at = strchr(at, '\n')) != NULL;)
        *at = ' ';
    return add(self, line, strlen(line));
}

bool capture_text_join(capture_text *self, const capture_text *other)
{
    for (size_t at = 0; at < other->len;) {
        const char *const line = other->bytes + at;
        const size_t len = strcspn(line, "\n");
        if (!add(self, line, len))
            return false;
        at += len + 1;
    }
    self->more += other->more;
    return true;
}

const char *capture_text_lines(capture_text *self)
{
    if (self->len > 0 && self->more > 0)
        (void)snprintf(self->bytes + self->len, LAST_LINE_BYTES,
                       "\n" CAPTURE_MORE "%" PRIu64 " comments without room", self->more);
    return self->len > 0 ? self->bytes : NULL;
}

const char *capture_time(uint64_t ns, char text[CAPTURE_TIME_MAX])
{
    int len = snprintf(text, CAPTURE_TIME_MAX, "%" PRIu64 ".%06" PRIu64, ns / 1000000, ns % 1000000);
    while (text[len - 1] == '0')
        len--;
    len -= text[len - 1] == '.';
    (void)snprintf(text + len, (size_t)(CAPTURE_TIME_MAX - len), " ms");
    return text;
}

void capture_text_clear(capture_text *self)
{
    self->len = 0;
    self->more = 0;
}

void capture_text_fini(capture_text *self)
{
    free(self->bytes);
    *self = (capture_text){0};
}
