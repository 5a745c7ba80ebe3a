/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures of what a store measured: distributions, and percentiles over commits. */
#include "tools/plot/store.h"

#include "tools/cli/command.h"
#include "tools/plot/kinds.h"
#include "tools/stats/series.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

int plot_refuse(const plot_figure *figure, int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(figure->message, PLOT_MESSAGE_MAX, format, arguments);
    va_end(arguments);
    return status;
}

/* "networks.new.delay=4ms,nats.home.mapping=x": the values alone, or with the last part of each key. */
void plot_combination_text(const char *combination, bool keys, char *text, size_t size)
{
    size_t used = 0;
    int depth = 0;
    bool in_value = false;
    const char *key = combination;
    text[0] = '\0';
    for (const char *at = combination; *at && used + 4 < size; at++) {
        depth += (*at == '[') - (*at == ']');
        if (!in_value) {
            if (*at == '.')
                key = at + 1;
            in_value = *at == '=';
            if (in_value && keys) {
                const int more = snprintf(text + used, size - used, "%.*s ", (int)(at - key), key);
                used += more > 0 && (size_t)more < size - used ? (size_t)more : 0;
            }
        } else if (*at == ',' && depth == 0) {
            text[used++] = ',';
            text[used++] = ' ';
            in_value = false;
            key = at + 1;
        } else {
            text[used++] = *at;
        }
    }
    text[used] = '\0';
}

void plot_short_commit(const char *name, int digits, char text[PLOT_COMMIT_MAX])
{
    const size_t commit = strcspn(name, "+");
    (void)snprintf(text, PLOT_COMMIT_MAX, "%.*s%.*s", commit < (size_t)digits ? (int)commit : digits, name,
                   digits + 1, name + commit);
}

void plot_commit_text(const plot_store *from, char *text, size_t size)
{
    (void)snprintf(text, size, "%s%s", from->commit[0] ? "commit " : "commit not known", from->commit);
}

/* ---- one curve a series ---- */

/* What a figure is drawn of, and its words. */
typedef struct subject {
    measure_kind kind;
    const char *column, *title, *commits_title, *axis, *what, *none;
} subject;

static const subject VALIDATIONS = {MEASURE_VALIDATION,
                                    "validation_ms",
                                    "Path validation time, by scenario",
                                    "Path validation time from commit to commit",
                                    "validation (ms)",
                                    "migrations",
                                    "no migration was validated in the runs asked for"};
static const subject REBINDS = {MEASURE_REBIND,
                                "rebind_ms",
                                "Validation time of rebinds, by scenario",
                                "Validation time of rebinds from commit to commit",
                                "validation of rebinds (ms)",
                                "rebinds",
                                "no rebind was validated in the runs asked for"};

typedef struct curve {
    const measure_group *group;
    const measure_series *series;
    char name[PLOT_TEXT_MAX];
} curve;

typedef struct curves {
    const subject *of;
    curve *all;
    size_t count;
    size_t points;
    size_t never;
} curves;

static size_t count_kind(const measure_group *group, measure_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < group->series_count; i++)
        count += group->series[i].kind == kind;
    return count;
}

static void name_curve(curve *self, const plot_options *options)
{
    char combination[PLOT_TEXT_MAX / 2];
    plot_combination_text(self->group->combination, true, combination, sizeof combination);
    const bool labelled = count_kind(self->group, self->series->kind) > 1 && !options->label;
    (void)snprintf(self->name, sizeof self->name, "%.120s%s%.200s%s%.100s", self->group->scenario,
                   combination[0] ? ", " : "", combination, labelled ? ", " : "",
                   labelled ? self->series->label : "");
}

/* Series of the subject that are wanted. False: out of memory. */
static bool find_curves(const measures *from, const plot_options *options, const subject *of, curves *out)
{
    size_t room = 0;
    for (size_t g = 0; g < from->count; g++)
        room += from->groups[g].series_count;
    *out = (curves){.of = of, .all = calloc(room ? room : 1, sizeof *out->all)};
    for (size_t g = 0; out->all && g < from->count; g++) {
        const measure_group *const group = &from->groups[g];
        for (size_t i = 0; i < group->series_count; i++) {
            const measure_series *const series = &group->series[i];
            if (series->kind != of->kind || (options->label && strcmp(options->label, series->label) != 0))
                continue;
            curve *const at = &out->all[out->count++];
            *at = (curve){.group = group, .series = series};
            name_curve(at, options);
            out->points += series->count;
            out->never += series->never;
        }
    }
    return out->all != NULL;
}

