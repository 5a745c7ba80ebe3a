/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/map.h"

#include <stdio.h>
#include <string.h>

#include "core/tests/check.h"

enum { KEYS = 512, MOVES = 40000 };

static void test_empty(void)
{
    core_map map;
    core_map_init(&map, 1);
    CHECK(core_map_get(&map, "a", 1) == NULL, true, "nothing in an empty map");
    core_map_remove(&map, "a", 1);
    core_map_fini(&map);
    core_map_fini(&map); /* twice does no harm */
}

/* Keys that differ in length, or in zero bytes at the end only, are different keys. */
static void test_keys_that_look_alike(void)
{
    static const struct {
        const char *bytes;
        size_t len;
    } keys[] = {{"", 0},         {"\0", 1},         {"\0\0", 2},      {"a", 1},          {"a\0", 2},
                {"aaaaaaaa", 8}, {"aaaaaaaa\0", 9}, {"aaaaaaaaa", 9}, {"aaaaaaa\0a", 9}, {"aaaaaaa", 7}};
    enum { COUNT = sizeof keys / sizeof keys[0] };
    int values[COUNT];
    core_map map;
    core_map_init(&map, 2);
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(core_map_get(&map, keys[i].bytes, keys[i].len) == NULL, true, "key %zu before it is added", i);
        CHECK(core_map_add(&map, keys[i].bytes, keys[i].len, &values[i]), 0, "key %zu added", i);
    }
    for (size_t i = 0; i < COUNT; i++)
        CHECK((int *)core_map_get(&map, keys[i].bytes, keys[i].len) - values, i, "value of key %zu", i);
    core_map_fini(&map);
}

/* Additions, removals and look-ups of few keys, so that probe sequences are long and often cut. */
static void against_model(uint64_t seed, size_t keys)
{
    char names[KEYS][32];
    int values[KEYS];
    bool there[KEYS] = {false};
    uint64_t state = seed;
    core_map map;
    core_map_init(&map, seed);
    for (size_t i = 0; i < keys; i++)
        snprintf(names[i], sizeof names[i], "key-%zu", i);
    for (int move = 0; move < MOVES; move++) {
        size_t i = check_random(&state) % keys;
        size_t len = strlen(names[i]);
        if (!CHECK(core_map_get(&map, names[i], len) == (there[i] ? &values[i] : NULL), true,
                   "key %zu of %zu is %s, move %d", i, keys, there[i] ? "there" : "gone", move))
            break;
        if (there[i])
            core_map_remove(&map, names[i], len);
        else
            CHECK(core_map_add(&map, names[i], len, &values[i]), 0, "key %zu added", i);
        there[i] = !there[i];
        core_map_remove(&map, "never added", 11);
    }
    size_t count = 0;
    for (size_t i = 0; i < keys; i++) {
        count += there[i];
        CHECK(core_map_get(&map, names[i], strlen(names[i])) == (there[i] ? &values[i] : NULL), true,
              "key %zu of %zu at the end", i, keys);
    }
    CHECK(map.count, count, "entries of %zu keys", keys);
    core_map_fini(&map);
}

static void test_against_a_model(void)
{
    static const size_t sizes[] = {1, 2, 11, 12, 13, 24, 100, KEYS}; /* 12 and 24: about to grow */
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        against_model(i + 1, sizes[i]);
}

/* Another seed gives other places: what an attacker learns of one node does not help with another. */
static void test_seed_matters(void)
{
    static const char *names[] = {"a", "b", "c", "d", "e", "f", "g", "h"};
    size_t same = 0;
    core_map maps[2];
    for (size_t m = 0; m < 2; m++) {
        core_map_init(&maps[m], m + 1);
        for (size_t i = 0; i < 8; i++)
            CHECK(core_map_add(&maps[m], names[i], 1, &maps[m]), 0, "added");
    }
    CHECK(maps[0].table.capacity, maps[1].table.capacity, "capacities");
    for (uint32_t i = 0; i < maps[0].table.capacity; i++)
        same += maps[0].table.entries[i].id == maps[1].table.entries[i].id;
    CHECK(same < maps[0].table.capacity, true, "places differ");
    core_map_fini(&maps[0]);
    core_map_fini(&maps[1]);
}

static const check_test tests[] = {
    {"an empty map", test_empty},
    {"keys that look alike", test_keys_that_look_alike},
    {"random moves against a model", test_against_a_model},
    {"the seed matters", test_seed_matters},
};

CHECK_MAIN("map", tests)
