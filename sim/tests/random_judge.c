/* SPDX-License-Identifier: GPL-2.0-or-later */
#define _XOPEN_SOURCE 700 /* nftw */
#include "sim/tests/random_judge.h"

#include "sim/tests/random_rules.h"
#include "sim/verdict/run.h"
#include "sim/wall.h"

#include <dirent.h>
#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_MAX_BYTES 4096

const char *random_judgement_name(random_judgement judgement)
{
    static const char *const names[RANDOM_JUDGEMENTS] = {
        [RANDOM_SOUND] = "sound",      [RANDOM_REFUSED] = "refused",
        [RANDOM_STOPPED] = "stopped",  [RANDOM_CONTRADICTS] = "contradiction",
        [RANDOM_BREAKS_RULE] = "rule", [RANDOM_MESSAGES] = "messages",
        [RANDOM_RESULTS] = "results",  [RANDOM_DIFFERS] = "differs",
        [RANDOM_CRASHED] = "crashed",  [RANDOM_SLOW] = "slow",
    };
    return names[judgement];
}

/* The first fault found counts. */
__attribute__((format(printf, 3, 4))) static void find(random_judged *out, random_judgement judgement,
                                                       const char *format, ...)
{
    va_list arguments;
    if (out->judgement != RANDOM_SOUND)
        return;
    out->judgement = judgement;
    va_start(arguments, format);
    (void)vsnprintf(out->text, sizeof out->text, format, arguments);
    va_end(arguments);
}

/* ---- what is claimed of a run ---- */

static void judge_flows(const scenario *whole, const recorder *recorded, random_judged *out)
{
    for (size_t i = 0; i < whole->traffic_count; i++) {
        const recorder_flow *const flow = &recorder_flows(recorded)[i];
        if (flow->duplicated || flow->reordered || flow->corrupt)
            find(out, RANDOM_MESSAGES,
                 "flow %zu, %s -> %s: of %" PRIu64 " messages %" PRIu64 " came twice, %" PRIu64
                 " out of order, %" PRIu64 " damaged",
                 i, whole->nodes[whole->traffic[i].from].name, whole->nodes[whole->traffic[i].to].name,
                 flow->sent, flow->duplicated, flow->reordered, flow->corrupt);
    }
}

/* Its calls end when it wakes, as the recorder has checked. */
static bool is_suspended(const scenario *whole, uint32_t node)
{
    for (size_t i = 0; i < whole->event_count; i++)
        if (whole->events[i].verb == SCENARIO_SUSPEND && whole->events[i].node == node)
            return true;
    return false;
}

static void judge_call(const scenario *whole, const recorder_migration *call, random_judged *out)
{
    const uint64_t due_ns = call->requested_ns + scenario_event_call(call->event)->timeout_ns;
    const char *const node = whole->nodes[call->event->node].name;
    if (call->contradiction[0])
        find(out, RANDOM_CONTRADICTS, "%s (call %u, of %s at %" PRIu64 " ns)", call->contradiction,
             call->call, node, call->requested_ns);
    if (is_suspended(whole, call->event->node))
        return;
    if (call->done && call->done_ns > due_ns)
        find(out, RANDOM_RESULTS,
             "call %u, of %s at %" PRIu64 " ns: %s comes %" PRIu64 " ns after its budget", call->call, node,
             call->requested_ns, roam_result_name(call->record.result), call->done_ns - due_ns);
    if (!call->done && !call->dropped && due_ns <= whole->duration_ns + RUN_OUT_MAX_NS)
        find(out, RANDOM_RESULTS, "call %u, of %s at %" PRIu64 " ns: no result", call->call, node,
             call->requested_ns);
}

/* Of a validation, what its time went by is all of it. */
static void judge_parts(const recorder_parts *parts, uint64_t validation_ns, const char *of, uint64_t at_ns,
                        random_judged *out)
{
    const uint64_t sum_ns = recorder_parts_sum(parts);
    if (validation_ns != ROAM_NEVER && sum_ns != validation_ns)
        find(out, RANDOM_RESULTS,
             "the %s at %" PRIu64 " ns took %" PRIu64 " ns, and its parts are %" PRIu64 " ns", of, at_ns,
             validation_ns, sum_ns);
}

