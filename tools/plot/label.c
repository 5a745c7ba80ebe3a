/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/plot/figure.h"

#include <stdlib.h>
#include <string.h>

/* ---- whole files ---- */

static char *read_all(const char *path, size_t *bytes)
{
    FILE *const from = fopen(path, "rb");
    char *text = NULL;
    size_t used = 0;
    size_t room = 0;
    size_t got = 1;
    while (from && got > 0) {
        if (room - used < 65536) {
            char *const more = realloc(text, room + 262144);
            if (!more)
                break;
            text = more;
            room += 262144;
        }
        got = fread(text + used, 1, room - used - 1, from);
        used += got;
    }
    const bool good = from && got == 0 && !ferror(from);
    if (from)
        (void)fclose(from);
    if (!good) {
        free(text);
        return NULL;
    }
    text[used] = '\0';
    *bytes = used;
    return text;
}

/* ---- SVG ---- */

static void put_xml(FILE *to, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            (void)fputs("&amp;", to);
            break;
        case '<':
            (void)fputs("&lt;", to);
            break;
        case '>':
            (void)fputs("&gt;", to);
            break;
        default:
            (void)fputc((unsigned char)*text < ' ' ? ' ' : *text, to);
        }
    }
}

/* gnuplot's own <title> and <desc>, which say the terminal's name, give way to ours. */
bool plot_label_svg(const char *path, const char *title, const char *caption, const char *command)
{
    static const char FIRST[] = "<title>";
    static const char LAST[] = "</desc>";
    size_t bytes;
    char *const text = read_all(path, &bytes);
    char *const from = text ? strstr(text, FIRST) : NULL;
    const char *const after = from ? strstr(from, LAST) : NULL;
    FILE *const to = after ? fopen(path, "wb") : NULL;
    if (to) {
        (void)fwrite(text, 1, (size_t)(from - text), to);
        (void)fputs("<title>", to);
        put_xml(to, title);
        (void)fputs("</title>\n<desc>", to);
        put_xml(to, caption);
        (void)fputs("</desc>\n<metadata>", to);
        put_xml(to, command);
        (void)fputs("</metadata>", to);
        (void)fputs(after + sizeof LAST - 1, to);
    }
    const bool good = to && !ferror(to);
    free(text);
    return to && fclose(to) == 0 && good;
}

/* ---- PNG (ISO/IEC 15948) ---- */

enum { PNG_HEAD = 33 }; /* the signature and IHDR, which must come first */

/* Annex D: the CRC of type and data. */
static uint32_t crc_of(const unsigned char *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;
    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++)
            crc = (crc & 1) ? UINT32_C(0xedb88320) ^ (crc >> 1) : crc >> 1;
    }
    return ~crc;
}

static void put_u32(FILE *to, uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        (void)fputc((int)((value >> shift) & 0xff), to);
}

/* 11.3.4.5: iTXt, which unlike tEXt holds UTF-8; tEXt where that is enough, as more programs show it. */
static void put_text(FILE *to, const char *keyword, const char *text)
{
    bool plain = true;
    for (const char *at = text; *at; at++)
        plain = plain && (unsigned char)*at < 0x80;
    const size_t head = strlen(keyword) + (plain ? 1 : 5);
    const size_t bytes = 4 + head + strlen(text);
    unsigned char *const chunk = calloc(1, bytes);
    if (!chunk || *text == '\0') {
        free(chunk);
        return;
    }
    memcpy(chunk, plain ? "tEXt" : "iTXt", 4);
    memcpy(chunk + 4, keyword, strlen(keyword));
    memcpy(chunk + 4 + head, text, strlen(text));
    put_u32(to, (uint32_t)(bytes - 4));
    (void)fwrite(chunk, 1, bytes, to);
    put_u32(to, crc_of(chunk, bytes));
    free(chunk);
}

bool plot_label_png(const char *path, const char *title, const char *caption, const char *command)
{
    static const char SIGNATURE[] = "\x89PNG\r\n\x1a\n";
    size_t bytes = 0;
    char *const text = read_all(path, &bytes);
    const bool is_png = text && bytes > PNG_HEAD && memcmp(text, SIGNATURE, sizeof SIGNATURE - 1) == 0;
    FILE *const to = is_png ? fopen(path, "wb") : NULL;
    if (to) {
        (void)fwrite(text, 1, PNG_HEAD, to);
        put_text(to, "Title", title);
        put_text(to, "Description", caption);
        put_text(to, "Command", command);
        (void)fwrite(text + PNG_HEAD, 1, bytes - PNG_HEAD, to);
    }
    const bool good = to && !ferror(to);
    free(text);
    return to && fclose(to) == 0 && good;
}
