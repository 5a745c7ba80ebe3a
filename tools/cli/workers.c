/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/workers.h"

#include "sim/wall.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define POLL_MS 200
#define BEAT_NS UINT64_C(1000000000)
#define NO_JOB SIZE_MAX
#define BEAT UINT64_MAX /* in place of a length */

struct workers_pulse {
    int fd;
    uint64_t next_ns;
};

typedef struct worker {
    pid_t pid; /* 0: none */
    int fd;
    size_t job;        /* NO_JOB: it waits for one */
    uint64_t sign_ns;  /* latest sign of life */
    uint64_t header;   /* length of the answer, as far as it has come */
    size_t header_len; /* bytes of it */
    char *bytes;
    size_t len;
} worker;

typedef struct job_state {
    bool finished;
    workers_result result;
    char *bytes;
} job_state;

typedef struct pool {
    const workers_options *options;
    worker *workers;
    struct pollfd *polls;
    job_state *jobs;
    size_t next;     /* job to be begun */
    size_t told;     /* jobs before it were given to done */
    size_t finished; /* jobs */
    bool stopping;
    bool given_up; /* done said so */
    uint64_t stop_ns;
    int error;
} pool;

/* --- in a worker --- */

static bool send_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        const ssize_t sent = send(fd, at, len, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent <= 0)
            return false;
        at += sent;
        len -= (size_t)sent;
    }
    return true;
}

static bool receive_job(int fd, size_t *job)
{
    ssize_t got;
    do
        got = recv(fd, job, sizeof *job, MSG_WAITALL);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof *job;
}

void workers_beat(workers_pulse *pulse)
{
    const uint64_t beat = BEAT;
    if (!pulse || wall_ns() < pulse->next_ns)
        return;
    pulse->next_ns = wall_ns() + BEAT_NS;
    (void)send_all(pulse->fd, &beat, sizeof beat);
}

/* The answer of one job, to be freed. NULL: out of memory. */
static char *do_job(const workers_options *options, size_t job, workers_pulse *pulse, size_t *len)
{
    char *bytes = NULL;
    FILE *const answer = open_memstream(&bytes, len);
    if (!answer)
        return NULL;
    options->work(options->ctx, job, pulse, answer);
    const bool failed = ferror(answer) != 0;
    if (fclose(answer) != 0 || failed) {
        free(bytes);
        return NULL;
    }
    return bytes;
}

_Noreturn static void work_on(const workers_options *options, int fd)
{
    workers_pulse pulse = {.fd = fd};
    size_t job;
    while (receive_job(fd, &job)) {
        size_t len = 0;
        char *const bytes = do_job(options, job, &pulse, &len);
        const uint64_t header = len;
        if (!bytes || !send_all(fd, &header, sizeof header) || !send_all(fd, bytes, len))
            _exit(EXIT_FAILURE);
        free(bytes);
    }
    _exit(EXIT_SUCCESS);
}

/* --- starting and ending them --- */

static int start(pool *self, worker *started)
{
    int fds[2];
    const pid_t parent = getpid();
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0)
        return errno;
    (void)fflush(NULL); /* or it would be written twice */
    const pid_t pid = fork();
    if (pid < 0) {
        const int failure = errno;
        (void)close(fds[0]);
        (void)close(fds[1]);
        return failure;
    }
    if (pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(EXIT_FAILURE);
        for (size_t i = 0; i < self->options->processes; i++)
            if (self->workers[i].pid > 0)
                (void)close(self->workers[i].fd);
        (void)close(fds[0]);
        work_on(self->options, fds[1]);
    }
    (void)close(fds[1]);
    *started = (worker){.pid = pid, .fd = fds[0], .job = NO_JOB};
    return 0;
}

