/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/heap.h"

#include "core/tests/check.h"

enum { TIMERS = 64, MOVES = 20000 };

static void set_up(core_heap *heap)
{
    core_heap_init(heap);
    CHECK(core_heap_reserve(heap, TIMERS), 0, "room for %d timers", TIMERS);
}

static void test_empty(void)
{
    core_heap heap;
    core_timer timer = {0};
    set_up(&heap);
    CHECK(core_heap_first(&heap) == NULL, true, "no timer in an empty heap");
    core_heap_set(&heap, &timer, ROAM_NEVER); /* was not in it: nothing happens */
    CHECK(core_heap_first(&heap) == NULL, true, "no timer at never");
    core_heap_set(&heap, &timer, 0);
    CHECK(core_heap_first(&heap) == &timer, true, "the one timer");
    core_heap_set(&heap, &timer, ROAM_NEVER);
    CHECK(core_heap_first(&heap) == NULL, true, "the one timer is out again");
    core_heap_fini(&heap);
}

static void test_equal_deadlines_keep_their_order(void)
{
    core_heap heap;
    core_timer timers[TIMERS] = {0};
    set_up(&heap);
    for (size_t i = 0; i < TIMERS; i++)
        core_heap_set(&heap, &timers[i], 7);
    /* Set to what it is, it keeps its place; moved away and back, it goes last. */
    core_heap_set(&heap, &timers[3], 7);
    core_heap_set(&heap, &timers[5], 8);
    core_heap_set(&heap, &timers[5], 7);
    for (size_t i = 0; i < TIMERS; i++) {
        size_t expected = i < 5 ? i : i < TIMERS - 1 ? i + 1 : 5;
        core_timer *first = core_heap_first(&heap);
        CHECK(first - timers, expected, "timer number %zu", i);
        core_heap_set(&heap, first, ROAM_NEVER);
    }
    core_heap_fini(&heap);
}

/* The first by deadline, then by the order of setting, found the slow way. */
static core_timer *first_of(core_timer *timers, const uint64_t *deadlines, const uint64_t *order)
{
    size_t best = TIMERS;
    for (size_t i = 0; i < TIMERS; i++) {
        if (deadlines[i] == ROAM_NEVER)
            continue;
        if (best == TIMERS || deadlines[i] < deadlines[best] ||
            (deadlines[i] == deadlines[best] && order[i] < order[best]))
            best = i;
    }
    return best == TIMERS ? NULL : &timers[best];
}

static void test_random_moves_against_a_model(void)
{
    core_heap heap;
    core_timer timers[TIMERS] = {0};
    uint64_t deadlines[TIMERS], order[TIMERS] = {0}, state = 1;
    set_up(&heap);
    for (size_t i = 0; i < TIMERS; i++)
        deadlines[i] = ROAM_NEVER;
    for (uint64_t move = 1; move <= MOVES; move++) {
        size_t i = check_random(&state) % TIMERS;
        uint64_t deadline = check_random(&state) % 40; /* few values: equals are common */
        if (deadline >= 30)
            deadline = ROAM_NEVER;
        if (deadline != deadlines[i])
            order[i] = move;
        deadlines[i] = deadline;
        core_heap_set(&heap, &timers[i], deadline);
        const core_timer *first = core_heap_first(&heap), *expected = first_of(timers, deadlines, order);
        if (!CHECK(first ? first - timers : -1, expected ? expected - timers : -1, "after move %d",
                   (int)move))
            break;
    }
    core_heap_fini(&heap);
}

static void test_reserve_grows_and_keeps(void)
{
    core_heap heap;
    core_timer timers[TIMERS] = {0};
    core_heap_init(&heap);
    for (size_t i = 0; i < TIMERS; i++) {
        CHECK(core_heap_reserve(&heap, i + 1), 0, "room for %zu", i + 1);
        core_heap_set(&heap, &timers[i], TIMERS - i);
        CHECK(core_heap_first(&heap) - timers, i, "the latest set is the earliest due");
    }
    core_heap_fini(&heap);
    CHECK(core_heap_first(&heap) == NULL, true, "nothing after fini");
}

static const check_test tests[] = {
    {"an empty heap", test_empty},
    {"equal deadlines keep their order", test_equal_deadlines_keep_their_order},
    {"random moves against a model", test_random_moves_against_a_model},
    {"reserve grows and keeps", test_reserve_grows_and_keeps},
};

CHECK_MAIN("heap", tests)
