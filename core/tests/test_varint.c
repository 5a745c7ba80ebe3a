/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/varint.h"

#include <string.h>

#include "core/tests/check.h"

typedef struct example {
    uint64_t value;
    size_t len;
    uint8_t bytes[CORE_VARINT_BYTES];
} example;

static const example examples[] = {
    /* RFC 9000 section A.1 */
    {.value = UINT64_C(151288809941952652),
     .len = 8,
     .bytes = {0xc2, 0x19, 0x7c, 0x5e, 0xff, 0x14, 0xe8, 0x8c}},
    {.value = 494878333, .len = 4, .bytes = {0x9d, 0x7f, 0x3e, 0x7d}},
    {.value = 15293, .len = 2, .bytes = {0x7b, 0xbd}},
    {.value = 37, .len = 1, .bytes = {0x25}},
    /* the boundaries of section 16 */
    {.value = 0, .len = 1, .bytes = {0x00}},
    {.value = 63, .len = 1, .bytes = {0x3f}},
    {.value = 64, .len = 2, .bytes = {0x40, 0x40}},
    {.value = 16383, .len = 2, .bytes = {0x7f, 0xff}},
    {.value = 16384, .len = 4, .bytes = {0x80, 0x00, 0x40, 0x00}},
    {.value = 1073741823, .len = 4, .bytes = {0xbf, 0xff, 0xff, 0xff}},
    {.value = 1073741824, .len = 8, .bytes = {0xc0, 0x00, 0x00, 0x00, 0x40, 0x00, 0x00, 0x00}},
    {.value = CORE_VARINT_MAX, .len = 8, .bytes = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}},
};

static void test_examples(void)
{
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        const example *e = &examples[i];
        uint8_t out[CORE_VARINT_BYTES + 1];
        memset(out, 0xaa, sizeof out);
        CHECK(core_varint_put(out, e->value), e->len, "length of example %zu", i);
        for (size_t j = 0; j < e->len; j++)
            CHECK(out[j], e->bytes[j], "byte %zu of example %zu", j, i);
        CHECK(out[e->len], 0xaa, "the byte behind example %zu", i);
        CHECK(core_varint_len(e->bytes[0]), e->len, "length read of example %zu", i);
        CHECK(core_varint_get(e->bytes), e->value, "value of example %zu", i);
    }
}

/* 37 in two bytes (section A.1), and other forms that are longer than they need be, are read too. */
static void test_longer_forms(void)
{
    static const example longer[] = {{.value = 37, .len = 2, .bytes = {0x40, 0x25}},
                                     {.value = 37, .len = 4, .bytes = {0x80, 0, 0, 0x25}},
                                     {.value = 37, .len = 8, .bytes = {0xc0, 0, 0, 0, 0, 0, 0, 0x25}},
                                     {.value = 0, .len = 8, .bytes = {0xc0}}};
    for (size_t i = 0; i < sizeof longer / sizeof longer[0]; i++) {
        CHECK(core_varint_len(longer[i].bytes[0]), longer[i].len, "length of longer form %zu", i);
        CHECK(core_varint_get(longer[i].bytes), longer[i].value, "value of longer form %zu", i);
    }
}

static void test_round_trips(void)
{
    uint64_t state = 3;
    for (int i = 0; i < 10000; i++) {
        uint64_t value = check_random(&state) >> (2 + check_random(&state) % 62);
        uint8_t out[CORE_VARINT_BYTES];
        size_t len = core_varint_put(out, value);
        CHECK(core_varint_len(out[0]), len, "length of %llu", (unsigned long long)value);
        CHECK(core_varint_get(out), value, "there and back");
    }
}

static const check_test tests[] = {
    {"examples and boundaries", test_examples},
    {"longer forms", test_longer_forms},
    {"round trips", test_round_trips},
};

CHECK_MAIN("varint", tests)
