/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/report/page.h"

#include "tools/cli/table.h"
#include "tools/report/assets.h"
#include "tools/report/html.h"
#include "tools/report/parts.h"
#include "tools/report/rules.h"
#include "tools/report/runs.h"
#include "tools/stats/series_text.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = REPORT_TEXT_MAX };

/* All groups together. */
typedef struct totals {
    size_t runs, passed, failed, contradictions, known_faults, unsupported, crashed, hung, refused;
    size_t worse, better;
} totals;

static totals sum(const report_input *input)
{
    totals all = {0};
    for (size_t i = 0; i < input->all->count; i++) {
        const measure_group *const group = &input->all->groups[i];
        all.runs += group->runs;
        all.passed += group->passed;
        all.failed += group->failed;
        all.contradictions += group->contradictions;
        all.known_faults += group->known_faults;
        all.unsupported += group->unsupported;
        all.crashed += group->crashed;
        all.hung += group->hung;
        all.refused += group->refused;
    }
    for (size_t i = 0; input->changes && i < input->changes->count; i++) {
        all.worse += input->changes->items[i].weight == GATE_WORSE;
        all.better += input->changes->items[i].weight == GATE_BETTER;
    }
    return all;
}

static size_t bad_count(const totals *all)
{
    return all->failed + all->contradictions + all->crashed + all->hung + all->refused;
}

/* ---- the verdict ---- */

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void verdict_text(const report_input *input, const totals *all, char text[TEXT_MAX])
{
    const size_t bad = bad_count(all);
    size_t used = 0;
    if (bad > 0)
        used = (size_t)snprintf(text, TEXT_MAX, "%zu of %zu run%s did not pass", bad, all->runs,
                                plural(all->runs));
    else if (all->unsupported > 0)
        used = (size_t)snprintf(text, TEXT_MAX,
                                "No run failed; what %zu of %zu ask%s of a QUIC library, it cannot do",
                                all->unsupported, all->runs, all->unsupported == 1 ? "s" : "");
    else if (all->known_faults > 0)
        used = (size_t)snprintf(text, TEXT_MAX, "No run failed; %zu of %zu show%s a known fault",
                                all->known_faults, all->runs, all->known_faults == 1 ? "s" : "");
    else
        used = (size_t)snprintf(text, TEXT_MAX, all->runs == 1 ? "The run passed" : "All %zu runs passed",
                                all->runs);
    if (input->changes && all->worse > 0)
        (void)snprintf(text + used, TEXT_MAX - used, "%s %zu measure%s got worse.",
                       bad > 0 ? ", and" : ", but", all->worse, plural(all->worse));
    else if (input->changes)
        (void)snprintf(text + used, TEXT_MAX - used, "%s nothing got worse.", bad > 0 ? ";" : ", and");
    else
        (void)snprintf(text + used, TEXT_MAX - used, ".");
}

static void print_verdict(const report_input *input, const totals *all, FILE *page)
{
    char text[TEXT_MAX];
    const struct {
        size_t count;
        const char *what;
    } PARTS[] = {
        {all->passed, "passed"},
        {all->failed, "failed an expectation"},
        {all->contradictions, "contradicted the packet taps"},
        {all->known_faults, "showed the known fault of a library that they are kept for"},
        {all->unsupported, "asked a QUIC library for what it cannot do"},
        {all->crashed, "crashed"},
        {all->hung, "hung"},
        {all->refused, "could not be run"},
    };
    bool first = true;
    verdict_text(input, all, text);
    (void)fprintf(page, "<div class=\"verdict%s\">\n<h1>", bad_count(all) + all->worse > 0 ? " bad" : "");
    html_text(page, text);
    (void)fputs("</h1>\n", page);
    if (all->passed == all->runs) { /* the title has said so */
        (void)fputs("</div>\n", page);
        return;
    }
    (void)fputs("<p class=\"soft\">", page);
    for (size_t i = 0; i < sizeof PARTS / sizeof *PARTS; i++) {
        if (PARTS[i].count == 0)
            continue;
        (void)fprintf(page, "%s%zu %s", first ? "" : ", ", PARTS[i].count, PARTS[i].what);
        first = false;
    }
    (void)fputs(".</p>\n</div>\n", page);
}

/* ---- what was run ---- */

static void print_pair(FILE *page, const char *name, const char *text)
{
    (void)fprintf(page, "<dt>%s</dt><dd>", name);
    html_text(page, text[0] ? text : "not known");
    (void)fputs("</dd>\n", page);
}

