/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "sim/tests/seed_runs.h"

#include "sim/wall.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROCESSES_MAX 64

enum { EXIT_HELD, EXIT_FAULT, EXIT_USAGE };

/* What the processes share. */
typedef struct board {
    atomic_uint_fast64_t next; /* seed */
    atomic_uint_fast64_t counts[SEED_OUTCOMES_MAX];
    atomic_uint_fast64_t figures[SEED_FIGURES_MAX];
    atomic_uint_fast64_t crashed;
    atomic_uint_fast64_t seed[PROCESSES_MAX]; /* under way; 0: none */
    atomic_uint_fast64_t since[PROCESSES_MAX];
} board;

typedef struct range {
    const seed_suite *suite;
    seed_options options;
    uint64_t first, last;
    uint64_t end_s; /* no seed is begun from then on; 0: no limit */
    size_t processes;
    const char *write;
    bool shrink;
    board *board;
    pid_t pids[PROCESSES_MAX];
} range;

static uint64_t seconds(void)
{
    return wall_ns() / 1000000000;
}

/* ---- one seed ---- */

static void keep(const range *self, uint64_t seed, const seed_verdict *verdict)
{
    char path[4096];
    char *const text = self->suite->shrunk(&self->options, seed, verdict);
    if (!text || !self->write)
        return free(text);
    (void)snprintf(path, sizeof path, "%s/%s-%" PRIu64 ".yaml", self->write,
                   self->suite->name(verdict->outcome), seed);
    FILE *const file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        (void)fprintf(stderr, "worlds: %s: %s\n", path, strerror(errno));
    free(text);
}

static void run_seed(const range *self, uint64_t seed)
{
    seed_verdict verdict = {0};
    self->suite->check(&self->options, seed, &verdict);
    self->board->counts[verdict.outcome]++;
    for (size_t i = 0; i < SEED_FIGURES_MAX; i++)
        self->board->figures[i] += verdict.figures[i];
    if (!self->suite->is_fault(verdict.outcome))
        return;
    printf("seed %" PRIu64 ": %s: %s\n", seed, self->suite->name(verdict.outcome), verdict.text);
    (void)fflush(stdout);
    if (self->shrink)
        keep(self, seed, &verdict);
}

/* The next seed; 0: there is none. */
static uint64_t next_seed(const range *self)
{
    if (self->end_s > 0 && seconds() >= self->end_s)
        return 0;
    const uint64_t seed = self->board->next++;
    return seed <= self->last ? seed : 0;
}

/* ---- processes ---- */

_Noreturn static void work(const range *self, size_t process)
{
    for (uint64_t seed = next_seed(self); seed > 0; seed = next_seed(self)) {
        self->board->seed[process] = seed;
        self->board->since[process] = seconds();
        run_seed(self, seed);
    }
    self->board->seed[process] = 0;
    exit(EXIT_HELD);
}

static bool start(range *self, size_t process)
{
    (void)fflush(NULL);
    self->board->seed[process] = 0;
    self->board->since[process] = seconds();
    self->pids[process] = fork();
    if (self->pids[process] == 0)
        work(self, process);
    return self->pids[process] > 0;
}

/* A process has ended: another takes its place when a world was the end of it. */
static size_t ended(range *self, size_t process, int status)
{
    const uint64_t seed = self->board->seed[process];
    self->pids[process] = 0;
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_HELD && seed == 0)
        return 0;
    self->board->crashed++;
    printf("seed %" PRIu64 ": crashed: %s %d\n", seed, WIFSIGNALED(status) ? "signal" : "exit status",
           WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    return seed != 0 && start(self, process);
}

static void end_the_hung(const range *self)
{
    const uint64_t patience_s = self->suite->patience_s;
    for (size_t i = 0; patience_s > 0 && i < self->processes; i++) {
        const uint64_t seed = self->board->seed[i];
        if (self->pids[i] <= 0 || seed == 0 || seconds() < self->board->since[i] + patience_s)
            continue;
        printf("seed %" PRIu64 ": hangs: %" PRIu64 " s\n", seed, patience_s);
        (void)kill(self->pids[i], SIGKILL);
    }
}

