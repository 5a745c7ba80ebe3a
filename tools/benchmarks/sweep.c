/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What many runs cost on their way into a store: the store alone, and a sweep as a whole. */
#include "sim/verdict/run.h"
#include "tools/benchmarks/load.h"
#include "tools/store/store.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STORE_RUNS = 20000,
    STORE_BATCH = 4000,
    SWEEP_RUNS = 3000,
    QUICK = 10,
    PATH_BYTES = 64,
    NUMBER_BYTES = 32
};

/* A directory with a scenario and a store. */
typedef struct place {
    char directory[PATH_BYTES / 2];
    char scenario[PATH_BYTES];
    char db[PATH_BYTES];
} place;

static bool make_place(place *self, char message[BENCH_MESSAGE_MAX])
{
    strcpy(self->directory, "/tmp/roam-bench-XXXXXX");
    const bool made = mkdtemp(self->directory) != NULL;
    (void)snprintf(self->scenario, sizeof self->scenario, "%s/experiment.yaml", self->directory);
    (void)snprintf(self->db, sizeof self->db, "%s/runs.db", self->directory);
    FILE *const file = made ? fopen(self->scenario, "w") : NULL;
    const bool written = file && fputs(BENCH_EXPERIMENT, file) >= 0;
    if ((file && fclose(file) != 0) || !written) {
        (void)snprintf(message, BENCH_MESSAGE_MAX, "%s: %s", self->directory, strerror(errno));
        return false;
    }
    return true;
}

static void remove_place(const place *self)
{
    static const char *const ENDS[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ENDS / sizeof *ENDS; i++) {
        char path[PATH_BYTES + 8];
        (void)snprintf(path, sizeof path, "%s%s", self->db, ENDS[i]);
        (void)unlink(path);
    }
    (void)unlink(self->scenario);
    (void)rmdir(self->directory);
}

/* ---- the store alone ---- */

static int enter(store *into, const summary_rows *rows, unsigned count)
{
    store_run one = {.key = {.scenario = "bench-experiment",
                             .directory = "",
                             .file = "experiment.yaml",
                             .digest = "0123456789abcdef",
                             .combination = ""},
                     .rows = rows,
                     .wall_ns = BENCH_MS};
    int64_t build = 0;
    int status = store_add_build(into, &BUILD_ID, &build);
    for (unsigned i = 0; !status && i < count; i++) {
        one.key.seed = i + 1;
        if (i % STORE_BATCH == 0)
            status = store_begin(into);
        if (!status)
            status = store_add_run(into, build, &one);
        if (!status && (i % STORE_BATCH == STORE_BATCH - 1 || i + 1 == count))
            status = store_commit(into);
    }
    return status;
}

static int fill(const char *db, const summary_rows *rows, unsigned count, char message[BENCH_MESSAGE_MAX])
{
    store *into = NULL;
    _Static_assert(STORE_MESSAGE_MAX <= BENCH_MESSAGE_MAX, "a store's message must fit");
    int status = store_open(db, STORE_CREATE, &into, message);
    if (status)
        return -1;
    status = enter(into, rows, count);
    if (status)
        (void)snprintf(message, BENCH_MESSAGE_MAX, "%s", store_message(into));
    store_close(into);
    return status ? -1 : 0;
}

int bench_store_runs(const bench_context *context, bench_sample *sample, char message[BENCH_MESSAGE_MAX])
{
    const unsigned count = context->quick ? STORE_RUNS / QUICK : STORE_RUNS;
    place in;
    scenario *from;
    run *of = NULL;
    summary_rows rows = {0};
    if (bench_load(&(bench_text){.text = BENCH_EXPERIMENT}, &from, message) != 0)
        return -1;
    const run_options options = {.scenario = from, .seed = context->seed};
    int rv = run_scenario(&options, &of, message) == RUN_OK && run_summary_rows(of, &rows) ? 0 : -1;
    if (rv == 0 && make_place(&in, message)) {
        const bench_time start = bench_clock();
        rv = fill(in.db, &rows, count, message);
        *sample = bench_rate(count, start);
        remove_place(&in);
    } else {
        rv = -1;
    }
    summary_rows_free(&rows);
    run_free(of);
    scenario_free(from);
    return rv;
}

/* ---- a sweep ---- */

int bench_sweep_experiments(const bench_context *context, bench_sample *sample,
                            char message[BENCH_MESSAGE_MAX])
{
    const unsigned count = context->quick ? SWEEP_RUNS / QUICK : SWEEP_RUNS;
    place in;
    char seeds[2 * NUMBER_BYTES];
    int status = -1;
    if (!make_place(&in, message))
        return -1;
    (void)snprintf(seeds, sizeof seeds, "%llu..%llu", (unsigned long long)context->seed * count,
                   (unsigned long long)context->seed * count + count - 1);
    const char *const argv[] = {context->roam, "sweep",   "--quiet", "--jobs",    "1", "--db",
                                in.db,         "--seeds", seeds,     in.scenario, NULL};
    const double cpu_s = bench_child_cpu_s();
    const bench_time start = bench_clock();
    const int rv = bench_spawn(argv, &status);
    sample->wall = bench_rate(count, start).wall;
    sample->on_cpu = count / (bench_child_cpu_s() - cpu_s);
    remove_place(&in);
    if (rv == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    (void)snprintf(message, BENCH_MESSAGE_MAX, "%s sweep: %s", context->roam,
                   rv ? strerror(rv) : "did not end with exit status 0");
    return -1;
}
