/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* MAP_ANONYMOUS, pipe2 */
#include "tools/sweep/shared.h"

#include "sim/wall.h"
#include "sim/write_all.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEPTH_MAX 16u /* processes one below the other; a page has room for what they count */
#define POLL_MS 100
#define CHUNK 65536
#define LEAST_SHARE 10 /* of the duration: to be forked costs about a millisecond */

/* Signs of life of the process of each depth, in memory that all of them share. */
typedef struct signs {
    volatile uint64_t count[DEPTH_MAX];
} signs;

/* One of the processes. */
typedef struct branch {
    const shared_options *options;
    scenario_variants *plan;
    run *run;
    signs *signs;
    size_t depth;
    size_t first, count;  /* its variants */
    struct branch *known; /* to the run, whose progress is that of the process */
} branch;

typedef struct heading {
    uint64_t variant;
    uint64_t outcome; /* a workers_outcome */
    int64_t status;
    uint64_t len;
} heading;

/* --- time --- */

/* The latest time at which a run can go on as another with which it shares that much. */
static uint64_t latest_ns(const scenario *whole, uint64_t shared_ns)
{
    const uint64_t end_ns = shared_ns < whole->duration_ns ? shared_ns : whole->duration_ns;
    return end_ns > 0 ? (end_ns - 1) / RUN_SLICE_NS * RUN_SLICE_NS : 0;
}

/* After `until`, or 0. */
static bool is_much(const scenario *whole, uint64_t shared_ns, uint64_t until_ns)
{
    const uint64_t latest = latest_ns(whole, shared_ns);
    return latest > until_ns && latest - until_ns >= whole->duration_ns / LEAST_SHARE;
}

bool shared_is_much(const scenario *whole, uint64_t shared_ns)
{
    return is_much(whole, shared_ns, 0);
}

static uint64_t until_of(const branch *self)
{
    const scenario_variant *const variants = self->options->variants;
    uint64_t shared_ns = SCENARIO_NEVER;
    for (size_t i = self->first + 1; i < self->first + self->count; i++)
        shared_ns = variants[i].shared_ns < shared_ns ? variants[i].shared_ns : shared_ns;
    return latest_ns(variants[self->first].scenario, shared_ns);
}

static void give_sign(const branch *self)
{
    self->signs->count[self->depth]++;
    if (self->depth == 0)
        workers_beat(self->options->pulse);
}

static void on_progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
    (void)now_ns;
    (void)end_ns;
    give_sign(ctx);
}

/* --- entries --- */

static void write_entry(size_t variant, workers_outcome outcome, int status, const char *bytes, size_t len,
                        FILE *answer)
{
    const heading head = {.variant = variant, .outcome = outcome, .status = status, .len = len};
    (void)fwrite(&head, sizeof head, 1, answer);
    if (len > 0)
        (void)fwrite(bytes, 1, len, answer);
    (void)fputc('\0', answer);
}

bool shared_read(const char **at, const char *end, workers_result *out)
{
    heading head;
    const size_t left = (size_t)(end - *at);
    if (left < sizeof head)
        return false;
    memcpy(&head, *at, sizeof head);
    if (head.outcome > WORKERS_HUNG || head.len >= left - sizeof head)
        return false;
    *out = (workers_result){.job = head.variant,
                            .outcome = (workers_outcome)head.outcome,
                            .status = (int)head.status,
                            .bytes = *at + sizeof head,
                            .len = head.len};
    *at += sizeof head + head.len + 1;
    return true;
}

/* --- in the process of a branch --- */

static void grow(branch *self, FILE *answer);

/* Of the first of the processes, which has no run yet. False: there is none. */
static bool begin(branch *self)
{
    const shared_options *const options = self->options;
    char message[RUN_MESSAGE_MAX];
    const scenario **const of = calloc(options->count, sizeof(const scenario *));
    for (size_t i = 0; of && i < options->count; i++)
        of[i] = options->variants[i].scenario;
    self->plan = of ? scenario_variants_new(of, options->count) : NULL;
    free(of);
    if (!self->plan)
        return false;
    options->forget(options->ctx);
    self->known = self;
    const run_options wanted = {.scenario = scenario_variants_plan(self->plan),
                                .seed = options->seed,
                                .last = true,
                                .progress = on_progress,
                                .ctx = self};
    return run_begin(&wanted, &self->run, message) == RUN_OK;
}

/* Goes on as its first variant. */
static void go_on(branch *self)
{
    *self->known = *self;
    scenario_variants_take(self->plan, self->options->variants[self->first].scenario);
    run_follow(self->run);
}

/* The only variant's run, to its end. Nothing of it is freed: the process ends. */
static void finish(branch *self, FILE *answer)
{
    char message[RUN_MESSAGE_MAX] = "";
    char *bytes = NULL;
    size_t len = 0;
    const uint64_t began_ns = wall_ns();
    const int result = run_end(self->run, message);
    FILE *const told = open_memstream(&bytes, &len);
    if (!told)
        _exit(EXIT_FAILURE);
    self->options->tell(result == RUN_OK ? self->run : NULL, result, message, wall_ns() - began_ns, told);
    const bool failed = ferror(told) != 0;
    if (fclose(told) != 0 || failed)
        _exit(EXIT_FAILURE);
    write_entry(self->first, WORKERS_DONE, 0, bytes, len, answer);
}

