/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of connections, one bar for each combination and connection. */
#include "tools/cli/command.h"
#include "tools/plot/kinds.h"
#include "tools/plot/store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

enum { BARS_MAX = 60, CLASSES = 5, ROW_PIXELS = 22, ROWS_MIN = 2 };

/* The order of the columns of a bar, from left to right. */
static const char *const CLASS_NAMES[CLASSES] = {"kept, new path validated", "kept, nothing to validate",
                                                 "kept, a path not validated", "lost", "run did not finish"};

#define SQL(also)                                                                                            \
    "SELECT r.scenario, r.combination, p.dialer || ' -> ' || p.acceptor,"                                    \
    " CASE WHEN p.dialer_downs > 0 OR p.acceptor_downs > 0 OR COALESCE(p.dialer_ups, 0) = 0 THEN 3"          \
    "  WHEN EXISTS (SELECT 1 FROM migrations m WHERE m.run = r.id AND m.result IS NOT 'ok' AND"              \
    "   NOT EXISTS (SELECT 1 FROM migrations o WHERE o.run = m.run AND o.node = m.node AND o.peer = m.peer " \
    "AND"                                                                                                    \
    "    o.challenge_sent_ns = m.challenge_sent_ns AND o.result = 'ok') AND"                                 \
    "   ((m.node = p.dialer AND m.peer = p.acceptor) OR (m.node = p.acceptor AND m.peer = p.dialer))) OR"    \
    "  EXISTS (SELECT 1 FROM rebinds b WHERE b.run = r.id AND b.validated IS NOT 1 AND"                      \
    "   ((b.node = p.dialer AND b.peer = p.acceptor) OR (b.node = p.acceptor AND b.peer = p.dialer))) THEN " \
    "2"                                                                                                      \
    "  WHEN EXISTS (SELECT 1 FROM migrations m WHERE m.run = r.id AND"                                       \
    "   ((m.node = p.dialer AND m.peer = p.acceptor) OR (m.node = p.acceptor AND m.peer = p.dialer))) OR"    \
    "  EXISTS (SELECT 1 FROM rebinds b WHERE b.run = r.id AND"                                               \
    "   ((b.node = p.dialer AND b.peer = p.acceptor) OR (b.node = p.acceptor AND b.peer = p.dialer))) THEN " \
    "0"                                                                                                      \
    "  ELSE 1 END AS class, count(*), min(p.peer)"                                                           \
    " FROM runs r JOIN peers p ON p.run = r.id"                                                              \
    " WHERE r.build = ?1 AND r.status = 'finished' AND " PLOT_WANTED also                                    \
    " GROUP BY r.scenario, r.combination, p.dialer, p.acceptor, class"                                       \
    " UNION ALL SELECT r.scenario, r.combination, 'all', 4, count(*), 9999 FROM runs r"                      \
    " WHERE r.build = ?1 AND r.status <> 'finished' AND " PLOT_WANTED also                                   \
    " GROUP BY r.scenario, r.combination"                                                                    \
    " ORDER BY 1, 2 COLLATE combination, 2, 6, 3, 4"

static const char ALL_SQL[] = SQL("");
static const char NAT_SQL[] = SQL(" AND r.directory = 'nat'");

typedef struct bar {
    char name[PLOT_TEXT_MAX];
    char connection[128];
    int64_t counts[CLASSES];
} bar;

typedef struct bars {
    bar all[BARS_MAX];
    size_t count; /* may be greater */
    bool present[CLASSES];
    bool one_scenario;
    char scenario[128];
    char keys[PLOT_TEXT_MAX]; /* of the first combination */
} bars;

static const char *text_of(sqlite3_stmt *row, int column)
{
    const char *const text = (const char *)sqlite3_column_text(row, column);
    return text ? text : "";
}

/* The keys of a combination: "nats.home.mapping, nats.home.filtering". */
static void keys_text(const char *combination, char *text, size_t size)
{
    size_t used = 0;
    int depth = 0;
    bool in_key = true;
    for (const char *at = combination; *at && used + 3 < size; at++) {
        depth += (*at == '[') - (*at == ']');
        if (in_key && *at == '=') {
            in_key = false;
        } else if (in_key) {
            text[used++] = *at;
        } else if (*at == ',' && depth == 0) {
            text[used++] = ',';
            text[used++] = ' ';
            in_key = true;
        }
    }
    text[used] = '\0';
}

static void take_row(bars *self, sqlite3_stmt *row)
{
    char name[PLOT_TEXT_MAX];
    char combination[PLOT_TEXT_MAX / 2];
    const char *const scenario = text_of(row, 0);
    const int class = sqlite3_column_int(row, 3);
    plot_combination_text(text_of(row, 1), false, combination, sizeof combination);
    (void)snprintf(name, sizeof name, "%.120s%s%.250s", scenario, combination[0] ? ": " : "", combination);
    bar *at = self->count > 0 && self->count <= BARS_MAX ? &self->all[self->count - 1] : NULL;
    if (!at || strcmp(at->name, name) != 0 || strcmp(at->connection, text_of(row, 2)) != 0) {
        if (++self->count > BARS_MAX)
            return;
        at = &self->all[self->count - 1];
        (void)snprintf(at->name, sizeof at->name, "%s", name);
        (void)snprintf(at->connection, sizeof at->connection, "%.120s", text_of(row, 2));
    }
    if (self->count == 1 && self->keys[0] == '\0') {
        (void)snprintf(self->scenario, sizeof self->scenario, "%.120s", scenario);
        keys_text(text_of(row, 1), self->keys, sizeof self->keys);
        self->one_scenario = true;
    }
    self->one_scenario = self->one_scenario && strcmp(self->scenario, scenario) == 0;
    at->counts[class] += sqlite3_column_int64(row, 4);
    self->present[class] = true;
}

