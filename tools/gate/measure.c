/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/measure.h"

#include "sim/verdict/run.h"
#include "tools/cli/command.h"
#include "tools/gate/baseline_record.h"
#include "tools/gate/power.h"
#include "tools/gate/session.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 4096, ARGUMENTS_MAX = 32, OTHER_ARGUMENTS_MAX = 256, OTHER_COMMAND_MAX = 16 };

/* A directory for stores, which goes with all that is in it. */
typedef struct scratch {
    char directory[PATH_MAX_BYTES];
    char db[PATH_MAX_BYTES + 16];
} scratch;

static bool make_scratch(scratch *self)
{
    const char *const parent = getenv("TMPDIR");
    const int len = snprintf(self->directory, sizeof self->directory, "%s/roam-gate-XXXXXX",
                             parent && parent[0] ? parent : "/tmp");
    if (len >= (int)sizeof self->directory || !mkdtemp(self->directory)) {
        (void)fprintf(stderr, "roam gate: %s: %s\n", self->directory, strerror(errno));
        return false;
    }
    (void)snprintf(self->db, sizeof self->db, "%s/runs.db", self->directory);
    return true;
}

static void forget_store(const scratch *self)
{
    static const char *const ENDS[] = {"", "-wal", "-shm", "-journal"};
    char path[PATH_MAX_BYTES + 32];
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        (void)snprintf(path, sizeof path, "%s%s", self->db, ENDS[i]);
        (void)unlink(path);
    }
}

static void remove_scratch(const scratch *self)
{
    forget_store(self);
    (void)rmdir(self->directory);
}

/* ---- baselines from a store ---- */

static int baseline_from(store *from, const scenario *whole, const sweep_seeds *seeds, json_t **out)
{
    char message[BASELINE_MESSAGE_MAX];
    measures all;
    if (measures_load(from,
                      (measures_filter){.scenario = whole->name,
                                        .of_seeds = true,
                                        .independent = seeds->independent,
                                        .first_seed = seeds->first,
                                        .last_seed = seeds->last},
                      &all) != STORE_OK) {
        (void)fprintf(stderr, "roam gate: %s\n", store_message(from));
        return COMMAND_BROKEN;
    }
    *out = all.count ? baseline_of(all.groups, all.count, seeds->first, seeds->last, message) : NULL;
    if (all.count == 0)
        (void)snprintf(message, sizeof message, "%s: no run", whole->name);
    if (*out && seeds->independent)
        baseline_set_independent(*out);
    if (*out && baseline_record_add(*out, from, 0) != STORE_OK) {
        (void)snprintf(message, sizeof message, "%.400s", store_message(from));
        json_decref(*out);
        *out = NULL;
    }
    if (!*out)
        (void)fprintf(stderr, "roam gate: %s\n", message);
    measures_free(&all);
    return *out ? COMMAND_OK : COMMAND_BROKEN;
}

void gate_measured_free(json_t **measured, size_t count)
{
    for (size_t i = 0; measured && i < count; i++)
        json_decref(measured[i]);
    free(measured);
}

/* ---- with this build ---- */

static int run_here(const gate_plan *plan, store *into)
{
    sweep_result result;
    char *const given = settings_text(plan->given);
    if (!given)
        return gate_out_of_memory();
    const sweep_options options = {.command = "roam gate",
                                   .jobs = plan->jobs,
                                   .files = plan->files,
                                   .set = given,
                                   .seeds = plan->seeds,
                                   .processes = plan->processes,
                                   .silence_ns = plan->patience_s * UINT64_C(1000000000),
                                   .isolation = plan->isolation,
                                   .shards = 1,
                                   .into = into,
                                   .stop = plan->stop,
                                   .progress = plan->progress};
    const int status = sweep_run(&options, &result);
    free(given);
    return status == COMMAND_OK && result.stopped ? COMMAND_INTERRUPTED : status;
}

