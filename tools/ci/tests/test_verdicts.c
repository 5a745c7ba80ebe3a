/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/ci/verdicts.h"

#include "core/tests/check.h"

#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

/* A verdict of each kind, with texts that every format has to escape. */
static ci_verdicts make(void)
{
    ci_verdicts self = {0};
    ci_suite_add(&self, "a & b", "roam");
    ci_case_add(&self, CI_PASSED, "good", "");
    ci_case_add(&self, CI_FAILED, "b<d", "1 \"thing\"");
    ci_line_add(&self, "first %d", 1);
    ci_line_add(&self, "second\x01 \xff");
    ci_fault_add(&self, (ci_place){"a,b:c%.yaml", 7, 3}, "x, y: 5%", "50% of\nall: a, b\r");
    ci_fault_add(&self, (ci_place){.file = "whole.yaml", .column = 9}, "title", "text");
    ci_case_add(&self, CI_BROKEN, "lost", "it hung: 5%");
    ci_suite_add(&self, "second", "roam");
    ci_case_add(&self, CI_SKIPPED, "quiet", "nothing to say");
    ci_case_add(&self, CI_SKIPPED, "told", "no baseline");
    ci_fault_add(&self, (ci_place){0}, "told", "make one");
    return self;
}

static void test_formats(void)
{
    static const char JUNIT[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
        "<testsuite name=\"a &amp; b\" tests=\"3\" failures=\"1\" errors=\"1\" skipped=\"0\">\n"
        "<testcase classname=\"roam\" name=\"good\"></testcase>\n"
        "<testcase classname=\"roam\" name=\"b&lt;d\"><failure message=\"1 &quot;thing&quot;\">first 1\n"
        "second ?\n</failure></testcase>\n"
        "<testcase classname=\"roam\" name=\"lost\"><error message=\"it hung: 5%\"></error></testcase>\n"
        "</testsuite>\n"
        "<testsuite name=\"second\" tests=\"2\" failures=\"0\" errors=\"0\" skipped=\"2\">\n"
        "<testcase classname=\"roam\" name=\"quiet\"><skipped message=\"nothing to "
        "say\"></skipped></testcase>\n"
        "<testcase classname=\"roam\" name=\"told\"><skipped message=\"no baseline\"></skipped></testcase>\n"
        "</testsuite>\n</testsuites>\n";
    static const char GITHUB[] =
        "::error file=a%2Cb%3Ac%25.yaml,line=7,col=3,title=x%2C y%3A 5%25::50%25 of%0Aall: a, b%0D\n"
        "::error file=whole.yaml,title=title::text\n"
        "::error title=lost::it hung: 5%25\n"
        "::warning title=told::make one\n";
    static const char MARKDOWN[] = "### roam run: red\n\n1 passed, 1 failed, 2 skipped, 1 not judged\n"
                                   "\n**b\\<d** (a & b): failed: 1 \"thing\"\n\n- first 1\n- second\x01 ?\n"
                                   "\n**lost** (a & b): not judged: it hung: 5%\n\n"
                                   "\n**quiet** (second): skipped: nothing to say\n\n"
                                   "\n**told** (second): skipped: no baseline\n\n";
    static const char *const EXPECTED[] = {JUNIT, GITHUB, MARKDOWN};
    ci_verdicts self = make();
    for (size_t i = 0; i < 3; i++) {
        char *text = NULL;
        size_t len = 0;
        FILE *const stream = open_memstream(&text, &len);
        const bool good = i == 0   ? ci_junit(&self, stream)
                          : i == 1 ? ci_github(&self, NULL, stream)
                                   : ci_markdown(&self, "roam run", stream);
        (void)fclose(stream);
        CHECK(good, true, "written");
        CHECK_STRING(text, EXPECTED[i], "format");
        free(text);
    }
    ci_verdicts_free(&self);
}

/* Many of each: the arrays grow. */
static void test_many(void)
{
    ci_verdicts self = {0};
    for (int suite = 0; suite < 5; suite++) {
        ci_suite_add(&self, "s", "c");
        for (int i = 0; i < 33; i++) {
            ci_case_add(&self, CI_FAILED, "n", "m");
            for (int fault = 0; fault < 5; fault++)
                ci_fault_add(&self, (ci_place){.file = "f"}, "t", "x");
        }
    }
    CHECK(self.failed, false, "out of memory");
    CHECK(ci_verdicts_count(&self, CI_FAILED), 5 * 33, "cases");
    CHECK(self.suites[4].cases[32].fault_count, 5, "faults of the last");
    ci_verdicts_free(&self);
}

static const check_test TESTS[] = {{"each format, with all that it escapes", test_formats},
                                   {"many cases and faults", test_many}};

CHECK_MAIN("ci_verdicts", TESTS)
