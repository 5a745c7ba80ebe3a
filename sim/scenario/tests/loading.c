/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/tests/loading.h"

#include "core/tests/check.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

scenario_source loading_text(const char *text)
{
    return (scenario_source){.text = text, .text_bytes = strlen(text), .name = "x.yaml"};
}

scenario *loading(const scenario_source *source, scenario_diagnostics *faults)
{
    scenario *whole = NULL;
    return scenario_load(source, &whole, faults) == SCENARIO_OK ? whole : NULL;
}

void loading_refused(const scenario_source *source, const char *wanted)
{
    scenario_diagnostics faults;
    char *text = NULL;
    size_t size = 0;
    scenario_diagnostics_init(&faults);
    scenario *const whole = loading(source, &faults);
    FILE *const stream = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    scenario_diagnostics_print(&faults, stream);
    (void)fclose(stream);
    CHECK_STRING(text, wanted);
    scenario_free(whole);
    scenario_diagnostics_fini(&faults);
    free(text);
}

scenario *loading_good(const scenario_source *source)
{
    scenario_diagnostics faults;
    scenario_diagnostics_init(&faults);
    scenario *const whole = loading(source, &faults);
    scenario_diagnostics_print(&faults, stdout);
    scenario_diagnostics_fini(&faults);
    CU_ASSERT_PTR_NOT_NULL_FATAL(whole);
    return whole;
}

void loading_expect_fault_of(const scenario_source *source, const char *wanted)
{
    scenario_diagnostics faults;
    scenario_diagnostics_init(&faults);
    scenario *const whole = loading(source, &faults);
    const char *const got = faults.count > 0 ? faults.items[0].text : "";
    if (strcmp(got, wanted) != 0) {
        printf("\n  got    %s\n  wanted %s\n  for\n%s", got, wanted, source->text);
        CU_FAIL("another fault");
    }
    if (faults.total > 1) {
        scenario_diagnostics_print(&faults, stdout);
        CU_FAIL("one slip makes one fault");
    }
    CU_ASSERT_EQUAL(whole == NULL, *wanted != '\0');
    scenario_free(whole);
    scenario_diagnostics_fini(&faults);
}

void loading_expect_fault(const char *text, const char *wanted)
{
    const scenario_source source = loading_text(text);
    loading_expect_fault_of(&source, wanted);
}

char *loading_story(const scenario *whole)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const stream = open_memstream(&text, &size);
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    scenario_explain(whole, stream);
    (void)fclose(stream);
    return text;
}
