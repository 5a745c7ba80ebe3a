/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
/* The pool: order, and what becomes of jobs that crash, hang, or are stopped. */
#include "core/tests/check.h"
#include "tools/cli/workers.h"

#include <CUnit/Basic.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS UINT64_C(1000000)
#define JOBS 40
#define LONG_ANSWER 3000000

typedef enum deed { ANSWER, SLOW, CRASH, ABORT, LEAVE, HANG, SLOW_AND_ALIVE, LONG } deed;

typedef struct bench {
    deed deeds[JOBS];
    size_t told; /* results so far */
    workers_result results[JOBS];
    char first[JOBS][16]; /* bytes of the answers */
    size_t give_up_at;    /* done says false to this one */
    size_t stop_after;    /* results */
} bench;

static void rest(uint64_t time_ns)
{
    const struct timespec time = {.tv_sec = (time_t)(time_ns / 1000000000),
                                  .tv_nsec = (long)(time_ns % 1000000000)};
    (void)nanosleep(&time, NULL);
}

static void beat_for(workers_pulse *pulse, uint64_t time_ns)
{
    for (uint64_t i = 0; i < time_ns / (10 * MS); i++) {
        rest(10 * MS);
        workers_beat(pulse);
    }
}

static void work(void *ctx, size_t job, workers_pulse *pulse, FILE *answer)
{
    const bench *const self = ctx;
    switch (self->deeds[job]) {
    case ANSWER:
        break;
    case SLOW:
        rest(50 * MS);
        break;
    case CRASH:
        (void)raise(SIGKILL);
        break;
    case ABORT:
        (void)fclose(stderr); /* a sanitizer would be heard */
        abort();
    case LEAVE:
        _exit(7);
    case HANG:
        rest(3600000 * MS);
        break;
    case SLOW_AND_ALIVE:
        beat_for(pulse, 4500 * MS);
        break;
    case LONG:
        for (size_t i = 0; i < LONG_ANSWER; i++)
            (void)putc('x', answer);
        break;
    }
    (void)fprintf(answer, "job %zu", job);
}

static bool done(void *ctx, const workers_result *result)
{
    bench *const self = ctx;
    self->results[self->told] = *result;
    if (result->outcome == WORKERS_DONE)
        (void)snprintf(self->first[self->told], sizeof self->first[0], "%s", result->bytes);
    self->told++;
    return result->job != self->give_up_at;
}

static bool stop(void *ctx)
{
    const bench *const self = ctx;
    return self->told >= self->stop_after;
}

static bench bench_of(void)
{
    return (bench){.give_up_at = SIZE_MAX, .stop_after = SIZE_MAX};
}

static int run(bench *self, size_t jobs, size_t processes, uint64_t silence_ns)
{
    const workers_options options = {.jobs = jobs,
                                     .processes = processes,
                                     .silence_ns = silence_ns,
                                     .work = work,
                                     .done = done,
                                     .stop = stop,
                                     .ctx = self};
    return workers_run(&options);
}

static void test_order(void)
{
    const size_t processes[] = {1, 2, 3, 8, 1000};
    for (size_t i = 0; i < sizeof processes / sizeof processes[0]; i++) {
        bench self = bench_of();
        self.deeds[0] = self.deeds[3] = SLOW; /* later ones are done before */
        CU_ASSERT_EQUAL_FATAL(run(&self, JOBS, processes[i], 0), 0);
        CU_ASSERT_EQUAL_FATAL(self.told, JOBS);
        for (size_t job = 0; job < JOBS; job++) {
            char wanted[16];
            (void)snprintf(wanted, sizeof wanted, "job %zu", job);
            CU_ASSERT_EQUAL(self.results[job].job, job);
            CU_ASSERT_EQUAL(self.results[job].len, strlen(wanted));
            CU_ASSERT_STRING_EQUAL(self.first[job], wanted);
        }
    }
}

static void test_long_answer(void)
{
    bench self = bench_of();
    self.deeds[1] = LONG;
    CU_ASSERT_EQUAL_FATAL(run(&self, 4, 2, 0), 0);
    CU_ASSERT_EQUAL_FATAL(self.told, 4);
    CU_ASSERT_EQUAL(self.results[1].len, LONG_ANSWER + strlen("job 1"));
}

static void test_nothing_to_do(void)
{
    bench self = bench_of();
    CU_ASSERT_EQUAL(run(&self, 0, 4, 0), 0);
    CU_ASSERT_EQUAL(self.told, 0);
}

/* Each costs its own job; the next one of that worker is done by another. */
static void test_crash(void)
{
    bench self = bench_of();
    self.deeds[0] = CRASH;
    self.deeds[1] = ABORT;
    self.deeds[5] = LEAVE;
    self.deeds[JOBS - 1] = CRASH;
    CU_ASSERT_EQUAL_FATAL(run(&self, JOBS, 2, 0), 0);
    CU_ASSERT_EQUAL_FATAL(self.told, JOBS);
    for (size_t job = 0; job < JOBS; job++) {
        CU_ASSERT_EQUAL(self.results[job].job, job);
        CU_ASSERT_EQUAL(self.results[job].outcome,
                        self.deeds[job] == ANSWER ? WORKERS_DONE : WORKERS_CRASHED);
    }
    CU_ASSERT(WIFSIGNALED(self.results[0].status) && WTERMSIG(self.results[0].status) == SIGKILL);
    CU_ASSERT(WIFSIGNALED(self.results[1].status) && WTERMSIG(self.results[1].status) == SIGABRT);
    CU_ASSERT(WIFEXITED(self.results[5].status) && WEXITSTATUS(self.results[5].status) == 7);
}