static bool list_names(plot_figure *figure, const char *parameter, const curves *from, bool counts)
{
    char **const names = calloc(from->count, sizeof *names);
    bool good = names != NULL;
    for (size_t i = 0; good && i < from->count; i++) {
        char text[PLOT_TEXT_MAX + 64];
        const measure_series *const series = from->all[i].series;
        if (counts && series->never > 0)
            (void)snprintf(text, sizeof text, "%s (n = %zu, %zu never)", from->all[i].name, series->count,
                           series->never);
        else if (counts)
            (void)snprintf(text, sizeof text, "%s (n = %zu)", from->all[i].name, series->count);
        else
            (void)snprintf(text, sizeof text, "%s", from->all[i].name);
        names[i] = strdup(text);
        good = names[i] != NULL;
    }
    if (good)
        plot_parameter_texts(figure, parameter, names, from->count);
    for (size_t i = 0; names && i < from->count; i++)
        free(names[i]);
    free(names);
    return good;
}

/* ---- cdf ---- */

enum { CURVES_MAX = 8, CURVE_POINTS_MAX = 2000, WORTH_A_STEP = 500 };

static size_t count_distinct(const measure_series *series)
{
    size_t count = series->sorted_count > 0;
    for (size_t i = 1; i < series->sorted_count; i++)
        count += series->sorted[i] != series->sorted[i - 1];
    return count;
}

static void put_step(plot_figure *figure, size_t number, const curve *of, uint64_t value_ns, double share)
{
    (void)fprintf(figure->to_data, "%zu\t%s\t%.6f\t%.6f\n", number, of->name, (double)value_ns / 1e6, share);
}

/* The end of each step: of equal values the last. Of very many steps those that rise, since the latest one
 * that is drawn, by a share or a time that can be seen. A curve of which some were never reached goes on to
 * the end of the figure, below 1. */
static void put_steps(plot_figure *figure, size_t number, const curve *of, uint64_t least, uint64_t most)
{
    const measure_series *const series = of->series;
    const size_t count = series->sorted_count;
    const bool many = count_distinct(series) > CURVE_POINTS_MAX;
    uint64_t value = count > 0 ? series->sorted[0] : least;
    size_t drawn = 0;
    (void)fprintf(figure->to_data, "%zu\t%s\t%.6f\t0\n", number, of->name, (double)value / 1e6);
    for (size_t i = 0; i < count; i++) {
        const bool last = i + 1 == count;
        if (!last && series->sorted[i + 1] == series->sorted[i])
            continue;
        if (many && !last && (i + 1 - drawn) * CURVE_POINTS_MAX < series->sample.count &&
            series->sorted[i] - value < value / WORTH_A_STEP)
            continue;
        value = series->sorted[i];
        drawn = i + 1;
        put_step(figure, number, of, value, (double)drawn / (double)series->sample.count);
    }
    if (series->never > 0 && value < most)
        put_step(figure, number, of, most, (double)count / (double)series->sample.count);
}

/* Two names stand side by side where there is room. */
static size_t legend_rows(const curves *shown)
{
    enum { SIDE_BY_SIDE_MAX = 24 };
    for (size_t i = 0; i < shown->count; i++)
        if (strlen(shown->all[i].name) > SIDE_BY_SIDE_MAX)
            return shown->count;
    return (shown->count + 1) / 2;
}

static int draw_cdf(plot_figure *figure, const plot_store *from, const curves *shown)
{
    uint64_t least = UINT64_MAX;
    uint64_t most = 0;
    char commit[64];
    if (shown->count > CURVES_MAX)
        return plot_refuse_too_many(
            figure, from, "%zu distributions are too many for one figure (%d): name scenarios, or --as LABEL",
            shown->count, CURVES_MAX);
    (void)fprintf(figure->to_data, "curve\tname\t%s\tshare\n", shown->of->column);
    for (size_t i = 0; i < shown->count; i++) {
        const measure_series *const series = shown->all[i].series;
        if (series->sorted_count == 0)
            continue;
        least = series->sorted[0] < least ? series->sorted[0] : least;
        most =
            series->sorted[series->sorted_count - 1] > most ? series->sorted[series->sorted_count - 1] : most;
    }
    if (most == 0)
        return plot_refuse(figure, COMMAND_USAGE, "%s", shown->of->none);
    for (size_t i = 0; i < shown->count; i++)
        put_steps(figure, i + 1, &shown->all[i], least, most);
    if (!list_names(figure, "curve", shown, true))
        return plot_refuse(figure, COMMAND_BROKEN, "out of memory");
    const size_t rows = legend_rows(shown);
    plot_parameter_number(figure, "width", 800);
    plot_parameter_number(figure, "height", (double)(440 + 24 * rows));
    plot_parameter_number(figure, "rows", (double)rows);
    plot_parameter_number(figure, "logarithmic", most / 10 > least);
    plot_parameter_log_axis(figure, "time_ms", (double)least / 1.5e6, (double)most * 1.5 / 1e6);
    plot_parameter_number(figure, "most_ms", (double)most / 1e6);
    plot_commit_text(from, commit, sizeof commit);
    (void)snprintf(figure->title, sizeof figure->title, "%s", shown->of->title);
    (void)snprintf(figure->caption, sizeof figure->caption,
                   "n = %zu %s in all, %zu of them never validated; %s", shown->points, shown->of->what,
                   shown->never, commit);
    return 0;
}

