/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/wire/dissect_frames.h"

#include <stdlib.h>
#include <string.h>

enum { RESET_TOKEN_BYTES = 16, PATH_DATA_BYTES = 8 };
enum { STREAM_FIN = 0x01, STREAM_LEN = 0x02, STREAM_OFF = 0x04 };
#define STREAM_END_MAX ((UINT64_C(1) << 62) - 1) /* RFC 9000 sections 19.6 and 19.8 */
#define STREAMS_MAX (UINT64_C(1) << 60)          /* RFC 9000 section 19.11 */

/* ---- reading ---- */

bool dissect_read_byte(dissect_reader *reader, uint8_t *out)
{
    if (reader->left == 0)
        return false;
    *out = *reader->at++;
    reader->left--;
    return true;
}

bool dissect_read_long_varint(dissect_reader *reader, uint64_t *out)
{
    const size_t len = (size_t)1 << (reader->at[0] >> 6);
    if (reader->left < len)
        return false;
    uint64_t value = reader->at[0] & 0x3f;
    for (size_t i = 1; i < len; i++)
        value = value << 8 | reader->at[i];
    reader->at += len;
    reader->left -= len;
    *out = value;
    return true;
}

bool dissect_read_bytes(dissect_reader *reader, size_t len, const uint8_t **out)
{
    if (reader->left < len)
        return false;
    *out = reader->at;
    reader->at += len;
    reader->left -= len;
    return true;
}

static bool read_sized(dissect_reader *reader, const uint8_t **out, size_t *len)
{
    uint64_t wanted;
    if (!dissect_read_varint(reader, &wanted) || wanted > reader->left)
        return false;
    *len = (size_t)wanted;
    return dissect_read_bytes(reader, *len, out);
}

static bool read_copy(dissect_reader *reader, uint8_t *out, size_t len)
{
    const uint8_t *bytes;
    if (!dissect_read_bytes(reader, len, &bytes))
        return false;
    memcpy(out, bytes, len);
    return true;
}

/* ---- storage ---- */

static bool grow(void **items, size_t *capacity, size_t size)
{
    const size_t wanted = *capacity ? *capacity * 2 : 32;
    void *const grown = realloc(*items, wanted * size);
    if (!grown)
        return false;
    *items = grown;
    *capacity = wanted;
    return true;
}

static bool make_ranges(dissect_frames *self, size_t count)
{
    while (self->range_capacity - self->range_count < count) {
        void *ranges = self->ranges;
        if (!grow(&ranges, &self->range_capacity, sizeof *self->ranges)) {
            self->failed = true;
            return false;
        }
        self->ranges = ranges;
    }
    return true;
}

/* The next frame, all zero, which is there when count says so. NULL: out of memory. */
static dissect_frame *next_frame(dissect_frames *self)
{
    if (self->count == self->capacity) {
        void *items = self->items;
        if (!grow(&items, &self->capacity, sizeof *self->items)) {
            self->failed = true;
            return NULL;
        }
        self->items = items;
    }
    dissect_frame *const frame = &self->items[self->count];
    memset(frame, 0, sizeof *frame);
    return frame;
}

void dissect_frames_clear(dissect_frames *self)
{
    self->count = 0;
    self->range_count = 0;
}

void dissect_frames_fini(dissect_frames *self)
{
    free(self->items);
    free(self->ranges);
}

void dissect_frames_link(dissect_frames *self)
{
    const dissect_range *next = self->ranges;
    for (size_t i = 0; i < self->count; i++) {
        if (self->items[i].type != DISSECT_ACK)
            continue;
        self->items[i].ranges = next;
        next += self->items[i].range_count;
    }
}

/* ---- one frame ---- */

