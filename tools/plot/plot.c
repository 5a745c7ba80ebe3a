/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/plot/plot.h"

#include "core/number.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/plot/figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTION_DB,
    OPTION_RUN,
    OPTION_OUT,
    OPTION_AS,
    OPTION_WHERE,
    OPTION_REBIND,
    OPTION_TITLE,
    OPTION_FORMAT,
    OPTION_FORCE,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_DB] = {.name = "db",
                   .value = "FILE",
                   .kind = VALUE_FILE,
                   .help = "a store, as roam sweep makes it; its newest build counts"},
    [OPTION_RUN] = {.name = "run",
                    .value = "DIR",
                    .kind = VALUE_DIRECTORY,
                    .help = "what roam run --out DIR left; for timeline, with --qlog"},
    [OPTION_OUT] = {.name = "out",
                    .value = "DIR/NAME",
                    .kind = VALUE_FILE,
                    .letter = 'o',
                    .help = "where to: NAME.svg, NAME.png, NAME.tsv, NAME.gp in DIR"},
    [OPTION_AS] = {.name = "as", .value = "LABEL", .help = "migrations with this label alone"},
    [OPTION_WHERE] = WHERE_ROW,
    [OPTION_REBIND] = {.name = "rebind",
                       .value = "N",
                       .kind = VALUE_NUMBER,
                       .help = "of timeline: the NAT rebinding that summary.json lists as number N"},
    [OPTION_TITLE] = {.name = "title", .value = "TEXT", .help = "another title"},
    [OPTION_FORMAT] = {.name = "format",
                       .value = "LIST",
                       .kind = VALUE_LIST,
                       .help = "svg, png, or svg,png (svg,png)",
                       .words = {.choices = "svg|png"}},
    [OPTION_FORCE] = {.name = "force", .help = "overwrite"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    plot_options options;
    const plot_kind *kind;
    const char *out;
    const char *format;
    const char *rebind;
    bool help;
} arguments;

static const char *next_kind(const void *ctx, size_t index)
{
    const plot_kind *const kind = plot_kind_at(index);
    (void)ctx;
    return kind ? kind->name : NULL;
}

/* Name and text of each kind, the text's lines below one another. */
static void kind_words(const word_sink *out)
{
    const plot_kind *kind;
    for (size_t i = 0; (kind = plot_kind_at(i)) != NULL; i++)
        out->take(out->ctx, kind->name, kind->help);
}

/* "cdf, rtt, loss or commits" */
static const char *kind_names(char *text, size_t size)
{
    const plot_kind *kind;
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; (kind = plot_kind_at(i)) != NULL && used < size; i++) {
        const char *const before = i == 0 ? "" : plot_kind_at(i + 1) ? ", " : " or ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", before, kind->name);
    }
    return text;
}

static bool refuse(const char *what, const char *word)
{
    (void)fprintf(stderr, "roam plot: ");
    (void)fprintf(stderr, what, word);
    (void)fprintf(stderr, "; see roam plot --help\n");
    return false;
}

static bool read_kind(arguments *self, const char *word)
{
    const plot_kind *kind;
    for (size_t i = 0; (kind = plot_kind_at(i)) != NULL; i++) {
        if (strcmp(kind->name, word) == 0) {
            self->kind = kind;
            return true;
        }
    }
    const char *const nearest = option_nearest(word, next_kind, NULL);
    if (!nearest)
        return refuse("unknown figure '%s'", word);
    (void)fprintf(stderr, "roam plot: unknown figure '%s'; did you mean '%s'?\n", word, nearest);
    return false;
}

static bool read_format(arguments *self)
{
    plot_options *const options = &self->options;
    if (!self->format)
        return true;
    options->svg = strcmp(self->format, "svg") == 0;
    options->png = strcmp(self->format, "png") == 0;
    if (strcmp(self->format, "svg,png") == 0 || strcmp(self->format, "png,svg") == 0)
        options->svg = options->png = true;
    return options->svg || options->png ||
           refuse("--format: '%s' is neither svg nor png nor svg,png", self->format);
}

static bool read_rebind(arguments *self)
{
    uint64_t number = 0;
    if (!self->rebind)
        return true;
    if (self->kind->of_store || self->options.label)
        return refuse("--rebind is for %s", self->kind->of_store ? "timeline" : "a timeline without --as");
    if (!core_number_whole(self->rebind, 1, UINT32_MAX, &number))
        return refuse("--rebind: '%s' is no number of a rebinding, from 1", self->rebind);
    self->options.rebind = (size_t)number;
    return true;
}