/* Waits for its end. As waitpid() says it. */
static int reap(worker *ended)
{
    int status = 0;
    (void)close(ended->fd);
    while (waitpid(ended->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    free(ended->bytes);
    *ended = (worker){.job = NO_JOB};
    return status;
}

static void finish_job(pool *self, const workers_result *result, char *bytes)
{
    self->finished++;
    if (!self->options->as_they_come) {
        self->jobs[result->job] = (job_state){.finished = true, .result = *result, .bytes = bytes};
        return;
    }
    if (!self->given_up)
        self->given_up = !self->options->done(self->options->ctx, result);
    free(bytes);
}

/* The worker has ended, or is to be ended. */
static void lose(pool *self, worker *lost, workers_outcome outcome)
{
    const size_t job = lost->job;
    (void)kill(lost->pid, SIGKILL); /* nothing to one that has ended */
    const int status = reap(lost);
    if (job != NO_JOB && !self->stopping)
        finish_job(self, &(workers_result){.job = job, .outcome = outcome, .status = status}, NULL);
}

/* --- answers --- */

static bool grow_answer(worker *from)
{
    if (from->header > WORKERS_ANSWER_MAX)
        return false;
    from->bytes = malloc(from->header + 1);
    from->len = 0;
    return from->bytes;
}

/* What can be read now. False: the worker is gone, or its answer is malformed. */
static bool receive_some(worker *from)
{
    const bool head = from->header_len < sizeof from->header;
    char *const room = head ? (char *)&from->header + from->header_len : from->bytes + from->len;
    const size_t want = head ? sizeof from->header - from->header_len : from->header - from->len;
    const ssize_t got = want > 0 ? recv(from->fd, room, want, 0) : 0;
    if (got < 0 && (errno == EINTR || errno == EAGAIN))
        return true;
    if (got <= 0 && want > 0)
        return false;
    if (!head) {
        from->len += (size_t)got;
        return true;
    }
    from->header_len += (size_t)got;
    if (from->header_len < sizeof from->header)
        return true;
    if (from->header == BEAT) {
        from->header_len = 0;
        return true;
    }
    return grow_answer(from);
}

static bool is_complete(const worker *from)
{
    return from->bytes && from->len == from->header;
}

static void listen_to(pool *self, worker *from)
{
    from->sign_ns = wall_ns();
    if (!receive_some(from)) {
        lose(self, from, WORKERS_CRASHED);
        return;
    }
    if (!is_complete(from))
        return;
    from->bytes[from->len] = '\0';
    const workers_result result = {
        .job = from->job, .outcome = WORKERS_DONE, .bytes = from->bytes, .len = from->len};
    finish_job(self, &result, from->bytes);
    from->bytes = NULL;
    from->header_len = 0;
    from->job = NO_JOB;
}

/* --- the caller's loop --- */

static void tell(pool *self)
{
    if (self->options->as_they_come)
        return;
    for (; !self->given_up && self->told < self->options->jobs; self->told++) {
        job_state *const job = &self->jobs[self->told];
        if (!job->finished && !(self->stopping && self->finished == self->next))
            return;
        if (job->finished)
            self->given_up = !self->options->done(self->options->ctx, &job->result);
        free(job->bytes);
        job->bytes = NULL;
    }
}

static void hand_out(pool *self)
{
    for (size_t i = 0; i < self->options->processes && self->next < self->options->jobs; i++) {
        worker *const idle = &self->workers[i];
        if (idle->job != NO_JOB || self->stopping || self->given_up || self->error)
            continue;
        if (idle->pid == 0)
            self->error = start(self, idle);
        if (self->error)
            return;
        idle->sign_ns = wall_ns();
        if (send_all(idle->fd, &self->next, sizeof self->next))
            idle->job = self->next++;
        else
            lose(self, idle, WORKERS_CRASHED);
    }
}

static size_t busy_count(const pool *self)
{
    size_t busy = 0;
    for (size_t i = 0; i < self->options->processes; i++)
        busy += self->workers[i].job != NO_JOB;
    return busy;
}

static void check_silence(pool *self)
{
    const uint64_t now_ns = wall_ns();
    for (size_t i = 0; i < self->options->processes; i++) {
        worker *const busy = &self->workers[i];
        if (busy->job == NO_JOB)
            continue;
        if (self->stopping
                ? now_ns > self->stop_ns + WORKERS_STOP_NS
                : self->options->silence_ns > 0 && now_ns > busy->sign_ns + self->options->silence_ns)
            lose(self, busy, WORKERS_HUNG);
    }
}

static void check_stop(pool *self)
{
    const workers_options *const options = self->options;
    if (self->stopping || !options->stop || !options->stop(options->ctx))
        return;
    self->stopping = true;
    self->stop_ns = wall_ns();
    for (size_t i = 0; i < options->processes; i++)
        if (self->workers[i].job != NO_JOB)
            (void)kill(self->workers[i].pid, SIGTERM);
}

static void wait_for_answers(pool *self)
{
    const size_t count = self->options->processes;
    for (size_t i = 0; i < count; i++) {
        const bool busy = self->workers[i].job != NO_JOB;
        self->polls[i] = (struct pollfd){.fd = busy ? self->workers[i].fd : -1, .events = POLLIN};
    }
    if (poll(self->polls, (nfds_t)count, POLL_MS) < 0)
        return; /* a signal */
    for (size_t i = 0; i < count; i++)
        if (self->polls[i].revents != 0)
            listen_to(self, &self->workers[i]);
}

static void run_pool(pool *self)
{
    const workers_options *const options = self->options;
    while (!self->given_up && !self->error) {
        check_stop(self);
        hand_out(self);
        if (busy_count(self) == 0 && (self->stopping || self->next == options->jobs))
            break;
        wait_for_answers(self);
        check_silence(self);
        tell(self);
        if (options->waiting)
            options->waiting(options->ctx, self->finished);
    }
    self->next = self->finished; /* nothing is under way */
    if (!self->error)
        tell(self);
}

static void end_pool(pool *self)
{
    for (size_t i = 0; self->workers && i < self->options->processes; i++) {
        if (self->workers[i].pid == 0)
            continue;
        if (self->workers[i].job != NO_JOB)
            (void)kill(self->workers[i].pid, SIGKILL);
        (void)reap(&self->workers[i]); /* an idle one ends when its line is closed */
    }
    for (size_t i = 0; self->jobs && i < self->options->jobs; i++)
        free(self->jobs[i].bytes);
    free(self->jobs);
    free(self->polls);
    free(self->workers);
}

/* --- without workers --- */

static int run_here(const workers_options *options)
{
    for (size_t job = 0; job < options->jobs; job++) {
        size_t len = 0;
        if (options->stop && options->stop(options->ctx))
            return 0;
        char *const bytes = do_job(options, job, NULL, &len);
        if (!bytes)
            return ENOMEM;
        const workers_result result = {.job = job, .outcome = WORKERS_DONE, .bytes = bytes, .len = len};
        const bool go_on = options->done(options->ctx, &result);
        free(bytes);
        if (!go_on)
            return 0;
    }
    return 0;
}

int workers_run(const workers_options *options)
{
    workers_options bounded = *options;
    if (bounded.processes > bounded.jobs)
        bounded.processes = bounded.jobs;
    if (bounded.processes == 0 || (bounded.processes == 1 && !bounded.guarded))
        return run_here(&bounded);
    pool self = {
        .options = &bounded,
        .workers = calloc(bounded.processes, sizeof(worker)),
        .polls = calloc(bounded.processes, sizeof(struct pollfd)),
        .jobs = calloc(bounded.jobs, sizeof(job_state)),
    };
    if (!self.workers || !self.polls || !self.jobs)
        self.error = ENOMEM;
    for (size_t i = 0; self.workers && i < bounded.processes; i++)
        self.workers[i].job = NO_JOB;
    run_pool(&self);
    end_pool(&self);
    return self.error;
}
