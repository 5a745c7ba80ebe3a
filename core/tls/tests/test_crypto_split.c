/* SPDX-License-Identifier: GPL-2.0-or-later */
/* CRYPTO frames may end at any byte of the handshake and come in any order (RFC 9000 section 19.6). */
#include <stdio.h>
#include <string.h>

#include "core/tests/check.h"
#include "core/tls/tests/handshake.h"
#include "core/varint.h"

enum {
    CRYPTO_MAX = 1200,
    PIECES_MAX = 4,
    CUTS_MAX = 64,
    FRAME_PADDING = 0x00,
    FRAME_ACK = 0x02,
    FRAME_CRYPTO = 0x06
};

/* The data of one encryption level that one end sends, and how it is to be cut. */
typedef struct split {
    bool initial; /* the level: Initial or Handshake */
    size_t pieces;
    size_t cuts[PIECES_MAX - 1]; /* where pieces begin, but for the first */
    size_t order[PIECES_MAX];    /* in which the pieces stand in the packet */
    /* What was there. */
    uint8_t data[CRYPTO_MAX];
    size_t len;
    size_t taken;   /* bytes of CRYPTO frames */
    size_t packets; /* that held CRYPTO frames of that level */
} split;

/* The cases of one flight. */
typedef struct tally {
    const char *what;
    core_tls_role sender;
    split now;
    size_t run, failed;
    char first[80]; /* of those that failed */
} tally;

static size_t crypto_frame(uint8_t *out, const split *self, size_t from, size_t to)
{
    size_t len = 0;

    out[len++] = FRAME_CRYPTO;
    len += core_varint_put(out + len, from);
    len += core_varint_put(out + len, to - from);
    memcpy(out + len, self->data + from, to - from);
    return len + (to - from);
}

static size_t ack_len(const uint8_t *frame)
{
    size_t len = 1, ranges = 0;

    for (size_t field = 0; field < 4 + 2 * ranges; field++) {
        if (field == 2)
            ranges = (size_t)core_varint_get(frame + len);
        len += core_varint_len(frame[len]);
    }
    return len;
}

/* Takes the data of a CRYPTO frame; the length of the frame. */
static size_t take_crypto(split *self, const uint8_t *frame)
{
    size_t at = 1, offset, len;

    offset = (size_t)core_varint_get(frame + at);
    at += core_varint_len(frame[at]);
    len = (size_t)core_varint_get(frame + at);
    at += core_varint_len(frame[at]);
    if (CHECK(offset + len <= CRYPTO_MAX, true, "%zu bytes from %zu", len, offset)) {
        memcpy(self->data + offset, frame + at, len);
        self->len = offset + len > self->len ? offset + len : self->len;
        self->taken += len;
    }
    return at + len;
}

/* ACK frames stay. CRYPTO frames, however ngtcp2 cut them itself, become as many as there are pieces; padding
 * follows from the length. */
static size_t change(void *user_data, bool initial, uint8_t *frames, size_t len, size_t capacity)
{
    split *self = user_data;
    uint8_t out[REFRAME_DATAGRAM_MAX] = {FRAME_PADDING};
    size_t at = 0, written = 0, before = self->taken;

    if (initial != self->initial)
        return len;
    while (at < len && frames[at] == FRAME_ACK)
        at += ack_len(frames + at);
    memcpy(out, frames, written = at);
    while (at < len && (frames[at] == FRAME_CRYPTO || frames[at] == FRAME_PADDING))
        at += frames[at] == FRAME_CRYPTO ? take_crypto(self, frames + at) : 1;
    CHECK(at, len, "where frames other than ACK, CRYPTO and PADDING stand");
    if (self->taken == before)
        return len;
    self->packets++;
    CHECK(self->taken, self->len, "bytes, all in one packet");
    for (size_t i = 0; i < self->pieces; i++) {
        size_t piece = self->order[i];

        written += crypto_frame(out + written, self, piece > 0 ? self->cuts[piece - 1] : 0,
                                piece + 1 < self->pieces ? self->cuts[piece] : self->len);
    }
    written = written < len ? len : written;
    CHECK(written <= capacity, true, "%zu bytes of frames fit", written);
    memcpy(frames, out, written);
    return written;
}

static void describe(const split *self, char *out, size_t size)
{
    size_t len = 0;

    for (size_t i = 0; i < self->pieces; i++) {
        size_t piece = self->order[i];

        len += (size_t)snprintf(out + len, size - len, "%s%zu..%zu", i > 0 ? ", " : "",
                                piece > 0 ? self->cuts[piece - 1] : 0,
                                (piece + 1 < self->pieces ? self->cuts[piece] : self->len) - 1);
    }
}

static void run_once(tally *self)
{
    handshake_options options = {.seed = 1, .frames_data = &self->now, .brief = true};
    const handshake_result *result;
    handshake *pair;
    int status;

    options.frames[self->sender] = change;
    self->now.packets = self->now.taken = self->now.len = 0;
    pair = handshake_run(&options, &status);
    if (!CHECK(pair != NULL, true, "%s: handshake", self->what))
        return;
    result = handshake_get(pair);
    self->run++;
    if (!result->open[CORE_TLS_CLIENT] || !result->open[CORE_TLS_SERVER] || self->now.packets != 1) {
        if (self->failed++ == 0)
            describe(&self->now, self->first, sizeof self->first);
    }
    handshake_free(pair);
}

