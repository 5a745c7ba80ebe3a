/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/sweep/runs.h"

#include "sim/verdict/run.h"
#include "sim/wall.h"
#include "tools/cli/build_id.h"
#include "tools/cli/command.h"
#include "tools/cli/own_seed.h"
#include "tools/cli/workers.h"
#include "tools/store/provenance.h"
#include "tools/sweep/answer.h"
#include "tools/sweep/bundles.h"
#include "tools/sweep/progress.h"
#include "tools/sweep/shared.h"
#include "tools/sweep/work.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* Results wait for the disk in batches, for a tenth of the time that the sweep took so far, within these. */
#define BATCH_LEAST_NS UINT64_C(200000000)
#define BATCH_MOST_NS UINT64_C(1000000000)
#define BATCH_RUNS 20000u
#define TEXT_MAX 512

typedef struct sweep {
    const sweep_options *options;
    sweep_result *result;
    sweep_job *todo;
    size_t todo_count;
    sweep_bundles bundles; /* of what is to be done: jobs of the workers */
    sweep_job *again;      /* runs that a bundle has left out */
    size_t again_count;
    char **combinations; /* of each job: the scenario's, --set, and what the file has more */
    bool pending;        /* a transaction is open */
    uint64_t pending_since_ns;
    size_t pending_runs;
    uint64_t began_ns;
    sweep_result open; /* counts of the transaction: they move to result once it is committed */
    sweep_progress progress;
    bool broken;
} sweep;

/* ---- names ---- */

/* The directory of the file, as people group scenarios: "handover" of scenarios/handover/x.yaml. */
static void directory_of(const char *file, char directory[64])
{
    const char *const slash = strrchr(file, '/');
    const char *from = slash;
    directory[0] = '\0';
    if (!slash)
        return;
    while (from > file && from[-1] != '/')
        from--;
    if (slash - from < 64 && strncmp(from, "..", 2) != 0 && strncmp(from, ".", (size_t)(slash - from)) != 0)
        (void)snprintf(directory, 64, "%.*s", (int)(slash - from), from);
}

static const scenario *file_of(const sweep *self, const sweep_job *todo)
{
    return self->options->files->items[self->options->jobs->items[todo->job].file];
}

static void key_of(const sweep *self, const sweep_job *todo, char digest[17], char directory[64],
                   store_key *key)
{
    const scenario *const whole = file_of(self, todo);
    (void)snprintf(digest, 17, "%016llx", (unsigned long long)whole->digest);
    directory_of(whole->file, directory);
    *key = (store_key){.scenario = whole->name,
                       .directory = directory,
                       .file = whole->file,
                       .digest = digest,
                       .combination = self->combinations[todo->job],
                       .seed = todo->seed};
}

/* Which shard has it: the same on every machine, and the same for every build. */
static bool is_ours(const sweep *self, const store_key *key)
{
    store_key anonymous = *key;
    anonymous.digest = "";
    return (uint64_t)store_run_id(0, &anonymous) % self->options->shards == self->options->shard;
}

static bool name_combinations(sweep *self)
{
    const run_jobs *const jobs = self->options->jobs;
    self->combinations = calloc(jobs->count + 1, sizeof *self->combinations);
    for (size_t i = 0; self->combinations && i < jobs->count; i++) {
        const char *const own = jobs->items[i].scenario->combination;
        const char *const parts[] = {own ? own : "", self->options->set,
                                     self->options->more ? self->options->more[jobs->items[i].file] : ""};
        const size_t size = strlen(parts[0]) + strlen(parts[1]) + strlen(parts[2]) + 3;
        size_t used = 0;
        self->combinations[i] = calloc(size, 1);
        if (!self->combinations[i])
            return false;
        for (size_t n = 0; n < sizeof parts / sizeof *parts; n++)
            if (parts[n][0])
                used += (size_t)snprintf(self->combinations[i] + used, size - used, "%s%s",
                                         used > 0 ? "," : "", parts[n]);
    }
    return self->combinations;
}

