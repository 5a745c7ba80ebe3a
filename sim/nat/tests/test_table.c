/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hash table of the NAT, and the slab whose numbers it keeps. */
#include "sim/nat/table.h"

#include "sim/nat/slab.h"
#include "sim/nat/tests/lab.h"
#include "sim/random_streams.h"

#include <string.h>

enum { THINGS = 200, OPERATIONS = 20000 };

static bool found(nat_table *table, uint64_t hash, uint32_t wanted)
{
    uint32_t slot;
    uint32_t id = nat_table_first(table, hash, &slot);
    while (id != NAT_NONE && id != wanted)
        id = nat_table_next(table, hash, &slot);
    return id == wanted;
}

/* Things come and go; each is found while it is there and not afterwards, also where many have one hash. */
static void test_come_and_go(void)
{
    static const uint64_t spreads[] = {1, 3, 16, UINT64_MAX}; /* how many hashes there are */
    for (size_t i = 0; i < sizeof spreads / sizeof *spreads; i++) {
        nat_table table = {0};
        bool in[THINGS] = {false};
        uint64_t state = i;
        for (int n = 0; n < OPERATIONS; n++) {
            const uint32_t id = (uint32_t)(random_mix(state++) % THINGS);
            const uint64_t hash = random_mix(id) % spreads[i];
            CHECK_INT(found(&table, hash, id), in[id], "%zu: thing %u", i, id);
            if (in[id]) {
                nat_table_remove(&table, hash, id);
            } else {
                CHECK_INT(nat_table_reserve(&table), NAT_OK, "reserve");
                nat_table_add(&table, hash, id);
            }
            in[id] = !in[id];
        }
        for (uint32_t id = 0; id < THINGS; id++)
            CHECK_INT(found(&table, random_mix(id) % spreads[i], id), in[id], "%zu: thing %u", i, id);
        nat_table_clear(&table);
        for (uint32_t id = 0; id < THINGS; id++)
            CHECK_INT(found(&table, random_mix(id) % spreads[i], id), false, "%zu: cleared, %u", i, id);
        nat_table_fini(&table);
    }
}

/* Numbers are used again before new ones are made, and things come back all zero. */
static void test_slab(void)
{
    nat_slab slab;
    nat_slab_init(&slab, 24);
    uint32_t ids[100], id;
    for (uint32_t i = 0; i < 100; i++) {
        CHECK_INT(nat_slab_take(&slab, &ids[i]), NAT_OK, "take");
        CHECK_INT(ids[i], i, "number");
        memset(nat_slab_at(&slab, i), 0xff, 24);
    }
    for (uint32_t i = 0; i < 100; i += 2)
        nat_slab_give(&slab, i);
    for (uint32_t i = 0; i < 50; i++) {
        static const uint8_t zero[24];
        CHECK_INT(nat_slab_take(&slab, &id), NAT_OK, "take");
        CHECK_INT(id, 98 - 2 * i, "the last freed");
        CHECK_INT(memcmp(nat_slab_at(&slab, id), zero, 24), 0, "thing %u is zero", id);
    }
    CHECK_INT(nat_slab_take(&slab, &id), NAT_OK, "take");
    CHECK_INT(id, 100, "a new number");
    nat_slab_fini(&slab);
}

int main(void)
{
    CU_TestInfo tests[] = {
        {"come and go", test_come_and_go},
        {"slab", test_slab},
        CU_TEST_INFO_NULL,
    };
    return nat_lab_main("nat table", tests);
}
