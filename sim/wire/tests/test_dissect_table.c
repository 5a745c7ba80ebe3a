/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of strings against a list of pairs that is walked. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/wire/dissect_table.h"

#include <CUnit/Basic.h>
#include <string.h>

enum { PAIRS_MAX = 300, KEYS = 60, VALUES = 8, ROUNDS = 20000 };

typedef struct pair {
    uint32_t key, value;
} pair;

typedef struct both {
    dissect_table fast;
    pair slow[PAIRS_MAX]; /* in order of adding */
    size_t count;
} both;

/* Strings of all lengths, of which some are the beginning of others. */
static size_t key_of(uint32_t key, uint8_t out[DISSECT_KEY_MAX])
{
    const size_t len = key % DISSECT_KEY_MAX + 1;
    memset(out, (int)(key / DISSECT_KEY_MAX), len);
    return len;
}

static void check_key(const both *all, uint32_t key)
{
    uint8_t bytes[DISSECT_KEY_MAX];
    const size_t len = key_of(key, bytes);
    const dissect_value *at = dissect_table_find(&all->fast, bytes, len);
    for (size_t i = all->count; i > 0; i--) {
        if (all->slow[i - 1].key != key)
            continue;
        CU_ASSERT_PTR_NOT_NULL_FATAL(at);
        CHECK(at->value, all->slow[i - 1].value, "a value of key %u", key);
        at = at->next;
    }
    CU_ASSERT_PTR_NULL(at);
}

static void add(both *all, uint32_t key, uint32_t value)
{
    uint8_t bytes[DISSECT_KEY_MAX];
    const size_t len = key_of(key, bytes);
    if (all->count == PAIRS_MAX)
        return;
    all->slow[all->count++] = (pair){key, value};
    CU_ASSERT_TRUE(dissect_table_add(&all->fast, bytes, len, value));
}

/* The latest of several that are the same; there may be none. */
static void remove_pair(both *all, uint32_t key, uint32_t value)
{
    uint8_t bytes[DISSECT_KEY_MAX];
    const size_t len = key_of(key, bytes);
    dissect_table_remove(&all->fast, bytes, len, value);
    for (size_t i = all->count; i > 0; i--)
        if (all->slow[i - 1].key == key && all->slow[i - 1].value == value) {
            all->count--;
            memmove(&all->slow[i - 1], &all->slow[i], (all->count - i + 1) * sizeof *all->slow);
            return;
        }
}

static void test_against_list(void)
{
    both all = {.count = 0};
    uint64_t draws = 1;
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const uint32_t key = (uint32_t)(core_hash_next(&draws) % KEYS);
        const uint32_t value = (uint32_t)(core_hash_next(&draws) % VALUES);
        if (core_hash_next(&draws) % 2)
            add(&all, key, value);
        else
            remove_pair(&all, key, value);
        check_key(&all, key);
        check_key(&all, (key + 1) % KEYS);
    }
    for (uint32_t key = 0; key < KEYS; key++)
        check_key(&all, key);
    dissect_table_fini(&all.fast);
}

static const check_test TESTS[] = {{"against a list", test_against_list}};
CHECK_MAIN("dissect_table", TESTS)
