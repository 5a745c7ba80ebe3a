/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/sendq.h"

#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"

enum { MODEL_MAX = 8 << 20, SPANS = 5, STEPS = 4000 };

/* What the bytes at these offsets must be. */
static uint8_t byte_at(uint64_t offset)
{
    return (uint8_t)((offset * UINT64_C(0x9e3779b97f4a7c15)) >> 56);
}

static void append(core_sendq *queue, const uint8_t *stream, size_t head, size_t body)
{
    uint64_t end = queue->end;
    CHECK(core_sendq_append(queue, (core_span){stream + end, head}, (core_span){stream + end + head, body}),
          0, "append of %zu and %zu bytes", head, body);
    CHECK(queue->end, end + head + body, "end after an append");
}

/* Looks at what is not sent yet; it must be that part of the stream, without a gap. Returns its length. */
static size_t look(const core_sendq *queue, const uint8_t *stream, core_span spans[SPANS], size_t *count)
{
    uint64_t at = queue->sent;
    *count = core_sendq_peek(queue, spans, SPANS);
    for (size_t i = 0; i < *count; i++) {
        const bool inside = i > 0 && at + spans[i].len < queue->end;
        CHECK_AT_LEAST(spans[i].len, inside ? CORE_SENDQ_SPAN_MIN : 1, "bytes of span %zu", i);
        CHECK(memcmp(spans[i].bytes, stream + at, spans[i].len), 0, "bytes of span %zu", i);
        at += spans[i].len;
    }
    CHECK(*count < SPANS ? at : queue->end, queue->end, "the spans reach the end");
    return (size_t)(at - queue->sent);
}

static void test_empty(void)
{
    core_sendq queue;
    core_span span;
    core_sendq_init(&queue);
    CHECK(core_sendq_peek(&queue, &span, 1), 0, "spans of an empty queue");
    CHECK(core_sendq_append(&queue, (core_span){NULL, 0}, (core_span){NULL, 0}), 0, "append of nothing");
    CHECK(core_sendq_peek(&queue, &span, 1), 0, "spans after nothing was appended");
    core_sendq_sent(&queue, 0);
    core_sendq_acked(&queue, 0);
    CHECK(queue.end, 0, "end");
    core_sendq_fini(&queue);
}

/* Sizes about the borders of chunks; each is appended, sent and acknowledged whole, and once more. */
static void test_sizes(void)
{
    static const size_t sizes[] = {1,     2,     1023,  1024,  1025,  2047,   2048,   2049,
                                   16383, 16384, 16385, 32768, 32769, 100000, 1 << 20};
    uint8_t *stream = malloc(MODEL_MAX);
    for (size_t i = 0; i < MODEL_MAX; i++)
        stream[i] = byte_at(i);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        core_sendq queue;
        core_span spans[SPANS];
        core_sendq_init(&queue);
        for (size_t round = 0; round < 3; round++) {
            append(&queue, stream, round, sizes[i] - (sizes[i] < round ? sizes[i] : round));
            size_t count, len;
            while ((len = look(&queue, stream, spans, &count)) > 0)
                core_sendq_sent(&queue, len);
            CHECK(queue.sent, queue.end, "all of size %zu sent", sizes[i]);
            core_sendq_acked(&queue, queue.end);
            CHECK(queue.acked, queue.end, "all of size %zu acknowledged", sizes[i]);
        }
        core_sendq_fini(&queue);
    }
    free(stream);
}

/* A span that was sent and not acknowledged: retransmissions read it. */
typedef struct flight {
    core_span span;
    uint64_t offset;
} flight;

typedef struct story {
    core_sendq queue;
    uint8_t *stream;
    flight flights[STEPS * SPANS];
    size_t first, count;
} story;

