/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _GNU_SOURCE /* F_SETPIPE_SZ, MAP_ANONYMOUS */
#include "tools/cli/workers.h"

#include "sim/wall.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/*
 * Workers take jobs from memory that they share with the caller, and write their answers into a pipe each:
 * neither waits for the other as long as there are jobs and the pipe has room. What a worker wrote before it
 * died is read; the job that it had taken and did not answer is the one that is lost.
 */

#define POLL_MS 200
#define NAP_NS 10000000L   /* as_they_come: answers are gathered for so long, to be read at one go */
#define PIPE_BYTES 1048576 /* hundreds of answers; what an ordinary user may have */
#define READ_BYTES 262144u /* at once */
#define BEAT_NS UINT64_C(200000000)
#define NO_JOB UINT64_MAX

struct workers_pulse {
    int fd;
    uint64_t next_ns;
};

/* Before each answer; a sign of life has no answer and NO_JOB. A NUL follows the answer's last byte. */
typedef struct heading {
    uint64_t job;
    uint64_t len;
} heading;

/* In memory that all of them share. */
typedef struct board {
    pthread_mutex_t lock; /* one who dies while holding it does no harm */
    uint64_t next;        /* job to be taken */
    bool ended;           /* none is to be taken any more */
    uint64_t taken[];     /* of each worker the latest; NO_JOB: none */
} board;

typedef struct worker {
    pid_t pid; /* 0: none */
    int fd;
    uint64_t answered; /* latest job; NO_JOB: none */
    uint64_t sign_ns;  /* latest sign of life */
    char *bytes;       /* read and not yet understood */
    size_t len;
    size_t room;
} worker;

typedef struct job_state {
    bool finished;
    workers_result result;
    char *bytes;
} job_state;

typedef struct pool {
    const workers_options *options;
    board *shared;
    size_t shared_bytes;
    worker *workers;
    struct pollfd *polls;
    job_state *jobs; /* NULL: as_they_come */
    size_t told;     /* jobs before it were given to done */
    size_t finished; /* jobs */
    bool stopping;
    bool given_up; /* done said so */
    uint64_t stop_ns;
    int error;
} pool;

/* --- the board --- */

/* One who took a job died between the two writes of board_take: the job counts as taken. */
static void board_lock(board *self, size_t workers)
{
    if (pthread_mutex_lock(&self->lock) != EOWNERDEAD)
        return;
    for (size_t i = 0; i < workers; i++)
        if (self->taken[i] == self->next) {
            self->next++;
            break;
        }
    (void)pthread_mutex_consistent(&self->lock);
}

static void board_unlock(board *self)
{
    (void)pthread_mutex_unlock(&self->lock);
}

/* NO_JOB: there is none. */
static uint64_t board_take(board *self, const workers_options *options, size_t by)
{
    uint64_t job = NO_JOB;
    board_lock(self, options->processes);
    if (!self->ended && self->next < options->jobs) {
        job = self->next;
        self->taken[by] = job;
        self->next++;
    }
    board_unlock(self);
    return job;
}

static void board_end(board *self, size_t workers)
{
    board_lock(self, workers);
    self->ended = true;
    board_unlock(self);
}

static bool board_is_done(board *self, const workers_options *options)
{
    board_lock(self, options->processes);
    const bool is_done = self->ended || self->next >= options->jobs;
    board_unlock(self);
    return is_done;
}

static int make_board(pool *self)
{
    pthread_mutexattr_t attributes;
    self->shared_bytes = sizeof *self->shared + self->options->processes * sizeof *self->shared->taken;
    void *const memory =
        mmap(NULL, self->shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        return errno;
    self->shared = memory;
    int error = pthread_mutexattr_init(&attributes);
    if (error)
        return error;
    error = pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    if (!error)
        error = pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    if (!error)
        error = pthread_mutex_init(&self->shared->lock, &attributes);
    (void)pthread_mutexattr_destroy(&attributes);
    for (size_t i = 0; i < self->options->processes; i++)
        self->shared->taken[i] = NO_JOB;
    return error;
}

/* --- in a worker --- */

static bool write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        const ssize_t written = write(fd, at, len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        at += written;
        len -= (size_t)written;
    }
    return true;
}

void workers_beat(workers_pulse *pulse)
{
    const heading beat = {.job = NO_JOB};
    if (!pulse || wall_ns() < pulse->next_ns)
        return;
    pulse->next_ns = wall_ns() + BEAT_NS;
    (void)write_all(pulse->fd, &beat, sizeof beat);
}

