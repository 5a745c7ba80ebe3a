/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/request.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/node/ask.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAY_NS UINT64_C(86400000000000)

enum { OPTION_SOCKET, OPTION_TIMEOUT, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_SOCKET] = {.name = "socket",
                       .value = "PATH",
                       .kind = VALUE_FILE,
                       .help = "what roam node --control was given"},
    [OPTION_TIMEOUT] = {.name = "timeout",
                        .value = "TIME",
                        .kind = VALUE_TIME,
                        .help = "how long to wait (1440min); the node goes on sending"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *socket;
    uint64_t timeout_ns;
} arguments;

static int ask(const arguments *self, const char *peer, const char *file)
{
    char line[LIVE_REQUEST_MAX];
    char directory[LIVE_PATH_MAX + 1] = ""; /* the node may have another one */
    if (file[0] != '/' && !getcwd(directory, sizeof directory)) {
        (void)fprintf(stderr, "roam send: the working directory: %s\n", strerror(errno));
        return COMMAND_USAGE;
    }
    const int len =
        snprintf(line, sizeof line, "send %s %s%s%s", peer, directory, file[0] == '/' ? "" : "/", file);
    return node_ask("roam send", self->socket, line, len, self->timeout_ns);
}

static int command_send(int argc, char **argv)
{
    option_reader reader;
    arguments self = {.timeout_ns = DAY_NS};
    int option;
    option_reader_init(&reader, "roam send", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        switch (option) {
        case OPTION_SOCKET:
            self.socket = reader.value;
            break;
        case OPTION_TIMEOUT:
            if (live_duration_parse(reader.value, &self.timeout_ns))
                break;
            (void)fprintf(stderr, "roam send: --timeout %s: expected a time, as in 500ms or 5s\n",
                          reader.value);
            return COMMAND_USAGE;
        case OPTION_HELP:
            help_print(&COMMAND_SEND, stdout);
            return COMMAND_OK;
        }
    }
    if (option == OPTION_INVALID)
        return COMMAND_USAGE;
    if (!self.socket || reader.operands != 2) {
        (void)fprintf(stderr, "roam send: --socket, a peer and a file are needed; see roam send --help\n");
        return COMMAND_USAGE;
    }
    return ask(&self, argv[1], argv[2]);
}

const command_row COMMAND_SEND = {
    .name = "send",
    .about = "ask a running node to send a file",
    .function = command_send,
    .usage = "roam send --socket PATH PEER FILE [--timeout TIME]",
    .text = "Asks a running roam node, through its control socket, to send a file to a peer,\n"
            "waits for the peer's answer and prints it. The node reads the file.",
    .options = rows,
    .column = 18,
    .status = "0 the peer has the file; 1 it has not; 2 usage; 3 the node cannot be\n"
              "reached, or does not send it.",
    .operands = {{.kind = VALUE_TEXT}, {.kind = VALUE_FILE}},
    .operand_count = 2,
};
