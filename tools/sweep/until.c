/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/sweep/until.h"

#include "core/number.h"
#include "sim/scenario/units.h"
#include "tools/cli/command.h"
#include "tools/stats/series_text.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SEEDS = 100, WIDE_MAX = 3 * MEASURES_TEXT_MAX };

#define PPB 1e9

static const measure_kind KINDS[] = {MEASURE_VALIDATION, MEASURE_REBIND, MEASURE_GAP, MEASURE_PREFERRED};
enum { KIND_COUNT = sizeof KINDS / sizeof *KINDS };

/* ---- conditions ---- */

static bool refuse(const char *command, const char *text, const char *why)
{
    (void)fprintf(stderr, "%s: --until '%s': %s\n", command, text, why);
    return false;
}

/* What stands at the front of *at, up to `end`, which is skipped with the blanks around it. */
static bool take_word(const char **at, const char *end, char word[UNTIL_TEXT_MAX])
{
    const char *const to = strstr(*at, end);
    if (!to)
        return false;
    size_t len = (size_t)(to - *at);
    memcpy(word, *at, len);
    while (len > 0 && word[len - 1] == ' ')
        len--;
    word[len] = '\0';
    *at = to + strlen(end);
    while (**at == ' ')
        (*at)++;
    return true;
}

static bool take_kind(const char *word, measure_kind *kind)
{
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (strcmp(word, measure_kind_name(KINDS[i])) == 0) {
            *kind = KINDS[i];
            return true;
        }
    return false;
}

static bool take_statistic(const char *word, unsigned *percent)
{
    uint64_t value = 0;
    if (strcmp(word, "success") != 0 && !(word[0] == 'p' && core_number_whole(word + 1, 1, 99, &value)))
        return false;
    *percent = (unsigned)value;
    return true;
}

bool until_parse(const char *command, const char *text, until_condition *out)
{
    static const char FORM[] = "expected MEASURE.STATISTIC <= WIDTH, as in 'validation.p99 <= 5%'";
    until_condition read = {.relative = true};
    char word[UNTIL_TEXT_MAX];
    char why[UNITS_MESSAGE_MAX];
    const char *at = text;
    if (strlen(text) >= sizeof read.text || !take_word(&at, ".", word))
        return refuse(command, text, FORM);
    memcpy(read.text, text, strlen(text) + 1);
    if (!take_kind(word, &read.kind))
        return refuse(command, text, "the measure is validation, rebind, gap or preferred address");
    if (!take_word(&at, "<=", word))
        return refuse(command, text, FORM);
    if (!take_statistic(word, &read.percent))
        return refuse(command, text, "the statistic is p1 to p99, or success; a maximum has no interval");
    if (units_parse(UNITS_FRACTION, at, 1, 1000000000, &read.within, why) != UNITS_OK) {
        read.relative = false;
        if (read.percent == 0)
            return refuse(command, text, "the width of a share is in %, from 0.0000001% to 100%");
        if (units_parse(UNITS_DURATION, at, 1, INT64_MAX, &read.within, why) != UNITS_OK)
            return refuse(command, text, "the width is in % of the percentile, or a time, as 5% or 2ms");
    }
    *out = read;
    return true;
}

static uint64_t furthest(uint64_t low, uint64_t value, uint64_t high)
{
    return value - low > high - value ? value - low : high - value;
}

bool until_is_narrow(const until_condition *condition, const measure_series *series)
{
    statistics_percentile at;
    if (condition->percent == 0) {
        const statistics_proportion *const share = &series->success;
        return (double)furthest(share->low_ppm, share->ppm, share->high_ppm) * (PPB / 1e6) <=
               (double)condition->within;
    }
    if (!measures_percentile(series, condition->percent, &at))
        return true; /* nothing was due */
    if (!at.has_low || at.value == STATISTICS_NEVER)
        return at.has_low && at.low == STATISTICS_NEVER;
    if (!at.has_high || at.high == STATISTICS_NEVER)
        return false;
    const double distance = (double)furthest(at.low, at.value, at.high);
    return condition->relative ? distance * PPB <= (double)at.value * (double)condition->within
                               : distance <= (double)condition->within;
}

