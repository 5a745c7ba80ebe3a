/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/markdown.h"
#include "tools/gate/groups.h"
#include "tools/gate/internal.h"
#include "tools/gate/report.h"
#include "tools/gate/text.h"
#include "tools/stats/series.h"

#include <fnmatch.h>
#include <string.h>

enum { GROUPS_TOLD = 5 };

static void print_rows(const gate_verdict *verdict, FILE *stream)
{
    static const char *const WEIGHTS[] = {
        [GATE_SLIGHT] = "within tolerance", [GATE_BETTER] = "better", [GATE_WORSE] = "**worse**"};
    static const gate_weight ORDER[] = {GATE_WORSE, GATE_BETTER, GATE_SLIGHT};
    char text[GATE_LINE_MAX];
    (void)fputs(
        "\n| | scenario | measure | of | was | is | by | part | 95 % interval of by | seeds that differ | "
        "false alarm |\n|---|---|---|---|--:|--:|--:|---|--:|---|---|\n",
        stream);
    for (size_t w = 0; w < 3; w++) {
        for (size_t i = 0; i < verdict->changes->count; i++) {
            const gate_change *const change = &verdict->changes->items[i];
            if (change->weight != ORDER[w])
                continue;
            (void)fprintf(stream, "| %s |", WEIGHTS[change->weight]);
            markdown_cell(stream, gate_text_name(change, text));
            markdown_cell(stream, change->measure);
            markdown_cell(stream, change->what);
            markdown_cell(stream, change->was);
            markdown_cell(stream, change->is);
            markdown_cell(stream, change->by);
            markdown_cell(stream, change->parts);
            markdown_cell(stream, change->interval);
            markdown_cell(stream, gate_text_seeds(change, text));
            markdown_cell(stream, gate_text_sure(change, text));
            (void)fputc('\n', stream);
        }
    }
}

/* ---- what got worse ---- */

/* The change that is quoted: why this one. */
static void print_worst(const gate_verdict *verdict, const gate_change *worst, FILE *stream)
{
    char text[GATE_LINE_MAX];
    size_t alike = 0;
    size_t equal = 0;
    for (size_t i = 0; i < verdict->changes->count; i++) {
        const gate_change *const other = &verdict->changes->items[i];
        const bool counts = other->weight == GATE_WORSE && gate_same_kind(other, worst);
        alike += counts;
        equal += counts && other->by_ns == worst->by_ns;
    }
    if (alike == 1)
        (void)fputs("\nIn full: ", stream);
    else if (worst->by_ns == 0)
        (void)fputs("\nThe first of these: ", stream);
    else if (equal == 1)
        (void)fputs("\nThe greatest of these: ", stream);
    else if (equal == alike)
        (void)fprintf(stream, "\nThe first of these %zu changes, which are equal: ", equal);
    else
        (void)fprintf(stream, "\nThe first of the %zu greatest, which are equal: ", equal);
    markdown_text(stream, gate_text_sentence(worst, text));
    (void)fputs(".\n", stream);
}

/* The first sentence is about the cause, or the nearest to it, that is seen. */
static void print_groups(const gate_verdict *verdict, FILE *stream)
{
    gate_group groups[GROUPS_TOLD];
    char text[GATE_LINE_MAX];
    const size_t count = gate_groups_find(verdict, groups, GROUPS_TOLD);
    if (count == 0)
        return;
    (void)fputs("**", stream);
    markdown_text(stream, gate_group_sentence(verdict, &groups[0], text));
    (void)fputs("**", stream);
    if (groups[0].changes > 1 && groups[0].equal == groups[0].changes && groups[0].equal_by[0])
        (void)fputs(" The change is the same in all of them, so it probably has one cause.", stream);
    (void)fprintf(stream, "\n%s", count > 1 ? "\nAlso worse, perhaps for the same cause:\n\n" : "");
    for (size_t i = 1; i < count && i < GROUPS_TOLD; i++) {
        (void)fputs("- ", stream);
        markdown_text(stream, gate_group_sentence(verdict, &groups[i], text));
        (void)fputc('\n', stream);
    }
    if (count > GROUPS_TOLD)
        (void)fprintf(stream, "- What else is worse (%zu kinds of change more) is in the table.\n",
                      count - GROUPS_TOLD);
    print_worst(verdict, gate_text_worst(verdict), stream);
    (void)fputc('\n', stream);
}

