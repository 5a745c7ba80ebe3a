/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/interrupt.h"
#include "tools/gate/session.h"

#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/table.h"
#include "tools/gate/report.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BASELINES "results/baselines"

int gate_out_of_memory(void)
{
    (void)fprintf(stderr, "roam gate: out of memory\n");
    return COMMAND_BROKEN;
}

gate_tolerance gate_tolerance_in(const scenario *whole)
{
    return (gate_tolerance){whole->gate.validation_ns, whole->gate.rebind_ns, whole->gate.gap_ns};
}

/* ---- what is compared ---- */

/* Scenarios are known by their names. */
static int check_names(gate *self)
{
    for (size_t i = 0; i < self->loaded.count; i++) {
        for (size_t j = 0; j < i; j++) {
            const scenario *const one = self->loaded.items[j];
            const scenario *const other = self->loaded.items[i];
            if (strcmp(one->name, other->name) != 0)
                continue;
            return gate_problem_add(&self->problems, GATE_MISFIT, one->name,
                                    "%.300s and %.300s have the same name '%.200s'", one->file, other->file,
                                    one->name)
                       ? COMMAND_USAGE
                       : gate_out_of_memory();
        }
    }
    return COMMAND_OK;
}

/* Those that have a baseline take part. */
static int read_baselines(gate *self)
{
    size_t kept = 0;
    int status = gate_baselines_read(self->wanted.baselines, &self->loaded, self->was, &self->problems);
    if (status == COMMAND_OK)
        status = gate_baselines_find_gone(self->wanted.baselines, &self->loaded, &self->problems);
    if (status != COMMAND_OK)
        return status;
    for (size_t i = 0; i < self->loaded.count; i++) {
        json_t *const was = self->was[i];
        if (!was) {
            scenario_free(self->loaded.items[i]);
            continue;
        }
        self->loaded.items[kept] = self->loaded.items[i];
        self->was[kept] = was;
        baseline_seeds(was, &self->each[kept].first, &self->each[kept].last);
        self->each[kept].independent = baseline_is_independent(was);
        kept++;
    }
    self->loaded.count = kept;
    return COMMAND_OK;
}

/* Of a scenario that is not valid, as scenario_files_fault_fn. */
static void note_invalid(void *ctx, const char *file, uint32_t line, uint32_t column, const char *text)
{
    gate *const self = ctx;
    if (gate_problem_add(&self->problems, GATE_INVALID, file, "%s", text))
        gate_problem_place(&self->problems, file, line, column);
}

/* Says in the reports, too, that there is none to be compared. */
static int load(gate *self)
{
    scenario_files_options given = self->wanted.files;
    given.fault = note_invalid;
    given.ctx = self;
    const int status = scenario_files_load(&given, &self->loaded);
    if (status == COMMAND_USAGE &&
        !gate_problem_add(&self->problems, GATE_MISFIT, "scenarios",
                          "a scenario is not valid, so none was run: roam check says why"))
        return gate_out_of_memory();
    return status;
}

static int prepare(gate *self)
{
    int status = load(self);
    if (status != COMMAND_OK)
        return status;
    self->was = calloc(self->loaded.count + 1, sizeof(json_t *));
    self->each = calloc(self->loaded.count + 1, sizeof *self->each);
    if (!self->was || !self->each)
        return gate_out_of_memory();
    status = check_names(self);
    if (status != COMMAND_OK)
        return status;
    for (size_t i = 0; i < self->loaded.count; i++)
        self->each[i] = self->wanted.seeds;
    if (!self->wanted.update && !self->wanted.against && !self->wanted.with_build && !self->wanted.experiment)
        status = read_baselines(self);
    const run_jobs_options wanted = {.loaded = &self->wanted.files, .files = &self->loaded};
    return status == COMMAND_OK ? run_jobs_make(&wanted, &self->runs) : status;
}

