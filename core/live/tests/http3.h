/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of HTTP/3 (RFC 9114) as one GET takes, with field lines from the static table of QPACK (RFC 9204)
 * and literal values: enough to speak to a complete implementation, and not one itself.
 */
#ifndef CORE_LIVE_TESTS_HTTP3_H
#define CORE_LIVE_TESTS_HTTP3_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP3_HEAD_MAX = 512, HTTP3_FIELDS_KEPT = 64 };

/* Each writes into out and returns how many bytes. */
size_t http3_control_stream(uint8_t out[HTTP3_HEAD_MAX]); /* its type, and SETTINGS without any */
size_t http3_request(uint8_t out[HTTP3_HEAD_MAX], const char *authority, const char *path);
size_t http3_response(uint8_t out[HTTP3_HEAD_MAX]);         /* :status 200 */
size_t http3_data(uint8_t out[HTTP3_HEAD_MAX], size_t len); /* the head of a DATA frame */

/* Reads the frames of a message, in pieces of any length. */
typedef struct http3_reader {
    /* The next bytes of the content. */
    void (*content)(void *context, const uint8_t *data, size_t len);
    void *context;
    uint8_t number[8]; /* an integer that came in part */
    size_t number_len;
    bool type_known, in_frame;
    uint64_t type, left;               /* of the frame under way, once in_frame */
    uint8_t fields[HTTP3_FIELDS_KEPT]; /* the beginning of the first field section */
    size_t fields_len;
} http3_reader;

void http3_read(http3_reader *self, const uint8_t *data, size_t len);
/* Whether the message ends here, and not inside a frame. */
bool http3_is_whole(const http3_reader *self);
/* Whether its first field line is :status 200. */
bool http3_is_ok(const http3_reader *self);

#endif
