/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/table.h"

#include "core/hash.h"
#include "core/tests/check.h"

enum { THINGS = 200, OPERATIONS = 20000 };

static bool found(core_table *table, uint64_t hash, uint32_t wanted)
{
    uint32_t slot;
    uint32_t id = core_table_first(table, hash, &slot);
    while (id != CORE_TABLE_NONE && id != wanted)
        id = core_table_next(table, hash, &slot);
    return id == wanted;
}

/* Things come and go; each is found while it is there and not afterwards, also where many have one hash. */
static void test_come_and_go(void)
{
    static const uint64_t spreads[] = {1, 3, 16, UINT64_MAX}; /* how many hashes there are */
    for (size_t i = 0; i < sizeof spreads / sizeof *spreads; i++) {
        core_table table = {0};
        bool in[THINGS] = {false};
        uint64_t state = i;
        for (int n = 0; n < OPERATIONS; n++) {
            const uint32_t id = (uint32_t)(core_hash_mix(state++) % THINGS);
            const uint64_t hash = core_hash_mix(id) % spreads[i];
            CHECK(found(&table, hash, id), in[id], "%zu: thing %u", i, id);
            if (in[id]) {
                core_table_remove(&table, hash, id);
            } else {
                CHECK(core_table_reserve(&table), 0, "reserve");
                core_table_add(&table, hash, id);
            }
            in[id] = !in[id];
        }
        for (uint32_t id = 0; id < THINGS; id++)
            CHECK(found(&table, core_hash_mix(id) % spreads[i], id), in[id], "%zu: thing %u", i, id);
        core_table_clear(&table);
        for (uint32_t id = 0; id < THINGS; id++)
            CHECK(found(&table, core_hash_mix(id) % spreads[i], id), false, "%zu: cleared, %u", i, id);
        core_table_fini(&table);
    }
}

/* A thing that has its own place takes one probe; one that has not, as many as it is further on, and one. */
static void test_probes(void)
{
    core_table table = {0};
    CHECK(core_table_probes(&table), 0, "an empty table");
    for (uint32_t id = 0; id < 3; id++) {
        CHECK(core_table_reserve(&table), 0, "reserve");
        core_table_add(&table, 5, id);
    }
    CHECK(core_table_reserve(&table), 0, "reserve");
    core_table_add(&table, 9, 3);
    CHECK(core_table_probes(&table), 1 + 2 + 3 + 1, "three of one hash, and one alone");
    core_table_remove(&table, 5, 0);
    CHECK(core_table_probes(&table), 1 + 2 + 1, "the first one gone");
    core_table_fini(&table);
}

static const check_test tests[] = {
    {"come and go", test_come_and_go},
    {"probes", test_probes},
};

CHECK_MAIN("table", tests)