/* ---- rounds ---- */

typedef struct rounds {
    const sweep_options *options;
    const until_options *until;
    sweep_result *result;
    sweep_seeds *seeds;              /* of each file: of this round */
    bool *is_narrow;                 /* each file */
    char **combinations;             /* of each job */
    bool seen[UNTIL_CONDITIONS_MAX]; /* there are series of this condition's kind */
    uint64_t done;                   /* seeds of each file that is not narrow */
    size_t wide;                     /* intervals, after the latest round */
    char widest[WIDE_MAX];           /* the first of them */
} rounds;

static bool name_job(void *ctx, const sweep_planned *planned)
{
    rounds *const self = ctx;
    if (!self->combinations[planned->job])
        self->combinations[planned->job] = strdup(planned->key.combination);
    return self->combinations[planned->job] != NULL;
}

/* The texts by which the store knows the combinations. */
static bool name_jobs(rounds *self)
{
    sweep_options one = *self->options;
    self->combinations = calloc(one.jobs->count + 1, sizeof *self->combinations);
    for (size_t i = 0; i < one.files->count; i++) {
        self->seeds[i] = one.seeds[i];
        self->seeds[i].last = self->seeds[i].first;
    }
    one.seeds = self->seeds;
    return self->combinations && sweep_each(&one, name_job, self);
}

static bool is_of_file(const rounds *self, const measure_group *group, size_t file)
{
    const run_jobs *const jobs = self->options->jobs;
    char digest[17];
    (void)snprintf(digest, sizeof digest, "%016llx",
                   (unsigned long long)self->options->files->items[file]->digest);
    if (strcmp(group->digest, digest) != 0)
        return false;
    for (size_t i = 0; i < jobs->count; i++)
        if (jobs->items[i].file == file && strcmp(group->combination, self->combinations[i]) == 0)
            return true;
    return false;
}

static void note_wide(rounds *self, const until_condition *condition, const measure_group *group,
                      const measure_series *series)
{
    char text[MEASURES_TEXT_MAX];
    statistics_percentile at;
    if (self->wide++ > 0)
        return;
    if (condition->percent > 0 && measures_percentile(series, condition->percent, &at))
        (void)measures_interval_text(&at, condition->percent, text);
    else
        (void)snprintf(text, sizeof text, "%.2f to %.2f %%", series->success.low_ppm / 1e4,
                       series->success.high_ppm / 1e4);
    (void)snprintf(self->widest, sizeof self->widest, "%s%s%s%s, %s of %s: %s", group->scenario,
                   group->combination[0] ? "[" : "", group->combination, group->combination[0] ? "]" : "",
                   measure_kind_name(series->kind), series->label, text);
}

/* Whether all that the file measured is narrow enough. */
static bool look_at_group(rounds *self, const measure_group *group)
{
    bool narrow = true;
    for (size_t n = 0; n < self->until->count; n++) {
        const until_condition *const condition = &self->until->conditions[n];
        for (size_t i = 0; i < group->series_count; i++) {
            if (group->series[i].kind != condition->kind)
                continue;
            self->seen[n] = true;
            if (until_is_narrow(condition, &group->series[i]))
                continue;
            narrow = false;
            note_wide(self, condition, group, &group->series[i]);
        }
    }
    return narrow;
}

static int look_at_file(rounds *self, size_t file)
{
    const sweep_seeds *const bounds = &self->options->seeds[file];
    const char *const name = self->options->files->items[file]->name;
    measures all;
    const measures_filter filter = {.scenarios = &name,
                                    .scenario_count = 1,
                                    .build = self->result->build,
                                    .of_seeds = true,
                                    .first_seed = bounds->first,
                                    .last_seed = bounds->first + self->done - 1,
                                    .independent = bounds->independent,
                                    .without_points = true,
                                    .preferred_addresses = true};
    if (measures_load(self->options->into, filter, &all) != STORE_OK) {
        (void)fprintf(stderr, "%s: %s\n", self->options->command, store_message(self->options->into));
        return COMMAND_BROKEN;
    }
    self->is_narrow[file] = true;
    for (size_t i = 0; i < all.count; i++)
        if (is_of_file(self, &all.groups[i], file) && !look_at_group(self, &all.groups[i]))
            self->is_narrow[file] = false;
    measures_free(&all);
    return COMMAND_OK;
}

