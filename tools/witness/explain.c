/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/output.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/witness/explain_draw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OPTION_AROUND, OPTION_BETWEEN, OPTION_OF, OPTION_ALL, OPTION_SVG, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_AROUND] = {.name = "around",
                       .value = "NAME",
                       .help = "around each migration or reconnect of that label, entry of the\n"
                               "timeline of that verb, event of that name (see events.jsonl),\n"
                               "or time (9s), from 50 ms before it"},
    [OPTION_BETWEEN] = {.name = "between", .value = "A..B", .help = "between these times: 5s..5.4s"},
    [OPTION_OF] = {.name = "of",
                   .value = "NODE",
                   .help = "connections of that node; default: of the first three pairs"},
    [OPTION_ALL] = {.name = "all", .help = "every packet and every frame"},
    [OPTION_SVG] = {.name = "svg",
                    .value = "FILE",
                    .kind = VALUE_FILE,
                    .help = "the same as a figure, in place of the text"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *dir;
    const char *of;
    const char *svg;
    explain_wish wish;
    bool help;
} arguments;

static int refuse(int status, const char *message)
{
    (void)fprintf(stderr, "roam explain: %s\n", message);
    return status;
}

static void take_option(arguments *self, int option, const char *value)
{
    switch (option) {
    case OPTION_AROUND:
        self->wish.around = value;
        break;
    case OPTION_BETWEEN:
        self->wish.between = value;
        break;
    case OPTION_OF:
        self->of = value;
        break;
    case OPTION_ALL:
        self->wish.all = true;
        break;
    case OPTION_SVG:
        self->svg = value;
        break;
    case OPTION_HELP:
        self->help = true;
        break;
    }
}

static bool read_arguments(arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, "roam explain", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        take_option(self, option, reader.value);
    if (option == OPTION_INVALID || self->help)
        return option != OPTION_INVALID;
    if (reader.operands == 1) {
        self->dir = argv[1];
        return true;
    }
    (void)refuse(COMMAND_USAGE,
                 reader.operands == 0
                     ? "which run? DIR, as roam run --out DIR --pcap left it; see roam explain --help"
                     : "one directory, please; see roam explain --help");
    return false;
}

/* ---- directories that are no run ---- */

static bool is_there(const char *dir, const char *name)
{
    char path[OUTPUT_PATH_MAX];
    struct stat status;
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return stat(path, &status) == 0;
}

static int refuse_directory(const char *dir, const char *reason)
{
    (void)fprintf(stderr,
                  "roam explain: %s: %s; roam run SCENARIO.yaml --out %s --pcap makes what is needed\n", dir,
                  reason, dir);
    return COMMAND_USAGE;
}

static int check_directory(const char *dir)
{
    struct stat status;
    if (stat(dir, &status) != 0)
        return refuse_directory(dir, "there is no such directory");
    if (!S_ISDIR(status.st_mode))
        return refuse_directory(dir, "is no directory");
    if (!is_there(dir, "events.jsonl"))
        return refuse_directory(dir, "has no events.jsonl: it is no run");
    if (!is_there(dir, "packets.pcapng"))
        return refuse_directory(dir, "has no packets.pcapng: the run was made without --pcap");
    return COMMAND_OK;
}

/* ---- what is drawn ---- */

static const char *next_node(const void *ctx, size_t index)
{
    const explain_run *const run = ctx;
    return index < run->node_count ? run->nodes[index].name : NULL;
}

static bool find_node(const explain_run *run, const char *name, uint32_t *node)
{
    *node = name ? explain_run_node(run, name) : EXPLAIN_NONE;
    if (!name || *node != EXPLAIN_NONE)
        return true;
    const char *const nearest = option_nearest(name, next_node, run);
    (void)fprintf(stderr, "roam explain: --of: this run has no node '%s'%s%s%s\n", name,
                  nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : "");
    return false;
}

static int write_svg(const explain_story *story, const char *path)
{
    char message[OUTPUT_MESSAGE_MAX];
    char *text = NULL;
    size_t len = 0;
    FILE *const stream = open_memstream(&text, &len);
    if (!stream)
        return refuse(COMMAND_BROKEN, "out of memory");
    explain_draw_svg(story, stream);
    const bool whole = fclose(stream) == 0;
    const int result = whole ? output_write(path, text, message) : OUTPUT_ERR_SYSTEM;
    free(text);
    if (result != OUTPUT_OK)
        return refuse(COMMAND_BROKEN, whole ? message : "out of memory");
    return COMMAND_OK;
}

static int draw(const explain_trace *trace, const arguments *self)
{
    char message[EXPLAIN_MESSAGE_MAX];
    explain_wish wish = self->wish;
    explain_story story = {0};
    int status = COMMAND_OK;
    if (!find_node(trace->run, self->of, &wish.of))
        return COMMAND_USAGE;
    if (!explain_story_make(trace, &wish, &story, message))
        status = refuse(COMMAND_USAGE, message);
    else if (self->svg)
        status = write_svg(&story, self->svg);
    else {
        const explain_terminal terminal = explain_terminal_of(stdout);
        explain_draw(&story, &terminal, stdout);
    }
    explain_story_fini(&story);
    return status;
}

static int explain(const arguments *self)
{
    char message[EXPLAIN_MESSAGE_MAX];
    char path[OUTPUT_PATH_MAX];
    explain_run run;
    explain_trace trace = {0};
    int status = check_directory(self->dir);
    if (status != COMMAND_OK)
        return status;
    (void)snprintf(path, sizeof path, "%s/packets.pcapng", self->dir);
    if (!explain_run_read(self->dir, &run, message) || !explain_trace_read(&run, path, &trace, message))
        status = refuse(COMMAND_USAGE, message);
    else
        status = draw(&trace, self);
    explain_trace_fini(&trace);
    explain_run_fini(&run);
    return status;
}

static int command_explain(int argc, char **argv)
{
    arguments self = {.wish.of = EXPLAIN_NONE};
    if (!read_arguments(&self, argc, argv))
        return COMMAND_USAGE;
    if (self.help) {
        help_print(&COMMAND_EXPLAIN, stdout);
        return COMMAND_OK;
    }
    return explain(&self);
}

const command_row COMMAND_EXPLAIN = {
    .name = "explain",
    .about = "draw the packets of a run as a sequence",
    .function = command_explain,
    .usage = "roam explain DIR [OPTION]...",
    .text = "Draws the packets of a run as a sequence: which host sent which packet to which,\n"
            "over which path, through which NAT or relay, with the frames that matter for\n"
            "migration; what was lost, and why; entries of the timeline and results of calls\n"
            "between them. What does not matter is folded, with its length. DIR is what\n"
            "roam run --out DIR --pcap left. Without --around, --between and --all it is the\n"
            "whole of a short run, and of a longer one what is around each migration,\n"
            "reconnect, rebind, lost peer and change of a NAT.",
    .options = rows,
    .column = 18,
    .status = "0 told; 2 usage, or DIR is no such directory; 3 FILE cannot be\n"
              "written.",
    .operands = {{.kind = VALUE_DIRECTORY}},
    .operand_count = 1,
};
