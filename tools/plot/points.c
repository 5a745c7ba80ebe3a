/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of single migrations: validation against round trip, success against loss. */
#include "tools/cli/command.h"
#include "tools/plot/kinds.h"
#include "tools/plot/store.h"
#include "tools/stats/estimators.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { NAMES_MAX = 6 };

/* Names of series, numbered in the order they come. */
typedef struct names {
    char *all[NAMES_MAX];
    size_t count; /* may be greater than NAMES_MAX */
} names;

static size_t number_of(names *self, const char *name)
{
    for (size_t i = 0; i < self->count && i < NAMES_MAX; i++)
        if (self->all[i] && strcmp(self->all[i], name) == 0)
            return i + 1;
    if (self->count < NAMES_MAX)
        self->all[self->count] = strdup(name);
    return ++self->count;
}

static void names_free(names *self)
{
    for (size_t i = 0; i < NAMES_MAX; i++)
        free(self->all[i]);
}

static bool names_complete(const names *self)
{
    for (size_t i = 0; i < self->count && i < NAMES_MAX; i++)
        if (!self->all[i])
            return false;
    return true;
}

static const char *text_of(sqlite3_stmt *row, int column)
{
    const char *const text = (const char *)sqlite3_column_text(row, column);
    return text ? text : "";
}

static int finish(const plot_figure *figure, const plot_store *from, sqlite3_stmt *query, int status,
                  const names *series)
{
    (void)sqlite3_finalize(query);
    if (status != SQLITE_DONE) {
        (void)store_fault(from->store);
        return plot_refuse(figure, COMMAND_BROKEN, "%s", store_message(from->store));
    }
    if (series->count > NAMES_MAX)
        return plot_refuse(figure, COMMAND_USAGE,
                           "%zu series are too many for one figure (%d): name scenarios, or --as LABEL",
                           series->count, NAMES_MAX);
    if (!names_complete(series))
        return plot_refuse(figure, COMMAND_BROKEN, "out of memory");
    return 0;
}

#define OF_WANTED "run IN (SELECT r.id FROM runs r WHERE r.build = ?1 AND " PLOT_WANTED ")"

/* ---- validation against round trip ---- */

/* The round trip of a combination: the shortest time that a challenge took to arrive, and an answer to
 * return, in any of its runs. Equal points are one line. */
static const char RTT_SQL[] =
    "WITH moves AS (SELECT r.scenario, r.combination, COALESCE(m.label, '') AS label, m.validation_ns,"
    "  m.challenge_received_ns - m.challenge_sent_ns AS there_ns,"
    "  m.response_received_ns - m.response_sent_ns AS back_ns"
    "  FROM " STORE_VALIDATIONS_WHERE(
        OF_WANTED) " m JOIN runs r ON r.id = m.run"
                   "  WHERE r.build = ?1 AND m.result = 'ok' AND (?2 IS NULL OR m.label = ?2)),"
                   " paths AS (SELECT scenario, combination, label, min(there_ns) + min(back_ns) AS rtt_ns "
                   "FROM "
                   "moves"
                   "  GROUP BY scenario, combination, label)"
                   " SELECT scenario, p.rtt_ns, validation_ns, count(*) FROM moves JOIN paths p"
                   " USING (scenario, combination, label) WHERE p.rtt_ns > 0 AND validation_ns > 0"
                   " GROUP BY scenario, p.rtt_ns, validation_ns ORDER BY scenario, p.rtt_ns, validation_ns";

typedef struct extent {
    double low;
    double high;
} extent;

static void widen(extent *self, double by)
{
    self->low = by < self->low ? by : self->low;
    self->high = by > self->high ? by : self->high;
}

