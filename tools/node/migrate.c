/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/address.h"
#include "core/live/request.h"
#include "tools/cli/command.h"
#include "tools/cli/help.h"
#include "tools/cli/options.h"
#include "tools/node/ask.h"

#include <stdio.h>
#include <string.h>

#define GRACE_NS UINT64_C(2000000000) /* for the node to answer after the budget */

enum { OPTION_SOCKET, OPTION_TIMEOUT, OPTION_LOCAL, OPTION_REMOTE, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_SOCKET] = {.name = "socket",
                       .value = "PATH",
                       .kind = VALUE_FILE,
                       .help = "what roam node --control was given"},
    [OPTION_TIMEOUT] = {.name = "timeout", .value = "TIME", .kind = VALUE_TIME, .help = "the budget (5s)"},
    [OPTION_LOCAL] = {.name = "local",
                      .value = "ADDR",
                      .help = "the local address to move to, as ADDR or ADDR:PORT; without it\n"
                              "the one that now leads to the peer"},
    [OPTION_REMOTE] = {.name = "remote",
                       .value = "ADDR:PORT",
                       .help = "another address of the same peer, of IPv4 or IPv6; without it\n"
                               "the one in use"},
    [OPTION_HELP] = {.name = "help", .help = "this text"},
    {.name = NULL},
};

typedef struct arguments {
    const char *socket, *timeout, *local, *remote;
    uint64_t timeout_ns;
} arguments;

static int ask(const arguments *self, const char *peer)
{
    char line[LIVE_REQUEST_MAX];
    const int len = snprintf(line, sizeof line, "migrate %s timeout=%s%s%s%s%s", peer, self->timeout,
                             self->local ? " local=" : "", self->local ? self->local : "",
                             self->remote ? " remote=" : "", self->remote ? self->remote : "");
    return node_ask("roam migrate", self->socket, line, len, self->timeout_ns + GRACE_NS);
}

static bool is_valid(const arguments *self)
{
    roam_addr addr;
    if (self->local && !live_address_parse(self->local, &addr)) {
        (void)fprintf(stderr, "roam migrate: --local %s: expected an address, as in 192.0.2.1\n",
                      self->local);
        return false;
    }
    if (self->remote && (!live_address_parse(self->remote, &addr) || addr.port == 0)) {
        (void)fprintf(stderr,
                      "roam migrate: --remote %s: expected an address with its port, as in 192.0.2.1:4433\n",
                      self->remote);
        return false;
    }
    return true;
}

static int command_migrate(int argc, char **argv)
{
    option_reader reader;
    arguments self = {.timeout = "5s", .timeout_ns = UINT64_C(5000000000)};
    int option;
    option_reader_init(&reader, "roam migrate", rows, argc, argv);
    while ((option = option_next(&reader)) >= 0) {
        switch (option) {
        case OPTION_SOCKET:
            self.socket = reader.value;
            break;
        case OPTION_TIMEOUT:
            self.timeout = reader.value;
            if (live_duration_parse(reader.value, &self.timeout_ns))
                break;
            (void)fprintf(stderr, "roam migrate: --timeout %s: expected a time, as in 500ms or 5s\n",
                          reader.value);
            return COMMAND_USAGE;
        case OPTION_LOCAL:
            self.local = reader.value;
            break;
        case OPTION_REMOTE:
            self.remote = reader.value;
            break;
        case OPTION_HELP:
            help_print(&COMMAND_MIGRATE, stdout);
            return COMMAND_OK;
        }
    }
    if (option == OPTION_INVALID || !is_valid(&self))
        return COMMAND_USAGE;
    if (!self.socket || reader.operands != 1) {
        (void)fprintf(stderr, "roam migrate: --socket and one peer are needed; see roam migrate --help\n");
        return COMMAND_USAGE;
    }
    return ask(&self, argv[1]);
}

const command_row COMMAND_MIGRATE = {
    .name = "migrate",
    .about = "ask a running node to migrate a connection",
    .function = command_migrate,
    .usage = "roam migrate --socket PATH PEER [--timeout TIME] [--local ADDR]\n"
             "                    [--remote ADDR:PORT]",
    .text = "Asks a running roam node, through its control socket, to migrate its connection\n"
            "with a peer, waits for the result and prints the record of the migration. Times\n"
            "are nanoseconds after the request.",
    .options = rows,
    .column = 18,
    .status = "0 the result is ok; 1 it is not; 2 usage; 3 the node cannot be\n"
              "reached.",
    .operands = {{.kind = VALUE_TEXT}},
    .operand_count = 1,
};
