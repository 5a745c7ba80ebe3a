/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/parts.h"
#include "tools/cli/table.h"
#include "tools/gate/baseline_record.h"
#include "tools/gate/internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields ---- */

static void value_text(const json_t *value, baseline_field_unit unit, char text[GATE_TEXT_MAX])
{
    const int64_t number = (int64_t)json_integer_value(value);
    char time[TABLE_TIME_MAX];
    if (!value)
        (void)snprintf(text, GATE_TEXT_MAX, "depends on the seed");
    else if (unit == BASELINE_BOOL)
        (void)snprintf(text, GATE_TEXT_MAX, "%s", number ? "yes" : "no");
    else if (unit == BASELINE_TIME)
        (void)snprintf(text, GATE_TEXT_MAX, "%s", number ? table_time((uint64_t)number, time) : "none");
    else
        (void)snprintf(text, GATE_TEXT_MAX, "%" PRId64 "%s", number, unit == BASELINE_BYTES ? " B" : "");
}

static void by_text(int64_t by, baseline_field_unit unit, char text[GATE_TEXT_MAX])
{
    if (unit == BASELINE_TIME)
        gate_time_by(by, text);
    else if (unit != BASELINE_BOOL)
        (void)snprintf(text, GATE_TEXT_MAX, "%+" PRId64 "%s", by, unit == BASELINE_BYTES ? " B" : "");
}

/* The least, the greatest, or the sum, of one value that is all of them or of three. */
static const json_t *value_at(const json_t *field, size_t place)
{
    return json_is_array(field) ? json_array_get(field, place) : field;
}

/* No more or less of a field is better: a move of the tolerance is worse either way. */
static void compare_field(gate_comparison *self, const baseline_field *field, const char *label,
                          const json_t *was, const json_t *is)
{
    static const char *const PLACES[] = {"least", "greatest", "sum"};
    const bool several = json_is_array(was) || json_is_array(is);
    char measure[GATE_TEXT_MAX];
    size_t place = 0;
    int64_t by = 0;
    for (size_t i = 0; is && i < (several ? 3 : 1); i++) {
        const int64_t moved =
            (int64_t)json_integer_value(value_at(is, i)) - (int64_t)json_integer_value(value_at(was, i));
        if (by == 0 || (i < 2 && llabs(moved) > llabs(by))) {
            by = moved;
            place = i;
        }
    }
    if (is && by == 0)
        return;
    (void)snprintf(measure, sizeof measure, "%s: %s", field->name, label);
    gate_change *const change = gate_add_change(self, measure);
    if (!change)
        return;
    const int64_t tolerance = field->unit == BASELINE_TIME ? (int64_t)self->tolerance->validation_ns : 1;
    change->weight = !is || llabs(by) >= tolerance ? GATE_WORSE : GATE_SLIGHT;
    change->seeds_moved = self->seeds;
    if (several && is)
        (void)snprintf(change->what, sizeof change->what, "%s", PLACES[place]);
    value_text(value_at(was, place), field->unit, change->was);
    value_text(is ? value_at(is, place) : NULL, field->unit, change->is);
    if (is)
        by_text(by, field->unit, change->by);
}

void gate_compare_fields(gate_comparison *self, const json_t *was, const json_t *is)
{
    const json_t *const before = json_object_get(was, "record");
    const json_t *const after = json_object_get(is, "record");
    const char *const label = json_string_value(json_object_get(was, "label"));
    for (size_t i = 0; before && i < BASELINE_FIELD_COUNT && !self->failed; i++) {
        const json_t *const held = json_object_get(before, BASELINE_FIELDS[i].column);
        if (held)
            compare_field(self, &BASELINE_FIELDS[i], label, held,
                          json_object_get(after, BASELINE_FIELDS[i].column));
    }
}

/* ---- parts ---- */

/* How far the part moved. */
static int64_t part_moved(const json_t *before, const json_t *after, size_t part)
{
    const char *const key = PARTS_NAMES[part].key;
    return (int64_t)json_integer_value(json_object_get(after, key)) -
           (int64_t)json_integer_value(json_object_get(before, key));
}

/* Those that moved by a tenth of the farthest move, or more. */
void gate_compare_parts(gate_change *change, const json_t *was, const json_t *is)
{
    const json_t *const before = json_object_get(was, "parts");
    const json_t *const after = json_object_get(is, "parts");
    int64_t most = 0;
    size_t used = 0;
    for (size_t i = 0; before && after && i < PARTS_COUNT; i++) {
        const int64_t moved = llabs(part_moved(before, after, i));
        most = moved > most ? moved : most;
    }
    for (size_t i = 0; most > 0 && i < PARTS_COUNT && used < GATE_TEXT_MAX; i++) {
        const int64_t moved = part_moved(before, after, i);
        char by[GATE_TEXT_MAX];
        if (moved == 0 || llabs(moved) < most / 10)
            continue;
        gate_time_by(moved, by);
        used += (size_t)snprintf(change->parts + used, GATE_TEXT_MAX - used, "%s%s %.40s", used ? ", " : "",
                                 PARTS_NAMES[i].words, by);
    }
}

/* ---- failures ---- */

static size_t times_of(const json_t *failure)
{
    return (size_t)json_integer_value(json_object_get(failure, "times"));
}

