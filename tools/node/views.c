/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/request.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/node/ask.h"

#include <stdio.h>
#include <string.h>

#define TIMEOUT_NS UINT64_C(5000000000)

enum { OPTION_SOCKET, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_SOCKET] = {.name = "socket",
                       .value = "PATH",
                       .kind = VALUE_FILE,
                       .help = "what roam node --control was given"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

static int command_views(int argc, char **argv)
{
    static const char line[] = "views";
    option_reader reader;
    const char *socket = NULL;
    int option;
    option_reader_init(&reader, "roam views", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        if (option == OPTION_HELP) {
            help_print(&COMMAND_VIEWS, stdout);
            return COMMAND_OK;
        }
        socket = reader.value;
    }
    if (option == OPTION_INVALID)
        return COMMAND_USAGE;
    if (!socket || reader.operands != 0) {
        (void)fprintf(stderr, "roam views: --socket is needed, and nothing else; see roam views --help\n");
        return COMMAND_USAGE;
    }
    return node_ask("roam views", socket, line, (int)strlen(line), TIMEOUT_NS);
}

const command_row COMMAND_VIEWS = {
    .name = "views",
    .about = "ask a running node for the views of its overlay",
    .function = command_views,
    .usage = "roam views --socket PATH",
    .text = "Asks a running roam node, through its control socket, for the views of its\n"
            "membership of an overlay, and prints them: the address it advertises; of each peer\n"
            "of the active view the name, the local and the remote address; of each node of the\n"
            "passive view the name, the address and how many dials of it have failed in a row;\n"
            "and what it counts of messages.",
    .options = rows,
    .column = 18,
    .status = "0 printed; 2 usage; 3 the node cannot be reached, or takes part in no\n"
              "overlay.",
};
