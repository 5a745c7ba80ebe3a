/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/plot/plot.h"

#include "tools/cli/command.h"
#include "tools/cli/options.h"

#include <stdio.h>
#include <string.h>

static const char help_text[] =
    "usage: roam plot KIND --db FILE [OPTION]... -o DIR/NAME [SCENARIO...]\n"
    "       roam plot timeline --run DIR [OPTION]... -o DIR/NAME\n"
    "\n"
    "Draws a figure with gnuplot. Beside NAME.svg and NAME.png it leaves the data,\n"
    "NAME.tsv, and the script, NAME.gp, that draws them again when it was edited:\n"
    "gnuplot NAME.gp.\n"
    "\n"
    "  cdf         how long path validation took: its distribution by scenario\n"
    "  rtt         validation against the round trip, with the closed form\n"
    "  timeline    one migration as both ends saw it: SRTT, congestion window and\n"
    "              goodput of both paths, the gap, and events\n"
    "  outcomes    what became of connections, by combination: NAT types, say\n"
    "  loss        share of migrations that succeed, against loss\n"
    "  commits     percentiles of validation from commit to commit\n"
    "\n"
    "  --db FILE      a store, as roam sweep makes it; its newest build counts\n"
    "  --run DIR      what roam run --out DIR --qlog left\n"
    "  -o DIR/NAME    where to: NAME.svg, NAME.png, NAME.tsv, NAME.gp in DIR\n"
    "  --as LABEL     migrations with this label alone\n"
    "  --title TEXT   another title\n"
    "  --format LIST  svg, png, or svg,png (svg,png)\n"
    "  --force        overwrite\n"
    "  --help         this text\n"
    "\n"
    "SCENARIO names those to draw; all that fit when none is named.\n"
    "Exit status: 0 drawn; 2 usage, there is no such store, run or data, or the figure\n"
    "exists; 3 gnuplot is missing or failed, or a file cannot be written.\n";

enum { OPTION_DB, OPTION_RUN, OPTION_OUT, OPTION_AS, OPTION_TITLE, OPTION_FORMAT, OPTION_FORCE, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_DB] = {"db", "FILE"},
    [OPTION_RUN] = {"run", "DIR"},
    [OPTION_OUT] = {"out", "DIR/NAME"},
    [OPTION_AS] = {"as", "LABEL"},
    [OPTION_TITLE] = {"title", "TEXT"},
    [OPTION_FORMAT] = {"format", "svg,png"},
    [OPTION_FORCE] = {"force", NULL},
    [OPTION_HELP] = {"help", NULL},
    {NULL, NULL},
};

typedef struct arguments {
    plot_options options;
    plot_kind kind;
    const char *out;
    const char *format;
    bool help;
} arguments;

static const char *next_kind(const void *ctx, size_t index)
{
    (void)ctx;
    return index < PLOT_KINDS ? plot_kind_name((plot_kind)index) : NULL;
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
    for (int i = 0; i < PLOT_KINDS; i++) {
        if (strcmp(plot_kind_name((plot_kind)i), word) == 0) {
            self->kind = (plot_kind)i;
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

static bool check_arguments(arguments *self)
{
    const plot_options *const options = &self->options;
    if (!self->out)
        return refuse("%s: -o DIR/NAME", "no name for the figure");
    if (self->kind != PLOT_TIMELINE)
        return options->run ? refuse("--run is for %s", "timeline")
                            : options->db || refuse("no store given: %s, as roam sweep made it", "--db FILE");
    if (options->db || options->scenario_count > 0)
        return refuse("timeline takes %s, neither --db nor scenarios", "--run DIR");
    return options->run || refuse("no run given: %s, as roam run --out DIR --qlog left it", "--run DIR");
}

static void take_option(arguments *self, int option, const char *value)
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
}

static bool read_arguments(arguments *self, int argc, char **argv)
{
    static char out[] = "--out";
    option_reader reader;
    int option;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        argv[i] = strcmp(argv[i], "-o") == 0 ? out : argv[i];
    option_reader_init(&reader, "roam plot", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        take_option(self, option, reader.value);
    if (option == OPTION_INVALID || self->help)
        return option != OPTION_INVALID;
    if (reader.operands == 0)
        return refuse("which figure? %s", "cdf, rtt, timeline, outcomes, loss or commits");
    self->options.scenarios = (const char *const *)(argv + 2);
    self->options.scenario_count = (size_t)reader.operands - 1;
    return read_kind(self, argv[1]) && read_format(self) && check_arguments(self);
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
    for (; *word; word++) {
        if (*word == '\'')
            (void)fputs("'\\''", to);
        else
            (void)fputc((unsigned char)*word < ' ' ? ' ' : *word, to);
    }
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

int command_plot(int argc, char **argv)
{
    arguments self = {0};
    char command[4096];
    char message[PLOT_MESSAGE_MAX];
    plot_options_default(&self.options);
    if (command_text(command, sizeof command, argc, argv))
        self.options.command = command;
    if (!read_arguments(&self, argc, argv))
        return COMMAND_USAGE;
    if (self.help) {
        (void)fputs(help_text, stdout);
        return COMMAND_OK;
    }
    const int status = plot_make(self.kind, &self.options, self.out, message);
    if (message[0])
        (void)fprintf(stderr, "roam plot: %s\n", message);
    if (!status)
        (void)printf("%s: .tsv .gp%s%s\n", self.out, self.options.svg ? " .svg" : "",
                     self.options.png ? " .png" : "");
    return status;
}