/* The groups are by build and scenario. */
static void print_extent(const measures *all, int64_t build, FILE *page)
{
    char text[TEXT_MAX];
    const char *scenario = "";
    size_t runs = 0;
    size_t scenarios = 0;
    uint64_t first = UINT64_MAX;
    uint64_t last = 0;
    for (size_t i = 0; i < all->count; i++) {
        const measure_group *const group = &all->groups[i];
        if (group->build != build)
            continue;
        scenarios += strcmp(group->scenario, scenario) != 0;
        scenario = group->scenario;
        runs += group->runs;
        first = group->first_seed < first ? group->first_seed : first;
        last = group->last_seed > last ? group->last_seed : last;
    }
    (void)snprintf(text, sizeof text, "%zu of %zu scenario%s, seed%s %" PRIu64, runs, scenarios,
                   plural(scenarios), first == last ? "" : "s", first);
    if (first != last)
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), " to %" PRIu64, last);
    print_pair(page, "Runs", text);
}

static int print_builds(const report_input *input, FILE *page)
{
    static const char *const QUERY =
        "SELECT id, commit_id, modified, roam, ngtcp2, wolfssl, ns3 FROM builds b"
        " WHERE EXISTS (SELECT 1 FROM runs WHERE build = b.id)"
        " ORDER BY committed_s, id";
    sqlite3_stmt *row = NULL;
    char text[TEXT_MAX];
    if (sqlite3_prepare_v2(store_database(input->from), QUERY, -1, &row, NULL) != SQLITE_OK)
        return store_fault(input->from);
    while (sqlite3_step(row) == SQLITE_ROW) {
        (void)fputs("<dl>\n", page);
        (void)snprintf(text, sizeof text, "%s%s", (const char *)sqlite3_column_text(row, 1),
                       sqlite3_column_int(row, 2) ? ", with changes that no commit has" : "");
        print_pair(page, "Commit", text);
        (void)snprintf(text, sizeof text, "roam %s, ngtcp2 %s, wolfSSL %s, ns-3 %s",
                       (const char *)sqlite3_column_text(row, 3), (const char *)sqlite3_column_text(row, 4),
                       (const char *)sqlite3_column_text(row, 5), (const char *)sqlite3_column_text(row, 6));
        print_pair(page, "Built from", text);
        print_extent(input->all, sqlite3_column_int64(row, 0), page);
        (void)fputs("</dl>\n", page);
    }
    return sqlite3_finalize(row) == SQLITE_OK ? STORE_OK : store_fault(input->from);
}

static int print_what(const report_input *input, FILE *page)
{
    (void)fputs("<h2>What was run</h2>\n<dl>\n", page);
    print_pair(page, "Results from", input->source);
    for (size_t i = 0; i < input->where->count; i++)
        print_pair(page, "Combinations with", input->where->items[i]);
    (void)fputs("</dl>\n", page);
    const int status = print_builds(input, page);
    (void)fputs("<p class=\"soft\">Times are virtual: they depend on commit, scenario and seed alone, and a "
                "run can be "
                "repeated exactly.</p>\n",
                page);
    return status;
}

/* ---- against baselines ---- */

static void print_change(const gate_change *change, FILE *page)
{
    static const char *const WORDS[] = {
        [GATE_SLIGHT] = "within tolerance", [GATE_BETTER] = "better", [GATE_WORSE] = "worse"};
    static const char *const CLASSES[] = {
        [GATE_SLIGHT] = "soft", [GATE_BETTER] = "good", [GATE_WORSE] = "bad"};
    char text[TEXT_MAX];
    (void)fputs("<tr>", page);
    html_cell(page, CLASSES[change->weight], WORDS[change->weight]);
    (void)fputs("<td>", page);
    html_name(page, report_name(change->scenario, change->combination, text));
    (void)fputs("</td>", page);
    html_cell(page, NULL, change->measure);
    html_cell(page, NULL, change->what);
    html_cell(page, "n", change->was);
    html_cell(page, "n", change->is);
    const uint64_t by_ns = (uint64_t)(change->by_ns < 0 ? -change->by_ns : change->by_ns);
    html_number(page, change->by_ns == 0 ? UINT64_MAX : by_ns, change->by);
    html_cell(page, NULL, change->parts);
    html_cell(page, NULL, change->interval);
    (void)snprintf(text, sizeof text, "%zu of %zu", change->seeds_moved, change->seeds);
    html_cell(page, NULL, text);
    (void)fputs("</tr>\n", page);
}

