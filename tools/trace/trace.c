/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sim/record/output.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/trace/world.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { OPTION_OUT, OPTION_FORCE, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_OUT] = {.name = "out",
                    .value = "FILE",
                    .kind = VALUE_FILE,
                    .letter = 'o',
                    .help = "where to: a file, or - for standard output (DIR/trace.json)"},
    [OPTION_FORCE] = {.name = "force", .help = "overwrite FILE"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *dir;
    const char *out;
    bool force;
    bool help;
} arguments;

static int refuse(int status, const char *message)
{
    (void)fprintf(stderr, "roam trace: %s\n", message);
    return status;
}

static bool read_arguments(arguments *self, int argc, char **argv)
{
    option_reader reader;
    int option;
    option_reader_init(&reader, "roam trace", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0)
        if (option == OPTION_OUT)
            self->out = reader.value;
        else if (option == OPTION_FORCE)
            self->force = true;
        else
            self->help = true;
    if (option == OPTION_INVALID || self->help)
        return option != OPTION_INVALID;
    if (reader.operands == 1) {
        self->dir = argv[1];
        return true;
    }
    (void)refuse(COMMAND_USAGE, reader.operands == 0
                                    ? "which run? DIR, as roam run --out DIR left it; see roam trace --help"
                                    : "one directory, please; see roam trace --help");
    return false;
}

/* ---- what is there ---- */

