/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/load.h"

#include "sim/record/output.h"
#include "tools/cli/build_id.h"
#include "tools/cli/combination.h"
#include "tools/cli/command.h"
#include "tools/cli/text_file.h"
#include "tools/gate/baseline_record.h"
#include "tools/store/summary.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 8, TEXT_MAX = 1024 };
#define MILLISECOND_NS UINT64_C(1000000)

/* ---- directories of runs ---- */

typedef struct loader {
    store *into;
    int64_t build;
    size_t count;
} loader;

static int fail(const char *path, const char *why, int status)
{
    (void)fprintf(stderr, "roam report: %s: %s\n", path, why);
    return status;
}

/* "KEY=VALUE,KEY=VALUE", as a store has it; "" of a run that varies nothing. The caller's; NULL: out of
 * memory. */
static char *combination_of(const json_t *summary)
{
    char *text = NULL;
    size_t bytes = 0;
    const char *key;
    json_t *value;
    json_t *const of = json_object_get(summary, "combination");
    FILE *const to = open_memstream(&text, &bytes);
    if (!to)
        return NULL;
    json_object_foreach(of, key, value)(void) fprintf(to, "%s%s=%s", ftell(to) > 0 ? "," : "", key,
                                                      json_is_string(value) ? json_string_value(value) : "");
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}

static int add_run(loader *self, const char *path, const json_t *summary, const store_key *key)
{
    summary_rows rows = {0};
    const int read = store_read_summary(summary, &rows);
    if (read == STORE_ERR_INPUT)
        return fail(path, "not a summary of roam run", COMMAND_USAGE);
    if (read)
        return fail(path, "out of memory", COMMAND_BROKEN);
    const store_run one = {.key = *key, .rows = &rows};
    const int added = store_add_run(self->into, self->build, &one);
    summary_rows_free(&rows);
    self->count += added == STORE_OK;
    return added ? fail(path, store_message(self->into),
                        added == STORE_ERR_INPUT ? COMMAND_USAGE : COMMAND_BROKEN)
                 : COMMAND_OK;
}