static void free_combinations(sweep *self)
{
    for (size_t i = 0; self->combinations && i < self->options->jobs->count; i++)
        free(self->combinations[i]);
    free(self->combinations);
}

/* ---- the plan ---- */

static uint64_t seed_of(const sweep *self, size_t job, uint64_t seed)
{
    const sweep_seeds *const seeds = &self->options->seeds[self->options->jobs->items[job].file];
    return seeds->independent ? own_seed(seed, self->combinations[job]) : seed;
}

typedef bool visitor(sweep *self, const sweep_job *one, const store_key *key, void *ctx);

static bool walk(sweep *self, visitor *visit, void *ctx)
{
    const run_jobs *const jobs = self->options->jobs;
    for (size_t i = 0; i < jobs->count; i++) {
        const sweep_seeds *const seeds = &self->options->seeds[jobs->items[i].file];
        for (uint64_t seed = seeds->first; !seeds->none; seed++) {
            const sweep_job one = {.job = (uint32_t)i, .seed = seed_of(self, i, seed)};
            char digest[17];
            char directory[64];
            store_key key;
            key_of(self, &one, digest, directory, &key);
            if (!visit(self, &one, &key, ctx))
                return false;
            if (seed == seeds->last)
                break;
        }
    }
    return true;
}

static bool plan_one(sweep *self, const sweep_job *one, const store_key *key, void *ctx)
{
    bool has = false;
    (void)ctx;
    if (!is_ours(self, key))
        return true;
    self->result->planned++;
    if (store_has_run(self->options->into, store_run_id(self->result->build, key), &has) != STORE_OK)
        return false;
    self->result->stored += has;
    if (!has)
        self->todo[self->todo_count++] = *one;
    return true;
}

static bool plan(sweep *self)
{
    const run_jobs *const jobs = self->options->jobs;
    size_t most = 0;
    for (size_t i = 0; i < jobs->count; i++) {
        const sweep_seeds *const seeds = &self->options->seeds[jobs->items[i].file];
        most += seeds->none ? 0 : (size_t)(seeds->last - seeds->first) + 1;
    }
    self->todo = calloc(most + 1, sizeof *self->todo);
    return self->todo && walk(self, plan_one, NULL);
}

typedef struct teller {
    bool (*each)(void *ctx, const sweep_planned *planned);
    void *ctx;
} teller;

static bool tell_one(sweep *self, const sweep_job *one, const store_key *key, void *ctx)
{
    const teller *const to = ctx;
    (void)self;
    return to->each(to->ctx, &(sweep_planned){.job = one->job, .key = *key});
}

bool sweep_each(const sweep_options *options, bool (*each)(void *ctx, const sweep_planned *planned),
                void *ctx)
{
    sweep self = {.options = options};
    teller to = {each, ctx};
    const bool whole = name_combinations(&self) && walk(&self, tell_one, &to);
    free_combinations(&self);
    return whole;
}

/* ---- in a worker ---- */

static void work(void *ctx, size_t index, workers_pulse *pulse, FILE *answer)
{
    const sweep *const self = ctx;
    const sweep_bundle *const bundle = &self->bundles.items[index];
    sweep_work_do(self->options, &self->todo[bundle->first], bundle->count, pulse, answer);
}

/* ---- in the parent ---- */

static bool fail(sweep *self)
{
    (void)fprintf(stderr, "%s%s: %s\n", sweep_progress_clear(&self->progress), self->options->command,
                  store_message(self->options->into));
    self->broken = true;
    return false;
}

void sweep_add_counts(sweep_result *to, const sweep_result *from)
{
    to->passed += from->passed;
    to->failed += from->failed;
    to->contradictions += from->contradictions;
    to->known_faults += from->known_faults;
    to->unsupported += from->unsupported;
    to->crashed += from->crashed;
    to->adapters += from->adapters;
    to->hung += from->hung;
    to->refused += from->refused;
    to->shared += from->shared;
}