/* Runs as many seeds of each file as show its kind, however few are compared. */
static int find_kinds(const gate_plan *plan, store *into, bool *exact)
{
    const size_t count = plan->files->count;
    gate_plan pilot = *plan;
    pilot.seeds = calloc(count + 1, sizeof *pilot.seeds);
    if (!pilot.seeds)
        return COMMAND_BROKEN;
    for (size_t i = 0; i < count; i++) {
        sweep_seeds *const seeds = &pilot.seeds[i];
        *seeds = plan->seeds[i];
        if (seeds->last - seeds->first >= GATE_PILOT_SEEDS - 1)
            continue;
        const bool room = seeds->first <= RUN_SEED_MAX - (GATE_PILOT_SEEDS - 1);
        seeds->last = room ? seeds->first + (GATE_PILOT_SEEDS - 1) : RUN_SEED_MAX;
        seeds->first = seeds->last - (GATE_PILOT_SEEDS - 1);
    }
    int status = run_here(&pilot, into);
    for (size_t i = 0; status == COMMAND_OK && i < count; i++) {
        json_t *found = NULL;
        status = baseline_from(into, plan->files->items[i], &pilot.seeds[i], &found);
        exact[i] = status == COMMAND_OK && baseline_is_exact(found);
        json_decref(found);
    }
    free(pilot.seeds);
    return status;
}

/* The size that a sample needs follows from a first sample. */
static int choose_for(const gate_plan *plan, store *from, size_t file)
{
    json_t *found = NULL;
    sweep_seeds *const seeds = &plan->seeds[file];
    const int status = baseline_from(from, plan->files->items[file], seeds, &found);
    if (status == COMMAND_OK)
        seeds->last = gate_power_seeds(found, plan->files->items[file]->gate.detect_ns);
    json_decref(found);
    return status;
}

/* Those of files whose `gate:` names none. A run that the store has is not run again. */
static int choose_seeds(const gate_plan *plan, store *into, const bool *exact)
{
    const size_t count = plan->files->count;
    for (size_t i = 0; i < count; i++)
        if (!plan->files->items[i]->gate.seeds)
            plan->seeds[i].last = exact[i] ? GATE_EXACT_SEEDS : GATE_SAMPLE_SEEDS;
    int status = run_here(plan, into);
    for (size_t i = 0; status == COMMAND_OK && i < count; i++) {
        const scenario_gate *const wanted = &plan->files->items[i]->gate;
        if (!wanted->seeds && wanted->detect_ns && !exact[i])
            status = choose_for(plan, into, i);
    }
    return status;
}

static int find_out(const gate_plan *plan, store *into, bool *exact)
{
    for (size_t i = 0; plan->choose && i < plan->files->count; i++) {
        const uint32_t wanted = plan->files->items[i]->gate.seeds;
        plan->seeds[i].first = 1;
        plan->seeds[i].last = wanted ? wanted : GATE_PILOT_SEEDS;
    }
    const int status = find_kinds(plan, into, exact);
    return status == COMMAND_OK && plan->choose ? choose_seeds(plan, into, exact) : status;
}

int gate_measure(const gate_plan *plan, json_t ***out)
{
    scratch place;
    store *into = NULL;
    char message[STORE_MESSAGE_MAX];
    json_t **const measured = calloc(plan->files->count + 1, sizeof(json_t *));
    bool *const exact = calloc(plan->files->count + 1, sizeof *exact);
    int status = COMMAND_BROKEN;
    if (!measured || !exact || !make_scratch(&place)) {
        free(exact);
        free(measured);
        return COMMAND_BROKEN;
    }
    const bool opened = store_open(place.db, STORE_CREATE, &into, message) == STORE_OK;
    if (!opened)
        (void)fprintf(stderr, "roam gate: %s\n", message);
    else
        status = plan->find_kind ? find_out(plan, into, exact) : COMMAND_OK;
    if (status == COMMAND_OK) /* without what was run to find out */
        status = run_here(plan, into);
    for (size_t i = 0; status == COMMAND_OK && i < plan->files->count; i++)
        status = baseline_from(into, plan->files->items[i], &plan->seeds[i], &measured[i]);
    for (size_t i = 0; status == COMMAND_OK && plan->find_kind && i < plan->files->count; i++)
        baseline_set_exact(measured[i], exact[i] && baseline_is_exact(measured[i]));
    store_close(into);
    remove_scratch(&place);
    free(exact);
    if (status == COMMAND_OK)
        *out = measured;
    else
        gate_measured_free(measured, plan->files->count);
    return status;
}

