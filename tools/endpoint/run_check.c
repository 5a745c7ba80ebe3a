/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "tools/endpoint/run_check.h"

#include "tools/endpoint/output.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POLL_NS = 2000000 };

/* What parent and child share. */
typedef struct shared_page {
    endpoint_call_page call;
    check_outcome outcome;
    bool done;
    char came[CHECK_CAME_MAX];
    const char *rule; /* a constant: the same in both processes */
} shared_page;

static void work(const check_row *row, endpoint_check *check, shared_page *page)
{
    (void)output_divert();
    endpoint_call_share(&page->call);
    check_run(row, check);
    page->outcome = check->outcome;
    memcpy(page->came, check->came, sizeof page->came);
    page->rule = check->rule;
    page->done = true;
    (void)fflush(NULL);
    _exit(EXIT_SUCCESS); /* destructors of the library are no part of the check */
}

static uint64_t wall_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * PAIR_S + (uint64_t)now.tv_nsec;
}

/* True: it ended by itself, with that status. */
static bool wait_for(pid_t child, unsigned limit_s, int *status)
{
    const struct timespec span = {.tv_nsec = POLL_NS};
    const uint64_t end_ns = wall_ns() + limit_s * PAIR_S;
    for (;;) {
        const pid_t ended = waitpid(child, status, WNOHANG);
        if (ended == child)
            return true;
        if (ended < 0 && errno != EINTR)
            return false;
        if (wall_ns() >= end_ns)
            break;
        (void)nanosleep(&span, NULL);
    }
    (void)kill(child, SIGKILL);
    while (waitpid(child, status, 0) < 0 && errno == EINTR)
        continue;
    return false;
}

/* "stream_write of the client", or where it was otherwise. */
static const char *place(const endpoint_call_page *call, char *text, size_t size)
{
    if (call->inside)
        (void)snprintf(text, size, "in %s of the %s", call->function, call->node);
    else if (call->calls > 0)
        (void)snprintf(text, size, "after %s of the %s", call->function, call->node);
    else
        (void)snprintf(text, size, "before the first call");
    return text;
}

bool run_check(const check_row *row, endpoint_check *check, unsigned limit_s)
{
    char where[2 * ENDPOINT_CALL_NAME_MAX + 32];
    int status = 0;
    shared_page *const page =
        mmap(NULL, sizeof *page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return false;
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child == 0)
        work(row, check, page);
    if (child < 0) {
        (void)munmap(page, sizeof *page);
        return false;
    }
    const bool ended = wait_for(child, limit_s, &status);
    check->outcome = CHECK_FAILED;
    check->ended = !page->done;
    if (page->done) {
        check->outcome = page->outcome;
        check->rule = page->rule;
        memcpy(check->came, page->came, sizeof check->came);
    } else if (!ended) {
        (void)snprintf(check->came, sizeof check->came, "nothing after %u s of wall time, %s: it hangs",
                       limit_s, place(&page->call, where, sizeof where));
    } else if (WIFSIGNALED(status)) {
        (void)snprintf(check->came, sizeof check->came, "the process ends by signal %d (%s), %s",
                       WTERMSIG(status), strsignal(WTERMSIG(status)),
                       place(&page->call, where, sizeof where));
    } else {
        (void)snprintf(check->came, sizeof check->came, "the process exits with status %d, %s",
                       WEXITSTATUS(status), place(&page->call, where, sizeof where));
    }
    (void)munmap(page, sizeof *page);
    return true;
}