static size_t done_count(const sweep_result *counts)
{
    return counts->passed + counts->failed + counts->known_faults + counts->unsupported + counts->crashed +
           counts->hung + counts->refused;
}

static bool commit(sweep *self)
{
    if (!self->pending)
        return true;
    self->pending = false;
    if (store_commit(self->options->into) != STORE_OK)
        return fail(self);
    sweep_add_counts(self->result, &self->open);
    self->open = (sweep_result){0};
    sweep_progress_show(&self->progress, done_count(self->result),
                        self->result->failed + self->result->crashed + self->result->hung +
                            self->result->refused);
    return true;
}

static bool commit_when_due(sweep *self)
{
    const uint64_t now_ns = wall_ns();
    uint64_t batch_ns = (self->pending_since_ns - self->began_ns) / 10;
    batch_ns = batch_ns < BATCH_LEAST_NS ? BATCH_LEAST_NS : batch_ns;
    batch_ns = batch_ns > BATCH_MOST_NS ? BATCH_MOST_NS : batch_ns;
    if (self->pending && (self->pending_runs >= BATCH_RUNS || now_ns - self->pending_since_ns >= batch_ns))
        return commit(self);
    return true;
}

static void count_verdict(sweep_result *counts, summary_verdict verdict)
{
    switch (verdict) {
    case SUMMARY_PASSED:
        counts->passed++;
        break;
    case SUMMARY_KNOWN_FAULT:
        counts->known_faults++;
        break;
    case SUMMARY_UNSUPPORTED:
        counts->unsupported++;
        break;
    case SUMMARY_CONTRADICTION:
        counts->contradictions++;
        counts->failed++;
        break;
    case SUMMARY_FAILED:
        counts->failed++;
        break;
    }
}

/* What a worker gave, or what became of it. *given: with rows to be freed. */
static void read_result(sweep *self, const workers_result *result, char text[TEXT_MAX], sweep_answer *given,
                        store_run *row)
{
    if (result->outcome == WORKERS_DONE && sweep_answer_read(result->bytes, result->len, given)) {
        const bool finished = given->result == RUN_OK;
        const bool adapter = given->result == RUN_ERR_ENDPOINT;
        row->wall_ns = given->wall_ns;
        row->status = finished ? STORE_FINISHED : adapter ? STORE_CRASHED : STORE_REFUSED;
        row->rows = finished ? &given->rows : NULL;
        row->message = finished ? NULL : given->message;
        if (finished)
            count_verdict(&self->open, given->verdict);
        else
            *(adapter ? &self->open.crashed : &self->open.refused) += 1;
        self->open.adapters += adapter;
        return;
    }
    row->status = result->outcome == WORKERS_HUNG ? STORE_HUNG : STORE_CRASHED;
    row->message = text;
    if (row->status == STORE_HUNG) {
        self->open.hung++;
        (void)snprintf(text, TEXT_MAX, "no sign of life for %.0f s", (double)self->options->silence_ns / 1e9);
    } else {
        self->open.crashed++;
        if (WIFSIGNALED(result->status))
            (void)snprintf(text, TEXT_MAX, "signal %d (%s)", WTERMSIG(result->status),
                           strsignal(WTERMSIG(result->status)));
        else
            (void)snprintf(text, TEXT_MAX, "exit status %d", WEXITSTATUS(result->status));
    }
}

static void tell_trouble(sweep *self, const store_run *row)
{
    if (row->status == STORE_FINISHED)
        return;
    (void)fprintf(stderr, "%s%s: %s%s%s%s, seed %llu: %s: %s\n", sweep_progress_clear(&self->progress),
                  self->options->command, row->key.scenario, row->key.combination[0] ? "[" : "",
                  row->key.combination, row->key.combination[0] ? "]" : "", (unsigned long long)row->key.seed,
                  store_status_name(row->status), row->message);
}