/* The answer of one job behind room for a heading, to be freed. NULL: out of memory. */
static char *do_job(const workers_options *options, size_t job, workers_pulse *pulse, size_t *len)
{
    static const heading ROOM = {0};
    char *bytes = NULL;
    FILE *const answer = open_memstream(&bytes, len);
    if (!answer)
        return NULL;
    (void)fwrite(&ROOM, sizeof ROOM, 1, answer);
    options->work(options->ctx, job, pulse, answer);
    const bool failed = ferror(answer) != 0;
    if (fclose(answer) != 0 || failed) {
        free(bytes);
        return NULL;
    }
    *len -= sizeof ROOM;
    return bytes;
}

_Noreturn static void work_on(const pool *self, size_t number, int fd)
{
    workers_pulse pulse = {.fd = fd};
    uint64_t job;
    while ((job = board_take(self->shared, self->options, number)) != NO_JOB) {
        size_t len = 0;
        char *const bytes = do_job(self->options, job, &pulse, &len);
        const heading head = {.job = job, .len = len};
        if (!bytes)
            _exit(EXIT_FAILURE);
        memcpy(bytes, &head, sizeof head);
        if (!write_all(fd, bytes, sizeof head + len + 1)) /* a stream in memory has a NUL behind it */
            _exit(EXIT_FAILURE);
        free(bytes);
    }
    _exit(EXIT_SUCCESS);
}

/* --- starting and ending them --- */

static int start(pool *self, size_t number)
{
    int fds[2];
    const pid_t parent = getpid();
    if (pipe(fds) != 0)
        return errno;
    (void)fcntl(fds[1], F_SETPIPE_SZ, PIPE_BYTES); /* a smaller one does as well */
    self->shared->taken[number] = NO_JOB;
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
        work_on(self, number, fds[1]);
    }
    (void)close(fds[1]);
    (void)fcntl(fds[0], F_SETFL, O_NONBLOCK);
    self->workers[number] = (worker){.pid = pid, .fd = fds[0], .answered = NO_JOB, .sign_ns = wall_ns()};
    return 0;
}

/* --- answers --- */

static void finish_job(pool *self, const workers_result *result)
{
    self->finished++;
    if (self->options->as_they_come) {
        if (!self->given_up)
            self->given_up = !self->options->done(self->options->ctx, result);
        return;
    }
    job_state *const job = &self->jobs[result->job];
    *job = (job_state){.finished = true, .result = *result};
    if (result->outcome != WORKERS_DONE)
        return;
    job->bytes = malloc(result->len + 1);
    if (job->bytes)
        memcpy(job->bytes, result->bytes, result->len + 1);
    else
        self->error = ENOMEM;
    job->result.bytes = job->bytes;
}

/* Takes the answers that have come as a whole. False: what came is none. */
static bool understand(pool *self, worker *from)
{
    size_t at = 0;
    heading head;
    while (from->len - at >= sizeof head) {
        memcpy(&head, from->bytes + at, sizeof head);
        const size_t size = sizeof head + (head.job == NO_JOB ? 0 : head.len + 1);
        if (head.job != NO_JOB && (head.job >= self->options->jobs || head.len > WORKERS_ANSWER_MAX))
            return false;
        if (from->len - at < size)
            break;
        if (head.job != NO_JOB) {
            from->answered = head.job;
            finish_job(self, &(workers_result){.job = head.job,
                                               .outcome = WORKERS_DONE,
                                               .bytes = from->bytes + at + sizeof head,
                                               .len = head.len});
        }
        at += size;
    }
    from->len -= at;
    if (at > 0)
        memmove(from->bytes, from->bytes + at, from->len);
    return true;
}

static bool make_room(worker *for_whom)
{
    if (for_whom->room - for_whom->len >= READ_BYTES)
        return true;
    const size_t room = 2 * for_whom->len + 2 * (size_t)READ_BYTES;
    char *const bytes = realloc(for_whom->bytes, room);
    if (!bytes)
        return false;
    for_whom->bytes = bytes;
    for_whom->room = room;
    return true;
}

/* All that can be read now. False: the worker is gone, or what it wrote is no answer. */
static bool listen_to(pool *self, worker *from)
{
    while (!self->error) {
        if (!make_room(from)) {
            self->error = ENOMEM;
            return true;
        }
        const ssize_t got = read(from->fd, from->bytes + from->len, from->room - from->len);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno == EAGAIN;
        if (got == 0)
            return false;
        from->sign_ns = wall_ns();
        from->len += (size_t)got;
        if (!understand(self, from))
            return false;
    }
    return true;
}