static int check_seen(const rounds *self)
{
    for (size_t i = 0; i < self->until->count; i++) {
        if (self->seen[i])
            continue;
        (void)refuse(self->options->command, self->until->conditions[i].text,
                     "no run measured that; roam stats says what there is, and what was run is kept");
        return COMMAND_USAGE;
    }
    return COMMAND_OK;
}

static int look(rounds *self)
{
    int status = COMMAND_OK;
    self->wide = 0;
    for (size_t i = 0; status == COMMAND_OK && i < self->options->files->count; i++)
        if (!self->is_narrow[i])
            status = look_at_file(self, i);
    if (status == COMMAND_OK)
        status = check_seen(self);
    if (status == COMMAND_OK && self->options->progress && self->wide > 0)
        (void)fprintf(stderr, "%s: %llu seeds: %zu interval%s too wide: %s%s\n", self->options->command,
                      (unsigned long long)self->done, self->wide, self->wide == 1 ? " is" : "s are",
                      self->widest, self->wide > 1 ? ", ..." : "");
    return status;
}

static void add_round(sweep_result *to, const sweep_result *from)
{
    sweep_add_counts(to, from);
    to->planned += from->planned;
    to->stored += from->stored;
    to->stopped = from->stopped;
    to->wall_ns += from->wall_ns;
    to->build = from->build;
}

/* The next seeds of the files that want more. False: none does, or none has any. */
static bool plan_round(rounds *self)
{
    const uint64_t more = self->done == 0 ? FIRST_SEEDS : (self->done + 3) / 4;
    uint64_t most = 0;
    for (size_t i = 0; i < self->options->files->count; i++) {
        const sweep_seeds *const bounds = &self->options->seeds[i];
        const uint64_t all = bounds->last - bounds->first + 1;
        const uint64_t left = all > self->done ? all - self->done : 0;
        const uint64_t count = left < more ? left : more;
        self->seeds[i] = *bounds;
        self->seeds[i].none = self->is_narrow[i] || count == 0;
        self->seeds[i].first = bounds->first + self->done;
        self->seeds[i].last = bounds->first + self->done + count - 1;
        if (!self->seeds[i].none && count > most)
            most = count;
    }
    self->done += most;
    return most > 0;
}

static int run_rounds(rounds *self)
{
    sweep_options round = *self->options;
    int status = COMMAND_OK;
    round.seeds = self->seeds;
    while (status == COMMAND_OK && !self->result->stopped && plan_round(self)) {
        sweep_result part;
        status = sweep_run(&round, &part);
        add_round(self->result, &part);
        if (status == COMMAND_OK && !part.stopped)
            status = look(self);
    }
    return status;
}

int until_run(const sweep_options *options, const until_options *until, sweep_result *result, bool *narrow)
{
    rounds self = {.options = options,
                   .until = until,
                   .result = result,
                   .seeds = calloc(options->files->count + 1, sizeof *self.seeds),
                   .is_narrow = calloc(options->files->count + 1, sizeof *self.is_narrow)};
    int status = COMMAND_BROKEN;
    *result = (sweep_result){0};
    if (!self.seeds || !self.is_narrow || !name_jobs(&self))
        (void)fprintf(stderr, "%s: out of memory\n", options->command);
    else
        status = run_rounds(&self);
    *narrow = true;
    for (size_t i = 0; self.is_narrow && i < options->files->count; i++)
        *narrow = *narrow && self.is_narrow[i];
    if (status == COMMAND_OK && !*narrow && !result->stopped)
        (void)fprintf(stderr, "%s: after %llu seeds %zu interval%s too wide: %s\n", options->command,
                      (unsigned long long)self.done, self.wide, self.wide == 1 ? " is" : "s are",
                      self.widest);
    for (size_t i = 0; self.combinations && i < options->jobs->count; i++)
        free(self.combinations[i]);
    free(self.combinations);
    free(self.is_narrow);
    free(self.seeds);
    return status;
}
