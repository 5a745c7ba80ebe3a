/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tokens of address validation (RFC 9000 section 8.1): which a server accepts, from where, when and how
 * often.
 */
#include <string.h>

#include "core/hash.h"
#include "core/quic/internal.h"
#include "core/tests/check.h"

#define SECOND UINT64_C(1000000000)
#define DAY (86400 * SECOND)

enum { MADE_NS = 5000, ORIGINAL_ID = 15 };

static const uint8_t SECRET[32] = {1, 2, 3};
static const roam_addr CLIENT = {.family = ROAM_FAMILY_IPV4, .port = 50000, .bytes = {10, 0, 0, 1}};

/* No two calls give the same bytes. */
static void fill(void *user_data, uint8_t *bytes, size_t len)
{
    uint16_t *const calls = user_data;
    ++*calls;
    uint64_t state = core_hash_bytes(CORE_HASH_START, calls, sizeof *calls);
    for (size_t i = 0; i < len; i++) {
        bytes[i] = (uint8_t)(state >> 56);
        state = core_hash_bytes(state, calls, sizeof *calls);
    }
}

/* A server, and what a client has of it. */
typedef struct giver {
    uint16_t calls;
    core_random random;
    core_used_tokens used;
    core_quic_options options;
    ngtcp2_cid original, retry_scid;
} giver;

static void giver_init(giver *self)
{
    *self = (giver){.random = {.fill = fill, .user_data = &self->calls}};
    self->options = (core_quic_options){
        .random = &self->random, .token_secret = SECRET, .used_tokens = &self->used, .remote = CLIENT};
    self->original.datalen = ORIGINAL_ID;
    self->retry_scid.datalen = CORE_CONNECTION_ID_LEN;
    fill(&self->calls, self->original.data, ORIGINAL_ID);
    fill(&self->calls, self->retry_scid.data, CORE_CONNECTION_ID_LEN);
}

static core_token give_at(giver *self, ngtcp2_token_type type, uint64_t now_ns)
{
    core_token token = {0};
    const int rv = type == NGTCP2_TOKEN_TYPE_RETRY
                       ? quic_token_retry(&self->options, &self->original, &self->retry_scid, now_ns, &token)
                       : quic_token_new(&self->options, now_ns, &token);
    CHECK(rv, 0, "status");
    return token;
}

/* From an Initial that goes to the connection ID of the Retry. */
static ngtcp2_token_type take(giver *self, const core_token *token, const roam_addr *from, uint64_t now_ns)
{
    const ngtcp2_pkt_hd header = {.dcid = self->retry_scid, .token = token->bytes, .tokenlen = token->len};
    core_quic_options options = self->options;
    ngtcp2_cid original = {0};
    options.remote = *from;
    const ngtcp2_token_type type = quic_token_read(&options, &header, now_ns, &original);
    const bool is_retry = type == NGTCP2_TOKEN_TYPE_RETRY;
    CHECK(original.datalen, is_retry ? ORIGINAL_ID : 0, "length of the first connection ID");
    if (is_retry)
        CHECK_BYTES(original.data, self->original.data, ORIGINAL_ID, "first connection ID");
    return type;
}

static const ngtcp2_token_type BOTH[] = {NGTCP2_TOKEN_TYPE_RETRY, NGTCP2_TOKEN_TYPE_NEW_TOKEN};

static void from_where(void)
{
    static const struct {
        roam_addr from;
        bool retry, new_token;
    } rows[] = {
        {{ROAM_FAMILY_IPV4, 50000, {10, 0, 0, 1}}, true, true},
        {{ROAM_FAMILY_IPV4, 50001, {10, 0, 0, 1}}, false, true}, /* section 8.1.3: the port changes */
        {{ROAM_FAMILY_IPV4, 50000, {10, 0, 0, 2}}, false, false},
        {{ROAM_FAMILY_IPV6, 50000, {10, 0, 0, 1}}, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t j = 0; j < 2; j++) {
            giver self;
            giver_init(&self);
            const core_token token = give_at(&self, BOTH[j], MADE_NS);
            const bool taken = j == 0 ? rows[i].retry : rows[i].new_token;
            CHECK(take(&self, &token, &rows[i].from, MADE_NS + SECOND),
                  taken ? BOTH[j] : NGTCP2_TOKEN_TYPE_UNKNOWN, "type %zu from row %zu", j, i);
        }
    }
}

static void for_how_long(void)
{
    static const struct {
        uint64_t now_ns;
        bool retry, new_token;
    } rows[] = {
        {MADE_NS - 1, false, false},         {MADE_NS, true, true},
        {MADE_NS + 10 * SECOND, true, true}, {MADE_NS + 10 * SECOND + 1, false, true},
        {MADE_NS + DAY, false, true},        {MADE_NS + DAY + 1, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t j = 0; j < 2; j++) {
            giver self;
            giver_init(&self);
            const core_token token = give_at(&self, BOTH[j], MADE_NS);
            const bool taken = j == 0 ? rows[i].retry : rows[i].new_token;
            CHECK(take(&self, &token, &CLIENT, rows[i].now_ns), taken ? BOTH[j] : NGTCP2_TOKEN_TYPE_UNKNOWN,
                  "type %zu in row %zu", j, i);
        }
    }
}