static void print_changes(const report_input *input, FILE *page)
{
    static const char *const TITLES[] = {"",    "scenario", "measure", "of",   ">was",
                                         ">is", ">by",      "part",    "95 %", "seeds"};
    static const gate_weight ORDER[] = {GATE_WORSE, GATE_BETTER, GATE_SLIGHT};
    if (!input->changes)
        return;
    (void)fputs("<h2>Against the baselines</h2>\n<p>Compared seed by seed with ", page);
    html_text(page, input->against);
    (void)fputs(input->changes->count ? ".</p>\n" : ": no difference.</p>\n", page);
    if (input->unmatched_count > 0) {
        (void)fputs("<ul>\n", page);
        for (size_t i = 0; i < input->unmatched_count; i++) {
            (void)fputs("<li>", page);
            html_text(page, input->unmatched[i]);
            (void)fputs("</li>\n", page);
        }
        (void)fputs("</ul>\n", page);
    }
    if (input->changes->count == 0)
        return;
    html_table(page, "What moved against the baselines", TITLES, sizeof TITLES / sizeof *TITLES, true);
    for (size_t w = 0; w < 3; w++)
        for (size_t i = 0; i < input->changes->count; i++)
            if (input->changes->items[i].weight == ORDER[w])
                print_change(&input->changes->items[i], page);
    html_table_end(page);
}

/* ---- scenarios and measures ---- */

/* One run or migration alone has no share and no percentiles of its own, and no interval. */
static void print_share(FILE *page, statistics_proportion share)
{
    char text[TEXT_MAX];
    char interval[TEXT_MAX];
    if (share.trials == 1) {
        html_number(page, share.ppm, share.successes ? "yes" : "no");
        return;
    }
    (void)snprintf(text, sizeof text, "%.1f %%", share.ppm / 1e4);
    (void)snprintf(interval, sizeof interval, "%.1f to %.1f %%", share.low_ppm / 1e4, share.high_ppm / 1e4);
    html_figure(page, share.ppm, text, interval);
}

/* The greatest value of any series of a kind, and below it how many were never reached. */
static void print_greatest(const measure_group *group, measure_kind kind, FILE *page)
{
    char text[MEASURES_TEXT_MAX];
    char below[TEXT_MAX] = "";
    uint64_t most = 0;
    size_t count = 0;
    size_t never = 0;
    for (size_t i = 0; i < group->series_count; i++) {
        const measure_series *const series = &group->series[i];
        if (series->kind != kind || series->sample.count == 0)
            continue;
        const uint64_t value = series->sorted[series->sample.count - 1];
        most = value > most ? value : most;
        count += series->sample.count;
        never += series->never;
    }
    if (never > 0)
        (void)snprintf(below, sizeof below, "%zu of %zu", never, count);
    if (count > 0)
        html_figure(page, most, measures_time_text(most, text), below);
    else
        html_number(page, UINT64_MAX, "");
}

/* The head of a row: scenario and combination; of a store of several builds also of which one. */
static void print_group(const report_input *input, const measure_group *group, FILE *page)
{
    enum { DIGITS = 8 };
    const measures *const all = input->all;
    char text[TEXT_MAX];
    (void)fputs("<tr><th scope=\"row\">", page);
    html_name(page, report_name(group->scenario, group->combination, text));
    if (all->groups[0].build != all->groups[all->count - 1].build) {
        const size_t commit = strcspn(group->commit, "+");
        (void)snprintf(text, sizeof text, "%.*s%.*s", commit < DIGITS ? (int)commit : DIGITS, group->commit,
                       DIGITS + 1, group->commit + commit);
        (void)fputs("<small>", page);
        html_text(page, text);
        (void)fputs("</small>", page);
    }
    (void)fputs("</th>", page);
}

static void print_scenarios(const report_input *input, FILE *page)
{
    static const char *const TITLES[] = {
        "scenario", "verdict", ">runs", ">passed", ">longest validation", ">longest rebind", ">longest gap"};
    char text[TEXT_MAX];
    (void)fputs(
        "<h2>Scenarios</h2>\n<p class=\"soft\">A click on the head of a column sorts. Below a share or a "
        "percentile stands its 95 % interval (Wilson's, and from one value to another); a percentile of "
        "which n is too small has no bound, and where n is 1 the value stands alone. A validation that "
        "failed was never reached, and is greater than "
        "all times.</p>\n",
        page);
    html_table(page, "Scenarios", TITLES, sizeof TITLES / sizeof *TITLES, true);
    for (size_t i = 0; i < input->all->count; i++) {
        const measure_group *const group = &input->all->groups[i];
        const size_t good = group->passed + group->known_faults;
        const bool lacking = group->unsupported > 0 && good + group->unsupported == group->runs;
        const char *const word = lacking               ? "unsupported"
                                 : good < group->runs  ? "failed"
                                 : group->known_faults ? "known fault"
                                                       : "passed";
        print_group(input, group, page);
        html_cell(page,
                  lacking               ? "known"
                  : good < group->runs  ? "bad"
                  : group->known_faults ? "known"
                                        : "good",
                  word);
        (void)snprintf(text, sizeof text, "%zu", group->runs);
        html_number(page, group->runs, text);
        print_share(page, statistics_wilson(good, group->runs));
        for (unsigned kind = 0; kind < 3; kind++)
            print_greatest(group, (measure_kind)kind, page);
        (void)fputs("</tr>\n", page);
    }
    html_table_end(page);
}

