/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/tests/check.h"
#include "sim/nat/slab.h"

#include "sim/nat/tests/lab.h"

#include <string.h>

/* Numbers are used again before new ones are made, and things come back all zero. */
static void test_slab(void)
{
    nat_slab slab;
    nat_slab_init(&slab, 24);
    uint32_t ids[100], id;
    for (uint32_t i = 0; i < 100; i++) {
        CHECK(nat_slab_take(&slab, &ids[i]), NAT_OK, "take");
        CHECK(ids[i], i, "number");
        memset(nat_slab_at(&slab, i), 0xff, 24);
    }
    for (uint32_t i = 0; i < 100; i += 2)
        nat_slab_give(&slab, i);
    for (uint32_t i = 0; i < 50; i++) {
        static const uint8_t zero[24];
        CHECK(nat_slab_take(&slab, &id), NAT_OK, "take");
        CHECK(id, 98 - 2 * i, "the last freed");
        CHECK(memcmp(nat_slab_at(&slab, id), zero, 24), 0, "thing %u is zero", id);
    }
    CHECK(nat_slab_take(&slab, &id), NAT_OK, "take");
    CHECK(id, 100, "a new number");
    nat_slab_fini(&slab);
}

static const check_test TESTS[] = {{"slab", test_slab}};
CHECK_MAIN("nat slab", TESTS)