_Noreturn static void be(branch *self, int fd)
{
    char *bytes = NULL;
    size_t len = 0;
    FILE *const answer = open_memstream(&bytes, &len);
    if (!answer)
        _exit(EXIT_FAILURE);
    if (self->run)
        go_on(self);
    else if (!begin(self))
        _exit(EXIT_FAILURE);
    if (self->count == 1)
        finish(self, answer);
    else
        grow(self, answer);
    const bool failed = ferror(answer) != 0;
    if (fclose(answer) != 0 || failed || !write_all(fd, bytes, len))
        _exit(EXIT_FAILURE);
    _exit(EXIT_SUCCESS);
}

/* --- in the one that it is forked from --- */

/* What has come; false: nothing will come any more. */
static bool receive(int fd, FILE *received)
{
    char chunk[CHUNK];
    const ssize_t got = read(fd, chunk, sizeof chunk);
    if (got < 0 && errno == EINTR)
        return true;
    if (got <= 0)
        return false;
    (void)fwrite(chunk, 1, (size_t)got, received);
    return true;
}

/* Until it has ended. False: it gave no sign for too long, and was killed. */
static bool attend(const branch *self, const branch *child, pid_t pid, int fd, FILE *received)
{
    const shared_options *const options = self->options;
    uint64_t seen = 0;
    uint64_t sign_ns = wall_ns();
    bool told = false;
    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        if (poll(&wait, 1, POLL_MS) > 0 && !receive(fd, received))
            return true;
        give_sign(self);
        if (child->signs->count[child->depth] != seen)
            sign_ns = wall_ns();
        seen = child->signs->count[child->depth];
        if (options->silence_ns > 0 && wall_ns() > sign_ns + options->silence_ns) {
            (void)kill(pid, SIGKILL);
            return false;
        }
        if (!told && child->count > 1 && options->stop(options->ctx))
            told = kill(pid, SIGTERM) == 0;
    }
}

static void conclude(const branch *child, int status, bool hung, const char *bytes, size_t len, FILE *answer)
{
    const char *at = bytes;
    workers_result entry;
    bool any = false;
    for (; shared_read(&at, bytes + len, &entry); any = true)
        write_entry(entry.job, entry.outcome, entry.status, entry.bytes, entry.len, answer);
    if (!any && child->count == 1)
        write_entry(child->first, hung ? WORKERS_HUNG : WORKERS_CRASHED, status, NULL, 0, answer);
}

/* False: there is no process to be had. */
static bool follow(branch *child, int fds[2], pid_t *pid)
{
    const pid_t parent = getpid();
    if (pipe2(fds, O_CLOEXEC) != 0)
        return false;
    *pid = fork();
    if (*pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(EXIT_FAILURE);
        (void)close(fds[0]);
        be(child, fds[1]);
    }
    (void)close(fds[1]);
    if (*pid < 0)
        (void)close(fds[0]);
    return *pid > 0;
}

static void fork_one(const branch *self, size_t first, size_t count, FILE *answer)
{
    branch child = *self;
    char *bytes = NULL;
    size_t len = 0;
    int fds[2];
    int status = 0;
    pid_t pid;
    child.depth++;
    child.first = first;
    child.count = count;
    child.signs->count[child.depth] = 0;
    FILE *const received = open_memstream(&bytes, &len);
    if (!received)
        return;
    if (follow(&child, fds, &pid)) {
        const bool ended = attend(self, &child, pid, fds[0], received);
        while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
        (void)close(fds[0]);
        if (fflush(received) == 0)
            conclude(&child, status, !ended, bytes, len, answer);
    }
    (void)fclose(received);
    free(bytes);
}

/* Its run, up to the time until which its variants are one, and a branch for each and for those that are one
 * for longer. */
static void grow(branch *self, FILE *answer)
{
    const shared_options *const options = self->options;
    const scenario_variant *const variants = options->variants;
    const uint64_t until_ns = until_of(self);
    const size_t end = self->first + self->count;
    char message[RUN_MESSAGE_MAX];
    if (run_to(self->run, until_ns, message) != RUN_OK)
        return;
    for (size_t from = self->first, to; from < end; from = to) {
        for (to = from + 1; to < end && self->depth + 2 < DEPTH_MAX; to++)
            if (!is_much(variants[to].scenario, variants[to].shared_ns, until_ns))
                break;
        if (options->stop(options->ctx))
            return;
        fork_one(self, from, to - from, answer);
    }
}

/* --- all of it --- */

void shared_run(const shared_options *options, FILE *answer)
{
    void *const page = mmap(NULL, sizeof(signs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    const branch root = {.options = options, .signs = page};
    if (page == MAP_FAILED)
        return;
    fork_one(&root, 0, options->count, answer);
    (void)munmap(page, sizeof(signs));
}