static void send_some(story *s, uint64_t *state)
{
    core_span spans[SPANS];
    size_t count, len = look(&s->queue, s->stream, spans, &count);
    size_t left = len ? check_random(state) % (len + 1) : 0;
    uint64_t offset = s->queue.sent;
    core_sendq_sent(&s->queue, left);
    for (size_t i = 0; i < count && left > 0; i++) {
        core_span span = spans[i];
        if (span.len > left)
            span.len = left;
        s->flights[s->count++] = (flight){span, offset};
        offset += span.len;
        left -= span.len;
    }
}

/* What is in flight still lies where it was, to its last byte: under AddressSanitizer this also finds bytes
 * that were freed early. */
static void check_flights(const story *s)
{
    for (size_t i = s->first; i < s->count; i++) {
        const flight *f = &s->flights[i];
        size_t done = s->queue.acked > f->offset ? (size_t)(s->queue.acked - f->offset) : 0;
        CHECK(memcmp(f->span.bytes + done, s->stream + f->offset + done, f->span.len - done), 0,
              "bytes in flight");
    }
}

static void acknowledge_some(story *s, uint64_t *state)
{
    uint64_t in_flight = s->queue.sent - s->queue.acked;
    uint64_t offset = s->queue.acked + (in_flight ? check_random(state) % (in_flight + 1) : 0);
    core_sendq_acked(&s->queue, offset);
    CHECK(s->queue.acked, offset, "acknowledged");
    core_sendq_acked(&s->queue, offset / 2); /* late news */
    CHECK(s->queue.acked, offset, "acknowledged, after late news");
    while (s->first < s->count && s->flights[s->first].offset + s->flights[s->first].span.len <= offset)
        s->first++;
    check_flights(s);
}

static void test_random_against_a_model(void)
{
    story *s = calloc(1, sizeof *s);
    s->stream = malloc(MODEL_MAX);
    for (size_t i = 0; i < MODEL_MAX; i++)
        s->stream[i] = byte_at(i);
    core_sendq_init(&s->queue);
    uint64_t state = 5;
    for (int step = 0; step < STEPS; step++) {
        switch (check_random(&state) % 3) {
        case 0: {
            size_t head = check_random(&state) % 17;
            size_t body = check_random(&state) % (step % 50 == 0 ? 60000 : 1500);
            if (s->queue.end + head + body <= MODEL_MAX)
                append(&s->queue, s->stream, head, body);
            break;
        }
        case 1:
            send_some(s, &state);
            break;
        default:
            acknowledge_some(s, &state);
        }
    }
    CHECK(s->queue.acked > 1000000, true, "enough happened");
    core_sendq_fini(&s->queue);
    free(s->stream);
    free(s);
}

/* Acknowledged byte by byte, each chunk stays until its last one. */
static void test_byte_by_byte(void)
{
    enum { LEN = 3000 };
    uint8_t stream[LEN];
    core_sendq queue;
    core_span spans[SPANS];
    size_t count;
    for (size_t i = 0; i < LEN; i++)
        stream[i] = byte_at(i);
    core_sendq_init(&queue);
    for (size_t i = 0; i < LEN; i += 500)
        append(&queue, stream, 100, 400);
    CHECK(look(&queue, stream, spans, &count), LEN, "bytes to send");
    CHECK(count > 1, true, "chunks");
    core_sendq_sent(&queue, LEN);
    for (uint64_t acked = 1; acked <= LEN; acked++) {
        uint64_t end = 0;
        core_sendq_acked(&queue, acked);
        for (size_t i = 0; i < count; i++) {
            end += spans[i].len;
            if (end > acked)
                CHECK(spans[i].bytes[spans[i].len - 1], stream[end - 1], "last byte of chunk %zu", i);
        }
    }
    core_sendq_fini(&queue);
}

static const check_test tests[] = {
    {"an empty queue", test_empty},
    {"sizes about the borders of chunks", test_sizes},
    {"acknowledged byte by byte", test_byte_by_byte},
    {"random moves against a model", test_random_against_a_model},
};

CHECK_MAIN("sendq", tests)
