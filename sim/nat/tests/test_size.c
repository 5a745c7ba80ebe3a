/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a NAT costs with many bindings, and that none is left over. */
#include "core/tests/check.h"
#include "sim/nat/tests/lab.h"

#include <CUnit/Basic.h>
#include <inttypes.h>

/* Probes that a search costs, in thousandths, with so many bindings, each with a permission. */
static uint64_t probes_of_search(uint32_t bindings)
{
    nat_options options = nat_lab_options();
    options.pool_count = 4;
    options.filtering = NAT_ADDRESS_AND_PORT_DEPENDENT;
    nat *box = nat_lab_new(&options);
    const roam_addr remote = nat_lab_remote(1, 443);
    for (uint32_t i = 0; i < bindings; i++)
        nat_lab_out(box, nat_lab_inside(i / 50, (uint16_t)(1024 + i % 50)), remote, 0);
    for (uint32_t i = 0; i < bindings; i++) {
        const roam_addr inside = nat_lab_inside(i / 50, (uint16_t)(1024 + i % 50));
        const roam_addr external = nat_lab_out(box, inside, remote, 0);
        CU_ASSERT_TRUE(nat_lab_reaches(box, remote, external, inside, 0));
    }
    const nat_counts counts = nat_count(box, 0);
    CHECK(counts.live, bindings, "bindings");
    CHECK(counts.made, bindings, "made");
    uint64_t things;
    const uint64_t probes = nat_probes(box, &things);
    CHECK(things >= 3 * (uint64_t)bindings, true, "in three tables");
    nat_free(box);
    return probes * 1000 / things;
}

/*
 * A search takes (1 + 1/(1 - a)) / 2 probes on average in a table that is full to a (Knuth, vol. 3,
 * section 6.4): at most 1.5 at one half; 1.75 leaves room for luck. The number of bindings makes no
 * difference.
 */
static void test_probes(void)
{
    static const uint32_t sizes[] = {1000, 10000, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const uint64_t probes = probes_of_search(sizes[i]);
        CHECK(probes >= 1000 && probes <= 1750, true, "%u bindings: %" PRIu64 " thousandths of a probe",
              sizes[i], probes);
    }
}

/* 100,000 bindings time out, each once, over packets that come every so often; and nothing of them is left.
 */
static void test_many_time_out(void)
{
    enum { COUNT = 100000, STEP_NS = 10 };
    nat_options options = nat_lab_options();
    options.pool_count = 4;
    options.timeout_ns = 1000 * STEP_NS;
    nat *box = nat_lab_new(&options);
    for (uint32_t i = 0; i < COUNT; i++) {
        nat_lab_out(box, nat_lab_inside(i / 50, (uint16_t)(1024 + i % 50)), nat_lab_remote(1, 443),
                    (uint64_t)i * STEP_NS);
        if (i % 10000 == 9999)
            CHECK(nat_count(box, (uint64_t)i * STEP_NS).live, 1000, "after %u", i);
    }
    const nat_counts counts = nat_count(box, (uint64_t)(COUNT + 1000) * STEP_NS);
    CHECK(counts.live + counts.subscribers, 0, "left");
    CHECK(counts.timed_out, COUNT, "timed out");
    nat_free(box);
}

static const check_test TESTS[] = {{"probes of a search", test_probes},
                                   {"many time out", test_many_time_out}};
CHECK_MAIN("nat size", TESTS)
