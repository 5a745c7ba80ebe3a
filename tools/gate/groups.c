/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/groups.h"

#include "tools/gate/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- words ---- */

/* Of a kind of measure: what it is, what it does for long, what fails, and what is told of a change that is
 * none of a number. NULL: such a change is not made. */
typedef struct kind_words {
    const char *kind;
    const char *noun;
    const char *takes;
    const char *fails;
    const char *otherwise;
} kind_words;

#define RULE "rule"

static const kind_words KINDS[] = {
    {"contradiction", "a run", NULL, NULL, "the packets contradict the program, or RFC 9000"},
    {"crashed", "a run", NULL, NULL, "a run crashes"},
    {"hung", "a run", NULL, NULL, "a run hangs"},
    {"refused", "a run", NULL, NULL, "a run is refused"},
    {RULE, "a run", NULL, NULL, NULL},
    {"connection ID changed", "the connection ID", NULL, NULL,
     "another connection ID is used after a migration, or not any more"},
    {"challenges", "the number of PATH_CHALLENGE frames of a migration", NULL, NULL, NULL},
    {"validation rounds", "the number of validation rounds of a migration", NULL, NULL, NULL},
    {"validation", "a path validation", "takes", "a path validation fails",
     "a path validation has another outcome"},
    {"window before", "the congestion window before a migration", NULL, NULL, NULL},
    {"window after", "the congestion window after a migration", NULL, NULL, NULL},
    {"SRTT before", "the SRTT before a migration", NULL, NULL, NULL},
    {"SRTT after", "the SRTT after a migration", NULL, NULL, NULL},
    {"expectation", "a run", NULL, NULL, "an expectation that held fails"},
    {"known fault", "a run", NULL, NULL, "a known fault is not seen any more"},
    {"combination", "a run", NULL, NULL, "a combination is not measured any more"},
    {"rebind", "the path validation after a rebind", "takes", "the path validation after a rebind fails",
     "the path validation after a rebind has another outcome"},
    {"gap", "a gap", "lasts", "a flow is not complete", "a flow has another outcome"},
    {"verdict", "a run", NULL, NULL, "a run has another verdict"},
};

/* Of a share: how `what` begins, and the runs of which it is. NULL: those in which the measure fails. */
static const struct {
    const char *what;
    const char *runs;
} SHARES[] = {
    {"failed", NULL},
    {"not passed", "that do not pass"},
    {"not validated", "in which the path is not validated after a rebind"},
    {"not noticed", "in which a rebind is not noticed"},
    {"over ", "that are among the late ones"},
    {"broken", ""},
    {"crashed", "that crash, hang or contradict the taps"},
};
enum { SHARE_COUNT = sizeof SHARES / sizeof *SHARES };

static const kind_words *words_of(const gate_change *change)
{
    static const kind_words OTHER = {"", "a measure", "takes", "a measure fails", "a measure is another one"};
    const size_t len = strcspn(change->measure, ":");
    for (size_t i = 0; i < sizeof KINDS / sizeof *KINDS; i++)
        if (strlen(KINDS[i].kind) == len && strncmp(KINDS[i].kind, change->measure, len) == 0)
            return &KINDS[i];
    return &OTHER;
}

/* ---- groups ---- */

typedef enum change_shape {
    SHAPE_OTHERWISE, /* texts: another outcome */
    SHAPE_TIME,
    SHAPE_NEVER,  /* a time that is not reached any more */
    SHAPE_AMOUNT, /* a number of a migration record */
    SHAPE_SHARE   /* and how much more: of SHARES */
} change_shape;

static size_t shape_of(const gate_change *change)
{
    if (!change->by[0])
        return SHAPE_OTHERWISE;
    if (change->by_ns != 0)
        return SHAPE_TIME;
    if (strcmp(change->by, "never") == 0 || strcmp(change->by, "no longer never") == 0)
        return SHAPE_NEVER;
    size_t share = 0;
    while (share < SHARE_COUNT && strncmp(change->what, SHARES[share].what, strlen(SHARES[share].what)) != 0)
        share++;
    return share < SHARE_COUNT ? SHAPE_SHARE + share : SHAPE_AMOUNT;
}