static bool check_arguments(arguments *self)
{
    const plot_options *const options = &self->options;
    if (!self->out)
        return refuse("%s: -o DIR/NAME", "no name for the figure");
    if (self->kind->of_store)
        return options->run ? refuse("--run is for %s", "timeline and overlay")
                            : options->db || refuse("no store given: %s, as roam sweep made it", "--db FILE");
    if (options->db || options->scenario_count > 0 || options->where.count > 0)
        return refuse("%s takes --run DIR, neither --db nor scenarios nor --where", self->kind->name);
    return options->run || refuse("no run given: %s, as roam run --out DIR left it", "--run DIR");
}

/* False: after a message. */
static bool take_option(arguments *self, int option, const char *value)
{
    switch (option) {
    case OPTION_DB:
        self->options.db = value;
        break;
    case OPTION_RUN:
        self->options.run = value;
        break;
    case OPTION_OUT:
        self->out = value;
        break;
    case OPTION_AS:
        self->options.label = value;
        break;
    case OPTION_WHERE:
        return where_add(&self->options.where, "roam plot", value);
    case OPTION_REBIND:
        self->rebind = value;
        break;
    case OPTION_TITLE:
        self->options.title = value;
        break;
    case OPTION_FORMAT:
        self->format = value;
        break;
    case OPTION_FORCE:
        self->options.force = true;
        break;
    case OPTION_HELP:
        self->help = true;
        break;
    }
    return true;
}

static bool read_arguments(arguments *self, int argc, char **argv)
{
    char names[256];
    option_reader reader;
    int option;
    option_reader_init(&reader, "roam plot", rows, argc, argv);
    bool good = true;
    while ((option = option_next(&reader)) >= 0)
        good = take_option(self, option, reader.value) && good;
    if (!good)
        return false;
    if (option == OPTION_INVALID || self->help)
        return option != OPTION_INVALID;
    if (reader.operands == 0)
        return refuse("which figure? %s", kind_names(names, sizeof names));
    self->options.scenarios = (const char *const *)(argv + 2);
    self->options.scenario_count = (size_t)reader.operands - 1;
    return read_kind(self, argv[1]) && read_format(self) && read_rebind(self) && check_arguments(self);
}

/* ---- the command, as it would be typed again ---- */

static void put_word(FILE *to, const char *word)
{
    static const char PLAIN[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=./,:%@";
    (void)fputc(' ', to);
    if (*word && strspn(word, PLAIN) == strlen(word)) {
        (void)fputs(word, to);
        return;
    }
    (void)fputc('\'', to);
    for (; *word; word++)
        if (*word == '\'')
            (void)fputs("'\\''", to);
        else
            (void)fputc((unsigned char)*word < ' ' ? ' ' : *word, to);
    (void)fputc('\'', to);
}

static bool command_text(char *text, size_t size, int argc, char **argv)
{
    FILE *const to = fmemopen(text, size, "w");
    if (!to)
        return false;
    (void)fputs("roam plot", to);
    for (int i = 1; i < argc; i++)
        put_word(to, argv[i]);
    const bool good = !ferror(to);
    return fclose(to) == 0 && good;
}

static int plot(arguments *self, int argc, char **argv)
{
    char command[4096];
    char message[PLOT_MESSAGE_MAX];
    if (command_text(command, sizeof command, argc, argv))
        self->options.command = command;
    if (!read_arguments(self, argc, argv))
        return COMMAND_USAGE;
    if (self->help) {
        help_print(&COMMAND_PLOT, stdout);
        return COMMAND_OK;
    }
    const int status = plot_make(self->kind->name, &self->options, self->out, message);
    if (message[0])
        (void)fprintf(stderr, "roam plot: %s\n", message);
    if (!status)
        (void)printf("%s: .tsv .gp%s%s\n", self->out, self->options.svg ? " .svg" : "",
                     self->options.png ? " .png" : "");
    return status;
}

static int command_plot(int argc, char **argv)
{
    arguments self = {0};
    plot_options_default(&self.options);
    return plot(&self, argc, argv);
}

const command_row COMMAND_PLOT = {
    .name = "plot",
    .about = "draw figures of a store, or of a run",
    .function = command_plot,
    .usage = "roam plot KIND --db FILE [OPTION]... -o DIR/NAME [SCENARIO...]\n"
             "       roam plot timeline|overlay --run DIR [OPTION]... -o DIR/NAME",
    .text = "Draws a figure with gnuplot. Beside NAME.svg and NAME.png it leaves the data,\n"
            "NAME.tsv, and the script, NAME.gp, that draws them again when it was edited:\n"
            "gnuplot NAME.gp.",
    .options = rows,
    .list_column = 14,
    .column = 17,
    .notes = "SCENARIO names those to draw; all that fit when none is named.\n",
    .status = "0 drawn; 2 usage, there is no such store, run or data, or the figure\n"
              "exists; 3 gnuplot is missing or failed, or a file cannot be written.",
    .operands = {{.kind = VALUE_WORD, .words = {.list = kind_words}}, {.kind = VALUE_TEXT}},
    .operand_count = 2,
};