static const char *measure_of(const json_t *failure)
{
    return json_string_value(json_object_get(failure, "measure"));
}

static size_t times_in(const json_t *combination, const char *measure)
{
    const json_t *const all = json_object_get(combination, "failures");
    for (size_t i = 0; i < json_array_size(all); i++)
        if (strcmp(measure_of(json_array_get(all, i)), measure) == 0)
            return times_of(json_array_get(all, i));
    return 0;
}

/* What chance may do. */
static bool is_expectation(const char *measure)
{
    return strncmp(measure, "expectation", 11) == 0 || strncmp(measure, "known fault", 11) == 0;
}

void gate_compare_failures(gate_comparison *self, const json_t *was, const json_t *is)
{
    const json_t *const all = json_object_get(is, "failures");
    for (size_t i = 0; i < json_array_size(all) && !self->failed; i++) {
        const json_t *const one = json_array_get(all, i);
        const char *const measure = measure_of(one);
        const size_t times = times_of(one);
        if (times_in(was, measure) > 0 || (is_expectation(measure) && !baseline_is_exact(self->was)))
            continue;
        gate_change *const change = gate_add_change(self, measure);
        if (!change)
            return;
        change->weight = GATE_WORSE;
        change->seeds_moved = times < self->seeds ? times : self->seeds;
        change->worst_seed = (uint64_t)json_integer_value(json_object_get(one, "seed"));
        (void)snprintf(change->was, sizeof change->was, "%s",
                       strncmp(measure, "expectation", 11) == 0 ? "held" : "none");
        (void)snprintf(change->is, sizeof change->is, "%s", json_string_value(json_object_get(one, "is")));
    }
}

const char *gate_worst_failure(const json_t *was, const json_t *is)
{
    const json_t *const all = json_object_get(is, "failures");
    const char *worst = NULL;
    size_t most = 0;
    for (size_t i = 0; i < json_array_size(all); i++) {
        const char *const measure = measure_of(json_array_get(all, i));
        const size_t before = times_in(was, measure);
        const size_t after = times_of(json_array_get(all, i));
        if (after > before && after - before > most) {
            most = after - before;
            worst = measure;
        }
    }
    return worst;
}

/* ---- order ---- */

/* Measures by the first word, the nearest to a cause first. What is none of them comes last. The first five
 * name the cause; of the others, what is worse in more scenarios comes before that, because a regression
 * moves its own measure everywhere, and others here and there. */
enum { ALWAYS_FIRST = 5 };
static const char *const NEAREST[] = {
    "contradiction", "crashed",
    "hung",          "refused",
    "rule",          "connection ID changed",
    "challenges",    "validation rounds",
    "validation",    "window before",
    "window after",  "SRTT before",
    "SRTT after",    "expectation",
    "known fault",   "combination",
    "rebind",        "gap",
};
enum { NEAREST_COUNT = sizeof NEAREST / sizeof *NEAREST };

static size_t distance(const gate_change *change)
{
    const size_t len = strcspn(change->measure, ":");
    size_t at = 0;
    while (at < NEAREST_COUNT &&
           (strlen(NEAREST[at]) != len || strncmp(NEAREST[at], change->measure, len) != 0))
        at++;
    return at;
}

/* In how many scenarios each kind of measure is worse. */
static void count_scenarios(const gate_changes *changes, size_t counts[NEAREST_COUNT + 1])
{
    const char *last[NEAREST_COUNT + 1] = {NULL};
    for (size_t i = 0; i < changes->count; i++) {
        const gate_change *const change = &changes->items[i];
        const size_t kind = distance(change);
        if (change->weight != GATE_WORSE)
            continue;
        counts[kind] += !last[kind] || strcmp(last[kind], change->scenario) != 0;
        last[kind] = change->scenario;
    }
}

static bool comes_before(size_t one, size_t other, const size_t counts[NEAREST_COUNT + 1])
{
    const bool fixed =
        one < ALWAYS_FIRST || other < ALWAYS_FIRST || one == NEAREST_COUNT || other == NEAREST_COUNT;
    return fixed || counts[one] == counts[other] ? one < other : counts[one] > counts[other];
}

/* The kinds in the order in which they are reported. */
static void order_kinds(const gate_changes *changes, size_t kinds[NEAREST_COUNT + 1])
{
    size_t counts[NEAREST_COUNT + 1] = {0};
    count_scenarios(changes, counts);
    for (size_t i = 0; i <= NEAREST_COUNT; i++) {
        size_t at = i;
        for (; at > 0 && comes_before(i, kinds[at - 1], counts); at--)
            kinds[at] = kinds[at - 1];
        kinds[at] = i;
    }
}

bool gate_changes_order(gate_changes *changes)
{
    size_t kinds[NEAREST_COUNT + 1];
    gate_change *const ordered = calloc(changes->count + 1, sizeof *ordered);
    size_t count = 0;
    if (!ordered)
        return false;
    order_kinds(changes, kinds);
    for (size_t near = 0; near <= NEAREST_COUNT; near++)
        for (size_t i = 0; i < changes->count; i++)
            if (distance(&changes->items[i]) == kinds[near])
                ordered[count++] = changes->items[i];
    free(changes->items);
    changes->items = ordered;
    changes->capacity = changes->count + 1;
    return true;
}
