/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/tests/http3.h"

#include "core/varint.h"

#include <assert.h>
#include <string.h>

enum { FRAME_DATA = 0, FRAME_HEADERS = 1, FRAME_SETTINGS = 4, STREAM_CONTROL = 0 };

/* RFC 9204 appendix A: places in the static table. */
enum { STATIC_AUTHORITY = 0, STATIC_PATH = 1, STATIC_METHOD_GET = 17, STATIC_SCHEME_HTTPS = 23 };
enum { STATIC_STATUS_200 = 25 };

/* RFC 9204 sections 4.5.2 and 4.5.4; the static table. */
enum { INDEXED = 0xc0, LITERAL_WITH_NAME = 0x50, LITERAL_MAX = 126 };

size_t http3_control_stream(uint8_t out[HTTP3_HEAD_MAX])
{
    size_t len = core_varint_put(out, STREAM_CONTROL);
    len += core_varint_put(out + len, FRAME_SETTINGS);
    return len + core_varint_put(out + len, 0);
}

static size_t literal(uint8_t *out, uint8_t name, const char *value)
{
    const size_t len = strlen(value);
    assert(len <= LITERAL_MAX);
    out[0] = (uint8_t)(LITERAL_WITH_NAME | name);
    out[1] = (uint8_t)len;
    memcpy(out + 2, value, len);
    return len + 2;
}

static size_t headers(uint8_t *out, const uint8_t *lines, size_t len)
{
    static const uint8_t prefix[] = {0, 0}; /* RFC 9204 section 4.5.1: nothing of the dynamic table */
    size_t n = core_varint_put(out, FRAME_HEADERS);
    n += core_varint_put(out + n, sizeof prefix + len);
    assert(n + sizeof prefix + len <= HTTP3_HEAD_MAX);
    memcpy(out + n, prefix, sizeof prefix);
    n += sizeof prefix;
    memcpy(out + n, lines, len);
    return n + len;
}

size_t http3_request(uint8_t out[HTTP3_HEAD_MAX], const char *authority, const char *path)
{
    uint8_t lines[HTTP3_HEAD_MAX] = {INDEXED | STATIC_METHOD_GET, INDEXED | STATIC_SCHEME_HTTPS};
    size_t len = 2;
    len += literal(lines + len, STATIC_AUTHORITY, authority);
    len += literal(lines + len, STATIC_PATH, path);
    return headers(out, lines, len);
}

size_t http3_response(uint8_t out[HTTP3_HEAD_MAX])
{
    static const uint8_t lines[] = {INDEXED | STATIC_STATUS_200};
    return headers(out, lines, sizeof lines);
}

size_t http3_data(uint8_t out[HTTP3_HEAD_MAX], size_t len)
{
    const size_t n = core_varint_put(out, FRAME_DATA);
    return n + core_varint_put(out + n, len);
}

/* Takes one byte of the type or the length of a frame. */
static void read_number(http3_reader *self, uint8_t byte)
{
    self->number[self->number_len++] = byte;
    if (self->number_len < core_varint_len(self->number[0]))
        return;
    const uint64_t number = core_varint_get(self->number);
    self->number_len = 0;
    if (self->type_known)
        self->left = number;
    else
        self->type = number;
    self->in_frame = self->type_known && number > 0;
    self->type_known = !self->type_known;
}

static void keep_fields(http3_reader *self, const uint8_t *data, size_t len)
{
    const size_t room = sizeof self->fields - self->fields_len;
    const size_t n = len < room ? len : room;
    memcpy(self->fields + self->fields_len, data, n);
    self->fields_len += n;
}

void http3_read(http3_reader *self, const uint8_t *data, size_t len)
{
    while (len > 0) {
        size_t n = 1;
        if (self->in_frame) {
            n = len < self->left ? len : (size_t)self->left;
            if (self->type == FRAME_DATA && self->content)
                self->content(self->context, data, n);
            else if (self->type == FRAME_HEADERS)
                keep_fields(self, data, n);
            self->left -= n;
            self->in_frame = self->left > 0;
        } else {
            read_number(self, data[0]);
        }
        data += n;
        len -= n;
    }
}

bool http3_is_whole(const http3_reader *self)
{
    return !self->in_frame && !self->type_known && self->number_len == 0 && self->fields_len > 0;
}

bool http3_is_ok(const http3_reader *self)
{
    return self->fields_len > 2 && self->fields[2] == (INDEXED | STATIC_STATUS_200);
}