static int add_summary(void *ctx, const char *directory)
{
    loader *const self = ctx;
    char path[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    if (output_path(directory, "summary.json", path, message) != OUTPUT_OK)
        return fail(directory, message, COMMAND_BROKEN);
    char *const text = text_file_read(path);
    if (!text)
        return fail(path, strerror(errno), COMMAND_BROKEN);
    json_t *const summary = json_loads(text, 0, NULL);
    const char *const scenario = json_string_value(json_object_get(summary, "scenario"));
    const char *const digest = json_string_value(json_object_get(summary, "digest"));
    char *const combination = combination_of(summary);
    const json_t *const seed = json_object_get(summary, "seed");
    int status = COMMAND_USAGE;
    if (!combination)
        status = fail(path, "out of memory", COMMAND_BROKEN);
    else if (scenario && digest && json_is_integer(seed))
        status = add_run(self, path, summary,
                         &(store_key){.scenario = scenario,
                                      .directory = "",
                                      .digest = digest,
                                      .combination = combination,
                                      .seed = (uint64_t)json_integer_value(seed)});
    else
        (void)fail(path, "not a summary of roam run", 0);
    free(combination);
    json_decref(summary);
    free(text);
    return status;
}

static int is_entry(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int compare_entries(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int walk(const char *directory, int depth, report_visit *visit, void *ctx)
{
    char path[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    struct dirent **entries = NULL;
    struct stat status;
    int result = COMMAND_OK;
    const int count = depth > DEPTH_MAX ? 0 : scandir(directory, &entries, is_entry, compare_entries);
    if (count < 0)
        return fail(directory, strerror(errno), COMMAND_BROKEN);
    for (int i = 0; i < count; i++) {
        if (result != COMMAND_OK || output_path(directory, entries[i]->d_name, path, message) != OUTPUT_OK ||
            stat(path, &status) != 0)
            continue;
        if (S_ISDIR(status.st_mode))
            result = walk(path, depth + 1, visit, ctx);
        else if (strcmp(entries[i]->d_name, "summary.json") == 0)
            result = visit(ctx, directory);
    }
    for (int i = 0; i < count; i++)
        free(entries[i]);
    free(entries);
    return result;
}

int report_each_run(const char *directory, report_visit *visit, void *ctx)
{
    return walk(directory, 0, visit, ctx);
}

bool report_run_meets(const char *directory, const where_conditions *where)
{
    char path[OUTPUT_PATH_MAX];
    char message[OUTPUT_MESSAGE_MAX];
    if (where->count == 0)
        return true;
    if (output_path(directory, "summary.json", path, message) != OUTPUT_OK)
        return false;
    char *const text = text_file_read(path);
    json_t *const summary = text ? json_loads(text, 0, NULL) : NULL;
    char *const combination = combination_of(summary);
    const bool meets = combination && combination_meets(combination, where->items, where->count);
    free(combination);
    json_decref(summary);
    free(text);
    return meets;
}

static int load_directory(const char *directory, store **out)
{
    char message[STORE_MESSAGE_MAX];
    loader self = {0};
    if (store_open(":memory:", STORE_CREATE, &self.into, message) != STORE_OK ||
        store_begin(self.into) != STORE_OK ||
        store_add_build(self.into, &BUILD_ID, &self.build) != STORE_OK) {
        store_close(self.into);
        return fail(directory, "out of memory", COMMAND_BROKEN);
    }
    int status = report_each_run(directory, add_summary, &self);
    if (status == COMMAND_OK && self.count == 0)
        status = fail(directory, "no summary.json is in it: give a directory of roam run --out, or a store",
                      COMMAND_USAGE);
    if (status == COMMAND_OK && store_commit(self.into) != STORE_OK)
        status = fail(directory, store_message(self.into), COMMAND_BROKEN);
    if (status == COMMAND_OK)
        *out = self.into;
    else
        store_close(self.into);
    return status;
}

int report_load(const char *source, store **out)
{
    struct stat status;
    char message[STORE_MESSAGE_MAX];
    if (stat(source, &status) != 0)
        return fail(source, strerror(errno), COMMAND_USAGE);
    if (S_ISDIR(status.st_mode))
        return load_directory(source, out);
    const int opened = store_open(source, STORE_READ, out, message);
    if (!opened)
        return COMMAND_OK;
    (void)fprintf(stderr, "roam report: %s\n", message);
    return opened == STORE_ERR_SYSTEM || opened == STORE_ERR_NO_MEMORY ? COMMAND_BROKEN : COMMAND_USAGE;
}

/* ---- baselines ---- */

__attribute__((format(printf, 2, 3))) static bool add_unmatched(report_comparison *out, const char *format,
                                                                ...)
{
    char text[TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    char **const more = realloc(out->unmatched, (out->unmatched_count + 1) * sizeof *more);
    if (!more)
        return false;
    out->unmatched = more;
    more[out->unmatched_count] = strdup(text);
    return more[out->unmatched_count++] != NULL;
}

static bool keep(report_comparison *out, json_t *baseline)
{
    json_t **const more = realloc(out->baselines, (out->baseline_count + 1) * sizeof *more);
    if (!more) {
        json_decref(baseline);
        return false;
    }
    out->baselines = more;
    more[out->baseline_count++] = baseline;
    return true;
}

/* What the runs of the baseline's seeds gave, in the form of a baseline; NULL: message says why. */
static json_t *same_seeds(store *from, const measure_group *group, const json_t *was, char *message)
{
    measures some;
    measures_filter filter = {.scenario = group->scenario,
                              .build = group->build,
                              .of_seeds = true,
                              .independent = baseline_is_independent(was)};
    baseline_seeds(was, &filter.first_seed, &filter.last_seed);
    if (measures_load(from, filter, &some) != STORE_OK) {
        (void)snprintf(message, BASELINE_MESSAGE_MAX, "%s", store_message(from));
        return NULL;
    }
    (void)snprintf(message, BASELINE_MESSAGE_MAX,
                   "%s: there is no run with a seed of its baseline, %llu to %llu%s", group->scenario,
                   (unsigned long long)filter.first_seed, (unsigned long long)filter.last_seed,
                   filter.independent ? " with --independent" : "");
    json_t *is = some.count > 0
                     ? baseline_of(some.groups, some.count, filter.first_seed, filter.last_seed, message)
                     : NULL;
    if (is && filter.independent)
        baseline_set_independent(is);
    measures_free(&some);
    if (is && baseline_record_add(is, from, group->build) != STORE_OK) {
        (void)snprintf(message, BASELINE_MESSAGE_MAX, "%s", store_message(from));
        json_decref(is);
        is = NULL;
    }
    return is;
}

/* A stochastic scenario whose seeds are too few to find anything. False: out of memory. */
static bool tell_few(report_comparison *out, const char *name, const json_t *was)
{
    uint64_t first;
    uint64_t last;
    baseline_seeds(was, &first, &last);
    const uint64_t seeds = last - first + 1;
    return baseline_is_exact(was) || seeds >= GATE_SEEDS_LEAST ||
           add_unmatched(out,
                         "%s: its results depend on the seed, and %llu seed%s nothing that chance cannot",
                         name, (unsigned long long)seeds, seeds == 1 ? " shows" : "s show");
}

/* One scenario; the group is one of its. False: out of memory. */
static bool compare_scenario(store *from, const measure_group *group, const char *directory,
                             report_comparison *out)
{
    char path[OUTPUT_PATH_MAX];
    char name[256];
    char message[BASELINE_MESSAGE_MAX] = "";
    const gate_tolerance tolerance = {MILLISECOND_NS, MILLISECOND_NS, MILLISECOND_NS};
    (void)snprintf(name, sizeof name, "%.200s.json", group->scenario);
    if (strchr(name, '/') || output_path(directory, name, path, message) != OUTPUT_OK ||
        access(path, F_OK) != 0)
        return add_unmatched(out, "%s: no baseline", group->scenario);
    json_t *const was = baseline_read(path, message);
    if (!was)
        return add_unmatched(out, "%s", message);
    if (!keep(out, was))
        return false;
    if (strcmp(baseline_digest(was), group->digest) != 0)
        return add_unmatched(out, "%s: its baseline was made for another text of it", group->scenario);
    json_t *const is = same_seeds(from, group, was, message);
    if (!is)
        return add_unmatched(out, "%s", message);
    return keep(out, is) && tell_few(out, group->scenario, was) &&
           gate_compare(was, is, &tolerance, &out->changes);
}

int report_compare(store *from, const measures *all, const char *directory, report_comparison *out)
{
    *out = (report_comparison){0};
    size_t at = all->count;
    while (at > 0 && all->groups[at - 1].build == all->groups[all->count - 1].build)
        at--;
    while (at < all->count) {
        size_t count = 1;
        while (at + count < all->count &&
               strcmp(all->groups[at + count].scenario, all->groups[at].scenario) == 0)
            count++;
        if (!compare_scenario(from, &all->groups[at], directory, out)) {
            report_comparison_free(out);
            return fail(directory, "out of memory", COMMAND_BROKEN);
        }
        at += count;
    }
    if (!gate_changes_settle(&out->changes)) {
        report_comparison_free(out);
        return fail(directory, "out of memory", COMMAND_BROKEN);
    }
    return COMMAND_OK;
}

void report_comparison_free(report_comparison *comparison)
{
    gate_changes_free(&comparison->changes);
    for (size_t i = 0; i < comparison->baseline_count; i++)
        json_decref(comparison->baselines[i]);
    for (size_t i = 0; i < comparison->unmatched_count; i++)
        free(comparison->unmatched[i]);
    free(comparison->baselines);
    free(comparison->unmatched);
    *comparison = (report_comparison){0};
}