/* ---- other programs ---- */

/* Runs a program to its end; output: where standard output goes, -1: nowhere. Its exit status, or -1. */
static int run_program(const char *const *arguments, int output, bool quiet)
{
    const pid_t child = fork();
    int status = 0;
    if (child < 0)
        return -1;
    if (child == 0) {
        const int nowhere = open("/dev/null", O_RDWR);
        (void)dup2(nowhere, STDIN_FILENO);
        (void)dup2(output >= 0 ? output : nowhere, STDOUT_FILENO);
        if (quiet)
            (void)dup2(nowhere, STDERR_FILENO);
        (void)execvp(arguments[0], (char *const *)arguments);
        (void)fprintf(stderr, "roam gate: %s: %s\n", arguments[0], strerror(errno));
        _exit(127);
    }
    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* The first line of what a program says, without the newline; NULL when it fails. The caller's. */
static char *line_of(const char *const *arguments)
{
    int fds[2];
    char *line = NULL;
    size_t size = 0;
    if (pipe(fds) != 0)
        return NULL;
    const int status = run_program(arguments, fds[1], true);
    (void)close(fds[1]);
    FILE *const stream = fdopen(fds[0], "r");
    if (!stream) {
        (void)close(fds[0]);
        return NULL;
    }
    if (status != 0 || getline(&line, &size, stream) < 1) {
        free(line);
        line = NULL;
    }
    (void)fclose(stream);
    if (line)
        line[strcspn(line, "\n")] = '\0';
    return line;
}

/* DIR/roam, or DIR/.build/release/roam. */
static bool find_program(const char *directory, char program[PATH_MAX_BYTES])
{
    static const char *const PLACES[] = {"roam", ".build/release/roam"};
    for (size_t i = 0; i < 2; i++) {
        const int len = snprintf(program, PATH_MAX_BYTES, "%s/%s", directory, PLACES[i]);
        if (len < PATH_MAX_BYTES && access(program, X_OK) == 0)
            return true;
    }
    (void)fprintf(stderr, "roam gate: %s: no program roam is in it\n", directory);
    return false;
}

/* A command of the other program, with the libraries that nodes run. Its exit status, or -1. */
static int run_other(const gate_plan *plan, const char *program, const char *const *command, bool quiet)
{
    const scenario_files_options *const given = plan->given;
    const char *arguments[OTHER_ARGUMENTS_MAX];
    size_t count = 0;
    if (2 * (given->endpoint_count + given->player_count) > OTHER_ARGUMENTS_MAX - OTHER_COMMAND_MAX)
        return -1;
    arguments[count++] = program;
    while (*command)
        arguments[count++] = *command++;
    for (size_t i = 0; i < given->endpoint_count; i++) {
        arguments[count++] = "--endpoint";
        arguments[count++] = given->endpoints[i];
    }
    for (size_t i = 0; i < given->player_count; i++) {
        arguments[count++] = "--as";
        arguments[count++] = given->players[i];
    }
    arguments[count] = NULL;
    return run_program(arguments, -1, quiet);
}

static int measure_file_with(const gate_plan *plan, size_t file, const char *program, const scratch *place,
                             json_t **out)
{
    const scenario *const whole = plan->files->items[file];
    const sweep_seeds *const seeds = &plan->seeds[file];
    char range[64];
    char jobs[32];
    char patience[32];
    char message[STORE_MESSAGE_MAX];
    store *from = NULL;
    (void)snprintf(range, sizeof range, "%" PRIu64 "..%" PRIu64, seeds->first, seeds->last);
    (void)snprintf(jobs, sizeof jobs, "%zu", plan->processes);
    (void)snprintf(patience, sizeof patience, "%" PRIu64, plan->patience_s);
    const char *const check[] = {"check", "--quiet", whole->file, NULL};
    const char *const sweep[] = {"sweep",   "--quiet",   "--db",
                                 place->db, "--seeds",   range,
                                 "--jobs",  jobs,        "--patience",
                                 patience,  whole->file, seeds->independent ? "--independent" : NULL,
                                 NULL};
    if (run_other(plan, program, check, true) != 0) {
        (void)fprintf(stderr, "roam gate: %s: not compared: the other program cannot read it\n", whole->file);
        return COMMAND_OK;
    }
    forget_store(place);
    const int ended = run_other(plan, program, sweep, false);
    if (plan->stop(NULL) || ended == COMMAND_INTERRUPTED)
        return COMMAND_INTERRUPTED;
    if (store_open(place->db, STORE_READ, &from, message) != STORE_OK) {
        (void)fprintf(stderr, "roam gate: %s: the other program left no store (exit status %d): %s\n",
                      whole->file, ended, message);
        return COMMAND_BROKEN;
    }
    const int status = baseline_from(from, whole, seeds, out);
    store_close(from);
    return status;
}

int gate_measure_with(const gate_plan *plan, const char *directory, json_t ***out)
{
    scratch place;
    char program[PATH_MAX_BYTES];
    if (!find_program(directory, program))
        return COMMAND_USAGE;
    json_t **const measured = calloc(plan->files->count + 1, sizeof(json_t *));
    int status = COMMAND_OK;
    if (!measured || !make_scratch(&place)) {
        free(measured);
        return COMMAND_BROKEN;
    }
    for (size_t i = 0; status == COMMAND_OK && i < plan->files->count; i++)
        status = measure_file_with(plan, i, program, &place, &measured[i]);
    remove_scratch(&place);
    if (status == COMMAND_OK)
        *out = measured;
    else
        gate_measured_free(measured, plan->files->count);
    return status;
}

/* ---- another commit ---- */

/* ROOT/.build/against/COMMIT holds a checkout of it, which builds itself. */
static char *checkout(const char *root, const char *commit)
{
    const size_t size = strlen(root) + strlen(commit) + 32;
    char *const directory = malloc(size);
    if (!directory)
        return NULL;
    (void)snprintf(directory, size, "%s/.build/against/%s", root, commit);
    const char *const add[] = {"git",     "-C",       root,      "worktree", "add",
                               "--force", "--detach", directory, commit,     NULL};
    if (access(directory, F_OK) == 0 || run_program(add, -1, true) == 0)
        return directory;
    (void)fprintf(stderr, "roam gate: %s: git worktree add failed\n", directory);
    free(directory);
    return NULL;
}

int gate_build(const char *reference, char **out)
{
    char wanted[PATH_MAX_BYTES];
    char build[PATH_MAX_BYTES + 64];
    const char *const top[] = {"git", "rev-parse", "--show-toplevel", NULL};
    (void)snprintf(wanted, sizeof wanted, "%s^{commit}", reference);
    const char *const resolve[] = {"git",  "rev-parse", "--verify", "--quiet", "--end-of-options",
                                   wanted, NULL};
    char *const root = line_of(top);
    char *const commit = root ? line_of(resolve) : NULL;
    char *directory = NULL;
    int status = commit ? COMMAND_BROKEN : COMMAND_USAGE;
    if (!root)
        (void)fprintf(stderr, "roam gate: --against needs the repository: run it inside\n");
    else if (!commit)
        (void)fprintf(stderr, "roam gate: --against %s: no such commit, tag or branch\n", reference);
    else
        directory = checkout(root, commit);
    if (directory) {
        const char *const make[] = {build, "release", "roam_command", NULL};
        (void)snprintf(build, sizeof build, "%s/tools/build", directory);
        (void)fprintf(stderr, "roam gate: building %.12s\n", commit);
        if (run_program(make, -1, false) == 0)
            status = COMMAND_OK;
        else
            (void)fprintf(stderr, "roam gate: %s: it cannot be built\n", reference);
    }
    if (status == COMMAND_OK)
        *out = directory;
    else
        free(directory);
    free(commit);
    free(root);
    return status;
}
