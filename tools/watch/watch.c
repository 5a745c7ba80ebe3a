/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/interrupt.h"
#include "tools/watch/line.h"
#include "tools/watch/live.h"
#include "tools/witness/explain_run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_SPEED, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_SPEED] = WATCH_SPEED_ROW,
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *dir;
    watch_settings settings;
    bool help;
} arguments;

static int refuse(int status, const char *message)
{
    (void)fprintf(stderr, "roam watch: %s\n", message);
    return status;
}

static bool read_arguments(arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, "roam watch", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (option == OPTION_HELP)
            self->help = true;
        else if (!watch_take(&self->settings, "roam watch", WATCH_SPEED, reader.value))
            return false;
    if (option == OPTION_INVALID || self->help)
        return option != OPTION_INVALID;
    if (reader.operands == 1) {
        self->dir = argv[1];
        return true;
    }
    (void)refuse(COMMAND_USAGE, reader.operands == 0
                                    ? "which run? DIR, as roam run --out DIR left it; see roam watch --help"
                                    : "one directory, please; see roam watch --help");
    return false;
}

/* Calls take with each line, in order, until the view is over. A last line that is cut off is passed over, as
 * by the reader of runs, which has found no other fault. */
static void each_line(FILE *file, play *of, void (*take)(play *of, const json_t *line))
{
    char *text = NULL;
    size_t size = 0;
    ssize_t len;
    rewind(file);
    while (!play_over(of) && (len = getline(&text, &size, file)) > 0) {
        json_t *const line = json_loadb(text, (size_t)len, 0, NULL);
        if (json_is_object(line))
            take(of, line);
        json_decref(line);
    }
    free(text);
}

static void take_entry(play *of, const json_t *line)
{
    const char *const event = explain_text(line, "event");
    if (event && strcmp(event, "timeline") == 0)
        watch_model_coming(&of->model, explain_count(line, "at_ns", 0), line);
}

static void print_verdict(const explain_run *recorded)
{
    const char *const verdict = explain_text(recorded->summary, "verdict");
    char text[64];
    watch_line_clean(text, sizeof text, verdict);
    if (verdict)
        (void)printf("%s: %s\n", text, recorded->scenario);
    else
        (void)printf("no verdict: %s has no summary.json, or none that says it\n", recorded->scenario);
}

static int show(const arguments *self, const explain_run *recorded, FILE *file)
{
    play_options options = watch_play_options(&self->settings, true);
    play shown;
    int status = COMMAND_OK;
    options.stop = interrupt_came;
    interrupt_catch(INTERRUPT_SECOND_IGNORED);
    if (!play_init(&shown, &options)) {
        play_fini(&shown);
        return refuse(COMMAND_BROKEN, "out of memory");
    }
    shown.model.end_ns = recorded->end_ns;
    if (!watch_open(&(watch_settings){.on = true}, "roam watch")) {
        play_fini(&shown);
        return COMMAND_BROKEN;
    }
    each_line(file, &shown, take_entry);
    each_line(file, &shown, play_line);
    play_hold(&shown);
    if (shown.model.no_memory)
        status = COMMAND_BROKEN;
    if (play_over(&shown) && !shown.model.ended)
        status = COMMAND_INTERRUPTED;
    if (interrupt_came(NULL))
        status = COMMAND_INTERRUPTED;
    watch_close();
    play_fini(&shown);
    if (status == COMMAND_INTERRUPTED)
        return refuse(status, "interrupted");
    if (status == COMMAND_BROKEN)
        return refuse(status, "out of memory");
    print_verdict(recorded);
    return status;
}

static int command_watch(int argc, char **argv)
{
    arguments self = {0};
    char message[EXPLAIN_MESSAGE_MAX];
    char path[4096];
    explain_run recorded;
    int status;
    if (!read_arguments(&self, argc, argv))
        return COMMAND_USAGE;
    if (self.help) {
        help_print(&COMMAND_WATCH, stdout);
        return COMMAND_OK;
    }
    (void)snprintf(path, sizeof path, "%s/events.jsonl", self.dir);
    FILE *const file = fopen(path, "re");
    if (!file && errno == ENOTDIR) {
        (void)snprintf(message, sizeof message,
                       "%s is no directory: give the one that roam run --out DIR left; roam run --watch "
                       "shows a scenario",
                       self.dir);
        return refuse(COMMAND_USAGE, message);
    }
    if (!file) {
        (void)snprintf(message, sizeof message, "%s: %s; roam run SCENARIO.yaml --out DIR makes one", path,
                       strerror(errno));
        return refuse(COMMAND_USAGE, message);
    }
    if (explain_run_read(self.dir, &recorded, message))
        status = show(&self, &recorded, file);
    else
        status = refuse(COMMAND_USAGE, message);
    explain_run_fini(&recorded);
    (void)fclose(file);
    return status;
}

const command_row COMMAND_WATCH = {
    .name = "watch",
    .about = "show a recorded run in motion",
    .function = command_watch,
    .usage = "roam watch [--speed N] DIR",
    .text =
        "Shows in the terminal what roam run --out DIR recorded, as roam run --watch shows a run:\n"
        "nodes, paths, the timeline and events, at a speed. What only a run that goes on has, RTT,\n"
        "windows, connection IDs, messages and bindings, is not shown. Where there is no terminal, events\n"
        "are printed as lines. At the end it waits for q or space. Keys, also of roam run --watch:\n"
        "\n"
        "  up, down, k, j     select a node; Home and End, g and G: the first, the last\n"
        "  Enter, Tab         open and close what is known of the node: paths, bindings, events\n"
        "  PgUp, PgDn         scroll nodes, connections, messages and NATs, or what is open\n"
        "  space, .           pause and go on; go on to the next event, and pause\n"
        "  + -                twice, and half, the speed\n"
        "  q                  quit",
    .options = rows,
    .column = 13,
    .status = "0 shown; 2 usage, DIR is no run, or what it holds is damaged; 130\n"
              "interrupted, or quit before the end.",
    .operands = {{.kind = VALUE_DIRECTORY}},
    .operand_count = 1,
};
