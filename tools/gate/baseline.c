/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/baseline.h"

#include "tools/gate/baseline_rules.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OUTCOMES_MAX = 256, SEEDS_MAX = 100000, INDENT = 1 };

/* ---- from measures ---- */

static json_t *time_json(uint64_t value_ns)
{
    return value_ns == MEASURE_NONE ? json_null() : json_integer((json_int_t)value_ns);
}

/* An array of which every item is the same is that item. */
static json_t *shortened(json_t *array)
{
    for (size_t i = 1; i < json_array_size(array); i++)
        if (!json_equal(json_array_get(array, 0), json_array_get(array, i)))
            return array;
    json_t *const first = json_incref(json_array_get(array, 0));
    json_decref(array);
    return first;
}

static void count_outcomes(const measure_series *series, uint64_t seed, char text[OUTCOMES_MAX])
{
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < series->outcome_count && used < OUTCOMES_MAX; i++) {
        size_t count = 0;
        for (size_t j = 0; j < series->count; j++)
            count += series->points[j].seed == seed &&
                     strcmp(series->points[j].outcome, series->outcomes[i].name) == 0;
        const int more = count == 0 ? 0
                                    : snprintf(text + used, OUTCOMES_MAX - used, "%s%s %zu", used ? ", " : "",
                                               series->outcomes[i].name, count);
        used += more > 0 ? (size_t)more : 0;
    }
}

static json_t *series_json(const measure_series *series, uint64_t first, uint64_t last)
{
    static const struct {
        const char *name;
        unsigned percent;
    } PERCENTILES[] = {{"p50_ns", 50}, {"p90_ns", 90}, {"p99_ns", 99}, {"max_ns", 100}};
    char text[OUTCOMES_MAX];
    json_t *const outcomes = json_array();
    json_t *const worst = json_array();
    for (uint64_t seed = first; seed <= last; seed++) {
        uint64_t value = MEASURE_NONE;
        (void)measures_worst(series, seed, &value);
        count_outcomes(series, seed, text);
        (void)json_array_append_new(outcomes, json_string(text));
        (void)json_array_append_new(worst, time_json(value));
    }
    json_t *const object = json_pack("{s:s, s:s, s:o}", "kind", measure_kind_name(series->kind), "label",
                                     series->label, "outcomes", shortened(outcomes));
    for (size_t i = 0; i < sizeof PERCENTILES / sizeof *PERCENTILES; i++) {
        const uint64_t value =
            series->sorted_count
                ? statistics_percentile_of(series->sorted, series->sorted_count, PERCENTILES[i].percent).value
                : MEASURE_NONE;
        (void)json_object_set_new(object, PERCENTILES[i].name, time_json(value));
    }
    (void)json_object_set_new(object, "worst_ns", shortened(worst));
    return object;
}

static json_t *combination_json(const measure_group *group, uint64_t first, uint64_t last, char *message)
{
    json_t *const verdicts = json_array();
    json_t *const series = json_array();
    size_t at = 0;
    for (uint64_t seed = first; seed <= last; seed++) {
        while (at < group->runs && group->seeds[at] < seed)
            at++;
        if (at == group->runs || group->seeds[at] != seed) {
            (void)snprintf(message, BASELINE_MESSAGE_MAX, "%s%s%s: there is no run with seed %llu",
                           group->scenario, group->combination[0] ? " " : "", group->combination,
                           (unsigned long long)seed);
            json_decref(verdicts);
            json_decref(series);
            return NULL;
        }
        (void)json_array_append_new(verdicts, json_string(group->verdicts[at]));
    }
    for (size_t i = 0; i < group->series_count; i++)
        (void)json_array_append_new(series, series_json(&group->series[i], first, last));
    return json_pack("{s:s, s:o, s:o}", "combination", group->combination, "verdicts", shortened(verdicts),
                     "series", series);
}

static bool depends_on_seed(const json_t *combination)
{
    const json_t *const series = json_object_get(combination, "series");
    bool depends = json_is_array(json_object_get(combination, "verdicts"));
    for (size_t i = 0; i < json_array_size(series); i++)
        depends = depends || json_is_array(json_object_get(json_array_get(series, i), "outcomes")) ||
                  json_is_array(json_object_get(json_array_get(series, i), "worst_ns"));
    return depends;
}

