/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/endpoint/isolate.h"

#include "core/tests/check.h"
#include "sim/endpoint/tests/hostile.h"

#include <CUnit/CUnit.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PLACE "laptop at 1.500000000 s: the adapter mine, in receive"
#define NOW_NS UINT64_C(1500000000)
#define MIB ((uint64_t)1 << 20)
#define SILENCE_NS UINT64_C(2000000000)
#define MEMORY (256 * MIB)

#ifdef __SANITIZE_ADDRESS__ /* which ends the process itself, with a status */
#define CRASHED ": the process was ended with exit status 1"
#else
#define CRASHED ": Segmentation fault (signal 11)"
#endif

static isolate_limits limits(void)
{
    return (isolate_limits){.memory_bytes = MEMORY};
}

static isolate_limits impatient(void)
{
    return (isolate_limits){.silence_ns = SILENCE_NS, .memory_bytes = MEMORY};
}

static isolate_result run(const isolate_options *options)
{
    isolate_result result = {.outcome = ISOLATE_STOPPED};
    CHECK(isolate_run(options, &result), 0, "isolate_run");
    return result;
}

static isolate_result run_hostile(hostile what)
{
    what.now_ns = NOW_NS;
    const bool endless = strcmp(what.act, "loop") == 0 || what.repeats > 0;
    return run(
        &(isolate_options){.limits = endless ? impatient() : limits(), .work = hostile_run, .ctx = &what});
}

