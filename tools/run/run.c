/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/verdict/run.h"
#include "sim/wall.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/table.h"
#include "tools/cli/workers.h"
#include "tools/run/arguments.h"
#include "tools/run/jobs.h"
#include "tools/run/moves.h"
#include "tools/run/print.h"
#include "tools/run/progress.h"
#include "tools/run/result.h"
#include "tools/run/tables.h"
#include "tools/run/verdicts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECOND_NS UINT64_C(1000000000)
#define SILENCE_S 120 /* wall clock: a world that has not moved on for so long hangs */
#define OUTCOME_MAX 256
#define LOST_MAX 128

typedef struct batch {
    const run_arguments *arguments;
    scenario_files files;
    run_jobs jobs;
    run_row *rows;  /* one a job */
    run_file *each; /* one a file */
    run_tables report;
    ci_verdicts verdicts;
    char *given; /* settings_text */
    size_t printed;
    run_progress shown;
    bool quit; /* whoever watched had enough */
} batch;

/* --- one run, perhaps in another process --- */

static void report(const batch *self, const run_job *job, const run *finished, run_result *answer,
                   char **text)
{
    size_t len;
    FILE *const stream = open_memstream(text, &len);
    if (!stream)
        return;
    const run_print print = {.stream = stream,
                             .colour = self->report.colour,
                             .quiet = self->arguments->quiet,
                             .each = self->arguments->each};
    const bool printed = run_print_result(&print, job->scenario, job->seed, finished);
    if (fclose(stream) == 0 && printed)
        answer->text = *text;
}

/* One run, wherever it happens. */
typedef struct single {
    const batch *of;
    const run_job *job;
    workers_pulse *pulse;
} single;

/* What a run tells while it goes on, and to whom. */
typedef struct watching {
    watch_live *watched; /* NULL: not --watch */
    run_progress *shown;
    run *run; /* NULL: it has not begun */
} watching;

static bool is_to_stop(void *ctx)
{
    const watching *const self = ctx;
    return interrupt_came(NULL) || (self->watched && watch_live_over(self->watched));
}

static void on_progress(void *ctx, uint64_t now_ns, uint64_t end_ns)
{
    const watching *const self = ctx;
    if (self->watched)
        watch_live_passed(self->watched, self->run, now_ns);
    else
        run_progress_of_run(self->shown, now_ns, end_ns);
}

static void on_told(void *ctx, const struct json_t *line)
{
    const watching *const self = ctx;
    watch_live_told(self->watched, line);
}

static void carry_out(void *ctx, FILE *stream)
{
    const single *const one = ctx;
    const batch *const self = one->of;
    const run_job *const job = one->job;
    char message[RUN_MESSAGE_MAX] = "";
    char outcome[OUTCOME_MAX] = "";
    char *text = NULL;
    char *moves = NULL;
    char *faults = NULL;
    run_progress shown = run_progress_begin(!one->pulse);
    shown.name = job->name;
    shown.pulse = one->pulse;
    watch_live *const watched = self->arguments->watch.on
                                    ? watch_live_new(&self->arguments->watch, job->scenario, interrupt_came)
                                    : NULL;
    watching live = {.watched = watched, .shown = &shown};
    const run_options options = {
        .scenario = job->scenario,
        .seed = job->seed,
        .out_dir = job->out_dir,
        .pcap = self->arguments->pcap,
        .qlog = self->arguments->qlog,
        .each = self->arguments->each,
        .stop = is_to_stop,
        .progress = on_progress,
        .told = watched ? on_told : NULL,
        .ctx = &live,
    };
    run *finished = NULL;
    run_result answer = {0};
    const uint64_t start_ns = wall_ns();
    int result = run_begin(&options, &live.run, message);
    if (result == 0)
        result = run_end(live.run, message);
    finished = result == 0 ? live.run : NULL;
    watch_live_free(watched);
    run_progress_clear(&shown);
    if (result == 0) {
        run_result_of(job->scenario, finished, outcome, sizeof outcome, &answer);
        answer.moves = moves = run_moves_lines(job->scenario, run_recorder(finished), self->arguments->each);
        answer.faults = faults = run_faults(job->scenario, finished);
        if (self->arguments->json)
            answer.json = text = run_summary(finished);
        else
            report(self, job, finished, &answer, &text);
    }
    answer.result = result;
    answer.message = message;
    answer.wall_ns = wall_ns() - start_ns;
    run_result_write(&answer, stream);
    free(text);
    free(moves);
    free(faults);
    run_free(finished);
}