/* ---- the words ---- */

typedef enum term_place { IN_MEASURE, IN_WHAT, IN_VALUE, IN_BY, IN_PARTS, IN_INTERVAL, IN_SURE } term_place;

/* A word, where it stands in a row, as a pattern of fnmatch, and what it says. */
static const struct {
    term_place place;
    const char *pattern;
    const char *word;
    const char *says;
} TERMS[] = {
    {IN_MEASURE, "contradiction*", "contradiction",
     "the packets, as the taps saw them, are not what the program says, or break the rule that *is* names"},
    {IN_MEASURE, "crashed", "crashed", "so many runs crashed"},
    {IN_MEASURE, "hung", "hung", "so many runs gave no sign of life any more (`--patience`)"},
    {IN_MEASURE, "refused", "refused", "so many runs could not begin; *is* says why"},
    {IN_MEASURE, "rule:*", "rule: NAME",
     "a rule of RFC 9000 that packets show to be broken (`roam rules` says what each rule requires); *of* "
     "has the "
     "level and the requirement"},
    {IN_MEASURE, "validation:*", "validation: LABEL",
     "the time from the call to migrate until the new path is validated (RFC 9000 section 8.2); LABEL is the "
     "name of that call, `as:` in the scenario"},
    {IN_MEASURE, "rebind:*", "rebind",
     "the time from when a node notices that a NAT gave its peer another address until that path is "
     "validated"},
    {IN_MEASURE, "gap:*", "gap: A -\\> B", "the longest time in which nothing of A's traffic arrives at B"},
    {IN_MEASURE, "challenges:*", "challenges", "the PATH_CHALLENGE frames that the migration sent"},
    {IN_MEASURE, "validation rounds:*", "validation rounds",
     "the path validations that the migration began: one, and one more each time that QUIC gave up"},
    {IN_MEASURE, "window *", "window before, window after",
     "the congestion window before the migration, and right after it"},
    {IN_MEASURE, "SRTT *", "SRTT before, SRTT after",
     "the smoothed RTT before the migration, and right after it"},
    {IN_MEASURE, "connection ID changed:*", "connection ID changed",
     "whether the new path is used with another connection ID of the peer (RFC 9000 section 9.5)"},
    {IN_MEASURE, "expectation:*", "expectation: TEXT",
     "an entry of `expect:` in the scenario; *is* says what was measured instead"},
    {IN_MEASURE, "known fault:*", "known fault: TEXT",
     "a fault that the scenario expects, and that is not seen any more"},
    {IN_MEASURE, "combination", "combination", "a combination of the values in `vary:` that one side lacks"},
    {IN_MEASURE, "verdict", "verdict",
     "whether a run passes: all entries of its `expect:` hold, and the packets agree with the program"},
    {IN_WHAT, "typical", "typical",
     "*by* is how much longer a run takes, in the middle of those that differ at all; *was* and *is* are the "
     "medians of all runs, each for itself, so *by* need not be their difference"},
    {IN_WHAT, "[0-9]* %", "50 %, 90 %, 99 %", "percentiles over the seeds; the one that moved farthest"},
    {IN_WHAT, "max", "max", "the greatest value over the seeds"},
    {IN_WHAT, "worst of a seed", "worst of a seed",
     "the value of the one seed that moved farthest, farther than all percentiles"},
    {IN_WHAT, "over *", "over TIME", "the share of runs that take longer than that"},
    {IN_WHAT, "failed", "failed", "the share of runs in which that fails"},
    {IN_WHAT, "broken:*", "broken", "the share of runs in which an end of a connection breaks the rule"},
    {IN_WHAT, "declined:*", "declined",
     "the share of runs in which an end of a connection does not do what it may do"},
    {IN_WHAT, "not passed*", "not passed",
     "the share of runs that do not pass; behind it, the expectation that fails more often than before"},
    {IN_WHAT, "not validated", "not validated", "the share of runs in which the path is not validated"},
    {IN_WHAT, "not noticed", "not noticed", "the share of runs in which no rebind is noticed"},
    {IN_WHAT, "crashed*", "crashed, hung or contradicted",
     "the share of runs with such an end; no run had one before"},
    {IN_WHAT, "least", "least, greatest, sum", "of the migrations of a run, where there are several"},
    {IN_WHAT, "greatest", "least, greatest, sum", "of the migrations of a run, where there are several"},
    {IN_WHAT, "sum", "least, greatest, sum", "of the migrations of a run, where there are several"},
    {IN_VALUE, "never", "never",
     "in the median run this is not reached: at least half of the runs fail; the others may still take "
     "longer than before"},
    {IN_VALUE, "not exercised", "not exercised",
     "in no run could the rule be broken, so that nothing is known of it"},
    {IN_VALUE, "depends on the seed", "depends on the seed", "seeds differ, which they did not before"},
    {IN_BY, "* points", "points", "percentage points: the difference of two shares"},
    {IN_BY, "*never", "by: never", "most runs that differ are never done now, or no longer never"},
    {IN_PARTS, "?*", "part",
     "in which parts of the validation it moved: waiting, challenges without an answer, the way to the peer, "
     "the "
     "time there, the way back (in the mean of all validations of the row)"},
    {IN_INTERVAL, "?*", "95 % interval of by",
     "the runs are a sample of all seeds: *by* over all seeds lies in there with 95 % confidence, also where "
     "all seeds of the sample changed"},
    {IN_SURE, "exact", "exact",
     "nothing in this scenario depends on chance, so the change is due to the code"},
    {IN_SURE, "*1 in *", "false alarm: 1 in N",
     "chance takes part in this scenario: of the changes that gates find to be as sure as this one or surer, "
     "at most one in N is due to chance and not to the code"},
    {IN_SURE, "may be chance", "may be chance", "chance alone may give as much"},
};

