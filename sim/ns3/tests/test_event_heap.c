/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The heap of events against a list that is searched for the earliest. */
#include "core/hash.h"
#include "core/tests/check.h"
#include "sim/ns3/event_heap.h"

#include <CUnit/Basic.h>

enum { EVENTS_MAX = 400, ROUNDS = 20000 };

typedef struct list {
    n3_event items[EVENTS_MAX];
    size_t count;
} list;

static n3_event take(list *of, size_t at)
{
    const n3_event taken = of->items[at];
    of->items[at] = of->items[--of->count];
    return taken;
}

static size_t earliest(const list *of)
{
    size_t best = 0;
    for (size_t i = 1; i < of->count; i++)
        if (n3_event_before(&of->items[i], &of->items[best]))
            best = i;
    return best;
}

typedef struct both {
    list slow;
    n3_event_heap fast;
    uint64_t now_ns;
    uint32_t next_uid;
    uint64_t draws;
} both;

static void push(both *of)
{
    const n3_event event = {.ns = of->now_ns + core_hash_next(&of->draws) % 50,
                            .uid = of->next_uid++,
                            .context = (uint32_t)core_hash_next(&of->draws),
                            .what = of};
    of->slow.items[of->slow.count++] = event;
    CU_ASSERT_TRUE_FATAL(n3_event_heap_push(&of->fast, &event));
}

static void pop(both *of)
{
    const n3_event wanted = take(&of->slow, earliest(&of->slow));
    const n3_event got = n3_event_heap_pop(&of->fast);
    CHECK(got.ns, wanted.ns, "time");
    CHECK(got.uid, wanted.uid, "uid");
    CHECK(got.context, wanted.context, "context");
    CU_ASSERT_PTR_EQUAL(got.what, wanted.what);
    of->now_ns = wanted.ns;
}

static void remove_any(both *of)
{
    const n3_event gone = take(&of->slow, core_hash_next(&of->draws) % of->slow.count);
    CU_ASSERT_TRUE(n3_event_heap_remove(&of->fast, gone.ns, gone.uid));
    CU_ASSERT_FALSE(n3_event_heap_remove(&of->fast, gone.ns, gone.uid));
}

/* Grows to many events, and shrinks to none, again and again. */
static void test_against_list(void)
{
    both all = {.draws = 1};
    for (uint32_t round = 0; round < ROUNDS; round++) {
        const uint64_t chance = core_hash_next(&all.draws) % 8;
        const bool grows = round / 1000 % 2 == 0;
        if (chance < (grows ? 5 : 3) && all.slow.count < EVENTS_MAX)
            push(&all);
        else if (all.slow.count > 0 && chance < 7)
            pop(&all);
        else if (all.slow.count > 0)
            remove_any(&all);
        CHECK(n3_event_heap_is_empty(&all.fast), all.slow.count == 0, "empty, round %u", round);
    }
    while (all.slow.count > 0)
        pop(&all);
    CU_ASSERT_TRUE(n3_event_heap_is_empty(&all.fast));
    n3_event_heap_fini(&all.fast);
}

static const check_test TESTS[] = {{"against a list", test_against_list}};
CHECK_MAIN("event_heap", TESTS)