static void judge_result(const recorder_parts *parts, uint64_t validation_ns, const char *of, uint64_t at_ns,
                         random_judged *out)
{
    if (validation_ns != ROAM_NEVER && parts->result_ns > 0)
        find(out, RANDOM_RESULTS, "the %s at %" PRIu64 " ns: the result came %" PRIu64 " ns after the answer",
             of, at_ns, parts->result_ns);
}

/* Of a client whose address changes too often a server leaves datagrams unread, and an answer may be in them.
 */
static bool leaves_unread(const scenario *whole, const run *finished, const recorder_rebind *rebind)
{
    for (size_t i = 0; i < whole->peer_count; i++)
        if (whole->peers[i].acceptor == rebind->node && whole->peers[i].dialer == rebind->other &&
            run_paths(finished)[2 * i + 1].stats.datagrams_damped > 0)
            return true;
    return false;
}

static void judge_rebinds(const scenario *whole, const run *finished, random_judged *out)
{
    size_t count;
    const recorder_rebind *const rebinds = recorder_rebinds(run_recorder(finished), &count);
    for (size_t i = 0; i < count; i++) {
        const recorder_rebind *const at = &rebinds[i];
        const uint64_t took_ns = recorder_rebind_ns(at), noticed_ns = at->record.noticed_ns;
        judge_parts(&at->parts, took_ns, "rebind", noticed_ns, out);
        if (!leaves_unread(whole, finished, at))
            judge_result(&at->parts, took_ns, "rebind", noticed_ns, out);
    }
}

static void judge_calls(const scenario *whole, const recorder *recorded, random_judged *out)
{
    const recorder_migration *const calls = recorder_migrations(recorded, &out->calls);
    for (size_t i = 0; i < out->calls; i++) {
        judge_call(whole, &calls[i], out);
        judge_parts(&calls[i].parts, recorder_validation_ns(&calls[i]), "call", calls[i].requested_ns, out);
        judge_result(&calls[i].parts, recorder_validation_ns(&calls[i]), "call", calls[i].requested_ns, out);
    }
}

static void judge_rules(const scenario *whole, const witness *seen, random_judged *out)
{
    char text[RANDOM_JUDGED_MAX];
    if (random_rules_broken(whole, seen, text, sizeof text))
        find(out, RANDOM_BREAKS_RULE, "%s", text);
}

static bool has_hostile_member(const scenario *whole)
{
    for (size_t i = 0; i < whole->event_count; i++)
        if (whole->events[i].verb == SCENARIO_FORGE)
            return true;
    return false;
}