static bool says(const gate_change *change, term_place place, const char *pattern)
{
    char sure[GATE_LINE_MAX];
    const char *const texts[][2] = {[IN_MEASURE] = {change->measure, NULL},
                                    [IN_WHAT] = {change->what, NULL},
                                    [IN_VALUE] = {change->was, change->is},
                                    [IN_BY] = {change->by, NULL},
                                    [IN_PARTS] = {change->parts, NULL},
                                    [IN_INTERVAL] = {change->interval, NULL},
                                    [IN_SURE] = {gate_text_sure(change, sure), NULL}};
    return fnmatch(pattern, texts[place][0], 0) == 0 ||
           (texts[place][1] && fnmatch(pattern, texts[place][1], 0) == 0);
}

/* What counts as worse: of the times that moved, by scenario. */
static void print_tolerances(const gate_verdict *verdict, FILE *stream)
{
    bool told = false;
    for (measure_kind kind = MEASURE_VALIDATION; kind <= MEASURE_GAP; kind++) {
        const char *const name = measure_kind_name(kind);
        const size_t len = strlen(name);
        int64_t least = INT64_MAX;
        int64_t most = 0;
        char text[2][GATE_TEXT_MAX];
        for (size_t i = 0; i < verdict->changes->count; i++) {
            const gate_change *const change = &verdict->changes->items[i];
            const gate_scenario *const of = gate_text_scenario(verdict, change);
            if (!of || change->by_ns == 0 || strncmp(change->measure, name, len) != 0 ||
                change->measure[len] != ':')
                continue;
            const int64_t tolerance = gate_tolerance_of(&of->tolerance, name);
            least = tolerance < least ? tolerance : least;
            most = tolerance > most ? tolerance : most;
        }
        if (most == 0)
            continue;
        gate_time_by(least, text[0]);
        gate_time_by(most, text[1]);
        (void)fprintf(stream, "%s%s %s%s%s",
                      told ? ", "
                           : "- *tolerance*: a time is worse or better when it moved by so much or more "
                             "(`gate:` in the scenario): ",
                      name, text[0] + 1, least == most ? "" : " to ", least == most ? "" : text[1] + 1);
        told = true;
    }
    (void)fputs(told ? ".\n" : "", stream);
}

/* Of the words, those that stand in a row. */
static void explain(const gate_verdict *verdict, FILE *stream)
{
    const char *last = "";
    (void)fputs(
        "\nA row is one measure of one combination of the values that a scenario varies, so one cause may "
        "have many rows. The same seeds were run before and now. Times are virtual: the machine has no "
        "part in them.\n\n",
        stream);
    print_tolerances(verdict, stream);
    for (size_t t = 0; t < sizeof TERMS / sizeof *TERMS; t++) {
        bool used = false;
        for (size_t i = 0; i < verdict->changes->count && !used; i++)
            used = says(&verdict->changes->items[i], TERMS[t].place, TERMS[t].pattern);
        if (used && strcmp(last, TERMS[t].word) != 0) {
            (void)fprintf(stream, "- *%s*: %s.\n", TERMS[t].word, TERMS[t].says);
            last = TERMS[t].word;
        }
    }
}