/* ---- commits ---- */

enum { PANELS_MAX = 4 };

static const unsigned PERCENTS[] = {50, 90, 99};

/* Nothing where there is no bound. */
static void put_time(plot_figure *figure, bool has, uint64_t value_ns)
{
    if (!has)
        (void)fputc('\t', figure->to_data);
    else if (value_ns == STATISTICS_NEVER)
        (void)fputs("\tnever", figure->to_data);
    else
        (void)fprintf(figure->to_data, "\t%.6f", (double)value_ns / 1e6);
}

static void put_percentiles(plot_figure *figure, size_t panel, size_t build, const char *when,
                            const curve *of)
{
    char commit[PLOT_COMMIT_MAX];
    plot_short_commit(of->group->commit, 12, commit);
    (void)fprintf(figure->to_data, "%zu\t%s\t%zu\t%s\t%s\t%zu", panel, of->name, build, commit, when,
                  of->series->count);
    for (size_t i = 0; i < sizeof PERCENTS / sizeof *PERCENTS; i++) {
        statistics_percentile at = {0};
        const bool has = measures_percentile(of->series, PERCENTS[i], &at);
        put_time(figure, has, at.value);
        put_time(figure, has && at.has_low, at.low);
        put_time(figure, has && at.has_high, at.high);
    }
    (void)fprintf(figure->to_data, "\t%zu\n", of->series->never);
}

/* "1 1 0 ": of each panel and percentile whether it has a value. */
static void put_lines(plot_figure *figure, const curves *panels, const curves *shown)
{
    (void)fputs("lines = '", figure->to_parameters);
    for (size_t panel = 0; panel < panels->count; panel++) {
        for (size_t i = 0; i < sizeof PERCENTS / sizeof *PERCENTS; i++) {
            bool reached = false;
            for (size_t c = 0; c < shown->count; c++) {
                statistics_percentile at;
                reached = reached || (strcmp(shown->all[c].name, panels->all[panel].name) == 0 &&
                                      measures_percentile(shown->all[c].series, PERCENTS[i], &at) &&
                                      at.value != STATISTICS_NEVER);
            }
            (void)fputs(reached ? "1 " : "0 ", figure->to_parameters);
        }
    }
    (void)fputs("'\n", figure->to_parameters);
}

/* The series of a name in the order they come first; curves are by build, then by name. */
static size_t panel_of(curves *panels, const curve *of)
{
    for (size_t i = 0; i < panels->count; i++)
        if (strcmp(panels->all[i].name, of->name) == 0)
            return i + 1;
    if (panels->count < PANELS_MAX)
        panels->all[panels->count] = *of;
    return ++panels->count;
}