/* All orders of the pieces from number fixed on. */
static void run_orders(tally *self, size_t fixed)
{
    size_t *order = self->now.order;

    if (fixed == self->now.pieces) {
        run_once(self);
        return;
    }
    for (size_t i = fixed; i < self->now.pieces; i++) {
        size_t chosen = order[i];

        memmove(order + fixed + 1, order + fixed, (i - fixed) * sizeof *order);
        order[fixed] = chosen;
        run_orders(self, fixed + 1);
        memmove(order + fixed, order + fixed + 1, (i - fixed) * sizeof *order);
        order[i] = chosen;
    }
}

/* All choices of the cuts from number chosen on among those of the set, in all orders. */
static void run_cuts(tally *self, const size_t *set, size_t count, size_t chosen)
{
    if (chosen + 1 == self->now.pieces) {
        for (size_t i = 0; i < self->now.pieces; i++)
            self->now.order[i] = i;
        run_orders(self, 0);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        self->now.cuts[chosen] = set[i];
        run_cuts(self, set + i + 1, count - i - 1, chosen + 1);
    }
}

static void run_pieces(tally *self, size_t pieces, const size_t *set, size_t count)
{
    self->now.pieces = pieces;
    run_cuts(self, set, count, 0);
}

/* The cuts about the start of a message: there, and 1 to 5 bytes later. */
static size_t cuts_about(size_t start, size_t set[6])
{
    size_t count = 0;

    for (size_t after = start > 0 ? 0 : 1; after <= 5; after++)
        set[count++] = start + after;
    return count;
}

static void run_flight(const char *what, core_tls_role sender, bool initial, size_t messages)
{
    tally self = {.what = what, .sender = sender, .now = {.initial = initial}};
    size_t every[CRYPTO_MAX], set[CUTS_MAX], count = 0, found = 0;

    run_pieces(&self, 1, NULL, 0);
    for (size_t i = 1; i < self.now.len; i++)
        every[i - 1] = i;
    run_pieces(&self, 2, every, self.now.len - 1);
    for (size_t start = 0; start < self.now.len && found < messages; found++) {
        const uint8_t *header = self.now.data + start; /* RFC 8446 section 4 */
        size_t about = cuts_about(start, set + count);

        run_pieces(&self, 4, set + count, about);
        count += about;
        start += 4 + ((size_t)header[1] << 16 | (size_t)header[2] << 8 | header[3]);
    }
    CHECK(found, messages, "%s: messages", what);
    set[count++] = self.now.len - 1;
    run_pieces(&self, 3, set, count);
    CHECK(self.failed, 0, "%s: failed of %zu, the first %s", what, self.run, self.first);
}

static void test_client_hello(void)
{
    run_flight("ClientHello", CORE_TLS_CLIENT, true, 1);
}

static void test_server_hello(void)
{
    run_flight("ServerHello", CORE_TLS_SERVER, true, 1);
}

/* EncryptedExtensions, CertificateRequest, Certificate, CertificateVerify, Finished */
static void test_server_handshake(void)
{
    run_flight("the server's Handshake packet", CORE_TLS_SERVER, false, 5);
}

/* Certificate, CertificateVerify, Finished */
static void test_client_handshake(void)
{
    run_flight("the client's Handshake packet", CORE_TLS_CLIENT, false, 3);
}

static size_t leave(void *user_data, bool initial, uint8_t *frames, size_t len, size_t capacity)
{
    size_t *packets = user_data;

    (void)initial, (void)frames, (void)capacity;
    ++*packets;
    return len;
}

/* The fixture: frames that are left as they are make the same packets. */
static void test_left_alone(void)
{
    size_t packets = 0;
    handshake_options options = {.seed = 1, .frames_data = &packets};
    handshake *plain, *left;
    int status;

    plain = handshake_run(&options, &status);
    options.frames[CORE_TLS_CLIENT] = options.frames[CORE_TLS_SERVER] = leave;
    left = handshake_run(&options, &status);
    if (CHECK(plain != NULL && left != NULL, true, "handshakes")) {
        CHECK(handshake_get(plain)->open[CORE_TLS_SERVER], true, "completed");
        CHECK(packets, 5, "Initial and Handshake packets");
        for (int role = 0; role < 2; role++) {
            CHECK(handshake_get(left)->digest[role], handshake_get(plain)->digest[role], "digest of role %d",
                  role);
        }
    }
    handshake_free(plain);
    handshake_free(left);
}

static const check_test tests[] = {
    {"frames left alone", test_left_alone},
    {"a ClientHello in pieces", test_client_hello},
    {"a ServerHello in pieces", test_server_hello},
    {"the server's Handshake packet in pieces", test_server_handshake},
    {"the client's Handshake packet in pieces", test_client_handshake},
};

CHECK_MAIN("crypto split", tests)
