/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/cli/build_id.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"

#include <stdio.h>
#include <string.h>

static const char *part_word(const void *ctx, size_t index)
{
    const command_row *const of = ctx;
    return of->parts[index] ? of->parts[index]->name : NULL;
}

static int unknown(const char *name)
{
    const char *const nearest = option_nearest(name, part_word, &COMMAND_ROAM);
    (void)fprintf(stderr, "roam: unknown %s '%s'", name[0] == '-' ? "option" : "command", name);
    if (nearest)
        (void)fprintf(stderr, "; did you mean '%s'?\n", nearest);
    else
        (void)fprintf(stderr, "; see roam help\n");
    return COMMAND_USAGE;
}

static int dispatch(int argc, char **argv)
{
    const command_row *const part = command_part(&COMMAND_ROAM, argv[0]);
    return part ? part->function(argc, argv) : unknown(argv[0]);
}

static int command_help(int argc, char **argv)
{
    char option[] = "--help";
    char *arguments[] = {argc > 1 ? argv[1] : NULL, option, NULL};
    if (argc > 1 && strcmp(argv[1], option) != 0)
        return dispatch(2, arguments);
    help_print(&COMMAND_ROAM, stdout);
    return COMMAND_OK;
}

static int command_version(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    (void)printf("roam %s\n", BUILD_ID.roam);
    if (BUILD_ID.commit[0])
        (void)printf("  commit    %s, %s\n", BUILD_ID.commit,
                     BUILD_ID.modified ? "modified: the version has a digest of the changes" : "clean");
    (void)printf("  ngtcp2    %s\n  wolfSSL   %s\n  ns-3      %s\n%s", BUILD_ID.ngtcp2, BUILD_ID.wolfssl,
                 BUILD_ID.ns3, BUILD_WITH);
    return COMMAND_OK;
}

static int command_roam(int argc, char **argv)
{
    if (argc < 2) {
        help_print(&COMMAND_ROAM, stderr);
        return COMMAND_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
        return command_help(argc - 1, argv + 1);
    return dispatch(argc - 1, argv + 1);
}

static void command_words(const word_sink *out)
{
    for (size_t i = 0; COMMAND_ROAM.parts[i]; i++)
        if (COMMAND_ROAM.parts[i]->usage)
            out->take(out->ctx, COMMAND_ROAM.parts[i]->name, COMMAND_ROAM.parts[i]->about);
}

static const command_row help = {
    .name = "help",
    .about = "this text, or that of a command",
    .function = command_help,
    .operands = {{.kind = VALUE_WORD, .words = {.list = command_words}}},
    .operand_count = 1,
};
static const command_row version = {.name = "--version", .about = "", .function = command_version};

static const command_row *const parts[] = {
    &COMMAND_RUN,
    &COMMAND_LIST,
    &COMMAND_CHECK,
    &COMMAND_EXPLAIN,
    &COMMAND_TRACE,
    &COMMAND_WATCH,
    &COMMAND_NODE,
    &COMMAND_MIGRATE,
    &COMMAND_SEND,
    &COMMAND_VIEWS,
    &COMMAND_SWEEP,
    &COMMAND_COMPARE,
    &COMMAND_MERGE,
    &COMMAND_STATS,
    &COMMAND_PLOT,
    &COMMAND_GATE,
    &COMMAND_REPRODUCE,
    &COMMAND_EXPORT,
    &COMMAND_RULES,
    &COMMAND_DISSECT,
    &COMMAND_ENDPOINT,
    &COMMAND_REPORT,
    &COMMAND_COMPLETION,
    &COMMAND_MANUAL,
    &help,
    &version,
    NULL,
};

const command_row COMMAND_ROAM = {
    .name = "",
    .about = "real QUIC connections that migrate, in a simulated network",
    .function = command_roam,
    .usage = "roam COMMAND [OPTION]... [ARGUMENT]...",
    .text = "Real QUIC connections that migrate, in a simulated network and virtual time.",
    .list_column = 17,
    .notes = "Each command has --help. ",
    .status = "0 all held; 1 an expectation failed;\n"
              "2 usage, or an invalid scenario; 3 roam itself failed; 130 interrupted.",
    .parts = parts,
};
