/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* __fpurge */
#include "tools/node/output.h"

#include <errno.h>
#include <stdint.h>
#include <stdio_ext.h>
#include <string.h>

void node_output_init(node_output *out, FILE *file, const char *name)
{
    *out = (node_output){.file = file};
    (void)snprintf(out->name, sizeof out->name, "%s", name);
}

void node_output_complain(const char *name, const char *consequence)
{
    (void)fprintf(stderr, "roam node: %s: %s; %s\n", name, strerror(errno), consequence);
}

/* errno says why. What is buffered is dropped: it would be in the way of all that comes later. */
static void fail(node_output *out)
{
    const int why = errno;
    clearerr(out->file);
    __fpurge(out->file);
    out->lost = true;
    if (why == EPIPE) {
        if (!out->told_closed && out->closed)
            out->closed(out->ctx);
        out->told_closed = true;
    }
    if (!out->failing) {
        errno = why;
        node_output_complain(out->name, "what is written there is lost");
    }
    out->failing = true;
}

void node_output_check(node_output *out, bool flush)
{
    if (ferror(out->file) || (flush && fflush(out->file) != 0))
        fail(out);
    else if (flush)
        out->failing = false;
}

void node_output_close(node_output *out)
{
    if (!out->file)
        return;
    node_output_check(out, true);
    if (out->file != stdout && fclose(out->file) != 0 && !out->failing) {
        out->lost = true;
        node_output_complain(out->name, "what was written there is lost");
    }
    out->file = NULL;
}

/* Length of the well-formed character of UTF-8 at text (RFC 3629 section 4) that is no control character; 0:
 * there is none. */
static size_t printable(const uint8_t *text, size_t len)
{
    static const uint32_t least[] = {0, 0x20, 0xa0, 0x800, 0x10000}; /* U+0080 to U+009F are controls */
    const size_t bytes = text[0] < 0x80   ? 1
                         : text[0] < 0xc0 ? 0
                         : text[0] < 0xe0 ? 2
                         : text[0] < 0xf0 ? 3
                                          : 4;
    if (bytes == 1)
        return (text[0] >= 0x20 && text[0] != 0x7f) || text[0] == '\t' ? 1 : 0;
    if (bytes == 0 || bytes > len || text[0] > 0xf4)
        return 0;
    uint32_t value = text[0] & (0x7fU >> bytes);
    for (size_t i = 1; i < bytes; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        value = value << 6 | (text[i] & 0x3f);
    }
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    return value >= least[bytes] && value <= 0x10ffff && !surrogate ? bytes : 0;
}

void node_output_text(node_output *out, const char *text, size_t len)
{
    const uint8_t *at = (const uint8_t *)text;
    while (len > 0) {
        const size_t good = printable(at, len);
        const size_t step = good ? good : 1;
        if (good)
            (void)fwrite(at, 1, good, out->file);
        else
            (void)fprintf(out->file, "\\x%02x", at[0]);
        at += step;
        len -= step;
    }
}