/* Silence is what counts, not the time that a job takes. */
static void test_hang(void)
{
    bench self = bench_of();
    self.deeds[0] = HANG;
    self.deeds[1] = SLOW_AND_ALIVE;
    CU_ASSERT_EQUAL_FATAL(run(&self, 6, 2, 3000 * MS), 0);
    CU_ASSERT_EQUAL_FATAL(self.told, 6);
    CU_ASSERT_EQUAL(self.results[0].outcome, WORKERS_HUNG);
    for (size_t job = 1; job < 6; job++)
        CU_ASSERT_EQUAL(self.results[job].outcome, WORKERS_DONE);
}

static void test_giving_up(void)
{
    for (size_t processes = 1; processes < 4; processes++) {
        bench self = bench_of();
        self.give_up_at = 2;
        self.deeds[5] = HANG; /* may be under way: it is ended */
        CU_ASSERT_EQUAL(run(&self, 6, processes, 0), 0);
        CU_ASSERT_EQUAL(self.told, 3);
    }
    CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1); /* no child is left */
}

/* What was finished is told, in order; a job under way is ended by SIGTERM. */
static void test_stop(void)
{
    bench self = bench_of();
    self.stop_after = 1;
    self.deeds[1] = HANG;
    CU_ASSERT_EQUAL(run(&self, JOBS, 2, 0), 0);
    CU_ASSERT(self.told >= 1 && self.told < JOBS);
    for (size_t i = 1; i < self.told; i++)
        CU_ASSERT(self.results[i].job > self.results[i - 1].job && self.results[i].job != 1);
    CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1);
}

/* --- many short jobs, whose workers are killed at any moment --- */

#define MANY 20000

typedef struct hunt {
    volatile pid_t *prey; /* shared: the worker that was last at work */
    unsigned char told[MANY];
    size_t crashed;
    size_t wrong; /* answers that are not the job's */
} hunt;

static void work_briefly(void *ctx, size_t job, workers_pulse *pulse, FILE *answer)
{
    (void)pulse;
    *((const hunt *)ctx)->prey = getpid();
    for (size_t i = 0; i < job % 400; i++)
        (void)fprintf(answer, "%zu ", job);
}

static bool done_briefly(void *ctx, const workers_result *result)
{
    hunt *const self = ctx;
    char wanted[16];
    const int len = snprintf(wanted, sizeof wanted, "%zu ", result->job);
    self->told[result->job]++;
    self->crashed += result->outcome == WORKERS_CRASHED;
    if (result->outcome == WORKERS_DONE)
        self->wrong += result->len != result->job % 400 * (size_t)len ||
                       (result->len > 0 && strcmp(result->bytes + result->len - len, wanted) != 0);
    return true;
}

_Noreturn static void kill_workers(const hunt *self, pid_t caller)
{
    while (getppid() == caller) {
        rest(MS);
        const pid_t pid = *self->prey;
        if (pid > 0)
            (void)kill(pid, SIGKILL);
        *self->prey = 0;
    }
    _exit(EXIT_SUCCESS);
}

/* What a worker answered before its death counts, and every job is told once. */
static void test_killed_at_any_moment(void)
{
    static hunt self;
    const pid_t caller = getpid();
    self.prey = mmap(NULL, sizeof *self.prey, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CU_ASSERT_FATAL(self.prey != MAP_FAILED);
    const pid_t hunter = fork();
    if (hunter == 0)
        kill_workers(&self, caller);
    const workers_options options = {.jobs = MANY,
                                     .processes = 3,
                                     .guarded = true,
                                     .as_they_come = true,
                                     .work = work_briefly,
                                     .done = done_briefly,
                                     .ctx = &self};
    CU_ASSERT_EQUAL(workers_run(&options), 0);
    (void)kill(hunter, SIGKILL);
    (void)waitpid(hunter, NULL, 0);
    size_t once = 0;
    for (size_t job = 0; job < MANY; job++)
        once += self.told[job] == 1;
    CU_ASSERT_EQUAL(once, MANY);
    CU_ASSERT_EQUAL(self.wrong, 0);
    CU_ASSERT(self.crashed > 0);
    (void)munmap((void *)self.prey, sizeof *self.prey);
}

static const check_test TESTS[] = {{"results come in the order of the jobs", test_order},
                                   {"an answer of several megabytes", test_long_answer},
                                   {"no job", test_nothing_to_do},
                                   {"a worker that crashes costs its job alone", test_crash},
                                   {"a worker that hangs costs its job alone", test_hang},
                                   {"the caller gives up", test_giving_up},
                                   {"the caller stops", test_stop},
                                   {"workers are killed at any moment", test_killed_at_any_moment}};
CHECK_MAIN("workers", TESTS)