/* No value depends on the seed, as far as these seeds show. */
static bool all_agree(const json_t *baseline)
{
    const json_t *const combinations = json_object_get(baseline, "combinations");
    for (size_t i = 0; i < json_array_size(combinations); i++)
        if (depends_on_seed(json_array_get(combinations, i)))
            return false;
    return true;
}

json_t *baseline_of(const measure_group *groups, size_t count, uint64_t first, uint64_t last, char *message)
{
    json_t *const combinations = json_array();
    (void)snprintf(message, BASELINE_MESSAGE_MAX, "out of memory");
    for (size_t i = 0; i < count; i++) {
        json_t *const one = combination_json(&groups[i], first, last, message);
        if (!one || json_array_append_new(combinations, one) != 0) {
            json_decref(combinations);
            return NULL;
        }
    }
    json_t *const baseline = json_pack(
        "{s:i, s:s, s:s, s:s, s:s, s:{s:I, s:I}, s:o}", "baseline", BASELINE_VERSION, "scenario",
        groups[0].scenario, "directory", groups[0].directory, "digest", groups[0].digest, "kind", "", "seeds",
        "first", (json_int_t)first, "last", (json_int_t)last, "combinations", combinations);
    if (baseline) /* in its place already */
        baseline_set_exact(baseline, all_agree(baseline));
    return baseline;
}

/* ---- from a file: it may have been edited by hand ---- */

typedef struct checker {
    const char *path;
    char *message;
    size_t seeds;
} checker;

__attribute__((format(printf, 2, 3))) static bool fault(const checker *self, const char *format, ...)
{
    char what[BASELINE_MESSAGE_MAX / 2];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    (void)snprintf(self->message, BASELINE_MESSAGE_MAX, "%.200s: %s; roam gate --update makes it anew",
                   self->path, what);
    return false;
}

static bool is_time(const json_t *value)
{
    return json_is_null(value) || (json_is_integer(value) && json_integer_value(value) >= 0);
}

static bool is_text(const json_t *value)
{
    return json_is_string(value);
}

/* One value for all seeds, or one for each. */
static bool check_seeds(const checker *self, const json_t *object, const char *where, const char *name,
                        bool (*good)(const json_t *))
{
    const json_t *const value = json_object_get(object, name);
    if (!json_is_array(value))
        return good(value) || fault(self, "%s.%s: expected a value, or one for each seed", where, name);
    if (json_array_size(value) != self->seeds)
        return fault(self, "%s.%s: %zu values for %zu seeds", where, name, json_array_size(value),
                     self->seeds);
    for (size_t i = 0; i < self->seeds; i++)
        if (!good(json_array_get(value, i)))
            return fault(self, "%s.%s[%zu]: not of the kind expected", where, name, i);
    return true;
}

/* NULL: there is none. */
static bool check_record(const checker *self, json_t *record, const char *where)
{
    const char *name;
    const json_t *value;
    if (record && !json_is_object(record))
        return fault(self, "%s.record: expected an object", where);
    json_object_foreach(record, name, value)
    {
        const size_t count = json_is_array(value) ? json_array_size(value) : 1;
        bool good = count == (json_is_array(value) ? 3 : 1);
        for (size_t i = 0; i < count; i++)
            good = good && json_is_integer(json_is_array(value) ? json_array_get(value, i) : value);
        if (!good)
            return fault(self, "%s.record.%s: expected a number, or least, greatest and sum", where, name);
    }
    return true;
}

/* NULL: there are none. */
static bool check_failures(const checker *self, const json_t *failures, const char *where)
{
    if (failures && !json_is_array(failures))
        return fault(self, "%s.failures: expected an array", where);
    for (size_t i = 0; i < json_array_size(failures); i++)
        if (!json_is_string(json_object_get(json_array_get(failures, i), "measure")))
            return fault(self, "%s.failures[%zu].measure: expected text", where, i);
    return true;
}

/* NULL: there are none. */
static bool check_parts(const checker *self, json_t *parts, const char *where)
{
    const char *name;
    const json_t *value;
    if (parts && !json_is_object(parts))
        return fault(self, "%s.parts: expected an object", where);
    json_object_foreach(parts, name, value)
    {
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            return fault(self, "%s.parts.%s: expected nanoseconds", where, name);
    }
    return true;
}