bool gate_note_few(gate *self, size_t file, bool exact)
{
    const size_t seeds = (size_t)(self->each[file].last - self->each[file].first) + 1;
    return exact || seeds >= GATE_SEEDS_LEAST ||
           gate_problem_add(
               &self->problems, GATE_FEW, self->loaded.items[file]->name,
               "its results depend on the seed, and %zu seed%s nothing that chance cannot: at least "
               "%d are needed (`gate: {seeds: ...}`)",
               seeds, seeds == 1 ? " shows" : "s show", GATE_SEEDS_LEAST);
}

/* ---- comparing ---- */

typedef struct teller {
    const gate_verdict *verdict;
    const ci_verdicts *cases;
} teller;

static bool write_format(const void *ctx, ci_format format, FILE *stream)
{
    const teller *const self = ctx;
    if (format == CI_JSON)
        return gate_json(self->verdict, stream);
    if (format == CI_JUNIT)
        return ci_junit(self->cases, stream);
    gate_markdown(self->verdict, stream);
    return true;
}

static int write_outputs(const gate *self, const gate_verdict *verdict)
{
    ci_verdicts cases = {0};
    const teller told = {verdict, &cases};
    gate_verdicts(verdict, &cases);
    const int status = ci_outputs_write(&self->wanted.outputs, &cases, stdout, write_format, &told);
    ci_verdicts_free(&cases);
    return status;
}

/* status: of what came before. The reports are written whatever it is. */
static int tell(const gate *self, const gate_scenario *scenarios, size_t count, int status)
{
    char against[256];
    (void)snprintf(against, sizeof against, "%s%.200s",
                   self->wanted.against      ? "commit "
                   : self->wanted.with_build ? "the build in "
                                             : "the baselines in ",
                   self->wanted.against      ? self->wanted.against
                   : self->wanted.with_build ? self->wanted.with_build
                                             : self->wanted.baselines);
    const gate_verdict verdict = {.scenarios = scenarios,
                                  .scenario_count = count,
                                  .changes = &self->changes,
                                  .problems = &self->problems,
                                  .against = against,
                                  .commit = self->wanted.against,
                                  .build = self->wanted.against ? NULL : self->wanted.with_build,
                                  .strict = self->wanted.strict,
                                  .colour = table_colour(stdout)};
    if (!gate_print(&verdict, stdout))
        return gate_out_of_memory();
    const int written = write_outputs(self, &verdict);
    if (written != COMMAND_OK || status != COMMAND_OK)
        return written > status ? written : status;
    if (gate_problem_count(&self->problems, GATE_MISFIT) > 0)
        return COMMAND_USAGE;
    if (gate_is_red(&verdict))
        return COMMAND_FAILED;
    return gate_problem_count(&self->problems, GATE_CHANGED) > 0 ? COMMAND_USAGE : COMMAND_OK;
}

static bool compare_one(gate *self, size_t file, gate_scenario *told)
{
    const scenario *const whole = self->loaded.items[file];
    const gate_tolerance tolerance = gate_tolerance_in(whole);
    const size_t seeds = (size_t)(self->each[file].last - self->each[file].first) + 1;
    const bool exact = baseline_is_exact(self->was[file]);
    const size_t combinations = json_array_size(json_object_get(self->is[file], "combinations"));
    *told = (gate_scenario){.name = whole->name,
                            .file = whole->file,
                            .runs = seeds * combinations,
                            .combinations = combinations,
                            .tolerance = tolerance,
                            .first = self->each[file].first,
                            .last = self->each[file].last,
                            .independent = self->each[file].independent,
                            .exact = exact,
                            .unsupported = baseline_is_all(self->is[file], "unsupported"),
                            .whole = whole};
    return gate_note_few(self, file, exact) &&
           gate_compare(self->was[file], self->is[file], &tolerance, &self->changes);
}

static int compare(gate *self)
{
    gate_scenario *const scenarios = calloc(self->loaded.count + 1, sizeof *scenarios);
    size_t count = 0;
    bool good = scenarios;
    for (size_t i = 0; good && i < self->loaded.count; i++)
        if (self->was[i]) /* NULL: the other program could not run it */
            good = compare_one(self, i, &scenarios[count++]);
    good = good && gate_changes_settle(&self->changes);
    const int status = good ? tell(self, scenarios, count, COMMAND_OK) : gate_out_of_memory();
    free(scenarios);
    return status;
}

