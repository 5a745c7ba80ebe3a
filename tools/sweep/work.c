/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/sweep/work.h"

#include "sim/verdict/run.h"
#include "sim/wall.h"
#include "tools/sweep/answer.h"
#include "tools/sweep/shared.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct sign {
    workers_pulse *pulse;
} sign;

static void on_progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
    (void)now_ns;
    (void)end_ns;
    workers_beat(((const sign *)ctx)->pulse);
}

/* One run, wherever it happens. */
typedef struct single {
    const sweep_options *options;
    const scenario *scenario;
    uint64_t seed;
    workers_pulse *pulse;
} single;

static void tell(run *finished, int result, const char *message, uint64_t wall_ns, FILE *answer)
{
    sweep_answer given = {.result = result, .message = message, .wall_ns = wall_ns};
    if (result == RUN_OK) {
        given.verdict = run_verdict(finished);
        if (!run_summary_rows(finished, &given.rows)) {
            given.result = RUN_ERR_NO_MEMORY;
            given.message = "out of memory";
        }
    }
    sweep_answer_write(&given, answer);
    summary_rows_free(&given.rows);
}

static void carry_out_one(void *ctx, FILE *answer)
{
    const single *const one = ctx;
    char message[RUN_MESSAGE_MAX] = "";
    sign shown = {one->pulse};
    run *finished = NULL;
    const run_options options = {
        .scenario = one->scenario, .seed = one->seed, .progress = on_progress, .ctx = &shown};
    const uint64_t began_ns = wall_ns();
    const int result = run_scenario(&options, &finished, message);
    tell(finished, result, message, wall_ns() - began_ns, answer);
    run_free(finished);
}

static bool is_stopped(void *ctx)
{
    const sweep_options *const options = ((const single *)ctx)->options;
    return options->stop && options->stop(options->ctx);
}

static const scenario *scenario_of(const sweep_options *options, const sweep_job *todo)
{
    return options->jobs->items[todo->job].scenario;
}

static void work_alone(const sweep_options *options, const sweep_job *todo, workers_pulse *pulse,
                       FILE *answer)
{
    char message[RUN_MESSAGE_MAX] = "";
    single one = {options, scenario_of(options, todo), todo->seed, pulse};
    const isolated_work apart = {.isolation = &options->isolation,
                                 .scenario = one.scenario,
                                 .work = carry_out_one,
                                 .stop = is_stopped,
                                 .ctx = &one};
    const uint64_t began_ns = wall_ns();
    const int result = isolated_do(&apart, answer, message);
    if (result == RUN_ERR_INTERRUPTED) /* as if it had not been begun */
        _exit(EXIT_FAILURE);
    if (result != RUN_OK)
        sweep_answer_write(
            &(sweep_answer){.result = result, .message = message, .wall_ns = wall_ns() - began_ns}, answer);
}

/* The work of several runs. */
typedef struct together {
    const sweep_options *options;
    size_t count;
    scenario_variant variants[SWEEP_BUNDLE_MAX];
} together;

static bool is_to_stop(void *ctx)
{
    const sweep_options *const options = ((const together *)ctx)->options;
    return options->stop && options->stop(options->ctx);
}

/* Other combinations. */
static void forget(void *ctx)
{
    const together *const self = ctx;
    const run_jobs *const jobs = self->options->jobs;
    for (size_t i = 0; i < jobs->owned_count; i++) {
        bool needed = false;
        for (size_t j = 0; j < self->count; j++)
            needed = needed || self->variants[j].scenario == jobs->owned[i];
        if (!needed)
            scenario_free(jobs->owned[i]);
    }
}

void sweep_work_do(const sweep_options *options, const sweep_job *todo, size_t count, workers_pulse *pulse,
                   FILE *answer)
{
    together all = {.options = options, .count = count};
    if (count == 1) {
        work_alone(options, todo, pulse, answer);
        return;
    }
    assert(count <= SWEEP_BUNDLE_MAX);
    for (size_t i = 0; i < count; i++)
        all.variants[i] =
            (scenario_variant){.scenario = scenario_of(options, &todo[i]), .shared_ns = todo[i].shared_ns};
    const shared_options shared = {.variants = all.variants,
                                   .count = count,
                                   .seed = todo->seed,
                                   .silence_ns = options->silence_ns,
                                   .pulse = pulse,
                                   .forget = forget,
                                   .tell = tell,
                                   .stop = is_to_stop,
                                   .ctx = &all};
    shared_run(&shared, answer);
}
