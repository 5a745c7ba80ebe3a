/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/scenario/tests/loading.h"

#include "core/hash.h"
#include "core/tests/check.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

scenario_source loading_text(const char *text)
{
    return (scenario_source){.text = text, .text_bytes = strlen(text), .name = "x.yaml"};
}

static void keep(const scenario_source *source)
{
    const char *const directory = getenv("ROAM_TEST_DOCUMENTS");
    char path[4096];
    if (!directory || !source->text)
        return;
    const uint64_t hash = core_hash_bytes(CORE_HASH_START, source->text, source->text_bytes);
    (void)snprintf(path, sizeof path, "%s/%016" PRIx64 ".yaml", directory, hash);
    FILE *const stream = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(stream);
    CU_ASSERT_EQUAL(fwrite(source->text, 1, source->text_bytes, stream), source->text_bytes);
    CU_ASSERT_EQUAL(fclose(stream), 0);
}

int loading_load(const scenario_source *source, scenario **out, scenario_diagnostics *faults)
{
    keep(source);
    return scenario_load(source, out, faults);
}

scenario *loading(const scenario_source *source, scenario_diagnostics *faults)
{
    scenario *whole = NULL;
    return loading_load(source, &whole, faults) == SCENARIO_OK ? whole : NULL;
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