/* With the seeds that `is` was measured with. The two are compared exactly when both are exact. */
static int measure_other(gate *self, const gate_plan *plan)
{
    char *built = NULL;
    int status = self->wanted.against ? gate_build(self->wanted.against, &built) : COMMAND_OK;
    if (status != COMMAND_OK)
        return status;
    free(self->was);
    self->was = NULL;
    status = gate_measure_with(plan, self->wanted.against ? built : self->wanted.with_build, &self->was);
    for (size_t i = 0; status == COMMAND_OK && i < self->loaded.count; i++)
        if (self->was[i])
            baseline_set_exact(self->was[i],
                               baseline_is_exact(self->is[i]) && baseline_is_exact(self->was[i]));
    free(built);
    return status;
}

/* Nothing can be compared. The reports say so, whatever the reason. */
static int end(gate *self, int status)
{
    const char *const why = status == COMMAND_INTERRUPTED ? "the gate was interrupted"
                                                          : "roam itself failed: its messages say why";
    if (self->wanted.update || self->wanted.power || self->wanted.experiment) {
        gate_print_problems(&self->problems, stderr);
        return status;
    }
    if (status != COMMAND_USAGE &&
        !gate_problem_add(&self->problems, GATE_ENDED, "scenarios", "%s, so nothing was compared", why))
        return gate_out_of_memory();
    return tell(self, NULL, 0, status);
}

static int carry_out(gate *self)
{
    const bool other = self->wanted.against || self->wanted.with_build;
    int status = prepare(self);
    if (status != COMMAND_OK)
        return end(self, status);
    const gate_plan plan = {.given = &self->wanted.files,
                            .isolation = self->wanted.isolation,
                            .files = &self->loaded,
                            .jobs = &self->runs,
                            .seeds = self->each,
                            .find_kind = self->wanted.experiment || self->wanted.update || other,
                            .choose = self->wanted.experiment ||
                                      ((self->wanted.update || other) && !self->wanted.seeds_given),
                            .processes = self->wanted.jobs,
                            .patience_s = self->wanted.patience_s,
                            .stop = interrupt_came,
                            .progress = !self->wanted.quiet};
    if (self->wanted.power)
        return gate_show_power(self);
    status = gate_measure(&plan, &self->is);
    if (status == COMMAND_OK && self->wanted.experiment)
        return gate_run_experiment(self, &plan);
    if (status == COMMAND_OK && other)
        status = measure_other(self, &plan);
    if (status != COMMAND_OK)
        return end(self, status);
    return self->wanted.update ? gate_update(self) : compare(self);
}

static int run_gate(gate *self)
{
    interrupt_catch(INTERRUPT_SECOND_IGNORED);
    const int status = carry_out(self);
    if (status == COMMAND_INTERRUPTED)
        (void)fprintf(stderr, "roam gate: interrupted\n");
    gate_changes_free(&self->changes);
    gate_problems_free(&self->problems);
    gate_measured_free(self->was, self->loaded.count);
    gate_measured_free(self->is, self->loaded.count);
    run_jobs_fini(&self->runs);
    scenario_files_fini(&self->loaded);
    free(self->each);
    return status;
}

int gate_command(int argc, char **argv)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    gate self = {.wanted = {.files = {.command = "roam gate"},
                            .outputs = {.command = "roam gate"},
                            .baselines = BASELINES,
                            .jobs = processors > 0 ? (uint64_t)processors : 1,
                            .patience_s = 60}};
    int status = COMMAND_USAGE;
    if (gate_options_read(&self.wanted, argc, argv)) {
        if (self.wanted.help)
            help_print(&COMMAND_GATE, stdout);
        status = self.wanted.help                         ? COMMAND_OK
                 : ci_outputs_check(&self.wanted.outputs) ? run_gate(&self)
                                                          : COMMAND_BROKEN;
    }
    settings_fini(&self.wanted.settings);
    return status;
}
