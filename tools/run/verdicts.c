/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/run/verdicts.h"

#include "tools/cli/command.h"
#include "tools/cli/replay_command.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FIELD_LINE, FIELD_COLUMN, FIELD_EXPECTED, FIELD_MEASURED, FIELDS };

#define SEPARATORS "\t\n"

/* ---- from the run ---- */

static void write_field(FILE *stream, const char *text, char end)
{
    for (; *text; text++)
        (void)fputc(strchr(SEPARATORS, *text) ? ' ' : *text, stream);
    (void)fputc(end, stream);
}

static void write_fault(FILE *stream, scenario_place place, const char *expected, const char *measured)
{
    (void)fprintf(stream, "%" PRIu32 "\t%" PRIu32 "\t", place.line, place.column);
    write_field(stream, expected, '\t');
    write_field(stream, measured, '\n');
}

/* Without the words that say again what was expected. */
static const char *measured_of(const expect_outcome *outcome, char text[EXPECT_TEXT_MAX])
{
    static const char WANTED[] = ", wanted ";
    char *end = NULL;
    (void)snprintf(text, EXPECT_TEXT_MAX, "%s", outcome->text);
    for (char *at = text; (at = strstr(at, WANTED)); at++)
        end = at;
    if (end)
        *end = '\0';
    return text;
}

/* What neither held nor is unsupported; where nothing failed, what is unsupported. */
static void write_expectations(FILE *stream, const scenario *whole, const run *finished)
{
    const expect_outcome *const outcomes = run_outcomes(finished);
    const bool failed = run_verdict(finished) != SUMMARY_UNSUPPORTED;
    char text[EXPECT_TEXT_MAX];
    for (size_t i = 0; i < whole->expectation_count; i++)
        if (!outcomes[i].held && outcomes[i].unsupported != failed)
            write_fault(stream, whole->expectations[i].place, whole->expectations[i].text,
                        measured_of(&outcomes[i], text));
    if (!run_implied(finished)->held)
        write_fault(stream, (scenario_place){0}, EXPECT_IMPLIED.text, run_implied(finished)->text);
}

static void write_contradictions(FILE *stream, const run *finished)
{
    static const char TITLE[] = "what the core says and what the taps saw agree";
    size_t count;
    const recorder *const recorded = run_recorder(finished);
    const recorder_migration *const migrations = recorder_migrations(recorded, &count);
    if (recorder_contradiction(recorded)[0])
        write_fault(stream, (scenario_place){0}, TITLE, recorder_contradiction(recorded));
    for (size_t i = 0; i < count; i++)
        if (migrations[i].contradiction[0])
            write_fault(stream, (scenario_place){0}, TITLE, migrations[i].contradiction);
}

char *run_faults(const scenario *whole, const run *finished)
{
    const summary_verdict verdict = run_verdict(finished);
    const scenario_known_fault *const known = &whole->known_fault;
    char *text = NULL;
    size_t len = 0;
    FILE *const stream = open_memstream(&text, &len);
    if (!stream)
        return NULL;
    if (verdict != SUMMARY_PASSED && verdict != SUMMARY_KNOWN_FAULT) {
        write_expectations(stream, whole, finished);
        write_contradictions(stream, finished);
        if (verdict == SUMMARY_FAILED && ftell(stream) == 0 && known->expectation_count > 0)
            write_fault(stream, known->expectations[0].place, known->reference, SUMMARY_NO_FAULT);
    }
    if (fclose(stream) == 0)
        return text;
    free(text);
    return NULL;
}

/* ---- to a case ---- */

/* The next line of text, cut into its fields. False: there is none. */
static bool next_fault(char **text, char *fields[FIELDS])
{
    for (size_t i = 0; i < FIELDS; i++) {
        fields[i] = *text;
        const size_t len = strcspn(*text, SEPARATORS);
        if ((*text)[len] != SEPARATORS[i + 1 == FIELDS])
            return false;
        (*text)[len] = '\0';
        *text += len + 1;
    }
    return true;
}

