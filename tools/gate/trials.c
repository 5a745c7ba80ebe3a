/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/session.h"

#include "tools/cli/command.h"
#include "tools/cli/table.h"
#include "tools/gate/experiment.h"
#include "tools/gate/power.h"
#include "tools/gate/report.h"

#include <stdio.h>
#include <stdlib.h>

#define DETECT_NS UINT64_C(5000000) /* what an experiment adds when a scenario says nothing */

enum { POOL_SAMPLES = 3 };

int gate_show_power(const gate *self)
{
    gate_power_table *const seen = gate_power_table_new();
    if (!seen)
        return gate_out_of_memory();
    for (size_t i = 0; i < self->loaded.count; i++) {
        const gate_tolerance tolerance = gate_tolerance_in(self->loaded.items[i]);
        gate_power_table_add(seen, self->was[i], &tolerance, self->loaded.items[i]->gate.detect_ns);
    }
    const bool good = gate_power_table_print(seen, stdout, table_colour(stdout));
    gate_power_table_free(seen);
    gate_print_problems(&self->problems, stdout);
    return !good                                                  ? gate_out_of_memory()
           : gate_problem_count(&self->problems, GATE_MISFIT) > 0 ? COMMAND_USAGE
                                                                  : COMMAND_OK;
}

/* Exact scenarios leave nothing to try. */
static int keep_stochastic(gate *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->loaded.count; i++) {
        if (baseline_is_exact(self->is[i])) {
            scenario_free(self->loaded.items[i]);
            json_decref(self->is[i]);
            continue;
        }
        self->loaded.items[kept] = self->loaded.items[i];
        self->is[kept] = self->is[i];
        self->each[kept++] = self->each[i];
    }
    self->loaded.count = kept;
    run_jobs_fini(&self->runs);
    const run_jobs_options wanted = {.loaded = &self->wanted.files, .files = &self->loaded};
    return run_jobs_make(&wanted, &self->runs);
}

/* Runs the pool again with what --set says. */
static int measure_changed(const gate *self, const gate_plan *plan, json_t ***out)
{
    scenario_files_options options = self->wanted.files;
    scenario_files loaded;
    run_jobs jobs = {0};
    options.overrides = self->wanted.set;
    options.override_count = self->wanted.set_count;
    int status = scenario_files_load(&options, &loaded);
    if (status != COMMAND_OK)
        return status;
    if (loaded.count != self->loaded.count) {
        (void)fprintf(stderr, "roam gate: --set: name the stochastic scenarios alone\n");
        status = COMMAND_USAGE;
    }
    const run_jobs_options wanted = {.loaded = &options, .files = &loaded};
    if (status == COMMAND_OK)
        status = run_jobs_make(&wanted, &jobs);
    gate_plan changed = *plan;
    changed.files = &loaded;
    changed.jobs = &jobs;
    if (status == COMMAND_OK)
        status = gate_measure(&changed, out);
    run_jobs_fini(&jobs);
    scenario_files_fini(&loaded);
    return status;
}

static int try_out(gate *self, const gate_plan *plan, const size_t *samples)
{
    gate_experiment_file *const files = calloc(self->loaded.count + 1, sizeof *files);
    json_t **changed = NULL;
    if (!files)
        return gate_out_of_memory();
    int status = self->wanted.set_count > 0 ? measure_changed(self, plan, &changed) : COMMAND_OK;
    for (size_t i = 0; status == COMMAND_OK && i < self->loaded.count; i++) {
        const scenario *const whole = self->loaded.items[i];
        files[i] =
            (gate_experiment_file){.pool = self->is[i],
                                   .changed = changed ? changed[i] : NULL,
                                   .change = self->wanted.set[0],
                                   .tolerance = gate_tolerance_in(whole),
                                   .detect_ns = whole->gate.detect_ns ? whole->gate.detect_ns : DETECT_NS,
                                   .seeds = samples[i]};
    }
    if (status == COMMAND_OK && !gate_experiment(files, self->loaded.count, (size_t)self->wanted.experiment,
                                                 stdout, table_colour(stdout)))
        status = gate_out_of_memory();
    gate_measured_free(changed, self->loaded.count);
    free(files);
    return status;
}

/* Each file has been run as for a baseline. */
int gate_run_experiment(gate *self, const gate_plan *plan)
{
    gate_plan pool = *plan;
    size_t *const samples = calloc(self->loaded.count + 1, sizeof *samples);
    if (!samples)
        return gate_out_of_memory();
    int status = keep_stochastic(self);
    for (size_t i = 0; status == COMMAND_OK && i < self->loaded.count; i++) {
        sweep_seeds *const seeds = &self->each[i];
        samples[i] = (size_t)(seeds->last - seeds->first) + 1;
        *seeds = self->wanted.seeds_given ? self->wanted.seeds
                                          : (sweep_seeds){.first = 1,
                                                          .last = POOL_SAMPLES * samples[i],
                                                          .independent = self->wanted.seeds.independent};
        const size_t most = (size_t)(seeds->last - seeds->first + 1) / 2;
        samples[i] = samples[i] < most ? samples[i] : most;
    }
    pool.find_kind = false;
    pool.choose = false;
    gate_measured_free(self->is, self->loaded.count);
    self->is = NULL;
    if (status == COMMAND_OK)
        status = gate_measure(&pool, &self->is);
    if (status == COMMAND_OK)
        status = try_out(self, &pool, samples);
    free(samples);
    return status;
}
