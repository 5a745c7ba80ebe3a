/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIM_RECORD_CAPTURE_TEXT_H
#define SIM_RECORD_CAPTURE_TEXT_H

/* Comments of one packet, a line each, of which a packet takes so many bytes; lines beyond it are counted. */

#include "core/roam.h"

#include <stddef.h>
#include <stdint.h>

enum { CAPTURE_TEXT_MAX = 4096, CAPTURE_LINE_MAX = 1024, CAPTURE_TIME_MAX = 32 };

/* Zeros: none. */
typedef struct capture_text {
    char *bytes; /* lines without a newline after the last; NULL: none so far */
    size_t len;
    uint64_t more; /* lines without room */
} capture_text;

/* A line, of which CAPTURE_LINE_MAX bytes are kept. False: out of memory. */
__attribute__((format(printf, 2, 3))) ROAM_CHECKED bool capture_text_add(capture_text *self,
                                                                         const char *format, ...);
/* All lines of another. False: out of memory. */
ROAM_CHECKED bool capture_text_join(capture_text *self, const capture_text *other);
/* For a packet: the lines, and how many had no room; NULL: none. Valid until the text is changed. */
const char *capture_text_lines(capture_text *self);
/* "5008.62264 ms", exact; into text, which it returns. */
const char *capture_time(uint64_t ns, char text[CAPTURE_TIME_MAX]);
void capture_text_clear(capture_text *self);
void capture_text_fini(capture_text *self);

#endif