static void work(void *ctx, size_t index, workers_pulse *pulse, FILE *stream)
{
    const batch *const self = ctx;
    char message[RUN_MESSAGE_MAX] = "";
    single one = {self, &self->jobs.items[index], pulse};
    const isolated_work todo = {.isolation = &self->arguments->isolation,
                                .scenario = one.job->scenario,
                                .work = carry_out,
                                .stop = interrupt_came,
                                .ctx = &one};
    const int result = isolated_do(&todo, stream, message);
    if (result != RUN_OK)
        run_result_write(&(run_result){.result = result, .message = message}, stream);
}

/* --- all runs --- */

static void broken(batch *self, const workers_result *result, const char *what)
{
    const run_job *const job = &self->jobs.items[result->job];
    (void)fprintf(stderr, "roam run: %s, seed %" PRIu64 ": %s\n", job->name, job->seed, what);
    self->rows[result->job].state = RUN_BROKEN;
    run_verdicts_add_lost(&self->verdicts, job, self->given, CI_BROKEN, what);
}

/* A verdict on the adapter. */
static void print_crashed(batch *self, const workers_result *result, const char *what)
{
    const run_job *const job = &self->jobs.items[result->job];
    const bool json = self->arguments->json;
    const bool colour = self->report.colour && !json;
    self->rows[result->job].state = RUN_CRASHED;
    run_verdicts_add_lost(&self->verdicts, job, self->given, CI_FAILED, what);
    if (!json && self->printed++ > 0 && !self->arguments->quiet)
        (void)putchar('\n');
    (void)fprintf(json ? stderr : stdout, "%scrashed%s: %s, seed %" PRIu64 ": %s\n",
                  table_style_sequence(TABLE_BAD, colour), table_style_sequence(TABLE_PLAIN, colour),
                  job->name, job->seed, what);
}

static void report_lost(batch *self, const workers_result *result)
{
    char what[LOST_MAX];
    if (result->outcome == WORKERS_HUNG)
        (void)snprintf(what, sizeof what, "it hung: no progress in %d s; ended", SILENCE_S);
    else if (WIFSIGNALED(result->status))
        (void)snprintf(what, sizeof what, "it crashed: %s", strsignal(WTERMSIG(result->status)));
    else
        (void)snprintf(what, sizeof what, "it crashed: exit status %d", WEXITSTATUS(result->status));
    broken(self, result, what);
}

static void print_answer(batch *self, const run_result *answer)
{
    if (self->arguments->json) {
        (void)printf("%s%s", self->printed++ > 0 ? "," : "", answer->json);
        return;
    }
    if (self->printed++ > 0 && !self->arguments->quiet && strchr(answer->text, '\n')[1] != '\0')
        (void)putchar('\n'); /* more than a verdict */
    (void)fputs(answer->text, stdout);
}

/* The last run of a file is followed by what is said of all its combinations. */
static bool close_file(batch *self, const run_job *job, size_t last)
{
    const scenario *const varied = self->files.items[job->file];
    size_t first = last;
    while (first > 0 && self->jobs.items[first - 1].file == job->file)
        first--;
    const size_t count = last + 1 - first;
    run_file *const file = &self->each[job->file];
    *file = run_tables_file(self->rows + first, count);
    if (varied->vary_count == 0 || self->arguments->json)
        return true;
    if (!self->arguments->quiet &&
        !run_tables_combinations(&self->report, varied, self->jobs.items + first, self->rows + first, count))
        return false;
    (void)printf("%s%s: %s: %zu of %zu combinations are good", self->arguments->quiet ? "" : "\n",
                 file->state == RUN_FINISHED  ? summary_verdict_name(file->verdict)
                 : file->state == RUN_CRASHED ? "crashed"
                                              : "incomplete",
                 varied->name, file->good, file->runs);
    if (file->unsupported > 0)
        (void)printf(", %zu unsupported", file->unsupported);
    (void)putchar('\n');
    return true;
}