static void add_command(ci_verdicts *self, const run_job *job, const char *settings)
{
    char combination[REPLAY_COMMAND_MAX / 2];
    char command[REPLAY_COMMAND_MAX];
    const char *const own = job->scenario->combination ? job->scenario->combination : "";
    (void)snprintf(combination, sizeof combination, "%s%s%s", own, own[0] && settings[0] ? "," : "",
                   settings);
    ci_line_add(self, "%s", replay_command(job->scenario->file, combination, job->seed, command));
}

static ci_kind kind_of(summary_verdict verdict)
{
    switch (verdict) {
    case SUMMARY_PASSED:
    case SUMMARY_KNOWN_FAULT:
        break;
    case SUMMARY_UNSUPPORTED:
        return CI_SKIPPED;
    case SUMMARY_FAILED:
    case SUMMARY_CONTRADICTION:
        return CI_FAILED;
    }
    return CI_PASSED;
}

static void add_fault(ci_verdicts *self, const run_job *job, char *const fields[FIELDS])
{
    char title[512];
    char text[1024];
    const ci_place place = {job->scenario->file, (uint32_t)strtoul(fields[FIELD_LINE], NULL, 10),
                            (uint32_t)strtoul(fields[FIELD_COLUMN], NULL, 10)};
    (void)snprintf(title, sizeof title, "%.200s, seed %" PRIu64, job->name, job->seed);
    (void)snprintf(text, sizeof text, "expected %.450s; measured %.450s", fields[FIELD_EXPECTED],
                   fields[FIELD_MEASURED]);
    if (place.line > 0)
        ci_line_add(self, "%s:%" PRIu32 ": %s", place.file, place.line, text);
    else
        ci_line_add(self, "%s", text);
    ci_fault_add(self, place, title, text);
}

void run_verdicts_add(ci_verdicts *self, const run_job *job, const char *settings, summary_verdict verdict,
                      const char *faults)
{
    char *fields[FIELDS];
    char message[128];
    size_t count = 0;
    const ci_kind kind = kind_of(verdict);
    char *const copy = strdup(faults);
    self->failed = self->failed || !copy;
    for (const char *at = faults; (at = strchr(at, '\n')); at++)
        count++;
    (void)snprintf(message, sizeof message, "%s%s%zu expectation%s not held",
                   verdict == SUMMARY_FAILED ? "" : summary_verdict_name(verdict),
                   verdict == SUMMARY_FAILED ? "" : ": ", count, count == 1 ? " was" : "s were");
    ci_case_add(self, kind, job->name, kind == CI_PASSED ? "" : message);
    for (char *at = copy; at && next_fault(&at, fields);)
        add_fault(self, job, fields);
    if (kind != CI_PASSED)
        add_command(self, job, settings);
    free(copy);
}

void run_verdicts_add_lost(ci_verdicts *self, const run_job *job, const char *settings, ci_kind kind,
                           const char *why)
{
    char title[512];
    (void)snprintf(title, sizeof title, "%.200s, seed %" PRIu64, job->name, job->seed);
    ci_case_add(self, kind, job->name, why);
    if (kind == CI_SKIPPED)
        return;
    add_command(self, job, settings);
    ci_fault_add(self, (ci_place){.file = job->scenario->file}, title, why);
}

/* ---- written ---- */

static bool write_format(const void *ctx, ci_format format, FILE *stream)
{
    return format == CI_JUNIT ? ci_junit(ctx, stream) : ci_markdown(ctx, "roam run", stream);
}

int run_verdicts_write(const ci_verdicts *self, const ci_outputs *outputs, FILE *stream, int status)
{
    const int written = ci_outputs_write(outputs, self, stream, write_format, self);
    return written != COMMAND_OK && status < COMMAND_BROKEN ? written : status;
}
