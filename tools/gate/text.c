/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/gate/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

size_t gate_text_count(const gate_verdict *verdict, gate_weight weight)
{
    size_t count = 0;
    for (size_t i = 0; i < verdict->changes->count; i++)
        count += verdict->changes->items[i].weight == weight;
    return count;
}

bool gate_text_matters(const gate_verdict *verdict, const gate_problem *problem)
{
    return verdict->strict || gate_problem_is_fault(problem->kind);
}

const char *gate_text_name(const gate_change *change, char text[GATE_LINE_MAX])
{
    (void)snprintf(text, GATE_LINE_MAX, "%s%s%s%s", change->scenario, change->combination[0] ? "[" : "",
                   change->combination, change->combination[0] ? "]" : "");
    return text;
}

const char *gate_text_seeds(const gate_change *change, char text[GATE_LINE_MAX])
{
    if (change->seeds_moved == change->seeds)
        (void)snprintf(text, GATE_LINE_MAX, "all %zu", change->seeds);
    else
        (void)snprintf(text, GATE_LINE_MAX, "%zu of %zu", change->seeds_moved, change->seeds);
    return text;
}

/* "30,000": two digits that count. */
static void round_number(double number, char text[64])
{
    char digits[32];
    const double scale = pow(10, floor(log10(number)) - 1);
    size_t used = 0;
    (void)snprintf(digits, sizeof digits, "%.0f",
                   number < 100 ? floor(number) : floor(number / scale) * scale);
    const size_t len = strlen(digits);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
}

const char *gate_text_sure(const gate_change *change, char text[GATE_LINE_MAX])
{
    char number[64];
    const double chance = change->weight == GATE_BETTER ? change->chance_better : change->chance;
    const double either = fmin(change->chance, change->chance_better);
    if (!change->by_chance)
        (void)snprintf(text, GATE_LINE_MAX, "exact");
    else if (change->weight == GATE_SLIGHT && either > GATE_DISCOVERY_RATE)
        (void)snprintf(text, GATE_LINE_MAX, "may be chance");
    else if (fmin(chance, change->weight == GATE_SLIGHT ? either : 1) < 1e-9)
        (void)snprintf(text, GATE_LINE_MAX, "< 1 in 1,000,000,000");
    else {
        round_number(1 / (change->weight == GATE_SLIGHT ? either : chance), number);
        (void)snprintf(text, GATE_LINE_MAX, "1 in %s", number);
    }
    return text;
}

void gate_text_summary(const gate_verdict *verdict, char text[GATE_LINE_MAX])
{
    size_t runs = 0;
    for (size_t i = 0; i < verdict->scenario_count; i++)
        runs += verdict->scenarios[i].runs;
    const size_t worse = gate_text_count(verdict, GATE_WORSE);
    const size_t better = gate_text_count(verdict, GATE_BETTER);
    const size_t slight = gate_text_count(verdict, GATE_SLIGHT);
    size_t used = (size_t)snprintf(text, GATE_LINE_MAX,
                                   "%zu scenario%s, %zu runs, against %.200s: ", verdict->scenario_count,
                                   verdict->scenario_count == 1 ? "" : "s", runs, verdict->against);
    if (worse + better + slight == 0)
        used += (size_t)snprintf(text + used, GATE_LINE_MAX - used, "no difference%s",
                                 verdict->changes->tested ? " but chance" : "");
    else
        used += (size_t)snprintf(text + used, GATE_LINE_MAX - used,
                                 "%zu worse, %zu better, %zu moved within tolerance", worse, better, slight);
    static const struct {
        gate_problem_kind kind;
        const char *name;
    } PROBLEMS[] = {{GATE_MISFIT, "not compared"},        {GATE_CHANGED, "of another text than the baseline"},
                    {GATE_WITHOUT, "without a baseline"}, {GATE_GONE, "gone"},
                    {GATE_FEW, "with too few seeds"},     {GATE_ENDED, "not measured"}};
    for (size_t i = 0; i < sizeof PROBLEMS / sizeof *PROBLEMS; i++) {
        const size_t count = gate_problem_count(verdict->problems, PROBLEMS[i].kind);
        if (count > 0)
            used += (size_t)snprintf(text + used, GATE_LINE_MAX - used, ", %zu %s", count, PROBLEMS[i].name);
    }
}