/* The ranges below the first one. */
static bool read_ranges(dissect_reader *reader, dissect_range *out, uint64_t count)
{
    dissect_reader from = *reader;
    uint64_t smallest = out[0].smallest;
    for (uint64_t i = 1; i <= count; i++) {
        uint64_t gap, length;
        if (!dissect_read_varint(&from, &gap) || !dissect_read_varint(&from, &length) || smallest < gap + 2)
            return false;
        const uint64_t largest = smallest - gap - 2;
        if (length > largest)
            return false;
        smallest = largest - length;
        out[i] = (dissect_range){smallest, largest};
    }
    *reader = from;
    return true;
}

/* RFC 9000 section 19.3.1 */
static bool read_ack(dissect_frames *self, dissect_reader *reader, dissect_frame *frame)
{
    uint64_t largest, count, length;
    if (!dissect_read_varint(reader, &largest) || !dissect_read_varint(reader, &frame->value) ||
        !dissect_read_varint(reader, &count) || !dissect_read_varint(reader, &length) || length > largest)
        return false;
    /* A range takes two bytes at least. */
    if (count > reader->left / 2 || !make_ranges(self, (size_t)count + 1))
        return false;
    dissect_range *const ranges = self->ranges + self->range_count;
    ranges[0] = (dissect_range){largest - length, largest};
    if (!read_ranges(reader, ranges, count))
        return false;
    self->range_count += (size_t)count + 1;
    frame->range_count = (size_t)count + 1;
    frame->ecn = frame->type_byte == 0x03;
    return !frame->ecn ||
           (dissect_read_varint(reader, &frame->ect0) && dissect_read_varint(reader, &frame->ect1) &&
            dissect_read_varint(reader, &frame->ce));
}

static bool read_stream(dissect_reader *reader, dissect_frame *frame)
{
    if (!dissect_read_varint(reader, &frame->stream_id))
        return false;
    if (frame->type_byte & STREAM_OFF && !dissect_read_varint(reader, &frame->offset))
        return false;
    frame->fin = frame->type_byte & STREAM_FIN;
    if (frame->type_byte & STREAM_LEN) {
        if (!read_sized(reader, &frame->data, &frame->len))
            return false;
    } else {
        frame->len = reader->left;
        (void)dissect_read_bytes(reader, frame->len, &frame->data);
    }
    return frame->len <= STREAM_END_MAX - frame->offset;
}

static bool read_crypto(dissect_reader *reader, dissect_frame *frame)
{
    return dissect_read_varint(reader, &frame->offset) && read_sized(reader, &frame->data, &frame->len) &&
           frame->len <= STREAM_END_MAX - frame->offset;
}

static bool read_datagram(dissect_reader *reader, dissect_frame *frame)
{
    if (frame->type_byte & 0x01)
        return read_sized(reader, &frame->data, &frame->len);
    frame->len = reader->left;
    return dissect_read_bytes(reader, frame->len, &frame->data);
}

/* A connection ID of a length that no version 1 packet can carry is left out. */
static bool read_new_connection_id(dissect_reader *reader, dissect_frame *frame)
{
    uint8_t len;
    if (!dissect_read_varint(reader, &frame->value) ||
        !dissect_read_varint(reader, &frame->retire_prior_to) || !dissect_read_byte(reader, &len))
        return false;
    if (len == 0 || len > DISSECT_CONNECTION_ID_MAX)
        return true;
    frame->id.len = len;
    return read_copy(reader, frame->id.bytes, len) &&
           read_copy(reader, frame->reset_token, RESET_TOKEN_BYTES);
}

bool dissect_frame_is_sound(const dissect_frame *frame)
{
    return frame->type != DISSECT_NEW_CONNECTION_ID ||
           (frame->id.len > 0 && frame->retire_prior_to <= frame->value);
}

static bool read_close(dissect_reader *reader, dissect_frame *frame)
{
    return dissect_read_varint(reader, &frame->error) &&
           (frame->type_byte == 0x1d || dissect_read_varint(reader, &frame->value)) &&
           read_sized(reader, &frame->data, &frame->len);
}

