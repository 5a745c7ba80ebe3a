/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/node/ask.h"

#include "core/live/control.h"
#include "core/live/request.h"
#include "tools/cli/command.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

typedef struct answer {
    const char *command;
    bool ok, refused;
} answer;

static void on_line(void *ctx, const char *key, const char *value)
{
    answer *const self = ctx;
    if (strcmp(key, "error") == 0) {
        (void)fprintf(stderr, "%s: %s\n", self->command, value);
        self->refused = true;
        return;
    }
    if (strcmp(key, "result") == 0)
        self->ok = strcmp(value, "ok") == 0;
    (void)printf("%-22s%s\n", key, value);
}

int node_ask(const char *command, const char *socket, const char *line, int len, uint64_t timeout_ns)
{
    answer self = {.command = command};
    live_message message = {""};
    live_request request;
    const char *const why = len < 0 || len >= LIVE_REQUEST_MAX
                                ? "the request is too long"
                                : live_request_parse(line, (size_t)len, &request);
    if (why) {
        (void)fprintf(stderr, "%s: %s\n", command, why);
        return COMMAND_USAGE;
    }
    if (live_control_ask(socket, line, timeout_ns, on_line, &self, &message)) {
        (void)fprintf(stderr, "%s: %s\n", command, message.text);
        return COMMAND_BROKEN;
    }
    if (self.refused)
        return COMMAND_BROKEN;
    return self.ok ? COMMAND_OK : COMMAND_FAILED;
}
