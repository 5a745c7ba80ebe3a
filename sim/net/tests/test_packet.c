/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Datagrams with a note and checksums that are due, against the same ones as bytes alone. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/net/packet.h"

#include <CUnit/Basic.h>
#include <string.h>

enum { ROUNDS = 2000, PAYLOAD_MAX = 1400 };

static n3_world *new_world(void)
{
    n3_world_options options;
    n3_world *n3 = NULL;
    n3_world_options_default(&options);
    CU_ASSERT_EQUAL_FATAL(n3_world_new(&options, &n3), N3_OK);
    return n3;
}

static n3_frame *new_frame(n3_world *n3)
{
    n3_frame *const frame = n3_frame_new(n3, N3_FRAME_POOLED);
    CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
    return frame;
}

static roam_addr draw_addr(roam_family family, uint64_t *draws)
{
    roam_addr addr = {.family = family, .port = (uint16_t)core_hash_next(draws)};
    const uint64_t words[2] = {core_hash_next(draws), core_hash_next(draws)};
    memcpy(addr.bytes, words, family == ROAM_FAMILY_IPV4 ? 4 : 16);
    return addr;
}

static void check_same(const ip_datagram *got, const ip_datagram *wanted)
{
    CU_ASSERT_TRUE(roam_addr_equal(&got->source, &wanted->source));
    CU_ASSERT_TRUE(roam_addr_equal(&got->destination, &wanted->destination));
    CHECK(got->ecn, wanted->ecn, "ecn");
    CHECK(got->ttl, wanted->ttl, "ttl");
    CHECK(got->payload_len, wanted->payload_len, "length");
    CU_ASSERT_EQUAL(memcmp(got->payload, wanted->payload, got->payload_len), 0);
}

/* What hosts, routers, NATs and queues do to a datagram. */
static void change(n3_frame *noted, n3_frame *bare, roam_family family, uint64_t *draws)
{
    const roam_addr addr = draw_addr(family, draws);
    const uint8_t ecn = core_hash_next(draws) % 4;
    switch (core_hash_next(draws) % 5) {
    case 0:
        CHECK(packet_rewrite_source(noted, &addr), IP_OK, "noted");
        CHECK(ip_rewrite_source(bare->bytes, bare->length, &addr), IP_OK, "bare");
        break;
    case 1:
        CHECK(packet_rewrite_destination(noted, &addr), IP_OK, "noted");
        CHECK(ip_rewrite_destination(bare->bytes, bare->length, &addr), IP_OK, "bare");
        break;
    case 2:
        CHECK(ip_decrement_ttl(noted->bytes, noted->length), ip_decrement_ttl(bare->bytes, bare->length),
              "TTL");
        break;
    case 3:
        CHECK(ip_set_ecn(noted->bytes, noted->length, ecn), ip_set_ecn(bare->bytes, bare->length, ecn),
              "ECN");
        break;
    default:
        packet_settle(noted);
        break;
    }
}

static void check_both(n3_frame *noted, n3_frame *bare)
{
    ip_datagram wanted, peeked;
    const ip_datagram *got = packet_headers(noted);
    CHECK(ip_parse(bare->bytes, bare->length, &wanted), IP_OK, "bare");
    CU_ASSERT_PTR_NOT_NULL_FATAL(got);
    check_same(got, &wanted);
    CHECK(packet_read(noted, &got), IP_OK, "noted");
    check_same(got, &wanted);
    CU_ASSERT_TRUE(packet_peek(noted, &peeked));
    check_same(&peeked, &wanted);
}

static void test_against_bytes(void)
{
    n3_world *const n3 = new_world();
    uint64_t draws = 1;
    uint8_t payload[PAYLOAD_MAX];
    for (size_t i = 0; i < sizeof payload; i++)
        payload[i] = (uint8_t)core_hash_next(&draws);
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const roam_family family = core_hash_next(&draws) % 2 ? ROAM_FAMILY_IPV4 : ROAM_FAMILY_IPV6;
        const ip_datagram sent = {.source = draw_addr(family, &draws),
                                  .destination = draw_addr(family, &draws),
                                  .ecn = core_hash_next(&draws) % 4,
                                  .ttl = IP_TTL_DEFAULT,
                                  .payload = payload,
                                  .payload_len = core_hash_next(&draws) % PAYLOAD_MAX};
        n3_frame *const noted = new_frame(n3);
        n3_frame *const bare = new_frame(n3);
        size_t len;
        CHECK(packet_put(noted, &sent, round % 2), IP_OK, "put");
        CHECK(ip_encode(&sent, bare->bytes, bare->capacity, &len), IP_OK, "encoded");
        bare->length = (uint32_t)len;
        for (uint64_t changes = core_hash_next(&draws) % 6; changes > 0; changes--) {
            change(noted, bare, family, &draws);
            check_both(noted, bare);
        }
        packet_settle(noted);
        CHECK(noted->length, bare->length, "length");
        CU_ASSERT_EQUAL(memcmp(noted->bytes, bare->bytes, bare->length), 0);
        n3_frame_free(n3, noted);
        n3_frame_free(n3, bare);
    }
    n3_world_free(n3);
}

/* What is damaged is verified, and what comes without a note. */
static void test_damage(void)
{
    n3_world *const n3 = new_world();
    const ip_datagram sent = {.source = {ROAM_FAMILY_IPV4, 1000, {10, 0, 0, 1}},
                              .destination = {ROAM_FAMILY_IPV4, 2000, {10, 0, 0, 2}},
                              .ttl = IP_TTL_DEFAULT,
                              .payload = (const uint8_t *)"payload",
                              .payload_len = 7};
    n3_frame *const frame = new_frame(n3);
    const ip_datagram *got;
    CHECK(packet_put(frame, &sent, false), IP_OK, "put");
    packet_settle(frame);
    n3_frame *const copy = n3_frame_copy(n3, frame);
    CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
    CHECK(packet_read(copy, &got), IP_OK, "a copy");
    CU_ASSERT_PTR_EQUAL(got->payload, copy->bytes + IP_HEADERS_IPV4);
    packet_forget(frame);
    frame->bytes[frame->length - 1] ^= 1;
    CU_ASSERT_PTR_NOT_NULL(packet_headers(frame));
    CHECK(packet_read(frame, &got), IP_ERR_CHECKSUM, "a damaged payload");
    packet_forget(copy);
    copy->bytes[12] ^= 1;
    CU_ASSERT_PTR_NULL(packet_headers(copy));
    CHECK(packet_read(copy, &got), IP_ERR_CHECKSUM, "a damaged address");
    n3_frame_free(n3, frame);
    n3_frame_free(n3, copy);
    n3_world_free(n3);
}

static const check_test TESTS[] = {{"against bytes", test_against_bytes}, {"damage", test_damage}};
CHECK_MAIN("packet", TESTS)
