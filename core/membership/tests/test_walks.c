/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/membership/walks.h"
#include "core/tests/check.h"

#define SECOND_NS UINT64_C(1000000000)

static core_walk walk(uint64_t id, uint32_t from, uint32_t to, uint64_t began_ns)
{
    return (core_walk){.id = id, .from = {from}, .to = {to}, .began_ns = began_ns, .asked = 8};
}

/* A walk that passes twice goes back the way it came, latest first; a reply of somebody else finds none. */
static void test_way_back(void)
{
    core_walks walks = {0};
    core_walk out = {0};
    const core_walk first = walk(7, 1, 2, 0), second = walk(7, 3, 2, 0), other = walk(8, 0, 2, 0);
    core_walks_add(&walks, &first);
    core_walks_add(&walks, &second);
    core_walks_add(&walks, &other);
    CHECK(core_walks_take(&walks, 7, (roam_peer_id){3}, 0, &out), false, "from another peer");
    CHECK(core_walks_take(&walks, 9, (roam_peer_id){2}, 0, &out), false, "of another id");
    CHECK(out.id, 0, "the output");
    CHECK(core_walks_take(&walks, 7, (roam_peer_id){2}, 0, &out), true, "the latest");
    CHECK(out.from.value, 3, "the latest came from");
    CHECK(core_walks_take(&walks, 7, (roam_peer_id){2}, 0, &out), true, "the first");
    CHECK(out.from.value, 1, "the first came from");
    CHECK(core_walks_take(&walks, 7, (roam_peer_id){2}, 0, &out), false, "a third");
    CHECK(core_walks_take(&walks, 8, (roam_peer_id){2}, 0, &out), true, "one that began here");
    CHECK(out.from.value, 0, "it came from");
    CHECK(core_walks_take(&walks, 0, (roam_peer_id){0}, 0, &out), false, "an empty place");
}

static void test_bounds(void)
{
    core_walks walks = {0};
    core_walk out;
    for (uint64_t i = 1; i <= CORE_WALKS + 1; i++) {
        const core_walk w = walk(i, 1, 2, i);
        core_walks_add(&walks, &w);
    }
    CHECK(core_walks_take(&walks, 1, (roam_peer_id){2}, 100, &out), false, "the oldest gave way");
    CHECK(core_walks_take(&walks, 2, (roam_peer_id){2}, 2 + 30 * SECOND_NS, &out), false, "after 30 s");
    CHECK(core_walks_take(&walks, 2, (roam_peer_id){2}, 1 + 30 * SECOND_NS, &out), true, "before");
    CHECK(core_walks_take(&walks, CORE_WALKS + 1, (roam_peer_id){2}, 100, &out), true, "the newest");
}

static const check_test tests[] = {{"way back", test_way_back}, {"bounds", test_bounds}};

CHECK_MAIN("walks", tests)
