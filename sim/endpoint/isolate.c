/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* MAP_ANONYMOUS, pipe2 */
#include "sim/endpoint/isolate.h"

#include "sim/wall.h"
#include "sim/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS 20
#define TICK_MAX_NS UINT64_C(1000000000) /* of a longer one, this process slept as well */
#define SECOND_NS UINT64_C(1000000000)
#define MIB ((uint64_t)1 << 20)
#define CHUNK 65536
#define ADDRESSES 4 /* times memory_bytes: address space that is reserved and not touched */

#ifndef __SANITIZE_ADDRESS__ /* whose shadow takes terabytes of address space */
#define LIMITS_ADDRESSES 1
#else
#define LIMITS_ADDRESSES 0
#endif

typedef enum end {
    END_NONE, /* it goes on, or ended by itself */
    END_SILENCE,
    END_STANDSTILL,
    END_RUN,
    END_MEMORY,
    END_STOPPED,
    END_ANSWER /* longer than can be */
} end;

/* What is seen of the process, in the caller. */
typedef struct isolated {
    const isolate_options *options;
    isolate_limits limits;
    endpoint_call_page *page;
    pid_t pid;
    int fd; /* the answer; -1: it is closed */
    int memory_fd;
    char *bytes;
    size_t len, capacity;
    uint64_t seen_ns; /* wall clock of the latest tick */
    uint64_t calls, now_ns;
    uint64_t silent_ns, still_ns; /* since calls, since now_ns changed */
    uint64_t run_ns;              /* since the beginning */
    uint64_t still_calls;         /* calls when now_ns changed */
    uint64_t stop_ns;             /* 0: no stop */
    end ended_for;
    bool exited;
    int status;
} isolated;

isolate_limits isolate_limits_of(const isolate_limits *wanted)
{
    return (isolate_limits){
        .silence_ns = wanted->silence_ns > 0 ? wanted->silence_ns : ISOLATE_SILENCE_S * SECOND_NS,
        .run_ns = wanted->run_ns > 0 ? wanted->run_ns : ISOLATE_RUN_S * SECOND_NS,
        .memory_bytes = wanted->memory_bytes > 0 ? wanted->memory_bytes : ISOLATE_MEMORY_MIB * MIB};
}

/* --- in the process --- */