static void print_series(const report_input *input, const measure_group *group, const measure_series *series,
                         bool alone, FILE *page)
{
    static const unsigned PERCENTS[] = {50, 90, 99, 100};
    char text[TEXT_MAX];
    char below[MEASURES_TEXT_MAX] = "";
    char time[MEASURES_TEXT_MAX];
    print_group(input, group, page);
    (void)snprintf(text, sizeof text, "%s: %s", measure_kind_name(series->kind), series->label);
    html_cell(page, NULL, text);
    (void)snprintf(text, sizeof text, "%zu", series->count);
    if (series->never > 0)
        (void)snprintf(below, sizeof below, "%zu never", series->never);
    html_figure(page, series->count, text, below);
    print_share(page, series->success);
    for (size_t i = alone ? 3 : 0; i < sizeof PERCENTS / sizeof *PERCENTS; i++) {
        statistics_percentile at;
        if ((series->count > 1 || PERCENTS[i] == 100) && measures_percentile(series, PERCENTS[i], &at))
            html_figure(page, at.value, measures_time_text(at.value, time),
                        measures_interval_text(&at, PERCENTS[i], below));
        else
            html_number(page, UINT64_MAX, "");
    }
    html_cell(page, NULL, measures_outcomes_text(series, below));
    (void)fputs("</tr>\n", page);
}

/* Every measure was taken once: there are no percentiles at all. */
static bool are_alone(const measures *all)
{
    for (size_t i = 0; i < all->count; i++)
        for (size_t j = 0; j < all->groups[i].series_count; j++)
            if (all->groups[i].series[j].count > 1)
                return false;
    return true;
}

static void print_measures(const report_input *input, FILE *page)
{
    static const char *const TITLES[] = {"scenario", "measure", ">n",   ">success", ">50 %",
                                         ">90 %",    ">99 %",   ">max", "outcomes"};
    static const char *const OF_ONE[] = {"scenario", "measure", ">n", ">success", ">value", "outcomes"};
    const bool alone = are_alone(input->all);
    (void)fputs("<h2>Migration latency</h2>\n<p class=\"soft\">Validation: from the call to the new path in "
                "use. Rebind: "
                "from the first packet out of another address to that address validated. Gap: the longest "
                "time without a "
                "message, less the sending interval.</p>\n",
                page);
    html_table(page, "Migration latency", alone ? OF_ONE : TITLES,
               alone ? sizeof OF_ONE / sizeof *OF_ONE : sizeof TITLES / sizeof *TITLES, true);
    for (size_t i = 0; i < input->all->count; i++)
        for (size_t j = 0; j < input->all->groups[i].series_count; j++)
            print_series(input, &input->all->groups[i], &input->all->groups[i].series[j], alone, page);
    html_table_end(page);
}

/* ---- figures ---- */

/* From its root element on: what comes before is of XML documents, not of HTML. */
static const char *svg_of(const char *text)
{
    const char *const root = strstr(text, "<svg");
    return root ? root : "";
}

static void print_figures(const report_input *input, FILE *page)
{
    if (input->figure_count == 0 && !input->no_figures)
        return;
    (void)fputs("<h2>Figures</h2>\n", page);
    for (size_t i = 0; i < input->figure_count; i++) {
        (void)fputs("<figure role=\"img\" aria-label=\"", page);
        html_text(page, input->figures[i].title);
        (void)fprintf(page, "\">\n%s\n</figure>\n", svg_of(input->figures[i].svg));
    }
    if (input->no_figures) {
        (void)fputs("<p class=\"soft\">", page);
        html_text(page, input->no_figures);
        (void)fputs("</p>\n", page);
    }
}

/* ---- the page ---- */

int report_page(const report_input *input, FILE *page)
{
    const totals all = sum(input);
    html_begin(page, input->title);
    print_verdict(input, &all, page);
    print_changes(input, page);
    int status = report_failures(input, page);
    if (!status)
        status = report_runs_of(input, "Known faults", "known fault", page);
    if (!status)
        status = report_runs_of(input, "Unsupported", "unsupported", page);
    if (!status && all.runs > 1 && !input->timelines)
        status = report_slowest(input, page);
    print_figures(input, page);
    print_scenarios(input, page);
    print_measures(input, page);
    if (!status && input->all->count > 0)
        status = report_rules(input->from, input->all->groups[input->all->count - 1].build, page);
    if (!status && input->all->count > 0)
        status = report_parts(input->from, input->all->groups[input->all->count - 1].build, page);
    if (!status)
        status = print_what(input, page);
    html_end(page, REPORT_PAGE_JS);
    return status;
}
