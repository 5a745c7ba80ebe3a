/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/watch/screen_pen.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pen_put(pen *self, table_style style, const char *format, ...)
{
    char text[SCREEN_COLUMNS_MAX + 1];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (self->row >= self->on->rows)
        return;
    for (size_t i = 0; text[i] != '\0' && self->column < self->on->columns; i++, self->column++) {
        self->on->text[self->row][self->column] = text[i];
        self->on->style[self->row][self->column] = (unsigned char)style;
    }
}

void pen_next_row(pen *self)
{
    self->row++;
    self->column = 0;
}

void pen_to_column(pen *self, size_t column)
{
    self->column = self->column < column ? column : self->column + 1;
}

void pen_title(pen *self, const char *title, size_t first, size_t shown, size_t count)
{
    pen_put(self, TABLE_DIM, "%s", title);
    if (shown < count) {
        char more[64];
        (void)snprintf(more, sizeof more, "%zu-%zu of %zu", first + 1, first + shown, count);
        const size_t len = strlen(more);
        pen_to_column(self, self->on->columns > len ? self->on->columns - len : 0);
        pen_put(self, TABLE_DIM, "%s", more);
    }
    pen_next_row(self);
}

const char *pen_seconds(uint64_t at_ns, char text[TABLE_TIME_MAX])
{
    (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 ".%03" PRIu64, at_ns / 1000000000,
                   at_ns / 1000000 % 1000);
    return text;
}

const char *pen_bytes(uint64_t count, char text[TABLE_TIME_MAX])
{
    if (count < 10000)
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 " B", count);
    else if (count < 10000000)
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 " kB", count / 1000);
    else
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 " MB", count / 1000000);
    return text;
}

const char *pen_brief_time(uint64_t time_ns, char text[TABLE_TIME_MAX])
{
    if (time_ns >= 10000000000)
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 " s", time_ns / 1000000000);
    else if (time_ns >= 1000000000)
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 ".%" PRIu64 " s", time_ns / 1000000000,
                       time_ns / 100000000 % 10);
    else
        (void)snprintf(text, TABLE_TIME_MAX, "%" PRIu64 ".%" PRIu64 " ms", time_ns / 1000000,
                       time_ns / 100000 % 10);
    return text;
}

/* Names of a group differ at their ends. */
static void put_name(pen *self, const char *name, size_t columns)
{
    const size_t len = strlen(name);
    if (len <= columns) {
        pen_put(self, TABLE_PLAIN, "%s", name);
        return;
    }
    const size_t tail = columns / 2;
    pen_put(self, TABLE_PLAIN, "%.*s~%s", (int)(columns - tail - 1), name, name + len - tail);
}

void pen_pair(pen *self, const char *from, const char *to, size_t columns)
{
    const size_t half = (columns - 3) / 2;
    const size_t one = strlen(from);
    const size_t other = strlen(to);
    const size_t room = columns - 3 - half;
    put_name(self, from, other < room ? columns - 3 - other : half);
    pen_put(self, TABLE_PLAIN, " > ");
    put_name(self, to, one < half ? columns - 3 - one : room);
}

void pen_address(pen *self, const watch_model *model, const watch_address *address)
{
    char text[ROAM_ADDR_STRING_MAX];
    const char *const network = address->network == WATCH_NONE ? "?" : model->networks[address->network].name;
    const size_t len = strlen(roam_addr_format(&address->addr, text));
    /* It has no port. */
    pen_put(self, TABLE_PLAIN, "%s %.*s", network, (int)(len > 2 ? len - 2 : len), text);
}

void pen_entry(pen *self, const watch_entry *entry)
{
    char when[TABLE_TIME_MAX];
    pen_put(self, TABLE_DIM, "%10s  ", pen_seconds(entry->at_ns, when));
    pen_put(self, entry->bad ? TABLE_BAD : TABLE_PLAIN, "%s", entry->text);
    if (entry->count > 1)
        pen_put(self, TABLE_BAD, " x%" PRIu64, entry->count);
    pen_next_row(self);
}

void share_rows(share *lists, size_t count, size_t rows)
{
    for (;;) {
        size_t used = 0;
        size_t longest = 0;
        for (size_t i = 0; i < count; i++) {
            used += lists[i].shown + lists[i].fixed;
            if (lists[i].shown > lists[longest].shown)
                longest = i;
        }
        if (used <= rows || lists[longest].shown <= 1)
            return;
        lists[longest].shown--;
    }
}
