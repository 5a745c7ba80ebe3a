/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/report/figures.h"
#include "tools/report/load.h"
#include "tools/report/page.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    OPTION_OUTPUT,
    OPTION_BASELINE,
    OPTION_WHERE,
    OPTION_TITLE,
    OPTION_NO_FIGURES,
    OPTION_FORCE,
    OPTION_HELP
};

static const option_row rows[] = {
    [OPTION_OUTPUT] = {.name = "output",
                       .value = "FILE",
                       .kind = VALUE_FILE,
                       .letter = 'o',
                       .help = "where the page goes; it must not exist, unless with --force"},
    [OPTION_BASELINE] = {.name = "baseline",
                         .value = "DIR",
                         .kind = VALUE_DIRECTORY,
                         .help = "compare with the baselines there, as roam gate does"},
    [OPTION_WHERE] = WHERE_ROW,
    [OPTION_TITLE] = {.name = "title", .value = "TEXT", .help = "the page's title (Migration report)"},
    [OPTION_NO_FIGURES] = {.name = "no-figures", .help = "tables alone; figures need gnuplot"},
    [OPTION_FORCE] = {.name = "force", .help = "replace a page that exists"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *source;
    const char *output;
    const char *baselines;
    where_conditions where;
    const char *title;
    bool no_figures;
    bool force;
    bool help;
} arguments;

/* False: after a message. */
static bool take_option(arguments *self, int option, const char *value)
{
    switch (option) {
    case OPTION_OUTPUT:
        self->output = value;
        break;
    case OPTION_BASELINE:
        self->baselines = value;
        break;
    case OPTION_WHERE:
        return where_add(&self->where, "roam report", value);
    case OPTION_TITLE:
        self->title = value;
        break;
    case OPTION_NO_FIGURES:
        self->no_figures = true;
        break;
    case OPTION_FORCE:
        self->force = true;
        break;
    case OPTION_HELP:
        self->help = true;
        break;
    }
    return true;
}

static bool check_arguments(const arguments *self, int operands)
{
    const char *fault = NULL;
    if (operands == 0)
        fault = "no store and no directory given";
    else if (operands > 1)
        fault = "one store or directory at a time; roam merge joins stores";
    else if (!self->output)
        fault = "no output given: -o FILE";
    else if (self->baselines && access(self->baselines, F_OK) != 0)
        fault = "--baseline: there is no such directory";
    else if (self->baselines && self->where.count > 0)
        fault = "--where: a baseline is of all combinations, so not with --baseline";
    if (fault)
        (void)fprintf(stderr, "roam report: %s; see roam report --help\n", fault);
    return !fault;
}

static bool read_arguments(arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, "roam report", rows, argc, argv);
    bool good = true;
    while ((option = option_next(&reader)) >= 0)
        good = take_option(self, option, reader.value) && good;
    self->source = argv[1];
    return good && option != OPTION_INVALID && (self->help || check_arguments(self, reader.operands));
}

/* ---- the page ---- */

static bool is_special(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && !S_ISREG(status.st_mode);
}

/* To a file beside it first: a page is there whole or not at all. A device is written to, and stays one. */
static int write_page(const arguments *self, const report_input *input)
{
    const bool special = is_special(self->output);
    const size_t size = strlen(self->output) + 8;
    char *const beside = malloc(size);
    if (!beside) {
        (void)fprintf(stderr, "roam report: out of memory\n");
        return COMMAND_BROKEN;
    }
    (void)snprintf(beside, size, "%s%s", self->output, special ? "" : ".tmp");
    FILE *const page = fopen(beside, "w");
    int status = page ? report_page(input, page) : STORE_OK;
    if (status)
        (void)fprintf(stderr, "roam report: %s\n", store_message(input->from));
    const bool failed = !page || fflush(page) != 0 || ferror(page);
    int error = failed ? errno : 0;
    if (page && fclose(page) != 0 && !error)
        error = errno;
    if (!error && !status && !special && rename(beside, self->output) != 0)
        error = errno;
    if (error) {
        (void)fprintf(stderr, "roam report: %s: %s\n", self->output, strerror(error));
        status = STORE_ERR_SYSTEM;
    }
    if (status && page && !special)
        (void)unlink(beside);
    free(beside);
    return status ? COMMAND_BROKEN : COMMAND_OK;
}

static int report_measures(const arguments *self, store *from, const measures *all)
{
    report_comparison comparison = {0};
    report_figures figures = {0};
    int status = self->baselines ? report_compare(from, all, self->baselines, &comparison) : COMMAND_OK;
    if (status != COMMAND_OK)
        return status;
    if (!self->no_figures)
        report_figures_make(self->source, &self->where, all, &figures);
    const report_input input = {.from = from,
                                .source = self->source,
                                .all = all,
                                .changes = self->baselines ? &comparison.changes : NULL,
                                .against = self->baselines,
                                .unmatched = (const char *const *)comparison.unmatched,
                                .unmatched_count = comparison.unmatched_count,
                                .figures = figures.items,
                                .figure_count = figures.count,
                                .timelines = figures.timelines,
                                .no_figures = figures.why_not[0] ? figures.why_not : NULL,
                                .where = &self->where,
                                .title = self->title};
    status = write_page(self, &input);
    report_figures_free(&figures);
    report_comparison_free(&comparison);
    return status;
}

static int report(const arguments *self)
{
    store *from = NULL;
    measures all;
    char why[WHERE_MESSAGE_MAX];
    assert(self->source && self->output);
    if (!self->force && access(self->output, F_OK) == 0) {
        (void)fprintf(stderr, "roam report: %s exists: --force replaces it\n", self->output);
        return COMMAND_USAGE;
    }
    int status = report_load(self->source, &from);
    if (status != COMMAND_OK)
        return status;
    status = where_restrict(from, &self->where, &(where_extent){0}, why);
    if (status) {
        (void)fprintf(stderr, "roam report: %s: %s\n", self->source, why);
        store_close(from);
        return status;
    }
    if (measures_load(from, (measures_filter){.without_points = true}, &all) != STORE_OK) {
        (void)fprintf(stderr, "roam report: %s\n", store_message(from));
        store_close(from);
        return COMMAND_BROKEN;
    }
    if (all.count > 0) {
        status = report_measures(self, from, &all);
    } else {
        (void)fprintf(stderr, "roam report: %s: no runs are in it\n", self->source);
        status = COMMAND_USAGE;
    }
    measures_free(&all);
    store_close(from);
    return status;
}

static int command_report(int argc, char **argv)
{
    arguments self = {.title = "Migration report"};
    if (!read_arguments(&self, argc, argv))
        return COMMAND_USAGE;
    if (!self.help)
        return report(&self);
    help_print(&COMMAND_REPORT, stdout);
    return COMMAND_OK;
}

const command_row COMMAND_REPORT = {
    .name = "report",
    .about = "make a page of HTML of results",
    .function = command_report,
    .usage = "roam report DB|DIR -o FILE [OPTION]...",
    .text = "Makes one page of HTML of a store (roam sweep --db), or of what roam run --out left:\n"
            "the verdict first, then what did not pass and the command that runs it again, figures,\n"
            "tables that sort. The page needs no network, and can be read without JavaScript.",
    .options = rows,
    .column = 21,
    .status = "0 made, whatever the verdict; 2 usage, or DB is no store; 3 the page\n"
              "cannot be written.",
    .operands = {{.kind = VALUE_PATH}},
    .operand_count = 1,
};