/* With one scenario its name stands in the title, and the bars have the values alone. */
static const char *bar_text(const bars *self, const bar *of)
{
    const size_t skip = strlen(self->scenario) + 2;
    return self->one_scenario && strlen(of->name) > skip ? of->name + skip : of->name;
}

static int64_t put_bars(plot_figure *figure, const bars *self)
{
    int64_t total = 0;
    const char *before = "";
    (void)fputs("bar\tcombination\tconnection\tn", figure->to_data);
    for (size_t class = 0; class < CLASSES; class ++)
        (void)fprintf(figure->to_data, "\t%s", CLASS_NAMES[class]);
    (void)fputs("\tlabel\n", figure->to_data);
    for (size_t i = 0; i < self->count; i++) {
        const bar *const at = &self->all[i];
        int64_t n = 0;
        for (size_t class = 0; class < CLASSES; class ++)
            n += at->counts[class];
        (void)fprintf(figure->to_data, "%zu\t%s\t%s\t%lld", i + 1, at->name, at->connection, (long long)n);
        for (size_t class = 0; class < CLASSES; class ++)
            (void)fprintf(figure->to_data, "\t%lld", (long long)at->counts[class]);
        const bool again = strcmp(before, at->name) == 0;
        (void)fprintf(figure->to_data, "\t%s%s%s\n", again ? "" : bar_text(self, at), again ? "" : "   ",
                      at->connection);
        before = at->name;
        total += n;
    }
    return total;
}

static void describe(plot_figure *figure, const plot_store *from, const bars *self, int64_t total)
{
    char *classes[CLASSES];
    char commit[64];
    size_t longest = 0;
    for (size_t i = 0; i < CLASSES; i++)
        classes[i] = (char *)(uintptr_t)CLASS_NAMES[i];
    for (size_t i = 0; i < self->count; i++) {
        const size_t length = strlen(bar_text(self, &self->all[i])) + 3 + strlen(self->all[i].connection);
        longest = length > longest ? length : longest;
    }
    /* Two rows at least: gnuplot fits the legend's into the height of the bars. */
    const size_t rows = self->count < ROWS_MIN ? ROWS_MIN : self->count;
    plot_parameter_texts(figure, "class", classes, CLASSES);
    for (size_t i = 0; i < CLASSES; i++)
        (void)fprintf(figure->to_parameters, "%s%d", i ? " " : "present = '", self->present[i]);
    (void)fputs("'\n", figure->to_parameters);
    plot_parameter_number(figure, "bars", (double)self->count);
    plot_parameter_number(figure, "label_characters", (double)longest);
    plot_parameter_number(figure, "width", 900);
    plot_parameter_number(figure, "height", (double)(190 + ROW_PIXELS * rows));
    plot_parameter_text(figure, "heading", self->one_scenario && self->keys[0] ? self->keys : "");
    plot_commit_text(from, commit, sizeof commit);
    (void)snprintf(figure->title, sizeof figure->title, "What became of connections%s%s",
                   self->one_scenario ? ": " : "", self->one_scenario ? self->scenario : "");
    (void)snprintf(figure->caption, sizeof figure->caption,
                   "n = %lld connections, as each bar says at its end; %s", (long long)total, commit);
}

/* NAT scenarios when none is named, and all where there are none. */
static int read_bars(const plot_options *options, const plot_store *from, bool nat_only, bars *out)
{
    sqlite3_stmt *query = NULL;
    *out = (bars){0};
    int status = plot_prepare(from, options, nat_only ? NAT_SQL : ALL_SQL, &query);
    while (status == SQLITE_OK && (status = sqlite3_step(query)) == SQLITE_ROW) {
        status = SQLITE_OK;
        take_row(out, query);
    }
    (void)sqlite3_finalize(query);
    return status;
}

static int outcomes_data(plot_figure *figure, const plot_options *options, const plot_store *from)
{
    bars *const all = calloc(1, sizeof *all);
    if (!all)
        return plot_refuse(figure, COMMAND_BROKEN, "out of memory");
    int result = 0;
    int status = read_bars(options, from, options->scenario_count == 0, all);
    if (status == SQLITE_DONE && all->count == 0)
        status = read_bars(options, from, false, all);
    if (status != SQLITE_DONE) {
        (void)store_fault(from->store);
        result = plot_refuse(figure, COMMAND_BROKEN, "%s", store_message(from->store));
    } else if (all->count > BARS_MAX) {
        result = plot_refuse_too_many(figure, from,
                                      "%s: %zu bars are too many for one figure (%d): name scenarios",
                                      options->db, all->count, BARS_MAX);
    } else if (all->count == 0) {
        result = plot_refuse(figure, COMMAND_USAGE, "%s: no connection in the runs asked for", options->db);
    } else {
        describe(figure, from, all, put_bars(figure, all));
    }
    free(all);
    return result;
}

const plot_kind plot_kind_outcomes = {
    .name = "outcomes",
    .help = "what became of connections, by combination: NAT types, say\n",
    .of_store = outcomes_data,
};