const char *gate_text_sentence(const gate_change *change, char text[GATE_LINE_MAX])
{
    char name[GATE_LINE_MAX];
    char seeds[GATE_LINE_MAX];
    char sure[GATE_LINE_MAX];
    const bool rule = strncmp(change->measure, "rule: ", 6) == 0 && !change->by[0];
    size_t used =
        rule
            ? (size_t)snprintf(text, GATE_LINE_MAX, "%.200s: rule %.100s%s%.100s%s: %.100s, is %.330s",
                               gate_text_name(change, name), change->measure + 6, change->what[0] ? " (" : "",
                               change->what, change->what[0] ? ")" : "", change->was, change->is)
            : (size_t)snprintf(text, GATE_LINE_MAX, "%.200s: %.200s%s%.100s: was %.100s, is %.250s",
                               gate_text_name(change, name), change->measure, change->what[0] ? ", " : "",
                               change->what, change->was, change->is);
    if (change->by[0])
        used += (size_t)snprintf(text + used, GATE_LINE_MAX - used, ": %.60s", change->by);
    if (change->interval[0])
        used +=
            (size_t)snprintf(text + used, GATE_LINE_MAX - used, " (95 %% interval %.100s)", change->interval);
    if (change->parts[0])
        used += (size_t)snprintf(text + used, GATE_LINE_MAX - used, ": %.250s", change->parts);
    used += (size_t)snprintf(text + used, GATE_LINE_MAX - used, "; differs on %s seeds; ",
                             gate_text_seeds(change, seeds));
    if (change->by_chance)
        (void)snprintf(text + used, GATE_LINE_MAX - used, "false alarm: %s", gate_text_sure(change, sure));
    else
        (void)snprintf(text + used, GATE_LINE_MAX - used, "not by chance");
    return text;
}

const gate_scenario *gate_text_scenario(const gate_verdict *verdict, const gate_change *change)
{
    for (size_t i = 0; i < verdict->scenario_count; i++)
        if (strcmp(verdict->scenarios[i].name, change->scenario) == 0)
            return &verdict->scenarios[i];
    return NULL;
}

const char *gate_text_replay(const gate_verdict *verdict, const gate_change *change,
                             char text[REPLAY_COMMAND_MAX])
{
    const gate_scenario *const of = gate_text_scenario(verdict, change);
    return replay_command(of ? of->file : change->scenario, change->combination, change->worst_seed, text);
}

const char *gate_text_distribution(const gate_verdict *verdict, const gate_change *change, const char *db,
                                   char text[GATE_LINE_MAX])
{
    const gate_scenario *const of = gate_text_scenario(verdict, change);
    char file[REPLAY_COMMAND_MAX];
    text[0] = '\0';
    if (of && change->by_chance)
        (void)snprintf(
            text, GATE_LINE_MAX,
            "roam sweep --db %.200s%s --seeds %" PRIu64 "..%" PRIu64 " %.300s; roam stats --db %.200s", db,
            of->independent ? " --independent" : "", of->first, of->last, replay_word(of->file, file), db);
    return text;
}

const gate_change *gate_text_worst(const gate_verdict *verdict)
{
    const gate_change *worst = NULL;
    for (size_t i = 0; i < verdict->changes->count; i++) {
        const gate_change *const at = &verdict->changes->items[i];
        if (at->weight != GATE_WORSE)
            continue;
        const size_t kind = strcspn(at->measure, ":");
        if (!worst || (strncmp(worst->measure, at->measure, kind + 1) == 0 && at->by_ns > worst->by_ns))
            worst = at;
    }
    return worst;
}