/* Challenges are padded to 1200 bytes: a word at a time, then the rest. */
static bool read_padding(dissect_reader *reader)
{
    for (uint64_t word; reader->left >= sizeof word; reader->at += sizeof word, reader->left -= sizeof word) {
        memcpy(&word, reader->at, sizeof word);
        if (word != 0)
            break;
    }
    while (reader->left > 0 && *reader->at == DISSECT_PADDING) {
        reader->at++;
        reader->left--;
    }
    return true;
}

static bool type_of(uint64_t number, dissect_frame_type *type)
{
    if (number == 0x03)
        *type = DISSECT_ACK;
    else if (number >= 0x08 && number <= 0x0f)
        *type = DISSECT_STREAM;
    else if (number == 0x13)
        *type = DISSECT_MAX_STREAMS;
    else if (number == 0x17)
        *type = DISSECT_STREAMS_BLOCKED;
    else if (number == 0x1d)
        *type = DISSECT_CONNECTION_CLOSE;
    else if (number == 0x31)
        *type = DISSECT_DATAGRAM;
    else if (number <= 0x1e || number == 0x30)
        *type = (dissect_frame_type)number;
    else
        return false;
    return true;
}

static bool read_body(dissect_frames *self, dissect_reader *reader, dissect_frame *frame)
{
    switch (frame->type) {
    case DISSECT_PADDING:
        return read_padding(reader);
    case DISSECT_PING:
    case DISSECT_HANDSHAKE_DONE:
        return true;
    case DISSECT_ACK:
        return read_ack(self, reader, frame);
    case DISSECT_RESET_STREAM:
        return dissect_read_varint(reader, &frame->stream_id) && dissect_read_varint(reader, &frame->error) &&
               dissect_read_varint(reader, &frame->value);
    case DISSECT_STOP_SENDING:
        return dissect_read_varint(reader, &frame->stream_id) && dissect_read_varint(reader, &frame->error);
    case DISSECT_CRYPTO:
        return read_crypto(reader, frame);
    case DISSECT_NEW_TOKEN:
        return read_sized(reader, &frame->data, &frame->len) && frame->len > 0;
    case DISSECT_STREAM:
        return read_stream(reader, frame);
    case DISSECT_MAX_STREAM_DATA:
    case DISSECT_STREAM_DATA_BLOCKED:
        return dissect_read_varint(reader, &frame->stream_id) && dissect_read_varint(reader, &frame->value);
    case DISSECT_MAX_STREAMS:
    case DISSECT_STREAMS_BLOCKED:
        return dissect_read_varint(reader, &frame->value) && frame->value <= STREAMS_MAX;
    case DISSECT_MAX_DATA:
    case DISSECT_DATA_BLOCKED:
    case DISSECT_RETIRE_CONNECTION_ID:
        return dissect_read_varint(reader, &frame->value);
    case DISSECT_NEW_CONNECTION_ID:
        return read_new_connection_id(reader, frame);
    case DISSECT_PATH_CHALLENGE:
    case DISSECT_PATH_RESPONSE:
        return read_copy(reader, frame->path_data, PATH_DATA_BYTES);
    case DISSECT_CONNECTION_CLOSE:
        return read_close(reader, frame);
    case DISSECT_DATAGRAM:
        return read_datagram(reader, frame);
    }
    return false;
}

static bool read_frame(dissect_frames *self, dissect_reader *reader)
{
    const uint8_t *const start = reader->at;
    const size_t ranges_before = self->range_count;
    dissect_frame *const frame = next_frame(self);
    uint64_t number;
    /* RFC 9000 section 12.4: the shortest encoding of the type. */
    if (!frame || !dissect_read_varint(reader, &number) || reader->at != start + 1 ||
        !type_of(number, &frame->type))
        return false;
    frame->type_byte = (uint8_t)number;
    const bool whole = read_body(self, reader, frame);
    frame->wire_len = (uint32_t)(reader->at - start);
    if (whole) {
        self->count++;
        return dissect_frame_is_sound(frame);
    }
    self->range_count = ranges_before;
    return false;
}