static bool check_series(const checker *self, const json_t *series, const char *where)
{
    static const char *const TIMES[] = {"p50_ns", "p90_ns", "p99_ns", "max_ns"};
    static const char *const TEXTS[] = {"kind", "label"};
    for (size_t i = 0; i < 2; i++)
        if (!json_is_string(json_object_get(series, TEXTS[i])))
            return fault(self, "%s.%s: expected text", where, TEXTS[i]);
    for (size_t i = 0; i < 4; i++) {
        const json_t *const value = json_object_get(series, TIMES[i]);
        if (!value || !is_time(value))
            return fault(self, "%s.%s: expected nanoseconds, or null", where, TIMES[i]);
    }
    return check_record(self, json_object_get(series, "record"), where) &&
           check_parts(self, json_object_get(series, "parts"), where) &&
           check_seeds(self, series, where, "outcomes", is_text) &&
           check_seeds(self, series, where, "worst_ns", is_time);
}

static bool check_combination(const checker *self, const json_t *combination, size_t index)
{
    char where[64];
    (void)snprintf(where, sizeof where, "combinations[%zu]", index);
    if (!json_is_string(json_object_get(combination, "combination")))
        return fault(self, "%s.combination: expected text", where);
    const json_t *const series = json_object_get(combination, "series");
    if (!json_is_array(series))
        return fault(self, "%s.series: expected an array", where);
    const char *const rules = baseline_rules_fault(combination, self->seeds);
    if (rules)
        return fault(self, "%s.%s", where, rules);
    if (!check_failures(self, json_object_get(combination, "failures"), where) ||
        !check_seeds(self, combination, where, "verdicts", is_text))
        return false;
    for (size_t i = 0; i < json_array_size(series); i++) {
        (void)snprintf(where, sizeof where, "combinations[%zu].series[%zu]", index, i);
        if (!check_series(self, json_array_get(series, i), where))
            return false;
    }
    return true;
}

static bool check(checker *self, const json_t *root)
{
    static const char *const TEXTS[] = {"scenario", "directory", "digest"};
    const json_t *const version = json_object_get(root, "baseline");
    if (!json_is_integer(version))
        return fault(self, "baseline: expected %d, the version of the format", BASELINE_VERSION);
    if (json_integer_value(version) != BASELINE_VERSION)
        return fault(self, "baseline: version %lld, and this roam reads %d",
                     (long long)json_integer_value(version), BASELINE_VERSION);
    for (size_t i = 0; i < 3; i++)
        if (!json_is_string(json_object_get(root, TEXTS[i])))
            return fault(self, "%s: expected text", TEXTS[i]);
    const json_t *const meaning = json_object_get(root, "meaning");
    if (meaning && !json_is_string(meaning))
        return fault(self, "meaning: expected text");
    const json_t *const kind = json_object_get(root, "kind");
    if (kind && (!json_is_string(kind) || (strcmp(json_string_value(kind), "exact") != 0 &&
                                           strcmp(json_string_value(kind), "stochastic") != 0)))
        return fault(self, "kind: expected exact or stochastic");
    const json_t *const seeds = json_object_get(root, "seeds");
    const json_t *const first = json_object_get(seeds, "first");
    const json_t *const last = json_object_get(seeds, "last");
    if (!json_is_integer(first) || json_integer_value(first) < 0)
        return fault(self, "seeds.first: expected a number from 0");
    if (!json_is_integer(last) || json_integer_value(last) < json_integer_value(first) ||
        json_integer_value(last) - json_integer_value(first) >= SEEDS_MAX)
        return fault(self, "seeds.last: expected a number from seeds.first, at most %d seeds", SEEDS_MAX);
    const json_t *const independent = json_object_get(seeds, "independent");
    if (independent && !json_is_boolean(independent))
        return fault(self, "seeds.independent: expected true or false");
    self->seeds = (size_t)(json_integer_value(last) - json_integer_value(first)) + 1;
    const json_t *const combinations = json_object_get(root, "combinations");
    if (json_array_size(combinations) == 0)
        return fault(self, "combinations: expected at least one");
    for (size_t i = 0; i < json_array_size(combinations); i++)
        if (!check_combination(self, json_array_get(combinations, i), i))
            return false;
    return true;
}

json_t *baseline_read(const char *path, char *message)
{
    json_error_t error;
    checker self = {.path = path, .message = message};
    json_t *const root = json_load_file(path, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        (void)snprintf(message, BASELINE_MESSAGE_MAX, "%.200s:%d: %s", path, error.line > 0 ? error.line : 0,
                       error.text);
        return NULL;
    }
    if (check(&self, root))
        return root;
    json_decref(root);
    return NULL;
}

