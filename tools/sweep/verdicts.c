/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/sweep/verdicts.h"

#include "tools/cli/command.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 1024 };

/* What became of the runs of a combination. */
typedef struct counts {
    uint64_t runs, failed, unsupported, lost;
} counts;

static const char COUNTS_SQL[] =
    "SELECT count(*), count(*) FILTER (WHERE verdict IN ('failed', 'contradiction')),"
    " count(*) FILTER (WHERE verdict = 'unsupported'), count(*) FILTER (WHERE status != 'finished')"
    " FROM runs WHERE build = ?1 AND scenario = ?2 AND digest = ?3 AND combination = ?4";

typedef struct teller {
    ci_verdicts *out;
    const sweep_options *options;
    const sweep_result *result;
    const stats_failures *failures;
    sqlite3_stmt *of;
    bool read; /* so far */
} teller;

static bool count_runs(teller *self, const store_key *key, counts *out)
{
    sqlite3_stmt *const row = self->of;
    const bool counted = sqlite3_bind_int64(row, 1, self->result->build) == SQLITE_OK &&
                         sqlite3_bind_text(row, 2, key->scenario, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
                         sqlite3_bind_text(row, 3, key->digest, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
                         sqlite3_bind_text(row, 4, key->combination, -1, SQLITE_TRANSIENT) == SQLITE_OK &&
                         sqlite3_step(row) == SQLITE_ROW;
    if (counted)
        *out = (counts){.runs = (uint64_t)sqlite3_column_int64(row, 0),
                        .failed = (uint64_t)sqlite3_column_int64(row, 1),
                        .unsupported = (uint64_t)sqlite3_column_int64(row, 2),
                        .lost = (uint64_t)sqlite3_column_int64(row, 3)};
    (void)sqlite3_reset(row);
    return counted;
}

static ci_kind kind_of(const counts *of)
{
    if (of->lost > 0)
        return CI_BROKEN;
    if (of->failed > 0)
        return CI_FAILED;
    return of->unsupported == of->runs ? CI_SKIPPED : CI_PASSED; /* of no run, too */
}

static void describe(const counts *of, char text[TEXT_MAX])
{
    const uint64_t bad = of->failed + of->lost;
    text[0] = '\0';
    if (of->runs == 0)
        (void)snprintf(text, TEXT_MAX, "not run");
    else if (bad > 0)
        (void)snprintf(text, TEXT_MAX, "%" PRIu64 " of %" PRIu64 " runs did not pass", bad, of->runs);
    else if (of->unsupported == of->runs)
        (void)snprintf(text, TEXT_MAX, "unsupported");
}

static void add_failure(teller *self, const run_job *job, const stats_failure *one)
{
    char what[TEXT_MAX];
    char seeds[STATS_FAILURE_SEEDS_MAX];
    char title[TEXT_MAX];
    char text[3 * TEXT_MAX];
    const bool more = one->first[0] && strcmp(one->first, one->text) != 0;
    const ci_place place = ci_place_of(job->scenario, one->text);
    (void)snprintf(title, sizeof title, "%.300s, %" PRIu64 " of %" PRIu64 " runs", job->name, one->runs,
                   one->of);
    (void)snprintf(text, sizeof text, "%s; seed%s %s%s%.900s", stats_failure_what(one, what, sizeof what),
                   one->runs == 1 ? "" : "s", stats_failure_seeds(one, seeds), more ? "; the first: " : "",
                   more ? one->first : "");
    if (place.line > 0)
        ci_line_add(self->out, "%s:%" PRIu32 ": %" PRIu64 " of %" PRIu64 " runs: %s", place.file, place.line,
                    one->runs, one->of, text);
    else
        ci_line_add(self->out, "%" PRIu64 " of %" PRIu64 " runs: %s", one->runs, one->of, text);
    ci_line_add(self->out, "%s", one->command);
    ci_fault_add(self->out, place, title, text);
}

static bool add_case(void *ctx, const sweep_planned *planned)
{
    teller *const self = ctx;
    const run_job *const job = &self->options->jobs->items[planned->job];
    char text[TEXT_MAX];
    counts of;
    self->read = count_runs(self, &planned->key, &of);
    if (!self->read)
        return false;
    describe(&of, text);
    ci_case_add(self->out, kind_of(&of), job->name, text);
    for (size_t i = 0; i < self->failures->count; i++) {
        const stats_failure *const one = &self->failures->items[i];
        if (strcmp(one->digest, planned->key.digest) == 0 &&
            strcmp(one->combination, planned->key.combination) == 0)
            add_failure(self, job, one);
    }
    return true;
}

static bool add_cases(teller *self)
{
    sweep_seeds *const one = calloc(self->options->files->count + 1, sizeof *one);
    sweep_options of_one_seed = *self->options;
    of_one_seed.seeds = one;
    const bool good = one && sweep_each(&of_one_seed, add_case, self);
    free(one);
    return good;
}

bool sweep_verdicts_add(ci_verdicts *self, const sweep_options *options, const sweep_result *result,
                        const stats_failures *failures)
{
    teller to = {.out = self, .options = options, .result = result, .failures = failures};
    to.read = sqlite3_prepare_v2(store_database(options->into), COUNTS_SQL, -1, &to.of, NULL) == SQLITE_OK;
    const bool good = to.read && add_cases(&to);
    if (!to.read)
        (void)store_fault(options->into);
    if (!good)
        (void)fprintf(stderr, "%s: %s\n", options->command,
                      to.read ? "out of memory" : store_message(options->into));
    (void)sqlite3_finalize(to.of);
    return good;
}

static bool write_format(const void *ctx, ci_format format, FILE *stream)
{
    return format == CI_JUNIT ? ci_junit(ctx, stream) : ci_markdown(ctx, "roam sweep", stream);
}

int sweep_verdicts_write(const ci_verdicts *self, const ci_outputs *outputs, int status)
{
    const int written = ci_outputs_write(outputs, self, stdout, write_format, self);
    return written != COMMAND_OK && status < COMMAND_BROKEN ? written : status;
}