static uint64_t pages_of(int fd, bool resident)
{
    char text[128];
    unsigned long long size = 0;
    unsigned long long held = 0;
    const ssize_t len = pread(fd, text, sizeof text - 1, 0);
    text[len > 0 ? len : 0] = '\0';
    if (sscanf(text, "%llu %llu", &size, &held) != 2)
        return 0;
    return (resident ? held : size) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit_addresses(uint64_t bytes)
{
    const int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    const rlim_t most = pages_of(fd, false) + ADDRESSES * bytes;
    if (fd < 0)
        return;
    (void)close(fd);
    (void)setrlimit(RLIMIT_AS, &(struct rlimit){.rlim_cur = most, .rlim_max = most});
}

_Noreturn static void work_in(const isolated *self, int fd)
{
    const isolate_options *const options = self->options;
    char *bytes = NULL;
    size_t len = 0;
    (void)dup2(STDERR_FILENO, STDOUT_FILENO);
    if (LIMITS_ADDRESSES)
        limit_addresses(self->limits.memory_bytes);
    endpoint_call_share(self->page);
    FILE *const answer = open_memstream(&bytes, &len);
    if (!answer)
        _exit(EXIT_FAILURE);
    options->work(options->ctx, answer);
    const bool failed = ferror(answer) != 0;
    if (fclose(answer) != 0 || failed || !write_all(fd, bytes, len))
        _exit(EXIT_FAILURE);
    _exit(EXIT_SUCCESS);
}

static int start(isolated *self)
{
    int fds[2];
    const pid_t parent = getpid();
    if (pipe2(fds, O_CLOEXEC) != 0)
        return errno;
    (void)fflush(NULL); /* or it would be written twice */
    self->pid = fork();
    if (self->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(EXIT_FAILURE);
        (void)close(fds[0]);
        work_in(self, fds[1]);
    }
    const int failure = errno;
    (void)close(fds[1]);
    self->fd = fds[0];
    if (self->pid < 0)
        return failure;
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%ld/statm", (long)self->pid);
    self->memory_fd = open(path, O_RDONLY | O_CLOEXEC);
    (void)fcntl(self->fd, F_SETFL, O_NONBLOCK);
    self->seen_ns = wall_ns();
    return 0;
}

/* --- in the caller --- */

static void end_it(isolated *self, end why)
{
    if (self->ended_for != END_NONE)
        return;
    self->ended_for = why;
    (void)kill(self->pid, SIGKILL);
}

static bool grow(isolated *self)
{
    const size_t capacity = self->len + CHUNK + 1;
    if (capacity <= self->capacity)
        return true;
    char *const grown = realloc(self->bytes, 2 * capacity);
    if (!grown)
        return false;
    self->bytes = grown;
    self->capacity = 2 * capacity;
    return true;
}

/* What has come of the answer. 0, or an errno value. */
static int receive(isolated *self)
{
    while (self->fd >= 0) {
        if (!grow(self))
            return ENOMEM;
        const ssize_t got = read(self->fd, self->bytes + self->len, CHUNK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN ? 0 : errno;
        if (got == 0) {
            (void)close(self->fd);
            self->fd = -1;
        }
        self->len += (size_t)got;
        if (self->len > ISOLATE_ANSWER_MAX)
            end_it(self, END_ANSWER);
    }
    return 0;
}

/* Time that passed while this process slept too, on a machine that was suspended, does not count. */
static uint64_t tick(isolated *self)
{
    const uint64_t now_ns = wall_ns();
    const uint64_t passed_ns = now_ns - self->seen_ns;
    self->seen_ns = now_ns;
    return passed_ns < TICK_MAX_NS ? passed_ns : TICK_MAX_NS;
}

static void watch_calls(isolated *self)
{
    const volatile endpoint_call_page *const page = self->page;
    const uint64_t limit_ns = self->limits.silence_ns;
    const uint64_t passed_ns = tick(self);
    const uint64_t calls = page->calls;
    const bool stands = calls == self->calls;
    if (page->now_ns != self->now_ns || (stands && !page->inside)) {
        self->still_ns = 0;
        self->still_calls = calls;
    } else {
        self->still_ns += passed_ns;
    }
    self->silent_ns = stands && page->inside ? self->silent_ns + passed_ns : 0;
    self->calls = calls;
    self->now_ns = page->now_ns;
    self->run_ns += passed_ns;
    if (self->run_ns > self->limits.run_ns)
        end_it(self, END_RUN);
    else if (self->silent_ns > limit_ns)
        end_it(self, END_SILENCE);
    else if (self->still_ns > limit_ns)
        end_it(self, END_STANDSTILL);
}

static void watch(isolated *self)
{
    const isolate_options *const options = self->options;
    watch_calls(self);
    if (pages_of(self->memory_fd, true) > self->limits.memory_bytes)
        end_it(self, END_MEMORY);
    if (self->stop_ns == 0 && options->stop && options->stop(options->ctx)) {
        self->stop_ns = wall_ns();
        (void)kill(self->pid, SIGTERM);
    }
    if (self->stop_ns > 0 && wall_ns() > self->stop_ns + ISOLATE_STOP_NS)
        end_it(self, END_STOPPED);
}

/* Until it has exited; a process that it left behind may hold the pipe open. */
static int attend(isolated *self)
{
    int error = 0;
    while (!self->exited && !error) {
        struct pollfd answer = {.fd = self->fd, .events = POLLIN};
        (void)poll(&answer, 1, self->fd >= 0 ? POLL_MS : 1);
        error = receive(self);
        watch(self);
        self->exited = waitpid(self->pid, &self->status, WNOHANG) == self->pid;
    }
    return error ? error : receive(self);
}

static void stop_all(isolated *self)
{
    if (self->pid > 0 && !self->exited) {
        (void)kill(self->pid, SIGKILL);
        while (waitpid(self->pid, &self->status, 0) < 0 && errno == EINTR)
            continue;
    }
    if (self->fd >= 0)
        (void)close(self->fd);
    if (self->memory_fd >= 0)
        (void)close(self->memory_fd);
    if (self->page)
        (void)munmap(self->page, sizeof *self->page);
    free(self->bytes);
}

/* --- whose fault it is --- */

static void say_end(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status))
        (void)snprintf(text, size, "%s (signal %d)", strsignal(WTERMSIG(status)), WTERMSIG(status));
    else
        (void)snprintf(text, size, "the process was ended with exit status %d", WEXITSTATUS(status));
}