static bool is_rule(const gate_change *change)
{
    return strncmp(change->measure, RULE ":", sizeof RULE) == 0;
}

/* Each rule is a cause of its own. */
bool gate_same_kind(const gate_change *one, const gate_change *other)
{
    if (is_rule(one))
        return strcmp(one->measure, other->measure) == 0;
    const size_t len = strcspn(one->measure, ":");
    return strcspn(other->measure, ":") == len && strncmp(one->measure, other->measure, len) == 0;
}

static bool belongs(const gate_change *change, const gate_change *first)
{
    return change->weight == GATE_WORSE && gate_same_kind(change, first) &&
           shape_of(change) == shape_of(first);
}

static bool same_scenario(const gate_change *one, const gate_change *other)
{
    return strcmp(one->scenario, other->scenario) == 0;
}

static bool same_combination(const gate_change *one, const gate_change *other)
{
    return same_scenario(one, other) && strcmp(one->combination, other->combination) == 0;
}

/* Takes one more into its group. */
static void join(gate_group *group, const gate_change *change)
{
    bool new_scenario = true;
    bool new_combination = true;
    size_t equal = 0;
    for (const gate_change *other = group->first; other <= change; other++) {
        if (!belongs(other, group->first))
            continue;
        equal += strcmp(other->by, change->by) == 0;
        new_scenario = new_scenario && (other == change || !same_scenario(other, change));
        new_combination = new_combination && (other == change || !same_combination(other, change));
    }
    group->changes++;
    group->scenarios += new_scenario;
    group->combinations += new_combination;
    if (equal > group->equal) {
        group->equal = equal;
        group->equal_by = change->by;
    }
    if (change->by_ns < group->least_ns)
        group->least_ns = change->by_ns;
    if (change->by_ns > group->most_ns)
        group->most_ns = change->by_ns;
    group->alike = group->alike && strcmp(change->was, group->first->was) == 0 &&
                   strcmp(change->is, group->first->is) == 0;
}

static bool is_first(const gate_verdict *verdict, const gate_change *change)
{
    for (const gate_change *before = verdict->changes->items; before < change; before++)
        if (belongs(before, change))
            return false;
    return true;
}

size_t gate_groups_find(const gate_verdict *verdict, gate_group *groups, size_t most)
{
    const gate_change *const end = verdict->changes->items + verdict->changes->count;
    size_t count = 0;
    for (const gate_change *first = verdict->changes->items; first < end; first++) {
        if (first->weight != GATE_WORSE || !is_first(verdict, first))
            continue;
        if (count++ >= most)
            continue;
        gate_group *const group = &groups[count - 1];
        *group =
            (gate_group){.first = first, .least_ns = first->by_ns, .most_ns = first->by_ns, .alike = true};
        for (const gate_change *change = first; change < end; change++)
            if (belongs(change, first))
                join(group, change);
    }
    return count;
}

/* ---- sentences ---- */

/* A text that is written piece by piece, and ends where there is no more room. */
typedef struct writer {
    char *text;
    size_t used;
} writer;