static int draw_commits(plot_figure *figure, const plot_store *from, const curves *shown)
{
    curve first[PANELS_MAX];
    curves panels = {.all = first};
    char *builds[PLOT_BUILDS_MAX];
    for (size_t i = 0; i < from->build_count; i++)
        builds[i] = (char *)(uintptr_t)from->builds[i].name;
    (void)fputs("panel\tname\tbuild\tcommit\tdate\tn\tp50_ms\tp50_low_ms\tp50_high_ms\tp90_ms\tp90_low_ms\t"
                "p90_high_ms\tp99_ms\tp99_low_ms\tp99_high_ms\tnever\n",
                figure->to_data);
    for (size_t i = 0; i < shown->count; i++) {
        size_t build = 0;
        while (build < from->build_count && from->builds[build].id != shown->all[i].group->build)
            build++;
        const size_t panel = panel_of(&panels, &shown->all[i]);
        if (panel > PANELS_MAX)
            return plot_refuse_too_many(
                figure, from,
                "more than %d series are too many for one figure: name scenarios, or --as LABEL", PANELS_MAX);
        if (build < from->build_count)
            put_percentiles(figure, panel, build + 1, from->builds[build].date, &shown->all[i]);
    }
    plot_parameter_number(figure, "width", 800);
    plot_parameter_number(figure, "height", (double)(200 + 220 * panels.count));
    plot_parameter_texts(figure, "build", builds, from->build_count);
    plot_parameter_text(figure, "axis", shown->of->axis);
    put_lines(figure, &panels, shown);
    if (!list_names(figure, "panel", &panels, false))
        return plot_refuse(figure, COMMAND_BROKEN, "out of memory");
    (void)snprintf(figure->title, sizeof figure->title, "%s", shown->of->commits_title);
    (void)snprintf(figure->caption, sizeof figure->caption,
                   "n = %zu %s of %zu builds, %zu never validated (triangles at the top); bars: 95 %% "
                   "intervals with both bounds",
                   shown->points, shown->of->what, from->build_count, shown->never);
    return 0;
}

typedef struct request {
    const subject *of;
    const subject *otherwise; /* where the runs asked for have none of that; NULL: nothing is */
    int64_t build;            /* 0 for all */
    int (*draw)(plot_figure *, const plot_store *, const curves *);
} request;

static bool find_any(const measures *all, const plot_options *options, const request *wanted, curves *shown)
{
    if (!find_curves(all, options, wanted->of, shown) || shown->count > 0 || !wanted->otherwise)
        return shown->all != NULL;
    free(shown->all);
    if (!find_curves(all, options, wanted->otherwise, shown))
        return false;
    if (shown->count == 0)
        shown->of = wanted->of;
    return true;
}

static int measures_data(plot_figure *figure, const plot_options *options, const plot_store *from,
                         const request *wanted)
{
    measures all;
    curves shown;
    const bool validations_alone = wanted->of->kind == MEASURE_VALIDATION && !wanted->otherwise;
    const int loaded = measures_load(from->store,
                                     (measures_filter){.build = wanted->build,
                                                       .scenarios = options->scenarios,
                                                       .scenario_count = options->scenario_count,
                                                       .without_points = true,
                                                       .validations_alone = validations_alone},
                                     &all);
    if (loaded)
        return plot_refuse(figure, COMMAND_BROKEN, "%s",
                           loaded == STORE_ERR_NO_MEMORY ? "out of memory" : store_message(from->store));
    int status = COMMAND_BROKEN;
    if (!find_any(&all, options, wanted, &shown))
        (void)plot_refuse(figure, status, "out of memory");
    else if (shown.count == 0)
        status = plot_refuse(figure, COMMAND_USAGE, "%s: %s", options->db, shown.of->none);
    else
        status = wanted->draw(figure, from, &shown);
    free(shown.all);
    measures_free(&all);
    return status;
}

static int cdf_data(plot_figure *figure, const plot_options *options, const plot_store *from)
{
    const request wanted = {.of = &VALIDATIONS, .build = from->build, .draw = draw_cdf};
    return measures_data(figure, options, from, &wanted);
}

static int rebinds_data(plot_figure *figure, const plot_options *options, const plot_store *from)
{
    const request wanted = {.of = &REBINDS, .build = from->build, .draw = draw_cdf};
    return measures_data(figure, options, from, &wanted);
}

static int commits_data(plot_figure *figure, const plot_options *options, const plot_store *from)
{
    static const request WANTED = {.of = &VALIDATIONS, .otherwise = &REBINDS, .draw = draw_commits};
    if (from->build_count < 2)
        return plot_refuse(figure, COMMAND_USAGE,
                           "the store has one build only: sweep another commit into it");
    return measures_data(figure, options, from, &WANTED);
}

const plot_kind plot_kind_cdf = {
    .name = "cdf",
    .help = "how long path validation took: its distribution by scenario\n",
    .of_store = cdf_data,
};

const plot_kind plot_kind_rebinds = {
    .name = "rebinds",
    .help = "the same of rebinds by NATs: from noticed to validated\n",
    .of_store = rebinds_data,
};

const plot_kind plot_kind_commits = {
    .name = "commits",
    .help = "percentiles of validation from commit to commit; of runs without\n"
            "migrations those of rebinds\n",
    .of_store = commits_data,
};