static void describe_rtt(plot_figure *figure, const plot_store *from, int64_t total, extent x, extent y,
                         bool flights)
{
    char commit[64];
    plot_commit_text(from, commit, sizeof commit);
    plot_parameter_number(figure, "width", 800);
    plot_parameter_number(figure, "height", 560);
    plot_parameter_log_axis(figure, "rtt_ms", x.low / 1.6, x.high * 1.6);
    plot_parameter_log_axis(figure, "validation_ms", y.low / 1.6, y.high * 1.6);
    plot_parameter_number(figure, "flights", flights);
    (void)snprintf(figure->title, sizeof figure->title,
                   "Path validation time against the round trip of the new path");
    (void)snprintf(figure->caption, sizeof figure->caption,
                   "n = %lld validated migrations; round trip: shortest on the wire, per combination; %s",
                   (long long)total, commit);
}

static int rtt_data(plot_figure *figure, const plot_options *options, const plot_store *from)
{
    sqlite3_stmt *query = NULL;
    names series = {0};
    int64_t total = 0;
    extent x = {1e18, 0};
    extent y = {1e18, 0};
    bool flights = false;
    int status = plot_prepare(from, options, RTT_SQL, &query);
    (void)fputs("series\tscenario\trtt_ms\tvalidation_ms\tmigrations\n", figure->to_data);
    while (status == SQLITE_OK && (status = sqlite3_step(query)) == SQLITE_ROW) {
        status = SQLITE_OK;
        const char *const scenario = text_of(query, 0);
        const double rtt = (double)sqlite3_column_int64(query, 1) / 1e6;
        const double validation = (double)sqlite3_column_int64(query, 2) / 1e6;
        widen(&x, rtt);
        widen(&y, validation);
        flights = flights || validation > rtt + 1000;
        total += sqlite3_column_int64(query, 3);
        (void)fprintf(figure->to_data, "%zu\t%s\t%.6f\t%.6f\t%lld\n", number_of(&series, scenario), scenario,
                      rtt, validation, (long long)sqlite3_column_int64(query, 3));
    }
    int result = finish(figure, from, query, status, &series);
    if (!result && series.count == 0)
        result = plot_refuse(figure, COMMAND_USAGE, "%s: no migration was validated in the runs asked for",
                             options->db);
    if (!result) {
        plot_parameter_texts(figure, "series", series.all, series.count);
        describe_rtt(figure, from, total, x, y, flights);
    }
    names_free(&series);
    return result;
}

/* ---- success against loss ---- */

/* A row a run, of which several migrations may be alike. */
static const char LOSS_SQL[] =
    "SELECT r.scenario, COALESCE(m.label, ''), s.key, s.value, count(*), COALESCE(sum(m.result = 'ok'), 0)"
    " FROM settings s JOIN runs r ON r.id = s.run JOIN " STORE_VALIDATIONS_WHERE(
        OF_WANTED) " m ON m.run = r.id"
                   " WHERE r.build = ?1 AND r.status = 'finished' AND (?2 IS NULL OR m.label = ?2)"
                   " AND (s.key LIKE '%%.loss' OR s.key LIKE '%%.burst.enter') AND s.value LIKE '%%\\%%' "
                   "ESCAPE "
                   "'\\'"
                   " GROUP BY 1, 2, 3, CAST(s.value AS REAL), r.id ORDER BY 1, 2, 3, CAST(s.value AS REAL), "
                   "r.id";

typedef struct loss_sample {
    names series;
    names keys;
    int64_t total;
    double most_percent;
    /* The point of which rows are coming; none while it has no runs. */
    char name[PLOT_TEXT_MAX];
    char key[PLOT_TEXT_MAX];
    double percent;
    statistics_runs runs;
} loss_sample;

static void put_loss(plot_figure *figure, loss_sample *sample)
{
    if (sample->runs.count == 0)
        return;
    const statistics_proportion share = statistics_wilson_of_runs(&sample->runs);
    const double percent = sample->percent;
    (void)number_of(&sample->keys, sample->key);
    sample->total += (int64_t)share.trials;
    sample->most_percent = percent > sample->most_percent ? percent : sample->most_percent;
    (void)fprintf(figure->to_data, "%zu\t%s\t%s\t%g\t%lld\t%lld\t%.6f\t%.6f\t%.6f\n",
                  number_of(&sample->series, sample->name), sample->name, sample->key, percent,
                  (long long)share.trials, (long long)share.successes, share.ppm / 1e6, share.low_ppm / 1e6,
                  share.high_ppm / 1e6);
    sample->runs = (statistics_runs){0};
}

