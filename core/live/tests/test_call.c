/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/call.h"
#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <time.h>

enum { CALLERS = 3, TRIES = 2000 };

static void on_wake(void *owner)
{
    (void)owner;
}

static int add_one(void *owner, live_pending_call *call)
{
    (void)owner;
    return ++*(int *)call->data;
}

/* Keeps the call for later. */
static int keep(void *owner, live_pending_call *call)
{
    (void)owner;
    *(live_pending_call **)call->data = call;
    return LIVE_CALL_PENDING;
}

typedef struct caller {
    pthread_t thread;
    live_calls *calls;
    live_pending_call call;
    int result;
} caller;

static void *caller_main(void *data)
{
    caller *const self = data;
    self->result = live_calls_make(self->calls, &self->call);
    return NULL;
}

static void start(caller *self, live_calls *calls, int (*function)(void *, live_pending_call *), void *data)
{
    *self = (caller){.calls = calls, .call = {.function = function, .data = data}};
    CU_ASSERT_EQUAL_FATAL(pthread_create(&self->thread, NULL, caller_main, self), 0);
}

static void await_inside(live_calls *calls, uint32_t count)
{
    for (int i = 0; i < TRIES; i++) {
        (void)pthread_mutex_lock(&calls->mutex);
        const uint32_t inside = calls->inside;
        (void)pthread_mutex_unlock(&calls->mutex);
        if (inside == count)
            return;
        (void)nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
    CU_FAIL("the callers never came");
}

static void check(caller *self, int expected)
{
    (void)pthread_join(self->thread, NULL);
    CHECK(self->result, expected, "result of a call");
}

static void test_answers(void)
{
    live_calls calls;
    caller callers[CALLERS];
    live_pending_call *kept = NULL;
    int value = -10;
    CU_ASSERT_EQUAL_FATAL(live_calls_init(&calls, CALLERS, on_wake, NULL), 0);
    CU_ASSERT_TRUE(live_calls_begin(&calls));
    CU_ASSERT_FALSE(live_calls_begin(&calls));
    CU_ASSERT_TRUE(live_calls_on_loop(&calls));
    start(&callers[0], &calls, add_one, &value);
    start(&callers[1], &calls, keep, &kept);
    await_inside(&calls, 2);
    CU_ASSERT_EQUAL(value, -10); /* nothing happens but on the loop thread */
    live_calls_run(&calls);
    check(&callers[0], -9);
    CU_ASSERT_PTR_EQUAL_FATAL(kept, &callers[1].call);
    live_calls_answer(&calls, kept, -5);
    check(&callers[1], -5);
    live_calls_end(&calls);
    live_calls_fini(&calls);
}

static void test_end(void)
{
    live_calls calls;
    caller callers[CALLERS];
    live_pending_call *kept = NULL;
    int value = 0;
    CU_ASSERT_EQUAL_FATAL(live_calls_init(&calls, 2, on_wake, NULL), 0);
    CU_ASSERT_TRUE(live_calls_begin(&calls));
    start(&callers[0], &calls, keep, &kept);
    await_inside(&calls, 1);
    live_calls_run(&calls);
    start(&callers[1], &calls, add_one, &value);
    await_inside(&calls, 2);
    start(&callers[2], &calls, add_one, &value);
    check(&callers[2], ROAM_ERR_WOULD_BLOCK);
    live_calls_end(&calls);
    check(&callers[0], ROAM_ERR_NO_CONN); /* begun */
    check(&callers[1], ROAM_ERR_NO_CONN); /* queued */
    CU_ASSERT_EQUAL(value, 0);
    CU_ASSERT_EQUAL(live_calls_make(&calls, &callers[0].call), ROAM_ERR_NO_CONN);
    live_calls_fini(&calls);
}

/* Who makes the node would wait for itself, until the loop is another thread's. */
static void test_before(void)
{
    live_calls calls;
    caller other;
    int value = 10;
    live_pending_call own = {.function = add_one, .data = &value};
    CU_ASSERT_EQUAL_FATAL(live_calls_init(&calls, CALLERS, on_wake, NULL), 0);
    CU_ASSERT_EQUAL(live_calls_make(&calls, &own), ROAM_ERR_IN_CALLBACK);
    CU_ASSERT_FALSE(live_calls_on_loop(&calls)); /* it does not run: it may be freed */
    start(&other, &calls, add_one, &value);
    await_inside(&calls, 1);
    CU_ASSERT_EQUAL(value, 10);
    CU_ASSERT_TRUE(live_calls_begin(&calls));
    live_calls_run(&calls);
    check(&other, 11);
    live_calls_end(&calls);
    CU_ASSERT_EQUAL(live_calls_make(&calls, &own), ROAM_ERR_NO_CONN);
    live_calls_fini(&calls);
}

static const check_test TESTS[] = {
    {"calls run on the loop thread alone, and are answered at once or later", test_answers},
    {"before the loop runs", test_before},
    {"the end answers whoever waits", test_end}};
CHECK_MAIN("call", TESTS)
