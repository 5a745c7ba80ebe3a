/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random calls in random worlds, what random_check.h claims of each. Without arguments a test of a fixed
 * number of seeds; with arguments the program behind tools/worlds.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "core/tests/check.h"
#include "sim/tests/random_check.h"

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

#define TEST_SEEDS 300
#define PROCESSES_MAX 64
#define PATIENCE_S 120 /* wall clock: a world that takes so long hangs */

enum { EXIT_HELD, EXIT_FAULT, EXIT_USAGE };

/* ---- one seed ---- */

/* The world of a seed that failed, smaller, as a scenario file. */
static char *shrunk_text(uint64_t seed, uint64_t late_max_ns, const random_verdict *verdict)
{
    char comment[1024];
    random_verdict again;
    random_world *const world = malloc(sizeof *world);
    if (!world)
        abort();
    random_world_make(seed, world);
    world->late_max_ns = late_max_ns;
    if (verdict->outcome != RANDOM_INVALID)
        random_shrink(world, verdict->outcome);
    random_check(world, &again);
    (void)snprintf(comment, sizeof comment, "# Seed %" PRIu64 " of random calls, made smaller. %s: %s.\n",
                   seed, random_outcome_name(verdict->outcome), again.text);
    char *const text = random_world_text(world, comment);
    free(world);
    return text;
}

static void check_seed(uint64_t seed, uint64_t late_max_ns, random_verdict *verdict)
{
    random_world *const world = malloc(sizeof *world);
    if (!world)
        abort();
    random_world_make(seed, world);
    world->late_max_ns = late_max_ns;
    random_check(world, verdict);
    free(world);
}

/* ---- the test ---- */

static void test_seeds(void)
{
    for (uint64_t seed = 1; seed <= TEST_SEEDS; seed++) {
        random_verdict verdict;
        check_seed(seed, UINT64_MAX, &verdict);
        if (CHECK(random_is_fault(verdict.outcome), false, "seed %" PRIu64 ": %s: %s", seed,
                  random_outcome_name(verdict.outcome), verdict.text))
            continue;
        char *const text = shrunk_text(seed, UINT64_MAX, &verdict);
        printf("\n%s\n", text ? text : "");
        free(text);
    }
}

/* ---- many seeds ---- */

/* What the processes share. */
typedef struct board {
    atomic_uint_fast64_t next; /* seed */
    atomic_uint_fast64_t counts[RANDOM_OUTCOMES];
    atomic_uint_fast64_t late[4]; /* by 1 s, 3 s, 6 s, later */
    atomic_uint_fast64_t crashed;
    atomic_uint_fast64_t seed[PROCESSES_MAX]; /* under way; 0: none */
    atomic_uint_fast64_t since[PROCESSES_MAX];
} board;

typedef struct range {
    uint64_t first, last;
    size_t processes;
    uint64_t late_max_ns;
    const char *write;
    bool shrink;
    board *board;
    pid_t pids[PROCESSES_MAX];
} range;

static uint64_t seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec;
}

static void keep(const range *self, uint64_t seed, const random_verdict *verdict)
{
    char path[4096];
    char *const text = shrunk_text(seed, self->late_max_ns, verdict);
    if (!text || !self->write)
        return free(text);
    (void)snprintf(path, sizeof path, "%s/%s-%" PRIu64 ".yaml", self->write,
                   random_outcome_name(verdict->outcome), seed);
    FILE *const file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        (void)fprintf(stderr, "worlds: %s: %s\n", path, strerror(errno));
    free(text);
}

static void run_seed(const range *self, uint64_t seed)
{
    random_verdict verdict;
    check_seed(seed, self->late_max_ns, &verdict);
    board *const told = self->board;
    told->counts[verdict.outcome]++;
    if (verdict.outcome == RANDOM_HELD) {
        const uint64_t late_s = verdict.late_ns / 1000000000;
        told->late[late_s < 1 ? 0 : late_s < 3 ? 1 : late_s < 6 ? 2 : 3]++;
    }
    if (!random_is_fault(verdict.outcome))
        return;
    printf("seed %" PRIu64 ": %s: %s\n", seed, random_outcome_name(verdict.outcome), verdict.text);
    (void)fflush(stdout);
    if (self->shrink)
        keep(self, seed, &verdict);
}