static void take_loss(plot_figure *figure, const plot_options *options, sqlite3_stmt *row,
                      loss_sample *sample)
{
    const char *const label = text_of(row, 1);
    const double percent = strtod(text_of(row, 3), NULL);
    const bool labelled = label[0] && !options->label;
    char name[PLOT_TEXT_MAX];
    (void)snprintf(name, sizeof name, "%.200s%s%.200s", text_of(row, 0), labelled ? ", " : "",
                   labelled ? label : "");
    if (strcmp(name, sample->name) != 0 || strcmp(text_of(row, 2), sample->key) != 0 ||
        percent < sample->percent || percent > sample->percent)
        put_loss(figure, sample);
    (void)snprintf(sample->name, sizeof sample->name, "%s", name);
    (void)snprintf(sample->key, sizeof sample->key, "%.500s", text_of(row, 2));
    sample->percent = percent;
    statistics_runs_add(&sample->runs, (size_t)sqlite3_column_int64(row, 4),
                        (size_t)sqlite3_column_int64(row, 5));
}

static void describe_loss(plot_figure *figure, const plot_store *from, const loss_sample *sample)
{
    char commit[64];
    char axis[PLOT_TEXT_MAX];
    const char *const key = sample->keys.all[0];
    const char *const of = strlen(key) > 12 && strcmp(key + strlen(key) - 12, ".burst.enter") == 0
                               ? "chance of a packet to begin a burst of losses"
                               : "chance of a packet to be lost";
    plot_commit_text(from, commit, sizeof commit);
    (void)snprintf(axis, sizeof axis, "%s, %s (%%)", sample->keys.count == 1 ? of : "chance of loss",
                   sample->keys.count == 1 ? key : "several settings");
    plot_parameter_number(figure, "width", 800);
    plot_parameter_number(figure, "height", 500);
    plot_parameter_text(figure, "loss_axis", axis);
    plot_parameter_number(figure, "most_percent", sample->most_percent);
    plot_parameter_texts(figure, "series", sample->series.all, sample->series.count);
    (void)snprintf(figure->title, sizeof figure->title, "Migrations that succeed, against loss");
    (void)snprintf(figure->caption, sizeof figure->caption,
                   "n = %lld migrations; bars: Wilson's 95 %% intervals; %s", (long long)sample->total,
                   commit);
}

static int loss_data(plot_figure *figure, const plot_options *options, const plot_store *from)
{
    sqlite3_stmt *query = NULL;
    loss_sample sample = {0};
    int status = plot_prepare(from, options, LOSS_SQL, &query);
    (void)fputs("series\tname\tsetting\tpercent\tmigrations\tsucceeded\tshare\tlow\thigh\n", figure->to_data);
    while (status == SQLITE_OK && (status = sqlite3_step(query)) == SQLITE_ROW) {
        status = SQLITE_OK;
        take_loss(figure, options, query, &sample);
    }
    put_loss(figure, &sample);
    int result = finish(figure, from, query, status, &sample.series);
    if (!result && sample.series.count == 0)
        result = plot_refuse(figure, COMMAND_USAGE,
                             "%s: no scenario asked for varies a loss (networks.NAME.loss or .burst.enter)",
                             options->db);
    else if (!result && !sample.keys.all[0])
        result = plot_refuse(figure, COMMAND_BROKEN, "out of memory");
    else if (!result)
        describe_loss(figure, from, &sample);
    names_free(&sample.series);
    names_free(&sample.keys);
    return result;
}

const plot_kind plot_kind_rtt = {
    .name = "rtt",
    .help = "validation against the round trip, with the closed form\n",
    .of_store = rtt_data,
};

const plot_kind plot_kind_loss = {
    .name = "loss",
    .help = "share of migrations that succeed, against loss\n",
    .of_store = loss_data,
};
