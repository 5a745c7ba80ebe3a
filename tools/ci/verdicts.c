/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/ci/verdicts.h"

#include "tools/cli/utf8.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_BYTES = 8192 };

/* ---- what is owned ---- */

static void free_case(ci_case *one)
{
    for (size_t i = 0; i < one->fault_count; i++) {
        free((char *)one->faults[i].place.file);
        free((char *)one->faults[i].title);
        free((char *)one->faults[i].text);
    }
    free(one->faults);
    free((char *)one->name);
    free((char *)one->message);
    free(one->body);
}

void ci_verdicts_free(ci_verdicts *self)
{
    for (size_t i = 0; i < self->count; i++) {
        ci_suite *const suite = &self->suites[i];
        for (size_t j = 0; j < suite->count; j++)
            free_case(&suite->cases[j]);
        free(suite->cases);
        free((char *)suite->name);
        free((char *)suite->class_name);
    }
    free(self->suites);
    *self = (ci_verdicts){0};
}

/* NULL: out of memory. */
static char *keep(ci_verdicts *self, const char *text)
{
    char *const copy = strdup(text);
    if (copy)
        utf8_make(copy);
    self->failed = self->failed || !copy;
    return copy;
}

/* Room for one more item of an array of them, at powers of two. NULL: out of memory, and the array stays. */
static void *grow(ci_verdicts *self, void *items, size_t count, size_t size)
{
    if (count > 0 && (count & (count - 1)) != 0)
        return items;
    void *const more = realloc(items, (count > 0 ? 2 * count : 1) * size);
    self->failed = self->failed || !more;
    return more;
}

static ci_case *last_case(ci_verdicts *self)
{
    if (self->failed || self->count == 0 || self->suites[self->count - 1].count == 0)
        return NULL;
    ci_suite *const suite = &self->suites[self->count - 1];
    return &suite->cases[suite->count - 1];
}

/* ---- adding ---- */

void ci_suite_add(ci_verdicts *self, const char *name, const char *class_name)
{
    ci_suite *const more = self->failed ? NULL : grow(self, self->suites, self->count, sizeof *more);
    if (!more)
        return;
    self->suites = more;
    more[self->count++] = (ci_suite){.name = keep(self, name), .class_name = keep(self, class_name)};
}

void ci_case_add(ci_verdicts *self, ci_kind kind, const char *name, const char *message)
{
    ci_suite *const suite = self->failed || self->count == 0 ? NULL : &self->suites[self->count - 1];
    ci_case *const more = suite ? grow(self, suite->cases, suite->count, sizeof *more) : NULL;
    if (!more)
        return;
    suite->cases = more;
    more[suite->count++] = (ci_case){
        .kind = kind, .name = keep(self, name), .message = keep(self, message), .body = keep(self, "")};
}

void ci_line_add(ci_verdicts *self, const char *format, ...)
{
    char line[LINE_MAX_BYTES];
    ci_case *const one = last_case(self);
    va_list arguments;
    if (!one)
        return;
    va_start(arguments, format);
    (void)vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    utf8_make(line);
    const size_t before = strlen(one->body);
    char *const more = realloc(one->body, before + strlen(line) + 2);
    if (!more) {
        self->failed = true;
        return;
    }
    one->body = more;
    (void)sprintf(more + before, "%s\n", line);
}

void ci_fault_add(ci_verdicts *self, ci_place place, const char *title, const char *text)
{
    ci_case *const one = last_case(self);
    ci_fault *const more = one ? grow(self, one->faults, one->fault_count, sizeof *more) : NULL;
    if (!more)
        return;
    one->faults = more;
    place.file = place.file ? keep(self, place.file) : NULL;
    more[one->fault_count++] = (ci_fault){place, keep(self, title), keep(self, text)};
}

void ci_invalid_add(void *ctx, const char *file, uint32_t line, uint32_t column, const char *text)
{
    ci_verdicts *const self = ctx;
    const ci_case *const before = last_case(self);
    if (!before || strcmp(before->name, file) != 0)
        ci_case_add(self, CI_BROKEN, file, "not a valid scenario");
    if (line > 0)
        ci_line_add(self, "%s:%" PRIu32 ":%" PRIu32 ": %s", file, line, column, text);
    else
        ci_line_add(self, "%s: %s", file, text);
    ci_fault_add(self, (ci_place){file, line, column}, "not a valid scenario", text);
}

/* ---- asking ---- */

size_t ci_verdicts_count(const ci_verdicts *self, ci_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < self->count; i++)
        for (size_t j = 0; j < self->suites[i].count; j++)
            count += self->suites[i].cases[j].kind == kind;
    return count;
}

/* As a whole entry, or as one key and value of it. */
static bool is_about(const char *expectation, const char *text)
{
    const size_t len = strlen(text);
    for (const char *at = expectation; len > 0 && (at = strstr(at, text)); at++)
        if ((at == expectation || strncmp(at - 2, ", ", 2) == 0) && (at[len] == '\0' || at[len] == ','))
            return true;
    return false;
}

static const scenario_expectation *find(const scenario_expectation *items, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].place.line > 0 && is_about(items[i].text, text))
            return &items[i];
    return NULL;
}

ci_place ci_place_of(const scenario *whole, const char *text)
{
    const scenario_known_fault *const fault = &whole->known_fault;
    const scenario_expectation *found = find(whole->expectations, whole->expectation_count, text);
    if (!found)
        found = find(fault->expectations, fault->expectation_count, text);
    return found ? (ci_place){whole->file, found->place.line, found->place.column}
                 : (ci_place){.file = whole->file};
}