/* What no member says that is honest, whatever the network does to it. */
static void judge_members(const scenario *whole, const run *finished, random_judged *out)
{
    const summary_overlay *const measured = run_overlay(finished);
    if (!measured || has_hostile_member(whole))
        return;
    const roam_membership_counts *const counts = &measured->counts;
    const struct {
        const char *what;
        uint64_t count;
    } refused[] = {{"of an unknown version or type", counts->refused_version},
                   {"not well-formed", counts->refused_malformed},
                   {"with another's key or name", counts->refused_key}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (refused[i].count > 0)
            find(out, RANDOM_MESSAGES, "members refuse %" PRIu64 " messages %s, and none is hostile",
                 refused[i].count, refused[i].what);
}

static void judge_run(const scenario *whole, const run *finished, random_judged *out)
{
    const recorder *const recorded = run_recorder(finished);
    (void)recorder_refusals(recorded, &out->refused);
    out->packets = recorder_packet_count(recorded);
    out->entries = whole->event_count;
    judge_calls(whole, recorded, out);
    judge_rebinds(whole, finished, out);
    judge_flows(whole, recorded, out);
    judge_members(whole, finished, out);
    if (recorder_contradiction(recorded)[0] != '\0')
        find(out, RANDOM_CONTRADICTS, "%s", recorder_contradiction(recorded));
    if (run_verdict(finished) == SUMMARY_CONTRADICTION)
        find(out, RANDOM_CONTRADICTS, "the verdict is a contradiction, and no call has one");
    judge_rules(whole, run_witness(finished), out);
}

/* ---- the same bytes ---- */

static char *read_file(const char *path, size_t *len)
{
    FILE *const file = fopen(path, "r");
    char *bytes = NULL;
    *len = 0;
    if (!file)
        return NULL;
    FILE *const copy = open_memstream(&bytes, len);
    char block[65536];
    size_t got;
    if (!copy)
        abort();
    while ((got = fread(block, 1, sizeof block, file)) > 0)
        (void)fwrite(block, 1, got, copy);
    (void)fclose(file);
    if (fclose(copy) != 0)
        abort();
    return bytes;
}

static bool is_same(const char *one_dir, const char *other_dir, const char *name)
{
    char path[PATH_MAX_BYTES];
    size_t one_len, other_len;
    (void)snprintf(path, sizeof path, "%s/%s", one_dir, name);
    char *const one = read_file(path, &one_len);
    (void)snprintf(path, sizeof path, "%s/%s", other_dir, name);
    char *const other = read_file(path, &other_len);
    const bool same = one && other && one_len == other_len && memcmp(one, other, one_len) == 0;
    free(one);
    free(other);
    return same;
}

void random_judge_compare(const char *one_dir, const char *other_dir, char *differs)
{
    DIR *const dir = opendir(one_dir);
    if (!dir)
        abort();
    differs[0] = '\0';
    for (const struct dirent *at = readdir(dir); at; at = readdir(dir))
        if (at->d_name[0] != '.' && strcmp(at->d_name, "timing.json") != 0 &&
            !is_same(one_dir, other_dir, at->d_name))
            (void)snprintf(differs, RANDOM_JUDGED_MAX, "%s", at->d_name);
    (void)closedir(dir);
}

/* Each file of `one` is in `other`. */
static void compare(const char *one, const char *other, random_judged *out)
{
    char differs[RANDOM_JUDGED_MAX];
    random_judge_compare(one, other, differs);
    if (differs[0])
        find(out, RANDOM_DIFFERS, "%s of two runs differ", differs);
}

/* ---- in a process of its own ---- */

scenario *random_judge_load(const char *text, char reason[RANDOM_JUDGED_MAX])
{
    scenario *loaded = NULL;
    scenario_diagnostics *const diagnostics = malloc(sizeof *diagnostics);
    const scenario_source source = {.text = text, .text_bytes = strlen(text), .name = "random.yaml"};
    if (!diagnostics)
        abort();
    scenario_diagnostics_init(diagnostics);
    if (scenario_load(&source, &loaded, diagnostics) != 0)
        (void)snprintf(reason, RANDOM_JUDGED_MAX, "%.*s", RANDOM_JUDGED_MAX - 1, diagnostics->items[0].text);
    scenario_diagnostics_fini(diagnostics);
    free(diagnostics);
    return loaded;
}

static scenario *load(const char *text, random_judged *out)
{
    char reason[RANDOM_JUDGED_MAX];
    scenario *const loaded = random_judge_load(text, reason);
    if (!loaded)
        find(out, RANDOM_REFUSED, "%s", reason);
    return loaded;
}

static void run_once(const random_trial *trial, const scenario *whole, const char *dir, random_judged *out)
{
    char message[RUN_MESSAGE_MAX] = "";
    run *finished = NULL;
    const run_options options = {.scenario = whole,
                                 .seed = whole->seed,
                                 .out_dir = dir,
                                 .pcap = trial->files,
                                 .qlog = trial->files ? QLOG_CURRENT : QLOG_NONE};
    if (run_scenario(&options, &finished, message) != 0)
        find(out, RANDOM_STOPPED, "%s", message);
    else
        judge_run(whole, finished, out);
    run_free(finished);
}

/* From now on. Processor time: the machine may be busy with other things. */
static void limit_time(void)
{
    const struct itimerval limit = {.it_value.tv_sec = RANDOM_PATIENCE_S};
    if (setitimer(ITIMER_PROF, &limit, NULL) != 0)
        abort();
    (void)alarm(RANDOM_HANG_S);
}

static void run_trial(const random_trial *trial, random_judged *out)
{
    char first[PATH_MAX_BYTES], second[PATH_MAX_BYTES];
    scenario *const whole = load(trial->text, out);
    if (!whole)
        return;
    (void)snprintf(first, sizeof first, "%s/first", trial->dir);
    (void)snprintf(second, sizeof second, "%s/second", trial->dir);
    limit_time();
    run_once(trial, whole, first, out);
    if (trial->twice && out->judgement == RANDOM_SOUND) {
        limit_time();
        run_once(trial, whole, second, out);
        compare(first, second, out);
        compare(second, first, out);
    }
    scenario_free(whole);
}

static uint64_t wall_ms(void)
{
    return wall_ns() / 1000000;
}

_Noreturn static void be_the_child(const random_trial *trial, int to_parent)
{
    random_judged judged = {.judgement = RANDOM_SOUND};
    (void)signal(SIGALRM, SIG_DFL);
    (void)signal(SIGPROF, SIG_DFL);
    run_trial(trial, &judged);
    /* exit, and not _exit: leaks are looked for */
    exit(write(to_parent, &judged, sizeof judged) == (ssize_t)sizeof judged ? 0 : 1);
}

static void judge_end(int status, bool told, random_judged *out)
{
    const int killed_by = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    if (killed_by == SIGALRM || killed_by == SIGPROF) {
        *out = (random_judged){.judgement = RANDOM_SLOW};
        (void)snprintf(out->text, sizeof out->text, "a run takes more than %d s",
                       killed_by == SIGPROF ? RANDOM_PATIENCE_S : RANDOM_HANG_S);
    } else if (killed_by != 0) {
        *out = (random_judged){.judgement = RANDOM_CRASHED};
        (void)snprintf(out->text, sizeof out->text, "signal %d", killed_by);
    } else if (!told || WEXITSTATUS(status) != 0) {
        *out = (random_judged){.judgement = RANDOM_CRASHED};
        (void)snprintf(out->text, sizeof out->text, "exit status %d%s", WEXITSTATUS(status),
                       told ? ", after the runs" : "");
    }
}

void random_judge(const random_trial *trial, random_judged *out)
{
    int ends[2];
    int status;
    const uint64_t start_ms = wall_ms();
    (void)fflush(NULL);
    if (pipe(ends) != 0)
        abort();
    const pid_t child = fork();
    if (child < 0)
        abort();
    if (child == 0) {
        (void)close(ends[0]);
        be_the_child(trial, ends[1]);
    }
    (void)close(ends[1]);
    *out = (random_judged){.judgement = RANDOM_SOUND};
    const bool told = read(ends[0], out, sizeof *out) == (ssize_t)sizeof *out;
    (void)close(ends[0]);
    if (waitpid(child, &status, 0) != child)
        abort();
    judge_end(status, told, out);
    out->wall_ms = wall_ms() - start_ms;
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *where)
{
    (void)about;
    (void)kind;
    (void)where;
    return remove(path);
}

void random_judge_clean(const char *dir)
{
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- smaller ---- */

/* Of one kind: the same fault, told in the same words but for numbers; the same rule. */
static bool is_alike(const random_judged *one, const random_judged *other)
{
    const char *a = one->text, *b = other->text;
    if (one->judgement != other->judgement)
        return false;
    if (one->judgement == RANDOM_BREAKS_RULE)
        return strncmp(a, b, strcspn(a, " ") + 1) == 0;
    while (one->judgement == RANDOM_CONTRADICTS || one->judgement == RANDOM_STOPPED) {
        a += strspn(a, "0123456789");
        b += strspn(b, "0123456789");
        if (*a != *b || *a == '\0')
            return *a == *b;
        a++;
        b++;
    }
    return true;
}

/* True, and self is the smaller one, when the fault is still there without the part. */
static bool drop(random_scenario *self, uint32_t part, const random_trial *trial, const random_judged *judged,
                 random_scenario *scratch)
{
    char reason[RANDOM_REASON_MAX];
    random_judged now;
    *scratch = *self;
    scratch->parts[part].dropped = true;
    if (!random_scenario_settle(scratch, reason))
        return false;
    char *const text = random_scenario_text(scratch, "");
    random_trial smaller = *trial;
    smaller.text = text;
    random_judge(&smaller, &now);
    free(text);
    if (!is_alike(&now, judged))
        return false;
    *self = *scratch;
    return true;
}

void random_judge_shrink(random_scenario *self, const random_trial *trial, const random_judged *judged)
{
    random_scenario *const scratch = malloc(sizeof *scratch);
    if (!scratch)
        abort();
    for (bool smaller = true; smaller;) {
        smaller = false;
        for (int keys = 0; keys < 2; keys++) { /* entries first: the most goes at once */
            for (uint32_t i = (uint32_t)self->count; i-- > 0;) {
                const random_part *const part = &self->parts[i];
                if (part->dropped || self->parts[part->entry].dropped || (part->entry == i) == keys)
                    continue;
                smaller |= drop(self, i, trial, judged, scratch);
            }
        }
    }
    free(scratch);
}
