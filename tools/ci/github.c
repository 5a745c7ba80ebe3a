/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GitHub's workflow commands: the runner reads them from what a step prints, and shows each beside its line.
 */
#define _XOPEN_SOURCE 700 /* realpath */

#include "tools/ci/verdicts.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* What would end the text, or the value of a property, is escaped as the runner takes it back. */
static void print_text(FILE *stream, const char *text, bool property)
{
    for (; *text; text++) {
        const unsigned char c = (unsigned char)*text;
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            (void)fprintf(stream, "%%%02X", c);
        else
            (void)fputc(c, stream);
    }
}

/* From the top of the checkout, where it is inside; as it was given elsewhere. */
static const char *name_file(const char *file, const char *workspace, char path[PATH_MAX])
{
    char top[PATH_MAX];
    if (!workspace || !workspace[0] || !realpath(workspace, top) || !realpath(file, path))
        return file;
    const size_t len = strlen(top);
    return strncmp(path, top, len) == 0 && path[len] == '/' ? path + len + 1 : file;
}

static void print_fault(const ci_fault *fault, const char *level, const char *workspace, FILE *stream)
{
    char path[PATH_MAX];
    (void)fprintf(stream, "::%s ", level);
    if (fault->place.file) {
        (void)fputs("file=", stream);
        print_text(stream, name_file(fault->place.file, workspace, path), true);
        if (fault->place.line > 0)
            (void)fprintf(stream, ",line=%" PRIu32, fault->place.line);
        if (fault->place.line > 0 && fault->place.column > 0)
            (void)fprintf(stream, ",col=%" PRIu32, fault->place.column);
        (void)fputc(',', stream);
    }
    (void)fputs("title=", stream);
    print_text(stream, fault->title, true);
    (void)fputs("::", stream);
    print_text(stream, fault->text, false);
    (void)fputc('\n', stream);
}

static void print_case(const ci_case *one, const char *workspace, FILE *stream)
{
    const char *const level = one->kind == CI_SKIPPED ? "warning" : "error";
    if (one->kind == CI_PASSED)
        return;
    for (size_t i = 0; i < one->fault_count; i++)
        print_fault(&one->faults[i], level, workspace, stream);
    if (one->fault_count == 0 && one->kind != CI_SKIPPED)
        print_fault(&(ci_fault){.title = one->name, .text = one->message}, level, workspace, stream);
}

bool ci_github(const ci_verdicts *self, const char *workspace, FILE *stream)
{
    for (size_t i = 0; !self->failed && i < self->count; i++)
        for (size_t j = 0; j < self->suites[i].count; j++)
            print_case(&self->suites[i].cases[j], workspace, stream);
    return !self->failed;
}