bool dissect_frames_read(dissect_frames *self, const uint8_t *payload, size_t len)
{
    dissect_reader reader = {payload, len};
    if (len == 0)
        return false; /* RFC 9000 section 12.4 */
    while (reader.left > 0)
        if (!read_frame(self, &reader))
            return false;
    return true;
}

/* The data of the frame goes on behind the bytes that are there, to the end of the payload. */
static bool read_head_of_last(dissect_frames *self, dissect_reader *reader, size_t behind)
{
    const uint8_t *const start = reader->at;
    dissect_frame_type type;
    uint64_t number;
    uint64_t len;
    if (!dissect_read_varint(reader, &number) || reader->at != start + 1 || !type_of(number, &type) ||
        (type != DISSECT_STREAM && type != DISSECT_DATAGRAM))
        return false;
    dissect_frame *const frame = next_frame(self);
    if (!frame)
        return false;
    frame->type = type;
    frame->type_byte = (uint8_t)number;
    const bool stream = type == DISSECT_STREAM;
    if (stream && !dissect_read_varint(reader, &frame->stream_id))
        return false;
    if (stream && frame->type_byte & STREAM_OFF && !dissect_read_varint(reader, &frame->offset))
        return false;
    frame->fin = stream && frame->type_byte & STREAM_FIN;
    const bool sized = frame->type_byte & (stream ? STREAM_LEN : 0x01);
    if (sized && (!dissect_read_varint(reader, &len) || len != reader->left + behind))
        return false;
    frame->len = reader->left + behind;
    frame->wire_len = (uint32_t)((size_t)(reader->at - start) + frame->len);
    if (frame->len > STREAM_END_MAX - frame->offset)
        return false;
    self->count++;
    return true;
}

bool dissect_frames_read_head(dissect_frames *self, const uint8_t *payload, size_t head, size_t len)
{
    dissect_reader reader = {payload, head};
    const size_t count = self->count;
    const size_t ranges = self->range_count;
    while (reader.left > 0) {
        dissect_reader last = reader;
        const size_t ranges_before = self->range_count;
        if (read_head_of_last(self, &last, len - head))
            return true;
        self->range_count = ranges_before;
        if (*reader.at == DISSECT_PADDING || !read_frame(self, &reader))
            break;
    }
    self->count = count;
    self->range_count = ranges;
    return false;
}

/* ---- names ---- */

const char *dissect_frame_type_name(dissect_frame_type type)
{
    switch (type) {
    case DISSECT_PADDING:
        return "padding";
    case DISSECT_PING:
        return "ping";
    case DISSECT_ACK:
        return "ack";
    case DISSECT_RESET_STREAM:
        return "reset_stream";
    case DISSECT_STOP_SENDING:
        return "stop_sending";
    case DISSECT_CRYPTO:
        return "crypto";
    case DISSECT_NEW_TOKEN:
        return "new_token";
    case DISSECT_STREAM:
        return "stream";
    case DISSECT_MAX_DATA:
        return "max_data";
    case DISSECT_MAX_STREAM_DATA:
        return "max_stream_data";
    case DISSECT_MAX_STREAMS:
        return "max_streams";
    case DISSECT_DATA_BLOCKED:
        return "data_blocked";
    case DISSECT_STREAM_DATA_BLOCKED:
        return "stream_data_blocked";
    case DISSECT_STREAMS_BLOCKED:
        return "streams_blocked";
    case DISSECT_NEW_CONNECTION_ID:
        return "new_connection_id";
    case DISSECT_RETIRE_CONNECTION_ID:
        return "retire_connection_id";
    case DISSECT_PATH_CHALLENGE:
        return "path_challenge";
    case DISSECT_PATH_RESPONSE:
        return "path_response";
    case DISSECT_CONNECTION_CLOSE:
        return "connection_close";
    case DISSECT_HANDSHAKE_DONE:
        return "handshake_done";
    case DISSECT_DATAGRAM:
        return "datagram";
    }
    return "unknown";
}
