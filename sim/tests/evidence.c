/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/tests/evidence.h"

#include "core/tests/check.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static scenario *load(const char *text, const char *override)
{
    scenario *loaded = NULL;
    scenario_diagnostics *const diagnostics = malloc(sizeof *diagnostics);
    const scenario_source source = {.text = text,
                                    .text_bytes = strlen(text),
                                    .name = "t",
                                    .overrides = &override,
                                    .override_count = override ? 1 : 0};
    CU_ASSERT_PTR_NOT_NULL_FATAL(diagnostics);
    scenario_diagnostics_init(diagnostics);
    const int status = scenario_load(&source, &loaded, diagnostics);
    if (status)
        scenario_diagnostics_print(diagnostics, stdout);
    scenario_diagnostics_fini(diagnostics);
    free(diagnostics);
    CU_ASSERT_EQUAL_FATAL(status, SCENARIO_OK);
    return loaded;
}

scenario *evidence_scenario(const char *text)
{
    return load(text, NULL);
}

static void record(evidence *self)
{
    CU_ASSERT_EQUAL_FATAL(recorder_new(self->scenario, NULL, &self->recorder), 0);
    self->told = recorder_observer(self->recorder);
    CU_ASSERT_EQUAL_FATAL(witness_new(self->scenario, &self->witness), 0);
}

evidence evidence_of(scenario *whole)
{
    evidence self = {.scenario = whole};
    record(&self);
    return self;
}

evidence evidence_new(const evidence_options *options)
{
    evidence self = {.scenario = load(options->text, options->override)};
    observer watchers[2 + EVIDENCE_WATCHERS_MAX];
    size_t count = 0;
    char error[256] = "";
    if (options->recorded) {
        record(&self);
        watchers[count++] = self.told;
        watchers[count++] = witness_observer(self.witness);
    }
    CU_ASSERT_FATAL(options->watcher_count <= EVIDENCE_WATCHERS_MAX);
    for (size_t i = 0; i < options->watcher_count; i++)
        watchers[count++] = options->watchers[i];
    const world_options of = {.scenario = self.scenario,
                              .seed = options->seed ? options->seed : 1,
                              .observers = watchers,
                              .observer_count = count};
    if (!CHECK(world_new(&of, &self.world, error, sizeof error), RUN_ERROR_NONE, "%s", error))
        CU_FAIL_FATAL("no world");
    return self;
}

void evidence_finish(const evidence *self)
{
    if (self->world)
        CHECK(world_run(self->world, self->scenario->duration_ns), RUN_ERROR_NONE, "%s",
              world_error(self->world));
    if (self->recorder)
        CHECK(recorder_finish(self->recorder, self->scenario->duration_ns), 0, "recorder_finish");
    if (self->witness)
        CHECK(witness_finish(self->witness), 0, "witness_finish");
}

void evidence_free(evidence *self)
{
    world_free(self->world);
    recorder_free(self->recorder);
    witness_free(self->witness);
    scenario_free(self->scenario);
    *self = (evidence){0};
}

evidence evidence_run(const char *text)
{
    const evidence self = evidence_new(&(evidence_options){.text = text, .recorded = true});
    evidence_finish(&self);
    return self;
}

expect_outcome evidence_judge(const evidence *self)
{
    expect_outcome outcome = {0};
    const expect_evidence found = {.recorder = self->recorder, .witness = self->witness};
    CU_ASSERT_EQUAL_FATAL(self->scenario->expectation_count, 1);
    expect_judge(self->scenario, self->scenario->expectations, 1, &found, &outcome);
    return outcome;
}

void evidence_watch(const char *text, const observer *watcher)
{
    evidence self = evidence_new(&(evidence_options){.text = text, .watchers = watcher, .watcher_count = 1});
    evidence_finish(&self);
    evidence_free(&self);
}