_Noreturn static void work(const range *self, size_t process)
{
    for (uint64_t seed = self->board->next++; seed <= self->last; seed = self->board->next++) {
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
    for (size_t i = 0; i < self->processes; i++) {
        const uint64_t seed = self->board->seed[i];
        if (self->pids[i] <= 0 || seed == 0 || seconds() < self->board->since[i] + PATIENCE_S)
            continue;
        printf("seed %" PRIu64 ": hangs: %d s\n", seed, PATIENCE_S);
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

static int report(const range *self)
{
    const board *const told = self->board;
    uint64_t faults = told->crashed;
    printf("%" PRIu64 " worlds:", self->last - self->first + 1);
    for (int i = 0; i < RANDOM_OUTCOMES; i++) {
        printf(" %" PRIu64 " %s,", (uint64_t)told->counts[i], random_outcome_name((random_outcome)i));
        faults += random_is_fault((random_outcome)i) ? told->counts[i] : 0;
    }
    printf(" %" PRIu64 " crashed or hung\n", (uint64_t)told->crashed);
    printf("last message after the last event: within 1 s %" PRIu64 ", 3 s %" PRIu64 ", 6 s %" PRIu64
           ", later %" PRIu64 "\n",
           (uint64_t)told->late[0], (uint64_t)told->late[1], (uint64_t)told->late[2],
           (uint64_t)told->late[3]);
    return faults > 0 ? EXIT_FAULT : EXIT_HELD;
}

/* ---- arguments ---- */

static int usage(void)
{
    (void)fprintf(
        stderr,
        "worlds: SEED[..SEED] [--jobs N] [--late MS] [--shrink] [--write DIR], --print SEED or --replay "
        "FILE; see tools/worlds --help\n");
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

static int print(const char *argument)
{
    range wanted;
    random_world *const made = malloc(sizeof *made);
    if (!made)
        abort();
    if (!read_range(&wanted, argument)) {
        free(made);
        return usage();
    }
    random_world_make(wanted.first, made);
    char *const text = random_world_text(made, "");
    (void)fputs(text ? text : "", stdout);
    free(text);
    free(made);
    return EXIT_HELD;
}

static int replay(const char *path)
{
    char text[65536];
    random_verdict verdict;
    FILE *const file = fopen(path, "r");
    const size_t len = file ? fread(text, 1, sizeof text - 1, file) : 0;
    if (!file || fclose(file) != 0 || len == 0) {
        (void)fprintf(stderr, "worlds: %s: %s\n", path, file ? "cannot be read" : strerror(errno));
        return EXIT_USAGE;
    }
    text[len] = '\0';
    random_check_text(text, UINT64_MAX, &verdict);
    printf("%s: %s%s%s; the last message %" PRIu64 " ms after the last event, %" PRIu64 " packets\n", path,
           random_outcome_name(verdict.outcome), verdict.text[0] ? ": " : "", verdict.text,
           verdict.late_ns / 1000000, verdict.packets);
    return random_is_fault(verdict.outcome) ? EXIT_FAULT : EXIT_HELD;
}

static bool read_arguments(range *self, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const bool has_value = i + 1 < argc;
        if (strcmp(argv[i], "--shrink") == 0)
            self->shrink = true;
        else if (strcmp(argv[i], "--jobs") == 0 && has_value)
            self->processes = strtoul(argv[++i], NULL, 10);
        else if (strcmp(argv[i], "--late") == 0 && has_value)
            self->late_max_ns = strtoull(argv[++i], NULL, 10) * 1000000;
        else if (strcmp(argv[i], "--write") == 0 && has_value)
            self->shrink = (self->write = argv[++i]);
        else if (self->first > 0 || !read_range(self, argv[i]))
            return false;
    }
    return self->first > 0 && self->processes >= 1 && self->processes <= PROCESSES_MAX;
}

int main(int argc, char **argv)
{
    static const check_test tests[] = {{"random calls", test_seeds}};
    range self = {.processes = 1, .late_max_ns = UINT64_MAX};
    if (argc == 1)
        return check_main("random_calls", tests, sizeof tests / sizeof tests[0]);
    if (argc == 3 && strcmp(argv[1], "--print") == 0)
        return print(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--replay") == 0)
        return replay(argv[2]);
    if (!read_arguments(&self, argc, argv))
        return usage();
    self.board = mmap(NULL, sizeof *self.board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (self.board == MAP_FAILED)
        abort();
    self.board->next = self.first;
    run_all(&self);
    const int status = report(&self);
    (void)munmap(self.board, sizeof *self.board);
    return status;
}