/* The first expectation that does not hold; NULL: none. */
static const char *failed_expectation(const summary_rows *rows)
{
    enum { TEXT, HELD, MEASURED, UNSUPPORTED }; /* of SUMMARY_EXPECTATION */
    for (size_t i = 0; i < rows->counts[SUMMARY_EXPECTATIONS]; i++) {
        const summary_value *const row = summary_row(rows, SUMMARY_EXPECTATIONS, i);
        if (row[HELD].number == 0 && row[UNSUPPORTED].kind == SUMMARY_NULL)
            return row[TEXT].text;
    }
    return NULL;
}

/* For the progress line. */
static void note_failure(sweep *self, const store_run *row, summary_verdict verdict)
{
    char text[SWEEP_PROGRESS_FAILED_MAX];
    const bool finished = row->status == STORE_FINISHED;
    const char *const expected = finished ? failed_expectation(row->rows) : NULL;
    if (finished && verdict != SUMMARY_FAILED && verdict != SUMMARY_CONTRADICTION)
        return;
    (void)snprintf(text, sizeof text, "%s%s%s%s, seed %llu: %s", row->key.scenario,
                   row->key.combination[0] ? " [" : "", row->key.combination,
                   row->key.combination[0] ? "]" : "", (unsigned long long)row->key.seed,
                   expected   ? expected
                   : finished ? summary_verdict_name(verdict)
                              : store_status_name(row->status));
    sweep_progress_failed(&self->progress, text);
}

static bool enter(sweep *self, const sweep_job *todo, const workers_result *result)
{
    char digest[17];
    char directory[64];
    char text[TEXT_MAX];
    sweep_answer given = {0};
    store_run row = {0};
    key_of(self, todo, digest, directory, &row.key);
    if (!self->pending) {
        if (store_begin(self->options->into) != STORE_OK)
            return fail(self);
        self->pending = true;
        self->pending_since_ns = wall_ns();
        self->pending_runs = 0;
    }
    read_result(self, result, text, &given, &row);
    tell_trouble(self, &row);
    note_failure(self, &row, given.verdict);
    const int status = store_add_run(self->options->into, self->result->build, &row);
    summary_rows_free(&given.rows);
    if (status != STORE_OK)
        return fail(self);
    self->pending_runs++;
    return commit_when_due(self);
}

/* What a bundle leaves out is done once more, each run by itself. */
static bool done(void *ctx, const workers_result *result)
{
    sweep *const self = ctx;
    const sweep_bundle *const bundle = &self->bundles.items[result->job];
    const char *at = result->bytes;
    bool entered[SWEEP_BUNDLE_MAX] = {false};
    bool good = true;
    workers_result one;
    if (bundle->count == 1)
        return enter(self, &self->todo[bundle->first], result);
    while (good && result->outcome == WORKERS_DONE && shared_read(&at, result->bytes + result->len, &one) &&
           one.job < bundle->count) {
        entered[one.job] = true;
        self->open.shared++;
        good = enter(self, &self->todo[bundle->first + one.job], &one);
    }
    for (size_t i = 0; i < bundle->count; i++)
        if (!entered[i])
            self->again[self->again_count++] = self->todo[bundle->first + i];
    return good;
}

static void waiting(void *ctx, size_t finished)
{
    sweep *const self = ctx;
    (void)finished;
    (void)commit_when_due(self);
    sweep_progress_tick(&self->progress);
}

static bool stop(void *ctx)
{
    sweep *const self = ctx;
    if (!self->broken && self->options->stop && self->options->stop(self->options->ctx))
        self->result->stopped = true;
    return self->broken || self->result->stopped;
}