/* ---- how to see it ---- */

static bool is_told(const gate_verdict *verdict, const gate_change *change)
{
    for (const gate_change *before = verdict->changes->items; before < change; before++)
        if (before->weight == GATE_WORSE && strcmp(before->scenario, change->scenario) == 0)
            return true;
    return false;
}

static void print_now(const gate_verdict *verdict, FILE *stream)
{
    char text[REPLAY_COMMAND_MAX];
    char line[GATE_LINE_MAX];
    char db[GATE_LINE_MAX];
    (void)fputs(
        "\nTo see what **is**, of each scenario: first the run of the seed that got worse most, or the first "
        "of those that did; then, where chance takes part, the distribution over all seeds, by way of a "
        "new file `NAME-now.db` (the sweep refuses one that is there).\n\n```sh\n",
        stream);
    for (size_t i = 0; i < verdict->changes->count; i++) {
        const gate_change *const change = &verdict->changes->items[i];
        if (change->weight != GATE_WORSE || is_told(verdict, change))
            continue;
        (void)fprintf(stream, "%s\n", gate_text_replay(verdict, change, text));
        (void)snprintf(db, sizeof db, "%.200s-now.db", change->scenario);
        if (gate_text_distribution(verdict, change, db, line)[0])
            (void)fprintf(stream, "%s\n", line);
    }
    (void)fputs("```\n", stream);
}

/* The program of before is there already, or another gate builds it. */
static void print_before(const gate_verdict *verdict, const gate_change *worst, FILE *stream)
{
    char text[REPLAY_COMMAND_MAX];
    const gate_scenario *const of = gate_text_scenario(verdict, worst);
    (void)fprintf(stream, "\nTo see what **was**: it is from ");
    markdown_text(stream, verdict->against);
    if (!verdict->commit && !verdict->build)
        (void)fputs(", which hold no runs. In roam's repository, `--against` builds another commit (here "
                    "`main`, as the "
                    "code of before), and prints this table with it and with the program of now",
                    stream);
    (void)fputs(". Any command above runs with the program of before as the last one does here.\n\n```sh\n",
                stream);
    if (!verdict->commit && !verdict->build)
        (void)fprintf(stream, "roam gate --against main %s\n",
                      replay_word(of ? of->file : worst->scenario, text));
    if (verdict->build) {
        (void)replay_word(verdict->build, text);
        (void)fprintf(stream, "before=%s/roam; [ -x \"$before\" ] || before=%s/.build/release/roam\n", text,
                      text);
    } else
        (void)fprintf(stream,
                      "before=$(git rev-parse --show-toplevel)/.build/against/$(git rev-parse "
                      "%s^{commit})/.build/release/roam\n",
                      replay_word(verdict->commit ? verdict->commit : "main", text));
    (void)fprintf(stream, "\"$before\"%s\n```\n", gate_text_replay(verdict, worst, text) + strlen("roam"));
}

void gate_markdown(const gate_verdict *verdict, FILE *stream)
{
    char text[GATE_LINE_MAX];
    (void)fprintf(stream, "### Migration latency: %s\n\n", gate_colour(verdict));
    print_groups(verdict, stream);
    gate_text_summary(verdict, text);
    (void)fprintf(stream, "%s\n", text);
    for (size_t i = 0; i < verdict->problems->count; i++) {
        const gate_problem *const problem = &verdict->problems->items[i];
        (void)fprintf(stream, "%s- %s", i == 0 ? "\n" : "", gate_text_matters(verdict, problem) ? "**" : "");
        markdown_text(stream, problem->scenario);
        (void)fprintf(stream, "%s: ", gate_text_matters(verdict, problem) ? "**" : "");
        markdown_text(stream, problem->text);
        (void)fputc('\n', stream);
    }
    const gate_change *const worst = gate_text_worst(verdict);
    if (verdict->changes->count > 0) {
        print_rows(verdict, stream);
        explain(verdict, stream);
    }
    if (worst) {
        print_now(verdict, stream);
        print_before(verdict, worst, stream);
    }
}
