/* SPDX-License-Identifier: GPL-2.0-or-later */
/* roam gate --update: the new baselines, and what they accept. */
#include "tools/cli/command.h"
#include "tools/cli/table.h"
#include "tools/gate/baseline_record.h"
#include "tools/gate/report.h"
#include "tools/gate/session.h"

#include <inttypes.h>
#include <string.h>

enum { SEEDS_TOLD = 10 };

/* ---- runs that fail ---- */

/* "seed 3", "seeds 3, 17 and 23", "seeds 1, 2, ... and 190 others" */
static void print_seeds(const json_t *seeds)
{
    const size_t count = json_array_size(seeds);
    const size_t told = count <= SEEDS_TOLD ? count : SEEDS_TOLD;
    (void)printf("seed%s", count == 1 ? "" : "s");
    for (size_t i = 0; i < told; i++)
        (void)printf("%s %lld",
                     i == 0           ? ""
                     : i + 1 == count ? " and"
                                      : ",",
                     (long long)json_integer_value(json_array_get(seeds, i)));
    if (told < count)
        (void)printf(" and %zu others", count - told);
}

/* Each with what failed; what the baseline need not hold is taken out of it. */
static void print_failures(const char *name, json_t *combination)
{
    const char *const values = json_string_value(json_object_get(combination, "combination"));
    const json_t *const failures = json_object_get(combination, "failures");
    for (size_t i = 0; i < json_array_size(failures); i++) {
        json_t *const one = json_array_get(failures, i);
        (void)printf("accepted: %s%s%s%s, ", name, values[0] ? "[" : "", values, values[0] ? "]" : "");
        print_seeds(json_object_get(one, "seeds"));
        (void)printf(" fail%s: %s: %s\n", json_array_size(json_object_get(one, "seeds")) == 1 ? "s" : "",
                     json_string_value(json_object_get(one, "measure")),
                     json_string_value(json_object_get(one, "is")));
        (void)json_object_del(one, "seeds");
    }
}

/* ---- measures that moved ---- */

static bool same_seeds(const json_t *was, const json_t *is)
{
    uint64_t first[2];
    uint64_t last[2];
    baseline_seeds(was, &first[0], &last[0]);
    baseline_seeds(is, &first[1], &last[1]);
    return first[0] == first[1] && last[0] == last[1] &&
           baseline_is_independent(was) == baseline_is_independent(is);
}

/* Of one file; its baseline of before is self->was[file]. False: out of memory. */
static bool find_changes(gate *self, size_t file)
{
    const scenario *const whole = self->loaded.items[file];
    json_t *const is = self->is[file];
    char message[BASELINE_MESSAGE_MAX];
    json_t *const was = self->was[file] = gate_baseline_find(self->wanted.baselines, whole, message);
    if (!was && !message[0])
        (void)printf("new: %s\n", whole->name);
    if (!was && message[0])
        (void)printf("replaced unread: %s\n", message);
    if (!was)
        return true;
    if (baseline_is_exact(was) != baseline_is_exact(is) || !same_seeds(was, is)) {
        uint64_t first[2];
        uint64_t last[2];
        baseline_seeds(was, &first[0], &last[0]);
        baseline_seeds(is, &first[1], &last[1]);
        (void)printf("replaced: %s: %s, seeds %" PRIu64 "..%" PRIu64 " -> %s, seeds %" PRIu64 "..%" PRIu64
                     "; its measures are not compared\n",
                     whole->name, baseline_is_exact(was) ? "exact" : "stochastic", first[0], last[0],
                     baseline_is_exact(is) ? "exact" : "stochastic", first[1], last[1]);
        return true;
    }
    const gate_tolerance tolerance = gate_tolerance_in(whole);
    return gate_compare(was, is, &tolerance, &self->changes);
}

static bool print_accepted(gate *self)
{
    bool good = true;
    for (size_t i = 0; good && i < self->loaded.count; i++) {
        json_t *const combinations = json_object_get(self->is[i], "combinations");
        for (size_t j = 0; j < json_array_size(combinations); j++)
            print_failures(self->loaded.items[i]->name, json_array_get(combinations, j));
        good = find_changes(self, i);
    }
    good = good && gate_changes_settle(&self->changes);
    if (good && self->changes.count > 0) {
        const gate_verdict verdict = {
            .changes = &self->changes, .problems = &self->problems, .colour = table_colour(stdout)};
        (void)printf("accepted, from the baselines of before:\n");
        good = gate_print_changes(&verdict, stdout);
    }
    return good;
}

/* ---- the files ---- */

int gate_update(gate *self)
{
    int status = COMMAND_OK;
    size_t stochastic = 0;
    if (!print_accepted(self))
        return gate_out_of_memory();
    for (size_t i = 0; status == COMMAND_OK && i < self->loaded.count; i++) {
        const bool exact = baseline_is_exact(self->is[i]);
        if (!exact)
            baseline_record_drop(self->is[i]);
        status = gate_baseline_write(self->wanted.baselines, self->loaded.items[i], self->is[i]);
        if (status == COMMAND_OK && !gate_note_few(self, i, exact))
            status = gate_out_of_memory();
        stochastic += !exact;
    }
    if (status == COMMAND_OK)
        (void)printf("%zu baseline%s written to %s: %zu exact, %zu stochastic\n", self->loaded.count,
                     self->loaded.count == 1 ? "" : "s", self->wanted.baselines,
                     self->loaded.count - stochastic, stochastic);
    gate_print_problems(&self->problems, stdout);
    return status;
}