/* The texts of a file, and those that a combination alone names. */
static int enter_texts(sweep *self)
{
    const run_jobs *const jobs = self->options->jobs;
    int status = STORE_OK;
    for (size_t i = 0; !status && i < jobs->count; i++) {
        const scenario *const whole = self->options->files->items[jobs->items[i].file];
        char digest[17];
        (void)snprintf(digest, sizeof digest, "%016llx", (unsigned long long)whole->digest);
        if (i == 0 || jobs->items[i].file != jobs->items[i - 1].file)
            status = store_add_texts(self->options->into, whole, digest);
        if (!status && jobs->items[i].scenario != whole && jobs->items[i].scenario->texts->next)
            status = store_add_texts(self->options->into, jobs->items[i].scenario, digest);
    }
    return status;
}

static bool enter_build(sweep *self)
{
    int status = store_begin(self->options->into);
    if (!status)
        status = store_add_build(self->options->into, &BUILD_ID, &self->result->build);
    if (!status)
        status = store_add_provenance(self->options->into, self->result->build);
    if (!status)
        status = enter_texts(self);
    if (!status)
        status = store_commit(self->options->into);
    return status ? fail(self) : true;
}

static uint64_t patience_ns(const sweep *self)
{
    const sweep_options *const options = self->options;
    for (size_t i = 0; i < options->jobs->count; i++)
        if (isolation_of(&options->isolation, options->jobs->items[i].scenario))
            return isolation_patience_ns(&options->isolation, options->silence_ns);
    return options->silence_ns;
}

static void carry_out_bundles(sweep *self)
{
    const workers_options workers = {.jobs = self->bundles.count,
                                     .processes = self->options->processes,
                                     .guarded = true,
                                     .as_they_come = true,
                                     .silence_ns = patience_ns(self),
                                     .work = work,
                                     .done = done,
                                     .stop = stop,
                                     .waiting = waiting,
                                     .ctx = self};
    const int error = workers_run(&workers);
    if (error) {
        (void)fprintf(stderr, "%s%s: workers: %s\n", sweep_progress_clear(&self->progress),
                      self->options->command, strerror(error));
        self->broken = true;
    }
}

static bool make_bundles(sweep *self)
{
    self->again = calloc(self->todo_count + 1, sizeof *self->again);
    return self->again &&
           (self->options->alone ? sweep_bundles_alone(self->todo_count, &self->bundles)
                                 : sweep_bundles_make(self->options->jobs, self->options->processes,
                                                      self->todo, self->todo_count, &self->bundles));
}

static bool carry_out(sweep *self)
{
    bool good;
    self->began_ns = wall_ns();
    good = make_bundles(self);
    sweep_progress_begin(&self->progress, self->options->command, self->todo_count, self->options->progress);
    if (good)
        carry_out_bundles(self);
    if (good && self->again_count > 0 && !stop(self)) {
        sweep_bundles_fini(&self->bundles);
        memcpy(self->todo, self->again, self->again_count * sizeof *self->todo);
        good = sweep_bundles_alone(self->again_count, &self->bundles);
        if (good)
            carry_out_bundles(self);
    }
    (void)commit(self);
    sweep_progress_end(&self->progress);
    self->result->wall_ns = wall_ns() - self->began_ns;
    sweep_bundles_fini(&self->bundles);
    free(self->again);
    return good;
}

int sweep_run(const sweep_options *options, sweep_result *result)
{
    sweep self = {.options = options, .result = result};
    *result = (sweep_result){0};
    if (enter_build(&self)) {
        const bool planned = name_combinations(&self) && plan(&self);
        if (!planned || (self.todo_count > 0 && !carry_out(&self))) {
            (void)fprintf(stderr, "%s: %s\n", options->command,
                          self.todo && !planned ? store_message(options->into) : "out of memory");
            self.broken = true;
        }
    }
    free_combinations(&self);
    free(self.todo);
    return self.broken ? COMMAND_BROKEN : COMMAND_OK;
}

double sweep_rate(const sweep_result *result)
{
    return result->wall_ns > 0 ? (double)done_count(result) * 1e9 / (double)result->wall_ns : 0;
}