static bool is_there(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

static int check_directory(const char *dir, const char *events)
{
    struct stat status;
    const char *reason = NULL;
    if (stat(dir, &status) != 0)
        reason = "there is no such directory";
    else if (!S_ISDIR(status.st_mode))
        reason = "is no directory";
    else if (!is_there(events))
        reason = "has no events.jsonl: it is no run";
    if (!reason)
        return COMMAND_OK;
    (void)fprintf(stderr, "roam trace: %s: %s; roam run SCENARIO.yaml --out %s makes one\n", dir, reason,
                  dir);
    return COMMAND_USAGE;
}

/* The reader of runs takes a summary that cannot be read for none. */
static int check_summary(const explain_run *run, const char *dir)
{
    char path[OUTPUT_PATH_MAX];
    char message[TRACE_MESSAGE_MAX];
    json_error_t error;
    if (output_path(dir, "summary.json", path, message) != OUTPUT_OK)
        return refuse(COMMAND_USAGE, message);
    if (json_is_object(run->summary))
        return COMMAND_OK;
    if (!is_there(path)) {
        (void)fprintf(stderr,
                      "roam trace: %s has no summary.json: the run was interrupted; what it measured "
                      "is not in the trace\n",
                      dir);
        return COMMAND_OK;
    }
    json_t *const summary = json_load_file(path, 0, &error);
    (void)snprintf(message, sizeof message, "%.4000s:%d: %s", path, error.line,
                   summary ? "is no summary of a run" : error.text);
    json_decref(summary);
    return refuse(COMMAND_USAGE, message);
}

/* ---- the document ---- */

static uint64_t end_of(const explain_run *run)
{
    uint64_t end_ns = run->end_ns == EXPLAIN_NEVER ? 0 : run->end_ns;
    for (size_t i = 0; i < run->event_count; i++)
        end_ns = run->events[i].at_ns > end_ns ? run->events[i].at_ns : end_ns;
    return end_ns;
}

/* Processes: the run, its nodes, its NATs, and one for what is about none of them. */
static bool open_world(trace_world *world, const explain_run *run)
{
    char name[TRACE_NAME_MAX];
    *world = (trace_world){.run = run, .document = trace_document_new(), .end_ns = end_of(run)};
    world->nodes = calloc(run->node_count + 1, sizeof *world->nodes);
    world->nats = calloc(run->nat_count + 1, sizeof *world->nats);
    if (!world->document || !world->nodes || !world->nats)
        return false;
    (void)snprintf(name, sizeof name, "%.200s, seed %llu", run->scenario, (unsigned long long)run->seed);
    world->whole = trace_add_process(world->document, name);
    for (size_t i = 0; i < run->node_count; i++)
        world->nodes[i] = trace_add_process(world->document, run->nodes[i].name);
    for (size_t i = 0; i < run->nat_count; i++) {
        (void)snprintf(name, sizeof name, "NAT %.200s", run->nats[i].name);
        world->nats[i] = trace_add_process(world->document, name);
    }
    world->nobody = trace_add_process(world->document, "other");
    return true;
}

static void close_world(const trace_world *world)
{
    trace_document_free(world->document);
    free(world->nodes);
    free(world->nats);
}

/* COMMAND_OK, or a status with the message. */
static int tell(const trace_world *world, const char *dir, char *message)
{
    char path[OUTPUT_PATH_MAX];
    if (output_path(dir, "packets.pcapng", path, message) != OUTPUT_OK)
        return COMMAND_USAGE;
    trace_tell_lines(world);
    trace_tell_summary(world);
    (void)snprintf(message, TRACE_MESSAGE_MAX, "out of memory");
    if (!trace_tell_paths(world))
        return COMMAND_BROKEN;
    if (is_there(path) && !trace_tell_challenges(world, path, message))
        return COMMAND_USAGE;
    return trace_tell_logs(world, dir, message) ? COMMAND_OK : COMMAND_USAGE;
}

/* ---- the file ---- */

static char *text_of(const trace_world *world)
{
    char *text = NULL;
    size_t len = 0;
    json_t *const other = json_pack("{s:s, s:I, s:s}", "scenario", world->run->scenario, "seed",
                                    (json_int_t)world->run->seed, "made by", "roam " COMMAND_VERSION);
    FILE *const stream = other ? open_memstream(&text, &len) : NULL;
    const bool whole = stream && trace_document_write(world->document, other, stream);
    const bool closed = stream && fclose(stream) == 0;
    json_decref(other);
    if (whole && closed)
        return text;
    free(text);
    return NULL;
}

static int write_out(const trace_world *world, const char *path)
{
    char message[OUTPUT_MESSAGE_MAX];
    char *const text = text_of(world);
    int status = COMMAND_OK;
    if (!text)
        return refuse(COMMAND_BROKEN, "out of memory");
    if (trace_left_out(world->document) > 0)
        (void)fprintf(stderr, "roam trace: %zu slices are left out: more than %d at one time on a track\n",
                      trace_left_out(world->document), TRACE_LANES_MAX);
    if (strcmp(path, "-") == 0)
        (void)fputs(text, stdout); /* main() says when that fails */
    else if (output_write(path, text, message) != OUTPUT_OK)
        status = refuse(COMMAND_BROKEN, message);
    else
        (void)printf("%s: open it in ui.perfetto.dev\n", path);
    free(text);
    return status;
}

static int make(const arguments *self, const char *out)
{
    char message[TRACE_MESSAGE_MAX];
    explain_run run;
    trace_world world = {0};
    int status = COMMAND_OK;
    if (!explain_run_read(self->dir, &run, message))
        status = refuse(COMMAND_USAGE, message);
    if (status == COMMAND_OK)
        status = check_summary(&run, self->dir);
    if (status == COMMAND_OK && !open_world(&world, &run))
        status = refuse(COMMAND_BROKEN, "out of memory");
    if (status == COMMAND_OK) {
        status = tell(&world, self->dir, message);
        if (status != COMMAND_OK)
            (void)refuse(status, message);
    }
    if (status == COMMAND_OK)
        status = write_out(&world, out);
    close_world(&world);
    explain_run_fini(&run);
    return status;
}

static int command_trace(int argc, char **argv)
{
    arguments self = {0};
    char events[OUTPUT_PATH_MAX];
    char own[OUTPUT_PATH_MAX];
    char message[TRACE_MESSAGE_MAX];
    if (!read_arguments(&self, argc, argv))
        return COMMAND_USAGE;
    if (self.help) {
        help_print(&COMMAND_TRACE, stdout);
        return COMMAND_OK;
    }
    if (output_path(self.dir, "events.jsonl", events, message) != OUTPUT_OK ||
        output_path(self.dir, "trace.json", own, message) != OUTPUT_OK)
        return refuse(COMMAND_USAGE, message);
    const int status = check_directory(self.dir, events);
    const char *const out = self.out ? self.out : own;
    struct stat found;
    if (status != COMMAND_OK)
        return status;
    if (strcmp(out, "-") != 0 && !self.force && lstat(out, &found) == 0) {
        (void)snprintf(message, sizeof message, "%.4000s exists: another name, or --force", out);
        return refuse(COMMAND_USAGE, message);
    }
    return make(&self, out);
}

const command_row COMMAND_TRACE = {
    .name = "trace",
    .about = "make a timeline of a run for ui.perfetto.dev",
    .function = command_trace,
    .usage = "roam trace DIR [-o FILE] [--force]",
    .text = "Makes a trace of a run that ui.perfetto.dev and chrome://tracing open: a process for\n"
            "each node, with tracks for its migrations, path validations, connections, paths,\n"
            "networks and flows; one for each NAT; and the timeline. Times are those of the run.\n"
            "DIR is what roam run --out DIR left. With --pcap of that run the trace has each\n"
            "PATH_CHALLENGE and what became of it, with --qlog RTT, congestion window and bytes in\n"
            "flight.",
    .options = rows,
    .column = 18,
    .status = "0 written; 2 usage, DIR is no run, what it holds is damaged, or FILE\n"
              "exists; 3 FILE cannot be written.",
    .operands = {{.kind = VALUE_DIRECTORY}},
    .operand_count = 1,
};
