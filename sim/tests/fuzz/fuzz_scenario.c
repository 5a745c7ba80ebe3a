/* SPDX-License-Identifier: GPL-2.0-or-later */
/* libFuzzer target: the text of a scenario file. What is valid is explained too, and its first combinations
 * loaded. */
#include "sim/scenario/scenario.h"

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

enum { COMBINATIONS = 3, EXPLAINED_EVENTS_MAX = 1000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static FILE *sink(void)
{
    static FILE *null_device;
    if (!null_device)
        null_device = fopen("/dev/null", "w");
    assert(null_device);
    return null_device;
}

/* A fault has a place and a text, or the scenario is there: never both, never neither. */
static void check(int status, const scenario *whole, const scenario_diagnostics *diagnostics)
{
    assert(status == SCENARIO_OK || status == SCENARIO_ERR_INVALID);
    assert((status == SCENARIO_OK) == (diagnostics->total == 0));
    assert((status == SCENARIO_OK) == (whole != NULL));
    assert(diagnostics->count <= diagnostics->total);
    for (size_t i = 0; i < diagnostics->count; i++)
        assert(diagnostics->items[i].text && diagnostics->items[i].text[0] != '\0');
    scenario_diagnostics_print(diagnostics, sink());
}

static void load_combinations(const scenario_source *source, const scenario *whole)
{
    const size_t count = scenario_combination_count(whole);
    for (size_t i = 0; i < count && i < COMBINATIONS; i++) {
        scenario *one = NULL;
        scenario_diagnostics diagnostics;
        scenario_diagnostics_init(&diagnostics);
        check(scenario_load_combination(source, whole, i, &one, &diagnostics), one, &diagnostics);
        scenario_free(one);
        scenario_diagnostics_fini(&diagnostics);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    const scenario_source source = {
        .text = len > 0 ? (const char *)data : "", .text_bytes = len, .name = "fuzz.yaml"};
    scenario *whole = NULL;
    scenario_diagnostics diagnostics;
    scenario_diagnostics_init(&diagnostics);
    check(scenario_load(&source, &whole, &diagnostics), whole, &diagnostics);
    if (whole) {
        if (whole->event_count <= EXPLAINED_EVENTS_MAX)
            scenario_explain(whole, sink());
        load_combinations(&source, whole);
    }
    scenario_free(whole);
    scenario_diagnostics_fini(&diagnostics);
    return 0;
}