/* Each bit counts, and so do the length and the server's secret. Both tokens have one length here, so that
 * the first byte alone says which it is. */
static void altered(void)
{
    for (size_t j = 0; j < 2; j++) {
        giver self;
        giver_init(&self);
        const core_token token = give_at(&self, BOTH[j], MADE_NS);
        CHECK(token.len, 41, "length of type %zu", j);
        for (size_t bit = 0; bit < 8 * (size_t)token.len; bit++) {
            core_token other = token;
            other.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
            CHECK(take(&self, &other, &CLIENT, MADE_NS), NGTCP2_TOKEN_TYPE_UNKNOWN, "type %zu, bit %zu", j,
                  bit);
        }
        for (uint8_t len = 0; len <= CORE_TOKEN_MAX; len++) {
            core_token other = token;
            other.len = len;
            if (len != token.len)
                CHECK(take(&self, &other, &CLIENT, MADE_NS), NGTCP2_TOKEN_TYPE_UNKNOWN, "type %zu, %d bytes",
                      j, len);
        }
        static const uint8_t another_secret[32] = {3, 2, 1};
        self.options.token_secret = another_secret;
        CHECK(take(&self, &token, &CLIENT, MADE_NS), NGTCP2_TOKEN_TYPE_UNKNOWN, "type %zu elsewhere", j);
        self.options.token_secret = SECRET;
        CHECK(take(&self, &token, &CLIENT, MADE_NS), BOTH[j], "type %zu as it was", j);
    }
}

/* Section 8.1.1: neither passes as the other. */
static void one_as_the_other(void)
{
    for (size_t j = 0; j < 2; j++) {
        giver self;
        giver_init(&self);
        core_token token = give_at(&self, BOTH[j], MADE_NS);
        const core_token other = give_at(&self, BOTH[1 - j], MADE_NS);
        token.bytes[0] = other.bytes[0];
        CHECK(take(&self, &token, &CLIENT, MADE_NS), NGTCP2_TOKEN_TYPE_UNKNOWN, "type %zu as the other", j);
    }
}

/* Section 8.1.3: two tokens are never equal, and what is on the wire does not tell when they were made. */
static void unlinkable(void)
{
    giver self;
    giver_init(&self);
    const core_token one = give_at(&self, NGTCP2_TOKEN_TYPE_NEW_TOKEN, MADE_NS);
    const core_token two = give_at(&self, NGTCP2_TOKEN_TYPE_NEW_TOKEN, MADE_NS);
    size_t equal = 0;
    for (size_t i = 1; i < one.len; i++)
        equal += one.bytes[i] == two.bytes[i];
    CHECK_AT_MOST(equal, 3, "bytes that two tokens of one time share");
}

/* Section 8.1.4: once, also when more tokens came in than are remembered. */
static void used_once(void)
{
    enum { TOKENS = CORE_USED_TOKENS + 2 };
    giver self;
    giver_init(&self);
    core_token tokens[TOKENS];
    for (size_t i = 0; i < TOKENS; i++)
        tokens[i] = give_at(&self, NGTCP2_TOKEN_TYPE_NEW_TOKEN, MADE_NS + 10 * i);
    const core_token never_used = give_at(&self, NGTCP2_TOKEN_TYPE_NEW_TOKEN, MADE_NS + 10);
    const core_token newer = give_at(&self, NGTCP2_TOKEN_TYPE_NEW_TOKEN, MADE_NS + 11);
    for (size_t i = 0; i < TOKENS; i++) {
        CHECK(take(&self, &tokens[i], &CLIENT, SECOND), NGTCP2_TOKEN_TYPE_NEW_TOKEN, "token %zu", i);
        for (size_t j = 0; j <= i; j++)
            CHECK(take(&self, &tokens[j], &CLIENT, SECOND), NGTCP2_TOKEN_TYPE_UNKNOWN,
                  "token %zu once more, %zu used", j, i + 1);
    }
    CHECK(take(&self, &never_used, &CLIENT, SECOND), NGTCP2_TOKEN_TYPE_UNKNOWN,
          "one as old as those forgotten");
    CHECK(take(&self, &newer, &CLIENT, SECOND), NGTCP2_TOKEN_TYPE_NEW_TOKEN, "one that is newer");
}

static const check_test TESTS[] = {
    {"from where", from_where}, {"for how long", for_how_long},
    {"altered", altered},       {"one as the other", one_as_the_other},
    {"unlinkable", unlinkable}, {"used once", used_once},
};

CHECK_MAIN("tokens of address validation", TESTS)
