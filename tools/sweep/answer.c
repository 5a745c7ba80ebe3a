/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/sweep/answer.h"

#include <string.h>

/* The struct, then the values, as they are; then the texts, each with its NUL: message, contradiction,
 * verdict and those of the values in their order. */

static void write_text(const char *text, FILE *stream)
{
    (void)fwrite(text, strlen(text) + 1, 1, stream);
}

static void write_value(const summary_value *value, FILE *stream)
{
    if (value->kind == SUMMARY_TEXT)
        write_text(value->text, stream);
}

void sweep_answer_write(const sweep_answer *answer, FILE *stream)
{
    const summary_rows *const rows = &answer->rows;
    const size_t total = summary_rows_total(rows);
    (void)fwrite(answer, sizeof *answer, 1, stream);
    if (total > 0)
        (void)fwrite(rows->values, sizeof *rows->values, total, stream);
    write_text(answer->message, stream);
    write_value(&rows->contradiction, stream);
    write_value(&rows->verdict, stream);
    for (size_t i = 0; i < total; i++)
        write_value(&rows->values[i], stream);
}

typedef struct reader {
    const char *at;
    const char *end; /* where a NUL is */
    bool failed;
} reader;

static const char *read_text(reader *self)
{
    const char *const text = self->at;
    self->failed = self->failed || text >= self->end;
    if (self->failed)
        return "";
    self->at += strlen(text) + 1;
    return text;
}

static void read_value(reader *self, summary_value *value)
{
    if (value->kind == SUMMARY_TEXT)
        value->text = read_text(self);
}

bool sweep_answer_read(const char *bytes, size_t len, sweep_answer *out)
{
    sweep_answer read;
    reader from = {.at = bytes + sizeof read, .end = bytes + len};
    if (len < sizeof read)
        return false;
    memcpy(&read, bytes, sizeof read);
    const size_t total = summary_rows_total(&read.rows);
    if (total > (len - sizeof read) / sizeof *read.rows.values || !summary_rows_alloc(&read.rows))
        return false;
    memcpy(read.rows.values, from.at, total * sizeof *read.rows.values);
    from.at += total * sizeof *read.rows.values;
    read.message = read_text(&from);
    read_value(&from, &read.rows.contradiction);
    read_value(&from, &read.rows.verdict);
    for (size_t i = 0; i < total; i++)
        read_value(&from, &read.rows.values[i]);
    if (from.failed || from.at != from.end) {
        summary_rows_free(&read.rows);
        return false;
    }
    *out = read;
    return true;
}