/* The worker has ended, or is to be ended. What it had answered counts. */
static void lose(pool *self, size_t number, workers_outcome outcome)
{
    worker *const lost = &self->workers[number];
    int status = 0;
    (void)kill(lost->pid, SIGKILL); /* nothing to one that has ended */
    while (waitpid(lost->pid, &status, 0) < 0 && errno == EINTR)
        continue;
    (void)listen_to(self, lost);
    board_lock(self->shared, self->options->processes);
    const uint64_t job = self->shared->taken[number];
    self->shared->taken[number] = NO_JOB;
    board_unlock(self->shared);
    if (job != NO_JOB && job != lost->answered && !self->stopping)
        finish_job(self, &(workers_result){.job = job, .outcome = outcome, .status = status});
    (void)close(lost->fd);
    free(lost->bytes);
    *lost = (worker){0};
}

/* --- the caller's loop --- */

/* last: nothing is under way, and what is not finished will not be. */
static void tell(pool *self, bool last)
{
    for (; self->jobs && !self->given_up && self->told < self->options->jobs; self->told++) {
        job_state *const job = &self->jobs[self->told];
        if (!job->finished && !last)
            return;
        if (job->finished)
            self->given_up = !self->options->done(self->options->ctx, &job->result);
        free(job->bytes);
        job->bytes = NULL;
    }
}

static void start_workers(pool *self)
{
    for (size_t i = 0; i < self->options->processes && !self->error; i++)
        if (self->workers[i].pid == 0 && !self->given_up && !board_is_done(self->shared, self->options))
            self->error = start(self, i);
}

static bool are_there(const pool *self)
{
    for (size_t i = 0; i < self->options->processes; i++)
        if (self->workers[i].pid > 0)
            return true;
    return false;
}

static void check_silence(pool *self)
{
    const uint64_t now_ns = wall_ns();
    for (size_t i = 0; i < self->options->processes; i++) {
        worker *const busy = &self->workers[i];
        if (busy->pid == 0)
            continue;
        if (self->stopping
                ? now_ns > self->stop_ns + WORKERS_STOP_NS
                : self->options->silence_ns > 0 && now_ns > busy->sign_ns + self->options->silence_ns)
            lose(self, i, WORKERS_HUNG);
    }
}

static void check_stop(pool *self)
{
    const workers_options *const options = self->options;
    if (self->stopping || !options->stop || !options->stop(options->ctx))
        return;
    self->stopping = true;
    self->stop_ns = wall_ns();
    board_end(self->shared, options->processes);
    for (size_t i = 0; i < options->processes; i++)
        if (self->workers[i].pid > 0)
            (void)kill(self->workers[i].pid, SIGTERM);
}

static void wait_for_answers(pool *self)
{
    static const struct timespec NAP = {.tv_nsec = NAP_NS};
    const size_t count = self->options->processes;
    for (size_t i = 0; i < count; i++)
        self->polls[i] =
            (struct pollfd){.fd = self->workers[i].pid > 0 ? self->workers[i].fd : -1, .events = POLLIN};
    if (poll(self->polls, (nfds_t)count, POLL_MS) <= 0)
        return; /* a signal, or nothing */
    if (self->options->as_they_come)
        (void)nanosleep(&NAP, NULL);
    for (size_t i = 0; i < count && !self->error; i++)
        if (self->polls[i].fd >= 0 && !listen_to(self, &self->workers[i]))
            lose(self, i, WORKERS_CRASHED);
}

static void run_pool(pool *self)
{
    const workers_options *const options = self->options;
    while (!self->given_up && !self->error) {
        check_stop(self);
        start_workers(self);
        if (self->error || !are_there(self))
            break;
        wait_for_answers(self);
        check_silence(self);
        tell(self, false);
        if (options->waiting)
            options->waiting(options->ctx, self->finished);
    }
    if (!self->error)
        tell(self, true);
}

static void end_pool(pool *self)
{
    for (size_t i = 0; self->workers && i < self->options->processes; i++) {
        if (self->workers[i].pid == 0)
            continue;
        (void)kill(self->workers[i].pid, SIGKILL);
        while (waitpid(self->workers[i].pid, NULL, 0) < 0 && errno == EINTR)
            continue;
        (void)close(self->workers[i].fd);
        free(self->workers[i].bytes);
    }
    for (size_t i = 0; self->jobs && i < self->options->jobs; i++)
        free(self->jobs[i].bytes);
    if (self->shared)
        (void)munmap(self->shared, self->shared_bytes);
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
        const workers_result result = {
            .job = job, .outcome = WORKERS_DONE, .bytes = bytes + sizeof(heading), .len = len};
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
        .jobs = bounded.as_they_come ? NULL : calloc(bounded.jobs, sizeof(job_state)),
    };
    if (!self.workers || !self.polls || (!self.jobs && !bounded.as_they_come))
        self.error = ENOMEM;
    else
        self.error = make_board(&self);
    run_pool(&self);
    end_pool(&self);
    return self.error;
}