static bool take_answer(batch *self, const workers_result *result)
{
    run_result answer;
    run_row *const row = &self->rows[result->job];
    if (!run_result_read(result->bytes, result->len, &answer)) {
        broken(self, result, "its answer cannot be read");
        return true;
    }
    if (answer.result == RUN_ERR_INTERRUPTED) {
        self->quit = self->arguments->watch.on;
        return true;
    }
    if (answer.result == RUN_ERR_ENDPOINT) {
        print_crashed(self, result, answer.message);
        return true;
    }
    if (answer.result != 0) {
        broken(self, result, answer.message);
        return answer.result == RUN_ERR_WORLD;
    }
    if ((self->arguments->json ? answer.json : answer.text)[0] == '\0') {
        broken(self, result, "out of memory");
        return true;
    }
    *row = (run_row){.state = RUN_FINISHED,
                     .answer = answer,
                     .outcome = strdup(answer.outcome),
                     .moves = strdup(answer.moves)};
    run_verdicts_add(&self->verdicts, &self->jobs.items[result->job], self->given, answer.verdict,
                     answer.faults);
    row->answer.text = row->answer.json = row->answer.outcome = row->answer.moves = row->answer.faults =
        row->answer.message = NULL;
    print_answer(self, &answer);
    return row->outcome && row->moves;
}

static bool take(void *ctx, const workers_result *result)
{
    batch *const self = ctx;
    const run_job *const job = &self->jobs.items[result->job];
    const bool last = result->job + 1 == self->jobs.count || job[1].file != job->file;
    bool go_on = true;
    run_progress_clear(&self->shown);
    watch_close();
    if (result->outcome == WORKERS_DONE)
        go_on = take_answer(self, result);
    else
        report_lost(self, result);
    if (last && go_on)
        go_on = close_file(self, job, result->job);
    (void)fflush(stdout);
    return go_on;
}

static void on_waiting(void *ctx, size_t finished)
{
    batch *const self = ctx;
    run_progress_of_all(&self->shown, finished, self->jobs.count);
}

/* --- the end --- */

static run_tally count_files(batch *self)
{
    size_t first = 0;
    for (size_t i = 0; i < self->files.count; i++) {
        size_t count = 0;
        while (first + count < self->jobs.count && self->jobs.items[first + count].file == i)
            count++;
        self->each[i] = run_tables_file(self->rows + first, count);
        first += count;
    }
    return run_tables_count(self->each, self->files.count);
}

static int close_report(batch *self, int failure)
{
    const run_arguments *const wanted = self->arguments;
    const run_tally counts = count_files(self);
    const bool several = self->files.several;
    bool whole = failure == 0;
    run_progress_clear(&self->shown);
    watch_close();
    if (failure != 0)
        (void)fprintf(stderr, "roam run: %s\n", strerror(failure));
    if (wanted->json && (several || self->jobs.count > 1))
        (void)puts("]");
    if (!wanted->json && several) {
        if (!wanted->quiet) {
            (void)putchar('\n');
            whole = run_tables_all(&self->report, &self->files, self->each) && whole;
        }
        (void)fputs(wanted->quiet ? "" : "\n", stdout);
        run_tables_print_counts(&self->report, &counts);
    }
    if (interrupt_came(NULL) || self->quit)
        (void)fprintf(stderr, "roam run: interrupted\n");
    else if (wanted->out && !wanted->json && !wanted->quiet && counts.broken == 0)
        (void)printf("written to %s\n", wanted->out);
    else if (counts.failed > 0 && !wanted->out && !wanted->json && !wanted->quiet)
        (void)printf("--out DIR --pcap keeps what happened, packet by packet\n");
    if (interrupt_came(NULL) || self->quit)
        return COMMAND_INTERRUPTED;
    if (counts.broken > 0 || counts.left > 0 || !whole)
        return COMMAND_BROKEN;
    return counts.failed + counts.crashed > 0 ? COMMAND_FAILED : COMMAND_OK;
}

static size_t processes_of(const batch *self)
{
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t wanted = self->arguments->processes;
    return wanted > 0 ? wanted : online > 0 ? (size_t)online : 1;
}