static void test_faults(void)
{
    static const struct {
        const char *act, *text;
    } ROWS[] = {
        {"crash", PLACE CRASHED},
        {"abort", PLACE ": Aborted (signal 6)"},
        {"kill", PLACE ": Killed (signal 9)"},
        {"exit", PLACE ": the process was ended with exit status 0"},
        {"loop", PLACE ": did not return in 2 s of wall clock"},
        {"memory", PLACE ": the process of the run held more than 256 MiB"},
        {"thread", PLACE ": pthread_create: an adapter starts no thread"},
        {"process", PLACE ": fork: an adapter starts no process"},
        {"socket", PLACE ": socket: an adapter has no socket; datagrams leave through send()"},
        {"poll", PLACE ": poll: an adapter does not wait; time is virtual"},
        {"sleep", PLACE ": nanosleep: an adapter does not wait; time is virtual"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof *ROWS; i++) {
        isolate_result result = run_hostile((hostile){.act = ROWS[i].act});
        CHECK(result.outcome, ISOLATE_ADAPTER, "%s", ROWS[i].act);
        CHECK_STRING(result.text, ROWS[i].text, "%s", ROWS[i].act);
        CU_ASSERT_PTR_NULL(result.bytes);
        isolate_result_fini(&result);
    }
}

static void test_function_is_named(void)
{
    isolate_result result = run_hostile((hostile){.act = "abort", .in = "endpoint_new"});
    CHECK(result.outcome, ISOLATE_ADAPTER, "outcome");
    CHECK_STRING(result.text,
                 "laptop at 1.500000000 s: the adapter mine, in endpoint_new: Aborted (signal 6)");
    isolate_result_fini(&result);
}

/* Calls that return and come again at the same virtual time: 4294967295 of them take longer than the limit.
 */
/* Virtual time goes on, call by call, and the run does not end. */
static void creep(void *ctx, FILE *answer)
{
    (void)ctx;
    (void)answer;
    for (uint64_t i = 0;; i++) {
        const endpoint_call call = {.adapter = "mine", .node = "laptop", .function = "receive", .now_ns = i};
        endpoint_call_enter(&call);
        (void)endpoint_call_leave();
    }
}

static void test_endless_run(void)
{
    isolate_result result = run(
        &(isolate_options){.limits = {.memory_bytes = MEMORY, .run_ns = UINT64_C(300000000)}, .work = creep});
    CHECK(result.outcome, ISOLATE_ADAPTER, "outcome");
    CHECK_CONTAINS(result.text, ": the run was not over after 0.3 s of wall clock");
    isolate_result_fini(&result);
}

static void test_standstill(void)
{
    isolate_result result = run_hostile((hostile){.act = "nothing", .repeats = UINT32_MAX});
    CHECK(result.outcome, ISOLATE_ADAPTER, "outcome");
    CHECK_CONTAINS(result.text, ": virtual time stood still for 2 s of wall clock");
    isolate_result_fini(&result);
}

static void test_answer(void)
{
    isolate_result result = run_hostile((hostile){.act = "nothing"});
    CHECK(result.outcome, ISOLATE_DONE, "outcome");
    CHECK(result.len, 0, "length");
    CHECK_STRING(result.bytes, "");
    isolate_result_fini(&result);
    result = run_hostile((hostile){.act = "print"});
    CHECK(result.outcome, ISOLATE_DONE, "outcome of one that prints");
    CHECK_STRING(result.bytes, "");
    isolate_result_fini(&result);
}

/* --- the host --- */

#define LONG (3 * MIB)

static void answer_long(void *ctx, FILE *answer)
{
    (void)ctx;
    for (uint64_t i = 0; i < LONG; i++)
        (void)fputc('a' + (int)(i % 26), answer);
}

static void test_long_answer(void)
{
    isolate_result result = run(&(isolate_options){.limits = limits(), .work = answer_long});
    CHECK(result.outcome, ISOLATE_DONE, "outcome");
    CHECK(result.len, LONG, "length");
    for (uint64_t i = 0; result.bytes && i < LONG; i++)
        if (result.bytes[i] != (char)('a' + (int)(i % 26))) {
            CHECK(i, LONG, "byte that differs");
            break;
        }
    isolate_result_fini(&result);
}

static void abort_outside(void *ctx, FILE *answer)
{
    hostile_run(ctx, answer);
    abort();
}

static void abort_at_once(void *ctx, FILE *answer)
{
    (void)ctx;
    (void)answer;
    abort();
}

static void test_death_outside(void)
{
    hostile what = {.act = "nothing", .now_ns = NOW_NS};
    isolate_result result = run(&(isolate_options){.limits = limits(), .work = abort_outside, .ctx = &what});
    CHECK(result.outcome, ISOLATE_LOST, "outcome");
    CHECK(WIFSIGNALED(result.status) ? WTERMSIG(result.status) : 0, SIGABRT, "signal");
    CHECK_STRING(result.text, "Aborted (signal 6), outside of a call of an adapter; the last was laptop at "
                              "1.500000000 s: the adapter mine, in endpoint_free");
    result = run(&(isolate_options){.limits = limits(), .work = abort_at_once});
    CHECK(result.outcome, ISOLATE_LOST, "outcome without calls");
    CHECK_STRING(result.text, "Aborted (signal 6), outside of a call of an adapter");
}

/* Longer than the silence that a call may keep: the host may take its time. */
static void be_slow(void *ctx, FILE *answer)
{
    hostile_run(ctx, answer);
    (void)nanosleep(&(struct timespec){.tv_sec = 3}, NULL);
    (void)fputs("done", answer);
}

static void test_slow_host(void)
{
    hostile what = {.act = "nothing"};
    isolate_result result = run(&(isolate_options){.limits = impatient(), .work = be_slow, .ctx = &what});
    CHECK(result.outcome, ISOLATE_DONE, "outcome");
    CHECK_STRING(result.bytes, "done");
    isolate_result_fini(&result);
}

static void wait_for_ever(void *ctx, FILE *answer)
{
    (void)ctx;
    (void)answer;
    (void)signal(SIGTERM, SIG_IGN);
    for (;;)
        (void)pause();
}

static bool stop_now(void *ctx)
{
    (void)ctx;
    return true;
}

static void test_stop(void)
{
    const isolate_result result =
        run(&(isolate_options){.limits = limits(), .work = wait_for_ever, .stop = stop_now});
    CHECK(result.outcome, ISOLATE_STOPPED, "outcome");
}

static void test_no_process_is_left(void)
{
    isolate_result result = run_hostile((hostile){.act = "loop"});
    isolate_result_fini(&result);
    CHECK(waitpid(-1, NULL, WNOHANG), -1, "children");
    CHECK(errno, ECHILD, "errno");
}

static const check_test tests[] = {
    {"what an adapter does is its fault", test_faults},
    {"the function is named", test_function_is_named},
    {"calls without end at one virtual time", test_standstill},
    {"a run without end", test_endless_run},
    {"an answer, and nothing on standard output", test_answer},
    {"a long answer", test_long_answer},
    {"a death outside of a call is the host's", test_death_outside},
    {"the host may be slow", test_slow_host},
    {"stop", test_stop},
    {"no process is left", test_no_process_is_left},
};

CHECK_MAIN("isolate", tests)
