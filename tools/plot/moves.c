/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What migrations and reconnects cost, against the round trip of the new path: the gap, and messages lost. */
#include "tools/stats/moves.h"
#include "tools/cli/command.h"
#include "tools/plot/kinds.h"
#include "tools/plot/store.h"
#include "tools/stats/estimators.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { SERIES_MAX = 8, NAME_MAX_BYTES = 160 };

/* One kind of move under one setting of what else is varied. */
typedef struct series {
    char name[NAME_MAX_BYTES];
    bool reconnects;
    int setting; /* 0: the first, 1: the last */
} series;

typedef struct figure_moves {
    stats_moves all;
    char settings[2][NAME_MAX_BYTES]; /* of what is varied besides delays: the first, and the last */
    series series[SERIES_MAX];
    size_t count;
    size_t moves;
    uint64_t low_ns, high_ns; /* round trips */
} figure_moves;

/* The combination without its delays, which the round trip stands for: "loss 10%". */
static void setting_of(const char *combination, char text[NAME_MAX_BYTES])
{
    char rest[PLOT_TEXT_MAX] = "";
    size_t used = 0;
    for (const char *at = combination; *at;) {
        int depth = 0;
        const char *end = at;
        for (; *end && (*end != ',' || depth > 0); end++)
            depth += (*end == '[' || *end == '{') - (*end == ']' || *end == '}');
        const size_t key = strcspn(at, "=");
        const bool delay = key >= 5 && strncmp(at + key - 5, "delay", 5) == 0;
        if (!delay && used + (size_t)(end - at) + 2 < sizeof rest)
            used += (size_t)snprintf(rest + used, sizeof rest - used, "%s%.*s", used ? "," : "",
                                     (int)(end - at), at);
        at = *end ? end + 1 : end;
    }
    plot_combination_text(rest, true, text, NAME_MAX_BYTES);
}

static bool is_shown(const figure_moves *self, const stats_move_group *group, int *setting)
{
    char text[NAME_MAX_BYTES];
    setting_of(group->combination, text);
    *setting = strcmp(text, self->settings[0]) == 0 ? 0 : 1;
    return group->round_trip_ns != STATISTICS_NEVER && strcmp(text, self->settings[*setting]) == 0;
}

/* The number of the series from 1, made when it is new; 0: there are too many. */
static size_t series_of(figure_moves *self, const stats_move_group *group, int setting)
{
    char name[NAME_MAX_BYTES];
    const char *const with = self->settings[setting];
    (void)snprintf(name, sizeof name, "%s%s%.120s", group->kind, with[0] ? ", " : "", with);
    for (size_t i = 0; i < self->count; i++)
        if (strcmp(self->series[i].name, name) == 0)
            return i + 1;
    if (self->count == SERIES_MAX)
        return 0;
    series *const made = &self->series[self->count++];
    (void)snprintf(made->name, sizeof made->name, "%s", name);
    made->reconnects = strcmp(group->kind, "reconnect") == 0;
    made->setting = setting;
    return self->count;
}

/* The mean, and the 90th percentile; "never" where some move never came so far. */
static void put_value(FILE *to, const stats_move_group *group, stats_move_value value, double unit)
{
    const uint64_t *const values = group->values[value]; /* ascending */
    const uint64_t high = statistics_percentile_of(values, group->count, 90).value;
    double sum = 0;
    for (size_t i = 0; i < group->count; i++)
        sum += (double)values[i];
    if (values[group->count - 1] == STATISTICS_NEVER)
        (void)fputs("\tnever", to);
    else
        (void)fprintf(to, "\t%.6f", sum / (double)group->count / unit);
    if (high == STATISTICS_NEVER)
        (void)fputs("\tnever", to);
    else
        (void)fprintf(to, "\t%.6f", (double)high / unit);
}

static void put_group(plot_figure *figure, figure_moves *self, const stats_move_group *group, size_t number)
{
    (void)fprintf(figure->to_data, "%zu\t%s\t%.6f", number, self->series[number - 1].name,
                  (double)group->round_trip_ns / 1e6);
    put_value(figure->to_data, group, STATS_MOVE_GAP, 1e6);
    put_value(figure->to_data, group, STATS_MOVE_LOST, 1);
    (void)fprintf(figure->to_data, "\t%zu\n", group->count);
    self->moves += group->count;
    self->low_ns = group->round_trip_ns < self->low_ns ? group->round_trip_ns : self->low_ns;
    self->high_ns = group->round_trip_ns > self->high_ns ? group->round_trip_ns : self->high_ns;
}

