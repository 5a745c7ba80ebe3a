/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/roam.h"
#include "core/tests/check.h"

#include <CUnit/CUnit.h>
#include <stdio.h>

/* The version is written in one place, the project() of CMakeLists.txt. */
static void test_version_is_that_of_the_project(void)
{
    char version[16] = "";
    char line[256];
    FILE *const file = fopen(ROAM_SOURCE_DIR "/CMakeLists.txt", "r");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    while (fgets(line, sizeof line, file) && sscanf(line, "project(roam VERSION %15[0-9.]", version) != 1)
        continue;
    CU_ASSERT_EQUAL(fclose(file), 0);
    CHECK_STRING(roam_version(), version);
}

static const check_test tests[] = {
    {"version is that of the project", test_version_is_that_of_the_project},
};

CHECK_MAIN("version", tests)