char *baseline_text(const json_t *baseline)
{
    char *const text = json_dumps(baseline, JSON_INDENT(INDENT) | JSON_PRESERVE_ORDER);
    const size_t len = text ? strlen(text) : 0;
    char *const ended = text ? realloc(text, len + 2) : NULL;
    if (ended)
        memcpy(ended + len, "\n", 2);
    else
        free(text);
    return ended;
}

const char *baseline_meaning(const json_t *baseline)
{
    return json_string_value(json_object_get(baseline, "meaning"));
}

void baseline_set_meaning(json_t *baseline, const char *meaning)
{
    (void)json_object_set_new(baseline, "meaning", json_string(meaning));
}

const char *baseline_scenario(const json_t *baseline)
{
    return json_string_value(json_object_get(baseline, "scenario"));
}

const char *baseline_digest(const json_t *baseline)
{
    return json_string_value(json_object_get(baseline, "digest"));
}

void baseline_seeds(const json_t *baseline, uint64_t *first, uint64_t *last)
{
    const json_t *const seeds = json_object_get(baseline, "seeds");
    *first = (uint64_t)json_integer_value(json_object_get(seeds, "first"));
    *last = (uint64_t)json_integer_value(json_object_get(seeds, "last"));
}

const json_t *baseline_of_seed(const json_t *values, size_t index)
{
    return json_is_array(values) ? json_array_get(values, index) : values;
}

bool baseline_is_exact(const json_t *baseline)
{
    const char *const kind = json_string_value(json_object_get(baseline, "kind"));
    uint64_t first;
    uint64_t last;
    baseline_seeds(baseline, &first, &last);
    return kind ? strcmp(kind, "exact") == 0 : last > first && all_agree(baseline);
}

bool baseline_is_all(const json_t *baseline, const char *verdict)
{
    const json_t *const combinations = json_object_get(baseline, "combinations");
    bool all = json_array_size(combinations) > 0;
    for (size_t i = 0; all && i < json_array_size(combinations); i++) {
        const json_t *const verdicts = json_object_get(json_array_get(combinations, i), "verdicts");
        const char *const same = json_string_value(verdicts); /* of each seed, unless it is an array */
        all = same && strcmp(same, verdict) == 0;
    }
    return all;
}

void baseline_set_exact(json_t *baseline, bool exact)
{
    (void)json_object_set_new(baseline, "kind", json_string(exact ? "exact" : "stochastic"));
}

bool baseline_is_independent(const json_t *baseline)
{
    return json_is_true(json_object_get(json_object_get(baseline, "seeds"), "independent"));
}

void baseline_set_independent(json_t *baseline)
{
    (void)json_object_set_new(json_object_get(baseline, "seeds"), "independent", json_true());
}

void baseline_set_file(json_t *baseline, const char *file)
{
    (void)json_object_set_new(baseline, "file", json_string(file));
}

/* ---- some of the seeds ---- */

static json_t *pick(const json_t *values, const size_t *places, size_t count)
{
    json_t *const some = json_array();
    for (size_t i = 0; i < count; i++)
        (void)json_array_append(some, json_array_get(values, places[i]));
    return some;
}

/* Every array of values for seeds. */
static void pick_all(json_t *object, const size_t *places, size_t count)
{
    static const char *const OF_SEEDS[] = {"verdicts", "outcomes", "worst_ns"};
    for (size_t i = 0; i < sizeof OF_SEEDS / sizeof *OF_SEEDS; i++) {
        const json_t *const values = json_object_get(object, OF_SEEDS[i]);
        if (json_is_array(values))
            (void)json_object_set_new(object, OF_SEEDS[i], pick(values, places, count));
    }
}

json_t *baseline_pick(const json_t *baseline, const size_t *places, size_t count)
{
    json_t *const some = json_deep_copy(baseline);
    const json_t *const combinations = json_object_get(some, "combinations");
    for (size_t i = 0; i < json_array_size(combinations); i++) {
        json_t *const one = json_array_get(combinations, i);
        const json_t *const series = json_object_get(one, "series");
        pick_all(one, places, count);
        baseline_rules_pick(one, places, count);
        for (size_t j = 0; j < json_array_size(series); j++)
            pick_all(json_array_get(series, j), places, count);
    }
    if (some)
        (void)json_object_set_new(some, "seeds",
                                  json_pack("{s:i, s:I}", "first", 1, "last", (json_int_t)count));
    return some;
}