/* Series by series, so that lines join their points. */
static void put_groups(plot_figure *figure, figure_moves *self)
{
    int setting;
    (void)fputs("series\tname\trtt_ms\tgap_ms\tgap_ms_90\tlost\tlost_90\tmoves\n", figure->to_data);
    for (size_t i = 0; i < self->all.count; i++)
        if (is_shown(self, &self->all.groups[i], &setting))
            (void)series_of(self, &self->all.groups[i], setting);
    for (size_t number = 1; number <= self->count; number++)
        for (size_t i = 0; i < self->all.count; i++)
            if (is_shown(self, &self->all.groups[i], &setting) &&
                series_of(self, &self->all.groups[i], setting) == number)
                put_group(figure, self, &self->all.groups[i], number);
}

static void describe(plot_figure *figure, const plot_store *from, const figure_moves *self)
{
    char *names[SERIES_MAX];
    char commit[64];
    for (size_t i = 0; i < self->count; i++)
        names[i] = (char *)(uintptr_t)self->series[i].name;
    plot_parameter_texts(figure, "series", names, self->count);
    for (size_t i = 0; i < self->count; i++)
        (void)fprintf(figure->to_parameters, "%s%d", i ? " " : "colours = '",
                      self->series[i].reconnects ? 2 : 1);
    (void)fputs("'\n", figure->to_parameters);
    for (size_t i = 0; i < self->count; i++)
        (void)fprintf(figure->to_parameters, "%s%d", i ? " " : "dashes = '", self->series[i].setting ? 2 : 1);
    (void)fputs("'\n", figure->to_parameters);
    plot_parameter_log_axis(figure, "rtt_ms", (double)self->low_ns / 1.3e6,
                            (double)self->high_ns * 1.3 / 1e6);
    plot_parameter_number(figure, "width", 860);
    plot_parameter_number(figure, "height", 470);
    plot_commit_text(from, commit, sizeof commit);
    (void)snprintf(figure->title, sizeof figure->title, "What it costs to migrate, and to dial anew");
    (void)snprintf(
        figure->caption, sizeof figure->caption,
        "n = %zu moves; points: mean, bars: to the 90th percentile; gaps: the longer one of both ways; %s",
        self->moves, commit);
}

static int read_moves(const plot_options *options, const plot_store *from, figure_moves *out)
{
    const stats_moves_filter filter = {.build = from->build,
                                       .scenario = options->scenario_count ? options->scenarios[0] : NULL};
    const int status = stats_moves_read(from->store, filter, &out->all);
    bool any = false;
    for (size_t i = 0; !status && i < out->all.count; i++) {
        const char *const combination = out->all.groups[i].combination;
        if (!any)
            setting_of(combination, out->settings[0]);
        setting_of(combination, out->settings[1]);
        any = true;
    }
    return status;
}

static int moves_data(plot_figure *figure, const plot_options *options, const plot_store *from)
{
    figure_moves *const self = calloc(1, sizeof *self);
    if (!self)
        return plot_refuse(figure, COMMAND_BROKEN, "out of memory");
    int result = 0;
    self->low_ns = UINT64_MAX;
    if (options->scenario_count > 1)
        result = plot_refuse(figure, COMMAND_USAGE, "moves: one scenario, not %zu", options->scenario_count);
    else if (read_moves(options, from, self))
        result = plot_refuse(figure, COMMAND_BROKEN, "%s", store_message(from->store));
    if (!result) {
        put_groups(figure, self);
        if (self->moves == 0)
            result = plot_refuse(figure, COMMAND_USAGE,
                                 "%s: no migration or reconnect reached the other end in the runs asked for",
                                 options->db);
        else
            describe(figure, from, self);
    }
    stats_moves_fini(&self->all);
    free(self);
    return result;
}

const plot_kind plot_kind_moves = {
    .name = "moves",
    .help = "migrating against dialling anew: gap and messages lost, by round\n"
            "trip\n",
    .of_store = moves_data,
};