static void run_all(range *self)
{
    size_t running = 0;
    for (size_t i = 0; i < self->processes; i++)
        running += start(self, i);
    while (running > 0) {
        for (size_t i = 0; i < self->processes; i++) {
            int status;
            if (self->pids[i] > 0 && waitpid(self->pids[i], &status, WNOHANG) == self->pids[i])
                running = running - 1 + ended(self, i, status);
        }
        end_the_hung(self);
        (void)nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
}

static int report(const range *self, uint64_t start_s)
{
    const board *const told = self->board;
    const seed_suite *const suite = self->suite;
    uint64_t faults = told->crashed;
    uint64_t worlds = told->crashed;
    for (unsigned i = 0; i < suite->outcomes; i++) {
        worlds += told->counts[i];
        faults += suite->is_fault(i) ? told->counts[i] : 0;
    }
    printf("%" PRIu64 " worlds of %s, seeds from %" PRIu64 " on, in %" PRIu64 " s:", worlds, suite->about,
           self->first, seconds() - start_s);
    for (unsigned i = 0; i < suite->outcomes; i++)
        printf(" %" PRIu64 " %s,", (uint64_t)told->counts[i], suite->name(i));
    printf(" %" PRIu64 " ended their process\n", (uint64_t)told->crashed);
    for (size_t i = 0; suite->figures[i]; i++)
        printf("%s%" PRIu64 " %s", i ? ", " : "", (uint64_t)told->figures[i], suite->figures[i]);
    printf("\n");
    return faults > 0 ? EXIT_FAULT : EXIT_HELD;
}

static int run_range(range *self)
{
    const uint64_t start_s = seconds();
    self->board = mmap(NULL, sizeof *self->board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (self->board == MAP_FAILED)
        abort();
    self->board->next = self->first;
    self->end_s += self->end_s > 0 ? start_s : 0;
    run_all(self);
    const int status = report(self, start_s);
    (void)munmap(self->board, sizeof *self->board);
    return status;
}

/* ---- arguments ---- */

static int usage(void)
{
    (void)fprintf(stderr,
                  "worlds: SEED[..SEED] [--jobs N] [--seconds N] [--late MS] [--shrink] [--write DIR], "
                  "--print SEED or --replay FILE; see tools/worlds --help\n");
    return EXIT_USAGE;
}

static bool read_range(range *self, const char *argument)
{
    char *end;
    self->first = self->last = strtoull(argument, &end, 10);
    if (strncmp(end, "..", 2) == 0)
        self->last = strtoull(end + 2, &end, 10);
    return *end == '\0' && self->first > 0 && self->last >= self->first;
}

static int print(const seed_suite *suite, const char *argument)
{
    range wanted;
    if (!read_range(&wanted, argument))
        return usage();
    char *const text = suite->text(wanted.first);
    (void)fputs(text, stdout);
    free(text);
    return EXIT_HELD;
}

static int replay(const seed_suite *suite, const char *path)
{
    static char text[65536];
    FILE *const file = fopen(path, "r");
    const size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (!file || fclose(file) != 0 || len == 0) {
        (void)fprintf(stderr, "worlds: %s: %s\n", path, file ? "cannot be read" : strerror(errno));
        return EXIT_USAGE;
    }
    text[len] = '\0';
    return suite->replay(path, text) ? EXIT_HELD : EXIT_FAULT;
}

static bool read_arguments(range *self, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--shrink") == 0)
            self->shrink = true;
        else if (strcmp(argv[i], "--jobs") == 0 && has_value)
            self->processes = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--seconds") == 0 && has_value)
            self->end_s = strtoull(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--late") == 0 && has_value)
            self->options.late_max_ns = strtoull(argv[++i], NULL, 10) * 1000000;
        else if (strcmp(argv[i], "--write") == 0 && has_value)
            self->shrink = (self->write = argv[++i]);
        else if (self->first > 0 || !read_range(self, argv[i]))
            return false;
    }
    return self->first > 0 && self->processes >= 1 && self->processes <= PROCESSES_MAX;
}

int seed_runs_main(const seed_suite *suite, int argc, char **argv)
{
    range self = {.suite = suite, .processes = 1, .options = {.late_max_ns = UINT64_MAX}};
    if (argc == 3 && strcmp(argv[1], "--print") == 0)
        return print(suite, argv[2]);
    if (argc == 3 && strcmp(argv[1], "--replay") == 0)
        return replay(suite, argv[2]);
    return read_arguments(&self, argc, argv) ? run_range(&self) : usage();
}
