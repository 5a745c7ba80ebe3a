/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/live/control.h"
#include "core/live/request.h"
#include "tools/command.h"
#include "tools/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DAY_NS UINT64_C(86400000000000)

static const char help_text[] =
    "usage: roam send --socket PATH PEER FILE [--timeout TIME]\n"
    "\n"
    "Asks a running roam node, through its control socket, to send a file to a peer,\n"
    "waits for the peer's answer and prints it. The node reads the file.\n"
    "\n"
    "  --socket PATH   what roam node --control was given\n"
    "  --timeout TIME  how long to wait (1440min); the file goes on without us\n"
    "  --help          this text\n"
    "\n"
    "Exit status: 0 the peer has the file; 1 it has not; 2 usage; 3 the node cannot be\n"
    "reached, or does not send it.\n";

enum { OPTION_SOCKET, OPTION_TIMEOUT, OPTION_HELP };

static const option_row rows[] = {
    [OPTION_SOCKET] = {"socket", "PATH"},
    [OPTION_TIMEOUT] = {"timeout", "TIME"},
    [OPTION_HELP] = {"help", NULL},
    {NULL, NULL},
};

typedef struct arguments {
    const char *socket;
    uint64_t timeout_ns;
} arguments;

typedef struct outcome {
    bool ok, refused;
} outcome;

static void on_line(void *ctx, const char *key, const char *value)
{
    outcome *const self = ctx;
    if (strcmp(key, "error") == 0) {
        (void)fprintf(stderr, "roam send: %s\n", value);
        self->refused = true;
        return;
    }
    if (strcmp(key, "result") == 0)
        self->ok = strcmp(value, "ok") == 0;
    (void)printf("%-22s%s\n", key, value);
}

/* The node may have another working directory. */
static bool make_line(const char *peer, const char *file, char line[LIVE_REQUEST_MAX])
{
    char directory[LIVE_PATH_MAX + 1] = "";
    if (file[0] != '/' && !getcwd(directory, sizeof directory)) {
        (void)fprintf(stderr, "roam send: the working directory: %s\n", strerror(errno));
        return false;
    }
    live_request request;
    const int len =
        snprintf(line, LIVE_REQUEST_MAX, "send %s %s%s%s", peer, directory, file[0] == '/' ? "" : "/", file);
    const char *const why = len < 0 || len >= LIVE_REQUEST_MAX
                                ? "the request is too long"
                                : live_request_parse(line, (size_t)len, &request);
    if (why)
        (void)fprintf(stderr, "roam send: %s\n", why);
    return !why;
}

static int ask(const arguments *self, const char *peer, const char *file)
{
    char line[LIVE_REQUEST_MAX];
    live_message message = {""};
    outcome result = {.ok = false};
    if (!make_line(peer, file, line))
        return COMMAND_USAGE;
    if (live_control_ask(self->socket, line, self->timeout_ns, on_line, &result, &message)) {
        (void)fprintf(stderr, "roam send: %s\n", message.text);
        return COMMAND_BROKEN;
    }
    if (result.refused)
        return COMMAND_BROKEN;
    return result.ok ? COMMAND_OK : COMMAND_FAILED;
}

int command_send(int argc, char **argv)
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
            (void)fputs(help_text, stdout);
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