/* A screen has room for one run; a process that has limits of time cannot be paused. */
static bool can_be_watched(const batch *self, bool isolated)
{
    const char *const reason = self->jobs.count != 1
                                   ? "--watch shows one run: one scenario, --set for what it varies"
                               : isolated ? "--watch with another QUIC library needs --no-isolate"
                                          : NULL;
    if (self->arguments->watch.on && reason)
        (void)fprintf(stderr, "roam run: %s\n", reason);
    return !self->arguments->watch.on || !reason;
}

static int run_batch(batch *self)
{
    self->rows = calloc(self->jobs.count + 1, sizeof *self->rows);
    self->each = calloc(self->files.count + 1, sizeof *self->each);
    if (!self->rows || !self->each) {
        (void)fprintf(stderr, "roam run: out of memory\n");
        return COMMAND_BROKEN;
    }
    const isolation *const apart = &self->arguments->isolation;
    bool isolated = false;
    for (size_t i = 0; i < self->jobs.count; i++)
        isolated |= isolation_of(apart, self->jobs.items[i].scenario);
    if (!can_be_watched(self, isolated))
        return COMMAND_USAGE;
    /* Its worker draws; this process has the terminal, and sets it back whatever becomes of the worker. */
    const bool watched = self->arguments->watch.on;
    const workers_options options = {
        .jobs = self->jobs.count,
        .processes = processes_of(self),
        .guarded = isolated || watched, /* a worker may end as the run's process did */
        .silence_ns = watched    ? 0
                      : isolated ? isolation_patience_ns(apart, SILENCE_S * SECOND_NS)
                                 : SILENCE_S * SECOND_NS,
        .work = work,
        .done = take,
        .stop = interrupt_came,
        .waiting = on_waiting,
        .ctx = self,
    };
    interrupt_catch(watched ? INTERRUPT_SECOND_IGNORED : INTERRUPT_SECOND_ENDS);
    /* Workers get half of it, by the caller. */
    interrupt_limit("roam run", (options.processes > 1 ? 2 : 1) * (unsigned)(WORKERS_STOP_NS / SECOND_NS));
    if (!watch_open(&self->arguments->watch, "roam run"))
        return COMMAND_BROKEN;
    if (self->arguments->json && (self->files.several || self->jobs.count > 1))
        (void)puts("[");
    return close_report(self, workers_run(&options));
}

static int run_all(const run_arguments *self)
{
    batch all = {
        .arguments = self,
        .shown = run_progress_begin(!self->watch.on),
        .report = {.stream = stdout, .colour = table_colour(stdout), .timing = isatty(STDOUT_FILENO)}};
    scenario_files_options given = self->files;
    given.fault = ci_invalid_add;
    given.ctx = &all.verdicts;
    ci_suite_add(&all.verdicts, self->files.command, "roam");
    all.given = settings_text(&self->files);
    int status = COMMAND_BROKEN;
    if (all.given && ci_outputs_check(&self->outputs))
        status = scenario_files_load(&given, &all.files);
    const run_jobs_options options = {.loaded = &self->files,
                                      .files = &all.files,
                                      .seed = self->seed_given ? &self->seed : NULL,
                                      .independent = self->independent,
                                      .out = self->out};
    if (status == COMMAND_OK)
        status = run_jobs_make(&options, &all.jobs);
    if (status == COMMAND_OK)
        status = run_batch(&all);
    for (size_t i = 0; all.rows && i < all.jobs.count; i++) {
        if (all.rows[i].state == RUN_NOT_FINISHED)
            run_verdicts_add_lost(&all.verdicts, &all.jobs.items[i], all.given, CI_SKIPPED, "not run");
        free(all.rows[i].outcome);
        free(all.rows[i].moves);
    }
    status = run_verdicts_write(&all.verdicts, &self->outputs, self->json ? stderr : stdout, status);
    ci_verdicts_free(&all.verdicts);
    free(all.given);
    free(all.rows);
    free(all.each);
    run_jobs_fini(&all.jobs);
    scenario_files_fini(&all.files);
    return status;
}

int run_command(int argc, char **argv)
{
    run_arguments self = {.files = {.command = "roam run"}, .outputs = {.command = "roam run"}};
    int status = COMMAND_USAGE;
    if (run_arguments_read(&self, argc, argv)) {
        if (self.help)
            help_print(&COMMAND_RUN, stdout);
        status = self.help ? COMMAND_OK : run_all(&self);
    }
    settings_fini(&self.settings);
    return status;
}