static isolate_outcome outcome_of(const isolated *self)
{
    const bool finished = WIFEXITED(self->status) && WEXITSTATUS(self->status) == 0 && !self->page->inside;
    if (self->ended_for == END_STOPPED)
        return ISOLATE_STOPPED;
    if (self->page->fault[0] != '\0' || self->ended_for == END_SILENCE || self->ended_for == END_STANDSTILL ||
        self->ended_for == END_MEMORY || self->ended_for == END_RUN || self->page->inside)
        return ISOLATE_ADAPTER;
    return finished ? ISOLATE_DONE : ISOLATE_LOST;
}

static void say_fault(const isolated *self, const char *place, char text[ISOLATE_TEXT_MAX])
{
    const isolate_limits *const limits = &self->limits;
    char ended[128];
    say_end(self->status, ended, sizeof ended);
    if (self->page->fault[0] != '\0')
        (void)snprintf(text, ISOLATE_TEXT_MAX, "%s", self->page->fault);
    else if (self->ended_for == END_SILENCE)
        (void)snprintf(text, ISOLATE_TEXT_MAX, "%s: did not return in %.3g s of wall clock", place,
                       (double)limits->silence_ns / 1e9);
    else if (self->ended_for == END_STANDSTILL)
        (void)snprintf(text, ISOLATE_TEXT_MAX,
                       "%s: virtual time stood still for %.3g s of wall clock and %" PRIu64 " calls", place,
                       (double)limits->silence_ns / 1e9, self->page->calls - self->still_calls);
    else if (self->ended_for == END_RUN)
        (void)snprintf(text, ISOLATE_TEXT_MAX, "%s: the run was not over after %.3g s of wall clock", place,
                       (double)limits->run_ns / 1e9);
    else if (self->ended_for == END_MEMORY)
        (void)snprintf(text, ISOLATE_TEXT_MAX, "%s: the process of the run held more than %" PRIu64 " MiB",
                       place, limits->memory_bytes / MIB);
    else
        (void)snprintf(text, ISOLATE_TEXT_MAX, "%s: %s", place, ended);
}

static void conclude(isolated *self, isolate_result *out)
{
    char place[ENDPOINT_CALL_PLACE_MAX];
    char ended[128];
    *out = (isolate_result){.outcome = outcome_of(self), .status = self->status};
    const endpoint_call latest = endpoint_call_latest(self->page);
    endpoint_call_place(&latest, place);
    switch (out->outcome) {
    case ISOLATE_DONE:
        out->bytes = self->bytes;
        out->len = self->len;
        out->bytes[out->len] = '\0';
        self->bytes = NULL;
        break;
    case ISOLATE_ADAPTER:
        say_fault(self, place, out->text);
        break;
    case ISOLATE_LOST:
        say_end(self->status, ended, sizeof ended);
        (void)snprintf(out->text, sizeof out->text, "%s, outside of a call of an adapter%s%s", ended,
                       self->page->calls > 0 ? "; the last was " : "", self->page->calls > 0 ? place : "");
        break;
    case ISOLATE_STOPPED:
        break;
    }
}

int isolate_run(const isolate_options *options, isolate_result *out)
{
    isolated self = {
        .options = options, .limits = isolate_limits_of(&options->limits), .fd = -1, .memory_fd = -1};
    void *const page =
        mmap(NULL, sizeof *self.page, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED)
        return errno;
    self.page = page;
    int error = start(&self);
    if (!error)
        error = attend(&self);
    if (!error)
        conclude(&self, out);
    stop_all(&self);
    return error;
}

void isolate_result_fini(isolate_result *result)
{
    free(result->bytes);
    result->bytes = NULL;
}

void isolate_end_likewise(int status)
{
    if (WIFSIGNALED(status)) {
        (void)signal(WTERMSIG(status), SIG_DFL);
        (void)raise(WTERMSIG(status));
    }
    _exit(WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EXIT_FAILURE);
}