__attribute__((format(printf, 2, 3))) static void put(writer *self, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int len = vsnprintf(self->text + self->used, GATE_LINE_MAX - self->used, format, arguments);
    va_end(arguments);
    self->used += len > 0 ? (size_t)len : 0;
    if (self->used >= GATE_LINE_MAX)
        self->used = GATE_LINE_MAX - 1;
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* "In all 10 combinations of 2 scenarios" */
static void put_place(writer *out, const gate_verdict *verdict, const gate_group *group)
{
    char name[GATE_LINE_MAX];
    size_t all = 0;
    for (size_t i = 0; i < verdict->scenario_count; i++)
        all += verdict->scenarios[i].combinations;
    const size_t scenarios = verdict->scenario_count;
    const bool varied = all != scenarios;
    if (group->combinations == 1)
        put(out, "In %.300s", gate_text_name(group->first, name));
    else if (!varied && group->scenarios == scenarios)
        put(out, "In all %zu scenarios", scenarios);
    else if (!varied)
        put(out, "In %zu of %zu scenarios", group->scenarios, scenarios);
    else if (group->combinations == all)
        put(out, "In all %zu combinations of %zu scenario%s", all, scenarios, plural(scenarios));
    else
        put(out, "In %zu of %zu combinations (%zu of %zu scenario%s)", group->combinations, all,
            group->scenarios, scenarios, plural(scenarios));
}

static void put_times(writer *out, const gate_group *group)
{
    const kind_words *const words = words_of(group->first);
    char least[GATE_TEXT_MAX];
    char most[GATE_TEXT_MAX];
    gate_time_by(group->least_ns, least);
    gate_time_by(group->most_ns, most);
    put(out, " %s%s %s", words->noun, strcmp(group->first->what, "typical") == 0 ? " typically" : "",
        words->takes);
    if (group->equal == group->changes)
        put(out, " %s longer", group->equal_by + 1); /* without the sign */
    else
        put(out, " %s to %s longer", least + 1, most + 1);
    if (group->equal > 1 && group->equal < group->changes)
        put(out, " (%s in %zu of %zu changes)", group->equal_by + 1, group->equal, group->changes);
}

static void put_share(writer *out, const gate_group *group)
{
    const gate_change *const first = group->first;
    const char *const runs = SHARES[shape_of(first) - SHAPE_SHARE].runs;
    if (is_rule(first))
        put(out, " the share of runs in which rule%s of RFC 9000 is broken", first->measure + sizeof RULE);
    else
        put(out, " the share of runs %s%s", runs ? runs : "in which ", runs ? "" : words_of(first)->fails);
    if (group->alike)
        put(out, " goes from %s to %s", first->was, first->is);
    else
        put(out, " changes");
}

static void put_amount(writer *out, const gate_group *group)
{
    put(out, " %s changes", words_of(group->first)->noun);
    if (group->equal == group->changes)
        put(out, " by %s", group->equal_by);
    else if (group->equal > 1)
        put(out, ", by %s in %zu of %zu changes", group->equal_by, group->equal, group->changes);
}

/* "rule challenge-padded (MUST, rfc9000-8.2.1-5) is broken by laptop at 3.100 s: ..." */
static void put_rule(writer *out, const gate_group *group)
{
    const gate_change *const first = group->first;
    put(out, " rule%s (%s) is %.300s%s", first->measure + sizeof RULE, first->what, first->is,
        group->alike ? "" : "; it is broken in other ways too");
}

static void put_otherwise(writer *out, const gate_group *group)
{
    const kind_words *const words = words_of(group->first);
    if (words->otherwise)
        put(out, " %s", words->otherwise);
    else
        put(out, " %s is another one", words->noun);
    if (group->alike)
        put(out, ": was %.150s, is %.300s", group->first->was, group->first->is);
}

const char *gate_group_sentence(const gate_verdict *verdict, const gate_group *group,
                                char text[GATE_LINE_MAX])
{
    writer out = {.used = 0};
    const size_t shape = shape_of(group->first);
    out.text = text;
    put_place(&out, verdict, group);
    if (shape == SHAPE_TIME)
        put_times(&out, group);
    else if (shape == SHAPE_NEVER)
        put(&out, " %s typically does not end any more", words_of(group->first)->noun);
    else if (shape == SHAPE_AMOUNT)
        put_amount(&out, group);
    else if (shape >= SHAPE_SHARE)
        put_share(&out, group);
    else if (is_rule(group->first))
        put_rule(&out, group);
    else
        put_otherwise(&out, group);
    put(&out, ".");
    return text;
}
