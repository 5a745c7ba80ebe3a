/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GitHub's Markdown, for commands that have no page of their own. */
#include "tools/cli/markdown.h"
#include "tools/ci/verdicts.h"

#include <string.h>

static const char *const NAMES[] = {
    [CI_PASSED] = "passed", [CI_SKIPPED] = "skipped", [CI_FAILED] = "failed", [CI_BROKEN] = "not judged"};

static void print_lines(const char *lines, FILE *stream)
{
    char line[1024];
    while (*lines) {
        const size_t len = strcspn(lines, "\n");
        (void)snprintf(line, sizeof line, "%.*s", (int)len, lines);
        (void)fputs("- ", stream);
        markdown_text(stream, line);
        (void)fputc('\n', stream);
        lines += len + (lines[len] == '\n');
    }
}

static void print_case(const ci_suite *suite, const ci_case *one, bool several, FILE *stream)
{
    (void)fputs("\n**", stream);
    markdown_text(stream, one->name);
    (void)fputs("**", stream);
    if (several) {
        (void)fputs(" (", stream);
        markdown_text(stream, suite->name);
        (void)fputc(')', stream);
    }
    (void)fprintf(stream, ": %s%s", NAMES[one->kind], one->message[0] ? ": " : "");
    markdown_text(stream, one->message);
    (void)fputs("\n\n", stream);
    print_lines(one->body, stream);
}

bool ci_markdown(const ci_verdicts *self, const char *title, FILE *stream)
{
    const size_t bad = ci_verdicts_count(self, CI_FAILED) + ci_verdicts_count(self, CI_BROKEN);
    if (self->failed)
        return false;
    (void)fprintf(stream, "### %s: %s\n\n%zu passed, %zu failed", title, bad > 0 ? "red" : "green",
                  ci_verdicts_count(self, CI_PASSED), ci_verdicts_count(self, CI_FAILED));
    for (ci_kind kind = CI_SKIPPED; kind <= CI_BROKEN; kind++)
        if (kind != CI_FAILED && ci_verdicts_count(self, kind) > 0)
            (void)fprintf(stream, ", %zu %s", ci_verdicts_count(self, kind), NAMES[kind]);
    (void)fputc('\n', stream);
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < self->suites[i].count; j++)
            if (self->suites[i].cases[j].kind != CI_PASSED)
                print_case(&self->suites[i], &self->suites[i].cases[j], self->count > 1, stream);
    return true;
}
