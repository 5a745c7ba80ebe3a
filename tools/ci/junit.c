/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JUnit's XML. */
#include "tools/ci/verdicts.h"
#include "tools/cli/xml.h"

static const char *const TAGS[] = {
    [CI_PASSED] = "system-out", [CI_SKIPPED] = "skipped", [CI_FAILED] = "failure", [CI_BROKEN] = "error"};

static void print_attribute(FILE *stream, const char *name, const char *text)
{
    (void)fprintf(stream, " %s=\"", name);
    xml_text(stream, text);
    (void)fputc('"', stream);
}

static void print_case(const ci_suite *suite, const ci_case *one, FILE *stream)
{
    (void)fputs("<testcase", stream);
    print_attribute(stream, "classname", suite->class_name);
    print_attribute(stream, "name", one->name);
    (void)fputc('>', stream);
    if (one->kind != CI_PASSED || one->body[0]) {
        (void)fprintf(stream, "<%s", TAGS[one->kind]);
        if (one->kind != CI_PASSED)
            print_attribute(stream, "message", one->message);
        (void)fputc('>', stream);
        xml_text(stream, one->body);
        (void)fprintf(stream, "</%s>", TAGS[one->kind]);
    }
    (void)fputs("</testcase>\n", stream);
}

static void print_suite(const ci_suite *suite, FILE *stream)
{
    size_t counts[CI_BROKEN + 1] = {0};
    for (size_t i = 0; i < suite->count; i++)
        counts[suite->cases[i].kind]++;
    (void)fputs("<testsuite", stream);
    print_attribute(stream, "name", suite->name);
    (void)fprintf(stream, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\">\n", suite->count,
                  counts[CI_FAILED], counts[CI_BROKEN], counts[CI_SKIPPED]);
    for (size_t i = 0; i < suite->count; i++)
        print_case(suite, &suite->cases[i], stream);
    (void)fputs("</testsuite>\n", stream);
}

bool ci_junit(const ci_verdicts *self, FILE *stream)
{
    if (self->failed)
        return false;
    (void)fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", stream);
    for (size_t i = 0; i < self->count; i++)
        print_suite(&self->suites[i], stream);
    (void)fputs("</testsuites>\n", stream);
    return true;
}
